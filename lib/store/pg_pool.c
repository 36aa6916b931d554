#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/pool.h"
#include "store/pg_conn.h"

#define BACKOFF_FIRST_MS 50
#define BACKOFF_MAX_MS 2000
#define HASTY_BACKOFF_MAX_MS 10000 /* nobody misses it, and each try costs a caller time */
#define COMMIT_MS 5000             /* what a commit has at least, once it was sent */

struct pg_db {
    struct pg_target target;
    atomic_int last_host;
    struct pool *pool;
    struct os_mutex lock; /* guards all below */
    bool was_reached;     /* once, by any connection */
    int failures;         /* to reach it, in a row */
    int64_t not_before_ns;
    int64_t reconnects, retried, refused;
};

static void count(struct pg_db *db, int64_t *counter) {
    os_lock(&db->lock);
    (*counter)++;
    os_unlock(&db->lock);
}

/* ---- backing off --------------------------------------------------------------------------- */

/* Between half of `ms` and all of it: those that failed together don't come back together. */
static int64_t jitter(int64_t ms) {
    uint32_t chance = 0;
    if (os_random(&chance, sizeof chance, NULL) != ESI_OK) {
        return ms;
    }
    return ms / 2 + (int64_t)(chance % (uint32_t)(ms / 2 + 1));
}

static int64_t backoff_ms(const struct pg_db *db, int failures) {
    const int64_t most = db->target.hasty ? HASTY_BACKOFF_MAX_MS : BACKOFF_MAX_MS;
    int64_t ms = BACKOFF_FIRST_MS;
    for (int i = 1; i < failures && ms < most; i++) {
        ms *= 2;
    }
    return jitter(ms < most ? ms : most);
}

/* How long nobody is to try to reach it. */
static int64_t rest_ms(struct pg_db *db) {
    os_lock(&db->lock);
    const int64_t until_ns = db->not_before_ns;
    os_unlock(&db->lock);
    return esi_wait_left_ms(&(esi_wait){until_ns, NULL});
}

static void note_failure(struct pg_db *db, const esi_error *err) {
    os_lock(&db->lock);
    /* Several that failed at a time are one failure. */
    const bool first = db->failures == 0;
    if (esi_clock_ns() >= db->not_before_ns) {
        db->failures++;
        db->not_before_ns = wait_for_ms(backoff_ms(db, db->failures), NULL).until_ns;
    }
    os_unlock(&db->lock);
    if (first) {
        log_warn(&db->target.log, ORIGIN, NULL, "%s", err->message);
    } else {
        log_debug(&db->target.log, ORIGIN, NULL, "%s", err->message);
    }
}

static void note_success(struct pg_db *db, const struct pg_server *server) {
    os_lock(&db->lock);
    const bool back = db->failures > 0;
    db->reconnects += db->was_reached ? 1 : 0;
    db->was_reached = true;
    db->failures = 0;
    db->not_before_ns = 0;
    os_unlock(&db->lock);
    if (back) {
        log_warn(&db->target.log, ORIGIN, NULL, "the database %s can be reached again",
                 db->target.name);
    }
    log_debug(&db->target.log, ORIGIN, NULL, "connected to the database %s: version %d%s%s",
              db->target.name, (int)server->version, server->is_standby ? ", a standby" : "",
              server->behind_pooler ? ", behind a pooler" : "");
}

/* One try. A database that was there and is gone may come back. */
static esi_err try_reach(struct pg_db *db, const esi_wait *wait, struct pg_conn **out,
                         esi_error *err) {
    const esi_err rc = pg_conn_open(&db->target, wait, out, err);
    if (rc == ESI_OK) {
        note_success(db, pg_conn_server(*out));
        return ESI_OK;
    }
    os_lock(&db->lock);
    const bool gone = rc == ESI_ENOTFOUND && db->was_reached;
    os_unlock(&db->lock);
    if (gone) {
        const esi_err away = pg_fail_away(
            err, PG_RETRY_AFTER_MS, "the database %s doesn't exist any more", db->target.name);
        memcpy(err->sqlstate, "3D000", sizeof err->sqlstate);
        note_failure(db, err);
        return away;
    }
    if (rc == ESI_EUNAVAILABLE) {
        note_failure(db, err);
    }
    return rc;
}

/* Is it not to be waited for? One that was never reached may not be there at all, unless it says
 * that it is starting. */
static bool is_hasty(struct pg_db *db, const esi_error *err) {
    os_lock(&db->lock);
    const bool reached = db->was_reached;
    os_unlock(&db->lock);
    return db->target.hasty || (!reached && strcmp(err->sqlstate, "57P03") != 0);
}

