#include "desk/stored.h"

#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "core/handling.h"
#include "core/note.h"
#include "desk/meta.h"

#define ORIGIN "desk/knowledge"
#define NOTE_TEXT_MAX (1u << 20)

int32_t stored_standing(const char *name) {
    for (int i = STANDING_CURRENT; i <= STANDING_QUARANTINED; i++) {
        if (name && strcmp(name, standing_name((enum standing)i)) == 0) {
            return i;
        }
    }
    return STANDING_CURRENT;
}

/* All that a section should be found by: what the user may read and what its note speaks of. */
static esi_err search_text(const esi_store_section *section, esi_arena *scratch,
                           struct index_section_in *out, esi_error *err) {
    if (!section->text) {
        out->unread = true;
        return ESI_OK;
    }
    struct buf text;
    buf_init(&text, NOTE_TEXT_MAX + strlen(section->text));
    buf_str(&text, section->text);
    esi_err rc = ESI_OK;
    if (section->note) {
        struct note note;
        rc = note_decode(view_of(section->note), scratch, &note, err);
        if (rc == ESI_OK) {
            buf_char(&text, '\n');
            note_search_text(&note, &text);
            for (size_t i = 0; i < note.count; i++) {
                out->holds |= 1u << note.items[i].kind;
            }
        }
    }
    if (rc == ESI_OK) {
        const char *copy = text.failed ? NULL : arena_str(scratch, buf_view(&text));
        if (copy) {
            out->text = (struct view){copy, text.n};
        } else {
            rc = fail_memory(err, ORIGIN);
        }
    }
    buf_clear(&text);
    return rc;
}

static esi_err read_with(const esi_store_document *d, int32_t dimensions, esi_arena *scratch,
                         struct index_document **out, esi_error *err) {
    struct index_section_in *sections =
        ARENA_ARRAY(scratch, d->section_count, struct index_section_in);
    if (!sections) {
        return fail_memory(err, ORIGIN);
    }
    for (size_t i = 0; i < d->section_count; i++) {
        sections[i] = (struct index_section_in){.id = view_of(d->sections[i].id),
                                                .heading = view_of(d->sections[i].heading),
                                                .vector = d->sections[i].vector};
        const esi_err rc = search_text(&d->sections[i], scratch, &sections[i], err);
        if (rc != ESI_OK) {
            return rc;
        }
    }
    struct meta meta;
    esi_err rc = meta_decode(view_of(d->meta), scratch, &meta, err);
    if (rc != ESI_OK) {
        return rc;
    }
    struct buf tags;
    buf_init(&tags, NOTE_TEXT_MAX);
    for (size_t i = 0; i < meta.tag_count; i++) {
        buf_add(&tags, meta.tags[i]);
        buf_char(&tags, ' ');
    }
    const struct index_document_in in = {.id = view_of(d->id),
                                         .source = view_of(d->source),
                                         .title = view_of(d->title),
                                         .version = view_of(d->version),
                                         .updated = view_of(d->updated),
                                         .language = view_of(d->language),
                                         .tags = buf_view(&tags),
                                         .meta = view_of(d->meta),
                                         .standing = stored_standing(d->standing),
                                         .roles = d->roles,
                                         .sections = sections,
                                         .section_count = d->section_count};
    rc = tags.failed ? fail_memory(err, ORIGIN) : index_document_create(&in, dimensions, out, err);
    buf_clear(&tags);
    return rc;
}

esi_err stored_read(const esi_store_document *document, int32_t dimensions,
                    struct index_document **out, esi_error *err) {
    esi_arena scratch = {0};
    const esi_err rc = read_with(document, dimensions, &scratch, out, err);
    arena_clear(&scratch);
    return rc;
}

/* ---- a copy ---------------------------------------------------------------------------------- */

static size_t length(const char *text) {
    return text ? strlen(text) + 1 : 0;
}

size_t stored_bytes(const esi_store_document *d, int32_t dimensions) {
    size_t bytes =
        sizeof(*d) + length(d->title) + length(d->meta) + d->section_count * sizeof(*d->sections);
    for (size_t i = 0; i < d->section_count; i++) {
        const esi_store_section *s = &d->sections[i];
        bytes += length(s->heading) + length(s->text) + length(s->note);
        bytes += s->vector ? (size_t)dimensions * sizeof(float) : 0;
    }
    return bytes;
}

/* Takes the place of a text that lives only for the call; false when memory ran out. */
static bool keep(const char **text, esi_arena *arena) {
    if (*text) {
        *text = arena_str(arena, view_of(*text));
        return *text != NULL;
    }
    return true;
}

static bool keep_section(esi_store_section *s, int32_t dimensions, esi_arena *arena) {
    if (s->vector) {
        float *vector = ARENA_ARRAY(arena, (size_t)dimensions, float);
        if (!vector) {
            return false;
        }
        memcpy(vector, s->vector, (size_t)dimensions * sizeof(*vector));
        s->vector = vector;
    }
    return keep(&s->id, arena) && keep(&s->heading, arena) && keep(&s->text, arena) &&
           keep(&s->note, arena);
}

esi_err stored_copy(const esi_store_document *document, int32_t dimensions, esi_arena *arena,
                    esi_store_document *out, esi_error *err) {
    esi_store_document d = *document;
    esi_store_section *sections = ARENA_ARRAY(arena, d.section_count, esi_store_section);
    bool whole = sections && keep(&d.id, arena) && keep(&d.source, arena) &&
                 keep(&d.scope, arena) && keep(&d.title, arena) && keep(&d.version, arena) &&
                 keep(&d.updated, arena) && keep(&d.standing, arena) && keep(&d.language, arena) &&
                 keep(&d.meta, arena);
    for (size_t i = 0; whole && i < d.section_count; i++) {
        sections[i] = d.sections[i];
        whole = keep_section(&sections[i], dimensions, arena);
    }
    if (!whole) {
        return fail_memory(err, ORIGIN);
    }
    d.sections = sections;
    *out = d;
    return ESI_OK;
}
