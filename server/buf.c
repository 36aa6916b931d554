#include "buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool reserve(struct buf *buf, size_t more) {
    if (buf->failed || more >= BUF_MAX - buf->size) {
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

void buf_add(struct buf *buf, const char *data, size_t size) {
    if (!reserve(buf, size)) {
        return;
    }
    if (size > 0) {
        memcpy(buf->data + buf->size, data, size);
    }
    buf->size += size;
    buf->data[buf->size] = '\0';
}

void buf_text(struct buf *buf, const char *text) {
    buf_add(buf, text, strlen(text));
}

void buf_char(struct buf *buf, char c) {
    buf_add(buf, &c, 1);
}

void buf_format(struct buf *buf, const char *format, ...) {
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

void buf_reset(struct buf *buf) {
    buf->size = 0;
    buf->failed = false;
    if (buf->data != NULL) {
        buf->data[0] = '\0';
    }
}

void buf_clear(struct buf *buf) {
    free(buf->data);
    *buf = (struct buf)BUF_INIT;
}
