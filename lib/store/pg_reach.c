#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "store/pg_conn.h"

#define HOSTS_MAX 32
#define OPTIONS_MAX 80
#define HOST_MS 2000      /* for one host of several */
#define ONLY_HOST_MS 5000 /* for the only one, or the last */
#define HASTY_MS 1000     /* where another database can be asked */
#define LONGEST_MS INT64_C(2147483647)
#define OLDEST_SERVER 150000

static const char sql_probe[] =
    "SELECT pg_backend_pid(), current_setting('server_version_num')::int, pg_is_in_recovery(), "
    "clock_timestamp(), current_setting('server_encoding'), "
    "current_setting('default_transaction_read_only')::bool";

/* ---- the URL's parts ----------------------------------------------------------------------- */

/* Which servers will do, as libpq's target_session_attrs. */
enum wanted { ANY, WRITABLE, READ_ONLY, PRIMARY, STANDBY, STANDBY_FIRST };

static const struct {
    const char *name;
    enum wanted wanted;
} wishes[] = {
    {"any", ANY},         {"read-write", WRITABLE}, {"read-only", READ_ONLY},
    {"primary", PRIMARY}, {"standby", STANDBY},     {"prefer-standby", STANDBY_FIRST},
};

/* A URL, taken apart. */
struct route {
    esi_arena arena;
    PQconninfoOption *options;
    const char *hosts, *addresses, *ports;
    int count;
    enum wanted wanted;
    int64_t host_ms; /* 0: for ever; -1: it doesn't say */
    bool hasty;
};

static int count_items(const char *list) {
    int count = 1;
    for (const char *p = list; p != NULL && *p != '\0'; p++) {
        count += *p == ',' ? 1 : 0;
    }
    return count;
}

/* The n-th item of a list; a list of one is for all. "" for none; NULL: memory is used up. */
static const char *item(struct route *route, const char *list, int n) {
    if (list == NULL) {
        return "";
    }
    const bool single = count_items(list) == 1;
    struct view rest = view_of(list), piece = {0};
    for (int i = 0; i <= (single ? 0 : n); i++) {
        if (!view_split(&rest, ',', &piece)) {
            piece = (struct view){0};
        }
    }
    return arena_str(&route->arena, piece);
}

static esi_err read_route(const struct pg_target *target, struct route *out, esi_error *err) {
    const char *wish = NULL, *seconds = NULL;
    char *said = NULL;
    out->options = PQconninfoParse(target->url, &said);
    PQfreemem(said);
    if (out->options == NULL) {
        return fail_memory(err, ORIGIN); /* it could be read before */
    }
    const struct {
        const char *keyword;
        const char **value;
    } known[] = {{"host", &out->hosts},
                 {"hostaddr", &out->addresses},
                 {"port", &out->ports},
                 {"target_session_attrs", &wish},
                 {"connect_timeout", &seconds}};
    for (const PQconninfoOption *o = out->options; o->keyword != NULL; o++) {
        for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
            if (strcmp(o->keyword, known[i].keyword) == 0) {
                *known[i].value = o->val;
            }
        }
    }
    out->count = count_items(out->addresses != NULL ? out->addresses : out->hosts);
    if (out->count > HOSTS_MAX) {
        return esi_fail(err, ESI_EINVAL, ORIGIN, "the database's URL names more than %d hosts",
                        HOSTS_MAX);
    }
    int64_t s = -1;
    out->host_ms = seconds != NULL && view_int(view_of(seconds), 0, 3600, &s) ? s * 1000 : -1;
    out->hasty = target->hasty;
    out->wanted = target->may_be_standby ? ANY : PRIMARY;
    for (size_t i = 0; wish != NULL && i < sizeof wishes / sizeof *wishes; i++) {
        if (strcmp(wish, wishes[i].name) == 0 && wishes[i].wanted != ANY) {
            out->wanted = wishes[i].wanted;
        }
    }
    return ESI_OK;
}

static void clear_route(struct route *route) {
    PQconninfoFree(route->options);
    arena_clear(&route->arena);
}

/* How long one host may take. */
static esi_wait host_wait(const struct route *route, const esi_wait *wait, bool last) {
    const int64_t ms = route->host_ms > 0    ? route->host_ms
                       : route->hasty        ? HASTY_MS
                       : route->host_ms == 0 ? LONGEST_MS
                       : last                ? ONLY_HOST_MS
                                             : HOST_MS;
    esi_wait less = wait_for_ms(ms, wait->cancel);
    less.until_ns = less.until_ns < wait->until_ns ? less.until_ns : wait->until_ns;
    return less;
}

/* ---- one host ------------------------------------------------------------------------------ */

static void ignore_notice(void *context, const PGresult *result) {
    (void)context;
    (void)result;
}

