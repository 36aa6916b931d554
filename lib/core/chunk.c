#include "core/chunk.h"

#include <cmark.h>
#include <setjmp.h>
#include <stdlib.h>

#include "base/error.h"
#include "core/chunk_parts.h"
#include "core/grow.h"

/* cmark decides what every line is: heading, item, code, rule, quote or prose. It is shown each
 * line's marks and the first of its words with the inline marks covered, because its reading of
 * inline marks takes square time on hostile text, and because a line's words are joined here by
 * what they say, not by blank lines. Lines are shown without indentation, so that a document that
 * lost it is read alike. */

#define SHOWN_MAX 64        /* bytes of a line's words that are shown */
#define RULE_SHOWN_MAX 200  /* of a line without letters: rules, underlines */
#define SEGMENT_LINES 16384 /* lines that are parsed at once, about */
#define SEGMENT_LINES_MAX 65536
#define SHOWN_BYTES_MAX (64u << 20)

static bool is_word_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c & 0x80) != 0;
}

/* ---- memory for cmark ------------------------------------------------------------------------ */

/* cmark doesn't check for memory and its allocator knows no context: the one at work on this
 * thread stands here while it parses, and a failure leaves cmark for good. */
struct cmark_memory {
    esi_arena arena;
    jmp_buf failed;
};
static _Thread_local struct cmark_memory *memory;

static void *memory_calloc(size_t count, size_t size) {
    if (size != 0 && count > (SIZE_MAX - sizeof(max_align_t)) / size) {
        longjmp(memory->failed, 1);
    }
    size_t *p = arena_alloc(&memory->arena, count * size + sizeof(max_align_t));
    if (p == NULL) {
        longjmp(memory->failed, 1);
    }
    *p = count * size;
    return (char *)p + sizeof(max_align_t);
}

static void *memory_realloc(void *old, size_t size) {
    char *p = memory_calloc(1, size);
    if (old != NULL) {
        const size_t had = *(const size_t *)(const void *)((char *)old - sizeof(max_align_t));
        memcpy(p, old, had < size ? had : size);
    }
    return p;
}

static void memory_free(void *p) {
    (void)p; /* the arena goes as a whole */
}

/* ---- what cmark is shown --------------------------------------------------------------------- */

static bool has_words(struct view text) {
    for (size_t i = 0; i < text.n; i++) {
        if (is_word_char(text.p[i])) {
            return true;
        }
    }
    return false;
}

static size_t leading_run(struct view text) {
    size_t run = 0;
    while (run < text.n && text.p[run] == text.p[0]) {
        run++;
    }
    return run;
}

/* The words of a line with inline marks covered. What may open a block at their beginning stays,
 * and what may close an HTML block anywhere. */
static void show_words(struct buf *out, struct view text) {
    static const char covered[] = "*_[]<&!\\`";
    static const char *const ends[] = {"-->", "?>", "]]>", "</script>", "</style>", "</pre>"};
    const bool words = has_words(view_slice(text, 0, RULE_SHOWN_MAX));
    const size_t run = text.n > 0 ? leading_run(text) : 0;
    const bool backticks =
        text.n > 0 && text.p[0] == '`' && view_find(text, VIEW("`"), run) != SIZE_MAX;
    const size_t shown = text.n < (words ? SHOWN_MAX : RULE_SHOWN_MAX)
                             ? text.n
                             : (words ? SHOWN_MAX : RULE_SHOWN_MAX);
    for (size_t i = 0; i < shown; i++) {
        const bool first = i < run && text.p[0] != '[' && text.p[0] != '\\' && !backticks;
        const bool cover = words && !first && memchr(covered, text.p[i], sizeof covered - 1);
        buf_char(out, cover || text.p[i] == '\r' ? 'x' : text.p[i]);
    }
    const bool closes = text.n > 0 && memchr(text.p, '>', text.n) != NULL;
    for (size_t i = 0; closes && i < sizeof ends / sizeof ends[0]; i++) {
        if (view_find(text, view_of(ends[i]), 0) != SIZE_MAX) {
            buf_str(out, ends[i]);
        }
    }
}

