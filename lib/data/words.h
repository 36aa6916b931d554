/* words.h: tables of words that are compiled in, found by hash. Made by words.py. */
#ifndef ESIHELP_DATA_WORDS_H
#define ESIHELP_DATA_WORDS_H

#include <stdint.h>

/* Open addressing: slots[hash & mask] is 1 + the offset of an entry, 0 where it is free; the next
 * slot is tried where it holds another word. An entry: its word's length, two bytes of value
 * (little-endian), the word. hash: FNV-1a of 32 bits, its high half folded into the low one. */
struct words {
    const uint32_t *slots;
    uint32_t mask;
    const unsigned char *entries;
};

/* stopwords.txt: bit i of the value is language i of data_stopword_languages. */
extern const struct words data_stopwords;
extern const char data_stopword_languages[][3]; /* ends in "" */

/* frequencies.txt: the value is the rarity in hundredths. */
extern const struct words data_frequencies;

/* irregular.txt: the value is the place of what it is a form of in data_irregular_bases. */
extern const struct words data_irregular;
extern const char *const data_irregular_bases[];

/* compounds.txt: "log in", that is also written "login"; no value. */
extern const struct words data_compounds;

/* thesaurus.txt and wordnet.txt: the value is a place in data_concept_lists, where the number of
 * groups stands and then the groups: twice the number, odd where the word is only near the others.
 * Those of thesaurus.txt are below data_concepts_loose. */
extern const struct words data_concepts;
extern const uint16_t *const data_concept_lists;
extern const uint16_t data_concepts_loose;

/* The phrases of thesaurus.txt in all their forms ("handed in"): the value is a place in
 * data_phrase_keys ("hand in") and in data_phrase_kinds. data_phrase_starts: words that phrases
 * begin with, and how many words the longest of these has. */
extern const struct words data_phrases;
extern const struct words data_phrase_starts;
extern const char *const data_phrase_keys[];
extern const unsigned char *const data_phrase_kinds;
#define PHRASE_SPLITS 1u  /* its object may stand inside */
#define PHRASE_PHRASAL 2u /* a verb with its particle: apart they say next to nothing */
#define PHRASE_JOINED 4u  /* side by side it is a compound (compounds.txt), which is its key */

/* vectors.txt: the value is the number of a vector, one of data_vector_count. Its code, 48 bytes at
 * 48 times its number, holds two dimensions in a byte, the first half of them in the low 4 bits: q
 * stands for 2 q - 15. data_vector_squares: the squares of these, in sum. */
extern const struct words data_vector_words;
extern const unsigned char *const data_vector_codes;
extern const uint16_t *const data_vector_squares;
extern const uint16_t data_vector_count;

#endif
