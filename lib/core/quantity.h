/* quantity.h: "more than an hour", "since 15 min", "95 %", "three teams", "a second time": numbers
 * with what they count, so that what a section states can be compared with what was said. */
#ifndef ESIHELP_CORE_QUANTITY_H
#define ESIHELP_CORE_QUANTITY_H

#include "core/cues.h"

enum quantity_kind {
    QUANTITY_TIME,    /* seconds */
    QUANTITY_SIZE,    /* bytes */
    QUANTITY_PERCENT, /* of anything */
    QUANTITY_TIMES,   /* how often something happened: "twice", "the third time" */
    QUANTITY_COUNT    /* of `unit` */
};

enum quantity_bound {
    BOUND_NONE,
    BOUND_MORE,  /* more than that */
    BOUND_LEAST, /* that or more */
    BOUND_LESS,  /* less than that */
    BOUND_MOST   /* that or less */
};

struct quantity {
    enum quantity_kind kind;
    enum quantity_bound bound;
    double value;
    size_t from, to;  /* its words, the bound's and the unit's among them */
    struct view unit; /* of a count: its word */
    uint32_t kinds;   /* of that word: KIND_PEOPLE, ... */
    bool period;      /* "every ten minutes": how often, not how long */
    bool ahead;       /* "in ten minutes", "until": hasn't passed yet */
};

#define QUANTITIES_MAX 8 /* of one text; what is beyond is left out */

/* The quantities among the words [from, to). */
size_t quantities_read(const struct cue_text *text, size_t from, size_t to,
                       struct quantity out[QUANTITIES_MAX]);

/* Does what was said lie within the bounds of what is stated? A time without a bound is a least
 * one. Both are of one kind. */
bool quantity_within(const struct quantity *said, const struct quantity *stated);

#endif
