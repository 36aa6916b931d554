#include "store/facts.h"

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"

#define ORIGIN "store/facts"
#define LIST_MAX 200           /* entries that one list of a ticket keeps */
#define LIST_BYTES_MAX 1048576 /* of one list as JSON */

/* ---- to JSON: ["rule",...], [["name","value"],...], [["step",at_ms,worked],...] ---------- */

/* One list on its way. */
struct list {
    struct buf json;
    struct json_out o;
};

static struct json_out *list_begin(struct list *list) {
    buf_init(&list->json, LIST_BYTES_MAX);
    json_begin(&list->o, &list->json);
    json_array(&list->o);
    return &list->o;
}

static esi_err list_end(struct list *list, size_t count, esi_arena *arena, const char **out,
                        esi_error *err) {
    struct buf *json = &list->json;
    esi_err rc = ESI_OK;
    json_array_end(&list->o);
    if (json->too_long) {
        rc = esi_fail(err, ESI_ETOOBIG, ORIGIN, "a ticket's list is larger than %d bytes",
                      LIST_BYTES_MAX);
    } else if (json->failed) {
        rc = fail_memory(err, ORIGIN);
    } else if (count == 0) {
        *out = NULL;
    } else if ((*out = arena_str(arena, buf_view(json))) == NULL) {
        rc = fail_memory(err, ORIGIN);
    }
    buf_clear(json);
    return rc;
}

esi_err facts_encode_strings(const esi_strings *list, esi_arena *arena, const char **out,
                             esi_error *err) {
    struct list json;
    struct json_out *o = list_begin(&json);
    for (size_t i = 0; i < list->count; i++) {
        json_put_string(o, list->items[i]);
    }
    return list_end(&json, list->count, arena, out, err);
}

static esi_err encode_pairs(const esi_pairs *list, esi_arena *arena, const char **out,
                            esi_error *err) {
    struct list json;
    struct json_out *o = list_begin(&json);
    for (size_t i = 0; i < list->count; i++) {
        json_array(o);
        json_put_string(o, list->items[i].name);
        json_put_string(o, list->items[i].value);
        json_array_end(o);
    }
    return list_end(&json, list->count, arena, out, err);
}

static esi_err encode_attempts(const struct facts *facts, esi_arena *arena, const char **out,
                               esi_error *err) {
    struct list json;
    struct json_out *o = list_begin(&json);
    for (size_t i = 0; i < facts->attempt_count; i++) {
        json_array(o);
        json_put_string(o, facts->attempts[i].step);
        json_put_int(o, facts->attempts[i].at_ms);
        json_put_bool(o, facts->attempts[i].worked);
        json_array_end(o);
    }
    return list_end(&json, facts->attempt_count, arena, out, err);
}

esi_err facts_encode(const struct facts *facts, esi_arena *arena, struct facts_text *out,
                     esi_error *err) {
    esi_err rc = facts_encode_strings(&facts->rules, arena, &out->rules, err);
    if (rc == ESI_OK) {
        rc = encode_pairs(&facts->references, arena, &out->references, err);
    }
    if (rc == ESI_OK) {
        rc = encode_pairs(&facts->details, arena, &out->details, err);
    }
    if (rc == ESI_OK) {
        rc = encode_pairs(&facts->context, arena, &out->context, err);
    }
    if (rc == ESI_OK) {
        rc = encode_attempts(facts, arena, &out->attempts, err);
    }
    return rc;
}

/* ---- from JSON --------------------------------------------------------------------------- */

/* A copy in the arena; NULL stays NULL, but for what names an entry. *failed: memory ran out. */
static const char *copy_text(const char *text, esi_arena *arena, bool *failed) {
    if (text == NULL) {
        return NULL;
    }
    const char *copy = arena_str(arena, view_of(text));
    *failed = *failed || copy == NULL;
    return copy;
}

static const char *copy_name(const char *text, esi_arena *arena, bool *failed) {
    return copy_text(text != NULL ? text : "", arena, failed);
}

