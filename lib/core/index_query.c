/* index_query.c: reads a question's words against a snapshot. */
#include "core/index_parts.h"

#include <string.h>

#include "base/error.h"

#define ORIGIN "core/index"

#define QUERY_TOKENS_MAX 1024u
#define SPELLINGS_MAX 16u /* words of one question that are looked up among all words */
#define COMPOUND_BYTES_MAX 96u
#define SYNONYM_TOKENS_MAX 8u
#define DOUBLED_BYTES_MAX 40u
#define RARITY_LIGHT 3.3 /* of text_rarity: a commoner word says next to nothing alone */

/* How much a match counts that isn't of the word itself. */
#define FACTOR_SPELLING 0.9f
#define FACTOR_COMPOUND 0.9f
#define FACTOR_SYNONYM 0.8f

struct work {
    const struct index *index;
    const struct token *tokens;
    size_t count;
    const char *language;
    esi_arena *arena;
    struct index_query *query;
    struct index_plan *plan;
    uint8_t *term_of; /* of each token; NO_TERM */
    unsigned spellings;
};

#define NO_TERM UINT8_MAX

uint32_t index_find_term(const struct index *index, struct view stem, struct view form) {
    const uint32_t term = dictionary_find(&index->terms, stem);
    if (term != DICTIONARY_NONE) {
        return term;
    }
    const uint32_t number = dictionary_find(&index->forms, form);
    return number == DICTIONARY_NONE ? DICTIONARY_NONE : index->form_term[number];
}

/* ---- which words ----------------------------------------------------------------------------- */

static bool is_stopword(const struct work *w, const struct token *token) {
    return token->kind == TOKEN_WORD && text_is_stopword(token->form, w->language);
}

static void take(struct work *w, size_t token, bool stopword) {
    struct index_query *q = w->query;
    w->term_of[token] = (uint8_t)q->term_count;
    q->terms[q->term_count++] = (struct index_term){
        .form = w->tokens[token].form,
        .used = w->tokens[token].stem,
        .kind = w->tokens[token].kind,
        .stopword = stopword,
    };
}

/* The term that an earlier token made of the same stem. */
static uint8_t same_as(const struct work *w, size_t token) {
    for (size_t i = 0; i < w->query->term_count; i++) {
        if (view_eq(w->query->terms[i].used, w->tokens[token].stem)) {
            return (uint8_t)i;
        }
    }
    return NO_TERM;
}

static size_t distinct(const struct work *w) {
    size_t count = 0;
    for (size_t i = 0; i < w->count && count <= INDEX_TERMS_MAX; i++) {
        size_t j = 0;
        while (j < i && !view_eq(w->tokens[j].stem, w->tokens[i].stem)) {
            j++;
        }
        count += j == i;
    }
    return count;
}

/* Each stem once, in the order of the question. Where there are too many, stop words and words
 * that the collection doesn't know are left out. */
static void take_terms(struct work *w) {
    const bool crowded = distinct(w) > INDEX_TERMS_MAX;
    for (size_t i = 0; i < w->count; i++) {
        const bool stopword = is_stopword(w, &w->tokens[i]);
        w->term_of[i] = same_as(w, i);
        if (w->term_of[i] != NO_TERM || w->query->term_count == INDEX_TERMS_MAX) {
            continue;
        }
        if (!crowded || (!stopword && index_find_term(w->index, w->tokens[i].stem,
                                                      w->tokens[i].form) != DICTIONARY_NONE)) {
            take(w, i, stopword);
        }
    }
}

/* ---- wholes and parts ------------------------------------------------------------------------ */

static bool within(const struct token *part, const struct token *whole) {
    return part->from >= whole->from && part->to <= whole->to &&
           part->to - part->from < whole->to - whole->from;
}

/* A token that others are parts of: an identifier, "log-in", "login" made of "log in". Its parts
 * stand right before or behind it. */
static bool is_whole(const struct token *tokens, size_t count, size_t at) {
    return (at > 0 && within(&tokens[at - 1], &tokens[at])) ||
           (at + 1 < count && within(&tokens[at + 1], &tokens[at]));
}

/* Is it written as a word of its own somewhere, and not only as a part of identifiers? */
static bool stands_alone(const struct work *w, const struct token *token) {
    return dictionary_find(&w->index->forms, token->form) != DICTIONARY_NONE;
}

/* Either the whole counts or its parts do: the whole where some section has it. An identifier that
 * none has counts too: what its parts are may be found, but isn't what was asked for. */
static void mark_parts(struct work *w, size_t whole, size_t part) {
    const struct token *token = &w->tokens[whole];
    if (!within(&w->tokens[part], token) || w->term_of[part] == NO_TERM) {
        return;
    }
    const bool found = w->plan->lists[w->term_of[whole]].count > 0;
    if (found || (token->kind == TOKEN_IDENTIFIER && !stands_alone(w, &w->tokens[part]))) {
        w->query->terms[w->term_of[part]].spare = true;
    }
}

