/* Each visit of a turn is one round trip, counted on the wire: from the first on a connection on,
 * and behind a pooler too. */
#include "pg_control.h"
#include "pg_through.h"
#include "tap.h"

static struct proxy_counts before;

static void begin(void) {
    before = proxy_count(proxy);
}

/* How many round trips there were since begin, on the connection that was there. */
static int64_t trips(void) {
    const struct proxy_counts after = proxy_count(proxy);
    ck_assert_int_eq(after.dialled, before.dialled);
    return after.trips - before.trips;
}

/* ---- session_load -------------------------------------------------------------------------- */

START_TEST(loading_a_new_session_with_a_claim_is_one_trip) {
    open_through(_i);
    esi_session_query query = a_query("s", "alice");
    esi_session_view view;
    query.claim = a_claim("alice", "r", 1);
    begin();
    ASSERT_OK(&f, f.ops->session_load(f.store, &query, &f.wait, &f.arena, &view, &f.err));
    ck_assert_int_eq(trips(), 1);
    ck_assert_int_eq(view.claim, ESI_CLAIM_NEW);
    close_all();
}
END_TEST

START_TEST(loading_a_session_with_messages_and_tickets_is_one_trip) {
    open_through(_i);
    const esi_store_new_ticket ticket = a_ticket(&f, "s", "network");
    esi_store_turn turn = a_turn(&f, "s", 0);
    turn.ticket = &ticket;
    turn.escalated = true;
    (void)commit(&f, &turn);
    for (int i = 1; i < 5; i++) {
        begin();
        const esi_session_view view = load(&f, "s", "alice");
        ck_assert_int_eq(trips(), 1);
        ck_assert_int_eq(view.turns, i);
        ck_assert_uint_eq(view.open_ticket_count, 1);
        ck_assert_uint_eq(view.message_count, 2 * (size_t)i);
        turn = a_turn(&f, "s", i);
        (void)commit(&f, &turn);
    }
    close_all();
}
END_TEST

/* ---- kb_fetch ------------------------------------------------------------------------------ */

START_TEST(fetching_texts_is_one_trip) {
    open_through(_i);
    const char *ids[8];
    const esi_store_passage *passages;
    size_t count;
    const esi_store_document document = a_document(&f, "kb-vpn", 8, 1);
    for (size_t i = 0; i < 8; i++) {
        ids[i] = document.sections[i].id;
    }
    put_document(&f, &document);
    for (int i = 0; i < 3; i++) {
        begin();
        ASSERT_OK(&f, f.ops->kb_fetch(f.store, COLLECTION, ids, 8, &f.wait, &f.arena, &passages,
                                      &count, &f.err));
        ck_assert_int_eq(trips(), 1);
        ck_assert_uint_eq(count, 8);
    }
    close_all();
}
END_TEST

static esi_err see(const esi_store_document *d, bool gone, void *context, esi_error *err) {
    (void)gone;
    (void)err;
    *(size_t *)context += d->section_count;
    return ESI_OK;
}

START_TEST(a_search_by_the_database_is_one_trip) {
    open_through(_i);
    const float vector[4] = {1, 0, 0, 0};
    const esi_store_search query = {.words = "text of the vpn",
                                    .language = "en",
                                    .vector = vector,
                                    .dimensions = 4,
                                    .role = 2,
                                    .most = 10};
    const esi_store_document document = a_document(&f, "kb-vpn", 8, 1);
    put_document(&f, &document);
    for (int i = 0; i < 3; i++) {
        esi_store_found found;
        size_t seen = 0;
        begin();
        ASSERT_OK(&f, f.ops->kb_search(f.store, COLLECTION, &query, &f.wait, &f.arena, see, &seen,
                                       &found, &f.err));
        ck_assert_int_eq(trips(), 1);
        ck_assert_uint_eq(seen, 8);
    }
    close_all();
}
END_TEST

START_TEST(fetching_texts_is_one_trip_when_it_is_the_first_thing_on_a_connection) {
    open_through(_i);
    const char *id = "01990000-0000-7000-8000-000000000001";
    const esi_store_passage *passages;
    size_t count;
    begin();
    ASSERT_OK(&f, f.ops->kb_fetch(f.store, COLLECTION, &id, 1, &f.wait, &f.arena, &passages, &count,
                                  &f.err));
    ck_assert_int_eq(trips(), 1);
    ck_assert_uint_eq(count, 0);
    close_all();
}
END_TEST

/* ---- turn_commit --------------------------------------------------------------------------- */

