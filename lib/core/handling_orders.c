#include "core/handling_parts.h"

/* ---- looking at a clause --------------------------------------------------------------------- */

struct hand_order hand_order_of(const struct hand_part *p, size_t from, size_t to, bool desk) {
    return (struct hand_order){.w = p->w,
                               .from = from,
                               .to = to,
                               .scope = p->scope,
                               .condition = p->condition,
                               .desk = desk};
}

/* A noun for the user at i, perhaps with an article; *next is behind it. "your instructor" and "the
 * user name" aren't. */
bool hand_user_at(const struct hand_words *w, size_t i, size_t *next) {
    if (hand_is(w, i, "them|him|her")) {
        *next = i + 1;
        return true;
    }
    if (hand_is(w, i, "whoever") || (hand_is(w, i,
                                             "anyone|anybody|somebody|someone|everyone|"
                                             "everybody|people|those") &&
                                     hand_is(w, i + 1, "who"))) {
        *next = hand_find(w, i + 2, "that"); /* "anyone who asks for a copy that ..." */
        return *next < w->count;
    }
    size_t noun = hand_is(w, i, "the|a|an|any|each|every|all|both|affected") ? i + 1 : i;
    noun += hand_is(w, noun, "affected|same|reporting") ? 1 : 0;
    const bool person = hand_is(w, noun, "person|caller") && hand_is(w, noun - 1, "the|that") &&
                        hand_is(w, noun + 1, "that|to|how|why|whether|about|for|which|what");
    if ((hand_cues(w, noun) & HAND_USER) == 0 && !person) {
        return false;
    }
    const bool owner = view_ends(w->items[noun].fold, VIEW("'s"));
    *next = noun + 1;
    return !owner;
}

static bool names_user(const struct hand_words *w, size_t from, size_t to) {
    for (size_t i = from; i < to; i++) {
        if ((hand_cues(w, i) & HAND_USER) != 0 && i > 0 &&
            (hand_cues(w, i - 1) & (HAND_DET | HAND_PREP | HAND_VERB)) != 0 &&
            !hand_is(w, i - 1, "another")) {
            return true;
        }
    }
    return false;
}

bool hand_mentions_user(const struct hand_words *w, size_t from, size_t to) {
    for (size_t i = from; i < to; i++) {
        if ((hand_cues(w, i) & HAND_USER) != 0 && i > 0 &&
            (hand_cues(w, i - 1) & (HAND_DET | HAND_PREP)) != 0) {
            return true;
        }
        if (hand_is(w, i, "them|they|their")) {
            return true;
        }
    }
    return false;
}

/* A name for the assistant at i, with an article or another word before it; *next behind it. */
bool hand_desk_at(const struct hand_words *w, size_t i, size_t *next) {
    for (size_t k = i; k < i + 4 && k < w->count; k++) {
        const bool noun = (hand_cues(w, k) & HAND_DESK) != 0;
        const bool more = (hand_cues(w, k + 1) & HAND_DESK) != 0;
        if (noun && !more && w->items[k].after == 0) {
            *next = k + 1;
            return true;
        }
        if (!noun && !hand_is(w, k,
                              "the|an|a|our|your|virtual|support|help|service|first-line|"
                              "range|platform|online|digital|automated|this|human")) {
            return false;
        }
    }
    return false;
}

bool hand_has_tier(const struct hand_words *w, size_t from, size_t to) {
    struct note_item item = {0};
    hand_put_action(w, from, to, &item);
    return (item.actions & NOTE_SET_TIER) != 0;
}

bool hand_in_range(const struct hand_words *w, size_t from, size_t to, const char *forms) {
    return hand_find(w, from, forms) < to;
}

const char *const hand_teams = "support|operations|engineering|team|on-call|oncall|human|person|"
                               "engineer|engineers|operator|operators|admin|admins|administrator|"
                               "administrators|duty|staff|ops|noc|soc|colleague|specialist";

