#include "calls.h"

/* ---- one endpoint --------------------------------------------------------------------------- */

START_TEST(a_good_reply_is_read_and_counted) {
    open_two("normal", "normal");
    struct ear ear = {.gives = true};
    struct endpoint *from = NULL;
    ck_assert_int_eq(run(&ear, &from), ESI_OK);
    ck_assert_ptr_eq(from, at(0));
    ck_assert_uint_gt(ear.read, 0);
    ck_assert_uint_eq(ear.ended, 1);
    ck_assert_int_eq(at(0)->requests, 1);
    ck_assert_int_eq(at(0)->failures, 0);
    ck_assert_int_eq(at(0)->repeats, 0);
    ck_assert_int_eq(asked(0), 1);
    ck_assert_int_eq(asked(1), 0);
    settled();
}
END_TEST

START_TEST(what_wasnt_worked_on_is_asked_for_again) {
    static const char *const scripts[] = {"503;normal",         "500;normal",
                                          "502 as=html;normal", "429 retry_ms=1;normal",
                                          "408;normal",         "529;normal"};
    for (size_t i = 0; i < COUNT(scripts); i++) {
        open_one(scripts[i]);
        struct ear ear = {.gives = true};
        struct endpoint *from = NULL;
        ck_assert_msg(run(&ear, &from) == ESI_OK, "%s: %s", scripts[i], error.message);
        ck_assert_int_eq(asked(0), 2);
        ck_assert_int_eq(at(0)->requests, 2);
        ck_assert_int_eq(at(0)->failures, 1);
        ck_assert_int_eq(at(0)->repeats, 1);
        ck_assert_str_eq(at(0)->problem, "");
        close_all();
    }
}
END_TEST

START_TEST(what_may_have_been_worked_on_isnt_asked_for_again) {
    static const char *const scripts[] = {"reset;normal",     "close;normal", "reset_mid;normal",
                                          "close_mid;normal", "504;normal",   "202;normal"};
    for (size_t i = 0; i < COUNT(scripts); i++) {
        open_one(scripts[i]);
        struct ear ear = {.gives = false};
        struct endpoint *from = NULL;
        ck_assert_msg(run(&ear, &from) != ESI_OK, "%s", scripts[i]);
        ck_assert_msg(asked(0) == 1, "%s: %lld", scripts[i], (long long)asked(0));
        ck_assert_int_eq(at(0)->requests, 1);
        ck_assert_int_eq(at(0)->failures, 1);
        settled();
        close_all();
    }
}
END_TEST

START_TEST(vectors_are_asked_for_until_they_are_there) {
    static const char *const scripts[] = {"embed reset;embed normal",
                                          "embed close_mid;embed normal", "embed 504;embed normal"};
    for (size_t i = 0; i < COUNT(scripts); i++) {
        open_one(scripts[i]);
        /* An answer's address is as good for it here. */
        char *verb = strstr((char *)(uintptr_t)at(0)->place.url, "chat/completions");
        strcpy(verb, "embeddings");
        struct ear ear = {.embeds = true};
        struct endpoint *from = NULL;
        const struct call how = {.repeat_unknown = true};
        ck_assert_msg(run_as(&ear, &how, &from) == ESI_OK, "%s: %s", scripts[i], error.message);
        ck_assert_int_eq(asked(0), 2);
        close_all();
    }
}
END_TEST

START_TEST(a_call_sends_so_many_requests_at_most) {
    open_two("503", "503");
    struct ear ear = {.gives = false};
    struct endpoint *from = NULL;
    ck_assert_int_eq(run(&ear, &from), ESI_EUPSTREAM);
    ck_assert_int_le(asked(0) + asked(1), 2 * CALL_TRIES_MAX);
    ck_assert_int_ge(asked(0) + asked(1), 4);
    ck_assert_int_eq(asked(0) + asked(1), at(0)->requests + at(1)->requests);
    ck_assert_int_eq(error.upstream_status, 503);
    ck_assert(error.retryable);
    settled();
}
END_TEST

