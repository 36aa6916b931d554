/* index_weigh.c: how much a word of a question tells. */
#include "core/index_parts.h"

#include <math.h>
#include <string.h>

/* General language: a word commoner than COMMON tells next to nothing, one rarer than RARE all it
 * can (text_rarity's scale). The collection: likewise a word in so large a share of its sections.
 * PRIOR sections of general language are added, so that a dozen sections don't decide alone. */
#define RARITY_COMMON 3.0
#define RARITY_RARE 5.4
#define GENERAL_LEAST 0.05
#define GENERAL_PHRASE 0.35 /* of words that mean something together */
#define GENERAL_FOREIGN 0.6 /* of a word of a language that there are no frequencies for */
#define SHARE_COMMON 0.3
#define SHARE_RARE 0.03
#define CORPUS_LEAST 0.1
#define PRIOR_SECTIONS 20.0
#define IDENTIFIER_WEIGHT 1.5

static double clamp(double x, double least) {
    return x < least ? least : x > 1.0 ? 1.0 : x;
}

/* 0 to 1: how much a word tells in general language. */
static double general(const char *language, const struct index_term *term) {
    if (term->kind != TOKEN_WORD) {
        return 1.0;
    }
    if (term->phrase) {
        return GENERAL_PHRASE;
    }
    bool known, stem_known;
    const double as_written = text_rarity(term->form, &known);
    const double as_used = text_rarity(term->used, &stem_known);
    if (!known && !stem_known && strcmp(language, "en") != 0) {
        return GENERAL_FOREIGN;
    }
    const double rarity = stem_known && as_used < as_written ? as_used : as_written;
    return clamp((rarity - RARITY_COMMON) / (RARITY_RARE - RARITY_COMMON), GENERAL_LEAST);
}

/* 0 to 1: how much a word tells in this collection. */
static double special(double has, double sections) {
    const double share = (has + 0.5) / (sections + PRIOR_SECTIONS);
    return clamp(log(SHARE_COMMON / share) / log(SHARE_COMMON / SHARE_RARE), CORPUS_LEAST);
}

/* How many sections have a stem: in a part of a collection what is known of the whole. */
static double spread(const struct index *index, struct view stem, size_t here) {
    const uint32_t told =
        index->whole_sections > 0 ? dictionary_find(&index->whole_terms, stem) : DICTIONARY_NONE;
    const double all = told == DICTIONARY_NONE ? 0.0 : (double)index->whole_counts[told];
    return all > (double)here ? all : (double)here;
}

double index_tells(const struct index *index, struct view stem) {
    const uint32_t term = index_find_term(index, stem, stem);
    const uint32_t has =
        term == DICTIONARY_NONE ? 0 : index->term_from[term + 1] - index->term_from[term];
    return special(spread(index, stem, has), (double)index_collection(index));
}

static float rarity(double has, double sections) {
    return (float)log(1.0 + (sections - has + 0.5) / (has + 0.5));
}

float index_rarity(const struct index *index, size_t has) {
    return rarity((double)has, (double)index_collection(index));
}

void index_weigh(const struct index *index, const char *language, size_t has,
                 struct index_term *term, float *rank) {
    const double sections = (double)index_collection(index);
    const double all = has == 0 ? 0.0 : spread(index, term->used, has);
    term->sections = (uint32_t)has;
    term->known = term->stopword || has > 0;
    if (term->stopword) {
        return;
    }
    const double tells = general(language, term);
    /* what only means the same is as rare as it is: no section has it */
    const double own = term->meant ? 0.0 : all;
    term->weight = term->spare ? 0.0f : (float)(tells * special(own, sections));
    /* for ranking the whole span between rare and very rare counts, as BM25 has it */
    *rank =
        (float)((double)rarity(all < sections ? all : sections, sections) * (0.5 + 0.5 * tells));
    if (term->kind == TOKEN_IDENTIFIER) {
        *rank *= (float)IDENTIFIER_WEIGHT;
    }
}

void index_lighten(struct index_query *query, size_t term, float factor) {
    struct index_plan *plan = query->plan;
    query->terms[term].weight *= factor;
    plan->weights[term] *= factor;
}
