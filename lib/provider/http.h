/* http.h: requests to endpoints, over one loop of libcurl on a thread of its own. The sole user of
 * libcurl. It sends what it is told, once: whether to try again is retry's to say. */
#ifndef ESIHELP_PROVIDER_HTTP_H
#define ESIHELP_PROVIDER_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <esihelp/sys/backend.h>

#include "base/str.h"

struct http;        /* the loop, its connections, its thread */
struct http_waiter; /* a thread that waits for its calls */
struct http_call;   /* one request and its reply */

esi_err http_create(esi_logger log, struct http **out, esi_error *err) ESI_MUST_CHECK;
/* No call is in it any more. NULL does nothing. */
void http_free(struct http *http);

/* Where requests go, and by which way. It outlives the calls to it. */
struct http_place {
    const char *url;
    const char *ca_file;                  /* NULL: the system's */
    const char *client_cert, *client_key; /* NULL: none */
    const char *proxy, *no_proxy;         /* NULL: what the environment says */
    bool insecure;                        /* never set by default: any certificate will do */
};

struct http_field {
    const char *name;
    const char *value; /* may be a secret: it is never logged and stands in no message */
};

/* Lives until http_finish. */
struct http_request {
    const struct http_place *place;
    const struct http_field *fields;
    size_t field_count;
    struct view body;   /* a POST; empty: a GET */
    size_t reply_max;   /* bytes of the reply's body */
    int64_t connect_ms; /* until a connection is there */
    int64_t first_ms;   /* from sending to the reply's first byte; 0: as long as the wait lasts */
    int64_t silence_ms; /* longest silence within a reply; 0: as long as the wait lasts */
    bool fresh; /* on a new connection: a kept one was just lost, and the others may be, too */
};

/* How a call ended. What retry needs to know: may the endpoint have worked on it? */
enum http_end {
    HTTP_UNDER_WAY,
    HTTP_WHOLE,     /* status and body are all there */
    HTTP_NOT_SENT,  /* no connection: nothing arrived there */
    HTTP_IDLE_LOST, /* a kept connection was closed before a byte of the reply: libcurl would have
                       sent it again by itself, and was stopped */
    HTTP_LOST,      /* it was sent, and the reply is missing or cut */
    HTTP_SILENT,    /* first_ms or silence_ms was up */
    HTTP_TOO_BIG,   /* more than reply_max */
    HTTP_REFUSED    /* what can't be done at any time: a bad address, a bad certificate file */
};

/* A waiter serves the calls of one thread, one wait for all of them. */
esi_err http_waiter_create(const esi_wait *wait, struct http_waiter **out,
                           esi_error *err) ESI_MUST_CHECK;
/* Its calls are finished. */
void http_waiter_free(struct http_waiter *waiter);
/* Blocks until one of its calls has news, until `until_ns` on the monotonic clock, or until its
 * wait is over: false then (time, or the switch). true also where it was only `until_ns`. */
bool http_waiter_wait(struct http_waiter *waiter, int64_t until_ns);

/* Sends it. Never blocks. Errors: ESI_ENOMEM. */
esi_err http_start(struct http *http, const struct http_request *request,
                   struct http_waiter *waiter, struct http_call **out,
                   esi_error *err) ESI_MUST_CHECK;

struct http_news {
    int status;          /* 0: not yet */
    struct view bytes;   /* of the body, since the last take; valid until the next one */
    enum http_end end;   /* HTTP_UNDER_WAY: more may come */
    const char *problem; /* of an end that isn't HTTP_WHOLE: one line without secrets */
    bool sent;           /* the request left, at least in part */
};
void http_take(struct http_call *call, struct http_news *out);
/* A field of the reply by its name in small letters; NULL: none. Once the status is known; valid
 * until http_finish. Fields are kept up to 16 KB. */
const char *http_reply_field(struct http_call *call, const char *name);
/* Ends it at once where it is under way, and frees it. Did the request leave, at least in part?
 * NULL does nothing and answers no. */
bool http_finish(struct http_call *call);

struct http_counts {
    int64_t sent;        /* requests that left */
    int64_t stopped;     /* libcurl's own resends that were stopped */
    int64_t connections; /* made */
    int64_t in_flight;
};
struct http_counts http_counts(struct http *http);

#endif
