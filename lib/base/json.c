#include "base/json.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json_scan.h"

/* Texts are scanned by json_scan first, to the letter of the RFC, and only what passed goes to
 * cJSON, which is laxer, reads numbers by the locale, and can't tell a bad text from a lack of
 * memory. What is left to it is building the tree; numbers are put in from the source afterwards.
 *
 * cJSON_ParseWithLengthOpts notes the place of an error in a variable of the whole process. Since
 * it is never read here, its only effect is that of a store of a pointer and a size. */

struct json_doc {
    cJSON *root; /* valueint is not cJSON's: bytes from the start of text to the value, or to its
                    name where it has one */
    size_t n;
    char text[]; /* the source, its numbers blotted out */
};

static const cJSON *item_of(const json_value *v) {
    return (const cJSON *)v;
}

static const json_value *value_of(const cJSON *item) {
    return (const json_value *)item;
}

/* ---- reading ------------------------------------------------------------------------------- */

/* Says what is wrong, and where a person finds it: columns count characters. */
static esi_err refuse(const char *name, struct view text, const struct json_fault *fault,
                      esi_error *err) {
    size_t line = 1, column = 1;
    for (size_t i = 0; i < fault->at; i++) {
        if (text.p[i] == '\n') {
            line++;
            column = 1;
        } else if (((unsigned char)text.p[i] & 0xc0) != 0x80) {
            column++;
        }
    }
    return esi_fail(err, fault->code, "base/json", "%s, line %zu, column %zu: %s", name, line,
                    column, fault->what);
}

/* A walk over all items in the order of the source. */
struct walk {
    cJSON *item; /* NULL: it is over */
    cJSON *open[JSON_DEPTH_MAX];
    size_t depth;
};

static void walk_on(struct walk *w) {
    if (w->item->child != NULL) {
        w->open[w->depth++] = w->item;
        w->item = w->item->child;
        return;
    }
    while (w->item->next == NULL) {
        if (w->depth == 0) {
            w->item = NULL;
            return;
        }
        w->item = w->open[--w->depth];
    }
    w->item = w->item->next;
}

static bool is_between(char c) {
    return c == ' ' || c == ',' || c == ':' || c == '}' || c == ']' || c == '\n' || c == '\t' ||
           c == '\r';
}

static size_t skip_between(struct view text, size_t at) {
    while (at < text.n && is_between(text.p[at])) {
        at++;
    }
    return at;
}

static size_t skip_string(struct view text, size_t at) {
    for (at++; text.p[at] != '"'; at++) {
        at += text.p[at] == '\\' ? 1 : 0;
    }
    return at + 1;
}

/* A number, a word, or the bracket that opens something. */
static size_t skip_plain(struct view text, size_t at) {
    if (text.p[at] == '{' || text.p[at] == '[') {
        return at + 1;
    }
    while (at < text.n && !is_between(text.p[at])) {
        at++;
    }
    return at;
}

/* Overwrites each number by a 0 and spaces, which cJSON reads alike everywhere. */
static void blot_numbers(char *p, size_t n) {
    const struct view text = {p, n};
    size_t at = skip_between(text, 0);
    while (at < n) {
        const size_t from = at;
        at = p[at] == '"' ? skip_string(text, at) : skip_plain(text, at);
        if (p[from] == '-' || (p[from] >= '0' && p[from] <= '9')) {
            p[from] = '0';
            memset(p + from + 1, ' ', at - from - 1);
        }
        at = skip_between(text, at);
    }
}

/* Notes each item's place and reads its number: the tree and the source go in step. */
static bool bind_items(struct view text, cJSON *root, struct json_fault *fault) {
    size_t at = 0;
    for (struct walk w = {.item = root}; w.item != NULL; walk_on(&w)) {
        at = skip_between(text, at);
        w.item->valueint = (int)at;
        if (w.item->string != NULL) {
            at = skip_between(text, skip_string(text, at));
        }
        const size_t from = at;
        at = text.p[at] == '"' ? skip_string(text, at) : skip_plain(text, at);
        if (cJSON_IsNumber(w.item) &&
            !view_double(view_slice(text, from, at), &w.item->valuedouble)) {
            *fault = (struct json_fault){ESI_EPARSE, from, "a number too large to be kept"};
            return false;
        }
    }
    return true;
}

