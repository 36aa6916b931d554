/* Memory runs out in any place of what is done to tickets, events and old rows on PostgreSQL: it is
 * told, what was written is whole, and the next call goes right. */
#include "fail_alloc.h"
#include "pg_control.h"
#include "store_contract.h"
#include "tap.h"

#define LIMIT 5000 /* allocations of one visit: far more than there are */

struct scene {
    struct fixture f;
    esi_arena scratch;
    const char *ticket;
};

typedef esi_err (*visit_fn)(struct scene *s);

static esi_err get(struct scene *s) {
    const esi_store_ticket_query query = {.id = s->ticket, .see_all = true};
    esi_store_ticket t;
    return s->f.ops->ticket_get(s->f.store, &query, &s->f.wait, &s->scratch, &t, NULL);
}

static esi_err list(struct scene *s) {
    const esi_store_ticket_query query = {.see_all = true, .text = "vpn DROPS", .limit = 5};
    const esi_store_ticket *rows;
    size_t count = 0;
    const esi_err rc =
        s->f.ops->ticket_list(s->f.store, &query, &s->f.wait, &s->scratch, &rows, &count, NULL);
    return rc == ESI_OK && count != 1 ? ESI_EINTERNAL : rc;
}

static esi_err change(struct scene *s) {
    const esi_store_ticket_change c = {.id = s->ticket, .comment = "seen", .now_ms = NOW};
    esi_store_ticket t;
    return s->f.ops->ticket_change(s->f.store, &c, &s->f.wait, &s->scratch, &t, NULL);
}

static esi_err count(struct scene *s) {
    esi_store_metrics sums;
    return s->f.ops->metrics(s->f.store, 0, INT64_MAX, &s->f.wait, &s->scratch, &sums, NULL);
}

static esi_err take(struct scene *s) {
    const esi_store_outbox_event *events;
    size_t n;
    return s->f.ops->outbox_take(s->f.store, 5, 1, NOW, &s->f.wait, &s->scratch, &events, &n, NULL);
}

static esi_err acknowledge(struct scene *s) {
    const char *const ids[] = {"01990000-0000-7000-8000-0000000000aa", "another"};
    return s->f.ops->outbox_ack(s->f.store, ids, 2, &s->f.wait, NULL);
}

static esi_err purge(struct scene *s) {
    const esi_store_purge p = {.before_ms = NOW, .limit = 5, .now_ms = NOW};
    const esi_store_count *counts;
    size_t n;
    bool more;
    return s->f.ops->purge(s->f.store, &p, &s->f.wait, &s->scratch, &counts, &n, &more, NULL);
}

static esi_err erase(struct scene *s) {
    const esi_store_count *counts;
    size_t n;
    return s->f.ops->erase(s->f.store, "nobody", &s->f.wait, &s->scratch, &counts, &n, NULL);
}

static const visit_fn visits[] = {get, list, change, count, take, acknowledge, purge, erase};

START_TEST(a_visit_without_memory_says_so_and_leaves_what_is_whole) {
    struct scene s = {0};
    fixture_open(&s.f, 0);
    const esi_store_new_ticket wanted = a_ticket(&s.f, "s-1", "network");
    esi_store_turn turn = a_turn(&s.f, "s-1", 0);
    turn.ticket = &wanted;
    s.ticket = commit(&s.f, &turn).ticket_id;
    bool failed = true;
    size_t n = 0;
    while (failed && ++n < LIMIT) {
        fail_own_arm(n);
        const esi_err rc = visits[_i](&s);
        failed = fail_own_disarm();
        arena_clear(&s.scratch);
        ck_assert_msg(rc == (failed ? ESI_ENOMEM : ESI_OK), "allocation %zu: %s", n,
                      esi_err_name(rc));
        const esi_store_ticket t = ticket_of(&s.f, s.ticket);
        ck_assert_int_ge(t.version, 1);
        ck_assert_int_le(t.version, (int64_t)n + 1);
    }
    ck_assert(!failed);
    ck_assert_uint_gt(n, 1);
    fixture_close(&s.f);
}
END_TEST

int main(void) {
    if (pg_missing() != NULL) {
        return tap_skip(pg_missing());
    }
    TCase *t = tcase_create("pg_ticket");
    tcase_add_loop_test(t, a_visit_without_memory_says_so_and_leaves_what_is_whole, 0,
                        sizeof visits / sizeof *visits);
    return tap_run("fault/pg_ticket", t);
}
