#include "base/text.h"
#include "core/handling_parts.h"
#include "core/roles.h"

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
    const bool fails =
        (hand_cues(&w, 0) & HAND_IF) != 0 &&
        has_word(&w, "fail|fails|failed|help|helps|persist|persists|still|not|doesn't|unresolved|"
                     "isn't|works|work|solve|solved");
    if (fails && w.count > 1) { /* "If it fails": what the desk does then */
        column = (struct hand_column){.name = name};
        column.scope.condition = hand_slice(&w, 1, w.count);
    }
    column.check = column.scope.mode == MODE_NONE && hand_is(&w, 0, "check|checks|verify|test");
    column.scope.mode = column.check ? MODE_STEP : column.scope.mode;
    column.scope.set =
        column.scope.mode != MODE_NONE || column.scope.desk || column.scope.condition.n > 0;
    for (size_t i = 0; i < w.count && !column.scope.set && !column.action; i++) {
        column.people |= w.items[i].roles;
    }
    return column;
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

/* "Verdict | Meaning | What to do": the first column is what is seen wherever something is to be
 * done about it. */
static void name_first(struct hand *h) {
    struct hand_column *first = &h->columns[0];
    if (h->column_count > 1 && !first->scope.set && !first->action && !first->condition &&
        first->people == 0 && count_mode(h, MODE_SYMPTOM) == 0 && count_mode(h, MODE_STEP) > 0) {
        first->scope.mode = MODE_SYMPTOM;
        first->scope.set = true;
    }
}

/* Rows are cases of trouble where the table has what is seen and what follows from it. */
static bool is_trouble(const struct hand *h) {
    return count_mode(h, MODE_SYMPTOM) > 0 &&
           count_mode(h, MODE_CAUSE) + count_mode(h, MODE_STEP) + count_actions(h) > 0;
}

void hand_table_head(struct hand *h, const struct block *row) {
    h->column_count = row->cell_count < HAND_COLUMNS_MAX ? row->cell_count : HAND_COLUMNS_MAX;
    for (size_t i = 0; i < h->column_count; i++) {
        h->columns[i] = read_column(h, row->cells[i]);
    }
    name_first(h);
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
    static const char *const nothing[] = {"-", "\u2013", "\u2014", "n/a"};
    for (size_t i = 0; i < sizeof nothing / sizeof nothing[0]; i++) {
        if (view_eq_nocase(cell, view_of(nothing[i]))) {
            return true;
        }
    }
    return cell.n == 0;
}

/* Nothing is to be done. */
static bool is_nothing(struct view cell) {
    return view_eq_nocase(cell, VIEW("none")) || view_eq_nocase(cell, VIEW("nothing")) ||
           view_eq_nocase(cell, VIEW("nothing to do"));
}

/* A step with what is said of it: "Press Wake. It takes four minutes." */
static bool joins_step(struct hand *h, size_t before, size_t first) {
    struct note *note = &h->section->note;
    if (note->count != before + 1 || before <= first || note->items[before].kind != NOTE_FACT ||
        note->items[before - 1].kind != NOTE_STEP || note->items[before].roles != 0) {
        return false;
    }
    const struct view said = note->items[before].text;
    struct note_item *step = &note->items[before - 1];
    step->text = hand_format(h, "%.*s %.*s", (int)step->text.n, step->text.p, (int)said.n, said.p);
    note->count = before;
    return true;
}

static void read_cell(struct hand *h, struct view cell, const struct hand_scope *scope) {
    struct view sentence;
    const size_t first = h->section->note.count;
    const bool steps = scope->mode == MODE_STEP && !scope->desk;
    h->carry = (struct hand_carry){0};
    h->sentences = 0;
    while (text_sentence(&cell, &sentence)) {
        const size_t before = h->section->note.count;
        struct hand_scope here = *scope;
        if (steps && !hand_orders_user(h, sentence)) {
            here.mode = before == first && !hand_states(h, sentence) ? MODE_STEP : MODE_NONE;
        }
        (void)hand_sentence(h, sentence, &here, steps && here.mode == MODE_STEP);
        (void)(steps && joins_step(h, before, first));
    }
}

/* Is one of the names in the column's head? NULL: any column's. */
static bool is_among(struct hand *h, size_t column, const char *names) {
    struct hand_words w;
    return names == NULL ||
           (hand_read_words(h, h->columns[column].name, &w) && has_word(&w, names));
}

/* The cells of tier and severity columns together are one rule. */
static void read_actions(struct hand *h, const struct block *row, struct view condition,
                         const char *names) {
    struct note_item item = {.kind = NOTE_WHEN, .for_desk = true};
    for (size_t i = 0; i < h->column_count; i++) {
        struct hand_words w;
        const struct view text =
            hand_format(h, "%.*s %.*s", (int)h->columns[i].name.n, h->columns[i].name.p,
                        (int)cell_at(row, i).n, cell_at(row, i).p);
        if (h->columns[i].action && !is_empty(cell_at(row, i)) && is_among(h, i, names) &&
            hand_read_words(h, text, &w)) {
            hand_put_action(&w, 0, w.count, &item);
        }
    }
    const bool tier = (item.actions & NOTE_SET_TIER) != 0;
    const bool stays = tier && item.tier == ESI_TIER_0;
    if (item.actions == 0) {
        return;
    }
    item.actions |= stays ? NOTE_NO_ESCALATE : (tier ? NOTE_ESCALATE : 0u);
    item.text = hand_action_text(h, &item);
    hand_put_condition(h, &item, condition);
    hand_add(h, item);
}

