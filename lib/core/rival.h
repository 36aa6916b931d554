/* rival.h: which of several retrieved sections on one subject is followed. */
#ifndef ESIHELP_CORE_RIVAL_H
#define ESIHELP_CORE_RIVAL_H

#include "core/handling.h"
#include "core/passage.h"

/* A passage as a contender. */
struct rival {
    struct contender who;
    const float *vector;     /* length 1; NULL: words only */
    struct view title_words; /* folded stems of title and heading, separated by spaces */
    struct view text;        /* the section's; may be empty */
};

/* Are the two about one subject, so that only one of them can be followed? Never two sections of
 * one document. */
bool rival_compete(const struct rival *a, const struct rival *b, size_t dimensions);

/* Who of the two is followed, as authority_compare says, where they compete; 0 where they don't. A
 * document that declares itself the rule for a subject is so only against what is on it. */
int rival_compare(const struct rival *a, const struct rival *b, size_t dimensions,
                  const char **reason);

/* Marks passages that another one outranks: same subject, weaker authority. A passage whose
 * document the question names (`named`, one per passage) stays beside the winner. Best passages
 * come first and are compared with those after them. */
void rival_judge(struct passage *passages, const struct rival *rivals, const bool *named,
                 size_t count, size_t dimensions);

#endif
