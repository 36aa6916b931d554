/* sqlite_parts.h: what the files of the embedded store share, sqlite3.h included.
 *
 *   sqlite.c          the slots: open, close, probe
 *   sqlite_conn.c     a connection, its pragmas and statements, what its errors mean
 *   sqlite_lease.c    who may use which connection when; transactions; group commit
 *   sqlite_schema.c   whose file it is, and the steps of its schema
 *   sqlite_case.c     sessions and claims
 *   sqlite_turn.c     what a turn leaves
 *   sqlite_ticket.c   tickets that open and join
 *   sqlite_change.c   tickets that change
 *   sqlite_find.c     tickets that are read and listed
 *   sqlite_kb.c       documents that are read; sqlite_kb_put.c: put and removed
 *   sqlite_space.c    embedding spaces; sqlite_vectors.c: vectors by what they were made of
 *   sqlite_purge.c    what is old; sqlite_erase.c: what is of one person
 *   sqlite_metrics.c, sqlite_outbox.c, sqlite_check.c, sqlite_copy.c */
#ifndef ESIHELP_STORE_SQLITE_PARTS_H
#define ESIHELP_STORE_SQLITE_PARTS_H

#include <sqlite3.h>

#include <esihelp/sys/store.h>

#include "base/arena.h"
#include "base/cancel.h"
#include "base/os.h"
#include "base/pool.h"
#include "store/facts.h"

#define ORIGIN "store/sqlite"

/* ---- a connection (sqlite_conn.c): one thread at a time ---------------------------------- */

#define CONN_STATEMENTS 256 /* slots of the statement cache; a power of two, seldom half full */

struct conn {
    sqlite3 *db;
    const char *path;     /* for messages; the store's */
    const esi_wait *wait; /* how long it waits for other processes; NULL: not at all */
    bool interruptible;   /* a statement is given up when the wait is over */
    bool syncs;           /* a commit returns when it is on the disk */
    struct {
        const char *sql;
        sqlite3_stmt *stmt;
    } cache[CONN_STATEMENTS];
};

enum conn_mode {
    CONN_STILL, /* reads a file that nobody can write */
    CONN_READ,  /* reads a file that others may write */
    CONN_WRITE, /* reads and writes a file that exists */
    CONN_CREATE /* makes the file where it doesn't exist */
};

/* Errors: ESI_EIO, ESI_EREADONLY, ESI_ECORRUPT, ESI_EUNAVAILABLE, ESI_ENOMEM. path is kept. */
esi_err conn_open(const char *path, enum conn_mode mode, const esi_wait *wait, struct conn **out,
                  esi_error *err) ESI_MUST_CHECK;
void conn_close(struct conn *conn);
/* Turns the write-ahead log on; the file must be ours. */
esi_err conn_use_log(struct conn *conn, esi_error *err) ESI_MUST_CHECK;
/* Does a commit wait for the disk? Not inside a transaction. */
esi_err conn_sync(struct conn *conn, bool syncs, esi_error *err) ESI_MUST_CHECK;
bool conn_in_transaction(const struct conn *conn);
/* Does the file hold anything? SQLite takes one of a single byte for an empty one. */
bool conn_has_bytes(const struct conn *conn);
/* Runs SQL text that isn't worth keeping: schema steps, pragmas. */
esi_err conn_exec(struct conn *conn, const char *sql, esi_error *err) ESI_MUST_CHECK;
/* The answer to one of SQLite's codes, with what to do about it. */
esi_err conn_fail(struct conn *conn, int code, esi_error *err) ESI_MUST_CHECK;

/* A statement that runs. Parameters are put in order; what goes wrong before is told by query_next
 * or query_run. It must be ended, also after an error; what was put must live until then. */
struct query {
    struct conn *conn;
    sqlite3_stmt *stmt;
    int put;  /* parameters put so far */
    int code; /* SQLite's code of what went wrong first */
};

