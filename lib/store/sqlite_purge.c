#include "base/error.h"
#include "store/sqlite_parts.h"

/* What goes: ?1 before when it was touched last, ?2 how many, ?3 now, ?4 whether events go that
 * were never taken. A later statement of the same purge finds the same rows: what an earlier one
 * removed isn't asked for. */
#define SESSIONS                                                                                   \
    "(SELECT s.id FROM chat_sessions s INDEXED BY chat_sessions_created "                          \
    "WHERE s.created_at_ms < ?1 AND s.updated_at_ms < ?1 "                                         \
    "AND NOT EXISTS (SELECT 1 FROM ticket_sessions l JOIN tickets t ON t.number = l.number "       \
    "WHERE l.session_id = s.id AND (t.status IN (0, 1) OR t.updated_at_ms >= ?1)) "                \
    "ORDER BY s.created_at_ms, s.seq LIMIT ?2)"
#define MESSAGES "(SELECT id FROM chat_messages WHERE session_id IN " SESSIONS ")"
#define TICKETS                                                                                    \
    "(SELECT number FROM tickets INDEXED BY tickets_time WHERE created_at_ms < ?1 "                \
    "AND updated_at_ms < ?1 AND status IN (2, 3) ORDER BY created_at_ms, number LIMIT ?2)"
#define EVENTS                                                                                     \
    "(SELECT seq FROM outbox WHERE at_ms < ?1 AND lease_until_ms <= ?3 "                           \
    "AND (deliveries > 0 OR ?4) ORDER BY seq LIMIT ?2)"
#define REQUESTS                                                                                   \
    "(SELECT seq FROM idempotency INDEXED BY idempotency_until WHERE until_ms <= ?3 "              \
    "ORDER BY until_ms LIMIT ?2)"
/* Within a day every reader has learned which documents went. */
#define GONE                                                                                       \
    "(SELECT collection, id FROM kb_removed WHERE at_ms < min(?1, ?3 - 86400000) "                 \
    "ORDER BY collection, id LIMIT ?2)"

struct sweep {
    const char *table;
    const char *remove;
    const char *count;
    bool counts_itself; /* the limit is of its rows, not of those that they belong to */
};

#define SWEEP(table, where, itself)                                                                \
    {                                                                                              \
#table, "DELETE FROM " #table " WHERE " where,                                             \
            "SELECT count(*) FROM " #table " WHERE " where, itself                                 \
    }

/* In the order of the removal: what belongs to a row goes before it, so that it is counted. */
static const struct sweep sweeps[] = {
    SWEEP(feedback, "message_id IN " MESSAGES, false),
    SWEEP(guardrails, "message_id IN " MESSAGES, false),
    SWEEP(kb_references, "message_id IN " MESSAGES, false),
    SWEEP(chat_messages, "session_id IN " SESSIONS, false),
    SWEEP(ticket_events, "number IN " TICKETS, false),
    SWEEP(ticket_sessions, "session_id IN " SESSIONS " OR number IN " TICKETS, false),
    SWEEP(chat_sessions, "id IN " SESSIONS, true),
    SWEEP(tickets, "number IN " TICKETS, true),
    SWEEP(outbox, "seq IN " EVENTS, true),
    SWEEP(idempotency, "seq IN " REQUESTS, true),
    SWEEP(kb_removed, "(collection, id) IN " GONE, true),
};

#define SWEEP_COUNT (sizeof sweeps / sizeof *sweeps)

struct purging {
    const esi_store_purge *purge;
    esi_store_count *counts; /* SWEEP_COUNT of them */
    bool more;
};

static struct query sweep_query(struct conn *conn, const char *sql, const esi_store_purge *p) {
    const int64_t values[] = {p->before_ms, p->dry_run ? -1 : p->limit, p->now_ms,
                              p->untaken_events};
    struct query q = query_of(conn, sql);
    const int wanted = q.stmt != NULL ? sqlite3_bind_parameter_count(q.stmt) : 0;
    for (int i = 0; i < wanted; i++) {
        query_put_int(&q, values[i]);
    }
    return q;
}

static esi_err sweep_count(struct conn *conn, const struct sweep *s, const esi_store_purge *p,
                           int64_t *out, esi_error *err) {
    struct query q = sweep_query(conn, s->count, p);
    bool row = false;
    const esi_err rc = query_next(&q, &row, err);
    if (rc == ESI_OK) {
        *out = row ? query_int(&q, 0) : 0;
    }
    query_end(&q);
    return rc;
}

static esi_err purge_run(struct conn *conn, void *context, esi_error *err) {
    struct purging *p = context;
    esi_err rc = ESI_OK;
    p->more = false;
    for (size_t i = 0; rc == ESI_OK && i < SWEEP_COUNT; i++) {
        const struct sweep *s = &sweeps[i];
        esi_store_count *count = &p->counts[i];
        *count = (esi_store_count){.name = s->table};
        if (p->purge->dry_run) {
            rc = sweep_count(conn, s, p->purge, &count->count, err);
            continue;
        }
        struct query q = sweep_query(conn, s->remove, p->purge);
        rc = query_run(&q, err);
        count->count = conn_changes(conn);
        p->more = p->more || (s->counts_itself && count->count >= p->purge->limit);
    }
    return rc;
}

esi_err sqlite_purge(esi_store *store, const esi_store_purge *purge, const esi_wait *wait,
                     esi_arena *arena, const esi_store_count **out, size_t *out_count,
                     bool *out_more, esi_error *err) {
    if (purge->limit < 1) {
        return esi_fail(err, ESI_EINVAL, ORIGIN, "a purge of %d rows at once removes nothing",
                        (int)purge->limit);
    }
    struct purging p = {.purge = purge, .counts = ARENA_ARRAY(arena, SWEEP_COUNT, esi_store_count)};
    if (p.counts == NULL) {
        return fail_memory(err, ORIGIN);
    }
    esi_err rc;
    if (purge->dry_run) {
        struct reading r;
        rc = reading_begin(store, wait, &r, err);
        if (rc == ESI_OK) {
            rc = purge_run(r.conn, &p, err);
            reading_end(&r, rc);
        }
    } else {
        rc = store_write(store, true, purge_run, &p, wait, err);
    }
    if (rc == ESI_OK) {
        *out = p.counts;
        *out_count = SWEEP_COUNT;
        *out_more = p.more;
    }
    return rc;
}
