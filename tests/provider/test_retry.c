#include "provider/retry.h"

#include "tap.h"

#define NOW INT64_C(784111777000) /* Sun, 06 Nov 1994 08:49:37 GMT */

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

/* ---- whether -------------------------------------------------------------------------------- */

START_TEST(a_status_says_whether_it_was_worked_on) {
    static const struct {
        int status;
        enum retry_class is;
    } rows[] = {
        {100, RETRY_NEVER_HERE}, {101, RETRY_NEVER_HERE}, {103, RETRY_NEVER_HERE},
        {200, RETRY_DONE},       {201, RETRY_UNKNOWN},    {202, RETRY_UNKNOWN},
        {204, RETRY_UNKNOWN},    {206, RETRY_UNKNOWN},    {301, RETRY_NEVER_HERE},
        {302, RETRY_NEVER_HERE}, {307, RETRY_NEVER_HERE}, {308, RETRY_NEVER_HERE},
        {400, RETRY_NEVER_HERE}, {401, RETRY_NEVER_HERE}, {402, RETRY_NEVER_HERE},
        {403, RETRY_NEVER_HERE}, {404, RETRY_NEVER_HERE}, {405, RETRY_NEVER_HERE},
        {407, RETRY_NEVER_HERE}, {408, RETRY_NOT_DONE},   {409, RETRY_NOT_DONE},
        {410, RETRY_NEVER_HERE}, {413, RETRY_NEVER_HERE}, {415, RETRY_NEVER_HERE},
        {422, RETRY_NEVER_HERE}, {425, RETRY_NOT_DONE},   {429, RETRY_NOT_DONE},
        {431, RETRY_NEVER_HERE}, {451, RETRY_NEVER_HERE}, {499, RETRY_NEVER_HERE},
        {500, RETRY_NOT_DONE},   {501, RETRY_NEVER_HERE}, {502, RETRY_NOT_DONE},
        {503, RETRY_NOT_DONE},   {504, RETRY_UNKNOWN},    {505, RETRY_NEVER_HERE},
        {507, RETRY_UNKNOWN},    {520, RETRY_UNKNOWN},    {521, RETRY_NOT_DONE},
        {522, RETRY_NOT_DONE},   {523, RETRY_NOT_DONE},   {524, RETRY_UNKNOWN},
        {525, RETRY_NOT_DONE},   {529, RETRY_NOT_DONE},   {599, RETRY_UNKNOWN},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct retry_reply reply = {.end = HTTP_WHOLE, .status = rows[i].status};
        ck_assert_msg(retry_classify(&reply) == rows[i].is, "%d", rows[i].status);
    }
}
END_TEST

START_TEST(an_end_without_a_whole_reply_says_it_too) {
    static const struct {
        enum http_end end;
        int status;
        enum retry_class is;
    } rows[] = {
        {HTTP_NOT_SENT, 0, RETRY_NOT_DONE},  {HTTP_IDLE_LOST, 0, RETRY_NOT_DONE},
        {HTTP_LOST, 0, RETRY_UNKNOWN},       {HTTP_LOST, 200, RETRY_UNKNOWN},
        {HTTP_LOST, 503, RETRY_NOT_DONE},    {HTTP_LOST, 401, RETRY_NEVER_HERE},
        {HTTP_SILENT, 0, RETRY_UNKNOWN},     {HTTP_SILENT, 200, RETRY_UNKNOWN},
        {HTTP_SILENT, 429, RETRY_NOT_DONE},  {HTTP_TOO_BIG, 200, RETRY_UNKNOWN},
        {HTTP_TOO_BIG, 502, RETRY_NOT_DONE}, {HTTP_REFUSED, 0, RETRY_NEVER_HERE},
        {HTTP_UNDER_WAY, 0, RETRY_UNKNOWN},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct retry_reply reply = {.end = rows[i].end, .status = rows[i].status};
        ck_assert_msg(retry_classify(&reply) == rows[i].is, "%zu", i);
    }
}
END_TEST

