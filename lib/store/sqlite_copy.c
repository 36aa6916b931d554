/* sqlite_copy.c: rows carried out of a file and into one. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "store/copy_tables.h"
#include "store/sqlite_parts.h"

/* The statements of a table. `before` runs before a row is put; NULL: nothing does. */
struct copy_sql {
    const char *count, *page, *before, *put, *remove;
};

/* A message gets a place by its time, behind those of that time which are there already: those of
 * several sessions that joined a ticket are shown by their places. New ones come after all. */
/* clang-format off */
static const struct copy_sql statements[COPY_TABLE_COUNT] = {
    [COPY_USERS] =
    {"SELECT count(*) FROM users",
     "SELECT id, username, role, password, disabled, created_at_ms, updated_at_ms FROM users "
     "WHERE id > ?1 ORDER BY id LIMIT ?2",
     NULL,
     "INSERT INTO users (id, username, role, password, disabled, created_at_ms, updated_at_ms) "
     "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
     "DELETE FROM users WHERE id = ?1"},
    [COPY_TOKENS] =
    {"SELECT count(*) FROM api_tokens",
     "SELECT id, user_id, kind, name, hash, created_at_ms, expires_at_ms, used_at_ms FROM "
     "api_tokens WHERE id > ?1 ORDER BY id LIMIT ?2",
     NULL,
     "INSERT INTO api_tokens (id, user_id, kind, name, hash, created_at_ms, expires_at_ms, "
     "used_at_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
     "DELETE FROM api_tokens WHERE id = ?1"},
    [COPY_SESSIONS] =
    {"SELECT count(*) FROM chat_sessions",
     "SELECT id, seq, user_id, user_role, module, turns, issues, created_at_ms, updated_at_ms, "
     "tokens, cost FROM chat_sessions WHERE id > ?1 ORDER BY id LIMIT ?2",
     NULL,
     "INSERT INTO chat_sessions (id, seq, user_id, user_role, module, turns, issues, "
     "created_at_ms, updated_at_ms, tokens, cost) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, "
     "?11)",
     "DELETE FROM chat_sessions WHERE id = ?1"},
    [COPY_MESSAGES] =
    {"SELECT count(*) FROM chat_messages",
     "SELECT session_id, turn, from_desk, id, text, at_ms, act, coverage, category, tier, "
     "severity, escalated, blocked, interrupted, confidence, rules, model, input_tokens, "
     "output_tokens, elapsed_ms, cost, fallback, advice FROM chat_messages WHERE (session_id, "
     "turn, "
     "from_desk) > (?1, ?2, ?3) ORDER BY session_id, turn, from_desk LIMIT ?4",
     NULL,
     "INSERT INTO chat_messages (seq, session_id, turn, from_desk, id, text, at_ms, act, "
     "coverage, category, tier, severity, escalated, blocked, interrupted, confidence, rules, "
     "model, input_tokens, output_tokens, elapsed_ms, cost, fallback, advice) SELECT "
     "coalesce(max(seq) + 1, min(max(?6, 0), 4398046511103) << 20), ?1, ?2, ?3, ?4, ?5, ?6, ?7, "
     "?8, ?9, ?10, ?11, ?12, ?13, ?14, "
     "?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23 FROM chat_messages "
     "WHERE seq BETWEEN (min(max(?6, 0), 4398046511103) << 20) AND (min(max(?6, 0), "
     "4398046511103) << 20) + 1048575",
     "DELETE FROM chat_messages WHERE session_id = ?1 AND turn = ?2 AND from_desk = ?3"},
    [COPY_REFERENCES] =
    {"SELECT count(*) FROM kb_references",
     "SELECT message_id, ordinal, document_id, title, version, section, hash, score FROM "
     "kb_references WHERE (message_id, ordinal) > (?1, ?2) ORDER BY message_id, ordinal LIMIT ?3",
     NULL,
     "INSERT INTO kb_references (message_id, ordinal, document_id, title, version, section, hash, "
     "score) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
     "DELETE FROM kb_references WHERE message_id = ?1 AND ordinal = ?2"},
    [COPY_GUARDRAILS] =
    {"SELECT count(*) FROM guardrails",
     "SELECT id, message_id, session_id, user_id, category, rule, reason, matches, at_ms FROM "
     "guardrails WHERE id > ?1 ORDER BY id LIMIT ?2",
     NULL,
     "INSERT INTO guardrails (id, message_id, session_id, user_id, category, rule, reason, "
     "matches, at_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
     "DELETE FROM guardrails WHERE id = ?1"},
    [COPY_FEEDBACK] =
    {"SELECT count(*) FROM feedback",
     "SELECT message_id, rating, comment, at_ms FROM feedback WHERE message_id > ?1 ORDER BY "
     "message_id LIMIT ?2",
     NULL,
     "INSERT INTO feedback (message_id, rating, comment, at_ms) VALUES (?1, ?2, ?3, ?4)",
     "DELETE FROM feedback WHERE message_id = ?1"},
    [COPY_TICKETS] =
    {"SELECT count(*) FROM tickets",
     "SELECT number, id, session_id, user_id, user_role, status, tier, severity, "
     "requested_severity, category, kind, summary, description, module, assignee, incident_id, "
     "confidence, rules, kb_refs, details, context, attempts, due_at_ms, created_at_ms, "
     "updated_at_ms, resolved_at_ms, version FROM tickets WHERE number > ?1 ORDER BY number LIMIT "
     "?2",
     NULL,
     "INSERT INTO tickets (number, id, session_id, user_id, user_role, status, tier, severity, "
     "requested_severity, category, kind, summary, description, module, assignee, incident_id, "
     "confidence, rules, kb_refs, details, context, attempts, due_at_ms, created_at_ms, "
     "updated_at_ms, resolved_at_ms, version) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, "
     "?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27)",
     "DELETE FROM tickets WHERE number = ?1"},
    [COPY_TICKET_SESSIONS] =
    {"SELECT count(*) FROM ticket_sessions",
     "SELECT session_id, number, at_ms FROM ticket_sessions WHERE (session_id, number) > (?1, ?2) "
     "ORDER BY session_id, number LIMIT ?3",
     NULL,
     "INSERT INTO ticket_sessions (session_id, number, at_ms) VALUES (?1, ?2, ?3)",
     "DELETE FROM ticket_sessions WHERE session_id = ?1 AND number = ?2"},
    [COPY_TICKET_EVENTS] =
    {"SELECT count(*) FROM ticket_events",
     "SELECT seq, number, kind, actor, comment, body, at_ms FROM ticket_events WHERE seq > ?1 "
     "ORDER BY seq LIMIT ?2",
     NULL,
     "INSERT INTO ticket_events (seq, number, kind, actor, comment, body, at_ms) VALUES (?1, ?2, "
     "?3, ?4, ?5, ?6, ?7)",
     "DELETE FROM ticket_events WHERE seq = ?1"},
    [COPY_OUTBOX] =
    {"SELECT count(*) FROM outbox",
     "SELECT seq, id, kind, subject, body, at_ms, lease_until_ms, deliveries FROM outbox WHERE "
     "seq > ?1 ORDER BY seq LIMIT ?2",
     NULL,
     "INSERT INTO outbox (seq, id, kind, subject, body, at_ms, lease_until_ms, deliveries) VALUES "
     "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
     "DELETE FROM outbox WHERE seq = ?1"},
    [COPY_REQUESTS] =
    {"SELECT count(*) FROM idempotency WHERE request_id <> ''",
     "SELECT caller, request_id, body_hash, done, until_ms, reply, ticket_id, ticket_number FROM "
     "idempotency WHERE (caller, request_id) > (?1, ?2) AND request_id <> '' ORDER BY caller, "
     "request_id LIMIT ?3",
     NULL,
     "INSERT INTO idempotency (caller, request_id, body_hash, done, until_ms, reply, ticket_id, "
     "ticket_number) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
     "DELETE FROM idempotency WHERE caller = ?1 AND request_id = ?2"},
    [COPY_DAYS] =
    {"SELECT count(*) FROM metrics_days",
     "SELECT day_ms, body FROM metrics_days WHERE day_ms > ?1 ORDER BY day_ms LIMIT ?2",
     NULL,
     "INSERT INTO metrics_days (day_ms, body) VALUES (?1, ?2)",
     "DELETE FROM metrics_days WHERE day_ms = ?1"},
    [COPY_NUMBERS] =
    {"SELECT count(*) FROM sqlite_sequence WHERE name = 'tickets' AND seq > 0",
     "SELECT name, seq FROM sqlite_sequence WHERE name = 'tickets' AND seq > 0 AND name > ?1 "
     "ORDER BY name LIMIT ?2",
     NULL,
     "INSERT INTO sqlite_sequence (name, seq) VALUES (?1, ?2)",
     "DELETE FROM sqlite_sequence WHERE name = ?1"},
    [COPY_COLLECTIONS] =
    {"SELECT count(*) FROM collections",
     "SELECT c.name, c.version, s.model, s.dimensions FROM collections c LEFT JOIN "
     "embedding_spaces s ON s.number = c.space WHERE c.name > ?1 ORDER BY c.name LIMIT ?2",
     "INSERT OR IGNORE INTO embedding_spaces (model, dimensions) SELECT ?3, ?4 WHERE ?1 = ?1 AND "
     "?2 = ?2 AND ?3 IS NOT NULL",
     "INSERT INTO collections (name, version, space) VALUES (?1, ?2, (SELECT number FROM "
     "embedding_spaces WHERE model = ?3 AND dimensions = ?4))",
     "DELETE FROM collections WHERE name = ?1"},
    [COPY_DOCUMENTS] =
    {"SELECT count(*) FROM kb_documents",
     "SELECT number, collection, id, source, scope, title, version, updated, standing, language, "
     "roles, meta, hash, sections, changed, at_ms FROM kb_documents WHERE number > ?1 ORDER BY "
     "number LIMIT ?2",
     NULL,
     "INSERT INTO kb_documents (number, collection, id, source, scope, title, version, updated, "
     "standing, language, roles, meta, hash, sections, changed, at_ms) VALUES (?1, ?2, ?3, ?4, "
     "?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
     "DELETE FROM kb_documents WHERE number = ?1"},
    [COPY_SECTIONS] =
    {"SELECT count(*) FROM embeddings",
     "SELECT document, ordinal, id, line, heading, text, note, hash, vector FROM embeddings WHERE "
     "(document, ordinal) > (?1, ?2) ORDER BY document, ordinal LIMIT ?3",
     NULL,
     "INSERT INTO embeddings (document, ordinal, id, line, heading, text, note, hash, vector) "
     "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
     "DELETE FROM embeddings WHERE document = ?1 AND ordinal = ?2"},
    [COPY_REMOVED] =
    {"SELECT count(*) FROM kb_removed",
     "SELECT collection, id, changed, at_ms FROM kb_removed WHERE (collection, id) > (?1, ?2) "
     "ORDER BY collection, id LIMIT ?3",
     NULL,
     "INSERT INTO kb_removed (collection, id, changed, at_ms) VALUES (?1, ?2, ?3, ?4)",
     "DELETE FROM kb_removed WHERE collection = ?1 AND id = ?2"},
    [COPY_SPACES] =
    {"SELECT count(*) FROM other_spaces",
     "SELECT o.collection, s.model, s.dimensions FROM other_spaces o JOIN embedding_spaces s ON "
     "s.number = o.space WHERE (o.collection, s.model, s.dimensions) > (?1, ?2, ?3) ORDER BY "
     "o.collection, s.model, s.dimensions LIMIT ?4",
     "INSERT OR IGNORE INTO embedding_spaces (model, dimensions) SELECT ?2, ?3 WHERE ?1 = ?1",
     "INSERT INTO other_spaces (collection, space) SELECT ?1, number FROM embedding_spaces WHERE "
     "model = ?2 AND dimensions = ?3",
     "DELETE FROM other_spaces WHERE collection = ?1 AND space = (SELECT number FROM "
     "embedding_spaces WHERE model = ?2 AND dimensions = ?3)"},
    [COPY_VECTORS] =
    {"SELECT count(*) FROM other_vectors",
     "SELECT e.document, e.ordinal, s.model, s.dimensions, v.vector FROM embeddings e JOIN "
     "other_vectors v ON v.section = e.number JOIN embedding_spaces s ON s.number = v.space WHERE "
     "e.document >= ?1 AND (e.document, e.ordinal, s.model, s.dimensions) > (?1, ?2, ?3, ?4) "
     "ORDER BY e.document, e.ordinal, s.model, s.dimensions LIMIT ?5",
     NULL,
     "INSERT INTO other_vectors (section, space, vector) SELECT e.number, s.number, ?5 FROM "
     "embeddings e, embedding_spaces s WHERE e.document = ?1 AND e.ordinal = ?2 AND s.model = ?3 "
     "AND s.dimensions = ?4",
     "DELETE FROM other_vectors WHERE section = (SELECT number FROM embeddings WHERE document = "
     "?1 AND ordinal = ?2) AND space = (SELECT number FROM embedding_spaces WHERE model = ?3 AND "
     "dimensions = ?4)"},
};
/* clang-format on */

