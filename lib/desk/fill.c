#include "desk/fill.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/os.h"
#include "desk/embed.h"

#define ORIGIN "desk/fill"
#define LEASE_MS 6000 /* longer than a beat: who was killed is waited for so long */
#define LOOK_MS 300   /* how often it is looked whether another is done */
#define PAUSE_MS 500  /* before the first repetition; it doubles */
#define PAUSE_MAX_MS 15000
#define REQUEST_MS 60000 /* what the model gets for a page */
#define STORE_MS 30000   /* what is made is put, also when time is up */

struct filling {
    const struct fill *what;
    const esi_wait *wait;
    esi_store_space space;
    char who[OS_UUID_SIZE];
    char after[64]; /* id of the last section that was seen; "": from the first */
    int64_t total;  /* sections without a vector, when it was looked last */
    int64_t progress_ns;
    int pauses; /* one after another */
    struct fill_result result;
};

/* ---- whose turn it is ------------------------------------------------------------------------ */

static esi_err lease(struct filling *f, int64_t ms, bool *taken, esi_error *err) {
    const struct fill *what = f->what;
    const esi_wait wait = wait_for_ms(STORE_MS, NULL);
    return what->ops->space_lease(what->store, what->collection, f->who, clock_now_ms(), ms, &wait,
                                  taken, err);
}

/* A beat that fails is made good by the next; another that began meanwhile pays twice at worst. */
static void renew(void *context) {
    bool taken;
    const esi_err rc = lease(context, LEASE_MS, &taken, NULL);
    (void)rc;
}

static void give_back(struct filling *f) {
    bool given;
    const esi_err rc = lease(f, 0, &given, NULL); /* else it runs out */
    (void)rc;
}

static esi_err count_missing(struct filling *f, int64_t *out, esi_error *err) {
    const struct fill *what = f->what;
    const esi_wait wait = wait_for_ms(STORE_MS, NULL);
    return what->ops->space_begin(what->store, what->collection, &f->space, &wait, out, err);
}

/* Has it come to nothing for too long? */
static bool is_in_vain(const struct filling *f, int64_t more_ms) {
    const int64_t vain_ns = esi_clock_ns() - f->progress_ns + more_ms * NS_PER_MS;
    return vain_ns > f->what->patience_ms * NS_PER_MS;
}

static esi_err tell(struct filling *f, esi_error *err) {
    const struct fill *what = f->what;
    const int64_t done = f->result.put < f->total ? f->result.put : f->total;
    if (esi_cancel_fired(f->wait->cancel)) {
        return fail_wait(err, ORIGIN, f->wait);
    }
    return what->on_step ? what->on_step(what->context, done, f->total, err) : ESI_OK;
}

/* Waits for the lease while another fills, and for the other's work. *missing 0: it is done. */
static esi_err take_turn(struct filling *f, bool *taken, int64_t *missing, esi_error *err) {
    int64_t before = *missing;
    esi_err rc = lease(f, LEASE_MS, taken, err);
    while (rc == ESI_OK && !*taken && *missing > 0 && !is_in_vain(f, 0) && !wait_over(f->wait)) {
        wait_sleep(f->wait, LOOK_MS);
        rc = tell(f, err);
        if (rc == ESI_OK) {
            rc = count_missing(f, missing, err);
        }
        if (*missing != before) {
            before = *missing;
            f->progress_ns = esi_clock_ns();
        }
        if (rc == ESI_OK) {
            rc = lease(f, LEASE_MS, taken, err);
        }
    }
    return rc;
}

/* ---- a page ---------------------------------------------------------------------------------- */

struct page {
    const esi_store_passage *passages;
    const float **vectors;
    size_t count;
    size_t put;
    esi_err made; /* what the model said */
    esi_error why;
};

static esi_err put_page(struct filling *f, struct page *p, esi_arena *scratch, esi_error *err) {
    const struct fill *what = f->what;
    const esi_wait wait = wait_for_ms(STORE_MS, NULL);
    esi_store_vector *rows = ARENA_ARRAY(scratch, p->count, esi_store_vector);
    if (!rows) {
        return fail_memory(err, ORIGIN);
    }
    for (size_t i = 0; i < p->count; i++) {
        if (p->vectors[i]) {
            rows[p->put++] = (esi_store_vector){p->passages[i].section_id, p->vectors[i]};
        }
    }
    return p->put > 0 ? what->ops->space_put(what->store, what->collection, &f->space, rows, p->put,
                                             &wait, err)
                      : ESI_OK;
}

static esi_err make_page(struct filling *f, struct page *p, esi_arena *scratch, esi_error *err) {
    const struct fill *what = f->what;
    const struct vectors v = {.ops = what->ops,
                              .store = what->store,
                              .model = what->model,
                              .beat = renew,
                              .context = f,
                              .on_charge = budget_charge,
                              .charged = what->budget};
    const esi_store_missing_query query = {f->space, f->after[0] ? f->after : NULL,
                                           VECTORS_TEXTS_MAX};
    esi_text *texts;
    esi_wait wait = wait_for_ms(REQUEST_MS, f->wait->cancel);
    wait.until_ns = f->wait->until_ns < wait.until_ns ? f->wait->until_ns : wait.until_ns;
    esi_err rc = what->ops->space_missing(what->store, what->collection, &query, f->wait, scratch,
                                          &p->passages, &p->count, err);
    if (rc != ESI_OK || p->count == 0) {
        return rc;
    }
    p->vectors = ARENA_ARRAY(scratch, p->count, const float *);
    rc = p->vectors ? embed_passage_texts(p->passages, p->count, scratch, &texts, err)
                    : fail_memory(err, ORIGIN);
    if (rc == ESI_OK) {
        p->made = vectors_of(&v, texts, p->count, &wait, scratch, p->vectors, &f->result.counted,
                             &p->why);
        rc = put_page(f, p, scratch, err);
    }
    return rc;
}

