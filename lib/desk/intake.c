#include "desk/intake.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/os.h"
#include "core/handling.h"
#include "desk/stored.h"

#define ORIGIN "desk/knowledge"
#define ALONE 48                /* documents that the visiting thread reads by itself */
#define WORKERS_LEAST 2         /* the visiting thread mostly waits for the store */
#define WORKERS_MOST 8          /* ... and memory is no faster for more of them */
#define QUEUE_BYTES (32u << 20) /* of documents that wait to be read */
#define IDLE_MS 1000            /* how long a thread waits before it looks again by itself */

/* A document that waits to be read. */
struct job {
    struct job *next;
    size_t slot; /* its place among the results */
    size_t bytes;
    esi_arena memory; /* of the copy */
    esi_store_document document;
};

struct intake {
    int32_t dimensions;
    size_t memory_max;
    size_t gone_room;
    esi_arena ids; /* of what is gone */

    struct os_mutex lock; /* guards what follows */
    struct os_cond kick;  /* a job is there, or no more come */
    struct intake_result result;
    size_t room; /* of result.added */
    size_t ready_bytes;
    struct job *first, *last;
    size_t queued_bytes;
    bool closed;
    esi_err code; /* what went wrong first */
    esi_error why;

    struct os_thread workers[WORKERS_MOST]; /* the visiting thread's */
    size_t worker_count;
    bool started;
};

/* ---- results --------------------------------------------------------------------------------- */

static void fail(struct intake *in, esi_err code, const esi_error *why) {
    if (in->code == ESI_OK) {
        in->code = code;
        in->why = *why;
    }
}

/* Takes the document over. */
static void put(struct intake *in, size_t slot, struct index_document *document) {
    os_lock(&in->lock);
    in->result.added[slot] = document;
    in->ready_bytes += index_document_bytes(document);
    if (in->memory_max > 0 && in->ready_bytes > in->memory_max && in->code == ESI_OK) {
        esi_error why = {0};
        in->result.too_big = true;
        fail(in, index_fail_too_big(in->memory_max, &why), &why);
    }
    os_unlock(&in->lock);
}

static void read_into(struct intake *in, size_t slot, const esi_store_document *d) {
    struct index_document *document = NULL;
    esi_error why = {0};
    const esi_err rc = stored_read(d, in->dimensions, &document, &why);
    if (rc == ESI_OK) {
        put(in, slot, document);
        return;
    }
    os_lock(&in->lock);
    fail(in, rc, &why);
    os_unlock(&in->lock);
}

/* ---- the queue ------------------------------------------------------------------------------- */

static void job_free(struct job *job) {
    arena_clear(&job->memory);
    free(job);
}

/* The next job; NULL: there is none. Called with the lock held. After a failure none is done. */
static struct job *take_job(struct intake *in) {
    struct job *job = in->first;
    if (!job || in->code != ESI_OK) {
        return NULL;
    }
    in->first = job->next;
    in->last = in->first ? in->last : NULL;
    in->queued_bytes -= job->bytes;
    return job;
}

static void work(void *context) {
    struct intake *in = context;
    os_lock(&in->lock);
    while (!in->closed || (in->first && in->code == ESI_OK)) {
        struct job *job = take_job(in);
        if (!job) {
            (void)os_cond_wait(&in->kick, &in->lock, esi_clock_ns() + IDLE_MS * NS_PER_MS);
            continue;
        }
        os_unlock(&in->lock);
        read_into(in, job->slot, &job->document);
        job_free(job);
        os_lock(&in->lock);
    }
    os_unlock(&in->lock);
}

/* As many as can be had: without any, the visiting thread does it all. */
static void start_workers(struct intake *in) {
    const unsigned cpus = os_cpu_count();
    const size_t most = cpus < WORKERS_LEAST  ? WORKERS_LEAST
                        : cpus > WORKERS_MOST ? WORKERS_MOST
                                              : cpus;
    in->started = true;
    while (in->worker_count < most &&
           os_thread_start(&in->workers[in->worker_count], work, in, 0, NULL) == ESI_OK) {
        in->worker_count++;
    }
}

/* Leaves a copy to the workers; false: they have enough, or there are none. */
static bool enqueue(struct intake *in, size_t slot, const esi_store_document *d) {
    const size_t bytes = stored_bytes(d, in->dimensions);
    os_lock(&in->lock);
    const bool full = in->queued_bytes + bytes > QUEUE_BYTES;
    os_unlock(&in->lock);
    struct job *job = full || in->worker_count == 0 ? NULL : calloc(1, sizeof(*job));
    if (!job) {
        return false;
    }
    job->slot = slot;
    job->bytes = bytes;
    if (stored_copy(d, in->dimensions, &job->memory, &job->document, NULL) != ESI_OK) {
        job_free(job);
        return false;
    }
    os_lock(&in->lock);
    if (in->last) {
        in->last->next = job;
    } else {
        in->first = job;
    }
    in->last = job;
    in->queued_bytes += bytes;
    os_signal(&in->kick);
    os_unlock(&in->lock);
    return true;
}

