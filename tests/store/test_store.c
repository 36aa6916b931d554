#include "store/store.h"

#include <string.h>

#include "tap.h"

START_TEST(a_path_needs_the_embedded_store) {
    static const char *const paths[] = {
        "desk.db",         ":memory:", "/var/lib/esihelp/desk.db", "file:desk.db", "mysql://x",
        "postgresnot://x", ""};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        const esi_store_ops *ops = NULL;
        esi_error err = {0};
        const esi_err rc = store_find(paths[i], &ops, &err);
        if (strstr(store_names(), "sqlite") != NULL) {
            ck_assert_int_eq(rc, ESI_OK);
            ck_assert_str_eq(ops->name, "sqlite");
        } else {
            ck_assert_int_eq(rc, ESI_EUNSUPPORTED);
        }
    }
}
END_TEST

START_TEST(a_postgres_url_needs_the_postgres_store) {
    static const char *const urls[] = {"postgres://h/db", "postgresql://u:p@h/db",
                                       "postgresql+psycopg://h/db", "postgresql+psycopg2://h/db",
                                       "postgresql+asyncpg://h/db"};
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        const esi_store_ops *ops = NULL;
        esi_error err = {0};
        const esi_err rc = store_find(urls[i], &ops, &err);
        if (strstr(store_names(), "postgres") != NULL) {
            ck_assert_int_eq(rc, ESI_OK);
            ck_assert_str_eq(ops->name, "postgres");
        } else {
            ck_assert_int_eq(rc, ESI_EUNSUPPORTED);
            ck_assert_ptr_null(ops);
            ck_assert_ptr_nonnull(strstr(err.message, "postgres"));
            ck_assert_ptr_null(strstr(err.message, "h/db")); /* it may hold a password */
        }
    }
}
END_TEST

int main(void) {
    TCase *t = tcase_create("store");
    tcase_add_test(t, a_path_needs_the_embedded_store);
    tcase_add_test(t, a_postgres_url_needs_the_postgres_store);
    return tap_run("store/store", t);
}
