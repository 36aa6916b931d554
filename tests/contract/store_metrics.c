#include <string.h>

#include "store_contract.h"

#define DAY INT64_C(86400000)

START_TEST(nothing_counts_as_nothing) {
    struct fixture f;
    fixture_open(&f, _i);
    const esi_store_metrics m = metrics(&f, 0, INT64_MAX);
    ck_assert_int_eq(m.conversations + m.messages + m.tickets + m.open_tickets + m.closed_tickets,
                     0);
    ck_assert_int_eq(m.escalations + m.guardrail_activations + m.not_covered, 0);
    ck_assert_uint_eq(m.guardrail_category_count + m.category_count, 0);
    ck_assert_double_eq(m.confidence_sum, 0);
    ck_assert_int_eq(m.confidence_count + m.sessions_with_ticket, 0);
    ck_assert(!m.has_median_resolution);
    fixture_close(&f);
}
END_TEST

START_TEST(messages_of_both_sides_and_their_sessions_count) {
    struct fixture f;
    fixture_open(&f, _i);
    const char *const sessions[] = {"s-1", "s-1", "s-2"};
    const int64_t expect[] = {0, 1, 0};
    for (int i = 0; i < 3; i++) {
        const esi_store_turn turn = a_turn(&f, sessions[i], expect[i]);
        commit(&f, &turn);
    }
    const esi_store_metrics m = metrics(&f, NOW, NOW + 1);
    ck_assert_int_eq(m.conversations, 2);
    ck_assert_int_eq(m.messages, 6);
    ck_assert_int_eq(m.input_tokens, 30);
    ck_assert_int_eq(m.output_tokens, 60);
    ck_assert_double_eq(m.confidence_sum, 2.25);
    ck_assert_int_eq(m.confidence_count, 3);
    fixture_close(&f);
}
END_TEST

START_TEST(what_models_cost_and_fell_back_from_adds_up) {
    struct fixture f;
    fixture_open(&f, _i);
    const char *const fallbacks[] = {NULL, "timeout", "budget"};
    for (int i = 0; i < 3; i++) {
        esi_store_turn turn = a_turn(&f, "s-1", i);
        turn.cost = 100 * i;
        turn.fallback = fallbacks[i];
        turn.now_ms = NOW + i;
        commit(&f, &turn);
    }
    esi_store_metrics m = metrics(&f, NOW, NOW + 3);
    ck_assert_int_eq(m.cost, 300);
    ck_assert_int_eq(m.fallbacks, 2);
    m = metrics(&f, NOW, NOW + 2);
    ck_assert_int_eq(m.cost, 100);
    ck_assert_int_eq(m.fallbacks, 1);
    fixture_close(&f);
}
END_TEST

static void assert_usage(struct fixture *f, int64_t since_ms, int64_t tokens, int64_t cost) {
    int64_t found_tokens = -1;
    int64_t found_cost = -1;
    ASSERT_OK(f, f->ops->usage(f->store, since_ms, &f->wait, &found_tokens, &found_cost, &f->err));
    ck_assert_int_eq(found_tokens, tokens);
    ck_assert_int_eq(found_cost, cost);
}

START_TEST(usage_is_what_all_turns_since_then_took) {
    struct fixture f;
    fixture_open(&f, _i);
    assert_usage(&f, 0, 0, 0);
    for (int i = 0; i < 3; i++) {
        esi_store_turn turn = a_turn(&f, arena_printf(&f.arena, "s-%d", i), 0);
        turn.cost = 10 + i;
        turn.now_ms = NOW + i;
        commit(&f, &turn);
    }
    assert_usage(&f, 0, 90, 33);
    assert_usage(&f, NOW + 1, 60, 23);
    assert_usage(&f, NOW + 3, 0, 0);
    fixture_close(&f);
}
END_TEST

START_TEST(a_range_holds_its_first_moment_and_not_its_last) {
    struct fixture f;
    fixture_open(&f, _i);
    const int64_t at[] = {NOW - 1, NOW, NOW + DAY - 1, NOW + DAY};
    for (int i = 0; i < 4; i++) {
        esi_store_turn turn = a_turn(&f, arena_printf(&f.arena, "s-%d", i), 0);
        turn.now_ms = at[i];
        commit(&f, &turn);
    }
    ck_assert_int_eq(metrics(&f, NOW, NOW + DAY).conversations, 2);
    ck_assert_int_eq(metrics(&f, 0, INT64_MAX).conversations, 4);
    fixture_close(&f);
}
END_TEST

