/* What is known of words: those without meaning, how rare they are, how far apart they are. */
#include "base/text_words.h"

#include <string.h>

bool words_find(const struct words *table, struct view word, uint16_t *value) {
    if (word.n == 0 || word.n > UINT8_MAX) {
        return false;
    }
    uint32_t hash = UINT32_C(2166136261);
    for (size_t i = 0; i < word.n; i++) {
        hash = (hash ^ (unsigned char)word.p[i]) * UINT32_C(16777619);
    }
    hash ^= hash >> 16;
    for (uint32_t at = hash & table->mask; table->slots[at] != 0; at = (at + 1) & table->mask) {
        const unsigned char *entry = table->entries + table->slots[at] - 1;
        if (entry[0] == word.n && memcmp(entry + 3, word.p, word.n) == 0) {
            *value = (uint16_t)(entry[1] | entry[2] << 8);
            return true;
        }
    }
    return false;
}

uint16_t stopword_bit(const char *language) {
    for (unsigned i = 0; data_stopword_languages[i][0] != '\0'; i++) {
        if (strcmp(data_stopword_languages[i], language) == 0) {
            return (uint16_t)(1U << i);
        }
    }
    return 0;
}

bool text_is_stopword(struct view folded, const char *language) {
    return stopword_has(folded, stopword_bit(language));
}

/* ---- rarity and meaning --------------------------------------------------------------------- */

#define RARITY_UNKNOWN 7.5
#define RARITY_FORM 0.3  /* a form that isn't in the table is rarer than its word */
#define RARITY_PARTS 1.0 /* words put together for once */
#define RARITY_SIGN 3.5
#define FORM_MAX 48 /* bytes of a word whose forms are tried */

struct ending {
    char from[6], to[2];
};

/* Endings of English forms and what they were made from, the longer first. */
static const struct ending endings[] = {
    {"iest", "y"}, {"ies", "y"}, {"ied", "y"}, {"ier", "y"}, {"ily", "y"}, {"ing", ""},
    {"ing", "e"},  {"est", ""},  {"est", "e"}, {"ers", ""},  {"ers", "e"}, {"ors", "e"},
    {"ed", ""},    {"ed", "e"},  {"es", ""},   {"es", "e"},  {"er", ""},   {"er", "e"},
    {"ly", ""},    {"'s", ""},   {"s'", "s"},  {"s", ""},    {"ness", ""}, {"less", ""},
    {"able", ""},  {"able", "e"}};

bool words_find_form(const struct words *table, struct view word, uint16_t *value) {
    char base[FORM_MAX + 4];
    if (word.n > FORM_MAX || word.n < 4 || strchr("gdstry'e", word.p[word.n - 1]) == NULL) {
        return false;
    }
    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        const size_t size = strlen(endings[i].from);
        if (word.n < size + 3 || memcmp(word.p + word.n - size, endings[i].from, size) != 0) {
            continue;
        }
        const size_t n = word.n - size;
        const size_t more = strlen(endings[i].to);
        memcpy(base, word.p, n);
        memcpy(base + n, endings[i].to, more);
        if (words_find(table, (struct view){base, n + more}, value)) {
            return true;
        }
        if (more == 0 && n > 3 && base[n - 1] == base[n - 2] &&
            words_find(table, (struct view){base, n - 1}, value)) {
            return true;
        }
    }
    return false;
}

static bool listed(struct view word, double *rarity) {
    uint16_t value = 0;
    if (words_find(&data_frequencies, word, &value)) {
        *rarity = value / 100.0;
        return true;
    }
    if (words_find_form(&data_frequencies, word, &value)) {
        *rarity = value / 100.0 + RARITY_FORM;
        return true;
    }
    return false;
}

/* "time-out" is as "timeout", "read-only" as rare as the rarer of its parts. */
static bool listed_in_parts(struct view word, double *rarity) {
    char joined[FORM_MAX];
    size_t n = 0;
    if (word.n > FORM_MAX || view_find(word, VIEW("-"), 0) == SIZE_MAX) {
        return false;
    }
    double rarest = 0.0;
    bool all = true;
    for (struct view part; view_split(&word, '-', &part);) {
        double one = 0.0;
        all = all && listed(part, &one);
        rarest = one > rarest ? one : rarest;
        memcpy(joined + n, part.p, part.n);
        n += part.n;
    }
    if (listed((struct view){joined, n}, rarity)) {
        return true;
    }
    if (all) {
        *rarity = rarest + RARITY_PARTS;
    }
    return all;
}

