#include "conversation.h"
#include "core/phrase.h"
#include "tap.h"

/* What is said in the turns that follow a first answer to trouble. */

static struct talk talk;

static void setup(void) {
    talk_begin(&talk);
}

static void teardown(void) {
    talk_end(&talk);
}

/* Two cases, told apart by a lamp. */
static void scanner(void) {
    talk_section(&talk, "kb-scanner", "Scanner is stuck");
    talk_item(&talk, NOTE_STEP, "Look at the lamp beside the tray.");
    talk_item(&talk, NOTE_SYMPTOM, "Lamp is off");
    talk_item(&talk, NOTE_STEP, "Push the plug back in.");
    talk_item(&talk, NOTE_SYMPTOM, "Lamp blinks");
    talk_item(&talk, NOTE_STEP, "Pull out the jammed sheet.");
}

static void cabinet(void) {
    talk_section(&talk, "kb-cabinet", "Locked out of the cabinet");
    talk_item(&talk, NOTE_STEP, "Fetch the spare key from its hook.");
    talk_item(&talk, NOTE_STEP, "Turn it twice to the left.");
    talk_item(&talk, NOTE_FACT, "Without a spare key the caretaker opens it.");
    talk_item(&talk, NOTE_ASK, "Could you tell me whether you still have a spare key?");
    talk_when(&talk, "there is no spare key left", NOTE_ESCALATE);
}

static void projector(void) {
    talk_section(&talk, "kb-projector", "Projector shows nothing");
    talk_item(&talk, NOTE_STEP, "Clean the lens.");
    talk_item(&talk, NOTE_STEP, "Swap the yellow cable.");
    talk_item(&talk, NOTE_STEP, "Reload the driver page.");
    talk_item(&talk, NOTE_CAPTURE, "the shelf number");
}

/* ---- which steps ----------------------------------------------------------------------------- */

START_TEST(a_reply_names_the_case) {
    scanner();
    (void)talk_say(&talk, "The scanner is stuck");
    const char *answer = talk_say(&talk, "the lamp? it blinks");
    says(answer, "ull out the jammed sheet.");
    keeps(answer, "plug");
}
END_TEST

START_TEST(a_yes_says_which_steps_are_the_right_ones) {
    cabinet();
    says(talk_say(&talk, "I am locked out of the cabinet"), "Do you still have a spare key?");
    const char *answer = talk_say(&talk, "yes, it hangs at home");
    says(answer, "1. Fetch the spare key from its hook.\n2. Turn it twice to the left.");
    keeps(answer, "Do you still");
    ck_assert(!talk.decision.escalate);
}
END_TEST

START_TEST(steps_that_need_what_is_not_there_are_not_given) {
    cabinet();
    (void)talk_say(&talk, "I am locked out of the cabinet");
    const char *answer = talk_say(&talk, "no, never got one");
    ck_assert(talk.decision.escalate);
    keeps(answer, "Fetch the spare key");
    keeps(answer, "twice to the left");
}
END_TEST

START_TEST(a_failed_try_leads_to_what_is_left) {
    projector();
    (void)talk_say(&talk, "The projector shows nothing");
    const char *answer = talk_say(&talk, "I cleaned the lens, it still shows nothing");
    says(answer, "1. Swap the yellow cable.\n2. Reload the driver page.");
    keeps(answer, "lens");
}
END_TEST

START_TEST(what_came_of_a_step_is_explained) {
    talk_section(&talk, "kb-pump", "Pump stands still");
    talk_item(&talk, NOTE_STEP, "Run `pumpctl state`.");
    talk_item(&talk, NOTE_FACT, "When the word is `drained`, the tank is empty: fill it up.");
    talk_item(&talk, NOTE_FACT, "When the word is `halted`, turn the red key.");
    (void)talk_say(&talk, "The pump stands still");
    const char *answer = talk_say(&talk, "it prints halted");
    says(answer, "turn the red key");
    keeps(answer, "pumpctl");
    keeps(answer, "drained");
}
END_TEST

START_TEST(what_did_not_come_of_a_step_leads_to_its_own_branch) {
    talk_section(&talk, "kb-pass", "Password forgotten");
    talk_item(&talk, NOTE_STEP, "Press Forgot.");
    talk_item(&talk, NOTE_STEP, "Open the mail and press the link.");
    talk_item(&talk, NOTE_STEP, "Look into the spam folder.")->condition = VIEW("there is no mail");
    (void)talk_say(&talk, "I forgot my password");
    const char *answer = talk_say(&talk, "did it, no mail came");
    says(answer, "ook into the spam folder");
    keeps(answer, "Press Forgot");
}
END_TEST

