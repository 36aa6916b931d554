#include "desk/vectors.h"

#include <stdatomic.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/os.h"
#include "base/sha256.h"

#define ORIGIN "desk/vectors"
#define BEAT_MS 2000
#define KEEP_LIMIT_MS 30000 /* what was paid for is kept, also when its caller's time is up */

typedef uint8_t hash[32];

/* A call on its way. What the threads share stands behind the lock. */
struct making {
    const struct vectors *v;
    const esi_wait *wait;
    esi_store_space space;
    size_t dimensions;
    esi_text *texts; /* that are to be made, each once */
    hash *hashes;
    float *rows;
    bool *made;
    size_t count, parts;
    atomic_size_t next; /* part */
    struct os_mutex lock;
    struct os_cond done;
    size_t running;
    struct vectors_count counted;
    esi_error why; /* what went wrong first */
};

static esi_store_space space_of(const struct model *model) {
    return (esi_store_space){model->info.embedding_model, model->info.dimensions};
}

/* ---- one request ----------------------------------------------------------------------------- */

struct charge {
    const struct vectors *v;
    int64_t tokens;
};

static void count_charge(const esi_charge *charge, void *context) {
    struct charge *c = context;
    c->tokens += charge->input_tokens;
    if (c->v->on_charge) {
        c->v->on_charge(charge, c->v->charged);
    }
}

/* Keeps what was made of a part. */
static esi_err keep(const struct making *m, size_t from, size_t count, esi_error *err) {
    const struct vectors *v = m->v;
    const esi_wait wait = wait_for_ms(KEEP_LIMIT_MS, NULL);
    esi_arena scratch = {0};
    hash *hashes = arena_array(&scratch, count, sizeof(hash));
    const float **vectors = ARENA_ARRAY(&scratch, count, const float *);
    size_t n = 0;
    for (size_t i = from; hashes && vectors && i < from + count; i++) {
        if (m->made[i]) {
            memcpy(hashes[n], m->hashes[i], sizeof(hash));
            vectors[n++] = m->rows + i * m->dimensions;
        }
    }
    esi_err rc = hashes && vectors ? ESI_OK : fail_memory(err, ORIGIN);
    if (rc == ESI_OK && n > 0 && v->store) {
        rc = v->ops->vectors_keep(v->store, &m->space, (const uint8_t(*)[32])hashes, vectors, n,
                                  clock_now_ms(), &wait, err);
    }
    arena_clear(&scratch);
    return rc;
}

static void make_part(struct making *m, size_t part) {
    const struct model *model = m->v->model;
    const size_t from = part * VECTORS_BATCH;
    const size_t left = m->count - from;
    const size_t count = left < VECTORS_BATCH ? left : VECTORS_BATCH;
    struct charge charge = {m->v, 0};
    int64_t made = 0;
    esi_error why = {0}, unkept = {0};
    const esi_embed_request request = {.size = sizeof(request),
                                       .texts = m->texts + from,
                                       .count = count,
                                       .wait = *m->wait,
                                       .made = m->made + from,
                                       .on_charge = count_charge,
                                       .context = &charge};
    esi_err rc = model->ops->embed(model->self, &request, m->rows + from * m->dimensions, &why);
    for (size_t i = from; i < from + count; i++) {
        m->made[i] = m->made[i] || rc == ESI_OK;
        made += m->made[i];
    }
    const esi_err kept = keep(m, from, count, &unkept);
    if (rc == ESI_OK && kept != ESI_OK) {
        rc = kept;
        why = unkept;
    }
    os_lock(&m->lock);
    m->counted.embedded += made;
    m->counted.tokens += charge.tokens;
    if (rc != ESI_OK && m->why.code == ESI_OK) {
        m->why = why;
        m->why.code = rc;
    }
    os_unlock(&m->lock);
}

/* ---- several at a time ----------------------------------------------------------------------- */

static void run(void *context) {
    struct making *m = context;
    size_t part;
    while ((part = atomic_fetch_add(&m->next, 1)) < m->parts && !wait_over(m->wait)) {
        make_part(m, part);
    }
    os_lock(&m->lock);
    m->running--;
    os_signal(&m->done);
    os_unlock(&m->lock);
}

