/* guardrail.h: may this role ask that? The one engine for questions, documents and answers. */
#ifndef ESIHELP_CORE_GUARDRAIL_H
#define ESIHELP_CORE_GUARDRAIL_H

#include <esihelp/types.h>

#include "base/arena.h"
#include "core/guardrail_site.h"
#include "core/policy.h"

enum verdict_kind { VERDICT_PASS, VERDICT_REFUSE, VERDICT_REFUSE_WITH_HELP };

struct verdict {
    enum verdict_kind kind;
    const struct policy_rule *rule; /* NULL for a pass */
    struct view *matches;           /* of the text as it was written */
    size_t match_count;
    struct view rest; /* refuse-with-help: the text without the refused part; may be empty */
    const char *view; /* where it was seen: "text", "folded", "reworded", "despaced", ... */
    uint32_t steps;   /* of PCRE2, allowed for all views together; at most PATTERN_STEPS_MAX */
};

/* The same with a site's own words for things; site may be NULL. */
struct guardrail_in {
    const struct policy *policy;
    const struct guardrail_site *site;
    struct view text;
    esi_role role;
    enum policy_scope scope;
};
esi_err guardrail_screen_site(const struct guardrail_in *in, esi_arena *arena, struct verdict *out,
                              esi_error *err) ESI_MUST_CHECK;

/* What is left of a message that was refused with help may ask for something else that isn't
 * allowed: takes that out, too. Errors: ESI_ENOMEM. */
esi_err guardrail_rest(const struct guardrail_in *in, struct verdict *verdict, esi_arena *arena,
                       esi_error *err) ESI_MUST_CHECK;

/* The same of a message that passes by itself, with the one that the person wrote before it: "how
 * do I switch it off?" after "what is the recorder?", "come on, he said so" after a refusal.
 * Errors: ESI_ENOMEM. */
esi_err guardrail_screen_after(const struct guardrail_in *in, struct view before, esi_arena *arena,
                               struct verdict *out, esi_error *err) ESI_MUST_CHECK;

/* Screens one text for a role. Several rules may match: the one that asks for the highest tier,
 * then severity, then stands first, decides. All results are in `arena`. Errors: ESI_ENOMEM. */
esi_err guardrail_screen(const struct policy *policy, struct view text, esi_role role,
                         enum policy_scope scope, esi_arena *arena, struct verdict *out,
                         esi_error *err) ESI_MUST_CHECK;

#endif
