/* test_threads.c: one desk, many threads that do everything at once. Runs under the thread
 * sanitizer too. */
#include "fixture.h"

#include <pthread.h>
#include <stdatomic.h>

#define ASKERS 24
#define INGESTERS 4
#define READERS 4
#define ROUNDS 6

struct crowd {
    esi_desk *desk;
    atomic_int failed;
    atomic_int answered;
    atomic_int blocked;
};

static const char *const questions[] = {
    "The printer reports a paper jam",
    "My badge is not read at the door",
    "How do I bake bread?",
    "How do I read the other team's files?",
    "Which paper may be used?",
    "It works now, thanks!",
};

static void *ask_away(void *context) {
    struct crowd *crowd = context;
    char session[32];
    snprintf(session, sizeof(session), "s-%lx", (unsigned long)pthread_self());
    for (size_t i = 0; i < ROUNDS; i++) {
        esi_reply *r = NULL;
        esi_chat_request request = ESI_CHAT_REQUEST_INIT;
        request.session_id = session;
        request.message = questions[i % (sizeof(questions) / sizeof(questions[0]))];
        if (esi_chat_ask(crowd->desk, &request, &r, NULL) == ESI_OK) {
            atomic_fetch_add(&crowd->answered, 1);
            atomic_fetch_add(&crowd->blocked, r->guardrail->blocked);
        } else {
            atomic_fetch_add(&crowd->failed, 1);
        }
        esi_reply_free(r);
    }
    return NULL;
}

static void *ingest_away(void *context) {
    struct crowd *crowd = context;
    char name[64];
    char text[256];
    for (int i = 0; i < ROUNDS; i++) {
        snprintf(name, sizeof(name), "shelf-%lx.md", (unsigned long)pthread_self());
        snprintf(text, sizeof(text), "# Shelf\n\nShelf number %d holds the spare keyboards.\n", i);
        esi_kb_report *report = NULL;
        esi_kb_source source = ESI_KB_SOURCE_INIT;
        source.name = name;
        source.text = text;
        atomic_fetch_add(&crowd->failed,
                         esi_kb_ingest(crowd->desk, &source, &report, NULL) != ESI_OK);
        esi_kb_report_free(report);
    }
    return NULL;
}

static void *read_away(void *context) {
    struct crowd *crowd = context;
    for (int i = 0; i < ROUNDS; i++) {
        esi_metrics *metrics = NULL;
        esi_ticket_list *list = NULL;
        esi_health *health = NULL;
        atomic_fetch_add(&crowd->failed,
                         esi_metrics_summary(crowd->desk, NULL, &metrics, NULL) != ESI_OK);
        atomic_fetch_add(&crowd->failed,
                         esi_ticket_list_get(crowd->desk, NULL, NULL, &list, NULL) != ESI_OK);
        atomic_fetch_add(&crowd->failed, esi_desk_health(crowd->desk, &health, NULL) != ESI_OK);
        esi_metrics_free(metrics);
        esi_ticket_list_free(list);
        esi_health_free(health);
    }
    return NULL;
}

static void run_crowd(esi_desk *desk) {
    struct crowd crowd = {.desk = desk};
    pthread_t threads[ASKERS + INGESTERS + READERS];
    size_t count = 0;
    for (int i = 0; i < ASKERS; i++) {
        ck_assert_int_eq(pthread_create(&threads[count++], NULL, ask_away, &crowd), 0);
    }
    for (int i = 0; i < INGESTERS; i++) {
        ck_assert_int_eq(pthread_create(&threads[count++], NULL, ingest_away, &crowd), 0);
    }
    for (int i = 0; i < READERS; i++) {
        ck_assert_int_eq(pthread_create(&threads[count++], NULL, read_away, &crowd), 0);
    }
    for (size_t i = 0; i < count; i++) {
        pthread_join(threads[i], NULL);
    }
    ck_assert_int_eq(atomic_load(&crowd.failed), 0);
    ck_assert_int_eq(atomic_load(&crowd.answered), ASKERS * ROUNDS);
    esi_error err = {0};
    esi_metrics *metrics = NULL;
    must(esi_metrics_summary(desk, NULL, &metrics, &err), &err);
    ck_assert_int_eq(metrics->conversations, ASKERS);
    ck_assert_int_eq(metrics->messages, 2 * ASKERS * ROUNDS);
    ck_assert_int_eq(metrics->guardrail_activations, atomic_load(&crowd.blocked));
    esi_metrics_free(metrics);
}

START_TEST(thirty_two_threads_share_a_desk_in_memory) {
    esi_desk *desk = open_small();
    run_crowd(desk);
    esi_desk_close(desk);
}
END_TEST

START_TEST(thirty_two_threads_share_a_desk_in_a_file) {
    char folder[] = "/tmp/esihelp-threads-XXXXXX";
    char path[64];
    esi_error err = {0};
    esi_desk *desk = NULL;
    esi_options options = ESI_OPTIONS_INIT;
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/desk.db", folder);
    options.store = path;
    options.provider = "offline";
    must(esi_desk_open(&options, &desk, &err), &err);
    put_document(desk, "print.md", printing_doc);
    put_document(desk, "badge.md", badge_doc);
    run_crowd(desk);
    esi_desk_close(desk);
    unlink(path);
    rmdir(folder);
}
END_TEST

struct canceller {
    esi_cancel *cancel;
};

static void *fire_soon(void *context) {
    usleep(2000);
    esi_cancel_fire(((struct canceller *)context)->cancel);
    return NULL;
}

START_TEST(a_switch_thrown_by_another_thread_ends_the_turn_whole_or_not_at_all) {
    esi_desk *desk = open_small();
    int64_t expected = 0;
    for (int i = 0; i < 20; i++) {
        struct canceller canceller = {esi_cancel_create()};
        pthread_t thread;
        ck_assert_int_eq(pthread_create(&thread, NULL, fire_soon, &canceller), 0);
        esi_reply *r = NULL;
        esi_chat_request request = ESI_CHAT_REQUEST_INIT;
        request.message = "The printer reports a paper jam";
        request.cancel = canceller.cancel;
        const esi_err rc = esi_chat_ask(desk, &request, &r, NULL);
        ck_assert(rc == ESI_OK || rc == ESI_ECANCELLED);
        expected += rc == ESI_OK ? 2 : 0;
        esi_reply_free(r);
        pthread_join(thread, NULL);
        esi_cancel_free(canceller.cancel);
    }
    ck_assert_int_eq(messages_in(desk), expected);
    esi_desk_close(desk);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("threads");
    tcase_add_test(t, thirty_two_threads_share_a_desk_in_memory);
    tcase_add_test(t, thirty_two_threads_share_a_desk_in_a_file);
    tcase_add_test(t, a_switch_thrown_by_another_thread_ends_the_turn_whole_or_not_at_all);
    return tap_run("desk/threads", t);
}
