/* stored.h: a document as a store gives it, made ready for the index. */
#ifndef ESIHELP_DESK_STORED_H
#define ESIHELP_DESK_STORED_H

#include <esihelp/sys/store.h>

#include "core/index.h"

/* The number of a standing's name (enum standing of core/handling); of none, that of what is
 * current. */
int32_t stored_standing(const char *name);

/* Reads its words and codes its vectors, of so many dimensions. A section without a text (NULL) has
 * its place and is never found. Errors: ESI_ENOMEM, ESI_EPARSE (a
 * note). */
esi_err stored_read(const esi_store_document *document, int32_t dimensions,
                    struct index_document **out, esi_error *err) ESI_MUST_CHECK;

/* A copy of it in the arena, and how many bytes it takes about. */
esi_err stored_copy(const esi_store_document *document, int32_t dimensions, esi_arena *arena,
                    esi_store_document *out, esi_error *err) ESI_MUST_CHECK;
size_t stored_bytes(const esi_store_document *document, int32_t dimensions);

#endif
