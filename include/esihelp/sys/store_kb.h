/* sys/store_kb.h: what a store keeps of a knowledge base, as its slots take and give it. The rules
 * of sys/store.h hold. */
#ifndef ESIHELP_SYS_STORE_KB_H
#define ESIHELP_SYS_STORE_KB_H

#include <esihelp/sys/backend.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One section of a document with its vector. */
typedef struct esi_store_section {
    const char *id;      /**< UUIDv7 */
    int32_t ordinal;     /**< place in the document, from 0 */
    int32_t line;        /**< where it stands in the document, from 1 */
    const char *heading; /**< heading path, parts joined by " > " */
    const char *text;    /**< what a user may read */
    const char *note;    /**< its handling note as core/handling encodes it; NULL: none */
    uint8_t hash[32];    /**< of heading and text */
    const float *vector; /**< dimensions floats; NULL: not embedded */
} esi_store_section;

typedef struct esi_store_document {
    const char *id;     /**< the document's own, unique in the collection */
    const char *source; /**< identity within the collection: path below the folder, or name */
    const char *scope;  /**< the folder it was ingested from, for pruning; "" from memory */
    const char *title;
    const char *version;  /**< "" where it states none */
    const char *updated;  /**< ISO date, or "" */
    const char *standing; /**< "current", "deprecated", "superseded", "quarantined", "undated" */
    const char *language; /**< "en" */
    uint32_t roles;       /**< bit (1 << esi_role) for each role that may read it; 0: everybody */
    const char *meta;     /**< JSON: tags, supersedes, references, ... as core/ reads it again */
    uint8_t hash[32];     /**< of the source text and of how it was read; equal means unchanged */
    const esi_store_section *sections;
    size_t section_count;
} esi_store_document;

/** What identifies one stored document, for skipping and pruning. */
typedef struct esi_store_entry {
    const char *id;
    const char *source;
    const char *scope;
    uint8_t hash[32];
} esi_store_entry;

/** An embedding space: vectors of one model and length can be compared. */
typedef struct esi_store_space {
    const char *model;
    int32_t dimensions;
} esi_store_space;

/** A section's new vector. */
typedef struct esi_store_vector {
    const char *section_id;
    const float *vector;
} esi_store_vector;

/** Which sections have no vector in a space. */
typedef struct esi_store_missing_query {
    esi_store_space space;
    const char *after; /**< id of the last one that was seen; NULL: from the first */
    int32_t limit;     /**< rows wanted */
} esi_store_missing_query;

/** Receives one changed document (`gone`: only id is set, it was removed). It lives only for the
 *  call. An answer other than ESI_OK ends the visit with that code. */
typedef esi_err (*esi_store_visit_fn)(const esi_store_document *document, bool gone, void *context,
                                      esi_error *err);

/** A section's text, fetched for an answer. */
typedef struct esi_store_passage {
    const char *section_id;
    const char *document_id;
    const char *title;
    const char *version;
    const char *heading;
    const char *text;
    const char *note;
} esi_store_passage;

#ifdef __cplusplus
}
#endif
#endif
