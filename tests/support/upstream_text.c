#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "upstream_parts.h"

/* ---- bytes ----------------------------------------------------------------------------------- */

void bytes_clear(struct bytes *b) {
    free(b->p);
    *b = (struct bytes){0};
}

static void bytes_room(struct bytes *b, size_t more) {
    if (b->n + more + 1 > b->max) {
        b->max = 2 * (b->n + more) + 64;
        b->p = realloc(b->p, b->max);
        if (b->p == NULL) {
            abort();
        }
    }
}

void bytes_add(struct bytes *b, const void *p, size_t n) {
    bytes_room(b, n);
    if (n > 0) {
        memcpy(b->p + b->n, p, n);
    }
    b->n += n;
    b->p[b->n] = '\0';
}

void bytes_str(struct bytes *b, const char *text) {
    bytes_add(b, text, strlen(text));
}

void bytes_printf(struct bytes *b, const char *format, ...) {
    char text[1024];
    va_list args;
    va_start(args, format);
    const int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (n < 0 || (size_t)n >= sizeof text) {
        abort();
    }
    bytes_add(b, text, (size_t)n);
}

void bytes_unit(struct bytes *b, uint16_t unit) {
    if (unit >= 0x20 && unit < 0x7F && unit != '"' && unit != '\\') {
        const char c = (char)unit;
        bytes_add(b, &c, 1);
    } else {
        bytes_printf(b, "\\u%04x", (unsigned)unit);
    }
}

void bytes_quoted(struct bytes *b, struct span text) {
    for (size_t i = 0; i < text.n; i++) {
        const char c = text.p[i];
        if (c == '"' || c == '\\') {
            bytes_add(b, "\\", 1);
            bytes_add(b, &c, 1);
        } else if (c == '\n') {
            bytes_str(b, "\\n");
        } else if ((unsigned char)c < 0x20) {
            bytes_printf(b, "\\u%04x", (unsigned)(unsigned char)c);
        } else {
            bytes_add(b, &c, 1);
        }
    }
}

bool span_is(struct span s, const char *text) {
    return s.n == strlen(text) && memcmp(s.p, text, s.n) == 0;
}

const char *span_find(struct span s, const char *text) {
    const size_t n = strlen(text);
    for (size_t i = 0; i + n <= s.n; i++) {
        if (memcmp(s.p + i, text, n) == 0) {
            return s.p + i;
        }
    }
    return NULL;
}

/* ---- JSON, read ------------------------------------------------------------------------------ */

static size_t skip_space(struct span s, size_t i) {
    while (i < s.n && strchr(" \t\r\n", s.p[i]) != NULL) {
        i++;
    }
    return i;
}

static size_t skip_string(struct span s, size_t i) {
    for (i++; i < s.n && s.p[i] != '"'; i++) {
        i += s.p[i] == '\\';
    }
    return i < s.n ? i + 1 : s.n;
}

/* Behind the value that begins at i. */
static size_t skip_value(struct span s, size_t i) {
    size_t depth = 0;
    while (i < s.n) {
        const char c = s.p[i];
        if (c == '"') {
            i = skip_string(s, i);
        } else if (c == '{' || c == '[') {
            depth++;
            i++;
        } else if (depth > 0 && (c == '}' || c == ']')) {
            depth--;
            i++;
        } else if (depth == 0) {
            while (i < s.n && strchr(",]} \t\r\n", s.p[i]) == NULL) {
                i++;
            }
        } else {
            i++;
        }
        if (depth == 0) {
            return i;
        }
    }
    return i;
}

