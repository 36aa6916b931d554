#include "desk/reply.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "core/redact.h"

#define ORIGIN "desk/reply"
#define STORED_MAX (1u << 20)

esi_err reply_create(struct reply **out, esi_error *err) {
    struct reply *reply = calloc(1, sizeof(*reply));
    if (!reply) {
        return fail_memory(err, ORIGIN);
    }
    *out = reply;
    return ESI_OK;
}

void esi_reply_free(esi_reply *reply) {
    if (reply) {
        struct reply *whole = (struct reply *)reply;
        arena_clear(&whole->arena);
        free(whole);
    }
}

bool export_text(esi_arena *arena, struct view text, const char **out) {
    if (text.n == 0) {
        *out = NULL;
        return true;
    }
    *out = arena_str(arena, text);
    return *out != NULL;
}

bool export_list(esi_arena *arena, const struct view *items, size_t count,
                 const char *const **out) {
    const char **list = ARENA_ARRAY(arena, count, const char *);
    if (!list) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        list[i] = arena_str(arena, items[i]);
        if (!list[i]) {
            return false;
        }
    }
    *out = list;
    return true;
}

esi_err verdict_export(const struct verdict *verdict, struct view redacted, uint32_t redact,
                       esi_arena *arena, esi_verdict *out, esi_error *err) {
    const struct policy_rule *rule = verdict->rule;
    esi_verdict v = {.blocked = verdict->kind != VERDICT_PASS,
                     .help = verdict->kind == VERDICT_REFUSE_WITH_HELP};
    bool fits = (v.redacted = arena_str(arena, redacted)) != NULL;
    if (v.blocked && rule) {
        v.tier = rule->tier;
        v.severity = rule->severity;
        v.escalate = rule->escalate;
        fits = fits && export_text(arena, view_of(rule->category), &v.category) &&
               export_text(arena, view_of(rule->id), &v.rule) &&
               export_text(arena, view_of(rule->reason), &v.reason);
        struct view *matches = ARENA_ARRAY(arena, verdict->match_count, struct view);
        fits = fits && matches;
        for (size_t i = 0; fits && i < verdict->match_count; i++) {
            const esi_err rc =
                redact_text(verdict->matches[i], redact, arena, &matches[i], NULL, NULL, err);
            if (rc != ESI_OK) {
                return rc;
            }
        }
        fits = fits && export_list(arena, matches, verdict->match_count, &v.matches);
        v.match_count = verdict->match_count;
    }
    if (!fits) {
        return fail_memory(err, ORIGIN);
    }
    *out = v;
    return ESI_OK;
}

/* ---- the stored form ------------------------------------------------------------------------- */

static void put(struct json_out *o, const char *name, const char *text) {
    json_put_name(o, name);
    json_put_string(o, text);
}

static void put_number(struct json_out *o, const char *name, int64_t n) {
    json_put_name(o, name);
    json_put_int(o, n);
}

static void put_list(struct json_out *o, const char *name, const char *const *items, size_t count) {
    json_put_name(o, name);
    json_array(o);
    for (size_t i = 0; i < count; i++) {
        json_put_string(o, items[i]);
    }
    json_array_end(o);
}

static void put_verdict(struct json_out *o, const esi_verdict *v) {
    json_put_name(o, "guardrail");
    json_object(o);
    put_number(o, "blocked", v->blocked);
    put_number(o, "help", v->help);
    put(o, "category", v->category);
    put(o, "rule", v->rule);
    put(o, "reason", v->reason);
    put_list(o, "matches", v->matches, v->match_count);
    put_number(o, "tier", v->tier);
    put_number(o, "severity", v->severity);
    put_number(o, "escalate", v->escalate);
    put(o, "redacted", v->redacted);
    json_object_end(o);
}

esi_err reply_encode(const esi_reply *r, struct buf *out, esi_error *err) {
    struct json_out o;
    json_begin(&o, out);
    json_object(&o);
    put(&o, "session", r->session_id);
    put(&o, "message", r->message_id);
    put(&o, "answer", r->answer);
    json_put_name(&o, "references");
    json_array(&o);
    for (size_t i = 0; i < r->reference_count; i++) {
        const esi_reference *ref = r->references[i];
        json_object(&o);
        put(&o, "id", ref->id);
        put(&o, "title", ref->title);
        put(&o, "version", ref->version);
        put(&o, "section", ref->section);
        json_put_name(&o, "score");
        json_put_double(&o, ref->score);
        json_object_end(&o);
    }
    json_array_end(&o);
    json_put_name(&o, "confidence");
    json_put_double(&o, r->confidence);
    put_number(&o, "act", r->act);
    put_number(&o, "coverage", r->coverage);
    put(&o, "category", r->category);
    put_number(&o, "tier", r->tier);
    put_number(&o, "severity", r->severity);
    put_number(&o, "escalation", r->needs_escalation);
    put_verdict(&o, r->guardrail);
    put_list(&o, "rules", r->rules, r->rule_count);
    put_list(&o, "questions", r->questions, r->question_count);
    put(&o, "model", r->model);
    put_number(&o, "inputTokens", r->input_tokens);
    put_number(&o, "outputTokens", r->output_tokens);
    put_number(&o, "interrupted", r->interrupted);
    put(&o, "fallback", r->fallback);
    put_list(&o, "open", r->open, r->open_count);
    put_number(&o, "cost", r->cost);
    json_object_end(&o);
    return out->failed ? fail_memory(err, ORIGIN) : ESI_OK;
}

