#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "store/sqlite_parts.h"

#define OLDEST_SQLITE 3037000   /* the first with STRICT tables */
#define PROGRESS_STEPS 4000     /* of SQLite's machine between two looks at the clock */
#define BUSY_SLEEP_MS 2         /* between two tries at a file that another process is writing */
#define TEXT_BYTES_MAX 67108864 /* of one value; all limits above are far below it */

/* ---- what SQLite's codes mean ------------------------------------------------------------ */

static esi_err fail_disk(const struct conn *conn, int system, esi_error *err) {
    switch (system) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return esi_fail(err, ESI_ENOSPC, ORIGIN, "no space is left for %s: free some and try again",
                        conn->path);
    case EROFS:
    case EACCES:
    case EPERM:
        return esi_fail(err, ESI_EREADONLY, ORIGIN,
                        "%s can't be written: let this user write the file and its folder",
                        conn->path);
    default:
        return esi_fail(err, ESI_EIO, ORIGIN,
                        "the system can't read or write %s (error %d): look at the disk, then try "
                        "again",
                        conn->path, system);
    }
}

static esi_err fail_busy(const struct conn *conn, esi_error *err) {
    if (conn->wait != NULL && esi_cancel_fired(conn->wait->cancel)) {
        return fail_wait(err, ORIGIN, conn->wait);
    }
    return esi_fail(err, ESI_EUNAVAILABLE, ORIGIN,
                    "another process is writing to %s: try again in a moment", conn->path);
}

esi_err conn_fail(struct conn *conn, int code, esi_error *err) {
    switch (code & 0xff) {
    case SQLITE_NOMEM:
        return fail_memory(err, ORIGIN);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
        return fail_busy(conn, err);
    case SQLITE_INTERRUPT:
        if (conn->wait != NULL) {
            return fail_wait(err, ORIGIN, conn->wait);
        }
        break;
    case SQLITE_FULL:
        return fail_disk(conn, ENOSPC, err);
    case SQLITE_CANTOPEN:
        /* what couldn't be made is the file beside it that readers share */
        return fail_disk(conn,
                         sqlite3_system_errno(conn->db) == ENOENT ? EACCES
                                                                  : sqlite3_system_errno(conn->db),
                         err);
    case SQLITE_IOERR:
        return fail_disk(conn, sqlite3_system_errno(conn->db), err);
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return fail_disk(conn, EACCES, err);
    case SQLITE_NOTADB:
        return esi_fail(err, ESI_ECORRUPT, ORIGIN,
                        "%s is not a database: it was left as it is; name another file for the "
                        "store",
                        conn->path);
    case SQLITE_CORRUPT:
        return esi_fail(err, ESI_ECORRUPT, ORIGIN,
                        "%s is damaged: restore a backup, or save what can be read with "
                        "\"sqlite3 FILE .recover\"",
                        conn->path);
    case SQLITE_TOOBIG:
        return esi_fail(err, ESI_ETOOBIG, ORIGIN, "a value is larger than a store keeps");
    default:
        break;
    }
    return esi_fail(err, ESI_EINTERNAL, ORIGIN, "sqlite answered %d: %s", code,
                    sqlite3_errstr(code));
}

/* ---- open and close ---------------------------------------------------------------------- */

static int on_busy(void *context, int tries) {
    const struct conn *conn = context;
    (void)tries;
    if (conn->wait == NULL || wait_over(conn->wait)) {
        return 0;
    }
    wait_sleep(conn->wait, BUSY_SLEEP_MS);
    return !wait_over(conn->wait);
}

static int on_progress(void *context) {
    const struct conn *conn = context;
    return conn->interruptible && conn->wait != NULL && wait_over(conn->wait);
}

/* Is the folder that the file stands in there? */
static bool has_folder(const char *path) {
    const char *slash = strrchr(path, '/');
    if (slash == NULL || slash == path) {
        return true;
    }
    struct buf folder;
    buf_init(&folder, strlen(path));
    buf_add(&folder, (struct view){path, (size_t)(slash - path)});
    const bool there = !folder.failed && os_is_folder(folder.p);
    buf_clear(&folder);
    return there;
}

