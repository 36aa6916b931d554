#include "core/extract_select.h"

#include "conversation.h"
#include "tap.h"

/* What is chosen of a section for a question, and how it is laid out. */

static struct talk talk;

static void setup(void) {
    talk_begin(&talk);
}

static void teardown(void) {
    talk_end(&talk);
}

static struct note_item *talk_at(enum note_kind kind, const char *text, int32_t line) {
    struct note_item *item = talk_item(&talk, kind, text);
    item->line = line;
    return item;
}

/* One paragraph that tells several things of a printer. */
static void printer(void) {
    talk_section(&talk, "kb-print", "Printing in the library");
    talk_at(NOTE_FACT, "Only black paper cards are accepted by the printer.", 5);
    talk_at(NOTE_FACT, "A card costs nothing.", 5);
    talk_at(NOTE_FACT, "One job may have up to 40 pages.", 9);
    talk_at(NOTE_FACT, "Jobs are kept until 18:00.", 9);
    talk_at(NOTE_FACT, "The librarian empties the tray.", 13);
}

START_TEST(how_big_gives_the_figure) {
    printer();
    says(talk_say(&talk, "What's the biggest job that I can send to the printer with a card?"),
         "up to 40 pages");
}
END_TEST

START_TEST(when_gives_the_time) {
    printer();
    says(talk_say(&talk, "Until when is my job kept?"), "until 18:00");
}
END_TEST

START_TEST(who_gives_the_person) {
    printer();
    says(talk_say(&talk, "Who empties the tray of the printer?"), "The librarian");
}
END_TEST

START_TEST(sentences_of_a_paragraph_stay_together) {
    talk_section(&talk, "kb-rules", "Drones and tools");
    talk_at(NOTE_FACT, "Drones are part of the course.", 4);
    talk_at(NOTE_FACT, "They're allowed in the yard and nowhere else.", 4);
    says(talk_say(&talk, "Where is it allowed to fly?"),
         "Drones are part of the course. They're allowed in the yard and nowhere else.");
}
END_TEST

START_TEST(each_of_two_questions_is_answered) {
    printer();
    const char *answer = talk_say(&talk, "How many pages may a job have and who empties the tray?");
    says(answer, "up to 40 pages");
    says(answer, "The librarian");
}
END_TEST

START_TEST(warning_comes_with_the_steps) {
    talk_section(&talk, "kb-reset", "Resetting a locker");
    talk_at(NOTE_FACT, "A reset can't be undone.", 3);
    talk_at(NOTE_STEP, "Hold the red key.", 5);
    talk_at(NOTE_STEP, "Enter the number of the locker.", 6);
    const char *answer = talk_say(&talk, "How do I reset my locker?");
    says(answer, "A reset can't be undone.");
    says(answer, "1. Hold the red key.\n2. Enter the number of the locker.");
}
END_TEST

START_TEST(statement_stands_with_its_step) {
    talk_section(&talk, "kb-gate", "The gate is stuck");
    talk_at(NOTE_STEP, "Press the lever.", 3);
    talk_at(NOTE_FACT, "It clicks twice.", 3);
    talk_at(NOTE_STEP, "Push the gate.", 4);
    says(talk_say(&talk, "the gate is stuck"),
         "1. Press the lever. It clicks twice.\n2. Push the gate.");
}
END_TEST

static void lamps(void) {
    talk_section(&talk, "kb-lamp", "The lamp of the reader");
    talk_at(NOTE_SYMPTOM, "Yellow lamp", 3);
    talk_at(NOTE_STEP, "Clean the chip.", 3);
    talk_at(NOTE_SYMPTOM, "Blue lamp", 4);
    talk_at(NOTE_STEP, "Move the cable.", 4);
}

START_TEST(case_that_is_asked_for_is_told) {
    lamps();
    const char *answer = talk_say(&talk, "What do I do about a blue lamp?");
    says(answer, "Move the cable.");
    keeps(answer, "chip");
}
END_TEST

START_TEST(several_cases_say_what_they_are) {
    lamps();
    const char *answer = talk_say(&talk, "What do I do about the lamp of the reader?");
    says(answer, "- Yellow lamp: clean the chip.");
    says(answer, "- Blue lamp: move the cable.");
}
END_TEST

START_TEST(another_roles_alternative_is_left_out) {
    talk_section(&talk, "kb-names", "Extra names");
    talk_at(NOTE_FACT, "Extra names are added by request.", 3);
    talk_at(NOTE_FACT, "Operators may add names in the server.", 4);
    keeps(talk_say(&talk, "How do I get extra names added?"), "Operators");
}
END_TEST

START_TEST(orders_to_the_desk_are_not_printed) {
    talk_section(&talk, "kb-door", "The door is locked");
    talk_at(NOTE_STEP, "Ring the bell.", 3);
    talk_at(NOTE_FACT, "If it is still locked after two tries, escalate.", 4);
    talk_at(NOTE_NEVER, "Don't promise a new key.", 5);
    const char *answer = talk_say(&talk, "my door is locked");
    says(answer, "ring the bell.");
    keeps(answer, "escalate");
    keeps(answer, "promise");
}
END_TEST