/* sql: a constant; the statement is kept under its address. */
struct query query_of(struct conn *conn, const char *sql);
void query_put_text(struct query *q, const char *text); /* NULL is stored as NULL */
void query_put_int(struct query *q, int64_t n);
void query_put_double(struct query *q, double d);
void query_put_blob(struct query *q, const void *bytes, size_t size);
void query_put_null(struct query *q);
/* Goes to the next row; *row says whether there is one. */
esi_err query_next(struct query *q, bool *row, esi_error *err) ESI_MUST_CHECK;
/* Runs a statement that gives no rows, and ends it. */
esi_err query_run(struct query *q, esi_error *err) ESI_MUST_CHECK;
/* What went wrong while the row's columns were read; otherwise query_next tells it. */
esi_err query_ok(const struct query *q, esi_error *err) ESI_MUST_CHECK;
void query_end(struct query *q);
/* Columns, from 0. A text is a copy in the arena, NULL for NULL. */
const char *query_text(struct query *q, int column, esi_arena *arena);
int64_t query_int(struct query *q, int column);
double query_double(struct query *q, int column);
bool query_null(struct query *q, int column);
const void *query_blob(struct query *q, int column, size_t *size); /* until the next row */
void query_hash(struct query *q, int column, uint8_t out[32]);
/* Rows that the last statement changed. */
int64_t conn_changes(const struct conn *conn);
int64_t conn_last_number(const struct conn *conn);

/* ---- who may use which connection (sqlite_lease.c) --------------------------------------- */

/* Work inside a transaction. It may be run by another thread than its caller's, and run again after
 * its transaction was undone: it begins by setting its results anew. */
typedef esi_err (*write_fn)(struct conn *conn, void *context, esi_error *err);

enum write_state { WRITE_QUEUED, WRITE_TAKEN, WRITE_DONE };

/* A place in the queue for the writing connection; it stands on its caller's stack. */
struct write_job {
    write_fn run; /* NULL: the connection is wanted for oneself */
    void *context;
    bool lasting; /* must outlive a power cut */
    const esi_wait *wait;
    esi_error *err;
    esi_err result;
    enum write_state state;
    bool leads; /* the connection is its caller's */
    struct os_cond wake;
    struct writer *writer;
    struct write_job *next;
};

struct writer {
    struct conn *conn;
    struct os_mutex lock; /* of the queue, never held while SQL runs */
    struct write_job *first, *last;
    bool led; /* some job in the queue leads */
};

struct esi_store {
    char *path;
    bool read_only;
    enum conn_mode reading; /* how its readers open the file */
    bool in_memory;         /* one connection for everything */
    esi_logger log;
    struct writer writer;
    struct pool *readers; /* NULL in memory */
    bool writer_ready;
};

/* Runs work in a transaction, with other calls' work where that is waiting. ESI_EREADONLY on a
 * store that was opened so. lasting false: a power cut (not a kill) may undo it. */
esi_err store_write(esi_store *store, bool lasting, write_fn run, void *context,
                    const esi_wait *wait, esi_error *err) ESI_MUST_CHECK;

/* A connection to read one consistent state from. */
struct reading {
    esi_store *store;
    struct conn *conn;
    struct write_job job; /* in memory: its place at the one connection */
};

esi_err reading_begin(esi_store *store, const esi_wait *wait, struct reading *r,
                      esi_error *err) ESI_MUST_CHECK;
/* result: what the reading came to; a connection that failed is not used again. */
void reading_end(struct reading *r, esi_err result);

esi_err lease_open(esi_store *store, struct conn *writer, esi_error *err) ESI_MUST_CHECK;
void lease_close(esi_store *store);

/* BEGIN IMMEDIATE, waiting for other processes; and its end. Undoing can't fail. */
esi_err conn_begin_write(struct conn *conn, esi_error *err) ESI_MUST_CHECK;
esi_err conn_commit(struct conn *conn, esi_error *err) ESI_MUST_CHECK;
void conn_rollback(struct conn *conn);

