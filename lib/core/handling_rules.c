#include "core/handling_parts.h"
#include "core/roles.h"

/* "Note:", "Important:", "Then", "Please": they say nothing of what is wanted. */
size_t hand_skip_fillers(const struct hand_words *w, size_t from, size_t to) {
    static const char *const phrases[] = {"in that case", "in this case", "in such a case"};
    size_t i = from;
    for (size_t k = 0; k < sizeof phrases / sizeof phrases[0]; k++) {
        const size_t n = hand_seq(w, i, phrases[k]);
        i += n > 0 && i + n < to ? n : 0;
    }
    if (i + 1 < to && w->items[i].after == ':' &&
        hand_is(w, i, "note|important|tip|warning|caution|remember|hint|nb|attention|info")) {
        i++;
    }
    while (i + 1 < to &&
           (hand_is(w, i,
                    "please|then|also|finally|instead|always|afterwards|additionally|immediately|"
                    "lastly|kindly|and|now|simply|politely") ||
            (hand_is(w, i, "first|second|third|next|otherwise") &&
             (w->items[i].after == ',' || (hand_cues(w, i + 1) & HAND_VERB) != 0))) &&
           !hand_is(w, i + 1, "line|time")) {
        i++;
    }
    return i;
}

/* ---- subjects -------------------------------------------------------------------------------- */

/* People by role at i ("trainees", "range operators and instructors"); *next behind them. */
static uint32_t people_at(const struct hand_words *w, size_t i, size_t *next) {
    uint32_t roles = 0;
    size_t k = i;
    while (k < w->count && k < i + 8) {
        const bool word = hand_is(w, k,
                                  "the|a|an|all|any|only|and|or|range|platform|every|each|lab|"
                                  "no|other|course|support|engineers|engineer");
        if (w->items[k].roles == 0 && (hand_cues(w, k) & HAND_USER) == 0 && !word) {
            break;
        }
        if (view_ends(w->items[k].fold, VIEW("'s")) || view_ends(w->items[k].fold, VIEW("s'"))) {
            return 0;
        }
        roles |= w->items[k].roles;
        roles |= hand_is(w, k, "person|people|anyone|nobody") ? ROLES_EVERYBODY : 0;
        k++;
    }
    *next = k;
    return roles;
}

static uint32_t named_roles(uint32_t roles) {
    return roles == ROLES_EVERYBODY ? 0 : roles;
}

/* The words from i on, as their own clause. */
static struct hand_part from_word(const struct hand_part *p, size_t i) {
    struct hand_part part = *p;
    part.from = hand_skip_fillers(p->w, i, p->to);
    return part;
}

void hand_add_fact(const struct hand_part *p, size_t from, size_t to) {
    struct note_item item = {.kind = NOTE_FACT, .roles = p->scope->roles};
    const struct view condition = p->scope->condition;
    struct view text = hand_slice(p->w, from, to);
    if (condition.n > 0 && text.n > 0) {
        struct hand_words w;
        const bool phrase =
            hand_read_words(p->h, condition, &w) && (hand_cues(&w, 0) & HAND_PREP) != 0;
        const struct view part = hand_as_part(p->h, text);
        text = hand_format(p->h, "%s%.*s%s %.*s", phrase ? "" : "if ", (int)condition.n,
                           condition.p, phrase ? ":" : ",", (int)part.n, part.p);
    }
    const struct view people = p->h->local_name;
    if (p->h->local.roles != 0 && people.n > 0 && p->h->local_new) {
        const struct view part = hand_as_part(p->h, text);
        text = hand_format(p->h, "%.*s: %.*s", (int)people.n, people.p, (int)part.n, part.p);
    }
    item.text = hand_as_sentence(p->h, text);
    if (item.text.n > 0) {
        hand_add(p->h, item);
    }
}

/* A whole rule about somebody: "Trainees may not attach disks." */
static void add_rule(const struct hand_part *p, uint32_t roles, bool desk) {
    struct hand_order o = {.w = p->w,
                           .from = p->from,
                           .to = p->to,
                           .scope = p->scope,
                           .condition = p->condition,
                           .desk = desk};
    hand_never(p->h, &o, roles);
}

