#include "desk/models.h"

#include <stddef.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "provider/offline.h"
#include "provider/provider.h"

#define ORIGIN "desk/models"
#define OPEN_LIMIT_MS 10000

static esi_err open_model(const esi_provider_ops *ops, const esi_provider_config *config,
                          struct model *out, esi_error *err) {
    struct model model = {.ops = ops};
    const esi_err rc = ops->open(config, &model.self, err);
    if (rc == ESI_OK) {
        ops->info(model.self, &model.info);
        *out = model;
    }
    return rc;
}

static esi_err find_provider(const struct settings *s, const esi_provider_ops **out,
                             esi_error *err) {
    if (s->provider_ops) {
        *out = s->provider_ops;
        return ESI_OK;
    }
    const esi_err rc = provider_find(s->provider, out, err);
    if (rc == ESI_EUNSUPPORTED && !s->provider_named) {
        /* A key in the environment is no order: the program may have it for other reasons. */
        log_warn(&s->log, ORIGIN, NULL,
                 "this build has no provider \"%s\"; answers are made offline", s->provider);
        *out = &offline_ops;
        return ESI_OK;
    }
    return rc;
}

/* ---- who makes vectors ----------------------------------------------------------------------- */

static bool is_endpoints(const struct settings *s, const esi_provider_ops *ops) {
    return !s->provider_ops && strcmp(ops->name, "openai") == 0;
}

/* The local model, beside one that only writes: where it is told so, and where it made what the
 * collection has and nobody says otherwise. */
static bool is_local_beside(const struct settings *s, const esi_provider_ops *ops,
                            const esi_store_space *stored) {
    if (s->embedding_provider) {
        return strcmp(s->embedding_provider, "offline") == 0;
    }
    return is_endpoints(s, ops) && !s->embedding_model && stored->model &&
           offline_made(stored->model);
}

/* A model that isn't named is the stored one, where endpoints aren't told of one by one. */
static void name_stored(const struct settings *s, const esi_store_space *stored, bool as_told,
                        esi_provider_config *config) {
    config->stored_model = stored->model;
    config->stored_dimensions = stored->dimensions;
    if (!as_told && !s->embedding_model && !s->endpoints && stored->model &&
        !offline_made(stored->model)) {
        config->embedding_model = stored->model;
    }
}

struct choice {
    const struct settings *settings;
    const esi_provider_config *config;
    bool local;
};

static esi_err open_embedder(const struct choice *c, const struct model *writer, struct model *out,
                             esi_error *err) {
    const struct settings *s = c->settings;
    if (!c->local && writer->ops->embed && writer->info.embedding_model) {
        *out = *writer;
        return ESI_OK;
    }
    const esi_provider_ops *ops = &offline_ops;
    esi_provider_config own = *c->config;
    if (c->local) {
        own.dimensions = 0; /* it was said of the endpoint's */
    }
    if (!c->local && s->embedding_provider && !s->provider_ops) {
        const esi_err rc = provider_find(s->embedding_provider, &ops, err);
        if (rc != ESI_OK) {
            return rc;
        }
    }
    return open_model(ops, &own, out, err);
}

static esi_err open_both(const struct models_in *in, esi_arena *scratch, struct model *writer,
                         struct model *embedder, esi_error *err) {
    static const esi_store_space none = {0};
    const struct settings *s = in->settings;
    const esi_wait wait = wait_for_ms(OPEN_LIMIT_MS, NULL);
    const esi_provider_ops *ops = NULL;
    esi_provider_config config;
    esi_err rc = find_provider(s, &ops, err);
    if (rc == ESI_OK) {
        rc = options_provider(s, &wait, scratch, &config, err);
    }
    if (rc != ESI_OK) {
        return rc;
    }
    const bool local = is_local_beside(s, ops, in->as_told ? &none : &in->stored);
    name_stored(s, &in->stored, in->as_told, &config);
    esi_provider_config writing = config;
    if (local && is_endpoints(s, ops)) {
        writing.embedding_model = ""; /* it makes none */
    }
    rc = open_model(ops, &writing, writer, err);
    return rc == ESI_OK ? open_embedder(&(struct choice){s, &config, local}, writer, embedder, err)
                        : rc;
}

esi_err models_open(const struct models_in *in, struct model *writer, struct model *embedder,
                    esi_error *err) {
    esi_arena scratch = {0};
    const esi_err rc = open_both(in, &scratch, writer, embedder, err);
    arena_clear(&scratch);
    return rc;
}

void models_close(struct model *writer, struct model *embedder) {
    if (embedder->ops && embedder->self != writer->self) {
        embedder->ops->close(embedder->self);
    }
    if (writer->ops) {
        writer->ops->close(writer->self);
    }
}

bool models_is_offline(const struct model *model) {
    return model->ops == &offline_ops;
}

/* ---- how their endpoints are ----------------------------------------------------------------- */

static esi_err ask_endpoints(const struct model *model, esi_arena *arena,
                             const esi_endpoint_state **out, size_t *out_count, esi_error *err) {
    const esi_provider_ops *ops = model->ops;
    const bool has = ops &&
                     ops->size >= offsetof(esi_provider_ops, endpoints) + sizeof(ops->endpoints) &&
                     ops->endpoints;
    *out_count = 0;
    return has ? ops->endpoints(model->self, arena, out, out_count, err) : ESI_OK;
}

static void copy_state(const esi_endpoint_state *from, esi_endpoint_health *to) {
    *to = (esi_endpoint_health){.name = from->name,
                                .model = from->model,
                                .embeds = from->embeds,
                                .resting = from->resting,
                                .rest_ms = from->rest_ms,
                                .requests = from->requests,
                                .failures = from->failures,
                                .repeats = from->repeats,
                                .lost = from->lost,
                                .in_flight = from->in_flight,
                                .problem = from->problem};
}

esi_err models_endpoints(const struct model *writer, const struct model *embedder, esi_arena *arena,
                         struct models_endpoints *out, esi_error *err) {
    const esi_endpoint_state *writes = NULL, *embeds = NULL;
    size_t writing = 0, embedding = 0;
    esi_err rc = ask_endpoints(writer, arena, &writes, &writing, err);
    if (rc == ESI_OK && embedder->self != writer->self) {
        rc = ask_endpoints(embedder, arena, &embeds, &embedding, err);
    }
    if (rc != ESI_OK) {
        return rc;
    }
    const size_t count = writing + embedding;
    const esi_endpoint_health **list = ARENA_ARRAY(arena, count, const esi_endpoint_health *);
    esi_endpoint_health *rows = ARENA_ARRAY(arena, count, esi_endpoint_health);
    if (!list || !rows) {
        return fail_memory(err, ORIGIN);
    }
    for (size_t i = 0; i < count; i++) {
        copy_state(i < writing ? &writes[i] : &embeds[i - writing], &rows[i]);
        list[i] = &rows[i];
    }
    *out = (struct models_endpoints){list, count};
    return ESI_OK;
}
