/* Two processes on one database, each with a store of its own and many threads: nothing is lost,
 * nothing is there twice, and every table has exactly the rows that it should have. ESI_SOAK=1 runs
 * the long form. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/os.h"
#include "pg_control.h"
#include "store_contract.h"
#include "tap.h"

#define ROW_DIRECT 0
#define PROCESSES 2
#define THREADS 32 /* of each process */
#define ALL (PROCESSES * THREADS)
#define WAIT_MS 120000

static int turns_wanted(void) {
    return getenv("ESI_SOAK") != NULL ? 1000 : 320;
}

/* One thread of one of the processes; errors are told by what it leaves in `failed`. */
struct worker {
    struct fixture *f;
    int number; /* among all */
    esi_err failed;
    char said[600];
};

typedef void (*work_fn)(struct worker *w, struct fixture *mine);

struct start {
    struct worker *worker;
    work_fn work;
};

static void fail_worker(struct worker *w, esi_err rc, const struct fixture *mine) {
    if (rc != ESI_OK && w->failed == ESI_OK) {
        w->failed = rc;
        snprintf(w->said, sizeof w->said, "%s: %s", esi_err_name(rc), mine->err.message);
    }
}

static void *run_worker(void *context) {
    const struct start *start = context;
    struct fixture mine = *start->worker->f;
    mine.arena = (esi_arena){0};
    mine.ids = (unsigned)(start->worker->number + 1) * 1000000;
    start->work(start->worker, &mine);
    arena_clear(&mine.arena);
    return NULL;
}

/* Runs the threads of one process with a store of its own. */
static bool run_threads(struct fixture *f, int process, work_fn work) {
    struct worker workers[THREADS];
    struct start starts[THREADS];
    pthread_t threads[THREADS];
    bool good = true;
    for (int i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){.f = f, .number = process * THREADS + i};
        starts[i] = (struct start){&workers[i], work};
        good = good && pthread_create(&threads[i], NULL, run_worker, &starts[i]) == 0;
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        if (workers[i].failed != ESI_OK) {
            fprintf(stderr, "# process %d, thread %d: %s\n", process, i, workers[i].said);
            good = false;
        }
    }
    return good;
}

static esi_err open_own(struct fixture *f) {
    const esi_store_config config = {.size = sizeof config, .url = f->url, .wait = f->wait};
    return f->ops->open(&config, &f->store, &f->err);
}

/* The same work in two processes at once. */
static void run_both(struct fixture *f, work_fn work) {
    f->ops->close(f->store); /* no connection is carried into another process */
    f->wait = wait_for_ms(WAIT_MS, NULL);
    fflush(NULL);
    const pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        bool good = open_own(f) == ESI_OK;
        if (good) {
            good = run_threads(f, 1, work);
            f->ops->close(f->store);
        }
        _exit(good ? 0 : 1);
    }
    ASSERT_OK(f, open_own(f));
    const bool good = run_threads(f, 0, work);
    int status = -1;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(good);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static int rows_of(const struct fixture *f, const char *what) {
    return atoi(pg_control("sql main %s SELECT count(*) FROM %s", f->name, what));
}

/* ---- turns ------------------------------------------------------------------------------- */

/* Of a session's turns every fifth has a ticket, so that the second of these joins the first's, and
 * every seventh was blocked. */
static void take_turns(struct worker *w, struct fixture *mine) {
    const int all = turns_wanted();
    const int turns = all / ALL + (w->number < all % ALL ? 1 : 0);
    const char *session = arena_printf(&mine->arena, "s-%d", w->number);
    for (int i = 0; i < turns && w->failed == ESI_OK; i++) {
        esi_session_query query = a_query(session, "alice");
        query.claim =
            a_claim("alice", arena_printf(&mine->arena, "r-%d-%d", w->number, i), (uint8_t)i);
        query.claim.lease_ms = WAIT_MS;
        esi_session_view view = {0};
        fail_worker(w,
                    mine->ops->session_load(mine->store, &query, &mine->wait, &mine->arena, &view,
                                            &mine->err),
                    mine);
        esi_store_turn turn = a_turn(mine, session, view.turns);
        const esi_store_new_ticket ticket = a_ticket(mine, session, "network");
        const esi_store_guardrail_event event = {fixture_id(mine), "exfil", "r", "no", "x"};
        turn.claim = query.claim;
        turn.reply = "{}";
        turn.ticket = i % 5 == 0 ? &ticket : NULL;
        turn.guardrail = i % 7 == 3 ? &event : NULL;
        esi_store_turn_result result;
        fail_worker(w,
                    view.claim != ESI_CLAIM_NEW || view.turns != i
                        ? ESI_EINTERNAL
                        : mine->ops->turn_commit(mine->store, &turn, &mine->wait, &mine->arena,
                                                 &result, &mine->err),
                    mine);
    }
}

