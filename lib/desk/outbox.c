/* outbox.c: events for the host to forward. */
#include <esihelp/outbox.h>

#include <stdlib.h>

#include "base/clock.h"
#include "base/error.h"
#include "desk/desk.h"

#define ORIGIN "desk/outbox"

struct outbox_result {
    esi_outbox_batch batch; /* first: the caller holds a pointer to it */
    esi_arena arena;
};

static esi_err export_batch(const esi_store_outbox_event *events, size_t count,
                            struct outbox_result *out, esi_error *err) {
    const esi_outbox_event **list = ARENA_ARRAY(&out->arena, count, const esi_outbox_event *);
    esi_outbox_event *copies = ARENA_ARRAY(&out->arena, count, esi_outbox_event);
    if (!list || !copies) {
        return fail_memory(err, ORIGIN);
    }
    for (size_t i = 0; i < count; i++) { /* their strings are in the same arena already */
        copies[i] = (esi_outbox_event){events[i].id,   events[i].kind,  events[i].subject,
                                       events[i].body, events[i].at_ms, events[i].deliveries};
        list[i] = &copies[i];
    }
    out->batch.items = list;
    out->batch.count = count;
    return ESI_OK;
}

esi_err esi_outbox_take(esi_desk *desk, int32_t limit, int64_t lease_ms, esi_outbox_batch **out,
                        esi_error *err) {
    if (!desk || !out) {
        return esi_fail(err, ESI_EINVAL, ORIGIN, "desk and out must not be NULL");
    }
    if (limit < 1 || limit > ESI_LIST_MAX) {
        return esi_fail(err, ESI_EINVAL, ORIGIN, "limit is 1 to %d, not %d", ESI_LIST_MAX,
                        (int)limit);
    }
    if (lease_ms < 1000 || lease_ms > 3600000) {
        return esi_fail(err, ESI_EINVAL, ORIGIN, "lease_ms is 1000 to 3600000, not %lld",
                        (long long)lease_ms);
    }
    esi_store *store = NULL;
    esi_err rc = desk_store_to_write(desk, &store, err);
    if (rc != ESI_OK) {
        return rc;
    }
    struct outbox_result *result = calloc(1, sizeof(*result));
    if (!result) {
        return fail_memory(err, ORIGIN);
    }
    const esi_wait wait = wait_for_ms(desk->settings.deadline_ms, NULL);
    const esi_store_outbox_event *events = NULL;
    size_t count = 0;
    rc = desk->store_ops->outbox_take(store, limit, lease_ms, clock_now_ms(), &wait, &result->arena,
                                      &events, &count, err);
    if (rc == ESI_OK) {
        rc = export_batch(events, count, result, err);
    }
    if (rc != ESI_OK) {
        esi_outbox_batch_free(&result->batch);
        return rc;
    }
    *out = &result->batch;
    return ESI_OK;
}

esi_err esi_outbox_ack(esi_desk *desk, const char *const *ids, size_t count, esi_error *err) {
    if (!desk || (count > 0 && !ids)) {
        return esi_fail(err, ESI_EINVAL, ORIGIN, "desk and ids must not be NULL");
    }
    if (count > ESI_LIST_MAX) {
        return esi_fail(err, ESI_EINVAL, ORIGIN, "at most %d ids at once, not %zu", ESI_LIST_MAX,
                        count);
    }
    for (size_t i = 0; i < count; i++) {
        if (!ids[i]) {
            return esi_fail(err, ESI_EINVAL, ORIGIN, "id %zu is NULL", i + 1);
        }
    }
    esi_store *store = NULL;
    const esi_err rc = desk_store_to_write(desk, &store, err);
    if (rc != ESI_OK || count == 0) {
        return rc;
    }
    const esi_wait wait = wait_for_ms(desk->settings.deadline_ms, NULL);
    return desk->store_ops->outbox_ack(store, ids, count, &wait, err);
}

void esi_outbox_batch_free(esi_outbox_batch *batch) {
    if (batch) {
        struct outbox_result *result = (struct outbox_result *)batch;
        arena_clear(&result->arena);
        free(result);
    }
}
