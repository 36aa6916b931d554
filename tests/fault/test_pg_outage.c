/* What else may be away for a while: the network at any moment, the right to write, the knowledge
 * base's own database, the server while a desk opens. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../desk/fixture.h"
#include "base/clock.h"
#include "pg_control.h"
#include "pg_crowd.h"
#include "pg_proxy.h"

#define LONG_ROUNDS 10 /* with ESI_SOAK=1 */

static struct pg_place place;
static struct pg_place knowledge;
static struct pg_proxy *proxy;
static PGconn *sql;
static esi_desk *desk;

static int rounds(void) {
    return is_soak() ? LONG_ROUNDS : 1;
}

static void look_on(void) {
    sql = sql_open(place.super);
}

static void close_all(void) {
    esi_desk_close(desk);
    proxy_stop(proxy);
    PQfinish(sql);
}

static void open_through_proxy(char url[URL_MAX_SIZE]) {
    pg_place_make(&place);
    look_on();
    proxy = proxy_start(port_of_url(place.serve));
    ck_assert_ptr_nonnull(proxy);
    url_through(place.serve, proxy_port(proxy), url);
}

/* ---- the network --------------------------------------------------------------------------- */

static void stall_for(int64_t ms) {
    const esi_wait wait = wait_for_ms(ms, NULL);
    proxy_stall(proxy, true);
    wait_sleep(&wait, ms);
    proxy_stall(proxy, false);
}

static void refuse_for(int64_t ms) {
    const esi_wait wait = wait_for_ms(ms, NULL);
    proxy_refuse(proxy, true);
    proxy_cut_all(proxy);
    wait_sleep(&wait, ms);
    proxy_refuse(proxy, false);
}

/* One thing after another that a network does. */
static void storm(const struct crowd *crowd, int round) {
    const esi_wait wait = wait_for_ms(is_soak() ? 30000 : 3000, NULL);
    uint32_t seed = 20261122U + (uint32_t)round;
    (void)crowd;
    while (!wait_over(&wait)) {
        seed = seed * 1664525U + 1013904223U;
        const uint32_t chance = seed >> 8;
        switch (chance % 6) {
        case 0:
            proxy_cut_all(proxy);
            break;
        case 1:
            stall_for(chance % 200);
            break;
        case 2:
            refuse_for(chance % 100);
            break;
        case 3:
            proxy_delay(proxy, chance % 20);
            break;
        case 4:
            proxy_cut_trip(proxy, 1 + chance % 20, CUT_ANSWERED);
            break;
        default:
            proxy_cut_message(proxy, 1 + chance % 100, CUT_MIDDLE);
        }
        wait_sleep(&wait, chance % 50);
    }
    proxy_delay(proxy, 0);
    proxy_cut_message(proxy, 0, CUT_AFTER);
    ck_assert_int_gt(proxy_count(proxy).cuts, 0);
}

START_TEST(a_network_in_which_everything_happens_loses_and_doubles_nothing) {
    char url[URL_MAX_SIZE];
    open_through_proxy(url);
    const esi_options options = pg_options(url);
    desk = pg_open(&options);
    crowd_disturb(desk, sql, storm, 1);
    close_all();
}
END_TEST

/* ---- a primary that is none any more ------------------------------------------------------- */

static void forbid_writing(const struct crowd *crowd, int round) {
    (void)round;
    pg_control("conf main default_transaction_read_only=on");
    crowd_await_failures(crowd);
    pg_control("conf main default_transaction_read_only=off");
}

START_TEST(a_server_that_can_only_be_read_for_a_while_is_waited_for) {
    pg_place_make(&place);
    look_on();
    const esi_options options = pg_options(place.serve);
    desk = pg_open(&options);
    crowd_disturb(desk, sql, forbid_writing, rounds());
    close_all();
}
END_TEST

/* ---- two databases ------------------------------------------------------------------------- */

