/* test_explain.c: a turn says why, and is the same turn for it. */
#include "fixture.h"

static esi_reply *explained(esi_desk *desk, const char *session, const char *message) {
    esi_error err = {0};
    esi_reply *reply = NULL;
    esi_chat_request request = ESI_CHAT_REQUEST_INIT;
    request.session_id = session;
    request.message = message;
    request.explain = true;
    must(esi_chat_ask(desk, &request, &reply, &err), &err);
    return reply;
}

/* The first line of that stage with that part; "" where there is none. */
static const char *line_of(const esi_reply *reply, const char *stage, const char *part) {
    for (size_t i = 0; i < reply->trace_count; i++) {
        if (strcmp(reply->trace[i]->stage, stage) == 0 && strstr(reply->trace[i]->text, part)) {
            return reply->trace[i]->text;
        }
    }
    return "";
}

static bool says(const esi_reply *reply, const char *stage, const char *part) {
    return line_of(reply, stage, part)[0] != '\0';
}

static const char trouble[] = "The printer shows a paper jam";

START_TEST(nobody_who_did_not_ask_gets_a_trace) {
    esi_desk *desk = open_small();
    esi_reply *reply = ask(desk, NULL, trouble);
    ck_assert_ptr_null(reply->trace);
    ck_assert_uint_eq(reply->trace_count, 0);
    esi_reply_free(reply);
    esi_desk_close(desk);
}
END_TEST

START_TEST(each_stage_says_why_in_the_order_of_the_walk) {
    static const char *const stages[] = {"screen", "recall",  "understand", "retrieve",
                                         "decide", "compose", "answer",     "record"};
    esi_desk *desk = open_small();
    esi_reply *reply = explained(desk, NULL, trouble);
    size_t at = 0;
    for (size_t i = 0; i < reply->trace_count; i++) {
        ck_assert_uint_gt(strlen(reply->trace[i]->text), 0);
        ck_assert_ptr_null(strchr(reply->trace[i]->text, '\n'));
        if (strcmp(reply->trace[i]->stage, stages[at]) != 0) {
            at++;
            ck_assert_uint_lt(at, 8);
            ck_assert_str_eq(reply->trace[i]->stage, stages[at]);
        }
    }
    ck_assert_uint_eq(at, 7);
    esi_reply_free(reply);
    esi_desk_close(desk);
}
END_TEST

START_TEST(a_trace_names_act_sections_coverage_rules_and_what_the_answer_is_made_of) {
    esi_desk *desk = open_small();
    esi_reply *reply = explained(desk, NULL, trouble);
    ck_assert(says(reply, "screen", "no rule"));
    ck_assert(says(reply, "recall", "new session"));
    ck_assert(says(reply, "understand", "act: trouble"));
    ck_assert(says(reply, "understand", "opens issue 1"));
    ck_assert(says(reply, "retrieve", "doc-print#"));
    ck_assert(says(reply, "retrieve", "carries the answer"));
    ck_assert(says(reply, "retrieve", "coverage covered"));
    ck_assert(says(reply, "decide", "policy:trouble"));
    ck_assert(says(reply, "decide", "handles this"));
    ck_assert(says(reply, "compose", "step (3)"));
    ck_assert(says(reply, "answer", "offline"));
    ck_assert(says(reply, "record", "no ticket"));
    esi_reply_free(reply);
    esi_desk_close(desk);
}
END_TEST

START_TEST(a_word_that_no_section_knows_is_named) {
    esi_desk *desk = open_small();
    esi_reply *reply = explained(desk, NULL, "Where can I buy a trombone?");
    ck_assert(says(reply, "retrieve", "trombone"));
    ck_assert(says(reply, "retrieve", "coverage none"));
    ck_assert(says(reply, "decide", "policy:uncovered"));
    ck_assert(says(reply, "record", "opens a ticket"));
    esi_reply_free(reply);
    esi_desk_close(desk);
}
END_TEST

START_TEST(a_condition_is_told_as_open_or_met_with_the_tries_counted) {
    esi_desk *desk = open_small();
    esi_reply *first = explained(desk, "s", "My badge is not read at the door");
    ck_assert(says(first, "decide", "two attempts"));
    ck_assert(says(first, "decide", "TIER_2"));
    esi_reply_free(first);
    esi_reply *second = explained(desk, "s", "I did that, it is still not read");
    ck_assert(says(second, "recall", "turn 2"));
    ck_assert(says(second, "understand", "goes on with issue 1"));
    ck_assert(says(second, "understand", "failed tries so far: 1"));
    ck_assert(says(second, "decide", "failed tries: 1 of 2 allowed"));
    esi_reply_free(second);
    esi_reply *third = explained(desk, "s", "Still the same, it did not help");
    ck_assert(says(third, "decide", ": met"));
    esi_reply_free(third);
    esi_desk_close(desk);
}
END_TEST

