/* index_words.c: all words of a collection as they are written, for spelling; families of codes. */
#include "core/index_parts.h"

#include <stdlib.h>

#include "base/error.h"

#define ORIGIN "core/index"

uint32_t index_letters(struct view form, uint32_t *length) {
    uint32_t letters = 0;
    uint32_t count = 0;
    for (uint32_t c = text_next(&form); c != TEXT_NONE; c = text_next(&form)) {
        letters |= UINT32_C(1) << (c & 31);
        count++;
    }
    *length = count;
    return letters;
}

static int by_length(const void *a, const void *b) {
    const struct index_word *x = a, *y = b;
    if (x->length != y->length) {
        return x->length < y->length ? -1 : 1;
    }
    return view_cmp(x->form, y->form);
}

static void sort_words(struct index *index) {
    for (size_t i = 0; i < index->forms.count; i++) {
        struct index_word word = {.form = index->forms.entries[i].key, .term = index->form_term[i]};
        word.letters = index_letters(word.form, &word.length);
        if (word.length <= WORD_LENGTH_MAX && view_find(word.form, VIEW(" "), 0) == SIZE_MAX) {
            index->words[index->word_count++] = word;
        }
    }
    if (index->word_count > 1) {
        qsort(index->words, index->word_count, sizeof *index->words, by_length);
    }
    size_t next = 0;
    for (uint32_t length = 0; length <= WORD_LENGTH_MAX + 1; length++) {
        while (next < index->word_count && index->words[next].length < length) {
            next++;
        }
        index->word_from[length] = (uint32_t)next;
    }
}

/* Notes a word as it is written; the first stem seen for it holds. */
static bool put_word(struct index *index, struct view form, uint64_t hash, uint32_t term,
                     size_t *capacity) {
    bool added;
    const uint32_t number = dictionary_add(&index->forms, form, hash, &added);
    if (number == DICTIONARY_NONE) {
        return false;
    }
    if (number >= *capacity) {
        uint32_t *grown = realloc(index->form_term, index->forms.capacity * sizeof *grown);
        if (grown == NULL) {
            return false;
        }
        index->form_term = grown;
        *capacity = index->forms.capacity;
    }
    if (added) {
        index->form_term[number] = term;
    }
    return true;
}

/* The words of one document; numbers: the collection's of its terms. */
static bool put_document_words(struct index *index, const struct index_document *d,
                               const uint32_t *numbers, size_t *capacity) {
    for (size_t t = 0; t < d->terms.count; t++) {
        const struct dictionary_entry *entry = &d->terms.entries[t];
        if (d->written[t] != 0 && !put_word(index, entry->key, entry->hash, numbers[t], capacity)) {
            return false;
        }
    }
    for (size_t w = 0; w < d->word_count; w++) {
        const struct document_word *word = &d->words[w];
        if (!put_word(index, word->form, word->hash, numbers[word->term], capacity)) {
            return false;
        }
    }
    return true;
}

esi_err index_put_words(struct index *index, const uint32_t *numbers, const size_t *from,
                        esi_error *err) {
    size_t capacity = 0;
    for (size_t i = 0; i < index->document_count; i++) {
        if (!put_document_words(index, index->documents[i], numbers + from[i], &capacity)) {
            return fail_memory(err, ORIGIN);
        }
    }
    index->words = malloc((index->forms.count + 1) * sizeof *index->words);
    if (index->words == NULL) {
        return fail_memory(err, ORIGIN);
    }
    sort_words(index);
    return ESI_OK;
}

/* ---- families of codes ----------------------------------------------------------------------- */

#define CODE_LETTERS_MAX 12
#define CODE_DIGITS_LEAST 3

struct view index_family(struct view stem) {
    size_t letters = 0;
    while (letters < stem.n && stem.p[letters] >= 'a' && stem.p[letters] <= 'z') {
        letters++;
    }
    size_t digits = letters;
    while (digits < stem.n && stem.p[digits] >= '0' && stem.p[digits] <= '9') {
        digits++;
    }
    const bool code = letters > 0 && letters <= CODE_LETTERS_MAX && digits == stem.n &&
                      digits - letters >= CODE_DIGITS_LEAST;
    return code ? view_slice(stem, 0, letters) : (struct view){0};
}

esi_err index_put_families(struct index *index, esi_error *err) {
    for (size_t i = 0; i < index->terms.count; i++) {
        const struct view family = index_family(index->terms.entries[i].key);
        bool added;
        if (family.n > 0 && dictionary_add(&index->families, family, view_hash(family), &added) ==
                                DICTIONARY_NONE) {
            return fail_memory(err, ORIGIN);
        }
    }
    return ESI_OK;
}
