/* Local embeddings of words: what they are, and what they mean.
 *
 * The first dimensions say which words a text has. They are a bag of hashed features: the stems of
 * its words, identifiers whole, pairs of neighbouring stems, the groups of like meaning that a word
 * stands in, and the character n-grams of its words. A feature is added, with a sign, to a few
 * places; signs and places come from the feature's 64-bit hash alone. The other dimensions say what
 * the text is about, also where it uses other words: the sum of the vectors of its words
 * (base/word_vector). Either part is as strong as a word is rare in general language (by the table
 * that is shipped), times the square root of how often it comes; a passage begins with what it is
 * about, and what stands further back counts for less. Each part has a length of its own, and the
 * whole is of length 1, so that the cosine of two texts is a mean of how alike their words are and
 * how alike their meaning.
 *
 * Whatever changes a vector (a strength, a table in lib/data, how words are read) makes another
 * MODEL: stored vectors are compared by that name. */
#include "provider/offline.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "base/vector.h"
#include "base/word_vector.h"

#define ORIGIN "provider/offline"
#define FAMILY "esi-" /* what the names of all local models begin with */
#define MODEL FAMILY "words-2"
#define TOKENS_MAX 4096   /* of one text: what comes later isn't part of its vector */
#define WORD_BYTES_MAX 32 /* of a word that is cut into n-grams */
#define GRAM_MIN 3
#define GRAM_MAX 5

/* The dimensions of which words there are; those of what they mean come behind. */
#define HASHED (OFFLINE_DIMENSIONS - WORD_VECTOR_DIMENSIONS)
#define HASHED_SHARE 0.5F /* of the cosine */

/* A word commoner than COMMON (on text_rarity's scale) tells little of what a text is about, one
 * rarer than RARE all it can. */
#define COMMON 3.0
#define RARE 5.0
#define MEANING_LEAST 0.05F

#define HALFWAY 10.0F /* what stands so many words behind a passage's beginning counts half */

/* How many places of the vector a feature is added to: more blur it less, and cost more. */
#define PLACES 4
#define GRAM_PLACES 2

/* Strengths of kinds of features beside their word's own. */
#define IDENTIFIER_STRENGTH 2.0F
#define PAIR_STRENGTH 0.5F
#define GRAM_STRENGTH 1.0F
#define CLOSE_STRENGTH 0.9F
#define NEAR_STRENGTH 0.45F
#define LOOSE_STRENGTH 0.4F

struct esi_provider {
    esi_logger log;
};

/* A word, or a pair of neighbours (then `token` is NULL). */
struct item {
    uint64_t hash; /* 0: free */
    const struct token *token;
    float strength;
    float meaning; /* how strong it is in what the text is about */
    float often;   /* how often it comes; further back is less often */
};

/* By hash; a power of two of slots, at least twice as many as there can be items. */
struct bag {
    struct item *slots;
    size_t mask;
};

static uint64_t mix(uint64_t x) {
    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    return x ^ (x >> 31);
}

/* kind: so that a word and a gram of the same letters are two features. */
static uint64_t feature(char kind, uint64_t hash) {
    return mix(hash + (uint64_t)(unsigned char)kind * UINT64_C(0x9E3779B97F4A7C15)) | 1;
}

/* ---- reading -------------------------------------------------------------------------------- */

static struct item *bag_find(struct bag *bag, uint64_t hash) {
    size_t at = hash >> 20 & bag->mask;
    while (bag->slots[at].hash != 0 && bag->slots[at].hash != hash) {
        at = (at + 1) & bag->mask;
    }
    return &bag->slots[at];
}

static void bag_add_pair(struct bag *bag, uint64_t hash, float strength, float often) {
    struct item *item = bag_find(bag, hash);
    if (item->hash == 0) {
        *item = (struct item){.hash = hash, .strength = strength};
    }
    item->often += often;
}

static float meaning_of(double rarity) {
    const float tells = (float)((rarity - COMMON) / (RARE - COMMON));
    return tells < MEANING_LEAST ? MEANING_LEAST : tells > 1.0F ? 1.0F : tells;
}

static const struct item *bag_add(struct bag *bag, const struct token *token, float often) {
    const uint64_t hash = feature('w', view_hash(token->stem));
    struct item *item = bag_find(bag, hash);
    if (item->hash == 0) {
        bool known = false;
        const double rarity = text_rarity(token->form, &known);
        /* Near 0 for the commonest words, 1.5 for what no table knows. */
        const float strength = rarity < 1.9 ? 0.1F : (float)(rarity - 1.5) * 0.25F;
        *item = (struct item){
            .hash = hash,
            .token = token,
            .strength = token->kind == TOKEN_IDENTIFIER ? strength * IDENTIFIER_STRENGTH : strength,
            .meaning = meaning_of(rarity)};
    }
    item->often += often;
    return item;
}

