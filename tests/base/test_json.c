#include "base/json.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "locales.h"
#include "small_stack.h"
#include "tap.h"

#define BIG (1u << 20)

static struct json_doc *read_ok(struct view text) {
    struct json_doc *doc = NULL;
    esi_error err = {.message = ""};
    const esi_err result = json_read(text, BIG, "it", &doc, &err);
    ck_assert_msg(result == ESI_OK, "%s: %s", text.p, err.message);
    return doc;
}

static void refused(struct view text, esi_err code, const char *message) {
    struct json_doc *doc = NULL;
    esi_error err;
    ck_assert_int_eq(json_read(text, BIG, "it", &doc, &err), code);
    ck_assert_str_eq(err.message, message);
    ck_assert_int_eq(err.code, code);
    ck_assert_ptr_null(doc);
}

/* ---- reading ------------------------------------------------------------------------------- */

START_TEST(a_document_is_walked) {
    struct json_doc *doc = read_ok(VIEW("{\"s\":\"x\",\"n\":-1.5e1,\"t\":true,\"f\":false,\"z\":"
                                        "null,\"a\":[1,[],{}],\"o\":{\"k\":0}}"));
    const json_value *root = json_root(doc);
    ck_assert_int_eq(json_type(root), JSON_OBJECT);
    ck_assert_uint_eq(json_count(root), 7);
    ck_assert_str_eq(json_string(json_get(root, "s")), "x");
    ck_assert(json_number(json_get(root, "n"), 0) == -15);
    ck_assert(json_bool(json_get(root, "t"), false));
    ck_assert(!json_bool(json_get(root, "f"), true));
    ck_assert_int_eq(json_type(json_get(root, "z")), JSON_NULL);
    const json_value *array = json_get(root, "a");
    ck_assert_uint_eq(json_count(array), 3);
    ck_assert_ptr_null(json_name(json_first(array)));
    ck_assert_int_eq(json_type(json_next(json_first(array))), JSON_ARRAY);
    ck_assert_str_eq(json_name(json_first(json_get(root, "o"))), "k");
    ck_assert_ptr_null(json_next(root));
    json_free(doc);
}
END_TEST

START_TEST(a_value_may_stand_alone) {
    struct json_doc *doc = read_ok(VIEW(" \t\r\n\"x\"\n"));
    ck_assert_str_eq(json_string(json_root(doc)), "x");
    json_free(doc);
    doc = read_ok(VIEW("7"));
    ck_assert(json_number(json_root(doc), 0) == 7);
    json_free(doc);
}
END_TEST

START_TEST(a_byte_order_mark_is_passed_over) {
    struct json_doc *doc = read_ok(VIEW("\xef\xbb\xbf[1]"));
    ck_assert_uint_eq(json_count(json_root(doc)), 1);
    json_free(doc);
    refused(VIEW("\xef\xbb\xbf\xef\xbb\xbf[1]"), ESI_EPARSE,
            "it, line 1, column 1: a value is expected");
}
END_TEST

