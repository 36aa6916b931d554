/* clock.h: what time it is, and how long a call may still wait. */
#ifndef ESIHELP_BASE_CLOCK_H
#define ESIHELP_BASE_CLOCK_H

#include <esihelp/sys/backend.h>

#define NS_PER_MS INT64_C(1000000)
#define MS_PER_DAY INT64_C(86400000)

/* Milliseconds since 1970-01-01 UTC. */
int64_t clock_now_ms(void);

/* CPU time of the calling thread, in nanoseconds. */
int64_t clock_cpu_ns(void);

/* A wait that ends `ms` from now. */
esi_wait wait_for_ms(int64_t ms, esi_cancel *cancel);
/* The same wait, ended `reserve_ms` sooner. */
esi_wait wait_less(const esi_wait *wait, int64_t reserve_ms);
/* Is it over (time or cancel)? */
bool wait_over(const esi_wait *wait);
/* Sleeps for `ms`, or until the wait ends. */
void wait_sleep(const esi_wait *wait, int64_t ms);

/* RFC 3339 in UTC with milliseconds, "2026-11-22T13:54:00.123Z". out holds at least 25 bytes. */
void clock_rfc3339(int64_t at_ms, char out[32]);
/* A day "2026-11-22" (proleptic Gregorian, a real day) to its first millisecond. */
bool clock_day(const char *day, int64_t *out_ms);

#endif
