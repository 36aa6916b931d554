/* coverage_words.c: how much each word of a question tells. */
#include "core/coverage_parts.h"
#include "core/cues.h"

/* What a word counts beside its rarity. A word of the topic counts in full; words of trouble and of
 * what people do stand in half of all questions and name nothing. */
#define COUNTS_TROUBLE 0.35f /* "crashes", "black", "works" */
#define COUNTS_DEED 1.1f     /* "reset", "delete", "open" */
#define COUNTS_NUMBER 0.4f
#define COUNTS_CODE 0.7f  /* an error code that no section has, beside other words */
#define THING_LEAST 0.05f /* what a word counts at least that names what it is about */
#define HEAD_LEAST 0.19f  /* ... that says what thing it is */
#define DEED_LEAST 0.23f  /* ... that says what is to be done */

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
        "prohibits permit permits allow allows say mean means meaning definition difference "
        "stand stands value number amount command kind type";
    const struct cue_word word = {.form = form};
    return cues_in(&word, frame);
}

/* That something isn't as it should be or isn't there, and nothing else. */
static bool is_odd(struct view form) {
    static const char odd[] =
        "weird strange strangely odd oddly funny crazy bad badly wonky wild mess "
        "messed nasty silly ugly find finding found";
    const struct cue_word word = {.form = form};
    return cues_in(&word, odd);
}

/* "doesn't work" tells trouble, "hand in" what somebody does. */
static enum part part_of_phrase(struct view phrase) {
    enum part part = PART_DEED;
    for (struct view word; view_split(&phrase, ' ', &word);) {
        const bool fails = (cues_of(word) & (CUE_NOT | CUE_FAIL | CUE_STATE | CUE_WORK)) != 0;
        part = fails ? PART_TROUBLE : part;
    }
    return part;
}

static enum part part_of(const struct index_term *term) {
    if (term->stopword || term->spare) {
        return PART_NONE;
    }
    if (term->phrase) {
        return part_of_phrase(term->form);
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
           : (cues & CUES_TROUBLE) != 0 || is_adverb(term->form) || is_frame(term->form) ||
                   is_odd(term->form)
               ? PART_TROUBLE
               : PART_TOPIC;
}

/* "KE-1042", "k8s", "DNP3" and "err_time_out", not "lab-7", "10.0.3.7" or "/etc/hosts": the name of
 * something that is documented, not the number of one of many. */
static bool is_name(struct view form) {
    size_t digits = 0, letters = 0;
    bool inside = false;
    for (size_t i = 0; i < form.n; i++) {
        const char c = form.p[i];
        if (c == '.' || c == '/' || c == ':' || c == '@' || c == '\\') {
            return false;
        }
        const bool digit = c >= '0' && c <= '9';
        inside |= digits > 0 && !digit;
        digits += digit;
        letters += digits == 0 && c >= 'a' && c <= 'z';
    }
    const bool word = text_is_listed(view_slice(form, 0, letters)); /* "lab", "seat" */
    return digits == 0 || digits > 2 || inside || (letters > 1 && !word);
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
        if (query->terms[i].kind == TOKEN_IDENTIFIER && !w->known[i] &&
            !query->terms[i].foreign_code) {
            w->counts[i] *= is_name(query->terms[i].form) ? COUNTS_CODE : 0.0f;
        }
    }
}

/* Words that aren't there for grammar alone name it where no other word does: "what are the support
 * hours?", but not "I need help". */
static void count_everyday(struct weighed *w) {
    const struct index_query *query = w->in->query;
    const uint64_t calls = CUE_HELP | CUE_WANT | CUE_PLEASE | CUE_GREET | CUE_THANK | CUE_MIND |
                           CUE_GET | CUE_HURRY | CUE_SOLVE;
    float all = 0.0f;
    bool names = false;
    for (size_t i = 0; i < query->term_count; i++) {
        const struct index_term *term = &query->terms[i];
        all += w->counts[i];
        names |= !term->stopword && term->weight > 0.0f && !is_frame(term->form) &&
                 (cues_of(term->form) & calls) == 0;
    }
    for (size_t i = 0; i < query->term_count && all <= 0.0f && names; i++) {
        const struct index_term *term = &query->terms[i];
        if (!term->stopword && !term->spare && !is_frame(term->form)) {
            w->part[i] = PART_TOPIC;
            w->counts[i] = term->weight;
        }
    }
}

static void count_term(struct weighed *w, size_t i) {
    const struct index_term *term = &w->in->query->terms[i];
    const enum aim_part aim = w->in->aim != NULL ? (enum aim_part)w->in->aim->parts[i] : AIM_NONE;
    w->part[i] = part_of(term);
    const bool names = (w->part[i] == PART_TROUBLE || w->part[i] == PART_DEED) &&
                       !(cues_of(term->form) & CUE_OTHERS);
    const bool thing = aim == AIM_THING || aim == AIM_HEAD || aim == AIM_SORT;
    if (thing && names && !is_frame(term->form)) {
        w->part[i] = PART_TOPIC; /* "the display", "a report" */
    }
    w->counts[i] = part_counts[w->part[i]] * term->weight;
    w->known[i] = w->counts[i] > 0.0f && !term->meant && index_knows(w->in->index, w->in->query, i);
    /* a number that no section has is a particular of whoever asks */
    if (!w->known[i] && term->kind == TOKEN_NUMBER) {
        w->counts[i] = 0.0f;
    }
    if (w->counts[i] <= 0.0f) {
        return;
    }
    if (thing && w->part[i] == PART_TOPIC) {
        const float least = aim == AIM_THING ? THING_LEAST : HEAD_LEAST;
        w->counts[i] = w->counts[i] > least ? w->counts[i] : least;
        w->things += w->counts[i];
    } else if (aim == AIM_DEED) {
        w->counts[i] = w->counts[i] > DEED_LEAST ? w->counts[i] : DEED_LEAST;
        w->deeds += w->counts[i];
    }
}

void coverage_weigh(const struct coverage_in *in, struct weighed *out) {
    *out = (struct weighed){.in = in};
    for (size_t i = 0; i < in->query->term_count; i++) {
        count_term(out, i);
    }
    if (in->reading->act == ESI_ACT_QUESTION && (in->aim == NULL || in->aim->asks)) {
        count_everyday(out);
    }
    lighten_identifiers(out);
}
