/* frontmatter.h: the YAML block at the head of a document. The sole user of libyaml. */
#ifndef ESIHELP_CORE_FRONTMATTER_H
#define ESIHELP_CORE_FRONTMATTER_H

#include "base/arena.h"
#include "base/str.h"

/* What a document says of itself. Empty views where it says nothing. */
struct front {
    struct view id;
    struct view title;
    struct view version;
    struct view updated; /* ISO date where it could be read as one, else as written */
    struct view status;  /* "active", "deprecated", "superseded", "draft": lower case, as written */
    struct view language; /* ISO 639-1, or empty */
    uint32_t roles;       /* audience: bit (1 << esi_role); 0: everybody */
    struct view *tags;
    size_t tag_count;
    struct view *supersedes; /* ids */
    size_t supersedes_count;
    struct view superseded_by; /* id */
    struct view *related;      /* ids it refers to */
    size_t related_count;
    struct view *notes; /* handling lines a site adds by hand, key `handling`: "Heading: line" */
    size_t note_count;
    size_t body;           /* where the Markdown begins in the document */
    int32_t body_line;     /* its line, from 1 */
    struct view *problems; /* one line each, for people */
    size_t problem_count;
};

/* Never refuses a document: broken or missing front matter is reported in `problems` and what can
 * be read of it is. Usual aliases of keys are known (kb_id, doc_id, updated, date, ...). Blank
 * lines inside it don't matter. Front matter that never closes is read as far as its lines look
 * like keys. Limits: 64 KB, depth 16, no aliases of YAML. Errors: ESI_ENOMEM. */
esi_err front_read(struct view document, esi_arena *arena, struct front *out,
                   esi_error *err) ESI_MUST_CHECK;

/* The id of a document without one: its file name without folders and ending. */
struct view front_default_id(struct view source);

#endif
