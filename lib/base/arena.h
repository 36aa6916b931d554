/* arena.h: memory that is emptied at once. */
#ifndef ESIHELP_BASE_ARENA_H
#define ESIHELP_BASE_ARENA_H

#include <stddef.h>

#include <esihelp/sys/backend.h>

#include "base/str.h"

struct arena_block;

/* One owner, one thread at a time. All zero is an empty arena without a limit. */
struct esi_arena {
    struct arena_block *head;
    size_t used; /* bytes handed out */
    size_t max;  /* 0: no limit */
    size_t step; /* largest block that is taken ahead of need; 0: 1 MiB */
};

void arena_init(esi_arena *arena, size_t max);
/* Frees everything; the arena is empty and can be used again. */
void arena_clear(esi_arena *arena);

/* Zeroed and aligned for any type; NULL when memory or the limit is used up. size 0 gives a
 * pointer that isn't NULL. */
void *arena_alloc(esi_arena *arena, size_t size);
/* count x size, NULL also when that overflows. */
void *arena_array(esi_arena *arena, size_t count, size_t size);
/* A NUL-terminated copy; NULL when memory is used up. */
char *arena_str(esi_arena *arena, struct view text);
char *arena_printf(esi_arena *arena, const char *format, ...) ESI_PRINTF(2, 3);

#define ARENA_NEW(arena, type) ((type *)arena_alloc((arena), sizeof(type)))
#define ARENA_ARRAY(arena, count, type) ((type *)arena_array((arena), (count), sizeof(type)))

#endif
