#include <string.h>

#include "store_contract.h"

START_TEST(a_turn_comes_after_the_turns_it_knew_of) {
    struct fixture f;
    fixture_open(&f, _i);
    const esi_store_turn first = a_turn(&f, "s-1", 0), late = a_turn(&f, "s-1", 0),
                         early = a_turn(&f, "s-1", 2);
    esi_store_turn_result result;
    commit(&f, &first);
    ASSERT_ERR(&f, ESI_ECONFLICT,
               f.ops->turn_commit(f.store, &late, &f.wait, &f.arena, &result, &f.err));
    ASSERT_ERR(&f, ESI_ECONFLICT,
               f.ops->turn_commit(f.store, &early, &f.wait, &f.arena, &result, &f.err));
    const esi_session_view view = load(&f, "s-1", "alice");
    ck_assert_int_eq(view.turns, 1);
    ck_assert_uint_eq(view.message_count, 2);
    fixture_close(&f);
}
END_TEST

START_TEST(a_turn_of_a_session_that_is_gone_is_a_conflict) {
    struct fixture f;
    fixture_open(&f, _i);
    const esi_store_turn turn = a_turn(&f, "s-1", 3);
    esi_store_turn_result result;
    ASSERT_ERR(&f, ESI_ECONFLICT,
               f.ops->turn_commit(f.store, &turn, &f.wait, &f.arena, &result, &f.err));
    fixture_close(&f);
}
END_TEST

START_TEST(a_turn_of_another_persons_session_is_not_found) {
    struct fixture f;
    fixture_open(&f, _i);
    const esi_store_turn turn = a_turn(&f, "s-1", 0);
    commit(&f, &turn);
    esi_store_turn other = a_turn(&f, "s-1", 1);
    other.user_id = "bob";
    esi_store_turn_result result;
    ASSERT_ERR(&f, ESI_ENOTFOUND,
               f.ops->turn_commit(f.store, &other, &f.wait, &f.arena, &result, &f.err));
    other.expect_turns = 0;
    ASSERT_ERR(&f, ESI_ENOTFOUND,
               f.ops->turn_commit(f.store, &other, &f.wait, &f.arena, &result, &f.err));
    ck_assert_int_eq(load(&f, "s-1", "alice").turns, 1);
    fixture_close(&f);
}
END_TEST

START_TEST(a_turn_that_fails_leaves_nothing) {
    struct fixture f;
    fixture_open(&f, _i);
    const esi_store_new_ticket ticket = a_ticket(&f, "s-1", "network");
    const esi_store_guardrail_event event = {fixture_id(&f), "exfil", "r", "no", "x"};
    const esi_store_turn first = a_turn(&f, "s-1", 0);
    commit(&f, &first);
    esi_store_turn turn = a_turn(&f, "s-2", 0);
    turn.message_id = first.message_id; /* taken */
    turn.ticket = &ticket;
    turn.guardrail = &event;
    esi_store_turn_result result = {.ticket_number = 77};
    ck_assert_int_ne(f.ops->turn_commit(f.store, &turn, &f.wait, &f.arena, &result, &f.err),
                     ESI_OK);
    ck_assert_int_eq(result.ticket_number, 77);
    ck_assert(!load(&f, "s-2", "alice").exists);
    const esi_store_metrics sums = metrics(&f, NOW, NOW + 1);
    ck_assert_int_eq(sums.messages, 2);
    ck_assert_int_eq(sums.tickets, 0);
    ck_assert_int_eq(sums.guardrail_activations, 0);
    fixture_close(&f);
}
END_TEST

