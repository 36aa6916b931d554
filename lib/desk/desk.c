/* desk.c: opens the parts of a desk in order and closes them in reverse. */
#include "desk/desk.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/os.h"
#include "desk/scratch.h"
#include "provider/offline.h"
#include "provider/provider.h"
#include "store/store.h"

#define ORIGIN "desk/desk"
#define OPEN_LIMIT_MS 60000
#define PROBE_LIMIT_MS 1000

/* ---- the store ------------------------------------------------------------------------------- */

esi_err desk_store(esi_desk *desk, esi_store **out, esi_error *err) {
    esi_store *store = atomic_load_explicit(&desk->store, memory_order_acquire);
    if (!store) {
        return esi_fail(err, ESI_EUNAVAILABLE, ORIGIN,
                        "the store could not be reached yet; it is tried again by itself");
    }
    *out = store;
    return ESI_OK;
}

esi_err desk_store_to_write(esi_desk *desk, esi_store **out, esi_error *err) {
    if (desk->settings.read_only) {
        return esi_fail(err, ESI_EREADONLY, ORIGIN,
                        "this desk was opened read-only; open it without read_only to write");
    }
    return desk_store(desk, out, err);
}

/* A copy that isn't whole is nobody's desk: what were written to it, the copying would remove. */
static esi_err refuse_half_a_copy(const esi_store_ops *ops, esi_store *store, const esi_wait *wait,
                                  esi_error *err) {
    esi_store_copy *copy = NULL;
    bool marked = false;
    if (!ops->copy) {
        return ESI_OK;
    }
    esi_err rc = ops->copy->begin(store, false, wait, &copy, err);
    if (rc == ESI_OK) {
        rc = ops->copy->marked(copy, wait, &marked, err);
        ops->copy->end(copy);
    }
    if (rc == ESI_OK && marked) {
        rc =
            esi_fail(err, ESI_ECONFLICT, ORIGIN,
                     "the store is a copy that isn't whole: run \"esihelp copy\" again, which goes "
                     "on with it");
    }
    return rc;
}

static esi_err open_store(void *context, esi_error *err) {
    esi_desk *desk = context;
    const esi_wait wait = wait_for_ms(OPEN_LIMIT_MS, NULL);
    const esi_store_config config = options_store(&desk->settings, &wait);
    esi_store *store = NULL;
    esi_err rc;
    if (desk->settings.scratch) {
        rc = scratch_open(&desk->settings, &desk->store_ops, &store, err);
    } else {
        rc = desk->store_ops->open(&config, &store, err);
        if (rc == ESI_OK) {
            rc = refuse_half_a_copy(desk->store_ops, store, &wait, err);
        }
    }
    if (rc != ESI_OK && store) {
        desk->store_ops->close(store);
    }
    if (rc == ESI_OK) {
        atomic_store_explicit(&desk->store, store, memory_order_release);
    }
    return rc;
}

/* ---- the models ------------------------------------------------------------------------------ */

static esi_err open_model(const esi_desk *desk, const esi_provider_ops *ops, struct model *out,
                          esi_error *err) {
    const struct settings *s = &desk->settings;
    const esi_provider_config config = {.size = sizeof(config),
                                        .api_key = s->api_key,
                                        .base_url = s->base_url,
                                        .chat_model = s->chat_model,
                                        .embedding_model = s->embedding_model,
                                        .dimensions = s->embedding_dimensions,
                                        .context = s->provider_context,
                                        .log = s->log};
    struct model model = {.ops = ops};
    const esi_err rc = ops->open(&config, &model.self, err);
    if (rc == ESI_OK) {
        ops->info(model.self, &model.info);
        *out = model;
    }
    return rc;
}