/* A letter, or a number: the longer the rarer. */
static bool plain_sign(struct view word, double *rarity) {
    size_t digits = 0;
    for (size_t i = 0; i < word.n; i++) {
        if (word.p[i] >= '0' && word.p[i] <= '9') {
            digits++;
        } else if (word.n > 1 && word.p[i] != '.') {
            return false;
        }
    }
    *rarity = RARITY_SIGN + 0.5 * (double)(digits < 7 ? digits : 7);
    return word.n == 1 || digits > 0;
}

/* People leave accents out and put them in: "café" is as "cafe". */
static bool listed_plain(struct view word, double *rarity) {
    char plain[FORM_MAX];
    if (word.n > FORM_MAX) {
        return false;
    }
    const size_t n = stem_without_accents(word, plain);
    return n < word.n && listed((struct view){plain, n}, rarity);
}

double text_rarity(struct view folded, bool *known) {
    double rarity = RARITY_UNKNOWN;
    *known = listed(folded, &rarity) || plain_sign(folded, &rarity) ||
             listed_in_parts(folded, &rarity) || listed_plain(folded, &rarity);
    return *known ? rarity : RARITY_UNKNOWN;
}

bool text_is_listed(struct view folded) {
    uint16_t value = 0;
    return words_find(&data_frequencies, folded, &value);
}

/* "froze": by its base. */
static bool find_irregular(const struct words *table, struct view word, uint16_t *value) {
    uint16_t base = 0;
    return words_find(&data_irregular, word, &base) &&
           words_find(table, view_of(data_irregular_bases[base]), value);
}

size_t text_concepts(struct view folded, struct text_concept out[TEXT_CONCEPTS_MAX]) {
    uint16_t value = 0;
    if (!words_find(&data_concepts, folded, &value) &&
        !words_find_form(&data_concepts, folded, &value) &&
        !find_irregular(&data_concepts, folded, &value)) {
        return 0;
    }
    const uint16_t *list = data_concept_lists + value;
    const size_t count = list[0] < TEXT_CONCEPTS_MAX ? list[0] : TEXT_CONCEPTS_MAX;
    for (size_t i = 0; i < count; i++) {
        out[i] = (struct text_concept){list[i + 1] / 2, list[i + 1] % 2 != 0};
    }
    return count;
}

bool text_concept_is_close(uint16_t group) {
    return group < data_concepts_loose;
}

/* ---- distance ------------------------------------------------------------------------------- */

#define DISTANCE_MAX 64 /* code points of a word; longer ones are only compared for equality */

static size_t spell(struct view word, uint32_t out[DISTANCE_MAX]) {
    size_t n = 0;
    for (uint32_t c = text_next(&word); c != TEXT_NONE; c = text_next(&word)) {
        if (n == DISTANCE_MAX) {
            return DISTANCE_MAX + 1;
        }
        out[n++] = c;
    }
    return n;
}

static unsigned least(unsigned a, unsigned b) {
    return a < b ? a : b;
}

unsigned text_distance(struct view a, struct view b, unsigned most) {
    uint32_t x[DISTANCE_MAX];
    uint32_t y[DISTANCE_MAX];
    unsigned rows[3][DISTANCE_MAX + 1];
    const size_t m = spell(a, x);
    const size_t n = spell(b, y);
    if (m > DISTANCE_MAX || n > DISTANCE_MAX) {
        return view_eq(a, b) ? 0 : most + 1;
    }
    if ((m > n ? m - n : n - m) > most) {
        return most + 1;
    }
    for (size_t j = 0; j <= n; j++) {
        rows[0][j] = (unsigned)j;
    }
    for (size_t i = 1; i <= m; i++) {
        const unsigned *two_back = rows[(i + 1) % 3]; /* not read while i is 1 */
        const unsigned *back = rows[(i + 2) % 3];
        unsigned *row = rows[i % 3];
        unsigned best = row[0] = (unsigned)i;
        for (size_t j = 1; j <= n; j++) {
            const unsigned change = back[j - 1] + (x[i - 1] != y[j - 1]);
            row[j] = least(change, least(back[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && x[i - 1] == y[j - 2] && x[i - 2] == y[j - 1]) {
                row[j] = least(row[j], two_back[j - 2] + 1);
            }
            best = least(best, row[j]);
        }
        if (best > most) {
            return most + 1;
        }
    }
    return least(rows[m % 3][n], most + 1);
}
