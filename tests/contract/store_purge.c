#include <stdio.h>
#include <string.h>

#include "store_contract.h"

#define DAY INT64_C(86400000)
#define CUT (NOW + DAY) /* what was touched before goes */

/* ---- what a purge and an erasure say --------------------------------------------------------- */

struct report {
    const esi_store_count *counts;
    size_t count;
    bool more;
};

static esi_store_purge a_purge(void) {
    return (esi_store_purge){.before_ms = CUT, .limit = 100, .now_ms = NOW + 30 * DAY};
}

static struct report purge(struct fixture *f, const esi_store_purge *p) {
    struct report r = {0};
    ASSERT_OK(
        f, f->ops->purge(f->store, p, &f->wait, &f->arena, &r.counts, &r.count, &r.more, &f->err));
    return r;
}

static struct report erase(struct fixture *f, const char *user_id) {
    struct report r = {0};
    ASSERT_OK(f,
              f->ops->erase(f->store, user_id, &f->wait, &f->arena, &r.counts, &r.count, &f->err));
    return r;
}

/* "chat_sessions 1, chat_messages 2": the tables of which something went. */
static void check_report(const struct report *r, const char *expect) {
    char got[512] = "";
    for (size_t i = 0; i < r->count; i++) {
        const size_t n = strlen(got);
        if (r->counts[i].count != 0) {
            snprintf(got + n, sizeof got - n, "%s%s %lld", n > 0 ? ", " : "", r->counts[i].name,
                     (long long)r->counts[i].count);
        }
    }
    ck_assert_str_eq(got, expect);
}

/* ---- things to remove ------------------------------------------------------------------------ */

static void say(struct fixture *f, const char *session, const char *user, int64_t at_ms) {
    const esi_session_view view = load(f, session, user);
    esi_store_turn turn = a_turn(f, session, view.turns);
    turn.user_id = user;
    turn.now_ms = at_ms;
    commit(f, &turn);
}

static bool is_there(struct fixture *f, const char *session, const char *user) {
    return load(f, session, user).exists;
}

/* A ticket that a turn of that session opened then; its id. */
static const char *open_one(struct fixture *f, const char *session, const char *user,
                            const char *category, int64_t at_ms) {
    esi_store_new_ticket ticket = a_ticket(f, session, category);
    esi_store_turn turn = a_turn(f, session, load(f, session, user).turns);
    ticket.user_id = turn.user_id = user;
    ticket.now_ms = turn.now_ms = at_ms;
    turn.ticket = &ticket;
    return commit(f, &turn).ticket_id;
}

static void change(struct fixture *f, const esi_store_ticket_change *c) {
    esi_store_ticket ticket;
    ASSERT_OK(f, f->ops->ticket_change(f->store, c, &f->wait, &f->arena, &ticket, &f->err));
}

static void end_ticket(struct fixture *f, const char *id, esi_ticket_status status, int64_t at_ms) {
    const esi_store_ticket_change c = {
        .id = id, .has_status = true, .status = status, .actor = "carol", .now_ms = at_ms};
    change(f, &c);
}

static size_t take(struct fixture *f, int32_t limit, int64_t now_ms,
                   const esi_store_outbox_event **out) {
    size_t count;
    ASSERT_OK(f, f->ops->outbox_take(f->store, limit, 1000, now_ms, &f->wait, &f->arena, out,
                                     &count, &f->err));
    return count;
}

/* ---- purge ----------------------------------------------------------------------------------- */

START_TEST(old_sessions_go_with_all_that_was_said) {
    struct fixture f;
    fixture_open(&f, _i);
    const esi_store_guardrail_event event = {fixture_id(&f), "exfiltration", "r-1", "no", "x"};
    esi_store_turn turn = a_turn(&f, "old", 0);
    turn.guardrail = &event;
    commit(&f, &turn);
    say(&f, "old", "alice", CUT - 1);
    say(&f, "young", "alice", CUT);
    const esi_store_purge p = a_purge();
    const struct report r = purge(&f, &p);
    check_report(&r, "guardrails 1, kb_references 4, chat_messages 4, chat_sessions 1");
    ck_assert(!r.more);
    ck_assert(!is_there(&f, "old", "alice"));
    ck_assert(is_there(&f, "young", "alice"));
    const esi_store_metrics m = metrics(&f, 0, INT64_MAX);
    ck_assert_int_eq(m.conversations, 1);
    ck_assert_int_eq(m.guardrail_activations, 0);
    fixture_close(&f);
}
END_TEST

