#include "store/migrate.h"

#include <string.h>

#include "base/error.h"
#include "tap.h"

#define STEPS 3

static const unsigned char sql_one[] = "one", sql_two[] = "two", sql_three[] = "three";
static const size_t size_one = 3, size_two = 3, size_three = 5;
static const struct migrate_step steps[STEPS] = {
    {1, "first", sql_one, &size_one},
    {2, "second", sql_two, &size_two},
    {3, "third", sql_three, &size_three},
};

/* A store that remembers what was applied and does as it is told. */
struct fake {
    int32_t applied;
    uint8_t hashes[8][32];
    char log[256]; /* "(" begins, the step's number, ")" commits, "x" undoes */
    int fail_at;   /* the step that fails; 0: none */
    int other;     /* steps that another process applies when we begin */
};

static void note(struct fake *f, char c) {
    const size_t n = strlen(f->log);
    f->log[n] = c;
}

static esi_err fake_last(void *db, int32_t *out, esi_error *err) {
    (void)err;
    *out = ((struct fake *)db)->applied;
    return ESI_OK;
}

static esi_err fake_hash(void *db, int32_t number, uint8_t out[32], esi_error *err) {
    (void)err;
    memcpy(out, ((struct fake *)db)->hashes[number], 32);
    return ESI_OK;
}

static esi_err fake_apply(void *db, const struct migrate_step *step, const uint8_t hash[32],
                          esi_error *err) {
    struct fake *f = db;
    if (step->number == f->fail_at) {
        return esi_fail(err, ESI_ENOSPC, "test", "no space");
    }
    note(f, (char)('0' + step->number));
    f->applied = step->number;
    memcpy(f->hashes[step->number], hash, 32);
    return ESI_OK;
}

static esi_err fake_commit(void *db, esi_error *err) {
    (void)err;
    note(db, ')');
    return ESI_OK;
}

static void fake_rollback(void *db) {
    note(db, 'x');
}

static esi_err fake_begin(void *db, esi_error *err);

static struct migrate_db db_of(struct fake *f) {
    return (struct migrate_db){f,          fake_last,   fake_hash,    fake_begin,
                               fake_apply, fake_commit, fake_rollback};
}

static esi_err fake_begin(void *db, esi_error *err) {
    struct fake *f = db;
    note(f, '(');
    if (f->other > 0) { /* as a second process would have done it meanwhile */
        struct fake twin = {0};
        const struct migrate_db twin_db = db_of(&twin);
        const int count = f->other;
        f->other = 0;
        ck_assert_int_eq(migrate_run(&twin_db, steps, (size_t)count, err), ESI_OK);
        f->applied = twin.applied;
        memcpy(f->hashes, twin.hashes, sizeof f->hashes);
    }
    return ESI_OK;
}

START_TEST(a_new_store_gets_every_step_in_order_each_in_its_transaction) {
    struct fake f = {0};
    const struct migrate_db db = db_of(&f);
    size_t missing = 9;
    ck_assert_int_eq(migrate_check(&db, steps, STEPS, &missing, NULL), ESI_OK);
    ck_assert_uint_eq(missing, 3);
    ck_assert_int_eq(migrate_run(&db, steps, STEPS, NULL), ESI_OK);
    ck_assert_str_eq(f.log, "(1)(2)(3)");
    ck_assert_int_eq(migrate_check(&db, steps, STEPS, &missing, NULL), ESI_OK);
    ck_assert_uint_eq(missing, 0);
}
END_TEST

START_TEST(an_older_store_gets_what_is_missing) {
    struct fake f = {0};
    const struct migrate_db db = db_of(&f);
    ck_assert_int_eq(migrate_run(&db, steps, 2, NULL), ESI_OK);
    memset(f.log, 0, sizeof f.log);
    ck_assert_int_eq(migrate_run(&db, steps, STEPS, NULL), ESI_OK);
    ck_assert_str_eq(f.log, "(3)");
    ck_assert_int_eq(migrate_run(&db, steps, STEPS, NULL), ESI_OK);
    ck_assert_str_eq(f.log, "(3)");
}
END_TEST

START_TEST(a_newer_store_is_refused) {
    struct fake f = {0};
    const struct migrate_db db = db_of(&f);
    esi_error err = {0};
    ck_assert_int_eq(migrate_run(&db, steps, STEPS, NULL), ESI_OK);
    ck_assert_int_eq(migrate_run(&db, steps, 2, &err), ESI_ENEWER);
    ck_assert_ptr_nonnull(strstr(err.message, "newer release"));
    f.applied = -1;
    ck_assert_int_eq(migrate_run(&db, steps, STEPS, &err), ESI_ENEWER);
}
END_TEST

START_TEST(a_step_that_was_recorded_with_another_text_is_refused) {
    struct fake f = {0};
    const struct migrate_db db = db_of(&f);
    ck_assert_int_eq(migrate_run(&db, steps, 2, NULL), ESI_OK);
    f.hashes[1][0] ^= 1;
    ck_assert_int_eq(migrate_run(&db, steps, STEPS, NULL), ESI_ECORRUPT);
    ck_assert_int_eq(f.applied, 2);
}
END_TEST

START_TEST(a_step_that_fails_is_undone_and_those_before_it_stay) {
    struct fake f = {.fail_at = 2};
    const struct migrate_db db = db_of(&f);
    esi_error err = {0};
    ck_assert_int_eq(migrate_run(&db, steps, STEPS, &err), ESI_ENOSPC);
    ck_assert_str_eq(f.log, "(1)(x");
    ck_assert_int_eq(f.applied, 1);
    f.fail_at = 0;
    ck_assert_int_eq(migrate_run(&db, steps, STEPS, &err), ESI_OK);
    ck_assert_int_eq(f.applied, 3);
}
END_TEST

START_TEST(what_another_process_applied_meanwhile_is_not_applied_again) {
    struct fake f = {.other = 3};
    const struct migrate_db db = db_of(&f);
    ck_assert_int_eq(migrate_run(&db, steps, STEPS, NULL), ESI_OK);
    ck_assert_str_eq(f.log, "()");
    ck_assert_int_eq(f.applied, 3);
}
END_TEST

START_TEST(what_a_newer_process_applied_meanwhile_is_refused) {
    struct fake f = {.other = 3};
    const struct migrate_db db = db_of(&f);
    ck_assert_int_eq(migrate_run(&db, steps, 2, NULL), ESI_ENEWER);
    ck_assert_str_eq(f.log, "(x");
}
END_TEST

int main(void) {
    TCase *t = tcase_create("migrate");
    tcase_add_test(t, a_new_store_gets_every_step_in_order_each_in_its_transaction);
    tcase_add_test(t, an_older_store_gets_what_is_missing);
    tcase_add_test(t, a_newer_store_is_refused);
    tcase_add_test(t, a_step_that_was_recorded_with_another_text_is_refused);
    tcase_add_test(t, a_step_that_fails_is_undone_and_those_before_it_stay);
    tcase_add_test(t, what_another_process_applied_meanwhile_is_not_applied_again);
    tcase_add_test(t, what_a_newer_process_applied_meanwhile_is_refused);
    return tap_run("store/migrate", t);
}