/* Tries until the wait is over, but not while everybody rests; err isn't NULL. */
static esi_err reach(struct pg_db *db, const esi_wait *wait, struct pg_conn **out, esi_error *err) {
    bool tried = false;
    for (;;) {
        const int64_t rest = rest_ms(db);
        if (rest > 0 && (is_hasty(db, err) || rest >= esi_wait_left_ms(wait))) {
            if (esi_cancel_fired(wait->cancel)) {
                return fail_wait(err, ORIGIN, wait);
            }
            if (!tried) {
                return pg_fail_away(err, rest, "the database %s can't be reached just now",
                                    db->target.name);
            }
            err->retry_after_ms = (int32_t)rest; /* why it failed stands there already */
            return ESI_EUNAVAILABLE;
        }
        wait_sleep(wait, rest);
        const esi_err rc = try_reach(db, wait, out, err);
        if (rc != ESI_EUNAVAILABLE) {
            return rc;
        }
        tried = true;
        if (is_hasty(db, err) || wait_over(wait)) {
            return esi_cancel_fired(wait->cancel) ? fail_wait(err, ORIGIN, wait) : rc;
        }
    }
}

/* ---- the pool ------------------------------------------------------------------------------ */

static esi_err make(void *context, const esi_wait *wait, void **out, esi_error *err) {
    struct pg_conn *conn = NULL;
    const esi_err rc = reach(context, wait, &conn, err);
    if (rc == ESI_OK) {
        *out = conn;
    }
    return rc;
}

static void destroy(void *context, void *item) {
    (void)context;
    pg_conn_close(item);
}

static bool is_dead(void *context, void *item) {
    (void)context;
    return pg_conn_is_dead(item);
}

static const struct pool_ops ops = {make, destroy};

/* A connection was lost: others will be, too, and needn't be found one by one. */
static void drop_dead(struct pg_db *db) {
    const size_t dropped = pool_drop(db->pool, is_dead);
    log_warn(&db->target.log, ORIGIN, NULL,
             "a connection to the database %s was lost; %zu idle ones with it", db->target.name,
             dropped);
}

static char *copy(const char *text) {
    const size_t size = strlen(text) + 1;
    char *to = malloc(size);
    return to != NULL ? memcpy(to, text, size) : NULL;
}

esi_err pg_db_create(const struct pg_target *target, size_t max, struct pg_db **out,
                     esi_error *err) {
    struct pg_db *db = calloc(1, sizeof *db);
    if (db == NULL) {
        return fail_memory(err, ORIGIN);
    }
    esi_err rc = os_mutex_init(&db->lock, err);
    if (rc != ESI_OK) {
        free(db);
        return rc;
    }
    db->target = *target;
    db->target.url = copy(target->url);
    db->target.name = copy(target->name);
    db->target.last = &db->last_host;
    rc = db->target.url == NULL || db->target.name == NULL
             ? fail_memory(err, ORIGIN)
             : pool_create(&ops, db, max, &db->pool, err);
    if (rc != ESI_OK) {
        pg_db_free(db);
        return rc;
    }
    *out = db;
    return ESI_OK;
}

void pg_db_free(struct pg_db *db) {
    if (db == NULL) {
        return;
    }
    pool_free(db->pool);
    pg_target_clear(&db->target);
    os_mutex_clear(&db->lock);
    free(db);
}

const struct pg_target *pg_db_target(const struct pg_db *db) {
    return &db->target;
}

/* Another connection in the place of one that is of no more use; err isn't NULL. *conn is NULL
 * where there is none. */
static esi_err replace(struct pg_db *db, const esi_wait *wait, struct pg_conn **conn,
                       esi_error *err) {
    pg_conn_close(*conn);
    *conn = NULL;
    drop_dead(db);
    return reach(db, wait, conn, err);
}

/* Leases; err isn't NULL. */
static esi_err lease(struct pg_db *db, const esi_wait *wait, struct pg_conn **out, esi_error *err) {
    void *item = NULL;
    esi_err rc = pool_lease(db->pool, wait, &item, err);
    if (rc != ESI_OK) {
        if (rc == ESI_EUNAVAILABLE) {
            count(db, &db->refused);
        }
        return rc;
    }
    struct pg_conn *conn = item;
    if (pg_conn_is_dead(conn)) {
        rc = replace(db, wait, &conn, err);
        if (rc != ESI_OK) {
            pool_return(db->pool, conn, true);
            return rc;
        }
    }
    *out = conn;
    return ESI_OK;
}

