/* plain_server.h: a server of HTTP/1.1 on loopback that does what the path of a request says, a
 * thread for each connection. For tests of what happens below the API, which upstream.h speaks. */
#ifndef ESIHELP_TESTS_PLAIN_SERVER_H
#define ESIHELP_TESTS_PLAIN_SERVER_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/os.h"
#include "base/str.h"
#include "tap.h"

#define PLAIN_HALF "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"

struct plain_server {
    int fd, port;
    struct os_thread thread;
    atomic_int requests, connections, talking;
    atomic_bool stop, go; /* go: what /held and /stalled wait for */
    char url[64];
    pthread_mutex_t lock;
    char last[4096]; /* the head of the latest request */
};

struct plain_talk {
    struct plain_server *server;
    int fd;
    size_t used;
    bool lost; /* "/lost" was asked for: the next request meets a connection that is reset */
    char in[65536];
};

static inline void plain_say(int fd, const char *text, size_t size) {
    while (size > 0) {
        const ssize_t sent = send(fd, text, size, MSG_NOSIGNAL);
        if (sent <= 0) {
            return;
        }
        text += sent;
        size -= (size_t)sent;
    }
}

static inline void plain_text(int fd, const char *text) {
    plain_say(fd, text, strlen(text));
}

static inline void plain_reply(int fd, const char *status, const char *body, size_t size) {
    char head[256];
    const int n = snprintf(head, sizeof head,
                           "HTTP/1.1 %s\r\nContent-Type: text/plain\r\nX-Kind: Plain Reply \r\n"
                           "Content-Length: %zu\r\n\r\n",
                           status, size);
    plain_say(fd, head, (size_t)n);
    plain_say(fd, body, size);
}

