#include "term.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "utf8.h"

#define WIDTH_MAX 100 /* longer lines are hard to read */
#define WIDTH_MIN 30
#define BAR_COLUMNS 24

struct term term_of(FILE *file) {
    struct term term = {file, isatty(fileno(file)) == 1, false, 0};
    if (!term.tty) {
        return term;
    }
    const char *no_colour = getenv("NO_COLOR");
    const char *name = getenv("TERM");
    term.colour =
        (no_colour == NULL || *no_colour == '\0') && name != NULL && strcmp(name, "dumb") != 0;
    struct winsize size = {0};
    const bool known = ioctl(fileno(file), TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    const int columns = known ? size.ws_col : 80;
    term.width = columns > WIDTH_MAX ? WIDTH_MAX : columns < WIDTH_MIN ? WIDTH_MIN : columns;
    return term;
}

static bool shown(uint32_t point) {
    return (point >= 0x20 && point < 0x7F) || point == '\n' || point == '\t' ||
           (point >= 0xA0 && !(point >= 0x202A && point <= 0x202E) &&
            !(point >= 0x2066 && point <= 0x2069));
}

/* Writes what may be shown, and gives the columns that it takes. */
static int put(FILE *file, const char *text, size_t size) {
    int columns = 0;
    for (size_t at = 0; at < size;) {
        uint32_t point = 0;
        const size_t step = utf8_step(text + at, size - at, &point);
        if (step == 0) {
            fputc('?', file);
            columns++;
        } else if (shown(point)) {
            fwrite(text + at, 1, step, file);
            columns += utf8_columns(point);
        }
        at += step == 0 ? 1 : step;
    }
    return columns;
}

static int columns_of(const char *text, size_t size) {
    int columns = 0;
    for (size_t at = 0; at < size;) {
        uint32_t point = 0;
        const size_t step = utf8_step(text + at, size - at, &point);
        columns += step == 0 ? 1 : shown(point) ? utf8_columns(point) : 0;
        at += step == 0 ? 1 : step;
    }
    return columns;
}

void term_text(const struct term *term, enum term_style style, const char *text) {
    static const char *const codes[] = {"",         "\033[1m",  "\033[2m",
                                        "\033[31m", "\033[32m", "\033[33m"};
    if (text == NULL) {
        return;
    }
    const bool colour = term->colour && style != TERM_PLAIN;
    if (colour) {
        fputs(codes[style], term->file);
    }
    put(term->file, text, strlen(text));
    if (colour) {
        fputs("\033[0m", term->file);
    }
}

/* Bytes of white space and of a list's mark at the start of a line. */
static size_t hanging(const char *line, size_t size) {
    size_t at = 0;
    while (at < size && line[at] == ' ') {
        at++;
    }
    const size_t mark = at;
    while (at < size && line[at] >= '0' && line[at] <= '9') {
        at++;
    }
    if (at > mark && at + 1 < size && (line[at] == '.' || line[at] == ')') && line[at + 1] == ' ') {
        return at + 2;
    }
    if (at == mark && at + 1 < size && strchr("-*+", line[at]) != NULL && line[at + 1] == ' ') {
        return at + 2;
    }
    return mark;
}

/* Prints words from `column` on, and further lines from `indent` on. */
static void wrap_words(const struct term *term, const char *line, size_t size, int column,
                       int indent) {
    bool first = true;
    for (size_t at = 0; at < size;) {
        size_t end = at;
        while (end < size && line[end] != ' ') {
            end++;
        }
        const int word = columns_of(line + at, end - at);
        if (!first && term->width > 0 && column + 1 + word > term->width) {
            fprintf(term->file, "\n%*s", indent, "");
            column = indent;
        } else if (!first) {
            fputc(' ', term->file);
            column++;
        }
        column += put(term->file, line + at, end - at);
        first = false;
        for (at = end; at < size && line[at] == ' '; at++) {
        }
    }
    fputc('\n', term->file);
}

static void wrap_line(const struct term *term, const char *line, size_t size, size_t indent) {
    const size_t hang = hanging(line, size);
    fprintf(term->file, "%*s", (int)indent, "");
    const int column = (int)indent + put(term->file, line, hang);
    wrap_words(term, line + hang, size - hang, column, (int)(indent + hang));
}

void term_hanging(const struct term *term, const char *text, size_t column, size_t indent) {
    for (const char *line = text;;) {
        const size_t size = strcspn(line, "\n");
        wrap_words(term, line, size, (int)column, (int)indent);
        if (line[size] == '\0') {
            return;
        }
        line += size + 1;
        column = indent;
        fprintf(term->file, "%*s", (int)indent, "");
    }
}

void term_wrapped(const struct term *term, const char *text, size_t indent) {
    bool fenced = false;
    for (const char *line = text; *line != '\0';) {
        const size_t size = strcspn(line, "\n");
        const bool fence = size >= 3 && memcmp(line, "```", 3) == 0;
        fenced = fenced != fence;
        if (size == 0) {
            fputc('\n', term->file);
        } else if (term->width == 0 || fenced || fence) {
            fprintf(term->file, "%*s", (int)indent, "");
            put(term->file, line, size);
            fputc('\n', term->file);
        } else {
            wrap_line(term, line, size, indent);
        }
        line += size + (line[size] == '\n');
    }
}

/* ---- text in pieces -------------------------------------------------------------------------- */

/* What of a line is in this piece; answers the bytes that it took. */
static size_t flow_line(const struct term *term, struct term_flow *flow, const char *text,
                        size_t size) {
    const bool fence = flow->column == 0 && size >= 3 && memcmp(text, "```", 3) == 0;
    size_t at = 0;
    flow->fenced = flow->fenced != fence;
    if (term->width == 0 || flow->fenced || fence) {
        flow->column += put(term->file, text, size) + 1;
        return size;
    }
    if (flow->column == 0) {
        at = hanging(text, size);
        flow->column = flow->indent = put(term->file, text, at);
    }
    while (at < size) {
        const size_t spaces = strspn(text + at, " ");
        const size_t word = strcspn(text + at + spaces, " \n");
        const int columns = columns_of(text + at + spaces, word);
        if (spaces > 0 && word > 0 && flow->column + 1 + columns > term->width) {
            fprintf(term->file, "\n%*s", flow->indent, "");
            flow->column = flow->indent;
        } else {
            flow->column += put(term->file, text + at, spaces);
        }
        flow->column += put(term->file, text + at + spaces, word);
        at += spaces + word;
    }
    return size;
}

void term_flow(const struct term *term, struct term_flow *flow, const char *text, size_t size) {
    for (size_t at = 0; at < size;) {
        const char *end = memchr(text + at, '\n', size - at);
        const size_t line = end == NULL ? size - at : (size_t)(end - text) - at;
        at += flow_line(term, flow, text + at, line);
        if (end != NULL) {
            fputc('\n', term->file);
            flow->column = 0;
            at++;
        }
    }
}

/* ---- lines that are replaced ----------------------------------------------------------------- */

void term_note(const struct term *term, const char *format, ...) {
    char note[512];
    va_list args;
    if (!term->colour) {
        return;
    }
    va_start(args, format);
    vsnprintf(note, sizeof note, format, args);
    va_end(args);
    size_t size = 0; /* as much as one line holds */
    for (int columns = 0; note[size] != '\0' && note[size] != '\n';) {
        uint32_t point = 0;
        const size_t step = utf8_step(note + size, strlen(note + size), &point);
        columns += step == 0 ? 1 : utf8_columns(point);
        if (columns >= term->width) {
            break;
        }
        size += step == 0 ? 1 : step;
    }
    note[size] = '\0';
    fputs("\r\033[K", term->file);
    term_text(term, TERM_DIM, note);
    fflush(term->file);
}

void term_note_end(const struct term *term) {
    if (term->colour) {
        term_progress_end(term);
    }
}

void term_progress(const struct term *term, size_t done, size_t total, const char *what) {
    if (!term->tty) {
        return;
    }
    char bar[BAR_COLUMNS + 1];
    const size_t full = total == 0 ? 0 : done >= total ? BAR_COLUMNS : done * BAR_COLUMNS / total;
    memset(bar, '.', BAR_COLUMNS);
    memset(bar, '#', full);
    bar[BAR_COLUMNS] = '\0';
    fprintf(term->file, "\r\033[K[%s] %zu/%zu ", bar, done, total);
    const int room = term->width - BAR_COLUMNS - 24;
    size_t size = what == NULL ? 0 : strlen(what);
    if (room <= 0) {
        size = 0;
    } else if (size > (size_t)room) {
        size = (size_t)room;
    }
    put(term->file, what, size);
    fflush(term->file);
}

void term_progress_end(const struct term *term) {
    if (term->tty) {
        fputs("\r\033[K", term->file);
        fflush(term->file);
    }
}
