/* cmd_ticket.c: tickets, for whoever works on them. */
#include <inttypes.h>
#include <time.h>

#include "cmd.h"
#include "fail.h"
#include "wire_objects.h"

/* Who acts: the program's user owns the store and may do everything, unless --user or --role says
 * to act as somebody. */
static esi_err read_actor(const struct settings *settings, esi_actor *actor, const esi_actor **out,
                          esi_error *err) {
    const esi_err code = read_role(settings, &actor->role, err);
    actor->user_id = settings->user;
    *out = settings->user == NULL && settings->role == NULL ? NULL : actor;
    return code;
}

static esi_err read_words(const struct settings *settings, esi_ticket_status *status,
                          esi_tier *tier, esi_severity *severity, esi_error *err) {
    if (settings->status != NULL && esi_ticket_status_parse(settings->status, status) != ESI_OK) {
        return fail(err, ESI_EINVAL, NULL, "--status is not OPEN, IN_PROGRESS, RESOLVED or CLOSED");
    }
    if (settings->tier != NULL && esi_tier_parse(settings->tier, tier) != ESI_OK) {
        return fail(err, ESI_EINVAL, NULL, "--tier is not TIER_0, TIER_1, TIER_2 or TIER_3");
    }
    if (settings->severity != NULL && esi_severity_parse(settings->severity, severity) != ESI_OK) {
        return fail(err, ESI_EINVAL, NULL, "--severity is not LOW, MEDIUM, HIGH or CRITICAL");
    }
    return ESI_OK;
}

static void print_time(const char *label, int64_t at_ms) {
    const time_t seconds = (time_t)(at_ms / 1000);
    struct tm parts;
    char stamp[32];
    if (at_ms > 0 && gmtime_r(&seconds, &parts) != NULL) {
        strftime(stamp, sizeof stamp, "%Y-%m-%d %H:%M:%S UTC", &parts);
        printf("%-12s %s\n", label, stamp);
    }
}

static void print_field(const struct term *term, const char *label, const char *value) {
    if (value != NULL && value[0] != '\0') {
        printf("%-12s ", label);
        term_text(term, TERM_PLAIN, value);
        printf("\n");
    }
}

static void print_head(const struct term *term, const esi_ticket *ticket) {
    char number[32];
    snprintf(number, sizeof number, "#%" PRId64, ticket->number);
    term_text(term, TERM_YELLOW, number);
    printf("  %-11s  %s  ", esi_ticket_status_name(ticket->status), esi_tier_name(ticket->tier));
    const bool urgent = ticket->severity >= ESI_SEVERITY_HIGH;
    term_text(term, urgent ? TERM_RED : TERM_PLAIN, esi_severity_name(ticket->severity));
    printf("  ");
    term_text(term, TERM_DIM, ticket->category);
    printf("  ");
    term_text(term, TERM_BOLD, ticket->summary);
    printf("\n");
}

static void print_history(const struct term *term, const esi_ticket *ticket) {
    for (size_t i = 0; i < ticket->detail_count; i++) {
        const esi_pair *detail = ticket->details[i];
        printf("  ");
        term_text(term, TERM_PLAIN, detail->name);
        printf(": ");
        term_text(term, detail->value == NULL ? TERM_DIM : TERM_PLAIN,
                  detail->value == NULL ? "(still to be asked)" : detail->value);
        printf("\n");
    }
    for (size_t i = 0; i < ticket->attempt_count; i++) {
        printf("  tried: ");
        term_text(term, TERM_PLAIN, ticket->attempts[i]->step);
        printf(" (%s)\n", ticket->attempts[i]->worked ? "worked" : "didn't help");
    }
    for (size_t i = 0; i < ticket->conversation_count; i++) {
        printf("\n");
        const char *fallback = ticket->conversation[i]->fallback;
        term_text(term, TERM_BOLD, ticket->conversation[i]->role);
        if (fallback != NULL) {
            printf(" (without the model: %s)", fallback);
        }
        printf(":\n");
        term_wrapped(term, ticket->conversation[i]->text, 2);
    }
}

static void print_ticket(const esi_ticket *ticket) {
    const struct term term = term_of(stdout);
    print_head(&term, ticket);
    print_field(&term, "id", ticket->id);
    print_field(&term, "session", ticket->session_id);
    print_field(&term, "opened by", ticket->created_by);
    print_field(&term, "role", ticket->user_role);
    print_field(&term, "module", ticket->module);
    print_field(&term, "assignee", ticket->assignee);
    print_field(&term, "kind", ticket->kind);
    print_time("opened", ticket->created_at_ms);
    print_time("changed", ticket->updated_at_ms);
    print_time("due", ticket->due_at_ms);
    printf("%-12s %" PRId64 "\n", "version", ticket->version);
    print_field(&term, "description", ticket->description);
    print_history(&term, ticket);
}

