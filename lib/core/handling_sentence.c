#include "core/handling_parts.h"
#include "core/roles.h"

#define PARTS_MAX 16   /* clauses of one sentence */
#define WORDS_MOST 300 /* of one that is read clause by clause; longer ones are only text */

/* ---- what a line is by the scope it stands in ------------------------------------------------ */

static enum hand_outcome add_plain(const struct hand_part *p, enum note_kind kind) {
    struct note_item item = {.kind = kind, .roles = p->scope->roles, .for_desk = p->scope->desk};
    const struct view text = hand_slice(p->w, p->from, p->to);
    item.text = kind == NOTE_SYMPTOM ? hand_as_part(p->h, text) : hand_as_sentence(p->h, text);
    if (kind == NOTE_SYMPTOM && text.n > 0 && text.p[0] == '"') {
        item.text = text;
    }
    if (item.text.n > 0) {
        hand_add_under(p->h, item, p->condition);
    }
    return p->scope->desk ? FOR_DESK : FOR_USER;
}

/* Does the line say itself that something isn't so? What stands behind "what" or "that" doesn't
 * count: "Handing in what you haven't made". */
static bool says_forbidden(const struct hand_part *p) {
    size_t to = p->from + 1;
    while (to < p->to && (hand_cues(p->w, to) & HAND_WH) == 0 && !hand_is(p->w, to, "that") &&
           !hand_is(p->w, to + 1, "even|only|just")) { /* "hints, not even small ones" */
        to++;
    }
    const size_t no = hand_cue(p->w, p->from, to, HAND_NOT);
    return hand_near(p->w, p->from, p->to - p->from, "allowed|permitted|forbidden|prohibited") ||
           (no < to && !hand_is(p->w, no - 1, "or")); /* "packed or not" */
}

static bool is_gerund(const struct hand_words *w, size_t i) {
    return i < w->count && view_ends(w->items[i].fold, VIEW("ing")) &&
           !hand_is(w, i, "bring|ring|sing|ping|swing|string|spring|thing|king");
}

/* "promise when it will be mended": begins as what completes a lead-in does. */
static bool completes(const struct hand_words *w, size_t from) {
    const char first = w->items[from].form.p[0];
    const uint32_t next = hand_cues(w, from + 1);
    return first >= 'a' && first <= 'z' &&
           (hand_cues(w, from) & (HAND_DET | HAND_YOU | HAND_THEY | HAND_USER)) == 0 &&
           (next & (HAND_WH | HAND_DET | HAND_IF)) != 0;
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
    const bool gerund = is_gerund(p->w, p->from);
    const bool verb = (hand_cues(p->w, p->from) & HAND_VERB) != 0 || completes(p->w, p->from) ||
                      hand_find(p->w, p->from, "isn't|aren't|is|are") == p->w->count;
    const bool long_line = view_find(rest, VIEW(","), 0) != SIZE_MAX ||
                           view_find(rest, VIEW(":"), 0) != SIZE_MAX || rest.n > 80;
    if (gerund && long_line && !says_forbidden(p)) {
        item.text =
            hand_as_sentence(p->h, hand_format(p->h, "Not allowed: %.*s", (int)rest.n, rest.p));
    } else if (gerund && !says_forbidden(p)) {
        item.text =
            hand_as_sentence(p->h, hand_format(p->h, "%.*s isn't allowed", (int)rest.n, rest.p));
    } else if (verb && !says_forbidden(p)) {
        item.text = hand_as_sentence(
            p->h, hand_format(p->h, "%.*s %.*s", (int)lead.n, lead.p, (int)rest.n, rest.p));
    } else {
        item.text = hand_as_sentence(p->h, rest);
    }
    hand_add_under(p->h, item, p->condition);
    return item.for_desk ? FOR_DESK : FOR_USER;
}

