#include <string.h>

#include "base/error.h"
#include "core/policy_read.h"

#define ORIGIN "core/policy"

static bool plain_name(const char *name) {
    const size_t n = strlen(name);
    return n > 0 && n <= 40 && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") == n;
}

esi_err policy_read_lists(struct policy_reader *r) {
    const esi_err e = policy_members(r, "/lists", "list", &r->lists, &r->list_count);
    if (e != ESI_OK) {
        return e;
    }
    for (size_t i = 0; i < r->list_count; i++) {
        const struct policy_item *list = &r->lists[i];
        if (!plain_name(list->id)) {
            return policy_fail(r, list, NULL, "a name is 1 to 40 of a-z, 0-9, _ and -");
        }
        if (json_type(list->value) != JSON_ARRAY || json_count(list->value) == 0) {
            return policy_fail(r, list, NULL, "an array of texts is wanted here");
        }
        for (const json_value *v = json_first(list->value); v != NULL; v = json_next(v)) {
            if (json_string(v) == NULL) {
                return policy_fail(r, list, NULL, "it may only hold texts");
            }
        }
    }
    return ESI_OK;
}

static const struct policy_item *find_list(const struct policy_reader *r, struct view name) {
    for (size_t i = 0; i < r->list_count; i++) {
        if (view_eq(view_of(r->lists[i].id), name)) {
            return &r->lists[i];
        }
    }
    return NULL;
}

/* Appends the text with every {{list}} replaced by its fragments as alternatives. user: who uses
 * it, for the message. The depth is limited, so that a list can't hold itself. */
static esi_err expand(struct policy_reader *r, const struct policy_item *user, const char *member,
                      const char *text, struct buf *out, unsigned depth) {
    struct view rest = view_of(text);
    for (;;) {
        const size_t open = view_find(rest, VIEW("{{"), 0);
        if (open == SIZE_MAX) {
            buf_add(out, rest);
            return ESI_OK;
        }
        const size_t close = view_find(rest, VIEW("}}"), open);
        const struct view name = view_slice(rest, open + 2, close == SIZE_MAX ? open + 2 : close);
        const struct policy_item *list = find_list(r, name);
        if (list == NULL) {
            return policy_fail(r, user, member, "there is no list \"%.*s\"",
                               (int)(name.n < 60 ? name.n : 60), name.n > 0 ? name.p : "");
        }
        if (depth == POLICY_LIST_DEPTH_MAX) {
            return policy_fail(r, list, NULL, "lists within lists go deeper than %d",
                               POLICY_LIST_DEPTH_MAX);
        }
        buf_add(out, view_slice(rest, 0, open));
        const char *between = "(?:";
        for (const json_value *v = json_first(list->value); v != NULL && !out->failed;
             v = json_next(v)) {
            buf_str(out, between);
            between = "|";
            const esi_err e = expand(r, list, NULL, json_string(v), out, depth + 1);
            if (e != ESI_OK) {
                return e;
            }
        }
        buf_char(out, ')');
        if (out->failed) {
            return ESI_OK; /* the caller says why */
        }
        rest = view_slice(rest, close + 2, rest.n);
    }
}

static esi_err add_expression(struct policy_reader *r, const struct policy_item *item,
                              const char *member, const json_value *value, uint32_t group) {
    if (json_string(value) == NULL || json_string(value)[0] == '\0') {
        return policy_fail(r, item, member, "an expression is a text that isn't empty");
    }
    struct buf text;
    buf_init(&text, PATTERN_LENGTH_MAX + 1);
    esi_err e = expand(r, item, member, json_string(value), &text, 0);
    if (e != ESI_OK) {
        goto out;
    }
    if (text.too_long) {
        e = policy_fail(r, item, member, "with its lists filled in it is longer than %d bytes",
                        PATTERN_LENGTH_MAX);
        goto out;
    }
    if (text.failed) {
        e = fail_memory(r->err, ORIGIN);
        goto out;
    }
    e = pattern_add(r->policy->patterns, group, text.p, "", NULL);
    if (e == ESI_ENOMEM) {
        e = fail_memory(r->err, ORIGIN);
    } else if (e != ESI_OK) {
        /* Finding the line takes a while, so only who has to be told waits for it. */
        const char *where = arena_printf(&r->scratch, "%s:%zu: %s \"%s\"", item->source->name,
                                         policy_line(r, item, member), item->kind,
                                         item->id != NULL ? item->id : "");
        e = where != NULL ? pattern_add(r->policy->patterns, group, text.p, where, r->err)
                          : fail_memory(r->err, ORIGIN);
    }
out:
    buf_clear(&text);
    return e;
}

esi_err policy_get_group(struct policy_reader *r, const struct policy_item *item,
                         const char *member, bool required, uint32_t *out) {
    const json_value *array = json_get(item->value, member);
    if (json_count(array) == 0 && !required && (array == NULL || json_type(array) == JSON_ARRAY)) {
        *out = PATTERN_NONE;
        return ESI_OK;
    }
    if (json_type(array) != JSON_ARRAY || json_count(array) == 0) {
        return policy_fail(r, item, member, "\"%s\" is missing, or isn't an array of expressions",
                           member);
    }
    uint32_t group = 0;
    esi_err e = pattern_group(r->policy->patterns, &group, r->err);
    size_t at = 0;
    for (const json_value *v = json_first(array); v != NULL && e == ESI_OK; v = json_next(v)) {
        const char *place = arena_printf(&r->scratch, "%s/%zu", member, at++);
        e = place != NULL ? add_expression(r, item, place, v, group) : fail_memory(r->err, ORIGIN);
    }
    if (e == ESI_OK) {
        *out = group;
    }
    return e;
}
