#include "core/relevance.h"

#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "core/answer.h"
#include "core/coverage_parts.h"
#include "core/handling.h"
#include "core/note.h"

/* BM25 that is half of what it can say, in words that no section has: what those tell grows with
 * the collection. */
#define WORDS_HALF 1.2f
#define ENOUGH 4.0f     /* words, or sections, that are as good as more */
#define A_WORD 0.25f    /* what a word counts that is as good as any */
#define LENGTH_ALL 6.0f /* logarithm of a long section's words */

#define SLIGHT_MOST 0.8f  /* a single word counts so much: it can mean nothing else */
#define TITLED_LEAST 0.6f /* of a heading's words name it */

/* What is asked, and what all that was found have in common. */
struct view_of_hits {
    const struct relevance_in *in;
    const struct fused *hits;
    size_t count;
    struct weighed weighed;
    float rarest; /* BM25 of a word that no section has */
    float all;    /* what the words count in sum */
    float words;  /* the best's */
    struct reading reading;
    struct coverage_in coverage;
};

/* What a section has and lacks of the words, in sum. */
struct sums {
    float has, heading, telling;
    float lacks_thing, lacks_deed, lacks_unknown;
    float has_words, things; /* how many, each by what it counts */
    size_t has_count;
    bool headed, named;
};

static float capped(float x) {
    return x < 1.0f ? x : 1.0f;
}

static bool is_thing(enum aim_part aim) {
    return aim == AIM_THING || aim == AIM_HEAD || aim == AIM_SORT;
}

#define LABELLED 0.6f /* of a word of title or tags, which stand over all of a document */

static void add_term(const struct view_of_hits *v, const struct index_context *c, size_t i,
                     struct sums *sums) {
    const float counts = v->weighed.counts[i], has = counts * c->has[i], lacks = counts - has;
    const enum aim_part aim = v->in->aim != NULL ? (enum aim_part)v->in->aim->parts[i] : AIM_NONE;
    const bool own = (c->own >> i & 1) != 0, labelled = (c->labelled >> i & 1) != 0;
    const float under = own || (c->sentence >> i & 1) != 0 ? has : labelled ? LABELLED * has : 0.0f;
    sums->has += has;
    sums->heading += own ? has : 0.0f;
    sums->telling += v->in->query->wants == 0 ? under : own || (c->telling >> i & 1) ? has : 0.0f;
    sums->lacks_unknown += v->weighed.known[i] ? 0.0f : lacks;
    if (is_thing(aim)) {
        sums->things += capped(counts / A_WORD);
        sums->lacks_thing = lacks > sums->lacks_thing ? lacks : sums->lacks_thing;
    }
    if (aim == AIM_DEED) {
        const float apart = counts - under;
        sums->lacks_deed = apart > sums->lacks_deed ? apart : sums->lacks_deed;
    }
    sums->has_words += c->has[i] >= 0.4f ? capped(counts / A_WORD) * c->has[i] : 0.0f;
    if (c->has[i] >= 1.0f) {
        sums->has_count++;
        sums->headed |= own || labelled;
        sums->named |= v->in->query->terms[i].kind != TOKEN_WORD;
    }
}

static struct sums sum_terms(const struct view_of_hits *v, const struct index_context *c) {
    struct sums sums = {0};
    for (size_t i = 0; i < v->in->query->term_count; i++) {
        if (v->weighed.counts[i] > 0.0f) {
            add_term(v, c, i, &sums);
        }
    }
    return sums;
}

static float siblings_of(const struct view_of_hits *v, size_t at) {
    const struct index *index = v->in->index;
    const uint32_t document = index_section_document(index, v->hits[at].hit.section);
    float sum = 0.0f;
    for (size_t i = 0; i < v->count; i++) {
        const struct index_hit *hit = &v->hits[i].hit;
        sum +=
            i != at && index_section_document(index, hit->section) == document ? hit->words : 0.0f;
    }
    return v->words > 0.0f ? sum / v->words / ENOUGH : 0.0f;
}

