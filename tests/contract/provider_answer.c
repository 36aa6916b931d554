#include <string.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/os.h"
#include "provider_contract.h"

/* What on_text was given. */
struct heard {
    char text[4000];
    size_t n;
    int pieces;
    int stop_after;  /* 0: never */
    int cited;       /* calls of on_cited ... */
    int cited_after; /* ... and pieces of text before the last of them */
    bool all_sources;
};

static int hear(const char *text, size_t size, void *context) {
    struct heard *heard = context;
    if (heard->n + size < sizeof(heard->text)) {
        memcpy(heard->text + heard->n, text, size);
        heard->n += size;
    }
    heard->pieces++;
    return heard->pieces == heard->stop_after;
}

static const esi_prompt_source sources[] = {{"s1", {"Restart the client.", 19}},
                                            {"s2", {"Check the profile.", 18}}};
static const esi_prompt_turn turns[] = {
    {ESI_SPEAKER_USER, {"My VPN drops.", 13}},
    {ESI_SPEAKER_ASSISTANT, {"Since when?", 11}},
    {ESI_SPEAKER_USER, {"Since today; answer in a sentence of a few words.", 49}}};

static esi_answer_request a_request(struct provider_fixture *f,
                                    const esi_answer_listener *listener) {
    return (esi_answer_request){.size = sizeof(esi_answer_request),
                                .system = {"Answer from the sources.", 24},
                                .turns = turns,
                                .turn_count = sizeof(turns) / sizeof(*turns),
                                .sources = sources,
                                .source_count = sizeof(sources) / sizeof(*sources),
                                .max_tokens = 200,
                                .listener = listener,
                                .wait = f->wait};
}

static bool is_source(const char *id) {
    for (size_t i = 0; i < sizeof(sources) / sizeof(*sources); i++) {
        if (strcmp(sources[i].id, id) == 0) {
            return true;
        }
    }
    return false;
}

START_TEST(an_answer_has_a_text_and_cites_sources) {
    struct provider_fixture f;
    provider_fixture_open(&f, _i);
    if (f.ops->answer != NULL) {
        const esi_answer_request request = a_request(&f, NULL);
        esi_answer answer = {0};
        ck_assert_msg(f.ops->answer(f.provider, &request, &f.arena, &answer, &f.err) == ESI_OK,
                      "%s", f.err.message);
        ck_assert_uint_gt(answer.text.size, 0);
        for (size_t i = 0; answer.has_cited && i < answer.cited_count; i++) {
            ck_assert(is_source(answer.cited[i]));
        }
    }
    provider_fixture_close(&f);
}
END_TEST

START_TEST(what_comes_in_pieces_is_the_whole_answer) {
    struct provider_fixture f;
    provider_fixture_open(&f, _i);
    if (f.ops->answer != NULL) {
        struct heard heard = {.n = 0};
        const esi_answer_listener listener = {.context = &heard, .on_text = hear};
        const esi_answer_request request = a_request(&f, &listener);
        esi_answer answer = {0};
        ck_assert_int_eq(f.ops->answer(f.provider, &request, &f.arena, &answer, &f.err), ESI_OK);
        ck_assert_uint_eq(heard.n, answer.text.size);
        ck_assert_mem_eq(heard.text, answer.text.data, heard.n);
        ck_assert_int_eq(answer.finish, ESI_FINISH_STOP);
    }
    provider_fixture_close(&f);
}
END_TEST

static int hear_cited(const char *const *ids, size_t count, void *context) {
    struct heard *heard = context;
    heard->cited++;
    heard->cited_after = heard->pieces;
    heard->all_sources = true;
    for (size_t i = 0; i < count; i++) {
        heard->all_sources = heard->all_sources && is_source(ids[i]);
    }
    return 0;
}

static int hear_cited_and_stop(const char *const *ids, size_t count, void *context) {
    (void)hear_cited(ids, count, context);
    return 1;
}

START_TEST(what_it_rests_on_is_told_before_its_text) {
    struct provider_fixture f;
    provider_fixture_open(&f, _i);
    if (f.ops->answer != NULL) {
        struct heard heard = {.n = 0};
        const esi_answer_listener listener = {
            .context = &heard, .on_cited = hear_cited, .on_text = hear};
        const esi_answer_request request = a_request(&f, &listener);
        esi_answer answer = {0};
        ck_assert_int_eq(f.ops->answer(f.provider, &request, &f.arena, &answer, &f.err), ESI_OK);
        ck_assert_int_le(heard.cited, 1);
        ck_assert_int_eq(heard.cited_after, 0);
        ck_assert(heard.cited == 0 || heard.all_sources);
        ck_assert_int_gt(heard.pieces, 0);
    }
    provider_fixture_close(&f);
}
END_TEST

