/* pg_parts.h: what the files of the PostgreSQL store share.
 *
 *   pg.c          the slots: open, close, probe
 *   pg_conn.c     one connection: waiting for it, SQL text, COPY; pg_conn.h owns libpq-fe.h
 *   pg_reach.c    a connection made, to one of the hosts; pg_url.c: their URL, as libpq reads it
 *   pg_fail.c     what a server's errors mean
 *   pg_visit.c    steps sent together and answered together, in one round trip
 *   pg_args.c     a statement's arguments, in binary; pg_rows.c: an answer's rows, likewise
 *   pg_pool.c     who may use which connection when; visits that are run again
 *   pg_schema.c   whose database it is, and the steps of its schema
 *   pg_case.c     sessions and claims; pg_turn.c: what a turn leaves
 *   pg_ticket.c, pg_change.c, pg_find.c   tickets
 *   pg_kb.c, pg_kb_put.c, pg_space.c      documents read, put, and their embedding spaces
 *   pg_vectors.c  vectors by what they were made of
 *   pg_words.c    by which words a section is found
 *   pg_search.c   candidates found by the database
 *   pg_metrics.c, pg_outbox.c, pg_purge.c, pg_check.c
 *   pg_migrate.c                          what only an owner may do
 *   pg_copy.c, pg_copy_sql.c              from one store to another */
#ifndef ESIHELP_STORE_PG_PARTS_H
#define ESIHELP_STORE_PG_PARTS_H

#include <stdatomic.h>

#include <esihelp/sys/store.h>

#include "base/arena.h"
#include "base/clock.h"
#include "store/copy_tables.h"

#define ORIGIN "store/postgres"

/* ---- arguments (pg_args.c) ------------------------------------------------------------------- */

#define PG_ARGS_MAX 68

/* The arguments of one statement, in order, in the server's binary form: 2 KB, so that many of them
 * are better in an arena than on a stack. What is put is copied
 * where it isn't a text or a hash; these must live until the visit is over. One statement has the
 * same types each time. What goes wrong is told by the visit. */
struct pg_args {
    esi_arena *arena; /* of arrays and vectors; may be NULL where there are none */
    int count;
    esi_err failed; /* what went wrong first: ESI_ENOMEM, ESI_EINVAL (not a UUID) */
    uint32_t types[PG_ARGS_MAX];
    const char *values[PG_ARGS_MAX];
    int lengths[PG_ARGS_MAX];       /* -1: NULL */
    uint8_t fixed[PG_ARGS_MAX][16]; /* of values without an address */
};

/* NULL is SQL's NULL, where the argument may be NULL. The type that the server sees is named. */
struct pg_args args_of(esi_arena *arena);
void args_text(struct pg_args *args, const char *text);       /* text */
void args_json(struct pg_args *args, const char *text);       /* json */
void args_int(struct pg_args *args, int64_t n);               /* bigint */
void args_bool(struct pg_args *args, bool yes);               /* boolean */
void args_double(struct pg_args *args, double d);             /* double precision */
void args_hash(struct pg_args *args, const uint8_t hash[32]); /* bytea */
void args_uuid(struct pg_args *args, const char *id);         /* uuid */
void args_time(struct pg_args *args, int64_t at_ms);          /* timestamptz; 0 is NULL */
void args_no_int(struct pg_args *args);                       /* bigint, NULL */
void args_no_double(struct pg_args *args);                    /* double precision, NULL */
void args_null(struct pg_args *args);                         /* of whatever type is needed */
/* pgvector's: the server finds the type by where it stands, or by a cast. */
void args_vector(struct pg_args *args, const float *vector, size_t dimensions);
/* Arrays of one dimension; `items` of texts may hold NULL. */
void args_texts(struct pg_args *args, const char *const *items, size_t count); /* text[] */
void args_uuids(struct pg_args *args, const char *const *items, size_t count); /* uuid[] */
void args_ints(struct pg_args *args, const int64_t *items, size_t count);      /* bigint[] */
void args_doubles(struct pg_args *args, const double *items, size_t count); /* double precision[] */
void args_floats(struct pg_args *args, const float *items, size_t count);   /* real[] */
void args_hashes(struct pg_args *args, const uint8_t (*items)[32], size_t count); /* bytea[] */

/* A vector as pgvector takes it: 4 + 4 * dimensions bytes. Gives how many. */
size_t pg_vector_bytes(const float *vector, size_t dimensions, uint8_t *out);

