/* turn_recall.c: screen in, recall, understand: who asks what, and what it goes on with. */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "core/issue_signals.h"
#include "core/meaning.h"
#include "core/redact.h"
#include "desk/turn.h"

#define ORIGIN "desk/chat"
#define TOKENS_MAX 2048

/* What the verdict leaves of the turn. */
static esi_err take_verdict(esi_desk *desk, struct turn *turn) {
    esi_err rc = ESI_OK;
    turn->ask = turn->masked;
    turn->way = turn->verdict.kind == VERDICT_PASS ? WAY_PASS : WAY_REFUSE;
    if (turn->verdict.kind == VERDICT_REFUSE_WITH_HELP) {
        rc = redact_text(turn->verdict.rest, desk->policy->redact, &turn->work, &turn->ask, NULL,
                         NULL, turn->err);
        turn->way = text_blank(turn->ask) ? WAY_REFUSE : WAY_HELP;
    }
    return rc;
}

esi_err turn_screen(esi_desk *desk, struct turn *turn) {
    esi_err rc = redact_text(turn->message, desk->policy->redact, &turn->work, &turn->masked, NULL,
                             NULL, turn->err);
    if (rc == ESI_OK) {
        struct snapshot *snapshot = knowledge_snapshot(desk->knowledge);
        const struct guardrail_in in = {desk->policy, &snapshot->site, turn->message, turn->role,
                                        SCOPE_QUESTION};
        rc = guardrail_screen_site(&in, &turn->work, &turn->verdict, turn->err);
        if (rc == ESI_OK) {
            rc = guardrail_rest(&in, &turn->verdict, &turn->work, turn->err);
        }
        snapshot_unref(snapshot);
    }
    return rc == ESI_OK ? take_verdict(desk, turn) : rc;
}

/* A message that passes by itself may go on with one that tells what it is about. */
static esi_err screen_after(esi_desk *desk, struct turn *turn) {
    const esi_session_view *s = &turn->session;
    size_t at = s->message_count;
    while (at > 0 && !s->messages[at - 1].from_user) {
        at--;
    }
    if (turn->way != WAY_PASS || at == 0) {
        return ESI_OK;
    }
    const char *before = arena_str(&turn->work, view_of(s->messages[at - 1].text));
    if (!before) {
        return fail_memory(turn->err, ORIGIN);
    }
    turn->before = view_of(before);
    struct snapshot *snapshot = knowledge_snapshot(desk->knowledge);
    const struct guardrail_in in = {desk->policy, &snapshot->site, turn->message, turn->role,
                                    SCOPE_QUESTION};
    const esi_err rc =
        guardrail_screen_after(&in, turn->before, &turn->work, &turn->verdict, turn->err);
    snapshot_unref(snapshot);
    return rc == ESI_OK ? take_verdict(desk, turn) : rc;
}

/* The stored reply of the same request. */
static esi_err replay(struct turn *turn, const esi_session_view *session) {
    struct reply *reply = turn->reply;
    const esi_err rc = reply_decode(view_of(session->reply), reply, turn->err);
    if (rc != ESI_OK) {
        return rc;
    }
    if (session->reply_ticket_id) {
        reply->reply.ticket_id = arena_str(&reply->arena, view_of(session->reply_ticket_id));
        if (!reply->reply.ticket_id) {
            return fail_memory(turn->err, ORIGIN);
        }
        reply->reply.ticket_number = session->reply_ticket_number;
    }
    turn->session_id = reply->reply.session_id;
    turn->way = WAY_REPLAY;
    return ESI_OK;
}

static esi_err read_claim(struct turn *turn, const esi_session_view *session) {
    switch (session->claim) {
    case ESI_CLAIM_NEW:
        turn->claimed = turn->claim.request_id != NULL;
        return ESI_OK;
    case ESI_CLAIM_DONE:
        return replay(turn, session);
    case ESI_CLAIM_BUSY:
        return esi_fail(turn->err, ESI_EINPROGRESS, ORIGIN,
                        "a request with this id is being answered; wait for it or use another id");
    case ESI_CLAIM_MISMATCH:
        return esi_fail(turn->err, ESI_EMISMATCH, ORIGIN,
                        "this request id was used for another message; use a new one");
    }
    return esi_fail(turn->err, ESI_EINTERNAL, ORIGIN, "the store gave claim state %d",
                    (int)session->claim);
}

/* The desk's last turn ended with a question, or with a list of them. */
static bool ended_with_question(const esi_session_view *session, const struct issue_state *state) {
    const struct issue *issue = state->current >= 0 ? &state->issues[state->current] : NULL;
    if (issue && issue->phase == ISSUE_OPEN && issue->asked_last > 0) {
        return true;
    }
    if (session->message_count == 0) {
        return false;
    }
    const esi_store_message *last = &session->messages[session->message_count - 1];
    const struct view text = view_trim(view_of(last->text));
    return !last->from_user && text.n > 0 && text.p[text.n - 1] == '?';
}

