/* extract_select.h: which items of the sections that answer a turn are said. */
#ifndef ESIHELP_CORE_EXTRACT_SELECT_H
#define ESIHELP_CORE_EXTRACT_SELECT_H

#include "core/define.h"
#include "core/extract.h"
#include "core/heard.h"
#include "core/sections.h"

#define SELECT_STEPS_MAX 16
#define SELECT_SAYS_MAX 6
#define SELECT_FACTS_MAX 3
#define SELECT_NEVERS_MAX 4
#define SELECT_ASKS_MAX 8
#define SELECT_CAPTURES_MAX 12
#define SELECT_ITEMS_MAX 16

/* Something to be said: an item of a note, or a sentence of a section without one. */
struct pick {
    struct view text;
    struct view condition; /* said before it; empty: none */
    size_t passage;
    bool before; /* stands before the steps */
    bool code;
};

struct picks {
    struct pick items[SELECT_ITEMS_MAX];
    size_t count;
};

struct selection {
    struct picks causes, steps, says, facts, nevers, asks, captures;
    size_t tried;    /* steps left out because they were tried */
    size_t given;    /* ... because they were given in an earlier turn */
    bool told;       /* a section was told in an earlier turn */
    bool defines;    /* the meaning of something was asked for, and is told */
    uint32_t barred; /* roles that do what was asked, where this person's doesn't; 0: none */
    bool *cites;     /* one per passage */
    struct note_item *details;
    size_t detail_count;
};

/* For trouble and requests: what the best sections tell to do. For a question: the items that
 * answer it best. Errors: ESI_ENOMEM. */
esi_err select_handling(const struct extract_in *in, const struct heard *heard, esi_arena *arena,
                        struct selection **out, esi_error *err) ESI_MUST_CHECK;
esi_err select_answer(const struct extract_in *in, const struct heard *heard, esi_arena *arena,
                      struct selection **out, esi_error *err) ESI_MUST_CHECK;

/* ---- shared by the two ways ------------------------------------------------------------------ */

struct selecting {
    const struct extract_in *in;
    const struct heard *heard;
    struct selection *out;
    const enum section_use *uses; /* only those that handle it may be said; NULL: all */
    bool told;                    /* the passage at hand was told in an earlier turn */
    bool allowed;                 /* asks whether it may do something */
    bool why;                     /* asks for a cause */
    bool yes_no;                  /* asks whether something is so */
    struct view term;             /* whose meaning is asked for; empty: none */
    double barred;                /* how well the best that another role may do fits */
    uint32_t barred_roles;
    esi_arena *arena;
    esi_error *err;
};

esi_err select_begin(struct selecting *s, struct selection **out) ESI_MUST_CHECK;
/* May the item be said to this person now, and with its condition or without? */
esi_err select_admit(struct selecting *s, const struct passage *passage,
                     const struct note_item *item, bool *out,
                     struct view *condition) ESI_MUST_CHECK;
/* Would its steps do again what the person says the harm came from? Errors: ESI_ENOMEM. */
esi_err select_harms(struct selecting *s, const struct note *note, bool *out) ESI_MUST_CHECK;
struct pick select_pick(const struct note_item *item, size_t passage);
/* Says which document holds: of no use to somebody who wants to know or mend something. */
bool select_about_documents(struct view text);
/* "How do I ...?": steps are wanted. */
bool select_asks_how(const struct selecting *s);
/* The items that say best what was asked, of all sections that may be said. */
esi_err select_best(struct selecting *s) ESI_MUST_CHECK;
void select_add(struct picks *picks, size_t max, struct pick pick);

#endif
