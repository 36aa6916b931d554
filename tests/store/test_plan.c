/* No statement of the walk looks at every row of a table that grows. The statements are overheard
 * as the store runs them, and SQLite is asked how it would run each. */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "store_contract.h"
#include "tap.h"

#define ROW_FILE 0
#define STATEMENTS_MAX 256

static struct {
    char *sql[STATEMENTS_MAX];
    size_t count;
} heard;

static int on_statement(unsigned kind, void *context, void *stmt, void *text) {
    (void)kind;
    (void)context;
    (void)text;
    const char *sql = sqlite3_sql(stmt);
    for (size_t i = 0; i < heard.count; i++) {
        if (strcmp(heard.sql[i], sql) == 0) {
            return 0;
        }
    }
    if (heard.count < STATEMENTS_MAX) {
        heard.sql[heard.count++] = strdup(sql);
    }
    return 0;
}

static int on_connection(sqlite3 *db, char **message, const void *routines) {
    (void)message;
    (void)routines;
    return sqlite3_trace_v2(db, SQLITE_TRACE_STMT, on_statement, NULL);
}

static void listen_in(void) {
    sqlite3_auto_extension((void (*)(void))on_connection);
}

/* What was heard so far, as the schema's statements, doesn't count. */
static void forget(void) {
    while (heard.count > 0) {
        free(heard.sql[--heard.count]);
    }
}

static void has_words(sqlite3_context *context, int count, sqlite3_value **values) {
    (void)count;
    (void)values;
    sqlite3_result_int(context, 1);
}

/* Asks how a statement would run; every step of the plan that scans a table is a failure, but for
 * those that are named. */
static void check_plan(sqlite3 *db, const char *sql, const char *const *may_scan) {
    char *explain = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", sql);
    sqlite3_stmt *stmt = NULL;
    ck_assert_msg(sqlite3_prepare_v2(db, explain, -1, &stmt, NULL) == SQLITE_OK, "%s: %s", sql,
                  sqlite3_errmsg(db));
    while (sqlite3_step(stmt) == SQLITE_ROW) {
        const char *step = (const char *)sqlite3_column_text(stmt, 3);
        bool allowed = strncmp(step, "SCAN", 4) != 0 || strstr(step, "CONSTANT ROW") != NULL;
        for (size_t i = 0; may_scan[i] != NULL; i++) {
            allowed = allowed || strcmp(step, may_scan[i]) == 0;
        }
        ck_assert_msg(allowed, "%s\n  in %s", step, sql);
    }
    sqlite3_finalize(stmt);
    sqlite3_free(explain);
}

static void check_heard(const struct fixture *f, const char *const *may_scan, size_t at_least) {
    sqlite3_reset_auto_extension();
    sqlite3 *db = NULL;
    ck_assert_int_eq(sqlite3_open(f->url, &db), SQLITE_OK);
    sqlite3_create_function(db, "has_words", 3, SQLITE_UTF8, NULL, has_words, NULL, NULL);
    size_t looked_at = 0;
    for (size_t i = 0; i < heard.count; i++) {
        const char *sql = heard.sql[i];
        if (strncmp(sql, "SELECT", 6) == 0 || strncmp(sql, "UPDATE", 6) == 0 ||
            strncmp(sql, "DELETE", 6) == 0 || strncmp(sql, "INSERT", 6) == 0) {
            check_plan(db, sql, may_scan);
            looked_at++;
        }
    }
    forget();
    sqlite3_close(db);
    ck_assert_uint_ge(looked_at, at_least);
}

/* A turn with everything that a turn can have, twice, so that the second one joins. */
static void walk(struct fixture *f) {
    static const char *const ids[] = {"01990000-0000-7000-8000-000000000001"};
    const esi_store_passage *passages;
    size_t count;
    const char *remarked = NULL;
    for (int i = 0; i < 3; i++) {
        esi_session_query query = a_query("s-1", "alice");
        query.claim = a_claim("alice", arena_printf(&f->arena, "r-%d", i), 1);
        esi_session_view view;
        ASSERT_OK(f, f->ops->session_load(f->store, &query, &f->wait, &f->arena, &view, &f->err));
        ASSERT_OK(f, f->ops->kb_fetch(f->store, COLLECTION, ids, 1, &f->wait, &f->arena, &passages,
                                      &count, &f->err));
        esi_store_new_ticket ticket = a_ticket(f, "s-1", "network");
        ticket.join_user_since_ms = 1;
        const esi_store_guardrail_event event = {fixture_id(f), "exfil", "r", "no", "x"};
        esi_store_turn turn = a_turn(f, "s-1", i);
        turn.claim = query.claim;
        turn.reply = "{}";
        turn.ticket = &ticket;
        turn.guardrail = &event;
        turn.remark_ticket = remarked;
        turn.remark = "still";
        remarked = commit(f, &turn).ticket_id;
    }
    const esi_claim given_up = a_claim("alice", "r-9", 1);
    ASSERT_OK(f, f->ops->claim_release(f->store, &given_up, &f->wait, &f->err));
    load(f, "s-1", "alice");
    kb_version(f);
}

