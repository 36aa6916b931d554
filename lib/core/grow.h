/* grow.h: arrays in an arena that grow by doubling. */
#ifndef ESIHELP_CORE_GROW_H
#define ESIHELP_CORE_GROW_H

#include <string.h>

#include "base/arena.h"

/* Makes room for one more after `count` items. *cap is 0 at first, with items NULL. The old place
 * stays in the arena unused, so that views into it hold. NULL when memory is used up. */
static inline void *grow(esi_arena *arena, void *items, size_t count, size_t *cap, size_t size) {
    if (count < *cap) {
        return items;
    }
    const size_t next = *cap == 0 ? 8 : *cap * 2;
    void *wider = next < *cap ? NULL : arena_array(arena, next, size);
    if (wider != NULL) {
        if (count > 0) {
            memcpy(wider, items, count * size);
        }
        *cap = next;
    }
    return wider;
}

#endif
