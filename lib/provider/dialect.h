/* dialect.h: which of the API's optional parts an endpoint understands, learned from its refusals.
 * It is asked for the best form first; what it refuses is left out from then on. Pure. */
#ifndef ESIHELP_PROVIDER_DIALECT_H
#define ESIHELP_PROVIDER_DIALECT_H

#include "base/arena.h"
#include "base/str.h"

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

/* What an error body says, where it follows the API or one of its usual variations. */
struct api_error {
    struct view message, type, code, param; /* decoded; in the arena; empty: not said */
};
esi_err api_error_read(struct view body, esi_arena *arena, struct api_error *out,
                       esi_error *err) ESI_MUST_CHECK;

/* What to try next after a 400 or 422 on a request that was written so; the same dialect where the
 * refusal isn't about the form. embeds: of a request for vectors. */
unsigned dialect_after(unsigned dialect, int status, const struct api_error *error, bool embeds);

/* Is it a refusal of a request as too large (context length, batch size, too many inputs)? */
bool api_error_too_large(int status, const struct api_error *error);
/* Is it a limit (quota, rate) or an overload, whatever its status? */
bool api_error_limited(int status, const struct api_error *error);
/* Is it the content filter? */
bool api_error_filtered(int status, const struct api_error *error);

#endif
