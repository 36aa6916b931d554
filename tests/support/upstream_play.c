#include <stdlib.h>
#include <string.h>

#include "upstream_parts.h"

#define RUBBISH (100 << 20)
#define BLOCK 65536
#define MODELS "gpt-4o", "gpt-4o-mini", "text-embedding-3-small"

/* ---- what an endpoint refuses ---------------------------------------------------------------- */

static bool has_role(const struct ask *ask, const char *role) {
    struct span message;
    const struct span messages = json_member(ask->body, "messages");
    for (size_t at = 0; json_item(messages, &at, &message);) {
        const struct span found = json_member(message, "role");
        if (found.n == strlen(role) + 2 && memcmp(found.p + 1, role, found.n - 2) == 0) {
            return true;
        }
    }
    return false;
}

static bool asks_for(const struct ask *ask, const char *part) {
    return strcmp(part, "json_schema") == 0   ? ask->schema
           : strcmp(part, "json_object") == 0 ? ask->json
           : strcmp(part, "stream") == 0      ? ask->stream
           : strcmp(part, "base64") == 0      ? ask->base64
           : strcmp(part, "batch") == 0       ? !ask->one_input && ask->inputs > 1
           : strcmp(part, "system") == 0 || strcmp(part, "developer") == 0
               ? has_role(ask, part)
               : json_member(ask->body, part).n > 0;
}

/* The first of what the endpoint lacks that the request asks for; false: nothing. */
static bool lacks_part(const struct line *l, const struct ask *ask, char part[40]) {
    const char *p = line_value(l, "lacks");
    while (p != NULL && *p != '\0') {
        const size_t n = strcspn(p, ",");
        const size_t kept = n < 39 ? n : 39;
        memcpy(part, p, kept);
        part[kept] = '\0';
        if (asks_for(ask, part)) {
            return true;
        }
        p += n + (p[n] == ',');
    }
    return false;
}

/* True: the request was refused before its play began. */
static bool refuse(const struct line *l, const struct ask *ask, struct reply *out) {
    char part[40];
    const char *key = line_value(l, "key");
    const char *knows = line_value(l, "knows");
    const int64_t inputs = line_number(l, "inputs", INT64_MAX);
    const int64_t context = line_number(l, "context", INT64_MAX);
    if (key != NULL && strcmp(key, ask->key) != 0) {
        error_reply(l, ask, 401, "key", out);
    } else if (knows != NULL && strcmp(knows, ask->model) != 0) {
        error_reply(l, ask, 404, "model", out);
    } else if (ask->inputs > inputs) {
        error_reply(l, ask, 400, "batch", out);
    } else if ((int64_t)ask->body.n > context) {
        error_reply(l, ask, 400, ask->verb == VERB_EMBED ? "tokens_batch" : "context", out);
    } else if (lacks_part(l, ask, part)) {
        error_reply(l, ask, 400, part, out);
    } else {
        return false;
    }
    return true;
}

/* ---- a reply --------------------------------------------------------------------------------- */

void reply_mark(struct reply *r) {
    if (r->mark_count == r->mark_max) {
        r->mark_max = 2 * r->mark_max + 64;
        r->marks = realloc(r->marks, r->mark_max * sizeof *r->marks);
        if (r->marks == NULL) {
            abort();
        }
    }
    r->marks[r->mark_count++] = r->body.n;
}

static void models_reply(struct reply *out) {
    static const char *const names[] = {MODELS};
    out->status = 200;
    out->type = "application/json";
    bytes_str(&out->body, "{\"object\":\"list\",\"data\":[");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        bytes_printf(&out->body, "%s{\"id\":\"%s\",\"object\":\"model\",\"owned_by\":\"tests\"}",
                     i > 0 ? "," : "", names[i]);
    }
    bytes_str(&out->body, "]}");
}

