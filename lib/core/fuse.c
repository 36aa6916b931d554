/* fuse.c: the weighted sum of word scores and cosines, each put on a scale from 0 to 1. */
#include "core/fuse.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

/* Measured on questions to product documentation and to help desks, among them questions in other
 * words than the documents'. The sum is flat around these, with local vectors and with those of a
 * sentence encoder, and better than weighted reciprocal ranks. */
struct fuse_weights fuse_default(void) {
    return (struct fuse_weights){.words = 0.6f, .vectors = 0.4f};
}

static int by_score(const void *a, const void *b) {
    const struct fused *x = a, *y = b;
    if (x->score != y->score) {
        return x->score > y->score ? -1 : 1;
    }
    return x->hit.section < y->hit.section ? -1 : x->hit.section > y->hit.section;
}

/* Where both scales begin and end. */
struct scales {
    float words, cosine_least, cosine_most;
};

static struct scales measure(const struct index_hit *hits, size_t count) {
    struct scales s = {0};
    for (size_t i = 0; i < count; i++) {
        s.words = hits[i].words > s.words ? hits[i].words : s.words;
        s.cosine_least =
            i == 0 || hits[i].cosine < s.cosine_least ? hits[i].cosine : s.cosine_least;
        s.cosine_most = hits[i].cosine > s.cosine_most ? hits[i].cosine : s.cosine_most;
    }
    return s;
}

esi_err fuse_rank(const struct index_hit *hits, size_t count, struct fuse_weights weights,
                  esi_arena *arena, struct fused **out, esi_error *err) {
    struct fused *fused = ARENA_ARRAY(arena, count, struct fused);
    if (fused == NULL) {
        return fail_memory(err, "core/fuse");
    }
    const struct scales s = measure(hits, count);
    const float words = s.words > 0.0f ? weights.words : 0.0f;
    const float vectors = s.cosine_most > 0.0f ? weights.vectors : 0.0f;
    const float span = s.cosine_most - s.cosine_least;
    for (size_t i = 0; i < count; i++) {
        float sum = 0.0f;
        if (words > 0.0f) {
            sum += words * (hits[i].words / s.words);
        }
        if (vectors > 0.0f) {
            sum += vectors * (span > 0.0f ? (hits[i].cosine - s.cosine_least) / span : 1.0f);
        }
        fused[i] = (struct fused){.hit = hits[i],
                                  .score = words + vectors > 0.0f ? sum / (words + vectors) : 0.0f};
    }
    if (count > 1) {
        qsort(fused, count, sizeof *fused, by_score);
    }
    *out = fused;
    return ESI_OK;
}
