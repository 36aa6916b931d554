#include "core/measure.h"

#include "base/text.h"

#define WORDS_MAX 100 /* of one sentence */
#define THOUSAND INT64_C(1000)
#define AMOUNT_MAX (INT64_MAX / 4096)

/* ---- words ----------------------------------------------------------------------------------- */

struct word {
    struct view text; /* without marks around it */
};

struct words {
    struct view text;
    struct word items[WORDS_MAX];
    size_t count;
};

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Part of a word: letters, digits, and marks between them. */
static bool is_inner(struct view text, size_t i) {
    const char c = text.p[i];
    const bool between = i > 0 && i + 1 < text.n && (is_digit(text.p[i - 1]) || c == '\'');
    return is_letter(c) || is_digit(c) || (c & 0x80) != 0 || c == '%' || c == '+' ||
           ((c == '.' || c == ',' || c == '\'') && between &&
            (is_digit(text.p[i + 1]) || is_letter(text.p[i + 1])));
}

/* "5GB" and "90%" are two words each. */
static void split(struct view text, struct words *out) {
    out->text = text;
    out->count = 0;
    size_t i = 0;
    while (i < text.n && out->count < WORDS_MAX) {
        const size_t from = i;
        const bool digits = is_digit(text.p[i]);
        while (i < text.n && is_inner(text, i) &&
               !(digits && i > from && (is_letter(text.p[i]) || text.p[i] == '%'))) {
            i++;
        }
        if (i > from) {
            out->items[out->count++].text = view_slice(text, from, i);
        } else {
            i++;
        }
    }
}

static bool is(const struct words *w, size_t i, const char *forms) {
    struct view rest = view_of(forms);
    struct view form;
    while (i < w->count && view_split(&rest, '|', &form)) {
        if (view_eq_nocase(w->items[i].text, form)) {
            return true;
        }
    }
    return false;
}

/* ---- numbers --------------------------------------------------------------------------------- */

static const struct {
    const char *words;
    int64_t value; /* in thousandths */
} numbers[] = {
    {"half", 500},
    {"a|an|one|once|single", 1000},
    {"two|twice|couple|both", 2000},
    {"three|thrice", 3000},
    {"four", 4000},
    {"five", 5000},
    {"six", 6000},
    {"seven", 7000},
    {"eight", 8000},
    {"nine", 9000},
    {"ten", 10000},
    {"eleven", 11000},
    {"twelve", 12000},
    {"dozen", 12000},
    {"fifteen", 15000},
    {"twenty", 20000},
    {"thirty", 30000},
    {"forty", 40000},
    {"forty-five", 45000},
    {"fifty", 50000},
    {"sixty", 60000},
    {"ninety", 90000},
    {"hundred", 100000},
};

/* "1,200", "1.5" */
static bool read_digits(struct view text, int64_t *out) {
    int64_t value = 0, scale = THOUSAND;
    bool fraction = false;
    for (size_t i = 0; i < text.n; i++) {
        const char c = text.p[i];
        const bool thousands = c == ',' && text.n - i == 4;
        if (is_digit(c) && (!fraction || scale > 1) && value < AMOUNT_MAX / 10) {
            value = value * 10 + (c - '0');
            scale /= fraction ? 10 : 1;
        } else if ((c == '.' || c == ',') && !thousands && !fraction) {
            fraction = true;
        } else if (!thousands && !is_digit(c)) {
            return false;
        }
    }
    *out = value < AMOUNT_MAX / THOUSAND ? value * scale : AMOUNT_MAX;
    return text.n > 0 && is_digit(text.p[0]);
}

/* A number at i in thousandths; *next is behind it. "a couple of", "half an", "an hour and a half"
 * are read by those who know the unit. */
static bool read_number(const struct words *w, size_t i, int64_t *out, size_t *next) {
    if (i < w->count && read_digits(w->items[i].text, out)) {
        *next = i + 1;
        return true;
    }
    size_t at = i;
    at += is(w, at, "a|an") && is(w, at + 1, "couple|dozen|hundred|single|half") ? 1 : 0;
    for (size_t k = 0; k < sizeof numbers / sizeof numbers[0]; k++) {
        if (is(w, at, numbers[k].words)) {
            *out = numbers[k].value;
            *next = at + 1;
            if (is(w, at, "half") && is(w, at + 1, "a|an")) {
                (*next)++;
            }
            *next += is(w, *next, "of") && is(w, at, "couple|dozen") ? 1 : 0;
            return true;
        }
    }
    return false;
}

/* ---- units ----------------------------------------------------------------------------------- */

