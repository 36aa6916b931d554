#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"

void json_begin(struct json_out *o, struct buf *to) {
    *o = (struct json_out){.to = to};
}

/* The comma before an element or a name. */
static void put_comma(struct json_out *o) {
    if (o->after_name) {
        o->after_name = false;
    } else if (o->depth > 0) {
        if (!o->first[o->depth]) {
            buf_char(o->to, ',');
        }
        o->first[o->depth] = false;
    }
}

static void open_level(struct json_out *o, char bracket) {
    put_comma(o);
    if (o->depth == JSON_DEPTH_MAX) {
        o->to->failed = true;
        return;
    }
    buf_char(o->to, bracket);
    o->first[++o->depth] = true;
}

static void close_level(struct json_out *o, char bracket) {
    buf_char(o->to, bracket);
    o->depth -= o->depth > 0 ? 1 : 0;
}

void json_object(struct json_out *o) {
    open_level(o, '{');
}

void json_object_end(struct json_out *o) {
    close_level(o, '}');
}

void json_array(struct json_out *o) {
    open_level(o, '[');
}

void json_array_end(struct json_out *o) {
    close_level(o, ']');
}

#define BLOCK 160 /* bytes of a text that are written at once */
/* A byte becomes six at most; a character may reach over a block's end, and what is copied before
 * it was looked at; two quotes. */
#define BLOCK_MAX (BLOCK * 6 + 16 + 2)

/* The escape of a byte that can't stand as it is. */
static char *put_escape(char *to, unsigned char c) {
    static const char hex[] = "0123456789abcdef";
    static const char shorts[32] = {
        ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'};
    const char escape = c < sizeof shorts ? shorts[c] : (char)c;
    *to++ = '\\';
    if (escape != '\0') {
        *to++ = escape;
        return to;
    }
    memcpy(to, "u00", 3);
    to[3] = hex[c >> 4];
    to[4] = hex[c & 15];
    return to + 5;
}

typedef int8_t bytes16 __attribute__((vector_size(16)));

/* The first byte in memory that isn't 0, of eight. */
static size_t first_set(uint64_t bytes) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return (size_t)__builtin_ctzll(bytes) / 8;
#else
    return (size_t)__builtin_clzll(bytes) / 8;
#endif
}

/* Copies 16 bytes; so many of them, from the first on, can stand as they are. What isn't ASCII is
 * below a space, too, by its sign. */
static size_t copy_plain(const char *at, char *to) {
    bytes16 bytes;
    uint64_t special[2];
    memcpy(&bytes, at, sizeof bytes);
    memcpy(to, &bytes, sizeof bytes);
    const bytes16 found = (bytes < ' ') | (bytes == '"') | (bytes == '\\');
    memcpy(special, &found, sizeof special);
    return special[0] != 0   ? first_set(special[0])
           : special[1] != 0 ? sizeof special[0] + first_set(special[1])
                             : sizeof bytes;
}

/* Writes what can stand as it is, and no other ASCII: up to `end`, or to what can't. Prompts are
 * long, and nearly all of them is plain. */
static const char *put_plain(const char *at, const char *end, char **to) {
    size_t plain = sizeof(bytes16);
    while ((size_t)(end - at) >= sizeof(bytes16) && plain == sizeof(bytes16)) {
        plain = copy_plain(at, *to);
        at += plain;
        *to += plain;
    }
    if (plain == sizeof(bytes16) && at < end) {
        char rest[sizeof(bytes16)] = {0}; /* 0 can't stand as it is, either */
        memcpy(rest, at, (size_t)(end - at));
        plain = copy_plain(rest, *to);
        at += plain;
        *to += plain;
    }
    return at;
}

/* Writes the text up to about `end`: what begins before it is written whole. */
static const char *put_block(const char *at, const char *end, const char *text_end, char **to) {
    /* A character may have reached over the end. */
    while (at < end && (at = put_plain(at, end, to)) < end) {
        const unsigned char c = (unsigned char)*at;
        if (c < 0x80) {
            *to = put_escape(*to, c);
            at++;
            continue;
        }
        const size_t n = view_utf8((struct view){at, (size_t)(text_end - at)});
        memcpy(*to, n == 0 ? "\xef\xbf\xbd" : at, n == 0 ? 3 : n);
        *to += n == 0 ? 3 : n;
        at += n == 0 ? 1 : n;
    }
    return at;
}

/* Where a block is written: into the buffer itself, but for its last bytes. */
static char *block_room(struct buf *to, char aside[BLOCK_MAX]) {
    if (to->failed || to->max - to->n < BLOCK_MAX) {
        return aside;
    }
    char *room = to->cap - to->n > BLOCK_MAX ? to->p + to->n : buf_room(to, BLOCK_MAX);
    return room == NULL ? aside : room;
}

static void put_quoted(struct buf *to, struct view text) {
    char aside[BLOCK_MAX];
    const char *at = text.p;
    size_t left = text.n;
    for (bool first = true; first || left > 0; first = false) {
        char *const from = block_room(to, aside), *end = from;
        if (first) {
            *end++ = '"';
        }
        if (left > 0) {
            const char *const text_end = at + left;
            at = put_block(at, left < BLOCK ? text_end : at + BLOCK, text_end, &end);
            left = (size_t)(text_end - at);
        }
        if (left == 0) {
            *end++ = '"';
        }
        if (from == aside) {
            buf_add(to, (struct view){aside, (size_t)(end - aside)});
        } else {
            to->n += (size_t)(end - from);
            to->p[to->n] = '\0';
        }
    }
}

void json_put_name(struct json_out *o, const char *name) {
    put_comma(o);
    put_quoted(o->to, view_of(name));
    buf_char(o->to, ':');
    o->after_name = true;
}

void json_put_string(struct json_out *o, const char *text) {
    if (text == NULL) {
        json_put_null(o);
    } else {
        json_put_view(o, view_of(text));
    }
}

void json_put_view(struct json_out *o, struct view text) {
    put_comma(o);
    put_quoted(o->to, text);
}

void json_put_int(struct json_out *o, int64_t n) {
    put_comma(o);
    buf_printf(o->to, "%" PRId64, n);
}

/* The locale's decimal point, whatever bytes it is, as ".". */
static void mend_point(char *number) {
    char *to = number;
    bool point = false;
    for (const char *from = number; *from != '\0'; from++) {
        const bool plain =
            (*from >= '0' && *from <= '9') || *from == '-' || *from == '+' || *from == 'e';
        if (plain) {
            *to++ = *from;
        } else if (!point) {
            *to++ = '.';
            point = true;
        }
    }
    *to = '\0';
}

void json_put_double(struct json_out *o, double d) {
    if (!isfinite(d)) {
        json_put_null(o);
        return;
    }
    /* Up to 15 digits survive a double, so that fewer are found with 15 as well, where a double has
     * that many: the tiniest have not. */
    char number[48];
    double back;
    for (int digits = fabs(d) < DBL_MIN ? 1 : 15; digits <= 17; digits++) {
        (void)snprintf(number, sizeof number, "%.*g", digits, d);
        mend_point(number);
        if (view_double(view_of(number), &back) && back == d) {
            break;
        }
    }
    put_comma(o);
    buf_str(o->to, number);
}

void json_put_bool(struct json_out *o, bool b) {
    put_comma(o);
    buf_str(o->to, b ? "true" : "false");
}

void json_put_null(struct json_out *o) {
    put_comma(o);
    buf_str(o->to, "null");
}

void json_put_raw(struct json_out *o, struct view json) {
    put_comma(o);
    buf_add(o->to, json);
}
