/* pg_check_rows.c: rows that don't belong together, and vectors that aren't found. */
#include "base/error.h"
#include "base/str.h"
#include "store/pg_check.h"

#define RECALL_MS 10000 /* what looking for the recall may take */
#define RECALL_LEAST 0.9
#define INDEX_DIMENSIONS 4000 /* pgvector indexes no more */
#define VECTOR_DIMENSIONS 2000

/* Turns that aren't whole. */
static const char sql_turns[] = "SELECT count(*) FROM chat_sessions s WHERE 2 * s.turns <> "
                                "(SELECT count(*) FROM chat_messages m WHERE m.session_id = s.id)";
static const char sql_numbers[] =
    "SELECT count(*) FROM tickets t WHERE t.number > (SELECT max(last) FROM ticket_numbers)";
static const char sql_half[] =
    "SELECT count(*) FROM idempotency WHERE caller = 'esihelp copy' AND request_id = ''";
static const char sql_case_counts[] =
    "SELECT (SELECT count(*) FROM chat_sessions), (SELECT count(*) FROM chat_messages), "
    "(SELECT count(*) FROM tickets), (SELECT count(*) FROM outbox), "
    "pg_database_size(current_database()) / 1024";

static const char sql_sections[] =
    "SELECT count(*) FROM kb_documents d WHERE d.sections <> "
    "(SELECT count(*) FROM kb_sections s WHERE s.document = d.number)";
static const char sql_lengths[] =
    "SELECT count(*) FROM embeddings e JOIN embedding_spaces s ON s.number = e.space "
    "WHERE vector_dims(e.vector) <> s.dimensions";
/* Who may see a section stands beside its vector, too, so that a search needs no join. */
static const char sql_seen[] =
    "SELECT count(*) FROM kb_documents d JOIN kb_sections s ON s.document = d.number "
    "LEFT JOIN embeddings e ON e.section = s.number "
    "WHERE (s.roles, s.searched, s.collection) <> "
    "(d.roles, d.standing <> 'quarantined', d.collection) "
    "OR (e.roles, e.searched) <> (s.roles, s.searched)";
static const char sql_kb_counts[] =
    "SELECT (SELECT count(*) FROM collections), (SELECT count(*) FROM kb_documents), "
    "(SELECT count(*) FROM kb_sections), (SELECT count(*) FROM embeddings), "
    "pg_database_size(current_database()) / 1024";
static const char sql_kept[] = "SELECT coalesce(sum(vectors), 0)::bigint FROM known_spaces";
static const char sql_live[] =
    "SELECT s.number, s.dimensions, c.name, coalesce((SELECT i.indisvalid FROM pg_index i "
    "WHERE i.indexrelid = to_regclass('embeddings_space_' || s.number)), false) "
    "FROM collections c JOIN embedding_spaces s ON s.number = c.space ORDER BY s.number";
static const char sql_begin[] = "BEGIN READ ONLY";
/* As searches have them; and the index is taken where the planner would rather not. */
static const char sql_settings[] = "SELECT set_config('hnsw.ef_search', '200', true), "
                                   "set_config('hnsw.iterative_scan', 'relaxed_order', true), "
                                   "set_config('enable_seqscan', 'off', true), "
                                   "set_config('enable_sort', 'off', true)";

struct zero {
    const char *what, *sql, *of, *mend;
};

static esi_err check_zeros(struct pg_checkup *c, const struct pg_look *look,
                           const struct zero *zeros, size_t count, esi_error *err) {
    esi_err rc = ESI_OK;
    for (size_t i = 0; rc == ESI_OK && i < count; i++) {
        rc = pg_look_zero(c, look, zeros[i].what, zeros[i].sql, zeros[i].of, zeros[i].mend, err);
    }
    return rc;
}

/* Five counts to a line. */
static esi_err check_counts(struct pg_checkup *c, const struct pg_look *look, const char *sql,
                            const char *const of[4], esi_error *err) {
    struct pg_rows rows = {0};
    const esi_err rc = pg_look_row(c, look, sql, NULL, &rows, err);
    if (rc != ESI_OK) {
        return rc;
    }
    long long n[5];
    for (int i = 0; i < 5; i++) {
        n[i] = (long long)rows_int(&rows, 0, i);
    }
    rows_clear(&rows);
    return pg_find_add(
        c, "counts", true,
        arena_printf(c->arena, "%lld %s, %lld %s, %lld %s, %lld %s; the database has %lld KiB%s",
                     n[0], of[0], n[1], of[1], n[2], of[2], n[3], of[3], n[4], look->where),
        NULL, err);
}

