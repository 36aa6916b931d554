#include "base/text.h"
#include "core/handling_parts.h"

/* What a column's name says, by any of its words. */
static const struct {
    const char *words;
    enum hand_mode mode;
} columns[] = {
    {"symptom|symptoms|problem|issue|error|message|see|sees|observation|sign|code|id|alert|"
     "complaint|state|status|report",
     MODE_SYMPTOM},
    {"cause|causes|meaning|reason|why|explanation|means|background", MODE_CAUSE},
    {"fix|fixes|solution|resolution|do|action|actions|remedy|workaround|steps|step|try|repair|"
     "response|handling|recovery|helps|next",
     MODE_STEP},
    {"ask|question|questions", MODE_ASK},
    {"capture|collect|record|evidence|include", MODE_CAPTURE},
    {"say|tell|message-to-user", MODE_SAY},
};

static bool has_word(const struct hand_words *w, const char *forms) {
    return hand_find(w, 0, forms) < w->count;
}

static struct hand_column read_column(struct hand *h, struct view name) {
    struct hand_column column = {.name = name};
    struct hand_words w;
    if (!hand_read_words(h, name, &w) || w.count == 0 || w.count > 6) {
        return column;
    }
    const struct hand_scope lead = hand_lead(h, name, LEAD_HEADING);
    column.action = has_word(&w, "tier|severity|priority|escalation|escalate|level|routing");
    column.condition = has_word(&w, "situation|if|when|condition|case|scenario|trigger|request");
    column.scope.desk = lead.desk && lead.mode != MODE_CAPTURE && lead.mode != MODE_ASK;
    for (size_t i = 0; i < sizeof columns / sizeof columns[0] && !column.action; i++) {
        if (has_word(&w, columns[i].words)) {
            column.scope.mode = columns[i].mode;
            break;
        }
    }
    if (column.scope.mode != MODE_NONE && column.scope.mode != MODE_SYMPTOM) {
        column.condition = false;
    }
    column.scope.set = column.scope.mode != MODE_NONE || column.scope.desk;
    return column;
}

void hand_table_head(struct hand *h, const struct block *row) {
    h->column_count = row->cell_count < HAND_COLUMNS_MAX ? row->cell_count : HAND_COLUMNS_MAX;
    for (size_t i = 0; i < h->column_count; i++) {
        h->columns[i] = read_column(h, row->cells[i]);
    }
}

static size_t count_mode(const struct hand *h, enum hand_mode mode) {
    size_t n = 0;
    for (size_t i = 0; i < h->column_count; i++) {
        n += h->columns[i].scope.mode == mode ? 1 : 0;
    }
    return n;
}

static size_t count_actions(const struct hand *h) {
    size_t n = 0;
    for (size_t i = 0; i < h->column_count; i++) {
        n += h->columns[i].action ? 1 : 0;
    }
    return n;
}

/* Rows are cases of trouble where the table has what is seen and what follows from it. */
static bool is_trouble(const struct hand *h) {
    return count_mode(h, MODE_SYMPTOM) > 0 &&
           count_mode(h, MODE_CAUSE) + count_mode(h, MODE_STEP) + count_actions(h) > 0;
}

static const struct hand_column *condition_column(const struct hand *h) {
    for (size_t i = 0; i < h->column_count; i++) {
        if (h->columns[i].condition) {
            return &h->columns[i];
        }
    }
    return NULL;
}

static struct view cell_at(const struct block *row, size_t i) {
    return i < row->cell_count ? row->cells[i] : (struct view){0};
}

static bool is_empty(struct view cell) {
    static const char *const nothing[] = {"-", "\u2013", "\u2014", "n/a", "none", "N/A"};
    for (size_t i = 0; i < sizeof nothing / sizeof nothing[0]; i++) {
        if (view_eq_nocase(cell, view_of(nothing[i]))) {
            return true;
        }
    }
    return cell.n == 0;
}

static void read_cell(struct hand *h, struct view cell, const struct hand_scope *scope) {
    struct view sentence;
    while (text_sentence(&cell, &sentence)) {
        (void)hand_sentence(h, sentence, scope, scope->mode == MODE_STEP && !scope->desk);
    }
}