START_TEST(a_turn_tells_what_became_of_its_ticket) {
    struct fixture f;
    fixture_open(&f, _i);
    const esi_store_new_ticket first = a_ticket(&f, "s-1", "network");
    esi_store_new_ticket second = a_ticket(&f, "s-1", "network");
    second.tier = ESI_TIER_2;
    second.severity = ESI_SEVERITY_LOW;
    esi_store_turn turn = a_turn(&f, "s-1", 0);
    turn.ticket = &first;
    esi_store_turn_result result = commit(&f, &turn);
    ck_assert_str_eq(result.ticket_id, first.id);
    ck_assert_int_ge(result.ticket_number, 1);
    ck_assert(!result.joined);
    ck_assert_int_eq(result.ticket_tier, ESI_TIER_1);
    ck_assert_int_eq(result.ticket_severity, ESI_SEVERITY_MEDIUM);
    const int64_t number = result.ticket_number;
    turn = a_turn(&f, "s-1", 1);
    turn.ticket = &second;
    result = commit(&f, &turn);
    ck_assert_str_eq(result.ticket_id, first.id);
    ck_assert_int_eq(result.ticket_number, number);
    ck_assert(result.joined);
    ck_assert_int_eq(result.ticket_tier, ESI_TIER_2);
    ck_assert_int_eq(result.ticket_severity, ESI_SEVERITY_MEDIUM);
    turn = a_turn(&f, "s-1", 2);
    result = commit(&f, &turn);
    ck_assert_ptr_null(result.ticket_id);
    fixture_close(&f);
}
END_TEST

START_TEST(a_commit_after_another_took_its_claim_and_did_it_is_a_conflict) {
    struct fixture f;
    fixture_open(&f, _i);
    esi_store_turn first = a_turn(&f, "s-1", 0), second = a_turn(&f, "s-2", 0);
    first.claim = second.claim = a_claim("alice", "r-1", 1);
    first.reply = second.reply = "{}";
    commit(&f, &first);
    esi_store_turn_result result;
    ASSERT_ERR(&f, ESI_ECONFLICT,
               f.ops->turn_commit(f.store, &second, &f.wait, &f.arena, &result, &f.err));
    ck_assert(!load(&f, "s-2", "alice").exists);
    fixture_close(&f);
}
END_TEST

START_TEST(a_remark_is_added_to_the_sessions_ticket) {
    struct fixture f;
    fixture_open(&f, _i);
    const esi_store_new_ticket ticket = a_ticket(&f, "s-1", "network");
    esi_store_turn turn = a_turn(&f, "s-1", 0);
    turn.ticket = &ticket;
    commit(&f, &turn);
    turn = a_turn(&f, "s-1", 1);
    turn.remark_ticket = ticket.id;
    turn.remark = "It works now";
    turn.now_ms = NOW + 5;
    commit(&f, &turn);
    const esi_store_ticket after = ticket_of(&f, ticket.id);
    ck_assert_int_eq(after.version, 2);
    ck_assert_int_eq(after.updated_at_ms, NOW + 5);
    ck_assert_int_eq(after.status, ESI_TICKET_OPEN);
    fixture_close(&f);
}
END_TEST

START_TEST(a_remark_does_not_reach_another_sessions_ticket) {
    struct fixture f;
    fixture_open(&f, _i);
    const esi_store_new_ticket ticket = a_ticket(&f, "s-1", "network");
    esi_store_turn turn = a_turn(&f, "s-1", 0);
    turn.ticket = &ticket;
    commit(&f, &turn);
    turn = a_turn(&f, "s-2", 0);
    turn.remark_ticket = ticket.id;
    turn.remark = "It works now";
    commit(&f, &turn);
    turn = a_turn(&f, "s-2", 1);
    turn.remark_ticket = "no-such-ticket";
    turn.remark = "It works now";
    commit(&f, &turn);
    ck_assert_int_eq(ticket_of(&f, ticket.id).version, 1);
    fixture_close(&f);
}
END_TEST

START_TEST(text_of_every_script_and_size_comes_back) {
    struct fixture f;
    fixture_open(&f, _i);
    char *large = ARENA_ARRAY(&f.arena, 200001, char);
    memset(large, 'x', 200000);
    esi_store_turn turn = a_turn(&f, "s-1", 0);
    turn.user_text = "\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82 \xe4\xbd\xa0\xe5\xa5\xbd "
                     "'; DROP TABLE tickets; --";
    turn.answer = large;
    commit(&f, &turn);
    const esi_session_view view = load(&f, "s-1", "alice");
    ck_assert_str_eq(view.messages[0].text, turn.user_text);
    ck_assert_str_eq(view.messages[1].text, large);
    fixture_close(&f);
}
END_TEST

