#include "base/error.h"
#include "base/os.h"
#include "store/pg_parts.h"

#define HISTORY_MAX 200      /* messages that one load brings */
#define OPEN_TICKETS_MAX 100 /* open tickets of one session */

static const char sql_load[] =
    "SELECT row_kind, id, flag, n, a, b, x, y, z, at, tokens, cost "
    "FROM esi_session_load($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
/* A release that a power cut undoes leaves a claim that runs out by itself. */
static const char sql_hurry[] = "SELECT set_config('synchronous_commit', 'off', true)";
static const char sql_release[] =
    "DELETE FROM idempotency "
    "WHERE caller = $1 AND request_id = $2 AND body_hash = $3 AND NOT done";

/* What a row of a load is, and its columns. */
enum { ROW_SESSION, ROW_MESSAGE, ROW_TICKET };
enum { KIND, ID, FLAG, N, A, B, X, Y, Z, AT, TOKENS, COST };

#define CLAIM_FOREIGN (-1)

/* ---- claims ------------------------------------------------------------------------------ */

void pg_claim_args(struct pg_args *args, const esi_claim *claim) {
    args_text(args, claim->caller != NULL ? claim->caller : "");
    args_text(args, claim->request_id);
    args_hash(args, claim->body_hash);
}

esi_err pg_claim_release(esi_store *store, const esi_claim *claim, const esi_wait *wait,
                         esi_error *err) {
    if (claim->request_id == NULL) {
        return ESI_OK;
    }
    struct pg_args args = args_of(NULL);
    pg_claim_args(&args, claim);
    const struct pg_step steps[] = {{sql_hurry, NULL, NULL}, {sql_release, &args, NULL}};
    return pg_visit(store->cases, PG_AGAIN, steps, 2, wait, err);
}

/* ---- sessions ---------------------------------------------------------------------------- */

static void read_session(struct pg_rows *rows, esi_arena *arena, esi_session_view *view) {
    const int64_t claim = rows_int(rows, 0, X);
    view->exists = rows_int(rows, 0, FLAG) != 0;
    view->foreign = claim == CLAIM_FOREIGN;
    if (view->foreign) {
        return;
    }
    view->claim = (esi_claim_state)claim;
    view->issues = rows_text(rows, 0, A, arena);
    view->reply = rows_text(rows, 0, B, arena);
    view->reply_ticket_id = rows_text(rows, 0, ID, arena);
    view->reply_ticket_number = rows_int(rows, 0, N);
    view->turns = rows_int(rows, 0, Y);
    view->kb_version = rows_int(rows, 0, Z);
    view->tokens = rows_int(rows, 0, TOKENS);
    view->cost = rows_int(rows, 0, COST);
}

static size_t count_kind(const struct pg_rows *rows, int64_t kind) {
    size_t count = 0;
    for (size_t i = 0; i < rows->count; i++) {
        count += rows_int(rows, i, KIND) == kind;
    }
    return count;
}

/* The rows from `first` on; newest first come, oldest first go. */
static esi_err read_messages(struct pg_rows *rows, size_t first, size_t count, esi_arena *arena,
                             esi_session_view *view, esi_error *err) {
    esi_store_message *messages = ARENA_ARRAY(arena, count, esi_store_message);
    if (messages == NULL) {
        return fail_memory(err, ORIGIN);
    }
    for (size_t i = 0; i < count; i++) {
        messages[count - 1 - i] =
            (esi_store_message){.id = rows_text(rows, first + i, ID, arena),
                                .from_user = rows_int(rows, first + i, FLAG) == 0,
                                .text = rows_text(rows, first + i, A, arena),
                                .at_ms = rows_time(rows, first + i, AT)};
    }
    view->messages = messages;
    view->message_count = count;
    return ESI_OK;
}

static esi_err read_tickets(struct pg_rows *rows, size_t first, size_t count, esi_arena *arena,
                            esi_session_view *view, esi_error *err) {
    esi_store_open_ticket *tickets = ARENA_ARRAY(arena, count, esi_store_open_ticket);
    if (tickets == NULL) {
        return fail_memory(err, ORIGIN);
    }
    for (size_t i = 0; i < count; i++) {
        tickets[i] =
            (esi_store_open_ticket){.id = rows_text(rows, first + i, ID, arena),
                                    .number = rows_int(rows, first + i, N),
                                    .category = rows_text(rows, first + i, A, arena),
                                    .kind = rows_text(rows, first + i, B, arena),
                                    .tier = (esi_tier)rows_int(rows, first + i, X),
                                    .severity = (esi_severity)rows_int(rows, first + i, Y)};
    }
    view->open_tickets = tickets;
    view->open_ticket_count = count;
    return ESI_OK;
}

static esi_err read_load(struct pg_rows *rows, esi_arena *arena, esi_session_view *out,
                         esi_error *err) {
    esi_session_view view = {0};
    if (rows->count == 0) {
        return esi_fail(err, ESI_ECORRUPT, ORIGIN, "esi_session_load gave no row");
    }
    read_session(rows, arena, &view);
    const size_t messages = count_kind(rows, ROW_MESSAGE), tickets = count_kind(rows, ROW_TICKET);
    esi_err rc = read_messages(rows, 1, messages, arena, &view, err);
    if (rc == ESI_OK) {
        rc = read_tickets(rows, 1 + messages, tickets, arena, &view, err);
    }
    if (rc == ESI_OK) {
        rc = rows_ok(rows, err);
    }
    if (rc == ESI_OK) {
        *out = view;
    }
    return rc;
}

esi_err pg_session_load(esi_store *store, const esi_session_query *query, const esi_wait *wait,
                        esi_arena *arena, esi_session_view *out, esi_error *err) {
    int64_t holder = 0; /* this call's own mark: run again, it knows the claim that it took */
    esi_err rc = ESI_OK;
    if (query->claim.request_id != NULL) {
        rc = os_random(&holder, sizeof holder, err);
    }
    if (rc != ESI_OK) {
        return rc;
    }
    const int64_t max = query->history < 0             ? 0
                        : query->history > HISTORY_MAX ? HISTORY_MAX
                                                       : query->history;
    struct pg_args args = args_of(NULL);
    args_text(&args, query->session_id);
    args_text(&args, query->user_id);
    args_int(&args, max);
    args_int(&args, OPEN_TICKETS_MAX);
    args_text(&args, store->kb == store->cases ? query->collection : NULL);
    pg_claim_args(&args, &query->claim);
    args_int(&args, holder);
    args_time(&args, query->now_ms);
    args_time(&args, query->now_ms + query->claim.lease_ms);
    struct pg_rows rows = {0};
    const struct pg_step step = {sql_load, &args, &rows};
    rc = pg_visit(store->cases, PG_AGAIN, &step, 1, wait, err);
    if (rc == ESI_OK) {
        rc = read_load(&rows, arena, out, err);
    }
    rows_clear(&rows);
    return rc;
}
