/* kb.h: put documents into the knowledge base, search it, look at what was understood. */
#ifndef ESIHELP_KB_H
#define ESIHELP_KB_H

#include <esihelp/desk.h>
#include <esihelp/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Progress of an ingest. Called on the calling thread, never with a lock held; non-zero ends the
 *  ingest with ESI_ECANCELLED, with the documents done so far kept whole. */
typedef struct esi_kb_progress {
    size_t done;
    size_t total;       /**< 0 while the folder is still being read */
    const char *source; /**< the document at hand; "": all are put, and done and total count the
                             vectors that a model's endpoint makes then */
} esi_kb_progress;
typedef int (*esi_kb_progress_fn)(const esi_kb_progress *progress, void *context);

/** What to ingest: a folder (path), or one document from memory (name and text). Start from
 *  ESI_KB_SOURCE_INIT. */
typedef struct esi_kb_source {
    size_t size;
    const char *path; /**< a folder, read with everything below it (files ending in .md or
                           .markdown; hidden ones and links out of it are left), or one file */
    const char *name; /**< source name of a document from memory, as "vpn.md" */
    const char *text; /**< its Markdown, UTF-8, at most ESI_DOCUMENT_MAX_BYTES */
    size_t text_size; /**< bytes of text, or ESI_ZSTR */
    bool prune;       /**< remove documents of the same folder that are no longer in it */
    bool dry_run;     /**< read and report, write nothing */
    bool explain;     /**< the report shows what was understood of each section */
    esi_kb_progress_fn on_progress;
    void *progress_context;
    esi_cancel *cancel;
    int64_t deadline_ms; /**< 0: none; an ingest may take long */
} esi_kb_source;

#define ESI_KB_SOURCE_INIT                                                                         \
    { sizeof(esi_kb_source), 0, 0, 0, ESI_ZSTR, false, false, false, 0, 0, 0, 0 }

typedef enum esi_kb_change {
    ESI_KB_ADDED = 0,
    ESI_KB_UPDATED = 1,
    ESI_KB_UNCHANGED = 2,
    ESI_KB_REMOVED = 3,
    ESI_KB_REFUSED = 4 /**< not taken; problems says why */
} esi_kb_change;

/** One thing that was understood of a section. */
typedef struct esi_kb_note {
    const char *kind; /**< "symptom", "cause", "step", "say", "ask", "when", "capture", "never",
                           "fact" */
    const char *text; /**< the words it would be given in */
    const char *condition; /**< as "it drops, unless you are on a train"; NULL: always */
    const char *action; /**< of a "when": as "escalate, TIER_2, after 2 failed tries"; else NULL */
    const char *roles;  /**< as "trainee,instructor"; NULL: everybody */
    int line;           /**< where it stands in the document, from 1 */
    bool mended;        /**< said or changed by `handling` in the front matter */
} esi_kb_note;

typedef struct esi_kb_section {
    const char *heading; /**< heading path */
    int line;
    const esi_kb_note *const *notes;
    size_t note_count;
    const char *const *unread; /**< lines that were neither printed nor obeyed */
    size_t unread_count;
} esi_kb_section;

typedef struct esi_kb_document {
    const char *id;
    const char *source; /**< path below the folder, or the name */
    const char *title;
    const char *version;
    const char *updated;  /**< as in the document; "" where it says nothing */
    const char *standing; /**< "current", "deprecated", "superseded", "quarantined", "undated" */
    const char *roles;    /**< audience; NULL: everybody */
    esi_kb_change change;
    const char *const
        *problems; /**< broken front matter, a suspicious passage, ...; one line each */
    size_t problem_count;
    const esi_kb_section *const *sections; /**< with `explain` only */
    size_t section_count;
} esi_kb_document;

/** Two documents that compete for one subject. */
typedef struct esi_kb_rivalry {
    const char *winner; /**< id */
    const char *loser;  /**< id */
    const char *subject;
    const char *reason; /**< why the winner wins */
} esi_kb_rivalry;

typedef struct esi_kb_report {
    size_t added, updated, unchanged, removed, refused;
    size_t sections; /**< of the documents added and updated */
    const esi_kb_document *const *documents;
    size_t document_count;
    const esi_kb_rivalry *const *rivalries; /**< with `explain` only */
    size_t rivalry_count;
    int64_t pending;  /**< sections of the collection whose vector is still to be made, because the
                          model's endpoint couldn't be reached or set a limit: words find them, and
                          the next ingest, or a desk that serves, goes on with them */
    int64_t embedded; /**< vectors that this call had made */
    int64_t reused;   /**< vectors that it took from earlier ones of the same text */
    int64_t embedding_tokens;
} esi_kb_report;

/** Brings documents into the knowledge base. Incremental: a document whose content didn't change is
 *  skipped, one that did is replaced in one transaction, and a second run changes nothing. A
 *  document that can't be read is refused and reported; the others go on.
 *
 *  out: to be given to esi_kb_report_free; also set with ESI_ECANCELLED, for what was done.
 *  Errors: ESI_EINVAL (neither path nor text), ESI_ENOTFOUND (the folder), ESI_ETOOBIG,
 *  ESI_EENCODING, ESI_EPARSE (one document alone that can't be read), ESI_ECANCELLED, ESI_EDIM,
 *  ESI_EUNAVAILABLE, ESI_ENOSPC, ESI_EREADONLY, ESI_EIO, ESI_ENOMEM. Thread: shared. Since 0.1. */
