#include "asker.h"

#include "base/cancel.h"
#include "base/os.h"

#define SAID "Restart the client. Then try again."

/* ---- forms of a good answer ----------------------------------------------------------------- */

START_TEST(an_answer_in_any_dress_is_the_same) {
    static const char *const plays[] = {"normal",
                                        "normal whole=1",
                                        "fenced",
                                        "prose",
                                        "reorder",
                                        "no_usage",
                                        "no_done",
                                        "bytes",
                                        "crlf",
                                        "cr",
                                        "comments",
                                        "bom",
                                        "batch",
                                        "cuts",
                                        "ascii",
                                        "twice",
                                        "extra",
                                        "early",
                                        "http10",
                                        "slow_drip",
                                        "normal bom=1 whole=1",
                                        "normal ascii=2 cut=1 delta=1",
                                        "normal whole=1 extra=1 twice=1",
                                        "normal keep=99"};
    struct asker a;
    asker_open(&a, "normal", NULL);
    for (size_t i = 0; i < sizeof(plays) / sizeof(*plays); i++) {
        char script[100];
        (void)snprintf(script, sizeof(script), "%s say=%s", plays[i],
                       SAID " \xc3\xa9\xf0\x9f\x98\x80");
        upstream_play(a.first, script);
        const esi_err result = asker_ask(&a);
        ck_assert_msg(result == ESI_OK, "%s: %s", plays[i], a.err.message);
        ck_assert_msg(strcmp(a.answer.text.data, SAID " \xc3\xa9\xf0\x9f\x98\x80") == 0, "%s: %s",
                      plays[i], a.answer.text.data);
        ck_assert_str_eq(a.heard.text, a.answer.text.data);
        ck_assert_msg(a.answer.has_cited && a.answer.cited_count == 1, "%s", plays[i]);
        ck_assert_str_eq(a.answer.cited[0], "s1");
        ck_assert_str_eq(a.heard.cited, "s1");
        ck_assert_int_eq(a.heard.cited_calls, 1);
        ck_assert_int_eq(a.heard.restarts, 0);
        ck_assert_uint_eq(a.heard.charge_count, 1);
    }
    asker_close(&a);
}
END_TEST

START_TEST(an_answer_comes_while_it_is_written) {
    struct asker a;
    asker_open(&a, "normal drip=20", NULL);
    asker_hears(&a, ESI_FINISH_STOP, SAID);
    ck_assert_int_gt(a.heard.pieces, 1);
    ck_assert_str_eq(a.answer.model, "gpt-4o");
    ck_assert(a.answer.advice.has_tier && a.answer.advice.tier == ESI_TIER_1);
    asker_close(&a);
}
END_TEST

START_TEST(nobody_has_to_listen) {
    struct asker a;
    asker_open(&a, "normal", NULL);
    a.request.listener = NULL;
    asker_hears(&a, ESI_FINISH_STOP, SAID);
    ck_assert_int_eq(a.heard.pieces, 0);
    asker_close(&a);
}
END_TEST

START_TEST(words_without_json_are_an_answer_that_cites_nothing) {
    struct asker a;
    asker_open(&a, "text", NULL);
    asker_hears(&a, ESI_FINISH_STOP, SAID);
    ck_assert(!a.answer.has_cited);
    ck_assert_str_eq(a.heard.text, SAID);
    asker_close(&a);
}
END_TEST

START_TEST(what_a_model_thinks_aloud_is_left_out) {
    struct asker a;
    asker_open(&a,
               "normal raw=<think>Maybe "
               "{\"answer\":\"no\"}?</think>{\"cited\":[\"s2\"],\"answer\":\"Yes.\"}",
               NULL);
    asker_hears(&a, ESI_FINISH_STOP, "Yes.");
    ck_assert_str_eq(a.answer.cited[0], "s2");
    asker_close(&a);
}
END_TEST

START_TEST(an_id_that_wasnt_offered_is_left_out) {
    struct asker a;
    asker_open(&a, "normal raw={\"cited\":[\"s99\"],\"answer\":\"Yes.\"}", NULL);
    asker_hears(&a, ESI_FINISH_STOP, "Yes.");
    ck_assert(a.answer.has_cited);
    ck_assert_uint_eq(a.answer.cited_count, 0);
    asker_close(&a);
}
END_TEST

