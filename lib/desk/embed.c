#include "desk/embed.h"

#include <string.h>

#include "base/error.h"
#include "core/note.h"

#define ORIGIN "desk/embed"
#define BATCH 128
#define TEXT_MAX (1u << 20)

/* What a section's vector stands for: where it is, what it says, and what its note speaks of. */
static esi_err section_text(const esi_store_document *d, const esi_store_section *s,
                            esi_arena *arena, esi_text *out, esi_error *err) {
    struct buf text;
    buf_init(&text, TEXT_MAX + strlen(s->text));
    buf_printf(&text, "%s\n%s\n", d->title, s->heading);
    buf_str(&text, s->text);
    esi_err rc = ESI_OK;
    if (s->note) {
        struct note note;
        rc = note_decode(view_of(s->note), arena, &note, err);
        if (rc == ESI_OK) {
            buf_char(&text, '\n');
            note_search_text(&note, &text);
        }
    }
    if (rc == ESI_OK) {
        out->data = text.failed ? NULL : arena_str(arena, buf_view(&text));
        out->size = text.n;
        rc = out->data ? ESI_OK : fail_memory(err, ORIGIN);
    }
    buf_clear(&text);
    return rc;
}

esi_err embed_document(const struct model *model, esi_store_document *record, const esi_wait *wait,
                       esi_arena *arena, esi_error *err) {
    const size_t count = record->section_count;
    const size_t dimensions = (size_t)model->info.dimensions;
    esi_store_section *sections = ARENA_ARRAY(arena, count, esi_store_section);
    float *vectors = arena_array(arena, count, dimensions * sizeof(float));
    esi_text *texts = ARENA_ARRAY(arena, count, esi_text);
    if (!sections || !vectors || !texts) {
        return fail_memory(err, ORIGIN);
    }
    memcpy(sections, record->sections, count * sizeof(*sections));
    esi_err rc = ESI_OK;
    for (size_t i = 0; rc == ESI_OK && i < count; i++) {
        rc = section_text(record, &sections[i], arena, &texts[i], err);
        sections[i].vector = vectors + i * dimensions;
    }
    for (size_t at = 0; rc == ESI_OK && at < count; at += BATCH) {
        const esi_embed_request request = {.size = sizeof(request),
                                           .texts = texts + at,
                                           .count = count - at < BATCH ? count - at : BATCH,
                                           .wait = *wait};
        rc = model->ops->embed(model->self, &request, vectors + at * dimensions, err);
    }
    if (rc == ESI_OK) {
        record->sections = sections;
    }
    return rc;
}
