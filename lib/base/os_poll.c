#include <assert.h>
#include <errno.h>
#include <poll.h>
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