START_TEST(what_the_desk_does_is_told_to_who_asks) {
    talk_section(&talk, "kb-door", "The door is locked");
    talk_item(&talk, NOTE_STEP, "Ring the bell.");
    talk_when(&talk, "several doors are locked", NOTE_ESCALATE | NOTE_SET_TIER)->tier = ESI_TIER_2;
    says(talk_say(&talk, "What would you do if several doors are locked?"),
         "If several doors are locked, I pass it on to second-level support (Tier 2).");
}
END_TEST

START_TEST(pipe_in_a_command_is_no_row) {
    talk_section(&talk, "kb-disk", "The disk is full");
    talk_item(&talk, NOTE_STEP, "Find what is big: `du -s * | sort -n`.");
    talk_item(&talk, NOTE_STEP, "Delete it.");
    says(talk_say(&talk, "my disk is full"), "`du -s * | sort -n`.\n2.");
}
END_TEST

START_TEST(command_stands_with_what_is_said_of_it) {
    talk_section(&talk, "kb-cli", "Signing in");
    struct note_item *code = talk_at(NOTE_FACT, "gate login --device", 3);
    code->code = true;
    talk_at(NOTE_FACT, "It prints a code, and the password is of no use there.", 6);
    says(talk_say(&talk, "Can I sign in at the gate with a password?"), "gate login --device");
}
END_TEST

START_TEST(time_of_day_does_not_say_how_long) {
    talk_section(&talk, "kb-loans", "Loans");
    talk_at(NOTE_FACT, "Loans of books begin at 08:00.", 3);
    talk_at(NOTE_FACT, "Loans last ten working days.", 5);
    const char *answer = talk_say(&talk, "How long do loans of books last?");
    says(answer, "ten working days");
}
END_TEST

START_TEST(what_did_not_carry_may_still_answer) {
    struct passage *p = talk_section(&talk, "kb-rooms", "Rooms");
    p->score = 1.0;
    talk_at(NOTE_FACT, "Rooms have a number.", 3);
    p = talk_section(&talk, "kb-heating", "Heating");
    p->score = 0.9;
    p->carries = false;
    talk_at(NOTE_FACT, "The heating of the rooms is switched off at 22:00.", 3);
    says(talk_say(&talk, "When is the heating of the rooms switched off?"), "at 22:00");
}
END_TEST

START_TEST(what_is_wondered_is_asked) {
    printer();
    says(talk_say(&talk, "I only want to know until when my job is kept"), "until 18:00");
}
END_TEST

START_TEST(ticket_needs_are_told_to_who_asks) {
    talk_section(&talk, "kb-door", "Before a ticket about a door");
    talk_at(NOTE_CAPTURE, "number of the door", 3);
    talk_at(NOTE_CAPTURE, "time", 4);
    says(talk_say(&talk, "Which number does a ticket about a door need?"),
         "A ticket needs this: the number of the door and the time.");
}
END_TEST

START_TEST(same_is_asked_of_something_else) {
    talk_section(&talk, "kb-kept", "How long things are kept");
    talk_at(NOTE_FACT, "Recordings are kept for 60 days.", 3);
    talk_at(NOTE_FACT, "The chat is for members.", 5);
    talk_at(NOTE_FACT, "The lines of the chat go after 90 days.", 7);
    (void)talk_say(&talk, "How long are recordings kept?");
    says(talk_say(&talk, "And the chat?"), "90 days");
}
END_TEST

int main(void) {
    TCase *t = tcase_create("extract_best");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, how_big_gives_the_figure);
    tcase_add_test(t, when_gives_the_time);
    tcase_add_test(t, who_gives_the_person);
    tcase_add_test(t, sentences_of_a_paragraph_stay_together);
    tcase_add_test(t, each_of_two_questions_is_answered);
    tcase_add_test(t, warning_comes_with_the_steps);
    tcase_add_test(t, statement_stands_with_its_step);
    tcase_add_test(t, case_that_is_asked_for_is_told);
    tcase_add_test(t, several_cases_say_what_they_are);
    tcase_add_test(t, another_roles_alternative_is_left_out);
    tcase_add_test(t, orders_to_the_desk_are_not_printed);
    tcase_add_test(t, what_the_desk_does_is_told_to_who_asks);
    tcase_add_test(t, pipe_in_a_command_is_no_row);
    tcase_add_test(t, command_stands_with_what_is_said_of_it);
    tcase_add_test(t, time_of_day_does_not_say_how_long);
    tcase_add_test(t, what_did_not_carry_may_still_answer);
    tcase_add_test(t, what_is_wondered_is_asked);
    tcase_add_test(t, ticket_needs_are_told_to_who_asks);
    tcase_add_test(t, same_is_asked_of_something_else);
    return tap_run("core/extract_best", t);
}
