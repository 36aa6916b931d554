#include "core/front_parts.h"

/* Nothing but dashes; a hand may slip by one. */
static size_t count_dashes(struct view line) {
    const struct view text = view_trim(line);
    size_t n = 0;
    while (n < text.n && text.p[n] == '-') {
        n++;
    }
    return n == text.n ? n : 0;
}

static bool is_fence(struct view line) {
    const size_t n = count_dashes(line);
    return n == 3 || n == 4;
}

static bool is_close(struct view line) {
    const size_t n = count_dashes(line);
    return (n >= 2 && n <= 4) || view_eq(view_trim(line), VIEW("..."));
}

static size_t skip_blank_lines(struct view document, size_t at) {
    while (at < document.n) {
        struct view rest = view_slice(document, at, document.n);
        struct view line;
        if (!view_line(&rest, &line) || view_trim(line).n != 0) {
            break;
        }
        at = document.n - rest.n;
    }
    return at;
}

/* A key that is known, or one word; prose may have a colon too. */
static bool is_plain_key(struct view line) {
    struct view key, value;
    return front_line_key(line, &key, &value) &&
           (front_key_of(key) != FRONT_UNKNOWN || view_find(key, VIEW(" "), 0) == SIZE_MAX);
}

/* Does a known key or an item come next? Then a "#" line before it was a comment. */
static bool goes_on(struct view rest) {
    struct view line, key, value;
    while (view_line(&rest, &line)) {
        const struct view text = view_trim(line);
        if (text.n > 0 && text.p[0] != '#') {
            return view_starts(text, VIEW("- ")) ||
                   (front_line_key(line, &key, &value) && front_key_of(key) != FRONT_UNKNOWN);
        }
    }
    return false;
}

/* Where lines that look like front matter end; a heading ends them. */
static size_t fitting_end(struct view document, size_t from) {
    struct view rest = view_slice(document, from, document.n);
    struct view line;
    size_t end = from;
    while (view_line(&rest, &line)) {
        const size_t at = document.n - rest.n;
        const struct view text = view_trim(line);
        const bool comment = line.n > 0 && line.p[0] == '#';
        const bool nested = text.n > 0 && (line.p[0] == ' ' || line.p[0] == '\t');
        const bool fits = text.n == 0 || nested || view_starts(text, VIEW("- ")) ||
                          is_plain_key(line) || (comment && goes_on(rest));
        if (!fits || is_close(line) || at - from > FRONT_MAX) {
            break;
        }
        end = comment || text.n == 0 ? end : at;
    }
    return end;
}

/* The first closing mark, unless a heading and prose stand before it: then that was a rule in the
 * text, and the front matter never closed. */
static bool find_close(struct view document, size_t from, size_t *close, size_t *after) {
    struct view rest = view_slice(document, from, document.n);
    struct view line;
    bool heading = false;
    size_t at = from;
    while (at - from <= FRONT_MAX && view_line(&rest, &line)) {
        if (is_close(line)) {
            *close = at;
            *after = document.n - rest.n;
            return true;
        }
        if (line.n > 0 && line.p[0] == '#') {
            heading = true;
        } else if (heading && !front_line_fits(line)) {
            return false;
        } else if (view_trim(line).n > 0) {
            heading = false;
        }
        at = document.n - rest.n;
    }
    return false;
}

static size_t count_known(struct view block) {
    struct view line, key, value;
    size_t known = 0;
    while (view_line(&block, &line)) {
        if (front_line_key(line, &key, &value)) {
            known += front_key_of(key) != FRONT_UNKNOWN ? 1 : 0;
        }
    }
    return known;
}

struct front_extent front_extent(struct view document) {
    struct front_extent e = {0};
    const size_t bom = view_starts(document, VIEW("\xEF\xBB\xBF")) ? 3 : 0;
    const size_t start = skip_blank_lines(document, bom);
    struct view rest = view_slice(document, start, document.n);
    struct view first, key, value;
    e.body = bom;
    if (!view_line(&rest, &first)) {
        return e;
    }
    e.opened = is_fence(first);
    e.from = e.opened ? document.n - rest.n : start;
    size_t content = skip_blank_lines(document, e.from);
    rest = view_slice(document, content, document.n);
    if (!view_line(&rest, &first)) {
        return e;
    }
    if (e.opened && is_close(first)) {
        e.to = content;
        e.body = document.n - rest.n;
        e.found = e.closed = true;
        return e;
    }
    const bool comment = first.n > 0 && first.p[0] == '#';
    if (!front_line_key(first, &key, &value) && !(e.opened && comment)) {
        return e;
    }
    if (e.opened && find_close(document, e.from, &e.to, &e.body)) {
        e.found = e.closed = true;
        return e;
    }
    e.to = fitting_end(document, e.from);
    const size_t known = count_known(view_slice(document, e.from, e.to));
    e.found = known >= (e.opened ? 1u : 2u);
    if (e.found) {
        rest = view_slice(document, e.to, document.n);
        const bool rule = view_line(&rest, &first) && is_close(first);
        e.body = rule ? document.n - rest.n : e.to;
    }
    return e;
}
