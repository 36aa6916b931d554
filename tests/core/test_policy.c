#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "core/policy.h"
#include "core/redact.h"
#include "tap.h"

#define RULE_REST                                                                                  \
    "\"severity\":\"LOW\",\"escalate\":false,\"ticket\":false,\"help\":true,"                      \
    "\"reason\":\"because\",\"reply\":\"no\",\"any\":[\"\\\\bzap\\\\b\"]}"
#define RULE_HEAD                                                                                  \
    "{\"id\":\"x\",\"category\":\"c\",\"scopes\":[\"question\"],\"roles\":[\"trainee\"],"
#define RULE RULE_HEAD "\"tier\":\"TIER_1\"," RULE_REST
#define FILE_WITH(rules) "{\"version\":1,\n\"guardrail\":{\n\"rules\":[\n" rules "]}}"

static struct policy *read_policy(const char *text) {
    struct policy *policy = NULL;
    esi_error err = {0};
    const esi_err e =
        policy_read(text != NULL ? view_of(text) : (struct view){0}, "it.json", &policy, &err);
    ck_assert_msg(e == ESI_OK, "%s", err.message);
    return policy;
}

/* Refused, with this beginning and this somewhere in the message. */
static void refused(const char *text, const char *start, const char *part) {
    struct policy *policy = NULL;
    esi_error err = {0};
    ck_assert_int_eq(policy_read(view_of(text), "it.json", &policy, &err), ESI_EPOLICY);
    ck_assert_ptr_null(policy);
    ck_assert_msg(strncmp(err.message, start, strlen(start)) == 0, "%s", err.message);
    ck_assert_msg(strstr(err.message, part) != NULL, "%s", err.message);
}

static uint64_t signals_of(const struct policy *policy, const char *text) {
    esi_arena arena;
    struct text_folded folded;
    uint64_t bits = 0;
    arena_init(&arena, 0);
    ck_assert_int_eq(text_fold(view_of(text), &arena, &folded, NULL), ESI_OK);
    ck_assert_int_eq(policy_signals(policy, (struct view){folded.p, folded.n}, &bits, NULL),
                     ESI_OK);
    arena_clear(&arena);
    return bits;
}

static const struct policy_rule *rule_of(const struct policy *policy, const char *id) {
    for (size_t i = 0; i < policy->rule_count; i++) {
        if (strcmp(policy->rules[i].id, id) == 0) {
            return &policy->rules[i];
        }
    }
    return NULL;
}

/* ---- the default ----------------------------------------------------------------------------- */

START_TEST(the_default_is_read_and_has_the_categories_of_a_cyber_range) {
    static const char *const wanted[] = {
        "host_access",       "container_escape", "logging_evasion",    "destructive_op",
        "other_users",       "privilege",        "credentials",        "unauthorised_time",
        "system_change",     "range_switch",     "escalation_evasion", "prompt_injection",
        "prompt_extraction", "jailbreak",        "false_authority"};
    struct policy *p = read_policy(NULL);
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        size_t found = 0;
        for (size_t r = 0; r < p->rule_count; r++) {
            found += strcmp(p->rules[r].category, wanted[i]) == 0 ? 1 : 0;
        }
        ck_assert_msg(found > 0, "%s", wanted[i]);
    }
    ck_assert_int_eq(p->tries, 2);
    ck_assert_int_eq(p->vague_rounds, 2);
    ck_assert_int_eq(p->join_minutes, 60);
    ck_assert(p->uncovered_ticket);
    ck_assert(!p->model_may_raise);
    ck_assert_uint_eq(p->redact, REDACT_ALL);
    policy_free(p);
}
END_TEST

START_TEST(every_default_rule_of_the_guardrail_speaks_and_asks_for_a_tier) {
    struct policy *p = read_policy(NULL);
    for (size_t i = 0; i < p->rule_count; i++) {
        const struct policy_rule *r = &p->rules[i];
        ck_assert_msg(r->tier >= ESI_TIER_1 && r->tier <= ESI_TIER_3, "%s", r->id);
        ck_assert_msg(r->reply[0] != '\0' && r->reason[0] != '\0', "%s", r->id);
        ck_assert_msg(!r->escalate || r->ticket, "%s", r->id);
    }
    policy_free(p);
}
END_TEST

