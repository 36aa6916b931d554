/* index_vector.c: the sections whose vectors are nearest to the question's. Every section is looked
 * at by the signs of its turned vector (1 bit a dimension), those that may be among the best by its
 * 8-bit code, and those that still may be by the vector itself. How many go on is decided by how
 * large the error of the cheaper look can be, never by a number: where vectors lie close together,
 * more are looked at closely. */
#include "core/index_parts.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/vector.h"

#define ORIGIN "core/index"

/* How many standard deviations of the error a section is given the benefit of. The errors are those
 * of a random turn, so they are normally distributed: of the sections that are exactly as good as
 * the last of the best, 2 in 100 are missed by signs, of those that are better hardly any. */
#define SIGNS_DEVIATIONS 2.0f
#define CODES_DEVIATIONS 4.0f

struct scan {
    const struct index *index;
    const struct index_query *query;
    struct index_best *best; /* by the vectors themselves */
    size_t n;                /* dimensions */
    uint64_t *planes;        /* the question for signs */
    float step;              /* what one step of the planes is worth */
    float question_noise;    /* square of what the planes lose */
    float allowance;         /* square of the deviations allowed, over the dimensions */
    int8_t *code;            /* the question in 8 bits */
    float code_scale;
    float *guesses;            /* of each section, by its signs; NO_GUESS: not to be found */
    struct index_scored *near; /* sections that were looked at by code */
    size_t near_count;
};

#define TAKEN (-9.0f)

static void look_at_vector(struct scan *s, uint32_t section) {
    const float *vector = index_section_vector(s->index, section);
    index_best_offer(s->best, vector_cosine(s->query->vector, vector, s->n), section);
}

static void scan_exactly(struct scan *s) {
    for (uint32_t i = 0; i < s->index->section_count; i++) {
        if (index_section_vector(s->index, i) != NULL &&
            index_visible(s->index, i, s->query->role)) {
            look_at_vector(s, i);
        }
    }
}

/* ---- signs ----------------------------------------------------------------------------------- */

/* The question turned, as planes for signs and as code. */
static esi_err turn_question(struct scan *s, esi_arena *arena, esi_error *err) {
    const size_t n = s->n, words = VECTOR_BITS_WORDS(n);
    float *turned = ARENA_ARRAY(arena, n, float);
    s->planes = ARENA_ARRAY(arena, VECTOR_BITS_PLANES * words, uint64_t);
    s->code = ARENA_ARRAY(arena, n, int8_t);
    s->guesses = ARENA_ARRAY(arena, s->index->section_count, float);
    s->near = ARENA_ARRAY(arena, s->index->section_count, struct index_scored);
    if (turned == NULL || s->planes == NULL || s->code == NULL || s->guesses == NULL ||
        s->near == NULL) {
        return fail_memory(err, ORIGIN);
    }
    memcpy(turned, s->query->vector, n * sizeof *turned);
    index_rotate(turned, n);
    vector_code8(turned, n, s->code, &s->code_scale);
    vector_bits_question(turned, n, s->planes);
    /* the planes divide -most to most into 16 steps; a value lies in the middle of its step */
    s->step = s->code_scale * 127.0f / 16.0f;
    s->question_noise = (float)n * (2.0f * s->step) * (2.0f * s->step) / 12.0f;
    s->allowance = SIGNS_DEVIATIONS * SIGNS_DEVIATIONS / (float)n;
    return ESI_OK;
}

static bool can_be_found(const struct scan *s, uint32_t section) {
    return s->index->row_stretch[section] > 0.0f &&
           index_visible(s->index, section, s->query->role);
}

static void offer_guesses(const struct scan *s, size_t from, size_t to,
                          struct index_best *guessed) {
    float least = guessed->count < guessed->most ? -2.0f : guessed->items[0].score;
    for (size_t i = from; i < to; i++) {
        if (s->guesses[i] > least && can_be_found(s, (uint32_t)i)) {
            index_best_offer(guessed, s->guesses[i], (uint32_t)i);
            least = guessed->count < guessed->most ? -2.0f : guessed->items[0].score;
        }
    }
}

#define BLOCK 512u /* rows whose distances stay in the nearest cache */

