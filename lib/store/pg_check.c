/* pg_check.c: what is wrong with the servers, their schema, rights and connections. */
#include "store/pg_check.h"

#include <string.h>

#include "base/error.h"
#include "base/str.h"

#define CLOCK_MS 2000        /* by which clocks may differ */
#define LAG_BYTES (64 << 20) /* that a replica may be behind */
#define NAMES_MAX 256        /* tables or indexes of a schema */
#define CONNECTIONS_SPARE 3  /* that others should find free */

static const char sql_server[] =
    "SELECT current_setting('server_version'), pg_is_in_recovery(), "
    "current_setting('fsync') = 'on' AND current_setting('full_page_writes') = 'on', "
    "current_setting('synchronous_commit') <> 'off', "
    "current_setting('max_connections')::bigint - "
    "current_setting('superuser_reserved_connections')::bigint - "
    "(SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend')";
static const char sql_extension[] =
    "SELECT coalesce(max(extversion), '') FROM pg_extension WHERE extname = 'vector'";
static const char sql_missing[] =
    "SELECT count(*), (array_agg(n ORDER BY n))[1] FROM unnest($1::text[]) n "
    "WHERE to_regclass(quote_ident(n)) IS NULL";
static const char sql_invalid[] =
    "SELECT count(*), min(i.relname) FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid "
    "JOIN pg_class t ON t.oid = x.indrelid "
    "WHERE NOT x.indisvalid AND t.relnamespace = current_schema()::regnamespace "
    "AND t.relname = ANY ($1)";
/* What serving takes and this role hasn't. */
static const char sql_rights[] =
    "WITH t AS (SELECT c.oid, c.relname, c.relowner FROM pg_class c "
    "WHERE c.relnamespace = current_schema()::regnamespace AND c.relname = ANY ($1)), "
    "w AS (SELECT r || ' on ' || t.relname AS what FROM t, "
    "unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) r "
    "WHERE NOT has_table_privilege(t.oid, r) AND NOT (t.relname = 'schema_migrations' "
    "AND r <> 'SELECT') "
    "UNION ALL SELECT 'USAGE on ' || s.relname FROM t JOIN pg_depend d ON d.refobjid = t.oid "
    "JOIN pg_class s ON s.oid = d.objid "
    "WHERE CASE WHEN s.relkind = 'S' THEN NOT has_sequence_privilege(s.oid, 'USAGE') END "
    "UNION ALL SELECT 'EXECUTE on ' || p.proname FROM pg_proc p "
    "WHERE p.pronamespace = current_schema()::regnamespace AND p.proname LIKE 'esi\\_%' "
    "AND NOT has_function_privilege(p.oid, 'EXECUTE')) "
    "SELECT count(*), min(what), current_user::text, current_setting('is_superuser') = 'on', "
    "EXISTS (SELECT FROM t WHERE pg_has_role(t.relowner, 'MEMBER')) FROM w";
static const char sql_dead[] =
    "SELECT count(*), min(relname) FROM pg_stat_user_tables WHERE schemaname = current_schema() "
    "AND relname = ANY ($1) AND n_dead_tup > 10000 AND n_dead_tup > n_live_tup";
static const char sql_here[] = "SELECT pg_current_wal_lsn()::text";
static const char sql_there[] =
    "SELECT pg_is_in_recovery(), CASE WHEN pg_is_in_recovery() THEN "
    "pg_wal_lsn_diff($1::text::pg_lsn, pg_last_wal_replay_lsn())::bigint END";

/* ---- findings -------------------------------------------------------------------------------- */

esi_err pg_find_add(struct pg_checkup *c, const char *what, bool ok, const char *detail,
                    const char *mend, esi_error *err) {
    if (detail == NULL) {
        return fail_memory(err, ORIGIN);
    }
    if (c->count < PG_FINDINGS_MAX) {
        c->findings[c->count++] =
            (esi_store_finding){.ok = ok, .what = what, .detail = detail, .mend = ok ? NULL : mend};
    }
    return ESI_OK;
}

