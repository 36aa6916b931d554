#include "core/handling_parts.h"
#include "core/roles.h"

#define PARTS_MAX 16 /* clauses of one sentence */

/* ---- words before the clause ----------------------------------------------------------------- */

/* "Note:", "Important:", "Then", "Please": they say nothing of what is wanted. */
static size_t skip_fillers(const struct hand_words *w, size_t from, size_t to) {
    size_t i = from;
    if (i + 1 < to && w->items[i].after == ':' &&
        hand_is(w, i, "note|important|tip|warning|caution|remember|hint|nb|attention|info")) {
        i++;
    }
    while (i + 1 < to &&
           hand_is(w, i,
                   "please|then|also|first|next|finally|instead|otherwise|always|second|third|"
                   "afterwards|additionally|immediately|lastly|kindly|and|now|simply|politely") &&
           !hand_is(w, i + 1, "line|time")) {
        i++;
    }
    return i;
}

/* Where another order begins behind "and", "then", a comma or a semicolon. */
static size_t next_clause(const struct hand_part *p, size_t from, size_t to, size_t *end) {
    const struct hand_words *w = p->w;
    for (size_t i = from + 2; i + 1 < to; i++) {
        const bool join = hand_is(w, i, "and|then|but");
        const char before = w->items[i - 1].after;
        if (!join && before != ';' && before != ',') {
            continue;
        }
        size_t verb, head = join ? i + 1 : i;
        head = hand_is(w, head, "then") ? head + 1 : head;
        const bool order =
            hand_is(w, head, "escalate|tell|inform|explain|ask|capture|collect|remind|advise") ||
            (hand_is(w, head, "open|raise|create|file|route|log|hand|transfer") &&
             (hand_has_tier(w, head, to) || hand_near(w, head, 4, "ticket|case|incident"))) ||
            (hand_negation(w, head, &verb) && !hand_is(w, head, "cannot|can't|avoid|may") &&
             (hand_cues(w, verb) & HAND_VERB) != 0);
        if (order && head < to && !hand_is(w, i - 1, "or|to|not")) {
            *end = i;
            return head;
        }
    }
    *end = to;
    return to;
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
    part.from = skip_fillers(p->w, i, p->to);
    return part;
}

static void add_fact(const struct hand_part *p, size_t from, size_t to) {
    struct note_item item = {.kind = NOTE_FACT, .roles = p->scope->roles};
    item.text = hand_as_sentence(p->h, hand_slice(p->w, from, to));
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

/* Behind a subject: the verb, an order's polarity, and whether it is a rule at all. */
struct predicate {
    size_t verb;
    bool not_allowed; /* may not, must not, is not allowed to, never */
    bool must;        /* must, should, needs to */
    bool can;
};

static struct predicate predicate_at(const struct hand_words *w, size_t i) {
    struct predicate p = {.verb = i};
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
    } else if (hand_is(w, i, "do|does") && not_next) {
        p.verb = i + 2;
    }
    return p;
}

/* "The assistant must ...": an order. "The help desk escalates ...": a statement, and a rule. */
static enum hand_outcome read_desk_subject(const struct hand_part *p) {
    size_t next;
    if (!hand_desk_at(p->w, p->from, &next) || next >= p->to) {
        return NOT_MINE;
    }
    next += hand_is(p->w, next, "then|always|also|only|immediately|first") ? 1 : 0;
    const struct predicate is = predicate_at(p->w, next);
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
    const struct view base = hand_base(p->h->lexicon, p->w->items[next].fold, p->h->arena);
    if (view_eq(base, VIEW("escalate")) ||
        (base.n > 0 && hand_has_tier(p->w, next, p->to) &&
         view_find(VIEW("route hand raise transfer pass assign send forward"), base, 0) !=
             SIZE_MAX)) {
        struct hand_part rule = *p;
        (void)hand_add_when(&rule, next, p->to, NOTE_ESCALATE);
    } else if (is.not_allowed || hand_is(p->w, next, "does|do")) {
        add_rule(p, 0, true);
    }
    add_fact(p, p->from, p->to);
    return FOR_USER;
}

