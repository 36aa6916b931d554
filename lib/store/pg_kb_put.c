/* Documents that are put and removed. What has to be decided: schema/pg/0002_kb_documents.sql. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/str.h"
#include "store/pg_parts.h"
#include "store/pg_words.h"

#define WORDS_BYTES_MAX 800000u /* of a section; the server takes a little more */
#define LOAD_MAX 1000           /* documents of one load, */
#define LOAD_STEPS 32           /* and of one round trip */

static const char sql_upsert[] =
    "SELECT esi_kb_upsert($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, "
    "$17, $18, $19, $20, $21, $22, $23)";
/* The vectors stand one behind the other, in the order of the sections that have one. */
static const char sql_vectors[] =
    "INSERT INTO embeddings (section, space, roles, searched, vector) "
    "SELECT s.number, c.space, s.roles, s.searched, "
    "($3::real[])[((w.place - 1) * $4 + 1)::integer : (w.place * $4)::integer]::vector "
    "FROM unnest($2::uuid[]) WITH ORDINALITY AS w (id, place) "
    "JOIN kb_sections s ON s.id = w.id "
    "JOIN collections c ON c.number = s.collection AND c.name = $1 ON CONFLICT DO NOTHING";
static const char sql_remove[] = "SELECT esi_kb_remove($1, $2, $3)";
static const char sql_begin[] = "BEGIN";
static const char sql_unplaced[] =
    "SELECT w.place, s.number, c.space, s.roles, s.searched "
    "FROM unnest($2::uuid[]) WITH ORDINALITY AS w (id, place) "
    "JOIN kb_sections s ON s.id = w.id "
    "JOIN collections c ON c.number = s.collection AND c.name = $1 "
    "WHERE NOT EXISTS "
    "(SELECT FROM embeddings e WHERE e.section = s.number AND e.space = c.space)";
static const char sql_copy[] =
    "COPY embeddings (section, space, roles, searched, vector) FROM STDIN (FORMAT binary)";

/* Where documents go. */
struct target {
    const char *collection;
    const esi_store_space *space; /* NULL: there are no vectors */
    int64_t now_ms;
    esi_arena *arena; /* of the arguments */
};

/* ---- arguments of a document ----------------------------------------------------------------- */

/* The arrays that a document's sections are sent as. */
struct columns {
    const char **ids, **headings, **texts, **notes, **words;
    int64_t *ordinals, *lines;
    uint8_t (*hashes)[32];
};

static bool columns_make(struct columns *c, size_t count, esi_arena *arena) {
    c->ids = ARENA_ARRAY(arena, count, const char *);
    c->headings = ARENA_ARRAY(arena, count, const char *);
    c->texts = ARENA_ARRAY(arena, count, const char *);
    c->notes = ARENA_ARRAY(arena, count, const char *);
    c->words = ARENA_ARRAY(arena, count, const char *);
    c->ordinals = ARENA_ARRAY(arena, count, int64_t);
    c->lines = ARENA_ARRAY(arena, count, int64_t);
    c->hashes = arena_array(arena, count, sizeof *c->hashes);
    return c->ids != NULL && c->headings != NULL && c->texts != NULL && c->notes != NULL &&
           c->words != NULL && c->ordinals != NULL && c->lines != NULL && c->hashes != NULL;
}

/* One text, a word a line. */
static esi_err join_words(const struct pg_words *words, esi_arena *arena, const char **out,
                          esi_error *err) {
    size_t size = 1, count = 0;
    while (count < words->count && size < WORDS_BYTES_MAX) {
        size += strlen(words->items[count++]) + 1;
    }
    char *const text = arena_alloc(arena, size); /* of zeros */
    if (text == NULL) {
        return fail_memory(err, ORIGIN);
    }
    char *to = text;
    for (size_t i = 0; i < count; i++) {
        const size_t n = strlen(words->items[i]);
        if (i > 0) {
            *to++ = '\n';
        }
        memcpy(to, words->items[i], n);
        to += n;
    }
    *out = text;
    return ESI_OK;
}

static esi_err words_of(const esi_store_document *d, const esi_store_section *s,
                        const struct pg_words *label, const struct target *t, const char **out,
                        esi_error *err) {
    esi_arena scratch = {0};
    struct pg_words words;
    esi_err rc = pg_section_words(d, s, label, &scratch, &words, err);
    if (rc == ESI_OK) {
        rc = join_words(&words, t->arena, out, err);
    }
    arena_clear(&scratch);
    return rc;
}

