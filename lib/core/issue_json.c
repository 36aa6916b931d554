#include <string.h>

#include "base/error.h"
#include "core/issue.h"

/* Signals are kept by name: a policy file that changes between two turns keeps what it still knows.
 * Numbers of enums are stable by contract. */

struct list_field {
    const char *name;
    size_t items, count; /* offsets in struct issue */
    size_t max;
};

static const struct list_field lists[] = {
    {"topic", offsetof(struct issue, topic), offsetof(struct issue, topic_count), ISSUE_TOPIC_MAX},
    {"cited", offsetof(struct issue, cited), offsetof(struct issue, cited_count), ISSUE_CITED_MAX},
    {"steps", offsetof(struct issue, steps), offsetof(struct issue, step_count), ISSUE_STEPS_MAX},
    {"tried", offsetof(struct issue, tried), offsetof(struct issue, tried_count), ISSUE_STEPS_MAX},
    {"asked", offsetof(struct issue, asked), offsetof(struct issue, asked_count), ISSUE_ASKED_MAX},
    {"facts", offsetof(struct issue, facts), offsetof(struct issue, fact_count), ISSUE_FACTS_MAX},
    {"rules", offsetof(struct issue, rules), offsetof(struct issue, rule_count), ISSUE_RULES_MAX},
};
#define LIST_COUNT (sizeof(lists) / sizeof(lists[0]))

static void put_signals(struct json_out *o, const struct policy *policy, uint64_t signals) {
    json_put_name(o, "signals");
    json_array(o);
    for (size_t i = 0; i < policy->signal_count && i < POLICY_SIGNALS_MAX; i++) {
        if (signals & (1ull << i)) {
            json_put_string(o, policy->signals[i].id);
        }
    }
    json_array_end(o);
}

static void put_int(struct json_out *o, const char *name, int64_t n) {
    json_put_name(o, name);
    json_put_int(o, n);
}

static void put_issue(struct json_out *o, const struct policy *policy, const struct issue *issue) {
    json_object(o);
    put_int(o, "number", issue->number);
    put_int(o, "phase", issue->phase);
    put_int(o, "act", issue->act);
    put_signals(o, policy, issue->signals);
    json_put_name(o, "category");
    json_put_view(o, issue->category);
    put_int(o, "tier", issue->tier);
    put_int(o, "severity", issue->severity);
    put_int(o, "escalated", issue->escalated);
    put_int(o, "coverage", issue->coverage);
    put_int(o, "failedTries", issue->failed_tries);
    put_int(o, "vagueRounds", issue->vague_rounds);
    put_int(o, "triedAll", issue->tried_all);
    put_int(o, "onlyMe", issue->only_me);
    put_int(o, "askedLast", issue->asked_last);
    json_put_name(o, "query");
    json_put_view(o, issue->query);
    for (size_t i = 0; i < LIST_COUNT; i++) {
        struct view *items = NULL;
        size_t count = 0;
        memcpy(&items, (const char *)issue + lists[i].items, sizeof(items));
        memcpy(&count, (const char *)issue + lists[i].count, sizeof(count));
        json_put_name(o, lists[i].name);
        json_array(o);
        for (size_t k = 0; k < count; k++) {
            json_put_view(o, items[k]);
        }
        json_array_end(o);
    }
    json_object_end(o);
}

esi_err issue_encode(const struct issue_state *state, const struct policy *policy, struct buf *out,
                     esi_error *err) {
    struct json_out o;
    json_begin(&o, out);
    json_object(&o);
    put_int(&o, "last", state->last_number);
    put_int(&o, "current", state->current);
    json_put_name(&o, "issues");
    json_array(&o);
    for (size_t i = 0; i < state->count; i++) {
        put_issue(&o, policy, &state->issues[i]);
    }
    json_array_end(&o);
    json_object_end(&o);
    if (out->too_long) {
        return esi_fail(err, ESI_ETOOBIG, "core/issue", "issues take more than %zu bytes",
                        out->max);
    }
    return out->failed ? fail_memory(err, "core/issue") : ESI_OK;
}

/* ---- reading --------------------------------------------------------------------------------- */

static int32_t get_int(const json_value *v, const char *name, int32_t max) {
    int64_t n = 0;
    return json_int(json_get(v, name), 0, max, &n) ? (int32_t)n : 0;
}

static bool get_text(const json_value *v, size_t max, esi_arena *arena, struct view *out) {
    struct view text = view_of(json_string(v));
    if (text.n > max) {
        text.n = 0;
    }
    const char *copy = arena_str(arena, text);
    *out = copy ? (struct view){copy, text.n} : (struct view){0};
    return copy != NULL;
}

static bool get_list(const json_value *v, const struct list_field *field, esi_arena *arena,
                     struct issue *out) {
    struct view *items = ARENA_ARRAY(arena, field->max, struct view);
    if (!items) {
        return false;
    }
    size_t count = 0;
    for (const json_value *i = json_first(json_get(v, field->name)); i && count < field->max;
         i = json_next(i)) {
        if (!get_text(i, 4 * ISSUE_TEXT_MAX, arena, &items[count])) {
            return false;
        }
        count += items[count].n > 0;
    }
    memcpy((char *)out + field->items, &items, sizeof(items));
    memcpy((char *)out + field->count, &count, sizeof(count));
    return true;
}

