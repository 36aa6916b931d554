#include "core/chunk_parts.h"

#define LEVEL_NUMBERED 6
#define LEVEL_LETTERS 16
#define TITLE_MAX 60 /* bytes of a line that may be a heading though nothing marks it */

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}

/* ---- pseudo headings ------------------------------------------------------------------------- */

/* "1.2 Title" */
static int32_t numbered_level(struct view text) {
    size_t i = 0;
    int32_t parts = 0;
    while (i < text.n && is_digit(text.p[i])) {
        while (i < text.n && is_digit(text.p[i])) {
            i++;
        }
        parts++;
        i += i < text.n && text.p[i] == '.' ? 1 : 0;
    }
    const bool title = parts >= 2 && i + 2 < text.n && text.p[i] == ' ' && is_upper(text.p[i + 1]);
    return title && !chunk_ends_sentence(text) && parts < 8 ? LEVEL_NUMBERED + parts : 0;
}

/* "ESCALATION RULES" */
static bool is_capitals(struct view text) {
    size_t letters = 0, run = 0;
    for (size_t i = 0; i < text.n; i++) {
        const char c = text.p[i];
        if (!is_upper(c) && c != ' ' && c != '-' && c != '/' && c != '&' && c != ',') {
            return false;
        }
        run = is_upper(c) ? run + 1 : 0;
        letters = run > letters ? run : letters;
    }
    return letters >= 4;
}

int32_t chunk_pseudo_level(const struct raw_line *line, const struct marked *marked) {
    const struct view text = marked->text;
    if (line->item || line->quote || text.n == 0 || text.n > CHUNK_HEADING_MAX) {
        return 0;
    }
    const int32_t numbered = line->listed ? 0 : numbered_level(text);
    if (numbered > 0 || line->title) {
        return numbered > 0 ? numbered : LEVEL_LETTERS;
    }
    const char last = text.p[text.n - 1];
    const bool bold = marked->all_bold && last != ':' && last != '.' && last != '!' && last != ';';
    return bold || is_capitals(text) ? LEVEL_LETTERS : 0;
}

bool chunk_is_bold_line(struct view text) {
    return text.n > 4 && text.n <= CHUNK_HEADING_MAX && view_starts(text, VIEW("**")) &&
           view_find(text, VIEW("**"), 2) == text.n - 2;
}

/* ---- headings that nothing marks ------------------------------------------------------------- */

static size_t count_words(struct view text) {
    size_t words = text.n > 0 ? 1 : 0;
    for (size_t i = 0; i < text.n; i++) {
        words += text.p[i] == ' ' ? 1 : 0;
    }
    return words;
}

static bool begins_upper(struct view text) {
    return text.n > 0 && (is_upper(text.p[0]) || is_digit(text.p[0]));
}

/* A short line that says no more than a title does. */
static bool is_short(const struct raw_line *line, size_t words) {
    const struct view text = line->text;
    return line->kind == RAW_TEXT && !line->item && !line->quote && line->opens &&
           text.n <= TITLE_MAX && text.n > 2 && begins_upper(text) && count_words(text) <= words &&
           view_find(text, VIEW("|"), 0) == SIZE_MAX && view_find(text, VIEW("`"), 0) == SIZE_MAX &&
           view_find(text, VIEW(": "), 0) == SIZE_MAX && text.p[text.n - 1] != ',' &&
           (!chunk_ends_sentence(text) || text.p[text.n - 1] == '?');
}

/* Something that a title may stand above. */
static bool is_body(const struct raw_line *line) {
    return line->kind == RAW_TEXT &&
           (line->item || (begins_upper(line->text) && count_words(line->text) > 2 &&
                           (chunk_ends_sentence(line->text) || line->text.n > TITLE_MAX)));
}

/* A line right above the text it is the title of, in a document whose prose isn't wrapped; with a
 * blank line between them only in a document without any other headings. */
static bool is_title(const struct raw_line *lines, size_t count, size_t i,
                     const struct layout *layout) {
    const struct raw_line *line = &lines[i];
    const struct raw_line *next = i + 1 < count ? &lines[i + 1] : NULL;
    if (next == NULL || !is_body(next) || (i > 0 && lines[i - 1].kind == RAW_HEADING)) {
        return false;
    }
    if (!next->opens && !next->item) {
        return layout->width == 0 && is_short(line, 8);
    }
    const bool tight = next->item && next->line == line->line + 1 && layout->width == 0;
    return (layout->headless || tight) && is_short(line, 6);
}

/* "2.1 Press Start" between its like: a list, and no headings without text. */
static bool is_listed(const struct raw_line *lines, size_t count, size_t i) {
    const int32_t level = lines[i].kind == RAW_TEXT ? numbered_level(lines[i].text) : 0;
    const bool before =
        i > 0 && lines[i - 1].kind == RAW_TEXT && numbered_level(lines[i - 1].text) == level;
    const bool behind = i + 1 < count && lines[i + 1].kind == RAW_TEXT &&
                        numbered_level(lines[i + 1].text) == level;
    return level > 0 && (before || behind);
}

/* "**I am ill.**" right above the text that is about it. */
static bool is_bold_title(const struct raw_line *lines, size_t count, size_t i) {
    const struct raw_line *next = i + 1 < count ? &lines[i + 1] : NULL;
    return lines[i].kind == RAW_TEXT && !lines[i].item && lines[i].opens &&
           chunk_is_bold_line(lines[i].text) && count_words(lines[i].text) <= 10 && next != NULL &&
           next->kind == RAW_TEXT && !next->opens && !chunk_is_bold_line(next->text) &&
           view_find(lines[i].text, VIEW(":"), 0) == SIZE_MAX;
}

void chunk_find_heads(struct raw_line *lines, size_t count, const struct layout *layout) {
    for (size_t i = 0; i < count; i++) {
        lines[i].listed = is_listed(lines, count, i);
        lines[i].title = is_title(lines, count, i, layout) || is_bold_title(lines, count, i);
    }
}

/* A line that is a heading by itself can't be continued. */
bool chunk_stands_alone(const struct raw_line *line) {
    return !line->item && (line->title || line->listed || chunk_is_bold_line(line->text) ||
                           numbered_level(line->text) > 0 || is_capitals(line->text));
}
