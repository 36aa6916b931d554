#include "provider/call.h"

#include <string.h>

#include "base/clock.h"
#include "small_stack.h"
#include "tap.h"
#include "upstream.h"

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))
#define PLACES 3
#define WRITES 64
#define QUESTION "how do I reset my geheim machine"

/* ---- the endpoints -------------------------------------------------------------------------- */

static struct upstream *up[PLACES]; /* NULL: nobody listens there */
static struct http *http;
static struct endpoints endpoints, unused;
static esi_arena memory;
static esi_error error;
static struct buf logged; /* one thread at a time, but in the tests of many */
static bool quiet;

static void on_log(const esi_log_entry *entry, void *context) {
    (void)context;
    if (!quiet) {
        buf_str(&logged, entry->message);
        buf_char(&logged, '\n');
    }
}

static const esi_logger logger = {on_log, NULL};
static const char *const letters[] = {"a", "b", "c"};

static void setup(void) {
    static const char *const proxies[] = {"http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY",
                                          "all_proxy",  "ALL_PROXY",  "no_proxy",    "NO_PROXY"};
    for (size_t i = 0; i < COUNT(proxies); i++) {
        (void)unsetenv(proxies[i]);
    }
    arena_init(&memory, 0);
    buf_init(&logged, 1u << 20);
    endpoints = unused = (struct endpoints){NULL, 0};
    memset(up, 0, sizeof up);
    error = (esi_error){.code = ESI_OK};
    quiet = false;
    ck_assert_int_eq(http_create(logger, &http, NULL), ESI_OK);
}

static void teardown(void) {
    http_free(http);
    for (size_t i = 0; i < PLACES; i++) {
        if (up[i] != NULL) {
            upstream_stop(up[i]);
        }
    }
    endpoints_clear(&endpoints);
    endpoints_clear(&unused);
    buf_clear(&logged);
    arena_clear(&memory);
}

/* A port on which nobody listens, as its upstream has gone. */
static int dead_port(void) {
    const struct upstream_setup nothing = {.script = NULL};
    struct upstream *u = upstream_start(&nothing);
    const int port = upstream_port(u);
    upstream_stop(u);
    return port;
}

/* Endpoints "a", "b", "c" with keys "key-of-a-...", of which each plays a script; "dead": nobody
 * listens. `more` goes into each of them. */
static void open_with(const char *const *scripts, size_t count, const char *more) {
    struct buf json;
    buf_init(&json, 1u << 16);
    buf_str(&json, "{\"chat\":[");
    for (size_t i = 0; i < count; i++) {
        const bool dead = strcmp(scripts[i], "dead") == 0;
        const struct upstream_setup play = {.script = scripts[i], .keep_requests = true};
        up[i] = dead ? NULL : upstream_start(&play);
        buf_printf(&json,
                   "%s{\"name\":\"%s\",\"baseUrl\":\"http://127.0.0.1:%d\",\"model\":\"m\","
                   "\"key\":\"key-of-%s-0123456789\"%s}",
                   i > 0 ? "," : "", letters[i], dead ? dead_port() : upstream_port(up[i]),
                   letters[i], more);
    }
    buf_str(&json, "]}");
    const esi_provider_config config = {.size = sizeof config, .endpoints = json.p, .log = logger};
    ck_assert_msg(endpoints_read(&config, &memory, &endpoints, &unused, &error) == ESI_OK, "%s",
                  error.message);
    buf_clear(&json);
}

static void open_one(const char *script) {
    open_with((const char *const[]){script}, 1, "");
}

static void open_two(const char *first, const char *second) {
    open_with((const char *const[]){first, second}, 2, "");
}

static int64_t asked(size_t i) {
    return upstream_counts(up[i]).requests;
}

static struct endpoint *at(size_t i) {
    return &endpoints.items[i];
}

/* ---- the reader ----------------------------------------------------------------------------- */

struct ear;
typedef enum call_verdict judge_fn(struct ear *ear, int status, struct view body, bool cut,
                                   esi_error *err);

