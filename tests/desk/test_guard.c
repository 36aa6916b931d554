#include "fixture.h"

static esi_verdict *check(esi_desk *desk, const char *text, esi_role role) {
    esi_error err = {0};
    esi_verdict *verdict = NULL;
    esi_guardrail_request request = ESI_GUARDRAIL_REQUEST_INIT;
    request.text = text;
    request.role = role;
    must(esi_guardrail_check(desk, &request, &verdict, &err), &err);
    return verdict;
}

START_TEST(a_harmless_text_passes_and_its_secrets_are_masked) {
    esi_desk *desk = open_empty();
    esi_verdict *v =
        check(desk, "The VPN drops; mail me at maria.lopez@example.org", ESI_ROLE_NONE);
    ck_assert(!v->blocked);
    ck_assert_ptr_null(v->category);
    ck_assert_ptr_null(v->rule);
    ck_assert_ptr_null(strstr(v->redacted, "maria.lopez"));
    ck_assert_ptr_nonnull(strstr(v->redacted, "The VPN drops"));
    esi_verdict_free(v);
    esi_desk_close(desk);
}
END_TEST

START_TEST(a_blocked_text_names_rule_category_reason_and_match) {
    esi_desk *desk = open_empty();
    esi_verdict *v = check(desk, "How do I read the other team's files?", ESI_ROLE_TRAINEE);
    ck_assert(v->blocked);
    ck_assert_ptr_nonnull(v->category);
    ck_assert_ptr_nonnull(v->rule);
    ck_assert_ptr_nonnull(v->reason);
    ck_assert_uint_ge(v->match_count, 1);
    ck_assert_int_ge(v->tier, ESI_TIER_1);
    esi_verdict_free(v);
    esi_desk_close(desk);
}
END_TEST

START_TEST(a_desk_without_its_store_still_checks) {
    esi_error err = {0};
    esi_desk *desk = NULL;
    esi_verdict *verdict = NULL;
    esi_guardrail_request request = ESI_GUARDRAIL_REQUEST_INIT;
    request.text = "";
    must(esi_desk_open(
             &(esi_options){
                 .size = sizeof(esi_options), .store = ":memory:", .history_messages = -1},
             &desk, &err),
         &err);
    ck_assert_int_eq(esi_guardrail_check(desk, &request, &verdict, &err), ESI_EINVAL);
    request.text = "x\xff";
    ck_assert_int_eq(esi_guardrail_check(desk, &request, &verdict, &err), ESI_EENCODING);
    char *big = calloc(1, ESI_TEXT_MAX_BYTES + 2);
    ck_assert_ptr_nonnull(big);
    memset(big, 'a', ESI_TEXT_MAX_BYTES + 1);
    request.text = big;
    ck_assert_int_eq(esi_guardrail_check(desk, &request, &verdict, &err), ESI_ETOOBIG);
    free(big);
    esi_desk_close(desk);
}
END_TEST

START_TEST(the_default_rules_are_well_and_a_bad_file_is_named_with_its_line) {
    esi_error err = {0};
    size_t size = 0;
    const char *text = esi_policy_default(&size);
    ck_assert_uint_gt(size, 1000);
    must(esi_policy_check(text, size, NULL, &err), &err);
    ck_assert_int_eq(
        esi_policy_check("{\"version\": 1,\n\"extends\": \"default\",\n\"guardrail\": 7\n}",
                         ESI_ZSTR, "site.json", &err),
        ESI_EPOLICY);
    ck_assert_ptr_nonnull(strstr(err.message, "site.json:3"));
}
END_TEST

int main(void) {
    TCase *t = tcase_create("guard");
    tcase_add_test(t, a_harmless_text_passes_and_its_secrets_are_masked);
    tcase_add_test(t, a_blocked_text_names_rule_category_reason_and_match);
    tcase_add_test(t, a_desk_without_its_store_still_checks);
    tcase_add_test(t, the_default_rules_are_well_and_a_bad_file_is_named_with_its_line);
    return tap_run("desk/guard", t);
}
