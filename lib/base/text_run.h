/* text_run.h: a run of letters, digits and the marks between them, as text_tokens reads it.
 * Private to text. */
#ifndef ESIHELP_BASE_TEXT_RUN_H
#define ESIHELP_BASE_TEXT_RUN_H

#include "base/text.h"
#include "base/text_char.h"

#define RUN_PARTS_MAX 64 /* of one run; what follows is a run of its own */

/* A piece of the folded text. */
struct piece {
    size_t from, to;
};

/* "/etc/hosts", "log-in", "doesn't", "vpn". */
struct run {
    struct piece all;
    size_t count; /* of parts: what stands between the marks */
    bool digits, letters;
    bool rooted;  /* begins as a path does */
    bool address; /* has "://" or "@" */
    unsigned slashes, backslashes, dots, colons, hyphens, underscores, apostrophes;
    struct piece parts[RUN_PARTS_MAX];
};

enum run_kind {
    RUN_WORDS,      /* to be read one by one */
    RUN_LETTERS,    /* "e.g", "u.s": one word */
    RUN_NUMBER,     /* "42", "2.1" */
    RUN_IDENTIFIER, /* whole, and in parts */
    RUN_ORDINAL,    /* "2nd" */
    RUN_QUANTITY    /* "5gb": a number and a word */
};

static inline struct view view_piece(const struct text_folded *text, struct piece piece) {
    return (struct view){text->p + piece.from, piece.to - piece.from};
}

/* What stands at `i`, and where the next character begins. CHAR_OTHER at the end. */
enum char_kind run_kind_at(const struct text_folded *text, size_t i, size_t *next);

/* A letter or a digit stands at `i`: reads as far as marks join. */
void run_read(const struct text_folded *text, size_t i, struct run *run);
enum run_kind run_kind(const struct text_folded *text, const struct run *run);

/* Where the digits of a part begin that is letters and then a short number ("lab7"), or the
 * letters of one that is digits and then letters ("5gb"); 0 where it is neither. */
size_t run_number_at(const struct text_folded *text, struct piece part);
size_t run_unit_at(const struct text_folded *text, struct piece part);

#endif