struct ear {
    /* What it does. */
    judge_fn *judge;        /* NULL: good_enough */
    enum call_verdict take; /* of the first bytes */
    bool gives, restarts, embeds;
    int tick_says;
    const char *text; /* NULL: QUESTION */
    /* What it heard. */
    struct endpoint *written[WRITES];
    int64_t written_ns[WRITES];
    size_t writes;
    size_t read, ended, restarted, ticks;
    char got[4096];
};

static esi_err write_body(struct endpoint *to, struct buf *body, void *context, esi_error *err) {
    (void)err;
    struct ear *ear = context;
    ck_assert_uint_lt(ear->writes, WRITES);
    ck_assert_uint_eq(body->n, 0);
    ear->written[ear->writes] = to;
    ear->written_ns[ear->writes++] = esi_clock_ns();
    ear->read = 0;
    if (ear->embeds) {
        buf_printf(body, "{\"model\":\"%s\",\"input\":[\"%s\"]}", to->model,
                   ear->text != NULL ? ear->text : QUESTION);
    } else {
        buf_printf(body,
                   "{\"model\":\"%s\",\"stream\":true,\"messages\":[{\"role\":\"user\","
                   "\"content\":\"%s\"}]}",
                   to->model, ear->text != NULL ? ear->text : QUESTION);
    }
    return ESI_OK;
}

static enum call_verdict take(struct view bytes, void *context, esi_error *err) {
    (void)err;
    struct ear *ear = context;
    for (size_t i = 0; i < bytes.n; i++, ear->read++) {
        ear->got[ear->read % sizeof ear->got] = bytes.p[i];
    }
    return ear->take;
}

static enum call_verdict good_enough(struct ear *ear, int status, struct view body, bool cut,
                                     esi_error *err) {
    (void)ear;
    (void)body;
    (void)err;
    return status == 200 && cut ? CALL_BROKEN : CALL_GOOD;
}

static enum call_verdict end(struct endpoint *from, int status, struct view body, bool cut,
                             void *context, esi_error *err) {
    struct ear *ear = context;
    ck_assert_ptr_eq(from, ear->written[ear->writes - 1]);
    ear->ended++;
    return (ear->judge != NULL ? ear->judge : good_enough)(ear, status, body, cut, err);
}

static bool given(void *context) {
    const struct ear *ear = context;
    return ear->gives && ear->read > 0;
}

static int restart(void *context) {
    struct ear *ear = context;
    ear->restarted++;
    ear->read = 0;
    return ear->restarts ? 0 : 1;
}

static int tick(void *context) {
    struct ear *ear = context;
    ear->ticks++;
    return ear->tick_says;
}

static const struct call_reader reader_of_ear = {.write = write_body,
                                                 .take = take,
                                                 .end = end,
                                                 .given = given,
                                                 .restart = restart,
                                                 .tick = tick};

/* One call with what `how` says beside. */
static esi_err run_as(struct ear *ear, const struct call *how, struct endpoint **from) {
    struct call_reader reader = reader_of_ear;
    reader.context = ear;
    struct call call = *how;
    call.http = http;
    call.endpoints = &endpoints;
    call.reader = &reader;
    call.log = logger;
    if (call.wait.until_ns == 0) {
        call.wait = wait_for_ms(20000, NULL);
    }
    return call_run(&call, from, &error);
}

static esi_err run(struct ear *ear, struct endpoint **from) {
    const struct call plain = {.hedge_ms = 0};
    return run_as(ear, &plain, from);
}

