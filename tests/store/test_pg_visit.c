/* Steps sent and answered together, and what their errors mean: store/pg_visit, pg_fail. */
#include "pg_one.h"
#include "pg_proxy.h"
#include "tap.h"

/* ---- a visit ------------------------------------------------------------------------------- */

START_TEST(a_visit_is_one_transaction) {
    begin();
    const struct pg_step steps[] = {
        {"INSERT INTO t VALUES (1)", NULL, NULL},
        {"SELECT 1/0", NULL, NULL},
        {"INSERT INTO t VALUES (2)", NULL, NULL},
    };
    const esi_wait wait = seconds(20);
    ck_assert_int_eq(pg_conn_run(conn, steps, 3, &wait, &said), ESI_EINTERNAL);
    ck_assert_str_eq(said.sqlstate, "22012");
    ck_assert_int_eq(number_of(conn, "SELECT count(*) FROM t"), 0);
    end();
}
END_TEST

START_TEST(each_step_has_its_answer) {
    begin();
    struct pg_args one = args_of(NULL), two = args_of(NULL);
    args_int(&one, 1);
    args_int(&two, 2);
    static const char insert[] = "INSERT INTO t VALUES ($1), ($1 + 10)";
    struct pg_rows first = {0}, second = {0}, all = {0};
    const struct pg_step steps[] = {{insert, &one, &first},
                                    {insert, &two, &second},
                                    {"SELECT n FROM t ORDER BY n", NULL, &all}};
    const esi_wait wait = seconds(20);
    MUST(pg_conn_run(conn, steps, 3, &wait, err));
    ck_assert_int_eq(first.changed, 2);
    ck_assert_uint_eq(second.count, 0);
    ck_assert_uint_eq(all.count, 4);
    ck_assert_int_eq(rows_int(&all, 3, 0), 12);
    rows_clear(&first);
    rows_clear(&second);
    rows_clear(&all);
    end();
}
END_TEST

START_TEST(a_failed_visit_leaves_no_rows) {
    begin();
    struct pg_rows rows = {0};
    const struct pg_step steps[] = {{"SELECT 1", NULL, &rows}, {"SELECT 1/0", NULL, NULL}};
    const esi_wait wait = seconds(20);
    ck_assert_int_eq(pg_conn_run(conn, steps, 2, &wait, NULL), ESI_EINTERNAL);
    ck_assert_ptr_null(rows.result);
    ck_assert_int_eq(number_of(conn, "SELECT 5"), 5);
    end();
}
END_TEST

START_TEST(what_fails_at_the_commit_fails_the_visit) {
    begin();
    MUST(run_sql(conn, "CREATE TEMP TABLE c (n bigint REFERENCES t DEFERRABLE INITIALLY DEFERRED)",
                 err));
    ck_assert_int_eq(run_sql(conn, "INSERT INTO c VALUES (9)", &said), ESI_EINTERNAL);
    ck_assert_str_eq(said.sqlstate, "23503");
    ck_assert_int_eq(number_of(conn, "SELECT count(*) FROM c"), 0);
    end();
}
END_TEST

START_TEST(much_goes_both_ways_at_once) {
    enum { SIZE = 4 << 20, STEPS = 6 };
    begin();
    char *text = malloc(SIZE + 1);
    ck_assert_ptr_nonnull(text);
    memset(text, 'x', SIZE);
    text[SIZE] = '\0';
    struct pg_args args = args_of(NULL);
    args_text(&args, text);
    struct pg_rows rows[STEPS] = {{0}};
    struct pg_step steps[STEPS];
    for (int i = 0; i < STEPS; i++) {
        steps[i] = (struct pg_step){"SELECT $1 || 'y'", &args, &rows[i]};
    }
    const esi_wait wait = seconds(60);
    MUST(pg_conn_run(conn, steps, STEPS, &wait, err));
    for (int i = 0; i < STEPS; i++) {
        size_t size;
        (void)rows_bytes(&rows[i], 0, 0, &size);
        ck_assert_uint_eq(size, SIZE + 1);
        rows_clear(&rows[i]);
    }
    free(text);
    end();
}
END_TEST

