/* What a call does when somebody else has what it needs: a lock, a connection, the server's last
 * place. It waits, and ends in time with an error that says so; and no connection is held while a
 * model talks. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <esihelp/sys/provider.h>

#include "../desk/fixture.h"
#include "base/clock.h"
#include "pg_control.h"
#include "pg_crowd.h"

#define SHORT_MS 1000 /* a call's deadline here */
#define LATE_MS 20000 /* how much later than it should a call may end on a busy machine */

static struct pg_place place;
static PGconn *sql;   /* looks on */
static PGconn *other; /* stands in the way */
static esi_desk *desk;

static void set_up(void) {
    pg_place_make(&place);
    sql = sql_open(place.super);
    other = sql_open(place.super);
}

static void tear_down(void) {
    esi_desk_close(desk);
    desk = NULL;
    PQfinish(other);
    PQfinish(sql);
}

static void open_desk(int connections) {
    esi_options options = pg_options(place.serve);
    options.deadline_ms = SHORT_MS;
    options.reserve_ms = 100;
    options.connections = connections;
    desk = pg_open(&options);
}

static const char escalates[] =
    "The printer reports a paper jam, the whole class has lost its work";

static esi_err ask_for(const char *id, int64_t deadline_ms, esi_reply **out, esi_error *err) {
    esi_chat_request r = ESI_CHAT_REQUEST_INIT;
    r.session_id = id;
    r.request_id = id;
    r.user_id = "alice";
    r.message = escalates;
    r.deadline_ms = deadline_ms;
    *out = NULL;
    return esi_chat_ask(desk, &r, out, err);
}

static void fails_in_time(const char *id) {
    esi_error err = {0};
    esi_reply *reply;
    const esi_wait late = wait_for_ms(SHORT_MS + LATE_MS, NULL);
    const esi_err rc = ask_for(id, 0, &reply, &err);
    ck_assert_msg(rc == ESI_EUNAVAILABLE || rc == ESI_ETIMEOUT, "%s: %s", esi_err_name(rc),
                  err.message);
    ck_assert_int_eq(err.code, rc);
    ck_assert(err.retryable);
    ck_assert(!wait_over(&late));
}

static void succeeds(const char *id) {
    const esi_wait wait = wait_for_ms(PATIENCE_MS, NULL);
    esi_error err = {0};
    esi_reply *reply;
    while (ask_for(id, 5000, &reply, &err) != ESI_OK) {
        ck_assert_msg(err.retryable && !wait_over(&wait), "%s: %s", esi_err_name(err.code),
                      err.message);
        wait_sleep(&wait, 50);
    }
    esi_reply_free(reply);
    ck_assert_int_eq(
        sql_int_of(sql, "SELECT count(*) FROM chat_messages WHERE session_id = $1", id), 2);
}

/* ---- locks --------------------------------------------------------------------------------- */

/* The commit, the session, the texts; with ESI_SOAK=1 also what is near. */
static const char *const locks[] = {
    "SELECT 1 FROM ticket_numbers FOR UPDATE",
    "LOCK TABLE idempotency IN ACCESS EXCLUSIVE MODE",
    "LOCK TABLE kb_sections IN ACCESS EXCLUSIVE MODE",
    "LOCK TABLE chat_messages IN ACCESS EXCLUSIVE MODE",
    "LOCK TABLE chat_sessions IN ACCESS EXCLUSIVE MODE",
    "LOCK TABLE tickets IN ACCESS EXCLUSIVE MODE",
    "LOCK TABLE outbox IN ACCESS EXCLUSIVE MODE",
};

#define LOCKS_SHORT 3
#define LOCKS (int)(sizeof locks / sizeof *locks)

static const char waiting[] = "SELECT (count(*) = 0)::int FROM pg_stat_activity WHERE datname = "
                              "current_database() AND wait_event_type = 'Lock'";

START_TEST(a_lock_that_somebody_holds_ends_the_call_in_time_and_leaves_nothing_that_waits) {
    open_desk(2);
    sql_run(other, "BEGIN");
    sql_run(other, locks[_i]);
    fails_in_time("s");
    sql_until(sql, waiting, 1); /* while the lock is still held */
    sql_run(other, "COMMIT");
    ck_assert_int_eq(sql_int(sql, "SELECT count(*) FROM chat_messages"), 0);
    succeeds("s");
    check_nothing_half(sql);
}
END_TEST

/* ---- what an administrator may have set ---------------------------------------------------- */

static const char *const limits[] = {
    "statement_timeout = '200ms'",
    "lock_timeout = '200ms'",
};

#define LIMITS (int)(sizeof limits / sizeof *limits)

static void set_role(const char *setting) {
    char statement[256];
    snprintf(statement, sizeof statement, "ALTER ROLE desk_serve IN DATABASE %s SET %s",
             place.database, setting);
    sql_run(sql, statement);
}

