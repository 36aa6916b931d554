#include "core/chunk_parts.h"
#include "core/grow.h"

#define DEPTH_MAX 16
#define WIDTH_MAX 200

static bool is_blank_char(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

struct view chunk_skip_space(struct view text) {
    size_t i = 0;
    while (i < text.n && is_blank_char(text.p[i])) {
        i++;
    }
    return view_slice(text, i, text.n);
}

static struct view trim_end(struct view text) {
    while (text.n > 0 && is_blank_char(text.p[text.n - 1])) {
        text.n--;
    }
    return text;
}

bool chunk_take_mark(struct view *text, bool *quote, int32_t *number) {
    *text = chunk_skip_space(*text);
    *quote = text->n > 0 && text->p[0] == '>';
    *number = 0;
    const size_t n = *quote ? 1 : mark_item(*text, number);
    *text = view_slice(*text, n, text->n);
    return n > 0;
}

/* ---- layout ---------------------------------------------------------------------------------- */

/* Does `next` go on where `line` was wrapped? Its small letter says so. */
static bool is_wrapped(struct view line, struct view next) {
    int32_t number;
    const char last = line.p[line.n - 1];
    return line.n <= WIDTH_MAX && line.p[0] != '|' && line.p[0] != '#' && next.p[0] >= 'a' &&
           next.p[0] <= 'z' && mark_item(next, &number) == 0 &&
           view_find(VIEW(".!?:;|`"), (struct view){&last, 1}, 0) == SIZE_MAX;
}

/* Prose is wrapped where its widest line that goes on in the next one ends. */
struct layout chunk_layout(struct view body) {
    struct layout layout = {0};
    struct view line, last = {0};
    size_t lines = 0, followed = 0, wrapped = 0, blanks = 0, heads = 0;
    bool fence = false, blank = true, wide = false;
    while (view_line(&body, &line)) {
        const struct view words = trim_end(chunk_skip_space(line));
        const bool mark = view_starts(words, VIEW("```")) || view_starts(words, VIEW("~~~"));
        fence = mark ? !fence : fence;
        if (words.n > 0) {
            const bool rule = !fence && lines > 0 && words.n > 2 && !blank &&
                              (view_starts(words, VIEW("===")) || view_starts(words, VIEW("---")));
            heads +=
                (!fence && words.p[0] == '#') || rule || view_starts(words, VIEW("**")) ? 1 : 0;
            wide = wide || (lines > 0 && blanks > 1);
            blanks = 0;
            lines++;
            followed += blank ? 0 : 1;
            if (last.n > 0 && !fence && !mark && is_wrapped(last, words)) {
                wrapped++;
                layout.width = (int32_t)last.n > layout.width ? (int32_t)last.n : layout.width;
            }
            last = fence || mark ? (struct view){0} : words;
        }
        blank = words.n == 0;
        blanks += blank ? 1 : 0;
    }
    layout.width = wrapped < 2 ? 0 : layout.width;
    layout.spaced = lines > 1 && followed * 50 <= lines;
    layout.headless = heads < 2;
    layout.gap = layout.spaced && wide ? 2 : 1;
    return layout;
}

/* ---- lines without their marks --------------------------------------------------------------- */

struct taker {
    const struct source_line *lines;
    size_t count;
    int32_t first_line;
    esi_arena *arena;
    struct raw_line *out;
    size_t out_count, cap;
    size_t indents[DEPTH_MAX]; /* of the items around */
    size_t depth;
};

static struct raw_line *add_line(struct taker *t, size_t i) {
    struct raw_line *out = grow(t->arena, t->out, t->out_count, &t->cap, sizeof *out);
    if (out == NULL) {
        return NULL;
    }
    t->out = out;
    struct raw_line *line = &t->out[t->out_count++];
    *line = (struct raw_line){
        .from = t->lines[i].from, .to = t->lines[i].to, .line = t->first_line + (int32_t)i};
    return line;
}

static size_t indent_of(struct view text) {
    size_t columns = 0;
    for (size_t i = 0; i < text.n && is_blank_char(text.p[i]); i++) {
        columns += text.p[i] == '\t' ? 4 : 1;
    }
    return columns;
}

static int32_t item_depth(struct taker *t, struct view text) {
    const size_t indent = indent_of(text);
    while (t->depth > 0 && t->indents[t->depth - 1] >= indent) {
        t->depth--;
    }
    if (t->depth < DEPTH_MAX) {
        t->indents[t->depth++] = indent;
    }
    return (int32_t)t->depth - 1;
}

/* The words of a line: its quote marks and the items that begin on it are taken off. */
static struct view words_of(const struct source_line *line, int32_t *number) {
    struct view text = line->text;
    size_t quotes = line->quotes, items = line->items;
    *number = 0;
    while (quotes + items > 0) {
        struct view rest = text;
        bool quote;
        int32_t n;
        if (!chunk_take_mark(&rest, &quote, &n) || (quote ? quotes : items) == 0) {
            break;
        }
        quotes -= quote ? 1 : 0;
        items -= quote ? 0 : 1;
        *number = quote ? *number : n;
        text = rest;
    }
    return trim_end(chunk_skip_space(text));
}

static bool take_text(struct taker *t, size_t i) {
    const struct source_line *line = &t->lines[i];
    int32_t number;
    struct view text = words_of(line, &number);
    if (text.n == 0) {
        return true;
    }
    struct raw_line *raw = add_line(t, i);
    if (raw == NULL) {
        return false;
    }
    raw->item = line->items > 0;
    raw->number = number;
    raw->depth = raw->item ? item_depth(t, line->text) : 0;
    raw->quote = line->quotes > 0;
    raw->opens = line->opens;
    raw->broken = view_ends(line->text, VIEW("  ")) || view_ends(text, VIEW("\\"));
    raw->width = (int32_t)trim_end(chunk_skip_space(line->text)).n;
    raw->text = raw->item ? mark_skip_box(text) : text;
    if (view_ends(raw->text, VIEW("\\"))) {
        raw->text = trim_end(view_slice(raw->text, 0, raw->text.n - 1));
    }
    if (!raw->item && indent_of(line->text) == 0) {
        t->depth = 0;
    }
    return true;
}

/* "## Title ##"; also "##Title", which is meant so. */
static size_t hashes(struct view text) {
    size_t n = 0;
    while (n < text.n && text.p[n] == '#') {
        n++;
    }
    return n <= 6 ? n : 0;
}

static bool add_heading(struct taker *t, size_t i, struct view text, int32_t level) {
    struct raw_line *raw = add_line(t, i);
    if (raw == NULL) {
        return false;
    }
    text = trim_end(chunk_skip_space(text));
    size_t end = text.n;
    while (end > 0 && text.p[end - 1] == '#') {
        end--;
    }
    raw->kind = RAW_HEADING;
    raw->level = level;
    raw->text =
        end == 0 || is_blank_char(text.p[end - 1]) ? trim_end(view_slice(text, 0, end)) : text;
    raw->opens = true;
    t->depth = 0;
    return true;
}

static bool add_rule(struct taker *t, size_t i) {
    struct raw_line *raw = add_line(t, i);
    if (raw != NULL) {
        raw->kind = RAW_RULE;
    }
    return raw != NULL;
}

/* A heading with a line below it. A paragraph of several lines above a rule isn't meant as one,
 * whatever the standard says. Returns the line behind, 0 when memory ran out. */
static size_t take_underlined(struct taker *t, size_t i) {
    size_t end = i + 1;
    while (end < t->count && t->lines[end].kind == LINE_HEADING && !t->lines[end].opens) {
        end++;
    }
    const size_t behind = end;
    while (end > i + 1 && chunk_skip_space(t->lines[end - 1].text).n == 0) {
        end--; /* cmark counts the blank line after it in */
    }
    const struct view text = trim_end(chunk_skip_space(t->lines[i].text));
    if (end - i == 2 && !view_ends(text, VIEW("."))) {
        return add_heading(t, i, text, t->lines[i].level) ? behind : 0;
    }
    for (size_t k = i; k + 1 < end; k++) {
        if (!take_text(t, k)) {
            return 0;
        }
    }
    return add_rule(t, end - 1) ? behind : 0;
}

static size_t take_heading(struct taker *t, size_t i) {
    const struct source_line *line = &t->lines[i];
    const struct view text = chunk_skip_space(line->text);
    if (line->quotes > 0 || line->items > 0) {
        int32_t number;
        const bool ok = take_text(t, i);
        if (ok && t->out_count > 0) {
            struct raw_line *raw = &t->out[t->out_count - 1];
            raw->text = chunk_skip_space(view_slice(raw->text, hashes(raw->text), raw->text.n));
        }
        (void)words_of(line, &number);
        return ok ? i + 1 : 0;
    }
    if (hashes(text) == 0) {
        return take_underlined(t, i);
    }
    return add_heading(t, i, view_slice(text, hashes(text), text.n), line->level) ? i + 1 : 0;
}

static bool is_fence(struct view text) {
    return view_starts(text, VIEW("```")) || view_starts(text, VIEW("~~~"));
}

static struct view code_line(const struct source_line *line, size_t indent) {
    int32_t number;
    struct view text = line->quotes > 0 ? words_of(line, &number) : line->text;
    size_t columns = 0, i = 0;
    while (i < text.n && columns < indent && (text.p[i] == ' ' || text.p[i] == '\t')) {
        columns += text.p[i++] == '\t' ? 4 : 1;
    }
    return trim_end(view_slice(text, i, text.n));
}

/* The lines of one code block, without its fences. Returns the line behind, 0: no memory. */
static size_t take_code(struct taker *t, size_t i) {
    size_t end = i + 1;
    int32_t number;
    while (end < t->count && t->lines[end].kind == LINE_CODE && !t->lines[end].opens) {
        end++;
    }
    const struct view first = words_of(&t->lines[i], &number);
    const bool fenced = !t->lines[i].code && is_fence(first);
    const size_t indent = fenced ? indent_of(t->lines[i].text) : 4;
    const bool closed = fenced && end - i > 1 && is_fence(words_of(&t->lines[end - 1], &number));
    bool opens = true;
    for (size_t k = fenced ? i + 1 : i; k < end - (closed ? 1 : 0); k++) {
        const struct view text = code_line(&t->lines[k], indent);
        if (chunk_skip_space(text).n == 0) {
            continue;
        }
        struct raw_line *raw = add_line(t, k);
        if (raw == NULL) {
            return 0;
        }
        raw->kind = RAW_CODE;
        raw->text = text;
        raw->opens = opens;
        opens = false;
    }
    return end;
}

/* HTML: comments, scripts and styles are no text; of the rest each line is one. */
static size_t take_html(struct taker *t, size_t i) {
    static const char *const silent[] = {"<!", "<?", "<script", "<style"};
    const struct view first = chunk_skip_space(t->lines[i].text);
    bool skip = false;
    for (size_t k = 0; k < sizeof silent / sizeof silent[0]; k++) {
        const struct view name = view_of(silent[k]);
        skip = skip || view_eq_nocase(view_slice(first, 0, name.n), name);
    }
    size_t end = i;
    do {
        if (!skip && !take_text(t, end)) {
            return 0;
        }
        end++;
    } while (end < t->count && t->lines[end].kind == LINE_HTML && !t->lines[end].opens);
    return end;
}

static size_t take_prose(struct taker *t, size_t i) {
    const struct source_line *line = &t->lines[i];
    const struct view text = chunk_skip_space(line->text);
    const size_t n = hashes(text);
    const bool letter =
        n >= 2 && n < text.n && (text.p[n] | 0x20) >= 'a' && (text.p[n] | 0x20) <= 'z';
    if (letter && line->opens && line->items == 0 && line->quotes == 0) {
        return add_heading(t, i, view_slice(text, n, text.n), (int32_t)n) ? i + 1 : 0;
    }
    return take_text(t, i) ? i + 1 : 0;
}

static size_t take_line(struct taker *t, size_t i) {
    switch (t->lines[i].kind) {
    case LINE_NOTHING:
        return i + 1;
    case LINE_TEXT:
        return take_prose(t, i);
    case LINE_HEADING:
        return take_heading(t, i);
    case LINE_CODE:
        return take_code(t, i);
    case LINE_RULE:
        return add_rule(t, i) ? i + 1 : 0;
    case LINE_HTML:
        return take_html(t, i);
    }
    return i + 1;
}

bool chunk_raw_lines(const struct source_line *lines, size_t count, int32_t first_line,
                     esi_arena *arena, struct raw_line **out, size_t *out_count) {
    struct taker t = {.lines = lines, .count = count, .first_line = first_line, .arena = arena};
    size_t i = 0;
    while (i < count) {
        i = take_line(&t, i);
        if (i == 0) {
            return false;
        }
    }
    *out = t.out;
    *out_count = t.out_count;
    return true;
}
