/* migrate.h: numbered steps that bring a store's schema up to date, whatever the store. */
#ifndef ESIHELP_STORE_MIGRATE_H
#define ESIHELP_STORE_MIGRATE_H

#include <esihelp/sys/backend.h>

/* One step: a file schema/<store>/NNNN_name.sql, compiled in. A step that was released never
 * changes; a mend is a further step. */
struct migrate_step {
    int32_t number; /* from 1, without gaps */
    const char *name;
    const unsigned char *sql; /* NUL-terminated */
    const size_t *size;
};

/* How a store's schema is read and written; `db` is the store's own. */
struct migrate_db {
    void *db;
    /* The number of the last step that was applied; 0 for none. */
    esi_err (*last)(void *db, int32_t *out, esi_error *err);
    /* The hash that was recorded with a step that was applied. */
    esi_err (*hash)(void *db, int32_t number, uint8_t out[32], esi_error *err);
    /* Begins a transaction that keeps others from applying steps. */
    esi_err (*begin)(void *db, esi_error *err);
    /* Applies one step inside it, and records it with its hash. */
    esi_err (*apply)(void *db, const struct migrate_step *step, const uint8_t hash[32],
                     esi_error *err);
    /* Ends it: kept, or undone (that can't fail). */
    esi_err (*commit)(void *db, esi_error *err);
    void (*rollback)(void *db);
};

/* Does the store fit the steps? Tells how many are missing. Errors: ESI_ENEWER (it has steps that
 * this release doesn't know), ESI_ECORRUPT (a step was recorded with another hash). */
esi_err migrate_check(const struct migrate_db *db, const struct migrate_step *steps, size_t count,
                      size_t *out_missing, esi_error *err) ESI_MUST_CHECK;

/* Applies what is missing, each step in a transaction of its own. Several processes may do this at
 * a time: each step is applied once. */
esi_err migrate_run(const struct migrate_db *db, const struct migrate_step *steps, size_t count,
                    esi_error *err) ESI_MUST_CHECK;

#endif
