/* mmr.c: greedy choice; what is alike to the picked is kept up to date after each pick. */
#include "core/mmr.h"

#include <stdbool.h>

#include "base/vector.h"

static float likeness(const struct mmr_item *a, const struct mmr_item *b, size_t dimensions,
                      float same_document) {
    float like = a->document == b->document ? same_document : 0.0f;
    if (a->vector != NULL && b->vector != NULL && dimensions > 0) {
        const float cosine = vector_cosine(a->vector, b->vector, dimensions);
        like = cosine > like ? cosine : like;
    }
    return like;
}

size_t mmr_pick(const struct mmr_item *items, size_t count, size_t dimensions, float lambda,
                float same_document, float *scratch, uint32_t *picked, size_t want) {
    float *alike = scratch;         /* greatest likeness to those picked */
    float *taken = scratch + count; /* 1: picked already */
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        alike[i] = 0.0f;
        taken[i] = 0.0f;
    }
    while (n < want && n < count) {
        size_t best = count;
        float best_value = 0.0f;
        for (size_t i = 0; i < count; i++) {
            const float value = lambda * items[i].relevance - (1.0f - lambda) * alike[i];
            if (taken[i] == 0.0f && (best == count || value > best_value)) {
                best = i;
                best_value = value;
            }
        }
        picked[n++] = (uint32_t)best;
        taken[best] = 1.0f;
        for (size_t i = 0; i < count; i++) {
            if (taken[i] == 0.0f) {
                const float like = likeness(&items[i], &items[best], dimensions, same_document);
                alike[i] = like > alike[i] ? like : alike[i];
            }
        }
    }
    return n;
}