typedef bool (*list_fn)(const json_value *list, size_t count, esi_arena *arena, void *out);

static bool decode_strings(const json_value *list, size_t count, esi_arena *arena, void *out) {
    esi_strings *strings = out;
    const char **items = ARENA_ARRAY(arena, count, const char *);
    bool failed = items == NULL;
    size_t n = 0;
    for (const json_value *v = json_first(list); v != NULL && !failed; v = json_next(v)) {
        items[n++] = copy_name(json_string(v), arena, &failed);
    }
    *strings = (esi_strings){items, n};
    return !failed;
}

static bool decode_pairs(const json_value *list, size_t count, esi_arena *arena, void *out) {
    esi_pairs *pairs = out;
    esi_pair *items = ARENA_ARRAY(arena, count, esi_pair);
    bool failed = items == NULL;
    size_t n = 0;
    for (const json_value *v = json_first(list); v != NULL && !failed; v = json_next(v)) {
        const json_value *name = json_first(v);
        const json_value *value = name != NULL ? json_next(name) : NULL;
        items[n].name = copy_name(json_string(name), arena, &failed);
        items[n++].value = copy_text(json_string(value), arena, &failed);
    }
    *pairs = (esi_pairs){items, n};
    return !failed;
}

static bool decode_attempts(const json_value *list, size_t count, esi_arena *arena, void *out) {
    struct facts *facts = out;
    esi_store_attempt *items = ARENA_ARRAY(arena, count, esi_store_attempt);
    bool failed = items == NULL;
    size_t n = 0;
    for (const json_value *v = json_first(list); v != NULL && !failed; v = json_next(v)) {
        const json_value *step = json_first(v);
        const json_value *at = step != NULL ? json_next(step) : NULL;
        items[n].step = copy_name(json_string(step), arena, &failed);
        (void)json_int(at, INT64_MIN, INT64_MAX, &items[n].at_ms);
        items[n++].worked = at != NULL && json_bool(json_next(at), false);
    }
    facts->attempts = items;
    facts->attempt_count = n;
    return !failed;
}

static esi_err decode(const char *text, list_fn read, esi_arena *arena, void *out, esi_error *err) {
    if (text == NULL) {
        return ESI_OK;
    }
    struct json_doc *doc = NULL;
    const esi_err rc = json_read(view_of(text), LIST_BYTES_MAX, "a ticket's list", &doc, err);
    if (rc != ESI_OK) {
        return rc;
    }
    const json_value *root = json_root(doc);
    const bool read_whole = read(root, json_count(root), arena, out);
    json_free(doc);
    return read_whole ? ESI_OK : fail_memory(err, ORIGIN);
}

esi_err facts_decode(const struct facts_text *text, esi_arena *arena, esi_store_ticket *ticket,
                     esi_error *err) {
    struct facts facts = {0};
    esi_err rc = decode(text->rules, decode_strings, arena, &facts.rules, err);
    if (rc == ESI_OK) {
        rc = decode(text->references, decode_pairs, arena, &facts.references, err);
    }
    if (rc == ESI_OK) {
        rc = decode(text->details, decode_pairs, arena, &facts.details, err);
    }
    if (rc == ESI_OK) {
        rc = decode(text->context, decode_pairs, arena, &facts.context, err);
    }
    if (rc == ESI_OK) {
        rc = decode(text->attempts, decode_attempts, arena, &facts, err);
    }
    if (rc == ESI_OK) {
        ticket->rules = facts.rules;
        ticket->references = facts.references;
        ticket->details = facts.details;
        ticket->context = facts.context;
        ticket->attempts = facts.attempts;
        ticket->attempt_count = facts.attempt_count;
    }
    return rc;
}

/* ---- joined ------------------------------------------------------------------------------ */

