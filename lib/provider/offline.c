/* Local embeddings by feature hashing.
 *
 * A text is a bag of features: the stems of its words, pairs of neighbouring stems, identifiers whole,
 * and the character n-grams of its words. A feature's strength is that of its words (how rare they are
 * in general language, from the table that is shipped), times the square root of how often it comes. It
 * is added, with a sign, to POSITIONS of the vector's places; signs and places come from the feature's
 * 64-bit hash alone, so that nothing is learned, stored or ordered. The vector is scaled to length 1. */
#include "provider/offline.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "base/vector.h"

#define ORIGIN "provider/offline"
#define MODEL "esi-hash-1"
#define TOKENS_MAX 4096 /* of one text: what comes later isn't part of its vector */
#define POSITIONS 4
#define WORD_BYTES_MAX 32 /* of a word that is cut into n-grams */

/* Strengths of kinds of features beside a word's own. */
#define IDENTIFIER_STRENGTH 2.0F
#define PAIR_STRENGTH 0.5F
#define GRAM_STRENGTH 0.25F

struct esi_provider {
    esi_logger log;
};

struct feature {
    uint64_t hash; /* 0: free */
    float strength;
    uint32_t count;
};

/* The features of one text, by hash; as many slots as a power of two. */
struct bag {
    struct feature *slots;
    size_t mask;
};

static uint64_t mix(uint64_t x) {
    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    return x ^ (x >> 31);
}

/* kind: so that a word and a gram of the same letters are two features. */
static uint64_t feature_hash(char kind, struct view text) {
    return mix(view_hash(text) + (uint64_t)(unsigned char)kind * UINT64_C(0x9E3779B97F4A7C15)) | 1;
}

static void bag_add(struct bag *bag, uint64_t hash, float strength) {
    size_t at = hash >> 20 & bag->mask;
    while (bag->slots[at].hash != 0 && bag->slots[at].hash != hash) {
        at = (at + 1) & bag->mask;
    }
    bag->slots[at] = (struct feature){hash, strength, bag->slots[at].count + 1};
}

/* 0 for the commonest words to about 1.5 for what no table knows. */
static float strength_of(const struct token *token) {
    bool known = false;
    const double rarity = text_rarity(token->form, &known);
    return rarity < 2.0 ? 0.05F : (float)(rarity - 1.5) * 0.25F;
}

/* The n-grams of a word with its boundaries marked: "<vpn", "vpn>". */
static void add_grams(struct bag *bag, struct view word, float strength) {
    char marked[WORD_BYTES_MAX + 2];
    if (word.n > WORD_BYTES_MAX) {
        return;
    }
    marked[0] = '<';
    memcpy(marked + 1, word.p, word.n);
    marked[word.n + 1] = '>';
    const size_t n = word.n + 2;
    for (size_t size = 3; size <= 5; size++) {
        for (size_t i = 0; i + size <= n; i++) {
            bag_add(bag, feature_hash('g', (struct view){marked + i, size}),
                    strength * GRAM_STRENGTH);
        }
    }
}

static void add_token(struct bag *bag, const struct token *token, float strength) {
    if (token->kind == TOKEN_IDENTIFIER) {
        strength *= IDENTIFIER_STRENGTH;
    }
    bag_add(bag, feature_hash('w', token->stem), strength);
    if (token->kind == TOKEN_WORD && token->stem.n > 3) {
        add_grams(bag, token->form, strength);
    }
}

static void add_pair(struct bag *bag, const struct token *a, const struct token *b,
                     float strength) {
    const uint64_t first = feature_hash('p', a->stem);
    bag_add(bag, mix(first ^ feature_hash('q', b->stem)) | 1, strength * PAIR_STRENGTH);
}

