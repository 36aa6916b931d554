#include <string.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/os.h"
#include "base/vector.h"
#include "provider_contract.h"

static const char *const texts[] = {
    "The VPN drops every few minutes.", "How do I reset my password?", "",
    "KE-1042 /etc/hosts 10.0.3.7",      "虚拟机无法启动，请帮助我",    "bad \xFF\xFE bytes \xC3",
};
enum { text_count = sizeof(texts) / sizeof(*texts) };

static esi_embed_request request_of(struct provider_fixture *f, const esi_text *list,
                                    size_t count) {
    return (esi_embed_request){
        .size = sizeof(esi_embed_request), .texts = list, .count = count, .wait = f->wait};
}

static void all_texts(esi_text list[text_count]) {
    for (size_t i = 0; i < text_count; i++) {
        list[i] = (esi_text){texts[i], strlen(texts[i])};
    }
}

/* The vectors of all texts, in the arena; NULL where this provider makes none. */
static float *embed_all(struct provider_fixture *f) {
    if (f->ops->embed == NULL) {
        return NULL;
    }
    esi_text list[text_count];
    all_texts(list);
    const esi_embed_request request = request_of(f, list, text_count);
    float *vectors =
        arena_array(&f->arena, text_count * (size_t)f->info.dimensions, sizeof(*vectors));
    ck_assert_ptr_nonnull(vectors);
    ck_assert_msg(f->ops->embed(f->provider, &request, vectors, &f->err) == ESI_OK, "%s",
                  f->err.message);
    return vectors;
}

START_TEST(a_provider_says_what_it_is) {
    struct provider_fixture f;
    provider_fixture_open(&f, _i);
    ck_assert_uint_eq(f.ops->size, sizeof(esi_provider_ops));
    ck_assert_str_eq(f.ops->name, provider_row_name(_i));
    ck_assert_str_eq(f.info.name, provider_row_name(_i));
    ck_assert(f.ops->embed != NULL || f.ops->answer != NULL);
    ck_assert_int_eq(f.ops->embed != NULL, f.info.embedding_model != NULL);
    ck_assert_int_eq(f.ops->answer != NULL, f.info.chat_model != NULL);
    if (f.ops->embed != NULL) {
        ck_assert_int_ge(f.info.dimensions, 1);
        ck_assert_int_le(f.info.dimensions, VECTOR_DIMENSIONS_MAX);
    } else {
        ck_assert_int_eq(f.info.dimensions, 0);
    }
    if (f.ops->probe != NULL) {
        ck_assert_int_eq(f.ops->probe(f.provider, &f.wait, &f.err), ESI_OK);
    }
    provider_fixture_close(&f);
}
END_TEST

START_TEST(every_vector_has_length_1) {
    struct provider_fixture f;
    provider_fixture_open(&f, _i);
    const float *vectors = embed_all(&f);
    for (size_t i = 0; vectors != NULL && i < text_count; i++) {
        const float *v = vectors + i * (size_t)f.info.dimensions;
        ck_assert_float_eq_tol(vector_dot(v, v, (size_t)f.info.dimensions), 1.0F, 1e-4F);
    }
    provider_fixture_close(&f);
}
END_TEST

START_TEST(a_batch_is_as_one_by_one) {
    struct provider_fixture f;
    provider_fixture_open(&f, _i);
    const float *vectors = embed_all(&f);
    const size_t n = (size_t)f.info.dimensions;
    for (size_t i = 0; vectors != NULL && i < text_count; i++) {
        const esi_text one = {texts[i], strlen(texts[i])};
        const esi_embed_request request = request_of(&f, &one, 1);
        float *v = arena_array(&f.arena, n, sizeof(*v));
        ck_assert_int_eq(f.ops->embed(f.provider, &request, v, &f.err), ESI_OK);
        ck_assert_float_ge(vector_dot(v, vectors + i * n, n), 0.9999F);
    }
    provider_fixture_close(&f);
}
END_TEST

START_TEST(a_text_needs_no_end) {
    struct provider_fixture f;
    provider_fixture_open(&f, _i);
    if (f.ops->embed != NULL) {
        const size_t n = (size_t)f.info.dimensions;
        const esi_text list[2] = {{"reset the machine", 5}, {"reset", 5}};
        const esi_embed_request request = request_of(&f, list, 2);
        float *v = arena_array(&f.arena, 2 * n, sizeof(*v));
        ck_assert_int_eq(f.ops->embed(f.provider, &request, v, &f.err), ESI_OK);
        ck_assert_float_ge(vector_dot(v, v + n, n), 0.9999F);
    }
    provider_fixture_close(&f);
}
END_TEST

