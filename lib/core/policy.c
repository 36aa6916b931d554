#include "core/policy.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "core/policy_read.h"
#include "embedded.h"

#define ORIGIN "core/policy"
#define DEFAULT_NAME "default rules"

/* What policy_read allocates: the policy and the memory of all that it points to. */
struct owned {
    struct policy policy; /* first, so that one pointer is both */
    esi_arena arena;
};

static const char *const sections[] = {"version", "extends", "name",     "lists",  "guardrail",
                                       "triage",  "replies", "synonyms", "redact", NULL};

struct view policy_default(void) {
    return (struct view){(const char *)data_policy_json, data_policy_json_size};
}

static esi_err open_source(struct policy_reader *r, struct view text, const char *name) {
    struct json_doc *doc = NULL;
    const esi_err e = json_read(text, POLICY_FILE_MAX, name, &doc, r->err);
    if (e == ESI_OK) {
        r->sources[r->source_count++] = (struct policy_source){name, doc};
    }
    return e;
}

/* The file itself and, before it, the default where it extends that. */
static esi_err open_sources(struct policy_reader *r, struct view text, const char *name) {
    if (text.p == NULL) {
        return open_source(r, policy_default(), DEFAULT_NAME);
    }
    esi_err e = open_source(r, text, name);
    if (e != ESI_OK) {
        return e;
    }
    const struct policy_item item = policy_lookup(r, "/extends", "extends");
    if (item.value == NULL) {
        return ESI_OK;
    }
    if (json_string(item.value) == NULL || strcmp(json_string(item.value), "default") != 0) {
        return policy_fail(r, &item, NULL, "only \"default\" can be extended");
    }
    const struct policy_source own = r->sources[0];
    r->source_count = 0;
    e = open_source(r, policy_default(), DEFAULT_NAME);
    r->sources[r->source_count++] = own; /* also after a failure, so that it is closed */
    return e;
}

static esi_err check_version(struct policy_reader *r) {
    for (size_t i = 0; i < r->source_count; i++) {
        const json_value *root = json_root(r->sources[i].doc);
        const struct policy_item item = {
            .source = &r->sources[i], .value = root, .pointer = "", .kind = "rules"};
        int64_t version = 0;
        if (json_type(root) != JSON_OBJECT) {
            return policy_fail(r, &item, NULL, "an object is wanted here");
        }
        if (!json_int(json_get(root, "version"), 1, 1, &version)) {
            return policy_fail(r, &item, "version", "\"version\" is missing, or isn't 1");
        }
    }
    return ESI_OK;
}

static esi_err read_all(struct policy_reader *r, struct view text, const char *name) {
    esi_err e = open_sources(r, text, name);
    if (e == ESI_OK) {
        e = check_version(r);
    }
    if (e == ESI_OK) {
        e = policy_check_section(r, "", sections);
    }
    if (e == ESI_OK) {
        e = pattern_set_create(&r->policy->patterns, r->err);
    }
    if (e == ESI_OK) {
        e = policy_read_lists(r);
    }
    if (e == ESI_OK) {
        e = policy_read_guardrail(r);
    }
    if (e == ESI_OK) {
        e = policy_read_triage(r);
    }
    if (e == ESI_OK) {
        e = policy_read_texts(r);
    }
    return e == ESI_OK ? pattern_freeze(r->policy->patterns, r->err) : e;
}

esi_err policy_read(struct view text, const char *name, struct policy **out, esi_error *err) {
    struct owned *owned = calloc(1, sizeof *owned);
    if (owned == NULL) {
        return fail_memory(err, ORIGIN);
    }
    arena_init(&owned->arena, 0);
    struct policy_reader r = {.policy = &owned->policy, .arena = &owned->arena, .err = err};
    arena_init(&r.scratch, 0);
    owned->policy.name = arena_str(&owned->arena, view_of(text.p != NULL ? name : DEFAULT_NAME));
    esi_err e = owned->policy.name != NULL ? read_all(&r, text, owned->policy.name)
                                           : fail_memory(err, ORIGIN);
    for (size_t i = 0; i < r.source_count; i++) {
        json_free(r.sources[i].doc);
    }
    arena_clear(&r.scratch);
    if (e != ESI_OK) {
        policy_free(&owned->policy);
        return e;
    }
    *out = &owned->policy;
    return ESI_OK;
}

void policy_free(struct policy *policy) {
    if (policy != NULL) {
        struct owned *owned = (struct owned *)(void *)policy;
        pattern_set_free(policy->patterns);
        arena_clear(&owned->arena);
        free(owned);
    }
}

const char *policy_reply(const struct policy *policy, const char *id) {
    for (size_t i = 0; i < policy->reply_count; i++) {
        if (strcmp(policy->replies[i].id, id) == 0) {
            return policy->replies[i].text;
        }
    }
    return NULL;
}

uint64_t policy_signal_bit(const struct policy *policy, const char *id) {
    for (size_t i = 0; i < policy->signal_count; i++) {
        if (strcmp(policy->signals[i].id, id) == 0) {
            return UINT64_C(1) << i;
        }
    }
    return 0;
}

