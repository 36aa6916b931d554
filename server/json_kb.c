/* json_kb.c: the report of an ingest, which is also what `kb check --json` prints. */
#include "json_objects.h"

static const char *change_name(esi_kb_change change) {
    static const char *const names[] = {"added", "updated", "unchanged", "removed", "refused"};
    return (size_t)change < sizeof names / sizeof names[0] ? names[change] : "";
}

static void write_note(struct json *json, const esi_kb_note *note) {
    json_object(json, NULL);
    json_text(json, "kind", note->kind);
    json_text(json, "text", note->text);
    json_text(json, "condition", note->condition);
    json_text(json, "action", note->action);
    json_text(json, "roles", note->roles);
    json_int(json, "line", note->line);
    json_object_end(json);
}

static void write_section(struct json *json, const esi_kb_section *section) {
    json_object(json, NULL);
    json_text(json, "heading", section->heading);
    json_int(json, "line", section->line);
    json_array(json, "notes");
    for (size_t i = 0; i < section->note_count; i++) {
        write_note(json, section->notes[i]);
    }
    json_array_end(json);
    json_texts(json, "unread", section->unread, section->unread_count);
    json_object_end(json);
}

static void write_document(struct json *json, const esi_kb_document *document) {
    json_object(json, NULL);
    json_text(json, "id", document->id);
    json_text(json, "source", document->source);
    json_text(json, "title", document->title);
    json_text(json, "version", document->version);
    json_text(json, "updated", document->updated);
    json_text(json, "standing", document->standing);
    json_text(json, "roles", document->roles);
    json_text(json, "change", change_name(document->change));
    json_texts(json, "problems", document->problems, document->problem_count);
    json_array(json, "sections");
    for (size_t i = 0; i < document->section_count; i++) {
        write_section(json, document->sections[i]);
    }
    json_array_end(json);
    json_object_end(json);
}

void json_kb_report(struct json *json, const esi_kb_report *report) {
    json_object(json, NULL);
    json_int(json, "added", (int64_t)report->added);
    json_int(json, "updated", (int64_t)report->updated);
    json_int(json, "unchanged", (int64_t)report->unchanged);
    json_int(json, "removed", (int64_t)report->removed);
    json_int(json, "refused", (int64_t)report->refused);
    json_int(json, "sections", (int64_t)report->sections);
    json_array(json, "documents");
    for (size_t i = 0; i < report->document_count; i++) {
        write_document(json, report->documents[i]);
    }
    json_array_end(json);
    json_array(json, "rivalries");
    for (size_t i = 0; i < report->rivalry_count; i++) {
        const esi_kb_rivalry *rivalry = report->rivalries[i];
        json_object(json, NULL);
        json_text(json, "winner", rivalry->winner);
        json_text(json, "loser", rivalry->loser);
        json_text(json, "subject", rivalry->subject);
        json_text(json, "reason", rivalry->reason);
        json_object_end(json);
    }
    json_array_end(json);
    json_object_end(json);
}