START_TEST(replies_are_found_by_id) {
    struct policy *p = read_policy(NULL);
    ck_assert_ptr_nonnull(policy_reply(p, "greeting"));
    ck_assert_ptr_nonnull(policy_reply(p, "refusal"));
    ck_assert_ptr_null(policy_reply(p, "nothing"));
    policy_free(p);
}
END_TEST

START_TEST(synonyms_hold_in_both_directions) {
    struct policy *p = read_policy("{\"version\":1,\"synonyms\":[[\"a\",\"b\",\"c\"]]}");
    ck_assert_uint_eq(p->synonym_count, 6);
    ck_assert_str_eq(p->synonyms[0][0], "a");
    ck_assert_str_eq(p->synonyms[0][1], "b");
    ck_assert_str_eq(p->synonyms[5][0], "c");
    ck_assert_str_eq(p->synonyms[5][1], "b");
    policy_free(p);
}
END_TEST

START_TEST(a_category_is_told_by_its_words_and_by_a_tag) {
    struct policy *p = read_policy(NULL);
    const struct policy_category *category = NULL;
    ck_assert_int_eq(policy_category(p, VIEW("the vpn tunnel drops"), &category, NULL), ESI_OK);
    ck_assert_str_eq(category->id, "vpn");
    ck_assert_int_eq(policy_category(p, VIEW("hello there"), &category, NULL), ESI_OK);
    ck_assert_ptr_null(category);
    ck_assert_str_eq(policy_category_of_tag(p, VIEW("MFA"))->id, "account");
    ck_assert_ptr_null(policy_category_of_tag(p, VIEW("nonsense")));
    policy_free(p);
}
END_TEST

/* ---- signals --------------------------------------------------------------------------------- */

static const struct {
    const char *text, *signals; /* with a "-" in front: must not be there */
} said[] = {
    {"I lost all my work after the reset", "lost-work"},
    {"my files are gone", "lost-work"},
    {"I did not lose any work", "-lost-work"},
    {"will I lose my work if I reset the VM?", "-lost-work"},
    {"my files were gone but I got them back", "-lost-work"},
    {"I'm afraid that I might lose my notes", "risk-of-loss"},
    {"my whole class can't log in", "class several-people"},
    {"portal down again", "outage"},
    {"my snapshot disappeared", "lost-work"},
    {"our class of 30 is stuck", "class"},
    {"only I can't log in, everyone else can", "-several-people"},
    {"the platform is down", "outage"},
    {"what happens when the platform is down?", "-outage"},
    {"the platform was down last week", "-outage"},
    {"the portal is not down, just slow", "-outage"},
    {"it happened during my exam", "graded"},
    {"this is an ungraded practice lab", "-graded"},
    {"someone logged in to my account", "security"},
    {"my password was stolen", "security"},
    {"in the exercise an attacker has access to our server", "-security"},
    {"the vm shows a kernel panic", "kernel-image"},
    {"the lab image is corrupt", "kernel-image"},
    {"it keeps crashing", "repeat-failure"},
    {"I restarted it three times", "repeat-failure"},
    {"I can't connect to the lab", "blocked"},
    {"the vm is no longer frozen", "-blocked"},
    {"it works again after I reload the page", "workaround"},
    {"there is no workaround", "-workaround"},
    {"please hurry, this is urgent", "hurry"},
    {"can I talk to a human please", "wants-person"},
    {"please open a ticket", "wants-person"},
    {"please don't open a ticket", "-wants-person"},
};

START_TEST(signals_are_read_from_what_is_said) {
    struct policy *p = read_policy(NULL);
    const uint64_t bits = signals_of(p, said[_i].text);
    struct view rest = view_of(said[_i].signals), name;
    while (view_split(&rest, ' ', &name)) {
        const bool absent = name.p[0] == '-';
        char id[40];
        snprintf(id, sizeof id, "%.*s", (int)(name.n - absent), name.p + absent);
        const uint64_t bit = policy_signal_bit(p, id);
        ck_assert_msg(bit != 0, "%s", id);
        ck_assert_msg(((bits & bit) != 0) == !absent, "%s: %s", said[_i].text, id);
    }
    policy_free(p);
}
END_TEST

