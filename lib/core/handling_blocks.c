#include "base/text.h"
#include "core/handling_parts.h"

#define LABEL_WORDS 5 /* of "What to do: ..." without bold */

/* ---- what a user may read -------------------------------------------------------------------- */

enum shape { SHAPE_PARAGRAPH, SHAPE_LINE, SHAPE_SAME };

/* Begins the next thing in the user's text. */
static void text_break(struct hand *h, enum shape shape) {
    if (h->text->n > 0) {
        buf_str(h->text, shape == SHAPE_SAME ? " " : (shape == SHAPE_LINE ? "\n" : "\n\n"));
    }
}

static enum shape shape_of(const struct hand *h, const struct block *b) {
    const bool item = b->kind == BLOCK_ITEM && h->before == BLOCK_ITEM;
    const bool row = b->kind == BLOCK_TABLE_ROW && h->before == BLOCK_TABLE_ROW;
    return b->joined ? SHAPE_SAME : (item || row ? SHAPE_LINE : SHAPE_PARAGRAPH);
}

static void text_mark(struct hand *h, const struct block *b) {
    if (b->kind == BLOCK_ITEM && b->number > 0) {
        buf_printf(h->text, "%d. ", (int)b->number);
    } else if (b->kind == BLOCK_ITEM) {
        buf_str(h->text, "- ");
    }
}

/* One block on its way into the user's text, sentence by sentence. */
struct shown {
    const struct block *block;
    bool begun;
};

static void show(struct hand *h, struct shown *shown, struct view sentence) {
    if (!shown->begun) {
        text_break(h, shape_of(h, shown->block));
        text_mark(h, shown->block);
        shown->begun = true;
    } else {
        buf_char(h->text, ' ');
    }
    buf_add(h->text, sentence);
}

static void show_row(struct hand *h, const struct block *b) {
    text_break(h, shape_of(h, b));
    buf_str(h->text, "| ");
    buf_add(h->text, b->text);
    buf_str(h->text, " |");
}

static void take_outcome(struct hand *h, struct shown *shown, struct view sentence,
                         enum hand_outcome outcome) {
    if (outcome == FOR_DESK || outcome == STRANGE) {
        h->section->instructs = true;
    } else {
        show(h, shown, sentence);
    }
}

/* ---- labels ---------------------------------------------------------------------------------- */

struct label {
    bool found;
    bool question, answer; /* "Q:", "A:" */
    struct hand_scope scope;
    struct view rest; /* behind it */
};

struct view hand_after_colon(struct view text, size_t at) {
    while (at < text.n && (text.p[at] == ':' || text.p[at] == ' ')) {
        at++;
    }
    return view_trim(view_slice(text, at, text.n));
}

/* "Operator: runs the ranges." says what an operator is; "Operators: run it at night." speaks to
 * them. */
static bool is_definition(struct hand *h, const struct label *label) {
    struct hand_words w;
    if (!label->scope.set) {
        return true;
    }
    return label->scope.mode == MODE_NONE && !label->scope.desk && label->scope.condition.n == 0 &&
           label->rest.n > 0 && hand_read_words(h, label->rest, &w) &&
           (hand_cues(&w, 0) & HAND_VERB) == 0;
}

/* "Cause: ...", without bold: only where the words before the colon are a label that is known. */
static struct label plain_label(struct hand *h, struct view text) {
    struct label label = {.rest = text};
    const size_t colon = view_find(text, VIEW(":"), 0);
    if (colon == SIZE_MAX || colon > 50 || (colon + 1 < text.n && text.p[colon + 1] != ' ')) {
        return label;
    }
    struct hand_words w;
    const struct view words = view_slice(text, 0, colon);
    if (!hand_read_words(h, words, &w) || w.count == 0 || w.count > LABEL_WORDS) {
        return label;
    }
    if (w.count == 1 && hand_is(&w, 0, "q|question|a|answer")) {
        return (struct label){.found = true,
                              .question = hand_is(&w, 0, "q|question"),
                              .answer = hand_is(&w, 0, "a|answer"),
                              .rest = hand_after_colon(text, colon)};
    }
    const struct hand_scope scope = hand_lead(h, words, LEAD_LABEL);
    const bool order = (hand_cues(&w, 0) & (HAND_IF | HAND_TIME)) != 0 ||
                       (hand_has_tier(&w, 0, w.count) && colon + 1 < text.n);
    const struct label tried = {.scope = scope, .rest = hand_after_colon(text, colon)};
    const bool only = hand_find(&w, 0, "only|for") < w.count;
    if (scope.set && !order && (only || !is_definition(h, &tried))) {
        label.found = true;
        label.scope = scope;
        label.rest = hand_after_colon(text, colon);
    }
    return label;
}