/* Waits for the threads, with a beat now and then. */
static void attend(struct making *m) {
    os_lock(&m->lock);
    while (m->running > 0) {
        const bool signalled =
            os_cond_wait(&m->done, &m->lock, esi_clock_ns() + BEAT_MS * NS_PER_MS);
        if (!signalled && m->v->beat && m->running > 0) {
            os_unlock(&m->lock);
            m->v->beat(m->v->context);
            os_lock(&m->lock);
        }
    }
    os_unlock(&m->lock);
}

static esi_err run_threads(struct making *m, esi_error *err) {
    struct os_thread threads[VECTORS_AT_ONCE];
    const size_t wanted = m->parts < VECTORS_AT_ONCE ? m->parts : VECTORS_AT_ONCE;
    size_t started = 0;
    esi_err rc = ESI_OK;
    m->running = wanted;
    while (started < wanted &&
           (rc = os_thread_start(&threads[started], run, m, 0, err)) == ESI_OK) {
        started++;
    }
    os_lock(&m->lock);
    m->running -= wanted - started;
    os_unlock(&m->lock);
    attend(m);
    for (size_t i = 0; i < started; i++) {
        os_thread_join(&threads[i]);
    }
    return started > 0 ? ESI_OK : rc;
}

/* Makes them all; what could be made is marked, also after an error. */
static esi_err make_all(struct making *m, esi_error *err) {
    m->parts = (m->count + VECTORS_BATCH - 1) / VECTORS_BATCH;
    esi_err rc = os_mutex_init(&m->lock, err);
    if (rc != ESI_OK) {
        return rc;
    }
    rc = os_cond_init(&m->done, err);
    if (rc == ESI_OK) {
        rc = run_threads(m, err);
        os_cond_clear(&m->done);
    }
    os_mutex_clear(&m->lock);
    if (rc == ESI_OK && m->why.code != ESI_OK) {
        rc = m->why.code;
        if (err) {
            *err = m->why;
        }
    }
    return rc == ESI_OK && wait_over(m->wait) && atomic_load(&m->next) < m->parts
               ? fail_wait(err, ORIGIN, m->wait)
               : rc;
}

/* ---- texts ----------------------------------------------------------------------------------- */

static hash *hash_all(const esi_text *texts, size_t count, esi_arena *arena) {
    hash *hashes = arena_array(arena, count, sizeof(hash));
    for (size_t i = 0; hashes && i < count; i++) {
        struct sha256 s;
        sha256_begin(&s);
        sha256_add(&s, (struct view){texts[i].data, texts[i].size});
        sha256_end(&s, hashes[i]);
    }
    return hashes;
}

static esi_err find(const struct vectors *v, hash *hashes, size_t count, const esi_wait *wait,
                    esi_arena *arena, const float **out, esi_error *err) {
    const esi_store_space space = space_of(v->model);
    return v->store ? v->ops->vectors_find(v->store, &space, (const uint8_t(*)[32])hashes, count,
                                           clock_now_ms(), wait, arena, out, err)
                    : ESI_OK;
}

static int64_t count_found(const float *const *vectors, size_t count) {
    int64_t found = 0;
    for (size_t i = 0; i < count; i++) {
        found += vectors[i] != NULL;
    }
    return found;
}

/* Those without a vector, each text once: places[i] is where text i stands among them. */
static esi_err gather(struct making *m, const esi_text *texts, hash *hashes, const float **vectors,
                      size_t count, size_t *places, esi_arena *arena) {
    m->texts = ARENA_ARRAY(arena, count, esi_text);
    m->hashes = arena_array(arena, count, sizeof(hash));
    m->made = ARENA_ARRAY(arena, count, bool);
    if (!m->texts || !m->hashes || !m->made) {
        return ESI_ENOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        size_t at = 0;
        while (at < m->count && memcmp(m->hashes[at], hashes[i], sizeof(hash)) != 0) {
            at++;
        }
        places[i] = at;
        if (!vectors[i] && at == m->count) {
            m->texts[at] = texts[i];
            memcpy(m->hashes[at], hashes[i], sizeof(hash));
            m->count++;
        }
    }
    m->rows = arena_array(arena, m->count, m->dimensions * sizeof(float));
    return m->rows ? ESI_OK : ESI_ENOMEM;
}

