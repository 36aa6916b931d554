/* index_spell.c: which word of the collection a misspelt one means. */
#include <string.h>

#include "core/index_parts.h"

/* One slip in a word of 4 letters, two in one of 8: shorter words have too many neighbours. */
#define LETTERS_ONE 4u
#define LETTERS_TWO 8u

/* A word of general language that is rarer than this may be a slip of a commoner one: lists of
 * running text hold the usual misspellings too. */
#define RARE_ENOUGH 6.0
#define COMMONER_BY 1.0

static unsigned ones(uint32_t bits) {
    unsigned count = 0;
    for (; bits != 0; bits &= bits - 1) {
        count++;
    }
    return count;
}

static uint32_t sections_of(const struct index *index, const struct index_word *word) {
    return index->term_from[word->term + 1] - index->term_from[word->term];
}

struct search {
    const struct index *index;
    struct view form;
    uint32_t letters, length;
    unsigned distance; /* of the best so far; first one more than is allowed */
    double rarity;     /* the word must be at least COMMONER_BY commoner than this; 0: any word */
    const struct index_word *best;
    bool swapped; /* it has the same letters */
};

/* A short word is taken for a slip of another only where a finger missed its key: "vpm". */
static bool missed_key(struct view a, struct view b) {
    static const char keys[] = "qwertyuiop asdfghjkl zxcvbnm";
    size_t at = 0;
    while (at < a.n && at < b.n && a.p[at] == b.p[at]) {
        at++;
    }
    const char *key = a.n == b.n && at > 0 && at < a.n ? strchr(keys, a.p[at]) : NULL;
    return key != NULL && ((key > keys && key[-1] == b.p[at]) || key[1] == b.p[at]);
}

static void consider(struct search *s, const struct index_word *word) {
    if (s->length < LETTERS_ONE && !missed_key(s->form, word->form)) {
        return;
    }
    /* each slip adds or removes at most one kind of letter, or one of each */
    if (ones(s->letters & ~word->letters) > s->distance ||
        ones(word->letters & ~s->letters) > s->distance) {
        return;
    }
    const unsigned distance = text_distance(s->form, word->form, s->distance);
    if (distance > s->distance || distance == 0) {
        return;
    }
    /* letters that changed places are the likeliest slip; then the word that is used most */
    const bool swapped = word->letters == s->letters && word->length == s->length;
    if (s->best != NULL && distance == s->distance &&
        (swapped == s->swapped ? sections_of(s->index, word) <= sections_of(s->index, s->best)
                               : s->swapped)) {
        return;
    }
    bool known;
    if (s->rarity > 0.0 && text_rarity(word->form, &known) > s->rarity - COMMONER_BY) {
        return;
    }
    s->best = word;
    s->distance = distance;
    s->swapped = swapped;
}

const struct index_word *index_spelling(const struct index *index, struct view form) {
    /* what is only known as a form of a word ("droping") may be a slip of another form of it */
    const bool known = text_is_listed(form);
    bool form_known;
    const double rarity = text_rarity(form, &form_known);
    uint32_t length;
    struct search s = {.index = index, .form = form, .letters = index_letters(form, &length)};
    s.length = length;
    if ((known && (rarity < RARE_ENOUGH || length < LETTERS_ONE)) || length + 1 < LETTERS_ONE ||
        length > WORD_LENGTH_MAX) {
        return NULL;
    }
    s.rarity = known ? rarity : 0.0;
    const unsigned most = length >= LETTERS_TWO && !form_known ? 2 : 1;
    s.distance = most;
    /* a slip of a short word into one of three letters is more often another word */
    const uint32_t shortest = length - most < LETTERS_ONE ? LETTERS_ONE - 1 : length - most;
    const uint32_t longest = length + most > WORD_LENGTH_MAX ? WORD_LENGTH_MAX : length + most;
    for (uint32_t i = index->word_from[shortest]; i < index->word_from[longest + 1]; i++) {
        consider(&s, &index->words[i]);
    }
    return s.best;
}

/* ---- slips of general English ---------------------------------------------------------------- */

#define SLIP_LEAST 2u   /* letters */
#define SLIP_ANY 5u     /* of a word so long any letter may be wrong */
#define SLIP_RARITY 5.2 /* a rarer word is as likely another one */
#define SLIP_SHORT 4u   /* a rare word so short is as likely a slip of a very common one */
#define SLIP_COMMON 3.2

struct slip {
    char word[INDEX_SLIP_MAX + 2];
    char best[INDEX_SLIP_MAX + 2];
    size_t n, best_n;
    double rarity;
};

static void try_word(struct slip *s, size_t n) {
    const struct view word = {s->word, n};
    bool known;
    if (n > INDEX_SLIP_MAX || !text_is_listed(word)) {
        return;
    }
    const double rarity = text_rarity(word, &known);
    if (rarity < s->rarity) {
        s->rarity = rarity;
        s->best_n = n;
        memcpy(s->best, word.p, n);
    }
}

/* Letters that are taken for one another by sound: "kan", "iz". */
static bool sounds_alike(char a, char b) {
    static const char *const groups[] = {"aeiou", "ckq", "sz", "fv", "iy"};
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
        if (strchr(groups[i], a) != NULL && strchr(groups[i], b) != NULL) {
            return true;
        }
    }
    return false;
}

/* A letter left out, and two that changed places. */
static void try_missing(struct slip *s, struct view form) {
    for (size_t at = 0; at <= form.n; at++) {
        memcpy(s->word, form.p, at);
        memcpy(s->word + at + 1, form.p + at, form.n - at);
        for (char c = 'a'; c <= 'z'; c++) {
            s->word[at] = c;
            try_word(s, form.n + 1);
        }
    }
    for (size_t at = 0; at + 1 < form.n; at++) {
        memcpy(s->word, form.p, form.n);
        s->word[at] = form.p[at + 1];
        s->word[at + 1] = form.p[at];
        try_word(s, form.n);
    }
}

/* A letter too many, and a wrong one. */
static void try_wrong(struct slip *s, struct view form) {
    const bool any = form.n >= SLIP_ANY;
    for (size_t at = any ? 1 : 0; at < form.n; at++) {
        memcpy(s->word, form.p, form.n);
        for (char c = 'a'; c <= 'z'; c++) {
            if (any || sounds_alike(c, form.p[at])) {
                s->word[at] = c;
                try_word(s, form.n);
            }
        }
        if (any) {
            memcpy(s->word, form.p, at);
            memcpy(s->word + at, form.p + at + 1, form.n - at - 1);
            try_word(s, form.n - 1);
        }
    }
}

size_t index_slip(struct view form, char out[INDEX_SLIP_MAX]) {
    struct slip s = {.rarity = SLIP_RARITY};
    if (form.n < SLIP_LEAST || form.n >= INDEX_SLIP_MAX) {
        return 0;
    }
    if (text_is_listed(form)) { /* "wen" is a word, but hardly ever meant */
        bool known;
        if (form.n > SLIP_SHORT || text_rarity(form, &known) < SLIP_RARITY) {
            return 0;
        }
        s.rarity = SLIP_COMMON;
    }
    for (size_t i = 0; i < form.n; i++) {
        if (form.p[i] < 'a' || form.p[i] > 'z') {
            return 0;
        }
    }
    try_missing(&s, form);
    try_wrong(&s, form);
    memcpy(out, s.best, s.best_n);
    return s.best_n;
}
