/* health.c: how a desk is, for a readiness check. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "desk/desk.h"
#include "desk/models.h"

#define ORIGIN "desk/health"
#define PROBE_LIMIT_MS 1000

struct health {
    esi_health health; /* first: the caller holds a pointer to it */
    esi_arena arena;
    char problem[ESI_ERROR_MESSAGE_MAX];
};

static void look_at_store(esi_desk *desk, struct health *h) {
    const esi_wait wait = wait_for_ms(PROBE_LIMIT_MS, NULL);
    esi_error why = {0};
    esi_store *store = NULL;
    esi_err rc = desk_store(desk, &store, &why);
    if (rc == ESI_OK) {
        rc = desk->store_ops->probe(store, &wait, &why);
    }
    h->health.store_ready = rc == ESI_OK;
    if (rc != ESI_OK) {
        memcpy(h->problem, why.message, sizeof(h->problem));
        h->health.problem = h->problem;
    }
}

static void look_at_knowledge(esi_desk *desk, struct health *h) {
    struct snapshot *snapshot = knowledge_snapshot(desk->knowledge);
    h->health.documents = (int64_t)index_documents(snapshot->index);
    h->health.sections = (int64_t)index_sections(snapshot->index);
    h->health.index_bytes = (int64_t)index_bytes(snapshot->index);
    h->health.unembedded = snapshot->light ? filler_pending(desk->filler) : snapshot->unembedded;
    snapshot_unref(snapshot);
}

esi_err esi_desk_health(esi_desk *desk, esi_health **out, esi_error *err) {
    if (!desk || !out) {
        return esi_fail(err, ESI_EINVAL, ORIGIN, "desk and out must not be NULL");
    }
    struct health *h = calloc(1, sizeof(*h));
    if (!h) {
        return fail_memory(err, ORIGIN);
    }
    look_at_store(desk, h);
    look_at_knowledge(desk, h);
    h->health.model_ready = desk->writer.ops->answer && desk->writer.info.chat_model;
    h->health.store = desk->store_ops->name;
    h->health.provider = desk->writer.info.name;
    struct models_endpoints endpoints;
    const esi_err rc = models_endpoints(&desk->writer, &desk->embedder, &h->arena, &endpoints, err);
    if (rc != ESI_OK) {
        esi_health_free(&h->health);
        return rc;
    }
    h->health.endpoints = endpoints.items;
    h->health.endpoint_count = endpoints.count;
    *out = &h->health;
    return ESI_OK;
}

void esi_health_free(esi_health *health) {
    if (health) {
        struct health *h = (struct health *)health;
        arena_clear(&h->arena);
        free(h);
    }
}
