#include "core/chunk_parts.h"
#include "core/grow.h"

struct maker {
    const struct raw_line *lines;
    size_t count;
    const struct layout *layout;
    struct view body;
    esi_arena *arena;
    struct piece_list *out;
};

static bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}

static bool is_lower(char c) {
    return c >= 'a' && c <= 'z';
}

static struct piece *add_piece(struct maker *m) {
    struct piece_list *out = m->out;
    struct piece *items = grow(m->arena, out->items, out->count, &out->cap, sizeof *items);
    if (items == NULL) {
        return NULL;
    }
    out->items = items;
    return &out->items[out->count++];
}

/* ---- how a line ends and begins -------------------------------------------------------------- */

/* The line without what may stand behind its last mark. */
static struct view without_closers(struct view text) {
    while (text.n > 0 &&
           view_find(VIEW(" \t\"'`*_)]"), view_slice(text, text.n - 1, text.n), 0) != SIZE_MAX) {
        text.n--;
    }
    return text;
}

bool chunk_ends_sentence(struct view text) {
    static const char *const marks[] = {".",      "!",      "?",      ":",      ";",
                                        "\u3002", "\uFF01", "\uFF1F", "\uFF1A", "\u2026"};
    const struct view end = without_closers(text);
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        if (view_ends(end, view_of(marks[i]))) {
            return true;
        }
    }
    return false;
}

/* A small letter may still go on behind it: an abbreviation, or what a colon announces. */
static bool ends_softly(struct view text) {
    const struct view end = without_closers(text);
    return view_ends(end, VIEW(".")) || view_ends(end, VIEW(":")) || view_ends(end, VIEW(";"));
}

/* Is a bracket, code or bold still open at the end of the line? */
static bool is_unbalanced(struct view text) {
    int round = 0;
    size_t ticks = 0, stars = 0;
    for (size_t i = 0; i < text.n; i++) {
        const char c = text.p[i];
        round += c == '(' ? 1 : (c == ')' ? -1 : 0);
        ticks += c == '`' ? 1 : 0;
        if (c == '*' && i + 1 < text.n && text.p[i + 1] == '*') {
            stars++;
            i++;
        }
    }
    return round > 0 || ticks % 2 != 0 || stars % 2 != 0;
}

/* A word or a sign after which a phrase can't be over. */
static bool ends_open(struct view text) {
    static const char *const words[] = {
        "a",     "an",   "and",   "are",   "as",   "at",    "be",     "been",  "between", "but",
        "by",    "can",  "do",    "does",  "for",  "from",  "has",    "have",  "if",      "in",
        "into",  "is",   "its",   "may",   "must", "no",    "nor",    "not",   "of",      "on",
        "or",    "our",  "over",  "per",   "than", "that",  "the",    "their", "these",   "this",
        "those", "to",   "under", "until", "via",  "was",   "were",   "when",  "which",   "while",
        "who",   "will", "with",  "your",  "each", "every", "should", "never", "whose",   "without",
    };
    if (text.n == 0) {
        return false;
    }
    if (view_find(VIEW(",>/&+="), view_slice(text, text.n - 1, text.n), 0) != SIZE_MAX ||
        is_unbalanced(text)) {
        return true;
    }
    size_t from = text.n;
    while (from > 0 && text.p[from - 1] != ' ') {
        from--;
    }
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (view_eq_nocase(view_slice(text, from, text.n), view_of(words[i]))) {
            return true;
        }
    }
    return false;
}

static bool begins_lower(struct view text) {
    size_t i = 0;
    while (i < text.n && view_find(VIEW("\"'(*_`"), view_slice(text, i, i + 1), 0) != SIZE_MAX) {
        i++;
    }
    return i < text.n && is_lower(text.p[i]);
}

