#include "core/handling_parts.h"

#define CASE_MOST 6 /* words of a case that is asked for: "No mail?" */

/* ---- words that point back ------------------------------------------------------------------- */

bool hand_otherwise(const struct hand_words *w, size_t from, size_t *next) {
    static const char *const phrases[] = {
        "in all other cases", "in any other case", "in other cases", "if not", "if it isn't",
        "if they aren't",     "if this isn't so",  "otherwise",      "else"};
    for (size_t i = 0; i < sizeof phrases / sizeof phrases[0]; i++) {
        const size_t n = hand_seq(w, from, phrases[i]);
        const bool bare = n > 0 && from + n < w->count &&
                          (n == 1 || w->items[from + n - 1].after != 0 ||
                           (hand_cues(w, from + n) & HAND_VERB) != 0);
        if (bare) {
            *next = from + n;
            return true;
        }
    }
    return false;
}

/* "In that case", "then", "meanwhile" in [from, to). */
static bool points_back(const struct hand_words *w, size_t from, size_t to) {
    for (size_t i = from; i < to; i++) {
        if (hand_seq(w, i, "in that case") > 0 || hand_seq(w, i, "in this case") > 0 ||
            hand_seq(w, i, "in such a case") > 0 || hand_seq(w, i, "in the meantime") > 0 ||
            hand_seq(w, i, "if so") > 0 || hand_is(w, i, "meanwhile")) {
            return true;
        }
    }
    return false;
}

/* ---- turning a clause around ----------------------------------------------------------------- */

struct view hand_finite(struct hand *h, struct view text) {
    struct hand_words w;
    if (!hand_read_words(h, text, &w)) {
        return text;
    }
    for (size_t i = 1; i < w.count && i < 8; i++) {
        const uint32_t cues = w.items[i].cues;
        const bool verb = (cues & (HAND_VERB | HAND_FAIL)) != 0 &&
                          ((hand_cues(&w, i - 1) & (HAND_DET | HAND_PREP)) == 0 ||
                           (i == 1 && hand_is(&w, 0, "that|this|it")));
        const struct view fold = w.items[i].fold;
        if (verb && fold.n > 2 && !view_ends(fold, VIEW("s")) &&
            !view_ends(w.items[i - 1].fold, VIEW("s"))) {
            return hand_format(h, "%.*ss%.*s", (int)w.items[i].to, text.p,
                               (int)(text.n - w.items[i].to), text.p + w.items[i].to);
        }
    }
    return text;
}

/* "the lamp is green" as "the lamp isn't green", and back. */
static struct view negated(struct hand *h, struct view text) {
    struct hand_words w;
    if (!hand_read_words(h, text, &w)) {
        return text;
    }
    for (size_t i = 1; i < w.count && i < 12; i++) {
        const struct hand_word *word = &w.items[i];
        const int before = (int)(word->from), after = (int)(text.n - word->to);
        const bool fused = view_ends(word->fold, VIEW("n't"));
        if (fused && (word->cues & (HAND_BE | HAND_HAVE | HAND_MODAL)) != 0) {
            return hand_format(h, "%.*s%.*s%.*s", before, text.p, (int)word->form.n - 3,
                               word->form.p, after, text.p + word->to);
        }
        if ((word->cues & (HAND_BE | HAND_HAVE | HAND_MODAL)) != 0 &&
            (hand_cues(&w, i + 1) & HAND_NOT) == 0) {
            return hand_format(h, "%.*s%.*s not%.*s", before, text.p, (int)word->form.n,
                               word->form.p, after, text.p + word->to);
        }
        const bool behind = (hand_cues(&w, i - 1) & (HAND_DET | HAND_PREP)) == 0;
        const bool plural = behind && view_ends(w.items[i - 1].fold, VIEW("s")) &&
                            (hand_cues(&w, i - 1) & HAND_FAIL) == 0;
        if (plural && (word->cues & HAND_VERB) != 0) { /* "the lamps blink" */
            return hand_format(h, "%.*sdon't %.*s%.*s", before, text.p, (int)word->form.n,
                               word->form.p, after, text.p + word->to);
        }
        struct view base = behind && view_ends(word->fold, VIEW("s"))
                               ? hand_base(h->lexicon, word->fold, h->arena)
                               : (struct view){0};
        if (base.n == 0 && behind && view_ends(word->fold, VIEW("s")) &&
            (word->cues & (HAND_FAIL | HAND_DOES)) != 0) {
            base = view_slice(word->fold, 0, word->fold.n - 1);
        }
        if (base.n > 0) {
            return hand_format(h, "%.*sdoesn't %.*s%.*s", before, text.p, (int)base.n, base.p,
                               after, text.p + word->to);
        }
    }
    return hand_format(h, "not: %.*s", (int)text.n, text.p);
}

