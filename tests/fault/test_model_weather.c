/* test_model_weather.c: a crowd asks a desk whose model's endpoints fail every second time, in
 * every way that the upstream knows. Whatever happens there, a turn ends in time, in an answer, an
 * offline answer or a clear error, and is recorded once; and each side counts the same requests. */
#include "../desk/fixture.h"

#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "upstream.h"

#define ENDPOINTS_MAX 3
#define THREADS_MAX 64
#define DEADLINE_MS 6000
#define SHORT_MS 1500 /* of every fourth turn */
#define RESERVE_MS 500
#define SLACK_MS 1500       /* until a machine lets a thread run that is to go on */
#define SLACK_BUSY_MS 15000 /* one that has much else to do; a stall would be for ever */
#define ANSWER_MAX 16384

/* Right replies in every dress; then as many that fail. The numbers are weights. */
static const char right[] =
    "any normal times=47; embed normal times=37; any bytes times=2; any extra times=2; any twice "
    "times=2; any early "
    "times=2;"
    "any normal length=0 times=2; any normal close=1 times=2; any http10 times=2;"
    "any normal header=9000 times=2; any normal ms=40 times=4; embed shuffled times=4;"
    "chat cuts times=4; chat ascii times=4; chat crlf times=2; chat cr times=2; chat comments "
    "times=2;"
    "chat bom times=2; chat batch times=2; chat reorder times=4; chat fenced times=2;"
    "chat prose times=2; chat no_usage times=2; chat no_done times=2; chat normal whole=1 times=2;"
    "chat normal drip=2 packet=90 times=2; chat unknown_id times=2;";
static const char wrong[] =
    "any stall times=1; chat stall_mid times=1; any slow_drip drip=60 times=1;"
    "any reset times=3; any reset_mid times=3; any reset_end times=3;"
    "any close times=3; any close_mid times=3; any close_end times=3;"
    "any idle_fin times=3; any idle_rst times=3; any next_fin times=3; any next_rst times=3;"
    "any 400 times=2; any 400 as=vllm what=context times=1; any 400 as=litellm times=1;"
    "any 400 as=details what=request times=1; any 400 as=string times=1; any 400 as=empty times=1;"
    "chat 400 as=azure what=filter times=2; any 401 times=1; any 403 times=1; any 404 times=1;"
    "any 408 times=1; any 413 times=1; any 422 as=details times=1; any 429 times=3;"
    "any 429 retry=1 times=2; any 429 retry=date+1 times=1; any 429 retry_ms=80 times=2;"
    "any 429 reset=90ms times=1; any 429 what=quota times=1; any 500 times=3;"
    "any 502 as=html times=3; any 503 times=2; any 503 retry=1 times=1; any 504 as=plain times=1;"
    "any hidden times=3; any hidden what=rate times=1; any invalid times=3; any truncated times=3;"
    "any body body=";
static const char wrong_more[] =
    "any redirect times=2; any rubbish bytes=20000000 times=1; any rubbish bytes=9000000 as=sse;"
    "any rubbish bytes=9000000 as=events; any rubbish bytes=9000000 as=json;"
    "any normal header=200000 times=1; chat refusal times=2; chat length times=2; chat filter "
    "times=2;"
    "chat empty times=2; chat null times=2; chat text times=2; chat no_last times=2;"
    "chat normal say=Call 10.9.8.7 and run rm -rf / there.\n"
    "chat normal keep=7 times=2; embed fewer times=3; embed more times=2; embed same_index times=2;"
    "embed high_index times=2; embed other_dims times=2; embed nan times=2; embed inf times=2;"
    "embed null_value times=2; embed zero times=2; embed text_value times=2;"
    "embed bad_base64 times=2; embed cut_base64 times=2;";

static const char *const questions[] = {
    "The printer reports a paper jam, what do I do?",
    "My badge is not read at the door",
    "Which paper may be used in the workshop printer?",
    "It still reports a paper jam",
    "How do I bake bread?",
};
#define QUESTIONS (sizeof(questions) / sizeof(questions[0]))

