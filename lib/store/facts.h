/* facts.h: a ticket's lists, as JSON, whatever the store. */
#ifndef ESIHELP_STORE_FACTS_H
#define ESIHELP_STORE_FACTS_H

#include <esihelp/sys/store.h>

#include "base/arena.h"

/* The lists of a ticket. */
struct facts {
    esi_strings rules;
    esi_pairs references, details, context;
    const esi_store_attempt *attempts;
    size_t attempt_count;
};
/* As they are stored: JSON. */
struct facts_text {
    const char *rules, *references, *details, *context, *attempts; /* NULL: empty */
};

/* A ticket's that is wanted: each entry once, as joining would have it. */
esi_err facts_of(const esi_store_new_ticket *wanted, esi_arena *arena, struct facts *out,
                 esi_error *err) ESI_MUST_CHECK;
esi_err facts_encode(const struct facts *facts, esi_arena *arena, struct facts_text *out,
                     esi_error *err) ESI_MUST_CHECK;
/* Sets the lists of a ticket that was read. */
esi_err facts_decode(const struct facts_text *text, esi_arena *arena, esi_store_ticket *ticket,
                     esi_error *err) ESI_MUST_CHECK;
/* What is known after a ticket was joined: new values win over old, unknown ones over none. */
esi_err facts_merge(const struct facts *old, const struct facts *more, esi_arena *arena,
                    struct facts *out, esi_error *err) ESI_MUST_CHECK;
esi_err facts_encode_strings(const esi_strings *list, esi_arena *arena, const char **out,
                             esi_error *err) ESI_MUST_CHECK;
/* A ticket's summary and description folded, with a space between them: a folded word, which has no
 * space, stands in it where it stands in one of them. For stores that can't fold by themselves. */
esi_err facts_fold(const char *summary, const char *description, esi_arena *arena, const char **out,
                   esi_error *err) ESI_MUST_CHECK;

#endif
