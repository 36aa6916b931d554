/* A call to endpoints while our memory runs out: it ends in a reply of the next one, or in an
 * error that says so. libcurl's memory isn't let fail: the releases in use don't survive that.
 * Upstream is a program of its own: its memory is not ours. */
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "fail_alloc.h"
#include "provider/call.h"
#include "tap.h"

static pid_t child;
static char json[1024];

static void start_upstream(void) {
    int to[2], from[2];
    ck_assert_int_eq(pipe(to) | pipe(from), 0);
    child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        (void)dup2(to[0], 0);
        (void)dup2(from[1], 1);
        (void)close(to[1]);
        (void)unsetenv("LD_PRELOAD");
        (void)execl(UPSTREAM, UPSTREAM, "normal", (char *)NULL);
        _exit(127);
    }
    (void)close(to[0]);
    (void)close(from[1]);
    char port[16] = "";
    for (size_t n = 0; n + 1 < sizeof port && read(from[0], port + n, 1) == 1 && port[n] != '\n';) {
        n++;
    }
    const int at = atoi(port);
    ck_assert_int_gt(at, 0);
    (void)snprintf(json, sizeof json,
                   "{\"chat\":[{\"name\":\"a\",\"baseUrl\":\"http://127.0.0.1:%d\",\"model\":\"m\","
                   "\"key\":\"k\",\"headers\":{\"X-Team\":\"blue\"}},{\"name\":\"b\",\"baseUrl\":"
                   "\"http://127.0.0.1:%d\",\"model\":\"m\"}]}",
                   at, at);
}

static void stop_upstream(void) {
    (void)kill(child, SIGKILL);
    (void)waitpid(child, NULL, 0);
}

static esi_err write_body(struct endpoint *to, struct buf *body, void *context, esi_error *err) {
    (void)to;
    (void)context;
    (void)err;
    buf_str(
        body,
        "{\"model\":\"m\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"?\"}]}");
    return ESI_OK;
}

static enum call_verdict take(struct view bytes, void *context, esi_error *err) {
    (void)bytes;
    (void)context;
    (void)err;
    return CALL_GOOD;
}

static enum call_verdict end(struct endpoint *from, int status, struct view body, bool cut,
                             void *context, esi_error *err) {
    (void)from;
    (void)body;
    (void)context;
    (void)err;
    return status == 200 && cut ? CALL_BROKEN : CALL_GOOD;
}

static bool is_expected(esi_err code) {
    return code == ESI_ENOMEM || code == ESI_EUNAVAILABLE || code == ESI_EUPSTREAM;
}

/* From the file to the reply. ESI_EINTERNAL: something isn't as it should be. */
static esi_err ask(void) {
    static const struct call_reader reader = {.write = write_body, .take = take, .end = end};
    const esi_provider_config config = {.size = sizeof config, .endpoints = json};
    esi_arena memory = {.max = 0};
    struct endpoints chat = {NULL, 0}, none = {NULL, 0};
    struct http *http = NULL;
    esi_error err = {.code = ESI_OK};
    esi_err result = endpoints_read(&config, &memory, &chat, &none, &err);
    const bool read = result == ESI_OK || (result == ESI_ENOMEM && chat.count == 0);
    if (result == ESI_OK) {
        result = http_create((esi_logger){NULL, NULL}, &http, &err);
    }
    if (result == ESI_OK) {
        const struct call call = {
            .http = http, .endpoints = &chat, .reader = &reader, .wait = wait_for_ms(20000, NULL)};
        struct endpoint *from = NULL;
        result = call_run(&call, &from, &err);
        if (result == ESI_OK && from == NULL) {
            result = ESI_EINTERNAL;
        }
    }
    for (size_t i = 0; i < chat.count; i++) {
        if (chat.items[i].in_flight != 0 || chat.items[i].breaker.trial) {
            result = ESI_EINTERNAL;
        }
    }
    http_free(http);
    endpoints_clear(&chat);
    endpoints_clear(&none);
    arena_clear(&memory);
    return result == ESI_OK || (err.code == result && read) ? result : ESI_EINTERNAL;
}

START_TEST(a_call_without_our_memory) {
    start_upstream();
    ck_assert_int_eq(ask(), ESI_OK);
    size_t n = 1;
    for (;; n++) {
        fail_own_arm(n);
        const esi_err result = ask();
        if (!fail_own_disarm()) {
            ck_assert_int_eq(result, ESI_OK);
            break;
        }
        ck_assert_msg(result == ESI_OK || is_expected(result), "%zu: %s", n, esi_err_name(result));
    }
    ck_assert_uint_gt(n, 20);
    stop_upstream();
}
END_TEST

int main(void) {
    TCase *t = tcase_create("call");
    tcase_add_test(t, a_call_without_our_memory);
    return tap_run("fault/call", t);
}
