#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "tap.h"

static esi_arena arena;

static struct token *tokens(const char *text, const char *language, size_t *count) {
    struct token *list = NULL;
    ck_assert_int_eq(text_tokens(view_of(text), language, 1000, &arena, &list, count, NULL),
                     ESI_OK);
    for (size_t i = 0; i < *count; i++) {
        ck_assert_uint_lt(list[i].from, list[i].to);
        ck_assert_uint_le(list[i].to, strlen(text));
    }
    return list;
}

/* The tokens as one line: a letter for the kind (W, N, I, C), the stem, "!" for a stop word;
 * readings of one place are joined by "=". */
static const char *line(const char *text, const char *language) {
    size_t count = 0;
    const struct token *list = tokens(text, language, &count);
    struct buf b;
    buf_init(&b, 10000);
    for (size_t i = 0; i < count; i++) {
        const bool same = i > 0 && list[i].word == list[i - 1].word;
        buf_str(&b, i == 0 ? "" : same ? "=" : " ");
        buf_char(&b, "WNIC"[list[i].kind]);
        buf_char(&b, ':');
        buf_add(&b, list[i].stem);
        buf_str(&b, list[i].stop ? "!" : "");
    }
    buf_str(&b, "");
    ck_assert(!b.failed);
    const char *kept = arena_str(&arena, buf_view(&b));
    buf_clear(&b);
    return kept;
}

#define ASSERT_TOKENS(text, expected) ck_assert_str_eq(line(text, "en"), expected)

START_TEST(words_are_folded_and_stemmed) {
    ASSERT_TOKENS("The Connections dropped", "W:the! W:connect W:drop");
}
END_TEST

START_TEST(a_form_is_as_written_and_knows_its_place) {
    size_t count = 0;
    const struct token *list = tokens("A Dropped  Link", "en", &count);
    ck_assert_uint_eq(count, 3);
    ck_assert(view_eq(list[1].form, VIEW("dropped")));
    ck_assert(view_eq(list[1].stem, VIEW("drop")));
    ck_assert_uint_eq(list[1].from, 2);
    ck_assert_uint_eq(list[1].to, 9);
    ck_assert_uint_eq(list[1].word, 1);
    ck_assert_uint_eq(list[2].from, 11);
}
END_TEST

START_TEST(accents_stay_in_the_form_and_not_in_the_stem) {
    size_t count = 0;
    const struct token *list = tokens("Café cafe", "en", &count);
    ck_assert(view_eq(list[0].form, VIEW("café")));
    ck_assert(view_eq(list[0].stem, list[1].stem));
    list = tokens("connexión conexión", "es", &count);
    ck_assert(view_eq(list[1].form, VIEW("conexión")));
    ck_assert(view_eq(list[1].stem, VIEW("conexion")));
}
END_TEST

START_TEST(an_apostrophe_makes_one_word) {
    ASSERT_TOKENS("it doesn't, I can’t; the users' user's host",
                  "W:it! W:doesn't! W:i! W:can't! W:the! W:user W:user W:host");
}
END_TEST

START_TEST(short_articles_are_words_of_their_own) {
    ck_assert_str_eq(line("l'accès qu'il d’abord", "fr"), "W:l! W:acces W:qu! W:il! W:d! W:abord");
}
END_TEST

START_TEST(what_is_written_in_two_ways_finds_the_other) {
    ASSERT_TOKENS("log-in", "W:login=W:log W:in!");
    ASSERT_TOKENS("login", "W:login");
    ASSERT_TOKENS("log in", "W:log=W:login W:in!");
    ASSERT_TOKENS("logging in to the user name",
                  "W:log=W:login W:in! W:to! W:the! W:user=W:usernam W:name");
    ASSERT_TOKENS("the log. In the", "W:the! W:log W:in! W:the!");
}
END_TEST

START_TEST(identifiers_are_kept_whole_and_in_parts) {
    ASSERT_TOKENS("KE-1042", "I:ke1042=W:ke N:1042");
    ASSERT_TOKENS("ERR_VPN_TIMEOUT", "I:errvpntimeout=W:err W:vpn W:timeout");
    ASSERT_TOKENS("0x80070005", "I:0x80070005");
    ASSERT_TOKENS("/etc/hosts", "I:/etc/hosts=W:etc! W:host");
    ASSERT_TOKENS("C:\\Temp\\x1.log", "I:c:\\temp\\x1.log=W:c W:temp I:x1 W:log");
    ASSERT_TOKENS("~/.ssh/config", "I:~/.ssh/config=W:ssh W:config");
    ASSERT_TOKENS("10.0.3.7/24", "I:10.0.3.7/24=N:10 N:0 N:3 N:7 N:24");
    ASSERT_TOKENS("v2.1", "I:v2.1=I:v2 N:1");
    ASSERT_TOKENS("user@host.example.com", "I:user@host.example.com=W:user W:host W:exampl W:com");
    ASSERT_TOKENS("https://a.example/x?y=1)",
                  "I:https://a.example/x?y=1=W:https W:a! W:exampl W:x W:y N:1");
    ASSERT_TOKENS("config.yaml", "I:config.yaml=W:config W:yaml");
    ASSERT_TOKENS("fe80::12", "I:fe80::12=I:fe80=W:fe N:80 N:12");
    ASSERT_TOKENS("C++ or C#", "I:c++=W:c W:or! I:c#=W:c");
}
END_TEST

