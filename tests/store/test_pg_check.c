/* What a check-up finds in databases that were broken on purpose. */
#include <stdlib.h>

#include "pg_fixture.h"
#include "store/store.h"
#include "tap.h"

struct patient {
    char name[64];
    const esi_store_ops *ops;
    esi_store *store;
    esi_arena arena;
    const esi_store_finding *findings;
    size_t count;
};

static const char document_sql[] =
    "WITH c AS (INSERT INTO collections (name, version) VALUES ('docs', 1) RETURNING number), "
    "d AS (INSERT INTO kb_documents (collection, id, source, scope, title, version, updated, "
    "standing, language, roles, hash, sections, changed, at) SELECT number, 'a', 'a.md', '', 'A', "
    "'', '', 'current', 'en', 0, decode(repeat('00', 32), 'hex'), 60, 1, now() FROM c RETURNING "
    "number, collection), s AS (INSERT INTO kb_sections (id, document, collection, roles, "
    "searched, ordinal, line, heading, text, hash, words) SELECT gen_random_uuid(), d.number, "
    "d.collection, 0, true, g, 1, 'H', 'text', decode(repeat('00', 32), 'hex'), '' FROM d, "
    "generate_series(0, 59) g RETURNING number, ordinal), p AS (INSERT INTO embedding_spaces "
    "(collection, model, dimensions) SELECT number, 'm', 3 FROM c RETURNING number) INSERT INTO "
    "embeddings (section, space, roles, searched, vector) SELECT s.number, p.number, 0, true, "
    "ARRAY[cos(s.ordinal), sin(s.ordinal), 1]::vector FROM s, p";
static const char space_sql[] = "UPDATE collections SET space = (SELECT number FROM "
                                "embedding_spaces)";

static const char *sql(const struct patient *p, const char *statement) {
    return pg_control("sql main %s %s", p->name, statement);
}

static void open_as(struct patient *p, const char *role, bool searches) {
    char url[256];
    snprintf(url, sizeof url, "%s", pg_control("url main %s %s", role, p->name));
    const esi_store_config config = {.size = sizeof config,
                                     .url = url,
                                     .migrate = true,
                                     .searches = searches,
                                     .wait = seconds(20)};
    MUST(store_find(url, &p->ops, err));
    MUST(p->ops->open(&config, &p->store, err));
}

/* A database with a session and a document, opened by a role that only serves. */
static struct patient admit(bool searches) {
    struct patient p = {0};
    snprintf(p.name, sizeof p.name, "%s", fresh_database("esi_template"));
    open_as(&p, "owner", false);
    p.ops->close(p.store);
    sql(&p, document_sql);
    sql(&p, space_sql);
    open_as(&p, "serve", searches);
    return p;
}

static void examine(struct patient *p) {
    const esi_wait wait = seconds(30);
    MUST(p->ops->check(p->store, &wait, &p->arena, &p->findings, &p->count, err));
}

static void discharge(struct patient *p) {
    p->ops->close(p->store);
    arena_clear(&p->arena);
    pg_control("drop %s", p->name);
}

static const esi_store_finding *finding(const struct patient *p, const char *what) {
    for (size_t i = 0; i < p->count; i++) {
        if (strcmp(p->findings[i].what, what) == 0) {
            return &p->findings[i];
        }
    }
    ck_abort_msg("there is no finding \"%s\"", what);
    return NULL;
}

static void is_well(const struct patient *p, const char *what) {
    const esi_store_finding *f = finding(p, what);
    ck_assert_msg(f->ok, "%s: %s", what, f->detail);
    ck_assert_ptr_null(f->mend);
}

static void is_wrong(const struct patient *p, const char *what, const char *detail,
                     const char *mend) {
    const esi_store_finding *f = finding(p, what);
    ck_assert_msg(!f->ok, "%s: %s", what, f->detail);
    ck_assert_msg(strstr(f->detail, detail) != NULL, "%s: %s", what, f->detail);
    ck_assert_msg(strstr(f->mend, mend) != NULL, "%s: %s", what, f->mend);
}

