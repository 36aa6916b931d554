#include "provider/embed_reply.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/vector.h"
#include "provider/json_walk.h"

#define ORIGIN "provider/openai"
#define DIGITS_MAX 18 /* that a whole number of 64 bits holds in any case */
#define POWERS 22     /* of ten, that a double holds exactly */

struct reading {
    const struct embed_reply_in *in;
    float *vectors;
    bool *seen;
    size_t items;
    int32_t dimensions; /* 0: not known yet */
    int64_t tokens;
    const char *bad; /* what is wrong first */
    int32_t other;   /* a length that wasn't asked for; 0: none */
};

/* ---- numbers --------------------------------------------------------------------------------- */

static double scaled(uint64_t digits, int exponent) {
    static const double powers[POWERS + 1] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                              1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                              1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    double value = (double)digits;
    for (; exponent > POWERS && value < 1e300; exponent -= POWERS) {
        value *= powers[POWERS];
    }
    for (; exponent < -POWERS && value > 0; exponent += POWERS) {
        value /= powers[POWERS];
    }
    if (exponent > POWERS || exponent < -POWERS) {
        return exponent > 0 ? HUGE_VAL : 0;
    }
    return exponent < 0 ? value / powers[-exponent] : value * powers[exponent];
}

static bool is_digit(const char *at, const char *end) {
    return at < end && *at >= '0' && *at <= '9';
}

static const char *read_exponent(const char *at, const char *end, int *exponent) {
    const bool negative = at < end && *at == '-';
    int said = 0;
    at += at < end && (*at == '-' || *at == '+');
    if (!is_digit(at, end)) {
        return NULL;
    }
    for (; is_digit(at, end); at++) {
        said = said < 10000 ? said * 10 + (*at - '0') : said;
    }
    *exponent += negative ? -said : said;
    return at;
}

/* A number of JSON, close enough for 32 bits: a vector has thousands, so it isn't read digit-exact.
 * Behind it; NULL: it is none. */
static const char *read_number(const char *at, const char *end, float *out) {
    const bool negative = at < end && *at == '-';
    uint64_t digits = 0;
    int count = 0, exponent = 0;
    bool point = false;
    at += negative;
    if (!is_digit(at, end)) {
        return NULL;
    }
    for (; is_digit(at, end) || (!point && at < end && *at == '.'); at++) {
        if (*at == '.') {
            point = true;
        } else if (count < DIGITS_MAX) {
            digits = digits * 10 + (uint64_t)(*at - '0');
            count += digits > 0;
            exponent -= point;
        } else {
            exponent += !point && exponent < 100000;
        }
    }
    if (at < end && (*at == 'e' || *at == 'E') &&
        (at = read_exponent(at + 1, end, &exponent)) == NULL) {
        return NULL;
    }
    const double value = scaled(digits, exponent);
    if (!(value <= FLT_MAX)) {
        return NULL;
    }
    *out = (float)(negative ? -value : value);
    return at;
}

/* ---- one vector ------------------------------------------------------------------------------ */

/* Room for so many numbers, of which one more is too many. */
static size_t room(const struct reading *r) {
    return r->dimensions > 0 ? (size_t)r->dimensions : VECTOR_DIMENSIONS_MAX;
}

/* From behind its bracket. How many there are; 0: it is no list of numbers. */
static size_t read_list(struct json_walk *w, float *to, size_t max) {
    size_t count = 0;
    while (json_walk_item(w)) {
        float value;
        const char *behind = read_number(w->at, w->end, &value);
        if (behind == NULL) {
            return 0;
        }
        w->at = behind;
        if (count < max) {
            to[count] = value;
        }
        count++;
    }
    return w->broken ? 0 : count;
}

static int sextet(char c) {
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* How many float32 there are; 0: it is no base64 of such. */
static size_t read_base64(struct view text, float *to, size_t max) {
    uint32_t bits = 0, word = 0;
    size_t held = 0, bytes = 0, end = text.n;
    while (end > 0 && text.p[end - 1] == '=' && text.n - end < 2) {
        end--;
    }
    for (size_t i = 0; i < end; i++) {
        const int six = sextet(text.p[i]);
        if (six < 0 && text.p[i] == '\\') {
            continue; /* as JSON writes "/" where it wants to */
        }
        if (six < 0) {
            return 0;
        }
        bits = bits << 6 | (uint32_t)six;
        held += 6;
        if (held < 8) {
            continue;
        }
        held -= 8;
        word = word >> 8 | (bits >> held & 0xff) << 24;
        if (++bytes % 4 == 0 && bytes / 4 <= max) {
            memcpy(&to[bytes / 4 - 1], &word, sizeof(word));
        }
    }
    return bytes % 4 == 0 ? bytes / 4 : 0;
}

static bool is_finite(const float *vector, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(vector[i])) {
            return false;
        }
    }
    return true;
}

