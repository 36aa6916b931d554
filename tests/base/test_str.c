#include "base/str.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "locales.h"
#include "tap.h"

#define NOWHERE SIZE_MAX

static void assert_view(struct view v, const char *text) {
    ck_assert_uint_eq(v.n, strlen(text));
    ck_assert(v.n == 0 || memcmp(v.p, text, v.n) == 0);
}

START_TEST(slices_are_clamped) {
    assert_view(view_slice(VIEW("abcdef"), 2, 4), "cd");
    assert_view(view_slice(VIEW("abc"), 1, 99), "bc");
    assert_view(view_slice(VIEW("abc"), 9, 99), "");
    assert_view(view_slice(VIEW("abc"), 2, 1), "");
    assert_view(view_slice(view_of(NULL), 0, 5), "");
}
END_TEST

START_TEST(views_compare_by_bytes) {
    ck_assert(view_eq(VIEW("ab"), VIEW("ab")));
    ck_assert(!view_eq(VIEW("ab"), VIEW("abc")));
    ck_assert(view_eq(view_of(NULL), VIEW("")));
    ck_assert(view_eq_nocase(VIEW("TieR"), VIEW("tIEr")));
    ck_assert(!view_eq_nocase(VIEW("@"), VIEW("`")));
    ck_assert_int_eq(view_cmp(VIEW("a"), VIEW("b")), -1);
    ck_assert_int_eq(view_cmp(VIEW("\xc3\xa9"), VIEW("z")), 1);
    ck_assert_int_eq(view_cmp(VIEW("ab"), VIEW("a")), 1);
    ck_assert_int_eq(view_cmp(VIEW("a"), VIEW("a")), 0);
}
END_TEST

START_TEST(beginnings_and_ends_are_seen) {
    ck_assert(view_starts(VIEW("abc"), VIEW("ab")));
    ck_assert(!view_starts(VIEW("a"), VIEW("ab")));
    ck_assert(view_ends(VIEW("abc"), VIEW("bc")));
    ck_assert(!view_ends(VIEW("c"), VIEW("bc")));
    ck_assert(view_starts(VIEW("abc"), VIEW("")));
}
END_TEST

START_TEST(trim_takes_white_space_only) {
    assert_view(view_trim(VIEW(" \t\r\n a b \v\f")), "a b");
    assert_view(view_trim(VIEW("  ")), "");
    assert_view(view_trim(VIEW("\xc2\xa0x")), "\xc2\xa0x");
}
END_TEST

START_TEST(find_gives_the_first_place) {
    ck_assert_uint_eq(view_find(VIEW("aXaXab"), VIEW("Xa"), 0), 1);
    ck_assert_uint_eq(view_find(VIEW("aXaXab"), VIEW("Xa"), 2), 3);
    ck_assert_uint_eq(view_find(VIEW("aXaXab"), VIEW("Xa"), 4), NOWHERE);
    ck_assert_uint_eq(view_find(VIEW("abc"), VIEW("c"), 0), 2);
    ck_assert_uint_eq(view_find(VIEW("abc"), VIEW(""), 3), 3);
    ck_assert_uint_eq(view_find(VIEW("abc"), VIEW("abcd"), 0), NOWHERE);
    ck_assert_uint_eq(view_find(VIEW("abc"), VIEW("a"), 9), NOWHERE);
}
END_TEST

START_TEST(lines_end_with_either_mark) {
    struct view rest = VIEW("one\r\n\ntwo\rthree\nlast"), line;
    static const char *const want[] = {"one", "", "two\rthree", "last"};
    for (size_t i = 0; i < 4; i++) {
        ck_assert(view_line(&rest, &line));
        assert_view(line, want[i]);
    }
    ck_assert(!view_line(&rest, &line));
}
END_TEST

START_TEST(a_closing_newline_begins_no_line) {
    struct view rest = VIEW("one\n"), line;
    ck_assert(view_line(&rest, &line));
    assert_view(line, "one");
    ck_assert(!view_line(&rest, &line));
}
END_TEST

START_TEST(split_keeps_empty_pieces) {
    struct view rest = VIEW(",a,,"), piece;
    static const char *const want[] = {"", "a", "", ""};
    for (size_t i = 0; i < 4; i++) {
        ck_assert(view_split(&rest, ',', &piece));
        assert_view(piece, want[i]);
    }
    ck_assert(!view_split(&rest, ',', &piece));
}
END_TEST

START_TEST(whole_numbers_are_read_to_the_last) {
    int64_t n = 5;
    ck_assert(view_int(VIEW("9223372036854775807"), INT64_MIN, INT64_MAX, &n));
    ck_assert_int_eq(n, INT64_MAX);
    ck_assert(view_int(VIEW("-9223372036854775808"), INT64_MIN, INT64_MAX, &n));
    ck_assert_int_eq(n, INT64_MIN);
    ck_assert(view_int(VIEW("007"), 0, 10, &n));
    ck_assert_int_eq(n, 7);
}
END_TEST

