/* What the provider's calls cost beside a bare libcurl program that sends the same bytes: CPU for one
 * call, and many calls that wait at once. The endpoint is a process of its own.
 *
 * bench_provider [SECONDS]   how long the waiting is counted (10) */
#include <curl/curl.h>
#include <string.h>

#include "base/os.h"
#include "bench_upstream.h"
#include "provider/http.h"

#define LANES 8
#define ROUNDS 31
#define WAITING 2000
#define BODY_SIZE 8000

static int calls; /* of a lane, in a round */
static char body[BODY_SIZE + 1];
static char url[128];

static void make_body(void) {
    static const char head[] =
        "{\"model\":\"gpt-4o\",\"messages\":[{\"role\":\"system\",\"content\":\"";
    static const char tail[] =
        "\"},{\"role\":\"user\",\"content\":\"Why does it fail?\"}],\"stream\":true}";
    memset(body, 'a', BODY_SIZE);
    memcpy(body, head, sizeof head - 1);
    memcpy(body + BODY_SIZE - (sizeof tail - 1), tail, sizeof tail - 1);
}

/* ---- a bare program ---------------------------------------------------------------------------- */

struct bare {
    CURL *easy;
    struct curl_slist *fields;
    size_t bytes;
    int left; /* calls to be made */
};

static size_t count_bytes(char *p, size_t size, size_t n, void *context) {
    struct bare *b = context;
    (void)p;
    b->bytes += size * n;
    return size * n;
}

static void bare_open(struct bare *b) {
    b->easy = curl_easy_init();
    b->fields = curl_slist_append(NULL, "Content-Type: application/json");
    b->fields = curl_slist_append(b->fields, "Authorization: Bearer sk-of-the-benchmark");
    bench_need(b->easy != NULL && b->fields != NULL, "curl_easy_init");
    curl_easy_setopt(b->easy, CURLOPT_URL, url);
    curl_easy_setopt(b->easy, CURLOPT_HTTPHEADER, b->fields);
    curl_easy_setopt(b->easy, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(b->easy, CURLOPT_POSTFIELDSIZE, (long)BODY_SIZE);
    curl_easy_setopt(b->easy, CURLOPT_WRITEFUNCTION, count_bytes);
    curl_easy_setopt(b->easy, CURLOPT_WRITEDATA, b);
    curl_easy_setopt(b->easy, CURLOPT_PRIVATE, b);
    curl_easy_setopt(b->easy, CURLOPT_NOSIGNAL, 1L);
}

static void bare_close(struct bare *b) {
    curl_easy_cleanup(b->easy);
    curl_slist_free_all(b->fields);
}

static void easy_lane(void *context) {
    struct bare *b = context;
    for (int i = 0; i < calls; i++) {
        b->bytes = 0;
        bench_need(curl_easy_perform(b->easy) == CURLE_OK && b->bytes > 0, "a bare call");
    }
}

static struct bare bare[WAITING];

/* A thread and a handle for each lane. */
static void easy_round(void) {
    struct os_thread threads[LANES];
    for (int i = 0; i < LANES; i++) {
        bench_need(os_thread_start(&threads[i], easy_lane, &bare[i], 0, NULL) == ESI_OK, "thread");
    }
    for (int i = 0; i < LANES; i++) {
        os_thread_join(&threads[i]);
    }
}

/* Every lane makes its calls one after the other, all on this thread; how many ended. */
static int64_t multi_run(CURLM *multi, int lanes, int64_t until_ns) {
    int64_t ended = 0;
    int running = lanes;
    for (int i = 0; i < lanes; i++) {
        curl_multi_add_handle(multi, bare[i].easy);
    }
    while (running > 0) {
        int left;
        curl_multi_perform(multi, &running);
        for (CURLMsg *m; (m = curl_multi_info_read(multi, &left)) != NULL;) {
            struct bare *b = NULL;
            CURL *easy = m->easy_handle;
            bench_need(m->data.result == CURLE_OK, "a bare call of many");
            curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&b);
            ended++;
            curl_multi_remove_handle(multi, easy);
            if (--b->left > 0 && esi_clock_ns() < until_ns) {
                curl_multi_add_handle(multi, easy);
                running++;
            }
        }
        if (running > 0) {
            curl_multi_poll(multi, NULL, 0, 1000, NULL);
        }
    }
    return ended;
}

static CURLM *bare_multi;

static void multi_round(void) {
    for (int i = 0; i < LANES; i++) {
        bare[i].left = calls;
    }
    multi_run(bare_multi, LANES, INT64_MAX);
}

/* ---- the provider's ---------------------------------------------------------------------------- */

static struct http *http;
static struct http_place place = {.url = url};
static const struct http_field fields[] = {{"Content-Type", "application/json"},
                                           {"Authorization", "Bearer sk-of-the-benchmark"}};

