/* Candidates for a question, found by the database in one statement. Which of them are good is the
 * library's to say.
 *
 * A replica is asked first, where there is one: it costs the primary nothing. It is believed where
 * it has come as far as the collection's version that the caller knows; one that is behind, doesn't
 * answer or can't (its schema may be older) is passed over, and the primary is asked. */
#include "base/error.h"
#include "base/log.h"
#include "store/pg_parts.h"
#include "store/pg_words.h"

#define WORDS_MAX 48 /* of a question */
#define MOST_MAX 1000

static const char sql_search[] =
    "SELECT kind, a, b, c, id, source, title, version, updated, standing, language, roles, meta, "
    "section, ordinal, line, heading, body, note, embedding "
    "FROM esi_kb_search($1, $2, $3, $4, $5, $6)";

enum column {
    KIND,
    A,
    B,
    C,
    ID,
    SOURCE,
    TITLE,
    VERSION,
    UPDATED,
    STANDING,
    LANGUAGE,
    ROLES,
    META,
    SECTION,
    ORDINAL,
    LINE,
    HEADING,
    BODY,
    NOTE,
    EMBEDDING
};

enum kind { KIND_HEAD, KIND_WORD, KIND_SECTION };

struct search {
    const esi_store_search *query;
    struct pg_words words;
    struct pg_args args;
    struct pg_rows rows;
    esi_arena scratch;
};

/* ---- asking ---------------------------------------------------------------------------------- */

static esi_err put_args(struct search *s, const char *collection, esi_error *err) {
    const esi_store_search *q = s->query;
    const esi_err rc =
        pg_question_words(q->words, q->language, WORDS_MAX, &s->scratch, &s->words, err);
    if (rc != ESI_OK) {
        return rc;
    }
    s->args = args_of(&s->scratch);
    args_text(&s->args, collection);
    args_texts(&s->args, s->words.items, s->words.count);
    if (q->vector != NULL) {
        args_vector(&s->args, q->vector, (size_t)q->dimensions);
    } else {
        args_null(&s->args);
    }
    args_int(&s->args, q->role);
    args_int(&s->args, q->most);
    args_int(&s->args, q->sections > 0 ? q->sections : 1000);
    return ESI_OK;
}

static int64_t version_of(const struct search *s) {
    return s->rows.count > 0 ? rows_int(&s->rows, 0, A) : 0;
}

/* False: the primary is to be asked, for which half of the time is left. */
static bool ask_replica(esi_store *store, struct search *s, const esi_wait *wait) {
    const struct pg_step step = {sql_search, &s->args, &s->rows};
    esi_error why = {0};
    if (store->replica == NULL) {
        return false;
    }
    const esi_wait half = wait_for_ms(esi_wait_left_ms(wait) / 2, wait->cancel);
    const esi_err rc = pg_visit(store->replica, PG_ONCE, &step, 1, &half, &why);
    if (rc == ESI_OK && version_of(s) >= s->query->version) {
        return true;
    }
    log_debug(&store->log, ORIGIN, NULL, "the replica wasn't searched: %s",
              rc == ESI_OK ? "it is behind" : why.message);
    rows_clear(&s->rows);
    return false;
}

static esi_err ask(esi_store *store, struct search *s, const esi_wait *wait, bool *by_replica,
                   esi_error *err) {
    const struct pg_step step = {sql_search, &s->args, &s->rows};
    *by_replica = ask_replica(store, s, wait);
    return *by_replica ? ESI_OK : pg_visit(store->kb, PG_AGAIN, &step, 1, wait, err);
}

/* ---- the answer ------------------------------------------------------------------------------ */

/* The head and the words; *row is the first section's. */
static esi_err read_head(struct search *s, esi_arena *arena, esi_store_found *out, size_t *row,
                         esi_error *err) {
    esi_store_count *words = ARENA_ARRAY(arena, s->words.count, esi_store_count);
    if (words == NULL) {
        return fail_memory(err, ORIGIN);
    }
    out->version = version_of(s);
    out->indexed = s->rows.count > 0 && rows_int(&s->rows, 0, B) == 2;
    out->mended = s->rows.count > 0 && rows_int(&s->rows, 0, C) == 1;
    size_t i = 1;
    for (; i < s->rows.count && rows_int(&s->rows, i, KIND) == KIND_WORD; i++) {
        if (out->word_count < s->words.count) {
            const char *word = arena_str(arena, view_of(s->words.items[out->word_count]));
            words[out->word_count++] = (esi_store_count){word, rows_int(&s->rows, i, A)};
            if (word == NULL) {
                return fail_memory(err, ORIGIN);
            }
        }
    }
    out->words = words;
    *row = i;
    return ESI_OK;
}

static esi_err read_section(struct search *s, size_t row, esi_arena *arena, esi_store_section *out,
                            esi_error *err) {
    struct pg_rows *rows = &s->rows;
    *out = (esi_store_section){.id = rows_text(rows, row, SECTION, arena),
                               .ordinal = (int32_t)rows_int(rows, row, ORDINAL),
                               .line = (int32_t)rows_int(rows, row, LINE),
                               .heading = rows_text(rows, row, HEADING, arena),
                               .text = rows_text(rows, row, BODY, arena),
                               .note = rows_text(rows, row, NOTE, arena)};
    if (s->query->vector == NULL || rows_null(rows, row, EMBEDDING)) {
        return ESI_OK;
    }
    const size_t dimensions = (size_t)s->query->dimensions;
    float *vector = ARENA_ARRAY(arena, dimensions, float);
    if (vector == NULL) {
        return fail_memory(err, ORIGIN);
    }
    if (!rows_vector(rows, row, EMBEDDING, vector, dimensions)) {
        return esi_fail(err, ESI_ECORRUPT, ORIGIN,
                        "a stored vector hasn't the length of its collection: make them anew with "
                        "\"esihelp reembed\"");
    }
    out->vector = vector;
    return ESI_OK;
}

