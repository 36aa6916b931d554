/* upstream.h: an endpoint of the tests: it speaks the API over real sockets of loopback, on a
 * thread of its own, and plays what a script says, also what no endpoint should do.
 *
 * A script is words, one play a line; the requests take them in turn, and the last one goes on for
 * ever. A line: [chat|embed|any] PLAY [name=value ...]. The file says which plays there are. */
#ifndef ESIHELP_TESTS_UPSTREAM_H
#define ESIHELP_TESTS_UPSTREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct upstream;

struct upstream_setup {
    const char *script; /* NULL: "any normal" */
    uint32_t seed;      /* not 0: each request takes a line by chance, not in turn */
    bool keep_requests; /* for upstream_request */
};

struct upstream *upstream_start(const struct upstream_setup *setup);
void upstream_stop(struct upstream *u);
/* "http://127.0.0.1:PORT/v1" */
const char *upstream_url(const struct upstream *u);
int upstream_port(const struct upstream *u);
/* Another script from now on. */
void upstream_play(struct upstream *u, const char *script);

struct upstream_counts {
    int64_t requests; /* whose head and body arrived whole */
    int64_t chat, embed;
    int64_t inputs; /* texts of requests for vectors that got them */
    int64_t connections;
    int64_t open; /* requests that aren't answered yet */
};
struct upstream_counts upstream_counts(struct upstream *u);
/* The n-th request from 0 as it came, head and body; NULL: there were fewer. Lives until stop. */
const char *upstream_request(struct upstream *u, size_t n);
/* Waits until so many requests came, at most that long. */
bool upstream_await(struct upstream *u, int64_t requests, int64_t ms);

#endif
