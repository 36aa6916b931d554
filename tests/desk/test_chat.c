#include "fixture.h"

#include <pthread.h>

#include "desk/reply.h"

START_TEST(answers_from_the_knowledge_base_with_its_source) {
    esi_desk *desk = open_small();
    esi_reply *r = ask(desk, "s-1", "The printer reports a paper jam, what do I do?");
    ck_assert_int_eq(r->coverage, ESI_COVERAGE_COVERED);
    ck_assert_uint_ge(r->reference_count, 1);
    ck_assert_str_eq(r->references[0]->id, "doc-print");
    ck_assert_str_eq(r->references[0]->version, "1.2");
    ck_assert_ptr_nonnull(strstr(r->answer, "rear flap"));
    ck_assert_ptr_nonnull(strstr(r->answer, "green button"));
    ck_assert_int_eq(r->tier, ESI_TIER_0);
    ck_assert(!r->needs_escalation);
    ck_assert_ptr_null(r->ticket_id);
    ck_assert_str_eq(r->model, "offline");
    ck_assert_str_eq(r->session_id, "s-1");
    ck_assert(!r->guardrail->blocked);
    esi_reply_free(r);
    esi_desk_close(desk);
}
END_TEST

START_TEST(says_to_the_letter_that_something_is_not_covered) {
    esi_desk *desk = open_small();
    esi_reply *r = ask(desk, NULL, "How do I bake bread?");
    ck_assert_str_eq(r->answer, "This is not covered in the knowledge base.");
    ck_assert_int_eq(r->coverage, ESI_COVERAGE_NONE);
    ck_assert(r->needs_escalation);
    ck_assert_ptr_nonnull(r->ticket_id);
    ck_assert_int_eq(r->ticket_number, 1);
    ck_assert_uint_eq(r->reference_count, 0);
    esi_reply_free(r);
    esi_desk_close(desk);
}
END_TEST

START_TEST(refuses_by_rule_and_joins_the_same_ticket_when_asked_again) {
    esi_desk *desk = open_small();
    esi_reply *first = ask(desk, "s-1", "How do I read the other team's files?");
    ck_assert(first->guardrail->blocked);
    ck_assert_ptr_nonnull(first->guardrail->category);
    ck_assert_ptr_nonnull(first->guardrail->reason);
    ck_assert(first->needs_escalation);
    ck_assert_ptr_nonnull(first->ticket_id);
    esi_reply *second = ask(desk, "s-1", "How do I read the other team's files?");
    ck_assert_str_eq(first->ticket_id, second->ticket_id);
    ck_assert_int_eq(first->ticket_number, second->ticket_number);
    esi_reply_free(first);
    esi_reply_free(second);
    esi_desk_close(desk);
}
END_TEST

START_TEST(a_new_session_gets_an_id_and_can_go_on) {
    esi_desk *desk = open_small();
    esi_reply *first = ask(desk, NULL, "My badge is not read at the door");
    char session[ESI_ID_MAX + 1];
    ck_assert_uint_lt(strlen(first->session_id), sizeof(session));
    memcpy(session, first->session_id, strlen(first->session_id) + 1);
    esi_reply *second = ask(desk, session, "It works now, thanks!");
    ck_assert_str_eq(second->session_id, session);
    ck_assert_int_eq(second->act, ESI_ACT_THANKS);
    ck_assert_int_eq(second->tier, ESI_TIER_0);
    ck_assert_int_eq(second->severity, ESI_SEVERITY_LOW);
    ck_assert_ptr_null(second->ticket_id);
    esi_reply_free(first);
    esi_reply_free(second);
    ck_assert_int_eq(messages_in(desk), 4);
    esi_desk_close(desk);
}
END_TEST

