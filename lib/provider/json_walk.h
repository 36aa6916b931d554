/* json_walk.h: reads JSON in place, without a tree, as endpoints write it: a name may come twice,
 * what isn't asked for is passed over, and a text that breaks off has no more from there. For
 * replies, of which one member in thirty is wanted; base/json reads what has to be right. Pure,
 * never recurses.
 *
 *     struct json_walk w = json_walk_of(text);
 *     struct view name;
 *     if (json_walk_into(&w, '{')) {
 *         while (json_walk_member(&w, &name)) {
 *             const struct view value = json_walk_value(&w);
 *         }
 *     }
 */
#ifndef ESIHELP_PROVIDER_JSON_WALK_H
#define ESIHELP_PROVIDER_JSON_WALK_H

#include "base/str.h"

struct json_walk {
    const char *at, *end;
    bool broken; /* it breaks off, or isn't JSON where it was looked at */
};

/* Stands at the text's value, behind white space and a byte order mark. */
struct json_walk json_walk_of(struct view text);

/* Steps into the object '{' or array '[' that it stands at. False: it is something else, and is
 * still to be taken. */
bool json_walk_into(struct json_walk *w, char bracket);
/* The next member of the object that was stepped into: its name as it is written. Its value has to
 * be taken, or stepped into and read up to its end. False: there is no more; it stands behind the
 * object. */
bool json_walk_member(struct json_walk *w, struct view *name);
/* The next item of an array, in the same way. */
bool json_walk_item(struct json_walk *w);
/* The value as it is written; it stands behind it then. Empty where there is none. */
struct view json_walk_value(struct json_walk *w);

/* Of a value: is it a string? */
bool json_walk_is_text(struct view value);
/* Is it null, or none at all? */
bool json_walk_is_null(struct view value);
/* Adds the text of a string. *half keeps the first half of a pair of surrogates, since a stream may
 * bring the other one in its next piece; 0: none. What is no character becomes U+FFFD. */
void json_walk_text(struct view value, uint32_t *half, struct buf *to);

#endif
