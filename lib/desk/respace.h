/* respace.h: a store that was filled by an earlier release holds vectors of its local model. They
 * are made anew by this one's, which needs nobody but this process. */
#ifndef ESIHELP_DESK_RESPACE_H
#define ESIHELP_DESK_RESPACE_H

#include <esihelp/sys/store.h>

#include "desk/model.h"

struct respace {
    const esi_store_ops *ops;
    esi_store *store;
    const char *collection;
    const struct model *model;
};

/* All vectors of the collection by that model, written together; *count: how many. Errors: those of
 * the store and the model; ESI_ECONFLICT where documents, or another desk's vectors, came
 * meanwhile. */
esi_err respace_run(const struct respace *what, const esi_wait *wait, size_t *count,
                    esi_error *err) ESI_MUST_CHECK;

#endif
