#include "core/focus.h"

#include "collection.h"
#include "tap.h"

static const struct sample samples[] = {
    {"kb-a", "Consoles", "", "Black console", "The console is black: press a key.", 0, NULL},
    {"kb-b", "Classes", "", "Lunch", "Class and lunch are at noon. A report is due.", 0, NULL},
};

static struct index *all;
static esi_arena arena;
static struct index_query query, plain;

static void setup(void) {
    arena_init(&arena, 0);
    all = collection_build(samples, sizeof samples / sizeof samples[0], 0);
}

static void teardown(void) {
    index_unref(all);
    arena_clear(&arena);
}

static void focus_by(const char *text,
                     esi_err (*by)(struct view, const struct token *, struct index_query *,
                                   esi_arena *, esi_error *)) {
    struct token *tokens;
    size_t count;
    collection_ask(all, text, &arena, &plain);
    ck_assert_int_eq(text_tokens(view_of(text), "en", 100, &arena, &tokens, &count, NULL), ESI_OK);
    ck_assert_int_eq(index_prepare(all, tokens, count, "en", NULL, 0, &arena, &query, NULL),
                     ESI_OK);
    ck_assert_int_eq(by(view_of(text), tokens, &query, &arena, NULL), ESI_OK);
}

static void focus(const char *text) {
    focus_by(text, focus_report);
}

static void focus_on(const char *text) {
    focus_by(text, focus_question);
}

/* Of what the word counted before: the share that is left. */
static float left(const char *form) {
    for (size_t i = 0; i < query.term_count; i++) {
        if (view_eq(query.terms[i].form, view_of(form))) {
            return query.terms[i].weight / plain.terms[i].weight;
        }
    }
    ck_abort_msg("no term %s", form);
}

START_TEST(the_clause_that_tells_the_trouble_counts_in_full) {
    focus("I wrote my report after lunch. Now the console doesn't start.");
    ck_assert_float_eq(left("console"), 1.0f);
    ck_assert_float_lt(left("report"), 1.0f);
    ck_assert_float_lt(left("lunch"), 1.0f);
}
END_TEST

START_TEST(who_is_hit_counts_least) {
    focus("The console of the class crashes after lunch");
    ck_assert_float_lt(left("class"), 0.5f);
    ck_assert_float_eq(left("console"), 1.0f);
}
END_TEST

START_TEST(a_message_without_trouble_is_left_alone) {
    focus("the console and the report");
    ck_assert_float_eq(left("console"), 1.0f);
    ck_assert_float_eq(left("report"), 1.0f);
}
END_TEST

START_TEST(the_sentence_that_asks_counts_in_full) {
    focus_on("We were late for lunch. Who may use the console?");
    ck_assert_float_eq(left("console"), 1.0f);
    ck_assert_float_lt(left("lunch"), 1.0f);
}
END_TEST

START_TEST(what_a_question_points_back_to_counts_in_full) {
    focus_on("I finished my report. Who reads it at the console?");
    ck_assert_float_eq(left("report"), 1.0f);
}
END_TEST

START_TEST(what_is_told_counts_where_the_question_names_nothing) {
    focus_on("I have to hand in my report. How?");
    ck_assert_float_eq(left("report"), 1.0f);
}
END_TEST

static struct view asked(const char *text) {
    struct view out = {NULL, 0};
    ck_assert_int_eq(focus_asked(view_of(text), &arena, &out, NULL), ESI_OK);
    return out;
}

START_TEST(what_is_asked_is_told_from_the_story) {
    ck_assert(view_eq(asked("We were late for lunch. Who may use the console of a class?"),
                      VIEW("Who may use the console of a class?")));
    ck_assert(view_eq(asked("I lost my badge at lunch. How do I log in?"),
                      VIEW("I lost my badge at lunch. How do I log in?")));
    ck_assert(view_eq(asked("a,b?c,d?e"), VIEW("a,b?c,d?e")));
}
END_TEST

START_TEST(what_is_said_not_to_be_wrong_counts_for_little) {
    focus("The console doesn't start, and I haven't lost my report.");
    ck_assert_float_eq(left("console"), 1.0f);
    ck_assert_float_lt(left("report"), 0.2f);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("focus");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, the_clause_that_tells_the_trouble_counts_in_full);
    tcase_add_test(t, what_is_said_not_to_be_wrong_counts_for_little);
    tcase_add_test(t, who_is_hit_counts_least);
    tcase_add_test(t, a_message_without_trouble_is_left_alone);
    tcase_add_test(t, the_sentence_that_asks_counts_in_full);
    tcase_add_test(t, what_a_question_points_back_to_counts_in_full);
    tcase_add_test(t, what_is_told_counts_where_the_question_names_nothing);
    tcase_add_test(t, what_is_asked_is_told_from_the_story);
    return tap_run("core/focus", t);
}