static esi_err columns_fill(struct columns *c, const esi_store_document *d, const struct target *t,
                            esi_error *err) {
    esi_arena scratch = {0};
    struct pg_words label = {0};
    esi_err rc = pg_label_words(d, &scratch, &label, err);
    for (size_t i = 0; rc == ESI_OK && i < d->section_count; i++) {
        const esi_store_section *s = &d->sections[i];
        c->ids[i] = s->id;
        c->ordinals[i] = s->ordinal;
        c->lines[i] = s->line;
        c->headings[i] = s->heading;
        c->texts[i] = s->text;
        c->notes[i] = s->note;
        memcpy(c->hashes[i], s->hash, sizeof s->hash);
        rc = words_of(d, s, &label, t, &c->words[i], err);
    }
    arena_clear(&scratch);
    return rc;
}

static esi_err document_args(const struct target *t, const esi_store_document *d,
                             struct pg_args *args, esi_error *err) {
    const size_t n = d->section_count;
    struct columns c = {0};
    esi_err rc = columns_make(&c, n, t->arena) ? ESI_OK : fail_memory(err, ORIGIN);
    if (rc == ESI_OK) {
        rc = columns_fill(&c, d, t, err);
    }
    if (rc != ESI_OK) {
        return rc;
    }
    *args = args_of(t->arena);
    args_text(args, t->collection);
    args_text(args, t->space != NULL ? t->space->model : NULL);
    args_int(args, t->space != NULL ? t->space->dimensions : 0);
    args_text(args, d->id);
    args_text(args, d->source);
    args_text(args, d->scope);
    args_text(args, d->title);
    args_text(args, d->version);
    args_text(args, d->updated);
    args_text(args, d->standing);
    args_text(args, d->language);
    args_int(args, d->roles);
    args_text(args, d->meta);
    args_hash(args, d->hash);
    args_time(args, t->now_ms);
    args_uuids(args, c.ids, n);
    args_ints(args, c.ordinals, n);
    args_ints(args, c.lines, n);
    args_texts(args, c.headings, n);
    args_texts(args, c.texts, n);
    args_texts(args, c.notes, n);
    args_hashes(args, (const uint8_t(*)[32])c.hashes, n);
    args_texts(args, c.words, n);
    return ESI_OK;
}

/* ---- vectors --------------------------------------------------------------------------------- */

static esi_err vector_check(const struct target *t, const float *vector, esi_error *err) {
    if (t->space == NULL || t->space->model == NULL) {
        return esi_fail(err, ESI_EINVAL, ORIGIN, "a vector came without its embedding space");
    }
    for (int32_t i = 0; i < t->space->dimensions; i++) {
        if (!isfinite(vector[i])) {
            return esi_fail(err, ESI_EINVAL, ORIGIN, "a vector holds what isn't a number");
        }
    }
    return ESI_OK;
}

/* The sections of some documents that have a vector, in order. */
static esi_err vectors_gather(const struct target *t, const esi_store_document *documents,
                              size_t count, esi_store_vector **out, size_t *out_count,
                              esi_error *err) {
    size_t max = 0, n = 0;
    for (size_t i = 0; i < count; i++) {
        max += documents[i].section_count;
    }
    esi_store_vector *vectors = ARENA_ARRAY(t->arena, max, esi_store_vector);
    esi_err rc = vectors != NULL ? ESI_OK : fail_memory(err, ORIGIN);
    for (size_t i = 0; rc == ESI_OK && i < count; i++) {
        for (size_t k = 0; rc == ESI_OK && k < documents[i].section_count; k++) {
            const esi_store_section *s = &documents[i].sections[k];
            if (s->vector != NULL) {
                rc = vector_check(t, s->vector, err);
                vectors[n++] = (esi_store_vector){s->id, s->vector};
            }
        }
    }
    *out = vectors;
    *out_count = n;
    return rc;
}

esi_err pg_vectors_args(const esi_store_space *space, const esi_store_vector *vectors, size_t count,
                        struct pg_args *args, esi_error *err) {
    const size_t n = (size_t)space->dimensions;
    const char **ids = ARENA_ARRAY(args->arena, count, const char *);
    float *all = arena_array(args->arena, count, n * sizeof(float));
    if (ids == NULL || all == NULL) {
        return fail_memory(err, ORIGIN);
    }
    for (size_t i = 0; i < count; i++) {
        ids[i] = vectors[i].section_id;
        memcpy(all + i * n, vectors[i].vector, n * sizeof(float));
    }
    args_uuids(args, ids, count);
    args_floats(args, all, count * n);
    args_int(args, space->dimensions);
    return ESI_OK;
}

