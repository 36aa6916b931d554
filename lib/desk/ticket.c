/* ticket.c: tickets for people: who may see and change what is decided here. */
#include "desk/ticket.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "core/redact.h"
#include "desk/actor.h"
#include "desk/desk.h"
#include "desk/input.h"

#define ORIGIN "desk/ticket"

static esi_err may_change(const struct caller *caller, const esi_store_ticket *ticket,
                          const esi_ticket_change *change, esi_error *err) {
    const bool staff = caller->host || caller->role >= ESI_ROLE_SUPPORT_ENGINEER;
    const bool only_comment =
        !change->has_status && !change->has_tier && !change->has_severity && !change->assignee;
    if (staff || only_comment) {
        const bool lowers = (change->has_tier && change->tier < ticket->tier) ||
                            (change->has_severity && change->severity < ticket->severity);
        if (lowers && (!change->comment || text_blank(view_of(change->comment)))) {
            return fail_at(err, ESI_EINVAL, ORIGIN, "/comment",
                           "say in a comment why tier or severity is lowered");
        }
        return ESI_OK;
    }
    if (caller->role < ESI_ROLE_OPERATOR) {
        return esi_fail(err, ESI_EFORBIDDEN, ORIGIN,
                        "a %s may comment on a ticket but not change it",
                        esi_role_name(caller->role));
    }
    if (change->has_tier) {
        return esi_fail(err, ESI_EFORBIDDEN, ORIGIN, "an operator can't change a ticket's tier");
    }
    if (change->has_severity && change->severity < ticket->severity) {
        return esi_fail(err, ESI_EFORBIDDEN, ORIGIN,
                        "lowering a severity is for support engineers and admins");
    }
    return ESI_OK;
}

static esi_err check_ticket_id(const char *id, esi_error *err) {
    return id ? input_id(id, ORIGIN, "/id", err)
              : fail_at(err, ESI_EINVAL, ORIGIN, "/id", "which ticket? give its id or number");
}

/* Reads one ticket that the caller may see, into the result's arena. */
static esi_err load(esi_desk *desk, const struct caller *caller, const char *id,
                    const esi_wait *wait, esi_arena *arena, esi_store_ticket *out, esi_error *err) {
    esi_store *store = NULL;
    esi_store_ticket_query query = {.id = id};
    actor_sees(caller, &query);
    /* Who has no name has nothing but the ids that the desk gave them: knowing a ticket's id (not
     * its number, which can be guessed) makes it theirs, if nobody by name opened it. */
    const bool nameless = !query.see_all && !query.see_severity && !caller->user_id;
    query.see_all = query.see_all || nameless;
    esi_store_ticket ticket;
    esi_err rc = desk_store(desk, &store, err);
    if (rc == ESI_OK) {
        rc = desk->store_ops->ticket_get(store, &query, wait, arena, &ticket, err);
    }
    if (rc == ESI_OK && nameless && (ticket.user_id || strcmp(ticket.id, id) != 0)) {
        rc = esi_fail(err, ESI_ENOTFOUND, ORIGIN, "there is no such ticket for this caller");
    }
    if (rc == ESI_OK) {
        *out = ticket;
    }
    return rc;
}

esi_err esi_ticket_get(esi_desk *desk, const esi_actor *actor, const char *id, esi_ticket **out,
                       esi_error *err) {
    if (!desk || !out) {
        return esi_fail(err, ESI_EINVAL, ORIGIN, "desk and out must not be NULL");
    }
    struct caller caller;
    esi_err rc = actor_read(actor, &caller, err);
    if (rc == ESI_OK) {
        rc = check_ticket_id(id, err);
    }
    if (rc != ESI_OK) {
        return rc;
    }
    struct ticket_result *result = ticket_result_create(err);
    if (!result) {
        return ESI_ENOMEM;
    }
    const esi_wait wait = wait_for_ms(desk->settings.deadline_ms, NULL);
    esi_store_ticket ticket;
    rc = load(desk, &caller, id, &wait, &result->arena, &ticket, err);
    if (rc == ESI_OK) {
        rc = ticket_finish(result, &ticket, out, err);
    }
    if (rc != ESI_OK) {
        esi_ticket_free(&result->ticket);
    }
    return rc;
}

/* The steps between statuses that are allowed: forward, back from in progress, and open again. */
static bool status_step_ok(esi_ticket_status from, esi_ticket_status to) {
    static const bool allowed[4][4] = {
        /* to:            OPEN  IN_PR RESOL CLOSED */
        /* OPEN */ {true, true, true, true},
        /* IN_PROGRESS */ {true, true, true, true},
        /* RESOLVED */ {true, false, true, true},
        /* CLOSED */ {false, false, false, true},
    };
    return allowed[from][to];
}

