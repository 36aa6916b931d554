#include "fuzz.h"

#include <string.h>

#include "base/json.h"

#define MAX ((size_t)1 << 20)

/* Writes a value again; a document is nested no deeper than JSON_DEPTH_MAX. */
static void write_value(struct json_out *o, const json_value *v) {
    switch (json_type(v)) {
    case JSON_NULL:
        json_put_null(o);
        return;
    case JSON_BOOL:
        json_put_bool(o, json_bool(v, false));
        return;
    case JSON_NUMBER:
        json_put_double(o, json_number(v, 0));
        return;
    case JSON_STRING:
        json_put_string(o, json_string(v));
        return;
    case JSON_ARRAY:
        json_array(o);
        for (const json_value *item = json_first(v); item != NULL; item = json_next(item)) {
            FUZZ_HOLDS(json_name(item) == NULL);
            write_value(o, item);
        }
        json_array_end(o);
        return;
    case JSON_OBJECT:
        json_object(o);
        for (const json_value *item = json_first(v); item != NULL; item = json_next(item)) {
            FUZZ_HOLDS(json_get(v, json_name(item)) == item);
            json_put_name(o, json_name(item));
            write_value(o, item);
        }
        json_object_end(o);
        return;
    }
}

static void write_doc(const struct json_doc *doc, struct buf *out) {
    struct json_out o;
    buf_init(out, MAX * 8);
    json_begin(&o, out);
    write_value(&o, json_root(doc));
    FUZZ_HOLDS(!out->failed);
}

/* What was read and written reads again, as the same. */
static void check_round_trip(const struct json_doc *doc) {
    struct buf first, second;
    struct json_doc *again = NULL;
    write_doc(doc, &first);
    FUZZ_HOLDS(json_read(buf_view(&first), first.n, "again", &again, NULL) == ESI_OK);
    FUZZ_HOLDS(json_line(again, "") == 1);
    write_doc(again, &second);
    FUZZ_HOLDS(view_eq(buf_view(&first), buf_view(&second)));
    json_free(again);
    buf_clear(&first);
    buf_clear(&second);
}

/* Every member of the root has a line, and of those in it as well. */
static void check_lines(const struct json_doc *doc, size_t lines) {
    struct buf pointer;
    buf_init(&pointer, MAX * 2);
    const json_value *root = json_root(doc);
    size_t index = 0, last = json_line(doc, "");
    for (const json_value *item = json_first(root); item != NULL; item = json_next(item)) {
        buf_empty(&pointer);
        buf_char(&pointer, '/');
        if (json_name(item) == NULL) {
            buf_printf(&pointer, "%zu", index++);
        }
        for (const char *c = json_name(item); c != NULL && *c != '\0'; c++) {
            buf_str(&pointer, *c == '~' ? "~0" : *c == '/' ? "~1" : "");
            if (*c != '~' && *c != '/') {
                buf_char(&pointer, *c);
            }
        }
        const size_t line = json_line(doc, pointer.p);
        FUZZ_HOLDS(line >= last && line <= lines);
        last = line;
        if (index > 50) {
            break; /* a line is counted from the start: enough of a long array */
        }
    }
    buf_clear(&pointer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct view text = {(const char *)data, size};
    struct json_doc *doc = NULL;
    esi_error err = {.code = ESI_OK};
    const esi_err result = json_read(text, MAX, "it", &doc, &err);
    FUZZ_HOLDS((result == ESI_OK) == (doc != NULL));
    if (result != ESI_OK) {
        FUZZ_HOLDS(result == ESI_EPARSE || result == ESI_EENCODING || result == ESI_ETOOBIG);
        FUZZ_HOLDS(err.code == result && err.message[0] != '\0');
        return 0;
    }
    size_t lines = 1;
    for (size_t i = 0; i < size; i++) {
        lines += data[i] == '\n' ? 1 : 0;
    }
    check_lines(doc, lines);
    check_round_trip(doc);
    /* The input as a pointer into itself: nothing, but no fault. */
    char *pointer = calloc(1, size + 2);
    if (pointer != NULL) {
        pointer[0] = '/';
        memcpy(pointer + 1, data, size);
        (void)json_line(doc, pointer);
        free(pointer);
    }
    json_free(doc);
    return 0;
}
