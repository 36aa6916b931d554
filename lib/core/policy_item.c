#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "core/policy_read.h"

#define ORIGIN "core/policy"

const struct policy_word policy_roles[] = {
    {"trainee", 1u << ESI_ROLE_TRAINEE},   {"instructor", 1u << ESI_ROLE_INSTRUCTOR},
    {"operator", 1u << ESI_ROLE_OPERATOR}, {"support_engineer", 1u << ESI_ROLE_SUPPORT_ENGINEER},
    {"admin", 1u << ESI_ROLE_ADMIN},       {NULL, 0},
};

const struct policy_word policy_tiers[] = {
    {"TIER_0", ESI_TIER_0},
    {"TIER_1", ESI_TIER_1},
    {"TIER_2", ESI_TIER_2},
    {"TIER_3", ESI_TIER_3},
    {NULL, 0},
};

const struct policy_word policy_severities[] = {
    {"LOW", ESI_SEVERITY_LOW},
    {"MEDIUM", ESI_SEVERITY_MEDIUM},
    {"HIGH", ESI_SEVERITY_HIGH},
    {"CRITICAL", ESI_SEVERITY_CRITICAL},
    {NULL, 0},
};

size_t policy_line(struct policy_reader *r, const struct policy_item *item, const char *member) {
    size_t line = 0;
    if (member != NULL) {
        const char *pointer = arena_printf(&r->scratch, "%s/%s", item->pointer, member);
        line = pointer != NULL ? json_line(item->source->doc, pointer) : 0;
    }
    return line != 0 ? line : json_line(item->source->doc, item->pointer);
}

esi_err policy_fail(struct policy_reader *r, const struct policy_item *item, const char *member,
                    const char *format, ...) {
    char what[240];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(what, sizeof what, format, args);
    va_end(args);
    const size_t line = policy_line(r, item, member);
    if (item->id == NULL) {
        return esi_fail(r->err, ESI_EPOLICY, ORIGIN, "%s:%zu: %s: %s", item->source->name, line,
                        item->kind, what);
    }
    return esi_fail(r->err, ESI_EPOLICY, ORIGIN, "%s:%zu: %s \"%.64s\": %s", item->source->name,
                    line, item->kind, item->id, what);
}

/* The value at a pointer made of plain names. */
static const json_value *value_at(const struct json_doc *doc, const char *pointer) {
    const json_value *value = json_root(doc);
    struct view rest = view_of(pointer), name;
    (void)view_split(&rest, '/', &name);
    while (value != NULL && view_split(&rest, '/', &name)) {
        char text[32];
        if (name.n >= sizeof text) {
            return NULL;
        }
        memcpy(text, name.p, name.n);
        text[name.n] = '\0';
        value = json_get(value, text);
    }
    return value;
}

struct policy_item policy_lookup(const struct policy_reader *r, const char *pointer,
                                 const char *kind) {
    struct policy_item item = {.source = &r->sources[0], .pointer = pointer, .kind = kind};
    for (size_t i = 0; i < r->source_count; i++) {
        const json_value *value = value_at(r->sources[i].doc, pointer);
        if (value != NULL) {
            item.source = &r->sources[i];
            item.value = value;
        }
    }
    return item;
}

/* A later item takes the place of the one with its id; an id twice in one file is a mistake. */
static esi_err put_item(struct policy_reader *r, struct policy_item *items, size_t *count,
                        const struct policy_item *item) {
    for (size_t i = 0; i < *count; i++) {
        if (strcmp(items[i].id, item->id) == 0) {
            if (items[i].source == item->source) {
                return policy_fail(r, item, NULL, "the id is there twice");
            }
            items[i] = *item;
            return ESI_OK;
        }
    }
    if (*count == POLICY_ITEMS_MAX) {
        return policy_fail(r, item, NULL, "more than %d of them", POLICY_ITEMS_MAX);
    }
    items[(*count)++] = *item;
    return ESI_OK;
}

