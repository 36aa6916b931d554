#include "core/chunk_parts.h"
#include "core/grow.h"

static bool is_space(char c) {
    return c == ' ' || c == '\t';
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_alnum(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c & 0x80) != 0;
}

/* ---- at the beginning of a line -------------------------------------------------------------- */

static size_t bullet(struct view text) {
    static const char *const bullets[] = {"-",      "*",      "+",      "\u2022", "\u2023",
                                          "\u25E6", "\u00B7", "\u25AA", "\u25CF", "\u25A0"};
    for (size_t i = 0; i < sizeof bullets / sizeof bullets[0]; i++) {
        if (view_starts(text, view_of(bullets[i]))) {
            return view_of(bullets[i]).n;
        }
    }
    return 0;
}

/* "3.", "3)", "(3)", "c)", "Step 3:", "Step 3." */
static size_t ordinal(struct view text, int32_t *number) {
    size_t i = 0;
    const bool open = text.n > 0 && text.p[0] == '(';
    const bool step = text.n > 5 && view_eq_nocase(view_slice(text, 0, 5), VIEW("step "));
    i = step ? 5 : (open ? 1 : 0);
    if (!step && i + 1 < text.n && text.p[i] >= 'a' && text.p[i] <= 'z' && text.p[i + 1] == ')') {
        *number = text.p[i] - 'a' + 1;
        return i + 2;
    }
    size_t end = i;
    int32_t n = 0;
    while (end < text.n && end - i < 6 && is_digit(text.p[end])) {
        n = n * 10 + (text.p[end++] - '0');
    }
    const char close = end > i && end < text.n ? text.p[end] : '\0';
    if (close != ')' && (open || (close != '.' && !(step && close == ':')))) {
        return 0;
    }
    *number = n;
    return end + 1;
}

size_t mark_item(struct view text, int32_t *number) {
    *number = 0;
    size_t n = bullet(text);
    if (n == 0) {
        n = ordinal(text, number);
    }
    if (n == 0 || (n < text.n && !is_space(text.p[n]))) {
        *number = 0;
        return 0;
    }
    while (n < text.n && is_space(text.p[n])) {
        n++;
    }
    return n;
}

struct view mark_skip_box(struct view text) {
    const bool box = text.n >= 4 && text.p[0] == '[' && text.p[2] == ']' && is_space(text.p[3]) &&
                     (text.p[1] == ' ' || text.p[1] == 'x' || text.p[1] == 'X');
    return box ? view_trim(view_slice(text, 3, text.n)) : text;
}

/* ---- within a line --------------------------------------------------------------------------- */

#define RUN_MAX 63    /* longest run of backticks that is looked for again */
#define LINK_MAX 2000 /* bytes of a link's text or target */
#define BOLD_MAX 300  /* bytes of a bold lead */

struct strip {
    struct view raw;
    size_t at;
    char *p; /* the result */
    size_t n;
    esi_arena *arena;
    struct marked *out;
    size_t link_cap;
    uint64_t no_close; /* runs of backticks of that length that nothing closes */
    bool no_star;      /* nothing closes a single "*" behind here */
    bool no_underscore;
    size_t star_close; /* where the "*" that was opened last is closed; 0: none is open */
    size_t underscore_close;
    size_t link_close; /* where the words of the link that is open end; 0: none is */
    size_t link_end;   /* behind it */
    struct view link_target;
    size_t budget;   /* bytes that may still be looked at ahead, so that no text takes long */
    size_t bold_end; /* in the result: where the bold words at the beginning end */
    bool bold_open;  /* inside of them */
    bool bold_done;
    bool memory;
};

static char at(const struct strip *s, size_t i) {
    return i < s->raw.n ? s->raw.p[i] : '\0';
}

static void put(struct strip *s, struct view text) {
    memcpy(s->p + s->n, text.p, text.n);
    s->n += text.n;
}

static void put_char(struct strip *s, char c) {
    const bool space = is_space(c) || c == '\n' || c == '\r';
    if (!space) {
        s->p[s->n++] = c;
    } else if (s->n > 0 && s->p[s->n - 1] != ' ') {
        s->p[s->n++] = ' ';
    }
}