static bool is_outdated(const struct index *index, uint32_t section) {
    const int32_t standing =
        index_document_at(index, index_section_document(index, section)).standing;
    return standing == STANDING_DEPRECATED || standing == STANDING_SUPERSEDED;
}

static bool holds(const struct index_context *c, enum note_kind kind) {
    return (c->holds >> kind & 1) != 0;
}

static float share(const struct view_of_hits *v, float part) {
    return v->all > 0.0f ? part / v->all : 0.0f;
}

static void set_features(const struct view_of_hits *v, size_t at, const struct index_context *c,
                         const struct sums *sums, float *out) {
    const struct index_hit *hit = &v->hits[at].hit;
    const struct aim *aim = v->in->aim;
    const bool report = v->in->act == ESI_ACT_TROUBLE;
#define SET(name, value) out[RELEVANCE_##name] = (float)(value)
    SET(words, hit->words / (hit->words + WORDS_HALF * v->rarest));
    SET(fused, v->hits[at].score);
    SET(near, hit->near * share(v, sums->has));
    SET(has, capped(sums->has_words / ENOUGH));
    SET(heading, share(v, sums->heading));
    SET(telling, share(v, sums->telling));
    SET(offers, (v->in->query->wants & c->offers) != 0);
    SET(unmeasured, aim != NULL && aim->number && !c->measured);
    SET(lacks_thing, sums->lacks_thing);
    SET(lacks_deed, sums->lacks_deed);
    SET(lacks_unknown, sums->lacks_unknown);
    SET(heading_meaning, c->heading_meaning);
    SET(sentence_meaning, c->sentence_meaning);
    SET(length, logf(1.0f + (float)c->length) / LENGTH_ALL);
    SET(siblings, siblings_of(v, at));
    SET(defines, hit->defines > 0 ? 0.5f + 0.2f * (float)hit->defines : 0.0f);
    SET(quotes, capped((float)hit->quotes / ENOUGH));
    SET(glossary, c->glossary && hit->defines == 0);
    SET(outdated, is_outdated(v->in->index, hit->section));
    SET(report_steps, report && holds(c, NOTE_STEP));
    SET(asked_symptom, !report && holds(c, NOTE_SYMPTOM));
    SET(things, capped(sums->things / ENOUGH));
    SET(asks, aim != NULL && aim->asks);
#undef SET
}

static struct sums look(const struct view_of_hits *v, size_t at, float out[RELEVANCE_COUNT],
                        struct index_context *c) {
    index_context_of(v->in->index, v->in->query, &v->hits[at].hit, v->weighed.counts, c);
    const struct sums sums = sum_terms(v, c);
    set_features(v, at, c, &sums, out);
    return sums;
}

static void begin(struct view_of_hits *v, const struct relevance_in *in, const struct fused *hits,
                  size_t count) {
    *v = (struct view_of_hits){.in = in, .hits = hits, .count = count};
    v->reading.act = in->act;
    v->coverage = (struct coverage_in){
        .index = in->index, .query = in->query, .reading = &v->reading, .aim = in->aim};
    coverage_weigh(&v->coverage, &v->weighed);
    v->rarest = logf(2.0f * (float)index_collection(in->index) + 2.0f);
    for (size_t i = 0; i < in->query->term_count; i++) {
        v->all += v->weighed.counts[i];
    }
    for (size_t i = 0; i < count; i++) {
        v->words = hits[i].hit.words > v->words ? hits[i].hit.words : v->words;
    }
}

/* ---- the sums -------------------------------------------------------------------------------- */

static float weigh(const float *features, const float *weights) {
    float sum = 0.0f;
    for (size_t i = 0; i < RELEVANCE_COUNT; i++) {
        sum += features[i] * weights[i];
    }
    return sum;
}

/* Nearness of a trained model's vectors that is evidence by itself: from none to all. */
#define TRAINED_NONE 0.45f
#define TRAINED_ALL 0.85f

