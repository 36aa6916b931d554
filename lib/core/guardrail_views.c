#include <string.h>

#include "base/error.h"
#include "core/guardrail_view.h"

#define ORIGIN "core/guardrail"
#define SPELLED_MIN 4  /* letters one by one that make it spelling, not initials */
#define SPELLED_MORE 2 /* ... and where some are, so are these */
#define ENCODED_MIN 16 /* characters of base64 or hexadecimal worth decoding */
#define REVERSED_MIN 2 /* backward words that make a text look reversed */

static bool is_lower(char c) {
    return c >= 'a' && c <= 'z';
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_alnum(char c) {
    return is_lower(c) || is_digit(c);
}

/* An empty text of the same room, to be filled with put. */
static bool start(esi_arena *arena, size_t room, struct text_folded *out) {
    *out = (struct text_folded){.p = arena_alloc(arena, room + 1),
                                .from = ARENA_ARRAY(arena, room + 1, uint32_t)};
    return out->p != NULL && out->from != NULL;
}

static void put(struct text_folded *out, char c, uint32_t from) {
    out->p[out->n] = c;
    out->from[out->n++] = from;
}

static void finish(struct text_folded *out, uint32_t end) {
    out->p[out->n] = '\0';
    out->from[out->n] = end;
}

/* ---- spelled letter by letter --------------------------------------------------------------- */

/* How many letters stand alone from here on, with the same separator between them. */
static size_t spelled_run(const struct text_folded *in, size_t at) {
    size_t n = 1;
    const bool starts = at == 0 || !is_alnum(in->p[at - 1]);
    if (!starts || !is_alnum(in->p[at]) || at + 2 >= in->n || is_alnum(in->p[at + 1]) ||
        (unsigned char)in->p[at + 1] >= 0x80) {
        return 0;
    }
    const char separator = in->p[at + 1];
    size_t i = at;
    while (i + 2 < in->n && in->p[i + 1] == separator && is_alnum(in->p[i + 2]) &&
           (i + 3 >= in->n || !is_alnum(in->p[i + 3]))) {
        i += 2;
        n++;
    }
    return n;
}

/* "i g n o r e" and "i.g.n.o.r.e" as "ignore". Where more white space stood in the source than
 * between the letters, a word ends. */
static bool despace(const struct text_folded *in, esi_arena *arena, struct text_folded *out,
                    bool *differs) {
    *differs = false;
    for (size_t i = 0; i < in->n && !*differs; i++) {
        *differs = spelled_run(in, i) >= SPELLED_MIN;
    }
    if (!*differs) {
        return true;
    }
    if (!start(arena, in->n, out)) {
        return false;
    }
    for (size_t i = 0; i < in->n;) {
        const size_t run = spelled_run(in, i);
        if (run < SPELLED_MORE) {
            put(out, in->p[i], in->from[i]);
            i++;
            continue;
        }
        for (size_t k = 0; k < run; k++, i += 2) {
            put(out, in->p[i], in->from[i]);
            if (k + 1 < run && in->p[i + 1] == ' ' && in->from[i + 2] - in->from[i + 1] > 1) {
                put(out, ' ', in->from[i + 1]);
            }
        }
        i--;
    }
    finish(out, in->from[in->n]);
    return true;
}

/* ---- digits and signs for letters ----------------------------------------------------------- */

/* '\0' where it is none. one: what "1" stands for. */
static char leet_letter(char c, char one) {
    static const char letters[128] = {
        ['0'] = 'o', ['3'] = 'e', ['4'] = 'a', ['5'] = 's', ['7'] = 't',
        ['8'] = 'b', ['@'] = 'a', ['$'] = 's', ['!'] = 'i'};
    if (c == '1' || c == '|') {
        return one;
    }
    return (unsigned char)c < 128 ? letters[(unsigned char)c] : '\0';
}

/* The end of the run of letters, digits and signs that starts here. */
static size_t leet_run(const struct text_folded *in, size_t at) {
    while (at < in->n && (is_alnum(in->p[at]) || leet_letter(in->p[at], 'i') != '\0')) {
        at++;
    }
    return at;
}

/* Is it a word in disguise? A sign or digit stands in front of a letter, so that "vm1" stays. */
static bool leet_word(const struct text_folded *in, size_t from, size_t to, char one) {
    bool disguised = false, has_one = one == 'i';
    for (size_t i = from; i + 1 < to; i++) {
        disguised = disguised || (leet_letter(in->p[i], one) != '\0' && is_lower(in->p[i + 1]));
        has_one = has_one || in->p[i] == '1' || in->p[i] == '|';
    }
    return disguised && has_one; /* a view for "1" as "l" is only worth it where there is a "1" */
}

static bool unleet(const struct text_folded *in, char one, esi_arena *arena,
                   struct text_folded *out, bool *differs) {
    *differs = false;
    for (size_t i = 0; i < in->n;) {
        const size_t end = leet_run(in, i);
        if (end > i && leet_word(in, i, end, one)) {
            if (!*differs) {
                if (!start(arena, in->n, out)) {
                    return false;
                }
                memcpy(out->p, in->p, in->n);
                memcpy(out->from, in->from, (in->n + 1) * sizeof *in->from);
                out->n = in->n;
                *differs = true;
            }
            for (size_t k = i; k < end; k++) {
                const char letter = leet_letter(in->p[k], one);
                out->p[k] = letter != '\0' ? letter : in->p[k];
            }
        }
        i = end + 1;
    }
    return true;
}

/* ---- encoded -------------------------------------------------------------------------------- */

static int base64_value(char c) {
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (is_lower(c)) {
        return c - 'a' + 26;
    }
    if (is_digit(c)) {
        return c - '0' + 52;
    }
    return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

static int hex_value(char c) {
    return is_digit(c)            ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* Decodes into out (room for run.n bytes); the number of bytes. */
static size_t decode_base64(struct view run, char *out) {
    uint32_t bits = 0;
    unsigned have = 0;
    size_t n = 0;
    for (size_t i = 0; i < run.n; i++) {
        bits = (bits << 6) | (uint32_t)base64_value(run.p[i]);
        have += 6;
        if (have >= 8) {
            have -= 8;
            out[n++] = (char)(bits >> have);
        }
    }
    return n;
}

static size_t decode_hex(struct view run, char *out) {
    size_t n = 0;
    for (size_t i = 0; i + 1 < run.n; i += 2) {
        out[n++] = (char)(hex_value(run.p[i]) * 16 + hex_value(run.p[i + 1]));
    }
    return n;
}

/* Is it something that a person could read? */
static bool reads_as_text(struct view v) {
    size_t letters = 0;
    if (v.n < 8 || !text_valid(v)) {
        return false;
    }
    for (size_t i = 0; i < v.n; i++) {
        const unsigned char c = (unsigned char)v.p[i];
        if (c < 0x20 && c != '\n' && c != '\t' && c != '\r') {
            return false;
        }
        letters += (c | 0x20) >= 'a' && (c | 0x20) <= 'z' ? 1u : c == ' ' || c >= 0x80 ? 1u : 0u;
    }
    return letters * 10 >= v.n * 8;
}

/* The run of characters of an alphabet that starts here. */
static struct view run_of(struct view text, size_t at, int (*value)(char)) {
    size_t end = at;
    while (end < text.n && value(text.p[end]) >= 0) {
        end++;
    }
    return view_slice(text, at, end);
}

/* Folds one decoded piece and appends it; all of it stands for the run in the source. */
static esi_err add_decoded(struct view decoded, uint32_t from, esi_arena *arena,
                           struct text_folded *out, size_t room, esi_error *err) {
    struct text_folded folded;
    const esi_err e = text_fold(decoded, arena, &folded, err);
    if (e != ESI_OK) {
        return e;
    }
    for (size_t i = 0; i < folded.n && out->n + 2 < room; i++) {
        put(out, folded.p[i], from);
    }
    put(out, ' ', from);
    return ESI_OK;
}

static bool mixed(struct view run) {
    bool upper = false, low = false, digit = false;
    for (size_t i = 0; i < run.n; i++) {
        upper = upper || (run.p[i] >= 'A' && run.p[i] <= 'Z');
        low = low || is_lower(run.p[i]);
        digit = digit || is_digit(run.p[i]);
    }
    return upper + low + digit >= 2;
}

static esi_err decode(struct view text, esi_arena *arena, struct text_folded *out, bool *differs,
                      esi_error *err) {
    *differs = false;
    for (size_t i = 0; i < text.n;) {
        const struct view run = run_of(text, i, base64_value);
        if (run.n < ENCODED_MIN || !mixed(run)) {
            i += run.n + 1;
            continue;
        }
        char *bytes = arena_alloc(arena, run.n);
        if (bytes == NULL || (!*differs && !start(arena, text.n * 3 + 16, out))) {
            return fail_memory(err, ORIGIN);
        }
        const bool hex = run_of(text, i, hex_value).n == run.n && run.n % 2 == 0;
        struct view decoded = {bytes, hex ? decode_hex(run, bytes) : decode_base64(run, bytes)};
        *differs = true;
        if (reads_as_text(decoded)) {
            const esi_err e = add_decoded(decoded, (uint32_t)i, arena, out, text.n * 3 + 16, err);
            if (e != ESI_OK) {
                return e;
            }
        }
        i += run.n + 1;
    }
    if (*differs) {
        finish(out, (uint32_t)text.n);
        *differs = out->n > 0;
    }
    return ESI_OK;
}

/* ---- written backwards ---------------------------------------------------------------------- */

/* Common words backwards, none of which is a word forwards. */
static bool backward_word(struct view word) {
    static const struct view words[] = {
        {"eht", 3},           {"ruoy", 4},   {"uoy", 3},     {"dna", 3},      {"siht", 4},
        {"taht", 4},          {"htiw", 4},   {"lla", 3},     {"woh", 3},      {"tahw", 4},
        {"erongi", 6},        {"metsys", 6}, {"tpmorp", 6},  {"suoiverp", 8}, {"em", 2},
        {"snoitcurtsni", 12}, {"ot", 2},     {"gniggol", 7}, {"drowssap", 8}, {"elbasid", 7}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (word.p[0] == words[i].p[0] && view_eq(word, words[i])) {
            return true;
        }
    }
    return false;
}

static bool looks_reversed(struct view text) {
    size_t found = 0;
    for (size_t i = 0; i < text.n && found < REVERSED_MIN;) {
        size_t end = i;
        while (end < text.n && is_alnum(text.p[end])) {
            end++;
        }
        found += end > i && backward_word(view_slice(text, i, end)) ? 1 : 0;
        i = end + 1;
    }
    return found >= REVERSED_MIN;
}

static bool reverse(const struct text_folded *in, esi_arena *arena, struct text_folded *out) {
    if (!start(arena, in->n, out)) {
        return false;
    }
    for (size_t end = in->n; end > 0;) {
        size_t at = end - 1;
        while (at > 0 && ((unsigned char)in->p[at] & 0xc0) == 0x80) {
            at--;
        }
        for (size_t i = at; i < end; i++) {
            put(out, in->p[i], in->from[end]);
        }
        end = at;
    }
    finish(out, in->from[0]);
    return true;
}

/* ---- all of them ---------------------------------------------------------------------------- */

static bool same(const struct text_folded *a, struct view b) {
    return view_eq((struct view){a->p, a->n}, b);
}

static bool has_foreign(struct view text) {
    unsigned char all = 0;
    for (size_t i = 0; i < text.n; i++) {
        all |= (unsigned char)text.p[i];
    }
    return all >= 0x80;
}

static esi_err fold(struct view text, esi_arena *arena, struct guardrail_view *out, size_t *count,
                    esi_error *err) {
    esi_err e = text_fold(text, arena, &out[0].text, err);
    if (e != ESI_OK) {
        return e;
    }
    out[0].name = same(&out[0].text, text) ? "text" : "folded";
    *count = 1;
    if (!has_foreign((struct view){out[0].text.p, out[0].text.n})) {
        return ESI_OK;
    }
    e = text_fold_lookalikes(&out[0].text, arena, &out[1].text, err);
    if (e == ESI_OK && !same(&out[1].text, (struct view){out[0].text.p, out[0].text.n})) {
        out[1].name = "folded";
        *count = 2;
    }
    return e;
}

esi_err guardrail_views(struct view text, esi_arena *arena, struct guardrail_view *out,
                        size_t *count, size_t *plain_at, esi_error *err) {
    size_t n = 0;
    bool differs = false;
    esi_err e = fold(text, arena, out, &n, err);
    if (e != ESI_OK) {
        return e;
    }
    *plain_at = n - 1;
    const struct text_folded *plain = &out[n - 1].text;
    if (!despace(plain, arena, &out[n].text, &differs)) {
        return fail_memory(err, ORIGIN);
    }
    if (differs) {
        out[n++].name = "despaced";
    }
    for (const char *one = "il"; *one != '\0'; one++) {
        if (!unleet(plain, *one, arena, &out[n].text, &differs)) {
            return fail_memory(err, ORIGIN);
        }
        if (differs) {
            out[n++].name = "folded";
        }
    }
    e = decode(text, arena, &out[n].text, &differs, err);
    if (e != ESI_OK) {
        return e;
    }
    if (differs) {
        out[n++].name = "decoded";
    }
    if (looks_reversed((struct view){plain->p, plain->n})) {
        if (!reverse(plain, arena, &out[n].text)) {
            return fail_memory(err, ORIGIN);
        }
        out[n++].name = "reversed";
    }
    *count = n;
    return ESI_OK;
}

struct view guardrail_source(const struct guardrail_view *view, struct view source, size_t from,
                             size_t to) {
    const size_t a = view->text.from[from], b = view->text.from[to];
    size_t lo = a < b ? a : b, hi = a < b ? b : a;
    if (strcmp(view->name, "decoded") == 0) {
        hi = lo + run_of(source, lo, base64_value).n;
    }
    return view_slice(source, lo, hi);
}
