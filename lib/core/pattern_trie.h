/* pattern_trie.h: one automaton (Aho-Corasick) that finds many literals in one pass. Private to
 * core/pattern. */
#ifndef ESIHELP_CORE_PATTERN_TRIE_H
#define ESIHELP_CORE_PATTERN_TRIE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

#define TRIE_NONE UINT32_MAX
#define TRIE_STATES_MAX 100000 /* bytes of all literals, common beginnings counted once */

struct trie;

struct trie *trie_create(void); /* NULL: memory ran out */
void trie_free(struct trie *trie);
/* The literal's number, counted from 0; the same for the same literal. ASCII case doesn't count.
 * TRIE_NONE: memory ran out, or there are too many. */
uint32_t trie_add(struct trie *trie, struct view literal);
/* Was there one too many? */
bool trie_full(const struct trie *trie);
/* Builds the automaton; nothing can be added afterwards. False: memory ran out. */
bool trie_freeze(struct trie *trie);
uint32_t trie_count(const struct trie *trie); /* literals */

/* A literal that stands in the text. */
struct trie_hit {
    uint32_t literal;
    uint32_t from; /* its first byte */
};

/* All hits in the order of their ends, at most `max`; the true number is returned, which may be
 * more. */
size_t trie_scan(const struct trie *trie, struct view text, struct trie_hit *hits, size_t max);

#endif
