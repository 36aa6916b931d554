#include "provider/http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/os.h"
#include "plain_server.h"
#include "tap.h"

#define LONG_MS 60000

static struct plain_server *server;
static struct http *http;

static void set_up(void) {
    static const char *const names[] = {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy",
                                        "ALL_PROXY",  "no_proxy",    "NO_PROXY"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        unsetenv(names[i]);
    }
    server = plain_start();
    ck_assert_int_eq(http_create((esi_logger){0}, &http, NULL), ESI_OK);
}

static void tear_down(void) {
    http_free(http);
    plain_stop(server);
}

/* A call with its own waiter, as small as it can be told. */
struct trial {
    char url[256];
    struct http_place place;
    struct http_field fields[2];
    struct http_request request;
    struct http_waiter *waiter;
    struct http_call *call;
    /* What came. */
    struct buf body;
    int status;
    enum http_end end;
    bool sent;
    char problem[256];
};

static void trial_init(struct trial *t, const char *path, const char *body) {
    *t = (struct trial){0};
    (void)snprintf(t->url, sizeof t->url, "%s%s", path[0] == '/' ? server->url : "", path);
    t->place.url = t->url;
    t->fields[0] = (struct http_field){"Authorization", "Bearer k3y-0f-th3-t3st"};
    t->fields[1] = (struct http_field){"Content-Type", "text/plain"};
    t->request = (struct http_request){
        .place = &t->place,
        .fields = t->fields,
        .field_count = 2,
        .body = view_of(body),
        .reply_max = 16 << 20,
        .connect_ms = LONG_MS,
    };
    buf_init(&t->body, 16 << 20);
}

static void trial_start(struct trial *t, int64_t ms, esi_cancel *cancel) {
    const esi_wait wait = wait_for_ms(ms, cancel);
    ck_assert_int_eq(http_waiter_create(&wait, &t->waiter, NULL), ESI_OK);
    ck_assert_int_eq(http_start(http, &t->request, t->waiter, &t->call, NULL), ESI_OK);
}

/* Takes all there is; false: the wait was over before the end. */
static bool trial_read(struct trial *t) {
    while (t->end == HTTP_UNDER_WAY) {
        if (!http_waiter_wait(t->waiter, INT64_MAX)) {
            return false;
        }
        struct http_news news;
        http_take(t->call, &news);
        buf_add(&t->body, news.bytes);
        t->status = news.status;
        t->end = news.end;
        t->sent = news.sent;
        (void)snprintf(t->problem, sizeof t->problem, "%s",
                       news.problem == NULL ? "" : news.problem);
    }
    return true;
}

static bool trial_clear(struct trial *t) {
    const bool sent = http_finish(t->call);
    http_waiter_free(t->waiter);
    buf_clear(&t->body);
    return sent;
}

/* A whole call; what came stays in it until trial_clear. */
static void trial_run(struct trial *t, const char *path, const char *body) {
    trial_init(t, path, body);
    trial_start(t, LONG_MS, NULL);
    ck_assert(trial_read(t));
}

/* A call of which only its end counts. */
static enum http_end end_of(const char *path) {
    struct trial t;
    trial_run(&t, path, "x");
    const enum http_end end = t.end;
    ck_assert(t.problem[0] != '\0' || end == HTTP_WHOLE);
    trial_clear(&t);
    return end;
}

#define CHECK_WHOLE(t, code, text)                                                                 \
    do {                                                                                           \
        ck_assert_int_eq((t).end, HTTP_WHOLE);                                                     \
        ck_assert_int_eq((t).status, code);                                                        \
        ck_assert_uint_eq((t).body.n, strlen(text));                                               \
        ck_assert_int_eq(memcmp((t).body.p, text, strlen(text)), 0);                               \
    } while (0)