START_TEST(only_what_is_about_the_request_speaks_for_the_endpoint) {
    static const struct {
        int status;
        bool blames;
    } rows[] = {{0, true},    {200, true},  {400, false}, {401, true}, {404, true},
                {413, false}, {422, false}, {429, true},  {500, true}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct retry_reply reply = {.end = HTTP_WHOLE, .status = rows[i].status};
        ck_assert_msg(retry_blames(&reply) == rows[i].blames, "%d", rows[i].status);
    }
}
END_TEST

/* ---- when ----------------------------------------------------------------------------------- */

START_TEST(retry_after_is_read_in_all_its_forms) {
    static const struct {
        const char *text;
        int64_t ms;
    } rows[] = {
        {"0", 0},
        {"7", 7000},
        {" 7 ", 7000},
        {"0.25", 250},
        {"1.5", 1500},
        {"3600", 3600000},
        {"86400", RETRY_ASKED_MAX_MS},
        {"99999999999999999999", RETRY_ASKED_MAX_MS},
        {"Sun, 06 Nov 1994 08:49:47 GMT", 10000},
        {"Sunday, 06-Nov-94 08:49:47 GMT", 10000},
        {"Sun Nov  6 08:49:47 1994", 10000},
        {"Sun, 06 Nov 1994 08:49:37 GMT", 0},
        {"Sun, 06 Nov 1994 08:49:27 GMT", 0}, /* has passed */
        {"Mon, 07 Nov 1994 08:49:37 GMT", RETRY_ASKED_MAX_MS},
        {"Tuesday, 06-Nov-90 08:49:47 GMT", 0},
        {"Tuesday, 06-Nov-44 08:49:47 GMT", RETRY_ASKED_MAX_MS}, /* 2044: 50 years ahead */
        {"Tuesday, 06-Nov-46 08:49:47 GMT", -1},                 /* 1946: before all dates */
        {"-1", -1},
        {"1e3", -1},
        {"soon", -1},
        {"", -1},
        {"1 2", -1},
        {"1.2.3", -1},
        {".5", -1},
        {"Sun, 31 Feb 1994 08:49:47 GMT", -1},
        {"Sun, 06 Nob 1994 08:49:47 GMT", -1},
        {"Sun, 06 Nov 1994 24:49:47 GMT", -1},
        {"Sun, 06 Nov 1994 08:61:47 GMT", -1},
        {"Sun, 06 Nov 1994 08:49 GMT", -1},
        {"Sun, 06 Nov 1994 08:49:47 CET", -1},
        {"Sun, 06 Nov 1994 08:49:47 GMT and more of it", -1},
        {"Sun, 06 Nov 99999 08:49:47 GMT", -1},
        {"Sun Nov  6 08:49:47 1994 1994", -1},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct retry_reply reply = {
            .end = HTTP_WHOLE, .status = 503, .retry_after = rows[i].text, .now_ms = NOW};
        const int64_t ms = retry_asked_ms(&reply);
        ck_assert_msg(ms == rows[i].ms, "\"%s\": %lld", rows[i].text, (long long)ms);
    }
}
END_TEST

START_TEST(the_limits_reset_is_read_in_all_its_forms) {
    static const struct {
        const char *text;
        int64_t ms;
    } rows[] = {
        {"1s", 1000},
        {"250ms", 250},
        {"6m0s", RETRY_RESET_MAX_MS}, /* all of it: a part is free sooner */
        {"0m42.5s", 42500},
        {"1h", RETRY_RESET_MAX_MS},
        {"1d2h", RETRY_RESET_MAX_MS},
        {"59s999ms", 59999},
        {"8.64s", 8640},
        {"5", 5000},
        {"0.5", 500},
        {"784111787", RETRY_RESET_MAX_MS}, /* below 1e9: so many seconds */
        {"s", -1},
        {"1", 1000},
        {"1x", -1},
        {"1s2", -1},
        {"-1s", -1},
        {"", -1},
        {"soon", -1},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct retry_reply reply = {
            .end = HTTP_WHOLE, .status = 429, .rate_reset = rows[i].text, .now_ms = NOW};
        const int64_t ms = retry_asked_ms(&reply);
        ck_assert_msg(ms == rows[i].ms, "\"%s\": %lld", rows[i].text, (long long)ms);
    }
}
END_TEST

