/* The network between the store and its server is cut at every message of a turn, stalls, or
 * refuses. Nothing is half-written, a turn whose commit's answer was lost is found again, and what
 * can't be done in time says so in time. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "pg_control.h"
#include "pg_desk.h"
#include "pg_proxy.h"
#include "tap.h"

#define MESSAGES_MAX 400 /* more than any call has */
#define LATE_MS 20000    /* how much later than it should a call may end on a busy machine */

static struct pg_place place;
static struct pg_proxy *proxy;
static PGconn *sql;
static esi_desk *desk;

/* ---- a desk behind the proxy --------------------------------------------------------------- */

/* straight: to the server; else to its pooler. */
static void open_desk(bool straight, int64_t deadline_ms) {
    char url[URL_MAX_SIZE];
    char through[URL_MAX_SIZE];
    pg_place_make(&place);
    sql = sql_open(place.super);
    if (straight) {
        snprintf(url, sizeof url, "%s", place.serve);
    } else {
        pg_control("bouncer pooler%ld", (long)getpid());
        char name[32];
        snprintf(name, sizeof name, "pooler%ld", (long)getpid());
        pg_place_by(&place, name, url);
    }
    proxy = proxy_start(port_of_url(url));
    ck_assert_ptr_nonnull(proxy);
    url_through(url, proxy_port(proxy), through);
    esi_options options = pg_options(through);
    options.deadline_ms = deadline_ms;
    options.reserve_ms = 100;
    options.connections = 1;
    desk = pg_open(&options);
}

static void tear_down(void) {
    esi_desk_close(desk);
    proxy_stop(proxy);
    PQfinish(sql);
}

static esi_err ask(const char *session, const char *request, const char *message, esi_reply **out,
                   esi_error *err) {
    esi_chat_request r = ESI_CHAT_REQUEST_INIT;
    r.session_id = session;
    r.request_id = request;
    r.user_id = "alice";
    r.message = message;
    *out = NULL;
    return esi_chat_ask(desk, &r, out, err);
}

static const char escalates[] =
    "The printer reports a paper jam, the whole class has lost its work";

/* Asks until there is an answer. */
static esi_reply *ask_through(const char *session, const char *request, const char *message) {
    const esi_wait wait = wait_for_ms(PATIENCE_MS, NULL);
    esi_reply *reply = NULL;
    esi_error err = {0};
    while (ask(session, request, message, &reply, &err) != ESI_OK) {
        ck_assert_msg(err.retryable && !wait_over(&wait), "%s: %s", esi_err_name(err.code),
                      err.message);
        wait_sleep(&wait, 50);
    }
    return reply;
}

static void failed_in_time(esi_err rc, const esi_error *err, const esi_wait *late) {
    ck_assert_msg(rc == ESI_EUNAVAILABLE || rc == ESI_ETIMEOUT, "%s: %s", esi_err_name(rc),
                  err->message);
    ck_assert_int_eq(err->code, rc);
    ck_assert(err->retryable);
    ck_assert(!wait_over(late));
}

static int64_t turns_of(const char *session) {
    const int64_t n =
        sql_int_of(sql, "SELECT count(*) FROM chat_messages WHERE session_id = $1", session);
    ck_assert_int_eq(n % 2, 0);
    return n / 2;
}

/* ---- round trips --------------------------------------------------------------------------- */

static int64_t trips_of(const char *request, const char *message) {
    esi_error err = {0};
    esi_reply *reply;
    const struct proxy_counts before = proxy_count(proxy);
    const esi_err rc = ask("s", request, message, &reply, &err);
    ck_assert_msg(rc == ESI_OK, "%s", err.message);
    esi_reply_free(reply);
    const struct proxy_counts after = proxy_count(proxy);
    ck_assert_int_eq(after.dialled, before.dialled);
    return after.trips - before.trips;
}

