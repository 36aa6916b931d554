/* index_alternatives.c: what else the words of a question may be: other spellings, other ways of
 * putting words together, synonyms, words of like meaning. */
#include <string.h>

#include "base/error.h"
#include "base/word_vector.h"
#include "core/cues.h"
#include "core/index_parts.h"

#define SPELLINGS_MAX 16u /* words of one question that are looked up among all words */
#define COMPOUND_BYTES_MAX 96u
#define SYNONYM_TOKENS_MAX 8u
#define DOUBLED_BYTES_MAX 40u
#define STEM_LEAST 5u
#define RARITY_LIGHT 3.3 /* of text_rarity: a commoner word says next to nothing alone */

/* How much a match counts that isn't of the word itself. */
#define FACTOR_SPELLING 0.9f
#define FACTOR_COMPOUND 0.9f
#define FACTOR_SYNONYM 0.8f
#define FACTOR_CLOSE 0.6f
#define FACTOR_LIKE 0.3f
#define SHARE_PHRASE 0.9f /* of what means the same as a phrase, for each of its words */

/* ---- what else they may be ------------------------------------------------------------------- */

static esi_err add_list(struct index_reading *w, uint8_t term, const struct index_list *list,
                        float factor, esi_error *err) {
    if (term == INDEX_NO_TERM || w->query->terms[term].stopword || list->count == 0) {
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
static esi_err find_doubled(struct index_reading *w, struct view form, uint32_t *out,
                            esi_error *err) {
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

/* What means the same as the word, and as the phrases that it stands in. */
static void find_likes(struct index_reading *w, uint8_t number) {
    const struct index_term *term = &w->query->terms[number];
    struct index_likes *likes = &w->plan->likes[number];
    const uint32_t own = index_find_term(w->index, term->used, term->form);
    const struct view form = term->corrected ? term->used : term->form;
    likes->count = 0;
    likes->vector = term->phrase ? WORD_VECTOR_NONE : word_vector_find(form);
    index_add_likes(w->index, form, own, 1.0f, likes);
    for (size_t i = 0; i < w->phrase_count; i++) {
        const struct text_phrase *phrase = &w->phrases[i];
        const bool heavy = !phrase->phrasal && !phrase->split;
        for (size_t t = phrase->first; heavy && t <= phrase->last; t++) {
            if (w->term_of[t] == number) {
                index_add_likes(w->index, phrase->key, own, SHARE_PHRASE, likes);
            }
        }
    }
}

/* Words of like meaning, where no section has the word itself. */
static esi_err add_meaning(struct index_reading *w, uint8_t number, esi_error *err) {
    struct index_term *term = &w->query->terms[number];
    const struct index_likes *likes = &w->plan->likes[number];
    uint32_t nearest[INDEX_NEAREST];
    float alike[INDEX_NEAREST];
    const size_t count = index_nearest(w->index, likes->vector, nearest, alike);
    esi_err rc = ESI_OK;
    for (size_t i = 0; rc == ESI_OK && i < likes->count; i++) {
        const struct index_list list = index_list_of(w->index, likes->terms[i]);
        rc = add_list(w, number, &list, FACTOR_CLOSE * likes->shares[i], err);
    }
    for (size_t i = 0; rc == ESI_OK && i < count; i++) {
        const struct index_list list = index_list_of(w->index, nearest[i]);
        rc = add_list(w, number, &list, FACTOR_LIKE * alike[i], err);
    }
    term->meant = likes->count + count > 0;
    return rc;
}

/* "accidentally" is of "accident", which itself has an ending for the stemmer. */
static esi_err add_stem_of_stem(struct index_reading *w, uint8_t number, esi_error *err) {
    const struct index_term *term = &w->query->terms[number];
    struct view stem;
    const esi_err rc = text_stem(term->used, w->language, w->arena, &stem, err);
    if (rc != ESI_OK || stem.n < STEM_LEAST || stem.n >= term->used.n) {
        return rc;
    }
    const uint32_t found = dictionary_find(&w->index->terms, stem);
    if (found == DICTIONARY_NONE) {
        return ESI_OK;
    }
    const struct index_list list = index_list_of(w->index, found);
    return add_list(w, number, &list, FACTOR_SPELLING, err);
}

/* A slip of a word that no section has, either: it counts as that word does. */
static esi_err add_slip(struct index_reading *w, uint8_t number, esi_error *err) {
    struct index_term *term = &w->query->terms[number];
    char word[INDEX_SLIP_MAX];
    const size_t n = cues_of(term->form) == 0 ? index_slip(term->form, word) : 0;
    const char *copy = n > 0 ? arena_str(w->arena, (struct view){word, n}) : "";
    if (copy == NULL) {
        return fail_memory(err, "core/index");
    }
    if (n == 0) {
        return ESI_OK;
    }
    term->used = (struct view){copy, n};
    term->corrected = true;
    term->stopword = text_is_stopword(term->used, w->language);
    return ESI_OK;
}

static esi_err add_spelling(struct index_reading *w, uint8_t number, esi_error *err) {
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
        if (word == NULL && term->used.n >= STEM_LEAST) { /* "disconecting" */
            word = index_spelling(w->index, term->used);
        }
        if (word == NULL) {
            return add_slip(w, number, err);
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
static esi_err add_joined(struct index_reading *w, size_t token, esi_error *err) {
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
static esi_err add_split(struct index_reading *w, uint8_t number, struct view word,
                         esi_error *err) {
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
static size_t row_end(const struct index_reading *w, size_t token, const struct token *row,
                      size_t count) {
    size_t at = token;
    for (size_t i = 0; i < count; i++) {
        while (i > 0 && at < w->count && index_is_whole(w->tokens, w->count, at)) {
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
        if (!index_is_whole(row, count, i)) {
            row[kept++] = row[i];
        }
    }
    return kept;
}

static esi_err list_of_row(struct index_reading *w, const struct token *row, size_t count,
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
static bool are_light(const struct index_reading *w, const struct token *row, size_t count) {
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
static esi_err add_phrase(struct index_reading *w, struct view phrase,
                          const struct index_list *list, esi_error *err) {
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

/* Sections that say `to` match the tokens [at, end) of the question, which are `from`. */
static esi_err add_meant(struct index_reading *w, size_t at, size_t end, struct view to,
                         struct view light, esi_error *err) {
    struct token *meant;
    size_t count;
    struct index_list list;
    esi_err rc = text_tokens(to, w->language, SYNONYM_TOKENS_MAX, w->arena, &meant, &count, err);
    count = rc == ESI_OK ? drop_wholes(meant, count) : 0;
    if (count == 0 || count > INDEX_PHRASE_MAX) {
        return rc;
    }
    rc = list_of_row(w, meant, count, &list, err);
    if (rc == ESI_OK && light.n > 0) {
        rc = add_phrase(w, light, &list, err);
    }
    for (size_t t = at; rc == ESI_OK && t < end; t++) {
        rc = add_list(w, w->term_of[t], &list, FACTOR_SYNONYM, err);
    }
    return rc;
}

/* Where the question says `from`, sections that say `to` match as well. */
static esi_err add_synonym(struct index_reading *w, struct view from, struct view to,
                           esi_error *err) {
    struct token *said;
    size_t count;
    const esi_err rc =
        text_tokens(from, w->language, SYNONYM_TOKENS_MAX, w->arena, &said, &count, err);
    if (rc != ESI_OK) {
        return rc;
    }
    count = drop_wholes(said, count);
    if (count == 0 || count > INDEX_PHRASE_MAX) {
        return ESI_OK;
    }
    for (size_t i = 0; i < w->count; i++) {
        const size_t end = row_end(w, i, said, count);
        if (end > i) { /* the terms are the same wherever it stands again */
            const bool light = are_light(w, said, count);
            return add_meant(w, i, end, to, light ? from : (struct view){0}, err);
        }
    }
    return ESI_OK;
}

static esi_err add_synonyms(struct index_reading *w, const char *const (*synonyms)[2], size_t count,
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

/* "pw", "gigs", "wat": counts as the word that it is short for. */
static esi_err add_shorthand(struct index_reading *w, uint8_t number, esi_error *err) {
    struct index_term *term = &w->query->terms[number];
    size_t i = 0;
    while (i < index_shorthand_count && !view_eq(view_of(index_shorthand[i][0]), term->form)) {
        i++;
    }
    if (i == index_shorthand_count) {
        return ESI_OK;
    }
    const struct view word = view_of(index_shorthand[i][1]);
    struct view stem;
    const esi_err rc = text_stem(word, w->language, w->arena, &stem, err);
    if (rc != ESI_OK) {
        return rc;
    }
    term->corrected = true;
    term->stopword = text_is_stopword(word, w->language) || cues_of(word) & CUE_PLEASE;
    const uint32_t found = index_find_term(w->index, stem, word);
    term->used = found == DICTIONARY_NONE ? word : stem;
    if (found == DICTIONARY_NONE) {
        return ESI_OK;
    }
    const struct index_list list = index_list_of(w->index, found);
    return add_list(w, number, &list, FACTOR_SPELLING, err);
}

/* What no section has as it is: another form of it, a word of like meaning, and last, as what was
 * found in another way wasn't misspelt, another spelling. */
static esi_err add_unknown(struct index_reading *w, uint8_t number, esi_error *err) {
    const struct index_term *term = &w->query->terms[number];
    const struct index_list *list = &w->plan->lists[number];
    if (list->count > 0 || term->stopword || term->kind != TOKEN_WORD) {
        find_likes(w, number);
        return ESI_OK;
    }
    if (term->phrase) {
        find_likes(w, number);
        return add_meaning(w, number, err);
    }
    const bool listed = text_is_listed(term->form);
    bool known;
    (void)text_rarity(term->form, &known);
    esi_err rc = add_shorthand(w, number, err);
    if (rc == ESI_OK && !listed && !term->corrected) {
        rc = add_spelling(w, number, err);
    }
    if (rc == ESI_OK && list->count == 0 && !term->stopword && known) {
        rc = add_stem_of_stem(w, number, err);
    }
    if (rc == ESI_OK && list->count == 0 && !term->stopword) {
        find_likes(w, number);
        rc = add_meaning(w, number, err);
    }
    return rc;
}

esi_err index_add_alternatives(struct index_reading *w, const char *const (*synonyms)[2],
                               size_t synonym_count, esi_error *err) {
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
    for (uint8_t i = 0; rc == ESI_OK && i < w->query->term_count; i++) {
        rc = add_unknown(w, i, err);
    }
    return rc;
}
