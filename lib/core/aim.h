/* aim.h: what a message is about and what it asks of it, read from its grammar: in "how do I change
 * the colour of my name in the portal" changing is asked, of the colour and the name; the portal is
 * only where. */
#ifndef ESIHELP_CORE_AIM_H
#define ESIHELP_CORE_AIM_H

#include "core/index.h"

enum aim_part {
    AIM_NONE,  /* beside the point, or not known */
    AIM_THING, /* what is asked about; what doesn't work */
    AIM_HEAD,  /* the word of it that says what it is: the "name" of "display name" */
    AIM_SORT,  /* what sort of thing the answer is: "which company", "how many seats" */
    AIM_DEED   /* what is to be done with it */
};

struct aim {
    uint8_t parts[INDEX_TERMS_MAX]; /* enum aim_part of each term */
    bool asks;                      /* has the form of a question or a wish */
    bool number;                    /* asks how many, how long, how often */
    bool count;                     /* ... how many there are of a sort */
    bool may;                       /* asks whether something is allowed */
};

/* tokens: of the message, as they were prepared into the query. report: it tells of trouble.
 * Errors: ESI_ENOMEM. */
esi_err aim_read(struct view message, const struct token *tokens, const struct index_query *query,
                 bool report, esi_arena *arena, struct aim *out, esi_error *err) ESI_MUST_CHECK;

#endif
