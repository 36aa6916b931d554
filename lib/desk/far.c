#include "desk/far.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "desk/meta.h"
#include "desk/stored.h"

#define ORIGIN "desk/far"
#define DOCUMENTS_MAX 4096 /* of one question's snapshot */
#define REFERRED_MAX 64    /* of them: only referred to */

/* A snapshot on its way. */
struct making {
    esi_desk *desk;
    struct snapshot *catalogue;
    struct index_document **documents;
    uint32_t *numbers; /* of each in the catalogue */
    size_t count;
    size_t candidates; /* of them: found by the store */
    bool stale;
    esi_arena memory;
};

/* ---- documents ------------------------------------------------------------------------------- */

static bool has_document(const struct making *m, uint32_t number) {
    size_t i = 0;
    while (i < m->count && m->numbers[i] != number) {
        i++;
    }
    return i < m->count;
}

/* Takes the document over. */
static esi_err add(struct making *m, uint32_t number, struct index_document *document,
                   esi_error *err) {
    if (m->count == DOCUMENTS_MAX) {
        index_document_unref(document);
        return esi_fail(err, ESI_ETOOBIG, ORIGIN, "more than %d documents were found",
                        DOCUMENTS_MAX);
    }
    m->numbers[m->count] = number;
    m->documents[m->count++] = document;
    return ESI_OK;
}

/* The places of all sections of a document, as the catalogue has them. A section without a text is
 * never found. */
static esi_err places_of(const struct making *m, uint32_t number, esi_arena *arena,
                         esi_store_section **out, uint32_t *count, esi_error *err) {
    const struct index *index = m->catalogue->index;
    uint32_t first;
    index_document_sections(index, number, &first, count);
    esi_store_section *sections = ARENA_ARRAY(arena, *count, esi_store_section);
    if (!sections) {
        return fail_memory(err, ORIGIN);
    }
    for (uint32_t i = 0; i < *count; i++) {
        sections[i] = (esi_store_section){
            .id = arena_str(arena, index_section_id(index, first + i)),
            .ordinal = (int32_t)i,
            .heading = arena_str(arena, index_section_heading(index, first + i))};
        if (!sections[i].id || !sections[i].heading) {
            return fail_memory(err, ORIGIN);
        }
    }
    *out = sections;
    return ESI_OK;
}

/* Puts what was found in its place; false: the catalogue knows the document otherwise. */
static bool put_found(esi_store_section *sections, uint32_t count,
                      const esi_store_document *found) {
    for (size_t i = 0; i < found->section_count; i++) {
        const esi_store_section *s = &found->sections[i];
        if (s->ordinal < 0 || (uint32_t)s->ordinal >= count ||
            strcmp(sections[s->ordinal].id, s->id) != 0) {
            return false;
        }
        sections[s->ordinal] = *s;
    }
    return true;
}

static esi_err take_found(const esi_store_document *found, bool gone, void *context,
                          esi_error *err) {
    struct making *m = context;
    uint32_t number;
    (void)gone;
    if (!index_find_document(m->catalogue->index, view_of(found->id), &number)) {
        m->stale = true;
        return ESI_OK;
    }
    esi_arena scratch = {0};
    esi_store_section *sections = NULL;
    uint32_t count = 0;
    struct index_document *document = NULL;
    esi_err rc = places_of(m, number, &scratch, &sections, &count, err);
    if (rc == ESI_OK && !put_found(sections, count, found)) {
        m->stale = true;
        arena_clear(&scratch);
        return ESI_OK;
    }
    if (rc == ESI_OK) {
        esi_store_document d = *found;
        d.sections = sections;
        d.section_count = count;
        rc = stored_read(&d, m->desk->embedder.info.dimensions, &document, err);
    }
    arena_clear(&scratch);
    return rc == ESI_OK ? add(m, number, document, err) : rc;
}

