/* index_build.c: a snapshot out of documents. Everything that depends on more than one document is
 * computed anew, in the order of document ids, so that no history shows in any result. */
#include "core/index_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/vector.h"

#define ORIGIN "core/index"

/* BM25 (Robertson and Zaragoza, 2009). A word of the heading counts as HEADING words of the text,
 * one of title or tags as TITLE: they are chosen by people to say what the section is about. Both
 * constants of saturation are on the low side: sections are short and of like length. */
#define BM25_K1 1.2f
#define BM25_B 0.4f
#define BOOST_HEADING 3.0f
#define BOOST_TITLE 2.5f

#define REMOVED UINT32_MAX

float index_impact(const struct index *index, uint32_t text, uint32_t heading, uint32_t title,
                   uint32_t length) {
    const float often = (float)text + BOOST_HEADING * (float)heading + BOOST_TITLE * (float)title;
    const float norm = 1.0f - BM25_B + BM25_B * (float)length / index->average_length;
    return often * (BM25_K1 + 1.0f) / (often + BM25_K1 * norm);
}

static int by_id(const void *a, const void *b) {
    const struct index_document *const *x = a, *const *y = b;
    return view_cmp((*x)->view.id, (*y)->view.id);
}

/* What a new snapshot is made of. */
struct change {
    const struct index *before;
    const struct view *gone;
    size_t gone_count;
    struct index_document *const *added;
    size_t added_count;
};

/* The ids that change, each with the last document added under it, or REMOVED. */
static esi_err choose(const struct change *change, struct dictionary *ids, uint32_t **which,
                      esi_error *err) {
    const size_t count = change->gone_count + change->added_count;
    *which = malloc((count + 1) * sizeof **which);
    if (*which == NULL) {
        return fail_memory(err, ORIGIN);
    }
    for (size_t i = 0; i < count; i++) {
        const bool gone = i < change->gone_count;
        const struct view id =
            gone ? change->gone[i] : change->added[i - change->gone_count]->view.id;
        bool is_new;
        const uint32_t number = dictionary_add(ids, id, view_hash(id), &is_new);
        if (number == DICTIONARY_NONE) {
            return fail_memory(err, ORIGIN);
        }
        (*which)[number] = gone ? REMOVED : (uint32_t)(i - change->gone_count);
    }
    return ESI_OK;
}

/* The documents of the new snapshot, sorted by id, each counted. */
static esi_err gather(struct index *index, const struct change *change, esi_error *err) {
    struct dictionary ids = {0};
    uint32_t *which = NULL;
    const size_t kept = change->before == NULL ? 0 : change->before->document_count;
    esi_err rc = choose(change, &ids, &which, err);
    if (rc != ESI_OK) {
        goto out;
    }
    index->documents = malloc((kept + ids.count + 1) * sizeof(struct index_document *));
    if (index->documents == NULL) {
        rc = fail_memory(err, ORIGIN);
        goto out;
    }
    for (size_t i = 0; i < kept; i++) {
        struct index_document *document = change->before->documents[i];
        if (dictionary_find(&ids, document->view.id) == DICTIONARY_NONE) {
            index->documents[index->document_count++] = document;
        }
    }
    for (size_t i = 0; i < ids.count; i++) {
        if (which[i] != REMOVED) {
            index->documents[index->document_count++] = change->added[which[i]];
        }
    }
    for (size_t i = 0; i < index->document_count; i++) {
        index_document_ref(index->documents[i]);
    }
    if (index->document_count > 1) {
        qsort(index->documents, index->document_count, sizeof(struct index_document *), by_id);
    }
out:
    dictionary_clear(&ids);
    free(which);
    return rc;
}

static esi_err number_sections(struct index *index, esi_error *err) {
    uint64_t sections = 0, length = 0, read = 0;
    for (size_t i = 0; i < index->document_count; i++) {
        sections += index->documents[i]->section_count;
    }
    if (sections >= UINT32_MAX) {
        return esi_fail(err, ESI_ETOOBIG, ORIGIN, "a collection of %llu sections is too large",
                        (unsigned long long)sections);
    }
    index->section_count = (size_t)sections;
    index->document_first = malloc((index->document_count + 1) * sizeof(uint32_t));
    index->section_document = malloc((index->section_count + 1) * sizeof(uint32_t));
    index->section_roles = malloc((index->section_count + 1) * sizeof(uint32_t));
    if (index->document_first == NULL || index->section_document == NULL ||
        index->section_roles == NULL) {
        return fail_memory(err, ORIGIN);
    }
    uint32_t next = 0;
    for (size_t i = 0; i < index->document_count; i++) {
        const struct index_document *d = index->documents[i];
        index->document_first[i] = next;
        if (index->dimensions == 0 && d->vectors != NULL) {
            index->dimensions = d->dimensions;
        }
        for (size_t s = 0; s < d->section_count; s++) {
            index->section_roles[next] = d->view.roles;
            index->section_document[next++] = (uint32_t)i;
            length += d->sections[s].length;
            read += !d->sections[s].unread;
        }
    }
    index->document_first[index->document_count] = next;
    index->average_length = read == 0 ? 1.0f : fmaxf((float)((double)length / (double)read), 1.0f);
    return ESI_OK;
}

