/* chunk.h: Markdown to sections along its headings. The sole user of cmark. */
#ifndef ESIHELP_CORE_CHUNK_H
#define ESIHELP_CORE_CHUNK_H

#include "base/arena.h"
#include "base/str.h"

enum block_kind { BLOCK_PARAGRAPH, BLOCK_ITEM, BLOCK_CODE, BLOCK_TABLE_ROW, BLOCK_QUOTE };

/* One paragraph, list item, code block, row of a table or quote, in the order of the text. A
 * paragraph is cut where one of its lines ends with a sentence, so that a document with a blank
 * line after every line gives the same blocks. */
struct block {
    enum block_kind kind;
    struct view text;   /* its words without Markdown marks, but for `code`; a row's cells are
                           joined by " | "; code without its blank lines */
    struct view *cells; /* of a row */
    size_t cell_count;
    bool header;    /* a table's head row */
    bool bold_lead; /* begins with words in bold: `lead`, without a colon */
    struct view lead;
    int32_t depth;      /* of a list item: 0 the outermost; lost where indentation was */
    int32_t number;     /* of an ordered item; 0: a bullet */
    int32_t line;       /* in the document, from 1 */
    bool joined;        /* stands in the paragraph or item that the block before stands in */
    bool near;          /* no more lies before it than between the lines of one paragraph */
    size_t from, to;    /* its lines in the body, in bytes */
    struct view *links; /* what it links to within the knowledge base: not web addresses */
    size_t link_count;
};

struct chunk {
    struct view heading; /* heading path, parts joined by " > ", the document's title left out */
    struct view title;   /* the innermost heading */
    size_t from, to;     /* bytes of the body; chunks follow one another without a gap */
    int32_t line;
    struct block *blocks;
    size_t block_count;
};

#define CHUNK_TARGET 1800 /* bytes of text a chunk should not pass, unless one list alone does */
#define CHUNK_COUNT_MAX 20000
#define CHUNK_LINES_MAX 1000000 /* lines with something on them */

/* Cuts a body into chunks: never inside a list item, a table row's line or code, and only where it
 * can't be helped inside a list or table; a long section is cut between blocks and keeps its
 * heading. `title` receives the document's first level-1 heading (empty if there is none).
 * body_line: the line its first byte stands in. A body that is blank gives no chunks. Pseudo
 * headings (a line all in bold or in capitals, "1.2 Title"; a line that ends in a colon isn't one)
 * count as headings. Indentation doesn't matter, except that code without a fence is known by it.
 * Errors: ESI_ENOMEM, ESI_ETOOBIG. */
esi_err chunk_read(struct view body, int32_t body_line, esi_arena *arena, struct view *title,
                   struct chunk **out, size_t *out_count, esi_error *err) ESI_MUST_CHECK;

#endif
