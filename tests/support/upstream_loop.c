#define _GNU_SOURCE /* accept4 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "upstream_parts.h"

#define READ_SIZE 65536
#define EVENTS 128
#define NOT_WAITING SIZE_MAX

struct conn {
    struct conn *next, *previous;
    int fd;
    bool replying, stalled, wants_out, doomed, doomed_hard, served;
    bool dead;
    struct bytes in;
    struct plan plan;
    size_t sent, stop; /* of plan.out; of its stops */
    int64_t repeated;
    int64_t due_ns;
    size_t place; /* in the heap */
    bool told_continue;
};

static int64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* ---- who waits for a time -------------------------------------------------------------------- */

static void heap_put(struct upstream *u, size_t place, struct conn *c) {
    u->heap[place] = c;
    c->place = place;
}

static void heap_up(struct upstream *u, struct conn *c) {
    size_t i = c->place;
    while (i > 0 && u->heap[(i - 1) / 2]->due_ns > c->due_ns) {
        heap_put(u, i, u->heap[(i - 1) / 2]);
        i = (i - 1) / 2;
    }
    heap_put(u, i, c);
}

static void heap_down(struct upstream *u, struct conn *c) {
    size_t i = c->place;
    for (size_t child; (child = 2 * i + 1) < u->heap_count; i = child) {
        child += child + 1 < u->heap_count && u->heap[child + 1]->due_ns < u->heap[child]->due_ns;
        if (u->heap[child]->due_ns >= c->due_ns) {
            break;
        }
        heap_put(u, i, u->heap[child]);
    }
    heap_put(u, i, c);
}

static void wait_for(struct upstream *u, struct conn *c, int64_t ms) {
    if (u->heap_count == u->heap_max) {
        u->heap_max = 2 * u->heap_max + 64;
        u->heap = realloc(u->heap, u->heap_max * sizeof(struct conn *));
        if (u->heap == NULL) {
            abort();
        }
    }
    c->due_ns = now_ns() + ms * 1000000;
    heap_put(u, u->heap_count++, c);
    heap_up(u, c);
}

static void wait_no_more(struct upstream *u, struct conn *c) {
    if (c->place == NOT_WAITING) {
        return;
    }
    struct conn *last = u->heap[--u->heap_count];
    if (last != c) {
        heap_put(u, c->place, last);
        heap_up(u, last);
        heap_down(u, last);
    }
    c->place = NOT_WAITING;
}

/* ---- connections ----------------------------------------------------------------------------- */

static void accept_all(struct upstream *u) {
    for (;;) {
        const int fd = accept4(u->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            return;
        }
        const int one = 1;
        struct conn *c = calloc(1, sizeof *c);
        if (c == NULL) {
            abort();
        }
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        c->fd = fd;
        c->place = NOT_WAITING;
        c->next = u->conns;
        if (u->conns != NULL) {
            u->conns->previous = c;
        }
        u->conns = c;
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
        (void)epoll_ctl(u->poll, EPOLL_CTL_ADD, fd, &event);
        pthread_mutex_lock(&u->lock);
        u->counts.connections++;
        pthread_mutex_unlock(&u->lock);
    }
}

/* hard: by a reset. It stays in the list until the round is over. */
static void end_conn(struct upstream *u, struct conn *c, bool hard) {
    const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    if (c->dead) {
        return;
    }
    if (hard) {
        (void)setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    }
    pthread_mutex_lock(&u->lock); /* who sees the end finds it counted */
    u->counts.open -= c->replying;
    u->counts.unread += !c->replying && c->in.n > 0;
    pthread_mutex_unlock(&u->lock);
    close(c->fd);
    wait_no_more(u, c);
    c->dead = true;
    u->dead++;
}

static void bury(struct upstream *u) {
    for (struct conn *c = u->conns, *next; c != NULL && u->dead > 0; c = next) {
        next = c->next;
        if (c->dead) {
            *(c->previous != NULL ? &c->previous->next : &u->conns) = next;
            if (next != NULL) {
                next->previous = c->previous;
            }
            bytes_clear(&c->in);
            plan_clear(&c->plan);
            free(c);
            u->dead--;
        }
    }
}

