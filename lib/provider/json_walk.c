#include "provider/json_walk.h"

#include <string.h>

/* ---- walking -------------------------------------------------------------------------------- */

static void skip_space(struct json_walk *w) {
    while (w->at < w->end && (*w->at == ' ' || (*w->at >= '\t' && *w->at <= '\r'))) {
        w->at++;
    }
}

/* The closing quote of the string whose text begins at `at`; NULL where it breaks off. */
static const char *find_quote(const char *at, const char *end) {
    for (; at < end && *at != '"'; at++) {
        if (*at == '\\' && ++at == end) {
            return NULL;
        }
    }
    return at < end ? at : NULL;
}

/* Behind the object or array that opens at `at`; NULL where it breaks off. Brackets are counted,
 * not paired: what is passed over doesn't have to be right. */
static const char *nest_end(const char *at, const char *end) {
    size_t depth = 0;
    for (; at != NULL && at < end; at++) {
        if (*at == '"') {
            at = find_quote(at + 1, end);
            if (at == NULL) {
                return NULL;
            }
        } else if (*at == '{' || *at == '[') {
            depth++;
        } else if ((*at == '}' || *at == ']') && --depth == 0) {
            return at + 1;
        }
    }
    return NULL;
}

static const char *plain_end(const char *at, const char *end) {
    while (at < end && *at != ',' && *at != '}' && *at != ']' && (unsigned char)*at > ' ') {
        at++;
    }
    return at;
}

static bool break_off(struct json_walk *w) {
    w->at = w->end;
    w->broken = true;
    return false;
}

struct json_walk json_walk_of(struct view text) {
    if (view_starts(text, VIEW("\xef\xbb\xbf"))) {
        text = view_slice(text, 3, text.n);
    }
    const char *start = text.n == 0 ? "" : text.p;
    struct json_walk w = {.at = start, .end = start + text.n};
    skip_space(&w);
    return w;
}

bool json_walk_into(struct json_walk *w, char bracket) {
    if (w->at == w->end || *w->at != bracket) {
        return false;
    }
    w->at++;
    return true;
}

/* Commas are separators wherever they stand: one too many does no harm. */
static bool next(struct json_walk *w, char closing) {
    skip_space(w);
    while (w->at < w->end && *w->at == ',') {
        w->at++;
        skip_space(w);
    }
    if (w->at == w->end) {
        return break_off(w);
    }
    if (*w->at == closing) {
        w->at++;
        return false;
    }
    return true;
}

bool json_walk_member(struct json_walk *w, struct view *name) {
    if (!next(w, '}')) {
        return false;
    }
    const char *from = w->at + 1;
    const char *to = *w->at == '"' ? find_quote(from, w->end) : NULL;
    if (to == NULL) {
        return break_off(w);
    }
    w->at = to + 1;
    skip_space(w);
    if (w->at == w->end || *w->at != ':') {
        return break_off(w);
    }
    w->at++;
    skip_space(w);
    *name = (struct view){from, (size_t)(to - from)};
    return true;
}

bool json_walk_item(struct json_walk *w) {
    return next(w, ']');
}

struct view json_walk_value(struct json_walk *w) {
    const char *from = w->at, *to = from;
    if (from < w->end && *from == '"') {
        const char *quote = find_quote(from + 1, w->end);
        to = quote == NULL ? NULL : quote + 1;
    } else if (from < w->end && (*from == '{' || *from == '[')) {
        to = nest_end(from, w->end);
    } else {
        to = plain_end(from, w->end);
    }
    if (to == NULL || to == from) {
        (void)break_off(w);
        return (struct view){NULL, 0};
    }
    w->at = to;
    return (struct view){from, (size_t)(to - from)};
}

/* ---- values --------------------------------------------------------------------------------- */

bool json_walk_is_text(struct view value) {
    return value.n >= 2 && value.p[0] == '"';
}

bool json_walk_is_null(struct view value) {
    return value.n == 0 || view_eq(value, VIEW("null"));
}

static void put_character(uint32_t c, struct buf *to) {
    char utf8[4];
    size_t n = 0;
    if (c < 0x80) {
        utf8[n++] = (char)c;
    } else if (c < 0x800) {
        utf8[n++] = (char)(0xc0 | c >> 6);
    } else if (c < 0x10000) {
        utf8[n++] = (char)(0xe0 | c >> 12);
        utf8[n++] = (char)(0x80 | (c >> 6 & 0x3f));
    } else {
        utf8[n++] = (char)(0xf0 | c >> 18);
        utf8[n++] = (char)(0x80 | (c >> 12 & 0x3f));
        utf8[n++] = (char)(0x80 | (c >> 6 & 0x3f));
    }
    if (c >= 0x80) {
        utf8[n++] = (char)(0x80 | (c & 0x3f));
    }
    buf_add(to, (struct view){utf8, n});
}

#define NO_CHARACTER 0xfffdu

static void drop_half(uint32_t *half, struct buf *to) {
    if (*half != 0) {
        *half = 0;
        put_character(NO_CHARACTER, to);
    }
}

/* A unit of UTF-16 behind \u: a character, or a half of one. */
static void put_unit(uint32_t unit, uint32_t *half, struct buf *to) {
    if (unit >= 0xdc00 && unit <= 0xdfff) {
        const uint32_t first = *half;
        *half = 0;
        put_character(
            first == 0 ? NO_CHARACTER : 0x10000 + ((first - 0xd800) << 10) + (unit - 0xdc00), to);
        return;
    }
    drop_half(half, to);
    if (unit >= 0xd800 && unit <= 0xdbff) {
        *half = unit;
    } else {
        put_character(unit == 0 ? NO_CHARACTER : unit, to);
    }
}

static int hex_digit(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    const char small = (char)(c | 0x20);
    return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

/* The unit of the four digits at `at`; -1: there are none. */
static int32_t read_unit(const char *at, const char *end) {
    int32_t unit = 0;
    for (size_t i = 0; i < 4; i++) {
        const int digit = (size_t)(end - at) > i ? hex_digit(at[i]) : -1;
        if (digit < 0) {
            return -1;
        }
        unit = unit << 4 | digit;
    }
    return unit;
}

/* An escape, from its backslash; behind it. */
static const char *put_escape(const char *at, const char *end, uint32_t *half, struct buf *to) {
    static const char written[] = "bfnrt", meant[] = "\b\f\n\r\t";
    if (end - at < 2) {
        return end;
    }
    const char c = at[1];
    if (c == 'u') {
        const int32_t unit = read_unit(at + 2, end);
        put_unit(unit < 0 ? NO_CHARACTER : (uint32_t)unit, half, to);
        return unit < 0 ? at + 2 : at + 6;
    }
    drop_half(half, to);
    const char *short_form = strchr(written, c);
    buf_char(to, short_form != NULL && c != '\0' ? meant[short_form - written] : c);
    return at + 2;
}

void json_walk_text(struct view value, uint32_t *half, struct buf *to) {
    if (!json_walk_is_text(value)) {
        return;
    }
    const char *at = value.p + 1, *end = value.p + value.n - 1;
    while (at < end) {
        if (*at == '\\') {
            at = put_escape(at, end, half, to);
            continue;
        }
        drop_half(half, to);
        const char *stop = memchr(at, '\\', (size_t)(end - at));
        stop = stop == NULL ? end : stop;
        buf_add(to, (struct view){at, (size_t)(stop - at)});
        at = stop;
    }
}
