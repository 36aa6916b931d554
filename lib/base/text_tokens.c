/* Tokens: words, numbers, identifiers whole and in parts, pairs of CJK characters. The text is
 * folded once; a token's form is a piece of the folded text. */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "base/text_char.h"
#include "base/text_run.h"
#include "base/text_words.h"

#define WHOLE_MAX 128   /* bytes of an identifier that is kept whole */
#define COMPOUND_MAX 40 /* bytes of two words that are looked up as one */

struct tokens {
    struct text_folded folded;
    bool english;
    uint16_t stopwords;      /* the language's bit */
    struct stemmer *stemmer; /* the language's own; NULL: it has none */
    struct stemmer *foreign; /* of Latin words in a text of another script; NULL: the same */
    esi_arena *arena;
    struct token *list;
    size_t count, cap, max;
    uint32_t word;
    esi_error *err;
    esi_err code;
};

static bool full(const struct tokens *t) {
    return t->code != ESI_OK || t->count >= t->max;
}

static struct token *add(struct tokens *t, enum token_kind kind, struct piece piece) {
    if (full(t)) {
        return NULL;
    }
    if (t->count == t->cap) {
        const size_t cap = t->cap * 2 + 64;
        struct token *list = arena_array(t->arena, cap, sizeof(*list));
        if (list == NULL) {
            t->code = fail_memory(t->err, "base/text");
            return NULL;
        }
        if (t->count > 0) {
            memcpy(list, t->list, t->count * sizeof(*list));
        }
        t->list = list;
        t->cap = cap;
    }
    struct token *token = &t->list[t->count++];
    /* Where one character was unfolded to several words, each of them came from all of it. */
    size_t end = piece.to;
    while (end < t->folded.n && t->folded.from[end] == t->folded.from[piece.from]) {
        end++;
    }
    const struct view form = view_piece(&t->folded, piece);
    *token = (struct token){.kind = kind,
                            .form = form,
                            .stem = form,
                            .from = t->folded.from[piece.from],
                            .to = t->folded.from[end],
                            .word = t->word};
    return token;
}

static void stem(struct tokens *t, struct token *token) {
    const bool latin = token->stem.n > 0 && ((unsigned char)token->stem.p[0] & 0x80) == 0;
    struct stemmer *stemmer = latin && t->foreign != NULL ? t->foreign : t->stemmer;
    t->code = stemmer_stem(stemmer, token->stem, t->arena, &token->stem, t->err);
}

/* A word at its own place. */
static void add_word(struct tokens *t, struct piece piece) {
    struct token *token = add(t, TOKEN_WORD, piece);
    if (token != NULL) {
        token->stop = stopword_has(token->form, t->stopwords);
        if (!token->stop) {
            stem(t, token);
        }
    }
    t->word++;
}

static void add_number(struct tokens *t, struct piece piece) {
    add(t, TOKEN_NUMBER, piece);
    t->word++;
}

/* ---- identifiers ---------------------------------------------------------------------------- */

/* Indexed without hyphens and underscores: "KE-1042", "ke_1042" and "KE1042" are one. */
static void drop_hyphens(struct tokens *t, struct token *token) {
    char *p = arena_str(t->arena, token->form);
    if (p == NULL) {
        t->code = fail_memory(t->err, "base/text");
        return;
    }
    size_t n = 0;
    for (size_t i = 0; i < token->form.n; i++) {
        if (p[i] != '-' && p[i] != '_') {
            p[n++] = p[i];
        }
    }
    token->stem = (struct view){p, n};
}

static void add_whole(struct tokens *t, const struct run *run) {
    if (run->all.to - run->all.from > WHOLE_MAX) {
        return;
    }
    struct token *token = add(t, TOKEN_IDENTIFIER, run->all);
    if (token != NULL && run->hyphens + run->underscores > 0) {
        drop_hyphens(t, token);
    }
}

static bool has_digit(struct view v, bool *all) {
    bool some = false;
    *all = true;
    for (size_t i = 0; i < v.n; i++) {
        const bool digit = v.p[i] >= '0' && v.p[i] <= '9';
        some = some || digit;
        *all = *all && digit;
    }
    return some;
}

/* `whole`: the part is all of the identifier, and was added already. */
static void add_part(struct tokens *t, struct piece part, bool whole) {
    bool all_digits = false;
    if (!has_digit(view_piece(&t->folded, part), &all_digits)) {
        add_word(t, part);
        return;
    }
    if (all_digits) {
        add_number(t, part);
        return;
    }
    if (!whole) {
        add(t, TOKEN_IDENTIFIER, part);
    }
    const size_t number = run_number_at(&t->folded, part);
    if (number > 0) {
        /* "lab7" is also "lab" and "7", so that "lab 7" finds it. */
        add_word(t, (struct piece){part.from, number});
        add_number(t, (struct piece){number, part.to});
    } else {
        t->word++;
    }
}