START_TEST(a_reply_comes_whole) {
    struct trial t;
    trial_run(&t, "/echo", "what was asked");
    CHECK_WHOLE(t, 200, "what was asked");
    ck_assert(t.sent);
    ck_assert_str_eq(http_reply_field(t.call, "x-kind"), "Plain Reply");
    ck_assert_str_eq(http_reply_field(t.call, "content-type"), "text/plain");
    ck_assert_ptr_null(http_reply_field(t.call, "plain"));
    trial_clear(&t);
    ck_assert_ptr_nonnull(strstr(server->last, "POST /echo HTTP/1.1\r\n"));
    ck_assert_ptr_nonnull(strstr(server->last, "Authorization: Bearer k3y-0f-th3-t3st\r\n"));
    ck_assert_ptr_nonnull(strstr(server->last, "Content-Type: text/plain\r\n"));
    ck_assert_ptr_null(strstr(server->last, "Expect"));
}
END_TEST

START_TEST(without_a_body_it_is_a_get) {
    struct trial t;
    trial_run(&t, "/echo", "");
    CHECK_WHOLE(t, 200, "");
    trial_clear(&t);
    ck_assert_ptr_nonnull(strstr(server->last, "GET /echo HTTP/1.1\r\n"));
}
END_TEST

START_TEST(single_bytes_become_the_reply) {
    struct trial t;
    trial_run(&t, "/bytes", "x");
    CHECK_WHOLE(t, 200, "one byte at a time");
    ck_assert_ptr_null(http_reply_field(t.call, "x-trailer"));
    trial_clear(&t);
}
END_TEST

START_TEST(a_connection_is_used_again) {
    for (int i = 0; i < 20; i++) {
        ck_assert_int_eq(end_of("/echo"), HTTP_WHOLE);
    }
    ck_assert_int_eq(atomic_load(&server->connections), 1);
    const struct http_counts counts = http_counts(http);
    ck_assert_int_eq(counts.sent, 20);
    ck_assert_int_eq(counts.connections, 1);
    ck_assert_int_eq(counts.in_flight, 0);
    ck_assert_int_eq(counts.stopped, 0);
}
END_TEST

START_TEST(a_body_of_a_megabyte_goes_out_without_asking) {
    struct trial t;
    char *body = malloc((3 << 20) + 1);
    memset(body, 'r', 3 << 20);
    body[3 << 20] = '\0';
    trial_run(&t, "/swallow", body);
    CHECK_WHOLE(t, 200, "3145728");
    trial_clear(&t);
    free(body);
}
END_TEST

START_TEST(a_reply_until_the_connection_closes_is_whole) {
    struct trial t;
    trial_run(&t, "/until-close", "x");
    CHECK_WHOLE(t, 200, "all");
    trial_clear(&t);
}
END_TEST

START_TEST(an_interim_reply_is_not_the_reply) {
    struct trial t;
    trial_run(&t, "/interim", "x");
    CHECK_WHOLE(t, 429, "slow");
    ck_assert_ptr_null(http_reply_field(t.call, "x-early"));
    trial_clear(&t);
}
END_TEST

START_TEST(nothing_was_sent_where_nobody_listens) {
    struct trial t;
    trial_run(&t, "http://127.0.0.1:1/v1?secret=k3y", "x");
    ck_assert_int_eq(t.end, HTTP_NOT_SENT);
    ck_assert(!t.sent);
    ck_assert_int_eq(t.status, 0);
    ck_assert_ptr_null(strstr(t.problem, "k3y"));
    ck_assert(!trial_clear(&t));
    ck_assert_int_eq(http_counts(http).sent, 0);
}
END_TEST

START_TEST(a_proxy_s_password_stands_in_no_message) {
    static const char *const proxies[] = {"odd://me:k3y@127.0.0.1:1", "http://me:k3y@127.0.0.1:1",
                                          "http://me:k3y@nobody.invalid:1", "http://me:k3y@[half"};
    for (size_t i = 0; i < 4; i++) {
        struct trial t;
        trial_init(&t, "http://127.0.0.2:1/v1", "x");
        t.place.proxy = proxies[i];
        trial_start(&t, LONG_MS, NULL);
        ck_assert(trial_read(&t));
        ck_assert_int_ne(t.end, HTTP_WHOLE);
        ck_assert(!t.sent);
        ck_assert(t.problem[0] != '\0');
        ck_assert_ptr_null(strstr(t.problem, "k3y"));
        trial_clear(&t);
    }
}
END_TEST

START_TEST(nothing_was_sent_to_a_name_that_nobody_has) {
    ck_assert_int_eq(end_of("http://nobody.invalid/v1"), HTTP_NOT_SENT);
}
END_TEST

