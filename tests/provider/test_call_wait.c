#include "calls.h"

/* ---- limits and rests ----------------------------------------------------------------------- */

START_TEST(an_endpoint_is_asked_again_when_it_said) {
    static const char *const scripts[] = {"429 retry_ms=300;normal", "429 reset=300ms;normal",
                                          "503 retry=0.3;normal"};
    for (size_t i = 0; i < COUNT(scripts); i++) {
        open_one(scripts[i]);
        struct ear ear = {.gives = false};
        struct endpoint *from = NULL;
        ck_assert_msg(run(&ear, &from) == ESI_OK, "%s", error.message);
        ck_assert_uint_eq(ear.writes, 2);
        ck_assert_int_ge(ear.written_ns[1] - ear.written_ns[0], 300 * NS_PER_MS);
        close_all();
    }
}
END_TEST

START_TEST(a_rest_beyond_the_deadline_isnt_waited_for) {
    open_one("429 retry=600");
    struct ear ear = {.gives = false};
    struct endpoint *from = NULL;
    ck_assert_int_eq(run(&ear, &from), ESI_EUPSTREAM);
    ck_assert_int_eq(error.upstream_status, 429);
    ck_assert_int_gt(error.retry_after_ms, 500000);
    ck_assert(error.retryable);
    ck_assert_int_eq(asked(0), 1);
    for (int i = 0; i < 3; i++) { /* nor asked meanwhile, by others */
        ck_assert_int_eq(run(&ear, &from), ESI_EUNAVAILABLE);
        ck_assert_int_gt(error.retry_after_ms, 500000);
        ck_assert_ptr_eq(strstr(error.message, "no endpoint can be asked now: a (rests for "),
                         error.message);
    }
    ck_assert_int_eq(asked(0), 1);
    ck_assert_int_eq(at(0)->requests, 1);
}
END_TEST

START_TEST(while_one_rests_the_next_is_asked) {
    open_two("429 retry=600", "normal");
    for (int i = 0; i < 3; i++) {
        struct ear ear = {.gives = false};
        struct endpoint *from = NULL;
        ck_assert_int_eq(run(&ear, &from), ESI_OK);
        ck_assert_ptr_eq(from, at(1));
    }
    ck_assert_int_eq(asked(0), 1);
    ck_assert_int_eq(asked(1), 3);
}
END_TEST

START_TEST(one_that_fails_too_often_is_left_alone_until_a_trial) {
    open_one("401 times=5;normal");
    struct ear ear = {.gives = false};
    struct endpoint *from = NULL;
    for (int i = 0; i < BREAKER_FAILURES; i++) {
        ck_assert_int_eq(run(&ear, &from), ESI_EUPSTREAM);
        at(0)->breaker.since_ms = 1; /* it has lasted for long */
    }
    ck_assert_int_eq(asked(0), BREAKER_FAILURES);
    ck_assert_int_eq(run(&ear, &from), ESI_EUNAVAILABLE);
    ck_assert_int_gt(error.retry_after_ms, 0);
    ck_assert_int_eq(asked(0), BREAKER_FAILURES);
    ck_assert_ptr_nonnull(strstr(logged.p, "a failed 5 times in a row and rests"));
    at(0)->breaker.until_ms = 1; /* its rest is over */
    ck_assert_int_eq(run(&ear, &from), ESI_OK);
    ck_assert(!breaker_is_open(&at(0)->breaker));
    ck_assert_ptr_nonnull(strstr(logged.p, "a answers again"));
    ck_assert_str_eq(at(0)->problem, "");
}
END_TEST

START_TEST(a_trial_without_a_result_is_given_back) {
    open_one("stall;normal");
    at(0)->breaker.rests = 1;
    at(0)->breaker.until_ms = 1;
    struct ear ear = {.gives = false};
    struct endpoint *from = NULL;
    const struct call how = {.wait = wait_for_ms(100, NULL)};
    ck_assert_int_eq(run_as(&ear, &how, &from), ESI_ETIMEOUT);
    ck_assert_int_eq(asked(0), 1);
    ck_assert(!at(0)->breaker.trial);
    ck_assert_int_eq(run(&ear, &from), ESI_OK);
}
END_TEST

START_TEST(what_is_wrong_with_a_request_isnt_held_against_its_endpoint) {
    open_one("400");
    struct ear ear = {.gives = false};
    struct endpoint *from = NULL;
    for (int i = 0; i < 2 * BREAKER_FAILURES; i++) {
        ck_assert_int_eq(run(&ear, &from), ESI_EUPSTREAM);
        ck_assert_int_eq(error.upstream_status, 400);
    }
    ck_assert_int_eq(asked(0), 2 * BREAKER_FAILURES);
}
END_TEST

/* ---- the end of the wait -------------------------------------------------------------------- */

