/* dialect.h: which of the API's optional parts an endpoint understands, learned from its refusals.
 * It is asked for the best form first; what it refuses is left out from then on. Pure. */
#ifndef ESIHELP_PROVIDER_DIALECT_H
#define ESIHELP_PROVIDER_DIALECT_H

#include "provider/api_error.h"

/* Bits of what is left out or replaced; 0: everything is asked for. */
enum dialect {
    DIALECT_NO_SCHEMA = 1,      /* json_object in place of json_schema */
    DIALECT_NO_JSON = 2,        /* neither: the schema stands in the prompt */
    DIALECT_OLD_MAX_TOKENS = 4, /* max_tokens in place of max_completion_tokens */
    DIALECT_NO_USAGE = 8,       /* no stream_options */
    DIALECT_NO_STREAM = 16,
    DIALECT_NO_TEMPERATURE = 32,
    DIALECT_NO_DIMENSIONS = 64, /* of vectors */
    DIALECT_NO_BASE64 = 128,
    DIALECT_NO_SYSTEM = 256 /* the rules stand at the head of the first turn */
};

/* What to ask for next after a refusal of a request that was written so, one part less: what the
 * refusal names first, else the next of a fixed order. The same dialect where the refusal isn't
 * about the form, or nothing is left to leave out. embeds: of a request for vectors.
 *
 * A refusal that names no part may have a reason of its own: what it leads to is worth remembering
 * once a request that was written so was answered. */
unsigned dialect_after(unsigned dialect, int status, const struct api_error *error, bool embeds);

#endif