START_TEST(a_session_that_was_touched_since_stays_whole) {
    struct fixture f;
    fixture_open(&f, _i);
    say(&f, "s-1", "alice", NOW);
    say(&f, "s-1", "alice", CUT);
    const esi_store_purge p = a_purge();
    const struct report r = purge(&f, &p);
    check_report(&r, "");
    ck_assert_uint_eq(load(&f, "s-1", "alice").message_count, 4);
    fixture_close(&f);
}
END_TEST

START_TEST(an_open_ticket_stays_with_its_sessions) {
    struct fixture f;
    fixture_open(&f, _i);
    const char *const id = open_one(&f, "s-1", "alice", "network", NOW);
    esi_store_new_ticket more = a_ticket(&f, "s-2", "network");
    more.join_user_since_ms = 1;
    esi_store_turn turn = a_turn(&f, "s-2", 0);
    turn.ticket = &more;
    ck_assert(commit(&f, &turn).joined);
    const esi_store_ticket_change c = {.id = id,
                                       .has_status = true,
                                       .status = ESI_TICKET_IN_PROGRESS,
                                       .actor = "carol",
                                       .now_ms = NOW};
    change(&f, &c);
    const esi_store_purge p = a_purge();
    const struct report r = purge(&f, &p);
    check_report(&r, "");
    ck_assert_uint_eq(ticket_of(&f, id).conversation_count, 4);
    fixture_close(&f);
}
END_TEST

START_TEST(an_ended_ticket_goes_with_its_events_and_its_session) {
    struct fixture f;
    fixture_open(&f, _i);
    const char *const resolved = open_one(&f, "s-1", "alice", "network", NOW);
    const char *const closed = open_one(&f, "s-1", "alice", "vm", NOW);
    end_ticket(&f, resolved, ESI_TICKET_RESOLVED, NOW);
    end_ticket(&f, closed, ESI_TICKET_CLOSED, NOW);
    const esi_store_purge p = a_purge();
    const struct report r = purge(&f, &p);
    check_report(&r, "kb_references 4, chat_messages 4, ticket_events 4, ticket_sessions 2, "
                     "chat_sessions 1, tickets 2");
    ck_assert_int_eq(metrics(&f, 0, INT64_MAX).tickets, 0);
    fixture_close(&f);
}
END_TEST

START_TEST(a_ticket_that_was_touched_since_keeps_its_session) {
    struct fixture f;
    fixture_open(&f, _i);
    const char *const id = open_one(&f, "s-1", "alice", "network", NOW);
    end_ticket(&f, id, ESI_TICKET_RESOLVED, CUT);
    const esi_store_purge p = a_purge();
    struct report r = purge(&f, &p);
    check_report(&r, "");
    ck_assert_uint_eq(ticket_of(&f, id).conversation_count, 2);
    fixture_close(&f);
}
END_TEST

START_TEST(an_ended_ticket_goes_before_its_session_that_went_on) {
    struct fixture f;
    fixture_open(&f, _i);
    const char *const id = open_one(&f, "s-1", "alice", "network", NOW);
    end_ticket(&f, id, ESI_TICKET_RESOLVED, NOW);
    say(&f, "s-1", "alice", CUT);
    const esi_store_purge p = a_purge();
    const struct report r = purge(&f, &p);
    check_report(&r, "ticket_events 2, ticket_sessions 1, tickets 1");
    ck_assert_uint_eq(load(&f, "s-1", "alice").message_count, 4);
    fixture_close(&f);
}
END_TEST

START_TEST(a_number_is_not_given_again) {
    struct fixture f;
    fixture_open(&f, _i);
    const char *const id = open_one(&f, "s-1", "alice", "network", NOW);
    const int64_t number = ticket_of(&f, id).number;
    end_ticket(&f, id, ESI_TICKET_CLOSED, NOW);
    const esi_store_purge p = a_purge();
    purge(&f, &p);
    const char *const next = open_one(&f, "s-2", "alice", "network", CUT);
    ck_assert_int_eq(ticket_of(&f, next).number, number + 1);
    fixture_close(&f);
}
END_TEST

