#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/os.h"
#include "store_contract.h"

#define THREADS 8
#define ROUNDS 25

/* What one thread does, and what it came to. Asserting is left to the test's own thread. */
struct worker {
    struct fixture *f;
    int number;
    atomic_int *done; /* how many of this kind succeeded */
    esi_err unexpected;
    esi_cancel *cancel;
    char session[32];
};

static void run_all(struct worker *workers, size_t count, void (*run)(void *)) {
    struct os_thread threads[THREADS];
    for (size_t i = 0; i < count; i++) {
        ck_assert_int_eq(os_thread_start(&threads[i], run, &workers[i], 0, NULL), ESI_OK);
    }
    for (size_t i = 0; i < count; i++) {
        os_thread_join(&threads[i]);
    }
}

/* A turn of its own: the fixture's arena and ids belong to the test's thread. */
static esi_err commit_one(struct worker *w, const char *session, int64_t expect, int turn) {
    char ids[3][64]; /* also for numbers that no test has */
    for (int i = 0; i < 3; i++) {
        snprintf(ids[i], sizeof ids[i], "01990000-%04d-7000-8000-%06d%06d", w->number, turn, i);
    }
    struct fixture mine = *w->f;
    mine.arena = (esi_arena){0};
    esi_store_turn t = a_turn(&mine, session, expect);
    t.user_message_id = ids[0];
    t.message_id = ids[1];
    esi_store_new_ticket ticket = a_ticket(&mine, session, "network");
    ticket.id = ids[2];
    t.ticket = turn % 5 == 0 ? &ticket : NULL;
    esi_store_turn_result result;
    const esi_err rc =
        mine.ops->turn_commit(mine.store, &t, &mine.wait, &mine.arena, &result, NULL);
    arena_clear(&mine.arena);
    return rc;
}

static void commit_own_sessions(void *context) {
    struct worker *w = context;
    for (int i = 0; i < ROUNDS; i++) {
        const esi_err rc = commit_one(w, w->session, i, i);
        if (rc == ESI_OK) {
            atomic_fetch_add(w->done, 1);
        } else {
            w->unexpected = rc;
        }
    }
}

START_TEST(turns_of_many_threads_are_all_kept) {
    struct fixture f;
    fixture_open(&f, _i);
    f.wait = wait_for_ms(60000, NULL);
    atomic_int done = 0;
    struct worker workers[THREADS];
    for (int i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){.f = &f, .number = i, .done = &done};
        snprintf(workers[i].session, sizeof workers[i].session, "s-%d", i);
    }
    run_all(workers, THREADS, commit_own_sessions);
    for (int i = 0; i < THREADS; i++) {
        ck_assert_int_eq(workers[i].unexpected, ESI_OK);
        ck_assert_int_eq(load(&f, workers[i].session, "alice").turns, ROUNDS);
    }
    const esi_store_metrics m = metrics(&f, NOW, NOW + 1);
    ck_assert_int_eq(m.messages, 2 * THREADS * ROUNDS);
    ck_assert_int_eq(m.tickets, THREADS);
    fixture_close(&f);
}
END_TEST

static void commit_one_session(void *context) {
    struct worker *w = context;
    for (int i = 0; i < ROUNDS; i++) {
        const esi_err rc = commit_one(w, "s-1", i, i);
        if (rc == ESI_OK) {
            atomic_fetch_add(w->done, 1);
        } else if (rc != ESI_ECONFLICT) {
            w->unexpected = rc;
        }
    }
}

START_TEST(one_of_many_turns_that_expect_the_same_wins) {
    struct fixture f;
    fixture_open(&f, _i);
    f.wait = wait_for_ms(60000, NULL);
    atomic_int done = 0;
    struct worker workers[THREADS];
    for (int i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){.f = &f, .number = i, .done = &done};
    }
    run_all(workers, THREADS, commit_one_session);
    for (int i = 0; i < THREADS; i++) {
        ck_assert_int_eq(workers[i].unexpected, ESI_OK);
    }
    const esi_session_view view = load(&f, "s-1", "alice");
    ck_assert_int_eq(view.turns, atomic_load(&done));
    ck_assert_int_eq(metrics(&f, NOW, NOW + 1).messages, 2 * view.turns);
    fixture_close(&f);
}
END_TEST

