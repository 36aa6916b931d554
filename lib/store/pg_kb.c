/* Documents that are read: sections for an answer, what is stored, what changed. */
#include <math.h>

#include "base/error.h"
#include "base/log.h"
#include "store/pg_parts.h"

#define FETCH_MAX 1000     /* sections of one fetch */
#define PAGE_DOCUMENTS 256 /* documents that are read together, without their sections */
#define PAGE_SECTIONS 256  /* sections that are read together, as far as documents allow */
#define PAGE_REMOVED 5000  /* documents that are gone, read together */
#define COMMIT_MS 30000    /* what the answer to a COMMIT may take */
#define BEGIN_TIMES 3      /* connections that are tried for a transaction */

static const char sql_version[] =
    "SELECT c.version, s.model, s.dimensions FROM collections c "
    "LEFT JOIN embedding_spaces s ON s.number = c.space WHERE c.name = $1";
static const char sql_fetch[] =
    "SELECT s.id, d.id, d.title, d.version, s.heading, s.text, s.note "
    "FROM unnest($2::uuid[]) WITH ORDINALITY AS w (id, place) "
    "JOIN kb_sections s ON s.id = w.id "
    "JOIN kb_documents d ON d.number = s.document "
    "JOIN collections c ON c.number = d.collection AND c.name = $1 ORDER BY w.place";
static const char sql_entries[] = "SELECT d.id, d.source, d.scope, d.hash FROM kb_documents d "
                                  "JOIN collections c ON c.number = d.collection AND c.name = $1 "
                                  "WHERE $2::text IS NULL OR d.scope = $2 ORDER BY d.source";

/* A collection that took another space after `since` is told of as a whole. */
static const char sql_begin[] = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
static const char sql_state[] =
    "SELECT c.number, c.version, c.space, s.dimensions, "
    "CASE WHEN c.spaced > $2 THEN 0 ELSE $2 END FROM collections c "
    "LEFT JOIN embedding_spaces s ON s.number = c.space WHERE c.name = $1";
static const char sql_removed[] =
    "SELECT r.id, r.changed FROM kb_removed r "
    "WHERE r.collection = $1::integer AND (r.changed, r.id) > ($2, $3) "
    "ORDER BY r.changed, r.id LIMIT $4";
static const char sql_documents[] =
    "SELECT d.number, d.changed, d.id, d.source, d.scope, d.title, d.version, d.updated, "
    "d.standing, d.language, d.roles, d.meta, d.hash, d.sections FROM kb_documents d "
    "WHERE d.collection = $1::integer AND (d.changed, d.number) > ($2, $3) "
    "ORDER BY d.changed, d.number LIMIT $4";
static const char sql_sections[] =
    "SELECT s.document, s.id, s.ordinal, s.line, s.heading, s.text, s.note, s.hash, e.vector "
    "FROM unnest($1::bigint[]) WITH ORDINALITY AS w (document, place) "
    "JOIN kb_sections s ON s.document = w.document "
    "LEFT JOIN embeddings e ON e.section = s.number AND e.space = $2::integer "
    "ORDER BY w.place, s.ordinal";
/* The same, without what takes room. */
static const char sql_headings[] =
    "SELECT s.document, s.id, s.ordinal, s.line, s.heading, ''::text, NULL::text, s.hash, "
    "NULL::vector FROM unnest($1::bigint[]) WITH ORDINALITY AS w (document, place) "
    "JOIN kb_sections s ON s.document = w.document ORDER BY w.place, s.ordinal";

/* ---- one visit ------------------------------------------------------------------------------- */

esi_err pg_kb_version(esi_store *store, const char *collection, const esi_wait *wait,
                      esi_arena *arena, int64_t *out_version, esi_store_space *out_space,
                      esi_error *err) {
    struct pg_args args = args_of(NULL);
    struct pg_rows rows = {0};
    args_text(&args, collection);
    const struct pg_step step = {sql_version, &args, &rows};
    esi_err rc = pg_visit(store->kb, PG_AGAIN, &step, 1, wait, err);
    int64_t version = 0;
    esi_store_space space = {0};
    if (rc == ESI_OK && rows.count > 0) {
        version = rows_int(&rows, 0, 0);
        space.model = rows_text(&rows, 0, 1, arena);
        space.dimensions = (int32_t)rows_int(&rows, 0, 2);
        rc = rows_ok(&rows, err);
    }
    rows_clear(&rows);
    if (rc == ESI_OK) {
        *out_version = version;
        *out_space = space;
    }
    return rc;
}

