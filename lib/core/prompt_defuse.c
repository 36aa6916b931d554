/* prompt_defuse.c: foreign text that can't be taken for ours. First its characters are made plain,
 * then what could be read as more than words is broken: in that order, because what hides inside a
 * mark may hold it together. */
#include <string.h>

#include "base/text_char.h"
#include "core/prompt_parts.h"

#define LINES_MAX 2 /* line breaks in a row */

/* ---- characters ------------------------------------------------------------------------------ */

static bool ends_line(uint32_t c) {
    return c == '\n' || c == '\r' || c == 0x0B || c == 0x0C || c == 0x85 || c == 0x2028 ||
           c == 0x2029;
}

/* Square brackets of other scripts that look like those of our lines. */
static uint32_t plain_bracket(uint32_t c) {
    switch (c) {
    case 0x27E6:
    case 0x301A:
    case 0x27EC:
        return '[';
    case 0x27E7:
    case 0x301B:
    case 0x27ED:
        return ']';
    default:
        return c;
    }
}

/* They join and part letters of scripts that need it, and mean nothing elsewhere. */
static bool joins(uint32_t before, uint32_t c, uint32_t after) {
    return (c == 0x200C || c == 0x200D) && before >= 0x80 && after >= 0x80 &&
           char_kind(before) != CHAR_SPACE && char_kind(after) != CHAR_INVISIBLE;
}

static uint32_t peek(struct view rest) {
    return text_next(&rest);
}

/* Valid UTF-8 of visible characters, spaces, tabs and line breaks. */
static void make_plain(struct buf *out, struct view text) {
    uint32_t before = '\n';
    size_t lines = 0;
    while (text.n > 0) {
        uint32_t c = plain_bracket(text_next(&text));
        if (c == '\r' && text.n > 0 && text.p[0] == '\n') {
            continue;
        }
        if (ends_line(c)) {
            lines++;
            c = '\n';
        } else if (c >= 0x80 && char_kind(c) == CHAR_SPACE) {
            c = ' ';
        } else if (c == '\t' || char_kind(c) != CHAR_INVISIBLE) {
            lines = c == ' ' || c == '\t' ? lines : 0;
        } else if (c < 0x20 || c == 0x7F) {
            c = ' ';
        } else if (!joins(before, c, peek(text))) {
            continue;
        }
        if (c != '\n' || lines <= LINES_MAX) {
            char bytes[4];
            buf_add(out, (struct view){bytes, text_put(bytes, c)});
        }
        before = c;
    }
}

/* ---- what reads as more than words ----------------------------------------------------------- */

/* Names in the tags of chat templates: "<s>", "[/INST]", "<<SYS>>". Placeholders of documents, as
 * <user> and <host>, aren't among them. */
static const char *const tags[] = {
    "s",           "bos",          "eos",           "eod",           "eot",
    "unk",         "pad",          "sop",           "eop",           "cls",
    "sep",         "mask",         "gmask",         "sys",           "inst",
    "system",      "assistant",    "think",         "tool_call",     "tool_calls",
    "tool_result", "tool_results", "tool_response", "tools",         "available_tools",
    "turn",        "end_of_turn",  "start_of_turn", "system_prompt", "instructions"};

/* Who may be written before a colon as if a turn began there. */
static const char *const speakers[] = {"system",
                                       "assistant",
                                       "user",
                                       "human",
                                       "developer",
                                       "ai",
                                       "bot",
                                       "model",
                                       "tool",
                                       "function",
                                       "instruction",
                                       "instructions",
                                       "response",
                                       "system prompt",
                                       "system message",
                                       "assistant response",
                                       "user message"};

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* The length of the word that a text begins with; 0 where it is none of these. */
static size_t match(struct view text, const char *const *words, size_t count) {
    size_t longest = 0;
    for (size_t i = 0; i < count; i++) {
        const struct view word = view_of(words[i]);
        if (word.n > longest && view_eq_nocase(view_slice(text, 0, word.n), word)) {
            longest = word.n;
        }
    }
    return longest < text.n && is_letter(text.p[longest]) ? 0 : longest;
}

