/* metrics.h: what happened, counted from the rows that recorded it. */
#ifndef ESIHELP_METRICS_H
#define ESIHELP_METRICS_H

#include <esihelp/desk.h>
#include <esihelp/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct esi_count {
    const char *name;
    int64_t count;
} esi_count;

/** Which whole UTC days to count. Start from ESI_METRICS_QUERY_INIT. */
typedef struct esi_metrics_query {
    size_t size;
    const char *from; /**< first day, "2026-11-01"; NULL: the first there is */
    const char *to;   /**< last day, included; NULL: today */
    int64_t deadline_ms;
} esi_metrics_query;

#define ESI_METRICS_QUERY_INIT                                                                     \
    { sizeof(esi_metrics_query), 0, 0, 0 }

/** The sums. Frozen; freed by esi_metrics_free. Rows that were erased or purged don't count. */
typedef struct esi_metrics {
    int64_t conversations; /**< sessions with a message */
    int64_t messages;      /**< of both sides */
    int64_t tickets;
    int64_t open_tickets;           /**< OPEN and IN_PROGRESS */
    int64_t closed_tickets;         /**< RESOLVED and CLOSED */
    int64_t tickets_by_tier[4];     /**< by esi_tier; sums to `tickets` */
    int64_t tickets_by_severity[4]; /**< by esi_severity; sums to `tickets` */
    int64_t escalations;            /**< sessions with an escalated turn */
    int64_t guardrail_activations;  /**< blocked turns */
    const esi_count *const *guardrail_by_category;
    size_t guardrail_category_count;
    const esi_count *const *categories; /**< of tickets, most first */
    size_t category_count;
    int64_t not_covered;    /**< turns whose coverage is ESI_COVERAGE_NONE */
    double avg_confidence;  /**< over answers with a coverage; 0 where there are none */
    double deflection_rate; /**< sessions without a ticket over all sessions with a message */
    bool has_median_resolution;
    double median_resolution_minutes; /**< from created to resolved */
    int64_t feedback_up, feedback_down;
    int64_t input_tokens, output_tokens;
    int64_t cost;      /**< of models, in millionths of the unit of the price table */
    int64_t fallbacks; /**< answers that were made without the model that was to write them */
} esi_metrics;

/** Counts a range of days. query: NULL means all days.
 *
 *  Errors: ESI_EINVAL (a day that isn't one; from after to), ESI_EUNAVAILABLE, ESI_ETIMEOUT,
 *  ESI_ENOMEM. Thread: shared. Since 0.1. */
ESI_API esi_err esi_metrics_summary(esi_desk *desk, const esi_metrics_query *query,
                                    esi_metrics **out, esi_error *err) ESI_MUST_CHECK;
ESI_API void esi_metrics_free(esi_metrics *metrics);

#ifdef __cplusplus
}
#endif
#endif
