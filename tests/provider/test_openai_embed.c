/* test_openai_embed.c: vectors from an endpoint, in good weather and bad, over real sockets. */
#include <check.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/vector.h"
#include "provider/openai.h"
#include "tap.h"
#include "upstream.h"

#define DIMS 64 /* what the endpoint makes for a model that it doesn't know */
#define MODEL "local-model"
#define TEXTS_MAX 300

struct bench {
    struct upstream *upstream;
    esi_provider *provider;
    esi_provider_info info;
    esi_error err;
    esi_text texts[TEXTS_MAX];
    char words[TEXTS_MAX][32];
    bool made[TEXTS_MAX];
    float *vectors;
    int64_t tokens;
    int charges;
    bool estimated;
};

/* member: of the endpoint, in a list of its own; NULL: it is configured by address and model. */
static void open_with(struct bench *b, const char *script, const char *member) {
    const struct upstream_setup setup = {.script = script, .keep_requests = true};
    char text[2048];
    *b = (struct bench){.upstream = upstream_start(&setup)};
    snprintf(text, sizeof(text), "{\"embeddings\":[{\"baseUrl\":\"%s\",\"model\":\"%s\",%s}]}",
             upstream_url(b->upstream), MODEL, member ? member : "");
    const esi_provider_config config = {.size = sizeof(config),
                                        .api_key = "sk-secret-key",
                                        .base_url = member ? NULL : upstream_url(b->upstream),
                                        .embedding_model = member ? NULL : MODEL,
                                        .stored_model = MODEL,
                                        .stored_dimensions = DIMS,
                                        .endpoints = member ? text : NULL,
                                        .endpoints_name = "endpoints.json",
                                        .wait = wait_for_ms(5000, NULL)};
    const esi_err rc = openai_ops.open(&config, &b->provider, &b->err);
    ck_assert_msg(rc == ESI_OK, "%s", b->err.message);
    openai_ops.info(b->provider, &b->info);
    b->vectors = calloc(TEXTS_MAX, sizeof(float) * VECTOR_DIMENSIONS_MAX);
    for (size_t i = 0; i < TEXTS_MAX; i++) {
        snprintf(b->words[i], sizeof(b->words[i]), "alpha%zu beta%zu", i * 7919, i);
        b->texts[i] = (esi_text){b->words[i], strlen(b->words[i])};
    }
}

static void bench_open(struct bench *b, const char *script) {
    open_with(b, script, NULL);
}

static void bench_close(struct bench *b) {
    openai_ops.close(b->provider);
    upstream_stop(b->upstream);
    free(b->vectors);
}

static void count_charge(const esi_charge *charge, void *context) {
    struct bench *b = context;
    ck_assert_str_eq(charge->model, MODEL);
    b->tokens += charge->input_tokens;
    b->estimated = b->estimated || charge->estimated;
    b->charges++;
}

static esi_err embed_for(struct bench *b, size_t count, int64_t ms) {
    const esi_embed_request request = {.size = sizeof(request),
                                       .texts = b->texts,
                                       .count = count,
                                       .wait = wait_for_ms(ms, NULL),
                                       .made = b->made,
                                       .on_charge = count_charge,
                                       .context = b};
    memset(b->made, 0, sizeof(b->made));
    b->err = (esi_error){0};
    return openai_ops.embed(b->provider, &request, b->vectors, &b->err);
}

static esi_err embed(struct bench *b, size_t count) {
    return embed_for(b, count, 20000);
}

/* Every text has the vector that it gets alone. */
static void check_vectors(struct bench *b, size_t count) {
    float *all = malloc(count * DIMS * sizeof(float));
    memcpy(all, b->vectors, count * DIMS * sizeof(float));
    upstream_play(b->upstream, "embed normal");
    for (size_t i = 0; i < count; i++) {
        ck_assert(b->made[i]);
    }
    for (size_t i = 0; i<count; i += count> 16 ? 7 : 1) {
        const esi_embed_request one = {.size = sizeof(one),
                                       .texts = &b->texts[i],
                                       .count = 1,
                                       .wait = wait_for_ms(5000, NULL)};
        float vector[DIMS];
        ck_assert_int_eq(openai_ops.embed(b->provider, &one, vector, NULL), ESI_OK);
        ck_assert_float_gt(vector_cosine(vector, all + i * DIMS, DIMS), 0.9999f);
        ck_assert_float_eq_tol(vector_dot(all + i * DIMS, all + i * DIMS, DIMS), 1.0f, 1e-4f);
    }
    free(all);
}