/* The mark of a copy that isn't whole: a claim without a request, which no call can make. */
#define MARK_CALLER "esihelp copy"

static const char sql_marked[] =
    "SELECT 1 FROM idempotency WHERE caller = '" MARK_CALLER "' AND request_id = ''";
static const char sql_mark[] =
    "INSERT INTO idempotency (caller, request_id, body_hash, done, until_ms) "
    "VALUES ('" MARK_CALLER "', '', zeroblob(32), 0, 253402300799000)";
static const char sql_unmark[] =
    "DELETE FROM idempotency WHERE caller = '" MARK_CALLER "' AND request_id = ''";
/* A row that is replaced is gone for a moment. It works when it is compiled, and ends with the
 * transaction: it isn't a statement to be kept. */
static const char sql_defer[] = "PRAGMA defer_foreign_keys=ON";

struct esi_store_copy {
    esi_store *store;
    bool still;
    struct reading reading; /* where it is still: until the end */
};

/* ---- reading ----------------------------------------------------------------------------- */

static esi_err copy_begin(esi_store *self, bool still, const esi_wait *wait, esi_store_copy **out,
                          esi_error *err) {
    esi_store_copy *copy = calloc(1, sizeof *copy);
    if (copy == NULL) {
        return fail_memory(err, ORIGIN);
    }
    copy->store = self;
    copy->still = still;
    const esi_err rc = still ? reading_begin(self, wait, &copy->reading, err) : ESI_OK;
    if (rc != ESI_OK) {
        free(copy);
        return rc;
    }
    *out = copy;
    return ESI_OK;
}

