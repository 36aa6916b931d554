/* openai_body.h: what is sent to ask for an answer. Pure. */
#ifndef ESIHELP_PROVIDER_OPENAI_BODY_H
#define ESIHELP_PROVIDER_OPENAI_BODY_H

#include <esihelp/sys/provider.h>

#include "base/str.h"

#define BODY_MAX ((size_t)8 << 20)

struct answer_body {
    const esi_answer_request *request;
    const char *model;
    struct view schema; /* of the reply, as JSON */
    unsigned dialect;   /* dialect.h: what is left out */
    bool stream;
};

/* Adds it to `out`, whose failure tells. The same words come out for the same request, and turns of
 * one role begin alike, so that endpoints can keep what they made of the beginning. */
void answer_body_write(const struct answer_body *body, struct buf *out);

#endif