/* A document that wasn't found: what refers to it needs to know its sections. */
static esi_err add_place(struct making *m, uint32_t number, esi_error *err) {
    const struct index_document_view v = index_document_at(m->catalogue->index, number);
    if (has_document(m, number) || m->count - m->candidates >= REFERRED_MAX) {
        return ESI_OK;
    }
    const struct index *index = m->catalogue->index;
    esi_arena scratch = {0};
    struct index_document *document = NULL;
    uint32_t first;
    uint32_t count;
    index_document_sections(index, number, &first, &count);
    struct index_section_in *sections = ARENA_ARRAY(&scratch, count, struct index_section_in);
    for (uint32_t i = 0; sections && i < count; i++) {
        sections[i] = (struct index_section_in){.id = index_section_id(index, first + i),
                                                .heading = index_section_heading(index, first + i),
                                                .unread = true};
    }
    const struct index_document_in in = {.id = v.id,
                                         .source = v.source,
                                         .title = v.title,
                                         .version = v.version,
                                         .updated = v.updated,
                                         .language = v.language,
                                         .meta = v.meta,
                                         .standing = v.standing,
                                         .roles = v.roles,
                                         .sections = sections,
                                         .section_count = count};
    const esi_err rc =
        sections ? index_document_create(&in, 0, &document, err) : fail_memory(err, ORIGIN);
    arena_clear(&scratch);
    return rc == ESI_OK ? add(m, number, document, err) : rc;
}

/* What the documents that were found refer to, and what holds in their place. */
static esi_err add_referred(struct making *m, esi_error *err) {
    const struct index *index = m->catalogue->index;
    esi_err rc = ESI_OK;
    m->candidates = m->count;
    for (size_t i = 0; rc == ESI_OK && i < m->candidates; i++) {
        const uint32_t newer = m->catalogue->standing[m->numbers[i]].superseded_by;
        esi_arena scratch = {0};
        struct meta meta;
        rc = newer != KNOWLEDGE_NOBODY ? add_place(m, newer, err) : ESI_OK;
        if (rc == ESI_OK) {
            rc = meta_decode(index_document_at(index, m->numbers[i]).meta, &scratch, &meta, err);
        }
        for (size_t k = 0; rc == ESI_OK && k < meta.refer_count; k++) {
            uint32_t other;
            if (index_find_document(index, meta.refers[k].id, &other)) {
                rc = add_place(m, other, err);
            }
        }
        arena_clear(&scratch);
    }
    for (size_t i = 0; rc == ESI_OK && i < m->catalogue->ruling_count; i++) {
        rc = add_place(m, index_section_document(index, m->catalogue->rulings[i]), err);
    }
    return rc;
}

/* ---- the snapshot ---------------------------------------------------------------------------- */

/* The number here of a document of the catalogue. */
static uint32_t here(const struct making *m, const struct index *index, uint32_t number) {
    uint32_t at;
    if (number == KNOWLEDGE_NOBODY ||
        !index_find_document(index, index_document_at(m->catalogue->index, number).id, &at)) {
        return KNOWLEDGE_NOBODY;
    }
    return at;
}

/* What the catalogue says of the documents, by their numbers here. */
static void carry_over(const struct making *m, struct snapshot *s) {
    const struct snapshot *all = m->catalogue;
    for (size_t i = 0; i < m->count; i++) {
        const uint32_t at = here(m, s->index, m->numbers[i]);
        if (at != KNOWLEDGE_NOBODY) {
            s->standing[at] = all->standing[m->numbers[i]];
            s->standing[at].superseded_by = here(m, s->index, s->standing[at].superseded_by);
        }
    }
    for (size_t i = 0; i < all->ruling_count; i++) {
        const uint32_t number = index_section_document(all->index, all->rulings[i]);
        const uint32_t at = here(m, s->index, number);
        uint32_t first;
        uint32_t mine;
        uint32_t count;
        index_document_sections(all->index, number, &first, &count);
        if (at != KNOWLEDGE_NOBODY) {
            index_document_sections(s->index, at, &mine, &count);
            s->rulings[s->ruling_count++] = mine + (all->rulings[i] - first);
        }
    }
    s->meanings = all->meanings;
    s->meaning_count = all->meaning_count;
    s->site = all->site;
    s->stale = m->stale;
}

/* Takes the index's count over, also on failure. */
static esi_err wrap(const struct making *m, struct index *index, struct snapshot **out,
                    esi_error *err) {
    struct snapshot *s = calloc(1, sizeof(*s));
    struct knowledge_standing *rows = calloc(index_documents(index) + 1, sizeof(*rows));
    if (!s || !rows) {
        index_unref(index);
        free(rows);
        free(s);
        return fail_memory(err, ORIGIN);
    }
    for (size_t i = 0; i < index_documents(index); i++) {
        rows[i].superseded_by = KNOWLEDGE_NOBODY;
    }
    s->index = index;
    s->standing = rows;
    carry_over(m, s);
    s->from = m->catalogue;
    atomic_fetch_add_explicit(&m->catalogue->refs, 1, memory_order_relaxed);
    atomic_init(&s->refs, 1);
    *out = s;
    return ESI_OK;
}

