/* call_parts.h: what the files of a call share. */
#ifndef ESIHELP_PROVIDER_CALL_PARTS_H
#define ESIHELP_PROVIDER_CALL_PARTS_H

#include "provider/call.h"

#define CALL_ORIGIN "provider/call"
#define CALL_WHY_MAX 48

/* An endpoint, as far as this call is concerned. */
struct candidate {
    struct endpoint *to;
    int32_t tries, forms;   /* requests sent, and those refused for their form */
    bool out;               /* not to be asked any more */
    bool lost_once;         /* a kept connection was gone */
    bool unreachable;       /* it couldn't be connected to */
    int64_t not_before_ns;  /* backing off until then */
    char why[CALL_WHY_MAX]; /* what became of it, in a few words; "": it wasn't asked */
};

/* One request under way. */
struct attempt {
    struct candidate *at; /* NULL: none */
    struct http_call *call;
    struct http_request request;
    struct buf body, error_body;
    int64_t started_ns;
    int status;
    bool trial; /* it tries whether the endpoint is back */
    bool read;  /* bytes of it went to the reader */
};

/* How an attempt ended. */
struct outcome {
    struct retry_reply reply;
    enum retry_class is;
    enum call_verdict verdict;
    int64_t asked_ms;    /* how long it asks to be left alone; -1: it doesn't say */
    const char *problem; /* of http; NULL: none */
};

struct run {
    const struct call *call;
    struct http_waiter *waiter;
    struct candidate candidates[ENDPOINTS_MAX];
    struct attempt attempts[2]; /* the second is the hedge */
    struct attempt *written;    /* the reader's state is of this one */
    int32_t requests;
    bool hedged; /* the one that is under way */
    int64_t tick_ns;
    struct candidate *last; /* that failed */
    int last_status;        /* that was a refusal */
    bool said_last;         /* the reader said why */
    esi_error said;         /* by the reader */
    esi_err result;         /* once it is over */
    esi_error failed;       /* its details */
    struct endpoint *from;
};

/* What a step leaves: the call is over (result says how), or it goes on. */
enum step { STEP_ON, STEP_OVER };

/* ---- call_attempt.c ------------------------------------------------------------------------- */

/* Writes the body and sends it. The endpoint admitted it; `trial` is given back on failure. */
enum step attempt_start(struct run *r, struct attempt *a, struct candidate *to, bool trial);
/* Reads what is new. Over: there is a result. Else it is under way still, or at is NULL. */
enum step attempt_read(struct run *r, struct attempt *a);
/* Ends it without a result: the wait is over, or another one was quicker. late: its fault. */
void attempt_leave(struct run *r, struct attempt *a, bool late);
bool attempt_under_way(const struct attempt *a);
/* Uniform in [0, 2^32). */
uint32_t draw_chance(void);
/* Could another endpoint be asked in its place? */
bool run_has_others(const struct run *r, const struct candidate *than, int64_t now_ns);
/* When may it be asked? INT64_MAX: not in this call. */
int64_t candidate_ready_ns(const struct candidate *c, int64_t now_ns);

/* ---- call_tell.c ---------------------------------------------------------------------------- */

/* One line for the operator, without secrets and without a user's text. */
void call_problem(const struct run *r, const struct attempt *a, const struct outcome *o, char *out,
                  size_t size);
/* The same in a few words. */
void call_why(const struct outcome *o, char out[CALL_WHY_MAX]);
/* Nobody is left to be asked. */
esi_err call_fail(struct run *r, esi_error *err);
/* The wait is over. */
esi_err call_fail_wait(struct run *r, esi_error *err);

#endif