/* Is it a UUID? A ticket that is asked for by something else isn't there. */
bool pg_is_uuid(const char *text);

/* ---- rows (pg_rows.c) ------------------------------------------------------------------------ */

/* A statement's answer. It lives until rows_clear; zeroed it is empty. */
struct pg_rows {
    struct pg_result *result;
    size_t count;
    int64_t changed; /* rows that the statement wrote */
    esi_err failed;  /* what went wrong while columns were read */
};

void rows_clear(struct pg_rows *rows);
bool rows_null(const struct pg_rows *rows, size_t row, int column);
/* A copy in the arena; NULL for NULL, and where memory is used up, which rows_ok tells of. Text,
 * json and uuid alike. */
const char *rows_text(struct pg_rows *rows, size_t row, int column, esi_arena *arena);
/* smallint, integer, bigint, boolean; 0 for NULL. */
int64_t rows_int(const struct pg_rows *rows, size_t row, int column);
double rows_double(const struct pg_rows *rows, size_t row, int column); /* real, double precision */
int64_t rows_time(const struct pg_rows *rows, size_t row, int column);  /* ms; 0 for NULL */
bool rows_hash(const struct pg_rows *rows, size_t row, int column, uint8_t out[32]);
/* A vector or halfvec of that length; false where it has another, or is NULL. */
bool rows_vector(const struct pg_rows *rows, size_t row, int column, float *out, size_t dimensions);
/* The bytes as the server sent them, until rows_clear. */
const void *rows_bytes(const struct pg_rows *rows, size_t row, int column, size_t *out_size);
/* What went wrong while columns were read. */
esi_err rows_ok(const struct pg_rows *rows, esi_error *err) ESI_MUST_CHECK;

/* ---- a connection (pg_conn.c): one thread at a time ------------------------------------------ */

struct pg_conn;

/* How a server is reached. */
struct pg_target {
    char *url;            /* as libpq reads it; several hosts with target_session_attrs */
    char *name;           /* host, port and database, for messages: without a password */
    int32_t prepare;      /* named statements: 0 by a probe, 1 always, -1 never */
    bool may_be_standby;  /* a replica will do */
    bool read_only;       /* every transaction is: what writes is ESI_EREADONLY */
    bool hasty;           /* nobody waits for it to come back: there is another to ask */
    int64_t statement_ms; /* what one statement may take at most, whatever the wait; 0: the wait */
    atomic_int *last;     /* the host that was reached last, which is tried first; NULL: in order */
    esi_logger log;
};

/* A URL as libpq reads it, and a name for messages. Schemes with a driver's name ("+psycopg") and
 * what SQLAlchemy allows in a password are mended. Both are freed by pg_target_clear. Errors:
 * ESI_EINVAL (told without the URL: there is a password in it), ESI_ENOMEM. */
esi_err pg_target_set_url(struct pg_target *target, const char *url, esi_error *err) ESI_MUST_CHECK;
void pg_target_clear(struct pg_target *target);

/* Reaches one of the hosts within the wait: a host that doesn't answer gets two seconds, or the
 * URL's connect_timeout. libpq looks names up in the DNS, for which it can't be hurried. Errors:
 * ESI_EUNAVAILABLE (with retry_after_ms; also where time was up), ESI_ECANCELLED, ESI_EINVAL (the
 * URL), ESI_ENOTFOUND (no such database), ESI_EAUTH, ESI_EUNSUPPORTED (a server before 15, an
 * encoding that isn't UTF8), ESI_ENOMEM. */
esi_err pg_conn_open(const struct pg_target *target, const esi_wait *wait, struct pg_conn **out,
                     esi_error *err) ESI_MUST_CHECK;
void pg_conn_close(struct pg_conn *conn);
/* Did the server go away while it wasn't used? Asks nothing. */
bool pg_conn_is_dead(struct pg_conn *conn);

/* What a connection found out about its server when it was made. */
struct pg_server {
    int32_t version; /* as 150004 */
    bool is_standby;
    bool behind_pooler; /* another process serves it than the one that was greeted */
    bool prepares;      /* statements are prepared under a name */
    int64_t clock_ms;   /* the server's clock less ours */
};
const struct pg_server *pg_conn_server(const struct pg_conn *conn);

/* ---- a visit (pg_visit.c) -------------------------------------------------------------------- */

/* One statement. */
struct pg_step {
    const char *sql;            /* a constant: it is prepared under its address */
    const struct pg_args *args; /* NULL: none */
    struct pg_rows *rows;       /* the answer, to be cleared; NULL: it isn't wanted */
};

