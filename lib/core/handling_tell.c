#include "core/handling_parts.h"

/* ---- telling --------------------------------------------------------------------------------- */

static bool is_verb(const struct hand_words *w, size_t i) {
    return (hand_cues(w, i) & HAND_VERB) != 0;
}

static enum hand_outcome steps_for_user(const struct hand_part *p, size_t from) {
    struct hand_part inner = *p;
    const bool negated = (hand_cues(p->w, from) & HAND_NOT) != 0;
    const size_t verb = hand_is(p->w, from, "to") ? from + 1 : (negated ? from + 1 : from);
    const size_t end = hand_cut_condition(&inner, verb, p->to);
    struct hand_order o =
        hand_order_of(&inner, hand_is(p->w, verb, "to") ? verb + 1 : verb, end, true);
    if (negated || p->negated) {
        struct note_item item = {
            .kind = NOTE_NEVER, .roles = p->scope->roles, .for_desk = p->negated};
        const struct view text = hand_you(p->h, hand_slice(p->w, o.from, end));
        const struct view whole = hand_slice(p->w, p->from, end);
        item.text = p->negated ? hand_format(p->h, "Do not %.*s.", (int)whole.n, whole.p)
                               : hand_format(p->h, "Please don't %.*s.", (int)text.n, text.p);
        hand_add_under(p->h, item, inner.condition);
        return FOR_DESK;
    }
    hand_steps(p->h, &o);
    return FOR_DESK;
}

/* "... the learner that X", "... to do A", ": X". `i` is behind the verb. */
static bool is_address(struct view word) {
    return view_find(word, VIEW("@"), 0) != SIZE_MAX ||
           view_find(word, VIEW("://"), 0) != SIZE_MAX || view_starts(word, VIEW("`"));
}