START_TEST(a_purge_goes_in_steps_until_nothing_is_left) {
    struct fixture f;
    fixture_open(&f, _i);
    for (int i = 0; i < 5; i++) {
        say(&f, arena_printf(&f.arena, "s-%d", i), "alice", NOW + i);
    }
    esi_store_purge p = a_purge();
    p.limit = 2;
    static const int left[] = {3, 1, 0};
    for (int i = 0; i < 3; i++) {
        const struct report r = purge(&f, &p);
        ck_assert_int_eq(metrics(&f, 0, INT64_MAX).conversations, left[i]);
        ck_assert_int_eq(r.more, left[i] > 0);
    }
    const struct report r = purge(&f, &p);
    check_report(&r, "");
    fixture_close(&f);
}
END_TEST

START_TEST(a_trial_counts_what_would_go_and_removes_nothing) {
    struct fixture f;
    fixture_open(&f, _i);
    for (int i = 0; i < 3; i++) {
        say(&f, arena_printf(&f.arena, "s-%d", i), "alice", NOW);
    }
    const char *const id = open_one(&f, "s-1", "alice", "network", NOW);
    end_ticket(&f, id, ESI_TICKET_CLOSED, NOW);
    const esi_store_outbox_event *events;
    take(&f, 1, NOW, &events);
    esi_store_purge p = a_purge();
    p.limit = 1;
    p.dry_run = true;
    static const char all[] = "kb_references 8, chat_messages 8, ticket_events 2, "
                              "ticket_sessions 1, chat_sessions 3, tickets 1, outbox 1";
    struct report r = purge(&f, &p);
    check_report(&r, all);
    ck_assert(!r.more);
    p.dry_run = false;
    p.limit = 100;
    r = purge(&f, &p);
    check_report(&r, all);
    fixture_close(&f);
}
END_TEST

START_TEST(requests_go_when_their_time_is_up) {
    struct fixture f;
    fixture_open(&f, _i);
    esi_session_query query = a_query("s-1", "alice");
    query.claim = a_claim("alice", "r-1", 1); /* for a second */
    esi_session_view view;
    ASSERT_OK(&f, f.ops->session_load(f.store, &query, &f.wait, &f.arena, &view, &f.err));
    esi_store_turn turn = a_turn(&f, "s-2", 0);
    turn.claim = a_claim("alice", "r-2", 1); /* for two days */
    turn.reply = "{}";
    commit(&f, &turn);
    esi_store_purge p = a_purge();
    p.before_ms = NOW;
    p.now_ms = NOW + 1000;
    struct report r = purge(&f, &p);
    check_report(&r, "idempotency 1");
    p.now_ms = NOW + 2 * DAY;
    r = purge(&f, &p);
    check_report(&r, "idempotency 1");
    fixture_close(&f);
}
END_TEST

START_TEST(events_go_that_were_taken_and_those_that_nobody_took_stay) {
    struct fixture f;
    fixture_open(&f, _i);
    for (int i = 0; i < 3; i++) {
        open_one(&f, arena_printf(&f.arena, "s-%d", i), "alice", "network", NOW);
    }
    const esi_store_outbox_event *events;
    esi_store_purge p = a_purge();
    p.now_ms = NOW + 999;
    ck_assert_uint_eq(take(&f, 2, NOW, &events), 2);
    struct report r = purge(&f, &p); /* they are being delivered */
    check_report(&r, "");
    p.now_ms = NOW + 1000;
    r = purge(&f, &p);
    check_report(&r, "outbox 2");
    p.untaken_events = true;
    r = purge(&f, &p);
    check_report(&r, "outbox 1");
    ck_assert_uint_eq(take(&f, 9, NOW + DAY, &events), 0);
    fixture_close(&f);
}
END_TEST

START_TEST(a_young_event_stays_though_it_was_taken) {
    struct fixture f;
    fixture_open(&f, _i);
    open_one(&f, "s-1", "alice", "network", CUT);
    const esi_store_outbox_event *events;
    ck_assert_uint_eq(take(&f, 9, CUT, &events), 1);
    esi_store_purge p = a_purge();
    p.untaken_events = true;
    const struct report r = purge(&f, &p);
    check_report(&r, "");
    fixture_close(&f);
}
END_TEST

