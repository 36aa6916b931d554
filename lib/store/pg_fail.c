#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "store/pg_conn.h"

#define STATE_SIZE 5

/* What is added to a row's words. A server's message may hold what users wrote; only of some
 * SQLSTATEs is it known that it names nothing but tables, functions and rights. */
enum said {
    NOTHING,
    OURS,      /* by a function of schema/pg: the whole message */
    SERVERS,   /* the server's message after ours */
    CONSTRAINT /* the name of the constraint */
};

/* What a SQLSTATE, or a class of them, means. The first that fits holds. */
struct state_row {
    const char *state; /* of two to five characters */
    esi_err code;
    bool breaks; /* the connection is of no more use */
    enum said said;
    const char *words; /* after the database's name */
};

static const struct state_row rows[] = {
    {PG_STATE_CONFLICT, ESI_ECONFLICT, false, OURS, ""},
    {PG_STATE_NOT_FOUND, ESI_ENOTFOUND, false, OURS, ""},
    {PG_STATE_IN_WORK, ESI_EINPROGRESS, false, OURS, ""},
    {PG_STATE_MISMATCH, ESI_EMISMATCH, false, OURS, ""},
    {PG_STATE_SPACE, ESI_EDIM, false, OURS, ""},
    {PG_STATE_INVALID, ESI_EINVAL, false, OURS, ""},
    {PG_STATE_TOO_BIG, ESI_ETOOBIG, false, OURS, ""},
    {"08", ESI_EUNAVAILABLE, true, NOTHING, "lost the connection"},
    {"57P01", ESI_EUNAVAILABLE, true, NOTHING, "is being shut down, or ended the connection"},
    {"57P02", ESI_EUNAVAILABLE, true, NOTHING, "crashed, and is starting again"},
    {"57P03", ESI_EUNAVAILABLE, true, NOTHING, "is starting up or shutting down"},
    {"57P04", ESI_EUNAVAILABLE, true, NOTHING, "was dropped"},
    {"57P05", ESI_EUNAVAILABLE, true, NOTHING, "ended an idle connection"},
    {"57014", ESI_ETIMEOUT, false, NOTHING, "took too long for a statement, and gave it up"},
    {"57", ESI_EUNAVAILABLE, true, NOTHING, "was stopped by its operator"},
    {"53300", ESI_EUNAVAILABLE, true, NOTHING,
     "has no connection left: raise its max_connections, or lower ESI_PG_CONNECTIONS"},
    {"53100", ESI_ENOSPC, false, NOTHING, "has a full disk"},
    {"53", ESI_EUNAVAILABLE, false, NOTHING, "has too little memory, or reached a limit"},
    {"25P03", ESI_EUNAVAILABLE, true, NOTHING, "ended a transaction that did nothing for too long"},
    {"25P04", ESI_EUNAVAILABLE, true, NOTHING, "ended a transaction that took too long"},
    {"25006", ESI_EREADONLY, false, NOTHING, "can only be read"},
    {"40003", ESI_EUNAVAILABLE, true, NOTHING, "doesn't know whether it was written"},
    {"40", ESI_ECONFLICT, false, NOTHING, "was written by another call at the same moment"},
    {"55P03", ESI_EUNAVAILABLE, false, NOTHING, "is locked by another program"},
    {"55006", ESI_EUNAVAILABLE, false, NOTHING, "is used by another program"},
    {"3D000", ESI_ENOTFOUND, true, NOTHING, "doesn't exist: make it with \"createdb\""},
    {"28", ESI_EAUTH, true, NOTHING,
     "refused the user or the password, or may not be reached from here (pg_hba.conf)"},
    {"42501", ESI_EUNAVAILABLE, false, SERVERS,
     "lacks a right for this role: its owner grants it with \"esihelp migrate --grant ROLE\""},
    {"42P01", ESI_EUNAVAILABLE, false, SERVERS, "has another schema: run \"esihelp migrate\""},
    {"42883", ESI_EUNAVAILABLE, false, SERVERS, "has another schema: run \"esihelp migrate\""},
    {"42703", ESI_EUNAVAILABLE, false, SERVERS, "has another schema: run \"esihelp migrate\""},
    {"42704", ESI_EUNAVAILABLE, false, SERVERS, "has another schema: run \"esihelp migrate\""},
    {"3F000", ESI_EUNAVAILABLE, false, SERVERS, "has another schema: run \"esihelp migrate\""},
    {"26000", ESI_EUNAVAILABLE, true, NOTHING,
     "forgot a prepared statement: is a pooler between? then set ESI_PG_PREPARE=off"},
    {"42P05", ESI_EUNAVAILABLE, true, NOTHING,
     "has a prepared statement of another: is a pooler between? then set ESI_PG_PREPARE=off"},
    {"42", ESI_EINTERNAL, false, SERVERS, "doesn't take a statement"},
    {"22021", ESI_EENCODING, false, NOTHING, "refused a text that isn't UTF-8"},
    {"22P05", ESI_EENCODING, false, NOTHING, "refused a text that isn't UTF-8"},
    {"23", ESI_EINTERNAL, false, CONSTRAINT, "refused a row that breaks a rule"},
    {"54", ESI_ETOOBIG, false, NOTHING, "was given more than it takes"},
    {"58030", ESI_EIO, false, NOTHING, "can't read or write its disk"},
    {"XX001", ESI_ECORRUPT, false, NOTHING, "is damaged: restore a backup"},
    {"XX002", ESI_ECORRUPT, false, NOTHING, "has a damaged index: run REINDEX"},
};

