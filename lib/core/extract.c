#include "core/extract.h"

#include <string.h>

#include "base/error.h"
#include "core/extract_select.h"
#include "core/phrase.h"

static const char *const origin = "core/extract";

struct composing {
    const struct extract_in *in;
    struct heard *heard;
    struct selection *selection;
    struct extract_out out;
    struct buf text;
    esi_arena *arena;
    esi_error *err;
};

static void add_phrase(struct composing *c, const char *id) {
    const struct phrase_name names[] = {{"platform", c->in->platform}, {NULL, {0}}};
    phrase_add(&c->text, phrase_of(c->in->policy, id), names);
}

static void add_paragraph(struct composing *c, const char *id) {
    phrase_paragraph(&c->text);
    add_phrase(c, id);
}

static bool continues_after_failure(const struct composing *c) {
    return c->in->step == ISSUE_CONTINUED && c->in->reading->failed;
}

/* ---- parts of an answer ----------------------------------------------------------------------- */

static void add_pick(struct composing *c, const struct pick *pick) {
    if (pick->code) {
        buf_str(&c->text, "\n```\n");
        buf_add(&c->text, view_trim(pick->text));
        buf_str(&c->text, "\n```");
        return;
    }
    if (pick->condition.n > 0) {
        struct view condition = pick->condition;
        const bool lead =
            view_starts(condition, VIEW("if ")) || view_starts(condition, VIEW("when ")) ||
            view_starts(condition, VIEW("If ")) || view_starts(condition, VIEW("When "));
        buf_str(&c->text, lead ? "" : "If ");
        phrase_part(&c->text, condition);
        buf_str(&c->text, ": ");
    }
    phrase_sentence(&c->text, pick->text);
}

static esi_err add_steps(struct composing *c) {
    const struct picks *steps = &c->selection->steps;
    c->out.steps = ARENA_ARRAY(c->arena, steps->count + 1, struct view);
    if (!c->out.steps) {
        return fail_memory(c->err, origin);
    }
    if (steps->count == 0) {
        return ESI_OK;
    }
    buf_char(&c->text, '\n');
    for (size_t i = 0; i < steps->count; i++) {
        const size_t before = c->text.n;
        if (steps->count > 1) {
            buf_printf(&c->text, "\n%zu. ", i + 1);
        } else {
            buf_char(&c->text, '\n');
        }
        add_pick(c, &steps->items[i]);
        if (c->text.n > EXTRACT_ANSWER_MAX * 2 / 3) {
            buf_cut(&c->text, before);
            break;
        }
        c->out.steps[c->out.step_count++] = steps->items[i].text;
    }
    return ESI_OK;
}

/* Statements as one paragraph; code stands on lines of its own. */
static void add_statements(struct composing *c, const struct picks *picks) {
    for (size_t i = 0; i < picks->count; i++) {
        const size_t before = c->text.n;
        if (i == 0) {
            phrase_paragraph(&c->text);
        } else {
            buf_char(&c->text, ' ');
        }
        add_pick(c, &picks->items[i]);
        if (c->text.n > EXTRACT_ANSWER_MAX * 3 / 4) {
            buf_cut(&c->text, before);
            return;
        }
    }
}

static void add_nevers(struct composing *c) {
    const struct picks *nevers = &c->selection->nevers;
    if (nevers->count == 0) {
        return;
    }
    add_paragraph(c, "not_allowed");
    for (size_t i = 0; i < nevers->count; i++) {
        buf_char(&c->text, ' ');
        phrase_sentence(&c->text, nevers->items[i].text);
    }
}

static void take_question(struct composing *c, struct view question) {
    if (question.n > 0 && c->out.question_count < EXTRACT_QUESTIONS_MAX) {
        c->out.questions[c->out.question_count++] = question;
    }
}

static void take_questions(struct composing *c, size_t most) {
    const struct decision *decision = c->in->decision;
    const struct picks *asks = &c->selection->asks;
    const size_t room = decision->open_condition && most > 0 ? most - 1 : most;
    for (size_t i = 0; i < asks->count && i < room; i++) {
        take_question(c, asks->items[i].text);
    }
    if (decision->open_condition) {
        take_question(c, heard_question(decision->open_condition, c->arena));
    }
}

