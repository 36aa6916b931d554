/* index_meaning.c: words of the collection that mean about the same as a word of a question. */
#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/word_vector.h"
#include "core/index_parts.h"

#define ORIGIN "core/index"
#define MEANT_NONE 0.1f /* likeness of two words by their vectors that says nothing of a meaning */
#define MEANT_ALL 0.4f  /* ... that says that it is this one */

static int by_group(const void *a, const void *b) {
    const struct index_meaning *x = a, *y = b;
    if (x->group != y->group) {
        return x->group < y->group ? -1 : 1;
    }
    return x->term < y->term ? -1 : x->term > y->term;
}

/* Each pair once, sorted. */
static size_t settle(struct index_meaning *pairs, size_t count) {
    size_t kept = 0;
    if (count > 1) {
        qsort(pairs, count, sizeof *pairs, by_group);
    }
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || by_group(&pairs[kept - 1], &pairs[i]) != 0) {
            pairs[kept++] = pairs[i];
        }
    }
    return kept;
}

esi_err index_put_meanings(struct index *index, esi_error *err) {
    struct text_concept concepts[TEXT_CONCEPTS_MAX];
    size_t capacity = 0, count = 0;
    struct index_meaning *pairs = NULL;
    for (size_t i = 0; i < index->forms.count; i++) {
        const size_t found = text_concepts(index->forms.entries[i].key, concepts);
        if (count + found > capacity) {
            capacity = 2 * capacity + TEXT_CONCEPTS_MAX + 64;
            struct index_meaning *grown = realloc(pairs, capacity * sizeof *grown);
            if (grown == NULL) {
                free(pairs);
                return fail_memory(err, ORIGIN);
            }
            pairs = grown;
        }
        for (size_t c = 0; c < found; c++) {
            if (text_concept_is_close(concepts[c].group)) {
                pairs[count++] = (struct index_meaning){concepts[c].group, concepts[c].near,
                                                        index->form_term[i]};
            }
        }
    }
    index->meanings = pairs;
    index->meaning_count = settle(pairs, count);
    index->bytes += capacity * sizeof *pairs;
    return ESI_OK;
}

