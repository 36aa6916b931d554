/* fuse.c: weighted reciprocal rank fusion of the word ranking and the vector ranking. */
#include "core/fuse.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

struct fuse_weights fuse_default(const char *embedding_model) {
    const bool offline = embedding_model == NULL || strncmp(embedding_model, "offline", 7) == 0;
    return (struct fuse_weights){.words = 1.0f, .vectors = offline ? 0.3f : 0.7f, .rank_k = 60.0f};
}

struct ranked {
    float score;
    uint32_t hit;
};

static int by_score(const void *a, const void *b) {
    const struct ranked *x = a, *y = b;
    if (x->score != y->score) {
        return x->score > y->score ? -1 : 1;
    }
    return x->hit < y->hit ? -1 : x->hit > y->hit;
}

static int by_fused(const void *a, const void *b) {
    const struct fused *x = a, *y = b;
    if (x->score != y->score) {
        return x->score > y->score ? -1 : 1;
    }
    return x->hit.section < y->hit.section ? -1 : x->hit.section > y->hit.section;
}

/* Adds weight / (k + rank) to each hit in the ranking; equal scores share the better rank. */
static void add_ranks(struct ranked *ranking, size_t count, float weight, float k,
                      struct fused *fused) {
    qsort(ranking, count, sizeof *ranking, by_score);
    size_t rank = 0;
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && ranking[i].score != ranking[i - 1].score) {
            rank = i;
        }
        fused[ranking[i].hit].score += weight / (k + 1.0f + (float)rank);
    }
}

esi_err fuse_rank(const struct index_hit *hits, size_t count, struct fuse_weights weights,
                  esi_arena *arena, struct fused **out, esi_error *err) {
    struct fused *fused = ARENA_ARRAY(arena, count, struct fused);
    struct ranked *words = ARENA_ARRAY(arena, count, struct ranked);
    struct ranked *vectors = ARENA_ARRAY(arena, count, struct ranked);
    if (fused == NULL || words == NULL || vectors == NULL) {
        return fail_memory(err, "core/fuse");
    }
    size_t word_count = 0, vector_count = 0;
    for (size_t i = 0; i < count; i++) {
        fused[i].hit = hits[i];
        if (hits[i].words > 0.0f) {
            words[word_count++] = (struct ranked){hits[i].words, (uint32_t)i};
        }
        if (hits[i].cosine > 0.0f) {
            vectors[vector_count++] = (struct ranked){hits[i].cosine, (uint32_t)i};
        }
    }
    /* a hit that is first in all rankings there are has the score 1 */
    const float best =
        (word_count > 0 ? weights.words : 0.0f) + (vector_count > 0 ? weights.vectors : 0.0f);
    if (word_count > 1 || vector_count > 1 || best > 0.0f) {
        add_ranks(words, word_count, weights.words, weights.rank_k, fused);
        add_ranks(vectors, vector_count, weights.vectors, weights.rank_k, fused);
    }
    for (size_t i = 0; i < count && best > 0.0f; i++) {
        fused[i].score *= (weights.rank_k + 1.0f) / best;
    }
    if (count > 1) {
        qsort(fused, count, sizeof *fused, by_fused);
    }
    *out = fused;
    return ESI_OK;
}