static void copy_end(esi_store_copy *copy) {
    if (copy != NULL) {
        if (copy->still) {
            reading_end(&copy->reading, ESI_OK);
        }
        free(copy);
    }
}

/* A connection for one look; `own` is its place where the copy has none. */
static esi_err look_begin(esi_store_copy *copy, const esi_wait *wait, struct reading *own,
                          struct conn **out, esi_error *err) {
    if (copy->still) {
        copy->reading.conn->wait = wait;
        *out = copy->reading.conn;
        return ESI_OK;
    }
    const esi_err rc = reading_begin(copy->store, wait, own, err);
    if (rc == ESI_OK) {
        *out = own->conn;
    }
    return rc;
}

static void look_end(esi_store_copy *copy, struct reading *own, esi_err result) {
    if (copy->still) {
        copy->reading.conn->wait = NULL;
    } else {
        reading_end(own, result);
    }
}

static esi_err copy_count(esi_store_copy *copy, size_t table, const esi_wait *wait, int64_t *out,
                          esi_error *err) {
    struct reading own;
    struct conn *conn = NULL;
    esi_err rc = look_begin(copy, wait, &own, &conn, err);
    if (rc != ESI_OK) {
        return rc;
    }
    struct query q = query_of(conn, statements[table].count);
    bool row = false;
    rc = query_next(&q, &row, err);
    if (rc == ESI_OK) {
        *out = row ? query_int(&q, 0) : 0;
    }
    query_end(&q);
    look_end(copy, &own, rc);
    return rc;
}

