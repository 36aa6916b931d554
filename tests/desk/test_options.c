#include "fixture.h"

static esi_err try_open(const esi_options *options, esi_error *err) {
    esi_desk *desk = NULL;
    const esi_err rc = esi_desk_open(options, &desk, err);
    esi_desk_close(desk);
    return rc;
}

static esi_options in_memory(void) {
    esi_options o = ESI_OPTIONS_INIT;
    o.store = ":memory:";
    return o;
}

START_TEST(a_number_outside_its_limits_is_refused_by_name) {
    esi_error err = {0};
    esi_options o = in_memory();
    o.deadline_ms = 99;
    ck_assert_int_eq(try_open(&o, &err), ESI_EINVAL);
    ck_assert_ptr_nonnull(strstr(err.message, "deadline_ms"));
    o = in_memory();
    o.history_messages = 51;
    ck_assert_int_eq(try_open(&o, &err), ESI_EINVAL);
    ck_assert_ptr_nonnull(strstr(err.message, "history_messages"));
    o = in_memory();
    o.passages = 13;
    ck_assert_int_eq(try_open(&o, &err), ESI_EINVAL);
    o = in_memory();
    ck_assert_int_eq(try_open(&o, &err), ESI_OK);
}
END_TEST

START_TEST(an_older_and_smaller_struct_is_accepted) {
    esi_error err = {0};
    esi_options o = in_memory();
    o.size = offsetof(esi_options, provider);
    ck_assert_int_eq(try_open(&o, &err), ESI_OK);
    o.size = 3;
    ck_assert_int_eq(try_open(&o, &err), ESI_EINVAL);
}
END_TEST

START_TEST(an_unknown_provider_or_rule_file_is_named) {
    esi_error err = {0};
    esi_options o = in_memory();
    o.provider = "oracle";
    ck_assert_int_eq(try_open(&o, &err), ESI_EINVAL);
    ck_assert_ptr_nonnull(strstr(err.message, "oracle"));
    o = in_memory();
    o.policy = "/no/such/policy.json";
    ck_assert_int_eq(try_open(&o, &err), ESI_ENOTFOUND);
    ck_assert_ptr_nonnull(strstr(err.message, "/no/such/policy.json"));
    o = in_memory();
    o.provider = "custom";
    ck_assert_int_eq(try_open(&o, &err), ESI_EINVAL);
}
END_TEST

START_TEST(the_environment_fills_what_is_set_and_leaves_the_rest) {
    esi_error err = {0};
    esi_options_memory *keep = NULL;
    unsetenv("ESI_STORE");
    setenv("CONNECTION_PG_DB", "from-the-seed.db", 1);
    setenv("CONNECTION_NAME", "docs", 1);
    setenv("ESI_PASSAGES", "3", 1);
    esi_options o = ESI_OPTIONS_INIT;
    o.platform = "Northgate";
    must(esi_options_from_env(&o, &keep, &err), &err);
    ck_assert_str_eq(o.store, "from-the-seed.db");
    ck_assert_str_eq(o.collection, "docs");
    ck_assert_int_eq(o.passages, 3);
    ck_assert_str_eq(o.platform, "Northgate");
    ck_assert_int_eq(o.history_messages, -1);
    esi_options_release(keep);
    setenv("ESI_STORE", "own.db", 1);
    o = (esi_options)ESI_OPTIONS_INIT;
    must(esi_options_from_env(&o, &keep, &err), &err);
    ck_assert_str_eq(o.store, "own.db");
    esi_options_release(keep);
    setenv("ESI_PASSAGES", "many", 1);
    ck_assert_int_eq(esi_options_from_env(&o, &keep, &err), ESI_EINVAL);
    ck_assert_ptr_nonnull(strstr(err.message, "ESI_PASSAGES"));
    unsetenv("ESI_PASSAGES");
    setenv("OPENAI_API_KEY_FILE", "/no/such/key", 1);
    ck_assert_int_eq(esi_options_from_env(&o, &keep, &err), ESI_ENOTFOUND);
    unsetenv("OPENAI_API_KEY_FILE");
    unsetenv("ESI_STORE");
    unsetenv("CONNECTION_NAME");
    unsetenv("CONNECTION_PG_DB");
}
END_TEST

int main(void) {
    TCase *t = tcase_create("options");
    tcase_add_test(t, a_number_outside_its_limits_is_refused_by_name);
    tcase_add_test(t, an_older_and_smaller_struct_is_accepted);
    tcase_add_test(t, an_unknown_provider_or_rule_file_is_named);
    tcase_add_test(t, the_environment_fills_what_is_set_and_leaves_the_rest);
    return tap_run("desk/options", t);
}
