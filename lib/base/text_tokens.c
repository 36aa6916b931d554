/* Tokens: words, numbers, identifiers whole and in parts, pairs of CJK characters. The text is folded
 * once; a token's form is a piece of the folded text. */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "base/text_char.h"
#include "base/text_words.h"

#define WHOLE_MAX 128 /* bytes of an identifier that is kept whole */
#define PARTS_MAX 64  /* parts of a run; the rest are read as a run of their own */

struct tokens {
    struct text_folded folded;
    bool english;
    uint16_t stopwords; /* the language's bit */
    struct stemmer *stemmer;
    esi_arena *arena;
    struct token *list;
    size_t count, cap, max;
    uint32_t word;
    esi_error *err;
    esi_err code;
};

/* A piece of the folded text. */
struct piece {
    size_t from, to;
};

/* What a run of letters and joining marks is made of. */
struct run {
    struct piece all;
    size_t count;
    bool digits, letters;
    bool rooted;  /* begins as a path does */
    bool address; /* has "://" or "@" */
    unsigned slashes, backslashes, dots, colons, hyphens, underscores, apostrophes;
    struct piece parts[PARTS_MAX];
};

static struct view view_piece(const struct tokens *t, struct piece piece) {
    return (struct view){t->folded.p + piece.from, piece.to - piece.from};
}

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
    const struct view form = view_piece(t, piece);
    *token = (struct token){.kind = kind,
                            .form = form,
                            .stem = form,
                            .from = t->folded.from[piece.from],
                            .to = t->folded.from[piece.to],
                            .word = t->word};
    return token;
}

static void add_word(struct tokens *t, struct piece piece) {
    struct token *token = add(t, TOKEN_WORD, piece);
    if (token == NULL) {
        return;
    }
    token->stop = stopword_has(token->form, t->stopwords);
    if (!token->stop) {
        t->code = stemmer_stem(t->stemmer, token->form, t->arena, &token->stem, t->err);
    }
}

/* ---- reading the folded text ------------------------------------------------------------------ */

static uint32_t at(const struct tokens *t, size_t i, size_t *next) {
    const unsigned char c = (unsigned char)t->folded.p[i];
    if (c < 0x80) {
        *next = i + 1;
        return c;
    }
    struct view rest = {t->folded.p + i, t->folded.n - i};
    const uint32_t code_point = text_next(&rest);
    *next = t->folded.n - rest.n;
    return code_point;
}

static enum char_kind kind_at(const struct tokens *t, size_t i, size_t *next) {
    return i >= t->folded.n ? CHAR_OTHER : char_kind(at(t, i, next));
}

static bool wordly(enum char_kind kind) {
    return kind == CHAR_LETTER || kind == CHAR_MARK || kind == CHAR_DIGIT;
}

static bool word_starts(const struct tokens *t, size_t i) {
    size_t next = 0;
    const enum char_kind kind = kind_at(t, i, &next);
    return kind == CHAR_LETTER || kind == CHAR_DIGIT;
}

/* The end of the letters and digits that begin at `i`. */
static size_t part_end(const struct tokens *t, size_t i, struct run *run) {
    size_t next = i;
    while (i < t->folded.n) {
        const enum char_kind kind = kind_at(t, i, &next);
        if (!wordly(kind)) {
            break;
        }
        run->digits = run->digits || kind == CHAR_DIGIT;
        run->letters = run->letters || kind == CHAR_LETTER;
        i = next;
    }
    return i;
}

static void count_mark(struct run *run, char c) {
    run->slashes += c == '/';
    run->backslashes += c == '\\';
    run->dots += c == '.';
    run->colons += c == ':';
    run->hyphens += c == '-';
    run->underscores += c == '_';
    run->apostrophes += c == '\'';
    run->address = run->address || c == '@';
}

