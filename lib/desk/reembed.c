/* reembed.c: a collection moves to another embedding model, while others serve it. */
#include <stdlib.h>
#include <string.h>

#include <esihelp/kb.h>

#include "base/clock.h"
#include "base/error.h"
#include "desk/desk.h"
#include "desk/input.h"
#include "desk/respace.h"

#define ORIGIN "desk/reembed"
#define NO_DEADLINE_MS INT64_C(604800000) /* a week: a bound, not a wish */

struct reembed {
    esi_reembed_report report; /* first: the caller holds a pointer to it */
    esi_arena arena;
};

static esi_err tell(void *context, int64_t done, int64_t total, esi_error *err) {
    const esi_reembed_request *request = context;
    const esi_reembed_progress progress = {done, total};
    if (request->on_progress && request->on_progress(&progress, request->progress_context)) {
        return esi_fail(err, ESI_ECANCELLED, ORIGIN, "stopped by the caller after %lld of %lld",
                        (long long)done, (long long)total);
    }
    return ESI_OK;
}

/* A model that is asked for by name isn't replaced by whatever the provider has. */
static esi_err check_model(const esi_desk *desk, esi_error *err) {
    const char *wanted = desk->settings.embedding_model;
    const esi_provider_info *info = &desk->embedder.info;
    if (desk->settings.scratch) {
        return fail_at(err, ESI_EINVAL, ORIGIN, "/scratch", "a scratch copy isn't kept");
    }
    if (wanted && strcmp(wanted, info->embedding_model) != 0) {
        return fail_at(err, ESI_EINVAL, ORIGIN, "/embeddingModel",
                       "the provider \"%s\" makes vectors of \"%s\", not of \"%s\"", info->name,
                       info->embedding_model, wanted);
    }
    return ESI_OK;
}

static esi_err read_former(const esi_desk *desk, esi_store *store, const esi_wait *wait,
                           struct reembed *r, esi_error *err) {
    int64_t version;
    esi_store_space former;
    const esi_err rc = desk->store_ops->kb_version(store, desk->settings.collection, wait,
                                                   &r->arena, &version, &former, err);
    if (rc == ESI_OK) {
        r->report.former_model = former.model;
        r->report.former_dimensions = former.dimensions;
        r->report.dimensions = desk->embedder.info.dimensions;
        r->report.model = arena_str(&r->arena, view_of(desk->embedder.info.embedding_model));
    }
    return rc == ESI_OK && !r->report.model ? fail_memory(err, ORIGIN) : rc;
}

static esi_err move(const esi_desk *desk, esi_store *store, esi_reembed_request *request,
                    const esi_wait *wait, struct reembed *r, esi_error *err) {
    const struct respace what = {desk->store_ops, store, desk->settings.collection,
                                 &desk->embedder, tell,  request};
    struct respace_result result;
    esi_err rc = respace_run(&what, wait, &result, err);
    r->report.made = result.made;
    r->report.missing = rc == ESI_OK ? 0 : result.total - result.made;
    r->report.swapped = result.swapped;
    if (rc == ESI_OK && request->drop_old) {
        size_t dropped = 0;
        rc = desk->store_ops->space_drop(store, desk->settings.collection, wait, &dropped, err);
        r->report.dropped = (int64_t)dropped;
    }
    return rc;
}

static esi_err run(esi_desk *desk, esi_reembed_request *request, struct reembed *r,
                   esi_error *err) {
    const int64_t ms = request->deadline_ms;
    const esi_wait wait =
        wait_for_ms(ms > 0 && ms < NO_DEADLINE_MS ? ms : NO_DEADLINE_MS, request->cancel);
    esi_store *store = NULL;
    esi_err rc = check_model(desk, err);
    if (rc == ESI_OK) {
        rc = desk_store_to_write(desk, &store, err);
    }
    if (rc == ESI_OK) {
        rc = read_former(desk, store, &wait, r, err);
    }
    return rc == ESI_OK ? move(desk, store, request, &wait, r, err) : rc;
}

static esi_err read_request(const esi_reembed_request *request, esi_reembed_request *out,
                            esi_error *err) {
    esi_err rc = ESI_OK;
    if (request) {
        rc = input_struct(out, sizeof(*out), request, sizeof(size_t), ORIGIN, err);
    }
    if (rc == ESI_OK && out->deadline_ms < 0) {
        rc = fail_at(err, ESI_EINVAL, ORIGIN, "/deadlineMs", "a deadline can't be negative");
    }
    return rc;
}

esi_err esi_kb_reembed(const esi_options *options, const esi_reembed_request *request,
                       esi_reembed_report **out, esi_error *err) {
    if (!out) {
        return esi_fail(err, ESI_EINVAL, ORIGIN, "out must not be NULL");
    }
    esi_reembed_request wanted = ESI_REEMBED_REQUEST_INIT;
    esi_desk *desk = NULL;
    esi_err rc = read_request(request, &wanted, err);
    if (rc == ESI_OK) {
        rc = desk_open_bare(options, &desk, err);
    }
    if (rc != ESI_OK) {
        return rc;
    }
    struct reembed *r = calloc(1, sizeof(*r));
    rc = r ? run(desk, &wanted, r, err) : fail_memory(err, ORIGIN);
    esi_desk_close(desk);
    if (r && r->report.model && (rc == ESI_OK || rc == ESI_ECANCELLED)) {
        *out = &r->report;
    } else if (r) {
        esi_reembed_report_free(&r->report);
    }
    return rc;
}

void esi_reembed_report_free(esi_reembed_report *report) {
    if (report) {
        struct reembed *r = (struct reembed *)report;
        arena_clear(&r->arena);
        free(r);
    }
}
