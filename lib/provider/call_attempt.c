#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "provider/call_parts.h"

#define CONNECT_MS 5000
#define SILENCE_MS 60000 /* within a reply */
#define BODY_MAX (32u << 20)
/* A wait that ended sooner says nothing of the endpoint. */
#define FAIR_MS 2000
#define AWAY_MS 1000

uint32_t draw_chance(void) {
    uint32_t chance;
    return os_random(&chance, sizeof chance, NULL) == ESI_OK ? chance : UINT32_C(1) << 31;
}

bool attempt_under_way(const struct attempt *a) {
    return a->at != NULL;
}

/* ---- beginning ------------------------------------------------------------------------------ */

int64_t candidate_ready_ns(const struct candidate *c, int64_t now_ns) {
    if (c->out) {
        return INT64_MAX;
    }
    os_lock(&c->to->lock);
    const int64_t rest_ms = breaker_rest_ms(&c->to->breaker, now_ns / NS_PER_MS);
    const bool open = breaker_is_open(&c->to->breaker) && (rest_ms > 0 || c->to->breaker.trial);
    os_unlock(&c->to->lock);
    if (open) {
        return INT64_MAX;
    }
    const int64_t rested_ns = rest_ms > 0 ? now_ns + (rest_ms + 1) * NS_PER_MS : now_ns;
    return c->not_before_ns > rested_ns ? c->not_before_ns : rested_ns;
}

bool run_has_others(const struct run *r, const struct candidate *than, int64_t now_ns) {
    for (size_t i = 0; i < r->call->endpoints->count; i++) {
        const struct candidate *c = &r->candidates[i];
        if (c != than && c->to != than->to &&
            candidate_ready_ns(c, now_ns) < r->call->wait.until_ns) {
            return true;
        }
    }
    return false;
}

static int64_t least(int64_t a, int64_t b) {
    return a < b ? a : b;
}

/* While others could still answer, a silent endpoint gets half of what is left at most. */
static void set_request(struct run *r, struct attempt *a, int64_t now_ns) {
    const struct endpoint *to = a->at->to;
    const int64_t left_ms = esi_wait_left_ms(&r->call->wait);
    const int64_t share_ms =
        run_has_others(r, a->at, now_ns) ? (left_ms > 1 ? left_ms / 2 : 1) : INT64_MAX;
    const int64_t first_ms = to->first_ms > 0 ? least(to->first_ms, share_ms) : share_ms;
    a->request = (struct http_request){
        .place = &to->place,
        .fields = to->fields,
        .field_count = to->field_count,
        .body = buf_view(&a->body),
        .reply_max = r->call->reply_max > 0 ? r->call->reply_max : CALL_REPLY_MAX,
        .connect_ms = least(CONNECT_MS, share_ms),
        .first_ms = first_ms == INT64_MAX ? 0 : first_ms,
        .silence_ms = least(SILENCE_MS, share_ms),
        .fresh = a->at->lost_once,
    };
}

static enum step over(struct run *r, esi_err result) {
    r->result = result;
    return STEP_OVER;
}

/* Counts a request that begins. */
static void count_begin(struct endpoint *to, bool repeat) {
    os_lock(&to->lock);
    to->in_flight++;
    to->repeats += repeat ? 1 : 0;
    os_unlock(&to->lock);
}

static void give_trial_back(struct attempt *a) {
    if (a->trial) {
        os_lock(&a->at->to->lock);
        breaker_leave(&a->at->to->breaker);
        os_unlock(&a->at->to->lock);
    }
}

enum step attempt_start(struct run *r, struct attempt *a, struct candidate *to, bool trial) {
    const struct call_reader *reader = r->call->reader;
    *a = (struct attempt){.at = to, .trial = trial, .started_ns = esi_clock_ns()};
    buf_init(&a->body, BODY_MAX);
    buf_init(&a->error_body, CALL_ERROR_MAX);
    r->from = to->to;
    r->written = a;
    esi_err result = reader->write(to->to, &a->body, reader->context, &r->failed);
    if (result == ESI_OK && a->body.failed) {
        result = a->body.too_long ? esi_fail(&r->failed, ESI_ETOOBIG, CALL_ORIGIN,
                                             "the request is larger than %u bytes", BODY_MAX)
                                  : fail_memory(&r->failed, CALL_ORIGIN);
    }
    if (result == ESI_OK) {
        set_request(r, a, a->started_ns);
        result = http_start(r->call->http, &a->request, r->waiter, &a->call, &r->failed);
    }
    if (result != ESI_OK) {
        give_trial_back(a);
        buf_clear(&a->body);
        a->at = NULL;
        return over(r, result);
    }
    count_begin(to->to, r->requests > 0 && a == &r->attempts[0]);
    to->tries++;
    r->requests++;
    return STEP_ON;
}

