#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "store_contract.h"

struct batch {
    const esi_store_outbox_event *items;
    size_t count;
};

static struct batch take(struct fixture *f, int32_t limit, int64_t now_ms) {
    struct batch b;
    ASSERT_OK(f, f->ops->outbox_take(f->store, limit, 1000, now_ms, &f->wait, &f->arena, &b.items,
                                     &b.count, &f->err));
    return b;
}

static void open_tickets(struct fixture *f, int count) {
    for (int i = 0; i < count; i++) {
        const esi_store_new_ticket wanted = a_ticket(f, NULL, "network");
        const esi_claim claim = no_claim();
        esi_store_ticket t;
        ASSERT_OK(
            f, f->ops->ticket_create(f->store, &wanted, &claim, &f->wait, &f->arena, &t, &f->err));
    }
}

/* A member of an event's body that is a text. */
static const char *body_text(struct fixture *f, const esi_store_outbox_event *event,
                             const char *name) {
    struct json_doc *doc = NULL;
    ASSERT_OK(f, json_read(view_of(event->body), 100000, "the body", &doc, &f->err));
    const char *text = json_string(json_get(json_root(doc), name));
    const char *copy = text != NULL ? arena_str(&f->arena, view_of(text)) : NULL;
    json_free(doc);
    return copy;
}

START_TEST(an_opened_ticket_is_told) {
    struct fixture f;
    fixture_open(&f, _i);
    const esi_store_new_ticket ticket = a_ticket(&f, "s-1", "network");
    esi_store_turn turn = a_turn(&f, "s-1", 0);
    turn.ticket = &ticket;
    commit(&f, &turn);
    const struct batch b = take(&f, 10, NOW);
    ck_assert_uint_eq(b.count, 1);
    ck_assert_str_eq(b.items[0].kind, "ticket.opened");
    ck_assert_str_eq(b.items[0].subject, ticket.id);
    ck_assert_int_eq(b.items[0].at_ms, NOW);
    ck_assert_int_eq(b.items[0].deliveries, 0);
    ck_assert_str_eq(body_text(&f, &b.items[0], "ticketId"), ticket.id);
    ck_assert_str_eq(body_text(&f, &b.items[0], "status"), "OPEN");
    ck_assert_str_eq(body_text(&f, &b.items[0], "tier"), "TIER_1");
    ck_assert_str_eq(body_text(&f, &b.items[0], "createdAt"), "2026-09-21T14:13:20.000Z");
    fixture_close(&f);
}
END_TEST

START_TEST(what_happens_to_a_ticket_is_told_in_order) {
    struct fixture f;
    fixture_open(&f, _i);
    const esi_store_new_ticket ticket = a_ticket(&f, "s-1", "network"),
                               more = a_ticket(&f, "s-1", "network");
    const esi_claim claim = no_claim();
    esi_store_ticket t;
    ASSERT_OK(&f, f.ops->ticket_create(f.store, &ticket, &claim, &f.wait, &f.arena, &t, &f.err));
    ASSERT_OK(&f, f.ops->ticket_create(f.store, &more, &claim, &f.wait, &f.arena, &t, &f.err));
    static const struct {
        bool has_status;
        esi_ticket_status status;
        const char *comment;
    } steps[] = {
        {false, ESI_TICKET_OPEN, "looking"}, {true, ESI_TICKET_IN_PROGRESS, NULL},
        {true, ESI_TICKET_RESOLVED, NULL},   {true, ESI_TICKET_OPEN, NULL},
        {true, ESI_TICKET_CLOSED, "done"},
    };
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        const esi_store_ticket_change c = {.id = ticket.id,
                                           .has_status = steps[i].has_status,
                                           .status = steps[i].status,
                                           .comment = steps[i].comment,
                                           .actor = "carol",
                                           .now_ms = NOW};
        ASSERT_OK(&f, f.ops->ticket_change(f.store, &c, &f.wait, &f.arena, &t, &f.err));
    }
    static const char *const kinds[] = {"ticket.opened",  "ticket.changed", "ticket.changed",
                                        "ticket.changed", "ticket.closed",  "ticket.changed",
                                        "ticket.closed"};
    static const char *const events[] = {"opened",  "joined",  "comment", "changed",
                                         "changed", "changed", "changed"};
    const struct batch b = take(&f, 10, NOW);
    ck_assert_uint_eq(b.count, 7);
    for (size_t i = 0; i < 7; i++) {
        ck_assert_str_eq(b.items[i].kind, kinds[i]);
        ck_assert_str_eq(body_text(&f, &b.items[i], "event"), events[i]);
    }
    ck_assert_str_eq(body_text(&f, &b.items[2], "comment"), "looking");
    ck_assert_str_eq(body_text(&f, &b.items[2], "actor"), "carol");
    fixture_close(&f);
}
END_TEST

