/* guardrail_view.h: the disguises that a text may wear, and what a sentence does with an action.
 * Private to core/guardrail. */
#ifndef ESIHELP_CORE_GUARDRAIL_VIEW_H
#define ESIHELP_CORE_GUARDRAIL_VIEW_H

#include "base/arena.h"
#include "base/text.h"
#include "core/guardrail_site.h"
#include "core/policy.h"

#define GUARDRAIL_VIEWS_MAX 9 /* seven of disguises and one of other words fit */

struct guardrail_view {
    const char *name; /* "text", "folded", "reworded", "despaced", "decoded", "reversed" */
    struct text_folded text;
};

/* All views of a text that differ from those before them; the first is the folded text itself, and
 * *plain the last that is no more than folded. Errors: ESI_ENOMEM. */
esi_err guardrail_views(struct view text, esi_arena *arena, struct guardrail_view *out,
                        size_t *count, size_t *plain, esi_error *err) ESI_MUST_CHECK;

struct guardrail_words {
    const struct policy *policy;
    const struct guardrail_site *site; /* NULL: none */
    struct pattern_scan *scan;
};

/* The same in the policy's words: slips of the pen mended, a site's own words ("barkd") and phrases
 * ("the guy behind me") replaced by what they mean. The scan must have seen `in`; it is left with
 * another text. *differs tells whether *out is anything else than `in`. In guardrail_reword.c.
 * Errors: ESI_ENOMEM. */
esi_err guardrail_reword(const struct guardrail_words *words, const struct text_folded *in,
                         esi_arena *arena, struct text_folded *out, bool *differs,
                         esi_error *err) ESI_MUST_CHECK;

/* The part of the source that a piece of a view came from. */
struct view guardrail_source(const struct guardrail_view *view, struct view source, size_t from,
                             size_t to);

/* What the sentence around a match does with it: one of policy_intent. */
enum policy_intent guardrail_intent(const struct policy *policy, struct pattern_scan *scan,
                                    struct view text, const struct pattern_match *match);

/* What goes with a match when it is refused, for cutting it out: its clause with the reasons and
 * excuses that belong to it, and no more of the sentence where the rest of that can stand alone.
 * What is left has no joint at its end. In guardrail_cut.c. */
void guardrail_clause(struct view text, const struct pattern_match *match, size_t *from,
                      size_t *to);

/* The part of a match's sentence that says what its action is done to and where: up to where "and
 * how do I ..." begins another. What lifts a rule must stand in it. */
void guardrail_stretch(struct view text, const struct pattern_match *match, size_t *from,
                       size_t *to);

#endif
