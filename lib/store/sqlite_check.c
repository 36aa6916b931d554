#include "base/error.h"
#include "store/sqlite_parts.h"

#define FINDINGS_MAX 16

static const char sql_integrity[] = "PRAGMA quick_check(1)";
static const char sql_foreign[] = "SELECT count(*) FROM pragma_foreign_key_check";
/* Vectors that don't have the length of their collection's space. */
static const char sql_space[] =
    "SELECT count(*) FROM collections c JOIN kb_documents d ON d.collection = c.name "
    "JOIN embeddings e ON e.document = d.number "
    "LEFT JOIN embedding_spaces s ON s.number = c.space "
    "WHERE e.vector IS NOT NULL AND length(e.vector) <> 4 * coalesce(s.dimensions, 0)";
static const char sql_sections[] =
    "SELECT count(*) FROM kb_documents d WHERE d.sections <> "
    "(SELECT count(*) FROM embeddings e WHERE e.document = d.number)";
/* Turns that aren't whole: both messages, and a ticket where one was promised. */
static const char sql_turns[] = "SELECT count(*) FROM chat_sessions s WHERE 2 * s.turns <> "
                                "(SELECT count(*) FROM chat_messages m WHERE m.session_id = s.id)";
static const char sql_counts[] =
    "SELECT (SELECT count(*) FROM chat_sessions), (SELECT count(*) FROM chat_messages), "
    "(SELECT count(*) FROM tickets), (SELECT count(*) FROM kb_documents), "
    "(SELECT count(*) FROM embeddings), (SELECT count(*) FROM outbox)";
static const char sql_kept[] = "SELECT coalesce(sum(vectors), 0) FROM known_spaces";
static const char sql_pages[] = "SELECT page_count, freelist_count, page_size FROM "
                                "pragma_page_count, pragma_freelist_count, pragma_page_size";

struct checkup {
    struct conn *conn;
    esi_arena *arena;
    esi_store_finding *findings;
    size_t count;
};

/* Adds a finding; mend is dropped where it is well. */
static esi_err find(struct checkup *c, const char *what, bool ok, const char *detail,
                    const char *mend, esi_error *err) {
    if (detail == NULL) {
        return fail_memory(err, ORIGIN);
    }
    c->findings[c->count++] =
        (esi_store_finding){.ok = ok, .what = what, .detail = detail, .mend = ok ? NULL : mend};
    return ESI_OK;
}

static esi_err check_integrity(struct checkup *c, esi_error *err) {
    struct query q = query_of(c->conn, sql_integrity);
    bool row = false;
    esi_err rc = query_next(&q, &row, err);
    const char *verdict = rc == ESI_OK && row ? query_text(&q, 0, c->arena) : NULL;
    query_end(&q);
    const bool damaged = rc == ESI_ECORRUPT;
    if (rc != ESI_OK && !damaged) {
        return rc;
    }
    if (!damaged && verdict == NULL) {
        return fail_memory(err, ORIGIN);
    }
    const bool ok = !damaged && sqlite3_stricmp(verdict, "ok") == 0;
    return find(c, "integrity", ok, ok ? "every page is well" : "pages of the file are damaged",
                "restore a backup, or save what can be read with \"sqlite3 FILE .recover\"", err);
}

static esi_err check_schema(struct checkup *c, esi_error *err) {
    int32_t has = 0, knows = 0;
    const esi_err rc = schema_version(c->conn, &has, &knows, err);
    return rc != ESI_OK ? rc
                        : find(c, "schema", has == knows,
                               arena_printf(c->arena, "version %d of %d", (int)has, (int)knows),
                               "run \"esihelp migrate\"", err);
}

static esi_err check_zero(struct checkup *c, const char *what, const char *sql, const char *of,
                          const char *mend, esi_error *err) {
    struct query q = query_of(c->conn, sql);
    bool row = false;
    const esi_err rc = query_next(&q, &row, err);
    const int64_t n = rc == ESI_OK && row ? query_int(&q, 0) : 0;
    query_end(&q);
    return rc != ESI_OK ? rc
                        : find(c, what, n == 0, arena_printf(c->arena, "%lld %s", (long long)n, of),
                               mend, err);
}

