/* focus.h: what a report is about: the words of the clause that tells the trouble, and less who is
 * hit, how urgent it is and what else was going on. */
#ifndef ESIHELP_CORE_FOCUS_H
#define ESIHELP_CORE_FOCUS_H

#include "core/index.h"

/* tokens: of the message, as they were prepared into the query. Makes the words count for less that
 * say least of what is wrong; leaves a message alone that has no clause of trouble with words of
 * its own. Errors: ESI_ENOMEM. */
esi_err focus_report(struct view message, const struct token *tokens, struct index_query *query,
                     esi_arena *arena, esi_error *err) ESI_MUST_CHECK;

/* The same of a question: the words of the sentence that asks, and of the one that its "it" stands
 * for, count in full, those of the story around it less. Leaves a message alone in which nothing
 * asks, or where what asks names nothing. Errors: ESI_ENOMEM. */
esi_err focus_question(struct view message, const struct token *tokens, struct index_query *query,
                       esi_arena *arena, esi_error *err) ESI_MUST_CHECK;
/* "The course book says ... is that right?": what something is said to be from, the id of a
 * document, and the doubt say little of what it is about. Errors: ESI_ENOMEM. */
esi_err focus_claim(const struct index *index, struct view message, const struct token *tokens,
                    struct index_query *query, esi_arena *arena, esi_error *err) ESI_MUST_CHECK;

/* Of a message the sentences that ask, and those that they point back to, in its own words; all of
 * it where nothing asks or they name nothing. Errors: ESI_ENOMEM. */
esi_err focus_asked(struct view message, esi_arena *arena, struct view *out,
                    esi_error *err) ESI_MUST_CHECK;

#endif
