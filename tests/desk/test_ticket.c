#include "fixture.h"

static esi_ticket *open_ticket(esi_desk *desk, const esi_actor *actor, const char *summary) {
    esi_error err = {0};
    esi_ticket *ticket = NULL;
    esi_ticket_request request = ESI_TICKET_REQUEST_INIT;
    request.summary = summary;
    must(esi_ticket_create(desk, actor, &request, &ticket, &err), &err);
    return ticket;
}

static esi_actor person(const char *id, esi_role role) {
    esi_actor actor = ESI_ACTOR_INIT;
    actor.user_id = id;
    actor.role = role;
    return actor;
}

static const char *detail(const esi_ticket *ticket, const char *name) {
    for (size_t i = 0; i < ticket->detail_count; i++) {
        if (strcmp(ticket->details[i]->name, name) == 0) {
            return ticket->details[i]->value ? ticket->details[i]->value : "";
        }
    }
    return NULL;
}

START_TEST(a_ticket_of_the_desk_says_what_where_and_who_is_hit) {
    esi_desk *desk = open_small();
    esi_error err = {0};
    esi_ticket *ticket = NULL;
    esi_reply *r = ask(desk, "s-1",
                       "Hello! The door doesn't read my badge, locker B12, since 9:40. All of "
                       "my colleagues have the same problem.");
    ck_assert(r->needs_escalation);
    must(esi_ticket_get(desk, NULL, r->ticket_id, &ticket, &err), &err);
    ck_assert_str_eq(ticket->summary,
                     "The door doesn't read my badge, locker B12, since 9:40 (several people)");
    ck_assert_str_eq(detail(ticket, "Locker"), "B12");
    ck_assert_str_eq(detail(ticket, "When"), "since 9:40");
    esi_ticket_free(ticket);
    esi_reply_free(r);
    esi_desk_close(desk);
}
END_TEST

START_TEST(a_step_that_failed_stands_in_a_ticket_once) {
    esi_desk *desk = open_small();
    esi_error err = {0};
    esi_ticket *ticket = NULL;
    esi_reply_free(ask(desk, "s-1", "My badge is not read at the door"));
    esi_reply *r = ask(desk, "s-1", "I tried all of that twice and it still fails");
    must(esi_ticket_get(desk, NULL, r->ticket_id, &ticket, &err), &err);
    const size_t told = ticket->attempt_count;
    ck_assert_uint_ge(told, 2);
    esi_ticket_free(ticket);
    esi_reply_free(ask(desk, "s-1", "It is still not read"));
    must(esi_ticket_get(desk, NULL, r->ticket_id, &ticket, &err), &err);
    ck_assert_uint_eq(ticket->attempt_count, told);
    esi_ticket_free(ticket);
    esi_reply_free(r);
    esi_desk_close(desk);
}
END_TEST

START_TEST(tickets_are_numbered_and_read_by_id_and_number) {
    esi_desk *desk = open_small();
    esi_ticket *a = open_ticket(desk, NULL, "The badge printer is out of ribbon");
    esi_ticket *b = open_ticket(desk, NULL, "A chair in room 4 is broken");
    ck_assert_int_eq(a->number, 1);
    ck_assert_int_eq(b->number, 2);
    ck_assert_int_eq(a->status, ESI_TICKET_OPEN);
    ck_assert_str_eq(a->kind, "manual");
    ck_assert_int_eq(a->version, 1);
    esi_error err = {0};
    esi_ticket *by_number = NULL;
    must(esi_ticket_get(desk, NULL, "2", &by_number, &err), &err);
    ck_assert_str_eq(by_number->id, b->id);
    ck_assert_str_eq(by_number->summary, "A chair in room 4 is broken");
    esi_ticket_free(by_number);
    ck_assert_int_eq(esi_ticket_get(desk, NULL, "99", &by_number, &err), ESI_ENOTFOUND);
    esi_ticket_free(a);
    esi_ticket_free(b);
    esi_desk_close(desk);
}
END_TEST

