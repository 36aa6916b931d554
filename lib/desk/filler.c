#include "desk/filler.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/os.h"

#define ORIGIN "desk/fill"
#define START_MS 5000 /* a desk that is opened for one question pays for no documents */
#define LOOK_MS 1000
#define PAUSE_MS 5000 /* after a failure; it doubles */
#define PAUSE_MAX_MS 300000
#define RUN_MS 600000 /* then it looks anew */

struct filler {
    struct filler_setup setup;
    struct os_mutex lock;
    struct os_cond kick;
    bool stop;
    esi_cancel *cancel;
    struct os_thread thread;
    int64_t looked_at; /* version of a catalogue, when it was counted last */
    int64_t pause_ms;
    atomic_llong pending;
    bool warned;
};

/* Sleeps; false: stop. */
static bool rest(struct filler *f, int64_t ms) {
    const int64_t until = esi_clock_ns() + ms * NS_PER_MS;
    os_lock(&f->lock);
    while (!f->stop && os_cond_wait(&f->kick, &f->lock, until)) {
        /* woken for another reason than to stop */
    }
    const bool go_on = !f->stop;
    os_unlock(&f->lock);
    return go_on;
}

/* Is there something to be done, as far as the snapshot says? A catalogue doesn't: after each
 * change the store is asked. */
static bool is_wanted(struct filler *f) {
    struct snapshot *s = knowledge_snapshot(f->setup.knowledge);
    const int64_t version = index_version(s->index);
    const bool wanted =
        s->light ? version != f->looked_at || atomic_load(&f->pending) > 0 : s->unembedded > 0;
    f->looked_at = version;
    snapshot_unref(s);
    return wanted && atomic_load(f->setup.ingests) == 0;
}

/* An ingest of this desk has the better listener. */
static esi_err make_way(void *context, int64_t done, int64_t total, esi_error *err) {
    const struct filler *f = context;
    (void)done;
    (void)total;
    return atomic_load(f->setup.ingests) == 0
               ? ESI_OK
               : esi_fail(err, ESI_ECANCELLED, ORIGIN, "an ingest goes on with it");
}

static void tell(struct filler *f, esi_err rc, const struct fill_result *result,
                 const esi_error *err) {
    const esi_error *why = rc != ESI_OK ? err : &result->why;
    const bool failed = rc != ESI_ECANCELLED && why->code != ESI_OK && result->pending > 0;
    if (failed && !f->warned) {
        log_warn(&f->setup.log, ORIGIN, NULL,
                 "%lld sections have no vector yet, words find them; tried again by itself: %s",
                 (long long)result->pending, why->message);
    } else if (result->put > 0) {
        log_debug(&f->setup.log, ORIGIN, NULL, "%lld sections got their vectors, %lld have none",
                  (long long)result->put, (long long)result->pending);
    }
    f->warned = failed;
}

/* How long it is left alone then. */
static int64_t fill(struct filler *f, esi_store *store) {
    const struct fill what = {.ops = f->setup.ops,
                              .store = store,
                              .collection = f->setup.collection,
                              .model = f->setup.model,
                              .budget = f->setup.budget,
                              .on_step = make_way,
                              .context = f,
                              .log = f->setup.log};
    const esi_wait wait = wait_for_ms(RUN_MS, f->cancel);
    struct fill_result result = {.pending = 0};
    esi_error err = {0};
    const esi_err rc = fill_run(&what, &wait, &result, &err);
    tell(f, rc, &result, &err);
    atomic_store(&f->pending, result.pending);
    if (result.put > 0 || (rc == ESI_OK && result.pending == 0)) {
        f->pause_ms = PAUSE_MS;
        return LOOK_MS;
    }
    const int64_t asked = result.why.retry_after_ms;
    const int64_t pause = asked > f->pause_ms ? asked : f->pause_ms;
    f->pause_ms = f->pause_ms * 2 < PAUSE_MAX_MS ? f->pause_ms * 2 : PAUSE_MAX_MS;
    return pause < PAUSE_MAX_MS ? pause : PAUSE_MAX_MS;
}

static void run(void *context) {
    struct filler *f = context;
    int64_t ms = START_MS;
    while (rest(f, ms)) {
        esi_store *store = atomic_load_explicit(f->setup.store, memory_order_acquire);
        ms = store && is_wanted(f) ? fill(f, store) : LOOK_MS;
    }
}

static void destroy(struct filler *f) {
    esi_cancel_free(f->cancel);
    os_cond_clear(&f->kick);
    os_mutex_clear(&f->lock);
    free(f);
}

esi_err filler_start(const struct filler_setup *setup, struct filler **out, esi_error *err) {
    struct filler *f = calloc(1, sizeof(*f));
    if (!f) {
        return fail_memory(err, ORIGIN);
    }
    f->setup = *setup;
    f->pause_ms = PAUSE_MS;
    atomic_init(&f->pending, 0);
    esi_err rc = os_mutex_init(&f->lock, err);
    if (rc != ESI_OK) {
        free(f);
        return rc;
    }
    rc = os_cond_init(&f->kick, err);
    if (rc != ESI_OK) {
        os_mutex_clear(&f->lock);
        free(f);
        return rc;
    }
    f->cancel = esi_cancel_create();
    rc = f->cancel ? os_thread_start(&f->thread, run, f, 0, err) : fail_memory(err, ORIGIN);
    if (rc != ESI_OK) {
        destroy(f);
        return rc;
    }
    *out = f;
    return ESI_OK;
}

void filler_free(struct filler *f) {
    if (!f) {
        return;
    }
    os_lock(&f->lock);
    f->stop = true;
    os_signal(&f->kick);
    os_unlock(&f->lock);
    esi_cancel_fire(f->cancel);
    os_thread_join(&f->thread);
    destroy(f);
}

int64_t filler_pending(const struct filler *f) {
    return f ? (int64_t)atomic_load(&f->pending) : 0;
}
