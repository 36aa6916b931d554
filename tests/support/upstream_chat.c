#include <stdio.h>
#include <string.h>

#include "upstream_parts.h"

#define DELTA 12
#define LINES 3 /* of a source that are quoted */

/* ---- what the model says --------------------------------------------------------------------- */

static bool word_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* The line that names the source s1, whatever stands around the name. */
static const char *source_line(struct span text) {
    for (size_t i = 0; i + 2 <= text.n; i++) {
        if (memcmp(text.p + i, "s1", 2) == 0 && (i == 0 || !word_char(text.p[i - 1])) &&
            (i + 2 == text.n || !word_char(text.p[i + 2]))) {
            while (i > 0 && text.p[i - 1] != '\n') {
                i--;
            }
            return text.p + i;
        }
    }
    return NULL;
}

/* Takes a lead such as "Step: " or "- " off; n is 0 where the line isn't for the person. */
static struct span bare_line(struct span line) {
    static const char *const leads[] = {"Sign: ", "Cause: ", "Step: ", "Tell the person: ", "- "};
    static const char *const orders[] = {
        "Ask",        "The ticket needs", "Not allowed", "#",
        "Title: ",    "Version: ",        "Of: ",        "Section: ",
        "Standing: ", "In its place: ",   "Because: "};
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        if (line.n >= strlen(orders[i]) && memcmp(line.p, orders[i], strlen(orders[i])) == 0) {
            return (struct span){0};
        }
    }
    for (size_t i = 0; i < sizeof leads / sizeof *leads; i++) {
        const size_t n = strlen(leads[i]);
        if (line.n > n && memcmp(line.p, leads[i], n) == 0) {
            line = (struct span){line.p + n, line.n - n};
        }
    }
    const char *end = line.n > 0 && line.p[0] == '(' ? memchr(line.p, ')', line.n) : NULL;
    if (end != NULL && (size_t)(end - line.p) + 2 < line.n) {
        const size_t skipped = (size_t)(end - line.p) + 2;
        line = (struct span){line.p + skipped, line.n - skipped};
    }
    return line;
}

/* "Title: ..." and such lines up to an empty one say what a source is, not what is in it. */
static const char *behind_head(const char *p, const char *end) {
    const char *line = p;
    while (line < end) {
        const char *next = memchr(line, '\n', (size_t)(end - line));
        const char *colon = memchr(line, ':', (size_t)((next ? next : end) - line));
        if (next == line) {
            return line > p ? line + 1 : p;
        }
        if (next == NULL || colon == NULL || memchr(line, ' ', (size_t)(colon - line)) != NULL) {
            return p;
        }
        line = next + 1;
    }
    return p;
}

/* Some sentences of the first source, as they stand there. False: there is none. */
static bool quote_source(struct span prompt, struct bytes *out) {
    const char *p = source_line(prompt);
    const char *end = prompt.p + prompt.n;
    if (p == NULL) {
        return false;
    }
    const char mark = *p;
    const char *first = memchr(p, '\n', (size_t)(end - p));
    p = first != NULL ? behind_head(first + 1, end) : end;
    for (int taken = 0; p < end && *p != mark && taken < LINES;) {
        const char *next = memchr(p, '\n', (size_t)(end - p));
        const struct span line = bare_line((struct span){p, (size_t)((next ? next : end) - p)});
        if (line.n > 0) {
            bytes_str(out, out->n > 0 ? " " : "");
            bytes_add(out, line.p, line.n);
            bytes_str(out, strchr(".!?:", line.p[line.n - 1]) != NULL ? "" : ".");
            taken++;
        }
        p = next != NULL ? next + 1 : end;
    }
    return out->n > 0;
}

static void add_escaped(struct bytes *out, struct span text, bool ascii);

static void add_cited(const struct line *l, bool found, struct bytes *out) {
    const char *id = line_value(l, "id");
    bytes_printf(out, "\"cited\":[%s%s%s%s%s]", id != NULL ? "\"" : "", id != NULL ? id : "",
                 id != NULL ? "\"" : "", id != NULL && found ? "," : "", found ? "\"s1\"" : "");
}