static esi_err fail_missing(const struct conn *conn, enum conn_mode mode, esi_error *err) {
    if (!has_folder(conn->path)) {
        return esi_fail(err, ESI_EIO, ORIGIN, "the folder of %s doesn't exist: make it first",
                        conn->path);
    }
    if (mode == CONN_CREATE) { /* it isn't there because it couldn't be made */
        return fail_disk(conn, EACCES, err);
    }
    return esi_fail(err, ESI_EIO, ORIGIN,
                    "%s doesn't exist: name a file that does, or open it for writing, with migrate",
                    conn->path);
}

static esi_err fail_open(struct conn *conn, enum conn_mode mode, int code, esi_error *err) {
    if ((code & 0xff) == SQLITE_CANTOPEN && conn->db != NULL) {
        switch (sqlite3_system_errno(conn->db)) {
        case ENOENT:
        case ENOTDIR:
            return fail_missing(conn, mode, err);
        case EISDIR:
            return esi_fail(err, ESI_EIO, ORIGIN, "%s is a folder: name a file in it for the store",
                            conn->path);
        default:
            break;
        }
    }
    if (conn->db == NULL) {
        return fail_memory(err, ORIGIN);
    }
    return conn_fail(conn, code, err);
}

/* A path as a URL that says that the file doesn't change: SQLite needn't lock it then. */
static char *still_url(const char *path) {
    struct buf url;
    buf_init(&url, 3 * strlen(path) + 32);
    buf_str(&url, path[0] == '/' ? "file://" : "file:");
    for (const char *p = path; *p != '\0'; p++) {
        if (*p == '%' || *p == '?' || *p == '#') {
            buf_printf(&url, "%%%02x", (unsigned)*p);
        } else {
            buf_char(&url, *p);
        }
    }
    buf_str(&url, "?immutable=1");
    return buf_take(&url);
}

static esi_err open_file(struct conn *conn, enum conn_mode mode, esi_error *err) {
    static const int flags[] = {
        [CONN_STILL] = SQLITE_OPEN_READONLY | SQLITE_OPEN_URI,
        [CONN_READ] = SQLITE_OPEN_READONLY,
        [CONN_WRITE] = SQLITE_OPEN_READWRITE,
        [CONN_CREATE] = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
    };
    char *url = mode == CONN_STILL ? still_url(conn->path) : NULL;
    if (mode == CONN_STILL && url == NULL) {
        return fail_memory(err, ORIGIN);
    }
    const int code =
        sqlite3_open_v2(url != NULL ? url : conn->path, &conn->db,
                        flags[mode] | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
    free(url);
    if (code != SQLITE_OK) {
        return fail_open(conn, mode, code, err);
    }
    if (mode >= CONN_WRITE && sqlite3_db_readonly(conn->db, "main") == 1) {
        return fail_disk(conn, EACCES, err);
    }
    return ESI_OK;
}

/* What holds for a connection and changes nothing in the file. */
static esi_err set_up(struct conn *conn, enum conn_mode mode, esi_error *err) {
    sqlite3 *db = conn->db;
    sqlite3_limit(db, SQLITE_LIMIT_LENGTH, TEXT_BYTES_MAX);
    sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
    int code = sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL);
    if (code == SQLITE_OK) {
        code = sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    }
    if (code == SQLITE_OK) {
        code = sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    }
    if (code == SQLITE_OK) {
        code = sqlite3_create_function(db, "has_words", 3, SQLITE_UTF8 | SQLITE_DIRECTONLY, NULL,
                                       ticket_has_words, NULL, NULL);
    }
    if (code == SQLITE_OK) {
        code = sqlite3_busy_handler(db, on_busy, conn);
    }
    if (code != SQLITE_OK) {
        return conn_fail(conn, code, err);
    }
    sqlite3_progress_handler(db, PROGRESS_STEPS, on_progress, conn);
    esi_err rc = conn_exec(conn, "PRAGMA temp_store=MEMORY", err);
    if (rc == ESI_OK && mode < CONN_WRITE) {
        rc = conn_exec(conn, "PRAGMA query_only=ON", err);
    }
    if (rc == ESI_OK && mode >= CONN_WRITE) {
        rc = conn_exec(conn, "PRAGMA synchronous=FULL", err);
        conn->syncs = true;
    }
    return rc;
}