/* ---- what pronouns mean ---------------------------------------------------------------------- */

/* "yes", "it isn't": an answer to what was asked before. */
static bool is_answer(struct view text, bool *no) {
    static const char *const yes_words[] = {"yes", "it is", "they are", "it does", "they do", "so"};
    static const char *const no_words[] = {"no",         "not",         "it isn't",
                                           "it is not",  "they aren't", "it doesn't",
                                           "they don't", "it does not", "they do not"};
    *no = false;
    for (size_t i = 0; i < sizeof yes_words / sizeof yes_words[0]; i++) {
        if (view_eq_nocase(text, view_of(yes_words[i]))) {
            return true;
        }
    }
    for (size_t i = 0; i < sizeof no_words / sizeof no_words[0]; i++) {
        *no = *no || view_eq_nocase(text, view_of(no_words[i]));
    }
    return *no;
}

struct view hand_resolved(struct hand *h, struct view condition) {
    bool no;
    if (h->last_asked.n > 0 && is_answer(condition, &no)) {
        return no ? negated(h, h->last_asked) : h->last_asked;
    }
    static const char *const pronouns[] = {
        "that happens", "this happens", "it happens",  "that is the case", "this is the case",
        "so",           "it does",      "that is so",  "this is so",       "that's the case",
        "they do",      "that occurs",  "this occurs", "you do",           "in that case",
        "that fails",   "this fails"};
    for (size_t i = 0; i + 2 < sizeof pronouns / sizeof pronouns[0]; i++) {
        if (h->last_condition.n > 0 && view_eq_nocase(condition, view_of(pronouns[i]))) {
            return h->last_condition;
        }
    }
    return condition;
}

/* ---- taking over ----------------------------------------------------------------------------- */

static bool says_when(const struct hand_part *p) {
    struct hand_span behind;
    return p->conditional || hand_trailing(p->w, p->from, p->to, true, &behind) < p->to;
}

static bool takes_over(const struct hand_part *p, const struct hand_carry *carry) {
    const uint32_t cues = hand_cues(p->w, p->from);
    size_t verb;
    if ((cues & HAND_ESCALATE) != 0 ||
        ((cues & HAND_VERB) != 0 && hand_has_tier(p->w, p->from, p->to)) ||
        ((cues & HAND_OPEN) != 0 && hand_in_range(p->w, p->from, p->to, "ticket|case|incident"))) {
        return true;
    }
    if (hand_negation(p->w, p->from, &verb)) {
        return carry->leads && !p->scope->desk && !hand_is(p->w, verb, "ask|tell|promise|offer");
    }
    if ((cues & HAND_ASK) != 0) { /* of several escalations it goes with each */
        return carry->rules == 1 || (carry->rules == 0 && carry->leads);
    }
    if ((cues & (HAND_CAPTURE | HAND_RECORD)) != 0) {
        return false; /* a ticket needs it whatever it was opened for */
    }
    if ((cues & (HAND_TELL | HAND_LET | HAND_SUGGEST | HAND_GUIDE)) != 0) {
        return carry->leads;
    }
    return (cues & HAND_VERB) != 0 && (carry->states || carry->leads);
}

