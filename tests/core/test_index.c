#include "core/index.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/vector.h"
#include "collection.h"
#include "tap.h"

static const struct sample samples[] = {
    {"kb-access", "Signing in", "account", "Passwords", "Choose a new password on the login page.",
     0, NULL},
    {"kb-access", "Signing in", "account", "Second factor",
     "The authenticator shows six digits. Log in again when they are refused.", 0, NULL},
    {"kb-labs", "Virtual machines", "vm", "Snapshots",
     "A snapshot keeps the disk as it is. The machine is paused while it is written.", 0, NULL},
    {"kb-labs", "Virtual machines", "vm", "Black console",
     "The console stays black after a restart. Press a key, then back up your notes.", 0, NULL},
    {"kb-net", "Network", "", "Tunnel",
     "The tunnel drops: error KE-1042 means that the profile is "
     "too old. Set up a fresh profile.",
     0, NULL},
    {"kb-ops", "For operators", "", "Hypervisor",
     "Drain the hypervisor before maintenance, then migrate every machine.",
     1u << ESI_ROLE_OPERATOR | 1u << ESI_ROLE_ADMIN, NULL},
    {"kb-zh", "网络", "", "隧道", "隧道断开时请重新下载配置文件。", 0, NULL},
};
#define SAMPLES (sizeof samples / sizeof samples[0])

static struct index *all;
static esi_arena arena;

static void setup(void) {
    arena_init(&arena, 0);
    all = collection_build(samples, SAMPLES, 0);
}

static void teardown(void) {
    index_unref(all);
    arena_clear(&arena);
}

static struct index_query query;
static struct index_hit *hits;
static size_t hit_count;

static void search(const struct index *index, const char *text, uint32_t role) {
    collection_ask(index, text, &arena, &query);
    query.role = role;
    ck_assert_int_eq(index_search(index, &query, 10, &arena, &hits, &hit_count, NULL), ESI_OK);
}

/* How many have a word of the question; others have it in other words. */
static size_t having(void) {
    size_t count = 0, i = 0;
    while (i < hit_count) {
        count += hits[i++].matched != 0;
    }
    return count;
}

static const struct index_hit *best(void) {
    const struct index_hit *found = NULL;
    for (size_t i = 0; i < hit_count; i++) {
        found = found == NULL || hits[i].words > found->words ? &hits[i] : found;
    }
    return found;
}

static void best_is(const struct index *index, const char *text, const char *section) {
    search(index, text, 0);
    const struct view id = index_section_id(index, best()->section);
    ck_assert_msg(view_eq(id, view_of(section)), "%s: %.*s", text, (int)id.n, id.p);
}

static const struct index_term *term(const char *form) {
    for (size_t i = 0; i < query.term_count; i++) {
        if (view_eq(query.terms[i].form, view_of(form))) {
            return &query.terms[i];
        }
    }
    ck_abort_msg("no term %s", form);
    return NULL;
}

START_TEST(an_empty_snapshot_finds_nothing) {
    struct index *none = NULL;
    ck_assert_int_eq(index_build(NULL, NULL, 0, NULL, 0, 7, 0, &none, NULL), ESI_OK);
    search(none, "password", 0);
    ck_assert_uint_eq(hit_count, 0);
    ck_assert(!query.terms[0].known);
    ck_assert_int_eq(index_version(none), 7);
    ck_assert_uint_eq(index_sections(none), 0);
    index_unref(none);
}
END_TEST

START_TEST(a_section_is_found_by_another_form_of_its_word) {
    best_is(all, "how are snapshots written?", "kb-labs#0");
}
END_TEST

START_TEST(a_word_of_the_heading_counts_more_than_one_of_the_text) {
    best_is(all, "console", "kb-labs#1");
    const struct index_hit *hit = best();
    ck_assert_uint_eq(hit->headed, 1);
    ck_assert_uint_eq(hit->matched, 1);
}
END_TEST

START_TEST(stop_words_find_nothing) {
    search(all, "what is the", 0);
    ck_assert_uint_eq(hit_count, 0);
    ck_assert(query.terms[0].stopword);
}
END_TEST