static enum hand_outcome told(const struct hand_part *p, size_t i, bool told_somebody) {
    const struct hand_words *w = p->w;
    const char before = i > 0 ? w->items[i - 1].after : 0;
    if (i >= p->to) {
        return STRANGE;
    }
    if (hand_is(w, i, "this|that|it|so") && (i + 1 >= p->to || hand_is(w, i + 1, "to"))) {
        return FOR_DESK; /* what stands before it is said anyway */
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
            hand_add_under(p->h, item, p->condition);
            return FOR_DESK;
        }
        return steps_for_user(p, i);
    }
    if (told_somebody && hand_is(w, i, "the") && i + 1 < p->to && p->to - i <= 6 &&
        is_address(w->items[p->to - 1].form)) { /* "give them the address help@range.example" */
        const struct view name = hand_slice(w, i, p->to - 1);
        const struct view value = w->items[p->to - 1].form;
        struct note_item item = {.kind = NOTE_SAY, .for_desk = true, .roles = p->scope->roles};
        item.text = hand_as_sentence(
            p->h, hand_format(p->h, "%.*s is %.*s", (int)name.n, name.p, (int)value.n, value.p));
        hand_add_under(p->h, item, p->condition);
        return FOR_DESK;
    }
    const bool that = hand_is(w, i, "that") && !hand_is(w, i + 1, "to") && i + 1 < p->to;
    if (that || before == ':' || w->items[i].quoted ||
        hand_is(w, i, "there|it|this|a|the|their|they|your|you")) {
        const struct hand_order o = hand_order_of(p, that ? i + 1 : i, p->to, true);
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

enum hand_outcome hand_read_telling(const struct hand_part *p) {
    const struct hand_words *w = p->w;
    size_t i = p->from + 1, next;
    const bool gives = hand_is(w, p->from, "give|send|show") && hand_user_at(w, i, &next) &&
                       is_address(w->items[p->to - 1].form);
    if ((hand_cues(w, p->from) & HAND_TELL) == 0 && !gives) {
        return NOT_MINE;
    }
    while (hand_is(w, i, "clearly|briefly|politely|kindly|out|also|only|again|to|with|gently")) {
        if (hand_is(w, i, "to") && !hand_user_at(w, i + 1, &next)) {
            break;
        }
        i++;
    }
    const bool plainly = hand_is(w, i + 1, "plainly|clearly|openly|frankly|politely|kindly");
    if (hand_is(w, p->from, "say") && hand_is(w, i, "so") && !p->negated &&
        (p->condition.n == 0 || plainly)) {
        return FOR_DESK; /* "Say so plainly": what stands before it is said anyway */
    }
    const bool somebody = hand_user_at(w, i, &next);
    i = somebody ? next : i;
    const bool later = !somebody && hand_in_range(w, i, p->to,
                                                  "learner|user|trainee|participant|"
                                                  "student|learners|users|trainees|"
                                                  "participants|students");
    if (!somebody && !p->scope->desk && later && !p->user_list) {
        return p->negated ? NOT_MINE : told(p, i, false);
    }
    if (!somebody && !p->scope->desk && !p->user_list && hand_is(w, i, "that") &&
        hand_is(w, p->from, "explain|clarify|reassure|emphasise|emphasize|stress|inform")) {
        return p->negated ? NOT_MINE : told(p, i, false);
    }
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
enum hand_outcome hand_read_letting(const struct hand_part *p) {
    size_t next;
    if ((hand_cues(p->w, p->from) & HAND_LET) == 0 || !hand_user_at(p->w, p->from + 1, &next)) {
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
    for (size_t i = from; i + 2 < to; i++) {
        if (p->w->items[i].after == ',' && hand_is(p->w, i + 1, "and|then") &&
            (hand_cues(p->w, i + 2) & HAND_VERB) != 0 && (hand_cues(p->w, i + 2) & HAND_DET) == 0) {
            to = i + 1; /* ", and stop if the answer is no" isn't asked */
        }
    }
    if ((hand_cues(p->w, from) & HAND_WH) == 0 && !hand_is(p->w, from, "if")) {
        to = hand_cut_condition(&inner, from, to);
    }
    to = without_order(p->w, from, to);
    if (from >= to || hand_is(p->w, from, "again|politely|questions|nothing|only")) {
        return STRANGE;
    }
    const struct hand_order o = hand_order_of(&inner, from, to, true);
    hand_asks(p->h, &o);
    return FOR_DESK;
}

enum hand_outcome hand_read_asking(const struct hand_part *p) {
    const struct hand_words *w = p->w;
    size_t i = p->from + 1, next;
    const bool out = hand_is(w, p->from, "find") && hand_is(w, i, "out");
    if ((hand_cues(w, p->from) & HAND_ASK) == 0 && !out) {
        return NOT_MINE;
    }
    i += out ? 1 : 0;
    const bool somebody = hand_user_at(w, i, &next);
    i = somebody ? next : i;
    const bool plain =
        hand_is(w, p->from, "ask") && !p->user_list &&
        (hand_is(w, i, "for|whether|if|about|once|since") ||
         ((hand_cues(w, i) & HAND_PREP) != 0 && (hand_cues(w, i + 1) & HAND_WH) != 0) ||
         (hand_cues(w, i) & HAND_WH) != 0 || w->items[i - 1].after == ':');
    const struct view asked = hand_slice(w, p->from, p->to);
    if (!somebody && !p->scope->desk && (!plain || view_find(asked, VIEW(" > "), 0) != SIZE_MAX)) {
        return NOT_MINE; /* "Ask for one with Bout > Hints" is done by the user */
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
enum hand_outcome hand_read_confirming(const struct hand_part *p) {
    const struct hand_words *w = p->w;
    size_t i = p->from + 1, next;
    if ((hand_cues(w, p->from) & HAND_CONFIRM) == 0 || p->negated) {
        return NOT_MINE;
    }
    const bool towards = hand_is(w, i, "with|to") && hand_user_at(w, i + 1, &next);
    if (!p->scope->desk && !towards && (p->user_list || !hand_mentions_user(w, i, p->to))) {
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
        if (part.n > 0) {
            hand_add_under(p->h, item, p->condition);
        }
        return FOR_DESK;
    }
    return ask(p, i);
}

/* ---- capturing ------------------------------------------------------------------------------- */

enum hand_outcome hand_read_capturing(const struct hand_part *p) {
    const uint32_t cues = hand_cues(p->w, p->from);
    const bool ticket =
        hand_in_range(p->w, p->from, p->to, "ticket|case|incident|escalation|handover");
    const bool desk =
        p->scope->desk || p->scope->mode == MODE_CAPTURE || hand_is(p->w, p->from, "capture");
    const bool capture = (cues & HAND_CAPTURE) != 0 && (desk || !p->user_list);
    const bool record = (cues & HAND_RECORD) != 0 && (desk || (ticket && !p->user_list));
    const bool own = !p->scope->desk && p->scope->mode != MODE_CAPTURE &&
                     hand_is(p->w, p->from + 1, "your|all") && !ticket;
    if ((!capture && !record) || p->negated || own) {
        return NOT_MINE; /* "Collect your files" is the user's */
    }
    struct hand_part inner = *p;
    const size_t first = hand_is(p->w, p->from + 1, "down|also|at|and") ? p->from + 2 : p->from + 1;
    const size_t to = hand_cut_condition(&inner, first, p->to);
    if (first >= to) {
        return STRANGE;
    }
    const struct hand_order o = hand_order_of(&inner, first, to, desk || record);
    hand_captures(p->h, &o);
    return desk || record ? FOR_DESK : FOR_USER;
}

/* ---- steps in other words -------------------------------------------------------------------- */

/* "the steps above", "this article": what the section says anyway. */
static bool is_meta(const struct hand_words *w, size_t from, size_t to) {
    return hand_in_range(w, from, to,
                         "above|below|following|article|document|section|documented|"
                         "guidance|listed|procedure") ||
           (hand_in_range(w, from, to, "steps") && to - from < 5);
}

enum hand_outcome hand_read_suggesting(const struct hand_part *p) {
    size_t i = p->from + 1, next;
    if ((hand_cues(p->w, p->from) & HAND_SUGGEST) == 0 || p->negated) {
        return NOT_MINE;
    }
    const bool somebody = hand_user_at(p->w, i, &next);
    if (!p->scope->desk && !somebody) {
        return NOT_MINE;
    }
    i = somebody ? next : i;
    if (hand_is(p->w, i, "to") && hand_user_at(p->w, i + 1, &next)) {
        i = next;
    }
    if (is_meta(p->w, i, p->to)) {
        return FOR_DESK;
    }
    if (hand_is(p->w, i, "that")) {
        i++;
        i = hand_user_at(p->w, i, &next) ? next : i;
        const struct view base = hand_base(
            p->h->lexicon, i < p->w->count ? p->w->items[i].fold : (struct view){0}, p->h->arena);
        if (base.n == 0 && !is_verb(p->w, i)) {
            return STRANGE;
        }
    }
    return i < p->to ? steps_for_user(p, i) : STRANGE;
}

/* "Guide the learner through ...", "direct them to ...", "refer them to ...". */
enum hand_outcome hand_read_guiding(const struct hand_part *p) {
    const struct hand_words *w = p->w;
    size_t next;
    const bool refer = hand_is(w, p->from, "refer|send|forward");
    if (((hand_cues(w, p->from) & HAND_GUIDE) == 0 && !refer) || p->negated ||
        !hand_user_at(w, p->from + 1, &next)) {
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
    const size_t end = hand_cut_condition(&inner, object, p->to);
    const struct view rest = hand_you(p->h, hand_slice(w, object, end));
    const bool person = w->items[object].roles != 0 || hand_is(w, object + 1, hand_teams) ||
                        (object + 1 < w->count && w->items[object + 1].roles != 0);
    struct note_item item = {.kind = NOTE_STEP, .for_desk = true, .roles = p->scope->roles};
    item.text = hand_format(p->h, "%s %.*s.", person ? "Contact" : "Go to", (int)rest.n, rest.p);
    item.order = ++p->h->order;
    hand_add_under(p->h, item, inner.condition);
    return FOR_DESK;
}