START_TEST(a_database_as_it_should_be_is_well) {
    struct patient p = admit(false);
    examine(&p);
    for (size_t i = 0; i < p.count; i++) { /* the tests' server doesn't wait for its disk */
        const esi_store_finding *f = &p.findings[i];
        ck_assert_msg(f->ok || strcmp(f->what, "durability") == 0, "%s: %s", f->what, f->detail);
        ck_assert_ptr_nonnull(f->detail);
        ck_assert((f->mend == NULL) == f->ok);
    }
    is_wrong(&p, "durability", "fsync", "turn on fsync");
    ck_assert_ptr_nonnull(strstr(finding(&p, "server")->detail, "PostgreSQL"));
    ck_assert_ptr_nonnull(strstr(finding(&p, "rights")->detail, "desk_serve"));
    ck_assert_ptr_nonnull(strstr(finding(&p, "statements")->detail, "no pooler"));
    discharge(&p);
}
END_TEST

START_TEST(a_role_that_owns_or_rules_is_told_that_it_needn_t) {
    struct patient p = admit(false);
    p.ops->close(p.store);
    open_as(&p, "owner", false);
    examine(&p);
    is_well(&p, "rights");
    ck_assert_ptr_nonnull(strstr(finding(&p, "rights")->detail, "owns the tables"));
    p.ops->close(p.store);
    open_as(&p, "super", false);
    examine(&p);
    is_well(&p, "rights");
    ck_assert_ptr_nonnull(strstr(finding(&p, "rights")->detail, "superuser"));
    discharge(&p);
}
END_TEST

START_TEST(missing_rights_are_told_with_the_first_of_them) {
    struct patient p = admit(false);
    sql(&p, "REVOKE INSERT ON tickets FROM desk_serve");
    examine(&p);
    is_wrong(&p, "rights", "1 rights, INSERT on tickets", "esihelp migrate --grant");
    sql(&p, "GRANT INSERT ON tickets TO desk_serve");
    sql(&p, "REVOKE USAGE ON SEQUENCE ticket_events_seq_seq FROM desk_serve");
    examine(&p);
    is_wrong(&p, "rights", "USAGE on ticket_events_seq_seq", "esihelp migrate --grant");
    discharge(&p);
}
END_TEST

START_TEST(rows_that_may_not_be_read_keep_nothing_else_from_being_told) {
    struct patient p = admit(false);
    sql(&p, "REVOKE ALL ON chat_messages FROM desk_serve");
    examine(&p);
    is_wrong(&p, "rights", "4 rights", "esihelp migrate --grant");
    is_well(&p, "server");
    is_well(&p, "indexes");
    for (size_t i = 0; i < p.count; i++) {
        ck_assert_str_ne(p.findings[i].what, "turns");
    }
    discharge(&p);
}
END_TEST

START_TEST(a_missing_index_is_named_with_its_statement) {
    struct patient p = admit(false);
    examine(&p);
    is_well(&p, "indexes");
    sql(&p, "DROP INDEX tickets_open");
    examine(&p);
    is_wrong(&p, "indexes", "tickets_open", "CREATE UNIQUE INDEX tickets_open ON tickets");
    discharge(&p);
}
END_TEST

START_TEST(an_invalid_index_is_named) {
    struct patient p = admit(false);
    sql(&p, "UPDATE pg_index SET indisvalid = false WHERE indexrelid = "
            "'chat_messages_time'::regclass");
    examine(&p);
    is_wrong(&p, "indexes", "chat_messages_time", "REINDEX INDEX CONCURRENTLY");
    discharge(&p);
}
END_TEST

START_TEST(sessions_that_miss_messages_are_counted) {
    struct patient p = admit(false);
    sql(&p, "INSERT INTO chat_sessions (id, turns, created_at, updated_at) VALUES ('s', 2, now(), "
            "now())");
    examine(&p);
    is_wrong(&p, "turns", "1 sessions", "backup");
    discharge(&p);
}
END_TEST

