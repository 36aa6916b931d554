/* No statement of the walk looks at every row of a table that grows, neither by itself nor inside a
 * function. The server tells in its log how it ran each; the tables are as full as those of a desk
 * that has been in use for months. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/os.h"
#include "pg_control.h"
#include "store_contract.h"
#include "tap.h"

#define ROW_DIRECT 0
#define CONTRACT_READY "contract_ready" /* what the fixture copies: the schema, nothing in it */
#define LOG_MAX (64 * 1024 * 1024)
#define ROUNDS 8 /* after five of them a server makes one plan for all */

static const char *const fill[] = {
    "INSERT INTO chat_sessions (id, user_id, turns, created_at, updated_at) SELECT 'f-' || n, "
    "'user-' || n % 700, 2, now() - n * interval '1 min', now() - n * interval '1 min' FROM "
    "generate_series(1, 4000) n",
    "INSERT INTO chat_messages (id, session_id, turn, from_desk, text, at, act, coverage, blocked, "
    "escalated, confidence) SELECT gen_random_uuid(), 'f-' || n, t, d, repeat('words ', 40), now() "
    "- n * interval '1 min', CASE WHEN d THEN 2 END, 0, false, false, 0.5 FROM generate_series(1, "
    "4000) n, generate_series(1, 2) t, (VALUES (false), (true)) s (d)",
    "INSERT INTO kb_references (message_id, ordinal, document_id, title, hash, score) SELECT id, "
    "o, "
    "'kb-' || o, 'title', sha256('x'), 0.5 FROM chat_messages, generate_series(0, 2) o WHERE "
    "from_desk",
    "INSERT INTO guardrails (id, message_id, session_id, category, at) SELECT gen_random_uuid(), "
    "id, "
    "session_id, 'exfil', at FROM chat_messages WHERE from_desk AND turn = 1",
    "INSERT INTO feedback (message_id, rating, at) SELECT id, 1, at FROM chat_messages WHERE "
    "from_desk AND turn = 2",
    "INSERT INTO tickets (number, id, session_id, user_id, status, tier, severity, category, kind, "
    "confidence, folded, created_at, updated_at, version, assignee) SELECT n, gen_random_uuid(), "
    "'f-' || n, 'user-' || n % 700, CASE WHEN n % 20 = 0 THEN 0 ELSE 3 END, 1, 1, 'network', "
    "'trouble', 0.5, 'the vpn drops', now() - n * interval '1 min', now(), 1, 'person-' || n % 50 "
    "FROM generate_series(1, 3000) n",
    "UPDATE ticket_numbers SET last = 3000",
    "INSERT INTO ticket_sessions SELECT session_id, number, created_at FROM tickets",
    "INSERT INTO ticket_events (number, kind, at) SELECT number, 'opened', created_at FROM "
    "tickets, "
    "generate_series(1, 3)",
    "INSERT INTO outbox (id, kind, subject, body, at) SELECT gen_random_uuid(), 'ticket.opened', "
    "id, '{}', created_at FROM tickets",
    "INSERT INTO idempotency (caller, request_id, body_hash, done, until) SELECT 'alice', 'f-' || "
    "n, sha256('x'), true, now() + n * interval '1 s' FROM generate_series(1, 10000) n",
    "INSERT INTO collections (name, version) SELECT 'other-' || n, 1 FROM generate_series(1, 3) n",
    "INSERT INTO kb_documents (collection, id, source, scope, title, version, updated, standing, "
    "language, roles, hash, sections, changed, at) SELECT c.number, 'd-' || n, 'd-' || n, '/kb', "
    "'t', "
    "'1', '', 'current', 'en', 0, sha256('x'), 4, n, now() FROM collections c, generate_series(1, "
    "600) n",
    "INSERT INTO kb_sections (id, document, collection, roles, searched, ordinal, line, heading, "
    "text, hash, words) SELECT gen_random_uuid(), number, collection, 0, true, o, 1, 'h', "
    "repeat('words ', 60), sha256('x'), 'vpn' FROM kb_documents, generate_series(0, 3) o",
    "INSERT INTO kb_removed (collection, id, changed) SELECT c.number, 'gone-' || n, n FROM "
    "collections c, generate_series(1, 1000) n",
    "INSERT INTO embedding_spaces (collection, model, dimensions) SELECT number, 'test', 4 FROM "
    "collections",
    "INSERT INTO embeddings (section, space, roles, searched, vector) SELECT s.number, e.number, "
    "0, "
    "true, '[1,0,0,0]' FROM kb_sections s JOIN embedding_spaces e ON e.collection = s.collection",
};

/* ---- what the server did ----------------------------------------------------------------- */

static const char *log_path(char out[300]) {
    snprintf(out, 300, "%s", pg_control("log main"));
    return out;
}