/* The collection's number of each document's terms, one document behind the other. */
struct term_map {
    uint32_t *numbers;
    size_t *from; /* of each document */
};

static esi_err number_terms(struct index *index, struct term_map *map, esi_error *err) {
    size_t total = 0;
    map->from = malloc((index->document_count + 1) * sizeof *map->from);
    if (map->from == NULL) {
        return fail_memory(err, ORIGIN);
    }
    for (size_t i = 0; i < index->document_count; i++) {
        map->from[i] = total;
        total += index->documents[i]->terms.count;
    }
    map->numbers = malloc((total + 1) * sizeof *map->numbers);
    index->term_vectors = malloc((total + 1) * sizeof *index->term_vectors);
    if (map->numbers == NULL || index->term_vectors == NULL) {
        return fail_memory(err, ORIGIN);
    }
    for (size_t i = 0; i < index->document_count; i++) {
        const struct dictionary *terms = &index->documents[i]->terms;
        for (size_t t = 0; t < terms->count; t++) {
            bool added;
            const struct dictionary_entry *entry = &terms->entries[t];
            const uint32_t number = dictionary_add(&index->terms, entry->key, entry->hash, &added);
            if (number == DICTIONARY_NONE) {
                return fail_memory(err, ORIGIN);
            }
            map->numbers[map->from[i] + t] = number;
            index->term_vectors[number] = index->documents[i]->vectors_of[t];
        }
    }
    return ESI_OK;
}

/* Counts the postings of each term, and where those of each begin. */
static esi_err count_postings(struct index *index, const struct term_map *map, uint32_t *total,
                              esi_error *err) {
    uint64_t sum = 0;
    for (size_t i = 0; i < index->document_count; i++) {
        const struct index_document *d = index->documents[i];
        sum += d->section_count == 0 ? 0 : d->sections[d->section_count - 1].to;
    }
    if (sum >= UINT32_MAX) {
        return esi_fail(err, ESI_ETOOBIG, ORIGIN, "a collection of %llu words is too large",
                        (unsigned long long)sum);
    }
    uint32_t *from = calloc(index->terms.count + 1, sizeof *from);
    index->term_from = from;
    if (from == NULL) {
        return fail_memory(err, ORIGIN);
    }
    for (size_t i = 0; i < index->document_count; i++) {
        const struct index_document *d = index->documents[i];
        const uint32_t *numbers = map->numbers + map->from[i];
        const uint32_t end = d->section_count == 0 ? 0 : d->sections[d->section_count - 1].to;
        for (uint32_t p = 0; p < end; p++) {
            from[numbers[d->postings[p].term] + 1]++;
        }
    }
    for (size_t t = 0; t < index->terms.count; t++) {
        from[t + 1] += from[t];
    }
    *total = (uint32_t)sum;
    return ESI_OK;
}

static void put_section(struct index *index, const uint32_t *numbers, uint32_t section,
                        const struct index_document *d, const struct document_section *s) {
    for (uint32_t p = s->from; p < s->to; p++) {
        const struct document_posting *posting = &d->postings[p];
        /* term_from runs ahead while the lists are filled; put_postings sets it back */
        const uint32_t place = index->term_from[numbers[posting->term]]++;
        index->posting_section[place] = section;
        index->posting_at[place] = p;
        index->posting_impact[place] =
            index_impact(index, posting->text, posting->heading, posting->title, s->length);
    }
}

static esi_err put_postings(struct index *index, const struct term_map *map, esi_error *err) {
    uint32_t total = 0;
    const esi_err rc = count_postings(index, map, &total, err);
    if (rc != ESI_OK) {
        return rc;
    }
    index->posting_section = malloc(((size_t)total + 1) * sizeof(uint32_t));
    index->posting_impact = malloc(((size_t)total + 1) * sizeof(float));
    index->posting_at = malloc(((size_t)total + 1) * sizeof(uint32_t));
    if (index->posting_section == NULL || index->posting_impact == NULL ||
        index->posting_at == NULL) {
        return fail_memory(err, ORIGIN);
    }
    for (size_t i = 0; i < index->document_count; i++) {
        const struct index_document *d = index->documents[i];
        for (size_t s = 0; s < d->section_count; s++) {
            put_section(index, map->numbers + map->from[i], index->document_first[i] + (uint32_t)s,
                        d, &d->sections[s]);
        }
    }
    for (size_t t = index->terms.count; t > 0; t--) {
        index->term_from[t] = index->term_from[t - 1];
    }
    index->term_from[0] = 0;
    index->bytes += total * (2 * sizeof(uint32_t) + sizeof(float));
    return ESI_OK;
}