static void want_out(struct upstream *u, struct conn *c, bool wants) {
    if (c->wants_out != wants) {
        struct epoll_event event = {.events = EPOLLIN | (wants ? EPOLLOUT : 0), .data.ptr = c};
        (void)epoll_ctl(u->poll, EPOLL_CTL_MOD, c->fd, &event);
        c->wants_out = wants;
    }
}

/* ---- sending --------------------------------------------------------------------------------- */

static void next_request(struct upstream *u, struct conn *c);

static void finish(struct upstream *u, struct conn *c) {
    const enum ending ending = c->plan.ending;
    const enum after after = c->plan.after;
    if (ending == ENDING_STALL) {
        c->stalled = true;
        return;
    }
    if (ending != ENDING_KEEP) {
        pthread_mutex_lock(&u->lock);
        u->counts.mute += c->served && c->sent == 0;
        pthread_mutex_unlock(&u->lock);
        end_conn(u, c, ending == ENDING_RESET);
        return;
    }
    pthread_mutex_lock(&u->lock);
    u->counts.open--;
    pthread_mutex_unlock(&u->lock);
    c->replying = false;
    c->served = true;
    plan_clear(&c->plan);
    if (after == AFTER_FIN || after == AFTER_RST) {
        end_conn(u, c, after == AFTER_RST);
        return;
    }
    c->doomed = after == AFTER_NEXT_FIN || after == AFTER_NEXT_RST;
    c->doomed_hard = after == AFTER_NEXT_RST;
    if (c->in.n > 0) {
        next_request(u, c);
    }
}

/* What can be sent at once: up to the next stop, then what is repeated. */
static struct span next_part(const struct conn *c) {
    const struct plan *p = &c->plan;
    if (c->sent < p->out.n) {
        const size_t stop =
            c->stop < p->stop_count && p->stop_ms > 0 ? p->stops[c->stop] : p->out.n;
        return (struct span){p->out.p + c->sent, (stop < p->out.n ? stop : p->out.n) - c->sent};
    }
    const size_t into = p->repeat > 0 ? (size_t)c->repeated % p->repeat_of : 0;
    const size_t left = (size_t)(p->repeat - c->repeated);
    const size_t block = p->repeat_of - into;
    return (struct span){p->out.p + p->out.n - p->repeat_of + into, left < block ? left : block};
}

static bool at_stop(struct conn *c) {
    if (c->plan.stop_ms > 0 && c->stop < c->plan.stop_count && c->sent == c->plan.stops[c->stop] &&
        c->sent < c->plan.out.n) {
        c->stop++;
        return true;
    }
    return false;
}

static void send_on(struct upstream *u, struct conn *c) {
    while (c->sent < c->plan.out.n || c->repeated < c->plan.repeat) {
        if (at_stop(c)) {
            want_out(u, c, false);
            wait_for(u, c, c->plan.stop_ms);
            return;
        }
        const struct span part = next_part(c);
        const ssize_t n = send(c->fd, part.p, part.n, MSG_NOSIGNAL);
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
            want_out(u, c, true);
            return;
        }
        if (n < 0) {
            end_conn(u, c, true);
            return;
        }
        if (c->sent < c->plan.out.n) {
            c->sent += (size_t)n;
        } else {
            c->repeated += n;
        }
    }
    want_out(u, c, false);
    finish(u, c);
}

/* ---- reading --------------------------------------------------------------------------------- */

static void keep_request(struct upstream *u, struct span request) {
    if (u->kept_count == u->kept_max) {
        u->kept_max = 2 * u->kept_max + 64;
        u->kept = realloc(u->kept, u->kept_max * sizeof(char *));
    }
    char *text = malloc(request.n + 1);
    if (u->kept == NULL || text == NULL) {
        abort();
    }
    memcpy(text, request.p, request.n);
    text[request.n] = '\0';
    u->kept[u->kept_count++] = text;
}

