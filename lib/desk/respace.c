#include "desk/respace.h"

#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "desk/embed.h"

#define ORIGIN "desk/respace"
#define STEP 128       /* sections of one step: a transaction; of a model that is paid for, more */
#define ROUNDS_MAX 100 /* times that documents may come while the last of them were done */

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

/* Of those that the model could make vectors of. */
static esi_err put_vectors(struct move *m, const esi_store_passage *passages,
                           const float *const *vectors, size_t count, esi_arena *scratch,
                           esi_error *err) {
    const struct respace *what = m->what;
    esi_store_vector *rows = ARENA_ARRAY(scratch, count, esi_store_vector);
    size_t n = 0;
    for (size_t i = 0; rows && i < count; i++) {
        if (vectors[i]) {
            rows[n++] = (esi_store_vector){passages[i].section_id, vectors[i]};
        }
    }
    const esi_err rc = !rows   ? fail_memory(err, ORIGIN)
                       : n > 0 ? what->ops->space_put(what->store, what->collection, &m->space,
                                                      rows, n, m->wait, err)
                               : ESI_OK;
    m->result.made += rc == ESI_OK ? (int64_t)n : 0;
    return rc;
}

static esi_err step_with(struct move *m, esi_arena *scratch, size_t *count, esi_error *err) {
    const struct respace *what = m->what;
    const struct vectors v = {.ops = what->ops, .store = what->store, .model = what->model};
    const int32_t limit = what->model->info.local ? STEP : VECTORS_TEXTS_MAX;
    const esi_store_missing_query query = {m->space, m->after[0] ? m->after : NULL, limit};
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
    if (rc != ESI_OK) {
        return rc;
    }
    rc = vectors_of(&v, texts, *count, m->wait, scratch, vectors, &counted, err);
    esi_error unput = {0}; /* what was made before a failure isn't lost */
    const esi_err put = put_vectors(m, passages, vectors, *count, scratch, &unput);
    if (rc == ESI_OK && put != ESI_OK) {
        rc = put;
        if (err) {
            *err = unput;
        }
    }
    const char *last = passages[*count - 1].section_id;
    if (rc == ESI_OK && strlen(last) < sizeof(m->after)) {
        memcpy(m->after, last, strlen(last) + 1);
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

/* Goes once over all that miss a vector. Another process may have dropped the space: it begins
 * anew. */
static esi_err go_over(struct move *m, esi_error *err) {
    const struct respace *what = m->what;
    int64_t missing = 0;
    esi_err rc =
        what->ops->space_begin(what->store, what->collection, &m->space, m->wait, &missing, err);
    m->after[0] = '\0';
    m->result.total = m->result.made + missing;
    size_t count = missing > 0;
    while (rc == ESI_OK && count > 0) {
        rc = step(m, &count, err);
    }
    return rc;
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
