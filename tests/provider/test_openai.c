#include "asker.h"

#include "base/os.h"
#include "provider/provider.h"

/* ---- opening -------------------------------------------------------------------------------- */

static esi_provider_config a_config(const char *url) {
    return (esi_provider_config){.size = sizeof(esi_provider_config),
                                 .base_url = url,
                                 .chat_model = "gpt-4o",
                                 .wait = wait_for_ms(5000, NULL)};
}

START_TEST(it_is_found_by_its_name) {
    const esi_provider_ops *ops = NULL;
    ck_assert_int_eq(provider_find("openai", &ops, NULL), ESI_OK);
    ck_assert_ptr_eq(ops, &openai_ops);
}
END_TEST

START_TEST(it_says_what_it_is_asked_for) {
    struct upstream *u = asker_upstream("embed normal dims=8");
    esi_provider_config config = a_config(upstream_url(u));
    config.embedding_model = "nomic-embed-text";
    esi_provider *p = NULL;
    esi_error err = {0};
    ck_assert_msg(openai_ops.open(&config, &p, &err) == ESI_OK, "%s", err.message);
    esi_provider_info info;
    openai_ops.info(p, &info);
    ck_assert_str_eq(info.name, "openai");
    ck_assert_str_eq(info.chat_model, "gpt-4o");
    ck_assert_str_eq(info.embedding_model, "nomic-embed-text");
    ck_assert_int_eq(info.dimensions, 8);
    ck_assert(!info.local);
    openai_ops.close(p);
    upstream_stop(u);
}
END_TEST

START_TEST(where_no_vectors_are_wanted_nobody_is_asked_for_them) {
    struct upstream *u = asker_upstream("normal");
    esi_provider_config config = a_config(upstream_url(u));
    config.embedding_model = "";
    esi_provider *p = NULL;
    ck_assert_int_eq(openai_ops.open(&config, &p, NULL), ESI_OK);
    esi_provider_info info;
    openai_ops.info(p, &info);
    ck_assert_ptr_null(info.embedding_model);
    ck_assert_int_eq(info.dimensions, 0);
    ck_assert_int_eq(upstream_counts(u).requests, 0);
    openai_ops.close(p);
    upstream_stop(u);
}
END_TEST

START_TEST(a_configuration_that_is_wrong_is_refused) {
    esi_provider_config config = a_config("ftp://nowhere");
    esi_provider *p = NULL;
    esi_error err = {0};
    ck_assert_int_eq(openai_ops.open(&config, &p, &err), ESI_EINVAL);
    ck_assert_ptr_null(p);
    ck_assert_str_ne(err.message, "");
}
END_TEST

/* ---- reaching ------------------------------------------------------------------------------- */

START_TEST(an_endpoint_that_lists_its_models_is_reached) {
    struct asker a;
    asker_open(&a, "models normal", NULL);
    const esi_wait wait = wait_for_ms(5000, NULL);
    ck_assert_msg(openai_ops.probe(a.provider, &wait, &a.err) == ESI_OK, "%s", a.err.message);
    const char *sent = upstream_request(a.first, 0);
    ck_assert_int_eq(strncmp(sent, "GET /v1/models HTTP/", 20), 0);
    ck_assert_ptr_nonnull(strstr(sent, "Authorization: Bearer sk-secret-key\r\n"));
    asker_close(&a);
}
END_TEST

START_TEST(what_a_probe_is_answered_tells_whether_it_is_there) {
    static const struct {
        const char *play;
        esi_err result;
        int status;
    } cases[] = {{"models 404", ESI_OK, 0},
                 {"models 405", ESI_OK, 0},
                 {"models 401", ESI_EUPSTREAM, 401},
                 {"models 503", ESI_EUNAVAILABLE, 503},
                 {"models reset", ESI_EUNAVAILABLE, 0},
                 {"models rubbish bytes=9000000", ESI_OK, 0}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct asker a;
        asker_open(&a, cases[i].play, NULL);
        const esi_wait wait = wait_for_ms(5000, NULL);
        ck_assert_msg(openai_ops.probe(a.provider, &wait, &a.err) == cases[i].result, "%s: %s",
                      cases[i].play, a.err.message);
        ck_assert_int_eq(a.err.upstream_status, cases[i].status);
        ck_assert_ptr_null(strstr(a.err.message, "secret"));
        asker_close(&a);
    }
}
END_TEST

START_TEST(a_probe_ends_with_its_wait) {
    struct asker a;
    asker_open(&a, "models stall", NULL);
    const int64_t from = esi_clock_ns();
    const esi_wait wait = wait_for_ms(200, NULL);
    ck_assert_int_eq(openai_ops.probe(a.provider, &wait, &a.err), ESI_ETIMEOUT);
    ck_assert_int_lt((esi_clock_ns() - from) / NS_PER_MS, 3000);
    asker_close(&a);
}
END_TEST

START_TEST(one_endpoint_that_is_there_is_enough) {
    struct asker a;
    asker_open(&a, "models 503", "models normal");
    const esi_wait wait = wait_for_ms(5000, NULL);
    ck_assert_int_eq(openai_ops.probe(a.provider, &wait, &a.err), ESI_OK);
    ck_assert_int_eq(a.err.code, ESI_OK);
    asker_close(&a);
}
END_TEST

