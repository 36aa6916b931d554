/* What is written again because an answer was lost is there once, and is answered as it was. */
#include <stdlib.h>

#include "pg_control.h"
#include "store_contract.h"
#include "tap.h"

#define ROW_DIRECT 0

static int rows_of(const struct fixture *f, const char *what) {
    return atoi(pg_control("sql main %s SELECT count(*) FROM %s", f->name, what));
}

/* Commits a turn twice; the second time it says what it said the first time. */
static void commit_again(struct fixture *f, const esi_store_turn *turn) {
    const esi_store_turn_result a = commit(f, turn), b = commit(f, turn);
    ck_assert_pstr_eq(a.ticket_id, b.ticket_id);
    ck_assert_int_eq(a.ticket_number, b.ticket_number);
    ck_assert_int_eq(a.joined, b.joined);
    ck_assert_int_eq(a.ticket_tier, b.ticket_tier);
    ck_assert_int_eq(a.ticket_severity, b.ticket_severity);
}

START_TEST(a_turn_that_comes_again_is_there_once) {
    struct fixture f;
    fixture_open(&f, ROW_DIRECT);
    esi_store_turn turn = a_turn(&f, "s-1", 0);
    turn.claim = a_claim("alice", "r-1", 1);
    turn.reply = "{\"answer\":1}";
    commit_again(&f, &turn);
    ck_assert_int_eq(rows_of(&f, "chat_messages"), 2);
    ck_assert_int_eq(rows_of(&f, "kb_references"), 2);
    ck_assert_int_eq(rows_of(&f, "idempotency WHERE done AND reply = '{\"answer\":1}'"), 1);
    ck_assert_int_eq(load(&f, "s-1", "alice").turns, 1);
    fixture_close(&f);
}
END_TEST

START_TEST(a_turn_that_comes_again_tells_which_ticket_it_opened_or_joined) {
    struct fixture f;
    fixture_open(&f, ROW_DIRECT);
    for (int i = 0; i < 2; i++) {
        const esi_store_new_ticket ticket = a_ticket(&f, "s-1", "network");
        const esi_store_guardrail_event event = {fixture_id(&f), "exfil", "r", "no", "x"};
        esi_store_turn turn = a_turn(&f, "s-1", i);
        turn.ticket = &ticket;
        turn.guardrail = &event;
        commit_again(&f, &turn);
    }
    ck_assert_int_eq(rows_of(&f, "chat_messages"), 4);
    ck_assert_int_eq(rows_of(&f, "tickets WHERE version = 2"), 1);
    ck_assert_int_eq(rows_of(&f, "ticket_events"), 2);
    ck_assert_int_eq(rows_of(&f, "guardrails"), 2);
    ck_assert_int_eq(rows_of(&f, "outbox"), 4);
    fixture_close(&f);
}
END_TEST

START_TEST(a_turn_that_comes_again_after_another_is_still_found) {
    struct fixture f;
    fixture_open(&f, ROW_DIRECT);
    const esi_store_turn first = a_turn(&f, "s-1", 0), second = a_turn(&f, "s-1", 1);
    commit(&f, &first);
    commit(&f, &second);
    commit(&f, &first);
    ck_assert_int_eq(load(&f, "s-1", "alice").turns, 2);
    fixture_close(&f);
}
END_TEST

START_TEST(a_ticket_that_comes_again_is_the_one_that_was_opened_or_joined) {
    struct fixture f;
    fixture_open(&f, ROW_DIRECT);
    const char *const sessions[] = {"s-1", "s-1", NULL};
    const esi_claim claim = no_claim();
    for (int i = 0; i < 3; i++) {
        const esi_store_new_ticket wanted = a_ticket(&f, sessions[i], "network");
        esi_store_ticket a, b;
        ASSERT_OK(&f,
                  f.ops->ticket_create(f.store, &wanted, &claim, &f.wait, &f.arena, &a, &f.err));
        ASSERT_OK(&f,
                  f.ops->ticket_create(f.store, &wanted, &claim, &f.wait, &f.arena, &b, &f.err));
        ck_assert_str_eq(a.id, b.id);
        ck_assert_int_eq(a.version, b.version);
    }
    ck_assert_int_eq(rows_of(&f, "tickets"), 2);
    ck_assert_int_eq(rows_of(&f, "ticket_events"), 3);
    ck_assert_int_eq(rows_of(&f, "outbox"), 3);
    fixture_close(&f);
}
END_TEST

START_TEST(anothers_ticket_is_not_given_for_its_id) {
    struct fixture f;
    fixture_open(&f, ROW_DIRECT);
    const esi_store_new_ticket first = a_ticket(&f, NULL, "network");
    esi_store_new_ticket second = first;
    second.user_id = "bob";
    const esi_claim claim = no_claim();
    esi_store_ticket t;
    ASSERT_OK(&f, f.ops->ticket_create(f.store, &first, &claim, &f.wait, &f.arena, &t, &f.err));
    ck_assert_int_ne(f.ops->ticket_create(f.store, &second, &claim, &f.wait, &f.arena, &t, &f.err),
                     ESI_OK);
    ck_assert_int_eq(rows_of(&f, "ticket_numbers WHERE last = 1"), 1);
    fixture_close(&f);
}
END_TEST

int main(void) {
    if (pg_missing() != NULL) {
        return tap_skip(pg_missing());
    }
    TCase *t = tcase_create("pg_again");
    tcase_add_test(t, a_turn_that_comes_again_is_there_once);
    tcase_add_test(t, a_turn_that_comes_again_tells_which_ticket_it_opened_or_joined);
    tcase_add_test(t, a_turn_that_comes_again_after_another_is_still_found);
    tcase_add_test(t, a_ticket_that_comes_again_is_the_one_that_was_opened_or_joined);
    tcase_add_test(t, anothers_ticket_is_not_given_for_its_id);
    return tap_run("store/pg_again", t);
}