/* "Cause:", "**Next step**", "Q:": a label of its own never continues a line. */
static bool begins_label(struct view text) {
    if (view_starts(text, VIEW("**"))) {
        const size_t close = view_find(text, VIEW("**"), 2);
        return close != SIZE_MAX && close > 2 &&
               (text.p[close - 1] == ':' || text.p[close - 1] == '?' ||
                (close + 2 < text.n && text.p[close + 2] == ':'));
    }
    const size_t colon = view_find(text, VIEW(":"), 0);
    if (colon == SIZE_MAX || colon > 40 || colon == 0 || !is_upper(text.p[0]) ||
        (colon + 1 < text.n && text.p[colon + 1] != ' ')) {
        return false;
    }
    size_t spaces = 0;
    for (size_t i = 0; i < colon; i++) {
        spaces += text.p[i] == ' ' ? 1 : 0;
        if (view_find(VIEW(".,;`\"("), view_slice(text, i, i + 1), 0) != SIZE_MAX) {
            return false;
        }
    }
    return spaces < 4;
}

static size_t first_word(struct view text) {
    const size_t space = view_find(text, VIEW(" "), 0);
    return space == SIZE_MAX ? text.n : space;
}

/* ---- lines that go on ------------------------------------------------------------------------ */

/* Would the next line's first word not have fitted on this one? Then it was wrapped here. */
static bool is_full(const struct layout *layout, const struct raw_line *line,
                    const struct raw_line *next) {
    return layout->width > 0 && line->width + 1 + (int32_t)first_word(next->text) > layout->width;
}

/* Is `next` the rest of what `line` began? Within a paragraph that is so unless a sentence ended
 * (of an item: ended where the line wasn't full); across a blank line only where the document has
 * one after every line. */
static bool continues(const struct layout *layout, bool item, const struct raw_line *line,
                      const struct raw_line *next) {
    if (next->kind != RAW_TEXT || next->item || next->quote != line->quote ||
        begins_label(next->text) || (chunk_stands_alone(next) && !ends_open(line->text)) ||
        (next->opens && !layout->spaced)) {
        return false;
    }
    const bool lower = begins_lower(next->text);
    const bool full = is_full(layout, line, next);
    if (chunk_ends_sentence(line->text)) {
        return ends_softly(line->text) &&
               (lower || (item && full && !view_ends(line->text, VIEW(":"))));
    }
    if (!next->opens) {
        return lower || !(line->broken || chunk_is_bold_line(line->text));
    }
    return lower || ends_open(line->text) || full;
}

/* ---- tables ---------------------------------------------------------------------------------- */

static bool has_bar(struct view text) {
    return view_find(text, VIEW("|"), 0) != SIZE_MAX;
}

/* "|---|:--:|" */
static bool is_delimiter(struct view text) {
    bool dash = false;
    for (size_t i = 0; i < text.n; i++) {
        if (view_find(VIEW("|-: \t"), view_slice(text, i, i + 1), 0) == SIZE_MAX) {
            return false;
        }
        dash = dash || text.p[i] == '-';
    }
    return dash && has_bar(text);
}

static bool is_fenced_row(struct view text) {
    return text.n > 2 && text.p[0] == '|' && text.p[text.n - 1] == '|';
}

static bool is_row(const struct raw_line *line, bool fenced) {
    return line->kind == RAW_TEXT && !line->item &&
           (fenced ? line->text.n > 0 && line->text.p[0] == '|' : has_bar(line->text));
}

/* A table begins here: its delimiter stands in the next line, or, where that was lost, two rows
 * with a bar at both ends follow one another. */
static bool begins_table(const struct maker *m, size_t i) {
    const struct raw_line *line = &m->lines[i];
    if (line->kind != RAW_TEXT || line->item || i + 1 >= m->count || !has_bar(line->text)) {
        return false;
    }
    const struct raw_line *next = &m->lines[i + 1];
    return next->kind == RAW_TEXT &&
           (is_delimiter(next->text) || (is_fenced_row(line->text) && is_fenced_row(next->text)));
}

