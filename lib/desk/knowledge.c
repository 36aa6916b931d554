#include "desk/knowledge.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/os.h"
#include "core/handling.h"
#include "desk/gate.h"
#include "desk/intake.h"
#include "desk/meta.h"
#include "desk/respace.h"
#include "provider/offline.h"

#define ORIGIN "desk/knowledge"
#define REFRESH_LIMIT_MS 60000 /* how long reading one change may take */
#define RENEW_TIMES 3

struct knowledge {
    struct knowledge_setup setup;
    bool light;              /* a catalogue is kept; of the one who refreshes */
    struct gate *refreshing; /* one refresh at a time */
    struct os_mutex lock;    /* guards what follows */
    struct os_cond kick;
    struct snapshot *now;
    esi_error trouble; /* why the last look failed; code ESI_OK: it didn't */
    int64_t seen;      /* the newest version that anybody saw */
    bool stop;
    bool watching;
    struct os_thread thread;
    esi_cancel *cancel; /* ends the thread's waits */
};

/* ---- snapshots ------------------------------------------------------------------------------- */

void snapshot_unref(struct snapshot *s) {
    if (s && atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) == 1) {
        index_unref(s->index);
        free(s->standing);
        arena_clear(&s->memory);
        snapshot_unref(s->from);
        free(s);
    }
}

/* The document that another one means, by its id or by its title. */
static bool find_meant(const struct index *index, struct view said, uint32_t *out) {
    if (index_find_document(index, said, out)) {
        return true;
    }
    const size_t count = view_find(said, VIEW(" "), 0) == SIZE_MAX ? 0 : index_documents(index);
    for (size_t i = 0; i < count; i++) {
        const struct index_document_view document = index_document_at(index, (uint32_t)i);
        if (authority_is_meant(document.id, document.title, said)) {
            *out = (uint32_t)i;
            return true;
        }
    }
    return false;
}

static void note_superseded(const struct index *index, struct knowledge_standing *rows,
                            struct view older, uint32_t newer) {
    uint32_t at;
    if (find_meant(index, older, &at) && at != newer) {
        rows[at].superseded_by = newer;
    }
}

static void add_rulings(const struct meta *meta, uint32_t document, struct snapshot *s) {
    uint32_t first;
    uint32_t count;
    index_document_sections(s->index, document, &first, &count);
    for (size_t i = 0; i < meta->ruling_count && s->ruling_count < SNAPSHOT_RULINGS_MAX; i++) {
        if ((uint32_t)meta->rulings[i] < count) {
            s->rulings[s->ruling_count++] = first + (uint32_t)meta->rulings[i];
        }
    }
}

static esi_err add_meanings(const struct meta *meta, struct snapshot *s, esi_error *err) {
    for (size_t i = 0; i < meta->meaning_count && s->meaning_count < SNAPSHOT_MEANINGS_MAX; i++) {
        const struct meaning *from = &meta->meanings[i];
        struct meaning *to = &s->meanings[s->meaning_count++];
        to->term = (struct view){arena_str(&s->memory, from->term), from->term.n};
        to->head = (struct view){arena_str(&s->memory, from->head), from->head.n};
        to->roles = from->roles;
        if (!to->term.p || !to->head.p) {
            return fail_memory(err, ORIGIN);
        }
    }
    return ESI_OK;
}

static esi_err add_site(const struct meta *meta, struct snapshot *s, esi_error *err) {
    for (size_t i = 0; i < meta->site_count && s->site.count < SITE_WORDS_MAX; i++) {
        const struct site_word *from = &meta->site[i];
        struct site_word *to = &s->site.words[s->site.count++];
        to->word = (struct view){arena_str(&s->memory, from->word), from->word.n};
        to->means = (struct view){arena_str(&s->memory, from->means), from->means.n};
        if (!to->word.p || !to->means.p) {
            return fail_memory(err, ORIGIN);
        }
    }
    return ESI_OK;
}

/* What document `at` says of others and of itself. */
static esi_err standing_read(const struct index *index, uint32_t at, esi_arena *scratch,
                             struct snapshot *s, esi_error *err) {
    struct knowledge_standing *rows = s->standing;
    const struct index_document_view document = index_document_at(index, at);
    struct meta meta;
    const esi_err rc = meta_decode(document.meta, scratch, &meta, err);
    if (rc != ESI_OK) {
        return rc;
    }
    for (size_t i = 0; i < meta.supersedes_count; i++) {
        note_superseded(index, rows, meta.supersedes[i], at);
    }
    uint32_t other;
    if (meta.superseded_by.n > 0 && index_find_document(index, meta.superseded_by, &other) &&
        other != at) {
        rows[at].superseded_by = other;
    }
    rows[at].declares_rule = meta.declares_rule;
    rows[at].defers = meta.defers;
    rows[at].subject = (struct view){arena_str(&s->memory, meta.subject), meta.subject.n};
    if (!rows[at].subject.p) {
        return fail_memory(err, ORIGIN);
    }
    const bool current =
        document.standing == STANDING_CURRENT || document.standing == STANDING_UNDATED;
    for (size_t i = 0; current && i < meta.names_count; i++) {
        if (find_meant(index, meta.names[i], &other) && other != at) {
            rows[other].named = true;
        }
    }
    if (current) {
        add_rulings(&meta, at, s);
        const esi_err added = add_meanings(&meta, s, err);
        return added == ESI_OK ? add_site(&meta, s, err) : added;
    }
    return ESI_OK;
}

