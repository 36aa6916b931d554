#include "base/vector.h"

#include <math.h>
#include <string.h>

#include "base/vector_kernels.h"

/* Asked at each call: it is a look at what the start-up code found out, and keeps no state here. */
static const struct vector_kernel *best(void) {
    size_t i = 0;
    while (i + 1 < vector_kernel_count && !vector_kernels[i].runs()) {
        i++;
    }
    return &vector_kernels[i];
}

float vector_dot(const float *a, const float *b, size_t n) {
    return best()->dot(a, b, n);
}

float vector_cosine(const float *a, const float *b, size_t n) {
    const float cosine = vector_dot(a, b, n);
    return cosine > 1.0F ? 1.0F : cosine < -1.0F ? -1.0F : cosine;
}

/* The largest magnitude; NaN where one of them is. */
static float largest(const float *v, size_t n) {
    float most = 0.0F;
    for (size_t i = 0; i < n; i++) {
        const float size = fabsf(v[i]);
        if (isnan(size)) {
            return size;
        }
        most = size > most ? size : most;
    }
    return most;
}

bool vector_normalise(float *v, size_t n) {
    const float most = largest(v, n);
    if (!(most > 0.0F) || isinf(most)) {
        return false;
    }
    float square = vector_dot(v, v, n);
    if (square < 1e-30F || square > 1e30F) {
        /* Its squares don't fit a float: made smaller or larger first. */
        for (size_t i = 0; i < n; i++) {
            v[i] /= most;
        }
        square = vector_dot(v, v, n);
    }
    const float length = sqrtf(square);
    for (size_t i = 0; i < n; i++) {
        v[i] /= length;
    }
    return true;
}

static int to_nearest(float x) {
    return (int)(x < 0.0F ? x - 0.5F : x + 0.5F);
}

void vector_code8(const float *v, size_t n, int8_t *code, float *scale) {
    const float most = largest(v, n);
    if (!(most > 0.0F) || isinf(most)) {
        memset(code, 0, n);
        *scale = 0.0F;
        return;
    }
    for (size_t i = 0; i < n; i++) {
        code[i] = (int8_t)to_nearest(v[i] / most * 127.0F);
    }
    *scale = most / 127.0F;
}

int32_t vector_code8_dot(const int8_t *a, const int8_t *b, size_t n) {
    return best()->code8_dot(a, b, n);
}

void vector_bits(const float *v, size_t n, uint64_t *row) {
    memset(row, 0, VECTOR_BITS_WORDS(n) * sizeof(*row));
    for (size_t i = 0; i < n; i++) {
        row[i / 64] |= (uint64_t)(v[i] >= 0.0F) << (i % 64);
    }
}

void vector_bits_question(const float *v, size_t n, uint64_t *planes) {
    const size_t words = VECTOR_BITS_WORDS(n);
    const float most = largest(v, n);
    memset(planes, 0, VECTOR_BITS_PLANES * words * sizeof(*planes));
    for (size_t i = 0; i < n; i++) {
        /* -most to most in 16 steps; a vector without a direction is the middle everywhere. */
        const float x = most > 0.0F && !isinf(most) ? v[i] / most * 8.0F + 8.0F : 8.0F;
        const unsigned step = x >= 15.0F ? 15 : (unsigned)x;
        for (size_t j = 0; j < VECTOR_BITS_PLANES; j++) {
            planes[j * words + i / 64] |= (uint64_t)(step >> j & 1) << (i % 64);
        }
    }
}

void vector_bits_scan(const uint64_t *rows, size_t count, const uint64_t *planes, size_t n,
                      uint32_t *out) {
    best()->bits_scan(rows, count, planes, VECTOR_BITS_WORDS(n), out);
}

void vector_encode(const float *v, size_t n, uint8_t *out) {
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, &v[i], sizeof(bits));
        out[4 * i] = (uint8_t)bits;
        out[4 * i + 1] = (uint8_t)(bits >> 8);
        out[4 * i + 2] = (uint8_t)(bits >> 16);
        out[4 * i + 3] = (uint8_t)(bits >> 24);
    }
}

bool vector_decode(const uint8_t *bytes, size_t size, float *out, size_t n) {
    if (size / sizeof(float) != n || size % sizeof(float) != 0) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        const uint8_t *p = bytes + 4 * i;
        const uint32_t bits =
            p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
        memcpy(&out[i], &bits, sizeof(bits));
    }
    return true;
}