/* Is the verb at i one that hands a case over, here? */
static bool escalates(const struct hand_part *p, size_t i, size_t to) {
    if (hand_is(p->w, i, "go|move|proceed|straight") && hand_near(p->w, i, 5, "tier|level|line") &&
        hand_has_tier(p->w, i, to)) {
        return true; /* "go to Tier 3 at once" */
    }
    if ((hand_cues(p->w, i) & HAND_ESCALATE) == 0) {
        return false;
    }
    if (hand_is(p->w, i, "escalate|elevate") || hand_has_tier(p->w, i, to) ||
        (hand_is(p->w, i, "hand") && hand_is(p->w, i + 1, "over") && p->scope->desk)) {
        return true;
    }
    const size_t towards = hand_find(p->w, i, "to|over|off");
    const bool team = towards < to && hand_in_range(p->w, towards, to, hand_teams);
    return team &&
           (p->scope->desk || hand_in_range(p->w, i, to, "ticket|case|issue|incident|it|this"));
}

static bool opens_ticket(const struct hand_part *p, size_t i, size_t to) {
    const size_t near = i + 5 < to ? i + 5 : to;
    return (hand_cues(p->w, i) & HAND_OPEN) != 0 &&
           hand_in_range(p->w, i + 1, near, "ticket|tickets|case|incident");
}

/* ---- the desk's actions ---------------------------------------------------------------------- */

/* The end of the clause without what explains it: "because ...", "; ...". */
static size_t without_reason(const struct hand_part *p, size_t from, size_t to) {
    size_t end = from;
    while (end < to && !hand_is(p->w, end, "because|since") &&
           hand_seq(p->w, end, "so that") == 0) {
        end++;
    }
    end = end > from + 1 ? end : to;
    for (size_t i = from; i < end; i++) {
        const char after = p->w->items[i].after;
        if (after == ';' || (after == ':' && i + 1 < end && i > from + 1)) {
            return i + 1;
        }
    }
    return end;
}

struct view hand_both(struct hand *h, struct view a, struct view b) {
    if (a.n == 0 || b.n == 0) {
        return a.n == 0 ? b : a;
    }
    if (view_find(a, b, 0) != SIZE_MAX || view_find(b, a, 0) != SIZE_MAX) {
        return a.n > b.n ? a : b;
    }
    if (view_starts(a, VIEW("unless ")) && !view_starts(b, VIEW("unless "))) {
        return hand_format(h, "%.*s %.*s", (int)b.n, b.p, (int)a.n, a.p);
    }
    if (view_starts(b, VIEW("unless "))) {
        return hand_format(h, "%.*s %.*s", (int)a.n, a.p, (int)b.n, b.p);
    }
    return hand_format(h, "%.*s and %.*s", (int)a.n, a.p, (int)b.n, b.p);
}

struct view hand_action_text(struct hand *h, const struct note_item *item) {
    if ((item->actions & NOTE_NO_ESCALATE) != 0 || item->actions == NOTE_SET_SEVERITY) {
        return (item->actions & NOTE_SET_SEVERITY) != 0
                   ? hand_format(h, "Set severity %s.", esi_severity_name(item->severity))
                   : VIEW("Do not escalate.");
    }
    return (item->actions & NOTE_SET_TIER) != 0
               ? hand_format(h, "Escalate to Tier %d.", (int)item->tier)
               : VIEW("Escalate.");
}

/* Where another condition of a list begins: ", when", "and if". */
static size_t next_when(const struct hand_words *w, size_t from, size_t to) {
    for (size_t i = from + 1; i + 1 < to; i++) {
        if (hand_is(w, i, "when|if") &&
            (w->items[i - 1].after == ',' || hand_is(w, i - 1, "and|or"))) {
            return i;
        }
    }
    return to;
}