START_TEST(what_is_no_whole_number_is_refused) {
    static const char *const bad[] = {"",
                                      "-",
                                      "+1",
                                      " 1",
                                      "1 ",
                                      "1.0",
                                      "0x1",
                                      "9223372036854775808",
                                      "1e3",
                                      "-9223372036854775809",
                                      "99999999999999999999"};
    int64_t n = 5;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ck_assert_msg(!view_int(view_of(bad[i]), INT64_MIN, INT64_MAX, &n), "%s", bad[i]);
    }
    ck_assert(!view_int(VIEW("11"), 0, 10, &n));
    ck_assert(!view_int(VIEW("-1"), 0, 10, &n));
    ck_assert_int_eq(n, 5);
}
END_TEST

static void assert_double(const char *text, double want) {
    double d = NAN;
    ck_assert_msg(view_double(view_of(text), &d), "%s", text);
    ck_assert_msg(memcmp(&d, &want, sizeof d) == 0, "%s: %a, not %a", text, d, want);
}

START_TEST(decimal_numbers_are_rounded_right) {
    assert_double("0", 0.0);
    assert_double("-0", -0.0);
    assert_double("1.5", 1.5);
    assert_double(".5", 0.5);
    assert_double("5.", 5.0);
    assert_double("0.1", 0.1);
    assert_double("-2.5e-3", -2.5e-3);
    assert_double("1E+22", 1e22);
    assert_double("0.000001e6", 1.0);
    assert_double("1.7976931348623157e308", DBL_MAX);
    assert_double("5e-324", 4.9406564584124654e-324);
    assert_double("2.2250738585072011e-308", 2.2250738585072011e-308);
    assert_double("9007199254740993", 9007199254740992.0);
    assert_double("9007199254740993.0000000000000000000000000001", 9007199254740994.0);
    assert_double("0e99999999999999999999", 0.0);
    assert_double("1e-99999999999999999999", 0.0);
}
END_TEST

START_TEST(digits_past_all_need_still_round_up) {
    /* Half way between 1 and the next double, and a last digit that tips it. */
    char text[2000];
    memset(text, '0', sizeof text);
    static const char half[] = "1.00000000000000011102230246251565404236316680908203125";
    memcpy(text, half, sizeof half - 1);
    text[1998] = '1';
    text[1999] = '\0';
    assert_double(text, 1.0 + DBL_EPSILON);
    text[1998] = '0';
    assert_double(text, 1.0);
}
END_TEST

START_TEST(what_is_no_decimal_number_is_refused) {
    static const char *const bad[] = {"",   ".",  "-",   "e5",  "1e",  "1e+",   "1,5", " 1",
                                      "1 ", "+1", "0x1", "inf", "nan", "1e999", "--1", "1.2.3"};
    double d = 5;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ck_assert_msg(!view_double(view_of(bad[i]), &d), "%s", bad[i]);
    }
    ck_assert(d == 5);
}
END_TEST

START_TEST(the_locale_changes_no_decimal_number) {
    if (!locale_with_comma()) {
        return;
    }
    assert_double("1.5", 1.5);
    assert_double("1234567.125e-2", 12345.67125);
    double d;
    ck_assert(!view_double(VIEW("1,5"), &d));
}
END_TEST

START_TEST(hashes_stay_as_they_are) {
    ck_assert_uint_eq(view_hash(VIEW("")), UINT64_C(0xefd01f60ba992926));
    ck_assert_uint_eq(view_hash(view_of(NULL)), view_hash(VIEW("")));
    ck_assert_uint_ne(view_hash(VIEW("a")), view_hash(VIEW("b")));
}
END_TEST

START_TEST(utf8_sequences_are_measured) {
    ck_assert_uint_eq(view_utf8(VIEW("a")), 1);
    ck_assert_uint_eq(view_utf8(VIEW("\xc3\xa9z")), 2);
    ck_assert_uint_eq(view_utf8(VIEW("\xe2\x82\xac")), 3);
    ck_assert_uint_eq(view_utf8(VIEW("\xf4\x8f\xbf\xbf")), 4);
    ck_assert_uint_eq(view_utf8(VIEW("\xed\x9f\xbf")), 3);
}
END_TEST

START_TEST(malformed_utf8_is_nothing) {
    static const char *const bad[] = {"",
                                      "\x80",
                                      "\xc0\x80",
                                      "\xc1\xbf",
                                      "\xc3",
                                      "\xc3(",
                                      "\xe0\x9f\xbf",
                                      "\xed\xa0\x80",
                                      "\xf0\x8f\xbf\xbf",
                                      "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80",
                                      "\xe2\x82",
                                      "\xf0\x9f\x98",
                                      "\xff"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ck_assert_uint_eq(view_utf8(view_of(bad[i])), 0);
    }
}
END_TEST

