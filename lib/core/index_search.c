/* index_search.c: the best sections by words and by vector. */
#include "core/index_parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/vector.h"

#define ORIGIN "core/index"

/* ---- the best of many ------------------------------------------------------------------------ */

static bool worse(struct index_scored a, struct index_scored b) {
    return a.score < b.score || (a.score == b.score && a.section > b.section);
}

static void sink(struct index_scored *items, size_t count, size_t at) {
    const struct index_scored item = items[at];
    for (size_t child = 2 * at + 1; child < count; child = 2 * at + 1) {
        if (child + 1 < count && worse(items[child + 1], items[child])) {
            child++;
        }
        if (!worse(items[child], item)) {
            break;
        }
        items[at] = items[child];
        at = child;
    }
    items[at] = item;
}

void index_best_offer(struct index_best *best, float score, uint32_t section) {
    const struct index_scored item = {score, section};
    if (best->count == best->most) {
        if (best->most > 0 && worse(best->items[0], item)) {
            best->items[0] = item;
            sink(best->items, best->count, 0);
        }
        return;
    }
    size_t at = best->count++;
    while (at > 0 && worse(item, best->items[(at - 1) / 2])) {
        best->items[at] = best->items[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    best->items[at] = item;
}

#define LIKE 0.5f /* of a word that stands for another, where a section lacks that */

/* ---- words ----------------------------------------------------------------------------------- */

/* Gives each section of a list the best that it has had so far for one word of the question. */
static void raise(const struct index_list *list, float weight, float *best, float *scores) {
    for (size_t i = 0; i < list->count; i++) {
        const uint32_t section = list->sections[i];
        const float score = weight * list->impacts[i];
        if (score > best[section]) {
            scores[section] += score - best[section];
            best[section] = score;
        }
    }
}

static void forget(const struct index_list *list, float *best) {
    for (size_t i = 0; i < list->count; i++) {
        best[list->sections[i]] = 0.0f;
    }
}

/* A word that stands for another is worth no more than it is rare itself. */
static float rarity_share(const struct index *index, size_t word, size_t other) {
    const float own = index_rarity(index, word), its = index_rarity(index, other);
    return its < own ? its / own : 1.0f;
}

/* A section scores with a word itself or with one that stands for it, whichever is more. best: all
 * 0, and left so. */
static void add_scores(const struct index *index, const struct index_query *query, float *best,
                       float *scores) {
    const struct index_plan *plan = query->plan;
    for (size_t t = 0; t < query->term_count; t++) {
        const struct index_list *own = &plan->lists[t];
        const struct index_likes *likes = &plan->likes[t];
        const float weight = plan->weights[t];
        /* where no section has the word itself its list is made of the others */
        const size_t count = query->terms[t].meant || weight <= 0.0f ? 0 : likes->count;
        raise(own, weight, best, scores);
        for (size_t k = 0; k < count; k++) {
            const struct index_list other = index_list_of(index, likes->terms[k]);
            const float factor = LIKE * likes->shares[k];
            raise(&other, weight * factor * rarity_share(index, own->count, other.count), best,
                  scores);
        }
        forget(own, best);
        for (size_t k = 0; k < count; k++) {
            const struct index_list other = index_list_of(index, likes->terms[k]);
            forget(&other, best);
        }
    }
}

static void best_by_words(const struct index *index, const struct index_query *query,
                          const float *scores, struct index_best *best) {
    float least = 0.0f;
    for (uint32_t s = 0; s < index->section_count; s++) {
        if (scores[s] > least && index_visible(index, s, query->role)) {
            index_best_offer(best, scores[s], s);
            least = best->count == best->most ? best->items[0].score : 0.0f;
        }
    }
}

bool index_knows(const struct index *index, const struct index_query *query, size_t term) {
    const struct index_plan *plan = query->plan;
    const struct index_list *list = &plan->lists[term];
    for (size_t i = 0; i < list->count; i++) {
        if (index_visible(index, list->sections[i], query->role)) {
            return true;
        }
    }
    return query->terms[term].stopword;
}

/* ---- what the hits are made of --------------------------------------------------------------- */

/* Where a term stands in one section. */
struct standing_at {
    const uint16_t *places;
    uint32_t count;
    uint16_t place; /* of a phrase */
    uint32_t term;  /* the document's number of it; DICTIONARY_NONE: a phrase */
    bool headed;    /* in the heading, or in title or tags */
    bool in_own;    /* in the heading */
};

static void stand(const struct index *index, uint32_t section, uint32_t at,
                  struct standing_at *out) {
    if ((at & AT_OWN) != 0) {
        out->place = (uint16_t)(at & PLACE_MAX);
        out->places = NULL;
        out->count = 1;
        out->term = DICTIONARY_NONE;
        out->headed = (at & AT_OWN_HEADED) != 0;
        out->in_own = out->place >= PLACE_HEADING && out->place < PLACE_TEXT;
        return;
    }
    const struct document_posting *posting = index_posting(index, section, at, &out->places);
    out->count = (uint32_t)posting->text + posting->heading + posting->title;
    out->term = posting->term;
    out->headed = posting->heading + posting->title > 0;
    out->in_own = posting->heading > 0;
}

/* The least distance of two terms in a section; fields are far apart by their places. */
static uint32_t gap(const struct standing_at *a, const struct standing_at *b) {
    const uint16_t *p = a->places != NULL ? a->places : &a->place;
    const uint16_t *q = b->places != NULL ? b->places : &b->place;
    uint32_t least = UINT32_MAX;
    for (uint32_t i = 0, j = 0; i < a->count && j < b->count;) {
        const uint32_t apart = p[i] < q[j] ? (uint32_t)(q[j] - p[i]) : (uint32_t)(p[i] - q[j]);
        least = apart < least ? apart : least;
        if (p[i] < q[j]) {
            i++;
        } else {
            j++;
        }
    }
    return least;
}

/* Words that stand side by side give 1, those NEAR_HALF apart 0.5, and so on. A heading stands over
 * all of its text: its words are NEAR_HEADING from each of them. */
#define NEAR_HALF 6.0f
#define NEAR_HEADING 3u

/* How near terms that follow one another in the question stand in the section. */
static float nearness(const struct standing_at *stands, const uint8_t *terms, size_t count) {
    float sum = 0.0f;
    for (size_t i = 1; i < count; i++) {
        const struct standing_at *a = &stands[terms[i - 1]], *b = &stands[terms[i]];
        uint32_t apart = gap(a, b);
        apart = (a->headed || b->headed) && apart > NEAR_HEADING ? NEAR_HEADING : apart;
        sum += apart <= 1 ? 1.0f : NEAR_HALF / (NEAR_HALF + (float)(apart - 1));
    }
    return count < 2 ? 0.0f : sum / (float)(count - 1);
}

/* The share of the innermost heading's words that are among the terms. */
static float heading_share(const struct index *index, uint32_t section,
                           const struct standing_at *stands, const uint8_t *terms, size_t count) {
    const uint32_t document = index->section_document[section];
    const struct document_section *s =
        &index->documents[document]->sections[section - index->document_first[document]];
    uint32_t shared = 0;
    /* the question has a word of it in other words: "more time" of "Extra time" */
    for (size_t t = 0; t < count && shared == 0; t++) {
        const struct standing_at *at = &stands[terms[t]];
        shared += at->term == DICTIONARY_NONE && at->in_own;
    }
    for (uint32_t i = 0; i < s->heading_count; i++) {
        size_t t = 0;
        while (t < count && stands[terms[t]].term != s->heading_terms[i]) {
            t++;
        }
        shared += t < count;
    }
    shared = shared < s->heading_count ? shared : s->heading_count;
    return s->heading_count < 2 ? 0.0f : (float)shared / (float)s->heading_count;
}

/* cursors: where the search in each term's list stands; hits come in the order of sections. */
static void fill_hit(const struct index *index, const struct index_query *query, size_t *cursors,
                     struct standing_at *stands, struct index_hit *hit) {
    const struct index_plan *plan = query->plan;
    uint8_t terms[INDEX_TERMS_MAX];
    size_t count = 0;
    for (uint8_t t = 0; t < query->term_count; t++) {
        const struct index_list *list = &plan->lists[t];
        cursors[t] = index_list_seek(list, cursors[t], hit->section);
        if (cursors[t] == list->count || list->sections[cursors[t]] != hit->section) {
            continue;
        }
        hit->matched |= UINT64_C(1) << t;
        stand(index, hit->section, list->at[cursors[t]], &stands[t]);
        if (stands[t].headed) {
            hit->headed |= UINT64_C(1) << t;
        }
        terms[count++] = t;
    }
    for (size_t i = 0; i < query->definition_count; i++) {
        if (query->definitions[i].section == hit->section) {
            hit->defines = query->definitions[i].plain;
        }
    }
    for (size_t i = 0; i < query->quote_count; i++) {
        hit->quotes =
            query->quotes[i].section == hit->section ? query->quotes[i].words : hit->quotes;
    }
    hit->near = nearness(stands, terms, count);
    hit->titled = heading_share(index, hit->section, stands, terms, count);
    const float *vector = index_section_vector(index, hit->section);
    if (vector != NULL && query->vector != NULL) {
        hit->cosine = vector_cosine(query->vector, vector, (size_t)index->dimensions);
    }
}

static int by_section(const void *a, const void *b) {
    const struct index_hit *x = a, *y = b;
    return x->section < y->section ? -1 : x->section > y->section;
}

/* Both lists as one, without doubles, in the order of sections. */
static size_t unite(const struct index_query *query, const struct index_best *words,
                    const struct index_best *vectors, const float *scores, struct index_hit *hits) {
    size_t count = 0, kept = 0;
    for (size_t i = 0; i < words->count; i++) {
        hits[count++] = (struct index_hit){.section = words->items[i].section};
    }
    for (size_t i = 0; i < vectors->count; i++) {
        hits[count++] = (struct index_hit){.section = vectors->items[i].section};
    }
    for (size_t i = 0; i < query->definition_count; i++) {
        hits[count++] = (struct index_hit){.section = query->definitions[i].section};
    }
    if (count > 1) {
        qsort(hits, count, sizeof *hits, by_section);
    }
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || hits[kept - 1].section != hits[i].section) {
            hits[kept] = hits[i];
            hits[kept++].words = scores[hits[i].section];
        }
    }
    return kept;
}

