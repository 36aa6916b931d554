/* copy.c: carries a desk from one store to another. Both are read in the order of their keys, so
 * that a copy that was begun is gone on with by writing what differs, and nothing else. */
#include <stdlib.h>
#include <string.h>

#include <esihelp/copy.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/sha256.h"
#include "desk/input.h"
#include "desk/options.h"
#include "store/copy_tables.h"
#include "store/store.h"

#define ORIGIN "desk/copy"
#define VISIT_LIMIT_MS 120000 /* what one of many visits may take */
#define PAGE_MAX 128          /* rows of a page, of whatever table */

struct side {
    esi_arena memory;
    struct settings settings;
    const esi_store_ops *ops;
    esi_store *store;
    esi_store_copy *copy;
};

struct result {
    esi_copy_report report; /* first: the caller holds a pointer to it */
    esi_arena arena;
    const esi_copy_table *tables[COPY_TABLE_COUNT];
    esi_copy_table rows[COPY_TABLE_COUNT];
};

/* Where a reading of a table is. The page before is kept until the next is there: its last key
 * says where that begins. */
struct cursor {
    const struct side *side;
    size_t table;
    esi_arena pages[2];
    int page;
    const esi_store_cell *cells;
    size_t rows, at;
    bool ended;
};

struct copying {
    esi_copy_request request;
    struct side from, to;
    struct result *result;
    struct cursor left, right; /* of `from` and of `to` */
    const esi_store_cell *gone[PAGE_MAX], *rows[PAGE_MAX];
    size_t gone_count, row_count;
};

static esi_wait visit_wait(const struct copying *c) {
    return wait_for_ms(VISIT_LIMIT_MS, c->request.cancel);
}

/* ---- the two stores -------------------------------------------------------------------------- */

static esi_err side_read(struct side *side, const esi_options *options, const char *which,
                         esi_error *err) {
    if (!options || !options->store || !*options->store) {
        return esi_fail(err, ESI_EINVAL, ORIGIN, "which store to copy %s isn't named", which);
    }
    esi_err rc = options_read(options, &side->memory, &side->settings, err);
    if (rc == ESI_OK) {
        rc = store_find(side->settings.store, &side->ops, err);
    }
    if (rc == ESI_OK && !side->ops->copy) {
        rc = esi_fail(err, ESI_EUNSUPPORTED, ORIGIN, "the rows of a %s store can't be copied",
                      side->ops->name);
    }
    return rc;
}

static esi_err side_open(struct side *side, bool writes, const esi_wait *wait, esi_error *err) {
    esi_store_config config = options_store(&side->settings, wait);
    config.read_only = !writes;
    config.migrate = writes;
    config.replica_url = NULL;
    esi_err rc = side->ops->open(&config, &side->store, err);
    if (rc == ESI_OK) {
        rc = side->ops->copy->begin(side->store, !writes, wait, &side->copy, err);
    }
    return rc;
}

static void side_close(struct side *side) {
    if (side->copy) {
        side->ops->copy->end(side->copy);
    }
    if (side->store) {
        side->ops->close(side->store);
    }
    arena_clear(&side->memory);
}

static esi_err side_count(const struct copying *c, const struct side *side, size_t table,
                          int64_t *out, esi_error *err) {
    const esi_wait wait = visit_wait(c);
    return side->ops->copy->count(side->copy, table, &wait, out, err);
}

/* ---- cells ----------------------------------------------------------------------------------- */

/* In the order in which keys are read. */
static int cell_compare(const esi_store_cell *a, const esi_store_cell *b) {
    if (a->kind == ESI_CELL_NUMBER && b->kind == ESI_CELL_NUMBER) {
        return a->number < b->number ? -1 : a->number > b->number;
    }
    return view_cmp((struct view){a->bytes, a->size}, (struct view){b->bytes, b->size});
}

static int row_compare(const esi_store_cell *a, const esi_store_cell *b, size_t keys) {
    int order = 0;
    for (size_t i = 0; order == 0 && i < keys; i++) {
        order = cell_compare(&a[i], &b[i]);
    }
    return order;
}

static bool row_equal(const esi_store_cell *a, const esi_store_cell *b, size_t columns) {
    bool equal = true;
    for (size_t i = 0; equal && i < columns; i++) {
        equal = a[i].kind == b[i].kind && a[i].number == b[i].number &&
                memcmp(&a[i].real, &b[i].real, sizeof(a[i].real)) == 0 &&
                view_eq((struct view){a[i].bytes, a[i].size}, (struct view){b[i].bytes, b[i].size});
    }
    return equal;
}

