/* What a ticket is after it was joined, to the last entry, and what is told of it, to the last
 * byte. */
#include <string.h>

#include "store_contract.h"

#define FULL 200 /* entries that a list keeps */

static esi_store_ticket create(struct fixture *f, const esi_store_new_ticket *wanted) {
    esi_store_ticket ticket;
    const esi_claim claim = no_claim();
    ASSERT_OK(
        f, f->ops->ticket_create(f->store, wanted, &claim, &f->wait, &f->arena, &ticket, &f->err));
    return ticket;
}

static esi_store_new_ticket bare(struct fixture *f) {
    return (esi_store_new_ticket){.id = fixture_id(f),
                                  .session_id = "s-1",
                                  .user_id = "alice",
                                  .category = "network",
                                  .kind = "trouble",
                                  .now_ms = NOW};
}

/* ---- lists ------------------------------------------------------------------------------- */

static void check_pair(const esi_pairs *pairs, size_t at, const char *name, const char *value) {
    ck_assert_uint_gt(pairs->count, at);
    ck_assert_str_eq(pairs->items[at].name, name);
    ck_assert_pstr_eq(pairs->items[at].value, value);
}

START_TEST(a_list_has_each_entry_once_from_the_start) {
    struct fixture f;
    fixture_open(&f, _i);
    static const char *const rules[] = {"a", "b", "a"};
    static const esi_pair details[] = {{"seat", NULL}, {"time", "9"}, {"seat", "B12"}};
    esi_store_new_ticket wanted = bare(&f);
    wanted.rules = (esi_strings){rules, 3};
    wanted.details = (esi_pairs){details, 3};
    const esi_store_ticket t = create(&f, &wanted);
    ck_assert_uint_eq(t.rules.count, 2);
    ck_assert_str_eq(t.rules.items[1], "b");
    ck_assert_uint_eq(t.details.count, 2);
    check_pair(&t.details, 0, "seat", "B12");
    check_pair(&t.details, 1, "time", "9");
    fixture_close(&f);
}
END_TEST

START_TEST(what_is_known_is_not_forgotten_and_what_is_new_wins) {
    struct fixture f;
    fixture_open(&f, _i);
    static const esi_pair first[] = {{"seat", "B12"}, {"error", NULL}, {"time", "9"}};
    static const esi_pair second[] = {
        {"error", "E-1"}, {"who", NULL}, {"seat", NULL}, {"time", "10"}};
    esi_store_new_ticket one = bare(&f), two = bare(&f);
    one.details = one.context = (esi_pairs){first, 3};
    two.details = two.context = two.references = (esi_pairs){second, 4};
    create(&f, &one);
    const esi_store_ticket t = create(&f, &two);
    const esi_pairs *const lists[] = {&t.details, &t.context};
    for (size_t i = 0; i < 2; i++) {
        ck_assert_uint_eq(lists[i]->count, 4);
        check_pair(lists[i], 0, "seat", "B12");
        check_pair(lists[i], 1, "error", "E-1");
        check_pair(lists[i], 2, "time", "10");
        check_pair(lists[i], 3, "who", NULL);
    }
    ck_assert_uint_eq(t.references.count, 4);
    check_pair(&t.references, 0, "error", "E-1");
    fixture_close(&f);
}
END_TEST

START_TEST(a_join_without_lists_leaves_them) {
    struct fixture f;
    fixture_open(&f, _i);
    const esi_store_new_ticket full = a_ticket(&f, "s-1", "network");
    const esi_store_new_ticket none = bare(&f);
    create(&f, &full);
    const esi_store_ticket t = create(&f, &none);
    ck_assert_str_eq(t.id, full.id);
    ck_assert_uint_eq(t.rules.count, 1);
    ck_assert_uint_eq(t.references.count, 1);
    ck_assert_uint_eq(t.details.count, 2);
    ck_assert_uint_eq(t.context.count, 1);
    ck_assert_uint_eq(t.attempt_count, 1);
    fixture_close(&f);
}
END_TEST