struct view hand_inherited(const struct hand_part *p) {
    const struct hand_carry *carry = &p->h->carry;
    const struct view before = carry->condition.n > 0 ? carry->condition : p->h->last_condition;
    size_t verb;
    const bool order = (hand_cues(p->w, p->from) & HAND_VERB) != 0 ||
                       hand_negation(p->w, p->from, &verb) || p->w->items[p->from].roles != 0 ||
                       (hand_cues(p->w, p->from) & HAND_DET) != 0;
    const struct view scope = p->scope->condition;
    const bool elsewhere = scope.n > 0 && view_find(before, scope, 0) == SIZE_MAX;
    const bool back = points_back(p->w, p->begin <= 4 ? 0 : p->begin, p->to);
    if (order && back && !p->conditional && !elsewhere) {
        return before;
    }
    if (says_when(p) || !order || elsewhere) {
        return (struct view){0};
    }
    if (carry->condition.n == 0 && carry->topic.n > 0 &&
        (hand_cues(p->w, p->from) & HAND_ESCALATE) != 0 &&
        hand_is(p->w, 0, "then|it|it's|this|these|that|they")) {
        return carry->topic; /* "A lost card is a risk. It is reported at once, escalate." */
    }
    if (before.n == 0) {
        return (struct view){0};
    }
    if (back) {
        return before;
    }
    if (hand_is(p->w, 0, "then|so") && p->begin <= 1) {
        return carry->condition;
    }
    return carry->condition.n > 0 && takes_over(p, carry) ? carry->condition : (struct view){0};
}

struct view hand_opposite(struct hand *h) {
    const struct view before = h->carry.condition.n > 0 ? h->carry.condition : h->last_condition;
    if (view_starts(before, VIEW("unless "))) {
        return view_slice(before, 7, before.n);
    }
    return before.n == 0 ? before : negated(h, before);
}

/* "Files that are in no snapshot", "A lost card": the kind of case that a statement is about. */
static struct view topic_of(const struct hand_words *w) {
    const struct view first = w->count > 0 ? w->items[0].fold : (struct view){0};
    const bool plural = (hand_cues(w, 0) == 0 && view_ends(first, VIEW("s"))) &&
                        (hand_is(w, 1, "that|which|who|with|without|in|on"));
    bool inside = false;
    if (!plural && !hand_is(w, 0, "a|an|any|anything|anyone|every")) {
        return (struct view){0};
    }
    for (size_t i = 1; i < w->count && i < 14; i++) {
        const bool finite = (hand_cues(w, i) & (HAND_BE | HAND_MODAL | HAND_HAVE | HAND_DOES)) != 0;
        if (finite && !inside) {
            return hand_slice(w, 0, i);
        }
        inside = (inside && !finite) || hand_is(w, i, "that|which|who");
        if (w->items[i].after == ',') {
            return hand_slice(w, 0, i + 1);
        }
    }
    return (struct view){0};
}

static uint32_t staff_in(const struct hand_words *w) {
    uint32_t roles = 0;
    for (size_t i = 0; i < w->count; i++) {
        const bool plural = view_ends(w->items[i].fold, VIEW("s"));
        roles |= plural || (hand_cues(w, i) & HAND_USER) != 0 ? w->items[i].roles : 0;
    }
    return (roles & (1u << ESI_ROLE_TRAINEE)) != 0 ? 0 : roles;
}

void hand_leave_statement(struct hand *h, const struct hand_words *w, bool first) {
    h->carry.people = staff_in(w);
    h->carry.of_users = hand_cue(w, 0, w->count, HAND_USER) < w->count &&
                        hand_cue(w, 0, w->count, HAND_YOU) == w->count;
    h->carry.topic = first ? topic_of(w) : h->carry.topic;
}

bool hand_asks_case(struct hand *h, const struct hand_words *w) {
    const uint32_t question = HAND_WH | HAND_BE | HAND_DOES | HAND_HAVE | HAND_MODAL | HAND_IF;
    const bool still = hand_is(w, 0, "no|not|nothing|nobody|still|none");
    const bool past = view_ends(w->items[0].fold, VIEW("ed")) || hand_is(w, 0, "forgot|lost|got");
    if (w->count < 2 || w->count > CASE_MOST || w->items[w->count - 1].after != '?' ||
        (hand_cues(w, 0) & question & ~HAND_NOT) != 0 || (!still && !past)) {
        return false;
    }
    const struct view said = hand_slice(w, 0, w->count);
    const char *lead = !still ? "you " : hand_is(w, 0, "no|nothing") ? "there is " : "it is ";
    hand_leave_condition(
        h, hand_format(h, "%s%c%.*s", lead, said.p[0] | 0x20, (int)said.n - 1, said.p + 1), true);
    return true;
}

void hand_leave_condition(struct hand *h, struct view condition, bool leads) {
    h->carry = (struct hand_carry){.condition = condition, .leads = leads, .rules = h->carry.rules};
    h->last_condition = condition;
}
