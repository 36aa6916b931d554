#include "core/extract.h"

#include "base/error.h"
#include "core/condition.h"
#include "core/extract_parts.h"
#include "core/fact.h"

static const char *const origin = "core/extract";

/* ---- trouble and requests -------------------------------------------------------------------- */

static bool about_trouble(const struct composing *c) {
    return c->in->issue ? c->in->issue->act == ESI_ACT_TROUBLE
                        : c->in->reading->act == ESI_ACT_TROUBLE;
}

/* How the answer begins: as one would answer this turn, aloud. */
static void lead_in(struct composing *c) {
    const struct reading *reading = c->in->reading;
    const bool continued = c->in->step == ISSUE_CONTINUED;
    if (!continued) {
        if (about_trouble(c)) {
            part_paragraph(c, "sorry");
        }
    } else if (reading->failed) {
        part_paragraph(c, "sorry_again");
    } else if (c->in->issue && c->in->issue->escalated) {
        return; /* that it is in the ticket says so */
    } else if (reading->denied) {
        part_paragraph(c, "noted");
    } else if (reading->done_count > 0 && c->selection->body_count == 0 &&
               c->selection->given + c->selection->tried > 0) {
        return; /* what comes says it */
    } else if (reading->act == ESI_ACT_ANSWER || reading->act == ESI_ACT_TROUBLE) {
        part_paragraph(c, reading->done_count > 0 ? "noted" : "thanks_answer");
    }
}

static const struct pick *only_step(const struct selection *selection) {
    const struct pick *step = NULL;
    for (size_t i = 0; i < selection->body_count; i++) {
        if (selection->body[i].kind == NOTE_STEP) {
            step = step ? NULL : &selection->body[i];
        }
    }
    return selection->steps == 1 ? step : NULL;
}

static bool says_meanwhile(const struct selection *selection) {
    const struct pick *step = only_step(selection);
    return step && (view_find(step->text, VIEW("eanwhile"), 0) != SIZE_MAX ||
                    view_find(step->text, VIEW("n the meantime"), 0) != SIZE_MAX);
}

/* The step to go on with, by its words; false where there is none. */
static bool go_on(struct composing *c) {
    const struct picks *left = &c->selection->left;
    struct buf step;
    if (c->selection->next >= left->count) {
        return false;
    }
    const struct pick *next = &left->items[c->selection->next];
    buf_init(&step, ISSUE_TEXT_MAX * 4);
    if (next->condition.n > 0) {
        buf_str(&step, "if ");
        phrase_part(&step, condition_bare(next->condition));
        buf_str(&step, ", ");
    }
    phrase_clause(&step, next->text);
    const struct pick *behind = next + 1 < left->items + left->count ? next + 1 : NULL;
    if (behind && behind->code && behind->passage == next->passage) { /* "... and run:" */
        buf_cut(&step, step.n - view_ends(buf_view(&step), VIEW(".")));
        buf_str(&step, ": `");
        buf_add(&step, view_trim(behind->text));
        buf_str(&step, "`");
    }
    const struct phrase_name names[] = {{"step", buf_view(&step)}, {NULL, {0}}};
    part_space(c);
    part_names(c, "go_on_from", names);
    c->text.failed |= step.failed && !step.too_long;
    buf_clear(&step);
    return true;
}

/* What is said where there are no steps to give any more; false where that is nothing. */
static bool instead_of_steps(struct composing *c) {
    const struct selection *selection = c->selection;
    const struct reading *reading = c->in->reading;
    const bool escalates = c->in->decision->escalate;
    const size_t steps = selection->tried + selection->given;
    const size_t before = c->text.n;
    if (c->in->step != ISSUE_CONTINUED || (steps == 0 && !selection->told)) {
        return false;
    }
    if (escalates) {
        if (reading->failed && selection->tried > 0 && selection->given == 0) {
            part_follow(c, "exhausted");
        }
    } else if (reading->failed) {
        part_follow(c, steps <= 1 ? "once_more" : "once_more_all");
    } else if (c->in->issue->failed_tries > 0 || selection->given == 0 || !go_on(c)) {
        part_follow(c, selection->tried > 0 ? "done_wait" : steps > 0 ? "noted_fact" : "no_steps");
    }
    return c->text.n > before;
}

