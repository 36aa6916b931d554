/* steps.h: is what a person says they did the step that a section gives? Compared by deed and by
 * object: "rebooted it twice" is "Restart the machine", "closed the client" isn't "Start the
 * client". */
#ifndef ESIHELP_CORE_STEPS_H
#define ESIHELP_CORE_STEPS_H

#include "core/stems.h"

#define STEP_DEEDS_MAX 6

struct step_words {
    struct stems objects;              /* what it is done to */
    struct view deeds[STEP_DEEDS_MAX]; /* stems; of words for the same deed one stands for all */
    size_t deed_count;
    bool mends; /* the deeds are those against trouble: "restart"; others are left out */
};

/* Errors: ESI_ENOMEM. */
esi_err step_read(struct view text, esi_arena *arena, struct step_words *out,
                  esi_error *err) ESI_MUST_CHECK;
/* Is it about one of the words wanted, or of its likes: "reinsertion" in "put it in again"? */
bool step_mentions(const struct step_words *step, const struct step_words *wanted);
bool step_is(const struct step_words *step, const struct step_words *done);

#endif
