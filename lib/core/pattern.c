#define PCRE2_CODE_UNIT_WIDTH 8

#include "core/pattern.h"

#include <pcre2.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/os.h"
#include "base/text.h"
#include "core/pattern_clause.h"
#include "core/pattern_literal.h"
#include "core/pattern_memory.h"

#define ORIGIN "core/pattern"

/* A try is given few steps first, since nearly all need few, and once more many. An expression
 * without literals to begin with is tried everywhere, and pays for every byte. */
#define TRY_STEPS 250
#define RETRY_STEPS 20000
#define EVERYWHERE_STEPS 20
#define EVERYWHERE_RETRY_STEPS 400

#define SPARE_SCANS 16
#define SPARE_WEIGHT_MAX (256 * 1024) /* a scan that grew larger isn't kept */
#define JIT_STACK_START 4096
#define JIT_STACK_MAX (128 * 1024)

struct pattern {
    pcre2_code *code;
    _Atomic(const pcre2_code *) ready; /* NULL until it was first tried */
    uint32_t next;                     /* of its group; PATTERN_NONE */
    uint32_t clauses[LITERAL_CLAUSES_MAX];
    uint32_t lead; /* the clause that every match begins with; PATTERN_NONE */
    uint8_t clause_count;
};

struct group {
    uint32_t first, last;
};

struct pattern_set {
    struct pattern *patterns;
    struct group *groups;
    size_t pattern_count, pattern_cap;
    size_t group_count, group_cap;
    struct clause_table *clauses;
    struct os_mutex readying;      /* one expression at a time is made ready */
    bool locks;                    /* the mutex is there */
    struct pattern_memory *memory; /* of the compiled expressions */
    pcre2_general_context *general_context;
    pcre2_compile_context *compile_context;
    _Atomic(struct pattern_scan *) spare[SPARE_SCANS];
};

struct pattern_scan {
    const struct pattern_set *set;
    struct view text;
    struct clause_scan *clauses;
    pcre2_match_data *data;
    pcre2_match_context *context;
    pcre2_jit_stack *stack;
    uint32_t steps;
    bool limited; /* the text can't be judged: every question is answered with a limit */
    bool failed;  /* memory ran out */
};

/* ---- building ------------------------------------------------------------------------------- */

esi_err pattern_set_create(struct pattern_set **out, esi_error *err) {
    struct pattern_set *set = calloc(1, sizeof *set);
    if (set == NULL) {
        return fail_memory(err, ORIGIN);
    }
    for (size_t i = 0; i < SPARE_SCANS; i++) {
        atomic_init(&set->spare[i], NULL);
    }
    esi_err e = clause_table_create(&set->clauses, err);
    if (e == ESI_OK) {
        e = os_mutex_init(&set->readying, err);
        set->locks = e == ESI_OK;
    }
    if (e != ESI_OK) {
        goto out;
    }
    set->memory = pattern_memory_create();
    if (set->memory != NULL) {
        set->general_context =
            pcre2_general_context_create(pattern_memory_get, pattern_memory_put, set->memory);
    }
    if (set->general_context != NULL) {
        set->compile_context = pcre2_compile_context_create(set->general_context);
    }
    if (set->compile_context == NULL) {
        e = fail_memory(err, ORIGIN);
        goto out;
    }
    (void)pcre2_set_parens_nest_limit(set->compile_context, 64);
    *out = set;
    set = NULL;
out:
    pattern_set_free(set);
    return e;
}

static void scan_destroy(struct pattern_scan *scan) {
    if (scan != NULL) {
        clause_scan_free(scan->clauses);
        pcre2_match_data_free(scan->data);
        pcre2_match_context_free(scan->context);
        pcre2_jit_stack_free(scan->stack);
        free(scan);
    }
}

