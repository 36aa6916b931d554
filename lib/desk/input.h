/* input.h: what callers hand in: structs that grow, ids, texts. */
#ifndef ESIHELP_DESK_INPUT_H
#define ESIHELP_DESK_INPUT_H

#include <esihelp/types.h>

#include "base/arena.h"
#include "base/str.h"

/* Copies a caller's struct, which begins with its size, over `into`, which holds the defaults of
 * this release. A smaller one leaves the rest at its default; what a larger one has beyond `known`
 * must be zero. `least`: the size of the first release's struct. Errors: ESI_EINVAL. */
esi_err input_struct(void *into, size_t known, const void *from, size_t least, const char *origin,
                     esi_error *err) ESI_MUST_CHECK;

/* An id from outside: 1 to ESI_ID_MAX of [A-Za-z0-9._:-]. `pointer` names the field. */
esi_err input_id(const char *id, const char *origin, const char *pointer,
                 esi_error *err) ESI_MUST_CHECK;

/* An optional short text of at most `max` bytes of UTF-8. NULL is well. */
esi_err input_short(const char *text, size_t max, const char *origin, const char *pointer,
                    esi_error *err) ESI_MUST_CHECK;

esi_err input_context(const esi_pair *pairs, size_t count, const char *origin,
                      esi_error *err) ESI_MUST_CHECK;

/* ESI_ROLE_NONE becomes a trainee; another number that isn't a role is refused. */
esi_err input_role(esi_role role, const char *origin, esi_role *out, esi_error *err) ESI_MUST_CHECK;

/* The deadline asked for, or `otherwise` where it is 0. 100 to 600000 ms. */
esi_err input_deadline(int64_t ms, int64_t otherwise, const char *origin, int64_t *out,
                       esi_error *err) ESI_MUST_CHECK;

/* The text and its size where that is ESI_ZSTR. NULL gives an empty view. */
struct view input_text(const char *text, size_t size);

#endif
