/* Runs: how far marks join what stands around them, and what comes of it. */
#include "base/text_run.h"

#include <string.h>

enum char_kind run_kind_at(const struct text_folded *text, size_t i, size_t *next) {
    if (i >= text->n) {
        return CHAR_OTHER;
    }
    const unsigned char c = (unsigned char)text->p[i];
    if (c < 0x80) {
        *next = i + 1;
        return (enum char_kind)char_ascii[c];
    }
    struct view rest = {text->p + i, text->n - i};
    const uint32_t code_point = text_next(&rest);
    *next = text->n - rest.n;
    return char_kind(code_point);
}

static bool word_starts(const struct text_folded *text, size_t i) {
    size_t next = 0;
    const enum char_kind kind = run_kind_at(text, i, &next);
    return kind == CHAR_LETTER || kind == CHAR_DIGIT;
}

/* ---- how far it goes ------------------------------------------------------------------------ */

/* The end of the letters and digits that begin at `i`. */
static size_t part_end(const struct text_folded *text, size_t i, struct run *run) {
    size_t next = i;
    while (i < text->n) {
        const enum char_kind kind = run_kind_at(text, i, &next);
        if (kind != CHAR_LETTER && kind != CHAR_MARK && kind != CHAR_DIGIT) {
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
static bool new_sentence(const struct text_folded *text, size_t dot) {
    const size_t before = text->from[dot] - 1;
    const size_t behind = text->from[dot + 1];
    struct view rest = view_slice(text->source, behind, text->source.n);
    const bool lower =
        before < text->source.n && text->source.p[before] >= 'a' && text->source.p[before] <= 'z';
    return lower && char_upper(text_next(&rest));
}

/* Long dashes stand between clauses; folding made hyphens of them. */
static bool long_dash(const struct text_folded *text, size_t i) {
    struct view rest = view_slice(text->source, text->from[i], text->source.n);
    const uint32_t c = text_next(&rest);
    return c == 0x2014 || c == 0x2015;
}

/* Does one mark at `i` join? */
static bool joins(const struct text_folded *text, size_t i, const struct run *run) {
    switch (text->p[i]) {
    case '.':
        return !new_sentence(text, i);
    case '-':
        return !long_dash(text, i);
    case '\'':
        /* Of words; behind an identifier it only says whose it is: "lab-7's". */
        return !run->digits && run->dots + run->slashes + run->underscores + run->colons == 0;
    default:
        return true;
    }
}

/* Several marks that join: of a scheme, a path, an address. */
static bool join_together(struct view marks) {
    static const char *const several[] = {"://", ":\\", ":/", "\\\\", "::", "/.", "/~", "\\."};
    for (size_t i = 0; i < sizeof(several) / sizeof(several[0]); i++) {
        if (view_eq(marks, view_of(several[i]))) {
            return true;
        }
    }
    return false;
}

/* Where the next part begins, if the marks at `i` join it; 0 where they don't. */
static size_t next_part(const struct text_folded *text, size_t i, struct run *run) {
    static const char joining[] = "-_./\\:@'";
    static const char in_address[] = "-_./\\:@'+&=%?#~$;,!()*";
    const char *known = run->address ? in_address : joining;
    size_t end = i;
    while (end < text->n && end - i < 4 && strchr(known, text->p[end]) != NULL &&
           text->p[end] != '\0') {
        end++;
    }
    if (end == i || !word_starts(text, end)) {
        return 0;
    }
    const struct view marks = {text->p + i, end - i};
    const bool joined = marks.n == 1 ? joins(text, i, run) : run->address || join_together(marks);
    if (!joined) {
        return 0; /* "so...then", "wait--no" */
    }
    for (size_t k = i; k < end; k++) {
        count_mark(run, text->p[k]);
    }
    run->address = run->address || view_eq(marks, VIEW("://"));
    return end;
}

/* Where the marks begin that make a path of what stands at `i`; `i` where there are none. */
static size_t root_before(const struct text_folded *text, size_t i, struct run *run) {
    static const char *const roots[] = {"../", "./", "~/.", "~/", "\\\\", "/.", "/"};
    if (i == 0 || strchr("/\\.", text->p[i - 1]) == NULL) {
        return i;
    }
    for (size_t k = 0; k < sizeof(roots) / sizeof(roots[0]); k++) {
        const struct view root = view_of(roots[k]);
        if (i < root.n || memcmp(text->p + i - root.n, root.p, root.n) != 0) {
            continue;
        }
        const size_t from = i - root.n;
        size_t next = 0;
        run->rooted = from == 0 || (strchr(")]}>/.~", text->p[from - 1]) == NULL &&
                                    run_kind_at(text, from - 1, &next) != CHAR_LETTER);
        return run->rooted ? from : i;
    }
    return i;
}

void run_read(const struct text_folded *text, size_t i, struct run *run) {
    memset(run, 0, offsetof(struct run, parts)); /* of the parts only `count` are read */
    run->all.from = root_before(text, i, run);
    while (run->count < RUN_PARTS_MAX) {
        const size_t end = part_end(text, i, run);
        run->parts[run->count++] = (struct piece){i, end};
        run->all.to = end;
        i = run->count < RUN_PARTS_MAX ? next_part(text, end, run) : 0;
        if (i == 0) {
            break;
        }
    }
}

/* ---- what it is ----------------------------------------------------------------------------- */

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

size_t run_number_at(const struct text_folded *text, struct piece part) {
    size_t at = part.to;
    while (at > part.from && is_digit(text->p[at - 1])) {
        at--;
    }
    if (at < part.from + 2 || at == part.to || part.to - at > 4) {
        return 0;
    }
    for (size_t i = part.from; i < at; i++) {
        if (is_digit(text->p[i])) {
            return 0;
        }
    }
    return at;
}

size_t run_unit_at(const struct text_folded *text, struct piece part) {
    size_t at = part.from;
    while (at < part.to && is_digit(text->p[at])) {
        at++;
    }
    if (at == part.from || at == part.to) {
        return 0;
    }
    for (size_t i = at; i < part.to; i++) {
        if (text->p[i] < 'a' || text->p[i] > 'z') {
            return 0;
        }
    }
    return at;
}

static bool among(struct view word, const char *list) {
    char padded[10] = " ";
    if (word.n > sizeof(padded) - 3) {
        return false;
    }
    memcpy(padded + 1, word.p, word.n);
    padded[word.n + 1] = ' ';
    return strstr(list, padded) != NULL;
}

static bool all_single_letters(const struct run *run) {
    for (size_t i = 0; i < run->count; i++) {
        if (run->parts[i].to - run->parts[i].from != 1) {
            return false;
        }
    }
    return run->count > 1;
}

enum run_kind run_kind(const struct text_folded *text, const struct run *run) {
    if (run->digits && !run->letters && !run->rooted && run->count <= 2 &&
        run->dots + 1 == run->count) {
        return RUN_NUMBER;
    }
    if (run->digits && run->count == 1 && !run->rooted) {
        const size_t unit = run_unit_at(text, run->all);
        const struct view letters = view_piece(text, (struct piece){unit, run->all.to});
        if (unit > 0 && among(letters, " st nd rd th ")) {
            return RUN_ORDINAL;
        }
        if (unit > 0 &&
            among(letters, " kb mb gb tb kib mib gib bit bits px ms s sec secs m min mins h "
                           "hr hrs am pm x k v w hz mhz ghz kbps mbps gbps ")) {
            return RUN_QUANTITY;
        }
    }
    if (run->digits || run->address || run->backslashes > 0 || run->underscores > 0) {
        return RUN_IDENTIFIER; /* "lab-7", "10.0.3.7", "wlan0", "10:30" */
    }
    if (run->dots + 1 == run->count && !run->rooted && all_single_letters(run)) {
        return RUN_LETTERS;
    }
    return run->rooted || run->dots > 0 ? RUN_IDENTIFIER : RUN_WORDS;
}