void pattern_set_free(struct pattern_set *set) {
    if (set == NULL) {
        return;
    }
    for (size_t i = 0; i < SPARE_SCANS; i++) {
        scan_destroy(atomic_load(&set->spare[i]));
    }
    for (size_t i = 0; i < set->pattern_count; i++) {
        pcre2_code_free(set->patterns[i].code);
    }
    pcre2_compile_context_free(set->compile_context);
    pcre2_general_context_free(set->general_context);
    pattern_memory_free(set->memory);
    clause_table_free(set->clauses);
    if (set->locks) {
        os_mutex_clear(&set->readying);
    }
    free(set->patterns);
    free(set->groups);
    free(set);
}

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

esi_err pattern_group(struct pattern_set *set, uint32_t *out, esi_error *err) {
    if (!grow((void **)&set->groups, set->group_count, &set->group_cap, sizeof *set->groups)) {
        return fail_memory(err, ORIGIN);
    }
    set->groups[set->group_count] = (struct group){PATTERN_NONE, PATTERN_NONE};
    *out = (uint32_t)set->group_count++;
    return ESI_OK;
}

static esi_err add_clauses(struct pattern_set *set, const struct literal_need *need,
                           struct pattern *pattern, esi_error *err) {
    pattern->lead = PATTERN_NONE;
    for (size_t i = 0; i < need->count; i++) {
        const esi_err e = clause_add(set->clauses, &need->all[i], false, &pattern->clauses[i], err);
        if (e != ESI_OK) {
            return e;
        }
    }
    pattern->clause_count = (uint8_t)need->count;
    return need->lead.count > 0 ? clause_add(set->clauses, &need->lead, true, &pattern->lead, err)
                                : ESI_OK;
}

/* Texts come folded, so an expression in lower case (nearly all are) finds the same without regard
 * to case as with it, and compiles to half the code. What isn't plainly lower case is taken to have
 * a case. */
static bool has_case(const char *expression) {
    for (const char *p = expression; *p != '\0'; p++) {
        if (*p == '\\' && p[1] > 0) {
            p++;
        } else if ((*p >= 'A' && *p <= 'Z') || (unsigned char)*p >= 0x80) {
            return true;
        }
    }
    return false;
}

static esi_err compile(struct pattern_set *set, const char *expression, bool anchored,
                       const char *where, pcre2_code **out, esi_error *err) {
    int code = 0;
    PCRE2_SIZE at = 0;
    const uint32_t options = PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C | PCRE2_NO_AUTO_CAPTURE |
                             (has_case(expression) ? PCRE2_CASELESS : 0u) |
                             (anchored ? PCRE2_ANCHORED | PCRE2_NO_START_OPTIMIZE : 0u);
    pcre2_code *compiled = pcre2_compile((PCRE2_SPTR)expression, PCRE2_ZERO_TERMINATED, options,
                                         &code, &at, set->compile_context);
    if (compiled == NULL) {
        PCRE2_UCHAR reason[160] = "";
        if (code == PCRE2_ERROR_NOMEMORY || code == PCRE2_ERROR_HEAP_FAILED) {
            return fail_memory(err, ORIGIN);
        }
        (void)pcre2_get_error_message(code, reason, sizeof reason);
        return esi_fail(err, ESI_EPOLICY, ORIGIN, "%s: bad expression: %s, at its character %zu",
                        where, (const char *)reason, (size_t)at + 1);
    }
    *out = compiled;
    return ESI_OK;
}

/* A copy with machine code; NULL when memory ran out. */
static pcre2_code *with_machine_code(const struct pattern_set *set, const pcre2_code *code) {
    pcre2_code *copy = pcre2_code_copy(code);
    if (copy == NULL) {
        return NULL;
    }
    pattern_memory_begin(set->memory);
    /* Without JIT (not every machine has it) the same is matched more slowly. */
    (void)pcre2_jit_compile(copy, PCRE2_JIT_COMPLETE);
    if (pattern_memory_end(set->memory)) {
        pcre2_code_free(copy);
        return NULL;
    }
    return copy;
}

/* Machine code is half of what compiling costs, and most expressions are never tried: so it is made
 * when one is tried first. Nothing else of a frozen set ever changes. NULL when memory ran out. */