START_TEST(the_largest_batch_is_taken) {
    struct provider_fixture f;
    provider_fixture_open(&f, _i);
    if (f.ops->embed != NULL) {
        enum { most = 2048 };
        esi_text *list = arena_array(&f.arena, most, sizeof(*list));
        float *v = arena_array(&f.arena, most * (size_t)f.info.dimensions, sizeof(*v));
        for (size_t i = 0; i < most; i++) {
            list[i] = (esi_text){"restart", 7};
        }
        const esi_embed_request request = request_of(&f, list, most);
        ck_assert_int_eq(f.ops->embed(f.provider, &request, v, &f.err), ESI_OK);
    }
    provider_fixture_close(&f);
}
END_TEST

START_TEST(a_wait_that_is_over_ends_the_call) {
    struct provider_fixture f;
    provider_fixture_open(&f, _i);
    if (f.ops->embed != NULL) {
        esi_text list[text_count];
        all_texts(list);
        float *v = arena_array(&f.arena, text_count * (size_t)f.info.dimensions, sizeof(*v));
        esi_embed_request request = request_of(&f, list, text_count);
        request.wait = wait_for_ms(0, NULL);
        ck_assert_int_eq(f.ops->embed(f.provider, &request, v, &f.err), ESI_ETIMEOUT);
        ck_assert_int_eq(f.err.code, ESI_ETIMEOUT);
        esi_cancel *cancel = esi_cancel_create();
        esi_cancel_fire(cancel);
        request.wait = wait_for_ms(10000, cancel);
        ck_assert_int_eq(f.ops->embed(f.provider, &request, v, &f.err), ESI_ECANCELLED);
        esi_cancel_free(cancel);
    }
    provider_fixture_close(&f);
}
END_TEST

START_TEST(other_dimensions_than_the_model_has_are_refused) {
    struct provider_fixture f;
    provider_fixture_open(&f, _i);
    if (f.ops->embed != NULL) {
        esi_error err = {0};
        ck_assert_int_eq(provider_fixture_embed_with(_i, f.info.dimensions, &err), ESI_OK);
        ck_assert_int_eq(provider_fixture_embed_with(_i, f.info.dimensions + 1, &err), ESI_EDIM);
        ck_assert_int_eq(err.code, ESI_EDIM);
    }
    provider_fixture_close(&f);
}
END_TEST

struct caller {
    struct provider_fixture *f;
    const float *expected;
    bool same;
};

static void embed_again(void *context) {
    struct caller *caller = context;
    struct provider_fixture *f = caller->f;
    const size_t n = (size_t)f->info.dimensions;
    esi_text list[text_count];
    all_texts(list);
    const esi_embed_request request = request_of(f, list, text_count);
    esi_arena arena = {0};
    float *v = arena_array(&arena, text_count * n, sizeof(*v));
    caller->same = v != NULL;
    for (int round = 0; round < 20 && caller->same; round++) {
        caller->same = f->ops->embed(f->provider, &request, v, NULL) == ESI_OK;
        for (size_t i = 0; i < text_count && caller->same; i++) {
            caller->same = vector_dot(v + i * n, caller->expected + i * n, n) > 0.9999F;
        }
    }
    arena_clear(&arena);
}

START_TEST(many_threads_may_call_at_a_time) {
    struct provider_fixture f;
    provider_fixture_open(&f, _i);
    const float *expected = embed_all(&f);
    if (expected != NULL) {
        enum { threads = 4 };
        struct os_thread thread[threads];
        struct caller caller[threads];
        for (size_t i = 0; i < threads; i++) {
            caller[i] = (struct caller){&f, expected, false};
            ck_assert_int_eq(os_thread_start(&thread[i], embed_again, &caller[i], 0, NULL), ESI_OK);
        }
        for (size_t i = 0; i < threads; i++) {
            os_thread_join(&thread[i]);
            ck_assert(caller[i].same);
        }
    }
    provider_fixture_close(&f);
}
END_TEST

void add_embed_tests(TCase *cases) {
    tcase_add_loop_test(cases, a_provider_says_what_it_is, 0, provider_row_count);
    tcase_add_loop_test(cases, every_vector_has_length_1, 0, provider_row_count);
    tcase_add_loop_test(cases, a_batch_is_as_one_by_one, 0, provider_row_count);
    tcase_add_loop_test(cases, a_text_needs_no_end, 0, provider_row_count);
    tcase_add_loop_test(cases, the_largest_batch_is_taken, 0, provider_row_count);
    tcase_add_loop_test(cases, a_wait_that_is_over_ends_the_call, 0, provider_row_count);
    tcase_add_loop_test(cases, other_dimensions_than_the_model_has_are_refused, 0,
                        provider_row_count);
    tcase_add_loop_test(cases, many_threads_may_call_at_a_time, 0, provider_row_count);
}
