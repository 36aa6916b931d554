/* former.h: makes a store as one that was filled with another model: its vectors are gone. */
#ifndef ESIHELP_TESTS_FORMER_H
#define ESIHELP_TESTS_FORMER_H

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "store/store.h"
#include "tap.h"

#define FORMER_COLLECTION "esihelp"

struct former {
    const esi_store_ops *ops;
    esi_store *store;
    esi_wait wait;
    esi_arena arena;
    int64_t version;
    esi_store_space space;
};

/* Opens the store and reads what its collection holds. */
static inline struct former former_open(const char *path) {
    struct former f = {.wait = wait_for_ms(60000, NULL)};
    const esi_store_config config = {.size = sizeof(config), .url = path, .wait = f.wait};
    ck_assert_int_eq(store_find(path, &f.ops, NULL), ESI_OK);
    ck_assert_int_eq(f.ops->open(&config, &f.store, NULL), ESI_OK);
    ck_assert_int_eq(f.ops->kb_version(f.store, FORMER_COLLECTION, &f.wait, &f.arena, &f.version,
                                       &f.space, NULL),
                     ESI_OK);
    return f;
}

static inline void former_close(struct former *f) {
    f->ops->close(f->store);
    arena_clear(&f->arena);
}

static inline void former_make(const char *path, const char *model) {
    struct former f = former_open(path);
    const esi_store_space space = {model, 8};
    ck_assert_int_eq(
        f.ops->kb_respace(f.store, FORMER_COLLECTION, f.version, &space, NULL, 0, &f.wait, NULL),
        ESI_OK);
    former_close(&f);
}

#endif