START_TEST(hyphens_and_underscores_of_identifiers_make_no_difference) {
    size_t count = 0;
    const struct token *list = tokens("lab-7 LAB_7 lab7", "en", &count);
    ck_assert(view_eq(list[0].form, VIEW("lab-7")));
    size_t wholes = 0;
    for (size_t i = 0; i < count; i++) {
        if (list[i].kind == TOKEN_IDENTIFIER) {
            ck_assert(view_eq(list[i].stem, VIEW("lab7")));
            wholes++;
        }
    }
    ck_assert_uint_eq(wholes, 3);
    ASSERT_TOKENS("lab7", "I:lab7=W:lab N:7");
    ASSERT_TOKENS("lab 7", "W:lab N:7");
}
END_TEST

START_TEST(whose_it_is_doesnt_belong_to_an_identifier) {
    ASSERT_TOKENS("lab-7's disk", "I:lab7=W:lab N:7 W:disk");
}
END_TEST

START_TEST(numbers_and_quantities) {
    ASSERT_TOKENS("42, 2.1 and the 2nd 5GB at 3pm",
                  "N:42 N:2.1 W:and! W:the! N:2nd N:5 W:gb W:at! N:3 W:pm");
    ASSERT_TOKENS("10:30 on 2024-01-02", "I:10:30=N:10 N:30 W:on! I:20240102=N:2024 N:01 N:02");
}
END_TEST

START_TEST(marks_between_words_dont_join_them) {
    ASSERT_TOKENS("and/or read/write", "W:and! W:or! W:read W:write");
    ASSERT_TOKENS("It fails.Then wait...now—go", "W:it! W:fail W:then! W:wait W:now! W:go!");
    ASSERT_TOKENS("note:this (x) [y], \"z\"!", "W:note W:this! W:x W:y W:z");
    ASSERT_TOKENS("__init__ -v --force", "W:init W:v W:forc");
}
END_TEST

START_TEST(letters_with_dots_are_one_word) {
    ASSERT_TOKENS("e.g. the U.S. team", "W:e.g! W:the! W:u.s W:team");
}
END_TEST

START_TEST(cjk_is_read_in_pairs) {
    ck_assert_str_eq(line("虚拟机", "zh"), "C:虚拟 C:拟机");
    ck_assert_str_eq(line("网", "zh"), "C:网");
    ck_assert_str_eq(line("重启VPN连接。好", "zh"), "C:重启 W:vpn C:连接 C:好");
    ck_assert_str_eq(line("비밀번호", "ko"), "C:비밀 C:밀번 C:번호");
}
END_TEST

START_TEST(latin_words_in_another_script_are_stemmed_as_english) {
    ck_assert_str_eq(line("ошибка connections", "ru"), "W:ошибк W:connect");
    ck_assert_str_eq(line("连接 connections", "zh"), "C:连接 W:connect");
}
END_TEST

START_TEST(each_language_has_its_own_stems) {
    ck_assert_str_eq(line("die Verbindungen", "de"), "W:die! W:verbind");
    ck_assert_str_eq(line("les connexions", "fr"), "W:les! W:connex");
    ck_assert_str_eq(line("виртуальной машине", "ru"), "W:виртуальн W:машин");
    ck_assert_str_eq(line("połączenia", "pl"), "W:połaczenia");
}
END_TEST

START_TEST(a_language_without_stems_keeps_its_words) {
    static const char *const codes[] = {"ar", "ca", "da", "de", "el", "en", "es", "et", "eu", "fi",
                                        "fr", "ga", "he", "hu", "hy", "id", "it", "ja", "lt", "nl",
                                        "no", "pl", "pt", "ro", "ru", "sr", "sv", "tr", "uk", "xx"};
    for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
        size_t count = 0;
        (void)tokens("vpn", codes[i], &count);
        ck_assert_uint_eq(count, 1);
    }
    ck_assert_str_eq(line("koormused", "et"), "W:koormused");
}
END_TEST