/* The ids that can be there at all. */
static size_t keep_uuids(const char *const *ids, size_t count, const char **out) {
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        if (pg_is_uuid(ids[i])) {
            out[n++] = ids[i];
        }
    }
    return n;
}

esi_err pg_passages_read(struct pg_rows *rows, esi_arena *arena, const esi_store_passage **out,
                         size_t *out_count, esi_error *err) {
    esi_store_passage *items = ARENA_ARRAY(arena, rows->count, esi_store_passage);
    if (items == NULL) {
        return fail_memory(err, ORIGIN);
    }
    for (size_t i = 0; i < rows->count; i++) {
        items[i] = (esi_store_passage){.section_id = rows_text(rows, i, 0, arena),
                                       .document_id = rows_text(rows, i, 1, arena),
                                       .title = rows_text(rows, i, 2, arena),
                                       .version = rows_text(rows, i, 3, arena),
                                       .heading = rows_text(rows, i, 4, arena),
                                       .text = rows_text(rows, i, 5, arena),
                                       .note = rows_text(rows, i, 6, arena)};
    }
    const esi_err rc = rows_ok(rows, err);
    if (rc == ESI_OK) {
        *out = items;
        *out_count = rows->count;
    }
    return rc;
}

esi_err pg_kb_fetch(esi_store *store, const char *collection, const char *const *section_ids,
                    size_t count, const esi_wait *wait, esi_arena *arena,
                    const esi_store_passage **out, size_t *out_count, esi_error *err) {
    if (count > FETCH_MAX) {
        return esi_fail(err, ESI_ETOOBIG, ORIGIN, "%zu sections asked for at once, %d are allowed",
                        count, FETCH_MAX);
    }
    esi_arena scratch = {0};
    struct pg_rows rows = {0};
    struct pg_args args = args_of(&scratch);
    const char **ids = ARENA_ARRAY(&scratch, count, const char *);
    esi_err rc = ids != NULL ? ESI_OK : fail_memory(err, ORIGIN);
    if (rc == ESI_OK) {
        args_text(&args, collection);
        args_uuids(&args, ids, keep_uuids(section_ids, count, ids));
        const struct pg_step step = {sql_fetch, &args, &rows};
        rc = pg_visit(store->kb, PG_AGAIN, &step, 1, wait, err);
    }
    if (rc == ESI_OK) {
        rc = pg_passages_read(&rows, arena, out, out_count, err);
    }
    rows_clear(&rows);
    arena_clear(&scratch);
    return rc;
}

static esi_err entries_read(struct pg_rows *rows, esi_arena *arena, const esi_store_entry **out,
                            size_t *out_count, esi_error *err) {
    esi_store_entry *entries = ARENA_ARRAY(arena, rows->count, esi_store_entry);
    if (entries == NULL) {
        return fail_memory(err, ORIGIN);
    }
    for (size_t i = 0; i < rows->count; i++) {
        entries[i].id = rows_text(rows, i, 0, arena);
        entries[i].source = rows_text(rows, i, 1, arena);
        entries[i].scope = rows_text(rows, i, 2, arena);
        rows_hash(rows, i, 3, entries[i].hash);
    }
    const esi_err rc = rows_ok(rows, err);
    if (rc == ESI_OK) {
        *out = entries;
        *out_count = rows->count;
    }
    return rc;
}

esi_err pg_kb_entries(esi_store *store, const char *collection, const char *scope,
                      const esi_wait *wait, esi_arena *arena, const esi_store_entry **out,
                      size_t *out_count, esi_error *err) {
    struct pg_args args = args_of(NULL);
    struct pg_rows rows = {0};
    args_text(&args, collection);
    args_text(&args, scope);
    const struct pg_step step = {sql_entries, &args, &rows};
    esi_err rc = pg_visit(store->kb, PG_AGAIN, &step, 1, wait, err);
    if (rc == ESI_OK) {
        rc = entries_read(&rows, arena, out, out_count, err);
    }
    rows_clear(&rows);
    return rc;
}

/* ---- several visits in one transaction ------------------------------------------------------- */

