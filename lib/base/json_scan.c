#include "base/json_scan.h"

#include <string.h>

struct scan {
    struct view text;
    size_t at;
    size_t depth;
    uint64_t objects; /* one bit for each open level: is it an object? */
    struct json_fault *fault;
};

_Static_assert(JSON_DEPTH_MAX <= 64, "scan.objects has a bit for each level");

static bool refuse(struct scan *s, esi_err code, size_t at, const char *what) {
    *s->fault = (struct json_fault){code, at, what};
    return false;
}

static bool at_end(const struct scan *s) {
    return s->at == s->text.n;
}

/* The byte at hand; 0 at the end (a NUL inside is refused wherever one is met). */
static char here(const struct scan *s) {
    return at_end(s) ? '\0' : s->text.p[s->at];
}

static void skip_space(struct scan *s) {
    while (here(s) == ' ' || here(s) == '\t' || here(s) == '\n' || here(s) == '\r') {
        s->at++;
    }
}

/* Refuses what stands here, where `wanted` should. */
static bool refuse_here(struct scan *s, const char *wanted) {
    if (at_end(s)) {
        return refuse(s, ESI_EPARSE, s->at, "the text ends too early");
    }
    if (here(s) == '\0') {
        return refuse(s, ESI_EENCODING, s->at, "a NUL");
    }
    if (view_utf8(view_slice(s->text, s->at, s->text.n)) == 0) {
        return refuse(s, ESI_EENCODING, s->at, "not UTF-8");
    }
    return refuse(s, ESI_EPARSE, s->at, wanted);
}

/* Four hexadecimal digits; -1 where they aren't. */
static int32_t hex4(const struct scan *s, size_t at) {
    if (s->text.n - at < 4) {
        return -1;
    }
    int32_t value = 0;
    for (size_t i = 0; i < 4; i++) {
        const char c = s->text.p[at + i];
        const char *digits = "0123456789abcdefABCDEF";
        const char *digit = c == '\0' ? NULL : strchr(digits, c);
        if (digit == NULL) {
            return -1;
        }
        const int32_t n = (int32_t)(digit - digits);
        value = value * 16 + (n < 16 ? n : n - 6);
    }
    return value;
}

/* \u and four digits, or two of them for one character. s->at is at the backslash. */
static bool scan_unicode(struct scan *s) {
    const size_t from = s->at;
    const int32_t unit = hex4(s, from + 2);
    if (unit < 0) {
        return refuse(s, ESI_EPARSE, from, "\\u needs four hexadecimal digits");
    }
    if (unit == 0) {
        return refuse(s, ESI_EENCODING, from, "a NUL");
    }
    s->at += 6;
    if (unit < 0xd800 || unit > 0xdfff) {
        return true;
    }
    const bool pair = unit < 0xdc00 && s->text.n - s->at >= 6 && s->text.p[s->at] == '\\' &&
                      s->text.p[s->at + 1] == 'u';
    const int32_t second = pair ? hex4(s, s->at + 2) : -1;
    if (second < 0xdc00 || second > 0xdfff) {
        return refuse(s, ESI_EENCODING, from, "a lone surrogate");
    }
    s->at += 6;
    return true;
}

static bool scan_escape(struct scan *s) {
    const char c = s->at + 1 < s->text.n ? s->text.p[s->at + 1] : '\0';
    if (c == 'u') {
        return scan_unicode(s);
    }
    if (c == '\0' || strchr("\"\\/bfnrt", c) == NULL) {
        return refuse(s, ESI_EPARSE, s->at, "an escape that JSON doesn't have");
    }
    s->at += 2;
    return true;
}

static bool scan_string(struct scan *s) {
    const size_t from = s->at++;
    while (!at_end(s) && here(s) != '"') {
        const unsigned char c = (unsigned char)here(s);
        if (c == '\\') {
            if (!scan_escape(s)) {
                return false;
            }
        } else if (c >= 0x80) {
            const size_t n = view_utf8(view_slice(s->text, s->at, s->text.n));
            if (n == 0) {
                return refuse(s, ESI_EENCODING, s->at, "not UTF-8");
            }
            s->at += n;
        } else if (c < 0x20) {
            return refuse_here(s, "a control character in a string has to be escaped");
        } else {
            s->at++;
        }
    }
    if (at_end(s)) {
        return refuse(s, ESI_EPARSE, from, "a string that isn't closed");
    }
    s->at++;
    return true;
}

