/* test_fill.c: vectors of a model that is paid for: none is paid for twice, whatever happens; over
 * a file, and, below `pg.py run`, over a database. */
#include "paid.h"

#include "desk/vectors.h"

/* ---- what is paid for ------------------------------------------------------------------------ */

START_TEST(a_text_is_paid_for_once) {
    write_documents(5, 4, "brass");
    esi_desk *desk = open_desk();
    esi_kb_report *r = ingest(desk);
    ck_assert_uint_eq(r->added, 5);
    ck_assert_int_eq(r->pending, 0);
    ck_assert_int_eq(r->embedded, 5 * 3 + 1);
    ck_assert_int_eq(r->reused, 4); /* the section that all of them have */
    ck_assert_int_eq(r->embedding_tokens, 10 * (5 * 3 + 1));
    ck_assert_int_eq(remote->inputs, 5 * 3 + 1);
    ck_assert_int_eq(unembedded(desk), 0);
    esi_kb_report_free(r);
    r = ingest(desk);
    ck_assert_int_eq(r->embedded + r->reused + r->embedding_tokens, 0);
    ck_assert_int_eq(remote->inputs, 5 * 3 + 1);
    esi_kb_report_free(r);
    esi_desk_close(desk);
}
END_TEST

START_TEST(a_document_that_changes_pays_for_what_is_new) {
    write_documents(1, 6, "brass");
    esi_desk *desk = open_desk();
    esi_kb_report_free(ingest(desk));
    const int before = remote->inputs;
    write_documents(1, 7, "brass");
    esi_kb_report *r = ingest(desk);
    ck_assert_uint_eq(r->updated, 1);
    ck_assert_int_eq(r->embedded, 1);
    ck_assert_int_eq(r->reused, 6);
    ck_assert_int_eq(remote->inputs, before + 1);
    esi_kb_report_free(r);
    esi_desk_close(desk);
}
END_TEST

START_TEST(documents_that_are_removed_and_come_back_cost_nothing) {
    write_documents(1, 4, "brass");
    esi_desk *desk = open_desk();
    esi_error err = {0};
    esi_kb_report_free(ingest(desk));
    must(esi_kb_remove(desk, "brass-0", &err), &err);
    esi_kb_report *r = ingest(desk);
    ck_assert_uint_eq(r->added, 1);
    ck_assert_int_eq(r->embedded, 0);
    ck_assert_int_eq(r->reused, 4);
    ck_assert_int_eq(r->pending, 0);
    esi_kb_report_free(r);
    esi_desk_close(desk);
}
END_TEST

START_TEST(requests_have_many_texts_and_go_out_several_at_a_time) {
    remote->ms = 20;
    write_documents(20, 26, "brass");
    esi_desk *desk = open_desk();
    esi_kb_report *r = ingest(desk);
    ck_assert_int_eq(r->pending, 0);
    ck_assert_int_eq(remote->inputs, 20 * 25 + 1);
    ck_assert_int_le(remote->requests, (20 * 25 + 1) / VECTORS_BATCH + 3);
    ck_assert_int_gt(remote->most, 1);
    ck_assert_int_le(remote->most, VECTORS_AT_ONCE);
    esi_kb_report_free(r);
    esi_desk_close(desk);
}
END_TEST

START_TEST(a_dry_run_and_a_scratch_copy_pay_for_nothing) {
    write_documents(2, 4, "brass");
    esi_options o = options();
    esi_error err = {0};
    esi_desk *desk = open_desk(), *scratch = NULL;
    esi_kb_report *report = NULL;
    esi_kb_source source = ESI_KB_SOURCE_INIT;
    source.path = folder;
    source.dry_run = true;
    source.explain = true;
    must(esi_kb_ingest(desk, &source, &report, &err), &err);
    ck_assert_uint_eq(report->added, 2);
    ck_assert_int_eq(report->pending, 0);
    esi_kb_report_free(report);
    o.scratch = true;
    must(esi_desk_open(&o, &scratch, &err), &err);
    report = ingest(scratch);
    ck_assert_uint_eq(report->added, 2);
    esi_kb_report_free(report);
    ck_assert_int_eq(unembedded(scratch), 8);
    esi_desk_close(scratch);
    ck_assert_int_eq(remote->requests, 0);
    esi_desk_close(desk);
}
END_TEST

/* ---- bad weather ----------------------------------------------------------------------------- */

