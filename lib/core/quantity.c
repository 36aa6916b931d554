#include "core/quantity.h"

#include <string.h>

#include "base/text.h"

#define MINUTE 60.0
#define HOUR 3600.0
#define DAY 86400.0
#define SEVERAL 2.0 /* "several": so many at least */

struct number {
    double value;
    size_t words; /* 0: none is there */
    bool vague;   /* "several": that or more */
};

struct named {
    const char *words;
    double value;
};

static double value_of(const struct cue_word *word, const struct named *table) {
    for (; table->words; table++) {
        if (cues_in(word, table->words)) {
            return table->value;
        }
    }
    return 0;
}

/* "15", "1.5", "10" of "10min": digits at the head of a word; *used is how many characters. */
static double digits_of(struct view word, size_t *used) {
    double value = 0;
    double unit = 0; /* of the digit that comes next behind the point */
    size_t i = 0;
    for (; i < word.n && i < 15; i++) {
        const char c = word.p[i];
        if (c == '.' && unit == 0 && i > 0) {
            unit = 0.1;
        } else if (c >= '0' && c <= '9') {
            value = unit > 0 ? value + unit * (c - '0') : value * 10 + (c - '0');
            unit = unit > 0 ? unit / 10 : 0;
        } else {
            break;
        }
    }
    *used = i;
    return value;
}

static struct number number_at(const struct cue_text *text, size_t i, size_t to) {
    static const struct named numbers[] = {
        {"one", 1},       {"two", 2},           {"three", 3},       {"four", 4},    {"five", 5},
        {"six", 6},       {"seven", 7},         {"eight", 8},       {"nine", 9},    {"ten", 10},
        {"eleven", 11},   {"twelve dozen", 12}, {"fifteen", 15},    {"twenty", 20}, {"thirty", 30},
        {"forty", 40},    {"forty-five", 45},   {"fifty", 50},      {"sixty", 60},  {"ninety", 90},
        {"hundred", 100}, {"thousand", 1e3},    {"couple both", 2}, {"few", 3},     {NULL, 0}};
    struct number number = {0};
    if (i >= to) {
        return number;
    }
    const struct cue_word *word = &text->words[i];
    size_t used = 0;
    const double digits = digits_of(word->form, &used);
    if (used > 0) {
        return (struct number){used == word->form.n ? digits : 0, used == word->form.n, false};
    }
    number.value = value_of(word, numbers);
    number.words = number.value > 0;
    if (number.words == 0 && cues_in(word, "several multiple many various numerous")) {
        number = (struct number){SEVERAL, 1, true};
    }
    if (number.words == 0 && cues_in(word, "a an") && i + 1 < to) {
        static const struct named rounds[] = {{"couple", 2},    {"few", 3},        {"dozen", 12},
                                              {"hundred", 100}, {"thousand", 1e3}, {NULL, 0}};
        number.value = value_of(&text->words[i + 1], rounds);
        number.words = number.value > 0 ? 2 : 0;
    }
    return number;
}

static double time_unit(const struct cue_word *word) {
    static const struct named units[] = {{"second seconds sec secs s", 1},
                                         {"minute minutes min mins m", MINUTE},
                                         {"hour hours hr hrs h", HOUR},
                                         {"day days d", DAY},
                                         {"night nights", DAY},
                                         {"week weeks", 7 * DAY},
                                         {"month months", 30 * DAY},
                                         {"year years term terms semester", 365 * DAY},
                                         {NULL, 0}};
    return value_of(word, units);
}

static double size_unit(const struct cue_word *word) {
    static const struct named units[] = {{"byte bytes", 1},
                                         {"kb kilobyte kilobytes kib", 1e3},
                                         {"mb megabyte megabytes megs mib", 1e6},
                                         {"gb gigabyte gigabytes gigs gig gib", 1e9},
                                         {"tb terabyte terabytes tib", 1e12},
                                         {NULL, 0}};
    return value_of(word, units);
}

/* "90 %": the sign is no word. */
static bool percent_behind(const struct cue_text *text, size_t word) {
    size_t at = text->words[word].to;
    while (at < text->folded.n && text->folded.p[at] == ' ') {
        at++;
    }
    return at < text->folded.n && text->folded.p[at] == '%';
}

/* ---- what stands around a number ------------------------------------------------------------- */

static bool seq(const struct cue_text *text, size_t at, size_t to, const char *words) {
    struct view rest = view_of(words);
    struct view word;
    for (; view_split(&rest, ' ', &word); at++) {
        if (at >= to || !view_eq(text->words[at].form, word)) {
            return false;
        }
    }
    return true;
}

