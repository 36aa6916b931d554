#include "base/error.h"
#include "base/json.h"
#include "store/sqlite_parts.h"

#define EVENT_BYTES_MAX 65536 /* of one guardrail event's body */

static const char sql_session_on[] =
    "UPDATE chat_sessions SET turns = turns + 1, issues = ?4, user_role = coalesce(?5, user_role), "
    "module = coalesce(?6, module), updated_at_ms = ?7, tokens = tokens + ?8, cost = cost + ?9 "
    "WHERE id = ?1 AND turns = ?2 AND user_id IS ?3";
static const char sql_session_new[] =
    "INSERT INTO chat_sessions (id, turns, user_id, issues, user_role, module, created_at_ms, "
    "updated_at_ms, tokens, cost) VALUES (?1, 1, ?2, ?3, ?4, ?5, ?6, ?6, ?7, ?8)";
static const char sql_session_owner[] = "SELECT user_id IS ?2 FROM chat_sessions WHERE id = ?1";
static const char sql_question[] =
    "INSERT INTO chat_messages (id, session_id, turn, from_desk, text, at_ms) "
    "VALUES (?1, ?2, ?3, 0, ?4, ?5)";
static const char sql_answer[] =
    "INSERT INTO chat_messages (id, session_id, turn, from_desk, text, at_ms, act, coverage, "
    "category, tier, severity, escalated, blocked, interrupted, confidence, rules, model, "
    "input_tokens, output_tokens, elapsed_ms, cost, fallback, advice) "
    "VALUES (?1, ?2, ?3, 1, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, "
    "?19, ?20, ?21, ?22)";
static const char sql_reference[] =
    "INSERT INTO kb_references (message_id, ordinal, document_id, title, version, section, hash, "
    "score) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
static const char sql_guardrail[] =
    "INSERT INTO guardrails (id, message_id, session_id, user_id, category, rule, reason, matches, "
    "at_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

/* ---- the session ------------------------------------------------------------------------- */

static esi_err session_insert(struct conn *conn, const esi_store_turn *turn, esi_error *err) {
    struct query q = query_of(conn, sql_session_new);
    query_put_text(&q, turn->session_id);
    query_put_text(&q, turn->user_id);
    query_put_text(&q, turn->issues);
    query_put_text(&q, turn->user_role);
    query_put_text(&q, turn->module);
    query_put_int(&q, turn->now_ms);
    query_put_int(&q, turn->input_tokens + turn->output_tokens);
    query_put_int(&q, turn->cost);
    return query_run(&q, err);
}

/* The session isn't where the turn expected it: it is new, another's, or further on. */
static esi_err session_else(struct conn *conn, const esi_store_turn *turn, esi_error *err) {
    struct query q = query_of(conn, sql_session_owner);
    query_put_text(&q, turn->session_id);
    query_put_text(&q, turn->user_id);
    bool row = false;
    const esi_err rc = query_next(&q, &row, err);
    const bool own = rc == ESI_OK && row && query_int(&q, 0) == 1;
    query_end(&q);
    if (rc != ESI_OK) {
        return rc;
    }
    if (!row && turn->expect_turns == 0) {
        return session_insert(conn, turn, err);
    }
    if (row && !own) {
        return esi_fail(err, ESI_ENOTFOUND, ORIGIN, "there is no such session for this user");
    }
    return esi_fail(err, ESI_ECONFLICT, ORIGIN,
                    "another turn of this session came first: load it again");
}

static esi_err put_session(struct conn *conn, const esi_store_turn *turn, esi_error *err) {
    struct query q = query_of(conn, sql_session_on);
    query_put_text(&q, turn->session_id);
    query_put_int(&q, turn->expect_turns);
    query_put_text(&q, turn->user_id);
    query_put_text(&q, turn->issues);
    query_put_text(&q, turn->user_role);
    query_put_text(&q, turn->module);
    query_put_int(&q, turn->now_ms);
    query_put_int(&q, turn->input_tokens + turn->output_tokens);
    query_put_int(&q, turn->cost);
    const esi_err rc = query_run(&q, err);
    return rc != ESI_OK || conn_changes(conn) == 1 ? rc : session_else(conn, turn, err);
}