esi_err pg_check_cases(struct pg_checkup *c, const struct pg_look *look, esi_error *err) {
    static const char foreign[] =
        "restore a backup: something else than esihelp has written to the database";
    static const struct zero zeros[] = {
        {"turns", sql_turns, "sessions that miss messages", foreign},
        {"ticket numbers", sql_numbers, "tickets with numbers that will be given again",
         "as the owner: UPDATE ticket_numbers SET last = (SELECT max(number) FROM tickets)"},
        {"copy", sql_half, "copies that aren't whole", "run \"esihelp copy\" again"},
    };
    static const char *const of[4] = {"sessions", "messages", "tickets", "events in the outbox"};
    const esi_err rc = check_zeros(c, look, zeros, sizeof zeros / sizeof *zeros, err);
    return rc == ESI_OK ? check_counts(c, look, sql_case_counts, of, err) : rc;
}

/* Vectors that were paid for, beside those of sections. */
static esi_err check_kept(struct pg_checkup *c, const struct pg_look *look, esi_error *err) {
    struct pg_rows rows = {0};
    const esi_err rc = pg_look_row(c, look, sql_kept, NULL, &rows, err);
    const int64_t kept = rc == ESI_OK ? rows_int(&rows, 0, 0) : 0;
    rows_clear(&rows);
    return rc != ESI_OK || kept == 0
               ? rc
               : pg_find_add(c, "kept vectors", true,
                             arena_printf(c->arena, "%lld, of texts that needn't be paid for again",
                                          (long long)kept),
                             NULL, err);
}

esi_err pg_check_knowledge(struct pg_checkup *c, const struct pg_look *look, esi_error *err) {
    static const struct zero zeros[] = {
        {"documents", sql_sections, "documents that miss sections", "ingest the documents again"},
        {"space", sql_lengths, "vectors of another length than their space's",
         "ingest the documents again"},
        {"audience", sql_seen, "sections that others may find than may see their document",
         "ingest the documents again"},
    };
    static const char *const of[4] = {"collections", "documents", "sections", "vectors"};
    esi_err rc = check_zeros(c, look, zeros, sizeof zeros / sizeof *zeros, err);
    if (rc == ESI_OK) {
        rc = check_kept(c, look, err);
    }
    return rc == ESI_OK ? check_counts(c, look, sql_kb_counts, of, err) : rc;
}

/* ---- vectors --------------------------------------------------------------------------------- */

/* Of five stored vectors, spread over the space: how many of the ten nearest the index finds, and
 * how many there are. By distance, not by name: rows that are alike are as good as each other. */
static const char recall_form[] =
    "WITH ends AS (SELECT min(section) AS a, max(section) AS b FROM embeddings WHERE space = "
    "%lld), "
    "q AS (SELECT n.vector AS v FROM ends, generate_series(0, 4) g, LATERAL "
    "(SELECT e.vector FROM embeddings e WHERE e.space = %lld "
    "AND e.section >= ends.a + (ends.b - ends.a) * g / 5 ORDER BY e.section LIMIT 1) n), "
    "r AS (SELECT array(SELECT e.vector <=> q.v FROM embeddings e WHERE e.space = %lld "
    "ORDER BY e.vector <=> q.v LIMIT 10) AS exact, "
    "array(SELECT x.vector <=> q.v FROM (SELECT e.vector FROM embeddings e WHERE e.space = %lld "
    "ORDER BY e.vector::%s(%lld) <=> q.v::%s(%lld) LIMIT 10) x) AS found FROM q) "
    "SELECT coalesce(sum((SELECT count(*) FROM unnest(r.found) d "
    "WHERE d <= r.exact[cardinality(r.exact)] + 1e-4)), 0)::bigint, "
    "coalesce(sum(cardinality(r.exact)), 0)::bigint FROM r";