START_TEST(escapes_become_characters) {
    struct json_doc *doc =
        read_ok(VIEW("[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\u20AC\\ud83d\\uDE00\"]"));
    ck_assert_str_eq(json_string(json_first(json_root(doc))),
                     "\"\\/\b\f\n\r\t\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
    json_free(doc);
}
END_TEST

START_TEST(names_are_read_like_strings) {
    struct json_doc *doc = read_ok(VIEW("{\"\\u0061\\n\":1,\"A\":2,\"\":3}"));
    ck_assert(json_number(json_get(json_root(doc), "a\n"), 0) == 1);
    ck_assert_ptr_null(json_get(json_root(doc), "a"));
    ck_assert(json_number(json_get(json_root(doc), ""), 0) == 3);
    json_free(doc);
}
END_TEST

START_TEST(nothing_is_a_null_with_nothing_in_it) {
    int64_t n = 5;
    ck_assert_int_eq(json_type(NULL), JSON_NULL);
    ck_assert_ptr_null(json_string(NULL));
    ck_assert(json_bool(NULL, true));
    ck_assert(json_number(NULL, 2.5) == 2.5);
    ck_assert(!json_int(NULL, 0, 10, &n));
    ck_assert_uint_eq(json_count(NULL), 0);
    ck_assert_ptr_null(json_first(NULL));
    ck_assert_ptr_null(json_next(NULL));
    ck_assert_ptr_null(json_name(NULL));
    ck_assert_ptr_null(json_get(NULL, "a"));
    ck_assert_int_eq(n, 5);
    json_free(NULL);
}
END_TEST

START_TEST(a_value_of_another_type_is_not_read) {
    struct json_doc *doc = read_ok(VIEW("[\"1\",1,true,[],{}]"));
    const json_value *string = json_first(json_root(doc)), *number = json_next(string);
    const json_value *array = json_next(json_next(number));
    ck_assert(json_number(string, -1) == -1);
    ck_assert_ptr_null(json_string(number));
    ck_assert(!json_bool(number, false));
    ck_assert_ptr_null(json_get(array, "a"));
    ck_assert_uint_eq(json_count(string), 0);
    json_free(doc);
}
END_TEST

START_TEST(whole_numbers_are_whole_and_in_range) {
    struct json_doc *doc =
        read_ok(VIEW("[5, -0, 1e3, 1.5, 11, -1, 9007199254740993, 123456789012345678901]"));
    static const bool whole[] = {true, true, false, false, false, false, false, false};
    static const int64_t want[] = {5, 0};
    const json_value *v = json_first(json_root(doc));
    for (size_t i = 0; i < 8; i++, v = json_next(v)) {
        int64_t n = 77;
        ck_assert_int_eq(json_int(v, 0, 10, &n), whole[i]);
        ck_assert_int_eq(n, whole[i] ? want[i] : 77);
    }
    json_free(doc);
    doc = read_ok(VIEW("[9007199254740991, 9007199254740993]"));
    int64_t n = 0;
    ck_assert(json_int(json_first(json_root(doc)), INT64_MIN, INT64_MAX, &n));
    ck_assert_int_eq(n, INT64_C(9007199254740991));
    ck_assert(!json_int(json_next(json_first(json_root(doc))), INT64_MIN, INT64_MAX, &n));
    json_free(doc);
}
END_TEST

START_TEST(numbers_of_many_digits_are_kept) {
    char text[400] = "[1";
    memset(text + 2, '0', 300);
    memcpy(text + 302, ",0.", 3);
    memset(text + 305, '3', 80);
    text[385] = ']';
    struct json_doc *doc = read_ok(view_of(text));
    ck_assert(json_number(json_first(json_root(doc)), 0) == 1e300);
    ck_assert(json_number(json_next(json_first(json_root(doc))), 0) == 1.0 / 3);
    json_free(doc);
}
END_TEST

START_TEST(lines_are_found_by_pointer) {
    struct json_doc *doc =
        read_ok(VIEW("{\"a\":1,\n\"b/~\":[1,\n 2,{\"c\":\n\n\"x\\\"}\"}],\r\n\"\":"
                     " {\"0\":5}}"));
    static const struct {
        const char *pointer;
        size_t line;
    } want[] = {
        {"", 1},           {"/a", 1},        {"/b~1~0", 2}, {"/b~1~0/0", 2}, {"/b~1~0/1", 3},
        {"/b~1~0/2/c", 5}, {"/", 6},         {"//0", 6},    {"/b", 0},       {"/b~1~0/3", 0},
        {"/b~1~0/01", 0},  {"/b~1~0/-", 0},  {"/a/x", 0},   {"a", 0},        {"/b~1~0/2/c/", 0},
        {"/b~1~0/", 0},    {"/b~1~0/-0", 0},
    };
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        ck_assert_msg(json_line(doc, want[i].pointer) == want[i].line, "%s: %zu", want[i].pointer,
                      json_line(doc, want[i].pointer));
    }
    json_free(doc);
}
END_TEST

/* ---- refusing ------------------------------------------------------------------------------ */

