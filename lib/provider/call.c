#include "provider/call.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/error.h"
#include "provider/call_parts.h"

#define TICK_NS (1000 * NS_PER_MS)
/* So long an endpoint is waited for that isn't the last, as it stands before the others on purpose:
 * but no more than an eighth of the time that is left. */
#define PATIENCE_NS (1000 * NS_PER_MS)
#define PATIENCE_PART 8

static enum step over(struct run *r, esi_err result) {
    r->result = result;
    return STEP_OVER;
}

/* ---- who is asked next ---------------------------------------------------------------------- */

/* The first in order that may be asked now or soon, else the one that may be asked soonest, where
 * that leaves it a quarter of the time. NULL: nobody. */
static struct candidate *choose(struct run *r, int64_t now_ns, int64_t *ready_ns) {
    struct candidate *soonest = NULL;
    int64_t soonest_ns = INT64_MAX;
    const int64_t left_ns = r->call->wait.until_ns - now_ns;
    const int64_t most_ns =
        left_ns / PATIENCE_PART < PATIENCE_NS ? left_ns / PATIENCE_PART : PATIENCE_NS;
    for (size_t i = 0; i < r->call->endpoints->count; i++) {
        struct candidate *c = &r->candidates[i];
        const int64_t at_ns = candidate_ready_ns(c, now_ns);
        const int64_t patience_ns = c->tries > 0 && !c->unreachable ? most_ns : 0;
        if (at_ns <= now_ns + patience_ns) {
            *ready_ns = at_ns;
            return c;
        }
        if (at_ns < soonest_ns) {
            soonest = c;
            soonest_ns = at_ns;
        }
    }
    if (soonest == NULL || soonest_ns - now_ns > left_ns / 4 * 3) {
        return NULL;
    }
    *ready_ns = soonest_ns;
    return soonest;
}

static bool admit(struct candidate *c, bool *trial) {
    struct breaker *b = &c->to->breaker;
    os_lock(&c->to->lock);
    const bool before = b->trial;
    const bool admitted = breaker_admit(b, esi_clock_ns() / NS_PER_MS);
    *trial = admitted && b->trial && !before;
    os_unlock(&c->to->lock);
    return admitted;
}

/* ---- waiting -------------------------------------------------------------------------------- */

static enum step tick(struct run *r) {
    const struct call_reader *reader = r->call->reader;
    if (esi_clock_ns() < r->tick_ns) {
        return STEP_ON;
    }
    r->tick_ns = esi_clock_ns() + TICK_NS;
    if (reader->tick != NULL && reader->tick(reader->context) != 0) {
        return over(r, ESI_OK);
    }
    return STEP_ON;
}

static enum step sleep_until(struct run *r, int64_t until_ns) {
    enum step step = STEP_ON;
    int64_t now_ns = esi_clock_ns();
    while (step == STEP_ON && now_ns < until_ns && !wait_over(&r->call->wait)) {
        const int64_t to_ns = until_ns < r->tick_ns ? until_ns : r->tick_ns;
        wait_sleep(&r->call->wait, (to_ns - now_ns) / NS_PER_MS + 1);
        step = tick(r);
        now_ns = esi_clock_ns();
    }
    return step;
}

/* ---- asking --------------------------------------------------------------------------------- */

/* What was shown of an earlier reply is taken back, or nobody else is asked. */
static enum step announce(struct run *r) {
    const struct call_reader *reader = r->call->reader;
    if (r->requests == 0 || reader->given == NULL || !reader->given(reader->context)) {
        return STEP_ON;
    }
    if (reader->restart == NULL || reader->restart(reader->context) != 0) {
        return over(r, call_fail(r, &r->failed));
    }
    return STEP_ON;
}