static long log_size(void) {
    char path[300];
    FILE *file = fopen(log_path(path), "rb");
    ck_assert_msg(file != NULL, "%s", path);
    fseek(file, 0, SEEK_END);
    const long size = ftell(file);
    fclose(file);
    return size;
}

/* From now on every statement's plan is told, also of those inside functions. */
static void listen_in(const struct fixture *f) {
    static const char *const settings[] = {
        "session_preload_libraries = 'auto_explain'",
        "auto_explain.log_min_duration = 0",
        "auto_explain.log_nested_statements = on",
        "auto_explain.log_analyze = off",
    };
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        pg_control("sql main %s ALTER DATABASE %s SET %s", f->name, f->name, settings[i]);
    }
}

#define FULL "plan_full" /* a database that is full, to be copied */

/* Fills the fixture's database once; whoever comes later gets a copy. */
static void fill_up(const struct fixture *f) {
    char answer[PG_CONTROL_MAX], line[256];
    snprintf(line, sizeof line, "create %s " FULL, f->name);
    pg_control("drop %s", f->name);
    if (pg_control_ask(line, answer)) {
        return;
    }
    pg_control("create " FULL " " CONTRACT_READY);
    for (size_t i = 0; i < sizeof fill / sizeof *fill; i++) {
        pg_control("sql main " FULL " %s", fill[i]);
    }
    pg_control("sql main " FULL " ANALYZE");
    pg_control("%s", line);
}

static void open_full(struct fixture *f) {
    fixture_open(f, ROW_DIRECT);
    f->ops->close(f->store);
    fill_up(f);
    listen_in(f);
    const esi_store_config config = {
        .size = sizeof config, .url = f->url, .wait = wait_for_ms(60000, NULL)};
    f->wait = config.wait;
    ASSERT_OK(f, f->ops->open(&config, &f->store, &f->err));
}

/* Every plan since `from`: none looks at a whole table, but for those that have a row or a few. */
static void check_plans(long from, int at_least, const char *const *heard) {
    static const char *const small[] = {"ticket_numbers", "collections", "embedding_spaces",
                                        "schema_migrations", "metrics_days"};
    char path[300];
    struct buf log;
    buf_init(&log, LOG_MAX);
    ck_assert_int_eq(os_read_file(log_path(path), LOG_MAX, &log, NULL), ESI_OK);
    struct view rest = view_slice(buf_view(&log), (size_t)from, log.n), line;
    struct view query = {0};
    int plans = 0;
    while (view_line(&rest, &line)) {
        const size_t text = view_find(line, VIEW("Query Text: "), 0);
        if (text != SIZE_MAX) {
            query = view_slice(line, text, line.n);
            plans++;
        }
        size_t at = view_find(line, VIEW("Seq Scan on "), 0);
        if (at == SIZE_MAX) {
            continue;
        }
        const struct view table = view_slice(line, at + 12, line.n);
        bool is_small = false;
        for (size_t i = 0; i < sizeof small / sizeof *small; i++) {
            is_small = is_small || view_starts(table, view_of(small[i]));
        }
        ck_assert_msg(is_small, "%.*s\n  in %.*s", (int)line.n, line.p, (int)query.n, query.p);
    }
    ck_assert_int_ge(plans, at_least);
    for (size_t i = 0; heard[i] != NULL; i++) {
        ck_assert_msg(view_find(view_slice(buf_view(&log), (size_t)from, log.n), view_of(heard[i]),
                                0) != SIZE_MAX,
                      "never heard: %s", heard[i]);
    }
    buf_clear(&log);
}

/* ---- the walk ---------------------------------------------------------------------------- */

/* A turn with everything that a turn can have; the first of a session opens a ticket, the others
 * join and remark. */
static void take_turn(struct fixture *f, const char *session, int64_t number, const char **ticket) {
    static const char *const ids[] = {"01990000-0000-7000-4000-000000000001"};
    const esi_store_passage *passages;
    size_t count;
    esi_session_query query = a_query(session, "alice");
    query.claim = a_claim("alice", arena_printf(&f->arena, "%s-%d", session, (int)number), 1);
    esi_session_view view;
    ASSERT_OK(f, f->ops->session_load(f->store, &query, &f->wait, &f->arena, &view, &f->err));
    ck_assert_int_eq(view.claim, ESI_CLAIM_NEW);
    ASSERT_OK(f, f->ops->kb_fetch(f->store, COLLECTION, ids, 1, &f->wait, &f->arena, &passages,
                                  &count, &f->err));
    esi_store_new_ticket wanted = a_ticket(f, session, "network");
    wanted.summary = arena_printf(&f->arena, "again %d", (int)number);
    const esi_pair details[] = {{"Seat", "B12"}, {wanted.summary, NULL}};
    wanted.details = (esi_pairs){details, 2};
    wanted.join_user_since_ms = NOW;
    const esi_store_guardrail_event event = {fixture_id(f), "exfil", "r", "no", "x"};
    esi_store_turn turn = a_turn(f, session, number);
    turn.claim = query.claim;
    turn.reply = "{}";
    turn.ticket = &wanted;
    turn.guardrail = &event;
    turn.remark_ticket = *ticket;
    turn.remark = "still";
    *ticket = commit(f, &turn).ticket_id;
}

