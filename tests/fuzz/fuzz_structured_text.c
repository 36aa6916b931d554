/* The inside of a JSON string decodes to the same text, however it is cut: to what a reader of
 * whole documents makes of it, where that takes it, and to whole characters where it doesn't. */
#include "fuzz.h"

#include <string.h>

#include "base/json.h"
#include "provider/structured_text.h"

#define OUT_MAX ((size_t)1 << 22)

/* Decodes in pieces of sizes drawn from `seed`; 0: all at once. The bytes taken. */
static size_t decode(struct view text, uint32_t seed, struct buf *out, bool *closed) {
    const bool whole = seed == 0;
    struct text_reader reader = {.held_count = 0};
    size_t at = 0;
    *closed = false;
    buf_init(out, OUT_MAX);
    while (at < text.n && !*closed) {
        seed = seed * 1664525u + 1013904223u;
        const struct view piece = view_slice(text, at, whole ? text.n : at + 1 + (seed >> 16) % 4);
        char *copy = malloc(piece.n);
        FUZZ_HOLDS(copy != NULL);
        memcpy(copy, piece.p, piece.n);
        const size_t taken = text_reader_feed(&reader, (struct view){copy, piece.n}, out, closed);
        free(copy);
        FUZZ_HOLDS(taken <= piece.n && (*closed || taken == piece.n));
        at += taken;
    }
    FUZZ_HOLDS(!out->failed);
    return at;
}

static void check_text(struct view text) {
    for (size_t at = 0; at < text.n;) {
        const size_t n = view_utf8(view_slice(text, at, text.n));
        const unsigned char c = (unsigned char)text.p[at];
        FUZZ_HOLDS(n > 0 && (c >= 0x20 || c == '\n' || c == '\t') && c != 0x7f);
        FUZZ_HOLDS(n != 2 || c != 0xc2 || (unsigned char)text.p[at + 1] >= 0xa0);
        at += n;
    }
}

/* As the reader of documents has it, with spaces for controls. */
static void check_against_json(struct view inside, struct view decoded) {
    struct buf quoted, plain;
    struct json_doc *doc = NULL;
    buf_init(&quoted, OUT_MAX);
    buf_init(&plain, OUT_MAX);
    buf_char(&quoted, '"');
    buf_add(&quoted, inside);
    buf_char(&quoted, '"');
    if (json_read(buf_view(&quoted), OUT_MAX, "it", &doc, NULL) == ESI_OK &&
        json_type(json_root(doc)) == JSON_STRING) {
        text_reader_plain(view_of(json_string(json_root(doc))), &plain);
        FUZZ_HOLDS(view_eq(buf_view(&plain), decoded));
    }
    json_free(doc);
    buf_clear(&quoted);
    buf_clear(&plain);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct view text = {(const char *)data, size};
    struct buf whole, cut;
    bool closed, again;
    const size_t taken = decode(text, 0, &whole, &closed);
    check_text(buf_view(&whole));
    for (uint32_t seed = 1; seed < 4; seed++) {
        FUZZ_HOLDS(decode(text, seed * 2654435761u + (uint32_t)size, &cut, &again) == taken);
        FUZZ_HOLDS(again == closed && view_eq(buf_view(&cut), buf_view(&whole)));
        buf_clear(&cut);
    }
    if (closed) {
        check_against_json(view_slice(text, 0, taken - 1), buf_view(&whole));
    }
    buf_clear(&whole);
    buf_init(&cut, OUT_MAX);
    text_reader_plain(text, &cut);
    check_text(buf_view(&cut));
    buf_clear(&cut);
    return 0;
}
