#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "store/sqlite_parts.h"

#define EVENT_BYTES_MAX 262144 /* of one event's body */

static const char sql_insert[] =
    "INSERT INTO tickets (id, session_id, user_id, user_role, status, tier, severity, "
    "requested_severity, category, kind, summary, description, module, confidence, due_at_ms, "
    "created_at_ms, updated_at_ms, version, rules, kb_refs, details, context, attempts) "
    "VALUES (?1, ?2, ?3, ?4, 0, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?15, 1, ?16, "
    "?17, ?18, ?19, ?20)";
/* The open one of this category that the session opened or joined. */
static const char sql_open_of_session[] =
    "SELECT t.number FROM ticket_sessions s CROSS JOIN tickets t ON t.number = s.number "
    "WHERE s.session_id = ?1 AND t.category = ?2 AND t.status IN (0, 1) "
    "ORDER BY s.number LIMIT 1";
static const char sql_open_of_user[] =
    "SELECT number FROM tickets INDEXED BY tickets_open_user WHERE user_id = ?1 AND category = ?2 "
    "AND kind = ?3 AND created_at_ms >= ?4 AND status IN (0, 1) ORDER BY created_at_ms DESC, "
    "number DESC LIMIT 1";
static const char sql_link[] = "INSERT INTO ticket_sessions (session_id, number, at_ms) "
                               "VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
static const char sql_linked[] =
    "SELECT 1 FROM ticket_sessions WHERE session_id = ?1 AND number = ?2";
static const char sql_join[] =
    "UPDATE tickets SET tier = ?2, severity = ?3, requested_severity = ?4, due_at_ms = ?5, "
    "rules = ?6, kb_refs = ?7, details = ?8, context = ?9, attempts = ?10, updated_at_ms = ?11, "
    "version = version + 1 WHERE number = ?1";
static const char sql_touch[] =
    "UPDATE tickets SET updated_at_ms = ?2, version = version + 1 WHERE number = ?1";
static const char sql_event[] =
    "INSERT INTO ticket_events (number, kind, actor, comment, body, at_ms) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

/* ---- what is told of it ------------------------------------------------------------------ */

static void put_time(struct json_out *o, const char *name, int64_t at_ms) {
    char text[32];
    json_put_name(o, name);
    if (at_ms == 0) {
        json_put_null(o);
    } else {
        clock_rfc3339(at_ms, text);
        json_put_string(o, text);
    }
}

static void put_named(struct json_out *o, const char *name, const char *text) {
    json_put_name(o, name);
    json_put_string(o, text);
}

/* The ticket as the host is told of it. */
static void put_ticket(struct json_out *o, const esi_store_ticket *t) {
    put_named(o, "ticketId", t->id);
    json_put_name(o, "number");
    json_put_int(o, t->number);
    put_named(o, "sessionId", t->session_id);
    put_named(o, "status", esi_ticket_status_name(t->status));
    put_named(o, "tier", esi_tier_name(t->tier));
    put_named(o, "severity", esi_severity_name(t->severity));
    put_named(o, "category", t->category);
    put_named(o, "kind", t->kind);
    put_named(o, "summary", t->summary);
    put_named(o, "description", t->description);
    put_named(o, "module", t->module);
    put_named(o, "userRole", t->user_role);
    put_named(o, "createdBy", t->user_id);
    put_named(o, "assignee", t->assignee);
    put_time(o, "dueAt", t->due_at_ms);
    put_time(o, "createdAt", t->created_at_ms);
    put_time(o, "updatedAt", t->updated_at_ms);
    json_put_name(o, "version");
    json_put_int(o, t->version);
}

static esi_err announce(struct conn *conn, const struct happening *h, const esi_store_ticket *t,
                        esi_error *err) {
    struct buf body;
    struct json_out o;
    buf_init(&body, EVENT_BYTES_MAX);
    json_begin(&o, &body);
    json_object(&o);
    put_named(&o, "event", h->kind);
    put_named(&o, "actor", h->actor);
    put_named(&o, "comment", h->comment);
    put_ticket(&o, t);
    json_object_end(&o);
    esi_err rc = body.failed ? fail_memory(err, ORIGIN)
                             : outbox_put(conn, h->announced, t->id, body.p, h->at_ms, err);
    buf_clear(&body);
    return rc;
}