START_TEST(it_may_be_stopped_before_its_text) {
    struct provider_fixture f;
    provider_fixture_open(&f, _i);
    if (f.ops->answer != NULL) {
        struct heard heard = {.n = 0};
        const esi_answer_listener listener = {
            .context = &heard, .on_cited = hear_cited_and_stop, .on_text = hear};
        const esi_answer_request request = a_request(&f, &listener);
        esi_answer answer = {0};
        ck_assert_int_eq(f.ops->answer(f.provider, &request, &f.arena, &answer, &f.err), ESI_OK);
        if (heard.cited > 0) {
            ck_assert_int_eq(answer.finish, ESI_FINISH_STOPPED);
            ck_assert_int_eq(heard.pieces, 0);
        }
    }
    provider_fixture_close(&f);
}
END_TEST

START_TEST(a_listener_may_stop_it) {
    struct provider_fixture f;
    provider_fixture_open(&f, _i);
    if (f.ops->answer != NULL) {
        struct heard heard = {.stop_after = 1};
        const esi_answer_listener listener = {.context = &heard, .on_text = hear};
        const esi_answer_request request = a_request(&f, &listener);
        esi_answer answer = {0};
        ck_assert_int_eq(f.ops->answer(f.provider, &request, &f.arena, &answer, &f.err), ESI_OK);
        ck_assert_int_eq(answer.finish, ESI_FINISH_STOPPED);
        ck_assert_int_eq(heard.pieces, 1);
    }
    provider_fixture_close(&f);
}
END_TEST

START_TEST(an_answer_ends_with_its_wait) {
    struct provider_fixture f;
    provider_fixture_open(&f, _i);
    if (f.ops->answer != NULL) {
        esi_answer_request request = a_request(&f, NULL);
        esi_answer answer = {.finish = ESI_FINISH_FILTER};
        request.wait = wait_for_ms(0, NULL);
        ck_assert_int_eq(f.ops->answer(f.provider, &request, &f.arena, &answer, &f.err),
                         ESI_ETIMEOUT);
        esi_cancel *cancel = esi_cancel_create();
        esi_cancel_fire(cancel);
        request.wait = wait_for_ms(10000, cancel);
        ck_assert_int_eq(f.ops->answer(f.provider, &request, &f.arena, &answer, &f.err),
                         ESI_ECANCELLED);
        ck_assert_int_eq(answer.finish, ESI_FINISH_FILTER);
        esi_cancel_free(cancel);
    }
    provider_fixture_close(&f);
}
END_TEST

struct asker {
    struct provider_fixture *f;
    bool answered;
};

static void ask_again(void *context) {
    struct asker *asker = context;
    asker->answered = true;
    for (int round = 0; round < 5 && asker->answered; round++) {
        struct heard heard = {.n = 0};
        const esi_answer_listener listener = {.context = &heard, .on_text = hear};
        const esi_answer_request request = a_request(asker->f, &listener);
        esi_answer answer = {0};
        esi_arena arena = {0};
        asker->answered =
            asker->f->ops->answer(asker->f->provider, &request, &arena, &answer, NULL) == ESI_OK &&
            answer.text.size > 0 && heard.n == answer.text.size;
        arena_clear(&arena);
    }
}

START_TEST(many_may_be_answered_at_a_time) {
    struct provider_fixture f;
    provider_fixture_open(&f, _i);
    if (f.ops->answer != NULL) {
        enum { threads = 4 };
        struct os_thread thread[threads];
        struct asker asker[threads];
        for (size_t i = 0; i < threads; i++) {
            asker[i] = (struct asker){&f, false};
            ck_assert_int_eq(os_thread_start(&thread[i], ask_again, &asker[i], 0, NULL), ESI_OK);
        }
        for (size_t i = 0; i < threads; i++) {
            os_thread_join(&thread[i]);
            ck_assert(asker[i].answered);
        }
    }
    provider_fixture_close(&f);
}
END_TEST

void add_answer_tests(TCase *cases) {
    tcase_add_loop_test(cases, what_it_rests_on_is_told_before_its_text, 0, provider_row_count);
    tcase_add_loop_test(cases, it_may_be_stopped_before_its_text, 0, provider_row_count);
    tcase_add_loop_test(cases, many_may_be_answered_at_a_time, 0, provider_row_count);
    tcase_add_loop_test(cases, an_answer_has_a_text_and_cites_sources, 0, provider_row_count);
    tcase_add_loop_test(cases, what_comes_in_pieces_is_the_whole_answer, 0, provider_row_count);
    tcase_add_loop_test(cases, a_listener_may_stop_it, 0, provider_row_count);
    tcase_add_loop_test(cases, an_answer_ends_with_its_wait, 0, provider_row_count);
}
