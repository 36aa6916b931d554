/* Embedding spaces: a collection that moves to another one, at once or beside its life. */
#include <string.h>

#include "base/error.h"
#include "base/vector.h"
#include "store/sqlite_parts.h"

static const char sql_collection_make[] =
    "INSERT INTO collections (name, version) VALUES (?1, 0) ON CONFLICT DO NOTHING";
static const char sql_collection_version[] = "UPDATE collections SET version = ?2 WHERE name = ?1";
static const char sql_collection_space[] = "UPDATE collections SET space = ?2 WHERE name = ?1";
static const char sql_space_make[] =
    "INSERT INTO embedding_spaces (model, dimensions) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
static const char sql_space[] =
    "SELECT s.number, (SELECT space FROM collections WHERE name = ?3) FROM embedding_spaces s "
    "WHERE s.model = ?1 AND s.dimensions = ?2";
static const char sql_all_changed[] = "UPDATE kb_documents SET changed = ?2 WHERE collection = ?1";

static const char sql_no_vectors[] =
    "UPDATE embeddings SET vector = NULL "
    "WHERE document IN (SELECT number FROM kb_documents WHERE collection = ?1)";
static const char sql_vector[] = "UPDATE embeddings SET vector = ?2 WHERE id = ?1";

/* ?2: the space's number, ?3: it is the live one. */
#define SQL_MISSES                                                                                 \
    "d.collection = ?1 AND CASE WHEN ?3 THEN e.vector IS NULL ELSE NOT EXISTS "                    \
    "(SELECT 1 FROM other_vectors v WHERE v.section = e.number AND v.space = ?2) END"
static const char sql_missing_count[] =
    "SELECT count(*) FROM kb_documents d CROSS JOIN embeddings e ON e.document = d.number "
    "WHERE " SQL_MISSES;
static const char sql_missing[] =
    "SELECT e.id, d.id, d.title, d.version, e.heading, e.text, e.note FROM embeddings e "
    "CROSS JOIN kb_documents d ON d.number = e.document "
    "WHERE " SQL_MISSES " AND e.id > ?4 ORDER BY e.id LIMIT ?5";
static const char sql_beside[] =
    "INSERT INTO other_spaces (collection, space) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
static const char sql_put_beside[] =
    "INSERT INTO other_vectors (section, space, vector) SELECT e.number, ?2, ?4 FROM embeddings e "
    "CROSS JOIN kb_documents d ON d.number = e.document WHERE e.id = ?3 AND d.collection = ?1 "
    "ON CONFLICT DO NOTHING";
static const char sql_put_live[] =
    "UPDATE embeddings SET vector = ?4 WHERE id = ?3 AND vector IS NULL AND ?2 > 0 "
    "AND document IN (SELECT number FROM kb_documents WHERE collection = ?1)";
static const char sql_changed[] = "UPDATE kb_documents SET changed = ?2 "
                                  "WHERE number = (SELECT document FROM embeddings WHERE id = ?1)";
static const char sql_keep[] =
    "INSERT INTO other_vectors (section, space, vector) SELECT e.number, ?2, e.vector "
    "FROM kb_documents d CROSS JOIN embeddings e ON e.document = d.number "
    "WHERE d.collection = ?1 AND e.vector IS NOT NULL";
static const char sql_take[] =
    "UPDATE embeddings SET vector = (SELECT v.vector FROM other_vectors v "
    "WHERE v.section = embeddings.number AND v.space = ?2) "
    "WHERE document IN (SELECT number FROM kb_documents WHERE collection = ?1)";
static const char sql_others[] = "SELECT count(*) FROM other_spaces WHERE collection = ?1";
/* ?2: of which space; 0: of all. */
static const char sql_drop_vectors[] =
    "DELETE FROM other_vectors WHERE (?2 = 0 OR space = ?2) AND section IN "
    "(SELECT e.number FROM kb_documents d CROSS JOIN embeddings e ON e.document = d.number "
    "WHERE d.collection = ?1)";
static const char sql_drop_space[] =
    "DELETE FROM other_spaces WHERE collection = ?1 AND (?2 = 0 OR space = ?2)";
/* What is kept of models that no collection has any more. */
static const char sql_forget[] =
    "DELETE FROM known_spaces WHERE space NOT IN (SELECT space FROM collections "
    "WHERE space IS NOT NULL UNION SELECT space FROM other_spaces)";

/* A statement of a collection and a number. */
static esi_err run(struct conn *conn, const char *sql, const char *collection, int64_t number,
                   esi_error *err) {
    struct query q = query_of(conn, sql);
    query_put_text(&q, collection);
    query_put_int(&q, number);
    return query_run(&q, err);
}

