/* relevance.h: how far a section is about what is asked, and whether it carries the answer: a
 * few numbers for each section that was found, and a sum of them, weighted, for either. The
 * weights stand in lib/data/relevance.txt; tests/bench/fit_relevance.py makes them. */
#ifndef ESIHELP_CORE_RELEVANCE_H
#define ESIHELP_CORE_RELEVANCE_H

#include <esihelp/types.h>

#include "core/aim.h"
#include "core/fuse.h"

/* Shares are of the question's words by what they count, 0 to 1; what is lacking is what they count
 * in all. Yes is 1, no 0. */
#define RELEVANCE_FEATURES(X)                                                                      \
    X(words)            /* BM25, from 0 to almost 1 */                                             \
    X(fused)            /* words and vectors beside those of the other sections */                 \
    X(near)             /* how close together the words stand, times the share that it has */      \
    X(has)              /* how many of them it has itself; four are all */                         \
    X(heading)          /* share in its heading */                                                 \
    X(telling)          /* share in heading and best sentence with an answer of the kind asked */  \
    X(offers)           /* the best sentence has an answer of that kind */                         \
    X(unmeasured)       /* asked how many or how long, it has no number beside the words */        \
    X(lacks_thing)      /* the heaviest lacking word of what it is about */                        \
    X(lacks_deed)       /* ... of what is to be done, lacking in the best sentence */              \
    X(lacks_unknown)    /* lacking words that no section has */                                    \
    X(heading_meaning)  /* how near its heading is by what words mean */                           \
    X(sentence_meaning) /* ... its best sentence, under the heading */                             \
    X(length)           /* logarithm of its words */                                               \
    X(siblings)         /* BM25 of the other sections found of its document */                     \
    X(defines)          /* defines what the meaning of is asked */                                 \
    X(quotes)           /* quotes a message of the question */                                     \
    X(glossary)         /* little else than terms with their meanings, and none is asked for */    \
    X(outdated)         /* another document holds in its place */                                  \
    X(report_steps)     /* trouble is reported, and it has steps */                                \
    X(asked_symptom)    /* none is, and it has symptoms */                                         \
    X(things)           /* how many words say what it is about; four are all */                    \
    X(asks)             /* the message has the form of a question or a wish */

enum relevance_feature {
#define X(name) RELEVANCE_##name,
    RELEVANCE_FEATURES(X)
#undef X
        RELEVANCE_COUNT
};

struct relevance_weights {
    float rank[RELEVANCE_COUNT];
    float evidence[RELEVANCE_COUNT];
    float constant; /* of the evidence */
};
extern const struct relevance_weights relevance_weights;

struct relevance_in {
    const struct index *index;
    const struct index_query *query;
    const struct aim *aim; /* NULL: what is asked isn't known */
    esi_act act;
    bool trained_vectors; /* vectors of a trained model: their nearness is evidence by itself */
};

#define RELEVANCE_LOOKED_AT 30 /* sections, the best that were found */

/* Puts the best of the hits into the order of their relevance, with score and evidence set anew;
 * the others stay behind them. Errors: ESI_ENOMEM. */
esi_err relevance_rank(const struct relevance_in *in, struct fused *hits, size_t count,
                       esi_arena *arena, esi_error *err) ESI_MUST_CHECK;

/* The numbers of the first `wanted` of the hits as fuse_rank gave them, RELEVANCE_COUNT of each,
 * for who fits weights. Errors: ESI_ENOMEM. */
esi_err relevance_features(const struct relevance_in *in, const struct fused *hits, size_t count,
                           size_t wanted, esi_arena *arena, float *out,
                           esi_error *err) ESI_MUST_CHECK;

#endif
