/* test_reembed.c: another embedding model, brought through sys/provider.h, while desks serve: over
 * a file, and, below `pg.py run`, over a database. */
#include "fixture.h"

#include <esihelp/sys/provider.h>

#include "pg_control.h"

#define DIMENSIONS 8

/* A model: its vectors say which letters a text has; `shift` makes another model of it. */
struct letters {
    const char *name;
    int shift;
    int fails_after; /* requests; -1: never */
    int asked;
};

static struct letters old_model = {"letters-1", 0, -1, 0};
static struct letters new_model = {"letters-2", 3, -1, 0};

static esi_err letters_open(const esi_provider_config *config, esi_provider **out, esi_error *err) {
    (void)err;
    *out = config->context;
    return ESI_OK;
}

static void letters_close(esi_provider *self) {
    (void)self;
}

static void letters_info(esi_provider *self, esi_provider_info *out) {
    const struct letters *l = (const struct letters *)self;
    *out = (esi_provider_info){
        .name = "letters", .embedding_model = l->name, .dimensions = DIMENSIONS, .local = true};
}

static esi_err letters_embed(esi_provider *self, const esi_embed_request *request, float *vectors,
                             esi_error *err) {
    struct letters *l = (struct letters *)self;
    if (l->fails_after >= 0 && l->asked >= l->fails_after) {
        return esi_fail(err, ESI_EUPSTREAM, "test/letters", "the model is away");
    }
    l->asked++;
    for (size_t i = 0; i < request->count; i++) {
        float *v = vectors + i * DIMENSIONS;
        float sum = 1;
        memset(v, 0, DIMENSIONS * sizeof(*v));
        for (size_t k = 0; k < request->texts[i].size; k++) {
            v[((unsigned char)request->texts[i].data[k] + (unsigned)l->shift) % DIMENSIONS] += 1;
        }
        for (size_t k = 0; k < DIMENSIONS; k++) {
            sum = v[k] > sum ? v[k] : sum;
        }
        for (size_t k = 0; k < DIMENSIONS; k++) {
            v[k] /= sum * 3; /* about of length 1 */
        }
    }
    return ESI_OK;
}

static const esi_provider_ops letters_ops = {.size = sizeof(esi_provider_ops),
                                             .name = "letters",
                                             .open = letters_open,
                                             .close = letters_close,
                                             .info = letters_info,
                                             .embed = letters_embed};

static char path[512];
static char database[64];

static esi_options options_of(struct letters *model) {
    esi_options options = ESI_OPTIONS_INIT;
    options.store = path;
    options.provider = "custom";
    options.provider_ops = &letters_ops;
    options.provider_context = model;
    options.refresh_ms = 20;
    return options;
}

static esi_desk *open_with(struct letters *model) {
    const esi_options options = options_of(model);
    esi_error err = {0};
    esi_desk *desk = NULL;
    must(esi_desk_open(&options, &desk, &err), &err);
    return desk;
}

static esi_reembed_report *reembed(struct letters *model, const esi_reembed_request *request) {
    const esi_options options = options_of(model);
    esi_error err = {0};
    esi_reembed_report *report = NULL;
    must(esi_kb_reembed(&options, request, &report, &err), &err);
    return report;
}

static size_t hits(esi_desk *desk, const char *text) {
    esi_error err = {0};
    esi_kb_query query = ESI_KB_QUERY_INIT;
    esi_kb_hits *found = NULL;
    query.text = text;
    must(esi_kb_search(desk, &query, &found, &err), &err);
    const size_t count = found->count;
    esi_kb_hits_free(found);
    return count;
}

static void setup(void) {
    old_model = (struct letters){"letters-1", 0, -1, 0};
    new_model = (struct letters){"letters-2", 3, -1, 0};
    if (pg_missing() == NULL) {
        snprintf(database, sizeof(database), "reembed_%ld", (long)getpid());
        pg_control("create %s", database);
        snprintf(path, sizeof(path), "%s", pg_control("url main owner %s", database));
    } else {
        strcpy(path, "/tmp/esihelp-reembed-XXXXXX");
        const int file = mkstemp(path);
        ck_assert_int_ge(file, 0);
        close(file);
    }
    esi_desk *desk = open_with(&old_model);
    put_document(desk, "print.md", printing_doc);
    put_document(desk, "badge.md", badge_doc);
    esi_desk_close(desk);
}