static void add_parts(struct tokens *t, const struct run *run) {
    for (size_t i = 0; i < run->count && !full(t); i++) {
        add_part(t, run->parts[i], run->count == 1 && !run->rooted);
    }
}

/* "c++", "c#". */
static bool add_plus(struct tokens *t, struct run *run) {
    size_t end = run->all.to;
    while (end < t->folded.n && end < run->all.to + 3 && t->folded.p[end] != '\0' &&
           strchr("+#", t->folded.p[end]) != NULL) {
        end++;
    }
    const struct view tail = {t->folded.p + run->all.to, end - run->all.to};
    size_t next = 0;
    const enum char_kind behind = run_kind_at(&t->folded, end, &next);
    if (run->count != 1 || run->rooted || behind == CHAR_LETTER || behind == CHAR_DIGIT ||
        (!view_eq(tail, VIEW("++")) && !view_eq(tail, VIEW("#")))) {
        return false;
    }
    run->all.to = end;
    add_whole(t, run);
    add_word(t, run->parts[0]);
    return true;
}

/* ---- words ---------------------------------------------------------------------------------- */

/* "log-in" as "login", at the place of "log". */
static void add_joined(struct tokens *t, const struct run *run) {
    struct token *token = NULL;
    if (run->all.to - run->all.from <= WHOLE_MAX) {
        token = add(t, TOKEN_WORD, run->all);
    }
    if (token != NULL) {
        drop_hyphens(t, token);
    }
    if (token != NULL && t->code == ESI_OK) {
        stem(t, token);
    }
}

/* "log in" as "login", at the place of "log": the second word begins at `piece`. */
static void add_compound(struct tokens *t, struct piece piece) {
    if (t->count == 0 || !t->english || full(t)) {
        return;
    }
    const struct token *before = &t->list[t->count - 1];
    const struct view second = view_piece(&t->folded, piece);
    char both[COMPOUND_MAX + 1];
    uint16_t unused = 0;
    const size_t n = before->stem.n;
    if (before->kind != TOKEN_WORD || before->word + 1 != t->word || piece.from == 0 ||
        before->form.p + before->form.n + 1 != second.p || second.p[-1] != ' ' ||
        n + second.n + 1 > COMPOUND_MAX) {
        return;
    }
    memcpy(both, before->stem.p, n);
    both[n] = ' ';
    memcpy(both + n + 1, second.p, second.n);
    if (!words_find(&data_compounds, (struct view){both, n + 1 + second.n}, &unused)) {
        return;
    }
    memmove(both + n, second.p, second.n);
    char *form = arena_str(t->arena, (struct view){both, n + second.n});
    if (form == NULL) {
        t->code = fail_memory(t->err, "base/text");
        return;
    }
    const uint32_t from = before->from;
    struct token *token = add(t, TOKEN_WORD, piece);
    if (token != NULL) {
        token->word--;
        token->from = from;
        token->form = token->stem = (struct view){form, n + second.n};
        stem(t, token);
    }
}

/* The short article of French and Italian ("l'accès"), which the apostrophe doesn't make one word
 * with what follows. */
static bool elided(struct view word) {
    static const char *const list[] = {"l",    "d",      "j",    "m",      "t",    "n",
                                       "c",    "s",      "qu",   "jusqu",  "all",  "dall",
                                       "dell", "lorsqu", "nell", "puisqu", "sull", "un"};
    for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
        if (view_eq(word, view_of(list[i]))) {
            return true;
        }
    }
    return false;
}

/* Words with hyphens, slashes, colons and apostrophes between them; what an apostrophe joins is one
 * word ("doesn't"). */
static void add_words(struct tokens *t, const struct run *run) {
    if (run->hyphens > 0 && run->hyphens + 1 == run->count) {
        add_joined(t, run);
    }
    if (run->count == 1) {
        add_compound(t, run->all);
    }
    for (size_t i = 0; i < run->count && !full(t); i++) {
        struct piece piece = run->parts[i];
        while (i + 1 < run->count && t->folded.p[piece.to] == '\'') {
            const struct piece next = run->parts[i + 1];
            if (next.to - next.from > 1 && elided(view_piece(&t->folded, piece))) {
                break;
            }
            piece.to = next.to;
            i++;
        }
        add_word(t, piece);
    }
}