static esi_err measure(struct pg_checkup *c, struct pg_conn *conn, int64_t space,
                       int64_t dimensions, const esi_wait *wait, struct pg_rows *out,
                       esi_error *err) {
    const char *type = dimensions > VECTOR_DIMENSIONS ? "halfvec" : "vector";
    const long long s = (long long)space, d = (long long)dimensions;
    const char *sql = arena_printf(c->arena, recall_form, s, s, s, s, type, d, type, d);
    if (sql == NULL) {
        return fail_memory(err, ORIGIN);
    }
    esi_err rc = pg_conn_begin(conn, sql_begin, wait, err);
    if (rc == ESI_OK) {
        const struct pg_step steps[] = {{sql_settings, NULL, NULL}, {sql, NULL, out}};
        rc = pg_conn_run(conn, steps, 2, wait, err);
    }
    return rc;
}

/* On a connection of its own, which is closed then: it ends inside a transaction, and the statement
 * was made for this once. */
static esi_err check_recall(struct pg_checkup *c, const struct pg_look *look, int64_t space,
                            int64_t dimensions, const char *collection, esi_error *err) {
    struct pg_conn *conn = NULL;
    struct pg_rows rows = {0};
    esi_error why = {0};
    const esi_wait wait = wait_for_ms(RECALL_MS, c->wait->cancel);
    esi_err rc = pg_lease(look->db, c->wait, &conn, err);
    if (rc != ESI_OK) {
        return rc;
    }
    rc = measure(c, conn, space, dimensions, &wait, &rows, &why);
    long long found = 0, all = 0;
    if (rc == ESI_OK) {
        found = (long long)rows_int(&rows, 0, 0);
        all = (long long)rows_int(&rows, 0, 1);
    }
    rows_clear(&rows);
    pg_return(look->db, conn, ESI_EUNAVAILABLE);
    if (rc == ESI_ENOMEM) {
        return fail_memory(err, ORIGIN);
    }
    if (rc != ESI_OK) {
        return pg_find_add(c, "recall", rc == ESI_ETIMEOUT,
                           rc == ESI_ETIMEOUT
                               ? "it wasn't measured: an exact search takes too long here"
                               : arena_str(c->arena, view_of(why.message)),
                           "see what the server says", err);
    }
    const double recall = all > 0 ? (double)found / (double)all : 1.0;
    return pg_find_add(c, "recall", recall >= RECALL_LEAST,
                       arena_printf(c->arena,
                                    "the index of \"%s\" finds %lld of %lld nearest sections",
                                    collection, found, all),
                       "as the owner: REINDEX INDEX CONCURRENTLY, of embeddings_space_... of that "
                       "collection",
                       err);
}

static esi_err check_space(struct pg_checkup *c, const struct pg_look *look, struct pg_rows *rows,
                           size_t row, esi_error *err) {
    const int64_t space = rows_int(rows, row, 0), dimensions = rows_int(rows, row, 1);
    const char *name = rows_text(rows, row, 2, c->arena);
    const bool indexed = rows_int(rows, row, 3) != 0;
    if (name == NULL) {
        return fail_memory(err, ORIGIN);
    }
    if (dimensions > INDEX_DIMENSIONS) {
        return pg_find_add(c, "vector index", true,
                           arena_printf(c->arena,
                                        "\"%s\" has none, as vectors of %lld dimensions can't: it "
                                        "is searched exactly",
                                        name, (long long)dimensions),
                           NULL, err);
    }
    if (!indexed && !c->store->searches) {
        return ESI_OK; /* nobody needs it */
    }
    esi_err rc = pg_find_add(
        c, "vector index", indexed,
        arena_printf(c->arena, "embeddings_space_%lld of \"%s\" is %s", (long long)space, name,
                     indexed ? "there and valid" : "missing or invalid"),
        "run \"esihelp migrate\" as the owner, with ESI_PG_SEARCH=database", err);
    return rc == ESI_OK && indexed ? check_recall(c, look, space, dimensions, name, err) : rc;
}

esi_err pg_check_vectors(struct pg_checkup *c, const struct pg_look *look, esi_error *err) {
    struct pg_rows rows = {0};
    const struct pg_step step = {sql_live, NULL, &rows};
    esi_err rc = pg_visit(look->db, PG_AGAIN, &step, 1, c->wait, err);
    for (size_t i = 0; rc == ESI_OK && i < rows.count; i++) {
        rc = check_space(c, look, &rows, i, err);
    }
    rows_clear(&rows);
    return rc;
}
