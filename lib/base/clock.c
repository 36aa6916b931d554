#include "base/clock.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/cancel.h"

#define NS_PER_S INT64_C(1000000000)
#define LAST_MS INT64_C(253402300799999)  /* 9999-12-31T23:59:59.999Z */
#define FIRST_MS INT64_C(-62167219200000) /* 0000-01-01T00:00:00.000Z */

static int64_t read_clock(clockid_t id) {
    struct timespec now = {0};
    (void)clock_gettime(id, &now);
    return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

int64_t esi_clock_ns(void) {
    return read_clock(CLOCK_MONOTONIC);
}

int64_t clock_now_ms(void) {
    return read_clock(CLOCK_REALTIME) / NS_PER_MS;
}

int64_t clock_cpu_ns(void) {
    return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

/* at + ms, or the end of time where that is too far. */
static int64_t later(int64_t at, int64_t ms) {
    return ms > (INT64_MAX - at) / NS_PER_MS ? INT64_MAX : at + ms * NS_PER_MS;
}

esi_wait wait_for_ms(int64_t ms, esi_cancel *cancel) {
    return (esi_wait){later(esi_clock_ns(), ms < 0 ? 0 : ms), cancel};
}

esi_wait wait_less(const esi_wait *wait, int64_t reserve_ms) {
    esi_wait less = *wait;
    if (reserve_ms > 0 && wait->until_ns != INT64_MAX) {
        less.until_ns =
            reserve_ms > wait->until_ns / NS_PER_MS ? 0 : wait->until_ns - reserve_ms * NS_PER_MS;
    }
    return less;
}

int32_t esi_wait_left_ms(const esi_wait *wait) {
    if (esi_cancel_fired(wait->cancel)) {
        return 0;
    }
    const int64_t now = esi_clock_ns();
    if (wait->until_ns <= now) {
        return 0;
    }
    const int64_t ms = (wait->until_ns - now - 1) / NS_PER_MS + 1;
    return ms > INT32_MAX ? INT32_MAX : (int32_t)ms;
}

bool wait_over(const esi_wait *wait) {
    return esi_wait_left_ms(wait) == 0;
}

void wait_sleep(const esi_wait *wait, int64_t ms) {
    const int64_t until = later(esi_clock_ns(), ms < 0 ? 0 : ms);
    cancel_sleep(wait->cancel, until < wait->until_ns ? until : wait->until_ns);
}

struct day {
    int64_t year;
    int month, day;
};

/* Days since 1970-01-01 and back. Years begin in March here, so that a leap day ends its year, and
 * are counted in eras of 400, which are all alike. */
static int64_t days_of(struct day d) {
    const int64_t year = d.month <= 2 ? d.year - 1 : d.year;
    const int64_t era = (year >= 0 ? year : year - 399) / 400;
    const int64_t of_era = year - era * 400;
    const int64_t of_year = (153 * (d.month > 2 ? d.month - 3 : d.month + 9) + 2) / 5 + d.day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static struct day day_of(int64_t days) {
    days += 719468;
    const int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    const int64_t rest = days - era * 146097;
    const int64_t of_era = (rest - rest / 1460 + rest / 36524 - rest / 146096) / 365;
    const int64_t of_year = rest - (365 * of_era + of_era / 4 - of_era / 100);
    const int64_t month = (5 * of_year + 2) / 153;
    return (struct day){
        .year = of_era + era * 400 + (month < 10 ? 0 : 1),
        .month = (int)(month < 10 ? month + 3 : month - 9),
        .day = (int)(of_year - (153 * month + 2) / 5 + 1),
    };
}

/* n as `width` digits. */
static char *put_digits(char *out, int64_t n, int width) {
    for (int i = width - 1; i >= 0; i--) {
        out[i] = (char)('0' + n % 10);
        n /= 10;
    }
    return out + width;
}

void clock_rfc3339(int64_t at_ms, char out[32]) {
    at_ms = at_ms < FIRST_MS ? FIRST_MS : at_ms > LAST_MS ? LAST_MS : at_ms;
    int64_t days = at_ms / MS_PER_DAY;
    int64_t ms = at_ms % MS_PER_DAY;
    if (ms < 0) {
        days--;
        ms += MS_PER_DAY;
    }
    const struct day d = day_of(days);
    char *p = put_digits(out, d.year, 4);
    *p++ = '-';
    p = put_digits(p, d.month, 2);
    *p++ = '-';
    p = put_digits(p, d.day, 2);
    *p++ = 'T';
    p = put_digits(p, ms / 3600000, 2);
    *p++ = ':';
    p = put_digits(p, ms / 60000 % 60, 2);
    *p++ = ':';
    p = put_digits(p, ms / 1000 % 60, 2);
    *p++ = '.';
    p = put_digits(p, ms % 1000, 3);
    *p++ = 'Z';
    *p = '\0';
}

bool clock_day(const char *day, int64_t *out_ms) {
    static const char form[] = "dddd-dd-dd";
    if (day == NULL || strlen(day) != sizeof form - 1) {
        return false;
    }
    int64_t numbers[3] = {0, 0, 0};
    size_t at = 0;
    for (size_t i = 0; i < sizeof form - 1; i++) {
        if (form[i] == '-') {
            at++;
            if (day[i] != '-') {
                return false;
            }
        } else if (day[i] < '0' || day[i] > '9') {
            return false;
        } else {
            numbers[at] = numbers[at] * 10 + (day[i] - '0');
        }
    }
    const struct day d = {numbers[0], (int)numbers[1], (int)numbers[2]};
    if (d.month < 1 || d.month > 12 || d.day < 1 || d.day > 31) {
        return false;
    }
    /* A day that doesn't exist comes back as another one. */
    const int64_t days = days_of(d);
    if (day_of(days).day != d.day) {
        return false;
    }
    *out_ms = days * MS_PER_DAY;
    return true;
}