/* Adds a WHEN for each condition of a list; each begins with its "when". */
static enum hand_outcome add_whens(const struct hand_part *p, const struct note_item *rule,
                                   struct hand_span list) {
    size_t at = list.from;
    while (at < list.to) {
        const size_t next = next_when(p->w, at, list.to);
        size_t end = next;
        while (end > at + 1 && hand_is(p->w, end - 1, "and|or")) {
            end--;
        }
        struct note_item item = *rule;
        hand_put_condition(p->h, &item,
                           hand_both(p->h, p->condition, hand_slice(p->w, at + 1, end)));
        hand_add(p->h, item);
        at = next;
    }
    return FOR_DESK;
}

/* Adds a WHEN of the words [from, to); what stands behind "if" there is its condition. */
enum hand_outcome hand_add_when(const struct hand_part *p, size_t from, size_t to,
                                uint32_t actions) {
    struct hand *h = p->h;
    struct hand_span behind;
    const size_t stop = without_reason(p, from, to);
    size_t end = hand_trailing(p->w, from, stop, true, &behind);
    if (p->condition.n > 0 && hand_is(p->w, end, "for")) { /* "for a check": why, not when */
        behind = (struct hand_span){stop, stop};
        end = stop;
    }
    struct note_item item = {
        .kind = NOTE_WHEN, .actions = actions, .roles = p->scope->roles, .for_desk = true};
    hand_put_action(p->w, from, end, &item);
    const struct hand_word *verb = &p->w->items[from];
    const bool base = (hand_cues(p->w, from) & HAND_VERB) != 0 && verb->fold.n == verb->form.n;
    item.text =
        base ? hand_as_sentence(h, hand_slice(p->w, from, end)) : hand_action_text(h, &item);
    const size_t more = next_when(p->w, behind.from, behind.to);
    if (more < behind.to) { /* "when A fails, when B fails and when C does" */
        struct hand_part rest = *p;
        rest.condition = hand_both(h, p->condition, hand_slice(p->w, behind.from, more));
        struct note_item one = item;
        hand_put_condition(h, &one, rest.condition);
        hand_add(h, one);
        behind.from = more;
        return add_whens(p, &item, behind);
    }
    const struct view after = hand_resolved(h, hand_slice(p->w, behind.from, behind.to));
    hand_put_condition(h, &item, hand_both(h, p->condition, after));
    hand_add(h, item);
    return FOR_DESK;
}

static enum hand_outcome read_escalation(const struct hand_part *p) {
    if (!escalates(p, p->from, p->to)) {
        return NOT_MINE;
    }
    return hand_add_when(p, p->from, p->to, NOTE_ESCALATE);
}

static enum hand_outcome read_ticket(const struct hand_part *p) {
    if (!opens_ticket(p, p->from, p->to) || (p->user_list && !p->scope->desk)) {
        return NOT_MINE;
    }
    const bool tier = hand_has_tier(p->w, p->from, p->to);
    struct hand_span behind;
    if (!p->scope->desk && p->condition.n == 0 && !tier &&
        hand_trailing(p->w, p->from, p->to, true, &behind) == p->to) {
        return NOT_MINE; /* how one opens a ticket, and no rule */
    }
    return hand_add_when(p, p->from, p->to, NOTE_TICKET | (tier ? NOTE_ESCALATE : 0u));
}

