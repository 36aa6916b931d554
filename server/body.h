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

/* ---- what is inside each other --------------------------------------------------------------- */

/* One value of a body; it lives as long as the body. */
struct body_value;

enum body_kind { BODY_NULL, BODY_BOOL, BODY_NUMBER, BODY_TEXT, BODY_LIST, BODY_OBJECT };

const struct body_value *body_root(const struct body *body);
enum body_kind body_kind(const struct body_value *value);
/* An object's member or a list's item; NULL: none, or no more. */
const struct body_value *body_first(const struct body_value *value);
const struct body_value *body_next(const struct body_value *value);
/* The member of exactly this name; NULL: none. */
const struct body_value *body_member(const struct body_value *object, const char *name);
size_t body_count(const struct body_value *value);
/* The name of an object's member; NULL for what is none. */
const char *body_name(const struct body_value *value);
/* What a value of that kind says; NULL, false and 0 for another kind. */
const char *body_string(const struct body_value *value);
bool body_is_true(const struct body_value *value);
double body_real(const struct body_value *value);

/* Writes the field `name` as it came if it is a string or a number, else null. */
void body_echo(const struct body *body, const char *name, struct wire *wire);

#endif