/* The bound that ends right before word i; *words is how many it takes. */
static enum quantity_bound bound_before(const struct cue_text *text, size_t from, size_t i,
                                        size_t *words) {
    static const struct {
        const char *phrase;
        enum quantity_bound bound;
    } bounds[] = {{"no more than", BOUND_MOST},   {"not more than", BOUND_MOST},
                  {"no longer than", BOUND_MOST}, {"no less than", BOUND_LEAST},
                  {"not less than", BOUND_LEAST}, {"more than", BOUND_MORE},
                  {"longer than", BOUND_MORE},    {"older than", BOUND_MORE},
                  {"larger than", BOUND_MORE},    {"bigger than", BOUND_MORE},
                  {"greater than", BOUND_MORE},   {"higher than", BOUND_MORE},
                  {"over", BOUND_MORE},           {"above", BOUND_MORE},
                  {"beyond", BOUND_MORE},         {"exceeds", BOUND_MORE},
                  {"exceed", BOUND_MORE},         {"at least", BOUND_LEAST},
                  {"less than", BOUND_LESS},      {"fewer than", BOUND_LESS},
                  {"shorter than", BOUND_LESS},   {"younger than", BOUND_LESS},
                  {"smaller than", BOUND_LESS},   {"under", BOUND_LESS},
                  {"below", BOUND_LESS},          {"almost", BOUND_LESS},
                  {"nearly", BOUND_LESS},         {"within", BOUND_MOST},
                  {"up to", BOUND_MOST},          {"at most", BOUND_MOST}};
    for (size_t k = 0; k < sizeof(bounds) / sizeof(bounds[0]); k++) {
        struct view rest = view_of(bounds[k].phrase);
        struct view word;
        size_t n = 0;
        while (view_split(&rest, ' ', &word)) {
            n++;
        }
        if (i >= from + n && seq(text, i - n, i, bounds[k].phrase)) {
            *words = n;
            return bounds[k].bound;
        }
    }
    return BOUND_NONE;
}

static enum quantity_bound bound_behind(const struct cue_text *text, size_t i, size_t to,
                                        size_t *words) {
    if (seq(text, i, to, "or more") || seq(text, i, to, "or longer") ||
        seq(text, i, to, "and more") || seq(text, i, to, "and above")) {
        *words = 2;
        return BOUND_LEAST;
    }
    if (seq(text, i, to, "or less") || seq(text, i, to, "or fewer")) {
        *words = 2;
        return BOUND_MOST;
    }
    return BOUND_NONE;
}

static void add_bounds(const struct cue_text *text, size_t from, size_t to, struct quantity *q) {
    size_t words = 0;
    const size_t start = q->from;
    enum quantity_bound bound = bound_before(text, from, start, &words);
    if (bound != BOUND_NONE) {
        q->from -= words;
    } else {
        bound = bound_behind(text, q->to, to, &words);
        q->to += bound != BOUND_NONE ? words : 0;
    }
    q->bound = bound != BOUND_NONE ? bound : q->bound;
    const struct cue_word *before = q->from > from ? &text->words[q->from - 1] : NULL;
    q->period = before && cues_in(before, "every each per");
    const bool last = q->from > from + 1 && cues_in(before, "last past");
    q->ahead = before && !last && cues_in(before, "in until till before within next");
}

/* ---- one of each kind ------------------------------------------------------------------------ */

/* "Half an hour", "a quarter of an hour", "an hour and a half", "10min", "ten minutes". */
static bool time_at(const struct cue_text *text, size_t i, size_t to, struct quantity *out) {
    double value = 0;
    size_t used = 0;
    size_t at = i;
    const struct number n = number_at(text, i, to);
    const double head = digits_of(text->words[i].form, &used);
    const struct cue_word glued = {.form = view_slice(text->words[i].form, used, SIZE_MAX)};
    const bool quarters = seq(text, i, to, "three quarters of");
    if (used > 0 && n.words == 0) {
        value = head * time_unit(&glued);
        at = i + 1;
    } else if (quarters || seq(text, i, to, "a quarter of") || seq(text, i, to, "quarter of")) {
        at = i + (cues_is(&text->words[i], "quarter") ? 2 : 3);
        at += at < to && cues_in(&text->words[at], "a an");
        value = at < to ? (quarters ? 0.75 : 0.25) * time_unit(&text->words[at]) : 0;
        at++;
    } else if (seq(text, i, to, "half a") || seq(text, i, to, "half an")) {
        value = i + 2 < to ? 0.5 * time_unit(&text->words[i + 2]) : 0;
        at = i + 3;
    } else if (n.words > 0 || cues_in(&text->words[i], "a an another")) {
        const bool one = n.words == 0;
        at = i + (one ? 1 : n.words);
        const bool halves = seq(text, at, to, "and a half");
        at += halves ? 3 : 0;
        at += at < to && cues_in(&text->words[at], "more other full whole of");
        value =
            at < to ? ((one ? 1 : n.value) + (halves ? 0.5 : 0)) * time_unit(&text->words[at]) : 0;
        if (one && at < to && cues_in(&text->words[at], "second s m h d")) {
            value = 0; /* "a second try" */
        }
        at++;
        if (value > 0 && seq(text, at, to, "and a half")) {
            value *= one || n.value == 1 ? 1.5 : 1;
            at += 3;
        }
    }
    *out = (struct quantity){.kind = QUANTITY_TIME, .value = value, .from = i, .to = at};
    out->bound = n.vague ? BOUND_LEAST : BOUND_NONE;
    return value > 0;
}

