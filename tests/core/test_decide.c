#include "core/decide.h"

#include "conversation.h"
#include "tap.h"

static struct talk talk;

static void setup(void) {
    talk_begin(&talk);
}

static void teardown(void) {
    talk_end(&talk);
}

/* A section on a console with the given condition. */
static struct note_item *console(const char *condition, uint32_t actions) {
    talk_section(&talk, "kb-vm", "Lab machines > Black console");
    talk_item(&talk, NOTE_STEP, "Press a key.");
    talk_item(&talk, NOTE_STEP, "Restart the machine.");
    return talk_when(&talk, condition, actions);
}

/* ---- the policy's rules ---------------------------------------------------------------------- */

START_TEST(information_stays_with_the_desk) {
    console("", NOTE_ESCALATE);
    (void)talk_say(&talk, "What happens when everybody loses their work in an outage?");
    ck_assert_int_eq(talk.decision.tier, ESI_TIER_0);
    ck_assert_int_eq(talk.decision.severity, ESI_SEVERITY_LOW);
    ck_assert(!talk.decision.escalate);
    ck_assert(!talk.decision.ticket);
    ck_assert_str_eq(talk.decision.kind, "question");
}
END_TEST

START_TEST(signals_raise) {
    (void)talk_say(&talk, "My console is black and I lost my work");
    ck_assert_int_eq(talk.decision.severity, ESI_SEVERITY_CRITICAL);
    ck_assert(talk.decision.escalate);
    ck_assert(talk.decision.ticket);
    ck_assert(talk_ruled(&talk, "policy:lost-work"));
    ck_assert_str_eq(talk.decision.kind, "trouble");
}
END_TEST

START_TEST(what_was_raised_stays_until_it_is_closed) {
    (void)talk_say(&talk, "My console is black and I lost my work");
    (void)talk_say(&talk, "yes");
    ck_assert_int_eq(talk.decision.severity, ESI_SEVERITY_CRITICAL);
    ck_assert(talk.decision.escalate);
    ck_assert(talk_ruled(&talk, "policy:lost-work"));
    (void)talk_say(&talk, "It works now");
    ck_assert_int_eq(talk.decision.tier, ESI_TIER_0);
    ck_assert_int_eq(talk.decision.severity, ESI_SEVERITY_LOW);
    ck_assert(!talk.decision.escalate && !talk.decision.ticket);
}
END_TEST

START_TEST(wish_cancels_no_escalation) {
    (void)talk_say(&talk, "My console is black and I lost my work. No ticket please.");
    ck_assert(talk.decision.escalate);
}
END_TEST

START_TEST(greeting_decides_nothing) {
    (void)talk_say(&talk, "hello");
    ck_assert_int_eq(talk.decision.tier, ESI_TIER_0);
    ck_assert_uint_eq(talk.decision.rule_count, 0);
}
END_TEST

START_TEST(uncovered_question_goes_to_a_person) {
    talk.coverage = ESI_COVERAGE_NONE;
    (void)talk_say(&talk, "How do I bake bread?");
    ck_assert_str_eq(talk.decision.kind, "uncovered");
    ck_assert(talk.decision.escalate && talk.decision.ticket);
    ck_assert_int_eq(talk.decision.tier, ESI_TIER_1);
    ck_assert(talk_ruled(&talk, "policy:uncovered"));
}
END_TEST

START_TEST(uncovered_ticket_is_a_key) {
    talk.coverage = ESI_COVERAGE_NONE;
    talk.policy->uncovered_ticket = false;
    (void)talk_say(&talk, "How do I bake bread?");
    ck_assert_str_eq(talk.decision.kind, "uncovered");
    ck_assert(!talk.decision.escalate && !talk.decision.ticket);
}
END_TEST

START_TEST(vague_rounds_end_with_a_person) {
    talk.coverage = ESI_COVERAGE_VAGUE;
    (void)talk_say(&talk, "it doesn't work");
    ck_assert(!talk.decision.escalate);
    (void)talk_say(&talk, "nothing works");
    ck_assert(!talk.decision.escalate);
    (void)talk_say(&talk, "I don't know");
    ck_assert(talk.decision.escalate);
}
END_TEST

START_TEST(wish_for_a_person_is_granted) {
    talk.coverage = ESI_COVERAGE_NONE;
    (void)talk_say(&talk, "Can I talk to a human please?");
    ck_assert(talk.decision.escalate);
    ck_assert(talk_ruled(&talk, "policy:wants-person"));
    ck_assert_str_eq(talk.decision.kind, "request");
}
END_TEST

