#include "base/token_count.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "tap.h"

/* Texts with the counts of the tokenizers themselves: lines "== NAME CL100K O200K LLAMA3", and
 * below each the text, without its last line break. */
#define COUNTS TEST_SOURCE_ROOT "/tests/data/token_counts.txt"

struct row {
    struct view name;
    struct view text;
    size_t most; /* of the three */
};

static char *file;
static struct view rest;

static void setup(void) {
    FILE *in = fopen(COUNTS, "rb");
    ck_assert_ptr_nonnull(in);
    file = malloc(1u << 20);
    ck_assert_ptr_nonnull(file);
    rest = (struct view){file, fread(file, 1, 1u << 20, in)};
    fclose(in);
    ck_assert_uint_gt(rest.n, 0);
}

static void teardown(void) {
    free(file);
}

static size_t last_number(struct view *head) {
    size_t at = head->n;
    while (at > 0 && head->p[at - 1] != ' ') {
        at--;
    }
    int64_t value = 0;
    ck_assert(view_int(view_slice(*head, at, head->n), 1, 100000, &value));
    head->n = at - 1;
    return (size_t)value;
}

static bool next_row(struct row *row) {
    struct view head;
    if (!view_line(&rest, &head)) {
        return false;
    }
    ck_assert(view_starts(head, VIEW("== ")));
    const size_t end = view_find(rest, VIEW("\n== "), 0);
    row->text = end == SIZE_MAX ? view_slice(rest, 0, rest.n - 1) : view_slice(rest, 0, end);
    rest = view_slice(rest, row->text.n + 1, rest.n);
    row->most = 0;
    for (int i = 0; i < 3; i++) {
        const size_t count = last_number(&head);
        row->most = count > row->most ? count : row->most;
    }
    row->name = view_slice(head, 3, head.n);
    return true;
}

START_TEST(texts_of_all_kinds_are_near_their_true_count) {
    struct row row;
    size_t rows = 0;
    for (; next_row(&row); rows++) {
        const double count = (double)token_count(row.text);
        const double most = (double)row.most;
        ck_assert_msg(count >= 0.9 * most && count <= 1.6 * most, "%.*s: %.0f for %.0f",
                      (int)row.name.n, row.name.p, count, most);
    }
    ck_assert_uint_gt(rows, 50);
}
END_TEST

START_TEST(all_together_are_rather_too_many) {
    struct row row;
    size_t estimate = 0;
    size_t most = 0;
    while (next_row(&row)) {
        estimate += token_count(row.text);
        most += row.most;
    }
    ck_assert_uint_ge(estimate, most);
    ck_assert_uint_le(estimate * 10, most * 13);
}
END_TEST

START_TEST(nothing_has_no_tokens_and_anything_has_one) {
    ck_assert_uint_eq(token_count((struct view){0}), 0);
    for (int c = 1; c < 256; c++) {
        const char byte = (char)c;
        ck_assert_uint_ge(token_count((struct view){&byte, 1}), 1);
    }
}
END_TEST

START_TEST(longer_texts_have_more) {
    struct row row;
    while (next_row(&row)) {
        const size_t whole = token_count(row.text);
        const size_t half = token_count(text_head(row.text, row.text.n / 4));
        ck_assert_uint_le(half, whole);
    }
}
END_TEST

START_TEST(bad_utf8_is_counted_by_its_bytes) {
    const size_t count = token_count(VIEW("\xFF\xFE\xC3\xE2\x9F\xF0\x9F"));
    ck_assert_uint_ge(count, 4);
    ck_assert_uint_le(count, 14);
}
END_TEST

START_TEST(a_long_text_takes_time_in_proportion) {
    /* Runs of one kind, which a second look at each place would make square. */
    const size_t size = 4u << 20;
    char *text = malloc(size);
    ck_assert_ptr_nonnull(text);
    for (int i = 0; i < 4; i++) {
        memset(text, "a9- "[i], size);
        ck_assert_uint_ge(token_count((struct view){text, size}), size / 200);
    }
    free(text);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("token_count");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, texts_of_all_kinds_are_near_their_true_count);
    tcase_add_test(t, all_together_are_rather_too_many);
    tcase_add_test(t, nothing_has_no_tokens_and_anything_has_one);
    tcase_add_test(t, longer_texts_have_more);
    tcase_add_test(t, bad_utf8_is_counted_by_its_bytes);
    tcase_add_test(t, a_long_text_takes_time_in_proportion);
    return tap_run("base/token_count", t);
}
