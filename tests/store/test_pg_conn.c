/* One connection and its visits: store/pg_conn, pg_reach, pg_visit, pg_fail. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/os.h"
#include "pg_fixture.h"
#include "pg_proxy.h"
#include "tap.h"

static struct pg_target target;
static struct pg_conn *conn;
static esi_error said;

static void begin_at(const char *url) {
    target = target_of(url);
    conn = connect_to(&target);
    memset(&said, 0, sizeof said);
}

static void begin(void) {
    begin_at(getenv("ESI_TEST_PG"));
    MUST(run_sql(conn, "CREATE TEMP TABLE t (n bigint PRIMARY KEY, x text)", err));
}

static void end(void) {
    pg_conn_close(conn);
    pg_target_clear(&target);
}

/* The server's port, which stands at the URL's end. */
static int port_of(const char *url) {
    return (int)strtol(strrchr(url, ':') + 1, NULL, 10);
}

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

static void fire_soon(void *cancel) {
    os_sleep(esi_clock_ns() + 50 * NS_PER_MS);
    esi_cancel_fire(cancel);
}

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

/* ---- losses -------------------------------------------------------------------------------- */

START_TEST(a_lost_connection_is_told) {
    begin();
    ck_assert_int_eq(run_sql(conn, "SELECT pg_terminate_backend(pg_backend_pid())", &said),
                     ESI_EUNAVAILABLE);
    ck_assert(said.retryable && said.retry_after_ms > 0);
    ck_assert_str_eq(said.sqlstate, "57P01");
    ck_assert(pg_conn_is_dead(conn));
    end();
}
END_TEST

START_TEST(a_cut_in_any_place_is_told) {
    static const enum proxy_cut cuts[] = {CUT_BEFORE, CUT_MIDDLE, CUT_AFTER, CUT_ANSWERED};
    struct pg_proxy *proxy = proxy_start(port_of(getenv("ESI_TEST_PG")));
    char url[128];
    snprintf(url, sizeof url, "postgres://desk_owner@127.0.0.1:%d/esi?sslmode=disable",
             proxy_port(proxy));
    for (int i = 0; i < 16; i++) {
        begin_at(url);
        proxy_cut_message(proxy, i / 4 + 1, cuts[i % 4]);
        ck_assert_int_eq(run_sql(conn, "SELECT 1", &said), ESI_EUNAVAILABLE);
        ck_assert(pg_conn_is_dead(conn));
        end();
        proxy_cut_message(proxy, 0, CUT_BEFORE);
    }
    proxy_stop(proxy);
}
END_TEST

START_TEST(an_idle_connection_that_was_ended_is_dead) {
    begin();
    ck_assert(!pg_conn_is_dead(conn));
    pg_control("sql main postgres SELECT pg_terminate_backend(%lld)",
               (long long)number_of(conn, "SELECT pg_backend_pid()"));
    for (int i = 0; i < 500 && !pg_conn_is_dead(conn); i++) {
        os_sleep(esi_clock_ns() + 10 * NS_PER_MS);
    }
    ck_assert(pg_conn_is_dead(conn));
    end();
}
END_TEST

/* ---- copies -------------------------------------------------------------------------------- */

#define COPY_HEAD "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0"

struct pieces {
    int rows, sent;
    esi_err end; /* what `next` answers after the rows */
    char bytes[64];
};

/* The n-th row, of one column; the head before the first, the tail after the last. */
static esi_err next_piece(void *context, const void **out, size_t *out_size, esi_error *e) {
    struct pieces *p = context;
    size_t size = 0;
    if (p->sent == 0) {
        memcpy(p->bytes, COPY_HEAD, 19);
        size = 19;
    }
    if (p->sent < p->rows) {
        const uint8_t row[] = {
            0, 1, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, (uint8_t)(p->sent >> 8), (uint8_t)p->sent};
        memcpy(p->bytes + size, row, sizeof row);
        size += sizeof row;
    } else if (p->end != ESI_OK) {
        return esi_fail(e, p->end, "test", "no more");
    } else if (p->sent == p->rows) {
        memcpy(p->bytes + size, "\xff\xff", 2);
        size += 2;
    }
    p->sent++;
    *out = p->bytes;
    *out_size = size;
    return ESI_OK;
}

static const char copy_sql[] = "COPY t (n) FROM STDIN (FORMAT binary)";

START_TEST(rows_are_copied_between_visits) {
    begin();
    const esi_wait wait = seconds(20);
    struct pieces pieces = {.rows = 5000};
    ck_assert_int_eq(number_of(conn, "SELECT count(*) FROM t"), 0);
    MUST(pg_conn_begin(conn, "BEGIN", &wait, err));
    MUST(pg_conn_copy(conn, copy_sql, next_piece, &pieces, &wait, err));
    ck_assert_int_eq(number_of(conn, "SELECT count(*) FROM t"), 5000);
    MUST(pg_conn_exec(conn, "COMMIT", &wait, err));
    ck_assert_int_eq(number_of(conn, "SELECT count(*) FROM t"), 5000);
    end();
}
END_TEST

