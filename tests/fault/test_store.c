/* test_store.c: each visit to the embedded store while the n-th allocation fails, SQLite's own
 * included: it succeeds, or it says so and has left nothing. */
#include <string.h>

#include "fail_alloc.h"
#include "store_contract.h"
#include "tap.h"

#define ROW_FILE 0

static bool preloaded;

/* What the visits work with, made before anything fails. */
struct scene {
    struct fixture f;
    esi_store_turn turn;
    esi_store_new_ticket ticket;
    esi_store_guardrail_event event;
    esi_store_document stored, document;
    const char *known_ticket;
    esi_store_ticket_change change;
    esi_arena scratch; /* of the visit */
};

/* A visit; `done` counts what it has written, so that the next one can go on from there. */
typedef esi_err (*visit_fn)(struct scene *s);

static void set_up(struct scene *s) {
    fixture_open(&s->f, ROW_FILE);
    s->stored = a_document(&s->f, "kb", 6, 1);
    put_document(&s->f, &s->stored);
    s->ticket = a_ticket(&s->f, "s-1", "network");
    s->turn = a_turn(&s->f, "s-1", 0);
    s->turn.ticket = &s->ticket;
    commit(&s->f, &s->turn);
    s->known_ticket = s->ticket.id;
    s->change = (esi_store_ticket_change){.id = s->known_ticket, .comment = "c", .now_ms = NOW};
    s->event = (esi_store_guardrail_event){NULL, "exfil", "r", "no", "x"};
    s->turn.guardrail = &s->event;
    s->turn.reply = "{}";
}

static esi_err visit_load(struct scene *s) {
    esi_session_query query = a_query("s-1", "alice");
    query.claim = s->turn.claim;
    esi_session_view view;
    return s->f.ops->session_load(s->f.store, &query, &s->f.wait, &s->scratch, &view, NULL);
}

static esi_err visit_commit(struct scene *s) {
    esi_store_turn_result result;
    return s->f.ops->turn_commit(s->f.store, &s->turn, &s->f.wait, &s->scratch, &result, NULL);
}

static esi_err visit_upsert(struct scene *s) {
    return s->f.ops->kb_upsert(s->f.store, COLLECTION, &a_space, &s->document, NOW, &s->f.wait,
                               NULL);
}

static esi_err see(const esi_store_document *d, bool gone, void *context, esi_error *err) {
    (void)gone;
    (void)err;
    *(size_t *)context += d->section_count;
    return ESI_OK;
}

static esi_err visit_changes(struct scene *s) {
    size_t sections = 0;
    int64_t version;
    const esi_err rc =
        s->f.ops->kb_changes(s->f.store, COLLECTION, 0, &s->f.wait, see, &sections, &version, NULL);
    return rc == ESI_OK && sections != 6 ? ESI_EINTERNAL : rc;
}

static esi_err visit_fetch(struct scene *s) {
    const char *ids[] = {s->stored.sections[0].id, s->stored.sections[5].id};
    const esi_store_passage *passages;
    size_t count = 0;
    const esi_err rc = s->f.ops->kb_fetch(s->f.store, COLLECTION, ids, 2, &s->f.wait, &s->scratch,
                                          &passages, &count, NULL);
    return rc == ESI_OK && count != 2 ? ESI_EINTERNAL : rc;
}

/* To another space and back; what was put before stays. */
static esi_err visit_space(struct scene *s) {
    static const float vector[] = {1, 2};
    const esi_store_missing_query query = {{"next", 2}, NULL, 10};
    const esi_store_passage *passages;
    esi_store_vector vectors[10];
    size_t count = 0;
    int64_t missing;
    const esi_store_ops *ops = s->f.ops;
    esi_err rc = ops->space_begin(s->f.store, COLLECTION, &query.space, &s->f.wait, &missing, NULL);
    if (rc == ESI_OK) {
        rc = ops->space_missing(s->f.store, COLLECTION, &query, &s->f.wait, &s->scratch, &passages,
                                &count, NULL);
    }
    for (size_t i = 0; rc == ESI_OK && i < count; i++) {
        vectors[i] = (esi_store_vector){passages[i].section_id, vector};
    }
    if (rc == ESI_OK) {
        rc = ops->space_put(s->f.store, COLLECTION, &query.space, vectors, count, &s->f.wait, NULL);
    }
    if (rc == ESI_OK) {
        rc = ops->space_swap(s->f.store, COLLECTION, &query.space, &s->f.wait, NULL);
    }
    return rc == ESI_OK ? ops->space_swap(s->f.store, COLLECTION, &a_space, &s->f.wait, NULL) : rc;
}

static esi_err visit_change(struct scene *s) {
    esi_store_ticket ticket;
    return s->f.ops->ticket_change(s->f.store, &s->change, &s->f.wait, &s->scratch, &ticket, NULL);
}

static esi_err visit_find(struct scene *s) {
    const esi_store_ticket_query query = {.id = s->known_ticket, .see_all = true};
    const esi_store_ticket_query list = {.see_all = true, .text = "vpn", .limit = 5};
    esi_store_ticket ticket;
    const esi_store_ticket *rows;
    size_t count;
    const esi_err rc =
        s->f.ops->ticket_get(s->f.store, &query, &s->f.wait, &s->scratch, &ticket, NULL);
    return rc != ESI_OK ? rc
                        : s->f.ops->ticket_list(s->f.store, &list, &s->f.wait, &s->scratch, &rows,
                                                &count, NULL);
}

static esi_err visit_metrics(struct scene *s) {
    esi_store_metrics sums;
    return s->f.ops->metrics(s->f.store, 0, INT64_MAX, &s->f.wait, &s->scratch, &sums, NULL);
}