esi_err pg_look_row(struct pg_checkup *c, const struct pg_look *look, const char *sql,
                    const struct pg_args *args, struct pg_rows *out, esi_error *err) {
    const struct pg_step step = {sql, args, out};
    const esi_err rc = pg_conn_run(look->conn, &step, 1, c->wait, err);
    if (rc == ESI_OK && out->count == 0) {
        rows_clear(out);
        return esi_fail(err, ESI_EINTERNAL, ORIGIN, "a check-up's statement gave no row");
    }
    return rc;
}

esi_err pg_look_zero(struct pg_checkup *c, const struct pg_look *look, const char *what,
                     const char *sql, const char *of, const char *mend, esi_error *err) {
    struct pg_rows rows = {0};
    const esi_err rc = pg_look_row(c, look, sql, NULL, &rows, err);
    const long long n = rc == ESI_OK ? (long long)rows_int(&rows, 0, 0) : 0;
    rows_clear(&rows);
    return rc != ESI_OK
               ? rc
               : pg_find_add(c, what, n == 0, arena_printf(c->arena, "%lld %s", n, of), mend, err);
}

/* ---- the server ------------------------------------------------------------------------------ */

static esi_err check_server(struct pg_checkup *c, const struct pg_look *look, esi_error *err) {
    struct pg_rows rows = {0};
    esi_err rc = pg_look_row(c, look, sql_server, NULL, &rows, err);
    if (rc != ESI_OK) {
        return rc;
    }
    const char *version = rows_text(&rows, 0, 0, c->arena);
    const bool standby = rows_int(&rows, 0, 1) != 0, safe = rows_int(&rows, 0, 2) != 0;
    const bool waits = rows_int(&rows, 0, 3) != 0;
    const long long room = (long long)rows_int(&rows, 0, 4);
    rc = rows_ok(&rows, err);
    rows_clear(&rows);
    if (rc == ESI_OK) {
        rc =
            pg_find_add(c, "server", !standby || c->store->read_only,
                        arena_printf(c->arena, "PostgreSQL %s%s%s", version,
                                     standby ? ", a standby" : "", look->where),
                        "name the primary, or all hosts with target_session_attrs=read-write", err);
    }
    if (rc == ESI_OK) {
        rc = pg_find_add(c, "durability", safe && waits,
                         arena_printf(c->arena, "%s%s",
                                      !safe   ? "fsync or full_page_writes is off"
                                      : waits ? "what is acknowledged is on the disk"
                                              : "synchronous_commit is off",
                                      look->where),
                         "a crash loses acknowledged turns, or the database: turn on fsync, "
                         "full_page_writes and synchronous_commit",
                         err);
    }
    if (rc == ESI_OK) {
        rc = pg_find_add(
            c, "room", room >= CONNECTIONS_SPARE,
            arena_printf(c->arena, "%lld more connections fit%s", room > 0 ? room : 0, look->where),
            "raise max_connections on the server, lower ESI_PG_CONNECTIONS of the programs on it, "
            "or put PgBouncer before it",
            err);
    }
    return rc;
}

static esi_err check_connection(struct pg_checkup *c, const struct pg_look *look, esi_error *err) {
    const struct pg_server *server = pg_conn_server(look->conn);
    const long long off = (long long)(server->clock_ms < 0 ? -server->clock_ms : server->clock_ms);
    esi_err rc =
        pg_find_add(c, "clock", off <= CLOCK_MS,
                    arena_printf(c->arena, "the server's clock is %lld ms %s ours%s", off,
                                 server->clock_ms < 0 ? "behind" : "before", look->where),
                    "let both machines keep time (NTP): leases and dates depend on it", err);
    if (rc == ESI_OK) {
        rc = pg_find_add(
            c, "statements", true,
            arena_printf(c->arena, "%s; %s%s",
                         server->behind_pooler ? "behind a pooler" : "no pooler",
                         server->prepares ? "prepared under names" : "not prepared under names",
                         look->where),
            NULL, err);
    }
    const struct pg_pool_state pool = pg_db_state(look->db);
    if (rc == ESI_OK) {
        rc = pg_find_add(
            c, "pool", pool.refused == 0,
            arena_printf(c->arena,
                         "%zu of %zu connections open, %zu idle, %zu callers waiting; made anew "
                         "%lld times, visits repeated %lld, callers refused %lld%s",
                         pool.open, pool.max, pool.idle, pool.waiting, (long long)pool.reconnects,
                         (long long)pool.retried, (long long)pool.refused, look->where),
            "allow more connections with ESI_PG_CONNECTIONS, or see why the server is slow", err);
    }
    return rc;
}

