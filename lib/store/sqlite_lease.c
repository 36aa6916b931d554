#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "store/sqlite_parts.h"

#define BATCH_MAX 64  /* pieces of work that one transaction takes */
#define READERS_MIN 2 /* connections that read at a time, by CPUs */
#define READERS_MAX 8

static const char sql_begin_write[] = "BEGIN IMMEDIATE";
static const char sql_begin_read[] = "BEGIN";
static const char sql_commit[] = "COMMIT";
static const char sql_rollback[] = "ROLLBACK";
static const char sql_savepoint[] = "SAVEPOINT piece";
static const char sql_release[] = "RELEASE piece";
static const char sql_rollback_piece[] = "ROLLBACK TO piece";

static esi_err run(struct conn *conn, const char *sql, esi_error *err) {
    struct query q = query_of(conn, sql);
    return query_run(&q, err);
}

/* Makes ready what ends a transaction, so that no lack of memory can leave one open. */
static esi_err make_ready(struct conn *conn, esi_error *err) {
    static const char *const sql[] = {sql_begin_write,   sql_begin_read, sql_commit,
                                      sql_rollback,      sql_savepoint,  sql_release,
                                      sql_rollback_piece};
    for (size_t i = 0; i < sizeof sql / sizeof *sql; i++) {
        struct query q = query_of(conn, sql[i]);
        const esi_err rc = query_ok(&q, err);
        query_end(&q);
        if (rc != ESI_OK) {
            return rc;
        }
    }
    return ESI_OK;
}

esi_err conn_begin_write(struct conn *conn, esi_error *err) {
    conn_rollback(conn); /* one that could not be ended before */
    return run(conn, sql_begin_write, err);
}

esi_err conn_commit(struct conn *conn, esi_error *err) {
    return run(conn, sql_commit, err);
}

void conn_rollback(struct conn *conn) {
    /* SQLite undoes a transaction by itself after some errors, and always when ROLLBACK runs. */
    if (conn_in_transaction(conn) && run(conn, sql_rollback, NULL) != ESI_OK) {
        /* Behind a change of the schema it may lack the memory to run; then closing the connection
         * ends it, or the next conn_begin_write. */
    }
}

/* ---- one transaction for many ------------------------------------------------------------ */

/* Runs one piece so that its failure takes back nothing but itself. Where it can't (SQLite undid
 * the whole transaction), conn_in_transaction tells. */
static esi_err run_piece(struct conn *conn, struct write_job *job) {
    esi_err rc = run(conn, sql_savepoint, job->err);
    if (rc != ESI_OK) {
        return rc;
    }
    rc = job->run(conn, job->context, job->err);
    if (!conn_in_transaction(conn)) {
        return rc;
    }
    if (rc != ESI_OK && run(conn, sql_rollback_piece, NULL) != ESI_OK) {
        conn_rollback(conn);
        return rc;
    }
    const esi_err released = run(conn, sql_release, rc == ESI_OK ? job->err : NULL);
    if (released != ESI_OK) {
        conn_rollback(conn);
    }
    return rc != ESI_OK ? rc : released;
}

/* A transaction for one piece alone: after a common one was lost through another's fault. */
static void run_alone(struct conn *conn, struct write_job *job) {
    conn->wait = job->wait;
    job->result = conn_begin_write(conn, job->err);
    conn->wait = NULL;
    if (job->result == ESI_OK) {
        job->result = run_piece(conn, job);
    }
    if (job->result == ESI_OK) {
        job->result = conn_commit(conn, job->err);
    }
    conn_rollback(conn);
}

/* The next piece that may join the transaction: not one that must outlive a power cut where the
 * transaction needn't, nor one that wants the connection for itself. */
static struct write_job *take_next(struct writer *w, bool lasting) {
    os_lock(&w->lock);
    struct write_job *job = w->first;
    if (job != NULL && job->run != NULL && (lasting || !job->lasting)) {
        w->first = job->next;
        if (w->first == NULL) {
            w->last = NULL;
        }
        job->next = NULL;
        job->state = WRITE_TAKEN;
    } else {
        job = NULL;
    }
    os_unlock(&w->lock);
    return job;
}

/* Runs what is waiting, newcomers included, until nobody waits or the transaction is large. */
static struct write_job *run_batch(struct writer *w, bool lasting, size_t *count) {
    struct write_job *batch = NULL, **end = &batch;
    struct write_job *job;
    *count = 0;
    while (*count < BATCH_MAX && (job = take_next(w, lasting)) != NULL) {
        *end = job;
        end = &job->next;
        (*count)++;
        job->result = run_piece(w->conn, job);
        if (!conn_in_transaction(w->conn)) {
            break;
        }
    }
    return batch;
}

