/* Vectors by what they were made of, who makes them, and those that are put where documents are
 * searched. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store_contract.h"

#define DAY INT64_C(86400000)

static const esi_store_space next_space = {"next", 2};

static void hash_of(uint32_t n, uint8_t out[32]) {
    memset(out, 7, 32);
    memcpy(out, &n, sizeof(n));
}

static void keep(struct fixture *f, const esi_store_space *space, uint32_t n, float mark,
                 int64_t now_ms) {
    uint8_t hash[1][32];
    const float vector[4] = {mark, 1, 0, 0};
    const float *vectors[] = {vector};
    hash_of(n, hash[0]);
    ASSERT_OK(f, f->ops->vectors_keep(f->store, space, (const uint8_t(*)[32])hash, vectors, 1,
                                      now_ms, &f->wait, &f->err));
}

/* The vector's first number; 0: there is none. */
static float find_at(struct fixture *f, const esi_store_space *space, uint32_t n, int64_t now_ms) {
    uint8_t hash[1][32];
    const float *found[1] = {NULL};
    hash_of(n, hash[0]);
    ASSERT_OK(f, f->ops->vectors_find(f->store, space, (const uint8_t(*)[32])hash, 1, now_ms,
                                      &f->wait, &f->arena, found, &f->err));
    return found[0] != NULL ? found[0][0] : 0;
}

static float find(struct fixture *f, const esi_store_space *space, uint32_t n) {
    return find_at(f, space, n, NOW);
}

static bool lease(struct fixture *f, const char *who, int64_t now_ms, int64_t lease_ms) {
    bool taken = false;
    ASSERT_OK(f, f->ops->space_lease(f->store, COLLECTION, who, now_ms, lease_ms, &f->wait, &taken,
                                     &f->err));
    return taken;
}

/* ---- what is kept ---------------------------------------------------------------------------- */

START_TEST(what_was_kept_is_found_by_its_hash) {
    struct fixture f;
    fixture_open(&f, _i);
    ck_assert_float_eq(find(&f, &a_space, 1), 0);
    keep(&f, &a_space, 1, 5, NOW);
    keep(&f, &a_space, 2, 6, NOW);
    if (f.lasts) {
        fixture_reopen(&f);
    }
    uint8_t hashes[4][32];
    const float *found[4];
    const uint32_t order[4] = {2, 9, 1, 2};
    for (size_t i = 0; i < 4; i++) {
        hash_of(order[i], hashes[i]);
    }
    ASSERT_OK(&f, f.ops->vectors_find(f.store, &a_space, (const uint8_t(*)[32])hashes, 4, NOW,
                                      &f.wait, &f.arena, found, &f.err));
    ck_assert_float_eq(found[0][0], 6);
    ck_assert_ptr_null(found[1]);
    ck_assert_float_eq(found[2][0], 5);
    ck_assert_float_eq(found[2][1], 1);
    ck_assert_float_eq(found[2][3], 0);
    ck_assert_float_eq(found[3][0], 6);
    fixture_close(&f);
}
END_TEST

START_TEST(what_is_kept_stays_as_it_was) {
    struct fixture f;
    fixture_open(&f, _i);
    keep(&f, &a_space, 1, 5, NOW);
    keep(&f, &a_space, 1, 9, NOW);
    ck_assert_float_eq(find(&f, &a_space, 1), 5);
    fixture_close(&f);
}
END_TEST

START_TEST(one_call_may_keep_a_text_twice) {
    struct fixture f;
    fixture_open(&f, _i);
    uint8_t hashes[3][32];
    const float vector[4] = {5, 1, 0, 0};
    const float *vectors[] = {vector, vector, vector};
    hash_of(1, hashes[0]);
    hash_of(2, hashes[1]);
    hash_of(1, hashes[2]);
    ASSERT_OK(&f, f.ops->vectors_keep(f.store, &a_space, (const uint8_t(*)[32])hashes, vectors, 3,
                                      NOW, &f.wait, &f.err));
    ck_assert_float_eq(find(&f, &a_space, 1), 5);
    fixture_close(&f);
}
END_TEST

