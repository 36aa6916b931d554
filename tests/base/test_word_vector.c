#include "base/word_vector.h"

#include <string.h>

#include "base/vector.h"
#include "tap.h"

static float alike(const char *a, const char *b) {
    return word_vector_similarity(word_vector_find(view_of(a)), word_vector_find(view_of(b)));
}

START_TEST(common_words_have_a_vector) {
    static const char *const words[] = {"exchange", "password", "router",
                                        "vpn",      "reboot",   "screen"};
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        ck_assert_uint_ne(word_vector_find(view_of(words[i])), WORD_VECTOR_NONE);
    }
}
END_TEST

START_TEST(grammar_names_and_other_languages_have_none) {
    static const char *const words[] = {"",     "the", "how",  "ke-1042",    "wachstation", "them",
                                        "does", "x",   "10.0", "соединение", "err_vpn",     "e"};
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        ck_assert_uint_eq(word_vector_find(view_of(words[i])), WORD_VECTOR_NONE);
    }
}
END_TEST

START_TEST(a_word_too_long_to_be_one_has_none) {
    char word[400];
    memset(word, 'q', sizeof(word));
    for (size_t n = 0; n <= sizeof(word); n++) {
        ck_assert_uint_eq(word_vector_find((struct view){word, n}), WORD_VECTOR_NONE);
    }
}
END_TEST

START_TEST(forms_share_the_vector_of_their_word) {
    ck_assert_uint_eq(word_vector_find(VIEW("rebooted")), word_vector_find(VIEW("reboot")));
    ck_assert_uint_eq(word_vector_find(VIEW("batteries")), word_vector_find(VIEW("battery")));
    ck_assert_uint_eq(word_vector_find(VIEW("swapping")), word_vector_find(VIEW("swap")));
}
END_TEST

START_TEST(a_stem_has_the_vector_of_its_word) {
    ck_assert_uint_eq(word_vector_find(VIEW("configur")), word_vector_find(VIEW("configure")));
    ck_assert_uint_eq(word_vector_find(VIEW("polici")), word_vector_find(VIEW("policy")));
    ck_assert_uint_eq(word_vector_find(VIEW("reson")), word_vector_find(VIEW("resonance")));
}
END_TEST

START_TEST(words_of_like_meaning_are_nearer_than_others) {
    static const struct {
        const char *word, *near, *far;
    } rows[] = {
        {"exchange", "swap", "banana"},   {"slow", "sluggish", "purple"},
        {"audio", "sound", "deadline"},   {"boot", "start", "lawyer"},
        {"vanish", "disappear", "login"}, {"teacher", "instructor", "disk"},
        {"erase", "delete", "printer"},   {"illness", "sick", "folder"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        const float near = alike(rows[i].word, rows[i].near);
        const float far = alike(rows[i].word, rows[i].far);
        ck_assert_msg(near > far + 0.2F, "%s: %.2f and %.2f", rows[i].word, (double)near,
                      (double)far);
    }
}
END_TEST

START_TEST(opposites_are_not_taken_for_one_another) {
    static const char *const rows[][2] = {
        {"upload", "download"}, {"lock", "unlock"}, {"allow", "forbid"}, {"enable", "disable"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        const float near = alike(rows[i][0], rows[i][1]);
        ck_assert_msg(near < 0.35F, "%s, %s: %.2f", rows[i][0], rows[i][1], (double)near);
    }
}
END_TEST

START_TEST(similarity_is_a_cosine) {
    static const char *const words[] = {"seat", "printer", "exchange", "swap", "quickly"};
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        ck_assert_float_eq(alike(words[i], words[i]), 1.0F);
        for (size_t j = 0; j < i; j++) {
            float a[WORD_VECTOR_DIMENSIONS] = {0};
            float b[WORD_VECTOR_DIMENSIONS] = {0};
            word_vector_add(word_vector_find(view_of(words[i])), 1.0F, a);
            word_vector_add(word_vector_find(view_of(words[j])), 1.0F, b);
            const float cosine = vector_cosine(a, b, WORD_VECTOR_DIMENSIONS);
            ck_assert_float_eq(alike(words[i], words[j]), alike(words[j], words[i]));
            ck_assert_float_eq_tol(alike(words[i], words[j]), cosine, 1e-5F);
        }
    }
}
END_TEST

START_TEST(what_has_no_vector_is_like_nothing) {
    const uint16_t seat = word_vector_find(VIEW("seat"));
    ck_assert_float_eq(word_vector_similarity(seat, WORD_VECTOR_NONE), 0.0F);
    ck_assert_float_eq(word_vector_similarity(WORD_VECTOR_NONE, seat), 0.0F);
    ck_assert_float_eq(word_vector_similarity(WORD_VECTOR_NONE, WORD_VECTOR_NONE), 0.0F);
}
END_TEST

START_TEST(many_at_once_are_as_one_by_one) {
    const uint16_t others[] = {word_vector_find(VIEW("swap")), WORD_VECTOR_NONE,
                               word_vector_find(VIEW("seat")), word_vector_find(VIEW("printer"))};
    float alike[4];
    word_vector_similarities(others[2], others, 4, alike);
    for (size_t i = 0; i < 4; i++) {
        ck_assert_float_eq(alike[i], word_vector_similarity(others[2], others[i]));
    }
    word_vector_similarities(WORD_VECTOR_NONE, others, 4, alike);
    for (size_t i = 0; i < 4; i++) {
        ck_assert_float_eq(alike[i], 0.0F);
    }
}
END_TEST

START_TEST(a_vector_is_added_as_long_as_its_weight) {
    float sum[WORD_VECTOR_DIMENSIONS] = {0};
    const uint16_t seat = word_vector_find(VIEW("seat"));
    word_vector_add(WORD_VECTOR_NONE, 7.0F, sum);
    word_vector_add(seat, 1.0F, sum);
    word_vector_add(seat, 2.0F, sum);
    const float square = vector_dot(sum, sum, WORD_VECTOR_DIMENSIONS);
    ck_assert_float_eq_tol(square, 9.0F, 1e-4F);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("word_vector");
    tcase_add_test(t, common_words_have_a_vector);
    tcase_add_test(t, grammar_names_and_other_languages_have_none);
    tcase_add_test(t, a_word_too_long_to_be_one_has_none);
    tcase_add_test(t, forms_share_the_vector_of_their_word);
    tcase_add_test(t, a_stem_has_the_vector_of_its_word);
    tcase_add_test(t, words_of_like_meaning_are_nearer_than_others);
    tcase_add_test(t, opposites_are_not_taken_for_one_another);
    tcase_add_test(t, similarity_is_a_cosine);
    tcase_add_test(t, what_has_no_vector_is_like_nothing);
    tcase_add_test(t, many_at_once_are_as_one_by_one);
    tcase_add_test(t, a_vector_is_added_as_long_as_its_weight);
    return tap_run("base/word_vector", t);
}
