#include "desk/respace.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "desk/embed.h"
#include "desk/fill.h"

#define ORIGIN "desk/respace"
#define STEP 128           /* sections of one step: a request to the model, a transaction */
#define PATIENCE_MS 120000 /* with an endpoint that makes no vectors */
#define ROUNDS_MAX 100     /* times that documents may come while the last of them were done */

struct move {
    const struct respace *what;
    esi_store_space space;
    const esi_wait *wait;
    struct respace_result result;
    char after[64]; /* id of the last section that was seen; "": from the first */
};

static esi_err tell(const struct move *m, esi_error *err) {
    const struct respace *what = m->what;
    return what->on_step ? what->on_step(what->context, m->result.made, m->result.total, err)
                         : ESI_OK;
}

static esi_err put_vectors(struct move *m, const esi_store_passage *passages,
                           const float *const *vectors, size_t count, esi_arena *scratch,
                           esi_error *err) {
    const struct respace *what = m->what;
    esi_store_vector *rows = ARENA_ARRAY(scratch, count, esi_store_vector);
    if (!rows) {
        return fail_memory(err, ORIGIN);
    }
    for (size_t i = 0; i < count; i++) {
        rows[i] = (esi_store_vector){passages[i].section_id, vectors[i]};
    }
    return what->ops->space_put(what->store, what->collection, &m->space, rows, count, m->wait,
                                err);
}

static esi_err step_with(struct move *m, esi_arena *scratch, size_t *count, esi_error *err) {
    const struct respace *what = m->what;
    const struct vectors v = {.ops = what->ops, .store = what->store, .model = what->model};
    const esi_store_missing_query query = {m->space, m->after[0] ? m->after : NULL, STEP};
    const esi_store_passage *passages = NULL;
    struct vectors_count counted = {0};
    esi_text *texts;
    esi_err rc = what->ops->space_missing(what->store, what->collection, &query, m->wait, scratch,
                                          &passages, count, err);
    if (rc != ESI_OK || *count == 0) {
        return rc;
    }
    const float **vectors = ARENA_ARRAY(scratch, *count, const float *);
    rc = vectors ? embed_passage_texts(passages, *count, scratch, &texts, err)
                 : fail_memory(err, ORIGIN);
    if (rc == ESI_OK) {
        rc = vectors_of(&v, texts, *count, m->wait, scratch, vectors, &counted, err);
    }
    if (rc == ESI_OK) {
        rc = put_vectors(m, passages, vectors, *count, scratch, err);
    }
    const char *last = passages[*count - 1].section_id;
    if (rc == ESI_OK && strlen(last) < sizeof(m->after)) {
        memcpy(m->after, last, strlen(last) + 1);
        m->result.made += (int64_t)*count;
    }
    return rc;
}

/* Some sections; *count 0: there were none behind the last ones. */
static esi_err step(struct move *m, size_t *count, esi_error *err) {
    esi_arena scratch = {0};
    *count = 0;
    esi_err rc = tell(m, err);
    if (rc == ESI_OK) {
        rc = step_with(m, &scratch, count, err);
    }
    arena_clear(&scratch);
    return rc;
}

static esi_err make_here(struct move *m, esi_error *err) {
    size_t count = m->result.total > m->result.made;
    esi_err rc = ESI_OK;
    m->after[0] = '\0';
    while (rc == ESI_OK && count > 0) {
        rc = step(m, &count, err);
    }
    return rc;
}

static esi_err tell_filled(void *context, int64_t done, int64_t total, esi_error *err) {
    const struct move *m = context;
    const struct respace *what = m->what;
    (void)total;
    return what->on_step ? what->on_step(what->context, m->result.made + done, m->result.total, err)
                         : ESI_OK;
}

/* Of a model that is paid for: as documents' vectors are, with patience, none of them twice. */
static esi_err make_paid(struct move *m, esi_error *err) {
    const struct respace *what = m->what;
    const struct fill fill = {.ops = what->ops,
                              .store = what->store,
                              .collection = what->collection,
                              .model = what->model,
                              .patience_ms = PATIENCE_MS,
                              .on_step = tell_filled,
                              .context = m};
    struct fill_result result = {.pending = 0};
    const esi_err rc = fill_run(&fill, m->wait, &result, err);
    m->result.made += result.put;
    if (rc != ESI_OK || result.pending == 0) {
        return rc;
    }
    if (result.why.code != ESI_OK) {
        if (err) {
            *err = result.why;
        }
        return result.why.code;
    }
    if (result.busy) {
        return esi_fail(err, ESI_EINPROGRESS, ORIGIN,
                        "another process makes this collection's vectors");
    }
    /* else documents came meanwhile: the swap will say so */
    return wait_over(m->wait) ? fail_wait(err, ORIGIN, m->wait) : ESI_OK;
}

/* Goes once over all that miss a vector. Another process may have dropped the space: it begins
 * anew. */
static esi_err go_over(struct move *m, esi_error *err) {
    const struct respace *what = m->what;
    int64_t missing = 0;
    const esi_err rc =
        what->ops->space_begin(what->store, what->collection, &m->space, m->wait, &missing, err);
    m->result.total = m->result.made + missing;
    if (rc != ESI_OK || missing == 0) {
        return rc;
    }
    return what->model->info.local ? make_here(m, err) : make_paid(m, err);
}

static bool is_live(const struct move *m, const esi_store_space *live) {
    return live->model && strcmp(live->model, m->space.model) == 0 &&
           live->dimensions == m->space.dimensions;
}

/* What was put into a space that is live already is told of. */
static esi_err swap(struct move *m, esi_error *err) {
    const struct respace *what = m->what;
    esi_arena scratch = {0};
    esi_store_space live;
    int64_t version;
    esi_err rc = what->ops->kb_version(what->store, what->collection, m->wait, &scratch, &version,
                                       &live, err);
    const bool needed = rc == ESI_OK && !is_live(m, &live);
    arena_clear(&scratch);
    if (needed) {
        rc = what->ops->space_swap(what->store, what->collection, &m->space, m->wait, err);
        m->result.swapped = rc == ESI_OK;
    }
    return rc;
}

esi_err respace_run(const struct respace *what, const esi_wait *wait, struct respace_result *out,
                    esi_error *err) {
    const esi_provider_info *info = &what->model->info;
    struct move m = {
        .what = what, .space = {info->embedding_model, info->dimensions}, .wait = wait};
    esi_error why = {0};
    esi_err rc = ESI_ECONFLICT;
    for (int round = 0; rc == ESI_ECONFLICT && round < ROUNDS_MAX; round++) {
        rc = go_over(&m, &why);
        if (rc == ESI_OK) {
            rc = swap(&m, &why);
        }
    }
    *out = m.result;
    if (rc != ESI_OK && err) {
        *err = why;
    }
    return rc;
}