/* A list of libpq's keywords and values, ended by NULL. */
struct words {
    const char *keywords[OPTIONS_MAX], *values[OPTIONS_MAX];
    size_t count;
};

/* A word again replaces the value that it had. */
static void put_word(struct words *w, const char *keyword, const char *value) {
    size_t at = 0;
    while (at < w->count && strcmp(w->keywords[at], keyword) != 0) {
        at++;
    }
    if (at < OPTIONS_MAX - 1) {
        w->keywords[at] = keyword;
        w->values[at] = value;
        w->count += at == w->count ? 1 : 0;
    }
}

/* A server that vanished without a word is noticed by the system's TCP. */
static const char *const usual[][2] = {
    {"fallback_application_name", "esihelp"},
    {"keepalives_idle", "30"},
    {"keepalives_interval", "10"},
    {"keepalives_count", "3"},
    {"tcp_user_timeout", "10000"},
};

/* Begins to connect to the n-th host. */
static PGconn *start(struct route *route, int n) {
    struct words w = {.count = 0};
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) {
        put_word(&w, usual[i][0], usual[i][1]);
    }
    for (const PQconninfoOption *o = route->options; o->keyword != NULL; o++) {
        if (o->val != NULL) {
            put_word(&w, o->keyword, o->val);
        }
    }
    const char *host = item(route, route->hosts, n);
    const char *address = item(route, route->addresses, n);
    const char *port = item(route, route->ports, n);
    if (host == NULL || address == NULL || port == NULL) {
        return NULL;
    }
    put_word(&w, "host", host);
    put_word(&w, "hostaddr", address);
    put_word(&w, "port", port);
    /* Whether it is the right server is found out here: libpq would go on to the next address by
     * itself, whatever the time. */
    put_word(&w, "target_session_attrs", "any");
    put_word(&w, "client_encoding", "UTF8");
    return PQconnectStartParams(w.keywords, w.values, 0);
}

/* Goes on until the server has let us in. */
static esi_err shake_hands(struct pg_conn *conn, const esi_wait *slice, esi_error *err) {
    PostgresPollingStatusType state =
        PQstatus(conn->pq) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING;
    while (state != PGRES_POLLING_OK) {
        if (state == PGRES_POLLING_FAILED || PQsocket(conn->pq) < 0) {
            return pg_fail_connect(conn->target, conn->pq, err);
        }
        unsigned ready = 0;
        const esi_err rc = pg_conn_await(
            conn, state == PGRES_POLLING_READING ? OS_READABLE : OS_WRITABLE, slice, &ready, err);
        if (rc == ESI_ETIMEOUT) {
            return pg_fail_away(err, PG_RETRY_AFTER_MS, "the database %s doesn't answer",
                                conn->target->name);
        }
        if (rc != ESI_OK) {
            return rc;
        }
        state = PQconnectPoll(conn->pq);
    }
    return ESI_OK;
}

static bool suits(const struct pg_server *server, bool reads_only, enum wanted wanted) {
    switch (wanted) {
    case WRITABLE:
        return !server->is_standby && !reads_only;
    case READ_ONLY:
        return server->is_standby || reads_only;
    case PRIMARY:
        return !server->is_standby;
    case STANDBY:
    case STANDBY_FIRST:
        return server->is_standby;
    case ANY:
        break;
    }
    return true;
}

static esi_err read_probe(struct pg_conn *conn, struct pg_rows *rows, int64_t now_ms,
                          bool *out_reads_only, esi_error *err) {
    struct pg_server *server = &conn->server;
    server->behind_pooler = rows_int(rows, 0, 0) != PQbackendPID(conn->pq);
    server->version = (int32_t)rows_int(rows, 0, 1);
    server->is_standby = rows_int(rows, 0, 2) != 0;
    server->clock_ms = rows_time(rows, 0, 3) - now_ms;
    server->prepares =
        conn->target->prepare > 0 || (conn->target->prepare == 0 && !server->behind_pooler);
    *out_reads_only = rows_int(rows, 0, 5) != 0;
    if (server->version < OLDEST_SERVER) {
        return esi_fail(err, ESI_EUNSUPPORTED, ORIGIN,
                        "the server of the database %s is PostgreSQL %d: 15 or newer is needed",
                        conn->target->name, (int)(server->version / 10000));
    }
    size_t size;
    const char *encoding = rows_bytes(rows, 0, 4, &size);
    if (!view_eq((struct view){encoding, size}, VIEW("UTF8"))) {
        return esi_fail(err, ESI_EUNSUPPORTED, ORIGIN,
                        "the database %s isn't in UTF8: make another with \"createdb -E UTF8 -T "
                        "template0\"",
                        conn->target->name);
    }
    return ESI_OK;
}

