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

/* The character's short escape, or 0. */
static char escape_of(char c) {
    switch (c) {
    case '"':
    case '\\':
        return c;
    case '\b':
        return 'b';
    case '\f':
        return 'f';
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    default:
        return '\0';
    }
}

static void put_escaped(struct buf *to, char c) {
    const char escape = escape_of(c);
    if (escape == '\0') {
        buf_printf(to, "\\u%04x", (unsigned)c);
    } else {
        buf_char(to, '\\');
        buf_char(to, escape);
    }
}

/* Each byte of these eight that has to be looked at has its highest bit set in the result: those
 * below a space, the quote, the backslash, and what isn't ASCII. A byte above such a one may have
 * it, too. */
static uint64_t special_bytes(uint64_t word) {
    const uint64_t ones = UINT64_C(0x0101010101010101), high = ones * 0x80;
    const uint64_t quote = word ^ ones * '"', backslash = word ^ ones * '\\';
    return (word | (word - ones * ' ') | (quote - ones) | (backslash - ones)) & high;
}

/* From `at` on, the first byte that can't stay as it is, or isn't ASCII. Prompts are long, and
 * nearly all of them is plain. */
static size_t plain_end(struct view text, size_t at) {
    uint64_t word;
    for (; text.n - at >= sizeof word; at += sizeof word) {
        memcpy(&word, text.p + at, sizeof word);
        if (special_bytes(word) != 0) {
            break;
        }
    }
    while (at < text.n && (unsigned char)text.p[at] >= 0x20 && (unsigned char)text.p[at] < 0x80 &&
           text.p[at] != '"' && text.p[at] != '\\') {
        at++;
    }
    return at;
}

static void put_quoted(struct buf *to, struct view text) {
    buf_char(to, '"');
    size_t from = 0, at = 0; /* from..at is waiting, to be added as it is */
    while ((at = plain_end(text, at)) < text.n) {
        const size_t n = view_utf8(view_slice(text, at, text.n));
        if (n > 1) {
            at += n;
            continue;
        }
        buf_add(to, view_slice(text, from, at));
        if (n == 0) {
            buf_str(to, "\xef\xbf\xbd");
        } else {
            put_escaped(to, text.p[at]);
        }
        from = ++at;
    }
    buf_add(to, view_slice(text, from, at));
    buf_char(to, '"');
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
