/* api_error.h: what an endpoint's refusal says. Pure. */
#ifndef ESIHELP_PROVIDER_API_ERROR_H
#define ESIHELP_PROVIDER_API_ERROR_H

#include "base/arena.h"
#include "base/str.h"

#define API_ERROR_TEXT_MAX 4000 /* bytes of its message, and of each of its words */

/* What an error body says, where it follows the API or one of its usual variations. */
struct api_error {
    struct view message, type, code, param; /* decoded; in the arena; empty: not said */
};

/* Reads {"error":{...}} and its relatives: an error that is a string, FastAPI's detail, an error
 * within a message, a proxy's copy of somebody else's, a list of one; of HTML its title, of any
 * other text the text. A body that says nothing leaves all of `out` empty. Its words are the
 * endpoint's: they may quote the request. Errors: ESI_ENOMEM. */
esi_err api_error_read(struct view body, esi_arena *arena, struct api_error *out,
                       esi_error *err) ESI_MUST_CHECK;

/* Is it a refusal of a request as too large (context length, batch size, too many inputs)? */
bool api_error_too_large(int status, const struct api_error *error);
/* Is it a limit (quota, rate) or an overload, whatever its status? */
bool api_error_limited(int status, const struct api_error *error);
/* Is it the content filter? */
bool api_error_filtered(int status, const struct api_error *error);
/* Is the reason one that no other form of the request would do away with (the key, the model, ...)?
 */
bool api_error_other(const struct api_error *error);

/* The first place of a word or phrase, whole and whatever its case; SIZE_MAX: it isn't there. */
size_t api_error_find(struct view text, const char *phrase);

#endif
