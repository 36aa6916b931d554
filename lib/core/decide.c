#include "core/decide.h"

#include <string.h>

#include "base/error.h"
#include "core/decide_parts.h"

static const char *const origin = "core/decide";

/* ---- small things ---------------------------------------------------------------------------- */

void decide_raise(struct decision *decision, esi_tier tier, esi_severity severity, bool escalate) {
    decision->tier = tier > decision->tier ? tier : decision->tier;
    decision->severity = severity > decision->severity ? severity : decision->severity;
    if (escalate) {
        decision->escalate = true;
        decision->ticket = true;
    }
}

esi_err deciding_name(struct deciding *d, struct view rule) {
    struct decision *decision = &d->decision;
    if (!rule.p) {
        return fail_memory(d->err, origin);
    }
    for (size_t i = 0; i < decision->rule_count; i++) {
        if (view_eq(decision->rules[i], rule)) {
            return ESI_OK;
        }
    }
    if (decision->rule_count < DECISION_RULES_MAX) {
        decision->rules[decision->rule_count++] = rule;
    }
    return ESI_OK;
}

static esi_err name_policy(struct deciding *d, const char *id) {
    return deciding_name(d, view_of(arena_printf(d->arena, "policy:%s", id)));
}

static const char *kind_of(esi_act act) {
    return act == ESI_ACT_TROUBLE ? "trouble" : act == ESI_ACT_REQUEST ? "request" : "question";
}

/* ---- category -------------------------------------------------------------------------------- */

static esi_err category_of_words(struct deciding *d, struct view *out) {
    const struct view words = d->in->issue ? d->in->issue->query : (struct view){0};
    if (words.n == 0) {
        return ESI_OK;
    }
    struct text_folded folded;
    const struct policy_category *category = NULL;
    esi_err code = text_fold(words, d->arena, &folded, d->err);
    if (code == ESI_OK) {
        code = policy_category(d->in->policy, (struct view){folded.p, folded.n}, &category, d->err);
    }
    if (code == ESI_OK && category) {
        *out = view_of(category->id);
    }
    return code;
}

static void category_of_tags(const struct deciding *d, struct view *out) {
    for (size_t i = 0; i < d->in->passage_count && out->n == 0; i++) {
        struct view tags = d->in->passages[i].tags;
        struct view tag;
        while (section_usable(&d->in->passages[i]) && out->n == 0 && view_split(&tags, ' ', &tag)) {
            const struct policy_category *category = policy_category_of_tag(d->in->policy, tag);
            *out = category && tag.n > 0 ? view_of(category->id) : *out;
        }
    }
}

static esi_err read_category(struct deciding *d) {
    struct view category = d->in->issue ? d->in->issue->category : (struct view){0};
    const bool settled = d->in->issue && d->in->issue->escalated; /* its ticket has it */
    if (category.n == 0 || (view_eq(category, VIEW("general")) && !settled)) {
        category = (struct view){0};
        const esi_err code = category_of_words(d, &category);
        if (code != ESI_OK) {
            return code;
        }
        category_of_tags(d, &category);
    }
    d->decision.category = category.n > 0 ? category : VIEW("general");
    return ESI_OK;
}

/* ---- the policy's triage --------------------------------------------------------------------- */

static bool rule_holds(const struct deciding *d, const struct policy_triage *rule) {
    const struct issue *issue = d->in->issue;
    const int32_t tries = issue ? issue->failed_tries : 0;
    const int32_t own = d->allowed_tries > 0 ? d->allowed_tries : d->in->policy->tries;
    const int32_t needed = rule->failed_tries < 0 ? (own > 0 ? own : 1) : rule->failed_tries;
    const esi_coverage coverage = d->in->coverage ? d->in->coverage->outcome : ESI_COVERAGE_NULL;
    if (rule->acts != 0 && !(rule->acts & (1u << d->act))) {
        return false;
    }
    if (rule->coverages != 0 && !(rule->coverages & (1u << coverage))) {
        return false;
    }
    /* the policy's key decides whether a gap becomes a ticket */
    if (rule->coverages == 1u << ESI_COVERAGE_NONE && !d->in->policy->uncovered_ticket) {
        return false;
    }
    const bool spent = tries >= needed || (rule->failed_tries < 0 && d->tries_spent);
    return (d->signals & rule->all) == rule->all && (rule->any == 0 || (d->signals & rule->any)) &&
           !(d->signals & rule->none) && spent &&
           (issue ? issue->vague_rounds : 0) >= rule->vague_rounds &&
           (!rule->category || view_eq(view_of(rule->category), d->decision.category));
}