START_TEST(a_try_is_known_by_its_step_and_its_time) {
    struct fixture f;
    fixture_open(&f, _i);
    static const esi_store_attempt first[] = {{"restart", NOW, false}, {"restart", NOW - 1, false}};
    static const esi_store_attempt second[] = {{"restart", NOW, true}, {"reset", NOW, false}};
    esi_store_new_ticket one = bare(&f), two = bare(&f);
    one.attempts = first;
    two.attempts = second;
    one.attempt_count = two.attempt_count = 2;
    create(&f, &one);
    const esi_store_ticket t = create(&f, &two);
    ck_assert_uint_eq(t.attempt_count, 3);
    ck_assert(t.attempts[0].worked);
    ck_assert_int_eq(t.attempts[0].at_ms, NOW);
    ck_assert(!t.attempts[1].worked);
    ck_assert_str_eq(t.attempts[2].step, "reset");
    fixture_close(&f);
}
END_TEST

/* "k0" and so on, each with the value "old". */
static esi_pairs many_pairs(struct fixture *f, size_t count) {
    esi_pair *pairs = ARENA_ARRAY(&f->arena, count, esi_pair);
    for (size_t i = 0; i < count; i++) {
        pairs[i] = (esi_pair){arena_printf(&f->arena, "k%zu", i), "old"};
    }
    return (esi_pairs){pairs, count};
}

START_TEST(a_list_that_is_full_takes_nothing_more) {
    struct fixture f;
    fixture_open(&f, _i);
    static const esi_pair more[] = {{"k0", "new"}, {"n0", "new"}, {"k1", "new"}, {"n1", "new"}};
    esi_store_new_ticket one = bare(&f), two = bare(&f), three = bare(&f);
    one.details = many_pairs(&f, FULL - 1);
    one.context = many_pairs(&f, FULL + 5);
    two.details = two.context = (esi_pairs){more, 4};
    three.details = (esi_pairs){more + 2, 1};
    ck_assert_uint_eq(create(&f, &one).context.count, FULL);
    create(&f, &two);
    const esi_store_ticket t = create(&f, &three);
    ck_assert_uint_eq(t.details.count, FULL);
    check_pair(&t.details, 0, "k0", "new"); /* there was a place left */
    check_pair(&t.details, 1, "k1", "old"); /* it was taken by then */
    check_pair(&t.details, FULL - 1, "n0", "new");
    ck_assert_uint_eq(t.context.count, FULL);
    check_pair(&t.context, 0, "k0", "old");
    fixture_close(&f);
}
END_TEST

START_TEST(a_wish_and_a_time_are_the_strongest_that_were_named) {
    struct fixture f;
    fixture_open(&f, _i);
    esi_store_new_ticket wanted = bare(&f);
    ck_assert(!create(&f, &wanted).has_requested_severity);
    wanted.has_requested_severity = true;
    wanted.requested_severity = ESI_SEVERITY_LOW;
    wanted.due_at_ms = NOW + 5000;
    wanted.id = fixture_id(&f);
    esi_store_ticket t = create(&f, &wanted);
    ck_assert(t.has_requested_severity);
    ck_assert_int_eq(t.requested_severity, ESI_SEVERITY_LOW);
    ck_assert_int_eq(t.due_at_ms, NOW + 5000);
    wanted.requested_severity = ESI_SEVERITY_HIGH;
    wanted.due_at_ms = NOW + 4000;
    wanted.id = fixture_id(&f);
    create(&f, &wanted);
    wanted.has_requested_severity = false;
    wanted.due_at_ms = NOW + 6000;
    wanted.id = fixture_id(&f);
    t = create(&f, &wanted);
    ck_assert_int_eq(t.requested_severity, ESI_SEVERITY_HIGH);
    ck_assert_int_eq(t.due_at_ms, NOW + 4000);
    fixture_close(&f);
}
END_TEST

/* ---- what is told ------------------------------------------------------------------------ */

#define SAID "he said \"no\"\\\n\t\x01/ \xc3\xa9\xe4\xbd\xa0"
#define SAID_JSON "\"he said \\\"no\\\"\\\\\\n\\t\\u0001/ \xc3\xa9\xe4\xbd\xa0\""

static const esi_store_outbox_event *take(struct fixture *f, size_t expect) {
    const esi_store_outbox_event *events;
    size_t count;
    ASSERT_OK(f, f->ops->outbox_take(f->store, 10, 1000, NOW, &f->wait, &f->arena, &events, &count,
                                     &f->err));
    ck_assert_uint_eq(count, expect);
    return events;
}

