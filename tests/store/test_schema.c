/* Whose file it is: a store's, an older or newer one's, somebody else's, or a damaged one. */
#include <string.h>
#include <sys/stat.h>

#include "store_file.h"
#include "tap.h"

/* The store's file must stay as it is, byte for byte, when it is refused. */
static void check_refused(struct fixture *f, esi_err code, const char *says) {
    char before[16384], after[16384];
    char path[300];
    const size_t size = read_file(f->url, before, sizeof before);
    ASSERT_ERR(f, code, open_again(f, true, false));
    ck_assert_ptr_null(f->store);
    ck_assert_msg(strstr(f->err.message, says) != NULL, "%s", f->err.message);
    ck_assert_uint_eq(read_file(f->url, after, sizeof after), size);
    ck_assert_mem_eq(before, after, size);
    snprintf(path, sizeof path, "%s-wal", f->url);
    ck_assert_int_ne(access(path, F_OK), 0);
}

static void refuse_bytes(const void *bytes, size_t size) {
    struct fixture f;
    fixture_open(&f, ROW_FILE);
    close_store(&f);
    write_file(f.url, bytes, size);
    check_refused(&f, ESI_ECORRUPT, "is not a database");
    remove_file(&f);
    ASSERT_OK(&f, open_again(&f, true, false));
    fixture_close(&f);
}

START_TEST(a_file_that_is_no_database_is_refused_and_left) {
    static char page[8192];
    memset(page, 'x', sizeof page);
    refuse_bytes("#", 1);
    refuse_bytes("# My notes\n\nThey are mine.\n", 27);
    refuse_bytes(page, sizeof page);
    refuse_bytes("SQLite format 3\0and then something else entirely, of many words, that is no "
                 "header, and that goes on beyond the hundred bytes of one",
                 130);
}
END_TEST

START_TEST(another_programs_database_is_refused_and_left) {
    static const char *const kinds[] = {
        "CREATE TABLE addresses (name TEXT)",
        "PRAGMA application_id = 252006673; CREATE TABLE x (y)",
        "PRAGMA user_version = 7",
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct fixture f;
        fixture_open(&f, ROW_FILE);
        close_store(&f);
        remove_file(&f);
        run_sql(f.url, kinds[i]);
        check_refused(&f, ESI_ECORRUPT, "another program");
        remove_file(&f);
        ASSERT_OK(&f, open_again(&f, true, false));
        fixture_close(&f);
    }
}
END_TEST

START_TEST(an_empty_file_becomes_a_store) {
    struct fixture f;
    fixture_open(&f, ROW_FILE);
    close_store(&f);
    write_file(f.url, "", 0);
    ASSERT_OK(&f, open_again(&f, true, false));
    ASSERT_OK(&f, f.ops->probe(f.store, &f.wait, &f.err));
    fixture_close(&f);
}
END_TEST

START_TEST(a_newer_file_is_refused_and_left) {
    struct fixture f;
    fixture_open(&f, ROW_FILE);
    close_store(&f);
    const int64_t version = count_rows(f.url, "PRAGMA user_version");
    run_sql(f.url, "PRAGMA journal_mode=DELETE; PRAGMA user_version = 99");
    char after[1], back[64];
    ASSERT_ERR(&f, ESI_ENEWER, open_again(&f, true, false));
    ck_assert_ptr_nonnull(strstr(f.err.message, "newer release"));
    ck_assert_uint_eq(read_file(f.url, after, 1), 1);
    snprintf(back, sizeof(back), "PRAGMA user_version = %lld", (long long)version);
    run_sql(f.url, back);
    ASSERT_OK(&f, open_again(&f, true, false));
    fixture_close(&f);
}
END_TEST

