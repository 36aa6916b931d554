#define _GNU_SOURCE /* pipe2 */
#include "upstream.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "upstream_parts.h"

#define WHY_SIZE 160

static struct script *script_or_die(const char *text) {
    char why[WHY_SIZE] = "";
    struct script *script = script_read(text, why);
    if (script == NULL) {
        fprintf(stderr, "upstream: %s\n", why);
        abort();
    }
    return script;
}

const char *upstream_check(const char *script) {
    static _Thread_local char why[WHY_SIZE];
    struct script *read = script_read(script, why);
    script_free(read);
    return read != NULL ? NULL : why;
}

static bool listen_on_loopback(struct upstream *u, int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    socklen_t size = sizeof address;
    const int one = 1;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    u->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (u->listener < 0 ||
        setsockopt(u->listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0 ||
        bind(u->listener, (const struct sockaddr *)&address, sizeof address) != 0 ||
        listen(u->listener, 4096) != 0 ||
        getsockname(u->listener, (struct sockaddr *)&address, &size) != 0) {
        return false;
    }
    u->port = ntohs(address.sin_port);
    snprintf(u->url, sizeof u->url, "http://127.0.0.1:%d/v1", u->port);
    return true;
}

static bool watch(struct upstream *u, int fd, void *who) {
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = who};
    return epoll_ctl(u->poll, EPOLL_CTL_ADD, fd, &event) == 0;
}

struct upstream *upstream_start(const struct upstream_setup *setup) {
    struct upstream *u = calloc(1, sizeof *u);
    pthread_condattr_t monotonic;
    if (u == NULL) {
        abort();
    }
    u->script = script_or_die(setup != NULL ? setup->script : NULL);
    u->seed = setup != NULL ? setup->seed : 0;
    u->keep = setup != NULL && setup->keep_requests;
    u->poll = epoll_create1(EPOLL_CLOEXEC);
    pthread_mutex_init(&u->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&u->came, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (u->poll < 0 || pipe2(u->wake, O_CLOEXEC | O_NONBLOCK) != 0 ||
        !listen_on_loopback(u, setup != NULL ? setup->port : 0) || !watch(u, u->listener, NULL) ||
        !watch(u, u->wake[0], u) || pthread_create(&u->thread, NULL, upstream_run, u) != 0) {
        perror("upstream");
        abort();
    }
    return u;
}

void upstream_stop(struct upstream *u) {
    if (u == NULL) {
        return;
    }
    pthread_mutex_lock(&u->lock);
    u->stop = true;
    pthread_mutex_unlock(&u->lock);
    if (write(u->wake[1], "s", 1) != 1) {
        abort();
    }
    pthread_join(u->thread, NULL);
    close(u->wake[0]);
    close(u->wake[1]);
    close(u->listener);
    close(u->poll);
    for (size_t i = 0; i < u->kept_count; i++) {
        free(u->kept[i]);
    }
    free(u->kept);
    script_free(u->script);
    pthread_cond_destroy(&u->came);
    pthread_mutex_destroy(&u->lock);
    free(u);
}

const char *upstream_url(const struct upstream *u) {
    return u->url;
}

int upstream_port(const struct upstream *u) {
    return u->port;
}

void upstream_play(struct upstream *u, const char *script) {
    struct script *new = script_or_die(script);
    pthread_mutex_lock(&u->lock);
    struct script *old = u->script;
    u->script = new;
    pthread_mutex_unlock(&u->lock);
    script_free(old);
}

struct upstream_counts upstream_counts(struct upstream *u) {
    pthread_mutex_lock(&u->lock);
    const struct upstream_counts counts = u->counts;
    pthread_mutex_unlock(&u->lock);
    return counts;
}

const char *upstream_request(struct upstream *u, size_t n) {
    pthread_mutex_lock(&u->lock);
    const char *text = n < u->kept_count ? u->kept[n] : NULL;
    pthread_mutex_unlock(&u->lock);
    return text;
}

bool upstream_await(struct upstream *u, int64_t requests, int64_t ms) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    const int64_t ns = until.tv_nsec + ms % 1000 * 1000000;
    until.tv_sec += (time_t)(ms / 1000 + ns / 1000000000);
    until.tv_nsec = (long)(ns % 1000000000);
    int rc = 0;
    pthread_mutex_lock(&u->lock);
    while (u->counts.requests < requests && rc != ETIMEDOUT) {
        rc = pthread_cond_timedwait(&u->came, &u->lock, &until);
    }
    const bool came = u->counts.requests >= requests;
    pthread_mutex_unlock(&u->lock);
    return came;
}
