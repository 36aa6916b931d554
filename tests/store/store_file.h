/* store_file.h: the embedded store's file, as a test lays hands on it. */
#ifndef ESIHELP_TESTS_STORE_FILE_H
#define ESIHELP_TESTS_STORE_FILE_H

#include <sqlite3.h>
#include <stdio.h>
#include <unistd.h>

#include "../contract/store_contract.h"

#define ROW_FILE 0 /* of the fixture's stores */

/* Closes the store and leaves its file. */
static inline void close_store(struct fixture *f) {
    f->ops->close(f->store);
    f->store = NULL;
}

static inline esi_err open_again(struct fixture *f, bool migrate, bool read_only) {
    const esi_store_config config = {.size = sizeof config,
                                     .url = f->url,
                                     .migrate = migrate,
                                     .read_only = read_only,
                                     .wait = f->wait};
    return f->ops->open(&config, &f->store, &f->err);
}

static inline void write_file(const char *path, const void *bytes, size_t size) {
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
    ck_assert_int_eq(fclose(file), 0);
}

static inline size_t read_file(const char *path, char *out, size_t max) {
    FILE *file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    const size_t n = fread(out, 1, max, file);
    fclose(file);
    return n;
}

static inline void run_sql(const char *path, const char *sql) {
    sqlite3 *db = NULL;
    ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
    char *message = NULL;
    ck_assert_msg(sqlite3_exec(db, sql, NULL, NULL, &message) == SQLITE_OK, "%s",
                  message != NULL ? message : "");
    sqlite3_close(db);
}

/* Takes the file away with what belongs to it. */
static inline void remove_file(const struct fixture *f) {
    static const char *const endings[] = {"", "-wal", "-shm"};
    char path[300];
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        snprintf(path, sizeof path, "%s%s", f->url, endings[i]);
        unlink(path);
    }
}

static inline int64_t count_rows(const char *path, const char *sql) {
    sqlite3 *db = NULL;
    sqlite3_stmt *stmt = NULL;
    ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
    ck_assert_int_eq(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
    ck_assert_int_eq(sqlite3_step(stmt), SQLITE_ROW);
    const int64_t n = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    sqlite3_close(db);
    return n;
}

#endif
