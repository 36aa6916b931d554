#include <string.h>

#include "store_contract.h"

START_TEST(a_session_that_was_never_seen_does_not_exist) {
    struct fixture f;
    fixture_open(&f, _i);
    const esi_session_view view = load(&f, "s-1", "alice");
    ck_assert(!view.exists);
    ck_assert(!view.foreign);
    ck_assert_uint_eq(view.message_count, 0);
    ck_assert_int_eq(view.turns, 0);
    ck_assert_int_eq(view.kb_version, 0);
    ck_assert_int_eq(view.claim, ESI_CLAIM_NEW);
    ck_assert(!load(&f, "s-1", "alice").exists);
    fixture_close(&f);
}
END_TEST

START_TEST(a_session_holds_what_was_committed) {
    struct fixture f;
    fixture_open(&f, _i);
    const esi_store_turn turn = a_turn(&f, "s-1", 0);
    commit(&f, &turn);
    const esi_session_view view = load(&f, "s-1", "alice");
    ck_assert(view.exists);
    ck_assert_int_eq(view.turns, 1);
    ck_assert_str_eq(view.issues, "{\"issues\":[]}");
    ck_assert_uint_eq(view.message_count, 2);
    ck_assert_str_eq(view.messages[0].id, turn.user_message_id);
    ck_assert(view.messages[0].from_user);
    ck_assert_str_eq(view.messages[0].text, "The VPN drops");
    ck_assert_int_eq(view.messages[0].at_ms, NOW);
    ck_assert_str_eq(view.messages[1].id, turn.message_id);
    ck_assert(!view.messages[1].from_user);
    ck_assert_str_eq(view.messages[1].text, "Choose the range profile.");
    fixture_close(&f);
}
END_TEST

START_TEST(history_is_the_newest_messages_oldest_first) {
    struct fixture f;
    fixture_open(&f, _i);
    for (int i = 0; i < 5; i++) {
        esi_store_turn turn = a_turn(&f, "s-1", i);
        turn.user_text = arena_printf(&f.arena, "question %d", i);
        turn.answer = arena_printf(&f.arena, "answer %d", i);
        commit(&f, &turn);
    }
    esi_session_query query = a_query("s-1", "alice");
    query.history = 3;
    esi_session_view view;
    ASSERT_OK(&f, f.ops->session_load(f.store, &query, &f.wait, &f.arena, &view, &f.err));
    ck_assert_uint_eq(view.message_count, 3);
    ck_assert_str_eq(view.messages[0].text, "answer 3");
    ck_assert_str_eq(view.messages[1].text, "question 4");
    ck_assert_str_eq(view.messages[2].text, "answer 4");
    query.history = 0;
    ASSERT_OK(&f, f.ops->session_load(f.store, &query, &f.wait, &f.arena, &view, &f.err));
    ck_assert_uint_eq(view.message_count, 0);
    ck_assert_int_eq(view.turns, 5);
    fixture_close(&f);
}
END_TEST

START_TEST(another_persons_session_is_foreign_and_tells_nothing) {
    struct fixture f;
    fixture_open(&f, _i);
    const esi_store_turn turn = a_turn(&f, "s-1", 0);
    commit(&f, &turn);
    const char *const others[] = {"bob", NULL, ""};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        const esi_session_view view = load(&f, "s-1", others[i]);
        ck_assert(view.exists);
        ck_assert(view.foreign);
        ck_assert_uint_eq(view.message_count, 0);
        ck_assert_ptr_null(view.issues);
        ck_assert_int_eq(view.turns, 0);
    }
    fixture_close(&f);
}
END_TEST

START_TEST(a_session_of_nobody_is_nobodys) {
    struct fixture f;
    fixture_open(&f, _i);
    esi_store_turn turn = a_turn(&f, "s-1", 0);
    turn.user_id = NULL;
    commit(&f, &turn);
    ck_assert(!load(&f, "s-1", NULL).foreign);
    ck_assert(load(&f, "s-1", "alice").foreign);
    fixture_close(&f);
}
END_TEST

static esi_session_view load_claiming(struct fixture *f, const char *session_id,
                                      const esi_claim *claim, int64_t now_ms) {
    esi_session_query query = a_query(session_id, "alice");
    query.claim = *claim;
    query.now_ms = now_ms;
    esi_session_view view;
    ASSERT_OK(f, f->ops->session_load(f->store, &query, &f->wait, &f->arena, &view, &f->err));
    return view;
}

