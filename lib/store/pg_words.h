/* pg_words.h: by which words the database finds a section: those that base/text reads, so that they
 * are the same in every script, and the same that the index in memory knows. */
#ifndef ESIHELP_STORE_PG_WORDS_H
#define ESIHELP_STORE_PG_WORDS_H

#include <esihelp/sys/store.h>

#include "base/arena.h"

/* Stems, pairs of characters and identifiers, for array_to_tsvector: none is empty, a few may come
 * twice. */
struct pg_words {
    const char *const *items;
    size_t count;
};

/* A document's title and tags, which every one of its sections is found by. */
esi_err pg_label_words(const esi_store_document *document, esi_arena *arena, struct pg_words *out,
                       esi_error *err) ESI_MUST_CHECK;
/* Heading, text and handling note of a section, and its document's. */
esi_err pg_section_words(const esi_store_document *document, const esi_store_section *section,
                         const struct pg_words *label, esi_arena *arena, struct pg_words *out,
                         esi_error *err) ESI_MUST_CHECK;
/* A question's, each once, stop words aside, at most `max`. language: NULL: read from the text. */
esi_err pg_question_words(const char *question, const char *language, size_t max, esi_arena *arena,
                          struct pg_words *out, esi_error *err) ESI_MUST_CHECK;

#endif