static void settled(void) {
    for (size_t i = 0; i < endpoints.count; i++) {
        ck_assert_int_eq(at(i)->in_flight, 0);
        ck_assert(!at(i)->breaker.trial);
    }
}

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
        upstream_stop(up[0]);
        up[0] = NULL;
        endpoints_clear(&endpoints);
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
        upstream_stop(up[0]);
        up[0] = NULL;
        endpoints_clear(&endpoints);
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
        upstream_stop(up[0]);
        up[0] = NULL;
        endpoints_clear(&endpoints);
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
        upstream_stop(up[0]);
        up[0] = NULL;
        endpoints_clear(&endpoints);
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
        for (size_t n = 0; n < 2; n++) {
            if (up[n] != NULL) {
                upstream_stop(up[n]);
                up[n] = NULL;
            }
        }
        endpoints_clear(&endpoints);
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
        upstream_stop(up[0]);
        up[0] = NULL;
        endpoints_clear(&endpoints);
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
    for (int i = 0; i < BREAKER_FAILURES; i++) {
        breaker_failure(&at(0)->breaker, 0, false, -1, 0);
    }
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
        upstream_stop(up[0]);
        up[0] = NULL;
        endpoints_clear(&endpoints);
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
        upstream_stop(up[0]);
        up[0] = NULL;
        endpoints_clear(&endpoints);
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
        for (size_t n = 0; n < 2; n++) {
            upstream_stop(up[n]);
            up[n] = NULL;
        }
        endpoints_clear(&endpoints);
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

/* ---- what is sent, and what is told --------------------------------------------------------- */

START_TEST(azure_is_spoken_to_as_it_wants) {
    const struct upstream_setup play = {.keep_requests = true};
    up[0] = upstream_start(&play);
    const esi_provider_config config = {
        .size = sizeof config,
        .base_url = arena_printf(&memory, "http://127.0.0.1:%d", upstream_port(up[0])),
        .api_key = "key-of-azure",
        .api_version = "2024-10-21",
        .chat_model = "helpdesk",
        .embedding_model = "",
        .log = logger};
    ck_assert_int_eq(endpoints_read(&config, &memory, &endpoints, &unused, &error), ESI_OK);
    struct ear ear = {.gives = false};
    struct endpoint *from = NULL;
    ck_assert_msg(run(&ear, &from) == ESI_OK, "%s", error.message);
    const char *request = upstream_request(up[0], 0);
    ck_assert_ptr_eq(strstr(request, "POST /openai/deployments/helpdesk/chat/completions"
                                     "?api-version=2024-10-21 HTTP/1.1\r\n"),
                     request);
    ck_assert_ptr_nonnull(strstr(request, "\r\napi-key: key-of-azure\r\n"));
    ck_assert_ptr_nonnull(strstr(request, "\r\nContent-Type: application/json\r\n"));
    ck_assert_ptr_null(strstr(request, "Authorization"));
}
END_TEST

START_TEST(fields_of_the_file_are_sent) {
    open_with((const char *const[]){"normal"}, 1, ",\"headers\":{\"X-Team\":\"blue\"}");
    struct ear ear = {.gives = false};
    struct endpoint *from = NULL;
    ck_assert_int_eq(run(&ear, &from), ESI_OK);
    const char *request = upstream_request(up[0], 0);
    ck_assert_ptr_nonnull(strstr(request, "\r\nX-Team: blue\r\n"));
    ck_assert_ptr_nonnull(strstr(request, "\r\nAuthorization: Bearer key-of-a-0123456789\r\n"));
}
END_TEST

START_TEST(each_key_goes_to_its_own_endpoint) {
    open_two("503", "normal");
    struct ear ear = {.gives = false};
    struct endpoint *from = NULL;
    (void)run(&ear, &from);
    (void)run(&ear, &from);
    for (size_t i = 0; i < 2; i++) {
        for (size_t n = 0; n < (size_t)asked(i); n++) {
            const char *request = upstream_request(up[i], n);
            ck_assert_ptr_nonnull(strstr(request, i == 0 ? "key-of-a" : "key-of-b"));
            ck_assert_ptr_null(strstr(request, i == 0 ? "key-of-b" : "key-of-a"));
        }
    }
}
END_TEST