static esi_err add_body(struct composing *c) {
    const struct selection *selection = c->selection;
    const bool escalates = c->in->decision->escalate;
    const bool continued = c->in->step == ISSUE_CONTINUED;
    const bool failed = c->in->reading->failed && continued;
    const bool replied = !failed && continued && c->in->issue && c->in->issue->step_count > 0;
    if (selection->body_count > 0 && c->in->decision->ticket) {
        phrase_paragraph(&c->text);
    }
    if (escalates && says_meanwhile(selection)) {
        return part_body(c, NULL, NULL); /* says so itself */
    }
    const char *lead = escalates              ? "steps_meanwhile"
                       : !about_trouble(c)    ? "request"
                       : failed               ? "steps_next"
                       : replied              ? "steps_now"
                       : selection->tried > 0 ? "tried_already"
                                              : "steps";
    const char *one = escalates              ? "step_meanwhile"
                      : !about_trouble(c)    ? "request"
                      : failed               ? "step_next"
                      : replied              ? "step_now"
                      : selection->tried > 0 ? "tried_already"
                                             : "step";
    return part_body(c, lead, one);
}

static esi_err compose_handling(struct composing *c) {
    const struct selection *selection = c->selection;
    const struct decision *decision = c->in->decision;
    lead_in(c);
    const bool nothing = selection->body_count == 0 || c->in->reading->failed;
    const bool instead = selection->steps == 0 && nothing && instead_of_steps(c);
    part_handover(c);
    esi_err code = add_body(c);
    part_nevers(c);
    part_conflict(c);
    if (code == ESI_OK) {
        code = part_ask_sections(c);
    }
    const bool alone = about_trouble(c) && !decision->ticket && c->out.question_count == 0;
    const bool said = selection->body_count > 0 || instead;
    if (alone && !said && !selection->told) {
        part_ask(c, phrase_of(c->in->policy, "vague_what"));
    }
    part_questions(c);
    const bool waits = selection->steps > 0 || (instead && c->in->reading->failed) || !said;
    if (alone && waits && c->out.question_count == 0) {
        part_paragraph(c, "if_not");
    }
    return code;
}

/* ---- information ----------------------------------------------------------------------------- */

static esi_err compose_information(struct composing *c) {
    const bool how = c->selection->wants_steps;
    part_conflict(c);
    if (c->settled) {
        return ESI_OK;
    }
    if (c->conflict && c->selection->body_count > 0) {
        phrase_paragraph(&c->text);
    }
    esi_err code = part_body(c, how ? "how" : NULL, NULL);
    part_captures(c);
    if (code == ESI_OK && c->selection->defines) {
        code = part_matter(c);
    }
    part_barred(c);
    part_nevers(c);
    if (c->in->decision->ticket && !c->in->ticket_open) {
        phrase_paragraph(&c->text);
        part_handover(c);
    }
    return code;
}

/* ---- turns that the sources have no part in -------------------------------------------------- */

/* A section's words after the last " > ". */
static struct view last_part(struct view heading) {
    for (size_t at = view_find(heading, VIEW(" > "), 0); at != SIZE_MAX;
         at = view_find(heading, VIEW(" > "), 0)) {
        heading = view_slice(heading, at + 3, heading.n);
    }
    return heading;
}

static bool has_symptom(const struct note *note) {
    for (size_t i = 0; i < note->count; i++) {
        if (note->items[i].kind == NOTE_SYMPTOM) {
            return true;
        }
    }
    return false;
}

/* "Is it one of these: ...?", from the troubles that come nearest. */
static void ask_which(struct composing *c) {
    struct buf choices;
    struct buf question;
    size_t count = 0;
    buf_init(&choices, 400);
    buf_init(&question, 800);
    for (size_t i = 0; i < c->in->passage_count && count < 3; i++) {
        const struct passage *p = &c->in->passages[i];
        const struct view name = p->heading.n > 0 ? last_part(p->heading) : p->title;
        if (!p->outranked && has_symptom(&p->note) && name.n > 0 && name.n < 100 &&
            view_find(buf_view(&choices), name, 0) == SIZE_MAX) {
            buf_str(&choices, count > 0 ? "; " : "");
            buf_add(&choices, name);
            count++;
        }
    }
    if (count > 1) {
        const struct phrase_name names[] = {{"choices", buf_view(&choices)}, {NULL, {0}}};
        phrase_add(&question, phrase_of(c->in->policy, "vague_which"), names);
        const char *copy = arena_str(c->arena, buf_view(&question));
        c->text.failed |= !copy || choices.failed || question.failed;
        part_ask(c, view_of(copy));
    }
    buf_clear(&choices);
    buf_clear(&question);
}

