/* call.h: one question to a list of endpoints: sent to the first that isn't resting, sent again
 * where retry allows it, until there is a reply, no endpoint is left, or the wait is over. */
#ifndef ESIHELP_PROVIDER_CALL_H
#define ESIHELP_PROVIDER_CALL_H

#include "provider/endpoint.h"

/* What a reply was worth, by the one who reads it. With LIMITED, ELSEWHERE and NOWHERE err says
 * what was wrong. */
enum call_verdict {
    CALL_GOOD,      /* it is whole and right; of a status other than 200: that tells all there is */
    CALL_STOPPED,   /* the caller wants no more of it: the call is over, and went well */
    CALL_AGAIN,     /* refused for its form, and not worked on: send it here again, written anew */
    CALL_LIMITED,   /* a limit that came in another dress, as an error within a 200: as a 429 */
    CALL_ELSEWHERE, /* of no use, and it would be the same here: the next endpoint. err's
                       message is the endpoint's problem: for its operator, in a few words */
    CALL_NOWHERE,   /* no endpoint would do it: err is set. Says nothing against this one */
    CALL_BROKEN     /* cut or torn, and of no use: whether it is asked for again goes by its end */
};

#define CALL_TRIES_MAX 3     /* requests to one endpoint, of one call */
#define CALL_FORMS_MAX 10    /* and those that were refused for their form, beside them */
#define CALL_REQUESTS_MAX 24 /* to all of them */
#define CALL_REPLY_MAX (64u << 20)
#define CALL_ERROR_MAX (64u << 10)

struct call_reader {
    void *context;
    /* Writes the body for that endpoint, into an empty buffer. A new reply begins after it: what
     * was read of an earlier one is void. What take and end are given is of the endpoint that was
     * written for last, also where two were asked. */
    esi_err (*write)(struct endpoint *to, struct buf *body, void *context, esi_error *err);
    /* Bytes of a reply with status 200, as they come. CALL_GOOD: go on; else no more is read, and
     * end isn't asked. */
    enum call_verdict (*take)(struct view bytes, void *context, esi_error *err);
    /* The reply is whole, or (cut: true) what there is of one with status 200. `error_body`: the
     * body of another status, up to 64 KB. Asked for every reply that has a status. */
    enum call_verdict (*end)(struct endpoint *from, int status, struct view error_body, bool cut,
                             void *context, esi_error *err);
    /* A request was sent and given up, and nothing of a reply was read: it may have been worked on
     * all the same. NULL: not wanted. */
    void (*left)(struct endpoint *from, void *context);
    /* Text of this reply was given on: a new one has to be announced. Non-zero: don't. */
    bool (*given)(void *context);
    int (*restart)(void *context);
    int (*tick)(void *context); /* about once a second; NULL: not wanted; non-zero: CALL_STOPPED */
};

struct call {
    struct http *http;
    struct endpoints *endpoints;
    const struct call_reader *reader;
    size_t reply_max;    /* bytes of a reply; 0: CALL_REPLY_MAX */
    bool repeat_unknown; /* vectors: it changes nothing, and is asked for until it is there */
    int64_t hedge_ms;    /* 0: never two at once; else only before anything was given */
    esi_wait wait;
    esi_logger log;
};

/* *from: who gave the reply that counts. Errors: ESI_EUNAVAILABLE (nobody could be reached, or all
 * rest; retry_after_ms where it is known), ESI_EUPSTREAM (upstream_status: the last one's),
 * ESI_EDIM (the reader says so), ESI_ETIMEOUT, ESI_ECANCELLED, ESI_ENOMEM, and what the reader
 * says with CALL_NOWHERE. CALL_STOPPED is ESI_OK. */
esi_err call_run(const struct call *call, struct endpoint **from, esi_error *err) ESI_MUST_CHECK;

#endif
