/* index_names.c: which sections define a term, found by the stems of its words. */
#include "core/index_parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

#define ORIGIN "core/index"
#define KEY_TOKENS_MAX 32u
#define KEY_BYTES_MAX 160u
#define INITIALS_LEAST 3u

/* ---- keys ------------------------------------------------------------------------------------ */

struct key {
    struct buf text;
    char initials[KEY_TOKENS_MAX + 1];
    size_t words;
};

/* Parts count, and not the whole that is made of them: "time-to-live" is as "time to live". */
static bool is_whole(const struct token *tokens, size_t count, size_t at) {
    const struct token *t = &tokens[at];
    const bool before = at > 0 && tokens[at - 1].from >= t->from && tokens[at - 1].to <= t->to &&
                        tokens[at - 1].to - tokens[at - 1].from < t->to - t->from;
    const bool behind = at + 1 < count && tokens[at + 1].from >= t->from &&
                        tokens[at + 1].to <= t->to &&
                        tokens[at + 1].to - tokens[at + 1].from < t->to - t->from;
    return before || behind;
}

/* The stems of a term's words, or (with an index) those of the words that misspelt ones mean. */
static esi_err key_read(const struct index *index, struct view text, const char *language,
                        esi_arena *arena, struct key *out, esi_error *err) {
    struct token *tokens;
    size_t count;
    const esi_err rc = text_tokens(text, language, KEY_TOKENS_MAX, arena, &tokens, &count, err);
    if (rc != ESI_OK) {
        return rc;
    }
    buf_init(&out->text, KEY_BYTES_MAX);
    out->words = 0;
    for (size_t i = 0; i < count; i++) {
        if (is_whole(tokens, count, i)) {
            continue;
        }
        struct view stem = tokens[i].stem;
        if (index != NULL && dictionary_find(&index->terms, stem) == DICTIONARY_NONE &&
            tokens[i].kind == TOKEN_WORD) {
            const struct index_word *meant = index_spelling(index, tokens[i].form);
            stem = meant != NULL ? index->terms.entries[meant->term].key : stem;
        }
        if (out->words > 0) {
            buf_char(&out->text, ' ');
        }
        buf_add(&out->text, stem);
        out->initials[out->words++] = tokens[i].form.p[0];
    }
    if (out->text.failed && !out->text.too_long) {
        buf_clear(&out->text);
        return fail_memory(err, ORIGIN);
    }
    return ESI_OK;
}

/* ---- of a document --------------------------------------------------------------------------- */

static bool take_name(struct index_names_reader *r, struct view key, uint32_t section,
                      enum name_form form) {
    struct index_document *d = r->document;
    if (d->name_count == r->capacity) {
        const size_t capacity = r->capacity == 0 ? 16 : 2 * r->capacity;
        struct document_name *grown = realloc(d->names, capacity * sizeof *grown);
        if (grown == NULL) {
            return false;
        }
        d->names = grown;
        r->capacity = capacity;
    }
    const char *copy = arena_str(&d->arena, key);
    if (copy == NULL) {
        return false;
    }
    const struct view kept = {copy, key.n};
    d->names[d->name_count++] = (struct document_name){kept, view_hash(kept), section, form};
    return true;
}

static esi_err add_name(struct index_names_reader *r, uint32_t section, const struct name *name,
                        esi_arena *arena, esi_error *err) {
    struct key key;
    const esi_err rc = key_read(NULL, name->text, r->language, arena, &key, err);
    if (rc != ESI_OK) {
        return rc;
    }
    bool done = key.text.n == 0 || key.text.too_long ||
                take_name(r, buf_view(&key.text), section, name->form);
    if (done && key.words >= INITIALS_LEAST) {
        done = take_name(r, (struct view){key.initials, key.words}, section, NAME_SENTENCE);
    }
    buf_clear(&key.text);
    return done ? ESI_OK : fail_memory(err, ORIGIN);
}