/* ---- the visit ------------------------------------------------------------------------------- */

static bool room_for_one(void **items, size_t count, size_t *cap, size_t size) {
    if (count < *cap) {
        return true;
    }
    const size_t more = *cap ? *cap * 2 : 64;
    void *grown = more > SIZE_MAX / size ? NULL : realloc(*items, more * size);
    if (!grown) {
        return false;
    }
    *items = grown;
    *cap = more;
    return true;
}

static esi_err take_gone(struct intake *in, const char *id, esi_error *err) {
    const char *copy = arena_str(&in->ids, view_of(id));
    if (!copy || !room_for_one((void **)&in->result.gone, in->result.gone_count, &in->gone_room,
                               sizeof(*in->result.gone))) {
        return fail_memory(err, ORIGIN);
    }
    in->result.gone[in->result.gone_count++] = view_of(copy);
    return ESI_OK;
}

static esi_err failure(const struct intake *in, esi_error *err) {
    if (in->code != ESI_OK && err) {
        *err = in->why;
    }
    return in->code;
}

/* A place for one more; tells what went wrong meanwhile. */
static esi_err add_slot(struct intake *in, size_t *slot, esi_error *err) {
    os_lock(&in->lock);
    esi_err rc = failure(in, err);
    if (rc == ESI_OK && !room_for_one((void **)&in->result.added, in->result.added_count, &in->room,
                                      sizeof(struct index_document *))) {
        rc = fail_memory(err, ORIGIN);
    }
    if (rc == ESI_OK) {
        *slot = in->result.added_count++;
        in->result.added[*slot] = NULL;
    }
    os_unlock(&in->lock);
    return rc;
}

esi_err intake_visit(const esi_store_document *document, bool gone, void *context, esi_error *err) {
    struct intake *in = context;
    /* A quarantined document is kept for people to look at; nothing is answered from it. */
    if (gone || stored_standing(document->standing) == STANDING_QUARANTINED) {
        return take_gone(in, document->id, err);
    }
    size_t slot = 0;
    esi_err rc = add_slot(in, &slot, err);
    if (rc != ESI_OK) {
        return rc;
    }
    if (slot == ALONE && !in->started) {
        start_workers(in);
    }
    if (slot < ALONE || !enqueue(in, slot, document)) {
        read_into(in, slot, document);
        os_lock(&in->lock);
        rc = failure(in, err);
        os_unlock(&in->lock);
    }
    return rc;
}

/* ---- life ------------------------------------------------------------------------------------ */

/* Ends the workers; what is queued is done by then, unless something failed. */
static void close_queue(struct intake *in) {
    os_lock(&in->lock);
    in->closed = true;
    os_broadcast(&in->kick);
    os_unlock(&in->lock);
    if (in->worker_count > 0) {
        work(in);
    }
    while (in->worker_count > 0) {
        os_thread_join(&in->workers[--in->worker_count]);
    }
}

esi_err intake_finish(struct intake *in, esi_err rc, struct intake_result *out, esi_error *err) {
    if (rc != ESI_OK) { /* nobody wants what is queued */
        os_lock(&in->lock);
        esi_error none = {0};
        fail(in, rc, &none);
        os_unlock(&in->lock);
    }
    close_queue(in);
    if (rc == ESI_OK) {
        rc = failure(in, err);
    }
    *out = in->result;
    return rc;
}

esi_err intake_create(int32_t dimensions, size_t memory_max, struct intake **out, esi_error *err) {
    struct intake *in = calloc(1, sizeof(*in));
    if (!in) {
        return fail_memory(err, ORIGIN);
    }
    in->dimensions = dimensions;
    in->memory_max = memory_max;
    esi_err rc = os_mutex_init(&in->lock, err);
    if (rc == ESI_OK) {
        rc = os_cond_init(&in->kick, err);
        if (rc == ESI_OK) {
            *out = in;
            return ESI_OK;
        }
        os_mutex_clear(&in->lock);
    }
    free(in);
    return rc;
}

void intake_free(struct intake *in) {
    if (!in) {
        return;
    }
    close_queue(in);
    while (in->first) {
        struct job *job = in->first;
        in->first = job->next;
        job_free(job);
    }
    for (size_t i = 0; i < in->result.added_count; i++) {
        index_document_unref(in->result.added[i]);
    }
    free(in->result.added);
    free(in->result.gone);
    arena_clear(&in->ids);
    os_cond_clear(&in->kick);
    os_mutex_clear(&in->lock);
    free(in);
}