esi_err pg_kb_begin(esi_store *store, const char *sql, const esi_wait *wait, struct pg_conn **out,
                    esi_error *err) {
    for (int times = 1;; times++) {
        struct pg_conn *conn = NULL;
        esi_err rc = pg_lease(store->kb, wait, &conn, err);
        if (rc != ESI_OK) {
            return rc;
        }
        rc = pg_conn_begin(conn, sql, wait, err);
        if (rc == ESI_OK) {
            *out = conn;
            return ESI_OK;
        }
        pg_return(store->kb, conn, rc);
        if (rc != ESI_EUNAVAILABLE || times == BEGIN_TIMES || wait_over(wait)) {
            return rc;
        }
    }
}

esi_err pg_kb_end(esi_store *store, struct pg_conn *conn, esi_err result, const esi_wait *wait,
                  esi_error *err) {
    esi_err rc = result == ESI_OK && wait_over(wait) ? fail_wait(err, ORIGIN, wait) : result;
    if (rc == ESI_OK) { /* what was sent is answered: a caller that gave up couldn't know */
        const esi_wait answer = wait_for_ms(COMMIT_MS, NULL);
        rc = pg_conn_exec(conn, "COMMIT", &answer, err);
        if (rc == ESI_ETIMEOUT) {
            rc = esi_fail(err, ESI_EUNAVAILABLE, ORIGIN,
                          "the server didn't say whether it wrote: look again");
        }
    } else if (!pg_conn_is_dead(conn)) { /* else, or where that fails: it is closed */
        esi_error why = {0};
        const esi_err undone = pg_conn_exec(conn, "ROLLBACK", wait, &why);
        (void)undone;
    }
    pg_return(store->kb, conn, rc);
    return rc;
}

/* ---- what changed ---------------------------------------------------------------------------- */

struct visit {
    struct pg_conn *conn;
    const esi_wait *wait;
    esi_store_visit_fn fn;
    void *context;
    int64_t collection, version, space, since;
    size_t dimensions; /* of the collection's space; 0: none */
    bool light;        /* of sections only where they stand */
};

static esi_err state_read(struct visit *v, const char *name, int64_t since, esi_error *err) {
    struct pg_args args = args_of(NULL);
    struct pg_rows rows = {0};
    args_text(&args, name);
    args_int(&args, since);
    const struct pg_step step = {sql_state, &args, &rows};
    const esi_err rc = pg_conn_run(v->conn, &step, 1, v->wait, err);
    if (rc == ESI_OK && rows.count > 0) {
        v->collection = rows_int(&rows, 0, 0);
        v->version = rows_int(&rows, 0, 1);
        v->space = rows_int(&rows, 0, 2);
        v->dimensions = (size_t)rows_int(&rows, 0, 3);
        v->since = rows_int(&rows, 0, 4);
    }
    rows_clear(&rows);
    return rc;
}

/* Tells of those of one page; `changed` and `id` are the last one's. */
static esi_err removed_tell(const struct visit *v, struct pg_rows *rows, int64_t *changed,
                            const char **id, esi_arena *arena, esi_error *err) {
    esi_err rc = ESI_OK;
    for (size_t i = 0; rc == ESI_OK && i < rows->count; i++) {
        const esi_store_document gone = {.id = rows_text(rows, i, 0, arena)};
        *changed = rows_int(rows, i, 1);
        *id = gone.id;
        rc = rows_ok(rows, err);
        if (rc == ESI_OK) {
            rc = v->fn(&gone, true, v->context, err);
        }
    }
    return rc;
}

static esi_err visit_removed(const struct visit *v, int64_t since, esi_error *err) {
    esi_arena arenas[2] = {{0}, {0}}; /* of this page and the one before, whose last id is used */
    const char *id = "";              /* before all of them */
    int64_t changed = since + 1;
    size_t count = PAGE_REMOVED;
    esi_err rc = ESI_OK;
    for (size_t page = 0; rc == ESI_OK && count == PAGE_REMOVED; page++) {
        struct pg_args args = args_of(NULL);
        struct pg_rows rows = {0};
        args_int(&args, v->collection);
        args_int(&args, changed);
        args_text(&args, id);
        args_int(&args, PAGE_REMOVED);
        const struct pg_step step = {sql_removed, &args, &rows};
        rc = pg_conn_run(v->conn, &step, 1, v->wait, err);
        arena_clear(&arenas[page % 2]);
        if (rc == ESI_OK) {
            count = rows.count;
            rc = removed_tell(v, &rows, &changed, &id, &arenas[page % 2], err);
        }
        rows_clear(&rows);
    }
    arena_clear(&arenas[0]);
    arena_clear(&arenas[1]);
    return rc;
}

