#include <string.h>

#include "base/error.h"
#include "core/policy_read.h"
#include "core/redact.h"

#define ORIGIN "core/policy"

static esi_err read_replies(struct policy_reader *r) {
    struct policy_item *items = NULL;
    size_t count = 0;
    const esi_err e = policy_members(r, "/replies", "reply", &items, &count);
    if (e != ESI_OK) {
        return e;
    }
    struct policy_reply *replies = ARENA_ARRAY(r->arena, count, struct policy_reply);
    if (replies == NULL) {
        return fail_memory(r->err, ORIGIN);
    }
    for (size_t i = 0; i < count; i++) {
        const char *text = json_string(items[i].value);
        if (text == NULL || strlen(text) > POLICY_STRING_MAX) {
            return policy_fail(r, &items[i], NULL, "a text of at most %d bytes is wanted here",
                               POLICY_STRING_MAX);
        }
        replies[i].id = arena_str(r->arena, view_of(items[i].id));
        replies[i].text = arena_str(r->arena, view_of(text));
        if (replies[i].id == NULL || replies[i].text == NULL) {
            return fail_memory(r->err, ORIGIN);
        }
    }
    r->policy->replies = replies;
    r->policy->reply_count = count;
    return ESI_OK;
}

/* How many pairs the groups of one file make: every word of a group with every other. */
static esi_err count_pairs(struct policy_reader *r, const struct policy_item *item, size_t *pairs) {
    if (item->value != NULL && json_type(item->value) != JSON_ARRAY) {
        return policy_fail(r, item, NULL, "an array of arrays of words is wanted here");
    }
    for (const json_value *g = json_first(item->value); g != NULL; g = json_next(g)) {
        const size_t n = json_count(g);
        if (json_type(g) != JSON_ARRAY || n < 2 || n > 32) {
            return policy_fail(r, item, NULL, "each group is an array of 2 to 32 words");
        }
        for (const json_value *v = json_first(g); v != NULL; v = json_next(v)) {
            if (json_string(v) == NULL || json_string(v)[0] == '\0') {
                return policy_fail(r, item, NULL, "each group is an array of 2 to 32 words");
            }
        }
        *pairs += n * (n - 1);
    }
    return *pairs <= POLICY_SYNONYMS_MAX
               ? ESI_OK
               : policy_fail(r, item, NULL, "more than %d pairs", POLICY_SYNONYMS_MAX);
}

static esi_err put_pairs(struct policy_reader *r, const json_value *group,
                         const char *(**next)[2]) {
    const char *words[32];
    size_t n = 0;
    for (const json_value *v = json_first(group); v != NULL; v = json_next(v)) {
        words[n] = arena_str(r->arena, view_of(json_string(v)));
        if (words[n++] == NULL) {
            return fail_memory(r->err, ORIGIN);
        }
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            if (i != j) {
                (**next)[0] = words[i];
                (**next)[1] = words[j];
                (*next)++;
            }
        }
    }
    return ESI_OK;
}

/* A file that extends adds its groups to those that it takes over. */
static esi_err read_synonyms(struct policy_reader *r) {
    size_t pairs = 0;
    for (size_t i = 0; i < r->source_count; i++) {
        const struct policy_item item = {.source = &r->sources[i],
                                         .value =
                                             json_get(json_root(r->sources[i].doc), "synonyms"),
                                         .pointer = "/synonyms",
                                         .kind = "synonyms"};
        const esi_err e = count_pairs(r, &item, &pairs);
        if (e != ESI_OK) {
            return e;
        }
    }
    void *all = arena_array(r->arena, pairs, 2 * sizeof(const char *));
    if (all == NULL) {
        return fail_memory(r->err, ORIGIN);
    }
    const char *(*next)[2] = all;
    for (size_t i = 0; i < r->source_count; i++) {
        const json_value *groups = json_get(json_root(r->sources[i].doc), "synonyms");
        for (const json_value *g = json_first(groups); g != NULL; g = json_next(g)) {
            const esi_err e = put_pairs(r, g, &next);
            if (e != ESI_OK) {
                return e;
            }
        }
    }
    r->policy->synonyms = all;
    r->policy->synonym_count = pairs;
    return ESI_OK;
}

static esi_err read_redact(struct policy_reader *r) {
    const struct policy_item item = policy_lookup(r, "/redact", "redact");
    uint32_t bits = 0;
    if (item.value != NULL && json_type(item.value) != JSON_ARRAY) {
        return policy_fail(r, &item, NULL, "an array of kinds is wanted here");
    }
    for (const json_value *v = json_first(item.value); v != NULL; v = json_next(v)) {
        uint32_t kind = 0;
        const char *word = json_string(v);
        while (kind <= REDACT_PASSWORD &&
               (word == NULL || strcmp(redact_name((enum redact_kind)kind), word) != 0)) {
            kind++;
        }
        if (kind > REDACT_PASSWORD) {
            return policy_fail(r, &item, NULL,
                               "kinds are email, phone, card, iban, national_id, ip, key, "
                               "password");
        }
        bits |= 1u << kind;
    }
    r->policy->redact = item.value != NULL ? bits : REDACT_ALL;
    return ESI_OK;
}

esi_err policy_read_texts(struct policy_reader *r) {
    esi_err e = read_replies(r);
    if (e == ESI_OK) {
        e = read_synonyms(r);
    }
    if (e == ESI_OK) {
        e = read_redact(r);
    }
    return e;
}