/* ---- what was said ----------------------------------------------------------------------- */

static esi_err put_question(struct conn *conn, const esi_store_turn *turn, esi_error *err) {
    struct query q = query_of(conn, sql_question);
    query_put_text(&q, turn->user_message_id);
    query_put_text(&q, turn->session_id);
    query_put_int(&q, turn->expect_turns + 1);
    query_put_text(&q, turn->user_text);
    query_put_int(&q, turn->now_ms);
    return query_run(&q, err);
}

static esi_err put_answer(struct conn *conn, const esi_store_turn *turn, esi_arena *scratch,
                          esi_error *err) {
    const char *rules = NULL;
    const esi_err rc = facts_encode_strings(&turn->rules, scratch, &rules, err);
    if (rc != ESI_OK) {
        return rc;
    }
    struct query q = query_of(conn, sql_answer);
    query_put_text(&q, turn->message_id);
    query_put_text(&q, turn->session_id);
    query_put_int(&q, turn->expect_turns + 1);
    query_put_text(&q, turn->answer);
    query_put_int(&q, turn->now_ms);
    query_put_int(&q, (int64_t)turn->act);
    query_put_int(&q, (int64_t)turn->coverage);
    query_put_text(&q, turn->category);
    query_put_int(&q, (int64_t)turn->tier);
    query_put_int(&q, (int64_t)turn->severity);
    query_put_int(&q, turn->escalated);
    query_put_int(&q, turn->guardrail != NULL);
    query_put_int(&q, turn->interrupted);
    query_put_double(&q, turn->confidence);
    query_put_text(&q, rules);
    query_put_text(&q, turn->model);
    query_put_int(&q, turn->input_tokens);
    query_put_int(&q, turn->output_tokens);
    query_put_int(&q, turn->elapsed_ms);
    query_put_int(&q, turn->cost);
    query_put_text(&q, turn->fallback);
    query_put_text(&q, turn->advice);
    return query_run(&q, err);
}

static esi_err put_references(struct conn *conn, const esi_store_turn *turn, esi_error *err) {
    for (size_t i = 0; i < turn->reference_count; i++) {
        const esi_store_reference *r = &turn->references[i];
        struct query q = query_of(conn, sql_reference);
        query_put_text(&q, turn->message_id);
        query_put_int(&q, (int64_t)i);
        query_put_text(&q, r->document_id);
        query_put_text(&q, r->title);
        query_put_text(&q, r->version);
        query_put_text(&q, r->section);
        query_put_blob(&q, r->hash, sizeof r->hash);
        query_put_double(&q, r->score);
        const esi_err rc = query_run(&q, err);
        if (rc != ESI_OK) {
            return rc;
        }
    }
    return ESI_OK;
}

/* ---- what was blocked -------------------------------------------------------------------- */

static void put_named(struct json_out *o, const char *name, const char *text) {
    json_put_name(o, name);
    json_put_string(o, text);
}

static esi_err announce_guardrail(struct conn *conn, const esi_store_turn *turn, esi_error *err) {
    const esi_store_guardrail_event *g = turn->guardrail;
    struct buf body;
    struct json_out o;
    buf_init(&body, EVENT_BYTES_MAX);
    json_begin(&o, &body);
    json_object(&o);
    put_named(&o, "sessionId", turn->session_id);
    put_named(&o, "messageId", turn->message_id);
    put_named(&o, "userId", turn->user_id);
    put_named(&o, "userRole", turn->user_role);
    put_named(&o, "category", g->category);
    put_named(&o, "rule", g->rule);
    put_named(&o, "reason", g->reason);
    json_object_end(&o);
    const esi_err rc = body.failed
                           ? fail_memory(err, ORIGIN)
                           : outbox_put(conn, "guardrail", g->id, body.p, turn->now_ms, err);
    buf_clear(&body);
    return rc;
}