/* The first piece whose commit failed gets the error; a lone piece has had its chance, others are
 * run once more, each by itself. */
static void commit_batch(struct conn *conn, struct write_job *batch, size_t count) {
    esi_error failed = {0};
    esi_err rc = ESI_OK;
    const bool lost = !conn_in_transaction(conn);
    if (!lost) {
        rc = conn_commit(conn, &failed);
        conn_rollback(conn);
    }
    if (!lost && rc == ESI_OK) {
        return;
    }
    for (struct write_job *job = batch; job != NULL; job = job->next) {
        if (job->result != ESI_OK) {
            continue; /* it failed by itself */
        }
        if (count > 1) {
            run_alone(conn, job);
        } else if (rc != ESI_OK) {
            job->result = rc;
            if (job->err != NULL) {
                *job->err = failed;
            }
        } else {
            job->result =
                esi_fail(job->err, ESI_EINTERNAL, ORIGIN, "a transaction ended before its commit");
        }
    }
}

/* ---- the queue --------------------------------------------------------------------------- */

/* Hands the connection to whoever is first; with w->lock held. */
static void pass_on(struct writer *w) {
    w->led = w->first != NULL;
    if (w->first != NULL) {
        w->first->leads = true;
        os_signal(&w->first->wake);
    }
}

/* With w->lock held. */
static void unlink_job(struct writer *w, struct write_job *job) {
    struct write_job *before = NULL;
    for (struct write_job *j = w->first; j != job; j = j->next) {
        before = j;
    }
    if (before != NULL) {
        before->next = job->next;
    } else {
        w->first = job->next;
    }
    if (w->last == job) {
        w->last = before;
    }
}

static void finish_batch(struct writer *w, struct write_job *batch) {
    os_lock(&w->lock);
    while (batch != NULL) {
        struct write_job *job = batch;
        batch = job->next;
        job->state = WRITE_DONE;
        os_signal(&job->wake);
    }
    pass_on(w);
    os_unlock(&w->lock);
}

/* Gives up a place in the queue, and the connection where it came with it; with w->lock held. */
static void withdraw(struct writer *w, struct write_job *job) {
    unlink_job(w, job);
    if (job->leads) {
        pass_on(w);
    }
}

static void leave(struct writer *w, struct write_job *job) {
    os_lock(&w->lock);
    withdraw(w, job);
    os_unlock(&w->lock);
}

static void wake_job(void *context) {
    struct write_job *job = context;
    os_lock(&job->writer->lock);
    os_signal(&job->wake);
    os_unlock(&job->writer->lock);
}

/* Queues up and waits until the job leads or is done; after success job->wake is to be cleared. A
 * wait that ends counts only as long as the work hasn't begun. */
static esi_err queue_up(struct writer *w, struct write_job *job) {
    esi_err rc = os_cond_init(&job->wake, job->err);
    if (rc != ESI_OK) {
        return rc;
    }
    job->writer = w;
    job->state = WRITE_QUEUED;
    struct cancel_watch watch = {.wake = wake_job, .context = job};
    cancel_watch(job->wait->cancel, &watch);
    os_lock(&w->lock);
    if (w->last != NULL) {
        w->last->next = job;
    } else {
        w->first = job;
    }
    w->last = job;
    if (!w->led) {
        w->led = true;
        job->leads = true;
    }
    while (job->state == WRITE_QUEUED && !job->leads && !wait_over(job->wait)) {
        os_cond_wait(&job->wake, &w->lock, job->wait->until_ns);
    }
    while (job->state == WRITE_TAKEN) {
        os_cond_wait(&job->wake, &w->lock, INT64_MAX);
    }
    const bool gives_up = job->state == WRITE_QUEUED && wait_over(job->wait);
    if (gives_up) {
        withdraw(w, job);
    }
    os_unlock(&w->lock);
    cancel_unwatch(job->wait->cancel, &watch);
    if (gives_up) {
        os_cond_clear(&job->wake);
        rc = fail_wait(job->err, ORIGIN, job->wait);
    }
    return rc;
}

