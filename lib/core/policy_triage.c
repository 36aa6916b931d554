#include <string.h>

#include "base/error.h"
#include "core/policy_read.h"

#define ORIGIN "core/policy"

static const struct policy_word acts[] = {
    {"question", 1u << ESI_ACT_QUESTION},   {"trouble", 1u << ESI_ACT_TROUBLE},
    {"request", 1u << ESI_ACT_REQUEST},     {"answer", 1u << ESI_ACT_ANSWER},
    {"thanks", 1u << ESI_ACT_THANKS},       {"greeting", 1u << ESI_ACT_GREETING},
    {"smalltalk", 1u << ESI_ACT_SMALLTALK}, {NULL, 0},
};

static const struct policy_word coverages[] = {
    {"null", 1u << ESI_COVERAGE_NULL},
    {"covered", 1u << ESI_COVERAGE_COVERED},
    {"vague", 1u << ESI_COVERAGE_VAGUE},
    {"none", 1u << ESI_COVERAGE_NONE},
    {NULL, 0},
};

static const char *const signal_members[] = {"id",     "any",     "unless", "label",
                                             "always", "defined", NULL};
static const char *const category_members[] = {"id", "any", "tags", NULL};
static const char *const rule_members[] = {
    "id",           "acts",     "all",  "any",      "none",     "coverage", "failed_tries",
    "vague_rounds", "category", "tier", "severity", "escalate", "ticket",   NULL};
static const char *const keys[] = {"tries",           "vague_rounds",
                                   "join_minutes",    "uncovered_ticket",
                                   "model_may_raise", "unless",
                                   "signals",         "categories",
                                   "rules",           NULL};

/* What lifts every signal in its sentence. */
static esi_err read_unless(struct policy_reader *r) {
    struct policy_item item = policy_lookup(r, "/triage/unless", "triage");
    r->policy->signals_unless = PATTERN_NONE;
    if (item.value == NULL) {
        return ESI_OK;
    }
    item.pointer = "/triage";
    item.value = json_get(json_root(item.source->doc), "triage");
    return policy_get_group(r, &item, "unless", false, &r->policy->signals_unless);
}

static esi_err read_signals(struct policy_reader *r) {
    struct policy_item *items = NULL;
    size_t count = 0;
    esi_err e = policy_items(r, "/triage/signals", "signal", signal_members, &items, &count);
    if (e != ESI_OK) {
        return e;
    }
    if (count > POLICY_SIGNALS_MAX) {
        return policy_fail(r, &items[POLICY_SIGNALS_MAX], NULL, "more than %d signals",
                           POLICY_SIGNALS_MAX);
    }
    struct policy_signal *signals = ARENA_ARRAY(r->arena, count, struct policy_signal);
    if (signals == NULL) {
        return fail_memory(r->err, ORIGIN);
    }
    for (size_t i = 0; i < count && e == ESI_OK; i++) {
        e = policy_get_string(r, &items[i], "id", &signals[i].id);
        if (e == ESI_OK && json_get(items[i].value, "label") != NULL) {
            e = policy_get_string(r, &items[i], "label", &signals[i].label);
        }
        if (e == ESI_OK) {
            e = policy_get_group(r, &items[i], "any", true, &signals[i].any);
        }
        if (e == ESI_OK) {
            e = policy_get_group(r, &items[i], "unless", false, &signals[i].unless);
        }
        if (e == ESI_OK && json_get(items[i].value, "always") != NULL) {
            e = policy_get_bool(r, &items[i], "always", &signals[i].always);
        }
        if (e == ESI_OK && json_get(items[i].value, "defined") != NULL) {
            e = policy_get_bool(r, &items[i], "defined", &signals[i].defined);
        }
    }
    r->policy->signals = signals;
    r->policy->signal_count = count;
    return e;
}

