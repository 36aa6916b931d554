#include "core/cues.h"

#include <string.h>

#include "base/error.h"

#define WORD_MAX 24 /* bytes; longer words have no cues */
#define QUOTE_MAX 300

static int compare(struct view word, const char *entry) {
    const size_t n = strlen(entry);
    const int order = memcmp(word.p, entry, n < word.n ? n : word.n);
    return order != 0 ? order : (word.n > n) - (word.n < n);
}

static const struct cue_entry *look_up(struct view word) {
    size_t from = 0;
    size_t to = cue_table_count;
    while (from < to) {
        const size_t middle = from + (to - from) / 2;
        const int order = compare(word, cue_table[middle].word);
        if (order == 0) {
            return &cue_table[middle];
        }
        if (order < 0) {
            to = middle;
        } else {
            from = middle + 1;
        }
    }
    return NULL;
}

static uint64_t verb(const char *stem, size_t n, uint64_t form) {
    const struct cue_entry *entry = look_up((struct view){stem, n});
    return entry && (entry->cues & CUE_VERB) ? entry->cues | form : 0;
}

/* "stopped" and "stopping" are "stop", "used" is "use", "tries" is "try". */
static uint64_t inflected(struct view word) {
    static const struct {
        const char *ending;
        const char *put; /* in its place */
        uint64_t form;
    } endings[] = {{"ies", "y", CUE_S},     {"es", "", CUE_S},    {"s", "", CUE_S},
                   {"ied", "y", CUE_ED},    {"ed", "", CUE_ED},   {"d", "", CUE_ED},
                   {"ying", "ie", CUE_ING}, {"ing", "", CUE_ING}, {"ing", "e", CUE_ING}};
    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        const struct view ending = view_of(endings[i].ending);
        if (word.n < ending.n + 2 || !view_ends(word, ending)) {
            continue;
        }
        char stem[WORD_MAX + 4];
        size_t n = word.n - ending.n;
        memcpy(stem, word.p, n);
        const bool doubled = n > 2 && stem[n - 1] == stem[n - 2] && !strchr("aeiou", stem[n - 1]);
        const size_t put = strlen(endings[i].put);
        memcpy(stem + n, endings[i].put, put);
        n += put;
        uint64_t cues = verb(stem, n, endings[i].form);
        if (cues == 0 && doubled && put == 0) {
            cues = verb(stem, n - 1, endings[i].form);
        }
        if (cues != 0) {
            return cues;
        }
    }
    return 0;
}

/* "won't" is "will" and "not", "it's" is "it" and "is". */
static uint64_t contracted(struct view word) {
    static const struct {
        const char *ending;
        uint64_t cues;
    } endings[] = {{"n't", CUE_NOT}, {"'s", CUE_BE},     {"'ve", CUE_HAVE}, {"'m", CUE_BE},
                   {"'re", CUE_BE},  {"'ll", CUE_MODAL}, {"'d", CUE_MODAL}};
    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        const struct view ending = view_of(endings[i].ending);
        if (word.n <= ending.n || !view_ends(word, ending)) {
            continue;
        }
        struct view base = {word.p, word.n - ending.n};
        if (view_eq(base, VIEW("ca")) || view_eq(base, VIEW("wo"))) {
            return CUE_MODAL | endings[i].cues;
        }
        const struct cue_entry *entry = look_up(base);
        return endings[i].cues | (entry ? entry->cues & ~CUE_GENERIC : 0);
    }
    return 0;
}

/* The entry that is one slip away from the word, two from a long one. */
static uint64_t nearest(struct view word, uint64_t needed) {
    unsigned least = word.n >= 9 ? 3 : 2;
    uint64_t best = 0;
    for (size_t i = 0; i < cue_table_count && word.n >= 5; i++) {
        const struct cue_entry *entry = &cue_table[i];
        if (entry->word[0] != word.p[0] || (entry->cues & needed) != needed) {
            continue;
        }
        const struct view form = view_of(entry->word);
        if (form.n < 5 || form.n + least <= word.n || word.n + least <= form.n) {
            continue;
        }
        const unsigned distance = text_distance(word, form, least - 1);
        if (distance < least) {
            least = distance;
            best = entry->cues;
        }
    }
    return best;
}

