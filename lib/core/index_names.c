/* index_names.c: which sections define a term, found by the stems of its words. */
#include "core/index_parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

#define ORIGIN "core/index"
#define KEY_TOKENS_MAX 32u
#define KEY_BYTES_MAX 160u
#define INITIALS_LEAST 3u
#define GLOSSARY_ENTRIES 6u
#define QUOTE_TOKENS_MAX 400u /* of a question that are looked at for messages */

/* ---- keys ------------------------------------------------------------------------------------ */

struct key {
    struct buf text;
    char initials[KEY_TOKENS_MAX + 1];
    size_t words;
};

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
        if (index_is_whole(tokens, count, i)) { /* "time-to-live" is as "time to live" */
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
    if (done && key.words >= INITIALS_LEAST && name->form != NAME_QUOTED) {
        done = take_name(r, (struct view){key.initials, key.words}, section, NAME_SENTENCE);
    }
    buf_clear(&key.text);
    return done ? ESI_OK : fail_memory(err, ORIGIN);
}

/* A heading may quote a single word: the agent says "degraded". */
static esi_err add_quoted_word(struct index_names_reader *r, uint32_t section, struct view heading,
                               esi_arena *arena, esi_error *err) {
    const size_t open = view_find(heading, VIEW("\""), 0);
    const size_t close = open == SIZE_MAX ? open : view_find(heading, VIEW("\""), open + 1);
    if (close == SIZE_MAX) {
        return ESI_OK;
    }
    const struct name name = {view_slice(heading, open + 1, close), NAME_QUOTED};
    return add_name(r, section, &name, arena, err);
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
    const esi_err rc = add_name(r, section, &name, arena, err);
    /* the name that was added last, initials aside */
    for (size_t i = r->document->name_count; rc == ESI_OK && i-- > 0;) {
        const struct document_name *added = &r->document->names[i];
        if (added->section == section && added->form == name.form) {
            r->document->sections[section].heading_key = added->key;
            break;
        }
    }
    return rc;
}

esi_err index_names_take(struct index_names_reader *r, uint32_t section,
                         const struct index_section_in *in, esi_arena *arena, esi_error *err) {
    struct name *names = NULL;
    size_t count = 0;
    esi_err rc = names_read(in->text, arena, &names, &count, err);
    size_t entries = 0;
    for (size_t i = 0; rc == ESI_OK && i < count; i++) {
        rc = add_name(r, section, &names[i], arena, err);
        entries += names[i].form == NAME_ENTRY;
    }
    r->document->sections[section].glossary = entries >= GLOSSARY_ENTRIES;
    if (rc == ESI_OK) {
        rc = add_quoted_word(r, section, in->heading, arena, err);
    }
    return rc == ESI_OK ? add_heading(r, section, in->heading, arena, err) : rc;
}

/* ---- of the snapshot ------------------------------------------------------------------------- */

static uint32_t quote_bit(struct view stem) {
    return (uint32_t)(view_hash(stem) % INDEX_QUOTE_BITS);
}

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
            if (d->sections[name->section].unread) {
                continue;
            }
            index->names[index->name_count++] = (struct index_name){
                name->hash, name->key, index->document_first[i] + name->section, name->form};
        }
    }
    for (size_t i = 0; i < index->name_count; i++) {
        const struct index_name *name = &index->names[i];
        struct view key = name->key, first = {0};
        if (name->form == NAME_QUOTED && view_split(&key, ' ', &first)) {
            const uint32_t bit = quote_bit(first);
            index->quote_first[bit / 64] |= UINT64_C(1) << bit % 64;
        }
    }
    if (index->name_count > 1) {
        qsort(index->names, index->name_count, sizeof *index->names, by_hash);
    }
    index->bytes += (count + 1) * sizeof *index->names;
    return ESI_OK;
}

/* ---- asking ---------------------------------------------------------------------------------- */

