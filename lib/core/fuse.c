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

/* A heading that the question has whole names its section: among equals it is the one. */
#define TITLED 1.12f

/* So does a message that it quotes, the more the longer. */
#define QUOTED 0.1f
#define QUOTED_MOST 5

static float words_of(const struct index_hit *hit) {
    const float quoted = (float)(hit->quotes < QUOTED_MOST ? hit->quotes : QUOTED_MOST);
    return hit->words * (hit->titled >= 1.0f ? TITLED : 1.0f) * (1.0f + QUOTED * quoted);
}

/* What defines the thing that was asked for stands first, the plainest of them before others. */
#define DEFINED 0.94f
#define DEFINED_PLAIN 0.02f
#define BESIDE_DEFINED 0.9f

static void prefer_definitions(struct fused *fused, size_t count) {
    bool defined = false;
    for (size_t i = 0; i < count; i++) {
        defined |= fused[i].hit.defines > 0;
    }
    for (size_t i = 0; i < count && defined; i++) {
        const uint8_t plain = fused[i].hit.defines;
        const float least = DEFINED + DEFINED_PLAIN * (float)plain;
        fused[i].score = plain == 0 ? fused[i].score * BESIDE_DEFINED : least;
    }
}

/* Where both scales begin and end. */
struct scales {
    float words, cosine_least, cosine_most;
};

static struct scales measure(const struct index_hit *hits, size_t count) {
    struct scales s = {0};
    for (size_t i = 0; i < count; i++) {
        s.words = words_of(&hits[i]) > s.words ? words_of(&hits[i]) : s.words;
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
            sum += words * (words_of(&hits[i]) / s.words);
        }
        if (vectors > 0.0f) {
            sum += vectors * (span > 0.0f ? (hits[i].cosine - s.cosine_least) / span : 1.0f);
        }
        fused[i] = (struct fused){.hit = hits[i],
                                  .score = words + vectors > 0.0f ? sum / (words + vectors) : 0.0f};
    }
    prefer_definitions(fused, count);
    if (count > 1) {
        qsort(fused, count, sizeof *fused, by_score);
    }
    *out = fused;
    return ESI_OK;
}