START_TEST(only_the_web_is_spoken) {
    ck_assert_int_eq(end_of("file:///etc/passwd"), HTTP_REFUSED);
    ck_assert_int_eq(end_of("ftp://127.0.0.1/x"), HTTP_REFUSED);
    ck_assert_int_eq(end_of("http://[half"), HTTP_REFUSED);
}
END_TEST

START_TEST(a_field_cannot_bring_another_one) {
    struct trial t;
    trial_init(&t, "/echo", "x");
    t.fields[1].value = "text/plain\r\nX-Evil: yes";
    trial_start(&t, LONG_MS, NULL);
    ck_assert(trial_read(&t));
    ck_assert_int_eq(t.end, HTTP_REFUSED);
    trial_clear(&t);
    ck_assert_int_eq(atomic_load(&server->requests), 0);
}
END_TEST

START_TEST(a_reset_after_sending_leaves_it_unknown) {
    struct trial t;
    trial_run(&t, "/reset", "x");
    ck_assert_int_eq(t.end, HTTP_LOST);
    ck_assert(t.sent);
    ck_assert_int_eq(t.status, 0);
    trial_clear(&t);
    ck_assert_int_eq(atomic_load(&server->requests), 1);
}
END_TEST

START_TEST(a_cut_reply_is_lost_and_what_came_is_there) {
    static const char *const paths[] = {"/half", "/half-reset"};
    for (size_t i = 0; i < 2; i++) {
        struct trial t;
        trial_run(&t, paths[i], "x");
        ck_assert_int_eq(t.end, HTTP_LOST);
        ck_assert_int_eq(t.status, 200);
        ck_assert_uint_eq(t.body.n, 4);
        trial_clear(&t);
    }
}
END_TEST

START_TEST(rubbish_is_no_reply) {
    struct trial t;
    trial_run(&t, "/rubbish", "x");
    ck_assert_int_eq(t.end, HTTP_LOST);
    ck_assert_int_eq(t.status, 0);
    trial_clear(&t);
}
END_TEST

START_TEST(a_connection_that_was_closed_meanwhile_is_not_used) {
    static const char *const paths[] = {"/fin", "/rst"};
    for (size_t i = 0; i < 2; i++) {
        ck_assert_int_eq(end_of(paths[i]), HTTP_WHOLE);
        while (atomic_load(&server->talking) > 0) {
            os_sleep(esi_clock_ns() + NS_PER_MS);
        }
        ck_assert_int_eq(end_of("/echo"), HTTP_WHOLE);
    }
    ck_assert_int_eq(http_counts(http).stopped, 0);
    ck_assert_int_eq(http_counts(http).sent, 4);
    ck_assert_int_eq(atomic_load(&server->requests), 4);
}
END_TEST

START_TEST(libcurl_never_sends_again_by_itself) {
    ck_assert_int_eq(end_of("/lost"), HTTP_WHOLE);
    struct trial t;
    trial_run(&t, "/echo", "only once");
    ck_assert_int_eq(t.end, HTTP_IDLE_LOST);
    ck_assert(t.sent);
    trial_clear(&t);
    ck_assert_int_eq(http_counts(http).stopped, 1);
    ck_assert_int_eq(atomic_load(&server->requests), 2);
    ck_assert_int_eq(end_of("/echo"), HTTP_WHOLE);
    ck_assert_int_eq(http_counts(http).stopped, 1);
    ck_assert_int_eq(atomic_load(&server->requests), 3);
}
END_TEST

START_TEST(a_redirect_is_a_reply) {
    struct plain_server *other = plain_start();
    char path[128];
    (void)snprintf(path, sizeof path, "/to=%s/echo", other->url);
    struct trial t;
    trial_run(&t, path, "x");
    CHECK_WHOLE(t, 307, "");
    trial_clear(&t);
    ck_assert_int_eq(atomic_load(&other->connections), 0);
    plain_stop(other);
}
END_TEST

START_TEST(a_stream_of_events_comes_whole) {
    struct trial t;
    trial_run(&t, "/events", "x");
    ck_assert_int_eq(t.end, HTTP_WHOLE);
    ck_assert_uint_eq(t.body.n, 40 * strlen("data: a word\n\n"));
    trial_clear(&t);
    trial_run(&t, "/events-lost", "x");
    ck_assert_int_eq(t.end, HTTP_LOST);
    trial_clear(&t);
}
END_TEST

