/* utf8.h: one code point at a time. */
#ifndef ESIHELP_SERVER_UTF8_H
#define ESIHELP_SERVER_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of the code point at `text`, which has `left` bytes; 0 where it isn't UTF-8. */
size_t utf8_step(const char *text, size_t left, uint32_t *out);

bool utf8_valid(const char *text, size_t size);

/* Columns that a terminal gives to a code point: 0, 1 or 2. */
int utf8_columns(uint32_t point);

#endif