START_TEST(a_claim_is_taken_once) {
    struct fixture f;
    fixture_open(&f, _i);
    const esi_claim claim = a_claim("alice", "r-1", 1);
    ck_assert_int_eq(load_claiming(&f, "s-1", &claim, NOW).claim, ESI_CLAIM_NEW);
    ck_assert_int_eq(load_claiming(&f, "s-1", &claim, NOW + 999).claim, ESI_CLAIM_BUSY);
    fixture_close(&f);
}
END_TEST

START_TEST(a_claim_whose_lease_ended_may_be_taken_again) {
    struct fixture f;
    fixture_open(&f, _i);
    const esi_claim claim = a_claim("alice", "r-1", 1);
    ck_assert_int_eq(load_claiming(&f, "s-1", &claim, NOW).claim, ESI_CLAIM_NEW);
    ck_assert_int_eq(load_claiming(&f, "s-1", &claim, NOW + 1000).claim, ESI_CLAIM_NEW);
    ck_assert_int_eq(load_claiming(&f, "s-1", &claim, NOW + 1001).claim, ESI_CLAIM_BUSY);
    fixture_close(&f);
}
END_TEST

START_TEST(a_claim_with_another_body_is_a_mismatch) {
    struct fixture f;
    fixture_open(&f, _i);
    const esi_claim claim = a_claim("alice", "r-1", 1), other = a_claim("alice", "r-1", 2);
    load_claiming(&f, "s-1", &claim, NOW);
    ck_assert_int_eq(load_claiming(&f, "s-1", &other, NOW).claim, ESI_CLAIM_MISMATCH);
    esi_store_turn turn = a_turn(&f, "s-1", 0);
    turn.claim = claim;
    turn.reply = "{}";
    commit(&f, &turn);
    ck_assert_int_eq(load_claiming(&f, "s-1", &other, NOW).claim, ESI_CLAIM_MISMATCH);
    fixture_close(&f);
}
END_TEST

START_TEST(claims_of_two_callers_do_not_meet) {
    struct fixture f;
    fixture_open(&f, _i);
    const esi_claim a = a_claim("alice", "r-1", 1), b = a_claim("bob", "r-1", 2),
                    nobody = a_claim("", "r-1", 3);
    ck_assert_int_eq(load_claiming(&f, "s-1", &a, NOW).claim, ESI_CLAIM_NEW);
    ck_assert_int_eq(load_claiming(&f, "s-2", &b, NOW).claim, ESI_CLAIM_NEW);
    ck_assert_int_eq(load_claiming(&f, "s-3", &nobody, NOW).claim, ESI_CLAIM_NEW);
    fixture_close(&f);
}
END_TEST

START_TEST(a_claim_that_was_released_is_free_at_once) {
    struct fixture f;
    fixture_open(&f, _i);
    const esi_claim claim = a_claim("alice", "r-1", 1);
    load_claiming(&f, "s-1", &claim, NOW);
    ASSERT_OK(&f, f.ops->claim_release(f.store, &claim, &f.wait, &f.err));
    ck_assert_int_eq(load_claiming(&f, "s-1", &claim, NOW).claim, ESI_CLAIM_NEW);
    fixture_close(&f);
}
END_TEST

START_TEST(a_claim_that_was_committed_gives_the_reply_and_its_ticket) {
    struct fixture f;
    fixture_open(&f, _i);
    const esi_claim claim = a_claim("alice", "r-1", 1);
    const esi_store_new_ticket ticket = a_ticket(&f, "s-1", "network");
    load_claiming(&f, "s-1", &claim, NOW);
    esi_store_turn turn = a_turn(&f, "s-1", 0);
    turn.claim = claim;
    turn.reply = "{\"answer\":1}";
    turn.ticket = &ticket;
    const esi_store_turn_result result = commit(&f, &turn);
    ASSERT_OK(&f, f.ops->claim_release(f.store, &claim, &f.wait, &f.err)); /* too late */
    const esi_session_view view = load_claiming(&f, "s-1", &claim, NOW + 5000);
    ck_assert_int_eq(view.claim, ESI_CLAIM_DONE);
    ck_assert_str_eq(view.reply, "{\"answer\":1}");
    ck_assert_str_eq(view.reply_ticket_id, ticket.id);
    ck_assert_int_eq(view.reply_ticket_number, result.ticket_number);
    fixture_close(&f);
}
END_TEST

START_TEST(a_foreign_session_claims_nothing) {
    struct fixture f;
    fixture_open(&f, _i);
    const esi_store_turn turn = a_turn(&f, "s-1", 0);
    commit(&f, &turn);
    esi_session_query query = a_query("s-1", "bob");
    query.claim = a_claim("bob", "r-1", 1);
    esi_session_view view;
    for (int i = 0; i < 2; i++) {
        ASSERT_OK(&f, f.ops->session_load(f.store, &query, &f.wait, &f.arena, &view, &f.err));
        ck_assert(view.foreign);
    }
    query.session_id = "s-2";
    ASSERT_OK(&f, f.ops->session_load(f.store, &query, &f.wait, &f.arena, &view, &f.err));
    ck_assert_int_eq(view.claim, ESI_CLAIM_NEW);
    fixture_close(&f);
}
END_TEST

