#include "core/front_parts.h"

static const char *const months[] = {"january",   "february", "march",    "april",
                                     "may",       "june",     "july",     "august",
                                     "september", "october",  "november", "december"};

/* The pieces of a date as they are written: up to three numbers and the name of a month. */
struct pieces {
    int64_t number[3];
    size_t digits[3];
    size_t count;
    int month;       /* by name, 0: none */
    size_t month_at; /* how many numbers stood before it */
    char separator;  /* behind the first number */
};

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static int month_of(struct view word) {
    for (int m = 0; m < 12; m++) {
        const struct view name = view_of(months[m]);
        const struct view head = view_slice(name, 0, word.n);
        if (word.n >= 3 && word.n <= name.n && view_eq_nocase(word, head)) {
            return m + 1;
        }
    }
    return view_eq_nocase(word, VIEW("sept")) ? 9 : 0;
}

static bool is_ordinal_ending(struct view word) {
    return view_eq_nocase(word, VIEW("st")) || view_eq_nocase(word, VIEW("nd")) ||
           view_eq_nocase(word, VIEW("rd")) || view_eq_nocase(word, VIEW("th"));
}

static bool take_number(struct pieces *out, struct view text, size_t *i) {
    size_t end = *i;
    while (end < text.n && is_digit(text.p[end])) {
        end++;
    }
    if (out->count == 3 ||
        !view_int(view_slice(text, *i, end), 0, 99999999, &out->number[out->count])) {
        return false;
    }
    out->digits[out->count] = end - *i;
    if (out->count == 0 && end < text.n) {
        out->separator = text.p[end];
    }
    out->count++;
    *i = end;
    return true;
}

static bool take_word(struct pieces *out, struct view text, size_t *i) {
    size_t end = *i;
    while (end < text.n && is_letter(text.p[end])) {
        end++;
    }
    const struct view word = view_slice(text, *i, end);
    *i = end;
    if (out->count > 0 && is_ordinal_ending(word)) {
        return true;
    }
    const int month = month_of(word);
    if (month == 0 || out->month != 0) {
        return false;
    }
    out->month = month;
    out->month_at = out->count;
    return true;
}

/* A time of day behind a date ("T10:00:00Z", " 10:00") is left out. */
static struct view without_time(struct view text) {
    for (size_t i = 8; i + 1 < text.n; i++) {
        if ((text.p[i] == 'T' || text.p[i] == ' ') && is_digit(text.p[i - 1]) &&
            is_digit(text.p[i + 1]) && view_find(text, VIEW(":"), i) != SIZE_MAX) {
            return view_slice(text, 0, i);
        }
    }
    return text;
}

static bool split(struct view text, struct pieces *out) {
    *out = (struct pieces){0};
    size_t i = 0;
    while (i < text.n) {
        if (is_digit(text.p[i])) {
            if (!take_number(out, text, &i)) {
                return false;
            }
        } else if (is_letter(text.p[i])) {
            if (!take_word(out, text, &i)) {
                return false;
            }
        } else if (view_find(VIEW(" ,.-/"), view_slice(text, i, i + 1), 0) == SIZE_MAX) {
            return false;
        } else {
            i++;
        }
    }
    return true;
}

struct ymd {
    int64_t year, month, day; /* day 0: not given */
};

static bool from_named_month(const struct pieces *p, struct ymd *out) {
    if (p->count == 2 && p->digits[1] == 4) {
        *out = (struct ymd){p->number[1], p->month, p->number[0]};
        return true;
    }
    if (p->count == 1 && p->digits[0] == 4 && p->month_at == 0) {
        *out = (struct ymd){p->number[0], p->month, 0};
        return true;
    }
    if (p->count == 2 && p->digits[0] == 4) {
        *out = (struct ymd){p->number[0], p->month, p->number[1]};
        return true;
    }
    return false;
}

/* "01/02/2026" may be January or February: it is read only where one of the two can't be a month,
 * or where dots show the order of the continent. */
static bool from_numbers(const struct pieces *p, struct ymd *out) {
    if (p->count == 1 && p->digits[0] == 8) {
        *out = (struct ymd){p->number[0] / 10000, p->number[0] / 100 % 100, p->number[0] % 100};
        return true;
    }
    if (p->count >= 2 && p->digits[0] == 4) {
        *out = (struct ymd){p->number[0], p->number[1], p->count == 3 ? p->number[2] : 0};
        return true;
    }
    if (p->count != 3 || p->digits[2] != 4) {
        return false;
    }
    if (p->separator == '.' || p->number[0] > 12 || p->number[0] == p->number[1]) {
        *out = (struct ymd){p->number[2], p->number[1], p->number[0]};
        return true;
    }
    if (p->number[1] > 12) {
        *out = (struct ymd){p->number[2], p->number[0], p->number[1]};
        return true;
    }
    return false;
}

struct view front_date(struct view text, esi_arena *arena) {
    struct pieces pieces;
    struct ymd d = {0};
    if (!split(without_time(view_trim(text)), &pieces)) {
        return (struct view){0};
    }
    const bool read = pieces.month != 0 ? from_named_month(&pieces, &d) : from_numbers(&pieces, &d);
    if (!read || d.year < 1970 || d.year > 9999 || d.month < 1 || d.month > 12 || d.day > 31) {
        return (struct view){0};
    }
    if (d.day == 0) {
        return view_of(arena_printf(arena, "%04d-%02d", (int)d.year, (int)d.month));
    }
    return view_of(arena_printf(arena, "%04d-%02d-%02d", (int)d.year, (int)d.month, (int)d.day));
}