START_TEST(the_deadline_ends_it) {
    static const char *const scripts[] = {"stall", "stall_mid", "slow ms=60000", "503"};
    for (size_t i = 0; i < COUNT(scripts); i++) {
        open_one(scripts[i]);
        struct ear ear = {.gives = false};
        struct endpoint *from = NULL;
        const struct call how = {.wait = wait_for_ms(200, NULL)};
        const esi_err result = run_as(&ear, &how, &from);
        ck_assert_msg(result == ESI_ETIMEOUT || (i == 3 && result == ESI_EUPSTREAM), "%s",
                      error.message);
        settled();
        close_all();
    }
}
END_TEST

static esi_cancel *cancel;

static int fire(void *context) {
    (void)context;
    esi_cancel_fire(cancel);
    return 0;
}

START_TEST(the_switch_ends_it) {
    static const char *const scripts[] = {"stall", "stall_mid", "429 retry=5"};
    for (size_t i = 0; i < COUNT(scripts); i++) {
        open_one(scripts[i]);
        cancel = esi_cancel_create();
        struct ear ear = {.gives = false};
        struct call_reader reader = reader_of_ear;
        reader.context = &ear;
        reader.tick = fire;
        const struct call call = {.http = http,
                                  .endpoints = &endpoints,
                                  .reader = &reader,
                                  .wait = wait_for_ms(60000, cancel),
                                  .log = logger};
        struct endpoint *from = NULL;
        ck_assert_int_eq(call_run(&call, &from, &error), ESI_ECANCELLED);
        ck_assert_int_eq(at(0)->breaker.failures, 0);
        settled();
        esi_cancel_free(cancel);
        close_all();
    }
}
END_TEST

/* ---- two at once ---------------------------------------------------------------------------- */

START_TEST(two_are_asked_only_where_it_is_wished) {
    open_two("slow ms=600", "normal");
    struct ear ear = {.gives = true};
    struct endpoint *from = NULL;
    ck_assert_int_eq(run(&ear, &from), ESI_OK);
    ck_assert_ptr_eq(from, at(0));
    ck_assert_int_eq(asked(1), 0);
}
END_TEST

START_TEST(who_gives_the_first_byte_wins) {
    static const struct {
        const char *first, *second;
        size_t winner;
    } rows[] = {{"stall", "normal", 1}, {"slow ms=400", "stall", 0}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        open_two(rows[i].first, rows[i].second);
        struct ear ear = {.gives = true};
        struct endpoint *from = NULL;
        const struct call how = {.hedge_ms = 50};
        ck_assert_msg(run_as(&ear, &how, &from) == ESI_OK, "%s", error.message);
        ck_assert_ptr_eq(from, at(rows[i].winner));
        ck_assert_int_eq(asked(0), 1);
        ck_assert_int_eq(asked(1), 1);
        ck_assert_int_eq(at(0)->requests + at(1)->requests, 2);
        ck_assert_int_eq(at(0)->failures + at(1)->failures, 0);
        ck_assert_int_eq(at(0)->repeats + at(1)->repeats, 0);
        ck_assert_uint_eq(ear.restarted, 0);
        settled();
        close_all();
    }
}
END_TEST

START_TEST(while_one_of_two_fails_the_other_is_waited_for) {
    open_two("401 ms=200", "slow ms=500");
    struct ear ear = {.gives = true};
    struct endpoint *from = NULL;
    const struct call how = {.hedge_ms = 50};
    ck_assert_int_eq(run_as(&ear, &how, &from), ESI_OK);
    ck_assert_ptr_eq(from, at(1));
    ck_assert_int_eq(asked(0), 1);
    ck_assert_int_eq(asked(1), 1);
    ck_assert_int_eq(at(0)->failures, 1);
}
END_TEST

START_TEST(once_it_answers_no_other_is_asked) {
    open_two("slow_drip", "normal");
    struct ear ear = {.gives = false};
    struct endpoint *from = NULL;
    const struct call how = {.hedge_ms = 60};
    ck_assert_int_eq(run_as(&ear, &how, &from), ESI_OK);
    ck_assert_ptr_eq(from, at(0));
    ck_assert_int_eq(asked(1), 0);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("call_wait");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, an_endpoint_is_asked_again_when_it_said);
    tcase_add_test(t, a_rest_beyond_the_deadline_isnt_waited_for);
    tcase_add_test(t, while_one_rests_the_next_is_asked);
    tcase_add_test(t, one_that_fails_too_often_is_left_alone_until_a_trial);
    tcase_add_test(t, a_trial_without_a_result_is_given_back);
    tcase_add_test(t, what_is_wrong_with_a_request_isnt_held_against_its_endpoint);
    tcase_add_test(t, the_deadline_ends_it);
    tcase_add_test(t, the_switch_ends_it);
    tcase_add_test(t, two_are_asked_only_where_it_is_wished);
    tcase_add_test(t, who_gives_the_first_byte_wins);
    tcase_add_test(t, while_one_of_two_fails_the_other_is_waited_for);
    tcase_add_test(t, once_it_answers_no_other_is_asked);
    return tap_run("provider/call_wait", t);
}
