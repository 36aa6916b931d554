/* chat.c: the page to read first. A message walks the table below once and never back. */
#include <esihelp/chat.h>

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/sha256.h"
#include "base/text.h"
#include "desk/input.h"
#include "desk/turn.h"
#include "desk/turn_explain.h"

#define ORIGIN "desk/chat"
#define WORK_STEP 8192 /* little is held in vain while a turn waits for a model */

/* A refusal skips stages by a column of this table, not by ifs: a stage names the ways it is on. */
#define ANY_WAY (WAY_PASS | WAY_REFUSE | WAY_HELP)

static const struct stage {
    const char *name;
    esi_err (*run)(esi_desk *, struct turn *);
    void (*explain)(const esi_desk *, struct turn *); /* says why, where the caller asks */
    unsigned ways;
} stages[] = {
    /* may this role ask that? mask secrets */
    {"screen", turn_screen, explain_screen, ANY_WAY},
    /* the session; claim the request */
    {"recall", turn_recall, explain_recall, ANY_WAY},
    /* the act; which issue it opens or goes on with */
    {"understand", turn_understand, explain_understand, ANY_WAY},
    /* what the knowledge base says */
    {"retrieve", turn_retrieve, explain_retrieve, WAY_PASS | WAY_HELP},
    /* coverage, category, tier, severity, escalation */
    {"decide", turn_decide, explain_decide, ANY_WAY},
    /* the answer by rule, or a model's prompt */
    {"compose", turn_compose, explain_compose, ANY_WAY},
    /* each sentence passes the output check */
    {"answer", turn_answer, explain_answer, ANY_WAY},
    /* may only raise */
    {"settle", turn_settle, explain_settle, ANY_WAY},
    /* one transaction */
    {"record", turn_record, explain_record, ANY_WAY},
};

static esi_err walk(esi_desk *desk, struct turn *turn) {
    for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); i++) {
        if (!(stages[i].ways & (unsigned)turn->way)) {
            continue;
        }
        const int64_t began = esi_clock_ns();
        esi_err rc = stages[i].run(desk, turn);
        log_debug(&desk->settings.log, ORIGIN, turn->request.request_id, "%s: %s, %lld us",
                  stages[i].name, esi_err_name(rc), (long long)((esi_clock_ns() - began) / 1000));
        if (rc == ESI_OK && turn->explanation) {
            stages[i].explain(desk, turn);
            rc = turn_explain_check(turn);
        }
        if (rc != ESI_OK) {
            return rc;
        }
    }
    return ESI_OK;
}

/* ---- the edge: what came in ------------------------------------------------------------------ */

static esi_err check_ids(const esi_chat_request *r, esi_error *err) {
    esi_err rc = ESI_OK;
    if (r->session_id) {
        rc = input_id(r->session_id, ORIGIN, "/sessionId", err);
    }
    if (rc == ESI_OK && r->request_id) {
        rc = input_id(r->request_id, ORIGIN, "/requestId", err);
    }
    if (rc == ESI_OK) {
        rc = input_short(r->user_id, ESI_ID_MAX, ORIGIN, "/userId", err);
    }
    if (rc == ESI_OK) {
        rc = input_short(r->module, ESI_MODULE_MAX, ORIGIN, "/context/module", err);
    }
    if (rc == ESI_OK) {
        rc = input_context(r->context, r->context_count, ORIGIN, err);
    }
    return rc;
}

static esi_err check_request(const esi_desk *desk, const esi_chat_request *request,
                             struct turn *turn, esi_error *err) {
    int64_t deadline = 0;
    esi_err rc =
        input_struct(&turn->request, sizeof(turn->request), request, sizeof(size_t), ORIGIN, err);
    if (rc != ESI_OK) {
        return rc;
    }
    const esi_chat_request *r = &turn->request;
    turn->message = input_text(r->message, r->message_size);
    rc = text_check(turn->message, ESI_MESSAGE_MAX_CHARS, true, ORIGIN, "/message", err);
    if (rc == ESI_OK) {
        rc = check_ids(r, err);
    }
    if (rc == ESI_OK) {
        rc = input_role(r->role, ORIGIN, &turn->role, err);
    }
    if (rc == ESI_OK) {
        rc = input_deadline(r->deadline_ms, desk->settings.deadline_ms, ORIGIN, &deadline, err);
    }
    if (rc == ESI_OK) {
        turn->wait = wait_for_ms(deadline, r->cancel);
    }
    return rc;
}

static void claim_request(struct turn *turn, int64_t deadline_ms) {
    const esi_chat_request *r = &turn->request;
    turn->claim = (esi_claim){.caller = r->user_id ? r->user_id : "",
                              .request_id = r->request_id,
                              .lease_ms = deadline_ms};
    struct sha256 hash;
    sha256_begin(&hash);
    sha256_add_field(&hash, view_of(r->session_id));
    sha256_add_field(&hash, turn->message);
    sha256_add_field(&hash, view_of(esi_role_name(turn->role)));
    sha256_add_field(&hash, view_of(r->module));
    for (size_t i = 0; i < r->context_count; i++) {
        sha256_add_field(&hash, view_of(r->context[i].name));
        sha256_add_field(&hash, view_of(r->context[i].value));
    }
    sha256_end(&hash, turn->claim.body_hash);
}

