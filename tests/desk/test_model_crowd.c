/* test_model_crowd.c: five hundred threads call at once, over one loop. Runs under the thread
 * sanitizer, too. */
#include "fixture.h"

#include <pthread.h>
#include <stdatomic.h>

#include "upstream.h"

#define CROWD 500
#define STACK (256u << 10)

struct crowd {
    esi_desk *desk;
    esi_cancel *cancel;
    pthread_mutex_t lock;
    pthread_cond_t go;
    int waiting;
    atomic_int answered, offline, cancelled, failed, shown;
    char why[256]; /* the first error; under the lock */
};

struct caller {
    struct crowd *crowd;
    int number;
};

/* Nobody begins before all are there. */
static void meet(struct crowd *crowd) {
    pthread_mutex_lock(&crowd->lock);
    crowd->waiting++;
    if (crowd->waiting == CROWD) {
        pthread_cond_broadcast(&crowd->go);
    }
    while (crowd->waiting < CROWD) {
        pthread_cond_wait(&crowd->go, &crowd->lock);
    }
    pthread_mutex_unlock(&crowd->lock);
}

static int hear(const esi_event *event, void *context) {
    struct crowd *crowd = context;
    atomic_fetch_add(&crowd->shown, event->kind == ESI_EVENT_DELTA);
    return 0;
}

static void note_error(struct crowd *crowd, esi_err rc, const esi_error *err) {
    pthread_mutex_lock(&crowd->lock);
    if (crowd->why[0] == '\0') {
        snprintf(crowd->why, sizeof(crowd->why), "%s: %.200s", esi_err_name(rc), err->message);
    }
    pthread_mutex_unlock(&crowd->lock);
}

static void *call(void *context) {
    const struct caller *caller = context;
    struct crowd *crowd = caller->crowd;
    char session[32];
    esi_error err = {0};
    esi_reply *r = NULL;
    esi_chat_request request = ESI_CHAT_REQUEST_INIT;
    snprintf(session, sizeof(session), "s-%d", caller->number);
    request.session_id = session;
    request.message = "The printer reports a paper jam, what do I do?";
    request.deadline_ms = 120000;
    request.on_event = hear;
    request.event_context = crowd;
    request.cancel = crowd->cancel;
    meet(crowd);
    const esi_err rc = esi_chat_ask(crowd->desk, &request, &r, &err);
    if (rc == ESI_OK) {
        const bool offline = strcmp(r->model, "offline") == 0;
        atomic_fetch_add(offline ? &crowd->offline : &crowd->answered, 1);
    } else if (rc == ESI_ECANCELLED) {
        atomic_fetch_add(&crowd->cancelled, 1);
    } else {
        atomic_fetch_add(&crowd->failed, 1);
        note_error(crowd, rc, &err);
    }
    esi_reply_free(r);
    return NULL;
}

static esi_desk *open_on(const struct upstream *u) {
    esi_error err = {0};
    esi_desk *desk = NULL;
    esi_options options = ESI_OPTIONS_INIT;
    options.store = ":memory:";
    options.provider = "openai";
    options.embedding_provider = "offline";
    options.base_url = upstream_url(u);
    options.api_key = "k";
    must(esi_desk_open(&options, &desk, &err), &err);
    put_document(desk, "print.md", printing_doc);
    put_document(desk, "badge.md", badge_doc);
    return desk;
}

static void start(struct crowd *crowd, struct caller *callers, pthread_t *threads) {
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, STACK);
    pthread_mutex_init(&crowd->lock, NULL);
    pthread_cond_init(&crowd->go, NULL);
    for (int i = 0; i < CROWD; i++) {
        callers[i] = (struct caller){crowd, i};
        ck_assert_int_eq(pthread_create(&threads[i], &small, call, &callers[i]), 0);
    }
    pthread_attr_destroy(&small);
}

static void join(struct crowd *crowd, pthread_t *threads) {
    for (int i = 0; i < CROWD; i++) {
        pthread_join(threads[i], NULL);
    }
    ck_assert_msg(atomic_load(&crowd->failed) == 0, "%d failed, the first: %s",
                  atomic_load(&crowd->failed), crowd->why);
    pthread_cond_destroy(&crowd->go);
    pthread_mutex_destroy(&crowd->lock);
}

START_TEST(five_hundred_threads_are_answered_by_the_model_at_once) {
    const struct upstream_setup setup = {.script = "chat normal ms=300"};
    struct upstream *u = upstream_start(&setup);
    struct crowd crowd = {.desk = open_on(u)};
    struct caller callers[CROWD];
    pthread_t threads[CROWD];
    start(&crowd, callers, threads);
    join(&crowd, threads);
    ck_assert_int_eq(atomic_load(&crowd.answered), CROWD);
    ck_assert_int_ge(atomic_load(&crowd.shown), CROWD);
    ck_assert_int_eq(upstream_counts(u).chat, CROWD);
    ck_assert_int_eq(messages_in(crowd.desk), 2 * CROWD);
    esi_desk_close(crowd.desk);
    upstream_stop(u);
}
END_TEST

START_TEST(five_hundred_threads_are_answered_while_every_second_call_fails) {
    const struct upstream_setup setup = {
        .script =
            "chat normal times=10; chat reset times=2; chat 503; chat 429 retry_ms=50;"
            "chat close_mid; chat next_rst times=2; chat idle_fin; chat truncated; chat hidden",
        .seed = 77};
    struct upstream *u = upstream_start(&setup);
    struct crowd crowd = {.desk = open_on(u)};
    struct caller callers[CROWD];
    pthread_t threads[CROWD];
    start(&crowd, callers, threads);
    join(&crowd, threads);
    ck_assert_int_eq(atomic_load(&crowd.answered) + atomic_load(&crowd.offline), CROWD);
    ck_assert_int_eq(messages_in(crowd.desk), 2 * CROWD);
    esi_desk_close(crowd.desk);
    upstream_stop(u);
}
END_TEST

START_TEST(one_switch_ends_five_hundred_waits_at_once) {
    const struct upstream_setup setup = {.script = "chat stall"};
    struct upstream *u = upstream_start(&setup);
    struct crowd crowd = {.desk = open_on(u), .cancel = esi_cancel_create()};
    struct caller callers[CROWD];
    pthread_t threads[CROWD];
    start(&crowd, callers, threads);
    ck_assert(upstream_await(u, CROWD, 120000));
    esi_cancel_fire(crowd.cancel);
    join(&crowd, threads);
    ck_assert_int_eq(atomic_load(&crowd.cancelled), CROWD);
    ck_assert_int_eq(messages_in(crowd.desk), 0);
    esi_desk_close(crowd.desk);
    esi_cancel_free(crowd.cancel);
    upstream_stop(u);
}
END_TEST

int main(void) {
    unsetenv("http_proxy");
    unsetenv("all_proxy");
    unsetenv("ALL_PROXY");
    TCase *t = tcase_create("model_crowd");
    tcase_add_test(t, five_hundred_threads_are_answered_by_the_model_at_once);
    tcase_add_test(t, five_hundred_threads_are_answered_while_every_second_call_fails);
    tcase_add_test(t, one_switch_ends_five_hundred_waits_at_once);
    return tap_run("desk/model_crowd", t);
}
