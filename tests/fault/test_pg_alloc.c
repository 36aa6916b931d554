/* Memory runs out in any place of the PostgreSQL store's connections: it is told, nothing is lost
 * or left behind, and the next call goes right. Our own allocations, and libpq's, too. */
#include <stdlib.h>

#include "fail_alloc.h"
#include "store/pg_fixture.h"
#include "tap.h"

#define LIMIT 5000 /* allocations of one piece of work: far more than there are */

static struct pg_target target;
static struct pg_db *db;

/* Where libpq can't allocate the end of an answer, it waits for another. */
#define SHORT_MS 1000
#define LONG_MS 20000
static int64_t patience_ms = LONG_MS;

/* Work that is done again and again, each time with another allocation failing. */
typedef esi_err (*work_fn)(esi_error *err);

static esi_err connect_and_ask(esi_error *err) {
    const esi_wait wait = wait_for_ms(patience_ms, NULL);
    struct pg_conn *conn = NULL;
    esi_err rc = pg_conn_open(&target, &wait, &conn, err);
    if (rc != ESI_OK) {
        return rc;
    }
    static const char *const texts[] = {"a", "b"};
    static const float vector[] = {1, 2, 3};
    esi_arena arena = {0};
    struct pg_rows rows = {0};
    struct pg_args args = args_of(&arena);
    args_texts(&args, texts, 2);
    args_vector(&args, vector, 3);
    const struct pg_step steps[] = {{"SELECT $1[2], $2::vector", &args, &rows},
                                    {"SELECT 1", NULL, NULL}};
    rc = pg_conn_run(conn, steps, 2, &wait, err);
    if (rc == ESI_OK) {
        (void)rows_text(&rows, 0, 0, &arena);
        rc = rows_ok(&rows, err);
    }
    rows_clear(&rows);
    if (rc == ESI_OK) {
        rc = pg_conn_begin(conn, "BEGIN", &wait, err);
    }
    pg_conn_close(conn);
    arena_clear(&arena);
    return rc;
}

static esi_err visit_a_pool(esi_error *err) {
    const esi_wait wait = wait_for_ms(patience_ms, NULL);
    const struct pg_step step = {"SELECT 1", NULL, NULL};
    struct pg_db *own = NULL;
    esi_err rc = pg_db_create(&target, 2, &own, err);
    if (rc == ESI_OK) {
        rc = pg_visit(own, PG_ONCE, &step, 1, &wait, err);
    }
    pg_db_free(own);
    return rc;
}

static esi_err read_a_url(esi_error *err) {
    struct pg_target own = {0};
    const esi_err rc = pg_target_set_url(
        &own, "postgresql+psycopg2://u:a/b@/d?host=a:1&host=b:2&server_side_cursors=1", err);
    pg_target_clear(&own);
    return rc;
}

static esi_err see_the_schema(esi_error *err) {
    const esi_wait wait = wait_for_ms(patience_ms, NULL);
    struct pg_conn *conn = NULL;
    struct pg_schema_state state;
    esi_err rc = pg_lease(db, &wait, &conn, err);
    if (rc == ESI_OK) {
        rc = pg_schema_state(conn, PG_PART_KB, &wait, &state, err);
        if (rc == ESI_OK) {
            rc = pg_schema_fit(conn, PG_PART_KB, false, &wait, err);
            rc = rc == ESI_EUNAVAILABLE ? ESI_OK : rc; /* it is empty */
        }
        pg_return(db, conn, rc);
    }
    return rc;
}

static const struct {
    work_fn work;
    bool reaches; /* what libpq can't allocate may look like a server that can't be reached */
} works[] = {
    {read_a_url, false}, {connect_and_ask, true}, {visit_a_pool, true}, {see_the_schema, true}};

static void begin(void) {
    char url[256]; /* the libraries of Kerberos don't survive it */
    snprintf(url, sizeof url, "%s?gssencmode=disable", getenv("ESI_TEST_PG"));
    target = target_of(url);
    MUST(pg_db_create(&target, 1, &db, err));
    const esi_wait wait = seconds(20);
    const struct pg_step step = {"SELECT 1", NULL, NULL};
    MUST(pg_visit(db, PG_ONCE, &step, 1, &wait, err)); /* one that was reached is waited for */
}

static void end(void) {
    pg_db_free(db);
    pg_target_clear(&target);
}

START_TEST(our_own_allocations_fail_one_by_one) {
    begin();
    bool failed = true;
    for (size_t n = 1; failed && n < LIMIT; n++) {
        esi_error said = {0};
        fail_own_arm(n);
        const esi_err rc = works[_i].work(&said);
        failed = fail_own_disarm();
        ck_assert_msg(rc == (failed ? ESI_ENOMEM : ESI_OK), "allocation %zu: %d %s", n, (int)rc,
                      said.message);
    }
    ck_assert(!failed);
    end();
}
END_TEST

START_TEST(all_allocations_fail_one_by_one) {
    begin();
    bool failed = true;
    patience_ms = SHORT_MS;
    for (size_t n = 1; failed && n < LIMIT; n++) {
        esi_error said = {0};
        fail_all_arm(n);
        const esi_err rc = works[_i].work(&said);
        failed = fail_all_disarm();
        ck_assert_msg(rc == ESI_OK || rc == ESI_ENOMEM || rc == ESI_EIO ||
                          ((rc == ESI_EUNAVAILABLE || rc == ESI_ETIMEOUT) && works[_i].reaches),
                      "allocation %zu: %d %s", n, (int)rc, said.message);
    }
    ck_assert(!failed);
    patience_ms = LONG_MS;
    MUST(works[_i].work(err));
    end();
}
END_TEST

int main(int argc, char **argv) {
    (void)argc;
    if (pg_missing() != NULL) {
        return tap_skip(pg_missing());
    }
    const bool all = fail_all_preload(argv);
    TCase *t = tcase_create("pg_alloc");
    tcase_add_loop_test(t, our_own_allocations_fail_one_by_one, 0, sizeof works / sizeof *works);
    if (all) {
        tcase_add_loop_test(t, all_allocations_fail_one_by_one, 0, sizeof works / sizeof *works);
    }
    return tap_run("fault/pg_alloc", t);
}
