/* coverage.c: one section must carry what the question is about and what is asked of it. Evidence
 * is what the question's words weigh that a section has, against what they weigh that it lacks. */
#include "core/coverage.h"

#include "core/coverage_parts.h"
#include "core/handling.h"

/* ---- the constants --------------------------------------------------------------------------- */

#define COUNTS_TITLE                                                                               \
    0.4f /* a heading that the question has; TITLED_LEAST of its words are enough */
#define TITLED_LEAST 0.6f
#define TITLED_WHOLE 0.5f /* evidence of a section whose whole heading the question has */
#define TITLED_STORY 0.6f /* ... a report */
#define TITLED_LEAD 0.8f /* of the best evidence: a section named by its heading may stand behind */

/* What a section lacks. A word that no section knows speaks against all of them; one that is known
 * elsewhere only says that this may not be the section. Long reports tell much beside the point:
 * each further word that is lacking counts for less. */
#define LACK_UNKNOWN 0.58f
#define LACK_RARE 1.2f /* the same of a rare one, mostly a name: "on a Playstation" */
#define RARE 0.7f
#define LACK_ELSEWHERE 0.7f
#define LACK_STORY 0.2f /* the same in a report: who tells what happened tells more than that */
#define LACK_FURTHER 1.0f
#define LACK_ASIDE 0.17f /* a word that neither names what it is about nor what is to be done ... */
#define EVERYDAY 0.47f   /* ... where it is no rarer than this: "in the evening", not "on a Mac" */

/* What a section has. */
#define OWN 1.5f      /* a word of its heading says what it is about */
#define LABELLED 1.1f /* the same of its document: a word of title or tags */
#define APART 0.9f    /* of a word that stands far from the others: it may be there by chance */

/* Without what it is about, the rest of the question is only where and when; without what is to be
 * done, it may be about something else that is done with the thing. */
#define THING_NONE 0.35f
#define STORY_NONE 0.72f /* the same of a report: what is wrong says as much as with what */
#define DEED_NONE 0.6f
#define DEED_APART 0.2f  /* of what is to be done, where it stands far from the rest */
#define SHARE_NONE 0.15f /* so small a share of it is as good as nothing, so large a one as all */
#define SHARE_ALL 1.1f
#define GLOSSARY 0.9f /* a glossary answers what things are, and seldom something else */
#define GLOSSARY_STORY 0.7f
#define SORT_NONE 0.85f /* asked which company, it speaks of none beside the rest */
#define HEAD_NONE 0.75f /* ... about a manual, it speaks of none, and nobody does */
#define SORT_LEAST 0.3f
#define MEASURE_NONE 0.5f /* asked how many, it has no number beside its words */
#define SLIGHT_MOST 0.8f  /* ... unless it is so rare a word that it can mean nothing else */
#define SLIGHT 0.4f       /* the same for one word alone that is in no heading */
#define ENOUGH 0.165f     /* so much weight of words is half the evidence there can be */
/* Evidence from which a section carries the answer: a report is told in the teller's own words, and
 * more of them are beside the point. */
#define COVERED 0.37f
#define COVERED_STORY 0.33f
#define PLAIN 0.75f   /* evidence of several words that needs none that distinguishes */
#define CARRIES 0.93f /* so much of the best section's evidence makes another carry it, too */
#define CARRIERS_MOST 3
#define DISTINGUISHES 0.35f /* a word that counts so much says which trouble it is */
#define MUMBLED 0.2f        /* words that count so little in all ask nothing, as a statement */
#define BESIDE 0.9f         /* ... of one that only says where: "an error on my screen" */

/* Nearness of a trained model's vectors that forgives words that are lacking: from none to all. */
#define NEAR_NONE 0.45f
#define NEAR_ALL 0.85f
/* The same of local vectors, which say less. */
#define LOCAL_NONE 0.43f
#define LOCAL_ALL 1.2f

#define RANKED 0.5f    /* of its evidence: the rest as far as it is ranked like the best */
#define OUTDATED 0.75f /* of the evidence of a document that doesn't hold any more, as a carrier */

/* Evidence of a section that defines what was asked for, by how plainly it does. */
static const float defined[] = {0.0f, 0.7f, 0.85f, 0.95f};

#define QUOTED_SHORT 0.6f /* of one that quotes a message of the question, of two words */
#define QUOTED_LONG 0.8f  /* ... of more */

#define LOOKED_AT 24 /* hits, from the best */

/* ---- evidence -------------------------------------------------------------------------------- */

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
    const bool trained = w->in->trained_vectors;
    const float none = trained ? NEAR_NONE : LOCAL_NONE;
    const float all = trained ? NEAR_ALL : LOCAL_ALL;
    const float near = (hit->cosine - none) / (all - none);
    return near < 0.0f ? 0.0f : near > 1.0f ? 1.0f : near;
}

