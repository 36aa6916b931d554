#include "wire_objects.h"

void wire_reference(struct wire *wire, const char *key, const esi_reference *reference) {
    wire_object(wire, key);
    wire_text(wire, "id", reference->id);
    wire_text(wire, "title", reference->title);
    wire_text(wire, "version", reference->version);
    wire_text(wire, "section", reference->section);
    wire_real(wire, "score", reference->score);
    wire_object_end(wire);
}

static void write_references(struct wire *wire, const char *key, const esi_reply *reply) {
    wire_array(wire, key);
    for (size_t i = 0; i < reply->reference_count; i++) {
        wire_reference(wire, NULL, reply->references[i]);
    }
    wire_array_end(wire);
}

void wire_trace(struct wire *wire, const char *key, const esi_reply *reply) {
    wire_array(wire, key);
    for (size_t i = 0; i < reply->trace_count; i++) {
        wire_object(wire, NULL);
        wire_text(wire, "stage", reply->trace[i]->stage);
        wire_text(wire, "text", reply->trace[i]->text);
        wire_object_end(wire);
    }
    wire_array_end(wire);
}

static void write_guardrail(struct wire *wire, const esi_verdict *verdict) {
    wire_object(wire, "guardrail");
    wire_bool(wire, "blocked", verdict != NULL && verdict->blocked);
    wire_text(wire, "category", verdict == NULL ? NULL : verdict->category);
    wire_text(wire, "rule", verdict == NULL ? NULL : verdict->rule);
    wire_text(wire, "reason", verdict == NULL ? NULL : verdict->reason);
    wire_object_end(wire);
}

void wire_reply(struct wire *wire, const esi_reply *reply, bool snake) {
    wire_object(wire, NULL);
    wire_text(wire, "sessionId", reply->session_id);
    wire_text(wire, "messageId", reply->message_id);
    wire_text(wire, "answer", reply->answer);
    write_references(wire, "kbReferences", reply);
    wire_real(wire, "confidence", reply->confidence);
    wire_text(wire, "tier", esi_tier_name(reply->tier));
    wire_text(wire, "severity", esi_severity_name(reply->severity));
    wire_bool(wire, "needsEscalation", reply->needs_escalation);
    write_guardrail(wire, reply->guardrail);
    wire_text(wire, "ticketId", reply->ticket_id);
    if (reply->ticket_number > 0) {
        wire_int(wire, "ticketNumber", reply->ticket_number);
    } else {
        wire_null(wire, "ticketNumber");
    }
    wire_texts(wire, "rules", reply->rules, reply->rule_count);
    wire_texts(wire, "clarifyingQuestions", reply->questions, reply->question_count);
    wire_text(wire, "coverage",
              reply->coverage == ESI_COVERAGE_NULL ? NULL : esi_coverage_name(reply->coverage));
    wire_text(wire, "model", reply->model);
    wire_object(wire, "usage");
    wire_int(wire, "inputTokens", reply->input_tokens);
    wire_int(wire, "outputTokens", reply->output_tokens);
    wire_object_end(wire);
    wire_text(wire, "fallback", reply->fallback);
    wire_texts(wire, "open", reply->open, reply->open_count);
    wire_money(wire, "cost", reply->cost);
    if (reply->trace != NULL) {
        wire_trace(wire, "trace", reply);
    }
    if (snake) {
        wire_bool(wire, "needs_escalation", reply->needs_escalation);
        wire_text(wire, "ticket_id", reply->ticket_id);
        write_references(wire, "kb_references", reply);
    }
    wire_object_end(wire);
}

static void write_conversation(struct wire *wire, const esi_ticket *ticket) {
    wire_array(wire, "conversation");
    for (size_t i = 0; i < ticket->conversation_count; i++) {
        const esi_ticket_message *message = ticket->conversation[i];
        wire_object(wire, NULL);
        wire_text(wire, "role", message->role);
        wire_text(wire, "text", message->text);
        wire_time(wire, "at", message->at_ms);
        if (message->fallback != NULL) {
            wire_text(wire, "fallback", message->fallback);
        }
        wire_object_end(wire);
    }
    wire_array_end(wire);
}

static void write_findings(struct wire *wire, const esi_ticket *ticket) {
    wire_object(wire, "aiResults");
    wire_real(wire, "confidence", ticket->confidence);
    wire_text(wire, "category", ticket->category);
    wire_array(wire, "kbReferences");
    for (size_t i = 0; i < ticket->reference_count; i++) {
        wire_object(wire, NULL);
        wire_text(wire, "id", ticket->references[i]->name);
        wire_text(wire, "title", ticket->references[i]->value);
        wire_object_end(wire);
    }
    wire_array_end(wire);
    wire_object_end(wire);
}

