#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "upstream_parts.h"

#define DIMS_MAX 4096

/* ---- vectors --------------------------------------------------------------------------------- */

static uint32_t hash(const char *p, size_t n) {
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < n; i++) {
        h = (h ^ (uint32_t)tolower((unsigned char)p[i])) * 16777619u;
    }
    return h;
}

static void add_word(float *v, int64_t dims, const char *p, size_t n, float weight) {
    uint32_t h = hash(p, n);
    for (int i = 0; i < 6; i++) {
        h = h * 1664525u + 1013904223u;
        v[(h >> 8) % (uint32_t)dims] += (h & 128) != 0 ? weight : -weight;
    }
}

/* The same for the same text: which words it has, and how these begin. */
static void vector_of(struct span text, int64_t dims, float *v) {
    memset(v, 0, sizeof *v * (size_t)dims);
    for (size_t i = 0; i < text.n;) {
        size_t end = i;
        while (end < text.n && (isalnum((unsigned char)text.p[end]) || (text.p[end] & 0x80) != 0)) {
            end++;
        }
        if (end > i) {
            add_word(v, dims, text.p + i, end - i, end - i < 4 ? 0.2F : 1);
            add_word(v, dims, text.p + i, end - i < 5 ? end - i : 5, end - i < 4 ? 0.1F : 0.7F);
        }
        i = end + 1;
    }
    double sum = 0;
    for (int64_t i = 0; i < dims; i++) {
        sum += (double)v[i] * (double)v[i];
    }
    v[0] += sum == 0 ? 1 : 0;
    const float length = sum == 0 ? 1 : (float)sqrt(sum);
    for (int64_t i = 0; i < dims; i++) {
        v[i] /= length;
    }
}

static int64_t dims_of(const struct line *l, const struct ask *ask) {
    const int64_t own = strstr(ask->model, "3-large") != NULL                                ? 3072
                        : strstr(ask->model, "3-small") != NULL || strstr(ask->model, "ada") ? 1536
                                                                                             : 64;
    const int64_t dims = line_number(l, "dims", ask->dimensions > 0 ? ask->dimensions : own);
    return dims < 1 ? 1 : dims > DIMS_MAX ? DIMS_MAX : dims;
}

/* ---- how they are written -------------------------------------------------------------------- */

static void add_base64(struct bytes *out, const void *bytes, size_t n) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *p = bytes;
    for (size_t i = 0; i < n; i += 3) {
        const uint32_t more = n - i > 1 ? (uint32_t)p[i + 1] << 8 : 0;
        const uint32_t three = (uint32_t)p[i] << 16 | more | (n - i > 2 ? p[i + 2] : 0);
        const char four[4] = {digits[three >> 18], digits[three >> 12 & 63],
                              n - i > 1 ? digits[three >> 6 & 63] : '=',
                              n - i > 2 ? digits[three & 63] : '='};
        bytes_add(out, four, 4);
    }
}

static void spoil(const struct line *l, float *v, int64_t dims) {
    const char *value = line_value(l, "value");
    const float odd = value == NULL                ? 0
                      : strcmp(value, "nan") == 0  ? NAN
                      : strcmp(value, "inf") == 0  ? INFINITY
                      : strcmp(value, "huge") == 0 ? 3e38F
                                                   : 0;
    if (value != NULL && strcmp(value, "zero") == 0) {
        memset(v, 0, sizeof *v * (size_t)dims);
    } else if (odd != 0) {
        v[dims / 2] = odd;
    }
}

static void add_numbers(const struct line *l, const float *v, int64_t dims, struct bytes *out) {
    const bool null = line_is(l, "value", "null");
    const bool text = line_is(l, "value", "text");
    bytes_str(out, "[");
    for (int64_t i = 0; i < dims; i++) {
        bytes_str(out, i > 0 ? "," : "");
        if (i == dims / 2 && (null || text)) {
            bytes_str(out, null ? "null" : "\"0.1\"");
        } else if (isnan(v[i]) || isinf(v[i])) {
            bytes_str(out, isnan(v[i]) ? "NaN" : "Infinity");
        } else {
            bytes_printf(out, "%.9g", (double)v[i]);
        }
    }
    bytes_str(out, "]");
}

