#include <string.h>

#include "base/error.h"
#include "store/migrate.h"
#include "store/pg_parts.h"

#define OLDEST_VECTOR_MAJOR 0
#define OLDEST_VECTOR_MINOR 8

/* A part's steps, in order; meson.build has the same lists. */
#define CASE_STEPS(STEP)                                                                           \
    STEP(1, case)                                                                                  \
    STEP(2, case_turn)                                                                             \
    STEP(3, case_tickets)                                                                          \
    STEP(4, case_usage)
#define KB_STEPS(STEP)                                                                             \
    STEP(1, kb)                                                                                    \
    STEP(2, kb_documents)                                                                          \
    STEP(3, kb_search)                                                                             \
    STEP(4, kb_vectors)

/* schema/pg/000N_NAME.sql, compiled in. */
#define DECLARE(number, name)                                                                      \
    extern const unsigned char data_pg_000##number##_##name[];                                     \
    extern const size_t data_pg_000##number##_##name##_size;
#define ROW(number, name)                                                                          \
    {number, #name, data_pg_000##number##_##name, &data_pg_000##number##_##name##_size},

CASE_STEPS(DECLARE)
KB_STEPS(DECLARE)

static const struct migrate_step case_steps[] = {CASE_STEPS(ROW)};
static const struct migrate_step kb_steps[] = {KB_STEPS(ROW)};

struct part {
    unsigned bit;
    const char *name;
    const struct migrate_step *steps;
    size_t count;
    bool needs_vector;
};

static const struct part parts[] = {
    {PG_PART_CASE, "case", case_steps, sizeof case_steps / sizeof *case_steps, false},
    {PG_PART_KB, "kb", kb_steps, sizeof kb_steps / sizeof *kb_steps, true},
};

/* The table's comment tells ours from another program's of that name. */
#define MARK "esihelp"

static const char sql_identify[] =
    "SELECT obj_description(to_regclass('schema_migrations'), 'pg_class') = '" MARK "', "
    "to_regclass('schema_migrations') IS NOT NULL, "
    "(SELECT extversion FROM pg_extension WHERE extname = 'vector'), "
    "current_database()::text, current_user::text, "
    "(SELECT default_version FROM pg_available_extensions WHERE name = 'vector'), "
    "coalesce(has_schema_privilege(current_schema(), 'CREATE'), false)";
static const char sql_last[] =
    "SELECT coalesce(max(number), 0), count(*) FROM schema_migrations WHERE part = $1";
static const char sql_hash[] = "SELECT hash FROM schema_migrations WHERE part = $1 AND number = $2";
static const char sql_record[] =
    "INSERT INTO schema_migrations (part, number, name, hash) VALUES ($1, $2, $3, $4)";
/* One lock for all databases' schemas of a server would do; it is one for each database anyway. */
static const char sql_lock[] = "SELECT pg_advisory_xact_lock(5063084236104978240)";
static const char sql_table[] =
    "CREATE TABLE IF NOT EXISTS schema_migrations (part text COLLATE \"C\" NOT NULL, "
    "number integer NOT NULL, name text NOT NULL, "
    "hash bytea NOT NULL CHECK (octet_length(hash) = 32), "
    "at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (part, number)); "
    "COMMENT ON TABLE schema_migrations IS '" MARK "'";
static const char sql_vector[] = "CREATE EXTENSION IF NOT EXISTS vector";

/* What was found of a database. */
struct found {
    bool is_ours, has_table, may_create;
    const char *vector, *vector_there; /* the extension's version, and the one to be had; NULL */
    const char *database, *role;
};

struct fit {
    struct pg_conn *conn;
    const struct part *part;
    const esi_wait *wait;
    esi_arena arena;
    struct found found;
};

static esi_err identify(struct fit *f, esi_error *err) {
    struct pg_rows rows = {0};
    const struct pg_step step = {sql_identify, NULL, &rows};
    esi_err rc = pg_conn_run(f->conn, &step, 1, f->wait, err);
    if (rc != ESI_OK) {
        return rc;
    }
    f->found = (struct found){.is_ours = rows_int(&rows, 0, 0) != 0,
                              .has_table = rows_int(&rows, 0, 1) != 0,
                              .may_create = rows_int(&rows, 0, 6) != 0,
                              .vector = rows_text(&rows, 0, 2, &f->arena),
                              .vector_there = rows_text(&rows, 0, 5, &f->arena),
                              .database = rows_text(&rows, 0, 3, &f->arena),
                              .role = rows_text(&rows, 0, 4, &f->arena)};
    rc = rows_ok(&rows, err);
    rows_clear(&rows);
    return rc;
}

/* ---- the steps, as store/migrate wants them ------------------------------------------------ */

static esi_err step_last(void *db, int32_t *out, esi_error *err) {
    struct fit *f = db;
    if (!f->found.has_table) {
        *out = 0;
        return ESI_OK;
    }
    struct pg_args args = args_of(NULL);
    args_text(&args, f->part->name);
    struct pg_rows rows = {0};
    const struct pg_step step = {sql_last, &args, &rows};
    const esi_err rc = pg_conn_run(f->conn, &step, 1, f->wait, err);
    if (rc == ESI_OK) {
        *out = (int32_t)rows_int(&rows, 0, 0);
    }
    rows_clear(&rows);
    return rc;
}

static esi_err step_hash(void *db, int32_t number, uint8_t out[32], esi_error *err) {
    struct fit *f = db;
    struct pg_args args = args_of(NULL);
    args_text(&args, f->part->name);
    args_int(&args, number);
    struct pg_rows rows = {0};
    const struct pg_step step = {sql_hash, &args, &rows};
    const esi_err rc = pg_conn_run(f->conn, &step, 1, f->wait, err);
    if (rc == ESI_OK) {
        memset(out, 0, 32); /* no row: a hash that no step has */
        if (rows.count == 1) {
            (void)rows_hash(&rows, 0, 0, out);
        }
    }
    rows_clear(&rows);
    return rc;
}

static void step_rollback(void *db) {
    struct fit *f = db;
    const esi_err rc = pg_conn_exec(f->conn, "ROLLBACK", f->wait, NULL);
    (void)rc; /* a connection that is inside a transaction is closed when it is given back */
}

/* How the extension is had, where this role can't have it. */
static esi_err fail_vector(const struct found *found, esi_error *err) {
    if (found->vector_there == NULL) {
        return esi_fail(err, ESI_EUNSUPPORTED, ORIGIN,
                        "the server of %s has no pgvector: install it there (Debian: "
                        "postgresql-NN-pgvector; 0.8 or newer), then: psql -d %s -c 'CREATE "
                        "EXTENSION vector'",
                        found->database, found->database);
    }
    return esi_fail(err, ESI_EUNSUPPORTED, ORIGIN,
                    "the database %s lacks the extension vector, and the role %s may not make it; "
                    "as its owner or a superuser: psql -d %s -c 'CREATE EXTENSION vector'",
                    found->database, found->role, found->database);
}

static bool is_old(const char *version) {
    struct view rest = view_of(version), piece;
    int64_t major = 0, minor = 0;
    (void)(view_split(&rest, '.', &piece) && view_int(piece, 0, 1000, &major));
    (void)(view_split(&rest, '.', &piece) && view_int(piece, 0, 1000, &minor));
    return major == OLDEST_VECTOR_MAJOR && minor < OLDEST_VECTOR_MINOR;
}

static esi_err check_vector(const struct found *found, esi_error *err) {
    if (found->vector == NULL) {
        return fail_vector(found, err);
    }
    if (!is_old(found->vector)) {
        return ESI_OK;
    }
    const bool newer = found->vector_there != NULL && !is_old(found->vector_there);
    return esi_fail(err, ESI_EUNSUPPORTED, ORIGIN,
                    "the extension vector of the database %s is %s, and 0.8 is needed: %spsql -d "
                    "%s -c 'ALTER EXTENSION vector UPDATE'",
                    found->database, found->vector,
                    newer ? "" : "install a newer pgvector on the server, then ", found->database);
}

static esi_err make_vector(struct fit *f, esi_error *err) {
    if (!f->part->needs_vector || f->found.vector != NULL) {
        return ESI_OK;
    }
    esi_error why = {0};
    const esi_err rc = pg_conn_exec(f->conn, sql_vector, f->wait, &why);
    if (rc == ESI_OK) {
        f->found.vector = "made just now";
        return ESI_OK;
    }
    const bool lost = rc == ESI_ECANCELLED || rc == ESI_ETIMEOUT ||
                      (rc == ESI_EUNAVAILABLE && strcmp(why.sqlstate, "42501") != 0);
    if (lost && err != NULL) {
        *err = why;
    }
    return lost ? rc : fail_vector(&f->found, err);
}

/* Others that migrate, also from an older release, wait here. */
static esi_err step_begin(void *db, esi_error *err) {
    struct fit *f = db;
    esi_err rc = pg_conn_begin(f->conn, "BEGIN", f->wait, err);
    if (rc == ESI_OK) {
        rc = pg_conn_exec(f->conn, sql_lock, f->wait, err);
    }
    if (rc == ESI_OK) {
        rc = identify(f, err); /* somebody may have been here first */
    }
    if (rc == ESI_OK && !f->found.has_table) {
        rc = pg_conn_exec(f->conn, sql_table, f->wait, err);
        f->found.has_table = f->found.is_ours = rc == ESI_OK;
    }
    if (rc == ESI_OK) {
        rc = make_vector(f, err);
    }
    if (rc != ESI_OK) {
        step_rollback(db);
    }
    return rc;
}

/* What a step ran into. Nothing of it stays. */
static esi_err fail_step(const struct fit *f, esi_err rc, const esi_error *why, esi_error *err) {
    static const char *const taken[] = {"42P07", "42710", "42723", "42P06"};
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) {
        if (strcmp(why->sqlstate, taken[i]) == 0) {
            return esi_fail(err, ESI_ECORRUPT, ORIGIN,
                            "the database %s has a table or function of another program under one "
                            "of our names: it was left as it is; name another database",
                            f->found.database);
        }
    }
    if (err != NULL) {
        *err = *why;
    }
    return rc;
}