static void compose_vague(struct composing *c) {
    const int32_t rounds = c->in->issue ? c->in->issue->vague_rounds : 0;
    const bool again = rounds > 0;
    if (c->in->decision->escalate && rounds >= c->in->policy->vague_rounds) {
        part_paragraph(c, "vague_over");
        part_handover(c);
        return;
    }
    if (c->in->decision->ticket) {
        part_paragraph(c, "sorry");
        part_handover(c);
    }
    part_paragraph(c, c->in->decision->ticket ? "questions" : again ? "vague_again" : "vague");
    part_ask(c, phrase_of(c->in->policy, again ? "vague_where" : "vague_what"));
    if (!again) {
        ask_which(c);
    }
    for (size_t i = 0; i < c->out.question_count; i++) {
        buf_str(&c->text, c->out.question_count == 1 ? " " : "\n- ");
        buf_add(&c->text, c->out.questions[i]);
    }
}

/* Greetings, thanks and small talk; a mood or a wish about the issue at hand. */
static bool is_phatic(const struct extract_in *in) {
    return in->step == ISSUE_NONE || in->step == ISSUE_CLOSES || in->reading->act == ESI_ACT_THANKS;
}

static void compose_phatic(struct composing *c) {
    const esi_act act = c->in->reading->act;
    if (c->in->step == ISSUE_CLOSES || (act == ESI_ACT_THANKS && c->in->reading->solved)) {
        part_phrase(c, c->in->ticket_open ? "solved_ticket" : "solved");
    } else {
        part_phrase(c, act == ESI_ACT_THANKS     ? "thanks"
                       : act == ESI_ACT_GREETING ? "greeting"
                                                 : "smalltalk");
    }
}

/* Nothing was told that a ticket wants, but for the time of day. */
static bool tells_nothing(const struct reading *reading) {
    for (size_t i = 0; i < reading->fact_count; i++) {
        if (!fact_is_time(reading->facts[i])) {
            return false;
        }
    }
    return !reading->failed && reading->done_count == 0;
}

/* "Please hurry, the lesson starts in five minutes". */
static bool hurries(const struct extract_in *in) {
    const esi_act act = in->reading->act;
    return (in->reading->signals & policy_signal_bit(in->policy, "hurry")) &&
           tells_nothing(in->reading) && act != ESI_ACT_QUESTION && act != ESI_ACT_TROUBLE;
}

/* "I'll sit somewhere else": what somebody is going to do. */
static bool plans(const struct extract_in *in) {
    static const char *const words[] = {"I'll ",         "we'll ",       "I will ",
                                        "we will ",      "I'm going to", "I am going to",
                                        "we're going to"};
    const struct view said = in->message;
    bool found = false;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        const struct view lead = view_of(words[i]);
        for (size_t at = 0; at < said.n && at < 12; at++) {
            found |= (at == 0 || said.p[at - 1] == ' ') &&
                     view_eq_nocase(view_slice(said, at, at + lead.n), lead);
        }
    }
    return found && in->reading->act != ESI_ACT_QUESTION && tells_nothing(in->reading);
}

/* "Please hurry", "no ticket, thanks", "I want to talk to somebody": nothing to look up. */
static bool is_wish(const struct extract_in *in) {
    const struct reading *r = in->reading;
    const bool asks = r->act == ESI_ACT_REQUEST && !r->wants_person && !r->wants_no_ticket;
    const bool bare = r->topic_count == 0 || (r->refers && r->topic_count <= 1 && !asks);
    const bool wish = r->act == ESI_ACT_SMALLTALK || r->wants_person || r->wants_no_ticket ||
                      r->act == ESI_ACT_REQUEST;
    const bool opens = in->step == ISSUE_OPENED && r->wants_person;
    if (in->step == ISSUE_CONTINUED && (hurries(in) || plans(in))) {
        return true;
    }
    return (in->step == ISSUE_CONTINUED || opens) && bare && wish && !r->failed &&
           r->fact_count == 0;
}

static esi_err compose_wish(struct composing *c) {
    const struct reading *reading = c->in->reading;
    const bool covered = c->in->coverage && c->in->coverage->outcome == ESI_COVERAGE_COVERED;
    if (hurries(c->in)) {
        part_phrase(c, "hurry");
    } else if (!reading->wants_person && !reading->wants_no_ticket && !plans(c->in)) {
        part_phrase(c, "understood");
    }
    if (c->in->decision->ticket) {
        part_handover(c);
        return ESI_OK;
    }
    if (reading->wants_no_ticket) {
        part_follow(c, "no_ticket");
    }
    if (plans(c->in)) {
        part_follow(c, "plan");
    } else if (covered && about_trouble(c)) {
        const esi_err code = select_handling(c->in, c->heard, c->arena, &c->selection, c->err);
        if (code != ESI_OK) {
            return code;
        }
        c->selection->next = 0;
        (void)go_on(c);
    }
    if (c->text.n == 0) {
        part_phrase(c, "understood");
    }
    return ESI_OK;
}