/* ---- ending --------------------------------------------------------------------------------- */

enum effect { EFFECT_NONE, EFFECT_SUCCESS, EFFECT_FAILURE };

/* What an end means to the endpoint's breaker. */
static enum effect effect_of(const struct outcome *o) {
    if (o->verdict == CALL_STOPPED || o->verdict == CALL_NOWHERE || o->verdict == CALL_AGAIN ||
        o->is == RETRY_DONE) {
        return o->reply.status != 0 ? EFFECT_SUCCESS : EFFECT_NONE;
    }
    if (o->reply.end == HTTP_IDLE_LOST) {
        return EFFECT_NONE; /* as kept connections do */
    }
    return retry_blames(&o->reply) ? EFFECT_FAILURE : EFFECT_SUCCESS;
}

struct change {
    bool opened, closed;
    int32_t failures;
};

static struct change apply(struct breaker *b, enum effect effect, const struct outcome *o,
                           bool trial) {
    const int64_t now_ms = esi_clock_ns() / NS_PER_MS;
    const bool before = breaker_is_open(b);
    switch (effect) {
    case EFFECT_NONE:
        if (trial) {
            breaker_leave(b);
        }
        break;
    case EFFECT_SUCCESS:
        breaker_success(b);
        break;
    case EFFECT_FAILURE:
        breaker_failure(b, now_ms, retry_limited(&o->reply), o->asked_ms, draw_chance());
        break;
    }
    const bool after = breaker_is_open(b);
    return (struct change){!before && after, before && !after, b->failures};
}

/* Was it sent, and perhaps worked on, without anything that the reader could read? */
static bool is_left(const struct attempt *a, const struct outcome *o, bool sent) {
    return sent && !a->read && o->reply.status == 0 && o->reply.end != HTTP_IDLE_LOST;
}

/* Closes the connection or gives it back, and counts. `problem` "" where there is none. */
static void attempt_end(struct run *r, struct attempt *a, const struct outcome *o,
                        const char *problem) {
    struct endpoint *to = a->at->to;
    const enum effect effect = effect_of(o);
    const bool failed = *problem != '\0';
    const bool sent = http_finish(a->call);
    os_lock(&to->lock);
    to->in_flight--;
    to->requests += sent ? 1 : 0;
    to->failures += failed ? 1 : 0;
    to->lost += o->reply.end == HTTP_IDLE_LOST ? 1 : 0;
    const struct change change = apply(&to->breaker, effect, o, a->trial);
    if (failed || effect == EFFECT_SUCCESS) {
        str_line(to->problem, sizeof to->problem, problem);
    }
    os_unlock(&to->lock);
    if (change.opened) {
        log_warn(&r->call->log, CALL_ORIGIN, NULL, "%s failed %d times in a row and rests: %s",
                 to->name, (int)change.failures, problem);
    } else if (change.closed) {
        log_warn(&r->call->log, CALL_ORIGIN, NULL, "%s answers again", to->name);
    } else if (failed) {
        log_debug(&r->call->log, CALL_ORIGIN, NULL, "%s: %s", to->name, problem);
    }
    const struct call_reader *reader = r->call->reader;
    if (reader->left != NULL && is_left(a, o, sent)) {
        reader->left(to, reader->context);
    }
    buf_clear(&a->body);
    buf_clear(&a->error_body);
    r->written = r->written == a ? NULL : r->written;
    *a = (struct attempt){.at = NULL};
}

