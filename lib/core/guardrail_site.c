#include "core/guardrail_site.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "core/cues.h"

#define ORIGIN "core/guardrail"
#define BLOCKS_MAX (1u << 20)
#define TERM_WORDS 3
#define KIND_WORDS 4  /* may stand between a term and what it is: "a small closed" */
#define APART_WORDS 5 /* between a program's name in code and what is said of it */
#define WORD_LEAST 3
#define CODE_MARK "^" /* folding takes backticks for apostrophes */

struct reader {
    const struct policy *policy;
    struct pattern_scan *scan;
    const struct policy_site *of; /* what names are looked for */
    struct site_word *words;
    size_t count;
    esi_arena *arena;
    bool failed;
};

/* A sentence of a folded paragraph, item or heading, and the term that it says something of. */
struct sentence {
    struct view block, text;
    struct view term; /* "barkd"; empty */
    size_t meaning;   /* where what follows the term begins */
};

/* ---- pieces of text -------------------------------------------------------------------------- */

static bool is_sign(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' ||
           c == '\'' || (unsigned char)c >= 0x80;
}

/* Past a name; the mark of a sentence isn't part of it. */
static size_t past_sign(struct view text, size_t at) {
    size_t end = at;
    while (end < text.n && is_sign(text.p[end])) {
        end++;
    }
    while (end > at && text.p[end - 1] == '.') {
        end--;
    }
    return end;
}

static struct view without_article(struct view text) {
    static const char *const articles[] = {"the ", "an ", "a ", "our ", "your ", "each ", "every "};
    text = view_trim(text);
    for (size_t i = 0; i < sizeof articles / sizeof articles[0]; i++) {
        if (view_starts(text, view_of(articles[i]))) {
            return view_slice(text, view_of(articles[i]).n, text.n);
        }
    }
    return text;
}

/* Takes the last word off. */
static struct view last_word(struct view *text) {
    *text = view_trim(*text);
    size_t from = text->n;
    while (from > 0 && text->p[from - 1] != ' ') {
        from--;
    }
    const struct view word = view_slice(*text, from, text->n);
    *text = view_trim(view_slice(*text, 0, from));
    return word;
}

static size_t count_words(struct view text) {
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        n += text.p[i] != ' ' && (i == 0 || text.p[i - 1] == ' ');
    }
    return n;
}

static bool is_one_of(struct view word, const char *list) {
    const struct cue_word w = {.form = word};
    return cues_in(&w, list);
}

/* May these words be a name, and none that a sentence is made with? */
static bool may_name(struct view name) {
    const uint64_t never = CUE_IF | CUE_WH | CUE_SELF | CUE_YOU | CUE_MODAL | CUE_BE | CUE_HAVE |
                           CUE_MUST | CUE_PLEASE | CUE_THAT | CUE_PREP | CUE_AND | CUE_BUT |
                           CUE_NOT | CUE_DO | CUE_DET;
    struct view word, rest = name;
    size_t count = 0;
    if (name.n < WORD_LEAST || name.n > SITE_WORD_BYTES || name.p[0] < 'a' || name.p[0] > 'z') {
        return false;
    }
    while (view_split(&rest, ' ', &word)) {
        for (size_t i = 0; i < word.n; i++) {
            if (!is_sign(word.p[i])) {
                return false;
            }
        }
        if (word.n == 0 || ++count > TERM_WORDS || (cues_of(word) & never)) {
            return false;
        }
    }
    return !text_is_stopword(name, "en") && !(cues_of(last_word(&name)) & (CUE_FAIL | CUE_STATE));
}

static void add(struct reader *r, struct view name) {
    name = without_article(name);
    struct pattern_match m;
    if (r->failed || r->count == SITE_SECTION_MAX || !may_name(name)) {
        return;
    }
    for (size_t i = 0; i < r->count; i++) {
        if (view_eq(r->words[i].word, name)) {
            return;
        }
    }
    if (r->of->but != PATTERN_NONE) {
        struct pattern_scan *other = NULL;
        r->failed = pattern_scan_create(r->policy->patterns, &other, NULL) != ESI_OK;
        if (r->failed) {
            return;
        }
        pattern_scan_text(other, name);
        const bool known =
            pattern_scan_find(other, r->of->but, 0, &m) && m.from == 0 && m.to == name.n;
        r->failed = pattern_scan_failed(other);
        pattern_scan_free(other);
        if (known || r->failed) {
            return;
        }
    }
    const char *copy = arena_str(r->arena, name);
    r->failed = copy == NULL;
    if (copy != NULL) {
        r->words[r->count++] = (struct site_word){{copy, name.n}, view_of(r->of->means)};
    }
}

