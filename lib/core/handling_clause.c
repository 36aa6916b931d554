#include "base/text.h"
#include "core/handling_parts.h"

/* ---- orders to the user ---------------------------------------------------------------------- */

static bool is_finite(const struct hand_words *w, size_t from, size_t to) {
    return hand_cue(w, from, to, HAND_BE | HAND_MODAL | HAND_HAVE | HAND_DOES) < to;
}

/* "Reseat the cable": a word that isn't known, before what only an order takes there. */
static bool is_unknown_order(const struct hand_words *w, size_t from, size_t to) {
    const struct view word = from < to ? w->items[from].fold : (struct view){0};
    const bool plain = word.n > 2 && w->items[from].cues == 0 && w->items[from].after == 0 &&
                       w->items[from].roles == 0 && !w->items[from].quoted &&
                       !view_ends(word, VIEW("s")) && !view_ends(word, VIEW("ly")) &&
                       !view_ends(word, VIEW("ing")) && !view_ends(word, VIEW("ed"));
    return plain && hand_is(w, from + 1, "the|your|it|this|these|them|both|a|an") &&
           !hand_is(w, from,
                    "half|twice|double|besides|unlike|despite|instead|just|even|maybe|such|quite|"
                    "what|many|once|only|rather|almost|hardly|perhaps") &&
           !is_finite(w, from + 2, to);
}

/* Is the clause an order to do something, and not a noun that looks like a verb ("Log files are
 * kept")? */
bool hand_is_imperative(const struct hand_words *w, size_t from, size_t to) {
    if (hand_is(w, from + 1, "-|\u2013|\u2014|--")) {
        return false; /* "Watch - a shift of the crew" */
    }
    if (from + 2 < to && w->items[from + 1].after == ':' &&
        view_ends(w->items[from + 1].fold, VIEW("s"))) {
        return false; /* "Exit codes: 0 fine" */
    }
    if (hand_is(w, from, "see") && hand_is(w, from + 1, "what|whether|which|who") &&
        to - from > 3) {
        return true;
    }
    if (hand_is(w, from, "escalate") && to - from == 1) {
        return true;
    }
    if (is_unknown_order(w, from, to)) {
        return true;
    }
    if ((hand_cues(w, from) & HAND_VERB) == 0 || to - from < 2 || w->items[from].after == ':') {
        return false;
    }
    const uint32_t next = hand_cues(w, from + 1);
    if ((next & (HAND_BE | HAND_MODAL | HAND_HAVE | HAND_DOES)) != 0 && (next & HAND_VERB) == 0) {
        return false;
    }
    if ((next & (HAND_DET | HAND_PREP | HAND_WH | HAND_THEY | HAND_YOU | HAND_IF)) != 0 ||
        hand_is(w, from + 1, "that|it") || w->items[from + 1].quoted || w->items[from + 1].code) {
        return true;
    }
    const uint32_t verbs = HAND_BE | HAND_HAVE | HAND_MODAL;
    const bool joined = (next & HAND_JOIN) != 0; /* "Copy and paste goes through ..." */
    const size_t near = from + 5 < to && !joined ? from + 5 : to;
    const size_t finite = hand_cue(w, from + 1, near, verbs | (joined ? HAND_DOES : 0u));
    if (joined) {
        return finite == near;
    }
    const size_t stop = hand_cue(w, from + 1, near, HAND_DET | HAND_PREP | HAND_JOIN);
    return finite == near || stop < finite;
}

/* "Plots > Attach, pick your bench": a way through menus is one to be taken. */
static bool is_path(struct hand *h, const struct hand_words *w, size_t from, size_t to) {
    size_t sign = from + 1;
    while (sign < to && sign < from + 6 && !view_eq(w->items[sign].form, VIEW(">"))) {
        sign++;
    }
    if (sign >= to || sign >= from + 6 || is_finite(w, from, to)) {
        return false;
    }
    size_t end = sign;
    while (end < to && w->items[end].after == 0) {
        const struct view fold = w->items[end].fold;
        if (end > sign && view_ends(fold, VIEW("s")) &&
            !view_eq(w->items[end - 1].form, VIEW(">")) && w->items[end].form.p[0] == fold.p[0] &&
            hand_base(h->lexicon, fold, h->arena).n > 0) {
            return false; /* "View > Save layout stores the layout" */
        }
        end++;
    }
    return true;
}

