/* What is done to tickets, events and old rows between turns: one round trip each, and once,
 * whatever becomes of the network meanwhile. */
#include "pg_control.h"
#include "pg_through.h"
#include "tap.h"

#define CUTS_MAX 100

static esi_store_ticket open_ticket(void) {
    const esi_store_new_ticket wanted = a_ticket(&f, NULL, "network");
    const esi_claim claim = no_claim();
    esi_store_ticket t;
    ASSERT_OK(&f, f.ops->ticket_create(f.store, &wanted, &claim, &f.wait, &f.arena, &t, &f.err));
    return t;
}

static void list(void) {
    const esi_store_ticket_query q = {.see_all = true, .text = "vpn", .limit = 5};
    const esi_store_ticket *rows;
    size_t count;
    ASSERT_OK(&f, f.ops->ticket_list(f.store, &q, &f.wait, &f.arena, &rows, &count, &f.err));
}

static void count_all(void) {
    metrics(&f, 0, INT64_MAX);
}

static void forward(void) {
    const esi_store_outbox_event *events;
    size_t count;
    ASSERT_OK(
        &f, f.ops->outbox_take(f.store, 9, 1000, NOW, &f.wait, &f.arena, &events, &count, &f.err));
}

static void acknowledge(void) {
    const char *const ids[] = {"01990000-0000-7000-8000-000000000001"};
    ASSERT_OK(&f, f.ops->outbox_ack(f.store, ids, 1, &f.wait, &f.err));
}

static void purge(void) {
    const esi_store_purge p = {.before_ms = NOW, .limit = 10, .now_ms = NOW};
    const esi_store_count *counts;
    size_t count;
    bool more;
    ASSERT_OK(&f, f.ops->purge(f.store, &p, &f.wait, &f.arena, &counts, &count, &more, &f.err));
}

static void erase(void) {
    const esi_store_count *counts;
    size_t count;
    ASSERT_OK(&f, f.ops->erase(f.store, "bob", &f.wait, &f.arena, &counts, &count, &f.err));
}

START_TEST(each_visit_is_one_round_trip) {
    static void (*const visits[])(void) = {list, count_all, forward, acknowledge, purge, erase};
    open_through(_i);
    open_ticket();
    for (size_t i = 0; i < sizeof visits / sizeof *visits; i++) {
        const int64_t before = proxy_count(proxy).trips;
        visits[i]();
        ck_assert_msg(proxy_count(proxy).trips - before == 1, "visit %zu", i);
    }
    ck_assert_int_eq(proxy_count(proxy).dialled, 1);
    close_all();
}
END_TEST

/* Changes a ticket with the connection cut at its n-th message; was it cut? */
static bool change_cut(const esi_store_ticket *t, int64_t n, enum proxy_cut how) {
    const int64_t before = proxy_count(proxy).cuts;
    const esi_store_ticket_change change = {.id = t->id,
                                            .has_status = true,
                                            .status = ESI_TICKET_IN_PROGRESS,
                                            .comment = "on it",
                                            .actor = "carol",
                                            .now_ms = NOW};
    esi_store_ticket changed;
    if (how == CUT_ANSWERED) {
        proxy_cut_trip(proxy, n, how);
    } else {
        proxy_cut_message(proxy, n, how);
    }
    ASSERT_OK(&f, f.ops->ticket_change(f.store, &change, &f.wait, &f.arena, &changed, &f.err));
    proxy_cut_message(proxy, 0, how);
    ck_assert_int_eq(changed.status, ESI_TICKET_IN_PROGRESS);
    ck_assert_int_eq(changed.version, 2);
    return proxy_count(proxy).cuts > before;
}

START_TEST(a_change_that_is_cut_at_any_message_is_made_once) {
    static const enum proxy_cut cuts[] = {CUT_BEFORE, CUT_MIDDLE, CUT_AFTER, CUT_ANSWERED};
    open_through(_i);
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        int64_t n = 0;
        bool cut = true;
        while (cut) {
            const esi_store_ticket t = open_ticket();
            ck_assert_int_lt(++n, CUTS_MAX);
            cut = change_cut(&t, n, cuts[i]);
            ck_assert_int_eq(ticket_of(&f, t.id).version, 2);
        }
        ck_assert_int_gt(n, 1);
    }
    const esi_store_outbox_event *events;
    size_t count, changes = 0;
    ASSERT_OK(&f, f.ops->outbox_take(f.store, 1000, 1000, NOW, &f.wait, &f.arena, &events, &count,
                                     &f.err));
    for (size_t i = 0; i < count; i++) {
        changes += strcmp(events[i].kind, "ticket.changed") == 0;
    }
    ck_assert_uint_eq(count, 2 * changes); /* each was opened, and changed */
    close_all();
}
END_TEST

int main(void) {
    if (pg_missing() != NULL) {
        return tap_skip(pg_missing());
    }
    TCase *t = tcase_create("pg_change");
    ADD(t, each_visit_is_one_round_trip);
    ADD(t, a_change_that_is_cut_at_any_message_is_made_once);
    return tap_run("store/pg_change", t);
}
