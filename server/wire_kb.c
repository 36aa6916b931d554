/* wire_kb.c: the report of an ingest, which is also what `kb check --json` prints. */
#include "wire_objects.h"

static const char *change_name(esi_kb_change change) {
    static const char *const names[] = {"added", "updated", "unchanged", "removed", "refused"};
    return (size_t)change < sizeof names / sizeof names[0] ? names[change] : "";
}

static void write_note(struct wire *wire, const esi_kb_note *note) {
    wire_object(wire, NULL);
    wire_text(wire, "kind", note->kind);
    wire_text(wire, "text", note->text);
    wire_text(wire, "condition", note->condition);
    wire_text(wire, "action", note->action);
    wire_text(wire, "roles", note->roles);
    wire_int(wire, "line", note->line);
    wire_bool(wire, "mended", note->mended);
    wire_object_end(wire);
}

static void write_section(struct wire *wire, const esi_kb_section *section) {
    wire_object(wire, NULL);
    wire_text(wire, "heading", section->heading);
    wire_int(wire, "line", section->line);
    wire_array(wire, "notes");
    for (size_t i = 0; i < section->note_count; i++) {
        write_note(wire, section->notes[i]);
    }
    wire_array_end(wire);
    wire_texts(wire, "unread", section->unread, section->unread_count);
    wire_object_end(wire);
}

static void write_document(struct wire *wire, const esi_kb_document *document) {
    wire_object(wire, NULL);
    wire_text(wire, "id", document->id);
    wire_text(wire, "source", document->source);
    wire_text(wire, "title", document->title);
    wire_text(wire, "version", document->version);
    wire_text(wire, "updated", document->updated);
    wire_text(wire, "standing", document->standing);
    wire_text(wire, "roles", document->roles);
    wire_text(wire, "change", change_name(document->change));
    wire_texts(wire, "problems", document->problems, document->problem_count);
    wire_array(wire, "sections");
    for (size_t i = 0; i < document->section_count; i++) {
        write_section(wire, document->sections[i]);
    }
    wire_array_end(wire);
    wire_object_end(wire);
}

void wire_kb_report(struct wire *wire, const esi_kb_report *report) {
    wire_object(wire, NULL);
    wire_int(wire, "added", (int64_t)report->added);
    wire_int(wire, "updated", (int64_t)report->updated);
    wire_int(wire, "unchanged", (int64_t)report->unchanged);
    wire_int(wire, "removed", (int64_t)report->removed);
    wire_int(wire, "refused", (int64_t)report->refused);
    wire_int(wire, "sections", (int64_t)report->sections);
    wire_int(wire, "pending", report->pending);
    wire_int(wire, "embedded", report->embedded);
    wire_int(wire, "reused", report->reused);
    wire_int(wire, "embeddingTokens", report->embedding_tokens);
    wire_array(wire, "documents");
    for (size_t i = 0; i < report->document_count; i++) {
        write_document(wire, report->documents[i]);
    }
    wire_array_end(wire);
    wire_array(wire, "rivalries");
    for (size_t i = 0; i < report->rivalry_count; i++) {
        const esi_kb_rivalry *rivalry = report->rivalries[i];
        wire_object(wire, NULL);
        wire_text(wire, "winner", rivalry->winner);
        wire_text(wire, "loser", rivalry->loser);
        wire_text(wire, "subject", rivalry->subject);
        wire_text(wire, "reason", rivalry->reason);
        wire_object_end(wire);
    }
    wire_array_end(wire);
    wire_object_end(wire);
}