START_TEST(the_model_is_told_what_was_asked) {
    struct asker a;
    asker_open(&a, "normal", NULL);
    asker_hears(&a, ESI_FINISH_STOP, SAID);
    const char *sent = upstream_request(a.first, 0);
    ck_assert_int_eq(strncmp(sent, "POST /v1/chat/completions HTTP/", 31), 0);
    ck_assert_ptr_nonnull(strstr(sent, "Authorization: Bearer sk-secret-key\r\n"));
    ck_assert_ptr_nonnull(strstr(sent, "Content-Type: application/json\r\n"));
    ck_assert_ptr_nonnull(strstr(sent, "{\"role\":\"assistant\",\"content\":\"Since when?\"}"));
    asker_close(&a);
}
END_TEST

/* ---- other ends ----------------------------------------------------------------------------- */

START_TEST(a_model_that_declines_is_a_refusal) {
    static const char *const plays[] = {"refusal", "refusal whole=1"};
    for (size_t i = 0; i < 2; i++) {
        struct asker a;
        asker_open(&a, plays[i], NULL);
        asker_hears(&a, ESI_FINISH_REFUSAL, "I'm sorry, I can't help with that.");
        ck_assert_int_eq(a.heard.pieces, 0);
        ck_assert_uint_eq(a.heard.charge_count, 1);
        asker_close(&a);
    }
}
END_TEST

START_TEST(an_answer_cut_at_its_limit_says_so) {
    struct asker a;
    asker_open(&a, "length", NULL);
    ck_assert_int_eq(asker_ask(&a), ESI_OK);
    ck_assert_int_eq(a.answer.finish, ESI_FINISH_LENGTH);
    ck_assert_uint_gt(a.answer.text.size, 0);
    ck_assert_str_eq(a.heard.text, a.answer.text.data);
    ck_assert_int_eq(strncmp(SAID, a.answer.text.data, a.answer.text.size), 0);
    asker_close(&a);
}
END_TEST

START_TEST(the_content_filter_is_an_end) {
    static const char *const plays[] = {"filter", "400 what=filter", "400 what=filter as=azure",
                                        "400 what=filter hidden=1"};
    for (size_t i = 0; i < sizeof(plays) / sizeof(*plays); i++) {
        struct asker a;
        asker_open(&a, plays[i], "normal");
        const esi_err result = asker_ask(&a);
        ck_assert_msg(result == ESI_OK, "%s: %s", plays[i], a.err.message);
        ck_assert_msg(a.answer.finish == ESI_FINISH_FILTER, "%s", plays[i]);
        ck_assert_str_eq(a.heard.text, a.answer.text.data);
        ck_assert_int_eq(upstream_counts(a.second).requests, 0);
        asker_close(&a);
    }
}
END_TEST

/* ---- what isn't an answer ------------------------------------------------------------------- */

#define OTHER "chat normal say=Another."

START_TEST(another_endpoint_answers_in_place_of_one_that_doesnt) {
    static const char *const plays[] = {
        "empty",
        "null",
        "normal raw={\"x\":1}",
        "normal raw={\"cited\":[\"s1\"],\"answer\":\"\"}",
        "empty finish=length",
        "normal content=null finish=tool_calls",
        "body body={\"choices\":[]}",
        "body body={\"error\":{\"message\":\"no\"}}",
        "body body=<html>no</html>",
        "body body=",
        "hidden",
        "hidden whole=1",
        "invalid whole=1 truncated=1",
        "truncated",
        "truncated whole=1",
        "no_last done=0",
        "reset",
        "reset_mid",
        "close",
        "close_mid",
        "401",
        "404",
        "400",
        "400 what=context",
        "500",
        "502 as=html",
        "rubbish bytes=8000000",
        "rubbish bytes=8000000 as=sse",
        "rubbish bytes=8000000 as=events",
        "rubbish bytes=8000000 as=json",
    };
    for (size_t i = 0; i < sizeof(plays) / sizeof(*plays); i++) {
        struct asker a;
        asker_open(&a, plays[i], OTHER);
        const esi_err result = asker_ask(&a);
        ck_assert_msg(result == ESI_OK, "%s: %s", plays[i], a.err.message);
        ck_assert_msg(strcmp(a.answer.text.data, "Another.") == 0, "%s: %s", plays[i],
                      a.answer.text.data);
        ck_assert_str_eq(a.heard.text, "Another.");
        ck_assert_str_eq(a.answer.model, "local");
        asker_close(&a);
    }
}
END_TEST