START_TEST(committing_a_turn_with_all_that_there_may_be_is_one_trip) {
    open_through(_i);
    const esi_store_guardrail_event event = {fixture_id(&f), "exfil", "rule", "no", "x"};
    const esi_store_new_ticket ticket = a_ticket(&f, "s", "network");
    esi_store_turn turn = a_turn(&f, "s", 0);
    turn.guardrail = &event;
    turn.ticket = &ticket;
    turn.escalated = true;
    turn.claim = a_claim("alice", "r", 1);
    turn.reply = "{}";
    begin();
    const esi_store_turn_result opened = commit(&f, &turn);
    ck_assert_int_eq(trips(), 1);
    ck_assert(!opened.joined);
    close_all();
}
END_TEST

START_TEST(committing_a_turn_is_one_trip_whatever_it_holds) {
    open_through(_i);
    const esi_store_new_ticket ticket = a_ticket(&f, "s", "network");
    const esi_store_new_ticket same = a_ticket(&f, "s", "network");
    esi_store_turn turn = a_turn(&f, "s", 0);
    begin();
    (void)commit(&f, &turn);
    ck_assert_int_eq(trips(), 1);
    turn = a_turn(&f, "s", 1);
    turn.ticket = &ticket;
    begin();
    const char *id = commit(&f, &turn).ticket_id;
    ck_assert_int_eq(trips(), 1);
    turn = a_turn(&f, "s", 2);
    turn.ticket = &same;
    begin();
    ck_assert(commit(&f, &turn).joined);
    ck_assert_int_eq(trips(), 1);
    turn = a_turn(&f, "s", 3);
    turn.remark_ticket = id;
    turn.remark = "It works now";
    begin();
    (void)commit(&f, &turn);
    ck_assert_int_eq(trips(), 1);
    close_all();
}
END_TEST

START_TEST(a_turn_that_came_second_is_refused_in_one_trip) {
    open_through(_i);
    esi_store_turn turn = a_turn(&f, "s", 0);
    esi_store_turn_result result;
    (void)commit(&f, &turn);
    turn = a_turn(&f, "s", 0);
    begin();
    ASSERT_ERR(&f, ESI_ECONFLICT,
               f.ops->turn_commit(f.store, &turn, &f.wait, &f.arena, &result, &f.err));
    ck_assert_int_eq(trips(), 1);
    close_all();
}
END_TEST

/* ---- around it ----------------------------------------------------------------------------- */

START_TEST(giving_a_claim_back_and_asking_for_the_version_are_one_trip_each) {
    open_through(_i);
    esi_session_query query = a_query("s", "alice");
    esi_session_view view;
    query.claim = a_claim("alice", "r", 1);
    ASSERT_OK(&f, f.ops->session_load(f.store, &query, &f.wait, &f.arena, &view, &f.err));
    begin();
    ASSERT_OK(&f, f.ops->claim_release(f.store, &query.claim, &f.wait, &f.err));
    ck_assert_int_eq(trips(), 1);
    begin();
    (void)kb_version(&f);
    ck_assert_int_eq(trips(), 1);
    close_all();
}
END_TEST

START_TEST(opening_reading_and_changing_a_ticket_are_one_trip_each) {
    open_through(_i);
    const esi_claim claim = a_claim("alice", "r", 1);
    const esi_store_new_ticket wish = a_ticket(&f, "s", "network");
    esi_store_ticket ticket;
    begin();
    ASSERT_OK(&f, f.ops->ticket_create(f.store, &wish, &claim, &f.wait, &f.arena, &ticket, &f.err));
    ck_assert_int_eq(trips(), 1);
    begin();
    ticket = ticket_of(&f, ticket.id);
    ck_assert_int_eq(trips(), 1);
    const esi_store_ticket_change change = {
        .id = ticket.id, .comment = "seen", .actor = "bob", .now_ms = NOW};
    begin();
    ASSERT_OK(&f, f.ops->ticket_change(f.store, &change, &f.wait, &f.arena, &ticket, &f.err));
    ck_assert_int_eq(trips(), 1);
    close_all();
}
END_TEST

int main(void) {
    if (pg_missing() != NULL) {
        return tap_skip(pg_missing());
    }
    TCase *t = tcase_create("pg_trips");
    ADD(t, loading_a_new_session_with_a_claim_is_one_trip);
    ADD(t, loading_a_session_with_messages_and_tickets_is_one_trip);
    ADD(t, fetching_texts_is_one_trip);
    ADD(t, a_search_by_the_database_is_one_trip);
    ADD(t, fetching_texts_is_one_trip_when_it_is_the_first_thing_on_a_connection);
    ADD(t, committing_a_turn_with_all_that_there_may_be_is_one_trip);
    ADD(t, committing_a_turn_is_one_trip_whatever_it_holds);
    ADD(t, a_turn_that_came_second_is_refused_in_one_trip);
    ADD(t, giving_a_claim_back_and_asking_for_the_version_are_one_trip_each);
    ADD(t, opening_reading_and_changing_a_ticket_are_one_trip_each);
    return tap_run("store/pg_trips", t);
}
