#include "core/pattern_clause.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "core/pattern_trie.h"

#define ORIGIN "core/pattern"
#define BUCKETS 1024
#define FIRST_HITS 512
#define HITS_MAX (1u << 20)

struct clause {
    uint64_t hash;
    uint32_t *literals; /* numbers, sorted */
    uint32_t count;
    uint32_t next; /* in its bucket */
    bool leads;
};

struct clause_table {
    struct trie *trie;
    struct clause *clauses;
    size_t count, cap;
    uint32_t buckets[BUCKETS];
    uint32_t *member_of; /* clauses of each literal, one literal after the other */
    uint32_t *member_at; /* where each literal's begin; one more than there are literals */
};

struct place {
    uint32_t from;
    uint32_t next; /* of the same clause */
};

struct clause_scan {
    const struct clause_table *table;
    struct trie_hit *hits;
    size_t hit_cap;
    struct place *places;
    size_t place_count, place_cap;
    uint32_t *heads, *tails; /* of each clause's places; valid where it is met */
    bool *met;
    uint32_t *touched; /* clauses that are met */
    size_t touched_count;
};

/* Room for one more; false when memory ran out. */
static bool grow(void **items, size_t count, size_t *cap, size_t size) {
    if (count < *cap) {
        return true;
    }
    const size_t wanted = *cap == 0 ? 64 : *cap * 2;
    void *bigger = realloc(*items, wanted * size);
    if (bigger == NULL) {
        return false;
    }
    *items = bigger;
    *cap = wanted;
    return true;
}

esi_err clause_table_create(struct clause_table **out, esi_error *err) {
    struct clause_table *table = calloc(1, sizeof *table);
    if (table == NULL) {
        return fail_memory(err, ORIGIN);
    }
    for (size_t i = 0; i < BUCKETS; i++) {
        table->buckets[i] = CLAUSE_NONE;
    }
    table->trie = trie_create();
    if (table->trie == NULL) {
        clause_table_free(table);
        return fail_memory(err, ORIGIN);
    }
    *out = table;
    return ESI_OK;
}

void clause_table_free(struct clause_table *table) {
    if (table == NULL) {
        return;
    }
    for (size_t i = 0; i < table->count; i++) {
        free(table->clauses[i].literals);
    }
    trie_free(table->trie);
    free(table->clauses);
    free(table->member_of);
    free(table->member_at);
    free(table);
}