START_TEST(a_session_knows_what_its_turns_took) {
    struct fixture f;
    fixture_open(&f, _i);
    ck_assert_int_eq(load(&f, "s-1", "alice").tokens, 0);
    for (int i = 0; i < 3; i++) {
        esi_store_turn turn = a_turn(&f, "s-1", i);
        turn.input_tokens = 1000 * (i + 1);
        turn.output_tokens = i;
        turn.cost = i == 1 ? 0 : 700;
        commit(&f, &turn);
    }
    const esi_store_turn other = a_turn(&f, "s-2", 0);
    commit(&f, &other);
    const esi_session_view view = load(&f, "s-1", "alice");
    ck_assert_int_eq(view.tokens, 6003);
    ck_assert_int_eq(view.cost, 1400);
    fixture_close(&f);
}
END_TEST

START_TEST(a_session_that_a_ticket_made_counts_its_first_turn) {
    struct fixture f;
    fixture_open(&f, _i);
    const esi_store_new_ticket ticket = a_ticket(&f, "s-1", "network");
    const esi_claim claim = no_claim();
    esi_store_ticket made;
    ASSERT_OK(&f, f.ops->ticket_create(f.store, &ticket, &claim, &f.wait, &f.arena, &made, &f.err));
    esi_store_turn turn = a_turn(&f, "s-1", 0);
    turn.cost = 5;
    commit(&f, &turn);
    const esi_session_view view = load(&f, "s-1", "alice");
    ck_assert_int_eq(view.tokens, 30);
    ck_assert_int_eq(view.cost, 5);
    fixture_close(&f);
}
END_TEST

START_TEST(a_turn_that_fails_costs_the_session_nothing) {
    struct fixture f;
    fixture_open(&f, _i);
    const esi_store_turn first = a_turn(&f, "s-1", 0);
    commit(&f, &first);
    esi_store_turn late = a_turn(&f, "s-1", 0);
    esi_store_turn_result result;
    late.cost = 9;
    ASSERT_ERR(&f, ESI_ECONFLICT,
               f.ops->turn_commit(f.store, &late, &f.wait, &f.arena, &result, &f.err));
    ck_assert_int_eq(load(&f, "s-1", "alice").cost, 0);
    ck_assert_int_eq(load(&f, "s-1", "alice").tokens, 30);
    fixture_close(&f);
}
END_TEST

START_TEST(a_ticket_shows_which_answers_were_made_without_the_model) {
    struct fixture f;
    fixture_open(&f, _i);
    const esi_store_new_ticket ticket = a_ticket(&f, "s-1", "network");
    esi_store_turn turn = a_turn(&f, "s-1", 0);
    turn.fallback = "unreachable";
    turn.advice = "{\"tier\":\"TIER_2\",\"open\":[\"which lab\"]}";
    commit(&f, &turn);
    turn = a_turn(&f, "s-1", 1);
    turn.ticket = &ticket;
    commit(&f, &turn);
    const esi_store_ticket t = ticket_of(&f, ticket.id);
    ck_assert_uint_eq(t.conversation_count, 4);
    ck_assert_ptr_null(t.conversation[0].fallback);
    ck_assert_str_eq(t.conversation[1].fallback, "unreachable");
    ck_assert_ptr_null(t.conversation[3].fallback);
    fixture_close(&f);
}
END_TEST

void add_turn_tests(TCase *cases) {
    ADD(cases, a_session_knows_what_its_turns_took);
    ADD(cases, a_session_that_a_ticket_made_counts_its_first_turn);
    ADD(cases, a_turn_that_fails_costs_the_session_nothing);
    ADD(cases, a_ticket_shows_which_answers_were_made_without_the_model);
    ADD(cases, a_turn_comes_after_the_turns_it_knew_of);
    ADD(cases, a_turn_of_a_session_that_is_gone_is_a_conflict);
    ADD(cases, a_turn_of_another_persons_session_is_not_found);
    ADD(cases, a_turn_that_fails_leaves_nothing);
    ADD(cases, a_turn_tells_what_became_of_its_ticket);
    ADD(cases, a_commit_after_another_took_its_claim_and_did_it_is_a_conflict);
    ADD(cases, a_remark_is_added_to_the_sessions_ticket);
    ADD(cases, a_remark_does_not_reach_another_sessions_ticket);
    ADD(cases, text_of_every_script_and_size_comes_back);
}
