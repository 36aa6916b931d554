/* copy.h: carry a desk from one store to another, as from a file to PostgreSQL. */
#ifndef ESIHELP_COPY_H
#define ESIHELP_COPY_H

#include <esihelp/desk.h>
#include <esihelp/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How far a copy is. It lives only for the call. */
typedef struct esi_copy_progress {
    const char *table;
    bool checking; /**< all is written, and now compared */
    int64_t done;  /**< rows of this table */
    int64_t total;
} esi_copy_progress;

/** Called on the calling thread, after every few rows. */
typedef void (*esi_copy_progress_fn)(const esi_copy_progress *progress, void *context);

/** How to copy. Start from ESI_COPY_REQUEST_INIT. */
typedef struct esi_copy_request {
    size_t size;
    esi_copy_progress_fn on_progress; /**< NULL: nobody is told */
    void *progress_context;
    esi_cancel *cancel; /**< fired: the copy ends with ESI_ECANCELLED, and may be gone on with */
} esi_copy_request;

#define ESI_COPY_REQUEST_INIT                                                                      \
    { sizeof(esi_copy_request), 0, 0, 0 }

/** What became of one table. */
typedef struct esi_copy_table {
    const char *name;
    int64_t rows;     /**< in the store that was copied */
    int64_t written;  /**< by this call; the others were there */
    bool equal;       /**< the other store has the same rows */
    const char *hash; /**< SHA-256 over its cells in the order of their keys, in hexadecimal */
} esi_copy_table;

/** Frozen; freed by esi_copy_report_free. */
typedef struct esi_copy_report {
    bool equal;   /**< every table is */
    bool resumed; /**< a copy that had been begun was gone on with */
    int64_t rows;
    int64_t written;
    const esi_copy_table *const *tables;
    size_t table_count;
} esi_copy_report;

/** Copies all that a desk keeps: accounts, sessions with what was said, tickets with their numbers,
 *  events that wait for the host, requests that are remembered, every collection with its
 *  documents, sections and vectors. `from` is read in one state and not written; it may be in use.
 *  Then both stores are read and compared.
 *
 *  What ends a copy before that, a kill too, leaves the other store marked: a desk can't be opened
 *  on it, and the same call goes on with it, and makes it alike to what `from` is by then.
 *
 *  from, to: the options `store`, `knowledge`, `connections`, `prepare` and `log` of each side
 *  count; `store` must be named. to: a store that is empty (it is made where it can be), or a copy
 *  that had been begun; one that is alike already is reported so. request: NULL means
 *  ESI_COPY_REQUEST_INIT. out: `equal` false where the check found a difference; the mark stays
 *  then.
 *  Errors: ESI_EINVAL, ESI_ECONFLICT (`to` holds other data; nothing was written),
 *  ESI_EUNSUPPORTED, ESI_ECANCELLED, and those of esi_desk_open. Thread: shared. Since 0.1. */
ESI_API esi_err esi_copy(const esi_options *from, const esi_options *to,
                         const esi_copy_request *request, esi_copy_report **out,
                         esi_error *err) ESI_MUST_CHECK;
ESI_API void esi_copy_report_free(esi_copy_report *report);

#ifdef __cplusplus
}
#endif
#endif
