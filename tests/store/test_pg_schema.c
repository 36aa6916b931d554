/* Whose database it is, and the steps of its schema: store/pg_schema, and the store's opening. */
#include <stdlib.h>

#include "base/os.h"
#include "pg_fixture.h"
#include "store/store.h"
#include "tap.h"

static esi_error said;
static char name[64], owner[256], serve[256];

static void begin_on(const char *template) {
    snprintf(name, sizeof name, "%s", fresh_database(template));
    snprintf(owner, sizeof owner, "%s", pg_control("url main owner %s", name));
    snprintf(serve, sizeof serve, "%s", pg_control("url main serve %s", name));
    memset(&said, 0, sizeof said);
}

static void begin(void) {
    begin_on("esi_template"); /* empty, with the extension */
}

static void end(void) {
    pg_control("drop %s", name);
}

/* Opens a store and closes it. */
static esi_err open_with(const esi_store_config *config) {
    const esi_store_ops *ops = NULL;
    esi_store *store = NULL;
    MUST(store_find(config->url, &ops, err));
    const esi_err rc = ops->open(config, &store, &said);
    if (rc == ESI_OK) {
        ops->close(store);
    }
    return rc;
}

static esi_err open_at(const char *url, bool migrate) {
    const esi_store_config config = {
        .size = sizeof config, .url = url, .migrate = migrate, .wait = seconds(20)};
    return open_with(&config);
}

static esi_err fit(const char *url, unsigned parts, bool may) {
    struct pg_target target = target_of(url);
    struct pg_conn *conn = connect_to(&target);
    const esi_wait wait = seconds(20);
    const esi_err rc = pg_schema_fit(conn, parts, may, &wait, &said);
    pg_conn_close(conn);
    pg_target_clear(&target);
    return rc;
}

static const char *sql(const char *statement) {
    return pg_control("sql main %s %s", name, statement);
}

static void check_says(const char *words) {
    ck_assert_msg(strstr(said.message, words) != NULL, "\"%s\" doesn't say \"%s\"", said.message,
                  words);
}

START_TEST(an_empty_database_is_filled_once) {
    begin();
    ck_assert_int_eq(open_at(owner, true), ESI_OK);
    char first[PG_CONTROL_MAX];
    snprintf(first, sizeof first, "%s",
             sql("SELECT string_agg(part || number || at, ' ' ORDER BY part, number) FROM "
                 "schema_migrations"));
    ck_assert_int_eq(open_at(owner, true), ESI_OK);
    ck_assert_str_eq(sql("SELECT string_agg(part || number || at, ' ' ORDER BY part, number) FROM "
                         "schema_migrations"),
                     first);
    end();
}
END_TEST

START_TEST(a_role_that_only_reads_and_writes_rows_opens_what_fits) {
    begin();
    ck_assert_int_eq(open_at(serve, true), ESI_EUNAVAILABLE);
    check_says("esihelp migrate");
    check_says("desk_serve");
    ck_assert_int_eq(open_at(serve, false), ESI_EUNAVAILABLE);
    check_says("esihelp migrate");
    ck_assert_int_eq(open_at(owner, true), ESI_OK);
    ck_assert_int_eq(open_at(serve, false), ESI_OK);
    ck_assert_int_eq(open_at(serve, true), ESI_OK);
    end();
}
END_TEST

START_TEST(a_role_without_a_right_is_told_which) {
    begin();
    ck_assert_int_eq(open_at(owner, true), ESI_OK);
    (void)sql("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM desk_serve");
    ck_assert_int_eq(open_at(serve, false), ESI_EUNAVAILABLE);
    check_says("permission denied for table schema_migrations");
    end();
}
END_TEST

START_TEST(another_programs_migrations_are_left_alone) {
    begin();
    (void)sql("CREATE TABLE schema_migrations (version text PRIMARY KEY)");
    ck_assert_int_eq(open_at(owner, true), ESI_ECORRUPT);
    check_says("schema_migrations of another program");
    ck_assert_str_eq(sql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), "1");
    end();
}
END_TEST