START_TEST(removed_documents_are_remembered_for_a_day) {
    struct fixture f;
    fixture_open(&f, _i);
    const esi_store_document d = a_document(&f, "a", 1, 1);
    static const char *const ids[] = {"a"};
    size_t removed;
    put_document(&f, &d);
    ASSERT_OK(&f, f.ops->kb_remove(f.store, COLLECTION, ids, 1, NOW, &f.wait, &removed, &f.err));
    esi_store_purge p = a_purge();
    p.now_ms = NOW + DAY;
    struct report r = purge(&f, &p);
    check_report(&r, "");
    p.now_ms = NOW + DAY + 1;
    r = purge(&f, &p);
    check_report(&r, "kb_removed 1");
    fixture_close(&f);
}
END_TEST

START_TEST(a_purge_of_nothing_at_once_is_refused) {
    struct fixture f;
    fixture_open(&f, _i);
    esi_store_purge p = a_purge();
    p.limit = 0;
    struct report r;
    ASSERT_ERR(&f, ESI_EINVAL,
               f.ops->purge(f.store, &p, &f.wait, &f.arena, &r.counts, &r.count, &r.more, &f.err));
    fixture_close(&f);
}
END_TEST

START_TEST(every_table_is_told_of) {
    static const char *const purged[] = {"feedback",      "guardrails",    "kb_references",
                                         "chat_messages", "ticket_events", "ticket_sessions",
                                         "chat_sessions", "tickets",       "outbox",
                                         "idempotency",   "kb_removed"};
    static const char *const erased[] = {"users",         "api_tokens",    "chat_sessions",
                                         "chat_messages", "kb_references", "guardrails",
                                         "feedback",      "tickets",       "ticket_sessions",
                                         "ticket_events", "outbox",        "idempotency"};
    struct fixture f;
    fixture_open(&f, _i);
    const esi_store_purge p = a_purge();
    struct report r = purge(&f, &p);
    ck_assert_uint_eq(r.count, sizeof purged / sizeof *purged);
    for (size_t i = 0; i < r.count; i++) {
        ck_assert_str_eq(r.counts[i].name, purged[i]);
    }
    r = erase(&f, "alice");
    check_report(&r, "");
    ck_assert_uint_eq(r.count, sizeof erased / sizeof *erased);
    for (size_t i = 0; i < r.count; i++) {
        ck_assert_str_eq(r.counts[i].name, erased[i]);
    }
    fixture_close(&f);
}
END_TEST

/* ---- erase ----------------------------------------------------------------------------------- */

/* Everything that a person can leave, under a name that needs care in SQL, JSON and patterns; and
 * beside it bob, who has the same. */
#define PERSON "z\"o%e_\\"

static void live(struct fixture *f, const char *user, const char *session) {
    const esi_store_guardrail_event event = {fixture_id(f), "exfiltration", "r-1", "no", user};
    esi_store_turn turn = a_turn(f, session, 0);
    turn.user_id = user;
    turn.user_text = arena_printf(&f->arena, "I am %s", user);
    turn.guardrail = &event;
    turn.claim = a_claim(user, "r-1", 1);
    turn.reply = arena_printf(&f->arena, "{\"answer\":\"%s\"}", session);
    commit(f, &turn);
    const char *const id = open_one(f, session, user, "network", NOW);
    esi_store_turn again = a_turn(f, session, 2);
    again.user_id = user;
    again.remark_ticket = id;
    again.remark = arena_printf(&f->arena, "%s says: still", user);
    commit(f, &again);
}

START_TEST(all_of_a_person_goes_and_nothing_of_others) {
    struct fixture f;
    fixture_open(&f, _i);
    live(&f, PERSON, "s-1");
    live(&f, "bob", "s-2");
    const struct report r = erase(&f, PERSON);
    check_report(&r, "chat_sessions 1, chat_messages 6, kb_references 6, guardrails 1, tickets 1, "
                     "ticket_sessions 1, ticket_events 2, outbox 3, idempotency 1");
    ck_assert(!is_there(&f, "s-1", PERSON));
    ck_assert_uint_eq(load(&f, "s-2", "bob").message_count, 6);
    const esi_store_metrics m = metrics(&f, 0, INT64_MAX);
    ck_assert_int_eq(m.conversations, 1);
    ck_assert_int_eq(m.tickets, 1);
    const esi_store_outbox_event *events;
    ck_assert_uint_eq(take(&f, 9, NOW, &events), 3);
    ck_assert_int_le(fixture_count_text(&f, "z\"o"), 0);
    ck_assert_int_le(fixture_count_text(&f, "z\\\"o"), 0); /* as JSON writes it */
    ck_assert_int_ne(fixture_count_text(&f, "bob"), 0);
    const struct report again = erase(&f, PERSON);
    check_report(&again, "");
    fixture_close(&f);
}
END_TEST