/* The rows from *row on that are one document's. */
static esi_err read_document(struct search *s, size_t *row, esi_arena *arena,
                             esi_store_document *out, esi_error *err) {
    struct pg_rows *rows = &s->rows;
    const size_t first = *row;
    *out = (esi_store_document){.id = rows_text(rows, first, ID, arena),
                                .source = rows_text(rows, first, SOURCE, arena),
                                .scope = "",
                                .title = rows_text(rows, first, TITLE, arena),
                                .version = rows_text(rows, first, VERSION, arena),
                                .updated = rows_text(rows, first, UPDATED, arena),
                                .standing = rows_text(rows, first, STANDING, arena),
                                .language = rows_text(rows, first, LANGUAGE, arena),
                                .roles = (uint32_t)rows_int(rows, first, ROLES),
                                .meta = rows_text(rows, first, META, arena)};
    esi_err rc = rows_ok(rows, err);
    size_t end = first + 1;
    for (; rc == ESI_OK && end < rows->count; end++) {
        const char *id = rows_text(rows, end, ID, arena);
        rc = rows_ok(rows, err);
        if (rc != ESI_OK || !view_eq(view_of(id), view_of(out->id))) {
            break;
        }
    }
    esi_store_section *sections = ARENA_ARRAY(arena, end - first, esi_store_section);
    if (rc == ESI_OK && sections == NULL) {
        rc = fail_memory(err, ORIGIN);
    }
    for (size_t i = first; rc == ESI_OK && i < end; i++) {
        rc = read_section(s, i, arena, &sections[i - first], err);
    }
    out->sections = sections;
    out->section_count = end - first;
    *row = end;
    return rc == ESI_OK ? rows_ok(rows, err) : rc;
}

static esi_err visit_rows(struct search *s, size_t row, esi_store_visit_fn visit, void *context,
                          esi_error *err) {
    esi_err rc = ESI_OK;
    while (rc == ESI_OK && row < s->rows.count) {
        esi_arena memory = {0};
        esi_store_document document;
        rc = read_document(s, &row, &memory, &document, err);
        if (rc == ESI_OK) {
            rc = visit(&document, false, context, err);
        }
        arena_clear(&memory);
    }
    return rc;
}

static esi_err search_run(esi_store *store, struct search *s, const char *collection,
                          const esi_wait *wait, esi_arena *arena, esi_store_visit_fn visit,
                          void *context, esi_store_found *out, esi_error *err) {
    size_t row = 0;
    esi_err rc = put_args(s, collection, err);
    if (rc == ESI_OK) {
        rc = ask(store, s, wait, &out->by_replica, err);
    }
    if (rc == ESI_OK) {
        rc = read_head(s, arena, out, &row, err);
    }
    return rc == ESI_OK ? visit_rows(s, row, visit, context, err) : rc;
}

esi_err pg_kb_search(esi_store *store, const char *collection, const esi_store_search *query,
                     const esi_wait *wait, esi_arena *arena, esi_store_visit_fn visit,
                     void *context, esi_store_found *out, esi_error *err) {
    if (query->most < 1 || query->most > MOST_MAX) {
        return esi_fail(err, ESI_EINVAL, ORIGIN, "%d sections wanted of a search, 1 to %d may be",
                        (int)query->most, MOST_MAX);
    }
    struct search *s = ARENA_NEW(arena, struct search);
    if (s == NULL) {
        return fail_memory(err, ORIGIN);
    }
    s->query = query;
    esi_store_found found = {0};
    const esi_err rc = search_run(store, s, collection, wait, arena, visit, context, &found, err);
    rows_clear(&s->rows);
    arena_clear(&s->scratch);
    if (rc == ESI_OK) {
        atomic_fetch_add(&store->searched, 1);
        atomic_fetch_add(&store->searched_replica, found.by_replica);
        atomic_fetch_add(&store->searched_short, found.mended);
        *out = found;
    }
    return rc;
}

esi_err pg_search_finding(esi_store *store, esi_arena *arena, esi_store_finding *out,
                          esi_error *err) {
    const long long all = atomic_load(&store->searched), few = atomic_load(&store->searched_short);
    const char *detail = arena_printf(
        arena,
        "%lld searches by the database, %lld of them by the replica; the index gave too few "
        "in %lld, which were made again without it",
        all, (long long)atomic_load(&store->searched_replica), few);
    if (detail == NULL) {
        return fail_memory(err, ORIGIN);
    }
    const bool ok = few * 10 <= all;
    *out =
        (esi_store_finding){ok, "searches", detail,
                            ok ? NULL
                               : "make the index of the vectors anew, as the owner: REINDEX INDEX "
                                 "CONCURRENTLY embeddings_space_..."};
    return ESI_OK;
}
