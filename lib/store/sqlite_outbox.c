#include "base/error.h"
#include "store/sqlite_parts.h"

#define TAKE_MAX 1000 /* events of one batch, whatever was asked for */

static const char sql_put[] =
    "INSERT INTO outbox (id, kind, subject, body, at_ms) VALUES (?1, ?2, ?3, ?4, ?5)";
static const char sql_ready[] =
    "SELECT seq, id, kind, subject, body, at_ms, deliveries FROM outbox "
    "WHERE lease_until_ms <= ?1 ORDER BY seq LIMIT ?2";
static const char sql_lease[] =
    "UPDATE outbox SET lease_until_ms = ?2, deliveries = deliveries + 1 WHERE seq = ?1";
static const char sql_ack[] = "DELETE FROM outbox WHERE id = ?1";

esi_err outbox_put(struct conn *conn, const char *kind, const char *subject, const char *body,
                   int64_t now_ms, esi_error *err) {
    char id[OS_UUID_SIZE];
    const esi_err rc = os_uuid7(now_ms, id, err);
    if (rc != ESI_OK) {
        return rc;
    }
    struct query q = query_of(conn, sql_put);
    query_put_text(&q, id);
    query_put_text(&q, kind);
    query_put_text(&q, subject);
    query_put_text(&q, body);
    query_put_int(&q, now_ms);
    return query_run(&q, err);
}

struct take {
    size_t max;
    int64_t lease_ms, now_ms;
    esi_arena *arena;
    esi_store_outbox_event *events;
    int64_t *numbers; /* of the rows, beside the events */
    size_t count;
};

static esi_err find_ready(struct conn *conn, struct take *t, esi_error *err) {
    struct query q = query_of(conn, sql_ready);
    query_put_int(&q, t->now_ms);
    query_put_int(&q, (int64_t)t->max);
    bool row = false;
    esi_err rc;
    t->count = 0;
    while ((rc = query_next(&q, &row, err)) == ESI_OK && row && t->count < t->max) {
        esi_store_outbox_event *e = &t->events[t->count];
        t->numbers[t->count++] = query_int(&q, 0);
        e->id = query_text(&q, 1, t->arena);
        e->kind = query_text(&q, 2, t->arena);
        e->subject = query_text(&q, 3, t->arena);
        e->body = query_text(&q, 4, t->arena);
        e->at_ms = query_int(&q, 5);
        e->deliveries = (int32_t)query_int(&q, 6);
    }
    query_end(&q);
    return rc;
}

static esi_err take_run(struct conn *conn, void *context, esi_error *err) {
    struct take *t = context;
    esi_err rc = find_ready(conn, t, err);
    for (size_t i = 0; rc == ESI_OK && i < t->count; i++) {
        struct query q = query_of(conn, sql_lease);
        query_put_int(&q, t->numbers[i]);
        query_put_int(&q, t->now_ms + t->lease_ms);
        rc = query_run(&q, err);
    }
    return rc;
}

/* A lease that a power cut undoes is only handed out again, which is promised anyway. */
esi_err sqlite_outbox_take(esi_store *store, int32_t limit, int64_t lease_ms, int64_t now_ms,
                           const esi_wait *wait, esi_arena *arena,
                           const esi_store_outbox_event **out, size_t *out_count, esi_error *err) {
    struct take t = {.max = limit < 0          ? 0
                            : limit > TAKE_MAX ? TAKE_MAX
                                               : (size_t)limit,
                     .lease_ms = lease_ms,
                     .now_ms = now_ms,
                     .arena = arena};
    t.events = ARENA_ARRAY(arena, t.max, esi_store_outbox_event);
    t.numbers = ARENA_ARRAY(arena, t.max, int64_t);
    if (t.events == NULL || t.numbers == NULL) {
        return fail_memory(err, ORIGIN);
    }
    const esi_err rc = store_write(store, false, take_run, &t, wait, err);
    if (rc == ESI_OK) {
        *out = t.events;
        *out_count = t.count;
    }
    return rc;
}

struct ack {
    const char *const *ids;
    size_t count;
};

static esi_err ack_run(struct conn *conn, void *context, esi_error *err) {
    const struct ack *a = context;
    esi_err rc = ESI_OK;
    for (size_t i = 0; rc == ESI_OK && i < a->count; i++) {
        struct query q = query_of(conn, sql_ack);
        query_put_text(&q, a->ids[i]);
        rc = query_run(&q, err);
    }
    return rc;
}

esi_err sqlite_outbox_ack(esi_store *store, const char *const *ids, size_t count,
                          const esi_wait *wait, esi_error *err) {
    struct ack a = {ids, count};
    return count == 0 ? ESI_OK : store_write(store, false, ack_run, &a, wait, err);
}