/* Verbs that begin an order behind a phrase without a comma: "In the panel choose Keyboard". */
static const char *const plain_orders =
    "choose|press|open|use|click|select|run|type|set|pick|enter|sign|tap|switch|go|put|talk|ask|"
    "write|contact|call|restart|close|wait|check|try|see";

/* Where the order begins behind "In the panel", "To buy one,"; `from` where there is none. */
static size_t behind_phrase(const struct hand_words *w, size_t from, size_t to) {
    if ((hand_cues(w, from) & HAND_PREP) == 0 && !hand_is(w, from, "before|after|until|while")) {
        return from;
    }
    for (size_t i = from + 2; i + 1 < to && i < from + 14; i++) {
        const bool relative = hand_is(w, i - 1, "that|which|who");
        if (is_finite(w, i, i + 1) && !relative) {
            return from;
        }
        const bool comma = w->items[i - 1].after == ',' || w->items[i - 1].after == ':';
        const bool verb = (hand_cues(w, i) & HAND_VERB) != 0 && (hand_cues(w, i) & HAND_DET) == 0;
        const struct hand_word *next = &w->items[i + 1];
        const bool object = (next->cues & (HAND_DET | HAND_PREP | HAND_YOU)) != 0 || next->code ||
                            next->quoted || (next->form.p[0] >= 'A' && next->form.p[0] <= 'Z');
        const bool plain = hand_is(w, i, plain_orders) && object &&
                           (hand_cues(w, i - 1) & (HAND_DET | HAND_PREP | HAND_JOIN)) == 0;
        if (comma || plain) {
            const bool path = i + 2 < to && (hand_cues(w, i) & (HAND_PREP | HAND_DET)) == 0 &&
                              (view_eq(w->items[i + 1].form, VIEW(">")) ||
                               view_eq(w->items[i + 2].form, VIEW(">")));
            return (comma ? verb || path : true) &&
                           hand_cue(w, i + 1, to, HAND_BE | HAND_MODAL | HAND_DOES) == to
                       ? i
                       : from;
        }
    }
    return from;
}

/* Does an order to the user stand at `from`, perhaps behind a phrase? */
bool hand_orders(struct hand *h, const struct hand_words *w, size_t from, size_t to) {
    const size_t at = behind_phrase(w, from, to);
    return hand_is_imperative(w, at, to) || is_path(h, w, at, to);
}

bool hand_orders_user(struct hand *h, struct view text) {
    struct hand_words w;
    struct hand_span condition;
    struct view sentence;
    if (!text_sentence(&text, &sentence) || !hand_read_words(h, sentence, &w) || w.count == 0) {
        return false;
    }
    const size_t begin = hand_skip_fillers(&w, 0, w.count);
    const size_t main = hand_leading(&w, begin, w.count, &condition);
    const size_t from = hand_skip_fillers(&w, main, w.count);
    const uint32_t desk = HAND_ESCALATE | HAND_TELL | HAND_ASK | HAND_CAPTURE;
    const bool both =
        hand_is(&w, from, "state|say|send|pass|hand|raise") && !hand_has_tier(&w, from, w.count);
    return hand_orders(h, &w, from, w.count) && ((hand_cues(&w, from) & desk) == 0 || both) &&
           !(hand_is(&w, from, "go") && hand_has_tier(&w, from, w.count));
}

bool hand_states(struct hand *h, struct view sentence) {
    struct hand_words w;
    return hand_read_words(h, sentence, &w) && w.count > 1 &&
           ((hand_cues(&w, 0) & HAND_DOES) != 0 || is_finite(&w, 1, w.count) ||
            hand_find(&w, 1, "don't|doesn't|didn't") < w.count || hand_is(&w, 0, "nothing|none"));
}

bool hand_is_statement(const struct hand_words *w, size_t from, size_t to) {
    return to - from >= 4 &&
           (hand_cue(w, from + 1, to, HAND_BE | HAND_MODAL | HAND_HAVE | HAND_DOES) < to ||
            hand_near(w, from + 1, to - from - 1, "does|do|doesn't|don't|did"));
}

