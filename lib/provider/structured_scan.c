#include "provider/structured_scan.h"

#include "base/json_scan.h"

#define BASE_MAX 4   /* levels around the object that has the members, and its own */
#define TRIES_MAX 64 /* so that no reply costs more than that many readings */
#define LOOK_MAX 256 /* bytes behind a quote that say whether it ends the answer */

static const struct {
    struct view name;
    const char *begins; /* with what a value of its type begins */
} members[] = {
    [MEMBER_CITED] = {{"cited", 5}, "[\"-0123456789"},
    [MEMBER_ANSWER] = {{"answer", 6}, "\""},
    [MEMBER_OPEN] = {{"open", 4}, "[\""},
    [MEMBER_LABELS] = {{"labels", 6}, "{"},
};

static bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_word(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '+' || c == '.';
}

static bool is_one_of(char c, const char *chars) {
    while (*chars != '\0' && *chars != c) {
        chars++;
    }
    return *chars != '\0';
}

static bool in_object(const struct scan *s) {
    return (s->objects >> (s->depth - 1) & 1) != 0;
}

/* Forgets the members of an object that has no answer. */
static void forget(struct scan *s) {
    for (size_t i = 0; i < MEMBER_OTHER; i++) {
        s->has[i] = false;
    }
    s->base = 0;
    s->current = MEMBER_OTHER;
}

/* This can't be read. Before an answer began it may be words that only look like an object. */
static void give_up(struct scan *s) {
    if (s->answering || s->tries == TRIES_MAX) {
        s->state = SCAN_LOST;
        return;
    }
    s->tries += s->after_name ? 1 : 0;
    s->at = s->start + 1;
    s->state = SCAN_SEEK;
    forget(s);
}

static void open_level(struct scan *s, bool object) {
    if (s->depth == JSON_DEPTH_MAX) {
        give_up(s);
        return;
    }
    const uint64_t bit = UINT64_C(1) << s->depth++;
    s->objects = object ? s->objects | bit : s->objects & ~bit;
    s->state = object ? SCAN_FIRST_NAME : SCAN_FIRST_ITEM;
    s->at++;
}

static void seek(struct scan *s, struct view reply) {
    const size_t at = view_find(reply, VIEW("{"), s->at);
    if (at == SIZE_MAX) {
        s->at = reply.n;
        return;
    }
    s->start = s->at = at;
    s->depth = 0;
    s->after_name = false;
    forget(s);
    open_level(s, true);
}

/* A value ends before s->at. */
static void end_value(struct scan *s) {
    if (s->depth == s->base && s->current != MEMBER_OTHER) {
        s->to[s->current] = s->at;
        s->has[s->current] = true;
        s->current = MEMBER_OTHER;
    }
    s->state = SCAN_AFTER;
}

static void close_level(struct scan *s) {
    s->at++;
    s->depth--;
    if (s->depth < s->base) {
        if (s->answering) {
            s->state = SCAN_DONE;
            return;
        }
        forget(s);
    }
    if (s->depth == 0) {
        s->state = SCAN_SEEK;
    } else {
        end_value(s);
    }
}

static void begin_string(struct scan *s, bool a_name) {
    s->token = ++s->at;
    s->escaped = false;
    s->a_name = a_name;
    s->state = SCAN_STRING;
}

static enum member member_of(struct view name) {
    size_t i = 0;
    while (i < MEMBER_OTHER && !view_eq_nocase(members[i].name, name)) {
        i++;
    }
    return (enum member)i;
}

/* Reads on in a string that isn't the answer. */
static void read_string(struct scan *s, struct view reply) {
    for (; s->at < reply.n; s->at++) {
        const char c = reply.p[s->at];
        if (c == '"' && !s->escaped) {
            break;
        }
        s->escaped = c == '\\' && !s->escaped;
    }
    if (s->at == reply.n) {
        return;
    }
    const struct view text = view_slice(reply, s->token, s->at);
    s->at++;
    if (s->a_name) {
        s->name = member_of(text);
        s->state = SCAN_COLON;
    } else {
        end_value(s);
    }
}

/* A value begins at s->at: is it one of a member? */
static void begin_member(struct scan *s, char first) {
    const enum member name = in_object(s) ? s->name : MEMBER_OTHER;
    if (name == MEMBER_OTHER || s->has[name] || !is_one_of(first, members[name].begins) ||
        (s->base == 0 ? s->depth > BASE_MAX : s->depth != s->base)) {
        return;
    }
    if (name == MEMBER_ANSWER && s->depth > 1 && !s->has[MEMBER_CITED] && !s->lax) {
        return;
    }
    s->base = s->depth;
    s->current = name;
    s->from[name] = s->at;
}

static void read_value(struct scan *s, char c) {
    begin_member(s, c);
    if (c == '{' || c == '[') {
        open_level(s, c == '{');
    } else if (c == '"' && s->depth == s->base && s->current == MEMBER_ANSWER) {
        s->answering = true;
        s->cited_first = s->has[MEMBER_CITED];
        s->state = SCAN_ANSWER;
        s->at++;
    } else if (c == '"') {
        begin_string(s, false);
    } else if (is_word(c)) {
        s->state = SCAN_WORD;
    } else {
        give_up(s);
    }
}