START_TEST(an_outage_leaves_the_rest_to_the_next_ingest) {
    write_documents(20, 26, "brass");
    remote->fails_after = 2;
    remote->status = 401; /* it isn't tried again and again */
    esi_desk *desk = open_desk();
    esi_kb_report *r = ingest(desk);
    ck_assert_uint_eq(r->added, 20);
    ck_assert_int_eq(r->embedded, 2 * VECTORS_BATCH);
    ck_assert_int_gt(r->pending, 0);
    ck_assert_int_eq(unembedded(desk), r->pending);
    esi_kb_report_free(r);
    esi_desk_close(desk);

    remote->fails_after = -1;
    desk = open_desk();
    r = ingest(desk);
    ck_assert_uint_eq(r->unchanged, 20);
    ck_assert_int_eq(r->pending, 0);
    ck_assert_int_eq(remote->inputs, 20 * 25 + 1);
    ck_assert_int_eq(unembedded(desk), 0);
    esi_kb_report_free(r);
    esi_desk_close(desk);
}
END_TEST

START_TEST(what_has_no_vector_is_found_by_words) {
    write_documents(2, 4, "brass");
    remote->fails_after = 0;
    remote->status = 403;
    esi_desk *desk = open_desk();
    esi_kb_report_free(ingest(desk));
    esi_error err = {0};
    esi_kb_query query = ESI_KB_QUERY_INIT;
    esi_kb_hits *hits = NULL;
    query.text = "Whom do I call at the front office?";
    must(esi_kb_search(desk, &query, &hits, &err), &err);
    ck_assert_uint_gt(hits->count, 0);
    ck_assert_ptr_nonnull(strstr(hits->items[0]->text, "extension seventeen"));
    esi_kb_hits_free(hits);
    esi_desk_close(desk);
}
END_TEST

START_TEST(a_limit_is_waited_for_as_long_as_it_says) {
    write_documents(2, 4, "brass");
    remote->fails_after = 0;
    remote->fails_until = 1;
    remote->status = 429;
    remote->retry_after_ms = 700;
    esi_desk *desk = open_desk();
    const int64_t begun = esi_clock_ns();
    esi_kb_report *r = ingest(desk);
    ck_assert_int_ge(esi_clock_ns() - begun, 700 * NS_PER_MS);
    ck_assert_int_eq(r->pending, 0);
    ck_assert_int_eq(remote->requests, 2);
    esi_kb_report_free(r);
    esi_desk_close(desk);
}
END_TEST

START_TEST(a_limit_beyond_patience_is_not_waited_for) {
    write_documents(2, 4, "brass");
    remote->fails_after = 0;
    remote->status = 429;
    remote->retry_after_ms = 3600000;
    esi_desk *desk = open_desk();
    esi_kb_report *r = ingest(desk);
    ck_assert_int_eq(r->pending, 8);
    ck_assert_int_eq(remote->requests, 1);
    esi_kb_report_free(r);
    esi_desk_close(desk);
}
END_TEST

START_TEST(an_ingests_deadline_ends_its_waiting) {
    write_documents(2, 4, "brass");
    remote->fails_after = 0;
    esi_desk *desk = open_desk();
    esi_error err = {0};
    esi_kb_report *report = NULL;
    esi_kb_source source = ESI_KB_SOURCE_INIT;
    source.path = folder;
    source.deadline_ms = 1500;
    must(esi_kb_ingest(desk, &source, &report, &err), &err);
    ck_assert_int_eq(report->pending, 8);
    ck_assert_int_le(remote->requests, 4);
    esi_kb_report_free(report);
    esi_desk_close(desk);
}
END_TEST

START_TEST(a_text_that_is_refused_holds_up_no_other) {
    write_documents(6, 100, "brass"); /* more than a page */
    write_documents(1, 3, "xx");
    remote->refuses = 'x';
    esi_desk *desk = open_desk();
    esi_kb_report *r = ingest(desk);
    ck_assert_int_eq(r->pending, 2);
    ck_assert_int_eq(remote->inputs, 6 * 99 + 1);
    esi_kb_report_free(r);
    esi_desk_close(desk);
}
END_TEST

static int stop_at_vectors(const esi_kb_progress *progress, void *context) {
    int *told = context;
    *told += progress->source[0] == '\0';
    return progress->source[0] == '\0' && progress->done > 0;
}

