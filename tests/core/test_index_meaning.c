/* Words that the collection doesn't have: of like meaning, short forms, slips, codes; and how a
 * section has the words of a question. */
#include "collection.h"
#include "tap.h"

static const struct sample samples[] = {
    {"kb-a", "Seats", "", "Exchanging seats", "Seats may not be exchanged among trainees.", 0,
     NULL},
    {"kb-b", "Codes", "", "ERR-1041: queue full", "Wait, then choose a password.", 0, NULL},
    {"kb-c", "Rooms", "", "Opening", "The door opens at nine.\n\nThe window has a blind.", 0, NULL},
    {"kb-d", "Rules", "", "Rest",
     "See \"Exchanging seats\" there. The light says \"profile expired\".", 0, NULL},
    {"kb-e", "Dates", "", "Exam", "Held in May.", 0, NULL},
    {"kb-e", "Dates", "", "Assessment", "Held in June.", 0, NULL},
    {"kb-f", "Late", "", "Waiting", "Press Admit.", 0, NULL},
    {"kb-g", "Pumps", "", "Operating the pump", "The cooling system starts.", 0, NULL},
    {"kb-g", "Pumps", "", "Computer", "Its operating system starts.", 0, NULL},
};

static struct index *all;
static esi_arena arena;
static struct index_query query;
static struct index_hit *hits;
static size_t hit_count;

static void setup(void) {
    arena_init(&arena, 0);
    all = collection_build(samples, sizeof samples / sizeof samples[0], 0);
}

static void teardown(void) {
    index_unref(all);
    arena_clear(&arena);
}

static void search(const char *text) {
    collection_ask(all, text, &arena, &query);
    ck_assert_int_eq(index_search(all, &query, 10, &arena, &hits, &hit_count, NULL), ESI_OK);
}

static size_t term(const char *form) {
    for (size_t i = 0; i < query.term_count; i++) {
        if (view_eq(query.terms[i].form, view_of(form))) {
            return i;
        }
    }
    ck_abort_msg("no term %s", form);
}

static void look(uint32_t section, struct index_context *out) {
    float counts[INDEX_TERMS_MAX];
    for (size_t i = 0; i < INDEX_TERMS_MAX; i++) {
        counts[i] = 1.0f;
    }
    for (size_t i = 0; i < hit_count; i++) {
        if (hits[i].section == section) {
            index_context_of(all, &query, &hits[i], counts, out);
            return;
        }
    }
    ck_abort_msg("section %u isn't among the hits", (unsigned)section);
}

START_TEST(a_word_of_like_meaning_finds_the_section) {
    search("students");
    ck_assert_uint_gt(hit_count, 0);
    ck_assert(query.terms[term("students")].meant);
    ck_assert(!query.terms[term("students")].corrected);
}
END_TEST

START_TEST(a_short_form_is_its_word) {
    search("pw");
    ck_assert_uint_eq(hit_count, 1);
    ck_assert_uint_eq(hits[0].section, 1);
    ck_assert(query.terms[term("pw")].corrected);
}
END_TEST

START_TEST(a_slip_of_a_function_word_is_one) {
    search("wen the door opens");
    ck_assert(query.terms[term("wen")].stopword);
}
END_TEST

START_TEST(a_code_of_a_known_family_is_not_another_one) {
    search("ERR-1099");
    ck_assert(query.terms[0].foreign_code);
    ck_assert(query.terms[term("err")].spare);
    search("ERR-1041");
    ck_assert(!query.terms[0].foreign_code);
    search("LAB-1041");
    ck_assert(!query.terms[0].foreign_code);
}
END_TEST

START_TEST(a_section_has_a_word_itself_or_one_like_it) {
    struct index_context c;
    search("seats students teapot");
    look(0, &c);
    ck_assert_float_eq(c.has[term("seats")], 1.0f);
    ck_assert_float_gt(c.has[term("students")], 0.0f);
    ck_assert_float_lt(c.has[term("students")], 1.0f);
    ck_assert_float_lt(c.has[term("teapot")], 0.2f);
    ck_assert((c.own >> term("seats") & 1) != 0);
}
END_TEST

START_TEST(words_of_one_sentence_are_seen_together) {
    struct index_context c;
    search("door nine window");
    look(2, &c);
    ck_assert((c.sentence >> term("door") & 1) != 0);
    ck_assert((c.sentence >> term("nine") & 1) != 0);
    ck_assert((c.sentence >> term("window") & 1) == 0);
    ck_assert(c.measured);
}
END_TEST

START_TEST(a_quoted_message_is_known_to_the_letter) {
    search("it says profile expired again");
    bool quoted = false;
    for (size_t i = 0; i < hit_count; i++) {
        quoted |= hits[i].section == 3 && hits[i].quotes == 2;
    }
    ck_assert(quoted);
    search("expired profile");
    for (size_t i = 0; i < hit_count; i++) {
        ck_assert_uint_eq(hits[i].quotes, 0);
    }
}
END_TEST

START_TEST(a_section_may_quote_the_heading_of_another) {
    ck_assert(index_quotes_heading(all, 3, 0));
    ck_assert(!index_quotes_heading(all, 0, 3));
    ck_assert(!index_quotes_heading(all, 3, 2));
}
END_TEST

START_TEST(a_section_is_found_in_other_words_though_another_has_the_word) {
    search("the tutor hands me the exam");
    ck_assert_uint_eq(query.terms[term("exam")].sections, 1);
    bool found = false;
    for (size_t i = 0; i < hit_count; i++) {
        found |= hits[i].section == 5 && hits[i].words > 0.0f;
    }
    ck_assert(found);
}
END_TEST

START_TEST(a_verb_with_its_particle_is_one_term) {
    search("who lets her in");
    ck_assert(query.terms[term("let in")].phrase);
    ck_assert(query.terms[term("let in")].known);
    ck_assert_uint_eq(query.term_of[1], query.term_of[3]);
    struct index_context c;
    look(6, &c);
    ck_assert_float_gt(c.has[term("let in")], 0.0f);
}
END_TEST

START_TEST(parts_of_a_name_count_little_without_the_name) {
    struct index_context c;
    search("operating system");
    look(7, &c);
    ck_assert_float_lt(c.has[term("operating")], 1.0f);
    look(8, &c);
    ck_assert_float_eq(c.has[term("operating")], 1.0f);
}
END_TEST

START_TEST(a_rare_word_weighs_more_than_an_everyday_one) {
    search("window queue");
    ck_assert_float_gt(query.terms[term("queue")].weight, query.terms[term("window")].weight);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("index_meaning");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, a_word_of_like_meaning_finds_the_section);
    tcase_add_test(t, a_short_form_is_its_word);
    tcase_add_test(t, a_slip_of_a_function_word_is_one);
    tcase_add_test(t, a_code_of_a_known_family_is_not_another_one);
    tcase_add_test(t, a_section_has_a_word_itself_or_one_like_it);
    tcase_add_test(t, words_of_one_sentence_are_seen_together);
    tcase_add_test(t, a_quoted_message_is_known_to_the_letter);
    tcase_add_test(t, a_section_may_quote_the_heading_of_another);
    tcase_add_test(t, a_section_is_found_in_other_words_though_another_has_the_word);
    tcase_add_test(t, a_verb_with_its_particle_is_one_term);
    tcase_add_test(t, parts_of_a_name_count_little_without_the_name);
    tcase_add_test(t, a_rare_word_weighs_more_than_an_everyday_one);
    return tap_run("core/index_meaning", t);
}