static bool get(esi_arena *arena, const json_value *v, const char *name, const char **out) {
    return export_text(arena, view_of(json_string(json_get(v, name))), out);
}

/* As get, for what is never NULL. */
static bool get_whole(esi_arena *arena, const json_value *v, const char *name, const char **out) {
    *out = arena_str(arena, view_of(json_string(json_get(v, name))));
    return *out != NULL;
}

static int get_number(const json_value *v, const char *name, int most) {
    int64_t n;
    return json_int(json_get(v, name), 0, most, &n) ? (int)n : 0;
}

static int64_t get_count(const json_value *v, const char *name) {
    int64_t n;
    return json_int(json_get(v, name), 0, INT64_MAX, &n) ? n : 0;
}

static bool get_list(esi_arena *arena, const json_value *v, const char *name,
                     const char *const **out, size_t *count) {
    const json_value *list = json_get(v, name);
    const size_t n = json_type(list) == JSON_ARRAY ? json_count(list) : 0;
    const char **items = ARENA_ARRAY(arena, n, const char *);
    if (!items) {
        return false;
    }
    size_t at = 0;
    for (const json_value *i = n > 0 ? json_first(list) : NULL; i; i = json_next(i)) {
        items[at] = arena_str(arena, view_of(json_string(i)));
        if (!items[at++]) {
            return false;
        }
    }
    *out = items;
    *count = at;
    return true;
}

static bool get_references(esi_arena *arena, const json_value *v, esi_reply *r) {
    const json_value *list = json_get(v, "references");
    const size_t n = json_type(list) == JSON_ARRAY ? json_count(list) : 0;
    const esi_reference **items = ARENA_ARRAY(arena, n, const esi_reference *);
    bool fits = items != NULL;
    size_t at = 0;
    for (const json_value *i = n > 0 ? json_first(list) : NULL; fits && i; i = json_next(i)) {
        esi_reference *ref = ARENA_NEW(arena, esi_reference);
        fits = ref && get_whole(arena, i, "id", &ref->id) &&
               get_whole(arena, i, "title", &ref->title) &&
               get_whole(arena, i, "version", &ref->version) &&
               get_whole(arena, i, "section", &ref->section);
        if (fits) {
            ref->score = json_number(json_get(i, "score"), 0);
            items[at++] = ref;
        }
    }
    r->references = items;
    r->reference_count = at;
    return fits;
}

static bool get_verdict(esi_arena *arena, const json_value *v, esi_verdict *out) {
    out->blocked = get_number(v, "blocked", 1) != 0;
    out->help = get_number(v, "help", 1) != 0;
    out->tier = (esi_tier)get_number(v, "tier", ESI_TIER_3);
    out->severity = (esi_severity)get_number(v, "severity", ESI_SEVERITY_CRITICAL);
    out->escalate = get_number(v, "escalate", 1) != 0;
    return get(arena, v, "category", &out->category) && get(arena, v, "rule", &out->rule) &&
           get(arena, v, "reason", &out->reason) &&
           get_list(arena, v, "matches", &out->matches, &out->match_count) &&
           get_whole(arena, v, "redacted", &out->redacted);
}

esi_err reply_decode(struct view json, struct reply *out, esi_error *err) {
    struct json_doc *doc = NULL;
    const esi_err rc = json_read(json, STORED_MAX, "a stored reply", &doc, err);
    if (rc != ESI_OK) {
        return rc;
    }
    const json_value *v = json_root(doc);
    esi_arena *arena = &out->arena;
    esi_reply *r = &out->reply;
    const bool fits = get_whole(arena, v, "session", &r->session_id) &&
                      get_whole(arena, v, "message", &r->message_id) &&
                      get_whole(arena, v, "answer", &r->answer) && get_references(arena, v, r) &&
                      get(arena, v, "category", &r->category) &&
                      get_verdict(arena, json_get(v, "guardrail"), &out->verdict) &&
                      get_list(arena, v, "rules", &r->rules, &r->rule_count) &&
                      get_list(arena, v, "questions", &r->questions, &r->question_count) &&
                      get_whole(arena, v, "model", &r->model) &&
                      get(arena, v, "fallback", &r->fallback) &&
                      get_list(arena, v, "open", &r->open, &r->open_count);
    r->guardrail = &out->verdict;
    r->confidence = json_number(json_get(v, "confidence"), 0);
    r->act = (esi_act)get_number(v, "act", ESI_ACT_SMALLTALK);
    r->coverage = (esi_coverage)get_number(v, "coverage", ESI_COVERAGE_NONE);
    r->tier = (esi_tier)get_number(v, "tier", ESI_TIER_3);
    r->severity = (esi_severity)get_number(v, "severity", ESI_SEVERITY_CRITICAL);
    r->needs_escalation = get_number(v, "escalation", 1) != 0;
    r->input_tokens = get_count(v, "inputTokens");
    r->output_tokens = get_count(v, "outputTokens");
    r->cost = get_count(v, "cost");
    r->interrupted = get_number(v, "interrupted", 1) != 0;
    r->replayed = true;
    json_free(doc);
    return fits ? ESI_OK : fail_memory(err, ORIGIN);
}