/* Takes the next cell off *rest; a bar in code or behind a backslash doesn't end it. */
static bool next_cell(struct view *rest, struct view *cell) {
    if (rest->n == 0) {
        return false;
    }
    bool code = false;
    size_t i = 0;
    while (i < rest->n && (rest->p[i] != '|' || code)) {
        code = rest->p[i] == '`' ? !code : code;
        i += rest->p[i] == '\\' && i + 1 < rest->n ? 2 : 1;
    }
    if (i >= rest->n && code) {
        const size_t bar = view_find(*rest, VIEW("|"), 0);
        i = bar == SIZE_MAX ? rest->n : bar;
    }
    *cell = view_trim(view_slice(*rest, 0, i));
    *rest = view_slice(*rest, i + 1, rest->n);
    return true;
}

static bool join_cells(struct maker *m, struct block *b) {
    size_t size = 1;
    for (size_t i = 0; i < b->cell_count; i++) {
        size += b->cells[i].n + 3;
    }
    char *text = arena_alloc(m->arena, size);
    if (text == NULL) {
        return false;
    }
    size_t n = 0;
    for (size_t i = 0; i < b->cell_count; i++) {
        if (i > 0) {
            memcpy(text + n, " | ", 3);
            n += 3;
        }
        if (b->cells[i].n > 0) {
            memcpy(text + n, b->cells[i].p, b->cells[i].n);
        }
        n += b->cells[i].n;
    }
    b->text = (struct view){text, n};
    return true;
}

static bool add_row(struct maker *m, const struct raw_line *line, bool header) {
    struct piece *piece = add_piece(m);
    if (piece == NULL) {
        return false;
    }
    struct block *b = &piece->block;
    *b = (struct block){.kind = BLOCK_TABLE_ROW,
                        .header = header,
                        .line = line->line,
                        .from = line->from,
                        .to = line->to};
    struct view rest = line->text;
    struct view cell;
    size_t cap = 0;
    if (rest.n > 0 && rest.p[0] == '|') {
        rest = view_slice(rest, 1, rest.n);
    }
    while (next_cell(&rest, &cell)) {
        struct marked marked;
        struct view *cells = grow(m->arena, b->cells, b->cell_count, &cap, sizeof *cells);
        if (cells == NULL || !mark_strip(cell, m->arena, &marked)) {
            return false;
        }
        b->cells = cells;
        b->cells[b->cell_count++] = marked.text;
    }
    return join_cells(m, b);
}

/* Returns the line behind the table, or 0 when memory ran out. */
static size_t take_table(struct maker *m, size_t i) {
    const bool fenced = m->lines[i].text.p[0] == '|';
    bool header = true;
    while (i < m->count && is_row(&m->lines[i], fenced)) {
        if (!is_delimiter(m->lines[i].text)) {
            if (!add_row(m, &m->lines[i], header)) {
                return 0;
            }
            header = false;
        }
        i++;
    }
    return i;
}

/* ---- code ------------------------------------------------------------------------------------ */

/* Blank lines are left out: a document may have one after every line. */
static size_t take_code(struct maker *m, size_t i) {
    size_t end = i + 1, size = m->lines[i].text.n + 1;
    while (end < m->count && m->lines[end].kind == RAW_CODE && !m->lines[end].opens) {
        size += m->lines[end++].text.n + 1;
    }
    char *text = arena_alloc(m->arena, size);
    struct piece *piece = text == NULL ? NULL : add_piece(m);
    if (piece == NULL) {
        return 0;
    }
    size_t n = 0;
    for (size_t k = i; k < end; k++) {
        const struct view line = m->lines[k].text;
        if (n > 0 && line.n > 0) {
            text[n++] = '\n';
        }
        if (line.n > 0) {
            memcpy(text + n, line.p, line.n);
            n += line.n;
        }
    }
    piece->block = (struct block){.kind = BLOCK_CODE,
                                  .text = {text, n},
                                  .line = m->lines[i].line,
                                  .from = m->lines[i].from,
                                  .to = m->lines[end - 1].to};
    return end;
}

/* ---- paragraphs and items -------------------------------------------------------------------- */