START_TEST(a_kept_connection_that_went_away_is_made_anew) {
    static const char *const scripts[] = {"normal;next_fin;normal", "normal;next_rst;normal",
                                          "idle_fin;normal", "idle_rst;normal"};
    for (size_t i = 0; i < COUNT(scripts); i++) {
        open_one(scripts[i]);
        for (int n = 0; n < 3; n++) {
            struct ear ear = {.gives = true};
            struct endpoint *from = NULL;
            ck_assert_msg(run(&ear, &from) == ESI_OK, "%s: %s", scripts[i], error.message);
        }
        ck_assert_int_eq(asked(0) - upstream_counts(up[0]).mute, 3);
        ck_assert_int_eq(at(0)->requests - at(0)->lost, 3);
        ck_assert_int_eq(at(0)->failures, at(0)->lost);
        ck_assert_int_eq(at(0)->breaker.failures, 0);
        settled();
        close_all();
    }
}
END_TEST

/* ---- the reader's word ---------------------------------------------------------------------- */

static enum call_verdict learns(struct ear *ear, int status, struct view body, bool cut,
                                esi_error *err) {
    (void)err;
    (void)cut;
    (void)ear;
    ck_assert(status != 400 || view_find(body, VIEW("error"), 0) != SIZE_MAX);
    return status == 400 ? CALL_AGAIN : CALL_GOOD;
}

START_TEST(a_form_that_is_refused_is_written_anew_at_once) {
    open_one("400;400;400;400;normal");
    struct ear ear = {.judge = learns};
    struct endpoint *from = NULL;
    ck_assert_msg(run(&ear, &from) == ESI_OK, "%s", error.message);
    ck_assert_uint_eq(ear.writes, 5);
    ck_assert_int_eq(asked(0), 5);
    ck_assert_int_eq(at(0)->requests, 5);
    ck_assert_int_eq(at(0)->repeats, 4);
    ck_assert_int_eq(at(0)->breaker.failures, 0);
}
END_TEST

START_TEST(a_form_isnt_sought_for_ever) {
    open_two("400", "normal");
    struct ear ear = {.judge = learns};
    struct endpoint *from = NULL;
    ck_assert_msg(run(&ear, &from) == ESI_OK, "%s", error.message);
    ck_assert_ptr_eq(from, at(1));
    ck_assert_int_eq(asked(0), CALL_FORMS_MAX + 1);
    ck_assert_int_eq(asked(1), 1);
}
END_TEST

static enum call_verdict nowhere(struct ear *ear, int status, struct view body, bool cut,
                                 esi_error *err) {
    (void)ear;
    (void)body;
    (void)cut;
    (void)esi_fail(err, ESI_ETOOBIG, "provider/test", "too much with %d", status);
    return CALL_NOWHERE;
}

START_TEST(what_no_endpoint_would_do_ends_it_with_the_readers_words) {
    open_two("400", "normal");
    struct ear ear = {.judge = nowhere};
    struct endpoint *from = NULL;
    ck_assert_int_eq(run(&ear, &from), ESI_ETOOBIG);
    ck_assert_str_eq(error.message, "too much with 400");
    ck_assert_int_eq(error.upstream_status, 400);
    ck_assert_int_eq(asked(1), 0);
    ck_assert_int_eq(at(0)->breaker.failures, 0);
    ck_assert_int_eq(at(0)->failures, 0);
}
END_TEST

static enum call_verdict useless(struct ear *ear, int status, struct view body, bool cut,
                                 esi_error *err) {
    (void)status;
    (void)body;
    (void)cut;
    if (ear->written[ear->writes - 1] == at(0)) {
        (void)esi_fail(err, ESI_EUPSTREAM, "provider/test", "the reply was empty");
        return CALL_ELSEWHERE;
    }
    return CALL_GOOD;
}

START_TEST(a_useless_reply_is_asked_for_elsewhere) {
    open_two("normal", "normal");
    struct ear ear = {.judge = useless};
    struct endpoint *from = NULL;
    ck_assert_int_eq(run(&ear, &from), ESI_OK);
    ck_assert_ptr_eq(from, at(1));
    ck_assert_int_eq(asked(0), 1);
    ck_assert_str_eq(at(0)->problem, "the reply was empty");
    ck_assert_int_eq(at(0)->failures, 1);
}
END_TEST