/* A request is whole: counts it, takes its line, and begins to answer. */
static void take_request(struct upstream *u, struct conn *c, const struct head *h, struct span body,
                         size_t size) {
    struct ask ask;
    const struct span head = {c->in.p, h->size - 2};
    ask_read(head, h->path, body, &ask);
    pthread_mutex_lock(&u->lock);
    u->counts.requests++;
    u->counts.chat += ask.verb == VERB_CHAT;
    u->counts.embed += ask.verb == VERB_EMBED;
    u->counts.open++;
    if (u->keep) {
        keep_request(u, (struct span){c->in.p, size});
    }
    const struct line *line = script_next(u->script, ask.verb, &u->seed);
    plan_make(line, &ask, &c->plan);
    if (ask.verb == VERB_EMBED && c->plan.out.n > 12 && memcmp(c->plan.out.p + 9, "200", 3) == 0) {
        u->counts.inputs += ask.inputs;
    }
    pthread_cond_broadcast(&u->came);
    pthread_mutex_unlock(&u->lock);
    ask_clear(&ask);
    c->replying = true;
    c->sent = c->stop = 0;
    c->repeated = 0;
    c->told_continue = false;
    if (h->closes && c->plan.after == AFTER_KEEP) {
        c->plan.after = AFTER_FIN;
    }
    memmove(c->in.p, c->in.p + size, c->in.n - size);
    c->in.n -= size;
    if (c->plan.first_ms > 0) {
        wait_for(u, c, c->plan.first_ms);
    } else {
        send_on(u, c);
    }
}

static void next_request(struct upstream *u, struct conn *c) {
    struct head h;
    struct bytes joined = {0};
    if (c->doomed) {
        end_conn(u, c, c->doomed_hard);
        return;
    }
    head_read((struct span){c->in.p, c->in.n}, &h);
    if (h.broken) {
        end_conn(u, c, true);
        return;
    }
    if (h.size == 0) {
        return;
    }
    if (h.expects && !c->told_continue) {
        c->told_continue = true;
        (void)send(c->fd, "HTTP/1.1 100 Continue\r\n\r\n", 25, MSG_NOSIGNAL);
    }
    const struct span rest = {c->in.p + h.size, c->in.n - h.size};
    if (h.length >= 0 && rest.n >= (size_t)h.length) {
        take_request(u, c, &h, (struct span){rest.p, (size_t)h.length}, h.size + (size_t)h.length);
    } else if (h.length < 0) {
        size_t used = 0;
        if (chunks_read(rest, &joined, &used)) {
            take_request(u, c, &h, (struct span){joined.p, joined.n}, h.size + used);
        }
    }
    bytes_clear(&joined);
}

static void read_some(struct upstream *u, struct conn *c) {
    static const size_t most = 256u << 20;
    char buffer[READ_SIZE];
    const ssize_t n = recv(c->fd, buffer, sizeof buffer, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (n <= 0 || c->in.n > most) {
        end_conn(u, c, n != 0);
        return;
    }
    bytes_add(&c->in, buffer, (size_t)n);
    if (!c->replying) {
        next_request(u, c);
    }
}

/* ---- the thread ------------------------------------------------------------------------------ */

static int due_in_ms(const struct upstream *u) {
    if (u->heap_count == 0) {
        return -1;
    }
    const int64_t left = u->heap[0]->due_ns - now_ns();
    return left <= 0 ? 0 : (int)(left / 1000000) + 1;
}

static void serve_due(struct upstream *u) {
    const int64_t now = now_ns();
    while (u->heap_count > 0 && u->heap[0]->due_ns <= now) {
        struct conn *c = u->heap[0];
        wait_no_more(u, c);
        send_on(u, c);
    }
}

static bool goes_on(struct upstream *u) {
    pthread_mutex_lock(&u->lock);
    const bool stop = u->stop;
    pthread_mutex_unlock(&u->lock);
    return !stop;
}

static void serve(struct upstream *u, const struct epoll_event *event) {
    struct conn *c = event->data.ptr;
    if (c == NULL) {
        accept_all(u);
    } else if ((void *)c != (void *)u && !c->dead) {
        if ((event->events & EPOLLOUT) != 0 && c->place == NOT_WAITING && c->replying) {
            send_on(u, c);
        }
        if ((event->events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 && !c->dead) {
            read_some(u, c);
        }
    }
}

void *upstream_run(void *context) {
    struct upstream *u = context;
    struct epoll_event events[EVENTS];
    while (goes_on(u)) {
        const int count = epoll_wait(u->poll, events, EVENTS, due_in_ms(u));
        for (int i = 0; i < count; i++) {
            serve(u, &events[i]);
        }
        serve_due(u);
        bury(u);
    }
    while (u->conns != NULL) {
        end_conn(u, u->conns, true);
        bury(u);
    }
    free(u->heap);
    return NULL;
}
