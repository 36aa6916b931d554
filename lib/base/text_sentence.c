/* Sentences of prose. */
#include <string.h>

#include "base/text.h"
#include "base/text_char.h"

/* Abbreviations after which a sentence goes on, folded, without the last dot: always, and only
 * before a number. */
static const char abbreviations[] = " e.g i.e eg ie vs cf approx incl excl resp min max dr mr mrs "
                                    "ms prof st inc ltd co jr sr dept est "
                                    "ca u.s u.k z.b d.h u.a bzw ggf evtl inkl p.ej ej sra mme ";
static const char before_numbers[] =
    " no nos nr fig figs sec ch vol ver art abb p pp pág núm n tel ext approx ";

static bool ends_cjk(uint32_t c) {
    return c == 0x3002 || c == 0xFF01 || c == 0xFF1F || c == 0xFF61;
}

static bool closes(uint32_t c) {
    return c == '"' || c == '\'' || c == ')' || c == ']' || c == '}' || c == 0x2019 ||
           c == 0x201D || c == 0xBB || c == 0x300D || c == 0x300F || c == 0xFF09 || c == '*' ||
           c == '_' || c == '`';
}

/* The word before the dot at `dot`: back to white space or an opening mark. */
static struct view word_before(struct view text, size_t dot) {
    size_t from = dot;
    while (from > 0 && strchr(" \t\r\n([{\"'*_`", text.p[from - 1]) == NULL) {
        from--;
    }
    return view_slice(text, from, dot);
}

static bool among(struct view word, const char *list) {
    char padded[20] = " ";
    if (word.n == 0 || word.n > sizeof(padded) - 3) {
        return false;
    }
    for (size_t i = 0; i < word.n; i++) {
        const char c = word.p[i];
        padded[i + 1] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
    }
    padded[word.n + 1] = ' ';
    return strstr(list, padded) != NULL;
}

/* The mark of a list item ("1.", "a.", "iv.") at the beginning of a line. */
static bool list_mark(struct view text, struct view word, size_t dot) {
    const size_t from = dot - word.n;
    bool digits = word.n > 0;
    for (size_t i = 0; i < word.n; i++) {
        digits = digits && word.p[i] >= '0' && word.p[i] <= '9';
    }
    const bool first = from == 0 || text.p[from - 1] == '\n';
    return first && (word.n == 1 || (digits && word.n <= 3));
}

/* What is the next word's first character? 0 where none follows on this line. */
static uint32_t next_first(struct view rest) {
    for (uint32_t c = text_next(&rest); c != TEXT_NONE && c != '\n'; c = text_next(&rest)) {
        const enum char_kind kind = char_kind(c);
        if (kind == CHAR_LETTER || kind == CHAR_DIGIT || kind == CHAR_CJK || c == '/' || c == '~' ||
            c == '.') {
            return c;
        }
    }
    return 0;
}

/* `dots` from `dot` on; `behind` is what follows them and closing marks. */
static bool dot_ends(struct view text, size_t dot, size_t dots, size_t behind) {
    const struct view rest = view_slice(text, behind, text.n);
    if (rest.n > 0 && strchr(" \t\r\n", rest.p[0]) == NULL) {
        return false; /* a version, a path, an address */
    }
    const struct view word = word_before(text, dot);
    if (list_mark(text, word, dot)) {
        return false;
    }
    const uint32_t first = next_first(rest);
    if (first == 0) {
        return true;
    }
    if (among(word, abbreviations) ||
        (first < 0x80 && char_kind(first) == CHAR_DIGIT && among(word, before_numbers)) ||
        (word.n == 1 && char_upper((unsigned char)word.p[0]))) {
        return false;
    }
    /* Many who ask write small letters only; after "wait..." they go on. */
    const bool small = char_kind(first) == CHAR_LETTER && !char_upper(first);
    return !small || dots == 1;
}

/* A line break at `at` ends a sentence without a mark of its own before a blank line and before the
 * next item of a list. */