START_TEST(a_trainees_severity_is_a_wish_and_a_host_may_set_it) {
    esi_desk *desk = open_small();
    esi_error err = {0};
    esi_ticket *ticket = NULL;
    const esi_actor alice = person("alice", ESI_ROLE_TRAINEE);
    esi_ticket_request request = ESI_TICKET_REQUEST_INIT;
    request.summary = "The badge printer is out of ribbon";
    request.has_severity = true;
    request.severity = ESI_SEVERITY_CRITICAL;
    must(esi_ticket_create(desk, &alice, &request, &ticket, &err), &err);
    ck_assert_int_ne(ticket->severity, ESI_SEVERITY_CRITICAL);
    ck_assert(ticket->has_requested_severity);
    ck_assert_int_eq(ticket->requested_severity, ESI_SEVERITY_CRITICAL);
    ck_assert_str_eq(ticket->created_by, "alice");
    esi_ticket_free(ticket);
    must(esi_ticket_create(desk, NULL, &request, &ticket, &err), &err);
    ck_assert_int_eq(ticket->severity, ESI_SEVERITY_CRITICAL);
    ck_assert(!ticket->has_requested_severity);
    esi_ticket_free(ticket);
    esi_desk_close(desk);
}
END_TEST

static size_t count_for(esi_desk *desk, const esi_actor *actor) {
    esi_error err = {0};
    esi_ticket_list *list = NULL;
    must(esi_ticket_list_get(desk, actor, NULL, &list, &err), &err);
    const size_t count = list->count;
    esi_ticket_list_free(list);
    return count;
}

START_TEST(each_role_sees_what_it_may) {
    esi_desk *desk = open_small();
    const esi_actor alice = person("alice", ESI_ROLE_TRAINEE);
    const esi_actor bob = person("bob", ESI_ROLE_INSTRUCTOR);
    const esi_actor otto = person("otto", ESI_ROLE_OPERATOR);
    const esi_actor eve = person("eve", ESI_ROLE_SUPPORT_ENGINEER);
    esi_ticket *low = open_ticket(desk, &alice, "The badge printer is out of ribbon");
    esi_error err = {0};
    esi_ticket *high = NULL;
    esi_ticket_request request = ESI_TICKET_REQUEST_INIT;
    request.summary = "The lights in the hall are off";
    request.has_severity = true;
    request.severity = ESI_SEVERITY_HIGH;
    must(esi_ticket_create(desk, &eve, &request, &high, &err), &err);
    ck_assert_uint_eq(count_for(desk, &alice), 1);
    ck_assert_uint_eq(count_for(desk, &bob), 0);
    ck_assert_uint_eq(count_for(desk, &otto), 1);
    ck_assert_uint_eq(count_for(desk, &eve), 2);
    ck_assert_uint_eq(count_for(desk, NULL), 2);
    esi_ticket *seen = NULL;
    ck_assert_int_eq(esi_ticket_get(desk, &bob, low->id, &seen, &err), ESI_ENOTFOUND);
    ck_assert_int_eq(esi_ticket_get(desk, &otto, low->id, &seen, &err), ESI_ENOTFOUND);
    esi_ticket_free(low);
    esi_ticket_free(high);
    esi_desk_close(desk);
}
END_TEST

static esi_err change(esi_desk *desk, const esi_actor *actor, const char *id,
                      esi_ticket_change change, esi_error *err) {
    esi_ticket *ticket = NULL;
    const esi_err rc = esi_ticket_update(desk, actor, id, &change, &ticket, err);
    esi_ticket_free(ticket);
    return rc;
}

START_TEST(who_has_no_name_finds_a_ticket_by_its_id_alone) {
    esi_desk *desk = open_small();
    esi_error err = {0};
    const esi_actor nobody = person(NULL, ESI_ROLE_TRAINEE);
    const esi_actor alice = person("alice", ESI_ROLE_TRAINEE);
    esi_ticket *own = open_ticket(desk, &nobody, "The badge printer is out of ribbon");
    esi_ticket *other = open_ticket(desk, &alice, "A chair in room 4 is broken");
    esi_ticket *found = NULL;
    must(esi_ticket_get(desk, &nobody, own->id, &found, &err), &err);
    ck_assert_int_eq(found->number, own->number);
    esi_ticket_free(found);
    ck_assert_int_eq(esi_ticket_get(desk, &nobody, "1", &found, &err), ESI_ENOTFOUND);
    ck_assert_int_eq(esi_ticket_get(desk, &nobody, other->id, &found, &err), ESI_ENOTFOUND);
    ck_assert_int_eq(esi_ticket_get(desk, &alice, own->id, &found, &err), ESI_ENOTFOUND);
    esi_ticket_free(own);
    esi_ticket_free(other);
    esi_desk_close(desk);
}
END_TEST

