#include "core/fact.h"

#include "core/headline.h"
#include "tap.h"

/* Lines of a ticket made of what a person stated, and the line that sums it up. */

static esi_arena arena;

static void setup(void) {
    arena_init(&arena, 1 << 20);
}

static void teardown(void) {
    arena_clear(&arena);
}

static struct fact read_fact(const char *text) {
    struct fact fact = {0};
    ck_assert_int_eq(fact_read(view_of(text), &arena, &fact, NULL), ESI_OK);
    return fact;
}

#define IS(view_, text) ck_assert_msg(view_eq(view_, VIEW(text)), "%.*s", (int)(view_).n, (view_).p)

static void headline_is(const char *message, const char *wanted) {
    struct view out;
    ck_assert_int_eq(headline_find(view_of(message), &arena, &out, NULL), ESI_OK);
    ck_assert_msg(view_eq(out, view_of(wanted)), "%.*s", (int)out.n, out.p);
}

START_TEST(a_named_thing_is_called_by_its_noun) {
    struct fact fact = read_fact("desk number D44");
    IS(fact.name, "Desk number");
    IS(fact.value, "D44");
    ck_assert(fact.place);
    fact = read_fact("trace id is 77fe-1a");
    IS(fact.name, "Trace id");
    IS(fact.value, "77fe-1a");
}
END_TEST

START_TEST(times_codes_and_identifiers_have_names_of_their_own) {
    IS(read_fact("since 9:40").name, "When");
    IS(read_fact("QX-204").name, "Error code");
    IS(read_fact("plum-88").name, "Identifier");
    IS(read_fact("permission denied for user kim").name, "Error message");
    ck_assert(!read_fact("QX-204").place);
}
END_TEST

START_TEST(an_answer_stands_under_what_was_asked) {
    const struct fact fact =
        read_fact("Could you tell me the locker name (on the door, e.g. fig-12)? => plum-88");
    IS(fact.name, "Locker name");
    IS(fact.value, "plum-88");
}
END_TEST

START_TEST(what_is_wanted_is_named_without_article_and_explanation) {
    struct view name;
    ck_assert_int_eq(fact_name(VIEW("the exact text of the error."), &arena, &name, NULL), ESI_OK);
    IS(name, "Exact text of the error");
    ck_assert_int_eq(fact_name(VIEW("Which browser do you use?"), &arena, &name, NULL), ESI_OK);
    IS(name, "Browser do you use");
}
END_TEST

START_TEST(an_example_tells_the_form_of_what_is_wanted) {
    ck_assert(fact_like(VIEW("plum-88"), VIEW("the locker's name, for instance fig-12")));
    ck_assert(!fact_like(VIEW("88-plum"), VIEW("the locker's name, for instance fig-12")));
    ck_assert(!fact_like(VIEW("plum-88"), VIEW("the locker's name")));
}
END_TEST

START_TEST(a_headline_tells_the_trouble_without_the_greeting) {
    headline_is("Hi there! I was at lunch until one. My projector doesn't start. Please hurry!",
                "My projector doesn't start");
    headline_is("hello, the coffee machine is broken", "the coffee machine is broken");
}
END_TEST

START_TEST(a_headline_is_the_whole_message_where_no_sentence_says_more) {
    headline_is("locker 12", "locker 12");
    headline_is("help!!", "help!!");
}
END_TEST

int main(void) {
    TCase *t = tcase_create("fact");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, a_named_thing_is_called_by_its_noun);
    tcase_add_test(t, times_codes_and_identifiers_have_names_of_their_own);
    tcase_add_test(t, an_answer_stands_under_what_was_asked);
    tcase_add_test(t, what_is_wanted_is_named_without_article_and_explanation);
    tcase_add_test(t, an_example_tells_the_form_of_what_is_wanted);
    tcase_add_test(t, a_headline_tells_the_trouble_without_the_greeting);
    tcase_add_test(t, a_headline_is_the_whole_message_where_no_sentence_says_more);
    return tap_run("core/fact", t);
}