static int64_t count_unembedded(const struct index *index) {
    const size_t sections = index_sections(index);
    int64_t count = 0;
    for (size_t i = 0; i < sections; i++) {
        count += index_section_vector(index, (uint32_t)i) == NULL;
    }
    return count;
}

/* Takes the index's count over, also on failure. */
static esi_err snapshot_create(struct index *index, struct snapshot **out, esi_error *err) {
    const size_t count = index_documents(index);
    struct snapshot *s = calloc(1, sizeof(*s));
    struct knowledge_standing *rows = calloc(count + 1, sizeof(*rows));
    esi_err rc = s && rows ? ESI_OK : fail_memory(err, ORIGIN);
    for (size_t i = 0; rc == ESI_OK && i < count; i++) {
        rows[i].superseded_by = KNOWLEDGE_NOBODY;
    }
    esi_arena scratch = {0};
    if (rc == ESI_OK) {
        s->standing = rows;
        s->index = index;
        s->meanings = ARENA_ARRAY(&s->memory, SNAPSHOT_MEANINGS_MAX, struct meaning);
        s->site.words = ARENA_ARRAY(&s->memory, SITE_WORDS_MAX, struct site_word);
        rc = s->meanings && s->site.words ? ESI_OK : fail_memory(err, ORIGIN);
    }
    for (size_t i = 0; rc == ESI_OK && i < count; i++) {
        rc = standing_read(index, (uint32_t)i, &scratch, s, err);
        arena_clear(&scratch);
    }
    if (rc != ESI_OK) {
        index_unref(index);
        if (s) {
            arena_clear(&s->memory);
        }
        free(rows);
        free(s);
        return rc;
    }
    s->site.index = count > 0 ? index : NULL;
    site_sort(s->site.words, s->site.count, &s->site);
    atomic_init(&s->refs, 1);
    *out = s;
    return ESI_OK;
}

struct snapshot *knowledge_snapshot(struct knowledge *k) {
    os_lock(&k->lock);
    struct snapshot *s = k->now;
    atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
    os_unlock(&k->lock);
    return s;
}

/* ---- reading changes ------------------------------------------------------------------------- */

static bool space_fits(const struct knowledge_setup *setup, const esi_store_space *space) {
    const esi_provider_info *info = &setup->embedder->info;
    return !space->model || (strcmp(space->model, info->embedding_model) == 0 &&
                             space->dimensions == info->dimensions);
}

static esi_err fail_space(const struct knowledge_setup *setup, const esi_store_space *space,
                          esi_error *err) {
    const esi_provider_info *info = &setup->embedder->info;
    return esi_fail(err, ESI_EDIM, ORIGIN,
                    "collection \"%s\" holds vectors of model \"%s\" (%d dimensions), this desk's "
                    "model is \"%s\" (%d); make them anew with \"esihelp reembed\", or set "
                    "ESI_EMBEDDING_MODEL and ESI_PROVIDER to the model it was made with",
                    setup->collection, space->model, (int)space->dimensions, info->embedding_model,
                    (int)info->dimensions);
}

/* Makes vectors of a former local model anew. Others may do so, too: the caller looks again. */
static esi_err renew(const struct knowledge_setup *setup, esi_store *store, const char *former,
                     const esi_wait *wait, esi_error *err) {
    const struct respace what = {setup->ops, store, setup->collection, setup->embedder, NULL, NULL};
    struct respace_result result;
    size_t dropped;
    esi_err rc = respace_run(&what, wait, &result, err);
    if (rc == ESI_OK) {
        rc = setup->ops->space_drop(store, setup->collection, wait, &dropped, err);
    }
    if (rc == ESI_OK) {
        log_debug(&setup->log, ORIGIN, NULL, "%lld vectors of %s were made anew",
                  (long long)result.made, former);
    }
    return rc;
}

