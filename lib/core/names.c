#include "core/names.h"

#include "base/error.h"
#include "base/text.h"
#include "core/cues.h"
#include "core/grow.h"

#define NAME_BYTES_MAX 80
#define WORD_BYTES_MAX 48
#define ENTRY_WORDS 5
#define LABEL_WORDS 4

struct reader {
    esi_arena *arena;
    struct name *items;
    size_t count, capacity;
    bool failed;
};

/* ---- pieces of text -------------------------------------------------------------------------- */

static bool is_mark(char c) {
    return c == '*' || c == '_' || c == '`' || c == '"';
}

/* Without emphasis, quotation and code marks around it. */
static struct view bare(struct view text) {
    text = view_trim(text);
    while (text.n > 0 && is_mark(text.p[0])) {
        text = view_slice(text, 1, text.n);
    }
    while (text.n > 0 && is_mark(text.p[text.n - 1])) {
        text = view_slice(text, 0, text.n - 1);
    }
    return view_trim(text);
}

static struct view without_article(struct view text) {
    static const char *const articles[] = {"a ", "an ", "the ", "our ", "your "};
    for (size_t i = 0; i < sizeof articles / sizeof articles[0]; i++) {
        const size_t n = view_of(articles[i]).n;
        if (text.n > n && view_eq_nocase(view_slice(text, 0, n), view_of(articles[i]))) {
            return bare(view_slice(text, n, text.n));
        }
    }
    return text;
}