static struct label label_of(struct hand *h, const struct block *b) {
    struct label label = {.rest = b->text};
    const struct label plain = plain_label(h, b->text);
    if (!b->bold_lead || plain.question || plain.answer) {
        return plain;
    }
    const struct view behind = view_slice(b->text, b->lead.n, b->text.n);
    const bool colon = view_starts(behind, VIEW(":")) || behind.n == 0;
    if (!colon || !view_starts(b->text, b->lead)) {
        return label;
    }
    label.scope = hand_lead(h, b->lead, LEAD_IN);
    label.found = true;
    label.rest = hand_after_colon(b->text, b->lead.n);
    return is_definition(h, &label) ? (struct label){.found = true, .rest = b->text} : label;
}

/* "`failed`: note the id": a case and what to do, where the label looks like something seen. */
static bool is_case(struct hand *h, struct view label, struct view rest) {
    struct hand_words w, r;
    if (label.n == 0 || rest.n == 0 || !hand_read_words(h, label, &w) ||
        !hand_read_words(h, rest, &r) || w.count == 0 || w.count > 10) {
        return false;
    }
    const bool marked = w.items[0].code || w.items[0].quoted || hand_is(&w, 0, "no");
    return marked || hand_cue(&w, 0, w.count, HAND_FAIL) < w.count;
}

/* ---- sentences of a block -------------------------------------------------------------------- */

static void read_sentences(struct hand *h, struct shown *shown, struct view text,
                           const struct hand_scope *scope, bool in_list) {
    struct hand_scope here = *scope;
    struct view sentence;
    while (text_sentence(&text, &sentence)) {
        const struct label label = plain_label(h, sentence);
        const bool turns = label.found && label.scope.desk && label.rest.n > 0;
        if (turns) { /* "For the help desk: ...", to the end of the paragraph */
            here = hand_within(&here, &label.scope);
        }
        take_outcome(h, shown, sentence,
                     hand_sentence(h, turns ? label.rest : sentence, &here, in_list));
    }
}

/* A step for the user: the whole item is one, but for sentences that speak to the assistant. */
static void read_step(struct hand *h, struct shown *shown, struct view text,
                      const struct hand_scope *scope) {
    struct note *note = &h->section->note;
    struct hand_scope steps = *scope;
    struct note_item step = {.kind = NOTE_STEP, .roles = scope->roles};
    struct view sentence;
    steps.mode = MODE_STEP;
    steps.set = true;
    while (text_sentence(&text, &sentence)) {
        const size_t before = note->count;
        const enum hand_outcome outcome = hand_sentence(h, sentence, &steps, true);
        take_outcome(h, shown, sentence, outcome);
        if (outcome == FOR_DESK || outcome == STRANGE) {
            continue;
        }
        const bool first = step.text.n == 0;
        const bool alone = note->count == before + 1 && note->items[before].kind == NOTE_STEP;
        const bool forbids =
            first && note->count == before + 1 && note->items[before].kind == NOTE_NEVER;
        if (forbids) {
            continue;
        }
        if (first && alone) {
            step.condition = note->items[before].condition;
            step.text = note->items[before].text;
        } else {
            const struct view whole = hand_as_sentence(h, sentence);
            step.text = first ? whole
                              : hand_format(h, "%.*s %.*s", (int)step.text.n, step.text.p,
                                            (int)whole.n, whole.p);
        }
        note->count = before < note->count ? before : note->count;
    }
    if (step.text.n > 0) {
        step.order = ++h->order;
        h->source = shown->block->text;
        hand_add(h, step);
    }
}

/* ---- items ----------------------------------------------------------------------------------- */

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
    h->label_listed = true;
}

