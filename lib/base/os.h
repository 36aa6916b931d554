/* os.h: threads, files, sockets, chance. The one file that knows the operating system. */
#ifndef ESIHELP_BASE_OS_H
#define ESIHELP_BASE_OS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <pthread.h>
#include <semaphore.h>

#include <esihelp/sys/backend.h>

#include "base/arena.h"
#include "base/str.h"

/* The code and the words for an errno: ESI_ENOTFOUND, ESI_ENOSPC, ESI_EREADONLY, ESI_ENOMEM, and
 * ESI_EIO for the rest. what: "can't read"; the path follows. */
esi_err os_fail(esi_error *err, int error, const char *what, const char *path);

/* Locks. Init can fail; the rest can't, or it is a fault of ours. */
struct os_mutex {
    pthread_mutex_t m;
};
struct os_cond {
    pthread_cond_t c;
}; /* on the monotonic clock */

esi_err os_mutex_init(struct os_mutex *m, esi_error *err) ESI_MUST_CHECK;
void os_mutex_clear(struct os_mutex *m);
void os_lock(struct os_mutex *m);
void os_unlock(struct os_mutex *m);
esi_err os_cond_init(struct os_cond *c, esi_error *err) ESI_MUST_CHECK;
void os_cond_clear(struct os_cond *c);
void os_signal(struct os_cond *c);
void os_broadcast(struct os_cond *c);
/* Waits for a signal until `until_ns` of the monotonic clock; false when time was up. */
bool os_cond_wait(struct os_cond *c, struct os_mutex *m, int64_t until_ns);
/* What wakes one thread, at less cost than a condition: who wakes up from that has its lock marked
 * as wanted, and pays for a call into the kernel to let it go. Each ring is heard once, also one
 * that came before the wait. */
struct os_bell {
    sem_t s;
};
esi_err os_bell_init(struct os_bell *bell, esi_error *err) ESI_MUST_CHECK;
void os_bell_clear(struct os_bell *bell);
void os_bell_ring(struct os_bell *bell);
/* Until it rings, or it is `until_ns` on the monotonic clock: false then. */
bool os_bell_wait(struct os_bell *bell, int64_t until_ns);
/* Sleeps until then on the monotonic clock; wait_sleep is what calls want. */
void os_sleep(int64_t until_ns);

/* Threads block every signal, so that a host's handlers never run on them. stack 0: the default. */
struct os_thread {
    pthread_t t;
};
esi_err os_thread_start(struct os_thread *t, void (*run)(void *), void *context, size_t stack,
                        esi_error *err) ESI_MUST_CHECK;
void os_thread_join(struct os_thread *t);
unsigned os_cpu_count(void);

/* What wakes a thread that waits for a socket. */
struct os_waker {
    int fd;
};
esi_err os_waker_init(struct os_waker *w, esi_error *err) ESI_MUST_CHECK;
void os_waker_clear(struct os_waker *w);
void os_waker_wake(struct os_waker *w); /* by any thread; it stays awake until it is reset */
void os_waker_reset(struct os_waker *w);

#define OS_READABLE 1u /* or closed, or broken: reading tells */
#define OS_WRITABLE 2u
#define OS_WOKEN 4u
/* Waits until a socket is ready for what is wanted, the waker (NULL: none) was woken, or it is
 * `until_ns` on the monotonic clock. Tells which; 0: time was up. */
unsigned os_poll(int fd, unsigned wanted, const struct os_waker *waker, int64_t until_ns);

/* Waits for many sockets at once, at a cost that doesn't grow with those that are quiet. */
struct os_poller {
    int fd;
};
esi_err os_poller_init(struct os_poller *p, esi_error *err) ESI_MUST_CHECK;
void os_poller_clear(struct os_poller *p);
/* What is wanted of a socket from now on, and what was until now; 0: nothing. False: the system
 * has no memory for it. */
bool os_poller_want(struct os_poller *p, int fd, unsigned before, unsigned wanted);
struct os_ready {
    int fd;
    unsigned ready; /* a socket that is broken is ready for everything */
};
/* Waits until one is ready, or until `until_ns` on the monotonic clock. How many of the ready ones
 * are in `out`, at most `max` (64): the others are told by the next call. */
size_t os_poller_wait(struct os_poller *p, struct os_ready *out, size_t max, int64_t until_ns);

/* Chance from the system. */
esi_err os_random(void *out, size_t size, esi_error *err) ESI_MUST_CHECK;

/* A UUIDv7 of that time as 36 characters and a NUL (RFC 9562, section 5.7). */
#define OS_UUID_SIZE 37
esi_err os_uuid7(int64_t now_ms, char out[OS_UUID_SIZE], esi_error *err) ESI_MUST_CHECK;

/* Adds a whole file to `out`, at most `max` bytes. Errors: ESI_ENOTFOUND, ESI_ETOOBIG, ESI_EIO
 * (also where it isn't a regular file). The path is part of the message. */
esi_err os_read_file(const char *path, size_t max, struct buf *out, esi_error *err) ESI_MUST_CHECK;

/* The regular files below a folder whose names end in one of `endings` (NULL-terminated; case
 * doesn't count), sorted by bytes, as paths relative to it with "/". Hidden files and folders and
 * symbolic links that lead out of the folder or to another folder are left out. At most `max` files
 * and 32 levels, or ESI_ETOOBIG. */
esi_err os_list_tree(const char *folder, const char *const *endings, size_t max, esi_arena *arena,
                     const char *const **out, size_t *out_count, esi_error *err) ESI_MUST_CHECK;
/* The path without links, "." and "..", from the root. Errors: ESI_ENOTFOUND, ESI_EIO. */
esi_err os_real_path(const char *path, esi_arena *arena, const char **out,
                     esi_error *err) ESI_MUST_CHECK;
bool os_is_folder(const char *path);
bool os_exists(const char *path);
/* Is it on a disk that is mounted so that nobody can write to it? */
bool os_is_read_only(const char *path);

/* A file in the user's data folder ($XDG_DATA_HOME/esihelp, else ~/.local/share/esihelp),
 * which is made where it doesn't exist. */
esi_err os_data_file(const char *name, esi_arena *arena, const char **out,
                     esi_error *err) ESI_MUST_CHECK;

#endif
