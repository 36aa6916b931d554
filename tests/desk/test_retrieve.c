/* What a turn finds, through the public API: which sections are cited. */
#include "fixture.h"

static const char old_doc[] =
    "---\nid: doc-old\ntitle: Coffee machine 2022\nversion: \"1\"\nlast_updated: 2022-01-01\n"
    "status: deprecated\n---\n# Coffee machine 2022\n\n## Descaling the coffee machine\n\n"
    "1. Descale the coffee machine with vinegar.\n2. Rinse the coffee machine twice.\n";

static const char new_doc[] =
    "---\nid: doc-new\ntitle: Coffee machine\nversion: \"2\"\nlast_updated: 2026-02-01\n"
    "supersedes: doc-old\n---\n# Coffee machine\n\n## Descaling\n\n"
    "1. Descale with citric acid.\n2. Rinse once.\n\n## Filters\n\n"
    "The filter is changed as told in doc-print, under \"Printer shows a paper jam\".\n\n"
    "## Beans\n\nWhen the grinder is stuck, see \"Cleaning the mill\" below.\n\n"
    "## Cleaning the mill\n\n1. Pull the plug.\n2. Brush the burrs.\n\n"
    "## Milk nozzle\n\nHow the milk nozzle is freed is told in doc-words, section 3.\n";

static const char words_doc[] =
    "---\nid: doc-words\ntitle: Words we use\nversion: \"1\"\nlast_updated: 2026-01-01\n---\n"
    "# Words we use\n\n**Crema**: the foam on an espresso.\n\n**Puck**: the pressed grounds.\n\n"
    "**Tamper**: the tool that presses the grounds.\n\n## 3 Needle\n\n"
    "Push a thin needle through.\n";

static esi_desk *desk;

static void setup(void) {
    desk = open_small();
    put_document(desk, "old.md", old_doc);
    put_document(desk, "new.md", new_doc);
    put_document(desk, "words.md", words_doc);
}

static void teardown(void) {
    esi_desk_close(desk);
}

static bool cites(const esi_reply *reply, const char *id, const char *section) {
    for (size_t i = 0; i < reply->reference_count; i++) {
        const esi_reference *r = reply->references[i];
        if (strcmp(r->id, id) == 0 && (!section || strcmp(r->section, section) == 0)) {
            return true;
        }
    }
    return false;
}

START_TEST(what_was_replaced_stands_behind_what_replaced_it) {
    esi_error err = {0};
    esi_kb_hits *found = NULL;
    esi_kb_query query = ESI_KB_QUERY_INIT;
    query.text = "descale and rinse";
    must(esi_kb_search(desk, &query, &found, &err), &err);
    ck_assert_uint_gt(found->count, 1);
    ck_assert_str_eq(found->items[0]->id, "doc-new");
    esi_kb_hits_free(found);
}
END_TEST

START_TEST(a_definition_is_answered_from_where_it_stands) {
    esi_reply *reply = ask(desk, "s-2", "what's a puck?");
    ck_assert_int_eq(reply->coverage, ESI_COVERAGE_COVERED);
    ck_assert(cites(reply, "doc-words", NULL));
    ck_assert_ptr_nonnull(strstr(reply->answer, "the pressed grounds"));
    esi_reply_free(reply);
}
END_TEST

START_TEST(a_reference_by_a_heading_brings_that_section) {
    esi_reply *reply = ask(desk, "s-3", "the grinder is stuck");
    ck_assert(cites(reply, "doc-new", "Cleaning the mill"));
    ck_assert_ptr_nonnull(strstr(reply->answer, "Brush the burrs"));
    esi_reply_free(reply);
}
END_TEST

START_TEST(an_unknown_thing_in_known_words_is_not_covered) {
    esi_reply *reply = ask(desk, "s-4", "how do I descale the dishwasher?");
    ck_assert_int_eq(reply->coverage, ESI_COVERAGE_NONE);
    esi_reply_free(reply);
}
END_TEST

START_TEST(a_search_finds_a_definition_first) {
    esi_error err = {0};
    esi_kb_hits *found = NULL;
    esi_kb_query query = ESI_KB_QUERY_INIT;
    query.text = "what is a tamper?";
    must(esi_kb_search(desk, &query, &found, &err), &err);
    ck_assert_uint_gt(found->count, 0);
    ck_assert_str_eq(found->items[0]->id, "doc-words");
    esi_kb_hits_free(found);
}
END_TEST

START_TEST(a_section_that_is_named_by_its_number_comes_along) {
    esi_reply *reply = ask(desk, "s-9", "how is the milk nozzle freed?");
    ck_assert(cites(reply, "doc-words", "3 Needle"));
    esi_reply_free(reply);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("retrieve");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, what_was_replaced_stands_behind_what_replaced_it);
    tcase_add_test(t, a_definition_is_answered_from_where_it_stands);
    tcase_add_test(t, a_reference_by_a_heading_brings_that_section);
    tcase_add_test(t, an_unknown_thing_in_known_words_is_not_covered);
    tcase_add_test(t, a_search_finds_a_definition_first);
    tcase_add_test(t, a_section_that_is_named_by_its_number_comes_along);
    return tap_run("desk/retrieve", t);
}