START_TEST(a_builder_adds_up) {
    struct buf b;
    buf_init(&b, 1000);
    buf_add(&b, VIEW("one"));
    buf_char(&b, ' ');
    buf_str(&b, "two");
    buf_str(&b, NULL);
    buf_printf(&b, " %d", 3);
    ck_assert_str_eq(b.p, "one two 3");
    assert_view(buf_view(&b), "one two 3");
    buf_cut(&b, 3);
    ck_assert_str_eq(b.p, "one");
    buf_cut(&b, 99);
    ck_assert_str_eq(b.p, "one");
    buf_clear(&b);
    ck_assert_ptr_null(b.p);
}
END_TEST

START_TEST(a_builder_is_full_at_its_maximum) {
    struct buf b;
    buf_init(&b, 5);
    buf_str(&b, "12345");
    ck_assert(!b.failed);
    buf_char(&b, '6');
    ck_assert(b.failed && b.too_long);
    ck_assert_str_eq(b.p, "12345");
    buf_clear(&b);
}
END_TEST

START_TEST(after_a_failure_nothing_more_is_added) {
    struct buf b;
    buf_init(&b, 5);
    buf_str(&b, "123");
    buf_str(&b, "456");
    buf_char(&b, '4');
    buf_printf(&b, "%d", 4);
    ck_assert_str_eq(b.p, "123");
    ck_assert_ptr_null(buf_take(&b));
    ck_assert(!b.failed);
    buf_str(&b, "ok");
    ck_assert_str_eq(b.p, "ok");
    buf_clear(&b);
}
END_TEST

START_TEST(an_emptied_builder_keeps_its_memory) {
    struct buf b;
    buf_init(&b, 100);
    buf_str(&b, "text");
    const size_t cap = b.cap;
    buf_empty(&b);
    ck_assert_uint_eq(b.n, 0);
    ck_assert_uint_eq(b.cap, cap);
    ck_assert_str_eq(b.p, "");
    buf_clear(&b);
}
END_TEST

START_TEST(an_empty_text_can_be_taken) {
    struct buf b;
    buf_init(&b, 100);
    char *text = buf_take(&b);
    ck_assert_str_eq(text, "");
    free(text);
}
END_TEST

START_TEST(a_taken_text_is_the_callers) {
    struct buf b;
    buf_init(&b, 100);
    buf_str(&b, "mine");
    char *text = buf_take(&b);
    buf_str(&b, "other");
    ck_assert_str_eq(text, "mine");
    free(text);
    buf_clear(&b);
}
END_TEST

START_TEST(room_is_counted_by_who_fills_it) {
    struct buf b;
    buf_init(&b, 4);
    char *room = buf_room(&b, 4);
    memcpy(room, "abcd", 4);
    b.n += 4;
    assert_view(buf_view(&b), "abcd");
    ck_assert_ptr_null(buf_room(&b, 1));
    buf_clear(&b);
}
END_TEST

static void add_views(TCase *t) {
    tcase_add_test(t, slices_are_clamped);
    tcase_add_test(t, views_compare_by_bytes);
    tcase_add_test(t, beginnings_and_ends_are_seen);
    tcase_add_test(t, trim_takes_white_space_only);
    tcase_add_test(t, find_gives_the_first_place);
    tcase_add_test(t, lines_end_with_either_mark);
    tcase_add_test(t, a_closing_newline_begins_no_line);
    tcase_add_test(t, split_keeps_empty_pieces);
    tcase_add_test(t, whole_numbers_are_read_to_the_last);
    tcase_add_test(t, what_is_no_whole_number_is_refused);
    tcase_add_test(t, decimal_numbers_are_rounded_right);
    tcase_add_test(t, digits_past_all_need_still_round_up);
    tcase_add_test(t, what_is_no_decimal_number_is_refused);
    tcase_add_test(t, the_locale_changes_no_decimal_number);
    tcase_add_test(t, hashes_stay_as_they_are);
    tcase_add_test(t, utf8_sequences_are_measured);
    tcase_add_test(t, malformed_utf8_is_nothing);
}

int main(void) {
    TCase *t = tcase_create("str");
    add_views(t);
    tcase_add_test(t, a_builder_adds_up);
    tcase_add_test(t, a_builder_is_full_at_its_maximum);
    tcase_add_test(t, after_a_failure_nothing_more_is_added);
    tcase_add_test(t, an_emptied_builder_keeps_its_memory);
    tcase_add_test(t, an_empty_text_can_be_taken);
    tcase_add_test(t, a_taken_text_is_the_callers);
    tcase_add_test(t, room_is_counted_by_who_fills_it);
    return tap_run("base/str", t);
}
