#include "base/error.h"
#include "core/chunk_parts.h"
#include "core/grow.h"

#define STACK_MAX 16
#define PATH_MAX_BYTES 400

struct cutter {
    const struct piece_list *pieces;
    struct view body;
    int32_t body_line;
    esi_arena *arena;
    struct view document_title;
    bool titled;
    bool headed;                  /* another heading stood before: the title would be too late */
    struct view stack[STACK_MAX]; /* headings above; empty for the document's title */
    int32_t levels[STACK_MAX];
    size_t depth;
    struct chunk *chunks;
    size_t count, cap;
    size_t from; /* where the next chunk begins */
};

static void push_heading(struct cutter *c, const struct piece *piece) {
    while (c->depth > 0 && c->levels[c->depth - 1] >= piece->level) {
        c->depth--;
    }
    const bool title = piece->level == 1 && !c->titled && !c->headed;
    c->headed = c->headed || (!title && piece->level <= 6);
    if (title) {
        c->document_title = piece->block.text;
        c->titled = true;
    }
    if (c->depth < STACK_MAX) {
        c->stack[c->depth] = title ? (struct view){0} : piece->block.text;
        c->levels[c->depth] = piece->level;
        c->depth++;
    }
}

static bool heading_path(const struct cutter *c, struct view *path, struct view *title) {
    struct buf text;
    buf_init(&text, PATH_MAX_BYTES);
    *title = (struct view){0};
    for (size_t i = 0; i < c->depth; i++) {
        if (c->stack[i].n == 0) {
            continue;
        }
        if (text.n > 0 && text.n + c->stack[i].n + 3 < PATH_MAX_BYTES) {
            buf_str(&text, " > ");
        }
        if (text.n + c->stack[i].n < PATH_MAX_BYTES) {
            buf_add(&text, c->stack[i]);
        }
        *title = c->stack[i];
    }
    const char *copy = arena_str(c->arena, buf_view(&text));
    const bool ok = copy != NULL && !(text.failed && !text.too_long);
    *path = view_of(copy);
    buf_clear(&text);
    return ok;
}

/* A list or table stays whole, and with the line that leads it in. */
static bool may_cut(const struct block *before, const struct block *after) {
    const bool item = after->kind == BLOCK_ITEM && before->kind == BLOCK_ITEM;
    const bool row = after->kind == BLOCK_TABLE_ROW && before->kind == BLOCK_TABLE_ROW;
    return !item && !row && !view_ends(before->text, VIEW(":"));
}

static const struct block *block_at(const struct cutter *c, size_t i) {
    return &c->pieces->items[i].block;
}

/* How many of the pieces from `i` to `end` (one section's rest) the next chunk takes: up to the
 * target; then the last good place to cut, however little it takes; else the first one behind, and
 * at twice the target any place. */
static size_t chunk_end(const struct cutter *c, size_t i, size_t end) {
    size_t size = 0, good = 0;
    for (size_t k = i; k < end; k++) {
        const struct block *b = block_at(c, k);
        const bool cut = k > i && may_cut(block_at(c, k - 1), b);
        if (cut) {
            good = k;
        }
        size += b->text.n;
        if (k > i && size > CHUNK_TARGET && (good > 0 || size > CHUNK_TARGET * 2)) {
            return good > 0 ? good : k;
        }
    }
    return end;
}

static esi_err add_chunk(struct cutter *c, size_t from, size_t to, size_t end_byte,
                         esi_error *err) {
    if (c->count == CHUNK_COUNT_MAX) {
        return esi_fail(err, ESI_ETOOBIG, "core/chunk", "more than %d sections in one document",
                        CHUNK_COUNT_MAX);
    }
    struct chunk *chunks = grow(c->arena, c->chunks, c->count, &c->cap, sizeof *chunks);
    struct block *blocks = ARENA_ARRAY(c->arena, to - from, struct block);
    if (chunks == NULL || blocks == NULL) {
        return fail_memory(err, "core/chunk");
    }
    c->chunks = chunks;
    struct chunk *chunk = &c->chunks[c->count];
    *chunk =
        (struct chunk){.from = c->from, .to = end_byte, .blocks = blocks, .block_count = to - from};
    for (size_t i = from; i < to; i++) {
        blocks[i - from] = *block_at(c, i);
    }
    if (!heading_path(c, &chunk->heading, &chunk->title)) {
        return fail_memory(err, "core/chunk");
    }
    c->count++;
    c->from = end_byte;
    return ESI_OK;
}

/* Cuts the blocks of one section. `end_byte`: where the next section begins. */
static esi_err cut_section(struct cutter *c, size_t from, size_t to, size_t end_byte,
                           esi_error *err) {
    while (from < to) {
        const size_t end = chunk_end(c, from, to);
        const size_t byte = end == to ? end_byte : block_at(c, end)->from;
        const esi_err e = add_chunk(c, from, end, byte, err);
        if (e != ESI_OK) {
            return e;
        }
        from = end;
    }
    return ESI_OK;
}

/* Lines are counted once over the body, chunk by chunk. */
static void number_lines(struct cutter *c) {
    int32_t line = c->body_line;
    size_t at = 0;
    for (size_t i = 0; i < c->count; i++) {
        for (; at < c->chunks[i].from; at++) {
            line += c->body.p[at] == '\n' ? 1 : 0;
        }
        c->chunks[i].line = line;
    }
}

static esi_err cut_all(struct cutter *c, esi_error *err) {
    const struct piece_list *p = c->pieces;
    size_t i = 0;
    while (i < p->count) {
        while (i < p->count && p->items[i].heading) {
            push_heading(c, &p->items[i++]);
        }
        size_t end = i;
        while (end < p->count && !p->items[end].heading) {
            end++;
        }
        const size_t end_byte = end < p->count ? p->items[end].block.from : c->body.n;
        const esi_err e = cut_section(c, i, end, end_byte, err);
        if (e != ESI_OK) {
            return e;
        }
        i = end;
    }
    if (c->count > 0) {
        c->chunks[c->count - 1].to = c->body.n; /* headings at the end that head nothing */
        return ESI_OK;
    }
    return p->count > 0 ? add_chunk(c, 0, 0, c->body.n, err) : ESI_OK;
}

esi_err chunk_cut(const struct piece_list *pieces, struct view body, int32_t body_line,
                  esi_arena *arena, struct view *title, struct chunk **out, size_t *out_count,
                  esi_error *err) {
    struct cutter *c = ARENA_NEW(arena, struct cutter);
    if (c == NULL) {
        return fail_memory(err, "core/chunk");
    }
    *c = (struct cutter){.pieces = pieces, .body = body, .body_line = body_line, .arena = arena};
    const esi_err e = cut_all(c, err);
    if (e == ESI_OK) {
        number_lines(c);
        *title = c->document_title;
        *out = c->chunks;
        *out_count = c->count;
    }
    return e;
}