struct hand_predicate hand_predicate_at(const struct hand_words *w, size_t i) {
    struct hand_predicate p = {.verb = i};
    const uint32_t cues = hand_cues(w, i);
    const bool be = (cues & HAND_BE) != 0;
    const bool fused = (cues & HAND_NOT) != 0;
    const bool not_next = (hand_cues(w, i + 1) & HAND_NOT) != 0;
    const bool allowed = be && hand_near(w, i, 4,
                                         "allowed|permitted|supposed|authorised|authorized|"
                                         "forbidden|prohibited");
    if (allowed) {
        const bool bad = hand_near(w, i, 4, "forbidden|prohibited");
        p.not_allowed = fused || not_next || bad;
        p.can = !p.not_allowed;
        p.verb = hand_find(w, i, "to") + 1;
    } else if ((cues & HAND_MODAL) != 0) {
        p.not_allowed = fused || not_next;
        p.must = hand_is(w, i, "must|should|shall|mustn't|shouldn't");
        p.can =
            hand_is(w, i, "may|can|could|will|would|might|cannot|can't|won't|couldn't|wouldn't");
        p.verb = not_next ? i + 2 : i + 1;
    } else if (hand_is(w, i, "never")) {
        p.not_allowed = true;
        p.verb = i + 1;
    } else if (hand_is(w, i, "needs|has|have|need|is|are") && hand_is(w, i + 1, "to")) {
        p.must = true;
        p.verb = i + 2;
    } else if ((hand_is(w, i, "do|does") && not_next) || hand_is(w, i, "don't|doesn't")) {
        p.denies = true;
        p.verb = not_next ? i + 2 : i + 1;
    }
    return p;
}

/* "The assistant must ...": an order. "The help desk never ...": a statement, and a rule. */
enum hand_outcome hand_read_desk_subject(const struct hand_part *p) {
    size_t next;
    if (!hand_desk_at(p->w, p->from, &next) || next >= p->to) {
        return NOT_MINE;
    }
    next += hand_is(p->w, next, "then|always|also|only|immediately|first") ? 1 : 0;
    const struct hand_predicate is = hand_predicate_at(p->w, next);
    const bool finite = is.must || is.can || is.not_allowed || is.verb != next ||
                        (hand_cues(p->w, next) & (HAND_DOES | HAND_BE | HAND_HAVE)) != 0 ||
                        hand_base(p->h->lexicon, p->w->items[next].fold, p->h->arena).n > 0;
    if (!finite || is.verb >= p->to) {
        return NOT_MINE;
    }
    if (is.must) {
        struct hand_scope scope = *p->scope;
        struct hand_part order = from_word(p, is.not_allowed ? p->from : is.verb);
        scope.desk = true;
        order.scope = &scope;
        if (is.not_allowed) {
            add_rule(p, 0, true);
            return FOR_DESK;
        }
        const enum hand_outcome outcome = hand_read_order(&order);
        return outcome == NOT_MINE ? STRANGE : FOR_DESK;
    }
    const bool able = hand_is(p->w, next, "can't|cannot|can|could|couldn't|won't|wouldn't");
    const bool later = hand_find(p->w, next + 1, "never|mustn't") < p->to; /* "and must never" */
    if ((is.not_allowed && !able) || is.denies || (able && later)) {
        add_rule(p, 0, true);
    }
    hand_add_fact(p, p->begin, p->to);
    return FOR_USER;
}

/* "The assistant should greet them and ask which room they are in." */
bool hand_obliged(const struct hand_words *w, size_t from, size_t *verb) {
    size_t next;
    if (!hand_desk_at(w, from, &next) || next >= w->count) {
        return false;
    }
    const struct hand_predicate is = hand_predicate_at(w, next);
    if (!is.must || is.not_allowed || is.verb >= w->count) {
        return false;
    }
    *verb = hand_skip_fillers(w, is.verb, w->count);
    return true;
}

/* "The help desk asks for the seat and escalates to Tier 2": its verbs are read as orders. */
bool hand_described(struct hand *h, struct hand_words *w, size_t from, size_t *verb) {
    size_t next;
    const uint32_t orders = HAND_ESCALATE | HAND_ASK | HAND_TELL | HAND_CAPTURE | HAND_OPEN;
    if (!hand_desk_at(w, from, &next) || next >= w->count) {
        return false;
    }
    next += hand_is(w, next, "then|always|also|only|immediately|first") ? 1 : 0;
    struct view base = {0};
    if (next < w->count && view_ends(w->items[next].fold, VIEW("s"))) {
        base = hand_base(h->lexicon, w->items[next].fold, h->arena);
    }
    if (base.n == 0 || hand_is(w, next, "does|is|has") ||
        (hand_cues_of(h->lexicon, base) & orders) == 0 || !hand_to_base(h, w, next)) {
        return false;
    }
    for (size_t i = next + 1; i < w->count; i++) {
        if (hand_is(w, i - 1, "and|then|or") || w->items[i - 1].after == ',') {
            (void)hand_to_base(h, w, i);
        }
    }
    *verb = next;
    return true;
}

