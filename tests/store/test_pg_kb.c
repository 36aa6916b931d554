/* The knowledge base on PostgreSQL: pages, servers that write at once, two databases, indexes. */
#include <stdlib.h>

#include "base/os.h"
#include "pg_fixture.h"
#include "store_contract.h"
#include "tap.h"

static const esi_store_space next_space = {"next", 2};

/* ---- what changed, by page ------------------------------------------------------------------- */

struct told {
    size_t documents, gone, sections, vectors;
    int64_t last; /* number in the last document's id: they come in order */
    bool ordered;
    struct fixture *writes; /* puts a document when the first is told; NULL: nobody */
};

static esi_err tell(const esi_store_document *d, bool gone, void *context, esi_error *err) {
    struct told *told = context;
    const int64_t number = strtoll(d->id + 1, NULL, 10);
    (void)err;
    told->ordered = told->ordered && (gone || number > told->last);
    told->last = gone ? told->last : number;
    told->gone += gone;
    told->documents += !gone;
    for (size_t i = 0; !gone && i < d->section_count; i++) {
        told->sections++;
        told->vectors += d->sections[i].vector != NULL;
        ck_assert_int_eq(d->sections[i].ordinal, (int)i);
    }
    if (told->writes != NULL) {
        struct fixture *f = told->writes;
        const esi_store_document late = a_document(f, "d999999", 1, 1);
        told->writes = NULL;
        put_document(f, &late);
    }
    return ESI_OK;
}

static struct told changes(struct fixture *f, int64_t since, struct fixture *writes) {
    struct told told = {.last = -1, .ordered = true, .writes = writes};
    int64_t version;
    ASSERT_OK(f, f->ops->kb_changes(f->store, COLLECTION, since, &f->wait, tell, &told, &version,
                                    &f->err));
    return told;
}

static void load_many(struct fixture *f, size_t count, size_t sections) {
    esi_store_document *documents = ARENA_ARRAY(&f->arena, count, esi_store_document);
    for (size_t i = 0; i < count; i++) {
        documents[i] = a_document(f, arena_printf(&f->arena, "d%zu", i), sections, 1);
    }
    ASSERT_OK(f, f->ops->kb_load(f->store, COLLECTION, &a_space, documents, count, NOW, &f->wait,
                                 &f->err));
}

START_TEST(more_than_a_page_of_documents_and_sections_is_told_in_order) {
    struct fixture f;
    fixture_open(&f, 0);
    f.wait = wait_for_ms(60000, NULL);
    load_many(&f, 600, 3);
    const esi_store_document big = a_document(&f, "d600", 1500, 1);
    put_document(&f, &big);
    const struct told told = changes(&f, 0, NULL);
    ck_assert_uint_eq(told.documents, 601);
    ck_assert_uint_eq(told.sections, 600 * 3 + 1500);
    ck_assert_uint_eq(told.vectors, told.sections);
    ck_assert(told.ordered);
    ck_assert_uint_eq(changes(&f, 100, NULL).documents, 501);
    fixture_close(&f);
}
END_TEST

START_TEST(more_than_a_page_of_removed_documents_is_told) {
    struct fixture f;
    fixture_open(&f, 0);
    f.wait = wait_for_ms(60000, NULL);
    load_many(&f, 1, 1);
    pg_control("sql main %s INSERT INTO kb_removed SELECT 1, 'x' || i, 2 + i / 4000 FROM "
               "generate_series(1, 12345) i",
               f.name);
    ck_assert_uint_eq(changes(&f, 1, NULL).gone, 12345);
    ck_assert_uint_eq(changes(&f, 2, NULL).gone, 12345 - 3999);
    fixture_close(&f);
}
END_TEST

START_TEST(what_is_put_during_a_visit_is_not_part_of_it) {
    struct fixture f, other;
    fixture_open(&f, 0);
    load_many(&f, 300, 1);
    other = f;
    other.arena = (esi_arena){0};
    other.ids = 1000000;
    ck_assert_uint_eq(changes(&f, 0, &other).documents, 300);
    ck_assert_uint_eq(changes(&f, 0, NULL).documents, 301);
    arena_clear(&other.arena);
    fixture_close(&f);
}
END_TEST

