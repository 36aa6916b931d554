/* Housekeeping beside others: what they are at work on is left alone, nobody waits, and a knowledge
 * base in a database of its own is swept too. */
#include <stdlib.h>

#include "pg_fixture.h"
#include "store_contract.h"
#include "tap.h"

#define DAY INT64_C(86400000)
#define ROW_DIRECT 0

static struct fixture f;

static const esi_store_purge all = {
    .before_ms = NOW + 1, .limit = 100, .now_ms = NOW + 2 * DAY, .untaken_events = true};

static int64_t count_in(const esi_store_count *counts, size_t count, const char *table) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(counts[i].name, table) == 0) {
            return counts[i].count;
        }
    }
    return -1;
}

static int64_t purged(const esi_store_ops *ops, esi_store *store, const char *table) {
    const esi_store_count *counts;
    size_t count;
    bool more;
    ASSERT_OK(&f, ops->purge(store, &all, &f.wait, &f.arena, &counts, &count, &more, &f.err));
    return count_in(counts, count, table);
}

static void say(const char *session) {
    const esi_store_turn turn = a_turn(&f, session, load(&f, session, "alice").turns);
    commit(&f, &turn);
}

/* A connection beside the store's; `target` must outlive it. */
static struct pg_conn *own_connection(struct pg_target *target) {
    *target = target_of(f.url);
    return connect_to(target);
}

static void end_connection(struct pg_conn *conn, struct pg_target *target) {
    pg_conn_close(conn);
    pg_target_clear(target);
}

START_TEST(a_session_that_somebody_is_at_work_on_is_left_for_the_next_time) {
    fixture_open(&f, ROW_DIRECT);
    say("s-1");
    say("s-2");
    struct pg_target target;
    struct pg_conn *other = own_connection(&target);
    const esi_wait wait = seconds(20);
    MUST(pg_conn_begin(other, "BEGIN", &wait, err));
    MUST(run_sql(other, "SELECT 1 FROM chat_sessions WHERE id = 's-1' FOR UPDATE", err));
    ck_assert_int_eq(purged(f.ops, f.store, "chat_sessions"), 1);
    MUST(pg_conn_exec(other, "COMMIT", &wait, err));
    end_connection(other, &target);
    ck_assert_int_eq(purged(f.ops, f.store, "chat_sessions"), 1);
    fixture_close(&f);
}
END_TEST

START_TEST(a_ticket_that_opens_while_its_session_is_looked_at_keeps_it) {
    fixture_open(&f, ROW_DIRECT);
    say("s-1");
    struct pg_target target;
    struct pg_conn *other = own_connection(&target);
    const esi_wait wait = seconds(20);
    MUST(pg_conn_begin(other, "BEGIN", &wait, err));
    MUST(run_sql(other,
                 "INSERT INTO tickets (number, id, session_id, status, tier, severity, category, "
                 "kind, folded, confidence, created_at, updated_at, version) VALUES (7, "
                 "gen_random_uuid(), 's-1', 0, 0, 0, 'a', 'b', '', 0, now(), now(), 1)",
                 err));
    MUST(run_sql(other, "INSERT INTO ticket_sessions VALUES ('s-1', 7, now())", err));
    ck_assert_int_eq(purged(f.ops, f.store, "chat_sessions"), 0);
    MUST(pg_conn_exec(other, "COMMIT", &wait, err));
    end_connection(other, &target);
    ck_assert_int_eq(purged(f.ops, f.store, "chat_sessions"), 0);
    ck_assert_uint_eq(ticket_of(&f, "7").conversation_count, 2);
    fixture_close(&f);
}
END_TEST

START_TEST(events_that_somebody_takes_or_sweeps_at_the_same_time_are_passed_over) {
    fixture_open(&f, ROW_DIRECT);
    for (int i = 0; i < 2; i++) {
        const esi_store_new_ticket wanted = a_ticket(&f, NULL, "network");
        const esi_claim claim = no_claim();
        esi_store_ticket t;
        ASSERT_OK(&f,
                  f.ops->ticket_create(f.store, &wanted, &claim, &f.wait, &f.arena, &t, &f.err));
    }
    struct pg_target target;
    struct pg_conn *other = own_connection(&target);
    const esi_wait wait = seconds(20);
    MUST(pg_conn_begin(other, "BEGIN", &wait, err));
    MUST(run_sql(other, "SELECT 1 FROM outbox ORDER BY seq LIMIT 1 FOR UPDATE", err));
    const esi_store_outbox_event *events;
    size_t count;
    ASSERT_OK(
        &f, f.ops->outbox_take(f.store, 9, 1000, NOW, &f.wait, &f.arena, &events, &count, &f.err));
    ck_assert_uint_eq(count, 1);
    ck_assert_int_eq(purged(f.ops, f.store, "outbox"), 1);
    MUST(pg_conn_exec(other, "COMMIT", &wait, err));
    end_connection(other, &target);
    ck_assert_int_eq(purged(f.ops, f.store, "outbox"), 1);
    fixture_close(&f);
}
END_TEST

