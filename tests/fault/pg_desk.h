/* pg_desk.h: a desk on the test's own PostgreSQL, and what is in its tables. */
#ifndef ESIHELP_TESTS_PG_DESK_H
#define ESIHELP_TESTS_PG_DESK_H

#include <stdbool.h>
#include <stdint.h>

#include <libpq-fe.h>

#include <esihelp/esihelp.h>

#define URL_MAX_SIZE 512

/* How long something may take that happens soon: a machine may be busy. */
#define PATIENCE_MS 120000

/* How long a call may take that says nothing else: it is what is waited for where a server is
 * away. */
#define DEADLINE_MS 2500

/* Is this the long form? */
bool is_soak(void);

/* ---- desks --------------------------------------------------------------------------------- */

/* The server's URL with another port: a proxy's. */
void url_through(const char *url, int port, char out[URL_MAX_SIZE]);
int port_of_url(const char *url);

/* ESI_OPTIONS_INIT for that store: offline, calls of DEADLINE_MS, and whatever the test sets. */
esi_options pg_options(const char *url);
esi_desk *pg_open(const esi_options *options);

/* A database of the test's own. */
struct pg_place {
    char database[32];
    char owner[URL_MAX_SIZE], serve[URL_MAX_SIZE], super[URL_MAX_SIZE]; /* URLs of its roles */
};
/* Makes it, its tables as their owner, and puts the fixture's documents into them. */
void pg_place_make(struct pg_place *place);
/* The same with two of them: what was asked, and the documents. */
void pg_places_make(struct pg_place *cases, struct pg_place *knowledge);
/* The same database by another way: that pooler's, or that server's. */
void pg_place_by(const struct pg_place *place, const char *server, char out[URL_MAX_SIZE]);

/* ---- rows ---------------------------------------------------------------------------------- */

/* A connection of the test's own; it fails the test where there is none. */
PGconn *sql_open(const char *url);
void sql_run(PGconn *sql, const char *statement);
/* The first column of the first row. */
int64_t sql_int(PGconn *sql, const char *query);
/* The same with $1. */
int64_t sql_int_of(PGconn *sql, const char *query, const char *argument);
/* Polls until the answer is at least that; fails the test when it never is. */
void sql_until(PGconn *sql, const char *query, int64_t least);

/* Nothing of any turn is half-written, and no session has more or fewer turns than it says. */
void check_nothing_half(PGconn *sql);

#endif