/* ---- schema (sqlite_schema.c) ------------------------------------------------------------ */

/* Is it ours (or new)? Touches nothing. Errors: ESI_ECORRUPT. */
esi_err schema_identify(struct conn *conn, bool *out_new, esi_error *err) ESI_MUST_CHECK;
/* Fits it to this release. `may`: missing steps are applied; else ESI_EUNAVAILABLE. */
esi_err schema_fit(struct conn *conn, bool may, esi_error *err) ESI_MUST_CHECK;
/* Its version, and what this release has. */
esi_err schema_version(struct conn *conn, int32_t *out_has, int32_t *out_knows,
                       esi_error *err) ESI_MUST_CHECK;

/* ---- claims (sqlite_case.c) -------------------------------------------------------------- */

#define CLAIM_KEEP_MS (48 * INT64_C(3600000)) /* how long a reply is remembered */

struct claim_state {
    esi_claim_state state;
    const char *reply; /* with ESI_CLAIM_DONE, in the arena */
    const char *ticket_id;
    int64_t ticket_number;
};

/* Looks at a claim and takes it where it is free. Without a request id it is always new. */
esi_err claim_take(struct conn *conn, const esi_claim *claim, int64_t now_ms, esi_arena *arena,
                   struct claim_state *out, esi_error *err) ESI_MUST_CHECK;
/* Stores what a claim came to. ESI_ECONFLICT where another call has it or did it meanwhile. */
esi_err claim_complete(struct conn *conn, const esi_claim *claim, const struct claim_state *result,
                       int64_t now_ms, esi_error *err) ESI_MUST_CHECK;

/* Sees that the session exists and is this person's, and makes it where it doesn't exist. Errors:
 * ESI_ENOTFOUND (another's). */
esi_err session_ensure(struct conn *conn, const char *id, const char *user_id,
                       const char *user_role, const char *module, int64_t now_ms,
                       esi_error *err) ESI_MUST_CHECK;

/* ---- tickets (sqlite_ticket.c and its neighbours) ---------------------------------------- */

/* Opens a ticket, or joins one. `out`'s strings are in the arena, which is scratch as well. */
esi_err ticket_open(struct conn *conn, const esi_store_new_ticket *wanted, esi_arena *arena,
                    esi_store_ticket *out, bool *out_joined, esi_error *err) ESI_MUST_CHECK;
/* Adds a person's remark to a ticket of that session; one that is gone is passed over. */
esi_err ticket_remark(struct conn *conn, const esi_store_turn *turn, esi_arena *arena,
                      esi_error *err) ESI_MUST_CHECK;
/* Reads one ticket by number; without its conversation. Errors: ESI_ENOTFOUND. */
esi_err ticket_read(struct conn *conn, int64_t number, esi_arena *arena, esi_store_ticket *out,
                    esi_error *err) ESI_MUST_CHECK;
/* The number of the ticket with that id; 0 for none. */
esi_err ticket_number(struct conn *conn, const char *id, int64_t *out,
                      esi_error *err) ESI_MUST_CHECK;
/* Something that happened to a ticket. */
struct happening {
    const char *kind;      /* as ticket_events.kind */
    const char *announced; /* as outbox.kind */
    const char *actor;
    const char *comment;
    const char *body; /* JSON; NULL */
    int64_t at_ms;
};
/* Adds it to the history and to the outbox; `t` is the ticket as it is now. */
esi_err ticket_tell(struct conn *conn, const struct happening *h, const esi_store_ticket *t,
                    esi_error *err) ESI_MUST_CHECK;
/* An SQL function: has_words(words, summary, description). */
void ticket_has_words(sqlite3_context *context, int count, sqlite3_value **values);

/* ---- the knowledge base (sqlite_kb.c) ---------------------------------------------------- */

/* A collection's version and space; 0 and none where there is no such collection. */
esi_err collection_read(struct conn *conn, const char *name, esi_arena *arena, int64_t *version,
                        esi_store_space *space, esi_error *err) ESI_MUST_CHECK;