/* Sends the steps together, and reads their answers: one round trip, and, outside of BEGIN and
 * COMMIT, one transaction. On failure no rows are left. After ESI_EUNAVAILABLE, ESI_ETIMEOUT and
 * ESI_ECANCELLED the connection is broken: it is only to be closed. The server's errors:
 *   its own functions' (SQLSTATE ES001 and so on, below) with their message;
 *   ESI_EINTERNAL for what no other code fits, always with the SQLSTATE. */
esi_err pg_conn_run(struct pg_conn *conn, const struct pg_step *steps, size_t count,
                    const esi_wait *wait, esi_error *err) ESI_MUST_CHECK;
/* Begins a transaction (sql: "BEGIN", with what is wanted of it), with bounds on what the server
 * does alone: a statement and an idle transaction end with the wait. It ends by
 * pg_conn_exec(conn, "COMMIT", ...), or by giving the connection back. */
esi_err pg_conn_begin(struct pg_conn *conn, const char *sql, const esi_wait *wait,
                      esi_error *err) ESI_MUST_CHECK;
/* SQL text without arguments, several statements in one: schema steps, COMMIT. */
esi_err pg_conn_exec(struct pg_conn *conn, const char *sql, const esi_wait *wait,
                     esi_error *err) ESI_MUST_CHECK;
/* Sends rows in COPY's binary format: `sql` is "COPY ... FROM STDIN (FORMAT binary)"; `next` gives
 * one piece after another, the format's head and tail among them, *out_size 0 at the end. Not
 * together with steps: inside BEGIN. */
esi_err pg_conn_copy(struct pg_conn *conn, const char *sql,
                     esi_err (*next)(void *context, const void **out, size_t *out_size,
                                     esi_error *err),
                     void *context, const esi_wait *wait, esi_error *err) ESI_MUST_CHECK;

/* SQLSTATEs that the functions of schema/pg raise, and what becomes of them. */
#define PG_STATE_CONFLICT "ES001"  /* ESI_ECONFLICT */
#define PG_STATE_NOT_FOUND "ES002" /* ESI_ENOTFOUND */
#define PG_STATE_IN_WORK "ES003"   /* ESI_EINPROGRESS */
#define PG_STATE_MISMATCH "ES004"  /* ESI_EMISMATCH */
#define PG_STATE_SPACE "ES005"     /* ESI_EDIM */
#define PG_STATE_INVALID "ES006"   /* ESI_EINVAL */
#define PG_STATE_TOO_BIG "ES007"   /* ESI_ETOOBIG */

/* ---- databases and their pools (pg_pool.c) --------------------------------------------------- */

struct pg_db;

esi_err pg_db_create(const struct pg_target *target, size_t max, struct pg_db **out,
                     esi_error *err) ESI_MUST_CHECK;
void pg_db_free(struct pg_db *db);
const struct pg_target *pg_db_target(const struct pg_db *db); /* as it was copied */
/* A connection for several visits; to be given back. A server that is away is waited for, unless it
 * was never reached. */
esi_err pg_lease(struct pg_db *db, const esi_wait *wait, struct pg_conn **out,
                 esi_error *err) ESI_MUST_CHECK;
/* result: what its use came to; a connection that broke, or is inside a transaction, is closed. */
void pg_return(struct pg_db *db, struct pg_conn *conn, esi_err result);

/* What a lost connection means for a visit that was under way. */
enum pg_again {
    PG_ONCE,  /* ESI_EUNAVAILABLE */
    PG_AGAIN, /* it is run again on another connection while there is time: it only reads, or finds
                 out by itself that it was done */
    PG_COMMIT /* the same, and once it is sent it isn't stopped by the end of the wait, but goes on
                 for some seconds: ESI_ETIMEOUT and ESI_ECANCELLED mean that nothing was written,
                 ESI_EUNAVAILABLE that it isn't known */
};
/* Leases, runs and gives back: what nearly every slot is. What the server undid because another
 * wrote at the same moment is run again in any case. */
esi_err pg_visit(struct pg_db *db, enum pg_again again, const struct pg_step *steps, size_t count,
                 const esi_wait *wait, esi_error *err) ESI_MUST_CHECK;

struct pg_pool_state {
    size_t max, open, idle, waiting;
    int64_t reconnects, retried, refused; /* since the store was opened */
};
struct pg_pool_state pg_db_state(struct pg_db *db);

/* ---- the store ------------------------------------------------------------------------------- */

