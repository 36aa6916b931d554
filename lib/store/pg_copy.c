/* pg_copy.c: rows carried out of databases and into them. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/vector.h"
#include "store/facts.h"
#include "store/pg_parts.h"
#include "store/pg_words.h"

#define STILL_MS (24 * INT64_C(3600000)) /* how long one state may be read */
#define WORDS_BYTES_MAX 800000u          /* of a section; the server takes a little more */

static const char sql_still[] = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/* The mark of a copy that isn't whole: a claim without a request, which no call can make. */
#define MARK_CALLER "'esihelp copy'"

static const char sql_marked[] =
    "SELECT FROM idempotency WHERE caller = " MARK_CALLER " AND request_id = ''";
static const char sql_mark[] =
    "INSERT INTO idempotency (caller, request_id, body_hash, done, until) "
    "VALUES (" MARK_CALLER ", '', decode(repeat('00', 32), 'hex'), false, 'infinity') "
    "ON CONFLICT DO NOTHING";
static const char sql_unmark[] =
    "DELETE FROM idempotency WHERE caller = " MARK_CALLER " AND request_id = ''";

/* New rows get numbers after those that came with the others. */
static const char sql_next_session[] =
    "SELECT setval(pg_get_serial_sequence('chat_sessions', 'seq'), coalesce(max(seq), 0) + 1, "
    "false) FROM chat_sessions";
static const char sql_next_event[] =
    "SELECT setval(pg_get_serial_sequence('ticket_events', 'seq'), coalesce(max(seq), 0) + 1, "
    "false) FROM ticket_events";
static const char sql_next_outbox[] =
    "SELECT setval(pg_get_serial_sequence('outbox', 'seq'), coalesce(max(seq), 0) + 1, false) "
    "FROM outbox";
static const char sql_next_document[] =
    "SELECT setval(pg_get_serial_sequence('kb_documents', 'number'), coalesce(max(number), 0) + "
    "1, false) FROM kb_documents";

/* A server that knows nothing of its new rows plans badly until it looks by itself. */
static const char sql_case_analyze[] =
    "ANALYZE chat_sessions, chat_messages, kb_references, guardrails, feedback, tickets, "
    "ticket_sessions, ticket_events, outbox, idempotency";
static const char sql_kb_analyze[] = "ANALYZE collections, kb_documents, kb_sections, embeddings";
static const char sql_case_rights[] =
    "SELECT has_sequence_privilege(pg_get_serial_sequence('chat_sessions', 'seq'), 'UPDATE') "
    "AND has_sequence_privilege(pg_get_serial_sequence('ticket_events', 'seq'), 'UPDATE') "
    "AND has_sequence_privilege(pg_get_serial_sequence('outbox', 'seq'), 'UPDATE')";
static const char sql_kb_rights[] =
    "SELECT has_sequence_privilege(pg_get_serial_sequence('kb_documents', 'number'), 'UPDATE')";

static const char sql_label[] =
    "SELECT number, title, meta, language FROM kb_documents WHERE number = ANY ($1)";

struct esi_store_copy {
    esi_store *store;
    struct pg_conn *cases, *kb; /* where it is still: inside a transaction each; else NULL */
};

/* ---- begin and end --------------------------------------------------------------------------- */

static esi_err hold(struct pg_db *db, const esi_wait *wait, struct pg_conn **out, esi_error *err) {
    struct pg_conn *conn = NULL;
    esi_err rc = pg_lease(db, wait, &conn, err);
    if (rc != ESI_OK) {
        return rc;
    }
    const esi_wait all = wait_for_ms(STILL_MS, wait->cancel);
    rc = pg_conn_begin(conn, sql_still, &all, err);
    if (rc != ESI_OK) {
        pg_return(db, conn, rc);
        return rc;
    }
    *out = conn;
    return ESI_OK;
}

static void copy_end(esi_store_copy *copy) {
    if (copy == NULL) {
        return;
    }
    /* inside a transaction, they are closed */
    if (copy->kb != NULL && copy->kb != copy->cases) {
        pg_return(copy->store->kb, copy->kb, ESI_OK);
    }
    if (copy->cases != NULL) {
        pg_return(copy->store->cases, copy->cases, ESI_OK);
    }
    free(copy);
}