/* "Then" of "fails.Then": a new sentence whose space was forgotten. */
static bool new_sentence(const struct tokens *t, size_t dot, struct view source) {
    const size_t before = t->folded.from[dot] - 1;
    struct view rest = {source.p + t->folded.from[dot + 1], source.n - t->folded.from[dot + 1]};
    const bool lower = before < source.n && source.p[before] >= 'a' && source.p[before] <= 'z';
    return lower && char_upper(text_next(&rest));
}

/* Marks that join the part before them with the one behind: where that one begins; 0 where nothing
 * is joined. */
static size_t joined(const struct tokens *t, size_t i, struct run *run, struct view source) {
    static const char joining[] = "-_./\\:@'";
    static const char in_address[] = "-_./\\:@'+&=%?#~$;,!()*";
    const char *marks = run->address ? in_address : joining;
    size_t end = i;
    while (end < t->folded.n && end - i < 4 && t->folded.p[end] != '\0' &&
           strchr(marks, t->folded.p[end]) != NULL) {
        end++;
    }
    if (end == i || !word_starts(t, end)) {
        return 0;
    }
    const struct view between = {t->folded.p + i, end - i};
    const bool one = between.n == 1;
    const bool scheme = view_eq(between, VIEW("://"));
    const bool path = view_starts(between, VIEW("/.")) || view_eq(between, VIEW(":\\")) ||
                      view_eq(between, VIEW(":/")) || view_eq(between, VIEW("\\\\"));
    if (!one && !scheme && !path && !run->address) {
        return 0; /* "so...then", "wait--no" */
    }
    if (one && between.p[0] == '.' && new_sentence(t, i, source)) {
        return 0;
    }
    for (size_t k = i; k < end; k++) {
        count_mark(run, t->folded.p[k]);
    }
    run->address = run->address || scheme;
    return end;
}

/* The marks that may stand before the first part: of a path, or of a file that is hidden. */
static size_t root_before(const struct tokens *t, size_t i, struct run *run) {
    static const char *const roots[] = {"../", "./", "~/.", "~/", "\\\\", "/.", "/"};
    if (i == 0 || strchr("/\\.", t->folded.p[i - 1]) == NULL) {
        return i;
    }
    for (size_t k = 0; k < sizeof(roots) / sizeof(roots[0]); k++) {
        const struct view root = view_of(roots[k]);
        if (i >= root.n && memcmp(t->folded.p + i - root.n, root.p, root.n) == 0) {
            const size_t from = i - root.n;
            size_t next = 0;
            if (from == 0 || !strchr(")]}>\"'/.~", t->folded.p[from - 1])) {
                run->rooted = from == 0 || kind_at(t, from - 1, &next) != CHAR_LETTER;
            }
            return run->rooted ? from : i;
        }
    }
    return i;
}

static void read_run(const struct tokens *t, size_t i, struct view source, struct run *run) {
    /* All but the parts, of which `count` are set. */
    memset(run, 0, offsetof(struct run, parts));
    run->all.from = root_before(t, i, run);
    while (run->count < PARTS_MAX) {
        const size_t end = part_end(t, i, run);
        run->parts[run->count++] = (struct piece){i, end};
        run->all.to = end;
        const size_t next = run->count < PARTS_MAX ? joined(t, end, run, source) : 0;
        if (next == 0) {
            break;
        }
        i = next;
    }
}

/* ---- what a run is ---------------------------------------------------------------------------- */

static bool all_single_letters(const struct run *run) {
    for (size_t i = 0; i < run->count; i++) {
        if (run->parts[i].to - run->parts[i].from != 1) {
            return false;
        }
    }
    return run->count > 1;
}

static bool is_number(const struct run *run) {
    return run->digits && !run->letters && !run->rooted && run->count <= 2 &&
           run->dots + 1 == run->count;
}

static bool is_identifier(const struct run *run) {
    if (run->address || run->backslashes > 0 || run->underscores > 0) {
        return true;
    }
    if (run->digits) {
        return true; /* "lab-7", "10.0.3.7", "wlan0", "10:30"; a plain number was seen before */
    }
    if (run->slashes > 0) {
        return run->rooted || run->dots > 0;
    }
    return run->rooted || run->dots > 0;
}

