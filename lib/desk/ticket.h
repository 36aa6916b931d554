/* ticket.h: a stored ticket as callers see it. */
#ifndef ESIHELP_DESK_TICKET_H
#define ESIHELP_DESK_TICKET_H

#include <esihelp/sys/store.h>
#include <esihelp/ticket.h>

#include "base/arena.h"

/* A ticket with everything that it points to. */
struct ticket_result {
    esi_ticket ticket; /* first: the caller holds a pointer to it */
    esi_arena arena;
};

/* Copies a stored ticket; its strings must be in `arena` already and are shared. */
esi_err ticket_export(const esi_store_ticket *from, esi_arena *arena, esi_ticket *out,
                      esi_error *err) ESI_MUST_CHECK;

/* NULL when memory ran out; err says so. */
struct ticket_result *ticket_result_create(esi_error *err) ESI_MUST_CHECK;

/* Makes *out of a stored ticket whose strings are in the result's arena. */
esi_err ticket_finish(struct ticket_result *result, const esi_store_ticket *ticket,
                      esi_ticket **out, esi_error *err) ESI_MUST_CHECK;

#endif
