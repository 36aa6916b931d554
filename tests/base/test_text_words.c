#include <string.h>

#include "base/text.h"
#include "tap.h"

/* ---- language and stop words ---------------------------------------------------------------- */

START_TEST(a_language_is_read_from_its_function_words) {
    static const struct {
        const char *language, *text;
    } rows[] = {
        {"en", "The connection drops and I don't know why"},
        {"de", "Ich kann mich seit heute morgen nicht mehr anmelden"},
        {"fr", "Je ne peux pas ouvrir la console de ma machine"},
        {"es", "No puedo abrir la consola de mi máquina desde ayer"},
        {"pt", "Não consigo abrir o console da minha máquina"},
        {"it", "Non riesco ad aprire la console della mia macchina"},
        {"nl", "Ik kan de console van mijn machine niet openen"},
        {"pl", "Nie mogę otworzyć konsoli mojej maszyny, co mam zrobić?"},
        {"tr", "Makinenin konsolunu açamıyorum, bunun için ne yapmalıyım?"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        ck_assert_str_eq(text_language(view_of(rows[i].text)), rows[i].language);
    }
}
END_TEST

START_TEST(a_language_is_read_from_its_script) {
    static const struct {
        const char *language, *text;
    } rows[] = {
        {"ru", "Не могу открыть консоль машины"},  {"uk", "Не можу відкрити консоль моєї машини"},
        {"zh", "我无法打开虚拟机的控制台"},        {"ja", "コンソールが開きません"},
        {"ko", "콘솔을 열 수 없습니다"},           {"ar", "لا أستطيع فتح وحدة التحكم"},
        {"el", "Δεν μπορώ να ανοίξω την κονσόλα"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        ck_assert_str_eq(text_language(view_of(rows[i].text)), rows[i].language);
    }
}
END_TEST

START_TEST(where_nothing_tells_it_is_english) {
    static const char *const texts[] = {"",         "VPN",      "KE-1042",     "vm slow",
                                        "10.0.3.7", "\xFF\xFE", "die process", "no va reset"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        ck_assert_str_eq(text_language(view_of(texts[i])), "en");
    }
}
END_TEST

START_TEST(some_foreign_names_dont_change_the_language) {
    ck_assert_str_eq(text_language(VIEW("How do I use Прокси and 网络 with the VPN of the lab?")),
                     "en");
}
END_TEST

START_TEST(grammar_is_told_from_meaning) {
    ck_assert(text_is_stopword(VIEW("the"), "en"));
    ck_assert(text_is_stopword(VIEW("how"), "en"));
    ck_assert(text_is_stopword(VIEW("don't"), "en"));
    ck_assert(text_is_stopword(VIEW("not"), "en"));
    ck_assert(!text_is_stopword(VIEW("vpn"), "en"));
    ck_assert(!text_is_stopword(VIEW(""), "en"));
}
END_TEST

START_TEST(stop_words_belong_to_their_language) {
    ck_assert(text_is_stopword(VIEW("die"), "de"));
    ck_assert(!text_is_stopword(VIEW("die"), "en"));
    ck_assert(text_is_stopword(VIEW("не"), "ru"));
    ck_assert(!text_is_stopword(VIEW("the"), "xx"));
}
END_TEST

/* ---- rarity --------------------------------------------------------------------------------- */

static double rarity(const char *word, bool expected) {
    bool known = !expected;
    const double found = text_rarity(view_of(word), &known);
    ck_assert_msg(known == expected, "%s", word);
    return found;
}

START_TEST(common_words_are_less_rare) {
    ck_assert_double_lt(rarity("the", true), 2.5);
    ck_assert_double_lt(rarity("the", true), rarity("machine", true));
    ck_assert_double_lt(rarity("machine", true), rarity("password", true));
    ck_assert_double_lt(rarity("password", true), rarity("firewall", true));
    ck_assert_double_lt(rarity("firewall", true), rarity("xyzzyq", false));
    ck_assert_double_ge(rarity("xyzzyq", false), 7.0);
}
END_TEST

START_TEST(forms_of_a_word_are_known) {
    static const char *const forms[] = {"drops",     "dropped", "dropping", "carries", "connected",
                                        "restarted", "slower",  "user's",   "can't",   "machines"};
    for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
        ck_assert_double_lt(rarity(forms[i], true), 7.0);
    }
}
END_TEST

START_TEST(words_with_hyphens_are_known_by_what_they_are_made_of) {
    ck_assert_double_lt(rarity("e-mail", true), 6.0);
    (void)rarity("read-only", true);
    (void)rarity("kb-vpnx", false);
}
END_TEST

START_TEST(accents_dont_make_a_word_unknown) {
    ck_assert_double_eq(rarity("café", true), rarity("cafe", true));
}
END_TEST

START_TEST(a_longer_number_is_rarer) {
    ck_assert_double_lt(rarity("7", true), rarity("42", true));
    ck_assert_double_lt(rarity("42", true), rarity("10423", true));
    ck_assert_double_lt(rarity("x", true), 5.0);
}
END_TEST

START_TEST(odd_input_is_merely_unknown) {
    (void)rarity("", false);
    (void)rarity("\xFF\xFE\xFF", false);
    char longest[1001];
    memset(longest, 'a', 1000);
    longest[1000] = '\0';
    (void)rarity(longest, false);
    memset(longest, '-', 40);
    longest[40] = '\0';
    (void)rarity(longest, false);
}
END_TEST

/* ---- meaning -------------------------------------------------------------------------------- */

static bool share(const char *a, const char *b, bool close) {
    struct text_concept x[TEXT_CONCEPTS_MAX];
    struct text_concept y[TEXT_CONCEPTS_MAX];
    const size_t m = text_concepts(view_of(a), x);
    const size_t n = text_concepts(view_of(b), y);
    for (size_t i = 0; i < m * n; i++) {
        const uint16_t group = x[i / n].group;
        if (group == y[i % n].group && text_concept_is_close(group) == close) {
            return true;
        }
    }
    return false;
}

START_TEST(words_of_like_meaning_share_a_group) {
    ck_assert(share("reboot", "restart", true));
    ck_assert(share("rebooted", "restarts", true));
    ck_assert(share("drops", "disconnects", true));
    ck_assert(share("slow", "sluggish", true));
    ck_assert(share("login", "signin", true));
    ck_assert(share("mend", "repair", false));
}
END_TEST

START_TEST(others_share_none) {
    ck_assert(!share("reboot", "bread", true));
    ck_assert(!share("reboot", "bread", false));
    struct text_concept concepts[TEXT_CONCEPTS_MAX];
    ck_assert_uint_eq(text_concepts(VIEW("xyzzyq"), concepts), 0);
    ck_assert_uint_eq(text_concepts(VIEW(""), concepts), 0);
}
END_TEST

/* ---- distance ------------------------------------------------------------------------------- */

static unsigned distance(const char *a, const char *b, unsigned most) {
    const unsigned one = text_distance(view_of(a), view_of(b), most);
    ck_assert_uint_eq(one, text_distance(view_of(b), view_of(a), most));
    return one;
}

START_TEST(a_slip_of_the_finger_is_one_step) {
    ck_assert_uint_eq(distance("password", "password", 2), 0);
    ck_assert_uint_eq(distance("passwrd", "password", 2), 1);   /* left out */
    ck_assert_uint_eq(distance("passsword", "password", 2), 1); /* twice */
    ck_assert_uint_eq(distance("pasaword", "password", 2), 1);  /* another */
    ck_assert_uint_eq(distance("passwrod", "password", 2), 1);  /* swapped */
    ck_assert_uint_eq(distance("ca", "abc", 3), 3);
    ck_assert_uint_eq(distance("", "abc", 3), 3);
}
END_TEST

START_TEST(characters_count_not_bytes) {
    ck_assert_uint_eq(distance("größe", "grösse", 3), 2);
    ck_assert_uint_eq(distance("пароль", "пaроль", 2), 1);
}
END_TEST

START_TEST(far_words_are_given_up) {
    ck_assert_uint_eq(distance("password", "network", 2), 3);
    ck_assert_uint_eq(distance("a", "abcdefgh", 2), 3);
    ck_assert_uint_eq(distance("abcd", "wxyz", 1), 2);
}
END_TEST

START_TEST(very_long_words_are_equal_or_far) {
    char a[202];
    memset(a, 'x', 200);
    a[200] = '\0';
    ck_assert_uint_eq(distance(a, a, 2), 0);
    ck_assert_uint_eq(distance(a, "x", 2), 3);
    char b[202];
    memcpy(b, a, sizeof(a));
    b[5] = 'y';
    ck_assert_uint_eq(distance(a, b, 2), 3);
}
END_TEST

/* ---- sentences ------------------------------------------------------------------------------ */

/* The sentences of a text, with "|" between them. */
static void assert_sentences(const char *text, const char *expected) {
    char joined[500] = "";
    struct view rest = view_of(text);
    struct view sentence;
    while (text_sentence(&rest, &sentence)) {
        const size_t n = strlen(joined);
        ck_assert_uint_lt(n + sentence.n + 2, sizeof(joined));
        joined[n] = '|';
        memcpy(joined + n + (n > 0), sentence.p, sentence.n);
        joined[n + (n > 0) + sentence.n] = '\0';
    }
    ck_assert_str_eq(joined, expected);
}

START_TEST(sentences_end_at_their_marks) {
    assert_sentences("It fails. Why? Help! Thanks", "It fails.|Why?|Help!|Thanks");
    assert_sentences("Really?! He said \"no.\" (It was.) So",
                     "Really?!|He said \"no.\"|(It was.)|So");
    assert_sentences("  \n ", "");
}
END_TEST

START_TEST(small_letters_begin_sentences_too) {
    assert_sentences("my vm is down. i restarted it. now what",
                     "my vm is down.|i restarted it.|now what");
    assert_sentences("wait... it works", "wait... it works");
}
END_TEST

START_TEST(not_every_dot_ends_a_sentence) {
    static const char *const whole[] = {"Use v2.1 of config.yaml on 10.0.3.7 in ../x.",
                                        "See e.g. the guide, sec. 4.",
                                        "Dr. Smith and J. Doe wrote it.", "Das geht z.B. morgen."};
    for (size_t i = 0; i < sizeof(whole) / sizeof(*whole); i++) {
        assert_sentences(whole[i], whole[i]);
    }
}
END_TEST

START_TEST(marks_inside_quotes_brackets_and_code_end_nothing) {
    static const char *const whole[] = {
        "Click \"Lost it?\" below the form.", "It says \u201CStop!\u201D in red.",
        "Wait (one min.) and go on.", "`~.` ends it, `~?` lists all."};
    for (size_t i = 0; i < sizeof(whole) / sizeof(*whole); i++) {
        assert_sentences(whole[i], whole[i]);
    }
    assert_sentences("Is it \"on?\" Look. A ` alone. Then", "Is it \"on?\"|Look.|A ` alone.|Then");
}
END_TEST

START_TEST(list_marks_stay_with_their_items) {
    assert_sentences("1. Open it. 2. Press it.", "1. Open it.|2. Press it.");
    assert_sentences("Steps\n- open it\n- press it\n2) wait", "Steps|- open it|- press it|2) wait");
}
END_TEST

START_TEST(a_blank_line_ends_a_sentence_and_a_line_break_doesnt) {
    assert_sentences("A title\n\nThe text goes\non here.", "A title|The text goes\non here.");
}
END_TEST

START_TEST(chinese_marks_need_no_space) {
    assert_sentences("无法启动。请帮助！好吗？好", "无法启动。|请帮助！|好吗？|好");
}
END_TEST

int main(void) {
    TCase *t = tcase_create("text_words");
    tcase_add_test(t, a_language_is_read_from_its_function_words);
    tcase_add_test(t, a_language_is_read_from_its_script);
    tcase_add_test(t, where_nothing_tells_it_is_english);
    tcase_add_test(t, some_foreign_names_dont_change_the_language);
    tcase_add_test(t, grammar_is_told_from_meaning);
    tcase_add_test(t, stop_words_belong_to_their_language);
    tcase_add_test(t, common_words_are_less_rare);
    tcase_add_test(t, forms_of_a_word_are_known);
    tcase_add_test(t, words_with_hyphens_are_known_by_what_they_are_made_of);
    tcase_add_test(t, accents_dont_make_a_word_unknown);
    tcase_add_test(t, a_longer_number_is_rarer);
    tcase_add_test(t, odd_input_is_merely_unknown);
    tcase_add_test(t, words_of_like_meaning_share_a_group);
    tcase_add_test(t, others_share_none);
    tcase_add_test(t, a_slip_of_the_finger_is_one_step);
    tcase_add_test(t, characters_count_not_bytes);
    tcase_add_test(t, far_words_are_given_up);
    tcase_add_test(t, very_long_words_are_equal_or_far);
    tcase_add_test(t, sentences_end_at_their_marks);
    tcase_add_test(t, small_letters_begin_sentences_too);
    tcase_add_test(t, not_every_dot_ends_a_sentence);
    tcase_add_test(t, marks_inside_quotes_brackets_and_code_end_nothing);
    tcase_add_test(t, list_marks_stay_with_their_items);
    tcase_add_test(t, a_blank_line_ends_a_sentence_and_a_line_break_doesnt);
    tcase_add_test(t, chinese_marks_need_no_space);
    return tap_run("base/text_words", t);
}