START_TEST(an_escalated_session_counts_once) {
    struct fixture f;
    fixture_open(&f, _i);
    const esi_store_new_ticket ticket = a_ticket(&f, "s-1", "network");
    for (int i = 0; i < 2; i++) {
        esi_store_turn turn = a_turn(&f, "s-1", i);
        turn.escalated = true;
        turn.ticket = i == 0 ? &ticket : NULL;
        commit(&f, &turn);
    }
    const esi_store_turn calm = a_turn(&f, "s-2", 0);
    commit(&f, &calm);
    const esi_store_metrics m = metrics(&f, NOW, NOW + 1);
    ck_assert_int_eq(m.escalations, 1);
    ck_assert_int_eq(m.sessions_with_ticket, 1);
    ck_assert_int_eq(m.conversations, 2);
    fixture_close(&f);
}
END_TEST

START_TEST(uncovered_turns_count_and_refusals_do_not) {
    struct fixture f;
    fixture_open(&f, _i);
    const esi_store_guardrail_event event = {fixture_id(&f), "exfiltration", "r-1", "no", "x"};
    esi_store_turn turn = a_turn(&f, "s-1", 0);
    turn.coverage = ESI_COVERAGE_NONE;
    turn.confidence = 0.125;
    commit(&f, &turn);
    turn = a_turn(&f, "s-1", 1);
    turn.coverage = ESI_COVERAGE_NONE;
    turn.confidence = 0;
    turn.guardrail = &event;
    commit(&f, &turn);
    turn = a_turn(&f, "s-1", 2);
    turn.coverage = ESI_COVERAGE_NULL;
    turn.confidence = 0.9; /* means nothing without a coverage */
    commit(&f, &turn);
    const esi_store_metrics m = metrics(&f, NOW, NOW + 1);
    ck_assert_int_eq(m.not_covered, 1);
    ck_assert_int_eq(m.guardrail_activations, 1);
    ck_assert_int_eq(m.confidence_count, 2);
    ck_assert_double_eq(m.confidence_sum, 0.125);
    fixture_close(&f);
}
END_TEST

START_TEST(blocked_turns_count_by_category) {
    struct fixture f;
    fixture_open(&f, _i);
    const char *const categories[] = {"b", "a", "b", "c"};
    for (int i = 0; i < 4; i++) {
        const esi_store_guardrail_event event = {fixture_id(&f), categories[i], "r", NULL, NULL};
        esi_store_turn turn = a_turn(&f, "s-1", i);
        turn.guardrail = &event;
        commit(&f, &turn);
    }
    const esi_store_metrics m = metrics(&f, NOW, NOW + 1);
    ck_assert_int_eq(m.guardrail_activations, 4);
    ck_assert_uint_eq(m.guardrail_category_count, 3);
    ck_assert_str_eq(m.guardrail_by_category[0].name, "b");
    ck_assert_int_eq(m.guardrail_by_category[0].count, 2);
    ck_assert_str_eq(m.guardrail_by_category[1].name, "a");
    ck_assert_str_eq(m.guardrail_by_category[2].name, "c");
    fixture_close(&f);
}
END_TEST

/* Opens a ticket, and ends it after some minutes if they aren't negative. */
static void ticket_that_took(struct fixture *f, const char *category, esi_tier tier,
                             esi_severity severity, int minutes) {
    esi_store_new_ticket wanted = a_ticket(f, NULL, category);
    const esi_claim claim = no_claim();
    esi_store_ticket t;
    wanted.tier = tier;
    wanted.severity = severity;
    ASSERT_OK(f,
              f->ops->ticket_create(f->store, &wanted, &claim, &f->wait, &f->arena, &t, &f->err));
    if (minutes >= 0) {
        const esi_store_ticket_change c = {.id = wanted.id,
                                           .has_status = true,
                                           .status = ESI_TICKET_RESOLVED,
                                           .now_ms = NOW + minutes * INT64_C(60000)};
        ASSERT_OK(f, f->ops->ticket_change(f->store, &c, &f->wait, &f->arena, &t, &f->err));
    }
}

