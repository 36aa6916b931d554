/* coverage.c: one section must carry what the question is about and what is asked of it. Evidence is
 * what the question's words weigh that a section has, against what they weigh that it lacks. */
#include "core/coverage.h"

#include <math.h>

#include "core/cues.h"

/* ---- the constants ---------------------------------------------------------------------------- */

/* What a word counts beside its rarity. A word of the topic counts in full; words of trouble and of
 * what people do stand in half of all questions and name nothing. */
#define COUNTS_TROUBLE 0.35f /* "crashes", "black", "works" */
#define COUNTS_DEED 0.6f     /* "reset", "delete", "open" */
#define COUNTS_NUMBER 0.4f

/* What a section lacks. A word that no section knows speaks against all of them; one that is known
 * elsewhere only says that this may not be the section. Long reports tell much beside the point:
 * each further word that is lacking counts for less. */
#define LACK_UNKNOWN 1.1f
#define LACK_ELSEWHERE 0.8f
#define LACK_FURTHER 0.7f

#define HEADED 1.25f        /* a word of a heading or title says what the section is about */
#define ENOUGH 0.45f        /* so much weight of words is half the evidence there can be */
#define COVERED 0.45f       /* evidence from which a section carries the answer */
#define CARRIES 0.75f       /* so much of the best section's evidence makes another carry it, too */
#define DISTINGUISHES 0.45f /* a word that counts so much says which trouble it is */

/* Nearness of a trained model's vectors that forgives words that are lacking: from none to all. */
#define NEAR_NONE 0.45f
#define NEAR_ALL 0.85f

#define LOOKED_AT 24 /* hits, from the best */

/* ---- words ------------------------------------------------------------------------------------ */

/* Words that say nothing about what it is about. */
#define CUES_EMPTY                                                                                 \
    (CUE_NOT | CUE_MODAL | CUE_MUST | CUE_DO | CUE_BE | CUE_HAVE | CUE_WH | CUE_IF | CUE_SELF |    \
     CUE_OWN | CUE_YOU | CUE_THAT | CUE_DET | CUE_STILL | CUE_SAME | CUE_THANK | CUE_GREET |       \
     CUE_PLEASE | CUE_NOW | CUE_HURRY | CUE_OLD | CUE_GENERIC | CUE_FEW | CUE_UNIT | CUE_BUT |     \
     CUE_AND | CUE_WANT | CUE_HELP | CUE_MIND | CUE_ACK)
#define CUES_TROUBLE                                                                               \
    (CUE_FAIL | CUE_THING | CUE_STATE | CUE_GOOD | CUE_WORK | CUE_SOLVE | CUE_KEEP | CUE_SAY |     \
     CUE_GET | CUE_ALL | CUE_OTHERS | CUE_TRY | CUE_TELL | CUE_YES | CUE_NO | CUE_NUMBER |         \
     CUE_ORDINAL | CUE_PREP)
#define CUES_DEED (CUE_MEND | CUE_DEED | CUE_ORDER | CUE_TALK | CUE_ALLOW)

static float counts(const struct index_term *term) {
    if (term->stopword || term->spare) {
        return 0.0f;
    }
    if (term->kind == TOKEN_NUMBER) {
        return COUNTS_NUMBER * term->weight;
    }
    if (term->kind != TOKEN_WORD) {
        return term->weight;
    }
    const uint64_t cues = cues_of(term->form);
    if ((cues & CUES_EMPTY) != 0) {
        return 0.0f;
    }
    return term->weight * ((cues & CUES_TROUBLE) != 0 ? COUNTS_TROUBLE
                           : (cues & CUES_DEED) != 0  ? COUNTS_DEED
                                                      : 1.0f);
}

struct weighed {
    const struct coverage_in *in;
    float counts[INDEX_TERMS_MAX];
    bool known[INDEX_TERMS_MAX];
};

static void weigh(const struct coverage_in *in, struct weighed *w) {
    w->in = in;
    for (size_t i = 0; i < in->query->term_count; i++) {
        const struct index_term *term = &in->query->terms[i];
        w->counts[i] = counts(term);
        w->known[i] = w->counts[i] > 0.0f && index_knows(in->index, in->query, i);
        /* a number or an address that no section has is a particular of whoever asks */
        if (!w->known[i] && (term->kind == TOKEN_NUMBER ||
                             (term->kind == TOKEN_IDENTIFIER && in->query->term_count > 1))) {
            w->counts[i] = 0.0f;
        }
    }
}

