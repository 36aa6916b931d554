#include "core/pattern_memory.h"

#include <stdint.h>
#include <stdlib.h>

#include "core/pattern.h"

/* What compiling the longest expression takes at most, several times over. Its pages cost nothing
 * until they are used. */
#define RESERVE ((size_t)32 * PATTERN_LENGTH_MAX)
#define ALIGNMENT 16

struct pattern_memory {
    size_t used;
    bool compiling;
    bool refused; /* by the system, while compiling */
    _Alignas(ALIGNMENT) unsigned char reserve[RESERVE];
};

struct pattern_memory *pattern_memory_create(void) {
    struct pattern_memory *memory = malloc(sizeof *memory);
    if (memory != NULL) {
        memory->used = 0;
        memory->compiling = false;
        memory->refused = false;
    }
    return memory;
}

void pattern_memory_free(struct pattern_memory *memory) {
    free(memory);
}

static bool is_reserve(const struct pattern_memory *memory, const void *piece) {
    const uintptr_t at = (uintptr_t)piece;
    const uintptr_t from = (uintptr_t)memory->reserve;
    return at >= from && at - from < RESERVE;
}

void *pattern_memory_get(size_t size, void *context) {
    struct pattern_memory *memory = context;
    void *piece = malloc(size);
    if (piece != NULL || !memory->compiling) {
        return piece;
    }
    memory->refused = true;
    const size_t rounded = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (rounded > RESERVE - memory->used) {
        return NULL;
    }
    piece = memory->reserve + memory->used;
    memory->used += rounded;
    return piece;
}

void pattern_memory_put(void *piece, void *context) {
    if (piece != NULL && !is_reserve(context, piece)) {
        free(piece);
    }
}

void pattern_memory_begin(struct pattern_memory *memory) {
    memory->used = 0; /* nothing that came from it was kept */
    memory->compiling = true;
    memory->refused = false;
}

bool pattern_memory_end(struct pattern_memory *memory) {
    memory->compiling = false;
    return memory->refused;
}