/* The collection's version, once its vectors are of this desk's model. */
static esi_err read_version(const struct knowledge_setup *setup, esi_store *store,
                            const esi_wait *wait, int64_t *version, esi_error *err) {
    for (int times = 0;; times++) {
        esi_arena scratch = {0};
        esi_store_space space = {0};
        bool again = false;
        esi_err rc =
            setup->ops->kb_version(store, setup->collection, wait, &scratch, version, &space, err);
        if (rc == ESI_OK && !space_fits(setup, &space)) {
            again = setup->renews && offline_made(space.model) && times < RENEW_TIMES;
            rc = again ? renew(setup, store, space.model, wait, err)
                       : fail_space(setup, &space, err);
        }
        arena_clear(&scratch);
        if (rc != ESI_OK || !again) {
            return rc;
        }
    }
}

static bool can_search(const esi_store_ops *ops) {
    return ops->size >= offsetof(esi_store_ops, kb_catalogue) + sizeof(ops->kb_catalogue) &&
           ops->kb_search && ops->kb_catalogue;
}

/* What changed since `before` (NULL: everything), as a new index. too_big: it doesn't fit. */
static esi_err read_changes(struct knowledge *k, esi_store *store, const struct index *before,
                            const esi_wait *wait, struct index **out, bool *too_big,
                            esi_error *err) {
    const struct knowledge_setup *setup = &k->setup;
    const esi_store_ops *ops = setup->ops;
    const int64_t since = before ? index_version(before) : 0;
    const size_t most = (size_t)setup->memory;
    struct intake *intake = NULL;
    struct intake_result changes = {0};
    int64_t version;
    const int32_t dimensions = k->light ? 0 : setup->embedder->info.dimensions;
    esi_err rc = intake_create(dimensions, since == 0 ? most : 0, &intake, err);
    if (rc == ESI_OK) {
        rc = (k->light ? ops->kb_catalogue : ops->kb_changes)(store, setup->collection, since, wait,
                                                              intake_visit, intake, &version, err);
        rc = intake_finish(intake, rc, &changes, err);
    }
    *too_big = changes.too_big;
    if (rc == ESI_OK) {
        rc = index_build(before, changes.gone, changes.gone_count, changes.added,
                         changes.added_count, version, can_search(ops) ? 0 : most, out, err);
    }
    intake_free(intake);
    if (rc == ESI_OK && index_bytes(*out) > most) {
        *too_big = true;
        index_unref(*out);
        *out = NULL;
        rc = index_fail_too_big(most, err);
    }
    return rc;
}

/* An index that doesn't fit any more is given up for a catalogue, where the store can search. It
 * stays so until the desk is opened anew. */
static esi_err read_index(struct knowledge *k, esi_store *store, const struct snapshot *before,
                          const esi_wait *wait, struct index **out, esi_error *err) {
    const struct knowledge_setup *setup = &k->setup;
    bool too_big = false;
    const bool goes_on = before->light == k->light;
    esi_err rc = read_changes(k, store, goes_on ? before->index : NULL, wait, out, &too_big, err);
    if (rc != ESI_ENOMEM || !too_big || k->light || !can_search(setup->ops)) {
        return rc;
    }
    log_warn(&setup->log, ORIGIN, NULL,
             "the index would take more than the %lld MiB of index_memory (ESI_INDEX_MEMORY): the "
             "store searches from now on, and ranks a little otherwise",
             (long long)(setup->memory >> 20));
    k->light = true;
    return read_changes(k, store, NULL, wait, out, &too_big, err);
}

static esi_err refresh_from(struct knowledge *k, esi_store *store, const esi_wait *wait,
                            esi_error *err) {
    const struct knowledge_setup *setup = &k->setup;
    struct snapshot *before = knowledge_snapshot(k);
    struct index *index = NULL;
    struct snapshot *after = NULL;
    int64_t version;

    esi_err rc = read_version(setup, store, wait, &version, err);
    if (rc != ESI_OK || version == index_version(before->index)) {
        goto out;
    }
    rc = read_index(k, store, before, wait, &index, err);
    if (rc == ESI_OK) {
        rc = snapshot_create(index, &after, err);
    }
    if (rc == ESI_OK) {
        after->light = k->light;
        after->unembedded = k->light ? 0 : count_unembedded(index);
        log_debug(&setup->log, ORIGIN, NULL, "version %lld: %zu documents, %zu sections",
                  (long long)index_version(index), index_documents(index), index_sections(index));
        os_lock(&k->lock);
        struct snapshot *old = k->now;
        k->now = after;
        os_unlock(&k->lock);
        snapshot_unref(old);
    }
out:
    snapshot_unref(before);
    return rc;
}

