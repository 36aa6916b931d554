#include "core/handling_parts.h"

/* ---- looking at a clause --------------------------------------------------------------------- */

static struct hand_order order_of(const struct hand_part *p, size_t from, size_t to, bool desk) {
    return (struct hand_order){.w = p->w,
                               .from = from,
                               .to = to,
                               .scope = p->scope,
                               .condition = p->condition,
                               .desk = desk};
}

/* A noun for the user at i, perhaps with an article; *next is behind it. "your instructor" and "the
 * user name" aren't. */
static bool user_at(const struct hand_words *w, size_t i, size_t *next) {
    if (hand_is(w, i, "them|him|her")) {
        *next = i + 1;
        return true;
    }
    size_t noun = hand_is(w, i, "the|a|an|any|each|every|all|both|affected") ? i + 1 : i;
    noun += hand_is(w, noun, "affected|same|reporting") ? 1 : 0;
    if ((hand_cues(w, noun) & HAND_USER) == 0) {
        return false;
    }
    const bool owner = view_ends(w->items[noun].fold, VIEW("'s"));
    *next = noun + 1;
    return !owner;
}

static bool mentions_user(const struct hand_words *w, size_t from, size_t to) {
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

static bool in_range(const struct hand_words *w, size_t from, size_t to, const char *forms) {
    return hand_find(w, from, forms) < to;
}

static const char *const teams = "support|operations|engineering|team|on-call|oncall|human|person|"
                                 "engineer|engineers|operator|operators|admin|admins|administrator|"
                                 "administrators|duty|staff|ops|noc|soc|colleague|specialist";

/* Is the verb at i one that hands a case over, here? */
static bool escalates(const struct hand_part *p, size_t i, size_t to) {
    if ((hand_cues(p->w, i) & HAND_ESCALATE) == 0) {
        return false;
    }
    if (hand_is(p->w, i, "escalate|handover|elevate") || hand_has_tier(p->w, i, to)) {
        return true;
    }
    const size_t towards = hand_find(p->w, i, "to|over|off");
    const bool team = towards < to && in_range(p->w, towards, to, teams);
    return team && (p->scope->desk || in_range(p->w, i, to, "ticket|case|issue|incident|it|this"));
}

static bool opens_ticket(const struct hand_part *p, size_t i, size_t to) {
    const size_t near = i + 5 < to ? i + 5 : to;
    return (hand_cues(p->w, i) & HAND_OPEN) != 0 &&
           in_range(p->w, i + 1, near, "ticket|tickets|case|incident");
}

/* ---- the desk's actions ---------------------------------------------------------------------- */

/* The end of the clause without what explains it: "because ...", "; ...". */
static size_t without_reason(const struct hand_part *p, size_t from, size_t to) {
    size_t end = hand_find(p->w, from, "because|since");
    end = end < to && end > from + 1 ? end : to;
    for (size_t i = from; i < end; i++) {
        if (p->w->items[i].after == ';') {
            return i + 1;
        }
    }
    return end;
}

static struct view both_conditions(struct hand *h, struct view a, struct view b) {
    if (a.n == 0 || b.n == 0) {
        return a.n == 0 ? b : a;
    }
    return hand_format(h, "%.*s and %.*s", (int)a.n, a.p, (int)b.n, b.p);
}

/* Adds a WHEN of the words [from, to); what stands behind "if" there is its condition. */
enum hand_outcome hand_add_when(const struct hand_part *p, size_t from, size_t to,
                                uint32_t actions) {
    struct hand *h = p->h;
    struct hand_span behind;
    const size_t stop = without_reason(p, from, to);
    const size_t end = hand_trailing(p->w, from, stop, true, &behind);
    struct note_item item = {
        .kind = NOTE_WHEN, .actions = actions, .roles = p->scope->roles, .for_desk = true};
    hand_put_action(p->w, from, end, &item);
    item.text = hand_as_sentence(h, hand_slice(p->w, from, end));
    const struct view after = hand_slice(p->w, behind.from, behind.to);
    if (!hand_put_condition(h, &item, both_conditions(h, p->condition, after))) {
        return STRANGE;
    }
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
    const bool team = p->scope->desk && in_range(p->w, object, near, teams);
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

/* ---- telling --------------------------------------------------------------------------------- */

static bool is_verb(const struct hand_words *w, size_t i) {
    return (hand_cues(w, i) & HAND_VERB) != 0;
}

/* Where the words to be done end: before a condition, which goes to the part. */
static size_t cut_condition(struct hand_part *p, size_t from, size_t to) {
    struct hand_span behind;
    const size_t end = hand_trailing(p->w, from, to, false, &behind);
    const struct view after = hand_slice(p->w, behind.from, behind.to);
    const bool given = in_range(p->w, behind.from, behind.to,
                                "given|provided|known|stated|said|"
                                "missing|mentioned|needed|possible|"
                                "available|applicable|present") &&
                       behind.to - behind.from < 8;
    if (!given) {
        p->condition = both_conditions(p->h, p->condition, after);
    }
    return end;
}

static enum hand_outcome steps_for_user(const struct hand_part *p, size_t from) {
    struct hand_part inner = *p;
    const bool negated = (hand_cues(p->w, from) & HAND_NOT) != 0;
    const size_t verb = hand_is(p->w, from, "to") ? from + 1 : (negated ? from + 1 : from);
    const size_t end = cut_condition(&inner, verb, p->to);
    struct hand_order o = order_of(&inner, hand_is(p->w, verb, "to") ? verb + 1 : verb, end, true);
    if (negated || p->negated) {
        struct note_item item = {
            .kind = NOTE_NEVER, .roles = p->scope->roles, .for_desk = p->negated};
        const struct view text = hand_you(p->h, hand_slice(p->w, o.from, end));
        const struct view whole = hand_slice(p->w, p->from, end);
        item.text = p->negated ? hand_format(p->h, "Do not %.*s.", (int)whole.n, whole.p)
                               : hand_format(p->h, "Please don't %.*s.", (int)text.n, text.p);
        if (hand_put_condition(p->h, &item, inner.condition)) {
            item.tries = 0;
            item.all_tried = false;
            hand_add(p->h, item);
        }
        return FOR_DESK;
    }
    hand_steps(p->h, &o);
    return FOR_DESK;
}

/* "... the learner that X", "... to do A", ": X". `i` is behind the verb. */
static enum hand_outcome told(const struct hand_part *p, size_t i, bool told_somebody) {
    const struct hand_words *w = p->w;
    const char before = i > 0 ? w->items[i - 1].after : 0;
    if (i >= p->to) {
        return STRANGE;
    }
    if (told_somebody &&
        (hand_is(w, i, "to") || (hand_is(w, i, "not") && hand_is(w, i + 1, "to")))) {
        if (hand_is(w, p->from, "remind") && hand_is(w, i, "to")) {
            const struct view rest = hand_slice(w, i, p->to);
            const struct view text = hand_you(p->h, rest);
            struct note_item item = {.kind = NOTE_SAY,
                                     .for_desk = true,
                                     .roles = p->scope->roles,
                                     .text =
                                         hand_format(p->h, "Remember %.*s.", (int)text.n, text.p)};
            (void)hand_put_condition(p->h, &item, p->condition);
            item.tries = 0;
            item.all_tried = false;
            hand_add(p->h, item);
            return FOR_DESK;
        }
        return steps_for_user(p, i);
    }
    const bool that = hand_is(w, i, "that");
    if (that || before == ':' || w->items[i].quoted ||
        hand_is(w, i, "there|it|this|a|the|their|they|your|you")) {
        const struct hand_order o = order_of(p, that ? i + 1 : i, p->to, true);
        const bool clause =
            that || before == ':' || w->items[i].quoted ||
            hand_cue(w, i, p->to, HAND_BE | HAND_MODAL | HAND_HAVE | HAND_DOES) < p->to;
        if (clause) {
            hand_say(p->h, &o);
            return FOR_DESK;
        }
    }
    return STRANGE; /* about something: the words themselves aren't given */
}

static enum hand_outcome read_telling(const struct hand_part *p) {
    const struct hand_words *w = p->w;
    size_t i = p->from + 1, next;
    if ((hand_cues(w, p->from) & HAND_TELL) == 0) {
        return NOT_MINE;
    }
    while (hand_is(w, i, "clearly|briefly|politely|kindly|out|also|only|again|to|with|gently")) {
        if (hand_is(w, i, "to") && !user_at(w, i + 1, &next)) {
            break;
        }
        i++;
    }
    const bool somebody = user_at(w, i, &next);
    i = somebody ? next : i;
    if (!somebody && !p->scope->desk) {
        return hand_is(w, p->from, "note|mention") && hand_is(w, i, "that") ? FOR_USER : NOT_MINE;
    }
    if (p->negated) {
        return NOT_MINE;
    }
    if (hand_is(w, i, "to") && !somebody && is_verb(w, i + 1)) {
        return steps_for_user(p, i);
    }
    return told(p, i, somebody);
}

/* "Let the learner know that X"; "have the learner do A"; "get them to do A". */
static enum hand_outcome read_letting(const struct hand_part *p) {
    size_t next;
    if ((hand_cues(p->w, p->from) & HAND_LET) == 0 || !user_at(p->w, p->from + 1, &next)) {
        return NOT_MINE;
    }
    if (hand_is(p->w, next, "know|understand")) {
        return told(p, next + 1, true);
    }
    if (!is_verb(p->w, next) && !hand_is(p->w, next, "to|try|first")) {
        return p->scope->desk ? STRANGE : NOT_MINE;
    }
    return steps_for_user(p, next);
}

/* ---- asking ---------------------------------------------------------------------------------- */

/* "... before anything else", "... first": when to ask isn't part of the question. */
static size_t without_order(const struct hand_words *w, size_t from, size_t to) {
    for (size_t i = from + 1; i < to; i++) {
        if (hand_is(w, i, "before|prior") &&
            hand_is(w, i + 1,
                    "anything|escalating|opening|you|routing|any|doing|starting|to|the")) {
            return hand_is(w, i + 1, "the") && !hand_is(w, i + 2, "escalation|ticket|handover") ? to
                                                                                                : i;
        }
    }
    return to > from + 1 && hand_is(w, to - 1, "first") ? to - 1 : to;
}

static enum hand_outcome ask(const struct hand_part *p, size_t from) {
    struct hand_part inner = *p;
    size_t to = p->to;
    if ((hand_cues(p->w, from) & HAND_WH) == 0 && !hand_is(p->w, from, "if")) {
        to = cut_condition(&inner, from, p->to);
    }
    to = without_order(p->w, from, to);
    if (from >= to || hand_is(p->w, from, "again|politely|questions|nothing|only")) {
        return STRANGE;
    }
    const struct hand_order o = order_of(&inner, from, to, true);
    hand_asks(p->h, &o);
    return FOR_DESK;
}

static enum hand_outcome read_asking(const struct hand_part *p) {
    const struct hand_words *w = p->w;
    size_t i = p->from + 1, next;
    const bool out = hand_is(w, p->from, "find") && hand_is(w, i, "out");
    if ((hand_cues(w, p->from) & HAND_ASK) == 0 && !out) {
        return NOT_MINE;
    }
    i += out ? 1 : 0;
    const bool somebody = user_at(w, i, &next);
    i = somebody ? next : i;
    const bool plain = hand_is(w, p->from, "ask") &&
                       (hand_is(w, i, "for|whether|if|about|once") ||
                        (hand_cues(w, i) & HAND_WH) != 0 || w->items[i - 1].after == ':');
    if (!somebody && !p->scope->desk && !plain) {
        return NOT_MINE;
    }
    if (p->negated || i >= p->to) {
        return p->negated ? NOT_MINE : STRANGE;
    }
    if (somebody && (hand_is(w, i, "to") || hand_is(w, i, "not"))) {
        return steps_for_user(p, i);
    }
    return ask(p, hand_is(w, i, "for") ? i + 1 : i);
}

/* "Confirm that the tunnel is up": asked back, unless it is for the user to check. */
static enum hand_outcome read_confirming(const struct hand_part *p) {
    const struct hand_words *w = p->w;
    size_t i = p->from + 1, next;
    if ((hand_cues(w, p->from) & HAND_CONFIRM) == 0 || p->negated) {
        return NOT_MINE;
    }
    const bool towards = hand_is(w, i, "with|to") && user_at(w, i + 1, &next);
    if (!p->scope->desk && !towards && (p->user_list || !mentions_user(w, i, p->to))) {
        return NOT_MINE;
    }
    if (towards && hand_is(w, i, "to")) {
        return told(p, next, true);
    }
    i = towards ? next : i;
    if (hand_is(w, p->from, "ensure") || hand_is(w, i, "that")) {
        const size_t at = hand_is(w, i, "that") ? i + 1 : i;
        const struct view rest = hand_you(p->h, hand_slice(w, at, p->to));
        const struct view part = hand_as_part(p->h, rest);
        struct note_item item = {.kind = NOTE_ASK, .for_desk = true, .roles = p->scope->roles};
        item.text = hand_format(p->h, "Could you confirm that %.*s?", (int)part.n, part.p);
        if (part.n > 0 && hand_put_condition(p->h, &item, p->condition)) {
            item.tries = 0;
            item.all_tried = false;
            hand_add(p->h, item);
        }
        return FOR_DESK;
    }
    return ask(p, i);
}

/* ---- capturing ------------------------------------------------------------------------------- */

static enum hand_outcome read_capturing(const struct hand_part *p) {
    const uint32_t cues = hand_cues(p->w, p->from);
    const bool ticket = in_range(p->w, p->from, p->to, "ticket|case|incident|escalation|handover");
    const bool desk =
        p->scope->desk || p->scope->mode == MODE_CAPTURE || hand_is(p->w, p->from, "capture");
    const bool capture = (cues & HAND_CAPTURE) != 0 && (desk || !p->user_list);
    const bool record = (cues & HAND_RECORD) != 0 && (desk || (ticket && !p->user_list));
    if ((!capture && !record) || p->negated) {
        return NOT_MINE;
    }
    struct hand_part inner = *p;
    const size_t first = hand_is(p->w, p->from + 1, "down|also|at|and") ? p->from + 2 : p->from + 1;
    const size_t to = cut_condition(&inner, first, p->to);
    if (first >= to) {
        return STRANGE;
    }
    const struct hand_order o = order_of(&inner, first, to, desk || record);
    hand_captures(p->h, &o);
    return desk || record ? FOR_DESK : FOR_USER;
}

/* ---- steps in other words -------------------------------------------------------------------- */

/* "the steps above", "this article": what the section says anyway. */
static bool is_meta(const struct hand_words *w, size_t from, size_t to) {
    return in_range(w, from, to,
                    "above|below|following|article|document|section|documented|"
                    "guidance|listed|procedure") ||
           (in_range(w, from, to, "steps") && to - from < 5);
}

static enum hand_outcome read_suggesting(const struct hand_part *p) {
    size_t i = p->from + 1, next;
    if ((hand_cues(p->w, p->from) & HAND_SUGGEST) == 0 || p->negated) {
        return NOT_MINE;
    }
    const bool somebody = user_at(p->w, i, &next);
    if (!p->scope->desk && !somebody) {
        return NOT_MINE;
    }
    i = somebody ? next : i;
    if (hand_is(p->w, i, "to") && user_at(p->w, i + 1, &next)) {
        i = next;
    }
    if (is_meta(p->w, i, p->to)) {
        return FOR_DESK;
    }
    if (hand_is(p->w, i, "that")) {
        i++;
        i = user_at(p->w, i, &next) ? next : i;
        const struct view base = hand_base(
            p->h->lexicon, i < p->w->count ? p->w->items[i].fold : (struct view){0}, p->h->arena);
        if (base.n == 0 && !is_verb(p->w, i)) {
            return STRANGE;
        }
    }
    return i < p->to ? steps_for_user(p, i) : STRANGE;
}

/* "Guide the learner through ...", "direct them to ...", "refer them to ...". */
static enum hand_outcome read_guiding(const struct hand_part *p) {
    const struct hand_words *w = p->w;
    size_t next;
    const bool refer = hand_is(w, p->from, "refer|send|forward");
    if (((hand_cues(w, p->from) & HAND_GUIDE) == 0 && !refer) || p->negated ||
        !user_at(w, p->from + 1, &next)) {
        return NOT_MINE;
    }
    const size_t towards = hand_is(w, next, "to|towards|back|through") ? next : p->to;
    const size_t object = hand_is(w, towards + 1, "to") ? towards + 2 : towards + 1;
    if (towards >= p->to || object >= p->to) {
        return STRANGE;
    }
    for (size_t i = object; i < p->to; i++) {
        if (hand_is_document(p->h->front, &w->items[i])) {
            return FOR_DESK; /* the reference itself is read with all others */
        }
    }
    if (is_meta(w, object, p->to) || hand_is(w, towards, "through")) {
        return is_meta(w, object, p->to) ? FOR_DESK : STRANGE;
    }
    struct hand_part inner = *p;
    const size_t end = cut_condition(&inner, object, p->to);
    const struct view rest = hand_you(p->h, hand_slice(w, object, end));
    const bool person = w->items[object].roles != 0 || hand_is(w, object + 1, teams) ||
                        (object + 1 < w->count && w->items[object + 1].roles != 0);
    struct note_item item = {.kind = NOTE_STEP, .for_desk = true, .roles = p->scope->roles};
    item.text = hand_format(p->h, "%s %.*s.", person ? "Contact" : "Go to", (int)rest.n, rest.p);
    item.order = ++p->h->order;
    if (hand_put_condition(p->h, &item, inner.condition)) {
        item.tries = 0;
        item.all_tried = false;
        hand_add(p->h, item);
    }
    return FOR_DESK;
}

/* ---- what isn't allowed ---------------------------------------------------------------------- */

/* "Do not escalate questions that ..." */
void hand_add_no_escalation(const struct hand_part *p, size_t verb) {
    struct note_item item = {
        .kind = NOTE_WHEN, .actions = NOTE_NO_ESCALATE, .roles = p->scope->roles, .for_desk = true};
    const size_t unless = hand_find(p->w, verb, "unless|until");
    const size_t stop = without_reason(p, p->from, p->to);
    const size_t to = unless < stop ? unless : stop;
    const size_t object =
        hand_is(p->w, verb + 1, "for|if|when|just|only|because") ? verb + 2 : verb + 1;
    item.text = hand_as_sentence(p->h, hand_slice(p->w, p->from, p->to));
    if (hand_put_condition(p->h, &item,
                           both_conditions(p->h, p->condition, hand_slice(p->w, object, to)))) {
        item.tries = 0;
        item.all_tried = false;
        hand_add(p->h, item);
    }
}

static const char *const desk_only =
    "ask|tell|promise|reveal|disclose|guess|speculate|offer|suggest|"
    "advise|recommend|instruct|let|provide|imply|assume|invent|"
    "improvise|quote|repeat|discuss|answer|respond|reply|guide|walk|"
    "confirm|claim|explain|mention|argue|override|approve|grant";

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
    verb += hand_is(p->w, verb, "ever|just|simply|attempt|try") && hand_is(p->w, verb + 1, "to")
                ? 2
                : 0;
    if (hand_is(p->w, verb, "escalate|escalating") ||
        ((hand_cues(p->w, verb) & HAND_ESCALATE) != 0 && hand_has_tier(p->w, verb, p->to))) {
        hand_add_no_escalation(p, verb);
        return FOR_DESK;
    }
    struct hand_part inner = *p;
    const size_t to = cut_condition(&inner, verb, p->to);
    const bool desk = p->scope->desk || (!p->user_list && mentions_user(p->w, verb, p->to)) ||
                      (!p->user_list && hand_is(p->w, verb, desk_only) &&
                       !in_range(p->w, verb, p->to, "your|yourself|you"));
    const struct hand_order o = order_of(&inner, p->from, to, desk);
    hand_never(p->h, &o, 0);
    return desk ? FOR_DESK : FOR_USER;
}

static enum hand_outcome read_refusing(const struct hand_part *p) {
    if ((hand_cues(p->w, p->from) & HAND_REFUSE) == 0 || !p->scope->desk) {
        return NOT_MINE;
    }
    const struct hand_order o = order_of(p, p->from, p->to, true);
    hand_never(p->h, &o, 0);
    return FOR_DESK;
}

/* ---- a clause that begins with a verb -------------------------------------------------------- */

typedef enum hand_outcome (*reader)(const struct hand_part *);

enum hand_outcome hand_read_order(const struct hand_part *p) {
    static const reader readers[] = {
        read_forbidding, read_escalation, read_ticket,     read_letting, read_telling,
        read_asking,     read_suggesting, read_guiding,    read_contact, read_refusing,
        read_severity,   read_capturing,  read_confirming,
    };
    for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++) {
        const enum hand_outcome outcome = readers[i](p);
        if (outcome != NOT_MINE) {
            return outcome;
        }
    }
    return NOT_MINE;
}
