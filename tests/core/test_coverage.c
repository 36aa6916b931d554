#include "core/coverage.h"

#include <stdio.h>

#include "collection.h"
#include "core/answer.h"
#include "core/relevance.h"
#include "questions.h"
#include "tap.h"

/* A collection in which "machine" is an everyday word. */
static const struct sample samples[] = {
    {"kb-access", "Signing in", "", "Forgotten password",
     "Choose a new password on the sign-in page.", 0, NULL},
    {"kb-access", "Signing in", "", "Locked account", "It opens by itself after a while.", 0, NULL},
    {"kb-labs", "Machines", "", "Snapshots", "A snapshot keeps the machine as it is.", 0, NULL},
    {"kb-labs", "Machines", "", "Black console", "The machine's console is black: press a key.", 0,
     NULL},
    {"kb-labs", "Machines", "", "Stopping", "A machine is stopped after three hours.", 0, NULL},
    {"kb-net", "The tunnel", "", "Dropped connection",
     "The tunnel drops with error KE-1042: replace the profile on the machine.", 0, NULL},
    {"kb-ops", "For operators", "", "Hypervisor", "Drain the hypervisor before its maintenance.",
     1u << ESI_ROLE_OPERATOR, NULL},
};

static struct index *all;
static esi_arena arena;
static struct coverage judged;
static struct fused *ranked;
static size_t ranked_count;

static void setup(void) {
    arena_init(&arena, 0);
    all = collection_build(samples, sizeof samples / sizeof samples[0], 0);
}

static void teardown(void) {
    index_unref(all);
    arena_clear(&arena);
}

struct asked {
    const struct index *index;
    struct view text;
    esi_act act;
    uint32_t role;
    bool continues;
    esi_coverage before;
    bool trained_vectors;
    float cosine; /* of all hits */
};

static esi_coverage judge(struct asked asked) {
    struct index_query *query = ARENA_NEW(&arena, struct index_query);
    struct index_hit *hits;
    struct token *tokens;
    size_t count;
    const struct reading reading = {.act = asked.act};
    ck_assert_ptr_nonnull(query);
    ck_assert_int_eq(text_tokens(asked.text, "en", 500, &arena, &tokens, &count, NULL), ESI_OK);
    ck_assert_int_eq(index_prepare(asked.index, tokens, count, "en", NULL, 0, &arena, query, NULL),
                     ESI_OK);
    query->role = asked.role;
    ck_assert_int_eq(index_search(asked.index, query, 60, &arena, &hits, &ranked_count, NULL),
                     ESI_OK);
    for (size_t i = 0; i < ranked_count; i++) {
        hits[i].cosine = asked.cosine;
    }
    ck_assert_int_eq(fuse_rank(hits, ranked_count, fuse_default(), &arena, &ranked, NULL), ESI_OK);
    struct aim *aim = ARENA_NEW(&arena, struct aim);
    ck_assert_ptr_nonnull(aim);
    query->wants = answer_asked(tokens, count);
    ck_assert_int_eq(
        aim_read(asked.text, tokens, query, asked.act == ESI_ACT_TROUBLE, &arena, aim, NULL),
        ESI_OK);
    const struct coverage_in in = {.index = asked.index,
                                   .query = query,
                                   .hits = ranked,
                                   .hit_count = ranked_count,
                                   .reading = &reading,
                                   .aim = aim,
                                   .continues = asked.continues,
                                   .before = asked.before};
    const struct relevance_in looked = {.index = asked.index,
                                        .query = query,
                                        .aim = aim,
                                        .act = asked.act,
                                        .trained_vectors = asked.trained_vectors};
    ck_assert_int_eq(relevance_rank(&looked, ranked, ranked_count, &arena, NULL), ESI_OK);
    coverage_judge(&in, &judged);
    return judged.outcome;
}

static esi_coverage ask(const char *text, esi_act act) {
    return judge((struct asked){.index = all, .text = view_of(text), .act = act});
}