static esi_err apply_policy(struct deciding *d) {
    for (size_t i = 0; i < d->in->policy->triage_count; i++) {
        const struct policy_triage *rule = &d->in->policy->triage[i];
        if (!rule_holds(d, rule)) {
            continue;
        }
        decide_raise(&d->decision, rule->tier, rule->severity, rule->escalate);
        d->decision.ticket |= rule->ticket;
        const esi_err code = name_policy(d, rule->id);
        if (code != ESI_OK) {
            return code;
        }
    }
    return ESI_OK;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static esi_err decide_guardrail(struct deciding *d) {
    const struct policy_rule *rule = d->in->verdict->rule;
    struct decision *decision = &d->decision;
    decision->kind = "guardrail";
    decision->category = rule ? view_of(rule->category) : VIEW("general");
    if (!rule) {
        return ESI_OK;
    }
    decide_raise(decision, rule->tier, rule->severity, rule->escalate);
    decision->ticket |= rule->ticket;
    return name_policy(d, rule->id);
}

static esi_err decide_uncovered(struct deciding *d) {
    d->decision.kind = "uncovered";
    if (!d->in->policy->uncovered_ticket) {
        return ESI_OK;
    }
    decide_raise(&d->decision, ESI_TIER_1, ESI_SEVERITY_LOW, true);
    return name_policy(d, "uncovered");
}

/* What earlier turns of the issue decided holds until it is closed. */
static esi_err keep_issue(struct deciding *d) {
    const struct issue *issue = d->in->issue;
    if (!issue ||
        (!issue->escalated && issue->tier == ESI_TIER_0 && issue->severity == ESI_SEVERITY_LOW)) {
        return ESI_OK;
    }
    decide_raise(&d->decision, issue->tier, issue->severity, issue->escalated);
    esi_err code = ESI_OK;
    for (size_t i = 0; i < issue->rule_count && code == ESI_OK; i++) {
        code = deciding_name(d, issue->rules[i]);
    }
    return code;
}

static bool is_phatic(const struct decide_in *in) {
    const esi_act act = in->reading->act;
    return !in->issue && (act == ESI_ACT_GREETING || act == ESI_ACT_THANKS ||
                          act == ESI_ACT_SMALLTALK || act == ESI_ACT_ANSWER);
}

static esi_err decide_issue(struct deciding *d) {
    const struct decide_in *in = d->in;
    const esi_coverage coverage = in->coverage ? in->coverage->outcome : ESI_COVERAGE_NULL;
    d->act = in->issue ? in->issue->act : in->reading->act;
    d->signals = (in->issue ? in->issue->signals : 0) | in->reading->signals;
    d->decision.kind = kind_of(d->act);
    esi_err code = heard_read(in->policy, in->issue, in->reading, (struct view){0}, in->role,
                              d->arena, &d->heard, d->err);
    d->uses = ARENA_ARRAY(d->arena, in->passage_count + 1, enum section_use);
    if (code == ESI_OK && !d->uses) {
        code = fail_memory(d->err, origin);
    }
    if (code == ESI_OK) {
        code = sections_read(d->heard, in->passages, in->passage_count, d->uses, d->err);
    }
    if (code == ESI_OK) {
        deciding_tries(d);
        if (in->reasons) {
            in->reasons->uses = d->uses;
            in->reasons->tries = in->issue ? in->issue->failed_tries : 0;
            in->reasons->tries_allowed =
                d->allowed_tries > 0 ? d->allowed_tries : in->policy->tries;
        }
        code = apply_policy(d);
    }
    const bool wish = in->reading->wants_person && in->reading->topic_count == 0;
    if (code == ESI_OK && coverage == ESI_COVERAGE_NONE && !wish) {
        code = decide_uncovered(d);
    }
    /* Information stays with the desk, whatever conditions its section states. */
    const bool acts = d->act == ESI_ACT_TROUBLE || d->act == ESI_ACT_REQUEST;
    if (code == ESI_OK && acts) {
        code = deciding_sections(d, coverage == ESI_COVERAGE_COVERED);
        code = code == ESI_OK ? apply_policy(d) : code; /* what the sections call it counts */
    }
    return code == ESI_OK ? keep_issue(d) : code;
}

esi_err decide_turn(const struct decide_in *in, esi_arena *arena, struct decision *out,
                    esi_error *err) {
    struct deciding d = {.in = in, .arena = arena, .err = err};
    esi_err code = ESI_OK;
    if (in->verdict && in->verdict->kind != VERDICT_PASS) {
        code = decide_guardrail(&d);
    } else {
        d.decision.kind = kind_of(in->reading->act);
        code = read_category(&d);
        if (code == ESI_OK && in->closes) {
            code = name_policy(&d, "solved");
        } else if (code == ESI_OK && !is_phatic(in)) {
            code = decide_issue(&d);
        }
    }
    if (code == ESI_OK) {
        if (d.decision.escalate) {
            d.decision.ticket = true;
            d.decision.open_condition = NULL;
        }
        *out = d.decision;
    }
    return code;
}