static void add_questions(struct composing *c) {
    if (c->out.question_count == 0) {
        return;
    }
    add_paragraph(c, c->out.question_count == 1 ? "question" : "questions");
    for (size_t i = 0; i < c->out.question_count; i++) {
        buf_str(&c->text, c->out.question_count == 1 ? " " : "\n- ");
        phrase_sentence(&c->text, c->out.questions[i]);
        if (c->text.n > 0 && c->text.p[c->text.n - 1] == '.' && c->out.questions[i].n > 0) {
            buf_cut(&c->text, c->text.n);
        }
    }
}

static void add_capture(struct composing *c) {
    const struct picks *captures = &c->selection->captures;
    if (captures->count == 0 || !c->in->decision->ticket) {
        return;
    }
    add_paragraph(c, "have_ready");
    struct view items[SELECT_ITEMS_MAX];
    for (size_t i = 0; i < captures->count; i++) {
        items[i] = captures->items[i].text;
    }
    buf_char(&c->text, ' ');
    phrase_list(&c->text, items, captures->count);
    buf_char(&c->text, '.');
}

static struct view team_of(const struct composing *c) {
    static const char *const ids[] = {"tier_0", "tier_1", "tier_2", "tier_3"};
    const esi_tier tier = c->in->decision->tier;
    return phrase_of(c->in->policy, ids[tier <= ESI_TIER_3 ? tier : ESI_TIER_3]);
}

static void add_handover(struct composing *c) {
    const struct decision *decision = c->in->decision;
    if (!decision->ticket) {
        return;
    }
    const struct phrase_name names[] = {{"team", team_of(c)}, {NULL, {0}}};
    const char *id = decision->escalate ? (c->in->ticket_open ? "escalated_again" : "escalated")
                                        : (c->in->ticket_open ? "ticket_again" : "ticket");
    phrase_paragraph(&c->text);
    if (decision->escalate && c->in->reading->wants_no_ticket) {
        add_phrase(c, "no_ticket_wish");
        buf_char(&c->text, ' ');
    }
    phrase_add(&c->text, phrase_of(c->in->policy, id), names);
}

static void add_conflicts(struct composing *c) {
    for (size_t i = 0; i < c->in->passage_count; i++) {
        const struct passage *loser = &c->in->passages[i];
        const struct passage *winner = NULL;
        for (size_t k = 0; k < c->in->passage_count && loser->outranked; k++) {
            if (c->selection->cites[k] &&
                view_eq(c->in->passages[k].document_id, loser->outranked_by)) {
                winner = &c->in->passages[k];
            }
        }
        if (!winner || !(loser->named || loser->carries)) {
            continue;
        }
        const struct phrase_name names[] = {
            {"loser", loser->title},       {"loser_version", loser->version},
            {"winner", winner->title},     {"winner_version", winner->version},
            {"why", loser->outranked_why}, {NULL, {0}}};
        const bool versions = loser->version.n > 0 && winner->version.n > 0;
        phrase_paragraph(&c->text);
        phrase_add(&c->text, phrase_of(c->in->policy, versions ? "conflict" : "conflict_undated"),
                   names);
        if (loser->outranked_why.n > 0) {
            buf_char(&c->text, ' ');
            phrase_add(&c->text, phrase_of(c->in->policy, "conflict_why"), names);
        }
        c->selection->cites[i] |= loser->named;
        return; /* one is enough to know which holds */
    }
}

/* ---- whole answers ---------------------------------------------------------------------------- */