START_TEST(a_section_that_has_the_words_covers) {
    ck_assert_int_eq(ask("I forgot my password", ESI_ACT_TROUBLE), ESI_COVERAGE_COVERED);
    ck_assert_double_gt(judged.confidence, 0.45);
    ck_assert_double_le(judged.confidence, 1.0);
    ck_assert_uint_eq(judged.carrying, 1);
    ck_assert_uint_eq(judged.carriers, 1);
    ck_assert_uint_eq(judged.missing.n, 0);
}
END_TEST

START_TEST(a_misspelt_question_is_covered_as_well) {
    ck_assert_int_eq(ask("consle is blakc", ESI_ACT_TROUBLE), ESI_COVERAGE_COVERED);
}
END_TEST

START_TEST(an_error_code_alone_is_enough) {
    ck_assert_int_eq(ask("KE-1042", ESI_ACT_TROUBLE), ESI_COVERAGE_COVERED);
    ck_assert_int_eq(ask("what is KE-2077?", ESI_ACT_QUESTION), ESI_COVERAGE_NONE);
}
END_TEST

START_TEST(what_no_section_knows_is_not_covered) {
    ck_assert_int_eq(ask("how do I bake bread?", ESI_ACT_QUESTION), ESI_COVERAGE_NONE);
    ck_assert_double_lt(judged.confidence, 0.05);
    ck_assert_uint_eq(judged.carrying, 0);
    ck_assert(view_eq(judged.missing, VIEW("bake")));
}
END_TEST

START_TEST(a_distinguishing_word_that_is_lacking_speaks_against_the_rest) {
    ck_assert_int_eq(ask("how do I put a zeppelin on the console?", ESI_ACT_QUESTION),
                     ESI_COVERAGE_NONE);
    ck_assert(view_eq(judged.missing, VIEW("zeppelin")));
}
END_TEST

START_TEST(trouble_without_a_distinguishing_word_is_vague) {
    ck_assert_int_eq(ask("it doesn't work", ESI_ACT_TROUBLE), ESI_COVERAGE_VAGUE);
    ck_assert_int_eq(ask("help, it's broken", ESI_ACT_TROUBLE), ESI_COVERAGE_VAGUE);
    ck_assert_int_eq(ask("my machine has a problem", ESI_ACT_TROUBLE), ESI_COVERAGE_VAGUE);
    ck_assert_uint_eq(judged.carrying, 0);
}
END_TEST

START_TEST(confidence_grows_with_the_evidence) {
    (void)ask("hypervisor zeppelin teapot", ESI_ACT_QUESTION);
    const double little = judged.confidence;
    (void)ask("hypervisor zeppelin", ESI_ACT_QUESTION);
    const double more = judged.confidence;
    (void)ask("hypervisor", ESI_ACT_QUESTION);
    ck_assert_double_lt(little, more);
    ck_assert_double_lt(more, judged.confidence);
}
END_TEST

START_TEST(what_a_role_may_not_see_covers_nothing_and_is_not_known) {
    struct asked asked = {
        .index = all, .text = VIEW("hypervisor"), .role = 1u << ESI_ROLE_OPERATOR};
    ck_assert_int_eq(judge(asked), ESI_COVERAGE_COVERED);
    asked.role = 1u << ESI_ROLE_TRAINEE;
    ck_assert_int_eq(judge(asked), ESI_COVERAGE_NONE);
    ck_assert(view_eq(judged.missing, VIEW("hypervisor")));
}
END_TEST

START_TEST(a_turn_that_continues_is_as_its_issue_was) {
    struct asked asked = {.index = all,
                          .text = VIEW("the teapot still whistles"),
                          .act = ESI_ACT_TROUBLE,
                          .continues = true,
                          .before = ESI_COVERAGE_COVERED};
    ck_assert_int_eq(judge(asked), ESI_COVERAGE_COVERED);
    asked.before = ESI_COVERAGE_NULL;
    ck_assert_int_eq(judge(asked), ESI_COVERAGE_VAGUE);
    asked.text = VIEW("the console is black");
    ck_assert_int_eq(judge(asked), ESI_COVERAGE_COVERED);
}
END_TEST

START_TEST(everyday_words_in_reply_to_a_question_back_stay_vague) {
    const struct asked asked = {.index = all,
                                .text = VIEW("my machine"),
                                .act = ESI_ACT_QUESTION,
                                .continues = true,
                                .before = ESI_COVERAGE_VAGUE};
    ck_assert_int_eq(judge(asked), ESI_COVERAGE_VAGUE);
}
END_TEST

