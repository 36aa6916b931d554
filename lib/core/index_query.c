/* index_query.c: reads a question's words against a snapshot. */
#include "core/index_parts.h"

#include <string.h>

#include "base/error.h"

#define ORIGIN "core/index"

#define QUERY_TOKENS_MAX 1024u

uint32_t index_find_term(const struct index *index, struct view stem, struct view form) {
    const uint32_t term = dictionary_find(&index->terms, stem);
    if (term != DICTIONARY_NONE) {
        return term;
    }
    const uint32_t number = dictionary_find(&index->forms, form);
    return number == DICTIONARY_NONE ? DICTIONARY_NONE : index->form_term[number];
}

/* ---- which words ----------------------------------------------------------------------------- */

static bool is_stopword(const struct index_reading *w, const struct token *token) {
    return token->kind == TOKEN_WORD && text_is_stopword(token->form, w->language);
}

/* The phrases of the question; verbs with their particles only where the collection has them, too,
 * in these words or others: else their words are looked up apart. */
static void find_phrases(struct index_reading *w) {
    for (size_t i = 0; strcmp(w->language, "en") == 0 && i < w->count; i++) {
        struct text_phrase phrase;
        if (w->phrase_count == INDEX_PHRASES_MAX ||
            !text_phrase_at(w->tokens, w->count, i, &phrase)) {
            continue;
        }
        struct index_likes likes = {.count = 0};
        index_add_likes(w->index, phrase.key, DICTIONARY_NONE, 1.0f, &likes);
        if (likes.count > 0 || !phrase.phrasal) {
            w->phrases[w->phrase_count++] = phrase;
        }
        i = phrase.split ? i : phrase.last;
    }
}

/* The verb with its particle that the token is of; NULL: none. */
static const struct text_phrase *phrasal_at(const struct index_reading *w, size_t token) {
    for (size_t i = 0; i < w->phrase_count; i++) {
        const struct text_phrase *p = &w->phrases[i];
        const bool inside = !p->split && token > p->first && token < p->last;
        if (p->phrasal && (token == p->first || token == p->last || inside)) {
            return p;
        }
    }
    return NULL;
}

static void take_phrase(struct index_reading *w, size_t token, const struct text_phrase *phrase) {
    struct index_query *q = w->query;
    uint8_t term = 0;
    while (term < q->term_count && !view_eq(q->terms[term].form, phrase->key)) {
        term++;
    }
    if (term < INDEX_TERMS_MAX) {
        w->term_of[token] = term;
    }
    if (term == q->term_count && term < INDEX_TERMS_MAX) {
        q->terms[q->term_count++] = (struct index_term){
            .form = phrase->key, .used = phrase->key, .kind = TOKEN_WORD, .phrase = true};
    }
}

static void take(struct index_reading *w, size_t token, bool stopword) {
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
static uint8_t same_as(const struct index_reading *w, size_t token) {
    for (size_t i = 0; i < w->query->term_count; i++) {
        if (view_eq(w->query->terms[i].used, w->tokens[token].stem)) {
            return (uint8_t)i;
        }
    }
    return INDEX_NO_TERM;
}

static size_t distinct(const struct index_reading *w) {
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
static void take_terms(struct index_reading *w) {
    const bool crowded = distinct(w) > INDEX_TERMS_MAX;
    for (size_t i = 0; i < w->count; i++) {
        const bool stopword = is_stopword(w, &w->tokens[i]);
        const struct text_phrase *phrase = phrasal_at(w, i);
        w->term_of[i] = same_as(w, i);
        if (phrase != NULL) {
            take_phrase(w, i, phrase);
            continue;
        }
        if (w->term_of[i] != INDEX_NO_TERM || w->query->term_count == INDEX_TERMS_MAX) {
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
bool index_is_whole(const struct token *tokens, size_t count, size_t at) {
    return (at > 0 && within(&tokens[at - 1], &tokens[at])) ||
           (at + 1 < count && within(&tokens[at + 1], &tokens[at]));
}

/* Is it written as a word of its own somewhere, and not only as a part of identifiers? */
static bool stands_alone(const struct index_reading *w, const struct token *token) {
    return dictionary_find(&w->index->forms, token->form) != DICTIONARY_NONE;
}

/* Either the whole counts or its parts do: the whole where some section has it. An identifier that
 * none has counts too: what its parts are may be found, but isn't what was asked for. */
static void mark_parts(struct index_reading *w, size_t whole, size_t part) {
    const struct token *token = &w->tokens[whole];
    if (!within(&w->tokens[part], token) || w->term_of[part] == INDEX_NO_TERM) {
        return;
    }
    const bool found = w->plan->lists[w->term_of[whole]].count > 0;
    if (found || w->query->terms[w->term_of[whole]].foreign_code ||
        (token->kind == TOKEN_IDENTIFIER && !stands_alone(w, &w->tokens[part]))) {
        w->query->terms[w->term_of[part]].spare = true;
    }
}

/* "ERR-42" where "ERR-41" is documented: it isn't that entry that was asked for. */
static void mark_foreign_codes(struct index_reading *w) {
    for (size_t i = 0; i < w->query->term_count; i++) {
        struct index_term *term = &w->query->terms[i];
        const struct view family = index_family(term->used);
        term->foreign_code = w->plan->lists[i].count == 0 && family.n > 0 &&
                             dictionary_find(&w->index->families, family) != DICTIONARY_NONE;
    }
}

static void mark_spares(struct index_reading *w) {
    for (size_t i = 0; i < w->count; i++) {
        if (!index_is_whole(w->tokens, w->count, i) || w->term_of[i] == INDEX_NO_TERM) {
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

/* The phrases that name something: all their words do. */
static void find_wholes(struct index_reading *w) {
    for (size_t i = 0; i < w->phrase_count; i++) {
        const struct text_phrase *p = &w->phrases[i];
        struct index_whole whole = {.terms = 0};
        bool names = !p->phrasal && !p->split;
        for (size_t t = p->first; t <= p->last; t++) {
            const uint8_t term = w->term_of[t];
            names = names && !w->tokens[t].stop && term != INDEX_NO_TERM;
            whole.terms |= names ? UINT64_C(1) << term : 0;
        }
        if (names) {
            index_add_likes(w->index, p->key, DICTIONARY_NONE, 1.0f, &whole.likes);
            w->plan->wholes[w->plan->whole_count++] = whole;
        }
    }
}

esi_err index_prepare(const struct index *index, const struct token *tokens, size_t count,
                      const char *language, const char *const (*synonyms)[2], size_t synonym_count,
                      esi_arena *arena, struct index_query *out, esi_error *err) {
    struct index_reading w = {
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
    find_phrases(&w);
    take_terms(&w);
    find_wholes(&w);
    const esi_err rc = index_add_alternatives(&w, synonyms, synonym_count, err);
    if (rc != ESI_OK) {
        return rc;
    }
    mark_foreign_codes(&w);
    mark_spares(&w);
    for (uint8_t i = 0; i < w.query->term_count; i++) {
        index_weigh(index, w.language, w.plan->lists[i].count, &w.query->terms[i],
                    &w.plan->weights[i]);
    }
    index_add_meaning(w.query, w.plan);
    index_find_quotes(index, tokens, w.count, w.query);
    w.query->plan = w.plan;
    w.query->term_of = w.term_of;
    w.query->token_count = w.count;
    *out = *w.query;
    return ESI_OK;
}