static int by_name(const void *a, const void *b) {
    const cJSON *x = *(const cJSON *const *)a, *y = *(const cJSON *const *)b;
    const int order = strcmp(x->string, y->string);
    return order != 0 ? order : (x->valueint > y->valueint) - (x->valueint < y->valueint);
}

/* Looks for a name that an object has twice; sorted, since an object may be large on purpose. */
static esi_err check_object(const cJSON *object, const cJSON **names, const cJSON **twice) {
    size_t count = 0;
    for (const cJSON *member = object->child; member != NULL; member = member->next) {
        names[count++] = member;
    }
    qsort(names, count, sizeof *names, by_name);
    for (size_t i = 1; i < count; i++) {
        if (strcmp(names[i - 1]->string, names[i]->string) == 0) {
            *twice = names[i];
            return ESI_EPARSE;
        }
    }
    return ESI_OK;
}

static esi_err check_names(cJSON *root, struct json_fault *fault) {
    size_t most = 0;
    for (struct walk w = {.item = root}; w.item != NULL; walk_on(&w)) {
        const size_t count = cJSON_IsObject(w.item) ? json_count(value_of(w.item)) : 0;
        most = count > most ? count : most;
    }
    if (most < 2) {
        return ESI_OK;
    }
    const cJSON **names = malloc(most * sizeof *names);
    if (names == NULL) {
        return ESI_ENOMEM;
    }
    esi_err result = ESI_OK;
    const cJSON *twice = NULL;
    for (struct walk w = {.item = root}; w.item != NULL && result == ESI_OK; walk_on(&w)) {
        if (cJSON_IsObject(w.item)) {
            result = check_object(w.item, names, &twice);
        }
    }
    free(names);
    if (twice != NULL) {
        *fault = (struct json_fault){result, (size_t)twice->valueint, "a name given twice"};
    }
    return result;
}

esi_err json_read(struct view text, size_t max, const char *name, struct json_doc **out,
                  esi_error *err) {
    max = max > INT32_MAX ? INT32_MAX : max;
    if (text.n > max) {
        return esi_fail(err, ESI_ETOOBIG, "base/json", "%s is larger than %zu bytes", name, max);
    }
    if (view_starts(text, VIEW("\xef\xbb\xbf"))) {
        text = view_slice(text, 3, text.n);
    }
    struct json_fault fault;
    if (!json_scan(text, &fault)) {
        return refuse(name, text, &fault, err);
    }
    struct json_doc *doc = malloc(sizeof *doc + text.n + 1);
    if (doc == NULL) {
        return fail_memory(err, "base/json");
    }
    memcpy(doc->text, text.p, text.n);
    doc->n = text.n;
    doc->text[doc->n] = '\0';
    blot_numbers(doc->text, text.n);
    esi_err result = ESI_ENOMEM; /* all that can be wrong with a text that was scanned */
    doc->root = cJSON_ParseWithLengthOpts(doc->text, doc->n + 1, NULL, 0);
    if (doc->root != NULL) {
        result = bind_items(text, doc->root, &fault) ? check_names(doc->root, &fault) : fault.code;
    }
    if (result != ESI_OK) {
        json_free(doc);
        return result == ESI_ENOMEM ? fail_memory(err, "base/json")
                                    : refuse(name, text, &fault, err);
    }
    *out = doc;
    return ESI_OK;
}

void json_free(struct json_doc *doc) {
    if (doc != NULL) {
        cJSON_Delete(doc->root);
        free(doc);
    }
}

const json_value *json_root(const struct json_doc *doc) {
    return value_of(doc->root);
}

/* ---- finding by pointer -------------------------------------------------------------------- */

