#include "base/pool.h"

#include <assert.h>
#include <stdlib.h>

#include "base/cancel.h"
#include "base/error.h"
#include "base/os.h"

#define POOL_MAX 1024
#define RETRY_AFTER_MS 1000

/* A thread that waits for an item, or for the place of one. It lives on that thread's stack. */
struct waiter {
    struct pool *pool;
    struct os_cond wakened;
    struct waiter *next, *prev;
    bool granted;
    bool may_make; /* granted a place, in which to make one */
    void *item;
};

struct pool {
    const struct pool_ops *ops;
    void *context;
    size_t max;
    struct os_mutex lock; /* guards all below */
    size_t made;          /* places taken: leased, idle, or being made */
    size_t idle_count;
    size_t waiting;
    struct waiter *first, *last;
    void *idle[];
};

esi_err pool_create(const struct pool_ops *ops, void *context, size_t max, struct pool **out,
                    esi_error *err) {
    if (max < 1 || max > POOL_MAX) {
        return esi_fail(err, ESI_EINVAL, "base/pool", "a pool's size is 1 to %d, not %zu", POOL_MAX,
                        max);
    }
    struct pool *pool = calloc(1, sizeof *pool + max * sizeof *pool->idle);
    if (pool == NULL) {
        return fail_memory(err, "base/pool");
    }
    const esi_err result = os_mutex_init(&pool->lock, err);
    if (result != ESI_OK) {
        free(pool);
        return result;
    }
    pool->ops = ops;
    pool->context = context;
    pool->max = max;
    *out = pool;
    return ESI_OK;
}

void pool_free(struct pool *pool) {
    if (pool == NULL) {
        return;
    }
    assert(pool->made == pool->idle_count && pool->waiting == 0);
    for (size_t i = 0; i < pool->idle_count; i++) {
        pool->ops->destroy(pool->context, pool->idle[i]);
    }
    os_mutex_clear(&pool->lock);
    free(pool);
}

static void unlink_waiter(struct waiter *w) {
    struct pool *pool = w->pool;
    *(w->prev == NULL ? &pool->first : &w->prev->next) = w->next;
    *(w->next == NULL ? &pool->last : &w->next->prev) = w->prev;
    pool->waiting--;
}

/* Hands over to the one that waits longest, so that nobody who comes later gets ahead of it. False:
 * nobody waits. The lock is held. */
static bool hand_over(struct pool *pool, bool may_make, void *item) {
    struct waiter *w = pool->first;
    if (w == NULL) {
        return false;
    }
    unlink_waiter(w);
    w->granted = true;
    w->may_make = may_make;
    w->item = item;
    os_signal(&w->wakened);
    return true;
}

/* A place got free. */
static void free_place(struct pool *pool) {
    os_lock(&pool->lock);
    if (!hand_over(pool, true, NULL)) {
        pool->made--;
    }
    os_unlock(&pool->lock);
}

static esi_err make_one(struct pool *pool, const esi_wait *wait, void **out, esi_error *err) {
    void *item = NULL;
    const esi_err result = pool->ops->make(pool->context, wait, &item, err);
    if (result != ESI_OK) {
        free_place(pool);
        return result;
    }
    *out = item;
    return ESI_OK;
}

/* What can be had without waiting. The lock is held. Nobody waits while there is something. */
static bool take_now(struct pool *pool, struct waiter *w) {
    if (pool->idle_count > 0) {
        w->item = pool->idle[--pool->idle_count];
        return true;
    }
    if (pool->made < pool->max) {
        pool->made++;
        w->may_make = true;
        return true;
    }
    return false;
}

static void wake(void *context) {
    struct waiter *w = context;
    os_lock(&w->pool->lock);
    os_signal(&w->wakened);
    os_unlock(&w->pool->lock);
}

/* Stands in the queue. True: w->granted by another thread, or taken after all. */
static bool stand_in_queue(struct pool *pool, const esi_wait *wait, struct waiter *w) {
    os_lock(&pool->lock);
    w->granted = take_now(pool, w);
    if (!w->granted) {
        w->prev = pool->last;
        *(pool->last == NULL ? &pool->first : &pool->last->next) = w;
        pool->last = w;
        pool->waiting++;
        while (!w->granted && !esi_cancel_fired(wait->cancel) &&
               os_cond_wait(&w->wakened, &pool->lock, wait->until_ns)) {
            /* woken, perhaps by the switch */
        }
        if (!w->granted) {
            unlink_waiter(w);
        }
    }
    os_unlock(&pool->lock);
    return w->granted;
}

static esi_err queue(struct pool *pool, const esi_wait *wait, struct waiter *w, esi_error *err) {
    const esi_err result = os_cond_init(&w->wakened, err);
    if (result != ESI_OK) {
        return result;
    }
    struct cancel_watch watch = {.wake = wake, .context = w};
    cancel_watch(wait->cancel, &watch);
    const bool granted = stand_in_queue(pool, wait, w);
    cancel_unwatch(wait->cancel, &watch);
    os_cond_clear(&w->wakened);
    if (granted) {
        return ESI_OK;
    }
    if (esi_cancel_fired(wait->cancel)) {
        return fail_wait(err, "base/pool", wait);
    }
    (void)esi_fail(err, ESI_EUNAVAILABLE, "base/pool", "all %zu stayed in use until the deadline",
                   pool->max);
    if (err != NULL) {
        err->retry_after_ms = RETRY_AFTER_MS;
    }
    return ESI_EUNAVAILABLE;
}

esi_err pool_lease(struct pool *pool, const esi_wait *wait, void **out, esi_error *err) {
    if (esi_cancel_fired(wait->cancel)) {
        return fail_wait(err, "base/pool", wait);
    }
    struct waiter w = {.pool = pool};
    os_lock(&pool->lock);
    const bool taken = take_now(pool, &w);
    os_unlock(&pool->lock);
    if (!taken) {
        const esi_err result = queue(pool, wait, &w, err);
        if (result != ESI_OK) {
            return result;
        }
    }
    if (w.may_make) {
        return make_one(pool, wait, out, err);
    }
    *out = w.item;
    return ESI_OK;
}

void pool_return(struct pool *pool, void *item, bool broken) {
    if (broken) {
        pool->ops->destroy(pool->context, item);
        free_place(pool);
        return;
    }
    os_lock(&pool->lock);
    if (!hand_over(pool, false, item)) {
        pool->idle[pool->idle_count++] = item;
    }
    os_unlock(&pool->lock);
}

/* Takes one bad one off the idle ones; NULL: there is none at or after *at. */
static void *take_bad(struct pool *pool, bool (*is_bad)(void *context, void *item), size_t *at) {
    void *bad = NULL;
    os_lock(&pool->lock);
    while (bad == NULL && *at < pool->idle_count) {
        if (is_bad(pool->context, pool->idle[*at])) {
            bad = pool->idle[*at];
            pool->idle[*at] = pool->idle[--pool->idle_count];
        } else {
            (*at)++;
        }
    }
    os_unlock(&pool->lock);
    return bad;
}

size_t pool_drop(struct pool *pool, bool (*is_bad)(void *context, void *item)) {
    size_t dropped = 0, at = 0;
    void *bad;
    while ((bad = take_bad(pool, is_bad, &at)) != NULL) {
        pool->ops->destroy(pool->context, bad);
        free_place(pool);
        dropped++;
    }
    return dropped;
}

struct pool_counts pool_counts(struct pool *pool) {
    os_lock(&pool->lock);
    const struct pool_counts counts = {pool->max, pool->made, pool->idle_count, pool->waiting};
    os_unlock(&pool->lock);
    return counts;
}