START_TEST(a_large_number_is_the_moment_of_the_reset) {
    struct retry_reply reply = {.end = HTTP_WHOLE,
                                .status = 429,
                                .rate_reset = "1700000030",
                                .now_ms = INT64_C(1700000000000)};
    ck_assert_int_eq(retry_asked_ms(&reply), 30000);
    reply.rate_reset = "1700000000250"; /* in ms */
    ck_assert_int_eq(retry_asked_ms(&reply), 250);
    reply.rate_reset = "1600000000"; /* has passed */
    ck_assert_int_eq(retry_asked_ms(&reply), 0);
}
END_TEST

START_TEST(milliseconds_go_before_seconds_before_the_limits_reset) {
    struct retry_reply reply = {.end = HTTP_WHOLE,
                                .status = 429,
                                .retry_after_ms = "120",
                                .retry_after = "2",
                                .rate_reset = "5s",
                                .now_ms = NOW};
    ck_assert_int_eq(retry_asked_ms(&reply), 120);
    reply.retry_after_ms = "later";
    ck_assert_int_eq(retry_asked_ms(&reply), 2000);
    reply.retry_after = NULL;
    ck_assert_int_eq(retry_asked_ms(&reply), 5000);
    reply.status = 503; /* no limit: the window of a limit doesn't matter */
    ck_assert_int_eq(retry_asked_ms(&reply), -1);
    reply = (struct retry_reply){.end = HTTP_WHOLE, .status = 429, .now_ms = NOW};
    ck_assert_int_eq(retry_asked_ms(&reply), -1);
}
END_TEST

START_TEST(a_date_goes_by_the_clock_of_who_wrote_it) {
    struct retry_reply reply = {.end = HTTP_WHOLE,
                                .status = 503,
                                .retry_after = "Sun, 06 Nov 1994 08:49:47 GMT",
                                .date = "Sun, 06 Nov 1994 08:49:40 GMT",
                                .now_ms = NOW + INT64_C(86400000)};
    ck_assert_int_eq(retry_asked_ms(&reply), 7000);
    reply.date = "today";
    ck_assert_int_eq(retry_asked_ms(&reply), 0);
}
END_TEST

START_TEST(a_backoff_is_anything_below_a_doubling_bound) {
    static const int64_t bounds[] = {250, 500, 1000, 2000, 4000, 8000, 8000, 8000};
    for (int32_t i = 0; i < (int32_t)COUNT(bounds); i++) {
        ck_assert_int_eq(retry_backoff_ms(i, 0), 0);
        ck_assert_int_eq(retry_backoff_ms(i, UINT32_C(1) << 31), bounds[i] / 2);
        ck_assert_int_eq(retry_backoff_ms(i, UINT32_MAX), bounds[i] - 1);
    }
    ck_assert_int_eq(retry_backoff_ms(INT32_MAX, UINT32_MAX), 7999);
}
END_TEST

/* ---- the breaker ---------------------------------------------------------------------------- */

/* Failures in a row, as long as it takes to open. */
static void fail_often(struct breaker *b, int64_t from_ms, int times) {
    for (int i = 0; i < times; i++) {
        breaker_failure(b, from_ms + i * BREAKER_AFTER_MS / (BREAKER_FAILURES - 1), false, -1,
                        UINT32_MAX);
    }
}