/* Makes it where it doesn't exist (sqlite_space.c); sets its version; gives it a space. */
esi_err collection_make(struct conn *conn, const char *name, esi_error *err) ESI_MUST_CHECK;
esi_err collection_touch(struct conn *conn, const char *name, int64_t version,
                         esi_error *err) ESI_MUST_CHECK;
esi_err space_take(struct conn *conn, const char *collection, const esi_store_space *space,
                   esi_error *err) ESI_MUST_CHECK;

/* ---- outbox (sqlite_outbox.c) ------------------------------------------------------------ */

esi_err outbox_put(struct conn *conn, const char *kind, const char *subject, const char *body,
                   int64_t now_ms, esi_error *err) ESI_MUST_CHECK;

/* ---- the slots, by file ------------------------------------------------------------------ */

esi_err sqlite_session_load(esi_store *store, const esi_session_query *query, const esi_wait *wait,
                            esi_arena *arena, esi_session_view *out, esi_error *err) ESI_MUST_CHECK;
esi_err sqlite_claim_release(esi_store *store, const esi_claim *claim, const esi_wait *wait,
                             esi_error *err) ESI_MUST_CHECK;
esi_err sqlite_turn_commit(esi_store *store, const esi_store_turn *turn, const esi_wait *wait,
                           esi_arena *arena, esi_store_turn_result *out,
                           esi_error *err) ESI_MUST_CHECK;
esi_err sqlite_kb_fetch(esi_store *store, const char *collection, const char *const *section_ids,
                        size_t count, const esi_wait *wait, esi_arena *arena,
                        const esi_store_passage **out, size_t *out_count,
                        esi_error *err) ESI_MUST_CHECK;
esi_err sqlite_kb_entries(esi_store *store, const char *collection, const char *scope,
                          const esi_wait *wait, esi_arena *arena, const esi_store_entry **out,
                          size_t *out_count, esi_error *err) ESI_MUST_CHECK;
esi_err sqlite_kb_upsert(esi_store *store, const char *collection, const esi_store_space *space,
                         const esi_store_document *document, int64_t now_ms, const esi_wait *wait,
                         esi_error *err) ESI_MUST_CHECK;
esi_err sqlite_kb_remove(esi_store *store, const char *collection, const char *const *ids,
                         size_t count, int64_t now_ms, const esi_wait *wait, size_t *out_removed,
                         esi_error *err) ESI_MUST_CHECK;
esi_err sqlite_kb_version(esi_store *store, const char *collection, const esi_wait *wait,
                          esi_arena *arena, int64_t *out_version, esi_store_space *out_space,
                          esi_error *err) ESI_MUST_CHECK;
esi_err sqlite_kb_changes(esi_store *store, const char *collection, int64_t since,
                          const esi_wait *wait, esi_store_visit_fn visit, void *context,
                          int64_t *out_version, esi_error *err) ESI_MUST_CHECK;
esi_err sqlite_kb_respace(esi_store *store, const char *collection, int64_t version,
                          const esi_store_space *space, const esi_store_vector *vectors,
                          size_t count, const esi_wait *wait, esi_error *err) ESI_MUST_CHECK;
esi_err sqlite_ticket_create(esi_store *store, const esi_store_new_ticket *ticket,
                             const esi_claim *claim, const esi_wait *wait, esi_arena *arena,
                             esi_store_ticket *out, esi_error *err) ESI_MUST_CHECK;
esi_err sqlite_ticket_get(esi_store *store, const esi_store_ticket_query *query,
                          const esi_wait *wait, esi_arena *arena, esi_store_ticket *out,
                          esi_error *err) ESI_MUST_CHECK;
esi_err sqlite_ticket_list(esi_store *store, const esi_store_ticket_query *query,
                           const esi_wait *wait, esi_arena *arena, const esi_store_ticket **out,
                           size_t *out_count, esi_error *err) ESI_MUST_CHECK;
