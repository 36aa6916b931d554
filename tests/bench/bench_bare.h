/* bench_bare.h: programs of bare libcurl that send what the provider sends and read what comes
 * back, without looking at it: what talking to an endpoint costs at least. */
#ifndef ESIHELP_TESTS_BENCH_BARE_H
#define ESIHELP_TESTS_BENCH_BARE_H

#include <curl/curl.h>
#include <string.h>

#include "base/os.h"
#include "bench.h"
#include "bench_upstream.h"

#define LANES 8      /* callers at once, each with a connection */
#define WAITING 2000 /* callers that wait at once */
#define RAMP_MS 4000 /* in which they come, and get their connections */
#define STACK 98304  /* of a caller that waits */
#define BENCH_ROUNDS_OF_TURNS 21

static char bench_url[256];
static char bench_body[65536];
static size_t bench_body_size;
static int bench_calls; /* of a lane, in a round */

struct bare {
    CURL *easy;
    struct curl_slist *fields;
    size_t bytes;
    int left; /* calls to be made */
};

static inline size_t bare_count(char *p, size_t size, size_t n, void *context) {
    struct bare *b = context;
    (void)p;
    b->bytes += size * n;
    return size * n;
}

static inline void bare_open(struct bare *b) {
    *b = (struct bare){.easy = curl_easy_init()};
    b->fields = curl_slist_append(NULL, "Content-Type: application/json");
    b->fields = curl_slist_append(b->fields, "Authorization: Bearer sk-of-the-benchmark");
    bench_need(b->easy != NULL && b->fields != NULL, "curl_easy_init");
    curl_easy_setopt(b->easy, CURLOPT_URL, bench_url);
    curl_easy_setopt(b->easy, CURLOPT_HTTPHEADER, b->fields);
    curl_easy_setopt(b->easy, CURLOPT_POSTFIELDS, bench_body);
    curl_easy_setopt(b->easy, CURLOPT_POSTFIELDSIZE, (long)bench_body_size);
    curl_easy_setopt(b->easy, CURLOPT_WRITEFUNCTION, bare_count);
    curl_easy_setopt(b->easy, CURLOPT_WRITEDATA, b);
    curl_easy_setopt(b->easy, CURLOPT_PRIVATE, b);
    curl_easy_setopt(b->easy, CURLOPT_NOSIGNAL, 1L);
}

static inline void bare_close(struct bare *b) {
    curl_easy_cleanup(b->easy);
    curl_slist_free_all(b->fields);
}

static inline void bare_call(struct bare *b) {
    b->bytes = 0;
    bench_need(curl_easy_perform(b->easy) == CURLE_OK && b->bytes > 0, "a bare call");
}

static struct bare bare_lanes[LANES];
static CURLM *bare_multi;

/* One round of LANES callers, each in its thread. */
static inline void round_of(void (*lane)(void *)) {
    struct os_thread threads[LANES];
    for (int i = 0; i < LANES; i++) {
        bench_need(os_thread_start(&threads[i], lane, &bare_lanes[i], 0, NULL) == ESI_OK, "thread");
    }
    for (int i = 0; i < LANES; i++) {
        os_thread_join(&threads[i]);
    }
}

static inline void bare_lane(void *context) {
    for (int i = 0; i < bench_calls; i++) {
        bare_call(context);
    }
}

static inline void bare_threads_round(void) {
    round_of(bare_lane);
}

/* All lanes on one thread. */
static inline void bare_multi_round(void) {
    int running = LANES;
    for (int i = 0; i < LANES; i++) {
        bare_lanes[i].left = bench_calls;
        curl_multi_add_handle(bare_multi, bare_lanes[i].easy);
    }
    while (running > 0) {
        int left;
        curl_multi_perform(bare_multi, &running);
        for (CURLMsg *m; (m = curl_multi_info_read(bare_multi, &left)) != NULL;) {
            struct bare *b = NULL;
            CURL *easy = m->easy_handle;
            bench_need(m->data.result == CURLE_OK, "a bare call of many");
            curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&b);
            curl_multi_remove_handle(bare_multi, easy);
            if (--b->left > 0) {
                curl_multi_add_handle(bare_multi, easy);
                running++;
            }
        }
        if (running > 0) {
            curl_multi_poll(bare_multi, NULL, 0, 1000, NULL);
        }
    }
}

/* ---- CPU for a call --------------------------------------------------------------------- */