/* ---- prepared statements ------------------------------------------------------------------- */

START_TEST(statements_are_prepared_once_in_the_same_trip) {
    struct pg_proxy *proxy = proxy_start(port_of(getenv("ESI_TEST_PG")));
    char url[128];
    snprintf(url, sizeof url, "postgres://desk_owner@127.0.0.1:%d/esi?sslmode=disable",
             proxy_port(proxy));
    begin_at(url);
    static const char sql[] = "SELECT 1";
    (void)number_of(conn, sql);
    const struct proxy_counts first = proxy_count(proxy);
    for (int i = 0; i < 5; i++) {
        (void)number_of(conn, sql);
    }
    const struct proxy_counts after = proxy_count(proxy);
    ck_assert_int_gt(first.named, 0);
    ck_assert_int_eq(after.named, first.named);
    ck_assert_int_eq(after.trips - first.trips, 5);
    ck_assert_int_eq(first.trips, 2); /* one when it was made */
    end();
    proxy_stop(proxy);
}
END_TEST

START_TEST(a_statement_that_was_not_prepared_for_an_error_is_later) {
    begin();
    static const char later[] = "SELECT 41 + 1";
    const struct pg_step steps[] = {{"SELECT 1/0", NULL, NULL}, {later, NULL, NULL}};
    const esi_wait wait = seconds(20);
    ck_assert_int_eq(pg_conn_run(conn, steps, 2, &wait, NULL), ESI_EINTERNAL);
    ck_assert_int_eq(number_of(conn, later), 42);
    ck_assert_int_eq(number_of(conn, later), 42);
    end();
}
END_TEST

START_TEST(a_statement_that_cannot_be_prepared_can_when_it_is_right) {
    begin();
    static const char sql[] = "SELECT n FROM later";
    ck_assert_int_eq(run_sql(conn, sql, &said), ESI_EUNAVAILABLE);
    ck_assert_str_eq(said.sqlstate, "42P01");
    ck_assert_ptr_nonnull(strstr(said.message, "esihelp migrate"));
    MUST(run_sql(conn, "CREATE TEMP TABLE later (n int)", err));
    ck_assert_int_eq(number_of(conn, sql), -1);
    end();
}
END_TEST

START_TEST(statements_that_the_server_forgot_are_prepared_anew) {
    begin();
    static const char sql[] = "INSERT INTO t VALUES ((SELECT count(*) FROM t))";
    MUST(run_sql(conn, sql, err));
    MUST(run_sql(conn, "DEALLOCATE ALL", err));
    MUST(run_sql(conn, sql, err));
    ck_assert_int_eq(number_of(conn, "SELECT count(*) FROM t"), 2);
    end();
}
END_TEST

START_TEST(a_table_that_changed_under_a_statement_is_read_anew) {
    begin();
    static const char sql[] = "SELECT * FROM t";
    MUST(run_sql(conn, "INSERT INTO t VALUES (4)", err));
    ck_assert_int_eq(number_of(conn, sql), 4);
    MUST(run_sql(conn, "ALTER TABLE t ADD COLUMN more int", err));
    ck_assert_int_eq(number_of(conn, sql), 4);
    end();
}
END_TEST

START_TEST(names_are_kept_or_not_as_it_is_wished) {
    static const int32_t wishes[] = {-1, 0, 1};
    for (size_t i = 0; i < 3; i++) {
        target = target_of(getenv("ESI_TEST_PG"));
        target.prepare = wishes[i];
        conn = connect_to(&target);
        ck_assert(!pg_conn_server(conn)->behind_pooler);
        ck_assert_int_eq(pg_conn_server(conn)->prepares, wishes[i] >= 0);
        (void)number_of(conn, "SELECT 1");
        /* this statement, and the one that bounds it */
        ck_assert_int_eq(number_of(conn, "SELECT count(*) FROM pg_prepared_statements"),
                         wishes[i] >= 0 ? 3 : 0);
        end();
    }
}
END_TEST

