#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "store/sqlite_parts.h"

#define BODY_BYTES_MAX 65536 /* of one event's body */

static const char sql_open_beside[] =
    "SELECT number, id FROM tickets INDEXED BY tickets_open "
    "WHERE session_id = ?1 AND category = ?2 AND status IN (0, 1) LIMIT 1";
static const char sql_change[] =
    "UPDATE tickets SET status = ?2, tier = ?3, severity = ?4, assignee = ?5, "
    "resolved_at_ms = CASE WHEN ?2 IN (0, 1) THEN NULL ELSE coalesce(resolved_at_ms, ?6) END, "
    "updated_at_ms = ?6, version = version + 1 WHERE number = ?1";

/* May a ticket go from one status to the other? Forward, and back from resolved to open. */
static bool may_step(esi_ticket_status from, esi_ticket_status to) {
    return to >= from || (from == ESI_TICKET_RESOLVED && to == ESI_TICKET_OPEN);
}

static bool is_open(esi_ticket_status status) {
    return status == ESI_TICKET_OPEN || status == ESI_TICKET_IN_PROGRESS;
}

/* A session has one open ticket of a category: which one would a reopened one stand beside? */
static esi_err check_alone(struct conn *conn, const esi_store_ticket *t, esi_arena *arena,
                           esi_error *err) {
    if (t->session_id == NULL) {
        return ESI_OK;
    }
    struct query q = query_of(conn, sql_open_beside);
    query_put_text(&q, t->session_id);
    query_put_text(&q, t->category);
    bool row = false;
    esi_err rc = query_next(&q, &row, err);
    if (rc == ESI_OK && row) {
        const int64_t number = query_int(&q, 0);
        const char *id = query_text(&q, 1, arena);
        rc = query_ok(&q, err);
        if (rc == ESI_OK) {
            rc = esi_fail(err, ESI_ECONFLICT, ORIGIN,
                          "ticket %lld (%s) is open for the same session and category: go on there",
                          (long long)number, id);
        }
    }
    query_end(&q);
    return rc;
}

struct alteration {
    const esi_store_ticket_change *change;
    esi_arena *arena;
    esi_store_ticket ticket;
};

static esi_err check_change(struct conn *conn, const struct alteration *a,
                            const esi_store_ticket *old, esi_error *err) {
    const esi_store_ticket_change *c = a->change;
    if (c->if_version != 0 && c->if_version != old->version) {
        return esi_fail(err, ESI_ECONFLICT, ORIGIN,
                        "the ticket is at version %lld by now, not %lld: read it again",
                        (long long)old->version, (long long)c->if_version);
    }
    if (!c->has_status || c->status == old->status) {
        return ESI_OK;
    }
    if (!may_step(old->status, c->status)) {
        return esi_fail(err, ESI_EINVAL, ORIGIN, "a ticket doesn't go from %s to %s",
                        esi_ticket_status_name(old->status), esi_ticket_status_name(c->status));
    }
    return is_open(c->status) && !is_open(old->status) ? check_alone(conn, old, a->arena, err)
                                                       : ESI_OK;
}

static void put_step(struct json_out *o, const char *name, const char *from, const char *to) {
    if (strcmp(from != NULL ? from : "", to != NULL ? to : "") == 0) {
        return;
    }
    json_put_name(o, name);
    json_array(o);
    json_put_string(o, from);
    json_put_string(o, to);
    json_array_end(o);
}

/* {"status":["OPEN","RESOLVED"],...}: what changed, from and to; NULL where nothing did. */
static esi_err change_body(const esi_store_ticket *old, const esi_store_ticket *now,
                           esi_arena *arena, const char **out, esi_error *err) {
    struct buf body;
    struct json_out o;
    buf_init(&body, BODY_BYTES_MAX);
    json_begin(&o, &body);
    json_object(&o);
    put_step(&o, "status", esi_ticket_status_name(old->status),
             esi_ticket_status_name(now->status));
    put_step(&o, "tier", esi_tier_name(old->tier), esi_tier_name(now->tier));
    put_step(&o, "severity", esi_severity_name(old->severity), esi_severity_name(now->severity));
    put_step(&o, "assignee", old->assignee, now->assignee);
    json_object_end(&o);
    const bool empty = body.n <= 2;
    const char *copy = body.failed ? NULL : arena_str(arena, buf_view(&body));
    buf_clear(&body);
    if (copy == NULL) {
        return fail_memory(err, ORIGIN);
    }
    *out = empty ? NULL : copy;
    return ESI_OK;
}

static esi_err write_change(struct conn *conn, const esi_store_ticket *t, int64_t now_ms,
                            esi_error *err) {
    struct query q = query_of(conn, sql_change);
    query_put_int(&q, t->number);
    query_put_int(&q, (int64_t)t->status);
    query_put_int(&q, (int64_t)t->tier);
    query_put_int(&q, (int64_t)t->severity);
    query_put_text(&q, t->assignee);
    query_put_int(&q, now_ms);
    return query_run(&q, err);
}

/* What the ticket shall be; the texts are the change's or the old ticket's. */
static esi_store_ticket changed(const esi_store_ticket *old, const esi_store_ticket_change *c) {
    esi_store_ticket t = *old;
    t.status = c->has_status ? c->status : old->status;
    t.tier = c->has_tier ? c->tier : old->tier;
    t.severity = c->has_severity ? c->severity : old->severity;
    if (c->assignee != NULL) {
        t.assignee = c->assignee[0] != '\0' ? c->assignee : NULL;
    }
    return t;
}

static esi_err change_run(struct conn *conn, void *context, esi_error *err) {
    struct alteration *a = context;
    const esi_store_ticket_change *c = a->change;
    int64_t number = 0;
    esi_store_ticket old;
    esi_err rc = ticket_number(conn, c->id, &number, err);
    if (rc == ESI_OK) {
        rc = ticket_read(conn, number, a->arena, &old, err);
    }
    if (rc == ESI_OK) {
        rc = check_change(conn, a, &old, err);
    }
    if (rc != ESI_OK) {
        return rc;
    }
    const esi_store_ticket wanted = changed(&old, c);
    const bool closes = is_open(old.status) && !is_open(wanted.status);
    struct happening h = {.kind = "changed",
                          .announced = closes ? "ticket.closed" : "ticket.changed",
                          .actor = c->actor,
                          .comment = c->comment,
                          .at_ms = c->now_ms};
    rc = change_body(&old, &wanted, a->arena, &h.body, err);
    if (rc != ESI_OK) {
        return rc;
    }
    if (h.body == NULL && c->comment == NULL) {
        a->ticket = old; /* it is so already */
        return ESI_OK;
    }
    if (h.body == NULL) {
        h.kind = "comment";
    }
    rc = write_change(conn, &wanted, c->now_ms, err);
    if (rc == ESI_OK) {
        rc = ticket_read(conn, number, a->arena, &a->ticket, err);
    }
    return rc != ESI_OK ? rc : ticket_tell(conn, &h, &a->ticket, err);
}

esi_err sqlite_ticket_change(esi_store *store, const esi_store_ticket_change *change,
                             const esi_wait *wait, esi_arena *arena, esi_store_ticket *out,
                             esi_error *err) {
    struct alteration a = {.change = change, .arena = arena};
    const esi_err rc = store_write(store, true, change_run, &a, wait, err);
    if (rc == ESI_OK) {
        *out = a.ticket;
    }
    return rc;
}