static bool is_bytes(enum copy_kind kind) {
    return kind == COPY_HASH || kind == COPY_VECTOR;
}

/* A cell that holds a text or an array of bytes, copied. False: memory is used up. */
static bool read_bytes(struct query *q, int column, enum copy_kind kind, esi_arena *arena,
                       esi_store_cell *out) {
    out->kind = ESI_CELL_BYTES;
    if (!is_bytes(kind)) {
        const char *text = query_text(q, column, arena);
        out->bytes = text;
        out->size = text != NULL ? strlen(text) : 0;
        return text != NULL;
    }
    const void *bytes = query_blob(q, column, &out->size);
    void *copied = arena_alloc(arena, out->size);
    if (copied != NULL && out->size > 0) {
        memcpy(copied, bytes, out->size);
    }
    out->bytes = copied;
    return copied != NULL;
}

static bool read_cell(struct query *q, int column, enum copy_kind kind, esi_arena *arena,
                      esi_store_cell *out) {
    *out = (esi_store_cell){.kind = ESI_CELL_NULL};
    if (query_null(q, column)) {
        return true;
    }
    switch (kind) {
    case COPY_TEXT:
    case COPY_ID:
    case COPY_JSON:
    case COPY_HASH:
    case COPY_VECTOR:
        return read_bytes(q, column, kind, arena, out);
    case COPY_REAL:
        out->kind = ESI_CELL_REAL;
        out->real = query_double(q, column);
        return true;
    case COPY_INT:
    case COPY_BOOL:
    case COPY_TIME:
    case COPY_TIME_OR_0:
    case COPY_DAY:
        break;
    }
    out->kind = ESI_CELL_NUMBER;
    out->number = query_int(q, column);
    return true;
}

