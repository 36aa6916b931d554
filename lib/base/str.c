#include "base/str.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct view view_of(const char *text) {
    return text == NULL ? (struct view){NULL, 0} : (struct view){text, strlen(text)};
}

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool view_eq_nocase(struct view a, struct view b) {
    if (a.n != b.n) {
        return false;
    }
    for (size_t i = 0; i < a.n; i++) {
        if (lower(a.p[i]) != lower(b.p[i])) {
            return false;
        }
    }
    return true;
}

int view_cmp(struct view a, struct view b) {
    const size_t n = a.n < b.n ? a.n : b.n;
    const int order = n == 0 ? 0 : memcmp(a.p, b.p, n);
    if (order != 0) {
        return order < 0 ? -1 : 1;
    }
    return (a.n > b.n) - (a.n < b.n);
}

static bool is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct view view_trim(struct view v) {
    size_t from = 0, to = v.n;
    while (from < to && is_space(v.p[from])) {
        from++;
    }
    while (to > from && is_space(v.p[to - 1])) {
        to--;
    }
    return view_slice(v, from, to);
}

size_t view_find(struct view v, struct view needle, size_t from) {
    if (from > v.n || needle.n > v.n - from) {
        return SIZE_MAX;
    }
    if (needle.n == 0) {
        return from;
    }
    const char *at = v.p + from;
    const char *last = v.p + v.n - needle.n;
    while (at <= last) {
        at = memchr(at, needle.p[0], (size_t)(last - at) + 1);
        if (at == NULL) {
            return SIZE_MAX;
        }
        if (memcmp(at, needle.p, needle.n) == 0) {
            return (size_t)(at - v.p);
        }
        at++;
    }
    return SIZE_MAX;
}

/* Takes up to `separator` off *rest and the separator with it. rest->p NULL is the end. */
static bool take(struct view *rest, char separator, struct view *piece) {
    const char *end = memchr(rest->p, separator, rest->n);
    if (end == NULL) {
        *piece = *rest;
        *rest = (struct view){NULL, 0};
        return false;
    }
    const size_t n = (size_t)(end - rest->p);
    *piece = view_slice(*rest, 0, n);
    *rest = view_slice(*rest, n + 1, rest->n);
    return true;
}

bool view_line(struct view *rest, struct view *line) {
    if (rest->n == 0) {
        return false;
    }
    if (take(rest, '\n', line) && line->n > 0 && line->p[line->n - 1] == '\r') {
        line->n--;
    }
    return true;
}

bool view_split(struct view *rest, char separator, struct view *piece) {
    if (rest->p == NULL) {
        return false;
    }
    (void)take(rest, separator, piece);
    return true;
}

bool view_int(struct view v, int64_t min, int64_t max, int64_t *out) {
    const bool negative = v.n > 0 && v.p[0] == '-';
    size_t i = negative ? 1 : 0;
    if (i == v.n) {
        return false;
    }
    /* Counted downwards, since the lowest number has no positive twin. */
    int64_t n = 0;
    for (; i < v.n; i++) {
        const char c = v.p[i];
        if (c < '0' || c > '9' || n < (INT64_MIN + (c - '0')) / 10) {
            return false;
        }
        n = n * 10 - (c - '0');
    }
    if (!negative) {
        if (n == INT64_MIN) {
            return false;
        }
        n = -n;
    }
    if (n < min || n > max) {
        return false;
    }
    *out = n;
    return true;
}

/* More digits than these can't change which double is nearest, except by being there at all. */
#define DIGITS_MAX 780

/* A decimal number as whole digits and a power of ten. */
struct decimal {
    char digits[DIGITS_MAX + 1]; /* and one that stands for those cut off */
    size_t n;
    int64_t exponent;
    bool cut; /* a digit that isn't 0 was cut off */
};

static void add_digit(struct decimal *d, char digit, bool fraction) {
    if (d->n == 0 && digit == '0') {
        d->exponent -= fraction ? 1 : 0;
    } else if (d->n < DIGITS_MAX) {
        d->digits[d->n++] = digit;
        d->exponent -= fraction ? 1 : 0;
    } else {
        d->cut = d->cut || digit != '0';
        d->exponent += fraction ? 0 : 1;
    }
}

/* Reads digits from v at *at; how many there were. */
static size_t read_digits(struct view v, size_t *at, struct decimal *d, bool fraction) {
    const size_t from = *at;
    while (*at < v.n && v.p[*at] >= '0' && v.p[*at] <= '9') {
        add_digit(d, v.p[(*at)++], fraction);
    }
    return *at - from;
}

static bool read_exponent(struct view v, size_t *at, int64_t *exponent) {
    if (*at == v.n || (v.p[*at] != 'e' && v.p[*at] != 'E')) {
        return true;
    }
    (*at)++;
    const bool negative = *at < v.n && v.p[*at] == '-';
    if (*at < v.n && (v.p[*at] == '-' || v.p[*at] == '+')) {
        (*at)++;
    }
    const size_t from = *at;
    int64_t n = 0;
    for (; *at < v.n && v.p[*at] >= '0' && v.p[*at] <= '9'; (*at)++) {
        n = n < 1000000000 ? n * 10 + (v.p[*at] - '0') : n;
    }
    *exponent += negative ? -n : n;
    return *at > from;
}