static bool break_ends(struct view text, size_t at) {
    size_t i = at + 1;
    while (i < text.n && (text.p[i] == ' ' || text.p[i] == '\t' || text.p[i] == '\r')) {
        i++;
    }
    const struct view line = view_slice(text, i, text.n);
    if (line.n == 0 || line.p[0] == '\n') {
        return true;
    }
    size_t mark = 0;
    while (mark < line.n && mark < 3 && line.p[mark] >= '0' && line.p[mark] <= '9') {
        mark++;
    }
    const bool number = mark > 0 && mark < line.n && (line.p[mark] == '.' || line.p[mark] == ')');
    const bool bullet = mark == 0 && (line.p[0] == '-' || line.p[0] == '*' || line.p[0] == '+');
    const size_t space = mark + 1;
    return (number || bullet) && space < line.n && line.p[space] == ' ';
}

#define CODE_MAX 160 /* bytes of `code`: a mark farther off closes nothing */

/* Behind the code that begins at `tick`; `tick` where nothing closes it on this line. */
static size_t code_end(struct view text, size_t tick) {
    const size_t close = view_find(text, VIEW("`"), tick + 1);
    if (close == SIZE_MAX || close - tick > CODE_MAX || close == tick + 1 ||
        view_find(view_slice(text, tick, close), VIEW("\n"), 0) != SIZE_MAX) {
        return tick;
    }
    return close + 1;
}

/* What was quoted or put in brackets ends with a mark of its own, and the sentence goes on:
 * Click "Forgotten?" below. */
static bool goes_on(struct view marks, struct view rest) {
    const uint32_t first = next_first(rest);
    const bool small = char_kind(first) == CHAR_LETTER && !char_upper(first);
    return small && (view_ends(marks, VIEW("\"")) || view_ends(marks, VIEW("\u201D")) ||
                     view_ends(marks, VIEW(")")) || view_ends(marks, VIEW("]")));
}

/* Behind marks that close what the sentence opened, and marks of its end that are said twice. */
static struct view behind_marks(struct view rest, size_t *dots) {
    struct view behind = rest;
    for (struct view next = behind; next.n > 0; behind = next) {
        const uint32_t c = text_next(&next);
        *dots += c == '.';
        if (!closes(c) && c != '.' && c != '!' && c != '?') {
            break;
        }
    }
    return behind;
}

/* Behind the sentence that begins at 0; text.n where there is no end in it. */
static size_t sentence_end(struct view text) {
    struct view rest = text;
    while (rest.n > 0) {
        const size_t mark = text.n - rest.n;
        const uint32_t c = text_next(&rest);
        if (c == '\n' && break_ends(text, mark)) {
            return mark;
        }
        if (c == '`') {
            const size_t behind_code = code_end(text, mark);
            rest = behind_code > mark ? view_slice(text, behind_code, text.n) : rest;
            continue;
        }
        const bool dot = c == '.' || c == 0x2026;
        const bool call = c == '!' || c == '?';
        if (!dot && !call && !ends_cjk(c)) {
            continue;
        }
        size_t dots = c == '.' ? 1 : 3;
        const struct view behind = behind_marks(rest, &dots);
        const size_t end = text.n - behind.n;
        const bool spaced = behind.n == 0 || strchr(" \t\r\n", behind.p[0]) != NULL;
        if (goes_on(view_slice(text, mark, end), behind)) {
            rest = behind;
            continue;
        }
        if (dot ? dot_ends(text, mark, dots, end) : (spaced || !call)) {
            return end;
        }
        rest = behind;
    }
    return text.n;
}

bool text_sentence(struct view *rest, struct view *sentence) {
    const struct view text = view_trim(*rest);
    if (text.n == 0) {
        return false;
    }
    const size_t end = sentence_end(text);
    *sentence = view_trim(view_slice(text, 0, end));
    *rest = view_slice(text, end, text.n);
    return true;
}
