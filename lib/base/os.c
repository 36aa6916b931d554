#define _GNU_SOURCE /* sem_clockwait, which waits on the monotonic clock */
#include "base/os.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"

#define NS_PER_S INT64_C(1000000000)

/* What can only fail by a fault of ours. */
static void must(int result) {
    assert(result == 0);
    (void)result;
}

esi_err os_mutex_init(struct os_mutex *m, esi_error *err) {
    if (pthread_mutex_init(&m->m, NULL) != 0) {
        return esi_fail(err, ESI_ENOMEM, "base/os", "the system gave no lock");
    }
    return ESI_OK;
}

void os_mutex_clear(struct os_mutex *m) {
    must(pthread_mutex_destroy(&m->m));
}

void os_lock(struct os_mutex *m) {
    must(pthread_mutex_lock(&m->m));
}

void os_unlock(struct os_mutex *m) {
    must(pthread_mutex_unlock(&m->m));
}

esi_err os_cond_init(struct os_cond *c, esi_error *err) {
    pthread_condattr_t attributes;
    if (pthread_condattr_init(&attributes) != 0) {
        return esi_fail(err, ESI_ENOMEM, "base/os", "the system gave no condition");
    }
    must(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC));
    const int result = pthread_cond_init(&c->c, &attributes);
    must(pthread_condattr_destroy(&attributes));
    if (result != 0) {
        return esi_fail(err, ESI_ENOMEM, "base/os", "the system gave no condition");
    }
    return ESI_OK;
}

void os_cond_clear(struct os_cond *c) {
    must(pthread_cond_destroy(&c->c));
}

void os_signal(struct os_cond *c) {
    must(pthread_cond_signal(&c->c));
}

void os_broadcast(struct os_cond *c) {
    must(pthread_cond_broadcast(&c->c));
}

static struct timespec time_of(int64_t ns) {
    ns = ns < 0 ? 0 : ns;
    return (struct timespec){.tv_sec = (time_t)(ns / NS_PER_S), .tv_nsec = (long)(ns % NS_PER_S)};
}

bool os_cond_wait(struct os_cond *c, struct os_mutex *m, int64_t until_ns) {
    const struct timespec until = time_of(until_ns);
    const int result = pthread_cond_timedwait(&c->c, &m->m, &until);
    assert(result == 0 || result == ETIMEDOUT);
    return result != ETIMEDOUT;
}

esi_err os_bell_init(struct os_bell *bell, esi_error *err) {
    return sem_init(&bell->s, 0, 0) == 0 ? ESI_OK : fail_memory(err, "base/os");
}

void os_bell_clear(struct os_bell *bell) {
    (void)sem_destroy(&bell->s);
}

void os_bell_ring(struct os_bell *bell) {
    (void)sem_post(&bell->s);
}

bool os_bell_wait(struct os_bell *bell, int64_t until_ns) {
    const struct timespec until = time_of(until_ns);
    int result;
    do {
        result = sem_clockwait(&bell->s, CLOCK_MONOTONIC, &until);
    } while (result != 0 && errno == EINTR);
    assert(result == 0 || errno == ETIMEDOUT);
    return result == 0;
}

void os_sleep(int64_t until_ns) {
    const struct timespec until = time_of(until_ns);
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR) {
        /* a signal of the host's: the time isn't up yet */
    }
}

struct thread_start {
    void (*run)(void *);
    void *context;
};

static void *thread_main(void *argument) {
    const struct thread_start start = *(struct thread_start *)argument;
    free(argument);
    start.run(start.context);
    return NULL;
}

esi_err os_thread_start(struct os_thread *t, void (*run)(void *), void *context, size_t stack,
                        esi_error *err) {
    struct thread_start *start = malloc(sizeof *start);
    if (start == NULL) {
        return fail_memory(err, "base/os");
    }
    *start = (struct thread_start){run, context};
    pthread_attr_t attributes;
    int result = pthread_attr_init(&attributes);
    if (result == 0) {
        if (stack != 0) {
            result = pthread_attr_setstacksize(&attributes, stack);
        }
        sigset_t all, before;
        sigfillset(&all);
        must(pthread_sigmask(SIG_SETMASK, &all, &before));
        if (result == 0) {
            result = pthread_create(&t->t, &attributes, thread_main, start);
        }
        must(pthread_sigmask(SIG_SETMASK, &before, NULL));
        must(pthread_attr_destroy(&attributes));
    }
    if (result != 0) {
        free(start);
        return esi_fail(err, result == EINVAL ? ESI_EINTERNAL : ESI_ENOMEM, "base/os",
                        "the system gave no thread (error %d)", result);
    }
    return ESI_OK;
}

void os_thread_join(struct os_thread *t) {
    must(pthread_join(t->t, NULL));
}

unsigned os_cpu_count(void) {
    const long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count < 1 ? 1 : (unsigned)count;
}

esi_err os_random(void *out, size_t size, esi_error *err) {
    uint8_t *p = out;
    while (size > 0) {
        const size_t step = size < 256 ? size : 256;
        const ssize_t got = getrandom(p, step, 0);
        if (got < 0) {
            if (errno == EINTR) {
                continue;
            }
            return esi_fail(err, ESI_EIO, "base/os", "the system gave no random bytes (error %d)",
                            errno);
        }
        p += got;
        size -= (size_t)got;
    }
    return ESI_OK;
}

esi_err os_uuid7(int64_t now_ms, char out[OS_UUID_SIZE], esi_error *err) {
    uint8_t id[16];
    const esi_err result = os_random(id + 6, sizeof id - 6, err);
    if (result != ESI_OK) {
        return result;
    }
    const uint64_t ms = now_ms < 0 ? 0 : (uint64_t)now_ms;
    for (unsigned i = 0; i < 6; i++) {
        id[i] = (uint8_t)(ms >> (40 - 8 * i));
    }
    id[6] = (uint8_t)(0x70 | (id[6] & 0x0f));
    id[8] = (uint8_t)(0x80 | (id[8] & 0x3f));
    static const char hex[] = "0123456789abcdef";
    char *p = out;
    for (size_t i = 0; i < sizeof id; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            *p++ = '-';
        }
        *p++ = hex[id[i] >> 4];
        *p++ = hex[id[i] & 0x0f];
    }
    *p = '\0';
    return ESI_OK;
}