/* What a section has of the question. */
struct found {
    float evidence; /* 0 to 1 */
    bool titled;    /* the question names it by its heading */
    bool slight;    /* one word of its text is all that it has */
    bool several;   /* it has two words or more of those that count */
};

static enum aim_part aim_of(const struct weighed *w, size_t i) {
    return w->in->aim != NULL ? (enum aim_part)w->in->aim->parts[i] : AIM_NONE;
}

static bool is_thing(enum aim_part aim) {
    return aim == AIM_THING || aim == AIM_HEAD || aim == AIM_SORT;
}

/* For where a word stands. */
static float gain_of(const struct index_context *c, uint64_t bit) {
    return (c->own & bit) != 0        ? OWN
           : (c->labelled & bit) != 0 ? LABELLED
           : (c->together & bit) != 0 ? 1.0f
                                      : APART;
}

/* 1 where (nearly) all is there; `none` where (nearly) nothing is. */
static float carried(float has, float all, float none) {
    const float share = all <= 0.0f ? 1.0f : (has / all - SHARE_NONE) / (SHARE_ALL - SHARE_NONE);
    return none + (1.0f - none) * (share < 0.0f ? 0.0f : share > 1.0f ? 1.0f : share);
}

/* What a section has and lacks of the question's words, in sum. */
struct sums {
    float has, things, deeds;
    float sort; /* the least that it has of a word that says what sort the answer is */
    float head; /* ... of one that says what thing it is about, and that no section knows */
    float lacks[INDEX_TERMS_MAX];
    size_t lack_count, has_count;
    bool headed, named;
};

static float lack_factor(const struct weighed *w, size_t i) {
    const bool story = w->in->reading->act == ESI_ACT_TROUBLE;
    const bool aside =
        w->things > 0.0f && aim_of(w, i) == AIM_NONE && w->in->query->terms[i].weight < EVERYDAY;
    const bool rare = w->in->query->terms[i].weight >= RARE;
    const float unknown = rare ? LACK_RARE : LACK_UNKNOWN;
    const float factor = !w->known[i] ? unknown : story ? LACK_STORY : LACK_ELSEWHERE;
    return factor * (aside ? LACK_ASIDE : 1.0f);
}

static void add_term(const struct weighed *w, const struct index_context *c, size_t i,
                     struct sums *sums) {
    const uint64_t bit = UINT64_C(1) << i;
    const float counts = w->counts[i], has = c->has[i];
    const float gain = gain_of(c, bit);
    const enum aim_part aim = aim_of(w, i);
    sums->has += counts * has * gain;
    sums->things += is_thing(aim) ? counts * has : 0.0f;
    if (aim == AIM_HEAD && !w->known[i]) {
        sums->head = has < sums->head ? has : sums->head;
    }
    if (aim == AIM_SORT) {
        const float met = gain < 1.0f ? 0.0f : has; /* beside the rest, or in the heading */
        sums->sort = met < sums->sort ? met : sums->sort;
    }
    sums->deeds += aim == AIM_DEED ? counts * has * (gain < 1.0f ? DEED_APART : 1.0f) : 0.0f;
    if (has < 1.0f) {
        sums->lacks[sums->lack_count++] = counts * (1.0f - has) * lack_factor(w, i);
        return;
    }
    sums->has_count++;
    sums->headed |= gain > 1.0f;
    sums->named |= w->in->query->terms[i].kind != TOKEN_WORD;
}

