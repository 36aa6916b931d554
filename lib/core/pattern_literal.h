/* pattern_literal.h: which literal texts an expression can't match without. Private to
 * core/pattern.
 *
 * The reading is conservative: what it doesn't understand it calls opaque, and an opaque expression
 * is always tried. Only ASCII case is folded; the texts that are searched are folded. */
#ifndef ESIHELP_CORE_PATTERN_LITERAL_H
#define ESIHELP_CORE_PATTERN_LITERAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/str.h"

#define LITERAL_BYTES_MAX 8     /* longer ones are cut: a prefix is required as well */
#define LITERAL_CLAUSE_MAX 1024 /* literals of one clause; a longer list is no clause */
#define LITERAL_CLAUSES_MAX 6   /* clauses of one expression: the best of them */
#define LITERAL_DEPTH_MAX 16    /* groups within groups; deeper is opaque */

/* One of these must be in the text. */
struct literal_clause {
    const struct view *items; /* lower case, at least 2 bytes each */
    size_t count;
};

struct literal_need {
    struct literal_clause all[LITERAL_CLAUSES_MAX]; /* every clause must be met */
    size_t count;
    struct literal_clause lead; /* every match begins with one of these; count 0: not known */
};

/* False when memory ran out. All of *out is in the arena. */
bool literal_read(const char *expression, esi_arena *arena, struct literal_need *out);

#endif