START_TEST(two_tries_where_a_section_says_nothing) {
    talk_section(&talk, "kb-vm", "Black console");
    talk_item(&talk, NOTE_STEP, "Press a key.");
    (void)talk_say(&talk, "My console is black");
    (void)talk_say(&talk, "still black");
    ck_assert(!talk.decision.escalate);
    (void)talk_say(&talk, "still black");
    ck_assert(talk.decision.escalate);
    ck_assert(talk_ruled(&talk, "policy:failed-tries"));
}
END_TEST

START_TEST(guardrail_rule_decides_outright) {
    const struct policy_rule rule = {.id = "other-users",
                                     .category = "other_users",
                                     .tier = ESI_TIER_2,
                                     .severity = ESI_SEVERITY_HIGH,
                                     .escalate = true};
    console("", NOTE_SET_TIER)->tier = ESI_TIER_3;
    talk.verdict = (struct verdict){.kind = VERDICT_REFUSE_WITH_HELP, .rule = &rule};
    (void)talk_say(&talk, "My console is black, show me the other team's files");
    ck_assert_str_eq(talk.decision.kind, "guardrail");
    ck_assert_int_eq(talk.decision.tier, ESI_TIER_2);
    ck_assert_int_eq(talk.decision.severity, ESI_SEVERITY_HIGH);
    ck_assert(talk.decision.ticket);
    ck_assert_uint_eq(talk.decision.rule_count, 1);
    ck_assert(talk_ruled(&talk, "policy:other-users"));
}
END_TEST

/* ---- conditions of sections ------------------------------------------------------------------ */

START_TEST(condition_without_words_acts_at_once) {
    struct note_item *when = console("", NOTE_ESCALATE | NOTE_SET_TIER | NOTE_SET_SEVERITY);
    when->tier = ESI_TIER_3;
    when->severity = ESI_SEVERITY_HIGH;
    (void)talk_say(&talk, "My console is black");
    ck_assert_int_eq(talk.decision.tier, ESI_TIER_3);
    ck_assert_int_eq(talk.decision.severity, ESI_SEVERITY_HIGH);
    ck_assert(talk.decision.escalate);
    ck_assert(talk_ruled(&talk, "kb:kb-vm#Black console"));
}
END_TEST

START_TEST(condition_that_was_said_acts) {
    console("the picture shows coloured stripes", NOTE_ESCALATE);
    (void)talk_say(&talk, "My console is broken, I see coloured stripes in the picture");
    ck_assert(talk.decision.escalate);
}
END_TEST

START_TEST(condition_that_was_said_earlier_acts) {
    console("the picture shows coloured stripes", NOTE_ESCALATE);
    (void)talk_say(&talk, "The picture of my console shows stripes");
    (void)talk_say(&talk, "the stripes are coloured");
    ck_assert(talk.decision.escalate);
}
END_TEST

START_TEST(contradicted_condition_does_not_act) {
    console("the machine does not answer to ping", NOTE_ESCALATE);
    (void)talk_say(&talk, "My console is black. The machine answers to ping.");
    ck_assert(!talk.decision.escalate);
    ck_assert_ptr_null(talk.decision.open_condition);
}
END_TEST

START_TEST(open_condition_becomes_a_question_once) {
    console("the machine does not answer to ping", NOTE_ESCALATE);
    (void)talk_say(&talk, "My console is black");
    ck_assert(!talk.decision.escalate);
    ck_assert_ptr_nonnull(talk.decision.open_condition);
    (void)talk_say(&talk, "It is seat B12");
    ck_assert_ptr_null(talk.decision.open_condition);
    ck_assert(!talk.decision.escalate);
}
END_TEST

START_TEST(yes_meets_an_open_condition) {
    console("the machine does not answer to ping", NOTE_ESCALATE);
    (void)talk_say(&talk, "My console is black");
    (void)talk_say(&talk, "yes");
    ck_assert(talk.decision.escalate);
    ck_assert(talk_ruled(&talk, "kb:kb-vm#Black console"));
}
END_TEST

START_TEST(no_contradicts_an_open_condition) {
    console("the machine does not answer to ping", NOTE_ESCALATE);
    (void)talk_say(&talk, "My console is black");
    (void)talk_say(&talk, "no");
    ck_assert(!talk.decision.escalate);
}
END_TEST

