#include "base/text.h"
#include "core/cues.h"
#include "core/handling_parts.h"

#define LABEL_MAX 90   /* bytes before the colon */
#define KNOWN_WORDS 5  /* of "What to do: ..." without bold */
#define RULED_WORDS 24 /* of "Scoreboard wrong for everybody during a heat: HIGH" */
#define CASE_WORDS 12  /* of "Black window after connecting: ..." */

/* What stands before a colon: a known name ("Cause"), whom the words are for ("Operators"), a case
 * ("Red lamp", "`queued`") or a condition ("On one station only"). */

struct view hand_after_colon(struct view text, size_t at) {
    while (at < text.n && (text.p[at] == ':' || text.p[at] == ' ')) {
        at++;
    }
    return view_trim(view_slice(text, at, text.n));
}

/* The colon that a label ends with; SIZE_MAX: there is none before a sentence is over. */
static size_t label_colon(struct view text) {
    bool code = false, quote = false;
    for (size_t i = 0; i < text.n && i <= LABEL_MAX; i++) {
        const char c = text.p[i];
        const bool ends = i + 1 >= text.n || text.p[i + 1] == ' ';
        code = c == '`' ? !code : code;
        quote = c == '"' ? !quote : quote;
        if (code || quote) {
            continue;
        }
        if ((c == '.' || c == '?' || c == '!' || c == ';') && ends) {
            return SIZE_MAX;
        }
        const bool drive =
            i > 1 && text.p[i - 1] >= 'A' && text.p[i - 1] <= 'Z' && text.p[i - 2] == ' ';
        if (c == ':' && ends && !drive) {
            return i;
        }
    }
    return SIZE_MAX;
}

/* ---- definitions ----------------------------------------------------------------------------- */

/* "a lecturer who looks after a course", "the robot that answers first": says what a thing is. */
static bool defines(const struct hand_words *w) {
    if (!hand_is(w, 0, "a|an|the|one|any|short|your|our|somebody|someone|people|whoever|another")) {
        return false;
    }
    for (size_t i = 1; i < w->count; i++) {
        if ((hand_cues(w, i) & (HAND_BE | HAND_MODAL | HAND_HAVE)) != 0) {
            return false;
        }
        if (hand_is(w, i, "that|which|who|whose|where|by") || w->items[i].after == '.') {
            return true;
        }
    }
    return true;
}

static bool begins_order(const struct hand_words *w) {
    size_t verb;
    return (hand_cues(w, 0) & HAND_VERB) != 0 || hand_negation(w, 0, &verb);
}

/* "Operator: runs the ranges." says what one is; "Operators: run it at night." is theirs. */
static bool is_definition(struct hand *h, const struct hand_label *label) {
    struct hand_words name, w;
    if (!label->scope.set) {
        return true;
    }
    if (label->scope.mode != MODE_NONE || label->scope.condition.n > 0 || label->rest.n == 0 ||
        !hand_read_words(h, label->name, &name) || !hand_read_words(h, label->rest, &w)) {
        return false;
    }
    const bool plural = name.count > 0 && view_ends(name.items[name.count - 1].fold, VIEW("s"));
    if (hand_find(&name, 0, "for|only|to") < name.count || begins_order(&w)) {
        return false;
    }
    const bool does = w.count > 0 && view_ends(w.items[0].fold, VIEW("s")) &&
                      (w.items[0].cues & ~(uint32_t)HAND_DOES) == 0;
    return defines(&w) || (!plural && does);
}

/* ---- labels that are known ------------------------------------------------------------------- */

static bool is_letter_label(const struct hand_words *w, struct hand_label *label) {
    label->question = w->count == 1 && hand_is(w, 0, "q|question");
    label->answer = w->count == 1 && hand_is(w, 0, "a|answer");
    return label->question || label->answer;
}

