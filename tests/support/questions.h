/* questions.h: reads a collection and the questions put to it, as tests/data/coverage_*.txt have
 * them. */
#ifndef ESIHELP_TESTS_QUESTIONS_H
#define ESIHELP_TESTS_QUESTIONS_H

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "base/os.h"
#include "core/index.h"

#define QUESTIONS_MAX 256
#define QUESTIONS_DOCUMENTS_MAX 64
#define QUESTIONS_SECTIONS_MAX 32 /* of one document */

struct question {
    esi_coverage expected;
    esi_act act;
    struct view text;
};

struct question_set {
    struct buf file;
    struct index *index;
    struct question questions[QUESTIONS_MAX];
    size_t count;
};

/* The document that begins at the line `head`: id, title and tags between bars. */
struct questions_document {
    struct view id, title, tags;
    struct index_section_in sections[QUESTIONS_SECTIONS_MAX];
    char ids[QUESTIONS_SECTIONS_MAX][64];
    size_t count;
};

static inline struct view questions_cell(struct view *rest) {
    struct view cell = {NULL, 0};
    (void)view_split(rest, '|', &cell);
    return view_trim(cell);
}

static inline void questions_add(struct questions_document *d, struct index_document **documents,
                                 size_t *count) {
    if (d->count == 0) {
        return;
    }
    const struct index_document_in in = {.id = d->id,
                                         .source = d->id,
                                         .title = d->title,
                                         .tags = d->tags,
                                         .language = VIEW("en"),
                                         .sections = d->sections,
                                         .section_count = d->count};
    ck_assert_uint_lt(*count, QUESTIONS_DOCUMENTS_MAX);
    ck_assert_int_eq(index_document_create(&in, 0, &documents[(*count)++], NULL), ESI_OK);
    d->count = 0;
}

/* Lines up to "questions" are documents. A section's text runs to the next line that begins one. */
static inline void questions_documents(struct view *rest, struct index_document **documents,
                                       size_t *count) {
    struct questions_document d = {.count = 0};
    struct view line;
    while (view_line(rest, &line) && !view_eq(line, VIEW("questions"))) {
        if (view_starts(line, VIEW("document "))) {
            questions_add(&d, documents, count);
            struct view cells = view_slice(line, 9, line.n);
            d.id = questions_cell(&cells);
            d.title = questions_cell(&cells);
            d.tags = questions_cell(&cells);
        } else if (view_starts(line, VIEW("section "))) {
            ck_assert_uint_lt(d.count, QUESTIONS_SECTIONS_MAX);
            snprintf(d.ids[d.count], sizeof d.ids[0], "%.*s#%zu", (int)d.id.n, d.id.p, d.count);
            d.sections[d.count] = (struct index_section_in){
                .id = view_of(d.ids[d.count]),
                .heading = view_slice(line, 8, line.n),
                .text = {rest->p, 0},
            };
            d.count++;
        } else if (d.count > 0 && line.n > 0) {
            struct view *text = &d.sections[d.count - 1].text;
            text->n = (size_t)(line.p + line.n - text->p);
        }
    }
    questions_add(&d, documents, count);
}

static inline void questions_read(const char *path, struct question_set *set) {
    struct index_document *documents[QUESTIONS_DOCUMENTS_MAX] = {NULL};
    size_t count = 0;
    memset(set, 0, sizeof *set);
    buf_init(&set->file, 1 << 20);
    ck_assert_int_eq(os_read_file(path, 1 << 20, &set->file, NULL), ESI_OK);
    struct view rest = buf_view(&set->file), line;
    questions_documents(&rest, documents, &count);
    ck_assert_int_eq(index_build(NULL, NULL, 0, documents, count, 1, 0, &set->index, NULL), ESI_OK);
    for (size_t i = 0; i < count; i++) {
        index_document_unref(documents[i]);
    }
    while (view_line(&rest, &line)) {
        struct view words = line;
        const struct view head = questions_cell(&words);
        if (head.n < 3) {
            continue;
        }
        const char act = head.p[head.n - 1];
        ck_assert_uint_lt(set->count, QUESTIONS_MAX);
        set->questions[set->count++] = (struct question){
            .expected = head.p[0] == 'c'   ? ESI_COVERAGE_COVERED
                        : head.p[0] == 'v' ? ESI_COVERAGE_VAGUE
                                           : ESI_COVERAGE_NONE,
            .act = act == 't'   ? ESI_ACT_TROUBLE
                   : act == 'r' ? ESI_ACT_REQUEST
                                : ESI_ACT_QUESTION,
            .text = view_trim(words),
        };
    }
}

static inline void questions_clear(struct question_set *set) {
    index_unref(set->index);
    buf_clear(&set->file);
}

#endif
