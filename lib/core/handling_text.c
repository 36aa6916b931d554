#include "base/text.h"
#include "core/handling_parts.h"

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

void hand_show(struct hand *h, struct hand_shown *shown, struct view sentence) {
    if (!shown->begun) {
        text_break(h, shape_of(h, shown->block));
        text_mark(h, shown->block);
        shown->begun = true;
    } else {
        buf_char(h->text, ' ');
    }
    buf_add(h->text, sentence);
}

void hand_show_row(struct hand *h, const struct block *b) {
    text_break(h, shape_of(h, b));
    buf_str(h->text, "| ");
    buf_add(h->text, b->text);
    buf_str(h->text, " |");
}

void hand_show_code(struct hand *h, const struct block *b) {
    text_break(h, SHAPE_PARAGRAPH);
    buf_str(h->text, "```\n");
    buf_add(h->text, b->text);
    buf_str(h->text, "\n```");
}

void hand_take_outcome(struct hand *h, struct hand_shown *shown, struct view sentence,
                       enum hand_outcome outcome) {
    if (outcome == FOR_DESK || outcome == STRANGE) {
        h->section->instructs = true;
    } else {
        hand_show(h, shown, sentence);
    }
}

/* ---- sentences of a block -------------------------------------------------------------------- */

/* What a label inside a paragraph says of its sentence: "Needed: ...", "During a final: ...". */
static struct hand_scope labelled(struct hand *h, const struct hand_scope *here,
                                  const struct hand_label *label) {
    struct hand_scope scope = label->scope;
    if (label->seen) {
        scope = (struct hand_scope){.set = true, .condition = hand_as_part(h, label->name)};
    }
    return hand_within(here, &scope);
}

void hand_read_sentences(struct hand *h, struct hand_shown *shown, struct view text,
                         const struct hand_scope *scope, bool in_list) {
    struct hand_scope here = *scope;
    struct view sentence;
    for (size_t i = 0; text_sentence(&text, &sentence); i++) {
        const bool ruled = hand_holds_class(h, sentence);
        const struct hand_label label =
            ruled ? (struct hand_label){.rest = sentence}
                  : hand_label_at(h, sentence, i > 0 ? shown->block : NULL);
        const bool turns =
            label.found && (label.scope.desk || label.scope.roles != 0) && label.rest.n > 0;
        const bool once = label.found && label.rest.n > 0 && (label.scope.set || label.seen) &&
                          i > 0 && label.name.n > 0;
        if (turns && label.scope.mode == MODE_NONE) { /* to the end of the paragraph */
            here = hand_within(scope, &label.scope);
        }
        if (once && label.seen && !here.desk) { /* "Larger spans: make several exports." */
            struct note_item step = {.kind = NOTE_STEP, .roles = here.roles};
            step.text = hand_as_sentence(h, sentence);
            h->source = sentence;
            hand_add(h, step);
            hand_show(h, shown, sentence);
            continue;
        }
        const struct hand_scope one = once || turns ? labelled(h, &here, &label) : here;
        hand_take_outcome(h, shown, sentence,
                          hand_sentence(h, once || turns ? label.rest : sentence, &one, in_list));
    }
}

/* A script: the quoted words are said, those behind them are for the desk. */
void hand_read_script(struct hand *h, struct hand_shown *shown, struct view text,
                      const struct hand_scope *scope) {
    const size_t close = view_find(text, VIEW("\""), 1);
    struct hand_scope behind = *scope;
    behind.mode = MODE_NONE;
    behind.desk = true;
    if (close == SIZE_MAX) {
        hand_read_sentences(h, shown, text, scope, false);
        return;
    }
    const struct view said = view_slice(text, 1, close);
    h->source = view_slice(text, 0, close + 1);
    h->section->instructs = true;
    hand_add(h, (struct note_item){.kind = NOTE_SAY,
                                   .text = hand_as_sentence(h, said),
                                   .roles = scope->roles,
                                   .for_desk = true});
    hand_read_sentences(h, shown, view_trim(view_slice(text, close + 1, text.n)), &behind, false);
}

/* A step for the user: the whole item is one, but for sentences that speak to the assistant. */
void hand_read_step(struct hand *h, struct hand_shown *shown, struct view text,
                    const struct hand_scope *scope) {
    struct note *note = &h->section->note;
    struct hand_scope steps = *scope;
    struct note_item step = {.kind = NOTE_STEP, .roles = scope->roles};
    struct view sentence;
    steps.mode = MODE_STEP;
    steps.set = true;
    for (size_t i = 0; text_sentence(&text, &sentence); i++) {
        const size_t before = note->count;
        steps.mode = i == 0 ? MODE_STEP : MODE_NONE;
        const enum hand_outcome outcome = hand_sentence(h, sentence, &steps, true);
        hand_take_outcome(h, shown, sentence, outcome);
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