START_TEST(the_place_of_a_fault_is_told) {
    refused(VIEW("{\"a\": 1,\n  \"b\" 2}"), ESI_EPARSE, "it, line 2, column 7: ':' is expected");
    refused(VIEW("[\"\xe2\x82\xac\xe2\x82\xac\" 1]"), ESI_EPARSE,
            "it, line 1, column 7: ',' or ']' is expected");
    refused(VIEW("{\"a\":1 \"b\":2}"), ESI_EPARSE, "it, line 1, column 8: ',' or '}' is expected");
    refused(VIEW("[1]\n\n x"), ESI_EPARSE,
            "it, line 3, column 2: nothing more is expected behind the value");
    refused(VIEW("[1,\n\"abc"), ESI_EPARSE, "it, line 2, column 1: a string that isn't closed");
    refused(VIEW(""), ESI_EPARSE, "it, line 1, column 1: the text ends too early");
    refused(VIEW("[1,"), ESI_EPARSE, "it, line 1, column 4: the text ends too early");
}
END_TEST

START_TEST(what_json_doesnt_have_is_refused) {
    static const char *const bad[] = {
        "01",      "-",     "+1",      "1.",         ".5",          "1e",        "1e+",
        "0x1",     "-01",   "NaN",     "Infinity",   "tru",         "nulll",     "True",
        "'a'",     "{a:1}", "[1,]",    "{\"a\":1,}", "[,1]",        "{,}",       "[1 2]",
        "{\"a\"}", "{1:2}", "// x\n1", "\"\\x\"",    "\"\\u12g4\"", "\"\\u12\"", "\"\t\"",
        "\"\n\"",  "\"\\",  "\"\\u",   "[1}",        "{\"a\":1]",   "\v1",       "\xc2\xa0-",
        "]",       "1,2",   "/**/1",   "\"a\"\"b\"", "{\"a\":}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct json_doc *doc = NULL;
        ck_assert_msg(json_read(view_of(bad[i]), BIG, "it", &doc, NULL) == ESI_EPARSE, "%s",
                      bad[i]);
        ck_assert_ptr_null(doc);
    }
}
END_TEST

START_TEST(a_nul_is_refused_wherever_it_stands) {
    refused((struct view){"\"a\0b\"", 5}, ESI_EENCODING, "it, line 1, column 3: a NUL");
    refused((struct view){"[1]\0", 4}, ESI_EENCODING, "it, line 1, column 4: a NUL");
    refused((struct view){"\0", 1}, ESI_EENCODING, "it, line 1, column 1: a NUL");
    refused(VIEW("\"a\\u0000\""), ESI_EENCODING, "it, line 1, column 3: a NUL");
    refused(VIEW("{\"\\u0000\":1}"), ESI_EENCODING, "it, line 1, column 3: a NUL");
}
END_TEST

START_TEST(lone_surrogates_are_refused) {
    static const char *const bad[] = {
        "\"\\ud800\"",  "\"\\udc00\"",        "\"\\ud800\\u0041\"", "\"\\ud800\\ud800\"",
        "\"\\ud800x\"", "\"\\udc00\\ud800\"", "\"\\ud83d\\\"",      "\"\\ud83d\\udE0\""};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        refused(view_of(bad[i]), ESI_EENCODING, "it, line 1, column 2: a lone surrogate");
    }
    refused(VIEW("\"\xed\xa0\x80\""), ESI_EENCODING, "it, line 1, column 2: not UTF-8");
}
END_TEST

START_TEST(what_isnt_utf8_is_refused) {
    refused(VIEW("[\"a\xff\"]"), ESI_EENCODING, "it, line 1, column 4: not UTF-8");
    refused(VIEW("\"\xe2\x82\""), ESI_EENCODING, "it, line 1, column 2: not UTF-8");
    refused(VIEW("\"\xc0\xaf\""), ESI_EENCODING, "it, line 1, column 2: not UTF-8");
    refused(VIEW("\xff"), ESI_EENCODING, "it, line 1, column 1: not UTF-8");
}
END_TEST

START_TEST(names_given_twice_are_refused) {
    refused(VIEW("{\"a\":1,\n \"a\":2}"), ESI_EPARSE, "it, line 2, column 2: a name given twice");
    refused(VIEW("[{\"b\":{\"a\":1,\"\\u0061\":2}}]"), ESI_EPARSE,
            "it, line 1, column 14: a name given twice");
    struct json_doc *doc = read_ok(VIEW("{\"a\":{\"a\":1},\"A\":[{\"a\":1},{\"a\":1}]}"));
    json_free(doc);
}
END_TEST

