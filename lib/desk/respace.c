#include "desk/respace.h"

#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "desk/embed.h"

#define ORIGIN "desk/respace"
#define STEP 128       /* sections of one step: a request to the model, a transaction */
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

static esi_err step_with(struct move *m, esi_arena *scratch, size_t *count, esi_error *err) {
    const struct respace *what = m->what;
    const esi_store_missing_query query = {m->space, m->after[0] ? m->after : NULL, STEP};
    const esi_store_passage *passages = NULL;
    esi_store_vector *vectors = NULL;
    esi_err rc = what->ops->space_missing(what->store, what->collection, &query, m->wait, scratch,
                                          &passages, count, err);
    if (rc != ESI_OK || *count == 0) {
        return rc;
    }
    rc = embed_passages(what->model, passages, *count, m->wait, scratch, &vectors, err);
    if (rc == ESI_OK) {
        rc = what->ops->space_put(what->store, what->collection, &m->space, vectors, *count,
                                  m->wait, err);
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

/* A space that is live already, and missed nothing, needs no new version. */
static esi_err swap(struct move *m, esi_error *err) {
    const struct respace *what = m->what;
    esi_arena scratch = {0};
    esi_store_space live;
    int64_t version;
    esi_err rc = what->ops->kb_version(what->store, what->collection, m->wait, &scratch, &version,
                                       &live, err);
    const bool needed = rc == ESI_OK && (m->result.made > 0 || !is_live(m, &live));
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
