#include <string.h>

#include "base/error.h"
#include "core/cues.h"
#include "core/extract_parts.h"
#include "core/roles.h"

/* The body of an answer: what was selected, laid out as it reads best. Several steps are numbered,
 * each with what is said of it; rows and rules stand in a list; the rest is prose. */

static const char *const origin = "core/extract";

#define LIST_LEAST 3      /* short lines that make a list */
#define LIST_LINE_MAX 30  /* words of such a line */
#define CONDITION_LONG 14 /* words of a condition that is set off by a colon */
#define PARAGRAPH 40      /* words after which prose begins a new paragraph with a new line */

struct layout {
    struct composing *c;
    const struct pick *picks;
    size_t count;
    bool numbered;     /* there are several steps */
    bool only;         /* no step begins its paragraph */
    bool begun;        /* the number of the next step stands already */
    size_t number;     /* of the step at hand; 0: before the first */
    size_t list_end;   /* picks before it are rows of a list */
    size_t first_step; /* count if there is none */
    size_t last_step;
    size_t words;     /* of the paragraph */
    bool led;         /* was it said? */
    const char *lead; /* said before the first step; NULL: nothing */
    const char *lead_one;
};

/* ---- one item -------------------------------------------------------------------------------- */

static bool has_lead(struct view condition) {
    static const char *const leads[] = {
        "if ",      "when ", "once ",   "for ",   "on ",       "before ", "after ",
        "where ",   "in ",   "during ", "while ", "whenever ", "as ",     "unless ",
        "without ", "at ",   "from ",   "with ",  "at ",       "from ",   "with "};
    for (size_t i = 0; i < sizeof(leads) / sizeof(leads[0]); i++) {
        const struct view lead = view_of(leads[i]);
        if (view_eq_nocase(view_slice(condition, 0, lead.n), lead)) {
            return true;
        }
    }
    return false;
}

/* A row of a table: its first cell, then what stands in the others. */
static void add_row(struct buf *out, struct view row) {
    size_t cell = 0;
    while (row.n > 0) {
        const size_t at = view_find(row, VIEW(" | "), 0);
        const struct view text = view_trim(view_slice(row, 0, at == SIZE_MAX ? row.n : at));
        row = at == SIZE_MAX ? (struct view){0} : view_slice(row, at + 3, row.n);
        if (text.n > 0) {
            buf_str(out, cell == 0 ? "" : cell == 1 ? ": " : "; ");
            buf_add(out, text);
            cell++;
        }
    }
    buf_char(out, '.');
}

static void add_code(struct buf *out, struct view text) {
    const bool fenced = view_find(text, VIEW("```"), 0) != SIZE_MAX;
    const bool begun = view_ends(buf_view(out), VIEW("\n")) || out->n == 0;
    buf_str(out, begun ? "" : "\n");
    buf_str(out, fenced ? "" : "```\n");
    buf_add(out, view_trim(text));
    buf_str(out, fenced ? "" : "\n```");
}

static bool lacks_subject(struct view text) {
    static const char *const modals[] = {"can ",   "may ",     "must ",  "cannot ",
                                         "can't ", "mustn't ", "should "};
    text = view_trim(text);
    for (size_t i = 0; i < sizeof(modals) / sizeof(modals[0]); i++) {
        const struct view modal = view_of(modals[i]);
        if (view_eq_nocase(view_slice(text, 0, modal.n), modal)) {
            return true;
        }
    }
    return false;
}

/* "Can download their own certificate", said of this person's role: you can. */
static struct view with_subject(struct composing *c, struct view text) {
    struct view rest = view_trim(text);
    struct view word;
    struct buf out;
    if (!lacks_subject(text)) {
        return text;
    }
    (void)view_split(&rest, ' ', &word);
    buf_init(&out, EXTRACT_ANSWER_MAX);
    buf_str(&out, "You ");
    buf_char(&out, (char)(word.p[0] | 0x20));
    buf_add(&out, view_slice(word, 1, word.n));
    while (view_split(&rest, ' ', &word)) {
        buf_char(&out, ' ');
        buf_add(&out, view_eq(word, VIEW("their")) ? VIEW("your") : word);
    }
    const char *copy = out.failed ? NULL : arena_str(c->arena, buf_view(&out));
    c->text.failed |= !copy;
    buf_clear(&out);
    return copy ? view_of(copy) : text;
}