void attempt_leave(struct run *r, struct attempt *a, bool late) {
    if (!attempt_under_way(a)) {
        return;
    }
    late = late && esi_clock_ns() - a->started_ns >= FAIR_MS * NS_PER_MS;
    const struct outcome o = {
        .reply = {.end = late ? HTTP_SILENT : HTTP_UNDER_WAY, .status = 0},
        .is = RETRY_UNKNOWN,
        .verdict = late ? CALL_ELSEWHERE : CALL_STOPPED,
        .asked_ms = -1,
    };
    char problem[ESI_ERROR_MESSAGE_MAX] = "";
    call_why(&o, a->at->why);
    r->said.code = ESI_OK;
    if (late) {
        call_problem(r, a, &o, problem, sizeof problem);
        r->last = a->at;
    }
    attempt_end(r, a, &o, problem);
}

/* ---- the reader's part ---------------------------------------------------------------------- */

/* Where two were written for, the reader's state may be of the other one. */
static esi_err face(struct run *r, struct attempt *a) {
    if (r->written == a) {
        return ESI_OK;
    }
    struct buf again;
    buf_init(&again, BODY_MAX);
    const struct call_reader *reader = r->call->reader;
    const esi_err result = reader->write(a->at->to, &again, reader->context, &r->failed);
    buf_clear(&again);
    r->written = a;
    return result;
}

/* It was the quickest: the other one isn't wanted any more. */
static void leave_other(struct run *r, const struct attempt *a) {
    struct attempt *other = a == &r->attempts[0] ? &r->attempts[1] : &r->attempts[0];
    attempt_leave(r, other, false);
}

/* Gives on what came. */
static enum call_verdict give(struct run *r, struct attempt *a, const struct http_news *news) {
    if (news->status != 200) {
        const size_t room = CALL_ERROR_MAX - a->error_body.n;
        buf_add(&a->error_body, view_slice(news->bytes, 0, room));
        return CALL_GOOD;
    }
    if (news->bytes.n == 0) {
        return CALL_GOOD;
    }
    leave_other(r, a);
    if (face(r, a) != ESI_OK) {
        r->said = r->failed;
        return CALL_NOWHERE;
    }
    if (!a->read && a->trial) {
        give_trial_back(a); /* it answers: the next may try meanwhile */
        a->trial = false;
    }
    a->read = true;
    return r->call->reader->take(news->bytes, r->call->reader->context, &r->said);
}

static enum call_verdict conclude(struct run *r, struct attempt *a, const struct http_news *news) {
    if (news->status == 0) {
        return CALL_GOOD;
    }
    if (face(r, a) != ESI_OK) {
        r->said = r->failed;
        return CALL_NOWHERE;
    }
    const struct call_reader *reader = r->call->reader;
    const bool cut = news->end != HTTP_WHOLE;
    return reader->end(a->at->to, news->status, buf_view(&a->error_body), cut, reader->context,
                       &r->said);
}

/* ---- judging -------------------------------------------------------------------------------- */

/* The fields end with the call: what they ask for is read while they are there. */
static int64_t read_asked(const struct attempt *a, const struct retry_reply *of) {
    struct retry_reply reply = *of;
    reply.retry_after = http_reply_field(a->call, "retry-after");
    reply.retry_after_ms = http_reply_field(a->call, "retry-after-ms");
    const char *left = http_reply_field(a->call, "x-ratelimit-remaining-requests");
    const char *tokens = http_reply_field(a->call, "x-ratelimit-reset-tokens");
    reply.rate_reset = tokens == NULL || (left != NULL && strcmp(left, "0") == 0)
                           ? http_reply_field(a->call, "x-ratelimit-reset-requests")
                           : tokens;
    reply.date = http_reply_field(a->call, "date");
    reply.now_ms = clock_now_ms();
    return retry_asked_ms(&reply);
}

static enum retry_class classify(const struct run *r, const struct candidate *c,
                                 const struct outcome *o) {
    if (o->verdict == CALL_ELSEWHERE || c->forms > CALL_FORMS_MAX) {
        return RETRY_NEVER_HERE;
    }
    if (o->verdict == CALL_LIMITED) {
        return RETRY_NOT_DONE;
    }
    if (o->verdict == CALL_BROKEN && o->reply.status == 200) {
        return r->call->repeat_unknown ? RETRY_NOT_DONE : RETRY_UNKNOWN;
    }
    /* A second kept connection that goes away in one call is no chance any more. */
    const bool again = o->reply.end == HTTP_IDLE_LOST && c->lost_once;
    const enum retry_class is = again ? RETRY_UNKNOWN : retry_classify(&o->reply);
    return is == RETRY_UNKNOWN && r->call->repeat_unknown ? RETRY_NOT_DONE : is;
}