static void add_object(const struct line *l, struct span answer, bool found, struct bytes *out) {
    const bool answer_first = line_is(l, "order", "answer");
    const bool twice = line_number(l, "twice", 0) != 0;
    const bool cite = line_number(l, "cite", 1) != 0;
    bytes_str(out, "{");
    if (cite && !answer_first) {
        add_cited(l, found, out);
        bytes_str(out, twice ? ",\"cited\":[\"s2\"]," : ",");
    }
    bytes_str(out, line_number(l, "extra", 0) != 0 ? "\"thought\":{\"answer\":[\"no\"]}," : "");
    bytes_str(out, "\"answer\":\"");
    add_escaped(out, answer, line_number(l, "ascii", 0) == 2);
    bytes_str(out, "\"");
    bytes_str(out, twice ? ",\"answer\":\"Another answer.\"" : "");
    if (cite && answer_first) {
        bytes_str(out, ",");
        add_cited(l, found, out);
    }
    bytes_str(out, ",\"open\":[]");
    if (line_number(l, "labels", 1) != 0) {
        bytes_str(out, ",\"labels\":{\"tier\":\"TIER_1\",\"severity\":\"LOW\",\"category\":null,"
                       "\"escalate\":false}");
    }
    bytes_str(out, "}");
}

/* All that the model writes. */
static void write_text(const struct line *l, const struct ask *ask, struct bytes *out) {
    struct bytes answer = {0};
    const char *say = line_value(l, "say");
    const char *content = line_value(l, "content");
    const struct span prompt = {ask->last.p, ask->last.n};
    const bool found = quote_source(prompt, &answer);
    if (say != NULL || !found) {
        answer.n = 0;
        bytes_str(&answer, say != NULL ? say : "The sources don't say that.");
    }
    const struct span text = {answer.p, answer.n};
    const bool structured =
        ask->schema || ask->json || span_find(ask->body, "\\\"cited\\\"") != NULL;
    if (line_value(l, "raw") != NULL) {
        bytes_str(out, line_value(l, "raw"));
    } else if (content != NULL ? strcmp(content, "text") == 0 : !structured) {
        bytes_add(out, text.p, text.n);
    } else if (content != NULL && strcmp(content, "empty") == 0) {
        bytes_str(out, "");
    } else {
        const bool fenced = line_is(l, "content", "fenced");
        const bool prose = line_is(l, "content", "prose");
        bytes_str(out, fenced ? "```json\n" : prose ? "Sure, here is the answer:\n\n" : "");
        add_object(l, text, found, out);
        bytes_str(out, fenced ? "\n```\n" : prose ? "\n\nLet me know if {that} helps." : "");
    }
    out->n = out->n * (size_t)line_number(l, "keep", 100) / 100;
    bytes_clear(&answer);
}

/* ---- its pieces ------------------------------------------------------------------------------ */

static size_t char_size(unsigned char c) {
    return c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
}