/* "The trainee must not ...", to a trainee: you. */
static struct view to_you(struct composing *c, struct view text) {
    static const char modals[] = "must may can cannot should will can't mustn't shouldn't needn't";
    struct view rest = view_trim(text);
    struct view word;
    const bool trainee = c->in->role == ESI_ROLE_TRAINEE || c->in->role == ESI_ROLE_NONE;
    if (!trainee || (!view_starts(rest, VIEW("The ")) && !view_starts(rest, VIEW("the ")))) {
        return text;
    }
    rest = view_slice(rest, 4, rest.n);
    if (!view_split(&rest, ' ', &word) || roles_of_word(word) != 1u << ESI_ROLE_TRAINEE) {
        return text;
    }
    struct view after = rest;
    if (!view_split(&after, ' ', &word) || !cues_in(&(struct cue_word){.form = word}, modals)) {
        return text;
    }
    const char *copy = arena_printf(c->arena, "You %.*s", (int)rest.n, rest.p);
    c->text.failed |= !copy;
    return copy ? view_of(copy) : text;
}

/* Was the condition said just before? */
static bool is_said(const struct pick *pick, const struct pick *before) {
    return before && before->passage == pick->passage && before->line == pick->line &&
           (view_eq_nocase(before->condition, pick->condition) ||
            view_find(before->text, pick->condition, 0) != SIZE_MAX);
}

/* "A file that has to leave": names what it is for, and states nothing. */
static bool is_thing(struct view condition) {
    struct view rest = condition;
    struct view word = {0};
    (void)view_split(&rest, ' ', &word);
    const bool article = view_eq_nocase(word, VIEW("a")) || view_eq_nocase(word, VIEW("an"));
    for (size_t i = 0; article && i < 3 && view_split(&rest, ' ', &word); i++) {
        if (i > 0 && (view_eq(word, VIEW("that")) || view_eq(word, VIEW("which")))) {
            return true;
        }
    }
    return false;
}

/* "It is in the browser", "it is for those who ...": where and whom the rest is for. */
static struct view without_it(struct view condition) {
    static const char *const leads[] = {"in ", "on ", "at ", "from ", "for ", "with ", "during "};
    const struct view rest = view_starts(condition, VIEW("it is "))
                                 ? view_slice(condition, 6, condition.n)
                                 : (struct view){0};
    for (size_t i = 0; i < sizeof(leads) / sizeof(leads[0]); i++) {
        if (view_starts(rest, view_of(leads[i]))) {
            return rest;
        }
    }
    return condition;
}

/* "If it is red, "; a long one, or one with parts, is set off by a colon. */
static void add_condition(struct buf *out, struct view condition, bool again) {
    if (again) {
        buf_str(out, "In that case, ");
        return;
    }
    condition = without_it(condition);
    if (has_lead(condition)) {
        const char first = condition.p[0];
        buf_char(out, first >= 'a' && first <= 'z' ? (char)(first - 'a' + 'A') : first);
        phrase_part(out, view_slice(condition, 1, condition.n));
    } else {
        buf_str(out, is_thing(condition) ? "For " : "If ");
        phrase_part(out, condition);
    }
    const bool parts = view_find(condition, VIEW(","), 0) != SIZE_MAX ||
                       view_find(condition, VIEW(":"), 0) != SIZE_MAX;
    buf_str(out, parts || select_words(condition) > CONDITION_LONG ? ": " : ", ");
}

