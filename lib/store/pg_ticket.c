#include "store/facts.h"
#include "store/pg_parts.h"

#define WANTED                                                                                     \
    "ROW($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, nullif($13, -1), $14, $15, $16, "      \
    "$17, $18, $19, $20, $21, $22)::esi_new_ticket"

static const char sql_create[] =
    "SELECT " PG_TICKET_COLUMNS " FROM esi_ticket_create(" WANTED ", $23, $24, $25, $26, $27) t";

/* In the order of esi_new_ticket, whose -1 for a severity is none. */
static void put_wanted(struct pg_args *args, const esi_store_new_ticket *wanted,
                       const char *session_id, const char *folded) {
    args_uuid(args, wanted->id);
    args_text(args, wanted->session_id != NULL ? wanted->session_id : session_id);
    args_text(args, wanted->user_id);
    args_text(args, wanted->user_role);
    args_text(args, wanted->category);
    args_text(args, wanted->kind);
    args_text(args, wanted->summary);
    args_text(args, wanted->description);
    args_text(args, folded);
    args_text(args, wanted->module);
    args_int(args, (int64_t)wanted->tier);
    args_int(args, (int64_t)wanted->severity);
    args_int(args, wanted->has_requested_severity ? (int64_t)wanted->requested_severity : -1);
    args_double(args, wanted->confidence);
}

esi_err pg_wanted_args(struct pg_args *args, const esi_store_new_ticket *wanted,
                       const char *session_id, esi_arena *scratch, esi_error *err) {
    struct facts facts;
    struct facts_text text = {0};
    const char *folded = NULL;
    esi_err rc = facts_of(wanted, scratch, &facts, err);
    if (rc == ESI_OK) {
        rc = facts_encode(&facts, scratch, &text, err);
    }
    if (rc == ESI_OK) {
        rc = facts_fold(wanted->summary, wanted->description, scratch, &folded, err);
    }
    if (rc != ESI_OK) {
        return rc;
    }
    put_wanted(args, wanted, session_id, folded);
    args_json(args, text.rules);
    args_json(args, text.references);
    args_json(args, text.details);
    args_json(args, text.context);
    args_json(args, text.attempts);
    args_time(args, wanted->join_user_since_ms);
    args_time(args, wanted->due_at_ms);
    args_time(args, wanted->now_ms);
    return ESI_OK;
}

static esi_err put_creation(struct pg_args *args, const esi_store_new_ticket *wanted,
                            const esi_claim *claim, esi_arena *scratch, esi_error *err) {
    const esi_err rc = pg_wanted_args(args, wanted, NULL, scratch, err);
    if (rc != ESI_OK) {
        return rc;
    }
    pg_claim_args(args, claim);
    args_time(args, wanted->now_ms + claim->lease_ms);
    args_time(args, wanted->now_ms + PG_CLAIM_KEEP_MS);
    return ESI_OK;
}

esi_err pg_ticket_create(esi_store *store, const esi_store_new_ticket *ticket,
                         const esi_claim *claim, const esi_wait *wait, esi_arena *arena,
                         esi_store_ticket *out, esi_error *err) {
    static const esi_claim none = {0};
    esi_arena scratch = {0};
    struct pg_args args = args_of(&scratch);
    struct pg_rows rows = {0};
    const struct pg_step step = {sql_create, &args, &rows};
    esi_store_ticket made;
    esi_err rc = put_creation(&args, ticket, claim != NULL ? claim : &none, &scratch, err);
    if (rc == ESI_OK) {
        rc = pg_visit(store->cases, PG_COMMIT, &step, 1, wait, err);
    }
    if (rc == ESI_OK) {
        rc = pg_ticket_of_row(&rows, 0, 0, arena, &made, err);
    }
    if (rc == ESI_OK) {
        *out = made;
    }
    rows_clear(&rows);
    arena_clear(&scratch);
    return rc;
}
