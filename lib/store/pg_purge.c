#include "base/error.h"
#include "store/pg_parts.h"

static const char sql_purge[] = "SELECT name, n, reached FROM esi_purge($1, $2, $3, $4)";
static const char sql_purge_count[] = "SELECT name, n, reached FROM esi_purge_count($1, $2, $3)";
/* Within a day every reader has learned which documents went. */
static const char sql_removed[] =
    "WITH gone AS (DELETE FROM kb_removed WHERE (collection, id) IN "
    "(SELECT r.collection, r.id FROM kb_removed r WHERE r.at < least($1, $3 - interval '1 day') "
    "ORDER BY r.collection, r.id LIMIT $2 FOR UPDATE SKIP LOCKED) RETURNING 1) "
    "SELECT 'kb_removed', count(*), count(*) >= $2 FROM gone";
static const char sql_removed_count[] = "SELECT 'kb_removed', count(*), false FROM kb_removed r "
                                        "WHERE r.at < least($1, $2 - interval '1 day')";
static const char sql_erase[] = "SELECT name, n FROM esi_erase($1)";

static esi_err counts_read(struct pg_rows *rows, esi_arena *arena, esi_store_count *out,
                           esi_error *err) {
    for (size_t i = 0; i < rows->count; i++) {
        out[i].name = rows_text(rows, i, 0, arena);
        out[i].count = rows_int(rows, i, 1);
    }
    return rows_ok(rows, err);
}

static bool any_reached(const struct pg_rows *rows) {
    for (size_t i = 0; i < rows->count; i++) {
        if (rows_int(rows, i, 2) != 0) {
            return true;
        }
    }
    return false;
}

/* Both halves; the second leaves the last argument alone. */
static esi_err purge_visits(esi_store *store, const esi_store_purge *p, const esi_wait *wait,
                            struct pg_rows *cases, struct pg_rows *kb, esi_error *err) {
    struct pg_args args = args_of(NULL);
    args_time(&args, p->before_ms != 0 ? p->before_ms : INT64_MIN);
    if (!p->dry_run) {
        args_int(&args, p->limit);
    }
    args_time(&args, p->now_ms);
    args_bool(&args, p->untaken_events);
    const struct pg_step steps[] = {
        {p->dry_run ? sql_purge_count : sql_purge, &args, cases},
        {p->dry_run ? sql_removed_count : sql_removed, &args, kb},
    };
    esi_err rc =
        pg_visit(store->cases, PG_AGAIN, steps, store->kb == store->cases ? 2 : 1, wait, err);
    if (rc == ESI_OK && store->kb != store->cases) {
        rc = pg_visit(store->kb, PG_AGAIN, &steps[1], 1, wait, err);
    }
    return rc;
}

esi_err pg_purge(esi_store *store, const esi_store_purge *purge, const esi_wait *wait,
                 esi_arena *arena, const esi_store_count **out, size_t *out_count, bool *out_more,
                 esi_error *err) {
    if (purge->limit < 1) {
        return esi_fail(err, ESI_EINVAL, ORIGIN, "a purge of %d rows at once removes nothing",
                        (int)purge->limit);
    }
    struct pg_rows cases = {0}, kb = {0};
    esi_store_count *counts = NULL;
    esi_err rc = purge_visits(store, purge, wait, &cases, &kb, err);
    if (rc == ESI_OK) {
        counts = ARENA_ARRAY(arena, cases.count + kb.count, esi_store_count);
        rc = counts != NULL ? counts_read(&cases, arena, counts, err) : fail_memory(err, ORIGIN);
    }
    if (rc == ESI_OK) {
        rc = counts_read(&kb, arena, counts + cases.count, err);
    }
    if (rc == ESI_OK) {
        *out = counts;
        *out_count = cases.count + kb.count;
        *out_more = any_reached(&cases) || any_reached(&kb);
    }
    rows_clear(&cases);
    rows_clear(&kb);
    return rc;
}

/* Not run again by itself: its second run would count nothing. */
esi_err pg_erase(esi_store *store, const char *user_id, const esi_wait *wait, esi_arena *arena,
                 const esi_store_count **out, size_t *out_count, esi_error *err) {
    struct pg_args args = args_of(NULL);
    struct pg_rows rows = {0};
    args_text(&args, user_id);
    const struct pg_step step = {sql_erase, &args, &rows};
    esi_err rc = pg_visit(store->cases, PG_ONCE, &step, 1, wait, err);
    if (rc == ESI_OK) {
        esi_store_count *counts = ARENA_ARRAY(arena, rows.count, esi_store_count);
        rc = counts != NULL ? counts_read(&rows, arena, counts, err) : fail_memory(err, ORIGIN);
        if (rc == ESI_OK) {
            *out = counts;
            *out_count = rows.count;
        }
    }
    rows_clear(&rows);
    return rc;
}
