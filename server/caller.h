/* caller.h: who is calling, and whether the service should listen to them at all. */
#ifndef ESIHELP_SERVER_CALLER_H
#define ESIHELP_SERVER_CALLER_H

#include "call.h"

/* Addresses from which a gateway is believed. */
struct gateways;

/* nets: as "10.0.0.5,10.1.0.0/16"; NULL is the loopback. Errors: ESI_EINVAL, ESI_ENOMEM. */
esi_err gateways_parse(const char *nets, struct gateways **out, esi_error *err) ESI_MUST_CHECK;
void gateways_free(struct gateways *gateways);
bool gateways_contain(const struct gateways *gateways, const char *address);

/* Is it an address of this machine's loopback? "localhost" is. */
bool is_loopback(const char *host);

/* Fills the call's role and user. Without a gateway to believe, everybody is a trainee without a
 * name. Errors: ESI_EINVAL for an X-Role that isn't one, or an X-User that can't be a name. */
esi_err caller_identify(struct call *call, esi_error *err) ESI_MUST_CHECK;

/* Takes the role that a body names (NULL: none) where the caller may say so and X-Role didn't; an
 * unknown one is refused whoever says it. Errors: ESI_EINVAL. */
esi_err caller_take_role(struct call *call, const char *name, esi_error *err) ESI_MUST_CHECK;

/* Refuses what a web page of another site makes a visitor's browser send to a desk that trusts
 * its own machine: a foreign Origin, or a Host that isn't this machine. Errors: ESI_EFORBIDDEN,
 * ESI_EINVAL (HTTP/1.1 without one Host). */
esi_err caller_check_site(const struct call *call, esi_error *err) ESI_MUST_CHECK;

#endif
