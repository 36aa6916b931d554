/* wire_objects.h: the objects of the wire, shared by the command line's --json and the service. */
#ifndef ESIHELP_SERVER_WIRE_OBJECTS_H
#define ESIHELP_SERVER_WIRE_OBJECTS_H

#include <esihelp/esihelp.h>

#include "wire.h"

/* snake: needs_escalation, ticket_id and kb_references stand beside their camelCase names. */
void wire_reply(struct wire *wire, const esi_reply *reply, bool snake);
void wire_trace(struct wire *wire, const char *key, const esi_reply *reply);
void wire_reference(struct wire *wire, const char *key, const esi_reference *reference);
void wire_ticket(struct wire *wire, const esi_ticket *ticket);
void wire_tickets(struct wire *wire, const esi_ticket_list *list);
/* The fields of a verdict, without the braces, so that a caller can add its own. */
void wire_verdict_fields(struct wire *wire, const esi_verdict *verdict, bool redacted);
void wire_metrics(struct wire *wire, const esi_metrics *metrics);
void wire_hits(struct wire *wire, const esi_kb_hits *hits);
void wire_kb_report(struct wire *wire, const esi_kb_report *report);
void wire_doctor(struct wire *wire, const esi_doctor_report *report, const esi_health *health);
void wire_error(struct wire *wire, const char *key, const esi_error *err);

#endif
