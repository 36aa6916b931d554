#include "base/text.h"

#include <string.h>

#include "tap.h"

#define ASSERT_VIEW(got, expected)                                                                 \
    do {                                                                                           \
        const struct view assert_got = (got);                                                      \
        ck_assert_msg(view_eq(assert_got, view_of(expected)), "\"%.*s\" is not \"%s\"",            \
                      (int)assert_got.n, assert_got.p, expected);                                  \
    } while (0)

static bool valid(const char *text) {
    return text_valid(view_of(text));
}

START_TEST(well_formed_text_is_valid) {
    ck_assert(text_valid((struct view){NULL, 0}));
    ck_assert(valid("plain"));
    ck_assert(
        valid("\xC2\x80 \xDF\xBF \xE0\xA0\x80 \xEF\xBF\xBD \xF0\x90\x80\x80 \xF4\x8F\xBF\xBF"));
}
END_TEST

START_TEST(broken_sequences_are_not_valid) {
    static const char *const broken[] = {"\x80",             /* begins in the middle */
                                         "\xC3",             /* ends too soon */
                                         "\xE2\x82",         /* the same, of three */
                                         "\xF0\x9F\x98",     /* of four */
                                         "\xC3(",            /* followed by something else */
                                         "\xC0\xAF",         /* longer than it need be */
                                         "\xE0\x80\xAF",     /* the same, of three */
                                         "\xF0\x80\x80\xAF", /* of four */
                                         "\xED\xA0\x80",     /* a surrogate */
                                         "\xF4\x90\x80\x80", /* above U+10FFFF */
                                         "\xF5\x80\x80\x80",
                                         "\xFF"};
    for (size_t i = 0; i < sizeof(broken) / sizeof(*broken); i++) {
        ck_assert_msg(!valid(broken[i]), "number %zu", i);
    }
    ck_assert(!text_valid(VIEW("a\0b")));
}
END_TEST

