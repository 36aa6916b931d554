/* rest_tickets.c: open, list and read tickets. What a caller may see is the library's to say. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "respond.h"
#include "routes.h"
#include "wire_objects.h"

#define WORD_MAX 16 /* no status, tier or severity is longer */
#define CURSOR_MAX 256
#define TEXT_MAX 256

static esi_actor actor_of(const struct call *call) {
    esi_actor actor = ESI_ACTOR_INIT;
    actor.user_id = call->user;
    actor.role = call->role;
    return actor;
}

/* The words of the wire for tier and severity, where a text has them. */
static esi_err take_levels(const char *tier, const char *severity, esi_ticket_request *request,
                           esi_error *err) {
    if (tier != NULL && esi_tier_parse(tier, &request->tier) != ESI_OK) {
        return fail(err, ESI_EINVAL, "/tier", "the tier is not TIER_0, TIER_1, TIER_2 or TIER_3");
    }
    if (severity != NULL && esi_severity_parse(severity, &request->severity) != ESI_OK) {
        return fail(err, ESI_EINVAL, "/severity",
                    "the severity is not LOW, MEDIUM, HIGH or CRITICAL");
    }
    request->has_tier = tier != NULL;
    request->has_severity = severity != NULL;
    return ESI_OK;
}

static esi_err read_ticket(struct call *call, esi_ticket_request *request, esi_error *err) {
    const char *tier = NULL;
    const char *severity = NULL;
    const struct {
        const char *name;
        const char **value;
    } fields[] = {{"sessionId", &request->session_id},
                  {"summary", &request->summary},
                  {"description", &request->description},
                  {"module", &request->module},
                  {"category", &request->category},
                  {"tier", &tier},
                  {"severity", &severity}};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        const esi_err code = body_text(call->body, fields[i].name, fields[i].value, err);
        if (code != ESI_OK) {
            return code;
        }
    }
    if (request->summary == NULL) {
        return fail(err, ESI_EINVAL, "/summary", "there is no summary");
    }
    return take_levels(tier, severity, request, err);
}

static void send_ticket(struct call *call, int status, const esi_ticket *ticket,
                        const char *headers) {
    struct outbuf out = OUTBUF_INIT;
    struct wire wire = {&out, false};
    wire_ticket(&wire, ticket);
    respond_json(call, status, &out, headers);
    outbuf_clear(&out);
}

void rest_ticket_create(struct call *call) {
    esi_error err = {0};
    esi_pair context[ESI_CONTEXT_MAX_PAIRS];
    esi_ticket_request request = ESI_TICKET_REQUEST_INIT;
    const esi_actor actor = actor_of(call);
    esi_ticket *ticket = NULL;
    if (call_idempotency_key(call, &request.request_id, &err) != ESI_OK ||
        read_ticket(call, &request, &err) != ESI_OK ||
        body_pairs(call->body, "context", context, ESI_CONTEXT_MAX_PAIRS, &request.context_count,
                   &err) != ESI_OK) {
        respond_error(call, &err);
        return;
    }
    request.context = context;
    if (esi_ticket_create(call->desk, &actor, &request, &ticket, &err) != ESI_OK) {
        respond_error(call, &err);
        return;
    }
    char location[160];
    snprintf(location, sizeof location, "Location: /api/tickets/%.100s\r\n", ticket->id);
    send_ticket(call, 201, ticket, location);
    esi_ticket_free(ticket);
}

/* The parameters of a list, and the memory of their values. */
struct filter {
    char status[WORD_MAX];
    char tier[WORD_MAX];
    char severity[WORD_MAX];
    char limit[WORD_MAX];
    char assignee[ESI_ID_MAX + 1];
    char session[ESI_ID_MAX + 1];
    char cursor[CURSOR_MAX];
    char text[TEXT_MAX];
};

static esi_err take_words(const char *status, const char *tier, const char *severity,
                          esi_ticket_query *query, esi_error *err) {
    if (status != NULL && esi_ticket_status_parse(status, &query->status) != ESI_OK) {
        return fail(err, ESI_EINVAL, "/status",
                    "the status is not OPEN, IN_PROGRESS, RESOLVED or CLOSED");
    }
    esi_ticket_request levels = ESI_TICKET_REQUEST_INIT;
    const esi_err code = take_levels(tier, severity, &levels, err);
    if (code != ESI_OK) {
        return code;
    }
    query->has_status = status != NULL;
    query->has_tier = levels.has_tier;
    query->tier = levels.tier;
    query->has_severity = levels.has_severity;
    query->severity = levels.severity;
    return ESI_OK;
}

static esi_err take_limit(const char *text, esi_ticket_query *query, esi_error *err) {
    char *end = NULL;
    const long limit = text == NULL ? 0 : strtol(text, &end, 10);
    if (text != NULL && (*end != '\0' || limit < 1 || limit > ESI_LIST_MAX)) {
        return fail(err, ESI_EINVAL, "/limit", "the limit is not 1 to %d", ESI_LIST_MAX);
    }
    query->limit = (int32_t)limit;
    return ESI_OK;
}

static esi_err read_filter(struct call *call, struct filter *filter, esi_ticket_query *query,
                           esi_error *err) {
    const char *status = NULL;
    const char *tier = NULL;
    const char *severity = NULL;
    const char *limit = NULL;
    const struct {
        const char *name;
        char *room;
        size_t size;
        const char **value;
    } fields[] = {{"status", filter->status, WORD_MAX, &status},
                  {"tier", filter->tier, WORD_MAX, &tier},
                  {"severity", filter->severity, WORD_MAX, &severity},
                  {"limit", filter->limit, WORD_MAX, &limit},
                  {"assignee", filter->assignee, sizeof filter->assignee, &query->assignee},
                  {"sessionId", filter->session, sizeof filter->session, &query->session_id},
                  {"cursor", filter->cursor, CURSOR_MAX, &query->cursor},
                  {"q", filter->text, TEXT_MAX, &query->text}};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        const esi_err code =
            call_query(call, fields[i].name, fields[i].room, fields[i].size, fields[i].value, err);
        if (code != ESI_OK) {
            return code;
        }
    }
    const esi_err code = take_words(status, tier, severity, query, err);
    return code != ESI_OK ? code : take_limit(limit, query, err);
}

void rest_ticket_list(struct call *call) {
    esi_error err = {0};
    struct filter filter;
    esi_ticket_query query = ESI_TICKET_QUERY_INIT;
    const esi_actor actor = actor_of(call);
    esi_ticket_list *list = NULL;
    if (read_filter(call, &filter, &query, &err) != ESI_OK ||
        esi_ticket_list_get(call->desk, &actor, &query, &list, &err) != ESI_OK) {
        respond_error(call, &err);
        return;
    }
    struct outbuf out = OUTBUF_INIT;
    struct wire wire = {&out, false};
    wire_tickets(&wire, list);
    respond_json(call, 200, &out, NULL);
    outbuf_clear(&out);
    esi_ticket_list_free(list);
}

void rest_ticket_get(struct call *call) {
    esi_error err = {0};
    const esi_actor actor = actor_of(call);
    esi_ticket *ticket = NULL;
    if (esi_ticket_get(call->desk, &actor, call->id, &ticket, &err) != ESI_OK) {
        respond_error(call, &err);
        return;
    }
    send_ticket(call, 200, ticket, NULL);
    esi_ticket_free(ticket);
}