static void add_vector(const struct line *l, const struct ask *ask, const float *v, int64_t dims,
                       struct bytes *out) {
    const char *form = line_value(l, "form");
    if (form != NULL ? strcmp(form, "base64") != 0 : !ask->base64) {
        add_numbers(l, v, dims, out);
        return;
    }
    bytes_str(out, "\"");
    add_base64(out, v, sizeof *v * (size_t)dims);
    out->n -= line_is(l, "damage", "cut") ? 5 : 0;
    bytes_str(out, line_is(l, "damage", "bad") ? "*?%\"" : "\"");
}

/* ---- the reply ------------------------------------------------------------------------------- */

struct batch {
    const struct line *l;
    const struct ask *ask;
    int64_t dims, count;
    struct span *inputs;
    float *v;
};

static int64_t index_of(const struct batch *b, int64_t i) {
    const char *index = line_value(b->l, "index");
    return index == NULL                                         ? i
           : strcmp(index, "same") == 0                          ? 0
           : strcmp(index, "high") == 0 && i == b->count - 1     ? b->count + 7
           : strcmp(index, "negative") == 0 && i == b->count - 1 ? -1
                                                                 : i;
}

static void add_item(struct batch *b, int64_t i, bool first, struct bytes *out) {
    struct bytes text = {0};
    json_text(b->inputs[i % b->ask->inputs], &text);
    vector_of((struct span){text.p, text.n}, b->dims, b->v);
    spoil(b->l, b->v, b->dims);
    bytes_str(out, first ? "" : ",");
    bytes_str(out, "{\"object\":\"embedding\",");
    if (line_number(b->l, "extra", 0) != 0) {
        bytes_str(out, "\"truncated\":[false,{\"embedding\":[1]}],");
    }
    if (!line_is(b->l, "index", "none")) {
        bytes_printf(out, "\"index\":%lld,", (long long)index_of(b, i));
    }
    bytes_str(out, "\"embedding\":");
    add_vector(b->l, b->ask, b->v, b->dims, out);
    bytes_str(out, line_number(b->l, "twice", 0) != 0 ? ",\"object\":\"embedding\"}" : "}");
    bytes_clear(&text);
}

static void add_all(struct batch *b, struct bytes *out) {
    const bool back = line_number(b->l, "shuffle", 0) != 0 || line_is(b->l, "index", "reverse");
    b->count = b->ask->inputs + line_number(b->l, "more", 0) - line_number(b->l, "fewer", 0);
    for (int64_t i = 0; i < b->count; i++) {
        add_item(b, back ? b->count - 1 - i : i, i == 0, out);
    }
}

static void read_inputs(const struct ask *ask, struct span *out) {
    size_t count = 0;
    struct span item;
    if (ask->one_input) {
        out[0] = ask->input;
        return;
    }
    for (size_t at = 0; json_item(ask->input, &at, &item);) {
        out[count++] = item;
    }
}

void embed_reply(const struct line *l, const struct ask *ask, struct reply *out) {
    struct batch b = {.l = l, .ask = ask, .dims = dims_of(l, ask)};
    if (line_number(l, "hidden", 0) != 0 || ask->inputs == 0) {
        error_reply(l, ask, ask->inputs == 0 ? 400 : 500, NULL, out);
        return;
    }
    b.inputs = calloc((size_t)ask->inputs, sizeof *b.inputs);
    b.v = calloc((size_t)b.dims, sizeof *b.v);
    if (b.inputs == NULL || b.v == NULL) {
        abort();
    }
    read_inputs(ask, b.inputs);
    out->status = 200;
    out->type = "application/json";
    bytes_str(&out->body, "{\"object\":\"list\",\"data\":[");
    add_all(&b, &out->body);
    bytes_printf(&out->body, "],\"model\":\"%s\"", ask->model);
    if (line_number(l, "usage", 1) != 0) {
        const size_t tokens = ask->input.n / 4 + 1;
        bytes_printf(&out->body, ",\"usage\":{\"prompt_tokens\":%zu,\"total_tokens\":%zu}", tokens,
                     tokens);
    }
    bytes_str(&out->body, line_number(l, "invalid", 0) != 0 ? ",}" : "}");
    out->body.n = line_number(l, "truncated", 0) != 0 ? out->body.n / 2 : out->body.n;
    free(b.inputs);
    free(b.v);
}