/* ---- evidence --------------------------------------------------------------------------------- */

/* What it lacks, the heaviest first, each further one for less. */
static float sum_lack(float *lacks, size_t count) {
    float sum = 0.0f, share = 1.0f;
    for (size_t i = 0; i < count; i++) {
        size_t most = i;
        for (size_t j = i + 1; j < count; j++) {
            most = lacks[j] > lacks[most] ? j : most;
        }
        sum += lacks[most] * share;
        share *= LACK_FURTHER;
        lacks[most] = lacks[i];
    }
    return sum;
}

static float nearness(const struct weighed *w, const struct index_hit *hit) {
    if (!w->in->trained_vectors) {
        return 0.0f;
    }
    const float near = (hit->cosine - NEAR_NONE) / (NEAR_ALL - NEAR_NONE);
    return near < 0.0f ? 0.0f : near > 1.0f ? 1.0f : near;
}

/* 0 to 1, larger the more of the question's weight the section has. */
static float evidence(const struct weighed *w, const struct index_hit *hit) {
    float has = 0.0f;
    float lacks[INDEX_TERMS_MAX];
    size_t lack_count = 0;
    for (size_t i = 0; i < w->in->query->term_count; i++) {
        const uint64_t bit = UINT64_C(1) << i;
        if (w->counts[i] <= 0.0f) {
            continue;
        }
        if ((hit->matched & bit) != 0) {
            has += w->counts[i] * ((hit->headed & bit) != 0 ? HEADED : 1.0f);
        } else {
            lacks[lack_count++] = w->counts[i] * (w->known[i] ? LACK_ELSEWHERE : LACK_UNKNOWN);
        }
    }
    const float near = nearness(w, hit);
    const float lack = sum_lack(lacks, lack_count) * (1.0f - near);
    const float weight = has + near * ENOUGH;
    return weight <= 0.0f ? 0.0f : weight / (weight + lack) * weight / (weight + ENOUGH);
}

/* ---- judgement -------------------------------------------------------------------------------- */

/* The heaviest word that no section knows. */
static struct view missing(const struct weighed *w) {
    size_t heaviest = SIZE_MAX;
    for (size_t i = 0; i < w->in->query->term_count; i++) {
        if (!w->known[i] && w->counts[i] >= DISTINGUISHES &&
            (heaviest == SIZE_MAX || w->counts[i] > w->counts[heaviest])) {
            heaviest = i;
        }
    }
    return heaviest == SIZE_MAX ? (struct view){NULL, 0} : w->in->query->terms[heaviest].form;
}

static float heaviest_word(const struct weighed *w) {
    float most = 0.0f;
    for (size_t i = 0; i < w->in->query->term_count; i++) {
        most = w->counts[i] > most ? w->counts[i] : most;
    }
    return most;
}

static esi_coverage outcome(const struct weighed *w, float best) {
    const struct coverage_in *in = w->in;
    if (best >= COVERED) {
        return ESI_COVERAGE_COVERED;
    }
    if (in->continues) {
        return in->before == ESI_COVERAGE_NULL ? ESI_COVERAGE_VAGUE : in->before;
    }
    const float word = heaviest_word(w);
    const bool troubled =
        in->reading->act == ESI_ACT_TROUBLE || in->reading->act == ESI_ACT_REQUEST;
    /* nothing to go by at all is a question back, whatever it is */
    return word <= 0.0f || (troubled && word < DISTINGUISHES) ? ESI_COVERAGE_VAGUE
                                                              : ESI_COVERAGE_NONE;
}

void coverage_judge(const struct coverage_in *in, struct coverage *out) {
    struct weighed w;
    weigh(in, &w);
    const size_t count = in->hit_count < LOOKED_AT ? in->hit_count : LOOKED_AT;
    float found[LOOKED_AT];
    float best = 0.0f;
    for (size_t i = 0; i < count; i++) {
        found[i] = evidence(&w, &in->hits[i].hit);
        best = found[i] > best ? found[i] : best;
    }
    *out = (struct coverage){.outcome = outcome(&w, best), .confidence = (double)best};
    if (out->outcome == ESI_COVERAGE_NONE) {
        out->missing = missing(&w);
    }
    for (size_t i = 0; i < count && best >= COVERED; i++) {
        if (found[i] >= COVERED * CARRIES && found[i] >= best * CARRIES) {
            out->carriers |= UINT64_C(1) << i;
            out->carrying = i + 1;
        }
    }
}