static esi_err copy_begin(esi_store *self, bool still, const esi_wait *wait, esi_store_copy **out,
                          esi_error *err) {
    esi_store_copy *copy = calloc(1, sizeof *copy);
    if (copy == NULL) {
        return fail_memory(err, ORIGIN);
    }
    copy->store = self;
    esi_err rc = still ? hold(self->cases, wait, &copy->cases, err) : ESI_OK;
    if (rc == ESI_OK && still) {
        if (self->kb == self->cases) {
            copy->kb = copy->cases;
        } else {
            rc = hold(self->kb, wait, &copy->kb, err);
        }
    }
    if (rc != ESI_OK) {
        copy_end(copy);
        return rc;
    }
    *out = copy;
    return ESI_OK;
}

static esi_err run(esi_store_copy *copy, bool knowledge, const struct pg_step *steps, size_t count,
                   const esi_wait *wait, esi_error *err) {
    struct pg_conn *held = knowledge ? copy->kb : copy->cases;
    if (held != NULL) {
        return pg_conn_run(held, steps, count, wait, err);
    }
    return pg_visit(knowledge ? copy->store->kb : copy->store->cases, PG_AGAIN, steps, count, wait,
                    err);
}

/* ---- reading --------------------------------------------------------------------------------- */

static esi_err copy_count(esi_store_copy *copy, size_t table, const esi_wait *wait, int64_t *out,
                          esi_error *err) {
    struct pg_rows rows = {0};
    const struct pg_step step = {pg_copy_sql[table].count, NULL, &rows};
    const esi_err rc = run(copy, copy_tables[table].knowledge, &step, 1, wait, err);
    if (rc == ESI_OK) {
        *out = rows_int(&rows, 0, 0);
    }
    rows_clear(&rows);
    return rc;
}

/* A vector as the server has it, to little-endian float32. */
static const void *read_vector(const struct pg_rows *rows, size_t row, int column, esi_arena *arena,
                               size_t *out_size) {
    size_t size;
    const void *sent = rows_bytes(rows, row, column, &size);
    const size_t dimensions = sent != NULL && size >= 4 ? (size - 4) / 4 : 0;
    float *floats = ARENA_ARRAY(arena, dimensions, float);
    uint8_t *bytes = arena_alloc(arena, 4 * dimensions);
    if (floats == NULL || bytes == NULL || !rows_vector(rows, row, column, floats, dimensions)) {
        return NULL;
    }
    vector_encode(floats, dimensions, bytes);
    *out_size = 4 * dimensions;
    return bytes;
}

static const void *read_blob(const struct pg_rows *rows, size_t row, int column, esi_arena *arena,
                             size_t *out_size) {
    const void *sent = rows_bytes(rows, row, column, out_size);
    void *bytes = arena_alloc(arena, *out_size);
    if (bytes != NULL && *out_size > 0) {
        memcpy(bytes, sent, *out_size);
    }
    return bytes;
}

static int64_t read_time(const struct pg_rows *rows, size_t row, int column) {
    const int64_t at_ms = rows_time(rows, row, column);
    return at_ms == INT64_MIN ? 0 : at_ms; /* a lease from before all time is none */
}

/* False: memory is used up. */
static bool read_cell(struct pg_rows *rows, size_t row, int column, enum copy_kind kind,
                      esi_arena *arena, esi_store_cell *out) {
    *out = (esi_store_cell){.kind = ESI_CELL_NULL};
    if (rows_null(rows, row, column) && kind != COPY_TIME_OR_0) {
        return true;
    }
    out->kind = ESI_CELL_NUMBER;
    switch (kind) {
    case COPY_INT:
    case COPY_BOOL:
    case COPY_DAY:
        out->number = rows_int(rows, row, column);
        return true;
    case COPY_TIME:
    case COPY_TIME_OR_0:
        out->number = read_time(rows, row, column);
        return true;
    case COPY_REAL:
        out->kind = ESI_CELL_REAL;
        out->real = rows_double(rows, row, column);
        return true;
    case COPY_TEXT:
    case COPY_ID:
    case COPY_JSON:
        out->bytes = rows_text(rows, row, column, arena);
        out->size = out->bytes != NULL ? strlen(out->bytes) : 0;
        break;
    case COPY_HASH:
        out->bytes = read_blob(rows, row, column, arena, &out->size);
        break;
    case COPY_VECTOR:
        out->bytes = read_vector(rows, row, column, arena, &out->size);
        break;
    }
    out->kind = ESI_CELL_BYTES;
    return out->bytes != NULL;
}

