/* fail_alloc.h: lets the n-th allocation fail.
 *
 *     for (size_t n = 1;; n++) {
 *         fail_own_arm(n);
 *         const esi_err result = what_is_tested();
 *         if (!fail_own_disarm()) {
 *             ck_assert_int_eq(result, ESI_OK);
 *             break;
 *         }
 *         ck_assert_int_eq(result, ESI_ENOMEM);
 *     }
 *
 * Between arm and disarm no ck_ call may stand: Check allocates, too.
 *
 * "Own" are the allocations of the code that a test program is linked from, by the linker's --wrap;
 * "all" are those of the whole process, the shared libraries' too, by a preloaded module. A program
 * that uses either is a row of tests/fault/meson.build. Threads count together. */
#ifndef ESIHELP_TESTS_FAIL_ALLOC_H
#define ESIHELP_TESTS_FAIL_ALLOC_H

#include <stdbool.h>
#include <stddef.h>

/* The n-th allocation from now on fails, 1 being the next; 0: none. */
void fail_own_arm(size_t n);
/* None fails from now on. Did one? */
bool fail_own_disarm(void);

/* To be called first in main: starts the program again with the module preloaded. False, with a
 * line on the output that says why, where that can't be done; the calls below do nothing then. */
bool fail_all_preload(char **argv);
void fail_all_arm(size_t n);
bool fail_all_disarm(void);

#endif