static esi_err put_guardrail(struct conn *conn, const esi_store_turn *turn, esi_error *err) {
    const esi_store_guardrail_event *g = turn->guardrail;
    if (g == NULL) {
        return ESI_OK;
    }
    struct query q = query_of(conn, sql_guardrail);
    query_put_text(&q, g->id);
    query_put_text(&q, turn->message_id);
    query_put_text(&q, turn->session_id);
    query_put_text(&q, turn->user_id);
    query_put_text(&q, g->category);
    query_put_text(&q, g->rule);
    query_put_text(&q, g->reason);
    query_put_text(&q, g->matches);
    query_put_int(&q, turn->now_ms);
    const esi_err rc = query_run(&q, err);
    return rc != ESI_OK ? rc : announce_guardrail(conn, turn, err);
}

/* ---- all of it --------------------------------------------------------------------------- */

struct commit {
    const esi_store_turn *turn;
    esi_arena *arena;
    esi_store_turn_result result;
};

static esi_err put_ticket(struct conn *conn, struct commit *c, esi_arena *scratch, esi_error *err) {
    if (c->turn->ticket == NULL) {
        return ESI_OK;
    }
    esi_store_new_ticket wanted = *c->turn->ticket;
    if (wanted.session_id == NULL) {
        wanted.session_id = c->turn->session_id;
    }
    esi_store_ticket ticket;
    bool joined = false;
    const esi_err rc = ticket_open(conn, &wanted, scratch, &ticket, &joined, err);
    if (rc != ESI_OK) {
        return rc;
    }
    c->result = (esi_store_turn_result){.ticket_id = arena_str(c->arena, view_of(ticket.id)),
                                        .ticket_number = ticket.number,
                                        .joined = joined,
                                        .ticket_tier = ticket.tier,
                                        .ticket_severity = ticket.severity};
    return c->result.ticket_id != NULL ? ESI_OK : fail_memory(err, ORIGIN);
}

static esi_err put_rest(struct conn *conn, struct commit *c, esi_arena *scratch, esi_error *err) {
    const esi_store_turn *turn = c->turn;
    esi_err rc = put_ticket(conn, c, scratch, err);
    if (rc == ESI_OK && turn->remark_ticket != NULL) {
        rc = ticket_remark(conn, turn, scratch, err);
    }
    if (rc == ESI_OK) {
        const struct claim_state done = {.reply = turn->reply,
                                         .ticket_id = c->result.ticket_id,
                                         .ticket_number = c->result.ticket_number};
        rc = claim_complete(conn, &turn->claim, &done, turn->now_ms, err);
    }
    return rc;
}

static esi_err commit_run(struct conn *conn, void *context, esi_error *err) {
    struct commit *c = context;
    const esi_store_turn *turn = c->turn;
    esi_arena scratch = {0};
    c->result = (esi_store_turn_result){0};
    esi_err rc = put_session(conn, turn, err);
    if (rc == ESI_OK) {
        rc = put_question(conn, turn, err);
    }
    if (rc == ESI_OK) {
        rc = put_answer(conn, turn, &scratch, err);
    }
    if (rc == ESI_OK) {
        rc = put_references(conn, turn, err);
    }
    if (rc == ESI_OK) {
        rc = put_guardrail(conn, turn, err);
    }
    if (rc == ESI_OK) {
        rc = put_rest(conn, c, &scratch, err);
    }
    arena_clear(&scratch);
    return rc;
}

esi_err sqlite_turn_commit(esi_store *store, const esi_store_turn *turn, const esi_wait *wait,
                           esi_arena *arena, esi_store_turn_result *out, esi_error *err) {
    struct commit c = {.turn = turn, .arena = arena};
    const esi_err rc = store_write(store, true, commit_run, &c, wait, err);
    if (rc == ESI_OK) {
        *out = c.result;
    }
    return rc;
}