/* ---- telling -------------------------------------------------------------------------------- */

START_TEST(its_endpoints_tell_how_they_are) {
    struct asker a;
    asker_open(&a, "500", "normal");
    ck_assert_int_eq(asker_ask(&a), ESI_OK);
    const esi_endpoint_state *states = NULL;
    size_t count = 0;
    ck_assert_int_eq(openai_ops.endpoints(a.provider, &a.arena, &states, &count, NULL), ESI_OK);
    ck_assert_uint_eq(count, 2);
    ck_assert_str_eq(states[0].name, "first");
    ck_assert_str_eq(states[1].model, "local");
    ck_assert_int_eq(states[0].requests, upstream_counts(a.first).requests);
    ck_assert_int_eq(states[0].failures, states[0].requests);
    ck_assert_ptr_nonnull(states[0].problem);
    ck_assert_int_eq(states[1].requests, 1);
    ck_assert_int_eq(states[1].failures, 0);
    ck_assert_ptr_null(states[1].problem);
    asker_close(&a);
}
END_TEST

/* ---- many at a time ------------------------------------------------------------------------- */

#define THREADS 64
#define ROUNDS 3

/* Every line of what an endpoint may do, and more that is right. */
static const char weather[] = "chat normal times=12\n"
                              "chat fenced\nchat reorder\nchat cuts\nchat bytes\nchat batch\n"
                              "chat text\nchat no_usage\nchat refusal\nchat length\nchat filter\n"
                              "chat empty\nchat hidden\nchat truncated\nchat no_last\n"
                              "chat reset\nchat reset_mid\nchat reset_end\nchat close_mid\n"
                              "chat idle_rst\nchat next_rst\nchat next_fin\nchat 429 retry_ms=5\n"
                              "chat 500\nchat 502 as=html\nchat 503\nchat 401\n"
                              "chat normal lacks=json_schema\nchat rubbish bytes=3000000\n"
                              "chat normal whole=1\nchat slow ms=30\nchat slow_drip drip=1";

struct crowd {
    struct asker *asker;
    struct os_mutex lock;
    int answers, errors, charges;
};

static void ask_some(void *context) {
    struct crowd *crowd = context;
    for (int i = 0; i < ROUNDS; i++) {
        struct heard heard = {.n = 0};
        const esi_answer_listener listener = heard_listener(&heard);
        const esi_answer_request request = asker_request(&listener, 20000);
        esi_arena arena = {.max = 0};
        esi_answer answer = {.finish = ESI_FINISH_STOP};
        esi_error err = {0};
        const esi_err result =
            openai_ops.answer(crowd->asker->provider, &request, &arena, &answer, &err);
        os_lock(&crowd->lock);
        if (result == ESI_OK) {
            crowd->answers++;
            ck_assert(answer.finish == ESI_FINISH_REFUSAL ||
                      strcmp(answer.text.data, heard.text) == 0);
        } else {
            crowd->errors++;
            ck_assert_int_eq(err.code, result);
            ck_assert(result == ESI_EUPSTREAM || result == ESI_EUNAVAILABLE);
            ck_assert_ptr_null(strstr(err.message, "secret"));
        }
        crowd->charges += (int)heard.charge_count;
        os_unlock(&crowd->lock);
        arena_clear(&arena);
    }
}

START_TEST(many_ask_in_any_weather) {
    struct asker a;
    asker_open(&a, weather, weather);
    struct os_thread threads[THREADS];
    struct crowd crowd = {.asker = &a};
    ck_assert_int_eq(os_mutex_init(&crowd.lock, NULL), ESI_OK);
    for (size_t i = 0; i < THREADS; i++) {
        ck_assert_int_eq(os_thread_start(&threads[i], ask_some, &crowd, 0, NULL), ESI_OK);
    }
    for (size_t i = 0; i < THREADS; i++) {
        os_thread_join(&threads[i]);
    }
    ck_assert_int_eq(crowd.answers + crowd.errors, THREADS * ROUNDS);
    ck_assert_int_ge(crowd.answers, THREADS * ROUNDS / 2);
    ck_assert_int_ge(crowd.charges, crowd.answers / 2);
    os_mutex_clear(&crowd.lock);
    asker_close(&a);
}
END_TEST

int main(void) {
    asker_alone();
    TCase *t = tcase_create("openai");
    tcase_add_test(t, it_is_found_by_its_name);
    tcase_add_test(t, it_says_what_it_is_asked_for);
    tcase_add_test(t, where_no_vectors_are_wanted_nobody_is_asked_for_them);
    tcase_add_test(t, a_configuration_that_is_wrong_is_refused);
    tcase_add_test(t, an_endpoint_that_lists_its_models_is_reached);
    tcase_add_test(t, what_a_probe_is_answered_tells_whether_it_is_there);
    tcase_add_test(t, a_probe_ends_with_its_wait);
    tcase_add_test(t, one_endpoint_that_is_there_is_enough);
    tcase_add_test(t, its_endpoints_tell_how_they_are);
    tcase_add_test(t, many_ask_in_any_weather);
    return tap_run("provider/openai", t);
}
