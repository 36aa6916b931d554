/* word_vector.h: what English words mean, as vectors: words that are used alike or stand for one
 * another point the same way. The one reader of the table that is shipped in lib/data; it is used
 * in place. Nothing here can fail, and every CPU gives the same numbers. */
#ifndef ESIHELP_BASE_WORD_VECTOR_H
#define ESIHELP_BASE_WORD_VECTOR_H

#include <stdint.h>

#include "base/str.h"

#define WORD_VECTOR_DIMENSIONS 96
#define WORD_VECTOR_NONE UINT16_MAX

/* The number of the vector of a folded word, of the word that it is a form of ("rebooted") or that
 * it is the stem of ("configur"); WORD_VECTOR_NONE for function words, names, rare words and those
 * of other languages. Numbers mean nothing by themselves and stay the same within a release. Forms
 * of a word mostly share one. */
uint16_t word_vector_find(struct view folded);

/* Cosine of two of them, -1 to 1; 0 where one is WORD_VECTOR_NONE. Words that have nothing to do
 * with each other lie at 0.05, give or take 0.15; words that may stand for one another mostly above
 * 0.4. What belongs to one kind is near, too ("Monday" and "Tuesday", "teacher" and "student");
 * opposites that WordNet knows aren't ("upload" and "download"). */
float word_vector_similarity(uint16_t a, uint16_t b);
/* The same of one with many, in less than half the time: out[i] is for others[i]. */
void word_vector_similarities(uint16_t word, const uint16_t *others, size_t count, float *out);

/* Adds the vector, made `weight` long, to a sum. */
void word_vector_add(uint16_t word, float weight, float sum[WORD_VECTOR_DIMENSIONS]);
/* The dot product of the vector, made 1 long, and a sum; 0 for WORD_VECTOR_NONE. */
float word_vector_dot(uint16_t word, const float sum[WORD_VECTOR_DIMENSIONS]);

#endif
