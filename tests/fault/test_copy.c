/* Memory runs out while a desk is carried, a store is brought up to date or looked over: it is
 * told, nothing is left behind, and the next call goes right. With PostgreSQL, where there is
 * one. */
#include "../desk/fixture.h"
#include "fail_alloc.h"
#include "pg_control.h"

static const char few_rules[] = TEST_SOURCE_ROOT "/tests/data/few_rules.json";

static char folder[64], source[96], target[256], database[64];
static esi_desk *desk; /* to be looked over */

static esi_options options_of(const char *store) {
    esi_options o = ESI_OPTIONS_INIT;
    o.store = store;
    o.policy = few_rules;
    o.provider = "offline";
    o.refresh_ms = 60000; /* the refresher's allocations aren't what is tested */
    return o;
}

static void remove_files(const char *path) {
    static const char *const endings[] = {"", "-wal", "-shm"};
    char name[300];
    for (size_t i = 0; i < 3; i++) {
        snprintf(name, sizeof name, "%s%s", path, endings[i]);
        unlink(name);
    }
}

static void begin(bool in_database) {
    esi_error err = {0};
    snprintf(folder, sizeof folder, "/tmp/esi-copy-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(source, sizeof source, "%s/from.db", folder);
    snprintf(target, sizeof target, "%s/to.db", folder);
    if (in_database) {
        snprintf(database, sizeof database, "fault_%ld", (long)getpid());
        pg_control("create %s esi_template", database);
        snprintf(target, sizeof target, "%s?gssencmode=disable",
                 pg_control("url main owner %s", database));
    }
    const esi_options o = options_of(source);
    must(esi_desk_open(&o, &desk, &err), &err);
    put_document(desk, "badge.md", badge_doc);
    esi_reply_free(ask(desk, "s-1", "How do I bake bread?"));
    esi_desk_close(desk);
    desk = NULL;
}

static void end(bool in_database) {
    esi_desk_close(desk);
    desk = NULL;
    remove_files(source);
    remove_files(target);
    rmdir(folder);
    if (in_database) {
        pg_control("drop %s", database);
    }
}

static esi_err copy_once(esi_error *err) {
    esi_copy_report *report = NULL;
    const esi_options from = options_of(source), to = options_of(target);
    const esi_err rc = esi_copy(&from, &to, NULL, &report, err);
    esi_copy_report_free(report);
    return rc;
}

static esi_err migrate_once(esi_error *err) {
    esi_migrate_report *report = NULL;
    const esi_options o = options_of(target);
    const esi_err rc = esi_desk_migrate(&o, NULL, &report, err);
    esi_migrate_report_free(report);
    return rc;
}

static esi_err look_once(esi_error *err) {
    esi_doctor_report *report = NULL;
    const esi_err rc = esi_desk_doctor(desk, &report, err);
    esi_doctor_report_free(report);
    return rc;
}

/* Each of the first allocations, then a sample, until one run needs none that fails. */
static void fail_each(esi_err (*run)(esi_error *), size_t first) {
    bool failed = true;
    for (size_t n = 1; failed && n < 200000; n += n < first ? 1 : 17 + n / 8) {
        esi_error err = {0};
        fail_own_arm(n);
        const esi_err rc = run(&err);
        failed = fail_own_disarm();
        ck_assert_msg(rc == (failed ? ESI_ENOMEM : ESI_OK), "allocation %zu: %s %s", n,
                      esi_err_name(rc), err.message);
    }
    ck_assert(!failed);
}

/* What failed is gone on with, so that each failure is a little further on. */
START_TEST(a_copy_survives_failures_of_our_own_allocations) {
    begin(_i == 1);
    fail_each(copy_once, 60);
    esi_error err = {0};
    esi_copy_report *report = NULL;
    const esi_options from = options_of(source), to = options_of(target);
    must(esi_copy(&from, &to, NULL, &report, &err), &err);
    ck_assert(report->equal);
    esi_copy_report_free(report);
    end(_i == 1);
}
END_TEST

START_TEST(migrating_survives_failures_of_our_own_allocations) {
    begin(_i == 1);
    fail_each(migrate_once, 400);
    end(_i == 1);
}
END_TEST

START_TEST(a_check_up_survives_failures_of_our_own_allocations) {
    esi_error err = {0};
    begin(_i == 1);
    must(copy_once(&err), &err);
    const esi_options o = options_of(target);
    must(esi_desk_open(&o, &desk, &err), &err);
    fail_each(look_once, 400);
    end(_i == 1);
}
END_TEST

int main(void) {
    const int rows = pg_missing() == NULL ? 2 : 1;
    TCase *t = tcase_create("copy");
    tcase_add_loop_test(t, a_copy_survives_failures_of_our_own_allocations, 0, rows);
    tcase_add_loop_test(t, migrating_survives_failures_of_our_own_allocations, 0, rows);
    tcase_add_loop_test(t, a_check_up_survives_failures_of_our_own_allocations, 0, rows);
    return tap_run("fault/copy", t);
}
