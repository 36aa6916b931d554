/* vector_kernels.h: the ways of one CPU family to do the same sum. Private to vector, and its
 * test. */
#ifndef ESIHELP_BASE_VECTOR_KERNELS_H
#define ESIHELP_BASE_VECTOR_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vector_kernel {
    const char *name;
    bool (*runs)(void); /* on this CPU */
    float (*dot)(const float *a, const float *b, size_t n);
    int32_t (*code8_dot)(const int8_t *a, const int8_t *b, size_t n);
    /* As vector_bits_scan, of rows and planes of `words` words. */
    void (*bits_scan)(const uint64_t *rows, size_t count, const uint64_t *planes, size_t words,
                      uint32_t *out);
};

/* The best one first; the last runs everywhere. */
extern const struct vector_kernel vector_kernels[];
extern const size_t vector_kernel_count;

#endif
