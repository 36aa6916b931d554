#include "provider/sse.h"

#include <string.h>

#include "base/error.h"

#define ORIGIN "provider/sse"

void sse_init(struct sse *sse, size_t event_max, sse_event_fn on_event, void *context) {
    *sse = (struct sse){.on_event = on_event, .context = context};
    buf_init(&sse->line, event_max);
    buf_init(&sse->data, event_max);
    buf_init(&sse->type, event_max);
}

void sse_clear(struct sse *sse) {
    buf_clear(&sse->line);
    buf_clear(&sse->data);
    buf_clear(&sse->type);
}

static esi_err check(const struct buf *b, esi_error *err) {
    if (!b->failed) {
        return ESI_OK;
    }
    if (b->too_long) {
        return esi_fail(err, ESI_ETOOBIG, ORIGIN, "an event of the stream has over %zu bytes",
                        b->max);
    }
    return fail_memory(err, ORIGIN);
}

static void tell(struct sse *sse) {
    if (sse->has_data) {
        sse->stopped = sse->on_event(buf_view(&sse->type), buf_view(&sse->data), sse->context) != 0;
    }
    sse->has_data = false;
    buf_empty(&sse->data);
    buf_empty(&sse->type);
}

static esi_err read_field(struct sse *sse, struct view line, esi_error *err) {
    const size_t colon = view_find(line, VIEW(":"), 0);
    const struct view name = view_slice(line, 0, colon);
    struct view value = colon == SIZE_MAX ? VIEW("") : view_slice(line, colon + 1, line.n);
    if (view_starts(value, VIEW(" "))) {
        value = view_slice(value, 1, value.n);
    }
    if (view_eq(name, VIEW("data"))) {
        if (sse->has_data) {
            buf_char(&sse->data, '\n');
        }
        sse->has_data = true;
        buf_add(&sse->data, value);
        return check(&sse->data, err);
    }
    if (view_eq(name, VIEW("event"))) {
        buf_empty(&sse->type);
        buf_add(&sse->type, value);
        return check(&sse->type, err);
    }
    return ESI_OK; /* a comment (no name), an id, or what nobody knows */
}

static esi_err read_line(struct sse *sse, struct view line, esi_error *err) {
    if (line.n > sse->line.max) {
        return esi_fail(err, ESI_ETOOBIG, ORIGIN, "a line of the stream has over %zu bytes",
                        sse->line.max);
    }
    if (!sse->started && view_starts(line, VIEW("\xef\xbb\xbf"))) {
        line = view_slice(line, 3, line.n);
    }
    sse->started = true;
    if (line.n == 0) {
        tell(sse);
        return ESI_OK;
    }
    return read_field(sse, line, err);
}

/* Reads the line that ends here; its beginning may have come before. */
static esi_err finish_line(struct sse *sse, struct view rest, esi_error *err) {
    if (sse->line.n == 0) {
        return read_line(sse, rest, err);
    }
    buf_add(&sse->line, rest);
    esi_err result = check(&sse->line, err);
    if (result == ESI_OK) {
        result = read_line(sse, buf_view(&sse->line), err);
        buf_empty(&sse->line);
    }
    return result;
}

/* The next line feed and carriage return, kept from line to line, so that the bytes are looked
 * through once for each, whichever ends the lines. */
struct ends {
    size_t lf, cr;
    bool known;
};

static size_t find_byte(struct view bytes, char c, size_t from) {
    const char *at = from < bytes.n ? memchr(bytes.p + from, c, bytes.n - from) : NULL;
    return at == NULL ? bytes.n : (size_t)(at - bytes.p);
}

/* Where the line from `from` on ends. */
static size_t line_end(struct view bytes, size_t from, struct ends *ends) {
    if (!ends->known || ends->lf < from) {
        ends->lf = find_byte(bytes, '\n', from);
    }
    if (!ends->known || ends->cr < from) {
        ends->cr = find_byte(bytes, '\r', from);
    }
    ends->known = true;
    return ends->lf < ends->cr ? ends->lf : ends->cr;
}

/* An event of one line that is all there, as nearly all are: it needs no copy. Tells it, and its
 * size with the empty line; 0: it is something else. */
static size_t take_whole(struct sse *sse, struct view rest, size_t end) {
    static const struct view field = {"data:", 5};
    const bool fresh = sse->line.n == 0 && !sse->has_data && sse->type.n == 0 && sse->started;
    if (!fresh || rest.n - end < 2 || rest.p[end] != '\n' || rest.p[end + 1] != '\n' ||
        end > sse->line.max || !view_starts(rest, field)) {
        return 0;
    }
    const size_t from = rest.p[field.n] == ' ' ? field.n + 1 : field.n;
    sse->stopped = sse->on_event(VIEW(""), view_slice(rest, from, end), sse->context) != 0;
    return end + 2;
}

esi_err sse_feed(struct sse *sse, struct view bytes, esi_error *err) {
    struct ends ends = {.known = false};
    size_t at = 0;
    while (at < bytes.n && !sse->stopped) {
        const bool half = sse->after_cr && bytes.p[at] == '\n';
        sse->after_cr = false;
        if (half) {
            at++;
            continue;
        }
        const size_t end = line_end(bytes, at, &ends);
        const size_t whole = take_whole(sse, view_slice(bytes, at, bytes.n), end - at);
        if (whole > 0) {
            at += whole;
            continue;
        }
        const struct view piece = view_slice(bytes, at, end);
        if (end == bytes.n) {
            buf_add(&sse->line, piece);
            return check(&sse->line, err);
        }
        const esi_err result = finish_line(sse, piece, err);
        if (result != ESI_OK) {
            return result;
        }
        sse->after_cr = bytes.p[end] == '\r';
        at = end + 1;
    }
    return ESI_OK;
}

esi_err sse_end(struct sse *sse, esi_error *err) {
    esi_err result = ESI_OK;
    if (!sse->stopped && sse->line.n > 0) {
        result = finish_line(sse, VIEW(""), err);
    }
    if (result == ESI_OK && !sse->stopped) {
        tell(sse);
    }
    return result;
}