START_TEST(a_copy_that_is_given_up_leaves_nothing) {
    begin();
    const esi_wait wait = seconds(20);
    struct pieces pieces = {.rows = 100, .end = ESI_ETOOBIG};
    ck_assert_int_eq(pg_conn_copy(conn, copy_sql, next_piece, &pieces, &wait, &said), ESI_ETOOBIG);
    ck_assert_str_eq(said.origin, "test");
    ck_assert_int_eq(number_of(conn, "SELECT count(*) FROM t"), 0);
    end();
}
END_TEST

START_TEST(a_copy_that_the_server_refuses_says_why) {
    begin();
    const esi_wait wait = seconds(20);
    MUST(run_sql(conn, "INSERT INTO t VALUES (7)", err));
    struct pieces pieces = {.rows = 20000};
    ck_assert_int_eq(pg_conn_copy(conn, copy_sql, next_piece, &pieces, &wait, &said),
                     ESI_EINTERNAL);
    ck_assert_str_eq(said.sqlstate, "23505");
    ck_assert_int_eq(number_of(conn, "SELECT count(*) FROM t"), 1);
    end();
}
END_TEST

/* ---- reaching a server --------------------------------------------------------------------- */

/* A port of this machine that takes connections and never says a word; -1: one that takes none. */
static int silent_port(int *out_fd, bool listens) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(fd, (const struct sockaddr *)&at, size), 0);
    ck_assert(!listens || listen(fd, 16) == 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&at, &size), 0);
    *out_fd = fd;
    return ntohs(at.sin_port);
}

static char *two_hosts(int first, int second, const char *rest) {
    static char url[256];
    snprintf(url, sizeof url, "postgres://desk_owner@127.0.0.1:%d,127.0.0.1:%d/esi?%s", first,
             second, rest);
    return url;
}

START_TEST(a_host_that_does_not_answer_leaves_time_for_the_next) {
    int fd;
    const int port = port_of(getenv("ESI_TEST_PG"));
    const int64_t before_ns = esi_clock_ns();
    begin_at(two_hosts(silent_port(&fd, true), port, "connect_timeout=1"));
    ck_assert_int_ge(esi_clock_ns() - before_ns, 900 * NS_PER_MS);
    ck_assert_int_eq(number_of(conn, "SELECT inet_server_port()"), port);
    end();
    close(fd);
}
END_TEST

START_TEST(the_host_that_was_reached_last_is_tried_first) {
    int fd;
    atomic_int last = 0;
    target = target_of(
        two_hosts(silent_port(&fd, true), port_of(getenv("ESI_TEST_PG")), "connect_timeout=1"));
    target.last = &last;
    pg_conn_close(connect_to(&target));
    ck_assert_int_eq(atomic_load(&last), 1);
    const int64_t before_ns = esi_clock_ns();
    conn = connect_to(&target);
    ck_assert_int_lt(esi_clock_ns() - before_ns, 900 * NS_PER_MS);
    end();
    close(fd);
}
END_TEST

START_TEST(a_host_that_refuses_is_passed_over) {
    int fd;
    begin_at(two_hosts(silent_port(&fd, false), port_of(getenv("ESI_TEST_PG")), ""));
    ck_assert_int_eq(number_of(conn, "SELECT 1"), 1);
    end();
    close(fd);
}
END_TEST

static esi_err fail_to_connect(const char *url, int64_t wait_ms) {
    target = target_of(url);
    memset(&said, 0, sizeof said);
    const esi_wait wait = wait_for_ms(wait_ms, NULL);
    const esi_err rc = pg_conn_open(&target, &wait, &conn, &said);
    pg_target_clear(&target);
    ck_assert_ptr_null(strstr(said.message, "hunter2"));
    return rc;
}

START_TEST(what_cannot_be_reached_says_so) {
    int refusing, silent;
    const int port = port_of(getenv("ESI_TEST_PG"));
    char url[256];
    snprintf(url, sizeof url, "postgres://u:hunter2@127.0.0.1:%d/esi",
             silent_port(&refusing, false));
    ck_assert_int_eq(fail_to_connect(url, 5000), ESI_EUNAVAILABLE);
    ck_assert_int_gt(said.retry_after_ms, 0);
    snprintf(url, sizeof url, "postgres://u:hunter2@127.0.0.1:%d/esi", silent_port(&silent, true));
    ck_assert_int_eq(fail_to_connect(url, 150), ESI_EUNAVAILABLE);
    snprintf(url, sizeof url, "postgres://nobody:hunter2@127.0.0.1:%d/esi", port);
    ck_assert_int_eq(fail_to_connect(url, 5000), ESI_EAUTH);
    ck_assert_str_eq(said.sqlstate, "28000");
    snprintf(url, sizeof url, "postgres://desk_owner:hunter2@127.0.0.1:%d/nosuch", port);
    ck_assert_int_eq(fail_to_connect(url, 5000), ESI_ENOTFOUND);
    ck_assert_str_eq(said.sqlstate, "3D000");
    ck_assert_ptr_nonnull(strstr(said.message, "/nosuch"));
    close(refusing);
    close(silent);
}
END_TEST