/* Is a step of a pointer, with ~0 for ~ and ~1 for /, this name? */
static bool step_is(struct view step, const char *name) {
    size_t i = 0;
    for (; i < step.n && *name != '\0'; i++, name++) {
        char c = step.p[i];
        if (c == '~' && i + 1 < step.n) {
            i++;
            c = step.p[i] == '0' ? '~' : step.p[i] == '1' ? '/' : '\0';
        }
        if (c != *name) {
            return false;
        }
    }
    return i == step.n && *name == '\0';
}

static const cJSON *find_step(const cJSON *item, struct view step) {
    if (cJSON_IsObject(item)) {
        const cJSON *member = item->child;
        while (member != NULL && !step_is(step, member->string)) {
            member = member->next;
        }
        return member;
    }
    int64_t index;
    const bool padded = step.n > 1 && step.p[0] == '0';
    if (!cJSON_IsArray(item) || padded || view_starts(step, VIEW("-")) ||
        !view_int(step, 0, INT32_MAX, &index)) {
        return NULL;
    }
    const cJSON *element = item->child;
    for (; element != NULL && index > 0; index--) {
        element = element->next;
    }
    return element;
}

size_t json_line(const struct json_doc *doc, const char *pointer) {
    struct view rest = view_of(pointer), step;
    const cJSON *item = doc->root;
    if (rest.n > 0) {
        if (rest.p[0] != '/') {
            return 0;
        }
        rest = view_slice(rest, 1, rest.n);
        while (item != NULL && view_split(&rest, '/', &step)) {
            item = find_step(item, step);
        }
    }
    if (item == NULL) {
        return 0;
    }
    const struct view text = {doc->text, doc->n};
    size_t at = (size_t)item->valueint;
    if (item->string != NULL) {
        at = skip_between(text, skip_string(text, at));
    }
    size_t line = 1;
    for (size_t i = 0; i < at; i++) {
        line += doc->text[i] == '\n' ? 1 : 0;
    }
    return line;
}

/* ---- values -------------------------------------------------------------------------------- */

enum json_type json_type(const json_value *v) {
    const cJSON *item = item_of(v);
    if (item == NULL) {
        return JSON_NULL;
    }
    switch (item->type & 0xff) {
    case cJSON_False:
    case cJSON_True:
        return JSON_BOOL;
    case cJSON_Number:
        return JSON_NUMBER;
    case cJSON_String:
        return JSON_STRING;
    case cJSON_Array:
        return JSON_ARRAY;
    case cJSON_Object:
        return JSON_OBJECT;
    default:
        return JSON_NULL;
    }
}

const char *json_string(const json_value *v) {
    return json_type(v) == JSON_STRING ? item_of(v)->valuestring : NULL;
}

bool json_bool(const json_value *v, bool otherwise) {
    return json_type(v) == JSON_BOOL ? cJSON_IsTrue(item_of(v)) != 0 : otherwise;
}

double json_number(const json_value *v, double otherwise) {
    return json_type(v) == JSON_NUMBER ? item_of(v)->valuedouble : otherwise;
}

bool json_int(const json_value *v, int64_t min, int64_t max, int64_t *out) {
    /* Beyond 2^53 a double stands for several whole numbers. */
    const double exact = 9007199254740991.0;
    const double d = json_number(v, NAN);
    if (!(d >= -exact && d <= exact) || d != floor(d)) {
        return false;
    }
    const int64_t n = (int64_t)d;
    if (n < min || n > max) {
        return false;
    }
    *out = n;
    return true;
}

size_t json_count(const json_value *v) {
    size_t count = 0;
    for (const json_value *item = json_first(v); item != NULL; item = json_next(item)) {
        count++;
    }
    return count;
}

const json_value *json_first(const json_value *v) {
    return v == NULL ? NULL : value_of(item_of(v)->child);
}

const json_value *json_next(const json_value *v) {
    return v == NULL ? NULL : value_of(item_of(v)->next);
}

const char *json_name(const json_value *v) {
    return v == NULL ? NULL : item_of(v)->string;
}

const json_value *json_get(const json_value *v, const char *name) {
    if (json_type(v) != JSON_OBJECT || name == NULL) {
        return NULL;
    }
    const json_value *member = json_first(v);
    while (member != NULL && strcmp(json_name(member), name) != 0) {
        member = json_next(member);
    }
    return member;
}
