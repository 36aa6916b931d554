/* cancel.h: what a switch wakes when it is thrown. */
#ifndef ESIHELP_BASE_CANCEL_H
#define ESIHELP_BASE_CANCEL_H

#include <esihelp/sys/backend.h>

/* A wait that wants to be woken. It belongs to the waiting thread's stack. */
struct cancel_watch {
    void (*wake)(void *context); /* called by the thread that fires, with the switch's lock held:
                                    it may only take the lock that the wait itself sleeps on */
    void *context;
    struct cancel_watch *next, *prev;
};

/* cancel may be NULL; then nothing happens. A switch that was thrown already wakes at once. */
void cancel_watch(esi_cancel *cancel, struct cancel_watch *watch);
/* After it returns, wake isn't called any more and isn't running. */
void cancel_unwatch(esi_cancel *cancel, struct cancel_watch *watch);

/* Sleeps until then on the monotonic clock, or until the switch is thrown. */
void cancel_sleep(esi_cancel *cancel, int64_t until_ns);

#endif