START_TEST(an_identifier_is_found_whole_however_it_is_written) {
    best_is(all, "ke_1042", "kb-net#0");
    ck_assert_int_eq(query.terms[0].kind, TOKEN_IDENTIFIER);
    ck_assert(query.terms[0].known);
}
END_TEST

START_TEST(chinese_is_found_by_pairs_of_characters) {
    best_is(all, "隧道断开", "kb-zh#0");
}
END_TEST

START_TEST(a_title_finds_all_sections_of_its_document) {
    search(all, "virtual", 0);
    ck_assert_uint_eq(hit_count, 2);
    ck_assert_uint_eq(hits[0].headed, 1);
}
END_TEST

START_TEST(words_that_stand_together_are_near) {
    search(all, "console black", 0);
    const float apart = best()->near;
    search(all, "console stays black", 0);
    const float more = best()->near;
    search(all, "black console", 0);
    ck_assert_float_eq(best()->near, 1.0f);
    ck_assert_float_le(apart, 1.0f);
    ck_assert_float_gt(more, 0.5f);
    search(all, "paused keeps", 0);
    ck_assert_float_lt(best()->near, 0.6f);
}
END_TEST

/* ---- who may see it -------------------------------------------------------------------------- */

START_TEST(a_section_for_other_roles_is_left_out) {
    search(all, "hypervisor", 1u << ESI_ROLE_TRAINEE);
    ck_assert_uint_eq(hit_count, 0);
    search(all, "hypervisor", 1u << ESI_ROLE_OPERATOR);
    ck_assert_uint_eq(hit_count, 1);
    search(all, "hypervisor", 0);
    ck_assert_uint_eq(hit_count, 1);
}
END_TEST

/* ---- spelling -------------------------------------------------------------------------------- */

START_TEST(one_slip_is_mended) {
    static const char *const slips[] = {"pasword", "passwrod", "passwordd", "oassword", "paswsord"};
    for (size_t i = 0; i < sizeof slips / sizeof slips[0]; i++) {
        best_is(all, slips[i], "kb-access#0");
        ck_assert(query.terms[0].corrected);
        ck_assert(view_eq(query.terms[0].used, VIEW("password")));
    }
}
END_TEST

START_TEST(two_slips_are_mended_in_a_long_word) {
    best_is(all, "autenticatr", "kb-access#1");
    search(all, "tunl", 0); /* two slips of a short one are another word */
    ck_assert_uint_eq(hit_count, 0);
}
END_TEST

START_TEST(a_word_that_general_language_knows_is_never_mended) {
    search(all, "how do I bake bread", 0);
    ck_assert_uint_eq(hit_count, 0);
    ck_assert(!term("bake")->known);
    ck_assert(!term("bake")->corrected);
}
END_TEST

START_TEST(a_letter_that_is_wrongly_single_or_double_before_an_ending_is_mended) {
    best_is(all, "droping", "kb-net#0");
    ck_assert(term("droping")->corrected);
    ck_assert(view_eq(term("droping")->used, VIEW("drop")));
}
END_TEST

START_TEST(a_misspelt_stop_word_is_a_stop_word) {
    search(all, "then password wehn", 0);
    ck_assert(term("wehn")->stopword);
}
END_TEST

START_TEST(two_words_meet_one) {
    best_is(all, "lost pass word", "kb-access#0");
    search(all, "log in", 0);
    ck_assert_uint_eq(having(), 2);
}
END_TEST

START_TEST(one_word_meets_two) {
    search(all, "login", 0);
    ck_assert_uint_eq(having(), 2);
    best_is(all, "profile setup", "kb-net#0");
    ck_assert(term("setup")->known);
    best_is(all, "backup", "kb-labs#1");
}
END_TEST

/* ---- synonyms -------------------------------------------------------------------------------- */

static void search_with(const char *const (*synonyms)[2], size_t count, const char *text) {
    struct token *tokens;
    size_t n;
    ck_assert_int_eq(text_tokens(view_of(text), "en", 100, &arena, &tokens, &n, NULL), ESI_OK);
    ck_assert_int_eq(index_prepare(all, tokens, n, "en", synonyms, count, &arena, &query, NULL),
                     ESI_OK);
    query.vector = NULL;
    query.role = 0;
    ck_assert_int_eq(index_search(all, &query, 10, &arena, &hits, &hit_count, NULL), ESI_OK);
}

