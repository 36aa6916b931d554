#include "provider/endpoint.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"

void endpoints_clear(struct endpoints *endpoints) {
    for (size_t i = 0; i < endpoints->count; i++) {
        os_mutex_clear(&endpoints->items[i].lock);
    }
    endpoints->items = NULL;
    endpoints->count = 0;
}

esi_err endpoints_tell(struct endpoints *endpoints, esi_arena *arena, esi_endpoint_state *out,
                       esi_error *err) {
    const int64_t now_ms = esi_clock_ns() / NS_PER_MS;
    for (size_t i = 0; i < endpoints->count; i++) {
        struct endpoint *e = &endpoints->items[i];
        char *problem = arena_alloc(arena, sizeof e->problem);
        if (problem == NULL) {
            return fail_memory(err, "provider/endpoint");
        }
        os_lock(&e->lock);
        memcpy(problem, e->problem, sizeof e->problem);
        out[i] = (esi_endpoint_state){
            .name = e->name,
            .model = e->model,
            .embeds = e->embeds,
            .rest_ms = breaker_rest_ms(&e->breaker, now_ms),
            .requests = e->requests,
            .failures = e->failures,
            .repeats = e->repeats,
            .lost = e->lost,
            .in_flight = e->in_flight,
        };
        os_unlock(&e->lock);
        out[i].resting = out[i].rest_ms > 0;
        out[i].problem = *problem != '\0' ? problem : NULL;
    }
    return ESI_OK;
}