START_TEST(an_unless_lifts_only_within_its_sentence) {
    struct policy *p =
        read_policy("{\"version\":1,\"triage\":{\"signals\":[{\"id\":\"s\","
                    "\"any\":[\"\\\\bdown\\\\b\"],\"unless\":[\"\\\\bnot\\\\b\"]}]}}");
    ck_assert_uint_eq(signals_of(p, "it is not down."), 0);
    ck_assert_uint_eq(signals_of(p, "it is not slow. it is down."), 1);
    ck_assert_uint_eq(signals_of(p, "it is not down. but that is down."), 1);
    policy_free(p);
}
END_TEST

/* ---- files ----------------------------------------------------------------------------------- */

START_TEST(what_lifts_every_signal_leaves_those_that_always_count) {
    struct policy *p =
        read_policy("{\"version\":1,\"triage\":{\"unless\":[\"\\\\bwhat if\\\\b\"],\"signals\":["
                    "{\"id\":\"s\",\"any\":[\"\\\\bdown\\\\b\"]},"
                    "{\"id\":\"t\",\"any\":[\"\\\\bdown\\\\b\"],\"always\":true}]}}");
    ck_assert_uint_eq(signals_of(p, "what if it is down?"), 2);
    ck_assert_uint_eq(signals_of(p, "what if? it is down"), 3);
    policy_free(p);
}
END_TEST

START_TEST(a_signal_that_begins_where_it_is_denied_does_not_count) {
    struct policy *p = read_policy("{\"version\":1,\"triage\":{\"signals\":[{\"id\":\"s\","
                                   "\"any\":[\"\\\\bdown\\\\b\"]}]}}");
    const struct view text = VIEW("not down, and now down");
    bool denied[22] = {false};
    uint64_t bits = 7;
    denied[18] = true;
    ck_assert_int_eq(policy_signals_but(p, text, denied, &bits, NULL), ESI_OK);
    ck_assert_uint_eq(bits, 1);
    denied[4] = true;
    ck_assert_int_eq(policy_signals_but(p, text, denied, &bits, NULL), ESI_OK);
    ck_assert_uint_eq(bits, 0);
    policy_free(p);
}
END_TEST

START_TEST(a_rule_is_read_as_it_is_written) {
    struct policy *p = read_policy(
        FILE_WITH("{\"id\":\"x\",\"category\":\"c\",\"scopes\":[\"question\",\"answer\"],"
                  "\"roles\":[\"trainee\",\"operator\"],\"intents\":[\"how\"],\"tier\":\"TIER_3\","
                  "\"severity\":\"HIGH\",\"escalate\":true,\"ticket\":true,\"help\":false,"
                  "\"least\":2,\"reason\":\"because\",\"reply\":\"no\",\"any\":[\"a1\",\"b1\"]}"));
    const struct policy_rule *r = rule_of(p, "x");
    ck_assert_ptr_nonnull(r);
    ck_assert_str_eq(r->category, "c");
    ck_assert_uint_eq(r->scopes, SCOPE_QUESTION | SCOPE_ANSWER);
    ck_assert_uint_eq(r->roles, 1u << ESI_ROLE_TRAINEE | 1u << ESI_ROLE_OPERATOR);
    ck_assert_uint_eq(r->intents, INTENT_HOW);
    ck_assert_int_eq(r->tier, ESI_TIER_3);
    ck_assert_int_eq(r->severity, ESI_SEVERITY_HIGH);
    ck_assert(r->escalate && r->ticket && !r->help);
    ck_assert_uint_eq(r->least, 2);
    ck_assert_str_eq(r->reply, "no");
    ck_assert_uint_eq(r->unless, PATTERN_NONE);
    policy_free(p);
}
END_TEST

