#include "core/front_parts.h"

static bool key_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == ' ';
}

bool front_line_key(struct view line, struct view *key, struct view *value) {
    const struct view text = view_trim(line);
    size_t end = 0;
    while (end < text.n && key_char(text.p[end])) {
        end++;
    }
    if (end == 0 || end > 40 || end == text.n || text.p[end] != ':' || text.p[0] == '-') {
        return false;
    }
    if (end + 1 < text.n && text.p[end + 1] != ' ' && text.p[end + 1] != '\t') {
        return false;
    }
    *key = view_trim(view_slice(text, 0, end));
    *value = view_trim(view_slice(text, end + 1, text.n));
    return true;
}

static bool is_item(struct view text) {
    return text.n >= 2 && text.p[0] == '-' && (text.p[1] == ' ' || text.p[1] == '\t');
}

bool front_line_fits(struct view line) {
    struct view key, value;
    const struct view text = view_trim(line);
    if (text.n == 0 || is_item(text)) {
        return true;
    }
    const bool indented = line.p[0] == ' ' || line.p[0] == '\t';
    return indented || front_line_key(line, &key, &value);
}

/* Without the quotes around it and a comment behind it. */
static struct view plain(struct view value) {
    value = view_trim(value);
    if (value.n >= 2 && (value.p[0] == '"' || value.p[0] == '\'')) {
        const size_t close = view_find(value, view_slice(value, 0, 1), 1);
        if (close != SIZE_MAX) {
            return view_slice(value, 1, close);
        }
        value = view_slice(value, 1, value.n); /* nothing closes it */
    }
    const size_t comment = view_find(value, VIEW(" #"), 0);
    return comment == SIZE_MAX ? value : view_trim(view_slice(value, 0, comment));
}

static void take_value(struct front_reader *reader, enum front_key key, struct view value) {
    if (value.n >= 1 && value.p[0] == '[') {
        value = view_slice(value, 1, value.n - (value.p[value.n - 1] == ']' ? 1 : 0));
        struct view piece;
        while (view_split(&value, ',', &piece)) {
            front_take(reader, key, plain(piece));
        }
        return;
    }
    const bool marker = value.n == 1 && (value.p[0] == '|' || value.p[0] == '>');
    if (value.n > 0 && !marker && value.p[0] != '&' && value.p[0] != '*') {
        front_take(reader, key, plain(value));
    }
}

void front_read_lines(struct front_reader *reader, struct view block) {
    struct view line;
    enum front_key open = FRONT_UNKNOWN;
    for (; view_line(&block, &line); reader->line++) {
        struct view key, value;
        const struct view text = view_trim(line);
        if (text.n == 0 || text.p[0] == '#') {
            continue;
        }
        if (is_item(text)) {
            take_value(reader, open, view_trim(view_slice(text, 2, text.n)));
        } else if (front_line_key(line, &key, &value)) {
            open = front_key_of(key);
            take_value(reader, open, value);
        } else {
            front_problem(reader, "front matter: this line isn't \"key: value\": %.*s",
                          (int)(text.n < 60 ? text.n : 60), text.p);
        }
    }
}
