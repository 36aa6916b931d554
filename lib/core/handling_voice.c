#include <string.h>

#include "core/handling_parts.h"

static bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}

static bool is_lower(char c) {
    return c >= 'a' && c <= 'z';
}

/* ---- speaking to the user -------------------------------------------------------------------- */

struct turning {
    struct hand *h;
    const struct hand_words *w;
    char *p;
    size_t n;
    size_t copied; /* bytes of the source that are in p or were replaced */
    bool seen;     /* the user was named already */
    bool strict;   /* "they" is the user only then */
};

static void copy_to(struct turning *t, size_t to) {
    if (to > t->copied) {
        memcpy(t->p + t->n, t->w->text.p + t->copied, to - t->copied);
        t->n += to - t->copied;
        t->copied = to;
    }
}

/* Puts a word in place of the words [from, to). */
static void replace(struct turning *t, size_t from, size_t to, const char *word) {
    const struct hand_word *first = &t->w->items[from];
    copy_to(t, first->from);
    const struct view form = view_of(word);
    memcpy(t->p + t->n, form.p, form.n);
    if (is_upper(first->form.p[0]) && t->n == 0) {
        t->p[t->n] = (char)(t->p[t->n] & ~0x20);
    }
    t->n += form.n;
    t->copied = t->w->items[to - 1].to;
}

static bool is_owner(const struct hand_word *w) {
    return view_ends(w->fold, VIEW("'s"));
}

/* A noun for the user at i, one of them. */
static bool is_user_noun(const struct hand_words *w, size_t i) {
    return ((hand_cues(w, i) & HAND_USER) != 0 ||
            (hand_is(w, i, "person|person's") && i > 0 && hand_is(w, i - 1, "the|that"))) &&
           (is_owner(&w->items[i]) || !view_ends(w->items[i].fold, VIEW("s")));
}

/* "the user name", "the user profile": another thing, not the user. */
static bool is_compound(const struct hand_words *w, size_t noun) {
    if (noun + 1 >= w->count || w->items[noun].after != 0 || is_owner(&w->items[noun])) {
        return false;
    }
    const uint32_t next = hand_cues(w, noun + 1);
    const struct view fold = w->items[noun + 1].fold;
    const bool verb = (next & (HAND_MODAL | HAND_BE | HAND_HAVE | HAND_PREP | HAND_JOIN | HAND_IF |
                               HAND_TIME | HAND_DOES | HAND_WH | HAND_NOT | HAND_THEY | HAND_DET |
                               HAND_YOU | HAND_FAIL)) != 0;
    return !verb && !view_ends(fold, VIEW("s")) && !view_ends(fold, VIEW("ed")) &&
           !view_ends(fold, VIEW("ly")) &&
           hand_is(w, noun, "user|client|customer|student|player|candidate");
}

/* The clause begins before word i. */
static bool begins_clause(const struct hand_words *w, size_t i) {
    return i == 0 || w->items[i - 1].after != 0 ||
           (hand_cues(w, i - 1) & (HAND_IF | HAND_TIME | HAND_WH | HAND_JOIN)) != 0 ||
           hand_is(w, i - 1, "that|because|so|as|still");
}

static bool ends_any(struct view word, const char *const *endings, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (view_ends(word, view_of(endings[i]))) {
            return true;
        }
    }
    return false;
}