static void put_number(uint8_t to[8], uint64_t n) {
    for (int i = 0; i < 8; i++) {
        to[i] = (uint8_t)(n >> 8 * i);
    }
}

static void row_hash(struct sha256 *sum, const esi_store_cell *row, size_t columns) {
    for (size_t i = 0; i < columns; i++) {
        const esi_store_cell *cell = &row[i];
        uint8_t head[9] = {(uint8_t)cell->kind};
        uint64_t bits = 0;
        memcpy(&bits, &cell->real, sizeof(bits));
        put_number(head + 1, cell->kind == ESI_CELL_REAL    ? bits
                             : cell->kind == ESI_CELL_BYTES ? cell->size
                                                            : (uint64_t)cell->number);
        sha256_add(sum, (struct view){(const char *)head, sizeof(head)});
        if (cell->kind == ESI_CELL_BYTES) {
            sha256_add(sum, (struct view){cell->bytes, cell->size});
        }
    }
}

/* ---- reading page by page -------------------------------------------------------------------- */

static void cursor_clear(struct cursor *cursor) {
    arena_clear(&cursor->pages[0]);
    arena_clear(&cursor->pages[1]);
}

static void cursor_set(struct cursor *cursor, const struct side *side, size_t table) {
    cursor_clear(cursor);
    *cursor = (struct cursor){.side = side, .table = table};
}

static bool cursor_wants_page(const struct cursor *cursor) {
    return !cursor->ended && cursor->at == cursor->rows;
}

static const esi_store_cell *cursor_row(const struct cursor *cursor) {
    return cursor->at < cursor->rows
               ? &cursor->cells[cursor->at * copy_tables[cursor->table].columns]
               : NULL;
}

static esi_err cursor_load(const struct copying *c, struct cursor *cursor, esi_error *err) {
    const size_t columns = copy_tables[cursor->table].columns;
    const esi_store_cell *after =
        cursor->rows > 0 ? &cursor->cells[(cursor->rows - 1) * columns] : NULL;
    const esi_wait wait = visit_wait(c);
    esi_arena *next = &cursor->pages[1 - cursor->page];
    const esi_store_cell *cells = NULL;
    size_t rows = 0;
    const esi_err rc = cursor->side->ops->copy->read(cursor->side->copy, cursor->table, after,
                                                     &wait, next, &cells, &rows, err);
    if (rc != ESI_OK) {
        return rc;
    }
    arena_clear(&cursor->pages[cursor->page]);
    cursor->page = 1 - cursor->page;
    cursor->cells = cells;
    cursor->rows = rows;
    cursor->at = 0;
    cursor->ended = rows == 0;
    return ESI_OK;
}

static void tell(const struct copying *c, size_t table, bool checking, int64_t done) {
    if (c->request.on_progress) {
        const esi_copy_progress progress = {.table = copy_tables[table].name,
                                            .checking = checking,
                                            .done = done,
                                            .total = c->result->rows[table].rows};
        c->request.on_progress(&progress, c->request.progress_context);
    }
}

/* ---- making one table alike ------------------------------------------------------------------ */

static esi_err flush(struct copying *c, size_t table, esi_error *err) {
    if (c->gone_count == 0 && c->row_count == 0) {
        return ESI_OK;
    }
    const esi_wait wait = visit_wait(c);
    const esi_err rc = c->to.ops->copy->write(c->to.copy, table, c->gone, c->gone_count, c->rows,
                                              c->row_count, &wait, err);
    if (rc == ESI_OK) {
        c->result->rows[table].written += (int64_t)c->row_count;
        c->gone_count = 0;
        c->row_count = 0;
    }
    return rc;
}

/* Loads what is used up. What waits to be written stands on pages: it is written before. */
static esi_err next_pages(struct copying *c, size_t table, esi_error *err) {
    esi_err rc = flush(c, table, err);
    if (rc == ESI_OK && cursor_wants_page(&c->left)) {
        rc = cursor_load(c, &c->left, err);
    }
    if (rc == ESI_OK && cursor_wants_page(&c->right)) {
        rc = cursor_load(c, &c->right, err);
    }
    return rc;
}