struct esi_store {
    struct pg_db *cases;   /* sessions, tickets, and what goes with them */
    struct pg_db *kb;      /* the knowledge base; the same object where there is one database */
    struct pg_db *replica; /* searches are tried here first; NULL: none */
    bool read_only;
    bool searches; /* the database does the searching */
    /* searches that were made, by whom, and how often the index gave too few */
    atomic_llong searched, searched_replica, searched_short;
    esi_logger log;
};

/* ---- schema (pg_schema.c) -------------------------------------------------------------------- */

#define PG_PART_CASE 1u
#define PG_PART_KB 2u

/* Fits a database to this release, for those parts. may: missing steps are applied where the role
 * has the right. Errors: ESI_EUNAVAILABLE (steps are missing: the message names the command),
 * ESI_ENEWER, ESI_ECORRUPT, ESI_EUNSUPPORTED (server or extension too old or absent, the encoding
 * isn't UTF8; the message says how to mend it). */
esi_err pg_schema_fit(struct pg_conn *conn, unsigned parts, bool may, const esi_wait *wait,
                      esi_error *err) ESI_MUST_CHECK;

/* What a database has of one part, and what this release knows. */
struct pg_schema_state {
    int32_t has, knows;     /* numbers of steps */
    bool vector_is_missing; /* the extension; of PG_PART_KB */
    bool vector_is_old;
};
esi_err pg_schema_state(struct pg_conn *conn, unsigned part, const esi_wait *wait,
                        struct pg_schema_state *out, esi_error *err) ESI_MUST_CHECK;
/* The SQL of a part's step, from 0; false after the last. */
bool pg_schema_sql(unsigned part, size_t step, struct view *out);

/* ---- claims (pg_case.c) ---------------------------------------------------------------------- */

#define PG_CLAIM_KEEP_MS (48 * INT64_C(3600000)) /* how long a reply is remembered */

/* Adds three arguments: caller, request (NULL: none), hash. */
void pg_claim_args(struct pg_args *args, const esi_claim *claim);

/* ---- tickets (pg_ticket.c, pg_find.c) -------------------------------------------------------- */

/* Adds the attributes of esi_new_ticket in order. session_id: where the ticket names none. They
 * live in the scratch. */
esi_err pg_wanted_args(struct pg_args *args, const esi_store_new_ticket *wanted,
                       const char *session_id, esi_arena *scratch, esi_error *err) ESI_MUST_CHECK;

/* The columns that ticket_of_row reads, in order; `t` is the row of tickets. */
#define PG_TICKET_COLUMNS                                                                          \
    "t.id, t.number, t.session_id, t.user_id, t.user_role, t.status, t.tier, t.severity, "         \
    "t.requested_severity, t.category, t.kind, t.summary, t.description, t.module, t.assignee, "   \
    "t.incident_id, t.confidence, t.rules, t.kb_refs, t.details, t.context, t.attempts, "          \
    "t.due_at, "                                                                                   \
    "t.created_at, t.updated_at, t.version"
#define PG_TICKET_COLUMN_COUNT 26

/* One row of those columns, from `first` on; without its conversation. */
esi_err pg_ticket_of_row(struct pg_rows *rows, size_t row, int first, esi_arena *arena,
                         esi_store_ticket *out, esi_error *err) ESI_MUST_CHECK;

/* ---- the knowledge base (pg_kb.c, pg_kb_put.c, pg_space.c) ----------------------------------- */

/* A transaction of several visits on a connection of its own: `sql` begins it. */
esi_err pg_kb_begin(esi_store *store, const char *sql, const esi_wait *wait, struct pg_conn **out,
                    esi_error *err) ESI_MUST_CHECK;
/* Commits it, or, where the result so far is an error, undoes it and passes that on; gives the
 * connection back. */
esi_err pg_kb_end(esi_store *store, struct pg_conn *conn, esi_err result, const esi_wait *wait,
                  esi_error *err) ESI_MUST_CHECK;
/* Rows of: section, document, title, version, heading, text, note. */
esi_err pg_passages_read(struct pg_rows *rows, esi_arena *arena, const esi_store_passage **out,
                         size_t *out_count, esi_error *err) ESI_MUST_CHECK;
/* Adds three arguments: the sections' ids, their vectors one behind the other, their length. */
esi_err pg_vectors_args(const esi_store_space *space, const esi_store_vector *vectors, size_t count,
                        struct pg_args *args, esi_error *err) ESI_MUST_CHECK;

