#include <string.h>

#include "core/handling_parts.h"

/* ---- small things ---------------------------------------------------------------------------- */

static struct note_item item_of(const struct hand_order *o, enum note_kind kind) {
    return (struct note_item){.kind = kind, .roles = o->scope->roles, .for_desk = o->desk};
}

/* Adds an item under the order's condition. */
static void add_under(struct hand *h, const struct hand_order *o, struct note_item item) {
    if (item.text.n > 0) {
        hand_add_under(h, item, o->condition);
    }
}

static bool begins_noun(const struct hand_words *w, size_t i) {
    return (hand_cues(w, i) & (HAND_DET | HAND_WH | HAND_YOU | HAND_THEY)) != 0 ||
           (i < w->count && (w->items[i].code || w->items[i].quoted));
}

/* Where the next of several things listed begins, and where this one ends: behind a comma, or
 * "and" before an article, or before any noun once a comma was seen. */
static size_t next_part(const struct hand_words *w, size_t from, size_t to, bool *listed,
                        size_t *end) {
    for (size_t i = from; i < to; i++) {
        if (hand_in_bracket(w, from, i)) {
            continue;
        }
        const bool join = i > from && hand_is(w, i, "and|or|plus") && i + 1 < to;
        if (join && (begins_noun(w, i + 1) || *listed) && !hand_is(w, i + 1, "what|how")) {
            *end = i;
            return i + 1;
        }
        if (w->items[i].after == ',' || w->items[i].after == ';') {
            *end = i + 1;
            *listed = true;
            const bool and_next = hand_is(w, i + 1, "and|or|plus") && i + 2 < to;
            return and_next ? i + 2 : i + 1;
        }
    }
    *end = to;
    return to;
}

/* Is the part that ends before `next` giving examples: "like a dormitory or a hotel chain"? */
static bool gives_example(const struct hand_words *w, size_t from, size_t next) {
    const size_t at = hand_find(w, from + 1, "like|e.g|e.g.|including");
    const bool comma = at < next && w->items[at - 1].after == ',';
    return comma && !(next > 0 && w->items[next - 1].after == ',');
}

/* A comma inside a clause: "the time it failed, with your time zone". */
static bool continues_part(const struct hand_words *w, size_t i) {
    return (hand_cues(w, i) & (HAND_PREP | HAND_IF | HAND_TIME)) != 0 ||
           hand_is(w, i,
                   "including|e.g|i.e|such|for|preferably|ideally|especially|if|so|because|like|"
                   "as|who|whose|not") ||
           (hand_is(w, i, "which") && /* "which stands beside the clock"; "which region" is asked */
            (hand_cues(w, i + 1) & (HAND_BE | HAND_MODAL | HAND_HAVE | HAND_DOES)) != 0) ||
           (hand_is(w, i, "which") && i + 1 < w->count &&
            view_ends(w->items[i + 1].fold, VIEW("s")));
}

/* ---- say ------------------------------------------------------------------------------------- */

void hand_say(struct hand *h, const struct hand_order *o) {
    struct view text = hand_slice(o->w, o->from, o->to);
    if (text.n > 2 && text.p[0] == '"' && text.p[text.n - 1] == '"') {
        text = view_slice(text, 1, text.n - 1);
    }
    for (size_t at = view_find(text, VIEW(" and that "), 0); at != SIZE_MAX;
         at = view_find(text, VIEW(" and that "), at)) { /* of "tell them that A and that B" */
        text = hand_format(h, "%.*s and%.*s", (int)at, text.p, (int)(text.n - at - 9),
                           text.p + at + 9);
    }
    struct note_item item = item_of(o, NOTE_SAY);
    item.text = hand_as_sentence(h, hand_you(h, text));
    add_under(h, o, item);
}

/* ---- steps ----------------------------------------------------------------------------------- */

static bool is_order_verb(const struct hand_words *w, size_t i) {
    return (hand_cues(w, i) & HAND_VERB) != 0 && (hand_cues(w, i) & HAND_DET) == 0;
}

/* "A, then B", "A; B", "A, B and C": where the next step begins. */
static size_t next_step(const struct hand_words *w, size_t from, size_t to, size_t *end) {
    for (size_t i = from + 1; i < to; i++) {
        const char before = w->items[i - 1].after;
        const bool then =
            hand_is(w, i, "then") || (hand_is(w, i, "and") && hand_is(w, i + 1, "then"));
        if (hand_is(w, i, "and|but") && hand_is(w, i + 1, "not") && i + 2 < to) {
            *end = i;
            return i + 1;
        }
        if (then && i + 1 < to) {
            *end = i;
            return hand_is(w, i, "and") ? i + 2 : i + 1;
        }
        const size_t verb = hand_is(w, i, "and") ? i + 1 : i;
        const size_t past = hand_is(w, verb, "to") ? verb + 1 : verb;
        if ((before == ',' || before == ';') && past < to && is_order_verb(w, past) &&
            !(hand_is(w, verb, "to") && before == ';')) {
            *end = i;
            return past;
        }
    }
    *end = to;
    return to;
}

