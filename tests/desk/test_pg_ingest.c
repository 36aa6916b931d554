/* test_pg_ingest.c: a folder on its way into PostgreSQL, where documents are put many at a time. */
#include "fixture.h"

#include <sys/stat.h>

#include "pg_control.h"

#define DOCUMENTS 400
#define STOP_AT 150

static char folder[64];
static char database[64];
static esi_desk *desk;

static void path_of(int number, char out[128]) {
    snprintf(out, 128, "%s/doc-%03d.md", folder, number);
}

static void setup(void) {
    esi_error err = {0};
    esi_options options = ESI_OPTIONS_INIT;
    char path[128], url[512];
    strcpy(folder, "/tmp/esihelp-folder-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    for (int i = 0; i < DOCUMENTS; i++) {
        path_of(i, path);
        FILE *file = fopen(path, "w");
        ck_assert_ptr_nonnull(file);
        fprintf(file, "# Shelf %d\n\n## Cables of shelf %d\n\nTake cable %d.\n", i, i, i);
        fclose(file);
    }
    snprintf(database, sizeof(database), "folder_%ld", (long)getpid());
    pg_control("create %s", database);
    snprintf(url, sizeof(url), "%s", pg_control("url main owner %s", database));
    options.store = url;
    options.provider = "offline";
    must(esi_desk_open(&options, &desk, &err), &err);
}

static void teardown(void) {
    char path[128];
    esi_desk_close(desk);
    pg_control("drop %s", database);
    for (int i = 0; i < DOCUMENTS; i++) {
        path_of(i, path);
        unlink(path);
    }
    rmdir(folder);
}

static int rows(void) {
    return atoi(pg_control("sql main %s SELECT count(*) FROM kb_documents", database));
}

static esi_kb_report *ingest(esi_kb_progress_fn progress, esi_err expected) {
    esi_error err = {0};
    esi_kb_report *report = NULL;
    esi_kb_source source = ESI_KB_SOURCE_INIT;
    source.path = folder;
    source.on_progress = progress;
    const esi_err rc = esi_kb_ingest(desk, &source, &report, &err);
    ck_assert_msg(rc == expected, "%s: %s", esi_err_name(rc), err.message);
    return report;
}

START_TEST(a_folder_is_put_whole_and_a_second_run_changes_nothing) {
    esi_kb_report *report = ingest(NULL, ESI_OK);
    ck_assert_uint_eq(report->added, DOCUMENTS);
    esi_kb_report_free(report);
    ck_assert_int_eq(rows(), DOCUMENTS);
    esi_health *health = NULL;
    must(esi_desk_health(desk, &health, NULL), NULL);
    ck_assert_int_eq(health->documents, DOCUMENTS); /* found at once */
    esi_health_free(health);
    report = ingest(NULL, ESI_OK);
    ck_assert_uint_eq(report->unchanged, DOCUMENTS);
    esi_kb_report_free(report);
    ck_assert_str_eq(pg_control("sql main %s SELECT version FROM collections", database), "400");
}
END_TEST

static int stop(const esi_kb_progress *progress, void *context) {
    (void)context;
    return progress->done == STOP_AT;
}

START_TEST(an_ingest_that_is_stopped_has_put_what_its_report_tells) {
    esi_kb_report *report = ingest(stop, ESI_ECANCELLED);
    ck_assert_uint_eq(report->added, STOP_AT);
    esi_kb_report_free(report);
    ck_assert_int_eq(rows(), STOP_AT);
    report = ingest(NULL, ESI_OK);
    ck_assert_uint_eq(report->added, DOCUMENTS - STOP_AT);
    ck_assert_uint_eq(report->unchanged, STOP_AT);
    esi_kb_report_free(report);
}
END_TEST

START_TEST(a_document_that_is_refused_leaves_the_others) {
    char path[128];
    path_of(7, path);
    FILE *file = fopen(path, "w");
    fprintf(file, "\xff\xfe");
    fclose(file);
    esi_kb_report *report = ingest(NULL, ESI_OK);
    ck_assert_uint_eq(report->added, DOCUMENTS - 1);
    ck_assert_uint_eq(report->refused, 1);
    esi_kb_report_free(report);
    ck_assert_int_eq(rows(), DOCUMENTS - 1);
}
END_TEST

START_TEST(a_store_that_goes_away_is_an_error_and_no_report) {
    pg_control("sql main %s ALTER TABLE kb_sections RENAME TO gone", database);
    ck_assert_ptr_null(ingest(NULL, ESI_EUNAVAILABLE));
    pg_control("sql main %s ALTER TABLE gone RENAME TO kb_sections", database);
    ck_assert_int_eq(rows(), 0);
    esi_kb_report_free(ingest(NULL, ESI_OK));
    ck_assert_int_eq(rows(), DOCUMENTS);
}
END_TEST

int main(void) {
    if (pg_missing() != NULL) {
        return tap_skip(pg_missing());
    }
    TCase *t = tcase_create("pg_ingest");
    tcase_set_timeout(t, 120);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, a_folder_is_put_whole_and_a_second_run_changes_nothing);
    tcase_add_test(t, an_ingest_that_is_stopped_has_put_what_its_report_tells);
    tcase_add_test(t, a_document_that_is_refused_leaves_the_others);
    tcase_add_test(t, a_store_that_goes_away_is_an_error_and_no_report);
    return tap_run("desk/pg_ingest", t);
}
