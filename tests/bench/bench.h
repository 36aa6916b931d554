/* bench.h: measures CPU time of one thread and prints it, one line a figure. Benchmarks are no
 * tests: nothing fails because a machine is slow. */
#ifndef ESIHELP_TESTS_BENCH_H
#define ESIHELP_TESTS_BENCH_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"

/* Does the operation for the i-th time. */
typedef void bench_op(void *context, size_t i);

#define BENCH_ROUNDS 5

/* Nanoseconds of CPU for one operation: the least of some rounds, which other work on the machine
 * disturbed least. */
static inline double bench_ns(bench_op *op, void *context, size_t times) {
    double least = 0.0;
    for (int round = 0; round < BENCH_ROUNDS; round++) {
        const int64_t from = clock_cpu_ns();
        for (size_t i = 0; i < times; i++) {
            op(context, i);
        }
        const double each = (double)(clock_cpu_ns() - from) / (double)times;
        least = round == 0 || each < least ? each : least;
    }
    return least;
}

static inline void bench_print(const char *name, double ns) {
    if (ns < 1e5) {
        printf("%-56s %10.2f us\n", name, ns / 1e3);
    } else {
        printf("%-56s %10.2f ms\n", name, ns / 1e6);
    }
    fflush(stdout);
}

static inline void bench_print_ratio(const char *name, double a, double b) {
    printf("%-56s %10.2f\n", name, b > 0.0 ? a / b : 0.0);
    fflush(stdout);
}

/* Numbers that look random and are the same on every machine (splitmix64). */
static inline uint64_t bench_random(uint64_t *state) {
    uint64_t x = *state += UINT64_C(0x9E3779B97F4A7C15);
    x = (x ^ x >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ x >> 27) * UINT64_C(0x94D049BB133111EB);
    return x ^ x >> 31;
}

/* 0 to 1. */
static inline double bench_uniform(uint64_t *state) {
    return (double)(bench_random(state) >> 11) / 9007199254740992.0;
}

/* A benchmark that can't go on says why and stops. */
static inline void bench_need(int ok, const char *what) {
    if (!ok) {
        fprintf(stderr, "bench: %s\n", what);
        exit(1);
    }
}

#endif