START_TEST(without_another_endpoint_it_is_an_error) {
    static const char *const plays[] = {"empty",     "null", "hidden", "truncated",
                                        "close_mid", "401",  "400",    "body body=<html></html>"};
    for (size_t i = 0; i < sizeof(plays) / sizeof(*plays); i++) {
        struct asker a;
        asker_open(&a, plays[i], NULL);
        const esi_err result = asker_ask(&a);
        ck_assert_msg(result == ESI_EUPSTREAM, "%s: %s: %s", plays[i], esi_err_name(result),
                      a.err.message);
        ck_assert_ptr_null(strstr(a.err.message, "secret"));
        ck_assert_ptr_null(strstr(a.err.message, "VPN"));
        asker_close(&a);
    }
}
END_TEST

START_TEST(two_empty_answers_are_enough) {
    struct asker a;
    asker_open(&a, "empty", "empty");
    ck_assert_int_eq(asker_ask(&a), ESI_EUPSTREAM);
    ck_assert_int_eq(upstream_counts(a.first).requests, 1);
    ck_assert_int_eq(upstream_counts(a.second).requests, 1);
    ck_assert_uint_eq(a.heard.charge_count, 2);
    asker_close(&a);
}
END_TEST

START_TEST(what_was_shown_is_taken_back_before_another_begins) {
    struct asker a;
    asker_open(&a, "close_mid say=This begins well and has a good many words before it ends.",
               OTHER);
    asker_hears(&a, ESI_FINISH_STOP, "Another.");
    ck_assert_int_eq(a.heard.restarts, 1);
    ck_assert_uint_eq(a.heard.charge_count, 2);
    ck_assert(a.heard.charges[0].estimated);
    asker_close(&a);
}
END_TEST

START_TEST(who_cant_take_back_what_was_shown_gets_an_error) {
    struct asker a;
    asker_open(&a, "close_mid say=This begins well and has a good many words before it ends.",
               OTHER);
    a.listener.on_restart = NULL;
    ck_assert_int_eq(asker_ask(&a), ESI_EUPSTREAM);
    ck_assert_int_eq(upstream_counts(a.second).requests, 0);
    asker_close(&a);
}
END_TEST

/* ---- forms that an endpoint doesn't take ---------------------------------------------------- */

START_TEST(what_an_endpoint_refuses_is_learned_once) {
    static const char *const lacks[] = {
        "json_schema",
        "json_schema,json_object",
        "response_format",
        "stream",
        "stream_options",
        "max_completion_tokens",
        "temperature",
        "system",
        "json_schema,stream_options,max_completion_tokens,temperature"};
    static const char *const forms[] = {"openai", "vllm", "string", "detail", "litellm"};
    for (size_t i = 0; i < sizeof(lacks) / sizeof(*lacks); i++) {
        char script[200];
        struct asker a;
        (void)snprintf(script, sizeof(script), "normal lacks=%s as=%s", lacks[i],
                       forms[i % (sizeof(forms) / sizeof(*forms))]);
        asker_open(&a, script, NULL);
        const esi_err result = asker_ask(&a);
        ck_assert_msg(result == ESI_OK, "%s: %s", script, a.err.message);
        ck_assert_str_eq(a.answer.text.data, SAID);
        ck_assert_uint_eq(a.heard.charge_count, 1);
        const int64_t learning = upstream_counts(a.first).requests;
        ck_assert_int_gt(learning, 1);
        ck_assert_int_le(learning, 6);
        ck_assert_int_eq(asker_ask(&a), ESI_OK);
        ck_assert_int_eq(upstream_counts(a.first).requests, learning + 1);
        asker_close(&a);
    }
}
END_TEST

START_TEST(a_refusal_whatever_is_left_out_teaches_nothing) {
    struct asker a;
    asker_open(&a, "400 as=empty times=20", NULL);
    ck_assert_int_ne(asker_ask(&a), ESI_OK);
    const int64_t asked = upstream_counts(a.first).requests;
    ck_assert_int_gt(asked, 1);
    upstream_play(a.first, "normal");
    ck_assert_int_eq(asker_ask(&a), ESI_OK);
    ck_assert_int_eq(upstream_counts(a.first).requests, asked + 1);
    const char *sent = upstream_request(a.first, (size_t)asked);
    ck_assert_ptr_nonnull(strstr(sent, "json_schema"));
    ck_assert_ptr_nonnull(strstr(sent, "stream_options"));
    asker_close(&a);
}
END_TEST