static int compare_numbers(const void *a, const void *b) {
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* The clause with these literals, made where there is none. Takes the numbers over, also when it
 * fails. */
static esi_err find_clause(struct clause_table *table, uint32_t *numbers, uint32_t count,
                           uint32_t *out, esi_error *err) {
    const size_t bytes = count * sizeof *numbers;
    const uint64_t hash = view_hash((struct view){(const char *)numbers, bytes});
    uint32_t *bucket = &table->buckets[hash % BUCKETS];
    for (uint32_t at = *bucket; at != CLAUSE_NONE; at = table->clauses[at].next) {
        const struct clause *c = &table->clauses[at];
        if (c->hash == hash && c->count == count && memcmp(c->literals, numbers, bytes) == 0) {
            free(numbers);
            *out = at;
            return ESI_OK;
        }
    }
    if (!grow((void **)&table->clauses, table->count, &table->cap, sizeof *table->clauses)) {
        free(numbers);
        return fail_memory(err, ORIGIN);
    }
    table->clauses[table->count] = (struct clause){hash, numbers, count, *bucket, false};
    *bucket = (uint32_t)table->count;
    *out = (uint32_t)table->count++;
    return ESI_OK;
}

esi_err clause_add(struct clause_table *table, const struct literal_clause *clause, bool leads,
                   uint32_t *out, esi_error *err) {
    uint32_t *numbers = malloc(clause->count * sizeof *numbers);
    if (numbers == NULL) {
        return fail_memory(err, ORIGIN);
    }
    for (size_t i = 0; i < clause->count; i++) {
        numbers[i] = trie_add(table->trie, clause->items[i]);
        if (numbers[i] == TRIE_NONE) {
            free(numbers);
            return trie_full(table->trie)
                       ? esi_fail(err, ESI_ETOOBIG, ORIGIN,
                                  "the expressions hold more than %d bytes of literal text",
                                  TRIE_STATES_MAX)
                       : fail_memory(err, ORIGIN);
        }
    }
    qsort(numbers, clause->count, sizeof *numbers, compare_numbers);
    uint32_t unique = 1;
    for (size_t i = 1; i < clause->count; i++) {
        if (numbers[i] != numbers[unique - 1]) {
            numbers[unique++] = numbers[i];
        }
    }
    const esi_err e = find_clause(table, numbers, unique, out, err);
    if (e == ESI_OK && leads) {
        table->clauses[*out].leads = true;
    }
    return e;
}

/* Turns "the literals of a clause" round into "the clauses of a literal": counted two places up,
 * summed, and filled from one place up, which leaves each start where it belongs. */
static bool make_members(struct clause_table *table) {
    const size_t literals = trie_count(table->trie);
    size_t total = 0;
    table->member_at = calloc(literals + 2, sizeof *table->member_at);
    if (table->member_at == NULL) {
        return false;
    }
    for (size_t i = 0; i < table->count; i++) {
        total += table->clauses[i].count;
        for (uint32_t j = 0; j < table->clauses[i].count; j++) {
            table->member_at[table->clauses[i].literals[j] + 2]++;
        }
    }
    for (size_t i = 2; i < literals + 2; i++) {
        table->member_at[i] += table->member_at[i - 1];
    }
    table->member_of = calloc(total + 1, sizeof *table->member_of);
    if (table->member_of == NULL) {
        return false;
    }
    for (size_t i = 0; i < table->count; i++) {
        for (uint32_t j = 0; j < table->clauses[i].count; j++) {
            table->member_of[table->member_at[table->clauses[i].literals[j] + 1]++] = (uint32_t)i;
        }
    }
    return true;
}

esi_err clause_freeze(struct clause_table *table, esi_error *err) {
    return trie_freeze(table->trie) && make_members(table) ? ESI_OK : fail_memory(err, ORIGIN);
}

/* ---- one text ------------------------------------------------------------------------------- */

struct clause_scan *clause_scan_create(const struct clause_table *table) {
    struct clause_scan *scan = calloc(1, sizeof *scan);
    if (scan == NULL) {
        return NULL;
    }
    const size_t clauses = table->count + 1;
    scan->table = table;
    scan->hit_cap = FIRST_HITS;
    scan->hits = malloc(scan->hit_cap * sizeof *scan->hits);
    scan->heads = malloc(clauses * sizeof *scan->heads);
    scan->tails = malloc(clauses * sizeof *scan->tails);
    scan->met = calloc(clauses, sizeof *scan->met);
    scan->touched = malloc(clauses * sizeof *scan->touched);
    if (scan->hits == NULL || scan->heads == NULL || scan->tails == NULL || scan->met == NULL ||
        scan->touched == NULL) {
        clause_scan_free(scan);
        return NULL;
    }
    return scan;
}

void clause_scan_free(struct clause_scan *scan) {
    if (scan != NULL) {
        free(scan->hits);
        free(scan->places);
        free(scan->heads);
        free(scan->tails);
        free(scan->met);
        free(scan->touched);
        free(scan);
    }
}

static bool add_place(struct clause_scan *scan, uint32_t clause, uint32_t from) {
    if (!grow((void **)&scan->places, scan->place_count, &scan->place_cap, sizeof *scan->places)) {
        return false;
    }
    const uint32_t number = (uint32_t)scan->place_count++;
    scan->places[number] = (struct place){from, CLAUSE_NONE};
    uint32_t *slot = scan->heads[clause] == CLAUSE_NONE ? &scan->heads[clause]
                                                        : &scan->places[scan->tails[clause]].next;
    *slot = number;
    scan->tails[clause] = number;
    return true;
}

static bool take_hit(struct clause_scan *scan, const struct trie_hit *hit) {
    const struct clause_table *table = scan->table;
    const uint32_t end = table->member_at[hit->literal + 1];
    for (uint32_t i = table->member_at[hit->literal]; i < end; i++) {
        const uint32_t clause = table->member_of[i];
        if (!scan->met[clause]) {
            scan->met[clause] = true;
            scan->heads[clause] = CLAUSE_NONE;
            scan->touched[scan->touched_count++] = clause;
        }
        if (table->clauses[clause].leads && !add_place(scan, clause, hit->from)) {
            return false;
        }
    }
    return true;
}

esi_err clause_scan_text(struct clause_scan *scan, struct view text) {
    for (size_t i = 0; i < scan->touched_count; i++) {
        scan->met[scan->touched[i]] = false;
    }
    scan->touched_count = 0;
    scan->place_count = 0;
    const struct trie *trie = scan->table->trie;
    size_t found = trie_scan(trie, text, scan->hits, scan->hit_cap);
    if (found > scan->hit_cap) {
        struct trie_hit *more =
            found <= HITS_MAX ? realloc(scan->hits, found * sizeof *more) : NULL;
        if (more == NULL) {
            return ESI_ENOMEM;
        }
        scan->hits = more;
        scan->hit_cap = found;
        found = trie_scan(trie, text, scan->hits, scan->hit_cap);
    }
    for (size_t i = 0; i < found; i++) {
        if (!take_hit(scan, &scan->hits[i])) {
            return ESI_ENOMEM;
        }
    }
    return ESI_OK;
}

bool clause_met(const struct clause_scan *scan, uint32_t clause) {
    return scan->met[clause];
}

size_t clause_scan_weight(const struct clause_scan *scan) {
    return scan->hit_cap * sizeof *scan->hits + scan->place_cap * sizeof *scan->places;
}

uint32_t clause_first(const struct clause_scan *scan, uint32_t clause) {
    return scan->met[clause] ? scan->heads[clause] : CLAUSE_NONE;
}

uint32_t clause_next(const struct clause_scan *scan, uint32_t place) {
    return scan->places[place].next;
}

uint32_t clause_place(const struct clause_scan *scan, uint32_t place) {
    return scan->places[place].from;
}
