/* metrics.c: what happened, counted from the rows that recorded it. */
#include <esihelp/metrics.h>

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "desk/desk.h"
#include "desk/input.h"

#define ORIGIN "desk/metrics"

struct metrics_result {
    esi_metrics metrics; /* first: the caller holds a pointer to it */
    esi_arena arena;
};

static esi_err read_day(const char *day, const char *pointer, int64_t otherwise, int64_t *out,
                        esi_error *err) {
    if (!day) {
        *out = otherwise;
        return ESI_OK;
    }
    if (!clock_day(day, out)) {
        return fail_at(err, ESI_EINVAL, ORIGIN, pointer, "not a day; write it as 2026-11-22");
    }
    return ESI_OK;
}

static esi_err export_counts(esi_arena *arena, const esi_store_count *items, size_t count,
                             const esi_count *const **out, esi_error *err) {
    const esi_count **list = ARENA_ARRAY(arena, count, const esi_count *);
    if (!list) {
        return fail_memory(err, ORIGIN);
    }
    for (size_t i = 0; i < count; i++) {
        esi_count *c = ARENA_NEW(arena, esi_count);
        if (!c || !(c->name = arena_str(arena, view_of(items[i].name)))) {
            return fail_memory(err, ORIGIN);
        }
        c->count = items[i].count;
        list[i] = c;
    }
    *out = list;
    return ESI_OK;
}

static double share(int64_t part, int64_t whole) {
    return whole > 0 ? (double)part / (double)whole : 0.0;
}

static void copy_sums(const esi_store_metrics *s, esi_metrics *m) {
    m->conversations = s->conversations;
    m->messages = s->messages;
    m->tickets = s->tickets;
    m->open_tickets = s->open_tickets;
    m->closed_tickets = s->closed_tickets;
    memcpy(m->tickets_by_tier, s->by_tier, sizeof(m->tickets_by_tier));
    memcpy(m->tickets_by_severity, s->by_severity, sizeof(m->tickets_by_severity));
    m->escalations = s->escalations;
    m->guardrail_activations = s->guardrail_activations;
    m->not_covered = s->not_covered;
    m->avg_confidence =
        s->confidence_count > 0 ? s->confidence_sum / (double)s->confidence_count : 0;
    m->deflection_rate = share(s->conversations - s->sessions_with_ticket, s->conversations);
    m->has_median_resolution = s->has_median_resolution;
    m->median_resolution_minutes = s->median_resolution_minutes;
    m->feedback_up = s->feedback_up;
    m->feedback_down = s->feedback_down;
    m->input_tokens = s->input_tokens;
    m->output_tokens = s->output_tokens;
    m->cost = s->cost;
    m->fallbacks = s->fallbacks;
}

static esi_err export_metrics(const esi_store_metrics *s, struct metrics_result *out,
                              esi_error *err) {
    esi_metrics *m = &out->metrics;
    copy_sums(s, m);
    esi_err rc = export_counts(&out->arena, s->guardrail_by_category, s->guardrail_category_count,
                               &m->guardrail_by_category, err);
    m->guardrail_category_count = s->guardrail_category_count;
    if (rc == ESI_OK) {
        rc = export_counts(&out->arena, s->categories, s->category_count, &m->categories, err);
        m->category_count = s->category_count;
    }
    return rc;
}

static esi_err read_query(const esi_desk *desk, const esi_metrics_query *query, int64_t *from,
                          int64_t *to, esi_wait *wait, esi_error *err) {
    esi_metrics_query q = ESI_METRICS_QUERY_INIT;
    int64_t deadline = 0;
    esi_err rc = query ? input_struct(&q, sizeof(q), query, sizeof(size_t), ORIGIN, err) : ESI_OK;
    if (rc == ESI_OK) {
        rc = input_deadline(q.deadline_ms, desk->settings.deadline_ms, ORIGIN, &deadline, err);
    }
    if (rc == ESI_OK) {
        rc = read_day(q.from, "/from", 0, from, err);
    }
    const int64_t today = clock_now_ms() / MS_PER_DAY * MS_PER_DAY;
    if (rc == ESI_OK) {
        rc = read_day(q.to, "/to", today, to, err);
    }
    if (rc == ESI_OK && *from > *to) {
        rc = fail_at(err, ESI_EINVAL, ORIGIN, "/from", "the first day is after the last");
    }
    if (rc == ESI_OK) {
        *to += MS_PER_DAY; /* the last day is included */
        *wait = wait_for_ms(deadline, NULL);
    }
    return rc;
}

esi_err esi_metrics_summary(esi_desk *desk, const esi_metrics_query *query, esi_metrics **out,
                            esi_error *err) {
    if (!desk || !out) {
        return esi_fail(err, ESI_EINVAL, ORIGIN, "desk and out must not be NULL");
    }
    int64_t from = 0;
    int64_t to = 0;
    esi_wait wait;
    esi_store *store = NULL;
    esi_err rc = read_query(desk, query, &from, &to, &wait, err);
    if (rc == ESI_OK) {
        rc = desk_store(desk, &store, err);
    }
    if (rc != ESI_OK) {
        return rc;
    }
    struct metrics_result *result = calloc(1, sizeof(*result));
    if (!result) {
        return fail_memory(err, ORIGIN);
    }
    esi_arena scratch = {0};
    esi_store_metrics sums = {0};
    rc = desk->store_ops->metrics(store, from, to, &wait, &scratch, &sums, err);
    if (rc == ESI_OK) {
        rc = export_metrics(&sums, result, err);
    }
    arena_clear(&scratch);
    if (rc != ESI_OK) {
        esi_metrics_free(&result->metrics);
        return rc;
    }
    *out = &result->metrics;
    return ESI_OK;
}

void esi_metrics_free(esi_metrics *metrics) {
    if (metrics) {
        struct metrics_result *result = (struct metrics_result *)metrics;
        arena_clear(&result->arena);
        free(result);
    }
}