/* ---- one document ---------------------------------------------------------------------------- */

static esi_err upsert(esi_store *store, const struct target *t, const esi_store_document *document,
                      const esi_wait *wait, esi_error *err) {
    struct pg_args *args = ARENA_ARRAY(t->arena, 2, struct pg_args);
    esi_store_vector *vectors = NULL;
    size_t count = 0;
    esi_err rc =
        args != NULL ? document_args(t, document, &args[0], err) : fail_memory(err, ORIGIN);
    if (rc == ESI_OK) {
        rc = vectors_gather(t, document, 1, &vectors, &count, err);
    }
    if (rc == ESI_OK && count > 0) {
        args[1] = args_of(t->arena);
        args_text(&args[1], t->collection);
        rc = pg_vectors_args(t->space, vectors, count, &args[1], err);
    }
    if (rc != ESI_OK) {
        return rc;
    }
    const struct pg_step steps[] = {{sql_upsert, &args[0], NULL}, {sql_vectors, &args[1], NULL}};
    return pg_visit(store->kb, PG_COMMIT, steps, count > 0 ? 2 : 1, wait, err);
}

esi_err pg_kb_upsert(esi_store *store, const char *collection, const esi_store_space *space,
                     const esi_store_document *document, int64_t now_ms, const esi_wait *wait,
                     esi_error *err) {
    esi_arena scratch = {0};
    const struct target t = {collection, space, now_ms, &scratch};
    const esi_err rc = upsert(store, &t, document, wait, err);
    arena_clear(&scratch);
    return rc;
}

esi_err pg_kb_remove(esi_store *store, const char *collection, const char *const *ids, size_t count,
                     int64_t now_ms, const esi_wait *wait, size_t *out_removed, esi_error *err) {
    esi_arena scratch = {0};
    struct pg_args args = args_of(&scratch);
    struct pg_rows rows = {0};
    args_text(&args, collection);
    args_texts(&args, ids, count);
    args_time(&args, now_ms);
    const struct pg_step step = {sql_remove, &args, &rows};
    const esi_err rc = pg_visit(store->kb, PG_ONCE, &step, 1, wait, err);
    if (rc == ESI_OK) {
        *out_removed = (size_t)rows_int(&rows, 0, 0);
    }
    rows_clear(&rows);
    arena_clear(&scratch);
    return rc;
}

/* ---- many documents -------------------------------------------------------------------------- */

/* Rows of embeddings in COPY's binary format, one a piece. */
struct stream {
    const struct pg_rows *rows; /* of sql_unplaced */
    const esi_store_vector *vectors;
    size_t dimensions;
    size_t next; /* row to be sent; behind the last one the end mark, then nothing */
    uint8_t *bytes;
};

static const uint8_t copy_head[] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0"; /* and the string's end */
#define ROW_HEAD_MAX 96 /* what copy_head and a row take beside the vector's numbers */
#define ROW_FIELDS 5

static uint8_t *put_number(uint8_t *to, uint64_t n, int size) {
    for (int i = size - 1; i >= 0; i--) {
        *to++ = (uint8_t)(n >> (8 * i));
    }
    return to;
}

/* A field: its length, and the number. */
static uint8_t *put_field(uint8_t *to, int64_t n, int size) {
    return put_number(put_number(to, (uint64_t)size, 4), (uint64_t)n, size);
}

static uint8_t *put_vector(uint8_t *to, const float *vector, size_t dimensions) {
    to = put_number(to, 4 + dimensions * sizeof(float), 4);
    to = put_number(to, dimensions, 2);
    to = put_number(to, 0, 2);
    for (size_t i = 0; i < dimensions; i++) {
        uint32_t bits;
        memcpy(&bits, &vector[i], sizeof bits);
        to = put_number(to, bits, 4);
    }
    return to;
}

