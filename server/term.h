/* term.h: what people see on a terminal. */
#ifndef ESIHELP_SERVER_TERM_H
#define ESIHELP_SERVER_TERM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <esihelp/export.h>

enum term_style { TERM_PLAIN, TERM_BOLD, TERM_DIM, TERM_RED, TERM_GREEN, TERM_YELLOW };

/* Where to print, and how wide and colourful it may be. */
struct term {
    FILE *file;
    bool tty;
    bool colour;
    int width; /* columns; 0: lines aren't wrapped */
};

/* Looks at `file`; NO_COLOR and TERM=dumb turn colours off. */
struct term term_of(FILE *file);

/* Prints text that came from outside: control characters are left out, so that a document can't
 * drive the terminal. A NULL prints nothing. */
void term_text(const struct term *term, enum term_style style, const char *text);

/* The same, line by line, wrapped at words; what follows a list's mark hangs below it, and code
 * fences stay as they are. Ends with a new line. */
void term_wrapped(const struct term *term, const char *text, size_t indent);

/* A text that comes in pieces, laid out as term_wrapped does. A piece ends where a word does; begin
 * with all zero. */
struct term_flow {
    int column, indent;
    bool fenced; /* inside a code fence */
};
void term_flow(const struct term *term, struct term_flow *flow, const char *text, size_t size);

/* A dim line that the next one, or term_note_end, takes the place of; nothing where `term` has no
 * colours: who wants none may have a terminal that knows no more. */
void term_note(const struct term *term, const char *format, ...) ESI_PRINTF(2, 3);
void term_note_end(const struct term *term);

/* A text behind what is printed already, up to `column`; its further lines begin at `indent`. Ends
 * with a new line. */
void term_hanging(const struct term *term, const char *text, size_t column, size_t indent);

/* Draws "done of total" over the line; nothing where `term` is no terminal. */
void term_progress(const struct term *term, size_t done, size_t total, const char *what);
void term_progress_end(const struct term *term);

#endif