/* ---- where the next clause begins ------------------------------------------------------------ */

/* Does what only the desk is ordered begin at `head`? */
static bool desk_clause(const struct hand_part *p, size_t from, size_t head, size_t to,
                        char before) {
    const struct hand_words *w = p->w;
    size_t next;
    if (hand_is(w, head, "escalate") ||
        ((hand_is(w, head, "go") || (hand_cues(w, head) & HAND_ESCALATE) != 0) &&
         hand_has_tier(w, head, to)) ||
        (before != ':' && hand_is(w, head, "capture|collect"))) {
        return true;
    }
    const bool addressed = p->scope->desk || hand_is(w, head + 1, "that|for|whether") ||
                           hand_user_at(w, head + 1, &next);
    const bool user = hand_is_imperative(w, from, head) && !p->scope->desk &&
                      (hand_cues(w, from) & (HAND_DESK_VERB | HAND_ESCALATE)) == 0;
    if (before != ':' && hand_is(w, head, "refer|direct|send|point|guide|have|get|let|help") &&
        hand_user_at(w, head + 1, &next)) {
        return true;
    }
    if (before != ':' && hand_is(w, head, "tell|inform|explain|ask|remind|advise|say|let") &&
        addressed && !(user && !hand_user_at(w, head + 1, &next))) {
        return true; /* "ring the porter and ask for the key" is the user's */
    }
    return (hand_is(w, head, "include|attach|note|record|add|provide") &&
            ((hand_cues(w, from) & HAND_ESCALATE) != 0 || hand_has_tier(w, from, head))) ||
           (hand_is(w, head, "open|raise|create|file|route|log|hand|transfer") &&
            (hand_has_tier(w, head, to) || hand_near(w, head, 7, "ticket|case|incident")));
}

/* Does what isn't allowed begin at `head`, behind the clause at `from`? */
static bool never_clause(const struct hand_words *w, size_t from, size_t head) {
    size_t verb;
    const bool nobody = (hand_is(w, head, "nobody") || hand_seq(w, head, "no one") > 0) &&
                        hand_is_imperative(w, from, head);
    return nobody ||
           (hand_negation(w, head, &verb) && !hand_is(w, head, "cannot|can't|avoid|may") &&
            (hand_cues(w, verb) & HAND_VERB) != 0);
}

/* Where another order begins behind "and", "then", a comma or a semicolon. */
size_t hand_next_clause(const struct hand_part *p, size_t from, size_t to, size_t *end) {
    const struct hand_words *w = p->w;
    static const char *const joins = "and|then|but|so|hence|therefore|thus|-|\u2013|\u2014";
    size_t verb;
    const bool negated = hand_negation(w, from, &verb);
    for (size_t i = from + 2; i + 1 < to; i++) {
        const bool join = hand_is(w, i, joins) && (hand_cues(w, i - 1) & HAND_PREP) == 0;
        const char before = w->items[i - 1].after;
        if (!join && before != ';' && before != ',' && before != ':') {
            continue;
        }
        size_t head = i;
        while (head + 1 < to && hand_is(w, head, joins)) {
            head++;
        }
        head = hand_skip_fillers(w, head, to);
        const bool severity = i - from <= 3 && hand_is(w, from, "severity|priority|tier");
        const bool so = hand_is(w, i, "so|hence|therefore|thus") || before == ':' || before == ';';
        const bool do_it = so && !p->user_list && !p->scope->desk &&
                           hand_is_statement(w, from, i) && !hand_is_imperative(w, from, i) &&
                           hand_is_imperative(w, head, to);
        const bool turn = negated && i > from + 2 && (before == ',' || before == ';') &&
                          (before == ';' || hand_is(w, i, "and|but|then")) &&
                          (hand_cues(w, head) & HAND_DO) != 0 && hand_is_imperative(w, head, to);
        if (head < to && !hand_is(w, i - 1, "or|to|not") && !severity &&
            (turn || desk_clause(p, from, head, to, before) || never_clause(w, from, head) ||
             do_it)) {
            *end = i;
            return head;
        }
    }
    *end = to;
    return to;
}
