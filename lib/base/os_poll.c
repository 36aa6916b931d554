#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/os.h"

esi_err os_waker_init(struct os_waker *w, esi_error *err) {
    const int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd < 0) {
        return esi_fail(err, ESI_EIO, "base/os", "the system gave no file descriptor (error %d)",
                        errno);
    }
    w->fd = fd;
    return ESI_OK;
}

void os_waker_clear(struct os_waker *w) {
    (void)close(w->fd);
}

void os_waker_wake(struct os_waker *w) {
    const uint64_t one = 1;
    /* It fails only where it was woken 2^64 - 1 times: then it is awake. */
    const ssize_t put = write(w->fd, &one, sizeof one);
    (void)put;
}

void os_waker_reset(struct os_waker *w) {
    uint64_t times;
    const ssize_t got = read(w->fd, &times, sizeof times); /* nothing to read: it wasn't woken */
    (void)got;
}

/* Milliseconds until then, rounded up, as poll takes them. */
static int poll_ms(int64_t until_ns) {
    const int32_t left = esi_wait_left_ms(&(esi_wait){until_ns, NULL});
    return left;
}

unsigned os_poll(int fd, unsigned wanted, const struct os_waker *waker, int64_t until_ns) {
    struct pollfd fds[2] = {
        {.fd = fd,
         .events = (short)(((wanted & OS_READABLE) != 0 ? POLLIN : 0) |
                           ((wanted & OS_WRITABLE) != 0 ? POLLOUT : 0))},
        {.fd = waker != NULL ? waker->fd : -1, .events = POLLIN},
    };
    int count;
    do {
        count = poll(fds, 2, poll_ms(until_ns));
    } while ((count < 0 && errno == EINTR) ||
             (count == 0 && poll_ms(until_ns) > 0)); /* a signal of the host's; a day is too long */
    assert(count >= 0);
    unsigned ready = 0;
    if ((fds[0].revents & (POLLIN | POLLHUP | POLLERR | POLLNVAL)) != 0) {
        ready |= wanted & OS_READABLE;
    }
    if ((fds[0].revents & (POLLOUT | POLLHUP | POLLERR | POLLNVAL)) != 0) {
        ready |= wanted & OS_WRITABLE;
    }
    return fds[1].revents != 0 ? ready | OS_WOKEN : ready;
}

#define READY_MAX 64

esi_err os_poller_init(struct os_poller *p, esi_error *err) {
    const int fd = epoll_create1(EPOLL_CLOEXEC);
    if (fd < 0) {
        return esi_fail(err, ESI_EIO, "base/os", "the system gave no file descriptor (error %d)",
                        errno);
    }
    p->fd = fd;
    return ESI_OK;
}

void os_poller_clear(struct os_poller *p) {
    (void)close(p->fd);
}

bool os_poller_want(struct os_poller *p, int fd, unsigned before, unsigned wanted) {
    struct epoll_event event = {
        .events = ((wanted & OS_READABLE) != 0 ? (uint32_t)EPOLLIN : 0) |
                  ((wanted & OS_WRITABLE) != 0 ? (uint32_t)EPOLLOUT : 0),
        .data.fd = fd,
    };
    if (wanted == 0) {
        (void)epoll_ctl(p->fd, EPOLL_CTL_DEL, fd, &event); /* a closed one has left by itself */
        return true;
    }
    const int first = before != 0 ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    if (epoll_ctl(p->fd, first, fd, &event) == 0) {
        return true;
    }
    /* It was closed without a word, and its number was given again, or the other way round. */
    const int other = before != 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    return (errno == ENOENT || errno == EEXIST) && epoll_ctl(p->fd, other, fd, &event) == 0;
}

size_t os_poller_wait(struct os_poller *p, struct os_ready *out, size_t max, int64_t until_ns) {
    struct epoll_event events[READY_MAX];
    int count;
    do {
        count =
            epoll_wait(p->fd, events, max < READY_MAX ? (int)max : READY_MAX, poll_ms(until_ns));
    } while ((count < 0 && errno == EINTR) || (count == 0 && poll_ms(until_ns) > 0));
    assert(count >= 0);
    for (int i = 0; i < count; i++) {
        const uint32_t broken = events[i].events & (EPOLLHUP | EPOLLERR);
        out[i].fd = events[i].data.fd;
        out[i].ready = ((events[i].events & EPOLLIN) != 0 || broken != 0 ? OS_READABLE : 0) |
                       ((events[i].events & EPOLLOUT) != 0 || broken != 0 ? OS_WRITABLE : 0);
    }
    return count < 0 ? 0 : (size_t)count;
}