/* A vector that is too long to be added up is made shorter first. */
static bool make_unit(float *vector, size_t count) {
    float most = 0;
    for (size_t i = 0; i < count; i++) {
        most = fmaxf(most, fabsf(vector[i]));
    }
    for (size_t i = 0; (most > 1e15f || most < 1e-15f) && most > 0 && i < count; i++) {
        vector[i] /= most;
    }
    return vector_normalise(vector, count);
}

/* ---- the items ------------------------------------------------------------------------------- */

struct item {
    size_t count; /* of numbers; 0: it isn't there, or none */
    bool placed;  /* it has an index, */
    int64_t index;
    struct json_walk vector; /* and where its vector stands */
};

static void read_item(struct json_walk *w, struct item *out) {
    struct view name;
    *out = (struct item){.index = -1};
    while (json_walk_member(w, &name)) {
        const struct json_walk at = *w;
        if (view_eq(name, VIEW("embedding"))) {
            out->vector = at;
            out->count = 1;
        }
        const struct view value = json_walk_value(w);
        if (view_eq(name, VIEW("index"))) {
            out->placed = view_int(value, 0, INT32_MAX, &out->index);
        }
    }
}

static size_t read_vector(struct json_walk *at, float *to, size_t max) {
    if (json_walk_into(at, '[')) {
        return read_list(at, to, max);
    }
    const struct view value = json_walk_value(at);
    return json_walk_is_text(value) ? read_base64(view_slice(value, 1, value.n - 1), to, max) : 0;
}

static const char *take_item(struct reading *r, struct json_walk *w) {
    struct item item;
    if (!json_walk_into(w, '{')) {
        return "an item that is no object";
    }
    read_item(w, &item);
    if (!item.placed && r->in->count == 1) {
        item.index = 0;
    }
    if (w->broken || item.count == 0) {
        return "an item without a vector";
    }
    if (item.index < 0 || (size_t)item.index >= r->in->count) {
        return "an index that wasn't asked for";
    }
    if (r->seen[item.index]) {
        return "an index twice";
    }
    const size_t max = room(r);
    float *to = r->vectors + (size_t)item.index * (r->dimensions > 0 ? max : 0);
    const size_t count = read_vector(&item.vector, to, max);
    if (count == 0) {
        return "a vector that isn't one";
    }
    if (count > max || (r->dimensions > 0 && count != max)) {
        r->other = count < INT32_MAX ? (int32_t)count : INT32_MAX;
        return "a vector of another length";
    }
    if (!is_finite(to, count) || !make_unit(to, count)) {
        return "a vector without a direction";
    }
    r->dimensions = (int32_t)count;
    r->seen[item.index] = true;
    r->items++;
    return NULL;
}

static void read_data(struct reading *r, struct json_walk *w) {
    while (json_walk_item(w)) {
        const char *bad = take_item(r, w);
        if (bad != NULL) {
            r->bad = bad;
            return;
        }
    }
}

static void read_usage(struct reading *r, struct json_walk *w) {
    struct view name;
    while (json_walk_member(w, &name)) {
        const struct view value = json_walk_value(w);
        int64_t n;
        if (view_eq(name, VIEW("prompt_tokens")) && view_int(value, 0, INT32_MAX, &n)) {
            r->tokens = n;
        }
    }
}

static void read_body(struct reading *r) {
    struct json_walk w = json_walk_of(r->in->body);
    struct view name;
    bool data = false;
    if (!json_walk_into(&w, '{')) {
        r->bad = "no object";
        return;
    }
    while (json_walk_member(&w, &name)) {
        struct json_walk inside = w;
        (void)json_walk_value(&w); /* behind it, whatever comes of it */
        if (view_eq(name, VIEW("data")) && !data && json_walk_into(&inside, '[')) {
            data = true;
            read_data(r, &inside);
        } else if (view_eq(name, VIEW("usage")) && json_walk_into(&inside, '{')) {
            read_usage(r, &inside);
        }
    }
    if (!r->bad && (w.broken || !data)) {
        r->bad = data ? "a text that breaks off" : "no data";
    }
    if (!r->bad && r->items != r->in->count) {
        r->bad = "fewer vectors than texts";
    }
}

esi_err embed_reply_read(const struct embed_reply_in *in, float *vectors, bool *seen,
                         struct embed_reply *out, esi_error *err) {
    struct reading r = {
        .in = in, .vectors = vectors, .seen = seen, .dimensions = in->dimensions, .tokens = -1};
    memset(seen, 0, in->count * sizeof(*seen));
    read_body(&r);
    *out = (struct embed_reply){r.dimensions, r.tokens};
    if (r.other > 0) {
        return esi_fail(err, ESI_EDIM, ORIGIN,
                        "the model gives vectors of %d dimensions, not of %d: set "
                        "ESI_EMBEDDING_MODEL and ESI_EMBEDDING_DIMENSIONS to what it makes",
                        (int)r.other, (int)room(&r));
    }
    return r.bad ? esi_fail(err, ESI_EUPSTREAM, ORIGIN, "the reply of vectors has %s", r.bad)
                 : ESI_OK;
}