START_TEST(synonyms_hold_both_ways) {
    static const char *const synonyms[][2] = {{"monitor", "console"}, {"tunnel", "vpn"}};
    search_with(synonyms, 2, "monitor");
    ck_assert_uint_eq(having(), 1);
    ck_assert(query.terms[0].known);
    search_with(synonyms, 2, "my VPN");
    ck_assert_uint_eq(having(), 1);
    ck_assert_uint_eq(hits[0].matched, 2);
}
END_TEST

START_TEST(everyday_words_that_mean_something_together_are_one_term) {
    static const char *const synonyms[][2] = {{"more time", "password"}};
    search_with(synonyms, 1, "can I have more time");
    ck_assert(term("more time")->known);
    ck_assert_uint_gt(term("more time")->sections, 0);
}
END_TEST

START_TEST(a_synonym_may_be_several_words) {
    static const char *const synonyms[][2] = {{"2fa", "second factor"}};
    search_with(synonyms, 1, "2fa refused");
    ck_assert_uint_eq(hit_count, 1);
    ck_assert(view_eq(index_section_id(all, hits[0].section), VIEW("kb-access#1")));
    static const char *const other[][2] = {{"six digits", "code shown there"}};
    search_with(other, 1, "which code shown there");
    ck_assert_uint_eq(hit_count, 1);
}
END_TEST

START_TEST(a_synonym_that_the_question_lacks_changes_nothing) {
    static const char *const synonyms[][2] = {{"printer", "console"}};
    search_with(synonyms, 1, "password");
    ck_assert_uint_eq(having(), 1);
}
END_TEST

START_TEST(a_question_of_too_many_words_keeps_those_that_are_known) {
    char text[4000];
    size_t n = 0;
    for (int i = 0; i < 200; i++) {
        n += (size_t)snprintf(text + n, sizeof text - n, "qx%cz%cw ", 'a' + i % 26, 'a' + i / 26);
    }
    snprintf(text + n, sizeof text - n, "hypervisor");
    best_is(all, text, "kb-ops#0");
}
END_TEST

/* ---- snapshots ------------------------------------------------------------------------------- */

/* The hits of some questions, to the last bit. */
static void write_down(const struct index *index, struct buf *out) {
    static const char *const questions[] = {"machine password tunnel", "log in again", "console",
                                            "profile drops", "snapshot disk paused"};
    for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++) {
        search(index, questions[i], 0);
        for (size_t h = 0; h < hit_count; h++) {
            uint32_t bits;
            memcpy(&bits, &hits[h].words, sizeof bits);
            buf_printf(out, "%zu %u %08x %.9g\n", i, hits[h].section, bits, (double)hits[h].near);
        }
    }
}

START_TEST(no_history_shows_in_a_result) {
    struct index *index = NULL;
    /* one by one from the back, with a document that is replaced and one that goes again */
    static const struct sample older[] = {
        {"kb-net", "Network", "", "Tunnel", "An old text about the tunnel.", 0, NULL},
        {"kb-gone", "Gone", "", "Password", "A password of a platform that is no more.", 0, NULL}};
    index = collection_build(older, 2, 0);
    for (size_t i = SAMPLES; i-- > 0;) {
        if (i > 0 && strcmp(samples[i].document, samples[i - 1].document) == 0) {
            continue;
        }
        struct index_document *document = collection_document(samples + i, SAMPLES - i, 0);
        struct index *next = NULL;
        const struct view gone = VIEW("kb-gone");
        ck_assert_int_eq(index_build(index, &gone, i % 2, &document, 1, 2, 0, &next, NULL), ESI_OK);
        index_unref(index);
        index_document_unref(document);
        index = next;
    }
    struct buf once, anew;
    buf_init(&once, 1 << 16);
    buf_init(&anew, 1 << 16);
    write_down(all, &once);
    write_down(index, &anew);
    ck_assert_str_eq(once.p, anew.p);
    buf_clear(&once);
    buf_clear(&anew);
    index_unref(index);
}
END_TEST

