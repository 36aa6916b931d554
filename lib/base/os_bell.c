#define _GNU_SOURCE /* sem_clockwait, which waits on the monotonic clock */
#include "base/os.h"

#include <assert.h>
#include <errno.h>

#include "base/clock.h"
#include "base/error.h"

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
    const struct timespec until = {.tv_sec = (time_t)(until_ns / (1000 * NS_PER_MS)),
                                   .tv_nsec = (long)(until_ns % (1000 * NS_PER_MS))};
    int result;
    do {
        result = sem_clockwait(&bell->s, CLOCK_MONOTONIC, &until);
    } while (result != 0 && errno == EINTR);
    assert(result == 0 || errno == ETIMEDOUT);
    return result == 0;
}