/* ---- the schema ------------------------------------------------------------------------------ */

static esi_err check_steps(struct pg_checkup *c, const struct pg_look *look, esi_error *err) {
    static const struct {
        unsigned bit;
        const char *name;
    } parts[] = {{PG_PART_CASE, "sessions and tickets"}, {PG_PART_KB, "knowledge base"}};
    esi_err rc = ESI_OK;
    for (size_t i = 0; rc == ESI_OK && i < sizeof parts / sizeof *parts; i++) {
        struct pg_schema_state state;
        if ((look->parts & parts[i].bit) == 0) {
            continue;
        }
        rc = pg_schema_state(look->conn, parts[i].bit, c->wait, &state, err);
        if (rc == ESI_OK) {
            c->blind = c->blind || state.has < state.knows;
            rc = pg_find_add(c, "schema", state.has == state.knows,
                             arena_printf(c->arena, "%s: step %d of %d", parts[i].name,
                                          (int)state.has, (int)state.knows),
                             state.has > state.knows ? "use the newer release of esihelp"
                                                     : "run \"esihelp migrate\" as the owner",
                             err);
        }
    }
    return rc;
}

static esi_err check_extension(struct pg_checkup *c, const struct pg_look *look, esi_error *err) {
    struct pg_rows rows = {0};
    struct pg_schema_state state;
    esi_err rc = pg_schema_state(look->conn, PG_PART_KB, c->wait, &state, err);
    if (rc == ESI_OK) {
        rc = pg_look_row(c, look, sql_extension, NULL, &rows, err);
    }
    const char *version = rc == ESI_OK ? rows_text(&rows, 0, 0, c->arena) : NULL;
    rows_clear(&rows);
    if (rc != ESI_OK) {
        return rc;
    }
    const bool ok = !state.vector_is_missing && !state.vector_is_old;
    c->blind = c->blind || state.vector_is_missing;
    return pg_find_add(c, "pgvector", ok,
                       state.vector_is_missing
                           ? "the extension isn't there"
                           : arena_printf(c->arena, "version %s", version != NULL ? version : "?"),
                       state.vector_is_missing
                           ? "as a superuser: CREATE EXTENSION vector"
                           : "install pgvector 0.8 or newer, then: ALTER EXTENSION vector UPDATE",
                       err);
}

/* ---- tables and indexes, as the steps made them ---------------------------------------------- */

struct names {
    const char *items[NAMES_MAX];
    size_t count;
};

/* The word at the start, which is taken off. */
static struct view take_word(struct view *rest) {
    size_t end = 0;
    while (end < rest->n && rest->p[end] != ' ' && rest->p[end] != '(' && rest->p[end] != ';') {
        end++;
    }
    const struct view word = view_slice(*rest, 0, end);
    *rest = view_trim(view_slice(*rest, end, rest->n));
    return word;
}

static void forget_name(struct names *names, struct view name) {
    for (size_t i = 0; i < names->count; i++) {
        if (view_eq(view_of(names->items[i]), name)) {
            names->items[i] = names->items[--names->count];
            return;
        }
    }
}

/* "CREATE INDEX name ON ...", "CREATE TABLE name (", "DROP INDEX name;" at the start of a line. */
static bool read_line(struct names *names, struct view line, struct view kind, esi_arena *arena) {
    const struct view verb = take_word(&line);
    struct view word = take_word(&line);
    if (view_eq(word, VIEW("UNIQUE"))) {
        word = take_word(&line);
    }
    if (!view_eq(word, kind)) {
        return true;
    }
    const struct view name = take_word(&line);
    if (view_eq(verb, VIEW("DROP"))) {
        forget_name(names, name);
        return true;
    }
    if (!view_eq(verb, VIEW("CREATE")) || names->count == NAMES_MAX) {
        return true;
    }
    return (names->items[names->count++] = arena_str(arena, name)) != NULL;
}

