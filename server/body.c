#include "body.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "fail.h"
#include "utf8.h"
#include "wire.h"

/* Longer names of fields are asked for nowhere. */
#define NAME_MAX_BYTES 48

struct body {
    cJSON *root;
    bool snake;
};

/* The parser calls itself for each level and takes \u0000 for the end of a string: both are
 * decided here, by one look at each byte. */
static esi_err scan(const char *text, size_t size, esi_error *err) {
    size_t depth = 0;
    bool quoted = false;
    for (size_t at = 0; at < size; at++) {
        const char c = text[at];
        if (c == '\0') {
            return fail(err, ESI_EENCODING, "", "the JSON holds a NUL byte");
        }
        if (quoted && c == '\\') {
            if (size - at > 5 && memcmp(text + at + 1, "u0000", 5) == 0) {
                return fail(err, ESI_EENCODING, "", "the JSON holds a NUL (\\u0000)");
            }
            at++;
        } else if (c == '"') {
            quoted = !quoted;
        } else if (!quoted && (c == '{' || c == '[')) {
            if (++depth > BODY_MAX_DEPTH) {
                return fail(err, ESI_EPARSE, "", "the JSON is nested deeper than %d levels",
                            BODY_MAX_DEPTH);
            }
        } else if (!quoted && (c == '}' || c == ']') && depth > 0) {
            depth--;
        }
    }
    return ESI_OK;
}

static bool only_space(const char *text, const char *end) {
    while (text < end && memchr(" \t\r\n", *text, 4) != NULL) {
        text++;
    }
    return text == end;
}

esi_err body_parse(const char *text, size_t size, struct body **out, esi_error *err) {
    if (only_space(text, text + size)) {
        return fail(err, ESI_EPARSE, "", "the JSON is empty; an object is expected");
    }
    if (!utf8_valid(text, size)) {
        return fail(err, ESI_EENCODING, "", "the JSON is not UTF-8");
    }
    const esi_err scanned = scan(text, size, err);
    if (scanned != ESI_OK) {
        return scanned;
    }
    struct body *body = calloc(1, sizeof *body);
    if (body == NULL) {
        return fail(err, ESI_ENOMEM, NULL, "out of memory");
    }
    const char *end = text;
    body->root = cJSON_ParseWithLengthOpts(text, size, &end, false);
    esi_err code = ESI_OK;
    if (body->root == NULL || !only_space(end, text + size)) {
        code = fail(err, ESI_EPARSE, "", "the JSON has an error near byte %zu",
                    (size_t)(end - text) + 1);
    } else if (!cJSON_IsObject(body->root)) {
        code = fail(err, ESI_EINVAL, "", "the JSON is not an object");
    }
    if (code != ESI_OK) {
        body_free(body);
        return code;
    }
    *out = body;
    return ESI_OK;
}

void body_free(struct body *body) {
    if (body != NULL) {
        cJSON_Delete(body->root);
        free(body);
    }
}

/* "sessionId" to "session_id". */
static void to_snake(const char *name, char *out, size_t size) {
    size_t at = 0;
    for (; *name != '\0' && at + 2 < size; name++) {
        if (*name >= 'A' && *name <= 'Z') {
            out[at++] = '_';
            out[at++] = (char)(*name - 'A' + 'a');
        } else {
            out[at++] = *name;
        }
    }
    out[at] = '\0';
}

/* The field, or NULL where it is absent or null; `spelled` receives the name it came under. */
static const cJSON *find(const struct body *body, const char *name, char *spelled, size_t size) {
    snprintf(spelled, size, "%s", name);
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(body->root, name);
    if (item == NULL) {
        to_snake(name, spelled, size);
        item = cJSON_GetObjectItemCaseSensitive(body->root, spelled);
    }
    return item == NULL || cJSON_IsNull(item) ? NULL : item;
}

static const cJSON *take(struct body *body, const char *name, char *spelled, size_t size) {
    const cJSON *item = find(body, name, spelled, size);
    body->snake = body->snake || (item != NULL && strcmp(spelled, name) != 0);
    return item;
}