START_TEST(a_vector_of_another_length_is_told_with_the_way_out) {
    struct fixture f;
    fixture_open(&f, 0);
    load_many(&f, 2, 1);
    pg_control("sql main %s UPDATE embeddings SET vector = '[1,2]' WHERE section = "
               "(SELECT max(section) FROM embeddings)",
               f.name);
    struct told told = {.last = -1};
    int64_t version;
    ASSERT_ERR(&f, ESI_ECORRUPT,
               f.ops->kb_changes(f.store, COLLECTION, 0, &f.wait, tell, &told, &version, &f.err));
    ck_assert_ptr_nonnull(strstr(f.err.message, "esihelp reembed"));
    fixture_close(&f);
}
END_TEST

START_TEST(a_vector_that_holds_no_number_is_refused) {
    struct fixture f;
    fixture_open(&f, 0);
    esi_store_document d = a_document(&f, "d1", 1, 1);
    float vector[] = {1, 0, 0, 0};
    esi_store_section section = d.sections[0];
    vector[2] = (float)strtod("nan", NULL);
    section.vector = vector;
    d.sections = &section;
    ASSERT_ERR(&f, ESI_EINVAL,
               f.ops->kb_upsert(f.store, COLLECTION, &a_space, &d, NOW, &f.wait, &f.err));
    ASSERT_ERR(&f, ESI_EINVAL,
               f.ops->kb_load(f.store, COLLECTION, &a_space, &d, 1, NOW, &f.wait, &f.err));
    fixture_close(&f);
}
END_TEST

START_TEST(a_first_try_whose_answer_was_lost_counts_once) {
    struct fixture f;
    fixture_open(&f, 0);
    const esi_store_document d = a_document(&f, "d1", 3, 1);
    put_document(&f, &d);
    put_document(&f, &d);
    ASSERT_OK(&f, f.ops->kb_load(f.store, COLLECTION, &a_space, &d, 1, NOW, &f.wait, &f.err));
    ck_assert_int_eq(kb_version(&f), 1);
    ck_assert_uint_eq(changes(&f, 0, NULL).vectors, 3);
    fixture_close(&f);
}
END_TEST

/* ---- two servers ----------------------------------------------------------------------------- */

#define EACH 40

struct server {
    struct fixture f;
    int failures;
};

static void ingest_again_and_again(void *context) {
    struct server *s = context;
    struct fixture *f = &s->f;
    for (int i = 0; i < EACH; i++) {
        const esi_store_document d = a_document(f, "d1", 1 + (size_t)i % 5, (float)i);
        s->failures +=
            f->ops->kb_upsert(f->store, COLLECTION, &a_space, &d, NOW, &f->wait, &f->err) != ESI_OK;
        arena_clear(&f->arena);
    }
}

START_TEST(two_servers_that_ingest_one_document_leave_one_of_it) {
    struct fixture f;
    struct server servers[2];
    struct os_thread threads[2];
    fixture_open(&f, 0);
    for (int i = 0; i < 2; i++) {
        servers[i] = (struct server){.f = f};
        servers[i].f.arena = (esi_arena){0};
        servers[i].f.ids = 1000000U * (unsigned)(i + 1);
        const esi_store_config config = {.size = sizeof config, .url = f.url, .wait = f.wait};
        ASSERT_OK(&f, f.ops->open(&config, &servers[i].f.store, &f.err));
        ASSERT_OK(&f, os_thread_start(&threads[i], ingest_again_and_again, &servers[i], 0, &f.err));
    }
    for (int i = 0; i < 2; i++) {
        os_thread_join(&threads[i]);
        ck_assert_int_eq(servers[i].failures, 0);
        f.ops->close(servers[i].f.store);
    }
    ck_assert_int_eq(kb_version(&f), 2 * EACH);
    ck_assert_uint_eq(changes(&f, 0, NULL).documents, 1);
    ck_assert_str_eq(pg_control("sql main %s SELECT count(*) FROM kb_documents", f.name), "1");
    fixture_close(&f);
}
END_TEST

/* ---- two databases --------------------------------------------------------------------------- */