static const struct state_row *row_of(const char *state) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (strncmp(state, rows[i].state, strlen(rows[i].state)) == 0) {
            return &rows[i];
        }
    }
    return NULL;
}

/* A demoted server, in place of the one that can be written, is to be left for another. */
static const struct state_row demoted = {"25006", ESI_EUNAVAILABLE, true, NOTHING,
                                         "can't be written any more: another may be the primary"};

static esi_err finish(esi_error *err, esi_err code, const char *state) {
    if (err != NULL) {
        memcpy(err->sqlstate, state, STATE_SIZE);
        err->sqlstate[STATE_SIZE] = '\0';
        if (code == ESI_EUNAVAILABLE) {
            err->retry_after_ms = PG_RETRY_AFTER_MS;
        }
        if (strncmp(state, "40", 2) == 0) {
            err->retryable = true;
        }
    }
    return code;
}

/* said: what may be told of the server's message; NULL where nothing may. */
static esi_err fail_row(const struct pg_target *target, const struct state_row *row,
                        const char *state, const char *said, esi_error *err) {
    if (row == NULL) {
        return finish(err,
                      esi_fail(err, ESI_EINTERNAL, ORIGIN, "the database %s answered %.5s",
                               target->name, state),
                      state);
    }
    esi_err code = row->code;
    if (row->said == OURS && said != NULL) {
        code = esi_fail(err, code, ORIGIN, "%s", said);
    } else {
        code = esi_fail(err, code, ORIGIN, "the database %s %s%s%.160s%s (%.5s)", target->name,
                        row->words, said != NULL ? " (" : "", said != NULL ? said : "",
                        said != NULL ? ")" : "", state);
    }
    return finish(err, code, state);
}

esi_err pg_fail_result(struct pg_conn *conn, const PGresult *result, esi_error *err) {
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    if (state == NULL || strlen(state) != STATE_SIZE) {
        /* libpq's own: the connection was lost, or memory is used up */
        return pg_fail_send(conn, err);
    }
    const struct pg_target *target = conn->target;
    const struct state_row *row = row_of(state);
    if (row != NULL && row->code == ESI_EREADONLY && !target->may_be_standby &&
        !target->read_only) {
        row = &demoted;
    }
    conn->broken = conn->broken || (row != NULL && row->breaks);
    const char *said = row == NULL ? NULL
                       : row->said == CONSTRAINT
                           ? PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME)
                       : row->said == NOTHING ? NULL
                                              : PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    return fail_row(target, row, state, said, err);
}

