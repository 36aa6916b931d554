#include "core/issue_topic.h"

#include "conversation.h"
#include "tap.h"

static struct talk talk;

static void setup(void) {
    talk_begin(&talk);
    talk_section(&talk, "kb-lift", "The lift stays dark");
    talk_item(&talk, NOTE_STEP, "Set the fuse value to 16 in the Panel menu.");
    talk_item(&talk, NOTE_STEP, "Restart the lift controller.");
}

static void teardown(void) {
    talk_end(&talk);
}

static enum issue_step turn(const char *text) {
    (void)talk_say(&talk, text);
    return talk.step;
}

static const char *const followed[] = {
    "what was the value again?",
    "and where is that menu?",
    "which fuse do you mean?",
    "and if it stays dark?",
    "what about the second lift",
    "how long will that take?",
    "22, and the lift is called L-3. where do I find that panel thing?",
    "my badge is dead now too",
    "four others in the house have exactly the same",
    "the fuse is a red one",
};

START_TEST(what_adds_to_an_issue_goes_on_with_it) {
    ck_assert_int_eq(turn("The lift stays dark"), ISSUE_OPENED);
    ck_assert_msg(turn(followed[_i]) == ISSUE_CONTINUED, "\"%s\"", followed[_i]);
}
END_TEST

static const char *const apart[] = {
    "btw how many people fit into the canteen",  "by the way, when does the canteen open?",
    "Other question: who may book the canteen?", "My scanner prints GT-4410 on every page",
    "Where do I hand in my travel report?",
};

START_TEST(what_is_about_something_else_opens_its_own) {
    ck_assert_int_eq(turn("The lift stays dark"), ISSUE_OPENED);
    ck_assert_msg(turn(apart[_i]) == ISSUE_OPENED, "\"%s\"", apart[_i]);
}
END_TEST

START_TEST(aside_leaves_the_trouble_and_back_to_it_takes_it_up) {
    ck_assert_int_eq(turn("The lift stays dark"), ISSUE_OPENED);
    ck_assert_int_eq(turn("btw when does the canteen open?"), ISSUE_OPENED);
    ck_assert_int_eq(talk.issues.issues[1].act, ESI_ACT_QUESTION);
    ck_assert_int_eq(turn("ok. back to the fuse: it is 16, still dark"), ISSUE_CONTINUED);
    ck_assert_int_eq(talk.issues.current, 0);
    ck_assert_int_eq(talk.issues.issues[0].failed_tries, 1);
}
END_TEST

START_TEST(several_are_not_hit_by_a_question) {
    ck_assert_int_eq(turn("The lift stays dark"), ISSUE_OPENED);
    (void)turn("btw how many people fit into the canteen");
    ck_assert_int_eq(talk.decision.tier, ESI_TIER_0);
    ck_assert(!talk.decision.escalate);
}
END_TEST

START_TEST(what_led_to_trouble_is_no_try) {
    ck_assert_int_eq(turn("I pressed the wrong button three times and the lift is stuck"),
                     ISSUE_OPENED);
    ck_assert_int_eq(talk.issues.issues[0].failed_tries, 0);
}
END_TEST

START_TEST(deed_and_trouble_are_a_try_once_steps_were_given) {
    ck_assert_int_eq(turn("The lift stays dark"), ISSUE_OPENED);
    ck_assert_int_eq(turn("put a new fuse in, the lamp is red"), ISSUE_CONTINUED);
    ck_assert(talk.reading.failed);
    ck_assert_int_eq(talk.issues.issues[0].failed_tries, 1);
}
END_TEST

START_TEST(no_is_a_failed_try_where_nothing_was_asked) {
    ck_assert_int_eq(turn("The lift stays dark"), ISSUE_OPENED);
    talk.asked = false;
    ck_assert_int_eq(turn("nope"), ISSUE_CONTINUED);
    ck_assert_int_eq(talk.issues.issues[0].failed_tries, 1);
}
END_TEST

START_TEST(bare_fact_answers_an_issue) {
    ck_assert_int_eq(turn("The lift stays dark"), ISSUE_OPENED);
    ck_assert_int_eq(turn("tower-188"), ISSUE_CONTINUED);
    ck_assert_int_eq(talk.reading.act, ESI_ACT_ANSWER);
    ck_assert_int_eq(talk.issues.issues[0].failed_tries, 0);
}
END_TEST

START_TEST(what_was_found_tells_where_a_turn_belongs) {
    struct issue_state old;
    struct issue_state out;
    enum issue_step step;
    ck_assert_int_eq(turn("The lift stays dark"), ISSUE_OPENED);
    old = talk.issues;
    talk_read(&talk, VIEW("Where do I hand in my travel report?"));
    talk.reading.place = ISSUE_PLACE_HERE;
    ck_assert_int_eq(
        issue_take(&old, &talk.reading, talk.reading.message, &talk.arena, &out, &step, NULL),
        ESI_OK);
    ck_assert_int_eq(step, ISSUE_CONTINUED);
    talk_read(&talk, VIEW("which fuse do you mean?"));
    talk.reading.place = ISSUE_PLACE_AT_NONE;
    ck_assert_int_eq(
        issue_take(&old, &talk.reading, talk.reading.message, &talk.arena, &out, &step, NULL),
        ESI_OK);
    ck_assert_int_eq(step, ISSUE_OPENED);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("issue_topic");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, what_adds_to_an_issue_goes_on_with_it, 0,
                        sizeof(followed) / sizeof(followed[0]));
    tcase_add_loop_test(t, what_is_about_something_else_opens_its_own, 0,
                        sizeof(apart) / sizeof(apart[0]));
    tcase_add_test(t, aside_leaves_the_trouble_and_back_to_it_takes_it_up);
    tcase_add_test(t, several_are_not_hit_by_a_question);
    tcase_add_test(t, what_led_to_trouble_is_no_try);
    tcase_add_test(t, deed_and_trouble_are_a_try_once_steps_were_given);
    tcase_add_test(t, no_is_a_failed_try_where_nothing_was_asked);
    tcase_add_test(t, bare_fact_answers_an_issue);
    tcase_add_test(t, what_was_found_tells_where_a_turn_belongs);
    return tap_run("core/issue_topic", t);
}