START_TEST(it_opens_after_so_many_failures_in_a_row) {
    struct breaker b = {0};
    fail_often(&b, 1000, BREAKER_FAILURES - 1);
    ck_assert(breaker_admit(&b, 2000));
    breaker_success(&b); /* begins to count anew */
    fail_often(&b, 3000, BREAKER_FAILURES - 1);
    ck_assert(breaker_admit(&b, 4000));
    ck_assert(!breaker_is_open(&b));
    breaker_failure(&b, 4000, false, -1, 0);
    ck_assert(breaker_is_open(&b));
    ck_assert(!breaker_admit(&b, 4000));
}
END_TEST

START_TEST(one_bad_moment_of_many_requests_doesnt_open_it) {
    struct breaker b = {0};
    for (int i = 0; i < 500; i++) {
        breaker_failure(&b, 5000 + i, false, -1, 0);
    }
    ck_assert(!breaker_is_open(&b));
    breaker_success(&b);
    breaker_failure(&b, 9000, false, -1, 0);
    ck_assert(!breaker_is_open(&b));
    ck_assert(breaker_admit(&b, 9000));
}
END_TEST

START_TEST(it_rests_at_least_half_of_a_doubling_time) {
    int64_t most = BREAKER_REST_MS;
    int64_t now_ms = BREAKER_AFTER_MS;
    struct breaker b = {0};
    for (int trials = 0; trials < 8; trials++) {
        struct breaker long_one = b;
        if (trials == 0) {
            fail_often(&b, 0, BREAKER_FAILURES - 1);
            long_one = b;
        }
        breaker_failure(&long_one, now_ms, false, -1, UINT32_MAX);
        breaker_failure(&b, now_ms, false, -1, 0);
        ck_assert_int_eq(breaker_rest_ms(&b, now_ms), most / 2);
        ck_assert_int_eq(breaker_rest_ms(&long_one, now_ms), most - 1);
        now_ms += most / 2;
        ck_assert(breaker_admit(&b, now_ms));
        most = 2 * most < BREAKER_REST_MAX_MS ? 2 * most : BREAKER_REST_MAX_MS;
    }
}
END_TEST

START_TEST(failures_of_what_was_under_way_dont_lengthen_its_rest) {
    struct breaker b = {0};
    fail_often(&b, 0, BREAKER_FAILURES);
    const struct breaker before = b;
    for (int i = 0; i < 100; i++) {
        breaker_failure(&b, BREAKER_AFTER_MS + i, false, -1, UINT32_MAX);
    }
    ck_assert_int_eq(b.until_ms, before.until_ms);
    ck_assert_int_eq(b.rests, 1);
}
END_TEST

START_TEST(after_its_rest_one_request_tries_at_a_time) {
    struct breaker b = {0};
    fail_often(&b, 0, BREAKER_FAILURES);
    const int64_t rested_ms = b.until_ms;
    ck_assert(!breaker_admit(&b, rested_ms - 1));
    ck_assert(breaker_admit(&b, rested_ms));
    ck_assert(!breaker_admit(&b, rested_ms));
    ck_assert(!breaker_admit(&b, rested_ms + 100000));
    breaker_leave(&b); /* without a result */
    ck_assert(breaker_admit(&b, rested_ms));
    breaker_failure(&b, rested_ms, false, -1, 0); /* still away: it rests again, for longer */
    ck_assert(!breaker_admit(&b, rested_ms));
    const int64_t again_ms = b.until_ms;
    ck_assert_int_ge(again_ms - rested_ms, BREAKER_REST_MS);
    ck_assert(breaker_admit(&b, again_ms));
    breaker_success(&b);
    ck_assert(breaker_admit(&b, again_ms));
    ck_assert(breaker_admit(&b, again_ms));
    ck_assert(!breaker_is_open(&b));
    ck_assert_int_eq(breaker_rest_ms(&b, again_ms), 0);
}
END_TEST

