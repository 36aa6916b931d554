/* openai_batch.h: texts that go to an endpoint in one request, and their vectors. */
#ifndef ESIHELP_PROVIDER_OPENAI_BATCH_H
#define ESIHELP_PROVIDER_OPENAI_BATCH_H

#include "base/str.h"
#include "provider/openai_parts.h"

struct openai_batch {
    esi_provider *self;
    const struct view *texts;
    size_t count;
    float *vectors;     /* count x dimensions; VECTOR_DIMENSIONS_MAX where they aren't known */
    bool *seen;         /* count of them, for its own use */
    int32_t dimensions; /* 0: of one text, it is to be learned */
    bool as_known;      /* a refusal isn't of the form: others were tried before */

    /* What became of it. */
    struct endpoint *from; /* whose vectors they are */
    int32_t found;         /* their dimensions */
    int64_t tokens;        /* that were charged; -1: it didn't say */
    bool too_large;        /* it was refused as such: less of it may go through; */
    bool refused;          /* for another reason that other texts needn't have */

    unsigned dialect;             /* the last body was written in */
    unsigned tried;               /* what is left out of it beside what is known of */
    const struct endpoint *asked; /* this endpoint */
    bool whole;                   /* a good reply was read */
    struct buf reply;
};

/* Sends them until there is a good reply. Errors: ESI_ETOOBIG (too_large), those of embed. */
esi_err openai_batch_run(struct openai_batch *batch, const esi_wait *wait,
                         esi_error *err) ESI_MUST_CHECK;

#endif