/* A verb's form for "you": "has" is "have", "needs" is "need". NULL: as it is. */
static const char *verb_for_you(struct hand *h, const struct hand_word *w) {
    static const char *const irregular[][2] = {
        {"is", "are"},       {"was", "were"},       {"has", "have"},       {"does", "do"},
        {"isn't", "aren't"}, {"wasn't", "weren't"}, {"hasn't", "haven't"}, {"doesn't", "don't"},
    };
    static const char *const with_es[] = {"sses", "shes", "ches", "xes", "zzes", "oes"};
    static const char *const never[] = {"ss", "us", "'s", "is"};
    for (size_t i = 0; i < sizeof irregular / sizeof irregular[0]; i++) {
        if (view_eq(w->fold, view_of(irregular[i][0]))) {
            return irregular[i][1];
        }
    }
    const struct view fold = w->fold;
    if (fold.n < 3 || fold.p[fold.n - 1] != 's' || ends_any(fold, never, 4) ||
        (w->cues & (HAND_PREP | HAND_DET | HAND_THEY)) != 0) {
        return NULL;
    }
    if (fold.n > 4 && view_ends(fold, VIEW("ies"))) {
        return hand_format(h, "%.*sy", (int)(fold.n - 3), fold.p).p;
    }
    const size_t cut = ends_any(fold, with_es, 6) ? 2 : 1;
    return hand_format(h, "%.*s", (int)(fold.n - cut), fold.p).p;
}

/* Puts the verb of the subject that ends before word i right. Returns the word behind it. */
static size_t turn_verb(struct turning *t, size_t i) {
    size_t verb = i;
    while (hand_is(t->w, verb, "still|also|already|only|now|never|always|just|really")) {
        verb++;
    }
    if (verb >= t->w->count || t->w->items[verb].fold.n == 0 || t->w->items[verb].quoted) {
        return i;
    }
    const char *form = verb_for_you(t->h, &t->w->items[verb]);
    if (form == NULL) {
        return i;
    }
    replace(t, verb, verb + 1, form);
    return verb + 1;
}

static bool turn_noun(struct turning *t, size_t *i) {
    const struct hand_words *w = t->w;
    if (!hand_is(w, *i, "the|a|an|each|every|any|this|that")) {
        return false;
    }
    const size_t noun = is_user_noun(w, *i + 1)                                    ? *i + 1
                        : hand_is(w, *i + 1, "affected|same|individual|reporting") ? *i + 2
                                                                                   : w->count;
    if (noun >= w->count || !is_user_noun(w, noun) || is_compound(w, noun)) {
        return false;
    }
    const bool auxiliary = (hand_cues(w, noun + 1) & (HAND_BE | HAND_HAVE)) != 0 ||
                           hand_is(w, noun + 1, "does|doesn't");
    const bool subject =
        begins_clause(w, *i) || (auxiliary && (hand_cues(w, *i - 1) & HAND_PREP) == 0);
    t->seen = true;
    replace(t, *i, noun + 1, is_owner(&w->items[noun]) ? "your" : "you");
    *i = subject && !is_owner(&w->items[noun]) && w->items[noun].after == 0 ? turn_verb(t, noun + 1)
                                                                            : noun + 1;
    return true;
}

/* A plural before word i that "they" may mean instead of the user. */
static bool other_plural(const struct hand_words *w, size_t i) {
    static const char *const not_plural[] = {"ss", "us", "is", "'s", "as"};
    for (size_t k = 0; k < i; k++) {
        const struct hand_word *word = &w->items[k];
        if (word->fold.n > 3 && view_ends(word->fold, VIEW("s")) &&
            !ends_any(word->fold, not_plural, 5) &&
            (word->cues & (HAND_DOES | HAND_USER | HAND_BE | HAND_HAVE)) == 0) {
            return true;
        }
    }
    return false;
}

static bool turn_pronoun(struct turning *t, size_t *i) {
    static const char *const pronouns[][2] = {
        {"they", "you"},
        {"them", "you"},
        {"their", "your"},
        {"theirs", "yours"},
        {"he", "you"},
        {"she", "you"},
        {"him", "you"},
        {"his", "your"},
        {"her", "your"},
        {"hers", "yours"},
        {"himself", "yourself"},
        {"herself", "yourself"},
        {"themselves", "yourself"},
    };
    const struct hand_words *w = t->w;
    if ((hand_cues(w, *i) & HAND_THEY) == 0 || (!t->seen && (t->strict || other_plural(w, *i)))) {
        return false;
    }
    const bool he = hand_is(w, *i, "he|she");
    const size_t last =
        he && hand_is(w, *i + 1, "or") && hand_is(w, *i + 2, "he|she") ? *i + 2 : *i;
    for (size_t k = 0; k < sizeof pronouns / sizeof pronouns[0]; k++) {
        if (hand_is(w, *i, pronouns[k][0])) {
            replace(t, *i, last + 1, pronouns[k][1]);
            *i = he ? turn_verb(t, last + 1) : last + 1;
            return true;
        }
    }
    return false;
}

