#include "core/price.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/json.h"
#include "embedded.h"

#define ORIGIN "core/price"
#define PRICE_MOST 10000                       /* of a million tokens, in the unit */
#define TOKENS_MOST INT64_C(100000000)         /* of one call; with PRICE_MOST, sums fit 64 bits */
#define POINTER_MAX (2 * PRICE_MODEL_MAX + 32) /* "/models/" and a name with all of it escaped */

struct whole {
    struct price_table table; /* first: the caller holds a pointer to it */
    esi_arena arena;
};

struct reading {
    struct json_doc *doc;
    const char *name;
    esi_arena *arena;
    esi_error *err;
};

/* A member's pointer (RFC 6901). */
static void point(const char *model, char out[POINTER_MAX]) {
    size_t n = 0;
    const char *const lead = "/models/";
    for (const char *c = lead; *c; c++) {
        out[n++] = *c;
    }
    for (const char *c = model; *c && n + 3 < POINTER_MAX; c++) {
        if (*c == '~' || *c == '/') {
            out[n++] = '~';
            out[n++] = *c == '~' ? '0' : '1';
        } else {
            out[n++] = *c;
        }
    }
    out[n] = '\0';
}

static esi_err refuse(const struct reading *r, const char *pointer, const char *what) {
    const size_t line = json_line(r->doc, pointer);
    return esi_fail(r->err, ESI_EPARSE, ORIGIN, "%s:%zu: %s", r->name, line ? line : 1, what);
}

/* A price in millionths; *there false: it isn't named. */
static bool amount(const json_value *prices, const char *name, int64_t *out, bool *there) {
    const json_value *v = json_get(prices, name);
    *there = v != NULL;
    if (!v) {
        return true;
    }
    const double d = json_number(v, -1);
    const double millionths = d * 1e6;
    if (json_type(v) != JSON_NUMBER || !(d >= 0 && d <= PRICE_MOST) ||
        fabs(millionths - nearbyint(millionths)) > 1e-3) {
        return false;
    }
    *out = (int64_t)llround(millionths);
    return true;
}

static bool known(const json_value *object, const char *const *names, const char **stray) {
    for (const json_value *v = json_first(object); v; v = json_next(v)) {
        size_t i = 0;
        while (names[i] && strcmp(names[i], json_name(v)) != 0) {
            i++;
        }
        if (!names[i]) {
            *stray = json_name(v);
            return false;
        }
    }
    return true;
}

static esi_err read_model(const struct reading *r, const json_value *v, struct price *out) {
    static const char *const members[] = {"input", "cachedInput", "output", NULL};
    const char *model = json_name(v);
    const size_t n = strlen(model);
    char pointer[POINTER_MAX] = "/models";
    if (n == 0 || n > PRICE_MODEL_MAX) {
        return refuse(r, pointer, "a model's name has 1 to 128 bytes");
    }
    point(model, pointer);
    const char *stray = NULL;
    if (json_type(v) != JSON_OBJECT || !known(v, members, &stray)) {
        return refuse(r, pointer, "a model's prices are \"input\", \"cachedInput\" and \"output\"");
    }
    struct price p = {0};
    bool input, cached, output;
    if (!amount(v, "input", &p.input, &input) || !amount(v, "cachedInput", &p.cached, &cached) ||
        !amount(v, "output", &p.output, &output)) {
        return refuse(r, pointer,
                      "a price is a number from 0 to 10000 with at most six decimals, of a million "
                      "tokens");
    }
    if (!input) {
        return refuse(r, pointer, "a model without \"input\"");
    }
    p.cached = cached ? p.cached : p.input;
    p.model = arena_str(r->arena, view_of(model));
    if (!p.model) {
        return fail_memory(r->err, ORIGIN);
    }
    *out = p;
    return ESI_OK;
}

