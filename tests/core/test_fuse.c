#include "core/fuse.h"

#include "tap.h"

static esi_arena arena;
static struct fused *fused;

static void setup(void) {
    arena_init(&arena, 0);
}

static void teardown(void) {
    arena_clear(&arena);
}

static void fuse(const struct index_hit *hits, size_t count, float words, float vectors) {
    const struct fuse_weights weights = {.words = words, .vectors = vectors};
    ck_assert_int_eq(fuse_rank(hits, count, weights, &arena, &fused, NULL), ESI_OK);
}

START_TEST(nothing_gives_nothing) {
    fuse(NULL, 0, 1.0f, 1.0f);
    ck_assert_ptr_nonnull(fused);
}
END_TEST

START_TEST(first_in_both_rankings_has_score_one) {
    const struct index_hit hits[] = {{.section = 3, .words = 2.0f, .cosine = 0.4f},
                                     {.section = 5, .words = 1.0f, .cosine = 0.2f}};
    fuse(hits, 2, 1.0f, 0.5f);
    ck_assert_uint_eq(fused[0].hit.section, 3);
    ck_assert_float_eq_tol(fused[0].score, 1.0f, 1e-6);
    ck_assert_float_lt(fused[1].score, fused[0].score);
    ck_assert_float_gt(fused[1].score, 0.0f);
}
END_TEST

START_TEST(without_vectors_the_words_decide_alone) {
    const struct index_hit hits[] = {{.section = 1, .words = 1.0f}, {.section = 2, .words = 4.0f}};
    fuse(hits, 2, 1.0f, 1.0f);
    ck_assert_uint_eq(fused[0].hit.section, 2);
    ck_assert_float_eq_tol(fused[0].score, 1.0f, 1e-6);
}
END_TEST

START_TEST(without_words_the_vectors_decide_alone) {
    const struct index_hit hits[] = {{.section = 1, .cosine = 0.1f},
                                     {.section = 2, .cosine = 0.4f}};
    fuse(hits, 2, 1.0f, 0.3f);
    ck_assert_uint_eq(fused[0].hit.section, 2);
    ck_assert_float_eq_tol(fused[0].score, 1.0f, 1e-6);
}
END_TEST

START_TEST(the_heavier_ranking_wins_a_disagreement) {
    const struct index_hit hits[] = {{.section = 1, .words = 4.0f, .cosine = 0.1f},
                                     {.section = 2, .words = 3.0f, .cosine = 0.9f},
                                     {.section = 3, .words = 0.1f, .cosine = 0.5f}};
    fuse(hits, 3, 1.0f, 0.1f);
    ck_assert_uint_eq(fused[0].hit.section, 1);
    fuse(hits, 3, 0.1f, 1.0f);
    ck_assert_uint_eq(fused[0].hit.section, 2);
}
END_TEST

START_TEST(a_tie_goes_to_the_smaller_section) {
    const struct index_hit hits[] = {{.section = 4, .words = 2.0f}, {.section = 9, .words = 2.0f}};
    fuse(hits, 2, 1.0f, 1.0f);
    ck_assert_uint_eq(fused[0].hit.section, 4);
    ck_assert_float_eq(fused[0].score, fused[1].score);
}
END_TEST

START_TEST(words_count_for_more_than_vectors) {
    const struct fuse_weights w = fuse_default();
    ck_assert_float_gt(w.words, w.vectors);
    ck_assert_float_gt(w.vectors, 0.0f);
}
END_TEST

START_TEST(a_full_arena_is_an_error) {
    const struct index_hit hits[] = {{.section = 4, .words = 2.0f}};
    esi_arena small;
    arena_init(&small, 16);
    struct fused *out = NULL;
    ck_assert_int_eq(fuse_rank(hits, 1, fuse_default(), &small, &out, NULL), ESI_ENOMEM);
    ck_assert_ptr_null(out);
    arena_clear(&small);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("fuse");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, nothing_gives_nothing);
    tcase_add_test(t, first_in_both_rankings_has_score_one);
    tcase_add_test(t, without_vectors_the_words_decide_alone);
    tcase_add_test(t, without_words_the_vectors_decide_alone);
    tcase_add_test(t, the_heavier_ranking_wins_a_disagreement);
    tcase_add_test(t, a_tie_goes_to_the_smaller_section);
    tcase_add_test(t, words_count_for_more_than_vectors);
    tcase_add_test(t, a_full_arena_is_an_error);
    return tap_run("core/fuse", t);
}
