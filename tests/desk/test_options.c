#include <unistd.h>

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

START_TEST(a_secret_may_stand_in_a_file_and_the_variable_goes_first) {
    esi_error err = {0};
    esi_options_memory *keep = NULL;
    char path[] = "/tmp/esi-options-XXXXXX";
    const int file = mkstemp(path);
    ck_assert_int_ge(file, 0);
    const char url[] = "postgres://a:b@h/d\n";
    ck_assert_int_eq(write(file, url, strlen(url)), (int)strlen(url));
    setenv("CONNECTION_PG_DB_FILE", path, 1);
    setenv("CONNECTION_PG_VECTORDB_FILE", path, 1);
    setenv("ESI_PG_REPLICA_FILE", path, 1);
    esi_options o = ESI_OPTIONS_INIT;
    must(esi_options_from_env(&o, &keep, &err), &err);
    ck_assert_str_eq(o.store, "postgres://a:b@h/d");
    ck_assert_str_eq(o.knowledge, "postgres://a:b@h/d");
    ck_assert_str_eq(o.replica, "postgres://a:b@h/d");
    esi_options_release(keep);
    setenv("ESI_STORE", "own.db", 1);
    setenv("ESI_PG_REPLICA", "postgres://r", 1);
    o = (esi_options)ESI_OPTIONS_INIT;
    must(esi_options_from_env(&o, &keep, &err), &err);
    ck_assert_str_eq(o.store, "own.db");
    ck_assert_str_eq(o.replica, "postgres://r");
    esi_options_release(keep);
    unsetenv("ESI_STORE");
    setenv("ESI_STORE_FILE", path, 1);
    ck_assert_int_eq(ftruncate(file, 0), 0);
    ck_assert_int_eq(esi_options_from_env(&o, &keep, &err), ESI_EINVAL);
    ck_assert_ptr_nonnull(strstr(err.message, path));
    close(file);
    unlink(path);
    unsetenv("ESI_STORE_FILE");
    unsetenv("ESI_PG_REPLICA");
    unsetenv("ESI_PG_REPLICA_FILE");
    unsetenv("CONNECTION_PG_DB_FILE");
    unsetenv("CONNECTION_PG_VECTORDB_FILE");
}
END_TEST

START_TEST(a_database_for_the_knowledge_base_alone_is_no_store) {
    esi_error err = {0};
    esi_options o = ESI_OPTIONS_INIT;
    o.knowledge = "postgres://nobody:secret@localhost/kb";
    ck_assert_int_eq(try_open(&o, &err), ESI_EINVAL);
    ck_assert_ptr_nonnull(strstr(err.message, "CONNECTION_PG_DB"));
    ck_assert_ptr_null(strstr(err.message, "secret"));
}
END_TEST

static void count_warnings(const esi_log_entry *entry, void *context) {
    *(int *)context += entry->level == ESI_LOG_WARN && strstr(entry->message, "knowledge") != NULL;
}

START_TEST(a_file_has_no_use_for_another_database_and_says_so) {
    esi_error err = {0};
    int warnings = 0;
    esi_options o = in_memory();
    o.knowledge = "postgres://nobody@localhost/kb";
    o.log = count_warnings;
    o.log_context = &warnings;
    must(try_open(&o, &err), &err);
    ck_assert_int_eq(warnings, 1);
}
END_TEST

START_TEST(what_is_no_address_of_a_database_is_refused_without_repeating_it) {
    esi_error err = {0};
    esi_options o = in_memory();
    o.knowledge = "host=h password=secret";
    ck_assert_int_eq(try_open(&o, &err), ESI_EINVAL);
    ck_assert_ptr_nonnull(strstr(err.message, "CONNECTION_PG_VECTORDB"));
    ck_assert_ptr_null(strstr(err.message, "secret"));
    o = in_memory();
    o.replica = "mysql://u:secret@h/d";
    ck_assert_int_eq(try_open(&o, &err), ESI_EINVAL);
    ck_assert_ptr_nonnull(strstr(err.message, "ESI_PG_REPLICA"));
    ck_assert_ptr_null(strstr(err.message, "secret"));
}
END_TEST

START_TEST(words_and_numbers_for_a_database_have_limits) {
    esi_error err = {0};
    esi_options o = in_memory();
    o.connections = 1001;
    ck_assert_int_eq(try_open(&o, &err), ESI_EINVAL);
    ck_assert_ptr_nonnull(strstr(err.message, "ESI_PG_CONNECTIONS"));
    o = in_memory();
    o.prepare = "sometimes";
    ck_assert_int_eq(try_open(&o, &err), ESI_EINVAL);
    ck_assert_ptr_nonnull(strstr(err.message, "ESI_PG_PREPARE"));
    o = in_memory();
    o.search = "elsewhere";
    ck_assert_int_eq(try_open(&o, &err), ESI_EINVAL);
    ck_assert_ptr_nonnull(strstr(err.message, "ESI_PG_SEARCH"));
    o = in_memory();
    o.search = "database"; /* a file can't: it is passed over */
    must(try_open(&o, &err), &err);
    o = in_memory();
    o.prepare = "Off";
    o.connections = 1;
    must(try_open(&o, &err), &err);
}
END_TEST

