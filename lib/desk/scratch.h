/* scratch.h: a store in memory that knows the documents of another one. */
#ifndef ESIHELP_DESK_SCRATCH_H
#define ESIHELP_DESK_SCRATCH_H

#include <esihelp/sys/store.h>

#include "desk/options.h"

/* Opens a store in memory and copies into it the documents of the settings' collection, out of the
 * settings' store, which is only read and closed again. ops: of that store; of the new one after
 * success. Errors: those of the stores. */
esi_err scratch_open(const struct settings *settings, const esi_store_ops **ops, esi_store **out,
                     esi_error *err) ESI_MUST_CHECK;

#endif