static void add_pick(struct composing *c, const struct pick *pick, const struct pick *before,
                     bool behind_colon) {
    struct buf *out = &c->text;
    const struct view text = pick->anyone || pick->label.n > 0
                                 ? to_you(c, pick->text)
                                 : with_subject(c, to_you(c, pick->text));
    const size_t bar = view_find(pick->text, VIEW(" | "), 0);
    const bool row =
        bar != SIZE_MAX && view_find(view_slice(pick->text, 0, bar), VIEW("`"), 0) == SIZE_MAX;
    const struct view condition = view_trim(pick->condition);
    if (pick->label.n > 0 && !pick->code && !row) {
        phrase_sentence(out, pick->label);
        buf_cut(out, out->n - 1);
        buf_str(out, ": ");
        behind_colon = true;
    }
    if (pick->code) {
        add_code(out, pick->text);
    } else if (row) {
        add_row(out, pick->text);
    } else if (condition.n > 0 && !is_said(pick, before)) {
        const bool again = before && view_eq_nocase(before->condition, pick->condition);
        add_condition(out, condition, again);
        phrase_clause(out, text);
    } else if (behind_colon) {
        phrase_clause(out, text);
    } else {
        phrase_sentence(out, text);
    }
}

/* ---- the layout ------------------------------------------------------------------------------ */

static bool is_step(const struct pick *pick) {
    return pick->kind == NOTE_STEP;
}

static bool same_line(const struct pick *a, const struct pick *b) {
    return a->passage == b->passage && a->line == b->line && a->line > 0;
}

/* A step that stands in a paragraph begun by a statement is a sentence of it. */
static bool is_listed(const struct layout *l, size_t at) {
    while (at > 0 && l->picks[at].code && is_step(&l->picks[at - 1]) &&
           l->picks[at - 1].passage == l->picks[at].passage) {
        at--; /* the command stands with the step that leads it in */
    }
    size_t first = at;
    while (first > 0 && same_line(&l->picks[first - 1], &l->picks[at])) {
        first--;
    }
    return is_step(&l->picks[at]) && !l->picks[at].cased && (is_step(&l->picks[first]) || l->only);
}

static size_t line_end(const struct layout *l, size_t at) {
    size_t end = at + 1;
    while (end < l->count && same_line(&l->picks[end], &l->picks[at])) {
        end++;
    }
    return end;
}

/* The end of the list of short lines that begins here; `at` itself where there is none. */
static size_t list_from(const struct layout *l, size_t at) {
    size_t lines = 0;
    size_t end = at;
    while (end < l->count && l->picks[end].passage == l->picks[at].passage &&
           l->picks[end].line > 0) {
        const size_t next = line_end(l, end);
        size_t words = 0;
        bool plain = true;
        for (size_t i = end; i < next; i++) {
            words += select_words(l->picks[i].text);
            plain &= !is_step(&l->picks[i]) && l->picks[i].kind != NOTE_CAUSE && !l->picks[i].code;
        }
        if (!plain || words > LIST_LINE_MAX) {
            break;
        }
        lines++;
        end = next;
    }
    return lines >= LIST_LEAST ? end : at;
}

static void space(struct layout *l) {
    const struct buf *text = &l->c->text;
    if (view_ends(buf_view(text), VIEW("```"))) {
        phrase_paragraph(&l->c->text);
    } else if (text->n > 0 && text->p[text->n - 1] != '\n') {
        buf_char(&l->c->text, ' ');
    }
}

static void begin_paragraph(struct layout *l) {
    if (!view_ends(buf_view(&l->c->text), VIEW("\n\n"))) {
        phrase_paragraph(&l->c->text);
    }
    l->words = 0;
}

/* The phrase before the first step. */
static bool lead_steps(struct layout *l, size_t at) {
    const bool again = l->led;
    l->led = true;
    if (again) {
        return false;
    }
    if (l->numbered && l->lead) {
        if (at > 0) {
            begin_paragraph(l);
        } else {
            space(l);
        }
        part_phrase(l->c, l->lead);
        return true;
    }
    const bool alone = at == 0 || l->picks[at - 1].kind == NOTE_CAUSE;
    const bool says = view_starts(l->picks[at].text, VIEW("Try ")) || /* so itself */
                      l->picks[at].condition.n > 0;
    if (!l->numbered && l->lead_one && alone && !says && !l->picks[at].code) {
        space(l);
        part_phrase(l->c, l->lead_one);
        return true;
    }
    return false;
}