static inline void plain_reset(int fd) {
    const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

/* Waits for `go`, or until the other side is gone. */
static inline void plain_hold(struct plain_talk *t, int64_t ms) {
    const int64_t until = esi_clock_ns() + ms * NS_PER_MS;
    while (!atomic_load(&t->server->stop) && !atomic_load(&t->server->go) &&
           esi_clock_ns() < until) {
        char c;
        if (recv(t->fd, &c, 1, MSG_PEEK | MSG_DONTWAIT) == 0) {
            return;
        }
        os_sleep(esi_clock_ns() + 2 * NS_PER_MS);
    }
}

static inline void plain_chunks(int fd, const char *body, size_t size, size_t step) {
    const char head[] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    plain_say(fd, head, sizeof head - 1);
    for (size_t i = 0; i < size; i += step) {
        char line[16];
        const size_t n = size - i < step ? size - i : step;
        plain_say(fd, line, (size_t)snprintf(line, sizeof line, "%zx\r\n", n));
        plain_say(fd, body + i, n);
        plain_text(fd, "\r\n");
    }
    plain_text(fd, "0\r\nX-Trailer: late\r\n\r\n");
}

static inline void plain_events(int fd, bool lost) {
    plain_text(fd, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
                   "Transfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 40; i++) {
        plain_text(fd, "e\r\ndata: a word\n\n\r\n");
        os_sleep(esi_clock_ns() + 2 * NS_PER_MS);
    }
    if (lost) {
        plain_reset(fd);
    } else {
        plain_text(fd, "0\r\n\r\n");
    }
}

static inline void plain_large(int fd, const char *path, bool chunked) {
    const size_t size = (size_t)strtoul(strchr(path, '=') + 1, NULL, 10);
    char *body = malloc(size + 1);
    memset(body, 'b', size);
    if (chunked) {
        plain_chunks(fd, body, size, 4096);
    } else {
        plain_reply(fd, "200 OK", body, size);
    }
    free(body);
}

/* A connection that ends with its reply, or before; false: that isn't asked. */
static inline bool plain_end(struct plain_talk *t, const char *path) {
    const int fd = t->fd;
    if (t->lost || strcmp(path, "/reset") == 0) {
        plain_reset(fd);
    } else if (strcmp(path, "/fin") == 0 || strcmp(path, "/rst") == 0) {
        plain_reply(fd, "200 OK", "bye", 3);
        if (path[1] == 'r') {
            os_sleep(esi_clock_ns() + 20 * NS_PER_MS); /* or the reply would be lost, too */
            plain_reset(fd);
        }
    } else if (strcmp(path, "/half") == 0 || strcmp(path, "/half-reset") == 0) {
        plain_text(fd, PLAIN_HALF);
        if (path[5] != '\0') {
            os_sleep(esi_clock_ns() + 20 * NS_PER_MS);
            plain_reset(fd);
        }
    } else if (strcmp(path, "/until-close") == 0) {
        plain_text(fd, "HTTP/1.1 200 OK\r\n\r\nall");
    } else if (strcmp(path, "/fields") == 0) {
        plain_text(fd, "HTTP/1.1 200 OK\r\n");
        for (int i = 0; i < 200000; i++) {
            plain_text(fd, "X-Much: of the same\r\n");
        }
    } else if (strcmp(path, "/rubbish") == 0) {
        plain_text(fd, "SSH-2.0-OpenSSH_9.2\r\n");
    } else {
        return false;
    }
    return true;
}

/* A reply that comes late, or not at all; false: that isn't asked. */
static inline bool plain_wait(struct plain_talk *t, const char *path) {
    if (strcmp(path, "/held") == 0) {
        plain_hold(t, 20000);
        plain_reply(t->fd, "200 OK", "late", 4);
    } else if (strcmp(path, "/stalled") == 0) {
        plain_text(t->fd, PLAIN_HALF);
        plain_hold(t, 20000);
        plain_text(t->fd, "after.");
    } else {
        return false;
    }
    return true;
}

static inline void plain_redirect(int fd, const char *to) {
    char head[256];
    (void)snprintf(head, sizeof head,
                   "HTTP/1.1 307 Temporary\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n", to);
    plain_text(fd, head);
}

/* One request; false: the connection is over. */
static inline bool plain_play(struct plain_talk *t, const char *path, const char *body,
                              size_t size) {
    const int fd = t->fd;
    if (plain_end(t, path)) {
        return false;
    }
    if (plain_wait(t, path)) {
        return true;
    }
    if (strcmp(path, "/echo") == 0) {
        plain_reply(fd, "200 OK", body, size);
    } else if (strcmp(path, "/bytes") == 0) {
        plain_chunks(fd, "one byte at a time", 18, 1);
    } else if (strncmp(path, "/events", 7) == 0) {
        plain_events(fd, path[7] != '\0');
        return path[7] == '\0';
    } else if (strncmp(path, "/large=", 7) == 0) {
        plain_large(fd, path, false);
    } else if (strncmp(path, "/chunked=", 9) == 0) {
        plain_large(fd, path, true);
    } else if (strcmp(path, "/lost") == 0) {
        plain_reply(fd, "200 OK", "once", 4);
        t->lost = true;
    } else if (strcmp(path, "/interim") == 0) {
        plain_text(fd, "HTTP/1.1 103 Early Hints\r\nX-Early: yes\r\n\r\n");
        plain_reply(fd, "429 Too Many", "slow", 4);
    } else if (strncmp(path, "/to=", 4) == 0) {
        plain_redirect(fd, path + 4);
    } else {
        plain_reply(fd, "404 Not Found", "none", 4);
    }
    return true;
}

/* The length of the request that the bytes begin with; 0: it isn't whole. */
static inline size_t plain_request(struct plain_talk *t, const char **body, size_t *size) {
    const struct view in = {t->in, t->used};
    const size_t head = view_find(in, VIEW("\r\n\r\n"), 0);
    if (head == SIZE_MAX) {
        return 0;
    }
    t->in[head + 2] = '\0';
    const char *length = strstr(t->in, "Content-Length: ");
    t->in[head + 2] = '\r';
    *size = length == NULL ? 0 : (size_t)strtoul(length + 16, NULL, 10);
    *body = t->in + head + 4;
    return *size > sizeof t->in - head - 4 || t->used < head + 4 + *size ? 0 : head + 4 + *size;
}

/* A request that is too large to be kept is only counted, and answered with its length. */
static inline bool plain_swallow(struct plain_talk *t) {
    const struct view in = {t->in, t->used};
    const size_t head = view_find(in, VIEW("\r\n\r\n"), 0);
    const char *length = head == SIZE_MAX ? NULL : strstr(t->in, "Content-Length: ");
    if (length == NULL) {
        return false;
    }
    const size_t size = (size_t)strtoul(length + 16, NULL, 10);
    size_t got = t->used - head - 4;
    while (got < size) {
        const ssize_t n = recv(t->fd, t->in, sizeof t->in, 0);
        if (n <= 0) {
            return false;
        }
        got += (size_t)n;
    }
    char text[32];
    atomic_fetch_add(&t->server->requests, 1);
    plain_reply(t->fd, "200 OK", text, (size_t)snprintf(text, sizeof text, "%zu", got));
    t->used = 0;
    return true;
}

static inline bool plain_next(struct plain_talk *t) {
    const char *body = NULL;
    size_t size = 0, whole;
    while ((whole = plain_request(t, &body, &size)) == 0) {
        if (t->used == sizeof t->in) {
            return plain_swallow(t);
        }
        const ssize_t n = recv(t->fd, t->in + t->used, sizeof t->in - t->used, 0);
        if (n <= 0) {
            return false;
        }
        t->used += (size_t)n;
    }
    struct plain_server *s = t->server;
    pthread_mutex_lock(&s->lock);
    (void)snprintf(s->last, sizeof s->last, "%.*s", (int)(body - t->in), t->in);
    pthread_mutex_unlock(&s->lock);
    char path[256] = "";
    const char *from = strchr(t->in, ' ');
    const char *to = from == NULL ? NULL : strchr(from + 1, ' ');
    if (to != NULL) {
        (void)snprintf(path, sizeof path, "%.*s", (int)(to - from - 1), from + 1);
    }
    /* Through a proxy, the path is a whole address. */
    const char *short_path = strncmp(path, "http://", 7) == 0 ? strchr(path + 7, '/') : path;
    atomic_fetch_add(&s->requests, 1);
    const bool goes_on = plain_play(t, short_path, body, size);
    memmove(t->in, t->in + whole, t->used - whole);
    t->used -= whole;
    return goes_on;
}

static inline void *plain_talk_run(void *context) {
    struct plain_talk *t = context;
    while (plain_next(t)) {
    }
    close(t->fd);
    atomic_fetch_add(&t->server->talking, -1);
    free(t);
    return NULL;
}

static inline void plain_run(void *context) {
    struct plain_server *s = context;
    for (;;) {
        const int fd = accept(s->fd, NULL, NULL);
        if (atomic_load(&s->stop)) {
            close(fd);
            return;
        }
        if (fd < 0) {
            continue;
        }
        const int at_once = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
        struct plain_talk *t = calloc(1, sizeof *t);
        t->server = s;
        t->fd = fd;
        atomic_fetch_add(&s->connections, 1);
        atomic_fetch_add(&s->talking, 1);
        pthread_t thread;
        pthread_attr_t detached;
        pthread_attr_init(&detached);
        pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
        ck_assert_int_eq(pthread_create(&thread, &detached, plain_talk_run, t), 0);
        pthread_attr_destroy(&detached);
    }
}

static inline struct plain_server *plain_start(void) {
    struct plain_server *s = calloc(1, sizeof *s);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    s->fd = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(s->fd, (struct sockaddr *)&at, size), 0);
    ck_assert_int_eq(listen(s->fd, 1024), 0);
    ck_assert_int_eq(getsockname(s->fd, (struct sockaddr *)&at, &size), 0);
    s->port = ntohs(at.sin_port);
    (void)snprintf(s->url, sizeof s->url, "http://127.0.0.1:%d", s->port);
    pthread_mutex_init(&s->lock, NULL);
    ck_assert_int_eq(os_thread_start(&s->thread, plain_run, s, 0, NULL), ESI_OK);
    return s;
}

/* Once its clients have closed their connections. */
static inline void plain_stop(struct plain_server *s) {
    atomic_store(&s->stop, true);
    shutdown(s->fd, SHUT_RDWR);
    os_thread_join(&s->thread);
    close(s->fd);
    while (atomic_load(&s->talking) > 0) {
        os_sleep(esi_clock_ns() + NS_PER_MS);
    }
    pthread_mutex_destroy(&s->lock);
    free(s);
}

#endif
