#include "base/token_count.h"

#include <string.h>

#include "base/text_words.h"

/* Tokenizers cut a text into words, runs of digits, runs of marks and white space, and each of
 * these into what their vocabulary has. Without the vocabulary the first cut can be done as they do
 * it, and the second estimated: by how long a word is, where its case changes, how well it can be
 * pronounced, and what a letter of its script costs. The figures are those of the vocabulary that
 * takes most. */

#define WHOLE 16u    /* a token, in what is added up */
#define WORD_MAX 24u /* letters of a word that is looked up */

/* Rarity as data_frequencies has it: below, an English word is one token, and one or two. */
#define COMMON 600
#define RARE 680

enum kind {
    KIND_LOWER,
    KIND_UPPER,
    KIND_DIGIT,
    KIND_MARK,
    KIND_SPACE,
    KIND_LINE,   /* its end */
    KIND_FOREIGN /* all beyond ASCII */
};

struct script {
    uint32_t first, last;
    uint32_t cost; /* of a character */
};

/* Sorted. What isn't here costs its bytes. */
static const struct script scripts[] = {
    {0x0080, 0x00BF, 19}, /* signs of Latin-1 */
    {0x00C0, 0x024F, 14}, /* letters with accents */
    {0x0250, 0x036F, 36}, /* phonetic letters, marks that combine */
    {0x0370, 0x03FF, 18}, /* Greek */
    {0x0400, 0x044F, 8},  /* Cyrillic: the letters of Russian */
    {0x0450, 0x052F, 22}, /* and those of others */
    {0x0530, 0x058F, 27}, /* Armenian */
    {0x0590, 0x05FF, 19}, /* Hebrew */
    {0x0600, 0x06FF, 14}, /* Arabic */
    {0x0900, 0x097F, 21}, /* Devanagari */
    {0x0E00, 0x0E7F, 18}, /* Thai */
    {0x1E00, 0x1EFF, 22}, /* Latin letters with two accents */
    {0x2010, 0x2027, 13}, /* dashes, quotes, bullets, dots */
    {0x2500, 0x257F, 14}, /* lines of boxes */
    {0x3000, 0x303F, 15}, /* marks of Chinese and Japanese */
    {0x3040, 0x30FF, 15}, /* kana */
    {0x4E00, 0x9FFF, 20}, /* Han */
    {0xAC00, 0xD7AF, 20}, /* Hangul */
    {0xFE00, 0xFE0F, 14}, /* variation selectors */
    {0xFF00, 0xFF1F, 16}, /* wide marks and digits */
    {0xFF20, 0xFF5F, 32}, /* wide letters */
};

struct counting {
    struct view rest;
    size_t cost;
    enum kind before; /* what stood before this run */
};

static enum kind kind_at(struct view text, size_t i) {
    const unsigned char c = (unsigned char)text.p[i];
    if (c >= 0x80) {
        return KIND_FOREIGN;
    }
    if (c >= 'a' && c <= 'z') {
        return KIND_LOWER;
    }
    if (c >= 'A' && c <= 'Z') {
        return KIND_UPPER;
    }
    if (c >= '0' && c <= '9') {
        return KIND_DIGIT;
    }
    if (c == '\n' || c == '\r') {
        return KIND_LINE;
    }
    return c <= ' ' ? KIND_SPACE : KIND_MARK;
}

static size_t run_of(struct view text, enum kind kind, size_t from) {
    size_t i = from;
    while (i < text.n && kind_at(text, i) == kind) {
        i++;
    }
    return i;
}

/* What English has, a vocabulary has: whole, or in a few parts where it is rare. 0: it isn't known.
 */
static size_t cost_english(const char *letters, size_t n) {
    char word[WORD_MAX];
    uint16_t rarity = 0;
    if (n > WORD_MAX) {
        return 0;
    }
    for (size_t i = 0; i < n; i++) {
        word[i] = (char)(letters[i] | 0x20);
    }
    const struct view view = {word, n};
    if (!words_find(&data_frequencies, view, &rarity) &&
        !words_find_form(&data_frequencies, view, &rarity)) {
        return 0;
    }
    return rarity < COMMON ? WHOLE + 1 : rarity < RARE ? WHOLE * 3 / 2 : WHOLE * 2 + n;
}