START_TEST(a_limit_of_the_servers_ends_the_call_with_an_error_that_lets_it_be_repeated) {
    set_role(limits[_i]);
    open_desk(2);
    sql_run(other, "BEGIN");
    sql_run(other, "LOCK TABLE chat_messages IN ACCESS EXCLUSIVE MODE");
    fails_in_time("s");
    sql_run(other, "COMMIT");
    succeeds("s");
    check_nothing_half(sql);
}
END_TEST

START_TEST(connections_that_the_server_ends_while_they_are_idle_are_made_anew) {
    set_role("idle_session_timeout = '50ms'");
    open_desk(2);
    char id[16];
    for (int i = 0; i < 5; i++) {
        snprintf(id, sizeof id, "s-%d", i);
        sql_until(sql,
                  "SELECT (count(*) = 0)::int FROM pg_stat_activity WHERE usename = 'desk_serve'",
                  1);
        esi_error err = {0};
        esi_reply *reply;
        must(ask_for(id, PATIENCE_MS, &reply, &err), &err);
        esi_reply_free(reply);
    }
    ck_assert_int_eq(sql_int(sql, "SELECT count(*) FROM chat_messages"), 10);
}
END_TEST

START_TEST(where_transactions_are_serializable_by_default_turns_still_go_through) {
    set_role("default_transaction_isolation = 'serializable'");
    esi_options options = pg_options(place.serve);
    desk = pg_open(&options);
    struct crowd *crowd = crowd_start(desk, 16);
    (void)crowd_await_ms(crowd, 200);
    crowd_stop(crowd);
    crowd_check_calls(crowd);
    crowd_check_rows(crowd, sql, 0);
    crowd_free(crowd);
}
END_TEST

/* ---- a full pool --------------------------------------------------------------------------- */

static void *stick(void *context) {
    esi_error err = {0};
    esi_reply *reply;
    const esi_err rc = ask_for(context, 60000, &reply, &err);
    esi_reply_free(reply);
    return rc == ESI_OK ? NULL : context;
}

START_TEST(a_full_pool_says_so_with_a_time_to_wait) {
    pthread_t thread;
    char stuck[] = "stuck";
    void *wrong = NULL;
    open_desk(1);
    sql_run(other, "BEGIN");
    sql_run(other, "LOCK TABLE idempotency IN ACCESS EXCLUSIVE MODE");
    ck_assert_int_eq(pthread_create(&thread, NULL, stick, stuck), 0);
    sql_until(sql,
              "SELECT count(*) FROM pg_stat_activity WHERE usename = 'desk_serve' AND "
              "wait_event_type = 'Lock'",
              1);
    esi_error err = {0};
    esi_reply *reply;
    const esi_wait late = wait_for_ms(SHORT_MS + LATE_MS, NULL);
    ck_assert_str_eq(esi_err_name(ask_for("s", SHORT_MS, &reply, &err)), "ESI_EUNAVAILABLE");
    ck_assert(!wait_over(&late));
    ck_assert(err.retryable);
    ck_assert_int_gt(err.retry_after_ms, 0);
    ck_assert_int_eq(err.http_status, 503);
    sql_run(other, "COMMIT");
    pthread_join(thread, &wrong);
    ck_assert_ptr_null(wrong);
    succeeds("s");
}
END_TEST

/* ---- a model that takes its time ----------------------------------------------------------- */

#define TALKERS 20

/* A model that answers once so many are being answered at the same time. */
struct assembly {
    pthread_mutex_t lock;
    pthread_cond_t all;
    int inside;
    bool in_vain;
};

static esi_err assembly_open(const esi_provider_config *config, esi_provider **out,
                             esi_error *err) {
    (void)err;
    *out = config->context;
    return ESI_OK;
}

static void assembly_close(esi_provider *self) {
    (void)self;
}

static void assembly_info(esi_provider *self, esi_provider_info *out) {
    (void)self;
    *out = (esi_provider_info){.name = "assembly", .chat_model = "assembly-1"};
}

static esi_err assembly_answer(esi_provider *self, const esi_answer_request *request,
                               esi_arena *arena, esi_answer *out, esi_error *err) {
    struct assembly *a = (struct assembly *)self;
    static const char text[] = "Hold the badge flat against the reader for two seconds.";
    const char **cited = esi_arena_alloc(arena, sizeof *cited);
    (void)request;
    (void)err;
    pthread_mutex_lock(&a->lock);
    a->inside++;
    pthread_cond_broadcast(&a->all);
    const esi_wait wait = wait_for_ms(PATIENCE_MS / 2, NULL);
    while (a->inside < TALKERS && !a->in_vain) {
        struct timespec soon;
        clock_gettime(CLOCK_REALTIME, &soon);
        soon.tv_sec += 1;
        pthread_cond_timedwait(&a->all, &a->lock, &soon);
        a->in_vain = a->in_vain || wait_over(&wait);
    }
    pthread_mutex_unlock(&a->lock);
    cited[0] = "s1";
    *out = (esi_answer){.text = {text, sizeof text - 1},
                        .cited = cited,
                        .cited_count = 1,
                        .has_cited = true,
                        .finish = ESI_FINISH_STOP};
    return ESI_OK;
}