static bool begins_line(const struct buf *text) {
    return text->n == 0 || text->p[text->n - 1] == '\n';
}

static void add_number(struct layout *l) {
    if (!begins_line(&l->c->text)) {
        buf_str(&l->c->text, l->number == 0 ? "\n\n" : "\n");
    }
    buf_printf(&l->c->text, "%zu. ", ++l->number);
}

static void add_step(struct layout *l, size_t at) {
    const struct pick *step = &l->picks[at];
    struct buf *text = &l->c->text;
    const bool goes_on = step->code && at > 0 && is_step(&l->picks[at - 1]);
    const bool led = at == l->first_step && lead_steps(l, at);
    if (l->numbered && !goes_on && !l->begun) {
        add_number(l);
    } else if (!goes_on) {
        space(l);
        l->number += l->begun ? 0 : 1;
    }
    l->begun = false;
    const bool code_next = at + 1 < l->count && is_step(step + 1) && step[1].code;
    add_pick(l->c, step, at > 0 ? step - 1 : NULL, led && !l->numbered);
    if (code_next && view_ends(view_trim(step->text), VIEW(":"))) {
        buf_cut(text, text->n - 1);
        buf_char(text, ':');
    }
}

/* Between numbered steps: behind the step of its line, else before the one that follows. */
static void add_between(struct layout *l, size_t at) {
    const struct pick *pick = &l->picks[at];
    bool behind = select_points_back(pick->text); /* "It arrives within ten minutes." */
    for (size_t i = at; i > 0 && same_line(&l->picks[i - 1], pick); i--) {
        behind |= is_listed(l, i - 1);
    }
    if (!behind && !l->begun) {
        add_number(l);
        l->begun = true;
    } else {
        space(l);
    }
    add_pick(l->c, pick, at > 0 ? pick - 1 : NULL, false);
}

/* A short line among others like it. */
static bool add_listed(struct layout *l, size_t at) {
    const struct pick *pick = &l->picks[at];
    struct buf *text = &l->c->text;
    const bool first_of_line = at == 0 || !same_line(pick, pick - 1);
    if (at >= l->list_end && first_of_line) {
        l->list_end = list_from(l, at);
        if (l->list_end > at && text->n > 0 && !begins_line(text)) {
            buf_char(text, '\n');
        }
    }
    if (at >= l->list_end) {
        return false;
    }
    buf_str(text, !first_of_line ? " " : text->n > 0 && !begins_line(text) ? "\n- " : "- ");
    add_pick(l->c, pick, at > 0 ? pick - 1 : NULL, false);
    return true;
}

/* One of several cases: a line of a list, with all that is for it. */
static void add_cased(struct layout *l, size_t at) {
    struct buf *text = &l->c->text;
    const struct pick *pick = &l->picks[at];
    const bool first = at == 0 || !pick[-1].cased;
    if (pick->label.n > 0) {
        const bool goes_on = text->n > 0 && !begins_line(text);
        buf_str(text, goes_on ? (first ? "\n\n- " : "\n- ") : "- ");
    } else if (!pick->code) {
        space(l);
    }
    add_pick(l->c, pick, at > 0 ? pick - 1 : NULL, false);
    l->list_end = at + 1;
}