static const pcre2_code *ready(const struct pattern_set *set, const struct pattern *pattern) {
    const pcre2_code *code = atomic_load_explicit(&pattern->ready, memory_order_acquire);
    if (code != NULL) {
        return code;
    }
    struct pattern_set *owner = (struct pattern_set *)(uintptr_t)set;
    struct pattern *own = (struct pattern *)(uintptr_t)pattern;
    os_lock(&owner->readying);
    code = atomic_load_explicit(&own->ready, memory_order_relaxed);
    pcre2_code *made = code == NULL ? with_machine_code(owner, own->code) : NULL;
    if (made != NULL) {
        pcre2_code_free(own->code);
        own->code = made;
        code = made;
        atomic_store_explicit(&own->ready, code, memory_order_release);
    }
    os_unlock(&owner->readying);
    return code;
}

esi_err pattern_add(struct pattern_set *set, uint32_t group, const char *expression,
                    const char *where, esi_error *err) {
    if (strlen(expression) > PATTERN_LENGTH_MAX) {
        return esi_fail(err, ESI_ETOOBIG, ORIGIN, "%s: the expression is longer than %d bytes",
                        where, PATTERN_LENGTH_MAX);
    }
    if (set->pattern_count == PATTERN_COUNT_MAX) {
        return esi_fail(err, ESI_ETOOBIG, ORIGIN, "%s: more than %d expressions", where,
                        PATTERN_COUNT_MAX);
    }
    struct pattern pattern = {.next = PATTERN_NONE};
    struct literal_need need;
    esi_err e = ESI_OK;
    esi_arena scratch;
    arena_init(&scratch, 0);
    if (!literal_read(expression, &scratch, &need)) {
        e = fail_memory(err, ORIGIN);
        goto out;
    }
    e = compile(set, expression, need.lead.count > 0, where, &pattern.code, err);
    if (e == ESI_OK) {
        e = add_clauses(set, &need, &pattern, err);
    }
    if (e != ESI_OK) {
        goto out;
    }
    if (!grow((void **)&set->patterns, set->pattern_count, &set->pattern_cap,
              sizeof *set->patterns)) {
        e = fail_memory(err, ORIGIN);
        goto out;
    }
    struct group *g = &set->groups[group];
    const uint32_t number = (uint32_t)set->pattern_count++;
    set->patterns[number] = pattern;
    pattern.code = NULL;
    *(g->last == PATTERN_NONE ? &g->first : &set->patterns[g->last].next) = number;
    g->last = number;
out:
    pcre2_code_free(pattern.code);
    arena_clear(&scratch);
    return e;
}

esi_err pattern_freeze(struct pattern_set *set, esi_error *err) {
    return clause_freeze(set->clauses, err);
}

/* ---- matching ------------------------------------------------------------------------------- */

static struct pattern_scan *scan_make(const struct pattern_set *set) {
    struct pattern_scan *scan = calloc(1, sizeof *scan);
    if (scan == NULL) {
        return NULL;
    }
    scan->set = set;
    scan->clauses = clause_scan_create(set->clauses);
    scan->data = pcre2_match_data_create(1, NULL);
    scan->context = pcre2_match_context_create(NULL);
    scan->stack = pcre2_jit_stack_create(JIT_STACK_START, JIT_STACK_MAX, NULL);
    if (scan->clauses == NULL || scan->data == NULL || scan->context == NULL) {
        scan_destroy(scan);
        return NULL;
    }
    /* JIT code would otherwise take 32 KB of the thread's own stack. */
    if (scan->stack != NULL) {
        pcre2_jit_stack_assign(scan->context, NULL, scan->stack);
    }
    (void)pcre2_set_heap_limit(scan->context, PATTERN_HEAP_MAX_KB);
    return scan;
}

esi_err pattern_scan_create(const struct pattern_set *set, struct pattern_scan **out,
                            esi_error *err) {
    /* A scan is expensive to make and cheap to keep: who finds a spare one takes it. */
    struct pattern_set *owner = (struct pattern_set *)(uintptr_t)set;
    struct pattern_scan *scan = NULL;
    for (size_t i = 0; i < SPARE_SCANS && scan == NULL; i++) {
        if (atomic_load_explicit(&owner->spare[i], memory_order_relaxed) != NULL) {
            scan = atomic_exchange(&owner->spare[i], NULL);
        }
    }
    if (scan == NULL) {
        scan = scan_make(set);
    }
    if (scan == NULL) {
        return fail_memory(err, ORIGIN);
    }
    *out = scan;
    return ESI_OK;
}

