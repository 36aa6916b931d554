#include "core/decide.h"

#include <string.h>

#include "base/error.h"
#include "core/sections.h"

static const char *const origin = "core/decide";

#define SAME_CASE 0.6    /* share of a condition's words that another one has, too */
#define NEAR_SCORE 0.6   /* of the best section's score */
#define SUBJECT_MAX 2048 /* bytes of a section's headings and symptoms */

struct deciding {
    const struct decide_in *in;
    struct heard *heard;
    esi_act act;
    uint64_t signals;
    enum section_use *uses; /* one per passage */
    int32_t allowed_tries;  /* of the sections that answer; 0: they don't say */
    struct decision decision;
    const struct note_item
        *held;                  /* fixes that this stays low, whatever other documents say; NULL */
    esi_severity open_severity; /* what the open condition would raise to */
    esi_tier open_tier;
    esi_arena *arena;
    esi_error *err;
};

/* ---- small things ---------------------------------------------------------------------------- */

void decide_raise(struct decision *decision, esi_tier tier, esi_severity severity, bool escalate) {
    decision->tier = tier > decision->tier ? tier : decision->tier;
    decision->severity = severity > decision->severity ? severity : decision->severity;
    if (escalate) {
        decision->escalate = true;
        decision->ticket = true;
    }
}

static esi_err name_rule(struct deciding *d, struct view rule) {
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
    return name_rule(d, view_of(arena_printf(d->arena, "policy:%s", id)));
}

