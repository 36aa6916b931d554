#include <string.h>

#include "base/text.h"
#include "core/handling_parts.h"

#define CLASS_WORDS 14 /* of "HIGH, escalate to Tier 2 at once" */
#define CASE_MOST 40   /* words of the case before it */

/* What a case counts as, without a verb of its own: "Hall without power: CRITICAL, Tier 2", "this
 * is a Tier 2 case", a cell of a table. */

static const char *const class_words =
    "tier|tiers|level|severity|priority|prio|sev|low|medium|moderate|high|critical|minor|major|"
    "urgent|escalate|escalated|escalates|escalation|goes|go|belongs|to|is|are|this|these|it|that|"
    "they|a|an|the|at|once|straight|away|immediately|directly|always|and|with|as|case|cases|matter|"
    "hand|hands|handed|over|treat|treated|counts|count|support|line|of|route|routed|pass|passed|on|"
    "up|then|stays|stay|remains|our|us|desk|assistant|one|two|three|zero|first|second|third|do|"
    "don't|not|no|ticket|for|needed|be|must|open|plus";

static bool is_class_word(const struct hand_words *w, size_t i) {
    const struct view fold = w->items[i].fold;
    int64_t n = 0;
    return hand_is(w, i, class_words) || view_int(fold, 0, 4, &n) ||
           view_starts(fold, VIEW("tier")) || view_starts(fold, VIEW("sev")) ||
           (fold.n == 2 && strchr("tlp", fold.p[0]) && fold.p[1] >= '0' && fold.p[1] <= '4') ||
           hand_is(w, i, "-|\u2013|\u2014|->|\u2192|=>|/|+|&");
}

/* "Storage: Tier 2" says who gets it once it is passed on, and not that it is: a severity or a verb
 * must stand with it. */
bool hand_class_rules(const struct hand_words *w, size_t from, size_t to) {
    struct note_item item = {0};
    hand_put_action(w, from, to, &item);
    return (item.actions & NOTE_SET_SEVERITY) != 0 ||
           hand_find(w, from, "escalate|escalated|goes|go|hand|handed|pass|passed") < to;
}

bool hand_classifies(const struct hand_words *w, size_t from, size_t to) {
    struct note_item item = {0};
    if (from >= to || to - from > CLASS_WORDS || w->items[to - 1].after == '?') {
        return false;
    }
    for (size_t i = from; i < to; i++) {
        if (!is_class_word(w, i)) {
            return false;
        }
    }
    hand_put_action(w, from, to, &item);
    return item.actions != 0;
}

size_t hand_class_at(const struct hand_words *w, size_t from, size_t to) {
    for (size_t i = from; i + 1 < to && i < from + CASE_MOST; i++) {
        const bool mark = hand_is(w, i + 1, "-|\u2013|\u2014|->|\u2192|=>");
        const size_t right = mark ? i + 2 : i + 1;
        if ((mark || w->items[i].after == ':') && hand_classifies(w, right, to)) {
            const bool named = i + 1 - from <= 3 && hand_classifies(w, from, i + 1);
            return named || hand_has_tier(w, from, i + 1) ? to : right;
        }
    }
    return to;
}

bool hand_is_class(struct hand *h, struct view text) {
    struct hand_words w;
    struct view sentence = {0};
    return text_sentence(&text, &sentence) && hand_read_words(h, sentence, &w) && w.count > 0 &&
           hand_classifies(&w, 0, w.count);
}

bool hand_holds_class(struct hand *h, struct view sentence) {
    struct hand_words w;
    return hand_read_words(h, sentence, &w) && w.count > 1 &&
           hand_class_at(&w, 0, w.count) < w.count;
}

/* What the case at work is called. */
static struct view case_of(const struct hand *h) {
    const struct note *note = &h->section->note;
    for (size_t i = note->count; h->group > 0 && i > 0; i--) {
        const struct note_item *item = &note->items[i - 1];
        if (item->kind == NOTE_SYMPTOM && item->group == h->group) {
            return item->text;
        }
    }
    return (struct view){0};
}

void hand_add_class(struct hand *h, const struct hand_words *w, struct hand_span words,
                    struct view condition) {
    struct note_item item = {.kind = NOTE_WHEN, .for_desk = true};
    hand_put_action(w, words.from, words.to, &item);
    const size_t stays = hand_find(w, words.from, "stays|stay|remains|don't|not|no");
    const bool tier = (item.actions & NOTE_SET_TIER) != 0;
    const bool verb = hand_find(w, words.from, "escalate|escalated|hand|handed") < words.to;
    const bool low = stays < words.to || (tier && item.tier == ESI_TIER_0);
    item.actions |= low ? NOTE_NO_ESCALATE : tier || verb ? NOTE_ESCALATE : 0u;
    item.text = hand_action_text(h, &item);
    hand_put_condition(h, &item, condition);
    hand_add(h, item);
}

enum hand_outcome hand_read_class(struct hand *h, const struct hand_words *w,
                                  const struct hand_scope *scope) {
    const bool content = scope->mode == MODE_CAPTURE || scope->mode == MODE_ASK ||
                         scope->mode == MODE_SAY || scope->mode == MODE_NEVER;
    size_t right = w->count;
    size_t lead = 0;
    struct view name = {0};
    if (content) {
        return NOT_MINE;
    }
    if (hand_classifies(w, 0, w->count)) {
        name = scope->condition.n > 0 ? (struct view){0} : case_of(h);
        right = 0;
    } else if ((right = hand_class_at(w, 0, w->count)) < w->count) {
        const size_t end =
            hand_is(w, right - 1, "-|\u2013|\u2014|->|\u2192|=>") ? right - 1 : right;
        struct hand_span given;
        lead = hand_is(w, 0, "if|when|whenever|should") ? 1 : 0;
        const bool more = lead > 0 && hand_leading(w, 0, end, &given) > 0; /* "..., don't wait" */
        name = more ? hand_slice(w, given.from, given.to) : hand_slice(w, lead, end);
    }
    const struct view condition = hand_both(h, scope->condition, name);
    const bool order = name.n == 0 && (hand_cues(w, 0) & HAND_VERB) != 0;
    if (right == w->count || condition.n == 0 || order) {
        return NOT_MINE;
    }
    if (lead > 0 || scope->mode == MODE_ESCALATE || scope->condition.n > 0 ||
        hand_class_rules(w, right, w->count)) {
        hand_add_class(h, w, (struct hand_span){right, w->count}, condition);
    }
    if (name.n > 0 && !scope->desk && lead == 0) { /* users may ask what it counts as */
        const struct view said = hand_slice(w, right, w->count);
        hand_add(h, (struct note_item){.kind = NOTE_FACT,
                                       .text = hand_format(h, "%.*s: %.*s.", (int)name.n, name.p,
                                                           (int)said.n, said.p),
                                       .roles = scope->roles});
    }
    return scope->desk || lead > 0 ? FOR_DESK : FOR_USER;
}
