/* Who may use which connection when, and what becomes of visits whose connection is lost. */
#include <stdlib.h>

#include "base/cancel.h"
#include "pg_fixture.h"
#include "pg_proxy.h"
#include "tap.h"

static struct pg_db *db;
static esi_error said;
static atomic_int warnings;

static void on_log(const esi_log_entry *entry, void *context) {
    (void)context;
    ck_assert_str_eq(entry->origin, "store/postgres");
    ck_assert_ptr_null(strstr(entry->message, "hunter2"));
    if (entry->level == ESI_LOG_WARN) {
        atomic_fetch_add(&warnings, 1);
    }
}

static void begin_at(const char *url, size_t max) {
    struct pg_target target = target_of(url);
    target.log.fn = on_log;
    MUST(pg_db_create(&target, max, &db, err));
    pg_target_clear(&target);
    memset(&said, 0, sizeof said);
}

static void begin(size_t max) {
    begin_at(getenv("ESI_TEST_PG"), max);
}

static void end(void) {
    pg_db_free(db);
}

static esi_err visit(enum pg_again again, const char *sql, int64_t wait_ms) {
    const esi_wait wait = wait_for_ms(wait_ms, NULL);
    const struct pg_step step = {sql, NULL, NULL};
    return pg_visit(db, again, &step, 1, &wait, &said);
}

static void good_visit(enum pg_again again, const char *sql) {
    ck_assert_msg(visit(again, sql, 20000) == ESI_OK, "%s: %s", sql, said.message);
}

static struct pg_conn *lease(void) {
    const esi_wait wait = seconds(20);
    struct pg_conn *conn = NULL;
    MUST(pg_lease(db, &wait, &conn, err));
    return conn;
}

/* ---- leases -------------------------------------------------------------------------------- */

START_TEST(connections_are_made_when_they_are_wanted_and_kept) {
    begin(3);
    ck_assert_uint_eq(pg_db_state(db).open, 0);
    good_visit(PG_ONCE, "SELECT 1");
    good_visit(PG_ONCE, "SELECT 1");
    struct pg_pool_state state = pg_db_state(db);
    ck_assert(state.max == 3 && state.open == 1 && state.idle == 1 && state.waiting == 0);
    struct pg_conn *one = lease(), *two = lease();
    ck_assert_uint_eq(pg_db_state(db).open, 2);
    pg_return(db, one, ESI_OK);
    pg_return(db, two, ESI_OK);
    ck_assert_uint_eq(pg_db_state(db).idle, 2);
    end();
}
END_TEST

START_TEST(a_full_pool_is_told_when_the_wait_ends) {
    begin(1);
    struct pg_conn *conn = lease();
    const int64_t before_ns = esi_clock_ns();
    ck_assert_int_eq(visit(PG_AGAIN, "SELECT 1", 100), ESI_EUNAVAILABLE);
    ck_assert_int_ge(esi_clock_ns() - before_ns, 90 * NS_PER_MS);
    ck_assert(said.retryable && said.retry_after_ms > 0);
    ck_assert_int_eq(pg_db_state(db).refused, 1);
    pg_return(db, conn, ESI_OK);
    good_visit(PG_AGAIN, "SELECT 1");
    end();
}
END_TEST

START_TEST(a_connection_inside_a_transaction_is_closed) {
    begin(1);
    const esi_wait wait = seconds(20);
    struct pg_conn *conn = lease();
    MUST(pg_conn_begin(conn, "BEGIN", &wait, err));
    pg_return(db, conn, ESI_OK);
    ck_assert_uint_eq(pg_db_state(db).open, 0);
    end();
}
END_TEST

/* ---- losses -------------------------------------------------------------------------------- */

/* Ends every server process of our role but the one that asks. */
static void end_all(void) {
    pg_control("sql main postgres SELECT count(pg_terminate_backend(pid, 5000)) FROM "
               "pg_stat_activity WHERE usename = 'desk_owner'");
}