START_TEST(each_space_keeps_its_own) {
    struct fixture f;
    fixture_open(&f, _i);
    const esi_store_space wider = {"test", 2};
    keep(&f, &a_space, 1, 5, NOW);
    keep(&f, &next_space, 1, 6, NOW);
    ck_assert_float_eq(find(&f, &a_space, 1), 5);
    ck_assert_float_eq(find(&f, &next_space, 1), 6);
    ck_assert_float_eq(find(&f, &wider, 1), 0);
    fixture_close(&f);
}
END_TEST

START_TEST(nothing_at_all_is_kept_and_found) {
    struct fixture f;
    fixture_open(&f, _i);
    ASSERT_OK(&f, f.ops->vectors_keep(f.store, &a_space, NULL, NULL, 0, NOW, &f.wait, &f.err));
    ASSERT_OK(
        &f, f.ops->vectors_find(f.store, &a_space, NULL, 0, NOW, &f.wait, &f.arena, NULL, &f.err));
    fixture_close(&f);
}
END_TEST

START_TEST(what_is_kept_goes_with_the_last_collection_of_its_model) {
    struct fixture f;
    fixture_open(&f, _i);
    const esi_store_document a = a_document(&f, "a", 1, 1);
    int64_t missing;
    size_t dropped;
    put_document(&f, &a);
    ASSERT_OK(&f, f.ops->space_begin(f.store, COLLECTION, &next_space, &f.wait, &missing, &f.err));
    keep(&f, &a_space, 1, 5, NOW);
    keep(&f, &next_space, 1, 6, NOW);
    ASSERT_OK(&f, f.ops->space_drop(f.store, COLLECTION, &f.wait, &dropped, &f.err));
    ck_assert_float_eq(find(&f, &a_space, 1), 5);
    ck_assert_float_eq(find(&f, &next_space, 1), 0);
    keep(&f, &next_space, 1, 7, NOW);
    ck_assert_float_eq(find(&f, &next_space, 1), 7);
    fixture_close(&f);
}
END_TEST

START_TEST(the_check_up_tells_how_many_are_kept) {
    struct fixture f;
    fixture_open(&f, _i);
    const esi_store_finding *found;
    size_t count;
    bool told = false;
    keep(&f, &a_space, 1, 5, NOW);
    keep(&f, &a_space, 1, 5, NOW);
    keep(&f, &next_space, 2, 6, NOW);
    ASSERT_OK(&f, f.ops->check(f.store, &f.wait, &f.arena, &found, &count, &f.err));
    for (size_t i = 0; i < count; i++) {
        told = told || (strcmp(found[i].what, "kept vectors") == 0 && found[i].ok &&
                        strncmp(found[i].detail, "2, ", 3) == 0);
    }
    ck_assert(told);
    fixture_close(&f);
}
END_TEST

/* ESI_STORE_VECTORS_MAX of them: some seconds. */
START_TEST(beyond_the_limit_those_used_least_lately_go) {
    enum { BATCH = 2000 };
    struct fixture f;
    if (getenv("ESI_SOAK") == NULL) {
        return;
    }
    fixture_open(&f, _i);
    const esi_store_space narrow = {"narrow", 1};
    uint8_t(*hashes)[32] = calloc(BATCH, sizeof(*hashes));
    const float **vectors = calloc(BATCH, sizeof(*vectors));
    const float one = 1;
    for (uint32_t at = 0; at < ESI_STORE_VECTORS_MAX; at += BATCH) {
        for (uint32_t i = 0; i < BATCH; i++) {
            hash_of(at + i, hashes[i]);
            vectors[i] = &one;
        }
        f.wait.until_ns = esi_clock_ns() + INT64_C(10000000000);
        ASSERT_OK(&f, f.ops->vectors_keep(f.store, &narrow, (const uint8_t(*)[32])hashes, vectors,
                                          BATCH, NOW + at, &f.wait, &f.err));
    }
    free(hashes);
    free(vectors);
    ck_assert_float_eq(find_at(&f, &narrow, 3, NOW + 2 * DAY), 1); /* used again */
    keep(&f, &narrow, ESI_STORE_VECTORS_MAX, 1, NOW + 3 * DAY);
    keep(&f, &narrow, ESI_STORE_VECTORS_MAX + 1, 1, NOW + 3 * DAY);
    size_t there = 0;
    for (uint32_t i = 0; i < BATCH + 10; i++) {
        there += find(&f, &narrow, i) > 0;
    }
    ck_assert_uint_eq(there, BATCH + 10 - 2);
    ck_assert_float_eq(find(&f, &narrow, 3), 1);
    ck_assert_float_eq(find(&f, &narrow, ESI_STORE_VECTORS_MAX + 1), 1);
    fixture_close(&f);
}
END_TEST

