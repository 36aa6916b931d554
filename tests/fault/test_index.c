/* Reading documents, building a snapshot, asking it: whichever allocation fails, it is ESI_ENOMEM,
 * and nothing is lost or half there. */
#include <string.h>

#include "collection.h"
#include "core/fuse.h"
#include "fail_alloc.h"
#include "tap.h"

static const float east[] = {1.0f, 0.0f, 0.0f, 0.0f};
static const struct sample samples[] = {
    {"a", "Signing in", "account", "Forgotten password", "Choose a new one, then log in.", 0, east},
    {"a", "Signing in", "account", "Codes", "Six digits of KE-1042 or \xe9\x9a\xa7\xe9\x81\x93.", 0,
     east},
    {"b", "Machines", "vm", "Snapshots", "A snapshot keeps the machine as it is.", 0, NULL},
};

static struct index_document *documents[2];
static struct index *index_before;

static void setup(void) {
    documents[0] = collection_document(samples, 2, 4);
    documents[1] = collection_document(samples + 2, 1, 4);
    ck_assert_int_eq(index_build(NULL, NULL, 0, documents, 2, 1, 0, &index_before, NULL), ESI_OK);
}

static void teardown(void) {
    index_unref(index_before);
    index_document_unref(documents[0]);
    index_document_unref(documents[1]);
}

START_TEST(reading_a_document) {
    const struct index_section_in section = {.id = VIEW("s"),
                                             .heading = VIEW("Locked accounts"),
                                             .text = VIEW("They open by themselves."),
                                             .vector = east};
    const struct index_document_in in = {
        .id = VIEW("c"), .title = VIEW("Accounts"), .sections = &section, .section_count = 1};
    size_t failed = 0;
    for (size_t n = 1;; n++) {
        struct index_document *document = NULL;
        fail_own_arm(n);
        const esi_err rc = index_document_create(&in, 4, &document, NULL);
        if (!fail_own_disarm()) {
            ck_assert_int_eq(rc, ESI_OK);
            index_document_unref(document);
            break;
        }
        /* giving room back may fail without harm */
        ck_assert(rc == ESI_ENOMEM || rc == ESI_OK);
        ck_assert(rc == ESI_OK || document == NULL);
        index_document_unref(document);
        failed += rc == ESI_ENOMEM;
    }
    ck_assert_uint_gt(failed, 10);
}
END_TEST

START_TEST(building_a_snapshot) {
    const struct view gone = VIEW("b");
    for (size_t n = 1;; n++) {
        struct index *next = NULL;
        fail_own_arm(n);
        const esi_err rc = index_build(index_before, &gone, 1, documents, 1, 2, 0, &next, NULL);
        if (!fail_own_disarm()) {
            ck_assert_int_eq(rc, ESI_OK);
            ck_assert_uint_eq(index_documents(next), 1);
            index_unref(next);
            break;
        }
        ck_assert_int_eq(rc, ESI_ENOMEM);
        ck_assert_ptr_null(next);
    }
    ck_assert_uint_eq(index_documents(index_before), 2);
}
END_TEST

static esi_err ask(esi_arena *arena) {
    static const char *const synonyms[][2] = {{"machine", "virtual box"}, {"code", "digits"}};
    struct token *tokens;
    size_t count;
    struct index_hit *hits;
    struct fused *fused;
    struct index_query *query = ARENA_NEW(arena, struct index_query);
    if (query == NULL) {
        return ESI_ENOMEM;
    }
    esi_err rc = text_tokens(VIEW("log in with a forgoten pass word or code"), "en", 100, arena,
                             &tokens, &count, NULL);
    if (rc == ESI_OK) {
        rc = index_prepare(index_before, tokens, count, "en", synonyms, 2, arena, query, NULL);
    }
    if (rc == ESI_OK) {
        query->vector = east;
        query->role = 0;
        rc = index_search(index_before, query, 10, arena, &hits, &count, NULL);
    }
    return rc != ESI_OK ? rc : fuse_rank(hits, count, fuse_default(), arena, &fused, NULL);
}

START_TEST(asking_a_question) {
    for (size_t n = 1;; n++) {
        esi_arena arena;
        arena_init(&arena, 0);
        fail_own_arm(n);
        const esi_err rc = ask(&arena);
        const bool failed = fail_own_disarm();
        arena_clear(&arena);
        ck_assert_int_eq(rc, failed ? ESI_ENOMEM : ESI_OK);
        if (!failed) {
            break;
        }
    }
}
END_TEST

int main(void) {
    TCase *t = tcase_create("index");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, reading_a_document);
    tcase_add_test(t, building_a_snapshot);
    tcase_add_test(t, asking_a_question);
    return tap_run("fault/index", t);
}