START_TEST(what_was_spoken_of_is_done) {
    projector();
    (void)talk_say(&talk, "The projector shows nothing");
    const char *answer = talk_say(&talk, "yellow cable is a new one, still nothing");
    says(answer, "eload the driver page.");
    keeps(answer, "yellow");
}
END_TEST

START_TEST(the_branch_for_a_try_that_failed_comes_next) {
    talk_section(&talk, "kb-terminal", "Terminal hangs");
    talk_item(&talk, NOTE_STEP, "Reload the terminal.");
    talk_item(&talk, NOTE_STEP, "Walk over to the terminal in the lobby.")->condition =
        VIEW("it still hangs after one reload");
    (void)talk_say(&talk, "The terminal hangs");
    const char *answer = talk_say(&talk, "reloaded the terminal, still hangs");
    says(answer, "alk over to the terminal in the lobby.");
    keeps(answer, "still hangs after one reload");
}
END_TEST

START_TEST(what_did_not_help_calls_for_the_other_way) {
    talk_section(&talk, "kb-terminal", "Terminal is blocked by the network");
    talk_item(&talk, NOTE_STEP, "Turn on tunnel mode.");
    talk_item(&talk, NOTE_STEP, "Use the terminal in the lobby.")->condition =
        VIEW("tunnel mode doesn't help either");
    (void)talk_say(&talk, "The network blocks the terminal");
    const char *answer = talk_say(&talk, "tunnel mode is on, it's still blocked");
    says(answer, "se the terminal in the lobby.");
    keeps(answer, "If tunnel mode");
}
END_TEST

START_TEST(with_nothing_left_a_second_try_is_asked_for) {
    projector();
    (void)talk_say(&talk, "The projector shows nothing");
    const char *answer = talk_say(&talk, "did all that, it still shows nothing");
    ck_assert(!talk.decision.escalate);
    says(answer, "once more");
    keeps(answer, "Clean the lens");
    ck_assert_uint_eq(talk.out.question_count, 0);
}
END_TEST

START_TEST(a_reply_is_followed_by_the_next_step) {
    projector();
    talk_item(&talk, NOTE_ASK, "Which room are you in?");
    says(talk_say(&talk, "The projector shows nothing"), "Which room are you in?");
    const char *answer = talk_say(&talk, "the one upstairs");
    says(answer, "lean the lens.");
    keeps(answer, "Which room");
}
END_TEST

/* ---- questions ------------------------------------------------------------------------------- */

START_TEST(who_takes_over_is_told_what_was_not_answered) {
    projector();
    talk_item(&talk, NOTE_ASK, "Which room are you in?");
    talk_when(&talk, "it is still dark after one try", NOTE_ESCALATE)->tries = 1;
    (void)talk_say(&talk, "The projector shows nothing");
    const char *answer = talk_say(&talk, "did all that, it is still dark");
    ck_assert(talk.decision.escalate);
    says(answer, "Which room are you in?");
    keeps(talk_say(&talk, "hello? anybody?"), "Which room");
}
END_TEST

START_TEST(a_value_before_a_question_answers) {
    projector();
    talk_item(&talk, NOTE_ASK, "Could you tell me the shelf number?");
    (void)talk_say(&talk, "The projector shows nothing");
    (void)talk_say(&talk, "17, and how do I swap the cable?");
    struct view value = {0};
    ck_assert(extract_known(VIEW("the shelf number"), talk_issue(&talk), (struct view){0}, &value));
    ck_assert(view_eq(value, VIEW("17")));
}
END_TEST

static const struct {
    const char *wanted;
    const char *question;
} questions[] = {
    {"Could you tell me whether you still have a spare key?", "Do you still have a spare key?"},
    {"whether you are in the basement", "Are you in the basement?"},
    {"whether the cabinet is bolted", "Is the cabinet bolted?"},
    {"whether you have moved the shelf", "Have you moved the shelf?"},
    {"Could you tell me whether the whole row hums?",
     "Could you tell me whether the whole row hums?"},
    {"Could you tell me the shelf number?", "Could you tell me the shelf number?"},
    {"whether there is no paper left", "Can you tell me whether there is no paper left?"},
};

