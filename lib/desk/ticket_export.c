/* ticket_export.c: arrays of structs, as stores give them, to arrays of pointers, as callers get
 * them: those may grow at the end. */
#include <stdlib.h>

#include "base/error.h"
#include "desk/ticket.h"

#define ORIGIN "desk/ticket"

static bool export_pairs(esi_arena *arena, esi_pairs from, const esi_pair *const **out,
                         size_t *count) {
    const esi_pair **list = ARENA_ARRAY(arena, from.count, const esi_pair *);
    for (size_t i = 0; list && i < from.count; i++) {
        list[i] = &from.items[i];
    }
    *out = list;
    *count = from.count;
    return list != NULL;
}

static bool export_messages(esi_arena *arena, const esi_store_ticket *from, esi_ticket *out) {
    const size_t count = from->conversation_count;
    const esi_ticket_message **list = ARENA_ARRAY(arena, count, const esi_ticket_message *);
    esi_ticket_message *items = ARENA_ARRAY(arena, count, esi_ticket_message);
    if (!list || !items) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const esi_store_message *m = &from->conversation[i];
        items[i] = (esi_ticket_message){m->from_user ? "user" : "assistant", m->text, m->at_ms,
                                        m->fallback};
        list[i] = &items[i];
    }
    out->conversation = list;
    out->conversation_count = count;
    return true;
}

static bool export_attempts(esi_arena *arena, const esi_store_ticket *from, esi_ticket *out) {
    const size_t count = from->attempt_count;
    const esi_ticket_attempt **list = ARENA_ARRAY(arena, count, const esi_ticket_attempt *);
    esi_ticket_attempt *items = ARENA_ARRAY(arena, count, esi_ticket_attempt);
    if (!list || !items) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const esi_store_attempt *a = &from->attempts[i];
        items[i] = (esi_ticket_attempt){a->step, a->at_ms, a->worked};
        list[i] = &items[i];
    }
    out->attempts = list;
    out->attempt_count = count;
    return true;
}

esi_err ticket_export(const esi_store_ticket *from, esi_arena *arena, esi_ticket *out,
                      esi_error *err) {
    esi_ticket t = {.id = from->id,
                    .number = from->number,
                    .session_id = from->session_id,
                    .status = from->status,
                    .tier = from->tier,
                    .severity = from->severity,
                    .has_requested_severity = from->has_requested_severity,
                    .requested_severity = from->requested_severity,
                    .category = from->category,
                    .kind = from->kind,
                    .summary = from->summary,
                    .description = from->description,
                    .module = from->module,
                    .user_role = from->user_role,
                    .created_by = from->user_id,
                    .assignee = from->assignee,
                    .incident_id = from->incident_id,
                    .rules = from->rules.items,
                    .rule_count = from->rules.count,
                    .confidence = from->confidence,
                    .due_at_ms = from->due_at_ms,
                    .created_at_ms = from->created_at_ms,
                    .updated_at_ms = from->updated_at_ms,
                    .version = from->version};
    if (!export_pairs(arena, from->references, &t.references, &t.reference_count) ||
        !export_pairs(arena, from->details, &t.details, &t.detail_count) ||
        !export_pairs(arena, from->context, &t.context, &t.context_count) ||
        !export_messages(arena, from, &t) || !export_attempts(arena, from, &t)) {
        return fail_memory(err, ORIGIN);
    }
    *out = t;
    return ESI_OK;
}

struct ticket_result *ticket_result_create(esi_error *err) {
    struct ticket_result *result = calloc(1, sizeof(*result));
    if (!result) {
        (void)!fail_memory(err, ORIGIN);
    }
    return result;
}

esi_err ticket_finish(struct ticket_result *result, const esi_store_ticket *ticket,
                      esi_ticket **out, esi_error *err) {
    const esi_err rc = ticket_export(ticket, &result->arena, &result->ticket, err);
    if (rc == ESI_OK) {
        *out = &result->ticket;
    }
    return rc;
}

void esi_ticket_free(esi_ticket *ticket) {
    if (ticket) {
        struct ticket_result *result = (struct ticket_result *)ticket;
        arena_clear(&result->arena);
        free(result);
    }
}