/* Its innermost words name what it is about: "Snapshots", "What is a snapshot?". */
static esi_err add_heading(struct index_names_reader *r, uint32_t section, struct view heading,
                           esi_arena *arena, esi_error *err) {
    static const struct view questions[] = {{"What is ", 8}, {"What are ", 9}, {"What's ", 7}};
    for (size_t at = view_find(heading, VIEW(" > "), 0); at != SIZE_MAX;
         at = view_find(heading, VIEW(" > "), 0)) {
        heading = view_slice(heading, at + 3, heading.n);
    }
    struct name name = {view_trim(heading), NAME_LABEL};
    for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++) {
        if (view_starts(name.text, questions[i])) {
            name.text = view_slice(name.text, questions[i].n, name.text.n);
            name.form = NAME_ENTRY;
        }
    }
    static const struct view articles[] = {{"a ", 2}, {"an ", 3}, {"the ", 4}, {"The ", 4}};
    for (size_t i = 0; i < sizeof articles / sizeof articles[0]; i++) {
        if (view_starts(name.text, articles[i])) {
            name.text = view_slice(name.text, articles[i].n, name.text.n);
        }
    }
    return add_name(r, section, &name, arena, err);
}

esi_err index_names_take(struct index_names_reader *r, uint32_t section,
                         const struct index_section_in *in, esi_arena *arena, esi_error *err) {
    struct name *names = NULL;
    size_t count = 0;
    esi_err rc = names_read(in->text, arena, &names, &count, err);
    for (size_t i = 0; rc == ESI_OK && i < count; i++) {
        rc = add_name(r, section, &names[i], arena, err);
    }
    return rc == ESI_OK ? add_heading(r, section, in->heading, arena, err) : rc;
}

/* ---- of the snapshot ------------------------------------------------------------------------- */

static int by_hash(const void *a, const void *b) {
    const struct index_name *x = a, *y = b;
    if (x->hash != y->hash) {
        return x->hash < y->hash ? -1 : 1;
    }
    if (x->form != y->form) {
        return x->form > y->form ? -1 : 1;
    }
    return x->section < y->section ? -1 : x->section > y->section;
}

esi_err index_put_names(struct index *index, esi_error *err) {
    size_t count = 0;
    for (size_t i = 0; i < index->document_count; i++) {
        count += index->documents[i]->name_count;
    }
    index->names = malloc((count + 1) * sizeof *index->names);
    if (index->names == NULL) {
        return fail_memory(err, ORIGIN);
    }
    for (size_t i = 0; i < index->document_count; i++) {
        const struct index_document *d = index->documents[i];
        for (size_t n = 0; n < d->name_count; n++) {
            const struct document_name *name = &d->names[n];
            index->names[index->name_count++] = (struct index_name){
                name->hash, name->key, index->document_first[i] + name->section, name->form};
        }
    }
    if (count > 1) {
        qsort(index->names, count, sizeof *index->names, by_hash);
    }
    index->bytes += (count + 1) * sizeof *index->names;
    return ESI_OK;
}

/* ---- asking ---------------------------------------------------------------------------------- */

static void take_definition(struct index_query *query, uint32_t section, enum name_form form) {
    for (size_t i = 0; i < query->definition_count; i++) {
        if (query->definitions[i].section == section) {
            return;
        }
    }
    if (query->definition_count < INDEX_DEFINITIONS_MAX) {
        query->definitions[query->definition_count++] =
            (struct index_definition){section, (uint8_t)(form + 1)};
    }
}

/* Those with that name; false: none that the role may see. */
static bool find_name(const struct index *index, struct index_query *query, struct view key) {
    const uint64_t hash = view_hash(key);
    size_t from = 0, to = index->name_count;
    while (from < to) {
        const size_t middle = from + (to - from) / 2;
        if (index->names[middle].hash < hash) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    bool found = false;
    for (; from < index->name_count && index->names[from].hash == hash; from++) {
        const struct index_name *name = &index->names[from];
        if (view_eq(name->key, key) && index_visible(index, name->section, query->role)) {
            take_definition(query, name->section, (enum name_form)name->form);
            found = true;
        }
    }
    return found;
}

esi_err index_define(const struct index *index, struct index_query *query, const char *language,
                     const struct view *terms, size_t count, esi_arena *arena, esi_error *err) {
    struct view found = {0};
    for (size_t i = 0; i < count; i++) {
        const char *end = terms[i].p + terms[i].n;
        if (found.p != NULL && terms[i].p >= found.p && end <= found.p + found.n) {
            continue; /* a part of what was found whole */
        }
        struct key key;
        const esi_err rc = key_read(index, terms[i], language, arena, &key, err);
        if (rc != ESI_OK) {
            return rc;
        }
        const struct view initials = {key.initials, key.words};
        if (key.text.n > 0 && !key.text.too_long &&
            (find_name(index, query, buf_view(&key.text)) ||
             (key.words > 1 && find_name(index, query, initials)))) {
            found = terms[i];
        }
        buf_clear(&key.text);
    }
    return ESI_OK;
}