esi_err pg_lease(struct pg_db *db, const esi_wait *wait, struct pg_conn **out, esi_error *err) {
    esi_error own = {0}; /* what was tried in vain isn't told where it came right */
    const esi_err rc = lease(db, wait, out, &own);
    if (rc != ESI_OK && err != NULL) {
        *err = own;
    }
    return rc;
}

void pg_return(struct pg_db *db, struct pg_conn *conn, esi_err result) {
    const bool lost = result != ESI_OK && pg_conn_is_dead(conn);
    pool_return(db->pool, conn, lost || pg_conn_in_transaction(conn));
    if (lost && result == ESI_EUNAVAILABLE) {
        drop_dead(db);
    }
}

/* ---- visits -------------------------------------------------------------------------------- */

/* May the visit be run again after that? The connection may have to be another. */
static bool may_run_again(const struct pg_conn *conn, enum pg_again again, esi_err rc,
                          const esi_error *err) {
    if (rc == ESI_ECONFLICT && strncmp(err->sqlstate, "40", 2) == 0) {
        return true; /* the server undid it all */
    }
    return rc == ESI_EUNAVAILABLE && conn->broken && again != PG_ONCE;
}

/* A visit that is run until it is done, or can't be. */
struct work {
    struct pg_db *db;
    enum pg_again again;
    const struct pg_step *steps;
    size_t count;
    esi_wait wait;        /* of its runs */
    struct pg_conn *conn; /* NULL: it was lost, and no other was to be had */
    bool unsure;          /* a run was lost that may have been done */
};

static esi_err run(struct work *w, esi_error *err) {
    for (int runs = 1;; runs++) {
        esi_err rc = pg_conn_run(w->conn, w->steps, w->count, &w->wait, err);
        w->unsure = w->unsure || (rc != ESI_OK && w->conn->broken);
        if (rc == ESI_OK || !may_run_again(w->conn, w->again, rc, err) || wait_over(&w->wait)) {
            return rc;
        }
        count(w->db, &w->db->retried);
        if (runs > 1 || rc == ESI_ECONFLICT) { /* the first loss may be an old connection's */
            wait_sleep(&w->wait, backoff_ms(w->db, runs));
        }
        if (pg_conn_is_dead(w->conn)) {
            rc = replace(w->db, &w->wait, &w->conn, err);
            if (rc != ESI_OK) {
                return rc;
            }
        }
    }
}

/* How long the runs may go on. What has begun to be written is brought to its end: a turn that was
 * answered isn't half recorded. */
static esi_wait patience(const struct work *w, const esi_wait *wait) {
    esi_wait own = *wait;
    if (w->again == PG_COMMIT) {
        own = wait_for_ms(COMMIT_MS, NULL);
        own.until_ns = own.until_ns > wait->until_ns ? own.until_ns : wait->until_ns;
    }
    return own;
}

/* Where there is another to ask, it gets half of the time. */
static esi_wait leave_time(const struct pg_db *db, const esi_wait *wait) {
    return db->target.hasty ? wait_less(wait, esi_wait_left_ms(wait) / 2) : *wait;
}

static esi_err visit(struct work *w, const esi_wait *wait, esi_error *err) {
    const esi_wait own = leave_time(w->db, wait);
    esi_err rc = lease(w->db, &own, &w->conn, err);
    if (rc != ESI_OK) {
        return rc;
    }
    w->wait = patience(w, &own);
    rc = wait_over(&own) ? fail_wait(err, ORIGIN, &own) : run(w, err);
    if (w->again == PG_COMMIT && rc == ESI_ETIMEOUT && w->unsure) {
        rc = pg_fail_away(err, PG_RETRY_AFTER_MS,
                          "the database %s didn't tell whether it was written", w->db->target.name);
    }
    if (w->conn == NULL) {
        pool_return(w->db->pool, NULL, true);
    } else {
        pg_return(w->db, w->conn, rc);
    }
    return rc;
}

esi_err pg_visit(struct pg_db *db, enum pg_again again, const struct pg_step *steps,
                 size_t steps_count, const esi_wait *wait, esi_error *err) {
    struct work w = {.db = db, .again = again, .steps = steps, .count = steps_count};
    esi_error own = {0};
    const esi_err rc = visit(&w, wait, &own);
    if (rc != ESI_OK && err != NULL) {
        *err = own;
    }
    return rc;
}

struct pg_pool_state pg_db_state(struct pg_db *db) {
    const struct pool_counts counts = pool_counts(db->pool);
    os_lock(&db->lock);
    const struct pg_pool_state state = {counts.max,     counts.made, counts.idle, counts.waiting,
                                        db->reconnects, db->retried, db->refused};
    os_unlock(&db->lock);
    return state;
}