START_TEST(dead_idle_connections_are_found_without_asking_and_all_at_once) {
    begin(4);
    struct pg_conn *conns[4];
    for (int i = 0; i < 4; i++) {
        conns[i] = lease();
    }
    for (int i = 0; i < 4; i++) {
        pg_return(db, conns[i], ESI_OK);
    }
    end_all();
    ck_assert_uint_eq(pg_db_state(db).idle, 4);
    good_visit(PG_ONCE, "SELECT 1");
    const struct pg_pool_state state = pg_db_state(db);
    ck_assert(state.open == 1 && state.idle == 1 && state.reconnects >= 1);
    end();
}
END_TEST

START_TEST(a_visit_may_be_lost_and_run_again) {
    struct pg_proxy *proxy = proxy_start(port_of(getenv("ESI_TEST_PG")));
    char url[128];
    snprintf(url, sizeof url, "postgres://desk_owner@127.0.0.1:%d/esi?sslmode=disable",
             proxy_port(proxy));
    begin_at(url, 2);
    good_visit(PG_AGAIN, "SELECT 1");
    proxy_cut_trip(proxy, 1, CUT_ANSWERED);
    good_visit(PG_AGAIN, "SELECT 1");
    ck_assert_int_eq(pg_db_state(db).retried, 1);
    proxy_cut_trip(proxy, 1, CUT_ANSWERED);
    ck_assert_int_eq(visit(PG_ONCE, "SELECT 1", 20000), ESI_EUNAVAILABLE);
    ck_assert_int_eq(pg_db_state(db).retried, 1);
    good_visit(PG_ONCE, "SELECT 1");
    end();
    proxy_stop(proxy);
}
END_TEST

START_TEST(what_the_server_undid_for_another_is_run_again_in_any_case) {
    begin(1);
    good_visit(PG_ONCE, "CREATE SEQUENCE tries");
    static const char sql[] = "DO $$BEGIN IF nextval('tries') < 3 THEN RAISE EXCEPTION 'x' USING "
                              "ERRCODE = '40001'; END IF; END$$";
    good_visit(PG_ONCE, sql);
    ck_assert_int_eq(pg_db_state(db).retried, 2);
    good_visit(PG_ONCE, "DROP SEQUENCE tries");
    end();
}
END_TEST

START_TEST(an_error_is_not_run_again) {
    begin(1);
    ck_assert_int_eq(visit(PG_AGAIN, "SELECT 1/0", 20000), ESI_EINTERNAL);
    ck_assert_int_eq(visit(PG_COMMIT, "SELECT nosuch()", 20000), ESI_EUNAVAILABLE);
    ck_assert_int_eq(pg_db_state(db).retried, 0);
    ck_assert_uint_eq(pg_db_state(db).idle, 1);
    end();
}
END_TEST

START_TEST(a_commit_that_was_sent_goes_on) {
    begin(1);
    esi_cancel *cancel = esi_cancel_create();
    struct os_thread thread;
    good_visit(PG_AGAIN, "SELECT 1");
    MUST(os_thread_start(&thread, fire_soon, cancel, 0, err));
    const esi_wait wait = wait_for_ms(100, cancel);
    const struct pg_step step = {"SELECT pg_sleep(0.3)", NULL, NULL};
    MUST(pg_visit(db, PG_COMMIT, &step, 1, &wait, err));
    os_thread_join(&thread);
    ck_assert_int_eq(pg_visit(db, PG_COMMIT, &step, 1, &wait, &said), ESI_ECANCELLED);
    esi_cancel_free(cancel);
    end();
}
END_TEST

START_TEST(a_commit_whose_end_is_not_known_is_not_said_to_be_undone) {
    struct pg_proxy *proxy = proxy_start(port_of(getenv("ESI_TEST_PG")));
    char url[128];
    snprintf(url, sizeof url, "postgres://desk_owner@127.0.0.1:%d/esi?sslmode=disable",
             proxy_port(proxy));
    begin_at(url, 1);
    good_visit(PG_AGAIN, "SELECT 1");
    proxy_stall(proxy, true);
    ck_assert_int_eq(visit(PG_COMMIT, "SELECT 1", 100), ESI_EUNAVAILABLE);
    proxy_stall(proxy, false);
    good_visit(PG_COMMIT, "SELECT 1");
    end();
    proxy_stop(proxy);
}
END_TEST