START_TEST(a_document_that_is_gone_is_found_no_more) {
    struct index *less = NULL;
    const struct view gone[] = {VIEW("kb-labs"), VIEW("kb-unknown")};
    ck_assert_int_eq(index_build(all, gone, 2, NULL, 0, 2, 0, &less, NULL), ESI_OK);
    search(less, "snapshot", 0);
    ck_assert_uint_eq(having(), 0);
    uint32_t number;
    ck_assert(!index_find_document(less, VIEW("kb-labs"), &number));
    search(all, "snapshot", 0); /* the one before is as it was */
    ck_assert_uint_eq(having(), 1);
    index_unref(less);
}
END_TEST

START_TEST(a_document_of_the_same_id_replaces_the_one_before) {
    static const struct sample newer[] = {
        {"kb-labs", "Machines", "", "Cloning", "Clones share a disk.", 0, NULL}};
    struct index_document *document = collection_document(newer, 1, 0);
    struct index *next = NULL;
    ck_assert_int_eq(index_build(all, NULL, 0, &document, 1, 2, 0, &next, NULL), ESI_OK);
    index_document_unref(document);
    ck_assert_uint_eq(index_documents(next), index_documents(all));
    ck_assert_uint_eq(index_sections(next), index_sections(all) - 1);
    best_is(next, "clones", "kb-labs#0");
    search(next, "snapshot", 0);
    ck_assert_uint_eq(hit_count, 0);
    index_unref(next);
}
END_TEST

START_TEST(documents_and_sections_are_numbered_by_id) {
    uint32_t number = 99, first = 99, count = 0;
    ck_assert(index_find_document(all, VIEW("kb-labs"), &number));
    ck_assert_uint_eq(number, 1);
    index_document_sections(all, number, &first, &count);
    ck_assert_uint_eq(first, 2);
    ck_assert_uint_eq(count, 2);
    ck_assert_uint_eq(index_section_document(all, 3), 1);
    ck_assert(view_eq(index_section_heading(all, 3), VIEW("Black console")));
    const struct index_document_view view = index_document_at(all, 1);
    ck_assert(view_eq(view.title, VIEW("Virtual machines")));
    ck_assert(!index_find_document(all, VIEW("kb"), &number));
}
END_TEST

START_TEST(the_limit_on_memory_is_kept_and_named) {
    struct index *next = NULL;
    esi_error err = {0};
    ck_assert_int_eq(index_build(all, NULL, 0, NULL, 0, 2, 1000, &next, &err), ESI_ENOMEM);
    ck_assert_ptr_null(next);
    ck_assert_ptr_nonnull(strstr(err.message, "index_memory"));
    ck_assert_int_eq(index_build(all, NULL, 0, NULL, 0, 2, index_bytes(all), &next, &err), ESI_OK);
    index_unref(next);
}
END_TEST

START_TEST(an_arena_that_is_full_is_an_error) {
    size_t failures = 0;
    for (size_t limit = 0;; limit += 512) {
        esi_arena small;
        struct token *tokens;
        size_t count;
        ck_assert_int_eq(text_tokens(VIEW("log in to the consol setup"), "en", 100, &arena, &tokens,
                                     &count, NULL),
                         ESI_OK);
        arena_init(&small, limit + 1);
        esi_err rc = index_prepare(all, tokens, count, "en", NULL, 0, &small, &query, NULL);
        if (rc == ESI_OK) {
            query.vector = NULL;
            query.role = 0;
            rc = index_search(all, &query, 10, &small, &hits, &hit_count, NULL);
        }
        arena_clear(&small);
        if (rc == ESI_OK) {
            break;
        }
        ck_assert_int_eq(rc, ESI_ENOMEM);
        failures++;
    }
    ck_assert_uint_gt(failures, 5);
}
END_TEST

/* ---- vectors --------------------------------------------------------------------------------- */

START_TEST(the_nearest_vector_is_found_without_a_word) {
    static const float east[] = {1.0f, 0.0f}, north[] = {0.0f, 3.0f}, zero[] = {0.0f, 0.0f};
    const struct sample four[] = {{"a", "A", "", "", "alpha", 0, east},
                                  {"b", "B", "", "", "beta", 0, north},
                                  {"c", "C", "", "", "gamma", 0, zero},
                                  {"d", "D", "", "", "delta", 0, NULL}};
    struct index *index = collection_build(four, 4, 2);
    const float question[] = {0.6f, 0.8f};
    collection_ask(index, "what", &arena, &query);
    query.vector = question;
    ck_assert_int_eq(index_search(index, &query, 10, &arena, &hits, &hit_count, NULL), ESI_OK);
    ck_assert_uint_eq(hit_count, 2);
    ck_assert_float_eq_tol(hits[0].cosine, 0.6, 1e-6);
    ck_assert_float_eq_tol(hits[1].cosine, 0.8, 1e-6); /* it was made of length 1 */
    ck_assert_ptr_null(index_section_vector(index, 2));
    ck_assert_ptr_null(index_section_vector(index, 3));
    ck_assert_int_eq(index_dimensions(index), 2);
    index_unref(index);
}
END_TEST