static esi_err open_turn(esi_desk *desk, const esi_chat_request *request, struct turn *turn,
                         esi_error *err) {
    turn->err = err;
    turn->way = WAY_PASS;
    turn->bill.budget = desk->budget;
    turn->work.step = WORK_STEP;
    turn->started_ns = esi_clock_ns();
    turn->now_ms = clock_now_ms();
    buf_init(&turn->answer, EXTRACT_ANSWER_MAX * 4);
    esi_err rc = check_request(desk, request, turn, err);
    if (rc == ESI_OK) {
        rc = reply_create(&turn->reply, err);
    }
    if (rc == ESI_OK) {
        rc = turn_explain_begin(turn);
    }
    if (rc == ESI_OK) {
        rc = os_uuid7(turn->now_ms, turn->user_message_id, err);
    }
    if (rc == ESI_OK) {
        rc = os_uuid7(turn->now_ms, turn->message_id, err);
    }
    if (rc == ESI_OK) {
        rc = os_uuid7(turn->now_ms, turn->ticket_made, err);
    }
    if (rc == ESI_OK && !turn->request.session_id) {
        rc = os_uuid7(turn->now_ms, turn->session_made, err);
    }
    if (rc == ESI_OK) {
        turn->session_id = turn->request.session_id ? turn->request.session_id : turn->session_made;
        claim_request(turn, esi_wait_left_ms(&turn->wait) + desk->settings.reserve_ms);
        rc = gate_enter(desk->gate, turn->session_id, &turn->pass, &turn->wait, err);
        turn->entered = rc == ESI_OK;
    }
    return rc;
}

/* A turn that failed gives its claim back, so that the request may be repeated at once. */
static void release_claim(esi_desk *desk, struct turn *turn) {
    esi_store *store = NULL;
    if (turn->claimed && desk_store(desk, &store, NULL) == ESI_OK) {
        const esi_wait wait = wait_for_ms(desk->settings.reserve_ms, NULL);
        esi_error why = {0};
        if (desk->store_ops->claim_release(store, &turn->claim, &wait, &why) != ESI_OK) {
            log_warn(&desk->settings.log, ORIGIN, turn->request.request_id,
                     "a claim could not be released and ends with its lease: %s", why.message);
        }
    }
}

static void close_turn(esi_desk *desk, struct turn *turn) {
    if (turn->entered) {
        gate_leave(desk->gate, &turn->pass);
    }
    bill_close(&turn->bill, turn->recorded);
    snapshot_unref(turn->snapshot);
    if (turn->reply) {
        esi_reply_free(&turn->reply->reply);
    }
    buf_clear(&turn->answer);
    arena_clear(&turn->scratch);
    arena_clear(&turn->work);
    free(turn);
}

esi_err esi_chat_ask(esi_desk *desk, const esi_chat_request *request, esi_reply **out,
                     esi_error *err) {
    if (!desk || !request || !out) {
        return esi_fail(err, ESI_EINVAL, ORIGIN, "desk, request and out must not be NULL");
    }
    struct turn *turn = calloc(1, sizeof(*turn));
    if (!turn) {
        return fail_memory(err, ORIGIN);
    }
    esi_err rc = open_turn(desk, request, turn, err);
    if (rc == ESI_OK) {
        rc = walk(desk, turn);
        if (rc != ESI_OK) {
            release_claim(desk, turn);
        }
    }
    if (rc == ESI_OK) {
        const esi_event done = {
            .kind = ESI_EVENT_DONE, .session_id = turn->session_id, .reply = &turn->reply->reply};
        (void)turn_tell(turn, &done); /* it is committed: nothing can be cancelled any more */
        *out = &turn->reply->reply;
        turn->reply = NULL;
    }
    close_turn(desk, turn);
    return rc;
}

/* ---- what the stages share ------------------------------------------------------------------- */

bool turn_tell(struct turn *turn, const esi_event *event) {
    if (!turn->request.on_event) {
        return true;
    }
    if (turn->request.on_event(event, turn->request.event_context) != 0 &&
        event->kind != ESI_EVENT_DONE) {
        turn->cancelled = true;
    }
    return !turn->cancelled;
}

esi_err turn_tell_text(struct turn *turn, struct view text) {
    if (turn->cancelled || text.n == 0) {
        return ESI_OK;
    }
    const esi_err rc = turn_tell_sources(turn);
    if (rc != ESI_OK || turn->cancelled) {
        return rc;
    }
    const size_t from = turn->answer.n;
    buf_add(&turn->answer, text);
    if (turn->answer.failed) {
        return fail_memory(turn->err, ORIGIN);
    }
    const esi_event delta = {.kind = ESI_EVENT_DELTA,
                             .session_id = turn->session_id,
                             .text = turn->answer.p + from,
                             .text_size = text.n};
    turn->shown = turn->shown || turn->request.on_event;
    (void)turn_tell(turn, &delta);
    return ESI_OK;
}

esi_wait model_wait(const esi_desk *desk, const struct turn *turn) {
    return wait_less(&turn->wait, desk->settings.reserve_ms);
}

bool turn_keep(struct turn *turn, struct view *text) {
    const char *copy = text->n > 0 ? arena_str(&turn->work, *text) : "";
    text->p = copy;
    return copy != NULL;
}

struct issue *turn_issue(struct turn *turn) {
    return turn->issues.current >= 0 ? &turn->issues.issues[turn->issues.current] : NULL;
}

bool turn_wants_knowledge(const struct turn *turn) {
    return turn->step != ISSUE_NONE && turn->step != ISSUE_CLOSES;
}