START_TEST(a_blocked_turn_is_told) {
    struct fixture f;
    fixture_open(&f, _i);
    const esi_store_guardrail_event event = {fixture_id(&f), "exfiltration", "r-1", "no", "x"};
    esi_store_turn turn = a_turn(&f, "s-1", 0);
    turn.guardrail = &event;
    commit(&f, &turn);
    const struct batch b = take(&f, 10, NOW);
    ck_assert_uint_eq(b.count, 1);
    ck_assert_str_eq(b.items[0].kind, "guardrail");
    ck_assert_str_eq(b.items[0].subject, event.id);
    ck_assert_str_eq(body_text(&f, &b.items[0], "category"), "exfiltration");
    ck_assert_str_eq(body_text(&f, &b.items[0], "userId"), "alice");
    fixture_close(&f);
}
END_TEST

/* To the byte, on every store: hosts sign bodies and compare them. */
START_TEST(a_body_is_the_same_whatever_the_store) {
    struct fixture f;
    fixture_open(&f, _i);
    esi_store_new_ticket wanted = a_ticket(&f, "s/1", "network");
    wanted.id = "01990000-0000-7000-8000-0000000000ff";
    wanted.user_id = "al\"ice";
    wanted.summary = "a \\ b / c \x01 \x7f \t\n\r\b\f \xc3\xa9 \xe2\x80\xa8 \xf0\x9f\x94\xa5 <&'>";
    wanted.description = NULL;
    wanted.due_at_ms = 0;
    const esi_claim claim = no_claim();
    esi_store_ticket t;
    ASSERT_OK(&f, f.ops->ticket_create(f.store, &wanted, &claim, &f.wait, &f.arena, &t, &f.err));
    const esi_store_ticket_change c = {.id = wanted.id,
                                       .has_status = true,
                                       .status = ESI_TICKET_CLOSED,
                                       .assignee = "carol",
                                       .comment = "it's \"done\"",
                                       .actor = "",
                                       .now_ms = NOW + 1};
    ASSERT_OK(&f, f.ops->ticket_change(f.store, &c, &f.wait, &f.arena, &t, &f.err));
    const struct batch b = take(&f, 10, NOW);
    ck_assert_uint_eq(b.count, 2);
#define TICKET(status, assignee, updated, version)                                                 \
    "\"ticketId\":\"01990000-0000-7000-8000-0000000000ff\",\"number\":1,\"sessionId\":\"s/1\","    \
    "\"status\":\"" status                                                                         \
    "\",\"tier\":\"TIER_1\",\"severity\":\"MEDIUM\",\"category\":\"network\","                     \
    "\"kind\":\"trouble\",\"summary\":\"a \\\\ b / c \\u0001 \x7f \\t\\n\\r\\b\\f \xc3\xa9 "       \
    "\xe2\x80\xa8 "                                                                                \
    "\xf0\x9f\x94\xa5 <&'>\",\"description\":null,\"module\":\"lab-7\",\"userRole\":\"trainee\","  \
    "\"createdBy\":\"al\\\"ice\",\"assignee\":" assignee ",\"dueAt\":null,"                        \
    "\"createdAt\":\"2026-09-21T14:13:20.000Z\",\"updatedAt\":\"" updated                          \
    "\",\"version\":" version "}"
    ck_assert_str_eq(b.items[0].body,
                     "{\"event\":\"opened\",\"actor\":\"al\\\"ice\",\"comment\":null," TICKET(
                         "OPEN", "null", "2026-09-21T14:13:20.000Z", "1"));
    ck_assert_str_eq(
        b.items[1].body,
        "{\"event\":\"changed\",\"actor\":\"\",\"comment\":\"it's \\\"done\\\"\"," TICKET(
            "CLOSED", "\"carol\"", "2026-09-21T14:13:20.001Z", "2"));
#undef TICKET
    fixture_close(&f);
}
END_TEST

