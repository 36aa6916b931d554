#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_ASAN 1
#endif
#endif

/* Under the address sanitizer the unused rest of a block is poisoned and a gap is left behind each
 * piece, so that a write past one is seen as it would be on the heap. */
#ifdef ARENA_ASAN
#include <sanitizer/asan_interface.h>
#define GAP 16
#else
#define GAP 0
#define ASAN_POISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#endif

#define UNIT alignof(max_align_t)
#define BLOCK_MIN 1024
#define BLOCK_MAX ((size_t)1 << 20)

struct arena_block {
    struct arena_block *next;
    size_t cap;
    size_t used;
    max_align_t data[];
};

void arena_init(esi_arena *arena, size_t max) {
    *arena = (esi_arena){.max = max};
}

void arena_clear(esi_arena *arena) {
    struct arena_block *block = arena->head;
    while (block != NULL) {
        struct arena_block *next = block->next;
        free(block);
        block = next;
    }
    arena->head = NULL;
    arena->used = 0;
}

/* How large the next block is to be: twice the last, but not beyond what the limit still allows. */
static size_t block_size(const esi_arena *arena, size_t need) {
    const size_t most = arena->step != 0 ? arena->step : BLOCK_MAX;
    size_t cap = arena->head == NULL ? BLOCK_MIN : arena->head->cap;
    if (arena->head != NULL && cap < most) {
        cap *= 2;
    }
    cap = arena->step != 0 && cap > most ? most : cap;
    if (arena->max != 0 && cap > arena->max - arena->used) {
        cap = arena->max - arena->used;
    }
    return cap < need ? need : cap;
}

static struct arena_block *add_block(esi_arena *arena, size_t need) {
    const size_t cap = block_size(arena, need);
    if (cap > SIZE_MAX - sizeof(struct arena_block)) {
        return NULL;
    }
    struct arena_block *block = calloc(1, sizeof *block + cap);
    if (block == NULL) {
        return NULL;
    }
    block->cap = cap;
    ASAN_POISON_MEMORY_REGION(block->data, cap);
    struct arena_block *head = arena->head;
    /* A large piece gets a block of its own behind the one that still has room. */
    if (head != NULL && cap == need && head->cap - head->used > UNIT * 4) {
        block->next = head->next;
        head->next = block;
    } else {
        block->next = head;
        arena->head = block;
    }
    return block;
}

void *arena_alloc(esi_arena *arena, size_t size) {
    if (size > SIZE_MAX / 2) {
        return NULL;
    }
    const size_t rounded = size == 0 ? UNIT : (size + UNIT - 1) / UNIT * UNIT;
    if (arena->max != 0 && rounded > arena->max - arena->used) {
        return NULL;
    }
    const size_t need = rounded + GAP;
    struct arena_block *block = arena->head;
    if (block == NULL || need > block->cap - block->used) {
        block = add_block(arena, need);
        if (block == NULL) {
            return NULL;
        }
    }
    char *piece = (char *)block->data + block->used;
    block->used += need;
    arena->used += rounded;
    ASAN_UNPOISON_MEMORY_REGION(piece, size);
    return piece;
}

void *arena_array(esi_arena *arena, size_t count, size_t size) {
    if (size != 0 && count > SIZE_MAX / size) {
        return NULL;
    }
    return arena_alloc(arena, count * size);
}

char *arena_str(esi_arena *arena, struct view text) {
    if (text.n == SIZE_MAX) {
        return NULL;
    }
    char *copy = arena_alloc(arena, text.n + 1);
    if (copy != NULL && text.n > 0) {
        memcpy(copy, text.p, text.n);
    }
    return copy;
}

char *arena_printf(esi_arena *arena, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    char *text = NULL;
    const int length = vsnprintf(NULL, 0, format, args);
    if (length >= 0) {
        text = arena_alloc(arena, (size_t)length + 1);
        if (text != NULL) {
            (void)vsnprintf(text, (size_t)length + 1, format, again);
        }
    }
    va_end(again);
    va_end(args);
    return text;
}

void *esi_arena_alloc(esi_arena *arena, size_t size) {
    return arena_alloc(arena, size);
}

char *esi_arena_copy(esi_arena *arena, const char *text, size_t size) {
    return arena_str(arena, (struct view){text, size});
}
