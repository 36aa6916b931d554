#include <esihelp/types.h>

#include "tap.h"

START_TEST(values_have_the_words_of_the_wire) {
    ck_assert_str_eq(esi_role_name(ESI_ROLE_SUPPORT_ENGINEER), "support_engineer");
    ck_assert_str_eq(esi_tier_name(ESI_TIER_0), "TIER_0");
    ck_assert_str_eq(esi_severity_name(ESI_SEVERITY_CRITICAL), "CRITICAL");
    ck_assert_str_eq(esi_coverage_name(ESI_COVERAGE_COVERED), "covered");
    ck_assert_str_eq(esi_act_name(ESI_ACT_SMALLTALK), "smalltalk");
    ck_assert_str_eq(esi_ticket_status_name(ESI_TICKET_IN_PROGRESS), "IN_PROGRESS");
}
END_TEST

START_TEST(what_isnt_given_has_no_word) {
    ck_assert_str_eq(esi_role_name(ESI_ROLE_NONE), "");
    ck_assert_str_eq(esi_coverage_name(ESI_COVERAGE_NULL), "");
}
END_TEST

START_TEST(a_number_that_is_no_value_has_no_word) {
    ck_assert_str_eq(esi_role_name((esi_role)6), "");
    ck_assert_str_eq(esi_role_name((esi_role)-1), "");
    ck_assert_str_eq(esi_tier_name((esi_tier)4), "");
    ck_assert_str_eq(esi_severity_name((esi_severity)4), "");
    ck_assert_str_eq(esi_coverage_name((esi_coverage)4), "");
    ck_assert_str_eq(esi_act_name((esi_act)7), "");
    ck_assert_str_eq(esi_ticket_status_name((esi_ticket_status)4), "");
}
END_TEST

START_TEST(every_word_reads_back) {
    for (int i = ESI_ROLE_TRAINEE; i <= ESI_ROLE_ADMIN; i++) {
        esi_role role = ESI_ROLE_NONE;
        ck_assert_int_eq(esi_role_parse(esi_role_name((esi_role)i), &role), ESI_OK);
        ck_assert_int_eq(role, i);
    }
    for (int i = 0; i < 4; i++) {
        esi_tier tier;
        esi_severity severity;
        esi_ticket_status status;
        ck_assert_int_eq(esi_tier_parse(esi_tier_name((esi_tier)i), &tier), ESI_OK);
        ck_assert_int_eq(tier, i);
        ck_assert_int_eq(esi_severity_parse(esi_severity_name((esi_severity)i), &severity), ESI_OK);
        ck_assert_int_eq(severity, i);
        ck_assert_int_eq(
            esi_ticket_status_parse(esi_ticket_status_name((esi_ticket_status)i), &status), ESI_OK);
        ck_assert_int_eq(status, i);
    }
}
END_TEST

START_TEST(case_and_the_gap_between_words_dont_count) {
    static const char *const same[] = {"support engineer", "Support-Engineer", "SUPPORT_ENGINEER"};
    for (size_t i = 0; i < 3; i++) {
        esi_role role = ESI_ROLE_NONE;
        ck_assert_int_eq(esi_role_parse(same[i], &role), ESI_OK);
        ck_assert_int_eq(role, ESI_ROLE_SUPPORT_ENGINEER);
    }
    esi_ticket_status status;
    ck_assert_int_eq(esi_ticket_status_parse("in progress", &status), ESI_OK);
    ck_assert_int_eq(status, ESI_TICKET_IN_PROGRESS);
}
END_TEST

START_TEST(unknown_words_change_nothing) {
    static const char *const bad[] = {NULL, "", "root", "admin ", "adm", "administrator", "1"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        esi_role role = ESI_ROLE_OPERATOR;
        ck_assert_int_eq(esi_role_parse(bad[i], &role), ESI_EINVAL);
        ck_assert_int_eq(role, ESI_ROLE_OPERATOR);
    }
    esi_tier tier = ESI_TIER_2;
    ck_assert_int_eq(esi_tier_parse("TIER_4", &tier), ESI_EINVAL);
    ck_assert_int_eq(tier, ESI_TIER_2);
    esi_severity severity = ESI_SEVERITY_HIGH;
    ck_assert_int_eq(esi_severity_parse("urgent", &severity), ESI_EINVAL);
    ck_assert_int_eq(severity, ESI_SEVERITY_HIGH);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("types");
    tcase_add_test(t, values_have_the_words_of_the_wire);
    tcase_add_test(t, what_isnt_given_has_no_word);
    tcase_add_test(t, a_number_that_is_no_value_has_no_word);
    tcase_add_test(t, every_word_reads_back);
    tcase_add_test(t, case_and_the_gap_between_words_dont_count);
    tcase_add_test(t, unknown_words_change_nothing);
    return tap_run("base/types", t);
}