static void rename_knowledge(const struct crowd *crowd, int round) {
    (void)round;
    pg_control("rename %s %s_away", knowledge.database, knowledge.database);
    crowd_await_failures(crowd);
    pg_control("rename %s_away %s", knowledge.database, knowledge.database);
}

START_TEST(while_the_knowledge_base_is_away_nothing_of_a_turn_is_written) {
    pg_places_make(&place, &knowledge);
    look_on();
    esi_options options = pg_options(place.serve);
    options.knowledge = knowledge.serve;
    desk = pg_open(&options);
    ck_assert_int_eq(sql_int(sql, "SELECT count(to_regclass('kb_documents'))"), 0);
    crowd_disturb(desk, sql, rename_knowledge, rounds());
    close_all();
}
END_TEST

/* ---- opening ------------------------------------------------------------------------------- */

START_TEST(a_desk_that_opens_without_its_server_checks_texts_and_works_once_it_is_there) {
    char url[URL_MAX_SIZE];
    esi_error err = {0};
    esi_reply *reply = NULL;
    esi_verdict *verdict = NULL;
    open_through_proxy(url);
    proxy_refuse(proxy, true);
    esi_options options = pg_options(url);
    options.open_degraded = true;
    options.refresh_ms = 100;
    desk = pg_open(&options);
    esi_guardrail_request check = ESI_GUARDRAIL_REQUEST_INIT;
    check.text = "How do I read the other team's files?";
    must(esi_guardrail_check(desk, &check, &verdict, &err), &err);
    ck_assert(verdict->blocked);
    esi_verdict_free(verdict);
    esi_chat_request request = ESI_CHAT_REQUEST_INIT;
    request.message = "The printer reports a paper jam";
    ck_assert_str_eq(esi_err_name(esi_chat_ask(desk, &request, &reply, &err)), "ESI_EUNAVAILABLE");
    ck_assert(err.retryable);
    proxy_refuse(proxy, false);
    const esi_wait wait = wait_for_ms(PATIENCE_MS, NULL);
    while (esi_chat_ask(desk, &request, &reply, &err) != ESI_OK) {
        ck_assert_msg(err.retryable && !wait_over(&wait), "%s", err.message);
        wait_sleep(&wait, 50);
    }
    ck_assert_int_eq(reply->coverage, ESI_COVERAGE_COVERED);
    esi_reply_free(reply);
    close_all();
}
END_TEST

/* ---- how many ------------------------------------------------------------------------------ */

static void count_connections(const struct crowd *crowd, int round) {
    const int64_t until = crowd_acknowledged(crowd) + 300;
    int64_t most = 0;
    (void)round;
    while (crowd_acknowledged(crowd) < until) {
        const int64_t n = sql_int(sql, "SELECT count(*) FROM pg_stat_activity WHERE usename = "
                                       "'desk_serve' AND datname = current_database()");
        most = n > most ? n : most;
    }
    ck_assert_int_eq(most, 3);
}

START_TEST(there_are_never_more_connections_than_were_wished) {
    pg_place_make(&place);
    look_on();
    esi_options options = pg_options(place.serve);
    options.connections = 3;
    options.deadline_ms = PATIENCE_MS;
    desk = pg_open(&options);
    crowd_disturb(desk, sql, count_connections, 1);
    close_all();
}
END_TEST

int main(void) {
    if (pg_missing() != NULL) {
        return tap_skip(pg_missing());
    }
    TCase *t = tcase_create("pg_outage");
    tcase_add_test(t, a_network_in_which_everything_happens_loses_and_doubles_nothing);
    tcase_add_test(t, a_server_that_can_only_be_read_for_a_while_is_waited_for);
    tcase_add_test(t, while_the_knowledge_base_is_away_nothing_of_a_turn_is_written);
    tcase_add_test(t, a_desk_that_opens_without_its_server_checks_texts_and_works_once_it_is_there);
    tcase_add_test(t, there_are_never_more_connections_than_were_wished);
    return tap_run("fault/pg_outage", t);
}
