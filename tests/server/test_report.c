/* test_report.c: what an evaluation found, counted, written and compared. */
#include <string.h>

#include "body.h"
#include "report.h"
#include "tap.h"

static const char *const keys[] = {"found", "rank", NULL};
static const char *const groups[] = {"short", "long", NULL};
static const char *const group_names[] = {"short", "long", NULL};
static const struct report_kind kind = {.suite = "retrieval",
                                        .items = "questions",
                                        .part = "line",
                                        .keys = keys,
                                        .groups = groups,
                                        .group_names = group_names};
static const char *const ids[] = {"a", "b", "c", "d"};

/* Four questions, each with both keys. */
static void make(struct report *report) {
    esi_error err = {0};
    ck_assert_int_eq(report_init(report, &kind, 4, &err), ESI_OK);
    for (size_t i = 0; i < 4; i++) {
        report->items[i].id = ids[i];
        report->items[i].group = i % 2;
    }
    report->asked[0] = report->asked[1] = 4;
}

static void miss(struct report *report, size_t item, size_t key) {
    esi_error err = {0};
    const struct report_miss miss = {
        .item = item, .part = 1, .message = "m", .key = key, .stage = "search"};
    ck_assert_int_eq(report_add_miss(report, &miss, "x \"y\"", "z", &err), ESI_OK);
}

static void split(struct report *report, size_t item) {
    esi_error err = {0};
    const struct report_split split = {.item = item, .part = 1, .message = "m", .what = "rank"};
    ck_assert_int_eq(report_add_split(report, &split, "1", "2", &err), ESI_OK);
}

static char *json_of(const struct report *report) {
    struct outbuf out = OUTBUF_INIT;
    struct wire wire = {&out, false};
    report_write_json(report, &wire);
    ck_assert(!out.failed);
    return out.data;
}

START_TEST(an_item_with_two_misses_is_wrong_once) {
    struct report report;
    make(&report);
    miss(&report, 1, 0);
    miss(&report, 1, 1);
    ck_assert_uint_eq(report_right(&report), 3);
    ck_assert_double_eq(report_percent(&report), 75.0);
    ck_assert_uint_eq(report.missed[0], 1);
    ck_assert_uint_eq(report.missed[1], 1);
    report_clear(&report);
}
END_TEST

START_TEST(it_passes_at_what_was_named_else_only_with_everything_right) {
    struct report report;
    make(&report);
    ck_assert(report_passes(&report, -1.0));
    miss(&report, 0, 0);
    ck_assert(!report_passes(&report, -1.0));
    ck_assert(report_passes(&report, 75.0));
    ck_assert(!report_passes(&report, 75.1));
    report_clear(&report);
}
END_TEST

START_TEST(a_disagreement_never_passes_and_is_written) {
    struct report report;
    make(&report);
    split(&report, 2);
    ck_assert_uint_eq(report_right(&report), 3);
    ck_assert(!report_passes(&report, 0.0));
    char *json = json_of(&report);
    ck_assert_ptr_nonnull(strstr(json, "\"disagreements\":[{\"id\":\"c\",\"line\":1,\"message\":"
                                       "\"m\",\"key\":\"rank\",\"one\":\"1\",\"other\":\"2\"}]"));
    free(json);
    report_clear(&report);
}
END_TEST

START_TEST(nothing_asked_is_nothing_wrong) {
    struct report report;
    esi_error err = {0};
    ck_assert_int_eq(report_init(&report, &kind, 0, &err), ESI_OK);
    ck_assert_double_eq(report_percent(&report), 100.0);
    char *json = json_of(&report);
    ck_assert_ptr_nonnull(strstr(json, "\"groups\":{\"short\":{\"asked\":0,\"right\":0,"
                                       "\"percent\":100},"));
    ck_assert_ptr_nonnull(strstr(json, "\"keys\":{}"));
    free(json);
    report_clear(&report);
}
END_TEST

START_TEST(its_json_is_a_baseline_for_the_next_one) {
    struct report before;
    struct report after;
    struct baseline *baseline = NULL;
    esi_error err = {0};
    make(&before);
    miss(&before, 0, 0);
    miss(&before, 1, 0);
    char *json = json_of(&before);
    ck_assert_int_eq(baseline_read(&kind, "before.json", json, strlen(json), &baseline, &err),
                     ESI_OK);
    make(&after);
    after.items[3].id = "new";
    miss(&after, 1, 1);
    miss(&after, 2, 1);
    ck_assert_int_eq(report_compare(&after, baseline, &err), ESI_OK);
    ck_assert_double_eq(after.change.percent, 50.0);
    ck_assert_double_eq(after.change.difference, 0.0);
    ck_assert_uint_eq(after.change.newly_right_count, 1);
    ck_assert_uint_eq(after.change.newly_right[0], 0);
    ck_assert_uint_eq(after.change.newly_wrong_count, 1);
    ck_assert_uint_eq(after.change.newly_wrong[0], 2);
    ck_assert_uint_eq(after.change.added, 1);
    ck_assert_uint_eq(after.change.gone, 1);
    ck_assert(report_passes(&after, -1.0));
    ck_assert(!report_passes(&after, 60.0));
    free(json);
    baseline_free(baseline);
    report_clear(&before);
    report_clear(&after);
}
END_TEST

START_TEST(a_baseline_of_another_kind_is_refused) {
    static const char other[] = "{\"suite\":\"chat\",\"results\":[]}";
    struct baseline *baseline = NULL;
    esi_error err = {0};
    ck_assert_int_eq(baseline_read(&kind, "b", other, sizeof(other) - 1, &baseline, &err),
                     ESI_EINVAL);
    ck_assert_ptr_null(baseline);
    ck_assert_ptr_nonnull(strstr(err.message, "b: it is of 'eval chat'"));
}
END_TEST

START_TEST(a_baseline_may_name_an_item_twice) {
    static const char text[] =
        "{\"suite\":\"retrieval\",\"results\":[{\"id\":\"a\",\"right\":true},"
        "{\"id\":\"a\",\"right\":true},{\"id\":\"\",\"right\":false}]}";
    struct baseline *baseline = NULL;
    struct report report;
    esi_error err = {0};
    make(&report);
    ck_assert_int_eq(baseline_read(&kind, "b", text, sizeof(text) - 1, &baseline, &err), ESI_OK);
    ck_assert_int_eq(report_compare(&report, baseline, &err), ESI_OK);
    ck_assert_uint_eq(report.change.gone, 2);
    ck_assert_uint_eq(report.change.added, 3);
    baseline_free(baseline);
    report_clear(&report);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("report");
    tcase_add_test(t, an_item_with_two_misses_is_wrong_once);
    tcase_add_test(t, it_passes_at_what_was_named_else_only_with_everything_right);
    tcase_add_test(t, a_disagreement_never_passes_and_is_written);
    tcase_add_test(t, nothing_asked_is_nothing_wrong);
    tcase_add_test(t, its_json_is_a_baseline_for_the_next_one);
    tcase_add_test(t, a_baseline_of_another_kind_is_refused);
    tcase_add_test(t, a_baseline_may_name_an_item_twice);
    return tap_run("server/report", t);
}