/* The cues of the next word of *rest, which is taken off; false at the end. */
static bool next_word(struct view *rest, struct view *word, uint64_t *cues) {
    char folded[WORD_BYTES_MAX];
    do {
        if (!view_split(rest, ' ', word)) {
            return false;
        }
    } while (word->n == 0);
    const size_t n = word->n < sizeof folded ? word->n : sizeof folded;
    for (size_t i = 0; i < n; i++) {
        const char c = word->p[i];
        folded[i] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    *cues = cues_of((struct view){folded, n});
    return true;
}

/* May those words be a term? "If it hangs" and "you" aren't. */
static bool is_term(struct view text, size_t words_max) {
    const uint64_t never = CUE_IF | CUE_WH | CUE_SELF | CUE_YOU | CUE_MODAL | CUE_BE | CUE_HAVE |
                           CUE_MUST | CUE_PLEASE;
    struct view word;
    uint64_t cues;
    size_t count = 0;
    bool letters = false;
    if (text.n == 0 || text.n > NAME_BYTES_MAX) {
        return false;
    }
    for (size_t i = 0; i < text.n; i++) {
        const unsigned char c = (unsigned char)text.p[i];
        letters |= (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0x80;
    }
    while (next_word(&text, &word, &cues)) {
        count++;
        if (count > words_max || (cues & never) || (count == 1 && (cues & (CUE_THAT | CUE_PREP)))) {
            return false;
        }
    }
    return letters && count > 0;
}

static void add(struct reader *r, struct view text, enum name_form form, size_t words_max) {
    text = without_article(bare(text));
    if (r->failed || r->count == NAMES_MAX || !is_term(text, words_max)) {
        return;
    }
    for (size_t i = 0; i < r->count; i++) {
        if (r->items[i].form != NAME_QUOTED && view_eq_nocase(r->items[i].text, text)) {
            r->items[i].form = form > r->items[i].form ? form : r->items[i].form;
            return;
        }
    }
    struct name *items = grow(r->arena, r->items, r->count, &r->capacity, sizeof *items);
    r->failed = items == NULL;
    if (items != NULL) {
        r->items = items;
        r->items[r->count++] = (struct name){text, form};
    }
}

/* A term with what stands in parentheses behind it, or several between slashes. */
static void add_term(struct reader *r, struct view text, enum name_form form, size_t words_max) {
    text = bare(text);
    const size_t open = view_find(text, VIEW("("), 0);
    if (open != SIZE_MAX && open > 0 && text.p[text.n - 1] == ')') {
        struct view inner = view_slice(text, open + 1, text.n - 1);
        static const char *const leads[] = {"short for ", "short: ", "also ", "or "};
        for (size_t i = 0; i < sizeof leads / sizeof leads[0]; i++) {
            if (view_starts(inner, view_of(leads[i]))) {
                inner = view_slice(inner, view_of(leads[i]).n, inner.n);
            }
        }
        add(r, inner, form, words_max);
        text = view_slice(text, 0, open);
    }
    if (view_find(text, VIEW(" / "), 0) != SIZE_MAX) {
        struct view piece;
        while (view_split(&text, '/', &piece)) {
            add(r, piece, form, words_max);
        }
        return;
    }
    add(r, text, form, words_max);
}

/* ---- lines ----------------------------------------------------------------------------------- */

/* Without the mark of a list item, a quotation or a heading. */
static struct view without_list_mark(struct view line) {
    line = view_trim(line);
    while (line.n > 1 && (line.p[0] == '>' || line.p[0] == '#')) {
        line = view_trim(view_slice(line, 1, line.n));
    }
    if (line.n > 2 && (line.p[0] == '-' || line.p[0] == '*' || line.p[0] == '+') &&
        line.p[1] == ' ') {
        return view_trim(view_slice(line, 2, line.n));
    }
    size_t digits = 0;
    while (digits < line.n && line.p[digits] >= '0' && line.p[digits] <= '9') {
        digits++;
    }
    if (digits > 0 && digits + 1 < line.n && (line.p[digits] == '.' || line.p[digits] == ')') &&
        line.p[digits + 1] == ' ') {
        return view_trim(view_slice(line, digits + 2, line.n));
    }
    return line;
}

static bool is_rule(struct view line) {
    bool dash = false;
    for (size_t i = 0; i < line.n; i++) {
        dash |= line.p[i] == '-';
        if (line.p[i] != '-' && line.p[i] != '|' && line.p[i] != ':' && line.p[i] != ' ') {
            return false;
        }
    }
    return dash;
}

/* The first cell of a table's row; the head row is the one above the rule. */
static void read_row(struct reader *r, struct view line, struct view rest) {
    struct view below;
    if (is_rule(line) || (view_line(&rest, &below) && is_rule(view_trim(below)))) {
        return;
    }
    const size_t end = view_find(line, VIEW("|"), 1);
    if (end != SIZE_MAX && end + 1 < line.n) {
        add_term(r, view_slice(line, 1, end), NAME_ENTRY, ENTRY_WORDS);
    }
}

/* Is that a meaning, and not something that is said of the thing? */
static bool begins_meaning(struct view rest) {
    static const char leads[] = "a an the one what how where when any every each your our those "
                                "that to short simply just called another";
    struct view word;
    uint64_t cues;
    if (!next_word(&rest, &word, &cues)) {
        return false;
    }
    const struct cue_word lead = {.form = word};
    return cues_in(&lead, leads);
}

/* Where what separates a term from its meaning begins and ends; false: nothing does. */
static bool separator(struct view line, size_t from, size_t *at, size_t *end) {
    static const char *const marks[] = {": ",  " - ",  " -- ", " \xE2\x80\x93 ", " \xE2\x80\x94 ",
                                        " = ", ":** ", ":* "};
    *at = SIZE_MAX;
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        const size_t found = view_find(line, view_of(marks[i]), from);
        if (found < *at) {
            *at = found;
            *end = found + view_of(marks[i]).n;
        }
    }
    return *at != SIZE_MAX;
}

/* "**Seat**: ...", "Seat - ...": an entry where a meaning follows, else a label. */
static void read_label(struct reader *r, struct view line) {
    size_t at, end;
    if (line.n < 4 || !separator(line, 1, &at, &end) || at > NAME_BYTES_MAX) {
        return;
    }
    const bool marked = is_mark(line.p[0]);
    const bool entry = begins_meaning(view_slice(line, end, line.n));
    add_term(r, view_slice(line, 0, at), entry ? NAME_ENTRY : NAME_LABEL,
             marked || entry ? ENTRY_WORDS : LABEL_WORDS);
}

/* ---- sentences ------------------------------------------------------------------------------- */

/* "A seat is the place of ...", "TTL means ...". */
static void read_is(struct reader *r, struct view sentence) {
    static const struct link {
        const char *words;
        bool plain; /* needs no article behind it */
    } links[] = {{" is ", false},         {" are ", false},       {" means ", true},
                 {" mean ", true},        {" stands for ", true}, {" refers to ", true},
                 {" is short for ", true}};
    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++) {
        const struct view link = view_of(links[i].words);
        const size_t at = view_find(sentence, link, 0);
        if (at == SIZE_MAX || at > NAME_BYTES_MAX) {
            continue;
        }
        const struct view rest = view_slice(sentence, at + link.n, sentence.n);
        if (links[i].plain || begins_meaning(rest)) {
            add_term(r, view_slice(sentence, 0, at), links[i].plain ? NAME_LABEL : NAME_SENTENCE,
                     LABEL_WORDS);
        }
    }
}

