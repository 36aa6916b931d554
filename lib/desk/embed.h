/* embed.h: vectors for the sections of a document. */
#ifndef ESIHELP_DESK_EMBED_H
#define ESIHELP_DESK_EMBED_H

#include <esihelp/sys/store.h>

#include "base/arena.h"
#include "desk/model.h"

/* Gives every section of the record its vector, in `arena`. Errors: those of the provider. */
esi_err embed_document(const struct model *model, esi_store_document *record, const esi_wait *wait,
                       esi_arena *arena, esi_error *err) ESI_MUST_CHECK;

#endif
