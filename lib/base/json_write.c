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

/* What can't stand as it is within quotes, or isn't ASCII. */
#define SPECIAL_8 true, true, true, true, true, true, true, true
#define SPECIAL_32 SPECIAL_8, SPECIAL_8, SPECIAL_8, SPECIAL_8
static const bool special[256] = {SPECIAL_32, ['"'] = true, ['\\'] = true, [128] = SPECIAL_32,
                                  SPECIAL_32, SPECIAL_32,   SPECIAL_32};

/* Each byte of these eight that has to be looked at has its highest bit set in the result: those
 * below a space, the quote, the backslash, and what isn't ASCII. A byte above such a one may have
 * it, too. */
static uint64_t special_bytes(uint64_t word) {
    const uint64_t ones = UINT64_C(0x0101010101010101), high = ones * 0x80;
    const uint64_t quote = word ^ ones * '"', backslash = word ^ ones * '\\';
    return (word | (word - ones * ' ') | (quote - ones) | (backslash - ones)) & high;
}

#define BLOCK 160 /* bytes of a text that are written at once */
/* A byte becomes six at most; a character may reach over a block's end; two quotes. */
#define BLOCK_MAX (BLOCK * 6 + 3 + 2)

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

/* Writes what can stand as it is, and no other ASCII: up to `end`, or to what can't. Prompts are
 * long, and nearly all of them is plain. */
static const char *put_plain(const char *at, const char *end, char **to) {
    uint64_t word;
    char *out = *to;
    for (; (size_t)(end - at) >= sizeof word; at += sizeof word, out += sizeof word) {
        memcpy(&word, at, sizeof word);
        memcpy(out, &word, sizeof word);
        if (special_bytes(word) != 0) {
            break;
        }
    }
    while (at < end && !special[(unsigned char)*at]) {
        *out++ = *at++;
    }
    *to = out;
    return at;
}

/* Writes the text up to about `end`: what begins before it is written whole. */
static const char *put_block(const char *at, const char *end, const char *text_end, char **to) {
    while ((at = put_plain(at, end, to)) < end) {
        const size_t n = view_utf8((struct view){at, (size_t)(text_end - at)});
        if (n > 1) {
            memcpy(*to, at, n);
            *to += n;
        } else if (n == 0) {
            memcpy(*to, "\xef\xbf\xbd", 3);
            *to += 3;
        } else {
            *to = put_escape(*to, (unsigned char)*at);
        }
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
