/* json.h: checked reads and writes of JSON. The sole user of cJSON. */
#ifndef ESIHELP_BASE_JSON_H
#define ESIHELP_BASE_JSON_H

#include <esihelp/sys/backend.h>

#include "base/arena.h"
#include "base/json_scan.h"
#include "base/str.h"

/* ---- reading: a document and values in it -------------------------------------------------- */

struct json_doc;
typedef struct json_value json_value; /* belongs to its document; opaque */

/* Reads one JSON text (RFC 8259), which must be UTF-8 and may begin with a byte order mark. Refused
 * before parsing: more than `max` bytes, nesting over JSON_DEPTH_MAX, a NUL (raw or as \u0000), a
 * lone surrogate; after it: anything but white space behind the value, a name twice in one object.
 * `name` is what messages call it ("policy.json", "the body"). Errors: ESI_ETOOBIG, ESI_EENCODING,
 * ESI_EPARSE with line and column, ESI_ENOMEM. */
esi_err json_read(struct view text, size_t max, const char *name, struct json_doc **out,
                  esi_error *err) ESI_MUST_CHECK;
void json_free(struct json_doc *doc);
const json_value *json_root(const struct json_doc *doc);
/* Line, from 1, of the value at an RFC 6901 pointer ("" is the root); 0 if there is none. */
size_t json_line(const struct json_doc *doc, const char *pointer);

enum json_type { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

/* All of these accept NULL: it is a JSON_NULL without anything in it. */
enum json_type json_type(const json_value *v);
const char *json_string(const json_value *v); /* NUL-terminated; NULL if it isn't a string */
bool json_bool(const json_value *v, bool otherwise);
double json_number(const json_value *v, double otherwise);
/* A whole number within [min, max], and within 2^53, beyond which JSON's readers disagree; false if
 * it isn't one. */
bool json_int(const json_value *v, int64_t min, int64_t max, int64_t *out);
size_t json_count(const json_value *v);            /* items of an array, members of an object */
const json_value *json_first(const json_value *v); /* of an array or object */
const json_value *json_next(const json_value *v);
const char *json_name(const json_value *v); /* of a member; NULL in an array */
/* The member of that name; NULL if there is none. */
const json_value *json_get(const json_value *v, const char *name);

/* ---- writing: straight into a buffer --------------------------------------------------------- */

/* Commas and nesting are kept by the writer. Failure is the buffer's: check it at the end. */
struct json_out {
    struct buf *to;
    uint8_t depth;
    bool first[JSON_DEPTH_MAX + 1];
    bool after_name;
};

void json_begin(struct json_out *o, struct buf *to);
void json_object(struct json_out *o);
void json_object_end(struct json_out *o);
void json_array(struct json_out *o);
void json_array_end(struct json_out *o);
void json_put_name(struct json_out *o, const char *name);
void json_put_string(struct json_out *o, const char *text); /* NULL writes null */
void json_put_view(struct json_out *o, struct view text);   /* bad UTF-8 becomes U+FFFD */
void json_put_int(struct json_out *o, int64_t n);
void json_put_double(struct json_out *o, double d); /* shortest that reads back; NaN writes null */
void json_put_bool(struct json_out *o, bool b);
void json_put_null(struct json_out *o);
void json_put_raw(struct json_out *o, struct view json); /* ready JSON */

#endif
