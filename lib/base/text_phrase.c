/* Phrases: words that mean something together, side by side or around an object. */
#include <string.h>

#include "base/text.h"
#include "base/text_words.h"

#define PHRASE_BYTES_MAX 64
#define OBJECT_MOST 3 /* words between a verb and its particle: "hand the report in" */

static bool takes(const struct token *token) {
    return token->kind == TOKEN_WORD || token->kind == TOKEN_IDENTIFIER;
}

/* The word that follows, side by side; `count` where there is none. */
static size_t next_word(const struct token *tokens, size_t count, size_t at) {
    size_t i = at + 1;
    while (i < count && tokens[i].word <= tokens[at].word + 1) {
        const bool behind = tokens[i].word == tokens[at].word + 1 &&
                            tokens[i].from >= tokens[at].to && tokens[i].from - tokens[at].to <= 1;
        if (behind && takes(&tokens[i])) {
            return i;
        }
        i++;
    }
    return count;
}

/* A phrase in the making. */
struct row {
    char bytes[PHRASE_BYTES_MAX];
    size_t n;
};

static bool add(struct row *row, struct view word) {
    const size_t gap = row->n > 0;
    if (row->n + gap + word.n > sizeof(row->bytes)) {
        return false;
    }
    if (gap > 0) {
        row->bytes[row->n] = ' ';
    }
    memcpy(row->bytes + row->n + gap, word.p, word.n);
    row->n += gap + word.n;
    return true;
}

static bool is_among(struct view word, const char *const *words, size_t count) {
    size_t i = 0;
    while (i < count && !view_eq(word, view_of(words[i]))) {
        i++;
    }
    return i < count;
}

/* "The keys in ...": behind such a word a noun stands and no verb. */
static bool is_noun(const struct token *tokens, size_t at) {
    static const char *const before[] = {"a",    "an",  "the",   "my",    "your", "our",
                                         "his",  "her", "their", "its",   "no",   "any",
                                         "some", "of",  "these", "those", "with", "which"};
    return at > 0 && tokens[at].from == tokens[at - 1].to + 1 &&
           is_among(tokens[at - 1].form, before, sizeof(before) / sizeof(before[0]));
}

static bool find(const struct row *row, struct text_phrase *out, unsigned *kind) {
    uint16_t number = 0;
    if (!words_find(&data_phrases, (struct view){row->bytes, row->n}, &number)) {
        return false;
    }
    *kind = data_phrase_kinds[number];
    out->key = view_of(data_phrase_keys[number]);
    out->phrasal = (*kind & PHRASE_PHRASAL) != 0;
    return true;
}

static bool find_whole(const struct token *tokens, size_t count, size_t at, size_t most,
                       struct text_phrase *out) {
    struct row row = {.n = 0};
    bool found = false;
    unsigned kind = 0;
    size_t words = 0;
    for (size_t i = at; i < count && words < most && add(&row, tokens[i].form); words++) {
        if (words > 0 && find(&row, out, &kind) && (kind & PHRASE_JOINED) == 0 &&
            ((kind & PHRASE_PHRASAL) == 0 || !is_noun(tokens, at))) {
            out->first = at;
            out->last = i;
            out->split = false;
            found = true;
        }
        i = next_word(tokens, count, i);
    }
    return found;
}

/* Behind the particle of "let her in" nothing follows that it would be the preposition of. */
static bool is_free(const struct token *tokens, size_t count, size_t at) {
    static const char *const nouns[] = {"a",     "an",    "the",   "my",   "your", "our",
                                        "his",   "her",   "their", "its",  "this", "that",
                                        "these", "those", "which", "what", "it",   "them"};
    const size_t next = next_word(tokens, count, at);
    return next == count || (tokens[next].stop &&
                             !is_among(tokens[next].form, nouns, sizeof(nouns) / sizeof(nouns[0])));
}

static bool stand_together(const struct token *a, const struct token *b) {
    struct row row = {.n = 0};
    uint16_t number = 0;
    return add(&row, a->form) && add(&row, b->form) &&
           words_find(&data_phrases, (struct view){row.bytes, row.n}, &number);
}

static bool find_split(const struct token *tokens, size_t count, size_t at,
                       struct text_phrase *out) {
    size_t i = is_noun(tokens, at) ? count : next_word(tokens, count, at);
    size_t before;
    for (size_t between = 0; between < OBJECT_MOST && i < count; between++) {
        struct row row = {.n = 0};
        unsigned kind = 0;
        before = i;
        i = next_word(tokens, count, i);
        if (i < count && stand_together(&tokens[before], &tokens[i])) {
            return false; /* "got thrown out" */
        }
        if (i < count && add(&row, tokens[at].form) && add(&row, tokens[i].form) &&
            find(&row, out, &kind) && (kind & PHRASE_SPLITS) != 0 && is_free(tokens, count, i)) {
            out->first = at;
            out->last = i;
            out->split = true;
            return true;
        }
    }
    return false;
}

bool text_phrase_at(const struct token *tokens, size_t count, size_t at, struct text_phrase *out) {
    uint16_t most = 0;
    struct text_phrase found = {.split = false};
    if (!takes(&tokens[at]) || !words_find(&data_phrase_starts, tokens[at].form, &most) ||
        (!find_whole(tokens, count, at, most, &found) && !find_split(tokens, count, at, &found))) {
        return false;
    }
    *out = found;
    return true;
}