START_TEST(it_can_be_stopped_between_vectors) {
    write_documents(40, 27, "brass");
    esi_desk *desk = open_desk();
    esi_error err = {0};
    esi_kb_report *report = NULL;
    esi_kb_source source = ESI_KB_SOURCE_INIT;
    int told = 0;
    source.path = folder;
    source.on_progress = stop_at_vectors;
    source.progress_context = &told;
    ck_assert_str_eq(esi_err_name(esi_kb_ingest(desk, &source, &report, &err)), "ESI_ECANCELLED");
    ck_assert_int_eq(told, 2);
    ck_assert_uint_eq(report->added, 40);
    ck_assert_int_eq(report->pending, 40 * 27 - VECTORS_TEXTS_MAX);
    esi_kb_report_free(report);
    report = ingest(desk);
    ck_assert_int_eq(report->pending, 0);
    ck_assert_int_eq(remote->inputs, 40 * 26 + 1);
    esi_kb_report_free(report);
    esi_desk_close(desk);
}
END_TEST

START_TEST(a_question_that_comes_again_costs_nothing) {
    write_documents(2, 4, "brass");
    esi_desk *desk = open_desk();
    esi_kb_report_free(ingest(desk));
    const int before = remote->requests;
    for (int i = 0; i < 3; i++) {
        esi_error err = {0};
        esi_kb_query query = ESI_KB_QUERY_INIT;
        esi_kb_hits *hits = NULL;
        query.text = i < 2 ? "Whom do I call?" : "Which knob do I turn?";
        must(esi_kb_search(desk, &query, &hits, &err), &err);
        esi_kb_hits_free(hits);
        ck_assert_int_eq(remote->requests, before + (i < 2 ? 1 : 2));
    }
    esi_desk_close(desk);
}
END_TEST

START_TEST(a_desk_that_only_reads_pays_for_no_documents) {
    write_documents(2, 4, "brass");
    put_without_vectors();
    const int before = remote->requests;
    esi_options o = options();
    esi_error err = {0};
    esi_desk *desk = NULL;
    o.read_only = true;
    must(esi_desk_open(&o, &desk, &err), &err);
    ck_assert_int_eq(unembedded(desk), 8);
    os_sleep(esi_clock_ns() + 100 * NS_PER_MS);
    ck_assert_int_eq(remote->requests, before);
    esi_desk_close(desk);
}
END_TEST

/* ---- many at it ------------------------------------------------------------------------------ */

/* Runs an ingest in a process of its own. */
static pid_t ingest_elsewhere(void) {
    const pid_t child = fork();
    if (child == 0) {
        esi_options o = options();
        esi_desk *desk = NULL;
        esi_kb_report *report = NULL;
        esi_kb_source source = ESI_KB_SOURCE_INIT;
        source.path = folder;
        const bool ok = esi_desk_open(&o, &desk, NULL) == ESI_OK &&
                        esi_kb_ingest(desk, &source, &report, NULL) == ESI_OK &&
                        report->pending == 0;
        esi_kb_report_free(report);
        esi_desk_close(desk);
        _exit(ok ? 0 : 1);
    }
    ck_assert_int_gt(child, 0);
    return child;
}

static int wait_for(pid_t child) {
    int status = 0;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    return status;
}

START_TEST(two_processes_do_not_pay_for_the_same) {
    write_documents(30, 31, "brass");
    put_without_vectors();
    remote->ms = 10;
    const pid_t a = ingest_elsewhere(), b = ingest_elsewhere();
    ck_assert_int_eq(wait_for(a), 0);
    ck_assert_int_eq(wait_for(b), 0);
    ck_assert_int_eq(remote->inputs, 30 * 30 + 1);
}
END_TEST

/* The lease of one who was killed runs out after some seconds: that time is over. */
static void let_lease_run_out(void) {
    const esi_store_ops *ops;
    esi_store *store = NULL;
    bool taken;
    const esi_wait wait = wait_for_ms(10000, NULL);
    const esi_store_config config = {
        .size = sizeof(config), .url = path, .migrate = true, .wait = wait};
    const int64_t later = clock_now_ms() + 60000;
    ck_assert_int_eq(store_find(path, &ops, NULL), ESI_OK);
    ck_assert_int_eq(ops->open(&config, &store, NULL), ESI_OK);
    ck_assert_int_eq(ops->space_lease(store, "esihelp", "test", later, 1, &wait, &taken, NULL),
                     ESI_OK);
    ck_assert_int_eq(ops->space_lease(store, "esihelp", "test", later, 0, &wait, &taken, NULL),
                     ESI_OK);
    ops->close(store);
}