START_TEST(a_large_object_is_checked_in_passing) {
    struct buf b;
    buf_init(&b, 8u << 20);
    buf_char(&b, '{');
    for (int i = 0; i < 60000; i++) {
        buf_printf(&b, "\"name that all begin with %d\":0,", i * 7919 % 60000);
    }
    buf_str(&b, "\"last\":0}");
    struct json_doc *doc = NULL;
    ck_assert_int_eq(json_read(buf_view(&b), b.n, "it", &doc, NULL), ESI_OK);
    ck_assert_uint_eq(json_count(json_root(doc)), 60001);
    json_free(doc);
    buf_cut(&b, b.n - 1);
    buf_str(&b, ",\"name that all begin with 31\":0}");
    doc = NULL;
    ck_assert_int_eq(json_read(buf_view(&b), b.n, "it", &doc, NULL), ESI_EPARSE);
    ck_assert_ptr_null(doc);
    buf_clear(&b);
}
END_TEST

START_TEST(nesting_ends_at_the_limit) {
    char text[3 * JSON_DEPTH_MAX + 4];
    memset(text, '[', JSON_DEPTH_MAX + 1);
    memset(text + JSON_DEPTH_MAX + 1, ']', JSON_DEPTH_MAX + 1);
    struct json_doc *doc = read_ok((struct view){text + 1, (size_t)JSON_DEPTH_MAX * 2});
    json_free(doc);
    refused((struct view){text, (size_t)JSON_DEPTH_MAX * 2 + 2}, ESI_ETOOBIG,
            "it, line 1, column 65: nested too deeply");
    memset(text, '[', sizeof text);
    refused((struct view){text, sizeof text}, ESI_ETOOBIG,
            "it, line 1, column 65: nested too deeply");
}
END_TEST

/* Objects and arrays to the limit, with a name given twice at the bottom where `twice`. */
static void read_nested(void *context) {
    const bool twice = *(const bool *)context;
    struct buf b;
    buf_init(&b, BIG);
    for (int i = 0; i < JSON_DEPTH_MAX / 2; i++) {
        buf_str(&b, i == JSON_DEPTH_MAX / 2 - 1 && twice ? "[{\"a\":1,\"a\":" : "[{\"a\":");
    }
    buf_str(&b, "0.25");
    for (int i = 0; i < JSON_DEPTH_MAX / 2; i++) {
        buf_str(&b, "}]");
    }
    struct json_doc *doc = NULL;
    esi_error err;
    ck_assert_int_eq(json_read(buf_view(&b), b.n, "it", &doc, &err), twice ? ESI_EPARSE : ESI_OK);
    ck_assert_uint_eq(doc == NULL ? 1 : json_line(doc, "/0/a/0/a"), 1);
    json_free(doc);
    buf_clear(&b);
}

START_TEST(nesting_to_the_limit_fits_a_small_stack) {
    bool twice = false;
    const size_t plain = small_stack_run(read_nested, &twice);
    twice = true;
    const size_t refused_late = small_stack_run(read_nested, &twice);
    ck_assert_uint_gt(plain, 0);
    ck_assert_uint_lt(plain, SMALL_STACK_OURS);
    ck_assert_uint_lt(refused_late, SMALL_STACK_OURS);
}
END_TEST

START_TEST(siblings_arent_nesting) {
    struct buf b;
    buf_init(&b, BIG);
    buf_char(&b, '[');
    for (int i = 0; i < 10000; i++) {
        buf_str(&b, "[{}],");
    }
    buf_str(&b, "[]]");
    struct json_doc *doc = read_ok(buf_view(&b));
    ck_assert_uint_eq(json_count(json_root(doc)), 10001);
    json_free(doc);
    buf_clear(&b);
}
END_TEST

START_TEST(a_text_over_the_limit_isnt_looked_at) {
    struct json_doc *doc = NULL;
    esi_error err;
    ck_assert_int_eq(json_read(VIEW("[1,2]"), 5, "it", &doc, &err), ESI_OK);
    json_free(doc);
    ck_assert_int_eq(json_read(VIEW("[1,2] "), 5, "it", &doc, &err), ESI_ETOOBIG);
    ck_assert_str_eq(err.message, "it is larger than 5 bytes");
}
END_TEST