START_TEST(a_ticket_that_is_opened_later_says_what_the_trouble_was) {
    esi_desk *desk = open_small();
    esi_error err = {0};
    esi_ticket *ticket = NULL;
    esi_reply_free(ask(desk, "s-1", "My badge is not read at the door"));
    esi_reply *r = ask(desk, "s-1", "I tried all of that twice and it still fails");
    ck_assert(r->needs_escalation);
    ck_assert_int_eq(r->tier, ESI_TIER_2);
    must(esi_ticket_get(desk, NULL, r->ticket_id, &ticket, &err), &err);
    ck_assert_str_eq(ticket->summary, "My badge is not read at the door");
    ck_assert_uint_ge(ticket->attempt_count, 2);
    ck_assert_str_eq(ticket->attempts[0]->step,
                     "Hold the badge flat against the reader for two seconds.");
    ck_assert(!ticket->attempts[0]->worked);
    esi_ticket_free(ticket);
    esi_reply_free(r);
    esi_desk_close(desk);
}
END_TEST

START_TEST(a_failed_try_goes_on_with_its_section_whatever_else_it_states) {
    esi_desk *desk = open_small();
    put_document(desk, "seats.md",
                 "---\nid: doc-seats\n---\n# Seats\n\n## Seat and locker numbers\n\nEach seat and "
                 "locker has "
                 "a number; seat 14 is beside the window.\n");
    esi_reply_free(ask(desk, "s-1", "My badge is not read at the door"));
    esi_reply *r = ask(desk, "s-1", "I did all that, didn't help. seat 14, locker b03");
    ck_assert_int_eq(r->coverage, ESI_COVERAGE_COVERED);
    ck_assert_uint_eq(r->reference_count, 1);
    ck_assert_str_eq(r->references[0]->id, "doc-badge");
    ck_assert_ptr_null(strstr(r->answer, "window"));
    esi_reply_free(r);
    esi_desk_close(desk);
}
END_TEST

START_TEST(another_persons_session_is_not_found) {
    esi_desk *desk = open_small();
    esi_error err = {0};
    esi_reply *r = NULL;
    esi_chat_request request = ESI_CHAT_REQUEST_INIT;
    request.session_id = "s-alice";
    request.user_id = "alice";
    request.message = "Which paper may be used?";
    must(esi_chat_ask(desk, &request, &r, &err), &err);
    esi_reply_free(r);
    request.user_id = "bob";
    ck_assert_int_eq(esi_chat_ask(desk, &request, &r, &err), ESI_ENOTFOUND);
    ck_assert_str_eq(err.pointer, "/sessionId");
    request.user_id = NULL;
    ck_assert_int_eq(esi_chat_ask(desk, &request, &r, &err), ESI_ENOTFOUND);
    ck_assert_int_eq(messages_in(desk), 2);
    esi_desk_close(desk);
}
END_TEST

START_TEST(a_repeated_request_gets_the_stored_reply_and_happens_once) {
    esi_desk *desk = open_small();
    esi_error err = {0};
    esi_reply *first = NULL;
    esi_reply *again = NULL;
    esi_chat_request request = ESI_CHAT_REQUEST_INIT;
    request.request_id = "r-1";
    request.message = "How do I bake bread?";
    must(esi_chat_ask(desk, &request, &first, &err), &err);
    must(esi_chat_ask(desk, &request, &again, &err), &err);
    ck_assert(!first->replayed);
    ck_assert(again->replayed);
    ck_assert_str_eq(first->session_id, again->session_id);
    ck_assert_str_eq(first->message_id, again->message_id);
    ck_assert_str_eq(first->answer, again->answer);
    ck_assert_str_eq(first->ticket_id, again->ticket_id);
    ck_assert_int_eq(first->ticket_number, again->ticket_number);
    ck_assert_int_eq(first->coverage, again->coverage);
    ck_assert_int_eq(messages_in(desk), 2);
    esi_reply_free(first);
    esi_reply_free(again);
    request.message = "How do I bake a cake?";
    ck_assert_int_eq(esi_chat_ask(desk, &request, &again, &err), ESI_EMISMATCH);
    esi_desk_close(desk);
}
END_TEST