/* The signs of all vectors in one piece: a scan is as fast as memory is read in a row. */
static esi_err put_rows(struct index *index, esi_error *err) {
    const size_t n = (size_t)index->dimensions, words = VECTOR_BITS_WORDS(n);
    if (n == 0 || index->section_count <= INDEX_EXACT_FLOATS / n) {
        return ESI_OK;
    }
    index->rows = calloc(index->section_count, words * sizeof(uint64_t));
    index->row_stretch = calloc(index->section_count, sizeof(float));
    if (index->rows == NULL || index->row_stretch == NULL) {
        return fail_memory(err, ORIGIN);
    }
    for (size_t i = 0; i < index->document_count; i++) {
        const struct index_document *d = index->documents[i];
        if (d->rows == NULL || d->dimensions != index->dimensions) {
            continue;
        }
        const size_t first = index->document_first[i];
        memcpy(index->rows + first * words, d->rows, d->section_count * words * sizeof(uint64_t));
        for (size_t s = 0; s < d->section_count; s++) {
            const bool has = d->sections[s].has_vector;
            index->row_stretch[first + s] = has ? 1.0f / d->row_lengths[s] : 0.0f;
        }
    }
    index->bytes += index->section_count * (words * sizeof(uint64_t) + sizeof(float));
    return ESI_OK;
}

static size_t measure(const struct index *index) {
    size_t bytes = sizeof *index + index->bytes + dictionary_bytes(&index->terms) +
                   dictionary_bytes(&index->forms) + dictionary_bytes(&index->families) +
                   index->terms.count * (sizeof(uint32_t) + sizeof(uint16_t)) +
                   index->forms.capacity * sizeof(uint32_t) +
                   index->forms.count * sizeof(struct index_word) +
                   2 * index->section_count * sizeof(uint32_t);
    for (size_t i = 0; i < index->document_count; i++) {
        bytes += index->documents[i]->bytes + sizeof(uint32_t) + sizeof(struct index_document *);
    }
    return bytes;
}

esi_err index_fail_too_big(size_t memory_max, esi_error *err) {
    return esi_fail(err, ESI_ENOMEM, ORIGIN,
                    "the search index would take more than the %zu MiB of index_memory "
                    "(ESI_INDEX_MEMORY)",
                    memory_max >> 20);
}

static esi_err build(struct index *index, size_t memory_max, esi_error *err) {
    struct term_map map = {0};
    esi_err rc = number_sections(index, err);
    /* the documents alone may be too much: say so before taking more */
    if (rc == ESI_OK && memory_max != 0 && measure(index) > memory_max) {
        rc = index_fail_too_big(memory_max, err);
    }
    if (rc == ESI_OK) {
        rc = number_terms(index, &map, err);
    }
    if (rc == ESI_OK) {
        rc = put_postings(index, &map, err);
    }
    if (rc == ESI_OK) {
        rc = index_put_words(index, map.numbers, map.from, err);
    }
    if (rc == ESI_OK) {
        rc = index_put_names(index, err);
    }
    if (rc == ESI_OK) {
        rc = index_put_meanings(index, err);
    }
    if (rc == ESI_OK) {
        rc = index_put_families(index, err);
    }
    if (rc == ESI_OK) {
        rc = put_rows(index, err);
    }
    free(map.numbers);
    free(map.from);
    if (rc == ESI_OK) {
        index->bytes = measure(index);
        if (memory_max != 0 && index->bytes > memory_max) {
            rc = index_fail_too_big(memory_max, err);
        }
    }
    return rc;
}

esi_err index_build(const struct index *before, const struct view *gone, size_t gone_count,
                    struct index_document *const *added, size_t added_count, int64_t version,
                    size_t memory_max, struct index **out, esi_error *err) {
    struct index *index = calloc(1, sizeof *index);
    if (index == NULL) {
        return fail_memory(err, ORIGIN);
    }
    atomic_init(&index->count, 1);
    index->version = version;
    const struct change change = {before, gone, gone_count, added, added_count};
    esi_err rc = gather(index, &change, err);
    if (rc == ESI_OK) {
        rc = build(index, memory_max, err);
    }
    if (rc != ESI_OK) {
        index_unref(index);
        return rc;
    }
    *out = index;
    return ESI_OK;
}
