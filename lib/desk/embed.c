#include "desk/embed.h"

#include <string.h>

#include "base/error.h"
#include "core/note.h"

#define ORIGIN "desk/embed"
#define BATCH 128
#define TEXT_MAX (1u << 20)

/* What a vector stands for: where a section is, what it says, and what its note speaks of. */
struct words {
    const char *title, *heading, *text, *note; /* note NULL: none */
};

static esi_err section_text(const struct words *w, esi_arena *arena, esi_text *out,
                            esi_error *err) {
    struct buf text;
    buf_init(&text, TEXT_MAX + strlen(w->text));
    buf_printf(&text, "%s\n%s\n", w->title, w->heading);
    buf_str(&text, w->text);
    esi_err rc = ESI_OK;
    if (w->note) {
        struct note note;
        rc = note_decode(view_of(w->note), arena, &note, err);
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

static esi_err embed_texts(const struct model *model, const esi_text *texts, size_t count,
                           const esi_wait *wait, float *vectors, esi_error *err) {
    const size_t dimensions = (size_t)model->info.dimensions;
    esi_err rc = ESI_OK;
    for (size_t at = 0; rc == ESI_OK && at < count; at += BATCH) {
        const esi_embed_request request = {.size = sizeof(request),
                                           .texts = texts + at,
                                           .count = count - at < BATCH ? count - at : BATCH,
                                           .wait = *wait};
        rc = model->ops->embed(model->self, &request, vectors + at * dimensions, err);
    }
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
        const struct words words = {record->title, sections[i].heading, sections[i].text,
                                    sections[i].note};
        rc = section_text(&words, arena, &texts[i], err);
        sections[i].vector = vectors + i * dimensions;
    }
    if (rc == ESI_OK) {
        rc = embed_texts(model, texts, count, wait, vectors, err);
    }
    if (rc == ESI_OK) {
        record->sections = sections;
    }
    return rc;
}

esi_err embed_passages(const struct model *model, const esi_store_passage *passages, size_t count,
                       const esi_wait *wait, esi_arena *arena, esi_store_vector **out,
                       esi_error *err) {
    const size_t dimensions = (size_t)model->info.dimensions;
    esi_store_vector *rows = ARENA_ARRAY(arena, count, esi_store_vector);
    float *vectors = arena_array(arena, count, dimensions * sizeof(float));
    esi_text *texts = ARENA_ARRAY(arena, count, esi_text);
    if (!rows || !vectors || !texts) {
        return fail_memory(err, ORIGIN);
    }
    esi_err rc = ESI_OK;
    for (size_t i = 0; rc == ESI_OK && i < count; i++) {
        const struct words words = {passages[i].title, passages[i].heading, passages[i].text,
                                    passages[i].note};
        rc = section_text(&words, arena, &texts[i], err);
        rows[i] = (esi_store_vector){passages[i].section_id, vectors + i * dimensions};
    }
    if (rc == ESI_OK) {
        rc = embed_texts(model, texts, count, wait, vectors, err);
    }
    if (rc == ESI_OK) {
        *out = rows;
    }
    return rc;
}