esi_err ticket_tell(struct conn *conn, const struct happening *h, const esi_store_ticket *t,
                    esi_error *err) {
    struct query q = query_of(conn, sql_event);
    query_put_int(&q, t->number);
    query_put_text(&q, h->kind);
    query_put_text(&q, h->actor);
    query_put_text(&q, h->comment);
    query_put_text(&q, h->body);
    query_put_int(&q, h->at_ms);
    const esi_err rc = query_run(&q, err);
    return rc != ESI_OK ? rc : announce(conn, h, t, err);
}

/* ---- open or join ------------------------------------------------------------------------ */

static void put_facts(struct query *q, const struct facts_text *text) {
    query_put_text(q, text->rules);
    query_put_text(q, text->references);
    query_put_text(q, text->details);
    query_put_text(q, text->context);
    query_put_text(q, text->attempts);
}

static void put_requested(struct query *q, bool there, esi_severity severity) {
    if (there) {
        query_put_int(q, (int64_t)severity);
    } else {
        query_put_null(q);
    }
}

/* Ends the query. 0: no row. */
static esi_err read_number(struct query *q, int64_t *out, esi_error *err) {
    bool row = false;
    const esi_err rc = query_next(q, &row, err);
    if (rc == ESI_OK) {
        *out = row ? query_int(q, 0) : 0;
    }
    query_end(q);
    return rc;
}

/* The open ticket that this one joins; 0 for none. */
static esi_err find_open(struct conn *conn, const esi_store_new_ticket *wanted, int64_t *out,
                         esi_error *err) {
    *out = 0;
    if (wanted->session_id != NULL) {
        struct query q = query_of(conn, sql_open_of_session);
        query_put_text(&q, wanted->session_id);
        query_put_text(&q, wanted->category);
        const esi_err rc = read_number(&q, out, err);
        if (rc != ESI_OK || *out != 0) {
            return rc;
        }
    }
    if (wanted->user_id == NULL || wanted->join_user_since_ms == 0) {
        return ESI_OK;
    }
    struct query q = query_of(conn, sql_open_of_user);
    query_put_text(&q, wanted->user_id);
    query_put_text(&q, wanted->category);
    query_put_text(&q, wanted->kind);
    query_put_int(&q, wanted->join_user_since_ms);
    return read_number(&q, out, err);
}

static esi_err link_session(struct conn *conn, const esi_store_new_ticket *wanted, int64_t number,
                            esi_error *err) {
    if (wanted->session_id == NULL) {
        return ESI_OK;
    }
    struct query q = query_of(conn, sql_link);
    query_put_text(&q, wanted->session_id);
    query_put_int(&q, number);
    query_put_int(&q, wanted->now_ms);
    return query_run(&q, err);
}

static esi_err insert(struct conn *conn, const esi_store_new_ticket *wanted, esi_arena *arena,
                      int64_t *out, esi_error *err) {
    struct facts facts;
    struct facts_text text = {0};
    esi_err rc = facts_of(wanted, arena, &facts, err);
    if (rc == ESI_OK) {
        rc = facts_encode(&facts, arena, &text, err);
    }
    if (rc != ESI_OK) {
        return rc;
    }
    struct query q = query_of(conn, sql_insert);
    query_put_text(&q, wanted->id);
    query_put_text(&q, wanted->session_id);
    query_put_text(&q, wanted->user_id);
    query_put_text(&q, wanted->user_role);
    query_put_int(&q, (int64_t)wanted->tier);
    query_put_int(&q, (int64_t)wanted->severity);
    put_requested(&q, wanted->has_requested_severity, wanted->requested_severity);
    query_put_text(&q, wanted->category);
    query_put_text(&q, wanted->kind);
    query_put_text(&q, wanted->summary);
    query_put_text(&q, wanted->description);
    query_put_text(&q, wanted->module);
    query_put_double(&q, wanted->confidence);
    query_put_int(&q, wanted->due_at_ms);
    query_put_int(&q, wanted->now_ms);
    put_facts(&q, &text);
    rc = query_run(&q, err);
    if (rc == ESI_OK) {
        *out = conn_last_number(conn);
    }
    return rc;
}

