#include "fixture.h"

#include "former.h"

static char path[64];

static esi_desk *open_file(bool read_only, esi_err expected) {
    esi_error err = {0};
    esi_desk *desk = NULL;
    esi_options options = ESI_OPTIONS_INIT;
    options.store = path;
    options.provider = "offline";
    options.read_only = read_only;
    ck_assert_int_eq(esi_desk_open(&options, &desk, &err), expected);
    if (expected != ESI_OK) {
        ck_assert_ptr_nonnull(strstr(err.message, "esi-words-2"));
    }
    return desk;
}

static void setup(void) {
    strcpy(path, "/tmp/esihelp-respace-XXXXXX");
    const int file = mkstemp(path);
    ck_assert_int_ge(file, 0);
    close(file);
    esi_desk *desk = open_file(false, ESI_OK);
    put_document(desk, "print.md", printing_doc);
    put_document(desk, "badge.md", badge_doc);
    esi_desk_close(desk);
}

static void teardown(void) {
    unlink(path);
}

static esi_err count_vectors(const esi_store_document *d, bool gone, void *context,
                             esi_error *err) {
    size_t *counts = context;
    (void)err;
    for (size_t i = 0; !gone && i < d->section_count; i++) {
        counts[0]++;
        counts[1] += d->sections[i].vector != NULL;
    }
    return ESI_OK;
}

START_TEST(vectors_of_a_former_local_model_are_made_anew) {
    former_make(path, "esi-former-1");
    esi_desk_close(open_file(false, ESI_OK));
    struct former f = former_open(path);
    size_t counts[2] = {0, 0};
    int64_t version = 0;
    ck_assert_str_eq(f.space.model, "esi-words-2");
    ck_assert_int_eq(f.ops->kb_changes(f.store, FORMER_COLLECTION, 0, &f.wait, count_vectors,
                                       counts, &version, NULL),
                     ESI_OK);
    ck_assert_uint_gt(counts[0], 2);
    ck_assert_uint_eq(counts[0], counts[1]);
    former_close(&f);
}
END_TEST

START_TEST(documents_stay_as_they_are) {
    former_make(path, "esi-former-1");
    esi_desk *desk = open_file(false, ESI_OK);
    esi_error err = {0};
    esi_kb_report *report = NULL;
    esi_kb_source source = ESI_KB_SOURCE_INIT;
    source.name = "print.md";
    source.text = printing_doc;
    must(esi_kb_ingest(desk, &source, &report, &err), &err);
    ck_assert_int_eq(report->unchanged, 1);
    esi_kb_report_free(report);
    esi_desk_close(desk);
}
END_TEST

START_TEST(vectors_of_a_model_elsewhere_are_refused) {
    former_make(path, "text-embedding-3-small");
    ck_assert_ptr_null(open_file(false, ESI_EDIM));
}
END_TEST

START_TEST(a_desk_that_may_not_write_refuses_them) {
    former_make(path, "esi-former-1");
    ck_assert_ptr_null(open_file(true, ESI_EDIM));
}
END_TEST

/* A desk is open while another one, of a later release, makes the vectors anew. */
START_TEST(a_desk_goes_on_with_what_another_made_anew) {
    esi_desk *desk = open_file(false, ESI_OK);
    former_make(path, "esi-former-1");
    esi_desk_close(open_file(false, ESI_OK));
    put_document(desk, "print.md", "# Printing\n\n## Paper\n\nThe printer takes A4 sheets.\n");
    esi_desk_close(desk);
    struct former f = former_open(path);
    ck_assert_str_eq(f.space.model, "esi-words-2");
    former_close(&f);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("respace");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, vectors_of_a_former_local_model_are_made_anew);
    tcase_add_test(t, documents_stay_as_they_are);
    tcase_add_test(t, vectors_of_a_model_elsewhere_are_refused);
    tcase_add_test(t, a_desk_that_may_not_write_refuses_them);
    tcase_add_test(t, a_desk_goes_on_with_what_another_made_anew);
    return tap_run("desk/respace", t);
}