esi_err collection_make(struct conn *conn, const char *name, esi_error *err) {
    struct query q = query_of(conn, sql_collection_make);
    query_put_text(&q, name);
    return query_run(&q, err);
}

esi_err collection_touch(struct conn *conn, const char *name, int64_t version, esi_error *err) {
    return run(conn, sql_collection_version, name, version, err);
}

/* ---- which space ----------------------------------------------------------------------------- */

/* A collection's space: its number, 0 for none, and that of the live one. */
struct spot {
    int64_t number, live;
};

static esi_err spot_find(struct conn *conn, const char *collection, const esi_store_space *space,
                         struct spot *out, esi_error *err) {
    struct query q = query_of(conn, sql_space);
    query_put_text(&q, space->model);
    query_put_int(&q, space->dimensions);
    query_put_text(&q, collection);
    bool row = false;
    const esi_err rc = query_next(&q, &row, err);
    *out = (struct spot){0};
    if (rc == ESI_OK && row) {
        *out = (struct spot){query_int(&q, 0), query_int(&q, 1)};
    }
    query_end(&q);
    return rc;
}

/* The same, made where it doesn't exist. */
static esi_err spot_make(struct conn *conn, const char *collection, const esi_store_space *space,
                         struct spot *out, esi_error *err) {
    struct query make = query_of(conn, sql_space_make);
    query_put_text(&make, space->model);
    query_put_int(&make, space->dimensions);
    const esi_err rc = query_run(&make, err);
    return rc == ESI_OK ? spot_find(conn, collection, space, out, err) : rc;
}

esi_err space_take(struct conn *conn, const char *collection, const esi_store_space *space,
                   esi_error *err) {
    struct spot spot;
    esi_err rc = spot_make(conn, collection, space, &spot, err);
    if (rc == ESI_OK) {
        rc = run(conn, sql_collection_space, collection, spot.number, err);
    }
    return rc == ESI_OK ? run(conn, sql_drop_space, collection, spot.number, err) : rc;
}

/* All documents count as changed. */
static esi_err all_changed(struct conn *conn, const char *collection, int64_t version,
                           esi_error *err) {
    const esi_err rc = run(conn, sql_all_changed, collection, version, err);
    return rc == ESI_OK ? collection_touch(conn, collection, version, err) : rc;
}

static esi_err drop_others(struct conn *conn, const char *collection, esi_error *err) {
    const esi_err rc = run(conn, sql_drop_vectors, collection, 0, err);
    return rc == ESI_OK ? run(conn, sql_drop_space, collection, 0, err) : rc;
}

/* ---- at once --------------------------------------------------------------------------------- */

/* What one of the slots writes. */
struct work {
    const char *collection;
    const esi_store_space *space;
    int64_t version;
    const esi_store_vector *vectors;
    size_t count;
    int64_t result;
};

static esi_err vectors_put(struct conn *conn, const struct work *w, esi_error *err) {
    const size_t dimensions = (size_t)w->space->dimensions;
    esi_arena scratch = {0};
    uint8_t *bytes = ARENA_ARRAY(&scratch, dimensions * sizeof(float), uint8_t);
    struct query none = query_of(conn, sql_no_vectors);
    query_put_text(&none, w->collection);
    esi_err rc = query_run(&none, err);
    if (rc == ESI_OK && bytes == NULL) {
        rc = fail_memory(err, ORIGIN);
    }
    for (size_t i = 0; rc == ESI_OK && i < w->count; i++) {
        struct query q = query_of(conn, sql_vector);
        vector_encode(w->vectors[i].vector, dimensions, bytes);
        query_put_text(&q, w->vectors[i].section_id);
        query_put_blob(&q, bytes, dimensions * sizeof(float));
        rc = query_run(&q, err);
    }
    arena_clear(&scratch);
    return rc;
}

static esi_err respace_run(struct conn *conn, void *context, esi_error *err) {
    const struct work *w = context;
    esi_arena scratch = {0};
    esi_store_space has;
    int64_t version = 0;
    esi_err rc = collection_read(conn, w->collection, &scratch, &version, &has, err);
    arena_clear(&scratch);
    if (rc == ESI_OK && version != w->version) {
        rc = esi_fail(err, ESI_ECONFLICT, ORIGIN, "the documents changed meanwhile: look again");
    }
    if (rc == ESI_OK) {
        rc = drop_others(conn, w->collection, err);
    }
    if (rc == ESI_OK) {
        rc = space_take(conn, w->collection, w->space, err);
    }
    if (rc == ESI_OK) {
        rc = vectors_put(conn, w, err);
    }
    return rc == ESI_OK ? all_changed(conn, w->collection, version + 1, err) : rc;
}