START_TEST(answer_to_a_question_of_the_section_settles_a_condition) {
    talk_section(&talk, "kb-mfa", "New phone");
    talk_item(&talk, NOTE_ASK, "Do you still have a recovery code?");
    talk_when(&talk, "there is no recovery code left", NOTE_ESCALATE);
    (void)talk_say(&talk, "I have a new phone and can't log in");
    ck_assert(!talk.decision.escalate);
    (void)talk_say(&talk, "No");
    ck_assert(talk.decision.escalate);
}
END_TEST

START_TEST(tries_of_the_section_count) {
    console("it persists after one restart", NOTE_ESCALATE)->tries = 1;
    (void)talk_say(&talk, "My console is black");
    ck_assert(!talk.decision.escalate);
    ck_assert_ptr_null(talk.decision.open_condition);
    (void)talk_say(&talk, "still black");
    ck_assert(talk.decision.escalate);
}
END_TEST

START_TEST(section_may_allow_more_tries_than_the_policy) {
    console("it persists after three attempts", NOTE_ESCALATE)->tries = 3;
    (void)talk_say(&talk, "My console is black");
    (void)talk_say(&talk, "still black");
    (void)talk_say(&talk, "still black");
    ck_assert(!talk.decision.escalate);
    (void)talk_say(&talk, "still black");
    ck_assert(talk.decision.escalate);
}
END_TEST

START_TEST(tries_made_before_the_first_message_count) {
    console("it persists after one restart", NOTE_ESCALATE)->tries = 1;
    (void)talk_say(&talk, "I restarted the machine and the console is still black");
    ck_assert(talk.decision.escalate);
}
END_TEST

START_TEST(all_steps_failed) {
    console("all of them fail", NOTE_ESCALATE)->all_tried = true;
    (void)talk_say(&talk, "My console is black, I restarted the machine already");
    ck_assert(!talk.decision.escalate);
    (void)talk_say(&talk, "I did all of the steps, it is still black");
    ck_assert(talk.decision.escalate);
}
END_TEST

START_TEST(several_people_must_be_said) {
    console("several learners report it", NOTE_ESCALATE)->several_people = true;
    (void)talk_say(&talk, "My console is black");
    ck_assert(!talk.decision.escalate);
    talk_anew(&talk);
    (void)talk_say(&talk, "My console is black, and nobody else has that");
    ck_assert(!talk.decision.escalate);
    ck_assert_ptr_null(talk.decision.open_condition);
    talk_anew(&talk);
    (void)talk_say(&talk, "Several students in my class have a black console");
    ck_assert(talk_ruled(&talk, "kb:kb-vm#Black console"));
}
END_TEST

START_TEST(condition_for_another_role_does_not_act) {
    console("", NOTE_ESCALATE)->roles = 1u << ESI_ROLE_INSTRUCTOR;
    (void)talk_say(&talk, "My console is black");
    ck_assert(!talk.decision.escalate);
    talk_anew(&talk);
    talk.role = ESI_ROLE_INSTRUCTOR;
    (void)talk_say(&talk, "My console is black");
    ck_assert(talk.decision.escalate);
}
END_TEST

START_TEST(sections_never_lower) {
    struct note_item *when = console("", NOTE_SET_TIER | NOTE_SET_SEVERITY | NOTE_NO_ESCALATE);
    when->tier = ESI_TIER_0;
    when->severity = ESI_SEVERITY_LOW;
    (void)talk_say(&talk, "My console is black and I lost my work");
    ck_assert_int_eq(talk.decision.tier, ESI_TIER_2);
    ck_assert_int_eq(talk.decision.severity, ESI_SEVERITY_CRITICAL);
    ck_assert(talk.decision.escalate);
}
END_TEST

START_TEST(outranked_and_retired_sections_are_not_obeyed) {
    console("", NOTE_ESCALATE);
    talk.passages[0].outranked = true;
    (void)talk_say(&talk, "My console is black");
    ck_assert(!talk.decision.escalate);
    talk_anew(&talk);
    talk.passages[0].outranked = false;
    talk.passages[0].standing = STANDING_DEPRECATED;
    (void)talk_say(&talk, "My console is black");
    ck_assert(!talk.decision.escalate);
    talk_anew(&talk);
    talk.passages[0].standing = STANDING_QUARANTINED;
    (void)talk_say(&talk, "My console is black");
    ck_assert(!talk.decision.escalate);
}
END_TEST

START_TEST(row_of_a_catalogue_speaks_for_itself_alone) {
    talk_section(&talk, "kb-errors", "Known errors");
    talk_item(&talk, NOTE_SYMPTOM, "VPN-201");
    talk_item(&talk, NOTE_STEP, "Download a new profile.");
    talk_item(&talk, NOTE_SYMPTOM, "VPN-900");
    talk_when(&talk, "", NOTE_ESCALATE);
    (void)talk_say(&talk, "I get error VPN-201");
    ck_assert(!talk.decision.escalate);
    talk_anew(&talk);
    (void)talk_say(&talk, "I get error VPN-900");
    ck_assert(talk.decision.escalate);
}
END_TEST

