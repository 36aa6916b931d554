/* index_spell.c: which word of the collection a misspelt one means. */
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

static void consider(struct search *s, const struct index_word *word) {
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
    if ((known && rarity < RARE_ENOUGH) || length < LETTERS_ONE || length > WORD_LENGTH_MAX) {
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
