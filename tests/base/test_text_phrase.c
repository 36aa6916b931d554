/* Phrases: words that mean something together. */
#include "base/text.h"
#include "tap.h"

static esi_arena arena;

static void setup(void) {
    arena_init(&arena, 0);
}

static void teardown(void) {
    arena_clear(&arena);
}

/* The first phrase of a text; its key is empty where there is none. */
static struct text_phrase first(const char *text) {
    struct token *tokens;
    size_t count;
    struct text_phrase phrase = {.key = VIEW("")};
    ck_assert_int_eq(text_tokens(view_of(text), "en", 100, &arena, &tokens, &count, NULL), ESI_OK);
    size_t i = 0;
    while (i < count && !text_phrase_at(tokens, count, i, &phrase)) {
        i++;
    }
    return phrase;
}

static void key_is(const char *text, const char *key) {
    const struct text_phrase phrase = first(text);
    ck_assert_msg(view_eq(phrase.key, view_of(key)), "%s: %.*s", text, (int)phrase.key.n,
                  phrase.key.p);
}

START_TEST(a_verb_and_its_particle_are_one_in_all_forms) {
    key_is("I hand in", "hand in");
    key_is("I handed in", "hand in");
    key_is("handing in", "hand in");
    key_is("who got around it", "get around");
    ck_assert(first("I handed in").phrasal);
}
END_TEST

START_TEST(an_object_may_stand_inside) {
    key_is("how do I let her in?", "let in");
    key_is("I handed my report in.", "hand in");
    ck_assert(first("handed my report in").split);
    ck_assert(!first("handed in").split);
}
END_TEST

START_TEST(a_preposition_is_no_particle) {
    key_is("I let her in the hall", "");
    key_is("the keys in the studio", "");
}
END_TEST

START_TEST(what_is_written_as_one_word_is_found_by_it) {
    key_is("please log me in", "login");
}
END_TEST

START_TEST(marks_part_words) {
    key_is("hand, in", "");
    key_is("it is a dark. Mode two", "");
}
END_TEST

START_TEST(a_name_of_several_words_is_found_in_both_numbers) {
    key_is("two operating systems", "operating system");
    ck_assert(!first("operating system").phrasal);
    key_is("a green teapot", "");
}
END_TEST

START_TEST(the_longest_is_taken) {
    key_is("they get back to you", "get back to");
}
END_TEST

START_TEST(a_phrase_shares_a_group_with_what_means_the_same) {
    struct text_concept of_phrase[TEXT_CONCEPTS_MAX];
    struct text_concept of_word[TEXT_CONCEPTS_MAX];
    const size_t m = text_concepts(VIEW("get around"), of_phrase);
    const size_t n = text_concepts(VIEW("circumvented"), of_word);
    bool shared = false;
    for (size_t i = 0; i < m * n; i++) {
        shared = shared || of_phrase[i / n].group == of_word[i % n].group;
    }
    ck_assert(shared);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("phrase");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, a_verb_and_its_particle_are_one_in_all_forms);
    tcase_add_test(t, an_object_may_stand_inside);
    tcase_add_test(t, a_preposition_is_no_particle);
    tcase_add_test(t, what_is_written_as_one_word_is_found_by_it);
    tcase_add_test(t, marks_part_words);
    tcase_add_test(t, a_name_of_several_words_is_found_in_both_numbers);
    tcase_add_test(t, the_longest_is_taken);
    tcase_add_test(t, a_phrase_shares_a_group_with_what_means_the_same);
    return tap_run("base/text_phrase", t);
}
