/* guardrail_site.h: what a site calls the things that the rules speak of. Its documents say that
 * "Barkd is the logging service" and that "every student has a bench": who wants barkd stopped
 * means the logging, and somebody's bench is somebody's workspace. */
#ifndef ESIHELP_CORE_GUARDRAIL_SITE_H
#define ESIHELP_CORE_GUARDRAIL_SITE_H

#include <esihelp/types.h>

#include "base/arena.h"
#include "core/index.h"
#include "core/policy.h"

#define SITE_WORDS_MAX 128 /* of all documents */
#define SITE_SECTION_MAX 32
#define SITE_WORD_BYTES 40

struct site_word {
    struct view word;  /* folded: "barkd", "black box" */
    struct view means; /* an id of the policy's `site` */
};

/* Words in order of their first letter, the longer ones first. */
struct guardrail_site {
    struct site_word *words;
    size_t count;
    const struct index *index; /* whose words are no names of persons; NULL: nothing is known */
    uint16_t first[27]; /* where those of each first letter begin, and the end; others than a to z
                           aren't kept */
};

/* The names that a section's Markdown gives, headings and all. Errors: ESI_ENOMEM. */
esi_err site_read(const struct policy *policy, struct view text, esi_arena *arena,
                  struct site_word **out, size_t *out_count, esi_error *err) ESI_MUST_CHECK;

/* Puts them in order; of two that say the same one is kept. `words` is changed and borrowed. */
void site_sort(struct site_word *words, size_t count, struct guardrail_site *out);

/* The word that stands at a place of a folded text, alone or in the plural; its end, or 0. */
size_t site_find(const struct guardrail_site *site, struct view text, size_t at,
                 struct view *means);

#endif