/* A cell that is looked at: a question is asked, a thing is to be checked. */
static struct view checked(struct hand *h, const struct hand_column *column, struct view cell,
                           struct hand_scope *scope) {
    if (view_ends(cell, VIEW("?"))) {
        scope->mode = MODE_ASK;
        scope->desk = true;
        return cell;
    }
    if (!column->check || hand_orders_user(h, cell) || hand_states(h, cell)) {
        return cell;
    }
    const struct view part = hand_as_part(h, cell);
    return hand_format(h, "%.*s: %.*s", (int)column->name.n, column->name.p, (int)part.n, part.p);
}

static bool has_steps(const struct hand *h, size_t from) {
    const struct note *note = &h->section->note;
    for (size_t i = from; i < note->count; i++) {
        if (note->items[i].kind == NOTE_STEP) {
            return true;
        }
    }
    return false;
}

/* The cells of a row, those of one kind: what is seen; what follows; what the desk does then. */
static bool read_cells(struct hand *h, const struct block *row, int pass) {
    const struct hand_scope here = hand_here(h);
    bool desk = false;
    for (size_t i = 0; i < h->column_count; i++) {
        const struct hand_column *column = &h->columns[i];
        const bool symptom = column->scope.mode == MODE_SYMPTOM;
        const bool idle = column->scope.mode == MODE_STEP && is_nothing(cell_at(row, i));
        const int turn = symptom ? 0 : (column->scope.condition.n > 0 ? 2 : 1);
        if (turn != pass || column->action || idle || is_empty(cell_at(row, i))) {
            continue;
        }
        struct hand_scope scope = hand_within(&here, &column->scope);
        scope.desk = (scope.desk || turn == 2) && !symptom;
        const struct view cell =
            symptom ? cell_at(row, i) : checked(h, column, cell_at(row, i), &scope);
        desk = desk || column->scope.desk;
        read_cell(h, cell, &scope);
    }
    return desk;
}

static enum hand_outcome trouble_row(struct hand *h, const struct block *row) {
    bool desk = hand_here(h).desk;
    const size_t from = h->section->note.count;
    h->group = ++h->groups;
    h->order = 0;
    for (int pass = 0; pass < 3; pass++) {
        desk = read_cells(h, row, pass) || desk;
    }
    /* "Fix | Escalate to": a person comes where the fix doesn't help */
    const bool later = has_steps(h, from);
    read_actions(h, row, (struct view){0}, later ? "severity|priority" : NULL);
    if (later) {
        read_actions(h, row, VIEW("none of this helps"), "tier|escalation|escalate|level|routing");
    }
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
    read_actions(h, row, condition, NULL);
    return here.desk ? FOR_DESK : FOR_USER;
}

static bool is_no(struct view cell) {
    return view_eq_nocase(cell, VIEW("no")) || view_eq_nocase(cell, VIEW("never")) ||
           view_eq(cell, VIEW("\u2717")) || view_eq(cell, VIEW("\u274C")) ||
           view_eq_nocase(cell, VIEW("not allowed"));
}

/* "Task | Student | Tutor": what a "no" forbids to whom. */
static void read_permissions(struct hand *h, const struct block *row) {
    const struct hand_scope here = hand_here(h);
    for (size_t i = 1; i < h->column_count; i++) {
        const struct hand_column *column = &h->columns[i];
        if (column->people == 0 || column->people == ROLES_EVERYBODY || !is_no(cell_at(row, i))) {
            continue;
        }
        const struct view task = hand_as_part(h, cell_at(row, 0));
        struct note_item item = {
            .kind = NOTE_NEVER, .roles = column->people, .for_desk = here.desk};
        const struct view who = hand_as_part(h, column->name);
        item.text = hand_format(h, "Not allowed for %.*s%s: %.*s.", (int)who.n, who.p,
                                view_ends(who, VIEW("s")) ? "" : "s", (int)task.n, task.p);
        hand_add(h, item);
    }
}

/* "More than one crew | HIGH, Tier 2": cells that say nothing but what the first one counts as. */
static void read_classes(struct hand *h, const struct block *row) {
    struct hand_words w;
    for (size_t i = 1; i < row->cell_count && !hand_is_class(h, row->cells[0]); i++) {
        if (hand_is_class(h, row->cells[i]) && hand_read_words(h, row->cells[i], &w) &&
            hand_class_rules(&w, 0, w.count)) {
            hand_add_class(h, &w, (struct hand_span){0, w.count}, hand_as_part(h, row->cells[0]));
        }
    }
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
    const size_t before = h->section->note.count;
    read_classes(h, row);
    if (here.desk) {
        if (h->section->note.count == before) {
            hand_unread(h, row->text);
        }
        return STRANGE;
    }
    struct note_item item = {
        .kind = NOTE_FACT, .roles = here.roles, .text = hand_as_sentence(h, text)};
    hand_add(h, item);
    read_permissions(h, row);
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