/* "You must not share ..." for the user; inside guidance, "you" is the assistant. */
static enum hand_outcome read_you(const struct hand_part *p) {
    if (!hand_is(p->w, p->from, "you")) {
        return NOT_MINE;
    }
    const struct predicate is = predicate_at(p->w, p->from + 1);
    if (p->scope->desk && is.verb < p->to) {
        const struct hand_part order = from_word(p, is.not_allowed ? p->from + 1 : is.verb);
        const enum hand_outcome outcome = hand_read_order(&order);
        return outcome == NOT_MINE ? STRANGE : FOR_DESK;
    }
    if (is.not_allowed &&
        !hand_is(p->w, p->from + 1, "won't|will|couldn't|wouldn't|can't|cannot")) {
        add_rule(p, 0, false);
        return FOR_USER;
    }
    return NOT_MINE;
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
    const struct predicate is = predicate_at(w, next);
    if (nobody && (is.can || is.must)) {
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
        add_fact(p, p->from, p->to);
        return FOR_USER;
    }
    if (is.not_allowed && !hand_is(w, next, "won't|will|wouldn't")) {
        add_rule(p, named_roles(roles), false);
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
        const struct view subject = hand_slice(w, p->from, subject_end);
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
            return STRANGE;
        }
        (void)end;
        if (!p->scope->desk) {
            add_fact(p, p->from, p->to);
            return FOR_USER;
        }
        return FOR_DESK;
    }
    return NOT_MINE;
}

