/* pg_one.h: the one connection that each test of a file is about. */
#ifndef ESIHELP_TESTS_PG_ONE_H
#define ESIHELP_TESTS_PG_ONE_H

#include <stdlib.h>

#include "pg_fixture.h"

static struct pg_target target;
static struct pg_conn *conn;
static esi_error said; /* on it */

static inline void begin_at(const char *url) {
    target = target_of(url);
    conn = connect_to(&target);
    memset(&said, 0, sizeof said);
}

/* On the tests' server, with a table t of its own. */
static inline void begin(void) {
    begin_at(getenv("ESI_TEST_PG"));
    MUST(run_sql(conn, "CREATE TEMP TABLE t (n bigint PRIMARY KEY, x text)", err));
}

static inline void end(void) {
    pg_conn_close(conn);
    pg_target_clear(&target);
}

#endif