static void show_line(struct buf *out, const struct source_line *line) {
    struct view text = chunk_skip_space(line->text);
    size_t marks = 0;
    bool quote;
    int32_t number;
    buf_str(out, line->code ? "    " : "");
    if (!line->code && !has_words(text) && mark_item(text, &number) != 0 && text.n > 2) {
        show_words(out, text); /* "* * *" is a rule */
        buf_char(out, '\n');
        return;
    }
    const size_t start = out->n;
    struct view rest = text;
    while (!line->code && marks <= CHUNK_MARKS_MAX && chunk_take_mark(&rest, &quote, &number)) {
        if (quote) {
            buf_str(out, "> ");
        } else if (number > 0) {
            buf_printf(out, "%d. ", (int)number);
        } else {
            buf_str(out, "- ");
        }
        marks++;
    }
    if (marks > CHUNK_MARKS_MAX) {
        buf_cut(out, start);
        buf_char(out, 'x');
    } else {
        show_words(out, chunk_skip_space(rest));
    }
    buf_char(out, '\n');
}

/* ---- what cmark says ------------------------------------------------------------------------- */

struct segment {
    struct source_line *lines;
    size_t count;
    size_t quotes; /* open at this place of the walk */
    size_t items;
    bool item_begins;
};

static enum line_kind line_kind(cmark_node_type type) {
    if (type == CMARK_NODE_HEADING) {
        return LINE_HEADING;
    }
    if (type == CMARK_NODE_CODE_BLOCK) {
        return LINE_CODE;
    }
    if (type == CMARK_NODE_THEMATIC_BREAK) {
        return LINE_RULE;
    }
    return type == CMARK_NODE_HTML_BLOCK ? LINE_HTML : LINE_TEXT;
}

static void mark_lines(struct segment *s, cmark_node *node, cmark_node_type type) {
    const int first = cmark_node_get_start_line(node);
    const int last = cmark_node_get_end_line(node);
    for (int n = first; n >= 1 && n <= last && (size_t)n <= s->count; n++) {
        struct source_line *line = &s->lines[n - 1];
        line->kind = line_kind(type);
        line->opens = n == first;
        line->quotes = (uint8_t)(s->quotes < CHUNK_MARKS_MAX ? s->quotes : CHUNK_MARKS_MAX);
        if (type == CMARK_NODE_HEADING) {
            line->level = cmark_node_get_heading_level(node);
        }
    }
}

static void visit(struct segment *s, cmark_node *node, bool enter) {
    const cmark_node_type type = cmark_node_get_type(node);
    if (type == CMARK_NODE_BLOCK_QUOTE) {
        s->quotes += enter ? 1 : (size_t)-1;
    } else if (type == CMARK_NODE_ITEM && enter) {
        const int n = cmark_node_get_start_line(node);
        if (n >= 1 && (size_t)n <= s->count && s->lines[n - 1].items < CHUNK_MARKS_MAX) {
            s->lines[n - 1].items++;
        }
    } else if (enter && type >= CMARK_NODE_FIRST_BLOCK && type <= CMARK_NODE_LAST_BLOCK &&
               type != CMARK_NODE_DOCUMENT && type != CMARK_NODE_LIST && type != CMARK_NODE_ITEM) {
        mark_lines(s, node, type);
    }
}

static void walk(struct segment *s, cmark_node *root) {
    cmark_iter *iter = cmark_iter_new(root);
    cmark_event_type event;
    while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE) {
        visit(s, cmark_iter_get_node(iter), event == CMARK_EVENT_ENTER);
    }
}

/* false: memory ran out. Nothing of this function is used after the jump. */
static bool parse_guarded(struct segment *s, const struct buf *shown) {
    cmark_mem mem = {memory_calloc, memory_realloc, memory_free};
    if (setjmp(memory->failed) != 0) {
        return false;
    }
    cmark_parser *parser = cmark_parser_new_with_mem(CMARK_OPT_DEFAULT, &mem);
    cmark_parser_feed(parser, shown->p, shown->n);
    walk(s, cmark_parser_finish(parser));
    return true;
}

static bool parse(struct segment *s, const struct buf *shown) {
    struct cmark_memory *own = calloc(1, sizeof *own);
    if (own == NULL) {
        return false;
    }
    arena_init(&own->arena, 0);
    memory = own;
    const bool ok = parse_guarded(s, shown);
    memory = NULL;
    arena_clear(&own->arena);
    free(own);
    return ok;
}

