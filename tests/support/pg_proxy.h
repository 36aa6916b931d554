/* pg_proxy.h: stands between a client and a PostgreSQL server (or its pooler), counts what they say
 * to each other, and is the network that breaks.
 *
 * It is a thread of the test program. What goes through is read as messages of the wire protocol,
 * version 3, without TLS (sslmode=disable). Every call may come from any thread, and what it
 * asks for holds from its return on. */
#ifndef ESIHELP_TESTS_PG_PROXY_H
#define ESIHELP_TESTS_PG_PROXY_H

#include <stdbool.h>
#include <stdint.h>

struct pg_proxy;

/* Listens on a free port of 127.0.0.1, and dials that port of 127.0.0.1 for each that comes. NULL
 * where the system refuses. */
struct pg_proxy *proxy_start(int upstream);
/* Cuts what there is and ends the thread. NULL does nothing. */
void proxy_stop(struct pg_proxy *proxy);
int proxy_port(const struct pg_proxy *proxy);

struct proxy_counts {
    int64_t dialled;  /* connections that came */
    int64_t logins;   /* of them, those that the server was ready for */
    int64_t messages; /* from clients, after their login and but for their farewell */
    int64_t trips;    /* of them, those that a client waits after: Sync, Query, Flush, ... */
    int64_t named;    /* Parse messages with a name: statements that stay in the session */
    int64_t cuts;     /* connections that were cut */
};
struct proxy_counts proxy_count(struct pg_proxy *proxy);

/* Where a connection is cut. */
enum proxy_cut {
    CUT_BEFORE,  /* nothing of the message is passed on */
    CUT_MIDDLE,  /* one half of it */
    CUT_AFTER,   /* all of it, but no answer is */
    CUT_ANSWERED /* all of it, the server has answered it to its end, and nothing of that is */
};
/* Cuts the connection on which the n-th message from now comes, 1 being the next; 0: none. */
void proxy_cut_message(struct pg_proxy *proxy, int64_t n, enum proxy_cut how);
/* The same, but only messages that a client waits after count. */
void proxy_cut_trip(struct pg_proxy *proxy, int64_t n, enum proxy_cut how);
/* Cuts every connection there is. */
void proxy_cut_all(struct pg_proxy *proxy);

/* true: nothing is passed on any more, and nobody is told; what comes waits. */
void proxy_stall(struct pg_proxy *proxy, bool stalled);
/* true: who comes is refused; those that are there go on. */
void proxy_refuse(struct pg_proxy *proxy, bool refuses);
/* What the server says is passed on so much later. */
void proxy_delay(struct pg_proxy *proxy, int64_t ms);

#endif