/* Under "Escalate when": the line is the condition. */
static enum hand_outcome add_condition(const struct hand_part *p) {
    const size_t from = (hand_cues(p->w, p->from) & HAND_IF) != 0 ? p->from + 1 : p->from;
    struct note_item item = p->scope->action;
    const size_t stays = hand_find(p->w, from, "stays|stay|remains|remain");
    if (stays < p->to && hand_in_range(p->w, stays, p->to, "desk|us|assistant|helpdesk")) {
        struct hand_part rule = *p; /* "Everything else stays with the desk" */
        rule.condition = hand_both(p->h, p->condition, hand_slice(p->w, from, stays));
        return hand_add_when(&rule, stays, p->to, NOTE_NO_ESCALATE);
    }
    item.kind = NOTE_WHEN;
    item.roles = p->scope->roles;
    item.for_desk = true;
    item.text = (item.actions & NOTE_SET_TIER) != 0
                    ? hand_format(p->h, "Escalate to Tier %d.", (int)item.tier)
                    : VIEW("Escalate.");
    hand_put_condition(p->h, &item,
                       p->condition.n > 0 ? p->condition : hand_slice(p->w, from, p->to));
    hand_add(p->h, item);
    return p->scope->desk ? FOR_DESK : FOR_USER;
}

/* Prose under a heading like "Escalation" states things as any prose does; only lists and fragments
 * are what the heading says. */
static bool is_mere_prose(const struct hand_part *p) {
    const enum hand_mode mode = p->scope->mode;
    if (mode == MODE_NEVER && (p->h->prose || p->h->sentences > 1) &&
        hand_is_statement(p->w, p->from, p->to)) {
        return true; /* "A second one costs two weeks." */
    }
    if (mode == MODE_NEVER && p->h->sentences > 1 && !is_gerund(p->w, p->from) &&
        p->to - p->from >= 4 && !completes(p->w, p->from) &&
        (hand_cues(p->w, p->from) & (HAND_VERB | HAND_NOT)) == 0) {
        return true; /* "Marshals hand out pictures on request." */
    }
    if (mode == MODE_NEVER && p->h->prose) {
        return p->to - p->from >= 4 &&
               !view_ends(p->w->items[p->from].fold, VIEW("ing")); /* "Breaches go to the board" */
    }
    bool states = hand_is_statement(p->w, p->from, p->to);
    for (size_t i = p->from + 1; i < p->to && !states; i++) { /* "The number looks like this" */
        const struct view word = p->w->items[i].fold;
        states = view_ends(word, VIEW("s")) && hand_is(p->w, p->from, "the|a|an|each|every") &&
                 hand_base(p->h->lexicon, word, p->h->arena).n > 0;
    }
    return p->h->prose && states &&
           (mode == MODE_CAPTURE || mode == MODE_ASK || mode == MODE_NEVER ||
            mode == MODE_ESCALATE);
}

/* "See kb-x", "Keep the vents free": no cause, though it stands where causes do. */
static bool is_no_cause(const struct hand_part *p) {
    const bool see = hand_is(p->w, p->from, "see|refer|read");
    const bool order = p->h->prose && hand_is_imperative(p->w, p->from, p->to) &&
                       (hand_cues(p->w, p->from + 1) & (HAND_DET | HAND_YOU)) != 0;
    return (p->scope->mode == MODE_CAUSE && order) ||
           ((p->scope->mode == MODE_CAUSE || p->scope->mode == MODE_SYMPTOM) && see);
}

