#include <string.h>

#include "base/error.h"
#include "base/vector.h"
#include "store/sqlite_parts.h"

static const char sql_any_document[] = "SELECT 1 FROM kb_documents WHERE collection = ?1 LIMIT 1";
static const char sql_by_id[] =
    "SELECT number, id FROM kb_documents WHERE collection = ?1 AND id = ?2";
static const char sql_by_source[] =
    "SELECT number, id FROM kb_documents WHERE collection = ?1 AND source = ?2";
static const char sql_delete[] = "DELETE FROM kb_documents WHERE number = ?1";
static const char sql_bury[] = "INSERT INTO kb_removed (collection, id, changed, at_ms) "
                               "VALUES (?1, ?2, ?3, ?4) ON CONFLICT (collection, id) "
                               "DO UPDATE SET changed = excluded.changed, at_ms = excluded.at_ms";
static const char sql_unbury[] = "DELETE FROM kb_removed WHERE collection = ?1 AND id = ?2";
static const char sql_document[] =
    "INSERT INTO kb_documents (collection, id, source, scope, title, version, updated, standing, "
    "language, roles, meta, hash, sections, changed, at_ms) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)";
static const char sql_section[] =
    "INSERT INTO embeddings (id, document, ordinal, line, heading, text, note, hash, vector) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

struct upsert {
    const char *collection;
    const esi_store_space *space;
    const esi_store_document *document;
    int64_t now_ms;
};

static esi_err run_named(struct conn *conn, const char *sql, const char *collection, const char *id,
                         esi_error *err) {
    struct query q = query_of(conn, sql);
    query_put_text(&q, collection);
    query_put_text(&q, id);
    return query_run(&q, err);
}

static esi_err space_fit(struct conn *conn, const struct upsert *u, const esi_store_space *has,
                         esi_error *err) {
    if (u->space == NULL || u->space->model == NULL ||
        (has->model != NULL && strcmp(has->model, u->space->model) == 0 &&
         has->dimensions == u->space->dimensions)) {
        return ESI_OK;
    }
    if (has->model != NULL) {
        struct query q = query_of(conn, sql_any_document);
        query_put_text(&q, u->collection);
        bool row = false;
        const esi_err rc = query_next(&q, &row, err);
        query_end(&q);
        if (rc != ESI_OK) {
            return rc;
        }
        if (row) {
            return esi_fail(err, ESI_EDIM, ORIGIN,
                            "the collection holds vectors of \"%s\" (%d dimensions), not of \"%s\" "
                            "(%d): use that model, or make them anew with \"esihelp reembed\"",
                            has->model, (int)has->dimensions, u->space->model,
                            (int)u->space->dimensions);
        }
    }
    return space_take(conn, u->collection, u->space, err);
}

/* Takes away the document that `sql` finds under `key`, and notes its going. *removed counts. */
static esi_err document_drop(struct conn *conn, const char *sql, const struct upsert *u,
                             const char *key, int64_t version, size_t *removed, esi_error *err) {
    esi_arena scratch = {0};
    struct query find = query_of(conn, sql);
    query_put_text(&find, u->collection);
    query_put_text(&find, key);
    bool row = false;
    int64_t number = 0;
    const char *id = NULL;
    esi_err rc = query_next(&find, &row, err);
    if (rc == ESI_OK && row) {
        number = query_int(&find, 0);
        id = query_text(&find, 1, &scratch);
        rc = query_ok(&find, err);
    }
    query_end(&find);
    if (rc == ESI_OK && row) {
        struct query drop = query_of(conn, sql_delete);
        query_put_int(&drop, number);
        rc = query_run(&drop, err);
        *removed += 1;
    }
    if (rc == ESI_OK && row) {
        struct query bury = query_of(conn, sql_bury);
        query_put_text(&bury, u->collection);
        query_put_text(&bury, id);
        query_put_int(&bury, version);
        query_put_int(&bury, u->now_ms);
        rc = query_run(&bury, err);
    }
    arena_clear(&scratch);
    return rc;
}

static esi_err section_put(struct conn *conn, int64_t document, const esi_store_section *s,
                           uint8_t *bytes, size_t dimensions, esi_error *err) {
    if (s->vector != NULL && dimensions == 0) {
        return esi_fail(err, ESI_EINVAL, ORIGIN, "a vector came without its embedding space");
    }
    struct query q = query_of(conn, sql_section);
    query_put_text(&q, s->id);
    query_put_int(&q, document);
    query_put_int(&q, s->ordinal);
    query_put_int(&q, s->line);
    query_put_text(&q, s->heading);
    query_put_text(&q, s->text);
    query_put_text(&q, s->note);
    query_put_blob(&q, s->hash, sizeof s->hash);
    if (s->vector != NULL) {
        vector_encode(s->vector, dimensions, bytes);
        query_put_blob(&q, bytes, dimensions * sizeof(float));
    }
    return query_run(&q, err);
}