static bool is_vowel(char c) {
    return strchr("aeiouyAEIOUY", c) != NULL;
}

/* Consonants that no word has side by side. */
static size_t harsh_letters(struct view word) {
    size_t harsh = 0;
    size_t row = 0;
    for (size_t i = 0; i < word.n; i++) {
        row = is_vowel(word.p[i]) ? 0 : row + 1;
        harsh += row > 3;
    }
    return harsh;
}

/* One word, or the part of one up to a change of case: "Socket", "TIMEOUT", "agent". */
static size_t count_letters(struct counting *c) {
    const struct view t = c->rest;
    size_t n = run_of(t, KIND_UPPER, 0);
    const bool capitals = n > 1;
    if (capitals) {
        /* The last capital of "HTTPServer" belongs to what follows. */
        n -= n < t.n && kind_at(t, n) == KIND_LOWER;
    } else {
        n = run_of(t, KIND_LOWER, n);
    }
    const bool split = c->before == KIND_FOREIGN; /* the rest of a word, mostly */
    const size_t english = n < 4 && !split ? WHOLE + 1 : cost_english(t.p, n);
    if (english > 0) {
        c->cost += english + (capitals ? n : 0);
    } else {
        c->cost += n * 6 + harsh_letters(view_slice(t, 0, n)) * 8;
    }
    const bool inside = c->before <= KIND_DIGIT;
    c->cost += inside && (english == 0 || n < 4) ? 5 : 0;
    return n;
}

/* Three to a token, and no space is part of it. */
static size_t count_digits(struct counting *c) {
    const size_t n = run_of(c->rest, KIND_DIGIT, 0);
    c->cost += (n + 2) / 3 * WHOLE + (c->before == KIND_SPACE ? WHOLE : 0);
    return n;
}

/* A run of one sign is a token up to about sixteen; others are known in pairs. */
static size_t count_marks(struct counting *c) {
    const struct view t = c->rest;
    const size_t n = run_of(t, KIND_MARK, 0);
    size_t changes = 0;
    for (size_t i = 1; i < n; i++) {
        changes += t.p[i] != t.p[i - 1];
    }
    c->cost += WHOLE * 7 / 8 + changes * 9 + n / 5;
    return n;
}

/* One space goes with what follows; indentation is a token of its own. */
static size_t count_spaces(struct counting *c) {
    const size_t n = run_of(c->rest, KIND_SPACE, 0);
    c->cost += n > 1 ? WHOLE + n / 4 : 0;
    return n;
}

static size_t count_lines(struct counting *c) {
    const size_t n = run_of(c->rest, KIND_LINE, 0);
    c->cost += (c->before == KIND_MARK ? WHOLE / 4 : WHOLE) + n / 2;
    return n;
}

static size_t count_foreign(struct counting *c) {
    struct view rest = c->rest;
    const uint32_t code = text_next(&rest);
    const size_t bytes = c->rest.n - rest.n;
    size_t i = 0;
    const size_t count = sizeof(scripts) / sizeof(scripts[0]);
    while (i < count && scripts[i].last < code) {
        i++;
    }
    const bool known = i < count && code >= scripts[i].first;
    c->cost += known ? scripts[i].cost : bytes * 13;
    return bytes;
}

size_t token_count(struct view text) {
    static size_t (*const counts[])(struct counting *) = {
        [KIND_LOWER] = count_letters,  [KIND_UPPER] = count_letters, [KIND_DIGIT] = count_digits,
        [KIND_MARK] = count_marks,     [KIND_SPACE] = count_spaces,  [KIND_LINE] = count_lines,
        [KIND_FOREIGN] = count_foreign};
    struct counting c = {.rest = text, .before = KIND_LINE};
    while (c.rest.n > 0) {
        const enum kind kind = kind_at(c.rest, 0);
        c.rest = view_slice(c.rest, counts[kind](&c), c.rest.n);
        c.before = kind;
    }
    const size_t count = (c.cost + WHOLE - 2) / WHOLE;
    return count > 0 || text.n == 0 ? count : 1;
}