esi_err body_text(struct body *body, const char *name, const char **out, esi_error *err) {
    char spelled[NAME_MAX_BYTES];
    const cJSON *item = take(body, name, spelled, sizeof spelled);
    if (item != NULL && !cJSON_IsString(item)) {
        char pointer[NAME_MAX_BYTES + 1];
        snprintf(pointer, sizeof pointer, "/%s", spelled);
        return fail(err, ESI_EINVAL, pointer, "%s is not a string", spelled);
    }
    *out = item == NULL ? NULL : item->valuestring;
    return ESI_OK;
}

esi_err body_pairs(struct body *body, const char *name, esi_pair *pairs, size_t max, size_t *count,
                   esi_error *err) {
    char spelled[NAME_MAX_BYTES];
    char pointer[NAME_MAX_BYTES + 1];
    const cJSON *object = take(body, name, spelled, sizeof spelled);
    snprintf(pointer, sizeof pointer, "/%s", spelled);
    if (object != NULL && !cJSON_IsObject(object)) {
        return fail(err, ESI_EINVAL, pointer, "%s is not an object of strings", spelled);
    }
    size_t used = 0;
    const cJSON *item;
    cJSON_ArrayForEach(item, object) {
        if (cJSON_IsNull(item)) {
            continue;
        }
        if (!cJSON_IsString(item)) {
            return fail(err, ESI_EINVAL, pointer, "a value in %s is not a string", spelled);
        }
        if (used == max) {
            return fail(err, ESI_ETOOBIG, pointer, "%s has more than %zu values", spelled, max);
        }
        pairs[used++] = (esi_pair){item->string, item->valuestring};
    }
    *count = used;
    return ESI_OK;
}

bool body_is_snake(const struct body *body) {
    return body->snake;
}

/* ---- what is inside each other --------------------------------------------------------------- */

static const cJSON *item_of(const struct body_value *value) {
    return (const cJSON *)(const void *)value;
}

static const struct body_value *value_of(const cJSON *item) {
    return (const struct body_value *)(const void *)item;
}

const struct body_value *body_root(const struct body *body) {
    return value_of(body->root);
}

enum body_kind body_kind(const struct body_value *value) {
    const cJSON *item = item_of(value);
    return cJSON_IsString(item)   ? BODY_TEXT
           : cJSON_IsBool(item)   ? BODY_BOOL
           : cJSON_IsNumber(item) ? BODY_NUMBER
           : cJSON_IsArray(item)  ? BODY_LIST
           : cJSON_IsObject(item) ? BODY_OBJECT
                                  : BODY_NULL;
}

const struct body_value *body_first(const struct body_value *value) {
    const cJSON *item = item_of(value);
    return item != NULL && (cJSON_IsArray(item) || cJSON_IsObject(item)) ? value_of(item->child)
                                                                         : NULL;
}

const struct body_value *body_next(const struct body_value *value) {
    return value_of(item_of(value)->next);
}

const struct body_value *body_member(const struct body_value *object, const char *name) {
    return value_of(cJSON_GetObjectItemCaseSensitive(item_of(object), name));
}

size_t body_count(const struct body_value *value) {
    size_t count = 0;
    for (const struct body_value *v = body_first(value); v != NULL; v = body_next(v)) {
        count++;
    }
    return count;
}

const char *body_name(const struct body_value *value) {
    return item_of(value)->string;
}

const char *body_string(const struct body_value *value) {
    const cJSON *item = item_of(value);
    return cJSON_IsString(item) ? item->valuestring : NULL;
}

bool body_is_true(const struct body_value *value) {
    return cJSON_IsTrue(item_of(value));
}

double body_real(const struct body_value *value) {
    const cJSON *item = item_of(value);
    return cJSON_IsNumber(item) ? item->valuedouble : 0.0;
}

void body_echo(const struct body *body, const char *name, struct wire *wire) {
    char spelled[NAME_MAX_BYTES];
    const cJSON *item = find(body, name, spelled, sizeof spelled);
    if (item != NULL && cJSON_IsString(item)) {
        wire_text(wire, name, item->valuestring);
    } else if (item != NULL && cJSON_IsNumber(item)) {
        const double value = item->valuedouble;
        const bool whole = value > -9e15 && value < 9e15 && value == (double)(int64_t)value;
        if (whole) {
            wire_int(wire, name, (int64_t)value);
        } else {
            wire_real(wire, name, value);
        }
    } else {
        wire_null(wire, name);
    }
}
