#include "desk/report.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "desk/reply.h"

#define ORIGIN "desk/report"
#define ACTION_MAX 256

bool report_roles(esi_arena *arena, uint32_t roles, const char **out) {
    struct buf names;
    buf_init(&names, ACTION_MAX);
    for (int role = ESI_ROLE_TRAINEE; role <= ESI_ROLE_ADMIN; role++) {
        if (roles & (1u << role)) {
            buf_str(&names, names.n > 0 ? "," : "");
            buf_str(&names, esi_role_name((esi_role)role));
        }
    }
    const bool fits = !names.failed && export_text(arena, buf_view(&names), out);
    buf_clear(&names);
    return fits;
}

/* What a WHEN makes the desk do, as "escalate, TIER_2". */
static bool action_text(esi_arena *arena, const struct note_item *item, const char **out) {
    struct buf text;
    buf_init(&text, ACTION_MAX);
    const struct {
        uint32_t bit;
        const char *words;
    } actions[] = {
        {NOTE_ESCALATE, "escalate"},
        {NOTE_SET_TIER, esi_tier_name(item->tier)},
        {NOTE_SET_SEVERITY, esi_severity_name(item->severity)},
        {NOTE_TICKET, "ticket"},
        {NOTE_NO_ESCALATE, "no escalation"},
    };
    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
        if (item->actions & actions[i].bit) {
            buf_str(&text, text.n > 0 ? ", " : "");
            buf_str(&text, actions[i].words);
        }
    }
    if (text.n > 0 && item->tries > 0) {
        buf_printf(&text, ", after %d failed %s", (int)item->tries,
                   item->tries == 1 ? "try" : "tries");
    } else if (text.n > 0 && item->all_tried) {
        buf_str(&text, ", after all steps failed");
    }
    const bool fits = !text.failed && export_text(arena, buf_view(&text), out);
    buf_clear(&text);
    return fits;
}

static bool export_note(esi_arena *arena, const struct note_item *item, esi_kb_note *out) {
    out->kind = note_kind_name(item->kind);
    out->line = item->line;
    out->mended = item->mended;
    struct view when = item->condition;
    if (item->exception.n > 0) {
        when = view_of(arena_printf(arena, "%.*s%sunless %.*s", (int)when.n,
                                    when.p == NULL ? "" : when.p, when.n > 0 ? ", " : "",
                                    (int)item->exception.n, item->exception.p));
    }
    return (item->exception.n == 0 || when.p != NULL) &&
           (out->text = arena_str(arena, item->text)) &&
           export_text(arena, when, &out->condition) && action_text(arena, item, &out->action) &&
           report_roles(arena, item->roles, &out->roles);
}

static bool export_section(esi_arena *arena, const struct chunk *chunk,
                           const struct handling_section *section, const char *heading,
                           esi_kb_section *out) {
    out->heading = arena_str(arena, view_of(heading));
    const struct note *note = &section->note;
    const esi_kb_note **list = ARENA_ARRAY(arena, note->count, const esi_kb_note *);
    esi_kb_note *notes = ARENA_ARRAY(arena, note->count, esi_kb_note);
    bool fits = out->heading && list && notes;
    for (size_t i = 0; fits && i < note->count; i++) {
        fits = export_note(arena, &note->items[i], &notes[i]);
        list[i] = &notes[i];
    }
    out->line = chunk->line;
    out->notes = list;
    out->note_count = note->count;
    out->unread_count = note->unread_count;
    return fits && export_list(arena, note->unread, note->unread_count, &out->unread);
}

static bool export_sections(const struct report_in *in, esi_arena *arena, esi_kb_document *out) {
    const esi_kb_section **list = ARENA_ARRAY(arena, in->section_count, const esi_kb_section *);
    esi_kb_section *sections = ARENA_ARRAY(arena, in->section_count, esi_kb_section);
    bool fits = list && sections;
    for (size_t i = 0; fits && i < in->section_count; i++) {
        fits = export_section(arena, &in->chunks[i], &in->sections[i],
                              in->record->sections[i].heading, &sections[i]);
        list[i] = &sections[i];
    }
    out->sections = list;
    out->section_count = in->section_count;
    return fits;
}

static bool copy_head(const esi_store_document *d, esi_arena *arena, esi_kb_document *out) {
    out->standing = d->standing; /* a constant */
    return (out->id = arena_str(arena, view_of(d->id))) &&
           (out->source = arena_str(arena, view_of(d->source))) &&
           (out->title = arena_str(arena, view_of(d->title))) &&
           (out->version = arena_str(arena, view_of(d->version))) &&
           (out->updated = arena_str(arena, view_of(d->updated))) &&
           report_roles(arena, d->roles, &out->roles);
}

esi_err report_document(const struct report_in *in, esi_arena *arena, esi_kb_document *out,
                        esi_error *err) {
    esi_kb_document r = {0};
    const char **problems = ARENA_ARRAY(arena, in->problem_count, const char *);
    bool fits = problems && copy_head(in->record, arena, &r);
    for (size_t i = 0; fits && i < in->problem_count; i++) {
        problems[i] = arena_str(arena, view_of(in->problems[i]));
        fits = problems[i] != NULL;
    }
    r.problems = problems;
    r.problem_count = in->problem_count;
    fits = fits && export_sections(in, arena, &r);
    if (!fits) {
        return fail_memory(err, ORIGIN);
    }
    *out = r;
    return ESI_OK;
}

/* ---- a report under construction ------------------------------------------------------------- */

esi_err report_create(struct report **out, esi_error *err) {
    struct report *report = calloc(1, sizeof(*report));
    if (!report) {
        return fail_memory(err, ORIGIN);
    }
    *out = report;
    return ESI_OK;
}

static size_t *counter(esi_kb_report *r, esi_kb_change change) {
    switch (change) {
    case ESI_KB_ADDED:
        return &r->added;
    case ESI_KB_UPDATED:
        return &r->updated;
    case ESI_KB_UNCHANGED:
        return &r->unchanged;
    case ESI_KB_REMOVED:
        return &r->removed;
    case ESI_KB_REFUSED:
        break;
    }
    return &r->refused;
}

esi_err report_add(struct report *report, const esi_kb_document *document, esi_error *err) {
    esi_kb_report *r = &report->report;
    if (r->document_count == report->capacity) {
        const size_t more = report->capacity ? report->capacity * 2 : 32;
        const esi_kb_document **grown = ARENA_ARRAY(&report->arena, more, const esi_kb_document *);
        if (!grown) {
            return fail_memory(err, ORIGIN);
        }
        if (r->document_count > 0) {
            memcpy(grown, report->documents, r->document_count * sizeof(*grown));
        }
        report->documents = grown;
        report->capacity = more;
        r->documents = grown;
    }
    report->documents[r->document_count++] = document;
    (*counter(r, document->change))++;
    return ESI_OK;
}

void esi_kb_report_free(esi_kb_report *report) {
    if (report) {
        struct report *whole = (struct report *)report;
        arena_clear(&whole->arena);
        free(whole);
    }
}