/* "For hours", "all morning", "since yesterday": long, without a number. */
static bool vague_time_at(const struct cue_text *text, size_t i, size_t to, struct quantity *out) {
    static const struct named lasting[] = {{"minutes", 3 * MINUTE}, {"hours ages", 2 * HOUR},
                                           {"days", 2 * DAY},       {"weeks", 14 * DAY},
                                           {"months", 60 * DAY},    {NULL, 0}};
    static const struct named all[] = {{"morning afternoon evening", 3 * HOUR},
                                       {"day night", 6 * HOUR},
                                       {"week", 5 * DAY},
                                       {NULL, 0}};
    static const struct named since[] = {
        {"lunch noon", HOUR},
        {"morning breakfast", 3 * HOUR},
        {"yesterday night", 12 * HOUR},
        {"monday tuesday wednesday thursday friday saturday sunday", DAY},
        {"week weekend", 2 * DAY},
        {"day", 1.5 * DAY}, /* "since the day before yesterday" */
        {NULL, 0}};
    double value = 0;
    size_t at = i + 1;
    if (cues_in(&text->words[i], "for since") && at < to) {
        value = value_of(&text->words[at], lasting);
    }
    if (value == 0 && cues_in(&text->words[i], "all whole") && at < to) {
        value = value_of(&text->words[at], all);
    }
    if (value == 0 && cues_is(&text->words[i], "since") && at < to) {
        at += at + 1 < to && cues_in(&text->words[at], "this last the");
        value = value_of(&text->words[at], since);
    }
    *out = (struct quantity){
        .kind = QUANTITY_TIME, .bound = BOUND_LEAST, .value = value, .from = i, .to = at + 1};
    return value > 0;
}

static bool size_at(const struct cue_text *text, size_t i, size_t to, struct quantity *out) {
    size_t used = 0;
    const double head = digits_of(text->words[i].form, &used);
    const struct number n = number_at(text, i, to);
    const struct cue_word glued = {.form = view_slice(text->words[i].form, used, SIZE_MAX)};
    *out = (struct quantity){.kind = QUANTITY_SIZE, .from = i, .to = i + 1};
    if (used > 0 && n.words == 0) {
        out->value = head * size_unit(&glued);
    } else if (n.words > 0 && i + n.words < to) {
        out->value = n.value * size_unit(&text->words[i + n.words]);
        out->to = i + n.words + 1;
    }
    return out->value > 0;
}

static bool percent_at(const struct cue_text *text, size_t i, size_t to, struct quantity *out) {
    const struct number n = number_at(text, i, to);
    if (n.words == 0) {
        return false;
    }
    const size_t behind = i + n.words;
    const size_t word = seq(text, behind, to, "percent")    ? 1
                        : seq(text, behind, to, "per cent") ? 2
                                                            : 0;
    *out = (struct quantity){
        .kind = QUANTITY_PERCENT, .value = n.value, .from = i, .to = behind + word};
    return word > 0 || percent_behind(text, behind - 1);
}

