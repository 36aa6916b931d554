#include "store/sqlite.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "store/sqlite_parts.h"

static const char sql_probe[] = "SELECT number FROM schema_migrations LIMIT 1";

/* A path as SQLite takes it literally: "file:x" would be read as a URL. */
static char *copy_path(const char *url) {
    const struct view text = view_of(url);
    struct buf path;
    buf_init(&path, text.n + 3);
    if (view_starts(text, VIEW("file:"))) {
        buf_str(&path, "./");
    }
    buf_add(&path, text);
    return buf_take(&path);
}

/* Sees whose file it is before anything is written to it, then makes it fit. */
static esi_err fit(struct conn *conn, const esi_store *store, bool migrate, esi_error *err) {
    bool is_new = false;
    esi_err rc = schema_identify(conn, &is_new, err);
    if (rc == ESI_OK && is_new && (store->read_only || !migrate)) {
        return esi_fail(err, store->read_only ? ESI_EREADONLY : ESI_EUNAVAILABLE, ORIGIN,
                        "%s is empty: open it once for writing, with migrate", store->path);
    }
    if (rc == ESI_OK && !store->read_only && !store->in_memory) {
        rc = conn_use_log(conn, err);
    }
    if (rc == ESI_OK) {
        rc = schema_fit(conn, migrate && !store->read_only, err);
    }
    return rc;
}

/* How a file is read. One on a disk that nobody can write to needs no log and no locks, and can't
 * have them; where a log lies beside it, the file alone isn't all there is. */
static esi_err reading_mode(const char *path, enum conn_mode *out, esi_error *err) {
    struct buf log;
    buf_init(&log, strlen(path) + 8);
    buf_str(&log, path);
    buf_str(&log, "-wal");
    esi_err rc = ESI_OK;
    if (log.failed) {
        rc = fail_memory(err, ORIGIN);
    } else {
        *out = os_is_read_only(path) && !os_exists(log.p) ? CONN_STILL : CONN_READ;
    }
    buf_clear(&log);
    return rc;
}

static esi_err open_fit(esi_store *store, const esi_store_config *config, struct conn **out,
                        esi_error *err) {
    const bool create = config->migrate || store->in_memory;
    esi_err rc = reading_mode(store->path, &store->reading, err);
    if (rc == ESI_OK) {
        rc = conn_open(store->path,
                       config->read_only ? store->reading
                       : create          ? CONN_CREATE
                                         : CONN_WRITE,
                       &config->wait, out, err);
    }
    if (rc == ESI_OK) {
        (*out)->wait = &config->wait;
        rc = fit(*out, store, create, err);
        (*out)->wait = NULL;
    }
    return rc;
}

static esi_err sqlite_open(const esi_store_config *config, esi_store **out, esi_error *err) {
    if (config->url == NULL || config->url[0] == '\0') {
        return esi_fail(err, ESI_EINVAL, ORIGIN, "no file is named for the store");
    }
    struct conn *conn = NULL;
    esi_err rc;
    esi_store *store = calloc(1, sizeof *store);
    if (store == NULL || (store->path = copy_path(config->url)) == NULL) {
        rc = fail_memory(err, ORIGIN);
        goto out;
    }
    store->read_only = config->read_only;
    store->in_memory = strcmp(store->path, ":memory:") == 0;
    store->log = config->log;
    rc = open_fit(store, config, &conn, err);
    if (rc == ESI_OK) {
        rc = lease_open(store, conn, err);
    }
    if (rc == ESI_OK) {
        log_debug(&store->log, ORIGIN, NULL, "opened %s", store->path);
        *out = store;
        return ESI_OK;
    }
out:
    conn_close(conn);
    if (store != NULL) {
        free(store->path);
    }
    free(store);
    return rc;
}

static void sqlite_close(esi_store *store) {
    if (store != NULL) {
        lease_close(store);
        free(store->path);
        free(store);
    }
}

static esi_err sqlite_probe(esi_store *store, const esi_wait *wait, esi_error *err) {
    struct reading r;
    esi_err rc = reading_begin(store, wait, &r, err);
    if (rc != ESI_OK) {
        return rc;
    }
    struct query q = query_of(r.conn, sql_probe);
    bool row = false;
    rc = query_next(&q, &row, err);
    query_end(&q);
    reading_end(&r, rc);
    return rc;
}

/* A file has one owner, and needs no rights. */
static esi_err migrate_file(const esi_store_config *config, esi_store *store, esi_store_part *part,
                            esi_error *err) {
    struct conn *conn = NULL;
    bool is_new = false;
    esi_err rc = conn_open(store->path, CONN_CREATE, &config->wait, &conn, err);
    if (rc == ESI_OK) {
        conn->wait = &config->wait;
        rc = schema_identify(conn, &is_new, err);
    }
    int32_t knows = 0;
    if (rc == ESI_OK) {
        rc = schema_version(conn, &part->from, &knows, err);
    }
    if (rc == ESI_OK) {
        rc = fit(conn, store, true, err);
    }
    if (rc == ESI_OK) {
        rc = schema_version(conn, &part->to, &knows, err);
    }
    conn_close(conn);
    return rc;
}

static esi_err sqlite_migrate(const esi_store_config *config, const char *grant, esi_arena *arena,
                              esi_store_migration *out, esi_error *err) {
    if (grant != NULL) {
        return esi_fail(err, ESI_EINVAL, ORIGIN, "a file has no roles to give rights to");
    }
    esi_store store = {.path = copy_path(config->url)};
    esi_store_part *part = ARENA_NEW(arena, esi_store_part);
    if (store.path == NULL || part == NULL) {
        free(store.path);
        return fail_memory(err, ORIGIN);
    }
    part->name = "desk";
    part->database = arena_str(arena, view_of(store.path));
    const esi_err rc =
        part->database != NULL ? migrate_file(config, &store, part, err) : fail_memory(err, ORIGIN);
    free(store.path);
    if (rc == ESI_OK) {
        *out = (esi_store_migration){.parts = part, .part_count = 1};
    }
    return rc;
}

const esi_store_ops sqlite_ops = {
    .size = sizeof(esi_store_ops),
    .name = "sqlite",
    .open = sqlite_open,
    .close = sqlite_close,
    .probe = sqlite_probe,
    .session_load = sqlite_session_load,
    .claim_release = sqlite_claim_release,
    .turn_commit = sqlite_turn_commit,
    .kb_fetch = sqlite_kb_fetch,
    .kb_entries = sqlite_kb_entries,
    .kb_upsert = sqlite_kb_upsert,
    .kb_remove = sqlite_kb_remove,
    .kb_version = sqlite_kb_version,
    .kb_changes = sqlite_kb_changes,
    .ticket_create = sqlite_ticket_create,
    .ticket_get = sqlite_ticket_get,
    .ticket_list = sqlite_ticket_list,
    .ticket_change = sqlite_ticket_change,
    .metrics = sqlite_metrics,
    .usage = sqlite_usage,
    .outbox_take = sqlite_outbox_take,
    .outbox_ack = sqlite_outbox_ack,
    .check = sqlite_check,
    .kb_respace = sqlite_kb_respace,
    .space_begin = sqlite_space_begin,
    .space_missing = sqlite_space_missing,
    .space_put = sqlite_space_put,
    .space_swap = sqlite_space_swap,
    .space_drop = sqlite_space_drop,
    .purge = sqlite_purge,
    .erase = sqlite_erase,
    .copy = &sqlite_copy,
    .migrate = sqlite_migrate,
    .vectors_find = sqlite_vectors_find,
    .vectors_keep = sqlite_vectors_keep,
    .space_lease = sqlite_space_lease,
};
