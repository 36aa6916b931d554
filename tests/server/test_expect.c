/* test_expect.c: what is expected of a reply, and whether it holds. */
#include <stdio.h>
#include <string.h>

#include "expect.h"
#include "tap.h"

/* What a judgement missed, a line each: "key|wanted|got". */
struct missed {
    char text[4096];
};

static void on_miss(void *context, enum expect_key key, const char *wanted, const char *got) {
    struct missed *missed = context;
    const size_t n = strlen(missed->text);
    snprintf(missed->text + n, sizeof(missed->text) - n, "%s|%s|%s\n", expect_keys[key], wanted,
             got);
}

/* A plain answer from two documents. */
static const esi_reference vpn = {"kb-vpn", "VPN", "2.1", "VPN > Drops", 0.5};
static const esi_reference dns = {"KB-DNS", "DNS", "", "DNS > Names", 0.25};
static const esi_reference *const references[] = {&vpn, &dns};
static const char *const questions[] = {"Which VPN profile are you using?", "Since when?"};
static const char *const rules[] = {"policy:trouble"};
static const esi_verdict passed = {0};

static esi_reply reply_of(const char *answer) {
    return (esi_reply){.answer = answer,
                       .references = references,
                       .reference_count = 2,
                       .act = ESI_ACT_TROUBLE,
                       .coverage = ESI_COVERAGE_COVERED,
                       .tier = ESI_TIER_1,
                       .severity = ESI_SEVERITY_MEDIUM,
                       .guardrail = &passed,
                       .rules = rules,
                       .rule_count = 1,
                       .questions = questions,
                       .question_count = 2};
}

static void judge(const char *json, const esi_reply *reply, struct missed *out) {
    esi_error err = {0};
    struct body *body = NULL;
    struct expect expect;
    ck_assert_msg(body_parse(json, strlen(json), &body, &err) == ESI_OK, "%s", err.message);
    ck_assert_msg(expect_read(body_root(body), &expect, &err) == ESI_OK, "%s", err.message);
    out->text[0] = '\0';
    ck_assert_int_eq(expect_judge(&expect, reply, on_miss, out, &err), ESI_OK);
    expect_clear(&expect);
    body_free(body);
}

/* What misses of a reply with this answer. */
static void misses(const char *json, const char *answer, const char *wanted) {
    const esi_reply reply = reply_of(answer);
    struct missed missed;
    judge(json, &reply, &missed);
    ck_assert_str_eq(missed.text, wanted);
}

START_TEST(values_hold_or_are_told) {
    misses("{\"tier\":\"TIER_1\",\"severity\":[\"LOW\",\"MEDIUM\"],\"act\":\"trouble\","
           "\"coverage\":\"covered\",\"blocked\":false,\"escalation\":false,\"ticket\":false,"
           "\"asks\":true}",
           "x", "");
    misses("{\"tier\":[\"TIER_0\",\"TIER_2\",\"TIER_3\"],\"severity\":\"LOW\",\"ticket\":true}",
           "x", "tier|TIER_0, TIER_2 or TIER_3|TIER_1\nseverity|LOW|MEDIUM\nticket|true|false\n");
    misses("{\"coverage\":[\"none\",\"vague\"],\"asks\":false}", "x",
           "coverage|vague or none|covered\nasks|false|true\n");
}
END_TEST

START_TEST(a_refusal_has_no_coverage_and_its_category_may_be_one_of_several) {
    const esi_verdict verdict = {.blocked = true, .category = "logging"};
    esi_reply reply = reply_of("No.");
    struct missed missed;
    reply.guardrail = &verdict;
    reply.coverage = ESI_COVERAGE_NULL;
    judge("{\"blocked\":true,\"category\":[\"secrets\",\"Logging\"]}", &reply, &missed);
    ck_assert_str_eq(missed.text, "");
    judge("{\"coverage\":\"none\",\"category\":[\"secrets\",\"host\"]}", &reply, &missed);
    ck_assert_str_eq(missed.text, "coverage|none|nothing\ncategory|secrets or host|logging\n");
}
END_TEST

START_TEST(documents_are_cited_by_whole_ids_and_without_regard_to_case) {
    misses("{\"cites\":[\"kb-vpn\",\"kb-dns|kb-other\"],\"not_cites\":[\"kb-vp\",\"vpn\"]}", "x",
           "");
    misses("{\"cites\":[\"kb\"],\"not_cites\":[\"kb-dns\"]}", "x",
           "cites|\"kb\"|kb-vpn, KB-DNS\nnot_cites|\"kb-dns\"|kb-vpn, KB-DNS\n");
}
END_TEST

START_TEST(words_are_found_however_they_are_written) {
    misses(
        "{\"says\":[\"USE  tcp\",\"it's\",\"STRASSE|\xc3\x89T\xc3\x89\",\"a - b\",\"\xce\xa3\"]}",
        "Use\n\tTCP. It\xe2\x80\x99s \xc3\xa9t\xc3\xa9 a \xe2\x80\x93 b \xcf\x83", "");
    misses("{\"says\":\"port 25\"}",
           "port\xc2\xa0"
           "25 is open",
           "");
    misses("{\"not_says\":[\"tcp\"]}", "First line.\nThen use TCP.\nLast.",
           "not_says|\"tcp\"|Then use TCP.\n");
    misses("{\"not_says\":[\"line. then\"]}", "First line.\nThen.",
           "not_says|\"line. then\"|First line. Then.\n");
    misses("{\"says\":[\"a|b\"]}", "c", "says|\"a\" or \"b\"|c\n");
}
END_TEST