static void claim_same(void *context) {
    struct worker *w = context;
    for (int i = 0; i < ROUNDS; i++) {
        char request[32];
        snprintf(request, sizeof request, "r-%d", i);
        esi_session_query query = a_query("s-1", "alice");
        query.claim = a_claim("alice", request, 1);
        esi_session_view view;
        esi_arena arena = {0};
        const esi_err rc =
            w->f->ops->session_load(w->f->store, &query, &w->f->wait, &arena, &view, NULL);
        if (rc != ESI_OK) {
            w->unexpected = rc;
        } else if (view.claim == ESI_CLAIM_NEW) {
            atomic_fetch_add(w->done, 1);
        } else if (view.claim != ESI_CLAIM_BUSY) {
            w->unexpected = ESI_EINTERNAL;
        }
        arena_clear(&arena);
    }
}

START_TEST(one_of_many_calls_gets_a_claim) {
    struct fixture f;
    fixture_open(&f, _i);
    f.wait = wait_for_ms(60000, NULL);
    atomic_int done = 0;
    struct worker workers[THREADS];
    for (int i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){.f = &f, .number = i, .done = &done};
    }
    run_all(workers, THREADS, claim_same);
    for (int i = 0; i < THREADS; i++) {
        ck_assert_int_eq(workers[i].unexpected, ESI_OK);
    }
    ck_assert_int_eq(atomic_load(&done), ROUNDS);
    fixture_close(&f);
}
END_TEST

/* ---- documents that change while others read --------------------------------------------- */

static esi_err whole(const esi_store_document *d, bool gone, void *context, esi_error *err) {
    (void)err;
    bool *ok = context;
    for (size_t i = 0; !gone && i < d->section_count; i++) {
        /* every section of one document carries the mark of one upsert */
        *ok = *ok && d->sections[i].vector[0] == d->sections[0].vector[0] &&
              (float)d->section_count == d->sections[0].vector[0];
    }
    return ESI_OK;
}

static void read_documents(void *context) {
    struct worker *w = context;
    for (int i = 0; i < ROUNDS; i++) {
        bool ok = true;
        int64_t version;
        const esi_err rc = w->f->ops->kb_changes(w->f->store, COLLECTION, 0, &w->f->wait, whole,
                                                 &ok, &version, NULL);
        if (rc != ESI_OK || !ok) {
            w->unexpected = rc != ESI_OK ? rc : ESI_ECORRUPT;
        }
    }
}

static void write_documents(void *context) {
    struct worker *w = context;
    struct fixture mine = *w->f;
    mine.arena = (esi_arena){0};
    mine.ids = (unsigned)(w->number + 1) * 1000000;
    for (int i = 0; i < ROUNDS; i++) {
        const size_t sections = (size_t)(1 + i % 7);
        const esi_store_document d = a_document(&mine, "shared", sections, (float)sections);
        const esi_err rc =
            mine.ops->kb_upsert(mine.store, COLLECTION, &a_space, &d, NOW, &mine.wait, NULL);
        if (rc != ESI_OK) {
            w->unexpected = rc;
        }
    }
    arena_clear(&mine.arena);
}

static void read_or_write(void *context) {
    struct worker *w = context;
    if (w->number < 2) {
        write_documents(w);
    } else {
        read_documents(w);
    }
}

START_TEST(a_document_that_changes_is_never_seen_half) {
    struct fixture f;
    fixture_open(&f, _i);
    f.wait = wait_for_ms(60000, NULL);
    struct worker workers[THREADS];
    for (int i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){.f = &f, .number = i};
    }
    run_all(workers, THREADS, read_or_write);
    for (int i = 0; i < THREADS; i++) {
        ck_assert_int_eq(workers[i].unexpected, ESI_OK);
    }
    ck_assert_int_eq(kb_version(&f), 2 * ROUNDS);
    fixture_close(&f);
}
END_TEST

/* ---- waits that end ---------------------------------------------------------------------- */