/* ---- code ------------------------------------------------------------------------------------ */

/* The program's name in code marks that begins at or after `at`. */
static bool next_code(struct view text, size_t at, size_t *from, size_t *to) {
    const size_t open = view_find(text, VIEW(CODE_MARK), at);
    const size_t close = open == SIZE_MAX ? SIZE_MAX : view_find(text, VIEW(CODE_MARK), open + 1);
    if (close == SIZE_MAX) {
        return false;
    }
    *from = open + 1;
    *to = close;
    return true;
}

/* "(process `sentineld`)": names in code that a sentence calls programs. */
static void add_programs(struct reader *r, struct view sentence) {
    size_t from = 0, to = 0;
    for (size_t at = 0; next_code(sentence, at, &from, &to); at = to + 1) {
        struct view before = view_slice(sentence, 0, from - 1);
        if (is_one_of(last_word(&before),
                      "process (process service (service daemon (daemon program "
                      "(program agent (agent called named")) {
            add(r, view_slice(sentence, from, to));
        }
    }
}

/* "`nl-watch`, which logs ...", "the logging agent `barkd`": a name in code close by. */
static void add_code_near(struct reader *r, struct view sentence, size_t from, size_t to,
                          bool behind) {
    size_t open = 0, close = 0, at = 0;
    struct view last = {NULL, 0};
    while (next_code(sentence, at, &open, &close) && close < from) {
        last = view_slice(sentence, open, close);
        at = close + 1;
    }
    if (last.n > 0 && count_words(view_slice(sentence, at, from)) <= APART_WORDS) {
        add(r, last);
    }
    if (behind && next_code(sentence, to, &open, &close) &&
        count_words(view_slice(sentence, to, open - 1)) <= APART_WORDS) {
        add(r, view_slice(sentence, open, close));
    }
}

/* ---- sentences ------------------------------------------------------------------------------- */

/* "barkd: the logging service", "a pit is the set ...", "lognest, the log collector". */
static void find_term(struct sentence *s) {
    static const char *const marks[] = {": ",      " - ",    " is ", " are ",
                                        " means ", ", the ", ", a ", " ("};
    size_t at = SIZE_MAX;
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        const size_t found = view_find(s->text, view_of(marks[i]), 0);
        if (found < at) {
            at = found;
            s->meaning = found + view_of(marks[i]).n;
        }
    }
    const struct view term =
        at == SIZE_MAX ? (struct view){NULL, 0} : without_article(view_slice(s->text, 0, at));
    s->term = may_name(term) ? term : (struct view){NULL, 0};
}

/* "It records ...": what the paragraph's first sentence is about. */
static struct view first_subject(struct view block) {
    struct sentence s = {.block = block};
    struct view rest = block;
    if (text_sentence(&rest, &s.text)) {
        find_term(&s);
    }
    const struct view text = without_article(s.text);
    size_t end = 0;
    for (size_t at = 0; s.term.n == 0 && at < text.n;) {
        size_t to = at;
        while (to < text.n && text.p[to] != ' ') {
            to++;
        }
        const struct view word = view_slice(text, at, to);
        if (at > 0 && ((cues_of(word) & (CUE_BE | CUE_MODAL | CUE_HAVE)) != 0 ||
                       view_ends(word, VIEW("s")))) {
            return view_slice(text, 0, end);
        }
        end = to;
        at = to + 1;
    }
    return s.term;
}

/* What a sentence says that somebody does: "records your keystrokes". Who is it? */
static void read_doing(struct reader *r, const struct sentence *s, size_t at) {
    struct view lead = view_slice(s->text, 0, at);
    struct view rest = lead;
    struct view word = last_word(&rest);
    while (is_one_of(word, "also always only then constantly continuously silently")) {
        lead = rest;
        word = last_word(&rest);
    }
    if (rest.n == 0 && is_one_of(word, "it they this")) {
        add(r, first_subject(s->block));
        add_programs(r, s->block);
    } else if (s->term.n > 0 &&
               (is_one_of(word, "which that what who and to") || at == s->meaning)) {
        add(r, s->term);
        add_programs(r, s->text);
    } else {
        add(r, lead);
    }
    add_code_near(r, s->text, at, at, false);
}