/* ---- the lease ------------------------------------------------------------------------------- */

START_TEST(one_fills_a_space_at_a_time) {
    struct fixture f;
    fixture_open(&f, _i);
    ck_assert(lease(&f, "a", NOW, 1000));
    ck_assert(!lease(&f, "b", NOW + 500, 1000));
    ck_assert(lease(&f, "a", NOW + 900, 1000)); /* renewed */
    ck_assert(!lease(&f, "b", NOW + 1500, 1000));
    ck_assert(!lease(&f, "b", NOW + 1500, 0)); /* it isn't b's to give back */
    ck_assert(!lease(&f, "b", NOW + 1500, 1000));
    ck_assert(lease(&f, "a", NOW + 1600, 0));
    ck_assert(lease(&f, "b", NOW + 1600, 1000));
    fixture_close(&f);
}
END_TEST

START_TEST(a_lease_that_ran_out_is_anybodys) {
    struct fixture f;
    fixture_open(&f, _i);
    ck_assert(lease(&f, "a", NOW, 1000));
    ck_assert(lease(&f, "b", NOW + 1000, 1000));
    ck_assert(!lease(&f, "a", NOW + 1001, 1000));
    fixture_close(&f);
}
END_TEST

START_TEST(each_collection_has_a_lease_of_its_own) {
    struct fixture f;
    bool taken = false;
    fixture_open(&f, _i);
    ck_assert(lease(&f, "a", NOW, 1000));
    ASSERT_OK(&f, f.ops->space_lease(f.store, "other", "b", NOW, 1000, &f.wait, &taken, &f.err));
    ck_assert(taken);
    fixture_close(&f);
}
END_TEST

/* ---- the live space -------------------------------------------------------------------------- */

struct told {
    size_t documents, sections, vectors;
    char last[64];
};

static esi_err tell(const esi_store_document *d, bool gone, void *context, esi_error *err) {
    struct told *told = context;
    (void)err;
    told->documents += !gone;
    snprintf(told->last, sizeof(told->last), "%s", d->id);
    for (size_t i = 0; !gone && i < d->section_count; i++) {
        told->sections++;
        told->vectors += d->sections[i].vector != NULL;
    }
    return ESI_OK;
}

static struct told changes(struct fixture *f, int64_t since) {
    struct told told = {0};
    int64_t version;
    ASSERT_OK(f, f->ops->kb_changes(f->store, COLLECTION, since, &f->wait, tell, &told, &version,
                                    &f->err));
    return told;
}

static void put_without_vectors(struct fixture *f, const char *id, size_t sections) {
    esi_store_document d = a_document(f, id, sections, 1);
    esi_store_section *bare = ARENA_ARRAY(&f->arena, sections, esi_store_section);
    for (size_t i = 0; i < sections; i++) {
        bare[i] = d.sections[i];
        bare[i].vector = NULL;
    }
    d.sections = bare;
    put_document(f, &d);
}

static size_t ask_missing(struct fixture *f, const esi_store_passage **out) {
    const esi_store_missing_query query = {a_space, NULL, 100};
    size_t count;
    ASSERT_OK(f, f->ops->space_missing(f->store, COLLECTION, &query, &f->wait, &f->arena, out,
                                       &count, &f->err));
    return count;
}

