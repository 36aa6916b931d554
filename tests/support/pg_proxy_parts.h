/* pg_proxy_parts.h: what the proxy's two files share.
 *
 *   pg_proxy.c       sockets, the thread, what is wished from outside
 *   pg_proxy_talk.c  messages, read as they are passed on, and where they are cut */
#ifndef ESIHELP_TESTS_PG_PROXY_PARTS_H
#define ESIHELP_TESTS_PG_PROXY_PARTS_H

#include "base/os.h"
#include "pg_proxy.h"

#define PAIRS_MAX 512

/* One end of a connection, and what is still to be sent to it. */
struct side {
    int fd;
    unsigned char *out;
    size_t out_n, out_max;
    int64_t due_ns; /* not before then */
};

/* Where in the stream of messages from one side we are. The first ones of a client have no type. */
struct reader {
    unsigned char head[8];
    size_t head_n, head_max;
    uint64_t left;      /* bytes of the body still to come */
    uint64_t pass;      /* of them, those that are passed on before the cut */
    unsigned char type; /* 0: none */
};

struct pair {
    struct side client, server;
    struct reader asks, answers;
    bool ready;         /* the server was ready once */
    bool one_byte;      /* the server's next byte is no message */
    bool parse;         /* the next byte is the first of a statement's name */
    int64_t open_trips; /* asked and not answered yet */
    bool cuts;          /* once `asks.pass` bytes have gone */
    bool holds;         /* what the server says is kept back until it is ready, then it's cut */
    bool dead;
};

struct pg_proxy {
    struct os_thread thread;
    struct os_mutex lock;
    struct os_cond heeded;
    int wake[2];
    int holder, listener; /* both on the port; the holder never listens */
    int port, upstream;
    /* below: under the lock */
    int64_t wishes, heeds; /* what was wished of it, and what of that it has taken up */
    bool stop, stalled, refuses, cut_all;
    int64_t delay_ns;
    int64_t cut_in; /* messages until the cut; 0: none */
    bool cut_counts_trips;
    enum proxy_cut cut_how;
    struct proxy_counts counts;
    /* below: the thread's own */
    struct pair *pairs[PAIRS_MAX];
    size_t pair_count;
};

/* What one side said. */
void client_said(struct pg_proxy *p, struct pair *pair, const unsigned char *bytes, size_t n);
void server_said(struct pg_proxy *p, struct pair *pair, const unsigned char *bytes, size_t n);
/* Sends what can be sent at once; false when the other end is gone. */
bool send_some(struct side *side);
/* The end of both connections; under the lock. */
void end_pair(struct pg_proxy *p, struct pair *pair, bool cut);
/* The other end is told at once, and what it hasn't read yet is lost. */
void close_hard(int fd);

#endif
