/* What the embedded store erases beside what the contract tells: accounts; bytes in its file. */
#include <stdlib.h>
#include <string.h>

#include "store_file.h"
#include "tap.h"

static int64_t erased(struct fixture *f, const char *user, const char *table) {
    const esi_store_count *counts;
    size_t count;
    ASSERT_OK(f, f->ops->erase(f->store, user, &f->wait, &f->arena, &counts, &count, &f->err));
    for (size_t i = 0; i < count; i++) {
        if (strcmp(counts[i].name, table) == 0) {
            return counts[i].count;
        }
    }
    return -1;
}

START_TEST(an_account_is_erased_by_its_name_in_any_case_or_by_its_id) {
    static const char *const names[] = {"Alice", "u-a"};
    for (size_t i = 0; i < 2; i++) {
        struct fixture f;
        fixture_open(&f, ROW_FILE);
        run_sql(f.url, "INSERT INTO users VALUES ('u-a', 'alice', 1, NULL, 0, 0, 0), "
                       "('u-b', 'bob', 1, NULL, 0, 0, 0);"
                       "INSERT INTO api_tokens SELECT 't-' || id, id, 1, NULL, "
                       "CAST(printf('%32s', id) AS BLOB), 0, NULL, NULL FROM users");
        ck_assert_int_eq(count_rows(f.url, "SELECT count(*) FROM api_tokens"), 2);
        ck_assert_int_eq(erased(&f, names[i], "users"), 1);
        ck_assert_int_eq(count_rows(f.url, "SELECT count(*) FROM api_tokens"), 1);
        ck_assert_int_eq(count_rows(f.url, "SELECT count(*) FROM users WHERE username = 'bob'"), 1);
        fixture_close(&f);
    }
}
END_TEST

/* How often a text stands in the file. */
static int occurrences(const char *path, const char *text) {
    const size_t max = 4 << 20, size = strlen(text);
    char *bytes = malloc(max);
    ck_assert_ptr_nonnull(bytes);
    const size_t n = read_file(path, bytes, max);
    ck_assert_uint_lt(n, max);
    int found = 0;
    for (size_t i = 0; i + size <= n; i++) {
        found += memcmp(bytes + i, text, size) == 0;
    }
    free(bytes);
    return found;
}

START_TEST(what_was_erased_is_not_in_the_file_any_more) {
    struct fixture f;
    fixture_open(&f, ROW_FILE);
    for (int i = 0; i < 30; i++) {
        esi_store_turn turn = a_turn(&f, i % 2 == 0 ? "mine" : "theirs", i / 2);
        turn.user_id = i % 2 == 0 ? "zoe-kept-private" : "bob";
        turn.user_text = i % 2 == 0 ? "the-private-matter" : "another matter";
        commit(&f, &turn);
    }
    close_store(&f);
    ck_assert_int_gt(occurrences(f.url, "the-private-matter"), 0);
    ASSERT_OK(&f, open_again(&f, false, false));
    ck_assert_int_eq(erased(&f, "zoe-kept-private", "chat_sessions"), 1);
    close_store(&f);
    ck_assert_int_eq(occurrences(f.url, "the-private-matter"), 0);
    ck_assert_int_eq(occurrences(f.url, "zoe-kept-private"), 0);
    ck_assert_int_gt(occurrences(f.url, "another matter"), 0);
    ASSERT_OK(&f, open_again(&f, false, false));
    fixture_close(&f);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("erase");
    tcase_add_test(t, an_account_is_erased_by_its_name_in_any_case_or_by_its_id);
    tcase_add_test(t, what_was_erased_is_not_in_the_file_any_more);
    return tap_run("store/erase", t);
}