START_TEST(alone_a_useless_reply_is_the_error) {
    open_one("normal");
    struct ear ear = {.judge = useless};
    struct endpoint *from = NULL;
    ck_assert_int_eq(run(&ear, &from), ESI_EUPSTREAM);
    ck_assert_str_eq(error.message, "the reply was empty");
    ck_assert_str_eq(error.origin, "provider/test");
}
END_TEST

static enum call_verdict limited_first(struct ear *ear, int status, struct view body, bool cut,
                                       esi_error *err) {
    (void)status;
    (void)body;
    (void)cut;
    if (ear->writes == 1) {
        (void)esi_fail(err, ESI_EUPSTREAM, "provider/test", "the quota is used up");
        return CALL_LIMITED;
    }
    return CALL_GOOD;
}

START_TEST(a_limit_in_another_dress_is_one) {
    open_one("normal field='retry-after-ms: 40';normal");
    struct ear ear = {.judge = limited_first};
    struct endpoint *from = NULL;
    ck_assert_msg(run(&ear, &from) == ESI_OK, "%s", error.message);
    ck_assert_int_eq(asked(0), 2);
    ck_assert_int_eq(at(0)->breaker.failures, 0);
    ck_assert_int_ge(ear.written_ns[1] - ear.written_ns[0], 40 * NS_PER_MS);
}
END_TEST

START_TEST(who_wants_no_more_ends_it_well) {
    open_two("slow_drip", "normal");
    struct ear ear = {.take = CALL_STOPPED};
    struct endpoint *from = NULL;
    ck_assert_int_eq(run(&ear, &from), ESI_OK);
    ck_assert_ptr_eq(from, at(0));
    ck_assert_uint_eq(ear.ended, 0);
    ck_assert_int_eq(asked(1), 0);
    ck_assert_int_eq(at(0)->failures, 0);
    settled();
}
END_TEST

START_TEST(a_tick_comes_about_once_a_second_and_can_stop_it) {
    open_one("stall");
    struct ear ear = {.tick_says = 1};
    struct endpoint *from = NULL;
    ck_assert_int_eq(run(&ear, &from), ESI_OK);
    ck_assert_uint_eq(ear.ticks, 1);
    settled();
}
END_TEST

START_TEST(an_error_in_the_bytes_counts_as_they_come) {
    open_two("normal", "normal");
    struct ear ear = {.take = CALL_ELSEWHERE};
    struct endpoint *from = NULL;
    ck_assert_int_ne(run(&ear, &from), ESI_OK);
    ck_assert_int_eq(asked(0), 1);
    ck_assert_int_eq(asked(1), 1);
    ck_assert_uint_eq(ear.ended, 0);
}
END_TEST

/* ---- the next one --------------------------------------------------------------------------- */

START_TEST(the_next_one_is_asked_where_the_first_wont_do) {
    static const char *const scripts[] = {"dead",
                                          "401",
                                          "403",
                                          "404",
                                          "400",
                                          "redirect to=http://localhost:1/",
                                          "reset",
                                          "close",
                                          "reset_mid",
                                          "504",
                                          "rubbish bytes=100000"};
    for (size_t i = 0; i < COUNT(scripts); i++) {
        open_two(scripts[i], "normal");
        struct ear ear = {.restarts = true};
        struct endpoint *from = NULL;
        const struct call how = {.reply_max = 65536};
        ck_assert_msg(run_as(&ear, &how, &from) == ESI_OK, "%s: %s", scripts[i], error.message);
        ck_assert_ptr_eq(from, at(1));
        ck_assert_msg(up[0] == NULL || asked(0) == 1, "%s", scripts[i]);
        ck_assert_int_eq(at(0)->failures, 1);
        ck_assert_int_eq(at(0)->requests, up[0] == NULL ? 0 : 1);
        ck_assert_int_eq(at(1)->repeats, 1);
        ck_assert_str_ne(at(0)->problem, "");
        settled();
        close_all();
    }
}
END_TEST

START_TEST(a_silent_one_leaves_time_for_the_next) {
    open_two("stall", "normal");
    struct ear ear = {.gives = false};
    struct endpoint *from = NULL;
    const struct call how = {.wait = wait_for_ms(3000, NULL)};
    ck_assert_msg(run_as(&ear, &how, &from) == ESI_OK, "%s", error.message);
    ck_assert_ptr_eq(from, at(1));
    ck_assert_int_eq(asked(0), 1);
}
END_TEST