static void mark_spares(struct work *w) {
    for (size_t i = 0; i < w->count; i++) {
        if (!is_whole(w->tokens, w->count, i) || w->term_of[i] == NO_TERM) {
            continue;
        }
        if (w->tokens[i].kind == TOKEN_WORD && w->plan->lists[w->term_of[i]].count == 0) {
            w->query->terms[w->term_of[i]].spare = true;
            continue;
        }
        for (size_t j = i; j-- > 0 && w->tokens[j].to > w->tokens[i].from;) {
            mark_parts(w, i, j);
        }
        for (size_t j = i + 1; j < w->count && w->tokens[j].from < w->tokens[i].to; j++) {
            mark_parts(w, i, j);
        }
    }
}

/* ---- what else they may be ------------------------------------------------------------------- */

static esi_err add_list(struct work *w, uint8_t term, const struct index_list *list, float factor,
                        esi_error *err) {
    if (term == NO_TERM || w->query->terms[term].stopword || list->count == 0) {
        return ESI_OK;
    }
    struct index_list *own = &w->plan->lists[term];
    if (own->count == 0 && factor == 1.0f) {
        *own = *list;
        return ESI_OK;
    }
    return index_list_join(own, list, factor, w->arena, own, err);
}

/* A word that doubles the letter before its ending, or fails to: "droping", "resettting". The stem
 * is found by the other writing; *out is DICTIONARY_NONE where the collection has it neither
 * way. */
static esi_err find_doubled(struct work *w, struct view form, uint32_t *out, esi_error *err) {
    static const char endings[][4] = {"ing", "ed", "er", "ers"};
    char other[DOUBLED_BYTES_MAX + 1];
    *out = DICTIONARY_NONE;
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        const struct view ending = view_of(endings[i]);
        if (form.n > DOUBLED_BYTES_MAX || form.n < ending.n + 3 || !view_ends(form, ending)) {
            continue;
        }
        const size_t base = form.n - ending.n;
        const char last = form.p[base - 1];
        if (last < 'b' || last > 'z' || strchr("eiouwxy", last) != NULL) {
            continue;
        }
        const size_t kept = form.p[base - 2] == last ? base - 1 : base + 1;
        memcpy(other, form.p, base);
        other[base] = last;
        memcpy(other + kept, ending.p, ending.n);
        struct view stem;
        const esi_err rc =
            text_stem((struct view){other, kept + ending.n}, w->language, w->arena, &stem, err);
        if (rc != ESI_OK) {
            return rc;
        }
        *out = dictionary_find(&w->index->terms, stem);
        return ESI_OK;
    }
    return ESI_OK;
}

static esi_err add_spelling(struct work *w, uint8_t number, esi_error *err) {
    struct index_term *term = &w->query->terms[number];
    if (term->kind != TOKEN_WORD || w->spellings == SPELLINGS_MAX) {
        return ESI_OK;
    }
    w->spellings++;
    uint32_t meant;
    const esi_err rc = find_doubled(w, term->form, &meant, err);
    if (rc != ESI_OK) {
        return rc;
    }
    if (meant == DICTIONARY_NONE) {
        const struct index_word *word = index_spelling(w->index, term->form);
        if (word == NULL) {
            return ESI_OK;
        }
        meant = word->term;
        term->stopword = text_is_stopword(word->form, w->language);
    }
    term->corrected = true;
    term->used = w->index->terms.entries[meant].key;
    const struct index_list list = index_list_of(w->index, meant);
    return add_list(w, number, &list, FACTOR_SPELLING, err);
}

/* Two neighbouring words that the collection writes as one: "log in", "login". */
static esi_err add_joined(struct work *w, size_t token, esi_error *err) {
    const struct token *a = &w->tokens[token], *b = a + 1;
    char joined[COMPOUND_BYTES_MAX];
    if (token + 1 == w->count || a->kind != TOKEN_WORD || b->kind != TOKEN_WORD ||
        b->word != a->word + 1 || a->form.n < 2 || b->form.n < 2 ||
        a->form.n + b->form.n > sizeof joined) {
        return ESI_OK;
    }
    memcpy(joined, a->form.p, a->form.n);
    memcpy(joined + a->form.n, b->form.p, b->form.n);
    const struct view form = {joined, a->form.n + b->form.n};
    uint32_t term = index_find_term(w->index, form, form);
    if (term == DICTIONARY_NONE && b->stem.n <= b->form.n) {
        memcpy(joined + a->form.n, b->stem.p, b->stem.n);
        term = dictionary_find(&w->index->terms, (struct view){joined, a->form.n + b->stem.n});
    }
    if (term == DICTIONARY_NONE) {
        return ESI_OK;
    }
    const struct index_list list = index_list_of(w->index, term);
    const esi_err rc = add_list(w, w->term_of[token], &list, FACTOR_COMPOUND, err);
    return rc != ESI_OK ? rc : add_list(w, w->term_of[token + 1], &list, FACTOR_COMPOUND, err);
}