static void check_ok(const char *script, size_t count) {
    struct bench b;
    bench_open(&b, script);
    ck_assert_msg(embed(&b, count) == ESI_OK, "%s: %s", script, b.err.message);
    check_vectors(&b, count);
    bench_close(&b);
}

static void check_fails(const char *script, esi_err code, const char *says) {
    struct bench b;
    bench_open(&b, script);
    const esi_err rc = embed(&b, 4);
    ck_assert_msg(rc == code, "%s: %s: %s", script, esi_err_name(rc), b.err.message);
    ck_assert_msg(strstr(b.err.message, says) != NULL, "%s: %s", script, b.err.message);
    ck_assert_ptr_null(strstr(b.err.message, "sk-secret"));
    for (size_t i = 0; i < 4; i++) {
        ck_assert(!b.made[i]);
    }
    bench_close(&b);
}

/* ---- good weather ---------------------------------------------------------------------------- */

START_TEST(each_text_gets_its_own_vector) {
    check_ok("embed normal", 40);
    check_ok("embed shuffled", 40);
    check_ok("embed normal index=reverse", 40);
    check_ok("embed normal form=float", 40);
    check_ok("embed normal extra=1", 40);
    check_ok("embed bytes", 3);
    check_ok("embed slow_drip", 3);
    check_ok("embed bom", 3);
    check_ok("embed invalid", 3); /* a comma too many */
}
END_TEST

START_TEST(a_request_says_what_is_wanted) {
    struct bench b;
    bench_open(&b, "embed normal");
    ck_assert_int_eq(embed(&b, 2), ESI_OK);
    const char *sent = upstream_request(b.upstream, 0);
    ck_assert_int_eq(strncmp(sent, "POST /v1/embeddings HTTP/", 25), 0);
    ck_assert_ptr_nonnull(strstr(sent, "Authorization: Bearer sk-secret-key\r\n"));
    ck_assert_ptr_nonnull(strstr(sent, "\"model\":\"" MODEL "\""));
    ck_assert_ptr_nonnull(strstr(sent, "\"encoding_format\":\"base64\""));
    ck_assert_ptr_nonnull(strstr(sent, "\"input\":[\"alpha0 beta0\",\"alpha7919 beta1\"]"));
    ck_assert_ptr_null(strstr(sent, "dimensions"));
    bench_close(&b);
}
END_TEST

START_TEST(what_it_costs_is_told) {
    struct bench b;
    bench_open(&b, "embed normal times=1; embed normal usage=0");
    ck_assert_int_eq(embed(&b, 10), ESI_OK);
    ck_assert_int_eq(b.charges, 1);
    ck_assert_int_gt(b.tokens, 10);
    ck_assert(!b.estimated);
    const int64_t before = b.tokens;
    ck_assert_int_eq(embed(&b, 10), ESI_OK);
    ck_assert_int_eq(b.charges, 2);
    ck_assert_int_gt(b.tokens, before);
    ck_assert(b.estimated);
    bench_close(&b);
}
END_TEST

START_TEST(batches_keep_to_the_endpoints_limits) {
    struct bench b;
    open_with(&b, "embed normal inputs=16", "\"batchTexts\":16");
    ck_assert_int_eq(embed(&b, 100), ESI_OK);
    ck_assert_int_eq(upstream_counts(b.upstream).embed, 7);
    ck_assert_int_eq(upstream_counts(b.upstream).inputs, 100);
    check_vectors(&b, 100);
    bench_close(&b);
    open_with(&b, "embed normal", "\"batchTokens\":256");
    ck_assert_int_eq(embed(&b, 100), ESI_OK);
    ck_assert_int_gt(upstream_counts(b.upstream).embed, 2);
    ck_assert_int_lt(upstream_counts(b.upstream).embed, 20);
    bench_close(&b);
}
END_TEST

/* ---- what is too large ----------------------------------------------------------------------- */

START_TEST(a_batch_that_is_too_large_is_halved) {
    struct bench b;
    bench_open(&b, "embed normal inputs=10");
    ck_assert_int_eq(embed(&b, 100), ESI_OK);
    ck_assert_int_eq(upstream_counts(b.upstream).inputs, 100);
    ck_assert_int_lt(upstream_counts(b.upstream).embed, 30);
    check_vectors(&b, 100);
    bench_close(&b);
    bench_open(&b, "embed normal context=900");
    ck_assert_int_eq(embed(&b, 100), ESI_OK);
    ck_assert_int_eq(upstream_counts(b.upstream).inputs, 100);
    check_vectors(&b, 100);
    bench_close(&b);
}
END_TEST