START_TEST(one_that_stops_in_the_middle_leaves_time_for_the_next) {
    open_two("stall_mid", "normal");
    struct ear ear = {.gives = true, .restarts = true};
    struct endpoint *from = NULL;
    const struct call how = {.wait = wait_for_ms(4000, NULL)};
    ck_assert_msg(run_as(&ear, &how, &from) == ESI_OK, "%s", error.message);
    ck_assert_ptr_eq(from, at(1));
    ck_assert_uint_eq(ear.restarted, 1);
}
END_TEST

START_TEST(what_was_shown_is_taken_back_before_another_begins) {
    open_two("reset_mid", "normal");
    struct ear ear = {.gives = true, .restarts = true};
    struct endpoint *from = NULL;
    ck_assert_int_eq(run(&ear, &from), ESI_OK);
    ck_assert_uint_eq(ear.restarted, 1);
    ck_assert_ptr_eq(from, at(1));
}
END_TEST

START_TEST(what_cant_be_taken_back_ends_it) {
    open_two("reset_mid", "normal");
    struct ear ear = {.gives = true, .restarts = false};
    struct endpoint *from = NULL;
    ck_assert_int_eq(run(&ear, &from), ESI_EUPSTREAM);
    ck_assert_uint_eq(ear.restarted, 1);
    ck_assert_int_eq(asked(1), 0);
    settled();
}
END_TEST

START_TEST(the_error_tells_what_became_of_each) {
    open_with((const char *const[]){"503 retry=0", "dead", "401"}, 3, "");
    struct ear ear = {.gives = false};
    struct endpoint *from = NULL;
    ck_assert_int_eq(run(&ear, &from), ESI_EUPSTREAM);
    ck_assert_ptr_eq(strstr(error.message, "no endpoint answered: a (HTTP 503), b (no connection), "
                                           "c (HTTP 401); the last: "),
                     error.message);
    settled();
}
END_TEST

START_TEST(where_nobody_can_be_reached_it_is_unavailable) {
    open_two("dead", "dead");
    struct ear ear = {.gives = false};
    struct endpoint *from = NULL;
    ck_assert_int_eq(run(&ear, &from), ESI_EUNAVAILABLE);
    ck_assert(error.retryable);
    ck_assert_int_eq(at(0)->requests, 0);
    ck_assert_int_gt(at(0)->failures, 0);
}
END_TEST

START_TEST(without_endpoints_it_is_unavailable) {
    struct ear ear = {.gives = false};
    struct endpoint *from = NULL;
    ck_assert_int_eq(run(&ear, &from), ESI_EUNAVAILABLE);
}
END_TEST

/* ---- many at once --------------------------------------------------------------------------- */

#define THREADS 64
#define CALLS 8

static atomic_int answered, failed;

static void ask_often(void *context) {
    const int64_t hedge_ms = *(const int64_t *)context;
    for (int i = 0; i < CALLS; i++) {
        struct ear ear = {.gives = true, .restarts = true};
        ear.take = hedge_ms > 0 && i % 4 == 3 ? CALL_STOPPED : CALL_GOOD;
        struct call_reader reader = reader_of_ear;
        reader.context = &ear;
        const struct call call = {.http = http,
                                  .endpoints = &endpoints,
                                  .reader = &reader,
                                  .hedge_ms = hedge_ms,
                                  .wait = wait_for_ms(20000, NULL),
                                  .log = logger};
        struct endpoint *from = NULL;
        esi_error own = {.code = ESI_OK};
        const esi_err result = call_run(&call, &from, &own);
        atomic_fetch_add(result == ESI_OK ? &answered : &failed, 1);
    }
}

/* Two upstreams that draw from a script by chance. */
static void open_weather(const char *script) {
    quiet = true;
    struct buf json;
    buf_init(&json, 4096);
    for (uint32_t i = 0; i < 2; i++) {
        const struct upstream_setup play = {.script = script, .seed = 7 + i};
        up[i] = upstream_start(&play);
        buf_printf(&json, "%s{\"name\":\"%s\",\"baseUrl\":\"%s\",\"model\":\"m\"}",
                   i == 0 ? "{\"chat\":[" : ",", letters[i], upstream_url(up[i]));
    }
    buf_str(&json, "]}");
    const esi_provider_config config = {.size = sizeof config, .endpoints = json.p};
    ck_assert_int_eq(endpoints_read(&config, &memory, &endpoints, &unused, &error), ESI_OK);
    buf_clear(&json);
}

