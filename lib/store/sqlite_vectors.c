/* Vectors by what they were made of, and who makes those that a collection misses. */
#include <string.h>

#include "base/error.h"
#include "base/vector.h"
#include "store/sqlite_parts.h"

#define HASH_SIZE 32
#define DAY_MS INT64_C(86400000)

static const char sql_space[] =
    "SELECT k.space FROM known_spaces k JOIN embedding_spaces s ON s.number = k.space "
    "WHERE s.model = ?1 AND s.dimensions = ?2";
static const char sql_space_make[] =
    "INSERT INTO embedding_spaces (model, dimensions) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
static const char sql_known_make[] =
    "INSERT INTO known_spaces (space, vectors) SELECT number, 0 FROM embedding_spaces "
    "WHERE model = ?1 AND dimensions = ?2 ON CONFLICT DO NOTHING";
static const char sql_find[] =
    "SELECT vector, used_at_ms FROM known_vectors WHERE space = ?1 AND hash = ?2";
static const char sql_used[] =
    "UPDATE known_vectors SET used_at_ms = ?3 WHERE space = ?1 AND hash = ?2";
static const char sql_keep[] = "INSERT INTO known_vectors (space, hash, used_at_ms, vector) "
                               "VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";
static const char sql_count[] = "UPDATE known_spaces SET vectors = vectors + ?2 WHERE space = ?1";
static const char sql_over[] = "SELECT vectors - ?2 FROM known_spaces WHERE space = ?1";
static const char sql_trim[] =
    "DELETE FROM known_vectors WHERE number IN (SELECT number FROM known_vectors WHERE space = ?1 "
    "ORDER BY used_at_ms, number LIMIT ?2)";
/* A row that stays as it is isn't written: nothing changed then. */
static const char sql_lease[] =
    "INSERT INTO space_leases (collection, who, until_ms) VALUES (?1, ?2, ?4) "
    "ON CONFLICT (collection) DO UPDATE SET who = excluded.who, until_ms = excluded.until_ms "
    "WHERE space_leases.who = excluded.who OR space_leases.until_ms <= ?3";
static const char sql_give_back[] = "DELETE FROM space_leases WHERE collection = ?1 AND who = ?2";

/* What one of the slots reads or writes. */
struct work {
    const esi_store_space *space;
    const uint8_t (*hashes)[HASH_SIZE];
    size_t count;
    int64_t now_ms;
    const float *const *vectors; /* that are kept */
    const float **found;
    bool *old; /* of those found: not used since yesterday */
    bool any_old;
};

static esi_err run_space(struct conn *conn, const char *sql, const esi_store_space *space,
                         esi_error *err) {
    struct query q = query_of(conn, sql);
    query_put_text(&q, space->model);
    query_put_int(&q, space->dimensions);
    return query_run(&q, err);
}

static esi_err run_numbers(struct conn *conn, const char *sql, int64_t a, int64_t b,
                           esi_error *err) {
    struct query q = query_of(conn, sql);
    query_put_int(&q, a);
    query_put_int(&q, b);
    return query_run(&q, err);
}

/* Its number; 0: nothing is kept of it. */
static esi_err space_find(struct conn *conn, const esi_store_space *space, int64_t *out,
                          esi_error *err) {
    struct query q = query_of(conn, sql_space);
    query_put_text(&q, space->model);
    query_put_int(&q, space->dimensions);
    bool row = false;
    const esi_err rc = query_next(&q, &row, err);
    *out = rc == ESI_OK && row ? query_int(&q, 0) : 0;
    query_end(&q);
    return rc;
}

/* ---- finding --------------------------------------------------------------------------------- */

static esi_err find_one(struct conn *conn, int64_t space, struct work *w, size_t i,
                        esi_arena *arena, esi_error *err) {
    const size_t dimensions = (size_t)w->space->dimensions;
    struct query q = query_of(conn, sql_find);
    query_put_int(&q, space);
    query_put_blob(&q, w->hashes[i], HASH_SIZE);
    bool row = false;
    esi_err rc = query_next(&q, &row, err);
    if (rc == ESI_OK && row) {
        size_t size;
        float *vector = ARENA_ARRAY(arena, dimensions, float);
        const void *bytes = query_blob(&q, 0, &size);
        if (vector == NULL) {
            rc = fail_memory(err, ORIGIN);
        } else if (vector_decode(bytes, size, vector, dimensions)) {
            w->found[i] = vector;
            w->old[i] = query_int(&q, 1) <= w->now_ms - DAY_MS;
            w->any_old = w->any_old || w->old[i];
        }
    }
    query_end(&q);
    return rc;
}

static esi_err find_all(struct conn *conn, struct work *w, esi_arena *arena, esi_error *err) {
    int64_t space;
    esi_err rc = space_find(conn, w->space, &space, err);
    for (size_t i = 0; rc == ESI_OK && space > 0 && i < w->count; i++) {
        rc = find_one(conn, space, w, i, arena, err);
    }
    return rc;
}

static esi_err used_run(struct conn *conn, void *context, esi_error *err) {
    const struct work *w = context;
    int64_t space;
    esi_err rc = space_find(conn, w->space, &space, err);
    for (size_t i = 0; rc == ESI_OK && i < w->count; i++) {
        if (!w->old[i]) {
            continue;
        }
        struct query q = query_of(conn, sql_used);
        query_put_int(&q, space);
        query_put_blob(&q, w->hashes[i], HASH_SIZE);
        query_put_int(&q, w->now_ms);
        rc = query_run(&q, err);
    }
    return rc;
}