static void write_details(struct wire *wire, const esi_ticket *ticket) {
    wire_array(wire, "details");
    for (size_t i = 0; i < ticket->detail_count; i++) {
        wire_object(wire, NULL);
        wire_text(wire, "name", ticket->details[i]->name);
        wire_text(wire, "value", ticket->details[i]->value);
        wire_object_end(wire);
    }
    wire_array_end(wire);
    wire_array(wire, "attempts");
    for (size_t i = 0; i < ticket->attempt_count; i++) {
        wire_object(wire, NULL);
        wire_text(wire, "step", ticket->attempts[i]->step);
        wire_time(wire, "at", ticket->attempts[i]->at_ms);
        wire_bool(wire, "worked", ticket->attempts[i]->worked);
        wire_object_end(wire);
    }
    wire_array_end(wire);
    wire_object(wire, "context");
    for (size_t i = 0; i < ticket->context_count; i++) {
        wire_text(wire, ticket->context[i]->name, ticket->context[i]->value);
    }
    wire_object_end(wire);
}

void wire_ticket(struct wire *wire, const esi_ticket *ticket) {
    wire_object(wire, NULL);
    wire_text(wire, "id", ticket->id);
    wire_int(wire, "number", ticket->number);
    wire_text(wire, "sessionId", ticket->session_id);
    wire_text(wire, "status", esi_ticket_status_name(ticket->status));
    wire_text(wire, "tier", esi_tier_name(ticket->tier));
    wire_text(wire, "severity", esi_severity_name(ticket->severity));
    wire_text(wire, "requestedSeverity",
              ticket->has_requested_severity ? esi_severity_name(ticket->requested_severity)
                                             : NULL);
    wire_text(wire, "category", ticket->category);
    wire_text(wire, "summary", ticket->summary);
    wire_text(wire, "description", ticket->description);
    wire_text(wire, "userRole", ticket->user_role);
    wire_text(wire, "module", ticket->module);
    wire_text(wire, "createdBy", ticket->created_by);
    wire_text(wire, "assignee", ticket->assignee);
    write_conversation(wire, ticket);
    wire_texts(wire, "rules", ticket->rules, ticket->rule_count);
    write_findings(wire, ticket);
    write_details(wire, ticket);
    wire_text(wire, "kind", ticket->kind);
    wire_text(wire, "incidentId", ticket->incident_id);
    wire_time(wire, "dueAt", ticket->due_at_ms);
    wire_time(wire, "createdAt", ticket->created_at_ms);
    wire_time(wire, "updatedAt", ticket->updated_at_ms);
    wire_int(wire, "version", ticket->version);
    wire_object_end(wire);
}

void wire_tickets(struct wire *wire, const esi_ticket_list *list) {
    wire_object(wire, NULL);
    wire_array(wire, "items");
    for (size_t i = 0; i < list->count; i++) {
        wire_ticket(wire, list->items[i]);
    }
    wire_array_end(wire);
    wire_text(wire, "nextCursor", list->next_cursor);
    wire_object_end(wire);
}

void wire_verdict_fields(struct wire *wire, const esi_verdict *verdict, bool redacted) {
    wire_bool(wire, "blocked", verdict->blocked);
    wire_text(wire, "category", verdict->category);
    wire_text(wire, "rule", verdict->rule);
    wire_text(wire, "reason", verdict->reason);
    wire_texts(wire, "matches", verdict->matches, verdict->match_count);
    if (redacted) {
        wire_text(wire, "redacted", verdict->redacted);
    }
}

static void write_counts(struct wire *wire, const esi_metrics *metrics) {
    wire_object(wire, "ticketsByTier");
    for (int tier = 0; tier < 4; tier++) {
        wire_int(wire, esi_tier_name((esi_tier)tier), metrics->tickets_by_tier[tier]);
    }
    wire_object_end(wire);
    wire_object(wire, "ticketsBySeverity");
    for (int severity = 0; severity < 4; severity++) {
        wire_int(wire, esi_severity_name((esi_severity)severity),
                 metrics->tickets_by_severity[severity]);
    }
    wire_object_end(wire);
}