static void teardown(void) {
    if (pg_missing() == NULL) {
        pg_control("drop %s", database);
    } else {
        unlink(path);
    }
}

START_TEST(a_desk_of_another_model_opens_after_it_and_not_before) {
    const esi_options options = options_of(&new_model);
    esi_error err = {0};
    esi_desk *desk = NULL;
    ck_assert_int_eq(esi_desk_open(&options, &desk, &err), ESI_EDIM);
    ck_assert_ptr_nonnull(strstr(err.message, "esihelp reembed"));
    esi_reembed_report *report = reembed(&new_model, NULL);
    ck_assert_str_eq(report->model, "letters-2");
    ck_assert_str_eq(report->former_model, "letters-1");
    ck_assert_int_gt(report->made, 2);
    ck_assert_int_eq(report->missing, 0);
    ck_assert_int_eq(report->dropped, 0);
    ck_assert(report->swapped);
    esi_reembed_report_free(report);
    desk = open_with(&new_model);
    ck_assert_uint_gt(hits(desk, "paper jam"), 0);
    esi_desk_close(desk);
}
END_TEST

START_TEST(the_way_back_makes_nothing) {
    esi_reembed_report_free(reembed(&new_model, NULL));
    esi_reembed_report *report = reembed(&old_model, NULL);
    ck_assert_int_eq(report->made, 0);
    ck_assert(report->swapped);
    esi_reembed_report_free(report);
    esi_desk_close(open_with(&old_model));
}
END_TEST

START_TEST(vectors_of_other_models_are_removed_where_that_is_wanted) {
    esi_reembed_request request = ESI_REEMBED_REQUEST_INIT;
    request.drop_old = true;
    esi_reembed_report *report = reembed(&new_model, &request);
    ck_assert_int_eq(report->dropped, 1);
    esi_reembed_report_free(report);
    report = reembed(&old_model, NULL);
    ck_assert_int_gt(report->made, 2);
    esi_reembed_report_free(report);
}
END_TEST

START_TEST(a_model_that_goes_away_leaves_everything_as_it_was) {
    const esi_options options = options_of(&new_model);
    esi_error err = {0};
    esi_reembed_report *report = NULL;
    new_model.fails_after = 0;
    ck_assert_int_eq(esi_kb_reembed(&options, NULL, &report, &err), ESI_EUPSTREAM);
    ck_assert_ptr_null(report);
    esi_desk *desk = open_with(&old_model);
    ck_assert_uint_gt(hits(desk, "paper jam"), 0);
    esi_desk_close(desk);
}
END_TEST

static int stop_at_once(const esi_reembed_progress *progress, void *context) {
    *(int64_t *)context = progress->total;
    return 1;
}

START_TEST(the_caller_may_stop_it_and_learns_what_is_missing) {
    const esi_options options = options_of(&new_model);
    esi_error err = {0};
    esi_reembed_report *report = NULL;
    esi_reembed_request request = ESI_REEMBED_REQUEST_INIT;
    int64_t total = 0;
    request.on_progress = stop_at_once;
    request.progress_context = &total;
    ck_assert_int_eq(esi_kb_reembed(&options, &request, &report, &err), ESI_ECANCELLED);
    ck_assert_int_eq(report->made, 0);
    ck_assert_int_gt(total, 2);
    ck_assert_int_eq(report->missing, total);
    ck_assert(!report->swapped);
    esi_reembed_report_free(report);
    esi_desk_close(open_with(&old_model));
}
END_TEST