START_TEST(a_question_is_asked_straight) {
    const struct view question = phrase_question(view_of(questions[_i].wanted), &talk.arena);
    ck_assert_msg(view_eq(question, view_of(questions[_i].question)), "%.*s", (int)question.n,
                  question.p);
}
END_TEST

START_TEST(what_yes_and_no_leave_open_is_not_asked) {
    talk_section(&talk, "kb-paper", "Printer is out of paper");
    talk_item(&talk, NOTE_STEP, "Fill the upper tray.");
    talk_when(&talk, "there is no paper left", NOTE_ESCALATE);
    (void)talk_say(&talk, "The printer is out of paper");
    ck_assert_uint_eq(talk.out.question_count, 0);
}
END_TEST

START_TEST(a_question_goes_to_the_section_that_treats_the_trouble) {
    talk_section(&talk, "kb-washer", "Washer hums and stands still");
    talk_item(&talk, NOTE_STEP, "Wait for the drum.");
    talk_item(&talk, NOTE_NEVER, "Never start a second drum while the first one turns.");
    talk_section(&talk, "kb-drums", "Drums at a glance")->score = 0.7;
    talk_item(&talk, NOTE_FACT, "A drum takes an hour from start to end.");
    (void)talk_say(&talk, "The washer hums and stands still");
    const char *answer = talk_say(&talk, "should I just start a second one?");
    says(answer, "Never start a second drum");
    keeps(answer, "an hour");
}
END_TEST

/* ---- moods, wishes, plans -------------------------------------------------------------------- */

START_TEST(haste_gets_a_kind_word_and_the_next_step) {
    projector();
    (void)talk_say(&talk, "The projector shows nothing");
    const char *answer = talk_say(&talk, "please hurry");
    says(answer, "lean the lens.");
    keeps(answer, "Swap the yellow cable");
}
END_TEST

START_TEST(a_plan_is_no_trouble) {
    projector();
    (void)talk_say(&talk, "The projector shows nothing");
    const char *answer = talk_say(&talk, "I'll use the other room");
    keeps(answer, "lens");
    keeps(answer, "Sorry");
    ck_assert(!talk.decision.ticket);
}
END_TEST

START_TEST(no_ticket_is_promised_only_for_now) {
    projector();
    (void)talk_say(&talk, "The projector shows nothing");
    says(talk_say(&talk, "no ticket please"), "for now");
}
END_TEST

START_TEST(two_replies_in_a_row_differ) {
    projector();
    (void)talk_say(&talk, "The projector shows nothing");
    const char *first = talk_say(&talk, "I cleaned the lens, it still shows nothing");
    const char *second = talk_say(&talk, "still nothing");
    ck_assert_str_ne(first, second);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("extract_handle");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, a_reply_names_the_case);
    tcase_add_test(t, a_yes_says_which_steps_are_the_right_ones);
    tcase_add_test(t, steps_that_need_what_is_not_there_are_not_given);
    tcase_add_test(t, a_failed_try_leads_to_what_is_left);
    tcase_add_test(t, what_came_of_a_step_is_explained);
    tcase_add_test(t, what_did_not_come_of_a_step_leads_to_its_own_branch);
    tcase_add_test(t, what_was_spoken_of_is_done);
    tcase_add_test(t, the_branch_for_a_try_that_failed_comes_next);
    tcase_add_test(t, what_did_not_help_calls_for_the_other_way);
    tcase_add_test(t, with_nothing_left_a_second_try_is_asked_for);
    tcase_add_test(t, a_reply_is_followed_by_the_next_step);
    tcase_add_test(t, who_takes_over_is_told_what_was_not_answered);
    tcase_add_test(t, a_value_before_a_question_answers);
    tcase_add_loop_test(t, a_question_is_asked_straight, 0,
                        sizeof(questions) / sizeof(questions[0]));
    tcase_add_test(t, what_yes_and_no_leave_open_is_not_asked);
    tcase_add_test(t, a_question_goes_to_the_section_that_treats_the_trouble);
    tcase_add_test(t, haste_gets_a_kind_word_and_the_next_step);
    tcase_add_test(t, a_plan_is_no_trouble);
    tcase_add_test(t, no_ticket_is_promised_only_for_now);
    tcase_add_test(t, two_replies_in_a_row_differ);
    return tap_run("core/extract_handle", t);
}