START_TEST(phrases_and_spelling_are_read_as_they_are_written) {
    struct policy *p = read_policy(
        "{\"version\":1,\"guardrail\":{\"phrases\":[{\"id\":\"person\",\"logins\":true,"
        "\"any\":[\"the guy\"]}],\"spelling\":[\"zebra\",\"pin\",\"apple\",\"password\"]}}");
    ck_assert_uint_eq(p->phrase_count, 1);
    ck_assert_str_eq(p->phrases[0].means, "person");
    ck_assert_str_eq(p->login, "person");
    ck_assert_uint_eq(p->spelling_of['a' - 'a'], 0);
    ck_assert_uint_eq(p->spelling_of['b' - 'a'], 1);
    ck_assert_uint_eq(p->spelling_of['p' - 'a'], 1);
    ck_assert_uint_eq(p->spelling_of['q' - 'a'], 3);
    ck_assert_uint_eq(p->spelling_of['z' - 'a'], 3);
    ck_assert_uint_eq(p->spelling_of[26], 4);
    ck_assert_str_eq(p->spelling[1].p, "password");
    policy_free(p);
}
END_TEST

START_TEST(without_phrases_and_spelling_nothing_is_reworded) {
    struct policy *p = read_policy("{\"version\":1}");
    ck_assert_uint_eq(p->phrase_count, 0);
    ck_assert_ptr_null(p->login);
    ck_assert_uint_eq(p->spelling_of[26], 0);
    policy_free(p);
}
END_TEST

START_TEST(a_file_replaces_by_id_and_keeps_the_rest) {
    struct policy *all = read_policy(NULL);
    struct policy *p = read_policy(
        "{\"version\":1,\"extends\":\"default\",\"guardrail\":{\"rules\":[" RULE
        ",{\"id\":\"host-access\",\"category\":\"mine\",\"scopes\":[\"question\"],\"roles\":"
        "[\"trainee\"],\"tier\":\"TIER_1\"," RULE_REST "]},\"triage\":{\"tries\":5},"
        "\"replies\":{\"greeting\":\"Ahoy\"},\"lists\":{\"gap\":[\" \"]},"
        "\"redact\":[\"email\",\"key\"]}");
    ck_assert_uint_eq(p->rule_count, all->rule_count + 1);
    ck_assert_str_eq(rule_of(p, "host-access")->category, "mine");
    ck_assert_ptr_nonnull(rule_of(p, "x"));
    ck_assert_int_eq(p->tries, 5);
    ck_assert_int_eq(p->vague_rounds, 2);
    ck_assert_str_eq(policy_reply(p, "greeting"), "Ahoy");
    ck_assert_str_eq(policy_reply(p, "thanks"), policy_reply(all, "thanks"));
    ck_assert_uint_eq(p->redact, 1u << REDACT_EMAIL | 1u << REDACT_KEY);
    ck_assert_uint_eq(p->signal_count, all->signal_count);
    policy_free(p);
    policy_free(all);
}
END_TEST

START_TEST(lists_stand_for_their_fragments_also_within_lists) {
    struct policy *p = read_policy(
        "{\"version\":1,\"lists\":{\"fruit\":[\"apple\",\"pear\"],\"food\":[\"{{fruit}}s\","
        "\"bread\"]},"
        "\"triage\":{\"signals\":[{\"id\":\"s\",\"any\":[\"\\\\beat {{food}}\\\\b\"]}]}}");
    ck_assert_uint_eq(signals_of(p, "eat pears"), 1);
    ck_assert_uint_eq(signals_of(p, "eat bread"), 1);
    ck_assert_uint_eq(signals_of(p, "eat pear"), 0);
    policy_free(p);
}
END_TEST