bool pg_state_is_stale(const char *state, const PGresult *result) {
    if (strcmp(state, "26000") == 0 || strcmp(state, "42P05") == 0) {
        return true;
    }
    const char *from = PQresultErrorField(result, PG_DIAG_SOURCE_FUNCTION);
    return strcmp(state, "0A000") == 0 && from != NULL &&
           strcmp(from, "RevalidateCachedQuery") == 0;
}

esi_err pg_fail_away(esi_error *err, int64_t retry_after_ms, const char *format, ...) {
    if (err != NULL) {
        char message[ESI_ERROR_MESSAGE_MAX];
        va_list args;
        va_start(args, format);
        const int length = vsnprintf(message, sizeof message, format, args);
        va_end(args);
        (void)esi_fail(err, ESI_EUNAVAILABLE, ORIGIN, "%s",
                       length < 0 ? "a database can't be reached" : message);
        err->retry_after_ms = (int32_t)retry_after_ms;
    }
    return ESI_EUNAVAILABLE;
}

esi_err pg_fail_lost(struct pg_conn *conn, esi_error *err) {
    conn->broken = true;
    return pg_fail_away(err, PG_RETRY_AFTER_MS,
                        "the connection to the database %s was lost before it answered",
                        conn->target->name);
}

esi_err pg_fail_send(struct pg_conn *conn, esi_error *err) {
    if (PQstatus(conn->pq) == CONNECTION_BAD) {
        return pg_fail_lost(conn, err);
    }
    conn->broken = true; /* who knows what was sent */
    return fail_memory(err, ORIGIN);
}

/* ---- connections that can't be made -------------------------------------------------------- */

/* Whatever the reason, a pooler's too: it may be another one later. */
static const struct state_row refused = {"", ESI_EUNAVAILABLE, true, NOTHING,
                                         "doesn't take the connection"};

static bool is_state(struct view word) {
    for (size_t i = 0; i < word.n; i++) {
        if (!((word.p[i] >= '0' && word.p[i] <= '9') || (word.p[i] >= 'A' && word.p[i] <= 'Z'))) {
            return false;
        }
    }
    return word.n == STATE_SIZE;
}

/* The SQLSTATE at the end of a line. libpq was asked to tell of a server's error nothing but it: so
 * there is none of the server's words in what it says. */
static struct view state_in(struct view said) {
    struct view line, found = {0};
    while (view_line(&said, &line)) {
        line = view_trim(line);
        const struct view word =
            view_slice(line, line.n < STATE_SIZE ? line.n : line.n - STATE_SIZE, line.n);
        if (is_state(word) && line.n > STATE_SIZE && line.p[line.n - STATE_SIZE - 1] == ' ') {
            found = word;
        }
    }
    return found;
}

esi_err pg_fail_connect(const struct pg_target *target, PGconn *pq, esi_error *err) {
    const char *said = PQerrorMessage(pq);
    const struct view state = state_in(view_of(said));
    if (state.n == STATE_SIZE) {
        const struct state_row *row = row_of(state.p);
        return fail_row(target, row != NULL && row->code != ESI_EINTERNAL ? row : &refused, state.p,
                        NULL, err);
    }
    if (PQconnectionNeedsPassword(pq) != 0) {
        return esi_fail(err, ESI_EAUTH, ORIGIN,
                        "the database %s wants a password, and none was given", target->name);
    }
    struct view all = view_of(said), line = {0};
    while (line.n == 0 && view_line(&all, &line)) {
        line = view_trim(line);
    }
    return pg_fail_away(err, PG_RETRY_AFTER_MS, "the database %s can't be reached: %.*s",
                        target->name, (int)(line.n > 200 ? 200 : line.n),
                        line.p != NULL ? line.p : "");
}