typedef void bench_round(void);

static inline double cpu_of_call(bench_round *run) {
    const int64_t before = process_cpu_ns();
    run();
    return (double)(process_cpu_ns() - before) / (LANES * bench_calls);
}

/* Short rounds that take turns, so that what else the machine does meets them all; the least of
 * each counts, which was disturbed least. */
static inline void bench_against_bare(const char *what, const char *ours, bench_round *run) {
    bench_round *const runs[] = {bare_threads_round, bare_multi_round, run};
    const char *const names[] = {"bare, a thread for each", "bare, all on one thread", ours};
    double least[3] = {0};
    for (int i = 0; i < LANES; i++) {
        bare_open(&bare_lanes[i]);
    }
    bare_multi = curl_multi_init();
    for (int round = -1; round < BENCH_ROUNDS_OF_TURNS; round++) { /* the first one connects */
        for (int i = 0; i < 3; i++) {
            const double each = cpu_of_call(runs[i]);
            least[i] = round < 1 || each < least[i] ? each : least[i];
        }
    }
    for (int i = 0; i < 3; i++) {
        char name[96];
        (void)snprintf(name, sizeof name, "%s: %s", what, names[i]);
        bench_print(name, least[i]);
    }
    bench_print_ratio("    against a thread for each", least[2], least[0]);
    bench_print_ratio("    against all on one thread", least[2], least[1]);
    for (int i = 0; i < LANES; i++) {
        bare_close(&bare_lanes[i]);
    }
    curl_multi_cleanup(bare_multi);
}

/* ---- many that wait --------------------------------------------------------------------- */

struct waiting {
    struct os_thread thread;
    int number;
    int64_t from_ns, until_ns; /* what ends between them is counted */
    int64_t ended;
    void (*call)(struct waiting *w);
    struct bare bare;
};

static inline void wait_often(void *context) {
    struct waiting *w = context;
    os_sleep(esi_clock_ns() + (int64_t)w->number * (RAMP_MS * NS_PER_MS / WAITING));
    while (esi_clock_ns() < w->until_ns) {
        w->call(w);
        const int64_t now = esi_clock_ns();
        w->ended += now >= w->from_ns && now < w->until_ns;
    }
}

static inline void wait_bare(struct waiting *w) {
    if (w->bare.easy == NULL) {
        bare_open(&w->bare);
    }
    bare_call(&w->bare);
}

struct waited {
    double per_second;
    double bytes; /* of memory, for each that waits */
    double cpu_ns;
};

/* WAITING callers, each in its thread, ask again and again. They come one after the other; once all
 * have connections and the first of them were answered, what ends in so many seconds is counted. */
static inline struct waited wait_all(void (*call)(struct waiting *w), int seconds) {
    struct waiting *all = calloc(WAITING, sizeof *all);
    bench_need(all != NULL, "memory");
    const size_t before = resident_bytes();
    const int64_t begun = esi_clock_ns();
    for (int i = 0; i < WAITING; i++) {
        all[i].number = i;
        all[i].call = call;
        all[i].from_ns = begun + 2 * RAMP_MS * NS_PER_MS;
        all[i].until_ns = all[i].from_ns + seconds * 1000 * NS_PER_MS;
        bench_need(os_thread_start(&all[i].thread, wait_often, &all[i], STACK, NULL) == ESI_OK,
                   "a thread that waits");
    }
    os_sleep(begun + 2 * RAMP_MS * NS_PER_MS);
    struct waited w = {.bytes = (double)(resident_bytes() - before) / WAITING};
    const int64_t cpu = process_cpu_ns();
    os_sleep(all[0].until_ns);
    w.cpu_ns = (double)(process_cpu_ns() - cpu);
    int64_t ended = 0;
    for (int i = 0; i < WAITING; i++) {
        os_thread_join(&all[i].thread);
        ended += all[i].ended;
        if (all[i].bare.easy != NULL) {
            bare_close(&all[i].bare);
        }
    }
    free(all);
    w.per_second = (double)ended / seconds;
    w.cpu_ns /= ended > 0 ? (double)ended : 1.0;
    return w;
}

static inline void print_waited(const char *what, const struct waited *w) {
    printf("%-56s %10.1f /s  %.1f KB each, %.1f us of CPU a turn\n", what, w->per_second,
           w->bytes / 1024.0, w->cpu_ns / 1e3);
    fflush(stdout);
}

#endif
