#include "fixture.h"

START_TEST(the_sums_are_what_happened_to_the_unit) {
    esi_desk *desk = open_small();
    esi_error err = {0};
    esi_metrics *m = NULL;
    esi_reply_free(ask(desk, "a", "The printer reports a paper jam"));
    esi_reply_free(ask(desk, "a", "It works now, thanks!"));
    esi_reply_free(ask(desk, "b", "How do I bake bread?"));
    esi_reply_free(ask(desk, "c", "How do I read the other team's files?"));
    must(esi_metrics_summary(desk, NULL, &m, &err), &err);
    ck_assert_int_eq(m->conversations, 3);
    ck_assert_int_eq(m->messages, 8);
    ck_assert_int_eq(m->tickets, 2);
    ck_assert_int_eq(m->open_tickets, 2);
    ck_assert_int_eq(m->closed_tickets, 0);
    ck_assert_int_eq(m->escalations, 2);
    ck_assert_int_eq(m->guardrail_activations, 1);
    ck_assert_int_eq(m->not_covered, 1);
    ck_assert_double_eq_tol(m->deflection_rate, 1.0 / 3.0, 1e-9);
    int64_t tiers = 0;
    int64_t severities = 0;
    for (int i = 0; i < 4; i++) {
        tiers += m->tickets_by_tier[i];
        severities += m->tickets_by_severity[i];
    }
    ck_assert_int_eq(tiers, m->tickets);
    ck_assert_int_eq(severities, m->tickets);
    ck_assert_uint_eq(m->guardrail_category_count, 1);
    ck_assert_int_eq(m->guardrail_by_category[0]->count, 1);
    esi_metrics_free(m);
    esi_desk_close(desk);
}
END_TEST

START_TEST(a_range_of_days_counts_only_those) {
    esi_desk *desk = open_small();
    esi_error err = {0};
    esi_metrics *m = NULL;
    esi_reply_free(ask(desk, "a", "The printer reports a paper jam"));
    esi_metrics_query query = ESI_METRICS_QUERY_INIT;
    query.from = "2020-01-01";
    query.to = "2020-12-31";
    must(esi_metrics_summary(desk, &query, &m, &err), &err);
    ck_assert_int_eq(m->conversations, 0);
    ck_assert_int_eq(m->messages, 0);
    esi_metrics_free(m);
    query.to = "2019-12-31";
    ck_assert_int_eq(esi_metrics_summary(desk, &query, &m, &err), ESI_EINVAL);
    query.to = "2020-02-30";
    ck_assert_int_eq(esi_metrics_summary(desk, &query, &m, &err), ESI_EINVAL);
    ck_assert_str_eq(err.pointer, "/to");
    esi_desk_close(desk);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("metrics");
    tcase_add_test(t, the_sums_are_what_happened_to_the_unit);
    tcase_add_test(t, a_range_of_days_counts_only_those);
    return tap_run("desk/metrics", t);
}