START_TEST(a_ticket_s_number_that_would_come_again_is_found) {
    struct patient p = admit(false);
    sql(&p, "INSERT INTO tickets (number, id, status, tier, severity, category, kind, confidence, "
            "folded, created_at, updated_at, version) VALUES (7, gen_random_uuid(), 0, 1, 1, 'c', "
            "'trouble', 0, '', now(), now(), 1)");
    examine(&p);
    is_wrong(&p, "ticket numbers", "1 tickets", "UPDATE ticket_numbers");
    discharge(&p);
}
END_TEST

START_TEST(documents_that_miss_sections_are_counted) {
    struct patient p = admit(false);
    sql(&p, "DELETE FROM kb_sections WHERE ordinal = 3");
    examine(&p);
    is_wrong(&p, "documents", "1 documents", "ingest");
    discharge(&p);
}
END_TEST

START_TEST(vectors_of_another_length_are_counted) {
    struct patient p = admit(false);
    sql(&p, "UPDATE embeddings SET vector = '[1,2]' WHERE section IN (SELECT number FROM "
            "kb_sections WHERE ordinal < 2)");
    examine(&p);
    is_wrong(&p, "space", "2 vectors", "ingest");
    discharge(&p);
}
END_TEST

START_TEST(sections_that_others_may_find_are_counted) {
    struct patient p = admit(false);
    sql(&p, "UPDATE kb_documents SET roles = 4");
    examine(&p);
    is_wrong(&p, "audience", "60 sections", "ingest");
    discharge(&p);
}
END_TEST

START_TEST(a_copy_that_is_not_whole_is_told) {
    struct patient p = admit(false);
    const esi_wait wait = seconds(20);
    esi_store_copy *copy = NULL;
    sql(&p, "GRANT UPDATE ON ALL SEQUENCES IN SCHEMA public TO desk_serve");
    MUST(p.ops->copy->begin(p.store, false, &wait, &copy, err));
    MUST(p.ops->copy->mark(copy, &wait, err));
    p.ops->copy->end(copy);
    examine(&p);
    is_wrong(&p, "copy", "1 copies", "esihelp copy");
    discharge(&p);
}
END_TEST

START_TEST(schema_steps_that_are_missing_or_unknown_are_told) {
    struct patient p = admit(false);
    sql(&p, "DELETE FROM schema_migrations WHERE part = 'kb' AND number = (SELECT max(number) "
            "FROM schema_migrations WHERE part = 'kb')");
    examine(&p);
    const esi_store_finding *f = NULL;
    for (size_t i = 0; i < p.count; i++) {
        f = strstr(p.findings[i].detail, "knowledge base: step") != NULL ? &p.findings[i] : f;
    }
    ck_assert_ptr_nonnull(f);
    ck_assert(!f->ok);
    ck_assert_ptr_nonnull(strstr(f->mend, "esihelp migrate"));
    discharge(&p);
}
END_TEST

START_TEST(a_table_full_of_dead_rows_is_named) {
    struct patient p = admit(false);
    sql(&p, "ALTER TABLE outbox SET (autovacuum_enabled = off)");
    sql(&p, "INSERT INTO outbox (id, kind, subject, body, at) SELECT gen_random_uuid(), 'k', 's', "
            "'{}', now() FROM generate_series(1, 11000)");
    sql(&p, "WITH d AS (DELETE FROM outbox RETURNING 1) SELECT count(*), "
            "pg_stat_force_next_flush() FROM d");
    bool found = false;
    for (int i = 0; i < 100 && !found; i++) { /* the server counts a moment later */
        usleep(50000);
        examine(&p);
        found = !finding(&p, "vacuum")->ok;
    }
    is_wrong(&p, "vacuum", "outbox", "autovacuum");
    discharge(&p);
}
END_TEST