static void read_features(const struct token *tokens, size_t count, const char *language,
                          struct bag *bag) {
    const struct token *before = NULL;
    float strength_before = 0.0F;
    for (size_t i = 0; i < count; i++) {
        const struct token *token = &tokens[i];
        if (token->kind == TOKEN_WORD && text_is_stopword(token->form, language)) {
            continue;
        }
        const float strength = strength_of(token);
        add_token(bag, token, strength);
        if (before != NULL && before->word != token->word) {
            add_pair(bag, before, token, strength < strength_before ? strength : strength_before);
        }
        before = token;
        strength_before = strength;
    }
}

static void project(const struct bag *bag, float *vector) {
    memset(vector, 0, OFFLINE_DIMENSIONS * sizeof(*vector));
    for (size_t i = 0; i <= bag->mask; i++) {
        const struct feature *feature = &bag->slots[i];
        if (feature->hash == 0) {
            continue;
        }
        const float value = feature->strength * sqrtf((float)feature->count);
        const uint64_t places = mix(feature->hash);
        for (unsigned k = 0; k < POSITIONS; k++) {
            const uint64_t draw = places >> (k * 16);
            vector[draw % OFFLINE_DIMENSIONS] += (draw & 0x8000) != 0 ? -value : value;
        }
    }
    if (!vector_normalise(vector, OFFLINE_DIMENSIONS)) {
        vector[0] = 1.0F; /* a text without a word has a direction all the same */
    }
}

static esi_err embed_one(struct view text, esi_arena *arena, float *vector, esi_error *err) {
    struct token *tokens = NULL;
    size_t count = 0;
    const char *language = text_language(text);
    const esi_err code = text_tokens(text, language, TOKENS_MAX, arena, &tokens, &count, err);
    if (code != ESI_OK) {
        return code;
    }
    size_t features = 64;
    for (size_t i = 0; i < count; i++) {
        features += 2 + (tokens[i].form.n <= WORD_BYTES_MAX ? 3 * (tokens[i].form.n + 2) : 0);
    }
    size_t slots = 256;
    while (slots < features + features / 2) {
        slots *= 2;
    }
    struct bag bag = {arena_array(arena, slots, sizeof(*bag.slots)), slots - 1};
    if (bag.slots == NULL) {
        return fail_memory(err, ORIGIN);
    }
    read_features(tokens, count, language, &bag);
    project(&bag, vector);
    return ESI_OK;
}

static esi_err offline_open(const esi_provider_config *config, esi_provider **out, esi_error *err) {
    if (config->dimensions != 0 && config->dimensions != OFFLINE_DIMENSIONS) {
        return esi_fail(err, ESI_EDIM, ORIGIN, "%d dimensions asked of a model that has %d",
                        (int)config->dimensions, OFFLINE_DIMENSIONS);
    }
    esi_provider *self = calloc(1, sizeof(*self));
    if (self == NULL) {
        return fail_memory(err, ORIGIN);
    }
    self->log = config->log;
    *out = self;
    return ESI_OK;
}

static void offline_close(esi_provider *self) {
    free(self);
}

static void offline_info(esi_provider *self, esi_provider_info *out) {
    (void)self;
    *out = (esi_provider_info){.name = "offline",
                               .embedding_model = MODEL,
                               .dimensions = OFFLINE_DIMENSIONS,
                               .local = true};
}

static esi_err offline_embed(esi_provider *self, const esi_embed_request *request, float *vectors,
                             esi_error *err) {
    (void)self;
    esi_arena arena;
    arena_init(&arena, 0);
    esi_err code = ESI_OK;
    for (size_t i = 0; i < request->count && code == ESI_OK; i++) {
        if (wait_over(&request->wait)) {
            code = fail_wait(err, ORIGIN, &request->wait);
            break;
        }
        const struct view text = {request->texts[i].data, request->texts[i].size};
        code = embed_one(text, &arena, vectors + i * OFFLINE_DIMENSIONS, err);
        arena_clear(&arena);
    }
    arena_clear(&arena);
    return code;
}

const esi_provider_ops offline_ops = {
    .size = sizeof(esi_provider_ops),
    .name = "offline",
    .open = offline_open,
    .close = offline_close,
    .info = offline_info,
    .embed = offline_embed,
};