/* "You must not share ..." for the user; inside guidance, "you" is the assistant. */
static enum hand_outcome read_you(const struct hand_part *p) {
    if (!hand_is(p->w, p->from, "you")) {
        return NOT_MINE;
    }
    const struct hand_predicate is = hand_predicate_at(p->w, p->from + 1);
    if (is.not_allowed && p->h->carry.of_users) { /* "Users ask for it. You must never give it." */
        add_rule(p, 0, true);
        return FOR_DESK;
    }
    if (p->scope->desk && is.verb < p->to) {
        const struct hand_part order = from_word(p, is.not_allowed ? p->from + 1 : is.verb);
        const enum hand_outcome outcome = hand_read_order(&order);
        return outcome == NOT_MINE ? STRANGE : FOR_DESK;
    }
    if (hand_is(p->w, p->from + 1, "never") &&
        hand_is(p->w, p->from + 2, "see|need|lose|notice|get|have|meet|pay|hear")) {
        return NOT_MINE; /* "You never see one" */
    }
    if (is.not_allowed &&
        !hand_is(p->w, p->from + 1, "won't|will|couldn't|wouldn't|can't|cannot")) {
        add_rule(p, 0, false);
        return FOR_USER;
    }
    return NOT_MINE;
}

/* "The student must not replant it" is said to them: "Don't replant it." Of people in general it
 * stays a rule about them. */
static void add_people_rule(const struct hand_part *p, uint32_t roles,
                            const struct hand_predicate *is) {
    const struct hand_words *w = p->w;
    const bool one = hand_is(w, p->from, "the") && (hand_cues(w, p->from + 1) & HAND_USER) != 0 &&
                     !view_ends(w->items[p->from + 1].fold, VIEW("s"));
    if (!one || is->verb >= p->to) {
        add_rule(p, roles, false);
        return;
    }
    const struct view rest = hand_you(p->h, hand_slice(w, is->verb, p->to));
    struct note_item item = {.kind = NOTE_NEVER, .roles = roles};
    item.text = hand_as_sentence(p->h, hand_format(p->h, "Don't %.*s", (int)rest.n, rest.p));
    hand_add_under(p->h, item, p->condition);
}

/* "Instructors may reset it; trainees may not." What the second may not is what the first may. */
static bool read_others(const struct hand_part *p, const struct hand_predicate *first) {
    const struct hand_words *w = p->w;
    for (size_t i = first->verb + 1; i + 1 < p->to; i++) {
        size_t next = i;
        const size_t from = hand_is(w, i, "but|and|while") ? i + 1 : i;
        const uint32_t roles =
            w->items[i - 1].after != 0 || from > i ? people_at(w, from, &next) : 0;
        const struct hand_predicate is = hand_predicate_at(w, next);
        if (roles == 0 || !is.not_allowed || is.verb < p->to) {
            continue;
        }
        const struct view who = hand_slice(w, from, p->to);
        const struct view what = hand_as_part(p->h, hand_slice(w, first->verb, i));
        struct note_item item = {.kind = NOTE_NEVER, .roles = named_roles(roles)};
        item.text = hand_as_sentence(
            p->h, hand_format(p->h, "%.*s %.*s", (int)who.n, who.p, (int)what.n, what.p));
        hand_add(p->h, item);
        hand_add_fact(p, p->from, p->to);
        return true;
    }
    return false;
}