void pattern_scan_free(struct pattern_scan *scan) {
    if (scan == NULL) {
        return;
    }
    struct pattern_set *owner = (struct pattern_set *)(uintptr_t)scan->set;
    scan->text = (struct view){NULL, 0};
    if (clause_scan_weight(scan->clauses) <= SPARE_WEIGHT_MAX) {
        for (size_t i = 0; i < SPARE_SCANS; i++) {
            struct pattern_scan *nobody = NULL;
            if (atomic_compare_exchange_strong(&owner->spare[i], &nobody, scan)) {
                return;
            }
        }
    }
    scan_destroy(scan);
}

static bool is_ascii(struct view text) {
    unsigned char all = 0;
    for (size_t i = 0; i < text.n; i++) {
        all |= (unsigned char)text.p[i];
    }
    return all < 0x80;
}

void pattern_scan_text(struct pattern_scan *scan, struct view text) {
    scan->steps = 0;
    scan->failed = false;
    pattern_scan_again(scan, text);
}

void pattern_scan_again(struct pattern_scan *scan, struct view text) {
    scan->text = text;
    /* PCRE2 may only be shown valid UTF-8. */
    scan->limited = text.n >= UINT32_MAX || !(is_ascii(text) || text_valid(text));
    if (!scan->limited) {
        const esi_err e = clause_scan_text(scan->clauses, text);
        scan->limited = e != ESI_OK;
        scan->failed = scan->failed || e == ESI_ENOMEM;
    }
}

static bool candidate(const struct pattern_scan *scan, const struct pattern *pattern) {
    for (size_t i = 0; i < pattern->clause_count; i++) {
        if (!clause_met(scan->clauses, pattern->clauses[i])) {
            return false;
        }
    }
    return pattern->lead == PATTERN_NONE || clause_met(scan->clauses, pattern->lead);
}

bool pattern_scan_maybe(const struct pattern_scan *scan, uint32_t group) {
    if (scan->limited) {
        return true;
    }
    uint32_t at = scan->set->groups[group].first;
    while (at != PATTERN_NONE && !candidate(scan, &scan->set->patterns[at])) {
        at = scan->set->patterns[at].next;
    }
    return at != PATTERN_NONE;
}

enum outcome { NO_MATCH, MATCH, LIMIT };

/* One run of PCRE2 that may take at most `steps` for each of the places it may start from. All of
 * that is charged, since PCRE2 doesn't say what it took. */
static enum outcome run(struct pattern_scan *scan, const struct pattern *pattern, size_t at,
                        uint32_t steps, struct pattern_match *out) {
    const size_t places = pattern->lead == PATTERN_NONE ? scan->text.n - at + 1 : 1;
    const uint64_t cost = (uint64_t)steps * places;
    if (cost > PATTERN_STEPS_MAX - scan->steps) {
        scan->steps = PATTERN_STEPS_MAX;
        return LIMIT;
    }
    scan->steps += (uint32_t)cost;
    const pcre2_code *code = ready(scan->set, pattern);
    if (code == NULL) {
        scan->failed = true;
        return LIMIT;
    }
    (void)pcre2_set_match_limit(scan->context, steps);
    const int rc = pcre2_match(code, (PCRE2_SPTR)scan->text.p, scan->text.n, at, PCRE2_NO_UTF_CHECK,
                               scan->data, scan->context);
    if (rc == PCRE2_ERROR_NOMATCH) {
        return NO_MATCH;
    }
    if (rc < 0) {
        scan->failed = scan->failed || rc == PCRE2_ERROR_NOMEMORY;
        return LIMIT; /* steps, heap or stack: it can't be said, so it counts as if */
    }
    const PCRE2_SIZE *place = pcre2_get_ovector_pointer(scan->data);
    out->from = (uint32_t)(place[0] < place[1] ? place[0] : place[1]);
    out->to = (uint32_t)place[1];
    return MATCH;
}