esi_err sqlite_kb_respace(esi_store *store, const char *collection, int64_t version,
                          const esi_store_space *space, const esi_store_vector *vectors,
                          size_t count, const esi_wait *wait, esi_error *err) {
    struct work w = {collection, space, version, vectors, count, 0};
    return store_write(store, true, respace_run, &w, wait, err);
}

/* ---- beside the live one --------------------------------------------------------------------- */

static esi_err count_missing(struct conn *conn, const char *collection, const struct spot *spot,
                             int64_t *out, esi_error *err) {
    struct query q = query_of(conn, sql_missing_count);
    query_put_text(&q, collection);
    query_put_int(&q, spot->number);
    query_put_int(&q, spot->number == spot->live);
    bool row = false;
    const esi_err rc = query_next(&q, &row, err);
    if (rc == ESI_OK) {
        *out = row ? query_int(&q, 0) : 0;
    }
    query_end(&q);
    return rc;
}

static esi_err begin_run(struct conn *conn, void *context, esi_error *err) {
    struct work *w = context;
    struct spot spot;
    esi_err rc = collection_make(conn, w->collection, err);
    if (rc == ESI_OK) {
        rc = spot_make(conn, w->collection, w->space, &spot, err);
    }
    if (rc == ESI_OK && spot.number != spot.live) {
        rc = run(conn, sql_beside, w->collection, spot.number, err);
    }
    return rc == ESI_OK ? count_missing(conn, w->collection, &spot, &w->result, err) : rc;
}

esi_err sqlite_space_begin(esi_store *store, const char *collection, const esi_store_space *space,
                           const esi_wait *wait, int64_t *out_missing, esi_error *err) {
    struct work w = {.collection = collection, .space = space};
    const esi_err rc = store_write(store, true, begin_run, &w, wait, err);
    if (rc == ESI_OK) {
        *out_missing = w.result;
    }
    return rc;
}

static esi_err missing_read(struct conn *conn, const char *collection,
                            const esi_store_missing_query *query, esi_arena *arena,
                            esi_store_passage *out, size_t *out_count, esi_error *err) {
    struct spot spot;
    esi_err rc = spot_find(conn, collection, &query->space, &spot, err);
    if (rc != ESI_OK || spot.number == 0) {
        return rc;
    }
    struct query q = query_of(conn, sql_missing);
    query_put_text(&q, collection);
    query_put_int(&q, spot.number);
    query_put_int(&q, spot.number == spot.live);
    query_put_text(&q, query->after != NULL ? query->after : "");
    query_put_int(&q, query->limit);
    bool row = false;
    while ((rc = query_next(&q, &row, err)) == ESI_OK && row) {
        out[(*out_count)++] = (esi_store_passage){.section_id = query_text(&q, 0, arena),
                                                  .document_id = query_text(&q, 1, arena),
                                                  .title = query_text(&q, 2, arena),
                                                  .version = query_text(&q, 3, arena),
                                                  .heading = query_text(&q, 4, arena),
                                                  .text = query_text(&q, 5, arena),
                                                  .note = query_text(&q, 6, arena)};
    }
    query_end(&q);
    return rc;
}

esi_err sqlite_space_missing(esi_store *store, const char *collection,
                             const esi_store_missing_query *query, const esi_wait *wait,
                             esi_arena *arena, const esi_store_passage **out, size_t *out_count,
                             esi_error *err) {
    esi_store_passage *rows = ARENA_ARRAY(arena, (size_t)query->limit, esi_store_passage);
    size_t count = 0;
    struct reading r;
    esi_err rc = rows != NULL ? reading_begin(store, wait, &r, err) : fail_memory(err, ORIGIN);
    if (rc != ESI_OK) {
        return rc;
    }
    rc = missing_read(r.conn, collection, query, arena, rows, &count, err);
    reading_end(&r, rc);
    if (rc == ESI_OK) {
        *out = rows;
        *out_count = count;
    }
    return rc;
}

/* Puts one; *live counts those that the live space has now. */
static esi_err put_one(struct conn *conn, const struct work *w, const struct spot *spot, size_t i,
                       uint8_t *bytes, int64_t *live, esi_error *err) {
    const size_t dimensions = (size_t)w->space->dimensions;
    const bool is_live = spot->number == spot->live;
    struct query q = query_of(conn, is_live ? sql_put_live : sql_put_beside);
    vector_encode(w->vectors[i].vector, dimensions, bytes);
    query_put_text(&q, w->collection);
    query_put_int(&q, spot->number);
    query_put_text(&q, w->vectors[i].section_id);
    query_put_blob(&q, bytes, dimensions * sizeof(float));
    esi_err rc = query_run(&q, err);
    if (rc == ESI_OK && is_live && conn_changes(conn) > 0) {
        rc = run(conn, sql_changed, w->vectors[i].section_id, w->version + 1, err);
        *live += 1;
    }
    return rc;
}