/* Makes those that are NULL. */
static esi_err make_missing(const struct vectors *v, const esi_text *texts, hash *hashes,
                            const esi_wait *wait, size_t count, esi_arena *arena,
                            const float **vectors, struct vectors_count *counted, esi_error *err) {
    struct making m = {.v = v,
                       .wait = wait,
                       .space = space_of(v->model),
                       .dimensions = (size_t)v->model->info.dimensions};
    size_t *places = ARENA_ARRAY(arena, count, size_t);
    if (!places || gather(&m, texts, hashes, vectors, count, places, arena) != ESI_OK) {
        return fail_memory(err, ORIGIN);
    }
    const esi_err rc = m.count > 0 ? make_all(&m, err) : ESI_OK;
    for (size_t i = 0; i < count; i++) {
        if (!vectors[i] && m.made[places[i]]) {
            vectors[i] = m.rows + places[i] * m.dimensions;
            counted->reused++; /* but for one of each, which is taken off again */
        }
    }
    counted->reused -= m.counted.embedded;
    counted->embedded += m.counted.embedded;
    counted->tokens += m.counted.tokens;
    return rc;
}

esi_err vectors_known(const struct vectors *v, const esi_text *texts, size_t count,
                      const esi_wait *wait, esi_arena *arena, const float **out,
                      struct vectors_count *counted, esi_error *err) {
    esi_arena scratch = {0};
    hash *hashes = hash_all(texts, count, &scratch);
    const esi_err rc =
        hashes ? find(v, hashes, count, wait, arena, out, err) : fail_memory(err, ORIGIN);
    if (rc == ESI_OK) {
        counted->reused += count_found(out, count);
    }
    arena_clear(&scratch);
    return rc;
}

/* Of a model in this process: nothing is looked up, as making one costs less. */
static esi_err make_here(const struct model *model, const esi_text *texts, size_t count,
                         const esi_wait *wait, esi_arena *arena, const float **out,
                         esi_error *err) {
    const size_t dimensions = (size_t)model->info.dimensions;
    float *rows = arena_array(arena, count, dimensions * sizeof(float));
    esi_err rc = rows ? ESI_OK : fail_memory(err, ORIGIN);
    for (size_t at = 0; rc == ESI_OK && at < count; at += VECTORS_BATCH) {
        const size_t left = count - at;
        const esi_embed_request request = {.size = sizeof(request),
                                           .texts = texts + at,
                                           .count = left < VECTORS_BATCH ? left : VECTORS_BATCH,
                                           .wait = *wait};
        rc = model->ops->embed(model->self, &request, rows + at * dimensions, err);
        for (size_t i = at; rc == ESI_OK && i < at + request.count; i++) {
            out[i] = rows + i * dimensions;
        }
    }
    return rc;
}

esi_err vectors_of(const struct vectors *v, const esi_text *texts, size_t count,
                   const esi_wait *wait, esi_arena *arena, const float **out,
                   struct vectors_count *counted, esi_error *err) {
    esi_arena scratch = {0};
    for (size_t i = 0; i < count; i++) {
        out[i] = NULL;
    }
    if (v->model->info.local) {
        const esi_err rc = make_here(v->model, texts, count, wait, arena, out, err);
        counted->embedded += count_found(out, count);
        return rc;
    }
    hash *hashes = hash_all(texts, count, &scratch);
    esi_err rc = hashes ? find(v, hashes, count, wait, arena, out, err) : fail_memory(err, ORIGIN);
    if (rc == ESI_OK) {
        counted->reused += count_found(out, count);
        rc = make_missing(v, texts, hashes, wait, count, arena, out, counted, err);
    }
    arena_clear(&scratch);
    return rc;
}
