/* sys/store_copy.h: what is done to a store as a whole: it is brought up to date, and its rows are
 * carried into another. */
#ifndef ESIHELP_SYS_STORE_COPY_H
#define ESIHELP_SYS_STORE_COPY_H

#include <esihelp/sys/backend.h>
#include <esihelp/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- schema ------------------------------------------------------------------------------ */

/** A part of a store's schema that was brought up to date. */
typedef struct esi_store_part {
    const char *name;     /**< "desk", "case", "kb" */
    const char *database; /**< where it is: a path, or host, port and name */
    int32_t from, to;     /**< the last step that it had, and has */
} esi_store_part;

typedef struct esi_store_migration {
    const esi_store_part *parts;
    size_t part_count;
    const esi_pair *grants; /**< a database, and a statement that gives a role its rights there */
    size_t grant_count;
} esi_store_migration;

/* ---- rows -------------------------------------------------------------------------------- */

struct esi_store;

typedef enum esi_cell_kind {
    ESI_CELL_NULL = 0,
    ESI_CELL_NUMBER = 1, /**< whole numbers, yes and no, times in ms */
    ESI_CELL_REAL = 2,
    ESI_CELL_BYTES = 3 /**< text and ids (a NUL stands behind them), hashes; vectors as float32,
                            little-endian */
} esi_cell_kind;

/** One cell of a row, the same from whatever store it comes. */
typedef struct esi_store_cell {
    esi_cell_kind kind;
    int64_t number;
    double real;
    const void *bytes;
    size_t size;
} esi_store_cell;

typedef struct esi_store_copy esi_store_copy; /* the backend's own */

/** How rows are carried out of a store and into it. Tables go by their place in the catalogue of
 *  store/copy_tables.h, which also tells columns and keys; those that others point to come first.
 *  One thread at a time. */
typedef struct esi_store_copy_ops {
    /** still: all reading until the end is of one state. It may hold connections. */
    esi_err (*begin)(struct esi_store *self, bool still, const esi_wait *wait, esi_store_copy **out,
                     esi_error *err);
    void (*end)(esi_store_copy *copy); /**< NULL does nothing */
    esi_err (*count)(esi_store_copy *copy, size_t table, const esi_wait *wait, int64_t *out,
                     esi_error *err);
    /** Reads the next rows in the order of their keys (numbers by size, bytes by value), a bounded
     *  number of them, cell after cell. after: the key that was read last; NULL: none yet. No rows:
     *  there are no more. */
    esi_err (*read)(esi_store_copy *copy, size_t table, const esi_store_cell *after,
                    const esi_wait *wait, esi_arena *arena, const esi_store_cell **out,
                    size_t *out_rows, esi_error *err);
    /** Removes rows by their keys, with what hangs on them, then adds rows; together or not at
     *  all. */
    esi_err (*write)(esi_store_copy *copy, size_t table, const esi_store_cell *const *gone,
                     size_t gone_count, const esi_store_cell *const *rows, size_t row_count,
                     const esi_wait *wait, esi_error *err);
    /** A store is marked as long as it is a copy that isn't whole. The mark is no row of any
     *  table. */
    esi_err (*marked)(esi_store_copy *copy, const esi_wait *wait, bool *out, esi_error *err);
    esi_err (*mark)(esi_store_copy *copy, const esi_wait *wait, esi_error *err);
    /** The rows are all there: new ones get numbers after theirs, and the mark goes. */
    esi_err (*finish)(esi_store_copy *copy, const esi_wait *wait, esi_error *err);
} esi_store_copy_ops;

#ifdef __cplusplus
}
#endif
#endif