static void write_categories(struct wire *wire, const esi_metrics *metrics) {
    wire_object(wire, "guardrailByCategory");
    for (size_t i = 0; i < metrics->guardrail_category_count; i++) {
        const esi_count *count = metrics->guardrail_by_category[i];
        wire_int(wire, count->name, count->count);
    }
    wire_object_end(wire);
    wire_array(wire, "topCategories");
    for (size_t i = 0; i < metrics->category_count; i++) {
        wire_object(wire, NULL);
        wire_text(wire, "category", metrics->categories[i]->name);
        wire_int(wire, "count", metrics->categories[i]->count);
        wire_object_end(wire);
    }
    wire_array_end(wire);
}

void wire_metrics(struct wire *wire, const esi_metrics *metrics) {
    wire_object(wire, NULL);
    wire_int(wire, "totalConversations", metrics->conversations);
    wire_int(wire, "totalMessages", metrics->messages);
    wire_int(wire, "totalTickets", metrics->tickets);
    wire_int(wire, "openTickets", metrics->open_tickets);
    wire_int(wire, "closedTickets", metrics->closed_tickets);
    write_counts(wire, metrics);
    wire_int(wire, "escalations", metrics->escalations);
    wire_real(wire, "deflectionRate", metrics->deflection_rate);
    wire_int(wire, "guardrailActivations", metrics->guardrail_activations);
    write_categories(wire, metrics);
    wire_int(wire, "notCovered", metrics->not_covered);
    wire_real(wire, "avgConfidence", metrics->avg_confidence);
    if (metrics->has_median_resolution) {
        wire_real(wire, "medianResolutionMinutes", metrics->median_resolution_minutes);
    } else {
        wire_null(wire, "medianResolutionMinutes");
    }
    wire_object(wire, "feedback");
    wire_int(wire, "up", metrics->feedback_up);
    wire_int(wire, "down", metrics->feedback_down);
    wire_object_end(wire);
    wire_object(wire, "conversationVolumes");
    wire_int(wire, "sessions", metrics->conversations);
    wire_int(wire, "messages", metrics->messages);
    wire_object_end(wire);
    wire_object(wire, "usage");
    wire_int(wire, "inputTokens", metrics->input_tokens);
    wire_int(wire, "outputTokens", metrics->output_tokens);
    wire_object_end(wire);
    wire_money(wire, "cost", metrics->cost);
    wire_int(wire, "fallbacks", metrics->fallbacks);
    wire_object_end(wire);
}

void wire_hits(struct wire *wire, const esi_kb_hits *hits) {
    wire_object(wire, NULL);
    wire_array(wire, "items");
    for (size_t i = 0; i < hits->count; i++) {
        const esi_kb_hit *hit = hits->items[i];
        wire_object(wire, NULL);
        wire_text(wire, "kbId", hit->id);
        wire_text(wire, "title", hit->title);
        wire_text(wire, "version", hit->version);
        wire_text(wire, "section", hit->section);
        wire_text(wire, "text", hit->text);
        wire_real(wire, "score", hit->score);
        wire_object_end(wire);
    }
    wire_array_end(wire);
    wire_null(wire, "nextCursor");
    wire_object_end(wire);
}

static void wire_endpoints(struct wire *wire, const esi_health *health) {
    wire_array(wire, "endpoints");
    for (size_t i = 0; i < health->endpoint_count; i++) {
        const esi_endpoint_health *e = health->endpoints[i];
        wire_object(wire, NULL);
        wire_text(wire, "name", e->name);
        wire_text(wire, "model", e->model);
        wire_bool(wire, "embeds", e->embeds);
        wire_int(wire, "restMs", e->resting ? e->rest_ms : 0);
        wire_int(wire, "requests", e->requests);
        wire_int(wire, "failures", e->failures);
        wire_text(wire, "problem", e->problem);
        wire_object_end(wire);
    }
    wire_array_end(wire);
}

void wire_doctor(struct wire *wire, const esi_doctor_report *report, const esi_health *health) {
    wire_object(wire, NULL);
    wire_bool(wire, "healthy", report->healthy);
    wire_array(wire, "findings");
    for (size_t i = 0; i < report->finding_count; i++) {
        const esi_finding *finding = report->findings[i];
        wire_object(wire, NULL);
        wire_bool(wire, "ok", finding->ok);
        wire_text(wire, "what", finding->what);
        wire_text(wire, "detail", finding->detail);
        wire_text(wire, "mend", finding->mend);
        wire_object_end(wire);
    }
    wire_array_end(wire);
    wire_endpoints(wire, health);
    wire_object_end(wire);
}

void wire_error(struct wire *wire, const char *key, const esi_error *err) {
    wire_object(wire, key);
    wire_text(wire, "code", esi_err_name(err->code));
    wire_text(wire, "detail", err->message);
    wire_object_end(wire);
}