/* A word that no dictionary knows: misspelt, perhaps with an ending. */
static uint64_t misspelt(struct view word) {
    static const struct {
        const char *ending;
        uint64_t form;
    } endings[] = {{"ed", CUE_ED}, {"ing", CUE_ING}, {"s", CUE_S}};
    bool known = false;
    (void)text_rarity(word, &known);
    if (known || word.n < 5) {
        return 0;
    }
    uint64_t cues = nearest(word, 0);
    for (size_t i = 0; cues == 0 && i < sizeof(endings) / sizeof(endings[0]); i++) {
        const struct view ending = view_of(endings[i].ending);
        if (view_ends(word, ending)) {
            cues = nearest(view_slice(word, 0, word.n - ending.n), CUE_VERB);
            cues |= cues ? endings[i].form : 0;
        }
    }
    return cues;
}

uint64_t cues_of(struct view folded) {
    if (folded.n == 0 || folded.n > WORD_MAX) {
        return 0;
    }
    const struct cue_entry *entry = look_up(folded);
    if (entry) {
        return entry->cues & CUE_VERB ? entry->cues : entry->cues | inflected(folded);
    }
    if (memchr(folded.p, '\'', folded.n)) {
        return contracted(folded);
    }
    const uint64_t cues = inflected(folded);
    return cues != 0 ? cues : misspelt(folded);
}

uint32_t cues_kinds(struct view folded) {
    if (folded.n == 0 || folded.n > WORD_MAX) {
        return 0;
    }
    const struct cue_entry *entry = look_up(folded);
    if (entry && entry->kinds != 0) {
        return entry->kinds;
    }
    /* "class's" and "colleague's" are the class and the colleague */
    if (view_ends(folded, VIEW("'s"))) {
        entry = look_up(view_slice(folded, 0, folded.n - 2));
        return entry ? entry->kinds : 0;
    }
    /* "opened", "loaded", "showing" */
    const bool ing = view_ends(folded, VIEW("ing"));
    for (size_t cut = 1; cut <= 3 && folded.n > cut + 2; cut++) {
        if (ing ? cut < 3 : cut > 2 || !view_ends(folded, VIEW("ed"))) {
            continue;
        }
        entry = look_up(view_slice(folded, 0, folded.n - cut));
        if (entry && (entry->cues & CUE_VERB) && (entry->kinds & KIND_RUNS)) {
            return KIND_RUNS;
        }
    }
    for (size_t cut = 1; cut <= 2 && folded.n > cut + 2 && view_ends(folded, VIEW("s")); cut++) {
        if (cut == 2 && !view_ends(folded, VIEW("es"))) {
            break;
        }
        entry = look_up(view_slice(folded, 0, folded.n - cut));
        if (entry && entry->kinds != 0) {
            return entry->kinds | KIND_PLURAL;
        }
    }
    return 0;
}

/* ---- words of a message ---------------------------------------------------------------------- */

static bool is_letter(const struct text_folded *text, size_t at) {
    const unsigned char c = (unsigned char)text->p[at];
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c >= 0x80;
}

/* An apostrophe, dash or dot inside a word belongs to it: "doesn't", "re-run", "10.0.3.7". */
static bool joins(const struct text_folded *text, size_t at) {
    const char c = text->p[at];
    return (c == '\'' || c == '-' || c == '.' || c == '_' || c == '/' || c == '@') && at > 0 &&
           at + 1 < text->n && is_letter(text, at - 1) && is_letter(text, at + 1);
}

static bool broken_line(struct view message, const struct text_folded *text, size_t at) {
    const size_t from = text->from[at];
    const size_t to = text->from[at + 1];
    return to > from && memchr(message.p + from, '\n', to - from) != NULL;
}

static char mark_after(struct view message, const struct text_folded *text, size_t at) {
    char mark = '\0';
    for (; at < text->n && !is_letter(text, at); at++) {
        const char c = text->p[at];
        if (c == '?' || (mark != '?' && c != '\0' && strchr(".!;:", c)) ||
            (mark == '\0' && c == ',')) {
            mark = c;
        } else if (c == ' ' && mark == '\0' && at + 2 < text->n && text->p[at + 1] == '-' &&
                   !is_letter(text, at + 2)) { /* a dash, not "-i" */
            mark = ',';
        } else if (c == ' ' && mark != '?' && broken_line(message, text, at)) {
            mark = '\n';
        }
    }
    return mark;
}

