#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "pg_proxy_parts.h"

#define CHUNK 16384
#define PENDING_MAX (1u << 20) /* nothing is read for a side that is so far behind */
#define HEED_MS 60000          /* until the thread has surely taken up a wish */

/* ---- sockets ------------------------------------------------------------------------------- */

static struct sockaddr_in address_of(int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static int bound_socket(int port) {
    const struct sockaddr_in address = address_of(port);
    const int one = 1;
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one) != 0 ||
        bind(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        if (fd >= 0) {
            close(fd);
        }
        return -1;
    }
    return fd;
}

static int listening_socket(int port) {
    const int fd = bound_socket(port);
    if (fd >= 0 && (listen(fd, 256) != 0 || fcntl(fd, F_SETFL, O_NONBLOCK) != 0)) {
        close(fd);
        return -1;
    }
    return fd;
}

static int dial(int port) {
    const struct sockaddr_in address = address_of(port);
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static void tune(int fd) {
    const int one = 1;
    (void)fcntl(fd, F_SETFL, O_NONBLOCK);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

/* ---- the thread ---------------------------------------------------------------------------- */

static void accept_one(struct pg_proxy *p) {
    const int fd = accept(p->listener, NULL, NULL);
    if (fd < 0) {
        return;
    }
    const int up = p->pair_count < PAIRS_MAX ? dial(p->upstream) : -1;
    struct pair *pair = up >= 0 ? calloc(1, sizeof *pair) : NULL;
    os_lock(&p->lock);
    p->counts.dialled++;
    os_unlock(&p->lock);
    if (pair == NULL) {
        close_hard(fd);
        if (up >= 0) {
            close(up);
        }
        return;
    }
    tune(fd);
    tune(up);
    pair->client.fd = fd;
    pair->server.fd = up;
    pair->asks.head_max = 8;
    pair->answers.head_max = 5;
    p->pairs[p->pair_count++] = pair;
}

/* Reads what one side says; an end of it ends the pair. */
static void listen_to(struct pg_proxy *p, struct pair *pair, bool client) {
    unsigned char bytes[CHUNK];
    const ssize_t n = recv(client ? pair->client.fd : pair->server.fd, bytes, sizeof bytes, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (n <= 0) {
        os_lock(&p->lock);
        end_pair(p, pair, pair->holds);
        os_unlock(&p->lock);
        return;
    }
    (client ? client_said : server_said)(p, pair, bytes, (size_t)n);
}

static struct pollfd poll_of(const struct side *side, const struct side *other, int64_t now_ns) {
    struct pollfd wish = {.fd = side->fd};
    wish.events |= other->out_n < PENDING_MAX ? POLLIN : 0;
    wish.events |= side->out_n > 0 && side->due_ns <= now_ns ? POLLOUT : 0;
    return wish;
}

static void serve_pair(struct pg_proxy *p, struct pair *pair, const struct pollfd ready[2]) {
    struct side *const sides[] = {&pair->client, &pair->server};
    for (int i = 0; i < 2 && !pair->dead; i++) {
        if ((ready[i].revents & POLLOUT) != 0 && !send_some(sides[i])) {
            os_lock(&p->lock);
            end_pair(p, pair, false);
            os_unlock(&p->lock);
        }
        if (!pair->dead && (ready[i].revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
            listen_to(p, pair, i == 0);
        }
    }
}

static void bury(struct pg_proxy *p) {
    size_t kept = 0;
    for (size_t i = 0; i < p->pair_count; i++) {
        struct pair *pair = p->pairs[i];
        if (pair->dead) {
            free(pair->client.out);
            free(pair->server.out);
            free(pair);
        } else {
            p->pairs[kept++] = pair;
        }
    }
    p->pair_count = kept;
}

/* What was wished of it from outside. False: to stop. */
static bool heed(struct pg_proxy *p, bool *out_stalled) {
    char byte;
    while (read(p->wake[0], &byte, 1) == 1) {
    }
    os_lock(&p->lock);
    for (size_t i = 0; i < p->pair_count && (p->cut_all || p->stop); i++) {
        end_pair(p, p->pairs[i], true);
    }
    p->cut_all = false;
    if (p->refuses && p->listener >= 0) {
        close(p->listener);
        p->listener = -1;
    } else if (!p->refuses && p->listener < 0) {
        p->listener = listening_socket(p->port);
    }
    *out_stalled = p->stalled;
    const bool goes_on = !p->stop;
    p->heeds = p->wishes;
    os_broadcast(&p->heeded);
    os_unlock(&p->lock);
    bury(p);
    return goes_on;
}

static int64_t due_in_ms(const struct pg_proxy *p, int64_t now_ns) {
    int64_t ms = 1000;
    for (size_t i = 0; i < p->pair_count; i++) {
        const struct side *client = &p->pairs[i]->client;
        const int64_t left = (client->due_ns - now_ns) / NS_PER_MS + 1;
        if (client->out_n > 0 && client->due_ns > now_ns && left < ms) {
            ms = left;
        }
    }
    return ms;
}

static void serve(struct pg_proxy *p, bool stalled, struct pollfd *fds) {
    const int64_t now_ns = esi_clock_ns();
    const size_t pairs = stalled ? 0 : p->pair_count;
    fds[0] = (struct pollfd){.fd = p->wake[0], .events = POLLIN};
    fds[1] = (struct pollfd){.fd = stalled ? -1 : p->listener, .events = POLLIN};
    for (size_t i = 0; i < pairs; i++) {
        struct pair *pair = p->pairs[i];
        fds[2 + 2 * i] = poll_of(&pair->client, &pair->server, now_ns);
        fds[3 + 2 * i] = poll_of(&pair->server, &pair->client, now_ns);
    }
    if (poll(fds, 2 + 2 * pairs, stalled ? 1000 : (int)due_in_ms(p, now_ns)) <= 0) {
        return;
    }
    for (size_t i = 0; i < pairs; i++) {
        serve_pair(p, p->pairs[i], &fds[2 + 2 * i]);
    }
    if ((fds[1].revents & POLLIN) != 0) {
        accept_one(p);
    }
}

static void run(void *context) {
    struct pg_proxy *p = context;
    bool stalled = false;
    struct pollfd *fds = calloc(2 + 2 * PAIRS_MAX, sizeof *fds);
    while (heed(p, &stalled) && fds != NULL) {
        serve(p, stalled, fds);
    }
    free(fds);
}

/* ---- from outside -------------------------------------------------------------------------- */

static int port_of(int fd) {
    struct sockaddr_in address = {0};
    socklen_t size = sizeof address;
    return getsockname(fd, (struct sockaddr *)&address, &size) == 0 ? ntohs(address.sin_port) : 0;
}

static void clear(struct pg_proxy *p) {
    const int fds[] = {p->wake[0], p->wake[1], p->holder, p->listener};
    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++) {
        if (fds[i] >= 0) {
            close(fds[i]);
        }
    }
    os_cond_clear(&p->heeded);
    os_mutex_clear(&p->lock);
    free(p);
}

struct pg_proxy *proxy_start(int upstream) {
    struct pg_proxy *p = calloc(1, sizeof *p);
    if (p == NULL || os_mutex_init(&p->lock, NULL) != ESI_OK) {
        free(p);
        return NULL;
    }
    if (os_cond_init(&p->heeded, NULL) != ESI_OK) {
        os_mutex_clear(&p->lock);
        free(p);
        return NULL;
    }
    p->upstream = upstream;
    p->holder = p->listener = -1;
    if (pipe(p->wake) != 0) {
        p->wake[0] = p->wake[1] = -1;
    }
    p->holder = bound_socket(0);
    p->port = p->holder >= 0 ? port_of(p->holder) : 0;
    p->listener = p->port > 0 ? listening_socket(p->port) : -1;
    if (p->wake[0] < 0 || p->listener < 0 || fcntl(p->wake[0], F_SETFL, O_NONBLOCK) != 0 ||
        os_thread_start(&p->thread, run, p, 0, NULL) != ESI_OK) {
        clear(p);
        return NULL;
    }
    return p;
}

/* Ends what os_lock began: from its return on, the thread does as wished. */
static void change(struct pg_proxy *p) {
    const char byte = 0;
    const int64_t wish = ++p->wishes;
    const int64_t until_ns = esi_clock_ns() + HEED_MS * NS_PER_MS;
    (void)!write(p->wake[1], &byte, 1);
    while (p->heeds < wish && os_cond_wait(&p->heeded, &p->lock, until_ns)) {
    }
    os_unlock(&p->lock);
}

void proxy_stop(struct pg_proxy *p) {
    if (p == NULL) {
        return;
    }
    os_lock(&p->lock);
    p->stop = true;
    change(p);
    os_thread_join(&p->thread);
    clear(p);
}

int proxy_port(const struct pg_proxy *p) {
    return p->port;
}

struct proxy_counts proxy_count(struct pg_proxy *p) {
    os_lock(&p->lock);
    const struct proxy_counts counts = p->counts;
    os_unlock(&p->lock);
    return counts;
}

static void set_cut(struct pg_proxy *p, int64_t n, bool trips, enum proxy_cut how) {
    os_lock(&p->lock);
    p->cut_in = n;
    p->cut_counts_trips = trips;
    p->cut_how = how;
    change(p);
}

void proxy_cut_message(struct pg_proxy *p, int64_t n, enum proxy_cut how) {
    set_cut(p, n, false, how);
}

void proxy_cut_trip(struct pg_proxy *p, int64_t n, enum proxy_cut how) {
    set_cut(p, n, true, how);
}

void proxy_cut_all(struct pg_proxy *p) {
    os_lock(&p->lock);
    p->cut_all = true;
    change(p);
}

void proxy_stall(struct pg_proxy *p, bool stalled) {
    os_lock(&p->lock);
    p->stalled = stalled;
    change(p);
}

void proxy_refuse(struct pg_proxy *p, bool refuses) {
    os_lock(&p->lock);
    p->refuses = refuses;
    change(p);
}

void proxy_delay(struct pg_proxy *p, int64_t ms) {
    os_lock(&p->lock);
    p->delay_ns = ms * NS_PER_MS;
    change(p);
}
