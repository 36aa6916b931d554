/* retention.c: what is old, and what is of one person, removed and counted. */
#include <esihelp/retention.h>

#include <stdlib.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "desk/desk.h"
#include "desk/input.h"

#define ORIGIN "desk/retention"
#define STEP_ROWS 100 /* sessions, tickets, ... of one transaction */
#define PAUSE_MS 5    /* between two, in which other processes get at the store */

struct report_result {
    esi_retention_report report; /* first: the caller holds a pointer to it */
    esi_retention_count *counts; /* what report.items points to */
    esi_arena arena;
};

/* Adds a step's counts; each step tells of the same tables. The names are the store's constants. */
static esi_err report_add(struct report_result *result, const esi_store_count *counts, size_t count,
                          esi_error *err) {
    if (!result->counts) {
        const esi_retention_count **list =
            ARENA_ARRAY(&result->arena, count, const esi_retention_count *);
        result->counts = ARENA_ARRAY(&result->arena, count, esi_retention_count);
        if (!list || !result->counts) {
            return fail_memory(err, ORIGIN);
        }
        for (size_t i = 0; i < count; i++) {
            result->counts[i].table = arena_str(&result->arena, view_of(counts[i].name));
            if (!result->counts[i].table) {
                return fail_memory(err, ORIGIN);
            }
            list[i] = &result->counts[i];
        }
        result->report.items = list;
        result->report.count = count;
    }
    for (size_t i = 0; i < count && i < result->report.count; i++) {
        result->counts[i].count += counts[i].count;
    }
    return ESI_OK;
}

/* ---- purge ----------------------------------------------------------------------------------- */

static esi_err read_request(const esi_desk *desk, const esi_purge_request *request,
                            esi_store_purge *out, esi_wait *wait, esi_error *err) {
    esi_purge_request r = ESI_PURGE_REQUEST_INIT;
    int64_t deadline = 0;
    esi_err rc = input_struct(&r, sizeof(r), request, sizeof(size_t), ORIGIN, err);
    if (rc == ESI_OK) {
        rc = input_deadline(r.deadline_ms, desk->settings.deadline_ms, ORIGIN, &deadline, err);
    }
    if (rc != ESI_OK) {
        return rc;
    }
    const int64_t now = clock_now_ms();
    if (r.older_than_ms < ESI_RETENTION_MIN_MS) {
        return fail_at(err, ESI_EINVAL, ORIGIN, "/olderThanMs",
                       "what is younger than an hour isn't purged");
    }
    *out = (esi_store_purge){.before_ms = r.older_than_ms < now ? now - r.older_than_ms : 0,
                             .untaken_events = r.undelivered,
                             .dry_run = r.dry_run,
                             .limit = STEP_ROWS,
                             .now_ms = now};
    *wait = wait_for_ms(deadline, NULL);
    return ESI_OK;
}

/* One transaction. `more`: there may be more to remove. */
static esi_err purge_step(const esi_desk *desk, esi_store *store, const esi_store_purge *purge,
                          const esi_wait *wait, struct report_result *result, bool *more,
                          esi_error *err) {
    esi_arena scratch = {0};
    const esi_store_count *counts = NULL;
    size_t count = 0;
    esi_err rc = desk->store_ops->purge(store, purge, wait, &scratch, &counts, &count, more, err);
    if (rc == ESI_OK) {
        rc = report_add(result, counts, count, err);
    }
    arena_clear(&scratch);
    return rc;
}

static esi_err purge_all(const esi_desk *desk, esi_store *store, const esi_store_purge *purge,
                         const esi_wait *wait, struct report_result *result, esi_error *err) {
    bool more = true;
    esi_err rc = ESI_OK;
    while (rc == ESI_OK && more && (result->report.count == 0 || !wait_over(wait))) {
        if (result->report.count > 0) {
            wait_sleep(wait, PAUSE_MS);
        }
        rc = purge_step(desk, store, purge, wait, result, &more, err);
    }
    if (rc == ESI_ETIMEOUT && result->report.count > 0) {
        return ESI_OK; /* what went is told; the rest is for the next call */
    }
    result->report.complete = rc == ESI_OK && !more;
    return rc;
}

esi_err esi_retention_purge(esi_desk *desk, const esi_purge_request *request,
                            esi_retention_report **out, esi_error *err) {
    if (!desk || !request || !out) {
        return esi_fail(err, ESI_EINVAL, ORIGIN, "desk, request and out must not be NULL");
    }
    esi_store_purge purge;
    esi_wait wait;
    esi_store *store = NULL;
    esi_err rc = read_request(desk, request, &purge, &wait, err);
    if (rc == ESI_OK) {
        rc = purge.dry_run ? desk_store(desk, &store, err) : desk_store_to_write(desk, &store, err);
    }
    if (rc != ESI_OK) {
        return rc;
    }
    struct report_result *result = calloc(1, sizeof(*result));
    if (!result) {
        return fail_memory(err, ORIGIN);
    }
    rc = purge_all(desk, store, &purge, &wait, result, err);
    if (rc != ESI_OK) {
        esi_retention_report_free(&result->report);
        return rc;
    }
    *out = &result->report;
    return ESI_OK;
}

/* ---- erase ----------------------------------------------------------------------------------- */

esi_err esi_retention_erase(esi_desk *desk, const char *user_id, esi_retention_report **out,
                            esi_error *err) {
    if (!desk || !user_id || !out) {
        return esi_fail(err, ESI_EINVAL, ORIGIN, "desk, user_id and out must not be NULL");
    }
    esi_store *store = NULL;
    esi_err rc = input_short(user_id, ESI_ID_MAX, ORIGIN, "/userId", err);
    if (rc == ESI_OK && user_id[0] == '\0') {
        rc = fail_at(err, ESI_EINVAL, ORIGIN, "/userId", "nobody is named");
    }
    if (rc == ESI_OK) {
        rc = desk_store_to_write(desk, &store, err);
    }
    if (rc != ESI_OK) {
        return rc;
    }
    struct report_result *result = calloc(1, sizeof(*result));
    if (!result) {
        return fail_memory(err, ORIGIN);
    }
    esi_arena scratch = {0};
    const esi_wait wait = wait_for_ms(desk->settings.deadline_ms, NULL);
    const esi_store_count *counts = NULL;
    size_t count = 0;
    rc = desk->store_ops->erase(store, user_id, &wait, &scratch, &counts, &count, err);
    if (rc == ESI_OK) {
        rc = report_add(result, counts, count, err);
    }
    arena_clear(&scratch);
    if (rc != ESI_OK) {
        esi_retention_report_free(&result->report);
        return rc;
    }
    result->report.complete = true;
    *out = &result->report;
    return ESI_OK;
}

void esi_retention_report_free(esi_retention_report *report) {
    if (report) {
        struct report_result *result = (struct report_result *)report;
        arena_clear(&result->arena);
        free(result);
    }
}
