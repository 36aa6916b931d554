#include "core/answer.h"

#include <check.h>

#include "tap.h"

static esi_arena arena;

static void setup(void) {
    arena_init(&arena, 0);
}

static void teardown(void) {
    arena_clear(&arena);
}

static uint32_t asked(const char *question) {
    struct token *tokens;
    size_t count;
    ck_assert_int_eq(text_tokens(view_of(question), "en", 100, &arena, &tokens, &count, NULL),
                     ESI_OK);
    return answer_asked(tokens, count);
}

static uint32_t told(const char *statement) {
    struct token *tokens;
    size_t count;
    ck_assert_int_eq(text_tokens(view_of(statement), "en", 100, &arena, &tokens, &count, NULL),
                     ESI_OK);
    return answer_told(view_of(statement), tokens, count);
}

START_TEST(how_says_what_is_measured) {
    ck_assert_uint_eq(asked("how long is a token valid") & ANSWER_SPAN, ANSWER_SPAN);
    ck_assert_uint_eq(asked("how often is my work saved"), ANSWER_OFTEN);
    ck_assert_uint_eq(asked("how many hours does a slot last"), ANSWER_SPAN);
    ck_assert_uint_eq(asked("how many seats are there"), ANSWER_NUMBER);
    ck_assert_uint_eq(asked("how much money is in my budget"), ANSWER_MONEY);
    ck_assert_uint_eq(asked("how do I reset it"), ANSWER_STEPS);
}
END_TEST

START_TEST(question_words_say_who_where_and_why) {
    ck_assert_uint_eq(asked("who opens the hall"), ANSWER_PERSON);
    ck_assert_uint_eq(asked("where are my files"), ANSWER_PLACE);
    ck_assert_uint_eq(asked("why is it recorded"), ANSWER_CAUSE);
    ck_assert_uint_eq(asked("which command lists them"), ANSWER_CODE);
    ck_assert_uint_eq(asked("what's the phone number of the desk") & ANSWER_CONTACT,
                      ANSWER_CONTACT);
    ck_assert_uint_eq(asked("may I bring a phone"), ANSWER_LEAVE);
}
END_TEST

START_TEST(what_tells_when_it_happened_asks_nothing) {
    ck_assert_uint_eq(asked("it broke when I signed in"), 0);
    ck_assert_uint_eq(asked("when does it start") & ANSWER_WHEN, ANSWER_WHEN);
}
END_TEST

START_TEST(a_figure_with_a_unit_says_how_long_or_how_big) {
    ck_assert_uint_eq(told("It is kept for 30 days.") & ANSWER_SPAN, ANSWER_SPAN);
    ck_assert_uint_eq(told("Within two working days.") & ANSWER_SPAN, ANSWER_SPAN);
    ck_assert_uint_eq(told("Files of up to 250 MB.") & ANSWER_AMOUNT, ANSWER_AMOUNT);
    ck_assert_uint_eq(told("Open the days view.") & (ANSWER_SPAN | ANSWER_AMOUNT), 0);
}
END_TEST

START_TEST(signs_say_where_and_what_to_type) {
    ck_assert_uint_eq(told("See Profile > Security.") & ANSWER_PLACE, ANSWER_PLACE);
    ck_assert_uint_eq(told("Run `labctl list`.") & ANSWER_CODE, ANSWER_CODE);
    ck_assert_uint_eq(told("Write to desk@range.example.") & ANSWER_CONTACT, ANSWER_CONTACT);
    ck_assert_uint_eq(told("The doors open at 07:30.") & ANSWER_WHEN, ANSWER_WHEN);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("answer");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, how_says_what_is_measured);
    tcase_add_test(t, question_words_say_who_where_and_why);
    tcase_add_test(t, what_tells_when_it_happened_asks_nothing);
    tcase_add_test(t, a_figure_with_a_unit_says_how_long_or_how_big);
    tcase_add_test(t, signs_say_where_and_what_to_type);
    return tap_run("core/answer", t);
}