START_TEST(each_role_changes_what_it_may) {
    esi_desk *desk = open_small();
    const esi_actor alice = person("alice", ESI_ROLE_TRAINEE);
    const esi_actor otto = person("otto", ESI_ROLE_OPERATOR);
    const esi_actor eve = person("eve", ESI_ROLE_SUPPORT_ENGINEER);
    esi_ticket *t = open_ticket(desk, &alice, "The badge printer is out of ribbon");
    esi_error err = {0};
    esi_ticket_change resolve = ESI_TICKET_CHANGE_INIT;
    resolve.has_status = true;
    resolve.status = ESI_TICKET_RESOLVED;
    esi_ticket_change comment = ESI_TICKET_CHANGE_INIT;
    comment.comment = "it is the one on the first floor";
    ck_assert_int_eq(change(desk, &alice, t->id, resolve, &err), ESI_EFORBIDDEN);
    ck_assert_int_eq(change(desk, &alice, t->id, comment, &err), ESI_OK);
    esi_ticket_change raise = ESI_TICKET_CHANGE_INIT;
    raise.has_severity = true;
    raise.severity = ESI_SEVERITY_CRITICAL;
    ck_assert_int_eq(change(desk, &eve, t->id, raise, &err), ESI_OK);
    esi_ticket_change tier = ESI_TICKET_CHANGE_INIT;
    tier.has_tier = true;
    tier.tier = ESI_TIER_3;
    ck_assert_int_eq(change(desk, &otto, t->id, tier, &err), ESI_EFORBIDDEN);
    raise.severity = ESI_SEVERITY_LOW;
    ck_assert_int_eq(change(desk, &otto, t->id, raise, &err), ESI_EFORBIDDEN);
    ck_assert_int_eq(change(desk, &eve, t->id, raise, &err), ESI_EINVAL);
    raise.comment = "the ribbon was found";
    ck_assert_int_eq(change(desk, &eve, t->id, raise, &err), ESI_OK);
    ck_assert_int_eq(change(desk, &otto, t->id, resolve, &err), ESI_ENOTFOUND);
    ck_assert_int_eq(change(desk, &eve, t->id, resolve, &err), ESI_OK);
    esi_ticket_free(t);
    esi_desk_close(desk);
}
END_TEST

START_TEST(a_change_names_the_version_it_saw) {
    esi_desk *desk = open_small();
    esi_ticket *t = open_ticket(desk, NULL, "The badge printer is out of ribbon");
    esi_error err = {0};
    esi_ticket_change assign = ESI_TICKET_CHANGE_INIT;
    assign.assignee = "eve";
    assign.if_version = t->version;
    ck_assert_int_eq(change(desk, NULL, t->id, assign, &err), ESI_OK);
    ck_assert_int_eq(change(desk, NULL, t->id, assign, &err), ESI_ECONFLICT);
    esi_ticket_change nothing = ESI_TICKET_CHANGE_INIT;
    ck_assert_int_eq(change(desk, NULL, t->id, nothing, &err), ESI_EINVAL);
    esi_ticket_change status = ESI_TICKET_CHANGE_INIT;
    status.has_status = true;
    status.status = ESI_TICKET_CLOSED;
    ck_assert_int_eq(change(desk, NULL, t->id, status, &err), ESI_OK);
    status.status = ESI_TICKET_IN_PROGRESS;
    ck_assert_int_eq(change(desk, NULL, t->id, status, &err), ESI_EINVAL);
    esi_ticket_free(t);
    esi_desk_close(desk);
}
END_TEST

