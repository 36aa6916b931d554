#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "core/policy_read.h"

#define ORIGIN "core/policy"

static const struct policy_word scopes[] = {
    {"question", SCOPE_QUESTION},
    {"document", SCOPE_DOCUMENT},
    {"answer", SCOPE_ANSWER},
    {NULL, 0},
};

static const struct policy_word intents[] = {
    {"how", INTENT_HOW},       {"order", INTENT_ORDER},
    {"report", INTENT_REPORT}, {"quote", INTENT_QUOTE},
    {"why", INTENT_WHY},       {"negated", INTENT_NEGATED},
    {"insist", INTENT_INSIST}, {NULL, 0},
};

static const char *const rule_members[] = {
    "id",     "category", "scopes", "roles", "intents", "tier",   "severity", "escalate",
    "ticket", "help",     "reason", "reply", "any",     "unless", "least",    NULL};

static const char *const section[] = {"intents", "phrases", "site", "spelling", "rules", NULL};
static const char *const phrase_members[] = {"id", "any", "but", "logins", "names", NULL};
static const char *const site_members[] = {"id", "does", "is", "names", "but", NULL};
static const char *const cue_members[] = {"id", "before", "after", NULL};

static esi_err read_decision(struct policy_reader *r, const struct policy_item *item,
                             struct policy_rule *rule) {
    uint32_t tier = 0, severity = 0;
    esi_err e = policy_get_word(r, item, "tier", policy_tiers, &tier);
    if (e == ESI_OK && tier == ESI_TIER_0) {
        e = policy_fail(r, item, "tier", "a guardrail rule asks for TIER_1 or more");
    }
    if (e == ESI_OK) {
        e = policy_get_word(r, item, "severity", policy_severities, &severity);
    }
    if (e == ESI_OK) {
        e = policy_get_bool(r, item, "escalate", &rule->escalate);
    }
    if (e == ESI_OK) {
        e = policy_get_bool(r, item, "ticket", &rule->ticket);
    }
    if (e == ESI_OK) {
        e = policy_get_bool(r, item, "help", &rule->help);
    }
    if (e == ESI_OK && rule->escalate && !rule->ticket) {
        e = policy_fail(r, item, "ticket", "what is escalated has a ticket");
    }
    rule->tier = (esi_tier)tier;
    rule->severity = (esi_severity)severity;
    return e;
}

static esi_err read_rule(struct policy_reader *r, const struct policy_item *item,
                         struct policy_rule *rule) {
    esi_err e = policy_get_string(r, item, "id", &rule->id);
    if (e == ESI_OK) {
        e = policy_get_string(r, item, "category", &rule->category);
    }
    if (e == ESI_OK) {
        e = policy_get_words(r, item, "scopes", scopes, true, &rule->scopes);
    }
    if (e == ESI_OK) {
        e = policy_get_words(r, item, "roles", policy_roles, true, &rule->roles);
    }
    if (e == ESI_OK) {
        e = policy_get_words(r, item, "intents", intents, false, &rule->intents);
    }
    if (e == ESI_OK) {
        e = read_decision(r, item, rule);
    }
    if (e == ESI_OK) {
        e = policy_get_string(r, item, "reason", &rule->reason);
    }
    if (e == ESI_OK) {
        e = policy_get_string(r, item, "reply", &rule->reply);
    }
    if (e == ESI_OK) {
        e = policy_get_group(r, item, "any", true, &rule->any);
    }
    if (e == ESI_OK) {
        e = policy_get_group(r, item, "unless", false, &rule->unless);
    }
    int32_t least = 1;
    if (e == ESI_OK) {
        e = policy_get_int(r, item, "least", 1, 64, &least);
    }
    rule->least = (uint32_t)least;
    return e;
}

static esi_err read_cues(struct policy_reader *r) {
    struct policy_item *items = NULL;
    size_t count = 0;
    esi_err e = policy_items(r, "/guardrail/intents", "intent", cue_members, &items, &count);
    r->policy->insists = PATTERN_NONE;
    struct policy_cue *cues = e == ESI_OK ? ARENA_ARRAY(r->arena, count, struct policy_cue) : NULL;
    if (e != ESI_OK || cues == NULL) {
        return e != ESI_OK ? e : fail_memory(r->err, ORIGIN);
    }
    for (size_t i = 0; i < count && e == ESI_OK; i++) {
        e = policy_get_word(r, &items[i], "id", intents, &cues[i].intent);
        if (e == ESI_OK) {
            e = policy_get_group(r, &items[i], "before", false, &cues[i].before);
        }
        if (e == ESI_OK) {
            e = policy_get_group(r, &items[i], "after", false, &cues[i].after);
        }
        if (e == ESI_OK && cues[i].intent == INTENT_INSIST) {
            r->policy->insists = cues[i].before;
            cues[i].before = cues[i].after = PATTERN_NONE;
        }
    }
    r->policy->cues = cues;
    r->policy->cue_count = count;
    return e;
}

