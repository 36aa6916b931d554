/* test_scenario.c: scenario files, as they are read; what is refused is tried by cli/eval. */
#include <string.h>

#include "scenario.h"
#include "tap.h"

static esi_err add(struct scenario_set *set, const char *text, esi_error *err) {
    return scenario_set_add(set, "f.jsonl", text, strlen(text), err);
}

START_TEST(the_short_and_the_long_form_are_one) {
    static const char text[] =
        "{\"id\":\"a\",\"history\":[\"x\",\"y\"],\"message\":\"z\",\"expect\":{\"ticket\":true}}\n"
        "{\"id\":\"b\",\"role\":\"support engineer\",\"context\":{\"module\":\"m\",\"k\":\"v\"},"
        "\"note\":\"why\",\"turns\":[{\"message\":\"x\"},{\"message\":\"y\",\"note\":\"n\"},"
        "{\"message\":\"z\",\"expect\":{\"ticket\":true}}]}";
    struct scenario_set set = {0};
    esi_error err = {0};
    ck_assert_int_eq(add(&set, text, &err), ESI_OK);
    ck_assert_uint_eq(set.count, 2);
    for (size_t i = 0; i < 2; i++) {
        const struct scenario *scenario = set.items[i];
        ck_assert_uint_eq(scenario->line, i + 1);
        ck_assert_uint_eq(scenario->turn_count, 3);
        ck_assert_str_eq(scenario->turns[0].message, "x");
        ck_assert_uint_eq(scenario->turns[0].expect.given, 0);
        ck_assert_str_eq(scenario->turns[2].message, "z");
        ck_assert_uint_eq(scenario->turns[2].expect.given, 1u << EXPECT_TICKET);
    }
    ck_assert_int_eq(set.items[0]->role, ESI_ROLE_TRAINEE);
    ck_assert_int_eq(set.items[1]->role, ESI_ROLE_SUPPORT_ENGINEER);
    ck_assert_uint_eq(set.items[1]->context_count, 2);
    scenario_set_clear(&set);
}
END_TEST

START_TEST(a_bad_line_leaves_those_before_it) {
    static const char text[] =
        "{\"id\":\"a\",\"message\":\"z\",\"expect\":{\"ticket\":true}}\n\nx\n";
    struct scenario_set set = {0};
    esi_error err = {0};
    ck_assert_int_eq(add(&set, text, &err), ESI_EPARSE);
    ck_assert_uint_eq(set.count, 1);
    ck_assert_int_eq(strncmp(err.message, "f.jsonl:3: ", 11), 0);
    scenario_set_clear(&set);
}
END_TEST

START_TEST(those_chosen_stay_in_their_order) {
    static const char text[] = "{\"id\":\"a\",\"message\":\"z\",\"expect\":{\"ticket\":true}}\n"
                               "{\"id\":\"b\",\"message\":\"z\",\"expect\":{\"ticket\":true}}\n"
                               "{\"id\":\"c\",\"message\":\"z\",\"expect\":{\"ticket\":true}}\n";
    struct scenario_set set = {0};
    esi_error err = {0};
    ck_assert_int_eq(add(&set, text, &err), ESI_OK);
    ck_assert_int_eq(scenario_set_choose(&set, "c,d", &err), ESI_ENOTFOUND);
    ck_assert_uint_eq(set.count, 3);
    ck_assert_int_eq(scenario_set_choose(&set, "c,a,c,", &err), ESI_OK);
    ck_assert_uint_eq(set.count, 2);
    ck_assert_str_eq(set.items[0]->id, "a");
    ck_assert_str_eq(set.items[1]->id, "c");
    scenario_set_clear(&set);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("scenario");
    tcase_add_test(t, the_short_and_the_long_form_are_one);
    tcase_add_test(t, a_bad_line_leaves_those_before_it);
    tcase_add_test(t, those_chosen_stay_in_their_order);
    return tap_run("server/scenario", t);
}
