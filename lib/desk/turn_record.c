/* turn_record.c: all that a turn leaves, in one transaction, and the reply that leaves with it. */
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "base/sha256.h"
#include "core/redact.h"
#include "desk/turn.h"

#define ORIGIN "desk/chat"
#define STATE_MAX (1u << 20)
#define MATCHES_MAX 2048
#define ADVICE_MAX 16384

/* ---- the reply ------------------------------------------------------------------------------- */

static esi_err reply_references(struct turn *turn) {
    esi_arena *arena = &turn->reply->arena;
    const esi_reference **list = ARENA_ARRAY(arena, turn->passage_count, const esi_reference *);
    size_t count = 0;
    if (!list) {
        return fail_memory(turn->err, ORIGIN);
    }
    for (size_t i = 0; i < turn->passage_count; i++) {
        const struct passage *p = &turn->passages[i];
        if (!turn->cites[i]) {
            continue;
        }
        esi_reference *ref = ARENA_NEW(arena, esi_reference);
        if (!ref || !(ref->id = arena_str(arena, p->document_id)) ||
            !(ref->title = arena_str(arena, p->title)) ||
            !(ref->version = arena_str(arena, p->version)) ||
            !(ref->section = arena_str(arena, p->heading))) {
            return fail_memory(turn->err, ORIGIN);
        }
        ref->score = p->score;
        list[count++] = ref;
    }
    turn->reply->reply.references = list;
    turn->reply->reply.reference_count = count;
    return ESI_OK;
}

/* Those of the desk's questions that the answer asks: by rule all; a model was told to. */
static size_t questions_asked(const struct turn *turn, struct view out[EXTRACT_QUESTIONS_MAX]) {
    const bool by_rule = turn->model && strcmp(turn->model, "offline") == 0;
    size_t count = 0;
    for (size_t i = 0; i < turn->composed.question_count && !turn->cancelled; i++) {
        const struct view question = turn->composed.questions[i];
        if (by_rule || view_find(buf_view(&turn->answer), question, 0) != SIZE_MAX) {
            out[count++] = question;
        }
    }
    return count;
}

static esi_err reply_fill(esi_desk *desk, struct turn *turn) {
    struct reply *reply = turn->reply;
    esi_arena *arena = &reply->arena;
    esi_reply *r = &reply->reply;
    const struct decision *d = &turn->decision;
    esi_err rc = verdict_export(&turn->verdict, turn->masked, desk->policy->redact, arena,
                                &reply->verdict, turn->err);
    if (rc == ESI_OK) {
        rc = reply_references(turn);
    }
    if (rc != ESI_OK) {
        return rc;
    }
    struct view questions[EXTRACT_QUESTIONS_MAX];
    r->question_count = questions_asked(turn, questions);
    const bool fits = (r->session_id = arena_str(arena, view_of(turn->session_id))) &&
                      (r->message_id = arena_str(arena, view_of(turn->message_id))) &&
                      (r->answer = arena_str(arena, buf_view(&turn->answer))) &&
                      (r->model = arena_str(arena, view_of(turn->model))) &&
                      export_text(arena, d->category, &r->category) &&
                      export_list(arena, d->rules, d->rule_count, &r->rules) &&
                      export_list(arena, questions, r->question_count, &r->questions) &&
                      export_list(arena, turn->open, turn->open_count, &r->open);
    if (!fits) {
        return fail_memory(turn->err, ORIGIN);
    }
    r->rule_count = d->rule_count;
    r->confidence = turn->coverage.confidence;
    r->act = turn->reading.act;
    r->coverage = turn->coverage.outcome;
    r->tier = d->tier;
    r->severity = d->severity;
    r->needs_escalation = d->escalate;
    r->guardrail = &reply->verdict;
    r->input_tokens = turn->bill.input_tokens;
    r->output_tokens = turn->bill.output_tokens;
    r->cost = turn->bill.cost;
    r->fallback = fallback_name(turn->fallback);
    r->open_count = turn->open_count;
    r->interrupted = turn->cancelled;
    return ESI_OK;
}

/* ---- the issue state ------------------------------------------------------------------------- */

