/* Embedding spaces: a collection that moves to another one, at once or beside its life, and the
 * indexes of the database's own search. */
#include "base/error.h"
#include "base/log.h"
#include "base/str.h"
#include "store/pg_parts.h"

#define PUT_VECTORS 256    /* vectors of one statement */
#define VECTOR_INDEX 2000  /* dimensions that pgvector indexes as vector, */
#define HALFVEC_INDEX 4000 /* and as halfvec */

static const char sql_begin[] = "BEGIN";
static const char sql_respace[] = "SELECT esi_kb_respace($1, $2, $3, $4)";
static const char sql_space_begin[] = "SELECT esi_space_begin($1, $2, $3)";
/* OFFSET 0: looked up for one section after the other, so that a page costs as much as it has. */
static const char sql_missing[] =
    "WITH p AS MATERIALIZED (SELECT p.number, p.collection FROM embedding_spaces p "
    "JOIN collections c ON c.number = p.collection "
    "WHERE c.name = $1 AND p.model = $2 AND p.dimensions = $3) "
    "SELECT s.id, d.id, d.title, d.version, s.heading, s.text, s.note "
    "FROM kb_sections s JOIN kb_documents d ON d.number = s.document "
    "WHERE s.collection = (SELECT collection FROM p) AND s.id > $4 AND NOT EXISTS "
    "(SELECT FROM embeddings e WHERE e.section = s.number AND e.space = (SELECT number FROM p) "
    "OFFSET 0) ORDER BY s.id LIMIT $5";
static const char sql_put[] = "SELECT esi_space_put($1, $2, $3, $4, $5)";
/* Of a transaction that has the collection's row already. */
static const char sql_move[] =
    "INSERT INTO embeddings (section, space, roles, searched, vector) "
    "SELECT s.number, p.number, s.roles, s.searched, "
    "($3::real[])[((w.place - 1) * $4 + 1)::integer : (w.place * $4)::integer]::vector "
    "FROM unnest($2::uuid[]) WITH ORDINALITY AS w (id, place) "
    "JOIN kb_sections s ON s.id = w.id "
    "JOIN collections c ON c.number = s.collection AND c.name = $1 "
    "JOIN embedding_spaces p ON p.collection = c.number AND p.model = $5 AND p.dimensions = $4 "
    "ON CONFLICT DO NOTHING";
static const char sql_swap[] = "SELECT esi_space_swap($1, $2, $3)";
static const char sql_drop[] = "SELECT esi_space_drop($1)";

static const char sql_number[] =
    "SELECT p.number FROM embedding_spaces p JOIN collections c ON c.number = p.collection "
    "WHERE c.name = $1 AND p.model = $2 AND p.dimensions = $3";
static const char sql_index[] =
    "SELECT i.indisvalid FROM pg_index i WHERE i.indexrelid = to_regclass($1::text)";
static const char sql_words_at_once[] =
    "ALTER INDEX IF EXISTS kb_sections_words SET (fastupdate = off)";
static const char sql_words_waiting[] =
    "SELECT gin_clean_pending_list(to_regclass('kb_sections_words'))";
static const char sql_live[] = "SELECT p.number, p.dimensions FROM collections c "
                               "JOIN embedding_spaces p ON p.number = c.space ORDER BY p.number";
static const char sql_no_limit[] = "SET statement_timeout = 0";
static const char sql_limit[] = "RESET statement_timeout";
/* Indexes of spaces that are gone. */
static const char sql_stale[] =
    "SELECT i.relname FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid "
    "WHERE x.indrelid = 'embeddings'::regclass AND i.relname ~ '^embeddings_space_[0-9]+$' "
    "AND NOT EXISTS (SELECT FROM embedding_spaces p "
    "WHERE p.number::text = substring(i.relname FROM '[0-9]+$'))";

static void args_space(struct pg_args *args, const char *collection, const esi_store_space *space) {
    args_text(args, collection);
    args_text(args, space->model);
    args_int(args, space->dimensions);
}

/* ---- at once --------------------------------------------------------------------------------- */

static esi_err vectors_put(struct pg_conn *conn, const char *collection,
                           const esi_store_space *space, const esi_store_vector *vectors,
                           size_t count, const esi_wait *wait, esi_error *err) {
    esi_arena scratch = {0};
    struct pg_args args = args_of(&scratch);
    args_text(&args, collection);
    esi_err rc = pg_vectors_args(space, vectors, count, &args, err);
    if (rc == ESI_OK) {
        args_text(&args, space->model);
        const struct pg_step step = {sql_move, &args, NULL};
        rc = pg_conn_run(conn, &step, 1, wait, err);
    }
    arena_clear(&scratch);
    return rc;
}