START_TEST(a_text_that_is_too_large_alone_is_cut) {
    struct bench b;
    char *wide = malloc(100000);
    bench_open(&b, "embed normal context=3000");
    for (size_t i = 0; i < 100000; i += 20) {
        memcpy(wide + i, "words \xc3\xa4\xc3\xb6\xc3\xbc and more ", 20);
    }
    b.texts[3] = (esi_text){wide, 100000};
    const esi_err rc = embed(&b, 6);
    ck_assert_msg(rc == ESI_OK, "%s", b.err.message);
    for (size_t i = 0; i < 6; i++) {
        ck_assert(b.made[i]);
    }
    ck_assert_int_eq(upstream_counts(b.upstream).inputs, 6);
    free(wide);
    bench_close(&b);
}
END_TEST

START_TEST(a_text_over_the_models_limit_is_cut_before_it_is_sent) {
    struct bench b;
    const size_t size = 400000;
    char *wide = malloc(size);
    bench_open(&b, "embed normal");
    for (size_t i = 0; i < size; i += 8) {
        memcpy(wide + i, "notches ", 8);
    }
    b.texts[0] = (esi_text){wide, size};
    ck_assert_int_eq(embed(&b, 1), ESI_OK);
    const size_t sent = strlen(upstream_request(b.upstream, 0));
    ck_assert_uint_gt(sent, 10000);
    ck_assert_uint_lt(sent, 80000);
    free(wide);
    bench_close(&b);
}
END_TEST

START_TEST(an_empty_text_is_no_request_that_fails) {
    struct bench b;
    bench_open(&b, "embed normal");
    b.texts[0] = (esi_text){"", 0};
    ck_assert_int_eq(embed(&b, 2), ESI_OK);
    ck_assert_ptr_nonnull(strstr(upstream_request(b.upstream, 0), "\"input\":[\" \","));
    bench_close(&b);
}
END_TEST

/* ---- forms ----------------------------------------------------------------------------------- */

START_TEST(what_an_endpoint_does_not_take_is_left_out_from_then_on) {
    struct bench b;
    bench_open(&b, "embed normal lacks=encoding_format");
    ck_assert_msg(embed(&b, 4) == ESI_OK, "%s", b.err.message);
    ck_assert_int_eq(upstream_counts(b.upstream).embed, 2);
    ck_assert_int_eq(embed(&b, 4), ESI_OK);
    ck_assert_int_eq(upstream_counts(b.upstream).embed, 3);
    upstream_play(b.upstream, "embed normal");
    check_vectors(&b, 4);
    bench_close(&b);
}
END_TEST

START_TEST(dimensions_are_asked_for_where_they_are_configured) {
    struct bench b;
    open_with(&b, "embed normal", "\"dimensions\":32");
    ck_assert_int_eq(b.info.dimensions, 32);
    ck_assert_int_eq(embed(&b, 2), ESI_OK);
    ck_assert_ptr_nonnull(strstr(upstream_request(b.upstream, 0), "\"dimensions\":32"));
    bench_close(&b);
}
END_TEST

/* ---- bad weather ----------------------------------------------------------------------------- */

START_TEST(a_bad_reply_never_becomes_a_vector) {
    static const char *const plays[] = {"fewer",
                                        "unordered",
                                        "same_index",
                                        "high_index",
                                        "nan",
                                        "inf",
                                        "zero",
                                        "bad_base64",
                                        "cut_base64",

                                        "normal form=float value=null",
                                        "normal form=float value=text",
                                        "normal index=negative",
                                        "more",
                                        "truncated"};
    for (size_t i = 0; i < sizeof(plays) / sizeof(*plays); i++) {
        char script[96];
        snprintf(script, sizeof(script), "embed %s", plays[i]);
        check_fails(script, ESI_EUPSTREAM, "");
    }
    check_fails("embed other_dims", ESI_EDIM, "7 dimensions, not of 64");
    check_fails("embed rubbish bytes=100000000", ESI_EUNAVAILABLE, "too large");
}
END_TEST

START_TEST(a_failure_is_tried_again) {
    check_ok("embed 503 times=1; embed normal", 4);
    check_ok("embed 429 retry_ms=50 times=2; embed normal", 4);
    check_ok("embed 500 times=1; embed normal", 4);
    check_ok("embed reset times=1; embed normal", 4);
    check_ok("embed reset_mid times=1; embed normal", 4);
    check_ok("embed close_mid times=1; embed normal", 4);
    check_ok("embed hidden times=1 what=rate; embed normal", 4);
}
END_TEST