/* Leads: takes the file from other processes, runs what waits, tells everybody. */
static void lead(struct writer *w, struct write_job *job) {
    struct conn *conn = w->conn;
    conn->wait = job->wait;
    esi_err rc = conn_sync(conn, job->lasting, job->err);
    if (rc == ESI_OK) {
        rc = conn_begin_write(conn, job->err);
    }
    conn->wait = NULL;
    if (rc != ESI_OK) {
        conn_rollback(conn);
        leave(w, job);
        job->result = rc;
        return;
    }
    size_t count;
    struct write_job *batch = run_batch(w, job->lasting, &count);
    commit_batch(conn, batch, count);
    finish_batch(w, batch);
}

esi_err store_write(esi_store *store, bool lasting, write_fn run_fn, void *context,
                    const esi_wait *wait, esi_error *err) {
    if (store->read_only) {
        return esi_fail(err, ESI_EREADONLY, ORIGIN,
                        "%s was opened for reading only: open it without read_only", store->path);
    }
    struct write_job job = {
        .run = run_fn, .context = context, .lasting = lasting, .wait = wait, .err = err};
    esi_err rc = queue_up(&store->writer, &job);
    if (rc == ESI_OK) {
        if (job.state == WRITE_QUEUED) {
            lead(&store->writer, &job);
        }
        os_cond_clear(&job.wake);
        rc = job.result;
    }
    return rc;
}

/* ---- reading ----------------------------------------------------------------------------- */

static esi_err make_reader(void *context, const esi_wait *wait, void **out, esi_error *err) {
    const esi_store *store = context;
    struct conn *conn = NULL;
    esi_err rc = conn_open(store->path, store->reading, wait, &conn, err);
    if (rc == ESI_OK) {
        rc = make_ready(conn, err);
    }
    if (rc != ESI_OK) {
        conn_close(conn);
        return rc;
    }
    *out = conn;
    return ESI_OK;
}

static void destroy_reader(void *context, void *item) {
    (void)context;
    conn_close(item);
}

static const struct pool_ops reader_ops = {make_reader, destroy_reader};

/* In memory there is one connection: its readers queue up with the writers. */
static esi_err lease_only(struct reading *r, const esi_wait *wait, esi_error *err) {
    r->job = (struct write_job){.wait = wait, .err = err};
    const esi_err rc = queue_up(&r->store->writer, &r->job);
    if (rc == ESI_OK) {
        r->conn = r->store->writer.conn;
    }
    return rc;
}

static void give_back(struct reading *r, bool broken) {
    r->conn->interruptible = false;
    r->conn->wait = NULL;
    if (r->store->readers != NULL) {
        pool_return(r->store->readers, r->conn, broken);
    } else {
        leave(&r->store->writer, &r->job);
        os_cond_clear(&r->job.wake);
    }
}

esi_err reading_begin(esi_store *store, const esi_wait *wait, struct reading *r, esi_error *err) {
    *r = (struct reading){.store = store};
    esi_err rc;
    if (store->readers != NULL) {
        void *item = NULL;
        rc = pool_lease(store->readers, wait, &item, err);
        r->conn = item;
    } else {
        rc = lease_only(r, wait, err);
    }
    if (rc != ESI_OK) {
        return rc;
    }
    r->conn->wait = wait;
    r->conn->interruptible = true;
    rc = run(r->conn, sql_begin_read, err);
    if (rc != ESI_OK) {
        give_back(r, true);
    }
    return rc;
}

void reading_end(struct reading *r, esi_err result) {
    r->conn->interruptible = false;
    conn_rollback(r->conn);
    give_back(r, conn_in_transaction(r->conn) || result == ESI_EIO || result == ESI_ECORRUPT ||
                     result == ESI_EINTERNAL);
}

/* ---- open and close ---------------------------------------------------------------------- */

esi_err lease_open(esi_store *store, struct conn *writer, esi_error *err) {
    esi_err rc = make_ready(writer, err);
    if (rc == ESI_OK) {
        rc = os_mutex_init(&store->writer.lock, err);
    }
    if (rc != ESI_OK) {
        return rc;
    }
    if (!store->in_memory) {
        const size_t cpus = os_cpu_count();
        const size_t max = cpus < READERS_MIN   ? READERS_MIN
                           : cpus > READERS_MAX ? READERS_MAX
                                                : cpus;
        rc = pool_create(&reader_ops, store, max, &store->readers, err);
    }
    if (rc != ESI_OK) {
        os_mutex_clear(&store->writer.lock);
        return rc;
    }
    store->writer.conn = writer;
    store->writer_ready = true;
    return ESI_OK;
}

void lease_close(esi_store *store) {
    if (store->writer_ready) {
        if (store->readers != NULL) {
            pool_free(store->readers);
        }
        conn_close(store->writer.conn);
        os_mutex_clear(&store->writer.lock);
    }
}