static void read_items(const struct token *tokens, size_t count, bool query, struct bag *bag) {
    const struct item *before = NULL;
    uint32_t word_before = 0;
    for (size_t i = 0; i < count; i++) {
        const struct token *token = &tokens[i];
        if (token->stop) {
            continue;
        }
        const float often = query ? 1.0F : HALFWAY / (HALFWAY + (float)token->word);
        const struct item *item = bag_add(bag, token, often);
        if (before != NULL && word_before != token->word) {
            const float weaker =
                item->strength < before->strength ? item->strength : before->strength;
            bag_add_pair(bag, feature('p', before->hash ^ mix(item->hash)), weaker * PAIR_STRENGTH,
                         often);
        }
        before = item;
        word_before = token->word;
    }
}

/* ---- writing -------------------------------------------------------------------------------- */

static void add_feature(float *vector, uint64_t hash, unsigned places, float value) {
    const uint64_t draws = mix(hash);
    for (unsigned k = 0; k < places; k++) {
        const uint64_t draw = draws >> (k * 16);
        vector[draw % HASHED] += (draw & 0x8000) != 0 ? -value : value;
    }
}

/* The n-grams of a word with its boundaries marked: "<vpn", "vpn>". */
static void add_grams(float *vector, struct view word, float value) {
    char marked[WORD_BYTES_MAX + 2];
    if (word.n > WORD_BYTES_MAX || word.n < GRAM_MIN) {
        return;
    }
    marked[0] = '<';
    memcpy(marked + 1, word.p, word.n);
    marked[word.n + 1] = '>';
    const size_t n = word.n + 2;
    /* All grams of a word together weigh about as much as half of the word, however long it is. */
    value *= GRAM_STRENGTH / sqrtf((float)(3 * n));
    for (size_t i = 0; i + GRAM_MIN <= n; i++) {
        uint64_t hash = 0;
        for (size_t k = 0; k < GRAM_MAX && i + k < n; k++) {
            hash = (hash << 8 | (unsigned char)marked[i + k]) + 1;
            if (k + 1 >= GRAM_MIN) {
                add_feature(vector, feature('g', hash), GRAM_PLACES, value);
            }
        }
    }
}

static void add_concepts(float *vector, struct view word, float value) {
    struct text_concept concepts[TEXT_CONCEPTS_MAX];
    const size_t count = text_concepts(word, concepts);
    for (size_t i = 0; i < count; i++) {
        const float strength = !text_concept_is_close(concepts[i].group) ? LOOSE_STRENGTH
                               : concepts[i].near                        ? NEAR_STRENGTH
                                                                         : CLOSE_STRENGTH;
        add_feature(vector, feature('c', concepts[i].group), PLACES, value * strength);
    }
}

static void add_meaning(float *vector, const struct token *token, float value) {
    uint16_t number = word_vector_find(token->form);
    if (number == WORD_VECTOR_NONE) {
        number = word_vector_find(token->stem);
    }
    word_vector_add(number, value, vector);
}

static void project(const struct bag *bag, float *vector) {
    float *meaning = vector + HASHED;
    memset(vector, 0, OFFLINE_DIMENSIONS * sizeof(*vector));
    for (size_t i = 0; i <= bag->mask; i++) {
        const struct item *item = &bag->slots[i];
        if (item->hash == 0) {
            continue;
        }
        const float often = sqrtf(item->often);
        const float value = item->strength * often;
        add_feature(vector, item->hash, PLACES, value);
        if (item->token != NULL && item->token->kind == TOKEN_WORD) {
            add_grams(vector, item->token->form, value);
            add_concepts(vector, item->token->form, value);
            add_meaning(meaning, item->token, item->meaning * often);
        }
    }
}

static void scale(float *vector, size_t n, float length) {
    if (vector_normalise(vector, n)) {
        for (size_t i = 0; i < n; i++) {
            vector[i] *= length;
        }
    }
}

/* Both parts as long as their share, the whole of length 1. */
static void balance(float *vector) {
    scale(vector, HASHED, sqrtf(HASHED_SHARE));
    scale(vector + HASHED, WORD_VECTOR_DIMENSIONS, sqrtf(1.0F - HASHED_SHARE));
    if (!vector_normalise(vector, OFFLINE_DIMENSIONS)) {
        vector[0] = 1.0F; /* a text without a word has a direction all the same */
    }
}

static esi_err embed_one(struct view text, bool query, esi_arena *arena, float *vector,
                         esi_error *err) {
    struct token *tokens = NULL;
    size_t count = 0;
    const esi_err code = text_tokens(text, NULL, TOKENS_MAX, arena, &tokens, &count, err);
    if (code != ESI_OK) {
        return code;
    }
    size_t slots = 16;
    while (slots < 4 * count) {
        slots *= 2;
    }
    struct bag bag = {arena_array(arena, slots, sizeof(*bag.slots)), slots - 1};
    if (bag.slots == NULL) {
        return fail_memory(err, ORIGIN);
    }
    read_items(tokens, count, query, &bag);
    project(&bag, vector);
    balance(vector);
    return ESI_OK;
}

bool offline_made(const char *embedding_model) {
    return strncmp(embedding_model, FAMILY, strlen(FAMILY)) == 0;
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
        code = embed_one(text, request->query, &arena, vectors + i * OFFLINE_DIMENSIONS, err);
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
