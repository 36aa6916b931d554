/* call.h: one request on its way through the service. */
#ifndef ESIHELP_SERVER_CALL_H
#define ESIHELP_SERVER_CALL_H

#include <esihelp/esihelp.h>

#include "body.h"
#include "http.h"
#include "outbuf.h"

struct server;
struct route;

#define CALL_ID_MAX 128 /* bytes of X-Request-Id and of an id in the path */

/* Made on the handler's stack by routes.c; each handler reads it and answers once. */
struct call {
    struct exchange *exchange;
    struct server *server;
    esi_desk *desk;
    const struct route *route; /* NULL until one was found */

    char request_id[CALL_ID_MAX + 1];
    char id[CALL_ID_MAX + 1]; /* the {id} of the path */
    bool head;                /* HEAD: no body in the answer */

    /* Who is calling; see caller.h. */
    esi_role role;    /* never ESI_ROLE_NONE */
    const char *user; /* NULL: nobody by name */
    bool role_given;  /* X-Role said it, so that a body can't */
    bool trusted;     /* the caller is the gateway */

    struct body *body; /* of a POST */
    bool unread;       /* bytes of the body are still on the wire */
    bool last;         /* what follows on the connection can't be read: close it */

    int status; /* of the answer; 0 until there is one */
};

#endif