static void put_cell(struct query *q, enum copy_kind kind, const esi_store_cell *cell) {
    switch (cell->kind) {
    case ESI_CELL_NULL:
        query_put_null(q);
        break;
    case ESI_CELL_NUMBER:
        query_put_int(q, cell->number);
        break;
    case ESI_CELL_REAL:
        query_put_double(q, cell->real);
        break;
    case ESI_CELL_BYTES:
        if (is_bytes(kind)) {
            query_put_blob(q, cell->bytes, cell->size);
        } else {
            query_put_text(q, cell->bytes);
        }
        break;
    }
}

static void put_cells(struct query *q, const struct copy_table *t, size_t count,
                      const esi_store_cell *cells) {
    for (size_t i = 0; i < count; i++) {
        put_cell(q, t->column[i].kind, &cells[i]);
    }
}

static esi_err read_rows(struct conn *conn, size_t table, const esi_store_cell *after,
                         esi_arena *arena, esi_store_cell *cells, size_t *out_rows,
                         esi_error *err) {
    const struct copy_table *t = &copy_tables[table];
    struct query q = query_of(conn, statements[table].page);
    for (size_t i = 0; i < t->keys; i++) {
        const esi_store_cell least = copy_least(t->column[i].kind);
        put_cell(&q, t->column[i].kind, after != NULL ? &after[i] : &least);
    }
    query_put_int(&q, (int64_t)t->page);
    size_t n = 0;
    bool row = false;
    esi_err rc;
    while ((rc = query_next(&q, &row, err)) == ESI_OK && row && n < t->page) {
        esi_store_cell *to = &cells[n * t->columns];
        bool read = true;
        for (size_t i = 0; read && i < t->columns; i++) {
            read = read_cell(&q, (int)i, t->column[i].kind, arena, &to[i]);
        }
        rc = read ? query_ok(&q, err) : fail_memory(err, ORIGIN);
        if (rc != ESI_OK) {
            break;
        }
        n++;
    }
    query_end(&q);
    *out_rows = n;
    return rc;
}

