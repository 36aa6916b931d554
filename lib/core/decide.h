/* decide.h: category, tier, severity, escalation: by rule, before a word is written. */
#ifndef ESIHELP_CORE_DECIDE_H
#define ESIHELP_CORE_DECIDE_H

#include <esihelp/types.h>

#include "base/arena.h"
#include "core/coverage.h"
#include "core/guardrail.h"
#include "core/issue.h"
#include "core/note.h"
#include "core/passage.h"
#include "core/sections.h"

/* A condition that was looked at, for who asks why. */
struct decide_reason {
    const struct passage *passage;
    const struct note_item *item;
    enum condition_state state;
};

#define DECIDE_REASONS_MAX 32

/* What a decision was made from, beside the rules that it names. */
struct decide_reasons {
    struct decide_reason items[DECIDE_REASONS_MAX]; /* the first of them */
    size_t count;
    const enum section_use *uses; /* one per passage; NULL: the sections had no say */
    int32_t tries, tries_allowed; /* failed ones, and how many may fail */
};

struct decide_in {
    const struct policy *policy;
    const struct verdict *verdict;
    const struct reading *reading;
    const struct issue *issue; /* the current one, the turn taken in; NULL: none */
    bool closes;               /* the turn closes it: TIER_0, LOW */
    const struct coverage *coverage;
    const struct passage *passages;
    size_t passage_count;
    esi_role role;
    struct decide_reasons *reasons; /* filled where it isn't NULL; all zero before */
};

#define DECISION_RULES_MAX 16

struct decision {
    struct view category; /* "general" where nothing tells */
    esi_tier tier;
    esi_severity severity;
    bool escalate;
    bool ticket;      /* escalate always implies it */
    const char *kind; /* the ticket's kind: "trouble", "request", "question", "guardrail",
                             "uncovered" */
    struct view rules[DECISION_RULES_MAX]; /* "policy:lost-work", "kb:ID#section" */
    size_t rule_count;
    const struct note_item *open_condition; /* a WHEN that is neither met nor contradicted; NULL */
};

/* Same input, same result. Errors: ESI_ENOMEM. */
esi_err decide_turn(const struct decide_in *in, esi_arena *arena, struct decision *out,
                    esi_error *err) ESI_MUST_CHECK;

/* Raises, never lowers: for a model's labels and for a ticket that was joined. */
void decide_raise(struct decision *decision, esi_tier tier, esi_severity severity, bool escalate);

#endif
