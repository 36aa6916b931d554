#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "provider/call_parts.h"
#include "provider/dialect.h"

/* ---- what happened -------------------------------------------------------------------------- */

static const char *const ends[] = {
    [HTTP_UNDER_WAY] = "not waited for", [HTTP_WHOLE] = "no use",
    [HTTP_NOT_SENT] = "no connection",   [HTTP_IDLE_LOST] = "kept connection lost",
    [HTTP_LOST] = "connection lost",     [HTTP_SILENT] = "no reply in time",
    [HTTP_TOO_BIG] = "reply too large",  [HTTP_REFUSED] = "can't be asked",
};

void call_why(const struct outcome *o, char out[CALL_WHY_MAX]) {
    if (o->reply.status >= 300) {
        (void)snprintf(out, CALL_WHY_MAX, "HTTP %d", o->reply.status);
    } else if (o->reply.end == HTTP_WHOLE && o->reply.status == 200) {
        (void)snprintf(out, CALL_WHY_MAX, "reply of no use");
    } else if (o->reply.end == HTTP_LOST && o->reply.status != 0) {
        (void)snprintf(out, CALL_WHY_MAX, "reply cut");
    } else if (o->reply.end == HTTP_WHOLE) {
        (void)snprintf(out, CALL_WHY_MAX, "HTTP %d", o->reply.status);
    } else {
        (void)snprintf(out, CALL_WHY_MAX, "%s", ends[o->reply.end]);
    }
}

/* A code of the API, as "model_not_found": no sentence, and nobody's text. */
static bool is_code(struct view code) {
    for (size_t i = 0; i < code.n; i++) {
        const char c = code.p[i];
        const bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
        if (!word) {
            return false;
        }
    }
    return code.n > 0 && code.n <= 48;
}

/* These are about keys, models and limits; others may repeat what was asked. */
static bool may_quote(int status) {
    return status == 401 || status == 403 || status == 404 || status == 429;
}

#define QUOTE_MAX 160
#define LONG_WORD 24

/* The endpoint's own words: of one line, cut, and without long words, which may be keys. */
static void quote(struct view message, char *out, size_t size) {
    char line[QUOTE_MAX + 1];
    char copy[QUOTE_MAX + 1];
    const size_t n = message.n < QUOTE_MAX ? message.n : QUOTE_MAX;
    memcpy(copy, message.p, n);
    copy[n] = '\0';
    str_line(line, sizeof line, copy);
    struct view rest = view_of(line), word;
    size_t used = 0;
    while (view_split(&rest, ' ', &word)) {
        const struct view shown = word.n > LONG_WORD ? VIEW("...") : word;
        if (shown.n == 0 || used + shown.n + 2 > size) {
            continue;
        }
        used += (size_t)snprintf(out + used, size - used, "%s%.*s", used > 0 ? " " : "",
                                 (int)shown.n, shown.p);
    }
}

/* What the body of a refusal says. */
static void tell_refusal(const struct attempt *a, int status, char *out, size_t size) {
    esi_arena scratch;
    arena_init(&scratch, 2 * CALL_ERROR_MAX);
    struct api_error error = {.message = {NULL, 0}};
    char words[QUOTE_MAX + 8] = "";
    const char *code = "";
    int code_n = 0;
    if (api_error_read(buf_view(&a->error_body), &scratch, &error, NULL) == ESI_OK) {
        const struct view name = error.code.n > 0 ? error.code : error.type;
        if (is_code(name)) {
            code = name.p;
            code_n = (int)name.n;
        }
        if (may_quote(status)) {
            quote(error.message, words, sizeof words);
        }
    }
    (void)snprintf(out, size, "HTTP %d%s%.*s%s%s", status, code_n > 0 ? ", " : "", code_n, code,
                   *words != '\0' ? ": " : "", words);
    arena_clear(&scratch);
}

static void tell_end(const struct run *r, const struct attempt *a, const struct outcome *o,
                     char *out, size_t size) {
    const double seconds = (double)(esi_clock_ns() - a->started_ns) / 1e9;
    if (r->said.code != ESI_OK && o->verdict != CALL_GOOD) {
        (void)snprintf(out, size, "%s", r->said.message);
    } else if (o->reply.status >= 300) {
        tell_refusal(a, o->reply.status, out, size);
    } else if (o->problem != NULL) {
        (void)snprintf(out, size, "%s", o->problem);
    } else if (o->reply.end == HTTP_SILENT) {
        (void)snprintf(out, size, "%s within %.1f s", a->read ? "no end of the reply" : "no reply",
                       seconds);
    } else {
        call_why(o, out);
    }
}

/* Whatever the words came from: what the endpoint is sent as secrets doesn't stand in them. */
static void blot_secrets(const struct endpoint *e, char *text) {
    for (size_t i = 0; i < e->field_count; i++) {
        const char *secret = e->fields[i].value;
        secret += strncmp(secret, "Bearer ", 7) == 0 ? 7 : 0;
        const size_t n = strlen(secret);
        if (n < 6 || strcmp(secret, "application/json") == 0) {
            continue;
        }
        for (char *at = strstr(text, secret); at != NULL; at = strstr(at, secret)) {
            memset(at, '*', n);
        }
    }
}

