/* retry.h: whether, where and when a request is sent again. Pure: time and chance are handed in. */
#ifndef ESIHELP_PROVIDER_RETRY_H
#define ESIHELP_PROVIDER_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "provider/http.h"

/* What a failure says of the endpoint's work on the request. */
enum retry_class {
    RETRY_DONE,      /* a good reply */
    RETRY_NOT_DONE,  /* surely not worked on (no connection, 429, 503, ...): may be sent anywhere */
    RETRY_UNKNOWN,   /* perhaps worked on, and billed: not to this endpoint again; it is given up
                        there (the connection is closed) before another one is asked */
    RETRY_NEVER_HERE /* it would say the same again (401, 403, 404, ...): only elsewhere */
};

struct retry_reply {
    enum http_end end;
    int status;
    const char *retry_after; /* the fields as they came; NULL: none */
    const char *retry_after_ms;
    const char *rate_reset; /* x-ratelimit-reset-requests or -tokens, the one that is used up */
    const char *date;       /* by the endpoint's own clock, which Retry-After may go by */
    int64_t now_ms;         /* by ours */
};

enum retry_class retry_classify(const struct retry_reply *reply);
bool retry_limited(const struct retry_reply *reply);
/* Does this failure speak against the endpoint, and not just against the one request? */
bool retry_blames(const struct retry_reply *reply);

#define RETRY_ASKED_MAX_MS INT64_C(3600000)
/* A reset tells when all of a limit is free again; one more request fits much sooner. */
#define RETRY_RESET_MAX_MS INT64_C(60000)

/* How long the endpoint asks to be left alone, in ms; -1: it doesn't say. At most an hour. */
int64_t retry_asked_ms(const struct retry_reply *reply);
/* Full jitter: anything below 250 ms, 500 ms, 1 s, ... up to 8 s. chance is uniform in [0, 2^32),
 * attempt counts from 0. */
int64_t retry_backoff_ms(int32_t attempt, uint32_t chance);

/* It opens after so many failures in a row, if they took so long: many at once may just have met
 * the same moment. */
#define BREAKER_FAILURES 5
#define BREAKER_AFTER_MS INT64_C(1000)
/* It rests between half of that and all of it, doubled by each trial that fails. */
#define BREAKER_REST_MS INT64_C(2000)
#define BREAKER_REST_MAX_MS INT64_C(60000)

/* A breaker: closed, open (resting), or half open (one trial). Not locked: its endpoint is. */
struct breaker {
    int32_t failures; /* in a row */
    int64_t since_ms; /* the first of them */
    int32_t rests;    /* in a row; 0: closed */
    int64_t until_ms; /* on the monotonic clock: resting until then; 0: not */
    bool trial;       /* one request is trying whether it is back */
    int32_t limits;   /* rests in a row for limits that didn't say how long */
};
/* May a request be sent now? Takes the trial where it is half open. */
bool breaker_admit(struct breaker *b, int64_t now_ms);
void breaker_success(struct breaker *b);
/* asked_ms: as retry_asked_ms. A limit (429) rests without counting as a failure. */
void breaker_failure(struct breaker *b, int64_t now_ms, bool limited, int64_t asked_ms,
                     uint32_t chance);
/* The trial was given up without a result (cancelled). */
void breaker_leave(struct breaker *b);
int64_t breaker_rest_ms(const struct breaker *b, int64_t now_ms);
/* It failed too often; else its rest is one that it asked for. */
bool breaker_is_open(const struct breaker *b);

#endif