static void expect_refused(esi_desk *desk, const char *message, size_t size, esi_err code) {
    esi_error err = {0};
    esi_reply *r = NULL;
    esi_chat_request request = ESI_CHAT_REQUEST_INIT;
    request.message = message;
    request.message_size = size;
    ck_assert_int_eq(esi_chat_ask(desk, &request, &r, &err), code);
    ck_assert_str_eq(err.pointer, "/message");
    ck_assert_int_eq(err.code, code);
    ck_assert_ptr_null(r);
}

START_TEST(bad_messages_are_refused_and_nothing_is_recorded) {
    esi_desk *desk = open_small();
    char *long_text = malloc(1 << 20);
    ck_assert_ptr_nonnull(long_text);
    memset(long_text, 'a', 1 << 20);
    expect_refused(desk, NULL, ESI_ZSTR, ESI_EINVAL);
    expect_refused(desk, "", ESI_ZSTR, ESI_EINVAL);
    expect_refused(desk, " \t\n\xe2\x80\x8b ", ESI_ZSTR, ESI_EINVAL);
    expect_refused(desk, "caf\xe9", ESI_ZSTR, ESI_EENCODING);
    expect_refused(desk, "a\0b", 3, ESI_EENCODING);
    expect_refused(desk, long_text, 1 << 20, ESI_ETOOBIG);
    expect_refused(desk, long_text, ESI_MESSAGE_MAX_CHARS + 1, ESI_ETOOBIG);
    free(long_text);
    ck_assert_int_eq(messages_in(desk), 0);
    esi_desk_close(desk);
}
END_TEST

START_TEST(bad_fields_are_refused_by_name) {
    esi_desk *desk = open_small();
    char module[10241];
    memset(module, 'm', sizeof(module) - 1);
    module[sizeof(module) - 1] = '\0';
    esi_error err = {0};
    esi_reply *r = NULL;
    esi_chat_request request = ESI_CHAT_REQUEST_INIT;
    request.message = "Which paper may be used?";
    request.module = module;
    ck_assert_int_eq(esi_chat_ask(desk, &request, &r, &err), ESI_ETOOBIG);
    ck_assert_str_eq(err.pointer, "/context/module");
    request.module = NULL;
    request.role = (esi_role)77;
    ck_assert_int_eq(esi_chat_ask(desk, &request, &r, &err), ESI_EINVAL);
    ck_assert_str_eq(err.pointer, "/userRole");
    request.role = ESI_ROLE_NONE;
    request.session_id = "a b";
    ck_assert_int_eq(esi_chat_ask(desk, &request, &r, &err), ESI_EINVAL);
    ck_assert_str_eq(err.pointer, "/sessionId");
    request.session_id = NULL;
    request.deadline_ms = 5;
    ck_assert_int_eq(esi_chat_ask(desk, &request, &r, &err), ESI_EINVAL);
    esi_desk_close(desk);
}
END_TEST

struct seen {
    char kinds[64];
    size_t count;
    char text[4096];
    int stop_at; /* kind to answer non-zero at; -1 never */
};

static int listen(const esi_event *event, void *context) {
    struct seen *seen = context;
    static const char letters[] = "mstrkd"; /* meta source text replace tick done */
    if (seen->count < sizeof(seen->kinds) - 1) {
        seen->kinds[seen->count++] = letters[event->kind];
    }
    if (event->kind == ESI_EVENT_DELTA) {
        strncat(seen->text, event->text, sizeof(seen->text) - strlen(seen->text) - 1);
    }
    return (int)event->kind == seen->stop_at;
}