/* Where a name or a value may stand, or the end of the object or array. */
static void read_first(struct scan *s, char c) {
    const bool object = in_object(s);
    if (c == (object ? '}' : ']')) {
        close_level(s);
    } else if (!object) {
        read_value(s, c);
    } else if (c == '"') {
        begin_string(s, true);
    } else {
        give_up(s);
    }
}

/* Behind a value. A comma may be missing before a name. */
static void read_after(struct scan *s, char c) {
    const bool object = in_object(s);
    if (c == ',') {
        s->at++;
        s->state = object ? SCAN_NEXT_NAME : SCAN_FIRST_ITEM;
    } else if (object && c == '"') {
        begin_string(s, true);
    } else if (c == (object ? '}' : ']')) {
        close_level(s);
    } else {
        give_up(s);
    }
}

static void read_colon(struct scan *s, char c) {
    if (c == ':') {
        s->after_name = true;
        s->at++;
        s->state = SCAN_VALUE;
    } else {
        give_up(s);
    }
}

/* One byte that isn't white space, between strings and words. */
static void read_mark(struct scan *s, char c) {
    switch (s->state) {
    case SCAN_COLON:
        read_colon(s, c);
        return;
    case SCAN_VALUE:
        read_value(s, c);
        return;
    case SCAN_AFTER:
        read_after(s, c);
        return;
    default:
        read_first(s, c);
        return;
    }
}

/* ---- where the answer ends --------------------------------------------------------------------
 * */

enum guess { GUESS_NO, GUESS_YES, GUESS_LATER };

static size_t skip_space(struct view text, size_t at) {
    while (at < text.n && is_space(text.p[at])) {
        at++;
    }
    return at;
}

/* Does a member's name with its colon stand there? */
static enum guess guess_name(struct view text, size_t at) {
    if (at == text.n) {
        return GUESS_LATER;
    }
    if (text.p[at] != '"') {
        return GUESS_NO;
    }
    do {
        at += text.p[at] == '\\' ? 2 : 1;
    } while (at < text.n && text.p[at] != '"');
    at = at < text.n ? skip_space(text, at + 1) : at;
    return at >= text.n ? GUESS_LATER : text.p[at] == ':' ? GUESS_YES : GUESS_NO;
}

/* Is the quote the closing one, by what stands behind it? In JSON it always is. Models that aren't
 * held to it forget to escape the quotes in their text. */
static enum guess guess_end(struct view behind) {
    const bool enough = behind.n >= LOOK_MAX;
    const struct view text = view_slice(behind, 0, LOOK_MAX);
    size_t at = skip_space(text, 0);
    enum guess guess = GUESS_LATER;
    if (at < text.n) {
        const char c = text.p[at];
        if (is_one_of(c, "}]`")) {
            return GUESS_YES;
        }
        if (c == '"' && at == 0) {
            return GUESS_NO;
        }
        at = c == ',' ? skip_space(text, at + 1) : at;
        guess = c == ',' && at < text.n && text.p[at] == '}' ? GUESS_YES : guess_name(text, at);
    }
    return guess == GUESS_LATER && enough ? GUESS_YES : guess;
}

static void read_answer(struct scan *s, struct view reply, struct buf *answer) {
    bool closed;
    const struct view rest = view_slice(reply, s->at, reply.n);
    s->at += text_reader_feed(&s->reader, rest, answer, &closed);
    s->state = closed ? SCAN_QUOTE : SCAN_ANSWER;
}

/* Behind a quote in the answer; false: more has to be there first. */
static bool read_quote(struct scan *s, struct view reply, struct buf *answer) {
    const enum guess guess = guess_end(view_slice(reply, s->at, reply.n));
    if (guess == GUESS_NO) {
        buf_char(answer, '"');
        s->state = SCAN_ANSWER;
    } else if (guess == GUESS_YES) {
        end_value(s);
    }
    return guess != GUESS_LATER;
}

void scan_run(struct scan *s, struct view reply, struct buf *answer) {
    while (s->at < reply.n && s->state != SCAN_DONE && s->state != SCAN_LOST) {
        const char c = reply.p[s->at];
        switch (s->state) {
        case SCAN_SEEK:
            seek(s, reply);
            break;
        case SCAN_STRING:
            read_string(s, reply);
            break;
        case SCAN_ANSWER:
            read_answer(s, reply, answer);
            break;
        case SCAN_QUOTE:
            if (!read_quote(s, reply, answer)) {
                return;
            }
            break;
        case SCAN_WORD:
            if (is_word(c)) {
                s->at++;
            } else {
                end_value(s);
            }
            break;
        default:
            if (is_space(c)) {
                s->at++;
            } else {
                read_mark(s, c);
            }
            break;
        }
    }
}

void scan_end(struct scan *s) {
    if (s->state == SCAN_QUOTE) {
        end_value(s);
    }
}

struct view scan_value(const struct scan *s, struct view reply, enum member member) {
    return s->has[member] ? view_slice(reply, s->from[member], s->to[member]) : VIEW("");
}