esi_err sqlite_vectors_find(esi_store *store, const esi_store_space *space,
                            const uint8_t (*hashes)[32], size_t count, int64_t now_ms,
                            const esi_wait *wait, esi_arena *arena, const float **out,
                            esi_error *err) {
    esi_arena scratch = {0};
    struct work w = {.space = space, .hashes = hashes, .count = count, .now_ms = now_ms};
    w.found = ARENA_ARRAY(&scratch, count, const float *);
    w.old = ARENA_ARRAY(&scratch, count, bool);
    struct reading r;
    esi_err rc = w.found != NULL && w.old != NULL ? reading_begin(store, wait, &r, err)
                                                  : fail_memory(err, ORIGIN);
    if (rc == ESI_OK) {
        rc = find_all(r.conn, &w, arena, err);
        reading_end(&r, rc);
    }
    if (rc == ESI_OK && w.any_old && !store->read_only) {
        rc = store_write(store, false, used_run, &w, wait, err);
    }
    for (size_t i = 0; rc == ESI_OK && i < count; i++) {
        out[i] = w.found[i];
    }
    arena_clear(&scratch);
    return rc;
}

/* ---- keeping --------------------------------------------------------------------------------- */

static esi_err keep_all(struct conn *conn, const struct work *w, int64_t space, int64_t *added,
                        esi_error *err) {
    const size_t dimensions = (size_t)w->space->dimensions;
    esi_arena scratch = {0};
    uint8_t *bytes = ARENA_ARRAY(&scratch, dimensions * sizeof(float), uint8_t);
    esi_err rc = bytes != NULL ? ESI_OK : fail_memory(err, ORIGIN);
    for (size_t i = 0; rc == ESI_OK && i < w->count; i++) {
        struct query q = query_of(conn, sql_keep);
        vector_encode(w->vectors[i], dimensions, bytes);
        query_put_int(&q, space);
        query_put_blob(&q, w->hashes[i], HASH_SIZE);
        query_put_int(&q, w->now_ms);
        query_put_blob(&q, bytes, dimensions * sizeof(float));
        rc = query_run(&q, err);
        *added += rc == ESI_OK ? conn_changes(conn) : 0;
    }
    arena_clear(&scratch);
    return rc;
}

/* Beyond the limit the ones that were used least lately go. */
static esi_err trim(struct conn *conn, int64_t space, esi_error *err) {
    struct query q = query_of(conn, sql_over);
    query_put_int(&q, space);
    query_put_int(&q, ESI_STORE_VECTORS_MAX);
    bool row = false;
    esi_err rc = query_next(&q, &row, err);
    const int64_t over = rc == ESI_OK && row ? query_int(&q, 0) : 0;
    query_end(&q);
    if (rc != ESI_OK || over <= 0) {
        return rc;
    }
    rc = run_numbers(conn, sql_trim, space, over, err);
    return rc == ESI_OK ? run_numbers(conn, sql_count, space, -conn_changes(conn), err) : rc;
}

static esi_err keep_run(struct conn *conn, void *context, esi_error *err) {
    const struct work *w = context;
    int64_t space = 0, added = 0;
    esi_err rc = run_space(conn, sql_space_make, w->space, err);
    if (rc == ESI_OK) {
        rc = run_space(conn, sql_known_make, w->space, err);
    }
    if (rc == ESI_OK) {
        rc = space_find(conn, w->space, &space, err);
    }
    if (rc == ESI_OK) {
        rc = keep_all(conn, w, space, &added, err);
    }
    if (rc == ESI_OK && added > 0) {
        rc = run_numbers(conn, sql_count, space, added, err);
    }
    return rc == ESI_OK && added > 0 ? trim(conn, space, err) : rc;
}

esi_err sqlite_vectors_keep(esi_store *store, const esi_store_space *space,
                            const uint8_t (*hashes)[32], const float *const *vectors, size_t count,
                            int64_t now_ms, const esi_wait *wait, esi_error *err) {
    struct work w = {
        .space = space, .hashes = hashes, .vectors = vectors, .count = count, .now_ms = now_ms};
    return store_write(store, true, keep_run, &w, wait, err);
}

/* ---- the lease ------------------------------------------------------------------------------- */

struct lease {
    const char *collection, *who;
    int64_t now_ms, lease_ms;
    bool taken;
};

static esi_err lease_run(struct conn *conn, void *context, esi_error *err) {
    struct lease *l = context;
    struct query q = query_of(conn, l->lease_ms > 0 ? sql_lease : sql_give_back);
    query_put_text(&q, l->collection);
    query_put_text(&q, l->who);
    if (l->lease_ms > 0) {
        query_put_int(&q, l->now_ms);
        query_put_int(&q, l->now_ms + l->lease_ms);
    }
    const esi_err rc = query_run(&q, err);
    l->taken = rc == ESI_OK && conn_changes(conn) > 0;
    return rc;
}

esi_err sqlite_space_lease(esi_store *store, const char *collection, const char *who,
                           int64_t now_ms, int64_t lease_ms, const esi_wait *wait, bool *out_taken,
                           esi_error *err) {
    struct lease l = {collection, who, now_ms, lease_ms, false};
    const esi_err rc = store_write(store, false, lease_run, &l, wait, err);
    if (rc == ESI_OK) {
        *out_taken = l.taken;
    }
    return rc;
}
