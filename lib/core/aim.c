#include "core/aim.h"

#include "base/error.h"
#include "core/clause.h"

#define AUX (CUE_BE | CUE_DO | CUE_HAVE | CUE_MODAL | CUE_MUST)
#define SUBJECT (CUE_SUBJ | CUE_SELF | CUE_YOU)
#define SORT_MOST 3   /* words: "operating system version" */
#define REACH_MOST 12 /* words of one thing that are looked at */

struct reader {
    struct cue_text text;
    const struct token *tokens;
    const struct index_query *query;
    struct aim *out;
};

/* ---- marking --------------------------------------------------------------------------------- */

/* Gives the terms that stand in that word a part. Returns whether there are any that count. */
static bool mark(struct reader *r, const struct cue_word *word, enum aim_part part) {
    const uint32_t from = r->text.folded.from[word->from];
    const uint32_t to = r->text.folded.from[word->to];
    bool any = false;
    for (size_t t = 0; t < r->query->token_count && r->tokens[t].from < to; t++) {
        const uint8_t term = r->query->term_of[t];
        if (r->tokens[t].from < from || term == INDEX_NO_TERM || r->query->terms[term].stopword) {
            continue;
        }
        if (r->out->parts[term] == AIM_NONE) {
            r->out->parts[term] = (uint8_t)part;
        }
        any = true;
    }
    return any;
}

/* Is it a word of a phrase that means something together: "get" of "get around"? */
static bool in_phrase(const struct reader *r, const struct cue_word *word) {
    const uint32_t from = r->text.folded.from[word->from];
    size_t t = 0;
    while (t < r->query->token_count && r->tokens[t].from != from) {
        t++;
    }
    const uint8_t term = t < r->query->token_count ? r->query->term_of[t] : INDEX_NO_TERM;
    return term != INDEX_NO_TERM && r->query->terms[term].phrase;
}

/* Words that hold a place and name nothing: "thing", "one", "way". */
static bool is_empty(uint64_t cues) {
    return (cues & (CUE_THAT | CUE_DET | CUE_SELF | CUE_YOU | CUE_NOT | CUE_STILL | CUE_SAME |
                    CUE_FEW | CUE_PLEASE | CUE_NOW | CUE_HURRY | CUE_NUMBER)) != 0;
}

static bool ends_thing(const struct clause *c, size_t i) {
    const uint64_t cues = clause_cues(c, i);
    return (cues & (CUE_WH | CUE_IF | CUE_BUT | CUE_BE | CUE_DO | CUE_HAVE | CUE_MODAL)) != 0 ||
           (i > 0 && (cues & CUE_SUBJ) && !(cues & CUE_THAT)) ||
           clause_has(c, i, "that which who whose so because since");
}

/* Of "the display name of my account" the word "name". */
static void mark_head(struct reader *r, const struct cue_word *word, enum aim_part part) {
    const uint32_t from = r->text.folded.from[word->from];
    for (size_t t = 0; t < r->query->token_count && r->tokens[t].from <= from; t++) {
        const uint8_t term = r->query->term_of[t];
        if (r->tokens[t].from == from && term != INDEX_NO_TERM &&
            r->out->parts[term] == AIM_THING) {
            r->out->parts[term] = (uint8_t)part;
        }
    }
}

/* The thing that begins there: up to the first "in", "from", "on" behind its words, "of" taken
 * along. Returns where it ends. */
static size_t mark_thing(struct reader *r, const struct clause *c, size_t from,
                         enum aim_part head_part) {
    const struct cue_word *head = NULL;
    bool more = false; /* the head was passed */
    size_t i = from;
    for (; i < c->count && i < from + REACH_MOST; i++) {
        const uint64_t cues = clause_cues(c, i);
        const bool of = clause_has(c, i, "of");
        if (head != NULL && (((cues & CUE_PREP) && !of) || ends_thing(c, i))) {
            break;
        }
        more |= head != NULL && (of || cues_is(&c->words[i], "and"));
        if (!(cues & CUE_PREP) && !is_empty(cues) && mark(r, &c->words[i], AIM_THING) && !more) {
            head = &c->words[i];
        }
        if (head != NULL && c->words[i].mark && c->words[i].mark != ',') {
            i++;
            break;
        }
    }
    if (head != NULL) {
        mark_head(r, head, head_part);
    }
    return i;
}

