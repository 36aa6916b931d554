/* term.h: what people see on a terminal. */
#ifndef ESIHELP_SERVER_TERM_H
#define ESIHELP_SERVER_TERM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

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

/* A text behind what is printed already, up to `column`; its further lines begin at `indent`. Ends
 * with a new line. */
void term_hanging(const struct term *term, const char *text, size_t column, size_t indent);

/* Draws "done of total" over the line; nothing where `term` is no terminal. */
void term_progress(const struct term *term, size_t done, size_t total, const char *what);
void term_progress_end(const struct term *term);

#endif
