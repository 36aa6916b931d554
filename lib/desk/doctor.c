/* doctor.c: looks the whole desk over and says how to mend what is wrong. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/error.h"
#include "desk/desk.h"
#include "desk/models.h"

#define ORIGIN "desk/doctor"
#define CHECK_LIMIT_MS 600000
#define PROBE_LIMIT_MS 5000
#define FINDINGS_MAX 64

struct doctor_result {
    esi_doctor_report report; /* first: the caller holds a pointer to it */
    esi_arena arena;
    const esi_finding *findings[FINDINGS_MAX];
};

/* detail NULL: memory ran out while it was made. */
static esi_err add(struct doctor_result *r, bool ok, const char *what, const char *detail,
                   const char *mend, esi_error *err) {
    esi_finding *f = ARENA_NEW(&r->arena, esi_finding);
    if (!f || !detail) {
        return fail_memory(err, ORIGIN);
    }
    *f = (esi_finding){ok, what, detail, ok ? NULL : mend};
    if (r->report.finding_count < FINDINGS_MAX) {
        r->findings[r->report.finding_count++] = f;
    }
    r->report.healthy = r->report.healthy && ok;
    return ESI_OK;
}

static esi_err look_at_store(esi_desk *desk, struct doctor_result *r, esi_error *err) {
    esi_store *store = NULL;
    esi_error why = {0};
    const esi_store_finding *found = NULL;
    size_t count = 0;
    const esi_wait wait = wait_for_ms(CHECK_LIMIT_MS, NULL);
    esi_err rc = desk_store(desk, &store, &why);
    if (rc == ESI_OK) {
        rc = desk->store_ops->check(store, &wait, &r->arena, &found, &count, &why);
    }
    if (rc == ESI_ENOMEM) {
        return fail_memory(err, ORIGIN);
    }
    if (rc != ESI_OK) {
        return add(r, false, "store", arena_str(&r->arena, view_of(why.message)),
                   "make the store reachable; the desk tries again by itself", err);
    }
    for (size_t i = 0; rc == ESI_OK && i < count; i++) {
        rc = add(r, found[i].ok, found[i].what, found[i].detail, found[i].mend, err);
    }
    return rc;
}

#define MB 1048576.0

/* Who searches, and what of that is in memory. */
static const char *tell_index(const esi_desk *desk, const struct snapshot *s, esi_arena *arena) {
    const double most = (double)desk->settings.index_memory / MB;
    const double has = (double)index_bytes(s->index) / MB;
    const size_t documents = index_documents(s->index), sections = index_sections(s->index);
    if (!s->light) {
        return arena_printf(arena,
                            "%zu documents, %zu sections, %.1f MB in the index, which may take "
                            "%.0f MB (ESI_INDEX_MEMORY)",
                            documents, sections, has, most);
    }
    return arena_printf(
        arena,
        "%zu documents, %zu sections, searched by the database because %s; %.1f MB "
        "of %.0f MB in the catalogue. Its ranks aren't those of the index in memory",
        documents, sections,
        desk->settings.search_far ? "option search (ESI_PG_SEARCH) says so"
                                  : "the index would take more than it may",
        has, most);
}

static esi_err look_at_knowledge(esi_desk *desk, struct doctor_result *r, esi_error *err) {
    struct snapshot *snapshot = knowledge_snapshot(desk->knowledge);
    const size_t documents = index_documents(snapshot->index);
    const char *detail = tell_index(desk, snapshot, &r->arena);
    snapshot_unref(snapshot);
    esi_error trouble;
    const bool stuck = knowledge_trouble(desk->knowledge, &trouble);
    esi_err rc = ESI_OK;
    if (stuck) {
        rc =
            add(r, false, "knowledge base", arena_str(&r->arena, view_of(trouble.message)),
                trouble.code == ESI_EDIM
                    ? "answers are given from what was read before: open the desk anew, with the "
                      "model that the collection has now"
                    : "answers are given from what was read before; the desk looks again by itself",
                err);
    }
    if (rc != ESI_OK || (stuck && documents == 0)) {
        return rc;
    }
    return add(r, documents > 0, "knowledge base", detail,
               "nothing can be answered yet: ingest a folder of Markdown documents", err);
}

