/* Embedding spaces that are built beside the live one. */
#include <string.h>

#include "store_contract.h"

static const esi_store_space next_space = {"next", 2};

/* What kb_changes tells: how many documents, how many sections have a vector, and what the vectors'
 * first numbers come to. */
struct told {
    size_t documents, sections, vectors;
    float sum;
};

static esi_err tell(const esi_store_document *d, bool gone, void *context, esi_error *err) {
    struct told *told = context;
    (void)err;
    told->documents += !gone;
    for (size_t i = 0; !gone && i < d->section_count; i++) {
        const float *vector = d->sections[i].vector;
        told->sections++;
        told->vectors += vector != NULL;
        told->sum += vector != NULL ? vector[0] : 0;
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

static const char *live_model(struct fixture *f) {
    int64_t version;
    esi_store_space space;
    ASSERT_OK(f, f->ops->kb_version(f->store, COLLECTION, &f->wait, &f->arena, &version, &space,
                                    &f->err));
    return space.model;
}

static int64_t begin(struct fixture *f, const esi_store_space *space) {
    int64_t missing = -1;
    ASSERT_OK(f, f->ops->space_begin(f->store, COLLECTION, space, &f->wait, &missing, &f->err));
    return missing;
}

static size_t ask_missing(struct fixture *f, const esi_store_space *space, const char *after,
                          int32_t limit, const esi_store_passage **out) {
    const esi_store_missing_query query = {*space, after, limit};
    size_t count;
    ASSERT_OK(f, f->ops->space_missing(f->store, COLLECTION, &query, &f->wait, &f->arena, out,
                                       &count, &f->err));
    return count;
}

static void put(struct fixture *f, const esi_store_space *space, const char *section, float mark) {
    const float vector[4] = {mark, 1, 0, 0};
    const esi_store_vector one = {section, vector};
    ASSERT_OK(f, f->ops->space_put(f->store, COLLECTION, space, &one, 1, &f->wait, &f->err));
}

static void put_missing(struct fixture *f, const esi_store_space *space, float mark) {
    const esi_store_passage *missing;
    const size_t count = ask_missing(f, space, NULL, 100, &missing);
    for (size_t i = 0; i < count; i++) {
        put(f, space, missing[i].section_id, mark);
    }
}

static esi_err swap(struct fixture *f, const esi_store_space *space) {
    return f->ops->space_swap(f->store, COLLECTION, space, &f->wait, &f->err);
}

static size_t drop(struct fixture *f) {
    size_t dropped = 99;
    ASSERT_OK(f, f->ops->space_drop(f->store, COLLECTION, &f->wait, &dropped, &f->err));
    return dropped;
}

/* Two documents: of two sections, and of three. */
static void fill(struct fixture *f, int row) {
    fixture_open(f, row);
    const esi_store_document a = a_document(f, "a", 2, 1), b = a_document(f, "b", 3, 1);
    put_document(f, &a);
    put_document(f, &b);
}

START_TEST(a_space_that_begins_misses_every_section) {
    struct fixture f;
    fill(&f, _i);
    const esi_store_document other = a_document(&f, "c", 1, 1);
    ASSERT_OK(&f, f.ops->kb_upsert(f.store, "other", &a_space, &other, NOW, &f.wait, &f.err));
    ck_assert_int_eq(begin(&f, &next_space), 5);
    ck_assert_int_eq(begin(&f, &next_space), 5);
    ck_assert_int_eq(begin(&f, &a_space), 0);
    ck_assert_str_eq(live_model(&f), "test");
    ck_assert_int_eq(kb_version(&f), 2);
    fixture_close(&f);
}
END_TEST

START_TEST(sections_that_miss_a_vector_are_told_by_page) {
    struct fixture f;
    fill(&f, _i);
    begin(&f, &next_space);
    const esi_store_passage *first, *second;
    ck_assert_uint_eq(ask_missing(&f, &next_space, NULL, 3, &first), 3);
    ck_assert_str_eq(first[0].document_id, "a");
    ck_assert_str_eq(first[0].title, "Title of a");
    ck_assert_str_eq(first[0].heading, "a > part 0");
    ck_assert_str_eq(first[0].text, "text 0 of a");
    ck_assert_str_eq(first[0].note, "{\"steps\":[]}");
    ck_assert_ptr_null(first[1].note);
    ck_assert_uint_eq(ask_missing(&f, &next_space, first[2].section_id, 3, &second), 2);
    ck_assert_int_lt(strcmp(first[2].section_id, second[0].section_id), 0);
    fixture_close(&f);
}
END_TEST

START_TEST(a_space_that_nobody_began_misses_nothing) {
    struct fixture f;
    fill(&f, _i);
    const esi_store_passage *missing;
    ck_assert_uint_eq(ask_missing(&f, &next_space, NULL, 3, &missing), 0);
    fixture_close(&f);
}
END_TEST

START_TEST(vectors_that_were_put_are_there_when_it_begins_again) {
    struct fixture f;
    fill(&f, _i);
    begin(&f, &next_space);
    const esi_store_passage *missing;
    ck_assert_uint_eq(ask_missing(&f, &next_space, NULL, 2, &missing), 2);
    put(&f, &next_space, missing[0].section_id, 7);
    put(&f, &next_space, missing[0].section_id, 8);                  /* the first one stays */
    put(&f, &next_space, "01990000-0000-7000-8000-ffffffffffff", 8); /* gone: passed over */
    if (f.lasts) {
        fixture_reopen(&f);
    }
    ck_assert_int_eq(begin(&f, &next_space), 4);
    put_missing(&f, &next_space, 1);
    ASSERT_OK(&f, swap(&f, &next_space));
    ck_assert_float_eq(changes(&f, 0).sum, 7 + 4);
    fixture_close(&f);
}
END_TEST

START_TEST(the_live_space_serves_until_the_swap) {
    struct fixture f;
    fill(&f, _i);
    begin(&f, &next_space);
    put_missing(&f, &next_space, 3);
    ck_assert_float_eq(changes(&f, 0).sum, 5);
    ck_assert_int_eq(kb_version(&f), 2);
    ASSERT_OK(&f, swap(&f, &next_space));
    ck_assert_str_eq(live_model(&f), "next");
    ck_assert_int_eq(kb_version(&f), 3);
    ck_assert_float_eq(changes(&f, 0).sum, 15);
    ck_assert_uint_eq(changes(&f, 2).documents, 2); /* all of them are told anew */
    ck_assert_uint_eq(changes(&f, 3).documents, 0);
    fixture_close(&f);
}
END_TEST

START_TEST(a_space_that_misses_a_section_is_not_swapped_in) {
    struct fixture f;
    fill(&f, _i);
    begin(&f, &next_space);
    put_missing(&f, &next_space, 3);
    const esi_store_document late = a_document(&f, "late", 1, 1);
    put_document(&f, &late);
    ASSERT_ERR(&f, ESI_ECONFLICT, swap(&f, &next_space));
    ck_assert_str_eq(live_model(&f), "test");
    ck_assert_int_eq(kb_version(&f), 3);
    put_missing(&f, &next_space, 3);
    ASSERT_OK(&f, swap(&f, &next_space));
    ck_assert_float_eq(changes(&f, 0).sum, 18);
    fixture_close(&f);
}
END_TEST

START_TEST(a_document_that_is_replaced_misses_its_vectors_again) {
    struct fixture f;
    fill(&f, _i);
    begin(&f, &next_space);
    put_missing(&f, &next_space, 3);
    const esi_store_document again = a_document(&f, "a", 4, 1);
    put_document(&f, &again);
    ck_assert_int_eq(begin(&f, &next_space), 4);
    fixture_close(&f);
}
END_TEST

START_TEST(the_former_space_stays_and_can_be_gone_back_to) {
    struct fixture f;
    fill(&f, _i);
    begin(&f, &next_space);
    put_missing(&f, &next_space, 3);
    ASSERT_OK(&f, swap(&f, &next_space));
    ck_assert_int_eq(begin(&f, &a_space), 0);
    ASSERT_OK(&f, swap(&f, &a_space));
    ck_assert_str_eq(live_model(&f), "test");
    ck_assert_float_eq(changes(&f, 0).sum, 5);
    ck_assert_int_eq(begin(&f, &next_space), 0);
    fixture_close(&f);
}
END_TEST

START_TEST(spaces_that_are_dropped_take_their_vectors_along) {
    struct fixture f;
    fill(&f, _i);
    const esi_store_document other = a_document(&f, "c", 1, 1);
    ASSERT_OK(&f, f.ops->kb_upsert(f.store, "other", &a_space, &other, NOW, &f.wait, &f.err));
    ck_assert_uint_eq(drop(&f), 0);
    begin(&f, &next_space);
    put_missing(&f, &next_space, 3);
    ck_assert_uint_eq(drop(&f), 1);
    ck_assert_int_eq(begin(&f, &next_space), 5);
    put_missing(&f, &next_space, 3);
    ASSERT_OK(&f, swap(&f, &next_space));
    ck_assert_uint_eq(drop(&f), 1);
    ck_assert_uint_eq(drop(&f), 0);
    ck_assert_float_eq(changes(&f, 0).sum, 15);
    ck_assert_int_eq(begin(&f, &a_space), 5);
    fixture_close(&f);
}
END_TEST

START_TEST(vectors_that_the_live_space_misses_can_be_put) {
    struct fixture f;
    fill(&f, _i);
    ASSERT_OK(&f, f.ops->kb_respace(f.store, COLLECTION, 2, &next_space, NULL, 0, &f.wait, &f.err));
    ck_assert_int_eq(begin(&f, &next_space), 5);
    put_missing(&f, &next_space, 3);
    ASSERT_OK(&f, swap(&f, &next_space));
    ck_assert_int_eq(kb_version(&f), 3 + 5 + 1); /* each of the five is a change */
    ck_assert_float_eq(changes(&f, 3).sum, 15);
    fixture_close(&f);
}
END_TEST

START_TEST(moving_at_once_leaves_no_other_space) {
    struct fixture f;
    fill(&f, _i);
    begin(&f, &next_space);
    ASSERT_OK(&f, f.ops->kb_respace(f.store, COLLECTION, 2, &next_space, NULL, 0, &f.wait, &f.err));
    ck_assert_uint_eq(drop(&f), 0);
    fixture_close(&f);
}
END_TEST

START_TEST(a_collection_without_documents_takes_a_space) {
    struct fixture f;
    fixture_open(&f, _i);
    ck_assert_int_eq(begin(&f, &next_space), 0);
    ASSERT_OK(&f, swap(&f, &next_space));
    ck_assert_str_eq(live_model(&f), "next");
    ck_assert_uint_eq(drop(&f), 0);
    fixture_close(&f);
}
END_TEST

START_TEST(many_documents_are_put_together_or_not_at_all) {
    struct fixture f;
    fixture_open(&f, _i);
    if (f.ops->kb_load != NULL) {
        const esi_store_document both[] = {a_document(&f, "a", 2, 1), a_document(&f, "b", 3, 1)};
        ASSERT_OK(&f, f.ops->kb_load(f.store, COLLECTION, &a_space, both, 2, NOW, &f.wait, &f.err));
        const struct told told = changes(&f, 0);
        ck_assert_uint_eq(told.documents, 2);
        ck_assert_uint_eq(told.vectors, 5);
        ck_assert_int_eq(kb_version(&f), 2);
        esi_store_document more[] = {a_document(&f, "c", 1, 1), a_document(&f, "d", 1, 1)};
        more[1].sections = both[0].sections; /* ids that are taken */
        ck_assert_int_ne(
            f.ops->kb_load(f.store, COLLECTION, &a_space, more, 2, NOW, &f.wait, &f.err), ESI_OK);
        ck_assert_uint_eq(changes(&f, 0).documents, 2);
        ck_assert_int_eq(kb_version(&f), 2);
        ASSERT_ERR(&f, ESI_EDIM,
                   f.ops->kb_load(f.store, COLLECTION, &next_space, both, 2, NOW, &f.wait, &f.err));
    }
    fixture_close(&f);
}
END_TEST

START_TEST(a_load_of_the_same_documents_again_takes_their_place) {
    struct fixture f;
    fixture_open(&f, _i);
    if (f.ops->kb_load != NULL) {
        const esi_store_document first[] = {a_document(&f, "a", 2, 1), a_document(&f, "b", 3, 1)};
        const esi_store_document again[] = {a_document(&f, "a", 4, 2), a_document(&f, "a", 1, 5)};
        ASSERT_OK(&f,
                  f.ops->kb_load(f.store, COLLECTION, &a_space, first, 2, NOW, &f.wait, &f.err));
        ASSERT_OK(&f,
                  f.ops->kb_load(f.store, COLLECTION, &a_space, again, 2, NOW, &f.wait, &f.err));
        const struct told told = changes(&f, 0);
        ck_assert_uint_eq(told.documents, 2);
        ck_assert_uint_eq(told.sections, 4);
        ck_assert_float_eq(told.sum, 5 + 3);
        ASSERT_OK(&f, f.ops->kb_load(f.store, COLLECTION, &a_space, NULL, 0, NOW, &f.wait, &f.err));
    }
    fixture_close(&f);
}
END_TEST

void add_space_tests(TCase *cases) {
    ADD(cases, a_space_that_begins_misses_every_section);
    ADD(cases, sections_that_miss_a_vector_are_told_by_page);
    ADD(cases, a_space_that_nobody_began_misses_nothing);
    ADD(cases, vectors_that_were_put_are_there_when_it_begins_again);
    ADD(cases, the_live_space_serves_until_the_swap);
    ADD(cases, a_space_that_misses_a_section_is_not_swapped_in);
    ADD(cases, a_document_that_is_replaced_misses_its_vectors_again);
    ADD(cases, the_former_space_stays_and_can_be_gone_back_to);
    ADD(cases, spaces_that_are_dropped_take_their_vectors_along);
    ADD(cases, vectors_that_the_live_space_misses_can_be_put);
    ADD(cases, moving_at_once_leaves_no_other_space);
    ADD(cases, a_collection_without_documents_takes_a_space);
    ADD(cases, many_documents_are_put_together_or_not_at_all);
    ADD(cases, a_load_of_the_same_documents_again_takes_their_place);
}