static esi_err update_issues(struct turn *turn) {
    if (turn->way == WAY_REFUSE || turn->step == ISSUE_NONE || turn->issues.current < 0) {
        return ESI_OK;
    }
    struct view *cited = ARENA_ARRAY(&turn->work, turn->passage_count, struct view);
    size_t count = 0;
    if (!cited) {
        return fail_memory(turn->err, ORIGIN);
    }
    for (size_t i = 0; i < turn->passage_count; i++) {
        if (turn->cites[i]) {
            cited[count++] = turn->passages[i].section_id;
        }
    }
    /* a refusal is an event of its own: what was allowed beside it isn't graver for it */
    const struct decision none = {.tier = ESI_TIER_0, .severity = ESI_SEVERITY_LOW};
    const struct decision *d = turn->way == WAY_HELP ? &none : &turn->decision;
    const struct issue_outcome outcome = {.coverage = turn->coverage.outcome,
                                          .category = d->category,
                                          .tier = d->tier,
                                          .severity = d->severity,
                                          .escalated = d->escalate,
                                          .cited = cited,
                                          .cited_count = count,
                                          .steps = turn->composed.steps,
                                          .step_count = turn->composed.step_count,
                                          .asked = turn->composed.questions,
                                          .asked_count = turn->composed.question_count,
                                          .rules = d->rules,
                                          .rule_count = d->rule_count};
    return issue_answered(&turn->issues, &outcome, &turn->work, turn->err);
}

/* ---- the transaction ------------------------------------------------------------------------- */

static esi_err record_references(struct turn *turn, esi_store_turn *out) {
    const esi_reply *r = &turn->reply->reply;
    esi_store_reference *list = ARENA_ARRAY(&turn->work, r->reference_count, esi_store_reference);
    if (!list) {
        return fail_memory(turn->err, ORIGIN);
    }
    size_t at = 0;
    for (size_t i = 0; i < turn->passage_count; i++) {
        if (!turn->cites[i]) {
            continue;
        }
        const esi_reference *ref = r->references[at];
        list[at] = (esi_store_reference){.document_id = ref->id,
                                         .title = ref->title,
                                         .version = ref->version,
                                         .section = ref->section,
                                         .score = ref->score};
        struct sha256 hash;
        sha256_begin(&hash);
        sha256_add_field(&hash, turn->passages[i].heading);
        sha256_add_field(&hash, turn->passages[i].text);
        sha256_end(&hash, list[at].hash);
        at++;
    }
    out->references = list;
    out->reference_count = at;
    return ESI_OK;
}

static esi_err record_guardrail(struct turn *turn, esi_store_guardrail_event *event,
                                char id[OS_UUID_SIZE], esi_store_turn *out) {
    const esi_verdict *v = &turn->reply->verdict;
    if (!v->blocked) {
        return ESI_OK;
    }
    struct buf matches;
    buf_init(&matches, MATCHES_MAX);
    for (size_t i = 0; i < v->match_count; i++) {
        buf_str(&matches, i > 0 ? " | " : "");
        buf_str(&matches, v->matches[i]);
    }
    const struct view text = buf_view(&matches);
    event->matches = arena_str(&turn->work, text);
    buf_clear(&matches);
    if (!event->matches) {
        return fail_memory(turn->err, ORIGIN);
    }
    const esi_err rc = os_uuid7(turn->now_ms, id, turn->err);
    event->id = id;
    event->category = v->category;
    event->rule = v->rule;
    event->reason = v->reason;
    out->guardrail = event;
    return rc;
}

/* What a model thought of the case, and left open: nothing that anybody goes by, but for the desk's
 * owners to look at. */
static esi_err record_advice(struct turn *turn, esi_store_turn *out) {
    const esi_advice *a = &turn->advice;
    const esi_reply *r = &turn->reply->reply;
    if (!a->has_tier && !a->has_severity && !a->has_escalate && !a->category &&
        r->open_count == 0) {
        return ESI_OK;
    }
    struct buf json;
    struct json_out o;
    buf_init(&json, ADVICE_MAX);
    json_begin(&o, &json);
    json_object(&o);
    if (a->has_tier) {
        json_put_name(&o, "tier");
        json_put_string(&o, esi_tier_name(a->tier));
    }
    if (a->has_severity) {
        json_put_name(&o, "severity");
        json_put_string(&o, esi_severity_name(a->severity));
    }
    if (a->has_escalate) {
        json_put_name(&o, "escalate");
        json_put_bool(&o, a->escalate);
    }
    if (a->category) {
        json_put_name(&o, "category");
        json_put_string(&o, a->category);
    }
    json_put_name(&o, "open");
    json_array(&o);
    for (size_t i = 0; i < r->open_count; i++) {
        json_put_string(&o, r->open[i]);
    }
    json_array_end(&o);
    json_object_end(&o);
    out->advice = json.failed ? NULL : arena_str(&turn->work, buf_view(&json));
    buf_clear(&json);
    return out->advice ? ESI_OK : fail_memory(turn->err, ORIGIN);
}

/* "It works now": the open tickets of the session get the remark; only a person resolves them. */
static void record_remark(struct turn *turn, esi_store_turn *out) {
    if (turn->step == ISSUE_CLOSES && turn->open_ticket_count > 0) {
        out->remark_ticket = turn->open_tickets[turn->open_ticket_count - 1].id;
        out->remark = out->user_text;
    }
}