START_TEST(a_refusal_of_every_form_ends) {
    struct asker a;
    asker_open(&a, "400 what=json_schema; 400 what=json_object times=100", NULL);
    ck_assert_int_eq(asker_ask(&a), ESI_EUPSTREAM);
    ck_assert_int_lt(upstream_counts(a.first).requests, 12);
    ck_assert_int_eq(a.err.upstream_status, 400);
    asker_close(&a);
}
END_TEST

/* ---- costs ---------------------------------------------------------------------------------- */

START_TEST(usage_is_told_as_the_endpoint_counts) {
    struct asker a;
    asker_open(&a, "normal model=gpt-4o-2024-08-06", NULL);
    asker_hears(&a, ESI_FINISH_STOP, SAID);
    ck_assert_uint_eq(a.heard.charge_count, 1);
    ck_assert_str_eq(a.heard.models[0], "gpt-4o-2024-08-06");
    ck_assert_str_eq(a.answer.model, "gpt-4o-2024-08-06");
    ck_assert(!a.heard.charges[0].estimated);
    ck_assert_int_gt(a.heard.charges[0].input_tokens, 0);
    ck_assert_int_gt(a.heard.charges[0].output_tokens, 0);
    asker_close(&a);
}
END_TEST

START_TEST(what_the_endpoint_doesnt_count_is_estimated) {
    static const char *const plays[] = {"no_usage", "no_usage whole=1"};
    for (size_t i = 0; i < 2; i++) {
        struct asker a;
        asker_open(&a, plays[i], NULL);
        asker_hears(&a, ESI_FINISH_STOP, SAID);
        ck_assert_uint_eq(a.heard.charge_count, 1);
        ck_assert(a.heard.charges[0].estimated);
        ck_assert_int_ge(a.heard.charges[0].input_tokens, 20);
        ck_assert_int_le(a.heard.charges[0].input_tokens, 200);
        ck_assert_int_ge(a.heard.charges[0].output_tokens, 5);
        ck_assert_int_le(a.heard.charges[0].output_tokens, 40);
        asker_close(&a);
    }
}
END_TEST

START_TEST(what_was_refused_costs_nothing) {
    struct asker a;
    asker_open(&a, "429 retry_ms=1; hidden whole=1; normal", OTHER);
    asker_hears(&a, ESI_FINISH_STOP, "Another.");
    ck_assert_uint_eq(a.heard.charge_count, 1);
    asker_close(&a);
}
END_TEST

/* ---- stopping ------------------------------------------------------------------------------- */

START_TEST(a_listener_may_stop_at_a_piece) {
    struct asker a;
    asker_open(&a, "normal drip=20", NULL);
    a.heard.stop_at_piece = 1;
    ck_assert_int_eq(asker_ask(&a), ESI_OK);
    ck_assert_int_eq(a.answer.finish, ESI_FINISH_STOPPED);
    ck_assert_int_eq(a.heard.pieces, 1);
    ck_assert_str_eq(a.answer.text.data, a.heard.text);
    ck_assert_uint_eq(a.answer.text.size, a.heard.n);
    ck_assert_uint_eq(a.heard.charge_count, 1);
    ck_assert(a.heard.charges[0].estimated);
    asker_close(&a);
}
END_TEST

START_TEST(a_listener_may_stop_before_the_text) {
    struct asker a;
    asker_open(&a, "normal drip=20", NULL);
    a.heard.stop_at_cited = 1;
    ck_assert_int_eq(asker_ask(&a), ESI_OK);
    ck_assert_int_eq(a.answer.finish, ESI_FINISH_STOPPED);
    ck_assert_int_eq(a.heard.pieces, 0);
    ck_assert_uint_eq(a.answer.text.size, 0);
    asker_close(&a);
}
END_TEST

START_TEST(a_listener_may_stop_a_text_that_came_at_once) {
    struct asker a;
    asker_open(&a, "reorder", NULL);
    a.heard.stop_at_piece = 1;
    ck_assert_int_eq(asker_ask(&a), ESI_OK);
    ck_assert_int_eq(a.answer.finish, ESI_FINISH_STOPPED);
    ck_assert_str_eq(a.answer.text.data, SAID);
    asker_close(&a);
}
END_TEST

START_TEST(a_listener_may_stop_at_a_restart) {
    struct asker a;
    asker_open(&a, "close_mid say=This begins well and has a good many words before it ends.",
               OTHER);
    a.heard.stop_at_restart = 1;
    ck_assert_int_eq(asker_ask(&a), ESI_OK);
    ck_assert_int_eq(a.answer.finish, ESI_FINISH_STOPPED);
    ck_assert_int_eq(upstream_counts(a.second).requests, 0);
    asker_close(&a);
}
END_TEST

