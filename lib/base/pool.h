/* pool.h: a bounded number of equal things, leased until given back. */
#ifndef ESIHELP_BASE_POOL_H
#define ESIHELP_BASE_POOL_H

#include <stdbool.h>
#include <stddef.h>

#include <esihelp/sys/backend.h>

struct pool;

struct pool_ops {
    /* Makes one; called without a lock, by the leasing thread. May block until the wait ends. */
    esi_err (*make)(void *context, const esi_wait *wait, void **out, esi_error *err);
    void (*destroy)(void *context, void *item);
};

/* context must outlive the pool. max: how many may exist at once, 1 to 1024. */
esi_err pool_create(const struct pool_ops *ops, void *context, size_t max, struct pool **out,
                    esi_error *err) ESI_MUST_CHECK;
/* Every item was given back. */
void pool_free(struct pool *pool);

/* Leases one, first come first served. Errors: ESI_EUNAVAILABLE when the wait's time is up (with
 * retry_after_ms), ESI_ECANCELLED, and those of make. */
esi_err pool_lease(struct pool *pool, const esi_wait *wait, void **out,
                   esi_error *err) ESI_MUST_CHECK;
/* Gives it back. broken: it is destroyed, and its place is free. */
void pool_return(struct pool *pool, void *item, bool broken);

/* Destroys idle ones that are of no more use, and tells how many. is_bad is called with the pool's
 * lock held: it may only look. */
size_t pool_drop(struct pool *pool, bool (*is_bad)(void *context, void *item));

struct pool_counts {
    size_t max, made, idle, waiting;
};
struct pool_counts pool_counts(struct pool *pool);

#endif
