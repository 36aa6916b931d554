/* heard.h: what the user has said in this session, and what follows from it for a section: which
 * part of it is meant, which of its conditions hold, which steps were tried. */
#ifndef ESIHELP_CORE_HEARD_H
#define ESIHELP_CORE_HEARD_H

#include "core/issue.h"
#include "core/note.h"
#include "core/quantity.h"
#include "core/stems.h"
#include "core/steps.h"

#define HEARD_LINES_MAX 24
#define HEARD_QUANTITIES_MAX 16
#define HEARD_TRIED_MAX (2 * ISSUE_STEPS_MAX)

/* One thing the user said, by its words. */
struct heard_line {
    struct view text;
    struct stems stems;
    bool decided; /* a yes or no to a question of ours: what it says is settled */
};

struct heard {
    const struct policy *policy;
    const struct issue *issue; /* NULL: none */
    const struct reading *reading;
    struct stems now;                         /* this turn's message */
    struct stems all;                         /* everything together */
    struct stems report;                      /* of the clauses that report trouble */
    struct heard_line lines[HEARD_LINES_MAX]; /* messages, then facts */
    size_t line_count;
    struct quantity quantities[HEARD_QUANTITIES_MAX]; /* in the order in which they were said */
    size_t quantity_count;
    uint8_t quantity_lines[HEARD_QUANTITIES_MAX]; /* in which of the lines */
    bool total; /* "all", "whole", "everyone" was said of people */
    struct step_words *tried;
    size_t tried_count;
    esi_role role;
    esi_arena *arena;
};

/* message: of this turn; may be empty where the issue's query holds it. Errors: ESI_ENOMEM. */
esi_err heard_read(const struct policy *policy, const struct issue *issue,
                   const struct reading *reading, struct view message, esi_role role,
                   esi_arena *arena, struct heard **out, esi_error *err) ESI_MUST_CHECK;

enum condition_state {
    CONDITION_MET,
    CONDITION_CONTRADICTED,
    CONDITION_OPEN, /* nothing was said about it: worth a question */
    CONDITION_LATER /* about tries that haven't been made: nothing to ask */
};

/* Does the condition of an item hold? note: the item's own, for "all steps failed".
 * Errors: ESI_ENOMEM. */
esi_err heard_condition(const struct heard *heard, const struct note *note,
                        const struct note_item *item, enum condition_state *out,
                        esi_error *err) ESI_MUST_CHECK;

/* How a condition is to be taken. */
struct heard_view {
    const struct note *note; /* the item's own */
    const struct stems
        *given;  /* of a section that handles what was reported: its own subject, which
                                  goes without saying; NULL: nothing does */
    bool strict; /* of any other section: it must be said in so many words */
};
esi_err heard_condition_of(const struct heard *heard, const struct heard_view *view,
                           const struct note_item *item, enum condition_state *out,
                           esi_error *err) ESI_MUST_CHECK;

/* Is it about tries: "it is still refused", "after two requests"? Errors: ESI_ENOMEM. */
esi_err heard_waits(const struct heard *heard, const struct note_item *item, bool *out,
                    esi_error *err) ESI_MUST_CHECK;

/* Was this step tried already? Errors: ESI_ENOMEM. */
esi_err heard_tried(const struct heard *heard, struct view step, bool *out,
                    esi_error *err) ESI_MUST_CHECK;

/* The items of a note that are about what was said: of an error catalogue the one row. in: one per
 * item of the note, set by this. Errors: ESI_ENOMEM. */
esi_err heard_focus(const struct heard *heard, const struct note *note, bool *in,
                    esi_error *err) ESI_MUST_CHECK;

/* How well the best of its symptoms was described, 0 to 1; 0 where it names none.
 * Errors: ESI_ENOMEM. */
esi_err heard_symptoms(const struct heard *heard, const struct note *note, double *out,
                       esi_error *err) ESI_MUST_CHECK;

/* The question that asks whether a condition holds, from `arena`; p is NULL when memory ran out. */
struct view heard_question(const struct note_item *item, esi_arena *arena);

/* The answer to a question of ours: 1 yes, -1 no, 0 neither. */
int heard_answer(const struct heard *heard, struct view question);

/* Is its condition something that a person could answer, and not the desk's own affair? */
bool heard_can_ask(const struct note_item *item);

/* Of a fact "QUESTION => ANSWER" the answer; of any other all of it. */
struct view heard_said_part(struct view fact);
/* 1: the words say yes; -1: no; 0: neither. */
int heard_yes_or_no(const struct heard *heard, struct view said);

/* The signals of the whole issue and of this turn. */
uint64_t heard_signals(const struct heard *heard);
/* Does a condition speak of signals, and were all of them read in the user's words? 1: they were;
 * -1: not all; 0: it speaks of none. Errors: ESI_ENOMEM. */
esi_err heard_signals_said(const struct heard *heard, struct view condition, int *out,
                           esi_error *err) ESI_MUST_CHECK;

/* Is an item meant for this role? */
bool heard_role(uint32_t roles, esi_role role);

#endif
