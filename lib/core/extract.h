/* extract.h: an answer made of cited passages, without a model. */
#ifndef ESIHELP_CORE_EXTRACT_H
#define ESIHELP_CORE_EXTRACT_H

#include "core/decide.h"
#include "core/index.h"
#include "core/meaning.h"

#define EXTRACT_QUESTIONS_MAX 3
#define EXTRACT_ANSWER_MAX 6000 /* bytes */

#define EXTRACT_NOT_COVERED "This is not covered in the knowledge base."

struct extract_in {
    const struct policy *policy;
    struct view platform;
    struct view message; /* of this turn, masked; empty: the issue's query stands for it */
    const struct verdict *verdict;
    const struct reading *reading;
    const struct issue *issue;
    enum issue_step step;
    const struct coverage *coverage;
    const struct decision *decision;
    const struct passage *passages; /* best first */
    size_t passage_count;
    esi_role role;
    size_t turn;                    /* of the session, from 0 */
    bool ticket_open;               /* the session has an open ticket already for this */
    const struct meaning *meanings; /* what the documents call things and people */
    size_t meaning_count;
    const struct index_query *query; /* what it was looked up with; NULL: not known */
};

struct extract_out {
    struct view answer;
    bool *cites;        /* one per passage: the answer rests on it */
    struct view *steps; /* given to the user, in order */
    size_t step_count;
    struct view questions[EXTRACT_QUESTIONS_MAX];
    size_t question_count;
    struct note_item *details; /* the NOTE_CAPTURE items of the cited passages */
    size_t detail_count;
};

/* Composes the whole answer: refusal, greeting, thanks, not covered, questions, steps, what to have
 * ready, who takes over. Errors: ESI_ENOMEM. */
esi_err extract_answer(const struct extract_in *in, esi_arena *arena, struct extract_out *out,
                       esi_error *err) ESI_MUST_CHECK;

/* The sentences alone that say who takes over; empty where nobody does. Errors: ESI_ENOMEM. */
esi_err extract_handover(const struct extract_in *in, esi_arena *arena, struct view *out,
                         esi_error *err) ESI_MUST_CHECK;

/* Has the user said it already (the question's or detail's subject is among the issue's facts or
 * words)? *value receives what was said, where it can be pointed at. */
bool extract_known(struct view subject, const struct issue *issue, struct view message,
                   struct view *value);

#endif
