/* Sentences of prose. */
#include <string.h>

#include "base/text.h"
#include "base/text_char.h"

/* Abbreviations after which a sentence goes on, folded, without the last dot. */
static const char abbreviations[] = " e.g i.e eg ie etc vs cf approx incl excl resp fig figs no "
                                    "nos sec ch vol ver min max dr mr mrs "
                                    "ms prof st inc ltd co jr sr dept est ca al op pp p a.m p.m "
                                    "u.s u.k z.b d.h u.a usw bzw ggf evtl "
                                    "inkl nr abb ca str tel p.ej ej sr sra pág núm m mme ";

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

static bool abbreviation(struct view word) {
    char padded[20] = " ";
    if (word.n == 0 || word.n > sizeof(padded) - 3) {
        return false;
    }
    for (size_t i = 0; i < word.n; i++) {
        const char c = word.p[i];
        padded[i + 1] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
    }
    padded[word.n + 1] = ' ';
    return strstr(abbreviations, padded) != NULL;
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

/* Does what stands behind a dot and white space begin a sentence? A small letter doesn't, unless a
 * line or two were left blank. */
static bool begins_sentence(struct view rest) {
    while (rest.n > 0) {
        const struct view before = rest;
        const uint32_t c = text_next(&rest);
        const enum char_kind kind = char_kind(c);
        if (c == '\n') {
            return true;
        }
        if (kind == CHAR_SPACE || (kind == CHAR_OTHER && c != '/' && c != '~' && c != '.')) {
            continue;
        }
        (void)before;
        return !(kind == CHAR_LETTER && c < 0x80 && !char_upper(c));
    }
    return true;
}

static bool dot_ends(struct view text, size_t dot, size_t behind) {
    const struct view rest = view_slice(text, behind, text.n);
    if (rest.n > 0 && strchr(" \t\r\n", rest.p[0]) == NULL) {
        return false; /* a version, a path, an address */
    }
    const struct view word = word_before(text, dot);
    if (list_mark(text, word, dot)) {
        return false;
    }
    if (abbreviation(word) || (word.n == 1 && char_upper((unsigned char)word.p[0]))) {
        return rest.n == 0 || text_blank(rest);
    }
    return begins_sentence(rest);
}

/* A blank line ends a sentence that has no mark of its own. */
static bool blank_line(struct view text, size_t at) {
    size_t i = at + 1;
    while (i < text.n && (text.p[i] == ' ' || text.p[i] == '\t' || text.p[i] == '\r')) {
        i++;
    }
    return i < text.n && text.p[i] == '\n';
}

/* Behind the sentence that begins at 0; text.n where there is no end in it. */
static size_t sentence_end(struct view text) {
    struct view rest = text;
    while (rest.n > 0) {
        const size_t mark = text.n - rest.n;
        const uint32_t c = text_next(&rest);
        if (c == '\n' && blank_line(text, mark)) {
            return mark;
        }
        if (c != '.' && c != '!' && c != '?' && c != 0x2026 && !ends_cjk(c)) {
            continue;
        }
        struct view behind = rest;
        for (struct view next = behind; next.n > 0; behind = next) {
            const uint32_t following = text_next(&next);
            if (!closes(following) && following != '.' && following != '!' && following != '?') {
                break;
            }
        }
        const size_t end = text.n - behind.n;
        const bool dot = c == '.' || c == 0x2026;
        const bool spaced = behind.n == 0 || strchr(" \t\r\n", behind.p[0]) != NULL;
        if (dot ? dot_ends(text, mark, end) : (spaced || ends_cjk(c))) {
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