/* Where those with that key begin. */
static size_t first_name(const struct index *index, uint64_t hash) {
    size_t from = 0, to = index->name_count;
    while (from < to) {
        const size_t middle = from + (to - from) / 2;
        if (index->names[middle].hash < hash) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    return from;
}

static void take_definition(struct index_query *query, uint32_t section, enum name_form form) {
    for (size_t i = 0; i < query->definition_count; i++) {
        if (query->definitions[i].section == section) {
            return;
        }
    }
    if (query->definition_count < INDEX_DEFINITIONS_MAX) {
        query->definitions[query->definition_count++] =
            (struct index_definition){section, (uint8_t)(form == NAME_QUOTED ? NAME_LABEL : form)};
    }
}

/* Those with that name; false: none that the role may see. */
static bool find_name(const struct index *index, struct index_query *query, struct view key) {
    const uint64_t hash = view_hash(key);
    size_t from = first_name(index, hash);
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

static esi_err find_term(const struct index *index, struct index_query *query, const char *language,
                         struct view term, esi_arena *arena, bool *found, esi_error *err) {
    struct key key;
    const esi_err rc = key_read(index, term, language, arena, &key, err);
    if (rc != ESI_OK) {
        return rc;
    }
    const struct view initials = {key.initials, key.words};
    *found = key.text.n > 0 && !key.text.too_long &&
             (find_name(index, query, buf_view(&key.text)) ||
              (key.words > 1 && find_name(index, query, initials)));
    buf_clear(&key.text);
    return ESI_OK;
}

/* Without its first word, or without its last: "severity HIGH", "the Foo service". */
static esi_err find_part(const struct index *index, struct index_query *query, const char *language,
                         struct view term, esi_arena *arena, bool *found, esi_error *err) {
    const size_t space = view_find(term, VIEW(" "), 0);
    size_t last = term.n;
    while (last > 0 && term.p[last - 1] != ' ') {
        last--;
    }
    esi_err rc = ESI_OK;
    if (space != SIZE_MAX && view_find(term, VIEW(" "), space + 1) == SIZE_MAX) {
        rc = find_term(index, query, language, view_slice(term, space + 1, term.n), arena, found,
                       err);
        if (rc == ESI_OK && !*found) {
            rc = find_term(index, query, language, view_slice(term, 0, last), arena, found, err);
        }
    }
    return rc;
}

esi_err index_define(const struct index *index, struct index_query *query, const char *language,
                     const struct view *terms, size_t count, esi_arena *arena, esi_error *err) {
    struct view found = {0};
    esi_err rc = ESI_OK;
    for (size_t i = 0; rc == ESI_OK && i < count; i++) {
        const char *end = terms[i].p + terms[i].n;
        if (found.p != NULL && terms[i].p >= found.p && end <= found.p + found.n) {
            continue; /* a part of what was found whole */
        }
        bool is = false;
        rc = find_term(index, query, language, terms[i], arena, &is, err);
        found = rc == ESI_OK && is ? terms[i] : found;
    }
    for (size_t i = 0; rc == ESI_OK && i < count && query->definition_count == 0; i++) {
        bool is = false;
        rc = find_part(index, query, language, terms[i], arena, &is, err);
        for (size_t k = 0; is && k < query->definition_count; k++) {
            query->definitions[k].plain = 1; /* of a part only */
        }
    }
    return rc;
}

/* ---- quoted messages ------------------------------------------------------------------------- */

/* Notes the sections that quote that. */
static void take_quotes(const struct index *index, struct index_query *query, struct view key,
                        size_t words) {
    const uint64_t hash = view_hash(key);
    for (size_t i = first_name(index, hash); i < index->name_count && index->names[i].hash == hash;
         i++) {
        const struct index_name *name = &index->names[i];
        if (name->form != NAME_QUOTED || !view_eq(name->key, key)) {
            continue;
        }
        size_t at = 0;
        while (at < query->quote_count && query->quotes[at].section != name->section) {
            at++;
        }
        if (at < query->quote_count) {
            query->quotes[at].words =
                words > query->quotes[at].words ? (uint8_t)words : query->quotes[at].words;
        } else if (at < INDEX_QUOTES_MAX) {
            query->quotes[query->quote_count++] =
                (struct index_quote){name->section, (uint8_t)words};
        }
    }
}

void index_find_quotes(const struct index *index, const struct token *tokens, size_t count,
                       struct index_query *query) {
    char key[KEY_BYTES_MAX];
    for (size_t from = 0; from < count && from < QUOTE_TOKENS_MAX; from++) {
        size_t n = 0, words = 0;
        const uint32_t bit = quote_bit(tokens[from].stem);
        if ((index->quote_first[bit / 64] >> bit % 64 & 1) == 0) {
            continue; /* no message begins so */
        }
        for (size_t i = from; i < count && words < NAME_QUOTED_MOST; i++) {
            const struct view stem = tokens[i].stem;
            if (index_is_whole(tokens, count, i)) {
                continue;
            }
            if (n + 1 + stem.n > sizeof key) {
                break;
            }
            if (words > 0) {
                key[n++] = ' ';
            }
            memcpy(key + n, stem.p, stem.n);
            n += stem.n;
            take_quotes(index, query, (struct view){key, n}, ++words);
        }
    }
}

/* ---- references ------------------------------------------------------------------------------ */

static const struct index_document *document_of(const struct index *index, uint32_t section,
                                                uint32_t *number) {
    const uint32_t document = index->section_document[section];
    *number = section - index->document_first[document];
    return index->documents[document];
}

bool index_quotes_heading(const struct index *index, uint32_t section, uint32_t other) {
    uint32_t from, to;
    const struct index_document *d = document_of(index, section, &from);
    const struct index_document *e = document_of(index, other, &to);
    const struct view heading = e->sections[to].heading_key;
    for (size_t i = 0; i < d->name_count && heading.n > 0; i++) {
        const struct document_name *name = &d->names[i];
        if (name->section == from && name->form == NAME_QUOTED && view_eq(name->key, heading)) {
            return true;
        }
    }
    return false;
}
