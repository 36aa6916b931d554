#include "store/pg_conn.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

#define ANSWERS_FIRST_MS 20 /* how much sooner than the wait the server gives a statement up */
#define LONGEST_MS INT64_C(2147483647)

/* ---- waiting ----------------------------------------------------------------------------- */

static void wake(void *context) {
    os_waker_wake(context);
}

void pg_conn_watch(struct pg_conn *conn, const esi_wait *wait) {
    os_waker_reset(&conn->waker);
    conn->watch = (struct cancel_watch){.wake = wake, .context = &conn->waker};
    conn->watched = wait->cancel;
    cancel_watch(conn->watched, &conn->watch);
}

esi_err pg_conn_use(struct pg_conn *conn, const esi_wait *wait, esi_error *err) {
    if (conn->broken) {
        return pg_fail_lost(conn, err);
    }
    if (wait_over(wait)) {
        return fail_wait(err, ORIGIN, wait);
    }
    pg_conn_watch(conn, wait);
    return ESI_OK;
}

void pg_conn_unuse(struct pg_conn *conn) {
    cancel_unwatch(conn->watched, &conn->watch);
    conn->watched = NULL;
}

esi_err pg_conn_await(struct pg_conn *conn, unsigned wanted, const esi_wait *wait, unsigned *out,
                      esi_error *err) {
    const unsigned ready = os_poll(PQsocket(conn->pq), wanted, &conn->waker, wait->until_ns);
    if ((ready & wanted) == 0 || esi_cancel_fired(wait->cancel)) {
        conn->broken = true;
        return fail_wait(err, ORIGIN, wait);
    }
    *out = ready;
    return ESI_OK;
}

esi_err pg_conn_pump(struct pg_conn *conn, unsigned wanted, const esi_wait *wait, esi_error *err) {
    const int left = PQflush(conn->pq);
    if (left < 0) { /* it may have said why */
        (void)PQconsumeInput(conn->pq);
        return PQisBusy(conn->pq) ? pg_fail_lost(conn, err) : ESI_OK;
    }
    if (left == 0 && wanted == 0) {
        return ESI_OK;
    }
    unsigned ready = 0;
    const esi_err rc =
        pg_conn_await(conn, OS_READABLE | (left > 0 ? OS_WRITABLE : 0), wait, &ready, err);
    if (rc != ESI_OK) {
        return rc;
    }
    if ((ready & OS_READABLE) != 0 && PQconsumeInput(conn->pq) == 0 && PQisBusy(conn->pq)) {
        return pg_fail_lost(conn, err);
    }
    return ESI_OK;
}

esi_err pg_conn_result(struct pg_conn *conn, const esi_wait *wait, PGresult **out, esi_error *err) {
    while (PQisBusy(conn->pq)) {
        const esi_err rc = pg_conn_pump(conn, OS_READABLE, wait, err);
        if (rc != ESI_OK) {
            return rc;
        }
    }
    *out = PQgetResult(conn->pq);
    return ESI_OK;
}

bool pg_conn_in_transaction(const struct pg_conn *conn) {
    const PGTransactionStatusType status = PQtransactionStatus(conn->pq);
    return status == PQTRANS_INTRANS || status == PQTRANS_INERROR;
}

int64_t pg_conn_statement_ms(const struct pg_conn *conn, const esi_wait *wait) {
    int64_t left = esi_wait_left_ms(wait);
    left -= left > 10 * ANSWERS_FIRST_MS ? ANSWERS_FIRST_MS : 0;
    const int64_t most = conn->target->statement_ms > 0 ? conn->target->statement_ms : LONGEST_MS;
    left = left < most ? left : most;
    return left > 0 ? left : 1; /* 0 would be for ever */
}

void pg_conn_forget(struct pg_conn *conn) {
    memset(conn->statements, 0, sizeof conn->statements);
}

/* ---- SQL text ---------------------------------------------------------------------------- */

/* Reads the answers to SQL text up to the end; the first error holds. COPY's begin: it stops. */
static esi_err drain(struct pg_conn *conn, const esi_wait *wait, bool *out_copying,
                     esi_error *err) {
    esi_err failed = ESI_OK;
    for (;;) {
        PGresult *result = NULL;
        /* What went wrong first is told, not that the connection then was lost. */
        const esi_err rc = pg_conn_result(conn, wait, &result, failed == ESI_OK ? err : NULL);
        if (rc != ESI_OK || result == NULL) {
            return failed != ESI_OK ? failed : rc;
        }
        const ExecStatusType status = PQresultStatus(result);
        if (status == PGRES_FATAL_ERROR && failed == ESI_OK) {
            failed = pg_fail_result(conn, result, err);
        }
        PQclear(result);
        if (status == PGRES_COPY_IN && out_copying != NULL) {
            *out_copying = true;
            return failed;
        }
        if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH) {
            conn->broken = true; /* nobody asked for it, and it wouldn't end */
            return esi_fail(err, ESI_EINTERNAL, ORIGIN, "a statement began a copy");
        }
    }
}

static esi_err exec(struct pg_conn *conn, const char *sql, const esi_wait *wait, bool *out_copying,
                    esi_error *err) {
    if (PQpipelineStatus(conn->pq) != PQ_PIPELINE_OFF && PQexitPipelineMode(conn->pq) == 0) {
        conn->broken = true;
        return esi_fail(err, ESI_EINTERNAL, ORIGIN, "a pipeline still has answers to come");
    }
    if (PQsendQuery(conn->pq, sql) == 0) {
        return pg_fail_send(conn, err);
    }
    return drain(conn, wait, out_copying, err);
}

