/* lookup.h: words to ranked sections: read the question against the snapshot, search by words and
 * vectors, fuse. The one path of turns and of searches. */
#ifndef ESIHELP_DESK_LOOKUP_H
#define ESIHELP_DESK_LOOKUP_H

#include "core/aim.h"
#include "core/fuse.h"
#include "desk/desk.h"

struct lookup_in {
    struct view words;
    const char *language;
    esi_act act; /* of a report what is wrong counts most; a question may ask what something is */
    esi_role role;
    size_t most; /* sections looked at by words, and as many by vectors */
    esi_wait wait;
    const char *request_id; /* for the log; NULL */
    const float *vector;    /* of the words, where they are embedded */
    bool embedded;          /* they were, or it was tried in vain */
    struct bill *bill;      /* of the turn that asks; NULL: none does */
};

struct lookup {
    struct aim aim;           /* what of the words is asked, and of what */
    struct index_query query; /* its vector is NULL where the model couldn't be reached */
    struct fused *hits;       /* best first */
    size_t hit_count;
    bool trained_vectors; /* the vectors are those of a trained model */
};

/* The vector of the words in the arena, or NULL where the model can't be reached. */
const float *lookup_embed(const esi_desk *desk, const struct lookup_in *in, esi_arena *arena);

/* Results are in `arena`. A model that can't be reached is no error: words alone answer then. */
esi_err lookup_run(const esi_desk *desk, const struct index *index, const struct lookup_in *in,
                   esi_arena *arena, struct lookup *out, esi_error *err) ESI_MUST_CHECK;
/* Its first half, before the hits are looked at more closely. */
esi_err lookup_search(const esi_desk *desk, const struct index *index, const struct lookup_in *in,
                      esi_arena *arena, struct lookup *out, esi_error *err) ESI_MUST_CHECK;

#endif