static esi_err read_rows(struct pg_rows *rows, const struct copy_table *t, esi_arena *arena,
                         const esi_store_cell **out, esi_error *err) {
    esi_store_cell *cells = ARENA_ARRAY(arena, rows->count * t->columns, esi_store_cell);
    bool read = cells != NULL;
    for (size_t i = 0; read && i < rows->count * t->columns; i++) {
        const size_t column = i % t->columns;
        read =
            read_cell(rows, i / t->columns, (int)column, t->column[column].kind, arena, &cells[i]);
    }
    if (!read) {
        return fail_memory(err, ORIGIN);
    }
    *out = cells;
    return ESI_OK;
}

/* ---- arguments ------------------------------------------------------------------------------- */

static void put_bytes(struct pg_args *args, enum copy_kind kind, const esi_store_cell *cell,
                      esi_arena *arena) {
    const bool null = cell->kind == ESI_CELL_NULL;
    if (kind == COPY_HASH) {
        args_hash(args, null || cell->size != 32 ? NULL : cell->bytes);
    } else if (kind == COPY_ID) {
        args_uuid(args, null ? NULL : cell->bytes);
    } else if (kind == COPY_JSON) {
        args_json(args, null ? NULL : cell->bytes);
    } else if (kind == COPY_TEXT) {
        args_text(args, null ? NULL : cell->bytes);
    } else {
        const size_t dimensions = cell->size / 4;
        float *floats = null ? NULL : ARENA_ARRAY(arena, dimensions, float);
        if (!null &&
            (floats == NULL || !vector_decode(cell->bytes, cell->size, floats, dimensions))) {
            args->failed = args->failed == ESI_OK ? ESI_ENOMEM : args->failed;
        }
        args_vector(args, floats, dimensions);
    }
}

/* Of the same type whatever the cell: a statement is prepared for one. */
static void put_cell(struct pg_args *args, enum copy_kind kind, const esi_store_cell *cell,
                     esi_arena *arena) {
    const bool null = cell->kind == ESI_CELL_NULL;
    switch (kind) {
    case COPY_INT:
    case COPY_BOOL:
    case COPY_DAY:
        if (null) {
            args_no_int(args);
        } else {
            args_int(args, cell->number);
        }
        break;
    case COPY_TIME:
    case COPY_TIME_OR_0:
        args_time(args, null ? 0 : cell->number);
        break;
    case COPY_REAL:
        if (null) {
            args_no_double(args);
        } else {
            args_double(args, cell->real);
        }
        break;
    case COPY_TEXT:
    case COPY_ID:
    case COPY_JSON:
    case COPY_HASH:
    case COPY_VECTOR:
        put_bytes(args, kind, cell, arena);
        break;
    }
}

static esi_err copy_read(esi_store_copy *copy, size_t table, const esi_store_cell *after,
                         const esi_wait *wait, esi_arena *arena, const esi_store_cell **out,
                         size_t *out_rows, esi_error *err) {
    const struct copy_table *t = &copy_tables[table];
    struct pg_args *args = ARENA_NEW(arena, struct pg_args);
    if (args == NULL) {
        return fail_memory(err, ORIGIN);
    }
    *args = args_of(arena);
    for (size_t i = 0; i < t->keys; i++) {
        const esi_store_cell least = copy_least(t->column[i].kind);
        put_cell(args, t->column[i].kind, after != NULL ? &after[i] : &least, arena);
    }
    args_int(args, (int64_t)t->page);
    struct pg_rows rows = {0};
    const struct pg_step step = {pg_copy_sql[table].page, args, &rows};
    esi_err rc = run(copy, t->knowledge, &step, 1, wait, err);
    const size_t count = rows.count;
    if (rc == ESI_OK) {
        rc = read_rows(&rows, t, arena, out, err);
    }
    rows_clear(&rows);
    if (rc == ESI_OK) {
        *out_rows = count;
    }
    return rc;
}

