/* index_context.c: how a section has the words of a question: itself or in other words, in its
 * heading or in its text, and how close together. */
#include <stdlib.h>

#include "base/word_vector.h"
#include "core/index_parts.h"

#define EVENTS_MAX 256u /* places of the question's words that are looked at */
#define EVENTS_OF_TERM 48u

#define CLOSE 0.65f       /* of a word that is made to be taken for another */
#define BY_VECTOR 0.57f   /* ... of one that is the same by its vector */
#define PART 0.2f         /* ... of a part of a whole that the section lacks */
#define LIKE_HEADING 0.4f /* so like a word of the heading must be to be that word */

/* Where a term of the question stands. */
struct event {
    uint16_t place;
    uint8_t term;
};

struct look {
    const struct index *index;
    const struct index_query *query;
    const struct index_document *document;
    const struct document_section *section;
    const float *counts;
    struct index_context *out;
    struct event events[EVENTS_MAX];
    size_t count;
    uint32_t in_heading; /* words of the heading that the question has in other words */
};

static void add_event(struct look *l, uint32_t place, size_t term) {
    if (l->count < EVENTS_MAX) {
        l->events[l->count++] = (struct event){(uint16_t)place, (uint8_t)term};
    }
}

static void add_places(struct look *l, const struct document_posting *p, size_t term) {
    const uint16_t *places = l->document->places + p->at;
    const uint32_t all = (uint32_t)p->text + p->heading + p->title;
    for (uint32_t i = 0, n = 0; i < all && n < EVENTS_OF_TERM; i++) {
        if (places[i] >= PLACE_TEXT) {
            add_event(l, places[i], term);
            n++;
        }
    }
}

/* ---- as it is -------------------------------------------------------------------------------- */

static bool has_entry(const struct index_list *list, uint32_t from, uint32_t to, uint32_t *at) {
    const size_t found = index_list_seek(list, 0, from);
    const bool has = found < list->count && list->sections[found] < to;
    *at = has ? list->at[found] : 0;
    return has;
}

static void take_itself(struct look *l, size_t term, uint32_t at) {
    const uint64_t bit = UINT64_C(1) << term;
    l->out->has[term] = 1.0f;
    if ((at & AT_OWN) != 0) { /* of several words */
        const uint32_t place = at & PLACE_MAX;
        l->out->own |= place >= PLACE_HEADING && place < PLACE_TEXT ? bit : 0;
        l->out->labelled |= (at & AT_OWN_HEADED) != 0 ? bit : 0;
        if (place >= PLACE_TEXT) {
            add_event(l, place, term);
        }
        return;
    }
    const struct document_posting *p = &l->document->postings[at];
    l->out->own |= p->heading > 0 ? bit : 0;
    l->out->labelled |= p->title > 0 ? bit : 0;
    add_places(l, p, term);
}

/* ---- in other words -------------------------------------------------------------------------- */

static void take_like(struct look *l, size_t term, const struct document_posting *p, float like) {
    const uint64_t bit = UINT64_C(1) << term;
    l->out->has[term] = like;
    l->out->own |= p->heading > 0 ? bit : 0;
    l->in_heading += p->heading > 0 && like >= LIKE_HEADING;
    add_places(l, p, term);
}

/* In what other word it stands there, and how far that one stands for it. */
struct other_word {
    const struct document_posting *posting;
    float like;
};

/* Of two that stand for it alike the one in the heading is better. */
static void offer(struct other_word *best, const struct document_posting *posting, float like) {
    if (like > best->like || (like == best->like && best->posting != NULL &&
                              best->posting->heading < posting->heading)) {
        *best = (struct other_word){posting, like};
    }
}

/* Words that are made to be taken for it. */
static void find_close(const struct look *l, const struct index_likes *likes, uint32_t section,
                       struct other_word *best) {
    for (size_t k = 0; k < likes->count; k++) {
        const struct index_list list = index_list_of(l->index, likes->terms[k]);
        uint32_t at;
        if (has_entry(&list, section, section + 1, &at)) {
            offer(best, &l->document->postings[at], CLOSE * likes->shares[k]);
        }
    }
}