START_TEST(a_request_of_a_person_who_was_erased_is_new) {
    struct fixture f;
    fixture_open(&f, _i);
    live(&f, PERSON, "s-1");
    erase(&f, PERSON);
    esi_session_query query = a_query("s-1", PERSON);
    query.claim = a_claim(PERSON, "r-1", 2);
    esi_session_view view;
    ASSERT_OK(&f, f.ops->session_load(f.store, &query, &f.wait, &f.arena, &view, &f.err));
    ck_assert_int_eq(view.claim, ESI_CLAIM_NEW);
    fixture_close(&f);
}
END_TEST

START_TEST(who_worked_on_anothers_ticket_leaves_it_without_a_name) {
    struct fixture f;
    fixture_open(&f, _i);
    const char *const id = open_one(&f, "s-1", "bob", "network", NOW);
    esi_store_ticket_change c = {.id = id,
                                 .has_status = true,
                                 .status = ESI_TICKET_IN_PROGRESS,
                                 .assignee = PERSON,
                                 .comment = PERSON " is on it",
                                 .actor = PERSON,
                                 .now_ms = NOW};
    change(&f, &c);
    c = (esi_store_ticket_change){
        .id = id, .assignee = "dave", .comment = "mine now", .actor = "dave", .now_ms = NOW};
    change(&f, &c);
    c = (esi_store_ticket_change){.id = id, .assignee = PERSON, .actor = "dave", .now_ms = NOW};
    change(&f, &c);
    const struct report r = erase(&f, PERSON);
    check_report(&r, "tickets 1, ticket_events 3, outbox 2");
    const esi_store_ticket t = ticket_of(&f, id);
    ck_assert_str_eq(t.user_id, "bob");
    ck_assert_ptr_null(t.assignee);
    ck_assert_int_eq(t.status, ESI_TICKET_IN_PROGRESS);
    ck_assert_str_eq(t.summary, "The VPN drops in lab 7");
    ck_assert_uint_eq(t.details.count, 2);
    ck_assert_int_eq(t.version, 4);
    ck_assert_int_le(fixture_count_text(&f, "z\"o"), 0);
    ck_assert_int_le(fixture_count_text(&f, "z\\\"o"), 0);
    ck_assert_int_ne(fixture_count_text(&f, "mine now"), 0);
    fixture_close(&f);
}
END_TEST

START_TEST(what_is_left_of_an_event_is_the_same_but_for_the_person) {
    struct fixture f;
    fixture_open(&f, _i);
    const char *const id = open_one(&f, "s-1", "bob", "network", NOW);
    const esi_store_ticket_change c = {
        .id = id, .assignee = "carol", .comment = "on it", .actor = "carol", .now_ms = NOW};
    change(&f, &c);
    const esi_store_outbox_event *before, *after;
    ck_assert_uint_eq(take(&f, 9, NOW, &before), 2);
    erase(&f, "carol");
    ck_assert_uint_eq(take(&f, 9, NOW + DAY, &after), 2);
    ck_assert_str_eq(after[0].body, before[0].body);
    static const char *const pieces[] = {"\"actor\":\"carol\"", "\"comment\":\"on it\"",
                                         "\"assignee\":\"carol\""};
    static const char *const gone[] = {"\"actor\":null", "\"comment\":null", "\"assignee\":null"};
    char expect[2048];
    snprintf(expect, sizeof expect, "%s", before[1].body);
    for (size_t i = 0; i < 3; i++) {
        char rest[2048];
        char *at = strstr(expect, pieces[i]);
        ck_assert_ptr_nonnull(at);
        snprintf(rest, sizeof rest, "%s", at + strlen(pieces[i]));
        snprintf(at, sizeof expect - (size_t)(at - expect), "%s%s", gone[i], rest);
    }
    ck_assert_str_eq(after[1].body, expect);
    fixture_close(&f);
}
END_TEST