static size_t run_of(const struct strip *s, size_t from, char c) {
    size_t end = from;
    while (at(s, end) == c) {
        end++;
    }
    return end - from;
}

/* Code keeps a backtick on each side; a run that nothing closes is left out. */
static void strip_code(struct strip *s) {
    const size_t run = run_of(s, s->at, '`');
    const size_t from = s->at + run;
    s->at = from;
    if (run > RUN_MAX || (s->no_close >> run & 1) != 0) {
        return;
    }
    for (size_t i = from; i < s->raw.n;) {
        if (s->raw.p[i] != '`') {
            i++;
            continue;
        }
        const size_t closing = run_of(s, i, '`');
        if (closing == run) {
            put_char(s, '`');
            put(s, view_trim(view_slice(s->raw, from, i)));
            put_char(s, '`');
            s->at = i + closing;
            return;
        }
        i += closing;
    }
    s->no_close |= UINT64_C(1) << run;
}

/* Bold marks are left out, also where their other half stands in another paragraph. */
static void strip_double(struct strip *s, char c) {
    const size_t run = run_of(s, s->at, c);
    const char before = s->at == 0 ? ' ' : s->raw.p[s->at - 1];
    const char after = at(s, s->at + run);
    const bool inside = c == '_' && is_alnum(before) && is_alnum(after);
    const bool apart = (is_space(before) && (is_space(after) || after == '\0')) || run > 3;
    if (inside || apart) {
        put(s, view_slice(s->raw, s->at, s->at + run));
    } else if (s->n == 0 && !s->bold_done && !s->bold_open) {
        s->bold_open = true;
    } else if (s->bold_open) {
        s->bold_open = false;
        s->bold_done = true;
        s->bold_end = s->n;
    }
    s->at += run;
}

static size_t find_close(const struct strip *s, char c) {
    for (size_t i = s->at + 2; i < s->raw.n; i++) {
        const char after = at(s, i + 1);
        if (s->raw.p[i] == c && s->raw.p[i - 1] != c && after != c && !is_space(s->raw.p[i - 1]) &&
            !(c == '_' && is_alnum(after))) {
            return i;
        }
    }
    return 0;
}

/* A single mark is one only with its other half. */
static void strip_single(struct strip *s, char c) {
    size_t *close = c == '*' ? &s->star_close : &s->underscore_close;
    bool *none = c == '*' ? &s->no_star : &s->no_underscore;
    const char before = s->at == 0 ? ' ' : s->raw.p[s->at - 1];
    const char after = at(s, s->at + 1);
    *close = *close < s->at ? 0 : *close;
    if (*close == s->at && s->at != 0) {
        *close = 0;
        s->at++;
        return;
    }
    const bool may_open =
        *close == 0 && !*none && !is_space(after) && after != '\0' && !is_alnum(before);
    if (may_open) {
        *close = find_close(s, c);
        *none = *close == 0;
    }
    if (!may_open || *close == 0) {
        put_char(s, c);
    }
    s->at++;
}

static void add_link(struct strip *s, struct view target) {
    struct marked *out = s->out;
    const struct view plain = view_trim(target);
    if (plain.n == 0 || plain.p[0] == '#' || s->memory) {
        return;
    }
    struct view *links = grow(s->arena, out->links, out->link_count, &s->link_cap, sizeof *links);
    if (links == NULL) {
        s->memory = true;
        return;
    }
    out->links = links;
    out->links[out->link_count++] = plain;
}

static bool is_web(struct view target) {
    return view_starts(target, VIEW("http://")) || view_starts(target, VIEW("https://")) ||
           view_starts(target, VIEW("mailto:"));
}

/* The bracket that closes the one at `from`; 0 if there is none near. */
static size_t closing(struct strip *s, size_t from, char open, char close) {
    size_t depth = 0;
    for (size_t i = from; i < s->raw.n && i - from < LINK_MAX && s->budget > 0; i++) {
        const char c = s->raw.p[i];
        s->budget--;
        depth += c == open ? 1 : 0;
        if (c == close && --depth == 0) {
            return i;
        }
    }
    return 0;
}

