#include "core/meaning.h"

#include "tap.h"

static esi_arena arena;
static struct meaning *meanings;
static size_t count;

static void setup(void) {
    arena_init(&arena, 0);
}

static void teardown(void) {
    arena_clear(&arena);
}

static void read(const char *text) {
    ck_assert_int_eq(meaning_read(view_of(text), &arena, &meanings, &count, NULL), ESI_OK);
}

static void is_head(const char *term, const char *head) {
    for (size_t i = 0; i < count; i++) {
        if (view_eq(meanings[i].term, view_of(term))) {
            ck_assert_msg(view_eq(meanings[i].head, view_of(head)), "%s is \"%.*s\"", term,
                          (int)meanings[i].head.n, meanings[i].head.p);
            return;
        }
    }
    ck_assert_msg(false, "%s isn't defined", term);
}

START_TEST(a_glossary_says_what_things_are) {
    read("**Regatta**: a graded exercise of two days. It counts twice.\n\n"
         "**Boat**: the crew that shares a range, with its coach.\n");
    ck_assert_uint_eq(count, 2);
    is_head("Regatta", "graded exercise");
    is_head("Boat", "crew");
}
END_TEST

START_TEST(a_sentence_defines_too) {
    read("A regatta is an assessed practical; what you score in it counts.\n");
    is_head("regatta", "assessed practical");
}
END_TEST

START_TEST(a_row_that_tells_something_else_defines_nothing) {
    read("| Action | Who |\n| --- | --- |\n| Restart | Everybody |\n| Rebuild | Instructors |\n");
    ck_assert_uint_eq(count, 0);
}
END_TEST

START_TEST(people_with_names_of_their_own_have_roles) {
    const uint32_t instructor = 1u << ESI_ROLE_INSTRUCTOR;
    read("**Skipper** - the instructor of a boat.\n\n"
         "Marshal: who leads a bout; the account type is \"operator\". Boat: the crew.\n");
    ck_assert_uint_eq(meaning_roles(meanings, count, VIEW("Skippers: press Start.")), instructor);
    ck_assert_uint_eq(meaning_roles(meanings, count, VIEW("marshal")), 1u << ESI_ROLE_OPERATOR);
    ck_assert_uint_eq(meaning_roles(meanings, count, VIEW("Boats leave at noon.")), 0);
    ck_assert_uint_eq(meaning_roles(meanings, count, VIEW("Skipperless boats")), 0);
}
END_TEST

START_TEST(a_message_is_put_in_the_words_of_the_documents) {
    struct view out;
    read("**Regatta**: a graded exercise.\n");
    ck_assert_int_eq(
        meaning_apply(meanings, count, VIEW("In the middle of our regatta!"), &arena, &out, NULL),
        ESI_OK);
    ck_assert(view_eq(out, VIEW("In the middle of our graded exercise!")));
    ck_assert_int_eq(meaning_apply(meanings, count, VIEW("Two REGATTAS"), &arena, &out, NULL),
                     ESI_OK);
    ck_assert(view_eq(out, VIEW("Two graded exercise")));
}
END_TEST

START_TEST(a_message_without_a_term_stays) {
    struct view out = VIEW("x");
    read("**Regatta**: a graded exercise.\n");
    ck_assert_int_eq(
        meaning_apply(meanings, count, VIEW("the regattalike thing"), &arena, &out, NULL), ESI_OK);
    ck_assert_uint_eq(out.n, 0);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("meaning");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, a_glossary_says_what_things_are);
    tcase_add_test(t, a_sentence_defines_too);
    tcase_add_test(t, a_row_that_tells_something_else_defines_nothing);
    tcase_add_test(t, people_with_names_of_their_own_have_roles);
    tcase_add_test(t, a_message_is_put_in_the_words_of_the_documents);
    tcase_add_test(t, a_message_without_a_term_stays);
    return tap_run("core/meaning", t);
}