/* A ticket of the person that a session of nobody joined: its turns are in the ticket's history. */
START_TEST(a_ticket_that_others_joined_stays_without_the_person) {
    struct fixture f;
    fixture_open(&f, _i);
    const char *const id = open_one(&f, "s-1", PERSON, "network", NOW);
    esi_store_new_ticket more = a_ticket(&f, "s-2", "network");
    more.user_id = PERSON;
    more.join_user_since_ms = 1;
    esi_store_turn turn = a_turn(&f, "s-2", 0);
    turn.user_id = NULL;
    turn.ticket = &more;
    ck_assert(commit(&f, &turn).joined);
    const struct report r = erase(&f, PERSON);
    check_report(&r, "chat_sessions 1, chat_messages 2, kb_references 2, tickets 1, "
                     "ticket_sessions 1, ticket_events 2, outbox 2");
    const esi_store_ticket t = ticket_of(&f, id);
    ck_assert_ptr_null(t.user_id);
    ck_assert_ptr_null(t.session_id);
    ck_assert_ptr_null(t.summary);
    ck_assert_ptr_null(t.description);
    ck_assert_uint_eq(t.details.count + t.context.count + t.attempt_count, 0);
    ck_assert_str_eq(t.category, "network");
    ck_assert_uint_eq(t.conversation_count, 2);
    const esi_store_outbox_event *events;
    ck_assert_uint_eq(take(&f, 9, NOW, &events), 2);
    ck_assert_ptr_null(strstr(events[0].body, "VPN"));
    ck_assert_int_le(fixture_count_text(&f, "z\"o"), 0);
    ck_assert_int_le(fixture_count_text(&f, "z\\\"o"), 0);
    ck_assert_int_eq(is_there(&f, "s-2", NULL), true);
    fixture_close(&f);
}
END_TEST

START_TEST(a_name_that_is_part_of_anothers_is_another_person) {
    struct fixture f;
    fixture_open(&f, _i);
    live(&f, "ann", "s-1");
    live(&f, "anna", "s-2");
    live(&f, "Ann", "s-3");
    erase(&f, "ann");
    ck_assert_uint_eq(load(&f, "s-2", "anna").message_count, 6);
    ck_assert_uint_eq(load(&f, "s-3", "Ann").message_count, 6);
    ck_assert_int_eq(metrics(&f, 0, INT64_MAX).tickets, 2);
    fixture_close(&f);
}
END_TEST

void add_purge_tests(TCase *cases) {
    ADD(cases, old_sessions_go_with_all_that_was_said);
    ADD(cases, a_session_that_was_touched_since_stays_whole);
    ADD(cases, an_open_ticket_stays_with_its_sessions);
    ADD(cases, an_ended_ticket_goes_with_its_events_and_its_session);
    ADD(cases, a_ticket_that_was_touched_since_keeps_its_session);
    ADD(cases, an_ended_ticket_goes_before_its_session_that_went_on);
    ADD(cases, a_number_is_not_given_again);
    ADD(cases, a_purge_goes_in_steps_until_nothing_is_left);
    ADD(cases, a_trial_counts_what_would_go_and_removes_nothing);
    ADD(cases, requests_go_when_their_time_is_up);
    ADD(cases, events_go_that_were_taken_and_those_that_nobody_took_stay);
    ADD(cases, a_young_event_stays_though_it_was_taken);
    ADD(cases, removed_documents_are_remembered_for_a_day);
    ADD(cases, a_purge_of_nothing_at_once_is_refused);
    ADD(cases, every_table_is_told_of);
    ADD(cases, all_of_a_person_goes_and_nothing_of_others);
    ADD(cases, a_request_of_a_person_who_was_erased_is_new);
    ADD(cases, who_worked_on_anothers_ticket_leaves_it_without_a_name);
    ADD(cases, what_is_left_of_an_event_is_the_same_but_for_the_person);
    ADD(cases, a_ticket_that_others_joined_stays_without_the_person);
    ADD(cases, a_name_that_is_part_of_anothers_is_another_person);
}
