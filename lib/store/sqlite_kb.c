#include "base/error.h"
#include "base/vector.h"
#include "store/sqlite_parts.h"

#define FETCH_MAX 1000 /* sections of one fetch */

static const char sql_collection[] =
    "SELECT c.version, s.model, s.dimensions FROM collections c "
    "LEFT JOIN embedding_spaces s ON s.number = c.space WHERE c.name = ?1";
static const char sql_fetch[] =
    "SELECT e.id, d.id, d.title, d.version, e.heading, e.text, e.note FROM embeddings e "
    "CROSS JOIN kb_documents d ON d.number = e.document WHERE e.id = ?1 AND d.collection = ?2";
static const char sql_count_entries[] =
    "SELECT count(*) FROM kb_documents WHERE collection = ?1 AND (?2 IS NULL OR scope = ?2)";
static const char sql_entries[] =
    "SELECT id, source, scope, hash FROM kb_documents "
    "WHERE collection = ?1 AND (?2 IS NULL OR scope = ?2) ORDER BY source";
static const char sql_removed[] =
    "SELECT id FROM kb_removed WHERE collection = ?1 AND changed > ?2 ORDER BY changed, id";
static const char sql_changed[] =
    "SELECT number, id, source, scope, title, version, updated, standing, language, roles, meta, "
    "hash, sections FROM kb_documents INDEXED BY kb_documents_changed "
    "WHERE collection = ?1 AND changed > ?2 ORDER BY changed";
static const char sql_sections[] =
    "SELECT id, ordinal, line, heading, text, note, hash, vector FROM embeddings "
    "WHERE document = ?1 ORDER BY ordinal";

/* ---- a collection ------------------------------------------------------------------------ */

esi_err collection_read(struct conn *conn, const char *name, esi_arena *arena, int64_t *version,
                        esi_store_space *space, esi_error *err) {
    struct query q = query_of(conn, sql_collection);
    query_put_text(&q, name);
    bool row = false;
    *version = 0;
    *space = (esi_store_space){0};
    esi_err rc = query_next(&q, &row, err);
    if (rc == ESI_OK && row) {
        *version = query_int(&q, 0);
        space->model = query_text(&q, 1, arena);
        space->dimensions = (int32_t)query_int(&q, 2);
        rc = query_ok(&q, err);
    }
    query_end(&q);
    return rc;
}

esi_err sqlite_kb_version(esi_store *store, const char *collection, const esi_wait *wait,
                          esi_arena *arena, int64_t *out_version, esi_store_space *out_space,
                          esi_error *err) {
    struct reading r;
    esi_err rc = reading_begin(store, wait, &r, err);
    if (rc != ESI_OK) {
        return rc;
    }
    int64_t version;
    esi_store_space space;
    rc = collection_read(r.conn, collection, arena, &version, &space, err);
    reading_end(&r, rc);
    if (rc == ESI_OK) {
        *out_version = version;
        *out_space = space;
    }
    return rc;
}

/* ---- read -------------------------------------------------------------------------------- */

static esi_err fetch_one(struct conn *conn, const char *collection, const char *section_id,
                         esi_arena *arena, esi_store_passage *out, bool *found, esi_error *err) {
    struct query q = query_of(conn, sql_fetch);
    query_put_text(&q, section_id);
    query_put_text(&q, collection);
    esi_err rc = query_next(&q, found, err);
    if (rc == ESI_OK && *found) {
        out->section_id = query_text(&q, 0, arena);
        out->document_id = query_text(&q, 1, arena);
        out->title = query_text(&q, 2, arena);
        out->version = query_text(&q, 3, arena);
        out->heading = query_text(&q, 4, arena);
        out->text = query_text(&q, 5, arena);
        out->note = query_text(&q, 6, arena);
        rc = query_ok(&q, err);
    }
    query_end(&q);
    return rc;
}

