/* filler.h: a thread of a desk that serves: what an ingest left without a vector, as its endpoint
 * was away, gets one behind the turns' backs. */
#ifndef ESIHELP_DESK_FILLER_H
#define ESIHELP_DESK_FILLER_H

#include "desk/fill.h"
#include "desk/knowledge.h"

struct filler_setup {
    const esi_store_ops *ops;
    _Atomic(esi_store *) *store; /* may be NULL until the store could be opened */
    struct knowledge *knowledge;
    const char *collection;
    const struct model *model;
    struct budget *budget;
    const atomic_int *ingests; /* of this desk, under way: they fill by themselves */
    esi_logger log;
};

struct filler;

/* What setup points to must outlive it. */
esi_err filler_start(const struct filler_setup *setup, struct filler **out,
                     esi_error *err) ESI_MUST_CHECK;
/* Ends what it is about, and it. NULL does nothing. */
void filler_free(struct filler *filler);
/* Sections without a vector, as far as it is known: of a catalogue, which doesn't tell. */
int64_t filler_pending(const struct filler *filler);

#endif
