/* coverage.c: one section must carry what the question is about and what is asked of it. How far
 * each does was weighed before (core/relevance). */
#include "core/coverage.h"

#include "core/coverage_parts.h"
#include "core/cues.h"

#define COVERED 0.5f     /* evidence from which a section carries the answer */
#define TITLED_LEAD 0.8f /* of the best evidence: a section named by its heading may stand behind */
#define PLAIN 0.97f      /* evidence of several words that needs none that distinguishes */
#define CARRIES 0.6f     /* so much of the best section's score makes another carry it, too */
#define CARRIERS_MOST 3
#define DISTINGUISHES 0.35f /* a word that counts so much says which trouble it is */
#define MUMBLED 0.2f        /* words that count so little in all ask nothing, as a statement */
#define BESIDE 0.9f         /* ... of one that only says where: "an error on my screen" */

#define TOLD_BEST 3  /* the best of so many tells whether it is covered */
#define LOOKED_AT 24 /* hits, from the best */

static enum aim_part aim_of(const struct weighed *w, size_t i) {
    return w->in->aim != NULL ? (enum aim_part)w->in->aim->parts[i] : AIM_NONE;
}

/* ---- judgement ------------------------------------------------------------------------------- */

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

/* How much the words count that name what it is about: what is wrong aside, and what was done,
 * unless that is what is asked for. */
static float named(const struct weighed *w, float *all) {
    const bool wish = w->in->reading->act == ESI_ACT_REQUEST;
    const bool report = w->in->reading->act == ESI_ACT_TROUBLE && w->in->aim != NULL;
    float sum = 0.0f;
    *all = 0.0f;
    for (size_t i = 0; i < w->in->query->term_count; i++) {
        *all += w->counts[i];
        const float counts =
            report && aim_of(w, i) == AIM_NONE ? BESIDE * w->counts[i] : w->counts[i];
        sum += w->part[i] == PART_TOPIC || (wish && w->part[i] == PART_DEED) ? counts : 0.0f;
    }
    return sum;
}

/* "I got an error": no section says which. */
static bool is_bare(const struct weighed *w) {
    for (size_t i = 0; i < w->in->query->term_count; i++) {
        const uint64_t cues = cues_of(w->in->query->terms[i].form);
        if (w->counts[i] > 0.0f && !(cues & (CUE_FAIL | CUE_THING))) {
            return false;
        }
    }
    return w->in->reading->act == ESI_ACT_TROUBLE && !w->in->continues;
}

static esi_coverage outcome(const struct weighed *w, struct fused best) {
    const struct coverage_in *in = w->in;
    const bool troubled = in->reading->act == ESI_ACT_TROUBLE ||
                          (in->aim != NULL && !in->aim->asks) ||
                          (in->continues && in->before == ESI_COVERAGE_VAGUE);
    float all;
    const float names = named(w, &all);
    /* an everyday word alone doesn't say which trouble it is, however many sections have it */
    const bool mumbled = in->aim != NULL && !in->aim->asks && all < MUMBLED;
    const bool vague = all <= 0.0f || mumbled || (troubled && names < DISTINGUISHES);
    const bool slight = troubled && best.slight;
    const bool plain = !is_bare(w) && (best.titled || (best.several && best.evidence >= PLAIN));
    if (best.evidence >= COVERED && !slight && (!vague || plain)) {
        return ESI_COVERAGE_COVERED;
    }
    if (in->continues) {
        return in->before == ESI_COVERAGE_NULL ? ESI_COVERAGE_VAGUE : in->before;
    }
    return vague || (slight && best.evidence >= COVERED) ? ESI_COVERAGE_VAGUE : ESI_COVERAGE_NONE;
}

/* Those with the most evidence; of equal ones the better ranked. */
static void pick_carriers(const float *evidence, size_t count, float least, struct coverage *out) {
    for (size_t n = 0; n < CARRIERS_MOST; n++) {
        size_t most = count;
        for (size_t i = 0; i < count; i++) {
            const bool taken = (out->carriers >> i & 1) != 0;
            if (!taken && evidence[i] >= least && (most == count || evidence[i] > evidence[most])) {
                most = i;
            }
        }
        if (most == count) {
            return;
        }
        out->carriers |= UINT64_C(1) << most;
        out->carrying = most + 1 > out->carrying ? most + 1 : out->carrying;
    }
}

static const char *why(const struct coverage_in *in, float best, esi_coverage outcome) {
    if (outcome == ESI_COVERAGE_COVERED) {
        return "a section carries it";
    }
    if (in->continues) {
        return "as the issue was before";
    }
    if (outcome == ESI_COVERAGE_NONE) {
        return "no section has enough of it";
    }
    return best >= COVERED ? "sections are found, but nothing says which of them is meant"
                           : "no word of it says what it is about";
}

void coverage_judge(const struct coverage_in *in, struct coverage *out) {
    struct weighed w;
    coverage_weigh(in, &w);
    const size_t count = in->hit_count < LOOKED_AT ? in->hit_count : LOOKED_AT;
    float carried[LOOKED_AT];
    struct fused best = {.evidence = 0.0f};
    float best_titled = 0.0f;
    for (size_t i = 0; i < count; i++) {
        const struct fused *hit = &in->hits[i];
        carried[i] = hit->evidence >= COVERED ? hit->score : 0.0f;
        best_titled = hit->titled && hit->evidence > best_titled ? hit->evidence : best_titled;
        best = i < TOLD_BEST && hit->evidence > best.evidence ? *hit : best;
    }
    best.titled = best_titled >= best.evidence * TITLED_LEAD;
    *out = (struct coverage){.outcome = outcome(&w, best), .confidence = (double)best.evidence};
    out->why = why(in, best.evidence, out->outcome);
    out->needed = COVERED;
    for (size_t i = 0; i < count && i < COVERAGE_TOLD; i++) {
        out->evidence[i] = in->hits[i].evidence;
    }
    if (out->outcome == ESI_COVERAGE_NONE) {
        out->missing = missing(&w);
    }
    if (out->outcome == ESI_COVERAGE_COVERED && best.evidence >= COVERED) {
        float most = 0.0f;
        for (size_t i = 0; i < count; i++) {
            most = carried[i] > most ? carried[i] : most;
        }
        pick_carriers(carried, count, most * CARRIES, out);
    }
}