esi_err index_search(const struct index *index, const struct index_query *query, size_t most,
                     esi_arena *arena, struct index_hit **out, size_t *out_count, esi_error *err) {
    const size_t limit = most < index->section_count ? most : index->section_count;
    float *scores = ARENA_ARRAY(arena, index->section_count, float);
    float *best = ARENA_ARRAY(arena, index->section_count, float);
    struct index_hit *hits =
        ARENA_ARRAY(arena, 2 * limit + INDEX_DEFINITIONS_MAX, struct index_hit);
    size_t *cursors = ARENA_ARRAY(arena, INDEX_TERMS_MAX, size_t);
    struct standing_at *stands = ARENA_ARRAY(arena, INDEX_TERMS_MAX, struct standing_at);
    struct index_best words = {ARENA_ARRAY(arena, limit, struct index_scored), 0, limit};
    struct index_best vectors = {ARENA_ARRAY(arena, limit, struct index_scored), 0, limit};
    if (scores == NULL || best == NULL || hits == NULL || cursors == NULL || stands == NULL ||
        words.items == NULL || vectors.items == NULL) {
        return fail_memory(err, ORIGIN);
    }
    add_scores(index, query, best, scores);
    best_by_words(index, query, scores, &words);
    if (query->vector != NULL && index->dimensions > 0) {
        const esi_err rc = index_vector_search(index, query, &vectors, arena, err);
        if (rc != ESI_OK) {
            return rc;
        }
    }
    const size_t count = unite(query, &words, &vectors, scores, hits);
    for (size_t i = 0; i < count; i++) {
        fill_hit(index, query, cursors, stands, &hits[i]);
    }
    *out = hits;
    *out_count = count;
    return ESI_OK;
}
