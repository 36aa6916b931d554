/* batch.h: documents on their way into the store. Where the store takes many at a time for less,
 * they wait for each other, within a limit of memory. */
#ifndef ESIHELP_DESK_BATCH_H
#define ESIHELP_DESK_BATCH_H

#include <esihelp/sys/store.h>

#include "base/arena.h"

struct batch {
    const esi_store_ops *ops;
    esi_store *store;
    const char *collection;
    esi_store_space space;
    esi_store_document *documents; /* that wait; in `memory` */
    size_t count, bytes;
    esi_arena memory;
};

/* Puts a document, or a copy of it aside; what it holds needn't live on. */
esi_err batch_put(struct batch *batch, const esi_store_document *document, const esi_wait *wait,
                  esi_error *err) ESI_MUST_CHECK;
/* Puts those that wait, all of them or none: what was told as read isn't given up by a cancel. */
esi_err batch_flush(struct batch *batch, esi_error *err) ESI_MUST_CHECK;
/* Forgets them. */
void batch_clear(struct batch *batch);

#endif
