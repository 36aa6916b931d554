/* pg_fixture.h: what the tests of the PostgreSQL store's own layers share: databases of their own,
 * connections to them, SQL in one line. One thread at a time, but for run_sql. */
#ifndef ESIHELP_TESTS_PG_FIXTURE_H
#define ESIHELP_TESTS_PG_FIXTURE_H

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/os.h"
#include "pg_control.h"
#include "store/pg_parts.h"

#define MUST(call)                                                                                 \
    do {                                                                                           \
        esi_error must_err = {0};                                                                  \
        esi_error *const err = &must_err;                                                          \
        ck_assert_msg((call) == ESI_OK, "%s: %s %s", #call, must_err.message, must_err.sqlstate);  \
    } while (0)

static inline esi_wait seconds(int64_t s) {
    return wait_for_ms(s * 1000, NULL);
}

/* A fresh database from a template; dropped with drop_database. */
static inline const char *fresh_database(const char *template) {
    static char name[64];
    static unsigned made;
    snprintf(name, sizeof name, "layer_%ld_%u", (long)getpid(), ++made);
    pg_control("create %s %s", name, template);
    return name;
}

static inline struct pg_target target_of(const char *url) {
    struct pg_target target = {0};
    MUST(pg_target_set_url(&target, url, err));
    return target;
}

static inline struct pg_conn *connect_to(const struct pg_target *target) {
    const esi_wait wait = seconds(20);
    struct pg_conn *conn = NULL;
    MUST(pg_conn_open(target, &wait, &conn, err));
    return conn;
}

/* The number that a statement without arguments answers; -1 where there is no row. */
static inline int64_t number_of(struct pg_conn *conn, const char *sql) {
    const esi_wait wait = seconds(20);
    struct pg_rows rows = {0};
    const struct pg_step step = {sql, NULL, &rows};
    MUST(pg_conn_run(conn, &step, 1, &wait, err));
    const int64_t n = rows.count > 0 ? rows_int(&rows, 0, 0) : -1;
    rows_clear(&rows);
    return n;
}

static inline esi_err run_sql(struct pg_conn *conn, const char *sql, esi_error *err) {
    const esi_wait wait = seconds(20);
    const struct pg_step step = {sql, NULL, NULL};
    return pg_conn_run(conn, &step, 1, &wait, err);
}

/* The server's port, which stands at the URL's end. */
static inline int port_of(const char *url) {
    return (int)strtol(strrchr(url, ':') + 1, NULL, 10);
}

/* A thread that throws a switch, a moment later. */
static inline void fire_soon(void *cancel) {
    os_sleep(esi_clock_ns() + 50 * NS_PER_MS);
    esi_cancel_fire(cancel);
}

#endif