/* An identifier is indexed without its hyphens and underscores: "KE-1042", "ke_1042" and "KE1042" are
 * one. */
static void without_hyphens(struct tokens *t, struct token *token) {
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

static void add_whole(struct tokens *t, const struct run *run, enum token_kind kind) {
    if (run->all.to - run->all.from > WHOLE_MAX) {
        return;
    }
    struct token *token = add(t, kind, run->all);
    if (token != NULL && run->hyphens + run->underscores > 0) {
        without_hyphens(t, token);
    }
}

static bool all_digits(struct view v) {
    for (size_t i = 0; i < v.n; i++) {
        if (v.p[i] < '0' || v.p[i] > '9') {
            return false;
        }
    }
    return true;
}

static bool has_digit(const struct tokens *t, struct piece piece) {
    size_t next = 0;
    for (size_t i = piece.from; i < piece.to; i = next) {
        if (kind_at(t, i, &next) == CHAR_DIGIT) {
            return true;
        }
    }
    return false;
}

/* "lab7" as "lab" and "7", so that "lab 7" finds it: letters, then a short number. */
static bool split_number(struct tokens *t, struct piece piece) {
    size_t digits = piece.to;
    while (digits > piece.from && t->folded.p[digits - 1] >= '0' &&
           t->folded.p[digits - 1] <= '9') {
        digits--;
    }
    const struct piece letters = {piece.from, digits};
    const struct piece number = {digits, piece.to};
    if (digits < piece.from + 2 || number.to - number.from > 4 || number.to == number.from ||
        has_digit(t, letters)) {
        return false;
    }
    add_word(t, letters);
    t->word++;
    add(t, TOKEN_NUMBER, number);
    t->word++;
    return true;
}

/* A part of an identifier. `whole`: it is all of it, and was added already. */
static void add_part(struct tokens *t, struct piece piece, bool whole) {
    const struct view form = view_piece(t, piece);
    if (all_digits(form)) {
        add(t, TOKEN_NUMBER, piece);
        t->word++;
    } else if (has_digit(t, piece)) {
        if (!whole) {
            add(t, TOKEN_IDENTIFIER, piece);
        }
        if (!split_number(t, piece)) {
            t->word++;
        }
    } else {
        add_word(t, piece);
        t->word++;
    }
}

static void add_parts(struct tokens *t, const struct run *run) {
    for (size_t i = 0; i < run->count && !full(t); i++) {
        add_part(t, run->parts[i], run->count == 1 && !run->rooted);
    }
}

/* "log-in": also as "login". */
static void add_joined(struct tokens *t, const struct run *run) {
    if (run->all.to - run->all.from > WHOLE_MAX) {
        return;
    }
    struct token *token = add(t, TOKEN_WORD, run->all);
    if (token == NULL) {
        return;
    }
    without_hyphens(t, token);
    if (t->code == ESI_OK) {
        t->code = stemmer_stem(t->stemmer, token->stem, t->arena, &token->stem, t->err);
    }
}

#define COMPOUND_MAX 40 /* bytes of both words */

/* "log in": also as "login", at the place of "log". The second word begins at `piece`. */
static void add_compound(struct tokens *t, struct piece piece) {
    if (t->count == 0 || !t->english) {
        return;
    }
    const struct token *before = &t->list[t->count - 1];
    const struct view second = view_piece(t, piece);
    char both[COMPOUND_MAX + 1];
    uint16_t unused = 0;
    if (before->kind != TOKEN_WORD || before->word + 1 != t->word || piece.from == 0 ||
        before->form.p + before->form.n + 1 != second.p || second.p[-1] != ' ' ||
        before->stem.n + second.n + 1 > COMPOUND_MAX) {
        return;
    }
    const size_t n = before->stem.n;
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
        token->form = (struct view){form, n + second.n};
        t->code = stemmer_stem(t->stemmer, token->form, t->arena, &token->stem, t->err);
    }
}

