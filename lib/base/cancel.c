#include "base/cancel.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/os.h"

struct esi_cancel {
    atomic_bool fired; /* read without the lock, written with it */
    struct os_mutex lock;
    struct os_cond sleepers;
    struct cancel_watch *watches;
};

esi_cancel *esi_cancel_create(void) {
    esi_cancel *cancel = calloc(1, sizeof *cancel);
    if (cancel == NULL) {
        return NULL;
    }
    if (os_mutex_init(&cancel->lock, NULL) != ESI_OK) {
        free(cancel);
        return NULL;
    }
    if (os_cond_init(&cancel->sleepers, NULL) != ESI_OK) {
        os_mutex_clear(&cancel->lock);
        free(cancel);
        return NULL;
    }
    atomic_init(&cancel->fired, false);
    return cancel;
}

void esi_cancel_free(esi_cancel *cancel) {
    if (cancel == NULL) {
        return;
    }
    os_cond_clear(&cancel->sleepers);
    os_mutex_clear(&cancel->lock);
    free(cancel);
}

void esi_cancel_fire(esi_cancel *cancel) {
    if (cancel == NULL) {
        return;
    }
    os_lock(&cancel->lock);
    if (!atomic_load(&cancel->fired)) {
        atomic_store(&cancel->fired, true);
        for (struct cancel_watch *watch = cancel->watches; watch != NULL; watch = watch->next) {
            watch->wake(watch->context);
        }
        os_broadcast(&cancel->sleepers);
    }
    os_unlock(&cancel->lock);
}

bool esi_cancel_fired(const esi_cancel *cancel) {
    return cancel != NULL && atomic_load(&cancel->fired);
}

void cancel_watch(esi_cancel *cancel, struct cancel_watch *watch) {
    if (cancel == NULL) {
        return;
    }
    os_lock(&cancel->lock);
    watch->prev = NULL;
    watch->next = cancel->watches;
    if (watch->next != NULL) {
        watch->next->prev = watch;
    }
    cancel->watches = watch;
    if (atomic_load(&cancel->fired)) {
        watch->wake(watch->context);
    }
    os_unlock(&cancel->lock);
}

void cancel_unwatch(esi_cancel *cancel, struct cancel_watch *watch) {
    if (cancel == NULL) {
        return;
    }
    /* wake runs with this lock held: once it is ours, none is running. */
    os_lock(&cancel->lock);
    if (watch->next != NULL) {
        watch->next->prev = watch->prev;
    }
    if (watch->prev != NULL) {
        watch->prev->next = watch->next;
    } else {
        cancel->watches = watch->next;
    }
    os_unlock(&cancel->lock);
}

void cancel_sleep(esi_cancel *cancel, int64_t until_ns) {
    if (cancel == NULL) {
        os_sleep(until_ns);
        return;
    }
    os_lock(&cancel->lock);
    while (!atomic_load(&cancel->fired) &&
           os_cond_wait(&cancel->sleepers, &cancel->lock, until_ns)) {
        /* woken for another reason than the switch or the time */
    }
    os_unlock(&cancel->lock);
}
