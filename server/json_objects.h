/* json_objects.h: the objects of the wire, shared by the command line's --json and the service. */
#ifndef ESIHELP_SERVER_JSON_OBJECTS_H
#define ESIHELP_SERVER_JSON_OBJECTS_H

#include <esihelp/esihelp.h>

#include "json_out.h"

/* snake: needs_escalation, ticket_id and kb_references stand beside their camelCase names. */
void json_reply(struct json *json, const esi_reply *reply, bool snake);
void json_reference(struct json *json, const char *key, const esi_reference *reference);
void json_ticket(struct json *json, const esi_ticket *ticket);
void json_tickets(struct json *json, const esi_ticket_list *list);
/* The fields of a verdict, without the braces, so that a caller can add its own. */
void json_verdict_fields(struct json *json, const esi_verdict *verdict, bool redacted);
void json_metrics(struct json *json, const esi_metrics *metrics);
void json_hits(struct json *json, const esi_kb_hits *hits);
void json_kb_report(struct json *json, const esi_kb_report *report);
void json_doctor(struct json *json, const esi_doctor_report *report);
void json_error(struct json *json, const char *key, const esi_error *err);

#endif