/* A statement: between steps, in a list, or in prose. */
static void add_statement(struct layout *l, size_t at) {
    const struct pick *pick = &l->picks[at];
    const bool first_of_line = at == 0 || !same_line(pick, pick - 1);
    if (pick->cased) {
        add_cased(l, at);
        return;
    }
    if (l->numbered && at > l->first_step && at < l->last_step) {
        add_between(l, at);
        return;
    }
    if (add_listed(l, at)) {
        return;
    }
    const bool ends_steps = l->numbered && l->number > 0 && at > l->last_step && first_of_line;
    const bool ends_list = at > 0 && at == l->list_end;
    const bool moves =
        at > 0 && l->words > 0 &&
        (pick->passage != pick[-1].passage || (first_of_line && l->words > PARAGRAPH));
    if (ends_steps || ends_list || moves) {
        begin_paragraph(l);
        l->number = ends_steps ? 0 : l->number;
    }
    if (!pick->code) {
        space(l);
    }
    const bool cause = pick->kind == NOTE_CAUSE && (at == 0 || pick[-1].kind != NOTE_CAUSE);
    if (cause && l->lead_one) {
        part_phrase(l->c, "cause");
        space(l);
    }
    add_pick(l->c, pick, at > 0 ? pick - 1 : NULL, cause && l->lead_one);
    struct buf *text = &l->c->text;
    const bool leads_in = is_step(pick) && at + 1 < l->count && pick[1].code;
    if (leads_in && view_ends(buf_view(text), VIEW("."))) {
        buf_cut(text, text->n - 1);
        buf_char(text, ':');
    }
    l->words += select_words(pick->text);
}

/* Where several cases are told, each says what it is. */
static void label_cases(struct composing *c) {
    struct selection *s = c->selection;
    const struct note_item *last = NULL;
    bool several = false;
    for (size_t i = 0; i < s->body_count; i++) {
        const struct note *note = &c->in->passages[s->body[i].passage].note;
        const struct note_item *of =
            s->body[i].index < note->count ? select_case_of(note, s->body[i].index) : NULL;
        several |= of && last && of != last && s->body[i].passage == s->body[i - 1].passage;
        last = of ? of : last;
    }
    last = NULL;
    for (size_t i = 0; i < s->body_count; i++) {
        const struct note *note = &c->in->passages[s->body[i].passage].note;
        const struct note_item *of =
            s->body[i].index < note->count ? select_case_of(note, s->body[i].index) : NULL;
        s->body[i].cased = several && of;
        if (of && of != last && (several || lacks_subject(s->body[i].text))) {
            s->body[i].label = of->text;
        }
        last = of ? of : last;
    }
}

/* What is said of one section is laid out by itself: steps of two are no single list. */
static void begin_section(struct layout *l, size_t from) {
    size_t end = from;
    size_t listed = 0;
    size_t lines = 0;
    l->only = false;
    for (; end < l->count && l->picks[end].passage == l->picks[from].passage; end++) {
        listed += is_listed(l, end);
    }
    l->only = listed == 0;
    l->first_step = end;
    l->number = 0;
    for (size_t i = from; i < end; i++) {
        if (is_listed(l, i)) {
            l->first_step = l->first_step == end ? i : l->first_step;
            l->last_step = i;
            lines += !l->picks[i].code || lines == 0;
        }
    }
    const bool led = l->lead && !l->led;
    l->numbered = lines > 1 && (led || l->c->selection->wants_steps || lines >= LIST_LEAST);
    if (from > 0 && l->first_step == from) {
        begin_paragraph(l);
    }
}

esi_err part_body(struct composing *c, const char *lead, const char *lead_one) {
    const struct selection *s = c->selection;
    label_cases(c);
    struct layout l = {
        .c = c, .picks = s->body, .count = s->body_count, .lead = lead, .lead_one = lead_one};
    c->out.steps = ARENA_ARRAY(c->arena, s->steps + 1, struct view);
    if (!c->out.steps) {
        return fail_memory(c->err, origin);
    }
    c->out.step_count = 0;
    for (size_t i = 0; i < l.count; i++) {
        const size_t before = c->text.n;
        if (i == 0 || s->body[i].passage != s->body[i - 1].passage) {
            begin_section(&l, i);
        }
        if (is_listed(&l, i)) {
            add_step(&l, i);
        } else {
            add_statement(&l, i);
        }
        if (c->text.n > EXTRACT_ANSWER_MAX * 2 / 3) {
            buf_cut(&c->text, before);
            break;
        }
        if (is_step(&l.picks[i])) {
            c->out.steps[c->out.step_count++] = l.picks[i].text;
        }
    }
    return ESI_OK;
}
