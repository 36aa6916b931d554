#include "core/aim.h"

#include "collection.h"
#include "tap.h"

static const struct sample samples[] = {
    {"kb-a", "Profiles", "", "Names", "Change the display name of your account in the portal.", 0,
     NULL},
};

static struct index *all;
static esi_arena arena;
static struct index_query query;
static struct aim aim;

static void setup(void) {
    arena_init(&arena, 0);
    all = collection_build(samples, sizeof samples / sizeof samples[0], 0);
}

static void teardown(void) {
    index_unref(all);
    arena_clear(&arena);
}

static void read(const char *text, bool report) {
    struct token *tokens;
    size_t count;
    ck_assert_int_eq(text_tokens(view_of(text), "en", 100, &arena, &tokens, &count, NULL), ESI_OK);
    ck_assert_int_eq(index_prepare(all, tokens, count, "en", NULL, 0, &arena, &query, NULL),
                     ESI_OK);
    ck_assert_int_eq(aim_read(view_of(text), tokens, &query, report, &arena, &aim, NULL), ESI_OK);
}

static void part_is(const char *form, enum aim_part part) {
    for (size_t i = 0; i < query.term_count; i++) {
        if (view_eq(query.terms[i].form, view_of(form))) {
            ck_assert_msg(aim.parts[i] == part, "%s: %d", form, (int)aim.parts[i]);
            return;
        }
    }
    ck_abort_msg("no term %s", form);
}

START_TEST(a_deed_and_its_thing_are_told_apart_from_the_place) {
    read("how do I change the display name of my account in the portal?", false);
    part_is("change", AIM_DEED);
    part_is("display", AIM_THING);
    part_is("name", AIM_HEAD);
    part_is("account", AIM_THING);
    part_is("portal", AIM_NONE);
    ck_assert(aim.asks);
}
END_TEST

START_TEST(deeds_that_say_nothing_are_none) {
    read("how do I get an account", false);
    part_is("account", AIM_HEAD);
    read("I want to change my name", false);
    part_is("change", AIM_DEED);
    ck_assert(aim.asks);
}
END_TEST

START_TEST(what_sort_of_thing_the_answer_is) {
    read("which company makes the card readers?", false);
    part_is("company", AIM_SORT);
    ck_assert(!aim.number);
    read("how many accounts may I have?", false);
    part_is("accounts", AIM_SORT);
    ck_assert(aim.number);
    ck_assert(aim.count);
    read("how long is a name kept?", false);
    ck_assert(aim.number);
    ck_assert(!aim.count);
}
END_TEST

START_TEST(a_report_is_about_what_does_not_work) {
    read("the display of my account stays black in the portal", true);
    part_is("display", AIM_THING);
    part_is("portal", AIM_NONE);
    read("I can't open the portal", true);
    part_is("portal", AIM_HEAD);
}
END_TEST

START_TEST(whether_something_is_allowed_is_noted) {
    read("may I change my name?", false);
    ck_assert(aim.may);
    read("what is a name?", false);
    ck_assert(!aim.may);
}
END_TEST

START_TEST(a_statement_asks_nothing) {
    read("it acts up", false);
    ck_assert(!aim.asks);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("aim");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, a_deed_and_its_thing_are_told_apart_from_the_place);
    tcase_add_test(t, deeds_that_say_nothing_are_none);
    tcase_add_test(t, what_sort_of_thing_the_answer_is);
    tcase_add_test(t, a_report_is_about_what_does_not_work);
    tcase_add_test(t, whether_something_is_allowed_is_noted);
    tcase_add_test(t, a_statement_asks_nothing);
    return tap_run("core/aim", t);
}
