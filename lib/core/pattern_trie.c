#include "core/pattern_trie.h"

#include <stdlib.h>
#include <string.h>

/* While it is built, a state's children are a linked list; frozen, a table of all transitions. */
struct state {
    uint32_t child;   /* first child; 0: none (0 is the root, which is nobody's child) */
    uint32_t sibling; /* next child of the same parent */
    uint32_t literal; /* that ends here; TRIE_NONE */
    uint32_t shorter; /* next state up the failure links where a literal ends; 0: none */
    uint8_t byte;     /* that leads here */
    uint8_t depth;
};

struct trie {
    struct state *states;
    size_t count, cap;
    uint32_t literals;
    uint32_t first[256]; /* the root's children; 0: none. It has most, and every literal asks it */
    uint8_t class_of[256]; /* 0: a byte of no literal */
    uint32_t classes;
    uint32_t *next; /* state x class; the top bit says that something ends there */
};

#define ENDS 0x80000000u

static uint8_t lower(uint8_t c) {
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
}

static uint32_t new_state(struct trie *trie, uint8_t byte, uint8_t depth) {
    if (trie->count == TRIE_STATES_MAX) {
        return TRIE_NONE;
    }
    if (trie->count == trie->cap) {
        const size_t cap = trie->cap == 0 ? 1024 : trie->cap * 2;
        struct state *states = realloc(trie->states, cap * sizeof *states);
        if (states == NULL) {
            return TRIE_NONE;
        }
        trie->states = states;
        trie->cap = cap;
    }
    trie->states[trie->count] = (struct state){.literal = TRIE_NONE, .byte = byte, .depth = depth};
    return (uint32_t)trie->count++;
}

struct trie *trie_create(void) {
    struct trie *trie = calloc(1, sizeof *trie);
    if (trie != NULL && new_state(trie, 0, 0) == TRIE_NONE) {
        free(trie);
        trie = NULL;
    }
    return trie;
}

void trie_free(struct trie *trie) {
    if (trie != NULL) {
        free(trie->states);
        free(trie->next);
        free(trie);
    }
}

static uint32_t child_of(const struct trie *trie, uint32_t state, uint8_t byte) {
    if (state == 0) {
        return trie->first[byte];
    }
    uint32_t child = trie->states[state].child;
    while (child != 0 && trie->states[child].byte != byte) {
        child = trie->states[child].sibling;
    }
    return child;
}

uint32_t trie_add(struct trie *trie, struct view literal) {
    uint32_t at = 0;
    for (size_t i = 0; i < literal.n; i++) {
        const uint8_t byte = lower((uint8_t)literal.p[i]);
        uint32_t child = child_of(trie, at, byte);
        if (child == 0) {
            child = new_state(trie, byte, (uint8_t)(i + 1));
            if (child == TRIE_NONE) {
                return TRIE_NONE;
            }
            trie->states[child].sibling = trie->states[at].child;
            trie->states[at].child = child;
            if (at == 0) {
                trie->first[byte] = child;
            }
        }
        at = child;
    }
    if (trie->states[at].literal == TRIE_NONE) {
        trie->states[at].literal = trie->literals++;
    }
    return trie->states[at].literal;
}

bool trie_full(const struct trie *trie) {
    return trie->count == TRIE_STATES_MAX;
}

static void make_classes(struct trie *trie) {
    trie->classes = 1;
    for (size_t i = 1; i < trie->count; i++) {
        uint8_t *class = &trie->class_of[trie->states[i].byte];
        if (*class == 0) {
            *class = (uint8_t)trie->classes++;
        }
    }
    for (uint8_t c = 'A'; c <= 'Z'; c++) {
        trie->class_of[c] = trie->class_of[lower(c)];
    }
}

/* Where the text goes on that follows no child: the state that its longest end leads to. */
static uint32_t link_child(struct trie *trie, uint32_t child, uint32_t fail) {
    struct state *state = &trie->states[child];
    const struct state *up = &trie->states[fail];
    state->shorter = up->literal != TRIE_NONE ? fail : up->shorter;
    return state->literal != TRIE_NONE || state->shorter != 0 ? child | ENDS : child;
}

/* Breadth first: a state's failure link is always nearer to the root and done already. */
static void link_states(struct trie *trie, uint32_t *queue, uint32_t *fail) {
    size_t head = 0, tail = 0;
    queue[tail++] = 0;
    memset(trie->next, 0, trie->classes * sizeof *trie->next);
    while (head < tail) {
        const uint32_t at = queue[head++];
        uint32_t *row = &trie->next[(size_t)at * trie->classes];
        if (at != 0) {
            memcpy(row, &trie->next[(size_t)fail[at] * trie->classes], trie->classes * sizeof *row);
        }
        for (uint32_t c = trie->states[at].child; c != 0; c = trie->states[c].sibling) {
            uint32_t *slot = &row[trie->class_of[trie->states[c].byte]];
            fail[c] = at == 0 ? 0 : *slot & ~ENDS;
            *slot = link_child(trie, c, fail[c]);
            queue[tail++] = c;
        }
    }
}

bool trie_freeze(struct trie *trie) {
    make_classes(trie);
    bool ok = false;
    uint32_t *queue = calloc(trie->count, sizeof *queue);
    uint32_t *fail = calloc(trie->count, sizeof *fail);
    trie->next = trie->count <= SIZE_MAX / sizeof *trie->next / trie->classes
                     ? malloc(trie->count * trie->classes * sizeof *trie->next)
                     : NULL;
    if (queue == NULL || fail == NULL || trie->next == NULL) {
        goto out;
    }
    link_states(trie, queue, fail);
    ok = true;
out:
    free(queue);
    free(fail);
    return ok;
}

uint32_t trie_count(const struct trie *trie) {
    return trie->literals;
}

size_t trie_scan(const struct trie *trie, struct view text, struct trie_hit *hits, size_t max) {
    size_t found = 0;
    uint32_t at = 0;
    for (size_t i = 0; i < text.n; i++) {
        const uint32_t to =
            trie->next[(size_t)at * trie->classes + trie->class_of[(uint8_t)text.p[i]]];
        at = to & ~ENDS;
        if ((to & ENDS) == 0) {
            continue;
        }
        for (uint32_t s = at; s != 0; s = trie->states[s].shorter) {
            if (trie->states[s].literal == TRIE_NONE) {
                continue;
            }
            if (found < max) {
                hits[found] = (struct trie_hit){trie->states[s].literal,
                                                (uint32_t)(i + 1 - trie->states[s].depth)};
            }
            found++;
        }
    }
    return found;
}