static esi_err check_members(struct policy_reader *r, const struct policy_item *item,
                             const char *const *members) {
    for (const json_value *m = json_first(item->value); m != NULL; m = json_next(m)) {
        size_t i = 0;
        while (members[i] != NULL && strcmp(members[i], json_name(m)) != 0) {
            i++;
        }
        if (members[i] == NULL) {
            return policy_fail(r, item, json_name(m), "\"%.40s\" isn't a name that is known here",
                               json_name(m));
        }
    }
    return ESI_OK;
}

esi_err policy_check_section(struct policy_reader *r, const char *pointer,
                             const char *const *names) {
    for (size_t i = 0; i < r->source_count; i++) {
        const struct policy_item item = {.source = &r->sources[i],
                                         .value = value_at(r->sources[i].doc, pointer),
                                         .pointer = pointer,
                                         .kind = pointer[0] == '/' ? pointer + 1 : "rules"};
        if (item.value != NULL && json_type(item.value) != JSON_OBJECT) {
            return policy_fail(r, &item, NULL, "an object is wanted here");
        }
        const esi_err e = check_members(r, &item, names);
        if (e != ESI_OK) {
            return e;
        }
    }
    return ESI_OK;
}

static esi_err read_item(struct policy_reader *r, struct policy_item *item,
                         const char *const *members) {
    if (json_type(item->value) != JSON_OBJECT) {
        return policy_fail(r, item, NULL, "an object is wanted here");
    }
    item->id = json_string(json_get(item->value, "id"));
    if (item->id == NULL || item->id[0] == '\0' || strlen(item->id) > 64) {
        item->id = NULL;
        return policy_fail(r, item, "id", "\"id\" is missing, or isn't 1 to 64 characters");
    }
    return check_members(r, item, members);
}

esi_err policy_items(struct policy_reader *r, const char *pointer, const char *kind,
                     const char *const *members, struct policy_item **out, size_t *count) {
    size_t room = 0;
    for (size_t i = 0; i < r->source_count; i++) {
        room += json_count(value_at(r->sources[i].doc, pointer));
    }
    room = room < POLICY_ITEMS_MAX ? room : POLICY_ITEMS_MAX;
    struct policy_item *items = ARENA_ARRAY(&r->scratch, room + 1, struct policy_item);
    if (items == NULL) {
        return fail_memory(r->err, ORIGIN);
    }
    size_t n = 0;
    for (size_t i = 0; i < r->source_count; i++) {
        const json_value *array = value_at(r->sources[i].doc, pointer);
        struct policy_item item = {
            .source = &r->sources[i], .value = array, .pointer = pointer, .kind = kind};
        if (array != NULL && json_type(array) != JSON_ARRAY) {
            return policy_fail(r, &item, NULL, "an array is wanted here");
        }
        size_t at = 0;
        for (item.value = json_first(array); item.value != NULL;
             item.value = json_next(item.value)) {
            item.id = NULL;
            item.pointer = arena_printf(&r->scratch, "%s/%zu", pointer, at++);
            if (item.pointer == NULL) {
                return fail_memory(r->err, ORIGIN);
            }
            esi_err e = read_item(r, &item, members);
            if (e == ESI_OK) {
                e = put_item(r, items, &n, &item);
            }
            if (e != ESI_OK) {
                return e;
            }
        }
    }
    *out = items;
    *count = n;
    return ESI_OK;
}

esi_err policy_members(struct policy_reader *r, const char *pointer, const char *kind,
                       struct policy_item **out, size_t *count) {
    size_t room = 0;
    for (size_t i = 0; i < r->source_count; i++) {
        room += json_count(value_at(r->sources[i].doc, pointer));
    }
    room = room < POLICY_ITEMS_MAX ? room : POLICY_ITEMS_MAX;
    struct policy_item *items = ARENA_ARRAY(&r->scratch, room + 1, struct policy_item);
    if (items == NULL) {
        return fail_memory(r->err, ORIGIN);
    }
    size_t n = 0;
    for (size_t i = 0; i < r->source_count; i++) {
        const json_value *object = value_at(r->sources[i].doc, pointer);
        struct policy_item item = {
            .source = &r->sources[i], .value = object, .pointer = pointer, .kind = kind};
        if (object != NULL && json_type(object) != JSON_OBJECT) {
            return policy_fail(r, &item, NULL, "an object is wanted here");
        }
        for (item.value = json_first(object); item.value != NULL;
             item.value = json_next(item.value)) {
            item.id = json_name(item.value);
            item.pointer = arena_printf(&r->scratch, "%s/%s", pointer, item.id);
            if (item.pointer == NULL) {
                return fail_memory(r->err, ORIGIN);
            }
            const esi_err e = put_item(r, items, &n, &item);
            if (e != ESI_OK) {
                return e;
            }
        }
    }
    *out = items;
    *count = n;
    return ESI_OK;
}

