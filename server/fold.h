/* fold.h: texts made alike, so that a wanted word is found however it is written. */
#ifndef ESIHELP_SERVER_FOLD_H
#define ESIHELP_SERVER_FOLD_H

#include <stdbool.h>

#include "outbuf.h"

/* Writes a text in lower case (Latin, Greek and Cyrillic letters), its white space as single
 * blanks, its typographic quotation marks and dashes as the plain ones. `out` is emptied first,
 * unless it failed before; the text has a blank at neither end. */
void fold_text(const char *text, struct outbuf *out);

/* Does a folded text have one of the alternatives of `item` ("keepalive|keep-alive")? `room` is
 * used for the item; a failure stays in it. */
bool fold_has(const struct outbuf *folded, const char *item, struct outbuf *room);

/* Is there anything to look for in an item: an alternative that isn't blank? */
bool fold_item_says(const char *item);

#endif