/* ---- questions and wishes -------------------------------------------------------------------- */

static bool is_adverb(const struct clause *c, size_t i) {
    return (clause_cues(c, i) & (CUE_STILL | CUE_PLEASE | CUE_NOT | CUE_NOW | CUE_MODAL)) != 0 ||
           clause_has(c, i, "just also even ever really actually only always be been have already");
}

static size_t skip_adverbs(const struct clause *c, size_t i) {
    while (i + 1 < c->count && is_adverb(c, i)) {
        i++;
    }
    return i;
}

/* "How to ...", "I want to ...", "allowed to ...", "is there a way to ...". */
static bool leads_to_deed(const struct clause *c, size_t to) {
    if (to == 0 || !clause_has(c, to, "to")) {
        return false;
    }
    return (clause_cues(c, to - 1) & (CUE_WANT | CUE_ALLOW | CUE_WH | CUE_TRY)) != 0 ||
           clause_has(c, to - 1,
                      "able way like trying have supposed going possible possibility "
                      "ok okay fine permission where");
}

/* Where the deed stands that is asked for; count where there is none. */
static size_t find_deed(const struct clause *c) {
    for (size_t i = 0; i + 1 < c->count; i++) {
        const uint64_t cues = clause_cues(c, i), next = clause_cues(c, i + 1);
        if (leads_to_deed(c, i)) {
            return skip_adverbs(c, i + 1);
        }
        if ((cues & AUX) && (next & SUBJECT) && !(next & CUE_OWN) && !(cues & SUBJECT) &&
            !clause_has(c, i + 2, "allowed permitted supposed able")) {
            return skip_adverbs(c, i + 2);
        }
        if ((cues & CUE_SELF) && (next & (CUE_MODAL | CUE_MUST)) && !(next & CUE_NOT)) {
            return skip_adverbs(c, i + 2);
        }
    }
    return c->count;
}

/* Deeds that say nothing by themselves: "get", "do", "use". */
static bool is_light(const struct clause *c, size_t i) {
    return (clause_cues(c, i) & (AUX | CUE_GET | CUE_MIND | CUE_WANT | CUE_HELP | CUE_SAY |
                                 CUE_TELL | CUE_SOLVE | CUE_KEEP)) != 0 ||
           clause_has(c, i,
                      "do use go make find work happen come handle deal take look need "
                      "access start begin");
}

/* What sort of thing the answer is: "which company makes ...", "how many seats are ...". */
static void mark_sort(struct reader *r, const struct clause *c, size_t from) {
    const struct cue_word *head = NULL;
    for (size_t i = from; i < c->count && i < from + SORT_MOST; i++) {
        const uint64_t cues = clause_cues(c, i);
        if (ends_thing(c, i) || (cues & (AUX | SUBJECT | CUE_PREP | CUE_DET)) ||
            (head != NULL && (cues & (CUE_VERB | CUE_DEED | CUE_GET | CUE_SAY | CUE_WORK)))) {
            break;
        }
        if (!is_empty(cues) && mark(r, &c->words[i], AIM_THING)) {
            head = &c->words[i];
        }
    }
    if (head != NULL) {
        mark_head(r, head, AIM_SORT);
    }
}

