/* alloc_count.h: counts allocations down to the one that is to fail. */
#ifndef ESIHELP_TESTS_ALLOC_COUNT_H
#define ESIHELP_TESTS_ALLOC_COUNT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct alloc_count {
    atomic_size_t left; /* allocations up to the one that fails; 0: none does */
    atomic_bool failed;
};

/* The n-th allocation from now on fails, 1 being the next; 0: none. */
static inline void alloc_count_arm(struct alloc_count *count, size_t n) {
    atomic_store(&count->failed, false);
    atomic_store(&count->left, n);
}

/* None fails from now on. Did one? */
static inline bool alloc_count_disarm(struct alloc_count *count) {
    atomic_store(&count->left, 0);
    return atomic_load(&count->failed);
}

/* To be asked at each allocation: is it the one? */
static inline bool alloc_count_fails(struct alloc_count *count) {
    size_t left = atomic_load(&count->left);
    while (left > 0 && !atomic_compare_exchange_weak(&count->left, &left, left - 1)) {
        /* another thread counted; left is what it left */
    }
    if (left == 1) {
        atomic_store(&count->failed, true);
    }
    return left == 1;
}

#endif
