/* fuse.h: one ranking out of two. */
#ifndef ESIHELP_CORE_FUSE_H
#define ESIHELP_CORE_FUSE_H

#include "core/index.h"

struct fuse_weights {
    float words;   /* weight of the word ranking */
    float vectors; /* weight of the vector ranking */
    float rank_k;  /* the k of weighted reciprocal rank fusion (Cormack and others, 2009) */
};

/* The weights for vectors of that model: "offline" ones count for less than a trained model's. */
struct fuse_weights fuse_default(const char *embedding_model);

struct fused {
    struct index_hit hit;
    float score; /* 0 to 1 */
};

/* Orders hits by weighted rank, best first; equal scores by section number. Errors: ESI_ENOMEM. */
esi_err fuse_rank(const struct index_hit *hits, size_t count, struct fuse_weights weights,
                  esi_arena *arena, struct fused **out, esi_error *err) ESI_MUST_CHECK;

#endif
