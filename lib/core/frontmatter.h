/* frontmatter.h: the YAML block at the head of a document. The sole user of libyaml. */
#ifndef ESIHELP_CORE_FRONTMATTER_H
#define ESIHELP_CORE_FRONTMATTER_H

#include "base/arena.h"
#include "base/str.h"

/* One line of the key `handling`, by which a site mends what was read of a section. */
enum front_mend_key {
    FRONT_MEND_STEPS,
    FRONT_MEND_SAY,
    FRONT_MEND_ASK,
    FRONT_MEND_CAPTURE,
    FRONT_MEND_NEVER,
    FRONT_MEND_ESCALATE,  /* a condition; "always", "never" */
    FRONT_MEND_TRIES,     /* `number` */
    FRONT_MEND_TIER,      /* `number` is an esi_tier */
    FRONT_MEND_SEVERITY,  /* `number` is an esi_severity */
    FRONT_MEND_WHO,       /* `roles` */
    FRONT_MEND_IGNORE,    /* how the sentence begins that counts for nothing */
    FRONT_MEND_STATEMENT, /* how the sentence begins that is no order */
    FRONT_MEND_ORDER      /* an order to the assistant, read as one of the document's */
};

struct front_mend {
    struct view section; /* its heading */
    enum front_mend_key key;
    bool also; /* adds to what was read; else it stands in its place */
    struct view text;
    int32_t number;
    uint32_t roles;
    int32_t line; /* in the document; 0: not known */
};

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
    struct front_mend *mends; /* key `handling`, in order */
    size_t mend_count;
    size_t body;           /* where the Markdown begins in the document */
    int32_t body_line;     /* its line, from 1 */
    struct view *problems; /* one line each, for people */
    size_t problem_count;
};

/* Never refuses a document: broken or missing front matter is reported in `problems` and what can
 * be read of it is. Usual aliases of keys are known (kb_id, doc_id, updated, date, ...). Blank
 * lines inside it don't matter. Front matter that never closes is read as far as its lines look
 * like keys. Limits: 64 KB, depth 16, no aliases of YAML, 256 values of a key, 1,000 bytes for one
 * of `handling`. Errors: ESI_ENOMEM. */
esi_err front_read(struct view document, esi_arena *arena, struct front *out,
                   esi_error *err) ESI_MUST_CHECK;

/* The id of a document without one: its file name without folders and ending. */
struct view front_default_id(struct view source);

#endif
