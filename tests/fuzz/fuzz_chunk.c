#include "fuzz.h"

#include "base/arena.h"
#include "core/handling.h"

#define MEMORY ((size_t)512 << 20)

/* Chunks put together are the source, and blocks stand inside their chunk. */
static void check_chunks(const struct chunk *chunks, size_t count, size_t size) {
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        FUZZ_HOLDS(chunks[i].from == at && chunks[i].to >= at);
        at = chunks[i].to;
        for (size_t k = 0; k < chunks[i].block_count; k++) {
            const struct block *b = &chunks[i].blocks[k];
            FUZZ_HOLDS(b->from >= chunks[i].from && b->from <= b->to && b->to <= at);
        }
    }
    FUZZ_HOLDS(count == 0 || at == size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct view document = {(const char *)data, size};
    struct front front = {0};
    struct view *problems = NULL;
    size_t problem_count = 0;
    esi_arena arena;
    struct view title = {0};
    struct chunk *chunks = NULL;
    struct authority authority;
    size_t count = 0;
    arena_init(&arena, MEMORY);
    FUZZ_HOLDS(front_read(document, &arena, &front, NULL) == ESI_OK);
    const struct view body = view_slice(document, front.body, size);
    FUZZ_HOLDS(chunk_read(body, 1, &arena, &title, &chunks, &count, NULL) == ESI_OK);
    check_chunks(chunks, count, body.n);
    struct handling_section *sections = ARENA_ARRAY(&arena, count, struct handling_section);
    FUZZ_HOLDS(sections != NULL);
    FUZZ_HOLDS(handling_read(&front, title, chunks, count, &arena, sections, NULL) == ESI_OK);
    const struct handling_mended in = {&front, chunks, count, sections};
    FUZZ_HOLDS(handling_mend(&in, &arena, &problems, &problem_count, NULL) == ESI_OK);
    FUZZ_HOLDS(handling_authority(&front, title, chunks, count, &arena, &authority, NULL) ==
               ESI_OK);
    arena_clear(&arena);
    return 0;
}
