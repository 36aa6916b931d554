#include "pg_crowd.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "tap.h"

#define ASKERS 50
#define SOME 100 /* turns: enough for everybody to be in the middle of something */
#define TURNS_A_SESSION 8
#define REQUEST_MAX 48
#define ID_SIZE 37
#define WRONG_MAX 8
#define LATE_MS 20000 /* how much later than its deadline a call may end on a busy machine */

struct ack {
    char request[REQUEST_MAX];
    char message[ID_SIZE];
};

struct asker {
    struct crowd *crowd;
    pthread_t thread;
    int number;
    struct ack *acks;
    size_t count, max;
    char wrong[600]; /* the first thing that may not be */
};

struct crowd {
    esi_desk *desk;
    atomic_bool stop, may_lose;
    atomic_llong acknowledged, failed;
    int count;
    struct asker askers[];
};

static const char *const questions[] = {
    "The printer reports a paper jam",
    "My badge is not read at the door",
    "Which paper may be used?",
    "How do I read the other team's files?",
    "I held it flat twice, it is not read",
    "The whole class lost its work, the range is down",
    "How do I bake bread?",
    "It works now, thanks!",
};

#define QUESTIONS (sizeof questions / sizeof *questions)

/* ---- an asker ------------------------------------------------------------------------------ */

static void say_wrong(struct asker *a, const char *request, const char *what,
                      const esi_error *err) {
    if (a->wrong[0] == '\0') {
        snprintf(a->wrong, sizeof a->wrong, "%s: %s (%s, %s)", request, what,
                 esi_err_name(err->code), err->message);
    }
}

/* A call that failed: with an error that lets it be repeated, and no later than it should. A claim
 * that couldn't be given back is found until its lease ends; and a session that lost a turn since
 * it was loaded is another one. */
static void judge_failure(struct asker *a, const char *request, esi_err rc, const esi_error *err,
                          bool repeated) {
    const bool lost = rc == ESI_ECONFLICT && atomic_load(&a->crowd->may_lose);
    const bool may =
        rc == ESI_EUNAVAILABLE || rc == ESI_ETIMEOUT || lost || (repeated && rc == ESI_EINPROGRESS);
    if (!may) {
        say_wrong(a, request, "failed with another code", err);
    } else if ((!err->retryable && !lost) || err->code != rc) {
        say_wrong(a, request, "the error doesn't say that it may be repeated", err);
    }
}

static bool remember(struct asker *a, const char *request, const esi_reply *reply) {
    if (a->count == a->max) {
        const size_t max = a->max == 0 ? 64 : a->max * 2;
        struct ack *grown = realloc(a->acks, max * sizeof *grown);
        if (grown == NULL) {
            return false;
        }
        a->acks = grown;
        a->max = max;
    }
    struct ack *ack = &a->acks[a->count++];
    snprintf(ack->request, sizeof ack->request, "%s", request);
    snprintf(ack->message, sizeof ack->message, "%s", reply->message_id);
    return true;
}

static esi_err ask_once(struct asker *a, const char *request, size_t turn, esi_reply **out,
                        esi_error *err) {
    char session[32];
    char user[16];
    snprintf(session, sizeof session, "s-%d-%zu", a->number, turn / TURNS_A_SESSION);
    snprintf(user, sizeof user, "u-%d", a->number);
    esi_chat_request r = ESI_CHAT_REQUEST_INIT;
    r.session_id = session;
    r.user_id = user;
    r.request_id = request;
    r.message = questions[(turn + (size_t)a->number) % QUESTIONS];
    const esi_wait late = wait_for_ms(DEADLINE_MS + LATE_MS, NULL);
    const esi_err rc = esi_chat_ask(a->crowd->desk, &r, out, err);
    if (wait_over(&late)) {
        say_wrong(a, request, "hung", err);
    }
    return rc;
}

