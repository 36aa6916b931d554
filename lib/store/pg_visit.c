#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "store/pg_conn.h"

#define STEPS_MAX 512
#define OID_TEXT 25

/* What the server does alone is bounded also where nobody waits for its answer any more. It holds
 * for the visit's transaction only, so that it suits a pooler. */
static const char sql_timeout[] = "SELECT set_config('statement_timeout', $1, true)";
static const char sql_reading[] = "SELECT set_config('statement_timeout', $1, true), "
                                  "set_config('transaction_read_only', 'on', true)";

struct visit {
    struct pg_conn *conn;
    const esi_wait *wait;
    esi_error *err;
    esi_err failed; /* what went wrong first */
    bool stale;     /* it was that a statement has to be prepared anew */
};

/* ---- statements ---------------------------------------------------------------------------- */

/* The slot of a statement; NULL where it is to be sent as text: without names, or with a full
 * table. */
static struct pg_statement *slot_of(struct pg_conn *conn, const char *sql) {
    if (!conn->server.prepares) {
        return NULL;
    }
    size_t at = ((uintptr_t)sql / 16) * 31 % PG_STATEMENTS;
    for (size_t i = 0; i < PG_STATEMENTS; i++) {
        struct pg_statement *slot = &conn->statements[at];
        if (slot->sql == NULL) {
            *slot = (struct pg_statement){.sql = sql, .name = ++conn->names};
        }
        if (slot->sql == sql) {
            return slot;
        }
        at = (at + 1) % PG_STATEMENTS;
    }
    return NULL;
}

static void name_of(const struct pg_conn *conn, const struct pg_statement *slot, char out[32]) {
    snprintf(out, 32, "esi_%08x_%u", (unsigned)conn->salt, (unsigned)slot->name);
}

/* ---- sending ------------------------------------------------------------------------------- */

/* A statement's arguments as libpq takes them. */
struct sent {
    int count;
    const uint32_t *types;
    const char *const *values;
    const int *lengths, *formats;
};

static esi_err send_statement(struct pg_conn *conn, const char *sql, const struct sent *s,
                              esi_error *err) {
    struct pg_statement *slot = slot_of(conn, sql);
    int sent;
    if (slot == NULL) {
        sent = PQsendQueryParams(conn->pq, sql, s->count, s->types, s->values, s->lengths,
                                 s->formats, 1);
    } else {
        char name[32];
        name_of(conn, slot, name);
        sent = 1;
        if (slot->state == PG_NOT_PREPARED) {
            sent = PQsendPrepare(conn->pq, name, sql, s->count, s->types);
            slot->state = PG_PREPARING;
        }
        if (sent != 0) {
            sent =
                PQsendQueryPrepared(conn->pq, name, s->count, s->values, s->lengths, s->formats, 1);
        }
    }
    return sent != 0 ? ESI_OK : pg_fail_send(conn, err);
}

static esi_err send_step(struct pg_conn *conn, const struct pg_step *step, esi_error *err) {
    static const struct pg_args none;
    const struct pg_args *args = step->args != NULL ? step->args : &none;
    const char *values[PG_ARGS_MAX];
    int formats[PG_ARGS_MAX];
    for (int i = 0; i < args->count; i++) {
        formats[i] = 1;
        const bool fixed = args->values[i] == NULL && args->lengths[i] >= 0;
        values[i] = fixed ? (const char *)args->fixed[i] : args->values[i];
    }
    const struct sent sent = {args->count, args->types, values, args->lengths, formats};
    return send_statement(conn, step->sql, &sent, err);
}

static const char *first_of(const struct pg_conn *conn) {
    return conn->target->read_only ? sql_reading : sql_timeout;
}

static esi_err send_first(const struct visit *v) {
    char text[24];
    const int length =
        snprintf(text, sizeof text, "%lld", (long long)pg_conn_statement_ms(v->conn, v->wait));
    const uint32_t type = OID_TEXT;
    const char *value = text;
    const int format = 1;
    const struct sent sent = {1, &type, &value, &length, &format};
    return send_statement(v->conn, first_of(v->conn), &sent, v->err);
}

static esi_err send_all(const struct visit *v, const struct pg_step *steps, size_t count,
                        bool bounded) {
    struct pg_conn *conn = v->conn;
    if (PQpipelineStatus(conn->pq) == PQ_PIPELINE_OFF && PQenterPipelineMode(conn->pq) == 0) {
        return pg_fail_send(conn, v->err);
    }
    esi_err rc = bounded ? send_first(v) : ESI_OK;
    for (size_t i = 0; rc == ESI_OK && i < count; i++) {
        rc = send_step(conn, &steps[i], v->err);
    }
    if (rc == ESI_OK && PQpipelineSync(conn->pq) == 0) {
        rc = pg_fail_send(conn, v->err);
    }
    return rc;
}

/* ---- receiving ----------------------------------------------------------------------------- */

/* The next result that there is. */
static esi_err next_result(const struct visit *v, PGresult **out) {
    PGresult *result = NULL;
    /* One NULL ends a statement's results; two are the end of all, which can't come yet. */
    for (int i = 0; i < 3 && result == NULL; i++) {
        /* What went wrong first is told, not that the connection then was lost. */
        const esi_err rc =
            pg_conn_result(v->conn, v->wait, &result, v->failed == ESI_OK ? v->err : NULL);
        if (rc != ESI_OK) {
            return rc;
        }
    }
    if (result == NULL) {
        return pg_fail_lost(v->conn, v->failed == ESI_OK ? v->err : NULL);
    }
    *out = result;
    return ESI_OK;
}

