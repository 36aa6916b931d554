#include "core/extract_parts.h"

#include <string.h>

#include "base/error.h"
#include "core/condition.h"

static const char *const origin = "core/extract";

#define SAME_QUESTION 0.8 /* share of words that makes two questions one */

static void add(struct composing *c, const char *id, const struct phrase_name *more) {
    struct phrase_name names[8] = {{"platform", c->in->platform}};
    for (size_t i = 0; more && more[i].name && i + 2 < sizeof(names) / sizeof(names[0]); i++) {
        names[i + 1] = more[i];
    }
    phrase_add(&c->text, phrase_vary(phrase_of(c->in->policy, id), c->in->turn), names);
}

void part_names(struct composing *c, const char *id, const struct phrase_name *names) {
    add(c, id, names);
}

void part_phrase(struct composing *c, const char *id) {
    add(c, id, NULL);
}

void part_space(struct composing *c) {
    if (c->text.n > 0 && c->text.p[c->text.n - 1] != '\n') {
        buf_char(&c->text, ' ');
    }
}

void part_follow(struct composing *c, const char *id) {
    part_space(c);
    add(c, id, NULL);
}

void part_paragraph(struct composing *c, const char *id) {
    phrase_paragraph(&c->text);
    add(c, id, NULL);
}

/* ---- what isn't allowed, and for whom -------------------------------------------------------- */

static bool is_said(const struct selection *selection, struct view text) {
    for (size_t i = 0; i < selection->body_count; i++) {
        if (view_eq_nocase(selection->body[i].text, text)) {
            return true;
        }
    }
    return false;
}

static void add_nevers(struct composing *c, bool anyone) {
    bool first = true;
    for (size_t i = 0; i < c->selection->nevers.count; i++) {
        const struct pick *never = &c->selection->nevers.items[i];
        if (never->anyone != anyone || is_said(c->selection, never->text)) {
            continue;
        }
        const bool sentence = phrase_denies(never->text);
        if (first) {
            phrase_paragraph(&c->text);
            if (!sentence) {
                add(c, anyone ? "not_allowed_anyone" : "not_allowed", NULL);
            }
        }
        if (!first || !sentence) {
            buf_char(&c->text, ' ');
        }
        if (sentence) {
            phrase_sentence(&c->text, never->text);
        } else {
            phrase_clause(&c->text, never->text);
        }
        first = false;
    }
}

void part_nevers(struct composing *c) {
    add_nevers(c, false);
    add_nevers(c, true);
}

void part_barred(struct composing *c) {
    static const char *const names[] = {NULL,        "trainees",          "instructors",
                                        "operators", "support engineers", "admins"};
    struct view roles[sizeof(names) / sizeof(names[0])];
    size_t count = 0;
    for (size_t i = 1; i < sizeof(names) / sizeof(names[0]); i++) {
        if (c->selection->barred & (1u << i)) {
            roles[count++] = view_of(names[i]);
        }
    }
    if (count == 0) {
        return;
    }
    struct buf list;
    buf_init(&list, 200);
    for (size_t i = 0; i < count; i++) {
        buf_str(&list, i == 0 ? "" : i + 1 == count ? " and " : ", ");
        buf_add(&list, roles[i]);
    }
    const struct phrase_name more[] = {{"roles", buf_view(&list)}, {NULL, {0}}};
    phrase_paragraph(&c->text);
    add(c, "withheld", more);
    c->text.failed |= list.failed;
    buf_clear(&list);
}

/* The tier that a section passes its matter to, whatever was said; 0 for none. */
static esi_err passed_to(struct composing *c, const struct note *note, esi_tier *out) {
    bool *in = ARENA_ARRAY(c->arena, note->count + 1, bool);
    if (!in) {
        return fail_memory(c->err, origin);
    }
    const esi_err code = heard_focus(c->heard, note, in, c->err);
    for (size_t i = 0; code == ESI_OK && i < note->count; i++) {
        const struct note_item *item = &note->items[i];
        if (in[i] && item->kind == NOTE_WHEN && (item->actions & NOTE_ESCALATE) &&
            (item->actions & NOTE_SET_TIER) && item->condition.n == 0 && item->tries == 0 &&
            !item->all_tried && heard_role(item->roles, c->in->role)) {
            *out = item->tier > *out ? item->tier : *out;
        }
    }
    return code;
}

