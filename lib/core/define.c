#include "core/define.h"

#include "base/error.h"
#include "core/cues.h"

#define TERM_WORDS_MAX 4
#define WHOLE_WORDS_MAX 8

/* ---- what is asked for ----------------------------------------------------------------------- */

struct asking {
    struct cue_text words;
    struct view text;
    struct define_terms *out;
};

static bool is_filler(const struct cue_word *word) {
    return (word->cues & CUE_DET) || cues_in(word, "a an the exactly by your this that of");
}

static bool is_trailing(const struct cue_word *word) {
    return (word->cues & (CUE_GENERIC | CUE_PLEASE)) || cues_in(word, "anyway here again exactly");
}

/* The words [from, to) as a term: no articles before it, no "thing" or "anyway" behind. */
static void take(struct asking *a, size_t from, size_t to, size_t most) {
    const struct cue_word *words = a->words.words;
    while (from < to && is_filler(&words[from])) {
        from++;
    }
    while (to > from + 1 && is_trailing(&words[to - 1])) {
        to--;
    }
    if (from >= to || to - from > most || a->out->count == DEFINE_TERMS_MAX) {
        return;
    }
    for (size_t i = from; i < to; i++) {
        if ((words[i].cues & (CUE_SELF | CUE_YOU | CUE_WH | CUE_THAT | CUE_IF)) &&
            !is_filler(&words[i])) {
            return;
        }
    }
    const struct view term = cues_source(&a->words, a->text, words[from].from, words[to - 1].to);
    if (a->out->count == 0 || !view_eq(a->out->items[a->out->count - 1], term)) {
        a->out->items[a->out->count++] = term;
    }
}

/* Up to the first "of", "in", "for" behind its first word. */
static size_t head_end(const struct asking *a, size_t from, size_t to) {
    while (from < to && is_filler(&a->words.words[from])) {
        from++;
    }
    size_t end = from + 1;
    while (end < to && !(a->words.words[end].cues & CUE_PREP)) {
        end++;
    }
    return end < to ? end : to;
}

/* The thing that stands from there to the end of the clause. */
static void take_from(struct asking *a, size_t from, size_t to) {
    size_t end = from;
    while (end < to && (end == from || !a->words.words[end - 1].mark) &&
           !(end > from && (a->words.words[end].cues & (CUE_WH | CUE_BUT)))) {
        end++;
    }
    if (end > from + 1 && end < to && cues_in(&a->words.words[end - 1], "and or")) {
        end--; /* "... and how do I ..." */
    }
    take(a, from, end, WHOLE_WORDS_MAX);
    const size_t head = head_end(a, from, end);
    if (head < end) {
        take(a, from, head, TERM_WORDS_MAX);
    }
}

static size_t find(const struct asking *a, const char *forms, size_t from) {
    while (from < a->words.count && !cues_in(&a->words.words[from], forms)) {
        from++;
    }
    return from;
}

/* "What is ...", "what does ... mean", "what a ... is", "what counts as ...". */
static void read_what(struct asking *a, size_t what) {
    static const char measures[] = "counts count qualifies considered considers makes meant called";
    const struct cue_word *words = a->words.words;
    const size_t count = a->words.count;
    size_t at = what + 1;
    if (at >= count) {
        return;
    }
    const bool short_form = cues_in(&words[what], "whats what's whos who's");
    const bool is = !short_form && cues_in(&words[at], "is are was");
    at += is;
    const size_t measure = at < count && cues_in(&words[at], measures) ? at : count;
    if (at < count && cues_in(&words[what], "who whos who's") &&
        (words[at].cues & (CUE_ALLOW | CUE_MODAL))) {
        return; /* "who is allowed to ..." asks for a person */
    }
    if (measure < count) {
        const size_t rest = measure + 1;
        take_from(a, rest + (rest < count && cues_in(&words[rest], "as by to")), count);
    } else if (short_form || is) {
        take_from(a, at, count);
    } else if (cues_in(&words[at], "does do did")) {
        const size_t mean = find(a, "mean means stand", at + 1);
        const bool by = mean + 1 < count && cues_is(&words[mean + 1], "by");
        if (mean < count) {
            take_from(a, by ? mean + 2 : at + 1, by ? count : mean);
        }
    } else if (words[what].cues & CUE_WH) {
        /* "tell me what a seat is" */
        const size_t last = find(a, "is are means mean", at);
        if (last < count && (last + 1 == count || words[last].mark) && (words[at].cues & CUE_DET)) {
            take_from(a, at, last);
        }
    }
}

/* "The difference between a seat and a range", "seat vs range". */
static void read_difference(struct asking *a, size_t at) {
    const size_t between = find(a, "between", at);
    const size_t count = a->words.count;
    const size_t from = between < count ? between + 1 : 0;
    const size_t middle = find(a, between < count ? "and" : "vs versus", from);
    if (middle < count) {
        take(a, from, middle, TERM_WORDS_MAX);
        take(a, middle + 1, count, TERM_WORDS_MAX);
    }
}

esi_err define_asked(struct view text, esi_arena *arena, struct define_terms *out, esi_error *err) {
    struct asking a = {.text = text, .out = out};
    const esi_err code = cues_read(text, arena, &a.words, err);
    *out = (struct define_terms){0};
    const size_t count = code == ESI_OK ? a.words.count : 0;
    for (size_t i = 0; i < count && out->count == 0; i++) {
        const struct cue_word *word = &a.words.words[i];
        const bool of = i + 1 < count && cues_is(word + 1, "of");
        if (cues_in(word, "difference differences distinction vs versus")) {
            read_difference(&a, i);
        } else if (cues_in(word, "what whats what's who whos who's")) {
            const bool differs = find(&a, "difference differences vs versus", i) < count;
            if (!differs) {
                read_what(&a, i);
            }
        } else if (cues_is(word, "define") || (cues_in(word, "meaning definition") && of)) {
            take_from(&a, i + 1, count);
        } else if (cues_in(word, "meaning definition") && i > 0 && i + 1 == count) {
            take(&a, 0, i, TERM_WORDS_MAX);
        }
    }
    return code;
}

esi_err define_term(struct view text, esi_arena *arena, struct view *out, esi_error *err) {
    struct define_terms terms;
    const esi_err code = define_asked(text, arena, &terms, err);
    if (code == ESI_OK) {
        *out = (struct view){0};
        for (size_t i = 0; i < terms.count; i++) {
            *out = out->n == 0 || terms.items[i].n < out->n ? terms.items[i] : *out;
        }
    }
    return code;
}

/* ---- what tells it --------------------------------------------------------------------------- */

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