static enum step begin(struct run *r) {
    int64_t ready_ns = 0;
    struct candidate *c =
        r->requests < CALL_REQUESTS_MAX ? choose(r, esi_clock_ns(), &ready_ns) : NULL;
    if (c == NULL) {
        return over(r, call_fail(r, &r->failed));
    }
    if (ready_ns > esi_clock_ns()) {
        if (c->not_before_ns < ready_ns) {
            /* Others wait for the end of the same rest: they don't all come at once. */
            c->not_before_ns = ready_ns + retry_backoff_ms(0, draw_chance()) * NS_PER_MS;
        }
        return sleep_until(r, c->not_before_ns);
    }
    bool trial;
    enum step step = announce(r);
    if (step == STEP_ON && admit(c, &trial)) {
        r->hedged = false;
        step = attempt_start(r, &r->attempts[0], c, trial);
    }
    return step;
}

/* When the next one is asked too; INT64_MAX: never. */
static int64_t hedge_at(const struct run *r) {
    const struct attempt *a = &r->attempts[0];
    if (r->call->hedge_ms <= 0 || r->hedged || !attempt_under_way(a) || a->status != 0 ||
        r->requests >= CALL_REQUESTS_MAX) {
        return INT64_MAX;
    }
    return a->started_ns + r->call->hedge_ms * NS_PER_MS;
}

static enum step hedge(struct run *r) {
    const int64_t now_ns = esi_clock_ns();
    if (now_ns < hedge_at(r)) {
        return STEP_ON;
    }
    r->hedged = true;
    for (size_t i = 0; i < r->call->endpoints->count; i++) {
        struct candidate *c = &r->candidates[i];
        bool trial;
        if (c != r->attempts[0].at && candidate_ready_ns(c, now_ns) <= now_ns && admit(c, &trial)) {
            return attempt_start(r, &r->attempts[1], c, trial);
        }
    }
    return STEP_ON;
}

static enum step read_all(struct run *r) {
    enum step step = STEP_ON;
    for (size_t i = 0; i < 2 && step == STEP_ON; i++) {
        if (attempt_under_way(&r->attempts[i])) {
            step = attempt_read(r, &r->attempts[i]);
        }
    }
    return step;
}

static enum step follow(struct run *r) {
    const int64_t hedge_ns = hedge_at(r);
    const bool on = http_waiter_wait(r->waiter, hedge_ns < r->tick_ns ? hedge_ns : r->tick_ns);
    enum step step = read_all(r);
    if (step == STEP_ON && !on) {
        for (size_t i = 0; i < 2; i++) {
            attempt_leave(r, &r->attempts[i], !esi_cancel_fired(r->call->wait.cancel));
        }
        return over(r, call_fail_wait(r, &r->failed));
    }
    if (step == STEP_ON) {
        step = tick(r);
    }
    return step == STEP_ON ? hedge(r) : step;
}

/* ---- the call ------------------------------------------------------------------------------- */

static enum step go_on(struct run *r) {
    if (attempt_under_way(&r->attempts[0]) || attempt_under_way(&r->attempts[1])) {
        return follow(r);
    }
    if (wait_over(&r->call->wait)) {
        return over(r, call_fail_wait(r, &r->failed));
    }
    return begin(r);
}

esi_err call_run(const struct call *call, struct endpoint **from, esi_error *err) {
    struct run *r = calloc(1, sizeof *r);
    if (r == NULL) {
        return fail_memory(err, CALL_ORIGIN);
    }
    r->call = call;
    r->from = call->endpoints->items;
    r->tick_ns = esi_clock_ns() + TICK_NS;
    for (size_t i = 0; i < call->endpoints->count; i++) {
        r->candidates[i].to = &call->endpoints->items[i];
    }
    esi_err result = http_waiter_create(&call->wait, &r->waiter, err);
    if (result == ESI_OK) {
        while (go_on(r) == STEP_ON) {
            /* asked, waited, read: until it is over */
        }
        attempt_leave(r, &r->attempts[0], false);
        attempt_leave(r, &r->attempts[1], false);
        http_waiter_free(r->waiter);
        result = r->result;
        if (result == ESI_OK) {
            *from = r->from;
        } else if (err != NULL) {
            *err = r->failed;
        }
    }
    free(r);
    return result;
}