/* The UTF-16 units of the character at p, which has n bytes. */
static size_t units_of(const char *p, size_t n, uint16_t out[2]) {
    const unsigned char *u = (const unsigned char *)p;
    static const unsigned char heads[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    uint32_t c = u[0] & heads[n];
    for (size_t i = 1; i < n; i++) {
        c = c << 6 | (u[i] & 0x3F);
    }
    if (c < 0x10000) {
        out[0] = (uint16_t)c;
        return 1;
    }
    out[0] = (uint16_t)(0xD800 + ((c - 0x10000) >> 10));
    out[1] = (uint16_t)(0xDC00 + ((c - 0x10000) & 0x3FF));
    return 2;
}

static void add_escaped(struct bytes *out, struct span text, bool ascii) {
    if (!ascii) {
        bytes_quoted(out, text);
        return;
    }
    for (size_t i = 0; i < text.n;) {
        uint16_t units[2];
        size_t n = char_size((unsigned char)text.p[i]);
        n = n > text.n - i ? text.n - i : n;
        const size_t count = units_of(text.p + i, n, units);
        for (size_t k = 0; k < count; k++) {
            bytes_unit(out, units[k]);
        }
        i += n;
    }
}

struct cutter {
    struct span text;
    size_t at, step;
    bool cut, ascii;
    uint16_t rest; /* the second half of a pair that was cut; 0: none */
};

/* The next delta, quoted; false: there is none. */
static bool next_delta(struct cutter *c, struct bytes *out) {
    const size_t from = c->at;
    const bool half = c->rest != 0;
    if (half) {
        bytes_unit(out, c->rest);
        c->rest = 0;
    }
    while (c->at < c->text.n && (c->at - from) + half < c->step) {
        size_t n = char_size((unsigned char)c->text.p[c->at]);
        n = n > c->text.n - c->at ? c->text.n - c->at : n;
        if (c->ascii) {
            uint16_t units[2];
            const size_t count = units_of(c->text.p + c->at, n, units);
            bytes_unit(out, units[0]);
            c->rest = count == 2 && c->cut ? units[1] : 0;
            if (count == 2 && !c->cut) {
                bytes_unit(out, units[1]);
            }
            c->at += n;
            if (c->rest != 0) {
                return true;
            }
        } else {
            n = c->cut ? 1 : n;
            bytes_quoted(out, (struct span){c->text.p + c->at, n});
            c->at += n;
        }
    }
    return half || c->at > from;
}

/* ---- a stream -------------------------------------------------------------------------------- */

struct stream {
    const struct line *l;
    const struct ask *ask;
    const char *model, *eol;
    struct reply *out;
    size_t events, per_packet;
};

static void add_event(struct stream *s, const char *data, size_t n) {
    struct bytes *b = &s->out->body;
    if (line_number(s->l, "comments", 0) != 0) {
        bytes_printf(b, ": waits%s%s:%sid: %zu%sretry: 1500%s", s->eol, s->eol, s->eol, s->events,
                     s->eol, s->eol);
    }
    bytes_str(b, "data: ");
    bytes_add(b, data, n);
    bytes_printf(b, "%s%s", s->eol, s->eol);
    s->events++;
    if (s->events % s->per_packet == 0) {
        reply_mark(s->out);
    }
}

/* `delta` as it stands between the braces; finish: NULL: not yet. */
static void add_delta(struct stream *s, const char *delta, const char *finish) {
    struct bytes b = {0};
    bytes_printf(
        &b,
        "{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1767225600,"
        "\"model\":\"%s\",\"system_fingerprint\":null,\"choices\":[{\"index\":0,\"delta\":{",
        s->model);
    bytes_str(&b, delta);
    bytes_printf(&b, "},\"logprobs\":null,\"finish_reason\":%s%s%s}]", finish != NULL ? "\"" : "",
                 finish != NULL ? finish : "null", finish != NULL ? "\"" : "");
    bytes_str(&b, s->ask->with_usage ? ",\"usage\":null}" : "}");
    if (line_number(s->l, "invalid", 0) != 0 && s->events == 3) {
        b.n -= 9;
    }
    add_event(s, b.p, b.n);
    bytes_clear(&b);
}

static void add_usage(const struct ask *ask, size_t written, struct bytes *out) {
    const size_t in = ask->body.n / 4 + 1;
    bytes_printf(out,
                 "\"usage\":{\"prompt_tokens\":%zu,\"completion_tokens\":%zu,\"total_tokens\":%zu,"
                 "\"prompt_tokens_details\":{\"cached_tokens\":%zu}}",
                 in, written / 4 + 1, in + written / 4 + 1, in / 2);
}

static void end_stream(struct stream *s, size_t written, const char *finish) {
    if (line_number(s->l, "last", 1) != 0) {
        add_delta(s, "", finish);
        if (s->ask->with_usage && line_number(s->l, "usage", 1) != 0) {
            struct bytes b = {0};
            bytes_printf(&b,
                         "{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"model\":"
                         "\"%s\",\"choices\":[],",
                         s->model);
            add_usage(s->ask, written, &b);
            bytes_str(&b, "}");
            add_event(s, b.p, b.n);
            bytes_clear(&b);
        }
    }
    if (line_number(s->l, "done", 1) != 0) {
        add_event(s, "[DONE]", 6);
    }
}

static void add_text(struct stream *s, struct span text, const char *member, size_t until) {
    const bool ascii = line_number(s->l, "ascii", 0) == 1;
    struct cutter cutter = {.text = text,
                            .step = (size_t)line_number(s->l, "delta", DELTA),
                            .cut = line_number(s->l, "cut", 0) != 0,
                            .ascii = ascii};
    struct bytes delta = {0};
    bytes_printf(&delta, "\"%s\":\"", member);
    const size_t from = delta.n;
    while (cutter.at < until && next_delta(&cutter, &delta)) {
        bytes_str(&delta, "\"");
        add_delta(s, delta.p, NULL);
        delta.n = from;
    }
    while (until == text.n && next_delta(&cutter, &delta)) { /* half a pair was left */
        bytes_str(&delta, "\"");
        add_delta(s, delta.p, NULL);
        delta.n = from;
    }
    bytes_clear(&delta);
}

static void stream_text(struct stream *s, struct span text, const char *finish) {
    const bool refuses = line_number(s->l, "refusal", 0) != 0;
    const bool hidden = line_number(s->l, "hidden", 0) != 0;
    const bool truncated = line_number(s->l, "truncated", 0) != 0;
    bytes_str(&s->out->body, line_number(s->l, "bom", 0) != 0 ? "\xEF\xBB\xBF" : "");
    if (line_number(s->l, "extra", 0) != 0) {
        static const char filter[] = "{\"choices\":[],\"model\":\"\",\"prompt_filter_results\":[{"
                                     "\"prompt_index\":0,\"content_filter_results\":{}}]}";
        add_event(s, filter, sizeof filter - 1);
    }
    add_delta(s, "\"role\":\"assistant\",\"content\":\"\",\"refusal\":null", NULL);
    add_text(s, text, refuses ? "refusal" : "content", hidden || truncated ? text.n / 2 : text.n);
    if (hidden) {
        struct bytes b = {0};
        error_body(s->l, s->ask, 500, NULL, &b);
        add_event(s, b.p, b.n);
        bytes_clear(&b);
    } else if (truncated) {
        s->out->body.n -= 40;
        s->out->mark_count -= s->out->mark_count > 0;
    } else {
        end_stream(s, text.n, finish);
    }
}

/* ---- a whole reply --------------------------------------------------------------------------- */

static void whole_text(const struct line *l, const struct ask *ask, struct span text,
                       struct reply *out) {
    struct bytes *b = &out->body;
    const char *model = line_value(l, "model") != NULL ? line_value(l, "model") : ask->model;
    const char *finish = line_value(l, "finish") != NULL ? line_value(l, "finish") : "stop";
    const bool refuses = line_number(l, "refusal", 0) != 0;
    const bool none = refuses || line_is(l, "content", "null");
    bytes_str(b, line_number(l, "bom", 0) != 0 ? "\xEF\xBB\xBF" : "");
    bytes_printf(b,
                 "{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion\",\"created\":1767225600,"
                 "\"model\":\"%s\",",
                 model);
    bytes_str(b, line_number(l, "extra", 0) != 0 ? "\"service_tier\":{\"choices\":[]}," : "");
    bytes_str(b, "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":");
    bytes_str(b, none ? "null" : "\"");
    if (!none) {
        add_escaped(b, text, line_number(l, "ascii", 0) == 1);
        bytes_str(b, "\"");
    }
    bytes_str(b, ",\"refusal\":");
    bytes_str(b, refuses ? "\"" : "null");
    if (refuses) {
        bytes_quoted(b, text);
        bytes_str(b, "\"");
    }
    bytes_printf(b, "},\"logprobs\":null,\"finish_reason\":\"%s\"}]", finish);
    bytes_str(b, line_number(l, "twice", 0) != 0 ? ",\"object\":\"chat.completion\"" : "");
    if (line_number(l, "usage", 1) != 0) {
        bytes_str(b, ",");
        add_usage(ask, text.n, b);
    }
    bytes_str(b, line_number(l, "invalid", 0) != 0 ? ",}" : "}");
    b->n = line_number(l, "truncated", 0) != 0 ? b->n / 2 : b->n;
}

void chat_reply(const struct line *l, const struct ask *ask, struct reply *out) {
    struct bytes text = {0};
    const bool streams = ask->stream && line_number(l, "whole", 0) == 0;
    const bool refuses = line_number(l, "refusal", 0) != 0;
    if (line_number(l, "hidden", 0) != 0 && !streams) {
        error_reply(l, ask, 500, NULL, out);
        return;
    }
    if (refuses) {
        bytes_str(&text, "I'm sorry, I can't help with that.");
    } else if (!line_is(l, "content", "null")) {
        write_text(l, ask, &text);
    }
    const struct span all = {text.p != NULL ? text.p : "", text.n};
    out->status = 200;
    if (streams) {
        const char *eol = line_value(l, "eol");
        const char *model = line_value(l, "model");
        const char *finish = line_value(l, "finish");
        struct stream s = {.l = l,
                           .ask = ask,
                           .model = model != NULL ? model : ask->model,
                           .eol = eol == NULL                ? "\n"
                                  : strcmp(eol, "crlf") == 0 ? "\r\n"
                                  : strcmp(eol, "cr") == 0   ? "\r"
                                                             : "\n",
                           .out = out,
                           .per_packet = (size_t)line_number(l, "events", 1)};
        out->type = "text/event-stream; charset=utf-8";
        out->stream = true;
        stream_text(&s, all, finish != NULL ? finish : "stop");
    } else {
        out->type = "application/json";
        whole_text(l, ask, all, out);
    }
    bytes_clear(&text);
}
