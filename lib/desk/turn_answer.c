/* turn_answer.c: compose, answer, settle: the words, and what their check makes of the decision. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "core/phrase.h"
#include "desk/turn.h"

#define ORIGIN "desk/chat"
#define LEAD_MAX 4096 /* bytes of the line before an answer */

/* Why an answer is made without the model, and the reply of the policy that says so. Nothing is
 * said where the model did what it was told. */
static const struct {
    const char *name, *phrase;
} fallbacks[] = {
    [FALLBACK_NONE] = {NULL, NULL},
    [FALLBACK_UNREACHABLE] = {"unreachable", "model_down"},
    [FALLBACK_TIMEOUT] = {"timeout", "model_down"},
    [FALLBACK_LIMIT] = {"limit", "model_down"},
    [FALLBACK_BUDGET] = {"budget", "model_spent"},
    [FALLBACK_REFUSAL] = {"refusal", "model_unused"},
    [FALLBACK_FILTER] = {"filter", "model_unused"},
    [FALLBACK_CUT] = {"cut", "model_unused"},
    [FALLBACK_EMPTY] = {"empty", "model_unused"},
    [FALLBACK_UNFOUNDED] = {"unfounded", "model_unused"},
    [FALLBACK_LEAK] = {"leak", "model_unused"},
    [FALLBACK_DECLINED] = {"declined", NULL},
};

const char *fallback_name(enum fallback fallback) {
    return fallbacks[fallback].name;
}

/* ---- compose --------------------------------------------------------------------------------- */

static struct extract_in extract_of(const esi_desk *desk, struct turn *turn) {
    return (struct extract_in){.policy = desk->policy,
                               .platform = view_of(desk->settings.platform),
                               .message = turn->ask,
                               .verdict = &turn->verdict,
                               .reading = &turn->reading,
                               .issue = turn_issue(turn),
                               .step = turn->step,
                               .coverage = &turn->coverage,
                               .decision = &turn->decision,
                               .passages = turn->passages,
                               .passage_count = turn->passage_count,
                               .role = turn->role,
                               .turn = (size_t)turn->turns_before,
                               .ticket_open = turn->open_ticket_count > 0,
                               .query = &turn->found.query,
                               .meanings = turn->snapshot ? turn->snapshot->meanings : NULL,
                               .meaning_count = turn->snapshot ? turn->snapshot->meaning_count : 0};
}

/* What was composed outlives what it was composed with. */
static esi_err keep_composed(struct turn *turn, const struct extract_out *made) {
    struct extract_out c = *made;
    c.cites = ARENA_ARRAY(&turn->work, turn->passage_count, bool);
    c.steps = ARENA_ARRAY(&turn->work, c.step_count, struct view);
    c.details = ARENA_ARRAY(&turn->work, c.detail_count, struct note_item);
    bool fits = c.cites && c.steps && c.details && turn_keep(turn, &c.answer);
    for (size_t i = 0; fits && i < turn->passage_count; i++) {
        c.cites[i] = made->cites[i];
    }
    for (size_t i = 0; fits && i < c.step_count; i++) {
        c.steps[i] = made->steps[i];
        fits = turn_keep(turn, &c.steps[i]);
    }
    for (size_t i = 0; fits && i < c.question_count; i++) {
        fits = turn_keep(turn, &c.questions[i]);
    }
    for (size_t i = 0; fits && i < c.detail_count; i++) {
        const struct note_item *d = &made->details[i];
        c.details[i] = (struct note_item){.kind = d->kind, .text = d->text};
        fits = turn_keep(turn, &c.details[i].text);
    }
    if (!fits) {
        return fail_memory(turn->err, ORIGIN);
    }
    turn->composed = c;
    return ESI_OK;
}

static esi_err compose_by_rule(const esi_desk *desk, struct turn *turn) {
    const struct extract_in in = extract_of(desk, turn);
    struct extract_out made;
    const esi_err rc = extract_answer(&in, &turn->scratch, &made, turn->err);
    return rc == ESI_OK ? keep_composed(turn, &made) : rc;
}

