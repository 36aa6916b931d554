/* turn_answer.c: compose, answer, settle: the words, and what their check makes of the decision. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "desk/turn.h"

#define ORIGIN "desk/chat"

esi_err turn_extract(esi_desk *desk, struct turn *turn, bool model_failed) {
    const struct extract_in in = {.policy = desk->policy,
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
                                  .meaning_count =
                                      turn->snapshot ? turn->snapshot->meaning_count : 0,
                                  .model_failed = model_failed};
    return extract_answer(&in, &turn->work, &turn->composed, turn->err);
}

/* A model is asked where it has something to rest on: never for refusals, for the desk's own
 * replies, for questions back, or for what isn't covered. */
static bool wants_model(const esi_desk *desk, const struct turn *turn) {
    return desk->writer.ops->answer && desk->writer.info.chat_model && turn->way == WAY_PASS &&
           turn_wants_knowledge(turn) && turn->coverage.outcome == ESI_COVERAGE_COVERED &&
           turn->passage_count > 0;
}

static esi_err build_prompt(esi_desk *desk, struct turn *turn) {
    const size_t count = turn->session.message_count;
    struct prompt_message *history = ARENA_ARRAY(&turn->scratch, count, struct prompt_message);
    if (!history) {
        return fail_memory(turn->err, ORIGIN);
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
                           .question = turn->ask};
    unsigned char chance[16];
    const esi_err rc = os_random(chance, sizeof(chance), turn->err);
    if (rc != ESI_OK) {
        return rc;
    }
    for (size_t i = 0; i < sizeof(chance); i++) {
        (void)snprintf(in.fence + 2 * i, 3, "%02x", chance[i]);
    }
    return prompt_build(&in, &turn->work, &turn->prompt, turn->err);
}

esi_err turn_compose(esi_desk *desk, struct turn *turn) {
    esi_err rc = turn_extract(desk, turn, false);
    turn->ask_model = wants_model(desk, turn);
    if (rc == ESI_OK && turn->ask_model) {
        rc = build_prompt(desk, turn);
    }
    /* Many turns may wait for a model at once: what they looked at on the way is given back. */
    turn->found.hits = NULL;
    turn->found.hit_count = 0;
    turn->found.query.term_count = 0;
    turn->session.messages = NULL;
    turn->session.message_count = 0;
    arena_clear(&turn->scratch);
    return rc;
}

static esi_err tell_sources(struct turn *turn) {
    for (size_t i = 0; i < turn->passage_count && !turn->cancelled; i++) {
        const struct passage *p = &turn->passages[i];
        if (!turn->cites[i]) {
            continue;
        }
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
    const esi_err rc = tell_sources(turn);
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
    const esi_err rc = turn_extract(desk, turn, true);
    return rc == ESI_OK ? answer_by_rule(turn) : rc;
}

esi_err turn_answer(esi_desk *desk, struct turn *turn) {
    esi_err rc = ESI_OK;
    if (turn->ask_model) {
        rc = turn_ask_model(desk, turn);
        if (rc == ESI_OK && turn->answer.n == 0 && !turn->cancelled) {
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

/* An answer that had to be thrown away because it leaked something is an event of its own: the rule
 * that saw it may raise what was decided, never lower it. */
esi_err turn_settle(esi_desk *desk, struct turn *turn) {
    const struct policy_rule *rule = turn->answer_verdict.rule;
    if (turn->replaced && rule) {
        decide_raise(&turn->decision, rule->tier, rule->severity, rule->escalate);
        log_warn(&desk->settings.log, ORIGIN, turn->request.request_id,
                 "a model's answer was replaced by rule %s", rule->id);
    }
    return ESI_OK;
}