/* Learns what there is to know of the server, and whether it will do. */
static esi_err probe(struct pg_conn *conn, enum wanted wanted, const esi_wait *slice,
                     esi_error *err) {
    struct pg_rows rows = {0};
    const struct pg_step step = {sql_probe, NULL, &rows};
    const int64_t before_ms = clock_now_ms();
    esi_err rc = pg_conn_run(conn, &step, 1, slice, err);
    if (rc != ESI_OK) {
        return rc == ESI_ETIMEOUT
                   ? pg_fail_away(err, PG_RETRY_AFTER_MS, "the database %s doesn't answer",
                                  conn->target->name)
                   : rc;
    }
    bool reads_only = false;
    rc = rows.count == 1 ? read_probe(conn, &rows, before_ms + (clock_now_ms() - before_ms) / 2,
                                      &reads_only, err)
                         : esi_fail(err, ESI_EINTERNAL, ORIGIN, "a server told nothing of itself");
    rows_clear(&rows);
    if (rc == ESI_OK && !suits(&conn->server, reads_only, wanted)) {
        rc = pg_fail_away(err, PG_RETRY_AFTER_MS,
                          conn->server.is_standby
                              ? "the database %s is on a standby: it can't be written"
                              : "the database %s isn't on a server of the kind that is wanted",
                          conn->target->name);
    }
    return rc;
}

static esi_err make(const struct pg_target *target, struct pg_conn **out, esi_error *err) {
    struct pg_conn *conn = calloc(1, sizeof *conn);
    if (conn == NULL) {
        return fail_memory(err, ORIGIN);
    }
    esi_err rc = os_random(&conn->salt, sizeof conn->salt, err);
    if (rc == ESI_OK) {
        rc = os_waker_init(&conn->waker, err);
    }
    if (rc != ESI_OK) {
        free(conn);
        return rc;
    }
    conn->target = target;
    *out = conn;
    return ESI_OK;
}

/* One host, of that kind. */
static esi_err reach(const struct pg_target *target, struct route *route, int n,
                     const esi_wait *slice, struct pg_conn **out, esi_error *err) {
    struct pg_conn *conn = NULL;
    esi_err rc = make(target, &conn, err);
    if (rc != ESI_OK) {
        return rc;
    }
    conn->pq = start(route, n);
    if (conn->pq == NULL) {
        rc = fail_memory(err, ORIGIN);
        goto out;
    }
    (void)PQsetErrorVerbosity(conn->pq, PQERRORS_SQLSTATE);
    (void)PQsetNoticeReceiver(conn->pq, ignore_notice, NULL);
    pg_conn_watch(conn, slice);
    rc = shake_hands(conn, slice, err);
    pg_conn_unuse(conn);
    if (rc == ESI_OK && PQsetnonblocking(conn->pq, 1) != 0) {
        rc = pg_fail_send(conn, err);
    }
    if (rc == ESI_OK) {
        rc = probe(conn, route->wanted, slice, err);
    }
out:
    if (rc != ESI_OK) {
        pg_conn_close(conn);
        return rc;
    }
    *out = conn;
    return ESI_OK;
}

/* ---- one of the hosts ---------------------------------------------------------------------- */

/* All hosts in turn, from the one that was reached last. */
static esi_err reach_any(const struct pg_target *target, struct route *route, const esi_wait *wait,
                         struct pg_conn **out, esi_error *err) {
    const int last = target->last != NULL ? atomic_load(target->last) : 0;
    const int first = last >= 0 && last < route->count ? last : 0;
    esi_err rc = ESI_OK;
    for (int i = 0; i < route->count; i++) {
        const int n = (first + i) % route->count;
        const esi_wait slice = host_wait(route, wait, i + 1 == route->count);
        rc = reach(target, route, n, &slice, out, err);
        if (rc == ESI_OK && target->last != NULL) {
            atomic_store(target->last, n);
        }
        if (rc != ESI_EUNAVAILABLE || wait_over(wait)) {
            break; /* another host would answer the same */
        }
    }
    return rc == ESI_EUNAVAILABLE && esi_cancel_fired(wait->cancel) ? fail_wait(err, ORIGIN, wait)
                                                                    : rc;
}

esi_err pg_conn_open(const struct pg_target *target, const esi_wait *wait, struct pg_conn **out,
                     esi_error *err) {
    if (esi_cancel_fired(wait->cancel)) {
        return fail_wait(err, ORIGIN, wait);
    }
    struct route route = {0};
    esi_err rc = read_route(target, &route, err);
    if (rc == ESI_OK) {
        rc = reach_any(target, &route, wait, out, err);
    }
    if (rc == ESI_EUNAVAILABLE && route.wanted == STANDBY_FIRST && !wait_over(wait)) {
        route.wanted = ANY;
        rc = reach_any(target, &route, wait, out, err);
    }
    clear_route(&route);
    return rc;
}
