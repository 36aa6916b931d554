#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "upstream_parts.h"

static struct span trim(struct span s) {
    while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t')) {
        s.p++;
        s.n--;
    }
    while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t')) {
        s.n--;
    }
    return s;
}

struct span head_field(struct span head, const char *name) {
    const size_t length = strlen(name);
    for (size_t i = 0; i < head.n;) {
        const char *end = memchr(head.p + i, '\n', head.n - i);
        size_t n = end != NULL ? (size_t)(end - (head.p + i)) : head.n - i;
        const size_t next = i + n + 1;
        n -= n > 0 && head.p[i + n - 1] == '\r';
        if (n > length && head.p[i + length] == ':' && strncasecmp(head.p + i, name, length) == 0) {
            return trim((struct span){head.p + i + length + 1, n - length - 1});
        }
        i = next;
    }
    return (struct span){0};
}

static bool field_has(struct span head, const char *name, const char *word) {
    const struct span value = head_field(head, name);
    const size_t n = strlen(word);
    for (size_t i = 0; i + n <= value.n; i++) {
        if (strncasecmp(value.p + i, word, n) == 0) {
            return true;
        }
    }
    return false;
}

void head_read(struct span bytes, struct head *out) {
    *out = (struct head){0};
    const char *end = span_find(bytes, "\r\n\r\n");
    if (end == NULL) {
        out->broken = bytes.n > (256u << 10);
        return;
    }
    const struct span head = {bytes.p, (size_t)(end - bytes.p) + 2};
    const char *line_end = memchr(head.p, '\r', head.n);
    const char *method_end = memchr(head.p, ' ', (size_t)(line_end - head.p));
    out->size = head.n + 2;
    if (method_end == NULL) {
        out->broken = true;
        return;
    }
    const char *path = method_end + 1;
    const char *path_end = memchr(path, ' ', (size_t)(line_end - path));
    out->broken = path_end == NULL;
    out->method = (struct span){head.p, (size_t)(method_end - head.p)};
    out->path = (struct span){path, path_end != NULL ? (size_t)(path_end - path) : 0};
    out->length = field_has(head, "transfer-encoding", "chunked")
                      ? -1
                      : json_whole(head_field(head, "content-length"), 0);
    out->expects = field_has(head, "expect", "100-continue");
    out->closes = field_has(head, "connection", "close");
}

bool chunks_read(struct span bytes, struct bytes *body, size_t *used) {
    body->n = 0;
    for (size_t i = 0; i < bytes.n;) {
        const char *line_end = memchr(bytes.p + i, '\n', bytes.n - i);
        if (line_end == NULL) {
            return false;
        }
        const size_t size = strtoul(bytes.p + i, NULL, 16);
        const size_t from = (size_t)(line_end - bytes.p) + 1;
        if (from + size + 2 > bytes.n) {
            return false;
        }
        bytes_add(body, bytes.p + from, size);
        i = from + size + 2;
        if (size == 0) {
            *used = i;
            return true;
        }
    }
    return false;
}

/* ---- what is asked --------------------------------------------------------------------------- */

static bool ends_with(struct span s, const char *text) {
    const size_t n = strlen(text);
    return s.n >= n && memcmp(s.p + s.n - n, text, n) == 0;
}

static enum verb verb_of(struct span path) {
    const char *query = memchr(path.p, '?', path.n);
    const struct span bare = {path.p, query != NULL ? (size_t)(query - path.p) : path.n};
    if (ends_with(bare, "/chat/completions")) {
        return VERB_CHAT;
    }
    if (ends_with(bare, "/embeddings")) {
        return VERB_EMBED;
    }
    return ends_with(bare, "/models") || span_find(bare, "/models/") != NULL ? VERB_MODELS
                                                                             : VERB_OTHER;
}

static void copy_to(char *out, size_t max, struct span s) {
    snprintf(out, max, "%.*s", (int)s.n, s.p != NULL ? s.p : "");
}

static void read_key(struct span head, struct ask *out) {
    struct span value = head_field(head, "authorization");
    if (value.n > 7 && strncasecmp(value.p, "bearer ", 7) == 0) {
        value = trim((struct span){value.p + 7, value.n - 7});
    } else {
        value = head_field(head, "api-key");
    }
    copy_to(out->key, sizeof out->key, value);
}

static void read_model(struct span path, struct ask *out) {
    static const char deployments[] = "/deployments/";
    const char *found = span_find(path, deployments);
    struct bytes model = {0};
    json_text(json_member(out->body, "model"), &model);
    if (model.n == 0 && found != NULL) {
        const char *from = found + sizeof deployments - 1;
        const size_t left = (size_t)(path.p + path.n - from);
        const char *end = memchr(from, '/', left);
        bytes_add(&model, from, end != NULL ? (size_t)(end - from) : left);
    }
    copy_to(out->model, sizeof out->model, (struct span){model.p, model.n});
    bytes_clear(&model);
}

static void read_chat(struct ask *out) {
    const struct span format = json_member(out->body, "response_format");
    const struct span type = json_member(format, "type");
    const struct span options = json_member(out->body, "stream_options");
    out->stream = span_is(json_member(out->body, "stream"), "true");
    out->with_usage = span_is(json_member(options, "include_usage"), "true");
    out->schema = span_is(type, "\"json_schema\"");
    out->json = span_is(type, "\"json_object\"");
    const struct span messages = json_member(out->body, "messages");
    struct span message, last = {0};
    for (size_t at = 0; json_item(messages, &at, &message);) {
        last = message;
    }
    json_text(json_member(last, "content"), &out->last);
}

static void read_embed(struct ask *out) {
    struct span item;
    out->input = json_member(out->body, "input");
    out->one_input = out->input.n > 0 && out->input.p[0] == '"';
    out->inputs = out->one_input;
    for (size_t at = 0; json_item(out->input, &at, &item);) {
        out->inputs++;
    }
    out->base64 = span_is(json_member(out->body, "encoding_format"), "\"base64\"");
    out->dimensions = json_whole(json_member(out->body, "dimensions"), 0);
}

void ask_read(struct span head, struct span path, struct span body, struct ask *out) {
    *out = (struct ask){.verb = verb_of(path), .body = body};
    read_key(head, out);
    read_model(path, out);
    if (out->verb == VERB_CHAT) {
        read_chat(out);
    } else if (out->verb == VERB_EMBED) {
        read_embed(out);
    }
}

void ask_clear(struct ask *ask) {
    bytes_clear(&ask->last);
}
