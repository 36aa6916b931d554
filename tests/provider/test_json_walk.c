#include "provider/json_walk.h"

#include <string.h>

#include "tap.h"

/* The text of a JSON string in one piece, in `out`. */
static void decode(const char *value, char *out, size_t size) {
    struct buf b;
    uint32_t half = 0;
    buf_init(&b, size);
    json_walk_text(view_of(value), &half, &b);
    ck_assert(!b.failed && b.n < size);
    memcpy(out, b.n == 0 ? "" : b.p, b.n);
    out[b.n] = '\0';
    buf_clear(&b);
}

/* The value of the first member of that name in an object; empty: none. */
static struct view member(const char *text, const char *wanted) {
    struct json_walk w = json_walk_of(view_of(text));
    struct view name, found = {NULL, 0};
    ck_assert(json_walk_into(&w, '{'));
    while (json_walk_member(&w, &name)) {
        const struct view value = json_walk_value(&w);
        if (found.n == 0 && view_eq(name, view_of(wanted))) {
            found = value;
        }
    }
    return found;
}

static void has(const char *text, const char *name, const char *value) {
    const struct view found = member(text, name);
    ck_assert_msg(view_eq(found, view_of(value)), "%s of %s is %.*s", name, text, (int)found.n,
                  found.n == 0 ? "" : found.p);
}

START_TEST(each_kind_of_value_is_taken_whole) {
    const char *text = "\xef\xbb\xbf {\"s\":\"a\\\"}\" , \"n\":-1.5e3,\"o\":{\"x\":[\"}\",{}]},"
                       "\"a\":[[1],\"]\"],\"t\":true,\"z\":null}";
    has(text, "s", "\"a\\\"}\"");
    has(text, "n", "-1.5e3");
    has(text, "o", "{\"x\":[\"}\",{}]}");
    has(text, "a", "[[1],\"]\"]");
    has(text, "t", "true");
    has(text, "z", "null");
    has(text, "no", "");
}
END_TEST

START_TEST(what_breaks_off_has_no_more) {
    const char *whole = "{\"a\":\"x\\n\",\"b\":[1,{\"c\":2}],\"d\":12}";
    for (size_t n = 0; n < strlen(whole); n++) {
        struct json_walk w = json_walk_of((struct view){whole, n});
        struct view name;
        if (json_walk_into(&w, '{')) {
            while (json_walk_member(&w, &name)) {
                (void)json_walk_value(&w);
            }
            ck_assert(w.broken);
        }
        ck_assert_ptr_eq(w.at, w.end);
    }
}
END_TEST

START_TEST(items_are_walked_one_by_one) {
    struct json_walk w = json_walk_of(VIEW("[ {\"a\":1}, 2 ,\"three\",] rest"));
    int count = 0;
    ck_assert(!json_walk_into(&w, '{'));
    ck_assert(json_walk_into(&w, '['));
    while (json_walk_item(&w)) {
        ck_assert_uint_gt(json_walk_value(&w).n, 0);
        count++;
    }
    ck_assert_int_eq(count, 3);
    ck_assert(!w.broken);
    ck_assert_int_eq(strncmp(w.at, " rest", 5), 0);
}
END_TEST

START_TEST(what_is_no_json_ends_the_walk) {
    const char *texts[] = {"{a:1}", "{\"a\" 1}", "{\"a\":}", "{\"a\":1 \"b\"",
                           "{]",    "{\"a\":1]", "{"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        struct json_walk w = json_walk_of(view_of(texts[i]));
        struct view name;
        ck_assert(json_walk_into(&w, '{'));
        while (json_walk_member(&w, &name)) {
            (void)json_walk_value(&w);
        }
        ck_assert_msg(w.broken, "%s", texts[i]);
    }
}
END_TEST

START_TEST(nesting_costs_no_stack) {
    struct buf b;
    buf_init(&b, 2000000);
    buf_str(&b, "{\"a\":");
    for (int i = 0; i < 500000; i++) {
        buf_char(&b, '[');
    }
    for (int i = 0; i < 500000; i++) {
        buf_char(&b, ']');
    }
    buf_str(&b, ",\"b\":1}");
    has(b.p, "b", "1");
    buf_clear(&b);
}
END_TEST

START_TEST(escapes_are_decoded) {
    char text[64];
    decode("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\u4e2d\\ud83d\\ude00 \xc3\xa9\"", text,
           sizeof(text));
    ck_assert_str_eq(text, "\"\\/\b\f\n\r\t\xc3\xa9\xe4\xb8\xad\xf0\x9f\x98\x80 \xc3\xa9");
    decode("12", text, sizeof(text));
    ck_assert_str_eq(text, "");
}
END_TEST

START_TEST(what_is_no_character_is_replaced) {
    char text[64];
    decode("\"a\\ude00b\\ud83dc\\ud83d\\n\\u0000\"", text, sizeof(text));
    ck_assert_str_eq(text, "a\xef\xbf\xbd"
                           "b\xef\xbf\xbd"
                           "c\xef\xbf\xbd\n\xef\xbf\xbd");
    decode("\"\\u12\"", text, sizeof(text));
    ck_assert_str_eq(text, "\xef\xbf\xbd"
                           "12");
}
END_TEST

START_TEST(a_pair_may_come_in_two_strings) {
    struct buf b;
    uint32_t half = 0;
    buf_init(&b, 100);
    json_walk_text(VIEW("\"a\\ud83d\""), &half, &b);
    ck_assert_uint_eq(b.n, 1);
    json_walk_text(VIEW("\"\\ude00b\""), &half, &b);
    ck_assert_str_eq(b.p, "a\xf0\x9f\x98\x80"
                          "b");
    buf_clear(&b);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("json_walk");
    tcase_add_test(t, each_kind_of_value_is_taken_whole);
    tcase_add_test(t, what_breaks_off_has_no_more);
    tcase_add_test(t, items_are_walked_one_by_one);
    tcase_add_test(t, what_is_no_json_ends_the_walk);
    tcase_add_test(t, nesting_costs_no_stack);
    tcase_add_test(t, escapes_are_decoded);
    tcase_add_test(t, what_is_no_character_is_replaced);
    tcase_add_test(t, a_pair_may_come_in_two_strings);
    return tap_run("provider/json_walk", t);
}
