#include "provider/retry.h"

#include <stdio.h>

#include "base/clock.h"

/* ---- whether -------------------------------------------------------------------------------- */

static const struct {
    int status;
    enum retry_class is;
} statuses[] = {
    {200, RETRY_DONE},
    {408, RETRY_NOT_DONE}, /* it didn't get the whole request */
    {409, RETRY_NOT_DONE}, /* something is locked for the moment */
    {425, RETRY_NOT_DONE},
    {429, RETRY_NOT_DONE},
    {500, RETRY_NOT_DONE}, /* it says itself that it failed: nobody pays for that */
    {501, RETRY_NEVER_HERE},
    {502, RETRY_NOT_DONE}, /* a gateway whose server is away, as a rule */
    {503, RETRY_NOT_DONE},
    /* A gateway that didn't wait any longer: its server may still work on the request, and would
     * take as long again. */
    {504, RETRY_UNKNOWN},
    {505, RETRY_NEVER_HERE},
    /* Not of the standard, but of those who stand in front of many endpoints. */
    {521, RETRY_NOT_DONE}, /* the server is down */
    {522, RETRY_NOT_DONE}, /* no connection to it */
    {523, RETRY_NOT_DONE}, /* no way to it */
    {525, RETRY_NOT_DONE}, /* no TLS with it */
    {529, RETRY_NOT_DONE}, /* overloaded */
};

static enum retry_class classify_status(int status) {
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        if (statuses[i].status == status) {
            return statuses[i].is;
        }
    }
    /* Another 2xx or 5xx: who knows. A 1xx is no reply, a 3xx isn't followed (the key would be
     * shown to another host), a 4xx says that this request is wrong for this endpoint. */
    return status >= 500 || (status >= 200 && status < 300) ? RETRY_UNKNOWN : RETRY_NEVER_HERE;
}

static bool is_refusal(int status) {
    return status >= 300;
}

enum retry_class retry_classify(const struct retry_reply *reply) {
    switch (reply->end) {
    case HTTP_WHOLE:
        return classify_status(reply->status);
    case HTTP_NOT_SENT:
    case HTTP_IDLE_LOST:
        return RETRY_NOT_DONE;
    case HTTP_REFUSED:
        return RETRY_NEVER_HERE;
    case HTTP_UNDER_WAY:
    case HTTP_LOST:
    case HTTP_SILENT:
    case HTTP_TOO_BIG:
        break;
    }
    /* A refusal counts from its first line on, also where its words were cut. */
    return is_refusal(reply->status) ? classify_status(reply->status) : RETRY_UNKNOWN;
}

bool retry_limited(const struct retry_reply *reply) {
    return reply->status == 429;
}

bool retry_blames(const struct retry_reply *reply) {
    /* What is wrong with the one request says nothing of the next. */
    return reply->status != 400 && reply->status != 413 && reply->status != 422;
}

/* ---- when: what the endpoint says ----------------------------------------------------------- */

#define EPOCH_S 1e9   /* seconds from here on are a date: of 2001 and later */
#define EPOCH_MS 1e12 /* and from here on they are milliseconds */