/* "Trainees may not ...", "Only operators may ...", "No role can ...", "Nobody may ...". */
static enum hand_outcome read_people(const struct hand_part *p) {
    const struct hand_words *w = p->w;
    size_t next;
    uint32_t roles = people_at(w, p->from, &next);
    const bool nobody =
        hand_is(w, p->from, "nobody|none") ||
        (hand_is(w, p->from, "no") && hand_is(w, p->from + 1, "one|role|user|person"));
    if (nobody) {
        next = hand_is(w, p->from, "no") ? p->from + 2 : p->from + 1;
    }
    if ((roles == 0 && !nobody) || next >= p->to) {
        return NOT_MINE;
    }
    const struct hand_predicate is = hand_predicate_at(w, next);
    const bool does = p->scope->desk && p->from == p->begin && p->from > 0 &&
                      view_ends(w->items[next].fold, VIEW("s")); /* "..., and nobody takes one" */
    if (nobody && (is.can || is.must || does)) {
        add_rule(p, 0, false);
        return FOR_USER;
    }
    const bool only = hand_is(w, p->from, "only") || hand_is(w, p->from + 1, "only");
    if (only && (is.can || is.must) && !is.not_allowed) {
        const uint32_t may = roles_audience(named_roles(roles));
        const uint32_t all =
            (UINT32_C(1) << (ESI_ROLE_ADMIN + 1)) - (UINT32_C(1) << ESI_ROLE_TRAINEE);
        if (may != 0) {
            add_rule(p, all & ~may, false);
        }
        hand_add_fact(p, p->from, p->to);
        return FOR_USER;
    }
    if (is.can && !is.not_allowed && read_others(p, &is)) {
        return FOR_USER;
    }
    if (is.not_allowed && !hand_is(w, next, "won't|will|wouldn't")) {
        add_people_rule(p, named_roles(roles), &is);
        return FOR_USER;
    }
    if (p->scope->desk && is.must && (hand_cues(w, p->from) & (HAND_USER | HAND_DET)) != 0) {
        struct hand_order o = {.w = w,
                               .from = is.verb,
                               .to = p->to,
                               .scope = p->scope,
                               .condition = p->condition,
                               .desk = true};
        hand_steps(p->h, &o);
        return FOR_DESK;
    }
    return NOT_MINE;
}

/* ---- statements that are rules --------------------------------------------------------------- */

/* "Image faults are escalated to Tier 3", "X goes to Tier 2", "X requires escalation". */
static enum hand_outcome read_passive(const struct hand_part *p) {
    const struct hand_words *w = p->w;
    for (size_t i = p->from + 1; i < p->to; i++) {
        const bool done = hand_is(w, i, "escalated") ||
                          (hand_is(w, i,
                                   "routed|handed|raised|transferred|forwarded|assigned|"
                                   "passed|referred|sent|goes|go|belongs|belong") &&
                           hand_has_tier(w, i, p->to));
        const size_t be = hand_cue(w, p->from, i, HAND_BE | HAND_MODAL);
        const bool active = (done && hand_is(w, i, "goes|go|belongs|belong")) ||
                            (hand_is(w, i, "requires|require|needs|need") &&
                             hand_near(w, i, 4, "escalation|escalating"));
        if ((!done || be == i) && !active) {
            continue;
        }
        size_t subject_end = active ? i : be;
        subject_end -= hand_is(w, subject_end - 1, "and|or") ? 1 : 0;
        struct hand_span behind;
        const size_t end = hand_trailing(w, i, p->to, true, &behind);
        const bool plain = hand_is(w, subject_end - 1,
                                   "case|cases|it|this|ticket|tickets|issue|"
                                   "issues|they|that|incident|escalation");
        struct hand_part rule = *p;
        size_t subject_from = p->from;
        for (size_t k = p->from; k < subject_end; k++) {
            subject_from = w->items[k].after == ';' ? k + 1 : subject_from;
        }
        const struct view subject = hand_slice(w, subject_from, subject_end);
        if (!plain && subject.n > 0) {
            rule.condition = p->condition.n == 0
                                 ? subject
                                 : hand_format(p->h, "%.*s and %.*s", (int)subject.n, subject.p,
                                               (int)p->condition.n, p->condition.p);
        }
        if (hand_cue(w, be, i, HAND_NOT) < i) {
            rule.from = i;
            hand_add_no_escalation(&rule, p->to);
        } else if (hand_add_when(&rule, i, p->to, NOTE_ESCALATE) == STRANGE) {
            hand_unread(p->h, p->h->source);
        }
        (void)end;
        if (!p->scope->desk) {
            hand_add_fact(p, p->from, p->to);
            return FOR_USER;
        }
        return FOR_DESK;
    }
    return NOT_MINE;
}