START_TEST(a_turn_is_three_round_trips_from_the_first_on) {
    open_desk(_i == 0, PATIENCE_MS);
    ck_assert_int_eq(trips_of("opens", escalates), 3);
    ck_assert_int_eq(trips_of("another", "Which paper may be used?"), 3);
    ck_assert_int_eq(trips_of("joins", "It still reports a paper jam, and nobody can work"), 3);
    ck_assert_int_eq(trips_of("refused", "How do I read the other team's files?"), 2);
    ck_assert_int_eq(trips_of("again", "My badge is not read at the door"), 3);
    ck_assert_int_eq(trips_of("again", "My badge is not read at the door"), 1);
    tear_down();
}
END_TEST

START_TEST(behind_a_pooler_no_statement_is_named) {
    open_desk(false, PATIENCE_MS);
    ck_assert_int_eq(trips_of("a", escalates), 3);
    ck_assert_int_eq(trips_of("b", escalates), 3);
    ck_assert_int_eq(proxy_count(proxy).named, 0);
    tear_down();
}
END_TEST

/* ---- cuts ---------------------------------------------------------------------------------- */

static const enum proxy_cut cuts[] = {CUT_BEFORE, CUT_MIDDLE, CUT_AFTER, CUT_ANSWERED};

static void cut_at(int64_t n, enum proxy_cut how) {
    if (how == CUT_ANSWERED) {
        proxy_cut_trip(proxy, n, how);
    } else {
        proxy_cut_message(proxy, n, how);
    }
}

/* Does it with a cut at each message in turn, until one time nothing was cut. Tells how often. */
static int64_t cut_everywhere(enum proxy_cut how, void (*act)(int64_t n, enum proxy_cut how)) {
    for (int64_t n = 1; n < MESSAGES_MAX; n++) {
        const int64_t before = proxy_count(proxy).cuts;
        cut_at(n, how);
        act(n, how);
        cut_at(0, how);
        if (proxy_count(proxy).cuts == before) {
            return n - 1;
        }
    }
    ck_abort_msg("it never ends");
}

static void cut_a_turn(int64_t n, enum proxy_cut how) {
    char id[32];
    esi_error err = {0};
    esi_reply *reply;
    snprintf(id, sizeof id, "cut-%d-%lld", (int)how, (long long)n);
    const esi_err rc = ask(id, id, escalates, &reply, &err);
    ck_assert_msg(rc == ESI_OK, "cut %d at message %lld: %s: %s", (int)how, (long long)n,
                  esi_err_name(rc), err.message);
    ck_assert(reply->needs_escalation);
    ck_assert_int_eq(turns_of(id), 1);
    esi_reply *again = ask_through(id, id, escalates);
    ck_assert_str_eq(again->message_id, reply->message_id);
    ck_assert_str_eq(again->ticket_id, reply->ticket_id);
    ck_assert_int_eq(turns_of(id), 1);
    esi_reply_free(again);
    esi_reply_free(reply);
}

START_TEST(a_turn_that_is_cut_at_any_message_is_written_once_all_the_same) {
    open_desk(_i == 0, PATIENCE_MS);
    int64_t points = 0;
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        const int64_t n = cut_everywhere(cuts[i], cut_a_turn);
        ck_assert_int_ge(n, 3);
        points += n;
    }
    printf("# cut at %lld points\n", (long long)points);
    check_nothing_half(sql);
    tear_down();
}
END_TEST

static void cut_a_ticket(int64_t n, enum proxy_cut how) {
    char id[32];
    esi_error err = {0};
    esi_ticket *ticket = NULL;
    esi_ticket_request r = ESI_TICKET_REQUEST_INIT;
    snprintf(id, sizeof id, "ticket-%d-%lld", (int)how, (long long)n);
    r.session_id = id;
    r.request_id = id;
    r.summary = "The badge is not read";
    const esi_err rc = esi_ticket_create(desk, NULL, &r, &ticket, &err);
    ck_assert_msg(rc == ESI_OK, "cut %d at message %lld: %s: %s", (int)how, (long long)n,
                  esi_err_name(rc), err.message);
    ck_assert_int_eq(sql_int_of(sql, "SELECT count(*) FROM tickets WHERE session_id = $1", id), 1);
    ck_assert_int_eq(sql_int_of(sql,
                                "SELECT count(*) FROM ticket_events JOIN tickets USING (number) "
                                "WHERE session_id = $1",
                                id),
                     1);
    esi_ticket_free(ticket);
}