static const struct {
    const char *text, *start, *part;
} wrong[] = {
    {"[]", "it.json:1: rules: ", "an object"},
    {"{}", "it.json:1: rules: ", "\"version\" is missing"},
    {"{\"version\":2}", "it.json:1: rules: ", "isn't 1"},
    {"{\"version\":1,\n\"guardrail\":{\"spelling\":[\"Pass word\"]}}",
     "it.json:2: spelling: ", "a to z"},
    {"{\"version\":1,\n\"guardrail\":{\"spelling\":\"x\"}}", "it.json:2: spelling: ", "array"},
    {"{\"version\":1,\"guardrail\":{\"phrases\":[\n{\"id\":\"x\"}]}}", "it.json:2: phrase",
     "\"any\" is missing"},
    {"{\"version\":1,\n\"rules\":[]}", "it.json:2: rules: ", "\"rules\" isn't a name"},
    {"{\"version\":1,\n\n\"extends\":\"mine\"}", "it.json:3: extends: ", "only \"default\""},
    {FILE_WITH("7"), "it.json:4: rule: ", "an object"},
    {FILE_WITH("{}"), "it.json:4: rule: ", "\"id\" is missing"},
    {FILE_WITH(RULE ",\n" RULE), "it.json:5: rule \"x\": ", "twice"},
    {FILE_WITH(RULE_HEAD RULE_REST), "it.json:4: rule \"x\": ", "\"tier\" is missing"},
    {FILE_WITH(RULE_HEAD "\n\"tier\":\"TIER_0\"," RULE_REST),
     "it.json:5: rule \"x\": ", "TIER_1 or more"},
    {FILE_WITH(RULE_HEAD "\n\"tier\":\"HIGH\"," RULE_REST),
     "it.json:5: rule \"x\": ", "TIER_0, TIER_1, TIER_2, TIER_3"},
    {FILE_WITH(RULE_HEAD "\"tier\":\"TIER_1\",\n\"colour\":1," RULE_REST),
     "it.json:5: rule \"x\": ", "\"colour\" isn't a name"},
    {FILE_WITH(RULE_HEAD "\"tier\":\"TIER_1\",\n\"unless\":[\"ok\",\n\"(\"]," RULE_REST),
     "it.json:6: rule \"x\": bad expression: ", "parenthesis"},
    {FILE_WITH(RULE_HEAD "\"tier\":\"TIER_1\",\"unless\":[\"ok\",\n\"{{nope}}\"]," RULE_REST),
     "it.json:5: rule \"x\": ", "no list \"nope\""},
    {FILE_WITH(RULE_HEAD "\"tier\":\"TIER_1\",\"unless\":[\"\"]," RULE_REST),
     "it.json:4: rule \"x\": ", "isn't empty"},
    {FILE_WITH(RULE_HEAD "\"tier\":\"TIER_1\",\"unless\":\"a\"," RULE_REST),
     "it.json:4: rule \"x\": ", "array of expressions"},
    {"{\"version\":1,\"lists\":{\"a\":[\"{{b}}\"],\n\"b\":[\"{{a}}\"]},\"triage\":{\"signals\":[{"
     "\"id\":\"s\",\"any\":[\"{{a}}\"]}]}}",
     "it.json:", "deeper than"},
    {"{\"version\":1,\"lists\":{\"A b\":[\"x\"]}}", "it.json:1: list \"A b\": ", "a-z"},
    {"{\"version\":1,\"triage\":{\"rules\":[{\"id\":\"r\",\n\"all\":[\"none\"],\"tier\":\"TIER_1\","
     "\"severity\":\"LOW\",\"escalate\":false,\"ticket\":false}]}}",
     "it.json:2: triage rule \"r\": ", "isn't a signal's id"},
    {"{\"version\":1,\"triage\":{\"rules\":[{\"id\":\"r\",\"tier\":\"TIER_1\",\"severity\":\"LOW\","
     "\"escalate\":true,\n\"ticket\":false}]}}",
     "it.json:2: triage rule \"r\": ", "has a ticket"},
    {"{\"version\":1,\"triage\":{\"tries\":0}}", "it.json:1: tries: ", "from 1 to 100"},
    {"{\"version\":1,\"redact\":[\"names\"]}", "it.json:1: redact: ", "national_id"},
    {"{\"version\":1,\"replies\":{\"greeting\":\n7}}", "it.json:2: reply \"greeting\": ", "a text"},
    {"{\"version\":1,\"synonyms\":[[\"alone\"]]}", "it.json:1: synonyms: ", "2 to 32"},
};

START_TEST(what_is_wrong_is_named_with_file_line_and_reason) {
    refused(wrong[_i].text, wrong[_i].start, wrong[_i].part);
}
END_TEST

