#include "core/issue_parts.h"

#define NO_NOUN                                                                                    \
    (CUE_BE | CUE_DO | CUE_HAVE | CUE_MODAL | CUE_MUST | CUE_SUBJ | CUE_DET | CUE_PREP | CUE_NOT | \
     CUE_WH | CUE_S | CUE_ED | CUE_AND | CUE_BUT)
#define FOLLOW_MAX 22 /* words of a turn that adds to what went before */

/* Does a turn stand alone, or does it go on with what was said before? */

/* "Is it possible to", "it looks as if": an "it" that stands for nothing. */
static bool is_empty_it(const struct clause *c, size_t i) {
    if (!clause_has(c, i, "it its it's")) {
        return false;
    }
    for (size_t k = i + 1; k < c->count && k < i + 4; k++) {
        if (clause_has(c, k, "to if that") && k > i + 1) {
            return (clause_cues(c, k - 1) & (CUE_ALLOW | CUE_GOOD | CUE_ACK | CUE_MIND)) ||
                   clause_has(c, k - 1, "ok okay possible normal safe enough");
        }
    }
    return false;
}

/* A pronoun that nothing before it in its clause stands for: its place; count if there is none. */
static size_t open_pronoun(const struct clause *c, bool named) {
    for (size_t i = 0; i < c->count; i++) {
        const struct cue_word *word = &c->words[i];
        const uint64_t cues = clause_cues(c, i);
        const bool demonstrative = cues_in(word, "this that these those");
        const bool noun_next =
            i + 1 < c->count && !word->mark && demonstrative && c->words[i + 1].cues == 0;
        /* "the page that opens", "says that it's full" */
        const bool links = clause_has(c, i, "that") && i > 0 && i + 1 < c->count &&
                           ((clause_cues(c, i - 1) & (CUE_SAY | CUE_MIND | CUE_TELL | CUE_GET)) ||
                            c->words[i - 1].cues == 0);
        if ((cues & CUE_THAT) && !noun_next && !links && !is_empty_it(c, i)) {
            return i;
        }
        /* "the old one is gone" */
        if (i > 0 && cues_in(word, "one ones") && !clause_has(c, i + 1, "of") &&
            (cues_in(word - 1, "old new other second spare first same last wrong right") ||
             (clause_cues(c, i - 1) & CUE_DET))) {
            return i;
        }
        if (named && !demonstrative && (cues & CUE_THAT)) {
            return c->count;
        }
        const bool asked_word = i > 0 && (clause_cues(c, i - 1) & CUE_WH);
        named |= (word->cues == 0 && !asked_word) || (word->cues & (CUE_OWN | CUE_QUOTED));
        if (named && !c->asks) {
            return c->count;
        }
    }
    return c->count;
}

/* "Four others have the same", "the same problem": as what? */
static bool says_same(const struct clause *c) {
    const size_t same = clause_find(c, CUE_SAME, 0);
    return same < c->count && !c->asks &&
           (same + 1 == c->count ||
            (clause_cues(c, same + 1) & (CUE_THING | CUE_STILL | CUE_PREP)) ||
            clause_has(c, same + 1, "thing here one"));
}

bool issue_points_back(const struct reader *r, const struct reading *out, const struct acts *acts) {
    if (out->topic_count == 0 || (out->choice > 0 && r->text.count <= 8)) {
        return true;
    }
    const uint64_t lead = r->text.words[0].cues;
    if ((lead & CUE_NOT) && (lead & (CUE_MODAL | CUE_DO | CUE_HAVE)) && !acts->asks &&
        r->text.words[0].mark) {
        return true; /* "can't, it's gone" */
    }
    if ((lead & CUE_S) && (lead & (CUE_SAY | CUE_GET)) && !acts->asks && r->text.count > 1 &&
        r->text.count <= 8) {
        return true; /* "says key worn out" */
    }
    /* what is said of the trouble that is over doesn't count */
    size_t from = 0;
    for (size_t i = 0; i < r->clause_count; i++) {
        const struct clause *c = &r->clauses[i];
        from = (c->solved || issue_says_other(c)) && c->last ? i + 1 : from;
    }
    bool told = false; /* a trouble that "the same" may stand for */
    for (size_t i = from; i < r->clause_count && !told; i++) {
        if (says_same(&r->clauses[i])) {
            return true;
        }
        told = r->clauses[i].trouble;
    }
    bool named = false; /* something that a pronoun may stand for */
    for (size_t i = from; i < r->clause_count && !named; i++) {
        const struct clause *c = &r->clauses[i];
        const size_t at = open_pronoun(c, named);
        if (at < c->count) {
            return out->topic_count <= 3 || (c->asks && out->topic_count <= 4);
        }
        named = clause_tells(c) && !c->supposes;
    }
    return out->topic_count <= 1 && !acts->own_trouble && r->text.count <= 5 && !acts->asks &&
           (out->affirmed || out->denied);
}

