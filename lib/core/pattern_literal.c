#include "core/pattern_literal.h"

#include <stdint.h>
#include <string.h>

/* A recursive descent over PCRE2's syntax. Each part answers with what it needs (clauses), how it
 * may begin (lead) and whether it may match nothing. */

struct part {
    struct literal_clause clauses[LITERAL_CLAUSES_MAX];
    size_t clause_count;
    struct view *lead;
    size_t lead_count;
    bool lead_known; /* every match of it begins with one of lead, or matches nothing */
    bool empty;      /* may match nothing */
};

struct reader {
    const char *at;
    esi_arena *arena;
    unsigned depth;
    bool opaque; /* something here isn't understood */
    bool failed; /* memory ran out */
};

/* A run of plain characters that stand side by side. */
struct run {
    char bytes[LITERAL_BYTES_MAX];
    size_t n;
    bool full; /* what follows is left out */
};

static bool read_alternatives(struct reader *r, struct part *out);

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* How well a clause sorts texts: long literals, and few of them. */
static size_t clause_score(const struct literal_clause *clause) {
    size_t shortest = LITERAL_BYTES_MAX;
    for (size_t i = 0; i < clause->count; i++) {
        shortest = clause->items[i].n < shortest ? clause->items[i].n : shortest;
    }
    const size_t penalty = clause->count < 100 ? clause->count : 100;
    return shortest * 100 - penalty;
}

static void add_clause(struct part *part, struct literal_clause clause) {
    if (clause.count == 0) {
        return;
    }
    if (part->clause_count < LITERAL_CLAUSES_MAX) {
        part->clauses[part->clause_count++] = clause;
        return;
    }
    size_t worst = 0;
    for (size_t i = 1; i < part->clause_count; i++) {
        if (clause_score(&part->clauses[i]) < clause_score(&part->clauses[worst])) {
            worst = i;
        }
    }
    if (clause_score(&clause) > clause_score(&part->clauses[worst])) {
        part->clauses[worst] = clause;
    }
}

/* Joins two lists of literals; false (and nothing) where they get too long or memory ran out. */
static bool join(struct reader *r, const struct view *a, size_t a_count, const struct view *b,
                 size_t b_count, struct view **out, size_t *out_count) {
    if (a_count + b_count > LITERAL_CLAUSE_MAX) {
        return false;
    }
    struct view *all = ARENA_ARRAY(r->arena, a_count + b_count + 1, struct view);
    if (all == NULL) {
        r->failed = true;
        return false;
    }
    for (size_t i = 0; i < a_count; i++) {
        all[i] = a[i];
    }
    for (size_t i = 0; i < b_count; i++) {
        all[a_count + i] = b[i];
    }
    *out = all;
    *out_count = a_count + b_count;
    return true;
}

/* Puts a part behind what was read of a sequence so far. */
static void append(struct reader *r, struct part *sequence, const struct part *next) {
    if (sequence->empty && sequence->lead_known) {
        sequence->lead_known =
            next->lead_known && join(r, sequence->lead, sequence->lead_count, next->lead,
                                     next->lead_count, &sequence->lead, &sequence->lead_count);
        sequence->empty = next->empty;
    } else {
        sequence->empty = sequence->empty && next->empty;
    }
    if (!next->empty) {
        for (size_t i = 0; i < next->clause_count; i++) {
            add_clause(sequence, next->clauses[i]);
        }
    }
}

static void flush(struct reader *r, struct run *run, struct part *sequence) {
    if (run->n == 0) {
        return;
    }
    struct view *item = ARENA_NEW(r->arena, struct view);
    char *bytes = arena_str(r->arena, (struct view){run->bytes, run->n});
    if (item == NULL || bytes == NULL) {
        r->failed = true;
        return;
    }
    *item = (struct view){bytes, run->n};
    struct part part = {.lead = item, .lead_count = 1, .lead_known = run->n >= 2};
    if (run->n >= 2) {
        add_clause(&part, (struct literal_clause){item, 1});
    }
    append(r, sequence, &part);
    *run = (struct run){.n = 0};
}

static void run_add(struct run *run, const char *bytes, size_t n) {
    if (run->full || run->n + n > LITERAL_BYTES_MAX) {
        run->full = true;
        return;
    }
    for (size_t i = 0; i < n; i++) {
        run->bytes[run->n++] = lower(bytes[i]);
    }
}

struct quantifier {
    bool there;
    bool optional;
};

static struct quantifier read_quantifier(struct reader *r) {
    struct quantifier q = {false, false};
    const char c = *r->at;
    if (c == '?' || c == '*' || c == '+') {
        q = (struct quantifier){true, c != '+'};
        r->at++;
    } else if (c == '{' && r->at[1] >= '0' && r->at[1] <= '9') {
        const char *p = r->at + 1;
        bool zero = true;
        while (*p >= '0' && *p <= '9') {
            zero = zero && *p == '0';
            p++;
        }
        p += *p == ',' ? strspn(p + 1, "0123456789") + 1 : 0;
        if (*p != '}') {
            return q; /* a plain brace */
        }
        q = (struct quantifier){true, zero};
        r->at = p + 1;
    } else if (c == '{' && (r->at[1] == ',' || r->at[1] == ' ')) {
        r->opaque = true; /* a quantifier to newer releases of PCRE2, plain text to older ones */
        return q;
    }
    if (q.there && (*r->at == '?' || *r->at == '+')) {
        r->at++;
    }
    if (q.there && *r->at != '\0' && strchr("?*+{", *r->at) != NULL) {
        r->opaque = true; /* a repeated repetition: legal, and not worth understanding */
    }
    return q;
}

