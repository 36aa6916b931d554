/* index_document.c: reads one document's words and vectors, once, for all snapshots to come. */
#include "core/index_parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/word_vector.h"
#include "core/answer.h"

#define ORIGIN "core/index"
#define LABEL_TOKENS_MAX 400u /* of title, of tags, of a heading */
#define FORM_BYTES_MAX 160u   /* a longer word is no spelling of anything */

/* What is at hand while a document is read; everything in it is thrown away afterwards. */
struct reader {
    struct index_document *d;
    const char *language;
    struct dictionary forms;
    esi_arena scratch;
    struct token *labels; /* of title and tags, the same for every section */
    size_t label_count, title_count;
    uint64_t *keys; /* term << 32 | place, of one section */
    size_t key_count, key_capacity;
    char *chunk; /* words are packed into it */
    size_t chunk_used, chunk_room, written_capacity;
    struct index_names_reader names;
    size_t word_capacity, posting_capacity, place_capacity, place_count, posting_count;
};

static bool reserve(void **array, size_t *capacity, size_t need, size_t size) {
    if (need <= *capacity) {
        return true;
    }
    size_t wanted = *capacity == 0 ? 64 : *capacity;
    while (wanted < need) {
        wanted *= 2;
    }
    void *grown = wanted > SIZE_MAX / size ? NULL : realloc(*array, wanted * size);
    if (grown == NULL) {
        return false;
    }
    *array = grown;
    *capacity = wanted;
    return true;
}

static bool copy(esi_arena *arena, struct view *v) {
    v->p = arena_str(arena, *v);
    return v->p != NULL;
}

#define CHUNK_FIRST 512u /* enough for headings alone */
#define CHUNK 4096u

/* A copy of a word beside the one before: alone, each would take 16 bytes at least. */
static bool pack(struct reader *r, struct view *word) {
    if (word->n > CHUNK_FIRST / 4) {
        return copy(&r->d->arena, word);
    }
    if (r->chunk == NULL || r->chunk_used + word->n > r->chunk_room) {
        r->chunk_room = r->chunk == NULL ? CHUNK_FIRST : CHUNK;
        r->chunk = arena_alloc(&r->d->arena, r->chunk_room);
        r->chunk_used = 0;
    }
    if (r->chunk == NULL) {
        return false;
    }
    char *to = r->chunk + r->chunk_used;
    if (word->n > 0) {
        memcpy(to, word->p, word->n);
    }
    r->chunk_used += word->n;
    word->p = to;
    return true;
}

/* The number of a stem in the document; its key is made to last. */
static uint32_t take_term(struct reader *r, struct view stem) {
    bool added;
    struct index_document *d = r->d;
    const uint32_t term = dictionary_add(&d->terms, stem, view_hash(stem), &added);
    if (term == DICTIONARY_NONE || !added) {
        return term;
    }
    if (!pack(r, &d->terms.entries[term].key) ||
        !reserve((void **)&d->written, &r->written_capacity, term + 1, 1)) {
        return DICTIONARY_NONE;
    }
    d->written[term] = 0;
    return term;
}

static bool take_form(struct reader *r, struct view form, uint32_t term) {
    struct index_document *d = r->d;
    if (view_eq(form, d->terms.entries[term].key)) {
        d->written[term] = 1;
        return true;
    }
    bool added;
    const uint64_t hash = view_hash(form);
    const uint32_t number = dictionary_add(&r->forms, form, hash, &added);
    if (number == DICTIONARY_NONE || !added) {
        return number != DICTIONARY_NONE;
    }
    struct view *key = &r->forms.entries[number].key;
    if (!pack(r, key) ||
        !reserve((void **)&d->words, &r->word_capacity, d->word_count + 1, sizeof *d->words)) {
        return false;
    }
    d->words[d->word_count++] = (struct document_word){*key, hash, term};
    return true;
}

/* Does a sentence, an item of a list or a row end in that stretch between two words? */
static bool ends_sentence(struct view text, uint32_t from, uint32_t to) {
    for (uint32_t i = from; i < to; i++) {
        const char c = text.p[i], next = i + 1 < text.n ? text.p[i + 1] : ' ';
        const bool mark =
            (c == '.' || c == '?' || c == '!' || c == ';') && (next == ' ' || next == '\n');
        const bool line = c == '\n' && (next == '\n' || next == '-' || next == '*' || next == '|' ||
                                        (next >= '0' && next <= '9'));
        if (mark || line) {
            return true;
        }
    }
    return false;
}

