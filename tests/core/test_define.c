#include "core/define.h"

#include "tap.h"

static esi_arena arena;
static struct define_terms terms;

static void setup(void) {
    arena_init(&arena, 0);
}

static void teardown(void) {
    arena_clear(&arena);
}

static void asked(const char *text, const char *first, size_t count) {
    ck_assert_int_eq(define_asked(view_of(text), &arena, &terms, NULL), ESI_OK);
    ck_assert_msg(terms.count == count, "%s: %zu", text, terms.count);
    if (count > 0) {
        ck_assert_msg(view_eq(terms.items[0], view_of(first)), "%s: %.*s", text,
                      (int)terms.items[0].n, terms.items[0].p);
    }
}

START_TEST(the_thing_whose_meaning_is_asked_for) {
    asked("What is a snapshot?", "snapshot", 1);
    asked("whats the agent thing", "agent", 1);
    asked("what does ERR-1107 mean", "ERR-1107", 1);
    asked("what's meant by pruning?", "pruning", 1);
    asked("define host", "host", 1);
    asked("meaning of seat", "seat", 1);
    asked("can you tell me what a task sheet is?", "task sheet", 1);
    asked("what counts as critical?", "critical", 1);
    asked("who are the operators", "operators", 1);
    asked("what is a plot and how do I attach it", "plot", 1);
}
END_TEST

START_TEST(of_a_part_of_something_both_are_offered) {
    asked("what is the TTL of a range?", "TTL of a range", 2);
    ck_assert(view_eq(terms.items[1], VIEW("TTL")));
    struct view plain;
    ck_assert_int_eq(define_term(VIEW("what is the TTL of a range?"), &arena, &plain, NULL),
                     ESI_OK);
    ck_assert(view_eq(plain, VIEW("TTL")));
}
END_TEST

START_TEST(a_difference_is_between_two_things) {
    asked("what's the difference between a seat and a range?", "seat", 2);
    ck_assert(view_eq(terms.items[1], VIEW("range")));
}
END_TEST

START_TEST(other_questions_ask_for_no_meaning) {
    asked("how do I reset my machine?", "", 0);
    asked("what should I do now?", "", 0);
    asked("what are you doing?", "", 0);
    asked("my console is black", "", 0);
}
END_TEST

START_TEST(a_statement_that_begins_with_the_term_tells_it) {
    ck_assert(define_says(VIEW("A snapshot is a saved state."), VIEW("snapshots")));
    ck_assert(define_says(VIEW("Seat: the place of one learner."), VIEW("seat")));
    ck_assert(!define_says(VIEW("Seats may be moved."), VIEW("seat")));
}
END_TEST

START_TEST(a_heading_that_is_the_term_names_it) {
    ck_assert(define_names(VIEW("Codes > ERR-7: disk full"), VIEW("err-7")));
    ck_assert(!define_names(VIEW("Codes > ERR-71"), VIEW("err-7")));
}
END_TEST

int main(void) {
    TCase *t = tcase_create("define");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, the_thing_whose_meaning_is_asked_for);
    tcase_add_test(t, of_a_part_of_something_both_are_offered);
    tcase_add_test(t, a_difference_is_between_two_things);
    tcase_add_test(t, other_questions_ask_for_no_meaning);
    tcase_add_test(t, a_statement_that_begins_with_the_term_tells_it);
    tcase_add_test(t, a_heading_that_is_the_term_names_it);
    return tap_run("core/define", t);
}
