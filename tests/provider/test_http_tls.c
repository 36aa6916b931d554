#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/os.h"
#include "provider/http.h"
#include "tap.h"
#include "upstream.h"

#define LONG_MS 60000

static struct upstream *upstream;
static struct http *http;

static void set_up(void) {
    const struct upstream_setup setup = {.port = atoi(getenv("ESI_TEST_TLS_PORT"))};
    upstream = upstream_start(&setup);
    ck_assert_int_eq(http_create((esi_logger){0}, &http, NULL), ESI_OK);
}

static void tear_down(void) {
    http_free(http);
    upstream_stop(upstream);
}

struct trial {
    char url[256];
    struct http_place place;
    struct http_field fields[2];
    struct http_request request;
    struct http_waiter *waiter;
    struct http_call *call;
    struct buf body;
    struct http_news last;
    char problem[256];
};

/* A call to a front by its name, with the CA that signed for it. */
static void trial_init(struct trial *t, const char *front) {
    *t = (struct trial){0};
    const char *base = getenv(front);
    ck_assert_ptr_nonnull(base);
    (void)snprintf(t->url, sizeof t->url, "%s/chat/completions", base);
    t->place = (struct http_place){.url = t->url, .ca_file = getenv("ESI_TEST_TLS_CA")};
    t->fields[0] = (struct http_field){"Authorization", "Bearer k3y-0f-th3-t3st"};
    t->fields[1] = (struct http_field){"Content-Type", "application/json"};
    t->request = (struct http_request){
        .place = &t->place,
        .fields = t->fields,
        .field_count = 2,
        .body =
            VIEW("{\"model\":\"gpt-4o\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}"),
        .reply_max = 16 << 20,
        .connect_ms = LONG_MS,
    };
    buf_init(&t->body, 16 << 20);
}

static void trial_start(struct trial *t) {
    const esi_wait wait = wait_for_ms(LONG_MS, NULL);
    ck_assert_int_eq(http_waiter_create(&wait, &t->waiter, NULL), ESI_OK);
    ck_assert_int_eq(http_start(http, &t->request, t->waiter, &t->call, NULL), ESI_OK);
}

static enum http_end trial_read(struct trial *t) {
    do {
        ck_assert(http_waiter_wait(t->waiter, INT64_MAX));
        http_take(t->call, &t->last);
        buf_add(&t->body, t->last.bytes);
    } while (t->last.end == HTTP_UNDER_WAY);
    if (t->last.problem != NULL) {
        (void)snprintf(t->problem, sizeof t->problem, "%s", t->last.problem);
    }
    return t->last.end;
}

static void trial_clear(struct trial *t) {
    http_finish(t->call);
    http_waiter_free(t->waiter);
    buf_clear(&t->body);
}

static void check_whole(struct trial *t) {
    ck_assert_int_eq(trial_read(t), HTTP_WHOLE);
    ck_assert_int_eq(t->last.status, 200);
    ck_assert_uint_ne(view_find(buf_view(&t->body), VIEW("chat.completion"), 0), SIZE_MAX);
}

/* A call that isn't sent, because that certificate isn't to be trusted. */
static void check_untrusted(struct trial *t) {
    trial_start(t);
    ck_assert_int_eq(trial_read(t), HTTP_NOT_SENT);
    ck_assert(!t->last.sent);
    ck_assert_ptr_nonnull(strstr(t->problem, "certificate"));
    trial_clear(t);
    ck_assert_int_eq(upstream_counts(upstream).requests, 0);
}

START_TEST(a_certificate_by_a_known_ca_is_good) {
    static const char *const fronts[] = {"ESI_TEST_TLS_GOOD", "ESI_TEST_TLS_H1"};
    for (size_t i = 0; i < 2; i++) {
        struct trial t;
        trial_init(&t, fronts[i]);
        trial_start(&t);
        check_whole(&t);
        trial_clear(&t);
    }
    ck_assert_int_eq(upstream_counts(upstream).requests, 2);
}
END_TEST

START_TEST(a_certificate_by_nobody_known_is_refused) {
    struct trial t;
    trial_init(&t, "ESI_TEST_TLS_GOOD");
    t.place.ca_file = NULL;
    check_untrusted(&t);
    trial_init(&t, "ESI_TEST_TLS_SELF");
    check_untrusted(&t);
    trial_init(&t, "ESI_TEST_TLS_EXPIRED");
    check_untrusted(&t);
}
END_TEST

START_TEST(a_certificate_for_another_host_is_refused) {
    struct trial t;
    trial_init(&t, "ESI_TEST_TLS_OTHER");
    trial_start(&t);
    ck_assert_int_eq(trial_read(&t), HTTP_NOT_SENT);
    ck_assert(!t.last.sent);
    trial_clear(&t);
    ck_assert_int_eq(upstream_counts(upstream).requests, 0);
}
END_TEST

START_TEST(any_certificate_will_do_where_that_is_asked_for) {
    static const char *const fronts[] = {"ESI_TEST_TLS_SELF", "ESI_TEST_TLS_EXPIRED",
                                         "ESI_TEST_TLS_OTHER"};
    for (size_t i = 0; i < 3; i++) {
        struct trial t;
        trial_init(&t, fronts[i]);
        t.place.ca_file = NULL;
        t.place.insecure = true;
        trial_start(&t);
        check_whole(&t);
        trial_clear(&t);
        /* A call that trusts less doesn't use that connection. */
        trial_init(&t, fronts[i]);
        trial_start(&t);
        ck_assert_int_eq(trial_read(&t), HTTP_NOT_SENT);
        trial_clear(&t);
    }
}
END_TEST

