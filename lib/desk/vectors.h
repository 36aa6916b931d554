/* vectors.h: vectors of texts. Those of a model that is paid for are made once: a text that had one
 * gets it from the store. What has none yet is sent in several requests at a time, and each reply
 * is kept before anything else is done with it: whatever happens then, it is there. */
#ifndef ESIHELP_DESK_VECTORS_H
#define ESIHELP_DESK_VECTORS_H

#include <esihelp/sys/store.h>

#include "base/arena.h"
#include "desk/model.h"

#define VECTORS_TEXTS_MAX 512 /* of one call */
#define VECTORS_BATCH 128     /* texts of a request */
#define VECTORS_AT_ONCE 3     /* requests */

struct vectors {
    const esi_store_ops *ops;
    esi_store *store; /* NULL: nothing is known, and nothing kept */
    const struct model *model;
    /* About every two seconds while it is waited for, on the calling thread; NULL: not wanted. */
    void (*beat)(void *context);
    void *context;
    void (*on_charge)(const esi_charge *charge,
                      void *context); /* by any thread; NULL: not wanted */
    void *charged;                    /* its context */
};

/* What became of texts; it adds up over calls. */
struct vectors_count {
    int64_t embedded; /* vectors that were made */
    int64_t reused;   /* that were there, for a text of this call or of an earlier one */
    int64_t tokens;   /* that were charged */
};

/* The vectors of at most VECTORS_TEXTS_MAX texts, in `arena`. After an error those that could be
 * had are there, the others are NULL. Errors: those of the model and the store. */
esi_err vectors_of(const struct vectors *v, const esi_text *texts, size_t count,
                   const esi_wait *wait, esi_arena *arena, const float **out,
                   struct vectors_count *counted, esi_error *err) ESI_MUST_CHECK;

/* Those of them that are known already; the others are NULL. */
esi_err vectors_known(const struct vectors *v, const esi_text *texts, size_t count,
                      const esi_wait *wait, esi_arena *arena, const float **out,
                      struct vectors_count *counted, esi_error *err) ESI_MUST_CHECK;

#endif
