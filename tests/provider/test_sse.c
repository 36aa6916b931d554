#include "provider/sse.h"

#include <string.h>

#include "tap.h"

#define EVENT_MAX 64

/* Events as "[type|data]", one behind the other. */
static struct buf heard;
static size_t stop_after; /* 0: never */
static size_t events;

static void setup(void) {
    buf_init(&heard, 1 << 16);
    stop_after = 0;
    events = 0;
}

static void teardown(void) {
    buf_clear(&heard);
}

static int on_event(struct view type, struct view data, void *context) {
    ck_assert_ptr_eq(context, &heard);
    buf_char(&heard, '[');
    buf_add(&heard, type);
    buf_char(&heard, '|');
    buf_add(&heard, data);
    buf_char(&heard, ']');
    return ++events == stop_after;
}

static esi_err feed_pieces(struct sse *sse, struct view text, size_t size) {
    for (size_t at = 0; at < text.n; at += size) {
        const esi_err result = sse_feed(sse, view_slice(text, at, at + size), NULL);
        if (result != ESI_OK) {
            return result;
        }
    }
    return ESI_OK;
}

/* Reads a stream in pieces of that size, up to its end. */
static esi_err read_pieces(struct view text, size_t size) {
    struct sse sse;
    sse_init(&sse, EVENT_MAX, on_event, &heard);
    esi_err result = feed_pieces(&sse, text, size);
    if (result == ESI_OK) {
        result = sse_end(&sse, NULL);
    }
    sse_clear(&sse);
    return result;
}

static void check(struct view text, const char *wanted) {
    for (size_t size = 1; size <= text.n + 1; size++) {
        buf_empty(&heard);
        ck_assert_int_eq(read_pieces(text, size), ESI_OK);
        buf_str(&heard, "");
        ck_assert_str_eq(heard.p, wanted);
    }
}

START_TEST(an_empty_line_ends_an_event) {
    check(VIEW("data: one\n\ndata: two\n\n"), "[|one][|two]");
}
END_TEST

START_TEST(lines_end_in_lf_in_cr_and_in_both) {
    check(VIEW("data: one\r\n\r\ndata: two\r\rdata: three\n\n"), "[|one][|two][|three]");
    check(VIEW("data: one\r\ndata: two\r\n\r\n"), "[|one\ntwo]");
    check(VIEW("data: one\n\r\ndata: two\r\r\n"), "[|one][|two]");
}
END_TEST

START_TEST(an_event_is_told_at_its_empty_line) {
    struct sse sse;
    sse_init(&sse, EVENT_MAX, on_event, &heard);
    ck_assert_int_eq(sse_feed(&sse, VIEW("data: x\r\n\r"), NULL), ESI_OK);
    ck_assert_uint_eq(events, 1);
    ck_assert_int_eq(sse_feed(&sse, VIEW("\ndata: y\r\n"), NULL), ESI_OK);
    ck_assert_uint_eq(events, 1);
    ck_assert_int_eq(sse_feed(&sse, VIEW("\r\n"), NULL), ESI_OK);
    ck_assert_uint_eq(events, 2);
    sse_clear(&sse);
}
END_TEST

START_TEST(lines_of_data_are_joined) {
    check(VIEW("data: YHOO\ndata: +2\ndata: 10\n\n"), "[|YHOO\n+2\n10]");
    check(VIEW("data\n\ndata\ndata\n\n"), "[|][|\n]");
}
END_TEST

START_TEST(one_space_behind_the_colon_is_not_data) {
    check(VIEW("data:none\n\ndata: one\n\ndata:  two\n\ndata:\ttab\n\n"),
          "[|none][|one][| two][|\ttab]");
}
END_TEST

START_TEST(comments_and_other_fields_are_passed_over) {
    check(VIEW(": a comment\n:\ndata: x\n: another\nid: 7\nretry: 100\nfoo: bar\nfoo\n\n"), "[|x]");
    check(VIEW(": alone\n\n:\n\n"), "");
    check(VIEW("Data: x\nDATA: x\n data: x\ndata : x\n\n"), "");
}
END_TEST

START_TEST(a_type_holds_for_its_event_only) {
    check(VIEW("event: delta\ndata: x\n\ndata: y\n\n"), "[delta|x][|y]");
    check(VIEW("event: one\nevent: two\ndata: x\n\n"), "[two|x]");
}
END_TEST

START_TEST(a_type_without_data_is_no_event) {
    check(VIEW("event: ping\n\ndata: x\n\n"), "[|x]");
}
END_TEST

START_TEST(a_byte_order_mark_is_passed_over_at_the_start_only) {
    check(VIEW("\xef\xbb\xbf"
               "data: x\n\n"),
          "[|x]");
    check(VIEW("\xef\xbb\xbf\ndata: x\n\n"), "[|x]");
    check(VIEW("data: x\n\n\xef\xbb\xbf"
               "data: y\n\n"),
          "[|x]");
    check(VIEW("data: \xef\xbb\xbfx\n\n"), "[|\xef\xbb\xbfx]");
}
END_TEST