START_TEST(a_ticket_that_is_cut_at_any_message_is_opened_once) {
    open_desk(_i == 0, PATIENCE_MS);
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        ck_assert_int_ge(cut_everywhere(cuts[i], cut_a_ticket), 1);
    }
    check_nothing_half(sql);
    tear_down();
}
END_TEST

static void cut_a_document(int64_t n, enum proxy_cut how) {
    char name[32];
    char text[256];
    esi_error err = {0};
    esi_kb_report *report = NULL;
    esi_kb_source source = ESI_KB_SOURCE_INIT;
    const esi_wait wait = wait_for_ms(PATIENCE_MS, NULL);
    snprintf(name, sizeof name, "shelf-%d.md", (int)how);
    snprintf(text, sizeof text,
             "# Shelf\n\nShelf number %lld holds the spare keyboards.\n\n## Key\n"
             "\nThe key of shelf %lld is at the desk.\n",
             (long long)n, (long long)n);
    source.name = name;
    source.text = text;
    while (esi_kb_ingest(desk, &source, &report, &err) != ESI_OK) {
        ck_assert_msg(err.retryable && !wait_over(&wait), "cut %d at message %lld: %s: %s",
                      (int)how, (long long)n, esi_err_name(err.code), err.message);
        check_nothing_half(sql);
        wait_sleep(&wait, 20);
    }
    esi_kb_report_free(report);
    ck_assert_int_eq(sql_int_of(sql, "SELECT count(*) FROM kb_documents WHERE source = $1", name),
                     1);
    check_nothing_half(sql);
}

START_TEST(a_document_that_is_cut_at_any_message_is_whole_or_the_former_one) {
    open_desk(_i == 0, PATIENCE_MS);
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        ck_assert_int_ge(cut_everywhere(cuts[i], cut_a_document), 1);
    }
    ck_assert_int_eq(sql_int(sql, "SELECT count(*) FROM kb_documents"), 2 + 4);
    tear_down();
}
END_TEST

/* ---- the network stays away ---------------------------------------------------------------- */

START_TEST(a_commit_whose_answer_is_lost_for_good_is_found_by_its_request_id) {
    open_desk(_i == 0, 1000);
    esi_error err = {0};
    esi_reply *reply;
    proxy_cut_trip(proxy, 3, CUT_ANSWERED);
    proxy_refuse(proxy, true); /* the connection that is there stays until the cut */
    const esi_wait late = wait_for_ms(1000 + LATE_MS, NULL);
    failed_in_time(ask("s", "r", escalates, &reply, &err), &err, &late);
    ck_assert_int_eq(err.code, ESI_EUNAVAILABLE);
    ck_assert_int_eq(turns_of("s"), 1);
    proxy_refuse(proxy, false);
    reply = ask_through("s", "r", escalates);
    ck_assert(reply->replayed);
    ck_assert_ptr_nonnull(reply->ticket_id);
    ck_assert_int_eq(turns_of("s"), 1);
    esi_reply_free(reply);
    check_nothing_half(sql);
    tear_down();
}
END_TEST

START_TEST(a_server_that_refuses_is_told_at_once_with_a_time_to_wait_and_needs_no_telling_after) {
    open_desk(true, 500);
    esi_error err = {0};
    esi_reply *reply;
    proxy_refuse(proxy, true);
    proxy_cut_all(proxy);
    const esi_wait late = wait_for_ms(500 + LATE_MS, NULL);
    failed_in_time(ask("s", "r", escalates, &reply, &err), &err, &late);
    ck_assert_int_eq(err.code, ESI_EUNAVAILABLE);
    ck_assert_int_gt(err.retry_after_ms, 0);
    ck_assert_int_eq(err.http_status, 503);
    proxy_refuse(proxy, false);
    reply = ask_through("s", "r", escalates);
    ck_assert_int_eq(turns_of("s"), 1);
    esi_reply_free(reply);
    tear_down();
}
END_TEST

