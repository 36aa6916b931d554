/* desk.c: opens the parts of a desk in order and closes them in reverse. */
#include "desk/desk.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/os.h"
#include "desk/models.h"
#include "desk/scratch.h"
#include "store/store.h"

#define ORIGIN "desk/desk"
#define OPEN_LIMIT_MS 60000

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

/* Vectors that are paid for: those of questions are kept for a while; those of documents may be
 * missing, and are made, but for trials. */
static esi_err open_vectors(esi_desk *desk, esi_error *err) {
    const struct settings *s = &desk->settings;
    const struct filler_setup setup = {.ops = desk->store_ops,
                                       .store = &desk->store,
                                       .knowledge = desk->knowledge,
                                       .collection = s->collection,
                                       .model = &desk->embedder,
                                       .budget = desk->budget,
                                       .ingests = &desk->ingests,
                                       .log = s->log};
    if (desk->embedder.info.local) {
        return ESI_OK;
    }
    const esi_err rc =
        questions_create((size_t)desk->embedder.info.dimensions, &desk->questions, err);
    return rc != ESI_OK || s->read_only || s->scratch ? rc
                                                      : filler_start(&setup, &desk->filler, err);
}

/* The models, once it is known what the collection's vectors are of. A store that isn't there yet
 * (open_degraded) has no say. */
static esi_err open_models(esi_desk *desk, bool as_told, esi_error *err) {
    const esi_wait wait = wait_for_ms(OPEN_LIMIT_MS, NULL);
    esi_store *store = atomic_load(&desk->store);
    struct models_in in = {.settings = &desk->settings, .as_told = as_told};
    esi_arena scratch = {0};
    esi_err rc = ESI_OK;
    if (store) {
        int64_t version;
        rc = desk->store_ops->kb_version(store, desk->settings.collection, &wait, &scratch,
                                         &version, &in.stored, err);
    }
    if (rc == ESI_EUNAVAILABLE && desk->settings.open_degraded) {
        in.stored = (esi_store_space){0};
        rc = ESI_OK;
    }
    if (rc == ESI_OK) {
        rc = models_open(&in, &desk->writer, &desk->embedder, err);
        desk->embedder_is_offline = models_is_offline(&desk->embedder);
    }
    arena_clear(&scratch);
    return rc;
}

static esi_err open_parts(esi_desk *desk, esi_error *err) {
    esi_err rc = gate_create(&desk->gate, err);
    if (rc == ESI_OK) {
        rc = read_policy(desk, err);
    }
    if (rc == ESI_OK) {
        rc = budget_create(&desk->settings, &desk->budget, err);
    }
    if (rc == ESI_OK) {
        rc = store_find(desk->settings.store, &desk->store_ops, err);
    }
    if (rc == ESI_OK) {
        rc = open_store(desk, err);
        if (rc == ESI_EUNAVAILABLE && desk->settings.open_degraded) {
            log_warn(&desk->settings.log, ORIGIN, NULL, "opened without its store; tried again");
            rc = ESI_OK;
        }
    }
    if (rc == ESI_OK) {
        rc = open_models(desk, false, err);
    }
    if (rc == ESI_OK) {
        rc = open_knowledge(desk, err);
    }
    return rc == ESI_OK ? open_vectors(desk, err) : rc;
}

static esi_err open_by(const esi_options *options, esi_err (*open)(esi_desk *desk, esi_error *err),
                       esi_desk **out, esi_error *err) {
    esi_desk *desk = calloc(1, sizeof(*desk));
    if (!desk) {
        return fail_memory(err, ORIGIN);
    }
    atomic_init(&desk->store, NULL);
    atomic_init(&desk->ingests, 0);
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
    esi_err rc = store_find(desk->settings.store, &desk->store_ops, err);
    if (rc == ESI_OK) {
        rc = open_store(desk, err);
    }
    return rc == ESI_OK ? open_models(desk, true, err) : rc;
}

esi_err desk_open_bare(const esi_options *options, esi_desk **out, esi_error *err) {
    return open_by(options, open_bare, out, err);
}

void esi_desk_close(esi_desk *desk) {
    if (!desk) {
        return;
    }
    filler_free(desk->filler);
    questions_free(desk->questions);
    knowledge_free(desk->knowledge);
    esi_store *store = atomic_load(&desk->store);
    if (store) {
        desk->store_ops->close(store);
    }
    models_close(&desk->writer, &desk->embedder);
    policy_free(desk->policy);
    gate_free(desk->gate);
    budget_free(desk->budget);
    arena_clear(&desk->memory);
    free(desk);
}