#define HALF_LEAST 3u /* bytes: shorter ones are too often there by chance */

/* One word that the collection only writes as two: "timezone", "time zone". */
static esi_err add_split(struct work *w, uint8_t number, struct view word, esi_error *err) {
    for (size_t cut = HALF_LEAST; cut + HALF_LEAST <= word.n; cut++) {
        if (((unsigned char)word.p[cut] & 0xC0) == 0x80) {
            continue;
        }
        const struct view a = view_slice(word, 0, cut), b = view_slice(word, cut, word.n);
        const uint32_t terms[2] = {index_find_term(w->index, a, a),
                                   index_find_term(w->index, b, b)};
        if (terms[0] == DICTIONARY_NONE || terms[1] == DICTIONARY_NONE) {
            continue;
        }
        struct index_list list;
        esi_err rc = index_list_phrase(w->index, terms, 2, w->arena, &list, err);
        if (rc == ESI_OK) {
            rc = add_list(w, number, &list, FACTOR_COMPOUND, err);
        }
        if (rc != ESI_OK) {
            return rc;
        }
    }
    return ESI_OK;
}

/* ---- synonyms -------------------------------------------------------------------------------- */

static unsigned first_letters(struct view text) {
    const unsigned a = text.n > 0 ? (unsigned char)text.p[0] | 0x20u : 0;
    const unsigned b = text.n > 1 ? (unsigned char)text.p[1] | 0x20u : 0;
    return (a * 7 + b) & 63;
}

/* The place behind the row of stems where it begins at that token, else the token itself. Wholes
 * that stand between the words of the question ("login" in "log in") are stepped over. */
static size_t row_end(const struct work *w, size_t token, const struct token *row, size_t count) {
    size_t at = token;
    for (size_t i = 0; i < count; i++) {
        while (i > 0 && at < w->count && is_whole(w->tokens, w->count, at)) {
            at++;
        }
        if (at == w->count || !view_eq(w->tokens[at].stem, row[i].stem) ||
            w->tokens[at].word != w->tokens[token].word + i) {
            return token;
        }
        at++;
    }
    return at;
}

/* Leaves the words alone: "log" and "in" of "log in", without "login". */
static size_t drop_wholes(struct token *row, size_t count) {
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (!is_whole(row, count, i)) {
            row[kept++] = row[i];
        }
    }
    return kept;
}

static esi_err list_of_row(struct work *w, const struct token *row, size_t count,
                           struct index_list *out, esi_error *err) {
    uint32_t terms[INDEX_PHRASE_MAX];
    *out = (struct index_list){0};
    for (size_t i = 0; i < count; i++) {
        terms[i] = index_find_term(w->index, row[i].stem, row[i].form);
        if (terms[i] == DICTIONARY_NONE) {
            return ESI_OK;
        }
    }
    if (count == 1) {
        *out = index_list_of(w->index, terms[0]);
        return ESI_OK;
    }
    return index_list_phrase(w->index, terms, count, w->arena, out, err);
}

/* Do the words say next to nothing alone: "more time", "hand in"? */
static bool are_light(const struct work *w, const struct token *row, size_t count) {
    bool light = count > 1;
    for (size_t i = 0; i < count; i++) {
        bool known;
        light = light && row[i].kind == TOKEN_WORD &&
                (text_is_stopword(row[i].form, w->language) ||
                 (text_rarity(row[i].form, &known) < RARITY_LIGHT && known));
    }
    return light;
}

/* Such words together are a term of their own, which sections with the other words have. */
static esi_err add_phrase(struct work *w, struct view phrase, const struct index_list *list,
                          esi_error *err) {
    struct index_query *q = w->query;
    size_t i = 0;
    while (i < q->term_count && q->terms[i].form.p != phrase.p) {
        i++;
    }
    if (list->count == 0 || i == INDEX_TERMS_MAX) {
        return ESI_OK;
    }
    if (i == q->term_count) {
        q->terms[q->term_count++] =
            (struct index_term){.form = phrase, .used = phrase, .kind = TOKEN_WORD};
    }
    return add_list(w, (uint8_t)i, list, FACTOR_SYNONYM, err);
}