START_TEST(a_number_past_all_doubles_is_refused) {
    refused(VIEW("[1,\n-1e999]"), ESI_EPARSE,
            "it, line 2, column 1: a number too large to be kept");
    struct json_doc *doc = read_ok(VIEW("1e-999"));
    ck_assert(json_number(json_root(doc), 1) == 0);
    json_free(doc);
}
END_TEST

/* ---- writing ------------------------------------------------------------------------------- */

START_TEST(nesting_and_commas_are_kept) {
    struct buf b;
    struct json_out o;
    buf_init(&b, 1000);
    json_begin(&o, &b);
    json_object(&o);
    json_put_name(&o, "a");
    json_array(&o);
    json_put_int(&o, INT64_MIN);
    json_put_bool(&o, true);
    json_put_null(&o);
    json_object(&o);
    json_object_end(&o);
    json_put_raw(&o, VIEW("{\"raw\":1}"));
    json_array_end(&o);
    json_put_name(&o, "b");
    json_put_string(&o, "x");
    json_put_name(&o, "c");
    json_put_string(&o, NULL);
    json_object_end(&o);
    ck_assert_str_eq(b.p, "{\"a\":[-9223372036854775808,true,null,{},{\"raw\":1}],"
                          "\"b\":\"x\",\"c\":null}");
    buf_clear(&b);
}
END_TEST

static void assert_written(struct view text, const char *want) {
    struct buf b;
    struct json_out o;
    buf_init(&b, 1000);
    json_begin(&o, &b);
    json_put_view(&o, text);
    ck_assert_str_eq(b.p, want);
    buf_clear(&b);
}

START_TEST(strings_are_escaped) {
    assert_written(VIEW("a\"b\\c/\b\f\n\r\t\x01\x1f\x7f"),
                   "\"a\\\"b\\\\c/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\"");
    assert_written((struct view){"a\0b", 3}, "\"a\\u0000b\"");
    assert_written(VIEW("\xe2\x82\xac\xf0\x9f\x98\x80"), "\"\xe2\x82\xac\xf0\x9f\x98\x80\"");
    assert_written(VIEW(""), "\"\"");
}
END_TEST

/* Texts are written in blocks: a character may lie over the end of one, and the text end just
 * behind it. */
START_TEST(a_long_text_is_written_whole_wherever_its_characters_lie) {
    static const char euro[] = "\xe2\x82\xac";
    for (size_t before = 150; before < 340; before++) {
        for (size_t behind = 0; behind < 20; behind++) {
            const size_t size = before + 3 + behind;
            char *text = malloc(size); /* to the byte: what is read beyond it is seen */
            char want[400];
            ck_assert_ptr_nonnull(text);
            memset(text, 'a', size);
            memcpy(text + before, euro, 3);
            snprintf(want, sizeof want, "\"%.*s\"", (int)size, text);
            assert_written((struct view){text, size}, want);
            free(text);
        }
    }
}
END_TEST