bool view_double(struct view v, double *out) {
    struct decimal d = {.n = 0};
    size_t at = v.n > 0 && v.p[0] == '-' ? 1 : 0;
    const bool negative = at == 1;
    size_t seen = read_digits(v, &at, &d, false);
    if (at < v.n && v.p[at] == '.') {
        at++;
        seen += read_digits(v, &at, &d, true);
    }
    if (seen == 0 || !read_exponent(v, &at, &d.exponent) || at != v.n) {
        return false;
    }
    if (d.cut) {
        d.digits[d.n++] = '1';
        d.exponent--;
    }
    double value = 0;
    if (d.n > 0) {
        /* Whole digits and an exponent: strtod reads these alike in every locale. */
        char text[DIGITS_MAX + 32];
        const int64_t e = d.exponent < -99999 ? -99999 : d.exponent > 99999 ? 99999 : d.exponent;
        (void)snprintf(text, sizeof text, "%.*se%d", (int)d.n, d.digits, (int)e);
        value = strtod(text, NULL);
    }
    if (!isfinite(value)) {
        return false;
    }
    *out = negative ? -value : value;
    return true;
}

/* FNV-1a, and a last mix (of MurmurHash3) so that the low bits of short texts differ well. */
uint64_t view_hash(struct view v) {
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < v.n; i++) {
        h = (h ^ (uint8_t)v.p[i]) * UINT64_C(0x100000001b3);
    }
    h ^= h >> 33;
    h *= UINT64_C(0xff51afd7ed558ccd);
    h ^= h >> 33;
    h *= UINT64_C(0xc4ceb9fe1a85ec53);
    return h ^ (h >> 33);
}

size_t view_utf8(struct view v) {
    if (v.n == 0) {
        return 0;
    }
    const uint8_t *p = (const uint8_t *)v.p;
    if (p[0] < 0x80) {
        return 1;
    }
    const size_t n = p[0] >= 0xc2 && p[0] <= 0xdf   ? 2
                     : p[0] >= 0xe0 && p[0] <= 0xef ? 3
                     : p[0] >= 0xf0 && p[0] <= 0xf4 ? 4
                                                    : 0;
    if (n == 0 || v.n < n) {
        return 0;
    }
    /* The second byte keeps out what is written too long, surrogates, and above U+10FFFF. */
    const uint8_t low = p[0] == 0xe0 ? 0xa0 : p[0] == 0xf0 ? 0x90 : 0x80;
    const uint8_t high = p[0] == 0xed ? 0x9f : p[0] == 0xf4 ? 0x8f : 0xbf;
    if (p[1] < low || p[1] > high) {
        return 0;
    }
    for (size_t i = 2; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    return n;
}

void str_line(char *to, size_t size, const char *from) {
    struct view rest = view_of(from);
    size_t n = 0;
    while (rest.n > 0) {
        const size_t length = view_utf8(rest);
        const size_t step = length == 0 ? 1 : length;
        const unsigned char first = (unsigned char)rest.p[0];
        const bool cut = length == 0 && first >= 0xc0 && rest.n < 4;
        if (step >= size - n || cut) {
            break;
        }
        if (length == 0) {
            to[n] = '?';
        } else if (first < 0x20 || first == 0x7f) {
            to[n] = ' ';
        } else {
            memmove(to + n, rest.p, step);
        }
        n += step;
        rest = view_slice(rest, step, rest.n);
    }
    to[n] = '\0';
}

void buf_init(struct buf *b, size_t max) {
    *b = (struct buf){.max = max};
}

void buf_clear(struct buf *b) {
    free(b->p);
    buf_init(b, b->max);
}

void buf_empty(struct buf *b) {
    b->failed = false;
    b->too_long = false;
    buf_cut(b, 0);
}

/* Makes room for `more` bytes and the closing NUL. */
static bool grow(struct buf *b, size_t more) {
    if (b->failed) {
        return false;
    }
    if (b->n > b->max || more > b->max - b->n || b->max == SIZE_MAX) {
        b->failed = true;
        b->too_long = true;
        return false;
    }
    const size_t need = b->n + more + 1;
    if (need <= b->cap) {
        return true;
    }
    size_t cap = b->cap < 64 ? 64 : b->cap;
    while (cap < need) {
        cap = cap > SIZE_MAX / 2 ? need : cap * 2;
    }
    if (cap > b->max + 1) {
        cap = b->max + 1;
    }
    char *p = realloc(b->p, cap);
    if (p == NULL) {
        b->failed = true;
        return false;
    }
    b->p = p;
    b->cap = cap;
    return true;
}

char *buf_room(struct buf *b, size_t more) {
    return grow(b, more) ? b->p + b->n : NULL;
}

void buf_add(struct buf *b, struct view text) {
    if (!grow(b, text.n)) {
        return;
    }
    if (text.n > 0) {
        memcpy(b->p + b->n, text.p, text.n);
        b->n += text.n;
    }
    b->p[b->n] = '\0';
}

void buf_str(struct buf *b, const char *text) {
    buf_add(b, view_of(text));
}

void buf_char(struct buf *b, char c) {
    buf_add(b, (struct view){&c, 1});
}

void buf_printf(struct buf *b, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    const int length = vsnprintf(NULL, 0, format, args);
    if (length < 0) {
        b->failed = true;
    } else if (grow(b, (size_t)length)) {
        (void)vsnprintf(b->p + b->n, (size_t)length + 1, format, again);
        b->n += (size_t)length;
    }
    va_end(again);
    va_end(args);
}

void buf_cut(struct buf *b, size_t n) {
    if (n < b->n) {
        b->n = n;
    }
    if (b->p != NULL) {
        b->p[b->n] = '\0';
    }
}

struct view buf_view(const struct buf *b) {
    return (struct view){b->p, b->n};
}

char *buf_take(struct buf *b) {
    buf_add(b, VIEW("")); /* so that an empty text is a text, too */
    char *text = NULL;
    if (!b->failed) {
        text = b->p;
        b->p = NULL;
    }
    buf_clear(b);
    return text;
}
