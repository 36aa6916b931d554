/* json_out.h: writes JSON. */
#ifndef ESIHELP_SERVER_JSON_OUT_H
#define ESIHELP_SERVER_JSON_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

/* A writer into a buffer; commas come by themselves. `key` is NULL inside an array and at the
 * top. Failures stay in the buffer. */
struct json {
    struct buf *out;
    bool comma; /* a value stands before the place where the next one goes */
};

void json_object(struct json *json, const char *key);
void json_object_end(struct json *json);
void json_array(struct json *json, const char *key);
void json_array_end(struct json *json);

/* A NULL text is null. What isn't UTF-8 is written as U+FFFD. */
void json_text(struct json *json, const char *key, const char *value);
void json_text_sized(struct json *json, const char *key, const char *value, size_t size);
void json_int(struct json *json, const char *key, int64_t value);
void json_real(struct json *json, const char *key, double value);
void json_bool(struct json *json, const char *key, bool value);
void json_null(struct json *json, const char *key);
/* RFC 3339 in UTC with milliseconds; 0 is null. */
void json_time(struct json *json, const char *key, int64_t at_ms);
void json_texts(struct json *json, const char *key, const char *const *items, size_t count);

#endif