START_TEST(a_turn_scans_no_table) {
    struct fixture f;
    listen_in();
    fixture_open(&f, ROW_FILE);
    forget();
    walk(&f);
    static const char *const none[] = {NULL};
    check_heard(&f, none, 25);
    fixture_close(&f);
}
END_TEST

START_TEST(tickets_are_found_without_a_scan) {
    struct fixture f;
    listen_in();
    fixture_open(&f, ROW_FILE);
    forget();
    const esi_store_new_ticket ticket = a_ticket(&f, "s-1", "network");
    const esi_claim claim = no_claim();
    esi_store_ticket t;
    ASSERT_OK(&f, f.ops->ticket_create(f.store, &ticket, &claim, &f.wait, &f.arena, &t, &f.err));
    static const esi_ticket_status steps[] = {ESI_TICKET_RESOLVED, ESI_TICKET_OPEN};
    for (size_t i = 0; i < 2; i++) {
        const esi_store_ticket_change change = {
            .id = ticket.id, .has_status = true, .status = steps[i], .now_ms = NOW};
        ASSERT_OK(&f, f.ops->ticket_change(f.store, &change, &f.wait, &f.arena, &t, &f.err));
    }
    ticket_of(&f, ticket.id);
    const esi_store_ticket_query lists[] = {
        {.see_all = true, .limit = 10},
        {.see_all = true, .session_id = "s-1", .limit = 10},
        {.see_all = true, .assignee = "dave", .limit = 10},
        {.see_all = true, .has_status = true, .status = ESI_TICKET_OPEN, .limit = 10},
        {.see_user = "alice", .limit = 10, .text = "vpn"},
    };
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        const esi_store_ticket *rows;
        size_t count;
        ASSERT_OK(&f,
                  f.ops->ticket_list(f.store, &lists[i], &f.wait, &f.arena, &rows, &count, &f.err));
    }
    static const char *const none[] = {NULL};
    check_heard(&f, none, 15);
    fixture_close(&f);
}
END_TEST

START_TEST(documents_are_found_without_a_scan) {
    struct fixture f;
    listen_in();
    fixture_open(&f, ROW_FILE);
    forget();
    const esi_store_document d = a_document(&f, "a", 2, 1);
    put_document(&f, &d);
    put_document(&f, &d);
    const char *const ids[] = {"a"};
    size_t removed, count;
    const esi_store_entry *entries;
    ASSERT_OK(&f, f.ops->kb_entries(f.store, COLLECTION, "/kb", &f.wait, &f.arena, &entries, &count,
                                    &f.err));
    ASSERT_OK(&f, f.ops->kb_remove(f.store, COLLECTION, ids, 1, NOW, &f.wait, &removed, &f.err));
    kb_version(&f);
    static const char *const none[] = {NULL};
    check_heard(&f, none, 12);
    fixture_close(&f);
}
END_TEST

START_TEST(metrics_look_at_their_range_only) {
    struct fixture f;
    listen_in();
    fixture_open(&f, ROW_FILE);
    forget();
    metrics(&f, NOW, NOW + 1);
    /* the sessions that were found in the range */
    static const char *const found[] = {"SCAN m", NULL};
    check_heard(&f, found, 6);
    fixture_close(&f);
}
END_TEST

START_TEST(a_purge_looks_at_what_is_old_only) {
    struct fixture f;
    listen_in();
    fixture_open(&f, ROW_FILE);
    forget();
    const esi_store_purge purge = {.before_ms = NOW, .limit = 10, .now_ms = NOW};
    const esi_store_count *counts;
    size_t count;
    bool more;
    ASSERT_OK(&f, f.ops->purge(f.store, &purge, &f.wait, &f.arena, &counts, &count, &more, &f.err));
    /* what waits to be told, and documents that are gone: neither grows for long */
    static const char *const few[] = {"SCAN outbox", "SCAN kb_removed", NULL};
    check_heard(&f, few, 11);
    fixture_close(&f);
}
END_TEST

START_TEST(an_erasure_finds_sessions_and_tickets_by_the_person) {
    struct fixture f;
    listen_in();
    fixture_open(&f, ROW_FILE);
    forget();
    const esi_store_count *counts;
    size_t count;
    ASSERT_OK(&f, f.ops->erase(f.store, "alice", &f.wait, &f.arena, &counts, &count, &f.err));
    /* where a name may stand in what others' tickets tell, and what is kept for two days */
    static const char *const all[] = {"SCAN ticket_events", "SCAN idempotency", NULL};
    check_heard(&f, all, 13);
    fixture_close(&f);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("plan");
    tcase_add_test(t, a_turn_scans_no_table);
    tcase_add_test(t, tickets_are_found_without_a_scan);
    tcase_add_test(t, documents_are_found_without_a_scan);
    tcase_add_test(t, metrics_look_at_their_range_only);
    tcase_add_test(t, a_purge_looks_at_what_is_old_only);
    tcase_add_test(t, an_erasure_finds_sessions_and_tickets_by_the_person);
    return tap_run("store/plan", t);
}