/* Makes the index by which the database searches a space, embeddings_space_NUMBER, where it isn't
 * there or was left half made. For a role that owns the tables, on a connection whose statements
 * have no limit of time, outside of a transaction; others read and write meanwhile. Above 4,000
 * dimensions there is none. */
esi_err pg_space_index(struct pg_conn *conn, int64_t number, int64_t dimensions,
                       const esi_wait *wait, esi_error *err) ESI_MUST_CHECK;
/* The same for the live space of every collection; indexes of spaces that are gone are dropped.
 * What waits in the index of words is put into it, and nothing waits from then on. */
esi_err pg_spaces_index(struct pg_conn *conn, const esi_wait *wait, esi_error *err) ESI_MUST_CHECK;

/* ---- the slots, by file ---------------------------------------------------------------------- */

esi_err pg_session_load(esi_store *store, const esi_session_query *query, const esi_wait *wait,
                        esi_arena *arena, esi_session_view *out, esi_error *err) ESI_MUST_CHECK;
esi_err pg_claim_release(esi_store *store, const esi_claim *claim, const esi_wait *wait,
                         esi_error *err) ESI_MUST_CHECK;
esi_err pg_turn_commit(esi_store *store, const esi_store_turn *turn, const esi_wait *wait,
                       esi_arena *arena, esi_store_turn_result *out, esi_error *err) ESI_MUST_CHECK;
esi_err pg_kb_fetch(esi_store *store, const char *collection, const char *const *section_ids,
                    size_t count, const esi_wait *wait, esi_arena *arena,
                    const esi_store_passage **out, size_t *out_count,
                    esi_error *err) ESI_MUST_CHECK;
esi_err pg_kb_entries(esi_store *store, const char *collection, const char *scope,
                      const esi_wait *wait, esi_arena *arena, const esi_store_entry **out,
                      size_t *out_count, esi_error *err) ESI_MUST_CHECK;
esi_err pg_kb_upsert(esi_store *store, const char *collection, const esi_store_space *space,
                     const esi_store_document *document, int64_t now_ms, const esi_wait *wait,
                     esi_error *err) ESI_MUST_CHECK;
esi_err pg_kb_remove(esi_store *store, const char *collection, const char *const *ids, size_t count,
                     int64_t now_ms, const esi_wait *wait, size_t *out_removed,
                     esi_error *err) ESI_MUST_CHECK;
esi_err pg_kb_version(esi_store *store, const char *collection, const esi_wait *wait,
                      esi_arena *arena, int64_t *out_version, esi_store_space *out_space,
                      esi_error *err) ESI_MUST_CHECK;
esi_err pg_kb_changes(esi_store *store, const char *collection, int64_t since, const esi_wait *wait,
                      esi_store_visit_fn visit, void *context, int64_t *out_version,
                      esi_error *err) ESI_MUST_CHECK;
esi_err pg_kb_search(esi_store *store, const char *collection, const esi_store_search *query,
                     const esi_wait *wait, esi_arena *arena, esi_store_visit_fn visit,
                     void *context, esi_store_found *out, esi_error *err) ESI_MUST_CHECK;
esi_err pg_kb_catalogue(esi_store *store, const char *collection, int64_t since,
                        const esi_wait *wait, esi_store_visit_fn visit, void *context,
                        int64_t *out_version, esi_error *err) ESI_MUST_CHECK;
/* What pg_check tells of the searches since the store was opened. */
esi_err pg_search_finding(esi_store *store, esi_arena *arena, esi_store_finding *out,
                          esi_error *err) ESI_MUST_CHECK;
esi_err pg_kb_respace(esi_store *store, const char *collection, int64_t version,
                      const esi_store_space *space, const esi_store_vector *vectors, size_t count,
                      const esi_wait *wait, esi_error *err) ESI_MUST_CHECK;
esi_err pg_ticket_create(esi_store *store, const esi_store_new_ticket *ticket,
                         const esi_claim *claim, const esi_wait *wait, esi_arena *arena,
                         esi_store_ticket *out, esi_error *err) ESI_MUST_CHECK;
esi_err pg_ticket_get(esi_store *store, const esi_store_ticket_query *query, const esi_wait *wait,
                      esi_arena *arena, esi_store_ticket *out, esi_error *err) ESI_MUST_CHECK;
esi_err pg_ticket_list(esi_store *store, const esi_store_ticket_query *query, const esi_wait *wait,
                       esi_arena *arena, const esi_store_ticket **out, size_t *out_count,
                       esi_error *err) ESI_MUST_CHECK;
