/* chunk.h: Markdown to sections along its headings. The sole user of cmark. */
#ifndef ESIHELP_CORE_CHUNK_H
#define ESIHELP_CORE_CHUNK_H

#include "base/arena.h"
#include "base/str.h"

enum block_kind { BLOCK_PARAGRAPH, BLOCK_ITEM, BLOCK_CODE, BLOCK_TABLE_ROW, BLOCK_QUOTE };

/* One paragraph, list item, code block, row of a table or quote, in the order of the text. */
struct block {
    enum block_kind kind;
    struct view text;   /* its words without Markdown marks; a row's cells are joined by " | " */
    struct view *cells; /* of a row */
    size_t cell_count;
    bool header;    /* a table's head row */
    bool bold_lead; /* begins with words in bold: `lead` */
    struct view lead;
    int32_t depth;  /* of a list item: 0 the outermost */
    int32_t number; /* of an ordered item; 0: a bullet */
    int32_t line;   /* in the document, from 1 */
};

struct chunk {
    struct view heading; /* heading path, parts joined by " > ", the document's title left out */
    struct view title;   /* the innermost heading */
    size_t from, to;     /* bytes of the body; chunks follow one another without a gap */
    int32_t line;
    struct block *blocks;
    size_t block_count;
};

#define CHUNK_TARGET 1800 /* bytes a chunk should not pass, unless one block alone does */
#define CHUNK_COUNT_MAX 20000

/* Cuts a body into chunks: never inside a list item, a table row's line or code; a long section is
 * cut between blocks and keeps its heading. `title` receives the document's first level-1 heading
 * (empty if there is none). body_line: the line its first byte stands in. A body that is blank
 * gives no chunks. Pseudo headings (a line all in bold, "1.2 Title", a line that ends in a colon
 * before a list isn't one) count as headings. Errors: ESI_ENOMEM, ESI_ETOOBIG. */
esi_err chunk_read(struct view body, int32_t body_line, esi_arena *arena, struct view *title,
                   struct chunk **out, size_t *out_count, esi_error *err) ESI_MUST_CHECK;

#endif
