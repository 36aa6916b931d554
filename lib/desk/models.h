/* models.h: who writes a desk's answers, and who makes its vectors. */
#ifndef ESIHELP_DESK_MODELS_H
#define ESIHELP_DESK_MODELS_H

#include <esihelp/sys/store.h>

#include "desk/model.h"
#include "desk/options.h"

struct models_in {
    const struct settings *settings;
    /* What the collection's vectors are of; model NULL: it has none, or it isn't known. Where the
     * settings don't say who makes vectors, those who made these go on, */
    esi_store_space stored;
    bool as_told; /* but not so */
};

/* The embedder may be the writer. On failure what was opened is to be closed, too. Errors: those of
 * the options and of the providers. */
esi_err models_open(const struct models_in *in, struct model *writer, struct model *embedder,
                    esi_error *err) ESI_MUST_CHECK;
void models_close(struct model *writer, struct model *embedder);

/* Is it the local one? */
bool models_is_offline(const struct model *model);

struct models_endpoints {
    const esi_endpoint_health *const *items;
    size_t count;
};
/* How their endpoints are; in the arena. */
esi_err models_endpoints(const struct model *writer, const struct model *embedder, esi_arena *arena,
                         struct models_endpoints *out, esi_error *err) ESI_MUST_CHECK;

#endif
