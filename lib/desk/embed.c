#include "desk/embed.h"

#include <string.h>

#include "base/error.h"
#include "core/note.h"

#define ORIGIN "desk/embed"
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

esi_err embed_document_texts(const esi_store_document *record, esi_arena *arena, esi_text **out,
                             esi_error *err) {
    esi_text *texts = ARENA_ARRAY(arena, record->section_count, esi_text);
    esi_err rc = texts ? ESI_OK : fail_memory(err, ORIGIN);
    for (size_t i = 0; rc == ESI_OK && i < record->section_count; i++) {
        const esi_store_section *s = &record->sections[i];
        const struct words words = {record->title, s->heading, s->text, s->note};
        rc = section_text(&words, arena, &texts[i], err);
    }
    if (rc == ESI_OK) {
        *out = texts;
    }
    return rc;
}

esi_err embed_passage_texts(const esi_store_passage *passages, size_t count, esi_arena *arena,
                            esi_text **out, esi_error *err) {
    esi_text *texts = ARENA_ARRAY(arena, count, esi_text);
    esi_err rc = texts ? ESI_OK : fail_memory(err, ORIGIN);
    for (size_t i = 0; rc == ESI_OK && i < count; i++) {
        const struct words words = {passages[i].title, passages[i].heading, passages[i].text,
                                    passages[i].note};
        rc = section_text(&words, arena, &texts[i], err);
    }
    if (rc == ESI_OK) {
        *out = texts;
    }
    return rc;
}

/* Of a model in this process all of them, of another those that are known. */
static esi_err find_vectors(const struct vectors *v, const esi_text *texts, size_t count,
                            const esi_wait *wait, esi_arena *arena, const float **out,
                            struct vectors_count *counted, esi_error *err) {
    esi_err rc = ESI_OK;
    for (size_t at = 0; rc == ESI_OK && at < count; at += VECTORS_TEXTS_MAX) {
        const size_t left = count - at;
        const size_t some = left < VECTORS_TEXTS_MAX ? left : VECTORS_TEXTS_MAX;
        rc = (v->model->info.local ? vectors_of : vectors_known)(v, texts + at, some, wait, arena,
                                                                 out + at, counted, err);
    }
    return rc;
}

esi_err embed_document(const struct vectors *v, esi_store_document *record, const esi_wait *wait,
                       esi_arena *arena, struct vectors_count *counted, esi_error *err) {
    const size_t count = record->section_count;
    esi_store_section *sections = ARENA_ARRAY(arena, count, esi_store_section);
    const float **vectors = ARENA_ARRAY(arena, count, const float *);
    esi_text *texts;
    esi_err rc = sections && vectors ? embed_document_texts(record, arena, &texts, err)
                                     : fail_memory(err, ORIGIN);
    if (rc == ESI_OK) {
        rc = find_vectors(v, texts, count, wait, arena, vectors, counted, err);
    }
    if (rc != ESI_OK) {
        return rc;
    }
    for (size_t i = 0; i < count; i++) {
        sections[i] = record->sections[i];
        sections[i].vector = vectors[i];
    }
    record->sections = sections;
    return ESI_OK;
}