START_TEST(turns_of_two_processes_leave_exactly_their_rows) {
    struct fixture f;
    fixture_open(&f, ROW_DIRECT);
    run_both(&f, take_turns);
    int told = 0, blocked = 0;
    const int all = turns_wanted();
    for (int thread = 0; thread < ALL; thread++) {
        const int turns = all / ALL + (thread < all % ALL ? 1 : 0);
        told += (turns + 4) / 5;
        blocked += (turns + 3) / 7;
    }
    ck_assert_int_eq(rows_of(&f, "chat_sessions"), ALL);
    ck_assert_int_eq(rows_of(&f, "chat_messages"), 2 * all);
    ck_assert_int_eq(rows_of(&f, "kb_references"), 2 * all);
    ck_assert_int_eq(rows_of(&f, "guardrails"), blocked);
    ck_assert_int_eq(rows_of(&f, "idempotency WHERE done"), all);
    ck_assert_int_eq(rows_of(&f, "idempotency"), all);
    ck_assert_int_eq(rows_of(&f, "tickets"), ALL);
    ck_assert_int_eq(rows_of(&f, "ticket_sessions"), ALL);
    ck_assert_int_eq(rows_of(&f, "ticket_events"), told);
    ck_assert_int_eq(rows_of(&f, "outbox"), told + blocked);
    /* numbers without a gap: they are 1 to ALL */
    ck_assert_int_eq(rows_of(&f, "tickets WHERE number BETWEEN 1 AND (SELECT last FROM "
                                 "ticket_numbers)"),
                     ALL);
    ck_assert_int_eq(rows_of(&f, "ticket_numbers WHERE last = (SELECT count(*) FROM tickets)"), 1);
    ck_assert_int_eq(rows_of(&f, "chat_sessions s WHERE turns <> (SELECT count(*) FROM "
                                 "chat_messages m WHERE m.session_id = s.id AND from_desk)"),
                     0);
    fixture_close(&f);
}
END_TEST

/* ---- one request ------------------------------------------------------------------------- */

#define REQUESTS 12

/* Asks until the request is done: by itself, or by another. */
static void ask(struct worker *w, struct fixture *mine, int number) {
    const char *session = arena_printf(&mine->arena, "s-%d", number);
    esi_session_query query = a_query(session, "alice");
    query.claim = a_claim("alice", arena_printf(&mine->arena, "r-%d", number), 1);
    query.claim.lease_ms = WAIT_MS;
    const char *own = NULL;
    while (w->failed == ESI_OK) {
        esi_session_view view = {0};
        fail_worker(w,
                    mine->ops->session_load(mine->store, &query, &mine->wait, &mine->arena, &view,
                                            &mine->err),
                    mine);
        if (view.claim == ESI_CLAIM_DONE) {
            const char *expect = arena_printf(&mine->arena, "{\"request\":%d}", number);
            const bool same = own == NULL || strcmp(view.reply, own) == 0;
            if (!same || strncmp(view.reply, expect, strlen(expect) - 1) != 0) {
                fail_worker(w, ESI_EINTERNAL, mine);
            }
            return;
        }
        if (view.claim == ESI_CLAIM_NEW && own != NULL) {
            fail_worker(w, ESI_EINTERNAL, mine); /* it had been ours */
        } else if (view.claim == ESI_CLAIM_NEW) {
            own = arena_printf(&mine->arena, "{\"request\":%d,\"by\":%d}", number, w->number);
            esi_store_turn turn = a_turn(mine, session, 0);
            turn.claim = query.claim;
            turn.reply = own;
            esi_store_turn_result result;
            fail_worker(w,
                        mine->ops->turn_commit(mine->store, &turn, &mine->wait, &mine->arena,
                                               &result, &mine->err),
                        mine);
        } else {
            wait_sleep(&mine->wait, 2);
        }
    }
}

static void ask_all(struct worker *w, struct fixture *mine) {
    for (int i = 0; i < REQUESTS; i++) {
        ask(w, mine, i);
    }
}

START_TEST(a_request_that_two_processes_get_at_once_is_one_turn_with_one_reply) {
    struct fixture f;
    fixture_open(&f, ROW_DIRECT);
    run_both(&f, ask_all);
    ck_assert_int_eq(rows_of(&f, "idempotency WHERE done"), REQUESTS);
    ck_assert_int_eq(rows_of(&f, "chat_messages"), 2 * REQUESTS);
    ck_assert_int_eq(rows_of(&f, "chat_sessions WHERE turns = 1"), REQUESTS);
    fixture_close(&f);
}
END_TEST

/* ---- one session ------------------------------------------------------------------------- */