START_TEST(a_knowledge_base_of_its_own_leaves_the_other_database_alone) {
    struct fixture f;
    fixture_open(&f, 0);
    f.ops->close(f.store);
    char cases[64], owner[256];
    snprintf(cases, sizeof cases, "%s", fresh_database(""));
    snprintf(owner, sizeof owner, "%s", pg_control("url main owner %s", cases));
    const esi_store_config config = {.size = sizeof config,
                                     .url = owner,
                                     .knowledge_url = f.url,
                                     .migrate = true,
                                     .wait = f.wait};
    ASSERT_OK(&f, f.ops->open(&config, &f.store, &f.err));
    load_many(&f, 5, 2);
    int64_t missing;
    ASSERT_OK(&f, f.ops->space_begin(f.store, COLLECTION, &next_space, &f.wait, &missing, &f.err));
    ck_assert_int_eq(missing, 10);
    ck_assert_uint_eq(changes(&f, 0, NULL).documents, 5);
    ck_assert_str_eq(pg_control("sql main %s SELECT count(*) FROM pg_class WHERE relname IN "
                                "('collections', 'kb_documents', 'kb_sections', 'embeddings')",
                                cases),
                     "0");
    f.ops->close(f.store);
    pg_control("drop %s", cases);
    const esi_store_config alone = {.size = sizeof alone, .url = f.url, .wait = f.wait};
    ASSERT_OK(&f, f.ops->open(&alone, &f.store, &f.err));
    fixture_close(&f);
}
END_TEST

/* ---- indexes --------------------------------------------------------------------------------- */

/* A connection of the role that owns the tables. */
struct owner {
    struct pg_target target;
    struct pg_conn *conn;
};

static void owner_open(const struct fixture *f, struct owner *o) {
    o->target = target_of(pg_control("url main owner %s", f->name));
    o->conn = connect_to(&o->target);
}

static void owner_close(struct owner *o) {
    pg_conn_close(o->conn);
    pg_target_clear(&o->target);
}

START_TEST(a_space_has_the_index_that_its_length_allows) {
    static const struct {
        int dimensions;
        const char *type; /* NULL: none */
    } cases[] = {{4, "vector"}, {2000, "vector"}, {2001, "halfvec"}, {4000, "halfvec"}, {4001, 0}};
    struct fixture f;
    fixture_open(&f, 0);
    struct owner o;
    owner_open(&f, &o);
    const esi_wait wait = seconds(60);
    for (int i = 0; i < 5; i++) {
        const int number = 10 + i;
        MUST(pg_space_index(o.conn, number, cases[i].dimensions, &wait, err));
        MUST(
            pg_space_index(o.conn, number, cases[i].dimensions, &wait, err)); /* is there already */
        const char *made = pg_control(
            "sql main %s SELECT string_agg(indexdef, '') FROM pg_indexes WHERE indexname = "
            "'embeddings_space_%d'",
            f.name, number);
        if (cases[i].type == NULL) {
            ck_assert_ptr_null(strstr(made, "hnsw"));
        } else {
            ck_assert_ptr_nonnull(strstr(made, "hnsw"));
            ck_assert_ptr_nonnull(strstr(
                made, arena_printf(&f.arena, "::%s(%d)", cases[i].type, cases[i].dimensions)));
            ck_assert_ptr_nonnull(strstr(made, arena_printf(&f.arena, "(space = %d)", number)));
        }
    }
    owner_close(&o);
    fixture_close(&f);
}
END_TEST

START_TEST(words_wait_for_their_index_until_the_database_searches) {
    static const char at_once[] = "SELECT coalesce(reloptions && '{fastupdate=off}', false)::int "
                                  "FROM pg_class WHERE oid = 'kb_sections_words'::regclass";
    struct fixture f;
    fixture_open(&f, 0);
    load_many(&f, 3, 2);
    struct owner o;
    owner_open(&f, &o);
    const esi_wait wait = seconds(60);
    ck_assert_int_eq(number_of(o.conn, at_once), 0);
    MUST(pg_spaces_index(o.conn, &wait, err));
    ck_assert_int_eq(number_of(o.conn, at_once), 1);
    ck_assert_int_eq(number_of(o.conn, "SELECT gin_clean_pending_list('kb_sections_words')"), 0);
    owner_close(&o);
    fixture_close(&f);
}
END_TEST

START_TEST(an_index_whose_making_was_cut_off_is_made_anew) {
    struct fixture f;
    fixture_open(&f, 0);
    load_many(&f, 3, 2);
    struct owner o;
    owner_open(&f, &o);
    const esi_wait wait = seconds(60);
    MUST(pg_spaces_index(o.conn, &wait, err));
    pg_control("sql main %s UPDATE pg_index SET indisvalid = false WHERE indexrelid = "
               "'embeddings_space_1'::regclass",
               f.name);
    MUST(pg_spaces_index(o.conn, &wait, err));
    ck_assert_int_eq(number_of(o.conn, "SELECT indisvalid FROM pg_index WHERE indexrelid = "
                                       "'embeddings_space_1'::regclass"),
                     1);
    owner_close(&o);
    fixture_close(&f);
}
END_TEST

