/* define.h: "What is a snapshot?", "what does ERR-1107 mean": the things whose meaning is asked
 * for, and the statement that tells it. */
#ifndef ESIHELP_CORE_DEFINE_H
#define ESIHELP_CORE_DEFINE_H

#include <esihelp/types.h>

#include "base/arena.h"
#include "base/str.h"

#define DEFINE_TERMS_MAX 4

/* In the words of the question, without articles. Of "the TTL of a range" both "TTL" and the whole,
 * the whole first; of "the difference between a seat and a range" both things. */
struct define_terms {
    struct view items[DEFINE_TERMS_MAX];
    size_t count; /* 0: no meaning is asked for */
};

/* Errors: ESI_ENOMEM. */
esi_err define_asked(struct view text, esi_arena *arena, struct define_terms *out,
                     esi_error *err) ESI_MUST_CHECK;
/* The plainest of them: "TTL"; empty where no meaning is asked for. Errors: ESI_ENOMEM. */
esi_err define_term(struct view text, esi_arena *arena, struct view *out,
                    esi_error *err) ESI_MUST_CHECK;

/* Does the text begin by telling what the term is? Is the heading the term? */
bool define_says(struct view text, struct view term);
bool define_names(struct view heading, struct view term);

#endif