static esi_err sections_put(struct conn *conn, const struct upsert *u, int64_t document,
                            esi_error *err) {
    const size_t dimensions = u->space != NULL ? (size_t)u->space->dimensions : 0;
    esi_arena scratch = {0};
    uint8_t *bytes = ARENA_ARRAY(&scratch, dimensions * sizeof(float), uint8_t);
    esi_err rc = bytes != NULL ? ESI_OK : fail_memory(err, ORIGIN);
    for (size_t i = 0; rc == ESI_OK && i < u->document->section_count; i++) {
        rc = section_put(conn, document, &u->document->sections[i], bytes, dimensions, err);
    }
    arena_clear(&scratch);
    return rc;
}

static esi_err document_put(struct conn *conn, const struct upsert *u, int64_t version,
                            esi_error *err) {
    const esi_store_document *d = u->document;
    struct query q = query_of(conn, sql_document);
    query_put_text(&q, u->collection);
    query_put_text(&q, d->id);
    query_put_text(&q, d->source);
    query_put_text(&q, d->scope);
    query_put_text(&q, d->title);
    query_put_text(&q, d->version);
    query_put_text(&q, d->updated);
    query_put_text(&q, d->standing);
    query_put_text(&q, d->language);
    query_put_int(&q, d->roles);
    query_put_text(&q, d->meta);
    query_put_blob(&q, d->hash, sizeof d->hash);
    query_put_int(&q, (int64_t)d->section_count);
    query_put_int(&q, version);
    query_put_int(&q, u->now_ms);
    const esi_err rc = query_run(&q, err);
    return rc != ESI_OK ? rc : sections_put(conn, u, conn_last_number(conn), err);
}

static esi_err upsert_run(struct conn *conn, void *context, esi_error *err) {
    const struct upsert *u = context;
    esi_arena scratch = {0};
    esi_store_space space;
    int64_t version = 0;
    size_t removed = 0;
    esi_err rc = collection_make(conn, u->collection, err);
    if (rc == ESI_OK) {
        rc = collection_read(conn, u->collection, &scratch, &version, &space, err);
    }
    if (rc == ESI_OK) {
        rc = space_fit(conn, u, &space, err);
    }
    version++;
    if (rc == ESI_OK) {
        rc = document_drop(conn, sql_by_id, u, u->document->id, version, &removed, err);
    }
    if (rc == ESI_OK) {
        rc = document_drop(conn, sql_by_source, u, u->document->source, version, &removed, err);
    }
    if (rc == ESI_OK) {
        rc = document_put(conn, u, version, err);
    }
    if (rc == ESI_OK) {
        rc = run_named(conn, sql_unbury, u->collection, u->document->id, err);
    }
    if (rc == ESI_OK) {
        rc = collection_touch(conn, u->collection, version, err);
    }
    arena_clear(&scratch);
    return rc;
}

esi_err sqlite_kb_upsert(esi_store *store, const char *collection, const esi_store_space *space,
                         const esi_store_document *document, int64_t now_ms, const esi_wait *wait,
                         esi_error *err) {
    struct upsert u = {collection, space, document, now_ms};
    return store_write(store, true, upsert_run, &u, wait, err);
}

struct removal {
    const char *collection;
    const char *const *ids;
    size_t count;
    int64_t now_ms;
    size_t removed;
};

static esi_err remove_run(struct conn *conn, void *context, esi_error *err) {
    struct removal *r = context;
    const struct upsert u = {.collection = r->collection, .now_ms = r->now_ms};
    esi_arena scratch = {0};
    esi_store_space space;
    int64_t version = 0;
    r->removed = 0;
    esi_err rc = collection_read(conn, r->collection, &scratch, &version, &space, err);
    version++;
    for (size_t i = 0; rc == ESI_OK && i < r->count; i++) {
        rc = document_drop(conn, sql_by_id, &u, r->ids[i], version, &r->removed, err);
    }
    if (rc == ESI_OK && r->removed > 0) {
        rc = collection_touch(conn, r->collection, version, err);
    }
    arena_clear(&scratch);
    return rc;
}

esi_err sqlite_kb_remove(esi_store *store, const char *collection, const char *const *ids,
                         size_t count, int64_t now_ms, const esi_wait *wait, size_t *out_removed,
                         esi_error *err) {
    struct removal r = {.collection = collection, .ids = ids, .count = count, .now_ms = now_ms};
    const esi_err rc = store_write(store, true, remove_run, &r, wait, err);
    if (rc == ESI_OK) {
        *out_removed = r.removed;
    }
    return rc;
}