/* A gerund or "to" before the verb: "restarting it", "to restart it". */
static struct view step_text(struct hand *h, const struct hand_words *w, size_t from, size_t to) {
    while (from < to && hand_is(w, from, "to|please|that|then|first|try")) {
        if (hand_is(w, from, "try") &&
            !view_ends(from + 1 < w->count ? w->items[from + 1].fold : (struct view){0},
                       VIEW("ing"))) {
            break;
        }
        from++;
    }
    if (from >= to) {
        return (struct view){0};
    }
    const struct view first = w->items[from].fold;
    const struct view base =
        view_ends(first, VIEW("ing")) ? hand_base(h->lexicon, first, h->arena) : (struct view){0};
    if (base.n > 0) {
        const struct view rest = hand_slice(w, from + 1, to);
        return hand_you(h, hand_format(h, "%.*s%s%.*s", (int)base.n, base.p, rest.n > 0 ? " " : "",
                                       (int)rest.n, rest.p));
    }
    if (hand_is(w, from, "a|an|the|another")) {
        const struct view noun = hand_slice(w, from, to);
        return hand_you(h, hand_format(h, "try %.*s", (int)noun.n, noun.p));
    }
    return hand_you(h, hand_slice(w, from, to));
}

/* Where the orders end: behind a semicolon that a statement follows. */
static size_t orders_end(const struct hand_order *o) {
    for (size_t i = o->from; i + 1 < o->to; i++) {
        if (o->w->items[i].after == ';' && !is_order_verb(o->w, i + 1)) {
            return i + 1;
        }
    }
    return o->to;
}

void hand_steps(struct hand *h, const struct hand_order *whole) {
    const struct hand_order narrowed = {whole->w,     whole->from,      orders_end(whole),
                                        whole->scope, whole->condition, whole->desk};
    const struct hand_order *o = &narrowed;
    size_t at = o->from, end;
    while (at < o->to) {
        const size_t next = next_step(o->w, at, o->to, &end);
        if (hand_is(o->w, at, "not")) {
            const struct view rest =
                hand_you(h, hand_slice(o->w, hand_is(o->w, at + 1, "to") ? at + 2 : at + 1, end));
            struct note_item never = item_of(o, NOTE_NEVER);
            never.for_desk = false;
            never.text = hand_format(h, "Please don't %.*s.", (int)rest.n, rest.p);
            add_under(h, o, never);
            at = next;
            continue;
        }
        struct note_item item = item_of(o, NOTE_STEP);
        item.text = hand_as_sentence(h, step_text(h, o->w, at, end));
        if (item.text.n > 0) {
            item.order = ++h->order;
        }
        add_under(h, o, item);
        at = next;
    }
}

/* ---- questions ------------------------------------------------------------------------------- */

static void add_question(struct hand *h, const struct hand_order *o, struct view text) {
    struct note_item item = item_of(o, NOTE_ASK);
    item.text = text;
    add_under(h, o, item);
}

/* "seat number" is asked for as "the seat number"; a name, a count and a quote are as they are. */
static bool wants_article(const struct hand_words *w, size_t i) {
    const struct view form = i < w->count ? w->items[i].form : (struct view){0};
    const bool small = form.n > 1 && form.p[0] >= 'a' && form.p[0] <= 'z';
    return small && !w->items[i].quoted && !w->items[i].code && hand_number(w, i) == 0 &&
           (w->items[i].cues &
            (HAND_DET | HAND_WH | HAND_YOU | HAND_THEY | HAND_PREP | HAND_IF | HAND_SEVERAL)) == 0;
}

struct view hand_as_question(struct hand *h, struct view part) {
    struct hand_words w;
    const struct view words = hand_as_part(h, hand_you(h, part));
    const bool article = hand_read_words(h, words, &w) && wants_article(&w, 0);
    return hand_format(h, "Could you tell me %s%.*s?", article ? "the " : "", (int)words.n,
                       words.p);
}

/* "whether it is slow": a clause; it is asked whole. */
static void ask_clause(struct hand *h, const struct hand_order *o) {
    const bool whether = hand_is(o->w, o->from, "if|whether");
    const struct view rest = hand_slice(o->w, whether ? o->from + 1 : o->from, o->to);
    const struct view words = hand_as_part(h, hand_you(h, rest));
    h->last_asked = whether ? words : h->last_asked;
    if (words.n > 0) {
        add_question(h, o,
                     hand_format(h, "Could you tell me %s%.*s?", whether ? "whether " : "",
                                 (int)words.n, words.p));
    }
}

/* "Which region are you in?" is a question already. */
static bool is_question(const struct hand_words *w, size_t from, size_t to) {
    return to > from && w->items[to - 1].after == '?';
}