/* Puts a document with the old model while the new one's vectors are made. */
static int put_meanwhile(const esi_reembed_progress *progress, void *context) {
    (void)progress;
    esi_desk **desk = context;
    if (*desk) {
        put_document(*desk, "late.md",
                     "# Late\n\n## Lamps\n\nThe lamps are switched off at ten.\n");
        *desk = NULL;
    }
    return 0;
}

START_TEST(documents_that_come_meanwhile_have_their_vectors_too) {
    esi_desk *desk = open_with(&old_model);
    esi_desk *putting = desk;
    esi_reembed_request request = ESI_REEMBED_REQUEST_INIT;
    request.on_progress = put_meanwhile;
    request.progress_context = &putting;
    esi_reembed_report *report = reembed(&new_model, &request);
    const int64_t made = report->made;
    esi_reembed_report_free(report);
    esi_desk_close(desk);
    report = reembed(&new_model, NULL);
    ck_assert_int_eq(report->made, 0);
    esi_reembed_report_free(report);
    desk = open_with(&new_model);
    ck_assert_uint_gt(hits(desk, "lamps"), 0);
    ck_assert_int_gt(made, 3);
    esi_desk_close(desk);
}
END_TEST

/* What is wrong with the knowledge base; NULL: nothing. */
static const esi_finding *trouble_of(const esi_doctor_report *report) {
    for (size_t i = 0; report && i < report->finding_count; i++) {
        if (!report->findings[i]->ok && strcmp(report->findings[i]->what, "knowledge base") == 0) {
            return report->findings[i];
        }
    }
    return NULL;
}

START_TEST(an_open_desk_goes_on_from_what_it_read_and_says_so) {
    esi_desk *desk = open_with(&old_model);
    const size_t before = hits(desk, "paper jam");
    esi_reembed_report_free(reembed(&new_model, NULL));
    esi_error err = {0};
    esi_doctor_report *report = NULL;
    for (int i = 0; i < 500 && !trouble_of(report); i++) { /* until it looked */
        esi_doctor_report_free(report);
        usleep(10000);
        must(esi_desk_doctor(desk, &report, &err), &err);
    }
    const esi_finding *finding = trouble_of(report);
    ck_assert_ptr_nonnull(finding);
    ck_assert_ptr_nonnull(strstr(finding->detail, "letters-2"));
    ck_assert_ptr_nonnull(strstr(finding->mend, "open the desk anew"));
    esi_doctor_report_free(report);
    ck_assert_uint_eq(hits(desk, "paper jam"), before);
    esi_reply *reply = ask(desk, "s-1", "The printer shows a paper jam");
    ck_assert_uint_gt(reply->reference_count, 0);
    esi_reply_free(reply);
    esi_desk_close(desk);
}
END_TEST

START_TEST(a_model_that_the_provider_does_not_make_is_refused) {
    esi_options options = options_of(&new_model);
    esi_error err = {0};
    esi_reembed_report *report = NULL;
    options.embedding_model = "letters-9";
    ck_assert_int_eq(esi_kb_reembed(&options, NULL, &report, &err), ESI_EINVAL);
    ck_assert_ptr_nonnull(strstr(err.message, "letters-9"));
    options.embedding_model = NULL;
    options.read_only = true;
    ck_assert_int_eq(esi_kb_reembed(&options, NULL, &report, &err), ESI_EREADONLY);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("reembed");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, a_desk_of_another_model_opens_after_it_and_not_before);
    tcase_add_test(t, the_way_back_makes_nothing);
    tcase_add_test(t, vectors_of_other_models_are_removed_where_that_is_wanted);
    tcase_add_test(t, a_model_that_goes_away_leaves_everything_as_it_was);
    tcase_add_test(t, the_caller_may_stop_it_and_learns_what_is_missing);
    tcase_add_test(t, documents_that_come_meanwhile_have_their_vectors_too);
    tcase_add_test(t, an_open_desk_goes_on_from_what_it_read_and_says_so);
    tcase_add_test(t, a_model_that_the_provider_does_not_make_is_refused);
    return tap_run("desk/reembed", t);
}