bool issue_leads_on(const struct reader *r, const struct acts *acts, const struct reading *out) {
    const struct cue_word *words = r->text.words;
    for (size_t k = r->text.count > 3 ? r->text.count - 3 : 0; k < r->text.count; k++) {
        const bool well =
            cues_is(&words[k], "as") && k + 1 < r->text.count && cues_is(&words[k + 1], "well");
        if ((well || cues_is(&words[k], "too")) && !acts->asks && r->text.count < FOLLOW_MAX) {
            return true; /* "my answers are gone now too" */
        }
    }
    if (r->text.count == 0 || r->text.count > FOLLOW_MAX || acts->own_trouble) {
        return false;
    }
    size_t i = 0;
    while (i + 1 < r->text.count && (words[i].cues & (CUE_ACK | CUE_THANK | CUE_GREET)) &&
           !cues_in(&words[i], "morning afternoon evening")) {
        i++;
    }
    const bool joins =
        cues_in(&words[i], "and or but so then") ||
        (cues_in(&words[i], "what how") && i + 1 < r->text.count &&
         cues_is(&words[i + 1], "about")) ||
        (cues_is(&words[i], "same") && i + 1 < r->text.count && cues_in(&words[i + 1], "for with"));
    /* "where do I find that reconnect thing", "14. And where is it shown" */
    bool points = false;
    for (size_t k = 0; acts->asks && k + 1 < r->text.count; k++) {
        points |= cues_in(&words[k], "that those") && !words[k].mark &&
                  !(words[k + 1].cues & NO_NOUN) &&
                  (k == 0 || words[k - 1].cues != 0 ||
                   (k > 1 && (words[k - 2].cues & (CUE_SUBJ | CUE_MODAL))));
    }
    const struct clause *first = &r->clauses[0];
    const bool replies = out->asked && acts->asks && r->clause_count > 1 && !first->asks &&
                         !clause_tells(first) && first->count <= 4 && out->fact_count > 0;
    for (size_t k = 1; acts->asks && k < r->text.count; k++) {
        points |= cues_is(&words[k], "else") && cues_in(&words[k - 1], "anything what");
    }
    const bool though = cues_is(&words[r->text.count - 1], "though");
    const bool repeats = acts->asks && cues_is(&words[r->text.count - 1], "again");
    const bool order = acts->request && cues_is(&words[i], "then");
    return (joins && (order || out->topic_count <= 2)) || repeats || points || replies || though;
}

bool issue_says_return(const struct clause *c) {
    const size_t back = clause_word(c, "back", 0);
    if (!clause_has(c, back + 1, "to") || c->asks) {
        return false;
    }
    return back == 0 || (clause_cues(c, back - 1) & (CUE_AND | CUE_ACK | CUE_BUT)) ||
           clause_has(c, back - 1, "so now well anyway coming going getting");
}

bool issue_says_correction(const struct clause *c) {
    static const char slips[] =
        "misread mistyped misspelled misspelt typo correction mixed confused";
    if (c->asks || clause_word(c, "you", 0) < c->count) {
        return false;
    }
    const size_t slip = clause_word(c, slips, 0);
    const size_t meant = clause_word(c, "meant mean", 0);
    const bool mine = meant > 0 && meant <= 3 && (clause_cues(c, meant - 1) & CUE_SELF);
    const bool wrong = clause_has(c, 0, "wrong") || (clause_has(c, 0, "sorry") && c->count > 1 &&
                                                     clause_has(c, 1, "wrong its it's not"));
    return (slip < c->count && c->count <= 6) || (mine && meant + 1 < c->count) || wrong;
}

bool issue_says_other(const struct clause *c) {
    if (clause_has(c, 0, "leave park skip forget") && (clause_cues(c, 1) & CUE_THAT)) {
        return true; /* "leave that for now" */
    }
    for (size_t i = 0; i + 1 < c->count; i++) {
        const bool other = clause_has(c, i, "another other different new second separate next");
        const bool more = clause_has(c, i, "one") && clause_has(c, i + 1, "more") &&
                          !clause_has(c, i + 2, "time try attempt go round restart");
        const bool way =
            clause_has(c, i, "by") && clause_has(c, i + 1, "the") && clause_has(c, i + 2, "way");
        if ((other && clause_has(c, i + 1, "problem issue question thing topic matter request")) ||
            more || way || (clause_has(c, i, "something") && clause_has(c, i + 1, "else"))) {
            return true;
        }
    }
    return clause_word(c, "btw unrelated separately", 0) < c->count;
}
