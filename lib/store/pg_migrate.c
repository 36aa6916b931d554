/* pg_migrate.c: databases brought up to date by their owner, and what a role needs that serves. */
#include <string.h>

#include "base/error.h"
#include "base/str.h"
#include "store/pg_parts.h"

#define ROLE_MAX 63 /* bytes of a name, for the server */
#define PARTS 2

static const char sql_no_limit[] = "SET statement_timeout = 0";
static const char sql_schema[] = "SELECT quote_ident(current_schema())";
static const char sql_functions[] =
    "SELECT string_agg(quote_ident(p.proname), ', ' ORDER BY p.proname) FROM pg_proc p "
    "WHERE p.pronamespace = current_schema()::regnamespace AND p.proname LIKE 'esi\\_%'";

/* What a role that serves may do: rows, not tables. */
static const char *const rights[] = {"USAGE ON SCHEMA",
                                     "SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA",
                                     "USAGE ON ALL SEQUENCES IN SCHEMA"};

#define RIGHTS (sizeof rights / sizeof *rights)
#define GRANTS_MAX (RIGHTS + 1)

struct work {
    const esi_store_config *config;
    const char *role; /* quoted */
    bool grants;      /* they are executed */
    esi_arena *arena;
    esi_store_part *parts;
    esi_pair *statements;
    esi_store_migration *out;
};

static const struct {
    unsigned bit;
    const char *name;
} part_names[PARTS] = {{PG_PART_CASE, "case"}, {PG_PART_KB, "kb"}};

/* A name as the server takes it literally. */
static esi_err quote_role(const char *role, esi_arena *arena, const char **out, esi_error *err) {
    if (role[0] == '\0' || strlen(role) > ROLE_MAX) {
        return esi_fail(err, ESI_EINVAL, ORIGIN, "a role's name has 1 to %d bytes", ROLE_MAX);
    }
    struct buf quoted;
    buf_init(&quoted, (size_t)2 * ROLE_MAX + 3);
    buf_char(&quoted, '"');
    for (const char *p = role; *p != '\0'; p++) {
        if (*p == '"') {
            buf_char(&quoted, '"');
        }
        buf_char(&quoted, *p);
    }
    buf_char(&quoted, '"');
    *out = quoted.failed ? NULL : arena_str(arena, buf_view(&quoted));
    buf_clear(&quoted);
    return *out != NULL ? ESI_OK : fail_memory(err, ORIGIN);
}

/* ---- rights ---------------------------------------------------------------------------------- */

static esi_err ask_text(const struct work *w, struct pg_conn *conn, const char *sql,
                        const char **out, esi_error *err) {
    struct pg_rows rows = {0};
    const struct pg_step step = {sql, NULL, &rows};
    esi_err rc = pg_conn_run(conn, &step, 1, &w->config->wait, err);
    if (rc == ESI_OK) {
        *out = rows.count > 0 ? rows_text(&rows, 0, 0, w->arena) : NULL;
        rc = rows_ok(&rows, err);
    }
    rows_clear(&rows);
    return rc;
}

static esi_err add_grant(struct work *w, struct pg_conn *conn, const char *database,
                         const char *statement, esi_error *err) {
    if (statement == NULL) {
        return fail_memory(err, ORIGIN);
    }
    w->statements[w->out->grant_count++] = (esi_pair){database, statement};
    if (!w->grants) {
        return ESI_OK;
    }
    esi_error why = {0};
    const esi_err rc = pg_conn_exec(conn, statement, &w->config->wait, &why);
    if (rc != ESI_OK && strcmp(why.sqlstate, "42704") == 0) {
        return esi_fail(err, ESI_ENOTFOUND, ORIGIN,
                        "the server has no role %s: CREATE ROLE makes it", w->role);
    }
    if (rc != ESI_OK && err != NULL) {
        *err = why;
    }
    return rc;
}

