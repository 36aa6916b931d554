#include "fuzz.h"

#include "base/arena.h"
#include "core/frontmatter.h"

#define MEMORY ((size_t)64 << 20)

/* Any bytes are a document: nothing is refused, and the body is a part of it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct view document = {(const char *)data, size};
    esi_arena arena;
    struct front front;
    arena_init(&arena, MEMORY);
    FUZZ_HOLDS(front_read(document, &arena, &front, NULL) == ESI_OK);
    FUZZ_HOLDS(front.body <= size && front.body_line >= 1);
    for (size_t i = 0; i < front.tag_count; i++) {
        FUZZ_HOLDS(front.tags[i].n > 0);
    }
    arena_clear(&arena);
    return 0;
}