/* ---- a server that is away ----------------------------------------------------------------- */

START_TEST(a_server_that_comes_back_is_waited_for) {
    begin(2);
    good_visit(PG_AGAIN, "SELECT 1");
    pg_control("stop main immediate");
    const int before = atomic_load(&warnings);
    ck_assert_int_eq(visit(PG_AGAIN, "SELECT 1", 300), ESI_EUNAVAILABLE);
    ck_assert(said.retryable && said.retry_after_ms > 0);
    ck_assert_int_gt(atomic_load(&warnings), before);
    /* nobody tries while everybody rests */
    const int64_t before_ns = esi_clock_ns();
    ck_assert_int_eq(visit(PG_AGAIN, "SELECT 1", 1), ESI_EUNAVAILABLE);
    ck_assert_int_lt(esi_clock_ns() - before_ns, 2000 * NS_PER_MS);
    pg_control("start main");
    good_visit(PG_AGAIN, "SELECT 1");
    ck_assert_uint_eq(pg_db_state(db).open, 1);
    end();
}
END_TEST

START_TEST(nobody_waits_for_a_replica) {
    struct pg_target target = target_of("postgres://u@127.0.0.1:9/esi");
    target.hasty = true;
    MUST(pg_db_create(&target, 1, &db, err));
    pg_target_clear(&target);
    const int64_t before_ns = esi_clock_ns();
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(visit(PG_AGAIN, "SELECT 1", 20000), ESI_EUNAVAILABLE);
    }
    ck_assert_int_lt(esi_clock_ns() - before_ns, 15000 * NS_PER_MS);
    end();
}
END_TEST

START_TEST(a_database_that_is_renamed_away_may_come_back) {
    char url[256], name[64];
    snprintf(name, sizeof name, "%s", fresh_database("template1"));
    snprintf(url, sizeof url, "%s", pg_control("url main owner %s", name));
    begin_at(url, 1);
    good_visit(PG_AGAIN, "SELECT 1");
    end_all();
    pg_control("rename %s %s_away", name, name);
    ck_assert_int_eq(visit(PG_AGAIN, "SELECT 1", 3000), ESI_EUNAVAILABLE);
    ck_assert_msg(strcmp(said.sqlstate, "3D000") == 0, "%s", said.message);
    pg_control("rename %s_away %s", name, name);
    good_visit(PG_AGAIN, "SELECT 1");
    end();
    pg_control("drop %s", name);
}
END_TEST

START_TEST(a_server_that_was_never_reached_is_not_waited_for) {
    begin_at("postgres://u@127.0.0.1:9/esi", 1);
    const int64_t before_ns = esi_clock_ns();
    ck_assert_int_eq(visit(PG_AGAIN, "SELECT 1", 20000), ESI_EUNAVAILABLE);
    ck_assert_int_lt(esi_clock_ns() - before_ns, 15000 * NS_PER_MS);
    end();
}
END_TEST

START_TEST(a_database_that_was_never_there_is_not_found) {
    char url[256];
    snprintf(url, sizeof url, "%s", pg_control("url main owner nosuch"));
    begin_at(url, 1);
    ck_assert_int_eq(visit(PG_AGAIN, "SELECT 1", 20000), ESI_ENOTFOUND);
    end();
}
END_TEST

START_TEST(a_demoted_server_is_left) {
    begin(1);
    struct pg_conn *conn = lease();
    MUST(run_sql(conn, "SET default_transaction_read_only = on", err));
    pg_return(db, conn, ESI_OK);
    good_visit(PG_AGAIN, "CREATE TABLE demoted (n int)"); /* on another connection */
    ck_assert_int_eq(pg_db_state(db).retried, 1);
    good_visit(PG_AGAIN, "DROP TABLE demoted");
    end();
}
END_TEST

