/* Who may write when: work that waits is committed together, in the order in which it came. */
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/os.h"
#include "small_stack.h"
#include "sqlite_shim.h"
#include "store_contract.h"
#include "tap.h"

#define ROW_FILE 0
#define THREADS 8

static atomic_int commits; /* of transactions that hold a turn */
static atomic_bool turn_seen;

static int on_statement(unsigned kind, void *context, void *stmt, void *text) {
    (void)kind;
    (void)context;
    (void)text;
    const char *sql = sqlite3_sql(stmt);
    if (strncmp(sql, "INSERT INTO chat_messages", 25) == 0) {
        atomic_store(&turn_seen, true);
    } else if (strcmp(sql, "COMMIT") == 0 && atomic_exchange(&turn_seen, false)) {
        atomic_fetch_add(&commits, 1);
    }
    return 0;
}

static int on_connection(sqlite3 *db, char **message, const void *routines) {
    (void)message;
    (void)routines;
    return sqlite3_trace_v2(db, SQLITE_TRACE_STMT, on_statement, NULL);
}

/* ---- threads that commit while another process writes ---------------------------------------- */

struct worker {
    struct fixture *f;
    int number;
    const char *message_id;
    esi_err rc;
    int64_t ticket;
};

static void commit_one(void *context) {
    struct worker *w = context;
    struct fixture mine = *w->f;
    char session[16];
    mine.arena = (esi_arena){0};
    mine.ids = (unsigned)(w->number + 1) * 1000;
    snprintf(session, sizeof session, "s-%d", w->number);
    const esi_store_new_ticket ticket = a_ticket(&mine, session, "network");
    esi_store_turn turn = a_turn(&mine, session, 0);
    turn.ticket = &ticket;
    if (w->message_id != NULL) {
        turn.message_id = w->message_id;
    }
    esi_store_turn_result result = {0};
    w->rc = mine.ops->turn_commit(mine.store, &turn, &mine.wait, &mine.arena, &result, NULL);
    w->ticket = result.ticket_number;
    arena_clear(&mine.arena);
}

/* Starts the workers one after another while somebody else holds the file, then lets them. */
static void commit_all(struct fixture *f, struct worker workers[THREADS]) {
    struct os_thread threads[THREADS];
    sqlite3 *other = NULL;
    ck_assert_int_eq(sqlite3_open(f->url, &other), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    for (int i = 0; i < THREADS; i++) {
        workers[i].f = f;
        workers[i].number = i;
        ASSERT_OK(f, os_thread_start(&threads[i], commit_one, &workers[i], 0, &f->err));
        wait_sleep(&f->wait, 30); /* for it to queue up */
    }
    ck_assert_int_eq(sqlite3_exec(other, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(other);
    for (int i = 0; i < THREADS; i++) {
        os_thread_join(&threads[i]);
    }
}

START_TEST(turns_that_wait_are_committed_together) {
    struct fixture f;
    struct worker workers[THREADS] = {0};
    sqlite3_auto_extension((void (*)(void))on_connection);
    fixture_open(&f, ROW_FILE);
    commit_all(&f, workers);
    for (int i = 0; i < THREADS; i++) {
        ck_assert_int_eq(workers[i].rc, ESI_OK);
    }
    ck_assert_int_eq(atomic_load(&commits), 1);
    fixture_close(&f);
}
END_TEST

START_TEST(those_who_came_first_are_first) {
    struct fixture f;
    struct worker workers[THREADS] = {0};
    fixture_open(&f, ROW_FILE);
    commit_all(&f, workers);
    for (int i = 0; i < THREADS; i++) {
        ck_assert_int_eq(workers[i].rc, ESI_OK);
        ck_assert_int_eq(workers[i].ticket, workers[0].ticket + i);
    }
    fixture_close(&f);
}
END_TEST

START_TEST(a_turn_that_fails_hurts_no_other_of_its_transaction) {
    struct fixture f;
    struct worker workers[THREADS] = {0};
    fixture_open(&f, ROW_FILE);
    const esi_store_turn first = a_turn(&f, "s-0-before", 0);
    commit(&f, &first);
    workers[3].message_id = first.message_id; /* taken */
    commit_all(&f, workers);
    for (int i = 0; i < THREADS; i++) {
        char session[16];
        snprintf(session, sizeof session, "s-%d", i);
        ck_assert_int_eq(workers[i].rc != ESI_OK, i == 3);
        ck_assert_int_eq(load(&f, session, "alice").turns, i == 3 ? 0 : 1);
    }
    fixture_close(&f);
}
END_TEST

/* ---- the disk -------------------------------------------------------------------------------- */

START_TEST(a_turn_waits_for_the_disk_and_a_claim_does_not) {
    struct fixture f;
    ck_assert_int_eq(shim_install(), SQLITE_OK);
    fixture_open(&f, ROW_FILE);
    esi_session_query query = a_query("s-1", "alice");
    esi_session_view view;
    for (int i = 0; i < 3; i++) {
        query.claim = a_claim("alice", arena_printf(&f.arena, "r-%d", i), 1);
        long before = shim.syncs;
        ASSERT_OK(&f, f.ops->session_load(f.store, &query, &f.wait, &f.arena, &view, &f.err));
        ck_assert_int_eq(shim.syncs, before);
        before = shim.syncs;
        const esi_store_turn turn = a_turn(&f, "s-1", i);
        commit(&f, &turn);
        ck_assert_int_gt(shim.syncs, before);
    }
    fixture_close(&f);
}
END_TEST

/* ---- a small stack --------------------------------------------------------------------------- */

static void whole_life(void *context) {
    struct fixture *f = context;
    fixture_open(f, ROW_FILE);
    const esi_store_document d = a_document(f, "kb", 5, 1);
    const esi_store_new_ticket ticket = a_ticket(f, "s-1", "network");
    const esi_store_guardrail_event event = {fixture_id(f), "exfil", "r", "no", "x"};
    put_document(f, &d);
    for (int i = 0; i < 2; i++) {
        esi_store_turn turn = a_turn(f, "s-1", i);
        turn.ticket = &ticket;
        turn.guardrail = i == 0 ? &event : NULL;
        commit(f, &turn);
    }
    load(f, "s-1", "alice");
    ticket_of(f, ticket.id);
    metrics(f, 0, INT64_MAX);
    const esi_store_ticket_query list = {.see_all = true, .text = "vpn", .limit = 9};
    const esi_store_ticket *rows;
    const esi_store_finding *findings;
    size_t count;
    ASSERT_OK(f, f->ops->ticket_list(f->store, &list, &f->wait, &f->arena, &rows, &count, &f->err));
    ASSERT_OK(f, f->ops->check(f->store, &f->wait, &f->arena, &findings, &count, &f->err));
    fixture_close(f);
}

START_TEST(every_visit_fits_a_small_stack) {
    static struct fixture f; /* not on the stack that is measured */
    const size_t used = small_stack_run(whole_life, &f);
    ck_assert_uint_gt(used, 0);
    ck_assert_uint_le(used, SMALL_STACK_OURS);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("lease");
    tcase_add_test(t, turns_that_wait_are_committed_together);
    tcase_add_test(t, those_who_came_first_are_first);
    tcase_add_test(t, a_turn_that_fails_hurts_no_other_of_its_transaction);
    tcase_add_test(t, a_turn_waits_for_the_disk_and_a_claim_does_not);
    tcase_add_test(t, every_visit_fits_a_small_stack);
    return tap_run("store/lease", t);
}
