#include "small_stack.h"

#include "calls.h"

/* ---- what is sent, and what is told --------------------------------------------------------- */

START_TEST(azure_is_spoken_to_as_it_wants) {
    const struct upstream_setup play = {.keep_requests = true};
    up[0] = upstream_start(&play);
    const esi_provider_config config = {
        .size = sizeof config,
        .base_url = arena_printf(&memory, "http://127.0.0.1:%d", upstream_port(up[0])),
        .api_key = "key-of-azure",
        .api_version = "2024-10-21",
        .chat_model = "helpdesk",
        .embedding_model = "",
        .log = logger};
    ck_assert_int_eq(endpoints_read(&config, &memory, &endpoints, &unused, &error), ESI_OK);
    struct ear ear = {.gives = false};
    struct endpoint *from = NULL;
    ck_assert_msg(run(&ear, &from) == ESI_OK, "%s", error.message);
    const char *request = upstream_request(up[0], 0);
    ck_assert_ptr_eq(strstr(request, "POST /openai/deployments/helpdesk/chat/completions"
                                     "?api-version=2024-10-21 HTTP/1.1\r\n"),
                     request);
    ck_assert_ptr_nonnull(strstr(request, "\r\napi-key: key-of-azure\r\n"));
    ck_assert_ptr_nonnull(strstr(request, "\r\nContent-Type: application/json\r\n"));
    ck_assert_ptr_null(strstr(request, "Authorization"));
}
END_TEST

START_TEST(fields_of_the_file_are_sent) {
    open_with((const char *const[]){"normal"}, 1, ",\"headers\":{\"X-Team\":\"blue\"}");
    struct ear ear = {.gives = false};
    struct endpoint *from = NULL;
    ck_assert_int_eq(run(&ear, &from), ESI_OK);
    const char *request = upstream_request(up[0], 0);
    ck_assert_ptr_nonnull(strstr(request, "\r\nX-Team: blue\r\n"));
    ck_assert_ptr_nonnull(strstr(request, "\r\nAuthorization: Bearer key-of-a-0123456789\r\n"));
}
END_TEST

START_TEST(each_key_goes_to_its_own_endpoint) {
    open_two("503", "normal");
    struct ear ear = {.gives = false};
    struct endpoint *from = NULL;
    (void)run(&ear, &from);
    (void)run(&ear, &from);
    for (size_t i = 0; i < 2; i++) {
        for (size_t n = 0; n < (size_t)asked(i); n++) {
            const char *request = upstream_request(up[i], n);
            ck_assert_ptr_nonnull(strstr(request, i == 0 ? "key-of-a" : "key-of-b"));
            ck_assert_ptr_null(strstr(request, i == 0 ? "key-of-b" : "key-of-a"));
        }
    }
}
END_TEST

START_TEST(no_redirect_takes_the_key_along) {
    const struct upstream_setup play = {.keep_requests = true};
    struct upstream *other = upstream_start(&play);
    open_one(arena_printf(&memory, "redirect to=http://localhost:%d", upstream_port(other)));
    struct ear ear = {.gives = false};
    struct endpoint *from = NULL;
    ck_assert_int_eq(run(&ear, &from), ESI_EUPSTREAM);
    ck_assert_int_eq(error.upstream_status, 307);
    ck_assert_int_eq(upstream_counts(other).requests, 0);
    upstream_stop(other);
}
END_TEST

/* Whatever an endpoint says, the key and what was asked stand nowhere. */
START_TEST(neither_the_key_nor_the_question_is_told) {
    static const char *const scripts[] = {
        "401 echo=1",
        "403 echo=1",
        "404 echo=1",
        "429 echo=1 retry=600",
        "400 echo=1",
        "500 echo=1",
        "503 echo=1 retry=600",
        "400 as=plain echo=1",
        "422 as=details",
        "400 what=context",
        "reset",
        "dead",
    };
    for (size_t i = 0; i < COUNT(scripts); i++) {
        open_one(scripts[i]);
        struct ear ear = {.gives = false};
        struct endpoint *from = NULL;
        ck_assert_int_ne(run(&ear, &from), ESI_OK);
        const char *told[] = {error.message, at(0)->problem, logged.p != NULL ? logged.p : ""};
        for (size_t n = 0; n < COUNT(told); n++) {
            ck_assert_msg(strstr(told[n], "key-of-a-0123456789") == NULL, "%s: %s", scripts[i],
                          told[n]);
            ck_assert_msg(strstr(told[n], "geheim") == NULL, "%s: %s", scripts[i], told[n]);
            ck_assert_ptr_null(strchr(told[n], '\r'));
        }
        close_all();
    }
}
END_TEST

START_TEST(what_an_endpoint_says_of_keys_models_and_limits_is_told) {
    static const struct {
        const char *script, *problem;
    } rows[] = {
        {"401", "HTTP 401, invalid_api_key: "},
        {"404", "HTTP 404, model_not_found: "},
        {"500 as=html", "HTTP 500"},
        {"400", "HTTP 400"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        open_one(rows[i].script);
        struct ear ear = {.gives = false};
        struct endpoint *from = NULL;
        ck_assert_int_ne(run(&ear, &from), ESI_OK);
        ck_assert_msg(strncmp(at(0)->problem, rows[i].problem, strlen(rows[i].problem)) == 0,
                      "%s: %s", rows[i].script, at(0)->problem);
        close_all();
    }
}
END_TEST

static void ask_once(void *context) {
    struct endpoint *from = NULL;
    (void)run(context, &from);
}

START_TEST(a_call_needs_little_stack) {
    open_two("429 echo=1 retry=0", "401 echo=1");
    struct ear ear = {.gives = false};
    const size_t used = small_stack_run(ask_once, &ear);
    ck_assert_uint_gt(ear.writes, 2);
    ck_assert_msg(used > 0 && used < SMALL_STACK_OURS, "%zu", used);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("call_tell");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, azure_is_spoken_to_as_it_wants);
    tcase_add_test(t, fields_of_the_file_are_sent);
    tcase_add_test(t, each_key_goes_to_its_own_endpoint);
    tcase_add_test(t, no_redirect_takes_the_key_along);
    tcase_add_test(t, neither_the_key_nor_the_question_is_told);
    tcase_add_test(t, what_an_endpoint_says_of_keys_models_and_limits_is_told);
    tcase_add_test(t, a_call_needs_little_stack);
    return tap_run("provider/call_tell", t);
}
