/* embed.h: what a section's vector is made of, and the vectors of a document at hand. */
#ifndef ESIHELP_DESK_EMBED_H
#define ESIHELP_DESK_EMBED_H

#include "desk/vectors.h"

/* The texts that stand for sections, in the arena: of a document, or as a store gives them. */
esi_err embed_document_texts(const esi_store_document *record, esi_arena *arena, esi_text **out,
                             esi_error *err) ESI_MUST_CHECK;
esi_err embed_passage_texts(const esi_store_passage *passages, size_t count, esi_arena *arena,
                            esi_text **out, esi_error *err) ESI_MUST_CHECK;

/* Gives the sections of the record their vectors, in `arena`: all of them where the model is in
 * this process; else those that are known, and none is paid for. Errors: those of model and
 * store. */
esi_err embed_document(const struct vectors *v, esi_store_document *record, const esi_wait *wait,
                       esi_arena *arena, struct vectors_count *counted,
                       esi_error *err) ESI_MUST_CHECK;

#endif