/* Asks until there is an answer. */
static bool ask_through(struct asker *a, size_t turn) {
    const esi_wait wait = wait_for_ms(PATIENCE_MS, NULL);
    char request[REQUEST_MAX];
    bool unsure = false; /* a call failed of which nobody knows whether it was written */
    snprintf(request, sizeof request, "r-%d-%zu", a->number, turn);
    for (int tries = 0; !wait_over(&wait); tries++) {
        esi_error err = {0};
        esi_reply *reply = NULL;
        const esi_err rc = ask_once(a, request, turn, &reply, &err);
        if (rc == ESI_OK) {
            const bool kept = remember(a, request, reply);
            if (reply->replayed && !unsure) {
                say_wrong(a, request, "was written by a call that said it wasn't", &err);
            }
            esi_reply_free(reply);
            atomic_fetch_add(&a->crowd->acknowledged, 1);
            return kept;
        }
        atomic_fetch_add(&a->crowd->failed, 1);
        unsure = unsure || rc == ESI_EUNAVAILABLE;
        judge_failure(a, request, rc, &err, tries > 0);
        wait_sleep(&wait,
                   err.retry_after_ms > 0 && err.retry_after_ms < 200 ? err.retry_after_ms : 100);
    }
    say_wrong(a, request, "was never answered", &(esi_error){0});
    return false;
}

/* Says again what was answered: nothing new may come of it. */
static void ask_again(struct asker *a, size_t turn) {
    esi_error err = {0};
    esi_reply *reply = NULL;
    struct ack *ack = &a->acks[turn];
    const esi_err rc = ask_once(a, ack->request, turn, &reply, &err);
    const bool may_be_anew = atomic_load(&a->crowd->may_lose);
    if (rc == ESI_OK && may_be_anew) {
        snprintf(ack->message, sizeof ack->message, "%s", reply->message_id);
    } else if (rc == ESI_OK && (!reply->replayed || strcmp(reply->message_id, ack->message) != 0)) {
        say_wrong(a, ack->request, "was answered anew", &err);
    } else if (rc != ESI_OK) {
        judge_failure(a, ack->request, rc, &err, may_be_anew);
    }
    esi_reply_free(reply);
}

static void *ask_away(void *context) {
    struct asker *a = context;
    for (size_t turn = 0; !atomic_load(&a->crowd->stop); turn++) {
        if (!ask_through(a, turn)) {
            break;
        }
        if (turn % 5 == 4) {
            ask_again(a, turn - 2);
        }
    }
    return NULL;
}

/* ---- all of them --------------------------------------------------------------------------- */

struct crowd *crowd_start(esi_desk *desk, int askers) {
    struct crowd *crowd = calloc(1, sizeof *crowd + (size_t)askers * sizeof *crowd->askers);
    ck_assert_ptr_nonnull(crowd);
    crowd->desk = desk;
    crowd->count = askers;
    for (int i = 0; i < askers; i++) {
        crowd->askers[i].crowd = crowd;
        crowd->askers[i].number = i;
        ck_assert_int_eq(
            pthread_create(&crowd->askers[i].thread, NULL, ask_away, &crowd->askers[i]), 0);
    }
    return crowd;
}

void crowd_expect_loss(struct crowd *crowd) {
    atomic_store(&crowd->may_lose, true);
}

int64_t crowd_acknowledged(const struct crowd *crowd) {
    return atomic_load(&crowd->acknowledged);
}

int64_t crowd_failed(const struct crowd *crowd) {
    return atomic_load(&crowd->failed);
}

int64_t crowd_await_ms(const struct crowd *crowd, int64_t more) {
    const esi_wait wait = wait_for_ms(PATIENCE_MS, NULL);
    const int64_t began_ns = esi_clock_ns();
    const int64_t before = crowd_acknowledged(crowd);
    while (crowd_acknowledged(crowd) < before + more) {
        ck_assert_msg(!wait_over(&wait), "%lld turns, and no more",
                      (long long)crowd_acknowledged(crowd));
        wait_sleep(&wait, 5);
    }
    return (esi_clock_ns() - began_ns) / NS_PER_MS;
}

void crowd_stop(struct crowd *crowd) {
    atomic_store(&crowd->stop, true);
    for (int i = 0; i < crowd->count; i++) {
        pthread_join(crowd->askers[i].thread, NULL);
    }
}

void crowd_check_calls(const struct crowd *crowd) {
    char wrong[WRONG_MAX * 620] = "";
    size_t n = 0;
    int count = 0;
    for (int i = 0; i < crowd->count; i++) {
        const char *one = crowd->askers[i].wrong;
        if (one[0] != '\0' && count++ < WRONG_MAX) {
            n += (size_t)snprintf(wrong + n, sizeof wrong - n, "\n  %s", one);
        }
    }
    ck_assert_msg(count == 0, "%d of %d askers:%s", count, crowd->count, wrong);
}