START_TEST(a_turn_scans_no_table) {
    struct fixture f;
    open_full(&f);
    const long from = log_size();
    for (int i = 0; i < ROUNDS; i++) {
        const char *ticket = NULL;
        const char *session = arena_printf(&f.arena, "s-%d", i);
        for (int turn = 0; turn < 3; turn++) {
            take_turn(&f, session, turn, &ticket);
        }
        const esi_claim given_up = a_claim("alice", "r-9", 1);
        ASSERT_OK(&f, f.ops->claim_release(f.store, &given_up, &f.wait, &f.err));
        load(&f, session, "alice");
        kb_version(&f);
    }
    static const char *const heard[] = {"FROM chat_messages m WHERE m.session_id", /* history */
                                        "INSERT INTO kb_references",
                                        "INSERT INTO guardrails",
                                        "INSERT INTO ticket_events",
                                        "INSERT INTO outbox",
                                        "UPDATE ticket_numbers",
                                        "FULL JOIN json_array_elements",
                                        "WHERE t.user_id = p_wanted.user_id",
                                        "FOR KEY SHARE", /* a foreign key that is looked up */
                                        NULL};
    check_plans(from, 25 * ROUNDS, heard);
    fixture_close(&f);
}
END_TEST

/* As after a move, or on the first day: the planner knows nothing of the tables yet. */
START_TEST(a_turn_reads_no_other_sessions_tickets_where_nothing_was_analyzed) {
    struct fixture f;
    fixture_open(&f, ROW_DIRECT);
    pg_control("sql main %s INSERT INTO chat_sessions (id, created_at, updated_at) SELECT 'f-' || "
               "n, now(), now() FROM generate_series(1, 3000) n",
               f.name);
    pg_control("sql main %s INSERT INTO tickets (number, id, session_id, status, tier, severity, "
               "category, kind, confidence, folded, created_at, updated_at, version) SELECT n, "
               "gen_random_uuid(), 'f-' || n, 0, 1, 1, 'network', 'trouble', 0.5, '', now(), "
               "now(), 1 FROM generate_series(1, 3000) n",
               f.name);
    pg_control("sql main %s UPDATE ticket_numbers SET last = 3000", f.name);
    pg_control("sql main %s INSERT INTO ticket_sessions SELECT session_id, number, created_at FROM "
               "tickets",
               f.name);
    listen_in(&f);
    fixture_reopen(&f);
    const long from = log_size();
    for (int i = 0; i < 3; i++) {
        const esi_store_new_ticket wanted = a_ticket(&f, "s-1", "network");
        esi_store_turn turn = a_turn(&f, "s-1", i);
        turn.ticket = &wanted;
        load(&f, "s-1", "alice");
        ck_assert_int_eq(commit(&f, &turn).ticket_number, 3001);
    }
    char path[300];
    struct buf log;
    buf_init(&log, LOG_MAX);
    ck_assert_int_eq(os_read_file(log_path(path), LOG_MAX, &log, NULL), ESI_OK);
    const struct view told = view_slice(buf_view(&log), (size_t)from, log.n);
    ck_assert(view_find(told, VIEW("FROM ticket_sessions s"), 0) != SIZE_MAX);
    ck_assert(view_find(told, VIEW("tickets_pkey"), 0) != SIZE_MAX);
    ck_assert(view_find(told, VIEW("on tickets_open_user"), 0) == SIZE_MAX);
    ck_assert(view_find(told, VIEW("using tickets_open_user"), 0) == SIZE_MAX);
    buf_clear(&log);
    fixture_close(&f);
}
END_TEST

START_TEST(forgetting_old_requests_scans_no_table) {
    struct fixture f;
    open_full(&f);
    const long from = log_size();
    for (int i = 0; i < 300; i++) { /* it is seldom done */
        esi_session_query query = a_query("s-1", "alice");
        query.claim = a_claim("alice", arena_printf(&f.arena, "r-%d", i), 1);
        esi_session_view view;
        ASSERT_OK(&f, f.ops->session_load(f.store, &query, &f.wait, &f.arena, &view, &f.err));
    }
    static const char *const heard[] = {"DELETE FROM idempotency", NULL};
    check_plans(from, 300, heard);
    fixture_close(&f);
}
END_TEST