/* Leaves room between the sentences of a text, so that what stands in one is nearer, and notes
 * where each of them begins and what it tells. sentences: room for as many as there are tokens. */
static size_t part_sentences(struct view text, struct token *tokens, size_t count,
                             struct document_sentence *sentences) {
    uint32_t shift = 0, end = 0;
    size_t n = 0, begin = 0;
    for (size_t i = 0; i <= count; i++) {
        const bool last = i == count;
        if (i > 0 && (last || (tokens[i].from > end && ends_sentence(text, end, tokens[i].from)))) {
            const struct view words = view_slice(text, tokens[begin].from, last ? text.n : end + 1);
            sentences[n++].offers = (uint16_t)answer_told(words, tokens + begin, i - begin);
            shift += PLACE_SENTENCE;
            begin = i;
        }
        if (last) {
            break;
        }
        end = tokens[i].to > end ? tokens[i].to : end;
        tokens[i].word += shift;
        if (i == begin) {
            const uint32_t place = PLACE_TEXT + tokens[i].word;
            sentences[n].place = (uint16_t)(place < PLACE_MAX ? place : PLACE_MAX);
        }
    }
    return n;
}

/* Notes where the tokens stand, beginning at `base` and before `end`. */
static bool take_tokens(struct reader *r, const struct token *tokens, size_t count, uint32_t base,
                        uint32_t end) {
    if (!reserve((void **)&r->keys, &r->key_capacity, r->key_count + count, sizeof *r->keys)) {
        return false;
    }
    uint32_t whole_to = 0;
    for (size_t i = 0; i < count; i++) {
        const uint32_t term = take_term(r, tokens[i].stem);
        if (term == DICTIONARY_NONE) {
            return false;
        }
        if (tokens[i].kind == TOKEN_IDENTIFIER) {
            whole_to = tokens[i].to > whole_to ? tokens[i].to : whole_to;
        }
        /* the parts of an identifier ("ke" of "KE-1042") are no words */
        const bool word = tokens[i].kind == TOKEN_WORD && tokens[i].from >= whole_to;
        if (word && tokens[i].form.n <= FORM_BYTES_MAX && !take_form(r, tokens[i].form, term)) {
            return false;
        }
        const uint32_t room = end - 1 - base;
        const uint32_t place = base + (tokens[i].word < room ? tokens[i].word : room);
        r->keys[r->key_count++] = (uint64_t)term << 32 | place;
    }
    return true;
}

/* Notes where phrases of the thesaurus stand, at the place of their first word. */
static bool take_phrases(struct reader *r, const struct token *tokens, size_t count, uint32_t base,
                         uint32_t end) {
    struct text_phrase phrase;
    for (size_t i = 0; strcmp(r->language, "en") == 0 && i < count; i++) {
        if (!text_phrase_at(tokens, count, i, &phrase)) {
            continue;
        }
        struct token token = tokens[i];
        token.kind = TOKEN_WORD;
        token.form = token.stem = phrase.key;
        if (!take_tokens(r, &token, 1, base, end)) {
            return false;
        }
        i = phrase.split ? i : phrase.last;
    }
    return true;
}

static bool take_row(struct reader *r, const struct token *tokens, size_t count, uint32_t base,
                     uint32_t end) {
    return take_tokens(r, tokens, count, base, end) && take_phrases(r, tokens, count, base, end);
}

