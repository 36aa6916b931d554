/* index_code.c: a document's vectors, and their codes. */
#include "core/index_parts.h"

#include <math.h>
#include <string.h>

#include "base/vector.h"

/* The codes of one vector; turned: room for it. */
static void code_vector(struct index_document *d, size_t section, float *turned) {
    const size_t n = (size_t)d->dimensions;
    memcpy(turned, d->vectors + section * n, n * sizeof *turned);
    index_rotate(turned, n);
    vector_bits(turned, n, d->rows + section * VECTOR_BITS_WORDS(n));
    vector_code8(turned, n, d->codes + section * n, &d->code_scales[section]);
    float sum = 0.0f;
    for (size_t i = 0; i < n; i++) {
        sum += fabsf(turned[i]);
    }
    d->row_lengths[section] = sum / sqrtf((float)n);
}

/* A vector that isn't of length 1 is made so; one that can't be (zeros, a NaN) counts as none. */
bool index_code_vectors(struct index_document *d, const struct index_section_in *in,
                        esi_arena *scratch) {
    const size_t n = (size_t)d->dimensions, words = VECTOR_BITS_WORDS(n);
    if (n == 0) {
        return true;
    }
    float *turned = ARENA_ARRAY(scratch, n, float);
    d->vectors = arena_array(&d->arena, d->section_count, n * sizeof(float));
    d->rows = arena_array(&d->arena, d->section_count, words * sizeof(uint64_t));
    d->row_lengths = ARENA_ARRAY(&d->arena, d->section_count, float);
    d->codes = arena_array(&d->arena, d->section_count, n);
    d->code_scales = ARENA_ARRAY(&d->arena, d->section_count, float);
    if (turned == NULL || d->vectors == NULL || d->rows == NULL || d->row_lengths == NULL ||
        d->codes == NULL || d->code_scales == NULL) {
        return false;
    }
    for (size_t i = 0; i < d->section_count; i++) {
        float *vector = d->vectors + i * n;
        if (in[i].vector == NULL) {
            continue;
        }
        memcpy(vector, in[i].vector, n * sizeof(float));
        d->sections[i].has_vector =
            fabsf(vector_dot(vector, vector, n) - 1.0f) < 1e-4f || vector_normalise(vector, n);
        if (d->sections[i].has_vector) {
            code_vector(d, i, turned);
        }
    }
    return true;
}
