#include "base/text.h"
#include "core/handling_parts.h"

static bool shows_lead(const struct hand_scope *scope, const struct hand_scope *lead) {
    return !scope->desk && !lead->desk && lead->mode != MODE_SAY && lead->mode != MODE_ASK;
}

/* ---- what a label opens ---------------------------------------------------------------------- */

/* A case of its own: what is seen, and the lines that belong to it. */
static struct hand_scope begin_case(struct hand *h, struct view seen, uint32_t roles) {
    const struct hand_scope scope = {.set = true, .group = ++h->groups};
    h->group = scope.group;
    h->source = seen;
    hand_add(h, (struct note_item){.kind = NOTE_SYMPTOM, .text = seen, .roles = roles});
    return scope;
}

/* The label holds for the block alone. The words behind it. */
static struct view open_label(struct hand *h, struct hand_shown *shown,
                              const struct hand_label *label) {
    const struct hand_scope here = hand_here(h);
    h->local = label->scope;
    h->local_new = label->scope.roles != 0;
    h->local_name = label->scope.roles != 0 ? label->name : (struct view){0};
    if (label->seen) {
        h->cases = true;
        h->local = begin_case(h, label->name, here.roles);
    }
    if (shows_lead(&here, &label->scope)) {
        hand_show(h, shown, hand_format(h, "%.*s:", (int)label->name.n, label->name.p));
    }
    return label->rest;
}

/* ---- lines that lead in ---------------------------------------------------------------------- */

static bool ends_with_colon(struct view text) {
    return view_ends(text, VIEW(":")) || view_ends(text, VIEW("\uFF1A"));
}

static struct view without_colon(struct view text) {
    while (ends_with_colon(text)) {
        text = view_slice(text, 0, text.n - (view_ends(text, VIEW(":")) ? 1 : 3));
    }
    return text;
}

/* The sentences before the last one, and the last. */
static struct view last_sentence(struct view text, struct view *before) {
    struct view rest = text, sentence = {0}, last = {0};
    while (text_sentence(&rest, &sentence)) {
        last = sentence;
    }
    *before = last.n == 0 ? text : view_trim(view_slice(text, 0, (size_t)(last.p - text.p)));
    return last;
}

/* "Tell the player that only coaches do. Don't:": the one who is told is forbidden, too. */
static bool ordered_desk(const struct hand *h, size_t from, size_t unread) {
    if (h->section->note.unread_count > unread) {
        return true;
    }
    for (size_t i = from; i < h->section->note.count; i++) {
        if (h->section->note.items[i].for_desk) {
            return true;
        }
    }
    return false;
}

/* A line that ends in a colon governs what follows: as what its words say, or as a case. */
static struct hand_scope read_lead(struct hand *h, struct hand_shown *shown, struct view text) {
    struct view before;
    const struct hand_scope here = hand_here(h);
    const struct view last = last_sentence(text, &before);
    const size_t items = h->section->note.count;
    const size_t unread = h->section->note.unread_count;
    hand_read_sentences(h, shown, before, &here, false);
    struct hand_scope lead = hand_lead(h, last, LEAD_IN);
    lead.desk |= lead.mode == MODE_NEVER && ordered_desk(h, items, unread);
    if (shows_lead(&here, &lead)) {
        hand_show(h, shown, last);
    } else {
        h->section->instructs = true;
    }
    const struct view words = without_colon(last);
    if (!lead.set && !here.desk && hand_is_state(h, words)) {
        return begin_case(h, words, here.roles);
    }
    return lead;
}

/* "Put this into the file:" before code is an order or a statement, and leads nothing else in. */
static void read_before_code(struct hand *h, struct hand_shown *shown, struct view text) {
    struct view before;
    const struct hand_scope here = hand_here(h);
    const struct view last = last_sentence(text, &before);
    hand_read_sentences(h, shown, before, &here, false);
    hand_take_outcome(h, shown, last, hand_sentence(h, without_colon(last), &here, false));
}

/* ---- numbers that a document gives its lines ------------------------------------------------- */

/* "2.1 Press it", "3) Wait", "1. Look": a paragraph that begins so is an item. */
static bool numbered(struct hand *h, struct view text, const struct block *b, struct block *out) {
    size_t i = 0, parts = 0;
    int32_t number = 0;
    while (i < text.n && text.p[i] >= '0' && text.p[i] <= '9' && parts < 4) {
        number = 0;
        for (; i < text.n && text.p[i] >= '0' && text.p[i] <= '9' && number < 1000; i++) {
            number = number * 10 + (text.p[i] - '0');
        }
        parts++;
        i += i + 1 < text.n && text.p[i] == '.' && text.p[i + 1] != ' ' ? 1 : 0;
    }
    const bool mark = i < text.n && (text.p[i] == '.' || text.p[i] == ')');
    i += mark ? 1 : 0;
    if (parts == 0 || (parts == 1 && !mark) || number == 0 || number > 99 || i + 1 >= text.n ||
        text.p[i] != ' ') {
        return false;
    }
    *out = *b;
    out->kind = BLOCK_ITEM;
    out->text = view_trim(view_slice(text, i, text.n));
    out->number = number;
    out->joined = false;
    out->bold_lead = false;
    h->numbered = parts > 1;
    return out->text.n > 0;
}

