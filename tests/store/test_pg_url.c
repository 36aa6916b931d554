#include <string.h>

#include "base/clock.h"
#include "store/pg_parts.h"
#include "tap.h"

static const struct {
    const char *url, *read, *name;
} good[] = {
    {"postgres://u:p@h:5433/d", "postgresql://u:p@h:5433/d", "h:5433/d"},
    {"postgresql:///d", "postgresql:///d", "the local server/d"},
    {"postgresql://a:1,b:2/d?target_session_attrs=primary",
     "postgresql://a:1,b:2/d?target_session_attrs=primary", "a,b/d"},
    {"postgresql://u:p%40ss%2F@h/d", "postgresql://u:p%40ss%2F@h/d", "h/d"},
    {"postgresql+psycopg://u:p@h/d", "postgresql://u:p@h/d", "h/d"},
    {"postgresql+psycopg2://u:a/b?c#d%e@h/d", "postgresql://u:a%2Fb%3Fc%23d%25e@h/d", "h/d"},
    {"postgresql+asyncpg://u:p%40@h/d?ssl=require", "postgresql://u:p%40@h/d?sslmode=require",
     "h/d"},
    {"postgresql+asyncpg://u@h/d?prepared_statement_cache_size=0&ssl=true",
     "postgresql://u@h/d?ssl=true", "h/d"},
    {"postgresql+psycopg2://u:p@/d?host=a:1&host=b", "postgresql://u:p@/d?host=a,b&port=1,5432",
     "a,b/d"},
    {"postgresql+psycopg2:///d?host=/tmp&port=5", "postgresql:///d?host=/tmp&port=5", "/tmp:5/d"},
    /* libpq would take the rest of the password for the host's name */
    {"postgresql://u:p@ss@h/d", "postgresql://u:p%40ss@h/d", "h/d"},
    {"postgresql://u:p/ss@h:7/d", "postgresql://u:p%2Fss@h:7/d", "h:7/d"},
    {"postgresql://u:12/ss@h/d", "postgresql://u:12%2Fss@h/d", "h/d"},
};

START_TEST(a_url_is_read_as_it_was_meant) {
    struct pg_target target = {0};
    ck_assert_int_eq(pg_target_set_url(&target, good[_i].url, NULL), ESI_OK);
    ck_assert_str_eq(target.url, good[_i].read);
    ck_assert_str_eq(target.name, good[_i].name);
    pg_target_clear(&target);
}
END_TEST

static const char *const bad[] = {
    "sqlite:///x.db",
    "knowledge.db",
    "postgresql://u:hunter2@h/d?no_such_thing=1",
    "postgresql://u:hunter2@h:notaport/%zz",
    "postgresql+psycopg2://u:hunter2@h/d?host=%zz",
};

START_TEST(a_url_that_cannot_be_read_is_refused_without_its_password) {
    struct pg_target target = {0};
    esi_error err = {0};
    ck_assert_int_eq(pg_target_set_url(&target, bad[_i], &err), ESI_EINVAL);
    ck_assert_ptr_null(strstr(err.message, "hunter2"));
    ck_assert_ptr_null(target.url);
}
END_TEST

START_TEST(a_url_without_end_is_refused) {
    static char url[9000];
    memset(url, 'x', sizeof url - 1);
    memcpy(url, "postgresql://", 13);
    struct pg_target target = {0};
    ck_assert_int_eq(pg_target_set_url(&target, url, NULL), ESI_EINVAL);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("pg_url");
    tcase_add_loop_test(t, a_url_is_read_as_it_was_meant, 0, sizeof good / sizeof *good);
    tcase_add_loop_test(t, a_url_that_cannot_be_read_is_refused_without_its_password, 0,
                        sizeof bad / sizeof *bad);
    tcase_add_test(t, a_url_without_end_is_refused);
    return tap_run("store/pg_url", t);
}