static esi_err compose_handling(struct composing *c) {
    const struct selection *selection = c->selection;
    const bool failed = continues_after_failure(c);
    const bool answers = c->in->reading->act == ESI_ACT_ANSWER && !failed;
    const bool trouble = !c->in->issue || c->in->issue->act == ESI_ACT_TROUBLE;
    add_paragraph(c, failed ? "sorry_again" : answers ? "thanks_answer" : trouble ? "sorry" : "");
    if (selection->causes.count > 0 && !failed && !answers) {
        buf_str(&c->text, c->text.n > 0 ? " " : "");
        phrase_sentence(&c->text, selection->causes.items[0].text);
    }
    if (selection->steps.count > 0) {
        buf_str(&c->text, c->text.n > 0 ? " " : "");
        add_phrase(c, !trouble                ? "request"
                      : selection->tried == 0 ? "steps"
                      : failed                ? "steps_more"
                                              : "tried_already");
    } else if (selection->tried > 0) {
        buf_str(&c->text, c->text.n > 0 ? " " : "");
        add_phrase(c, "exhausted");
    }
    const esi_err code = add_steps(c);
    add_statements(c, &selection->says);
    add_statements(c, &selection->facts);
    add_nevers(c);
    add_conflicts(c);
    add_handover(c);
    add_capture(c);
    take_questions(c, EXTRACT_QUESTIONS_MAX);
    add_questions(c);
    if (trouble && !c->in->decision->ticket && selection->steps.count > 0 &&
        c->out.question_count == 0) {
        add_paragraph(c, "if_not");
    }
    return code;
}

static esi_err compose_answer(struct composing *c) {
    const struct selection *selection = c->selection;
    add_statements(c, &selection->facts);
    add_statements(c, &selection->says);
    if (selection->steps.count > 0) {
        add_paragraph(c, "how");
    }
    const esi_err code = add_steps(c);
    add_nevers(c);
    add_conflicts(c);
    add_handover(c);
    return code;
}

/* A section's words after the last " > ". */
static struct view last_part(struct view heading) {
    for (size_t at = view_find(heading, VIEW(" > "), 0); at != SIZE_MAX;
         at = view_find(heading, VIEW(" > "), 0)) {
        heading = view_slice(heading, at + 3, heading.n);
    }
    return heading;
}

static void compose_vague(struct composing *c) {
    const bool again = c->in->issue && c->in->issue->vague_rounds > 0;
    add_paragraph(c, again ? "vague_again" : "vague");
    take_question(c, phrase_of(c->in->policy, again ? "vague_where" : "vague_what"));
    struct buf choices;
    buf_init(&choices, 400);
    size_t count = 0;
    for (size_t i = 0; i < c->in->passage_count && count < 3; i++) {
        const struct passage *p = &c->in->passages[i];
        const struct view name = p->heading.n > 0 ? last_part(p->heading) : p->title;
        if (p->outranked || name.n == 0 || view_find(buf_view(&choices), name, 0) != SIZE_MAX) {
            continue;
        }
        buf_str(&choices, count > 0 ? "; " : "");
        phrase_part(&choices, name);
        count++;
    }
    if (count > 1) {
        struct buf question;
        const struct phrase_name names[] = {{"choices", buf_view(&choices)}, {NULL, {0}}};
        buf_init(&question, 600);
        phrase_add(&question, phrase_of(c->in->policy, "vague_which"), names);
        const char *copy = arena_str(c->arena, buf_view(&question));
        c->text.failed |= !copy;
        take_question(c, view_of(copy));
        buf_clear(&question);
    }
    buf_clear(&choices);
    for (size_t i = 0; i < c->out.question_count; i++) {
        buf_str(&c->text, c->out.question_count == 1 ? " " : "\n- ");
        buf_add(&c->text, c->out.questions[i]);
    }
    add_handover(c);
}

static esi_err select_for(struct composing *c) {
    const struct extract_in *in = c->in;
    const esi_act act = in->reading->act;
    const esi_act about = in->issue ? in->issue->act : act;
    const bool handles =
        act == ESI_ACT_TROUBLE || act == ESI_ACT_REQUEST ||
        (act != ESI_ACT_QUESTION && (about == ESI_ACT_TROUBLE || about == ESI_ACT_REQUEST));
    const esi_err code = handles ? select_handling(in, c->heard, c->arena, &c->selection, c->err)
                                 : select_answer(in, c->heard, c->arena, &c->selection, c->err);
    if (code != ESI_OK) {
        return code;
    }
    return handles ? compose_handling(c) : compose_answer(c);
}