esi_err policy_get_string(struct policy_reader *r, const struct policy_item *item,
                          const char *member, const char **out) {
    const char *text = json_string(json_get(item->value, member));
    if (text == NULL || view_trim(view_of(text)).n == 0) {
        return policy_fail(r, item, member, "\"%s\" is missing, or isn't a text", member);
    }
    if (strlen(text) > POLICY_STRING_MAX) {
        return policy_fail(r, item, member, "\"%s\" is longer than %d bytes", member,
                           POLICY_STRING_MAX);
    }
    const char *copy = arena_str(r->arena, view_of(text));
    if (copy == NULL) {
        return fail_memory(r->err, ORIGIN);
    }
    *out = copy;
    return ESI_OK;
}

esi_err policy_get_bool(struct policy_reader *r, const struct policy_item *item, const char *member,
                        bool *out) {
    const json_value *value = json_get(item->value, member);
    if (json_type(value) != JSON_BOOL) {
        return policy_fail(r, item, member, "\"%s\" is missing, or isn't true or false", member);
    }
    *out = json_bool(value, false);
    return ESI_OK;
}

static bool find_word(const struct policy_word *table, const char *word, uint32_t *out) {
    for (size_t i = 0; word != NULL && table[i].word != NULL; i++) {
        if (strcmp(table[i].word, word) == 0) {
            *out = table[i].value;
            return true;
        }
    }
    return false;
}

/* "a, b, c": what would have been right. */
static const char *words_of(struct policy_reader *r, const struct policy_word *table) {
    const char *text = "";
    for (size_t i = 0; table[i].word != NULL && text != NULL; i++) {
        text = arena_printf(&r->scratch, "%s%s%s", text, i == 0 ? "" : ", ", table[i].word);
    }
    return text != NULL ? text : "";
}

esi_err policy_get_word(struct policy_reader *r, const struct policy_item *item, const char *member,
                        const struct policy_word *table, uint32_t *out) {
    const char *word = json_string(json_get(item->value, member));
    if (!find_word(table, word, out)) {
        return policy_fail(r, item, member, "\"%s\" is missing, or isn't one of: %s", member,
                           words_of(r, table));
    }
    return ESI_OK;
}

esi_err policy_get_words(struct policy_reader *r, const struct policy_item *item,
                         const char *member, const struct policy_word *table, bool required,
                         uint32_t *out) {
    const json_value *array = json_get(item->value, member);
    if (array == NULL && !required) {
        *out = 0;
        return ESI_OK;
    }
    if (json_type(array) != JSON_ARRAY || (required && json_count(array) == 0)) {
        return policy_fail(r, item, member, "\"%s\" is missing, or isn't an array of: %s", member,
                           words_of(r, table));
    }
    uint32_t bits = 0;
    for (const json_value *v = json_first(array); v != NULL; v = json_next(v)) {
        uint32_t bit = 0;
        if (!find_word(table, json_string(v), &bit)) {
            return policy_fail(r, item, member, "\"%s\" may only hold: %s", member,
                               words_of(r, table));
        }
        bits |= bit;
    }
    *out = bits;
    return ESI_OK;
}

esi_err policy_get_int(struct policy_reader *r, const struct policy_item *item, const char *member,
                       int32_t min, int32_t max, int32_t *out) {
    const json_value *value = json_get(item->value, member);
    int64_t number = 0;
    if (value == NULL) {
        return ESI_OK;
    }
    if (!json_int(value, min, max, &number)) {
        return policy_fail(r, item, member, "\"%s\" isn't a whole number from %d to %d", member,
                           (int)min, (int)max);
    }
    *out = (int32_t)number;
    return ESI_OK;
}