/* Words with hyphens, slashes, colons and apostrophes between them. What an apostrophe joins is one
 * word ("doesn't"), but for the short article of French and Italian ("l'accès"). */
static void add_words(struct tokens *t, const struct run *run) {
    static const char elided[] =
        " l d j m t n c s qu jusqu lorsqu puisqu all dall dell nell sull un ";
    if (run->hyphens > 0 && run->hyphens + 1 == run->count) {
        add_joined(t, run);
    }
    if (run->count == 1) {
        add_compound(t, run->all);
    }
    for (size_t i = 0; i < run->count && !full(t); i++) {
        struct piece piece = run->parts[i];
        while (i + 1 < run->count && t->folded.p[piece.to] == '\'') {
            char lead[16] = " ";
            const size_t n = piece.to - piece.from;
            if (n < 10) {
                memcpy(lead + 1, t->folded.p + piece.from, n);
                lead[n + 1] = ' ';
            }
            if (n < 10 && strstr(elided, lead) != NULL && run->parts[i + 1].to > piece.to + 3) {
                break;
            }
            piece.to = run->parts[++i].to;
        }
        add_word(t, piece);
        t->word++;
    }
}

/* "c++", "c#". */
static bool add_plus(struct tokens *t, struct run *run) {
    size_t end = run->all.to;
    while (end < t->folded.n && end < run->all.to + 2 && strchr("+#", t->folded.p[end]) != NULL) {
        end++;
    }
    const struct view tail = {t->folded.p + run->all.to, end - run->all.to};
    if (run->count != 1 || (!view_eq(tail, VIEW("++")) && !view_eq(tail, VIEW("#"))) ||
        word_starts(t, end)) {
        return false;
    }
    run->all.to = end;
    add_whole(t, run, TOKEN_IDENTIFIER);
    return true;
}

static void add_run(struct tokens *t, struct run *run) {
    if (add_plus(t, run)) {
        add_parts(t, run);
    } else if (is_number(run)) {
        add(t, TOKEN_NUMBER, run->all);
        t->word++;
    } else if (all_single_letters(run) && run->dots + 1 == run->count && !run->digits) {
        struct token *token = add(t, TOKEN_WORD, run->all); /* "e.g" */
        if (token != NULL) {
            token->stop = stopword_has(token->form, t->stopwords);
        }
        t->word++;
    } else if (is_identifier(run)) {
        add_whole(t, run, TOKEN_IDENTIFIER);
        add_parts(t, run);
    } else {
        add_words(t, run);
    }
}

/* Pairs of neighbours from `i` to where the script changes; gives the end. */
static size_t add_pairs(struct tokens *t, size_t i) {
    size_t next = i;
    size_t before = i;
    bool paired = false;
    size_t here = i;
    while (here < t->folded.n) {
        const enum char_kind kind = kind_at(t, here, &next);
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

static void read_all(struct tokens *t, struct view source) {
    struct run run;
    for (size_t i = 0; i < t->folded.n && !full(t);) {
        size_t next = i;
        const enum char_kind kind = kind_at(t, i, &next);
        if (kind == CHAR_LETTER || kind == CHAR_DIGIT) {
            read_run(t, i, source, &run);
            add_run(t, &run);
            i = run.all.to;
        } else if (kind == CHAR_CJK) {
            i = add_pairs(t, i);
        } else {
            i = next;
        }
    }
}

esi_err text_tokens(struct view text, const char *language, size_t max, esi_arena *arena,
                    struct token **out, size_t *out_count, esi_error *err) {
    struct tokens t = {.arena = arena, .max = max, .err = err, .cap = 0};
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
    code = stemmer_create(language, &t.stemmer, err);
    if (code == ESI_OK) {
        read_all(&t, text);
        code = t.code;
    }
    stemmer_free(t.stemmer);
    if (code == ESI_OK) {
        *out = t.list;
        *out_count = t.count;
    }
    return code;
}