/* Does the meaning of a term begin like one, or with these very words? */
static bool defines(const struct sentence *s, size_t from) {
    struct view word, rest = view_slice(s->text, s->meaning, from);
    const size_t words = count_words(rest);
    return words == 0 || (words <= KIND_WORDS && view_split(&rest, ' ', &word) &&
                          is_one_of(word, "a an the your our one what"));
}

/* What a sentence says that something is: "the logging agent", "a proctor called Owl". */
static void read_being(struct reader *r, const struct sentence *s, size_t from, size_t to) {
    const struct view text = s->text;
    struct view lead = view_slice(text, 0, from);
    if (text.p[from] == '(') { /* "hewer (a learner)" */
        add(r, last_word(&lead));
        return;
    }
    if (s->term.n > 0 && from >= s->meaning && defines(s, from)) {
        add(r, s->term);
        add_programs(r, s->block);
    } else if (is_one_of(last_word(&lead), "a an the our") && view_ends(lead, VIEW(","))) {
        lead.n--; /* "counted by Ferret, the scoring bot", but not "the portal, the recorder" */
        const struct view name = last_word(&lead);
        if (!is_one_of(last_word(&lead), "a an the our your")) {
            add(r, name);
        }
    }
    static const char *const calls[] = {" called ", " named "};
    for (size_t i = 0; i < 2; i++) {
        const size_t n = view_of(calls[i]).n;
        const size_t end = past_sign(text, to + n);
        if (view_starts(view_slice(text, to, text.n), view_of(calls[i]))) {
            add(r, view_slice(text, to + n, end));
        }
    }
    add_code_near(r, text, from, to, true);
}

/* The sentence of a block that a place stands in. */
static struct sentence sentence_at(struct view block, size_t place) {
    struct sentence s = {.block = block};
    struct view rest = block;
    while (text_sentence(&rest, &s.text) && (size_t)(s.text.p - block.p) + s.text.n <= place) {
    }
    find_term(&s);
    return s;
}

static void read_group(struct reader *r, struct view block, uint32_t group, bool being) {
    struct pattern_match m;
    for (size_t at = 0; group != PATTERN_NONE && at < block.n && !r->failed;) {
        if (!pattern_scan_find(r->scan, group, at, &m) || m.limit) {
            return;
        }
        const struct sentence s = sentence_at(block, m.from);
        const size_t begin = (size_t)(s.text.p - block.p);
        if (m.from >= begin && m.from < begin + s.text.n && being) {
            const size_t to = m.to - begin;
            read_being(r, &s, m.from - begin, to < s.text.n ? to : s.text.n);
        } else if (m.from >= begin && m.from < begin + s.text.n) {
            read_doing(r, &s, m.from - begin);
        }
        at = m.to > m.from ? m.to : m.from + 1u;
    }
}

static void read_named(struct reader *r, struct view block) {
    struct pattern_match m;
    for (size_t at = 0; r->of->names != PATTERN_NONE && at < block.n && !r->failed;) {
        if (!pattern_scan_find(r->scan, r->of->names, at, &m) || m.limit) {
            return;
        }
        add(r, view_slice(block, m.from, m.to));
        at = m.to > m.from ? m.to : m.from + 1u;
    }
}

/* ---- blocks ---------------------------------------------------------------------------------- */

static void read_block(struct reader *r, struct view text) {
    struct text_folded folded;
    r->failed = r->failed || text_fold(text, r->arena, &folded, NULL) != ESI_OK;
    if (r->failed || folded.n == 0) {
        return;
    }
    const struct view block = {folded.p, folded.n};
    pattern_scan_text(r->scan, block);
    for (size_t i = 0; i < r->policy->site_count && !r->failed; i++) {
        r->of = &r->policy->site[i];
        read_group(r, block, r->of->does, false);
        read_group(r, block, r->of->is, true);
        read_named(r, block);
    }
    r->failed = r->failed || pattern_scan_failed(r->scan);
}

/* Past the marks that a line of Markdown begins with; *opens: it doesn't go on with the last. */
static struct view line_words(struct view line, bool *opens) {
    line = view_trim(line);
    size_t at = 0;
    while (at < line.n && strchr("#>-+|", line.p[at]) != NULL) {
        at++;
    }
    size_t digits = at;
    while (digits < line.n && ((line.p[digits] >= '0' && line.p[digits] <= '9') ||
                               (digits > at && strchr(".)", line.p[digits]) != NULL))) {
        digits++;
    }
    at = digits > at && digits < line.n && line.p[digits] == ' ' ? digits : at;
    const bool star = line.n > 1 && line.p[0] == '*' && (line.p[1] == ' ' || line.p[1] == '*');
    *opens = line.n == 0 || at > 0 || star;
    return view_trim(view_slice(line, at, line.n));
}

