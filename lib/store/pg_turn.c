#include <string.h>

#include "base/error.h"
#include "store/facts.h"
#include "store/pg_parts.h"

#define RESULT "SELECT stored_id, stored_number, joined, ticket_tier, ticket_severity "
#define TURN                                                                                       \
    "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, "  \
    "$21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, "   \
    "$39, $40, $41, $42, $43, $44, $45"
#define TICKET                                                                                     \
    "ROW($46, $47, $48, $49, $50, $51, $52, $53, $54, $55, $56, $57, nullif($58, -1), $59, $60, "  \
    "$61, $62, $63, $64, $65, $66, $67)::esi_new_ticket"

static const char sql_commit[] = RESULT "FROM esi_turn_commit(" TURN ")";
static const char sql_commit_ticket[] = RESULT "FROM esi_turn_commit(" TURN ", " TICKET ")";

/* What a turn's arguments point to. */
struct scratch {
    esi_arena arena;
    struct pg_args args;
};

static void put_session(struct pg_args *args, const esi_store_turn *turn) {
    args_text(args, turn->session_id);
    args_text(args, turn->user_id);
    args_text(args, turn->user_role);
    args_text(args, turn->module);
    args_int(args, turn->expect_turns);
    args_text(args, turn->issues);
}

static void put_messages(struct pg_args *args, const esi_store_turn *turn, const char *rules) {
    args_uuid(args, turn->user_message_id);
    args_text(args, turn->user_text);
    args_uuid(args, turn->message_id);
    args_text(args, turn->answer);
    args_int(args, (int64_t)turn->act);
    args_int(args, (int64_t)turn->coverage);
    args_text(args, turn->category);
    args_int(args, (int64_t)turn->tier);
    args_int(args, (int64_t)turn->severity);
    args_bool(args, turn->escalated);
    args_bool(args, turn->interrupted);
    args_double(args, turn->confidence);
    args_json(args, rules);
    args_text(args, turn->model);
    args_int(args, turn->input_tokens);
    args_int(args, turn->output_tokens);
    args_int(args, turn->elapsed_ms);
    args_int(args, turn->cost);
    args_text(args, turn->fallback);
    args_json(args, turn->advice);
}

/* One array for each column. */
static esi_err put_references(struct scratch *s, const esi_store_turn *turn, esi_error *err) {
    const size_t n = turn->reference_count;
    const char **texts = ARENA_ARRAY(&s->arena, 4 * n, const char *);
    uint8_t(*hashes)[32] = arena_array(&s->arena, n, sizeof *hashes);
    double *scores = ARENA_ARRAY(&s->arena, n, double);
    if (texts == NULL || hashes == NULL || scores == NULL) {
        return fail_memory(err, ORIGIN);
    }
    for (size_t i = 0; i < n; i++) {
        const esi_store_reference *r = &turn->references[i];
        texts[i] = r->document_id;
        texts[n + i] = r->title;
        texts[2 * n + i] = r->version;
        texts[3 * n + i] = r->section;
        memcpy(hashes[i], r->hash, sizeof hashes[i]);
        scores[i] = r->score;
    }
    for (size_t column = 0; column < 4; column++) {
        args_texts(&s->args, texts + column * n, n);
    }
    args_hashes(&s->args, (const uint8_t(*)[32])hashes, n);
    args_doubles(&s->args, scores, n);
    return ESI_OK;
}

static void put_guardrail(struct pg_args *args, const esi_store_turn *turn) {
    static const esi_store_guardrail_event none = {0};
    const esi_store_guardrail_event *g = turn->guardrail != NULL ? turn->guardrail : &none;
    args_uuid(args, g->id);
    args_text(args, g->category);
    args_text(args, g->rule);
    args_text(args, g->reason);
    args_text(args, g->matches);
}

static void put_remark(struct pg_args *args, const esi_store_turn *turn) {
    /* no ticket has an id of another kind */
    args_uuid(args, pg_is_uuid(turn->remark_ticket) ? turn->remark_ticket : NULL);
    args_text(args, turn->remark);
}

/* In the order of esi_turn_commit. */
static esi_err put_turn(struct scratch *s, const esi_store_turn *turn, esi_error *err) {
    const char *rules = NULL;
    esi_err rc = facts_encode_strings(&turn->rules, &s->arena, &rules, err);
    if (rc != ESI_OK) {
        return rc;
    }
    put_session(&s->args, turn);
    put_messages(&s->args, turn, rules);
    rc = put_references(s, turn, err);
    if (rc != ESI_OK) {
        return rc;
    }
    put_guardrail(&s->args, turn);
    put_remark(&s->args, turn);
    pg_claim_args(&s->args, &turn->claim);
    args_text(&s->args, turn->reply);
    args_time(&s->args, turn->now_ms);
    args_time(&s->args, turn->now_ms + PG_CLAIM_KEEP_MS);
    return turn->ticket == NULL
               ? ESI_OK
               : pg_wanted_args(&s->args, turn->ticket, turn->session_id, &s->arena, err);
}

static esi_err read_result(struct pg_rows *rows, esi_arena *arena, esi_store_turn_result *out,
                           esi_error *err) {
    if (rows->count == 0) {
        return esi_fail(err, ESI_ECORRUPT, ORIGIN, "esi_turn_commit gave no row");
    }
    const esi_store_turn_result result = {.ticket_id = rows_text(rows, 0, 0, arena),
                                          .ticket_number = rows_int(rows, 0, 1),
                                          .joined = rows_int(rows, 0, 2) != 0,
                                          .ticket_tier = (esi_tier)rows_int(rows, 0, 3),
                                          .ticket_severity = (esi_severity)rows_int(rows, 0, 4)};
    const esi_err rc = rows_ok(rows, err);
    if (rc == ESI_OK) {
        *out = result;
    }
    return rc;
}

esi_err pg_turn_commit(esi_store *store, const esi_store_turn *turn, const esi_wait *wait,
                       esi_arena *arena, esi_store_turn_result *out, esi_error *err) {
    esi_arena own = {0};
    struct scratch *s = ARENA_NEW(&own, struct scratch);
    if (s == NULL) {
        return fail_memory(err, ORIGIN);
    }
    s->args = args_of(&s->arena);
    struct pg_rows rows = {0};
    const struct pg_step step = {turn->ticket != NULL ? sql_commit_ticket : sql_commit, &s->args,
                                 &rows};
    esi_err rc = put_turn(s, turn, err);
    if (rc == ESI_OK) {
        rc = pg_visit(store->cases, PG_COMMIT, &step, 1, wait, err);
    }
    if (rc == ESI_OK) {
        rc = read_result(&rows, arena, out, err);
    }
    rows_clear(&rows);
    arena_clear(&s->arena);
    arena_clear(&own);
    return rc;
}