esi_err conn_open(const char *path, enum conn_mode mode, const esi_wait *wait, struct conn **out,
                  esi_error *err) {
    if (sqlite3_libversion_number() < OLDEST_SQLITE || sqlite3_threadsafe() == 0) {
        return esi_fail(err, ESI_EUNSUPPORTED, ORIGIN,
                        "sqlite %s is too old, or was built without threads: 3.37 is needed",
                        sqlite3_libversion());
    }
    struct conn *conn = calloc(1, sizeof *conn);
    if (conn == NULL) {
        return fail_memory(err, ORIGIN);
    }
    conn->path = path;
    conn->wait = wait;
    esi_err rc = open_file(conn, mode, err);
    if (rc == ESI_OK) {
        rc = set_up(conn, mode, err);
    }
    conn->wait = NULL;
    if (rc != ESI_OK) {
        conn_close(conn);
        return rc;
    }
    *out = conn;
    return ESI_OK;
}

void conn_close(struct conn *conn) {
    if (conn == NULL) {
        return;
    }
    for (size_t i = 0; i < CONN_STATEMENTS; i++) {
        sqlite3_finalize(conn->cache[i].stmt);
    }
    sqlite3_close(conn->db);
    free(conn);
}

esi_err conn_use_log(struct conn *conn, esi_error *err) {
    /* SQLite doesn't wait by itself while the mode changes; two processes may open a new file at
     * the same moment. */
    int code;
    do {
        code = sqlite3_exec(conn->db, "PRAGMA journal_mode=WAL", NULL, NULL, NULL);
    } while ((code & 0xff) == SQLITE_BUSY && on_busy(conn, 0));
    if (code != SQLITE_OK) {
        return conn_fail(conn, code, err);
    }
    static const char mode[] = "PRAGMA journal_mode";
    struct query q = query_of(conn, mode);
    bool row = false;
    esi_err rc = query_next(&q, &row, err);
    const char *name = rc == ESI_OK && row ? (const char *)sqlite3_column_text(q.stmt, 0) : NULL;
    if (rc == ESI_OK && (name == NULL || strcmp(name, "wal") != 0)) {
        rc = esi_fail(err, ESI_EIO, ORIGIN,
                      "%s is on a file system without shared memory: put it on a local disk",
                      conn->path);
    }
    query_end(&q);
    if (rc == ESI_OK) {
        rc = conn_exec(conn, "PRAGMA journal_size_limit=67108864", err);
    }
    return rc;
}