/* Before an answer that a model was to write: the line that says so. What follows is what it would
 * be without one. */
static esi_err add_lead(const esi_desk *desk, struct turn *turn) {
    const char *id = fallbacks[turn->fallback].phrase;
    const struct phrase_name names[] = {{"platform", view_of(desk->settings.platform)},
                                        {NULL, {0}}};
    struct buf text;
    buf_init(&text, EXTRACT_ANSWER_MAX + LEAD_MAX);
    if (!id) {
        return ESI_OK;
    }
    phrase_add(&text, phrase_vary(phrase_of(desk->policy, id), (size_t)turn->turns_before), names);
    phrase_paragraph(&text);
    buf_add(&text, turn->composed.answer);
    struct view whole = buf_view(&text);
    const bool kept = !text.failed && turn_keep(turn, &whole);
    if (kept) {
        turn->composed.answer = whole;
    }
    buf_clear(&text);
    return kept ? ESI_OK : fail_memory(turn->err, ORIGIN);
}

/* A model is asked where it has something to rest on: never for refusals, for the desk's own
 * replies, for questions back, or for what isn't covered. */
static bool wants_model(const esi_desk *desk, const struct turn *turn) {
    return desk->writer.ops->answer && desk->writer.info.chat_model && turn->way == WAY_PASS &&
           turn_wants_knowledge(turn) && turn->coverage.outcome == ESI_COVERAGE_COVERED &&
           turn->passage_count > 0;
}

static esi_err build_prompt(esi_desk *desk, struct turn *turn, esi_error *err) {
    const size_t count = turn->session.message_count;
    struct prompt_message *history = ARENA_ARRAY(&turn->scratch, count, struct prompt_message);
    if (!history) {
        return fail_memory(err, ORIGIN);
    }
    for (size_t i = 0; i < count; i++) {
        history[i] = (struct prompt_message){turn->session.messages[i].from_user,
                                             view_of(turn->session.messages[i].text)};
    }
    struct prompt_in in = {.policy = desk->policy,
                           .platform = view_of(desk->settings.platform),
                           .role = turn->role,
                           .history = history,
                           .history_count = count,
                           .passages = turn->passages,
                           .passage_count = turn->passage_count,
                           .decision = &turn->decision,
                           .question = turn->ask,
                           .issue = turn_issue(turn),
                           .ticket_open = turn->open_ticket_count > 0,
                           .ask = turn->composed.questions,
                           .ask_count = turn->composed.question_count};
    unsigned char chance[8];
    const esi_err rc = os_random(chance, sizeof(chance), err);
    if (rc != ESI_OK) {
        return rc;
    }
    for (size_t i = 0; i < sizeof(chance); i++) {
        (void)snprintf(in.fence + 2 * i, 3, "%02x", chance[i]);
    }
    return prompt_build(&in, &turn->work, &turn->prompt, err);
}

/* May the answer cost what it may come to? */
static bool affords_model(esi_desk *desk, struct turn *turn) {
    struct budget_ask ask = {.ops = desk->store_ops,
                             .wait = model_wait(desk, turn),
                             .now_ms = turn->now_ms,
                             .model = desk->writer.info.chat_model,
                             .input_tokens = (int64_t)turn->prompt.tokens,
                             .output_tokens = desk->settings.answer_tokens,
                             .session_tokens = turn->session.tokens,
                             .session_cost = turn->session.cost};
    return desk_store(desk, &ask.store, NULL) == ESI_OK && budget_admits(&turn->bill, &ask);
}

/* What no prompt has room for, and what may cost no more, is answered by rule. */
static esi_err prepare_model(esi_desk *desk, struct turn *turn) {
    esi_error why = {0};
    const esi_err rc = build_prompt(desk, turn, &why);
    if (rc == ESI_OK && turn->prompt.source_count == 0) {
        turn->ask_model = false; /* none of what was found may be shown to a model */
        return ESI_OK;
    }
    if (rc == ESI_OK && affords_model(desk, turn)) {
        return ESI_OK;
    }
    if (rc != ESI_OK && rc != ESI_ETOOBIG) {
        if (turn->err) {
            *turn->err = why;
        }
        return rc;
    }
    turn->ask_model = false;
    turn->fallback = rc == ESI_OK ? FALLBACK_BUDGET : FALLBACK_LIMIT;
    log_warn(&desk->settings.log, ORIGIN, turn->request.request_id, "the model isn't asked: %s",
             rc == ESI_OK ? "what it may cost is used up" : why.message);
    return add_lead(desk, turn);
}