START_TEST(bad_bytes_are_replaced_one_by_one) {
    assert_written(VIEW("a\xff"
                        "b"),
                   "\"a\xef\xbf\xbd"
                   "b\"");
    assert_written(VIEW("\xe2\x82"), "\"\xef\xbf\xbd\xef\xbf\xbd\"");
    assert_written(VIEW("\xed\xa0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
}
END_TEST

static void assert_number(double d, const char *want) {
    struct buf b;
    struct json_out o;
    buf_init(&b, 100);
    json_begin(&o, &b);
    json_put_double(&o, d);
    ck_assert_str_eq(b.p, want);
    buf_clear(&b);
}

START_TEST(numbers_are_written_as_short_as_can_be) {
    assert_number(0.0, "0");
    assert_number(-0.0, "-0");
    assert_number(1.0, "1");
    assert_number(0.1, "0.1");
    assert_number(0.1 + 0.2, "0.30000000000000004");
    assert_number(1.0 / 3, "0.3333333333333333");
    assert_number(1e21, "1e+21");
    assert_number(DBL_MAX, "1.7976931348623157e+308");
    assert_number(DBL_MIN, "2.2250738585072014e-308");
    assert_number(4.9406564584124654e-324, "5e-324");
    assert_number((double)NAN, "null");
    assert_number((double)INFINITY, "null");
}
END_TEST

START_TEST(every_number_reads_back) {
    uint64_t state = 88172645463325252u; /* any bits at all, the same each time */
    for (int i = 0; i < 20000; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        double d, back = 0;
        memcpy(&d, &state, sizeof d);
        if (!isfinite(d)) {
            continue;
        }
        struct buf b;
        struct json_out o;
        buf_init(&b, 100);
        json_begin(&o, &b);
        json_put_double(&o, d);
        ck_assert(view_double(buf_view(&b), &back));
        ck_assert(memcmp(&d, &back, sizeof d) == 0);
        buf_clear(&b);
    }
}
END_TEST

START_TEST(the_locale_changes_nothing) {
    if (!locale_with_comma()) {
        return;
    }
    struct json_doc *doc = read_ok(VIEW("[1.5,-2.25e1]"));
    ck_assert(json_number(json_first(json_root(doc)), 0) == 1.5);
    ck_assert(json_number(json_next(json_first(json_root(doc))), 0) == -22.5);
    json_free(doc);
    assert_number(1234567.125, "1234567.125");
    assert_number(1.5e-9, "1.5e-09");
}
END_TEST

START_TEST(writing_past_the_maximum_fails_the_buffer) {
    struct buf b;
    struct json_out o;
    buf_init(&b, 10);
    json_begin(&o, &b);
    json_array(&o);
    json_put_string(&o, "too long for it");
    json_array_end(&o);
    ck_assert(b.failed && b.too_long);
    buf_clear(&b);
}
END_TEST

START_TEST(writing_too_deep_fails_the_buffer) {
    struct buf b;
    struct json_out o;
    buf_init(&b, 1000);
    json_begin(&o, &b);
    for (int i = 0; i < JSON_DEPTH_MAX; i++) {
        json_array(&o);
    }
    ck_assert(!b.failed);
    json_array(&o);
    ck_assert(b.failed);
    buf_clear(&b);
}
END_TEST

static void add_refusals(TCase *t) {
    tcase_add_test(t, the_place_of_a_fault_is_told);
    tcase_add_test(t, what_json_doesnt_have_is_refused);
    tcase_add_test(t, a_nul_is_refused_wherever_it_stands);
    tcase_add_test(t, lone_surrogates_are_refused);
    tcase_add_test(t, what_isnt_utf8_is_refused);
    tcase_add_test(t, names_given_twice_are_refused);
    tcase_add_test(t, a_large_object_is_checked_in_passing);
    tcase_add_test(t, nesting_ends_at_the_limit);
    tcase_add_test(t, nesting_to_the_limit_fits_a_small_stack);
    tcase_add_test(t, siblings_arent_nesting);
    tcase_add_test(t, a_text_over_the_limit_isnt_looked_at);
    tcase_add_test(t, a_number_past_all_doubles_is_refused);
}

int main(void) {
    TCase *t = tcase_create("json");
    tcase_add_test(t, a_document_is_walked);
    tcase_add_test(t, a_value_may_stand_alone);
    tcase_add_test(t, a_byte_order_mark_is_passed_over);
    tcase_add_test(t, escapes_become_characters);
    tcase_add_test(t, names_are_read_like_strings);
    tcase_add_test(t, nothing_is_a_null_with_nothing_in_it);
    tcase_add_test(t, a_value_of_another_type_is_not_read);
    tcase_add_test(t, whole_numbers_are_whole_and_in_range);
    tcase_add_test(t, numbers_of_many_digits_are_kept);
    tcase_add_test(t, lines_are_found_by_pointer);
    add_refusals(t);
    tcase_add_test(t, nesting_and_commas_are_kept);
    tcase_add_test(t, strings_are_escaped);
    tcase_add_test(t, bad_bytes_are_replaced_one_by_one);
    tcase_add_test(t, numbers_are_written_as_short_as_can_be);
    tcase_add_test(t, every_number_reads_back);
    tcase_add_test(t, a_long_text_is_written_whole_wherever_its_characters_lie);
    tcase_add_test(t, the_locale_changes_nothing);
    tcase_add_test(t, writing_past_the_maximum_fails_the_buffer);
    tcase_add_test(t, writing_too_deep_fails_the_buffer);
    return tap_run("base/json", t);
}