static esi_err find_provider(esi_desk *desk, const esi_provider_ops **out, esi_error *err) {
    const struct settings *s = &desk->settings;
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

static esi_err open_models(esi_desk *desk, esi_error *err) {
    const esi_provider_ops *ops = NULL;
    esi_err rc = find_provider(desk, &ops, err);
    if (rc == ESI_OK) {
        rc = open_model(desk, ops, &desk->writer, err);
    }
    if (rc != ESI_OK) {
        return rc;
    }
    if (ops->embed && desk->writer.info.embedding_model) {
        desk->embedder = desk->writer;
    } else {
        rc = open_model(desk, &offline_ops, &desk->embedder, err);
    }
    desk->embedder_is_offline = desk->embedder.ops == &offline_ops;
    return rc;
}

static void close_models(esi_desk *desk) {
    if (desk->embedder.ops && desk->embedder.self != desk->writer.self) {
        desk->embedder.ops->close(desk->embedder.self);
    }
    if (desk->writer.ops) {
        desk->writer.ops->close(desk->writer.self);
    }
}

/* ---- the rules ------------------------------------------------------------------------------- */

static esi_err read_policy(esi_desk *desk, esi_error *err) {
    const char *path = desk->settings.policy;
    if (!path) {
        return policy_read((struct view){0}, "policy.json", &desk->policy, err);
    }
    struct buf text;
    buf_init(&text, POLICY_FILE_MAX);
    esi_err rc = os_read_file(path, POLICY_FILE_MAX, &text, err);
    if (rc == ESI_OK) {
        rc = policy_read(text.p ? buf_view(&text) : VIEW(""), path, &desk->policy, err);
    }
    buf_clear(&text);
    return rc;
}

/* ---- open and close -------------------------------------------------------------------------- */

static esi_err open_knowledge(esi_desk *desk, esi_error *err) {
    const struct settings *s = &desk->settings;
    const struct knowledge_setup setup = {.ops = desk->store_ops,
                                          .store = &desk->store,
                                          .reopen = open_store,
                                          .context = desk,
                                          .collection = s->collection,
                                          .embedder = &desk->embedder,
                                          .renews = desk->embedder_is_offline && !s->read_only,
                                          .memory = s->index_memory,
                                          .far = s->search_far,
                                          .refresh_ms = s->refresh_ms,
                                          .log = s->log};
    esi_err rc = knowledge_create(&setup, &desk->knowledge, err);
    if (rc == ESI_OK && atomic_load(&desk->store)) {
        const esi_wait wait = wait_for_ms(OPEN_LIMIT_MS, NULL);
        rc = knowledge_refresh(desk->knowledge, &wait, err);
    }
    if (rc == ESI_OK) {
        rc = knowledge_watch(desk->knowledge, err);
    }
    return rc;
}

/* The models, and whose store it is. */
static esi_err open_ground(esi_desk *desk, esi_error *err) {
    const esi_err rc = open_models(desk, err);
    return rc == ESI_OK ? store_find(desk->settings.store, &desk->store_ops, err) : rc;
}

static esi_err open_parts(esi_desk *desk, esi_error *err) {
    esi_err rc = gate_create(&desk->gate, err);
    if (rc == ESI_OK) {
        rc = read_policy(desk, err);
    }
    if (rc == ESI_OK) {
        rc = open_ground(desk, err);
    }
    if (rc == ESI_OK) {
        rc = open_store(desk, err);
        if (rc == ESI_EUNAVAILABLE && desk->settings.open_degraded) {
            log_warn(&desk->settings.log, ORIGIN, NULL, "opened without its store; tried again");
            rc = ESI_OK;
        }
    }
    return rc == ESI_OK ? open_knowledge(desk, err) : rc;
}

static esi_err open_by(const esi_options *options, esi_err (*open)(esi_desk *desk, esi_error *err),
                       esi_desk **out, esi_error *err) {
    esi_desk *desk = calloc(1, sizeof(*desk));
    if (!desk) {
        return fail_memory(err, ORIGIN);
    }
    atomic_init(&desk->store, NULL);
    esi_err rc = options_read(options, &desk->memory, &desk->settings, err);
    if (rc == ESI_OK) {
        rc = open(desk, err);
    }
    if (rc != ESI_OK) {
        esi_desk_close(desk);
        return rc;
    }
    *out = desk;
    return ESI_OK;
}

esi_err esi_desk_open(const esi_options *options, esi_desk **out, esi_error *err) {
    if (!out) {
        return esi_fail(err, ESI_EINVAL, ORIGIN, "out must not be NULL");
    }
    return open_by(options, open_parts, out, err);
}

static esi_err open_bare(esi_desk *desk, esi_error *err) {
    const esi_err rc = open_ground(desk, err);
    return rc == ESI_OK ? open_store(desk, err) : rc;
}

esi_err desk_open_bare(const esi_options *options, esi_desk **out, esi_error *err) {
    return open_by(options, open_bare, out, err);
}

void esi_desk_close(esi_desk *desk) {
    if (!desk) {
        return;
    }
    knowledge_free(desk->knowledge);
    esi_store *store = atomic_load(&desk->store);
    if (store) {
        desk->store_ops->close(store);
    }
    close_models(desk);
    policy_free(desk->policy);
    gate_free(desk->gate);
    arena_clear(&desk->memory);
    free(desk);
}

/* ---- how it is ------------------------------------------------------------------------------- */

struct health {
    esi_health health; /* first: the caller holds a pointer to it */
    char problem[ESI_ERROR_MESSAGE_MAX];
};

esi_err esi_desk_health(esi_desk *desk, esi_health **out, esi_error *err) {
    if (!desk || !out) {
        return esi_fail(err, ESI_EINVAL, ORIGIN, "desk and out must not be NULL");
    }
    struct health *h = calloc(1, sizeof(*h));
    if (!h) {
        return fail_memory(err, ORIGIN);
    }
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
    struct snapshot *snapshot = knowledge_snapshot(desk->knowledge);
    h->health.documents = (int64_t)index_documents(snapshot->index);
    h->health.sections = (int64_t)index_sections(snapshot->index);
    h->health.index_bytes = (int64_t)index_bytes(snapshot->index);
    snapshot_unref(snapshot);
    h->health.model_ready = desk->writer.ops->answer && desk->writer.info.chat_model;
    h->health.store = desk->store_ops->name;
    h->health.provider = desk->writer.info.name;
    *out = &h->health;
    return ESI_OK;
}

void esi_health_free(esi_health *health) {
    free(health);
}