/* Turns whose waits end at every moment: each is whole or not there. */
static void commit_in_haste(void *context) {
    struct worker *w = context;
    for (int i = 0; i < 2 * ROUNDS; i++) {
        struct fixture hasty = *w->f;
        hasty.wait.until_ns = esi_clock_ns() + (i * 37 % 50) * INT64_C(20000);
        struct worker mine = *w;
        mine.f = &hasty;
        char session[32];
        snprintf(session, sizeof session, "s-%d-%d", w->number, i);
        const esi_err rc = commit_one(&mine, session, 0, i);
        if (rc == ESI_OK) {
            atomic_fetch_add(w->done, 1);
        } else if (rc != ESI_ETIMEOUT && rc != ESI_EUNAVAILABLE) {
            w->unexpected = rc;
        }
    }
}

START_TEST(a_turn_whose_wait_ended_is_not_there) {
    struct fixture f;
    fixture_open(&f, _i);
    atomic_int done = 0;
    struct worker workers[THREADS];
    for (int i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){.f = &f, .number = i, .done = &done};
    }
    run_all(workers, THREADS, commit_in_haste);
    for (int i = 0; i < THREADS; i++) {
        ck_assert_int_eq(workers[i].unexpected, ESI_OK);
    }
    f.wait = wait_for_ms(10000, NULL);
    const esi_store_metrics m = metrics(&f, NOW, NOW + 1);
    ck_assert_int_eq(m.conversations, atomic_load(&done));
    ck_assert_int_eq(m.messages, 2 * atomic_load(&done));
    fixture_close(&f);
}
END_TEST

/* Half of them commit with a switch that the others throw. */
static void commit_or_cancel(void *context) {
    struct worker *w = context;
    if (w->number == 0) {
        const esi_wait nap = wait_for_ms(20, NULL);
        wait_sleep(&nap, 20);
        esi_cancel_fire(w->cancel);
        return;
    }
    struct fixture mine = *w->f;
    mine.wait.cancel = w->cancel;
    struct worker cancellable = *w;
    cancellable.f = &mine;
    for (int i = 0; w->unexpected == ESI_OK && i < 10000; i++) {
        const esi_err rc = commit_one(&cancellable, w->session, i, i);
        if (rc == ESI_ECANCELLED) {
            return;
        }
        w->unexpected = rc;
        atomic_fetch_add(w->done, rc == ESI_OK);
    }
    w->unexpected = w->unexpected != ESI_OK ? w->unexpected : ESI_EINTERNAL;
}

START_TEST(a_switch_ends_the_waits_and_nothing_that_began) {
    struct fixture f;
    fixture_open(&f, _i);
    f.wait = wait_for_ms(60000, NULL);
    atomic_int done = 0;
    esi_cancel *cancel = esi_cancel_create();
    ck_assert_ptr_nonnull(cancel);
    struct worker workers[THREADS];
    for (int i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){.f = &f, .number = i, .done = &done, .cancel = cancel};
        snprintf(workers[i].session, sizeof workers[i].session, "s-%d", i);
    }
    run_all(workers, THREADS, commit_or_cancel);
    for (int i = 0; i < THREADS; i++) {
        ck_assert_int_eq(workers[i].unexpected, ESI_OK);
    }
    ck_assert_int_eq(metrics(&f, NOW, NOW + 1).messages, 2 * atomic_load(&done));
    esi_cancel_free(cancel);
    fixture_close(&f);
}
END_TEST

/* Turns of a few sessions, all of which are old enough to go; one in three opens a ticket. */
static void talk_in_old_sessions(void *context) {
    struct worker *w = context;
    struct fixture mine = *w->f;
    for (int i = 0; i < ROUNDS; i++) {
        mine.arena = (esi_arena){0};
        char ids[3][64];
        for (int k = 0; k < 3; k++) {
            snprintf(ids[k], sizeof ids[k], "01990000-%04d-7000-8001-%06d%06d", w->number, i, k);
        }
        const esi_session_query query = a_query(i % 2 == 0 ? "s-0" : "s-1", "alice");
        esi_session_view view;
        esi_store_turn_result result = {0};
        esi_err rc =
            mine.ops->session_load(mine.store, &query, &mine.wait, &mine.arena, &view, NULL);
        if (rc == ESI_OK) {
            esi_store_turn turn = a_turn(&mine, query.session_id, view.turns);
            esi_store_new_ticket ticket = a_ticket(&mine, query.session_id, "network");
            turn.user_message_id = ids[0];
            turn.message_id = ids[1];
            ticket.id = ids[2];
            turn.ticket = i % 3 == 0 ? &ticket : NULL;
            rc = mine.ops->turn_commit(mine.store, &turn, &mine.wait, &mine.arena, &result, NULL);
        }
        if (rc == ESI_OK && result.ticket_id != NULL && !result.joined) {
            atomic_fetch_add(w->done, 1);
        } else if (rc != ESI_OK && rc != ESI_ECONFLICT) {
            w->unexpected = rc;
        }
        if (result.ticket_id != NULL) { /* ended and old: it may go, and the session with it */
            const esi_store_ticket_change end = {.id = result.ticket_id,
                                                 .has_status = true,
                                                 .status = ESI_TICKET_CLOSED,
                                                 .now_ms = NOW};
            esi_store_ticket t;
            rc = i % 2 == 0
                     ? mine.ops->ticket_change(mine.store, &end, &mine.wait, &mine.arena, &t, NULL)
                     : ESI_OK;
            w->unexpected = rc == ESI_OK || rc == ESI_ENOTFOUND ? w->unexpected : rc;
        }
        arena_clear(&mine.arena);
    }
}

