#include "provider/structured_text.h"

#include <string.h>

#define REPLACEMENT VIEW("\xef\xbf\xbd")

/* Bytes of the character that begins so; 0: none does. */
static size_t length_of(unsigned char first) {
    return first < 0x80                    ? 1
           : first >= 0xc2 && first < 0xe0 ? 2
           : first >= 0xe0 && first < 0xf0 ? 3
           : first >= 0xf0 && first < 0xf5 ? 4
                                           : 0;
}

static bool is_control(uint32_t c) {
    return (c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7f && c < 0xa0);
}

static void put_char(struct buf *out, uint32_t c) {
    if (is_control(c)) {
        buf_char(out, ' ');
    } else if (c < 0x80) {
        buf_char(out, (char)c);
    } else if (c < 0x800) {
        buf_char(out, (char)(0xc0 | c >> 6));
        buf_char(out, (char)(0x80 | (c & 0x3f)));
    } else {
        if (c < 0x10000) {
            buf_char(out, (char)(0xe0 | c >> 12));
        } else {
            buf_char(out, (char)(0xf0 | c >> 18));
            buf_char(out, (char)(0x80 | (c >> 12 & 0x3f)));
        }
        buf_char(out, (char)(0x80 | (c >> 6 & 0x3f)));
        buf_char(out, (char)(0x80 | (c & 0x3f)));
    }
}

/* The other half didn't come. */
static void give_up_high(struct text_reader *r, struct buf *out) {
    if (r->high != 0) {
        buf_add(out, REPLACEMENT);
        r->high = 0;
    }
}

/* What is held is no character: each byte of it is replaced. */
static void give_up_held(struct text_reader *r, struct buf *out) {
    for (; r->held_count > 0; r->held_count--) {
        buf_add(out, REPLACEMENT);
    }
}

/* A character in UTF-8 of several bytes, all of them held. */
static void put_held(struct text_reader *r, struct buf *out) {
    const struct view held = {r->held, r->held_count};
    if (view_utf8(held) != held.n) {
        give_up_held(r, out);
        return;
    }
    const unsigned char second = (unsigned char)held.p[1];
    if ((unsigned char)held.p[0] == 0xc2 && is_control(second)) {
        buf_char(out, ' ');
    } else {
        buf_add(out, held);
    }
    r->held_count = 0;
}

/* A byte that is neither a quote nor a backslash. */
static void take_plain(struct text_reader *r, unsigned char byte, struct buf *out) {
    if (r->held_count > 0 && (byte & 0xc0) == 0x80) {
        r->held[r->held_count++] = (char)byte;
        if (r->held_count == length_of((unsigned char)r->held[0])) {
            put_held(r, out);
        }
        return;
    }
    give_up_held(r, out);
    give_up_high(r, out);
    if (byte < 0x80) {
        put_char(out, byte);
    } else if (length_of(byte) > 1) {
        r->held[r->held_count++] = (char)byte;
    } else {
        buf_add(out, REPLACEMENT);
    }
}

/* What of `bytes` is characters that stand as they are. */
static size_t plain_run(struct view bytes) {
    size_t at = 0;
    while (at < bytes.n) {
        const unsigned char c = (unsigned char)bytes.p[at];
        const bool ascii = c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
        const size_t n = ascii                   ? 1
                         : c == '\n' || c > 0xc2 ? view_utf8(view_slice(bytes, at, bytes.n))
                                                 : 0;
        if (n == 0) {
            break;
        }
        at += n;
    }
    return at;
}

/* The unit of UTF-16 that an escape says. */
static void put_unit(struct text_reader *r, uint32_t unit, struct buf *out) {
    if (r->high != 0 && unit >= 0xdc00 && unit < 0xe000) {
        put_char(out, 0x10000 + ((r->high - 0xd800) << 10) + (unit - 0xdc00));
        r->high = 0;
        return;
    }
    give_up_high(r, out);
    if (unit >= 0xd800 && unit < 0xdc00) {
        r->high = unit;
    } else if (unit >= 0xdc00 && unit < 0xe000) {
        buf_add(out, REPLACEMENT);
    } else {
        put_char(out, unit);
    }
}

static int digit_of(char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* A byte behind \u; false: it doesn't belong there, and is to be read again. */
static bool take_digit(struct text_reader *r, char c, struct buf *out) {
    if (digit_of(c) < 0) {
        give_up_high(r, out);
        buf_str(out, "\\u");
        buf_add(out, (struct view){r->held, r->held_count});
        r->held_count = 0;
        r->state = READER_PLAIN;
        return false;
    }
    r->held[r->held_count++] = c;
    if (r->held_count == 4) {
        uint32_t unit = 0;
        for (size_t i = 0; i < 4; i++) {
            unit = unit << 4 | (uint32_t)digit_of(r->held[i]);
        }
        r->held_count = 0;
        r->state = READER_PLAIN;
        put_unit(r, unit, out);
    }
    return true;
}

/* The byte behind a backslash; false: it is to be read again. */
static bool take_escape(struct text_reader *r, char c, struct buf *out) {
    static const char names[] = "\"\\/'bfnrt";
    static const char chars[] = "\"\\/'\b\f\n\r\t";
    if (c == 'u') {
        r->state = READER_UNICODE;
        return true;
    }
    r->state = READER_PLAIN;
    give_up_high(r, out);
    const char *name = c == '\0' ? NULL : strchr(names, c);
    if (name == NULL) {
        buf_char(out, '\\');
        return false;
    }
    put_char(out, (unsigned char)chars[name - names]);
    return true;
}

/* One byte; false: it is to be read again. */
static bool take(struct text_reader *r, char c, struct buf *out, bool *closed) {
    switch (r->state) {
    case READER_ESCAPE:
        return take_escape(r, c, out);
    case READER_UNICODE:
        return take_digit(r, c, out);
    case READER_PLAIN:
        break;
    }
    if (c == '"' || c == '\\') {
        give_up_held(r, out);
    }
    if (c == '"') {
        give_up_high(r, out);
        *closed = true;
    } else if (c == '\\') {
        r->state = READER_ESCAPE;
    } else {
        take_plain(r, (unsigned char)c, out);
    }
    return true;
}

size_t text_reader_feed(struct text_reader *r, struct view bytes, struct buf *out, bool *closed) {
    size_t at = 0;
    *closed = false;
    while (at < bytes.n && !*closed) {
        if (r->state == READER_PLAIN && r->held_count == 0 && r->high == 0) {
            const size_t run = plain_run(view_slice(bytes, at, bytes.n));
            buf_add(out, view_slice(bytes, at, at + run));
            at += run;
            if (at == bytes.n) {
                break;
            }
        }
        at += take(r, bytes.p[at], out, closed) ? 1 : 0;
    }
    return at;
}

void text_reader_plain(struct view text, struct buf *out) {
    struct text_reader r = {.held_count = 0};
    for (size_t i = 0; i < text.n; i++) {
        take_plain(&r, (unsigned char)text.p[i], out);
    }
    give_up_held(&r, out);
}