static const esi_provider_ops assembly_ops = {.size = sizeof(esi_provider_ops),
                                              .name = "assembly",
                                              .open = assembly_open,
                                              .close = assembly_close,
                                              .info = assembly_info,
                                              .answer = assembly_answer};

static void *talk(void *context) {
    char id[32];
    esi_error err = {0};
    esi_reply *reply;
    snprintf(id, sizeof id, "talk-%d", *(const int *)context);
    const esi_err rc = ask_for(id, PATIENCE_MS, &reply, &err);
    esi_reply_free(reply);
    return rc == ESI_OK ? NULL : context;
}

START_TEST(with_one_connection_many_turns_talk_to_a_slow_model_at_once) {
    struct assembly assembly = {.lock = PTHREAD_MUTEX_INITIALIZER, .all = PTHREAD_COND_INITIALIZER};
    pthread_t threads[TALKERS];
    int numbers[TALKERS];
    esi_options options = pg_options(place.serve);
    options.provider = "custom";
    options.provider_ops = &assembly_ops;
    options.provider_context = &assembly;
    options.connections = 1;
    desk = pg_open(&options);
    for (int i = 0; i < TALKERS; i++) {
        numbers[i] = i;
        ck_assert_int_eq(pthread_create(&threads[i], NULL, talk, &numbers[i]), 0);
    }
    for (int i = 0; i < TALKERS; i++) {
        void *wrong = NULL;
        pthread_join(threads[i], &wrong);
        ck_assert_ptr_null(wrong);
    }
    ck_assert(!assembly.in_vain);
    ck_assert_int_eq(sql_int(sql, "SELECT count(*) FROM chat_messages WHERE model = 'assembly-1'"),
                     TALKERS);
}
END_TEST

/* ---- few places ---------------------------------------------------------------------------- */

START_TEST(more_clients_than_the_pooler_has_connections_all_go_through) {
    char name[32];
    char url[URL_MAX_SIZE];
    snprintf(name, sizeof name, "pooler%ld", (long)getpid());
    pg_control("bouncer %s default_pool_size=2", name);
    pg_place_by(&place, name, url);
    esi_options options = pg_options(url);
    options.connections = 20;
    options.deadline_ms = 30000;
    desk = pg_open(&options);
    struct crowd *crowd = crowd_start(desk, 50);
    (void)crowd_await_ms(crowd, is_soak() ? 5000 : 300);
    crowd_stop(crowd);
    crowd_check_calls(crowd);
    ck_assert_int_eq(crowd_failed(crowd), 0);
    crowd_check_rows(crowd, sql, 0);
    crowd_free(crowd);
}
END_TEST

/* Takes every place that the server has left; tells how many there were. */
static int take_places(PGconn *taken[], int max) {
    int count = 0;
    while (count < max) {
        taken[count] = PQconnectdb(place.owner);
        if (PQstatus(taken[count]) != CONNECTION_OK) {
            PQfinish(taken[count]);
            break;
        }
        count++;
    }
    return count;
}

START_TEST(a_server_without_a_place_left_is_served_by_the_connections_that_there_are) {
    PGconn *taken[100];
    esi_options options = pg_options(place.serve);
    options.connections = 8;
    desk = pg_open(&options);
    int count = take_places(taken, 100);
    struct crowd *crowd = crowd_start(desk, 20);
    (void)crowd_await_ms(crowd, 100);
    esi_desk *second = NULL;
    esi_error err = {0};
    ck_assert_str_eq(esi_err_name(esi_desk_open(&options, &second, &err)), "ESI_EUNAVAILABLE");
    ck_assert(err.retryable);
    while (count > 0) {
        PQfinish(taken[--count]);
    }
    (void)crowd_await_ms(crowd, 100);
    crowd_stop(crowd);
    crowd_check_calls(crowd);
    crowd_check_rows(crowd, sql, 0);
    crowd_free(crowd);
}
END_TEST

int main(void) {
    if (pg_missing() != NULL) {
        return tap_skip(pg_missing());
    }
    TCase *t = tcase_create("pg_wait");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_loop_test(
        t, a_lock_that_somebody_holds_ends_the_call_in_time_and_leaves_nothing_that_waits, 0,
        is_soak() ? LOCKS : LOCKS_SHORT);
    tcase_add_loop_test(
        t, a_limit_of_the_servers_ends_the_call_with_an_error_that_lets_it_be_repeated, 0, LIMITS);
    tcase_add_test(t, connections_that_the_server_ends_while_they_are_idle_are_made_anew);
    tcase_add_test(t, where_transactions_are_serializable_by_default_turns_still_go_through);
    tcase_add_test(t, a_full_pool_says_so_with_a_time_to_wait);
    tcase_add_test(t, with_one_connection_many_turns_talk_to_a_slow_model_at_once);
    tcase_add_test(t, more_clients_than_the_pooler_has_connections_all_go_through);
    tcase_add_test(t, a_server_without_a_place_left_is_served_by_the_connections_that_there_are);
    return tap_run("fault/pg_wait", t);
}