static esi_err step_apply(void *db, const struct migrate_step *step, const uint8_t hash[32],
                          esi_error *err) {
    struct fit *f = db;
    esi_error why = {0};
    esi_err rc = pg_conn_exec(f->conn, (const char *)step->sql, f->wait, &why);
    if (rc != ESI_OK) {
        return fail_step(f, rc, &why, err);
    }
    struct pg_args args = args_of(NULL);
    args_text(&args, f->part->name);
    args_int(&args, step->number);
    args_text(&args, step->name);
    args_hash(&args, hash);
    const struct pg_step record = {sql_record, &args, NULL};
    return pg_conn_run(f->conn, &record, 1, f->wait, err);
}

static esi_err step_commit(void *db, esi_error *err) {
    struct fit *f = db;
    return pg_conn_exec(f->conn, "COMMIT", f->wait, err);
}

static struct migrate_db migrate_db_of(struct fit *f) {
    return (struct migrate_db){.db = f,
                               .last = step_last,
                               .hash = step_hash,
                               .begin = step_begin,
                               .apply = step_apply,
                               .commit = step_commit,
                               .rollback = step_rollback};
}

/* ---- fitting ------------------------------------------------------------------------------- */

static esi_err fail_missing(const struct fit *f, bool may, esi_error *err) {
    const struct found *found = &f->found;
    if (!may) {
        return esi_fail(err, ESI_EUNAVAILABLE, ORIGIN,
                        "the database %s %s: run \"esihelp migrate\" as its owner", found->database,
                        found->has_table ? "has an older schema than this release"
                                         : "has no tables of ours yet");
    }
    return esi_fail(err, ESI_EUNAVAILABLE, ORIGIN,
                    "the database %s lacks tables of this release, and the role %s may not make "
                    "them: run \"esihelp migrate\" as its owner",
                    found->database, found->role);
}