static esi_err read_names(const struct pg_look *look, struct view kind, esi_arena *arena,
                          struct names *out, esi_error *err) {
    static const unsigned bits[] = {PG_PART_CASE, PG_PART_KB};
    bool read = true;
    for (size_t i = 0; i < sizeof bits / sizeof *bits; i++) {
        struct view sql, line;
        for (size_t step = 0; (look->parts & bits[i]) != 0 && pg_schema_sql(bits[i], step, &sql);
             step++) {
            while (read && view_line(&sql, &line)) {
                read = read_line(out, line, kind, arena);
            }
        }
    }
    return read ? ESI_OK : fail_memory(err, ORIGIN);
}

/* A statement over the names, whose row is a count and the first of what it counted. */
static esi_err look_names(struct pg_checkup *c, const struct pg_look *look, const char *sql,
                          const struct names *names, int64_t *out_count, const char **out_first,
                          esi_error *err) {
    struct pg_args *args = ARENA_NEW(c->arena, struct pg_args);
    if (args == NULL) {
        return fail_memory(err, ORIGIN);
    }
    *args = args_of(c->arena);
    args_texts(args, names->items, names->count);
    struct pg_rows rows = {0};
    esi_err rc = pg_look_row(c, look, sql, args, &rows, err);
    if (rc == ESI_OK) {
        *out_count = rows_int(&rows, 0, 0);
        *out_first = rows_text(&rows, 0, 1, c->arena);
        rc = rows_ok(&rows, err);
    }
    rows_clear(&rows);
    return rc;
}

/* The statement that makes an index, on one line: the last one, a step may make it anew. NULL:
 * memory is used up. */
static const char *index_statement(const struct pg_look *look, const char *name, esi_arena *arena) {
    static const unsigned bits[] = {PG_PART_CASE, PG_PART_KB};
    const char *pattern = arena_printf(arena, "INDEX %s ON", name);
    struct view sql, last = {0};
    for (size_t i = 0; pattern != NULL && i < sizeof bits / sizeof *bits; i++) {
        for (size_t step = 0; (look->parts & bits[i]) != 0 && pg_schema_sql(bits[i], step, &sql);
             step++) {
            size_t at = view_find(sql, view_of(pattern), 0);
            if (at == SIZE_MAX) {
                continue;
            }
            while (at > 0 && sql.p[at - 1] != '\n') {
                at--;
            }
            const size_t end = view_find(sql, VIEW(";"), at);
            last = view_slice(sql, at, end);
        }
    }
    char *line = pattern != NULL && last.n > 0 ? arena_str(arena, last) : NULL;
    if (line != NULL) {
        str_line(line, strlen(line) + 1, line);
    }
    return last.n > 0 ? line : pattern;
}

static esi_err check_indexes(struct pg_checkup *c, const struct pg_look *look,
                             const struct names *tables, esi_error *err) {
    struct names *names = ARENA_NEW(c->arena, struct names);
    int64_t missing = 0, invalid = 0;
    const char *first = NULL, *broken = NULL;
    esi_err rc = names != NULL ? read_names(look, VIEW("INDEX"), c->arena, names, err)
                               : fail_memory(err, ORIGIN);
    if (rc == ESI_OK) {
        rc = look_names(c, look, sql_missing, names, &missing, &first, err);
    }
    if (rc == ESI_OK) {
        rc = look_names(c, look, sql_invalid, tables, &invalid, &broken, err);
    }
    if (rc != ESI_OK) {
        return rc;
    }
    const char *detail =
        missing > 0 ? arena_printf(c->arena, "%lld indexes are missing, %s among them%s",
                                   (long long)missing, first, look->where)
        : invalid > 0
            ? arena_printf(c->arena, "%lld indexes are invalid, %s among them%s",
                           (long long)invalid, broken, look->where)
            : arena_printf(c->arena, "all %zu are there and valid%s", names->count, look->where);
    const char *statement = missing > 0 ? index_statement(look, first, c->arena) : "";
    const char *mend =
        missing > 0 ? arena_printf(c->arena, "as the owner: %s", statement != NULL ? statement : "")
                    : "as the owner: REINDEX INDEX CONCURRENTLY, of each";
    return statement == NULL || mend == NULL
               ? fail_memory(err, ORIGIN)
               : pg_find_add(c, "indexes", missing + invalid == 0, detail, mend, err);
}