esi_err sqlite_ticket_change(esi_store *store, const esi_store_ticket_change *change,
                             const esi_wait *wait, esi_arena *arena, esi_store_ticket *out,
                             esi_error *err) ESI_MUST_CHECK;
esi_err sqlite_usage(esi_store *store, int64_t since_ms, const esi_wait *wait, int64_t *out_tokens,
                     int64_t *out_cost, esi_error *err) ESI_MUST_CHECK;
esi_err sqlite_metrics(esi_store *store, int64_t from_ms, int64_t to_ms, const esi_wait *wait,
                       esi_arena *arena, esi_store_metrics *out, esi_error *err) ESI_MUST_CHECK;
esi_err sqlite_outbox_take(esi_store *store, int32_t limit, int64_t lease_ms, int64_t now_ms,
                           const esi_wait *wait, esi_arena *arena,
                           const esi_store_outbox_event **out, size_t *out_count,
                           esi_error *err) ESI_MUST_CHECK;
esi_err sqlite_outbox_ack(esi_store *store, const char *const *ids, size_t count,
                          const esi_wait *wait, esi_error *err) ESI_MUST_CHECK;
esi_err sqlite_check(esi_store *store, const esi_wait *wait, esi_arena *arena,
                     const esi_store_finding **out, size_t *out_count,
                     esi_error *err) ESI_MUST_CHECK;
esi_err sqlite_purge(esi_store *store, const esi_store_purge *purge, const esi_wait *wait,
                     esi_arena *arena, const esi_store_count **out, size_t *out_count,
                     bool *out_more, esi_error *err) ESI_MUST_CHECK;
esi_err sqlite_erase(esi_store *store, const char *user_id, const esi_wait *wait, esi_arena *arena,
                     const esi_store_count **out, size_t *out_count, esi_error *err) ESI_MUST_CHECK;
esi_err sqlite_space_begin(esi_store *store, const char *collection, const esi_store_space *space,
                           const esi_wait *wait, int64_t *out_missing,
                           esi_error *err) ESI_MUST_CHECK;
esi_err sqlite_space_missing(esi_store *store, const char *collection,
                             const esi_store_missing_query *query, const esi_wait *wait,
                             esi_arena *arena, const esi_store_passage **out, size_t *out_count,
                             esi_error *err) ESI_MUST_CHECK;
esi_err sqlite_space_put(esi_store *store, const char *collection, const esi_store_space *space,
                         const esi_store_vector *vectors, size_t count, const esi_wait *wait,
                         esi_error *err) ESI_MUST_CHECK;
esi_err sqlite_space_swap(esi_store *store, const char *collection, const esi_store_space *space,
                          const esi_wait *wait, esi_error *err) ESI_MUST_CHECK;
esi_err sqlite_space_drop(esi_store *store, const char *collection, const esi_wait *wait,
                          size_t *out_dropped, esi_error *err) ESI_MUST_CHECK;
esi_err sqlite_vectors_find(esi_store *store, const esi_store_space *space,
                            const uint8_t (*hashes)[32], size_t count, int64_t now_ms,
                            const esi_wait *wait, esi_arena *arena, const float **out,
                            esi_error *err) ESI_MUST_CHECK;
esi_err sqlite_vectors_keep(esi_store *store, const esi_store_space *space,
                            const uint8_t (*hashes)[32], const float *const *vectors, size_t count,
                            int64_t now_ms, const esi_wait *wait, esi_error *err) ESI_MUST_CHECK;
esi_err sqlite_space_lease(esi_store *store, const char *collection, const char *who,
                           int64_t now_ms, int64_t lease_ms, const esi_wait *wait, bool *out_taken,
                           esi_error *err) ESI_MUST_CHECK;

/* ---- from one store to another (sqlite_copy.c) ------------------------------------------- */

extern const esi_store_copy_ops sqlite_copy;

#endif