static esi_err name_section(struct deciding *d, const struct passage *p) {
    struct view section = p->heading;
    for (size_t at = view_find(section, VIEW(" > "), 0); at != SIZE_MAX;
         at = view_find(section, VIEW(" > "), 0)) {
        section = view_slice(section, at + 3, section.n);
    }
    return name_rule(d, view_of(arena_printf(d->arena, "kb:%.*s#%.*s", (int)p->document_id.n,
                                             p->document_id.p, (int)section.n, section.p)));
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
    return (d->signals & rule->all) == rule->all && (rule->any == 0 || (d->signals & rule->any)) &&
           !(d->signals & rule->none) && tries >= needed &&
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

/* ---- what the sections say ------------------------------------------------------------------- */

static bool acts_on_tier(const struct note_item *item) {
    return (item->actions & (NOTE_ESCALATE | NOTE_SET_TIER | NOTE_SET_SEVERITY | NOTE_TICKET)) != 0;
}

static esi_err obey(struct deciding *d, const struct passage *passage,
                    const struct note_item *item) {
    const bool escalate = (item->actions & NOTE_ESCALATE) != 0;
    esi_tier tier = item->actions & NOTE_SET_TIER ? item->tier : ESI_TIER_0;
    if (escalate && tier < ESI_TIER_1) {
        tier = ESI_TIER_1;
    }
    const esi_severity severity =
        item->actions & NOTE_SET_SEVERITY ? item->severity : ESI_SEVERITY_LOW;
    decide_raise(&d->decision, tier, severity, escalate);
    d->decision.ticket |= (item->actions & NOTE_TICKET) != 0;
    return name_section(d, passage);
}

/* Kept for who asks why. */
static void keep_reason(struct deciding *d, const struct passage *passage,
                        const struct note_item *item, enum condition_state state) {
    struct decide_reasons *reasons = d->in->reasons;
    if (reasons && reasons->count < DECIDE_REASONS_MAX) {
        reasons->items[reasons->count++] = (struct decide_reason){passage, item, state};
    }
}

/* Would a "yes" to this condition raise more than what is decided or open so far? */
static void keep_open(struct deciding *d, const struct note_item *item) {
    const bool raises =
        ((item->actions & NOTE_ESCALATE) && !d->decision.escalate) ||
        ((item->actions & NOTE_SET_TIER) && item->tier > d->decision.tier) ||
        ((item->actions & NOTE_SET_SEVERITY) && item->severity > d->decision.severity);
    const bool more = !d->decision.open_condition || item->severity > d->open_severity ||
                      (item->severity == d->open_severity && item->tier > d->open_tier);
    if (raises && more) {
        d->decision.open_condition = item;
        d->open_severity = item->severity;
        d->open_tier = item->tier;
    }
}

static bool was_asked(const struct deciding *d, const struct note_item *item) {
    const struct view question = heard_question(item, d->arena);
    for (size_t i = 0; d->in->issue && i < d->in->issue->asked_count; i++) {
        if (view_eq(d->in->issue->asked[i], question)) {
            return true;
        }
    }
    return false;
}

/* "A slow machine is LOW and stays with Tier 0." */
static bool keeps_low(const struct note_item *item) {
    const bool tier = (item->actions & NOTE_SET_TIER) && item->tier > ESI_TIER_0;
    const bool severity = (item->actions & NOTE_SET_SEVERITY) && item->severity > ESI_SEVERITY_LOW;
    return !(item->actions & (NOTE_ESCALATE | NOTE_TICKET)) && !tier && !severity;
}

/* Does the rule for tiers keep low what the item would raise? */
static esi_err is_held(struct deciding *d, const struct passage *passage,
                       const struct note_item *item, bool *out) {
    struct stems low;
    struct stems high;
    *out = false;
    if (!d->held || passage->ruling) {
        return ESI_OK;
    }
    esi_err code = stems_read(d->held->condition, d->arena, &low, d->err);
    if (code == ESI_OK) {
        code = stems_read(item->condition, d->arena, &high, d->err);
    }
    *out = code == ESI_OK && stems_share(&high, &low) >= SAME_CASE;
    return code;
}

/* Of a section that doesn't handle the issue only what was said in so many words acts. What the
 * rule for tiers keeps low is raised by tries that failed, and by no other section's word. */
static esi_err may_act(struct deciding *d, const struct passage *passage, enum section_use use,
                       const struct note_item *item, bool *out) {
    bool held = false;
    bool waits = false;
    esi_err code = is_held(d, passage, item, &held);
    if (code == ESI_OK && (use < SECTION_WITH || held)) {
        code = heard_waits(d->heard, item, &waits, d->err);
    }
    *out = (use >= SECTION_WITH || (item->condition.n > 0 && !waits)) && (!held || waits);
    return code;
}

/* What a section is about: its title, its heading, and the symptoms of the case that is meant. */
static esi_err read_subject(struct deciding *d, const struct passage *passage, const bool *in,
                            struct stems *out) {
    struct buf text;
    buf_init(&text, SUBJECT_MAX);
    buf_add(&text, passage->title);
    buf_char(&text, '\n');
    buf_add(&text, passage->heading);
    for (size_t i = 0; i < passage->note.count; i++) {
        if (in[i] && passage->note.items[i].kind == NOTE_SYMPTOM) {
            buf_char(&text, '\n');
            buf_add(&text, passage->note.items[i].text);
        }
    }
    const bool failed = text.failed && !text.too_long;
    const char *copy = failed ? NULL : arena_str(d->arena, buf_view(&text));
    buf_clear(&text);
    return copy ? stems_read(view_of(copy), d->arena, out, d->err) : fail_memory(d->err, origin);
}

/* Does what the item says, as its condition stands. */
static esi_err apply_item(struct deciding *d, const struct passage *passage,
                          const struct note_item *item, const struct stems *subject) {
    enum condition_state state = CONDITION_OPEN;
    esi_err code = heard_condition_of(d->heard, &passage->note, subject, item, &state, d->err);
    keep_reason(d, passage, item, state);
    if (code == ESI_OK && state == CONDITION_MET && passage->ruling && keeps_low(item)) {
        d->held = item;
        code = name_section(d, passage);
    } else if (code == ESI_OK && state == CONDITION_MET) {
        code = obey(d, passage, item);
    } else if (code == ESI_OK && state == CONDITION_OPEN && subject && heard_can_ask(item) &&
               !was_asked(d, item)) {
        keep_open(d, item);
    }
    return code;
}

static esi_err apply_passage(struct deciding *d, const struct passage *passage,
                             enum section_use use) {
    struct stems subject;
    bool *in = ARENA_ARRAY(d->arena, passage->note.count + 1, bool);
    if (!in) {
        return fail_memory(d->err, origin);
    }
    esi_err code = heard_focus(d->heard, &passage->note, in, d->err);
    if (code == ESI_OK) {
        code = read_subject(d, passage, in, &subject);
    }
    for (size_t i = 0; code == ESI_OK && i < passage->note.count; i++) {
        const struct note_item *item = &passage->note.items[i];
        const bool keeps = passage->ruling && keeps_low(item) && item->condition.n > 0;
        bool may = false;
        if (!in[i] || item->kind != NOTE_WHEN || !(acts_on_tier(item) || keeps) ||
            !heard_role(item->roles, d->in->role)) {
            continue;
        }
        code = may_act(d, passage, use, item, &may);
        if (code == ESI_OK && may) {
            code = apply_item(d, passage, item, use >= SECTION_WITH ? &subject : NULL);
        }
    }
    return code;
}

/* A section that was found next to the best, though coverage doesn't count on it: what was said in
 * so many words acts. */
static bool is_near(const struct deciding *d, const struct passage *passage) {
    double best = 0;
    for (size_t i = 0; i < d->in->passage_count; i++) {
        const double score = d->in->passages[i].score;
        best = score > best ? score : best;
    }
    return section_current(passage) && !passage->referred && passage->score >= NEAR_SCORE * best;
}

/* What the rule for tiers fixes goes before what the sections say. */
static esi_err apply_passages(struct deciding *d, bool covered) {
    esi_err code = ESI_OK;
    for (size_t i = 0; i < d->in->passage_count && code == ESI_OK; i++) {
        const struct passage *p = &d->in->passages[i];
        if (p->ruling && section_current(p)) {
            code = apply_passage(d, p, d->uses[i]);
        }
    }
    for (size_t i = 0; covered && i < d->in->passage_count && code == ESI_OK; i++) {
        const struct passage *p = &d->in->passages[i];
        if (!p->ruling && (d->uses[i] != SECTION_NONE || is_near(d, p))) {
            code = apply_passage(d, p, d->uses[i]);
        }
    }
    return code;
}

/* How many failed tries the sections that handle it allow. */
static void read_tries(struct deciding *d) {
    for (size_t i = 0; i < d->in->passage_count; i++) {
        const struct note *note = &d->in->passages[i].note;
        for (size_t k = 0; k < note->count && d->uses[i] >= SECTION_WITH; k++) {
            const struct note_item *item = &note->items[k];
            const bool fewer = d->allowed_tries == 0 || item->tries < d->allowed_tries;
            if (item->kind == NOTE_WHEN && item->tries > 0 && (item->actions & NOTE_ESCALATE) &&
                heard_role(item->roles, d->in->role) && fewer) {
                d->allowed_tries = item->tries;
            }
        }
    }
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
        code = name_rule(d, issue->rules[i]);
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
        read_tries(d);
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
        code = apply_passages(d, coverage == ESI_COVERAGE_COVERED);
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
