/* Vectors by what they were made of, and who makes those that a collection misses. */
#include <string.h>

#include "base/error.h"
#include "store/pg_parts.h"

#define KEEP_VECTORS 256 /* of one statement */

static const char sql_find[] =
    "SELECT w.place, v.vector FROM unnest($3::bytea[]) WITH ORDINALITY AS w (hash, place) "
    "JOIN known_vectors v ON v.hash = w.hash AND v.space = "
    "(SELECT number FROM known_spaces WHERE model = $1 AND dimensions = $2)";
static const char sql_used[] =
    "UPDATE known_vectors SET used_at = $4 WHERE hash = ANY ($3::bytea[]) "
    "AND used_at <= $4::timestamptz - interval '1 day' AND space = "
    "(SELECT number FROM known_spaces WHERE model = $1 AND dimensions = $2)";
static const char sql_keep[] = "SELECT esi_vectors_keep($1, $2, $3, $4, $5, $6)";
static const char sql_lease[] =
    "INSERT INTO space_leases (collection, who, until) VALUES ($1, $2, $4) "
    "ON CONFLICT (collection) DO UPDATE SET who = excluded.who, until = excluded.until "
    "WHERE space_leases.who = excluded.who OR space_leases.until <= $3 RETURNING 1";
static const char sql_give_back[] =
    "DELETE FROM space_leases WHERE collection = $1 AND who = $2 RETURNING 1";

/* ---- finding --------------------------------------------------------------------------------- */

static esi_err read_found(const struct pg_rows *rows, const esi_store_space *space, size_t count,
                          esi_arena *arena, const float **out, esi_error *err) {
    const size_t dimensions = (size_t)space->dimensions;
    for (size_t i = 0; i < rows->count; i++) {
        const int64_t place = rows_int(rows, i, 0);
        float *vector = ARENA_ARRAY(arena, dimensions, float);
        if (vector == NULL) {
            return fail_memory(err, ORIGIN);
        }
        if (place >= 1 && (size_t)place <= count && rows_vector(rows, i, 1, vector, dimensions)) {
            out[place - 1] = vector;
        }
    }
    return ESI_OK;
}

esi_err pg_vectors_find(esi_store *store, const esi_store_space *space, const uint8_t (*hashes)[32],
                        size_t count, int64_t now_ms, const esi_wait *wait, esi_arena *arena,
                        const float **out, esi_error *err) {
    esi_arena scratch = {0};
    struct pg_rows rows = {0};
    struct pg_args *args = ARENA_ARRAY(&scratch, 2, struct pg_args);
    const float **found = ARENA_ARRAY(&scratch, count, const float *);
    esi_err rc = args != NULL && found != NULL ? ESI_OK : fail_memory(err, ORIGIN);
    for (size_t i = 0; rc == ESI_OK && i < 2; i++) {
        args[i] = args_of(&scratch);
        args_text(&args[i], space->model);
        args_int(&args[i], space->dimensions);
        args_hashes(&args[i], hashes, count);
    }
    if (rc == ESI_OK) {
        args_time(&args[1], now_ms);
        const struct pg_step steps[] = {{sql_find, &args[0], &rows}, {sql_used, &args[1], NULL}};
        rc = pg_visit(store->kb, PG_AGAIN, steps, store->read_only ? 1 : 2, wait, err);
    }
    if (rc == ESI_OK) {
        rc = read_found(&rows, space, count, arena, found, err);
    }
    if (rc == ESI_OK && count > 0) {
        memcpy(out, found, count * sizeof(*found));
    }
    rows_clear(&rows);
    arena_clear(&scratch);
    return rc;
}

/* ---- keeping --------------------------------------------------------------------------------- */

struct kept {
    const esi_store_space *space;
    const uint8_t (*hashes)[32];
    const float *const *vectors;
    size_t count;
};

static esi_err keep_some(esi_store *store, const struct kept *k, int64_t now_ms,
                         const esi_wait *wait, esi_error *err) {
    const size_t n = (size_t)k->space->dimensions;
    esi_arena scratch = {0};
    struct pg_args *args = ARENA_NEW(&scratch, struct pg_args);
    float *all = arena_array(&scratch, k->count, n * sizeof(float));
    esi_err rc = args != NULL && all != NULL ? ESI_OK : fail_memory(err, ORIGIN);
    if (rc == ESI_OK) {
        for (size_t i = 0; i < k->count; i++) {
            memcpy(all + i * n, k->vectors[i], n * sizeof(float));
        }
        *args = args_of(&scratch);
        args_text(args, k->space->model);
        args_int(args, k->space->dimensions);
        args_hashes(args, k->hashes, k->count);
        args_floats(args, all, k->count * n);
        args_time(args, now_ms);
        args_int(args, ESI_STORE_VECTORS_MAX);
        const struct pg_step step = {sql_keep, args, NULL};
        rc = pg_visit(store->kb, PG_AGAIN, &step, 1, wait, err);
    }
    arena_clear(&scratch);
    return rc;
}

esi_err pg_vectors_keep(esi_store *store, const esi_store_space *space, const uint8_t (*hashes)[32],
                        const float *const *vectors, size_t count, int64_t now_ms,
                        const esi_wait *wait, esi_error *err) {
    esi_err rc = ESI_OK;
    for (size_t at = 0; rc == ESI_OK && at < count; at += KEEP_VECTORS) {
        const size_t left = count - at;
        const struct kept some = {space, hashes + at, vectors + at,
                                  left < KEEP_VECTORS ? left : KEEP_VECTORS};
        rc = keep_some(store, &some, now_ms, wait, err);
    }
    return rc;
}

/* ---- the lease ------------------------------------------------------------------------------- */

esi_err pg_space_lease(esi_store *store, const char *collection, const char *who, int64_t now_ms,
                       int64_t lease_ms, const esi_wait *wait, bool *out_taken, esi_error *err) {
    struct pg_args args = args_of(NULL);
    struct pg_rows rows = {0};
    args_text(&args, collection);
    args_text(&args, who);
    if (lease_ms > 0) {
        args_time(&args, now_ms);
        args_time(&args, now_ms + lease_ms);
    }
    const struct pg_step step = {lease_ms > 0 ? sql_lease : sql_give_back, &args, &rows};
    const esi_err rc = pg_visit(store->kb, PG_AGAIN, &step, 1, wait, err);
    if (rc == ESI_OK) {
        *out_taken = rows.count > 0;
    }
    rows_clear(&rows);
    return rc;
}