/* Each member of a guardrail rule that decides something has to be there. */
static const char *const needed[] = {"category", "scopes",   "roles",  "tier",
                                     "severity", "escalate", "ticket", "help",
                                     "reason",   "reply",    "any"};

START_TEST(a_guardrail_rule_states_all_that_it_decides) {
    char text[1024], name[40];
    struct view rule = VIEW(RULE);
    snprintf(name, sizeof name, "\"%s\":", needed[_i]);
    const size_t at = view_find(rule, view_of(name), 0);
    ck_assert_uint_ne(at, SIZE_MAX);
    /* The member is cut out, with its comma. */
    size_t depth = 0, end = at;
    while (!(depth == 0 && (rule.p[end] == ',' || rule.p[end] == '}'))) {
        depth += rule.p[end] == '[' ? 1 : 0;
        depth -= rule.p[end] == ']' ? 1 : 0;
        end++;
    }
    const size_t from = rule.p[end] == '}' ? at - 1 : at;
    const size_t to = rule.p[end] == '}' ? end : end + 1;
    snprintf(text, sizeof text, FILE_WITH("%.*s%s"), (int)from, rule.p, rule.p + to);
    snprintf(name, sizeof name, "\"%s\" is missing", needed[_i]);
    refused(text, "it.json:4: rule \"x\": ", name);
}
END_TEST

START_TEST(bad_json_is_refused_where_it_stands) {
    struct policy *policy = NULL;
    esi_error err = {0};
    ck_assert_int_eq(policy_read(VIEW("{\"version\":1,\n oops}"), "it.json", &policy, &err),
                     ESI_EPARSE);
    ck_assert_ptr_nonnull(strstr(err.message, "it.json"));
    ck_assert_ptr_null(policy);
}
END_TEST

START_TEST(sentences_end_at_their_marks_and_not_within_names) {
    const struct view text = VIEW("open app.conf now. then go; stop");
    size_t from = 9, to = 9;
    policy_sentence(text, 6, &from, &to);
    ck_assert_uint_eq(from, 0);
    ck_assert_uint_eq(to, 17);
    policy_sentence(text, 20, &from, &to);
    ck_assert_uint_eq(from, 18);
    ck_assert_uint_eq(to, 26);
    policy_sentence(text, 99, &from, &to);
    ck_assert_uint_eq(to, text.n);
}
END_TEST

#define COUNT(rows) ((int)(sizeof(rows) / sizeof((rows)[0])))

int main(void) {
    TCase *t = tcase_create("policy");
    tcase_add_test(t, the_default_is_read_and_has_the_categories_of_a_cyber_range);
    tcase_add_test(t, every_default_rule_of_the_guardrail_speaks_and_asks_for_a_tier);
    tcase_add_test(t, replies_are_found_by_id);
    tcase_add_test(t, synonyms_hold_in_both_directions);
    tcase_add_test(t, a_category_is_told_by_its_words_and_by_a_tag);
    tcase_add_loop_test(t, signals_are_read_from_what_is_said, 0, COUNT(said));
    tcase_add_test(t, what_lifts_every_signal_leaves_those_that_always_count);
    tcase_add_test(t, a_signal_that_begins_where_it_is_denied_does_not_count);
    tcase_add_test(t, an_unless_lifts_only_within_its_sentence);
    tcase_add_test(t, a_rule_is_read_as_it_is_written);
    tcase_add_test(t, phrases_and_spelling_are_read_as_they_are_written);
    tcase_add_test(t, without_phrases_and_spelling_nothing_is_reworded);
    tcase_add_test(t, a_file_replaces_by_id_and_keeps_the_rest);
    tcase_add_test(t, lists_stand_for_their_fragments_also_within_lists);
    tcase_add_loop_test(t, what_is_wrong_is_named_with_file_line_and_reason, 0, COUNT(wrong));
    tcase_add_loop_test(t, a_guardrail_rule_states_all_that_it_decides, 0, COUNT(needed));
    tcase_add_test(t, bad_json_is_refused_where_it_stands);
    tcase_add_test(t, sentences_end_at_their_marks_and_not_within_names);
    return tap_run("core/policy", t);
}