/* ---- what a row has beside its cells --------------------------------------------------------- */

/* The documents whose sections are written, for the words that these are found by. */
struct labels {
    struct pg_rows rows;
    int64_t *numbers;
};

static esi_err labels_read(esi_store_copy *copy, const esi_store_cell *const *rows,
                           size_t row_count, const esi_wait *wait, esi_arena *arena,
                           struct labels *out, esi_error *err) {
    out->numbers = ARENA_ARRAY(arena, row_count, int64_t);
    struct pg_args *args = ARENA_NEW(arena, struct pg_args);
    if (out->numbers == NULL || args == NULL) {
        return fail_memory(err, ORIGIN);
    }
    for (size_t i = 0; i < row_count; i++) {
        out->numbers[i] = rows[i][0].number;
    }
    *args = args_of(arena);
    args_ints(args, out->numbers, row_count);
    const struct pg_step step = {sql_label, args, &out->rows};
    return run(copy, true, &step, 1, wait, err);
}

static esi_err put_words(struct labels *labels, const esi_store_cell *row, esi_arena *arena,
                         struct pg_args *args, esi_error *err) {
    struct pg_rows *from = &labels->rows;
    size_t at = 0;
    while (at < from->count && rows_int(from, at, 0) != row[0].number) {
        at++;
    }
    if (at == from->count) {
        return esi_fail(err, ESI_ECONFLICT, ORIGIN,
                        "a section's document isn't there: repeat the copy");
    }
    const esi_store_document document = {.title = rows_text(from, at, 1, arena),
                                         .meta = rows_text(from, at, 2, arena),
                                         .language = rows_text(from, at, 3, arena)};
    const esi_store_section section = {
        .heading = row[4].bytes, .text = row[5].bytes, .note = row[6].bytes};
    struct pg_words label = {0}, words = {0};
    esi_err rc = rows_ok(from, err);
    if (rc == ESI_OK) {
        rc = pg_label_words(&document, arena, &label, err);
    }
    if (rc == ESI_OK) {
        rc = pg_section_words(&document, &section, &label, arena, &words, err);
    }
    size_t count = 0;
    for (size_t bytes = 0; rc == ESI_OK && count < words.count && bytes < WORDS_BYTES_MAX;
         count++) {
        bytes += strlen(words.items[count]) + 1;
    }
    if (rc == ESI_OK) {
        args_texts(args, words.items, count);
    }
    return rc;
}

static esi_err put_folded(const esi_store_cell *row, esi_arena *arena, struct pg_args *args,
                          esi_error *err) {
    enum { SUMMARY = 11, DESCRIPTION = 12 };
    const char *folded = NULL;
    const esi_err rc = facts_fold(row[SUMMARY].bytes, row[DESCRIPTION].bytes, arena, &folded, err);
    if (rc == ESI_OK) {
        args_text(args, folded);
    }
    return rc;
}

/* ---- writing --------------------------------------------------------------------------------- */

struct batch {
    size_t table;
    struct pg_step *steps;
    size_t count;
    esi_arena arena; /* of the arguments */
    struct labels labels;
};

static struct pg_args *batch_args(struct batch *b, const esi_store_cell *row, size_t cells) {
    struct pg_args *args = ARENA_NEW(&b->arena, struct pg_args);
    if (args != NULL) {
        *args = args_of(&b->arena);
        for (size_t i = 0; i < cells; i++) {
            put_cell(args, copy_tables[b->table].column[i].kind, &row[i], &b->arena);
        }
    }
    return args;
}

static esi_err batch_row(struct batch *b, const esi_store_cell *row, esi_error *err) {
    struct pg_args *args = batch_args(b, row, copy_tables[b->table].columns);
    esi_err rc = args != NULL ? ESI_OK : fail_memory(err, ORIGIN);
    if (rc == ESI_OK && b->table == COPY_SECTIONS) {
        rc = put_words(&b->labels, row, &b->arena, args, err);
    } else if (rc == ESI_OK && b->table == COPY_TICKETS) {
        rc = put_folded(row, &b->arena, args, err);
    }
    for (size_t i = 0; rc == ESI_OK && i < PG_COPY_PUTS && pg_copy_sql[b->table].put[i]; i++) {
        b->steps[b->count++] = (struct pg_step){pg_copy_sql[b->table].put[i], args, NULL};
    }
    return rc;
}

