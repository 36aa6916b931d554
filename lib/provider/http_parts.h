/* http_parts.h: what the http files share. Nobody else includes it, only it includes libcurl. */
#ifndef ESIHELP_PROVIDER_HTTP_PARTS_H
#define ESIHELP_PROVIDER_HTTP_PARTS_H

#include <stdatomic.h>

#include <curl/curl.h>

#include "base/cancel.h"
#include "base/os.h"
#include "provider/http.h"

/* What a call holds of its reply until somebody takes it; more, and its transfer is paused. */
#define HTTP_HELD_MAX 65536
/* The fields of a reply: what is kept of them, and what is read of them before it is too much. */
#define HTTP_FIELDS_KEPT 16384
#define HTTP_FIELDS_MAX 65536
/* Handles that wait for their next call. */
#define HTTP_SPARE_MAX 256
#define HTTP_PROBLEM_SIZE 128
/* What libcurl reads at once. Answers come in small pieces; each call under way has one such. */
#define HTTP_READ_SIZE 8192
#define HTTP_NO_SOCKET (-1)

/* What a caller wants of the loop for one call. */
enum http_want { WANT_START = 1, WANT_MORE = 2, WANT_END = 4 };

struct http_waiter {
    struct os_mutex lock;
    struct os_bell bell;
    esi_wait wait;
    struct cancel_watch watch;
    bool asleep;        /* the bell is waited for */
    bool news;          /* since the last wait */
    atomic_int holders; /* the caller, and the loop as long as it has yet to signal */
    bool signalled;     /* the loop's: it will be, at the end of this round */
    struct http_waiter *next_signalled;
};

struct http_call {
    struct http *http;
    struct http_waiter *waiter;
    struct http_request request;

    /* From the caller to the loop. */
    atomic_uint wants;
    struct http_call *next_wanted;
    atomic_size_t taken_bytes; /* of the body, in all */

    /* From the loop to the caller, under the waiter's lock. */
    struct buf ready; /* not taken yet */
    int status;
    enum http_end end; /* once it is set, the loop is done with the call */
    bool sent, paused;
    bool let_go; /* the loop won't look at it again */
    char problem[HTTP_PROBLEM_SIZE];

    /* The caller's. */
    struct buf taken;
    bool was_paused;

    /* The loop's. `fields` is the caller's, too, once it has the status. */
    struct http_slot *slot;
    struct http_shard *shard;
    struct http_call *next, *prev; /* in flight */
    struct http_call *next_told;
    bool told;         /* the caller will hear of it at the end of this round */
    struct buf got;    /* bytes of this round */
    size_t got_bytes;  /* of the body, in all */
    struct buf fields; /* "name\0value\0", names in small letters */
    size_t field_bytes;
    int now_status; /* as of this round */
    enum http_end now_end;
    bool now_sent, now_paused, now_let_go;
    bool replied;     /* a byte of the reply came */
    bool streams;     /* events, as they happen */
    bool too_big;     /* the reply */
    bool tried_again; /* libcurl lost the connection before the reply began; */
    bool stopped;     /* and it was about to send the request again */
    bool fault;       /* memory ran out */
    int64_t sent_ns;  /* when */
    int64_t due_ns;   /* when it has waited too long for what comes next */

    struct curl_slist lines[]; /* the request's fields, with their text behind them */
};

/* A handle of libcurl, set up for one place. */
struct http_slot {
    CURL *easy;
    struct http *http;
    struct http_call *call;
    struct http_place place;
    char *text;     /* what the place's strings stand in */
    CURLcode setup; /* what libcurl says of that place */
    struct http_slot *next;
    char error[CURL_ERROR_SIZE];
};

/* Some of the calls and their connections. libcurl looks through all connections to a place for a
 * free one, so that thousands of them would cost each call more than its bytes do. The first ones
 * with room are filled first: few calls share few connections. */
#define HTTP_SHARDS 64
#define HTTP_SHARD_CALLS 100
struct http_shard {
    struct http *http;
    CURLM *multi;
    unsigned calls;
    int64_t due_ns; /* when libcurl wants to be called */
};

/* A socket of libcurl's; those that rest are in a queue. */
struct http_socket {
    struct http_shard *shard;
    unsigned wanted, polled; /* by libcurl; by the poller, which doesn't know of those that rest */
    bool rests, queued;
    int next;
    int64_t due_ns;
};

struct http {
    esi_logger log;
    struct os_mutex lock; /* of starting the thread */
    bool started;
    struct os_thread thread;
    struct os_waker waker;
    atomic_bool asleep; /* the loop, or about to be */
    atomic_bool stopping;
    _Atomic(struct http_call *) wanted; /* a stack */
    atomic_int_least64_t sent, stopped, connections, in_flight;

    /* The loop's. */
    struct os_poller poller;
    struct http_shard shards[HTTP_SHARDS];
    unsigned shard_count;
    CURLSH *share;
    int64_t now_ns;
    int64_t sweep_due_ns;        /* when a call may have waited too long */
    struct http_socket *sockets; /* by their numbers */
    size_t socket_room;
    int resting_first, resting_last;
    bool streamed;     /* the last look at a socket brought a part of a stream, */
    size_t look_bytes; /* and so much of bodies */
    struct http_call *calls;
    struct http_call *told;        /* calls with news */
    struct http_waiter *signalled; /* waiters that are to be woken */
    struct http_slot *spare;
    unsigned spare_count;
};

/* http.c: the loop's thread runs from now on. */
esi_err http_run(struct http *http, esi_error *err) ESI_MUST_CHECK;
/* Where another call has room; NULL: no memory. By the loop's thread. */
struct http_shard *http_shard(struct http *http);
/* Asks the loop for something. */
void http_want(struct http_call *call, unsigned want);
/* Its caller will hear of what is new. By the loop's thread. */
void http_tell(struct http_call *call);
/* When it has waited too long for what it waits for now. By the loop's thread. */
void http_expect(struct http_call *call, int64_t within_ms);

/* http_call.c: one holder less; the last one frees it. */
void http_waiter_drop(struct http_waiter *waiter);

/* http_socket.c, on the loop's thread. libcurl tells what it wants of a socket. */
int socket_changed(CURL *easy, curl_socket_t fd, int what, void *context, void *known);
/* libcurl has read from it: it rests where a stream only trickles. */
void socket_looked(struct http *http, int fd);
/* When the first rest ends; and ends those that are over. */
int64_t sockets_due(const struct http *http);
void sockets_rouse(struct http *http);

/* http_transfer.c, on the loop's thread. Puts a call under way, or ends it. */
void transfer_start(struct http *http, struct http_call *call);
/* Ends one that is under way, as libcurl says it ended. */
void transfer_done(struct http_call *call, CURLcode code);
/* Ends one that is under way. problem may be NULL. */
void transfer_end(struct http_call *call, enum http_end end, const char *problem);
void transfer_resume(struct http_call *call);
void transfer_free_spare(struct http *http);

#endif