esi_err part_matter(struct composing *c) {
    static const char *const teams[] = {"tier_0", "tier_1", "tier_2", "tier_3"};
    esi_tier tier = ESI_TIER_0;
    esi_err code = ESI_OK;
    for (size_t i = 0; i < c->in->passage_count && code == ESI_OK; i++) {
        code = c->selection->cites[i] ? passed_to(c, &c->in->passages[i].note, &tier) : ESI_OK;
    }
    if (code == ESI_OK && tier > ESI_TIER_0 && tier <= ESI_TIER_3 && !c->in->decision->ticket) {
        const struct phrase_name names[] = {{"team", phrase_of(c->in->policy, teams[tier])},
                                            {NULL, {0}}};
        part_space(c);
        add(c, "matter", names);
    }
    return code;
}

/* ---- tickets --------------------------------------------------------------------------------- */

void part_handover(struct composing *c) {
    static const char *const teams[] = {"tier_0", "tier_1", "tier_2", "tier_3"};
    const struct decision *decision = c->in->decision;
    if (!decision->ticket) {
        return;
    }
    const esi_tier tier = decision->tier <= ESI_TIER_3 ? decision->tier : ESI_TIER_3;
    const struct phrase_name names[] = {{"team", phrase_of(c->in->policy, teams[tier])},
                                        {NULL, {0}}};
    if (decision->escalate && c->in->reading->wants_no_ticket) {
        part_space(c);
        add(c, "no_ticket_wish", NULL);
    }
    part_space(c);
    const bool passed = c->in->issue && c->in->issue->escalated;
    add(c,
        decision->escalate ? (!c->in->ticket_open ? "escalated"
                              : passed            ? "escalated_again"
                                                  : "escalated_join")
                           : (c->in->ticket_open ? "ticket_again" : "ticket"),
        names);
}

/* ---- questions ------------------------------------------------------------------------------- */

void part_ask(struct composing *c, struct view question) {
    if (question.n > 0 && c->out.question_count < EXTRACT_QUESTIONS_MAX) {
        c->out.questions[c->out.question_count++] = question;
    }
}

/* Does a question that is asked already ask for this, too? */
static esi_err is_asked(const struct composing *c, struct view question, bool *out) {
    struct stems wanted;
    esi_err code = stems_read(question, c->arena, &wanted, c->err);
    *out = false;
    for (size_t i = 0; code == ESI_OK && i < c->out.question_count; i++) {
        struct stems asked;
        code = stems_read(c->out.questions[i], c->arena, &asked, c->err);
        *out |= code == ESI_OK &&
                (stems_share(&wanted, &asked) >= SAME_QUESTION ||
                 (asked.count >= wanted.count && stems_share(&asked, &wanted) >= SAME_QUESTION));
    }
    return code;
}

static esi_err ask_new(struct composing *c, struct view subject) {
    bool asked = false;
    const esi_err code = is_asked(c, subject, &asked);
    if (code != ESI_OK || asked) {
        return code;
    }
    const struct view question = phrase_question(subject, c->arena);
    if (!question.p) {
        return fail_memory(c->err, origin);
    }
    part_ask(c, question);
    return ESI_OK;
}

/* Is it a condition of a section that is followed, and not what the section is about anyway? */
static esi_err is_worth_asking(struct composing *c, const struct note_item *open, bool *out) {
    struct stems condition;
    struct stems heading;
    *out = false;
    for (size_t i = 0; i < c->in->passage_count; i++) {
        const struct passage *p = &c->in->passages[i];
        if (!c->selection->cites[i] || open < p->note.items ||
            open >= p->note.items + p->note.count) {
            continue;
        }
        esi_err code = stems_read(open->condition, c->arena, &condition, c->err);
        if (code == ESI_OK) {
            code = stems_read(p->heading, c->arena, &heading, c->err);
        }
        *out = code == ESI_OK && stems_share(&condition, &heading) < SAME_QUESTION;
        return code;
    }
    return ESI_OK;
}

