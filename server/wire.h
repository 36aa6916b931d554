/* wire.h: writes JSON. */
#ifndef ESIHELP_SERVER_WIRE_H
#define ESIHELP_SERVER_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "outbuf.h"

/* A writer into a buffer; commas come by themselves. `key` is NULL inside an array and at the
 * top. Failures stay in the buffer. */
struct wire {
    struct outbuf *out;
    bool comma; /* a value stands before the place where the next one goes */
};

void wire_object(struct wire *wire, const char *key);
void wire_object_end(struct wire *wire);
void wire_array(struct wire *wire, const char *key);
void wire_array_end(struct wire *wire);

/* A NULL text is null. What isn't UTF-8 is written as U+FFFD. */
void wire_text(struct wire *wire, const char *key, const char *value);
void wire_text_sized(struct wire *wire, const char *key, const char *value, size_t size);
void wire_int(struct wire *wire, const char *key, int64_t value);
void wire_real(struct wire *wire, const char *key, double value);
/* An amount in millionths, as a number of whole units, to the last digit. Never negative. */
void wire_money(struct wire *wire, const char *key, int64_t millionths);
void wire_bool(struct wire *wire, const char *key, bool value);
void wire_null(struct wire *wire, const char *key);
/* RFC 3339 in UTC with milliseconds; 0 is null. */
void wire_time(struct wire *wire, const char *key, int64_t at_ms);
void wire_texts(struct wire *wire, const char *key, const char *const *items, size_t count);

#endif
