/* Folding: NFKC, case, white space, what can't be seen; with offsets back into the source. */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "base/text_build.h"
#include "base/text_char.h"

#define CLUSTER_MAX 48 /* code points put in order and composed at once; more marks stay apart */

/* Marks that are written in several ways: quotes, dashes, slashes. */
static uint32_t plain_mark(uint32_t c) {
    if (c < 0xA0) {
        return c == '`' ? '\'' : c;
    }
    switch (c) {
    case 0x00B4: /* acute accent */
    case 0x02B9:
    case 0x02BB:
    case 0x02BC:
    case 0x02BD:
    case 0x02C8:
    case 0x2018:
    case 0x2019:
    case 0x201A:
    case 0x201B:
    case 0x2032:
    case 0x2035:
    case 0x2039:
    case 0x203A:
    case 0xA78C:
    case 0xFF07:
    case 0xFF40:
        return '\'';
    case 0x00AB:
    case 0x00BB:
    case 0x201C:
    case 0x201D:
    case 0x201E:
    case 0x201F:
    case 0x2033:
    case 0x2036:
    case 0x300C:
    case 0x300D:
    case 0x300E:
    case 0x300F:
    case 0xFF02:
        return '"';
    case 0x058A:
    case 0x05BE:
    case 0x2010:
    case 0x2011:
    case 0x2012:
    case 0x2013:
    case 0x2014:
    case 0x2015:
    case 0x2043:
    case 0x2212:
    case 0xFE58:
    case 0xFE63:
    case 0xFF0D:
        return '-';
    case 0x2044:
    case 0x2215:
        return '/';
    default:
        return c;
    }
}

static void put_space(struct text_build *b, uint32_t from) {
    if (b->n == 0 || b->p[b->n - 1] != ' ') {
        text_build_put(b, ' ', from);
    }
}

/* Marks in canonical order: a stable sort by class, within what stands between two bases. */
static void order(uint32_t *p, size_t n) {
    for (size_t i = 1; i < n; i++) {
        const unsigned class = char_combining(p[i]);
        size_t at = i;
        const uint32_t c = p[i];
        while (class != 0 && at > 0 && char_combining(p[at - 1]) > class) {
            p[at] = p[at - 1];
            at--;
        }
        p[at] = c;
    }
}

static uint32_t peek(struct view rest) {
    return text_next(&rest);
}

/* A character with the marks behind it. */
static void fold_cluster(struct text_build *b, uint32_t c, struct view *rest, uint32_t from) {
    uint32_t parts[CLUSTER_MAX + CHAR_FOLD_MAX];
    size_t n = char_fold(plain_mark(c), parts);
    while (rest->n > 0 && n < CLUSTER_MAX && (*rest->p & 0x80) != 0) {
        const uint32_t next = peek(*rest);
        if (!char_extends(next)) {
            break;
        }
        n += char_fold(next, parts + n);
        text_next(rest);
    }
    if (n > 1) {
        order(parts, n);
        n = char_compose(parts, n);
    }
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && parts[i] == 0x307 && parts[i - 1] == 'i') {
            continue; /* the dot that a Turkish capital I leaves behind */
        }
        const uint32_t shown = plain_mark(parts[i]);
        if (shown == ' ') {
            put_space(b, from);
        } else {
            text_build_put(b, shown, from);
        }
    }
}

static void fold_one(struct text_build *b, uint32_t c, struct view *rest, uint32_t from) {
    const bool alone = rest->n == 0 || (*rest->p & 0x80) == 0;
    if (alone && c < 0x80 && c > ' ' && c != 0x7F && c != '`') {
        text_build_byte(b, (char)(c >= 'A' && c <= 'Z' ? c + 32 : c), from);
        return;
    }
    if (c >= 0x80 && char_is_folded(c) && (alone || !char_extends(peek(*rest)))) {
        text_build_put(b, c, from);
        return;
    }
    const enum char_kind kind = char_kind(c);
    if (kind == CHAR_SPACE) {
        put_space(b, from);
    } else if (kind != CHAR_INVISIBLE) {
        fold_cluster(b, c, rest, from);
    }
}

esi_err text_fold(struct view text, esi_arena *arena, struct text_folded *out, esi_error *err) {
    struct text_build b;
    if (text.n >= UINT32_MAX) {
        return esi_fail(err, ESI_ETOOBIG, "base/text", "text of %zu bytes is too long", text.n);
    }
    text_build_begin(&b, arena, text.n);
    struct view rest = text;
    while (rest.n > 0) {
        const uint32_t from = (uint32_t)(text.n - rest.n);
        const uint32_t c = text_next(&rest);
        fold_one(&b, c, &rest, from);
    }
    return text_build_end(&b, (uint32_t)text.n, text, out, err);
}