static esi_err fill_turn(struct turn *turn, esi_store_turn *out) {
    const esi_reply *r = &turn->reply->reply;
    *out = (esi_store_turn){.session_id = turn->session_id,
                            .user_id = turn->request.user_id,
                            .user_role = esi_role_name(turn->role),
                            .module = turn->request.module,
                            .expect_turns = turn->turns_before,
                            .user_message_id = turn->user_message_id,
                            .user_text = turn->reply->verdict.redacted,
                            .message_id = turn->message_id,
                            .act = r->act,
                            .coverage = r->coverage,
                            .category = r->category,
                            .tier = r->tier,
                            .severity = r->severity,
                            .escalated = r->needs_escalation,
                            .interrupted = r->interrupted,
                            .confidence = r->confidence,
                            .rules = {r->rules, r->rule_count},
                            .model = r->model,
                            .input_tokens = r->input_tokens,
                            .output_tokens = r->output_tokens,
                            .cost = r->cost,
                            .fallback = r->fallback,
                            .claim = turn->claim,
                            .now_ms = turn->now_ms};
    out->elapsed_ms = (int32_t)((esi_clock_ns() - turn->started_ns) / NS_PER_MS);
    record_remark(turn, out);
    const esi_err rc = record_advice(turn, out);
    return rc == ESI_OK ? record_references(turn, out) : rc;
}

/* What is kept of the answer passes the mask too: a model may repeat what it was told. */
static esi_err mask_answer(esi_desk *desk, struct turn *turn, const char **out) {
    struct view masked;
    const esi_err rc = redact_text(view_of(turn->reply->reply.answer), desk->policy->redact,
                                   &turn->work, &masked, NULL, NULL, turn->err);
    if (rc != ESI_OK) {
        return rc;
    }
    *out = arena_str(&turn->work, masked);
    return *out ? ESI_OK : fail_memory(turn->err, ORIGIN);
}

static esi_err commit(esi_desk *desk, struct turn *turn, const esi_store_turn *record) {
    esi_store *store = NULL;
    esi_store_turn_result result = {0};
    esi_err rc = desk_store_to_write(desk, &store, turn->err);
    if (rc != ESI_OK) {
        return rc;
    }
    /* Made beforehand: after the commit nothing may fail any more. */
    char *ticket_id = arena_alloc(&turn->reply->arena, OS_UUID_SIZE);
    if (!ticket_id) {
        return fail_memory(turn->err, ORIGIN);
    }
    /* What was shown must be kept, and once begun it completes: a cancel doesn't count any more. */
    const esi_wait wait = {.until_ns = turn->wait.until_ns, .cancel = NULL};
    rc = desk->store_ops->turn_commit(store, record, &wait, &turn->work, &result, turn->err);
    if (rc != ESI_OK) {
        return rc;
    }
    turn->claimed = false;
    turn->recorded = true;
    esi_reply *r = &turn->reply->reply;
    if (result.ticket_id) {
        const struct view id = view_slice(view_of(result.ticket_id), 0, OS_UUID_SIZE - 1);
        memcpy(ticket_id, id.p, id.n);
        r->ticket_id = ticket_id;
        r->ticket_number = result.ticket_number;
        turn->ticket_joined = result.joined;
    }
    return ESI_OK;
}

esi_err turn_record(esi_desk *desk, struct turn *turn) {
    esi_store_turn record;
    esi_store_new_ticket ticket;
    esi_store_guardrail_event event = {0};
    char event_id[OS_UUID_SIZE];
    struct buf state;
    struct buf stored;
    buf_init(&state, STATE_MAX);
    buf_init(&stored, STATE_MAX);
    esi_err rc = update_issues(turn);
    if (rc == ESI_OK) {
        rc = reply_fill(desk, turn);
    }
    if (rc == ESI_OK) {
        rc = fill_turn(turn, &record);
    }
    if (rc == ESI_OK) {
        rc = mask_answer(desk, turn, &record.answer);
    }
    if (rc == ESI_OK) {
        rc = issue_encode(&turn->issues, desk->policy, &state, turn->err);
        record.issues = state.p;
    }
    if (rc == ESI_OK) {
        rc = record_guardrail(turn, &event, event_id, &record);
    }
    if (rc == ESI_OK && turn->decision.ticket) {
        rc = turn_draft_ticket(desk, turn, &ticket);
        record.ticket = &ticket;
    }
    if (rc == ESI_OK && turn->claim.request_id) {
        rc = reply_encode(&turn->reply->reply, &stored, turn->err);
        record.reply = stored.p;
    }
    if (rc == ESI_OK) {
        rc = commit(desk, turn, &record);
    }
    buf_clear(&state);
    buf_clear(&stored);
    return rc;
}
