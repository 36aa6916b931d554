#include "store/store.h"

#include <string.h>

#include "base/str.h"
#ifdef ESI_WITH_POSTGRES
#include "store/pg.h"
#endif
#ifdef ESI_WITH_SQLITE
#include "store/sqlite.h"
#endif

#define ORIGIN "store/store"

/* Which store a URL needs, by how it begins. The last row takes everything else: a path. */
struct store_row {
    struct view scheme;
    const esi_store_ops *ops; /* NULL: not in this build */
    const char *option;       /* of the build, that would bring it */
};

#ifdef ESI_WITH_SQLITE
#define SQLITE_OPS &sqlite_ops
#define SQLITE_NAME "sqlite"
#else
#define SQLITE_OPS NULL
#define SQLITE_NAME ""
#endif
#ifdef ESI_WITH_POSTGRES
#define POSTGRES_OPS &pg_ops
#define POSTGRES_NAME "postgres"
#else
#define POSTGRES_OPS NULL
#define POSTGRES_NAME ""
#endif
#if defined ESI_WITH_SQLITE && defined ESI_WITH_POSTGRES
#define BETWEEN " "
#else
#define BETWEEN ""
#endif

static const struct store_row rows[] = {
    {{"postgres://", 11}, POSTGRES_OPS, "postgres"},
    {{"postgresql://", 13}, POSTGRES_OPS, "postgres"},
    {{"postgresql+psycopg://", 21}, POSTGRES_OPS, "postgres"},
    {{"postgresql+psycopg2://", 22}, POSTGRES_OPS, "postgres"},
    {{"postgresql+asyncpg://", 21}, POSTGRES_OPS, "postgres"},
    {{"", 0}, SQLITE_OPS, "sqlite"},
};

esi_err store_find(const char *url, const esi_store_ops **out, esi_error *err) {
    const struct view text = view_of(url);
    size_t i = 0;
    while (!view_starts(text, rows[i].scheme)) {
        i++;
    }
    if (rows[i].ops == NULL) {
        return esi_fail(err, ESI_EUNSUPPORTED, ORIGIN,
                        "this build has no %s store: build it with the option \"%s\", or name "
                        "another store",
                        rows[i].option, rows[i].option);
    }
    *out = rows[i].ops;
    return ESI_OK;
}

const char *store_names(void) {
    return SQLITE_NAME BETWEEN POSTGRES_NAME;
}