struct weather {
    esi_desk *desk;
    struct upstream *up[ENDPOINTS_MAX];
    int endpoints, threads, turns; /* turns: of each thread */
    int64_t slack_ms;
    pthread_mutex_t lock;
    /* below: under the lock */
    int64_t answered, offline, failed, replayed, late, torn, mute;
    int64_t by_code[64];
    char why[256]; /* the first thing that was wrong with a reply */
};

struct asker {
    struct weather *weather;
    int number;
    char heard[ANSWER_MAX];
    size_t heard_n;
};

static int64_t now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- a desk on endpoints -----------------------------------------------------------------------
 * */

static void write_endpoints(const struct weather *w, const char *path) {
    FILE *f = fopen(path, "w");
    ck_assert_ptr_nonnull(f);
    for (int embeds = 0; embeds < 2; embeds++) {
        fprintf(f, "%s\"%s\":[", embeds ? ",\n" : "{", embeds ? "embeddings" : "chat");
        for (int i = 0; i < w->endpoints; i++) {
            fprintf(f, "%s{\"name\":\"%s-%d\",\"baseUrl\":\"%s\",\"model\":\"%s\",\"key\":\"k\"%s}",
                    i > 0 ? "," : "", embeds ? "vectors" : "words", i, upstream_url(w->up[i]),
                    embeds ? "small-vectors" : "gpt-4o",
                    embeds ? ",\"dimensions\":64" : ",\"firstByteMs\":700");
        }
        fputs("]", f);
    }
    fputs("}\n", f);
    ck_assert_int_eq(fclose(f), 0);
}

static void open_desk(struct weather *w, const char *store, const char *endpoints) {
    esi_error err = {0};
    esi_options options = ESI_OPTIONS_INIT;
    options.store = store;
    options.provider = "openai";
    options.endpoints = endpoints;
    options.deadline_ms = DEADLINE_MS;
    options.reserve_ms = RESERVE_MS;
    must(esi_desk_open(&options, &w->desk, &err), &err);
    put_document(w->desk, "print.md", printing_doc);
    put_document(w->desk, "badge.md", badge_doc);
}

/* ---- a turn ------------------------------------------------------------------------------------
 * */

static int hear(const esi_event *event, void *context) {
    struct asker *a = context;
    if (event->kind == ESI_EVENT_REPLACE) {
        a->heard_n = 0;
    } else if (event->kind == ESI_EVENT_DELTA) {
        ck_assert_uint_lt(a->heard_n + event->text_size, sizeof(a->heard));
        memcpy(a->heard + a->heard_n, event->text, event->text_size);
        a->heard_n += event->text_size;
    }
    a->heard[a->heard_n] = '\0';
    return 0;
}

static void note_reply(struct asker *a, const esi_reply *r) {
    struct weather *w = a->weather;
    const bool offline = strcmp(r->model, "offline") == 0;
    const bool asked = r->input_tokens > 0;
    w->answered += !offline;
    w->offline += offline && r->fallback != NULL;
    if (strcmp(a->heard, r->answer) != 0 && w->torn++ == 0) {
        snprintf(w->why, sizeof(w->why), "heard '%.100s', answered '%.100s'", a->heard, r->answer);
    }
    if ((r->answer[0] == '\0' || (!offline && (r->fallback != NULL || !asked))) && w->mute++ == 0) {
        snprintf(w->why, sizeof(w->why), "model %s, fallback %s, answer '%.100s'", r->model,
                 r->fallback ? r->fallback : "none", r->answer);
    }
}

/* An error that a caller may see of a model that fails, in words. */
static bool clear_error(esi_err rc, const esi_error *err) {
    return (rc == ESI_ETIMEOUT || rc == ESI_EUNAVAILABLE || rc == ESI_EUPSTREAM) &&
           err->message[0] != '\0' && err->retryable;
}