START_TEST(what_is_told_of_a_blocked_turn_is_the_same_to_the_last_byte) {
    struct fixture f;
    fixture_open(&f, _i);
    const esi_store_guardrail_event event = {fixture_id(&f), "exfil", NULL, SAID, "x"};
    esi_store_turn turn = a_turn(&f, "s-1", 0);
    turn.guardrail = &event;
    commit(&f, &turn);
    const esi_store_outbox_event *events = take(&f, 1);
    ck_assert_str_eq(events[0].kind, "guardrail");
    ck_assert_str_eq(events[0].subject, event.id);
    ck_assert_str_eq(events[0].body,
                     arena_printf(&f.arena,
                                  "{\"sessionId\":\"s-1\",\"messageId\":\"%s\",\"userId\":"
                                  "\"alice\",\"userRole\":\"trainee\",\"category\":\"exfil\","
                                  "\"rule\":null,\"reason\":" SAID_JSON "}",
                                  turn.message_id));
    fixture_close(&f);
}
END_TEST

/* What is told of the ticket `id` when it is at `version`. */
static void check_told(struct fixture *f, const esi_store_outbox_event *told, const char *id,
                       int64_t version) {
    static const struct {
        const char *kind, *event, *comment, *severity, *updated;
    } rows[] = {
        {"ticket.opened", "opened", "null", "MEDIUM", "2026-09-21T14:13:20.000Z"},
        {"ticket.changed", "joined", "null", "HIGH", "2026-09-21T14:13:20.001Z"},
        {"ticket.changed", "comment", SAID_JSON, "HIGH", "2026-09-21T14:13:20.001Z"},
    };
    ck_assert_str_eq(told->kind, rows[version - 1].kind);
    ck_assert_str_eq(told->subject, id);
    ck_assert_str_eq(
        told->body,
        arena_printf(&f->arena,
                     "{\"event\":\"%s\",\"actor\":\"alice\",\"comment\":%s,\"ticketId\":\"%s\","
                     "\"number\":1,\"sessionId\":\"s-1\",\"status\":\"OPEN\",\"tier\":\"TIER_1\","
                     "\"severity\":\"%s\",\"category\":\"network\",\"kind\":\"trouble\","
                     "\"summary\":\"The VPN drops in lab 7\",\"description\":" SAID_JSON
                     ",\"module\":\"lab-7\",\"userRole\":\"trainee\",\"createdBy\":\"alice\","
                     "\"assignee\":null,\"dueAt\":\"2026-09-21T15:13:20.000Z\",\"createdAt\":"
                     "\"2026-09-21T14:13:20.000Z\",\"updatedAt\":\"%s\",\"version\":%d}",
                     rows[version - 1].event, rows[version - 1].comment, id,
                     rows[version - 1].severity, rows[version - 1].updated, (int)version));
}

START_TEST(what_is_told_of_a_ticket_is_the_same_to_the_last_byte) {
    struct fixture f;
    fixture_open(&f, _i);
    esi_store_new_ticket first = a_ticket(&f, "s-1", "network"), second = bare(&f);
    first.description = SAID;
    second.session_id = NULL;
    second.severity = ESI_SEVERITY_HIGH;
    esi_store_turn turn = a_turn(&f, "s-1", 0);
    turn.ticket = &first;
    commit(&f, &turn);
    turn = a_turn(&f, "s-1", 1);
    turn.now_ms = second.now_ms = NOW + 1;
    turn.ticket = &second;
    turn.remark_ticket = first.id;
    turn.remark = SAID;
    commit(&f, &turn);
    const esi_store_outbox_event *events = take(&f, 3);
    for (int i = 0; i < 3; i++) {
        check_told(&f, &events[i], first.id, i + 1);
    }
    fixture_close(&f);
}
END_TEST

void add_join_tests(TCase *cases) {
    ADD(cases, a_list_has_each_entry_once_from_the_start);
    ADD(cases, what_is_known_is_not_forgotten_and_what_is_new_wins);
    ADD(cases, a_join_without_lists_leaves_them);
    ADD(cases, a_try_is_known_by_its_step_and_its_time);
    ADD(cases, a_list_that_is_full_takes_nothing_more);
    ADD(cases, a_wish_and_a_time_are_the_strongest_that_were_named);
    ADD(cases, what_is_told_of_a_blocked_turn_is_the_same_to_the_last_byte);
    ADD(cases, what_is_told_of_a_ticket_is_the_same_to_the_last_byte);
}
