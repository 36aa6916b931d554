/* redact_scan.h: the scanners that look for secrets and personal data. Private to core/redact.
 *
 * Each passes over the text once; what it looks at from one place is bounded, so that all of it is
 * linear whatever the text. */
#ifndef ESIHELP_CORE_REDACT_SCAN_H
#define ESIHELP_CORE_REDACT_SCAN_H

#include <stdbool.h>

#include "core/redact.h"

struct redact_finds {
    esi_arena *arena;
    struct redact_span *spans;
    size_t count, cap;
    uint32_t kinds; /* that are wanted */
    bool failed;    /* memory ran out */
};

/* Adds a find, if its kind is wanted. */
void redact_add(struct redact_finds *finds, enum redact_kind kind, size_t from, size_t to);

void redact_scan_addresses(struct view text, struct redact_finds *finds); /* e-mail */
void redact_scan_codes(struct view text, struct redact_finds *finds);     /* IBAN, ids */
void redact_scan_numbers(struct view text, struct redact_finds *finds);   /* phone, card, IP, id */
void redact_scan_keys(struct view text, struct redact_finds *finds);
void redact_scan_passwords(struct view text, struct redact_finds *finds);

/* ASCII only, whatever the locale. */
bool scan_digit(char c);
bool scan_letter(char c);
bool scan_alnum(char c);
bool scan_upper(char c);
char scan_lower(char c);
/* Does a word (letters, digits, "_") begin here? */
bool scan_word_start(struct view text, size_t at);
/* Does `word` (lower case) stand here, whatever the text's case? */
bool scan_here(struct view text, size_t at, const char *word);
/* Does one of the words (NULL-terminated, lower case) stand within `reach` bytes before `at`? */
bool scan_before(struct view text, size_t at, size_t reach, const char *const *words);
/* Random enough to be a secret: not "xxxx", not "1234", not a plain word. */
bool scan_random(struct view value);

#endif
