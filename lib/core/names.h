/* names.h: the terms that a section defines, read from how it is written: "**Seat**: ...", "Seat -
 * ...", a table's first column, "A seat is ...", "By a seat we mean ...". */
#ifndef ESIHELP_CORE_NAMES_H
#define ESIHELP_CORE_NAMES_H

#include <esihelp/types.h>

#include "base/arena.h"
#include "base/str.h"

#define NAMES_MAX 256 /* of one section */
#define NAME_WORDS_MAX 6

/* How plainly a section says that it defines a term. */
enum name_form {
    NAME_SENTENCE, /* "A seat is the place of one learner" */
    NAME_LABEL,    /* "Seat: the place of one learner" */
    NAME_ENTRY     /* an entry of a glossary or a table, a definition by its words */
};

struct name {
    struct view text; /* as written, without marks */
    enum name_form form;
};

/* The terms of a section's Markdown, in the order of the text. A short form in parentheses is one
 * of its own: "MFA (multi-factor authentication)" gives two. Errors: ESI_ENOMEM. */
esi_err names_read(struct view text, esi_arena *arena, struct name **out, size_t *out_count,
                   esi_error *err) ESI_MUST_CHECK;

#endif