esi_err knowledge_refresh(struct knowledge *k, const esi_wait *wait, esi_error *err) {
    esi_store *store = atomic_load_explicit(k->setup.store, memory_order_acquire);
    if (!store) {
        return esi_fail(err, ESI_EUNAVAILABLE, ORIGIN, "the store could not be reached yet");
    }
    struct gate_pass pass;
    esi_err rc = gate_enter(k->refreshing, k->setup.collection, &pass, wait, err);
    if (rc == ESI_OK) {
        esi_error why = {0};
        rc = refresh_from(k, store, wait, &why);
        os_lock(&k->lock);
        k->trouble = why;
        k->trouble.code = rc;
        os_unlock(&k->lock);
        gate_leave(k->refreshing, &pass);
        if (rc != ESI_OK && err) {
            *err = why;
        }
    }
    return rc;
}

bool knowledge_trouble(struct knowledge *k, esi_error *out) {
    os_lock(&k->lock);
    const esi_error trouble = k->trouble;
    os_unlock(&k->lock);
    if (trouble.code == ESI_OK) {
        return false;
    }
    *out = trouble;
    return true;
}

/* ---- the thread that looks for changes ------------------------------------------------------- */

void knowledge_seen(struct knowledge *k, int64_t version) {
    os_lock(&k->lock);
    if (version > k->seen) {
        k->seen = version;
        os_signal(&k->kick);
    }
    os_unlock(&k->lock);
}

/* Waits until it is time to look again, or a newer version was seen; false: stop. */
static bool wait_for_turn(struct knowledge *k) {
    const int64_t until = esi_clock_ns() + k->setup.refresh_ms * NS_PER_MS;
    os_lock(&k->lock);
    const int64_t had = index_version(k->now->index);
    bool more = true;
    while (!k->stop && k->seen <= had && more) {
        more = os_cond_wait(&k->kick, &k->lock, until);
    }
    const bool go_on = !k->stop;
    k->seen = 0;
    os_unlock(&k->lock);
    return go_on;
}

static void watch_run(void *context) {
    struct knowledge *k = context;
    bool warned = false;
    while (wait_for_turn(k)) {
        const esi_wait wait = wait_for_ms(REFRESH_LIMIT_MS, k->cancel);
        esi_error err = {0};
        esi_err rc = ESI_OK;
        if (!atomic_load_explicit(k->setup.store, memory_order_acquire)) {
            rc = k->setup.reopen(k->setup.context, &err);
        }
        if (rc == ESI_OK) {
            rc = knowledge_refresh(k, &wait, &err);
        }
        if (rc != ESI_OK && rc != ESI_ECANCELLED && !warned) {
            log_warn(&k->setup.log, ORIGIN, NULL, "the knowledge base can't be refreshed: %s",
                     err.message);
        }
        warned = rc != ESI_OK;
    }
}

/* ---- life ------------------------------------------------------------------------------------ */

esi_err knowledge_create(const struct knowledge_setup *setup, struct knowledge **out,
                         esi_error *err) {
    struct index *empty = NULL;
    struct knowledge *k = calloc(1, sizeof(*k));
    if (!k) {
        return fail_memory(err, ORIGIN);
    }
    k->setup = *setup;
    k->light = setup->far && can_search(setup->ops);
    int locks = 0;
    esi_err rc = gate_create(&k->refreshing, err);
    if (rc == ESI_OK) {
        rc = os_mutex_init(&k->lock, err);
        locks += rc == ESI_OK;
    }
    if (rc == ESI_OK) {
        rc = os_cond_init(&k->kick, err);
        locks += rc == ESI_OK;
    }
    if (rc == ESI_OK && !(k->cancel = esi_cancel_create())) {
        rc = fail_memory(err, ORIGIN);
    }
    if (rc == ESI_OK) {
        rc = index_build(NULL, NULL, 0, NULL, 0, 0, (size_t)setup->memory, &empty, err);
    }
    if (rc == ESI_OK) {
        rc = snapshot_create(empty, &k->now, err);
    }
    if (rc == ESI_OK) {
        *out = k;
        return ESI_OK;
    }
    esi_cancel_free(k->cancel);
    if (locks > 1) {
        os_cond_clear(&k->kick);
    }
    if (locks > 0) {
        os_mutex_clear(&k->lock);
    }
    gate_free(k->refreshing);
    free(k);
    return rc;
}

esi_err knowledge_watch(struct knowledge *k, esi_error *err) {
    const esi_err rc = os_thread_start(&k->thread, watch_run, k, 0, err);
    k->watching = rc == ESI_OK;
    return rc;
}

void knowledge_free(struct knowledge *k) {
    if (!k) {
        return;
    }
    os_lock(&k->lock);
    k->stop = true;
    os_signal(&k->kick);
    os_unlock(&k->lock);
    esi_cancel_fire(k->cancel);
    if (k->watching) {
        os_thread_join(&k->thread);
    }
    snapshot_unref(k->now);
    esi_cancel_free(k->cancel);
    os_cond_clear(&k->kick);
    os_mutex_clear(&k->lock);
    gate_free(k->refreshing);
    free(k);
}