/* "The ticket needs the seat and the time." */
static enum hand_outcome read_ticket_needs(const struct hand_part *p) {
    const struct hand_words *w = p->w;
    const size_t noun = hand_is(w, p->from, "the|a|an|every|each|your") ? p->from + 1 : p->from;
    if (!hand_is(w, noun, "ticket|tickets|case|escalation|escalations|handover") &&
        !hand_is(w, noun + 1, "ticket|tickets")) {
        return NOT_MINE;
    }
    const size_t verb = hand_find(w, noun,
                                  "needs|need|contain|contains|include|includes|require|"
                                  "requires|carries|carry");
    if (verb + 1 >= p->to || verb > noun + 4 || hand_cue(w, noun, verb, HAND_NOT) < verb) {
        return NOT_MINE;
    }
    const struct hand_order o = {.w = w,
                                 .from = verb + 1,
                                 .to = p->to,
                                 .scope = p->scope,
                                 .condition = p->condition,
                                 .desk = p->scope->desk};
    hand_captures(p->h, &o);
    return p->scope->desk ? FOR_DESK : FOR_USER;
}

/* A rule that users may read is a fact, too. */
static enum hand_outcome add_said(const struct hand_part *p) {
    if (!p->scope->desk) {
        hand_add_fact(p, p->begin, p->to);
        return FOR_USER;
    }
    return FOR_DESK;
}

/* "A slow bench is LOW and stays with Tier 0.", "severity HIGH, escalate to Tier 2". */
static enum hand_outcome read_severity_is(const struct hand_part *p) {
    const struct hand_words *w = p->w;
    struct note_item item = {0};
    if (hand_is(w, p->from, "severity|priority")) {
        hand_put_action(w, p->from, p->to, &item);
        const bool hands = hand_in_range(w, p->from, p->to, "escalate|escalated|goes|go|route");
        return item.actions == 0 ? NOT_MINE
                                 : hand_add_when(p, p->from, p->to, hands ? NOTE_ESCALATE : 0);
    }
    const size_t be = hand_cue(w, p->from + 1, p->to, HAND_BE);
    const bool pronoun = be == p->from + 1 && hand_is(w, p->from, "it|this|that|these|they");
    const struct view before = p->condition.n > 0 ? p->condition : p->h->last_condition;
    if (pronoun && before.n > 0 && hand_classifies(w, p->from, p->to)) {
        hand_add_class(p->h, w, (struct hand_span){p->from, p->to}, before);
        return add_said(p);
    }
    size_t at = be; /* "a tally that is wrong is HIGH": the second one */
    for (size_t i = be; i < p->to && item.actions == 0; i = hand_cue(w, i + 1, p->to, HAND_BE)) {
        if ((hand_cues(w, i + 1) & HAND_NOT) == 0) {
            hand_put_action(w, i, i + 3 < p->to ? i + 3 : p->to, &item);
            at = hand_is(w, be - 1, "that|which|who") ? i : be;
        }
    }
    if (be >= p->to || (item.actions & NOTE_SET_SEVERITY) == 0 ||
        hand_is(w, p->from, "severity|severities")) {
        return NOT_MINE;
    }
    const bool stays = hand_in_range(w, at, p->to, "stays|stay|remains|handles|handled");
    const bool goes = hand_in_range(w, at, p->to, "goes|go|escalated|escalate|routed|handed");
    struct hand_part rule = *p;
    if (!pronoun) {
        rule.condition = hand_both(p->h, hand_slice(w, p->from, at), p->condition);
    }
    (void)hand_add_when(&rule, at, p->to, stays ? NOTE_NO_ESCALATE : (goes ? NOTE_ESCALATE : 0u));
    return add_said(p);
}

static bool tier_first(const struct hand_part *p) {
    const size_t when = hand_cue(p->w, p->from, p->to, HAND_IF | HAND_TIME);
    return when - p->from <= 4 && hand_has_tier(p->w, p->from, when);
}

/* "storage faults: Tier 2", "Tier 3: kernel faults", "locked account -> Tier 1". */
static enum hand_outcome read_pair(const struct hand_part *p) {
    const struct hand_words *w = p->w;
    size_t at = p->to;
    if (p->scope->mode == MODE_ESCALATE && tier_first(p)) { /* "Tier 2, if it is still there" */
        return hand_add_when(p, p->from, p->to, NOTE_ESCALATE);
    }
    for (size_t i = p->from; i + 1 < p->to; i++) {
        const bool arrow = hand_is(w, i + 1, "->|\u2192|=>|\u2013|-");
        if (w->items[i].after == ':' || arrow) {
            at = i + 1;
            break;
        }
    }
    const bool arrow = at < p->to && hand_is(w, at, "->|\u2192|=>");
    if (at >= p->to || (p->scope->mode != MODE_ESCALATE && !arrow)) {
        return NOT_MINE;
    }
    const size_t right = hand_is(w, at, "->|\u2192|=>|\u2013|-") ? at + 1 : at;
    const bool left_tier = at - p->from <= 4 && hand_has_tier(w, p->from, at);
    const bool right_tier = p->to - right <= 6 && hand_has_tier(w, right, p->to);
    if (left_tier == right_tier) {
        return NOT_MINE;
    }
    struct hand_part rule = *p;
    rule.condition = left_tier ? hand_slice(w, right, p->to) : hand_slice(w, p->from, at);
    return hand_add_when(&rule, left_tier ? p->from : right, left_tier ? at : p->to, NOTE_ESCALATE);
}