/* "Cause: ...", without bold: only where the words before the colon are a label that is known. */
static bool known_label(struct hand *h, const struct hand_words *w, struct hand_label *label) {
    if (w->count == 0 || w->count > KNOWN_WORDS) {
        return false;
    }
    if (is_letter_label(w, label)) {
        return true;
    }
    struct hand_words rest;
    if (w->count <= 2 && hand_is(w, 0, "l1|t1|tier|level|tier1") &&
        hand_is(w, w->count - 1, "l1|t1|1|0|tier1") && hand_read_words(h, label->rest, &rest) &&
        begins_order(&rest)) { /* "L1: collect the trace" speaks to the desk */
        label->scope = (struct hand_scope){.set = true, .desk = true};
        return true;
    }
    label->scope = hand_lead(h, label->name, LEAD_LABEL);
    if (hand_is(w, 0, "check|verify") && w->count == 1 && !hand_orders_user(h, label->rest) &&
        label->rest.n > 0) {
        label->rest =
            (struct view){label->name.p, (size_t)(label->rest.p - label->name.p) + label->rest.n};
    }
    const bool order =
        ((hand_cues(w, 0) & (HAND_IF | HAND_TIME)) != 0 && label->scope.mode == MODE_NONE) ||
        (hand_has_tier(w, 0, w->count) && label->rest.n > 0 && !label->scope.desk);
    return label->scope.set && !order && !is_definition(h, label);
}

/* ---- cases and conditions -------------------------------------------------------------------- */

/* Words before a colon that only announce what follows. */
static const char *const announcing =
    "example|tip|note|hint|warning|important|caution|reminder|exception|exceptions|alternative|"
    "alternatively|result|optional|finally|then|next|goal|aim|purpose|summary|usage|syntax|format|"
    "command|commands|url|address|path|location|version|date|owner|author|contact|otherwise|"
    "remark|background|remember|conclusion|update|step|fact|facts|info|rule|answer|question|"
    "default|limit|limits|meaning|details|see";
/* Behind "in", "at", "for", ...: no circumstance that may hold or not. */
static const char *const phrasing =
    "short|practice|detail|example|general|brief|summary|addition|default|contrast|particular|"
    "words|first|last|least|instance|case|reference|now|comparison|fact|all|other|order|use";

static bool is_finite(const struct hand_words *w, size_t from, size_t to) {
    return hand_cue(w, from, to, HAND_BE | HAND_MODAL | HAND_HAVE | HAND_DOES) < to;
}

/* "On one station only", "After a power cut", "If the row waits", "With `arriving: no`". */
/* "One person", "A whole crew or more than one crew": how many are hit. */
static bool is_people(const struct hand_words *w) {
    bool named = false;
    bool counted = false;
    for (size_t i = 0; i < w->count; i++) {
        const uint32_t kinds = cues_kinds(w->items[i].fold);
        const bool people = (kinds & (KIND_PEOPLE | KIND_GROUP | KIND_SEAT | KIND_SITE)) != 0;
        const bool counts = (kinds & (KIND_MANY | KIND_TOTAL)) || hand_number(w, i) > 0 ||
                            hand_is(w, i,
                                    "a|an|or|and|more|than|one|only|just|at|least|single|"
                                    "of|the|other|others|everybody|everyone|up|to");
        named |= people;
        counted |= (kinds & (KIND_MANY | KIND_TOTAL)) || hand_is(w, i, "one|more|single|other") ||
                   hand_number(w, i) > 1;
        if (!people && !counts) {
            return false;
        }
    }
    return named && counted && w->count <= CASE_WORDS;
}

static bool is_circumstance(const struct hand_words *w) {
    if ((hand_cues(w, 0) & HAND_IF) != 0 || hand_is(w, 0, "unless|until|once")) {
        return true;
    }
    return w->count > 1 &&
           hand_is(w, 0,
                   "on|in|at|with|without|during|after|before|under|for|from|inside|outside") &&
           !hand_is(w, 1, phrasing) && !is_finite(w, 1, w->count);
}

/* Something that is seen: "`failed`", "No sound", "Red lamp", "TW-104 No cell assigned". */
static bool is_seen(const struct hand_words *w, const struct hand_words *rest) {
    if (w->items[0].code || w->items[0].quoted || hand_is(w, 0, "no") ||
        hand_is_code(&w->items[0])) {
        return true;
    }
    if (begins_order(w) || hand_is(w, 0, announcing) || (hand_cues(w, 0) & HAND_WH) != 0 ||
        w->items[0].roles != 0) {
        return false;
    }
    if (hand_has_tier(rest, 0, rest->count < 4 ? rest->count : 4) && rest->count <= 6 &&
        !is_finite(w, 1, w->count)) {
        return true; /* "Two or more: P2, L2." */
    }
    const bool fails = w->count > 1 && hand_cue(w, 0, w->count, HAND_FAIL) < w->count;
    return !is_finite(w, 1, w->count) ? fails || begins_order(rest) : fails && begins_order(rest);
}

