/* embed_reply.h: reads an endpoint's vectors. Pure.
 *
 *   {"data":[{"index":0,"embedding":[0.1,...]},...],"usage":{"prompt_tokens":8}}
 *
 * An embedding is a list of numbers or base64 of float32, little-endian. A vector in another's
 * place is worse than none: where an index is missing, twice or out of range, where a vector is of
 * another length, zero or no number, the whole reply is bad. */
#ifndef ESIHELP_PROVIDER_EMBED_REPLY_H
#define ESIHELP_PROVIDER_EMBED_REPLY_H

#include <esihelp/sys/backend.h>

#include "base/str.h"

/* Bytes that a vector may take in a reply, as numbers with all the digits that are usual. */
#define EMBED_REPLY_BYTES(dimensions) ((size_t)(dimensions)*32 + 1024)

struct embed_reply_in {
    struct view body;
    size_t count;       /* vectors that were asked for */
    int32_t dimensions; /* 0: of one vector, as many as it has, up to VECTOR_DIMENSIONS_MAX */
};

struct embed_reply {
    int32_t dimensions;
    int64_t tokens; /* that were charged; -1: it doesn't say. Also of a bad reply */
};

/* Puts the vectors, scaled to length 1, into count x dimensions floats by their index. `seen` is
 * count bools for its own use. Errors: ESI_EUPSTREAM, ESI_EDIM (another length than asked for). */
esi_err embed_reply_read(const struct embed_reply_in *in, float *vectors, bool *seen,
                         struct embed_reply *out, esi_error *err) ESI_MUST_CHECK;

#endif