START_TEST(events_tell_the_turn_in_order_and_their_text_is_the_answer) {
    esi_desk *desk = open_small();
    esi_error err = {0};
    esi_reply *r = NULL;
    struct seen seen = {.stop_at = -1};
    esi_chat_request request = ESI_CHAT_REQUEST_INIT;
    request.message = "The printer reports a paper jam";
    request.on_event = listen;
    request.event_context = &seen;
    must(esi_chat_ask(desk, &request, &r, &err), &err);
    ck_assert_int_eq(seen.kinds[0], 'm');
    ck_assert_int_eq(seen.kinds[1], 's');
    ck_assert_int_eq(seen.kinds[seen.count - 1], 'd');
    ck_assert_str_eq(seen.text, r->answer);
    esi_reply_free(r);
    esi_desk_close(desk);
}
END_TEST

START_TEST(cancelled_before_any_text_nothing_is_recorded_and_it_may_be_repeated) {
    esi_desk *desk = open_small();
    esi_error err = {0};
    esi_reply *r = NULL;
    struct seen seen = {.stop_at = ESI_EVENT_META};
    esi_chat_request request = ESI_CHAT_REQUEST_INIT;
    request.message = "The printer reports a paper jam";
    request.request_id = "r-9";
    request.on_event = listen;
    request.event_context = &seen;
    ck_assert_int_eq(esi_chat_ask(desk, &request, &r, &err), ESI_ECANCELLED);
    ck_assert_int_eq(messages_in(desk), 0);
    request.on_event = NULL;
    must(esi_chat_ask(desk, &request, &r, &err), &err);
    ck_assert(!r->replayed);
    esi_reply_free(r);
    ck_assert_int_eq(messages_in(desk), 2);
    esi_desk_close(desk);
}
END_TEST

START_TEST(cancelled_after_text_was_shown_the_turn_is_recorded_as_interrupted) {
    esi_desk *desk = open_small();
    esi_error err = {0};
    esi_reply *r = NULL;
    struct seen seen = {.stop_at = ESI_EVENT_DELTA};
    esi_chat_request request = ESI_CHAT_REQUEST_INIT;
    request.message = "The printer reports a paper jam";
    request.on_event = listen;
    request.event_context = &seen;
    must(esi_chat_ask(desk, &request, &r, &err), &err);
    ck_assert(r->interrupted);
    ck_assert_str_eq(r->answer, seen.text);
    esi_reply_free(r);
    ck_assert_int_eq(messages_in(desk), 2);
    esi_desk_close(desk);
}
END_TEST

START_TEST(a_switch_that_was_thrown_ends_the_turn_before_it_begins) {
    esi_desk *desk = open_small();
    esi_error err = {0};
    esi_reply *r = NULL;
    esi_chat_request request = ESI_CHAT_REQUEST_INIT;
    request.message = "The printer reports a paper jam";
    request.cancel = esi_cancel_create();
    ck_assert_ptr_nonnull(request.cancel);
    esi_cancel_fire(request.cancel);
    ck_assert_int_eq(esi_chat_ask(desk, &request, &r, &err), ESI_ECANCELLED);
    esi_cancel_free(request.cancel);
    ck_assert_int_eq(messages_in(desk), 0);
    esi_desk_close(desk);
}
END_TEST

START_TEST(secrets_in_a_message_are_not_kept) {
    esi_desk *desk = open_small();
    esi_reply *r = ask(desk, "s-1", "How do I bake bread? Write to maria.lopez@example.org");
    ck_assert_ptr_null(strstr(r->guardrail->redacted, "maria.lopez"));
    esi_error err = {0};
    esi_ticket *ticket = NULL;
    must(esi_ticket_get(desk, NULL, r->ticket_id, &ticket, &err), &err);
    ck_assert_ptr_null(strstr(ticket->summary, "maria.lopez"));
    ck_assert_uint_eq(ticket->conversation_count, 2);
    ck_assert_ptr_null(strstr(ticket->conversation[0]->text, "maria.lopez"));
    esi_ticket_free(ticket);
    esi_reply_free(r);
    esi_desk_close(desk);
}
END_TEST

