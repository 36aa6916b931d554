/* text_char.h: what one code point is. The sole user of utf8proc; the rest of text builds on it. */
#ifndef ESIHELP_BASE_TEXT_CHAR_H
#define ESIHELP_BASE_TEXT_CHAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

enum char_kind {
    CHAR_OTHER, /* punctuation, symbols, what isn't assigned */
    CHAR_SPACE,
    CHAR_INVISIBLE, /* controls, zero-width and directional marks, variation selectors, fillers */
    CHAR_LETTER,
    CHAR_MARK,  /* combines with the one before */
    CHAR_DIGIT, /* and other numbers */
    CHAR_CJK    /* letters of scripts that put no space between words, and Hangul */
};

extern const unsigned char char_ascii[128];  /* enum char_kind of each */
enum char_kind char_kind_beyond(uint32_t c); /* of what isn't ASCII */

static inline enum char_kind char_kind(uint32_t c) {
    return c < 0x80 ? (enum char_kind)char_ascii[c] : char_kind_beyond(c);
}

bool char_upper(uint32_t c);
enum text_script char_script(uint32_t c); /* of letters; TEXT_OTHER_SCRIPT for what is none */

/* Canonical combining class: not 0 for a mark that is sorted behind its base. */
unsigned char_combining(uint32_t c);
/* Does it join with the one before when composed? */
bool char_extends(uint32_t c);

/* A letter that folding leaves as it is: most letters of most texts. */
bool char_is_folded(uint32_t c);

#define CHAR_FOLD_MAX 24 /* the longest compatibility decomposition has 18 */

/* NFKC case folding of one code point, decomposed: how many were written; 0 where it vanishes. */
size_t char_fold(uint32_t c, uint32_t out[CHAR_FOLD_MAX]);
/* Composes in place what stands in canonical order; the new length. */
size_t char_compose(uint32_t *p, size_t n);
/* The letter without its marks ("e" for "é"); itself where there are none. */
uint32_t char_base(uint32_t c);

#endif