START_TEST(a_step_that_was_tampered_with_is_refused) {
    struct fixture f;
    fixture_open(&f, ROW_FILE);
    close_store(&f);
    run_sql(f.url, "UPDATE schema_migrations SET hash = zeroblob(32)");
    ASSERT_ERR(&f, ESI_ECORRUPT, open_again(&f, true, false));
    run_sql(f.url, "DELETE FROM schema_migrations");
    ASSERT_ERR(&f, ESI_ECORRUPT, open_again(&f, true, false));
    remove_file(&f);
    ASSERT_OK(&f, open_again(&f, true, false));
    fixture_close(&f);
}
END_TEST

START_TEST(a_damaged_file_says_so) {
    struct fixture f;
    fixture_open(&f, ROW_FILE);
    for (int i = 0; i < 20; i++) {
        const esi_store_turn turn = a_turn(&f, "s-1", i);
        commit(&f, &turn);
    }
    close_store(&f);
    struct stat info;
    ck_assert_int_eq(stat(f.url, &info), 0);
    FILE *file = fopen(f.url, "r+b");
    ck_assert_ptr_nonnull(file);
    for (long at = 4096; at + 4096 <= info.st_size; at += 4096) {
        static const char noise[64] = "this was a page of a tree once";
        fseek(file, at, SEEK_SET);
        fwrite(noise, 1, sizeof noise, file);
    }
    fclose(file);
    ASSERT_ERR(&f, ESI_ECORRUPT, open_again(&f, true, false));
    ck_assert_ptr_nonnull(strstr(f.err.message, "restore a backup"));
    remove_file(&f);
    ASSERT_OK(&f, open_again(&f, true, false));
    fixture_close(&f);
}
END_TEST

START_TEST(damage_is_found_by_the_check_up) {
    struct fixture f;
    fixture_open(&f, ROW_FILE);
    const esi_store_turn turn = a_turn(&f, "s-1", 0);
    const esi_store_document d = a_document(&f, "a", 3, 1);
    commit(&f, &turn);
    put_document(&f, &d);
    run_sql(f.url, "PRAGMA foreign_keys=OFF;"
                   "DELETE FROM chat_messages WHERE from_desk = 1;"
                   "DELETE FROM embeddings WHERE ordinal = 1;"
                   "UPDATE embeddings SET vector = zeroblob(8) WHERE ordinal = 2");
    const esi_store_finding *findings;
    size_t count;
    ASSERT_OK(&f, f.ops->check(f.store, &f.wait, &f.arena, &findings, &count, &f.err));
    char bad[128] = "";
    for (size_t i = 0; i < count; i++) {
        if (!findings[i].ok) {
            strcat(strcat(bad, findings[i].what), " ");
            ck_assert_ptr_nonnull(findings[i].mend);
        }
    }
    ck_assert_str_eq(bad, "foreign keys space documents turns ");
    fixture_close(&f);
}
END_TEST

START_TEST(a_file_carries_our_mark_and_its_version) {
    struct fixture f;
    fixture_open(&f, ROW_FILE);
    close_store(&f);
    ck_assert_int_eq(count_rows(f.url, "PRAGMA application_id"), 0x45534948);
    ck_assert_int_eq(count_rows(f.url, "PRAGMA user_version"),
                     count_rows(f.url, "SELECT max(number) FROM schema_migrations"));
    ASSERT_OK(&f, open_again(&f, true, false));
    fixture_close(&f);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("schema");
    tcase_add_test(t, a_file_that_is_no_database_is_refused_and_left);
    tcase_add_test(t, another_programs_database_is_refused_and_left);
    tcase_add_test(t, an_empty_file_becomes_a_store);
    tcase_add_test(t, a_newer_file_is_refused_and_left);
    tcase_add_test(t, a_step_that_was_tampered_with_is_refused);
    tcase_add_test(t, a_damaged_file_says_so);
    tcase_add_test(t, damage_is_found_by_the_check_up);
    tcase_add_test(t, a_file_carries_our_mark_and_its_version);
    return tap_run("store/schema", t);
}
