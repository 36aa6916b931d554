#include "base/error.h"
#include "core/cues.h"
#include "core/extract_select.h"

/* "What is a snapshot?", "what does ERR-1107 mean": the thing whose meaning is asked for, and the
 * statement that tells it. */

#define TERM_WORDS_MAX 4

static bool is_filler(const struct cue_word *word) {
    return (word->cues & CUE_DET) || cues_in(word, "a an the exactly by your this that of");
}

/* The words between `from` and `to`, without articles around them. */
static struct view term_between(const struct cue_text *words, struct view text, size_t from,
                                size_t to) {
    while (from < to && is_filler(&words->words[from])) {
        from++;
    }
    for (size_t i = from; i < to; i++) {
        if ((words->words[i].cues & (CUE_SELF | CUE_YOU | CUE_WH | CUE_THAT | CUE_PREP)) &&
            !is_filler(&words->words[i])) {
            return (struct view){0};
        }
    }
    if (from >= to || to - from > TERM_WORDS_MAX) {
        return (struct view){0};
    }
    return cues_source(words, text, words->words[from].from, words->words[to - 1].to);
}

esi_err define_term(struct view text, esi_arena *arena, struct view *out, esi_error *err) {
    struct cue_text words;
    const esi_err code = cues_read(text, arena, &words, err);
    *out = (struct view){0};
    for (size_t i = 0; code == ESI_OK && i + 1 < words.count && out->n == 0; i++) {
        const struct cue_word *word = &words.words[i];
        const bool what = cues_in(word, "what whats what's");
        const bool short_form = what && !cues_is(word, "what");
        if (what && (short_form || cues_in(word + 1, "is are was"))) {
            *out = term_between(&words, text, i + (short_form ? 1 : 2), words.count);
        } else if (what && cues_in(word + 1, "does do did")) {
            size_t mean = i + 2;
            while (mean < words.count && !cues_in(&words.words[mean], "mean means stand")) {
                mean++;
            }
            *out = mean < words.count ? term_between(&words, text, i + 2, mean) : *out;
        } else if (cues_is(word, "define") ||
                   (cues_in(word, "meaning definition") && cues_is(word + 1, "of"))) {
            *out = term_between(&words, text, i + 1, words.count);
        }
    }
    return code;
}

/* Skips an article. */
static struct view bare(struct view text) {
    static const char *const articles[] = {"The ", "A ", "An ", "the ", "a ",
                                           "an ",  "`",  "\"",  "*"};
    for (size_t i = 0; i < sizeof(articles) / sizeof(articles[0]); i++) {
        if (view_starts(text, view_of(articles[i]))) {
            text = view_slice(text, view_of(articles[i]).n, text.n);
        }
    }
    return text;
}

bool define_says(struct view text, struct view term) {
    static const char *const links[] = {":", " is ", " are ", " means ", " stands for "};
    text = bare(view_trim(text));
    /* asked for by several, told of one, or the other way about */
    const bool plural = term.n > 3 && (term.p[term.n - 1] | 0x20) == 's';
    for (size_t drop = 0; drop <= (plural ? 1u : 0u); drop++) {
        const struct view word = view_slice(term, 0, term.n - drop);
        if (word.n == 0 || !view_eq_nocase(view_slice(text, 0, word.n), word)) {
            continue;
        }
        struct view rest = view_slice(text, word.n, text.n);
        while (rest.n > 0 && (rest.p[0] == 's' || rest.p[0] == '`' || rest.p[0] == '"')) {
            rest = view_slice(rest, 1, rest.n);
        }
        for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
            if (view_starts(rest, view_of(links[i]))) {
                return true;
            }
        }
    }
    return false;
}

bool define_names(struct view heading, struct view term) {
    for (size_t at = view_find(heading, VIEW(" > "), 0); at != SIZE_MAX;
         at = view_find(heading, VIEW(" > "), 0)) {
        heading = view_slice(heading, at + 3, heading.n);
    }
    heading = bare(heading);
    if (term.n == 0 || !view_eq_nocase(view_slice(heading, 0, term.n), term)) {
        return false;
    }
    const struct view rest = view_slice(heading, term.n, heading.n);
    return rest.n == 0 || rest.p[0] == ':' || rest.p[0] == '"' || view_starts(rest, VIEW(" ("));
}