static enum outcome run_twice(struct pattern_scan *scan, const struct pattern *pattern, size_t at,
                              struct pattern_match *out) {
    const bool everywhere = pattern->lead == PATTERN_NONE;
    const enum outcome first =
        run(scan, pattern, at, everywhere ? EVERYWHERE_STEPS : TRY_STEPS, out);
    return first != LIMIT
               ? first
               : run(scan, pattern, at, everywhere ? EVERYWHERE_RETRY_STEPS : RETRY_STEPS, out);
}

/* The first match of one pattern that begins in [from, until). */
static enum outcome try_pattern(struct pattern_scan *scan, const struct pattern *pattern,
                                size_t from, size_t until, struct pattern_match *out) {
    if (pattern->lead == PATTERN_NONE) {
        const enum outcome one = run_twice(scan, pattern, from, out);
        return one == MATCH && out->from >= until ? NO_MATCH : one;
    }
    enum outcome found = NO_MATCH;
    size_t end = until;
    for (uint32_t i = clause_first(scan->clauses, pattern->lead); i != CLAUSE_NONE;
         i = clause_next(scan->clauses, i)) {
        const uint32_t at = clause_place(scan->clauses, i);
        if (at < from || at >= end) {
            continue;
        }
        const enum outcome one = run_twice(scan, pattern, at, out);
        if (one == LIMIT) {
            out->from = out->to = at;
            return LIMIT;
        }
        if (one == MATCH) {
            found = MATCH;
            end = at;
        }
    }
    return found;
}

bool pattern_scan_find(struct pattern_scan *scan, uint32_t group, size_t from,
                       struct pattern_match *out) {
    return pattern_scan_find_before(scan, group, from, SIZE_MAX, out);
}

bool pattern_scan_find_before(struct pattern_scan *scan, uint32_t group, size_t from, size_t until,
                              struct pattern_match *out) {
    struct pattern_match best = {.group = group, .from = (uint32_t)from, .to = (uint32_t)from};
    bool found = false;
    if (from > scan->text.n) {
        return false;
    }
    if (scan->limited) {
        best.limit = true;
        *out = best;
        return true;
    }
    for (uint32_t i = scan->set->groups[group].first; i != PATTERN_NONE;
         i = scan->set->patterns[i].next) {
        const struct pattern *pattern = &scan->set->patterns[i];
        struct pattern_match one = {.group = group, .from = (uint32_t)from, .to = (uint32_t)from};
        const enum outcome outcome =
            candidate(scan, pattern) ? try_pattern(scan, pattern, from, until, &one) : NO_MATCH;
        if (outcome == LIMIT) {
            one.limit = true;
            *out = one;
            return true;
        }
        if (outcome == MATCH &&
            (!found || one.from < best.from || (one.from == best.from && one.to > best.to))) {
            best = one;
            found = true;
        }
    }
    if (found) {
        *out = best;
    }
    return found;
}

size_t pattern_scan_different(struct pattern_scan *scan, uint32_t group, size_t enough,
                              struct pattern_match *first) {
    struct pattern_match one = {.group = group, .limit = scan->limited};
    size_t found = 0;
    if (scan->limited) {
        *first = one;
        return enough;
    }
    for (uint32_t i = scan->set->groups[group].first; i != PATTERN_NONE && found < enough;
         i = scan->set->patterns[i].next) {
        const struct pattern *pattern = &scan->set->patterns[i];
        const enum outcome outcome =
            candidate(scan, pattern) ? try_pattern(scan, pattern, 0, SIZE_MAX, &one) : NO_MATCH;
        if (outcome == LIMIT) {
            one.limit = true;
            *first = one;
            return enough;
        }
        if (outcome == MATCH && found++ == 0) {
            *first = one;
        }
    }
    return found;
}

bool pattern_scan_failed(const struct pattern_scan *scan) {
    return scan->failed;
}

uint32_t pattern_scan_steps(const struct pattern_scan *scan) {
    return scan->steps;
}
