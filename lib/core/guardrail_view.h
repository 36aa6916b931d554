/* guardrail_view.h: the disguises that a text may wear, and what a sentence does with an action.
 * Private to core/guardrail. */
#ifndef ESIHELP_CORE_GUARDRAIL_VIEW_H
#define ESIHELP_CORE_GUARDRAIL_VIEW_H

#include "base/arena.h"
#include "base/text.h"
#include "core/policy.h"

#define GUARDRAIL_VIEWS_MAX 8

struct guardrail_view {
    const char *name; /* "text", "folded", "despaced", "decoded", "reversed" */
    struct text_folded text;
};

/* All views of a text that differ from those before them; the first is the folded text itself.
 * Errors: ESI_ENOMEM. */
esi_err guardrail_views(struct view text, esi_arena *arena, struct guardrail_view *out,
                        size_t *count, esi_error *err) ESI_MUST_CHECK;

/* The part of the source that a piece of a view came from. */
struct view guardrail_source(const struct guardrail_view *view, struct view source, size_t from,
                             size_t to);

/* What the sentence around a match does with it: one of policy_intent. */
enum policy_intent guardrail_intent(const struct policy *policy, struct pattern_scan *scan,
                                    struct view text, const struct pattern_match *match);

/* The clause around a match, for cutting it out: less than the sentence where the rest of that can
 * stand alone. */
void guardrail_clause(struct view text, const struct pattern_match *match, size_t *from,
                      size_t *to);

#endif