/* Where and when it may be sent again. */
static void plan(struct candidate *c, const struct outcome *o, int64_t started_ns) {
    /* Who takes so long to be reached is away: the time is better spent elsewhere. */
    const bool away =
        o->reply.end == HTTP_NOT_SENT && esi_clock_ns() - started_ns >= AWAY_MS * NS_PER_MS;
    c->unreachable = o->reply.end == HTTP_NOT_SENT;
    c->out = o->is != RETRY_NOT_DONE || c->tries >= CALL_TRIES_MAX || away;
    if (o->reply.end == HTTP_IDLE_LOST && !c->lost_once) {
        c->lost_once = true;
        c->tries--;
        c->not_before_ns = 0;
        return;
    }
    /* Those who were told the same time don't come back all at once. */
    const int64_t by_chance_ms =
        retry_backoff_ms(o->asked_ms >= 0 ? 0 : c->tries - 1, draw_chance());
    c->not_before_ns =
        esi_clock_ns() + ((o->asked_ms > 0 ? o->asked_ms : 0) + by_chance_ms) * NS_PER_MS;
}

static enum step fail(struct run *r, struct attempt *a, struct outcome *o) {
    struct candidate *c = a->at;
    char problem[ESI_ERROR_MESSAGE_MAX];
    call_problem(r, a, o, problem, sizeof problem);
    call_why(o, c->why);
    plan(c, o, a->started_ns);
    r->last = c;
    r->last_status = o->reply.status != 0 ? o->reply.status : r->last_status;
    r->said_last = r->said.code != ESI_OK;
    attempt_end(r, a, o, problem);
    return STEP_ON;
}

static enum step judge(struct run *r, struct attempt *a, struct outcome *o) {
    struct candidate *c = a->at;
    if (o->verdict == CALL_AGAIN) {
        c->forms++;
        c->tries--;
        if (c->forms > CALL_FORMS_MAX) {
            o->verdict = CALL_ELSEWHERE;
        }
    }
    const bool good = o->verdict == CALL_GOOD && o->reply.status == 200;
    if (good || o->verdict == CALL_STOPPED) {
        o->is = RETRY_DONE;
        r->from = c->to;
        attempt_end(r, a, o, "");
        return over(r, ESI_OK);
    }
    if (o->verdict == CALL_NOWHERE) {
        r->failed = r->said;
        if (r->failed.upstream_status == 0 && o->reply.status >= 300) {
            r->failed.upstream_status = o->reply.status;
        }
        attempt_end(r, a, o, "");
        return over(r, r->said.code != ESI_OK ? r->said.code : ESI_EUPSTREAM);
    }
    if (o->verdict == CALL_AGAIN) {
        o->is = RETRY_NOT_DONE;
        c->not_before_ns = 0;
        attempt_end(r, a, o, "");
        return STEP_ON;
    }
    if (o->verdict == CALL_LIMITED) {
        o->reply.end = HTTP_WHOLE;
        o->reply.status = 429;
    }
    o->asked_ms = read_asked(a, &o->reply);
    o->is = classify(r, c, o);
    return fail(r, a, o);
}

enum step attempt_read(struct run *r, struct attempt *a) {
    struct http_news news;
    http_take(a->call, &news);
    a->status = news.status;
    r->said.code = ESI_OK;
    struct outcome o = {.reply = {.end = news.end, .status = news.status},
                        .asked_ms = -1,
                        .problem = news.problem,
                        .verdict = give(r, a, &news)};
    if (o.verdict == CALL_GOOD && news.end == HTTP_UNDER_WAY) {
        return STEP_ON;
    }
    if (o.verdict == CALL_GOOD) {
        o.verdict = conclude(r, a, &news);
    }
    if (o.verdict == CALL_GOOD && news.status == 200) {
        leave_other(r, a);
    }
    return judge(r, a, &o);
}