/* "Any other time: an outage. Escalate to Tier 2.": what is ordered behind it is ordered then. */
static bool passes_on(struct hand *h, struct view rest) {
    struct view sentence;
    struct hand_words w;
    while (text_sentence(&rest, &sentence)) {
        if (hand_read_words(h, sentence, &w) && hand_is(&w, 0, "escalate") &&
            hand_cue(&w, 0, w.count, HAND_IF) == w.count) {
            return true;
        }
    }
    return false;
}

static bool circumstance(struct hand *h, const struct hand_words *w, struct hand_label *label) {
    struct hand_words rest;
    const bool ruled = hand_is_class(h, label->rest);
    if (label->rest.n == 0 || w->count == 0 || w->count > (ruled ? RULED_WORDS : CASE_WORDS) ||
        !hand_read_words(h, label->rest, &rest) || rest.count == 0) {
        return false;
    }
    if (hand_has_tier(w, 0, w->count)) {
        return false; /* "Lost work -> Tier 2, capture: ..." */
    }
    label->local = true;
    label->scope = (struct hand_scope){.set = true};
    struct hand_span span;
    const bool given = is_circumstance(w);
    if (given && hand_leading(w, 0, w->count, &span) > 0) {
        return false; /* "If it smokes, don't wait: escalate" */
    }
    if (!given && is_people(w)) {
        const struct view who = hand_slice(w, 0, w->count);
        label->scope.condition = hand_format(h, "%.*s is hit", (int)who.n, hand_as_part(h, who).p);
        return true;
    }
    if (given) {
        const bool lead = (hand_cues(w, 0) & HAND_IF) != 0;
        const struct view words = hand_slice(w, lead ? 1 : 0, w->count);
        if (hand_is(w, 1, "those|anyone|everyone|people") && hand_is(w, 2, "who")) {
            const struct view who = hand_slice(w, 3, w->count);
            const struct view theirs = VIEW(" their ");
            const size_t at = view_find(who, theirs, 0);
            const struct view end = view_slice(who, at < who.n ? at + theirs.n : who.n, who.n);
            label->scope.condition =
                hand_format(h, "you %.*s%s%.*s", (int)(at < who.n ? at : who.n), who.p,
                            at < who.n ? " your " : "", (int)end.n, end.p);
            return who.n > 0; /* "for those who wish to ship their own files" */
        }
        const bool place = (hand_cues(w, 0) & HAND_PREP) != 0;
        label->scope.condition =
            place ? hand_format(h, "it is %.*s", (int)words.n, hand_as_part(h, words).p) : words;
        return words.n > 0;
    }
    const bool sibling = h->cases && !is_finite(w, 0, w->count) && !begins_order(w) &&
                         !hand_is(w, 0, announcing) && w->items[0].roles == 0;
    label->seen = ruled || is_seen(w, &rest) || sibling;
    if (!label->seen && !begins_order(w) && !hand_is(w, 0, announcing) && w->items[0].roles == 0 &&
        passes_on(h, label->rest)) {
        label->scope.condition = hand_as_part(h, hand_slice(w, 0, w->count));
        return true;
    }
    return label->seen;
}

/* "Referee - may void a round": a dash behind somebody. */
static bool dash_label(struct hand *h, struct view text, struct hand_label *out) {
    static const char *const dashes[] = {" - ", " \u2013 ", " \u2014 "};
    struct hand_words w;
    for (size_t i = 0; i < sizeof dashes / sizeof dashes[0]; i++) {
        const size_t at = view_find(text, view_of(dashes[i]), 0);
        const struct view name = view_slice(text, 0, at);
        if (at == SIZE_MAX || at > 40 || !hand_read_words(h, name, &w) || w.count > 3) {
            continue;
        }
        *out = (struct hand_label){
            .name = name, .rest = view_trim(view_slice(text, at + view_of(dashes[i]).n, text.n))};
        out->scope = hand_lead(h, name, LEAD_LABEL);
        out->found = out->scope.roles != 0 && out->scope.mode == MODE_NONE && out->rest.n > 0;
        out->local = true;
        return out->found;
    }
    return false;
}