static int by_key(const void *a, const void *b) {
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* One stem's run of keys as a posting. */
static void put_posting(struct reader *r, const uint64_t *keys, size_t count) {
    struct index_document *d = r->d;
    struct document_posting posting = {.term = (uint32_t)(keys[0] >> 32),
                                       .at = (uint32_t)r->place_count};
    for (size_t i = 0; i < count; i++) {
        const uint16_t place = (uint16_t)keys[i];
        if (place >= PLACE_TEXT) {
            if (posting.text == UINT16_MAX) {
                break;
            }
            posting.text++;
        } else if (place >= PLACE_HEADING) {
            if (posting.heading == UINT8_MAX) {
                continue;
            }
            posting.heading++;
        } else {
            if (posting.title == UINT8_MAX) {
                continue;
            }
            posting.title++;
        }
        d->places[r->place_count++] = place;
    }
    d->postings[r->posting_count++] = posting;
}

static bool put_postings(struct reader *r) {
    struct index_document *d = r->d;
    if (!reserve((void **)&d->postings, &r->posting_capacity, r->posting_count + r->key_count,
                 sizeof *d->postings) ||
        !reserve((void **)&d->places, &r->place_capacity, r->place_count + r->key_count,
                 sizeof *d->places)) {
        return false;
    }
    if (r->key_count > 1) {
        qsort(r->keys, r->key_count, sizeof *r->keys, by_key);
    }
    for (size_t from = 0, to; from < r->key_count; from = to) {
        to = from + 1;
        while (to < r->key_count && r->keys[to] >> 32 == r->keys[from] >> 32) {
            to++;
        }
        put_posting(r, r->keys + from, to - from);
    }
    return true;
}

/* Notes which words the innermost heading is made of, once all of the section's are numbered. */
static bool take_heading(struct reader *r, const struct token *tokens, size_t count,
                         struct document_section *out) {
    out->heading_terms = ARENA_ARRAY(&r->d->arena, count, uint32_t);
    if (out->heading_terms == NULL) {
        return false;
    }
    size_t inner = 0;
    for (size_t at = view_find(out->heading, VIEW(" > "), 0); at != SIZE_MAX;
         at = view_find(out->heading, VIEW(" > "), inner)) {
        inner = at + 3;
    }
    size_t behind = 0; /* the last phrase */
    for (size_t i = 0; i < count; i++) {
        struct text_phrase phrase;
        struct view stem = tokens[i].stem;
        if (tokens[i].from < inner || i < behind) {
            continue;
        }
        if (text_phrase_at(tokens, count, i, &phrase) && phrase.phrasal && !phrase.split) {
            stem = phrase.key;
            behind = phrase.last + 1;
        } else if (text_is_stopword(tokens[i].form, r->language)) {
            continue;
        }
        const uint32_t term = dictionary_find(&r->d->terms, stem);
        uint32_t k = 0;
        while (k < out->heading_count && out->heading_terms[k] != term) {
            k++;
        }
        out->heading_terms[k] = term;
        out->heading_count += k == out->heading_count;
    }
    return true;
}

static bool same_words(const struct token *a, size_t a_count, const struct token *b,
                       size_t b_count) {
    size_t i = 0;
    while (i < a_count && i < b_count && view_eq(a[i].stem, b[i].stem)) {
        i++;
    }
    return i == a_count && i == b_count;
}

/* A section of which only its place is known: others refer to it. */
static esi_err place_section(struct reader *r, const struct index_section_in *in,
                             struct document_section *out, esi_arena *arena, esi_error *err) {
    out->from = (uint32_t)r->posting_count;
    out->to = out->from;
    if (!copy(&r->d->arena, &out->id) || !copy(&r->d->arena, &out->heading)) {
        return fail_memory(err, ORIGIN);
    }
    return index_names_take(&r->names, (uint32_t)(out - r->d->sections), in, arena, err);
}

static esi_err read_section(struct reader *r, const struct index_section_in *in,
                            struct document_section *out, esi_error *err) {
    struct index_document *d = r->d;
    struct token *heading, *text;
    size_t heading_count, text_count;
    esi_arena arena;
    arena_init(&arena, 0);
    esi_err rc = text_tokens(in->heading, r->language, LABEL_TOKENS_MAX, &arena, &heading,
                             &heading_count, err);
    if (rc == ESI_OK) {
        rc =
            text_tokens(in->text, r->language, SECTION_TOKENS_MAX, &arena, &text, &text_count, err);
    }
    if (rc != ESI_OK) {
        goto out;
    }
    *out = (struct document_section){
        .id = in->id, .heading = in->heading, .holds = in->holds, .unread = in->unread};
    if (in->unread) {
        rc = place_section(r, in, out, &arena, err);
        goto out;
    }
    struct document_sentence *sentences = ARENA_ARRAY(&arena, text_count, struct document_sentence);
    if (sentences == NULL) {
        rc = fail_memory(err, ORIGIN);
        goto out;
    }
    out->sentence_count = (uint32_t)part_sentences(in->text, text, text_count, sentences);
    out->sentences = ARENA_ARRAY(&d->arena, out->sentence_count, struct document_sentence);
    if (out->sentences == NULL) {
        rc = fail_memory(err, ORIGIN);
        goto out;
    }
    for (uint32_t i = 0; i < out->sentence_count; i++) {
        out->sentences[i] = sentences[i];
    }
    /* an opening under the title's own words has them once, not twice */
    const bool opens = same_words(heading, heading_count, r->labels, r->title_count);
    out->from = (uint32_t)r->posting_count;
    r->key_count = 0;
    if (!copy(&d->arena, &out->id) || !copy(&d->arena, &out->heading) ||
        !take_row(r, r->labels, r->label_count, 0, PLACE_HEADING) ||
        !take_row(r, heading, opens ? 0 : heading_count, PLACE_HEADING, PLACE_TEXT) ||
        !take_heading(r, heading, heading_count, out) ||
        !take_row(r, text, text_count, PLACE_TEXT, PLACE_MAX + 1) || !put_postings(r)) {
        rc = fail_memory(err, ORIGIN);
        goto out;
    }
    rc = index_names_take(&r->names, (uint32_t)(out - d->sections), in, &arena, err);
    out->to = (uint32_t)r->posting_count;
    out->length = (uint32_t)(heading_count + text_count);
out:
    arena_clear(&arena);
    return rc;
}

/* Title and tags as one row of tokens; their word numbers go on from one to the other. */
static esi_err read_labels(struct reader *r, const struct index_document_in *in, esi_error *err) {
    struct token *title, *tags;
    size_t title_count, tag_count;
    esi_err rc = text_tokens(in->title, r->language, LABEL_TOKENS_MAX, &r->scratch, &title,
                             &title_count, err);
    if (rc == ESI_OK) {
        rc = text_tokens(in->tags, r->language, LABEL_TOKENS_MAX, &r->scratch, &tags, &tag_count,
                         err);
    }
    if (rc != ESI_OK) {
        return rc;
    }
    r->label_count = title_count + tag_count;
    r->title_count = title_count;
    r->labels = ARENA_ARRAY(&r->scratch, r->label_count + 1, struct token);
    if (r->labels == NULL) {
        return fail_memory(err, ORIGIN);
    }
    /* two places of room between title and tags: no phrase reaches from one into the other */
    const uint32_t shift = title_count == 0 ? 0 : title[title_count - 1].word + 2;
    for (size_t i = 0; i < title_count; i++) {
        r->labels[i] = title[i];
    }
    for (size_t i = 0; i < tag_count; i++) {
        r->labels[title_count + i] = tags[i];
        r->labels[title_count + i].word += shift;
    }
    return ESI_OK;
}

static bool copy_view(struct index_document *d, const struct index_document_in *in) {
    d->view = (struct index_document_view){
        .id = in->id,
        .source = in->source,
        .title = in->title,
        .version = in->version,
        .updated = in->updated,
        .language = in->language,
        .meta = in->meta,
        .standing = in->standing,
        .roles = in->roles,
    };
    struct index_document_view *v = &d->view;
    return copy(&d->arena, &v->id) && copy(&d->arena, &v->source) && copy(&d->arena, &v->title) &&
           copy(&d->arena, &v->version) && copy(&d->arena, &v->updated) &&
           copy(&d->arena, &v->language) && copy(&d->arena, &v->meta);
}

/* As given; else read from the longest section, which tells it best. */
static const char *language_of(const struct index_document *d, const struct index_document_in *in) {
    if (d->view.language.n != 0) {
        return d->view.language.p;
    }
    struct view longest = in->title;
    for (size_t i = 0; i < in->section_count; i++) {
        if (in->sections[i].text.n > longest.n) {
            longest = in->sections[i].text;
        }
    }
    return text_language(longest);
}

/* The array in just the room that it needs; as it is where that can't be had. */
static void fit(void **array, size_t count, size_t size, size_t *bytes) {
    void *less = realloc(*array, (count + 1) * size);
    *array = less != NULL ? less : *array;
    *bytes += (count + 1) * size;
}

/* Gives back what growing took too much, and what only reading needed. */
static void shrink(struct reader *r) {
    struct index_document *d = r->d;
    d->bytes = sizeof *d + d->arena.used;
    fit((void **)&d->postings, r->posting_count, sizeof *d->postings, &d->bytes);
    fit((void **)&d->places, r->place_count, sizeof *d->places, &d->bytes);
    fit((void **)&d->names, d->name_count, sizeof *d->names, &d->bytes);
    fit((void **)&d->words, d->word_count, sizeof *d->words, &d->bytes);
    fit((void **)&d->written, d->terms.count, sizeof *d->written, &d->bytes);
    fit((void **)&d->terms.entries, d->terms.count, sizeof *d->terms.entries, &d->bytes);
    free(d->terms.slots);
    d->terms.slots = NULL;
    d->terms.slot_count = 0;
}

/* Says that stem how much, how long or how often? */
static bool is_measure(struct view stem) {
    static const char words[] = "two three four five six seven eight nine ten twelv half doubl "
                                "twice daili week weekli month monthli night hour minut day year "
                                "unlimit alway ";
    if (stem.n > 0 && stem.p[0] >= '0' && stem.p[0] <= '9') {
        return true;
    }
    struct view rest = view_of(words), word;
    while (view_split(&rest, ' ', &word)) {
        if (view_eq(word, stem)) {
            return true;
        }
    }
    return false;
}

static bool take_meanings(struct index_document *d) {
    d->vectors_of = ARENA_ARRAY(&d->arena, d->terms.count, uint16_t);
    d->measures = ARENA_ARRAY(&d->arena, d->terms.count, bool);
    if (d->vectors_of == NULL || d->measures == NULL) {
        return false;
    }
    d->rarities = ARENA_ARRAY(&d->arena, d->terms.count, float);
    if (d->rarities == NULL) {
        return false;
    }
    for (size_t t = 0; t < d->terms.count; t++) {
        d->vectors_of[t] = word_vector_find(d->terms.entries[t].key);
        d->measures[t] = is_measure(d->terms.entries[t].key);
        d->rarities[t] = index_meaning_weight(d->terms.entries[t].key);
    }
    return true;
}

static bool measure_meanings(struct index_document *d, esi_arena *scratch) {
    size_t most = 0;
    for (size_t i = 0; i < d->section_count; i++) {
        most = d->sections[i].sentence_count > most ? d->sections[i].sentence_count : most;
    }
    float *sums = ARENA_ARRAY(scratch, (most + 1) * WORD_VECTOR_DIMENSIONS, float);
    for (size_t i = 0; sums != NULL && i < d->section_count; i++) {
        struct document_section *section = &d->sections[i];
        const size_t used = (section->sentence_count + (size_t)1) * WORD_VECTOR_DIMENSIONS;
        index_measure_meaning(d, section, sums);
        memset(sums, 0, used * sizeof *sums);
    }
    return sums != NULL;
}

static esi_err read_document(struct reader *r, const struct index_document_in *in, esi_error *err) {
    struct index_document *d = r->d;
    d->sections = ARENA_ARRAY(&d->arena, in->section_count, struct document_section);
    if (d->sections == NULL || !copy_view(d, in)) {
        return fail_memory(err, ORIGIN);
    }
    d->section_count = in->section_count;
    r->language = language_of(d, in);
    r->names = (struct index_names_reader){.document = d, .language = r->language};
    esi_err rc = read_labels(r, in, err);
    for (size_t i = 0; rc == ESI_OK && i < in->section_count; i++) {
        rc = read_section(r, &in->sections[i], &d->sections[i], err);
    }
    if (rc == ESI_OK && (!index_code_vectors(d, in->sections, &r->scratch) || !take_meanings(d) ||
                         !measure_meanings(d, &r->scratch))) {
        rc = fail_memory(err, ORIGIN);
    }
    if (rc == ESI_OK) {
        shrink(r);
    }
    return rc;
}

esi_err index_document_create(const struct index_document_in *in, int32_t dimensions,
                              struct index_document **out, esi_error *err) {
    struct reader reader = {.d = calloc(1, sizeof *reader.d)};
    if (reader.d == NULL) {
        return fail_memory(err, ORIGIN);
    }
    atomic_init(&reader.d->count, 1);
    arena_init(&reader.d->arena, 0);
    arena_init(&reader.scratch, 0);
    reader.d->dimensions = dimensions > 0 ? dimensions : 0;
    const esi_err rc = read_document(&reader, in, err);
    arena_clear(&reader.scratch);
    dictionary_clear(&reader.forms);
    free(reader.keys);
    if (rc != ESI_OK) {
        index_document_unref(reader.d);
        return rc;
    }
    *out = reader.d;
    return ESI_OK;
}

size_t index_document_bytes(const struct index_document *document) {
    return document->bytes;
}

void index_document_ref(struct index_document *document) {
    atomic_fetch_add_explicit(&document->count, 1, memory_order_relaxed);
}

void index_document_unref(struct index_document *document) {
    if (document == NULL ||
        atomic_fetch_sub_explicit(&document->count, 1, memory_order_acq_rel) != 1) {
        return;
    }
    dictionary_clear(&document->terms);
    free(document->words);
    free(document->names);
    free(document->written);
    free(document->postings);
    free(document->places);
    arena_clear(&document->arena);
    free(document);
}
