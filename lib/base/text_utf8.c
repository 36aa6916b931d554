/* UTF-8: checked, read, written and counted. */
#include "base/error.h"
#include "base/text.h"
#include "base/text_char.h"

#define REPLACEMENT 0xFFFD

/* Bytes of the sequence at p and its code point; 0 where it is bad. (Unicode, table 3-7: no
 * overlong forms, no surrogates, nothing above U+10FFFF.) */
static size_t sequence(const unsigned char *p, size_t n, uint32_t *out) {
    const unsigned char lead = p[0];
    if (lead < 0x80) {
        *out = lead;
        return 1;
    }
    const size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || n < size) {
        return 0;
    }
    uint32_t c = lead & (0x7FU >> size);
    for (size_t i = 1; i < size; i++) {
        if ((p[i] & 0xC0) != 0x80) {
            return 0;
        }
        c = (c << 6) | (p[i] & 0x3FU);
    }
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    if (c < least[size] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) {
        return 0;
    }
    *out = c;
    return size;
}

bool text_valid(struct view text) {
    const unsigned char *p = (const unsigned char *)text.p;
    for (size_t i = 0; i < text.n;) {
        uint32_t c = 0;
        const size_t size = sequence(p + i, text.n - i, &c);
        if (size == 0 || c == 0) {
            return false;
        }
        i += size;
    }
    return true;
}

uint32_t text_next(struct view *rest) {
    if (rest->n == 0) {
        return TEXT_NONE;
    }
    uint32_t c = REPLACEMENT;
    size_t size = sequence((const unsigned char *)rest->p, rest->n, &c);
    if (size == 0) {
        c = REPLACEMENT;
        size = 1;
    }
    rest->p += size;
    rest->n -= size;
    return c;
}

size_t text_put(char out[4], uint32_t c) {
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xC0 | (c >> 6));
        out[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) {
        c = REPLACEMENT;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xE0 | (c >> 12));
        out[1] = (char)(0x80 | ((c >> 6) & 0x3F));
        out[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | (c >> 18));
    out[1] = (char)(0x80 | ((c >> 12) & 0x3F));
    out[2] = (char)(0x80 | ((c >> 6) & 0x3F));
    out[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

size_t text_count(struct view text) {
    size_t count = 0;
    while (text_next(&text) != TEXT_NONE) {
        count++;
    }
    return count;
}

struct view text_head(struct view text, size_t code_points) {
    struct view rest = text;
    struct view whole = {text.p, 0}; /* up to the last character that is whole */
    for (size_t i = 0; i <= code_points; i++) {
        const struct view before = rest;
        const uint32_t c = text_next(&rest);
        const bool joins = c != TEXT_NONE && (char_kind(c) == CHAR_MARK || c == 0x200D);
        if (!joins) {
            whole.n = text.n - before.n;
        }
        if (c == TEXT_NONE) {
            break;
        }
    }
    return whole;
}

bool text_blank(struct view text) {
    for (uint32_t c = text_next(&text); c != TEXT_NONE; c = text_next(&text)) {
        const enum char_kind kind = char_kind(c);
        if (kind != CHAR_SPACE && kind != CHAR_INVISIBLE) {
            return false;
        }
    }
    return true;
}

esi_err text_check(struct view text, size_t max_chars, bool required, const char *origin,
                   const char *pointer, esi_error *err) {
    /* Size first: what is far too long isn't read to its end. */
    if (text.n / 4 > max_chars) {
        return fail_at(err, ESI_ETOOBIG, origin, pointer, "text is longer than %zu characters",
                       max_chars);
    }
    if (!text_valid(text)) {
        return fail_at(err, ESI_EENCODING, origin, pointer, "text is not UTF-8, or holds a NUL");
    }
    if (text.n > max_chars && text_count(text) > max_chars) {
        return fail_at(err, ESI_ETOOBIG, origin, pointer, "text is longer than %zu characters",
                       max_chars);
    }
    if (required && text_blank(text)) {
        return fail_at(err, ESI_EINVAL, origin, pointer, "text is empty");
    }
    return ESI_OK;
}
