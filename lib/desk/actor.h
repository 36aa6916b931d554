/* actor.h: who is calling, and which tickets they may see. */
#ifndef ESIHELP_DESK_ACTOR_H
#define ESIHELP_DESK_ACTOR_H

#include <esihelp/sys/store.h>
#include <esihelp/ticket.h>

struct caller {
    bool host; /* no actor was given: the host has checked already */
    const char *user_id;
    esi_role role;
};

/* actor NULL: the host, which may do everything. The strings stay the actor's. */
esi_err actor_read(const esi_actor *actor, struct caller *out, esi_error *err) ESI_MUST_CHECK;

/* Sets what the caller may see: admin and support engineer all; an operator what is HIGH or
 * CRITICAL, and their own; the others their own. */
void actor_sees(const struct caller *caller, esi_store_ticket_query *query);

#endif
