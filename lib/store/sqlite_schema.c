#include <string.h>

#include "base/str.h"
#include "embedded.h"
#include "store/migrate.h"
#include "store/sqlite_parts.h"

/* "ESIH", in the file's header: how our files are told from others. The first step sets it; each
 * sets user_version beside it to its own number. */
#define APPLICATION_ID 1163086152

static const struct migrate_step steps[] = {
    {1, "desk", data_sqlite_0001_desk, &data_sqlite_0001_desk_size},
    {2, "retention", data_sqlite_0002_retention, &data_sqlite_0002_retention_size},
    {3, "spaces", data_sqlite_0003_spaces, &data_sqlite_0003_spaces_size},
    {4, "vectors", data_sqlite_0004_vectors, &data_sqlite_0004_vectors_size},
    {5, "usage", data_sqlite_0005_usage, &data_sqlite_0005_usage_size},
};

#define STEP_COUNT (sizeof steps / sizeof *steps)

static const char sql_application[] = "PRAGMA application_id";
static const char sql_pages[] = "PRAGMA page_count";
static const char sql_tables[] = "SELECT count(*) FROM sqlite_schema";
static const char sql_version[] = "PRAGMA user_version";
static const char sql_hash[] = "SELECT hash FROM schema_migrations WHERE number = ?1";
static const char sql_record[] =
    "INSERT INTO schema_migrations (number, name, hash) VALUES (?1, ?2, ?3)";

static esi_err read_int(struct conn *conn, const char *sql, int64_t *out, esi_error *err) {
    struct query q = query_of(conn, sql);
    bool row = false;
    const esi_err rc = query_next(&q, &row, err);
    if (rc == ESI_OK) {
        *out = row ? query_int(&q, 0) : 0;
    }
    query_end(&q);
    return rc;
}

esi_err schema_identify(struct conn *conn, bool *out_new, esi_error *err) {
    int64_t application = 0, version = 0, tables = 0, pages = 0;
    esi_err rc = read_int(conn, sql_pages, &pages, err);
    if (rc == ESI_OK && pages == 0 && conn_has_bytes(conn)) {
        return conn_fail(conn, SQLITE_NOTADB, err);
    }
    if (rc == ESI_OK) {
        rc = read_int(conn, sql_application, &application, err);
    }
    if (rc == ESI_OK) {
        rc = read_int(conn, sql_version, &version, err);
    }
    if (rc == ESI_OK) {
        rc = read_int(conn, sql_tables, &tables, err);
    }
    if (rc != ESI_OK) {
        return rc;
    }
    const bool empty = application == 0 && version == 0 && tables == 0;
    if (!empty && application != APPLICATION_ID) {
        return esi_fail(err, ESI_ECORRUPT, ORIGIN,
                        "%s is a database of another program: it was left as it is; name another "
                        "file for the store",
                        conn->path);
    }
    *out_new = empty;
    return ESI_OK;
}

/* ---- the steps, as store/migrate wants them ---------------------------------------------- */

static esi_err step_last(void *db, int32_t *out, esi_error *err) {
    int64_t version = 0;
    const esi_err rc = read_int(db, sql_version, &version, err);
    if (rc == ESI_OK) {
        *out = (int32_t)version;
    }
    return rc;
}

static esi_err step_hash(void *db, int32_t number, uint8_t out[32], esi_error *err) {
    struct query q = query_of(db, sql_hash);
    query_put_int(&q, number);
    bool row = false;
    esi_err rc = query_next(&q, &row, err);
    if (rc == ESI_OK) {
        memset(out, 0, 32); /* no row: a hash that no step has */
        if (row) {
            query_hash(&q, 0, out);
        }
        rc = query_ok(&q, err);
    }
    query_end(&q);
    return rc;
}

static esi_err step_begin(void *db, esi_error *err) {
    return conn_begin_write(db, err);
}

static esi_err step_apply(void *db, const struct migrate_step *step, const uint8_t hash[32],
                          esi_error *err) {
    esi_err rc = conn_exec(db, (const char *)step->sql, err);
    if (rc != ESI_OK) {
        return rc;
    }
    struct query q = query_of(db, sql_record);
    query_put_int(&q, step->number);
    query_put_text(&q, step->name);
    query_put_blob(&q, hash, 32);
    return query_run(&q, err);
}

static esi_err step_commit(void *db, esi_error *err) {
    return conn_commit(db, err);
}

static void step_rollback(void *db) {
    conn_rollback(db);
}

static struct migrate_db schema_db(struct conn *conn) {
    return (struct migrate_db){.db = conn,
                               .last = step_last,
                               .hash = step_hash,
                               .begin = step_begin,
                               .apply = step_apply,
                               .commit = step_commit,
                               .rollback = step_rollback};
}

esi_err schema_fit(struct conn *conn, bool may, esi_error *err) {
    const struct migrate_db db = schema_db(conn);
    size_t missing = 0;
    const esi_err rc = migrate_check(&db, steps, STEP_COUNT, &missing, err);
    if (rc != ESI_OK || missing == 0) {
        return rc;
    }
    if (!may) {
        return esi_fail(err, ESI_EUNAVAILABLE, ORIGIN,
                        "the schema of %s is older than this release: bring it up to date with "
                        "\"esihelp migrate\"",
                        conn->path);
    }
    return migrate_run(&db, steps, STEP_COUNT, err);
}

esi_err schema_version(struct conn *conn, int32_t *out_has, int32_t *out_knows, esi_error *err) {
    *out_knows = STEP_COUNT;
    return step_last(conn, out_has, err);
}
