#include <string.h>

#include "base/error.h"
#include "store/sqlite_parts.h"

#define HISTORY_MAX 200      /* messages that one load brings */
#define OPEN_TICKETS_MAX 100 /* open tickets of one session */

static const char sql_claim[] = "SELECT body_hash, done, until_ms, reply, ticket_id, ticket_number "
                                "FROM idempotency WHERE caller = ?1 AND request_id = ?2";
static const char sql_claim_put[] =
    "INSERT INTO idempotency "
    "(caller, request_id, body_hash, done, until_ms, reply, ticket_id, ticket_number) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) "
    "ON CONFLICT (caller, request_id) DO UPDATE SET body_hash = excluded.body_hash, "
    "done = excluded.done, until_ms = excluded.until_ms, reply = excluded.reply, "
    "ticket_id = excluded.ticket_id, ticket_number = excluded.ticket_number";
static const char sql_claim_drop[] =
    "DELETE FROM idempotency "
    "WHERE caller = ?1 AND request_id = ?2 AND body_hash = ?3 AND done = 0";
/* A few at a time, as often as new ones are made: so the table stays as large as two days are. */
static const char sql_claim_forget[] =
    "DELETE FROM idempotency WHERE seq IN "
    "(SELECT seq FROM idempotency WHERE until_ms < ?1 ORDER BY until_ms LIMIT 4)";
static const char sql_session[] =
    "SELECT user_id, turns, issues, tokens, cost FROM chat_sessions WHERE id = ?1";
static const char sql_session_make[] =
    "INSERT INTO chat_sessions (id, user_id, user_role, module, created_at_ms, updated_at_ms) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?5)";
static const char sql_history[] = "SELECT id, from_desk, text, at_ms FROM chat_messages "
                                  "WHERE session_id = ?1 ORDER BY turn DESC, from_desk DESC "
                                  "LIMIT ?2";
static const char sql_open_tickets[] =
    "SELECT t.id, t.number, t.category, t.kind, t.tier, t.severity FROM ticket_sessions s "
    "CROSS JOIN tickets t ON t.number = s.number "
    "WHERE s.session_id = ?1 AND t.status IN (0, 1) ORDER BY s.number LIMIT ?2";
static const char sql_version[] = "SELECT version FROM collections WHERE name = ?1";