struct span json_member(struct span object, const char *name) {
    const size_t length = strlen(name);
    size_t i = skip_space(object, 0);
    if (i >= object.n || object.p[i] != '{') {
        return (struct span){0};
    }
    for (i = skip_space(object, i + 1); i < object.n && object.p[i] == '"';) {
        const size_t from = i + 1;
        i = skip_string(object, i);
        const bool found = i - from == length + 1 && memcmp(object.p + from, name, length) == 0;
        i = skip_space(object, i);
        if (i >= object.n || object.p[i] != ':') {
            break;
        }
        const size_t value = skip_space(object, i + 1);
        i = skip_value(object, value);
        if (found) {
            return (struct span){object.p + value, i - value};
        }
        i = skip_space(object, i);
        i = i < object.n && object.p[i] == ',' ? skip_space(object, i + 1) : object.n;
    }
    return (struct span){0};
}

bool json_item(struct span array, size_t *at, struct span *out) {
    size_t i = *at;
    if (i == 0) {
        i = skip_space(array, 0);
        if (i >= array.n || array.p[i] != '[') {
            return false;
        }
        i++;
    }
    i = skip_space(array, i);
    i = i < array.n && array.p[i] == ',' ? skip_space(array, i + 1) : i;
    if (i >= array.n || array.p[i] == ']') {
        return false;
    }
    const size_t end = skip_value(array, i);
    *out = (struct span){array.p + i, end - i};
    *at = end;
    return end > i;
}

static unsigned hex4(const char *p) {
    char digits[5] = {0};
    memcpy(digits, p, 4);
    return (unsigned)strtoul(digits, NULL, 16);
}

static void add_utf8(struct bytes *out, unsigned c) {
    if (c < 0x80) {
        bytes_add(out, (char[]){(char)c}, 1);
    } else if (c < 0x800) {
        bytes_add(out, (char[]){(char)(0xC0 | c >> 6), (char)(0x80 | (c & 0x3F))}, 2);
    } else if (c < 0x10000) {
        bytes_add(out,
                  (char[]){(char)(0xE0 | c >> 12), (char)(0x80 | (c >> 6 & 0x3F)),
                           (char)(0x80 | (c & 0x3F))},
                  3);
    } else {
        bytes_add(out,
                  (char[]){(char)(0xF0 | c >> 18), (char)(0x80 | (c >> 12 & 0x3F)),
                           (char)(0x80 | (c >> 6 & 0x3F)), (char)(0x80 | (c & 0x3F))},
                  4);
    }
}

/* Reads the escape at p[0] == '\\', adds it, and tells its size. */
static size_t add_escape(struct bytes *out, const char *p, size_t n) {
    static const char from[] = "nrtbf";
    static const char to[] = "\n\r\t\b\f";
    if (n < 2) {
        return n;
    }
    if (p[1] == 'u' && n >= 6) {
        unsigned c = hex4(p + 2);
        size_t used = 6;
        if (c >= 0xD800 && c < 0xDC00 && n >= 12 && p[6] == '\\' && p[7] == 'u') {
            c = 0x10000 + ((c - 0xD800) << 10) + (hex4(p + 8) - 0xDC00);
            used = 12;
        }
        add_utf8(out, c);
        return used;
    }
    const char *found = strchr(from, p[1]);
    bytes_add(out, found != NULL ? &to[found - from] : &p[1], 1);
    return 2;
}

static void add_string(struct span s, struct bytes *out) {
    for (size_t i = 1; i + 1 < s.n;) {
        if (s.p[i] == '\\') {
            i += add_escape(out, s.p + i, s.n - 1 - i);
        } else {
            bytes_add(out, s.p + i, 1);
            i++;
        }
    }
}

void json_text(struct span value, struct bytes *out) {
    if (value.n > 1 && value.p[0] == '"') {
        add_string(value, out);
        return;
    }
    struct span part;
    for (size_t at = 0; json_item(value, &at, &part);) {
        const struct span text = json_member(part, "text");
        if (text.n > 1 && text.p[0] == '"') {
            add_string(text, out);
        }
    }
}

int64_t json_whole(struct span value, int64_t otherwise) {
    char digits[24] = {0};
    if (value.n == 0 || value.n >= sizeof digits) {
        return otherwise;
    }
    memcpy(digits, value.p, value.n);
    return strtoll(digits, NULL, 10);
}