/* ---- items ----------------------------------------------------------------------------------- */

static bool begins_small(struct view text) {
    return text.n > 0 && text.p[0] >= 'a' && text.p[0] <= 'z';
}

/* Does the item above that leads in still hold for this one? Where indentation was lost, small
 * letters tell. */
static void leave_lead(struct hand *h, const struct block *b) {
    struct hand_words w;
    if (!h->item.set) {
        return;
    }
    if (b->depth > h->item_depth) {
        h->item_deeper = true;
        return;
    }
    const bool circumstance = h->item.mode == MODE_NONE && !h->item.desk;
    const bool small = begins_small(b->text);
    const bool anew = circumstance && !small &&
                      (h->item_small ||
                       (hand_read_words(h, b->text, &w) &&
                        ((hand_cues(&w, 0) & HAND_IF) != 0 || hand_is(&w, 0, "otherwise|unless"))));
    if (h->item_deeper || anew) {
        h->item = (struct hand_scope){0};
    }
    h->item_small = h->item_small || small;
}

static void begin_item(struct hand *h, const struct block *b) {
    const bool run = h->before == BLOCK_ITEM || h->before == BLOCK_CODE || b->joined;
    if (b->number > 0) {
        const bool again = b->number == 1 && !(run && h->number == 1 && h->before == BLOCK_ITEM);
        h->order = again ? 0 : h->order;
        h->item = (struct hand_scope){0};
        h->number = b->number;
    } else if (!run) {
        h->order = 0;
    }
    leave_lead(h, b);
    h->label_listed = true;
}

/* "2. Run this:" before code is a step as well. */
static void add_lead_step(struct hand *h, struct view text, const struct hand_scope *scope) {
    struct note *note = &h->section->note;
    const size_t before = note->count;
    struct hand_scope steps = *scope;
    steps.mode = MODE_STEP;
    steps.set = true;
    (void)hand_sentence(h, without_colon(text), &steps, true);
    for (size_t i = before; i < note->count; i++) {
        if (note->items[i].kind == NOTE_STEP) {
            note->items[i].order = ++h->order;
        }
    }
}

static void read_item_lead(struct hand *h, struct hand_shown *shown, const struct block *b) {
    if (b->number == 0) {
        h->item = (struct hand_scope){0};
    }
    const struct hand_scope before = hand_here(h);
    h->group = before.group;
    const bool sibling = h->item_case && b->depth == h->item_depth && b->number == 0;
    h->item = read_lead(h, shown, b->text);
    if (sibling && !h->item.set && !before.desk) { /* beside a case stands another one */
        h->item = begin_case(h, without_colon(b->text), before.roles);
    }
    h->item_case = h->item.group != 0;
    h->item_depth = b->depth;
    h->item_deeper = h->item_small = false;
    if (!before.desk && !h->item.set && (b->number > 0 || before.mode == MODE_STEP)) {
        add_lead_step(h, b->text, &before);
    }
}

/* The number of a rule before its words: "SO-7 Cards are personal." */
static struct view rule_number(struct hand *h, struct view text) {
    struct hand_words w;
    const bool numbered = hand_read_words(h, text, &w) && w.count > 2 && w.items[0].after == 0 &&
                          hand_is_code(&w.items[0]) && w.items[1].form.p[0] >= 'A' &&
                          w.items[1].form.p[0] <= 'Z';
    return numbered ? hand_slice(&w, 0, 1) : (struct view){0};
}

static void put_rule_number(struct hand *h, size_t from, struct view number) {
    struct note *note = &h->section->note;
    if (number.n > 0 && from < note->count && note->items[from].kind != NOTE_WHEN) {
        struct note_item *item = &note->items[from];
        item->text =
            hand_format(h, "%.*s %.*s", (int)number.n, number.p, (int)item->text.n, item->text.p);
    }
}

/* Of lines that are numbered in prose ("2.1 Press it.") not every one is a step. */
static void read_item_text(struct hand *h, struct hand_shown *shown, const struct block *b,
                           struct view text) {
    const struct hand_scope here = hand_here(h);
    const bool ruled = hand_is_class(h, text);
    const bool steps =
        !ruled && ((b->number > 0 && !h->numbered && !h->plain_list) || here.mode == MODE_STEP ||
                   (b->number > 0 && hand_orders_user(h, text)));
    h->group = here.group;
    if (!here.desk && steps && (here.mode == MODE_NONE || here.mode == MODE_STEP)) {
        hand_read_step(h, shown, text, &here);
    } else {
        hand_read_sentences(h, shown, text, &here, false);
    }
}