static size_t skip_digits(struct scan *s) {
    const size_t from = s->at;
    while (here(s) >= '0' && here(s) <= '9') {
        s->at++;
    }
    return s->at - from;
}

static bool scan_number(struct scan *s) {
    const size_t from = s->at;
    if (here(s) == '-') {
        s->at++;
    }
    const bool zero = here(s) == '0';
    const size_t whole = skip_digits(s);
    if (whole == 0 || (zero && whole > 1)) {
        return refuse(s, ESI_EPARSE, from, "not a number as JSON writes it");
    }
    if (here(s) == '.') {
        s->at++;
        if (skip_digits(s) == 0) {
            return refuse(s, ESI_EPARSE, from, "not a number as JSON writes it");
        }
    }
    if (here(s) == 'e' || here(s) == 'E') {
        s->at++;
        if (here(s) == '-' || here(s) == '+') {
            s->at++;
        }
        if (skip_digits(s) == 0) {
            return refuse(s, ESI_EPARSE, from, "not a number as JSON writes it");
        }
    }
    return true;
}

static bool scan_word(struct scan *s) {
    static const struct view words[] = {{"true", 4}, {"false", 5}, {"null", 4}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (view_starts(view_slice(s->text, s->at, s->text.n), words[i])) {
            s->at += words[i].n;
            return true;
        }
    }
    return refuse_here(s, "a value is expected");
}

/* A member's name and its colon. */
static bool scan_name(struct scan *s) {
    skip_space(s);
    if (here(s) != '"') {
        return refuse_here(s, "a name in double quotes is expected");
    }
    if (!scan_string(s)) {
        return false;
    }
    skip_space(s);
    if (here(s) != ':') {
        return refuse_here(s, "':' is expected");
    }
    s->at++;
    return true;
}

static bool in_object(const struct scan *s) {
    return (s->objects >> (s->depth - 1) & 1) != 0;
}

/* Enters an array or object. *value: a value follows (it isn't empty). */
static bool scan_open(struct scan *s, bool *value) {
    if (s->depth == JSON_DEPTH_MAX) {
        return refuse(s, ESI_ETOOBIG, s->at, "nested too deeply");
    }
    const uint64_t bit = UINT64_C(1) << s->depth++;
    s->objects = here(s) == '{' ? s->objects | bit : s->objects & ~bit;
    s->at++;
    skip_space(s);
    if (here(s) == (in_object(s) ? '}' : ']')) {
        s->at++;
        s->depth--;
        *value = false;
        return true;
    }
    *value = true;
    return in_object(s) ? scan_name(s) : true;
}

/* One value, or the beginning of one that holds others. */
static bool scan_value(struct scan *s, bool *value) {
    skip_space(s);
    *value = false;
    switch (here(s)) {
    case '{':
    case '[':
        return scan_open(s, value);
    case '"':
        return scan_string(s);
    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9':
        return scan_number(s);
    default:
        return scan_word(s);
    }
}

/* What follows a value in its array or object. *value: another one. */
static bool scan_next(struct scan *s, bool *value) {
    skip_space(s);
    const bool object = in_object(s);
    if (here(s) == ',') {
        s->at++;
        *value = true;
        return object ? scan_name(s) : true;
    }
    if (here(s) == (object ? '}' : ']')) {
        s->at++;
        s->depth--;
        *value = false;
        return true;
    }
    return refuse_here(s, object ? "',' or '}' is expected" : "',' or ']' is expected");
}

bool json_scan(struct view text, struct json_fault *fault) {
    struct scan s = {.text = text, .fault = fault};
    bool value = true;
    while (value || s.depth > 0) {
        if (value ? !scan_value(&s, &value) : !scan_next(&s, &value)) {
            return false;
        }
    }
    skip_space(&s);
    return at_end(&s) || refuse_here(&s, "nothing more is expected behind the value");
}
