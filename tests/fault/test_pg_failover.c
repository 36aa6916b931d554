/* The primary is killed and its standby promoted, under a load that knows both. With synchronous
 * replication nothing that was acknowledged is missing; without, what is missing is found and told,
 * nothing is doubled, and the service goes on. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "pg_control.h"
#include "pg_crowd.h"
#include "tap.h"

#define ASKERS 50
#define SOME 100

static struct pg_place place;
static esi_desk *desk;
static char standby[32];

static void open_with_standby(const char *how) {
    char url[URL_MAX_SIZE];
    pg_control("start main");
    pg_control("conf main synchronous_standby_names=");
    pg_place_make(&place);
    snprintf(standby, sizeof standby, "standby%ld", (long)getpid());
    pg_control("standby %s %s", standby, how);
    snprintf(url, sizeof url, "%s", pg_control("url main serve %s %s", place.database, standby));
    const esi_options options = pg_options(url);
    desk = pg_open(&options);
}

static PGconn *open_promoted(void) {
    return sql_open(pg_control("url %s super %s", standby, place.database));
}

static void fail_over(const struct crowd *crowd) {
    pg_control("kill main");
    pg_control("promote %s", standby);
    const int64_t ms = crowd_await_ms(crowd, 1);
    printf("# %lld calls failed; the first turn %lld ms after the promotion\n",
           (long long)crowd_failed(crowd), (long long)ms);
    (void)crowd_await_ms(crowd, SOME);
}

START_TEST(with_synchronous_replication_a_failover_loses_and_doubles_nothing) {
    open_with_standby("sync");
    struct crowd *crowd = crowd_start(desk, ASKERS);
    (void)crowd_await_ms(crowd, SOME);
    fail_over(crowd);
    crowd_stop(crowd);
    crowd_check_calls(crowd);
    PGconn *sql = open_promoted();
    crowd_check_rows(crowd, sql, 0);
    PQfinish(sql);
    crowd_free(crowd);
    esi_desk_close(desk);
    pg_control("stop %s", standby);
}
END_TEST

START_TEST(without_it_what_is_lost_is_found_and_nothing_is_doubled) {
    open_with_standby("async");
    struct crowd *crowd = crowd_start(desk, ASKERS);
    (void)crowd_await_ms(crowd, SOME);
    pg_control("conf %s primary_conninfo=port=1", standby); /* it hears of nothing any more */
    PGconn *sql = open_promoted();
    sql_until(sql, "SELECT (count(*) = 0)::int FROM pg_stat_wal_receiver", 1);
    PQfinish(sql);
    (void)crowd_await_ms(crowd, SOME);
    crowd_expect_loss(crowd);
    fail_over(crowd);
    crowd_stop(crowd);
    crowd_check_calls(crowd);
    sql = open_promoted();
    const int64_t lost = crowd_report_lost(crowd, sql);
    ck_assert_int_gt(lost, 0);
    crowd_check_rows(crowd, sql, lost);
    PQfinish(sql);
    crowd_free(crowd);
    esi_desk_close(desk);
    pg_control("stop %s", standby);
}
END_TEST

int main(void) {
    if (pg_missing() != NULL) {
        return tap_skip(pg_missing());
    }
    TCase *t = tcase_create("pg_failover");
    tcase_add_test(t, with_synchronous_replication_a_failover_loses_and_doubles_nothing);
    tcase_add_test(t, without_it_what_is_lost_is_found_and_nothing_is_doubled);
    return tap_run("fault/pg_failover", t);
}