static enum hand_outcome read_by_mode(const struct hand_part *p) {
    if (is_mere_prose(p) || is_no_cause(p)) {
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

/* What the assistant can only mean for the user to do; "unlock the account" is for staff. */
static const char *const user_verbs =
    "restart|reboot|reload|refresh|reconnect|disconnect|connect|sign|log|close|open|click|select|"
    "choose|wait|try|retry|re-enter|re-run|rerun|clear|save|press|type|enter|look|switch|relaunch|"
    "reinstall|download|install|import|use|turn|go|navigate|scroll|start|stop|repeat";

/* "the user" at noun, a person: not "the user name" and not "your student number". */
static bool is_person(const struct hand_words *w, size_t noun) {
    if ((hand_cues(w, noun) & HAND_USER) == 0 || (hand_cues(w, noun - 1) & HAND_DET) == 0 ||
        hand_is(w, noun - 1, "your|our|another|other|my") ||
        hand_is(w, noun, "user|users|player|players|user's")) {
        return false;
    }
    const uint32_t next = hand_cues(w, noun + 1);
    return noun + 1 >= w->count || w->items[noun].after != 0 || next != 0 ||
           view_ends(w->items[noun].fold, VIEW("s")) ||
           view_ends(w->items[noun + 1].fold, VIEW("s"));
}

/* Who is told to do something to "the learner" isn't one, unless the words are for staff. */
static bool speaks_of_user(const struct hand_part *p) {
    size_t next;
    const uint32_t staff = p->h->front->roles | p->scope->roles;
    if (staff != 0 && (staff & (1u << ESI_ROLE_TRAINEE)) == 0) {
        return false;
    }
    if (hand_user_at(p->w, p->from + 1, &next) && next < p->to &&
        (hand_cues(p->w, next) & (HAND_DET | HAND_PREP | HAND_WH)) != 0) {
        return true; /* "Give the user the steps" */
    }
    for (size_t i = p->from + 1; i < p->to; i++) {
        if (is_person(p->w, i)) {
            return true;
        }
    }
    return false;
}

/* "when you refuse something": whoever serves users is spoken to. */
static bool serves(struct view condition) {
    static const char *const deeds[] = {
        "you refuse",        "you escalate",      "you decline",    "you hand over",
        "you answer",        "you reply",         "you pass it on", "you pass a",
        "you open a ticket", "you close a",       "you take over",  "you help somebody",
        "you help someone",  "you have to refuse"};
    for (size_t i = 0; i < sizeof deeds / sizeof deeds[0]; i++) {
        const struct view deed = view_of(deeds[i]);
        if (view_eq_nocase(view_slice(condition, 0, deed.n), deed)) {
            return true;
        }
    }
    return false;
}

/* A fragment of a list whose lead-in says no more than what it is a list of: all of it is one
 * statement. */
static bool extend_list(const struct hand_part *p) {
    struct hand *h = p->h;
    struct note *note = &h->section->note;
    if (h->list_lead.n == 0 || h->prose || hand_is_statement(p->w, p->from, p->to)) {
        return false;
    }
    const struct view words = hand_as_part(h, hand_slice(p->w, p->from, p->to));
    struct note_item *last = note->count > 0 ? &note->items[note->count - 1] : NULL;
    if (h->list_fact > 0 && last != NULL && h->list_fact == note->count) {
        const struct view so_far = view_slice(last->text, 0, last->text.n - 1);
        last->text = hand_format(h, "%.*s; %.*s.", (int)so_far.n, so_far.p, (int)words.n, words.p);
        return true;
    }
    struct note_item item = {.kind = NOTE_FACT, .roles = p->scope->roles};
    item.text =
        hand_format(h, "%.*s %.*s.", (int)h->list_lead.n, h->list_lead.p, (int)words.n, words.p);
    hand_add(h, item);
    h->list_fact = note->count;
    return true;
}

static enum hand_outcome read_rest(const struct hand_part *p) {
    const struct hand_order o = {.w = p->w,
                                 .from = p->from,
                                 .to = p->to,
                                 .scope = p->scope,
                                 .condition = p->condition,
                                 .desk = p->scope->desk};
    const bool order = hand_orders(p->h, p->w, p->from, p->to);
    const bool doable = order && hand_is(p->w, p->from, user_verbs);
    if (order && !p->scope->desk && (speaks_of_user(p) || serves(p->condition))) {
        return STRANGE;
    }
    const bool statement = !order && p->scope->mode == MODE_STEP && !p->user_list &&
                           hand_is_statement(p->w, p->from, p->to);
    const bool remark =
        hand_is(p->w, p->from, "use|follow|see|consult") &&
        ((hand_is(p->w, p->from + 1, "it|this|these|them") &&
          (hand_cues(p->w, p->from + 2) & HAND_IF) != 0) ||
         (hand_is(p->w, p->from, "see") && p->from + 1 < p->to &&
          p->w->items[p->from + 1].quoted) ||
         (hand_is(p->w, p->from + 1, "that|this|the") &&
          hand_is(p->w, p->from + 2, "document|page|article|policy|guide|one|section|table")) ||
         (p->from + 1 < p->to && hand_is_document(p->h->front, &p->w->items[p->from + 1])));
    if (!statement && !remark &&
        (p->scope->mode == MODE_STEP || (order && !p->scope->desk) || doable)) {
        if (p->scope->desk) {
            hand_steps(p->h, &o);
            return FOR_DESK;
        }
        return add_plain(p, NOTE_STEP);
    }
    if (p->scope->desk && (order || !hand_is_statement(p->w, p->from, p->to))) {
        return STRANGE;
    }
    if (p->condition.n > 0 || p->w->items[p->to - 1].after == '?') {
        return NOT_MINE; /* the whole sentence is the statement, or it states nothing */
    }
    if (!extend_list(p)) {
        hand_add_fact(p, p->from, p->to);
    }
    return FOR_USER;
}

static enum hand_outcome read_part(const struct hand_part *whole) {
    struct hand_part p = *whole;
    p.from = hand_skip_fillers(p.w, p.from, p.to);
    p.condition = hand_both(p.h, p.condition, hand_inherited(&p));
    struct hand_scope theirs = *p.scope;
    if (p.h->carry.people != 0 && hand_is(p.w, p.from + 1, "them") &&
        (hand_cues(p.w, p.from) & (HAND_TELL | HAND_LET | HAND_ASK | HAND_SUGGEST)) != 0) {
        theirs.roles = roles_audience(p.h->carry.people);
        theirs.set = true;
        p.scope = &theirs;
    }
    size_t verb;
    enum hand_outcome outcome = hand_read_desk_subject(&p);
    const bool content = p.scope->mode == MODE_SYMPTOM || p.scope->mode == MODE_CAUSE;
    outcome = outcome == NOT_MINE && !content ? hand_read_rule(&p) : outcome;
    if (outcome == NOT_MINE && !content && p.scope->mode != MODE_SAY &&
        (hand_is_imperative(p.w, p.from, p.to) || hand_negation(p.w, p.from, &verb))) {
        if (!(p.scope->mode == MODE_NEVER && !hand_negation(p.w, p.from, &verb))) {
            outcome = hand_read_order(&p);
        }
    }
    outcome = outcome == NOT_MINE && !content ? hand_read_statement(&p) : outcome;
    outcome = outcome == NOT_MINE ? read_by_mode(&p) : outcome;
    return outcome == NOT_MINE ? read_rest(&p) : outcome;
}

/* ---- the sentence ---------------------------------------------------------------------------- */

static bool forbids_split(const struct hand_scope *scope) {
    return scope->mode == MODE_SYMPTOM || scope->mode == MODE_CAUSE ||
           scope->mode == MODE_CAPTURE || scope->mode == MODE_NEVER || scope->mode == MODE_ASK;
}

/* The condition that the sentence begins with goes into *p; where its main clause begins. */
static size_t take_leading(struct hand *h, struct hand_part *p, size_t begin) {
    const struct hand_scope *scope = p->scope;
    struct hand_span condition;
    size_t next;
    if (hand_otherwise(p->w, 0, &next) && hand_opposite(h).n > 0) {
        p->condition = hand_both(h, scope->condition, hand_opposite(h));
        p->conditional = true;
        return hand_skip_fillers(p->w, next, p->w->count);
    }
    if (forbids_split(scope) && scope->mode != MODE_NEVER) {
        return begin;
    }
    const size_t main = hand_leading(p->w, begin, p->w->count, &condition);
    if (main > begin) {
        struct view said = hand_slice(p->w, condition.from, condition.to);
        if (hand_is(p->w, begin, "should")) {
            said = hand_finite(h, said);
        }
        p->condition = hand_both(h, scope->condition, hand_resolved(h, said));
        p->conditional = true;
    }
    return main;
}

/* What the sentence leaves to the next ones. */
static void leave(struct hand *h, const struct hand_part *p, size_t items_before, bool first) {
    const struct note *note = &h->section->note;
    bool states = true;
    const struct note_item *rule = NULL;
    for (size_t i = items_before; i < note->count; i++) {
        const struct note_item *item = &note->items[i];
        states = states && (item->kind == NOTE_FACT || item->kind == NOTE_CAUSE ||
                            item->kind == NOTE_SYMPTOM);
        rule = item->kind == NOTE_WHEN && (item->actions & NOTE_NO_ESCALATE) == 0 ? item : rule;
    }
    if (p->conditional) {
        hand_leave_condition(h, p->condition, first);
        h->carry.states = states;
    } else if (rule != NULL && rule->condition.n > 0 &&
               !view_eq(rule->condition, h->carry.condition)) {
        hand_leave_condition(h, rule->condition, first);
    }
    h->carry.rules += rule != NULL && rule->condition.n > 0 ? 1 : 0;
    hand_leave_statement(h, p->w, first && rule == NULL);
}

/* The condition of the escalation that was read last, from item `from` on. */
static struct view rule_condition(const struct hand *h, size_t from) {
    const struct note *note = &h->section->note;
    const struct note_item *last = note->count > from ? &note->items[note->count - 1] : NULL;
    return last != NULL && last->kind == NOTE_WHEN ? last->condition : (struct view){0};
}

/* One sentence, clause by clause. */
struct reading {
    struct hand_scope ordered; /* who was spoken to is spoken to on */
    struct view rule;          /* "escalate if it smokes, and ask for the hall" */
    size_t stated;             /* where the statement that it begins with ends */
    enum hand_outcome outcome;
};

static void read_clause(struct hand_part *part, struct reading *r, bool first) {
    struct hand *h = part->h;
    const bool capture = (hand_cues(part->w, part->from) & (HAND_CAPTURE | HAND_RECORD)) != 0;
    const size_t count = h->section->note.count;
    const bool conditional = part->condition.n > 0;
    if (!capture) {
        part->condition = hand_both(h, part->condition, r->rule);
    }
    const enum hand_outcome one = read_part(part);
    r->outcome = one > r->outcome ? one : r->outcome;
    if (one == NOT_MINE && first) {
        r->stated = part->to;
    } else if (one == NOT_MINE && h->section->note.count == count) {
        hand_add_fact(part, part->from, part->to);
    }
    if (r->rule.n == 0 && !conditional) {
        r->rule = rule_condition(h, count);
    }
    r->ordered.desk = r->ordered.desk || one == FOR_DESK || one == STRANGE;
}

static void read_clauses(struct hand_part *p, struct reading *r, size_t begin) {
    size_t at = p->from;
    for (size_t parts = 0; at < p->w->count && parts < PARTS_MAX; parts++) {
        size_t end = p->w->count;
        const size_t next = forbids_split(p->scope) ? end : hand_next_clause(p, at, end, &end);
        struct hand_part part = *p;
        part.from = at;
        part.begin = parts == 0 ? begin : at;
        part.to = end;
        read_clause(&part, r, parts == 0);
        if (r->ordered.desk) {
            p->scope = &r->ordered;
        }
        at = next;
    }
}

static bool has_letters(struct view text) {
    for (size_t i = 0; i < text.n; i++) {
        if ((text.p[i] | 0x20) >= 'a' && (text.p[i] | 0x20) <= 'z') {
            return true;
        }
        if ((text.p[i] & 0x80) != 0 || (text.p[i] >= '0' && text.p[i] <= '9')) {
            return true;
        }
    }
    return false;
}

/* Nobody writes so: a list or a dump without marks. It is shown as it stands, and obeyed never. */
static enum hand_outcome too_long(struct hand *h, struct view sentence,
                                  const struct hand_scope *scope) {
    if (scope->desk) {
        hand_unread(h, sentence);
        return STRANGE;
    }
    hand_add(h, (struct note_item){.kind = NOTE_FACT, .text = sentence, .roles = scope->roles});
    return FOR_USER;
}

/* "Appeals go to the board; say so." What stands before is said. */
static bool says_so(struct hand *h, struct hand_words *w, const struct hand_scope *scope) {
    const size_t n = w->count;
    const size_t end = n > 2 && hand_is(w, n - 1, "so") && hand_is(w, n - 2, "say|tell")     ? n - 2
                       : n > 3 && hand_is(w, n - 1, "so") && hand_seq(w, n - 3, "tell them") ? n - 3
                                                                                             : n;
    if (end == n || end < 3) {
        return false;
    }
    const size_t to = hand_is(w, end - 1, "and|please") ? end - 1 : end;
    const struct hand_order o = {.w = w, .to = to, .scope = scope, .desk = true};
    hand_say(h, &o);
    return true;
}

/* "If it still fails after one try, escalate": a rule, though it stands under "Symptoms". */
static bool passes_on(const struct hand_words *w) {
    struct hand_span condition;
    const size_t main = hand_leading(w, 0, w->count, &condition);
    return main > 0 && (hand_cues(w, 0) & HAND_IF) != 0 &&
           (hand_cues(w, main) & HAND_ESCALATE) != 0 && hand_is(w, main, "escalate|hand|pass");
}

/* "(Bram, March)": who wrote it and when is of no use to anybody. */
static bool is_signature(const struct hand_words *w, struct view sentence) {
    sentence = view_trim(sentence);
    return w->count <= 4 && view_starts(sentence, VIEW("(")) &&
           (view_ends(sentence, VIEW(")")) || view_ends(sentence, VIEW(")."))) &&
           hand_find(w, 0,
                     "january|february|march|april|may|june|july|august|september|october|"
                     "november|december") < w->count;
}

/* A rule that stands among what is seen, or why, is one all the same. */
static bool is_rule(const struct hand *h, const struct hand_words *w,
                    const struct hand_scope *scope) {
    return h->prose && (scope->mode == MODE_SYMPTOM || scope->mode == MODE_CAUSE) && passes_on(w);
}

enum hand_outcome hand_sentence(struct hand *h, struct view sentence,
                                const struct hand_scope *given, bool in_list) {
    struct hand_scope plain = *given;
    const struct hand_scope *scope = given;
    struct hand_words w;
    if (!hand_read_words(h, sentence, &w) || w.count == 0 || !has_letters(sentence)) {
        return FOR_USER;
    }
    if (is_signature(&w, sentence)) {
        return FOR_DESK;
    }
    h->source = sentence;
    if (is_rule(h, &w, given)) {
        plain.mode = MODE_NONE;
        scope = &plain;
    }
    if (w.count > WORDS_MOST) {
        return too_long(h, sentence, scope);
    }
    if (says_so(h, &w, scope)) {
        return FOR_DESK;
    }
    if (!forbids_split(scope) && hand_asks_case(h, &w)) {
        return FOR_USER;
    }
    const enum hand_outcome ruled = hand_read_class(h, &w, scope);
    if (ruled != NOT_MINE) {
        h->sentences++;
        return ruled;
    }
    struct hand_part p = {.h = h, .w = &w, .to = w.count, .scope = scope, .user_list = in_list};
    p.condition = scope->condition;
    const bool first = h->sentences++ == 0;
    const size_t begin = hand_skip_fillers(&w, 0, w.count);
    p.from = take_leading(h, &p, begin);
    const size_t items_before = h->section->note.count;
    struct reading r = {.ordered = *scope, .stated = begin};
    const bool described = hand_described(h, &w, p.from, &p.from);
    if (described || hand_obliged(&w, p.from, &p.from)) {
        r.ordered.desk = true;
        p.scope = &r.ordered;
    }
    read_clauses(&p, &r, begin);
    struct hand_part fact = p;
    fact.scope = described ? scope : p.scope;
    const bool nothing = r.outcome == NOT_MINE && h->section->note.count == items_before;
    if (described || (nothing && w.items[w.count - 1].after != '?')) {
        hand_add_fact(&fact, begin, w.count);
        r.outcome = FOR_USER;
    } else if (r.outcome == STRANGE) {
        hand_unread(h, sentence);
    } else if (r.stated > begin && r.stated < w.count) {
        hand_add_fact(&fact, begin, r.stated);
    }
    leave(h, &p, items_before, first);
    h->local_new = false;
    return r.outcome;
}
