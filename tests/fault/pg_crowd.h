/* pg_crowd.h: many threads that ask, repeat what failed, and remember what was acknowledged. */
#ifndef ESIHELP_TESTS_PG_CROWD_H
#define ESIHELP_TESTS_PG_CROWD_H

#include "pg_desk.h"

struct crowd;

/* Starts so many askers, each with sessions of its own. Each request has an id; one that failed is
 * repeated with the same id until it succeeds. */
struct crowd *crowd_start(esi_desk *desk, int askers);
/* From now on, a request that was answered may be answered anew: its turn may be lost. */
void crowd_expect_loss(struct crowd *crowd);
/* How many turns were acknowledged so far, and how many calls failed. */
int64_t crowd_acknowledged(const struct crowd *crowd);
int64_t crowd_failed(const struct crowd *crowd);
/* Waits until so many more turns are acknowledged than now; fails the test when they never are.
 * Tells how long it took. */
int64_t crowd_await_ms(const struct crowd *crowd, int64_t more);
/* Lets each asker finish what it asked, and ends it. */
void crowd_stop(struct crowd *crowd);
/* Every call ended as it may: with a reply, or with an error that says that it may be repeated, in
 * time; what was repeated after it had been answered got the same answer. */
void crowd_check_calls(const struct crowd *crowd);
/* Every acknowledged turn is there once but for `lost` of them, nothing else is, and nothing is
 * half. */
void crowd_check_rows(const struct crowd *crowd, PGconn *sql, int64_t lost);
/* Finds the acknowledged turns that aren't there, tells of them, and gives their number. */
int64_t crowd_report_lost(const struct crowd *crowd, PGconn *sql);
void crowd_free(struct crowd *crowd);

/* Lets fifty askers ask while that happens, so often; each time somebody has to be answered again
 * by itself. Then looks at all of it. */
void crowd_disturb(esi_desk *desk, PGconn *sql, void (*happen)(const struct crowd *, int round),
                   int rounds);
/* Until as many calls have failed from now on as there are askers. */
void crowd_await_failures(const struct crowd *crowd);

#endif