esi_err pg_ticket_change(esi_store *store, const esi_store_ticket_change *change,
                         const esi_wait *wait, esi_arena *arena, esi_store_ticket *out,
                         esi_error *err) ESI_MUST_CHECK;
esi_err pg_usage(esi_store *store, int64_t since_ms, const esi_wait *wait, int64_t *out_tokens,
                 int64_t *out_cost, esi_error *err) ESI_MUST_CHECK;
esi_err pg_metrics(esi_store *store, int64_t from_ms, int64_t to_ms, const esi_wait *wait,
                   esi_arena *arena, esi_store_metrics *out, esi_error *err) ESI_MUST_CHECK;
esi_err pg_outbox_take(esi_store *store, int32_t limit, int64_t lease_ms, int64_t now_ms,
                       const esi_wait *wait, esi_arena *arena, const esi_store_outbox_event **out,
                       size_t *out_count, esi_error *err) ESI_MUST_CHECK;
esi_err pg_outbox_ack(esi_store *store, const char *const *ids, size_t count, const esi_wait *wait,
                      esi_error *err) ESI_MUST_CHECK;
esi_err pg_check(esi_store *store, const esi_wait *wait, esi_arena *arena,
                 const esi_store_finding **out, size_t *out_count, esi_error *err) ESI_MUST_CHECK;
esi_err pg_purge(esi_store *store, const esi_store_purge *purge, const esi_wait *wait,
                 esi_arena *arena, const esi_store_count **out, size_t *out_count, bool *out_more,
                 esi_error *err) ESI_MUST_CHECK;
esi_err pg_erase(esi_store *store, const char *user_id, const esi_wait *wait, esi_arena *arena,
                 const esi_store_count **out, size_t *out_count, esi_error *err) ESI_MUST_CHECK;
esi_err pg_kb_load(esi_store *store, const char *collection, const esi_store_space *space,
                   const esi_store_document *documents, size_t count, int64_t now_ms,
                   const esi_wait *wait, esi_error *err) ESI_MUST_CHECK;
esi_err pg_space_begin(esi_store *store, const char *collection, const esi_store_space *space,
                       const esi_wait *wait, int64_t *out_missing, esi_error *err) ESI_MUST_CHECK;
esi_err pg_space_missing(esi_store *store, const char *collection,
                         const esi_store_missing_query *query, const esi_wait *wait,
                         esi_arena *arena, const esi_store_passage **out, size_t *out_count,
                         esi_error *err) ESI_MUST_CHECK;
esi_err pg_space_put(esi_store *store, const char *collection, const esi_store_space *space,
                     const esi_store_vector *vectors, size_t count, const esi_wait *wait,
                     esi_error *err) ESI_MUST_CHECK;
esi_err pg_space_swap(esi_store *store, const char *collection, const esi_store_space *space,
                      const esi_wait *wait, esi_error *err) ESI_MUST_CHECK;
esi_err pg_space_drop(esi_store *store, const char *collection, const esi_wait *wait,
                      size_t *out_dropped, esi_error *err) ESI_MUST_CHECK;
esi_err pg_vectors_find(esi_store *store, const esi_store_space *space, const uint8_t (*hashes)[32],
                        size_t count, int64_t now_ms, const esi_wait *wait, esi_arena *arena,
                        const float **out, esi_error *err) ESI_MUST_CHECK;
esi_err pg_vectors_keep(esi_store *store, const esi_store_space *space, const uint8_t (*hashes)[32],
                        const float *const *vectors, size_t count, int64_t now_ms,
                        const esi_wait *wait, esi_error *err) ESI_MUST_CHECK;
esi_err pg_space_lease(esi_store *store, const char *collection, const char *who, int64_t now_ms,
                       int64_t lease_ms, const esi_wait *wait, bool *out_taken,
                       esi_error *err) ESI_MUST_CHECK;

esi_err pg_migrate(const esi_store_config *config, const char *grant, esi_arena *arena,
                   esi_store_migration *out, esi_error *err) ESI_MUST_CHECK;

/* ---- from one store to another (pg_copy.c) --------------------------------------------------- */

#define PG_COPY_PUTS 3

/* The statements of a table; a row is put by as many as there are, with the same arguments. */
struct pg_copy_sql {
    const char *count, *page, *put[PG_COPY_PUTS], *remove;
};

extern const struct pg_copy_sql pg_copy_sql[COPY_TABLE_COUNT];
extern const esi_store_copy_ops pg_copy;

#endif
