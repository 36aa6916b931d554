#include "store/pg_words.h"

#include <string.h>

#include "tap.h"

static bool has(const struct pg_words *words, const char *word) {
    size_t i = 0;
    while (i < words->count && strcmp(words->items[i], word) != 0) {
        i++;
    }
    return i < words->count;
}

static const esi_store_document document = {
    .title = "Badges", .language = "en", .meta = "{\"tags\":[\"doors\",\"entry-cards\"]}"};

START_TEST(a_section_is_found_by_its_text_note_title_and_tags) {
    const esi_store_section section = {
        .heading = "Lost badges",
        .text = "The ESI-1042 readers dropped it.",
        .note = "{\"items\":[{\"kind\":\"when\",\"text\":\"escalate\",\"condition\":\"it "
                "persists\",\"source\":\"nothing\"}]}"};
    esi_arena arena = {0};
    struct pg_words label, words;
    ck_assert_int_eq(pg_label_words(&document, &arena, &label, NULL), ESI_OK);
    ck_assert_int_eq(pg_section_words(&document, &section, &label, &arena, &words, NULL), ESI_OK);
    ck_assert(has(&words, "badg"));
    ck_assert(has(&words, "door"));
    ck_assert(has(&words, "reader"));
    ck_assert(has(&words, "drop"));
    ck_assert(has(&words, "esi1042"));
    ck_assert(has(&words, "escal"));
    ck_assert(has(&words, "persist"));
    ck_assert(!has(&words, "noth")); /* where the note was read from */
    ck_assert(!has(&words, "the"));
    arena_clear(&arena);
}
END_TEST

START_TEST(a_question_has_the_stems_of_the_sections_each_once) {
    esi_arena arena = {0};
    struct pg_words words;
    ck_assert_int_eq(
        pg_question_words("Why are the badges dropping the badge?", "en", 64, &arena, &words, NULL),
        ESI_OK);
    ck_assert_uint_eq(words.count, 2);
    ck_assert(has(&words, "badg"));
    ck_assert(has(&words, "drop"));
    arena_clear(&arena);
}
END_TEST

START_TEST(text_without_spaces_has_words) {
    esi_arena arena = {0};
    struct pg_words words;
    ck_assert_int_eq(
        pg_question_words("\u6253\u5370\u673a\u5361\u7eb8", "zh", 64, &arena, &words, NULL),
        ESI_OK);
    ck_assert_uint_eq(words.count, 4);
    ck_assert(has(&words, "\u5361\u7eb8"));
    arena_clear(&arena);
}
END_TEST

START_TEST(odd_questions_have_the_words_that_they_have) {
    static const char *const odd[] = {"", "   ", "!!! & | ( ) : * <-> '", "\\", "the of and"};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        esi_arena arena = {0};
        struct pg_words words;
        ck_assert_int_eq(pg_question_words(odd[i], NULL, 64, &arena, &words, NULL), ESI_OK);
        ck_assert_uint_eq(words.count, 0);
        arena_clear(&arena);
    }
}
END_TEST

START_TEST(a_note_that_cannot_be_read_has_no_words) {
    const esi_store_section section = {.heading = "", .text = "door", .note = "{\"items\":"};
    esi_arena arena = {0};
    struct pg_words label = {0}, words;
    ck_assert_int_eq(pg_section_words(&document, &section, &label, &arena, &words, NULL), ESI_OK);
    ck_assert_uint_eq(words.count, 1);
    arena_clear(&arena);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("pg_words");
    tcase_add_test(t, a_section_is_found_by_its_text_note_title_and_tags);
    tcase_add_test(t, a_question_has_the_stems_of_the_sections_each_once);
    tcase_add_test(t, text_without_spaces_has_words);
    tcase_add_test(t, odd_questions_have_the_words_that_they_have);
    tcase_add_test(t, a_note_that_cannot_be_read_has_no_words);
    return tap_run("store/pg_words", t);
}
