/* extract_follow.h: what a turn that goes on with a trouble makes of a section whose steps were
 * given: which case is meant now, which steps are said again, and which are left. */
#ifndef ESIHELP_CORE_EXTRACT_FOLLOW_H
#define ESIHELP_CORE_EXTRACT_FOLLOW_H

#include "core/extract_select.h"

/* "The dot? It's blinking": of a section with several cases the one that this turn's words name.
 * in: one per item, set where *named is. Errors: ESI_ENOMEM. */
esi_err follow_focus(struct selecting *s, const struct note *note, bool *in,
                     bool *named) ESI_MUST_CHECK;

enum follow_step {
    FOLLOW_SAY,
    FOLLOW_TRIED, /* ... before */
    FOLLOW_GIVEN  /* ... before, and not said to be done */
};

bool follow_given(const struct selecting *s, struct view step);

/* Is a step said in this turn? met: its condition is known to hold. named: its case was.
 * Errors: ESI_ENOMEM. */
esi_err follow_step(struct selecting *s, const struct note_item *item, bool met, bool named,
                    enum follow_step *out) ESI_MUST_CHECK;

/* "If that doesn't help either": is it met by this turn's try? Errors: ESI_ENOMEM. */
esi_err follow_unhelped(struct selecting *s, const struct note_item *item,
                        bool *out) ESI_MUST_CHECK;

/* Do its steps need what the person said isn't there ("no recovery code left")?
 * Errors: ESI_ENOMEM. */
esi_err follow_lacks(struct selecting *s, const struct note *note, bool *out) ESI_MUST_CHECK;

/* "It prints paused", where steps were given: what the section says of that is said, if there is
 * one such thing. Errors: ESI_ENOMEM. */
esi_err follow_outcome(struct selecting *s, bool *out) ESI_MUST_CHECK;

/* Where nothing new was found: of the steps that were given those that are left, after a try that
 * failed or where a reply says that they are the right ones. Errors: ESI_ENOMEM. */
esi_err follow_left(struct selecting *s) ESI_MUST_CHECK;

#endif
