/* fact.h: what an issue keeps of what a person stated ("seat B12", "at 14:05", "QUESTION =>
 * ANSWER"), as a line of a ticket: a name and a value. */
#ifndef ESIHELP_CORE_FACT_H
#define ESIHELP_CORE_FACT_H

#include <esihelp/types.h>

#include "base/arena.h"
#include "base/str.h"

struct fact {
    struct view name;
    struct view value;
    bool place; /* "seat B12": says where */
};

/* Names a fact. Views are of `text` and `arena`. Errors: ESI_ENOMEM. */
esi_err fact_read(struct view text, esi_arena *arena, struct fact *out,
                  esi_error *err) ESI_MUST_CHECK;

/* What is to be captured or asked, as the name of a line: "the seat number" and "Could you tell me
 * the seat number (on the card)?" are "Seat number". Errors: ESI_ENOMEM. */
esi_err fact_name(struct view wanted, esi_arena *arena, struct view *out,
                  esi_error *err) ESI_MUST_CHECK;

bool fact_is_time(struct view fact);
/* An error's text or code: words that were quoted, or a code with digits. */
bool fact_is_error(struct view fact);
/* The last word of a fact where it holds the value: "seat B12" gives "B12". */
struct view fact_value(struct view fact);
/* Is it of the form that an example gives? "pear-188" is, where "pear-214" is the example. */
bool fact_like(struct view fact, struct view example);
bool fact_has_digit(struct view text);
/* Does the text have one of those words (separated by spaces)? */
bool fact_has_word(struct view text, const char *words);

#endif
