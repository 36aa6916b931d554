#include "base/error.h"
#include "base/os.h"
#include "store/pg_parts.h"

static const char sql_change[] =
    "SELECT " PG_TICKET_COLUMNS " FROM esi_ticket_change($1, $2, $3::bigint::smallint, "
    "$4::bigint::smallint, $5::bigint::smallint, $6, $7, $8, $9, $10) t";

static void put_number(struct pg_args *args, bool there, int64_t value) {
    if (there) {
        args_int(args, value);
    } else {
        args_null(args);
    }
}

esi_err pg_ticket_change(esi_store *store, const esi_store_ticket_change *c, const esi_wait *wait,
                         esi_arena *arena, esi_store_ticket *out, esi_error *err) {
    char event[OS_UUID_SIZE]; /* by which a change that is sent again is known */
    esi_err rc = os_uuid7(c->now_ms, event, err);
    if (rc != ESI_OK) {
        return rc;
    }
    if (!pg_is_uuid(c->id)) {
        return esi_fail(err, ESI_ENOTFOUND, ORIGIN, "there is no such ticket for this caller");
    }
    struct pg_args args = args_of(NULL);
    struct pg_rows rows = {0};
    args_uuid(&args, c->id);
    args_int(&args, c->if_version);
    put_number(&args, c->has_status, (int64_t)c->status);
    put_number(&args, c->has_tier, (int64_t)c->tier);
    put_number(&args, c->has_severity, (int64_t)c->severity);
    args_text(&args, c->assignee);
    args_text(&args, c->comment);
    args_text(&args, c->actor);
    args_time(&args, c->now_ms);
    args_uuid(&args, event);
    const struct pg_step step = {sql_change, &args, &rows};
    rc = pg_visit(store->cases, PG_AGAIN, &step, 1, wait, err);
    if (rc == ESI_OK) {
        rc = pg_ticket_of_row(&rows, 0, 0, arena, out, err);
    }
    rows_clear(&rows);
    return rc;
}