/* What outlives the scratch arena. */
static esi_err keep_session(esi_desk *desk, struct turn *turn) {
    const esi_session_view *s = &turn->session;
    turn->turns_before = s->turns;
    turn->open_tickets = ARENA_ARRAY(&turn->work, s->open_ticket_count, esi_store_open_ticket);
    if (!turn->open_tickets) {
        return fail_memory(turn->err, ORIGIN);
    }
    for (size_t i = 0; i < s->open_ticket_count; i++) {
        esi_store_open_ticket *t = &turn->open_tickets[i];
        *t = s->open_tickets[i];
        t->id = arena_str(&turn->work, view_of(t->id));
        t->category = arena_str(&turn->work, view_of(t->category));
        t->kind = arena_str(&turn->work, view_of(t->kind));
        if (!t->id || !t->category || !t->kind) {
            return fail_memory(turn->err, ORIGIN);
        }
    }
    turn->open_ticket_count = s->open_ticket_count;
    const esi_err rc = issue_decode(view_of(s->issues), desk->policy, &turn->scratch,
                                    &turn->issues_before, turn->err);
    if (rc == ESI_OK) {
        turn->asked = ended_with_question(s, &turn->issues_before);
    }
    return rc;
}

esi_err turn_recall(esi_desk *desk, struct turn *turn) {
    esi_store *store = NULL;
    esi_err rc = desk_store_to_write(desk, &store, turn->err);
    if (rc != ESI_OK) {
        return rc;
    }
    const esi_session_query query = {.session_id = turn->session_id,
                                     .user_id = turn->request.user_id,
                                     .history = desk->settings.history_messages,
                                     .claim = turn->claim,
                                     .collection = desk->settings.collection,
                                     .now_ms = turn->now_ms};
    rc = desk->store_ops->session_load(store, &query, &turn->wait, &turn->scratch, &turn->session,
                                       turn->err);
    if (rc != ESI_OK) {
        return rc;
    }
    if (turn->session.foreign) {
        return fail_at(turn->err, ESI_ENOTFOUND, ORIGIN, "/sessionId",
                       "this caller has no such session; leave the id out to start a new one");
    }
    rc = read_claim(turn, &turn->session);
    if (rc != ESI_OK || turn->way == WAY_REPLAY) {
        return rc;
    }
    knowledge_seen(desk->knowledge, turn->session.kb_version);
    rc = keep_session(desk, turn);
    if (rc == ESI_OK) {
        rc = screen_after(desk, turn);
    }
    if (rc == ESI_OK) {
        const esi_event meta = {.kind = ESI_EVENT_META, .session_id = turn->session_id};
        if (!turn_tell(turn, &meta)) {
            rc = esi_fail(turn->err, ESI_ECANCELLED, ORIGIN, "the caller cancelled the turn");
        }
    }
    return rc;
}

/* A site's own words say what its documents say that they mean: "a harvest" may be an exam. */
static esi_err read_defined(esi_desk *desk, struct turn *turn) {
    const struct policy *policy = desk->policy;
    struct snapshot *snapshot = knowledge_snapshot(desk->knowledge);
    struct view meant = {NULL, 0};
    esi_err rc = meaning_apply(snapshot->meanings, snapshot->meaning_count, turn->ask,
                               &turn->scratch, &meant, turn->err);
    snapshot_unref(snapshot);
    struct cue_text words;
    struct signals_in in = {.policy = policy, .text = &words};
    struct clause *clauses = NULL;
    uint64_t signals = 0;
    if (rc != ESI_OK || meant.n == 0) {
        return rc;
    }
    rc = cues_read(meant, &turn->scratch, &words, turn->err);
    if (rc == ESI_OK) {
        rc = clause_read(&words, &turn->scratch, &clauses, &in.clause_count, turn->err);
    }
    if (rc == ESI_OK) {
        in.clauses = clauses;
        rc = issue_signals(&in, &turn->scratch, &signals, turn->err);
    }
    for (size_t i = 0; rc == ESI_OK && i < policy->signal_count; i++) {
        const uint64_t bit = UINT64_C(1) << i;
        turn->reading.signals |= policy->signals[i].defined ? signals & bit : 0;
    }
    return rc;
}

esi_err turn_understand(esi_desk *desk, struct turn *turn) {
    struct token *tokens;
    size_t count;
    turn->language = text_language(turn->ask);
    esi_err rc = text_tokens(turn->ask, turn->language, TOKENS_MAX, &turn->scratch, &tokens, &count,
                             turn->err);
    if (rc == ESI_OK) {
        rc = issue_read(desk->policy, turn->ask, tokens, count, turn->asked, &turn->scratch,
                        &turn->reading, turn->err);
    }
    if (rc == ESI_OK) {
        rc = read_defined(desk, turn);
    }
    if (rc != ESI_OK) {
        return rc;
    }
    const struct issue_state *before = &turn->issues_before;
    if (before->current >= 0) {
        turn->coverage_before = before->issues[before->current].coverage;
    }
    if (turn->way == WAY_REFUSE) { /* what is refused is no issue of the session's */
        turn->issues = *before;
        turn->step = ISSUE_NONE;
        return ESI_OK;
    }
    return issue_take(before, &turn->reading, turn->ask, &turn->scratch, &turn->issues, &turn->step,
                      turn->err);
}