/* "storage faults: Tier 2", "Tier 3: kernel faults", "locked account -> Tier 1". */
static enum hand_outcome read_pair(const struct hand_part *p) {
    const struct hand_words *w = p->w;
    size_t at = p->to;
    for (size_t i = p->from; i + 1 < p->to; i++) {
        const bool arrow = hand_is(w, i + 1, "->|\u2192|=>|\u2013|-");
        if (w->items[i].after == ':' || arrow) {
            at = i + 1;
            break;
        }
    }
    if (at >= p->to || p->scope->mode != MODE_ESCALATE) {
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

/* ---- what a line is by the scope it stands in ------------------------------------------------ */

static enum hand_outcome add_plain(const struct hand_part *p, enum note_kind kind) {
    struct note_item item = {.kind = kind, .roles = p->scope->roles, .for_desk = p->scope->desk};
    const struct view text = hand_slice(p->w, p->from, p->to);
    item.text = kind == NOTE_SYMPTOM ? hand_as_part(p->h, text) : hand_as_sentence(p->h, text);
    if (kind == NOTE_SYMPTOM && text.n > 0 && text.p[0] == '"') {
        item.text = text;
    }
    if (item.text.n > 0 && hand_put_condition(p->h, &item, p->condition)) {
        item.tries = 0;
        item.all_tried = false;
        hand_add(p->h, item);
    }
    return p->scope->desk ? FOR_DESK : FOR_USER;
}

/* A line that its lead-in's "must not" completes. */
static enum hand_outcome add_forbidden(const struct hand_part *p) {
    const struct view lead = p->scope->lead;
    const struct view rest = hand_as_part(p->h, hand_slice(p->w, p->from, p->to));
    struct note_item item = {
        .kind = NOTE_NEVER, .roles = p->scope->roles, .for_desk = p->scope->desk};
    if (hand_is(p->w, p->from, "escalate|escalating")) {
        hand_add_no_escalation(p, p->from);
        return FOR_DESK;
    }
    const bool gerund = p->from < p->w->count && view_ends(p->w->items[p->from].fold, VIEW("ing"));
    const bool verb = (hand_cues(p->w, p->from) & HAND_VERB) != 0 ||
                      hand_find(p->w, p->from, "isn't|aren't|is|are") == p->w->count;
    if (gerund) {
        item.text =
            hand_as_sentence(p->h, hand_format(p->h, "%.*s isn't allowed", (int)rest.n, rest.p));
    } else if (verb) {
        item.text = hand_as_sentence(
            p->h, hand_format(p->h, "%.*s %.*s", (int)lead.n, lead.p, (int)rest.n, rest.p));
    } else {
        item.text = hand_as_sentence(p->h, rest);
    }
    if (hand_put_condition(p->h, &item, p->condition)) {
        item.tries = 0;
        item.all_tried = false;
        hand_add(p->h, item);
    }
    return item.for_desk ? FOR_DESK : FOR_USER;
}

/* Under "Escalate when": the line is the condition. */
static enum hand_outcome add_condition(const struct hand_part *p) {
    const size_t from = (hand_cues(p->w, p->from) & HAND_IF) != 0 ? p->from + 1 : p->from;
    struct note_item item = p->scope->action;
    item.kind = NOTE_WHEN;
    item.roles = p->scope->roles;
    item.for_desk = true;
    item.text = (item.actions & NOTE_SET_TIER) != 0
                    ? hand_format(p->h, "Escalate to Tier %d.", (int)item.tier)
                    : VIEW("Escalate.");
    if (!hand_put_condition(p->h, &item,
                            p->condition.n > 0 ? p->condition : hand_slice(p->w, from, p->to))) {
        return STRANGE;
    }
    hand_add(p->h, item);
    return p->scope->desk ? FOR_DESK : FOR_USER;
}

static bool is_statement(const struct hand_words *w, size_t from, size_t to) {
    return to - from >= 4 &&
           (hand_cue(w, from + 1, to, HAND_BE | HAND_MODAL | HAND_HAVE | HAND_DOES) < to ||
            hand_near(w, from + 1, to - from - 1, "does|do|doesn't|don't|did"));
}

/* Prose under a heading like "Escalation" states things as any prose does; only lists and fragments
 * are what the heading says. */
static bool is_mere_prose(const struct hand_part *p) {
    const enum hand_mode mode = p->scope->mode;
    return p->h->prose && is_statement(p->w, p->from, p->to) &&
           (mode == MODE_CAPTURE || mode == MODE_ASK || mode == MODE_NEVER ||
            mode == MODE_ESCALATE);
}

static enum hand_outcome read_by_mode(const struct hand_part *p) {
    if (is_mere_prose(p)) {
        return NOT_MINE;
    }
    const struct hand_order o = {.w = p->w,
                                 .from = p->from,
                                 .to = p->to,
                                 .scope = p->scope,
                                 .condition = p->condition,
                                 .desk = p->scope->desk};
    switch (p->scope->mode) {
    case MODE_SYMPTOM:
        return add_plain(p, NOTE_SYMPTOM);
    case MODE_CAUSE:
        return add_plain(p, NOTE_CAUSE);
    case MODE_SAY:
        hand_say(p->h, &o);
        return FOR_DESK;
    case MODE_ASK:
        hand_asks(p->h, &o);
        return FOR_DESK;
    case MODE_CAPTURE:
        hand_captures(p->h, &o);
        return p->scope->desk ? FOR_DESK : FOR_USER;
    case MODE_NEVER:
        return add_forbidden(p);
    case MODE_ESCALATE:
        return add_condition(p);
    case MODE_STEP:
    case MODE_NONE:
        break;
    }
    return NOT_MINE;
}

/* Is the clause an order to do something, and not a noun that looks like a verb ("Log files are
 * kept")? */
static bool is_imperative(const struct hand_words *w, size_t from, size_t to) {
    if ((hand_cues(w, from) & HAND_VERB) == 0 || to - from < 2) {
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
    const size_t near = from + 5 < to ? from + 5 : to;
    const size_t finite = hand_cue(w, from + 1, near, HAND_BE | HAND_HAVE | HAND_MODAL);
    const size_t stop = hand_cue(w, from + 1, near, HAND_DET | HAND_PREP | HAND_JOIN);
    return finite == near || stop < finite;
}

/* What the assistant can only mean for the user to do; "unlock the account" is for staff. */
static const char *const user_verbs =
    "restart|reboot|reload|refresh|reconnect|disconnect|connect|sign|log|close|open|click|select|"
    "choose|wait|try|retry|re-enter|re-run|rerun|clear|save|press|type|enter|look|switch|relaunch|"
    "reinstall|download|install|import|use|turn|go|navigate|scroll|start|stop|repeat";

static enum hand_outcome read_rest(const struct hand_part *p) {
    const struct hand_order o = {.w = p->w,
                                 .from = p->from,
                                 .to = p->to,
                                 .scope = p->scope,
                                 .condition = p->condition,
                                 .desk = p->scope->desk};
    const bool order = is_imperative(p->w, p->from, p->to);
    const bool doable = order && hand_is(p->w, p->from, user_verbs);
    if (p->scope->mode == MODE_STEP || (order && !p->scope->desk) || doable) {
        if (p->scope->desk) {
            hand_steps(p->h, &o);
            return FOR_DESK;
        }
        return add_plain(p, NOTE_STEP);
    }
    if (p->scope->desk && (order || !is_statement(p->w, p->from, p->to))) {
        return STRANGE;
    }
    if (p->condition.n > 0 || p->w->items[p->to - 1].after == '?') {
        return NOT_MINE; /* the whole sentence is the statement, or it states nothing */
    }
    add_fact(p, p->from, p->to);
    return FOR_USER;
}

static enum hand_outcome read_part(const struct hand_part *whole) {
    struct hand_part p = *whole;
    p.from = skip_fillers(p.w, p.from, p.to);
    size_t verb;
    enum hand_outcome outcome = read_desk_subject(&p);
    const bool content = p.scope->mode == MODE_SYMPTOM || p.scope->mode == MODE_CAUSE;
    outcome = outcome == NOT_MINE && !content ? read_pair(&p) : outcome;
    outcome = outcome == NOT_MINE && !content ? read_you(&p) : outcome;
    outcome = outcome == NOT_MINE && !content ? read_people(&p) : outcome;
    if (outcome == NOT_MINE && !content && p.scope->mode != MODE_SAY &&
        (is_imperative(p.w, p.from, p.to) || hand_negation(p.w, p.from, &verb))) {
        if (!(p.scope->mode == MODE_NEVER && !hand_negation(p.w, p.from, &verb))) {
            outcome = hand_read_order(&p);
        }
    }
    outcome = outcome == NOT_MINE && !content ? read_passive(&p) : outcome;
    outcome = outcome == NOT_MINE ? read_by_mode(&p) : outcome;
    return outcome == NOT_MINE ? read_rest(&p) : outcome;
}

/* ---- the sentence ---------------------------------------------------------------------------- */

static bool forbids_split(const struct hand_scope *scope) {
    return scope->mode == MODE_SYMPTOM || scope->mode == MODE_CAUSE ||
           scope->mode == MODE_CAPTURE || scope->mode == MODE_NEVER || scope->mode == MODE_ASK;
}

enum hand_outcome hand_sentence(struct hand *h, struct view sentence,
                                const struct hand_scope *scope, bool in_list) {
    struct hand_words w;
    if (!hand_read_words(h, sentence, &w) || w.count == 0) {
        return FOR_USER;
    }
    h->source = sentence;
    struct hand_part p = {.h = h,
                          .w = &w,
                          .to = w.count,
                          .scope = scope,
                          .user_list = in_list,
                          .condition = scope->condition};
    const size_t begin = skip_fillers(&w, 0, w.count);
    struct hand_span condition;
    p.from = forbids_split(scope) && scope->mode != MODE_NEVER
                 ? begin
                 : hand_leading(&w, begin, w.count, &condition);
    if (p.from > begin) {
        const struct view said = hand_slice(&w, condition.from, condition.to);
        p.condition = scope->condition.n == 0
                          ? said
                          : hand_format(h, "%.*s and %.*s", (int)scope->condition.n,
                                        scope->condition.p, (int)said.n, said.p);
    }
    const size_t items_before = h->section->note.count;
    enum hand_outcome outcome = NOT_MINE;
    size_t at = p.from;
    for (size_t parts = 0; at < w.count && parts < PARTS_MAX; parts++) {
        size_t end = w.count;
        const size_t next = forbids_split(scope) ? w.count : next_clause(&p, at, w.count, &end);
        struct hand_part part = p;
        part.from = at;
        part.to = end;
        const enum hand_outcome one = read_part(&part);
        outcome = one > outcome ? one : outcome;
        at = next;
    }
    if (outcome == STRANGE) {
        hand_unread(h, sentence);
    } else if (outcome == NOT_MINE && h->section->note.count == items_before &&
               w.items[w.count - 1].after != '?') {
        struct hand_part fact = p;
        add_fact(&fact, begin, w.count);
        outcome = FOR_USER;
    }
    return outcome;
}