static esi_err fit_part(struct fit *f, bool may, esi_error *err) {
    const struct part *part = f->part;
    const struct migrate_db db = migrate_db_of(f);
    size_t missing = 0;
    esi_err rc = migrate_check(&db, part->steps, part->count, &missing, err);
    if (rc != ESI_OK) {
        return rc;
    }
    if (missing > 0 && !(may && f->found.may_create)) {
        return fail_missing(f, may, err);
    }
    if (part->needs_vector && (f->found.vector != NULL || missing == 0)) {
        rc = check_vector(&f->found, err);
    }
    return rc == ESI_OK && missing > 0 ? migrate_run(&db, part->steps, part->count, err) : rc;
}

esi_err pg_schema_fit(struct pg_conn *conn, unsigned wanted, bool may, const esi_wait *wait,
                      esi_error *err) {
    struct fit f = {.conn = conn, .wait = wait};
    esi_err rc = identify(&f, err);
    if (rc == ESI_OK && f.found.has_table && !f.found.is_ours) {
        rc = esi_fail(err, ESI_ECORRUPT, ORIGIN,
                      "the database %s has a table schema_migrations of another program: it was "
                      "left as it is; name another database",
                      f.found.database);
    }
    for (size_t i = 0; rc == ESI_OK && i < sizeof parts / sizeof *parts; i++) {
        if ((wanted & parts[i].bit) != 0) {
            f.part = &parts[i];
            rc = fit_part(&f, may, err);
        }
    }
    arena_clear(&f.arena);
    return rc;
}

esi_err pg_schema_state(struct pg_conn *conn, unsigned wanted, const esi_wait *wait,
                        struct pg_schema_state *out, esi_error *err) {
    struct fit f = {.conn = conn, .wait = wait};
    esi_err rc = identify(&f, err);
    int32_t has = 0;
    for (size_t i = 0; rc == ESI_OK && i < sizeof parts / sizeof *parts; i++) {
        if (parts[i].bit == wanted) {
            f.part = &parts[i];
            rc = step_last(&f, &has, err);
        }
    }
    if (rc == ESI_OK) {
        *out = (struct pg_schema_state){
            .has = has,
            .knows = (int32_t)(f.part != NULL ? f.part->count : 0),
            .vector_is_missing = f.found.vector == NULL,
            .vector_is_old = f.found.vector != NULL && is_old(f.found.vector),
        };
    }
    arena_clear(&f.arena);
    return rc;
}

bool pg_schema_sql(unsigned part, size_t step, struct view *out) {
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (parts[i].bit == part && step < parts[i].count) {
            const struct migrate_step *s = &parts[i].steps[step];
            *out = (struct view){(const char *)s->sql, *s->size};
            return true;
        }
    }
    return false;
}