/* Notes an error that a result tells. */
static void note_error(struct visit *v, const PGresult *result) {
    if (v->failed != ESI_OK || PQresultStatus(result) != PGRES_FATAL_ERROR) {
        return; /* what follows an error is skipped by the server */
    }
    v->failed = pg_fail_result(v->conn, result, v->err);
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    v->stale = state != NULL && pg_state_is_stale(state, result);
}

/* What became of asking for a statement. */
static esi_err take_prepared(struct visit *v, struct pg_statement *slot) {
    PGresult *result = NULL;
    const esi_err rc = next_result(v, &result);
    if (rc != ESI_OK) {
        return rc;
    }
    note_error(v, result);
    slot->state = PQresultStatus(result) == PGRES_COMMAND_OK ? PG_PREPARED : PG_NOT_PREPARED;
    PQclear(result);
    return ESI_OK;
}

static void keep(struct pg_rows *rows, PGresult *result) {
    int64_t changed = 0;
    if (!view_int(view_of(PQcmdTuples(result)), 0, INT64_MAX, &changed)) {
        changed = 0;
    }
    *rows =
        (struct pg_rows){.result = result, .count = (size_t)PQntuples(result), .changed = changed};
}

static esi_err take_answer(struct visit *v, const char *sql, struct pg_rows *rows) {
    struct pg_statement *slot = slot_of(v->conn, sql);
    esi_err rc = slot != NULL && slot->state == PG_PREPARING ? take_prepared(v, slot) : ESI_OK;
    PGresult *result = NULL;
    if (rc == ESI_OK) {
        rc = next_result(v, &result);
    }
    if (rc != ESI_OK) {
        return rc;
    }
    const ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
        if (rows != NULL && v->failed == ESI_OK) {
            keep(rows, result);
            result = NULL;
        }
    } else if (status == PGRES_FATAL_ERROR) {
        note_error(v, result);
    } else if (status != PGRES_PIPELINE_ABORTED) {
        v->conn->broken = true;
        rc = esi_fail(v->err, ESI_EINTERNAL, ORIGIN, "a statement of a visit answered oddly");
    }
    PQclear(result);
    return rc;
}

/* The end of the visit's transaction: until it came, nothing is sure. */
static esi_err take_end(struct visit *v) {
    for (;;) {
        PGresult *result = NULL;
        const esi_err rc = next_result(v, &result);
        if (rc != ESI_OK) {
            return rc;
        }
        const bool end = PQresultStatus(result) == PGRES_PIPELINE_SYNC;
        note_error(v, result); /* it may fail to commit */
        PQclear(result);
        if (end) {
            return ESI_OK;
        }
    }
}

static esi_err receive_all(struct visit *v, const struct pg_step *steps, size_t count,
                           bool bounded) {
    esi_err rc = bounded ? take_answer(v, first_of(v->conn), NULL) : ESI_OK;
    for (size_t i = 0; rc == ESI_OK && i < count; i++) {
        rc = take_answer(v, steps[i].sql, steps[i].rows);
    }
    if (rc == ESI_OK) {
        rc = take_end(v);
    }
    return v->failed != ESI_OK ? v->failed : rc;
}

/* ---- a visit ------------------------------------------------------------------------------- */

static esi_err run_once(struct visit *v, const struct pg_step *steps, size_t count) {
    esi_err rc = pg_conn_use(v->conn, v->wait, v->err);
    if (rc != ESI_OK) {
        return rc;
    }
    /* Inside of BEGIN its own bounds hold. */
    const bool bounded = !pg_conn_in_transaction(v->conn);
    rc = send_all(v, steps, count, bounded);
    if (rc == ESI_OK) {
        rc = receive_all(v, steps, count, bounded);
    }
    pg_conn_unuse(v->conn);
    if (rc != ESI_OK) {
        for (size_t i = 0; i < count; i++) {
            if (steps[i].rows != NULL) {
                rows_clear(steps[i].rows);
            }
        }
    }
    return rc;
}

/* What went wrong already while the arguments were put together. */
static esi_err check_args(const struct pg_step *steps, size_t count, esi_error *err) {
    for (size_t i = 0; i < count; i++) {
        const esi_err failed = steps[i].args != NULL ? steps[i].args->failed : ESI_OK;
        if (failed == ESI_ENOMEM) {
            return fail_memory(err, ORIGIN);
        }
        if (failed != ESI_OK) {
            return esi_fail(err, failed, ORIGIN,
                            failed == ESI_EINVAL ? "an id isn't a UUID, or a vector has no length"
                                                 : "a value is larger than a store keeps");
        }
    }
    return ESI_OK;
}

esi_err pg_conn_run(struct pg_conn *conn, const struct pg_step *steps, size_t count,
                    const esi_wait *wait, esi_error *err) {
    assert(count <= STEPS_MAX);
    esi_err rc = check_args(steps, count, err);
    if (rc != ESI_OK) {
        return rc;
    }
    const bool alone = !conn->broken && !pg_conn_in_transaction(conn);
    struct visit v = {.conn = conn, .wait = wait, .err = err};
    rc = run_once(&v, steps, count);
    if (v.stale && alone && PQstatus(conn->pq) == CONNECTION_OK) {
        /* The server undid it all, so it may be sent again whatever it does. */
        pg_conn_forget(conn);
        conn->broken = false;
        v = (struct visit){.conn = conn, .wait = wait, .err = err};
        rc = run_once(&v, steps, count);
    }
    return rc;
}
