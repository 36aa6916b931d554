/* chunk_parts.h: how a document becomes chunks, step by step: lines, blocks, chunks. Private to
 * core/chunk. */
#ifndef ESIHELP_CORE_CHUNK_PARTS_H
#define ESIHELP_CORE_CHUNK_PARTS_H

#include "core/chunk.h"

#define CHUNK_MARKS_MAX 64 /* quote and list marks before a line's words; more are only words */

/* ---- lines ----------------------------------------------------------------------------------- */

enum line_kind { LINE_NOTHING, LINE_TEXT, LINE_HEADING, LINE_CODE, LINE_RULE, LINE_HTML };

/* A line of the document and what cmark said of it. */
struct source_line {
    struct view text; /* without its line end */
    size_t from, to;
    bool code; /* code that only its indentation shows */
    enum line_kind kind;
    bool opens;     /* the first line of its block */
    uint8_t quotes; /* quotes it stands in */
    uint8_t items;  /* items that begin on it */
    int32_t level;  /* of a heading */
};

struct view chunk_skip_space(struct view text);
/* Takes one quote or list mark off, and the space before it; false where there is none. */
bool chunk_take_mark(struct view *text, bool *quote, int32_t *number);

enum raw_kind { RAW_TEXT, RAW_HEADING, RAW_CODE, RAW_RULE };

/* A line that isn't blank, as the block structure has it. */
struct raw_line {
    enum raw_kind kind;
    struct view text; /* without indentation, quote marks and the item's mark; code: as it is */
    size_t from, to;  /* the whole line in the body */
    int32_t line;     /* in the document */
    int32_t level;    /* of a heading */
    int32_t number;   /* of an item */
    int32_t depth;
    int32_t width; /* bytes without indentation, with its marks */
    bool item;     /* begins a list item */
    bool quote;
    bool opens;  /* the first line of its paragraph or code block */
    bool broken; /* a hard line break stands at its end */
    bool title;  /* a heading that nothing marks */
    bool listed; /* a number before it makes it an item, and no heading */
};

/* The lines that aren't blank, without their marks. first_line: the number of the first. */
bool chunk_raw_lines(const struct source_line *lines, size_t count, int32_t first_line,
                     esi_arena *arena, struct raw_line **out, size_t *out_count);

/* How a whole document is laid out. */
struct layout {
    int32_t width; /* where its prose is wrapped; 0: it isn't */
    bool spaced;   /* a blank line stands after every line */
    bool headless; /* no headings are marked, but for the title */
    int32_t gap;   /* lines from one line of a paragraph to the next: 1, or 2 where it is spaced */
};
struct layout chunk_layout(struct view body);

/* ---- marks: what stands at the beginning of a line and within it ----------------------------- */

/* Bytes of a list mark and the space behind it ("- ", "3) ", "Step 2: "); 0: none. *number is 0 for
 * a bullet. */
size_t mark_item(struct view text, int32_t *number);
/* Without the box of a task ("[x] "). */
struct view mark_skip_box(struct view text);

struct marked {
    struct view text;
    struct view lead; /* bold words at its beginning, without a colon */
    bool bold_lead;
    bool all_bold;
    struct view *links;
    size_t link_count;
};
/* Takes the inline marks off: emphasis, links, tags, escapes. Code keeps one backtick on each side.
 * false when memory ran out. */
bool mark_strip(struct view raw, esi_arena *arena, struct marked *out);

/* ---- blocks ---------------------------------------------------------------------------------- */

/* A block, or a heading that begins a section. */
struct piece {
    bool heading;
    int32_t level; /* of a heading: real ones 1 to 6, pseudo headings below them */
    struct block block;
};

struct piece_list {
    struct piece *items;
    size_t count, cap;
};

#define CHUNK_HEADING_MAX 120 /* bytes of a line that may be a pseudo heading */

/* ---- pseudo headings (chunk_heads.c) --------------------------------------------------------- */

/* Marks the lines that are headings though nothing says so, and those that only look like one. */
void chunk_find_heads(struct raw_line *lines, size_t count, const struct layout *layout);
int32_t chunk_pseudo_level(const struct raw_line *line, const struct marked *marked);
bool chunk_is_bold_line(struct view text);
/* A line that is a heading or an item by itself can't be continued. */
bool chunk_stands_alone(const struct raw_line *line);
bool chunk_ends_sentence(struct view text);

/* Makes blocks of a run of lines. false when memory ran out. */
bool chunk_blocks(struct raw_line *lines, size_t count, const struct layout *layout,
                  struct view body, esi_arena *arena, struct piece_list *out);

/* Makes chunks of blocks. */
esi_err chunk_cut(const struct piece_list *pieces, struct view body, int32_t body_line,
                  esi_arena *arena, struct view *title, struct chunk **out, size_t *out_count,
                  esi_error *err) ESI_MUST_CHECK;

#endif