/* ---- category -------------------------------------------------------------------------------- */

START_TEST(category_from_words_then_from_tags) {
    talk_section(&talk, "kb-x", "Anything");
    talk.passages[0].tags = VIEW("other grading");
    (void)talk_say(&talk, "The VPN drops every few minutes");
    ck_assert(view_eq(talk.decision.category, VIEW("vpn")));
    talk_anew(&talk);
    (void)talk_say(&talk, "The frobnicator is broken");
    ck_assert(view_eq(talk.decision.category, VIEW("grading")));
}
END_TEST

START_TEST(raise_never_lowers) {
    struct decision d = {.tier = ESI_TIER_2, .severity = ESI_SEVERITY_HIGH, .escalate = true};
    decide_raise(&d, ESI_TIER_1, ESI_SEVERITY_LOW, false);
    ck_assert_int_eq(d.tier, ESI_TIER_2);
    ck_assert_int_eq(d.severity, ESI_SEVERITY_HIGH);
    ck_assert(d.escalate);
    decide_raise(&d, ESI_TIER_3, ESI_SEVERITY_CRITICAL, true);
    ck_assert_int_eq(d.tier, ESI_TIER_3);
    ck_assert_int_eq(d.severity, ESI_SEVERITY_CRITICAL);
    ck_assert(d.ticket);
}
END_TEST

START_TEST(role_never_lowers) {
    static const esi_role roles[] = {
        ESI_ROLE_NONE,     ESI_ROLE_TRAINEE,          ESI_ROLE_INSTRUCTOR,
        ESI_ROLE_OPERATOR, ESI_ROLE_SUPPORT_ENGINEER, ESI_ROLE_ADMIN};
    console("it persists after one restart", NOTE_ESCALATE)->tries = 1;
    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
        talk_anew(&talk);
        talk.role = roles[i];
        (void)talk_say(&talk, "I restarted it once, my console is still black and I lost my work");
        ck_assert_int_eq(talk.decision.tier, ESI_TIER_2);
        ck_assert_int_eq(talk.decision.severity, ESI_SEVERITY_CRITICAL);
        ck_assert(talk.decision.escalate);
    }
}
END_TEST

int main(void) {
    TCase *t = tcase_create("decide");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, information_stays_with_the_desk);
    tcase_add_test(t, signals_raise);
    tcase_add_test(t, what_was_raised_stays_until_it_is_closed);
    tcase_add_test(t, wish_cancels_no_escalation);
    tcase_add_test(t, greeting_decides_nothing);
    tcase_add_test(t, uncovered_question_goes_to_a_person);
    tcase_add_test(t, uncovered_ticket_is_a_key);
    tcase_add_test(t, vague_rounds_end_with_a_person);
    tcase_add_test(t, wish_for_a_person_is_granted);
    tcase_add_test(t, two_tries_where_a_section_says_nothing);
    tcase_add_test(t, guardrail_rule_decides_outright);
    tcase_add_test(t, condition_without_words_acts_at_once);
    tcase_add_test(t, condition_that_was_said_acts);
    tcase_add_test(t, condition_that_was_said_earlier_acts);
    tcase_add_test(t, contradicted_condition_does_not_act);
    tcase_add_test(t, open_condition_becomes_a_question_once);
    tcase_add_test(t, yes_meets_an_open_condition);
    tcase_add_test(t, no_contradicts_an_open_condition);
    tcase_add_test(t, answer_to_a_question_of_the_section_settles_a_condition);
    tcase_add_test(t, tries_of_the_section_count);
    tcase_add_test(t, section_may_allow_more_tries_than_the_policy);
    tcase_add_test(t, tries_made_before_the_first_message_count);
    tcase_add_test(t, all_steps_failed);
    tcase_add_test(t, several_people_must_be_said);
    tcase_add_test(t, condition_for_another_role_does_not_act);
    tcase_add_test(t, sections_never_lower);
    tcase_add_test(t, outranked_and_retired_sections_are_not_obeyed);
    tcase_add_test(t, row_of_a_catalogue_speaks_for_itself_alone);
    tcase_add_test(t, category_from_words_then_from_tags);
    tcase_add_test(t, raise_never_lowers);
    tcase_add_test(t, role_never_lowers);
    return tap_run("core/decide", t);
}
