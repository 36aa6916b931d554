#include "json_objects.h"

void json_reference(struct json *json, const char *key, const esi_reference *reference) {
    json_object(json, key);
    json_text(json, "id", reference->id);
    json_text(json, "title", reference->title);
    json_text(json, "version", reference->version);
    json_text(json, "section", reference->section);
    json_real(json, "score", reference->score);
    json_object_end(json);
}

static void write_references(struct json *json, const char *key, const esi_reply *reply) {
    json_array(json, key);
    for (size_t i = 0; i < reply->reference_count; i++) {
        json_reference(json, NULL, reply->references[i]);
    }
    json_array_end(json);
}

static void write_guardrail(struct json *json, const esi_verdict *verdict) {
    json_object(json, "guardrail");
    json_bool(json, "blocked", verdict != NULL && verdict->blocked);
    json_text(json, "category", verdict == NULL ? NULL : verdict->category);
    json_text(json, "rule", verdict == NULL ? NULL : verdict->rule);
    json_text(json, "reason", verdict == NULL ? NULL : verdict->reason);
    json_object_end(json);
}

void json_reply(struct json *json, const esi_reply *reply, bool snake) {
    json_object(json, NULL);
    json_text(json, "sessionId", reply->session_id);
    json_text(json, "messageId", reply->message_id);
    json_text(json, "answer", reply->answer);
    write_references(json, "kbReferences", reply);
    json_real(json, "confidence", reply->confidence);
    json_text(json, "tier", esi_tier_name(reply->tier));
    json_text(json, "severity", esi_severity_name(reply->severity));
    json_bool(json, "needsEscalation", reply->needs_escalation);
    write_guardrail(json, reply->guardrail);
    json_text(json, "ticketId", reply->ticket_id);
    if (reply->ticket_number > 0) {
        json_int(json, "ticketNumber", reply->ticket_number);
    } else {
        json_null(json, "ticketNumber");
    }
    json_texts(json, "rules", reply->rules, reply->rule_count);
    json_texts(json, "clarifyingQuestions", reply->questions, reply->question_count);
    json_text(json, "coverage",
              reply->coverage == ESI_COVERAGE_NULL ? NULL : esi_coverage_name(reply->coverage));
    json_text(json, "model", reply->model);
    json_object(json, "usage");
    json_int(json, "inputTokens", reply->input_tokens);
    json_int(json, "outputTokens", reply->output_tokens);
    json_object_end(json);
    if (snake) {
        json_bool(json, "needs_escalation", reply->needs_escalation);
        json_text(json, "ticket_id", reply->ticket_id);
        write_references(json, "kb_references", reply);
    }
    json_object_end(json);
}

static void write_conversation(struct json *json, const esi_ticket *ticket) {
    json_array(json, "conversation");
    for (size_t i = 0; i < ticket->conversation_count; i++) {
        const esi_ticket_message *message = ticket->conversation[i];
        json_object(json, NULL);
        json_text(json, "role", message->role);
        json_text(json, "text", message->text);
        json_time(json, "at", message->at_ms);
        json_object_end(json);
    }
    json_array_end(json);
}

static void write_findings(struct json *json, const esi_ticket *ticket) {
    json_object(json, "aiResults");
    json_real(json, "confidence", ticket->confidence);
    json_text(json, "category", ticket->category);
    json_array(json, "kbReferences");
    for (size_t i = 0; i < ticket->reference_count; i++) {
        json_object(json, NULL);
        json_text(json, "id", ticket->references[i]->name);
        json_text(json, "title", ticket->references[i]->value);
        json_object_end(json);
    }
    json_array_end(json);
    json_object_end(json);
}

static void write_details(struct json *json, const esi_ticket *ticket) {
    json_array(json, "details");
    for (size_t i = 0; i < ticket->detail_count; i++) {
        json_object(json, NULL);
        json_text(json, "name", ticket->details[i]->name);
        json_text(json, "value", ticket->details[i]->value);
        json_object_end(json);
    }
    json_array_end(json);
    json_array(json, "attempts");
    for (size_t i = 0; i < ticket->attempt_count; i++) {
        json_object(json, NULL);
        json_text(json, "step", ticket->attempts[i]->step);
        json_time(json, "at", ticket->attempts[i]->at_ms);
        json_bool(json, "worked", ticket->attempts[i]->worked);
        json_object_end(json);
    }
    json_array_end(json);
    json_object(json, "context");
    for (size_t i = 0; i < ticket->context_count; i++) {
        json_text(json, ticket->context[i]->name, ticket->context[i]->value);
    }
    json_object_end(json);
}

void json_ticket(struct json *json, const esi_ticket *ticket) {
    json_object(json, NULL);
    json_text(json, "id", ticket->id);
    json_int(json, "number", ticket->number);
    json_text(json, "sessionId", ticket->session_id);
    json_text(json, "status", esi_ticket_status_name(ticket->status));
    json_text(json, "tier", esi_tier_name(ticket->tier));
    json_text(json, "severity", esi_severity_name(ticket->severity));
    json_text(json, "requestedSeverity",
              ticket->has_requested_severity ? esi_severity_name(ticket->requested_severity)
                                             : NULL);
    json_text(json, "category", ticket->category);
    json_text(json, "summary", ticket->summary);
    json_text(json, "description", ticket->description);
    json_text(json, "userRole", ticket->user_role);
    json_text(json, "module", ticket->module);
    json_text(json, "createdBy", ticket->created_by);
    json_text(json, "assignee", ticket->assignee);
    write_conversation(json, ticket);
    json_texts(json, "rules", ticket->rules, ticket->rule_count);
    write_findings(json, ticket);
    write_details(json, ticket);
    json_text(json, "kind", ticket->kind);
    json_text(json, "incidentId", ticket->incident_id);
    json_time(json, "dueAt", ticket->due_at_ms);
    json_time(json, "createdAt", ticket->created_at_ms);
    json_time(json, "updatedAt", ticket->updated_at_ms);
    json_int(json, "version", ticket->version);
    json_object_end(json);
}

