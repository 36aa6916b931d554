/* calls.h: endpoints that play, a reader that listens, and a call to them, for the tests of
 * provider/call. */
#ifndef ESIHELP_TESTS_CALLS_H
#define ESIHELP_TESTS_CALLS_H

#include <string.h>

#include "base/clock.h"
#include "provider/call.h"
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

static inline void on_log(const esi_log_entry *entry, void *context) {
    (void)context;
    if (!quiet) {
        buf_str(&logged, entry->message);
        buf_char(&logged, '\n');
    }
}

static const esi_logger logger = {on_log, NULL};
static const char *const letters[] = {"a", "b", "c"};

static inline void setup(void) {
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

static inline void teardown(void) {
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
static inline int dead_port(void) {
    const struct upstream_setup nothing = {.script = NULL};
    struct upstream *u = upstream_start(&nothing);
    const int port = upstream_port(u);
    upstream_stop(u);
    return port;
}

/* Endpoints "a", "b", "c" with keys "key-of-a-...", of which each plays a script; "dead": nobody
 * listens. `more` goes into each of them. */
static inline void open_with(const char *const *scripts, size_t count, const char *more) {
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

static inline void open_one(const char *script) {
    open_with((const char *const[]){script}, 1, "");
}

static inline void open_two(const char *first, const char *second) {
    open_with((const char *const[]){first, second}, 2, "");
}

static inline int64_t asked(size_t i) {
    return upstream_counts(up[i]).requests;
}

static inline struct endpoint *at(size_t i) {
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

static inline esi_err write_body(struct endpoint *to, struct buf *body, void *context,
                                 esi_error *err) {
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

static inline enum call_verdict take(struct view bytes, void *context, esi_error *err) {
    (void)err;
    struct ear *ear = context;
    for (size_t i = 0; i < bytes.n; i++, ear->read++) {
        ear->got[ear->read % sizeof ear->got] = bytes.p[i];
    }
    return ear->take;
}

static inline enum call_verdict good_enough(struct ear *ear, int status, struct view body, bool cut,
                                            esi_error *err) {
    (void)ear;
    (void)body;
    (void)err;
    return status == 200 && cut ? CALL_BROKEN : CALL_GOOD;
}

static inline enum call_verdict end(struct endpoint *from, int status, struct view body, bool cut,
                                    void *context, esi_error *err) {
    struct ear *ear = context;
    ck_assert_ptr_eq(from, ear->written[ear->writes - 1]);
    ear->ended++;
    return (ear->judge != NULL ? ear->judge : good_enough)(ear, status, body, cut, err);
}

static inline bool given(void *context) {
    const struct ear *ear = context;
    return ear->gives && ear->read > 0;
}

static inline int restart(void *context) {
    struct ear *ear = context;
    ear->restarted++;
    ear->read = 0;
    return ear->restarts ? 0 : 1;
}

static inline int tick(void *context) {
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
static inline esi_err run_as(struct ear *ear, const struct call *how, struct endpoint **from) {
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

static inline esi_err run(struct ear *ear, struct endpoint **from) {
    const struct call plain = {.hedge_ms = 0};
    return run_as(ear, &plain, from);
}

static inline void settled(void) {
    for (size_t i = 0; i < endpoints.count; i++) {
        ck_assert_int_eq(at(i)->in_flight, 0);
        ck_assert(!at(i)->breaker.trial);
    }
}

/* Stops them, for the next ones. */
static inline void close_all(void) {
    for (size_t i = 0; i < PLACES; i++) {
        if (up[i] != NULL) {
            upstream_stop(up[i]);
            up[i] = NULL;
        }
    }
    endpoints_clear(&endpoints);
}

#endif