static void begin_sessions(struct worker *w, struct fixture *mine) {
    for (int i = 0; i < REQUESTS; i++) {
        esi_store_turn turn = a_turn(mine, arena_printf(&mine->arena, "s-%d", i), 0);
        const esi_store_new_ticket ticket = a_ticket(mine, turn.session_id, "network");
        turn.ticket = &ticket;
        esi_store_turn_result result;
        const esi_err rc = mine->ops->turn_commit(mine->store, &turn, &mine->wait, &mine->arena,
                                                  &result, &mine->err);
        fail_worker(w, rc == ESI_ECONFLICT ? ESI_OK : rc, mine);
    }
}

START_TEST(a_first_turn_that_two_processes_make_at_once_is_there_once) {
    struct fixture f;
    fixture_open(&f, ROW_DIRECT);
    run_both(&f, begin_sessions);
    ck_assert_int_eq(rows_of(&f, "chat_sessions WHERE turns = 1"), REQUESTS);
    ck_assert_int_eq(rows_of(&f, "chat_messages"), 2 * REQUESTS);
    ck_assert_int_eq(rows_of(&f, "tickets"), REQUESTS);
    ck_assert_int_eq(rows_of(&f, "ticket_numbers WHERE last = (SELECT max(number) FROM tickets)"),
                     1);
    fixture_close(&f);
}
END_TEST

/* ---- one person -------------------------------------------------------------------------- */

static void join_by_person(struct worker *w, struct fixture *mine) {
    esi_store_new_ticket ticket =
        a_ticket(mine, arena_printf(&mine->arena, "s-%d", w->number), "network");
    ticket.join_user_since_ms = NOW;
    const esi_claim claim = no_claim();
    esi_store_ticket t;
    fail_worker(w,
                mine->ops->ticket_create(mine->store, &ticket, &claim, &mine->wait, &mine->arena,
                                         &t, &mine->err),
                mine);
}

START_TEST(sessions_of_one_person_open_one_ticket_together) {
    struct fixture f;
    fixture_open(&f, ROW_DIRECT);
    run_both(&f, join_by_person);
    ck_assert_int_eq(rows_of(&f, "tickets WHERE version = 64"), 1);
    ck_assert_int_eq(rows_of(&f, "tickets"), 1);
    ck_assert_int_eq(rows_of(&f, "ticket_sessions"), ALL);
    ck_assert_int_eq(rows_of(&f, "ticket_events WHERE kind = 'joined'"), ALL - 1);
    ck_assert_int_eq(rows_of(&f, "outbox"), ALL);
    fixture_close(&f);
}
END_TEST

/* ---- locks ------------------------------------------------------------------------------- */

#define CATEGORIES 3

/* Turns that join one ticket of a person and remark on another, each in another order. */
static void join_and_remark(struct worker *w, struct fixture *mine) {
    static const char *const categories[CATEGORIES] = {"network", "vm", "other"};
    const char *session = arena_printf(&mine->arena, "s-%d", w->number);
    const char *tickets[CATEGORIES] = {NULL};
    for (int i = 0; i < 4 * CATEGORIES && w->failed == ESI_OK; i++) {
        const int at = (i + w->number) % CATEGORIES;
        const int other = (at + 1 + w->number % 2) % CATEGORIES;
        esi_store_turn turn = a_turn(mine, session, i);
        esi_store_new_ticket ticket = a_ticket(mine, session, categories[at]);
        ticket.join_user_since_ms = NOW;
        turn.ticket = &ticket;
        turn.remark_ticket = tickets[other];
        turn.remark = "still";
        esi_store_turn_result result = {0};
        fail_worker(w,
                    mine->ops->turn_commit(mine->store, &turn, &mine->wait, &mine->arena, &result,
                                           &mine->err),
                    mine);
        tickets[at] = result.ticket_id;
    }
}

START_TEST(turns_that_write_to_two_tickets_do_not_wait_for_each_other) {
    struct fixture f;
    fixture_open(&f, ROW_DIRECT);
    run_both(&f, join_and_remark);
    ck_assert_int_eq(rows_of(&f, "tickets"), CATEGORIES);
    ck_assert_int_eq(rows_of(&f, "chat_messages"), 2 * ALL * 4 * CATEGORIES);
    ck_assert_int_eq(rows_of(&f, "pg_stat_database WHERE datname = current_database() AND "
                                 "deadlocks > 0"),
                     0);
    fixture_close(&f);
}
END_TEST

int main(void) {
    if (pg_missing() != NULL) {
        return tap_skip(pg_missing());
    }
    TCase *t = tcase_create("pg_two");
    tcase_set_timeout(t, 300);
    tcase_add_test(t, turns_of_two_processes_leave_exactly_their_rows);
    tcase_add_test(t, a_request_that_two_processes_get_at_once_is_one_turn_with_one_reply);
    tcase_add_test(t, a_first_turn_that_two_processes_make_at_once_is_there_once);
    tcase_add_test(t, sessions_of_one_person_open_one_ticket_together);
    tcase_add_test(t, turns_that_write_to_two_tickets_do_not_wait_for_each_other);
    return tap_run("store/pg_two", t);
}