static bool get_issue(const json_value *v, const struct policy *policy, esi_arena *arena,
                      struct issue *out) {
    struct issue issue = {0};
    issue.number = get_int(v, "number", INT32_MAX);
    issue.phase = get_int(v, "phase", 1) ? ISSUE_CLOSED : ISSUE_OPEN;
    issue.act = (esi_act)get_int(v, "act", ESI_ACT_SMALLTALK);
    for (const json_value *i = json_first(json_get(v, "signals")); i; i = json_next(i)) {
        const char *id = json_string(i);
        issue.signals |= id ? policy_signal_bit(policy, id) : 0;
    }
    issue.tier = (esi_tier)get_int(v, "tier", ESI_TIER_3);
    issue.severity = (esi_severity)get_int(v, "severity", ESI_SEVERITY_CRITICAL);
    issue.escalated = get_int(v, "escalated", 1) != 0;
    issue.coverage = (esi_coverage)get_int(v, "coverage", ESI_COVERAGE_NONE);
    issue.failed_tries = get_int(v, "failedTries", 1000000);
    issue.vague_rounds = get_int(v, "vagueRounds", 1000000);
    issue.tried_all = get_int(v, "triedAll", 1) != 0;
    issue.asked_last = get_int(v, "askedLast", ISSUE_ASKED_MAX);
    issue.only_me = get_int(v, "onlyMe", 1) != 0;
    if (!get_text(json_get(v, "category"), ISSUE_TEXT_MAX, arena, &issue.category) ||
        !get_text(json_get(v, "query"), 2 * ISSUE_QUERY_MAX, arena, &issue.query)) {
        return false;
    }
    for (size_t i = 0; i < LIST_COUNT; i++) {
        if (!get_list(v, &lists[i], arena, &issue)) {
            return false;
        }
    }
    *out = issue;
    return true;
}

esi_err issue_decode(struct view json, const struct policy *policy, esi_arena *arena,
                     struct issue_state *out, esi_error *err) {
    struct issue_state state = {.current = -1};
    struct json_doc *doc = NULL;
    esi_error ignored;
    esi_err code = ESI_OK;
    if (view_trim(json).n == 0) {
        *out = state;
        return ESI_OK;
    }
    code = json_read(json, ISSUE_JSON_MAX, "issues", &doc, &ignored);
    if (code == ESI_ENOMEM) {
        return fail_memory(err, "core/issue");
    }
    if (code != ESI_OK) { /* what can't be read is left out */
        *out = state;
        return ESI_OK;
    }
    const json_value *root = json_root(doc);
    for (const json_value *v = json_first(json_get(root, "issues")); v && state.count < ISSUE_MAX;
         v = json_next(v)) {
        if (!get_issue(v, policy, arena, &state.issues[state.count])) {
            code = fail_memory(err, "core/issue");
            goto out;
        }
        state.count++;
    }
    state.last_number = get_int(root, "last", INT32_MAX);
    int64_t current = -1;
    if (json_int(json_get(root, "current"), -1, (int64_t)state.count - 1, &current)) {
        state.current = (int32_t)current;
    }
    *out = state;
out:
    json_free(doc);
    return code;
}

/* ---- a copy ---------------------------------------------------------------------------------- */

static bool copy_text(struct view *text, esi_arena *arena) {
    text->p = text->n > 0 ? arena_str(arena, *text) : "";
    return text->p != NULL;
}

static bool copy_list(struct view **list, size_t count, esi_arena *arena) {
    struct view *items = ARENA_ARRAY(arena, count, struct view);
    bool fits = items != NULL;
    for (size_t i = 0; fits && i < count; i++) {
        items[i] = (*list)[i];
        fits = copy_text(&items[i], arena);
    }
    *list = items;
    return fits;
}

esi_err issue_copy(const struct issue_state *from, esi_arena *arena, struct issue_state *out,
                   esi_error *err) {
    struct issue_state copy = *from;
    bool fits = true;
    for (size_t i = 0; fits && i < copy.count; i++) {
        struct issue *c = &copy.issues[i];
        fits = copy_text(&c->category, arena) && copy_text(&c->query, arena) &&
               copy_list(&c->topic, c->topic_count, arena) &&
               copy_list(&c->cited, c->cited_count, arena) &&
               copy_list(&c->steps, c->step_count, arena) &&
               copy_list(&c->tried, c->tried_count, arena) &&
               copy_list(&c->asked, c->asked_count, arena) &&
               copy_list(&c->facts, c->fact_count, arena) &&
               copy_list(&c->rules, c->rule_count, arena);
    }
    if (!fits) {
        return fail_memory(err, "core/issue");
    }
    *out = copy;
    return ESI_OK;
}