START_TEST(what_cannot_be_mended_says_so_without_a_secret) {
    check_fails("embed 401 echo=1", ESI_EUPSTREAM, "401");
    check_fails("embed 403", ESI_EUPSTREAM, "403");
    check_fails("embed 404", ESI_EUPSTREAM, "404");
}
END_TEST

START_TEST(a_stall_ends_with_the_wait) {
    struct bench b;
    bench_open(&b, "embed stall");
    const int64_t begun = esi_clock_ns();
    const esi_err rc = embed_for(&b, 4, 500);
    ck_assert_msg(rc == ESI_ETIMEOUT || rc == ESI_EUNAVAILABLE, "%s", esi_err_name(rc));
    ck_assert_int_lt(esi_clock_ns() - begun, 3000 * NS_PER_MS);
    bench_close(&b);
}
END_TEST

START_TEST(a_refused_text_does_not_take_the_others_along) {
    struct bench b;
    /* all four, two of them, then one by one */
    bench_open(&b, "embed 400 what=filter times=2; embed normal times=1; "
                   "embed 400 what=filter times=1; embed normal");
    const esi_err rc = embed(&b, 4);
    ck_assert_str_eq(esi_err_name(rc), "ESI_EUPSTREAM");
    ck_assert_int_eq(b.err.upstream_status, 400);
    size_t made = 0;
    for (size_t i = 0; i < 4; i++) {
        made += b.made[i];
    }
    ck_assert_uint_eq(made, 3);
    bench_close(&b);
}
END_TEST

START_TEST(an_endpoint_that_refuses_everything_is_not_asked_text_by_text) {
    struct bench b;
    bench_open(&b, "embed 400");
    ck_assert_str_eq(esi_err_name(embed(&b, 256)), "ESI_EUPSTREAM");
    ck_assert_int_lt(upstream_counts(b.upstream).embed, 16);
    bench_close(&b);
}
END_TEST

START_TEST(a_refusal_whatever_is_left_out_teaches_nothing) {
    struct bench b;
    bench_open(&b, "embed 400 as=empty times=100");
    ck_assert_str_eq(esi_err_name(embed(&b, 1)), "ESI_EUPSTREAM");
    const int64_t asked = upstream_counts(b.upstream).requests;
    ck_assert_int_gt(asked, 1);
    upstream_play(b.upstream, "normal");
    ck_assert_str_eq(esi_err_name(embed(&b, 1)), "ESI_OK");
    ck_assert_ptr_nonnull(strstr(upstream_request(b.upstream, (size_t)asked), "base64"));
    bench_close(&b);
}
END_TEST

/* ---- how many dimensions --------------------------------------------------------------------- */

static esi_err open_plain(const char *url, const char *model, int32_t dimensions,
                          esi_provider_info *info, esi_error *err) {
    const esi_provider_config config = {.size = sizeof(config),
                                        .base_url = url,
                                        .embedding_model = model,
                                        .dimensions = dimensions,
                                        .wait = wait_for_ms(5000, NULL)};
    esi_provider *provider = NULL;
    const esi_err rc = openai_ops.open(&config, &provider, err);
    if (rc == ESI_OK) {
        openai_ops.info(provider, info);
        info->embedding_model = NULL; /* the provider's own */
        openai_ops.close(provider);
    }
    return rc;
}

START_TEST(the_dimensions_are_asked_for_when_it_is_opened) {
    struct bench b;
    esi_provider_info info;
    bench_open(&b, "embed normal dims=96");
    ck_assert_int_eq(upstream_counts(b.upstream).embed, 0); /* of those that are stored it isn't */
    ck_assert_int_eq(open_plain(upstream_url(b.upstream), "some-model", 0, &info, NULL), ESI_OK);
    ck_assert_int_eq(info.dimensions, 96);
    ck_assert_int_eq(upstream_counts(b.upstream).embed, 1);
    ck_assert_int_eq(open_plain(upstream_url(b.upstream), "some-model", 48, &info, NULL), ESI_OK);
    ck_assert_int_eq(info.dimensions, 48);
    ck_assert_int_eq(upstream_counts(b.upstream).embed, 1);
    bench_close(&b);
}
END_TEST

