/* coverage.c: one section must carry what the question is about and what is asked of it. Evidence
 * is what the question's words weigh that a section has, against what they weigh that it lacks. */
#include "core/coverage.h"

#include <math.h>

#include "core/cues.h"
#include "core/handling.h"

/* ---- the constants --------------------------------------------------------------------------- */

/* What a word counts beside its rarity. A word of the topic counts in full; words of trouble and of
 * what people do stand in half of all questions and name nothing. */
#define COUNTS_TROUBLE 0.35f /* "crashes", "black", "works" */
#define COUNTS_DEED 0.6f     /* "reset", "delete", "open" */
#define COUNTS_NUMBER 0.4f
#define COUNTS_CODE 0.7f /* an error code that no section has, beside other words */
#define COUNTS_TITLE                                                                               \
    0.4f /* a heading that the question has; TITLED_LEAST of its words are enough */
#define TITLED_LEAST 0.6f
#define TITLED_LEAD 0.8f /* of the best evidence: a section named by its heading may stand behind */

/* What a section lacks. A word that no section knows speaks against all of them; one that is known
 * elsewhere only says that this may not be the section. Long reports tell much beside the point:
 * each further word that is lacking counts for less. */
#define LACK_UNKNOWN 1.1f
#define LACK_ELSEWHERE 0.8f
#define LACK_STORY 0.4f /* the same in a report: who tells what happened tells more than that */
#define LACK_FURTHER 0.7f

#define HEADED 1.5f   /* a word of a heading or title says what the section is about */
#define APART 0.4f    /* how much less words count that stand far apart: they may meet by chance */
#define SLIGHT 0.35f  /* the same for one word alone that is in no heading */
#define ENOUGH 0.15f  /* so much weight of words is half the evidence there can be */
#define COVERED 0.45f /* evidence from which a section carries the answer */
#define PLAIN 0.75f   /* evidence of several words that needs none that distinguishes */
#define CARRIES 0.93f /* so much of the best section's evidence makes another carry it, too */
#define CARRIERS_MOST 3
#define DISTINGUISHES 0.45f /* a word that counts so much says which trouble it is */

/* Nearness of a trained model's vectors that forgives words that are lacking: from none to all. */
#define NEAR_NONE 0.45f
#define NEAR_ALL 0.85f

#define OUTDATED 0.75f /* of the evidence of a document that doesn't hold any more, as a carrier */

/* Evidence of a section that defines what was asked for, by how plainly it does. */
static const float defined[] = {0.0f, 0.7f, 0.85f, 0.95f};

#define LOOKED_AT 24 /* hits, from the best */

/* ---- words ----------------------------------------------------------------------------------- */

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

/* What a word does in a question. */
enum part { PART_NONE, PART_TROUBLE, PART_DEED, PART_NUMBER, PART_TOPIC };

static const float part_counts[] = {
    [PART_NONE] = 0.0f,        [PART_TROUBLE] = COUNTS_TROUBLE,
    [PART_DEED] = COUNTS_DEED, [PART_NUMBER] = COUNTS_NUMBER,
    [PART_TOPIC] = 1.0f,
};

/* "exactly", "completely": how, and not what. The word before its ending must be one. */
static bool is_adverb(struct view form) {
    bool known = false;
    if (form.n > 5 && view_ends(form, VIEW("ly"))) {
        (void)text_rarity(view_slice(form, 0, form.n - 2), &known);
    }
    return known;
}

/* What a question calls the text that it hopes for: "which policy forbids ...". */
static bool is_frame(struct view form) {
    static const char frame[] =
        "policy policies rule rules regulation procedure process guideline guidelines guide "
        "documentation document article reason reasons forbid forbids forbidding prohibit "
        "prohibits permit permits allow allows say mean means meaning definition difference";
    const struct cue_word word = {.form = form};
    return cues_in(&word, frame);
}

static enum part part_of(const struct index_term *term) {
    if (term->stopword || term->spare) {
        return PART_NONE;
    }
    if (term->kind != TOKEN_WORD) {
        return term->kind == TOKEN_NUMBER ? PART_NUMBER : PART_TOPIC;
    }
    uint64_t cues = cues_of(term->form);
    if ((cues & CUE_GREETFILL) != 0) { /* "hello team": empty only behind a greeting */
        cues &= ~(CUE_GREETFILL | CUE_GENERIC | CUE_OTHERS);
    }
    return (cues & CUES_EMPTY) != 0  ? PART_NONE
           : (cues & CUES_DEED) != 0 ? PART_DEED
           : (cues & CUES_TROUBLE) != 0 || is_adverb(term->form) || is_frame(term->form)
               ? PART_TROUBLE
               : PART_TOPIC;
}

struct weighed {
    const struct coverage_in *in;
    float counts[INDEX_TERMS_MAX];
    bool known[INDEX_TERMS_MAX];
    enum part part[INDEX_TERMS_MAX];
};

/* "KE-1042", "k8s" and "err_time_out", not "lab-7", "10.0.3.7" or "/etc/hosts": the name of
 * something that is documented, not the number of one of many. */
static bool is_name(struct view form) {
    size_t digits = 0;
    bool inside = false;
    for (size_t i = 0; i < form.n; i++) {
        const char c = form.p[i];
        if (c == '.' || c == '/' || c == ':' || c == '@' || c == '\\') {
            return false;
        }
        const bool digit = c >= '0' && c <= '9';
        inside |= digits > 0 && !digit;
        digits += digit;
    }
    return digits == 0 || digits > 2 || inside;
}

/* An identifier that no section has is a particular of whoever asks, unless it is all that the
 * question names. A code speaks against a section that has the rest. */
