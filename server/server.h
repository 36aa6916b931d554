/* server.h: the service: a desk, its sockets, and their orderly end. */
#ifndef ESIHELP_SERVER_SERVER_H
#define ESIHELP_SERVER_SERVER_H

#include <esihelp/esihelp.h>
#include <stdatomic.h>
#include <stdint.h>

#include "caller.h"
#include "http.h"

/* What all calls share. Written before the first call and by the atomics only. */
struct server {
    esi_desk *desk;
    struct http *http;
    int threads;

    bool trust_gateway;
    const char *gateway_secret; /* NULL: none is asked for */
    struct gateways *gateways;
    bool local_only; /* listens on the loopback, without a gateway in front */

    esi_cancel *cancel;   /* ends calls that outlast a stop's patience */
    atomic_bool stopping; /* nothing new is begun */
    atomic_int running;   /* handlers that haven't answered yet */
    atomic_uint_fast64_t calls;
    uint64_t birth; /* makes request ids differ from those of another start */
};

#endif