void hand_asks(struct hand *h, const struct hand_order *o) {
    const struct hand_words *w = o->w;
    struct hand_order part = *o;
    if (is_question(w, o->from, o->to)) {
        const struct view text = hand_you(h, hand_slice(w, o->from, o->to));
        const struct view words = hand_as_sentence(h, hand_as_part(h, text));
        add_question(h, o, hand_format(h, "%.*s?", (int)(words.n > 0 ? words.n - 1 : 0), words.p));
        return;
    }
    if ((hand_cues(w, o->from) & HAND_WH) != 0 || hand_is(w, o->from, "if") ||
        (hand_cues(w, o->from + 1) & HAND_WH) != 0) {
        ask_clause(h, &part);
        return;
    }
    size_t at = o->from, end;
    bool listed = false;
    while (at < o->to) {
        size_t next = next_part(w, at, o->to, &listed, &end);
        while (next < o->to && (continues_part(w, next) || gives_example(w, at, next))) {
            next = next_part(w, next, o->to, &listed, &end);
        }
        if ((hand_cues(w, at) & HAND_WH) != 0) {
            part.from = at;
            part.to = end;
            ask_clause(h, &part);
        } else {
            add_question(h, o, hand_as_question(h, hand_slice(w, at, end)));
        }
        at = next;
    }
}

/* ---- what a ticket needs --------------------------------------------------------------------- */

/* Without an article, and "the learner's": "the learner's seat number" is "seat number". */
static struct view detail_of(struct hand *h, const struct hand_words *w, size_t from, size_t to) {
    while (from + 1 < to &&
           hand_is(w, from, "the|a|an|their|your|his|any|its|all|exact|each|every") &&
           !(hand_is(w, from, "exact") && from + 2 >= to)) {
        if (hand_is(w, from, "exact")) {
            break;
        }
        from++;
    }
    if (from + 1 < to && (hand_cues(w, from) & HAND_USER) != 0 &&
        view_ends(w->items[from].fold, VIEW("'s"))) {
        from++;
    }
    return hand_as_part(h, hand_you(h, hand_slice(w, from, to)));
}

/* "in the ticket", "from the learner": where it goes and comes from isn't part of it. */
static size_t without_place(const struct hand_words *w, size_t from, size_t to) {
    for (size_t i = from + 1; i < to; i++) {
        const bool place = hand_is(w, i, "in|to|into|on|with|from|for|before|so|of") &&
                           hand_find(w, i,
                                     "ticket|case|incident|escalation|escalating|learner|user|"
                                     "handover|trainee|participant|report|tier|routing|"
                                     "opening|engineer") <= i + 3 &&
                           hand_find(w, i,
                                     "ticket|case|incident|escalation|escalating|learner|user|"
                                     "handover|trainee|participant|report|tier|routing|"
                                     "opening|engineer") < to;
        if (place && !hand_is(w, i, "of|for")) {
            return i;
        }
        if (hand_is(w, i, "so") && hand_is(w, i + 1, "that")) {
            return i;
        }
    }
    return to;
}

void hand_captures(struct hand *h, const struct hand_order *o) {
    const struct hand_words *w = o->w;
    const size_t to = without_place(w, o->from, o->to);
    size_t at = o->from, end;
    bool listed = false;
    while (at < to) {
        size_t next = next_part(w, at, to, &listed, &end);
        while (next < to && (continues_part(w, next) || gives_example(w, at, next))) {
            next = next_part(w, next, to, &listed, &end);
        }
        const bool deed = (hand_cues(w, at) & HAND_VERB) != 0 && hand_is(w, at + 1, "it|them");
        if (!deed || at == o->from) { /* "..., and pass it on" */
            struct note_item item = item_of(o, NOTE_CAPTURE);
            item.text = detail_of(h, w, at, end);
            add_under(h, o, item);
        }
        at = next;
    }
}

/* ---- what isn't allowed ---------------------------------------------------------------------- */

void hand_never(struct hand *h, const struct hand_order *o, uint32_t roles) {
    struct note_item item = item_of(o, NOTE_NEVER);
    const struct view text = hand_slice(o->w, o->from, o->to);
    item.roles = roles != 0 ? roles : o->scope->roles;
    for (size_t i = o->from; i < o->to; i++) { /* "Don't go through the table with them" */
        item.for_desk = item.for_desk || hand_seq(o->w, i, "with them") > 0;
    }
    item.text = hand_as_sentence(h, text);
    if (h->local_name.n > 0 && h->local.roles != 0 && hand_is(o->w, o->from, "may|must|can")) {
        const struct view part = hand_as_part(h, text); /* "Players: ... May not pause." */
        item.text = hand_as_sentence(h, hand_format(h, "%.*s %.*s", (int)h->local_name.n,
                                                    h->local_name.p, (int)part.n, part.p));
    }
    add_under(h, o, item);
}