static struct view target_of(struct view inside) {
    struct view target = view_trim(inside);
    const size_t quoted = view_find(target, VIEW(" \""), 0);
    target = quoted == SIZE_MAX ? target : view_trim(view_slice(target, 0, quoted));
    const bool angled = target.n > 2 && target.p[0] == '<' && target.p[target.n - 1] == '>';
    return angled ? view_slice(target, 1, target.n - 1) : target;
}

/* "[words](target)", "[words][name]", "[[words]]", "![words](target)": the words stay. */
static bool strip_link(struct strip *s) {
    const bool image = s->raw.p[s->at] == '!';
    const size_t open = s->at + (image ? 1 : 0);
    const size_t close = at(s, open) == '[' ? closing(s, open, '[', ']') : 0;
    const char next = at(s, close + 1);
    if (close == 0) {
        return false;
    }
    const struct view words = view_slice(s->raw, open + 1, close);
    if (words.n > 2 && words.p[0] == '[' && words.p[words.n - 1] == ']') {
        add_link(s, view_slice(words, 1, words.n - 1));
        put(s, view_slice(words, 1, words.n - 1));
        s->at = close + 1;
        return true;
    }
    const size_t end =
        next == '(' || next == '[' ? closing(s, close + 1, next, next == '(' ? ')' : ']') : 0;
    if (end == 0) {
        return false;
    }
    if (image || s->link_close != 0) {
        put(s, words);
        s->at = end + 1;
        return true;
    }
    s->link_close = close;
    s->link_end = end + 1;
    s->link_target = next == '(' ? target_of(view_slice(s->raw, close + 2, end)) : (struct view){0};
    s->at = open + 1;
    return true;
}

/* Behind a link's words: a web address is kept, another target is remembered. */
static void end_link(struct strip *s) {
    const struct view target = s->link_target;
    const bool shown =
        s->n >= target.n && view_eq((struct view){s->p + s->n - target.n, target.n}, target);
    if (is_web(target) && !shown) {
        put(s, VIEW(" ("));
        put(s, target);
        put(s, VIEW(")"));
    } else if (!is_web(target)) {
        add_link(s, target);
    }
    s->at = s->link_end;
    s->link_close = 0;
}

static bool is_tag(struct view name) {
    static const char *const tags[] = {
        "a",     "b",   "br",    "code",  "details", "div", "em",      "h1",   "h2",
        "h3",    "h4",  "hr",    "i",     "img",     "kbd", "li",      "mark", "ol",
        "p",     "pre", "small", "span",  "strong",  "sub", "summary", "sup",  "table",
        "tbody", "td",  "th",    "thead", "tr",      "u",   "ul"};
    for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++) {
        if (view_eq_nocase(name, view_of(tags[i]))) {
            return true;
        }
    }
    return false;
}

/* Known tags and comments go; "<name>" that stands for something to fill in stays. */
static bool strip_tag(struct strip *s) {
    if (view_starts(view_slice(s->raw, s->at, s->raw.n), VIEW("<!--"))) {
        const size_t end = view_find(s->raw, VIEW("-->"), s->at);
        s->at = end == SIZE_MAX ? s->raw.n : end + 3;
        return true;
    }
    size_t from = s->at + (at(s, s->at + 1) == '/' ? 2 : 1);
    size_t end = from;
    while (is_alnum(at(s, end)) && end - from < 10) {
        end++;
    }
    const char next = at(s, end);
    if (!is_tag(view_slice(s->raw, from, end)) || (next != '>' && next != '/' && !is_space(next))) {
        return false;
    }
    size_t stop = end;
    while (stop < s->raw.n && stop - end < LINK_MAX && s->raw.p[stop] != '>' && s->budget > 0) {
        stop++;
        s->budget--;
    }
    if (at(s, stop) != '>') {
        return false;
    }
    s->at = stop + 1;
    put_char(s, ' ');
    return true;
}

static bool strip_autolink(struct strip *s) {
    const struct view rest = view_slice(s->raw, s->at + 1, s->at + LINK_MAX);
    const bool web = is_web(rest) && s->budget > LINK_MAX;
    const size_t end = web ? view_find(rest, VIEW(">"), 0) : SIZE_MAX;
    s->budget -= web ? LINK_MAX : 0;
    if (end == SIZE_MAX) {
        return false;
    }
    put(s, view_slice(rest, 0, end));
    s->at += end + 2;
    return true;
}