START_TEST(an_endpoint_that_is_down_keeps_no_known_model_from_opening) {
    struct bench b;
    esi_provider_info info;
    esi_error err = {0};
    char url[64];
    bench_open(&b, "embed 401");
    ck_assert_int_eq(open_plain(upstream_url(b.upstream), "text-embedding-3-small", 0, &info, &err),
                     ESI_OK);
    ck_assert_int_eq(info.dimensions, 1536);
    snprintf(url, sizeof(url), "http://127.0.0.1:%d/v1", upstream_port(b.upstream));
    bench_close(&b);
    ck_assert_int_eq(open_plain(url, "text-embedding-3-large", 0, &info, &err), ESI_OK);
    ck_assert_int_eq(info.dimensions, 3072);
    ck_assert_str_eq(esi_err_name(open_plain(url, "unheard-of", 0, &info, &err)),
                     "ESI_EUNAVAILABLE");
    ck_assert_ptr_nonnull(strstr(err.message, "ESI_EMBEDDING_DIMENSIONS"));
    ck_assert_ptr_nonnull(strstr(err.message, "unheard-of"));
}
END_TEST

/* ---- many at it ------------------------------------------------------------------------------ */

struct caller {
    pthread_t thread;
    struct bench *b;
    size_t from;
    bool right;
};

static void *call_often(void *context) {
    struct caller *c = context;
    c->right = true;
    for (size_t i = 0; i < 20; i++) {
        float both[2 * DIMS], alone[DIMS];
        const esi_embed_request two = {.size = sizeof(two),
                                       .texts = &c->b->texts[c->from + i],
                                       .count = 2,
                                       .wait = wait_for_ms(20000, NULL)};
        esi_embed_request one = two;
        one.texts++;
        one.count = 1;
        c->right = c->right && openai_ops.embed(c->b->provider, &two, both, NULL) == ESI_OK &&
                   openai_ops.embed(c->b->provider, &one, alone, NULL) == ESI_OK &&
                   vector_cosine(both + DIMS, alone, DIMS) > 0.9999f;
    }
    return NULL;
}

START_TEST(threads_get_their_own_vectors) {
    struct bench b;
    struct caller callers[16];
    bench_open(&b, "embed shuffled");
    for (size_t i = 0; i < 16; i++) {
        callers[i] = (struct caller){.b = &b, .from = i * 15};
        ck_assert_int_eq(pthread_create(&callers[i].thread, NULL, call_often, &callers[i]), 0);
    }
    for (size_t i = 0; i < 16; i++) {
        pthread_join(callers[i].thread, NULL);
        ck_assert(callers[i].right);
    }
    bench_close(&b);
}
END_TEST

int main(void) {
    unsetenv("http_proxy");
    unsetenv("https_proxy");
    unsetenv("all_proxy");
    TCase *t = tcase_create("openai_embed");
    tcase_set_timeout(t, 120);
    tcase_add_test(t, each_text_gets_its_own_vector);
    tcase_add_test(t, a_request_says_what_is_wanted);
    tcase_add_test(t, what_it_costs_is_told);
    tcase_add_test(t, batches_keep_to_the_endpoints_limits);
    tcase_add_test(t, a_batch_that_is_too_large_is_halved);
    tcase_add_test(t, a_text_that_is_too_large_alone_is_cut);
    tcase_add_test(t, a_text_over_the_models_limit_is_cut_before_it_is_sent);
    tcase_add_test(t, an_empty_text_is_no_request_that_fails);
    tcase_add_test(t, what_an_endpoint_does_not_take_is_left_out_from_then_on);
    tcase_add_test(t, dimensions_are_asked_for_where_they_are_configured);
    tcase_add_test(t, a_bad_reply_never_becomes_a_vector);
    tcase_add_test(t, a_failure_is_tried_again);
    tcase_add_test(t, what_cannot_be_mended_says_so_without_a_secret);
    tcase_add_test(t, a_stall_ends_with_the_wait);
    tcase_add_test(t, a_refused_text_does_not_take_the_others_along);
    tcase_add_test(t, an_endpoint_that_refuses_everything_is_not_asked_text_by_text);
    tcase_add_test(t, a_refusal_whatever_is_left_out_teaches_nothing);
    tcase_add_test(t, the_dimensions_are_asked_for_when_it_is_opened);
    tcase_add_test(t, an_endpoint_that_is_down_keeps_no_known_model_from_opening);
    tcase_add_test(t, threads_get_their_own_vectors);
    return tap_run("provider/openai_embed", t);
}
