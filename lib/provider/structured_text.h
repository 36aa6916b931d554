/* structured_text.h: decodes the inside of a JSON string while it arrives, cut anywhere. Pure.
 *
 * What comes out is UTF-8 in whole characters. A lone surrogate and each byte that isn't UTF-8
 * become U+FFFD; a control character, raw or escaped, becomes a space, but for \n and \t. An escape
 * that JSON doesn't have stands as it came, but for \'. */
#ifndef ESIHELP_PROVIDER_STRUCTURED_TEXT_H
#define ESIHELP_PROVIDER_STRUCTURED_TEXT_H

#include <stdbool.h>

#include "base/str.h"

enum text_reader_state { READER_PLAIN, READER_ESCAPE, READER_UNICODE };

/* What came of a character that isn't whole yet; all zero at the beginning of a string. */
struct text_reader {
    enum text_reader_state state;
    char held[4]; /* of UTF-8, or the digits of an escape */
    size_t held_count;
    uint32_t high; /* a surrogate that waits for its other half; 0: none */
};

/* Decodes onto `out`, up to a closing quote, which is taken, too. The number of bytes taken;
 * *closed: there was the quote. Where no more comes, what isn't whole is left out. */
size_t text_reader_feed(struct text_reader *r, struct view bytes, struct buf *out, bool *closed);

/* Of a whole text without quotes around it, in which a backslash is nothing special. */
void text_reader_plain(struct view text, struct buf *out);

#endif