/* "If it fails: L2, high priority": a tier and no verb, under a condition. */
static enum hand_outcome read_bare_tier(const struct hand_part *p) {
    if (p->condition.n == 0 || p->to - p->from > 6 || p->scope->mode == MODE_CAPTURE ||
        !hand_has_tier(p->w, p->from, p->from + 3 < p->to ? p->from + 3 : p->to) ||
        hand_cue(p->w, p->from, p->to, HAND_BE | HAND_HAVE | HAND_MODAL | HAND_DOES | HAND_NOT) <
            p->to ||
        (hand_cues(p->w, p->from) & HAND_VERB) != 0) {
        return NOT_MINE;
    }
    return hand_add_when(p, p->from, p->to, NOTE_ESCALATE);
}

enum hand_outcome hand_read_rule(const struct hand_part *p) {
    enum hand_outcome outcome = read_pair(p);
    outcome = outcome == NOT_MINE ? read_bare_tier(p) : outcome;
    outcome = outcome == NOT_MINE ? read_you(p) : outcome;
    return outcome == NOT_MINE ? read_people(p) : outcome;
}

/* "JH-3 is for operators only", "Colour is reserved for instructors". */
static enum hand_outcome read_reserved(const struct hand_part *p) {
    const struct hand_words *w = p->w;
    for (size_t i = p->from + 1; i + 1 < p->to; i++) {
        size_t next;
        const bool kept =
            hand_is(w, i, "reserved|restricted|limited") && hand_is(w, i + 1, "for|to");
        const size_t people = hand_is(w, i + 1, "for") && hand_is(w, i, "only|is|are") ? i + 2
                              : kept                                                   ? i + 2
                              : hand_is(w, i, "for")                                   ? i + 1
                                                                                       : p->to;
        const uint32_t roles = people < p->to ? people_at(w, people, &next) : 0;
        const bool only = roles != 0 && (kept || hand_is(w, next - 1, "only") ||
                                         hand_is(w, next, "only") || hand_is(w, i, "only"));
        const uint32_t may = only ? roles_audience(named_roles(roles)) : 0;
        if (may != 0) {
            const uint32_t all =
                (UINT32_C(1) << (ESI_ROLE_ADMIN + 1)) - (UINT32_C(1) << ESI_ROLE_TRAINEE);
            add_rule(p, all & ~may, false);
            hand_add_fact(p, p->begin, p->to);
            return FOR_USER;
        }
    }
    return NOT_MINE;
}

/* "Regrowing allows two tries." */
static enum hand_outcome read_allowance(const struct hand_part *p) {
    const struct hand_words *w = p->w;
    const size_t verb = hand_find(w, p->from + 1, "allows|allow|gets|takes");
    const int32_t n = hand_number(w, verb + 1);
    if (verb + 2 >= p->to || n == 0 || !hand_is(w, verb + 2, "tries|attempts|try|attempt") ||
        verb > p->from + 3 || !view_ends(w->items[verb - 1].fold, VIEW("ing"))) {
        return NOT_MINE;
    }
    hand_add(p->h,
             (struct note_item){.kind = NOTE_WHEN,
                                .actions = NOTE_ESCALATE,
                                .text = VIEW("Escalate."),
                                .condition = hand_format(p->h, "%s failed",
                                                         n == 1 ? "one try has" : "the tries have"),
                                .tries = n,
                                .roles = p->scope->roles,
                                .for_desk = true});
    hand_add_fact(p, p->begin, p->to);
    return FOR_USER;
}

enum hand_outcome hand_read_statement(const struct hand_part *p) {
    enum hand_outcome outcome = read_ticket_needs(p);
    outcome = outcome == NOT_MINE ? read_allowance(p) : outcome;
    outcome = outcome == NOT_MINE ? read_reserved(p) : outcome;
    outcome = outcome == NOT_MINE ? read_severity_is(p) : outcome;
    return outcome == NOT_MINE ? read_passive(p) : outcome;
}