/* What comes first, and a block that comes again and again. */
static void rubbish_reply(const struct line *l, struct reply *out) {
    const char *as = line_value(l, "as");
    const bool sse = as != NULL && strcmp(as, "sse") == 0;
    const bool events = as != NULL && strcmp(as, "events") == 0;
    const bool json = as != NULL && strcmp(as, "json") == 0;
    static const char event[] = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}"
                                "\n\n";
    uint32_t x = 1;
    struct bytes block = {0};
    while (block.n < BLOCK) {
        x = x * 1664525u + 1013904223u;
        const char c = events || sse || json ? 'a' : (char)(x >> 24);
        bytes_add(&block, events ? event : &c, events ? sizeof event - 1 : 1);
    }
    out->status = 200;
    out->type = sse || events ? "text/event-stream" : "application/json";
    bytes_str(&out->body, sse    ? "data: "
                          : json ? "{\"choices\":[{\"index\":0,\"message\":{\"content\":\""
                                 : "");
    bytes_add(&out->body, block.p, block.n);
    const int64_t all = line_number(l, "bytes", RUBBISH);
    out->repeat = all > (int64_t)block.n ? all - (int64_t)block.n : 0;
    out->repeat_of = block.n;
    bytes_clear(&block);
}

static void redirect_reply(const struct line *l, const struct ask *ask, struct reply *out) {
    const char *to = line_value(l, "to");
    out->status = 307;
    out->type = "text/plain";
    bytes_printf(&out->fields, "Location: %s%s\r\n", to != NULL ? to : "http://127.0.0.2:9/v1",
                 ask->verb == VERB_CHAT ? "/chat/completions" : "/embeddings");
    bytes_str(&out->body, "elsewhere\n");
}

static void make_reply(const struct line *l, const struct ask *ask, struct reply *out) {
    const char *kind = line_kind(l);
    if (refuse(l, ask, out)) {
        return;
    }
    if (strcmp(kind, "rubbish") == 0) {
        rubbish_reply(l, out);
    } else if (strcmp(kind, "redirect") == 0) {
        redirect_reply(l, ask, out);
    } else if (strcmp(kind, "body") == 0) {
        out->status = 200;
        out->type = "application/json";
        bytes_str(&out->body, line_value(l, "body") != NULL ? line_value(l, "body") : "");
    } else if (strcmp(kind, "normal") != 0) {
        error_reply(l, ask, (int)strtol(kind, NULL, 10), NULL, out);
    } else if (ask->verb == VERB_CHAT) {
        chat_reply(l, ask, out);
    } else if (ask->verb == VERB_EMBED) {
        embed_reply(l, ask, out);
    } else if (ask->verb == VERB_MODELS) {
        models_reply(out);
    } else {
        error_reply(l, ask, 404, "request", out);
    }
}

static void reply_clear(struct reply *r) {
    bytes_clear(&r->fields);
    bytes_clear(&r->body);
    free(r->marks);
}

/* ---- its frame ------------------------------------------------------------------------------- */

struct frame {
    const struct line *l;
    const struct reply *reply;
    struct plan *plan;
    bool chunked, no_length;
    size_t chunk;
};

static void add_stop(struct plan *plan) {
    if (plan->stop_count == plan->stop_max) {
        plan->stop_max = 2 * plan->stop_max + 16;
        plan->stops = realloc(plan->stops, plan->stop_max * sizeof *plan->stops);
        if (plan->stops == NULL) {
            abort();
        }
    }
    plan->stops[plan->stop_count++] = plan->out.n;
}

static const char *reason_of(int status) {
    return status == 200   ? "OK"
           : status == 307 ? "Temporary Redirect"
           : status == 400 ? "Bad Request"
           : status == 401 ? "Unauthorized"
           : status == 404 ? "Not Found"
           : status == 429 ? "Too Many Requests"
           : status == 502 ? "Bad Gateway"
           : status == 503 ? "Service Unavailable"
                           : "Other";
}

static void add_head(struct frame *f) {
    struct bytes *out = &f->plan->out;
    const struct reply *r = f->reply;
    const char *field = line_value(f->l, "field");
    const int64_t filler = line_number(f->l, "header", 0);
    if (line_number(f->l, "continue", 0) != 0) {
        bytes_str(out, "HTTP/1.1 100 Continue\r\n\r\n");
    }
    if (line_number(f->l, "early", 0) != 0) {
        bytes_str(out, "HTTP/1.1 103 Early Hints\r\nLink: </>; rel=preload\r\n\r\n");
    }
    bytes_printf(out, "HTTP/1.%d %d %s\r\nContent-Type: %s\r\nx-request-id: req-1\r\n",
                 f->no_length ? 0 : 1, r->status, reason_of(r->status), r->type);
    bytes_add(out, r->fields.p, r->fields.n);
    if (field != NULL) {
        bytes_str(out, field);
        bytes_str(out, "\r\n");
    }
    if (filler > 0) {
        bytes_str(out, "x-long: ");
        for (int64_t i = 0; i < filler; i++) {
            bytes_add(out, "h", 1);
        }
        bytes_str(out, "\r\n");
    }
    if (f->chunked) {
        bytes_str(out, "Transfer-Encoding: chunked\r\n");
    } else if (!f->no_length) {
        bytes_printf(out, "Content-Length: %lld\r\n", (long long)((int64_t)r->body.n + r->repeat));
    }
    if (line_number(f->l, "close", 0) != 0) {
        bytes_str(out, "Connection: close\r\n");
    }
    bytes_str(out, "\r\n");
}