/* Of a model in this process a missing vector is no queue. */
static int64_t count_pending(esi_desk *desk) {
    struct snapshot *s = knowledge_snapshot(desk->knowledge);
    const int64_t pending = s->light ? filler_pending(desk->filler) : s->unembedded;
    snapshot_unref(s);
    return desk->embedder.info.local ? 0 : pending;
}

static esi_err look_at_vectors(esi_desk *desk, struct doctor_result *r, esi_error *err) {
    const esi_provider_info *info = &desk->embedder.info;
    const int64_t pending = count_pending(desk);
    const char *detail = arena_printf(&r->arena, "model %s, %d dimensions", info->embedding_model,
                                      (int)info->dimensions);
    if (detail && pending > 0) {
        detail = arena_printf(&r->arena, "%s; %lld sections have none yet, words find them", detail,
                              (long long)pending);
    }
    return add(r, pending == 0, "vectors", detail,
               "ingest again, or let a desk serve, once the endpoint that makes vectors answers",
               err);
}

static esi_err look_at_endpoints(esi_desk *desk, struct doctor_result *r, esi_error *err) {
    struct models_endpoints endpoints = {NULL, 0};
    esi_err rc = models_endpoints(&desk->writer, &desk->embedder, &r->arena, &endpoints, err);
    for (size_t i = 0; rc == ESI_OK && i < endpoints.count; i++) {
        const esi_endpoint_health *e = endpoints.items[i];
        if (e->resting) {
            rc = add(r, false, "endpoint",
                     arena_printf(&r->arena,
                                  "%s (%s) failed too often and is left alone for %lld s: %s",
                                  e->name, e->model, (long long)(e->rest_ms / 1000 + 1),
                                  e->problem ? e->problem : "no reason is known"),
                     "see to the endpoint; it is tried again by itself", err);
        }
    }
    return rc;
}

static esi_err look_at_models(esi_desk *desk, struct doctor_result *r, esi_error *err) {
    const struct model *w = &desk->writer;
    esi_error why = {0};
    esi_err rc = look_at_vectors(desk, r, err);
    if (rc != ESI_OK || !w->ops->answer || !w->info.chat_model) {
        return rc == ESI_OK ? add(r, true, "model", "none: answers are made offline", NULL, err)
                            : rc;
    }
    const esi_wait wait = wait_for_ms(PROBE_LIMIT_MS, NULL);
    const bool ok = !w->ops->probe || w->ops->probe(w->self, &wait, &why) == ESI_OK;
    const char *detail = ok ? arena_printf(&r->arena, "%s answers", w->info.chat_model)
                            : arena_str(&r->arena, view_of(why.message));
    rc = add(r, ok, "model", detail,
             "check the endpoint and the key; until then answers are made offline", err);
    return rc == ESI_OK ? look_at_endpoints(desk, r, err) : rc;
}

esi_err esi_desk_doctor(esi_desk *desk, esi_doctor_report **out, esi_error *err) {
    if (!desk || !out) {
        return esi_fail(err, ESI_EINVAL, ORIGIN, "desk and out must not be NULL");
    }
    struct doctor_result *r = calloc(1, sizeof(*r));
    if (!r) {
        return fail_memory(err, ORIGIN);
    }
    r->report.healthy = true;
    r->report.findings = r->findings;
    esi_err rc = add(r, true, "rules",
                     arena_printf(&r->arena, "%zu guardrail rules, %zu triage rules from %s",
                                  desk->policy->rule_count, desk->policy->triage_count,
                                  desk->settings.policy ? desk->settings.policy : "the default"),
                     NULL, err);
    if (rc == ESI_OK) {
        rc = look_at_store(desk, r, err);
    }
    if (rc == ESI_OK) {
        rc = look_at_knowledge(desk, r, err);
    }
    if (rc == ESI_OK) {
        rc = look_at_models(desk, r, err);
    }
    if (rc != ESI_OK) {
        esi_doctor_report_free(&r->report);
        return rc;
    }
    *out = &r->report;
    return ESI_OK;
}

void esi_doctor_report_free(esi_doctor_report *report) {
    if (report) {
        struct doctor_result *r = (struct doctor_result *)report;
        arena_clear(&r->arena);
        free(r);
    }
}