struct sweeper {
    struct fixture *f;
    atomic_bool *over;
    int64_t tickets;
    esi_err unexpected;
};

static void sweep(void *context) {
    struct sweeper *s = context;
    const esi_store_purge purge = {.before_ms = NOW + 1, .limit = 10, .now_ms = NOW + 1};
    while (!atomic_load(s->over) && s->unexpected == ESI_OK) {
        esi_arena arena = {0};
        const esi_store_count *counts;
        size_t count = 0;
        bool more;
        s->unexpected = s->f->ops->purge(s->f->store, &purge, &s->f->wait, &arena, &counts, &count,
                                         &more, NULL);
        for (size_t i = 0; i < count && s->unexpected == ESI_OK; i++) {
            s->tickets += strcmp(counts[i].name, "tickets") == 0 ? counts[i].count : 0;
        }
        arena_clear(&arena);
    }
}

START_TEST(a_purge_among_turns_takes_nothing_that_is_open) {
    struct fixture f;
    fixture_open(&f, _i);
    f.wait = wait_for_ms(60000, NULL);
    atomic_int opened = 0;
    atomic_bool over = false;
    struct sweeper sweeper = {.f = &f, .over = &over};
    struct os_thread sweeping;
    struct worker workers[THREADS];
    for (int i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){.f = &f, .number = i, .done = &opened};
    }
    ck_assert_int_eq(os_thread_start(&sweeping, sweep, &sweeper, 0, NULL), ESI_OK);
    run_all(workers, THREADS, talk_in_old_sessions);
    atomic_store(&over, true);
    os_thread_join(&sweeping);
    for (int i = 0; i < THREADS; i++) {
        ck_assert_str_eq(esi_err_name(workers[i].unexpected), "ESI_OK");
    }
    ck_assert_str_eq(esi_err_name(sweeper.unexpected), "ESI_OK");
    const esi_store_metrics m = metrics(&f, 0, INT64_MAX);
    ck_assert_int_eq(m.tickets + sweeper.tickets, atomic_load(&opened));
    ck_assert_int_eq(m.messages % 2, 0);
    const esi_store_ticket_query open = {
        .see_all = true, .has_status = true, .status = ESI_TICKET_OPEN, .limit = 100};
    const esi_store_ticket *rows;
    size_t count;
    ASSERT_OK(&f, f.ops->ticket_list(f.store, &open, &f.wait, &f.arena, &rows, &count, &f.err));
    ck_assert_int_eq((int64_t)count, m.open_tickets);
    for (size_t i = 0; i < count; i++) {
        ck_assert_uint_ge(ticket_of(&f, rows[i].id).conversation_count, 2);
    }
    fixture_close(&f);
}
END_TEST

void add_thread_tests(TCase *cases) {
    ADD(cases, turns_of_many_threads_are_all_kept);
    ADD(cases, one_of_many_turns_that_expect_the_same_wins);
    ADD(cases, one_of_many_calls_gets_a_claim);
    ADD(cases, a_document_that_changes_is_never_seen_half);
    ADD(cases, a_turn_whose_wait_ended_is_not_there);
    ADD(cases, a_switch_ends_the_waits_and_nothing_that_began);
    ADD(cases, a_purge_among_turns_takes_nothing_that_is_open);
}
