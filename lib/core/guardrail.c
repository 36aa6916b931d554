#include "core/guardrail.h"

#include <string.h>

#include "base/error.h"
#include "core/guardrail_view.h"

#define ORIGIN "core/guardrail"
#define MATCHES_MAX 8 /* kept of the rule that decides */
#define PARTS_MAX 4   /* of a message that are refused one after the other */
#define PLACES_MAX 64 /* matches of one rule that are judged in one view */

struct screening {
    const struct policy *policy;
    struct pattern_scan *scan;
    struct guardrail_view views[GUARDRAIL_VIEWS_MAX];
    size_t view_count;
    const struct guardrail_view *view;
    struct view text; /* of the view */
};

static bool lifted(const struct screening *s, const struct policy_rule *rule,
                   const struct pattern_match *match) {
    if (rule->unless == PATTERN_NONE || match->limit ||
        !pattern_scan_maybe(s->scan, rule->unless)) {
        return false;
    }
    size_t from = 0, to = 0;
    struct pattern_match other;
    guardrail_stretch(s->text, match, &from, &to);
    return pattern_scan_find(s->scan, rule->unless, from, &other) && !other.limit &&
           other.from < to;
}

static bool is_meant(const struct screening *s, const struct policy_rule *rule,
                     const struct pattern_match *match) {
    return rule->intents == 0 ||
           (rule->intents & (uint32_t)guardrail_intent(s->policy, s->scan, s->text, match)) != 0;
}

/* The next match of a rule at or after `from` whose intent the rule blocks. */
static bool next_match(const struct screening *s, const struct policy_rule *rule, size_t from,
                       struct pattern_match *out) {
    for (int i = 0; i < PLACES_MAX; i++) {
        if (!policy_find(s->scan, s->text, rule->any, PATTERN_NONE, from, out)) {
            return false;
        }
        if (out->limit || (is_meant(s, rule, out) && !lifted(s, rule, out))) {
            return true;
        }
        from = out->from + 1u; /* "what if I stop it, and how do I stop it": a match in a match */
    }
    return false;
}

static bool rule_matches(const struct screening *s, const struct policy_rule *rule,
                         struct pattern_match *out) {
    if (!pattern_scan_maybe(s->scan, rule->any)) {
        return false;
    }
    if (rule->least > 1) {
        return pattern_scan_different(s->scan, rule->any, rule->least, out) >= rule->least;
    }
    return next_match(s, rule, 0, out);
}

static bool outranks(const struct policy_rule *a, const struct policy_rule *b) {
    if (b == NULL || a->tier != b->tier) {
        return b == NULL || a->tier > b->tier;
    }
    return a->severity > b->severity;
}

/* What the deciding rule matched in its view, and the clauses around it. */
struct finding {
    const struct policy_rule *rule;
    const struct guardrail_view *view;
    struct pattern_match matches[MATCHES_MAX];
    size_t count;
};

static void collect(const struct screening *s, const struct policy_rule *rule,
                    struct pattern_match first, struct finding *out) {
    *out = (struct finding){.rule = rule, .view = s->view};
    out->matches[out->count++] = first;
    if (rule->least > 1 || first.limit) {
        return;
    }
    size_t from = first.to > first.from ? first.to : first.from + 1u;
    while (out->count < MATCHES_MAX && next_match(s, rule, from, &out->matches[out->count])) {
        const struct pattern_match *m = &out->matches[out->count++];
        from = m->to > m->from ? m->to : m->from + 1u;
        if (m->limit) {
            out->count--;
            return;
        }
    }
}

static void screen_view(const struct screening *s, esi_role role, enum policy_scope scope,
                        struct finding *best) {
    const uint32_t role_bit = 1u << (role == ESI_ROLE_NONE ? ESI_ROLE_TRAINEE : role);
    for (size_t i = 0; i < s->policy->rule_count; i++) {
        const struct policy_rule *rule = &s->policy->rules[i];
        struct pattern_match match;
        if ((rule->scopes & (uint32_t)scope) != 0 && (rule->roles & role_bit) != 0 &&
            outranks(rule, best->rule) && rule_matches(s, rule, &match)) {
            collect(s, rule, match, best);
        }
    }
}

static int by_place(const struct view *a, const struct view *b) {
    return a->p < b->p ? -1 : a->p > b->p;
}

static bool is_mark(char c) {
    return c == '.' || c == '!' || c == '?' || c == ';';
}

/* Where the clauses stand that are refused, in order. */
static void find_cuts(const struct finding *finding, struct view text, struct view *cuts) {
    const struct view folded = {finding->view->text.p, finding->view->text.n};
    for (size_t i = 0; i < finding->count; i++) {
        size_t from = 0, to = 0;
        guardrail_clause(folded, &finding->matches[i], &from, &to);
        const struct view cut = guardrail_source(finding->view, text, from, to);
        size_t at = i;
        while (at > 0 && by_place(&cut, &cuts[at - 1]) < 0) {
            cuts[at] = cuts[at - 1];
            at--;
        }
        cuts[at] = cut;
    }
}

/* Past the space and the mark that a sentence leaves behind when all of it is gone. */
static size_t past_remains(struct view kept, struct view text, size_t at) {
    const struct view end = view_trim(kept);
    const bool gone = end.n == 0 || is_mark(end.p[end.n - 1]);
    while (gone && at < text.n && is_mark(text.p[at])) {
        at++;
    }
    while (at < text.n && text.p[at] == ' ' && (kept.n == 0 || kept.p[kept.n - 1] == ' ')) {
        at++;
    }
    return at;
}