START_TEST(without_a_language_it_is_read_from_the_text) {
    ck_assert_str_eq(line("Die Verbindungen sind nicht da", NULL),
                     "W:die! W:verbind W:sind! W:nicht! W:da!");
}
END_TEST

START_TEST(an_empty_text_has_no_tokens) {
    size_t count = 7;
    ck_assert_ptr_nonnull(tokens("", "en", &count));
    ck_assert_uint_eq(count, 0);
    (void)tokens(" ,;.. -- \t", "en", &count);
    ck_assert_uint_eq(count, 0);
}
END_TEST

START_TEST(no_more_than_the_most_are_given) {
    struct token *list = NULL;
    size_t count = 0;
    for (size_t max = 0; max < 9; max++) {
        ck_assert_int_eq(
            text_tokens(VIEW("log-in to lab-7 虚拟机"), "en", max, &arena, &list, &count, NULL),
            ESI_OK);
        ck_assert_uint_eq(count, max);
    }
}
END_TEST

START_TEST(long_runs_have_no_whole) {
    char text[3001];
    for (size_t i = 0; i < sizeof(text) - 1; i++) {
        text[i] = i % 10 == 9 ? '.' : 'a';
    }
    text[sizeof(text) - 1] = '\0';
    size_t count = 0;
    const struct token *list = tokens(text, "en", &count);
    ck_assert_uint_eq(count, 300);
    for (size_t i = 0; i < count; i++) {
        ck_assert_uint_eq(list[i].form.n, 9);
    }
}
END_TEST

START_TEST(a_stem_alone_is_as_in_tokens) {
    struct view stem = {0};
    ck_assert_int_eq(text_stem(VIEW("dropped"), "en", &arena, &stem, NULL), ESI_OK);
    ck_assert(view_eq(stem, VIEW("drop")));
    ck_assert_int_eq(text_stem(VIEW("dropped"), "xx", &arena, &stem, NULL), ESI_OK);
    ck_assert(view_eq(stem, VIEW("dropped")));
}
END_TEST

START_TEST(without_memory_nothing_is_set) {
    size_t refused = 0;
    for (size_t max = 1; max < 4000; max += 50) {
        esi_arena small;
        arena_init(&small, max);
        struct token *list = NULL;
        size_t count = 7;
        esi_error err = {0};
        const esi_err code = text_tokens(VIEW("The lab-7 users' connexión drops: KE-1042"), "en",
                                         100, &small, &list, &count, &err);
        ck_assert(code == ESI_OK || (code == ESI_ENOMEM && list == NULL && count == 7));
        ck_assert_int_eq(err.code, code);
        refused += code == ESI_ENOMEM;
        arena_clear(&small);
    }
    ck_assert_uint_gt(refused, 3);
}
END_TEST

static void teardown(void) {
    arena_clear(&arena);
}

int main(void) {
    TCase *t = tcase_create("text_tokens");
    tcase_add_checked_fixture(t, NULL, teardown);
    tcase_add_test(t, words_are_folded_and_stemmed);
    tcase_add_test(t, a_form_is_as_written_and_knows_its_place);
    tcase_add_test(t, accents_stay_in_the_form_and_not_in_the_stem);
    tcase_add_test(t, an_apostrophe_makes_one_word);
    tcase_add_test(t, short_articles_are_words_of_their_own);
    tcase_add_test(t, what_is_written_in_two_ways_finds_the_other);
    tcase_add_test(t, identifiers_are_kept_whole_and_in_parts);
    tcase_add_test(t, hyphens_and_underscores_of_identifiers_make_no_difference);
    tcase_add_test(t, whose_it_is_doesnt_belong_to_an_identifier);
    tcase_add_test(t, numbers_and_quantities);
    tcase_add_test(t, marks_between_words_dont_join_them);
    tcase_add_test(t, letters_with_dots_are_one_word);
    tcase_add_test(t, cjk_is_read_in_pairs);
    tcase_add_test(t, latin_words_in_another_script_are_stemmed_as_english);
    tcase_add_test(t, each_language_has_its_own_stems);
    tcase_add_test(t, a_language_without_stems_keeps_its_words);
    tcase_add_test(t, without_a_language_it_is_read_from_the_text);
    tcase_add_test(t, an_empty_text_has_no_tokens);
    tcase_add_test(t, no_more_than_the_most_are_given);
    tcase_add_test(t, long_runs_have_no_whole);
    tcase_add_test(t, a_stem_alone_is_as_in_tokens);
    tcase_add_test(t, without_memory_nothing_is_set);
    return tap_run("base/text_tokens", t);
}