static esi_err vector_read(const struct visit *v, struct pg_rows *rows, size_t row,
                           esi_arena *arena, const float **out, esi_error *err) {
    *out = NULL;
    if (rows_null(rows, row, 8)) {
        return ESI_OK;
    }
    float *vector = ARENA_ARRAY(arena, v->dimensions, float);
    if (vector == NULL) {
        return fail_memory(err, ORIGIN);
    }
    bool well = rows_vector(rows, row, 8, vector, v->dimensions);
    for (size_t i = 0; well && i < v->dimensions; i++) {
        well = isfinite(vector[i]);
    }
    if (!well) {
        return esi_fail(err, ESI_ECORRUPT, ORIGIN,
                        "a stored vector hasn't the length of its collection, or isn't a vector: "
                        "make them anew with \"esihelp reembed\"");
    }
    *out = vector;
    return ESI_OK;
}

/* A document of a page, with its number there. */
struct paged {
    int64_t number, changed;
    esi_store_document document;
};

/* The rows from *row on that are the document's sections. */
static esi_err sections_read(const struct visit *v, struct pg_rows *rows, size_t *row,
                             struct paged *of, esi_arena *arena, esi_error *err) {
    const size_t max = of->document.section_count;
    esi_store_section *sections = ARENA_ARRAY(arena, max, esi_store_section);
    esi_err rc = sections != NULL ? ESI_OK : fail_memory(err, ORIGIN);
    size_t n = 0;
    for (; rc == ESI_OK && n < max && *row < rows->count && rows_int(rows, *row, 0) == of->number;
         n++, (*row)++) {
        esi_store_section *s = &sections[n];
        s->id = rows_text(rows, *row, 1, arena);
        s->ordinal = (int32_t)rows_int(rows, *row, 2);
        s->line = (int32_t)rows_int(rows, *row, 3);
        s->heading = rows_text(rows, *row, 4, arena);
        s->text = rows_text(rows, *row, 5, arena);
        s->note = rows_text(rows, *row, 6, arena);
        rows_hash(rows, *row, 7, s->hash);
        rc = vector_read(v, rows, *row, arena, &s->vector, err);
    }
    if (rc == ESI_OK) {
        rc = rows_ok(rows, err);
    }
    if (rc == ESI_OK && n != max) {
        rc = esi_fail(err, ESI_ECORRUPT, ORIGIN,
                      "a document has %zu of its %zu sections: ingest it again", n, max);
    }
    of->document.sections = sections;
    return rc;
}

/* Tells of documents whose sections are read together. */
static esi_err group_tell(const struct visit *v, struct paged *group, size_t count,
                          esi_error *err) {
    esi_arena scratch = {0};
    struct pg_rows rows = {0};
    struct pg_args args = args_of(&scratch);
    int64_t *numbers = ARENA_ARRAY(&scratch, count, int64_t);
    esi_err rc = numbers != NULL ? ESI_OK : fail_memory(err, ORIGIN);
    for (size_t i = 0; rc == ESI_OK && i < count; i++) {
        numbers[i] = group[i].number;
    }
    if (rc == ESI_OK) {
        args_ints(&args, numbers, count);
        if (!v->light) {
            args_int(&args, v->space);
        }
        const struct pg_step step = {v->light ? sql_headings : sql_sections, &args, &rows};
        rc = pg_conn_run(v->conn, &step, 1, v->wait, err);
    }
    size_t row = 0;
    for (size_t i = 0; rc == ESI_OK && i < count; i++) {
        esi_arena memory = {0};
        rc = sections_read(v, &rows, &row, &group[i], &memory, err);
        if (rc == ESI_OK) {
            rc = v->fn(&group[i].document, false, v->context, err);
        }
        arena_clear(&memory);
    }
    rows_clear(&rows);
    arena_clear(&scratch);
    return rc;
}

