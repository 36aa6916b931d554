/* migrate_desk.c: brings a store up to date. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/error.h"
#include "desk/options.h"
#include "store/store.h"

#define ORIGIN "desk/migrate"
#define LIMIT_MS (24 * INT64_C(3600000)) /* an index over many vectors takes its time */

struct result {
    esi_migrate_report report; /* first: the caller holds a pointer to it */
    esi_arena arena;
};

/* Opening is all that such a store needs; what it had before isn't known. */
static esi_err by_opening(const esi_store_ops *ops, const esi_store_config *config,
                          esi_error *err) {
    esi_store *store = NULL;
    const esi_err rc = ops->open(config, &store, err);
    if (rc == ESI_OK) {
        ops->close(store);
    }
    return rc;
}

static esi_err report_parts(struct result *r, const esi_store_migration *done, esi_error *err) {
    const esi_migrate_part **parts =
        ARENA_ARRAY(&r->arena, done->part_count, const esi_migrate_part *);
    esi_migrate_part *rows = ARENA_ARRAY(&r->arena, done->part_count, esi_migrate_part);
    if (!parts || !rows) {
        return fail_memory(err, ORIGIN);
    }
    for (size_t i = 0; i < done->part_count; i++) {
        const esi_store_part *p = &done->parts[i];
        rows[i] = (esi_migrate_part){p->name, p->database, p->from, p->to};
        parts[i] = &rows[i];
    }
    r->report.parts = parts;
    r->report.part_count = done->part_count;
    return ESI_OK;
}

static esi_err report_grants(struct result *r, const esi_store_migration *done, esi_error *err) {
    const esi_migrate_grant **grants =
        ARENA_ARRAY(&r->arena, done->grant_count, const esi_migrate_grant *);
    esi_migrate_grant *rows = ARENA_ARRAY(&r->arena, done->grant_count, esi_migrate_grant);
    if (!grants || !rows) {
        return fail_memory(err, ORIGIN);
    }
    for (size_t i = 0; i < done->grant_count; i++) {
        rows[i] = (esi_migrate_grant){done->grants[i].name, done->grants[i].value};
        grants[i] = &rows[i];
    }
    r->report.grants = grants;
    r->report.grant_count = done->grant_count;
    return ESI_OK;
}

static esi_err migrate(struct result *r, const esi_options *options, const char *grant,
                       esi_error *err) {
    struct settings settings;
    const esi_store_ops *ops = NULL;
    esi_err rc = options_read(options, &r->arena, &settings, err);
    if (rc == ESI_OK) {
        rc = store_find(settings.store, &ops, err);
    }
    if (rc != ESI_OK) {
        return rc;
    }
    const esi_wait wait = wait_for_ms(LIMIT_MS, NULL);
    esi_store_config config = options_store(&settings, &wait);
    config.read_only = false;
    config.migrate = true;
    esi_store_migration done = {0};
    rc = ops->migrate ? ops->migrate(&config, grant, &r->arena, &done, err)
                      : by_opening(ops, &config, err);
    if (rc == ESI_OK) {
        rc = report_parts(r, &done, err);
    }
    return rc == ESI_OK ? report_grants(r, &done, err) : rc;
}

esi_err esi_desk_migrate(const esi_options *options, const char *grant, esi_migrate_report **out,
                         esi_error *err) {
    if (!out) {
        return esi_fail(err, ESI_EINVAL, ORIGIN, "out must not be NULL");
    }
    struct result *r = calloc(1, sizeof(*r));
    if (!r) {
        return fail_memory(err, ORIGIN);
    }
    r->report.granted = grant != NULL;
    const esi_err rc = migrate(r, options, grant, err);
    if (rc != ESI_OK) {
        esi_migrate_report_free(&r->report);
        return rc;
    }
    *out = &r->report;
    return ESI_OK;
}

void esi_migrate_report_free(esi_migrate_report *report) {
    if (report) {
        struct result *r = (struct result *)report;
        arena_clear(&r->arena);
        free(r);
    }
}
