/* routes.h: what the service answers to. */
#ifndef ESIHELP_SERVER_ROUTES_H
#define ESIHELP_SERVER_ROUTES_H

#include "call.h"
#include "server.h"

/* Answers one request: finds its route, reads who calls and what they sent, calls the handler.
 * The result is the status. */
int routes_dispatch(struct server *server, struct exchange *exchange);

/* Answers what isn't HTTP, or too large a head. */
void routes_refuse(struct server *server, struct exchange *exchange, int status);

/* The handlers: one library call each. */
void rest_about(struct call *call);
void rest_healthz(struct call *call);
void rest_readyz(struct call *call);
void rest_chat(struct call *call);
void rest_ticket_create(struct call *call);
void rest_ticket_list(struct call *call);
void rest_ticket_get(struct call *call);
void rest_guardrail_check(struct call *call);
void rest_metrics_summary(struct call *call);

/* The Idempotency-Key, or NULL. Errors: ESI_EINVAL for one that can't be a request id. */
esi_err call_idempotency_key(const struct call *call, const char **out,
                             esi_error *err) ESI_MUST_CHECK;
/* A parameter of the query in `out`; NULL in `*value` where it is absent or empty. Errors:
 * ESI_EINVAL for one that is too long or not UTF-8. */
esi_err call_query(const struct call *call, const char *name, char *out, size_t size,
                   const char **value, esi_error *err) ESI_MUST_CHECK;

#endif
