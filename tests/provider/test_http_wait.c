#include "http_trial.h"

START_TEST(what_nobody_takes_waits_at_the_endpoint) {
    struct trial t;
    trial_init(&t, "/chunked=8000000", "x");
    trial_start(&t, LONG_MS, NULL);
    os_sleep(esi_clock_ns() + 200 * NS_PER_MS);
    struct http_news news;
    http_take(t.call, &news);
    ck_assert_int_eq(news.status, 200);
    ck_assert_int_eq(news.end, HTTP_UNDER_WAY);
    ck_assert_uint_le(news.bytes.n, 65536);
    ck_assert_uint_gt(news.bytes.n, 16384);
    buf_add(&t.body, news.bytes);
    ck_assert(trial_read(&t));
    ck_assert_int_eq(t.end, HTTP_WHOLE);
    ck_assert_uint_eq(t.body.n, 8000000);
    trial_clear(&t);
}
END_TEST

START_TEST(a_reply_that_waits_for_its_reader_is_not_silent) {
    struct trial t;
    trial_init(&t, "/chunked=2000000", "x");
    t.request.first_ms = LONG_MS;
    t.request.silence_ms = 50;
    trial_start(&t, LONG_MS, NULL);
    os_sleep(esi_clock_ns() + 300 * NS_PER_MS);
    ck_assert(trial_read(&t));
    ck_assert_int_eq(t.end, HTTP_WHOLE);
    ck_assert_uint_eq(t.body.n, 2000000);
    trial_clear(&t);
}
END_TEST

START_TEST(an_endpoint_may_not_think_longer_than_it_may) {
    struct trial t;
    trial_init(&t, "/held", "x");
    t.request.first_ms = 60;
    const int64_t begun = esi_clock_ns();
    trial_start(&t, LONG_MS, NULL);
    ck_assert(trial_read(&t));
    ck_assert_int_eq(t.end, HTTP_SILENT);
    ck_assert_int_eq(t.status, 0);
    ck_assert(t.sent);
    ck_assert_int_ge(esi_clock_ns() - begun, 60 * NS_PER_MS);
    trial_clear(&t);
}
END_TEST

START_TEST(a_reply_may_not_pause_longer_than_it_may) {
    struct trial t;
    trial_init(&t, "/stalled", "x");
    t.request.first_ms = LONG_MS;
    t.request.silence_ms = 60;
    trial_start(&t, LONG_MS, NULL);
    ck_assert(trial_read(&t));
    ck_assert_int_eq(t.end, HTTP_SILENT);
    ck_assert_int_eq(t.status, 200);
    ck_assert_uint_eq(t.body.n, 4);
    trial_clear(&t);
}
END_TEST

START_TEST(a_deadline_ends_the_wait_and_finishing_ends_the_call) {
    struct trial t;
    trial_init(&t, "/held", "x");
    trial_start(&t, 80, NULL);
    ck_assert(!trial_read(&t));
    ck_assert_int_eq(http_counts(http).in_flight, 1);
    ck_assert(trial_clear(&t));
    ck_assert_int_eq(http_counts(http).in_flight, 0);
}
END_TEST

START_TEST(a_wait_may_be_cut_short_and_goes_on) {
    struct trial t;
    trial_init(&t, "/held", "x");
    trial_start(&t, LONG_MS, NULL);
    ck_assert(http_waiter_wait(t.waiter, esi_clock_ns() + 30 * NS_PER_MS));
    struct http_news news;
    http_take(t.call, &news);
    ck_assert_int_eq(news.end, HTTP_UNDER_WAY);
    atomic_store(&server->go, true);
    ck_assert(trial_read(&t));
    CHECK_WHOLE(t, 200, "late");
    trial_clear(&t);
}
END_TEST

static void fire_soon(void *context) {
    os_sleep(esi_clock_ns() + 50 * NS_PER_MS);
    esi_cancel_fire(context);
}

START_TEST(another_thread_ends_the_wait_at_once) {
    esi_cancel *cancel = esi_cancel_create();
    struct os_thread thread;
    struct trial t;
    trial_init(&t, "/held", "x");
    ck_assert_int_eq(os_thread_start(&thread, fire_soon, cancel, 0, NULL), ESI_OK);
    trial_start(&t, LONG_MS, cancel);
    ck_assert(!trial_read(&t));
    trial_clear(&t);
    os_thread_join(&thread);
    /* A switch that was thrown before. */
    trial_init(&t, "/held", "x");
    trial_start(&t, LONG_MS, cancel);
    ck_assert(!trial_read(&t));
    trial_clear(&t);
    esi_cancel_free(cancel);
}
END_TEST