START_TEST(a_knowledge_base_of_its_own_is_swept_too) {
    fixture_open(&f, ROW_DIRECT);
    struct fixture books;
    fixture_open(&books, ROW_DIRECT);
    const esi_store_config config = {
        .size = sizeof config, .url = f.url, .knowledge_url = books.url, .wait = f.wait};
    esi_store *store = NULL;
    ASSERT_OK(&f, f.ops->open(&config, &store, &f.err));
    const esi_store_document d = a_document(&f, "a", 1, 1);
    static const char *const ids[] = {"a"};
    size_t removed;
    ASSERT_OK(&f, f.ops->kb_upsert(store, COLLECTION, &a_space, &d, NOW, &f.wait, &f.err));
    ASSERT_OK(&f, f.ops->kb_remove(store, COLLECTION, ids, 1, NOW, &f.wait, &removed, &f.err));
    say("s-1");
    esi_store_purge trial = all;
    trial.dry_run = true;
    const esi_store_count *counts;
    size_t count;
    bool more;
    ASSERT_OK(&f, f.ops->purge(store, &trial, &f.wait, &f.arena, &counts, &count, &more, &f.err));
    ck_assert_int_eq(count_in(counts, count, "chat_sessions"), 1);
    ck_assert_int_eq(count_in(counts, count, "kb_removed"), 1);
    ASSERT_OK(&f, f.ops->purge(store, &all, &f.wait, &f.arena, &counts, &count, &more, &f.err));
    ck_assert_int_eq(count_in(counts, count, "chat_sessions"), 1);
    ck_assert_int_eq(count_in(counts, count, "kb_removed"), 1);
    f.ops->close(store);
    fixture_close(&books);
    fixture_close(&f);
}
END_TEST

START_TEST(an_account_is_erased_by_its_name_in_any_case_or_by_its_id) {
    static const char *const names[] = {"Alice", "01990000-0000-7000-8000-00000000000a"};
    for (size_t i = 0; i < 2; i++) {
        fixture_open(&f, ROW_DIRECT);
        struct pg_target target;
        struct pg_conn *other = own_connection(&target);
        MUST(run_sql(other,
                     "INSERT INTO users (id, username, role, created_at, updated_at) VALUES "
                     "('01990000-0000-7000-8000-00000000000a', 'alice', 1, now(), now()), "
                     "('01990000-0000-7000-8000-00000000000b', 'bob', 1, now(), now())",
                     err));
        MUST(run_sql(other,
                     "INSERT INTO api_tokens (id, user_id, kind, hash, created_at) "
                     "SELECT gen_random_uuid(), id, 1, sha256(username::bytea), now() FROM users",
                     err));
        const esi_store_count *counts;
        size_t count;
        ASSERT_OK(&f, f.ops->erase(f.store, names[i], &f.wait, &f.arena, &counts, &count, &f.err));
        ck_assert_int_eq(count_in(counts, count, "users"), 1);
        ck_assert_int_eq(count_in(counts, count, "api_tokens"), 1);
        ck_assert_int_eq(number_of(other, "SELECT count(*) FROM api_tokens JOIN users ON "
                                          "users.id = user_id WHERE username = 'bob'"),
                         1);
        end_connection(other, &target);
        fixture_close(&f);
    }
}
END_TEST

int main(void) {
    if (pg_missing() != NULL) {
        return tap_skip(pg_missing());
    }
    TCase *t = tcase_create("pg_purge");
    tcase_add_test(t, a_session_that_somebody_is_at_work_on_is_left_for_the_next_time);
    tcase_add_test(t, a_ticket_that_opens_while_its_session_is_looked_at_keeps_it);
    tcase_add_test(t, events_that_somebody_takes_or_sweeps_at_the_same_time_are_passed_over);
    tcase_add_test(t, a_knowledge_base_of_its_own_is_swept_too);
    tcase_add_test(t, an_account_is_erased_by_its_name_in_any_case_or_by_its_id);
    return tap_run("store/pg_purge", t);
}