void call_problem(const struct run *r, const struct attempt *a, const struct outcome *o, char *out,
                  size_t size) {
    tell_end(r, a, o, out, size);
    blot_secrets(a->at->to, out);
    str_line(out, size, out);
}

/* ---- what became of the call ---------------------------------------------------------------- */

/* "main (HTTP 503), local (no connection)" */
static void list(const struct run *r, struct buf *out) {
    for (size_t i = 0; i < r->call->endpoints->count; i++) {
        const struct candidate *c = &r->candidates[i];
        buf_printf(out, "%s%s (", i > 0 ? ", " : "", c->to->name);
        os_lock(&c->to->lock);
        const int64_t rest_ms = breaker_rest_ms(&c->to->breaker, esi_clock_ns() / NS_PER_MS);
        const bool trial = breaker_is_open(&c->to->breaker);
        os_unlock(&c->to->lock);
        if (*c->why != '\0') {
            buf_str(out, c->why);
        } else if (rest_ms > 0) {
            buf_printf(out, "rests for %.1f s", (double)rest_ms / 1000);
        } else {
            buf_str(out, trial ? "is being tried" : "not asked");
        }
        buf_char(out, ')');
    }
}

/* How soon one of them may be asked again; 0: that isn't known. */
static int32_t retry_after(const struct run *r) {
    int64_t soonest = INT64_MAX;
    for (size_t i = 0; i < r->call->endpoints->count; i++) {
        struct endpoint *e = r->candidates[i].to;
        os_lock(&e->lock);
        const int64_t rest_ms = breaker_rest_ms(&e->breaker, esi_clock_ns() / NS_PER_MS);
        os_unlock(&e->lock);
        soonest = rest_ms < soonest ? rest_ms : soonest;
    }
    return soonest == INT64_MAX ? 0 : (int32_t)soonest;
}

static void last_problem(const struct run *r, char *out, size_t size) {
    *out = '\0';
    if (r->last != NULL) {
        os_lock(&r->last->to->lock);
        str_line(out, size, r->last->to->problem);
        os_unlock(&r->last->to->lock);
    }
}

static esi_err fail_with(struct run *r, esi_err code, const char *what, esi_error *err) {
    if (err == NULL) {
        return code;
    }
    struct buf all;
    buf_init(&all, 8 * ESI_ERROR_MESSAGE_MAX);
    list(r, &all);
    char problem[160];
    last_problem(r, problem, sizeof problem);
    const char *names = all.failed ? "" : all.p;
    (void)esi_fail(err, code, CALL_ORIGIN, "%s: %.*s%s%s", what, 200, names,
                   *problem != '\0' ? "; the last: " : "", problem);
    buf_clear(&all);
    err->upstream_status = r->last_status >= 300 ? r->last_status
                           : r->said_last        ? r->said.upstream_status
                                                 : 0;
    err->retry_after_ms = retry_after(r);
    return code;
}

/* What a reader found wrong with a reply is its endpoint's fault, whatever it was: too large, no
 * JSON, ... */
static esi_err code_said(esi_err code) {
    return code == ESI_EDIM || code == ESI_EUNAVAILABLE ? code : ESI_EUPSTREAM;
}

esi_err call_fail(struct run *r, esi_error *err) {
    size_t asked = 0;
    for (size_t i = 0; i < r->call->endpoints->count; i++) {
        asked += *r->candidates[i].why != '\0' ? 1 : 0;
    }
    if (r->call->endpoints->count == 0) {
        return esi_fail(err, ESI_EUNAVAILABLE, CALL_ORIGIN, "there is no endpoint to be asked");
    }
    if (asked == 0) {
        return fail_with(r, ESI_EUNAVAILABLE, "no endpoint can be asked now", err);
    }
    const esi_err code = r->said_last          ? code_said(r->said.code)
                         : r->last_status != 0 ? ESI_EUPSTREAM
                                               : ESI_EUNAVAILABLE;
    if (r->said_last && asked == 1) {
        if (err != NULL) {
            (void)esi_fail(err, code, r->said.origin, "%s", r->said.message);
            err->upstream_status = r->said.upstream_status;
            if (err->upstream_status == 0 && r->last_status >= 300) {
                err->upstream_status = r->last_status;
            }
            err->retry_after_ms = err->retry_after_ms == 0 ? retry_after(r) : err->retry_after_ms;
        }
        return code;
    }
    (void)fail_with(r, code, "no endpoint answered", err);
    if (err != NULL && code == ESI_EUPSTREAM) {
        err->retryable = r->last_status == 429 || r->last_status >= 500;
    }
    return code;
}

esi_err call_fail_wait(struct run *r, esi_error *err) {
    if (esi_cancel_fired(r->call->wait.cancel)) {
        return fail_wait(err, CALL_ORIGIN, &r->call->wait);
    }
    return fail_with(r, ESI_ETIMEOUT, "the deadline passed before an endpoint answered", err);
}