/* "Contact the help desk if it persists": who is spoken to stands at the desk already. */
static enum hand_outcome read_contact(const struct hand_part *p) {
    size_t next;
    const size_t object = hand_is(p->w, p->from + 1, "to|in|out") ? p->from + 2 : p->from + 1;
    const size_t near = object + 5 < p->to ? object + 5 : p->to;
    const bool desk =
        hand_desk_at(p->w, object, &next) || hand_is(p->w, object, "support|us") ||
        (hand_is(p->w, object, "the|our|your") && hand_is(p->w, object + 1, "support|helpdesk")) ||
        hand_has_tier(p->w, object, near);
    const bool team = p->scope->desk && hand_in_range(p->w, object, near, hand_teams);
    if ((hand_cues(p->w, p->from) & HAND_CONTACT) == 0 || (!desk && !team) || p->negated) {
        return NOT_MINE;
    }
    struct hand_span behind;
    const bool always =
        p->condition.n == 0 && hand_trailing(p->w, p->from, p->to, true, &behind) == p->to;
    if (p->user_list && always && p->to - p->from > 6) {
        return NOT_MINE; /* a step like "Write to the help desk from your own address" */
    }
    struct hand_part last = *p;
    if (always) {
        last.condition = VIEW("none of this helps");
    }
    (void)hand_add_when(&last, p->from, p->to, NOTE_ESCALATE);
    return p->scope->desk ? FOR_DESK : FOR_USER;
}

static enum hand_outcome read_severity(const struct hand_part *p) {
    struct note_item item = {0};
    if (!hand_is(p->w, p->from, "set|treat|mark|use|classify|rate|raise|log|assign|handle|give")) {
        return NOT_MINE;
    }
    hand_put_action(p->w, p->from, p->to, &item);
    return item.actions == 0 ? NOT_MINE : hand_add_when(p, p->from, p->to, 0);
}

/* Where the words to be done end: before a condition, which goes to the part. */
size_t hand_cut_condition(struct hand_part *p, size_t from, size_t to) {
    struct hand_span behind;
    const size_t end = hand_trailing(p->w, from, to, false, &behind);
    const struct view after = hand_resolved(p->h, hand_slice(p->w, behind.from, behind.to));
    const bool given = hand_in_range(p->w, behind.from, behind.to,
                                     "given|provided|known|stated|said|"
                                     "missing|mentioned|needed|possible|"
                                     "available|applicable|present") &&
                       behind.to - behind.from < 8;
    if (!given) {
        p->condition = hand_both(p->h, p->condition, after);
    }
    return end;
}

/* ---- what isn't allowed ---------------------------------------------------------------------- */

/* "Do not escalate questions that ...", "... unless several seats are hit". */
void hand_add_no_escalation(const struct hand_part *p, size_t verb) {
    struct note_item item = {
        .kind = NOTE_WHEN, .actions = NOTE_NO_ESCALATE, .roles = p->scope->roles, .for_desk = true};
    const size_t unless = hand_find(p->w, verb, "unless|until");
    const size_t stop = without_reason(p, p->from, p->to);
    const size_t to = unless < stop ? unless : stop;
    const size_t object =
        hand_is(p->w, verb + 1, "for|if|when|just|only|because") ? verb + 2 : verb + 1;
    item.text = hand_as_sentence(p->h, hand_slice(p->w, p->from, to));
    hand_put_condition(p->h, &item, hand_both(p->h, p->condition, hand_slice(p->w, object, to)));
    item.tries = 0;
    item.all_tried = false;
    if (unless < stop && hand_is(p->w, unless, "unless")) {
        struct note_item rule = {.kind = NOTE_WHEN,
                                 .actions = NOTE_ESCALATE,
                                 .text = VIEW("Escalate."),
                                 .roles = p->scope->roles,
                                 .for_desk = true};
        const struct view said = hand_slice(p->w, unless + 1, stop);
        hand_put_action(p->w, p->from, to, &rule);
        hand_put_condition(p->h, &rule, hand_both(p->h, p->condition, said));
        item.exception = rule.condition;
        hand_add(p->h, rule);
    }
    hand_add(p->h, item);
}

static const char *const desk_only =
    "ask|tell|say|promise|reveal|disclose|guess|speculate|offer|suggest|"
    "advise|recommend|instruct|let|provide|imply|assume|invent|"
    "improvise|quote|repeat|discuss|answer|respond|reply|guide|walk|"
    "confirm|claim|explain|mention|argue|override|approve|grant|"
    "accept|waive|bypass|engage|speculate|diagnose";