static float trained(const struct relevance_in *in, float cosine) {
    const float near = (cosine - TRAINED_NONE) / (TRAINED_ALL - TRAINED_NONE);
    return !in->trained_vectors || near < 0.0f ? 0.0f : capped(near);
}

/* One section as it is weighed: in `score` the sum that ranks it. */
static struct fused judge(const struct view_of_hits *v, size_t at) {
    struct fused out = v->hits[at];
    struct index_context c;
    float features[RELEVANCE_COUNT];
    const struct sums sums = look(v, at, features, &c);
    const struct index_hit *hit = &out.hit;
    const float near = trained(v->in, hit->cosine);
    const float sum = weigh(features, relevance_weights.evidence) + relevance_weights.constant;
    const float evidence = 1.0f / (1.0f + expf(-sum));
    const bool named = hit->defines > 0 || hit->quotes > 0;
    out.score = weigh(features, relevance_weights.rank);
    out.evidence = evidence + (1.0f - evidence) * near;
    out.titled = named || (c.titled >= TITLED_LEAST && hit->titled > 0.0f);
    out.several = named || sums.has_count > 1;
    out.slight =
        !named && sums.has_count < 2 && !sums.headed && !sums.named && sums.has < SLIGHT_MOST;
    return out;
}

static int by_score(const void *a, const void *b) {
    const struct fused *x = a, *y = b;
    if (x->score != y->score) {
        return x->score > y->score ? -1 : 1;
    }
    return x->hit.section < y->hit.section ? -1 : x->hit.section > y->hit.section;
}

#define HALF_BEHIND 2.0f /* a sum that is so far behind the best makes half of the score */

/* Sums to scores from 0 to 1. */
static void scale(struct fused *hits, size_t looked, size_t count) {
    const float best = looked > 0 ? hits[0].score : 0.0f;
    for (size_t i = 0; i < looked; i++) {
        hits[i].score = HALF_BEHIND / (HALF_BEHIND + (best - hits[i].score));
    }
    const float last = looked > 0 ? hits[looked - 1].score : 1.0f;
    for (size_t i = looked; i < count; i++) {
        hits[i].score *= last;
    }
}

/* What defines the thing that is asked for, or quotes the message, is looked at wherever it
 * stands. */
static void bring_named(struct fused *hits, size_t looked, size_t count) {
    for (size_t i = looked, to = looked; i < count && to > 0; i++) {
        if (hits[i].hit.defines > 0 || hits[i].hit.quotes > 0) {
            const struct fused moved = hits[--to];
            hits[to] = hits[i];
            hits[i] = moved;
        }
    }
}

esi_err relevance_rank(const struct relevance_in *in, struct fused *hits, size_t count,
                       esi_arena *arena, esi_error *err) {
    const size_t looked = count < RELEVANCE_LOOKED_AT ? count : RELEVANCE_LOOKED_AT;
    struct view_of_hits *v = ARENA_NEW(arena, struct view_of_hits);
    struct fused *judged = ARENA_ARRAY(arena, looked, struct fused);
    if (v == NULL || judged == NULL) {
        return fail_memory(err, "core/relevance");
    }
    bring_named(hits, looked, count);
    begin(v, in, hits, count);
    for (size_t i = 0; i < looked; i++) {
        judged[i] = judge(v, i);
    }
    if (looked > 1) {
        qsort(judged, looked, sizeof *judged, by_score);
    }
    for (size_t i = 0; i < looked; i++) {
        hits[i] = judged[i];
    }
    scale(hits, looked, count);
    return ESI_OK;
}

esi_err relevance_features(const struct relevance_in *in, const struct fused *hits, size_t count,
                           size_t wanted, esi_arena *arena, float *out, esi_error *err) {
    struct view_of_hits *v = ARENA_NEW(arena, struct view_of_hits);
    struct index_context c;
    if (v == NULL) {
        return fail_memory(err, "core/relevance");
    }
    begin(v, in, hits, count);
    for (size_t i = 0; i < wanted; i++) {
        (void)look(v, i, out + i * RELEVANCE_COUNT, &c);
    }
    return ESI_OK;
}