static void take_turn(struct asker *a, int turn) {
    struct weather *w = a->weather;
    char session[32], id[48], message[160];
    snprintf(session, sizeof(session), "s-%d-%d", a->number, turn / 5);
    snprintf(id, sizeof(id), "r-%d-%d", a->number, turn);
    snprintf(message, sizeof(message), "%s I am at seat %d.",
             questions[(size_t)(a->number + turn) % QUESTIONS], a->number * 1000 + turn);
    esi_chat_request request = ESI_CHAT_REQUEST_INIT;
    request.session_id = session;
    request.request_id = id;
    request.user_id = "nora";
    request.message = message; /* never the same: the desk remembers a question's vector */
    request.on_event = hear;
    request.event_context = a;
    request.deadline_ms = turn % 4 == 3 ? SHORT_MS : DEADLINE_MS;
    for (int again = 0; again < (turn % 7 == 0 ? 2 : 1); again++) {
        esi_error err = {0};
        esi_reply *r = NULL;
        a->heard_n = 0;
        const int64_t begin = now_ms();
        const esi_err rc = esi_chat_ask(w->desk, &request, &r, &err);
        const int64_t took = now_ms() - begin;
        pthread_mutex_lock(&w->lock);
        w->by_code[rc < 0 ? -rc % 64 : rc % 64]++;
        w->late += took > request.deadline_ms + w->slack_ms;
        w->failed += rc != ESI_OK;
        if (rc != ESI_OK && !clear_error(rc, &err) && w->mute++ == 0) {
            snprintf(w->why, sizeof(w->why), "%s: %.150s", esi_err_name(rc), err.message);
        }
        if (rc == ESI_OK && r->replayed) {
            w->replayed++;
        } else if (rc == ESI_OK) {
            note_reply(a, r);
        }
        pthread_mutex_unlock(&w->lock);
        esi_reply_free(r);
    }
}

static void *ask_away(void *context) {
    struct asker *a = context;
    for (int turn = 0; turn < a->weather->turns; turn++) {
        take_turn(a, turn);
    }
    return NULL;
}

static void let_them_ask(struct weather *w) {
    pthread_t threads[THREADS_MAX];
    struct asker *askers = calloc((size_t)w->threads, sizeof *askers);
    ck_assert_ptr_nonnull(askers);
    for (int i = 0; i < w->threads; i++) {
        askers[i].weather = w;
        askers[i].number = i;
        ck_assert_int_eq(pthread_create(&threads[i], NULL, ask_away, &askers[i]), 0);
    }
    for (int i = 0; i < w->threads; i++) {
        pthread_join(threads[i], NULL);
    }
    free(askers);
}

/* ---- what is left ------------------------------------------------------------------------------
 * */

/* Every turn that was answered is there once: both its messages. */
static void check_rows(const struct weather *w) {
    esi_error err = {0};
    esi_metrics *metrics = NULL;
    int64_t calls = 0;
    for (size_t i = 0; i < sizeof(w->by_code) / sizeof(w->by_code[0]); i++) {
        calls += w->by_code[i];
    }
    must(esi_metrics_summary(w->desk, NULL, &metrics, &err), &err);
    ck_assert_int_eq(metrics->messages, 2 * (calls - w->failed - w->replayed));
    esi_metrics_free(metrics);
}

static struct upstream_counts sum_of(const struct weather *w) {
    struct upstream_counts sum = {0};
    for (int i = 0; i < w->endpoints; i++) {
        const struct upstream_counts c = upstream_counts(w->up[i]);
        sum.requests += c.requests;
        sum.open += c.open;
        sum.mute += c.mute;
        sum.unread += c.unread;
    }
    return sum;
}

/* What the library says that it sent is what came: but for what got lost with a kept connection,
 * which it says, too. */