/* "There is no code left": who says no to that may mean either. */
static bool lacks_something(struct view condition) {
    struct view rest = condition;
    struct view word;
    while (view_split(&rest, ' ', &word)) {
        if (view_eq_nocase(word, VIEW("no")) || view_eq_nocase(word, VIEW("none")) ||
            view_eq_nocase(word, VIEW("nothing"))) {
            return true;
        }
    }
    return false;
}

/* The condition that is open, unless it is the desk's own affair. */
static esi_err ask_open(struct composing *c) {
    const struct note_item *open = c->in->decision->open_condition;
    bool asked = false;
    if (!open || select_about_desk(open->condition) || lacks_something(open->condition) ||
        (!open->several_people && !condition_is_clause(open->condition, c->arena)) ||
        view_find(open->condition, VIEW("still "), 0) != SIZE_MAX) {
        return ESI_OK;
    }
    const struct view question = heard_question(open, c->arena);
    if (!question.p) {
        return fail_memory(c->err, origin);
    }
    esi_err code = is_asked(c, open->condition, &asked);
    bool worth = false;
    if (code == ESI_OK) {
        code = is_worth_asking(c, open, &worth);
    }
    if (code == ESI_OK && !asked && worth) {
        part_ask(c, question);
    }
    return code;
}

static void list(struct composing *c, const char *lead, const struct view *items, size_t count) {
    if (count > 0) {
        part_paragraph(c, lead);
        part_space(c);
        phrase_list(&c->text, items, count);
        buf_char(&c->text, '.');
    }
}

esi_err part_ask_sections(struct composing *c) {
    const struct picks *asks = &c->selection->asks;
    const struct picks *captures = &c->selection->captures;
    const size_t room = EXTRACT_QUESTIONS_MAX - (c->in->decision->open_condition ? 1 : 0);
    esi_err code = ESI_OK;
    for (size_t i = 0; code == ESI_OK && i < asks->count && c->out.question_count < room; i++) {
        code = ask_new(c, asks->items[i].text);
    }
    if (code == ESI_OK) {
        code = ask_open(c);
    }
    /* what the ticket needs: as questions, and what is too much for one turn as a list */
    struct view rest[SELECT_ITEMS_MAX];
    size_t count = 0;
    for (size_t i = 0; code == ESI_OK && c->in->decision->ticket && i < captures->count; i++) {
        if (c->out.question_count < EXTRACT_QUESTIONS_MAX) {
            code = ask_new(c, captures->items[i].text);
        } else {
            rest[count++] = captures->items[i].text;
        }
    }
    if (code == ESI_OK) {
        list(c, "have_ready", rest, count);
    }
    return code;
}

void part_captures(struct composing *c) {
    const struct picks *captures = &c->selection->captures;
    struct view items[SELECT_ITEMS_MAX];
    for (size_t i = 0; i < captures->count; i++) {
        items[i] = captures->items[i].text;
    }
    list(c, "ticket_needs", items, captures->count);
}

/* "Could you tell me the seat number?" in a list under "please tell me": the seat number. */
static struct view bare_question(struct view question) {
    static const char *const leads[] = {"Could you tell me ", "Can you tell me ", "What is "};
    for (size_t i = 0; i < sizeof(leads) / sizeof(leads[0]); i++) {
        const struct view lead = view_of(leads[i]);
        if (view_starts(question, lead)) {
            const size_t end = question.n - view_ends(question, VIEW("?"));
            return view_slice(question, lead.n, end);
        }
    }
    return question;
}

void part_questions(struct composing *c) {
    const size_t count = c->out.question_count;
    if (count == 0) {
        return;
    }
    if (count == 1) {
        phrase_paragraph(&c->text);
        buf_add(&c->text, c->out.questions[0]);
        return;
    }
    part_paragraph(c, c->in->decision->escalate ? "questions_ticket" : "questions");
    for (size_t i = 0; i < count; i++) {
        buf_str(&c->text, "\n- ");
        buf_add(&c->text, bare_question(c->out.questions[i]));
    }
}