START_TEST(a_heading_that_is_asked_for_is_enough) {
    ck_assert_int_eq(ask("stopped account, locked account", ESI_ACT_TROUBLE), ESI_COVERAGE_COVERED);
}
END_TEST

START_TEST(nearness_of_a_trained_model_counts_for_more) {
    struct asked asked = {
        .index = all, .text = VIEW("is there a teapot for the console?"), .cosine = 0.75f};
    ck_assert_int_eq(judge(asked), ESI_COVERAGE_NONE);
    asked.trained_vectors = true;
    ck_assert_int_eq(judge(asked), ESI_COVERAGE_COVERED);
}
END_TEST

START_TEST(a_much_weaker_hit_does_not_carry) {
    ck_assert_int_eq(ask("black console of the machine", ESI_ACT_TROUBLE), ESI_COVERAGE_COVERED);
    ck_assert_uint_gt(ranked_count, 2);
    ck_assert_uint_eq(judged.carrying, 1);
}
END_TEST

START_TEST(no_hits_at_all_are_vague_or_none) {
    ck_assert_int_eq(ask("", ESI_ACT_QUESTION), ESI_COVERAGE_VAGUE);
    ck_assert_int_eq(ask("teapot", ESI_ACT_QUESTION), ESI_COVERAGE_NONE);
}
END_TEST

/* ---- two platforms --------------------------------------------------------------------------- */

/* How many of a set's questions get the outcome that a person gave them; misses go to stderr. */
static double share_right(const char *file) {
    char path[512];
    static struct question_set set;
    size_t right = 0;
    snprintf(path, sizeof path, "%s/tests/data/%s", TEST_SOURCE_ROOT, file);
    questions_read(path, &set);
    for (size_t i = 0; i < set.count; i++) {
        const struct question *q = &set.questions[i];
        const esi_coverage outcome =
            judge((struct asked){.index = set.index, .text = q->text, .act = q->act});
        right += outcome == q->expected;
        if (outcome != q->expected) {
            fprintf(stderr, "# %s, not %s (%.2f): %.*s\n", esi_coverage_name(outcome),
                    esi_coverage_name(q->expected), judged.confidence, (int)q->text.n, q->text.p);
        }
    }
    fprintf(stderr, "# %s: %zu of %zu\n", file, right, set.count);
    const double share = (double)right / (double)set.count;
    questions_clear(&set);
    return share;
}

START_TEST(questions_about_the_platform_it_was_fitted_on) {
    ck_assert_double_ge(share_right("coverage_brackwater.txt"), 0.9);
}
END_TEST

START_TEST(questions_about_a_platform_it_was_not_fitted_on) {
    ck_assert_double_ge(share_right("coverage_kestrel.txt"), 0.9);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("coverage");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, a_section_that_has_the_words_covers);
    tcase_add_test(t, a_misspelt_question_is_covered_as_well);
    tcase_add_test(t, an_error_code_alone_is_enough);
    tcase_add_test(t, what_no_section_knows_is_not_covered);
    tcase_add_test(t, a_distinguishing_word_that_is_lacking_speaks_against_the_rest);
    tcase_add_test(t, trouble_without_a_distinguishing_word_is_vague);
    tcase_add_test(t, confidence_grows_with_the_evidence);
    tcase_add_test(t, what_a_role_may_not_see_covers_nothing_and_is_not_known);
    tcase_add_test(t, a_turn_that_continues_is_as_its_issue_was);
    tcase_add_test(t, everyday_words_in_reply_to_a_question_back_stay_vague);
    tcase_add_test(t, a_heading_that_is_asked_for_is_enough);
    tcase_add_test(t, nearness_of_a_trained_model_counts_for_more);
    tcase_add_test(t, a_much_weaker_hit_does_not_carry);
    tcase_add_test(t, no_hits_at_all_are_vague_or_none);
    tcase_add_test(t, questions_about_the_platform_it_was_fitted_on);
    tcase_add_test(t, questions_about_a_platform_it_was_not_fitted_on);
    return tap_run("core/coverage", t);
}