static bool same(const char *a, const char *b) {
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* ---- claims ------------------------------------------------------------------------------ */

/* A claim's row. One whose time is up counts as if it weren't there. */
struct claim_row {
    bool there;
    bool done;
    bool same_body;
    struct claim_state stored;
};

static const char *caller_of(const esi_claim *claim) {
    return claim->caller != NULL ? claim->caller : "";
}

static esi_err claim_read(struct conn *conn, const esi_claim *claim, int64_t now_ms,
                          esi_arena *arena, struct claim_row *out, esi_error *err) {
    struct query q = query_of(conn, sql_claim);
    query_put_text(&q, caller_of(claim));
    query_put_text(&q, claim->request_id);
    bool row = false;
    *out = (struct claim_row){0};
    esi_err rc = query_next(&q, &row, err);
    if (rc == ESI_OK && row && query_int(&q, 2) > now_ms) {
        uint8_t hash[32];
        query_hash(&q, 0, hash);
        out->there = true;
        out->done = query_int(&q, 1) == 1;
        out->same_body = memcmp(hash, claim->body_hash, sizeof hash) == 0;
        if (out->done && arena != NULL) {
            out->stored.reply = query_text(&q, 3, arena);
            out->stored.ticket_id = query_text(&q, 4, arena);
            out->stored.ticket_number = query_int(&q, 5);
        }
        rc = query_ok(&q, err);
    }
    query_end(&q);
    return rc;
}

static esi_err claim_put(struct conn *conn, const esi_claim *claim, int64_t until_ms,
                         const struct claim_state *result, esi_error *err) {
    struct query q = query_of(conn, sql_claim_put);
    query_put_text(&q, caller_of(claim));
    query_put_text(&q, claim->request_id);
    query_put_blob(&q, claim->body_hash, sizeof claim->body_hash);
    query_put_int(&q, result != NULL);
    query_put_int(&q, until_ms);
    query_put_text(&q, result != NULL ? result->reply : NULL);
    query_put_text(&q, result != NULL ? result->ticket_id : NULL);
    query_put_int(&q, result != NULL ? result->ticket_number : 0);
    return query_run(&q, err);
}

static esi_err claim_forget(struct conn *conn, int64_t now_ms, esi_error *err) {
    struct query q = query_of(conn, sql_claim_forget);
    query_put_int(&q, now_ms);
    return query_run(&q, err);
}

esi_err claim_take(struct conn *conn, const esi_claim *claim, int64_t now_ms, esi_arena *arena,
                   struct claim_state *out, esi_error *err) {
    *out = (struct claim_state){.state = ESI_CLAIM_NEW};
    if (claim->request_id == NULL) {
        return ESI_OK;
    }
    struct claim_row row;
    esi_err rc = claim_read(conn, claim, now_ms, arena, &row, err);
    if (rc != ESI_OK) {
        return rc;
    }
    if (row.there) {
        *out = row.stored;
        out->state = !row.same_body ? ESI_CLAIM_MISMATCH
                     : row.done     ? ESI_CLAIM_DONE
                                    : ESI_CLAIM_BUSY;
        return ESI_OK;
    }
    rc = claim_forget(conn, now_ms, err);
    if (rc == ESI_OK) {
        rc = claim_put(conn, claim, now_ms + claim->lease_ms, NULL, err);
    }
    return rc;
}

esi_err claim_complete(struct conn *conn, const esi_claim *claim, const struct claim_state *result,
                       int64_t now_ms, esi_error *err) {
    if (claim->request_id == NULL) {
        return ESI_OK;
    }
    struct claim_row row;
    const esi_err rc = claim_read(conn, claim, now_ms, NULL, &row, err);
    if (rc != ESI_OK) {
        return rc;
    }
    if (row.there && (row.done || !row.same_body)) {
        return esi_fail(err, ESI_ECONFLICT, ORIGIN,
                        "another call took this request over when its lease had ended: load the "
                        "session again");
    }
    return claim_put(conn, claim, now_ms + CLAIM_KEEP_MS, result, err);
}

static esi_err release_run(struct conn *conn, void *context, esi_error *err) {
    const esi_claim *claim = context;
    struct query q = query_of(conn, sql_claim_drop);
    query_put_text(&q, caller_of(claim));
    query_put_text(&q, claim->request_id);
    query_put_blob(&q, claim->body_hash, sizeof claim->body_hash);
    return query_run(&q, err);
}

esi_err sqlite_claim_release(esi_store *store, const esi_claim *claim, const esi_wait *wait,
                             esi_error *err) {
    if (claim->request_id == NULL) {
        return ESI_OK;
    }
    esi_claim copy = *claim;
    return store_write(store, false, release_run, &copy, wait, err);
}

/* ---- sessions ---------------------------------------------------------------------------- */

/* Whose it is, and how far it has come. issues: NULL where they aren't wanted. */
static esi_err session_read(struct conn *conn, const char *id, const char *user_id,
                            esi_arena *arena, esi_session_view *out, esi_error *err) {
    struct query q = query_of(conn, sql_session);
    query_put_text(&q, id);
    bool row = false;
    esi_err rc = query_next(&q, &row, err);
    if (rc == ESI_OK && row) {
        out->exists = true;
        const bool nobody = query_null(&q, 0);
        const char *owner = nobody ? NULL : (const char *)sqlite3_column_text(q.stmt, 0);
        out->foreign = (!nobody && owner == NULL) || !same(owner, user_id);
        if (!out->foreign && arena != NULL) {
            out->turns = query_int(&q, 1);
            out->issues = query_text(&q, 2, arena);
            out->tokens = query_int(&q, 3);
            out->cost = query_int(&q, 4);
        }
        rc = query_ok(&q, err);
    }
    query_end(&q);
    return rc;
}

esi_err session_ensure(struct conn *conn, const char *id, const char *user_id,
                       const char *user_role, const char *module, int64_t now_ms, esi_error *err) {
    esi_session_view found = {0};
    const esi_err rc = session_read(conn, id, user_id, NULL, &found, err);
    if (rc != ESI_OK) {
        return rc;
    }
    if (found.foreign) {
        return esi_fail(err, ESI_ENOTFOUND, ORIGIN, "there is no such session for this user");
    }
    if (found.exists) {
        return ESI_OK;
    }
    struct query q = query_of(conn, sql_session_make);
    query_put_text(&q, id);
    query_put_text(&q, user_id);
    query_put_text(&q, user_role);
    query_put_text(&q, module);
    query_put_int(&q, now_ms);
    return query_run(&q, err);
}

static esi_err history_read(struct conn *conn, const esi_session_query *query, esi_arena *arena,
                            esi_session_view *out, esi_error *err) {
    const size_t max = query->history < 0             ? 0
                       : query->history > HISTORY_MAX ? HISTORY_MAX
                                                      : (size_t)query->history;
    esi_store_message *rows = ARENA_ARRAY(arena, max, esi_store_message);
    if (rows == NULL) {
        return fail_memory(err, ORIGIN);
    }
    struct query q = query_of(conn, sql_history);
    query_put_text(&q, query->session_id);
    query_put_int(&q, (int64_t)max);
    size_t n = 0;
    bool row = false;
    esi_err rc;
    while ((rc = query_next(&q, &row, err)) == ESI_OK && row && n < max) {
        esi_store_message *m = &rows[max - ++n]; /* newest first come, oldest first go */
        m->id = query_text(&q, 0, arena);
        m->from_user = query_int(&q, 1) == 0;
        m->text = query_text(&q, 2, arena);
        m->at_ms = query_int(&q, 3);
    }
    query_end(&q);
    out->messages = rows + (max - n);
    out->message_count = n;
    return rc;
}

static esi_err open_tickets_read(struct conn *conn, const char *session_id, esi_arena *arena,
                                 esi_session_view *out, esi_error *err) {
    struct query q = query_of(conn, sql_open_tickets);
    query_put_text(&q, session_id);
    query_put_int(&q, OPEN_TICKETS_MAX);
    esi_store_open_ticket *rows = NULL;
    size_t n = 0;
    bool row = false;
    esi_err rc;
    while ((rc = query_next(&q, &row, err)) == ESI_OK && row && n < OPEN_TICKETS_MAX) {
        if (rows == NULL &&
            (rows = ARENA_ARRAY(arena, OPEN_TICKETS_MAX, esi_store_open_ticket)) == NULL) {
            rc = fail_memory(err, ORIGIN);
            break;
        }
        rows[n].id = query_text(&q, 0, arena);
        rows[n].number = query_int(&q, 1);
        rows[n].category = query_text(&q, 2, arena);
        rows[n].kind = query_text(&q, 3, arena);
        rows[n].tier = (esi_tier)query_int(&q, 4);
        rows[n].severity = (esi_severity)query_int(&q, 5);
        n++;
    }
    query_end(&q);
    out->open_tickets = rows;
    out->open_ticket_count = n;
    return rc;
}

static esi_err kb_version_read(struct conn *conn, const char *collection, int64_t *out,
                               esi_error *err) {
    struct query q = query_of(conn, sql_version);
    query_put_text(&q, collection);
    bool row = false;
    const esi_err rc = query_next(&q, &row, err);
    if (rc == ESI_OK) {
        *out = row ? query_int(&q, 0) : 0;
    }
    query_end(&q);
    return rc;
}

struct load {
    const esi_session_query *query;
    esi_arena *arena;
    esi_session_view view;
};

/* Everything of one visit. Another person's session ends it before anything is claimed. */
static esi_err load_run(struct conn *conn, void *context, esi_error *err) {
    struct load *load = context;
    const esi_session_query *query = load->query;
    esi_session_view *view = &load->view;
    *view = (esi_session_view){0};
    esi_err rc = session_read(conn, query->session_id, query->user_id, load->arena, view, err);
    if (rc != ESI_OK || view->foreign) {
        return rc;
    }
    struct claim_state claim;
    rc = claim_take(conn, &query->claim, query->now_ms, load->arena, &claim, err);
    if (rc != ESI_OK) {
        return rc;
    }
    view->claim = claim.state;
    view->reply = claim.reply;
    view->reply_ticket_id = claim.ticket_id;
    view->reply_ticket_number = claim.ticket_number;
    rc = kb_version_read(conn, query->collection, &view->kb_version, err);
    if (rc == ESI_OK && view->exists && claim.state == ESI_CLAIM_NEW) {
        rc = history_read(conn, query, load->arena, view, err);
        if (rc == ESI_OK) {
            rc = open_tickets_read(conn, query->session_id, load->arena, view, err);
        }
    }
    return rc;
}

esi_err sqlite_session_load(esi_store *store, const esi_session_query *query, const esi_wait *wait,
                            esi_arena *arena, esi_session_view *out, esi_error *err) {
    struct load load = {.query = query, .arena = arena};
    esi_err rc;
    if (query->claim.request_id != NULL) {
        rc = store_write(store, false, load_run, &load, wait, err);
    } else {
        struct reading r;
        rc = reading_begin(store, wait, &r, err);
        if (rc == ESI_OK) {
            rc = load_run(r.conn, &load, err);
            reading_end(&r, rc);
        }
    }
    if (rc == ESI_OK) {
        *out = load.view;
    }
    return rc;
}