static bool merge_strings(const esi_strings *old, const esi_strings *more, esi_arena *arena,
                          esi_strings *out) {
    const char **items = ARENA_ARRAY(arena, old->count + more->count, const char *);
    if (items == NULL) {
        return false;
    }
    size_t n = 0;
    for (size_t i = 0; i < old->count + more->count && n < LIST_MAX; i++) {
        const char *text = i < old->count ? old->items[i] : more->items[i - old->count];
        size_t at = 0;
        while (at < n && strcmp(items[at], text) != 0) {
            at++;
        }
        if (at == n) {
            items[n++] = text;
        }
    }
    *out = (esi_strings){items, n};
    return true;
}

static bool merge_pairs(const esi_pairs *old, const esi_pairs *more, esi_arena *arena,
                        esi_pairs *out) {
    esi_pair *items = ARENA_ARRAY(arena, old->count + more->count, esi_pair);
    if (items == NULL) {
        return false;
    }
    size_t n = 0;
    for (size_t i = 0; i < old->count + more->count && n < LIST_MAX; i++) {
        const esi_pair *pair = i < old->count ? &old->items[i] : &more->items[i - old->count];
        size_t at = 0;
        while (at < n && strcmp(items[at].name, pair->name) != 0) {
            at++;
        }
        if (at == n) {
            items[n++] = *pair;
        } else if (pair->value != NULL) {
            items[at].value = pair->value;
        }
    }
    *out = (esi_pairs){items, n};
    return true;
}

static bool merge_attempts(const struct facts *old, const struct facts *more, esi_arena *arena,
                           struct facts *out) {
    const size_t count = old->attempt_count + more->attempt_count;
    esi_store_attempt *items = ARENA_ARRAY(arena, count, esi_store_attempt);
    if (items == NULL) {
        return false;
    }
    size_t n = 0;
    for (size_t i = 0; i < count && n < LIST_MAX; i++) {
        const esi_store_attempt *one =
            i < old->attempt_count ? &old->attempts[i] : &more->attempts[i - old->attempt_count];
        size_t at = 0;
        while (at < n &&
               (items[at].at_ms != one->at_ms || strcmp(items[at].step, one->step) != 0)) {
            at++;
        }
        if (at == n) {
            items[n++] = *one;
        } else {
            items[at].worked = one->worked;
        }
    }
    out->attempts = items;
    out->attempt_count = n;
    return true;
}

esi_err facts_merge(const struct facts *old, const struct facts *more, esi_arena *arena,
                    struct facts *out, esi_error *err) {
    const bool merged = merge_strings(&old->rules, &more->rules, arena, &out->rules) &&
                        merge_pairs(&old->references, &more->references, arena, &out->references) &&
                        merge_pairs(&old->details, &more->details, arena, &out->details) &&
                        merge_pairs(&old->context, &more->context, arena, &out->context) &&
                        merge_attempts(old, more, arena, out);
    return merged ? ESI_OK : fail_memory(err, ORIGIN);
}

esi_err facts_of(const esi_store_new_ticket *wanted, esi_arena *arena, struct facts *out,
                 esi_error *err) {
    const struct facts none = {0};
    const struct facts more = {.rules = wanted->rules,
                               .references = wanted->references,
                               .details = wanted->details,
                               .context = wanted->context,
                               .attempts = wanted->attempts,
                               .attempt_count = wanted->attempt_count};
    return facts_merge(&none, &more, arena, out, err);
}

/* ---- searched ---------------------------------------------------------------------------- */

esi_err facts_fold(const char *summary, const char *description, esi_arena *arena, const char **out,
                   esi_error *err) {
    struct text_folded first, second;
    esi_err rc = text_fold(view_of(summary), arena, &first, err);
    if (rc == ESI_OK) {
        rc = text_fold(view_of(description), arena, &second, err);
    }
    if (rc != ESI_OK) {
        return rc;
    }
    const char *both = arena_printf(arena, "%s %s", first.p, second.p);
    if (both == NULL) {
        return fail_memory(err, ORIGIN);
    }
    *out = both;
    return ESI_OK;
}
