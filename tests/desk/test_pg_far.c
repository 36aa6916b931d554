/* test_pg_far.c: a desk whose database searches says what one says that has all of it in memory. */
#include "fixture.h"

#include <stdatomic.h>

#include "pg_control.h"

#define KB TEST_SOURCE_ROOT "/kb"

static const char *const questions[] = {
    "How do I reset my lab VM?",
    "My VPN drops every few minutes",
    "I lost my phone and can't sign in with MFA",
    "What does a revert do to my container?",
    "When are scores published?",
    "The clock in my VM is wrong",
    "How do I bake bread?",
    "What is the weather like in Lisbon?",
};
#define QUESTIONS (sizeof(questions) / sizeof(questions[0]))

static char url[512];

struct heard {
    atomic_int warnings;
    char last[400];
};

static void hear(const esi_log_entry *entry, void *context) {
    struct heard *heard = context;
    if (entry->level == ESI_LOG_WARN) {
        atomic_fetch_add(&heard->warnings, 1);
        snprintf(heard->last, sizeof(heard->last), "%s", entry->message);
    }
}

static esi_desk *open_desk(const char *search, int64_t memory, struct heard *heard) {
    esi_error err = {0};
    esi_desk *desk = NULL;
    esi_options options = ESI_OPTIONS_INIT;
    options.store = url;
    options.provider = "offline";
    options.search = search;
    options.index_memory = memory;
    options.log = heard ? hear : NULL;
    options.log_context = heard;
    must(esi_desk_open(&options, &desk, &err), &err);
    return desk;
}

static void make_database(const char *name) {
    pg_control("create %s", name);
    snprintf(url, sizeof(url), "%s", pg_control("url main owner %s", name));
}

static void ingest_all(esi_desk *desk) {
    esi_error err = {0};
    esi_kb_report *report = NULL;
    esi_kb_source source = ESI_KB_SOURCE_INIT;
    source.path = KB;
    must(esi_kb_ingest(desk, &source, &report, &err), &err);
    esi_kb_report_free(report);
}

/* More than a megabyte of index. */
static void put_shelves(esi_desk *desk) {
    static char text[16384];
    for (int i = 0; i < 40; i++) {
        char name[32];
        snprintf(name, sizeof(name), "shelf-%d.md", i);
        int n = snprintf(text, sizeof(text), "# Shelf %d\n\n", i);
        for (int k = 0; k < 12; k++) {
            n += snprintf(text + n, sizeof(text) - (size_t)n, "## Box %d\n\nIt holds", k);
            for (int w = 0; w < 60; w++) {
                n += snprintf(text + n, sizeof(text) - (size_t)n, " part q%dx%dy%d", i, k, w);
            }
            n += snprintf(text + n, sizeof(text) - (size_t)n, ".\n\n");
        }
        put_document(desk, name, text);
    }
}

static const char *knowledge_of(esi_desk *desk) {
    static char detail[400];
    esi_error err = {0};
    esi_doctor_report *report = NULL;
    must(esi_desk_doctor(desk, &report, &err), &err);
    for (size_t i = 0; i < report->finding_count; i++) {
        if (strcmp(report->findings[i]->what, "knowledge base") == 0) {
            snprintf(detail, sizeof(detail), "%s", report->findings[i]->detail);
        }
    }
    esi_doctor_report_free(report);
    return detail;
}

/* The best three hits, as "id section; ..." */
static void find(esi_desk *desk, const char *question, char out[600]) {
    esi_error err = {0};
    esi_kb_hits *hits = NULL;
    esi_kb_query query = ESI_KB_QUERY_INIT;
    query.text = question;
    query.limit = 10;
    must(esi_kb_search(desk, &query, &hits, &err), &err);
    out[0] = '\0';
    for (size_t i = 0; i < hits->count && i < 3; i++) {
        snprintf(out + strlen(out), 600 - strlen(out), "%s %s; ", hits->items[i]->id,
                 hits->items[i]->section);
    }
    esi_kb_hits_free(hits);
}

START_TEST(the_database_finds_the_same_sections_first) {
    char here[600], there[600];
    make_database("far_search");
    esi_desk *near = open_desk(NULL, 0, NULL);
    ingest_all(near);
    esi_desk *far = open_desk("database", 0, NULL);
    ck_assert_ptr_nonnull(strstr(knowledge_of(near), "in the index"));
    ck_assert_ptr_nonnull(strstr(knowledge_of(far), "searched by the database"));
    size_t same = 0;
    for (size_t i = 0; i < QUESTIONS; i++) {
        find(near, questions[i], here);
        find(far, questions[i], there);
        const size_t first = strcspn(here, ";");
        same += strncmp(here, there, first + 1) == 0;
        if (strcmp(here, there) != 0) {
            printf("# %s\n#   memory: %s\n#   database: %s\n", questions[i], here, there);
        }
    }
    ck_assert_uint_ge(same, QUESTIONS - 1);
    esi_desk_close(near);
    esi_desk_close(far);
    pg_control("drop far_search");
}
END_TEST