/* The text without the clauses that were refused. */
static esi_err make_rest(const struct finding *finding, struct view text, esi_arena *arena,
                         struct view *out, esi_error *err) {
    struct view cuts[MATCHES_MAX];
    find_cuts(finding, text, cuts);
    char *rest = arena_alloc(arena, text.n + 1);
    if (rest == NULL) {
        return fail_memory(err, ORIGIN);
    }
    size_t n = 0, at = 0;
    for (size_t i = 0; i < finding->count; i++) {
        const size_t cut = (size_t)(cuts[i].p - text.p);
        if (cut > at) {
            memcpy(rest + n, text.p + at, cut - at);
            n += cut - at;
        }
        at = cut + cuts[i].n > at ? cut + cuts[i].n : at;
        at = past_remains((struct view){rest, n}, text, at);
    }
    memcpy(rest + n, text.p + at, text.n - at);
    *out = view_trim((struct view){rest, n + text.n - at});
    return ESI_OK;
}

static esi_err fill(const struct finding *finding, struct view text, enum policy_scope scope,
                    esi_arena *arena, struct verdict *v, esi_error *err) {
    v->kind = VERDICT_REFUSE;
    v->rule = finding->rule;
    v->match_count = finding->count;
    v->view = finding->view->name;
    v->matches = ARENA_ARRAY(arena, finding->count, struct view);
    if (v->matches == NULL) {
        return fail_memory(err, ORIGIN);
    }
    for (size_t i = 0; i < finding->count; i++) {
        v->matches[i] =
            guardrail_source(finding->view, text, finding->matches[i].from, finding->matches[i].to);
    }
    if (finding->rule->help && scope == SCOPE_QUESTION) {
        const esi_err e = make_rest(finding, text, arena, &v->rest, err);
        if (e != ESI_OK) {
            return e;
        }
        v->kind = VERDICT_REFUSE_WITH_HELP;
    }
    return ESI_OK;
}

/* Screens every view; what the plain one says in other words is a view as well. */
static esi_err screen_views(struct screening *s, const struct guardrail_in *in, esi_arena *arena,
                            struct finding *best, esi_error *err) {
    size_t plain = 0;
    struct guardrail_view *views = s->views;
    size_t *count = &s->view_count;
    const esi_err code = guardrail_views(in->text, arena, views, count, &plain, err);
    if (code != ESI_OK) {
        return code;
    }
    for (size_t i = 0; i < *count; i++) {
        s->view = &views[i];
        s->text = (struct view){views[i].text.p, views[i].text.n};
        if (i == 0) {
            pattern_scan_text(s->scan, s->text);
        } else {
            pattern_scan_again(s->scan, s->text);
        }
        screen_view(s, in->role, in->scope, best);
        bool differs = false;
        if (i == plain && in->scope == SCOPE_QUESTION) {
            const struct guardrail_words words = {s->policy, in->site, s->scan};
            const esi_err e =
                guardrail_reword(&words, &views[i].text, arena, &views[*count].text, &differs, err);
            if (e != ESI_OK) {
                return e;
            }
        }
        if (differs) {
            views[(*count)++].name = "reworded";
        }
    }
    return ESI_OK;
}

esi_err guardrail_screen_site(const struct guardrail_in *in, esi_arena *arena, struct verdict *out,
                              esi_error *err) {
    struct screening s = {.policy = in->policy};
    esi_err e = pattern_scan_create(in->policy->patterns, &s.scan, err);
    if (e != ESI_OK) {
        return e;
    }
    struct finding best = {.rule = NULL};
    e = screen_views(&s, in, arena, &best, err);
    struct verdict v = {.kind = VERDICT_PASS, .steps = pattern_scan_steps(s.scan)};
    const bool failed = pattern_scan_failed(s.scan);
    pattern_scan_free(s.scan);
    if (e == ESI_OK && failed) {
        return fail_memory(err, ORIGIN);
    }
    if (e == ESI_OK && best.rule != NULL) {
        e = fill(&best, in->text, in->scope, arena, &v, err);
    }
    if (e == ESI_OK) {
        *out = v;
    }
    return e;
}

esi_err guardrail_rest(const struct guardrail_in *in, struct verdict *verdict, esi_arena *arena,
                       esi_error *err) {
    struct view rest = verdict->kind == VERDICT_REFUSE_WITH_HELP ? verdict->rest : VIEW("");
    struct verdict other = {.kind = VERDICT_REFUSE};
    esi_err e = ESI_OK;
    for (int i = 0; e == ESI_OK && rest.n > 0 && i <= PARTS_MAX; i++) {
        struct guardrail_in left = *in;
        left.text = rest;
        e = guardrail_screen_site(&left, arena, &other, err);
        if (e == ESI_OK && other.kind == VERDICT_PASS) {
            verdict->rest = rest;
            return ESI_OK;
        }
        rest = other.kind == VERDICT_REFUSE_WITH_HELP ? other.rest : VIEW("");
    }
    verdict->rest = VIEW("");
    return e;
}

esi_err guardrail_screen(const struct policy *policy, struct view text, esi_role role,
                         enum policy_scope scope, esi_arena *arena, struct verdict *out,
                         esi_error *err) {
    const struct guardrail_in in = {policy, NULL, text, role, scope};
    return guardrail_screen_site(&in, arena, out, err);
}
