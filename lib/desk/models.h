/* models.h: who writes a desk's answers, and who makes its vectors. */
#ifndef ESIHELP_DESK_MODELS_H
#define ESIHELP_DESK_MODELS_H

#include "desk/desk.h"

/* Opens both. stored: what the collection's vectors are of (model NULL: it has none, or it isn't
 * known): where the settings don't say who makes vectors, those who made these go on. `as_told`:
 * they don't, whatever is stored. Errors: those of the options and of the providers. */
esi_err models_open(esi_desk *desk, const esi_store_space *stored, bool as_told,
                    esi_error *err) ESI_MUST_CHECK;
void models_close(esi_desk *desk);

/* How many endpoints they have, and how those are; strings from the arena. */
esi_err models_endpoints(esi_desk *desk, esi_arena *arena, const esi_endpoint_health *const **out,
                         size_t *out_count, esi_error *err) ESI_MUST_CHECK;

#endif
