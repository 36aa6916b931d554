/* meaning.h: a site's own words. Where its documents say that "a harvest is an assessed practical",
 * somebody in the middle of a harvest sits in an assessed practical. */
#ifndef ESIHELP_CORE_MEANING_H
#define ESIHELP_CORE_MEANING_H

#include <esihelp/types.h>

#include "base/arena.h"
#include "base/str.h"

#define MEANINGS_MAX 64 /* of one section */

struct meaning {
    struct view term; /* "Harvest" */
    struct view head; /* what it is, in a few words without an article: "assessed practical"; may be
                         empty where the roles are known */
    uint32_t roles;   /* of the people whom it names ("Marshal: the account type is instructor") */
};

/* The roles of the people that a text begins with, in the documents' words ("Marshals: ..."); 0:
 * with nobody that they name. */
uint32_t meaning_roles(const struct meaning *meanings, size_t count, struct view text);

/* The terms that a section's Markdown defines, with what it says that they are.
 * Errors: ESI_ENOMEM. */
esi_err meaning_read(struct view text, esi_arena *arena, struct meaning **out, size_t *out_count,
                     esi_error *err) ESI_MUST_CHECK;

/* The message with each term, in the singular or plural, put in the documents' words. *out is empty
 * where none of them is in it. Errors: ESI_ENOMEM. */
esi_err meaning_apply(const struct meaning *meanings, size_t count, struct view message,
                      esi_arena *arena, struct view *out, esi_error *err) ESI_MUST_CHECK;

#endif
