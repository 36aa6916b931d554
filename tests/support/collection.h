/* collection.h: a small collection for tests of searching, and a question put to it. */
#ifndef ESIHELP_TESTS_COLLECTION_H
#define ESIHELP_TESTS_COLLECTION_H

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "core/index.h"

/* One section; sections of the same document follow one another. */
struct sample {
    const char *document, *title, *tags, *heading, *text;
    uint32_t roles;
    const float *vector;
};

#define COLLECTION_SECTIONS_MAX 64 /* of one document */

/* Reads the document that begins at samples[0]; its sections are named DOCUMENT#0, #1, ... */
static inline struct index_document *collection_document(const struct sample *samples, size_t count,
                                                         int32_t dimensions) {
    struct index_section_in sections[COLLECTION_SECTIONS_MAX];
    char ids[COLLECTION_SECTIONS_MAX][80];
    size_t n = 0;
    while (n < count && n < COLLECTION_SECTIONS_MAX &&
           strcmp(samples[n].document, samples[0].document) == 0) {
        snprintf(ids[n], sizeof ids[n], "%s#%zu", samples[0].document, n);
        sections[n] = (struct index_section_in){.id = view_of(ids[n]),
                                                .heading = view_of(samples[n].heading),
                                                .text = view_of(samples[n].text),
                                                .vector = samples[n].vector};
        n++;
    }
    const struct index_document_in in = {
        .id = view_of(samples[0].document),
        .source = view_of(samples[0].document),
        .title = view_of(samples[0].title),
        .version = VIEW("1"),
        .language = VIEW("en"),
        .tags = view_of(samples[0].tags),
        .roles = samples[0].roles,
        .sections = sections,
        .section_count = n,
    };
    struct index_document *document = NULL;
    ck_assert_int_eq(index_document_create(&in, dimensions, &document, NULL), ESI_OK);
    return document;
}

#define COLLECTION_DOCUMENTS_MAX 256

/* A snapshot of all samples. */
static inline struct index *collection_build(const struct sample *samples, size_t count,
                                             int32_t dimensions) {
    struct index_document *documents[COLLECTION_DOCUMENTS_MAX] = {NULL};
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || strcmp(samples[i].document, samples[i - 1].document) != 0) {
            ck_assert_uint_lt(n, COLLECTION_DOCUMENTS_MAX);
            documents[n++] = collection_document(samples + i, count - i, dimensions);
        }
    }
    struct index *index = NULL;
    ck_assert_int_eq(index_build(NULL, NULL, 0, documents, n, 1, 0, &index, NULL), ESI_OK);
    for (size_t i = 0; i < n; i++) {
        index_document_unref(documents[i]);
    }
    return index;
}

/* A question's words read against the snapshot; everything lives in the arena. */
static inline void collection_ask(const struct index *index, const char *text, esi_arena *arena,
                                  struct index_query *query) {
    struct token *tokens;
    size_t count;
    ck_assert_int_eq(text_tokens(view_of(text), "en", 1000, arena, &tokens, &count, NULL), ESI_OK);
    ck_assert_int_eq(index_prepare(index, tokens, count, "en", NULL, 0, arena, query, NULL),
                     ESI_OK);
    query->vector = NULL;
    query->role = 0;
}

#endif