START_TEST(an_ingest_that_is_killed_goes_on_where_it_was) {
    const int times = getenv("ESI_SOAK") ? 100 : 8;
    const int documents = 60, sections = 31;
    write_documents(documents, sections, "brass");
    put_without_vectors();
    remote->ms = 30;
    int kills = 0;
    for (int i = 0; i < times; i++) {
        const pid_t child = ingest_elsewhere();
        /* from its beginning to where it is about done */
        const int64_t ms = 20 + (int64_t)i * 37 % 150;
        os_sleep(esi_clock_ns() + ms * NS_PER_MS);
        kill(child, SIGKILL);
        const int status = wait_for(child);
        kills += WIFSIGNALED(status);
        let_lease_run_out();
    }
    ck_assert_int_eq(wait_for(ingest_elsewhere()), 0);
    const int distinct = documents * (sections - 1) + 1;
    /* what was under way when it was killed: nobody knows whether it was answered */
    const int most = distinct + kills * VECTORS_AT_ONCE * VECTORS_BATCH;
    ck_assert_int_ge(remote->inputs, distinct);
    ck_assert_int_le(remote->inputs, most);
    esi_desk *desk = open_desk();
    ck_assert_int_eq(unembedded(desk), 0);
    esi_desk_close(desk);
}
END_TEST

START_TEST(a_desk_that_serves_fills_what_was_left) {
    write_documents(3, 4, "brass");
    remote->fails_after = 0;
    remote->status = 403;
    esi_desk *desk = open_desk();
    esi_kb_report *r = ingest(desk);
    ck_assert_int_eq(r->pending, 12);
    esi_kb_report_free(r);
    remote->fails_after = -1;
    const int64_t until = esi_clock_ns() + 30000 * NS_PER_MS;
    while (unembedded(desk) > 0 && esi_clock_ns() < until) {
        os_sleep(esi_clock_ns() + 50 * NS_PER_MS);
    }
    ck_assert_int_eq(unembedded(desk), 0);
    ck_assert_int_eq(remote->inputs, 3 * 3 + 1);
    esi_desk_close(desk);
}
END_TEST

START_TEST(closing_a_desk_does_not_wait_for_its_filling) {
    write_documents(3, 4, "brass");
    remote->fails_after = 0;
    remote->status = 403;
    esi_desk *desk = open_desk();
    esi_kb_report_free(ingest(desk));
    remote->fails_after = -1;
    remote->ms = 60000;
    const int before = remote->requests;
    const int64_t until = esi_clock_ns() + 30000 * NS_PER_MS;
    while (remote->requests == before && esi_clock_ns() < until) {
        os_sleep(esi_clock_ns() + 20 * NS_PER_MS);
    }
    ck_assert_int_gt(remote->requests, before);
    const int64_t begun = esi_clock_ns();
    esi_desk_close(desk);
    ck_assert_int_lt(esi_clock_ns() - begun, 5000 * NS_PER_MS);
}
END_TEST

int main(void) {
    if (getenv("ESI_TEST_PG_WHY") != NULL) {
        return tap_skip(getenv("ESI_TEST_PG_WHY"));
    }
    TCase *t = tcase_create("fill");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, a_text_is_paid_for_once);
    tcase_add_test(t, a_document_that_changes_pays_for_what_is_new);
    tcase_add_test(t, documents_that_are_removed_and_come_back_cost_nothing);
    tcase_add_test(t, requests_have_many_texts_and_go_out_several_at_a_time);
    tcase_add_test(t, a_dry_run_and_a_scratch_copy_pay_for_nothing);
    tcase_add_test(t, an_outage_leaves_the_rest_to_the_next_ingest);
    tcase_add_test(t, what_has_no_vector_is_found_by_words);
    tcase_add_test(t, a_limit_is_waited_for_as_long_as_it_says);
    tcase_add_test(t, a_limit_beyond_patience_is_not_waited_for);
    tcase_add_test(t, an_ingests_deadline_ends_its_waiting);
    tcase_add_test(t, a_text_that_is_refused_holds_up_no_other);
    tcase_add_test(t, it_can_be_stopped_between_vectors);
    tcase_add_test(t, a_question_that_comes_again_costs_nothing);
    tcase_add_test(t, a_desk_that_only_reads_pays_for_no_documents);
    tcase_add_test(t, two_processes_do_not_pay_for_the_same);
    tcase_add_test(t, an_ingest_that_is_killed_goes_on_where_it_was);
    tcase_add_test(t, a_desk_that_serves_fills_what_was_left);
    tcase_add_test(t, closing_a_desk_does_not_wait_for_its_filling);
    return tap_run("desk/fill", t);
}