static const struct {
    const char *words;
    enum measure_unit unit;
    int64_t scale;
} units[] = {
    {"s|sec|secs|second|seconds", MEASURE_SECONDS, 1},
    {"m|min|mins|minute|minutes", MEASURE_SECONDS, 60},
    {"h|hr|hrs|hour|hours", MEASURE_SECONDS, 3600},
    {"day|days", MEASURE_SECONDS, 86400},
    {"week|weeks", MEASURE_SECONDS, 604800},
    {"month|months", MEASURE_SECONDS, 2592000},
    {"year|years", MEASURE_SECONDS, 31536000},
    {"byte|bytes", MEASURE_BYTES, 1},
    {"kb|kib|kilobyte|kilobytes", MEASURE_BYTES, 1024},
    {"mb|mib|megabyte|megabytes|megs", MEASURE_BYTES, 1024 * 1024},
    {"gb|gib|gigabyte|gigabytes|gigs|gig", MEASURE_BYTES, INT64_C(1024) * 1024 * 1024},
    {"tb|tib|terabyte|terabytes", MEASURE_BYTES, INT64_C(1024) * 1024 * 1024 * 1024},
    {"%|percent|per-cent", MEASURE_PERCENT, 1},
};

static int64_t times(int64_t a, int64_t b) {
    return a > INT64_MAX / (b > 0 ? b : 1) ? INT64_MAX : a * b;
}

/* "an hour and a half": what stands behind the unit. */
static int64_t and_half(const struct words *w, size_t i, size_t *next) {
    if (is(w, i, "and") && is(w, i + 1, "a") && is(w, i + 2, "half")) {
        *next = i + 3;
        return 500;
    }
    return 0;
}

/* Words that a count can't be one of. */
static bool is_thing(const struct words *w, size_t i) {
    const struct view text = i < w->count ? w->items[i].text : (struct view){0};
    return text.n > 2 && is_letter(text.p[0]) &&
           !is(w, i,
               "the|and|more|less|than|other|minutes|failed|of|for|that|this|with|one|again|time|"
               "after|before|try|tries|attempt|attempts|restart|restarts|reload|reloads|reset|"
               "resets|retry|retries|reboot|reboots|moment|while|bit|lot|few|ticket|second|"
               "person|problem|error|message|user|learner|case|whole|new|another|when|where|not|"
               "has|have|are|was|were|who|which|seems|now");
}

/* A quantity at i; *next is behind it. */
static bool read_at(const struct words *w, size_t i, struct measure *out, size_t *next) {
    int64_t n;
    if (!read_number(w, i, &n, next)) {
        return false;
    }
    struct measure m = {.amount = n};
    const bool article = is(w, i, "a|an") && *next == i + 1;
    for (size_t k = 0; k < sizeof units / sizeof units[0]; k++) {
        /* "an s", "a m" are words of a list */
        if (is(w, *next, units[k].words) && !(article && w->items[*next].text.n < 2)) {
            m.unit = units[k].unit;
            (*next)++;
            m.amount = times(n + and_half(w, *next, next), units[k].scale);
            *out = m;
            return true;
        }
    }
    if (is(w, i, "once|twice|thrice") || is(w, *next, "times")) {
        m.unit = MEASURE_COUNT;
        m.thing = is(w, *next, "times") ? w->items[*next].text : w->items[i].text;
        *next += is(w, *next, "times") ? 1 : 0;
        *out = m;
        return !is(w, i, "once");
    }
    const bool more = is(w, *next, "or|and") && is(w, *next + 1, "more");
    const size_t noun = more ? *next + 2 : *next;
    const size_t behind = is_thing(w, noun) && is_thing(w, noun + 1) &&
                                  view_ends(w->items[noun + 1].text, VIEW("s")) &&
                                  !view_ends(w->items[noun].text, VIEW("s"))
                              ? noun + 1
                              : noun;
    if (article || !is_thing(w, behind)) {
        return false;
    }
    m.unit = MEASURE_COUNT;
    m.thing = w->items[behind].text;
    *next = more ? *next : behind + 1;
    *out = m;
    return true;
}

/* ---- comparing ------------------------------------------------------------------------------- */

static bool than(const struct words *w, size_t i, const char *forms) {
    return i >= 2 && is(w, i - 1, "than") && is(w, i - 2, forms);
}