static esi_err copy_write(esi_store_copy *copy, size_t table, const esi_store_cell *const *gone,
                          size_t gone_count, const esi_store_cell *const *rows, size_t row_count,
                          const esi_wait *wait, esi_error *err) {
    struct batch b = {.table = table};
    esi_err rc = ESI_OK;
    b.steps = ARENA_ARRAY(&b.arena, gone_count + PG_COPY_PUTS * row_count, struct pg_step);
    if (b.steps == NULL) {
        rc = fail_memory(err, ORIGIN);
    }
    if (rc == ESI_OK && table == COPY_SECTIONS && row_count > 0) {
        rc = labels_read(copy, rows, row_count, wait, &b.arena, &b.labels, err);
    }
    for (size_t i = 0; rc == ESI_OK && i < gone_count; i++) {
        struct pg_args *args = batch_args(&b, gone[i], copy_tables[table].keys);
        rc = args != NULL ? ESI_OK : fail_memory(err, ORIGIN);
        b.steps[b.count++] = (struct pg_step){pg_copy_sql[table].remove, args, NULL};
    }
    for (size_t i = 0; rc == ESI_OK && i < row_count; i++) {
        rc = batch_row(&b, rows[i], err);
    }
    if (rc == ESI_OK) {
        rc = run(copy, copy_tables[table].knowledge, b.steps, b.count, wait, err);
    }
    rows_clear(&b.labels.rows);
    arena_clear(&b.arena);
    return rc;
}

/* ---- the mark -------------------------------------------------------------------------------- */

static esi_err copy_marked(esi_store_copy *copy, const esi_wait *wait, bool *out, esi_error *err) {
    struct pg_rows rows = {0};
    const struct pg_step step = {sql_marked, NULL, &rows};
    const esi_err rc = run(copy, false, &step, 1, wait, err);
    if (rc == ESI_OK) {
        *out = rows.count > 0;
    }
    rows_clear(&rows);
    return rc;
}

/* Better now than when all is written. */
static esi_err see_rights(esi_store_copy *copy, bool knowledge, const char *sql,
                          const esi_wait *wait, esi_error *err) {
    struct pg_rows rows = {0};
    const struct pg_step step = {sql, NULL, &rows};
    esi_err rc = run(copy, knowledge, &step, 1, wait, err);
    if (rc == ESI_OK && rows_int(&rows, 0, 0) == 0) {
        rc = esi_fail(err, ESI_EFORBIDDEN, ORIGIN,
                      "this role may not set what is numbered next: copy as the role that owns the "
                      "tables");
    }
    rows_clear(&rows);
    return rc;
}

static esi_err copy_mark(esi_store_copy *copy, const esi_wait *wait, esi_error *err) {
    const struct pg_step step = {sql_mark, NULL, NULL};
    esi_err rc = see_rights(copy, false, sql_case_rights, wait, err);
    if (rc == ESI_OK) {
        rc = see_rights(copy, true, sql_kb_rights, wait, err);
    }
    return rc == ESI_OK ? run(copy, false, &step, 1, wait, err) : rc;
}

/* The mark goes last: as long as it is there, a copy is gone on with. */
static esi_err copy_finish(esi_store_copy *copy, const esi_wait *wait, esi_error *err) {
    const struct pg_step kb[] = {{sql_next_document, NULL, NULL}, {sql_kb_analyze, NULL, NULL}};
    const struct pg_step cases[] = {{sql_next_session, NULL, NULL},
                                    {sql_next_event, NULL, NULL},
                                    {sql_next_outbox, NULL, NULL},
                                    {sql_case_analyze, NULL, NULL},
                                    {sql_unmark, NULL, NULL}};
    const esi_err rc = run(copy, true, kb, sizeof kb / sizeof *kb, wait, err);
    return rc == ESI_OK ? run(copy, false, cases, sizeof cases / sizeof *cases, wait, err) : rc;
}

const esi_store_copy_ops pg_copy = {
    .begin = copy_begin,
    .end = copy_end,
    .count = copy_count,
    .read = copy_read,
    .write = copy_write,
    .marked = copy_marked,
    .mark = copy_mark,
    .finish = copy_finish,
};
