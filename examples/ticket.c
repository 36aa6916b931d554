/* ticket.c: opens a ticket, works it, and hands its events to a system of the host's. */
#include <esihelp/esihelp.h>
#include <inttypes.h>
#include <stdio.h>

static esi_err open_one(esi_desk *desk, esi_ticket **out, esi_error *err) {
    esi_actor alice = ESI_ACTOR_INIT;
    alice.user_id = "alice";
    alice.role = ESI_ROLE_TRAINEE;
    const esi_pair context[] = {{"seat", "B12"}};
    esi_ticket_request request = ESI_TICKET_REQUEST_INIT;
    request.summary = "The lab VM does not start after the reset";
    request.description = "It stays at 'waiting for network'.";
    request.module = "lab-7";
    request.context = context;
    request.context_count = 1;
    return esi_ticket_create(desk, &alice, &request, out, err);
}

static esi_err resolve(esi_desk *desk, const char *id, esi_error *err) {
    esi_actor bob = ESI_ACTOR_INIT;
    bob.user_id = "bob";
    bob.role = ESI_ROLE_SUPPORT_ENGINEER;
    esi_ticket_change change = ESI_TICKET_CHANGE_INIT;
    change.has_status = true;
    change.status = ESI_TICKET_RESOLVED;
    change.assignee = "bob";
    change.comment = "the range's DHCP server was restarted";
    esi_ticket *ticket = NULL;
    const esi_err code = esi_ticket_update(desk, &bob, id, &change, &ticket, err);
    if (code == ESI_OK) {
        printf("#%" PRId64 " is %s\n", ticket->number, esi_ticket_status_name(ticket->status));
    }
    esi_ticket_free(ticket);
    return code;
}

/* Each event is handed out again until it is acknowledged. */
static esi_err forward(esi_desk *desk, esi_error *err) {
    esi_outbox_batch *batch = NULL;
    esi_err code = esi_outbox_take(desk, 10, 60000, &batch, err);
    for (size_t i = 0; code == ESI_OK && i < batch->count; i++) {
        printf("%s %s\n", batch->items[i]->kind, batch->items[i]->body);
        code = esi_outbox_ack(desk, &batch->items[i]->id, 1, err);
    }
    esi_outbox_batch_free(batch);
    return code;
}

int main(int argc, char **argv) {
    esi_error err = {0};
    esi_desk *desk = NULL;
    esi_ticket *ticket = NULL;
    esi_options options = ESI_OPTIONS_INIT;
    options.store = argc > 1 ? argv[1] : ":memory:";
    options.provider = "offline";
    esi_err code = esi_desk_open(&options, &desk, &err);
    if (code == ESI_OK) {
        code = open_one(desk, &ticket, &err);
    }
    if (code == ESI_OK) {
        printf("#%" PRId64 " %s, %s\n", ticket->number, esi_tier_name(ticket->tier),
               esi_severity_name(ticket->severity));
        code = resolve(desk, ticket->id, &err);
    }
    if (code == ESI_OK) {
        code = forward(desk, &err);
    }
    if (code != ESI_OK) {
        fprintf(stderr, "%s: %s\n", esi_err_name(code), err.message);
    }
    esi_ticket_free(ticket);
    esi_desk_close(desk);
    return code == ESI_OK ? 0 : 1;
}
