/* text_build.h: a text_folded in the making. Private to text. */
#ifndef ESIHELP_BASE_TEXT_BUILD_H
#define ESIHELP_BASE_TEXT_BUILD_H

#include <string.h>

#include "base/error.h"
#include "base/text.h"

struct text_build {
    esi_arena *arena;
    char *p;
    uint32_t *from;
    size_t n, cap;
    bool failed;
};

/* Room for at least `more` bytes and the end. */
static inline bool text_build_room(struct text_build *b, size_t more) {
    if (b->failed || b->cap - b->n > more) {
        return !b->failed;
    }
    const size_t cap = b->cap + b->cap / 2 + more + 64;
    char *p = arena_alloc(b->arena, cap);
    uint32_t *from = arena_array(b->arena, cap, sizeof(*from));
    if (p == NULL || from == NULL) {
        b->failed = true;
        return false;
    }
    if (b->n > 0) {
        memcpy(p, b->p, b->n);
        memcpy(from, b->from, b->n * sizeof(*from));
    }
    b->p = p;
    b->from = from;
    b->cap = cap;
    return true;
}

static inline void text_build_begin(struct text_build *b, esi_arena *arena, size_t expected) {
    *b = (struct text_build){.arena = arena};
    text_build_room(b, expected);
}

static inline void text_build_byte(struct text_build *b, char c, uint32_t from) {
    if (text_build_room(b, 1)) {
        b->p[b->n] = c;
        b->from[b->n++] = from;
    }
}

static inline void text_build_put(struct text_build *b, uint32_t c, uint32_t from) {
    char bytes[4];
    const size_t size = text_put(bytes, c);
    if (!text_build_room(b, size)) {
        return;
    }
    for (size_t i = 0; i < size; i++) {
        b->p[b->n] = bytes[i];
        b->from[b->n++] = from;
    }
}

static inline esi_err text_build_end(struct text_build *b, uint32_t from, struct view source,
                                     struct text_folded *out, esi_error *err) {
    if (b->failed) {
        return fail_memory(err, "base/text");
    }
    b->p[b->n] = '\0';
    b->from[b->n] = from;
    *out = (struct text_folded){b->p, b->n, b->from, source};
    return ESI_OK;
}

#endif
