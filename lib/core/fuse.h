/* fuse.h: one ranking out of two. */
#ifndef ESIHELP_CORE_FUSE_H
#define ESIHELP_CORE_FUSE_H

#include "core/index.h"

/* How much each ranking has to say. */
struct fuse_weights {
    float words;
    float vectors;
};

/* What measured best, alike for the local vectors and for those of a sentence encoder. */
struct fuse_weights fuse_default(void);

struct fused {
    struct index_hit hit;
    float score; /* 0 to 1 */
    /* core/relevance sets these of the best, and their score anew */
    float evidence; /* 0 to 1: that the section carries the answer */
    bool titled;    /* the question names it by its heading, or asks for what it defines */
    bool slight;    /* one word of its text is all that it has of the question */
    bool several;   /* it has two words or more of those that count */
};

/* Orders hits by the weighted sum of their scores, best first; equal sums by section number. Scores
 * are put on one scale first: words from 0 to the best, cosines from the worst of the hits to the
 * best. So a section that is far ahead by words stays ahead, which ranks alone would lose. A
 * ranking that has nothing to say is left out. Errors: ESI_ENOMEM. */
esi_err fuse_rank(const struct index_hit *hits, size_t count, struct fuse_weights weights,
                  esi_arena *arena, struct fused **out, esi_error *err) ESI_MUST_CHECK;

#endif