START_TEST(another_programs_tables_are_left_alone) {
    begin();
    (void)sql("CREATE TABLE tickets (id int)");
    ck_assert_int_eq(open_at(owner, true), ESI_ECORRUPT);
    check_says("another program");
    check_says(name);
    ck_assert_str_eq(sql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), "1");
    end();
}
END_TEST

START_TEST(another_programs_other_tables_do_not_matter) {
    begin();
    (void)sql("CREATE TABLE invoices (id int)");
    ck_assert_int_eq(open_at(owner, true), ESI_OK);
    end();
}
END_TEST

START_TEST(a_newer_schema_is_refused) {
    begin();
    ck_assert_int_eq(open_at(owner, true), ESI_OK);
    (void)sql("INSERT INTO schema_migrations (part, number, name, hash) SELECT part, max(number) + "
              "1, 'later', sha256('') FROM schema_migrations WHERE part = 'case' GROUP BY part");
    ck_assert_int_eq(open_at(owner, true), ESI_ENEWER);
    ck_assert_int_eq(open_at(serve, false), ESI_ENEWER);
    end();
}
END_TEST

START_TEST(a_step_of_somebody_elses_is_refused) {
    begin();
    ck_assert_int_eq(open_at(owner, true), ESI_OK);
    (void)sql("UPDATE schema_migrations SET hash = sha256('') WHERE part = 'kb' AND number = 1");
    ck_assert_int_eq(open_at(owner, true), ESI_ECORRUPT);
    end();
}
END_TEST

START_TEST(a_missing_extension_is_told_with_the_command) {
    begin_on("template1");
    ck_assert_int_eq(open_at(owner, true), ESI_EUNSUPPORTED);
    check_says("CREATE EXTENSION vector");
    check_says(name);
    /* what needs it not was made, and the rest comes when it is there */
    (void)sql("CREATE EXTENSION vector");
    ck_assert_int_eq(open_at(owner, true), ESI_OK);
    end();
}
END_TEST

START_TEST(who_may_make_the_extension_need_not_be_asked) {
    begin_on("template1");
    ck_assert_int_eq(open_at(pg_control("url main super %s", name), true), ESI_OK);
    ck_assert_str_eq(sql("SELECT count(*) FROM pg_extension WHERE extname = 'vector'"), "1");
    end();
}
END_TEST

START_TEST(an_old_extension_is_told_with_the_command) {
    begin();
    ck_assert_int_eq(open_at(owner, true), ESI_OK);
    (void)sql("UPDATE pg_extension SET extversion = '0.7.4' WHERE extname = 'vector'");
    ck_assert_int_eq(open_at(serve, false), ESI_EUNSUPPORTED);
    check_says("ALTER EXTENSION vector UPDATE");
    end();
}
END_TEST

START_TEST(the_case_database_needs_no_extension) {
    begin_on("template1");
    ck_assert_int_eq(fit(owner, PG_PART_CASE, true), ESI_OK);
    ck_assert_str_eq(sql("SELECT count(*) FROM pg_tables WHERE tablename = 'tickets'"), "1");
    ck_assert_str_eq(sql("SELECT count(*) FROM pg_tables WHERE tablename = 'kb_documents'"), "0");
    end();
}
END_TEST

START_TEST(two_databases_have_a_part_each) {
    char cases[256], kb_name[64];
    begin_on("template1");
    snprintf(cases, sizeof cases, "%s", owner);
    snprintf(kb_name, sizeof kb_name, "%s", fresh_database("esi_template"));
    char kb[256];
    snprintf(kb, sizeof kb, "%s", pg_control("url main owner %s", kb_name));
    const esi_store_config config = {.size = sizeof config,
                                     .url = cases,
                                     .knowledge_url = kb,
                                     .migrate = true,
                                     .wait = seconds(20)};
    ck_assert_int_eq(open_with(&config), ESI_OK);
    ck_assert_str_eq(sql("SELECT count(*) FROM pg_tables WHERE tablename = 'kb_documents'"), "0");
    ck_assert_str_eq(pg_control("sql main %s SELECT count(*) FROM pg_tables WHERE tablename IN "
                                "('kb_documents', 'tickets')",
                                kb_name),
                     "1");
    pg_control("drop %s", kb_name);
    end();
}
END_TEST

static atomic_int failures;