/* ---- the whole ------------------------------------------------------------------------------- */

/* Nothing was said: what the sections state, and where that is nothing, a question. */
static esi_err compose_rest(struct composing *c) {
    esi_err code = select_answer(c->in, c->heard, c->arena, &c->selection, c->err);
    if (code == ESI_OK) {
        code = compose_information(c);
    }
    if (code == ESI_OK && c->text.n == 0 && c->in->step == ISSUE_CONTINUED) {
        part_phrase(c, "not_told");
        part_handover(c);
    } else if (code == ESI_OK && c->text.n == 0) {
        part_phrase(c, "vague");
        part_ask(c, phrase_of(c->in->policy, "vague_where"));
        buf_char(&c->text, ' ');
        buf_add(&c->text, c->out.questions[0]);
    }
    return code;
}

static esi_err compose_covered(struct composing *c) {
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
    const esi_err composed = handles ? compose_handling(c) : compose_information(c);
    const bool silent = composed == ESI_OK && c->text.n == 0 && !c->text.failed;
    return silent ? compose_rest(c) : composed;
}

/* The rest of the message is answered as if it stood alone; the ticket is the refusal's. */
static esi_err add_help(struct composing *c) {
    const struct extract_in *whole = c->in;
    const struct decision calm = {.tier = ESI_TIER_0,
                                  .severity = ESI_SEVERITY_LOW,
                                  .kind = whole->decision->kind,
                                  .category = whole->decision->category};
    struct extract_in in = *whole;
    in.decision = &calm;
    c->in = &in;
    const size_t before = c->text.n;
    if (!about_trouble(c)) {
        part_paragraph(c, "refusal_help");
        phrase_paragraph(&c->text);
    }
    const size_t lead = c->text.n;
    const esi_err code = compose_covered(c);
    if (c->text.n == lead && !c->text.failed) {
        c->text.n = before; /* nothing followed */
    }
    c->in = whole;
    return code;
}

static esi_err compose_refusal(struct composing *c) {
    const struct policy_rule *rule = c->in->verdict->rule;
    const struct view reply = rule ? view_of(rule->reply) : (struct view){0};
    const struct view reason = rule ? view_of(rule->reason) : (struct view){0};
    if (reply.n > 0) {
        phrase_sentence(&c->text, reply);
    } else {
        part_phrase(c, "refusal");
    }
    if (reason.n > 0 && view_find(reply, reason, 0) == SIZE_MAX) {
        buf_char(&c->text, ' ');
        phrase_sentence(&c->text, reason);
    }
    const bool covered = c->in->coverage && c->in->coverage->outcome == ESI_COVERAGE_COVERED;
    if (c->in->decision->escalate) {
        part_follow(c, "guardrail_ticket");
    }
    return c->in->verdict->kind == VERDICT_REFUSE_WITH_HELP && covered ? add_help(c) : ESI_OK;
}

static esi_err compose(struct composing *c) {
    const struct extract_in *in = c->in;
    const esi_coverage coverage = in->coverage ? in->coverage->outcome : ESI_COVERAGE_NONE;
    if (in->verdict && in->verdict->kind != VERDICT_PASS) {
        return compose_refusal(c);
    }
    if (is_phatic(in)) {
        compose_phatic(c);
    } else if (is_wish(in)) {
        return compose_wish(c);
    } else if (coverage == ESI_COVERAGE_VAGUE) {
        compose_vague(c);
    } else if (coverage == ESI_COVERAGE_COVERED) {
        return compose_covered(c);
    } else {
        buf_str(&c->text, EXTRACT_NOT_COVERED);
    }
    return ESI_OK;
}

static esi_err finish(struct composing *c, struct extract_out *out) {
    if (c->text.failed && !c->text.too_long) {
        return fail_memory(c->err, origin);
    }
    c->out.cites =
        c->selection ? c->selection->cites : ARENA_ARRAY(c->arena, c->in->passage_count + 1, bool);
    c->out.answer = view_trim(buf_view(&c->text));
    const char *copy = arena_str(c->arena, c->out.answer);
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

esi_err extract_handover(const struct extract_in *in, esi_arena *arena, struct view *out,
                         esi_error *err) {
    struct composing c = {.in = in, .arena = arena, .err = err};
    buf_init(&c.text, EXTRACT_ANSWER_MAX);
    part_handover(&c);
    const char *copy = c.text.failed ? NULL : arena_str(arena, buf_view(&c.text));
    const struct view text = {copy, c.text.n};
    buf_clear(&c.text);
    if (!copy) {
        return fail_memory(err, origin);
    }
    *out = text;
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
