#include "json_out.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <time.h>

#include "utf8.h"

static void write_quoted(struct buf *out, const char *text, size_t size) {
    buf_char(out, '"');
    size_t plain = 0; /* where the run of bytes that need no escape began */
    for (size_t at = 0; at < size;) {
        uint32_t point = 0;
        const size_t step = utf8_step(text + at, size - at, &point);
        const bool escape = step == 0 || point < 0x20 || point == '"' || point == '\\';
        if (!escape) {
            at += step;
            continue;
        }
        buf_add(out, text + plain, at - plain);
        if (step == 0) {
            buf_text(out, "\\ufffd");
        } else if (point == '"' || point == '\\') {
            buf_char(out, '\\');
            buf_char(out, (char)point);
        } else if (point == '\n') {
            buf_text(out, "\\n");
        } else {
            buf_format(out, "\\u%04x", (unsigned)point);
        }
        at += step == 0 ? 1 : step;
        plain = at;
    }
    buf_add(out, text + plain, size - plain);
    buf_char(out, '"');
}

static void begin(struct json *json, const char *key) {
    if (json->comma) {
        buf_char(json->out, ',');
    }
    if (key != NULL) {
        write_quoted(json->out, key, strlen(key));
        buf_char(json->out, ':');
    }
    json->comma = true;
}

void json_object(struct json *json, const char *key) {
    begin(json, key);
    buf_char(json->out, '{');
    json->comma = false;
}

void json_object_end(struct json *json) {
    buf_char(json->out, '}');
    json->comma = true;
}

void json_array(struct json *json, const char *key) {
    begin(json, key);
    buf_char(json->out, '[');
    json->comma = false;
}

void json_array_end(struct json *json) {
    buf_char(json->out, ']');
    json->comma = true;
}

void json_text(struct json *json, const char *key, const char *value) {
    json_text_sized(json, key, value, value == NULL ? 0 : strlen(value));
}

void json_text_sized(struct json *json, const char *key, const char *value, size_t size) {
    begin(json, key);
    if (value == NULL) {
        buf_text(json->out, "null");
    } else {
        write_quoted(json->out, value, size);
    }
}

void json_int(struct json *json, const char *key, int64_t value) {
    begin(json, key);
    buf_format(json->out, "%" PRId64, value);
}

void json_real(struct json *json, const char *key, double value) {
    begin(json, key);
    /* JSON has no word for what isn't a number. */
    buf_format(json->out, "%.6g", isfinite(value) ? value : 0.0);
}

void json_bool(struct json *json, const char *key, bool value) {
    begin(json, key);
    buf_text(json->out, value ? "true" : "false");
}

void json_null(struct json *json, const char *key) {
    begin(json, key);
    buf_text(json->out, "null");
}

void json_time(struct json *json, const char *key, int64_t at_ms) {
    const time_t seconds = (time_t)(at_ms / 1000);
    struct tm parts;
    if (at_ms <= 0 || gmtime_r(&seconds, &parts) == NULL) {
        json_null(json, key);
        return;
    }
    char stamp[32];
    strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &parts);
    begin(json, key);
    buf_format(json->out, "\"%s.%03dZ\"", stamp, (int)(at_ms % 1000));
}

void json_texts(struct json *json, const char *key, const char *const *items, size_t count) {
    json_array(json, key);
    for (size_t i = 0; i < count; i++) {
        json_text(json, NULL, items[i]);
    }
    json_array_end(json);
}
