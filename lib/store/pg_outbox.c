#include "base/error.h"
#include "store/pg_parts.h"

#define TAKE_MAX 1000 /* events of one batch, whatever was asked for */

/* What another call is taking at this moment is passed over. */
static const char sql_take[] =
    "WITH ready AS (SELECT o.seq FROM outbox o WHERE o.lease_until <= $1 ORDER BY o.seq LIMIT $2 "
    "FOR UPDATE SKIP LOCKED), taken AS (UPDATE outbox o SET lease_until = $3, "
    "deliveries = o.deliveries + 1 FROM ready WHERE o.seq = ready.seq "
    "RETURNING o.seq, o.id, o.kind, o.subject, o.body, o.at, o.deliveries - 1 AS deliveries) "
    "SELECT id, kind, subject, body, at, deliveries FROM taken ORDER BY seq";
/* In one order, so that two calls never wait for each other. */
static const char sql_ack[] = "DELETE FROM outbox WHERE seq IN (SELECT o.seq FROM outbox o "
                              "WHERE o.id = ANY ($1) ORDER BY o.seq FOR UPDATE)";

static esi_err events_read(struct pg_rows *rows, esi_arena *arena,
                           const esi_store_outbox_event **out, size_t *out_count, esi_error *err) {
    esi_store_outbox_event *events = ARENA_ARRAY(arena, rows->count, esi_store_outbox_event);
    if (events == NULL) {
        return fail_memory(err, ORIGIN);
    }
    for (size_t i = 0; i < rows->count; i++) {
        events[i] = (esi_store_outbox_event){.id = rows_text(rows, i, 0, arena),
                                             .kind = rows_text(rows, i, 1, arena),
                                             .subject = rows_text(rows, i, 2, arena),
                                             .body = rows_text(rows, i, 3, arena),
                                             .at_ms = rows_time(rows, i, 4),
                                             .deliveries = (int32_t)rows_int(rows, i, 5)};
    }
    const esi_err rc = rows_ok(rows, err);
    if (rc == ESI_OK) {
        *out = events;
        *out_count = rows->count;
    }
    return rc;
}

/* A batch whose answer was lost is handed out again when its lease has ended. */
esi_err pg_outbox_take(esi_store *store, int32_t limit, int64_t lease_ms, int64_t now_ms,
                       const esi_wait *wait, esi_arena *arena, const esi_store_outbox_event **out,
                       size_t *out_count, esi_error *err) {
    struct pg_args args = args_of(NULL);
    struct pg_rows rows = {0};
    args_time(&args, now_ms);
    args_int(&args, limit < 0 ? 0 : limit > TAKE_MAX ? TAKE_MAX : limit);
    args_time(&args, now_ms + lease_ms);
    const struct pg_step step = {sql_take, &args, &rows};
    esi_err rc = pg_visit(store->cases, PG_AGAIN, &step, 1, wait, err);
    if (rc == ESI_OK) {
        rc = events_read(&rows, arena, out, out_count, err);
    }
    rows_clear(&rows);
    return rc;
}

esi_err pg_outbox_ack(esi_store *store, const char *const *ids, size_t count, const esi_wait *wait,
                      esi_error *err) {
    esi_arena scratch = {0};
    const char **known = ARENA_ARRAY(&scratch, count, const char *);
    size_t n = 0;
    esi_err rc = known != NULL ? ESI_OK : fail_memory(err, ORIGIN);
    for (size_t i = 0; rc == ESI_OK && i < count; i++) {
        if (pg_is_uuid(ids[i])) {
            known[n++] = ids[i];
        }
    }
    if (rc == ESI_OK && n > 0) {
        struct pg_args args = args_of(&scratch);
        args_uuids(&args, known, n);
        const struct pg_step step = {sql_ack, &args, NULL};
        rc = pg_visit(store->cases, PG_AGAIN, &step, 1, wait, err);
    }
    arena_clear(&scratch);
    return rc;
}