ESI_API esi_err esi_kb_ingest(esi_desk *desk, const esi_kb_source *source, esi_kb_report **out,
                              esi_error *err) ESI_MUST_CHECK;
ESI_API void esi_kb_report_free(esi_kb_report *report);

/** Removes one document. id: its id. Errors: ESI_EINVAL, ESI_ENOTFOUND, ESI_EUNAVAILABLE,
 *  ESI_EREADONLY, ESI_ENOMEM. Thread: shared. Since 0.1. */
ESI_API esi_err esi_kb_remove(esi_desk *desk, const char *id, esi_error *err) ESI_MUST_CHECK;

/** Progress of esi_kb_reembed. Called on the calling thread, never with a lock held; non-zero ends
 *  it with ESI_ECANCELLED, with the vectors made so far kept. */
typedef struct esi_reembed_progress {
    int64_t done;
    int64_t total; /**< sections; it grows when documents come meanwhile */
} esi_reembed_progress;
typedef int (*esi_reembed_fn)(const esi_reembed_progress *progress, void *context);

/** How to make a collection's vectors anew. Start from ESI_REEMBED_REQUEST_INIT. */
typedef struct esi_reembed_request {
    size_t size;
    bool drop_old; /**< afterwards, remove the vectors of all other models; else they stay, so that
                        going back is quick */
    esi_reembed_fn on_progress;
    void *progress_context;
    esi_cancel *cancel;
    int64_t deadline_ms; /**< 0: none; it may take long */
} esi_reembed_request;

#define ESI_REEMBED_REQUEST_INIT                                                                   \
    { sizeof(esi_reembed_request), false, 0, 0, 0, 0 }

/** What esi_kb_reembed did. Frozen; freed by esi_reembed_report_free. */
typedef struct esi_reembed_report {
    const char *model; /**< the collection's new one */
    int32_t dimensions;
    const char *former_model; /**< NULL: it had none */
    int32_t former_dimensions;
    int64_t made;    /**< vectors, by this call */
    int64_t missing; /**< sections that still have none: it was stopped before the end */
    bool swapped;    /**< this call made them the ones that are searched */
    int64_t dropped; /**< other models whose vectors were removed */
} esi_reembed_report;

/** Makes all vectors of a collection anew, with another embedding model: beside those that are
 *  searched, which serve until the end, when all are exchanged at once. It may be stopped, or
 *  killed, at any time: the next call goes on where it was. Documents may be ingested meanwhile.
 *
 *  Desks that are open with the former model go on answering from what they have read; they see no
 *  further changes, ingest nothing (ESI_EDIM), and say so in esi_desk_doctor, until they are opened
 *  again with the new model. Where the model is the collection's already, only what is missing is
 *  made.
 *
 *  options: as for esi_desk_open, with the new model. request: NULL means ESI_REEMBED_REQUEST_INIT.
 *  out: to be given to esi_reembed_report_free; also set with ESI_ECANCELLED, for what was done.
 *  Errors: ESI_EINVAL (an option; embedding_model names another model than the provider's),
 *  ESI_ECONFLICT (documents came faster than vectors), ESI_ECANCELLED, ESI_EUPSTREAM, ESI_ETIMEOUT
 *  and those of esi_desk_open. Thread: shared. Since 0.1. */
ESI_API esi_err esi_kb_reembed(const esi_options *options, const esi_reembed_request *request,
                               esi_reembed_report **out, esi_error *err) ESI_MUST_CHECK;
ESI_API void esi_reembed_report_free(esi_reembed_report *report);

typedef struct esi_kb_query {
    size_t size;
    const char *text;     /**< as ESI_MESSAGE_MAX_CHARS */
    esi_role role;        /**< documents for other roles are left out; ESI_ROLE_NONE: a trainee */
    int32_t limit;        /**< 1 to ESI_LIST_MAX; 0: 10 */
    int32_t per_document; /**< sections of one document at most; 0: 2 */
    int64_t deadline_ms;
} esi_kb_query;

#define ESI_KB_QUERY_INIT                                                                          \
    { sizeof(esi_kb_query), 0, ESI_ROLE_NONE, 0, 0, 0 }

/** One section that was found. */
typedef struct esi_kb_hit {
    const char *id; /**< the document's */
    const char *title;
    const char *version;
    const char *section; /**< heading path */
    const char *text;    /**< what a user may read of it */
    double score;        /**< 0 to 1, best first */
} esi_kb_hit;

typedef struct esi_kb_hits {
    const esi_kb_hit *const *items;
    size_t count;
} esi_kb_hits;

/** Finds the sections that a question is about: words and vectors, fused.
 *
 *  out: to be given to esi_kb_hits_free; no hit is a success with count 0.
 *  Errors: ESI_EINVAL, ESI_ETOOBIG, ESI_EENCODING, ESI_EUNAVAILABLE, ESI_ETIMEOUT, ESI_ENOMEM.
 *  Thread: shared. Since 0.1. */
ESI_API esi_err esi_kb_search(esi_desk *desk, const esi_kb_query *query, esi_kb_hits **out,
                              esi_error *err) ESI_MUST_CHECK;
ESI_API void esi_kb_hits_free(esi_kb_hits *hits);

#ifdef __cplusplus
}
#endif
#endif