START_TEST(a_load_tells_open_tickets_and_the_version) {
    struct fixture f;
    fixture_open(&f, _i);
    const esi_store_document document = a_document(&f, "kb-vpn", 1, 1);
    put_document(&f, &document);
    const esi_store_new_ticket first = a_ticket(&f, "s-1", "network"),
                               second = a_ticket(&f, "s-1", "vm");
    esi_store_turn turn = a_turn(&f, "s-1", 0);
    turn.ticket = &first;
    commit(&f, &turn);
    turn = a_turn(&f, "s-1", 1);
    turn.ticket = &second;
    commit(&f, &turn);
    const esi_session_view view = load(&f, "s-1", "alice");
    ck_assert_int_eq(view.kb_version, 1);
    ck_assert_uint_eq(view.open_ticket_count, 2);
    ck_assert_str_eq(view.open_tickets[0].id, first.id);
    ck_assert_str_eq(view.open_tickets[0].category, "network");
    ck_assert_str_eq(view.open_tickets[0].kind, "trouble");
    ck_assert_int_eq(view.open_tickets[0].tier, ESI_TIER_1);
    ck_assert_int_eq(view.open_tickets[0].severity, ESI_SEVERITY_MEDIUM);
    ck_assert_str_eq(view.open_tickets[1].id, second.id);
    ck_assert_int_gt(view.open_tickets[1].number, view.open_tickets[0].number);
    fixture_close(&f);
}
END_TEST

START_TEST(a_wait_that_is_over_ends_a_load) {
    struct fixture f;
    fixture_open(&f, _i);
    esi_session_query query = a_query("s-1", "alice");
    query.claim = a_claim("alice", "r-1", 1);
    esi_session_view view;
    esi_cancel *cancel = esi_cancel_create();
    ck_assert_ptr_nonnull(cancel);
    esi_cancel_fire(cancel);
    const esi_wait fired = {f.wait.until_ns, cancel}, over = {0, NULL};
    ASSERT_ERR(&f, ESI_ECANCELLED,
               f.ops->session_load(f.store, &query, &fired, &f.arena, &view, &f.err));
    ASSERT_ERR(&f, ESI_ETIMEOUT,
               f.ops->session_load(f.store, &query, &over, &f.arena, &view, &f.err));
    esi_cancel_free(cancel);
    ASSERT_OK(&f, f.ops->session_load(f.store, &query, &f.wait, &f.arena, &view, &f.err));
    ck_assert_int_eq(view.claim, ESI_CLAIM_NEW);
    fixture_close(&f);
}
END_TEST

START_TEST(what_was_written_is_there_after_a_reopening) {
    struct fixture f;
    fixture_open(&f, _i);
    if (f.lasts) {
        const esi_store_turn turn = a_turn(&f, "s-1", 0);
        commit(&f, &turn);
        fixture_reopen(&f);
        ck_assert_int_eq(load(&f, "s-1", "alice").turns, 1);
    }
    fixture_close(&f);
}
END_TEST

START_TEST(a_store_answers_that_it_is_there) {
    struct fixture f;
    fixture_open(&f, _i);
    ASSERT_OK(&f, f.ops->probe(f.store, &f.wait, &f.err));
    fixture_close(&f);
}
END_TEST

void add_session_tests(TCase *cases) {
    ADD(cases, a_session_that_was_never_seen_does_not_exist);
    ADD(cases, a_session_holds_what_was_committed);
    ADD(cases, history_is_the_newest_messages_oldest_first);
    ADD(cases, another_persons_session_is_foreign_and_tells_nothing);
    ADD(cases, a_session_of_nobody_is_nobodys);
    ADD(cases, a_claim_is_taken_once);
    ADD(cases, a_claim_whose_lease_ended_may_be_taken_again);
    ADD(cases, a_claim_with_another_body_is_a_mismatch);
    ADD(cases, claims_of_two_callers_do_not_meet);
    ADD(cases, a_claim_that_was_released_is_free_at_once);
    ADD(cases, a_claim_that_was_committed_gives_the_reply_and_its_ticket);
    ADD(cases, a_foreign_session_claims_nothing);
    ADD(cases, a_load_tells_open_tickets_and_the_version);
    ADD(cases, a_wait_that_is_over_ends_a_load);
    ADD(cases, what_was_written_is_there_after_a_reopening);
    ADD(cases, a_store_answers_that_it_is_there);
}