START_TEST(no_redirect_takes_the_key_along) {
    const struct upstream_setup play = {.keep_requests = true};
    struct upstream *other = upstream_start(&play);
    open_one(arena_printf(&memory, "redirect to=http://localhost:%d", upstream_port(other)));
    struct ear ear = {.gives = false};
    struct endpoint *from = NULL;
    ck_assert_int_eq(run(&ear, &from), ESI_EUPSTREAM);
    ck_assert_int_eq(error.upstream_status, 307);
    ck_assert_int_eq(upstream_counts(other).requests, 0);
    upstream_stop(other);
}
END_TEST

/* Whatever an endpoint says, the key and what was asked stand nowhere. */
START_TEST(neither_the_key_nor_the_question_is_told) {
    static const char *const scripts[] = {
        "401 echo=1",
        "403 echo=1",
        "404 echo=1",
        "429 echo=1 retry=600",
        "400 echo=1",
        "500 echo=1",
        "503 echo=1 retry=600",
        "400 as=plain echo=1",
        "422 as=details",
        "400 what=context",
        "body status=200 body={\"error\":{\"message\":\"" QUESTION "\"}}",
        "reset",
        "dead",
    };
    for (size_t i = 0; i < COUNT(scripts); i++) {
        if (strstr(scripts[i], "status=") != NULL) {
            continue;
        }
        open_one(scripts[i]);
        struct ear ear = {.gives = false};
        struct endpoint *from = NULL;
        ck_assert_int_ne(run(&ear, &from), ESI_OK);
        const char *told[] = {error.message, at(0)->problem, logged.p != NULL ? logged.p : ""};
        for (size_t n = 0; n < COUNT(told); n++) {
            ck_assert_msg(strstr(told[n], "key-of-a-0123456789") == NULL, "%s: %s", scripts[i],
                          told[n]);
            ck_assert_msg(strstr(told[n], "geheim") == NULL, "%s: %s", scripts[i], told[n]);
            ck_assert_ptr_null(strchr(told[n], '\r'));
        }
        if (up[0] != NULL) {
            upstream_stop(up[0]);
            up[0] = NULL;
        }
        endpoints_clear(&endpoints);
    }
}
END_TEST

START_TEST(what_an_endpoint_says_of_keys_models_and_limits_is_told) {
    static const struct {
        const char *script, *problem;
    } rows[] = {
        {"401", "HTTP 401, invalid_api_key: "},
        {"404", "HTTP 404, model_not_found: "},
        {"500 as=html", "HTTP 500"},
        {"400", "HTTP 400"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        open_one(rows[i].script);
        struct ear ear = {.gives = false};
        struct endpoint *from = NULL;
        ck_assert_int_ne(run(&ear, &from), ESI_OK);
        ck_assert_msg(strncmp(at(0)->problem, rows[i].problem, strlen(rows[i].problem)) == 0,
                      "%s: %s", rows[i].script, at(0)->problem);
        upstream_stop(up[0]);
        up[0] = NULL;
        endpoints_clear(&endpoints);
    }
}
END_TEST

static void ask_once(void *context) {
    struct endpoint *from = NULL;
    (void)run(context, &from);
}

START_TEST(a_call_needs_little_stack) {
    open_two("429 echo=1 retry=0", "401 echo=1");
    struct ear ear = {.gives = false};
    const size_t used = small_stack_run(ask_once, &ear);
    ck_assert_uint_gt(ear.writes, 2);
    ck_assert_msg(used > 0 && used < SMALL_STACK_OURS, "%zu", used);
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
    tcase_add_test(t, azure_is_spoken_to_as_it_wants);
    tcase_add_test(t, fields_of_the_file_are_sent);
    tcase_add_test(t, each_key_goes_to_its_own_endpoint);
    tcase_add_test(t, no_redirect_takes_the_key_along);
    tcase_add_test(t, neither_the_key_nor_the_question_is_told);
    tcase_add_test(t, what_an_endpoint_says_of_keys_models_and_limits_is_told);
    tcase_add_test(t, a_call_needs_little_stack);
    tcase_add_test(t, many_threads_in_bad_weather_lose_no_count);
    tcase_add_test(t, nor_do_they_where_two_are_asked_and_one_is_left);
    return tap_run("provider/call", t);
}