START_TEST(where_the_database_searches_a_missing_index_of_vectors_is_told) {
    struct patient p = admit(true);
    examine(&p);
    is_wrong(&p, "vector index", "missing", "esihelp migrate");
    sql(&p, "CREATE INDEX embeddings_space_1 ON embeddings USING hnsw ((vector::vector(3)) "
            "vector_cosine_ops) WHERE space = 1");
    examine(&p);
    is_well(&p, "vector index");
    is_well(&p, "recall");
    ck_assert_ptr_nonnull(strstr(finding(&p, "recall")->detail, "50 of 50"));
    is_well(&p, "searches");
    sql(&p, "UPDATE pg_index SET indisvalid = false WHERE indexrelid = "
            "'embeddings_space_1'::regclass");
    examine(&p);
    is_wrong(&p, "vector index", "missing or invalid", "esihelp migrate");
    discharge(&p);
}
END_TEST

START_TEST(where_the_database_searches_migrating_makes_the_index) {
    struct patient p = admit(true);
    char url[256];
    snprintf(url, sizeof url, "%s", pg_control("url main owner %s", p.name));
    const esi_store_config config = {
        .size = sizeof config, .url = url, .searches = true, .wait = seconds(30)};
    esi_store_migration done;
    MUST(p.ops->migrate(&config, NULL, &p.arena, &done, err));
    ck_assert_uint_eq(done.part_count, 2);
    examine(&p);
    is_well(&p, "vector index");
    discharge(&p);
}
END_TEST

START_TEST(a_replica_that_is_none_or_not_there_is_told) {
    struct patient p = admit(false);
    p.ops->close(p.store);
    char url[256], replica[256];
    snprintf(url, sizeof url, "%s", pg_control("url main serve %s", p.name));
    esi_store_config config = {
        .size = sizeof config, .url = url, .replica_url = url, .wait = seconds(20)};
    MUST(p.ops->open(&config, &p.store, err));
    examine(&p);
    is_wrong(&p, "replica", "a primary", "ESI_PG_REPLICA");
    p.ops->close(p.store);
    snprintf(replica, sizeof replica, "postgres://desk_serve:hush@127.0.0.1:1/%s", p.name);
    config.replica_url = replica;
    MUST(p.ops->open(&config, &p.store, err));
    examine(&p);
    is_wrong(&p, "replica", "", "reachable");
    ck_assert_ptr_null(strstr(finding(&p, "replica")->detail, "hush"));
    discharge(&p);
}
END_TEST

int main(void) {
    if (pg_missing() != NULL) {
        return tap_skip(pg_missing());
    }
    TCase *t = tcase_create("pg_check");
    tcase_add_test(t, a_database_as_it_should_be_is_well);
    tcase_add_test(t, a_role_that_owns_or_rules_is_told_that_it_needn_t);
    tcase_add_test(t, missing_rights_are_told_with_the_first_of_them);
    tcase_add_test(t, rows_that_may_not_be_read_keep_nothing_else_from_being_told);
    tcase_add_test(t, a_missing_index_is_named_with_its_statement);
    tcase_add_test(t, an_invalid_index_is_named);
    tcase_add_test(t, sessions_that_miss_messages_are_counted);
    tcase_add_test(t, a_ticket_s_number_that_would_come_again_is_found);
    tcase_add_test(t, documents_that_miss_sections_are_counted);
    tcase_add_test(t, vectors_of_another_length_are_counted);
    tcase_add_test(t, sections_that_others_may_find_are_counted);
    tcase_add_test(t, a_copy_that_is_not_whole_is_told);
    tcase_add_test(t, schema_steps_that_are_missing_or_unknown_are_told);
    tcase_add_test(t, a_table_full_of_dead_rows_is_named);
    tcase_add_test(t, where_the_database_searches_a_missing_index_of_vectors_is_told);
    tcase_add_test(t, where_the_database_searches_migrating_makes_the_index);
    tcase_add_test(t, a_replica_that_is_none_or_not_there_is_told);
    return tap_run("store/pg_check", t);
}