START_TEST(turns_are_answered_from_the_same_documents) {
    make_database("far_chat");
    esi_desk *near = open_desk("memory", 0, NULL);
    ingest_all(near);
    esi_desk *far = open_desk("database", 0, NULL);
    for (size_t i = 0; i < QUESTIONS; i++) {
        char session[32];
        snprintf(session, sizeof(session), "near-%zu", i);
        esi_reply *a = ask(near, session, questions[i]);
        snprintf(session, sizeof(session), "far-%zu", i);
        esi_reply *b = ask(far, session, questions[i]);
        ck_assert_msg(a->coverage == b->coverage, "%s: %d, %d", questions[i], (int)a->coverage,
                      (int)b->coverage);
        ck_assert_int_eq(a->tier, b->tier);
        ck_assert_uint_eq(a->reference_count > 0, b->reference_count > 0);
        if (a->reference_count > 0) {
            ck_assert_str_eq(a->references[0]->id, b->references[0]->id);
            ck_assert_str_eq(a->references[0]->section, b->references[0]->section);
        }
        esi_reply_free(a);
        esi_reply_free(b);
    }
    esi_desk_close(near);
    esi_desk_close(far);
    pg_control("drop far_chat");
}
END_TEST

START_TEST(an_index_that_does_not_fit_is_searched_by_the_database) {
    struct heard heard = {0};
    char here[600], there[600];
    make_database("far_memory");
    esi_desk *near = open_desk(NULL, 0, NULL);
    ingest_all(near);
    put_shelves(near);
    esi_desk *small = open_desk(NULL, 1 << 20, &heard);
    ck_assert_int_eq(atomic_load(&heard.warnings), 1);
    ck_assert_ptr_nonnull(strstr(heard.last, "ESI_INDEX_MEMORY"));
    ck_assert_ptr_nonnull(strstr(knowledge_of(small), "more than it may"));
    find(near, questions[0], here);
    find(small, questions[0], there);
    ck_assert(strncmp(here, there, strcspn(here, ";")) == 0);
    esi_desk_close(near);
    esi_desk_close(small);
    pg_control("drop far_memory");
}
END_TEST

START_TEST(what_is_put_and_removed_is_seen) {
    char hits[600];
    make_database("far_change");
    esi_error err = {0};
    esi_desk *far = open_desk("database", 0, NULL);
    find(far, "Which paper may be used?", hits);
    ck_assert_str_eq(hits, "");
    put_document(far, "print.md", printing_doc);
    put_document(far, "badge.md", badge_doc);
    find(far, "Which paper may be used?", hits);
    ck_assert(strncmp(hits, "doc-print", 9) == 0);
    must(esi_kb_remove(far, "doc-print", &err), &err);
    find(far, "Which paper may be used?", hits);
    ck_assert_ptr_null(strstr(hits, "doc-print"));
    esi_desk_close(far);
    pg_control("drop far_change");
}
END_TEST

START_TEST(another_server_s_document_is_found_before_the_catalogue_is_refreshed) {
    char hits[600];
    make_database("far_two");
    esi_desk *one = open_desk("database", 0, NULL);
    put_document(one, "badge.md", badge_doc);
    esi_error err = {0};
    esi_desk *two = NULL;
    esi_options options = ESI_OPTIONS_INIT;
    options.store = url;
    options.provider = "offline";
    options.search = "database";
    options.refresh_ms = 60000;
    must(esi_desk_open(&options, &two, &err), &err);
    put_document(one, "print.md", printing_doc);
    find(two, "Which paper may be used?", hits);
    ck_assert(strncmp(hits, "doc-print", 9) == 0);
    esi_desk_close(one);
    esi_desk_close(two);
    pg_control("drop far_two");
}
END_TEST

START_TEST(vectors_that_cannot_be_searched_leave_the_words) {
    struct heard heard = {0};
    char hits[600];
    make_database("far_broken");
    esi_desk *far = open_desk("database", 0, &heard);
    put_document(far, "print.md", printing_doc);
    put_document(far, "badge.md", badge_doc);
    pg_control("sql main far_broken CREATE OR REPLACE FUNCTION esi_kb_near(p_space integer, "
               "p_dimensions integer, p_vector vector, p_role bigint, p_most bigint, OUT numbers "
               "bigint[], OUT way integer, OUT short integer) LANGUAGE plpgsql AS 'BEGIN RAISE "
               "EXCEPTION ''the index is damaged''; END'");
    find(far, "Which paper may be used?", hits);
    ck_assert(strncmp(hits, "doc-print", 9) == 0);
    ck_assert_int_eq(atomic_load(&heard.warnings), 1);
    ck_assert_ptr_nonnull(strstr(heard.last, "words alone"));
    esi_reply *reply = ask(far, "s", "The printer reports a paper jam");
    ck_assert_int_eq(reply->coverage, ESI_COVERAGE_COVERED);
    esi_reply_free(reply);
    esi_desk_close(far);
    pg_control("drop far_broken");
}
END_TEST

int main(void) {
    if (pg_missing() != NULL) {
        return tap_skip(pg_missing());
    }
    TCase *t = tcase_create("pg_far");
    tcase_add_test(t, the_database_finds_the_same_sections_first);
    tcase_add_test(t, turns_are_answered_from_the_same_documents);
    tcase_add_test(t, an_index_that_does_not_fit_is_searched_by_the_database);
    tcase_add_test(t, what_is_put_and_removed_is_seen);
    tcase_add_test(t, another_server_s_document_is_found_before_the_catalogue_is_refreshed);
    tcase_add_test(t, vectors_that_cannot_be_searched_leave_the_words);
    return tap_run("desk/pg_far", t);
}