/* ---- all of it ------------------------------------------------------------------------------ */

static void add_run(struct tokens *t, struct run *run) {
    if (add_plus(t, run)) {
        return;
    }
    switch (run_kind(&t->folded, run)) {
    case RUN_WORDS:
        add_words(t, run);
        break;
    case RUN_LETTERS: {
        struct token *token = add(t, TOKEN_WORD, run->all);
        if (token != NULL) {
            token->stop = stopword_has(token->form, t->stopwords);
        }
        t->word++;
        break;
    }
    case RUN_NUMBER:
    case RUN_ORDINAL:
        add_number(t, run->all);
        break;
    case RUN_QUANTITY: {
        const size_t unit = run_unit_at(&t->folded, run->all);
        add_number(t, (struct piece){run->all.from, unit});
        add_word(t, (struct piece){unit, run->all.to});
        break;
    }
    case RUN_IDENTIFIER:
        add_whole(t, run);
        add_parts(t, run);
        break;
    }
}

/* Pairs of neighbours from `i` to where the script changes; gives the end. */
static size_t add_pairs(struct tokens *t, size_t i) {
    size_t next = i;
    size_t before = i;
    size_t here = i;
    bool paired = false;
    while (here < t->folded.n) {
        const enum char_kind kind = run_kind_at(&t->folded, here, &next);
        if (kind != CHAR_CJK && !(kind == CHAR_MARK && here > i)) {
            break;
        }
        if (here > i) {
            add(t, TOKEN_CJK, (struct piece){before, next});
            t->word++;
            paired = true;
        }
        before = here;
        here = next;
    }
    if (!paired) {
        add(t, TOKEN_CJK, (struct piece){i, here});
        t->word++;
    }
    return here;
}

/* Behind an identifier and its "'s". */
static size_t skip_whose(const struct text_folded *text, size_t i) {
    size_t next = 0;
    const bool whose = i + 1 < text->n && text->p[i] == '\'' && text->p[i + 1] == 's';
    const enum char_kind behind = run_kind_at(text, i + 2, &next);
    return whose && behind != CHAR_LETTER && behind != CHAR_DIGIT ? i + 2 : i;
}

static void read_all(struct tokens *t) {
    struct run run;
    for (size_t i = 0; i < t->folded.n && !full(t);) {
        size_t next = i;
        const enum char_kind kind = run_kind_at(&t->folded, i, &next);
        if (kind == CHAR_LETTER || kind == CHAR_DIGIT) {
            run_read(&t->folded, i, &run);
            add_run(t, &run);
            i = skip_whose(&t->folded, run.all.to);
        } else if (kind == CHAR_CJK) {
            i = add_pairs(t, i);
        } else {
            i = next;
        }
    }
}

/* Latin words in a text of another script are English as a rule: names of things. */
static bool of_another_script(const char *language) {
    static const char *const others[] = {"ar", "el", "he", "ja", "ko", "ru", "uk", "zh"};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (strcmp(others[i], language) == 0) {
            return true;
        }
    }
    return false;
}

static esi_err read_stemmed(struct tokens *t, const char *language) {
    struct stemmer *foreign = NULL;
    esi_err code = stemmer_create(language, &t->stemmer, t->err);
    if (code == ESI_OK && of_another_script(language)) {
        code = stemmer_create("en", &foreign, t->err);
    }
    if (code == ESI_OK) {
        t->foreign = foreign;
        read_all(t);
        code = t->code;
    }
    stemmer_free(t->stemmer);
    stemmer_free(foreign);
    return code;
}

esi_err text_tokens(struct view text, const char *language, size_t max, esi_arena *arena,
                    struct token **out, size_t *out_count, esi_error *err) {
    struct tokens t = {.arena = arena, .max = max, .err = err};
    if (language == NULL) {
        language = text_language(text);
    }
    t.english = strcmp(language, "en") == 0;
    t.stopwords = stopword_bit(language);
    esi_err code = text_fold(text, arena, &t.folded, err);
    if (code != ESI_OK) {
        return code;
    }
    /* Room for common prose at once; a longer list grows. */
    t.cap = t.folded.n / 5 + 8 < max ? t.folded.n / 5 + 8 : max;
    t.list = arena_array(arena, t.cap, sizeof(*t.list));
    if (t.list == NULL) {
        return fail_memory(err, "base/text");
    }
    code = read_stemmed(&t, language);
    if (code == ESI_OK) {
        *out = t.list;
        *out_count = t.count;
    }
    return code;
}