START_TEST(an_end_without_an_empty_line_tells_what_is_there) {
    check(VIEW("data: x\n\ndata: [DONE]\n"), "[|x][|[DONE]]");
    check(VIEW("data: x\n\ndata: [DONE]"), "[|x][|[DONE]]");
    check(VIEW("data: x\n\ndat"), "[|x]");
    check(VIEW(""), "");
}
END_TEST

START_TEST(bytes_pass_as_they_are) {
    check(VIEW("data: a\0b \xff\xc3\xa9\n\n"), "[|a"); /* compared up to the NUL */
    ck_assert(view_eq(buf_view(&heard), VIEW("[|a\0b \xff\xc3\xa9]")));
}
END_TEST

START_TEST(nothing_is_told_after_a_stop) {
    stop_after = 2;
    ck_assert_int_eq(read_pieces(VIEW("data: 1\n\ndata: 2\n\ndata: 3\n\ndata: 4\n\ndata: 5"), 1000),
                     ESI_OK);
    ck_assert_uint_eq(events, 2);
    events = 0;
    ck_assert_int_eq(read_pieces(VIEW("data: 1\n\ndata: 2\n\ndata: 3\n\ndata: 4\n\n"), 1), ESI_OK);
    ck_assert_uint_eq(events, 2);
}
END_TEST

/* "data: " and n letters. */
static esi_err read_long(size_t n, bool ended, size_t size) {
    struct buf text;
    buf_init(&text, 1 << 16);
    buf_str(&text, "data: ");
    for (size_t i = 0; i < n; i++) {
        buf_char(&text, 'x');
    }
    buf_str(&text, ended ? "\n\n" : "");
    const esi_err result = read_pieces(buf_view(&text), size);
    buf_clear(&text);
    return result;
}

START_TEST(a_line_over_the_limit_is_refused) {
    for (size_t size = 1; size < 200; size += 9) {
        ck_assert_int_eq(read_long(EVENT_MAX - 6, true, size), ESI_OK);
        ck_assert_int_eq(read_long(EVENT_MAX - 5, true, size), ESI_ETOOBIG);
        ck_assert_int_eq(read_long(EVENT_MAX - 6, false, size), ESI_OK);
        ck_assert_int_eq(read_long(EVENT_MAX - 5, false, size), ESI_ETOOBIG);
        ck_assert_int_eq(read_long(5000, false, size), ESI_ETOOBIG);
    }
}
END_TEST

START_TEST(an_event_over_the_limit_is_refused) {
    const struct view line = VIEW("data: 0123456789012345678901234\n");
    struct buf text;
    buf_init(&text, 1 << 16);
    buf_add(&text, line);
    buf_add(&text, line);
    ck_assert_int_eq(read_pieces(buf_view(&text), 1000), ESI_OK);
    buf_add(&text, line);
    esi_error err;
    struct sse sse;
    sse_init(&sse, EVENT_MAX, on_event, &heard);
    ck_assert_int_eq(sse_feed(&sse, buf_view(&text), &err), ESI_ETOOBIG);
    ck_assert_str_eq(err.message, "an event of the stream has over 64 bytes");
    sse_clear(&sse);
    buf_clear(&text);
}
END_TEST

START_TEST(a_long_stream_of_short_events_has_no_limit) {
    struct sse sse;
    sse_init(&sse, EVENT_MAX, on_event, &heard);
    for (size_t i = 0; i < 1000; i++) {
        ck_assert_int_eq(sse_feed(&sse, VIEW("event: a\ndata: 0123456789\n\n:"), NULL), ESI_OK);
        ck_assert_int_eq(sse_feed(&sse, VIEW(" a comment\n"), NULL), ESI_OK);
    }
    ck_assert_uint_eq(events, 1000);
    sse_clear(&sse);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("sse");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, an_empty_line_ends_an_event);
    tcase_add_test(t, lines_end_in_lf_in_cr_and_in_both);
    tcase_add_test(t, an_event_is_told_at_its_empty_line);
    tcase_add_test(t, lines_of_data_are_joined);
    tcase_add_test(t, one_space_behind_the_colon_is_not_data);
    tcase_add_test(t, comments_and_other_fields_are_passed_over);
    tcase_add_test(t, a_type_holds_for_its_event_only);
    tcase_add_test(t, a_type_without_data_is_no_event);
    tcase_add_test(t, a_byte_order_mark_is_passed_over_at_the_start_only);
    tcase_add_test(t, an_end_without_an_empty_line_tells_what_is_there);
    tcase_add_test(t, bytes_pass_as_they_are);
    tcase_add_test(t, nothing_is_told_after_a_stop);
    tcase_add_test(t, a_line_over_the_limit_is_refused);
    tcase_add_test(t, an_event_over_the_limit_is_refused);
    tcase_add_test(t, a_long_stream_of_short_events_has_no_limit);
    return tap_run("provider/sse", t);
}
