/* store_contract.h: what sys/store.h promises, as one suite for every store. A store joins by a row
 * in store_fixture.c. Below `pg.py run` the program tries the stores on PostgreSQL, else those on
 * SQLite. */
#ifndef ESIHELP_TESTS_STORE_CONTRACT_H
#define ESIHELP_TESTS_STORE_CONTRACT_H

#include <check.h>

#include <esihelp/sys/store.h>

#include "base/arena.h"

#define NOW INT64_C(1790000000000) /* 2026-09-21 */
#define COLLECTION "esihelp"

int store_row_count(void);

/* An empty store of that row, open. It is removed by fixture_close, also after a failed test the
 * next time the row is opened. */
struct fixture {
    int row;
    bool lasts; /* what is written is there after a reopening */
    const esi_store_ops *ops;
    esi_store *store;
    esi_arena arena;
    esi_wait wait; /* ten seconds from fixture_open */
    esi_error err;
    char url[256];
    char folder[128];
    char name[64]; /* of the database, on a server */
    unsigned ids;
};

void fixture_open(struct fixture *f, int row);
/* Closes and opens it again. */
void fixture_reopen(struct fixture *f);
void fixture_close(struct fixture *f);
/* Tests are run by a server that doesn't wait for its disk; one that serves does. */
void fixture_be_durable(bool durable);
/* In how many columns, of all tables and of all types, that text stands, looked at from outside of
 * the store; -1 where nobody can look. */
int fixture_count_text(const struct fixture *f, const char *text);
/* A fresh id, in the arena. */
const char *fixture_id(struct fixture *f);

#define ASSERT_OK(f, call)                                                                         \
    do {                                                                                           \
        const esi_err assert_rc = (call);                                                          \
        ck_assert_msg(assert_rc == ESI_OK, "%s: %s", esi_err_name(assert_rc), (f)->err.message);   \
    } while (0)
#define ASSERT_ERR(f, code, call) ck_assert_str_eq(esi_err_name(call), esi_err_name(code))

/* ---- things to write, with everything filled in ------------------------------------------ */

esi_claim no_claim(void);
esi_claim a_claim(const char *caller, const char *request_id, uint8_t body);
esi_session_query a_query(const char *session_id, const char *user_id);
/* A turn of alice's: a covered question with two references. */
esi_store_turn a_turn(struct fixture *f, const char *session_id, int64_t expect_turns);
esi_store_new_ticket a_ticket(struct fixture *f, const char *session_id, const char *category);
/* A document with `sections` sections and vectors of 4 dimensions, the first of them `mark`. */
esi_store_document a_document(struct fixture *f, const char *id, size_t sections, float mark);
extern const esi_store_space a_space; /* "test", 4 dimensions */

/* ---- one visit, which must succeed ------------------------------------------------------- */

esi_session_view load(struct fixture *f, const char *session_id, const char *user_id);
esi_store_turn_result commit(struct fixture *f, const esi_store_turn *turn);
void put_document(struct fixture *f, const esi_store_document *document);
int64_t kb_version(struct fixture *f);
esi_store_metrics metrics(struct fixture *f, int64_t from_ms, int64_t to_ms);
esi_store_ticket ticket_of(struct fixture *f, const char *id);

/* The suites; each adds its tests as loops over the rows. */
void add_session_tests(TCase *cases);
void add_turn_tests(TCase *cases);
void add_kb_tests(TCase *cases);
void add_space_tests(TCase *cases);
void add_vector_tests(TCase *cases);
void add_ticket_tests(TCase *cases);
void add_join_tests(TCase *cases);
void add_change_tests(TCase *cases);
void add_metrics_tests(TCase *cases);
void add_outbox_tests(TCase *cases);
void add_purge_tests(TCase *cases);
void add_thread_tests(TCase *cases);

#define ADD(cases, test) tcase_add_loop_test((cases), (test), 0, store_row_count())

#endif
