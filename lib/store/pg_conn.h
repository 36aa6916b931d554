/* pg_conn.h: what the files of the connection share: libpq, and no other file includes it. */
#ifndef ESIHELP_STORE_PG_CONN_H
#define ESIHELP_STORE_PG_CONN_H

#include <libpq-fe.h>

#include "base/cancel.h"
#include "base/os.h"
#include "store/pg_parts.h"

#define PG_STATEMENTS 256 /* slots of the table of statements; a power of two, seldom half full */

enum pg_statement_state {
    PG_NOT_PREPARED,
    PG_PREPARING, /* asked for in this visit, not answered yet */
    PG_PREPARED
};

struct pg_statement {
    const char *sql; /* NULL: a free slot */
    uint32_t name;
    enum pg_statement_state state;
};

struct pg_conn {
    PGconn *pq;
    const struct pg_target *target;
    struct pg_server server;
    struct os_waker waker; /* the caller's switch wakes it */
    struct cancel_watch watch;
    esi_cancel *watched;
    bool broken;
    uint32_t salt, names; /* statements' names: nobody else's behind the same pooler */
    struct pg_statement statements[PG_STATEMENTS];
};

/* ---- pg_conn.c ------------------------------------------------------------------------------- */

/* Every use of a connection stands between these two. It begins with a wait that isn't over, on a
 * connection that isn't broken; else nothing was sent. */
esi_err pg_conn_use(struct pg_conn *conn, const esi_wait *wait, esi_error *err) ESI_MUST_CHECK;
void pg_conn_unuse(struct pg_conn *conn);
/* Lets the caller's switch wake it, until pg_conn_unuse; pg_conn_use does so, too. */
void pg_conn_watch(struct pg_conn *conn, const esi_wait *wait);
/* Waits until the socket is ready for one of what is wanted (as os_poll). */
esi_err pg_conn_await(struct pg_conn *conn, unsigned wanted, const esi_wait *wait, unsigned *out,
                      esi_error *err) ESI_MUST_CHECK;
/* Sends what is to be sent and receives what is there, once something moves. wanted: OS_READABLE to
 * wait for an answer. Breaks the connection where the wait is over or the server is gone. */
esi_err pg_conn_pump(struct pg_conn *conn, unsigned wanted, const esi_wait *wait,
                     esi_error *err) ESI_MUST_CHECK;
/* The next result, NULL between commands and after the last; it is to be cleared. */
esi_err pg_conn_result(struct pg_conn *conn, const esi_wait *wait, PGresult **out,
                       esi_error *err) ESI_MUST_CHECK;
bool pg_conn_in_transaction(const struct pg_conn *conn);
/* How long a statement may go on, for the server: less than the wait, so that it answers first. */
int64_t pg_conn_statement_ms(const struct pg_conn *conn, const esi_wait *wait);
/* Forgets all prepared statements. */
void pg_conn_forget(struct pg_conn *conn);

/* ---- pg_fail.c ------------------------------------------------------------------------------- */

#define PG_RETRY_AFTER_MS 1000

/* The error that a result tells; marks the connection as broken where it is of no more use. */
esi_err pg_fail_result(struct pg_conn *conn, const PGresult *result, esi_error *err) ESI_MUST_CHECK;
/* A connection that couldn't be made. */
esi_err pg_fail_connect(const struct pg_target *target, PGconn *pq, esi_error *err) ESI_MUST_CHECK;
/* A connection that was lost; marks it. */
esi_err pg_fail_lost(struct pg_conn *conn, esi_error *err) ESI_MUST_CHECK;
/* libpq refused to send: memory is used up, or the connection was lost; marks it. */
esi_err pg_fail_send(struct pg_conn *conn, esi_error *err) ESI_MUST_CHECK;
/* ESI_EUNAVAILABLE, with when to try again. */
esi_err pg_fail_away(esi_error *err, int64_t retry_after_ms, const char *format, ...)
    ESI_PRINTF(3, 4) ESI_MUST_CHECK;
/* The statement has to be prepared anew. */
bool pg_state_is_stale(const char *state, const PGresult *result);

#endif
