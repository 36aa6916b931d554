/* index_rotate.c: turns a vector the same way every time, so that its weight is spread over all its
 * dimensions whatever model made it. The signs of such a vector tell as much in every dimension,
 * and what they lose is noise of a known size (Gao and Long, RaBitQ, 2024). */
#include "core/index_parts.h"

#include <math.h>

#define ROUNDS 3

/* A fixed bit for each dimension and round (splitmix64). */
static uint64_t flips(uint64_t block) {
    uint64_t x = (block + 1) * UINT64_C(0x9E3779B97F4A7C15);
    x = (x ^ x >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ x >> 27) * UINT64_C(0x94D049BB133111EB);
    return x ^ x >> 31;
}

/* Walsh and Hadamard's transform of a power of two of dimensions; keeps the length. */
static void mix(float *v, size_t n) {
    for (size_t half = 1; half < n; half *= 2) {
        for (size_t i = 0; i < n; i += 2 * half) {
            for (size_t j = i; j < i + half; j++) {
                const float a = v[j], b = v[j + half];
                v[j] = a + b;
                v[j + half] = a - b;
            }
        }
    }
    const float scale = 1.0f / sqrtf((float)n);
    for (size_t i = 0; i < n; i++) {
        v[i] *= scale;
    }
}

void index_rotate(float *v, size_t n) {
    size_t power = 1;
    while (power * 2 <= n) {
        power *= 2;
    }
    for (uint64_t round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < n; i++) {
            if ((flips(round << 32 | i / 64) >> (i % 64) & 1) != 0) {
                v[i] = -v[i];
            }
        }
        /* the first and the last `power` dimensions overlap, so that all are mixed with all */
        mix(v, power);
        if (power < n) {
            mix(v + n - power, power);
        }
    }
}