static esi_err print_one(const struct settings *settings, const esi_ticket *ticket,
                         esi_error *err) {
    if (!settings->json) {
        print_ticket(ticket);
        return ESI_OK;
    }
    struct outbuf out = OUTBUF_INIT;
    struct wire wire = {&out, false};
    wire_ticket(&wire, ticket);
    const esi_err code = print_json(&out, err);
    outbuf_clear(&out);
    return code;
}

static esi_err print_list(const struct settings *settings, const esi_ticket_list *list,
                          esi_error *err) {
    if (settings->json) {
        struct outbuf out = OUTBUF_INIT;
        struct wire wire = {&out, false};
        wire_tickets(&wire, list);
        const esi_err code = print_json(&out, err);
        outbuf_clear(&out);
        return code;
    }
    const struct term term = term_of(stdout);
    for (size_t i = 0; i < list->count; i++) {
        print_head(&term, list->items[i]);
    }
    if (list->count == 0) {
        printf("there are no such tickets\n");
    }
    if (list->next_cursor != NULL) {
        printf("there are more: add --cursor %s\n", list->next_cursor);
    }
    return ESI_OK;
}

int cmd_ticket_list(struct settings *settings) {
    esi_error err = {0};
    esi_actor actor = ESI_ACTOR_INIT;
    const esi_actor *who = NULL;
    esi_ticket_query query = ESI_TICKET_QUERY_INIT;
    if (read_actor(settings, &actor, &who, &err) != ESI_OK ||
        read_words(settings, &query.status, &query.tier, &query.severity, &err) != ESI_OK) {
        return misuse("%s", err.message);
    }
    query.has_status = settings->status != NULL;
    query.has_tier = settings->tier != NULL;
    query.has_severity = settings->severity != NULL;
    query.assignee = settings->assignee;
    query.session_id = settings->session;
    query.text = settings->query;
    query.cursor = settings->cursor;
    query.limit = settings->limit;
    esi_desk *desk = NULL;
    esi_ticket_list *list = NULL;
    esi_err code = open_desk(settings, &desk, &err);
    if (code == ESI_OK) {
        code = esi_ticket_list_get(desk, who, &query, &list, &err);
    }
    if (code == ESI_OK) {
        code = print_list(settings, list, &err);
    }
    const int outcome = code == ESI_OK ? EXIT_DONE : complain(&err);
    esi_ticket_list_free(list);
    esi_desk_close(desk);
    return outcome;
}

/* Shows a ticket, or changes it first where `change` isn't NULL. */
static int show(struct settings *settings, const esi_actor *who, const esi_ticket_change *change) {
    esi_error err = {0};
    esi_desk *desk = NULL;
    esi_ticket *ticket = NULL;
    esi_err code = open_desk(settings, &desk, &err);
    if (code == ESI_OK && change != NULL) {
        code = esi_ticket_update(desk, who, settings->args[0], change, &ticket, &err);
    } else if (code == ESI_OK) {
        code = esi_ticket_get(desk, who, settings->args[0], &ticket, &err);
    }
    if (code == ESI_OK) {
        code = print_one(settings, ticket, &err);
    }
    const int outcome = code == ESI_OK ? EXIT_DONE : complain(&err);
    esi_ticket_free(ticket);
    esi_desk_close(desk);
    return outcome;
}

int cmd_ticket_show(struct settings *settings) {
    esi_error err = {0};
    esi_actor actor = ESI_ACTOR_INIT;
    const esi_actor *who = NULL;
    if (read_actor(settings, &actor, &who, &err) != ESI_OK) {
        return misuse("%s", err.message);
    }
    return show(settings, who, NULL);
}

int cmd_ticket_update(struct settings *settings) {
    esi_error err = {0};
    esi_actor actor = ESI_ACTOR_INIT;
    const esi_actor *who = NULL;
    esi_ticket_change change = ESI_TICKET_CHANGE_INIT;
    if (read_actor(settings, &actor, &who, &err) != ESI_OK ||
        read_words(settings, &change.status, &change.tier, &change.severity, &err) != ESI_OK) {
        return misuse("%s", err.message);
    }
    change.has_status = settings->status != NULL;
    change.has_tier = settings->tier != NULL;
    change.has_severity = settings->severity != NULL;
    change.assignee = settings->assignee;
    change.comment = settings->comment;
    change.if_version = settings->if_version;
    if (!change.has_status && !change.has_tier && !change.has_severity && change.assignee == NULL &&
        change.comment == NULL) {
        return misuse("nothing to change; give --status, --tier, --severity, --assignee or "
                      "--comment");
    }
    return show(settings, who, &change);
}
