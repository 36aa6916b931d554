/* The server goes away under a load of fifty asking threads, and comes back: what was acknowledged
 * is there once, what failed said so and succeeds when it is repeated, and nobody has to be told.
 * */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "pg_control.h"
#include "pg_crowd.h"
#include "tap.h"

#define LONG_ROUNDS 10 /* with ESI_SOAK=1 */

static struct pg_place place;
static PGconn *sql;
static esi_desk *desk;
static char pooler[32];

static void set_up(void) {
    pg_place_make(&place);
    sql = sql_open(place.super);
}

static void tear_down(void) {
    esi_desk_close(desk);
    desk = NULL;
    PQfinish(sql);
}

static void open_desk(const char *url) {
    const esi_options options = pg_options(url);
    desk = pg_open(&options);
}

/* Behind a pooler that has few connections for many clients. */
static void open_pooled(void) {
    char url[URL_MAX_SIZE];
    snprintf(pooler, sizeof pooler, "pooler%ld", (long)getpid());
    pg_control("bouncer %s default_pool_size=3", pooler);
    pg_place_by(&place, pooler, url);
    open_desk(url);
}

static void restart_fast(const struct crowd *crowd, int round) {
    (void)crowd;
    (void)round;
    pg_control("restart main fast");
}

static void restart_immediate(const struct crowd *crowd, int round) {
    (void)crowd;
    (void)round;
    pg_control("restart main immediate");
}

static void crash(const struct crowd *crowd, int round) {
    (void)crowd;
    (void)round;
    pg_control("kill main");
    pg_control("start main");
}

static void stay_away(const struct crowd *crowd, int round) {
    (void)round;
    pg_control("stop main fast");
    crowd_await_failures(crowd);
    pg_control("start main");
}

static void restart_pooler(const struct crowd *crowd, int round) {
    (void)crowd;
    (void)round;
    pg_control("restart %s", pooler);
}

static void rename_database(const struct crowd *crowd, int round) {
    (void)round;
    pg_control("rename %s %s_away", place.database, place.database);
    crowd_await_failures(crowd);
    pg_control("rename %s_away %s", place.database, place.database);
}

/* Ends one backend after another, whoever it is. */
static void terminate_backends(const struct crowd *crowd, int round) {
    const esi_wait wait = wait_for_ms(is_soak() ? 30000 : 2000, NULL);
    uint32_t seed = 20261122U + (uint32_t)round;
    int64_t ended = 0;
    (void)crowd;
    while (!wait_over(&wait)) {
        seed = seed * 1664525U + 1013904223U;
        ended += sql_int(sql, "SELECT count(pg_terminate_backend(pid)) FROM (SELECT pid FROM "
                              "pg_stat_activity WHERE usename = 'desk_serve' ORDER BY random() "
                              "LIMIT 1 + (random() < 0.1)::int * 100) x");
        wait_sleep(&wait, 1 + (seed >> 8) % 40);
    }
    ck_assert_int_gt(ended, 0);
}

START_TEST(a_server_that_is_restarted_in_good_order_loses_and_doubles_nothing) {
    open_desk(place.serve);
    crowd_disturb(desk, sql, restart_fast, is_soak() ? LONG_ROUNDS : 1);
}
END_TEST

START_TEST(a_server_that_is_restarted_at_once_loses_and_doubles_nothing) {
    open_desk(place.serve);
    crowd_disturb(desk, sql, restart_immediate, is_soak() ? LONG_ROUNDS : 1);
}
END_TEST

START_TEST(a_server_that_is_killed_loses_and_doubles_nothing) {
    open_desk(place.serve);
    crowd_disturb(desk, sql, crash, is_soak() ? LONG_ROUNDS : 1);
}
END_TEST

START_TEST(while_the_server_is_away_every_call_says_so_and_when_it_is_back_all_go_through) {
    open_desk(place.serve);
    crowd_disturb(desk, sql, stay_away, is_soak() ? LONG_ROUNDS : 1);
}
END_TEST

START_TEST(a_database_that_is_renamed_is_missed_and_found_again) {
    open_desk(place.serve);
    crowd_disturb(desk, sql, rename_database, is_soak() ? LONG_ROUNDS : 1);
}
END_TEST

START_TEST(backends_that_are_terminated_at_random_lose_and_double_nothing) {
    open_desk(place.serve);
    crowd_disturb(desk, sql, terminate_backends, 1);
}
END_TEST

START_TEST(a_pooler_that_is_restarted_loses_and_doubles_nothing) {
    open_pooled();
    crowd_disturb(desk, sql, restart_pooler, is_soak() ? LONG_ROUNDS : 2);
}
END_TEST

START_TEST(backends_that_are_terminated_behind_a_pooler_lose_and_double_nothing) {
    open_pooled();
    crowd_disturb(desk, sql, terminate_backends, 1);
}
END_TEST

int main(void) {
    if (pg_missing() != NULL) {
        return tap_skip(pg_missing());
    }
    TCase *t = tcase_create("pg_restart");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, a_server_that_is_restarted_in_good_order_loses_and_doubles_nothing);
    tcase_add_test(t, a_server_that_is_restarted_at_once_loses_and_doubles_nothing);
    tcase_add_test(t, a_server_that_is_killed_loses_and_doubles_nothing);
    tcase_add_test(t,
                   while_the_server_is_away_every_call_says_so_and_when_it_is_back_all_go_through);
    tcase_add_test(t, a_database_that_is_renamed_is_missed_and_found_again);
    tcase_add_test(t, backends_that_are_terminated_at_random_lose_and_double_nothing);
    tcase_add_test(t, a_pooler_that_is_restarted_loses_and_doubles_nothing);
    tcase_add_test(t, backends_that_are_terminated_behind_a_pooler_lose_and_double_nothing);
    return tap_run("fault/pg_restart", t);
}