/* Is it a tag of a template, behind its first bracket: "/s>", "<SYS>>", "INST]"? */
static bool opens_tag(struct view behind) {
    size_t at = 0;
    while (at < behind.n && at < 2 && strchr("/<[", behind.p[at])) {
        at++;
    }
    const struct view name = view_slice(behind, at, behind.n);
    const size_t n = match(name, tags, sizeof(tags) / sizeof(tags[0]));
    return n > 0 && n < name.n && (name.p[n] == '>' || name.p[n] == ']');
}

static bool is_bar(struct view text) {
    return view_starts(text, VIEW("|")) || view_starts(text, VIEW("\xEF\xBD\x9C")); /* U+FF5C */
}

/* "### System:", "**User** :", "> Assistant:" */
static bool opens_turn(struct view line) {
    size_t at = 0;
    while (at < line.n && strchr(" \t#*_>-=~`\"'([{", line.p[at])) {
        at++;
    }
    line = view_slice(line, at, line.n);
    const size_t name = match(line, speakers, sizeof(speakers) / sizeof(speakers[0]));
    for (at = name; name > 0 && at < line.n && strchr(" \t*_`\"')]}", line.p[at]);) {
        at++;
    }
    const struct view behind = view_slice(line, at, line.n);
    return name > 0 && (view_starts(behind, VIEW(":")) || view_starts(behind, VIEW("\n")) ||
                        behind.n == 0 || view_starts(behind, VIEW("\xEF\xBC\x9A"))); /* U+FF1A */
}

/* Adds one character, or what stands for it and those behind; returns how many were taken. */
static size_t add_one(struct buf *out, struct view rest, struct view mark) {
    const char c = rest.p[0];
    const struct view behind = view_slice(rest, 1, rest.n);
    if (mark.n > 0 && view_eq_nocase(view_slice(rest, 0, mark.n), mark)) {
        buf_str(out, "(mark)");
        return mark.n;
    }
    if ((c == '<' && is_bar(behind)) || ((c == '<' || c == '[') && opens_tag(behind))) {
        buf_char(out, c);
        buf_char(out, ' ');
        return 1;
    }
    if (is_bar(rest)) {
        const size_t n = c == '|' ? 1 : 3;
        buf_add(out, view_slice(rest, 0, n));
        if (rest.n > n && rest.p[n] == '>') {
            buf_char(out, ' ');
        }
        return n;
    }
    buf_char(out, c);
    return 1;
}

/* Bytes up to the next one that something may begin with. */
static size_t plain_run(struct view text, struct view mark) {
    const unsigned char first = mark.n > 0 ? (unsigned char)mark.p[0] : 0;
    size_t n = 0;
    while (n < text.n) {
        const unsigned char c = (unsigned char)text.p[n];
        if (c == '<' || c == '[' || c == '|' || c == '\n' || c == 0xEF ||
            (c | 0x20) == (first | 0x20)) {
            break;
        }
        n++;
    }
    return n;
}

static void add_words(struct prompting *p, struct buf *out, struct view text) {
    bool begins = true;
    for (size_t i = 0; i < text.n;) {
        struct view rest = view_slice(text, i, text.n);
        if (begins && opens_turn(rest)) {
            buf_str(out, "| ");
        }
        const size_t plain = plain_run(rest, p->mark);
        buf_add(out, view_slice(rest, 0, plain));
        rest = view_slice(rest, plain, rest.n);
        begins = rest.n > 0 && rest.p[0] == '\n';
        i += plain + (rest.n > 0 ? add_one(out, rest, p->mark) : 0);
    }
}

void prompt_defuse(struct prompting *p, struct buf *out, struct view text) {
    buf_empty(&p->clean);
    make_plain(&p->clean, view_trim(text));
    add_words(p, out, view_trim(buf_view(&p->clean)));
    out->failed = out->failed || p->clean.failed;
}

void prompt_defuse_line(struct prompting *p, struct buf *out, struct view text, size_t most) {
    buf_empty(&p->clean);
    make_plain(&p->clean, text_head(view_trim(text), most));
    for (size_t i = 0; i < p->clean.n; i++) {
        if (p->clean.p[i] == '\n' || p->clean.p[i] == '\t') {
            p->clean.p[i] = ' ';
        }
    }
    add_words(p, out, view_trim(buf_view(&p->clean)));
    out->failed = out->failed || p->clean.failed;
}