START_TEST(money_is_read_as_people_write_it) {
    static const struct {
        const char *text;
        int64_t millionths; /* -1: refused */
    } cases[] = {{"12", 12000000}, {"0.25", 250000}, {"0", 0},     {"0.000001", 1},
                 {"1.", -1},       {".5", -1},       {"-1", -1},   {"0.0000001", -1},
                 {"1,5", -1},      {"1e3", -1},      {"five", -1}, {"1000000001", -1}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        esi_error err = {0};
        esi_options_memory *keep = NULL;
        esi_options o = ESI_OPTIONS_INIT;
        setenv("ESI_DAY_COST", cases[i].text, 1);
        const esi_err rc = esi_options_from_env(&o, &keep, &err);
        if (cases[i].millionths < 0) {
            ck_assert_msg(rc == ESI_EINVAL, "%s", cases[i].text);
            ck_assert_ptr_nonnull(strstr(err.message, "ESI_DAY_COST"));
        } else {
            must(rc, &err);
            ck_assert_msg(o.day_cost == cases[i].millionths, "%s", cases[i].text);
            esi_options_release(keep);
        }
        unsetenv("ESI_DAY_COST");
    }
}
END_TEST

START_TEST(what_a_model_is_told_comes_from_the_environment) {
    static const struct {
        const char *variable;
        size_t at;
    } texts[] = {{"ESI_ENDPOINTS", offsetof(esi_options, endpoints)},
                 {"ESI_EMBEDDING_BASE_URL", offsetof(esi_options, embedding_base_url)},
                 {"ESI_EMBEDDING_API_KEY", offsetof(esi_options, embedding_api_key)},
                 {"ESI_EMBEDDING_PROVIDER", offsetof(esi_options, embedding_provider)},
                 {"ESI_API_VERSION", offsetof(esi_options, api_version)},
                 {"ESI_CA_FILE", offsetof(esi_options, ca_file)},
                 {"ESI_CLIENT_CERT", offsetof(esi_options, client_cert)},
                 {"ESI_CLIENT_KEY", offsetof(esi_options, client_key)},
                 {"ESI_PROXY", offsetof(esi_options, proxy)},
                 {"ESI_PRICES", offsetof(esi_options, prices)}};
    esi_error err = {0};
    esi_options_memory *keep = NULL;
    esi_options o = ESI_OPTIONS_INIT;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        setenv(texts[i].variable, texts[i].variable, 1);
    }
    setenv("ESI_SESSION_TOKENS", "0", 1);
    setenv("ESI_ANSWER_TOKENS", "64", 1);
    must(esi_options_from_env(&o, &keep, &err), &err);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        const char *text = NULL;
        memcpy(&text, (const char *)&o + texts[i].at, sizeof(text));
        ck_assert_str_eq(text, texts[i].variable);
        unsetenv(texts[i].variable);
    }
    ck_assert_int_eq(o.session_tokens, 0);
    ck_assert_int_eq(o.answer_tokens, 64);
    unsetenv("ESI_SESSION_TOKENS");
    unsetenv("ESI_ANSWER_TOKENS");
    esi_options_release(keep);
}
END_TEST

START_TEST(what_does_not_go_together_for_a_model_is_refused_by_name) {
    esi_error err = {0};
    esi_options o = in_memory();
    o.embedding_provider = "oracle";
    ck_assert_int_eq(try_open(&o, &err), ESI_EINVAL);
    ck_assert_ptr_nonnull(strstr(err.message, "ESI_EMBEDDING_PROVIDER"));
    o = in_memory();
    o.client_key = "key.pem";
    ck_assert_int_eq(try_open(&o, &err), ESI_EINVAL);
    ck_assert_ptr_nonnull(strstr(err.message, "ESI_CLIENT_CERT"));
    o = in_memory();
    o.answer_tokens = 63;
    ck_assert_int_eq(try_open(&o, &err), ESI_EINVAL);
    ck_assert_ptr_nonnull(strstr(err.message, "ESI_ANSWER_TOKENS"));
    o = in_memory();
    o.day_cost = -1;
    ck_assert_int_eq(try_open(&o, &err), ESI_EINVAL);
    ck_assert_ptr_nonnull(strstr(err.message, "ESI_DAY_COST"));
}
END_TEST

int main(void) {
    TCase *t = tcase_create("options");
    tcase_add_test(t, a_number_outside_its_limits_is_refused_by_name);
    tcase_add_test(t, an_older_and_smaller_struct_is_accepted);
    tcase_add_test(t, an_unknown_provider_or_rule_file_is_named);
    tcase_add_test(t, the_environment_fills_what_is_set_and_leaves_the_rest);
    tcase_add_test(t, a_secret_may_stand_in_a_file_and_the_variable_goes_first);
    tcase_add_test(t, a_database_for_the_knowledge_base_alone_is_no_store);
    tcase_add_test(t, a_file_has_no_use_for_another_database_and_says_so);
    tcase_add_test(t, what_is_no_address_of_a_database_is_refused_without_repeating_it);
    tcase_add_test(t, words_and_numbers_for_a_database_have_limits);
    tcase_add_test(t, money_is_read_as_people_write_it);
    tcase_add_test(t, what_a_model_is_told_comes_from_the_environment);
    tcase_add_test(t, what_does_not_go_together_for_a_model_is_refused_by_name);
    return tap_run("desk/options", t);
}