/* A numbered list in which nothing is ordered: statements that are counted. */
static bool is_plain_list(struct hand *h, const struct block *b) {
    size_t items = 0;
    for (; b != NULL && b < h->blocks_end && items < 40; b++) {
        if (b->kind != BLOCK_ITEM) {
            break;
        }
        items++;
        h->listed = b + 1;
        if (hand_orders_user(h, b->text) || !hand_states(h, b->text) ||
            view_find(b->text, VIEW("`"), 0) != SIZE_MAX) {
            return false;
        }
    }
    return items > 1;
}

static void read_item(struct hand *h, const struct block *b, const struct block *next) {
    struct hand_shown shown = {.block = b};
    begin_item(h, b);
    if (b->number == 1 && !h->numbered && next == b + 1 &&
        (h->listed <= b || h->listed > h->blocks_end)) {
        h->plain_list = is_plain_list(h, b);
    }
    if (ends_with_colon(b->text)) {
        if (next != NULL && next->kind == BLOCK_CODE && b->number == 0) {
            read_before_code(h, &shown, b->text);
        } else {
            read_item_lead(h, &shown, b);
        }
        return;
    }
    const struct hand_label label = hand_label_of(h, b);
    const bool opens = label.found && (label.scope.set || label.seen);
    h->group = hand_here(h).group;
    const size_t from = h->section->note.count;
    const struct view number = opens ? (struct view){0} : rule_number(h, b->text);
    const struct view text = view_trim(view_slice(b->text, number.n, b->text.n));
    if (number.n > 0) {
        hand_show(h, &shown, number);
    }
    read_item_text(h, &shown, b, opens ? open_label(h, &shown, &label) : text);
    put_rule_number(h, from, number);
}

/* ---- paragraphs ------------------------------------------------------------------------------ */

static void set_label(struct hand *h, const struct hand_label *label) {
    h->label = label->scope;
    h->label_listed = false;
    h->list_lead = (struct view){0};
    h->list = (struct hand_scope){0};
    h->item = (struct hand_scope){0};
    h->order = 0;
}

static void read_labelled(struct hand *h, struct hand_shown *shown,
                          const struct hand_label *label) {
    struct hand_scope here = hand_within(&h->heading, &label->scope);
    const bool local = label->rest.n > 0 && !ends_with_colon(label->rest) &&
                       (label->scope.mode == MODE_SYMPTOM || label->scope.mode == MODE_CAUSE ||
                        label->scope.mode == MODE_ASK || label->scope.mode == MODE_SAY ||
                        label->scope.mode == MODE_CAPTURE || label->scope.mode == MODE_ESCALATE);
    const struct block *b = shown->block;
    const struct view name = view_trim(view_slice(b->text, 0, (size_t)(label->rest.p - b->text.p)));
    set_label(h, label);
    if (shows_lead(&h->heading, &label->scope) && name.n > 0 && label->rest.p != NULL) {
        hand_show(h, shown, name);
    }
    if (ends_with_colon(label->rest)) {
        h->list = read_lead(h, shown, label->rest);
    } else {
        h->prose = label->scope.mode == MODE_NONE;
        if (label->scope.mode == MODE_SAY && view_starts(label->rest, VIEW("\""))) {
            hand_read_script(h, shown, label->rest, &here);
        } else {
            hand_read_sentences(h, shown, label->rest, &here, false);
        }
    }
    h->prose = false;
    if (local) {
        h->label = (struct hand_scope){0};
    }
}

static void read_paragraph_lead(struct hand *h, struct hand_shown *shown, struct view text,
                                const struct block *next);

/* "Q: ..." begins a case, "A: ..." belongs to it. */
static void read_question(struct hand *h, struct hand_shown *shown, const struct hand_label *label,
                          const struct block *next) {
    set_label(h, &(struct hand_label){0});
    if (label->question) {
        const struct hand_scope scope = begin_case(h, label->rest, h->heading.roles);
        h->label = scope;
        hand_show(h, shown, label->rest);
        return;
    }
    struct block first;
    if (numbered(h, label->rest, shown->block, &first)) {
        h->order = 0;
        read_item(h, &first, NULL);
        return;
    }
    if (ends_with_colon(label->rest)) {
        read_paragraph_lead(h, shown, label->rest, next);
        return;
    }
    const struct hand_scope here = hand_here(h);
    hand_read_sentences(h, shown, label->rest, &here, false);
}