/* Past a character class; its end is found as PCRE2 finds it. */
static void skip_class(struct reader *r) {
    r->at++;
    r->at += *r->at == '^' ? 1 : 0;
    r->at += *r->at == ']' ? 1 : 0;
    while (*r->at != '\0' && *r->at != ']') {
        if (*r->at == '\\' && r->at[1] == 'Q') {
            r->opaque = true;
            return;
        }
        if (*r->at == '\\' && r->at[1] != '\0') {
            r->at += 2;
        } else if (*r->at == '[' && strchr(":.=", r->at[1]) != NULL && r->at[1] != '\0') {
            const char close[3] = {r->at[1], ']', '\0'};
            const char *end = strstr(r->at + 2, close);
            r->at = end != NULL ? end + 2 : r->at + 1;
        } else {
            r->at++;
        }
    }
    if (*r->at == '\0') {
        r->opaque = true;
        return;
    }
    r->at++;
}

enum escape { ESCAPE_LITERAL, ESCAPE_ZERO_WIDTH, ESCAPE_ANY, ESCAPE_OPAQUE };

/* r->at stands behind the backslash, on the character that says what it is. */
static enum escape read_escape(struct reader *r) {
    const char c = *r->at;
    if (c == '\0') {
        return ESCAPE_OPAQUE;
    }
    r->at++;
    if (strchr("bBAzZGK", c) != NULL) {
        return ESCAPE_ZERO_WIDTH;
    }
    if (strchr("dDsSwWhHvVRNXntrfe", c) != NULL) {
        return c == 'N' && *r->at == '{' ? ESCAPE_OPAQUE : ESCAPE_ANY;
    }
    if (c == 'p' || c == 'P') {
        if (*r->at == '{') {
            const char *end = strchr(r->at, '}');
            r->at = end != NULL ? end + 1 : r->at;
        } else if (*r->at != '\0') {
            r->at++;
        }
        return ESCAPE_ANY;
    }
    const bool alnum = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return alnum || (unsigned char)c >= 0x80 ? ESCAPE_OPAQUE : ESCAPE_LITERAL;
}

enum group { GROUP_PLAIN, GROUP_ASSERTION, GROUP_FLAGS, GROUP_OPAQUE };

/* r->at stands behind the opening parenthesis; afterwards on the group's first character. */
static enum group read_group_kind(struct reader *r) {
    if (*r->at == '*') {
        return GROUP_OPAQUE;
    }
    if (*r->at != '?') {
        return GROUP_PLAIN;
    }
    static const struct {
        const char *text;
        enum group kind;
    } kinds[] = {{"?:", GROUP_PLAIN},     {"?>", GROUP_PLAIN},      {"?=", GROUP_ASSERTION},
                 {"?!", GROUP_ASSERTION}, {"?<=", GROUP_ASSERTION}, {"?<!", GROUP_ASSERTION},
                 {"?s)", GROUP_FLAGS},    {"?i)", GROUP_FLAGS},     {"?m)", GROUP_FLAGS},
                 {"?s:", GROUP_PLAIN},    {"?i:", GROUP_PLAIN},     {"?m:", GROUP_PLAIN}};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        const size_t n = strlen(kinds[i].text);
        if (strncmp(r->at, kinds[i].text, n) == 0) {
            r->at += n;
            return kinds[i].kind;
        }
    }
    return GROUP_OPAQUE;
}

static bool read_group(struct reader *r, struct part *out) {
    r->at++;
    const enum group kind = read_group_kind(r);
    *out = (struct part){.empty = true, .lead_known = true};
    if (kind == GROUP_FLAGS) {
        return true;
    }
    if (kind == GROUP_OPAQUE || r->depth >= LITERAL_DEPTH_MAX) {
        r->opaque = true;
        return false;
    }
    struct part inner;
    r->depth++;
    const bool ok = read_alternatives(r, &inner);
    r->depth--;
    if (!ok || *r->at != ')') {
        r->opaque = true;
        return false;
    }
    r->at++;
    if (kind == GROUP_PLAIN) {
        *out = inner;
    }
    return true;
}

/* One atom that isn't a plain character, with its quantifier. */
static bool read_atom(struct reader *r, struct part *out, bool *zero_width) {
    *zero_width = false;
    *out = (struct part){.empty = false, .lead_known = false};
    if (*r->at == '(') {
        if (!read_group(r, out)) {
            return false;
        }
    } else if (*r->at == '[') {
        skip_class(r);
    } else if (*r->at == '^' || *r->at == '$') {
        r->at++;
        *zero_width = true;
    } else {
        r->at++; /* "." or an escape that was read */
    }
    if (r->opaque) {
        return false;
    }
    const struct quantifier q = read_quantifier(r);
    out->empty = out->empty || q.optional;
    return true;
}