START_TEST(one_wait_serves_several_calls) {
    struct trial slow, fast;
    trial_init(&slow, "/held", "x");
    trial_start(&slow, LONG_MS, NULL);
    trial_init(&fast, "/echo", "first");
    fast.waiter = slow.waiter;
    ck_assert_int_eq(http_start(http, &fast.request, fast.waiter, &fast.call, NULL), ESI_OK);
    ck_assert(trial_read(&fast));
    CHECK_WHOLE(fast, 200, "first");
    atomic_store(&server->go, true);
    ck_assert(trial_read(&slow));
    CHECK_WHOLE(slow, 200, "late");
    http_finish(fast.call);
    buf_clear(&fast.body);
    trial_clear(&slow);
}
END_TEST

START_TEST(a_call_may_be_finished_at_any_moment) {
    static const char *const paths[] = {"/echo",
                                        "/held",
                                        "/chunked=900000",
                                        "/stalled",
                                        "http://127.0.0.1:1/",
                                        "http://nobody.invalid/"};
    for (int i = 0; i < 120; i++) {
        struct trial t;
        trial_init(&t, paths[i % 6], "x");
        trial_start(&t, LONG_MS, NULL);
        if (i % 5 != 0) {
            (void)http_waiter_wait(t.waiter, esi_clock_ns() + i % 4 * NS_PER_MS);
        }
        if (i % 3 == 0) {
            struct http_news news;
            http_take(t.call, &news);
        }
        trial_clear(&t);
    }
    ck_assert_int_eq(http_counts(http).in_flight, 0);
    ck_assert_int_eq(end_of("/echo"), HTTP_WHOLE);
}
END_TEST

START_TEST(it_may_be_closed_unused_and_right_after_use) {
    struct http *other = NULL;
    ck_assert_int_eq(http_create((esi_logger){0}, &other, NULL), ESI_OK);
    ck_assert_int_eq(http_counts(other).in_flight, 0);
    http_free(other);
    http_free(NULL);
    ck_assert(!http_finish(NULL));
    http_waiter_free(NULL);
}
END_TEST

struct caller {
    struct os_thread thread;
    int number;
    int good;
};

static void call_often(void *context) {
    struct caller *caller = context;
    for (int i = 0; i < 4; i++) {
        struct trial t;
        char text[32];
        (void)snprintf(text, sizeof text, "%d of %d", i, caller->number);
        trial_init(&t, i % 2 == 0 ? "/echo" : "/bytes", text);
        trial_start(&t, LONG_MS, NULL);
        if (trial_read(&t) && t.end == HTTP_WHOLE) {
            const char *wanted = i % 2 == 0 ? text : "one byte at a time";
            caller->good += t.body.n == strlen(wanted) && memcmp(t.body.p, wanted, t.body.n) == 0;
        }
        trial_clear(&t);
    }
}

START_TEST(five_hundred_threads_call_at_once) {
    enum { THREADS = 500 };
    struct caller *callers = calloc(THREADS, sizeof *callers);
    for (int i = 0; i < THREADS; i++) {
        callers[i].number = i;
        ck_assert_int_eq(
            os_thread_start(&callers[i].thread, call_often, &callers[i], 256 << 10, NULL), ESI_OK);
    }
    int good = 0;
    for (int i = 0; i < THREADS; i++) {
        os_thread_join(&callers[i].thread);
        good += callers[i].good;
    }
    free(callers);
    ck_assert_int_eq(good, 4 * THREADS);
    ck_assert_int_eq(http_counts(http).sent, 4 * THREADS);
    ck_assert_int_eq(atomic_load(&server->requests), 4 * THREADS);
    ck_assert_int_eq(atomic_load(&server->connections), http_counts(http).connections);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("http_wait");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, what_nobody_takes_waits_at_the_endpoint);
    tcase_add_test(t, a_reply_that_waits_for_its_reader_is_not_silent);
    tcase_add_test(t, an_endpoint_may_not_think_longer_than_it_may);
    tcase_add_test(t, a_reply_may_not_pause_longer_than_it_may);
    tcase_add_test(t, a_deadline_ends_the_wait_and_finishing_ends_the_call);
    tcase_add_test(t, a_wait_may_be_cut_short_and_goes_on);
    tcase_add_test(t, another_thread_ends_the_wait_at_once);
    tcase_add_test(t, one_wait_serves_several_calls);
    tcase_add_test(t, a_call_may_be_finished_at_any_moment);
    tcase_add_test(t, it_may_be_closed_unused_and_right_after_use);
    tcase_add_test(t, five_hundred_threads_call_at_once);
    return tap_run("provider/http_wait", t);
}
