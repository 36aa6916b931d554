/* extract_select.h: which items of the sections that answer a turn are said. */
#ifndef ESIHELP_CORE_EXTRACT_SELECT_H
#define ESIHELP_CORE_EXTRACT_SELECT_H

#include "base/word_vector.h"
#include "core/define.h"
#include "core/extract.h"
#include "core/extract_want.h"
#include "core/heard.h"
#include "core/sections.h"

#define SELECT_BODY_MAX 48
#define SELECT_STEPS_MAX 16
#define SELECT_SAYS_MAX 6
#define SELECT_NEVERS_MAX 4
#define SELECT_ASKS_MAX 8
#define SELECT_CAPTURES_MAX 12
#define SELECT_ITEMS_MAX 16

/* Something to be said: an item of a note, or a sentence of a section without one. */
struct pick {
    struct view text;
    struct view condition; /* said before it; empty: none */
    size_t passage;
    size_t index;        /* of the item in its note, of the sentence in its text */
    int32_t line;        /* items of one line belong together: a paragraph, an item of a list */
    enum note_kind kind; /* what isn't from a note is a fact */
    struct view label;   /* the case that it is for, where several are told; empty: none */
    bool cased;          /* is for one of several cases that are told */
    bool anyone;         /* of what isn't allowed: for anybody */
    bool code;
};

struct picks {
    struct pick items[SELECT_ITEMS_MAX];
    size_t count;
};

struct selection {
    struct pick body[SELECT_BODY_MAX]; /* causes, steps, says, facts: as they are said */
    size_t body_count;
    size_t steps; /* of the body */
    struct picks nevers, asks, captures;
    struct picks left; /* steps that were given and not said to be done */
    size_t next;       /* of them the one to go on with */
    double own;        /* how much of the question the best thing said has */
    size_t tried;      /* steps left out because they were tried */
    size_t given;      /* ... because they were given in an earlier turn */
    bool told;         /* a section was told in an earlier turn */
    bool wants_steps;  /* "how do I ..." */
    bool defines;      /* the meaning of something was asked for, and is told */
    uint32_t barred;   /* roles that do what was asked, where this person's doesn't; 0: none */
    bool *cites;       /* one per passage */
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
    struct want want;             /* of the question */
    struct view asked;            /* the question at hand */
    struct stems now;             /* its words */
    double barred;                /* how well the best that another role may do fits */
    uint32_t barred_roles;
    esi_arena *arena;
    esi_error *err;
};

esi_err select_begin(struct selecting *s, struct selection **out) ESI_MUST_CHECK;
/* Of a section with cases the one that was described: what stands before the first of them is about
 * something else, where the case says itself what to do. */
bool select_case(const struct note *note, bool *in);
/* The symptom of the case that an item belongs to: of its row or line. NULL: of none. */
const struct note_item *select_case_of(const struct note *note, size_t index);
/* "Operators may ...": begins with people that this person doesn't belong to or ask about. */
bool select_other_role(const struct selecting *s, struct view text, uint32_t *roles);
/* May the item be said to this person now, and with its condition or without? */
esi_err select_admit(struct selecting *s, const struct passage *passage,
                     const struct note_item *item, bool *out,
                     struct view *condition) ESI_MUST_CHECK;
/* Would its steps do again what the person says the harm came from? Errors: ESI_ENOMEM. */
esi_err select_harms(struct selecting *s, const struct note *note, bool *out) ESI_MUST_CHECK;
/* What a condition makes the desk do, in its own words. Errors: ESI_ENOMEM. */
esi_err select_handover(struct selecting *s, const struct note_item *when,
                        struct view *out) ESI_MUST_CHECK;
struct pick select_pick(const struct passage *passage, size_t index, size_t at);
/* Says which document holds: of no use to somebody who wants to know or mend something. */
bool select_about_documents(struct view text);
/* Speaks of what the desk does with a trouble: of use only to somebody who asks about that. */
bool select_about_desk(struct view text);
/* ... or tells it what to do. */
bool select_orders_desk(struct view text);
/* An order to somebody who serves users ("don't offer ...", "tell the learner ..."). */
bool select_third_person(struct view text);
/* What was asked in this turn. */
struct view select_asked(const struct extract_in *in);
/* Chooses what answers the question at hand. Errors: ESI_ENOMEM. */
esi_err select_one(struct selecting *s) ESI_MUST_CHECK;
/* The items that say best what was asked, of all sections that may be said. */
esi_err select_best(struct selecting *s) ESI_MUST_CHECK;
void select_add(struct picks *picks, size_t max, struct pick pick);
/* Only sends its reader to a document that the answer quotes, too. */
bool select_sends_away(const struct selecting *s, const struct pick *pick);
/* Takes out what only sends away. */
void select_tidy(struct selecting *s);
/* Adds to the body what isn't in it yet. */
void select_say(struct selection *selection, struct pick pick);
/* Does it begin by pointing back ("They're allowed ...", "It takes ...")? */
bool select_points_back(struct view text);
size_t select_words(struct view text);

/* ---- items, scored --------------------------------------------------------------------------- */

#define SCORED_MAX 300
#define ASKED_MAX 40 /* words of a question that are looked at */

struct scored {
    const struct note_item *item; /* NULL: a sentence of the text */
    struct pick pick;
    double score;    /* how much of the question it answers, where it stands */
    double own;      /* ... by its own words */
    double entitled; /* how far question and heading are the same, 0 to 1 */
    double alike;    /* how near its meaning comes, -1 to 1 */
    uint32_t met;    /* kinds of answer that it has, of those that are wanted */
    uint64_t beside; /* of the words those in the case that it is for */
    uint64_t words;  /* bit i: the question's i-th word is in it */
    uint64_t over;   /* ... in the heading or title over it */
    size_t news;     /* words that the question hasn't */
    bool defines;
    bool chosen;
};

struct scores {
    struct scored *items;
    size_t count;
    struct view asked[ASKED_MAX]; /* the question's words */
    float weights[ASKED_MAX];
    uint16_t vectors[ASKED_MAX];
    uint64_t over; /* of them those in the heading or title of the section at hand */
    size_t asked_count;
    double total;
    double entitled;                       /* share of the heading at hand that the question has */
    double best_found;                     /* score of the section that was found best */
    float meaning[WORD_VECTOR_DIMENSIONS]; /* of the question */
    float heading[WORD_VECTOR_DIMENSIONS]; /* ... of the heading of the section at hand */
};

/* Scores what the sections that may be said have. Errors: ESI_ENOMEM. */
esi_err score_all(struct selecting *s, struct scores *out) ESI_MUST_CHECK;

#endif