static esi_err read_tags(struct policy_reader *r, const struct policy_item *item,
                         const char *const **out) {
    const json_value *array = json_get(item->value, "tags");
    if (array != NULL && json_type(array) != JSON_ARRAY) {
        return policy_fail(r, item, "tags", "\"tags\" is an array of texts");
    }
    const char **tags = ARENA_ARRAY(r->arena, json_count(array) + 1, const char *);
    if (tags == NULL) {
        return fail_memory(r->err, ORIGIN);
    }
    size_t n = 0;
    for (const json_value *v = json_first(array); v != NULL; v = json_next(v)) {
        if (json_string(v) == NULL) {
            return policy_fail(r, item, "tags", "\"tags\" is an array of texts");
        }
        tags[n] = arena_str(r->arena, view_of(json_string(v)));
        if (tags[n++] == NULL) {
            return fail_memory(r->err, ORIGIN);
        }
    }
    *out = tags;
    return ESI_OK;
}

static esi_err read_categories(struct policy_reader *r) {
    struct policy_item *items = NULL;
    size_t count = 0;
    esi_err e = policy_items(r, "/triage/categories", "category", category_members, &items, &count);
    if (e != ESI_OK) {
        return e;
    }
    struct policy_category *categories = ARENA_ARRAY(r->arena, count, struct policy_category);
    if (categories == NULL) {
        return fail_memory(r->err, ORIGIN);
    }
    for (size_t i = 0; i < count && e == ESI_OK; i++) {
        e = policy_get_string(r, &items[i], "id", &categories[i].id);
        if (e == ESI_OK) {
            e = policy_get_group(r, &items[i], "any", false, &categories[i].any);
        }
        if (e == ESI_OK) {
            e = read_tags(r, &items[i], &categories[i].tags);
        }
    }
    r->policy->categories = categories;
    r->policy->category_count = count;
    return e;
}

/* An array of signals' ids as bits. */
static esi_err read_bits(struct policy_reader *r, const struct policy_item *item,
                         const char *member, uint64_t *out) {
    const json_value *array = json_get(item->value, member);
    uint64_t bits = 0;
    if (array != NULL && json_type(array) != JSON_ARRAY) {
        return policy_fail(r, item, member, "\"%s\" is an array of signals' ids", member);
    }
    for (const json_value *v = json_first(array); v != NULL; v = json_next(v)) {
        const char *id = json_string(v);
        const uint64_t bit = id != NULL ? policy_signal_bit(r->policy, id) : 0;
        if (bit == 0) {
            return policy_fail(r, item, member, "\"%s\" holds what isn't a signal's id", member);
        }
        bits |= bit;
    }
    *out = bits;
    return ESI_OK;
}

static bool category_exists(const struct policy *policy, const char *id) {
    for (size_t i = 0; i < policy->category_count; i++) {
        if (strcmp(policy->categories[i].id, id) == 0) {
            return true;
        }
    }
    return false;
}

static esi_err read_outcome(struct policy_reader *r, const struct policy_item *item,
                            struct policy_triage *rule) {
    uint32_t tier = 0, severity = 0;
    esi_err e = policy_get_word(r, item, "tier", policy_tiers, &tier);
    if (e == ESI_OK) {
        e = policy_get_word(r, item, "severity", policy_severities, &severity);
    }
    if (e == ESI_OK) {
        e = policy_get_bool(r, item, "escalate", &rule->escalate);
    }
    if (e == ESI_OK) {
        e = policy_get_bool(r, item, "ticket", &rule->ticket);
    }
    if (e == ESI_OK && rule->escalate && !rule->ticket) {
        e = policy_fail(r, item, "ticket", "what is escalated has a ticket");
    }
    rule->tier = (esi_tier)tier;
    rule->severity = (esi_severity)severity;
    return e;
}