START_TEST(a_reply_may_be_too_big) {
    static const char *const paths[] = {"/large=5000", "/chunked=5000"};
    for (size_t i = 0; i < 2; i++) {
        struct trial t;
        trial_init(&t, paths[i], "x");
        t.request.reply_max = 4999;
        trial_start(&t, LONG_MS, NULL);
        ck_assert(trial_read(&t));
        ck_assert_int_eq(t.end, HTTP_TOO_BIG);
        trial_clear(&t);
        trial_init(&t, paths[i], "x");
        t.request.reply_max = 5000;
        trial_start(&t, LONG_MS, NULL);
        ck_assert(trial_read(&t));
        ck_assert_int_eq(t.end, HTTP_WHOLE);
        ck_assert_uint_eq(t.body.n, 5000);
        trial_clear(&t);
    }
    ck_assert_int_eq(end_of("/fields"), HTTP_TOO_BIG);
}
END_TEST

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

START_TEST(a_proxy_is_asked_where_one_is_named) {
    struct trial t;
    trial_init(&t, "http://models.invalid/echo", "through");
    t.place.proxy = server->url;
    t.place.no_proxy = "other.invalid";
    trial_start(&t, LONG_MS, NULL);
    ck_assert(trial_read(&t));
    CHECK_WHOLE(t, 200, "through");
    trial_clear(&t);
    ck_assert_ptr_nonnull(strstr(server->last, "POST http://models.invalid/echo HTTP/1.1\r\n"));
    trial_init(&t, "http://models.invalid/echo", "straight");
    t.place.proxy = server->url;
    t.place.no_proxy = "models.invalid";
    trial_start(&t, LONG_MS, NULL);
    ck_assert(trial_read(&t));
    ck_assert_int_eq(t.end, HTTP_NOT_SENT);
    trial_clear(&t);
}
END_TEST

START_TEST(the_environment_names_a_proxy_and_whom_it_is_not_for) {
    setenv("http_proxy", server->url, 1);
    ck_assert_int_eq(end_of("http://models.invalid/echo"), HTTP_WHOLE);
    setenv("NO_PROXY", "models.invalid", 1);
    ck_assert_int_eq(end_of("http://models.invalid/echo"), HTTP_NOT_SENT);
    unsetenv("NO_PROXY");
    unsetenv("http_proxy");
}
END_TEST

int main(void) {
    TCase *t = tcase_create("http");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, a_reply_comes_whole);
    tcase_add_test(t, without_a_body_it_is_a_get);
    tcase_add_test(t, single_bytes_become_the_reply);
    tcase_add_test(t, a_connection_is_used_again);
    tcase_add_test(t, a_body_of_a_megabyte_goes_out_without_asking);
    tcase_add_test(t, a_reply_until_the_connection_closes_is_whole);
    tcase_add_test(t, an_interim_reply_is_not_the_reply);
    tcase_add_test(t, nothing_was_sent_where_nobody_listens);
    tcase_add_test(t, a_proxy_s_password_stands_in_no_message);
    tcase_add_test(t, nothing_was_sent_to_a_name_that_nobody_has);
    tcase_add_test(t, only_the_web_is_spoken);
    tcase_add_test(t, a_field_cannot_bring_another_one);
    tcase_add_test(t, a_reset_after_sending_leaves_it_unknown);
    tcase_add_test(t, a_cut_reply_is_lost_and_what_came_is_there);
    tcase_add_test(t, rubbish_is_no_reply);
    tcase_add_test(t, a_connection_that_was_closed_meanwhile_is_not_used);
    tcase_add_test(t, libcurl_never_sends_again_by_itself);
    tcase_add_test(t, a_redirect_is_a_reply);
    tcase_add_test(t, a_stream_of_events_comes_whole);
    tcase_add_test(t, a_reply_may_be_too_big);
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
    tcase_add_test(t, a_proxy_is_asked_where_one_is_named);
    tcase_add_test(t, the_environment_names_a_proxy_and_whom_it_is_not_for);
    return tap_run("provider/http", t);
}
