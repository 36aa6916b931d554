/* document.h: one Markdown document as the store keeps it and as a report tells of it. Pure but for
 * the ids of its sections; nothing is written here. */
#ifndef ESIHELP_DESK_DOCUMENT_H
#define ESIHELP_DESK_DOCUMENT_H

#include <esihelp/kb.h>
#include <esihelp/sys/store.h>

#include "base/arena.h"
#include "core/handling.h"
#include "desk/desk.h"

struct document {
    esi_store_document record; /* vectors are NULL */
    esi_kb_document report;    /* `change` is set by who writes it */
    struct authority authority;
};

/* The hash that tells whether a document was read before, and in the same way. */
void document_hash(struct view source, struct view text, uint8_t out[32]);

struct document_in {
    const esi_desk *desk;
    struct view source; /* its identity, as a path below the folder */
    struct view text;
    bool explain;    /* fill report.sections */
    esi_arena *keep; /* the report's memory */
};

/* Reads a document: front matter, chunks, notes, authority, hidden instructions. The record is in
 * `arena`. Errors: ESI_EENCODING, ESI_EPARSE (nothing to read in it), ESI_ETOOBIG, ESI_ENOMEM. */
esi_err document_read(const struct document_in *in, esi_arena *arena, struct document *out,
                      esi_error *err) ESI_MUST_CHECK;

#endif
