/* pg_check.h: what the files of a check-up share. */
#ifndef ESIHELP_STORE_PG_CHECK_H
#define ESIHELP_STORE_PG_CHECK_H

#include "store/pg_parts.h"

#define PG_FINDINGS_MAX 48

/* One database that is looked at; it is told in what is found where there are two. */
struct pg_look {
    struct pg_db *db;
    struct pg_conn *conn;
    unsigned parts;
    const char *where; /* " (sessions and tickets)", " (knowledge base)", or "" */
};

struct pg_checkup {
    esi_store *store;
    const esi_wait *wait;
    esi_arena *arena;
    esi_store_finding *findings;
    size_t count;
    bool blind; /* what is missing keeps the rows from being looked at */
};

/* Adds a finding; mend is dropped where it is well. detail NULL: memory is used up. */
esi_err pg_find_add(struct pg_checkup *c, const char *what, bool ok, const char *detail,
                    const char *mend, esi_error *err) ESI_MUST_CHECK;
/* One row of an answer; to be cleared. */
esi_err pg_look_row(struct pg_checkup *c, const struct pg_look *look, const char *sql,
                    const struct pg_args *args, struct pg_rows *out, esi_error *err) ESI_MUST_CHECK;
/* A finding that is well where a statement counts nothing. */
esi_err pg_look_zero(struct pg_checkup *c, const struct pg_look *look, const char *what,
                     const char *sql, const char *of, const char *mend,
                     esi_error *err) ESI_MUST_CHECK;

/* The rows, and whether they belong together (pg_check_rows.c). */
esi_err pg_check_cases(struct pg_checkup *c, const struct pg_look *look,
                       esi_error *err) ESI_MUST_CHECK;
esi_err pg_check_knowledge(struct pg_checkup *c, const struct pg_look *look,
                           esi_error *err) ESI_MUST_CHECK;
/* The indexes of vectors, where the database searches, and how well they find (pg_check_rows.c). */
esi_err pg_check_vectors(struct pg_checkup *c, const struct pg_look *look,
                         esi_error *err) ESI_MUST_CHECK;

#endif
