#include "wire.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <time.h>

#include "utf8.h"

static void write_quoted(struct outbuf *out, const char *text, size_t size) {
    outbuf_char(out, '"');
    size_t plain = 0; /* where the run of bytes that need no escape began */
    for (size_t at = 0; at < size;) {
        uint32_t point = 0;
        const size_t step = utf8_step(text + at, size - at, &point);
        const bool escape = step == 0 || point < 0x20 || point == '"' || point == '\\';
        if (!escape) {
            at += step;
            continue;
        }
        outbuf_add(out, text + plain, at - plain);
        if (step == 0) {
            outbuf_text(out, "\\ufffd");
        } else if (point == '"' || point == '\\') {
            outbuf_char(out, '\\');
            outbuf_char(out, (char)point);
        } else if (point == '\n') {
            outbuf_text(out, "\\n");
        } else {
            outbuf_format(out, "\\u%04x", (unsigned)point);
        }
        at += step == 0 ? 1 : step;
        plain = at;
    }
    outbuf_add(out, text + plain, size - plain);
    outbuf_char(out, '"');
}

static void begin(struct wire *wire, const char *key) {
    if (wire->comma) {
        outbuf_char(wire->out, ',');
    }
    if (key != NULL) {
        write_quoted(wire->out, key, strlen(key));
        outbuf_char(wire->out, ':');
    }
    wire->comma = true;
}

void wire_object(struct wire *wire, const char *key) {
    begin(wire, key);
    outbuf_char(wire->out, '{');
    wire->comma = false;
}

void wire_object_end(struct wire *wire) {
    outbuf_char(wire->out, '}');
    wire->comma = true;
}

void wire_array(struct wire *wire, const char *key) {
    begin(wire, key);
    outbuf_char(wire->out, '[');
    wire->comma = false;
}

void wire_array_end(struct wire *wire) {
    outbuf_char(wire->out, ']');
    wire->comma = true;
}

void wire_text(struct wire *wire, const char *key, const char *value) {
    wire_text_sized(wire, key, value, value == NULL ? 0 : strlen(value));
}

void wire_text_sized(struct wire *wire, const char *key, const char *value, size_t size) {
    begin(wire, key);
    if (value == NULL) {
        outbuf_text(wire->out, "null");
    } else {
        write_quoted(wire->out, value, size);
    }
}

void wire_int(struct wire *wire, const char *key, int64_t value) {
    begin(wire, key);
    outbuf_format(wire->out, "%" PRId64, value);
}

void wire_real(struct wire *wire, const char *key, double value) {
    begin(wire, key);
    /* JSON has no word for what isn't a number. */
    outbuf_format(wire->out, "%.6g", isfinite(value) ? value : 0.0);
}

void wire_money(struct wire *wire, const char *key, int64_t millionths) {
    int64_t rest = millionths % 1000000;
    int digits = 6;
    while (digits > 0 && rest % 10 == 0) {
        rest /= 10;
        digits--;
    }
    begin(wire, key);
    outbuf_format(wire->out, "%" PRId64, millionths / 1000000);
    if (digits > 0) {
        outbuf_format(wire->out, ".%0*" PRId64, digits, rest);
    }
}

void wire_bool(struct wire *wire, const char *key, bool value) {
    begin(wire, key);
    outbuf_text(wire->out, value ? "true" : "false");
}

void wire_null(struct wire *wire, const char *key) {
    begin(wire, key);
    outbuf_text(wire->out, "null");
}

void wire_time(struct wire *wire, const char *key, int64_t at_ms) {
    const time_t seconds = (time_t)(at_ms / 1000);
    struct tm parts;
    if (at_ms <= 0 || gmtime_r(&seconds, &parts) == NULL) {
        wire_null(wire, key);
        return;
    }
    char stamp[32];
    strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &parts);
    begin(wire, key);
    outbuf_format(wire->out, "\"%s.%03dZ\"", stamp, (int)(at_ms % 1000));
}

void wire_texts(struct wire *wire, const char *key, const char *const *items, size_t count) {
    wire_array(wire, key);
    for (size_t i = 0; i < count; i++) {
        wire_text(wire, NULL, items[i]);
    }
    wire_array_end(wire);
}