static bool is_underline(struct view text) {
    size_t i = 0;
    while (i < text.n && text.p[i] == '=') {
        i++;
    }
    return i >= 3 && i == text.n;
}

static struct view joined_text(struct maker *m, size_t from, size_t to) {
    if (to - from == 1) {
        return m->lines[from].text;
    }
    size_t size = 0;
    for (size_t i = from; i < to; i++) {
        size += m->lines[i].text.n + 1;
    }
    char *text = arena_alloc(m->arena, size);
    size_t n = 0;
    for (size_t i = from; i < to && text != NULL; i++) {
        if (i > from) {
            text[n++] = ' ';
        }
        memcpy(text + n, m->lines[i].text.p, m->lines[i].text.n);
        n += m->lines[i].text.n;
    }
    return (struct view){text, n};
}

static void fill_block(struct block *b, const struct raw_line *first, const struct raw_line *last,
                       const struct marked *marked) {
    *b = (struct block){
        .kind = first->item ? BLOCK_ITEM : (first->quote ? BLOCK_QUOTE : BLOCK_PARAGRAPH),
        .text = marked->text,
        .bold_lead = marked->bold_lead,
        .lead = marked->lead,
        .depth = first->depth,
        .number = first->number,
        .line = first->line,
        .joined = !first->item && !first->opens,
        .from = first->from,
        .to = last->to,
        .links = marked->links,
        .link_count = marked->link_count,
    };
}

/* One sentence's lines, however many paragraphs they stand in. 0 when memory ran out. */
static size_t take_text(struct maker *m, size_t i) {
    const struct raw_line *first = &m->lines[i];
    size_t end = i + 1;
    while (end < m->count && !chunk_stands_alone(&m->lines[end - 1]) &&
           continues(m->layout, first->item, &m->lines[end - 1], &m->lines[end])) {
        end++;
    }
    const struct view raw = joined_text(m, i, end);
    struct marked marked;
    if (raw.p == NULL || !mark_strip(raw, m->arena, &marked)) {
        return 0;
    }
    if (marked.text.n == 0) {
        return end;
    }
    struct piece *piece = add_piece(m);
    if (piece == NULL) {
        return 0;
    }
    const bool underlined = end < m->count && m->lines[end].kind == RAW_TEXT &&
                            is_underline(m->lines[end].text) && marked.text.n <= CHUNK_HEADING_MAX;
    piece->level = underlined ? 1 : chunk_pseudo_level(first, &marked);
    piece->heading = piece->level > 0;
    fill_block(&piece->block, first, &m->lines[end - 1], &marked);
    piece->block.near = i > 0 && first->line - m->lines[i - 1].line <= m->layout->gap;
    return end + (underlined ? 1 : 0);
}

static size_t take_heading(struct maker *m, size_t i) {
    const struct raw_line *line = &m->lines[i];
    struct piece *piece = add_piece(m);
    struct marked marked;
    if (piece == NULL || !mark_strip(line->text, m->arena, &marked)) {
        return 0;
    }
    *piece = (struct piece){.heading = true, .level = line->level};
    fill_block(&piece->block, line, line, &marked);
    return i + 1;
}

static size_t take_next(struct maker *m, size_t i) {
    switch (m->lines[i].kind) {
    case RAW_HEADING:
        return take_heading(m, i);
    case RAW_CODE:
        return take_code(m, i);
    case RAW_RULE:
        return i + 1;
    case RAW_TEXT:
        break;
    }
    return begins_table(m, i) ? take_table(m, i) : take_text(m, i);
}

bool chunk_blocks(struct raw_line *lines, size_t count, const struct layout *layout,
                  struct view body, esi_arena *arena, struct piece_list *out) {
    struct maker m = {lines, count, layout, body, arena, out};
    chunk_find_heads(lines, count, layout);
    size_t i = 0;
    while (i < count) {
        i = take_next(&m, i);
        if (i == 0) {
            return false;
        }
    }
    return true;
}
