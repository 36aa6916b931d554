/* str.h: a view of text, and a builder that knows its maximum. */
#ifndef ESIHELP_BASE_STR_H
#define ESIHELP_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <esihelp/export.h>

/* Borrowed text: not NUL-terminated, p may be NULL where n is 0. */
struct view {
    const char *p;
    size_t n;
};

#define VIEW(literal) ((struct view){"" literal, sizeof(literal) - 1})

/* What every reader does at every step stands here, so that a comparison with a literal costs no
 * call. */

/* Clamped to the view. */
static inline struct view view_slice(struct view v, size_t from, size_t to) {
    to = to > v.n ? v.n : to;
    from = from > to ? to : from;
    return v.p == NULL ? v : (struct view){v.p + from, to - from};
}

static inline bool view_eq(struct view a, struct view b) {
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool view_starts(struct view v, struct view prefix) {
    return v.n >= prefix.n && (prefix.n == 0 || memcmp(v.p, prefix.p, prefix.n) == 0);
}

static inline bool view_ends(struct view v, struct view suffix) {
    return v.n >= suffix.n && view_eq(view_slice(v, v.n - suffix.n, v.n), suffix);
}

struct view view_of(const char *text);             /* NULL gives an empty view */
bool view_eq_nocase(struct view a, struct view b); /* ASCII only */
int view_cmp(struct view a, struct view b);        /* by bytes */
struct view view_trim(struct view v);              /* ASCII white space off both ends */
/* First place of needle at or after `from`; SIZE_MAX if there is none. */
size_t view_find(struct view v, struct view needle, size_t from);
/* Takes the next line (without its \n or \r\n) off *rest; false when nothing is left. */
bool view_line(struct view *rest, struct view *line);
/* Takes the next piece up to `separator` off *rest; false when nothing is left. */
bool view_split(struct view *rest, char separator, struct view *piece);
/* A whole decimal number, as is, in [min, max]. */
bool view_int(struct view v, int64_t min, int64_t max, int64_t *out);
/* A decimal number with "." whatever the locale, and an exponent; false where it is none, or more
 * than a double holds. */
bool view_double(struct view v, double *out);
uint64_t view_hash(struct view v); /* 64 bits, stable across releases and machines */
/* Bytes of the UTF-8 sequence that v begins with, 1 to 4; 0 where it is malformed or v is empty. */
size_t view_utf8(struct view v);
/* Copies as much of a text as fits with its NUL, as one line (control characters become spaces) and
 * without half a character at its end. `to` may be `from`. */
void str_line(char *to, size_t size, const char *from);

/* Grows on the heap up to `max` bytes. After a failed append nothing more is added and `failed`
 * says so: check once, at the end. text.p is always NUL-terminated once something was added. */
struct buf {
    char *p;
    size_t n;
    size_t cap;
    size_t max;
    bool failed;   /* memory ran out, or max was passed */
    bool too_long; /* it was max */
};

void buf_init(struct buf *b, size_t max);
void buf_clear(struct buf *b); /* frees; may be used again with the same max */
void buf_empty(struct buf *b); /* n = 0, keeps the memory */
void buf_add(struct buf *b, struct view text);
void buf_str(struct buf *b, const char *text); /* NULL adds nothing */
void buf_char(struct buf *b, char c);
void buf_printf(struct buf *b, const char *format, ...) ESI_PRINTF(2, 3);
void buf_cut(struct buf *b, size_t n); /* keeps the first n bytes */
/* Room for `more` bytes behind the text, to be written and then counted in n; NULL: failed. */
char *buf_room(struct buf *b, size_t more);
struct view buf_view(const struct buf *b);
/* The NUL-terminated text, to be freed by free(); b is empty then. NULL if it failed. */
char *buf_take(struct buf *b);

#endif
