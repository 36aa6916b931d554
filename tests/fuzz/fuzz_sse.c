/* A stream of events gives the same events, however it is cut. */
#include "fuzz.h"

#include <string.h>

#include "base/str.h"
#include "provider/sse.h"

#define EVENT_MAX 600
#define HEARD_MAX ((size_t)1 << 22)

/* What was heard: each event's type and data with their sizes, so that no two lists look alike. */
struct heard {
    struct buf events;
    esi_err result, end_result;
    size_t count, stop_at;
};

static int on_event(struct view type, struct view data, void *context) {
    struct heard *h = context;
    FUZZ_HOLDS(type.n <= EVENT_MAX && data.n <= EVENT_MAX);
    FUZZ_HOLDS(view_find(type, VIEW("\n"), 0) == SIZE_MAX);
    FUZZ_HOLDS(view_find(data, VIEW("\r"), 0) == SIZE_MAX);
    FUZZ_HOLDS(h->count < h->stop_at);
    buf_printf(&h->events, "%zu %zu:", type.n, data.n);
    buf_add(&h->events, type);
    buf_add(&h->events, data);
    return ++h->count == h->stop_at;
}

/* Feeds pieces of sizes drawn from `seed`; 0 feeds all at once. Each piece is a block of its own,
 * so that nothing of an earlier one can be kept. */
static void hear(struct view text, uint32_t seed, size_t stop_at, struct heard *h) {
    *h = (struct heard){.stop_at = stop_at};
    buf_init(&h->events, HEARD_MAX);
    const bool whole = seed == 0;
    struct sse sse;
    sse_init(&sse, EVENT_MAX, on_event, h);
    for (size_t at = 0; at < text.n && h->result == ESI_OK;) {
        seed = seed * 1664525u + 1013904223u;
        const size_t most = (seed >> 8) % 4 == 0 ? 40 : 3;
        const size_t size = whole ? text.n : 1 + (seed >> 16) % most;
        const struct view piece = view_slice(text, at, at + size);
        char *copy = malloc(piece.n);
        FUZZ_HOLDS(copy != NULL);
        memcpy(copy, piece.p, piece.n);
        h->result = sse_feed(&sse, (struct view){copy, piece.n}, NULL);
        free(copy);
        at += piece.n;
    }
    if (h->result == ESI_OK) {
        h->end_result = sse_end(&sse, NULL);
    }
    sse_clear(&sse);
    FUZZ_HOLDS(!h->events.failed);
    FUZZ_HOLDS(h->result == ESI_OK || h->result == ESI_ETOOBIG);
    FUZZ_HOLDS(h->end_result == ESI_OK || h->end_result == ESI_ETOOBIG);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct view text = {(const char *)data, size};
    const size_t stop_at = size > 0 && data[size - 1] % 4 == 1 ? 2 : SIZE_MAX;
    struct heard whole, cut;
    hear(text, 0, stop_at, &whole);
    for (uint32_t seed = 1; seed < 4; seed++) {
        hear(text, seed * 2654435761u + (uint32_t)size, stop_at, &cut);
        FUZZ_HOLDS(cut.result == whole.result && cut.end_result == whole.end_result);
        FUZZ_HOLDS(cut.count == whole.count);
        FUZZ_HOLDS(view_eq(buf_view(&cut.events), buf_view(&whole.events)));
        buf_clear(&cut.events);
    }
    buf_clear(&whole.events);
    return 0;
}
