#include "fixture.h"

static esi_desk *desk;

static void setup(void) {
    esi_error err = {0};
    esi_kb_report *report = NULL;
    esi_kb_source source = ESI_KB_SOURCE_INIT;
    desk = open_empty();
    source.path = TEST_SOURCE_ROOT "/kb";
    must(esi_kb_ingest(desk, &source, &report, &err), &err);
    esi_kb_report_free(report);
}

static void teardown(void) {
    esi_desk_close(desk);
}

static esi_kb_hits *search(const char *text, int32_t limit) {
    esi_error err = {0};
    esi_kb_hits *hits = NULL;
    esi_kb_query query = ESI_KB_QUERY_INIT;
    query.text = text;
    query.limit = limit;
    query.per_document = 1;
    must(esi_kb_search(desk, &query, &hits, &err), &err);
    return hits;
}

START_TEST(a_question_in_other_words_finds_its_document) {
    static const char *const rows[][2] = {
        {"display is dark", "kb-lab-vms"},
        {"erase my profile", "kb-accounts-roles"},
        {"can my session be prolonged", "kb-time"},
        {"I discovered a security flaw", "kb-acceptable-use"},
        {"is my keyboard being watched", "kb-logging-monitoring"},
        {"connection to the tunnel keeps being interrupted", "kb-vpn"},
        {"the box hangs during boot", "kb-lab-vms"},
        {"can't browse the web from inside", "kb-dns-network"},
        {"token from the authenticator refused", "kb-sign-in-mfa"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        esi_kb_hits *hits = search(rows[i][0], 2);
        bool found = false;
        for (size_t k = 0; k < hits->count; k++) {
            found = found || strcmp(hits->items[k]->id, rows[i][1]) == 0;
        }
        ck_assert_msg(found, "%s: %s isn't among the first two", rows[i][0], rows[i][1]);
        esi_kb_hits_free(hits);
    }
}
END_TEST

START_TEST(hits_come_best_first_and_a_document_as_often_as_asked) {
    esi_kb_hits *hits = search("password", 5);
    ck_assert_uint_eq(hits->count, 5);
    for (size_t i = 1; i < hits->count; i++) {
        ck_assert_double_ge(hits->items[i - 1]->score, hits->items[i]->score);
        for (size_t k = 0; k < i; k++) {
            ck_assert_str_ne(hits->items[k]->id, hits->items[i]->id);
        }
    }
    esi_kb_hits_free(hits);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("search");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, a_question_in_other_words_finds_its_document);
    tcase_add_test(t, hits_come_best_first_and_a_document_as_often_as_asked);
    return tap_run("desk/search", t);
}