static esi_err put_run(struct conn *conn, void *context, esi_error *err) {
    struct work *w = context;
    esi_arena scratch = {0};
    esi_store_space has;
    struct spot spot;
    int64_t live = 0;
    uint8_t *bytes = ARENA_ARRAY(&scratch, (size_t)w->space->dimensions * sizeof(float), uint8_t);
    esi_err rc = bytes != NULL ? spot_find(conn, w->collection, w->space, &spot, err)
                               : fail_memory(err, ORIGIN);
    if (rc == ESI_OK) {
        rc = collection_read(conn, w->collection, &scratch, &w->version, &has, err);
    }
    for (size_t i = 0; rc == ESI_OK && spot.number > 0 && i < w->count; i++) {
        rc = put_one(conn, w, &spot, i, bytes, &live, err);
    }
    arena_clear(&scratch);
    return rc == ESI_OK && live > 0 ? collection_touch(conn, w->collection, w->version + 1, err)
                                    : rc;
}

esi_err sqlite_space_put(esi_store *store, const char *collection, const esi_store_space *space,
                         const esi_store_vector *vectors, size_t count, const esi_wait *wait,
                         esi_error *err) {
    struct work w = {.collection = collection, .space = space, .vectors = vectors, .count = count};
    return store_write(store, true, put_run, &w, wait, err);
}

/* ---- the swap -------------------------------------------------------------------------------- */

/* The live vectors go aside, those of the space take their place. */
static esi_err exchange(struct conn *conn, const char *collection, const struct spot *spot,
                        esi_error *err) {
    esi_err rc = ESI_OK;
    if (spot->live > 0) {
        rc = run(conn, sql_keep, collection, spot->live, err);
        if (rc == ESI_OK) {
            rc = run(conn, sql_beside, collection, spot->live, err);
        }
    }
    if (rc == ESI_OK) {
        rc = run(conn, sql_take, collection, spot->number, err);
    }
    if (rc == ESI_OK) {
        rc = run(conn, sql_drop_vectors, collection, spot->number, err);
    }
    if (rc == ESI_OK) {
        rc = run(conn, sql_drop_space, collection, spot->number, err);
    }
    return rc == ESI_OK ? run(conn, sql_collection_space, collection, spot->number, err) : rc;
}

static esi_err swap_run(struct conn *conn, void *context, esi_error *err) {
    const struct work *w = context;
    esi_arena scratch = {0};
    esi_store_space has;
    struct spot spot;
    int64_t version = 0, missing = 0;
    esi_err rc = collection_make(conn, w->collection, err);
    if (rc == ESI_OK) {
        rc = collection_read(conn, w->collection, &scratch, &version, &has, err);
    }
    arena_clear(&scratch);
    if (rc == ESI_OK) {
        rc = spot_make(conn, w->collection, w->space, &spot, err);
    }
    if (rc == ESI_OK) {
        rc = count_missing(conn, w->collection, &spot, &missing, err);
    }
    if (rc == ESI_OK && missing > 0) {
        rc = esi_fail(err, ESI_ECONFLICT, ORIGIN,
                      "sections came meanwhile that have no vector in the new space: go on");
    }
    if (rc == ESI_OK && spot.number != spot.live) {
        rc = exchange(conn, w->collection, &spot, err);
    }
    return rc == ESI_OK ? all_changed(conn, w->collection, version + 1, err) : rc;
}

esi_err sqlite_space_swap(esi_store *store, const char *collection, const esi_store_space *space,
                          const esi_wait *wait, esi_error *err) {
    struct work w = {.collection = collection, .space = space};
    return store_write(store, true, swap_run, &w, wait, err);
}

static esi_err drop_run(struct conn *conn, void *context, esi_error *err) {
    struct work *w = context;
    struct query q = query_of(conn, sql_others);
    query_put_text(&q, w->collection);
    bool row = false;
    const esi_err rc = query_next(&q, &row, err);
    w->result = rc == ESI_OK && row ? query_int(&q, 0) : 0;
    query_end(&q);
    if (rc != ESI_OK) {
        return rc;
    }
    const esi_err dropped = drop_others(conn, w->collection, err);
    if (dropped != ESI_OK) {
        return dropped;
    }
    struct query forget = query_of(conn, sql_forget);
    return query_run(&forget, err);
}

esi_err sqlite_space_drop(esi_store *store, const char *collection, const esi_wait *wait,
                          size_t *out_dropped, esi_error *err) {
    struct work w = {.collection = collection};
    const esi_err rc = store_write(store, true, drop_run, &w, wait, err);
    if (rc == ESI_OK) {
        *out_dropped = (size_t)w.result;
    }
    return rc;
}