static void take_row(struct copying *c, const struct copy_table *t) {
    const esi_store_cell *left = cursor_row(&c->left), *right = cursor_row(&c->right);
    const int order = !left ? 1 : !right ? -1 : row_compare(left, right, t->keys);
    const bool same = order == 0 && row_equal(left, right, t->columns);
    if (order <= 0) {
        c->left.at++;
    }
    if (order >= 0) {
        c->right.at++;
    }
    if (order <= 0 && !same) {
        c->rows[c->row_count++] = left;
    }
    if (order >= 0 && !same) {
        c->gone[c->gone_count++] = right;
    }
}

static esi_err copy_table(struct copying *c, size_t table, esi_error *err) {
    const struct copy_table *t = &copy_tables[table];
    esi_err rc = side_count(c, &c->from, table, &c->result->rows[table].rows, err);
    cursor_set(&c->left, &c->from, table);
    cursor_set(&c->right, &c->to, table);
    c->gone_count = 0;
    c->row_count = 0;
    int64_t done = 0;
    while (rc == ESI_OK) {
        if (cursor_wants_page(&c->left) || cursor_wants_page(&c->right)) {
            rc = next_pages(c, table, err);
            tell(c, table, false, done);
        } else if (c->left.ended && c->right.ended) {
            break;
        } else {
            done += cursor_row(&c->left) != NULL;
            take_row(c, t);
        }
    }
    cursor_clear(&c->left);
    cursor_clear(&c->right);
    return rc == ESI_OK ? flush(c, table, err) : rc;
}

/* ---- comparing ------------------------------------------------------------------------------- */

static esi_err digest(struct copying *c, const struct side *side, size_t table, int64_t *out_rows,
                      uint8_t out[32], esi_error *err) {
    struct cursor cursor = {0};
    cursor_set(&cursor, side, table);
    struct sha256 sum;
    sha256_begin(&sum);
    int64_t rows = 0;
    esi_err rc = ESI_OK;
    while (rc == ESI_OK && !cursor.ended) {
        if (cursor_wants_page(&cursor)) {
            rc = cursor_load(c, &cursor, err);
            tell(c, table, true, rows);
        } else {
            row_hash(&sum, cursor_row(&cursor), copy_tables[table].columns);
            cursor.at++;
            rows++;
        }
    }
    cursor_clear(&cursor);
    sha256_end(&sum, out);
    *out_rows = rows;
    return rc;
}

static esi_err compare_table(struct copying *c, size_t table, esi_error *err) {
    esi_copy_table *row = &c->result->rows[table];
    uint8_t left[32], right[32];
    int64_t rows = 0;
    esi_err rc = digest(c, &c->from, table, &row->rows, left, err);
    if (rc == ESI_OK) {
        rc = digest(c, &c->to, table, &rows, right, err);
    }
    if (rc != ESI_OK) {
        return rc;
    }
    char hash[65];
    for (size_t i = 0; i < 32; i++) {
        static const char digits[] = "0123456789abcdef";
        hash[2 * i] = digits[left[i] >> 4];
        hash[2 * i + 1] = digits[left[i] & 15];
    }
    row->name = copy_tables[table].name;
    row->hash = arena_str(&c->result->arena, (struct view){hash, 64});
    row->equal = rows == row->rows && memcmp(left, right, sizeof(left)) == 0;
    return row->hash ? ESI_OK : fail_memory(err, ORIGIN);
}

static esi_err compare_all(struct copying *c, esi_error *err) {
    esi_copy_report *report = &c->result->report;
    report->equal = true;
    esi_err rc = ESI_OK;
    for (size_t i = 0; rc == ESI_OK && i < COPY_TABLE_COUNT; i++) {
        rc = compare_table(c, i, err);
        report->equal = report->equal && c->result->rows[i].equal;
        report->rows += c->result->rows[i].rows;
        report->written += c->result->rows[i].written;
    }
    return rc;
}

/* ---- the whole of it ------------------------------------------------------------------------- */

static esi_err refuse(const char *table, int64_t rows, esi_error *err) {
    return esi_fail(err, ESI_ECONFLICT, ORIGIN,
                    "the store to copy to holds other data (%s: %lld rows) and was left as it is: "
                    "name an empty one",
                    table, (long long)rows);
}

/* What the store to copy to holds: nothing, or what the other has (`out_whole`), or it is refused.
 * Counts come first: most that differ are told from each other without being read. */