/* ---- behind a pooler ----------------------------------------------------------------------- */

START_TEST(a_pooler_is_noticed_and_visits_go_through_it) {
    target = target_of(getenv("ESI_TEST_PGBOUNCER"));
    struct pg_conn *conns[4];
    for (int i = 0; i < 4; i++) {
        conns[i] = connect_to(&target);
        ck_assert(pg_conn_server(conns[i])->behind_pooler);
        ck_assert(!pg_conn_server(conns[i])->prepares);
    }
    for (int i = 0; i < 40; i++) {
        ck_assert_int_eq(number_of(conns[i % 4], "SELECT 7"), 7);
        /* what bounds a visit ends with it, and doesn't reach the pooler's next client */
        const esi_wait wait = seconds(20);
        MUST(pg_conn_exec(conns[i % 4],
                          "DO $$BEGIN ASSERT current_setting('statement_timeout') = "
                          "'0'; END$$",
                          &wait, err));
    }
    for (int i = 0; i < 4; i++) {
        pg_conn_close(conns[i]);
    }
    pg_target_clear(&target);
}
END_TEST

START_TEST(a_pooler_keeps_a_transaction_together) {
    begin_at(getenv("ESI_TEST_PGBOUNCER"));
    const esi_wait wait = seconds(20);
    MUST(pg_conn_begin(conn, "BEGIN", &wait, err));
    const int64_t pid = number_of(conn, "SELECT pg_backend_pid()");
    ck_assert_int_eq(number_of(conn, "SELECT pg_backend_pid()"), pid);
    ck_assert_int_ge(number_of(conn, "SELECT setting::int FROM pg_settings WHERE name = "
                                     "'idle_in_transaction_session_timeout'"),
                     10000);
    MUST(pg_conn_exec(conn, "COMMIT", &wait, err));
    end();
}
END_TEST

/* ---- errors -------------------------------------------------------------------------------- */

static const struct {
    const char *state;
    esi_err code;
    bool breaks;
} states[] = {
    {"ES001", ESI_ECONFLICT, false},    {"ES002", ESI_ENOTFOUND, false},
    {"ES003", ESI_EINPROGRESS, false},  {"ES004", ESI_EMISMATCH, false},
    {"ES005", ESI_EDIM, false},         {"ES006", ESI_EINVAL, false},
    {"ES007", ESI_ETOOBIG, false},      {"57P01", ESI_EUNAVAILABLE, true},
    {"57P03", ESI_EUNAVAILABLE, true},  {"08006", ESI_EUNAVAILABLE, true},
    {"53300", ESI_EUNAVAILABLE, true},  {"53100", ESI_ENOSPC, false},
    {"57014", ESI_ETIMEOUT, false},     {"40001", ESI_ECONFLICT, false},
    {"40P01", ESI_ECONFLICT, false},    {"25006", ESI_EUNAVAILABLE, true},
    {"42501", ESI_EUNAVAILABLE, false}, {"42883", ESI_EUNAVAILABLE, false},
    {"22021", ESI_EENCODING, false},    {"XX001", ESI_ECORRUPT, false},
    {"58030", ESI_EIO, false},          {"P0001", ESI_EINTERNAL, false},
};

