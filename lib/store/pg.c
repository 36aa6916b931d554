#include "store/pg.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "store/pg_parts.h"

#define CONNECTIONS 8       /* to each database, where nothing else is said */
#define STATEMENT_MS 120000 /* what one statement may take, whatever the wait */

/* Slots that aren't in every build. */

static const char sql_probe[] = "SELECT 1";

/* Two URLs of one database are one database. */
static bool is_one(const char *a, const char *b) {
    return b == NULL || b[0] == '\0' || strcmp(a, b) == 0;
}

static esi_err open_database(const char *url, bool replica, const esi_store_config *config,
                             struct pg_db **out, esi_error *err) {
    struct pg_target target = {.prepare = config->prepare,
                               .may_be_standby = config->read_only || replica,
                               .read_only = config->read_only || replica,
                               .hasty = replica,
                               .statement_ms = STATEMENT_MS,
                               .log = config->log};
    esi_err rc = pg_target_set_url(&target, url, err);
    if (rc == ESI_OK) {
        rc = pg_db_create(
            &target, config->connections > 0 ? (size_t)config->connections : CONNECTIONS, out, err);
    }
    pg_target_clear(&target);
    return rc;
}

/* Sees that its schema is ours, and this release's. */
static esi_err fit(struct pg_db *db, unsigned parts, const esi_store_config *config,
                   esi_error *err) {
    struct pg_conn *conn = NULL;
    esi_err rc = pg_lease(db, &config->wait, &conn, err);
    if (rc != ESI_OK) {
        return rc;
    }
    rc = pg_schema_fit(conn, parts, config->migrate && !config->read_only, &config->wait, err);
    pg_return(db, conn, rc);
    return rc;
}

static void pg_close(esi_store *store) {
    if (store == NULL) {
        return;
    }
    pg_db_free(store->cases);
    if (store->kb != store->cases) {
        pg_db_free(store->kb);
    }
    pg_db_free(store->replica);
    free(store);
}

static esi_err open_all(esi_store *store, const esi_store_config *config, esi_error *err) {
    const bool one = is_one(config->url, config->knowledge_url);
    esi_err rc = open_database(config->url, false, config, &store->cases, err);
    if (rc == ESI_OK && !one) {
        rc = open_database(config->knowledge_url, false, config, &store->kb, err);
    } else {
        store->kb = store->cases;
    }
    if (rc == ESI_OK && config->replica_url != NULL && config->replica_url[0] != '\0') {
        rc = open_database(config->replica_url, true, config, &store->replica, err);
    }
    if (rc == ESI_OK) {
        rc = fit(store->cases, one ? PG_PART_CASE | PG_PART_KB : PG_PART_CASE, config, err);
    }
    if (rc == ESI_OK && !one) {
        rc = fit(store->kb, PG_PART_KB, config, err);
    }
    return rc;
}

static esi_err pg_open(const esi_store_config *config, esi_store **out, esi_error *err) {
    esi_store *store = calloc(1, sizeof *store);
    if (store == NULL) {
        return fail_memory(err, ORIGIN);
    }
    store->read_only = config->read_only;
    store->searches = config->searches;
    store->log = config->log;
    const esi_err rc = open_all(store, config, err);
    if (rc != ESI_OK) {
        pg_close(store);
        return rc;
    }
    *out = store;
    return ESI_OK;
}

static esi_err pg_probe(esi_store *store, const esi_wait *wait, esi_error *err) {
    const struct pg_step step = {sql_probe, NULL, NULL};
    esi_err rc = pg_visit(store->cases, PG_AGAIN, &step, 1, wait, err);
    if (rc == ESI_OK && store->kb != store->cases) {
        rc = pg_visit(store->kb, PG_AGAIN, &step, 1, wait, err);
    }
    return rc;
}

const esi_store_ops pg_ops = {
    .size = sizeof(esi_store_ops),
    .name = "postgres",
    .open = pg_open,
    .close = pg_close,
    .probe = pg_probe,
    .session_load = pg_session_load,
    .claim_release = pg_claim_release,
    .turn_commit = pg_turn_commit,
    .kb_fetch = pg_kb_fetch,
    .kb_entries = pg_kb_entries,
    .kb_upsert = pg_kb_upsert,
    .kb_remove = pg_kb_remove,
    .kb_version = pg_kb_version,
    .kb_changes = pg_kb_changes,
    .ticket_create = pg_ticket_create,
    .ticket_get = pg_ticket_get,
    .ticket_list = pg_ticket_list,
    .ticket_change = pg_ticket_change,
    .metrics = pg_metrics,
    .usage = pg_usage,
    .outbox_take = pg_outbox_take,
    .outbox_ack = pg_outbox_ack,
    .check = pg_check,
    .kb_respace = pg_kb_respace,
    .purge = pg_purge,
    .erase = pg_erase,
    .kb_load = pg_kb_load,
    .space_begin = pg_space_begin,
    .space_missing = pg_space_missing,
    .space_put = pg_space_put,
    .space_swap = pg_space_swap,
    .space_drop = pg_space_drop,
    .copy = &pg_copy,
    .kb_search = pg_kb_search,
    .kb_catalogue = pg_kb_catalogue,
    .migrate = pg_migrate,
    .vectors_find = pg_vectors_find,
    .vectors_keep = pg_vectors_keep,
    .space_lease = pg_space_lease,
};
