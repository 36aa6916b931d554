/* fill.h: sections that have no vector yet get theirs: what the live space misses is the queue, and
 * each batch is committed, so that whoever is stopped, or killed, goes on where it was. Of several
 * that would fill one collection, in as many processes, one does. */
#ifndef ESIHELP_DESK_FILL_H
#define ESIHELP_DESK_FILL_H

#include <esihelp/sys/store.h>

#include "desk/budget.h"
#include "desk/model.h"
#include "desk/vectors.h"

struct fill {
    const esi_store_ops *ops;
    esi_store *store;
    const char *collection;
    const struct model *model;
    struct budget *budget; /* what the model costs is told to it; NULL: to nobody */
    /* How long it goes on trying where nothing comes of it: an endpoint that is away, a limit,
     * another who fills. 0: not at all. */
    int64_t patience_ms;
    /* Told before each step: how many of those that had no vector have one. NULL: nobody listens.
     * What isn't ESI_OK ends it. */
    esi_err (*on_step)(void *context, int64_t done, int64_t total, esi_error *err);
    void *context;
    esi_logger log;
};

struct fill_result {
    struct vectors_count counted;
    int64_t put;     /* vectors that sections got by this call */
    int64_t pending; /* sections that have none */
    bool busy;       /* another fills */
    esi_error why; /* why they have none, where it isn't for another; code ESI_OK: it isn't known */
};

/* An endpoint that can't be reached, or refuses, is no error: `pending` tells. Results are set in
 * any case. Errors: those of the store, ESI_EDIM (the model makes others), ESI_ENOMEM,
 * ESI_ECANCELLED, those of on_step. */
esi_err fill_run(const struct fill *what, const esi_wait *wait, struct fill_result *out,
                 esi_error *err) ESI_MUST_CHECK;

#endif