static void check_counts(const struct weather *w) {
    int64_t sent = 0, lost = 0, in_flight = 1;
    for (int i = 0; i < 500 && (in_flight > 0 || sum_of(w).open > 0); i++) {
        esi_error err = {0};
        esi_health *health = NULL;
        usleep(10000);
        must(esi_desk_health(w->desk, &health, &err), &err);
        sent = lost = in_flight = 0;
        for (size_t k = 0; k < health->endpoint_count; k++) {
            sent += health->endpoints[k]->requests;
            lost += health->endpoints[k]->lost;
            in_flight += health->endpoints[k]->in_flight;
        }
        esi_health_free(health);
    }
    const struct upstream_counts sum = sum_of(w);
    ck_assert_int_eq(in_flight, 0);
    ck_assert_int_eq(sum.open, 0);
    ck_assert_msg(sent - lost == sum.requests - sum.mute,
                  "sent %lld, of them lost %lld; came %lld, of them mute %lld, beside them %lld "
                  "unread",
                  (long long)sent, (long long)lost, (long long)sum.requests, (long long)sum.mute,
                  (long long)sum.unread);
    printf("# %lld requests, %lld lost\n", (long long)sent, (long long)lost);
}

static int open_files(void) {
    int count = 0;
    DIR *folder = opendir("/proc/self/fd");
    while (folder != NULL && readdir(folder) != NULL) {
        count++;
    }
    if (folder != NULL) {
        closedir(folder);
    }
    return count;
}

static void begin(struct weather *w, int endpoints) {
    const bool soak = getenv("ESI_SOAK") != NULL;
    const struct upstream_setup setup = {.script = "any normal", .seed = 20261123};
    pthread_mutex_init(&w->lock, NULL);
    w->threads = soak ? 64 : 16;
    w->turns = (soak ? 2000 : 208) / w->threads + soak;
    w->endpoints = endpoints;
    w->slack_ms = soak ? SLACK_MS : SLACK_BUSY_MS;
    for (int i = 0; i < endpoints; i++) {
        w->up[i] = upstream_start(&setup);
    }
}

static void make_weather(struct weather *w) {
    char script[sizeof right + sizeof wrong + sizeof wrong_more];
    snprintf(script, sizeof(script), "%s\n%s\n%s", right, wrong, wrong_more);
    for (int i = 0; i < w->endpoints; i++) {
        upstream_play(w->up[i], script);
    }
}

static void end(struct weather *w) {
    esi_desk_close(w->desk);
    for (int i = 0; i < w->endpoints; i++) {
        upstream_stop(w->up[i]);
    }
    pthread_mutex_destroy(&w->lock);
}

static void check_calls(const struct weather *w) {
    printf("# %lld by the model, %lld without it, %lld failed, %lld replayed\n",
           (long long)w->answered, (long long)w->offline, (long long)w->failed,
           (long long)w->replayed);
    ck_assert_int_eq(w->late, 0);
    ck_assert_msg(w->torn == 0, "%lld replies: %s", (long long)w->torn, w->why);
    ck_assert_msg(w->mute == 0, "%lld calls: %s", (long long)w->mute, w->why);
    ck_assert_int_gt(w->answered, 0);
}

static void weather_over(int endpoints) {
    char folder[] = "/tmp/esihelp-weather-XXXXXX";
    char store[64], list[64];
    struct weather w = {0};
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(store, sizeof(store), "%s/desk.db", folder);
    snprintf(list, sizeof(list), "%s/endpoints.json", folder);
    const int files = open_files();
    begin(&w, endpoints);
    write_endpoints(&w, list);
    open_desk(&w, store, list);
    make_weather(&w);
    let_them_ask(&w);
    check_calls(&w);
    check_rows(&w);
    check_counts(&w);
    end(&w);
    ck_assert_int_eq(open_files(), files);
    unlink(store);
    unlink(list);
    rmdir(folder);
}

START_TEST(with_three_endpoints_every_turn_ends_in_time_and_is_recorded_once) {
    weather_over(3);
}
END_TEST

START_TEST(with_one_endpoint_every_turn_ends_in_time_and_is_recorded_once) {
    weather_over(1);
}
END_TEST

int main(void) {
    unsetenv("http_proxy");
    unsetenv("all_proxy");
    unsetenv("ALL_PROXY");
    TCase *t = tcase_create("model_weather");
    tcase_add_test(t, with_three_endpoints_every_turn_ends_in_time_and_is_recorded_once);
    tcase_add_test(t, with_one_endpoint_every_turn_ends_in_time_and_is_recorded_once);
    return tap_run("fault/model_weather", t);
}