static esi_err stream_next(void *context, const void **out, size_t *out_size, esi_error *err) {
    struct stream *s = context;
    const size_t row = s->next++;
    uint8_t *to = s->bytes;
    (void)err;
    if (row == 0) {
        memcpy(to, copy_head, sizeof copy_head);
        to += sizeof copy_head;
    }
    if (row < s->rows->count) {
        const size_t place = (size_t)rows_int(s->rows, row, 0) - 1;
        to = put_number(to, ROW_FIELDS, 2);
        to = put_field(to, rows_int(s->rows, row, 1), 8);
        to = put_field(to, rows_int(s->rows, row, 2), 4);
        to = put_field(to, rows_int(s->rows, row, 3), 8);
        to = put_field(to, rows_int(s->rows, row, 4), 1);
        to = put_vector(to, s->vectors[place].vector, s->dimensions);
    } else if (row == s->rows->count) {
        to = put_number(to, UINT16_MAX, 2);
    }
    *out = s->bytes;
    *out_size = (size_t)(to - s->bytes);
    return ESI_OK;
}

static esi_err load_vectors(struct pg_conn *conn, const struct target *t,
                            const esi_store_vector *vectors, size_t count, const esi_wait *wait,
                            esi_error *err) {
    struct pg_args args = args_of(t->arena);
    struct pg_rows rows = {0};
    struct stream stream = {
        .rows = &rows, .vectors = vectors, .dimensions = (size_t)t->space->dimensions};
    const char **ids = ARENA_ARRAY(t->arena, count, const char *);
    stream.bytes = arena_alloc(t->arena, ROW_HEAD_MAX + stream.dimensions * sizeof(float));
    if (ids == NULL || stream.bytes == NULL) {
        return fail_memory(err, ORIGIN);
    }
    for (size_t i = 0; i < count; i++) {
        ids[i] = vectors[i].section_id;
    }
    args_text(&args, t->collection);
    args_uuids(&args, ids, count);
    const struct pg_step step = {sql_unplaced, &args, &rows};
    esi_err rc = pg_conn_run(conn, &step, 1, wait, err);
    if (rc == ESI_OK) {
        rc = pg_conn_copy(conn, sql_copy, stream_next, &stream, wait, err);
    }
    rows_clear(&rows);
    return rc;
}

/* Documents that are sent together. */
static esi_err load_some(struct pg_conn *conn, const struct target *t,
                         const esi_store_document *documents, size_t count, const esi_wait *wait,
                         esi_error *err) {
    struct pg_step steps[LOAD_STEPS];
    struct pg_args *args = ARENA_ARRAY(t->arena, count, struct pg_args);
    esi_err rc = args != NULL ? ESI_OK : fail_memory(err, ORIGIN);
    for (size_t i = 0; rc == ESI_OK && i < count; i++) {
        rc = document_args(t, &documents[i], &args[i], err);
        steps[i] = (struct pg_step){sql_upsert, &args[i], NULL};
    }
    return rc == ESI_OK ? pg_conn_run(conn, steps, count, wait, err) : rc;
}

static esi_err load_documents(struct pg_conn *conn, const struct target *t,
                              const esi_store_document *documents, size_t count,
                              const esi_wait *wait, esi_error *err) {
    esi_err rc = ESI_OK;
    for (size_t at = 0; rc == ESI_OK && at < count; at += LOAD_STEPS) {
        esi_arena scratch = {0};
        const struct target some = {t->collection, t->space, t->now_ms, &scratch};
        const size_t left = count - at;
        rc = load_some(conn, &some, documents + at, left < LOAD_STEPS ? left : LOAD_STEPS, wait,
                       err);
        arena_clear(&scratch);
    }
    return rc;
}

esi_err pg_kb_load(esi_store *store, const char *collection, const esi_store_space *space,
                   const esi_store_document *documents, size_t count, int64_t now_ms,
                   const esi_wait *wait, esi_error *err) {
    if (count > LOAD_MAX) {
        return esi_fail(err, ESI_ETOOBIG, ORIGIN, "%zu documents at once, %d are allowed", count,
                        LOAD_MAX);
    }
    esi_arena scratch = {0};
    const struct target t = {collection, space, now_ms, &scratch};
    struct pg_conn *conn = NULL;
    esi_store_vector *vectors = NULL;
    size_t vector_count = 0;
    esi_err rc = vectors_gather(&t, documents, count, &vectors, &vector_count, err);
    if (rc == ESI_OK && count > 0) {
        rc = pg_kb_begin(store, sql_begin, wait, &conn, err);
    }
    if (rc == ESI_OK && count > 0) {
        rc = load_documents(conn, &t, documents, count, wait, err);
        if (rc == ESI_OK && vector_count > 0) {
            rc = load_vectors(conn, &t, vectors, vector_count, wait, err);
        }
        rc = pg_kb_end(store, conn, rc, wait, err);
    }
    arena_clear(&scratch);
    return rc;
}
