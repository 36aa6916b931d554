/* vector.h: vectors of floats and the compact codes that are scanned first. */
#ifndef ESIHELP_BASE_VECTOR_H
#define ESIHELP_BASE_VECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VECTOR_DIMENSIONS_MAX 4096

/* The best kernel for this CPU is chosen once and is the same for the life of the process; all of
 * them add in the same order, so that every CPU gives the same sum. */
float vector_dot(const float *a, const float *b, size_t n);
/* Scales to length 1; a vector of zeros (or with a NaN) stays as it is and gives false. */
bool vector_normalise(float *v, size_t n);
/* Cosine of two vectors of length 1, clamped to [-1, 1]. */
float vector_cosine(const float *a, const float *b, size_t n);

/* 8-bit codes: v is about scale x code. code holds n bytes. */
void vector_code8(const float *v, size_t n, int8_t *code, float *scale);
int32_t vector_code8_dot(const int8_t *a, const int8_t *b, size_t n);

/* Little-endian float32, as stores keep them. */
void vector_encode(const float *v, size_t n, uint8_t *out);
bool vector_decode(const uint8_t *bytes, size_t size, float *out, size_t n); /* false: wrong size */

#endif
