/* names.h: by what a section may be asked for, read from how it is written: the terms that it
 * defines ("**Seat**: ...", "Seat - ...", a table's first column, "A seat is ...", "By a seat we
 * mean ...") and the messages that it quotes. */
#ifndef ESIHELP_CORE_NAMES_H
#define ESIHELP_CORE_NAMES_H

#include <esihelp/types.h>

#include "base/arena.h"
#include "base/str.h"

#define NAMES_MAX 256       /* of one section */
#define NAME_QUOTED_LEAST 2 /* words of a message; one alone is a button or a file */
#define NAME_QUOTED_MOST 10

/* What it is a name for, and how plainly it is said so. */
enum name_form {
    NAME_QUOTED,   /* a message, in quotation marks or as code */
    NAME_SENTENCE, /* "A seat is the place of one learner" */
    NAME_LABEL,    /* "Seat: the place of one learner" */
    NAME_ENTRY     /* an entry of a glossary or a table, a definition by its words */
};

struct name {
    struct view text; /* as written, without marks */
    enum name_form form;
};

/* The names in a section's Markdown, in the order of the text. A short form in parentheses is one
 * of its own: "MFA (multi-factor authentication)" gives two. Errors: ESI_ENOMEM. */
esi_err names_read(struct view text, esi_arena *arena, struct name **out, size_t *out_count,
                   esi_error *err) ESI_MUST_CHECK;

#endif