static void migrate_too(void *context) {
    (void)context;
    const esi_store_config config = {
        .size = sizeof config, .url = owner, .migrate = true, .wait = seconds(60)};
    const esi_store_ops *ops = NULL;
    esi_store *store = NULL;
    if (store_find(owner, &ops, NULL) != ESI_OK || ops->open(&config, &store, NULL) != ESI_OK) {
        atomic_fetch_add(&failures, 1);
    } else {
        ops->close(store);
    }
}

START_TEST(several_migrate_at_a_time) {
    enum { THREADS = 6 };
    struct os_thread threads[THREADS];
    begin();
    atomic_store(&failures, 0);
    for (int i = 0; i < THREADS; i++) {
        MUST(os_thread_start(&threads[i], migrate_too, NULL, 256 * 1024, err));
    }
    for (int i = 0; i < THREADS; i++) {
        os_thread_join(&threads[i]);
    }
    ck_assert_int_eq(atomic_load(&failures), 0);
    ck_assert_str_eq(sql("SELECT count(*) > 1 AND count(*) = count(DISTINCT (part, number)) FROM "
                         "schema_migrations"),
                     "t");
    end();
}
END_TEST

START_TEST(a_store_that_is_read_only_opens_what_fits) {
    begin();
    const esi_store_config config = {.size = sizeof config,
                                     .url = owner,
                                     .read_only = true,
                                     .migrate = true,
                                     .wait = seconds(20)};
    ck_assert_int_eq(open_with(&config), ESI_EUNAVAILABLE);
    ck_assert_int_eq(open_at(owner, true), ESI_OK);
    ck_assert_int_eq(open_with(&config), ESI_OK);
    end();
}
END_TEST

START_TEST(what_a_database_has_and_lacks_is_known) {
    begin_on("template1");
    struct pg_target target = target_of(owner);
    struct pg_conn *conn = connect_to(&target);
    const esi_wait wait = seconds(20);
    struct pg_schema_state state;
    MUST(pg_schema_state(conn, PG_PART_CASE, &wait, &state, err));
    ck_assert(state.has == 0 && state.knows > 0 && state.vector_is_missing);
    MUST(pg_schema_fit(conn, PG_PART_CASE, true, &wait, err));
    MUST(pg_schema_state(conn, PG_PART_CASE, &wait, &state, err));
    ck_assert_int_eq(state.has, state.knows);
    pg_conn_close(conn);
    pg_target_clear(&target);
    end();
}
END_TEST

START_TEST(drivers_names_in_a_url_are_read_over) {
    begin();
    char url[300];
    snprintf(url, sizeof url, "postgresql+psycopg2%s", owner + strlen("postgres"));
    ck_assert_int_eq(open_at(url, true), ESI_OK);
    end();
}
END_TEST

int main(void) {
    if (pg_missing() != NULL) {
        return tap_skip(pg_missing());
    }
    TCase *t = tcase_create("pg_schema");
    tcase_add_test(t, an_empty_database_is_filled_once);
    tcase_add_test(t, a_role_that_only_reads_and_writes_rows_opens_what_fits);
    tcase_add_test(t, a_role_without_a_right_is_told_which);
    tcase_add_test(t, another_programs_migrations_are_left_alone);
    tcase_add_test(t, another_programs_tables_are_left_alone);
    tcase_add_test(t, another_programs_other_tables_do_not_matter);
    tcase_add_test(t, a_newer_schema_is_refused);
    tcase_add_test(t, a_step_of_somebody_elses_is_refused);
    tcase_add_test(t, a_missing_extension_is_told_with_the_command);
    tcase_add_test(t, who_may_make_the_extension_need_not_be_asked);
    tcase_add_test(t, an_old_extension_is_told_with_the_command);
    tcase_add_test(t, the_case_database_needs_no_extension);
    tcase_add_test(t, two_databases_have_a_part_each);
    tcase_add_test(t, several_migrate_at_a_time);
    tcase_add_test(t, a_store_that_is_read_only_opens_what_fits);
    tcase_add_test(t, what_a_database_has_and_lacks_is_known);
    tcase_add_test(t, drivers_names_in_a_url_are_read_over);
    return tap_run("store/pg_schema", t);
}
