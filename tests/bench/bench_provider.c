/* What the loop of requests costs beside bare programs of libcurl that send the same bytes, CPU for
 * one call: replies that come at once, and streams. The endpoint is a process of its own. */
#include "bench_bare.h"

#include "provider/http.h"

static struct http *http;
static struct http_place place = {.url = bench_url};
static const struct http_field fields[] = {{"Content-Type", "application/json"},
                                           {"Authorization", "Bearer sk-of-the-benchmark"}};

static void make_body(void) {
    static const char head[] =
        "{\"model\":\"gpt-4o\",\"messages\":[{\"role\":\"system\",\"content\":\"";
    static const char tail[] =
        "\"},{\"role\":\"user\",\"content\":\"Why does it fail?\"}],\"stream\":true}";
    bench_body_size = 8000;
    memset(bench_body, 'a', bench_body_size);
    memcpy(bench_body, head, sizeof head - 1);
    memcpy(bench_body + bench_body_size - (sizeof tail - 1), tail, sizeof tail - 1);
}

static void one_call(void) {
    const struct http_request request = {.place = &place,
                                         .fields = fields,
                                         .field_count = 2,
                                         .body = {bench_body, bench_body_size},
                                         .reply_max = 1 << 20,
                                         .connect_ms = 10000,
                                         .first_ms = 60000,
                                         .silence_ms = 30000};
    const esi_wait wait = wait_for_ms(60000, NULL);
    struct http_waiter *waiter;
    struct http_call *call;
    struct http_news news;
    bench_need(http_waiter_create(&wait, &waiter, NULL) == ESI_OK, "waiter");
    bench_need(http_start(http, &request, waiter, &call, NULL) == ESI_OK, "start");
    do {
        bench_need(http_waiter_wait(waiter, INT64_MAX), "wait");
        http_take(call, &news);
    } while (news.end == HTTP_UNDER_WAY);
    bench_need(news.end == HTTP_WHOLE && news.status == 200, "a call");
    http_finish(call);
    http_waiter_free(waiter);
}

static void http_lane(void *context) {
    (void)context;
    for (int i = 0; i < bench_calls; i++) {
        one_call();
    }
}

static void http_round(void) {
    round_of(http_lane);
}

static void measure(const struct bench_upstream *u, int calls, const char *what) {
    (void)snprintf(bench_url, sizeof bench_url, "http://127.0.0.1:%d/v1/chat/completions", u->port);
    bench_calls = calls;
    bench_against_bare(what, "the loop", http_round);
}

int main(void) {
    make_body();
    struct bench_upstream whole = bench_upstream_start("any normal whole=1");
    struct bench_upstream stream = bench_upstream_start("any normal drip=10 packet=200");
    curl_global_init(CURL_GLOBAL_DEFAULT);
    bench_need(http_create((esi_logger){0}, &http, NULL) == ESI_OK, "http_create");
    measure(&whole, 100, "a call, whole");
    measure(&stream, 3, "a call, streamed");
    http_free(http);
    bench_upstream_stop(&whole);
    bench_upstream_stop(&stream);
    return 0;
}