static esi_err visit_outbox(struct scene *s) {
    const esi_store_outbox_event *events;
    size_t count;
    return s->f.ops->outbox_take(s->f.store, 5, 0, NOW, &s->f.wait, &s->scratch, &events, &count,
                                 NULL);
}

/* In a trial alone: what is gone can't be visited again. */
static esi_err visit_purge(struct scene *s) {
    const esi_store_purge purge = {
        .before_ms = NOW + 1, .dry_run = true, .limit = 1, .now_ms = NOW + 1};
    const esi_store_count *counts;
    size_t count;
    bool more;
    return s->f.ops->purge(s->f.store, &purge, &s->f.wait, &s->scratch, &counts, &count, &more,
                           NULL);
}

static esi_err visit_erase(struct scene *s) {
    const esi_store_count *counts;
    size_t count;
    return s->f.ops->erase(s->f.store, "nobody", &s->f.wait, &s->scratch, &counts, &count, NULL);
}

static esi_err visit_check(struct scene *s) {
    const esi_store_finding *findings;
    size_t count;
    return s->f.ops->check(s->f.store, &s->f.wait, &s->scratch, &findings, &count, NULL);
}

/* Each of the first, and some beyond them: the same ones in every run. */
static size_t next_number(size_t n) {
    return n < 200 ? n + 1 : n + 7 + (n * 2654435761u >> 7) % 23;
}

/* New ids and the next place, so that the visit can be made again. */
static void prepare(struct scene *s, int64_t turns, size_t n) {
    s->turn.expect_turns = turns;
    s->turn.user_message_id = fixture_id(&s->f);
    s->turn.message_id = fixture_id(&s->f);
    s->ticket.id = fixture_id(&s->f);
    s->event.id = fixture_id(&s->f);
    s->turn.claim = a_claim("alice", arena_printf(&s->f.arena, "r-%zu", n), 1);
    s->document = a_document(&s->f, "kb", 6, 1);
}

/* Lets each allocation fail in turn, with connections as they are after a first use and, if
 * `fresh`, with new ones each time. */
static void each_fails(visit_fn visit, bool fresh, size_t at_least) {
    struct scene s = {0};
    set_up(&s);
    int64_t turns = 1;
    bool failed = true;
    size_t n = 0;
    while (failed) {
        n = next_number(n);
        if (fresh) {
            fixture_reopen(&s.f);
        }
        prepare(&s, turns, n);
        fail_all_arm(n);
        const esi_err rc = visit(&s);
        failed = fail_all_disarm();
        arena_clear(&s.scratch);
        ck_assert_msg(rc == ESI_OK || (failed && rc == ESI_ENOMEM), "%zu: %s", n, esi_err_name(rc));
        turns += visit == visit_commit && rc == ESI_OK;
        const esi_session_view view = load(&s.f, "s-1", "alice");
        ck_assert_int_eq(view.turns, turns);
        ck_assert_int_eq(metrics(&s.f, 0, INT64_MAX).messages, 2 * turns);
    }
    ck_assert_uint_gt(n, at_least);
    fixture_close(&s.f);
}

static const struct {
    const char *name;
    visit_fn visit;
    size_t at_least; /* allocations of a fresh connection */
} visits[] = {
    {"load", visit_load, 20},       {"commit", visit_commit, 50},   {"upsert", visit_upsert, 50},
    {"changes", visit_changes, 30}, {"fetch", visit_fetch, 20},     {"change", visit_change, 50},
    {"find", visit_find, 30},       {"metrics", visit_metrics, 40}, {"outbox", visit_outbox, 10},
    {"check", visit_check, 40},     {"purge", visit_purge, 20},     {"erase", visit_erase, 20},
    {"space", visit_space, 60},
};

START_TEST(a_visit_without_memory_leaves_nothing) {
    each_fails(visits[_i].visit, false, 1);
}
END_TEST

START_TEST(a_first_visit_without_memory_leaves_nothing) {
    each_fails(visits[_i].visit, true, visits[_i].at_least);
}
END_TEST

START_TEST(an_open_without_memory_may_be_repeated) {
    struct fixture f;
    fixture_open(&f, ROW_FILE);
    bool failed = true;
    size_t n = 0;
    while (failed) {
        n = next_number(n);
        f.ops->close(f.store);
        f.store = NULL;
        const esi_store_config config = {
            .size = sizeof config, .url = f.url, .migrate = true, .wait = f.wait};
        fail_all_arm(n);
        const esi_err rc = f.ops->open(&config, &f.store, NULL);
        failed = fail_all_disarm();
        ck_assert_msg(rc == ESI_OK || (failed && rc == ESI_ENOMEM), "%zu: %s", n, esi_err_name(rc));
        if (rc != ESI_OK) {
            ck_assert_ptr_null(f.store);
            ASSERT_OK(&f, f.ops->open(&config, &f.store, &f.err));
        }
    }
    ck_assert_uint_gt(n, 50);
    fixture_close(&f);
}
END_TEST

int main(int argc, char **argv) {
    (void)argc;
    preloaded = fail_all_preload(argv);
    TCase *t = tcase_create("store");
    if (preloaded) {
        const int count = (int)(sizeof visits / sizeof *visits);
        tcase_add_loop_test(t, a_visit_without_memory_leaves_nothing, 0, count);
        tcase_add_loop_test(t, a_first_visit_without_memory_leaves_nothing, 0, count);
        tcase_add_test(t, an_open_without_memory_may_be_repeated);
    }
    return tap_run("fault/store", t);
}
