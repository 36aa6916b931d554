/* http_trial.h: a loop of requests, a server for it, and calls that are told in a line. */
#ifndef ESIHELP_TESTS_HTTP_TRIAL_H
#define ESIHELP_TESTS_HTTP_TRIAL_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/os.h"
#include "plain_server.h"
#include "provider/http.h"
#include "tap.h"

#define LONG_MS 60000

static struct plain_server *server;
static struct http *http;

static inline void set_up(void) {
    static const char *const names[] = {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy",
                                        "ALL_PROXY",  "no_proxy",    "NO_PROXY"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        unsetenv(names[i]);
    }
    server = plain_start();
    ck_assert_int_eq(http_create((esi_logger){0}, &http, NULL), ESI_OK);
}

static inline void tear_down(void) {
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

static inline void trial_init(struct trial *t, const char *path, const char *body) {
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

static inline void trial_start(struct trial *t, int64_t ms, esi_cancel *cancel) {
    const esi_wait wait = wait_for_ms(ms, cancel);
    ck_assert_int_eq(http_waiter_create(&wait, &t->waiter, NULL), ESI_OK);
    ck_assert_int_eq(http_start(http, &t->request, t->waiter, &t->call, NULL), ESI_OK);
}

/* Takes all there is; false: the wait was over before the end. */
static inline bool trial_read(struct trial *t) {
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

static inline bool trial_clear(struct trial *t) {
    const bool sent = http_finish(t->call);
    http_waiter_free(t->waiter);
    buf_clear(&t->body);
    return sent;
}

/* A whole call; what came stays in it until trial_clear. */
static inline void trial_run(struct trial *t, const char *path, const char *body) {
    trial_init(t, path, body);
    trial_start(t, LONG_MS, NULL);
    ck_assert(trial_read(t));
}

/* A call of which only its end counts. */
static inline enum http_end end_of(const char *path) {
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

#endif
