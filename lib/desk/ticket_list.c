/* ticket_list.c: pages of tickets, newest first. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/error.h"
#include "desk/actor.h"
#include "desk/desk.h"
#include "desk/input.h"
#include "desk/ticket.h"

#define ORIGIN "desk/ticket"
#define LIMIT_DEFAULT 20
#define QUERY_TEXT_MAX 1024

struct list_result {
    esi_ticket_list list; /* first: the caller holds a pointer to it */
    esi_arena arena;
};

static esi_err check_enums(const esi_ticket_query *q, esi_error *err) {
    if (q->limit < 0 || q->limit > ESI_LIST_MAX) {
        return fail_at(err, ESI_EINVAL, ORIGIN, "/limit", "a limit is 1 to %d, not %d",
                       ESI_LIST_MAX, (int)q->limit);
    }
    if (q->has_status && (unsigned)q->status > ESI_TICKET_CLOSED) {
        return fail_at(err, ESI_EINVAL, ORIGIN, "/status", "a status is 0 to 3");
    }
    if (q->has_tier && (unsigned)q->tier > ESI_TIER_3) {
        return fail_at(err, ESI_EINVAL, ORIGIN, "/tier", "a tier is 0 to 3");
    }
    if (q->has_severity && (unsigned)q->severity > ESI_SEVERITY_CRITICAL) {
        return fail_at(err, ESI_EINVAL, ORIGIN, "/severity", "a severity is 0 to 3");
    }
    return ESI_OK;
}

static esi_err read_query(const esi_ticket_query *query, const struct caller *caller,
                          esi_ticket_query *q, esi_store_ticket_query *out, esi_error *err) {
    int64_t before = 0;
    esi_err rc = query ? input_struct(q, sizeof(*q), query, sizeof(size_t), ORIGIN, err) : ESI_OK;
    if (rc == ESI_OK) {
        rc = check_enums(q, err);
    }
    if (rc == ESI_OK && q->session_id) {
        rc = input_id(q->session_id, ORIGIN, "/sessionId", err);
    }
    if (rc == ESI_OK) {
        rc = input_short(q->assignee, ESI_ID_MAX, ORIGIN, "/assignee", err);
    }
    if (rc == ESI_OK) {
        rc = input_short(q->text, QUERY_TEXT_MAX, ORIGIN, "/q", err);
    }
    if (rc == ESI_OK && q->cursor && !view_int(view_of(q->cursor), 1, INT64_MAX, &before)) {
        rc = fail_at(err, ESI_EINVAL, ORIGIN, "/cursor", "not a cursor that a list gave");
    }
    if (rc != ESI_OK) {
        return rc;
    }
    const int32_t limit = q->limit > 0 ? q->limit : LIMIT_DEFAULT;
    *out = (esi_store_ticket_query){.has_status = q->has_status,
                                    .status = q->status,
                                    .has_tier = q->has_tier,
                                    .tier = q->tier,
                                    .has_severity = q->has_severity,
                                    .severity = q->severity,
                                    .assignee = q->assignee,
                                    .session_id = q->session_id,
                                    .text = q->text,
                                    .before_number = before,
                                    .limit = limit + 1}; /* one more tells of a next page */
    actor_sees(caller, out);
    return ESI_OK;
}

static esi_err export_page(const esi_store_ticket *rows, size_t count, size_t limit,
                           struct list_result *out, esi_error *err) {
    const size_t shown = count < limit ? count : limit;
    const esi_ticket **items = ARENA_ARRAY(&out->arena, shown, const esi_ticket *);
    esi_ticket *tickets = ARENA_ARRAY(&out->arena, shown, esi_ticket);
    if (!items || !tickets) {
        return fail_memory(err, ORIGIN);
    }
    for (size_t i = 0; i < shown; i++) {
        const esi_err rc = ticket_export(&rows[i], &out->arena, &tickets[i], err);
        if (rc != ESI_OK) {
            return rc;
        }
        items[i] = &tickets[i];
    }
    out->list.items = items;
    out->list.count = shown;
    if (count > limit) {
        out->list.next_cursor =
            arena_printf(&out->arena, "%lld", (long long)rows[shown - 1].number);
        if (!out->list.next_cursor) {
            return fail_memory(err, ORIGIN);
        }
    }
    return ESI_OK;
}

esi_err esi_ticket_list_get(esi_desk *desk, const esi_actor *actor, const esi_ticket_query *query,
                            esi_ticket_list **out, esi_error *err) {
    if (!desk || !out) {
        return esi_fail(err, ESI_EINVAL, ORIGIN, "desk and out must not be NULL");
    }
    struct caller caller;
    esi_ticket_query q = ESI_TICKET_QUERY_INIT;
    esi_store_ticket_query wanted;
    esi_store *store = NULL;
    int64_t deadline = 0;
    esi_err rc = actor_read(actor, &caller, err);
    if (rc == ESI_OK) {
        rc = read_query(query, &caller, &q, &wanted, err);
    }
    if (rc == ESI_OK) {
        rc = input_deadline(q.deadline_ms, desk->settings.deadline_ms, ORIGIN, &deadline, err);
    }
    if (rc == ESI_OK) {
        rc = desk_store(desk, &store, err);
    }
    if (rc != ESI_OK) {
        return rc;
    }
    struct list_result *result = calloc(1, sizeof(*result));
    if (!result) {
        return fail_memory(err, ORIGIN);
    }
    const esi_wait wait = wait_for_ms(deadline, NULL);
    const esi_store_ticket *rows = NULL;
    size_t count = 0;
    rc = desk->store_ops->ticket_list(store, &wanted, &wait, &result->arena, &rows, &count, err);
    if (rc == ESI_OK) {
        rc = export_page(rows, count, (size_t)wanted.limit - 1, result, err);
    }
    if (rc != ESI_OK) {
        esi_ticket_list_free(&result->list);
        return rc;
    }
    *out = &result->list;
    return ESI_OK;
}

void esi_ticket_list_free(esi_ticket_list *list) {
    if (list) {
        struct list_result *result = (struct list_result *)list;
        arena_clear(&result->arena);
        free(result);
    }
}