struct hand_label hand_label_at(struct hand *h, struct view text, const struct block *b) {
    struct hand_label label = {.rest = text};
    struct hand_words w;
    if (b != NULL && dash_label(h, text, &label)) {
        return label;
    }
    label = (struct hand_label){.rest = text};
    const size_t colon = label_colon(text);
    const struct view name = view_slice(text, 0, colon);
    if (colon != SIZE_MAX && hand_read_words(h, name, &w)) {
        struct hand_label tried = {.name = name, .rest = hand_after_colon(text, colon)};
        if (known_label(h, &w, &tried)) {
            tried.found = true;
            tried.local = tried.scope.roles != 0 && tried.rest.n > 0;
            return tried;
        }
        tried = (struct hand_label){.name = name, .rest = hand_after_colon(text, colon)};
        const bool step = b != NULL && b->kind == BLOCK_ITEM && b->number > 0 && !h->numbered;
        const bool ruled = hand_is_class(h, tried.rest) && !hand_classifies(&w, 0, w.count);
        if (b != NULL && (!step || ruled) && !b->bold_lead && circumstance(h, &w, &tried)) {
            tried.found = true;
            return tried;
        }
    }
    return label;
}

struct hand_label hand_label_of(struct hand *h, const struct block *b) {
    const struct hand_label plain = hand_label_at(h, b->text, b);
    struct hand_label label = {.rest = b->text};
    if (!b->bold_lead || plain.question || plain.answer) {
        return plain;
    }
    const struct view behind = view_slice(b->text, b->lead.n, b->text.n);
    const bool colon = view_starts(behind, VIEW(":")) || behind.n == 0;
    if (!colon || !view_starts(b->text, b->lead)) {
        return label;
    }
    label.name = b->lead;
    label.scope = hand_lead(h, b->lead, LEAD_IN);
    label.rest = hand_after_colon(b->text, b->lead.n);
    label.found = true;
    label.local = label.scope.roles != 0 && label.rest.n > 0;
    if (is_definition(h, &label)) {
        struct hand_words w;
        struct hand_label tried = label;
        if (hand_read_words(h, b->lead, &w) && circumstance(h, &w, &tried)) {
            return tried;
        }
        return (struct hand_label){.found = true, .rest = b->text};
    }
    return label;
}

/* ---- lead-ins that are cases ----------------------------------------------------------------- */

/* A line that leads a list in and says how things are: "Phone lost or broken:", "Heartbeat standing
 * still:", "New phone, the old one still works:". Not "Three sizes are there:". */
bool hand_is_state(struct hand *h, struct view text) {
    struct hand_words w;
    if (!hand_read_words(h, text, &w) || w.count == 0 || w.count > CASE_WORDS || begins_order(&w) ||
        (hand_cues(&w, 0) & (HAND_WH | HAND_YOU)) != 0 || hand_is(&w, 0, announcing) ||
        hand_is(&w, 0, "there|to") ||
        hand_find(&w, 0,
                  "following|these|those|this|below|follows|steps|things|options|include|includes|"
                  "worth|list|ways|reasons|cases|questions|examples") < w.count) {
        return false;
    }
    const size_t last = w.count - 1;
    if ((hand_cues(&w, last) & (HAND_BE | HAND_MODAL | HAND_HAVE)) != 0) { /* "The regions are:" */
        return false;
    }
    if (hand_find(&w, 1, "can|may") < w.count && hand_cue(&w, 0, w.count, HAND_NOT) == w.count) {
        return false; /* "Facilitators can trim the ends:" */
    }
    bool going = hand_is(&w, 0, "no") || w.items[0].code || w.items[0].quoted;
    for (size_t i = 1; i < w.count; i++) {
        going = going || hand_is(&w, i, "still|too|without");
    }
    return going || is_finite(&w, 1, w.count) || hand_cue(&w, 0, w.count, HAND_FAIL) < w.count;
}