/* ---- asking --------------------------------------------------------------------------------- */

static bool ends_sentence(struct view text, size_t at) {
    const char c = text.p[at];
    if (c == ';') {
        return true;
    }
    return (c == '.' || c == '!' || c == '?') && (at + 1 == text.n || text.p[at + 1] == ' ');
}

void policy_sentence(struct view folded, size_t place, size_t *from, size_t *to) {
    size_t a = place < folded.n ? place : folded.n;
    size_t b = a;
    while (a > 0 && !ends_sentence(folded, a - 1)) {
        a--;
    }
    while (b < folded.n && !ends_sentence(folded, b)) {
        b++;
    }
    *from = a;
    *to = b;
}

static bool lifted(struct pattern_scan *scan, struct view folded, uint32_t unless,
                   const struct pattern_match *match) {
    if (unless == PATTERN_NONE || match->limit || !pattern_scan_maybe(scan, unless)) {
        return false;
    }
    size_t from = 0, to = 0, end = 0, skip = 0;
    policy_sentence(folded, match->from, &from, &to);
    policy_sentence(folded, match->to > match->from ? match->to - 1u : match->to, &skip, &end);
    struct pattern_match other;
    return pattern_scan_find(scan, unless, from, &other) && !other.limit &&
           other.from < (end > to ? end : to);
}

bool policy_find(struct pattern_scan *scan, struct view folded, uint32_t any, uint32_t unless,
                 size_t from, struct pattern_match *out) {
    struct pattern_match match;
    if (any == PATTERN_NONE || !pattern_scan_maybe(scan, any)) {
        return false;
    }
    while (pattern_scan_find(scan, any, from, &match)) {
        if (!lifted(scan, folded, unless, &match)) {
            *out = match;
            return true;
        }
        from = match.to > match.from ? match.to : match.from + 1u;
    }
    return false;
}

/* Does it match somewhere where nothing lifts or denies it? */
static bool has_signal(const struct policy *policy, const struct policy_signal *signal,
                       struct pattern_scan *scan, struct view folded, const bool *denied) {
    const uint32_t unless = signal->always ? PATTERN_NONE : policy->signals_unless;
    struct pattern_match match;
    size_t from = 0;
    while (policy_find(scan, folded, signal->any, signal->unless, from, &match) && !match.limit) {
        if (!(denied && denied[match.from]) && !lifted(scan, folded, unless, &match)) {
            return true;
        }
        from = match.from + 1u;
    }
    return false;
}

esi_err policy_signals_but(const struct policy *policy, struct view folded, const bool *denied,
                           uint64_t *out, esi_error *err) {
    struct pattern_scan *scan = NULL;
    const esi_err e = pattern_scan_create(policy->patterns, &scan, err);
    if (e != ESI_OK) {
        return e;
    }
    uint64_t bits = 0;
    pattern_scan_text(scan, folded);
    for (size_t i = 0; i < policy->signal_count; i++) {
        if (has_signal(policy, &policy->signals[i], scan, folded, denied)) {
            bits |= UINT64_C(1) << i;
        }
    }
    const bool failed = pattern_scan_failed(scan);
    pattern_scan_free(scan);
    if (failed) {
        return fail_memory(err, ORIGIN);
    }
    *out = bits;
    return ESI_OK;
}

esi_err policy_signals(const struct policy *policy, struct view folded, uint64_t *out,
                       esi_error *err) {
    return policy_signals_but(policy, folded, NULL, out, err);
}

static size_t count_matches(struct pattern_scan *scan, struct view folded, uint32_t group) {
    struct pattern_match match;
    size_t n = 0, from = 0;
    while (policy_find(scan, folded, group, PATTERN_NONE, from, &match) && !match.limit) {
        n++;
        from = match.to > match.from ? match.to : match.from + 1u;
    }
    return n;
}

esi_err policy_category(const struct policy *policy, struct view folded,
                        const struct policy_category **out, esi_error *err) {
    struct pattern_scan *scan = NULL;
    const esi_err e = pattern_scan_create(policy->patterns, &scan, err);
    if (e != ESI_OK) {
        return e;
    }
    const struct policy_category *best = NULL;
    size_t most = 0;
    pattern_scan_text(scan, folded);
    for (size_t i = 0; i < policy->category_count; i++) {
        const size_t n = count_matches(scan, folded, policy->categories[i].any);
        if (n > most) {
            most = n;
            best = &policy->categories[i];
        }
    }
    const bool failed = pattern_scan_failed(scan);
    pattern_scan_free(scan);
    if (failed) {
        return fail_memory(err, ORIGIN);
    }
    *out = best;
    return ESI_OK;
}

const struct policy_category *policy_category_of_tag(const struct policy *policy, struct view tag) {
    for (size_t i = 0; i < policy->category_count; i++) {
        const struct policy_category *category = &policy->categories[i];
        for (const char *const *t = category->tags; *t != NULL; t++) {
            if (view_eq_nocase(view_of(*t), tag)) {
                return category;
            }
        }
    }
    return NULL;
}