static esi_err read_models(const struct reading *r, const json_value *models,
                           struct price_table *out) {
    if (json_type(models) != JSON_OBJECT) {
        return refuse(r, models ? "/models" : "",
                      "\"models\" is an object of models with their prices");
    }
    const size_t count = json_count(models);
    if (count > PRICE_MODELS_MAX) {
        return refuse(r, "/models", "more than 2000 models");
    }
    struct price *prices = ARENA_ARRAY(r->arena, count, struct price);
    if (!prices) {
        return fail_memory(r->err, ORIGIN);
    }
    esi_err rc = ESI_OK;
    size_t at = 0;
    for (const json_value *v = json_first(models); v && rc == ESI_OK; v = json_next(v)) {
        rc = read_model(r, v, &prices[at++]);
    }
    out->prices = prices;
    out->count = at;
    return rc;
}

static esi_err read_table(const struct reading *r, struct price_table *out) {
    static const char *const members[] = {"unit", "asOf", "models", NULL};
    const json_value *root = json_root(r->doc);
    const char *stray = NULL;
    if (json_type(root) != JSON_OBJECT) {
        return refuse(r, "", "a table of prices is an object");
    }
    if (!known(root, members, &stray)) {
        char pointer[64] = "";
        if (strlen(stray) < 48 && !strpbrk(stray, "/~")) {
            pointer[0] = '/';
            memcpy(pointer + 1, stray, strlen(stray) + 1);
        }
        return refuse(r, pointer, "what stands here isn't \"unit\", \"asOf\" or \"models\"");
    }
    const char *unit = json_string(json_get(root, "unit"));
    if (!unit || !*unit || strlen(unit) > 16) {
        return refuse(r, json_get(root, "unit") ? "/unit" : "",
                      "\"unit\" says what is paid in, as \"USD\"");
    }
    out->unit = arena_str(r->arena, view_of(unit));
    return out->unit ? read_models(r, json_get(root, "models"), out) : fail_memory(r->err, ORIGIN);
}

esi_err price_read(struct view text, const char *name, struct price_table **out, esi_error *err) {
    if (!text.p) {
        text = (struct view){(const char *)data_prices_json, data_prices_json_size};
    }
    struct whole *whole = calloc(1, sizeof(*whole));
    if (!whole) {
        return fail_memory(err, ORIGIN);
    }
    struct reading r = {.name = name, .arena = &whole->arena, .err = err};
    esi_err rc = json_read(text, PRICE_FILE_MAX, name, &r.doc, err);
    if (rc == ESI_OK) {
        rc = read_table(&r, &whole->table);
    }
    json_free(r.doc);
    if (rc != ESI_OK) {
        price_free(&whole->table);
        return rc;
    }
    *out = &whole->table;
    return ESI_OK;
}

void price_free(struct price_table *table) {
    if (table) {
        struct whole *whole = (struct whole *)table;
        arena_clear(&whole->arena);
        free(whole);
    }
}

static bool stands_for(struct view name, struct view model) {
    if (name.n > model.n || !view_eq_nocase(name, view_slice(model, 0, name.n))) {
        return false;
    }
    const char next = name.n < model.n ? model.p[name.n] : '-';
    return next == '-' || next == ':' || next == '@';
}

const struct price *price_find(const struct price_table *table, const char *model) {
    const struct price *best = NULL;
    size_t longest = 0;
    for (size_t i = 0; model && i < table->count; i++) {
        const struct view name = view_of(table->prices[i].model);
        if (name.n > longest && stands_for(name, view_of(model))) {
            best = &table->prices[i];
            longest = name.n;
        }
    }
    return best;
}

static int64_t within(int64_t tokens, int64_t most) {
    return tokens < 0 ? 0 : tokens > most ? most : tokens;
}

int64_t price_of(const struct price *price, const esi_charge *charge) {
    const int64_t input = within(charge->input_tokens, TOKENS_MOST);
    const int64_t cached = within(charge->cached_tokens, input);
    const int64_t output = within(charge->output_tokens, TOKENS_MOST);
    return (input - cached) * price->input + cached * price->cached + output * price->output;
}