/* What the second reason was: the ticket keeps the first's summary and description. */
static esi_err joined_body(const esi_store_new_ticket *wanted, esi_arena *arena, const char **out,
                           esi_error *err) {
    struct buf body;
    struct json_out o;
    buf_init(&body, EVENT_BYTES_MAX);
    json_begin(&o, &body);
    json_object(&o);
    put_named(&o, "sessionId", wanted->session_id);
    put_named(&o, "kind", wanted->kind);
    put_named(&o, "summary", wanted->summary);
    put_named(&o, "description", wanted->description);
    put_named(&o, "tier", esi_tier_name(wanted->tier));
    put_named(&o, "severity", esi_severity_name(wanted->severity));
    json_object_end(&o);
    const char *copy = body.failed ? NULL : arena_str(arena, buf_view(&body));
    buf_clear(&body);
    if (copy == NULL) {
        return fail_memory(err, ORIGIN);
    }
    *out = copy;
    return ESI_OK;
}

static esi_err join(struct conn *conn, const esi_store_new_ticket *wanted,
                    const esi_store_ticket *old, esi_arena *arena, esi_error *err) {
    const struct facts known = {.rules = old->rules,
                                .references = old->references,
                                .details = old->details,
                                .context = old->context,
                                .attempts = old->attempts,
                                .attempt_count = old->attempt_count};
    struct facts more, merged;
    struct facts_text text = {0};
    esi_err rc = facts_of(wanted, arena, &more, err);
    if (rc == ESI_OK) {
        rc = facts_merge(&known, &more, arena, &merged, err);
    }
    if (rc == ESI_OK) {
        rc = facts_encode(&merged, arena, &text, err);
    }
    if (rc != ESI_OK) {
        return rc;
    }
    const bool wish =
        wanted->has_requested_severity &&
        (!old->has_requested_severity || wanted->requested_severity > old->requested_severity);
    const bool sooner =
        wanted->due_at_ms != 0 && (old->due_at_ms == 0 || wanted->due_at_ms < old->due_at_ms);
    struct query q = query_of(conn, sql_join);
    query_put_int(&q, old->number);
    query_put_int(&q, (int64_t)(wanted->tier > old->tier ? wanted->tier : old->tier));
    query_put_int(&q,
                  (int64_t)(wanted->severity > old->severity ? wanted->severity : old->severity));
    put_requested(&q, wish || old->has_requested_severity,
                  wish ? wanted->requested_severity : old->requested_severity);
    query_put_int(&q, sooner ? wanted->due_at_ms : old->due_at_ms);
    put_facts(&q, &text);
    query_put_int(&q, wanted->now_ms);
    return query_run(&q, err);
}

esi_err ticket_open(struct conn *conn, const esi_store_new_ticket *wanted, esi_arena *arena,
                    esi_store_ticket *out, bool *out_joined, esi_error *err) {
    struct happening h = {.kind = "opened",
                          .announced = "ticket.opened",
                          .actor = wanted->user_id,
                          .at_ms = wanted->now_ms};
    esi_store_ticket old;
    int64_t number = 0;
    esi_err rc = find_open(conn, wanted, &number, err);
    const bool joins = number != 0;
    if (rc == ESI_OK && joins) {
        h.kind = "joined";
        h.announced = "ticket.changed";
        rc = ticket_read(conn, number, arena, &old, err);
        if (rc == ESI_OK) {
            rc = join(conn, wanted, &old, arena, err);
        }
        if (rc == ESI_OK) {
            rc = joined_body(wanted, arena, &h.body, err);
        }
    } else if (rc == ESI_OK) {
        rc = insert(conn, wanted, arena, &number, err);
    }
    if (rc == ESI_OK) {
        rc = link_session(conn, wanted, number, err);
    }
    if (rc == ESI_OK) {
        rc = ticket_read(conn, number, arena, out, err);
    }
    if (rc == ESI_OK) {
        *out_joined = joins;
        rc = ticket_tell(conn, &h, out, err);
    }
    return rc;
}

