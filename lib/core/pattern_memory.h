/* pattern_memory.h: memory for the compiler of expressions, which can't stand to be refused any.
 * The just-in-time compiler of PCRE2 10.42 reads through a NULL pointer where an allocation fails
 * in it. */
#ifndef ESIHELP_CORE_PATTERN_MEMORY_H
#define ESIHELP_CORE_PATTERN_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

struct pattern_memory;

/* NULL when memory ran out. */
struct pattern_memory *pattern_memory_create(void);
/* Everything that was got from it was put back. */
void pattern_memory_free(struct pattern_memory *memory);

/* The two functions of PCRE2's general context; `memory` is its data. */
void *pattern_memory_get(size_t size, void *memory);
void pattern_memory_put(void *piece, void *memory);

/* Between the two, what the system refuses comes from a reserve. End says whether that happened:
 * what was compiled meanwhile is to be thrown away. */
void pattern_memory_begin(struct pattern_memory *memory);
bool pattern_memory_end(struct pattern_memory *memory);

#endif