/* "Twice", "three times", "a second time", "the third lock". */
static bool times_at(const struct cue_text *text, size_t i, size_t to, struct quantity *out) {
    static const struct named ordinals[] = {
        {"second 2nd", 2}, {"third 3rd", 3},   {"fourth 4th", 4},  {"fifth 5th", 5},
        {"sixth 6th", 6},  {"seventh 7th", 7}, {"tenth 10th", 10}, {NULL, 0}};
    const struct cue_word *word = &text->words[i];
    const struct number n = number_at(text, i, to);
    const size_t behind = i + n.words;
    *out = (struct quantity){.kind = QUANTITY_TIMES, .from = i, .to = i + 1};
    if (cues_in(word, "twice thrice once")) {
        out->value = cues_is(word, "twice") ? 2 : cues_is(word, "once") ? 1 : 3;
    } else if (n.words > 0 && behind < to && cues_is(&text->words[behind], "times")) {
        out->value = n.value;
        out->to = behind + 1;
        out->bound = n.vague ? BOUND_LEAST : BOUND_NONE;
    } else {
        const bool time = i + 1 < to && cues_is(&text->words[i + 1], "time");
        const bool led = i > 0 && cues_in(&text->words[i - 1], "a the my this that already");
        out->value = time || led ? value_of(word, ordinals) : 0;
        out->to = i + 1 + time;
    }
    return out->value > 0;
}

/* "Three of us", "four other students", "several seats": what is counted stands within three words
 * behind the number. */
static bool count_at(const struct cue_text *text, size_t i, size_t to, struct quantity *out) {
    const struct number n = number_at(text, i, to);
    const uint64_t passed = CUE_PREP | CUE_DET | CUE_OWN | CUE_GENERIC | CUE_SAME;
    size_t words = 0;
    const bool bounded = bound_before(text, 0, i, &words) != BOUND_NONE ||
                         bound_behind(text, i + n.words, to, &words) != BOUND_NONE;
    if (n.words == 0 || (n.value == 1 && !bounded)) {
        return false;
    }
    *out = (struct quantity){.kind = QUANTITY_COUNT,
                             .value = n.value,
                             .from = i,
                             .bound = n.vague ? BOUND_LEAST : BOUND_NONE};
    for (size_t k = i + n.words; k < to && k < i + n.words + 4; k++) {
        const struct cue_word *word = &text->words[k];
        const bool us = cues_in(word, "us");
        const bool people = (word->kinds & (KIND_PEOPLE | KIND_GROUP | KIND_SEAT | KIND_SITE)) != 0;
        if (us || people || (word->kinds & KIND_PLURAL) || word->cues == 0 ||
            (view_ends(word->form, VIEW("s")) && !(word->cues & passed))) {
            out->unit = word->form;
            out->kinds = us ? KIND_PEOPLE : word->kinds;
            out->to = k + 1;
            return true;
        }
        if (text->words[k].mark || !(word->cues & passed)) {
            return false;
        }
    }
    return false;
}

/* Does a quantity begin with a word like this? Most words are none. */
static bool may_begin(const struct cue_word *word) {
    const char c = word->form.n > 0 ? word->form.p[0] : ' ';
    return (c >= '0' && c <= '9') || (word->kinds & (KIND_MANY | KIND_TOTAL)) ||
           (word->cues & (CUE_NUMBER | CUE_ORDINAL | CUE_FEW)) ||
           cues_in(word, "a an another half quarter for since hundred thousand sixty ninety "
                         "forty-five 2nd 3rd");
}

size_t quantities_read(const struct cue_text *text, size_t from, size_t to,
                       struct quantity out[QUANTITIES_MAX]) {
    static bool (*const readers[])(const struct cue_text *, size_t, size_t, struct quantity *) = {
        times_at, time_at, vague_time_at, size_at, percent_at, count_at};
    size_t count = 0;
    for (size_t i = from; i < to && count < QUANTITIES_MAX;) {
        struct quantity *q = &out[count];
        bool found = false;
        const bool may = may_begin(&text->words[i]);
        for (size_t k = 0; may && k < sizeof(readers) / sizeof(readers[0]) && !found; k++) {
            found = readers[k](text, i, to, q);
        }
        if (found) {
            add_bounds(text, from, to, q);
            count++;
        }
        i = found && q->to > i ? q->to : i + 1;
    }
    return count;
}

bool quantity_within(const struct quantity *said, const struct quantity *stated) {
    /* "more than an hour" is a little more, "nearly an hour" a little less */
    const double slight = said->bound == BOUND_MORE   ? 1.001
                          : said->bound == BOUND_LESS ? 0.999
                                                      : 1.0;
    const double value = said->value * slight;
    switch (stated->bound) {
    case BOUND_NONE:
    case BOUND_LEAST:
        return value >= stated->value;
    case BOUND_MORE:
        return value > stated->value || (said->bound == BOUND_LEAST && value >= stated->value);
    case BOUND_LESS:
        return value < stated->value;
    case BOUND_MOST:
        return value <= stated->value;
    }
    return false;
}