static void one_call(void) {
    const struct http_request request = {.place = &place,
                                         .fields = fields,
                                         .field_count = 2,
                                         .body = {body, BODY_SIZE},
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
    for (int i = 0; i < calls; i++) {
        one_call();
    }
}

static void http_round(void) {
    struct os_thread threads[LANES];
    for (int i = 0; i < LANES; i++) {
        bench_need(os_thread_start(&threads[i], http_lane, NULL, 0, NULL) == ESI_OK, "thread");
    }
    for (int i = 0; i < LANES; i++) {
        os_thread_join(&threads[i]);
    }
}

/* ---- CPU for a call ---------------------------------------------------------------------------- */

typedef void round_fn(void);

static double cpu_of(round_fn *run) {
    const int64_t before = process_cpu_ns();
    run();
    return (double)(process_cpu_ns() - before) / (LANES * calls);
}

static int by_size(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double middle(double *all) {
    qsort(all, ROUNDS, sizeof *all, by_size);
    return all[ROUNDS / 2];
}

/* Short rounds that take turns: what else the machine does meets them all. */
static void measure(const char *what) {
    static round_fn *const runs[] = {easy_round, multi_round, http_round};
    static const char *const names[] = {"bare, a thread for each", "bare, all on one thread",
                                        "the provider's"};
    double each[3][ROUNDS], ratio[2][ROUNDS];
    for (int round = -1; round < ROUNDS; round++) { /* the first one makes connections */
        const int at = round < 0 ? 0 : round;
        for (int i = 0; i < 3; i++) {
            each[i][at] = cpu_of(runs[i]);
        }
        ratio[0][at] = each[2][at] / each[0][at];
        ratio[1][at] = each[2][at] / each[1][at];
    }
    for (int i = 0; i < 3; i++) {
        char name[80];
        snprintf(name, sizeof name, "%s: a call, %s", what, names[i]);
        bench_print(name, middle(each[i]));
    }
    bench_print_ratio("  the provider's / a thread for each", middle(ratio[0]), 1.0);
    bench_print_ratio("  the provider's / all on one thread", middle(ratio[1]), 1.0);
}

/* ---- many that wait ---------------------------------------------------------------------------- */

struct waiting {
    struct os_thread thread;
    int64_t from_ns, until_ns;
    int64_t delay_ms;
    int64_t ended;
};

static void wait_often(void *context) {
    struct waiting *w = context;
    os_sleep(esi_clock_ns() + w->delay_ms * NS_PER_MS);
    while (esi_clock_ns() < w->until_ns) {
        one_call();
        const int64_t now = esi_clock_ns();
        w->ended += now >= w->from_ns && now < w->until_ns;
    }
}

/* Calls that ended in `seconds`, by as many threads; after a while in which they get their
 * connections, a few at a time. */
static double waiting_http(int seconds) {
    struct waiting *all = calloc(WAITING, sizeof *all);
    const int64_t now = esi_clock_ns();
    const size_t before = resident_bytes();
    for (int i = 0; i < WAITING; i++) {
        all[i].delay_ms = i;
        all[i].from_ns = now + 4000 * NS_PER_MS;
        all[i].until_ns = all[i].from_ns + seconds * 1000 * NS_PER_MS;
        bench_need(os_thread_start(&all[i].thread, wait_often, &all[i], 98304, NULL) == ESI_OK,
                   "a thread that waits");
    }
    os_sleep(now + 3500 * NS_PER_MS);
    printf("%-56s %10.1f KB\n", "a call that waits, with its connection and its thread",
           (double)(resident_bytes() - before) / WAITING / 1024.0);
    int64_t ended = 0;
    for (int i = 0; i < WAITING; i++) {
        os_thread_join(&all[i].thread);
        ended += all[i].ended;
    }
    free(all);
    return (double)ended / seconds;
}

int main(int argc, char **argv) {
    const int seconds = argc > 1 ? atoi(argv[1]) : 10;
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    make_body();
    struct bench_upstream quick = bench_upstream_start("any normal");
    struct bench_upstream drip = bench_upstream_start("any normal drip=10 packet=200");
    struct bench_upstream slow = bench_upstream_start("any normal ms=1000");
    curl_global_init(CURL_GLOBAL_DEFAULT);
    bare_multi = curl_multi_init();
    bench_need(http_create((esi_logger){0}, &http, NULL) == ESI_OK, "http_create");

    snprintf(url, sizeof url, "http://127.0.0.1:%d/v1/chat/completions", quick.port);
    for (int i = 0; i < LANES; i++) {
        bare_open(&bare[i]);
    }
    calls = 60;
    measure("at once");
    for (int i = 0; i < LANES; i++) {
        bare_close(&bare[i]);
    }
    snprintf(url, sizeof url, "http://127.0.0.1:%d/v1/chat/completions", drip.port);
    for (int i = 0; i < LANES; i++) {
        bare_open(&bare[i]);
    }
    calls = 2;
    measure("in pieces");
    for (int i = 0; i < LANES; i++) {
        bare_close(&bare[i]);
    }
    snprintf(url, sizeof url, "http://127.0.0.1:%d/v1/chat/completions", slow.port);
    printf("%-56s %10.1f /s\n", "calls that wait a second, 2,000 at once", waiting_http(seconds));
    http_free(http);
    bench_upstream_stop(&quick);
    bench_upstream_stop(&drip);
    bench_upstream_stop(&slow);
    return 0;
}
