#include "provider/structured_read.h"

#include "provider/structured_text.h"

/* ---- tokens of a value, whose form was seen to be right ----------------------------------------
 * */

enum token { TOKEN_END, TOKEN_NAME, TOKEN_STRING, TOKEN_WORD, TOKEN_OPEN, TOKEN_CLOSE };

static bool is_mark(char c) {
    return c == ',' || c == ':' || c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool ends_word(char c) {
    return is_mark(c) || c == '"' || c == '[' || c == ']' || c == '{' || c == '}';
}

/* *inside: the string without its quotes, not decoded. */
static enum token take_string(struct view *rest, struct view *inside) {
    size_t at = 1;
    while (at < rest->n && rest->p[at] != '"') {
        at += rest->p[at] == '\\' ? 2 : 1;
    }
    *inside = view_slice(*rest, 1, at);
    *rest = view_slice(*rest, at + 1, rest->n);
    const struct view behind = view_trim(*rest);
    return behind.n > 0 && behind.p[0] == ':' ? TOKEN_NAME : TOKEN_STRING;
}

static enum token take_token(struct view *rest, struct view *inside) {
    size_t at = 0;
    while (at < rest->n && is_mark(rest->p[at])) {
        at++;
    }
    *rest = view_slice(*rest, at, rest->n);
    if (rest->n == 0) {
        return TOKEN_END;
    }
    const char c = rest->p[0];
    if (c == '"') {
        return take_string(rest, inside);
    }
    for (at = 1; at < rest->n && !ends_word(rest->p[at]);) {
        at++;
    }
    at = ends_word(c) ? 1 : at;
    *inside = view_slice(*rest, 0, at);
    *rest = view_slice(*rest, at, rest->n);
    return c == '{' || c == '[' ? TOKEN_OPEN : c == '}' || c == ']' ? TOKEN_CLOSE : TOKEN_WORD;
}

/* Decodes the inside of a string. */
static struct view decode(struct view inside, struct buf *out) {
    struct text_reader reader = {.held_count = 0};
    bool closed;
    buf_empty(out);
    (void)text_reader_feed(&reader, inside, out, &closed);
    return buf_view(out);
}

/* ---- what is cited ------------------------------------------------------------------------------
 * */

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* The number at the end of an id. */
static struct view number_of(struct view id) {
    size_t from = id.n;
    while (from > 0 && is_digit(id.p[from - 1])) {
        from--;
    }
    return view_slice(id, from, id.n);
}

/* The offered id that a word is, or the number of; NULL: none. */
static const char *find_id(const struct structured_in *in, struct view word, bool numbers) {
    for (size_t i = 0; i < in->source_count && word.n > 0; i++) {
        const struct view id = view_of(in->sources[i].id);
        if (view_eq_nocase(word, id) || (numbers && view_eq(word, number_of(id)))) {
            return in->sources[i].id;
        }
    }
    return NULL;
}

static void add_id(struct id_set *set, const char *id) {
    for (size_t i = 0; i < set->count; i++) {
        if (set->ids[i] == id) {
            return;
        }
    }
    set->ids[set->count++] = id;
}

static bool is_filler(struct view word) {
    static const struct view words[] = {
        {"source", 6}, {"sources", 7}, {"and", 3}, {"id", 2}, {"see", 3}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (view_eq_nocase(word, words[i])) {
            return true;
        }
    }
    return false;
}

/* Brackets, commas, quotes and the like stand between words. */
static bool is_of_word(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '_' || c == '.' || (unsigned char)c >= 0x80;
}

/* Takes the next word off *rest; false at the end. */
static bool take_word(struct view *rest, struct view *word) {
    size_t from = 0;
    while (from < rest->n && !is_of_word(rest->p[from])) {
        from++;
    }
    size_t to = from;
    while (to < rest->n && is_of_word(rest->p[to])) {
        to++;
    }
    *word = view_slice(*rest, from, to);
    *rest = view_slice(*rest, to, rest->n);
    return word->n > 0;
}

bool read_ids(struct view text, bool numbers, struct id_set *set) {
    const char *whole = find_id(set->in, view_trim(text), numbers);
    if (whole != NULL) {
        add_id(set, whole);
        return true;
    }
    struct view rest = text, word;
    bool any = false;
    while (take_word(&rest, &word)) {
        if (find_id(set->in, word, numbers) != NULL) {
            any = true;
        } else if (!is_filler(word)) {
            return false;
        }
    }
    rest = text;
    while (any && take_word(&rest, &word)) {
        const char *id = find_id(set->in, word, numbers);
        if (id != NULL) {
            add_id(set, id);
        }
    }
    return any;
}

/* Does an object's member of that name hold its id? */
static bool names_id(struct view name) {
    return view_eq_nocase(name, VIEW("id")) || view_eq_nocase(name, VIEW("source")) ||
           view_eq_nocase(name, VIEW("source_id"));
}

bool read_cited(struct view value, struct id_set *set, size_t *unknown) {
    struct buf plain;
    struct view inside;
    bool wanted = true;
    size_t none = 0;
    buf_init(&plain, 3 * (size_t)STRUCTURED_MAX);
    for (enum token t = take_token(&value, &inside); t != TOKEN_END && !plain.failed;
         t = take_token(&value, &inside)) {
        if (t == TOKEN_NAME) {
            wanted = names_id(inside);
        } else if (t == TOKEN_STRING || t == TOKEN_WORD) {
            const struct view item = t == TOKEN_WORD ? inside : decode(inside, &plain);
            none += wanted && !read_ids(item, true, set) ? 1 : 0;
            wanted = true;
        }
    }
    const bool well = !plain.failed;
    buf_clear(&plain);
    *unknown = none;
    return well;
}

/* ---- what stays open ------------------------------------------------------------------------- */

/* The beginning of a text that fits, in whole characters and without white space around it. */
static struct view head(struct view text) {
    text = view_trim(text);
    size_t n = text.n < OPEN_BYTES_MAX ? text.n : OPEN_BYTES_MAX;
    while (n < text.n && ((unsigned char)text.p[n] & 0xc0) == 0x80) {
        n--;
    }
    return view_trim(view_slice(text, 0, n));
}

bool read_open(struct view value, char lines[][OPEN_BYTES_MAX + 1], size_t *count) {
    struct buf plain;
    struct view inside;
    size_t n = 0;
    buf_init(&plain, 3 * (size_t)STRUCTURED_MAX);
    for (enum token t = take_token(&value, &inside);
         t != TOKEN_END && n < STRUCTURED_OPEN_MAX && !plain.failed;
         t = take_token(&value, &inside)) {
        const struct view line = t == TOKEN_STRING ? head(decode(inside, &plain)) : VIEW("");
        for (size_t i = 0; i < line.n; i++) {
            const char c = line.p[i];
            lines[n][i] = c;
            if (c == '\n' || c == '\t') {
                lines[n][i] = ' ';
            }
        }
        lines[n][line.n] = '\0';
        n += line.n > 0 ? 1 : 0;
    }
    const bool well = !plain.failed;
    buf_clear(&plain);
    *count = n;
    return well;
}

/* ---- labels ---------------------------------------------------------------------------------- */

static const char *find_category(const struct structured_in *in, struct view name) {
    for (size_t i = 0; i < in->category_count; i++) {
        if (view_eq_nocase(name, view_of(in->categories[i]))) {
            return in->categories[i];
        }
    }
    return NULL;
}

/* A word of the wire has no NUL inside, so `value` may be read as a C string. */
static void take_label(struct view name, struct view value, const struct structured_in *in,
                       esi_advice *a) {
    if (view_eq_nocase(name, VIEW("tier"))) {
        a->has_tier = a->has_tier || esi_tier_parse(value.p, &a->tier) == ESI_OK;
    } else if (view_eq_nocase(name, VIEW("severity"))) {
        a->has_severity = a->has_severity || esi_severity_parse(value.p, &a->severity) == ESI_OK;
    } else if (view_eq_nocase(name, VIEW("category")) && a->category == NULL) {
        a->category = find_category(in, value);
    }
}

bool read_labels(struct view value, const struct structured_in *in, esi_advice *out) {
    struct buf plain;
    struct view inside, name = VIEW("");
    size_t depth = 0;
    buf_init(&plain, 3 * (size_t)STRUCTURED_MAX);
    for (enum token t = take_token(&value, &inside); t != TOKEN_END && !plain.failed;
         t = take_token(&value, &inside)) {
        depth += t == TOKEN_OPEN ? 1 : 0;
        depth -= t == TOKEN_CLOSE ? 1 : 0;
        if (t == TOKEN_NAME) {
            name = depth == 1 ? inside : VIEW("");
        } else if (t == TOKEN_STRING && depth == 1) {
            take_label(name, decode(inside, &plain), in, out);
        } else if (t == TOKEN_WORD && depth == 1 && view_eq_nocase(name, VIEW("escalate"))) {
            const bool yes = view_eq(inside, VIEW("true"));
            if (!out->has_escalate && (yes || view_eq(inside, VIEW("false")))) {
                out->has_escalate = true;
                out->escalate = yes;
            }
        }
    }
    const bool well = !plain.failed;
    buf_clear(&plain);
    return well;
}