static esi_err read_conditions(struct policy_reader *r, const struct policy_item *item,
                               struct policy_triage *rule) {
    esi_err e = policy_get_words(r, item, "acts", acts, false, &rule->acts);
    if (e == ESI_OK) {
        e = policy_get_words(r, item, "coverage", coverages, false, &rule->coverages);
    }
    if (e == ESI_OK) {
        e = read_bits(r, item, "all", &rule->all);
    }
    if (e == ESI_OK) {
        e = read_bits(r, item, "any", &rule->any);
    }
    if (e == ESI_OK) {
        e = read_bits(r, item, "none", &rule->none);
    }
    if (e == ESI_OK) {
        e = policy_get_int(r, item, "failed_tries", -1, 100, &rule->failed_tries);
    }
    if (e == ESI_OK) {
        e = policy_get_int(r, item, "vague_rounds", 0, 100, &rule->vague_rounds);
    }
    if (e == ESI_OK && json_get(item->value, "category") != NULL) {
        e = policy_get_string(r, item, "category", &rule->category);
        if (e == ESI_OK && !category_exists(r->policy, rule->category)) {
            e = policy_fail(r, item, "category", "there is no such category");
        }
    }
    return e;
}

static esi_err read_rules(struct policy_reader *r) {
    struct policy_item *items = NULL;
    size_t count = 0;
    esi_err e = policy_items(r, "/triage/rules", "triage rule", rule_members, &items, &count);
    if (e != ESI_OK) {
        return e;
    }
    struct policy_triage *rules = ARENA_ARRAY(r->arena, count, struct policy_triage);
    if (rules == NULL) {
        return fail_memory(r->err, ORIGIN);
    }
    for (size_t i = 0; i < count && e == ESI_OK; i++) {
        e = policy_get_string(r, &items[i], "id", &rules[i].id);
        if (e == ESI_OK) {
            e = read_conditions(r, &items[i], &rules[i]);
        }
        if (e == ESI_OK) {
            e = read_outcome(r, &items[i], &rules[i]);
        }
    }
    r->policy->triage = rules;
    r->policy->triage_count = count;
    return e;
}

static esi_err read_flag(struct policy_reader *r, const char *pointer, const char *kind,
                         bool *out) {
    const struct policy_item item = policy_lookup(r, pointer, kind);
    if (item.value != NULL && json_type(item.value) != JSON_BOOL) {
        return policy_fail(r, &item, NULL, "true or false is wanted here");
    }
    *out = json_bool(item.value, *out);
    return ESI_OK;
}

static esi_err read_number(struct policy_reader *r, const char *pointer, const char *kind,
                           int32_t max, int32_t *out) {
    const struct policy_item item = policy_lookup(r, pointer, kind);
    int64_t number = *out;
    if (item.value != NULL && !json_int(item.value, 1, max, &number)) {
        return policy_fail(r, &item, NULL, "a whole number from 1 to %d is wanted here", (int)max);
    }
    *out = (int32_t)number;
    return ESI_OK;
}

static esi_err read_keys(struct policy_reader *r) {
    struct policy *p = r->policy;
    p->tries = 2;
    p->vague_rounds = 2;
    p->join_minutes = 60;
    p->uncovered_ticket = true;
    esi_err e = read_number(r, "/triage/tries", "tries", 100, &p->tries);
    if (e == ESI_OK) {
        e = read_number(r, "/triage/vague_rounds", "vague_rounds", 100, &p->vague_rounds);
    }
    if (e == ESI_OK) {
        e = read_number(r, "/triage/join_minutes", "join_minutes", 100000, &p->join_minutes);
    }
    if (e == ESI_OK) {
        e = read_flag(r, "/triage/uncovered_ticket", "uncovered_ticket", &p->uncovered_ticket);
    }
    if (e == ESI_OK) {
        e = read_flag(r, "/triage/model_may_raise", "model_may_raise", &p->model_may_raise);
    }
    return e;
}

esi_err policy_read_triage(struct policy_reader *r) {
    esi_err e = policy_check_section(r, "/triage", keys);
    if (e == ESI_OK) {
        e = read_keys(r);
    }
    if (e == ESI_OK) {
        e = read_unless(r);
    }
    if (e == ESI_OK) {
        e = read_signals(r);
    }
    if (e == ESI_OK) {
        e = read_categories(r);
    }
    if (e == ESI_OK) {
        e = read_rules(r);
    }
    return e;
}