START_TEST(a_client_shows_its_own_certificate) {
    struct trial t;
    trial_init(&t, "ESI_TEST_TLS_CLIENT");
    trial_start(&t);
    ck_assert_int_ne(trial_read(&t), HTTP_WHOLE);
    trial_clear(&t);
    trial_init(&t, "ESI_TEST_TLS_CLIENT");
    t.place.client_cert = getenv("ESI_TEST_TLS_CERT");
    t.place.client_key = getenv("ESI_TEST_TLS_KEY");
    trial_start(&t);
    check_whole(&t);
    trial_clear(&t);
    ck_assert_int_eq(upstream_counts(upstream).requests, 1);
}
END_TEST

START_TEST(a_file_that_is_no_certificate_is_refused) {
    struct trial t;
    trial_init(&t, "ESI_TEST_TLS_GOOD");
    t.place.ca_file = "/nowhere/ca.pem";
    trial_start(&t);
    ck_assert_int_eq(trial_read(&t), HTTP_REFUSED);
    trial_clear(&t);
    trial_init(&t, "ESI_TEST_TLS_GOOD");
    t.place.client_cert = "/nowhere/cert.pem";
    t.place.client_key = "/nowhere/key.pem";
    trial_start(&t);
    ck_assert_int_eq(trial_read(&t), HTTP_REFUSED);
    trial_clear(&t);
}
END_TEST

START_TEST(calls_at_once_share_a_connection_of_http_2) {
    enum { CALLS = 40 };
    static struct trial all[CALLS];
    upstream_play(upstream, "any normal ms=100");
    for (int i = 0; i < CALLS; i++) {
        trial_init(&all[i], "ESI_TEST_TLS_GOOD");
        trial_start(&all[i]);
    }
    for (int i = 0; i < CALLS; i++) {
        check_whole(&all[i]);
    }
    for (int i = 0; i < CALLS; i++) {
        trial_clear(&all[i]);
    }
    ck_assert_int_eq(http_counts(http).connections, 1);
    ck_assert_int_eq(http_counts(http).sent, CALLS);
    ck_assert_int_eq(upstream_counts(upstream).requests, CALLS);
}
END_TEST

START_TEST(calls_at_once_without_http_2_have_a_connection_each) {
    enum { CALLS = 10 };
    static struct trial all[CALLS];
    upstream_play(upstream, "any normal ms=1000");
    const int64_t begun = esi_clock_ns();
    for (int i = 0; i < CALLS; i++) {
        trial_init(&all[i], "ESI_TEST_TLS_H1");
        trial_start(&all[i]);
    }
    for (int i = 0; i < CALLS; i++) {
        check_whole(&all[i]);
        trial_clear(&all[i]);
    }
    ck_assert_int_eq(http_counts(http).connections, CALLS);
    ck_assert_int_lt(esi_clock_ns() - begun, CALLS * 1000 * NS_PER_MS);
}
END_TEST

START_TEST(who_gives_up_disturbs_no_other_call_of_the_connection) {
    struct trial first, second;
    upstream_play(upstream, "any normal ms=300");
    trial_init(&first, "ESI_TEST_TLS_GOOD");
    trial_start(&first);
    trial_init(&second, "ESI_TEST_TLS_GOOD");
    trial_start(&second);
    ck_assert(upstream_await(upstream, 2, LONG_MS));
    trial_clear(&first);
    check_whole(&second);
    trial_clear(&second);
    ck_assert_int_eq(http_counts(http).connections, 1);
}
END_TEST

START_TEST(over_http_2_what_nobody_takes_waits_too) {
    struct trial slow, fast;
    upstream_play(upstream, "any rubbish bytes=6000000\nany normal");
    trial_init(&slow, "ESI_TEST_TLS_GOOD");
    trial_start(&slow);
    ck_assert(upstream_await(upstream, 1, LONG_MS));
    os_sleep(esi_clock_ns() + 100 * NS_PER_MS);
    trial_init(&fast, "ESI_TEST_TLS_GOOD");
    trial_start(&fast);
    check_whole(&fast); /* meanwhile */
    trial_clear(&fast);
    http_take(slow.call, &slow.last);
    ck_assert_uint_le(slow.last.bytes.n, 65536);
    buf_add(&slow.body, slow.last.bytes);
    ck_assert_int_eq(trial_read(&slow), HTTP_WHOLE);
    ck_assert_uint_ge(slow.body.n, 5900000);
    trial_clear(&slow);
}
END_TEST

int main(void) {
    const char *why = getenv("ESI_TEST_TLS_WHY");
    if (why != NULL || getenv("ESI_TEST_TLS_PORT") == NULL) {
        return tap_skip(why != NULL ? why : "it is run by upstream_tls.py");
    }
    TCase *t = tcase_create("http_tls");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, a_certificate_by_a_known_ca_is_good);
    tcase_add_test(t, a_certificate_by_nobody_known_is_refused);
    tcase_add_test(t, a_certificate_for_another_host_is_refused);
    tcase_add_test(t, any_certificate_will_do_where_that_is_asked_for);
    tcase_add_test(t, a_client_shows_its_own_certificate);
    tcase_add_test(t, a_file_that_is_no_certificate_is_refused);
    tcase_add_test(t, calls_at_once_share_a_connection_of_http_2);
    tcase_add_test(t, calls_at_once_without_http_2_have_a_connection_each);
    tcase_add_test(t, who_gives_up_disturbs_no_other_call_of_the_connection);
    tcase_add_test(t, over_http_2_what_nobody_takes_waits_too);
    return tap_run("provider/http_tls", t);
}