/* Words that are like it by their vectors. */
static void find_likest(const struct look *l, uint16_t vector, struct other_word *best) {
    for (uint32_t p = l->section->from; vector != WORD_VECTOR_NONE && p < l->section->to; p++) {
        const struct document_posting *posting = &l->document->postings[p];
        const uint16_t other = l->document->vectors_of[posting->term];
        if (other != WORD_VECTOR_NONE && posting->text + posting->heading > 0) {
            offer(best, posting, BY_VECTOR * index_stands_for(vector, other));
        }
    }
}

static void take_other(struct look *l, size_t term, const struct index_likes *likes,
                       uint32_t section) {
    struct other_word best = {NULL, 0.0f};
    find_close(l, likes, section, &best);
    find_likest(l, likes->vector, &best);
    if (best.posting != NULL) {
        take_like(l, term, best.posting, best.like);
    }
}

/* ---- together -------------------------------------------------------------------------------- */

static int by_place(const void *a, const void *b) {
    const struct event *x = a, *y = b;
    return x->place != y->place ? (x->place < y->place ? -1 : 1) : (int)x->term - (int)y->term;
}

static void sort_events(struct look *l) {
    if (l->count > 1) {
        qsort(l->events, l->count, sizeof l->events[0], by_place);
    }
}

/* What of the question's words stands in a sentence, by what they count. */
static float weigh_sentence(const struct look *l, size_t from, size_t to, uint64_t *terms) {
    float weight = 0.0f;
    *terms = 0;
    for (size_t e = from; e < to; e++) {
        const uint8_t term = l->events[e].term;
        if ((*terms >> term & 1) == 0) {
            weight += l->counts[term] * l->out->has[term];
            *terms |= UINT64_C(1) << term;
        }
    }
    return weight;
}

/* The sentence that has most of the question, and the best of those that tell what is asked. */
static void find_sentences(struct look *l) {
    const struct document_section *s = l->section;
    float most = 0.0f, telling = 0.0f;
    for (size_t from = 0, to; from < l->count; from = to) {
        const uint32_t i = index_sentence_at(s, l->events[from].place);
        const uint32_t end = i + 1 < s->sentence_count ? s->sentences[i + 1].place : UINT32_MAX;
        for (to = from + 1; to < l->count && l->events[to].place < end;) {
            to++;
        }
        uint64_t terms;
        const float weight = weigh_sentence(l, from, to, &terms);
        if (weight > most) {
            most = weight;
            l->out->sentence = terms;
            l->out->offers = s->sentences[i].offers;
        }
        if (weight > telling && (s->sentences[i].offers & l->query->wants) != 0) {
            telling = weight;
            l->out->telling = terms;
        }
    }
}

#define SENTENCES_MAX 64 /* of a section that are compared with what the question means */

/* How near the question is by what its words mean together. */
static void compare_meaning(struct look *l) {
    const struct index_plan *plan = l->query->plan;
    const struct document_section *s = l->section;
    float dots[SENTENCES_MAX] = {0}, heading = 0.0f;
    for (uint32_t p = s->from; plan->meaning_length > 0.0f && p < s->to; p++) {
        const struct document_posting *posting = &l->document->postings[p];
        const uint16_t *places = l->document->places + posting->at + posting->title;
        const uint32_t count = (uint32_t)posting->heading + posting->text;
        const float dot =
            count == 0 ? 0.0f
                       : l->document->rarities[posting->term] *
                             word_vector_dot(l->document->vectors_of[posting->term], plan->meaning);
        heading += posting->heading > 0 ? dot : 0.0f;
        for (uint32_t i = posting->heading; i < count; i++) {
            const uint32_t sentence = index_sentence_at(s, places[i]);
            if (sentence < SENTENCES_MAX) {
                dots[sentence] += dot;
            }
        }
    }
    const float own = plan->meaning_length * s->heading_length;
    l->out->heading_meaning = own > 0.0f ? heading / own : 0.0f;
    for (uint32_t i = 0; i < s->sentence_count && i < SENTENCES_MAX; i++) {
        const float length = plan->meaning_length * s->sentences[i].length;
        const float cosine = length > 0.0f ? (dots[i] + MEANING_HEADING * heading) / length : 0.0f;
        l->out->sentence_meaning =
            cosine > l->out->sentence_meaning ? cosine : l->out->sentence_meaning;
    }
}

