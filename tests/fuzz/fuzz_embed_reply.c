/* A reply of vectors gives each text a vector of length one, or is bad; and it never gives one that
 * wasn't asked for. */
#include "fuzz.h"

#include <math.h>
#include <string.h>

#include "base/vector.h"
#include "provider/embed_reply.h"

#define COUNT 3
#define DIMENSIONS 4

static void read_as(struct view body, size_t count, int32_t dimensions) {
    const size_t room = dimensions > 0 ? (size_t)dimensions : VECTOR_DIMENSIONS_MAX;
    const struct embed_reply_in in = {body, count, dimensions};
    float *vectors = calloc(count * room, sizeof(*vectors));
    bool *seen = calloc(count, sizeof(*seen));
    struct embed_reply reply = {-7, -7};
    FUZZ_HOLDS(vectors != NULL && seen != NULL);
    const esi_err rc = embed_reply_read(&in, vectors, seen, &reply, NULL);
    FUZZ_HOLDS(rc == ESI_OK || rc == ESI_EUPSTREAM || (rc == ESI_EDIM && dimensions >= 0));
    FUZZ_HOLDS(reply.tokens >= -1);
    const size_t has = rc == ESI_OK ? (size_t)reply.dimensions : 0;
    FUZZ_HOLDS(rc != ESI_OK || (has > 0 && has <= room && (dimensions == 0 || has == room)));
    for (size_t i = 0; rc == ESI_OK && i < count; i++) {
        const float *v = vectors + i * has;
        FUZZ_HOLDS(seen[i]);
        FUZZ_HOLDS(fabsf(vector_dot(v, v, has) - 1.0f) < 1e-3f);
    }
    free(vectors);
    free(seen);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *copy = malloc(size > 0 ? size : 1); /* a byte too far is seen */
    FUZZ_HOLDS(copy != NULL);
    memcpy(copy, data, size);
    const struct view body = {copy, size};
    read_as(body, COUNT, DIMENSIONS);
    read_as(body, 1, DIMENSIONS);
    read_as(body, 1, 0);
    free(copy);
    return 0;
}
