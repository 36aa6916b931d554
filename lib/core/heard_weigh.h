/* heard_weigh.h: was a statement of a condition said, by its words? Private to core/heard. */
#ifndef ESIHELP_CORE_HEARD_WEIGH_H
#define ESIHELP_CORE_HEARD_WEIGH_H

#include "core/condition.h"
#include "core/heard.h"

struct weighing {
    const struct heard *heard;
    const struct note *note;   /* the item's own; NULL: none */
    const struct stems *given; /* the section's own subject; NULL: nothing goes without saying */
    bool strict;
    const struct condition_part *part;
    struct view *like; /* room for one per word of the part: the one that was said for it */
    float *likeness;   /* ... 0: none was */
    double said;       /* share of its words that were said at all; set by weigh_words */
};

/* beside: a number, people or tries decide, and the words only say what of. Errors: ESI_ENOMEM. */
esi_err weigh_words(struct weighing *w, bool beside, enum condition_state *out,
                    esi_error *err) ESI_MUST_CHECK;

#endif