START_TEST(a_hit_by_words_has_its_cosine_too) {
    static const float east[] = {1.0f, 0.0f}, north[] = {0.0f, 1.0f};
    const struct sample two[] = {{"a", "A", "", "", "alpha", 0, east},
                                 {"b", "B", "", "", "beta", 0, north}};
    struct index *index = collection_build(two, 2, 2);
    collection_ask(index, "alpha", &arena, &query);
    query.vector = north;
    ck_assert_int_eq(index_search(index, &query, 1, &arena, &hits, &hit_count, NULL), ESI_OK);
    ck_assert_uint_eq(hit_count, 2);
    ck_assert_float_gt(hits[0].words, 0.0f);
    ck_assert_float_eq(hits[0].cosine, 0.0f);
    ck_assert_float_eq(hits[1].words, 0.0f);
    ck_assert_float_eq(hits[1].cosine, 1.0f);
    index_unref(index);
}
END_TEST

#define MANY 6000
#define MANY_DIMENSIONS 256

/* Numbers that look random and are the same every time. */
static float noise(uint64_t *state) {
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (float)(int32_t)(*state >> 32) / 2147483648.0f;
}

static void fill(float *v, uint64_t cluster, uint64_t *state) {
    uint64_t of_cluster = cluster * 7919 + 1;
    for (size_t i = 0; i < MANY_DIMENSIONS; i++) {
        v[i] = noise(&of_cluster) + 0.5f * noise(state);
    }
    ck_assert(vector_normalise(v, MANY_DIMENSIONS));
}

/* Many sections, in clusters; every third document is for operators. */
static struct index *build_many(float *vectors) {
    static struct index_document *documents[MANY / 10];
    uint64_t state = 1;
    for (size_t d = 0; d < MANY / 10; d++) {
        struct sample some[10];
        char id[16];
        snprintf(id, sizeof id, "d%04zu", d);
        for (size_t i = 0; i < 10; i++) {
            float *vector = vectors + (10 * d + i) * MANY_DIMENSIONS;
            fill(vector, (10 * d + i) % 40, &state);
            some[i] =
                (struct sample){id, "", "", "", "x", d % 3 ? 0 : 1u << ESI_ROLE_OPERATOR, vector};
        }
        documents[d] = collection_document(some, 10, MANY_DIMENSIONS);
    }
    struct index *index = NULL;
    ck_assert_int_eq(index_build(NULL, NULL, 0, documents, MANY / 10, 1, 0, &index, NULL), ESI_OK);
    for (size_t d = 0; d < MANY / 10; d++) {
        index_document_unref(documents[d]);
    }
    return index;
}

START_TEST(many_vectors_are_searched_as_if_each_were_looked_at) {
    float *vectors = calloc(MANY * MANY_DIMENSIONS, sizeof *vectors);
    ck_assert_ptr_nonnull(vectors);
    struct index *index = build_many(vectors);
    size_t found = 0;
    uint64_t state = 99;
    for (size_t q = 0; q < 20; q++) {
        float question[MANY_DIMENSIONS];
        fill(question, q, &state);
        collection_ask(index, "what", &arena, &query);
        query.vector = question;
        query.role = 1u << ESI_ROLE_TRAINEE;
        ck_assert_int_eq(index_search(index, &query, 20, &arena, &hits, &hit_count, NULL), ESI_OK);
        ck_assert_uint_eq(hit_count, 20);
        for (size_t h = 0; h < hit_count; h++) {
            ck_assert_uint_ne(index_section_document(index, hits[h].section) % 3, 0);
            size_t better = 0;
            for (size_t i = 0; i < MANY; i++) {
                better += i / 10 % 3 != 0 && vector_cosine(question, vectors + i * MANY_DIMENSIONS,
                                                           MANY_DIMENSIONS) > hits[h].cosine;
            }
            found += better < 20;
        }
    }
    ck_assert_uint_ge(found, 392); /* of 400 */
    index_unref(index);
    free(vectors);
}
END_TEST