/* How the quantity in [from, to) is compared. plain: nothing says it. */
static enum measure_compare compare_of(const struct words *w, size_t from, size_t to, bool *plain) {
    const bool negated = from >= 3 && is(w, from - 3, "no|not");
    *plain = false;
    if (than(w, from, "more|longer|greater|larger|bigger|higher|older|later")) {
        return negated ? MEASURE_AT_MOST : MEASURE_MORE;
    }
    if (than(w, from, "less|fewer|shorter|smaller|lower")) {
        return negated ? MEASURE_AT_LEAST : MEASURE_LESS;
    }
    if (from > 0 && is(w, from - 1, "over|above|beyond|past|exceeds|exceeding|exceed")) {
        return MEASURE_MORE;
    }
    if (from > 0 && is(w, from - 1, "under|below")) {
        return MEASURE_LESS;
    }
    if (from > 1 && is(w, from - 2, "at") && is(w, from - 1, "most|least")) {
        return is(w, from - 1, "most") ? MEASURE_AT_MOST : MEASURE_AT_LEAST;
    }
    if (from > 0 && (is(w, from - 1, "within") ||
                     (is(w, from - 1, "to") && from > 1 && is(w, from - 2, "up")))) {
        return MEASURE_AT_MOST;
    }
    if (is(w, to, "or") && is(w, to + 1, "less|fewer|under")) {
        return MEASURE_AT_MOST;
    }
    if (from > 0 && is(w, from - 1, "exactly|just|only")) {
        return MEASURE_EXACTLY;
    }
    *plain = !(is(w, to, "or|and") && is(w, to + 1, "more|longer|over"));
    return MEASURE_AT_LEAST;
}

/* "... within a day", "in one hour", "on the same day". */
static int64_t window_at(const struct words *w, size_t from) {
    for (size_t i = from; i + 1 < w->count && i < from + 6; i++) {
        struct measure m;
        size_t next;
        if (is(w, i, "within|in|per|inside") && read_at(w, i + 1, &m, &next) &&
            m.unit == MEASURE_SECONDS) {
            return m.amount / THOUSAND;
        }
        if (is(w, i, "same") && is(w, i + 1, "day")) {
            return 86400;
        }
        if (is(w, i, "same") && is(w, i + 1, "hour")) {
            return 3600;
        }
    }
    return 0;
}

bool measure_read(struct view text, struct measure *out) {
    struct words w;
    split(text, &w);
    for (size_t i = 0; i < w.count; i++) {
        struct measure m;
        size_t next;
        bool plain;
        if (!read_at(&w, i, &m, &next)) {
            continue;
        }
        m.compare = compare_of(&w, i, next, &plain);
        m.within = m.unit == MEASURE_COUNT ? window_at(&w, next) : 0;
        const bool single = m.unit == MEASURE_COUNT && m.amount < 2 * THOUSAND;
        const bool lapse = m.unit == MEASURE_SECONDS && i > 0 && is(&w, i - 1, "every|last|next");
        if (!(single && plain) && !lapse) { /* "one seat" limits nothing */
            *out = m;
            return true;
        }
    }
    return false;
}

static bool holds(const struct measure *limit, int64_t amount) {
    switch (limit->compare) {
    case MEASURE_AT_LEAST:
        return amount >= limit->amount;
    case MEASURE_MORE:
        return amount > limit->amount;
    case MEASURE_AT_MOST:
        return amount <= limit->amount;
    case MEASURE_LESS:
        return amount < limit->amount;
    case MEASURE_EXACTLY:
        break;
    }
    return amount == limit->amount;
}

/* "teams" and "team"; "twice" counts times. */
static bool same_thing(struct view a, struct view b) {
    static const char *const turns[] = {"times", "twice", "thrice", "time"};
    bool turn_a = false, turn_b = false;
    for (size_t i = 0; i < 4; i++) {
        turn_a = turn_a || view_eq_nocase(a, view_of(turns[i]));
        turn_b = turn_b || view_eq_nocase(b, view_of(turns[i]));
    }
    if (view_ends(a, VIEW("s"))) {
        a.n--;
    }
    if (view_ends(b, VIEW("s"))) {
        b.n--;
    }
    return (turn_a && turn_b) || view_eq_nocase(a, b);
}

static enum measure_fit fit_sentence(const struct measure *limit, struct view said) {
    struct words w;
    bool any = false;
    split(said, &w);
    for (size_t i = 0; i < w.count && limit->unit != MEASURE_NONE;) {
        struct measure m;
        size_t next;
        if (!read_at(&w, i, &m, &next)) {
            i++;
            continue;
        }
        const bool kind =
            m.unit == limit->unit && (m.unit != MEASURE_COUNT || same_thing(m.thing, limit->thing));
        bool plain;
        const enum measure_compare compare = compare_of(&w, i, next, &plain);
        /* "over an hour" is at least a little more than one; "less than an hour" a little less */
        const int64_t shift = plain                     ? 0
                              : compare == MEASURE_MORE ? 1
                              : compare == MEASURE_LESS ? -1
                                                        : 0;
        if (kind && holds(limit, m.amount + shift)) {
            return MEASURE_FITS;
        }
        any = any || kind;
        i = next;
    }
    return any ? MEASURE_FAILS : MEASURE_UNSAID;
}

enum measure_fit measure_fit(const struct measure *limit, struct view said) {
    enum measure_fit fit = MEASURE_UNSAID;
    struct view sentence;
    while (fit != MEASURE_FITS && text_sentence(&said, &sentence)) {
        const enum measure_fit one = fit_sentence(limit, sentence);
        fit = one != MEASURE_UNSAID ? one : fit;
    }
    return fit;
}