static esi_err guess(struct scan *s, struct index_best *guessed, esi_arena *arena, esi_error *err) {
    const struct index *index = s->index;
    const size_t words = VECTOR_BITS_WORDS(s->n);
    const float each = s->step / sqrtf((float)s->n);
    const int32_t middle = 15 * (int32_t)s->n;
    uint32_t *apart = ARENA_ARRAY(arena, BLOCK, uint32_t);
    if (apart == NULL) {
        return fail_memory(err, ORIGIN);
    }
    for (size_t from = 0; from < index->section_count; from += BLOCK) {
        const size_t left = index->section_count - from;
        const size_t count = left < BLOCK ? left : BLOCK;
        vector_bits_scan(index->rows + from * words, count, s->planes, s->n, apart);
        for (size_t i = 0; i < count; i++) {
            const float dot = (float)(middle - 2 * (int32_t)apart[i]) * each;
            s->guesses[from + i] = dot * index->row_stretch[from + i];
        }
        offer_guesses(s, from, from + count, guessed);
    }
    return ESI_OK;
}

/* May a section of that guess be as good as `least`? */
static bool may_reach(const struct scan *s, uint32_t section, float least) {
    const float guessed = s->guesses[section];
    const float stretch = s->index->row_stretch[section];
    const float square = stretch * stretch;
    const float noise = (1.0f - guessed * guessed) * (square - 1.0f) + s->question_noise * square;
    const float short_by = least - guessed;
    return short_by <= 0.0f || short_by * short_by <= s->allowance * noise;
}

/* ---- codes ----------------------------------------------------------------------------------- */

static float by_code(const struct scan *s, uint32_t section, float *scale) {
    const uint32_t document = s->index->section_document[section];
    const struct index_document *d = s->index->documents[document];
    const size_t own = section - s->index->document_first[document];
    *scale = d->code_scales[own];
    return (float)vector_code8_dot(s->code, d->codes + own * s->n, s->n) * s->code_scale * *scale;
}

static void look_at_code(struct scan *s, struct index_best *coded, uint32_t section) {
    float scale;
    const float score = by_code(s, section, &scale);
    s->near[s->near_count++] = (struct index_scored){score, section};
    index_best_offer(coded, score, section);
}

/* Rounding to 8 bits moves each dimension by a twelfth of a squared step on average. */
static float code_margin(const struct scan *s) {
    return CODES_DEVIATIONS * s->code_scale * sqrtf(2.0f / 12.0f);
}

static esi_err scan_by_signs(struct scan *s, esi_arena *arena, esi_error *err) {
    const size_t most = s->best->most;
    struct index_best guessed = {ARENA_ARRAY(arena, most, struct index_scored), 0, most};
    struct index_best coded = {ARENA_ARRAY(arena, most, struct index_scored), 0, most};
    if (guessed.items == NULL || coded.items == NULL) {
        return fail_memory(err, ORIGIN);
    }
    esi_err rc = turn_question(s, arena, err);
    if (rc == ESI_OK) {
        rc = guess(s, &guessed, arena, err);
    }
    if (rc != ESI_OK) {
        return rc;
    }
    /* those that seem best first: they say how good the others must be */
    for (size_t i = 0; i < guessed.count; i++) {
        look_at_code(s, &coded, guessed.items[i].section);
        s->guesses[guessed.items[i].section] = TAKEN;
    }
    const float margin = code_margin(s);
    for (uint32_t i = 0; i < s->index->section_count && coded.count == most; i++) {
        if (may_reach(s, i, coded.items[0].score) && can_be_found(s, i) && s->guesses[i] != TAKEN) {
            look_at_code(s, &coded, i);
        }
    }
    for (size_t i = 0; i < s->near_count; i++) {
        if (s->near[i].score >= coded.items[0].score - margin) {
            look_at_vector(s, s->near[i].section);
        }
    }
    return ESI_OK;
}

esi_err index_vector_search(const struct index *index, const struct index_query *query,
                            struct index_best *best, esi_arena *arena, esi_error *err) {
    struct scan s = {.index = index, .query = query, .best = best, .n = (size_t)index->dimensions};
    if (best->most == 0) {
        return ESI_OK;
    }
    if (index->rows == NULL) {
        scan_exactly(&s);
        return ESI_OK;
    }
    return scan_by_signs(&s, arena, err);
}
