/* body.h: reads JSON that came from outside: a request's body, a line of input. */
#ifndef ESIHELP_SERVER_BODY_H
#define ESIHELP_SERVER_BODY_H

#include <esihelp/types.h>

struct wire;

/* Objects and arrays inside each other; deeper input is refused before it is parsed, since the
 * service's threads have small stacks. */
#define BODY_MAX_DEPTH 64

/* A JSON object. One thread at a time. */
struct body;

/* Reads `size` bytes, of which the caller has limited the number. Errors: ESI_EENCODING (not
 * UTF-8, a NUL, also one written as \u0000), ESI_EPARSE, ESI_EINVAL (not an object), ESI_ENOMEM. */
esi_err body_parse(const char *text, size_t size, struct body **out, esi_error *err) ESI_MUST_CHECK;
void body_free(struct body *body);

/* Fields are asked for in camelCase and found under their snake_case name too. An absent field
 * and null give NULL (`found` false). Strings live as long as the body. Errors: ESI_EINVAL for
 * another type, with the pointer. */
esi_err body_text(struct body *body, const char *name, const char **out,
                  esi_error *err) ESI_MUST_CHECK;

/* An object of strings, at most `max` of them, into `pairs`; no field is no pairs. */
esi_err body_pairs(struct body *body, const char *name, esi_pair *pairs, size_t max, size_t *count,
                   esi_error *err) ESI_MUST_CHECK;

/* Has a field that was asked for come in snake_case? */
bool body_is_snake(const struct body *body);

/* Writes the field `name` as it came if it is a string or a number, else null. */
void body_echo(const struct body *body, const char *name, struct wire *wire);

#endif