START_TEST(an_index_whose_space_is_gone_is_dropped) {
    struct fixture f;
    fixture_open(&f, 0);
    load_many(&f, 3, 2);
    struct owner o;
    owner_open(&f, &o);
    const esi_wait wait = seconds(60);
    MUST(pg_space_index(o.conn, 77, 4, &wait, err));
    MUST(pg_spaces_index(o.conn, &wait, err));
    ck_assert_int_eq(number_of(o.conn, "SELECT count(*) FROM pg_class WHERE relname ~ "
                                       "'^embeddings_space_[0-9]+$'"),
                     1);
    ck_assert_int_eq(number_of(o.conn, "SELECT count(*) FROM pg_class WHERE relname = "
                                       "'embeddings_space_1'"),
                     1);
    owner_close(&o);
    fixture_close(&f);
}
END_TEST

START_TEST(a_store_that_searches_has_the_new_spaces_index_when_it_swaps) {
    struct fixture f;
    fixture_open(&f, 0);
    f.ops->close(f.store);
    char url[256];
    snprintf(url, sizeof url, "%s", pg_control("url main owner %s", f.name));
    const esi_store_config config = {
        .size = sizeof config, .url = url, .searches = true, .wait = f.wait};
    ASSERT_OK(&f, f.ops->open(&config, &f.store, &f.err));
    load_many(&f, 1, 1);
    int64_t missing;
    ASSERT_OK(&f, f.ops->space_begin(f.store, COLLECTION, &next_space, &f.wait, &missing, &f.err));
    const esi_store_missing_query query = {next_space, NULL, 10};
    const esi_store_passage *passages;
    size_t count, dropped;
    ASSERT_OK(&f, f.ops->space_missing(f.store, COLLECTION, &query, &f.wait, &f.arena, &passages,
                                       &count, &f.err));
    const float vector[] = {1, 0};
    const esi_store_vector one = {passages[0].section_id, vector};
    ASSERT_OK(&f, f.ops->space_put(f.store, COLLECTION, &next_space, &one, 1, &f.wait, &f.err));
    ASSERT_OK(&f, f.ops->space_swap(f.store, COLLECTION, &next_space, &f.wait, &f.err));
    ck_assert_str_eq(pg_control("sql main %s SELECT indisvalid FROM pg_index WHERE indexrelid = "
                                "'embeddings_space_2'::regclass",
                                f.name),
                     "t");
    ASSERT_OK(&f, f.ops->space_drop(f.store, COLLECTION, &f.wait, &dropped, &f.err));
    ck_assert_uint_eq(dropped, 1);
    fixture_close(&f);
}
END_TEST

int main(void) {
    if (pg_missing() != NULL) {
        return tap_skip(pg_missing());
    }
    TCase *t = tcase_create("kb");
    tcase_set_timeout(t, 120);
    tcase_add_test(t, more_than_a_page_of_documents_and_sections_is_told_in_order);
    tcase_add_test(t, more_than_a_page_of_removed_documents_is_told);
    tcase_add_test(t, what_is_put_during_a_visit_is_not_part_of_it);
    tcase_add_test(t, a_vector_of_another_length_is_told_with_the_way_out);
    tcase_add_test(t, a_vector_that_holds_no_number_is_refused);
    tcase_add_test(t, a_first_try_whose_answer_was_lost_counts_once);
    tcase_add_test(t, two_servers_that_ingest_one_document_leave_one_of_it);
    tcase_add_test(t, a_knowledge_base_of_its_own_leaves_the_other_database_alone);
    tcase_add_test(t, a_space_has_the_index_that_its_length_allows);
    tcase_add_test(t, words_wait_for_their_index_until_the_database_searches);
    tcase_add_test(t, an_index_whose_making_was_cut_off_is_made_anew);
    tcase_add_test(t, an_index_whose_space_is_gone_is_dropped);
    tcase_add_test(t, a_store_that_searches_has_the_new_spaces_index_when_it_swaps);
    return tap_run("store/pg_kb", t);
}