START_TEST(a_state_has_its_code) {
    begin();
    char sql[200];
    snprintf(sql, sizeof sql,
             "DO $$BEGIN RAISE EXCEPTION 'ticket 12 is open' USING ERRCODE = '%s', DETAIL = "
             "'hunter2'; END$$",
             states[_i].state);
    const esi_wait wait = seconds(20);
    ck_assert_int_eq(pg_conn_exec(conn, sql, &wait, &said), states[_i].code);
    ck_assert_str_eq(said.sqlstate, states[_i].state);
    ck_assert_int_eq(said.retry_after_ms > 0, states[_i].code == ESI_EUNAVAILABLE);
    ck_assert_ptr_null(strstr(said.message, "hunter2"));
    if (strncmp(states[_i].state, "ES", 2) == 0) {
        ck_assert_str_eq(said.message, "ticket 12 is open");
    } else {
        ck_assert_ptr_nonnull(strstr(said.message, states[_i].state));
    }
    ck_assert_int_eq(pg_conn_is_dead(conn), states[_i].breaks);
    end();
}
END_TEST

START_TEST(rows_and_texts_are_no_part_of_a_message) {
    static const char *const wrong[] = {
        "INSERT INTO t VALUES (1, 'hunter2'), (1, 'hunter2')", "SELECT 'hunter2'::uuid",
        "SELECT ('hunter2' || n)::int FROM generate_series(1, 2) n"};
    begin();
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        ck_assert_int_eq(run_sql(conn, wrong[i], &said), ESI_EINTERNAL);
        ck_assert_ptr_null(strstr(said.message, "hunter2"));
    }
    end();
}
END_TEST

START_TEST(a_missing_right_is_named) {
    const esi_wait wait = seconds(20);
    begin_at(getenv("ESI_TEST_PG"));
    MUST(pg_conn_exec(conn,
                      "CREATE TABLE IF NOT EXISTS hidden (n int); "
                      "REVOKE ALL ON hidden FROM PUBLIC, desk_serve",
                      &wait, err));
    end();
    begin_at(getenv("ESI_TEST_PG_SERVE"));
    ck_assert_int_eq(run_sql(conn, "SELECT n FROM hidden", &said), ESI_EUNAVAILABLE);
    ck_assert_str_eq(said.sqlstate, "42501");
    ck_assert_ptr_nonnull(strstr(said.message, "permission denied for table hidden"));
    end();
}
END_TEST

/* ---- time and switches --------------------------------------------------------------------- */

START_TEST(the_server_gives_up_a_little_before_the_wait_does) {
    begin();
    const esi_wait wait = wait_for_ms(400, NULL);
    const struct pg_step step = {"SELECT pg_sleep(30)", NULL, NULL};
    ck_assert_int_eq(pg_conn_run(conn, &step, 1, &wait, &said), ESI_ETIMEOUT);
    ck_assert_str_eq(said.sqlstate, "57014");
    ck_assert_int_eq(number_of(conn, "SELECT 1"), 1); /* it is of further use */
    end();
}
END_TEST

START_TEST(a_statement_has_a_bound_of_its_own) {
    target = target_of(getenv("ESI_TEST_PG"));
    target.statement_ms = 100;
    conn = connect_to(&target);
    ck_assert_int_eq(run_sql(conn, "SELECT pg_sleep(10)", &said), ESI_ETIMEOUT);
    end();
}
END_TEST

START_TEST(a_wait_that_is_over_sends_nothing) {
    begin();
    const esi_wait wait = wait_for_ms(0, NULL);
    const struct pg_step step = {"INSERT INTO t VALUES (1)", NULL, NULL};
    ck_assert_int_eq(pg_conn_run(conn, &step, 1, &wait, &said), ESI_ETIMEOUT);
    ck_assert_int_eq(number_of(conn, "SELECT count(*) FROM t"), 0);
    end();
}
END_TEST