START_TEST(a_database_that_takes_nobody_may_take_somebody_later) {
    char url[256];
    pg_control("sql main postgres CREATE DATABASE shut TEMPLATE template0");
    pg_control("sql main postgres ALTER DATABASE shut ALLOW_CONNECTIONS false");
    snprintf(url, sizeof url, "%s", pg_control("url main owner shut"));
    ck_assert_int_eq(fail_to_connect(url, 5000), ESI_EUNAVAILABLE);
    ck_assert_str_eq(said.sqlstate, "55000");
    pg_control("sql main postgres DROP DATABASE shut");
}
END_TEST

START_TEST(a_switch_ends_reaching_a_silent_host) {
    int fd;
    char url[128];
    snprintf(url, sizeof url, "postgres://u@127.0.0.1:%d/esi", silent_port(&fd, true));
    target = target_of(url);
    esi_cancel *cancel = esi_cancel_create();
    struct os_thread thread;
    MUST(os_thread_start(&thread, fire_soon, cancel, 0, err));
    const esi_wait wait = wait_for_ms(20000, cancel);
    ck_assert_int_eq(pg_conn_open(&target, &wait, &conn, &said), ESI_ECANCELLED);
    os_thread_join(&thread);
    esi_cancel_free(cancel);
    pg_target_clear(&target);
    close(fd);
}
END_TEST

START_TEST(a_database_in_another_encoding_is_refused) {
    char url[256];
    pg_control("sql main postgres CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE "
               "'C' TEMPLATE template0");
    snprintf(url, sizeof url, "%s", pg_control("url main super latin"));
    ck_assert_int_eq(fail_to_connect(url, 5000), ESI_EUNSUPPORTED);
    ck_assert_ptr_nonnull(strstr(said.message, "UTF8"));
    pg_control("sql main postgres DROP DATABASE latin");
}
END_TEST

START_TEST(a_standby_is_for_those_who_only_read) {
    char both[256];
    pg_control("standby s async");
    snprintf(both, sizeof both, "%s", pg_control("url s owner esi main"));
    both[strcspn(both, "?")] = '\0';
    char alone[256];
    snprintf(alone, sizeof alone, "%s", pg_control("url s owner esi"));
    ck_assert_int_eq(fail_to_connect(alone, 5000), ESI_EUNAVAILABLE);
    ck_assert_ptr_nonnull(strstr(said.message, "standby"));
    begin_at(both);
    ck_assert(!pg_conn_server(conn)->is_standby);
    end();
    target = target_of(both);
    target.may_be_standby = true;
    conn = connect_to(&target);
    ck_assert(pg_conn_server(conn)->is_standby);
    ck_assert_int_eq(run_sql(conn, "CREATE TABLE x (n int)", &said), ESI_EREADONLY);
    end();
    char url[300];
    static const char *const wishes[] = {"primary", "read-write", "standby", "read-only",
                                         "prefer-standby"};
    for (int i = 0; i < 5; i++) {
        snprintf(url, sizeof url, "%s?target_session_attrs=%s", both, wishes[i]);
        begin_at(url);
        ck_assert_int_eq(pg_conn_server(conn)->is_standby, i >= 2);
        end();
    }
    snprintf(url, sizeof url, "%s?target_session_attrs=prefer-standby", getenv("ESI_TEST_PG"));
    begin_at(url);
    ck_assert(!pg_conn_server(conn)->is_standby);
    end();
}
END_TEST

START_TEST(what_a_server_is_like_is_known) {
    begin();
    const struct pg_server *server = pg_conn_server(conn);
    ck_assert_int_ge(server->version, 150000);
    ck_assert(!server->is_standby);
    ck_assert_int_lt(llabs(server->clock_ms), 2000);
    end();
}
END_TEST

int main(void) {
    if (pg_missing() != NULL) {
        return tap_skip(pg_missing());
    }
    TCase *t = tcase_create("pg_conn");
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
    tcase_add_test(t, a_lost_connection_is_told);
    tcase_add_test(t, a_cut_in_any_place_is_told);
    tcase_add_test(t, an_idle_connection_that_was_ended_is_dead);
    tcase_add_test(t, rows_are_copied_between_visits);
    tcase_add_test(t, a_copy_that_is_given_up_leaves_nothing);
    tcase_add_test(t, a_copy_that_the_server_refuses_says_why);
    tcase_add_test(t, a_host_that_does_not_answer_leaves_time_for_the_next);
    tcase_add_test(t, the_host_that_was_reached_last_is_tried_first);
    tcase_add_test(t, a_host_that_refuses_is_passed_over);
    tcase_add_test(t, what_cannot_be_reached_says_so);
    tcase_add_test(t, a_database_that_takes_nobody_may_take_somebody_later);
    tcase_add_test(t, a_switch_ends_reaching_a_silent_host);
    tcase_add_test(t, a_database_in_another_encoding_is_refused);
    tcase_add_test(t, a_standby_is_for_those_who_only_read);
    tcase_add_test(t, what_a_server_is_like_is_known);
    return tap_run("store/pg_conn", t);
}
