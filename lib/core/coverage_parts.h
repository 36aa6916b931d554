/* coverage_parts.h: what the two files of coverage share; nobody else includes it. */
#ifndef ESIHELP_CORE_COVERAGE_PARTS_H
#define ESIHELP_CORE_COVERAGE_PARTS_H

#include "core/coverage.h"

/* What a word does in a question. */
enum part { PART_NONE, PART_TROUBLE, PART_DEED, PART_NUMBER, PART_TOPIC };

/* The question's words, weighed. */
struct weighed {
    const struct coverage_in *in;
    float counts[INDEX_TERMS_MAX]; /* how much each tells */
    bool known[INDEX_TERMS_MAX];   /* some section has the word itself */
    enum part part[INDEX_TERMS_MAX];
    float things, deeds; /* of what it is about, and of what is to be done, in sum */
};

void coverage_weigh(const struct coverage_in *in, struct weighed *out);

#endif