static bool ends_with_colon(struct view text) {
    return view_ends(text, VIEW(":")) || view_ends(text, VIEW("\uFF1A"));
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

static struct view last_of(struct view text) {
    struct view before;
    return last_sentence(text, &before);
}

static bool shows_lead(const struct hand_scope *scope, const struct hand_scope *lead) {
    return !scope->desk && !lead->desk && lead->mode != MODE_SAY && lead->mode != MODE_ASK;
}

/* A line that ends in a colon governs what follows. */
static struct hand_scope read_lead(struct hand *h, struct shown *shown, struct view text) {
    struct view before;
    const struct hand_scope here = hand_here(h);
    const struct view last = last_sentence(text, &before);
    read_sentences(h, shown, before, &here, false);
    const struct hand_scope lead = hand_lead(h, last, LEAD_IN);
    if (shows_lead(&here, &lead)) {
        show(h, shown, last);
    } else {
        h->section->instructs = true;
    }
    return lead;
}

static void read_case(struct hand *h, struct shown *shown, struct view label, struct view rest,
                      const struct hand_scope *scope) {
    struct note_item symptom = {.kind = NOTE_SYMPTOM, .roles = scope->roles, .text = label};
    h->group = ++h->groups;
    h->source = label;
    hand_add(h, symptom);
    show(h, shown, hand_format(h, "%.*s:", (int)label.n, label.p));
    read_sentences(h, shown, rest, scope, false);
    h->group = 0;
}

/* Where a label of the user's own ends: "`queued` for more than ten minutes". */
static size_t case_end(struct view text) {
    const size_t colon = view_find(text, VIEW(": "), 0);
    return colon == SIZE_MAX || colon > 90 ? 0 : colon;
}

/* "2. Run this:" before code is a step as well. */
static void add_lead_step(struct hand *h, struct view text, const struct hand_scope *scope) {
    struct note *note = &h->section->note;
    const size_t before = note->count;
    struct hand_scope steps = *scope;
    steps.mode = MODE_STEP;
    steps.set = true;
    struct view bare = text;
    while (ends_with_colon(bare)) {
        bare = view_slice(bare, 0, bare.n - (view_ends(bare, VIEW(":")) ? 1 : 3));
    }
    (void)hand_sentence(h, bare, &steps, true);
    for (size_t i = before; i < note->count; i++) {
        if (note->items[i].kind == NOTE_STEP) {
            note->items[i].order = ++h->order;
        }
    }
}

static void read_item(struct hand *h, const struct block *b) {
    struct shown shown = {.block = b};
    begin_item(h, b);
    const struct label label = label_of(h, b);
    if (ends_with_colon(b->text)) {
        if (b->number == 0) {
            h->item = (struct hand_scope){0};
        }
        const struct hand_scope before = hand_here(h);
        h->item = read_lead(h, &shown, b->text);
        if (!before.desk && h->item.mode == MODE_NONE && !h->item.desk &&
            (b->number > 0 || before.mode == MODE_STEP)) {
            h->item = (struct hand_scope){0};
            add_lead_step(h, b->text, &before);
        }
        return;
    }
    struct hand_scope here = hand_here(h);
    if (label.found && label.scope.set) {
        here = hand_within(&here, &label.scope);
    }
    const struct view text = label.found && label.scope.set ? label.rest : b->text;
    const size_t colon = case_end(b->text);
    const struct view name = view_slice(b->text, 0, colon);
    const struct view rest = colon > 0 ? hand_after_colon(b->text, colon) : (struct view){0};
    if (!here.desk && here.mode == MODE_NONE && b->number == 0 && is_case(h, name, rest)) {
        read_case(h, &shown, name, rest, &here);
    } else if (!here.desk && (b->number > 0 || here.mode == MODE_STEP) &&
               (here.mode == MODE_NONE || here.mode == MODE_STEP)) {
        read_step(h, &shown, text, &here);
    } else {
        read_sentences(h, &shown, text, &here, false);
    }
}

/* ---- paragraphs ------------------------------------------------------------------------------ */

static void set_label(struct hand *h, const struct label *label) {
    h->label = label->scope;
    h->label_listed = false;
    h->list_lead = (struct view){0};
    h->list = (struct hand_scope){0};
    h->item = (struct hand_scope){0};
    h->order = 0;
}

static void read_labelled(struct hand *h, struct shown *shown, const struct label *label) {
    struct hand_scope here = hand_within(&h->heading, &label->scope);
    const bool local = label->rest.n > 0 && !ends_with_colon(label->rest) &&
                       (label->scope.mode == MODE_SYMPTOM || label->scope.mode == MODE_CAUSE ||
                        label->scope.mode == MODE_ASK || label->scope.mode == MODE_SAY ||
                        label->scope.mode == MODE_CAPTURE || label->scope.mode == MODE_ESCALATE);
    const struct block *b = shown->block;
    const struct view name = view_trim(view_slice(b->text, 0, (size_t)(label->rest.p - b->text.p)));
    set_label(h, label);
    if (shows_lead(&h->heading, &label->scope) && name.n > 0 && label->rest.p != NULL) {
        show(h, shown, name);
    }
    if (ends_with_colon(label->rest)) {
        h->list = read_lead(h, shown, label->rest);
    } else {
        h->prose = label->scope.mode == MODE_NONE;
        read_sentences(h, shown, label->rest, &here, false);
    }
    h->prose = false;
    if (local) {
        h->label = (struct hand_scope){0};
    }
}

/* "Q: ..." begins a case, "A: ..." belongs to it. */
static void read_question(struct hand *h, struct shown *shown, const struct label *label) {
    set_label(h, &(struct label){0});
    if (label->question) {
        h->group = ++h->groups;
        h->source = label->rest;
        hand_add(h, (struct note_item){
                        .kind = NOTE_SYMPTOM, .text = label->rest, .roles = h->heading.roles});
        show(h, shown, label->rest);
        return;
    }
    read_sentences(h, shown, label->rest, &h->heading, false);
}

static void read_paragraph(struct hand *h, const struct block *b) {
    struct shown shown = {.block = b};
    const struct label label = label_of(h, b);
    const bool of_item = b->joined && h->before == BLOCK_ITEM;
    if (label.question || label.answer) {
        read_question(h, &shown, &label);
        return;
    }
    if (label.found && label.rest.p != NULL && (label.scope.set || b->bold_lead)) {
        read_labelled(h, &shown, &label);
        return;
    }
    if (!of_item) {
        h->list_lead = (struct view){0};
        h->list = (struct hand_scope){0};
        h->item = (struct hand_scope){0};
    }
    if (ends_with_colon(b->text)) {
        const struct hand_scope lead = read_lead(h, &shown, b->text);
        const bool whole = lead.desk && lead.mode == MODE_NONE;
        if (whole) {
            set_label(h, &(struct label){.scope = lead});
        } else {
            h->list = lead;
            h->order = 0;
            h->list_lead = lead.set || hand_here(h).desk ? (struct view){0} : last_of(b->text);
            h->list_fact = 0;
        }
        return;
    }
    if (h->label_listed && !of_item) {
        h->label = (struct hand_scope){0};
    }
    const struct hand_scope here = hand_here(h);
    h->prose = !of_item;
    read_sentences(h, &shown, b->text, &here, false);
    h->prose = false;
}

static void read_code(struct hand *h, const struct block *b) {
    const struct note *note = &h->section->note;
    const struct hand_scope here = hand_here(h);
    const bool step = note->count > 0 && note->items[note->count - 1].kind == NOTE_STEP;
    struct note_item item = {.kind = step || here.mode == MODE_STEP ? NOTE_STEP : NOTE_FACT,
                             .roles = here.roles,
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
        text_break(h, SHAPE_PARAGRAPH);
        buf_str(h->text, "```\n");
        buf_add(h->text, b->text);
        buf_str(h->text, "\n```");
    }
}

static void read_row(struct hand *h, const struct block *b) {
    if (b->header) {
        hand_table_head(h, b);
        if (!hand_here(h).desk) {
            show_row(h, b);
        }
        return;
    }
    const enum hand_outcome outcome = hand_table_row(h, b);
    if (outcome == FOR_DESK || outcome == STRANGE) {
        h->section->instructs = true;
    } else {
        show_row(h, b);
    }
}

void hand_block(struct hand *h, const struct block *b) {
    h->line = b->line;
    switch (b->kind) {
    case BLOCK_ITEM:
        read_item(h, b);
        break;
    case BLOCK_CODE:
        read_code(h, b);
        break;
    case BLOCK_TABLE_ROW:
        read_row(h, b);
        break;
    case BLOCK_PARAGRAPH:
    case BLOCK_QUOTE:
        read_paragraph(h, b);
        break;
    }
    h->before = b->kind;
}