struct creation {
    const esi_store_new_ticket *wanted;
    const esi_claim *claim;
    esi_arena *arena;
    esi_store_ticket ticket;
};

/* The ticket of the first call with this claim. */
static esi_err give_again(struct conn *conn, struct creation *c, const struct claim_state *claim,
                          esi_error *err) {
    switch (claim->state) {
    case ESI_CLAIM_BUSY:
        return esi_fail(err, ESI_EINPROGRESS, ORIGIN, "this request is being worked on");
    case ESI_CLAIM_MISMATCH:
        return esi_fail(err, ESI_EMISMATCH, ORIGIN,
                        "this request id was used before with another body");
    case ESI_CLAIM_NEW:
    case ESI_CLAIM_DONE:
        break;
    }
    return ticket_read(conn, claim->ticket_number, c->arena, &c->ticket, err);
}

static esi_err create_run(struct conn *conn, void *context, esi_error *err) {
    struct creation *c = context;
    const esi_store_new_ticket *wanted = c->wanted;
    struct claim_state claim;
    esi_err rc = claim_take(conn, c->claim, wanted->now_ms, c->arena, &claim, err);
    if (rc != ESI_OK || claim.state != ESI_CLAIM_NEW) {
        return rc != ESI_OK ? rc : give_again(conn, c, &claim, err);
    }
    if (wanted->session_id != NULL) {
        rc = session_ensure(conn, wanted->session_id, wanted->user_id, wanted->user_role,
                            wanted->module, wanted->now_ms, err);
    }
    bool joined = false;
    if (rc == ESI_OK) {
        rc = ticket_open(conn, wanted, c->arena, &c->ticket, &joined, err);
    }
    if (rc == ESI_OK) {
        claim.ticket_id = c->ticket.id;
        claim.ticket_number = c->ticket.number;
        rc = claim_complete(conn, c->claim, &claim, wanted->now_ms, err);
    }
    return rc;
}

esi_err sqlite_ticket_create(esi_store *store, const esi_store_new_ticket *ticket,
                             const esi_claim *claim, const esi_wait *wait, esi_arena *arena,
                             esi_store_ticket *out, esi_error *err) {
    static const esi_claim none = {0};
    struct creation c = {.wanted = ticket, .claim = claim != NULL ? claim : &none, .arena = arena};
    const esi_err rc = store_write(store, true, create_run, &c, wait, err);
    if (rc == ESI_OK) {
        *out = c.ticket;
    }
    return rc;
}

/* ---- remarks ----------------------------------------------------------------------------- */

esi_err ticket_remark(struct conn *conn, const esi_store_turn *turn, esi_arena *arena,
                      esi_error *err) {
    int64_t number = 0, linked = 0;
    esi_err rc = ticket_number(conn, turn->remark_ticket, &number, err);
    if (rc == ESI_OK && number != 0) {
        struct query q = query_of(conn, sql_linked);
        query_put_text(&q, turn->session_id);
        query_put_int(&q, number);
        rc = read_number(&q, &linked, err);
    }
    if (rc != ESI_OK || linked == 0) {
        return rc;
    }
    struct query q = query_of(conn, sql_touch);
    query_put_int(&q, number);
    query_put_int(&q, turn->now_ms);
    rc = query_run(&q, err);
    esi_store_ticket ticket;
    if (rc == ESI_OK) {
        rc = ticket_read(conn, number, arena, &ticket, err);
    }
    if (rc == ESI_OK) {
        const struct happening h = {.kind = "comment",
                                    .announced = "ticket.changed",
                                    .actor = turn->user_id,
                                    .comment = turn->remark,
                                    .at_ms = turn->now_ms};
        rc = ticket_tell(conn, &h, &ticket, err);
    }
    return rc;
}
