/* vector.h: vectors of floats and the compact codes that are scanned first. */
#ifndef ESIHELP_BASE_VECTOR_H
#define ESIHELP_BASE_VECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VECTOR_DIMENSIONS_MAX 4096

/* The best kernel for this CPU is the same for the life of the process; all of them add in the same
 * order, so that every CPU gives the same sum. */
float vector_dot(const float *a, const float *b, size_t n);
/* Scales to length 1; a vector of zeros (or with a NaN) stays as it is and gives false. */
bool vector_normalise(float *v, size_t n);
/* Cosine of two vectors of length 1, clamped to [-1, 1]. */
float vector_cosine(const float *a, const float *b, size_t n);

/* 8-bit codes: v is about scale x code. code holds n bytes, none of them -128. */
void vector_code8(const float *v, size_t n, int8_t *code, float *scale);
int32_t vector_code8_dot(const int8_t *a, const int8_t *b, size_t n);

/* 1-bit codes: a row is the signs of a vector, VECTOR_BITS_WORDS(n) words whose unused bits are 0.
 * Rows are scanned against a question whose values are kept in 4 bits each, as odd steps from -15
 * to 15: finer than signs on both sides, at the same bytes per row. */
#define VECTOR_BITS_WORDS(n) (((n) + 63) / 64)
#define VECTOR_BITS_PLANES 4
void vector_bits(const float *v, size_t n, uint64_t *row);
/* planes: VECTOR_BITS_PLANES x VECTOR_BITS_WORDS(n) words. */
void vector_bits_question(const float *v, size_t n, uint64_t *planes);
/* out[i] is how far row i is from the question, 0 to 15 n: the dot product of the question's steps
 * with the row's signs is 15 n - 2 x out[i]. Rows stand one behind the other. */
void vector_bits_scan(const uint64_t *rows, size_t count, const uint64_t *planes, size_t n,
                      uint32_t *out);

/* Little-endian float32, as stores keep them. */
void vector_encode(const float *v, size_t n, uint8_t *out);
bool vector_decode(const uint8_t *bytes, size_t size, float *out, size_t n); /* false: wrong size */

#endif
