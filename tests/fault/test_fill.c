/* test_fill.c: documents get the vectors of a model that is paid for, and questions theirs, while
 * the n-th allocation fails: no crash, no leak; and what is there in the end is whole and was paid
 * for about once. */
#include "../desk/paid.h"

#include "fail_alloc.h"

static const char few_rules[] = TEST_SOURCE_ROOT "/tests/data/few_rules.json";

static esi_err open_quietly(esi_desk **out) {
    esi_options o = options();
    o.policy = few_rules;
    o.refresh_ms = 60000; /* the refresher's allocations aren't what is tested */
    return esi_desk_open(&o, out, NULL);
}

static esi_err open_once(void *context) {
    esi_desk *desk = NULL;
    (void)context;
    const esi_err rc = open_quietly(&desk);
    esi_desk_close(desk);
    return rc;
}

static esi_err ingest_once(void *context) {
    esi_kb_report *report = NULL;
    esi_kb_source source = ESI_KB_SOURCE_INIT;
    source.name = "badge.md";
    source.text = badge_doc;
    const esi_err rc = esi_kb_ingest(context, &source, &report, NULL);
    esi_kb_report_free(report);
    return rc;
}

static esi_err search_once(void *context) {
    esi_kb_query query = ESI_KB_QUERY_INIT;
    esi_kb_hits *hits = NULL;
    query.text = "the badge is not read";
    const esi_err rc = esi_kb_search(context, &query, &hits, NULL);
    esi_kb_hits_free(hits);
    return rc;
}

static esi_err look_once(void *context) {
    esi_health *health = NULL;
    esi_doctor_report *report = NULL;
    esi_err rc = esi_desk_health(context, &health, NULL);
    esi_health_free(health);
    if (rc == ESI_OK) {
        rc = esi_desk_doctor(context, &report, NULL);
        esi_doctor_report_free(report);
    }
    return rc;
}

/* Runs it with each of our own allocations failing in turn, until one run needs none that fails. */
static void fail_each(esi_err (*run)(void *), void *context, void (*after)(void *)) {
    for (size_t n = 1; n < 100000; n++) {
        fail_own_arm(n);
        const esi_err rc = run(context);
        const bool failed = fail_own_disarm();
        ck_assert_msg(rc == ESI_OK || rc == ESI_ENOMEM, "allocation %zu: %s", n, esi_err_name(rc));
        if (after) {
            after(context);
        }
        if (!failed) {
            ck_assert_int_eq(rc, ESI_OK);
            return;
        }
    }
    ck_abort_msg("it never went well");
}

static void take_out(void *context) {
    esi_error err = {0};
    const esi_err rc = esi_kb_remove(context, "doc-badge", &err);
    ck_assert(rc == ESI_OK || rc == ESI_ENOTFOUND);
}

START_TEST(opening_survives_each_failure) {
    fail_each(open_once, NULL, NULL);
}
END_TEST

START_TEST(an_ingest_survives_each_failure) {
    esi_desk *desk = NULL;
    ck_assert_int_eq(open_quietly(&desk), ESI_OK);
    fail_each(ingest_once, desk, take_out);
    /* what couldn't be kept in those runs was made again in the next */
    ck_assert_int_lt(remote->inputs, 100);
    const int before = remote->inputs;
    ck_assert_int_eq(ingest_once(desk), ESI_OK);
    ck_assert_int_eq(remote->inputs, before);
    ck_assert_int_eq(unembedded(desk), 0);
    esi_desk_close(desk);
}
END_TEST

START_TEST(a_search_survives_each_failure) {
    esi_desk *desk = NULL;
    ck_assert_int_eq(open_quietly(&desk), ESI_OK);
    ck_assert_int_eq(ingest_once(desk), ESI_OK);
    fail_each(search_once, desk, NULL);
    fail_each(look_once, desk, NULL);
    esi_desk_close(desk);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("fill");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_set_timeout(t, 280);
    tcase_add_test(t, opening_survives_each_failure);
    tcase_add_test(t, an_ingest_survives_each_failure);
    tcase_add_test(t, a_search_survives_each_failure);
    return tap_run("fault/fill", t);
}