/* The cells of tier and severity columns together are one rule. */
static void read_actions(struct hand *h, const struct block *row, struct view condition,
                         bool escalates) {
    struct note_item item = {.kind = NOTE_WHEN, .for_desk = true};
    for (size_t i = 0; i < h->column_count; i++) {
        struct hand_words w;
        const struct view text =
            hand_format(h, "%.*s %.*s", (int)h->columns[i].name.n, h->columns[i].name.p,
                        (int)cell_at(row, i).n, cell_at(row, i).p);
        if (h->columns[i].action && !is_empty(cell_at(row, i)) && hand_read_words(h, text, &w)) {
            hand_put_action(&w, 0, w.count, &item);
        }
    }
    const bool tier = (item.actions & NOTE_SET_TIER) != 0;
    if (item.actions == 0 || (tier && item.tier == ESI_TIER_0)) {
        return;
    }
    item.actions |= escalates && tier ? NOTE_ESCALATE : 0u;
    item.text =
        tier ? hand_format(h, "Escalate to Tier %d.", (int)item.tier) : VIEW("Set the severity.");
    if (hand_put_condition(h, &item, condition)) {
        hand_add(h, item);
    }
}

static enum hand_outcome trouble_row(struct hand *h, const struct block *row) {
    const struct hand_scope here = hand_here(h);
    bool desk = here.desk;
    h->group = ++h->groups;
    h->order = 0;
    for (int pass = 0; pass < 2; pass++) { /* what is seen comes before what follows from it */
        for (size_t i = 0; i < h->column_count; i++) {
            const struct hand_column *column = &h->columns[i];
            const bool symptom = column->scope.mode == MODE_SYMPTOM;
            if (symptom == (pass == 0) && !column->action && !is_empty(cell_at(row, i))) {
                struct hand_scope scope = hand_within(&here, &column->scope);
                scope.desk = scope.desk && !symptom;
                desk = desk || column->scope.desk;
                read_cell(h, cell_at(row, i), &scope);
            }
        }
    }
    read_actions(h, row, (struct view){0}, true);
    h->group = 0;
    return desk ? FOR_DESK : FOR_USER;
}

/* "Situation | Tier": the first says when. */
static enum hand_outcome condition_row(struct hand *h, const struct block *row) {
    const struct hand_scope here = hand_here(h);
    const size_t at = (size_t)(condition_column(h) - h->columns);
    const struct view condition = cell_at(row, at);
    h->order = 0;
    for (size_t i = 0; i < h->column_count; i++) {
        if (i == at || h->columns[i].action || is_empty(cell_at(row, i))) {
            continue;
        }
        struct hand_scope scope = hand_within(&here, &h->columns[i].scope);
        scope.set = true;
        scope.condition = condition;
        read_cell(h, cell_at(row, i), &scope);
    }
    read_actions(h, row, condition, true);
    return here.desk ? FOR_DESK : FOR_USER;
}

/* Any other row: "First cell: name of a column: cell; ..." */
static enum hand_outcome fact_row(struct hand *h, const struct block *row) {
    const struct hand_scope here = hand_here(h);
    struct view text = cell_at(row, 0);
    if (here.mode == MODE_CAPTURE || here.mode == MODE_NEVER || here.mode == MODE_ASK) {
        read_cell(h, text, &here);
        return here.desk ? FOR_DESK : FOR_USER;
    }
    for (size_t i = 1; i < row->cell_count; i++) {
        const struct view cell = cell_at(row, i);
        const struct view name = i < h->column_count ? h->columns[i].name : (struct view){0};
        if (is_empty(cell)) {
            continue;
        }
        const bool named = name.n > 0 && row->cell_count > 2;
        text = hand_format(h, "%.*s%s %.*s%s%.*s", (int)text.n, text.p, i == 1 ? ":" : ";",
                           named ? (int)name.n : 0, name.p == NULL ? "" : name.p, named ? ": " : "",
                           (int)cell.n, cell.p);
    }
    if (here.desk) {
        hand_unread(h, row->text);
        return STRANGE;
    }
    struct note_item item = {
        .kind = NOTE_FACT, .roles = here.roles, .text = hand_as_sentence(h, text)};
    hand_add(h, item);
    return FOR_USER;
}

enum hand_outcome hand_table_row(struct hand *h, const struct block *row) {
    h->source = row->text;
    if (is_trouble(h)) {
        return trouble_row(h, row);
    }
    const struct hand_column *condition = condition_column(h);
    if (condition != NULL &&
        (count_actions(h) > 0 || count_mode(h, MODE_STEP) + count_mode(h, MODE_SAY) > 0)) {
        return condition_row(h, row);
    }
    return fact_row(h, row);
}