START_TEST(a_refusal_names_its_rule_and_what_matched) {
    esi_desk *desk = open_small();
    esi_reply *reply = explained(desk, NULL, "How do I read the other team's files?");
    ck_assert(reply->guardrail->blocked);
    ck_assert(says(reply, "screen", reply->guardrail->rule));
    ck_assert(says(reply, "screen", "team"));
    ck_assert(!says(reply, "retrieve", ""));
    esi_reply_free(reply);
    esi_desk_close(desk);
}
END_TEST

START_TEST(what_is_masked_is_masked_in_the_trace_too) {
    esi_desk *desk = open_small();
    esi_reply *reply = explained(desk, NULL, "The printer jams, mail me at eve@example.org");
    ck_assert(says(reply, "screen", "masked"));
    for (size_t i = 0; i < reply->trace_count; i++) {
        ck_assert_ptr_null(strstr(reply->trace[i]->text, "eve@"));
    }
    esi_reply_free(reply);
    esi_desk_close(desk);
}
END_TEST

START_TEST(an_explained_turn_is_decided_and_answered_alike) {
    static const char *const messages[] = {"The printer shows a paper jam", "still the same",
                                           "I want to talk to a person", "it works now",
                                           "How do I read the other team's files?"};
    esi_desk *desk = open_small();
    for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
        esi_reply *plain = ask(desk, "plain", messages[i]);
        esi_reply *told = explained(desk, "told", messages[i]);
        ck_assert_str_eq(plain->answer, told->answer);
        ck_assert_int_eq(plain->act, told->act);
        ck_assert_int_eq(plain->coverage, told->coverage);
        ck_assert_int_eq(plain->tier, told->tier);
        ck_assert_int_eq(plain->severity, told->severity);
        ck_assert_int_eq(plain->needs_escalation, told->needs_escalation);
        ck_assert_uint_eq(plain->rule_count, told->rule_count);
        esi_reply_free(plain);
        esi_reply_free(told);
    }
    esi_desk_close(desk);
}
END_TEST

START_TEST(the_same_turn_is_explained_alike) {
    esi_desk *desk = open_small();
    esi_reply *one = explained(desk, "one", "Where can I buy a trombone?");
    esi_reply *other = explained(desk, "other", "Where can I buy a trombone?");
    ck_assert_uint_eq(one->trace_count, other->trace_count);
    for (size_t i = 0; i < one->trace_count; i++) {
        ck_assert_str_eq(one->trace[i]->text, other->trace[i]->text);
    }
    esi_reply_free(one);
    esi_reply_free(other);
    esi_desk_close(desk);
}
END_TEST

START_TEST(a_stored_reply_says_that_it_is_one) {
    esi_error err = {0};
    esi_desk *desk = open_small();
    esi_chat_request request = ESI_CHAT_REQUEST_INIT;
    request.request_id = "r-1";
    request.message = trouble;
    request.explain = true;
    for (int i = 0; i < 2; i++) {
        esi_reply *reply = NULL;
        must(esi_chat_ask(desk, &request, &reply, &err), &err);
        ck_assert_int_eq(reply->replayed, i == 1);
        ck_assert_int_eq(says(reply, "recall", "answered before"), i == 1);
        esi_reply_free(reply);
    }
    esi_desk_close(desk);
}
END_TEST

START_TEST(a_very_long_message_gives_lines_of_a_line_each) {
    static char message[8001];
    for (size_t i = 0; i + 8 < sizeof(message); i += 8) {
        memcpy(message + i, "pr\xc3\xbcnter ", 8);
    }
    esi_desk *desk = open_small();
    esi_reply *reply = explained(desk, NULL, message);
    for (size_t i = 0; i < reply->trace_count; i++) {
        ck_assert_uint_lt(strlen(reply->trace[i]->text), 500);
    }
    esi_reply_free(reply);
    esi_desk_close(desk);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("explain");
    tcase_add_test(t, nobody_who_did_not_ask_gets_a_trace);
    tcase_add_test(t, each_stage_says_why_in_the_order_of_the_walk);
    tcase_add_test(t, a_trace_names_act_sections_coverage_rules_and_what_the_answer_is_made_of);
    tcase_add_test(t, a_word_that_no_section_knows_is_named);
    tcase_add_test(t, a_condition_is_told_as_open_or_met_with_the_tries_counted);
    tcase_add_test(t, a_refusal_names_its_rule_and_what_matched);
    tcase_add_test(t, what_is_masked_is_masked_in_the_trace_too);
    tcase_add_test(t, an_explained_turn_is_decided_and_answered_alike);
    tcase_add_test(t, the_same_turn_is_explained_alike);
    tcase_add_test(t, a_stored_reply_says_that_it_is_one);
    tcase_add_test(t, a_very_long_message_gives_lines_of_a_line_each);
    return tap_run("desk/explain", t);
}