static esi_err look_at_target(struct copying *c, bool *out_whole, esi_error *err) {
    int64_t rows[COPY_TABLE_COUNT];
    bool empty = true;
    esi_err rc = ESI_OK;
    for (size_t i = 0; rc == ESI_OK && i < COPY_TABLE_COUNT; i++) {
        rc = side_count(c, &c->to, i, &rows[i], err);
        empty = empty && (rc != ESI_OK || rows[i] == 0);
    }
    for (size_t i = 0; rc == ESI_OK && !empty && i < COPY_TABLE_COUNT; i++) {
        int64_t count = 0;
        rc = side_count(c, &c->from, i, &count, err);
        if (rc == ESI_OK && count != rows[i]) {
            rc = refuse(copy_tables[i].name, rows[i], err);
        }
    }
    if (rc == ESI_OK && !empty) {
        rc = compare_all(c, err);
    }
    for (size_t i = 0; rc == ESI_OK && !empty && i < COPY_TABLE_COUNT; i++) {
        if (!c->result->rows[i].equal) {
            rc = refuse(copy_tables[i].name, rows[i], err);
        }
    }
    *out_whole = !empty;
    return rc;
}

static esi_err begin(struct copying *c, bool *out_whole, esi_error *err) {
    const esi_store_copy_ops *ops = c->to.ops->copy;
    const esi_wait wait = visit_wait(c);
    bool marked = false;
    esi_err rc = ops->marked(c->to.copy, &wait, &marked, err);
    *out_whole = false;
    if (rc == ESI_OK && !marked) {
        rc = look_at_target(c, out_whole, err);
    }
    if (rc == ESI_OK && !marked && !*out_whole) {
        rc = ops->mark(c->to.copy, &wait, err);
    }
    c->result->report.resumed = marked;
    return rc;
}

static esi_err copy_all(struct copying *c, esi_error *err) {
    const esi_wait wait = visit_wait(c);
    bool whole = false;
    esi_err rc = side_open(&c->from, false, &wait, err);
    if (rc == ESI_OK) {
        rc = side_open(&c->to, true, &wait, err);
    }
    if (rc == ESI_OK) {
        rc = begin(c, &whole, err);
    }
    if (rc != ESI_OK || whole) {
        return rc;
    }
    for (size_t i = 0; rc == ESI_OK && i < COPY_TABLE_COUNT; i++) {
        rc = copy_table(c, i, err);
    }
    if (rc == ESI_OK) {
        rc = compare_all(c, err);
    }
    if (rc == ESI_OK && c->result->report.equal) {
        const esi_wait last = visit_wait(c);
        rc = c->to.ops->copy->finish(c->to.copy, &last, err);
    }
    return rc;
}

esi_err esi_copy(const esi_options *from, const esi_options *to, const esi_copy_request *request,
                 esi_copy_report **out, esi_error *err) {
    if (!out) {
        return esi_fail(err, ESI_EINVAL, ORIGIN, "out must not be NULL");
    }
    struct copying *c = calloc(1, sizeof(*c));
    struct result *result = calloc(1, sizeof(*result));
    esi_err rc = c && result ? ESI_OK : fail_memory(err, ORIGIN);
    if (rc != ESI_OK) {
        goto out;
    }
    c->request = (esi_copy_request)ESI_COPY_REQUEST_INIT;
    c->result = result;
    if (request) {
        rc = input_struct(&c->request, sizeof(c->request), request, sizeof(size_t), ORIGIN, err);
    }
    if (rc == ESI_OK) {
        rc = side_read(&c->from, from, "from", err);
    }
    if (rc == ESI_OK) {
        rc = side_read(&c->to, to, "to", err);
    }
    if (rc == ESI_OK && strcmp(c->from.settings.store, c->to.settings.store) == 0) {
        rc = esi_fail(err, ESI_EINVAL, ORIGIN, "both stores are the same one");
    }
    if (rc == ESI_OK) {
        rc = copy_all(c, err);
    }
out:
    if (c) {
        side_close(&c->from);
        side_close(&c->to);
        cursor_clear(&c->left);
        cursor_clear(&c->right);
        free(c);
    }
    if (rc != ESI_OK) {
        esi_copy_report_free(result ? &result->report : NULL);
        return rc;
    }
    for (size_t i = 0; i < COPY_TABLE_COUNT; i++) {
        result->tables[i] = &result->rows[i];
    }
    result->report.tables = result->tables;
    result->report.table_count = COPY_TABLE_COUNT;
    *out = &result->report;
    return ESI_OK;
}

void esi_copy_report_free(esi_copy_report *report) {
    if (report) {
        struct result *r = (struct result *)report;
        arena_clear(&r->arena);
        free(r);
    }
}