START_TEST(code_points_are_taken_one_by_one) {
    struct view rest = VIEW("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
    ck_assert_uint_eq(text_next(&rest), 'a');
    ck_assert_uint_eq(text_next(&rest), 0xE9);
    ck_assert_uint_eq(text_next(&rest), 0x20AC);
    ck_assert_uint_eq(text_next(&rest), 0x1F600);
    ck_assert_uint_eq(text_next(&rest), TEXT_NONE);
    ck_assert_uint_eq(text_next(&rest), TEXT_NONE);
}
END_TEST

START_TEST(each_bad_byte_is_one_replacement) {
    struct view rest = VIEW("\xE2\x82z");
    ck_assert_uint_eq(text_next(&rest), 0xFFFD);
    ck_assert_uint_eq(text_next(&rest), 0xFFFD);
    ck_assert_uint_eq(text_next(&rest), 'z');
    ck_assert_uint_eq(text_next(&rest), TEXT_NONE);
}
END_TEST

START_TEST(every_code_point_is_written_as_it_is_read) {
    for (uint32_t c = 1; c <= 0x10FFFF; c++) {
        if (c >= 0xD800 && c <= 0xDFFF) {
            continue;
        }
        char bytes[4];
        struct view rest = {bytes, text_put(bytes, c)};
        const struct view whole = rest;
        if (text_next(&rest) != c || rest.n != 0 || !text_valid(whole)) {
            ck_abort_msg("U+%04X", (unsigned)c);
        }
    }
}
END_TEST

START_TEST(what_is_no_code_point_is_written_as_a_replacement) {
    char bytes[4];
    ck_assert_uint_eq(text_put(bytes, 0xD800), 3);
    ck_assert_mem_eq(bytes, "\xEF\xBF\xBD", 3);
    ck_assert_uint_eq(text_put(bytes, 0x110000), 3);
    ck_assert_mem_eq(bytes, "\xEF\xBF\xBD", 3);
}
END_TEST

START_TEST(characters_are_counted_not_bytes) {
    ck_assert_uint_eq(text_count(VIEW("")), 0);
    ck_assert_uint_eq(text_count(VIEW("a\xC3\xA9\xF0\x9F\x98\x80")), 3);
    ck_assert_uint_eq(text_count(VIEW("\xFF\xFF")), 2);
}
END_TEST

START_TEST(a_head_cuts_no_character) {
    ASSERT_VIEW(text_head(VIEW("a\xC3\xA9z"), 2), "a\xC3\xA9");
    ASSERT_VIEW(text_head(VIEW("a\xC3\xA9z"), 3), "a\xC3\xA9z");
    ASSERT_VIEW(text_head(VIEW("a\xC3\xA9z"), 99), "a\xC3\xA9z");
    ASSERT_VIEW(text_head(VIEW("abc"), 0), "");
    ASSERT_VIEW(text_head((struct view){NULL, 0}, 3), "");
}
END_TEST

START_TEST(a_head_leaves_marks_with_their_base) {
    /* e with an acute accent as two code points: the accent doesn't fit, so the letter goes too */
    ASSERT_VIEW(text_head(VIEW("ae\xCC\x81z"), 2), "a");
    ASSERT_VIEW(text_head(VIEW("ae\xCC\x81z"), 3), "ae\xCC\x81");
}
END_TEST

START_TEST(what_shows_nothing_is_blank) {
    ck_assert(text_blank(VIEW("")));
    ck_assert(text_blank(VIEW(" \t\r\n")));
    ck_assert(text_blank(VIEW("\xC2\xA0\xE2\x80\x8B\xEF\xBB\xBF\xE3\x80\x80\xE3\x85\xA4")));
    ck_assert(!text_blank(VIEW(" . ")));
    ck_assert(!text_blank(VIEW("\xF0\x9F\x98\x80")));
}
END_TEST

static esi_err check(struct view text, size_t most, bool required, esi_error *err) {
    return text_check(text, most, required, "test", "/field", err);
}

START_TEST(a_good_input_passes_and_leaves_the_error_alone) {
    esi_error err = {.code = ESI_EIO};
    ck_assert_int_eq(check(VIEW("\xC3\xA9t\xC3\xA9"), 3, true, &err), ESI_OK);
    ck_assert_int_eq(check(VIEW(""), 3, false, &err), ESI_OK);
    ck_assert_int_eq(err.code, ESI_EIO);
}
END_TEST

START_TEST(a_bad_input_is_refused_with_its_field) {
    esi_error err = {0};
    ck_assert_int_eq(check(VIEW("\xC3"), 9, true, &err), ESI_EENCODING);
    ck_assert_str_eq(err.pointer, "/field");
    ck_assert_str_eq(err.origin, "test");
    ck_assert_int_eq(check(VIEW("a\0b"), 9, true, NULL), ESI_EENCODING);
    ck_assert_int_eq(check(VIEW("abcd"), 3, true, &err), ESI_ETOOBIG);
    ck_assert_int_eq(check(VIEW("abcdefghijklmnopqrstuvwxyz"), 3, true, &err), ESI_ETOOBIG);
    ck_assert_int_eq(check(VIEW(" \xE2\x80\x8B\n"), 9, true, &err), ESI_EINVAL);
    ck_assert_int_eq(check(VIEW(""), 9, true, &err), ESI_EINVAL);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("text");
    tcase_add_test(t, well_formed_text_is_valid);
    tcase_add_test(t, broken_sequences_are_not_valid);
    tcase_add_test(t, code_points_are_taken_one_by_one);
    tcase_add_test(t, each_bad_byte_is_one_replacement);
    tcase_add_test(t, every_code_point_is_written_as_it_is_read);
    tcase_add_test(t, what_is_no_code_point_is_written_as_a_replacement);
    tcase_add_test(t, characters_are_counted_not_bytes);
    tcase_add_test(t, a_head_cuts_no_character);
    tcase_add_test(t, a_head_leaves_marks_with_their_base);
    tcase_add_test(t, what_shows_nothing_is_blank);
    tcase_add_test(t, a_good_input_passes_and_leaves_the_error_alone);
    tcase_add_test(t, a_bad_input_is_refused_with_its_field);
    return tap_run("base/text", t);
}
