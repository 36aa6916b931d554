#include "core/redact.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "core/redact_scan.h"

#define ORIGIN "core/redact"

const char *redact_name(enum redact_kind kind) {
    static const char *const names[] = {"email",       "phone", "card", "iban",
                                        "national_id", "ip",    "key",  "password"};
    return names[kind];
}

bool scan_digit(char c) {
    return c >= '0' && c <= '9';
}

bool scan_upper(char c) {
    return c >= 'A' && c <= 'Z';
}

bool scan_letter(char c) {
    return (c >= 'a' && c <= 'z') || scan_upper(c);
}

bool scan_alnum(char c) {
    return scan_digit(c) || scan_letter(c);
}

char scan_lower(char c) {
    return scan_upper(c) ? (char)(c - 'A' + 'a') : c;
}

bool scan_word_start(struct view text, size_t at) {
    const char before = at > 0 ? text.p[at - 1] : ' ';
    return !scan_alnum(before) && before != '_' && (unsigned char)before < 0x80;
}

bool scan_here(struct view text, size_t at, const char *word) {
    size_t i = 0;
    while (word[i] != '\0' && at + i < text.n && scan_lower(text.p[at + i]) == word[i]) {
        i++;
    }
    return word[i] == '\0';
}

bool scan_before(struct view text, size_t at, size_t reach, const char *const *words) {
    for (size_t i = at > reach ? at - reach : 0; i < at; i++) {
        if (!scan_word_start(text, i)) {
            continue;
        }
        for (size_t w = 0; words[w] != NULL; w++) {
            if (scan_here(text, i, words[w])) {
                return true;
            }
        }
    }
    return false;
}

bool scan_random(struct view value) {
    bool seen[128] = {false};
    size_t different = 0, steps = 0;
    bool digit = false, upper = false, low = false;
    for (size_t i = 0; i < value.n; i++) {
        const unsigned char c = (unsigned char)value.p[i];
        if (c < 128 && !seen[c]) {
            seen[c] = true;
            different++;
        }
        digit = digit || scan_digit(value.p[i]);
        upper = upper || scan_upper(value.p[i]);
        low = low || (scan_letter(value.p[i]) && !scan_upper(value.p[i]));
        /* "abcd", "1234", "aaaa": the next character could have been foretold */
        const int step = i > 0 ? value.p[i] - value.p[i - 1] : 9;
        steps += step == 0 || step == 1 ? 1 : 0;
    }
    const size_t wanted = value.n >= 32 ? 10 : value.n >= 16 ? 8 : 5;
    return different >= wanted && steps * 3 < value.n * 2 && (digit || (upper && low));
}

void redact_add(struct redact_finds *finds, enum redact_kind kind, size_t from, size_t to) {
    if ((finds->kinds & (1u << kind)) == 0 || finds->failed || to <= from) {
        return;
    }
    if (finds->count == finds->cap) {
        const size_t cap = finds->cap == 0 ? 16 : finds->cap * 2;
        struct redact_span *spans = ARENA_ARRAY(finds->arena, cap, struct redact_span);
        if (spans == NULL) {
            finds->failed = true;
            return;
        }
        if (finds->count > 0) {
            memcpy(spans, finds->spans, finds->count * sizeof *spans);
        }
        finds->spans = spans;
        finds->cap = cap;
    }
    finds->spans[finds->count++] = (struct redact_span){kind, from, to};
}

static int by_place(const void *a, const void *b) {
    const struct redact_span *x = a, *y = b;
    if (x->from != y->from) {
        return x->from < y->from ? -1 : 1;
    }
    return x->to > y->to ? -1 : x->to < y->to;
}

/* Of finds that overlap the first stands, widened over the rest: a token within a URL with a
 * password is one secret. */
static void merge(struct redact_finds *finds) {
    if (finds->count == 0) {
        return;
    }
    qsort(finds->spans, finds->count, sizeof *finds->spans, by_place);
    size_t kept = 0;
    for (size_t i = 1; i < finds->count; i++) {
        struct redact_span *last = &finds->spans[kept];
        const struct redact_span *next = &finds->spans[i];
        if (next->from >= last->to) {
            finds->spans[++kept] = *next;
        } else if (next->to > last->to) {
            last->to = next->to;
        }
    }
    finds->count = kept + 1;
}

static bool replace(struct view text, const struct redact_finds *finds, esi_arena *arena,
                    struct view *out) {
    size_t room = text.n + 1;
    for (size_t i = 0; i < finds->count; i++) {
        room += strlen(redact_name(finds->spans[i].kind)) + 2;
    }
    char *p = arena_alloc(arena, room);
    if (p == NULL) {
        return false;
    }
    size_t n = 0, at = 0;
    for (size_t i = 0; i < finds->count; i++) {
        const struct redact_span *s = &finds->spans[i];
        const char *name = redact_name(s->kind);
        memcpy(p + n, text.p + at, s->from - at);
        n += s->from - at;
        p[n++] = '[';
        memcpy(p + n, name, strlen(name));
        n += strlen(name);
        p[n++] = ']';
        at = s->to;
    }
    memcpy(p + n, text.p + at, text.n - at);
    *out = (struct view){p, n + text.n - at};
    return true;
}

esi_err redact_text(struct view text, uint32_t kinds, esi_arena *arena, struct view *out,
                    struct redact_span **spans, size_t *span_count, esi_error *err) {
    struct redact_finds finds = {.arena = arena, .kinds = kinds};
    struct view masked = text;
    redact_scan_keys(text, &finds);
    redact_scan_passwords(text, &finds);
    redact_scan_addresses(text, &finds);
    redact_scan_codes(text, &finds);
    redact_scan_numbers(text, &finds);
    merge(&finds);
    if (finds.failed || (finds.count > 0 && !replace(text, &finds, arena, &masked))) {
        return fail_memory(err, ORIGIN);
    }
    *out = masked;
    if (spans != NULL) {
        *spans = finds.spans;
        *span_count = finds.count;
    }
    return ESI_OK;
}
