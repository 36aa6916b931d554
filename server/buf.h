/* buf.h: text that is being put together, on the heap. */
#ifndef ESIHELP_SERVER_BUF_H
#define ESIHELP_SERVER_BUF_H

#include <esihelp/export.h>
#include <stdbool.h>
#include <stddef.h>

/* No text that the program makes is longer; reaching it counts as running out of memory. */
#define BUF_MAX ((size_t)256 * 1024 * 1024)

/* A failure stays: check `failed` once, at the end. Begin with BUF_INIT. */
struct buf {
    char *data; /* NUL-terminated once something was added; NULL before */
    size_t size;
    size_t capacity;
    bool failed;
};

#define BUF_INIT                                                                                   \
    { 0, 0, 0, false }

void buf_add(struct buf *buf, const char *data, size_t size);
void buf_text(struct buf *buf, const char *text);
void buf_char(struct buf *buf, char c);
void buf_format(struct buf *buf, const char *format, ...) ESI_PRINTF(2, 3);

/* Empties it and keeps its memory. */
void buf_reset(struct buf *buf);
void buf_clear(struct buf *buf);

#endif