/* ---- many threads ---------------------------------------------------------------------------- */

/* NULL, or the index where something failed. */
static void *search_often(void *context) {
    struct index *index = index_ref(context);
    for (int i = 0; i < 50; i++) {
        esi_arena own;
        struct index_query *q;
        struct index_hit *found;
        struct token *tokens;
        size_t count, n = 0;
        arena_init(&own, 0);
        q = ARENA_NEW(&own, struct index_query);
        esi_err rc = text_tokens(VIEW("black console"), "en", 10, &own, &tokens, &count, NULL);
        rc = rc ? rc : index_prepare(index, tokens, count, "en", NULL, 0, &own, q, NULL);
        rc = rc ? rc : index_search(index, q, 5, &own, &found, &n, NULL);
        arena_clear(&own);
        struct index *next = NULL;
        rc = rc ? rc : index_build(index, NULL, 0, NULL, 0, i, 0, &next, NULL);
        index_unref(index);
        if (rc != ESI_OK || n != 1) {
            return context;
        }
        index = next;
    }
    index_unref(index);
    return NULL;
}

START_TEST(threads_share_documents_and_snapshots) {
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++) {
        ck_assert_int_eq(pthread_create(&threads[i], NULL, search_often, all), 0);
    }
    for (size_t i = 0; i < 4; i++) {
        void *said = NULL;
        pthread_join(threads[i], &said);
        ck_assert_ptr_null(said);
    }
}
END_TEST

int main(void) {
    TCase *t = tcase_create("index");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, an_empty_snapshot_finds_nothing);
    tcase_add_test(t, a_section_is_found_by_another_form_of_its_word);
    tcase_add_test(t, a_word_of_the_heading_counts_more_than_one_of_the_text);
    tcase_add_test(t, stop_words_find_nothing);
    tcase_add_test(t, an_identifier_is_found_whole_however_it_is_written);
    tcase_add_test(t, chinese_is_found_by_pairs_of_characters);
    tcase_add_test(t, a_title_finds_all_sections_of_its_document);
    tcase_add_test(t, words_that_stand_together_are_near);
    tcase_add_test(t, a_section_for_other_roles_is_left_out);
    tcase_add_test(t, one_slip_is_mended);
    tcase_add_test(t, two_slips_are_mended_in_a_long_word);
    tcase_add_test(t, a_word_that_general_language_knows_is_never_mended);
    tcase_add_test(t, a_letter_that_is_wrongly_single_or_double_before_an_ending_is_mended);
    tcase_add_test(t, a_misspelt_stop_word_is_a_stop_word);
    tcase_add_test(t, two_words_meet_one);
    tcase_add_test(t, one_word_meets_two);
    tcase_add_test(t, synonyms_hold_both_ways);
    tcase_add_test(t, everyday_words_that_mean_something_together_are_one_term);
    tcase_add_test(t, a_synonym_may_be_several_words);
    tcase_add_test(t, a_synonym_that_the_question_lacks_changes_nothing);
    tcase_add_test(t, a_question_of_too_many_words_keeps_those_that_are_known);
    tcase_add_test(t, no_history_shows_in_a_result);
    tcase_add_test(t, a_document_that_is_gone_is_found_no_more);
    tcase_add_test(t, a_document_of_the_same_id_replaces_the_one_before);
    tcase_add_test(t, documents_and_sections_are_numbered_by_id);
    tcase_add_test(t, the_limit_on_memory_is_kept_and_named);
    tcase_add_test(t, an_arena_that_is_full_is_an_error);
    tcase_add_test(t, the_nearest_vector_is_found_without_a_word);
    tcase_add_test(t, a_hit_by_words_has_its_cosine_too);
    tcase_add_test(t, many_vectors_are_searched_as_if_each_were_looked_at);
    tcase_add_test(t, threads_share_documents_and_snapshots);
    return tap_run("core/index", t);
}