/* Of the sections' notes, what sentences are checked against. */
static esi_err keep_notes(struct turn *turn) {
    for (size_t i = 0; i < turn->passage_count; i++) {
        struct note *note = &turn->passages[i].note;
        struct note_item *items = ARENA_ARRAY(&turn->work, note->count, struct note_item);
        bool fits = items != NULL;
        for (size_t k = 0; fits && k < note->count; k++) {
            items[k] = note->items[k];
            items[k].exception = items[k].source = (struct view){0};
            fits = turn_keep(turn, &items[k].text) && turn_keep(turn, &items[k].condition);
        }
        if (!fits) {
            return fail_memory(turn->err, ORIGIN);
        }
        *note = (struct note){.items = items, .count = note->count};
    }
    turn->decision.open_condition = NULL;
    return ESI_OK;
}

/* Many turns may wait for a model at once: what they looked at on the way is given back. */
static void forget(struct turn *turn) {
    turn->found.hits = NULL;
    turn->found.hit_count = 0;
    turn->found.query.term_count = 0;
    turn->session.messages = NULL;
    turn->session.message_count = 0;
    turn->coverage.missing = (struct view){0};
    struct reading *r = &turn->reading;
    r->message = (struct view){0};
    r->done = r->facts = r->topic = NULL;
    r->topic_weights = NULL;
    r->done_count = r->fact_count = r->topic_count = 0;
    for (size_t i = 0; i < turn->issues_before.count; i++) { /* whose numbers alone are looked at */
        struct issue *b = &turn->issues_before.issues[i];
        b->category = b->query = (struct view){0};
        b->topic = b->cited = b->steps = b->tried = b->asked = b->facts = b->rules = NULL;
    }
}

esi_err turn_compose(esi_desk *desk, struct turn *turn) {
    esi_err rc = compose_by_rule(desk, turn);
    turn->ask_model = wants_model(desk, turn);
    if (rc == ESI_OK && turn->ask_model) {
        rc = prepare_model(desk, turn);
    }
    if (rc == ESI_OK) {
        rc = issue_copy(&turn->issues, &turn->work, &turn->issues, turn->err);
    }
    if (rc == ESI_OK) {
        rc = keep_notes(turn);
    }
    forget(turn);
    arena_clear(&turn->scratch);
    return rc;
}

/* ---- answer ---------------------------------------------------------------------------------- */

esi_err turn_tell_sources(struct turn *turn) {
    if (!turn->told) {
        turn->told = ARENA_ARRAY(&turn->work, turn->passage_count, bool);
    }
    if (!turn->told) {
        return fail_memory(turn->err, ORIGIN);
    }
    for (size_t i = 0; i < turn->passage_count && !turn->cancelled; i++) {
        const struct passage *p = &turn->passages[i];
        if (!turn->cites[i] || turn->told[i] || !turn->request.on_event) {
            continue;
        }
        turn->told[i] = true;
        char *id = arena_str(&turn->work, p->document_id);
        char *title = arena_str(&turn->work, p->title);
        char *version = arena_str(&turn->work, p->version);
        char *section = arena_str(&turn->work, p->heading);
        if (!id || !title || !version || !section) {
            return fail_memory(turn->err, ORIGIN);
        }
        const esi_reference reference = {id, title, version, section, p->score};
        const esi_event event = {
            .kind = ESI_EVENT_SOURCE, .session_id = turn->session_id, .reference = &reference};
        (void)turn_tell(turn, &event);
    }
    return ESI_OK;
}

