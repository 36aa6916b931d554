/* index_dictionary.c: numbers words; open addressing, linear probing. */
#include "core/index_parts.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS_FIRST 64u

void dictionary_clear(struct dictionary *d) {
    free(d->entries);
    free(d->slots);
    *d = (struct dictionary){0};
}

size_t dictionary_bytes(const struct dictionary *d) {
    return d->capacity * sizeof *d->entries + d->slot_count * sizeof *d->slots;
}

/* The slot that holds the word, or the free one where it would go. */
static size_t probe(const struct dictionary *d, struct view key, uint64_t hash) {
    const size_t mask = d->slot_count - 1;
    size_t slot = (size_t)hash & mask;
    while (d->slots[slot] != 0) {
        const struct dictionary_entry *entry = &d->entries[d->slots[slot] - 1];
        if (entry->hash == hash && view_eq(entry->key, key)) {
            break;
        }
        slot = (slot + 1) & mask;
    }
    return slot;
}

static bool grow(struct dictionary *d) {
    const size_t slot_count = d->slot_count == 0 ? SLOTS_FIRST : d->slot_count * 2;
    const size_t capacity = slot_count / 2;
    uint32_t *slots = calloc(slot_count, sizeof *slots);
    struct dictionary_entry *entries = realloc(d->entries, capacity * sizeof *entries);
    if (entries != NULL) {
        d->entries = entries;
        d->capacity = capacity;
    }
    if (slots == NULL || entries == NULL) {
        free(slots);
        return false;
    }
    for (size_t i = 0; i < d->count; i++) {
        size_t slot = (size_t)entries[i].hash & (slot_count - 1);
        while (slots[slot] != 0) {
            slot = (slot + 1) & (slot_count - 1);
        }
        slots[slot] = (uint32_t)i + 1;
    }
    free(d->slots);
    d->slots = slots;
    d->slot_count = slot_count;
    return true;
}

bool index_has_form(const struct index *index, struct view folded) {
    return dictionary_find(&index->forms, folded) != UINT32_MAX;
}

uint32_t dictionary_add(struct dictionary *d, struct view key, uint64_t hash, bool *added) {
    *added = false;
    if (d->slot_count != 0) {
        const size_t slot = probe(d, key, hash);
        if (d->slots[slot] != 0) {
            return d->slots[slot] - 1;
        }
    }
    /* at most half full, so that a probe always meets a free slot soon */
    if (2 * (d->count + 1) > d->slot_count && !grow(d)) {
        return DICTIONARY_NONE;
    }
    const size_t slot = probe(d, key, hash);
    d->entries[d->count] = (struct dictionary_entry){hash, key};
    d->slots[slot] = (uint32_t)++d->count;
    *added = true;
    return (uint32_t)d->count - 1;
}

uint32_t dictionary_find(const struct dictionary *d, struct view key) {
    if (d->count == 0) {
        return DICTIONARY_NONE;
    }
    const uint32_t slot = d->slots[probe(d, key, view_hash(key))];
    return slot == 0 ? DICTIONARY_NONE : slot - 1;
}
