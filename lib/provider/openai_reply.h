/* openai_reply.h: reads a reply to a request for an answer as its bytes come: streamed, or whole
 * where an endpoint does as it likes. Tells what the model wrote and how it ended; what that is
 * worth is for openai_answer. Pure. */
#ifndef ESIHELP_PROVIDER_OPENAI_REPLY_H
#define ESIHELP_PROVIDER_OPENAI_REPLY_H

#include <esihelp/sys/backend.h>

#include "base/str.h"
#include "provider/sse.h"

#define REPLY_MAX ((size_t)2 << 20) /* bytes of a whole reply, and of one event of a stream */

enum reply_finish {
    REPLY_UNFINISHED,
    REPLY_STOPPED, /* by itself */
    REPLY_LENGTH,
    REPLY_FILTER,
    REPLY_GIVEN_UP /* the endpoint says that it broke off */
};

enum reply_form { REPLY_UNKNOWN, REPLY_STREAM, REPLY_WHOLE };

/* In tokens, as the endpoint counts. */
struct reply_usage {
    bool said;
    int64_t input, cached, output;
};

struct reply {
    enum reply_finish finish;
    struct reply_usage usage;
    struct buf content; /* what the model wrote; whoever takes it empties it */
    struct buf model;   /* who answers, by its own account; empty: it doesn't say */
    struct buf refusal; /* what the model says about why it won't */
    struct buf error;   /* an error that came in place of the rest, as JSON; empty: none */
    bool any;           /* it is a reply of this API, at least in part */
    bool ended;         /* its end is there, whether a finish was told or not */
    size_t pieces;      /* in which the model's text came */

    /* openai_reply's own */
    enum reply_form form;
    uint32_t half;             /* of a pair of surrogates */
    struct buf before, behind; /* its text, in the last event of a stream: most are alike */
    struct sse sse;
    struct buf whole;
};

void reply_init(struct reply *r);
void reply_clear(struct reply *r);
/* Reads the next bytes. Errors: ESI_ETOOBIG, ESI_ENOMEM. */
esi_err reply_take(struct reply *r, struct view bytes, esi_error *err) ESI_MUST_CHECK;
/* There are no more. Errors as above. */
esi_err reply_end(struct reply *r, esi_error *err) ESI_MUST_CHECK;

#endif
