/* search.c: finds sections for a question, and removes documents. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "desk/desk.h"
#include "desk/far.h"
#include "desk/input.h"
#include "desk/lookup.h"

#include <esihelp/kb.h>

#define ORIGIN "desk/search"
#define CANDIDATES 60
#define LOOK_UP_AGAIN 4
#define LIMIT_DEFAULT 10
#define PER_DOCUMENT_DEFAULT 2

struct hits_result {
    esi_kb_hits hits; /* first: the caller holds a pointer to it */
    esi_arena arena;
};

/* One esi_kb_search on its way. */
struct search {
    esi_desk *desk;
    esi_kb_query query;
    struct view text;
    esi_role role;
    esi_wait wait;
    esi_arena scratch;
    struct snapshot *snapshot;
    bool whole; /* everything that was chosen was still there */
    struct fused *ranked;
    size_t count;
    esi_error *err;
};

static esi_err check(struct search *s) {
    const esi_kb_query *q = &s->query;
    int64_t deadline = 0;
    s->text = view_of(q->text);
    esi_err rc = text_check(s->text, ESI_MESSAGE_MAX_CHARS, true, ORIGIN, "/q", s->err);
    if (rc == ESI_OK) {
        rc = input_role(q->role, ORIGIN, &s->role, s->err);
    }
    if (rc == ESI_OK && (q->limit < 0 || q->limit > ESI_LIST_MAX)) {
        rc = fail_at(s->err, ESI_EINVAL, ORIGIN, "/limit", "a limit is 1 to %d, not %d",
                     ESI_LIST_MAX, (int)q->limit);
    }
    if (rc == ESI_OK && (q->per_document < 0 || q->per_document > ESI_LIST_MAX)) {
        rc = fail_at(s->err, ESI_EINVAL, ORIGIN, "/perDocument", "1 to %d, not %d", ESI_LIST_MAX,
                     (int)q->per_document);
    }
    if (rc == ESI_OK) {
        rc = input_deadline(q->deadline_ms, s->desk->settings.deadline_ms, ORIGIN, &deadline,
                            s->err);
    }
    s->wait = wait_for_ms(deadline, NULL);
    return rc;
}

static esi_err rank(struct search *s, struct snapshot *now) {
    const size_t wide = (size_t)s->query.limit * 4;
    struct lookup_in in = {.words = s->text,
                           .language = text_language(s->text),
                           .act = ESI_ACT_QUESTION,
                           .role = s->role,
                           .most = wide > CANDIDATES ? wide : CANDIDATES,
                           .wait = s->wait};
    struct lookup *found = ARENA_NEW(&s->scratch, struct lookup);
    struct snapshot *own = NULL;
    esi_err rc = found ? far_snapshot(s->desk, now, &in, &s->scratch, &own, s->err)
                       : fail_memory(s->err, ORIGIN);
    if (rc == ESI_OK) {
        snapshot_unref(s->snapshot);
        s->snapshot = own;
        rc = lookup_run(s->desk, own->index, &in, &s->scratch, found, s->err);
    }
    if (rc == ESI_OK) {
        s->ranked = found->hits;
        s->count = found->hit_count;
    }
    return rc;
}

/* The best sections, at most `per_document` of one document. */
static size_t choose(const struct search *s, const struct fused **out, size_t limit) {
    const struct index *index = s->snapshot->index;
    size_t count = 0;
    for (size_t i = 0; i < s->count && count < limit; i++) {
        const uint32_t document = index_section_document(index, s->ranked[i].hit.section);
        int32_t same = 0;
        for (size_t j = 0; j < count; j++) {
            same += index_section_document(index, out[j]->hit.section) == document;
        }
        if (same < s->query.per_document) {
            out[count++] = &s->ranked[i];
        }
    }
    return count;
}

static esi_err export_hit(const esi_store_passage *p, double score, esi_arena *arena,
                          const esi_kb_hit **out, esi_error *err) {
    esi_kb_hit *hit = ARENA_NEW(arena, esi_kb_hit);
    if (!hit || !(hit->id = arena_str(arena, view_of(p->document_id))) ||
        !(hit->title = arena_str(arena, view_of(p->title))) ||
        !(hit->version = arena_str(arena, view_of(p->version))) ||
        !(hit->section = arena_str(arena, view_of(p->heading))) ||
        !(hit->text = arena_str(arena, view_of(p->text)))) {
        return fail_memory(err, ORIGIN);
    }
    hit->score = score;
    *out = hit;
    return ESI_OK;
}