START_TEST(tickets_are_opened_and_found_without_a_scan) {
    struct fixture f;
    open_full(&f);
    const long from = log_size();
    for (int i = 0; i < ROUNDS; i++) {
        const esi_store_new_ticket ticket =
            a_ticket(&f, arena_printf(&f.arena, "s-%d", i), "network");
        const esi_claim claim =
            i % 2 == 0 ? no_claim() : a_claim("alice", arena_printf(&f.arena, "r-%d", i), 1);
        esi_store_ticket t;
        ASSERT_OK(&f,
                  f.ops->ticket_create(f.store, &ticket, &claim, &f.wait, &f.arena, &t, &f.err));
        static const esi_ticket_status steps[] = {ESI_TICKET_RESOLVED, ESI_TICKET_OPEN};
        for (size_t k = 0; k < 2; k++) {
            const esi_store_ticket_change change = {
                .id = ticket.id, .has_status = true, .status = steps[k], .now_ms = NOW};
            ASSERT_OK(&f, f.ops->ticket_change(f.store, &change, &f.wait, &f.arena, &t, &f.err));
        }
        ticket_of(&f, ticket.id);
        const esi_store_ticket_query lists[] = {
            {.see_all = true, .limit = 10},
            {.see_all = true, .session_id = "s-1", .limit = 10},
            {.see_all = true, .assignee = "dave", .limit = 10},
            {.see_all = true, .has_status = true, .status = ESI_TICKET_OPEN, .limit = 10},
            {.see_user = "alice", .limit = 10, .text = "vpn"},
        };
        for (size_t k = 0; k < sizeof lists / sizeof *lists; k++) {
            const esi_store_ticket *rows;
            size_t count;
            ASSERT_OK(&f, f.ops->ticket_list(f.store, &lists[k], &f.wait, &f.arena, &rows, &count,
                                             &f.err));
        }
    }
    static const char *const heard[] = {NULL};
    check_plans(from, 10 * ROUNDS, heard);
    fixture_close(&f);
}
END_TEST

START_TEST(documents_are_put_and_found_without_a_scan) {
    struct fixture f;
    open_full(&f);
    const long from = log_size();
    for (int i = 0; i < ROUNDS; i++) {
        const esi_store_document d = a_document(&f, "a", 2, 1);
        put_document(&f, &d);
        const char *const ids[] = {"a"};
        size_t removed;
        ASSERT_OK(&f,
                  f.ops->kb_remove(f.store, COLLECTION, ids, 1, NOW, &f.wait, &removed, &f.err));
        kb_version(&f);
    }
    static const char *const heard[] = {NULL};
    check_plans(from, 4 * ROUNDS, heard);
    fixture_close(&f);
}
END_TEST

START_TEST(events_are_taken_without_a_scan) {
    struct fixture f;
    open_full(&f);
    const long from = log_size();
    for (int i = 0; i < ROUNDS; i++) {
        const esi_store_outbox_event *events;
        size_t count;
        ASSERT_OK(&f, f.ops->outbox_take(f.store, 10, 1000, NOW * 2, &f.wait, &f.arena, &events,
                                         &count, &f.err));
        ck_assert_uint_eq(count, 10);
        const char *const ids[] = {events[0].id, events[1].id};
        ASSERT_OK(&f, f.ops->outbox_ack(f.store, ids, 2, &f.wait, &f.err));
    }
    static const char *const heard[] = {NULL};
    check_plans(from, 2 * ROUNDS, heard);
    fixture_close(&f);
}
END_TEST

START_TEST(metrics_look_at_their_range_only) {
    struct fixture f;
    open_full(&f);
    const long from = log_size();
    for (int i = 0; i < ROUNDS; i++) {
        metrics(&f, NOW, NOW + 1);
    }
    static const char *const heard[] = {NULL};
    check_plans(from, ROUNDS, heard);
    fixture_close(&f);
}
END_TEST

int main(void) {
    if (pg_missing() != NULL) {
        return tap_skip(pg_missing());
    }
    TCase *t = tcase_create("pg_plan");
    tcase_set_timeout(t, 120);
    tcase_add_test(t, a_turn_scans_no_table);
    tcase_add_test(t, a_turn_reads_no_other_sessions_tickets_where_nothing_was_analyzed);
    tcase_add_test(t, forgetting_old_requests_scans_no_table);
    tcase_add_test(t, tickets_are_opened_and_found_without_a_scan);
    tcase_add_test(t, documents_are_put_and_found_without_a_scan);
    tcase_add_test(t, events_are_taken_without_a_scan);
    tcase_add_test(t, metrics_look_at_their_range_only);
    return tap_run("store/pg_plan", t);
}