static esi_err check_vacuum(struct pg_checkup *c, const struct pg_look *look,
                            const struct names *tables, esi_error *err) {
    int64_t starved = 0;
    const char *first = NULL;
    const esi_err rc = look_names(c, look, sql_dead, tables, &starved, &first, err);
    if (rc != ESI_OK) {
        return rc;
    }
    const char *detail =
        starved == 0
            ? arena_printf(c->arena, "no table is full of dead rows%s", look->where)
            : arena_printf(c->arena,
                           "%lld tables have more dead rows than live ones, %s among them%s",
                           (long long)starved, first, look->where);
    return pg_find_add(c, "vacuum", starved == 0, detail,
                       "autovacuum doesn't keep up: see that it is on and that no transaction "
                       "stays open for hours; as the owner: VACUUM (ANALYZE)",
                       err);
}

static esi_err check_rights(struct pg_checkup *c, const struct pg_look *look,
                            const struct names *tables, esi_error *err) {
    struct pg_args *args = ARENA_NEW(c->arena, struct pg_args);
    if (args == NULL) {
        return fail_memory(err, ORIGIN);
    }
    *args = args_of(c->arena);
    args_texts(args, tables->items, tables->count);
    struct pg_rows rows = {0};
    esi_err rc = pg_look_row(c, look, sql_rights, args, &rows, err);
    if (rc != ESI_OK) {
        return rc;
    }
    const long long lacks = (long long)rows_int(&rows, 0, 0);
    const char *first = rows_text(&rows, 0, 1, c->arena), *role = rows_text(&rows, 0, 2, c->arena);
    const bool super = rows_int(&rows, 0, 3) != 0, owner = rows_int(&rows, 0, 4) != 0;
    rc = rows_ok(&rows, err);
    rows_clear(&rows);
    if (rc != ESI_OK) {
        return rc;
    }
    c->blind = c->blind || lacks > 0;
    const char *detail =
        lacks > 0 ? arena_printf(c->arena, "the role %s lacks %lld rights, %s among them%s", role,
                                 lacks, first, look->where)
                  : arena_printf(c->arena, "the role %s %s%s", role,
                                 super   ? "is a superuser, which serving doesn't need"
                                 : owner ? "owns the tables, which serving doesn't need"
                                         : "reads and writes rows, which is all that serving needs",
                                 look->where);
    return pg_find_add(c, "rights", lacks == 0 || c->store->read_only, detail,
                       "as the owner: esihelp migrate --grant ROLE", err);
}

static esi_err check_schema(struct pg_checkup *c, const struct pg_look *look, esi_error *err) {
    struct names *tables = ARENA_NEW(c->arena, struct names);
    esi_err rc = tables != NULL ? read_names(look, VIEW("TABLE"), c->arena, tables, err)
                                : fail_memory(err, ORIGIN);
    if (rc == ESI_OK && tables->count < NAMES_MAX) {
        tables->items[tables->count++] = "schema_migrations";
    }
    if (rc == ESI_OK) {
        rc = check_steps(c, look, err);
    }
    if (rc == ESI_OK && (look->parts & PG_PART_KB) != 0) {
        rc = check_extension(c, look, err);
    }
    if (rc == ESI_OK) {
        rc = check_indexes(c, look, tables, err);
    }
    if (rc == ESI_OK) {
        rc = check_rights(c, look, tables, err);
    }
    return rc == ESI_OK ? check_vacuum(c, look, tables, err) : rc;
}

/* ---- the replica ----------------------------------------------------------------------------- */