static esi_err fetch(struct search *s, struct hits_result *result) {
    const size_t limit = (size_t)s->query.limit;
    const struct fused **chosen = ARENA_ARRAY(&s->scratch, limit, const struct fused *);
    const char **ids = ARENA_ARRAY(&s->scratch, limit, const char *);
    const esi_kb_hit **items = ARENA_ARRAY(&result->arena, limit, const esi_kb_hit *);
    const esi_store_passage *fetched;
    size_t fetched_count;
    esi_store *store = NULL;
    if (!chosen || !ids || !items) {
        return fail_memory(s->err, ORIGIN);
    }
    const size_t count = choose(s, chosen, limit);
    for (size_t i = 0; i < count; i++) {
        ids[i] =
            arena_str(&s->scratch, index_section_id(s->snapshot->index, chosen[i]->hit.section));
        if (!ids[i]) {
            return fail_memory(s->err, ORIGIN);
        }
    }
    esi_err rc = desk_store(s->desk, &store, s->err);
    if (rc == ESI_OK) {
        rc = s->desk->store_ops->kb_fetch(store, s->desk->settings.collection, ids, count, &s->wait,
                                          &s->scratch, &fetched, &fetched_count, s->err);
    }
    size_t at = 0;
    for (size_t i = 0; rc == ESI_OK && i < count && at < fetched_count; i++) {
        if (strcmp(fetched[at].section_id, ids[i]) == 0) { /* what was replaced meanwhile is gone */
            rc = export_hit(&fetched[at], (double)chosen[i]->score, &result->arena, &items[at],
                            s->err);
            at++;
        }
    }
    result->hits.items = items;
    result->hits.count = at;
    s->whole = at == count && !s->snapshot->stale;
    return rc;
}

/* A document that is replaced between the snapshot and the fetch leaves a gap: the caller looks
 * again. */
static esi_err look_up(struct search *s, struct hits_result *result) {
    struct snapshot *now = knowledge_snapshot(s->desk->knowledge);
    const esi_err rc = rank(s, now);
    snapshot_unref(now);
    return rc == ESI_OK ? fetch(s, result) : rc;
}

esi_err esi_kb_search(esi_desk *desk, const esi_kb_query *query, esi_kb_hits **out,
                      esi_error *err) {
    if (!desk || !query || !out) {
        return esi_fail(err, ESI_EINVAL, ORIGIN, "desk, query and out must not be NULL");
    }
    struct search s = {.desk = desk, .err = err, .query = ESI_KB_QUERY_INIT};
    esi_err rc = input_struct(&s.query, sizeof(s.query), query, sizeof(size_t), ORIGIN, err);
    if (rc == ESI_OK) {
        rc = check(&s);
    }
    if (rc != ESI_OK) {
        return rc;
    }
    s.query.limit = s.query.limit > 0 ? s.query.limit : LIMIT_DEFAULT;
    s.query.per_document = s.query.per_document > 0 ? s.query.per_document : PER_DOCUMENT_DEFAULT;
    struct hits_result *result = calloc(1, sizeof(*result));
    if (!result) {
        return fail_memory(err, ORIGIN);
    }
    rc = look_up(&s, result);
    for (int i = 0; rc == ESI_OK && !s.whole && i < LOOK_UP_AGAIN; i++) {
        rc = knowledge_refresh(desk->knowledge, &s.wait, err);
        if (rc == ESI_OK) {
            rc = look_up(&s, result);
        }
    }
    snapshot_unref(s.snapshot);
    arena_clear(&s.scratch);
    if (rc != ESI_OK) {
        esi_kb_hits_free(&result->hits);
        return rc;
    }
    *out = &result->hits;
    return ESI_OK;
}

void esi_kb_hits_free(esi_kb_hits *hits) {
    if (hits) {
        struct hits_result *result = (struct hits_result *)hits;
        arena_clear(&result->arena);
        free(result);
    }
}

esi_err esi_kb_remove(esi_desk *desk, const char *id, esi_error *err) {
    if (!desk || !id || !*id) {
        return esi_fail(err, ESI_EINVAL, ORIGIN, "which document? desk and id must be given");
    }
    esi_store *store = NULL;
    size_t removed = 0;
    const esi_wait wait = wait_for_ms(desk->settings.deadline_ms, NULL);
    esi_err rc = input_short(id, ESI_ID_MAX, ORIGIN, "/id", err);
    if (rc == ESI_OK) {
        rc = desk_store_to_write(desk, &store, err);
    }
    if (rc == ESI_OK) {
        rc = desk->store_ops->kb_remove(store, desk->settings.collection, &id, 1, clock_now_ms(),
                                        &wait, &removed, err);
    }
    if (rc == ESI_OK && removed == 0) {
        rc = fail_at(err, ESI_ENOTFOUND, ORIGIN, "/id", "there is no document of that id");
    }
    return rc == ESI_OK ? knowledge_refresh(desk->knowledge, &wait, err) : rc;
}