START_TEST(lists_come_in_pages_without_gaps_or_doubles) {
    esi_desk *desk = open_small();
    char summary[64];
    for (int i = 0; i < 5; i++) {
        snprintf(summary, sizeof(summary), "Chair number %d is broken", i);
        esi_ticket_free(open_ticket(desk, NULL, summary));
    }
    esi_error err = {0};
    esi_ticket_query query = ESI_TICKET_QUERY_INIT;
    query.limit = 2;
    char cursor[64];
    int64_t expected = 5;
    for (int page = 0; page < 3; page++) {
        esi_ticket_list *list = NULL;
        must(esi_ticket_list_get(desk, NULL, &query, &list, &err), &err);
        ck_assert_uint_eq(list->count, page < 2 ? 2 : 1);
        for (size_t i = 0; i < list->count; i++) {
            ck_assert_int_eq(list->items[i]->number, expected--);
        }
        ck_assert_int_eq(list->next_cursor != NULL, page < 2);
        if (list->next_cursor) {
            snprintf(cursor, sizeof(cursor), "%s", list->next_cursor);
            query.cursor = cursor;
        }
        esi_ticket_list_free(list);
    }
    query.cursor = "what?";
    esi_ticket_list *list = NULL;
    ck_assert_int_eq(esi_ticket_list_get(desk, NULL, &query, &list, &err), ESI_EINVAL);
    query.cursor = NULL;
    query.limit = 101;
    ck_assert_int_eq(esi_ticket_list_get(desk, NULL, &query, &list, &err), ESI_EINVAL);
    esi_desk_close(desk);
}
END_TEST

START_TEST(a_ticket_request_that_is_repeated_opens_one_ticket) {
    esi_desk *desk = open_small();
    esi_error err = {0};
    esi_ticket *first = NULL;
    esi_ticket *again = NULL;
    esi_ticket_request request = ESI_TICKET_REQUEST_INIT;
    request.request_id = "t-1";
    request.summary = "The badge printer is out of ribbon";
    must(esi_ticket_create(desk, NULL, &request, &first, &err), &err);
    must(esi_ticket_create(desk, NULL, &request, &again, &err), &err);
    ck_assert_str_eq(first->id, again->id);
    esi_ticket_free(first);
    esi_ticket_free(again);
    request.summary = "Another thing";
    ck_assert_int_eq(esi_ticket_create(desk, NULL, &request, &again, &err), ESI_EMISMATCH);
    ck_assert_uint_eq(count_for(desk, NULL), 1);
    esi_desk_close(desk);
}
END_TEST

START_TEST(opened_tickets_are_handed_to_the_host_until_it_says_they_arrived) {
    esi_desk *desk = open_small();
    esi_ticket *t = open_ticket(desk, NULL, "The badge printer is out of ribbon");
    esi_error err = {0};
    esi_outbox_batch *batch = NULL;
    must(esi_outbox_take(desk, 10, 60000, &batch, &err), &err);
    ck_assert_uint_eq(batch->count, 1);
    ck_assert_str_eq(batch->items[0]->kind, "ticket.opened");
    ck_assert_str_eq(batch->items[0]->subject, t->id);
    esi_outbox_batch *leased = NULL;
    must(esi_outbox_take(desk, 10, 60000, &leased, &err), &err);
    ck_assert_uint_eq(leased->count, 0);
    const char *const ids[] = {batch->items[0]->id};
    must(esi_outbox_ack(desk, ids, 1, &err), &err);
    esi_outbox_batch_free(leased);
    esi_outbox_batch_free(batch);
    esi_ticket_free(t);
    esi_desk_close(desk);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("ticket");
    tcase_add_test(t, a_ticket_of_the_desk_says_what_where_and_who_is_hit);
    tcase_add_test(t, a_step_that_failed_stands_in_a_ticket_once);
    tcase_add_test(t, tickets_are_numbered_and_read_by_id_and_number);
    tcase_add_test(t, a_trainees_severity_is_a_wish_and_a_host_may_set_it);
    tcase_add_test(t, each_role_sees_what_it_may);
    tcase_add_test(t, who_has_no_name_finds_a_ticket_by_its_id_alone);
    tcase_add_test(t, each_role_changes_what_it_may);
    tcase_add_test(t, a_change_names_the_version_it_saw);
    tcase_add_test(t, lists_come_in_pages_without_gaps_or_doubles);
    tcase_add_test(t, a_ticket_request_that_is_repeated_opens_one_ticket);
    tcase_add_test(t, opened_tickets_are_handed_to_the_host_until_it_says_they_arrived);
    return tap_run("desk/ticket", t);
}
