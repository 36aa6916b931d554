#include "desk/respace.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "desk/embed.h"

#define ORIGIN "desk/respace"

/* The new vectors, until they are written together. */
struct gathering {
    const struct model *model;
    const esi_wait *wait;
    esi_arena memory; /* ids and vectors */
    esi_store_vector *vectors;
    size_t count, capacity;
};

static esi_err gather_one(struct gathering *g, const esi_store_section *s, esi_error *err) {
    const size_t dimensions = (size_t)g->model->info.dimensions;
    if (g->count == g->capacity) {
        const size_t capacity = 2 * g->capacity + 64;
        esi_store_vector *grown = realloc(g->vectors, capacity * sizeof(*grown));
        if (!grown) {
            return fail_memory(err, ORIGIN);
        }
        g->vectors = grown;
        g->capacity = capacity;
    }
    float *vector = ARENA_ARRAY(&g->memory, dimensions, float);
    const char *id = arena_str(&g->memory, view_of(s->id));
    if (!vector || !id) {
        return fail_memory(err, ORIGIN);
    }
    memcpy(vector, s->vector, dimensions * sizeof(*vector));
    g->vectors[g->count++] = (esi_store_vector){id, vector};
    return ESI_OK;
}

static esi_err gather(const esi_store_document *document, bool gone, void *context,
                      esi_error *err) {
    struct gathering *g = context;
    if (gone) {
        return ESI_OK;
    }
    esi_arena scratch = {0};
    esi_store_document record = *document;
    esi_err rc = embed_document(g->model, &record, g->wait, &scratch, err);
    for (size_t i = 0; rc == ESI_OK && i < record.section_count; i++) {
        rc = gather_one(g, &record.sections[i], err);
    }
    arena_clear(&scratch);
    return rc;
}

esi_err respace_run(const struct respace *what, const esi_wait *wait, size_t *count,
                    esi_error *err) {
    const esi_provider_info *info = &what->model->info;
    const esi_store_space space = {info->embedding_model, info->dimensions};
    struct gathering g = {.model = what->model, .wait = wait};
    int64_t version = 0;
    esi_err rc =
        what->ops->kb_changes(what->store, what->collection, 0, wait, gather, &g, &version, err);
    if (rc == ESI_OK) {
        rc = what->ops->kb_respace(what->store, what->collection, version, &space, g.vectors,
                                   g.count, wait, err);
    }
    if (rc == ESI_OK) {
        *count = g.count;
    }
    arena_clear(&g.memory);
    free(g.vectors);
    return rc;
}
