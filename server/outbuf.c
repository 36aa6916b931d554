#include "outbuf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool reserve(struct outbuf *buf, size_t more) {
    if (buf->failed || more >= OUTBUF_MAX - buf->size) {
        buf->failed = true;
        return false;
    }
    const size_t need = buf->size + more + 1;
    if (need <= buf->capacity) {
        return true;
    }
    size_t capacity = buf->capacity == 0 ? 256 : buf->capacity;
    while (capacity < need) {
        capacity *= 2;
    }
    char *data = realloc(buf->data, capacity);
    if (data == NULL) {
        buf->failed = true;
        return false;
    }
    buf->data = data;
    buf->capacity = capacity;
    return true;
}

void outbuf_add(struct outbuf *buf, const char *data, size_t size) {
    if (!reserve(buf, size)) {
        return;
    }
    if (size > 0) {
        memcpy(buf->data + buf->size, data, size);
    }
    buf->size += size;
    buf->data[buf->size] = '\0';
}

void outbuf_text(struct outbuf *buf, const char *text) {
    outbuf_add(buf, text, strlen(text));
}

void outbuf_char(struct outbuf *buf, char c) {
    outbuf_add(buf, &c, 1);
}

void outbuf_format(struct outbuf *buf, const char *format, ...) {
    va_list list;
    va_start(list, format);
    const int size = vsnprintf(NULL, 0, format, list);
    va_end(list);
    if (size < 0 || !reserve(buf, (size_t)size)) {
        buf->failed = true;
        return;
    }
    va_start(list, format);
    vsnprintf(buf->data + buf->size, (size_t)size + 1, format, list);
    va_end(list);
    buf->size += (size_t)size;
}

void outbuf_reset(struct outbuf *buf) {
    buf->size = 0;
    buf->failed = false;
    if (buf->data != NULL) {
        buf->data[0] = '\0';
    }
}

void outbuf_clear(struct outbuf *buf) {
    free(buf->data);
    *buf = (struct outbuf)OUTBUF_INIT;
}