/* The end of a quotation that begins at `at`; 0 if none does. */
static size_t quotation_end(const struct text_folded *text, size_t at) {
    const char c = text->p[at];
    if (c != '"' && c != '`' && c != '\'') {
        return 0;
    }
    if (c == '\'' && at > 0 && is_letter(text, at - 1)) {
        return 0;
    }
    for (size_t i = at + 1; i < text->n && i - at <= QUOTE_MAX; i++) {
        const bool inside = c == '\'' && i + 1 < text->n && is_letter(text, i + 1);
        if (text->p[i] == c && !inside) {
            return i > at + 1 ? i : 0;
        }
    }
    return 0;
}

static void take_word(struct view message, struct cue_text *text, size_t from, size_t to,
                      bool quoted) {
    const struct view form = {text->folded.p + from, to - from};
    struct cue_word *word = &text->words[text->count++];
    word->form = form;
    word->from = (uint32_t)from;
    word->to = (uint32_t)to;
    word->cues = cues_of(form) | (quoted ? CUE_QUOTED : 0);
    word->kinds = quoted ? 0 : cues_kinds(form);
    word->mark = mark_after(message, &text->folded, to);
    const struct cue_word *before = text->count > 1 ? word - 1 : NULL;
    while (before && before > text->words && cues_in(before, "just simply really also only")) {
        before--;
    }
    const bool wished = before && (cues_is(before, "would") || view_ends(before->form, VIEW("'d")));
    if (wished && (view_eq(form, VIEW("like")) || view_eq(form, VIEW("rather")))) {
        word->cues |= CUE_WANT;
    }
}

/* "Its green", "its still there": people write it for "it's". */
static void read_its(struct cue_text *text) {
    const uint64_t predicate = CUE_NOT | CUE_STATE | CUE_GOOD | CUE_STILL | CUE_ING | CUE_ED |
                               CUE_SAME | CUE_ALL | CUE_NOW | CUE_ACK | CUE_DET | CUE_BE | CUE_PREP;
    for (size_t i = 0; i + 1 < text->count; i++) {
        struct cue_word *word = &text->words[i];
        const struct cue_word *next = word + 1;
        if (cues_is(word, "its") && ((next->cues & predicate) || (next->kinds & KIND_FINE)) &&
            !cues_in(next, "own working running loading")) {
            word->cues = CUE_SUBJ | CUE_THAT | CUE_BE;
        }
    }
}

esi_err cues_read(struct view message, esi_arena *arena, struct cue_text *out, esi_error *err) {
    struct cue_text text = {0};
    const esi_err code = text_fold(message, arena, &text.folded, err);
    if (code != ESI_OK) {
        return code;
    }
    const size_t most = text.folded.n / 2 + 1;
    text.words = ARENA_ARRAY(arena, most < CUES_WORDS_MAX ? most : CUES_WORDS_MAX, struct cue_word);
    if (!text.words) {
        return fail_memory(err, "core/cues");
    }
    size_t quote_end = 0;
    for (size_t at = 0; at < text.folded.n && text.count < CUES_WORDS_MAX;) {
        if (!is_letter(&text.folded, at)) {
            const bool outside = quote_end == 0 || at > quote_end;
            const size_t end = outside ? quotation_end(&text.folded, at) : 0;
            quote_end = end > 0 ? end : quote_end;
            at++;
            continue;
        }
        const size_t from = at;
        while (at < text.folded.n && (is_letter(&text.folded, at) || joins(&text.folded, at))) {
            at++;
        }
        take_word(message, &text, from, at, from < quote_end);
    }
    read_its(&text);
    *out = text;
    return ESI_OK;
}

struct view cues_source(const struct cue_text *text, struct view message, uint32_t from,
                        uint32_t to) {
    if (to > text->folded.n || from >= to) {
        return (struct view){0};
    }
    return view_trim(view_slice(message, text->folded.from[from], text->folded.from[to]));
}

bool cues_is(const struct cue_word *word, const char *form) {
    return view_eq(word->form, view_of(form));
}

bool cues_in(const struct cue_word *word, const char *forms) {
    const char *w = word->form.p;
    const size_t n = word->form.n;
    for (const char *p = forms; n > 0 && *p != '\0';) {
        size_t same = 0;
        while (same < n && p[same] == w[same]) { /* ends at the latest with the list */
            same++;
        }
        if (same == n && (p[n] == ' ' || p[n] == '\0')) {
            return true;
        }
        for (p += same; *p != ' ' && *p != '\0'; p++) {
        }
        p += *p == ' ';
    }
    return false;
}