static int64_t bounded(double ms) {
    return ms <= 0 ? 0 : ms >= RETRY_ASKED_MAX_MS ? RETRY_ASKED_MAX_MS : (int64_t)ms;
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* Digits, perhaps with a fraction; without a sign or an exponent. */
static bool plain_number(struct view text, double *out) {
    for (size_t i = 0; i < text.n; i++) {
        if (!is_digit(text.p[i]) && text.p[i] != '.') {
            return false;
        }
    }
    return text.n > 0 && is_digit(text.p[0]) && view_double(text, out);
}

/* "Nov" to 11; 0 where it is none. */
static int month_of(struct view name) {
    const struct view names = VIEW("JanFebMarAprMayJunJulAugSepOctNovDec");
    const size_t at = name.n == 3 ? view_find(names, name, 0) : SIZE_MAX;
    return at == SIZE_MAX || at % 3 != 0 ? 0 : (int)(at / 3) + 1;
}

/* "08:49:37" to its milliseconds of the day. */
static bool time_of(struct view text, int64_t *out) {
    struct view hour, minute, second;
    int64_t h, m, s;
    if (!view_split(&text, ':', &hour) || !view_split(&text, ':', &minute) ||
        !view_split(&text, ':', &second) || text.n > 0) {
        return false;
    }
    if (!view_int(hour, 0, 23, &h) || !view_int(minute, 0, 59, &m) ||
        !view_int(second, 0, 60, &s)) {
        return false;
    }
    *out = ((h * 60 + m) * 60 + s) * 1000;
    return true;
}

static bool day_of(struct view day, struct view month, int64_t year, int64_t *out) {
    int64_t d;
    const int m = month_of(month);
    if (m == 0 || !view_int(day, 1, 31, &d) || year < 1970 || year > 9999) {
        return false;
    }
    char text[32];
    (void)snprintf(text, sizeof text, "%04d-%02d-%02d", (int)year, m, (int)d);
    return clock_day(text, out);
}

static bool year_of(struct view text, int64_t now_ms, int64_t *out) {
    if (text.n == 4) {
        return view_int(text, 1970, 9999, out);
    }
    if (text.n != 2 || !view_int(text, 0, 99, out)) {
        return false;
    }
    /* Two digits: what looks like more than 50 years ahead has passed (RFC 9110, 5.6.7). */
    const int64_t now = 1970 + now_ms / (INT64_C(31556952) * 1000);
    *out += now - now % 100 + 100;
    while (*out > now + 50) {
        *out -= 100;
    }
    return true;
}

#define DATE_WORDS 6

/* The three forms of RFC 9110, section 5.6.7:
 *   Sun, 06 Nov 1994 08:49:37 GMT    Sunday, 06-Nov-94 08:49:37 GMT    Sun Nov  6 08:49:37 1994 */
static bool http_date(struct view text, int64_t now_ms, int64_t *out_ms) {
    struct view words[DATE_WORDS] = {{NULL, 0}};
    size_t count = 0;
    for (size_t i = 0; i < text.n;) {
        const size_t from = i;
        while (i < text.n && text.p[i] != ' ' && text.p[i] != ',' && text.p[i] != '-') {
            i++;
        }
        if (i > from) {
            if (count == DATE_WORDS) {
                return false;
            }
            words[count++] = view_slice(text, from, i);
        }
        i += i < text.n ? 1 : 0;
    }
    int64_t year, day, time;
    if (count == 5 && month_of(words[1]) != 0) {
        if (!year_of(words[4], now_ms, &year) || !day_of(words[2], words[1], year, &day) ||
            !time_of(words[3], &time)) {
            return false;
        }
    } else if (count != 6 || !view_eq(words[5], VIEW("GMT")) || !year_of(words[3], now_ms, &year) ||
               !day_of(words[1], words[2], year, &day) || !time_of(words[4], &time)) {
        return false;
    }
    *out_ms = day + time;
    return true;
}

/* Seconds, also with a fraction, or a date: of the endpoint's clock, where that is shown. */
static int64_t read_retry_after(const struct retry_reply *reply) {
    const struct view text = view_trim(view_of(reply->retry_after));
    double number;
    int64_t until_ms, now_ms;
    if (plain_number(text, &number)) {
        return bounded(number * 1000);
    }
    if (!http_date(text, reply->now_ms, &until_ms)) {
        return -1;
    }
    if (!http_date(view_trim(view_of(reply->date)), reply->now_ms, &now_ms)) {
        now_ms = reply->now_ms;
    }
    return bounded((double)(until_ms - now_ms));
}

/* "6m0s", "1h2m3.5s", "250ms". */
static int64_t read_duration(struct view text) {
    static const struct {
        struct view unit;
        double ms;
    } units[] = {{{"ms", 2}, 1},
                 {{"s", 1}, 1000},
                 {{"m", 1}, 60000},
                 {{"h", 1}, 3600000},
                 {{"d", 1}, 86400000}};
    const size_t unit_count = sizeof units / sizeof *units;
    double sum = 0;
    size_t i = 0;
    while (i < text.n) {
        const size_t from = i;
        double number;
        while (i < text.n && (is_digit(text.p[i]) || text.p[i] == '.')) {
            i++;
        }
        if (!plain_number(view_slice(text, from, i), &number)) {
            return -1;
        }
        const struct view rest = view_slice(text, i, text.n);
        size_t u = 0;
        while (u < unit_count && !view_starts(rest, units[u].unit)) {
            u++;
        }
        if (u == unit_count) {
            return -1;
        }
        i += units[u].unit.n;
        sum += number * units[u].ms;
    }
    return text.n > 0 ? bounded(sum) : -1;
}

/* Seconds, a duration, or the second at which it ends. */
static int64_t read_reset(struct view text, int64_t now_ms) {
    double number;
    if (!plain_number(text, &number)) {
        return read_duration(text);
    }
    if (number >= EPOCH_S) {
        return bounded((number >= EPOCH_MS ? number : number * 1000) - (double)now_ms);
    }
    return bounded(number * 1000);
}

int64_t retry_asked_ms(const struct retry_reply *reply) {
    double ms;
    if (plain_number(view_trim(view_of(reply->retry_after_ms)), &ms)) {
        return bounded(ms);
    }
    const int64_t asked = read_retry_after(reply);
    if (asked >= 0 || !retry_limited(reply)) {
        return asked;
    }
    const int64_t reset = read_reset(view_trim(view_of(reply->rate_reset)), reply->now_ms);
    return reset < RETRY_RESET_MAX_MS ? reset : RETRY_RESET_MAX_MS;
}

/* ---- when: by chance ------------------------------------------------------------------------ */

#define BACKOFF_BASE_MS 250
#define BACKOFF_CAP_MS 8000

/* part of ms, in [0, ms). */
static int64_t share(int64_t ms, uint32_t chance) {
    return (int64_t)(((uint64_t)ms * chance) >> 32);
}

static int64_t doubled(int64_t base, int64_t cap, int32_t times) {
    int64_t ms = base;
    for (int32_t i = 0; i < times && ms < cap; i++) {
        ms *= 2;
    }
    return ms < cap ? ms : cap;
}

/* "Exponential Backoff and Jitter" (AWS Architecture Blog, 2015): of the ways compared there, all
 * of the wait by chance ends soonest with the least load. */
int64_t retry_backoff_ms(int32_t attempt, uint32_t chance) {
    return share(doubled(BACKOFF_BASE_MS, BACKOFF_CAP_MS, attempt), chance);
}

/* ---- the breaker ---------------------------------------------------------------------------- */

bool breaker_is_open(const struct breaker *b) {
    return b->rests > 0;
}

int64_t breaker_rest_ms(const struct breaker *b, int64_t now_ms) {
    return b->until_ms > now_ms ? b->until_ms - now_ms : 0;
}

bool breaker_admit(struct breaker *b, int64_t now_ms) {
    if (now_ms < b->until_ms || b->trial) {
        return false;
    }
    b->trial = breaker_is_open(b);
    return true;
}

void breaker_success(struct breaker *b) {
    /* What was sent before a limit was reached may come back well: the limit holds. */
    b->until_ms = breaker_is_open(b) ? 0 : b->until_ms;
    b->failures = 0;
    b->rests = 0;
    b->trial = false;
}

void breaker_leave(struct breaker *b) {
    b->trial = false;
}

static void rest_until(struct breaker *b, int64_t until_ms) {
    b->until_ms = until_ms > b->until_ms ? until_ms : b->until_ms;
}

static void rest_for_limit(struct breaker *b, int64_t now_ms, int64_t asked_ms, uint32_t chance) {
    if (asked_ms >= 0) {
        rest_until(b, now_ms + asked_ms);
    } else if (now_ms >= b->until_ms) { /* else it is of a request that was under way */
        b->limits = now_ms - b->until_ms > BACKOFF_CAP_MS ? 0 : b->limits;
        rest_until(b, now_ms + retry_backoff_ms(b->limits, chance));
        b->limits += b->limits < INT32_MAX ? 1 : 0;
    }
}

/* At least half of it: a trial that failed isn't followed by another at once. */
static void rest_for_failures(struct breaker *b, int64_t now_ms, uint32_t chance) {
    const int64_t most = doubled(BREAKER_REST_MS, BREAKER_REST_MAX_MS, b->rests);
    rest_until(b, now_ms + most / 2 + share(most / 2, chance));
    b->rests += b->rests < INT32_MAX ? 1 : 0;
}

void breaker_failure(struct breaker *b, int64_t now_ms, bool limited, int64_t asked_ms,
                     uint32_t chance) {
    const bool late = breaker_is_open(b) && now_ms < b->until_ms; /* sent before it opened */
    b->trial = false;
    if (limited) {
        rest_for_limit(b, now_ms, asked_ms, chance);
        return;
    }
    b->since_ms = b->failures == 0 ? now_ms : b->since_ms;
    b->failures += b->failures < INT32_MAX ? 1 : 0;
    const bool often = b->failures >= BREAKER_FAILURES && now_ms - b->since_ms >= BREAKER_AFTER_MS;
    if (!late && (often || breaker_is_open(b))) {
        rest_for_failures(b, now_ms, chance);
    }
    if (asked_ms > 0) {
        rest_until(b, now_ms + asked_ms);
    }
}
