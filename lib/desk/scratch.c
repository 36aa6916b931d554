#include "desk/scratch.h"

#include "base/arena.h"
#include "base/clock.h"
#include "store/store.h"

#define COPY_LIMIT_MS 600000

struct copy {
    const esi_store_ops *ops;
    esi_store *into;
    const char *collection;
    esi_store_space space;
    esi_wait wait;
};

static esi_err copy_document(const esi_store_document *document, bool gone, void *context,
                             esi_error *err) {
    const struct copy *copy = context;
    if (gone) {
        return ESI_OK;
    }
    return copy->ops->kb_upsert(copy->into, copy->collection, &copy->space, document,
                                clock_now_ms(), &copy->wait, err);
}

static esi_err copy_all(const esi_store_ops *ops, esi_store *from, struct copy *copy,
                        esi_error *err) {
    esi_arena memory = {0};
    int64_t version = 0;
    esi_err rc =
        ops->kb_version(from, copy->collection, &copy->wait, &memory, &version, &copy->space, err);
    if (rc == ESI_OK && copy->space.model) {
        rc = ops->kb_changes(from, copy->collection, 0, &copy->wait, copy_document, copy, &version,
                             err);
    }
    arena_clear(&memory);
    return rc;
}

esi_err scratch_open(const struct settings *settings, const esi_store_ops **ops, esi_store **out,
                     esi_error *err) {
    struct copy copy = {.collection = settings->collection,
                        .wait = wait_for_ms(COPY_LIMIT_MS, NULL)};
    esi_store_config config = options_store(settings, &copy.wait);
    config.read_only = true;
    config.migrate = false;
    esi_store *from = NULL;
    esi_err rc = store_find(":memory:", &copy.ops, err);
    if (rc == ESI_OK) {
        rc = (*ops)->open(&config, &from, err);
    }
    if (rc == ESI_OK) {
        config.url = ":memory:";
        config.read_only = false;
        config.migrate = true;
        rc = copy.ops->open(&config, &copy.into, err);
    }
    if (rc == ESI_OK) {
        rc = copy_all(*ops, from, &copy, err);
    }
    if (from) {
        (*ops)->close(from);
    }
    if (rc != ESI_OK) {
        if (copy.into) {
            copy.ops->close(copy.into);
        }
        return rc;
    }
    *ops = copy.ops;
    *out = copy.into;
    return ESI_OK;
}