static size_t first_of(const struct index *index, uint16_t group) {
    size_t from = 0, to = index->meaning_count;
    while (from < to) {
        const size_t middle = from + (to - from) / 2;
        if (index->meanings[middle].group < group) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    return from;
}

/* Each group that two words share makes it surer. Where all places are taken the one that counts
 * least is given up. */
static void add_like(struct index_likes *likes, uint32_t term, float share) {
    size_t least = 0;
    for (size_t i = 0; i < likes->count; i++) {
        if (likes->terms[i] == term) {
            const float sum = likes->shares[i] + share;
            likes->shares[i] = sum < 1.0f ? sum : 1.0f;
            return;
        }
        least = likes->shares[i] < likes->shares[least] ? i : least;
    }
    if (likes->count == INDEX_LIKES_MAX && share <= likes->shares[least]) {
        return;
    }
    const size_t at = likes->count < INDEX_LIKES_MAX ? likes->count++ : least;
    likes->terms[at] = term;
    likes->shares[at] = share;
}

/* Of two words of a group: both mean it, one is only near it, both are. */
static const float shares[] = {1.0f, 0.6f, 0.3f};

/* A word of many meanings says less of each, unless it is mostly used in this one: then the two are
 * alike by their vectors, too. */
static float meant_share(float alike, float least) {
    const float share = (alike - MEANT_NONE) / (MEANT_ALL - MEANT_NONE);
    return share < least ? least : share > 1.0f ? 1.0f : share;
}

void index_add_likes(const struct index *index, struct view form, uint32_t own, float share,
                     struct index_likes *likes) {
    struct text_concept concepts[TEXT_CONCEPTS_MAX];
    const size_t count = text_concepts(form, concepts);
    const float least = count > 0 ? 1.0f / sqrtf((float)count) : 0.0f;
    const uint16_t vector = word_vector_find(form);
    for (size_t c = 0; c < count; c++) {
        const uint16_t group = concepts[c].group;
        for (size_t i = first_of(index, group);
             i < index->meaning_count && index->meanings[i].group == group; i++) {
            const struct index_meaning *other = &index->meanings[i];
            const uint16_t its = index->term_vectors[other->term];
            const float meant = meant_share(word_vector_similarity(vector, its), least);
            const bool same = view_eq(index->terms.entries[other->term].key, form);
            const float of = same ? share : share * meant * shares[concepts[c].near + other->near];
            if (other->term != own) {
                add_like(likes, other->term, of);
            }
        }
    }
}

/* ---- by vectors ------------------------------------------------------------------------------ */

/* Words less alike have nothing to do with each other, words more alike are as good as the same. */
#define ALIKE_LEAST 0.3f
#define FOUND_LEAST 0.35f /* a section isn't found by a word that is less like the question's */
#define ALIKE_MOST 1.0f

float index_stands_for(uint16_t word, uint16_t other) {
    const float alike = word_vector_similarity(word, other);
    const float share = (alike - ALIKE_LEAST) / (ALIKE_MOST - ALIKE_LEAST);
    return share < 0.0f ? 0.0f : share > 1.0f ? 1.0f : share;
}

size_t index_nearest(const struct index *index, uint16_t vector, uint32_t terms[INDEX_NEAREST],
                     float likes[INDEX_NEAREST]) {
    size_t count = 0;
    for (uint32_t t = 0; vector != WORD_VECTOR_NONE && t < index->terms.count; t++) {
        if (index->term_vectors[t] == WORD_VECTOR_NONE) {
            continue;
        }
        const float like = index_stands_for(vector, index->term_vectors[t]);
        if (like < FOUND_LEAST || (count == INDEX_NEAREST && like <= likes[count - 1])) {
            continue;
        }
        size_t at = count < INDEX_NEAREST ? count++ : count - 1;
        for (; at > 0 && likes[at - 1] < like; at--) {
            likes[at] = likes[at - 1];
            terms[at] = terms[at - 1];
        }
        likes[at] = like;
        terms[at] = t;
    }
    return count;
}

/* ---- words together -------------------------------------------------------------------------- */

/* On text_rarity's scale: a commoner word than COMMON says next to nothing, a rarer one than
 * RARE all that a word can. */
#define COMMON 3.0
#define RARE 5.4
#define WEIGHT_LEAST 0.05

float index_meaning_weight(struct view form) {
    bool known;
    const double weight = (text_rarity(form, &known) - COMMON) / (RARE - COMMON);
    return (float)(weight < WEIGHT_LEAST ? WEIGHT_LEAST : weight > 1.0 ? 1.0 : weight);
}

float index_meaning_length(const float sum[WORD_VECTOR_DIMENSIONS]) {
    float square = 0.0f;
    for (size_t i = 0; i < WORD_VECTOR_DIMENSIONS; i++) {
        square += sum[i] * sum[i];
    }
    return sqrtf(square);
}

void index_add_meaning(const struct index_query *query, struct index_plan *plan) {
    for (size_t i = 0; i < query->term_count; i++) {
        const struct index_term *term = &query->terms[i];
        if (!term->stopword && !term->spare) {
            word_vector_add(plan->likes[i].vector, index_meaning_weight(term->form), plan->meaning);
        }
    }
    plan->meaning_length = index_meaning_length(plan->meaning);
}

uint32_t index_sentence_at(const struct document_section *section, uint16_t place) {
    uint32_t from = 0, to = section->sentence_count;
    while (from + 1 < to) {
        const uint32_t middle = from + (to - from) / 2;
        if (section->sentences[middle].place <= place) {
            from = middle;
        } else {
            to = middle;
        }
    }
    return from;
}

void index_measure_meaning(const struct index_document *document, struct document_section *section,
                           float *sums) {
    float *heading = sums + (size_t)section->sentence_count * WORD_VECTOR_DIMENSIONS;
    for (uint32_t p = section->from; p < section->to; p++) {
        const struct document_posting *posting = &document->postings[p];
        const uint16_t *places = document->places + posting->at + posting->title;
        const uint16_t vector = document->vectors_of[posting->term];
        const float rarity = document->rarities[posting->term];
        if (posting->heading > 0) {
            word_vector_add(vector, rarity, heading);
        }
        for (uint32_t i = posting->heading; i < (uint32_t)posting->heading + posting->text; i++) {
            const uint32_t sentence = index_sentence_at(section, places[i]);
            word_vector_add(vector, rarity, sums + (size_t)sentence * WORD_VECTOR_DIMENSIONS);
        }
    }
    section->heading_length = index_meaning_length(heading);
    for (uint32_t i = 0; i < section->sentence_count; i++) {
        float *sum = sums + (size_t)i * WORD_VECTOR_DIMENSIONS;
        for (size_t d = 0; d < WORD_VECTOR_DIMENSIONS; d++) {
            sum[d] += MEANING_HEADING * heading[d];
        }
        section->sentences[i].length = index_meaning_length(sum);
    }
}