esi_err sqlite_kb_fetch(esi_store *store, const char *collection, const char *const *section_ids,
                        size_t count, const esi_wait *wait, esi_arena *arena,
                        const esi_store_passage **out, size_t *out_count, esi_error *err) {
    if (count > FETCH_MAX) {
        return esi_fail(err, ESI_ETOOBIG, ORIGIN, "%zu sections asked for at once, %d are allowed",
                        count, FETCH_MAX);
    }
    esi_store_passage *rows = ARENA_ARRAY(arena, count, esi_store_passage);
    if (rows == NULL) {
        return fail_memory(err, ORIGIN);
    }
    struct reading r;
    esi_err rc = reading_begin(store, wait, &r, err);
    if (rc != ESI_OK) {
        return rc;
    }
    size_t n = 0;
    for (size_t i = 0; rc == ESI_OK && i < count; i++) {
        bool found = false;
        rc = fetch_one(r.conn, collection, section_ids[i], arena, &rows[n], &found, err);
        n += found;
    }
    reading_end(&r, rc);
    if (rc == ESI_OK) {
        *out = rows;
        *out_count = n;
    }
    return rc;
}

static esi_err entries_count(struct conn *conn, const char *collection, const char *scope,
                             size_t *out, esi_error *err) {
    struct query q = query_of(conn, sql_count_entries);
    query_put_text(&q, collection);
    query_put_text(&q, scope);
    bool row = false;
    const esi_err rc = query_next(&q, &row, err);
    if (rc == ESI_OK) {
        *out = row ? (size_t)query_int(&q, 0) : 0;
    }
    query_end(&q);
    return rc;
}

static esi_err entries_read(struct conn *conn, const char *collection, const char *scope,
                            esi_arena *arena, esi_store_entry **out, size_t *out_count,
                            esi_error *err) {
    size_t max = 0, n = 0;
    esi_err rc = entries_count(conn, collection, scope, &max, err);
    if (rc != ESI_OK) {
        return rc;
    }
    esi_store_entry *rows = ARENA_ARRAY(arena, max, esi_store_entry);
    if (rows == NULL) {
        return fail_memory(err, ORIGIN);
    }
    struct query q = query_of(conn, sql_entries);
    query_put_text(&q, collection);
    query_put_text(&q, scope);
    bool row = false;
    while ((rc = query_next(&q, &row, err)) == ESI_OK && row && n < max) {
        rows[n].id = query_text(&q, 0, arena);
        rows[n].source = query_text(&q, 1, arena);
        rows[n].scope = query_text(&q, 2, arena);
        query_hash(&q, 3, rows[n++].hash);
    }
    query_end(&q);
    *out = rows;
    *out_count = n;
    return rc;
}

esi_err sqlite_kb_entries(esi_store *store, const char *collection, const char *scope,
                          const esi_wait *wait, esi_arena *arena, const esi_store_entry **out,
                          size_t *out_count, esi_error *err) {
    struct reading r;
    esi_err rc = reading_begin(store, wait, &r, err);
    if (rc != ESI_OK) {
        return rc;
    }
    esi_store_entry *rows = NULL;
    size_t count = 0;
    rc = entries_read(r.conn, collection, scope, arena, &rows, &count, err);
    reading_end(&r, rc);
    if (rc == ESI_OK) {
        *out = rows;
        *out_count = count;
    }
    return rc;
}

/* ---- what changed ------------------------------------------------------------------------ */

struct visit {
    struct conn *conn;
    const char *collection;
    int64_t since;
    int32_t dimensions; /* of the collection's space; 0: none */
    esi_store_visit_fn fn;
    void *context;
};

static esi_err visit_removed(const struct visit *v, esi_error *err) {
    struct query q = query_of(v->conn, sql_removed);
    query_put_text(&q, v->collection);
    query_put_int(&q, v->since);
    bool row = false;
    esi_err rc;
    while ((rc = query_next(&q, &row, err)) == ESI_OK && row) {
        esi_arena scratch = {0};
        const esi_store_document gone = {.id = query_text(&q, 0, &scratch)};
        rc = query_ok(&q, err);
        if (rc == ESI_OK) {
            rc = v->fn(&gone, true, v->context, err);
        }
        arena_clear(&scratch);
        if (rc != ESI_OK) {
            break;
        }
    }
    query_end(&q);
    return rc;
}

static esi_err vector_read(struct query *q, int column, int32_t dimensions, esi_arena *arena,
                           const float **out, esi_error *err) {
    *out = NULL;
    if (query_null(q, column)) {
        return ESI_OK;
    }
    size_t size;
    const void *bytes = query_blob(q, column, &size);
    float *vector = ARENA_ARRAY(arena, (size_t)dimensions, float);
    if (vector == NULL) {
        return fail_memory(err, ORIGIN);
    }
    if (bytes == NULL || !vector_decode(bytes, size, vector, (size_t)dimensions)) {
        return esi_fail(err, ESI_ECORRUPT, ORIGIN,
                        "a stored vector hasn't the length of its collection: ingest the documents "
                        "again");
    }
    *out = vector;
    return ESI_OK;
}