static esi_err build(struct making *m, const esi_store_found *found, struct snapshot **out,
                     esi_error *err) {
    struct index *index = NULL;
    struct index_count *counts = ARENA_ARRAY(&m->memory, found->word_count, struct index_count);
    esi_err rc =
        counts ? index_build(NULL, NULL, 0, m->documents, m->count, found->version, 0, &index, err)
               : fail_memory(err, ORIGIN);
    for (size_t i = 0; rc == ESI_OK && i < found->word_count; i++) {
        counts[i] =
            (struct index_count){view_of(found->words[i].name), (uint32_t)found->words[i].count};
    }
    if (rc == ESI_OK) {
        rc = index_set_collection(index, index_sections(m->catalogue->index), counts,
                                  found->word_count, err);
    }
    if (rc != ESI_OK) {
        index_unref(index);
        return rc;
    }
    return wrap(m, index, out, err);
}

/* ---- the search ------------------------------------------------------------------------------ */

static void forget_documents(struct making *m) {
    for (size_t i = 0; i < m->count; i++) {
        index_document_unref(m->documents[i]);
    }
    m->count = 0;
    m->stale = false;
}

static esi_err ask_store(struct making *m, const struct lookup_in *in, const float *vector,
                         esi_store_found *found, esi_error *err) {
    esi_desk *desk = m->desk;
    esi_store *store = NULL;
    const char *words = arena_str(&m->memory, in->words);
    esi_err rc = words ? desk_store(desk, &store, err) : fail_memory(err, ORIGIN);
    if (rc != ESI_OK) {
        return rc;
    }
    const esi_store_search query = {
        .words = words,
        .language = in->language,
        .vector = vector,
        .dimensions = desk->embedder.info.dimensions,
        .role = 1u << in->role,
        .most = (int32_t)in->most,
        .sections = (int64_t)index_sections(m->catalogue->index),
        .version = index_version(m->catalogue->index),
    };
    return desk->store_ops->kb_search(store, desk->settings.collection, &query, &in->wait,
                                      &m->memory, take_found, m, found, err);
}

/* Is it the store's vectors that it fails for, maybe? */
static bool may_do_without(esi_err rc) {
    return rc != ESI_OK && rc != ESI_EUNAVAILABLE && rc != ESI_ETIMEOUT && rc != ESI_ECANCELLED &&
           rc != ESI_ENOMEM;
}

static esi_err search(struct making *m, const struct lookup_in *in, esi_store_found *found,
                      esi_error *err) {
    esi_error why = {0};
    esi_err rc = ask_store(m, in, in->vector, found, &why);
    if (may_do_without(rc) && in->vector) {
        log_warn(&m->desk->settings.log, ORIGIN, in->request_id,
                 "the store could not search its vectors, words alone are used: %s", why.message);
        forget_documents(m);
        rc = ask_store(m, in, NULL, found, &why);
    }
    if (rc != ESI_OK && err) {
        *err = why;
    }
    return rc;
}

esi_err far_snapshot(esi_desk *desk, struct snapshot *now, struct lookup_in *in, esi_arena *arena,
                     struct snapshot **out, esi_error *err) {
    if (!now->light) {
        atomic_fetch_add_explicit(&now->refs, 1, memory_order_relaxed);
        *out = now;
        return ESI_OK;
    }
    struct making *m = ARENA_NEW(arena, struct making);
    esi_store_found found = {0};
    if (!m) {
        return fail_memory(err, ORIGIN);
    }
    m->desk = desk;
    m->catalogue = now;
    m->documents = ARENA_ARRAY(&m->memory, DOCUMENTS_MAX, struct index_document *);
    m->numbers = ARENA_ARRAY(&m->memory, DOCUMENTS_MAX, uint32_t);
    in->vector = lookup_embed(desk, in, arena);
    in->embedded = true;
    esi_err rc = m->documents && m->numbers ? search(m, in, &found, err) : fail_memory(err, ORIGIN);
    if (rc == ESI_OK) {
        rc = add_referred(m, err);
    }
    if (rc == ESI_OK) {
        rc = build(m, &found, out, err);
    }
    forget_documents(m);
    arena_clear(&m->memory);
    return rc;
}