/* negation at p->from; *verb is where the verb stands. */
bool hand_negation(const struct hand_words *w, size_t from, size_t *verb) {
    if (hand_seq(w, from, "do not") > 0 || hand_seq(w, from, "under no circumstances") > 0 ||
        hand_seq(w, from, "must not") > 0 || hand_seq(w, from, "should not") > 0 ||
        hand_seq(w, from, "may not") > 0 || hand_seq(w, from, "can not") > 0 ||
        hand_seq(w, from, "please don't") > 0) {
        *verb = from + (hand_is(w, from, "under") ? 3 : 2);
        return true;
    }
    if (hand_seq(w, from, "please do not") > 0 || hand_seq(w, from, "refrain from") > 0) {
        *verb = from + (hand_is(w, from, "please") ? 3 : 2);
        return true;
    }
    *verb = from + 1;
    return hand_is(w, from, "don't|never|mustn't|cannot|can't|shouldn't|avoid");
}

static enum hand_outcome read_forbidding(const struct hand_part *p) {
    size_t verb;
    if (!hand_negation(p->w, p->from, &verb) || verb >= p->to) {
        return NOT_MINE;
    }
    if ((hand_cues(p->w, verb) & (HAND_PREP | HAND_DET)) != 0 &&
        (hand_cues(p->w, verb) & HAND_VERB) == 0 && !hand_is(p->w, p->from, "no|avoid")) {
        return NOT_MINE; /* "Please don't during the day" */
    }
    verb += hand_is(p->w, verb, "ever|just|simply|attempt|try") && hand_is(p->w, verb + 1, "to")
                ? 2
                : 0;
    if (hand_is(p->w, verb, "escalate|escalating") ||
        ((hand_cues(p->w, verb) & HAND_ESCALATE) != 0 && hand_has_tier(p->w, verb, p->to))) {
        hand_add_no_escalation(p, verb);
        return FOR_DESK;
    }
    struct hand_part inner = *p;
    const size_t to = hand_cut_condition(&inner, verb, p->to);
    const bool desk = p->scope->desk || (!p->user_list && names_user(p->w, verb, p->to)) ||
                      (!p->user_list && hand_in_range(p->w, verb, p->to, "promise|grant")) ||
                      (!p->user_list && hand_is(p->w, verb, desk_only) &&
                       !hand_in_range(p->w, verb, p->to, "your|yourself|you"));
    const bool pointing =
        desk && p->from > 0 && p->begin > 0 && hand_is(p->w, to - 1, "it|this|that|them|these|so");
    const struct hand_order o = hand_order_of(&inner, pointing ? 0 : p->from, to, desk);
    hand_never(p->h, &o, 0);
    return desk ? FOR_DESK : FOR_USER;
}

static enum hand_outcome read_refusing(const struct hand_part *p) {
    if ((hand_cues(p->w, p->from) & HAND_REFUSE) == 0 || !p->scope->desk) {
        return NOT_MINE;
    }
    const struct hand_order o = hand_order_of(p, p->from, p->to, true);
    hand_never(p->h, &o, 0);
    return FOR_DESK;
}

/* ---- a clause that begins with a verb -------------------------------------------------------- */

typedef enum hand_outcome (*reader)(const struct hand_part *);

enum hand_outcome hand_read_order(const struct hand_part *p) {
    static const reader readers[] = {
        read_forbidding,      read_escalation,  read_ticket,          hand_read_letting,
        hand_read_telling,    hand_read_asking, hand_read_suggesting, hand_read_guiding,
        read_contact,         read_refusing,    read_severity,        hand_read_capturing,
        hand_read_confirming,
    };
    for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++) {
        const enum hand_outcome outcome = readers[i](p);
        if (outcome != NOT_MINE) {
            return outcome;
        }
    }
    return NOT_MINE;
}