START_TEST(tickets_count_by_state_tier_severity_and_category) {
    struct fixture f;
    fixture_open(&f, _i);
    ticket_that_took(&f, "vm", ESI_TIER_1, ESI_SEVERITY_LOW, -1);
    ticket_that_took(&f, "vm", ESI_TIER_3, ESI_SEVERITY_CRITICAL, -1);
    ticket_that_took(&f, "account", ESI_TIER_1, ESI_SEVERITY_LOW, 5);
    const esi_store_metrics m = metrics(&f, NOW, NOW + 1);
    ck_assert_int_eq(m.tickets, 3);
    ck_assert_int_eq(m.open_tickets, 2);
    ck_assert_int_eq(m.closed_tickets, 1);
    ck_assert_int_eq(m.by_tier[1], 2);
    ck_assert_int_eq(m.by_tier[3], 1);
    ck_assert_int_eq(m.by_severity[0], 2);
    ck_assert_int_eq(m.by_severity[3], 1);
    ck_assert_uint_eq(m.category_count, 2);
    ck_assert_str_eq(m.categories[0].name, "vm");
    ck_assert_int_eq(m.categories[0].count, 2);
    ck_assert_str_eq(m.categories[1].name, "account");
    ck_assert_int_eq(m.conversations, 0);
    ck_assert_int_eq(m.sessions_with_ticket, 0);
    fixture_close(&f);
}
END_TEST

START_TEST(the_median_is_the_middle_of_those_resolved) {
    struct fixture f;
    fixture_open(&f, _i);
    ticket_that_took(&f, "vm", ESI_TIER_1, ESI_SEVERITY_LOW, -1);
    ck_assert(!metrics(&f, NOW, NOW + 1).has_median_resolution);
    ticket_that_took(&f, "vm", ESI_TIER_1, ESI_SEVERITY_LOW, 90);
    ticket_that_took(&f, "vm", ESI_TIER_1, ESI_SEVERITY_LOW, 1);
    ticket_that_took(&f, "vm", ESI_TIER_1, ESI_SEVERITY_LOW, 4);
    esi_store_metrics m = metrics(&f, NOW, NOW + 1);
    ck_assert(m.has_median_resolution);
    ck_assert_double_eq(m.median_resolution_minutes, 4);
    ticket_that_took(&f, "vm", ESI_TIER_1, ESI_SEVERITY_LOW, 5);
    m = metrics(&f, NOW, NOW + 1);
    ck_assert_double_eq(m.median_resolution_minutes, 4.5);
    fixture_close(&f);
}
END_TEST

START_TEST(a_session_that_joined_a_ticket_has_one) {
    struct fixture f;
    fixture_open(&f, _i);
    const esi_store_new_ticket first = a_ticket(&f, "s-1", "network");
    esi_store_new_ticket second = a_ticket(&f, "s-2", "network");
    second.join_user_since_ms = NOW - 1;
    esi_store_turn turn = a_turn(&f, "s-1", 0);
    turn.ticket = &first;
    commit(&f, &turn);
    turn = a_turn(&f, "s-2", 0);
    turn.ticket = &second;
    commit(&f, &turn);
    turn = a_turn(&f, "s-3", 0);
    commit(&f, &turn);
    const esi_store_metrics m = metrics(&f, NOW, NOW + 1);
    ck_assert_int_eq(m.tickets, 1);
    ck_assert_int_eq(m.sessions_with_ticket, 2);
    ck_assert_int_eq(m.conversations, 3);
    fixture_close(&f);
}
END_TEST

START_TEST(a_later_ticket_does_not_change_an_earlier_day) {
    struct fixture f;
    fixture_open(&f, _i);
    const esi_store_turn turn = a_turn(&f, "s-1", 0);
    commit(&f, &turn);
    esi_store_turn later = a_turn(&f, "s-1", 1);
    esi_store_new_ticket ticket = a_ticket(&f, "s-1", "network");
    ticket.now_ms = later.now_ms = NOW + DAY;
    later.ticket = &ticket;
    commit(&f, &later);
    ck_assert_int_eq(metrics(&f, NOW, NOW + DAY).sessions_with_ticket, 0);
    ck_assert_int_eq(metrics(&f, NOW, NOW + 2 * DAY).sessions_with_ticket, 1);
    fixture_close(&f);
}
END_TEST

void add_metrics_tests(TCase *cases) {
    ADD(cases, nothing_counts_as_nothing);
    ADD(cases, messages_of_both_sides_and_their_sessions_count);
    ADD(cases, what_models_cost_and_fell_back_from_adds_up);
    ADD(cases, usage_is_what_all_turns_since_then_took);
    ADD(cases, a_range_holds_its_first_moment_and_not_its_last);
    ADD(cases, an_escalated_session_counts_once);
    ADD(cases, uncovered_turns_count_and_refusals_do_not);
    ADD(cases, blocked_turns_count_by_category);
    ADD(cases, tickets_count_by_state_tier_severity_and_category);
    ADD(cases, the_median_is_the_middle_of_those_resolved);
    ADD(cases, a_session_that_joined_a_ticket_has_one);
    ADD(cases, a_later_ticket_does_not_change_an_earlier_day);
}
