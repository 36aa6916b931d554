/* sse.h: reads a stream of server-sent events (WHATWG HTML, section 9.2.6), cut anywhere. Pure. */
#ifndef ESIHELP_PROVIDER_SSE_H
#define ESIHELP_PROVIDER_SSE_H

#include <stdbool.h>

#include <esihelp/sys/backend.h>

#include "base/str.h"

/* Non-zero ends the reading. data: the event's lines joined by \n. type: "" where none is given.
 * Both live for the call only, and are bytes as they came: nobody checked that they are UTF-8. */
typedef int (*sse_event_fn)(struct view type, struct view data, void *context);

struct sse {
    sse_event_fn on_event;
    void *context;
    struct buf line, data, type; /* line: what came of one that hasn't ended */
    bool started, after_cr, has_data, stopped;
};

/* event_max: bytes of one line and of one event's data. */
void sse_init(struct sse *sse, size_t event_max, sse_event_fn on_event, void *context);
void sse_clear(struct sse *sse);
/* Reads the next bytes. Errors: ESI_ETOOBIG, ESI_ENOMEM; nothing can be read after one. What comes
 * after a stop is passed over. */
esi_err sse_feed(struct sse *sse, struct view bytes, esi_error *err) ESI_MUST_CHECK;
/* The stream ended. The standard drops an event without its empty line; endpoints that forget the
 * last one are given it all the same: tells such an event, whose last line may be cut. */
esi_err sse_end(struct sse *sse, esi_error *err) ESI_MUST_CHECK;

#endif
