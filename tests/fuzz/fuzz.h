/* fuzz.h: the one function that a fuzz target defines.
 *
 * A target is fuzz_NAME.c, its first inputs are the files of corpus/NAME/, and NAME is a row of
 * tests/fuzz/meson.build. It aborts where a promise doesn't hold and never keeps anything. */
#ifndef ESIHELP_TESTS_FUZZ_H
#define ESIHELP_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* The name is libFuzzer's. Answers 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A promise: ends the program where it is broken, in builds without assert as well. */
#define FUZZ_HOLDS(promise)                                                                        \
    do {                                                                                           \
        if (!(promise)) {                                                                          \
            (void)fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #promise);            \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

#endif