#define MEASURE_PLACES 12 /* as far as "within five working days" may stand */
#define COUNT_PLACES 3    /* "ten of the seats" */

/* Does a number stand beside what was asked about? */
static bool is_measured(const struct look *l) {
    const uint64_t counted = l->query->counted;
    const int reach = counted != 0 ? COUNT_PLACES : MEASURE_PLACES;
    for (uint32_t p = l->section->from; p < l->section->to; p++) {
        const struct document_posting *posting = &l->document->postings[p];
        const uint16_t *places = l->document->places + posting->at;
        const uint32_t all =
            l->document->measures[posting->term] ? (uint32_t)posting->text + posting->heading : 0;
        for (uint32_t i = 0; i < all; i++) {
            for (size_t e = 0; e < l->count; e++) {
                const int apart = (int)places[posting->title + i] - (int)l->events[e].place;
                const bool wanted = counted == 0 || (counted >> l->events[e].term & 1) != 0;
                if (wanted && apart != 0 && apart >= -reach && apart <= reach) {
                    return true;
                }
            }
        }
    }
    return false;
}

/* How far a section has a whole, itself or in other words. */
static float whole_share(const struct look *l, const struct index_whole *whole, uint32_t section) {
    float most = 0.0f;
    for (size_t i = 0; i < whole->likes.count; i++) {
        const struct index_list list = index_list_of(l->index, whole->likes.terms[i]);
        uint32_t at;
        if (whole->likes.shares[i] > most && has_entry(&list, section, section + 1, &at)) {
            most = whole->likes.shares[i];
        }
    }
    return most;
}

/* A section with "system", and with "operating" far from it, hasn't got an operating system. */
static void lighten_parts(struct look *l, uint32_t section) {
    const struct index_plan *plan = l->query->plan;
    for (size_t k = 0; k < plan->whole_count; k++) {
        const float share = whole_share(l, &plan->wholes[k], section);
        for (size_t i = 0; share < 1.0f && i < l->query->term_count; i++) {
            if ((plan->wholes[k].terms >> i & 1) != 0) {
                l->out->has[i] *= share > PART ? share : PART;
            }
        }
    }
}

void index_context_of(const struct index *index, const struct index_query *query,
                      const struct index_hit *hit, const float *counts, struct index_context *out) {
    const struct index_plan *plan = query->plan;
    const uint32_t document = index->section_document[hit->section];
    const uint32_t first = index->document_first[document];
    struct look l = {.index = index, .query = query, .counts = counts, .out = out};
    l.document = index->documents[document];
    l.section = &l.document->sections[hit->section - first];
    *out = (struct index_context){0};
    for (size_t i = 0; i < query->term_count; i++) {
        const struct index_term *term = &query->terms[i];
        uint32_t at;
        if (counts[i] <= 0.0f) {
            continue;
        }
        if (!term->meant && has_entry(&plan->lists[i], hit->section, hit->section + 1, &at)) {
            take_itself(&l, i, at);
            continue;
        }
        if (term->kind != TOKEN_WORD) {
            continue;
        }
        take_other(&l, i, &plan->likes[i], hit->section);
    }
    lighten_parts(&l, hit->section);
    sort_events(&l);
    find_sentences(&l);
    compare_meaning(&l);
    out->measured = is_measured(&l);
    out->holds = l.section->holds;
    out->length = l.section->length;
    out->glossary = l.section->glossary;
    const uint32_t words = l.section->heading_count;
    const float more = words < 2 ? 0.0f : (float)l.in_heading / (float)words;
    out->titled = hit->titled + more < 1.0f ? hit->titled + more : 1.0f;
}