/* Where the question says `from`, sections that say `to` match as well. */
static esi_err add_synonym(struct work *w, struct view from, struct view to, esi_error *err) {
    struct token *said, *meant;
    size_t said_count, meant_count;
    esi_err rc =
        text_tokens(from, w->language, SYNONYM_TOKENS_MAX, w->arena, &said, &said_count, err);
    if (rc == ESI_OK) {
        rc = text_tokens(to, w->language, SYNONYM_TOKENS_MAX, w->arena, &meant, &meant_count, err);
    }
    if (rc != ESI_OK) {
        return rc;
    }
    said_count = drop_wholes(said, said_count);
    meant_count = drop_wholes(meant, meant_count);
    if (said_count == 0 || said_count > INDEX_PHRASE_MAX || meant_count == 0 ||
        meant_count > INDEX_PHRASE_MAX) {
        return ESI_OK;
    }
    for (size_t i = 0; i < w->count; i++) {
        const size_t end = row_end(w, i, said, said_count);
        if (end == i) {
            continue;
        }
        struct index_list list;
        rc = list_of_row(w, meant, meant_count, &list, err);
        if (rc == ESI_OK && are_light(w, said, said_count)) {
            rc = add_phrase(w, from, &list, err);
        }
        for (size_t t = i; rc == ESI_OK && t < end; t++) {
            rc = add_list(w, w->term_of[t], &list, FACTOR_SYNONYM, err);
        }
        break; /* the terms are the same wherever it stands again */
    }
    return rc;
}

static esi_err add_synonyms(struct work *w, const char *const (*synonyms)[2], size_t count,
                            esi_error *err) {
    /* most of a policy's synonyms don't concern the question: the first letters tell */
    uint64_t begun = 0;
    for (size_t i = 0; i < w->count; i++) {
        begun |= UINT64_C(1) << first_letters(w->tokens[i].form);
    }
    for (size_t i = 0; i < count; i++) {
        for (size_t side = 0; side < 2; side++) {
            const struct view from = view_of(synonyms[i][side]);
            if ((begun >> first_letters(from) & 1) == 0) {
                continue;
            }
            const esi_err rc = add_synonym(w, from, view_of(synonyms[i][1 - side]), err);
            if (rc != ESI_OK) {
                return rc;
            }
        }
    }
    return ESI_OK;
}

/* ---- all together ---------------------------------------------------------------------------- */

static esi_err look_up(struct work *w, const char *const (*synonyms)[2], size_t synonym_count,
                       esi_error *err) {
    esi_err rc = ESI_OK;
    for (uint8_t i = 0; i < w->query->term_count; i++) {
        const struct index_term *term = &w->query->terms[i];
        const uint32_t number = index_find_term(w->index, term->used, term->form);
        if (number != DICTIONARY_NONE) {
            const struct index_list list = index_list_of(w->index, number);
            rc = add_list(w, i, &list, 1.0f, err);
        }
        if (rc == ESI_OK && number == DICTIONARY_NONE && term->kind == TOKEN_WORD) {
            rc = add_split(w, i, term->form, err);
        }
        if (rc != ESI_OK) {
            return rc;
        }
    }
    for (size_t i = 0; rc == ESI_OK && i < w->count; i++) {
        rc = add_joined(w, i, err);
    }
    if (rc == ESI_OK) {
        rc = add_synonyms(w, synonyms, synonym_count, err);
    }
    /* spelling last: what was found in another way wasn't misspelt */
    for (uint8_t i = 0; rc == ESI_OK && i < w->query->term_count; i++) {
        if (w->plan->lists[i].count == 0 && !w->query->terms[i].stopword) {
            rc = add_spelling(w, i, err);
        }
    }
    return rc;
}

esi_err index_prepare(const struct index *index, const struct token *tokens, size_t count,
                      const char *language, const char *const (*synonyms)[2], size_t synonym_count,
                      esi_arena *arena, struct index_query *out, esi_error *err) {
    struct work w = {
        .index = index,
        .tokens = tokens,
        .count = count < QUERY_TOKENS_MAX ? count : QUERY_TOKENS_MAX,
        .language = language == NULL ? "en" : language,
        .arena = arena,
        .query = ARENA_NEW(arena, struct index_query),
        .plan = ARENA_NEW(arena, struct index_plan),
    };
    w.term_of = ARENA_ARRAY(arena, w.count, uint8_t);
    if (w.query == NULL || w.plan == NULL || w.term_of == NULL) {
        return fail_memory(err, ORIGIN);
    }
    take_terms(&w);
    const esi_err rc = look_up(&w, synonyms, synonym_count, err);
    if (rc != ESI_OK) {
        return rc;
    }
    mark_spares(&w);
    for (uint8_t i = 0; i < w.query->term_count; i++) {
        index_weigh(index, w.language, w.plan->lists[i].count, &w.query->terms[i],
                    &w.plan->weights[i]);
    }
    w.query->plan = w.plan;
    *out = *w.query;
    return ESI_OK;
}
