/* tap.h: runs a Check suite and prints TAP, which the test command counts. */
#ifndef ESIHELP_TESTS_TAP_H
#define ESIHELP_TESTS_TAP_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

/* A test program is: START_TEST(says_what_it_does) { ... } END_TEST for each behaviour, and
 *     int main(void) {
 *         TCase *t = tcase_create("x");
 *         tcase_add_test(t, ...);
 *         return tap_run("floor/x", t);
 *     }
 * CK_FORK=no in the environment runs all in one process (for sanitizers and debuggers). */
static inline int tap_run(const char *name, TCase *cases) {
    Suite *suite = suite_create(name);
    tcase_set_timeout(cases, 240);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_set_tap(runner, "-");
    srunner_run_all(runner, CK_SILENT);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* A program that can't be run here, and why; main returns it. */
static inline int tap_skip(const char *why) {
    printf("1..0 # SKIP %s\n", why);
    return EXIT_SUCCESS;
}

#endif
