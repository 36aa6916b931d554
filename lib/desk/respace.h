/* respace.h: a collection moves to the embedding space of another model. The new vectors are made
 * beside those that serve, a few at a time; whoever is stopped in between goes on where it was. */
#ifndef ESIHELP_DESK_RESPACE_H
#define ESIHELP_DESK_RESPACE_H

#include <esihelp/sys/store.h>

#include "desk/model.h"

struct respace {
    const esi_store_ops *ops;
    esi_store *store;
    const char *collection;
    const struct model *model;
    /* Told before each step; NULL: nobody listens. What isn't ESI_OK ends it. */
    esi_err (*on_step)(void *context, int64_t done, int64_t total, esi_error *err);
    void *context;
};

/* What became of it, also after an error. */
struct respace_result {
    int64_t made;  /* vectors, by this call */
    int64_t total; /* sections that had none in the new space, as far as is known */
    bool swapped;  /* the collection is in the new space by this call */
};

/* Gives every section its vector of that model, then makes their space the collection's. Documents
 * may come meanwhile. The former space stays. Errors: those of the store and the model. */
esi_err respace_run(const struct respace *what, const esi_wait *wait, struct respace_result *out,
                    esi_error *err) ESI_MUST_CHECK;

#endif
