/* sqlite.h: the embedded store: one file, one writer, many readers. */
#ifndef ESIHELP_STORE_SQLITE_H
#define ESIHELP_STORE_SQLITE_H

#include <esihelp/sys/store.h>

extern const esi_store_ops sqlite_ops;

#endif
