#include "core/relevance.h"

#include "collection.h"
#include "core/answer.h"
#include "tap.h"

static const struct sample samples[] = {
    {"kb-booking", "Booking", "", "Slots", "A slot lasts four hours. Pick it in the calendar.", 0,
     NULL},
    {"kb-booking", "Booking", "", "Late arrival",
     "Slots that nobody starts are given to the next person in the queue.", 0, NULL},
    {"kb-words", "Words we use", "", "Glossary",
     "Slot: the time for which a bench is yours.\nQueue: those who wait for a slot.", 0, NULL},
    {"kb-access", "Access", "", "Forgotten password", "Choose a new password on the sign-in page.",
     0, NULL},
};

static struct index *all;
static esi_arena arena;
static struct index_query query;
static struct aim aim;
static struct fused *hits;
static size_t hit_count;

static void setup(void) {
    arena_init(&arena, 0);
    all = collection_build(samples, sizeof samples / sizeof samples[0], 0);
}

static void teardown(void) {
    index_unref(all);
    arena_clear(&arena);
}

static struct relevance_in search(const char *text, esi_act act) {
    struct token *tokens;
    struct index_hit *found;
    size_t count;
    ck_assert_int_eq(text_tokens(view_of(text), "en", 100, &arena, &tokens, &count, NULL), ESI_OK);
    ck_assert_int_eq(index_prepare(all, tokens, count, "en", NULL, 0, &arena, &query, NULL),
                     ESI_OK);
    query.wants = answer_asked(tokens, count);
    ck_assert_int_eq(
        aim_read(view_of(text), tokens, &query, act == ESI_ACT_TROUBLE, &arena, &aim, NULL),
        ESI_OK);
    ck_assert_int_eq(index_search(all, &query, 60, &arena, &found, &hit_count, NULL), ESI_OK);
    ck_assert_int_eq(fuse_rank(found, hit_count, fuse_default(), &arena, &hits, NULL), ESI_OK);
    return (struct relevance_in){.index = all, .query = &query, .aim = &aim, .act = act};
}

static void ask(const char *text) {
    const struct relevance_in in = search(text, ESI_ACT_QUESTION);
    ck_assert_int_eq(relevance_rank(&in, hits, hit_count, &arena, NULL), ESI_OK);
}

static struct view first(void) {
    ck_assert_uint_gt(hit_count, 0);
    return index_section_id(all, hits[0].hit.section);
}

START_TEST(the_section_that_tells_what_is_asked_is_first) {
    ask("how long does a slot last");
    ck_assert(view_eq(first(), VIEW("kb-booking#0")));
    ck_assert_float_eq(hits[0].score, 1.0f);
    for (size_t i = 1; i < hit_count; i++) {
        ck_assert_float_le(hits[i].score, hits[i - 1].score);
        ck_assert_float_gt(hits[i].score, 0.0f);
    }
}
END_TEST

START_TEST(evidence_is_a_share) {
    ask("I forgot my password, how do I choose a new one");
    ck_assert(view_eq(first(), VIEW("kb-access#0")));
    ck_assert_float_gt(hits[0].evidence, 0.5f);
    ck_assert_float_le(hits[0].evidence, 1.0f);
    ask("how do I put a zeppelin on the calendar");
    ck_assert_float_lt(hits[0].evidence, 0.5f);
    ck_assert_float_ge(hits[0].evidence, 0.0f);
}
END_TEST

START_TEST(what_defines_the_thing_asked_for_is_first) {
    const struct relevance_in in = search("what is a slot", ESI_ACT_QUESTION);
    for (size_t i = 0; i < hit_count; i++) {
        const bool glossary =
            view_eq(index_section_id(all, hits[i].hit.section), VIEW("kb-words#0"));
        hits[i].hit.defines = glossary ? 3 : 0;
    }
    ck_assert_int_eq(relevance_rank(&in, hits, hit_count, &arena, NULL), ESI_OK);
    ck_assert(view_eq(first(), VIEW("kb-words#0")));
    ck_assert(hits[0].titled);
}
END_TEST

START_TEST(nothing_found_is_nothing_ranked) {
    const struct relevance_in in = search("teapot", ESI_ACT_QUESTION);
    ck_assert_int_eq(relevance_rank(&in, NULL, 0, &arena, NULL), ESI_OK);
}
END_TEST

START_TEST(vectors_of_a_trained_model_are_evidence) {
    struct relevance_in in = search("how do I put a zeppelin on the calendar", ESI_ACT_QUESTION);
    for (size_t i = 0; i < hit_count; i++) {
        hits[i].hit.cosine = 0.84f;
    }
    in.trained_vectors = true;
    ck_assert_int_eq(relevance_rank(&in, hits, hit_count, &arena, NULL), ESI_OK);
    ck_assert_float_gt(hits[0].evidence, 0.9f);
}
END_TEST

START_TEST(a_full_arena_is_an_error) {
    const struct relevance_in in = search("slot", ESI_ACT_QUESTION);
    esi_arena small;
    arena_init(&small, 16);
    ck_assert_int_eq(relevance_rank(&in, hits, hit_count, &small, NULL), ESI_ENOMEM);
    arena_clear(&small);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("relevance");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, the_section_that_tells_what_is_asked_is_first);
    tcase_add_test(t, evidence_is_a_share);
    tcase_add_test(t, what_defines_the_thing_asked_for_is_first);
    tcase_add_test(t, nothing_found_is_nothing_ranked);
    tcase_add_test(t, vectors_of_a_trained_model_are_evidence);
    tcase_add_test(t, a_full_arena_is_an_error);
    return tap_run("core/relevance", t);
}