esi_err pg_kb_respace(esi_store *store, const char *collection, int64_t version,
                      const esi_store_space *space, const esi_store_vector *vectors, size_t count,
                      const esi_wait *wait, esi_error *err) {
    struct pg_conn *conn = NULL;
    struct pg_args args = args_of(NULL);
    args_text(&args, collection);
    args_int(&args, version);
    args_text(&args, space->model);
    args_int(&args, space->dimensions);
    esi_err rc = pg_kb_begin(store, sql_begin, wait, &conn, err);
    if (rc != ESI_OK) {
        return rc;
    }
    const struct pg_step step = {sql_respace, &args, NULL};
    rc = pg_conn_run(conn, &step, 1, wait, err);
    for (size_t at = 0; rc == ESI_OK && at < count; at += PUT_VECTORS) {
        const size_t left = count - at;
        rc = vectors_put(conn, collection, space, vectors + at,
                         left < PUT_VECTORS ? left : PUT_VECTORS, wait, err);
    }
    return pg_kb_end(store, conn, rc, wait, err);
}

/* ---- beside the live one --------------------------------------------------------------------- */

/* A function of the collection and the space, and the number that it gives. */
static esi_err run_number(esi_store *store, const char *sql, const struct pg_args *args,
                          const esi_wait *wait, int64_t *out, esi_error *err) {
    struct pg_rows rows = {0};
    const struct pg_step step = {sql, args, &rows};
    const esi_err rc = pg_visit(store->kb, PG_COMMIT, &step, 1, wait, err);
    if (rc == ESI_OK && out != NULL) {
        *out = rows.count > 0 ? rows_int(&rows, 0, 0) : 0;
    }
    rows_clear(&rows);
    return rc;
}

esi_err pg_space_begin(esi_store *store, const char *collection, const esi_store_space *space,
                       const esi_wait *wait, int64_t *out_missing, esi_error *err) {
    struct pg_args args = args_of(NULL);
    args_space(&args, collection, space);
    return run_number(store, sql_space_begin, &args, wait, out_missing, err);
}

esi_err pg_space_missing(esi_store *store, const char *collection,
                         const esi_store_missing_query *query, const esi_wait *wait,
                         esi_arena *arena, const esi_store_passage **out, size_t *out_count,
                         esi_error *err) {
    static const char first[] = "00000000-0000-0000-0000-000000000000";
    struct pg_args args = args_of(NULL);
    struct pg_rows rows = {0};
    args_space(&args, collection, &query->space);
    args_uuid(&args, query->after != NULL ? query->after : first);
    args_int(&args, query->limit);
    const struct pg_step step = {sql_missing, &args, &rows};
    esi_err rc = pg_visit(store->kb, PG_AGAIN, &step, 1, wait, err);
    if (rc == ESI_OK) {
        rc = pg_passages_read(&rows, arena, out, out_count, err);
    }
    rows_clear(&rows);
    return rc;
}

static esi_err put_some(esi_store *store, const char *collection, const esi_store_space *space,
                        const esi_store_vector *vectors, size_t count, const esi_wait *wait,
                        esi_error *err) {
    esi_arena scratch = {0};
    struct pg_args args = args_of(&scratch);
    args_text(&args, collection);
    esi_err rc = pg_vectors_args(space, vectors, count, &args, err);
    if (rc == ESI_OK) {
        args_text(&args, space->model);
        const struct pg_step step = {sql_put, &args, NULL};
        rc = pg_visit(store->kb, PG_AGAIN, &step, 1, wait, err);
    }
    arena_clear(&scratch);
    return rc;
}

esi_err pg_space_put(esi_store *store, const char *collection, const esi_store_space *space,
                     const esi_store_vector *vectors, size_t count, const esi_wait *wait,
                     esi_error *err) {
    esi_err rc = ESI_OK;
    for (size_t at = 0; rc == ESI_OK && at < count; at += PUT_VECTORS) {
        const size_t left = count - at;
        rc = put_some(store, collection, space, vectors + at,
                      left < PUT_VECTORS ? left : PUT_VECTORS, wait, err);
    }
    return rc;
}

/* ---- indexes --------------------------------------------------------------------------------- */

/* Runs one statement of the data definition language. */
static esi_err run_ddl(struct pg_conn *conn, const char *sql, const esi_wait *wait,
                       esi_error *err) {
    return sql != NULL ? pg_conn_exec(conn, sql, wait, err) : fail_memory(err, ORIGIN);
}

static esi_err index_look(struct pg_conn *conn, const char *name, const esi_wait *wait,
                          bool *exists, bool *valid, esi_error *err) {
    struct pg_args args = args_of(NULL);
    struct pg_rows rows = {0};
    args_text(&args, name);
    const struct pg_step step = {sql_index, &args, &rows};
    const esi_err rc = pg_conn_run(conn, &step, 1, wait, err);
    *exists = rc == ESI_OK && rows.count > 0;
    *valid = *exists && rows_int(&rows, 0, 0) != 0;
    rows_clear(&rows);
    return rc;
}