static size_t char_bytes(const char *p) {
    const unsigned char c = (unsigned char)*p;
    size_t n = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    for (size_t i = 1; i < n; i++) {
        if (p[i] == '\0') {
            n = i;
        }
    }
    return n;
}

/* A plain character joins the run, unless a quantifier stands behind it. */
static void read_plain(struct reader *r, struct run *run, struct part *sequence) {
    const char *p = r->at;
    const size_t n = char_bytes(p);
    r->at += n;
    const char *before = r->at;
    const struct quantifier q = read_quantifier(r);
    if (r->at == before) {
        run_add(run, p, n);
        return;
    }
    if (!q.optional) {
        run_add(run, p, n);
        flush(r, run, sequence);
        return;
    }
    flush(r, run, sequence);
    struct run alone = {.n = 0};
    struct part maybe = {.empty = true, .lead_known = true};
    run_add(&alone, p, n);
    flush(r, &alone, &maybe);
    maybe.empty = true;
    append(r, sequence, &maybe);
}

/* A sequence up to "|", ")" or the end. */
static bool read_sequence(struct reader *r, struct part *out) {
    struct part sequence = {.empty = true, .lead_known = true};
    struct run run = {.n = 0};
    while (*r->at != '\0' && *r->at != '|' && *r->at != ')' && !r->failed) {
        if (*r->at == '\\') {
            r->at++;
            const enum escape escape = read_escape(r);
            if (escape == ESCAPE_OPAQUE) {
                r->opaque = true;
                return false;
            }
            if (escape == ESCAPE_ZERO_WIDTH) {
                (void)read_quantifier(r);
                continue; /* what stands around it still stands side by side */
            }
            r->at--; /* on the last character that was read: the character, or the class's end */
            if (escape == ESCAPE_LITERAL) {
                read_plain(r, &run, &sequence);
                continue;
            }
        } else if (strchr("([^$.", *r->at) == NULL) {
            read_plain(r, &run, &sequence);
            continue;
        }
        struct part part;
        bool zero_width;
        flush(r, &run, &sequence);
        if (!read_atom(r, &part, &zero_width)) {
            return false;
        }
        if (!zero_width) {
            append(r, &sequence, &part);
        }
    }
    flush(r, &run, &sequence);
    *out = sequence;
    return !r->failed;
}

/* The best clause of each alternative, all in one: no alternative matches without it. */
static void merge_alternative(struct reader *r, struct part *all, const struct part *one) {
    if (all->clause_count == 0 || one->clause_count == 0 || one->empty) {
        all->clause_count = 0;
    } else {
        size_t best = 0;
        for (size_t i = 1; i < one->clause_count; i++) {
            if (clause_score(&one->clauses[i]) > clause_score(&one->clauses[best])) {
                best = i;
            }
        }
        struct view *items = NULL;
        size_t count = 0;
        const bool ok = join(r, all->clauses[0].items, all->clauses[0].count,
                             one->clauses[best].items, one->clauses[best].count, &items, &count);
        all->clause_count = ok ? 1 : 0;
        all->clauses[0] = (struct literal_clause){items, count};
    }
    all->lead_known = all->lead_known && one->lead_known &&
                      join(r, all->lead, all->lead_count, one->lead, one->lead_count, &all->lead,
                           &all->lead_count);
    all->empty = all->empty || one->empty;
}

/* Of several clauses the best alone, so that others can be merged into it. */
static void keep_best(struct part *part) {
    for (size_t i = 1; i < part->clause_count; i++) {
        if (clause_score(&part->clauses[i]) > clause_score(&part->clauses[0])) {
            part->clauses[0] = part->clauses[i];
        }
    }
    part->clause_count = part->clause_count > 0 && !part->empty ? 1 : 0;
}

static bool read_alternatives(struct reader *r, struct part *out) {
    struct part all;
    if (!read_sequence(r, &all)) {
        return false;
    }
    if (*r->at == '|') {
        keep_best(&all);
    }
    while (*r->at == '|') {
        r->at++;
        struct part one;
        if (!read_sequence(r, &one)) {
            return false;
        }
        merge_alternative(r, &all, &one);
    }
    *out = all;
    return !r->failed;
}

bool literal_read(const char *expression, esi_arena *arena, struct literal_need *out) {
    struct reader r = {.at = expression, .arena = arena};
    struct part all;
    struct literal_need need = {.count = 0};
    const bool ok = read_alternatives(&r, &all);
    if (r.failed) {
        return false;
    }
    if (ok && !r.opaque && *r.at == '\0' && !all.empty) {
        for (size_t i = 0; i < all.clause_count; i++) {
            need.all[need.count++] = all.clauses[i];
        }
        if (all.lead_known) {
            need.lead = (struct literal_clause){all.lead, all.lead_count};
        }
    }
    *out = need;
    return true;
}
