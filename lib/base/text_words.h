/* text_words.h: word tables and stems, as the other parts of text use them. */
#ifndef ESIHELP_BASE_TEXT_WORDS_H
#define ESIHELP_BASE_TEXT_WORDS_H

#include "words.h"

#include "base/text.h"

bool words_find(const struct words *table, struct view word, uint16_t *value);
/* The value of the word that a form was made from, where the table has it: "drop" of "dropped". */
bool words_find_form(const struct words *table, struct view word, uint16_t *value);

/* Which bit of data_stopwords' values a language has; 0 for one without stop words. */
uint16_t stopword_bit(const char *language);
static inline bool stopword_has(struct view word, uint16_t bit) {
    uint16_t value = 0;
    return bit != 0 && words_find(&data_stopwords, word, &value) && (value & bit) != 0;
}

/* A stemmer belongs to one call: making one takes less time than stemming one word. */
struct stemmer;

/* *out is NULL for a language without one. */
esi_err stemmer_create(const char *language, struct stemmer **out, esi_error *err) ESI_MUST_CHECK;
void stemmer_free(struct stemmer *stemmer);
/* The stem of a folded word without accents; `stemmer` may be NULL. What differs from the word is
 * written to the arena. */
esi_err stemmer_stem(struct stemmer *stemmer, struct view word, esi_arena *arena, struct view *out,
                     esi_error *err) ESI_MUST_CHECK;

/* Writes the word without the accents of its Latin and Greek letters, which is never longer. */
size_t stem_without_accents(struct view word, char *out);

#endif