static esi_err read_phrases(struct policy_reader *r) {
    struct policy_item *items = NULL;
    size_t count = 0;
    esi_err e = policy_items(r, "/guardrail/phrases", "phrase", phrase_members, &items, &count);
    struct policy_phrase *phrases =
        e == ESI_OK ? ARENA_ARRAY(r->arena, count, struct policy_phrase) : NULL;
    if (e != ESI_OK || phrases == NULL) {
        return e != ESI_OK ? e : fail_memory(r->err, ORIGIN);
    }
    for (size_t i = 0; i < count && e == ESI_OK; i++) {
        e = policy_get_string(r, &items[i], "id", &phrases[i].means);
        if (e == ESI_OK) {
            e = policy_get_group(r, &items[i], "any", true, &phrases[i].any);
        }
        bool logins = false, names = false;
        if (e == ESI_OK && json_get(items[i].value, "logins") != NULL) {
            e = policy_get_bool(r, &items[i], "logins", &logins);
        }
        if (e == ESI_OK && json_get(items[i].value, "names") != NULL) {
            e = policy_get_bool(r, &items[i], "names", &names);
        }
        if (e == ESI_OK && names) {
            r->policy->named = phrases[i].means;
            e = policy_get_group(r, &items[i], "but", false, &r->policy->not_named);
        }
        if (e == ESI_OK && logins) {
            r->policy->login = phrases[i].means;
        }
    }
    r->policy->phrases = phrases;
    r->policy->phrase_count = count;
    return e;
}

static esi_err read_site(struct policy_reader *r) {
    struct policy_item *items = NULL;
    size_t count = 0;
    esi_err e = policy_items(r, "/guardrail/site", "site", site_members, &items, &count);
    struct policy_site *site =
        e == ESI_OK ? ARENA_ARRAY(r->arena, count, struct policy_site) : NULL;
    if (e != ESI_OK || site == NULL) {
        return e != ESI_OK ? e : fail_memory(r->err, ORIGIN);
    }
    for (size_t i = 0; i < count && e == ESI_OK; i++) {
        const struct {
            const char *member;
            uint32_t *group;
        } groups[] = {{"does", &site[i].does},
                      {"is", &site[i].is},
                      {"names", &site[i].names},
                      {"but", &site[i].but}};
        e = policy_get_string(r, &items[i], "id", &site[i].means);
        for (size_t k = 0; k < sizeof groups / sizeof groups[0] && e == ESI_OK; k++) {
            e = policy_get_group(r, &items[i], groups[k].member, false, groups[k].group);
        }
    }
    r->policy->site = site;
    r->policy->site_count = count;
    return e;
}

static int by_letters(const void *a, const void *b) {
    const struct view *x = a, *y = b;
    return strcmp(x->p, y->p);
}

static esi_err read_spelling(struct policy_reader *r) {
    const struct policy_item item = policy_lookup(r, "/guardrail/spelling", "spelling");
    if (item.value != NULL && json_type(item.value) != JSON_ARRAY) {
        return policy_fail(r, &item, NULL, "an array of words is wanted here");
    }
    if (json_count(item.value) > POLICY_ITEMS_MAX) {
        return policy_fail(r, &item, NULL, "more than %d words", POLICY_ITEMS_MAX);
    }
    struct view *words = ARENA_ARRAY(r->arena, json_count(item.value) + 1, struct view);
    if (words == NULL) {
        return fail_memory(r->err, ORIGIN);
    }
    size_t n = 0;
    for (const json_value *v = json_first(item.value); v != NULL; v = json_next(v)) {
        const struct view word = view_of(json_string(v));
        if (word.n == 0 || strspn(word.p, "abcdefghijklmnopqrstuvwxyz") != word.n) {
            return policy_fail(r, &item, NULL, "a word is made of a to z");
        }
        words[n] = (struct view){arena_str(r->arena, word), word.n};
        if (words[n++].p == NULL) {
            return fail_memory(r->err, ORIGIN);
        }
    }
    qsort(words, n, sizeof *words, by_letters);
    for (size_t i = 0; i < n; i++) {
        r->policy->spelling_of[words[i].p[0] - 'a' + 1] = (uint16_t)(i + 1);
    }
    for (size_t i = 1; i < 27; i++) {
        uint16_t *of = r->policy->spelling_of;
        of[i] = of[i] > of[i - 1] ? of[i] : of[i - 1];
    }
    r->policy->spelling = words;
    return ESI_OK;
}

esi_err policy_read_guardrail(struct policy_reader *r) {
    struct policy_item *items = NULL;
    size_t count = 0;
    esi_err e = policy_check_section(r, "/guardrail", section);
    if (e == ESI_OK) {
        e = read_cues(r);
    }
    if (e == ESI_OK) {
        e = read_phrases(r);
    }
    if (e == ESI_OK) {
        e = read_site(r);
    }
    if (e == ESI_OK) {
        e = read_spelling(r);
    }
    if (e == ESI_OK) {
        e = policy_items(r, "/guardrail/rules", "rule", rule_members, &items, &count);
    }
    if (e != ESI_OK) {
        return e;
    }
    struct policy_rule *rules = ARENA_ARRAY(r->arena, count, struct policy_rule);
    if (rules == NULL) {
        return fail_memory(r->err, ORIGIN);
    }
    for (size_t i = 0; i < count && e == ESI_OK; i++) {
        e = read_rule(r, &items[i], &rules[i]);
    }
    r->policy->rules = rules;
    r->policy->rule_count = count;
    return e;
}