START_TEST(a_limit_rests_for_what_it_asks_without_opening) {
    struct breaker b = {0};
    for (int i = 0; i < 3 * BREAKER_FAILURES; i++) {
        breaker_failure(&b, 0, true, 700, 0);
    }
    ck_assert(!breaker_is_open(&b));
    ck_assert_int_eq(breaker_rest_ms(&b, 0), 700);
    ck_assert(!breaker_admit(&b, 699));
    breaker_success(&b); /* of what was sent before */
    ck_assert(!breaker_admit(&b, 699));
    ck_assert(breaker_admit(&b, 700));
    ck_assert(breaker_admit(&b, 700)); /* no trial: all may */
}
END_TEST

START_TEST(a_limit_that_asks_nothing_rests_by_chance_and_longer_each_time) {
    struct breaker b = {0};
    int64_t now_ms = 100000;
    static const int64_t bounds[] = {250, 500, 1000, 2000};
    for (size_t i = 0; i < COUNT(bounds); i++) {
        breaker_failure(&b, now_ms, true, -1, UINT32_MAX);
        breaker_failure(&b, now_ms, true, -1, UINT32_MAX); /* of what was under way */
        ck_assert_int_eq(breaker_rest_ms(&b, now_ms), bounds[i] - 1);
        now_ms = b.until_ms;
        ck_assert(breaker_admit(&b, now_ms));
        breaker_success(&b);
    }
    breaker_failure(&b, now_ms + 60000, true, -1, UINT32_MAX); /* long ago: from the beginning */
    ck_assert_int_eq(breaker_rest_ms(&b, now_ms + 60000), 249);
}
END_TEST

START_TEST(a_shorter_wish_doesnt_end_a_longer_rest) {
    struct breaker b = {0};
    breaker_failure(&b, 0, true, 5000, 0);
    breaker_failure(&b, 0, true, 100, 0);
    ck_assert_int_eq(breaker_rest_ms(&b, 0), 5000);
}
END_TEST

START_TEST(a_failure_that_asks_for_time_gets_it) {
    struct breaker b = {0};
    breaker_failure(&b, 0, false, 900, 0);
    ck_assert(!breaker_is_open(&b));
    ck_assert(!breaker_admit(&b, 899));
    ck_assert(breaker_admit(&b, 900));
}
END_TEST

int main(void) {
    TCase *t = tcase_create("retry");
    tcase_add_test(t, a_status_says_whether_it_was_worked_on);
    tcase_add_test(t, an_end_without_a_whole_reply_says_it_too);
    tcase_add_test(t, only_what_is_about_the_request_speaks_for_the_endpoint);
    tcase_add_test(t, retry_after_is_read_in_all_its_forms);
    tcase_add_test(t, the_limits_reset_is_read_in_all_its_forms);
    tcase_add_test(t, a_large_number_is_the_moment_of_the_reset);
    tcase_add_test(t, milliseconds_go_before_seconds_before_the_limits_reset);
    tcase_add_test(t, a_date_goes_by_the_clock_of_who_wrote_it);
    tcase_add_test(t, a_backoff_is_anything_below_a_doubling_bound);
    tcase_add_test(t, it_opens_after_so_many_failures_in_a_row);
    tcase_add_test(t, one_bad_moment_of_many_requests_doesnt_open_it);
    tcase_add_test(t, failures_of_what_was_under_way_dont_lengthen_its_rest);
    tcase_add_test(t, it_rests_at_least_half_of_a_doubling_time);
    tcase_add_test(t, after_its_rest_one_request_tries_at_a_time);
    tcase_add_test(t, a_limit_rests_for_what_it_asks_without_opening);
    tcase_add_test(t, a_limit_that_asks_nothing_rests_by_chance_and_longer_each_time);
    tcase_add_test(t, a_shorter_wish_doesnt_end_a_longer_rest);
    tcase_add_test(t, a_failure_that_asks_for_time_gets_it);
    return tap_run("provider/retry", t);
}