/* "By a seat we mean ...", "... is called a seat.", "... (we call that a seat)". */
static void read_called(struct reader *r, struct view sentence) {
    static const char *const before[] = {"By ", "by "};
    static const char *const calls[] = {" called ",      " known as ",    "we call this ",
                                        "we call that ", "We call this ", "We call that "};
    const size_t mean = view_find(sentence, VIEW(" we mean "), 0);
    for (size_t i = 0; mean != SIZE_MAX && i < 2; i++) {
        if (view_starts(sentence, view_of(before[i]))) {
            add_term(r, view_slice(sentence, 3, mean), NAME_ENTRY, ENTRY_WORDS);
        }
    }
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        const size_t at = view_find(sentence, view_of(calls[i]), 0);
        if (at == SIZE_MAX) {
            continue;
        }
        const size_t from = at + view_of(calls[i]).n;
        size_t to = from;
        while (to < sentence.n && strchr(".,;:)", sentence.p[to]) == NULL) {
            to++;
        }
        add_term(r, view_slice(sentence, from, to), NAME_LABEL, LABEL_WORDS);
    }
}

static void read_sentences(struct reader *r, struct view line) {
    struct view sentence;
    while (text_sentence(&line, &sentence)) {
        read_is(r, view_trim(sentence));
        read_called(r, view_trim(sentence));
    }
}

/* ---- messages -------------------------------------------------------------------------------- */

static size_t count_words(struct view text) {
    struct view word;
    size_t count = 0;
    while (view_split(&text, ' ', &word)) {
        count += word.n > 0;
    }
    return count;
}

/* A message that somebody may have before their eyes: "TLS handshake failed". */
static void add_quoted(struct reader *r, struct view text) {
    text = view_trim(text);
    const size_t words = text.n <= NAME_BYTES_MAX ? count_words(text) : 0;
    if (r->failed || r->count == NAMES_MAX || words < NAME_QUOTED_LEAST ||
        words > NAME_QUOTED_MOST) {
        return;
    }
    struct name *items = grow(r->arena, r->items, r->count, &r->capacity, sizeof *items);
    r->failed = items == NULL;
    if (items != NULL) {
        r->items = items;
        r->items[r->count++] = (struct name){text, NAME_QUOTED};
    }
}

static void read_quoted(struct reader *r, struct view line) {
    static const struct {
        struct view open, close;
    } marks[] = {
        {{"\"", 1}, {"\"", 1}}, {{"`", 1}, {"`", 1}}, {{"\xE2\x80\x9C", 3}, {"\xE2\x80\x9D", 3}}};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        size_t open = view_find(line, marks[i].open, 0);
        while (open != SIZE_MAX) {
            const size_t from = open + marks[i].open.n;
            const size_t close = view_find(line, marks[i].close, from);
            if (close == SIZE_MAX) {
                break;
            }
            add_quoted(r, view_slice(line, from, close));
            open = view_find(line, marks[i].open, close + marks[i].close.n);
        }
    }
}

esi_err names_read(struct view text, esi_arena *arena, struct name **out, size_t *out_count,
                   esi_error *err) {
    struct reader r = {.arena = arena};
    struct view line, before = {0};
    while (view_line(&text, &line)) {
        const struct view whole = view_trim(line);
        if (whole.n > 0 && whole.p[0] == '|') {
            read_row(&r, whole, text);
        } else if (whole.n > 2 && whole.p[0] == ':' && whole.p[1] == ' ') {
            add_term(&r, before, NAME_ENTRY, ENTRY_WORDS); /* a definition list */
        } else {
            const struct view words = without_list_mark(whole);
            read_label(&r, words);
            read_sentences(&r, words);
        }
        read_quoted(&r, whole);
        before = whole.n > 0 ? whole : before;
    }
    if (r.failed) {
        return fail_memory(err, "core/names");
    }
    *out = r.items;
    *out_count = r.count;
    return ESI_OK;
}
