/* One connection: reached, lost, copied to: store/pg_conn, pg_reach. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "pg_one.h"
#include "pg_proxy.h"
#include "tap.h"

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

START_TEST(a_transaction_that_failed_is_not_committed_in_silence) {
    begin();
    const esi_wait wait = seconds(20);
    MUST(pg_conn_begin(conn, "BEGIN", &wait, err));
    MUST(run_sql(conn, "INSERT INTO t VALUES (1)", err));
    ck_assert_int_eq(run_sql(conn, "SELECT 1/0", NULL), ESI_EINTERNAL);
    ck_assert_int_eq(pg_conn_exec(conn, "COMMIT", &wait, &said), ESI_EINTERNAL);
    ck_assert_int_eq(number_of(conn, "SELECT count(*) FROM t"), 0);
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
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
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

/* How many came to a port that nobody serves. */
static int callers(int fd) {
    int count = 0;
    for (;;) {
        const int caller = accept(fd, NULL, NULL);
        if (caller < 0) {
            return count;
        }
        close(caller);
        count++;
    }
}

START_TEST(the_host_that_was_reached_last_is_tried_first) {
    int fd;
    atomic_int last = 0;
    target = target_of(
        two_hosts(silent_port(&fd, true), port_of(getenv("ESI_TEST_PG")), "connect_timeout=1"));
    target.last = &last;
    pg_conn_close(connect_to(&target));
    ck_assert_int_eq(atomic_load(&last), 1);
    ck_assert_int_eq(callers(fd), 1);
    conn = connect_to(&target);
    ck_assert_int_eq(callers(fd), 0);
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
    tcase_add_test(t, a_lost_connection_is_told);
    tcase_add_test(t, a_cut_in_any_place_is_told);
    tcase_add_test(t, an_idle_connection_that_was_ended_is_dead);
    tcase_add_test(t, a_transaction_that_failed_is_not_committed_in_silence);
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