/* ---- what a failure means -------------------------------------------------------------------- */

/* Of the texts: the others go on. */
static bool is_about_texts(const esi_error *why) {
    return why->code == ESI_EUPSTREAM &&
           (why->upstream_status == 400 || why->upstream_status == 413 ||
            why->upstream_status == 422);
}

/* It would be said again: the address, the key or the model is wrong, or nobody makes vectors
 * there. */
static bool is_for_good(const esi_error *why) {
    const int status = why->upstream_status;
    const bool passes = status == 408 || status == 409 || status == 425 || status == 429;
    return (status >= 300 && status < 500 && !passes) || status == 501 || status == 505;
}

static bool is_our_fault(esi_err rc) {
    return rc != ESI_OK && rc != ESI_EUPSTREAM && rc != ESI_EUNAVAILABLE && rc != ESI_ETIMEOUT &&
           rc != ESI_ECANCELLED;
}

/* Waits before the page is tried again; false: that would be in vain. */
static bool pause_before_again(struct filling *f, const esi_error *why) {
    int64_t ms = PAUSE_MS << (f->pauses < 5 ? f->pauses : 5);
    ms = ms < PAUSE_MAX_MS ? ms : PAUSE_MAX_MS;
    ms = why->retry_after_ms > ms ? why->retry_after_ms : ms;
    if (is_in_vain(f, ms) || esi_wait_left_ms(f->wait) < ms) {
        return false;
    }
    f->pauses++;
    for (int64_t slept = 0; slept < ms && !wait_over(f->wait); slept += LOOK_MS) {
        wait_sleep(f->wait, ms - slept < LOOK_MS ? ms - slept : LOOK_MS);
        renew(f);
    }
    return !wait_over(f->wait);
}

/* What is left of the queue after a page: *more false: it is over, be it in vain. */
static esi_err go_on(struct filling *f, const struct page *p, bool *more, esi_error *err) {
    if (p->put > 0) {
        f->result.put += (int64_t)p->put;
        f->progress_ns = esi_clock_ns();
        f->pauses = 0;
    }
    if (p->made == ESI_OK || is_about_texts(&p->why)) {
        const char *last = p->passages[p->count - 1].section_id;
        *more = strlen(last) < sizeof(f->after);
        if (*more) {
            memcpy(f->after, last, strlen(last) + 1);
        }
    } else if (is_our_fault(p->made)) {
        if (err) {
            *err = p->why;
        }
        return p->made;
    } else {
        *more = !is_for_good(&p->why) && pause_before_again(f, &p->why);
    }
    if (p->made != ESI_OK) {
        f->result.why = p->why;
        f->result.why.code = p->made;
        log_debug(&f->what->log, ORIGIN, NULL, "%zu of %zu vectors: %s", p->put, p->count,
                  p->why.message);
    }
    return ESI_OK;
}

/* Some sections; *more false: it is over. */
static esi_err step(struct filling *f, bool *more, esi_error *err) {
    esi_arena scratch = {0};
    struct page p = {.made = ESI_OK};
    esi_err rc = tell(f, err);
    if (rc == ESI_OK) {
        renew(f);
        rc = make_page(f, &p, &scratch, err);
    }
    if (rc == ESI_OK && p.count == 0) {
        *more = false;
    } else if (rc == ESI_OK) {
        rc = go_on(f, &p, more, err);
    }
    arena_clear(&scratch);
    return rc == ESI_OK && esi_cancel_fired(f->wait->cancel) ? fail_wait(err, ORIGIN, f->wait) : rc;
}

/* ---- the queue ------------------------------------------------------------------------------- */

static esi_err drain(struct filling *f, esi_error *err) {
    bool taken = false, more = true;
    int64_t missing = f->total;
    esi_err rc = take_turn(f, &taken, &missing, err);
    f->result.busy = rc == ESI_OK && !taken && missing > 0;
    if (!taken) {
        return rc;
    }
    while (rc == ESI_OK && more && !wait_over(f->wait)) {
        rc = step(f, &more, err);
    }
    if (rc == ESI_OK) {
        rc = tell(f, err);
    }
    give_back(f);
    return rc;
}

esi_err fill_run(const struct fill *what, const esi_wait *wait, struct fill_result *out,
                 esi_error *err) {
    const esi_provider_info *info = &what->model->info;
    struct filling f = {.what = what,
                        .wait = wait,
                        .space = {info->embedding_model, info->dimensions},
                        .progress_ns = esi_clock_ns()};
    esi_err rc = os_uuid7(clock_now_ms(), f.who, err);
    if (rc == ESI_OK) {
        rc = count_missing(&f, &f.total, err);
    }
    if (rc == ESI_OK && f.total > 0) {
        rc = drain(&f, err);
        const esi_err counted = count_missing(&f, &f.result.pending, NULL);
        if (counted != ESI_OK) { /* as far as is known */
            f.result.pending = f.total - f.result.put;
        }
    }
    *out = f.result;
    return rc;
}
