/* test_intake.c: many documents are read by several threads; the index is the same. */
#include "desk/intake.h"

#include <stdio.h>
#include <string.h>

#include "tap.h"

#define MANY 300
#define SECTIONS 4
#define DIMENSIONS 16

/* A visited document; it is gone when the visit returns. */
struct made {
    char id[32], texts[SECTIONS][200], ids[SECTIONS][40];
    float vectors[SECTIONS][DIMENSIONS];
    esi_store_section sections[SECTIONS];
    esi_store_document document;
};

static void make(struct made *m, int number) {
    memset(m, 0, sizeof *m);
    snprintf(m->id, sizeof m->id, "d-%04d", number);
    for (int i = 0; i < SECTIONS; i++) {
        snprintf(m->ids[i], sizeof m->ids[i], "%s#%d", m->id, i);
        snprintf(m->texts[i], sizeof m->texts[i],
                 "Shelf %d holds cables of kind %d. Lift the lid before you pull part%d.", number,
                 i, number * SECTIONS + i);
        m->vectors[i][(number + i) % DIMENSIONS] = 1.0f;
        m->sections[i] = (esi_store_section){.id = m->ids[i],
                                             .ordinal = i,
                                             .heading = "Shelves",
                                             .text = m->texts[i],
                                             .vector = m->vectors[i]};
    }
    m->document = (esi_store_document){.id = m->id,
                                       .source = m->id,
                                       .scope = "",
                                       .title = "Shelves",
                                       .version = "1",
                                       .updated = "",
                                       .standing = "current",
                                       .language = "en",
                                       .sections = m->sections,
                                       .section_count = SECTIONS};
}

static struct intake *visited(int count, size_t memory_max, esi_err *rc, esi_error *err) {
    struct intake *in = NULL;
    struct made m;
    ck_assert_int_eq(intake_create(DIMENSIONS, memory_max, &in, NULL), ESI_OK);
    *rc = ESI_OK;
    for (int i = 0; *rc == ESI_OK && i < count; i++) {
        make(&m, (i * 7919) % count);
        *rc = intake_visit(&m.document, false, in, err);
    }
    memset(&m, 0xA5, sizeof m);
    return in;
}

static struct index *build(const struct intake_result *r) {
    struct index *index = NULL;
    ck_assert_int_eq(
        index_build(NULL, r->gone, r->gone_count, r->added, r->added_count, 1, 0, &index, NULL),
        ESI_OK);
    return index;
}

START_TEST(many_documents_make_the_index_that_they_make_one_by_one) {
    struct intake_result result;
    esi_err rc;
    struct intake *in = visited(MANY, 0, &rc, NULL);
    ck_assert_int_eq(intake_finish(in, rc, &result, NULL), ESI_OK);
    ck_assert_uint_eq(result.added_count, MANY);
    struct index_document *alone[MANY];
    for (int i = 0; i < MANY; i++) {
        struct intake_result one;
        struct made m;
        struct intake *single = NULL;
        make(&m, i);
        ck_assert_int_eq(intake_create(DIMENSIONS, 0, &single, NULL), ESI_OK);
        ck_assert_int_eq(intake_visit(&m.document, false, single, NULL), ESI_OK);
        ck_assert_int_eq(intake_finish(single, ESI_OK, &one, NULL), ESI_OK);
        alone[i] = one.added[0];
        one.added[0] = NULL;
        intake_free(single);
    }
    const struct intake_result serial = {.added = alone, .added_count = MANY};
    struct index *a = build(&result), *b = build(&serial);
    ck_assert_uint_eq(index_bytes(a), index_bytes(b));
    ck_assert_uint_eq(index_sections(a), MANY * SECTIONS);
    for (uint32_t s = 0; s < MANY * SECTIONS; s++) {
        const struct view x = index_section_id(a, s), y = index_section_id(b, s);
        ck_assert_uint_eq(x.n, y.n);
        ck_assert_mem_eq(x.p, y.p, x.n);
        ck_assert_mem_eq(index_section_vector(a, s), index_section_vector(b, s),
                         DIMENSIONS * sizeof(float));
    }
    ck_assert(index_has_form(a, VIEW("cables")));
    index_unref(a);
    index_unref(b);
    for (int i = 0; i < MANY; i++) {
        index_document_unref(alone[i]);
    }
    intake_free(in);
}
END_TEST

START_TEST(a_document_that_cannot_be_read_ends_it) {
    struct intake_result result;
    struct intake *in = NULL;
    struct made m;
    esi_error err = {0};
    esi_err rc = ESI_OK;
    ck_assert_int_eq(intake_create(DIMENSIONS, 0, &in, NULL), ESI_OK);
    for (int i = 0; rc == ESI_OK && i < 100000; i++) { /* a failure is told by a later visit */
        make(&m, i);
        m.sections[1].note = i == 120 ? "{\"items\":" : NULL;
        rc = intake_visit(&m.document, false, in, &err);
    }
    ck_assert_int_eq(rc, ESI_EPARSE);
    ck_assert_int_eq(intake_finish(in, rc, &result, &err), ESI_EPARSE);
    ck_assert_ptr_nonnull(strstr(err.message, "note"));
    intake_free(in);
}
END_TEST

START_TEST(what_takes_more_memory_than_allowed_is_told_before_all_is_read) {
    struct intake_result result;
    esi_error err = {0};
    esi_err rc;
    struct intake *in = visited(MANY, 100000, &rc, &err);
    ck_assert_int_eq(intake_finish(in, rc, &result, &err), ESI_ENOMEM);
    ck_assert(result.too_big);
    ck_assert_ptr_nonnull(strstr(err.message, "ESI_INDEX_MEMORY"));
    intake_free(in);
}
END_TEST

START_TEST(what_is_quarantined_counts_as_gone) {
    struct intake_result result;
    struct intake *in = NULL;
    struct made m;
    ck_assert_int_eq(intake_create(DIMENSIONS, 0, &in, NULL), ESI_OK);
    make(&m, 1);
    m.document.standing = "quarantined";
    ck_assert_int_eq(intake_visit(&m.document, false, in, NULL), ESI_OK);
    make(&m, 2);
    ck_assert_int_eq(intake_visit(&m.document, true, in, NULL), ESI_OK);
    ck_assert_int_eq(intake_finish(in, ESI_OK, &result, NULL), ESI_OK);
    ck_assert_uint_eq(result.added_count, 0);
    ck_assert_uint_eq(result.gone_count, 2);
    ck_assert(view_eq(result.gone[0], VIEW("d-0001")));
    ck_assert(view_eq(result.gone[1], VIEW("d-0002")));
    intake_free(in);
}
END_TEST

START_TEST(an_intake_may_be_left_unfinished) {
    esi_err rc;
    intake_free(visited(MANY, 0, &rc, NULL));
    ck_assert_int_eq(rc, ESI_OK);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("intake");
    tcase_add_test(t, many_documents_make_the_index_that_they_make_one_by_one);
    tcase_add_test(t, a_document_that_cannot_be_read_ends_it);
    tcase_add_test(t, what_takes_more_memory_than_allowed_is_told_before_all_is_read);
    tcase_add_test(t, what_is_quarantined_counts_as_gone);
    tcase_add_test(t, an_intake_may_be_left_unfinished);
    return tap_run("desk/intake", t);
}