/* The messages' ids and their requests as an array of SQL. */
static char *list_of(const struct crowd *crowd) {
    size_t count = 0;
    for (int i = 0; i < crowd->count; i++) {
        count += crowd->askers[i].count;
    }
    const size_t max = count * (ID_SIZE + REQUEST_MAX) + 3;
    char *list = malloc(max);
    ck_assert_ptr_nonnull(list);
    size_t n = 0;
    list[n++] = '{';
    for (int i = 0; i < crowd->count; i++) {
        const struct asker *a = &crowd->askers[i];
        for (size_t k = 0; k < a->count; k++) {
            n += (size_t)snprintf(list + n, max - n, "%s%s %s", n > 1 ? "," : "",
                                  a->acks[k].message, a->acks[k].request);
        }
    }
    snprintf(list + n, max - n, "}");
    return list;
}

static int64_t find_lost(const struct crowd *crowd, PGconn *sql, bool tells) {
    char *list = list_of(crowd);
    const char *argument = list;
    PGresult *result =
        PQexecParams(sql,
                     "SELECT split_part(a, ' ', 2) FROM unnest($1::text[]) a WHERE NOT EXISTS "
                     "(SELECT 1 FROM chat_messages m WHERE m.id = split_part(a, ' ', 1)::uuid "
                     "AND from_desk)",
                     1, NULL, &argument, NULL, NULL, 0);
    ck_assert_msg(PQresultStatus(result) == PGRES_TUPLES_OK, "%s", PQerrorMessage(sql));
    const int lost = PQntuples(result);
    for (int i = 0; tells && i < lost; i++) {
        printf("%s%s%s", i == 0 ? "# acknowledged and not there: " : ", ", PQgetvalue(result, i, 0),
               i + 1 == lost ? "\n" : "");
    }
    PQclear(result);
    free(list);
    return lost;
}

int64_t crowd_report_lost(const struct crowd *crowd, PGconn *sql) {
    return find_lost(crowd, sql, true);
}

void crowd_check_rows(const struct crowd *crowd, PGconn *sql, int64_t lost) {
    const int64_t kept = crowd_acknowledged(crowd) - lost;
    ck_assert_int_eq(find_lost(crowd, sql, lost == 0), lost);
    ck_assert_int_eq(sql_int(sql, "SELECT count(*) FROM chat_messages"), 2 * kept);
    ck_assert_int_eq(sql_int(sql, "SELECT count(*) FROM idempotency WHERE done"), kept);
    check_nothing_half(sql);
    sql_until(sql,
              "SELECT (count(*) = 0)::int FROM pg_stat_activity WHERE usename = 'desk_serve' AND "
              "datname = current_database() AND state <> 'idle'",
              1);
}

void crowd_free(struct crowd *crowd) {
    for (int i = 0; i < crowd->count; i++) {
        free(crowd->askers[i].acks);
    }
    free(crowd);
}

void crowd_await_failures(const struct crowd *crowd) {
    const esi_wait wait = wait_for_ms(PATIENCE_MS, NULL);
    const int64_t until = crowd_failed(crowd) + crowd->count;
    while (crowd_failed(crowd) < until && !wait_over(&wait)) {
        wait_sleep(&wait, 10);
    }
    ck_assert_int_ge(crowd_failed(crowd), until);
}

void crowd_disturb(esi_desk *desk, PGconn *sql, void (*happen)(const struct crowd *, int round),
                   int rounds) {
    struct crowd *crowd = crowd_start(desk, ASKERS);
    (void)crowd_await_ms(crowd, SOME);
    for (int i = 0; i < rounds; i++) {
        happen(crowd, i);
        const int64_t ms = crowd_await_ms(crowd, 1);
        printf("# %lld calls failed so far; the first turn %lld ms later\n",
               (long long)crowd_failed(crowd), (long long)ms);
        (void)crowd_await_ms(crowd, SOME);
    }
    crowd_stop(crowd);
    PQreset(sql);
    crowd_check_calls(crowd);
    crowd_check_rows(crowd, sql, 0);
    crowd_free(crowd);
}