START_TEST(silence_is_told_once_a_second_and_may_be_ended) {
    struct asker a;
    asker_open(&a, "stall", NULL);
    a.heard.stop_at_tick = 1;
    const int64_t from = esi_clock_ns();
    ck_assert_int_eq(asker_ask(&a), ESI_OK);
    ck_assert_int_eq(a.answer.finish, ESI_FINISH_STOPPED);
    ck_assert_int_lt((esi_clock_ns() - from) / NS_PER_MS, 5000);
    asker_close(&a);
}
END_TEST

START_TEST(a_silent_endpoint_ends_with_the_wait) {
    static const char *const plays[] = {"stall", "stall_mid"};
    for (size_t i = 0; i < 2; i++) {
        struct asker a;
        asker_open(&a, plays[i], NULL);
        a.request.wait = wait_for_ms(300, NULL);
        const int64_t from = esi_clock_ns();
        ck_assert_int_eq(asker_ask(&a), ESI_ETIMEOUT);
        ck_assert_int_lt((esi_clock_ns() - from) / NS_PER_MS, 3000);
        ck_assert_uint_eq(a.heard.charge_count, 1); /* it may have been worked on */
        ck_assert(a.heard.charges[0].estimated);
        asker_close(&a);
    }
}
END_TEST

static void fire(void *context) {
    esi_cancel_fire(context);
}

START_TEST(a_switch_ends_it_at_once) {
    struct asker a;
    struct os_thread thread;
    esi_cancel *cancel = esi_cancel_create();
    asker_open(&a, "stall", NULL);
    a.request.wait = wait_for_ms(10000, cancel);
    ck_assert_int_eq(os_thread_start(&thread, fire, cancel, 0, NULL), ESI_OK);
    const int64_t from = esi_clock_ns();
    ck_assert_int_eq(asker_ask(&a), ESI_ECANCELLED);
    ck_assert_int_lt((esi_clock_ns() - from) / NS_PER_MS, 3000);
    os_thread_join(&thread);
    asker_close(&a);
    esi_cancel_free(cancel);
}
END_TEST

int main(void) {
    asker_alone();
    TCase *t = tcase_create("openai_answer");
    tcase_add_test(t, an_answer_in_any_dress_is_the_same);
    tcase_add_test(t, an_answer_comes_while_it_is_written);
    tcase_add_test(t, nobody_has_to_listen);
    tcase_add_test(t, words_without_json_are_an_answer_that_cites_nothing);
    tcase_add_test(t, what_a_model_thinks_aloud_is_left_out);
    tcase_add_test(t, an_id_that_wasnt_offered_is_left_out);
    tcase_add_test(t, the_model_is_told_what_was_asked);
    tcase_add_test(t, a_model_that_declines_is_a_refusal);
    tcase_add_test(t, an_answer_cut_at_its_limit_says_so);
    tcase_add_test(t, the_content_filter_is_an_end);
    tcase_add_test(t, another_endpoint_answers_in_place_of_one_that_doesnt);
    tcase_add_test(t, without_another_endpoint_it_is_an_error);
    tcase_add_test(t, two_empty_answers_are_enough);
    tcase_add_test(t, what_was_shown_is_taken_back_before_another_begins);
    tcase_add_test(t, who_cant_take_back_what_was_shown_gets_an_error);
    tcase_add_test(t, what_an_endpoint_refuses_is_learned_once);
    tcase_add_test(t, a_refusal_whatever_is_left_out_teaches_nothing);
    tcase_add_test(t, a_refusal_of_every_form_ends);
    tcase_add_test(t, usage_is_told_as_the_endpoint_counts);
    tcase_add_test(t, what_the_endpoint_doesnt_count_is_estimated);
    tcase_add_test(t, what_was_refused_costs_nothing);
    tcase_add_test(t, a_listener_may_stop_at_a_piece);
    tcase_add_test(t, a_listener_may_stop_before_the_text);
    tcase_add_test(t, a_listener_may_stop_a_text_that_came_at_once);
    tcase_add_test(t, a_listener_may_stop_at_a_restart);
    tcase_add_test(t, silence_is_told_once_a_second_and_may_be_ended);
    tcase_add_test(t, a_silent_endpoint_ends_with_the_wait);
    tcase_add_test(t, a_switch_ends_it_at_once);
    return tap_run("provider/openai_answer", t);
}
