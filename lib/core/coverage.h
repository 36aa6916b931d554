/* coverage.h: does the knowledge base carry what was asked? Covered, vague, or not. */
#ifndef ESIHELP_CORE_COVERAGE_H
#define ESIHELP_CORE_COVERAGE_H

#include <esihelp/types.h>

#include "core/aim.h"
#include "core/fuse.h"
#include "core/issue.h"

struct coverage_in {
    const struct index *index;
    const struct index_query *query;
    const struct fused *hits; /* best first; core/relevance has looked at them */
    size_t hit_count;
    const struct reading *reading;
    const struct aim *aim; /* NULL: what is asked isn't known */
    bool continues;        /* the turn goes on with an issue: never "not covered" by itself */
    esi_coverage before;   /* of that issue */
};

#define COVERAGE_TOLD 5 /* hits whose evidence is told, from the best */

struct coverage {
    esi_coverage outcome;
    double confidence;   /* 0 to 1: the evidence score */
    size_t carrying;     /* how many of the hits, from the best, carry the answer */
    uint64_t carriers;   /* bit i: hit i does; those between them don't */
    struct view missing; /* a distinguishing word that no section knows; empty: none */
    const char *why;     /* in words, for who asks */
    float needed;        /* evidence that covers */
    float evidence[COVERAGE_TOLD];
};

/* Pure arithmetic on the hits; one set of constants for 8 documents and 10,000. */
void coverage_judge(const struct coverage_in *in, struct coverage *out);

#endif
