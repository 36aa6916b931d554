#include "provider/structured_mark.h"

#define LATER SIZE_MAX  /* more of the text has to come first */
#define INSIDE_MAX 64   /* bytes between the brackets */
#define TOGETHER_MAX 16 /* marks that are looked at as one */

static const struct {
    struct view open, close;
} brackets[] = {
    {{"[", 1}, {"]", 1}},
    {{"(", 1}, {")", 1}},
    {{"\xe3\x80\x90", 3}, {"\xe3\x80\x91", 3}},
};

static bool may_open(char c) {
    return c == '[' || c == '(' || c == '\xe3';
}

/* The next place from `at` on where a mark may begin: a bracket, or the space before one. */
static size_t next_begin(struct view text, size_t at, bool ended) {
    static const bool looked_at[256] = {[' '] = true, ['['] = true, ['('] = true, [0xe3] = true};
    for (; at < text.n; at++) {
        if (!looked_at[(unsigned char)text.p[at]]) {
            continue;
        }
        if (text.p[at] != ' ' || (at + 1 < text.n ? may_open(text.p[at + 1]) : !ended)) {
            break;
        }
    }
    return at;
}

/* May it stand in a list of ids? */
static bool may_stand(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '_' || c == '.' || c == ',' || c == ';' || c == ' ' || c == '^' || c == ':';
}

/* The list that stands before `close`. Bytes up to its end; 0: there is none. */
static size_t list_end(struct view text, struct view close, bool ended) {
    size_t n = 0;
    while (n < text.n && n < INSIDE_MAX && may_stand(text.p[n])) {
        n++;
    }
    const struct view rest = view_slice(text, n, text.n);
    if (view_starts(rest, close)) {
        return n;
    }
    return !ended && n < INSIDE_MAX && rest.n < close.n && view_starts(close, rest) ? LATER : 0;
}

/* Bytes of the mark in brackets that `text` begins with; 0: none. */
static size_t bracket_length(struct view text, bool ended, struct id_set *set) {
    for (size_t i = 0; i < sizeof brackets / sizeof *brackets; i++) {
        const struct view open = brackets[i].open, close = brackets[i].close;
        if (!ended && text.n < open.n && view_starts(open, text)) {
            return LATER;
        }
        if (!view_starts(text, open)) {
            continue;
        }
        const struct view inside = view_slice(text, open.n, text.n);
        const size_t n = list_end(inside, close, ended);
        if (n == LATER) {
            return LATER;
        }
        return n > 0 && read_ids(view_slice(inside, 0, n), false, set) ? open.n + n + close.n : 0;
    }
    return 0;
}

/* The same with a space before it. */
static size_t mark_length(struct view text, bool ended, struct id_set *set) {
    const size_t space = view_starts(text, VIEW(" ")) ? 1 : 0;
    const size_t n = bracket_length(view_slice(text, space, text.n), ended, set);
    return n == 0 || n == LATER ? n : n + space;
}

/* Of all marks that stand together, with commas between them. */
static size_t marks_length(struct view text, bool ended, struct id_set *set) {
    size_t all = mark_length(text, ended, set);
    for (size_t i = 1; i < TOGETHER_MAX && all != 0 && all != LATER; i++) {
        const struct view rest = view_slice(text, all, text.n);
        const size_t comma = view_starts(rest, VIEW(",")) || view_starts(rest, VIEW(";")) ? 1 : 0;
        const size_t n = mark_length(view_slice(rest, comma, rest.n), ended, set);
        if (n == 0) {
            break;
        }
        all = n == LATER ? LATER : all + comma + n;
    }
    return all;
}

void marks_leave_out(struct view text, bool ended, size_t *at, struct buf *out,
                     struct id_set *set) {
    while (*at < text.n) {
        const size_t plain = next_begin(text, *at, ended);
        buf_add(out, view_slice(text, *at, plain));
        *at = plain;
        const struct view rest = view_slice(text, *at, text.n);
        if (rest.n == 0) {
            return;
        }
        const size_t before = set->count;
        size_t n = marks_length(rest, ended, set);
        if (n == LATER) {
            set->count = before;
            return;
        }
        const bool leads = out->n == 0 || out->p[out->n - 1] == '\n';
        if (n == 0) {
            n = rest.p[0] == ' ' ? 1 : view_utf8(rest);
            buf_add(out, view_slice(rest, 0, n));
        } else if (leads && n == rest.n && !ended) {
            set->count = before;
            return;
        } else if (leads && view_starts(view_slice(rest, n, rest.n), VIEW(" "))) {
            n++;
        }
        *at += n;
    }
}
