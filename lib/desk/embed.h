/* embed.h: vectors for sections, of a document at hand or of a store. */
#ifndef ESIHELP_DESK_EMBED_H
#define ESIHELP_DESK_EMBED_H

#include <esihelp/sys/store.h>

#include "base/arena.h"
#include "desk/model.h"

/* Gives every section of the record its vector, in `arena`. Errors: those of the provider. */
esi_err embed_document(const struct model *model, esi_store_document *record, const esi_wait *wait,
                       esi_arena *arena, esi_error *err) ESI_MUST_CHECK;

/* The vectors of sections that a store holds. Errors: those of the provider. */
esi_err embed_passages(const struct model *model, const esi_store_passage *passages, size_t count,
                       const esi_wait *wait, esi_arena *arena, esi_store_vector **out,
                       esi_error *err) ESI_MUST_CHECK;

#endif