static struct paged document_of(struct pg_rows *rows, size_t row, esi_arena *arena) {
    struct paged p = {.number = rows_int(rows, row, 0),
                      .changed = rows_int(rows, row, 1),
                      .document = {.id = rows_text(rows, row, 2, arena),
                                   .source = rows_text(rows, row, 3, arena),
                                   .scope = rows_text(rows, row, 4, arena),
                                   .title = rows_text(rows, row, 5, arena),
                                   .version = rows_text(rows, row, 6, arena),
                                   .updated = rows_text(rows, row, 7, arena),
                                   .standing = rows_text(rows, row, 8, arena),
                                   .language = rows_text(rows, row, 9, arena),
                                   .roles = (uint32_t)rows_int(rows, row, 10),
                                   .meta = rows_text(rows, row, 11, arena),
                                   .section_count = (size_t)rows_int(rows, row, 13)}};
    rows_hash(rows, row, 12, p.document.hash);
    return p;
}

static esi_err page_tell(const struct visit *v, struct paged *page, size_t count, esi_error *err) {
    esi_err rc = ESI_OK;
    for (size_t from = 0, to = 0; rc == ESI_OK && from < count; from = to) {
        size_t sections = page[to++].document.section_count;
        while (to < count && sections + page[to].document.section_count <= PAGE_SECTIONS) {
            sections += page[to++].document.section_count;
        }
        rc = group_tell(v, page + from, to - from, err);
    }
    return rc;
}

static esi_err visit_changed(const struct visit *v, esi_error *err) {
    struct paged last = {.changed = v->since, .number = INT64_MAX};
    size_t count = PAGE_DOCUMENTS;
    esi_err rc = ESI_OK;
    while (rc == ESI_OK && count == PAGE_DOCUMENTS) {
        esi_arena memory = {0};
        struct pg_args args = args_of(NULL);
        struct pg_rows rows = {0};
        struct paged *page = ARENA_ARRAY(&memory, PAGE_DOCUMENTS, struct paged);
        args_int(&args, v->collection);
        args_int(&args, last.changed);
        args_int(&args, last.number);
        args_int(&args, PAGE_DOCUMENTS);
        const struct pg_step step = {sql_documents, &args, &rows};
        rc = page != NULL ? pg_conn_run(v->conn, &step, 1, v->wait, err) : fail_memory(err, ORIGIN);
        count = rc == ESI_OK ? rows.count : 0;
        for (size_t i = 0; i < count; i++) {
            page[i] = document_of(&rows, i, &memory);
            last = page[i];
        }
        if (rc == ESI_OK) {
            rc = rows_ok(&rows, err);
        }
        rows_clear(&rows);
        if (rc == ESI_OK) {
            rc = page_tell(v, page, count, err);
        }
        arena_clear(&memory);
    }
    return rc;
}

static esi_err visit_all(esi_store *store, const char *collection, int64_t since, struct visit *v,
                         esi_error *err) {
    esi_err rc = pg_kb_begin(store, sql_begin, v->wait, &v->conn, err);
    if (rc != ESI_OK) {
        return rc;
    }
    rc = state_read(v, collection, since, err);
    if (rc == ESI_OK && v->collection > 0 && since > 0) {
        rc = visit_removed(v, since, err);
    }
    if (rc == ESI_OK && v->collection > 0) {
        rc = visit_changed(v, err);
    }
    return pg_kb_end(store, v->conn, rc, v->wait, err);
}

esi_err pg_kb_changes(esi_store *store, const char *collection, int64_t since, const esi_wait *wait,
                      esi_store_visit_fn visit, void *context, int64_t *out_version,
                      esi_error *err) {
    struct visit v = {.wait = wait, .fn = visit, .context = context};
    const esi_err rc = visit_all(store, collection, since, &v, err);
    if (rc == ESI_OK) {
        *out_version = v.version;
    }
    return rc;
}

esi_err pg_kb_catalogue(esi_store *store, const char *collection, int64_t since,
                        const esi_wait *wait, esi_store_visit_fn visit, void *context,
                        int64_t *out_version, esi_error *err) {
    struct visit v = {.wait = wait, .fn = visit, .context = context, .light = true};
    const esi_err rc = visit_all(store, collection, since, &v, err);
    if (rc == ESI_OK) {
        *out_version = v.version;
    }
    return rc;
}