static esi_err copy_read(esi_store_copy *copy, size_t table, const esi_store_cell *after,
                         const esi_wait *wait, esi_arena *arena, const esi_store_cell **out,
                         size_t *out_rows, esi_error *err) {
    const struct copy_table *t = &copy_tables[table];
    esi_store_cell *cells = ARENA_ARRAY(arena, t->page * t->columns, esi_store_cell);
    if (cells == NULL) {
        return fail_memory(err, ORIGIN);
    }
    struct reading own;
    struct conn *conn = NULL;
    esi_err rc = look_begin(copy, wait, &own, &conn, err);
    if (rc != ESI_OK) {
        return rc;
    }
    size_t rows = 0;
    rc = read_rows(conn, table, after, arena, cells, &rows, err);
    look_end(copy, &own, rc);
    if (rc == ESI_OK) {
        *out = cells;
        *out_rows = rows;
    }
    return rc;
}

static esi_err copy_marked(esi_store_copy *copy, const esi_wait *wait, bool *out, esi_error *err) {
    struct reading own;
    struct conn *conn = NULL;
    esi_err rc = look_begin(copy, wait, &own, &conn, err);
    if (rc != ESI_OK) {
        return rc;
    }
    struct query q = query_of(conn, sql_marked);
    bool row = false;
    rc = query_next(&q, &row, err);
    if (rc == ESI_OK) {
        *out = row;
    }
    query_end(&q);
    look_end(copy, &own, rc);
    return rc;
}

/* ---- writing ----------------------------------------------------------------------------- */

struct copy_write {
    size_t table;
    const esi_store_cell *const *gone;
    size_t gone_count;
    const esi_store_cell *const *rows;
    size_t row_count;
};

static esi_err put_row(struct conn *conn, size_t table, const char *sql,
                       const esi_store_cell *cells, size_t count, esi_error *err) {
    struct query q = query_of(conn, sql);
    put_cells(&q, &copy_tables[table], count, cells);
    return query_run(&q, err);
}

static esi_err write_rows(struct conn *conn, void *context, esi_error *err) {
    const struct copy_write *w = context;
    const struct copy_table *t = &copy_tables[w->table];
    const struct copy_sql *sql = &statements[w->table];
    esi_err rc = conn_exec(conn, sql_defer, err);
    for (size_t i = 0; rc == ESI_OK && i < w->gone_count; i++) {
        rc = put_row(conn, w->table, sql->remove, w->gone[i], t->keys, err);
    }
    for (size_t i = 0; rc == ESI_OK && i < w->row_count; i++) {
        if (sql->before != NULL) {
            rc = put_row(conn, w->table, sql->before, w->rows[i], t->columns, err);
        }
        if (rc == ESI_OK) {
            rc = put_row(conn, w->table, sql->put, w->rows[i], t->columns, err);
        }
    }
    return rc;
}

static esi_err copy_write(esi_store_copy *copy, size_t table, const esi_store_cell *const *gone,
                          size_t gone_count, const esi_store_cell *const *rows, size_t row_count,
                          const esi_wait *wait, esi_error *err) {
    struct copy_write w = {.table = table,
                           .gone = gone,
                           .gone_count = gone_count,
                           .rows = rows,
                           .row_count = row_count};
    return store_write(copy->store, true, write_rows, &w, wait, err);
}

static esi_err write_mark(struct conn *conn, void *context, esi_error *err) {
    (void)context;
    struct query q = query_of(conn, sql_mark);
    return query_run(&q, err);
}

static esi_err copy_mark(esi_store_copy *copy, const esi_wait *wait, esi_error *err) {
    return store_write(copy->store, true, write_mark, NULL, wait, err);
}

/* New rows get numbers after the largest by themselves. */
static esi_err write_end(struct conn *conn, void *context, esi_error *err) {
    (void)context;
    struct query q = query_of(conn, sql_unmark);
    return query_run(&q, err);
}

static esi_err copy_finish(esi_store_copy *copy, const esi_wait *wait, esi_error *err) {
    return store_write(copy->store, true, write_end, NULL, wait, err);
}

const esi_store_copy_ops sqlite_copy = {
    .begin = copy_begin,
    .end = copy_end,
    .count = copy_count,
    .read = copy_read,
    .write = copy_write,
    .marked = copy_marked,
    .mark = copy_mark,
    .finish = copy_finish,
};