static esi_err grant_all(struct work *w, struct pg_conn *conn, const char *database,
                         esi_error *err) {
    const char *schema = NULL, *functions = NULL;
    esi_err rc = ask_text(w, conn, sql_schema, &schema, err);
    if (rc == ESI_OK) {
        rc = ask_text(w, conn, sql_functions, &functions, err);
    }
    for (size_t i = 0; rc == ESI_OK && schema != NULL && i < RIGHTS; i++) {
        rc =
            add_grant(w, conn, database,
                      arena_printf(w->arena, "GRANT %s %s TO %s", rights[i], schema, w->role), err);
    }
    if (rc == ESI_OK && functions != NULL) {
        rc = add_grant(
            w, conn, database,
            arena_printf(w->arena, "GRANT EXECUTE ON FUNCTION %s TO %s", functions, w->role), err);
    }
    return rc;
}

/* ---- a database ------------------------------------------------------------------------------ */

static esi_err states(struct pg_conn *conn, unsigned bits, const esi_wait *wait, int32_t out[PARTS],
                      esi_error *err) {
    esi_err rc = ESI_OK;
    for (size_t i = 0; rc == ESI_OK && i < PARTS; i++) {
        if ((bits & part_names[i].bit) != 0) {
            struct pg_schema_state state;
            rc = pg_schema_state(conn, part_names[i].bit, wait, &state, err);
            out[i] = rc == ESI_OK ? state.has : 0;
        }
    }
    return rc;
}

static esi_err bring_up(struct work *w, struct pg_conn *conn, unsigned bits, const char *database,
                        esi_error *err) {
    const esi_wait *wait = &w->config->wait;
    int32_t from[PARTS] = {0}, to[PARTS] = {0};
    esi_err rc = pg_conn_exec(conn, sql_no_limit, wait, err);
    if (rc == ESI_OK) {
        rc = states(conn, bits, wait, from, err);
    }
    if (rc == ESI_OK) {
        rc = pg_schema_fit(conn, bits, true, wait, err);
    }
    if (rc == ESI_OK) {
        rc = states(conn, bits, wait, to, err);
    }
    if (rc == ESI_OK && (bits & PG_PART_KB) != 0 && w->config->searches) {
        rc = pg_spaces_index(conn, wait, err);
    }
    for (size_t i = 0; rc == ESI_OK && i < PARTS; i++) {
        if ((bits & part_names[i].bit) != 0) {
            w->parts[w->out->part_count++] =
                (esi_store_part){part_names[i].name, database, from[i], to[i]};
        }
    }
    return rc == ESI_OK ? grant_all(w, conn, database, err) : rc;
}

static esi_err migrate_database(struct work *w, const char *url, unsigned bits, esi_error *err) {
    struct pg_target target = {.prepare = w->config->prepare, .log = w->config->log};
    struct pg_conn *conn = NULL;
    esi_err rc = pg_target_set_url(&target, url, err);
    if (rc == ESI_OK) {
        rc = pg_conn_open(&target, &w->config->wait, &conn, err);
    }
    if (rc == ESI_OK) {
        const char *database = arena_str(w->arena, view_of(target.name));
        rc = database != NULL ? bring_up(w, conn, bits, database, err) : fail_memory(err, ORIGIN);
    }
    pg_conn_close(conn);
    pg_target_clear(&target);
    return rc;
}

esi_err pg_migrate(const esi_store_config *config, const char *grant, esi_arena *arena,
                   esi_store_migration *out, esi_error *err) {
    const char *knowledge = config->knowledge_url;
    const bool one =
        knowledge == NULL || knowledge[0] == '\0' || strcmp(knowledge, config->url) == 0;
    struct work w = {.config = config, .grants = grant != NULL, .arena = arena};
    esi_store_migration result = {0};
    w.out = &result;
    w.parts = ARENA_ARRAY(arena, PARTS, esi_store_part);
    w.statements = ARENA_ARRAY(arena, 2 * GRANTS_MAX, esi_pair);
    w.role = "SERVING_ROLE";
    esi_err rc = w.parts != NULL && w.statements != NULL ? ESI_OK : fail_memory(err, ORIGIN);
    if (rc == ESI_OK && grant != NULL) {
        rc = quote_role(grant, arena, &w.role, err);
    }
    if (rc == ESI_OK) {
        rc = migrate_database(&w, config->url, one ? PG_PART_CASE | PG_PART_KB : PG_PART_CASE, err);
    }
    if (rc == ESI_OK && !one) {
        rc = migrate_database(&w, knowledge, PG_PART_KB, err);
    }
    if (rc == ESI_OK) {
        result.parts = w.parts;
        result.grants = w.statements;
        *out = result;
    }
    return rc;
}
