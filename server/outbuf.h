/* outbuf.h: text that is being put together, on the heap. */
#ifndef ESIHELP_SERVER_OUTBUF_H
#define ESIHELP_SERVER_OUTBUF_H

#include <esihelp/export.h>
#include <stdbool.h>
#include <stddef.h>

/* No text that the program makes is longer; reaching it counts as running out of memory. */
#define OUTBUF_MAX ((size_t)256 * 1024 * 1024)

/* A failure stays: check `failed` once, at the end. Begin with OUTBUF_INIT. */
struct outbuf {
    char *data; /* NUL-terminated once something was added; NULL before */
    size_t size;
    size_t capacity;
    bool failed;
};

#define OUTBUF_INIT                                                                                \
    { 0, 0, 0, false }

void outbuf_add(struct outbuf *buf, const char *data, size_t size);
void outbuf_text(struct outbuf *buf, const char *text);
void outbuf_char(struct outbuf *buf, char c);
void outbuf_format(struct outbuf *buf, const char *format, ...) ESI_PRINTF(2, 3);

/* Empties it and keeps its memory. */
void outbuf_reset(struct outbuf *buf);
void outbuf_clear(struct outbuf *buf);

#endif