esi_err conn_sync(struct conn *conn, bool syncs, esi_error *err) {
    if (conn->syncs == syncs) {
        return ESI_OK;
    }
    const esi_err rc =
        conn_exec(conn, syncs ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL", err);
    if (rc == ESI_OK) {
        conn->syncs = syncs;
    }
    return rc;
}

bool conn_in_transaction(const struct conn *conn) {
    return sqlite3_get_autocommit(conn->db) == 0;
}

esi_err conn_exec(struct conn *conn, const char *sql, esi_error *err) {
    const int code = sqlite3_exec(conn->db, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? ESI_OK : conn_fail(conn, code, err);
}

bool conn_has_bytes(const struct conn *conn) {
    sqlite3_file *file = NULL;
    char byte;
    return sqlite3_file_control(conn->db, "main", SQLITE_FCNTL_FILE_POINTER, &file) == SQLITE_OK &&
           file != NULL && file->pMethods != NULL &&
           file->pMethods->xRead(file, &byte, 1, 0) == SQLITE_OK;
}

int64_t conn_changes(const struct conn *conn) {
    return sqlite3_changes64(conn->db);
}

int64_t conn_last_number(const struct conn *conn) {
    return sqlite3_last_insert_rowid(conn->db);
}

/* ---- statements -------------------------------------------------------------------------- */

/* The slot of a statement: its own, or the free one that will be. */
static size_t find_slot(const struct conn *conn, const char *sql) {
    size_t at = ((uintptr_t)sql / 16) * 31 % CONN_STATEMENTS;
    for (size_t i = 0; i < CONN_STATEMENTS; i++) {
        if (conn->cache[at].sql == NULL || conn->cache[at].sql == sql) {
            return at;
        }
        at = (at + 1) % CONN_STATEMENTS;
    }
    return CONN_STATEMENTS;
}

struct query query_of(struct conn *conn, const char *sql) {
    struct query q = {.conn = conn, .code = SQLITE_OK};
    const size_t at = find_slot(conn, sql);
    if (at == CONN_STATEMENTS) {
        q.code = SQLITE_INTERNAL;
        return q;
    }
    if (conn->cache[at].sql == NULL) {
        q.code = sqlite3_prepare_v3(conn->db, sql, -1, SQLITE_PREPARE_PERSISTENT,
                                    &conn->cache[at].stmt, NULL);
        if (q.code != SQLITE_OK) {
            return q;
        }
        conn->cache[at].sql = sql;
    }
    q.stmt = conn->cache[at].stmt;
    return q;
}

static void note_code(struct query *q, int code) {
    if (q->code == SQLITE_OK) {
        q->code = code;
    }
}

void query_put_text(struct query *q, const char *text) {
    q->put++;
    if (q->code == SQLITE_OK) {
        q->code = text == NULL ? sqlite3_bind_null(q->stmt, q->put)
                               : sqlite3_bind_text(q->stmt, q->put, text, -1, SQLITE_STATIC);
    }
}

void query_put_int(struct query *q, int64_t n) {
    q->put++;
    if (q->code == SQLITE_OK) {
        q->code = sqlite3_bind_int64(q->stmt, q->put, n);
    }
}

void query_put_double(struct query *q, double d) {
    q->put++;
    if (q->code == SQLITE_OK) {
        q->code = sqlite3_bind_double(q->stmt, q->put, d);
    }
}

void query_put_blob(struct query *q, const void *bytes, size_t size) {
    q->put++;
    if (q->code == SQLITE_OK) {
        q->code = sqlite3_bind_blob64(q->stmt, q->put, bytes, size, SQLITE_STATIC);
    }
}

void query_put_null(struct query *q) {
    query_put_text(q, NULL);
}

esi_err query_ok(const struct query *q, esi_error *err) {
    return q->code == SQLITE_OK ? ESI_OK : conn_fail(q->conn, q->code, err);
}

esi_err query_next(struct query *q, bool *row, esi_error *err) {
    if (q->code == SQLITE_OK) {
        const int code = sqlite3_step(q->stmt);
        if (code == SQLITE_ROW || code == SQLITE_DONE) {
            *row = code == SQLITE_ROW;
            return ESI_OK;
        }
        q->code = code;
    }
    return conn_fail(q->conn, q->code, err);
}

esi_err query_run(struct query *q, esi_error *err) {
    bool row = false;
    esi_err rc;
    do {
        rc = query_next(q, &row, err);
    } while (rc == ESI_OK && row);
    query_end(q);
    return rc;
}

void query_end(struct query *q) {
    if (q->stmt != NULL) {
        sqlite3_reset(q->stmt);
        sqlite3_clear_bindings(q->stmt);
        q->stmt = NULL;
    }
}

bool query_null(struct query *q, int column) {
    return sqlite3_column_type(q->stmt, column) == SQLITE_NULL;
}

const char *query_text(struct query *q, int column, esi_arena *arena) {
    if (query_null(q, column)) {
        return NULL;
    }
    const char *text = (const char *)sqlite3_column_text(q->stmt, column);
    const size_t size = (size_t)sqlite3_column_bytes(q->stmt, column);
    char *copy = text != NULL ? arena_str(arena, (struct view){text, size}) : NULL;
    if (copy == NULL) {
        note_code(q, SQLITE_NOMEM);
    }
    return copy;
}

int64_t query_int(struct query *q, int column) {
    return sqlite3_column_int64(q->stmt, column);
}

double query_double(struct query *q, int column) {
    return sqlite3_column_double(q->stmt, column);
}

const void *query_blob(struct query *q, int column, size_t *size) {
    const void *bytes = sqlite3_column_blob(q->stmt, column);
    *size = (size_t)sqlite3_column_bytes(q->stmt, column);
    if (bytes == NULL && *size > 0) {
        note_code(q, SQLITE_NOMEM);
        *size = 0;
    }
    return bytes;
}

void query_hash(struct query *q, int column, uint8_t out[32]) {
    size_t size;
    const void *bytes = query_blob(q, column, &size);
    memset(out, 0, 32);
    if (size == 32) {
        memcpy(out, bytes, 32);
    }
}
