/* pg.h: the store on PostgreSQL, which many servers share. */
#ifndef ESIHELP_STORE_PG_H
#define ESIHELP_STORE_PG_H

#include <esihelp/sys/store.h>

extern const esi_store_ops pg_ops;

#endif