static void read_paragraph_lead(struct hand *h, struct hand_shown *shown, struct view text,
                                const struct block *next) {
    if (next != NULL && next->kind == BLOCK_CODE) {
        read_before_code(h, shown, text);
        return;
    }
    const struct hand_scope lead = read_lead(h, shown, text);
    if (lead.desk && lead.mode == MODE_NONE) {
        set_label(h, &(struct hand_label){.scope = lead});
        return;
    }
    struct view before;
    h->list = lead;
    h->order = 0;
    h->list_lead = lead.set || hand_here(h).desk ? (struct view){0} : last_sentence(text, &before);
    h->list_fact = 0;
}

/* "Toner empty" above a list: a line without an end of its own leads it in. */
static bool announces(struct hand *h, struct view text, const struct block *next) {
    struct hand_words w;
    return next != NULL && next->kind == BLOCK_ITEM && text.n <= 60 &&
           hand_read_words(h, text, &w) && w.count > 0 && w.count <= 7 &&
           w.items[w.count - 1].after == 0 && !hand_is_imperative(&w, 0, w.count);
}

static void read_paragraph(struct hand *h, const struct block *b, const struct block *next) {
    struct hand_shown shown = {.block = b};
    const struct hand_label label = hand_label_of(h, b);
    const bool of_item = b->joined && h->before == BLOCK_ITEM;
    struct view text = b->text;
    if (label.question || label.answer) {
        read_question(h, &shown, &label, next);
        return;
    }
    if (label.found && !label.local && label.rest.p != NULL && (label.scope.set || b->bold_lead)) {
        read_labelled(h, &shown, &label);
        return;
    }
    if (!of_item) {
        h->list_lead = (struct view){0};
        h->list = (struct hand_scope){0};
        h->item = (struct hand_scope){0};
    }
    if (h->label_listed && !of_item) {
        h->label = ends_with_colon(text) ? h->label : (struct hand_scope){0};
    }
    h->group = hand_here(h).group;
    if (label.found && label.local) {
        text = open_label(h, &shown, &label);
    }
    if (ends_with_colon(text) || announces(h, text, next)) {
        read_paragraph_lead(h, &shown, text, next);
        return;
    }
    const struct hand_scope here = hand_here(h);
    h->group = here.group;
    h->prose = !of_item;
    hand_read_sentences(h, &shown, text, &here, false);
    h->prose = false;
}

static void read_code(struct hand *h, const struct block *b) {
    const struct note *note = &h->section->note;
    const struct hand_scope here = hand_here(h);
    const struct note_item *last = note->count > 0 ? &note->items[note->count - 1] : NULL;
    const bool step = (last != NULL && last->kind == NOTE_STEP) || h->carry.condition.n > 0;
    const bool behind = last != NULL && last->kind == NOTE_STEP;
    struct note_item item = {.kind = step || here.mode == MODE_STEP ? NOTE_STEP : NOTE_FACT,
                             .roles = here.roles,
                             .condition = behind ? last->condition : h->carry.condition,
                             .text = b->text,
                             .code = true,
                             .for_desk = here.desk};
    h->source = b->text;
    if (here.desk && !step) {
        hand_unread(h, b->text);
        h->section->instructs = true;
        return;
    }
    hand_add(h, item);
    if (!here.desk) {
        hand_show_code(h, b);
    }
}

static void read_row(struct hand *h, const struct block *b) {
    if (b->header) {
        hand_table_head(h, b);
        if (!hand_here(h).desk) {
            hand_show_row(h, b);
        }
        return;
    }
    const enum hand_outcome outcome = hand_table_row(h, b);
    if (outcome == FOR_DESK || outcome == STRANGE) {
        h->section->instructs = true;
    } else {
        hand_show_row(h, b);
    }
}

void hand_block(struct hand *h, const struct block *block, const struct block *next) {
    struct block item;
    const struct block *b = block;
    h->line = b->line;
    if (!(b->joined || (b->near && b->kind == BLOCK_PARAGRAPH && h->before == b->kind))) {
        h->carry = (struct hand_carry){0};
        h->sentences = 0;
        h->local = (struct hand_scope){0};
    }
    h->cases = h->cases && (b->kind == BLOCK_ITEM || b->joined || h->before == BLOCK_ITEM);
    h->item_case = h->item_case && (b->kind == BLOCK_ITEM || b->joined);
    if (b->kind == BLOCK_PARAGRAPH && numbered(h, b->text, b, &item)) {
        h->local = (struct hand_scope){0};
        h->carry = (struct hand_carry){0};
        h->sentences = 0;
        b = &item;
    }
    switch (b->kind) {
    case BLOCK_ITEM:
        read_item(h, b, next);
        break;
    case BLOCK_CODE:
        read_code(h, b);
        break;
    case BLOCK_TABLE_ROW:
        read_row(h, b);
        break;
    case BLOCK_PARAGRAPH:
    case BLOCK_QUOTE:
        read_paragraph(h, b, next);
        break;
    }
    h->before = b->kind;
    h->numbered = false;
}