static esi_err look_at_replica(struct pg_checkup *c, const struct pg_look *primary,
                               struct pg_look *replica, esi_error *err) {
    struct pg_rows here = {0}, there = {0};
    struct pg_args *args = ARENA_NEW(c->arena, struct pg_args);
    esi_err rc = args != NULL ? pg_look_row(c, primary, sql_here, NULL, &here, err)
                              : fail_memory(err, ORIGIN);
    if (rc == ESI_OK) {
        *args = args_of(c->arena);
        args_text(args, rows_text(&here, 0, 0, c->arena));
        rc = pg_look_row(c, replica, sql_there, args, &there, err);
    }
    if (rc == ESI_OK) {
        const bool standby = rows_int(&there, 0, 0) != 0;
        const long long lag = (long long)rows_int(&there, 0, 1);
        const char *detail =
            !standby ? "what is named as a replica is a primary"
                     : arena_printf(c->arena, "%lld KiB behind", lag > 0 ? lag / 1024 : 0);
        rc = pg_find_add(c, "replica", standby && lag < LAG_BYTES, detail,
                         standby
                             ? "see why it doesn't follow; searches go to the primary meanwhile"
                             : "name a standby of the knowledge base's database in ESI_PG_REPLICA",
                         err);
    }
    rows_clear(&here);
    rows_clear(&there);
    return rc;
}

static esi_err check_replica(struct pg_checkup *c, const struct pg_look *primary, esi_error *err) {
    struct pg_look replica = {.db = c->store->replica, .where = ""};
    esi_error why = {0};
    if (replica.db == NULL) {
        return ESI_OK;
    }
    const esi_err reached = pg_lease(replica.db, c->wait, &replica.conn, &why);
    if (reached != ESI_OK) {
        return pg_find_add(c, "replica", false, arena_str(c->arena, view_of(why.message)),
                           "make it reachable; searches go to the primary meanwhile", err);
    }
    const esi_err rc = look_at_replica(c, primary, &replica, err);
    pg_return(replica.db, replica.conn, rc);
    return rc;
}

/* ---- all of it ------------------------------------------------------------------------------- */

static esi_err check_database(struct pg_checkup *c, struct pg_look *look, esi_error *err) {
    esi_err rc = pg_lease(look->db, c->wait, &look->conn, err);
    if (rc != ESI_OK) {
        return rc;
    }
    rc = check_server(c, look, err);
    if (rc == ESI_OK) {
        rc = check_connection(c, look, err);
    }
    if (rc == ESI_OK) {
        rc = check_schema(c, look, err);
    }
    if (rc == ESI_OK && !c->blind && (look->parts & PG_PART_CASE) != 0) {
        rc = pg_check_cases(c, look, err);
    }
    if (rc == ESI_OK && !c->blind && (look->parts & PG_PART_KB) != 0) {
        rc = pg_check_knowledge(c, look, err);
    }
    if (rc == ESI_OK && (look->parts & PG_PART_KB) != 0) {
        rc = check_replica(c, look, err);
    }
    pg_return(look->db, look->conn, rc);
    if (rc == ESI_OK && !c->blind && (look->parts & PG_PART_KB) != 0) {
        rc = pg_check_vectors(c, look, err);
    }
    return rc;
}

esi_err pg_check(esi_store *store, const esi_wait *wait, esi_arena *arena,
                 const esi_store_finding **out, size_t *out_count, esi_error *err) {
    const bool one = store->kb == store->cases;
    struct pg_checkup c = {.store = store, .wait = wait, .arena = arena};
    struct pg_look cases = {.db = store->cases,
                            .parts = one ? PG_PART_CASE | PG_PART_KB : PG_PART_CASE,
                            .where = one ? "" : " (sessions and tickets)"};
    struct pg_look kb = {.db = store->kb, .parts = PG_PART_KB, .where = " (knowledge base)"};
    c.findings = ARENA_ARRAY(arena, PG_FINDINGS_MAX, esi_store_finding);
    esi_err rc = c.findings != NULL ? check_database(&c, &cases, err) : fail_memory(err, ORIGIN);
    if (rc == ESI_OK && !one) {
        rc = check_database(&c, &kb, err);
    }
    esi_store_finding searches;
    if (rc == ESI_OK && (store->searches || atomic_load(&store->searched) > 0)) {
        rc = pg_search_finding(store, arena, &searches, err);
        if (rc == ESI_OK) {
            rc = pg_find_add(&c, searches.what, searches.ok, searches.detail, searches.mend, err);
        }
    }
    if (rc == ESI_OK) {
        *out = c.findings;
        *out_count = c.count;
    }
    return rc;
}