/* A paragraph at a time, so that a reader can begin and a caller can stop. */
static esi_err tell_composed(struct turn *turn) {
    struct view rest = turn->composed.answer;
    esi_err rc = ESI_OK;
    while (rc == ESI_OK && rest.n > 0 && !turn->cancelled) {
        const size_t at = view_find(rest, VIEW("\n\n"), 0);
        const size_t n = at == SIZE_MAX ? rest.n : at + 2;
        rc = turn_tell_text(turn, view_slice(rest, 0, n));
        rest = view_slice(rest, n, rest.n);
    }
    return rc;
}

static esi_err answer_by_rule(struct turn *turn) {
    turn->cites = turn->composed.cites;
    turn->model = "offline";
    const esi_err rc = turn_tell_sources(turn);
    return rc == ESI_OK ? tell_composed(turn) : rc;
}

/* What a model wrote can't be used: begin again, with the line that says so. */
static esi_err answer_instead(esi_desk *desk, struct turn *turn) {
    if (turn->shown && !turn->cancelled) {
        const esi_event replace = {.kind = ESI_EVENT_REPLACE, .session_id = turn->session_id};
        (void)turn_tell(turn, &replace);
    }
    buf_empty(&turn->answer);
    turn->replaced = true;
    const esi_err rc = add_lead(desk, turn);
    return rc == ESI_OK ? answer_by_rule(turn) : rc;
}

esi_err turn_answer(esi_desk *desk, struct turn *turn) {
    esi_err rc = ESI_OK;
    if (turn->ask_model) {
        rc = turn_ask_model(desk, turn);
        if (rc == ESI_OK && turn->fallback != FALLBACK_NONE && !turn->cancelled) {
            rc = answer_instead(desk, turn);
        }
    } else {
        rc = answer_by_rule(turn);
    }
    if (rc != ESI_OK) {
        return rc;
    }
    const bool stopped = turn->cancelled || esi_cancel_fired(turn->request.cancel);
    if (stopped && !turn->shown) {
        return esi_fail(turn->err, ESI_ECANCELLED, ORIGIN, "the caller cancelled the turn");
    }
    turn->cancelled = stopped;
    return ESI_OK;
}

/* ---- settle ---------------------------------------------------------------------------------- */

/* Where the policy lets it, what a model thinks of the case raises what was decided, never lowers
 * it. Who takes over then is told behind its answer. */
static esi_err follow_advice(esi_desk *desk, struct turn *turn) {
    const esi_advice *a = &turn->advice;
    struct decision *d = &turn->decision;
    const struct decision before = *d;
    decide_raise(d, a->has_tier ? a->tier : d->tier, a->has_severity ? a->severity : d->severity,
                 a->has_escalate && a->escalate);
    turn->raised =
        d->tier != before.tier || d->severity != before.severity || d->escalate != before.escalate;
    if (turn->raised && d->rule_count < DECISION_RULES_MAX) {
        d->rules[d->rule_count++] = VIEW("model:raised");
    }
    if (!d->ticket || before.ticket) {
        return ESI_OK;
    }
    const struct extract_in in = extract_of(desk, turn);
    struct view handover;
    esi_err rc = extract_handover(&in, &turn->work, &handover, turn->err);
    if (rc == ESI_OK && turn->answer.n > 0) {
        rc = turn_tell_text(turn, VIEW("\n\n"));
    }
    return rc == ESI_OK ? turn_tell_text(turn, handover) : rc;
}

/* An answer that had to be thrown away because it leaked something is an event of its own: the rule
 * that saw it may raise what was decided, never lower it. */
esi_err turn_settle(esi_desk *desk, struct turn *turn) {
    const struct policy_rule *rule = turn->answer_verdict.rule;
    if (turn->replaced && rule) {
        decide_raise(&turn->decision, rule->tier, rule->severity, rule->escalate);
        log_warn(&desk->settings.log, ORIGIN, turn->request.request_id,
                 "a model's answer was replaced by rule %s", rule->id);
    }
    return desk->policy->model_may_raise ? follow_advice(desk, turn) : ESI_OK;
}