static void add_packet(struct frame *f, size_t from, size_t to) {
    struct bytes *out = &f->plan->out;
    if (from > 0) {
        add_stop(f->plan);
    }
    if (!f->chunked) {
        bytes_add(out, f->reply->body.p + from, to - from);
        return;
    }
    const size_t step = f->chunk > 0 ? f->chunk : to - from;
    for (size_t i = from; i < to; i += step) {
        const size_t n = to - i < step ? to - i : step;
        bytes_printf(out, "%zx\r\n", n);
        bytes_add(out, f->reply->body.p + i, n);
        bytes_str(out, "\r\n");
    }
}

static void add_body(struct frame *f) {
    const struct reply *r = f->reply;
    const size_t step = (size_t)line_number(f->l, "packet", 0);
    size_t from = 0;
    for (size_t mark = 0; from < r->body.n;) {
        size_t to = r->body.n;
        if (step > 0) {
            to = from + step < to ? from + step : to;
        } else {
            while (mark < r->mark_count && r->marks[mark] <= from) {
                mark++;
            }
            to = mark < r->mark_count ? r->marks[mark] : to;
        }
        add_packet(f, from, to);
        from = to;
    }
    if (f->chunked) {
        bytes_str(&f->plan->out, "0\r\n\r\n");
    }
}

/* How much of it is sent, and what then becomes of the connection. */
static void cut_plan(struct frame *f, size_t head) {
    const char *end = line_value(f->l, "end");
    const char *after = line_value(f->l, "after");
    struct plan *p = f->plan;
    p->after = after == NULL || strcmp(after, "keep") == 0 ? AFTER_KEEP
               : strcmp(after, "fin") == 0                 ? AFTER_FIN
               : strcmp(after, "rst") == 0                 ? AFTER_RST
               : strcmp(after, "next_fin") == 0            ? AFTER_NEXT_FIN
                                                           : AFTER_NEXT_RST;
    if (f->no_length || line_number(f->l, "close", 0) != 0) {
        p->after = AFTER_FIN;
    }
    if (end == NULL || strcmp(end, "keep") == 0) {
        return;
    }
    p->ending = strcmp(end, "stall") == 0   ? ENDING_STALL
                : strcmp(end, "reset") == 0 ? ENDING_RESET
                                            : ENDING_CLOSE;
    p->repeat = 0;
    if (line_is(f->l, "at", "middle")) {
        p->out.n = head + (p->out.n - head) / 2;
    } else if (line_is(f->l, "at", "end")) {
        p->out.n -= f->chunked ? 5 : 1;
    } else {
        p->out.n = 0;
    }
}

void plan_make(const struct line *l, const struct ask *ask, struct plan *out) {
    struct reply reply = {0};
    *out = (struct plan){.first_ms = line_number(l, "ms", 0), .stop_ms = line_number(l, "drip", 0)};
    make_reply(l, ask, &reply);
    out->repeat = reply.repeat;
    out->repeat_of = reply.repeat_of;
    struct frame f = {.l = l, .reply = &reply, .plan = out};
    f.chunk = (size_t)line_number(l, "chunk", 0);
    f.no_length = line_number(l, "http10", 0) != 0;
    f.chunked = !f.no_length && reply.repeat == 0 &&
                (reply.stream || f.chunk > 0 || line_number(l, "length", 1) == 0);
    add_head(&f);
    const size_t head = out->out.n;
    add_body(&f);
    cut_plan(&f, head);
    reply_clear(&reply);
}

void plan_clear(struct plan *plan) {
    bytes_clear(&plan->out);
    free(plan->stops);
    *plan = (struct plan){0};
}
