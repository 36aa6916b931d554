/* index.c: what a snapshot says of itself, and its life. */
#include "core/index.h"

#include <stdlib.h>

#include "base/error.h"

#include "core/index_parts.h"

struct index *index_ref(struct index *index) {
    atomic_fetch_add_explicit(&index->count, 1, memory_order_relaxed);
    return index;
}

void index_unref(struct index *index) {
    if (index == NULL || atomic_fetch_sub_explicit(&index->count, 1, memory_order_acq_rel) != 1) {
        return;
    }
    for (size_t i = 0; i < index->document_count; i++) {
        index_document_unref(index->documents[i]);
    }
    free(index->documents);
    free(index->document_first);
    free(index->section_document);
    free(index->section_roles);
    free(index->rows);
    free(index->row_stretch);
    dictionary_clear(&index->terms);
    dictionary_clear(&index->whole_terms);
    free(index->whole_counts);
    arena_clear(&index->whole_memory);
    free(index->term_from);
    free(index->posting_section);
    free(index->posting_impact);
    free(index->posting_at);
    dictionary_clear(&index->forms);
    free(index->form_term);
    free(index->words);
    free(index->names);
    free(index->term_vectors);
    free(index->meanings);
    dictionary_clear(&index->families);
    free(index);
}

int64_t index_version(const struct index *index) {
    return index->version;
}

size_t index_documents(const struct index *index) {
    return index->document_count;
}

size_t index_sections(const struct index *index) {
    return index->section_count;
}

size_t index_collection(const struct index *index) {
    return index->whole_sections > 0 ? index->whole_sections : index->section_count;
}

esi_err index_set_collection(struct index *index, size_t sections, const struct index_count *counts,
                             size_t count, esi_error *err) {
    index->whole_counts = malloc((count + 1) * sizeof *index->whole_counts);
    if (index->whole_counts == NULL) {
        return fail_memory(err, "core/index");
    }
    for (size_t i = 0; i < count; i++) {
        bool added;
        const uint32_t number =
            dictionary_add(&index->whole_terms, counts[i].stem, view_hash(counts[i].stem), &added);
        if (number == DICTIONARY_NONE) {
            return fail_memory(err, "core/index");
        }
        struct view *key = &index->whole_terms.entries[number].key;
        if (added && (key->p = arena_str(&index->whole_memory, *key)) == NULL) {
            return fail_memory(err, "core/index");
        }
        index->whole_counts[number] = counts[i].sections;
    }
    index->whole_sections = sections;
    return ESI_OK;
}

size_t index_bytes(const struct index *index) {
    return index->bytes;
}

int32_t index_dimensions(const struct index *index) {
    return index->dimensions;
}

uint32_t index_section_document(const struct index *index, uint32_t section) {
    return index->section_document[section];
}

static const struct document_section *section_at(const struct index *index, uint32_t section) {
    const uint32_t document = index->section_document[section];
    return &index->documents[document]->sections[section - index->document_first[document]];
}

struct view index_section_id(const struct index *index, uint32_t section) {
    return section_at(index, section)->id;
}

struct view index_section_heading(const struct index *index, uint32_t section) {
    return section_at(index, section)->heading;
}

const float *index_section_vector(const struct index *index, uint32_t section) {
    const uint32_t document = index->section_document[section];
    const struct index_document *d = index->documents[document];
    const size_t own = section - index->document_first[document];
    if (d->vectors == NULL || d->dimensions != index->dimensions || !d->sections[own].has_vector) {
        return NULL;
    }
    return d->vectors + own * (size_t)d->dimensions;
}

struct index_document_view index_document_at(const struct index *index, uint32_t document) {
    return index->documents[document]->view;
}

bool index_find_document(const struct index *index, struct view id, uint32_t *out) {
    size_t from = 0, to = index->document_count;
    while (from < to) {
        const size_t middle = from + (to - from) / 2;
        const int order = view_cmp(index->documents[middle]->view.id, id);
        if (order == 0) {
            *out = (uint32_t)middle;
            return true;
        }
        if (order < 0) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    return false;
}

void index_document_sections(const struct index *index, uint32_t document, uint32_t *first,
                             uint32_t *count) {
    *first = index->document_first[document];
    *count = index->document_first[document + 1] - *first;
}

bool index_visible(const struct index *index, uint32_t section, uint32_t role) {
    const uint32_t roles = index->section_roles[section];
    return role == 0 || roles == 0 || (roles & role) != 0;
}

const struct document_posting *index_posting(const struct index *index, uint32_t section,
                                             uint32_t at, const uint16_t **places) {
    const struct index_document *d = index->documents[index->section_document[section]];
    const struct document_posting *posting = &d->postings[at];
    *places = d->places + posting->at;
    return posting;
}