START_TEST(a_switch_ends_a_visit_at_once) {
    begin();
    esi_cancel *cancel = esi_cancel_create();
    struct os_thread thread;
    MUST(os_thread_start(&thread, fire_soon, cancel, 0, err));
    const esi_wait wait = wait_for_ms(20000, cancel);
    const struct pg_step step = {"SELECT pg_sleep(10)", NULL, NULL};
    const int64_t before_ns = esi_clock_ns();
    ck_assert_int_eq(pg_conn_run(conn, &step, 1, &wait, &said), ESI_ECANCELLED);
    ck_assert_int_lt(esi_clock_ns() - before_ns, 5000 * NS_PER_MS);
    ck_assert(pg_conn_is_dead(conn));
    ck_assert_int_eq(run_sql(conn, "SELECT 1", NULL), ESI_EUNAVAILABLE);
    os_thread_join(&thread);
    esi_cancel_free(cancel);
    end();
}
END_TEST

START_TEST(a_switch_that_was_thrown_too_late_wakes_no_later_visit) {
    begin();
    esi_cancel *cancel = esi_cancel_create();
    const esi_wait wait = wait_for_ms(20000, cancel);
    const struct pg_step step = {"SELECT 1", NULL, NULL};
    MUST(pg_conn_run(conn, &step, 1, &wait, err));
    esi_cancel_fire(cancel);
    ck_assert_int_eq(pg_conn_run(conn, &step, 1, &wait, NULL), ESI_ECANCELLED);
    ck_assert_int_eq(number_of(conn, "SELECT 1"), 1);
    esi_cancel_free(cancel);
    end();
}
END_TEST

START_TEST(a_silent_network_ends_with_the_wait) {
    struct pg_proxy *proxy = proxy_start(port_of(getenv("ESI_TEST_PG")));
    char url[128];
    snprintf(url, sizeof url, "postgres://desk_owner@127.0.0.1:%d/esi?sslmode=disable",
             proxy_port(proxy));
    begin_at(url);
    proxy_stall(proxy, true);
    const esi_wait wait = wait_for_ms(150, NULL);
    const struct pg_step step = {"SELECT 1", NULL, NULL};
    ck_assert_int_eq(pg_conn_run(conn, &step, 1, &wait, &said), ESI_ETIMEOUT);
    ck_assert(pg_conn_is_dead(conn));
    end();
    proxy_stop(proxy);
}
END_TEST

int main(void) {
    if (pg_missing() != NULL) {
        return tap_skip(pg_missing());
    }
    TCase *t = tcase_create("pg_visit");
    tcase_add_test(t, a_visit_is_one_transaction);
    tcase_add_test(t, each_step_has_its_answer);
    tcase_add_test(t, a_failed_visit_leaves_no_rows);
    tcase_add_test(t, what_fails_at_the_commit_fails_the_visit);
    tcase_add_test(t, much_goes_both_ways_at_once);
    tcase_add_test(t, statements_are_prepared_once_in_the_same_trip);
    tcase_add_test(t, a_statement_that_was_not_prepared_for_an_error_is_later);
    tcase_add_test(t, a_statement_that_cannot_be_prepared_can_when_it_is_right);
    tcase_add_test(t, statements_that_the_server_forgot_are_prepared_anew);
    tcase_add_test(t, a_table_that_changed_under_a_statement_is_read_anew);
    tcase_add_test(t, names_are_kept_or_not_as_it_is_wished);
    tcase_add_test(t, a_pooler_is_noticed_and_visits_go_through_it);
    tcase_add_test(t, a_pooler_keeps_a_transaction_together);
    tcase_add_loop_test(t, a_state_has_its_code, 0, sizeof states / sizeof *states);
    tcase_add_test(t, rows_and_texts_are_no_part_of_a_message);
    tcase_add_test(t, a_missing_right_is_named);
    tcase_add_test(t, the_server_gives_up_a_little_before_the_wait_does);
    tcase_add_test(t, a_statement_has_a_bound_of_its_own);
    tcase_add_test(t, a_wait_that_is_over_sends_nothing);
    tcase_add_test(t, a_switch_ends_a_visit_at_once);
    tcase_add_test(t, a_switch_that_was_thrown_too_late_wakes_no_later_visit);
    tcase_add_test(t, a_silent_network_ends_with_the_wait);
    return tap_run("store/pg_visit", t);
}