static esi_err check_file(struct checkup *c, esi_error *err) {
    struct query q = query_of(c->conn, sql_pages);
    bool row = false;
    const esi_err rc = query_next(&q, &row, err);
    const int64_t pages = rc == ESI_OK && row ? query_int(&q, 0) : 0;
    const int64_t unused = rc == ESI_OK && row ? query_int(&q, 1) : 0;
    const int64_t size = rc == ESI_OK && row ? query_int(&q, 2) : 0;
    query_end(&q);
    return rc != ESI_OK ? rc
                        : find(c, "file", true,
                               arena_printf(c->arena, "%lld KiB, %lld KiB of it free for reuse",
                                            (long long)(pages * size / 1024),
                                            (long long)(unused * size / 1024)),
                               NULL, err);
}

static esi_err check_counts(struct checkup *c, esi_error *err) {
    struct query q = query_of(c->conn, sql_counts);
    long long n[6] = {0};
    bool row = false;
    const esi_err rc = query_next(&q, &row, err);
    for (int i = 0; rc == ESI_OK && row && i < 6; i++) {
        n[i] = (long long)query_int(&q, i);
    }
    query_end(&q);
    return rc != ESI_OK
               ? rc
               : find(c, "counts", true,
                      arena_printf(c->arena,
                                   "%lld sessions, %lld messages, %lld tickets, %lld documents, "
                                   "%lld sections, %lld events in the outbox",
                                   n[0], n[1], n[2], n[3], n[4], n[5]),
                      NULL, err);
}

/* Vectors that were paid for, beside those of sections. */
static esi_err check_kept(struct checkup *c, esi_error *err) {
    struct query q = query_of(c->conn, sql_kept);
    bool row = false;
    const esi_err rc = query_next(&q, &row, err);
    const int64_t kept = rc == ESI_OK && row ? query_int(&q, 0) : 0;
    query_end(&q);
    return rc != ESI_OK || kept == 0
               ? rc
               : find(c, "kept vectors", true,
                      arena_printf(c->arena, "%lld, of texts that needn't be paid for again",
                                   (long long)kept),
                      NULL, err);
}

static esi_err check_all(struct checkup *c, esi_error *err) {
    static const struct {
        const char *what, *sql, *of, *mend;
    } zeros[] = {
        {"foreign keys", sql_foreign, "rows without what they belong to",
         "restore a backup: something else than esihelp has written to the file"},
        {"space", sql_space, "vectors of another length than their collection's model makes",
         "ingest the documents again"},
        {"documents", sql_sections, "documents that miss sections", "ingest the documents again"},
        {"turns", sql_turns, "sessions that miss messages",
         "restore a backup: something else than esihelp has written to the file"},
    };
    esi_err rc = check_schema(c, err);
    if (rc == ESI_OK) {
        rc = check_integrity(c, err);
    }
    if (rc != ESI_OK || !c->findings[c->count - 1].ok) {
        return rc; /* what a damaged file says about its rows means nothing */
    }
    for (size_t i = 0; rc == ESI_OK && i < sizeof zeros / sizeof *zeros; i++) {
        rc = check_zero(c, zeros[i].what, zeros[i].sql, zeros[i].of, zeros[i].mend, err);
    }
    if (rc == ESI_OK) {
        rc = check_file(c, err);
    }
    if (rc == ESI_OK) {
        rc = check_kept(c, err);
    }
    return rc != ESI_OK ? rc : check_counts(c, err);
}

esi_err sqlite_check(esi_store *store, const esi_wait *wait, esi_arena *arena,
                     const esi_store_finding **out, size_t *out_count, esi_error *err) {
    struct checkup c = {.arena = arena};
    c.findings = ARENA_ARRAY(arena, FINDINGS_MAX, esi_store_finding);
    if (c.findings == NULL) {
        return fail_memory(err, ORIGIN);
    }
    struct reading r;
    esi_err rc = reading_begin(store, wait, &r, err);
    if (rc != ESI_OK) {
        return rc;
    }
    c.conn = r.conn;
    rc = check_all(&c, err);
    reading_end(&r, rc);
    if (rc == ESI_OK) {
        *out = c.findings;
        *out_count = c.count;
    }
    return rc;
}
