#include "core/names.h"

#include "tap.h"

static esi_arena arena;
static struct name *names;
static size_t count;

static void setup(void) {
    arena_init(&arena, 0);
}

static void teardown(void) {
    arena_clear(&arena);
}

static void read(const char *text) {
    ck_assert_int_eq(names_read(view_of(text), &arena, &names, &count, NULL), ESI_OK);
}

static void only(const char *text, const char *name, enum name_form form) {
    read(text);
    ck_assert_uint_eq(count, 1);
    ck_assert_msg(view_eq(names[0].text, view_of(name)), "%.*s", (int)names[0].text.n,
                  names[0].text.p);
    ck_assert_int_eq(names[0].form, form);
}

static void none(const char *text) {
    read(text);
    ck_assert_msg(count == 0, "%s", text);
}

START_TEST(an_entry_of_a_glossary_is_a_term) {
    only("**Seat**: the place of one learner.", "Seat", NAME_ENTRY);
    only("- **Task sheet:** the page that says what to do.", "Task sheet", NAME_ENTRY);
    only("Seat - a place of one learner", "Seat", NAME_ENTRY);
    only("`queued`: the machine waits for room", "queued", NAME_ENTRY);
    only("Regrow\n: to put a machine back", "Regrow", NAME_ENTRY);
}
END_TEST

START_TEST(a_label_without_a_meaning_is_less) {
    only("Operator: runs the ranges.", "Operator", NAME_LABEL);
}
END_TEST

START_TEST(a_short_form_in_parentheses_is_a_term_too) {
    read("**MFA (multi-factor authentication)**: the second proof.");
    ck_assert_uint_eq(count, 2);
    ck_assert(view_eq(names[0].text, VIEW("multi-factor authentication")));
    ck_assert(view_eq(names[1].text, VIEW("MFA")));
}
END_TEST

START_TEST(the_first_column_of_a_table_holds_terms) {
    read("| Word | Meaning |\n| --- | --- |\n| Tier 1 | the support desk |\n| Tier 2 | others |");
    ck_assert_uint_eq(count, 2);
    ck_assert(view_eq(names[0].text, VIEW("Tier 1")));
    ck_assert_int_eq(names[1].form, NAME_ENTRY);
}
END_TEST

START_TEST(a_sentence_defines_what_it_begins_with) {
    only("A plot is an isolated network.", "plot", NAME_SENTENCE);
    only("TTL stands for time to live.", "TTL", NAME_LABEL);
    only("By a seat we mean one learner's place.", "seat", NAME_ENTRY);
}
END_TEST

START_TEST(what_is_said_of_a_thing_defines_nothing) {
    none("The machine is slow in the morning.");
    none("It is the fastest way.");
    none("If it hangs: press the key.");
    none("This is a test of the alarm.");
}
END_TEST

START_TEST(a_term_is_kept_once_in_its_plainest_form) {
    only("A seat is a place.\n\n**Seat**: the place of one learner.", "seat", NAME_ENTRY);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("names");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, an_entry_of_a_glossary_is_a_term);
    tcase_add_test(t, a_label_without_a_meaning_is_less);
    tcase_add_test(t, a_short_form_in_parentheses_is_a_term_too);
    tcase_add_test(t, the_first_column_of_a_table_holds_terms);
    tcase_add_test(t, a_sentence_defines_what_it_begins_with);
    tcase_add_test(t, what_is_said_of_a_thing_defines_nothing);
    tcase_add_test(t, a_term_is_kept_once_in_its_plainest_form);
    return tap_run("core/names", t);
}
