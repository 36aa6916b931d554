/* store.h: a store's URL to its slots. */
#ifndef ESIHELP_STORE_STORE_H
#define ESIHELP_STORE_STORE_H

#include <esihelp/sys/store.h>

/* The slots that a URL needs: "postgres://" and "postgresql://" (also with "+psycopg", "+psycopg2",
 * "+asyncpg") the PostgreSQL store, anything else the embedded one. ESI_EUNSUPPORTED where this
 * build lacks it. */
esi_err store_find(const char *url, const esi_store_ops **out, esi_error *err) ESI_MUST_CHECK;

/* The names of this build, separated by spaces. */
const char *store_names(void);

#endif