void json_tickets(struct json *json, const esi_ticket_list *list) {
    json_object(json, NULL);
    json_array(json, "items");
    for (size_t i = 0; i < list->count; i++) {
        json_ticket(json, list->items[i]);
    }
    json_array_end(json);
    json_text(json, "nextCursor", list->next_cursor);
    json_object_end(json);
}

void json_verdict_fields(struct json *json, const esi_verdict *verdict, bool redacted) {
    json_bool(json, "blocked", verdict->blocked);
    json_text(json, "category", verdict->category);
    json_text(json, "rule", verdict->rule);
    json_text(json, "reason", verdict->reason);
    json_texts(json, "matches", verdict->matches, verdict->match_count);
    if (redacted) {
        json_text(json, "redacted", verdict->redacted);
    }
}

static void write_counts(struct json *json, const esi_metrics *metrics) {
    json_object(json, "ticketsByTier");
    for (int tier = 0; tier < 4; tier++) {
        json_int(json, esi_tier_name((esi_tier)tier), metrics->tickets_by_tier[tier]);
    }
    json_object_end(json);
    json_object(json, "ticketsBySeverity");
    for (int severity = 0; severity < 4; severity++) {
        json_int(json, esi_severity_name((esi_severity)severity),
                 metrics->tickets_by_severity[severity]);
    }
    json_object_end(json);
}

static void write_categories(struct json *json, const esi_metrics *metrics) {
    json_object(json, "guardrailByCategory");
    for (size_t i = 0; i < metrics->guardrail_category_count; i++) {
        const esi_count *count = metrics->guardrail_by_category[i];
        json_int(json, count->name, count->count);
    }
    json_object_end(json);
    json_array(json, "topCategories");
    for (size_t i = 0; i < metrics->category_count; i++) {
        json_object(json, NULL);
        json_text(json, "category", metrics->categories[i]->name);
        json_int(json, "count", metrics->categories[i]->count);
        json_object_end(json);
    }
    json_array_end(json);
}

void json_metrics(struct json *json, const esi_metrics *metrics) {
    json_object(json, NULL);
    json_int(json, "totalConversations", metrics->conversations);
    json_int(json, "totalMessages", metrics->messages);
    json_int(json, "totalTickets", metrics->tickets);
    json_int(json, "openTickets", metrics->open_tickets);
    json_int(json, "closedTickets", metrics->closed_tickets);
    write_counts(json, metrics);
    json_int(json, "escalations", metrics->escalations);
    json_real(json, "deflectionRate", metrics->deflection_rate);
    json_int(json, "guardrailActivations", metrics->guardrail_activations);
    write_categories(json, metrics);
    json_int(json, "notCovered", metrics->not_covered);
    json_real(json, "avgConfidence", metrics->avg_confidence);
    if (metrics->has_median_resolution) {
        json_real(json, "medianResolutionMinutes", metrics->median_resolution_minutes);
    } else {
        json_null(json, "medianResolutionMinutes");
    }
    json_object(json, "feedback");
    json_int(json, "up", metrics->feedback_up);
    json_int(json, "down", metrics->feedback_down);
    json_object_end(json);
    json_object(json, "conversationVolumes");
    json_int(json, "sessions", metrics->conversations);
    json_int(json, "messages", metrics->messages);
    json_object_end(json);
    json_object(json, "usage");
    json_int(json, "inputTokens", metrics->input_tokens);
    json_int(json, "outputTokens", metrics->output_tokens);
    json_object_end(json);
    json_object_end(json);
}

void json_hits(struct json *json, const esi_kb_hits *hits) {
    json_object(json, NULL);
    json_array(json, "items");
    for (size_t i = 0; i < hits->count; i++) {
        const esi_kb_hit *hit = hits->items[i];
        json_object(json, NULL);
        json_text(json, "kbId", hit->id);
        json_text(json, "title", hit->title);
        json_text(json, "version", hit->version);
        json_text(json, "section", hit->section);
        json_text(json, "text", hit->text);
        json_real(json, "score", hit->score);
        json_object_end(json);
    }
    json_array_end(json);
    json_null(json, "nextCursor");
    json_object_end(json);
}

void json_doctor(struct json *json, const esi_doctor_report *report) {
    json_object(json, NULL);
    json_bool(json, "healthy", report->healthy);
    json_array(json, "findings");
    for (size_t i = 0; i < report->finding_count; i++) {
        const esi_finding *finding = report->findings[i];
        json_object(json, NULL);
        json_bool(json, "ok", finding->ok);
        json_text(json, "what", finding->what);
        json_text(json, "detail", finding->detail);
        json_text(json, "mend", finding->mend);
        json_object_end(json);
    }
    json_array_end(json);
    json_object_end(json);
}

void json_error(struct json *json, const char *key, const esi_error *err) {
    json_object(json, key);
    json_text(json, "code", esi_err_name(err->code));
    json_text(json, "detail", err->message);
    json_object_end(json);
}