static bool strip_entity(struct strip *s) {
    static const char *const entities[][2] = {
        {"&amp;", "&"},   {"&lt;", "<"},   {"&gt;", ">"},
        {"&quot;", "\""}, {"&nbsp;", " "}, {"&#39;", "'"},
    };
    for (size_t i = 0; i < sizeof entities / sizeof entities[0]; i++) {
        const struct view name = view_of(entities[i][0]);
        if (view_starts(view_slice(s->raw, s->at, s->at + name.n), name)) {
            put_char(s, entities[i][1][0]);
            s->at += name.n;
            return true;
        }
    }
    return false;
}

/* Bytes of a space that isn't the usual one: one that doesn't break, a thin or a wide one. */
static size_t odd_space(const struct strip *s) {
    static const char *const spaces[] = {"\u00A0", "\u202F", "\u2007", "\u2009", "\u3000"};
    const struct view rest = view_slice(s->raw, s->at, s->raw.n);
    for (size_t i = 0;
         rest.n > 1 && (rest.p[0] & 0x80) != 0 && i < sizeof spaces / sizeof spaces[0]; i++) {
        if (view_starts(rest, view_of(spaces[i]))) {
            return view_of(spaces[i]).n;
        }
    }
    return 0;
}

static void strip_next(struct strip *s) {
    const char c = s->raw.p[s->at];
    const char next = at(s, s->at + 1);
    if (s->link_close != 0 && s->at >= s->link_close) {
        end_link(s);
    } else if (c == '\\' && next != '\0' && !is_alnum(next) && !is_space(next)) {
        put_char(s, next);
        s->at += 2;
    } else if (c == '`') {
        strip_code(s);
    } else if ((c == '*' || c == '_') && next == c) {
        strip_double(s, c);
    } else if (c == '*' || c == '_') {
        strip_single(s, c);
    } else if (((c == '[' || (c == '!' && next == '[')) && strip_link(s)) ||
               (c == '<' && (strip_autolink(s) || strip_tag(s))) || (c == '&' && strip_entity(s))) {
        return;
    } else if (odd_space(s) > 0) {
        put_char(s, ' ');
        s->at += odd_space(s);
    } else {
        put_char(s, c);
        s->at++;
    }
}

static struct view without_colon(struct view text) {
    text = view_trim(text);
    while (text.n > 0 && text.p[text.n - 1] == ':') {
        text = view_trim(view_slice(text, 0, text.n - 1));
    }
    return text;
}

/* "[name]: target" defines a link and is no text. */
static bool is_definition(struct view raw) {
    const size_t close = view_find(raw, VIEW("]: "), 0);
    return raw.n > 3 && raw.p[0] == '[' && close != SIZE_MAX && close < 100 && raw.p[1] != '^' &&
           (is_web(view_trim(view_slice(raw, close + 3, raw.n))) ||
            view_find(view_trim(view_slice(raw, close + 3, raw.n)), VIEW(" "), 0) == SIZE_MAX);
}

bool mark_strip(struct view raw, esi_arena *arena, struct marked *out) {
    struct strip s = {.raw = raw, .arena = arena, .out = out};
    *out = (struct marked){0};
    s.p = arena_alloc(arena, raw.n + 4);
    if (s.p == NULL) {
        return false;
    }
    s.budget = raw.n < SIZE_MAX / 128 ? raw.n * 64 + 4 * LINK_MAX : 0;
    s.at = is_definition(raw) ? raw.n : 0;
    while (s.at < raw.n && !s.memory) {
        strip_next(&s);
    }
    out->text = view_trim((struct view){s.p, s.n});
    if (s.bold_done && s.bold_end <= BOLD_MAX && s.bold_end > 0) {
        out->lead = without_colon((struct view){s.p, s.bold_end});
        out->bold_lead = out->lead.n > 0;
        out->all_bold = out->bold_lead && s.bold_end >= out->text.n;
    }
    return !s.memory;
}