esi_err pg_space_index(struct pg_conn *conn, int64_t number, int64_t dimensions,
                       const esi_wait *wait, esi_error *err) {
    if (dimensions > HALFVEC_INDEX) {
        return ESI_OK; /* pgvector has none: searches are exact */
    }
    const char *type = dimensions > VECTOR_INDEX ? "halfvec" : "vector";
    esi_arena scratch = {0};
    bool exists = false, valid = false;
    const char *name = arena_printf(&scratch, "embeddings_space_%lld", (long long)number);
    esi_err rc = name != NULL ? index_look(conn, name, wait, &exists, &valid, err)
                              : fail_memory(err, ORIGIN);
    if (rc == ESI_OK && exists && !valid) { /* its making was cut off */
        rc = run_ddl(conn, arena_printf(&scratch, "DROP INDEX CONCURRENTLY IF EXISTS %s", name),
                     wait, err);
    }
    if (rc == ESI_OK && !valid) {
        rc = run_ddl(conn,
                     arena_printf(&scratch,
                                  "CREATE INDEX CONCURRENTLY IF NOT EXISTS %s ON embeddings USING "
                                  "hnsw ((vector::%s(%lld)) %s_cosine_ops) WHERE space = %lld",
                                  name, type, (long long)dimensions, type, (long long)number),
                     wait, err);
    }
    arena_clear(&scratch);
    return rc;
}

/* Drops the indexes whose spaces are gone. */
static esi_err drop_stale(struct pg_conn *conn, const esi_wait *wait, esi_error *err) {
    esi_arena scratch = {0};
    struct pg_rows rows = {0};
    const struct pg_step step = {sql_stale, NULL, &rows};
    esi_err rc = pg_conn_run(conn, &step, 1, wait, err);
    for (size_t i = 0; rc == ESI_OK && i < rows.count; i++) {
        const char *name = rows_text(&rows, i, 0, &scratch);
        rc = run_ddl(conn, arena_printf(&scratch, "DROP INDEX CONCURRENTLY IF EXISTS %s", name),
                     wait, err);
    }
    rows_clear(&rows);
    arena_clear(&scratch);
    return rc;
}

/* Words that wait in the index's list are read one by one by each search. */
static esi_err words_at_once(struct pg_conn *conn, const esi_wait *wait, esi_error *err) {
    const struct pg_step steps[] = {{sql_words_at_once, NULL, NULL},
                                    {sql_words_waiting, NULL, NULL}};
    return pg_conn_run(conn, steps, 2, wait, err);
}

esi_err pg_spaces_index(struct pg_conn *conn, const esi_wait *wait, esi_error *err) {
    struct pg_rows rows = {0};
    const struct pg_step step = {sql_live, NULL, &rows};
    esi_err rc = pg_conn_run(conn, &step, 1, wait, err);
    for (size_t i = 0; rc == ESI_OK && i < rows.count; i++) {
        rc = pg_space_index(conn, rows_int(&rows, i, 0), rows_int(&rows, i, 1), wait, err);
    }
    rows_clear(&rows);
    if (rc == ESI_OK) {
        rc = words_at_once(conn, wait, err);
    }
    return rc == ESI_OK ? drop_stale(conn, wait, err) : rc;
}

/* On a connection of its own, which is closed afterwards: its limits were taken off. */
static esi_err with_owner(esi_store *store, const esi_store_space *space, int64_t number,
                          const esi_wait *wait, esi_error *err) {
    struct pg_conn *conn = NULL;
    esi_err rc = pg_lease(store->kb, wait, &conn, err);
    if (rc != ESI_OK) {
        return rc;
    }
    rc = pg_conn_exec(conn, sql_no_limit, wait, err);
    if (rc == ESI_OK) {
        rc = space != NULL ? pg_space_index(conn, number, space->dimensions, wait, err)
                           : drop_stale(conn, wait, err);
    }
    if (!pg_conn_is_dead(conn)) { /* a pooler may hand its server's side to others */
        esi_error why = {0};
        const esi_err undone = pg_conn_exec(conn, sql_limit, wait, &why);
        (void)undone;
    }
    pg_return(store->kb, conn, ESI_EUNAVAILABLE);
    return rc;
}

/* ---- the swap -------------------------------------------------------------------------------- */

esi_err pg_space_swap(esi_store *store, const char *collection, const esi_store_space *space,
                      const esi_wait *wait, esi_error *err) {
    struct pg_args args = args_of(NULL);
    args_space(&args, collection, space);
    esi_err rc = ESI_OK;
    if (store->searches) { /* the first search after the swap shall find its index */
        int64_t number = 0;
        rc = run_number(store, sql_number, &args, wait, &number, err);
        if (rc == ESI_OK && number > 0) {
            rc = with_owner(store, space, number, wait, err);
        }
    }
    return rc == ESI_OK ? run_number(store, sql_swap, &args, wait, NULL, err) : rc;
}

esi_err pg_space_drop(esi_store *store, const char *collection, const esi_wait *wait,
                      size_t *out_dropped, esi_error *err) {
    struct pg_args args = args_of(NULL);
    int64_t dropped = 0;
    args_text(&args, collection);
    esi_err rc = run_number(store, sql_drop, &args, wait, &dropped, err);
    if (rc == ESI_OK && store->searches && dropped > 0) {
        rc = with_owner(store, NULL, 0, wait, err);
    }
    if (rc == ESI_OK) {
        *out_dropped = (size_t)dropped;
    }
    return rc;
}