static void read_asked(struct reader *r, const struct clause *c) {
    size_t deed = find_deed(c);
    /* "which room does ...", "how many points do ..." */
    for (size_t i = 0; i + 1 < c->count; i++) {
        const bool measure =
            clause_has(c, i, "how") && clause_has(c, i + 1,
                                                  "many much long often big large old far fast "
                                                  "late early soon high quickly");
        const bool which = clause_has(c, i, "which what") && !(clause_cues(c, i + 1) & AUX);
        const bool sort = which || clause_has(c, i + 1, "many");
        r->out->number |= measure;
        r->out->count |= sort && measure;
        if (sort && (measure || which)) {
            mark_sort(r, c, i + (measure ? 2 : 1));
        } else if (measure) {
            (void)mark_thing(r, c, i + 2, AIM_HEAD);
        }
    }
    if (deed < c->count) {
        if (!is_light(c, deed) || in_phrase(r, &c->words[deed])) {
            (void)mark(r, &c->words[deed], AIM_DEED);
        }
        (void)mark_thing(r, c, deed + 1, AIM_HEAD);
        return;
    }
    /* "is the screen recorded", "does a restart delete ...", "what are the opening hours" */
    size_t i = 0;
    while (i < c->count && !(clause_cues(c, i) & AUX)) {
        i++;
    }
    (void)mark_thing(r, c, i < c->count ? i + 1 : 0, AIM_HEAD);
}

/* ---- reports --------------------------------------------------------------------------------- */

static void read_report(struct reader *r, const struct clause *c) {
    size_t i = 0;
    while (i + 1 < c->count &&
           ((clause_cues(c, i) & (CUE_GREET | CUE_BUT | CUE_AND | CUE_PLEASE | CUE_IF)) ||
            is_adverb(c, i))) {
        i++;
    }
    if (clause_cues(c, i) & CUE_SELF && !(clause_cues(c, i) & CUE_OWN)) {
        /* "I can't open the console" */
        i++;
        while (i + 1 < c->count && ((clause_cues(c, i) & (AUX | CUE_NOT)) || is_adverb(c, i) ||
                                    clause_has(c, i, "to able unable"))) {
            i++;
        }
        (void)mark_thing(r, c, i + 1, AIM_HEAD);
        return;
    }
    /* "the console of my machine stays black" */
    bool any = false;
    for (; i < c->count; i++) {
        const uint64_t cues = clause_cues(c, i);
        const bool verb = (cues & (AUX | CUE_NOT | CUE_KEEP)) ||
                          (any && (cues & (CUE_FAIL | CUE_WORK | CUE_S | CUE_ED)));
        if (verb || (any && (cues & CUE_PREP) && !clause_has(c, i, "of"))) {
            break;
        }
        if (!(cues & (CUE_PREP | CUE_FAIL | CUE_STATE | CUE_GOOD | CUE_OTHERS | CUE_ALL)) &&
            !is_empty(cues)) {
            any |= mark(r, &c->words[i], AIM_THING);
        }
    }
}

/* ---- the whole ------------------------------------------------------------------------------- */

static bool asks_leave(const struct clause *c) {
    for (size_t i = 0; i < c->count; i++) {
        const uint64_t next = clause_cues(c, i + 1);
        if ((clause_cues(c, i) & CUE_ALLOW) ||
            (clause_has(c, i, "can may could should must might") && (next & SUBJECT) && i < 3) ||
            clause_has(c, i, "ok okay permission")) {
            return true;
        }
    }
    return false;
}

esi_err aim_read(struct view message, const struct token *tokens, const struct index_query *query,
                 bool report, esi_arena *arena, struct aim *out, esi_error *err) {
    struct reader r = {.tokens = tokens, .query = query, .out = out};
    struct clause *clauses = NULL;
    size_t count = 0;
    *out = (struct aim){0};
    esi_err rc = cues_read(message, arena, &r.text, err);
    if (rc == ESI_OK) {
        rc = clause_read(&r.text, arena, &clauses, &count, err);
    }
    bool asked = false;
    for (size_t i = 0; rc == ESI_OK && i < count; i++) {
        asked |= clauses[i].asks || clauses[i].request;
    }
    for (size_t i = 0; rc == ESI_OK && i < count; i++) {
        const struct clause *c = &clauses[i];
        if (report && c->trouble) {
            read_report(&r, c);
        } else if (!report && (c->asks || c->request || !asked)) {
            read_asked(&r, c);
            out->may |= asks_leave(c);
            out->asks |= find_deed(c) < c->count || c->asks || c->request || c->mark == '?' ||
                         (clause_cues(c, 0) & CUE_WH) != 0;
        }
    }
    return rc;
}
