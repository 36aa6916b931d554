#include "store/migrate.h"

#include <string.h>

#include "base/sha256.h"

#define ORIGIN "store/migrate"

static void hash_step(const struct migrate_step *step, uint8_t out[32]) {
    struct sha256 sum;
    sha256_begin(&sum);
    sha256_add(&sum, (struct view){(const char *)step->sql, *step->size});
    sha256_end(&sum, out);
}

esi_err migrate_check(const struct migrate_db *db, const struct migrate_step *steps, size_t count,
                      size_t *out_missing, esi_error *err) {
    int32_t last = 0;
    esi_err rc = db->last(db->db, &last, err);
    if (rc != ESI_OK) {
        return rc;
    }
    if (last < 0 || (size_t)last > count) {
        return esi_fail(err, ESI_ENEWER, ORIGIN,
                        "the store's schema is version %d and this release knows %zu: use the "
                        "newer release that wrote it, or name another store",
                        (int)last, count);
    }
    for (size_t i = 0; i < (size_t)last; i++) {
        uint8_t stored[32], expected[32];
        rc = db->hash(db->db, steps[i].number, stored, err);
        if (rc != ESI_OK) {
            return rc;
        }
        hash_step(&steps[i], expected);
        if (memcmp(stored, expected, sizeof stored) != 0) {
            return esi_fail(err, ESI_ECORRUPT, ORIGIN,
                            "schema step %d was not made by a release of esihelp: restore a "
                            "backup, or name another store",
                            (int)steps[i].number);
        }
    }
    *out_missing = count - (size_t)last;
    return ESI_OK;
}

/* Applies the first step that is missing, if any is still missing once others are kept out. */
static esi_err apply_next(const struct migrate_db *db, const struct migrate_step *steps,
                          size_t count, size_t *missing, esi_error *err) {
    esi_err rc = db->begin(db->db, err);
    if (rc != ESI_OK) {
        return rc;
    }
    rc = migrate_check(db, steps, count, missing, err);
    if (rc == ESI_OK && *missing > 0) {
        const struct migrate_step *step = &steps[count - *missing];
        uint8_t hash[32];
        hash_step(step, hash);
        rc = db->apply(db->db, step, hash, err);
        (*missing)--;
    }
    if (rc == ESI_OK) {
        rc = db->commit(db->db, err);
    }
    if (rc != ESI_OK) {
        db->rollback(db->db);
    }
    return rc;
}

esi_err migrate_run(const struct migrate_db *db, const struct migrate_step *steps, size_t count,
                    esi_error *err) {
    size_t missing = 0;
    esi_err rc = migrate_check(db, steps, count, &missing, err);
    while (rc == ESI_OK && missing > 0) {
        rc = apply_next(db, steps, count, &missing, err);
    }
    return rc;
}