static esi_err sections_read(const struct visit *v, int64_t document, esi_store_section *rows,
                             size_t max, esi_arena *arena, esi_error *err) {
    struct query q = query_of(v->conn, sql_sections);
    query_put_int(&q, document);
    size_t n = 0;
    bool row = false;
    esi_err rc;
    while ((rc = query_next(&q, &row, err)) == ESI_OK && row && n < max) {
        esi_store_section *s = &rows[n++];
        s->id = query_text(&q, 0, arena);
        s->ordinal = (int32_t)query_int(&q, 1);
        s->line = (int32_t)query_int(&q, 2);
        s->heading = query_text(&q, 3, arena);
        s->text = query_text(&q, 4, arena);
        s->note = query_text(&q, 5, arena);
        query_hash(&q, 6, s->hash);
        rc = vector_read(&q, 7, v->dimensions, arena, &s->vector, err);
        if (rc != ESI_OK) {
            break;
        }
    }
    query_end(&q);
    if (rc == ESI_OK && n != max) {
        rc = esi_fail(err, ESI_ECORRUPT, ORIGIN,
                      "a document has %zu of its %zu sections: ingest it again", n, max);
    }
    return rc;
}

static esi_err document_read(const struct visit *v, struct query *q, esi_arena *arena,
                             esi_store_document *out, esi_error *err) {
    const int64_t number = query_int(q, 0);
    *out = (esi_store_document){.id = query_text(q, 1, arena),
                                .source = query_text(q, 2, arena),
                                .scope = query_text(q, 3, arena),
                                .title = query_text(q, 4, arena),
                                .version = query_text(q, 5, arena),
                                .updated = query_text(q, 6, arena),
                                .standing = query_text(q, 7, arena),
                                .language = query_text(q, 8, arena),
                                .roles = (uint32_t)query_int(q, 9),
                                .meta = query_text(q, 10, arena),
                                .section_count = (size_t)query_int(q, 12)};
    query_hash(q, 11, out->hash);
    const esi_err rc = query_ok(q, err);
    if (rc != ESI_OK) {
        return rc;
    }
    esi_store_section *rows = ARENA_ARRAY(arena, out->section_count, esi_store_section);
    if (rows == NULL) {
        return fail_memory(err, ORIGIN);
    }
    out->sections = rows;
    return sections_read(v, number, rows, out->section_count, arena, err);
}

/* One document at a time is in memory. */
static esi_err visit_changed(const struct visit *v, esi_error *err) {
    struct query q = query_of(v->conn, sql_changed);
    query_put_text(&q, v->collection);
    query_put_int(&q, v->since);
    bool row = false;
    esi_err rc;
    while ((rc = query_next(&q, &row, err)) == ESI_OK && row) {
        esi_arena scratch = {0};
        esi_store_document document;
        rc = document_read(v, &q, &scratch, &document, err);
        if (rc == ESI_OK) {
            rc = v->fn(&document, false, v->context, err);
        }
        arena_clear(&scratch);
        if (rc != ESI_OK) {
            break;
        }
    }
    query_end(&q);
    return rc;
}

static esi_err visit_all(struct visit *v, int64_t *version, esi_error *err) {
    esi_arena scratch = {0};
    esi_store_space space;
    esi_err rc = collection_read(v->conn, v->collection, &scratch, version, &space, err);
    arena_clear(&scratch);
    v->dimensions = space.dimensions;
    if (rc == ESI_OK && v->since > 0) {
        rc = visit_removed(v, err);
    }
    if (rc == ESI_OK) {
        rc = visit_changed(v, err);
    }
    return rc;
}

esi_err sqlite_kb_changes(esi_store *store, const char *collection, int64_t since,
                          const esi_wait *wait, esi_store_visit_fn visit, void *context,
                          int64_t *out_version, esi_error *err) {
    struct reading r;
    esi_err rc = reading_begin(store, wait, &r, err);
    if (rc != ESI_OK) {
        return rc;
    }
    struct visit v = {
        .conn = r.conn, .collection = collection, .since = since, .fn = visit, .context = context};
    int64_t version = 0;
    rc = visit_all(&v, &version, err);
    reading_end(&r, rc);
    if (rc == ESI_OK) {
        *out_version = version;
    }
    return rc;
}