START_TEST(what_is_taken_is_not_handed_out_until_its_lease_ends) {
    struct fixture f;
    fixture_open(&f, _i);
    open_tickets(&f, 3);
    const struct batch first = take(&f, 2, NOW);
    ck_assert_uint_eq(first.count, 2);
    const struct batch rest = take(&f, 10, NOW + 999);
    ck_assert_uint_eq(rest.count, 1);
    ck_assert_uint_eq(take(&f, 10, NOW + 999).count, 0);
    const struct batch again = take(&f, 10, NOW + 1000);
    ck_assert_uint_eq(again.count, 2);
    ck_assert_str_eq(again.items[0].id, first.items[0].id);
    ck_assert_int_eq(again.items[0].deliveries, 1);
    fixture_close(&f);
}
END_TEST

START_TEST(what_is_acknowledged_is_gone) {
    struct fixture f;
    fixture_open(&f, _i);
    open_tickets(&f, 3);
    const struct batch b = take(&f, 10, NOW);
    const char *const ids[] = {b.items[0].id, "not-there", b.items[2].id};
    ASSERT_OK(&f, f.ops->outbox_ack(f.store, ids, 3, &f.wait, &f.err));
    ASSERT_OK(&f, f.ops->outbox_ack(f.store, ids, 3, &f.wait, &f.err));
    const struct batch left = take(&f, 10, NOW + 1000);
    ck_assert_uint_eq(left.count, 1);
    ck_assert_str_eq(left.items[0].id, b.items[1].id);
    fixture_close(&f);
}
END_TEST

START_TEST(a_sound_store_passes_its_check_up) {
    struct fixture f;
    fixture_open(&f, _i);
    const esi_store_document d = a_document(&f, "a", 3, 1);
    const esi_store_new_ticket ticket = a_ticket(&f, "s-1", "network");
    put_document(&f, &d);
    esi_store_turn turn = a_turn(&f, "s-1", 0);
    turn.ticket = &ticket;
    commit(&f, &turn);
    fixture_be_durable(true);
    const esi_store_finding *findings;
    size_t count;
    ASSERT_OK(&f, f.ops->check(f.store, &f.wait, &f.arena, &findings, &count, &f.err));
    ck_assert_uint_ge(count, 4);
    for (size_t i = 0; i < count; i++) {
        ck_assert_msg(findings[i].ok, "%s: %s", findings[i].what, findings[i].detail);
        ck_assert_ptr_null(findings[i].mend);
    }
    fixture_be_durable(false);
    fixture_close(&f);
}
END_TEST

void add_outbox_tests(TCase *cases) {
    ADD(cases, an_opened_ticket_is_told);
    ADD(cases, what_happens_to_a_ticket_is_told_in_order);
    ADD(cases, a_blocked_turn_is_told);
    ADD(cases, a_body_is_the_same_whatever_the_store);
    ADD(cases, what_is_taken_is_not_handed_out_until_its_lease_ends);
    ADD(cases, what_is_acknowledged_is_gone);
    ADD(cases, a_sound_store_passes_its_check_up);
}