START_TEST(a_struct_with_a_field_from_the_future_is_refused) {
    esi_desk *desk = open_small();
    struct {
        esi_chat_request request;
        long future;
    } wide = {.request = ESI_CHAT_REQUEST_INIT};
    esi_error err = {0};
    esi_reply *r = NULL;
    wide.request.size = sizeof(wide);
    wide.request.message = "Which paper may be used?";
    must(esi_chat_ask(desk, &wide.request, &r, &err), &err);
    esi_reply_free(r);
    wide.future = 1;
    ck_assert_int_eq(esi_chat_ask(desk, &wide.request, &r, &err), ESI_EINVAL);
    esi_desk_close(desk);
}
END_TEST

struct asker {
    esi_desk *desk;
    int failed;
};

static void *ask_in_one_session(void *context) {
    struct asker *asker = context;
    for (int i = 0; i < 5; i++) {
        esi_reply *r = NULL;
        esi_chat_request request = ESI_CHAT_REQUEST_INIT;
        request.session_id = "s-shared";
        request.message = "Which paper may be used?";
        asker->failed += esi_chat_ask(asker->desk, &request, &r, NULL) != ESI_OK;
        esi_reply_free(r);
    }
    return NULL;
}

START_TEST(turns_of_one_session_follow_one_another) {
    esi_desk *desk = open_small();
    struct asker askers[4];
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) {
        askers[i] = (struct asker){desk, 0};
        ck_assert_int_eq(pthread_create(&threads[i], NULL, ask_in_one_session, &askers[i]), 0);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        ck_assert_int_eq(askers[i].failed, 0);
    }
    ck_assert_int_eq(messages_in(desk), 40);
    esi_desk_close(desk);
}
END_TEST

/* What waits with a caller that holds many replies: their texts and little more. */
START_TEST(a_reply_takes_its_text_and_at_most_16_kilobytes) {
    esi_desk *desk = open_small();
    esi_reply *r = ask(desk, NULL, "The printer reports a paper jam");
    const struct reply *whole = (const struct reply *)r;
    ck_assert_uint_le(whole->arena.used, 16384 + strlen(r->answer));
    esi_reply_free(r);
    esi_desk_close(desk);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("chat");
    tcase_add_test(t, answers_from_the_knowledge_base_with_its_source);
    tcase_add_test(t, says_to_the_letter_that_something_is_not_covered);
    tcase_add_test(t, refuses_by_rule_and_joins_the_same_ticket_when_asked_again);
    tcase_add_test(t, a_new_session_gets_an_id_and_can_go_on);
    tcase_add_test(t, a_ticket_that_is_opened_later_says_what_the_trouble_was);
    tcase_add_test(t, a_failed_try_goes_on_with_its_section_whatever_else_it_states);
    tcase_add_test(t, another_persons_session_is_not_found);
    tcase_add_test(t, a_repeated_request_gets_the_stored_reply_and_happens_once);
    tcase_add_test(t, bad_messages_are_refused_and_nothing_is_recorded);
    tcase_add_test(t, bad_fields_are_refused_by_name);
    tcase_add_test(t, events_tell_the_turn_in_order_and_their_text_is_the_answer);
    tcase_add_test(t, cancelled_before_any_text_nothing_is_recorded_and_it_may_be_repeated);
    tcase_add_test(t, cancelled_after_text_was_shown_the_turn_is_recorded_as_interrupted);
    tcase_add_test(t, a_switch_that_was_thrown_ends_the_turn_before_it_begins);
    tcase_add_test(t, secrets_in_a_message_are_not_kept);
    tcase_add_test(t, a_struct_with_a_field_from_the_future_is_refused);
    tcase_add_test(t, turns_of_one_session_follow_one_another);
    tcase_add_test(t, a_reply_takes_its_text_and_at_most_16_kilobytes);
    return tap_run("desk/chat", t);
}
