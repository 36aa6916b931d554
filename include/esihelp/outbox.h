/* outbox.h: tickets and guardrail events for the host to forward, each at least once. */
#ifndef ESIHELP_OUTBOX_H
#define ESIHELP_OUTBOX_H

#include <esihelp/desk.h>
#include <esihelp/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct esi_outbox_event {
    const char *id;      /**< stays the same however often it is delivered */
    const char *kind;    /**< "ticket.opened", "ticket.changed", "ticket.closed", "guardrail" */
    const char *subject; /**< the ticket's or the guardrail event's id */
    const char *body;    /**< a JSON object */
    int64_t at_ms;
    int32_t deliveries; /**< how often it was taken before */
} esi_outbox_event;

typedef struct esi_outbox_batch {
    const esi_outbox_event *const *items;
    size_t count;
} esi_outbox_batch;

/** Takes up to `limit` (1 to ESI_LIST_MAX) events, oldest first, for `lease_ms` (1000 to 3600000):
 *  what isn't acknowledged by then is handed out again.
 *
 *  Errors: ESI_EINVAL, ESI_EUNAVAILABLE, ESI_EREADONLY, ESI_ENOMEM. Thread: shared. Since 0.1. */
ESI_API esi_err esi_outbox_take(esi_desk *desk, int32_t limit, int64_t lease_ms,
                                esi_outbox_batch **out, esi_error *err) ESI_MUST_CHECK;

/** Says that these events arrived; they are not handed out again. Ids that aren't there any more
 *  are passed over.
 *
 *  Errors: ESI_EINVAL, ESI_EUNAVAILABLE, ESI_EREADONLY, ESI_ENOMEM. Thread: shared. Since 0.1. */
ESI_API esi_err esi_outbox_ack(esi_desk *desk, const char *const *ids, size_t count,
                               esi_error *err) ESI_MUST_CHECK;
ESI_API void esi_outbox_batch_free(esi_outbox_batch *batch);

#ifdef __cplusplus
}
#endif
#endif
