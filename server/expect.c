#include "expect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fail.h"
#include "fold.h"

/* ---- the keys -------------------------------------------------------------------------------- */

static const char *bool_name(size_t value) {
    return value == 0 ? "false" : value == 1 ? "true" : "";
}

static const char *act_name(size_t value) {
    return esi_act_name((esi_act)value);
}

/* ESI_COVERAGE_NULL, a refusal's, has no word: none can be expected. */
static const char *coverage_name(size_t value) {
    return esi_coverage_name((esi_coverage)(value + 1));
}

static const char *tier_name(size_t value) {
    return esi_tier_name((esi_tier)value);
}

static const char *severity_name(size_t value) {
    return esi_severity_name((esi_severity)value);
}

const char *const expect_keys[EXPECT_KEYS + 1] = {
    [EXPECT_BLOCKED] = "blocked",
    [EXPECT_CATEGORY] = "category",
    [EXPECT_ACT] = "act",
    [EXPECT_COVERAGE] = "coverage",
    [EXPECT_TIER] = "tier",
    [EXPECT_SEVERITY] = "severity",
    [EXPECT_ESCALATION] = "escalation",
    [EXPECT_TICKET] = "ticket",
    [EXPECT_CITES] = "cites",
    [EXPECT_NOT_CITES] = "not_cites",
    [EXPECT_SAYS] = "says",
    [EXPECT_NOT_SAYS] = "not_says",
    [EXPECT_ASKS] = "asks",
    [EXPECT_NOT_ASKS] = "not_asks",
};

/* The words for the values of a key; NULL: it takes texts. `asks` takes either. */
static const char *(*const NAMES[EXPECT_KEYS])(size_t value) = {
    [EXPECT_BLOCKED] = bool_name,      [EXPECT_ACT] = act_name,
    [EXPECT_COVERAGE] = coverage_name, [EXPECT_TIER] = tier_name,
    [EXPECT_SEVERITY] = severity_name, [EXPECT_ESCALATION] = bool_name,
    [EXPECT_TICKET] = bool_name,       [EXPECT_ASKS] = bool_name,
};

static bool takes_texts(size_t key) {
    return NAMES[key] == NULL || key == EXPECT_ASKS;
}

const char *expect_value_name(enum expect_key key, size_t value) {
    return NAMES[key] == NULL ? "" : NAMES[key](value);
}

/* ---- reading --------------------------------------------------------------------------------- */

static void list_words(size_t key, char *out, size_t size) {
    size_t used = 0;
    out[0] = '\0';
    for (size_t value = 0; used < size && NAMES[key](value)[0] != '\0'; value++) {
        used += (size_t)snprintf(out + used, size - used, "%s%s", value == 0 ? "" : ", ",
                                 NAMES[key](value));
    }
}

static esi_err unknown_key(const char *key, esi_error *err) {
    char known[160] = "";
    size_t used = 0;
    for (size_t i = 0; i < EXPECT_KEYS; i++) {
        used += (size_t)snprintf(known + used, sizeof known - used, "%s%s", i == 0 ? "" : ", ",
                                 expect_keys[i]);
    }
    return fail(err, ESI_EINVAL, NULL, "nothing called \"%.40s\" can be expected; there are %s",
                key, known);
}

static esi_err read_value(size_t key, const struct body_value *value, struct expectation *out,
                          esi_error *err) {
    const bool is_bool = NAMES[key] == bool_name;
    const char *word = !is_bool                        ? body_string(value)
                       : body_kind(value) == BODY_BOOL ? bool_name(body_is_true(value))
                                                       : NULL;
    size_t at = 0;
    while (word != NULL && NAMES[key](at)[0] != '\0' && strcasecmp(NAMES[key](at), word) != 0) {
        at++;
    }
    if (word == NULL || NAMES[key](at)[0] == '\0') {
        char words[96];
        list_words(key, words, sizeof words);
        return fail(err, ESI_EINVAL, NULL, "%s can't be %s%.40s%s; it may be %s", expect_keys[key],
                    word == NULL ? "of that type" : "\"", word == NULL ? "" : word,
                    word == NULL ? "" : "\"", words);
    }
    out->values |= 1u << at;
    return ESI_OK;
}

static esi_err read_item(size_t key, const struct body_value *value, struct expectation *out,
                         esi_error *err) {
    const char *item = body_string(value);
    if (item == NULL || !fold_item_says(item)) {
        return fail(err, ESI_EINVAL, NULL, "%s has an item that is %s", expect_keys[key],
                    item == NULL ? "no text" : "empty");
    }
    out->items[out->count++] = item;
    return ESI_OK;
}

/* One value, or a list of them. */
static esi_err read_expectation(size_t key, const struct body_value *value, struct expectation *out,
                                esi_error *err) {
    const bool list = body_kind(value) == BODY_LIST;
    const bool texts = takes_texts(key) && (list || body_kind(value) == BODY_TEXT);
    const size_t count = list ? body_count(value) : 1;
    if (count == 0 || count > EXPECT_ITEMS_MAX) {
        return fail(err, count == 0 ? ESI_EINVAL : ESI_ETOOBIG, NULL,
                    "%s is a list of %zu; 1 to %d are allowed", expect_keys[key], count,
                    EXPECT_ITEMS_MAX);
    }
    if (!texts && NAMES[key] == NULL) {
        return fail(err, ESI_EINVAL, NULL, "%s is neither a text nor a list of texts",
                    expect_keys[key]);
    }
    if (texts && (out->items = calloc(count, sizeof *out->items)) == NULL) {
        return fail(err, ESI_ENOMEM, NULL, "out of memory");
    }
    esi_err code = ESI_OK;
    const struct body_value *item = list ? body_first(value) : value;
    for (size_t i = 0; code == ESI_OK && i < count; i++) {
        code = texts ? read_item(key, item, out, err) : read_value(key, item, out, err);
        item = body_next(item);
    }
    return code;
}

esi_err expect_read(const struct body_value *object, struct expect *out, esi_error *err) {
    struct expect expect = {0};
    esi_err code = ESI_OK;
    if (body_kind(object) != BODY_OBJECT) {
        return fail(err, ESI_EINVAL, NULL, "expect is not an object");
    }
    for (const struct body_value *value = body_first(object); code == ESI_OK && value != NULL;
         value = body_next(value)) {
        size_t key = 0;
        while (key < EXPECT_KEYS && strcmp(expect_keys[key], body_name(value)) != 0) {
            key++;
        }
        if (key == EXPECT_KEYS) {
            code = unknown_key(body_name(value), err);
        } else if ((expect.given >> key & 1) != 0) {
            code = fail(err, ESI_EINVAL, NULL, "%s is expected twice", expect_keys[key]);
        } else {
            expect.given |= 1u << key;
            code = read_expectation(key, value, &expect.of[key], err);
        }
    }
    if (code != ESI_OK) {
        expect_clear(&expect);
        return code;
    }
    *out = expect;
    return ESI_OK;
}

void expect_clear(struct expect *expect) {
    for (size_t i = 0; i < EXPECT_KEYS; i++) {
        free(expect->of[i].items);
    }
    *expect = (struct expect){0};
}

size_t expect_count(const struct expect *expect, enum expect_key key) {
    const struct expectation *of = &expect->of[key];
    return of->values != 0 || (key == EXPECT_CATEGORY && of->count > 0) ? 1 : of->count;
}