static void lighten_identifiers(struct weighed *w) {
    const struct index_query *query = w->in->query;
    bool others = false;
    for (size_t i = 0; i < query->term_count; i++) {
        others |= w->part[i] == PART_TOPIC && w->counts[i] > 0.0f &&
                  (w->known[i] || query->terms[i].kind != TOKEN_IDENTIFIER);
    }
    for (size_t i = 0; i < query->term_count && others; i++) {
        if (query->terms[i].kind == TOKEN_IDENTIFIER && !w->known[i]) {
            w->counts[i] *= is_name(query->terms[i].form) ? COUNTS_CODE : 0.0f;
        }
    }
}

static void weigh(const struct coverage_in *in, struct weighed *w) {
    w->in = in;
    for (size_t i = 0; i < in->query->term_count; i++) {
        const struct index_term *term = &in->query->terms[i];
        w->part[i] = part_of(term);
        w->counts[i] = part_counts[w->part[i]] * term->weight;
        w->known[i] = w->counts[i] > 0.0f && index_knows(in->index, in->query, i);
        /* a number that no section has is a particular of whoever asks */
        if (!w->known[i] && term->kind == TOKEN_NUMBER) {
            w->counts[i] = 0.0f;
        }
    }
    lighten_identifiers(w);
}

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
    if (!w->in->trained_vectors) {
        return 0.0f;
    }
    const float near = (hit->cosine - NEAR_NONE) / (NEAR_ALL - NEAR_NONE);
    return near < 0.0f ? 0.0f : near > 1.0f ? 1.0f : near;
}

/* What a section has of the question. */
struct found {
    float evidence; /* 0 to 1 */
    bool titled;    /* the question names it by its heading */
    bool slight;    /* one word of its text is all that it has */
    bool several;   /* it has two words or more of those that count */
};

/* How sure it is that the words found are meant as the question means them. */
static float together(const struct index_hit *hit, size_t has_count, bool slight) {
    return slight ? SLIGHT : has_count < 2 ? 1.0f : 1.0f - APART * (1.0f - hit->near);
}

static struct found look(const struct weighed *w, const struct index_hit *hit) {
    float has = 0.0f;
    float lacks[INDEX_TERMS_MAX];
    size_t lack_count = 0, has_count = 0;
    bool headed = false, named = false;
    const float elsewhere = w->in->reading->act == ESI_ACT_TROUBLE ? LACK_STORY : LACK_ELSEWHERE;
    for (size_t i = 0; i < w->in->query->term_count; i++) {
        const uint64_t bit = UINT64_C(1) << i;
        if (w->counts[i] <= 0.0f) {
            continue;
        }
        if ((hit->matched & bit) == 0) {
            lacks[lack_count++] = w->counts[i] * (w->known[i] ? elsewhere : LACK_UNKNOWN);
            continue;
        }
        const bool in_heading = (hit->headed & bit) != 0;
        has += w->counts[i] * (in_heading ? HEADED : 1.0f);
        has_count++;
        headed |= in_heading;
        named |= w->in->query->terms[i].kind != TOKEN_WORD;
    }
    /* a heading that the question has (nearly) whole is a name, whatever its words are */
    const bool titled = hit->titled >= TITLED_LEAST;
    has += titled ? COUNTS_TITLE * hit->titled : 0.0f;
    const bool slight = has_count < 2 && !headed && !named;
    const float near = nearness(w, hit);
    const float lack = sum_lack(lacks, lack_count) * (1.0f - near);
    const float weight = has * together(hit, has_count, slight) + near * ENOUGH;
    const float evidence =
        weight <= 0.0f ? 0.0f : weight / (weight + lack) * weight / (weight + ENOUGH);
    if (hit->defines > 0) {
        const float least = defined[hit->defines];
        return (struct found){evidence > least ? evidence : least, true, false, true};
    }
    return (struct found){evidence, titled, slight, has_count > 1};
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
    float sum = 0.0f;
    *all = 0.0f;
    for (size_t i = 0; i < w->in->query->term_count; i++) {
        *all += w->counts[i];
        sum += w->part[i] == PART_TOPIC || (wish && w->part[i] == PART_DEED) ? w->counts[i] : 0.0f;
    }
    return sum;
}

static esi_coverage outcome(const struct weighed *w, struct found best) {
    const struct coverage_in *in = w->in;
    const bool troubled =
        in->reading->act == ESI_ACT_TROUBLE || (in->continues && in->before == ESI_COVERAGE_VAGUE);
    float all;
    const float names = named(w, &all);
    /* an everyday word alone doesn't say which trouble it is, however many sections have it */
    const bool vague = all <= 0.0f || (troubled && names < DISTINGUISHES);
    const bool slight = troubled && best.slight;
    const bool plain = best.titled || (best.several && best.evidence >= PLAIN);
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
    return best >= COVERED ? "sections are found, but nothing says which of them is meant"
                           : "no word of it says what it is about";
}

void coverage_judge(const struct coverage_in *in, struct coverage *out) {
    struct weighed w;
    weigh(in, &w);
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
    out->needed = COVERED;
    for (size_t i = 0; i < count && i < COVERAGE_TOLD; i++) {
        out->evidence[i] = evidence[i];
    }
    if (out->outcome == ESI_COVERAGE_NONE) {
        out->missing = missing(&w);
    }
    if (out->outcome == ESI_COVERAGE_COVERED && best.evidence >= COVERED) {
        float most = 0.0f;
        for (size_t i = 0; i < count; i++) {
            most = evidence[i] > most ? evidence[i] : most;
        }
        pick_carriers(evidence, count, most * CARRIES, out);
    }
}
