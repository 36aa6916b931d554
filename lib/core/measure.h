/* measure.h: quantities in words: "more than 15 minutes", "over 5 GB", "fewer than three teams". A
 * condition has one; whether it holds is told from what a user says ("it's been half an hour"). */
#ifndef ESIHELP_CORE_MEASURE_H
#define ESIHELP_CORE_MEASURE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum measure_unit {
    MEASURE_NONE,
    MEASURE_COUNT, /* of `thing` */
    MEASURE_SECONDS,
    MEASURE_BYTES,
    MEASURE_PERCENT
};

enum measure_compare {
    MEASURE_AT_LEAST,
    MEASURE_MORE,
    MEASURE_AT_MOST,
    MEASURE_LESS,
    MEASURE_EXACTLY
};

struct measure {
    enum measure_unit unit;
    enum measure_compare compare;
    int64_t amount;    /* in thousandths: "1.5 hours" is 5,400,000 */
    int64_t within;    /* seconds in which a count is reached ("twice within a day"); 0: not said */
    struct view thing; /* what is counted, as written: "teams", "times" */
};

/* The first quantity of a text, with how it is to be compared; false where there is none. The view
 * of the thing is one into the text. */
bool measure_read(struct view text, struct measure *out);

enum measure_fit {
    MEASURE_UNSAID, /* nothing of this kind was said */
    MEASURE_FITS,
    MEASURE_FAILS
};

/* Does what was said ("for 20 minutes now", "three teams") meet the limit? Where several
 * quantities of the kind were said, one that fits is enough. */
enum measure_fit measure_fit(const struct measure *limit, struct view said);

#endif