static esi_err check_change(const esi_ticket_change *c, esi_error *err) {
    if (!c->has_status && !c->has_tier && !c->has_severity && !c->assignee && !c->comment) {
        return esi_fail(err, ESI_EINVAL, ORIGIN,
                        "nothing to change: set status, tier, severity, assignee or comment");
    }
    if (c->has_status && (unsigned)c->status > ESI_TICKET_CLOSED) {
        return fail_at(err, ESI_EINVAL, ORIGIN, "/status", "a status is 0 to 3");
    }
    if (c->has_tier && (unsigned)c->tier > ESI_TIER_3) {
        return fail_at(err, ESI_EINVAL, ORIGIN, "/tier", "a tier is 0 to 3");
    }
    if (c->has_severity && (unsigned)c->severity > ESI_SEVERITY_CRITICAL) {
        return fail_at(err, ESI_EINVAL, ORIGIN, "/severity", "a severity is 0 to 3");
    }
    const esi_err rc = input_short(c->assignee, ESI_ID_MAX, ORIGIN, "/assignee", err);
    return rc == ESI_OK
               ? input_short(c->comment, ESI_DESCRIPTION_MAX_BYTES, ORIGIN, "/comment", err)
               : rc;
}

/* What a person writes into a comment is masked like everything else that is kept. */
static esi_err apply(esi_desk *desk, const struct caller *caller, const esi_ticket_change *c,
                     const esi_wait *wait, esi_store_ticket *ticket, esi_arena *arena,
                     esi_error *err) {
    struct view comment = view_of(c->comment);
    esi_store *store = NULL;
    esi_err rc = desk_store_to_write(desk, &store, err);
    if (rc == ESI_OK) {
        rc = may_change(caller, ticket, c, err);
    }
    if (rc == ESI_OK && c->has_status && !status_step_ok(ticket->status, c->status)) {
        rc = fail_at(err, ESI_EINVAL, ORIGIN, "/status", "a ticket can't go from %s to %s",
                     esi_ticket_status_name(ticket->status), esi_ticket_status_name(c->status));
    }
    if (rc == ESI_OK && c->comment) {
        rc = redact_text(comment, desk->policy->redact, arena, &comment, NULL, NULL, err);
    }
    const char *masked = c->comment && rc == ESI_OK ? arena_str(arena, comment) : NULL;
    if (rc == ESI_OK && c->comment && !masked) {
        rc = fail_memory(err, ORIGIN);
    }
    if (rc != ESI_OK) {
        return rc;
    }
    const esi_store_ticket_change change = {.id = ticket->id,
                                            .if_version = c->if_version,
                                            .has_status = c->has_status,
                                            .status = c->status,
                                            .has_tier = c->has_tier,
                                            .tier = c->tier,
                                            .has_severity = c->has_severity,
                                            .severity = c->severity,
                                            .assignee = c->assignee,
                                            .comment = masked,
                                            .actor = caller->user_id ? caller->user_id : "",
                                            .now_ms = clock_now_ms()};
    return desk->store_ops->ticket_change(store, &change, wait, arena, ticket, err);
}

esi_err esi_ticket_update(esi_desk *desk, const esi_actor *actor, const char *id,
                          const esi_ticket_change *change, esi_ticket **out, esi_error *err) {
    if (!desk || !change || !out) {
        return esi_fail(err, ESI_EINVAL, ORIGIN, "desk, change and out must not be NULL");
    }
    struct caller caller;
    esi_ticket_change c = ESI_TICKET_CHANGE_INIT;
    int64_t deadline = 0;
    esi_err rc = actor_read(actor, &caller, err);
    if (rc == ESI_OK) {
        rc = check_ticket_id(id, err);
    }
    if (rc == ESI_OK) {
        rc = input_struct(&c, sizeof(c), change, sizeof(size_t), ORIGIN, err);
    }
    if (rc == ESI_OK) {
        rc = check_change(&c, err);
    }
    if (rc == ESI_OK) {
        rc = input_deadline(c.deadline_ms, desk->settings.deadline_ms, ORIGIN, &deadline, err);
    }
    if (rc != ESI_OK) {
        return rc;
    }
    struct ticket_result *result = ticket_result_create(err);
    if (!result) {
        return ESI_ENOMEM;
    }
    const esi_wait wait = wait_for_ms(deadline, NULL);
    esi_store_ticket ticket;
    rc = load(desk, &caller, id, &wait, &result->arena, &ticket, err);
    if (rc == ESI_OK) {
        rc = apply(desk, &caller, &c, &wait, &ticket, &result->arena, err);
    }
    if (rc == ESI_OK) {
        rc = ticket_finish(result, &ticket, out, err);
    }
    if (rc != ESI_OK) {
        esi_ticket_free(&result->ticket);
    }
    return rc;
}