esi_err pg_conn_exec(struct pg_conn *conn, const char *sql, const esi_wait *wait, esi_error *err) {
    esi_err rc = pg_conn_use(conn, wait, err);
    if (rc != ESI_OK) {
        return rc;
    }
    /* The server would answer it with a ROLLBACK, and no error. */
    const bool undone =
        PQtransactionStatus(conn->pq) == PQTRANS_INERROR && strcmp(sql, "COMMIT") == 0;
    rc = exec(conn, sql, wait, NULL, err);
    pg_conn_unuse(conn);
    return rc == ESI_OK && undone ? esi_fail(err, ESI_EINTERNAL, ORIGIN,
                                             "a transaction that failed was to be committed")
                                  : rc;
}

esi_err pg_conn_begin(struct pg_conn *conn, const char *begin, const esi_wait *wait,
                      esi_error *err) {
    const long long ms = pg_conn_statement_ms(conn, wait);
    struct buf sql;
    buf_init(&sql, 512);
    buf_printf(&sql,
               "%s; SET LOCAL statement_timeout = %lld; "
               "SET LOCAL idle_in_transaction_session_timeout = %lld%s",
               begin, ms, ms, conn->target->read_only ? "; SET TRANSACTION READ ONLY" : "");
    const esi_err rc = sql.failed ? fail_memory(err, ORIGIN) : pg_conn_exec(conn, sql.p, wait, err);
    buf_clear(&sql);
    return rc;
}

/* ---- COPY -------------------------------------------------------------------------------- */

typedef esi_err (*copy_fn)(void *context, const void **out, size_t *out_size, esi_error *err);

#define PIECE_MAX ((size_t)1 << 20)

/* Sends one piece, in bits that the server has taken before the next is copied. *out_more: false
 * where the server has had enough, and will say why. */
static esi_err put_piece(struct pg_conn *conn, struct view piece, const esi_wait *wait,
                         bool *out_more, esi_error *err) {
    while (piece.n > 0) {
        const size_t bit = piece.n < PIECE_MAX ? piece.n : PIECE_MAX;
        const int put = PQputCopyData(conn->pq, piece.p, (int)bit);
        if (put < 0) {
            *out_more = false;
            return PQstatus(conn->pq) == CONNECTION_BAD ? pg_fail_lost(conn, err) : ESI_OK;
        }
        piece = put > 0 ? view_slice(piece, bit, piece.n) : piece;
        esi_err rc;
        do {
            rc = pg_conn_pump(conn, 0, wait, err);
        } while (rc == ESI_OK && PQflush(conn->pq) > 0);
        if (rc != ESI_OK) {
            return rc;
        }
    }
    return ESI_OK;
}

static esi_err put_pieces(struct pg_conn *conn, copy_fn next, void *context, const esi_wait *wait,
                          esi_error *err) {
    bool more = true;
    while (more) {
        const void *bytes = NULL;
        size_t size = 0;
        esi_err rc = next(context, &bytes, &size, err);
        if (rc == ESI_OK && size > 0) {
            rc = put_piece(conn, (struct view){bytes, size}, wait, &more, err);
        }
        if (rc != ESI_OK || size == 0) {
            return rc;
        }
    }
    return ESI_OK;
}

/* Ends the copy; why: it failed here, and the server is to undo it. */
static esi_err end_copy(struct pg_conn *conn, const char *why, const esi_wait *wait,
                        esi_error *err) {
    int ended;
    while ((ended = PQputCopyEnd(conn->pq, why)) == 0) {
        const esi_err rc = pg_conn_pump(conn, 0, wait, err);
        if (rc != ESI_OK) {
            return rc;
        }
    }
    if (ended < 0 && PQstatus(conn->pq) == CONNECTION_BAD) {
        return pg_fail_lost(conn, err);
    }
    return drain(conn, wait, NULL, err);
}

esi_err pg_conn_copy(struct pg_conn *conn, const char *sql, copy_fn next, void *context,
                     const esi_wait *wait, esi_error *err) {
    esi_err rc = pg_conn_use(conn, wait, err);
    if (rc != ESI_OK) {
        return rc;
    }
    bool copying = false;
    rc = exec(conn, sql, wait, &copying, err);
    if (rc == ESI_OK && !copying) {
        rc = esi_fail(err, ESI_EINTERNAL, ORIGIN, "a statement began no copy");
    } else if (rc == ESI_OK) {
        rc = put_pieces(conn, next, context, wait, err);
        if (rc == ESI_OK) {
            rc = end_copy(conn, NULL, wait, err);
        } else if (!conn->broken) { /* that error holds, not what the server says to our end */
            const esi_err undone = end_copy(conn, "given up", wait, NULL);
            (void)undone;
        }
    }
    pg_conn_unuse(conn);
    return rc;
}

/* ---- its end ------------------------------------------------------------------------------ */

void pg_conn_close(struct pg_conn *conn) {
    if (conn == NULL) {
        return;
    }
    PQfinish(conn->pq);
    os_waker_clear(&conn->waker);
    free(conn);
}

bool pg_conn_is_dead(struct pg_conn *conn) {
    /* Nothing was asked: if there is something to read, it is that the server went away. */
    return conn->broken || PQstatus(conn->pq) == CONNECTION_BAD ||
           (os_poll(PQsocket(conn->pq), OS_READABLE, NULL, 0) & OS_READABLE) != 0;
}

const struct pg_server *pg_conn_server(const struct pg_conn *conn) {
    return &conn->server;
}