static struct found look(const struct weighed *w, const struct index_hit *hit) {
    struct index_context c;
    struct sums sums = {.sort = 1.0f, .head = 1.0f};
    index_context_of(w->in->index, w->in->query, hit, w->counts, &c);
    for (size_t i = 0; i < w->in->query->term_count; i++) {
        if (w->counts[i] > 0.0f) {
            add_term(w, &c, i, &sums);
        }
    }
    /* a heading that the question has (nearly) whole is a name, whatever its words are */
    const bool titled = c.titled >= TITLED_LEAST && hit->titled > 0.0f;
    const bool slight = sums.has_count < 2 && !sums.headed && !sums.named && sums.has < SLIGHT_MOST;
    const float near = nearness(w, hit);
    const float lack = sum_lack(sums.lacks, sums.lack_count) * (1.0f - near);
    const float has = sums.has + (titled ? COUNTS_TITLE * c.titled : 0.0f);
    const float weight = has * (slight ? SLIGHT : 1.0f) + near * ENOUGH;
    float evidence = weight <= 0.0f ? 0.0f : weight / (weight + lack) * weight / (weight + ENOUGH);
    const bool story = w->in->reading->act == ESI_ACT_TROUBLE;
    if ((c.titled < 1.0f || hit->titled <= 0.0f) && hit->quotes == 0) {
        const float aimed = carried(sums.things, w->things, story ? STORY_NONE : THING_NONE) *
                            carried(sums.deeds, w->deeds, DEED_NONE);
        evidence *= aimed + (1.0f - aimed) * near;
    }
    if (c.glossary && hit->defines == 0) {
        evidence *= story ? GLOSSARY_STORY : GLOSSARY;
    }
    if (sums.head < SORT_LEAST && !story) {
        evidence *= HEAD_NONE;
    }
    if (sums.sort < SORT_LEAST) {
        evidence *= SORT_NONE;
    }
    if (w->in->aim != NULL && w->in->aim->number && !c.measured) {
        evidence *= MEASURE_NONE;
    }
    if (hit->titled >= 1.0f && sums.has_count > 1) { /* all of its heading is said */
        const float least = story ? TITLED_STORY : TITLED_WHOLE;
        evidence = evidence < least ? least : evidence;
    }
    if (hit->quotes > 0) { /* a message that is quoted to the letter is that trouble */
        const float least = hit->quotes > 2 ? QUOTED_LONG : QUOTED_SHORT;
        evidence = evidence < least ? least : evidence;
    }
    const bool named = hit->defines > 0 || hit->quotes > 0;
    evidence = evidence < defined[hit->defines] ? defined[hit->defines] : evidence;
    return (struct found){evidence, titled || named, slight && !named, sums.has_count > 1 || named};
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

static float needed(const struct coverage_in *in) {
    return in->reading->act == ESI_ACT_TROUBLE ? COVERED_STORY : COVERED;
}

static esi_coverage outcome(const struct weighed *w, struct found best) {
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
    const bool plain = best.titled || (best.several && best.evidence >= PLAIN);
    if (best.evidence >= needed(in) && !slight && (!vague || plain)) {
        return ESI_COVERAGE_COVERED;
    }
    if (in->continues) {
        return in->before == ESI_COVERAGE_NULL ? ESI_COVERAGE_VAGUE : in->before;
    }
    return vague || (slight && best.evidence >= needed(in)) ? ESI_COVERAGE_VAGUE
                                                            : ESI_COVERAGE_NONE;
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

/* Another document holds in its place: it carries only where none else does. */
static bool is_outdated(const struct index *index, const struct index_hit *hit) {
    const uint32_t document = index_section_document(index, hit->section);
    const int32_t standing = index_document_at(index, document).standing;
    return standing == STANDING_DEPRECATED || standing == STANDING_SUPERSEDED;
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
    return best >= needed(in) ? "sections are found, but nothing says which of them is meant"
                              : "no word of it says what it is about";
}

void coverage_judge(const struct coverage_in *in, struct coverage *out) {
    struct weighed w;
    coverage_weigh(in, &w);
    const size_t count = in->hit_count < LOOKED_AT ? in->hit_count : LOOKED_AT;
    float evidence[LOOKED_AT];
    struct found best = {0};
    float best_titled = 0.0f;
    for (size_t i = 0; i < count; i++) {
        const struct found found = look(&w, &in->hits[i].hit);
        evidence[i] = found.evidence * (is_outdated(in->index, &in->hits[i].hit) ? OUTDATED : 1.0f);
        best_titled = found.titled && found.evidence > best_titled ? found.evidence : best_titled;
        best = found.evidence > best.evidence ? found : best;
    }
    best.titled = best_titled >= best.evidence * TITLED_LEAD;
    *out = (struct coverage){.outcome = outcome(&w, best), .confidence = (double)best.evidence};
    out->why = why(in, best.evidence, out->outcome);
    out->needed = needed(in);
    for (size_t i = 0; i < count && i < COVERAGE_TOLD; i++) {
        out->evidence[i] = evidence[i];
    }
    if (out->outcome == ESI_COVERAGE_NONE) {
        out->missing = missing(&w);
    }
    if (out->outcome == ESI_COVERAGE_COVERED && best.evidence >= needed(in)) {
        float most = 0.0f;
        const double first = count > 0 && in->hits[0].score > 0.0 ? in->hits[0].score : 1.0;
        for (size_t i = 0; i < count; i++) {
            evidence[i] *= RANKED + (1.0f - RANKED) * (float)(in->hits[i].score / first);
            most = evidence[i] > most ? evidence[i] : most;
        }
        pick_carriers(evidence, count, most * CARRIES, out);
    }
}