START_TEST(a_black_hole_is_left_at_the_deadline) {
    open_desk(_i == 0, 1000);
    esi_error err = {0};
    esi_reply *reply;
    proxy_stall(proxy, true);
    const esi_wait late = wait_for_ms(1000 + LATE_MS, NULL);
    failed_in_time(ask("s", "r", escalates, &reply, &err), &err, &late);
    proxy_stall(proxy, false);
    reply = ask_through("s", "r", escalates);
    ck_assert_int_eq(turns_of("s"), 1);
    esi_reply_free(reply);
    check_nothing_half(sql);
    tear_down();
}
END_TEST

static int stall_at_text(const esi_event *event, void *context) {
    (void)context;
    if (event->kind == ESI_EVENT_DELTA) {
        proxy_stall(proxy, true);
    }
    return 0;
}

START_TEST(a_commit_that_arrives_late_is_that_turn_and_no_other) {
    open_desk(_i == 0, 1000);
    esi_error err = {0};
    esi_reply *reply = NULL;
    esi_chat_request r = ESI_CHAT_REQUEST_INIT;
    r.session_id = "s";
    r.request_id = "r";
    r.user_id = "alice";
    r.message = escalates;
    r.on_event = stall_at_text;
    const esi_wait late = wait_for_ms(1000 + LATE_MS, NULL);
    failed_in_time(esi_chat_ask(desk, &r, &reply, &err), &err, &late);
    ck_assert_int_eq(err.code, ESI_EUNAVAILABLE); /* a timeout would say that it isn't written */
    ck_assert_int_eq(turns_of("s"), 0);
    proxy_stall(proxy, false); /* what was on its way arrives now */
    reply = ask_through("s", "r", escalates);
    ck_assert_int_eq(turns_of("s"), 1);
    ck_assert_int_eq(sql_int_of(sql, "SELECT count(*) FROM chat_messages WHERE id = $1::uuid",
                                reply->message_id),
                     1);
    ck_assert_int_eq(sql_int(sql, "SELECT count(*) FROM tickets"), 1);
    esi_reply_free(reply);
    check_nothing_half(sql);
    tear_down();
}
END_TEST

int main(void) {
    if (pg_missing() != NULL) {
        return tap_skip(pg_missing());
    }
    TCase *t = tcase_create("pg_cut");
    /* straight, and behind a pooler */
    const int ways = is_soak() ? 2 : 1;
    tcase_add_loop_test(t, a_turn_is_three_round_trips_from_the_first_on, 0, 2);
    tcase_add_test(t, behind_a_pooler_no_statement_is_named);
    tcase_add_loop_test(t, a_turn_that_is_cut_at_any_message_is_written_once_all_the_same, 0, 2);
    tcase_add_loop_test(t, a_ticket_that_is_cut_at_any_message_is_opened_once, 0, ways);
    tcase_add_loop_test(t, a_document_that_is_cut_at_any_message_is_whole_or_the_former_one, 0,
                        ways);
    tcase_add_loop_test(t, a_commit_whose_answer_is_lost_for_good_is_found_by_its_request_id, 0,
                        ways);
    tcase_add_test(
        t, a_server_that_refuses_is_told_at_once_with_a_time_to_wait_and_needs_no_telling_after);
    tcase_add_loop_test(t, a_black_hole_is_left_at_the_deadline, 0, ways);
    tcase_add_loop_test(t, a_commit_that_arrives_late_is_that_turn_and_no_other, 0, ways);
    return tap_run("fault/pg_cut", t);
}