START_TEST(a_store_that_is_read_only_is_so_at_the_server) {
    struct pg_target target = target_of(getenv("ESI_TEST_PG"));
    target.read_only = target.may_be_standby = true;
    MUST(pg_db_create(&target, 1, &db, err));
    pg_target_clear(&target);
    ck_assert_int_eq(visit(PG_AGAIN, "CREATE TABLE x (n int)", 20000), ESI_EREADONLY);
    const esi_wait wait = seconds(20);
    struct pg_conn *conn = lease();
    MUST(pg_conn_begin(conn, "BEGIN", &wait, err));
    ck_assert_int_eq(pg_conn_exec(conn, "CREATE TABLE x (n int)", &wait, &said), ESI_EREADONLY);
    pg_return(db, conn, ESI_EREADONLY);
    good_visit(PG_AGAIN, "SELECT 1");
    end();
}
END_TEST

/* ---- many threads -------------------------------------------------------------------------- */

enum { THREADS = 16, VISITS = 40 };
static atomic_int done, failed;

static void visit_often(void *context) {
    (void)context;
    for (int i = 0; i < VISITS; i++) {
        const esi_wait wait = seconds(60);
        struct pg_rows rows = {0};
        struct pg_args args = args_of(NULL);
        args_int(&args, i);
        const struct pg_step step = {"SELECT $1 + 1", &args, &rows};
        esi_error why = {0};
        if (pg_visit(db, PG_AGAIN, &step, 1, &wait, &why) != ESI_OK ||
            rows_int(&rows, 0, 0) != i + 1) {
            atomic_fetch_add(&failed, 1);
        }
        rows_clear(&rows);
        atomic_fetch_add(&done, 1);
    }
}

START_TEST(threads_share_few_connections_that_are_ended_all_the_time) {
    begin(3);
    struct os_thread threads[THREADS];
    atomic_store(&done, 0);
    atomic_store(&failed, 0);
    for (int i = 0; i < THREADS; i++) {
        MUST(os_thread_start(&threads[i], visit_often, NULL, 128 * 1024, err));
    }
    while (atomic_load(&done) < THREADS * VISITS) {
        end_all();
        os_sleep(esi_clock_ns() + 20 * NS_PER_MS);
    }
    for (int i = 0; i < THREADS; i++) {
        os_thread_join(&threads[i]);
    }
    ck_assert_int_eq(atomic_load(&failed), 0);
    ck_assert_uint_le(pg_db_state(db).open, 3);
    end();
}
END_TEST

int main(void) {
    if (pg_missing() != NULL) {
        return tap_skip(pg_missing());
    }
    TCase *t = tcase_create("pg_pool");
    tcase_add_test(t, connections_are_made_when_they_are_wanted_and_kept);
    tcase_add_test(t, a_full_pool_is_told_when_the_wait_ends);
    tcase_add_test(t, a_connection_inside_a_transaction_is_closed);
    tcase_add_test(t, dead_idle_connections_are_found_without_asking_and_all_at_once);
    tcase_add_test(t, a_visit_may_be_lost_and_run_again);
    tcase_add_test(t, what_the_server_undid_for_another_is_run_again_in_any_case);
    tcase_add_test(t, an_error_is_not_run_again);
    tcase_add_test(t, a_commit_that_was_sent_goes_on);
    tcase_add_test(t, a_commit_whose_end_is_not_known_is_not_said_to_be_undone);
    tcase_add_test(t, a_server_that_comes_back_is_waited_for);
    tcase_add_test(t, nobody_waits_for_a_replica);
    tcase_add_test(t, a_database_that_is_renamed_away_may_come_back);
    tcase_add_test(t, a_server_that_was_never_reached_is_not_waited_for);
    tcase_add_test(t, a_database_that_was_never_there_is_not_found);
    tcase_add_test(t, a_demoted_server_is_left);
    tcase_add_test(t, a_store_that_is_read_only_is_so_at_the_server);
    tcase_add_test(t, threads_share_few_connections_that_are_ended_all_the_time);
    return tap_run("store/pg_pool", t);
}