static void put_live(struct fixture *f, const esi_store_passage *passages, size_t count) {
    const float vector[4] = {1, 0, 0, 0};
    esi_store_vector *all = ARENA_ARRAY(&f->arena, count, esi_store_vector);
    for (size_t i = 0; i < count; i++) {
        all[i] = (esi_store_vector){passages[i].section_id, vector};
    }
    ASSERT_OK(f, f->ops->space_put(f->store, COLLECTION, &a_space, all, count, &f->wait, &f->err));
}

START_TEST(documents_may_come_before_their_vectors) {
    struct fixture f;
    const esi_store_passage *missing;
    fixture_open(&f, _i);
    put_without_vectors(&f, "a", 2);
    const struct told told = changes(&f, 0);
    ck_assert_uint_eq(told.sections, 2);
    ck_assert_uint_eq(told.vectors, 0);
    ck_assert_uint_eq(ask_missing(&f, &missing), 2);
    fixture_close(&f);
}
END_TEST

START_TEST(vectors_put_into_the_live_space_are_told_as_a_change) {
    struct fixture f;
    const esi_store_passage *missing;
    fixture_open(&f, _i);
    put_without_vectors(&f, "a", 2);
    put_without_vectors(&f, "b", 1);
    const esi_store_document whole = a_document(&f, "c", 1, 1);
    put_document(&f, &whole);
    ck_assert_int_eq(kb_version(&f), 3);
    ck_assert_uint_eq(ask_missing(&f, &missing), 3);
    put_live(&f, missing, 2); /* by id: those of a */
    ck_assert_int_eq(kb_version(&f), 4);
    const struct told told = changes(&f, 3);
    ck_assert_uint_eq(told.documents, 1);
    ck_assert_str_eq(told.last, "a");
    ck_assert_uint_eq(told.vectors, 2);
    ck_assert_uint_eq(changes(&f, 0).vectors, 3);
    fixture_close(&f);
}
END_TEST

START_TEST(vectors_that_are_there_change_nothing) {
    struct fixture f;
    const esi_store_passage *missing;
    fixture_open(&f, _i);
    put_without_vectors(&f, "a", 2);
    const size_t count = ask_missing(&f, &missing);
    put_live(&f, missing, count);
    ck_assert_int_eq(kb_version(&f), 2);
    put_live(&f, missing, count);
    ck_assert_int_eq(kb_version(&f), 2);
    fixture_close(&f);
}
END_TEST

START_TEST(a_document_that_went_meanwhile_is_passed_over) {
    struct fixture f;
    const esi_store_passage *missing;
    fixture_open(&f, _i);
    put_without_vectors(&f, "a", 2);
    const size_t count = ask_missing(&f, &missing);
    const char *id = "a";
    size_t removed;
    ASSERT_OK(&f, f.ops->kb_remove(f.store, COLLECTION, &id, 1, NOW, &f.wait, &removed, &f.err));
    put_live(&f, missing, count);
    ck_assert_int_eq(kb_version(&f), 2);
    fixture_close(&f);
}
END_TEST

void add_vector_tests(TCase *cases) {
    ADD(cases, what_was_kept_is_found_by_its_hash);
    ADD(cases, what_is_kept_stays_as_it_was);
    ADD(cases, one_call_may_keep_a_text_twice);
    ADD(cases, each_space_keeps_its_own);
    ADD(cases, nothing_at_all_is_kept_and_found);
    ADD(cases, what_is_kept_goes_with_the_last_collection_of_its_model);
    ADD(cases, the_check_up_tells_how_many_are_kept);
    ADD(cases, beyond_the_limit_those_used_least_lately_go);
    ADD(cases, one_fills_a_space_at_a_time);
    ADD(cases, a_lease_that_ran_out_is_anybodys);
    ADD(cases, each_collection_has_a_lease_of_its_own);
    ADD(cases, documents_may_come_before_their_vectors);
    ADD(cases, vectors_put_into_the_live_space_are_told_as_a_change);
    ADD(cases, vectors_that_are_there_change_nothing);
    ADD(cases, a_document_that_went_meanwhile_is_passed_over);
}
