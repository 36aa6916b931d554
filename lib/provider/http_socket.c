#include "provider/http.h"

#include <stdlib.h>

#include "base/clock.h"
#include "provider/http_parts.h"

/* A stream of events trickles: a few bytes for each word, a hundred times a second. Nobody reads an
 * answer that fast, so its socket rests for a while after each look, and what came meanwhile is
 * read at once. Rests end together, on a grid. */
#define REST_MS 40
#define GRID_MS 10
/* What a look has to bring for the next one to come at once. */
#define MUCH (HTTP_READ_SIZE / 2)

#define FIRST_ROOM 64

static bool make_room(struct http *http, int fd) {
    if ((size_t)fd < http->socket_room) {
        return true;
    }
    size_t room = http->socket_room < FIRST_ROOM ? FIRST_ROOM : http->socket_room;
    while (room <= (size_t)fd) {
        room *= 2;
    }
    struct http_socket *sockets = realloc(http->sockets, room * sizeof *sockets);
    if (sockets == NULL) {
        return false;
    }
    for (size_t i = http->socket_room; i < room; i++) {
        sockets[i] = (struct http_socket){.next = HTTP_NO_SOCKET};
    }
    http->sockets = sockets;
    http->socket_room = room;
    return true;
}

int socket_changed(CURL *easy, curl_socket_t fd, int what, void *context, void *known) {
    (void)easy;
    (void)known;
    struct http_shard *shard = context;
    struct http *http = shard->http;
    const unsigned wanted = what == CURL_POLL_IN      ? OS_READABLE
                            : what == CURL_POLL_OUT   ? OS_WRITABLE
                            : what == CURL_POLL_INOUT ? OS_READABLE | OS_WRITABLE
                                                      : 0;
    if (fd < 0 || !make_room(http, fd)) {
        return wanted == 0 ? 0 : -1;
    }
    struct http_socket *s = &http->sockets[fd];
    s->shard = shard;
    s->wanted = wanted;
    if (s->polled == wanted && !s->rests) {
        return 0;
    }
    if (!os_poller_want(&http->poller, fd, s->polled, wanted)) {
        return -1;
    }
    s->polled = wanted;
    s->rests = false;
    return 0;
}

void socket_looked(struct http *http, int fd) {
    if (!http->streamed || http->look_bytes >= MUCH || (size_t)fd >= http->socket_room) {
        return;
    }
    struct http_socket *s = &http->sockets[fd];
    if (s->wanted != OS_READABLE || s->rests) {
        return; /* the reply has ended, or there is more to do than to read */
    }
    (void)os_poller_want(&http->poller, fd, s->polled, 0);
    s->polled = 0;
    s->rests = true;
    const int64_t grid_ns = GRID_MS * NS_PER_MS;
    const int64_t due_ns = (http->now_ns + REST_MS * NS_PER_MS) / grid_ns * grid_ns;
    if (s->queued) {
        return; /* of an earlier rest that was cut short: this one ends with it */
    }
    s->queued = true;
    s->due_ns = due_ns;
    s->next = HTTP_NO_SOCKET;
    if (http->resting_first == HTTP_NO_SOCKET) {
        http->resting_first = fd;
    } else {
        http->sockets[http->resting_last].next = fd;
    }
    http->resting_last = fd;
}

int64_t sockets_due(const struct http *http) {
    return http->resting_first == HTTP_NO_SOCKET ? INT64_MAX
                                                 : http->sockets[http->resting_first].due_ns;
}

void sockets_rouse(struct http *http) {
    while (sockets_due(http) <= http->now_ns) {
        const int fd = http->resting_first;
        struct http_socket *s = &http->sockets[fd];
        http->resting_first = s->next;
        s->queued = false;
        if (s->rests) {
            s->rests = false;
            s->polled = os_poller_want(&http->poller, fd, 0, s->wanted) ? s->wanted : 0;
        }
    }
}