/* ---- the whole ------------------------------------------------------------------------------- */

struct reader {
    struct view body;
    int32_t line; /* of the next segment */
    size_t at;
    struct layout layout;
    esi_arena *arena;
    struct piece_list pieces;
    size_t lines; /* with something on them, so far */
};

/* Takes the next lines off the body: until a heading once there are enough of them. */
static bool next_segment(struct reader *r, esi_arena *scratch, struct segment *out) {
    struct view rest = view_slice(r->body, r->at, r->body.n);
    struct view text;
    size_t cap = 0, from = r->at;
    bool fence = false;
    *out = (struct segment){0};
    while (out->count < SEGMENT_LINES_MAX && view_line(&rest, &text)) {
        const struct view words = chunk_skip_space(text);
        const bool heading = !fence && words.n > 0 && words.p[0] == '#';
        if (out->count >= SEGMENT_LINES && heading) {
            break;
        }
        fence = view_starts(words, VIEW("```")) || view_starts(words, VIEW("~~~")) ? !fence : fence;
        struct source_line *lines = grow(scratch, out->lines, out->count, &cap, sizeof *lines);
        if (lines == NULL) {
            return false;
        }
        const size_t to = r->body.n - rest.n;
        out->lines = lines;
        out->lines[out->count++] = (struct source_line){.text = text, .from = from, .to = to};
        from = to;
    }
    r->at = from;
    return true;
}

/* Code that is known by its indentation alone: behind a blank line and not inside a list. */
static void find_indented_code(struct segment *s) {
    bool list = false, blank = true, code = false;
    for (size_t i = 0; i < s->count; i++) {
        struct source_line *line = &s->lines[i];
        const struct view words = chunk_skip_space(line->text);
        int32_t number;
        if (words.n == 0) {
            blank = true;
            continue;
        }
        const bool item = mark_item(words, &number) > 0;
        const bool deep = view_starts(line->text, VIEW("    ")) || line->text.p[0] == '\t';
        const bool shallow = line->text.n == words.n;
        list = item || (list && !(shallow && blank));
        code = deep && !list && !item && (blank || code);
        line->code = code;
        blank = false;
    }
}

static bool show_segment(const struct segment *s, struct buf *shown) {
    for (size_t i = 0; i < s->count; i++) {
        show_line(shown, &s->lines[i]);
    }
    return !shown->failed;
}

static esi_err read_segment(struct reader *r, esi_arena *scratch, struct buf *shown,
                            esi_error *err) {
    struct segment segment;
    struct raw_line *raw = NULL;
    size_t raw_count = 0;
    if (!next_segment(r, scratch, &segment)) {
        return fail_memory(err, "core/chunk");
    }
    find_indented_code(&segment);
    if (!show_segment(&segment, shown) || !parse(&segment, shown) ||
        !chunk_raw_lines(segment.lines, segment.count, r->line, scratch, &raw, &raw_count)) {
        return fail_memory(err, "core/chunk");
    }
    r->line += (int32_t)segment.count;
    r->lines += raw_count;
    if (r->lines > CHUNK_LINES_MAX) {
        return esi_fail(err, ESI_ETOOBIG, "core/chunk", "more than %d lines in one document",
                        CHUNK_LINES_MAX);
    }
    if (!chunk_blocks(raw, raw_count, &r->layout, r->body, r->arena, &r->pieces)) {
        return fail_memory(err, "core/chunk");
    }
    return ESI_OK;
}

esi_err chunk_read(struct view body, int32_t body_line, esi_arena *arena, struct view *title,
                   struct chunk **out, size_t *out_count, esi_error *err) {
    struct reader r = {.body = body, .line = body_line, .arena = arena};
    esi_err e = ESI_OK;
    r.layout = chunk_layout(body);
    while (r.at < body.n && e == ESI_OK) {
        esi_arena scratch;
        struct buf shown;
        arena_init(&scratch, 0);
        buf_init(&shown, SHOWN_BYTES_MAX);
        e = read_segment(&r, &scratch, &shown, err);
        buf_clear(&shown);
        arena_clear(&scratch);
    }
    return e != ESI_OK ? e
                       : chunk_cut(&r.pieces, body, body_line, arena, title, out, out_count, err);
}