START_TEST(questions_are_looked_at_one_by_one) {
    misses("{\"asks\":[\"profile\",\"since\"],\"not_asks\":[\"seat\",\"using? since\"]}", "x", "");
    misses("{\"asks\":[\"seat\"],\"not_asks\":[\"which\"]}", "x",
           "asks|\"seat\"|Which VPN profile are you using? / Since when?\n"
           "not_asks|\"which\"|Which VPN profile are you using? / Since when?\n");
}
END_TEST

START_TEST(a_long_answer_is_shown_without_half_a_character) {
    static char answer[1001];
    struct missed missed;
    for (size_t i = 0; i + 1 < sizeof(answer); i += 2) {
        memcpy(answer + i, "\xc3\xa9", 2);
    }
    for (size_t shift = 0; shift < 2; shift++) {
        const esi_reply reply = reply_of(answer + 2 * shift);
        answer[0] = 'x';
        judge("{\"says\":\"y\"}", &reply, &missed);
        const char *got = strrchr(missed.text, '|') + 1;
        ck_assert_uint_lt(strlen(got), 260);
        ck_assert_str_eq(got + strlen(got) - 4, "...\n");
        ck_assert_uint_eq((unsigned char)got[strlen(got) - 5], 0xa9);
    }
}
END_TEST

START_TEST(what_is_expected_is_counted_as_it_can_miss) {
    const char *json = "{\"tier\":[\"TIER_0\",\"TIER_1\"],\"says\":[\"a\",\"b\"],\"asks\":[\"c\"],"
                       "\"category\":[\"x\",\"y\"],\"cites\":\"d\"}";
    esi_error err = {0};
    struct body *body = NULL;
    struct expect expect;
    ck_assert_int_eq(body_parse(json, strlen(json), &body, &err), ESI_OK);
    ck_assert_int_eq(expect_read(body_root(body), &expect, &err), ESI_OK);
    ck_assert_uint_eq(expect_count(&expect, EXPECT_TIER), 1);
    ck_assert_uint_eq(expect_count(&expect, EXPECT_SAYS), 2);
    ck_assert_uint_eq(expect_count(&expect, EXPECT_ASKS), 1);
    ck_assert_uint_eq(expect_count(&expect, EXPECT_CATEGORY), 1);
    ck_assert_uint_eq(expect_count(&expect, EXPECT_CITES), 1);
    ck_assert_uint_eq(expect_count(&expect, EXPECT_BLOCKED), 0);
    expect_clear(&expect);
    body_free(body);
}
END_TEST

/* In what two replies differ, and what they say there, as "what|one|other"; "" for nothing. */
static void differ(const esi_reply *one, const esi_reply *other, const char *wanted) {
    struct outbuf a = OUTBUF_INIT;
    struct outbuf b = OUTBUF_INIT;
    char text[256] = "";
    const char *what = expect_differ(one, other, &a, &b);
    if (what) {
        snprintf(text, sizeof(text), "%s|%s|%s", what, a.data, b.data);
    }
    ck_assert_str_eq(text, wanted);
    outbuf_clear(&a);
    outbuf_clear(&b);
}

START_TEST(two_replies_differ_in_any_decision_or_word_but_not_in_ids) {
    esi_reply one = reply_of("Use TCP.");
    esi_reply other = reply_of("Use TCP.");
    one.session_id = "a";
    other.session_id = "b";
    one.message_id = "1";
    other.message_id = "2";
    differ(&one, &other, "");
    other.ticket_id = "t-1";
    differ(&one, &other, "ticket|false|true");
    one.ticket_id = "t-2";
    one.ticket_number = 7;
    differ(&one, &other, "");
    other.tier = ESI_TIER_2;
    differ(&one, &other, "tier|TIER_1|TIER_2");
    other.tier = ESI_TIER_1;
    other.answer = "Use  TCP.";
    differ(&one, &other, "says|Use TCP.|Use  TCP.");
    other.answer = one.answer;
    other.reference_count = 1;
    differ(&one, &other,
           "cites|kb-vpn#VPN > Drops 0.5, KB-DNS#DNS > Names 0.25|"
           "kb-vpn#VPN > Drops 0.5");
    other.reference_count = 2;
    other.question_count = 1;
    differ(&one, &other,
           "asks|Which VPN profile are you using?, Since when?|"
           "Which VPN profile are you using?");
    other.question_count = 2;
    other.rule_count = 0;
    differ(&one, &other, "rules|policy:trouble|");
    other.rule_count = 1;
    other.category = "vpn";
    differ(&one, &other, "category|none, none|none, vpn");
    other.category = NULL;
    other.confidence = 0.5;
    differ(&one, &other, "confidence|0|0.5");
}
END_TEST

int main(void) {
    TCase *t = tcase_create("expect");
    tcase_add_test(t, values_hold_or_are_told);
    tcase_add_test(t, a_refusal_has_no_coverage_and_its_category_may_be_one_of_several);
    tcase_add_test(t, documents_are_cited_by_whole_ids_and_without_regard_to_case);
    tcase_add_test(t, words_are_found_however_they_are_written);
    tcase_add_test(t, questions_are_looked_at_one_by_one);
    tcase_add_test(t, a_long_answer_is_shown_without_half_a_character);
    tcase_add_test(t, what_is_expected_is_counted_as_it_can_miss);
    tcase_add_test(t, two_replies_differ_in_any_decision_or_word_but_not_in_ids);
    return tap_run("server/expect", t);
}