static void ask_all(int64_t hedge_ms) {
    struct os_thread threads[THREADS];
    for (size_t i = 0; i < THREADS; i++) {
        ck_assert_int_eq(os_thread_start(&threads[i], ask_often, &hedge_ms, 262144, NULL), ESI_OK);
    }
    for (size_t i = 0; i < THREADS; i++) {
        os_thread_join(&threads[i]);
    }
    ck_assert_int_eq(atomic_load(&answered) + atomic_load(&failed), THREADS * CALLS);
    ck_assert_int_gt(atomic_load(&answered), 0);
}

/* What left us is what came there, be it that nobody there read it. */
static void count_all(void) {
    int64_t requests = 0;
    for (size_t i = 0; i < 2; i++) {
        (void)upstream_await(up[i], at(i)->requests, 500); /* the last may be on their way */
        const struct upstream_counts c = upstream_counts(up[i]);
        ck_assert_int_eq(at(i)->requests, c.requests + c.unread);
        ck_assert_int_le(at(i)->lost, c.mute + c.unread);
        requests += at(i)->requests;
    }
    ck_assert_int_eq(requests, http_counts(http).sent);
    settled();
}

START_TEST(many_threads_in_bad_weather_lose_no_count) {
    open_weather("normal times=6;503;429 retry_ms=5;reset;close_mid;502 as=html;slow ms=20;"
                 "normal chunk=1;truncated;404;next_fin;bytes");
    ask_all(0);
    count_all();
}
END_TEST

START_TEST(nor_do_they_where_two_are_asked_and_one_is_left) {
    open_weather("normal times=4;slow ms=30;slow ms=60;503;slow_drip;reset;429 retry_ms=5");
    ask_all(10);
    count_all();
}
END_TEST

int main(void) {
    TCase *t = tcase_create("call");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, a_good_reply_is_read_and_counted);
    tcase_add_test(t, what_wasnt_worked_on_is_asked_for_again);
    tcase_add_test(t, what_may_have_been_worked_on_isnt_asked_for_again);
    tcase_add_test(t, vectors_are_asked_for_until_they_are_there);
    tcase_add_test(t, a_call_sends_so_many_requests_at_most);
    tcase_add_test(t, a_kept_connection_that_went_away_is_made_anew);
    tcase_add_test(t, a_form_that_is_refused_is_written_anew_at_once);
    tcase_add_test(t, a_form_isnt_sought_for_ever);
    tcase_add_test(t, what_no_endpoint_would_do_ends_it_with_the_readers_words);
    tcase_add_test(t, a_useless_reply_is_asked_for_elsewhere);
    tcase_add_test(t, alone_a_useless_reply_is_the_error);
    tcase_add_test(t, a_limit_in_another_dress_is_one);
    tcase_add_test(t, who_wants_no_more_ends_it_well);
    tcase_add_test(t, a_tick_comes_about_once_a_second_and_can_stop_it);
    tcase_add_test(t, an_error_in_the_bytes_counts_as_they_come);
    tcase_add_test(t, the_next_one_is_asked_where_the_first_wont_do);
    tcase_add_test(t, a_silent_one_leaves_time_for_the_next);
    tcase_add_test(t, one_that_stops_in_the_middle_leaves_time_for_the_next);
    tcase_add_test(t, what_was_shown_is_taken_back_before_another_begins);
    tcase_add_test(t, what_cant_be_taken_back_ends_it);
    tcase_add_test(t, the_error_tells_what_became_of_each);
    tcase_add_test(t, where_nobody_can_be_reached_it_is_unavailable);
    tcase_add_test(t, without_endpoints_it_is_unavailable);
    tcase_add_test(t, many_threads_in_bad_weather_lose_no_count);
    tcase_add_test(t, nor_do_they_where_two_are_asked_and_one_is_left);
    return tap_run("provider/call", t);
}