static esi_err compose_refusal(struct composing *c) {
    const struct policy_rule *rule = c->in->verdict->rule;
    const struct view reply = rule ? view_of(rule->reply) : (struct view){0};
    const struct view reason = rule ? view_of(rule->reason) : (struct view){0};
    if (reply.n > 0) {
        phrase_sentence(&c->text, reply);
    } else {
        add_phrase(c, "refusal");
    }
    if (reason.n > 0 && view_find(reply, reason, 0) == SIZE_MAX) {
        buf_char(&c->text, ' ');
        phrase_sentence(&c->text, reason);
    }
    const bool covered = c->in->coverage && c->in->coverage->outcome == ESI_COVERAGE_COVERED;
    esi_err code = ESI_OK;
    if (c->in->verdict->kind == VERDICT_REFUSE_WITH_HELP && covered && c->in->passage_count > 0) {
        code = select_answer(c->in, c->heard, c->arena, &c->selection, c->err);
        if (code == ESI_OK &&
            c->selection->steps.count + c->selection->says.count + c->selection->facts.count > 0) {
            add_paragraph(c, "refusal_help");
            add_statements(c, &c->selection->facts);
            add_statements(c, &c->selection->says);
            code = add_steps(c);
        }
    }
    if (c->in->decision->escalate) {
        add_paragraph(c, "guardrail_ticket");
    }
    return code;
}

static bool is_phatic(const struct extract_in *in) {
    return in->step == ISSUE_NONE || in->step == ISSUE_CLOSES;
}

static void compose_phatic(struct composing *c) {
    const esi_act act = c->in->reading->act;
    const char *id = c->in->step == ISSUE_CLOSES ? (c->in->ticket_open ? "solved_ticket" : "solved")
                     : act == ESI_ACT_THANKS     ? (c->in->reading->solved ? "solved" : "thanks")
                     : act == ESI_ACT_GREETING   ? "greeting"
                                                 : "smalltalk";
    add_phrase(c, id);
}

static esi_err compose(struct composing *c) {
    const struct extract_in *in = c->in;
    if (in->verdict && in->verdict->kind != VERDICT_PASS) {
        return compose_refusal(c);
    }
    if (is_phatic(in)) {
        compose_phatic(c);
        return ESI_OK;
    }
    const esi_coverage coverage = in->coverage ? in->coverage->outcome : ESI_COVERAGE_NONE;
    if (coverage == ESI_COVERAGE_VAGUE) {
        compose_vague(c);
        return ESI_OK;
    }
    if (coverage != ESI_COVERAGE_COVERED) {
        buf_str(&c->text, EXTRACT_NOT_COVERED);
        return ESI_OK;
    }
    if (in->model_failed) {
        add_paragraph(c, "model_down");
    }
    return select_for(c);
}

static esi_err finish(struct composing *c, struct extract_out *out) {
    if (c->text.failed && !c->text.too_long) {
        return fail_memory(c->err, origin);
    }
    c->out.cites =
        c->selection ? c->selection->cites : ARENA_ARRAY(c->arena, c->in->passage_count + 1, bool);
    c->out.answer = view_trim(buf_view(&c->text));
    char *copy = arena_str(c->arena, c->out.answer);
    if (!copy || !c->out.cites) {
        return fail_memory(c->err, origin);
    }
    c->out.answer.p = copy;
    if (c->selection) {
        c->out.details = c->selection->details;
        c->out.detail_count = c->selection->detail_count;
    }
    *out = c->out;
    return ESI_OK;
}

esi_err extract_answer(const struct extract_in *in, esi_arena *arena, struct extract_out *out,
                       esi_error *err) {
    struct composing c = {.in = in, .arena = arena, .err = err};
    buf_init(&c.text, EXTRACT_ANSWER_MAX);
    esi_err code =
        heard_read(in->policy, in->issue, in->reading, in->message, in->role, arena, &c.heard, err);
    if (code == ESI_OK) {
        code = compose(&c);
    }
    if (code == ESI_OK) {
        code = finish(&c, out);
    }
    buf_clear(&c.text);
    return code;
}