/* Emphasis goes; the cells of a table's row become a term and what is said of it. */
static void put_words(struct buf *b, struct view words) {
    bool cell = false;
    for (size_t i = 0; i < words.n; i++) {
        if (words.p[i] == '|') {
            buf_str(b, cell ? "." : ":");
            cell = true;
        } else if (words.p[i] == '`') {
            buf_str(b, CODE_MARK);
        } else if (words.p[i] != '*') {
            buf_char(b, words.p[i]);
        }
    }
}

static void read_lines(struct reader *r, struct view text, struct buf *b) {
    struct view line;
    bool more = true, heading = false;
    while (more && !r->failed) {
        more = view_line(&text, &line);
        bool opens = true;
        const struct view words = more ? line_words(line, &opens) : (struct view){NULL, 0};
        if ((opens || heading) && b->n > 0) {
            read_block(r, buf_view(b));
            buf_empty(b);
        }
        heading = more && line.n > 0 && line.p[0] == '#';
        if (b->n > 0) {
            buf_char(b, ' ');
        }
        put_words(b, words);
        r->failed = r->failed || b->failed;
    }
}

esi_err site_read(const struct policy *policy, struct view text, esi_arena *arena,
                  struct site_word **out, size_t *out_count, esi_error *err) {
    struct reader r = {.policy = policy, .arena = arena};
    struct buf b;
    buf_init(&b, BLOCKS_MAX);
    r.words = ARENA_ARRAY(arena, SITE_SECTION_MAX, struct site_word);
    esi_err e = r.words != NULL ? pattern_scan_create(policy->patterns, &r.scan, err)
                                : fail_memory(err, ORIGIN);
    if (e == ESI_OK) {
        read_lines(&r, text, &b);
        e = r.failed ? fail_memory(err, ORIGIN) : ESI_OK;
        pattern_scan_free(r.scan);
    }
    buf_clear(&b);
    if (e == ESI_OK) {
        *out = r.words;
        *out_count = r.count;
    }
    return e;
}

/* ---- all of them ----------------------------------------------------------------------------- */

static int by_letter(const void *a, const void *b) {
    const struct site_word *x = a, *y = b;
    if (x->word.p[0] != y->word.p[0]) {
        return x->word.p[0] < y->word.p[0] ? -1 : 1;
    }
    if (x->word.n != y->word.n) {
        return x->word.n > y->word.n ? -1 : 1;
    }
    const int order = view_cmp(x->word, y->word);
    return order != 0 ? order : view_cmp(x->means, y->means);
}

void site_sort(struct site_word *words, size_t count, struct guardrail_site *out) {
    size_t kept = 0;
    qsort(words, count, sizeof *words, by_letter);
    *out = (struct guardrail_site){.words = words, .index = out->index};
    for (size_t i = 0; i < count; i++) {
        const char c = words[i].word.n > 0 ? words[i].word.p[0] : '\0';
        if (c >= 'a' && c <= 'z' && (kept == 0 || !view_eq(words[kept - 1].word, words[i].word))) {
            words[kept++] = words[i];
            out->first[c - 'a' + 1] = (uint16_t)kept;
        }
    }
    for (size_t i = 1; i < 27; i++) {
        out->first[i] = out->first[i] > out->first[i - 1] ? out->first[i] : out->first[i - 1];
    }
    out->count = kept;
}

size_t site_find(const struct guardrail_site *site, struct view text, size_t at,
                 struct view *means) {
    const char c = text.p[at];
    if (c < 'a' || c > 'z') {
        return 0;
    }
    for (size_t i = site->first[c - 'a']; i < site->first[c - 'a' + 1]; i++) {
        const struct view word = site->words[i].word;
        const size_t end = at + word.n;
        if (end > text.n || memcmp(text.p + at, word.p, word.n) != 0) {
            continue;
        }
        const char next = end < text.n ? text.p[end] : ' ';
        const char after = end + 1 < text.n ? text.p[end + 1] : ' ';
        if (next == '.' && is_sign(after)) { /* "barkd.service" */
            *means = site->words[i].means;
            return past_sign(text, end);
        }
        if (next == '.' || next == '\'' || !is_sign(next) || (next == 's' && !is_sign(after))) {
            *means = site->words[i].means;
            return end;
        }
    }
    return 0;
}