static struct view speak(struct hand *h, struct view text, bool strict) {
    struct hand_words w;
    if (!hand_read_words(h, text, &w)) {
        return (struct view){0};
    }
    struct turning t = {
        .h = h, .w = &w, .strict = strict, .p = arena_alloc(h->arena, text.n * 3 + 16)};
    if (t.p == NULL) {
        h->memory = true;
        return (struct view){0};
    }
    size_t i = 0;
    while (i < w.count) {
        if (w.items[i].quoted || w.items[i].code || (!turn_noun(&t, &i) && !turn_pronoun(&t, &i))) {
            i++;
        }
    }
    copy_to(&t, text.n);
    return (struct view){t.p, t.n};
}

struct view hand_you(struct hand *h, struct view text) {
    return speak(h, text, false);
}

struct view hand_you_named(struct hand *h, struct view text) {
    return speak(h, text, true);
}

/* ---- shape ----------------------------------------------------------------------------------- */

static bool ends_in_drive(struct view text);

static bool has_end(struct view text) {
    static const char *const marks[] = {".", "!", "?", "\u3002", "\u2026", ":", ".\"", "?\"", ".)"};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        if (view_ends(text, view_of(marks[i]))) {
            return !ends_in_drive(text);
        }
    }
    return false;
}

/* "Archive to H:" */
static bool ends_in_drive(struct view text) {
    return text.n > 2 && text.p[text.n - 1] == ':' && is_upper(text.p[text.n - 2]) &&
           text.p[text.n - 3] == ' ';
}

static struct view without_end(struct view text) {
    text = view_trim(text);
    while (text.n > 0 && strchr(",;:", text.p[text.n - 1]) != NULL && !ends_in_drive(text)) {
        text = view_trim(view_slice(text, 0, text.n - 1));
    }
    return text;
}

struct view hand_as_sentence(struct hand *h, struct view text) {
    text = without_end(text);
    if (text.n == 0) {
        return text;
    }
    const char first = is_lower(text.p[0]) ? (char)(text.p[0] & ~0x20) : text.p[0];
    return hand_format(h, "%c%.*s%s", first, (int)text.n - 1, text.p + 1, has_end(text) ? "" : ".");
}

struct view hand_as_part(struct hand *h, struct view text) {
    text = without_end(text);
    while (text.n > 0 && (text.p[text.n - 1] == '.' || text.p[text.n - 1] == '?')) {
        text = view_slice(text, 0, text.n - 1);
    }
    const bool name = text.n < 2 || !is_upper(text.p[0]) || !is_lower(text.p[1]);
    const size_t space = view_find(text, VIEW(" "), 0);
    const bool more = space != SIZE_MAX && space + 1 < text.n &&
                      (is_upper(text.p[space + 1]) || text.p[space + 1] == '>');
    if (name && !(text.n > 1 && text.p[1] == ' ')) {
        return text;
    }
    if (more) { /* "Range Operations" */
        struct hand_words w;
        if (text.p[space + 1] == '>' || !hand_read_words(h, text, &w) ||
            (hand_cues(&w, 0) & ~HAND_FAIL) == 0) {
            return text;
        }
    }
    return hand_format(h, "%c%.*s", (char)(text.p[0] | 0x20), (int)text.n - 1, text.p + 1);
}
