#include <sqlite3.h>

#include "copy_fixture.h"
#include "small_stack.h"

static void run_sql(const char *store, const char *sql) {
    sqlite3 *db = NULL;
    char *message = NULL;
    ck_assert_int_eq(sqlite3_open(store, &db), SQLITE_OK);
    sqlite3_exec(db, "PRAGMA foreign_keys=ON", NULL, NULL, NULL);
    ck_assert_msg(sqlite3_exec(db, sql, NULL, NULL, &message) == SQLITE_OK, "%s", message);
    sqlite3_close(db);
}

/* Rows of every kind, those too that no call of this release writes. */
static void fill(const char *store) {
    fill_desk(store);
    run_sql(
        store,
        "INSERT INTO users VALUES ('01990000-0000-7000-8000-000000000001', 'Alice', 1, NULL, 0, "
        "5, 6);"
        "INSERT INTO api_tokens VALUES ('01990000-0000-7000-8000-000000000002', "
        "'01990000-0000-7000-8000-000000000001', 1, 'key', zeroblob(32), 5, NULL, 7);"
        "INSERT INTO feedback SELECT id, 1, 'good', 9 FROM chat_messages WHERE from_desk LIMIT "
        "1;"
        "INSERT INTO idempotency (caller, request_id, body_hash, done, until_ms, reply) VALUES "
        "('', 'r-1', zeroblob(32), 1, 99999999999999, '{}');"
        "INSERT INTO metrics_days VALUES (86400000, '{\"sessions\":1}');"
        "INSERT INTO embedding_spaces (model, dimensions) VALUES ('other', 2);"
        "INSERT INTO other_spaces SELECT c.name, s.number FROM collections c, embedding_spaces "
        "s WHERE s.model = 'other';"
        "INSERT INTO other_vectors SELECT e.number, s.number, x'0000803F00000040' FROM "
        "embeddings e, embedding_spaces s WHERE s.model = 'other' LIMIT 2;");
}

static esi_copy_report *copy(const struct folder *f, const esi_copy_request *request) {
    return copy_desk(f->first, f->second, request);
}

START_TEST(every_row_of_every_table_is_carried_and_checked) {
    const struct folder p = folder_make();
    fill(p.first);
    esi_copy_report *report = copy(&p, NULL);
    ck_assert(report->equal);
    ck_assert(!report->resumed);
    for (size_t i = 0; i < report->table_count; i++) {
        const esi_copy_table *t = report->tables[i];
        ck_assert_msg(t->equal, "%s differs", t->name);
        ck_assert_msg(t->rows > 0, "%s is empty: its carrying isn't tested", t->name);
        ck_assert_uint_eq(strlen(t->hash), 64);
    }
    esi_copy_report_free(report);
    folder_remove(&p);
}
END_TEST

START_TEST(a_desk_on_the_copy_answers_alike_and_goes_on_with_the_session) {
    const struct folder p = folder_make();
    fill(p.first);
    esi_copy_report_free(copy(&p, NULL));
    esi_desk *first = open_at(p.first), *second = open_at(p.second);
    esi_reply *a = ask(first, "s-9", "The badge isn't read at the door");
    esi_reply *b = ask(second, "s-9", "The badge isn't read at the door");
    ck_assert_str_eq(a->answer, b->answer);
    ck_assert_uint_eq(a->reference_count, b->reference_count);
    ck_assert_uint_gt(a->reference_count, 0);
    ck_assert_str_eq(a->references[0]->id, b->references[0]->id);
    esi_reply_free(a);
    esi_reply_free(b);
    a = ask(first, "s-1", "I still need to know how to bake it");
    b = ask(second, "s-1", "I still need to know how to bake it");
    ck_assert_str_eq(a->answer, b->answer);
    ck_assert_int_gt(a->ticket_number, 0);
    ck_assert_int_eq(a->ticket_number, b->ticket_number);
    esi_reply_free(a);
    esi_reply_free(b);
    esi_desk_close(first);
    esi_desk_close(second);
    folder_remove(&p);
}
END_TEST

START_TEST(numbers_of_tickets_that_are_gone_are_not_given_again) {
    const struct folder p = folder_make();
    fill(p.first);
    run_sql(p.first, "UPDATE sqlite_sequence SET seq = 41 WHERE name = 'tickets'");
    esi_copy_report_free(copy(&p, NULL));
    esi_desk *desk = open_at(p.second);
    esi_reply *reply = ask(desk, "s-new", "How do I bake bread?");
    ck_assert_int_eq(reply->ticket_number, 42);
    esi_reply_free(reply);
    esi_desk_close(desk);
    folder_remove(&p);
}
END_TEST

START_TEST(messages_keep_their_order_across_sessions) {
    const struct folder p = folder_make();
    fill(p.first);
    run_sql(p.first, "UPDATE chat_messages SET at_ms = 1000000 - seq / 3");
    esi_copy_report_free(copy(&p, NULL));
    sqlite3 *db = NULL;
    sqlite3_stmt *s = NULL;
    ck_assert_int_eq(sqlite3_open(p.second, &db), SQLITE_OK);
    ck_assert_int_eq(sqlite3_prepare_v2(db,
                                        "SELECT count(*), sum(a.at_ms > b.at_ms) FROM "
                                        "chat_messages a JOIN chat_messages b ON a.seq < b.seq",
                                        -1, &s, NULL),
                     SQLITE_OK);
    ck_assert_int_eq(sqlite3_step(s), SQLITE_ROW);
    ck_assert_int_eq(sqlite3_column_int(s, 0), 15);
    ck_assert_int_eq(sqlite3_column_int(s, 1), 0);
    sqlite3_finalize(s);
    sqlite3_close(db);
    folder_remove(&p);
}
END_TEST

START_TEST(a_store_that_holds_other_data_is_refused_and_left_as_it_is) {
    const struct folder p = folder_make();
    fill(p.first);
    esi_desk *desk = open_at(p.second);
    esi_reply_free(ask(desk, "mine", "How do I bake bread?"));
    esi_desk_close(desk);
    esi_error err = {0};
    esi_copy_report *report = NULL;
    const esi_options from = options_of(p.first), to = options_of(p.second);
    ck_assert_int_eq(esi_copy(&from, &to, NULL, &report, &err), ESI_ECONFLICT);
    ck_assert_ptr_null(report);
    desk = open_at(p.second);
    ck_assert_int_eq(messages_in(desk), 2);
    esi_desk_close(desk);
    folder_remove(&p);
}
END_TEST

START_TEST(what_is_alike_already_is_said_so) {
    const struct folder p = folder_make();
    fill(p.first);
    esi_copy_report_free(copy(&p, NULL));
    esi_copy_report *report = copy(&p, NULL);
    ck_assert(report->equal);
    ck_assert(!report->resumed);
    ck_assert_int_eq(report->written, 0);
    ck_assert_int_gt(report->rows, 0);
    esi_copy_report_free(report);
    folder_remove(&p);
}
END_TEST

struct stop {
    int calls, at;
    esi_cancel *cancel;
};

static void stop_at(const esi_copy_progress *progress, void *context) {
    struct stop *s = context;
    ck_assert_ptr_nonnull(progress->table);
    if (s->calls++ == s->at) {
        esi_cancel_fire(s->cancel);
    }
}

/* Ends a copy at that place. False: it was whole before. */
static bool copy_until(const struct folder *p, int at) {
    esi_error err = {0};
    esi_copy_report *report = NULL;
    const esi_options from = options_of(p->first), to = options_of(p->second);
    struct stop stop = {.at = at};
    stop.cancel = esi_cancel_create();
    ck_assert_ptr_nonnull(stop.cancel);
    esi_copy_request request = ESI_COPY_REQUEST_INIT;
    request.on_progress = stop_at;
    request.progress_context = &stop;
    request.cancel = stop.cancel;
    const esi_err rc = esi_copy(&from, &to, &request, &report, &err);
    ck_assert_msg(rc == ESI_OK || rc == ESI_ECANCELLED, "%s", err.message);
    esi_copy_report_free(report);
    esi_cancel_free(stop.cancel);
    return rc == ESI_ECANCELLED;
}

START_TEST(a_copy_that_was_ended_anywhere_is_gone_on_with) {
    for (int at = 0; at < 400; at += 9) {
        const struct folder p = folder_make();
        fill(p.first);
        const bool ended = copy_until(&p, at);
        esi_copy_report *report = copy(&p, NULL);
        ck_assert(report->equal);
        ck_assert(report->resumed == ended);
        esi_copy_report_free(report);
        folder_remove(&p);
        if (!ended) {
            ck_assert_int_gt(at, 30);
            return;
        }
    }
    ck_abort_msg("it never came to its end");
}
END_TEST

START_TEST(what_changed_meanwhile_is_carried_when_a_copy_goes_on) {
    const struct folder p = folder_make();
    fill(p.first);
    ck_assert(copy_until(&p, 60));
    esi_desk *desk = open_at(p.first);
    esi_error err = {0};
    must(esi_kb_remove(desk, "doc-badge", &err), &err);
    put_document(desk, "print.md",
                 "---\nid: doc-print\n---\n# Print\n\n## Print\n\nPress print.\n");
    esi_reply_free(ask(desk, "s-1", "Nothing helps, and it is worse now"));
    esi_desk_close(desk);
    run_sql(p.first, "DELETE FROM outbox; DELETE FROM chat_sessions WHERE id = 's-2';"
                     "UPDATE tickets SET status = 3, resolved_at_ms = 77;");
    esi_copy_report *report = copy(&p, NULL);
    ck_assert(report->equal);
    ck_assert(report->resumed);
    esi_copy_report_free(report);
    folder_remove(&p);
}
END_TEST

START_TEST(a_desk_is_not_opened_on_half_a_copy) {
    const struct folder p = folder_make();
    fill(p.first);
    ck_assert(copy_until(&p, 20));
    esi_error err = {0};
    esi_desk *desk = NULL;
    const esi_options o = options_of(p.second);
    ck_assert_int_eq(esi_desk_open(&o, &desk, &err), ESI_ECONFLICT);
    ck_assert_ptr_nonnull(strstr(err.message, "esihelp copy"));
    esi_copy_report_free(copy(&p, NULL));
    esi_desk_close(open_at(p.second));
    folder_remove(&p);
}
END_TEST

START_TEST(the_store_that_is_copied_may_be_in_use_and_is_read_in_one_state) {
    const struct folder p = folder_make();
    fill(p.first);
    esi_desk *desk = open_at(p.first);
    esi_reply_free(ask(desk, "s-3", "The printer reports a paper jam"));
    esi_copy_report *report = copy(&p, NULL);
    ck_assert(report->equal);
    esi_copy_report_free(report);
    esi_desk_close(desk);
    folder_remove(&p);
}
END_TEST

START_TEST(stores_must_be_named_and_two) {
    const struct folder p = folder_make();
    fill(p.first);
    esi_error err = {0};
    esi_copy_report *report = NULL;
    const esi_options from = options_of(p.first), none = ESI_OPTIONS_INIT;
    ck_assert_int_eq(esi_copy(&from, &none, NULL, &report, &err), ESI_EINVAL);
    ck_assert_int_eq(esi_copy(&none, &from, NULL, &report, &err), ESI_EINVAL);
    ck_assert_int_eq(esi_copy(&from, &from, NULL, &report, &err), ESI_EINVAL);
    ck_assert_int_eq(esi_copy(NULL, &from, NULL, &report, &err), ESI_EINVAL);
    ck_assert_int_eq(esi_copy(&from, &from, NULL, NULL, &err), ESI_EINVAL);
    const esi_options missing = options_of("/nonexistent/x.db");
    ck_assert_int_ne(esi_copy(&missing, &from, NULL, &report, &err), ESI_OK);
    folder_remove(&p);
}
END_TEST

/* Somebody asks while it is copied. */
static void ask_meanwhile(const esi_copy_progress *progress, void *context) {
    static int calls;
    (void)progress;
    if (calls++ % 8 == 0) {
        char session[32];
        snprintf(session, sizeof session, "s-%d", calls);
        esi_reply_free(ask(context, session, "How do I bake bread?"));
    }
}

START_TEST(what_is_written_meanwhile_is_there_whole_or_not_at_all) {
    const struct folder p = folder_make();
    fill(p.first);
    esi_desk *desk = open_at(p.first);
    const int64_t before = messages_in(desk);
    esi_copy_request request = ESI_COPY_REQUEST_INIT;
    request.on_progress = ask_meanwhile;
    request.progress_context = desk;
    esi_copy_report *report = copy(&p, &request);
    ck_assert(report->equal);
    esi_copy_report_free(report);
    ck_assert_int_gt(messages_in(desk), before + 4);
    esi_desk_close(desk);
    desk = open_at(p.second);
    ck_assert_int_eq(messages_in(desk), before);
    esi_desk_close(desk);
    folder_remove(&p);
}
END_TEST

/* Brought up to date, carried, opened, looked over. */
struct upkeep {
    const char *from, *to;
    esi_err worst;
};

static void keep_up(void *context) {
    struct upkeep *u = context;
    esi_error err = {0};
    esi_desk *desk = NULL;
    esi_copy_report *copied = NULL;
    esi_migrate_report *migrated = NULL;
    esi_doctor_report *looked = NULL;
    const esi_options from = options_of(u->from), to = options_of(u->to);
    u->worst = esi_desk_migrate(&to, NULL, &migrated, &err);
    if (u->worst == ESI_OK) {
        u->worst = esi_copy(&from, &to, NULL, &copied, &err);
    }
    if (u->worst == ESI_OK) {
        u->worst = esi_desk_open(&to, &desk, &err);
    }
    if (u->worst == ESI_OK) {
        u->worst = esi_desk_doctor(desk, &looked, &err);
    }
    esi_doctor_report_free(looked);
    esi_desk_close(desk);
    esi_copy_report_free(copied);
    esi_migrate_report_free(migrated);
}

START_TEST(it_all_fits_a_stack_of_96_kilobytes) {
    const struct folder p = folder_make();
    fill(p.first);
    struct upkeep upkeep = {p.first, p.second, ESI_OK};
    const size_t used = small_stack_run(keep_up, &upkeep);
    ck_assert_int_eq(upkeep.worst, ESI_OK);
    ck_assert_uint_gt(used, 0);
    ck_assert_uint_le(used, SMALL_STACK_OURS);
    folder_remove(&p);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("copy");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, every_row_of_every_table_is_carried_and_checked);
    tcase_add_test(t, it_all_fits_a_stack_of_96_kilobytes);
    tcase_add_test(t, what_is_written_meanwhile_is_there_whole_or_not_at_all);
    tcase_add_test(t, a_desk_on_the_copy_answers_alike_and_goes_on_with_the_session);
    tcase_add_test(t, numbers_of_tickets_that_are_gone_are_not_given_again);
    tcase_add_test(t, messages_keep_their_order_across_sessions);
    tcase_add_test(t, a_store_that_holds_other_data_is_refused_and_left_as_it_is);
    tcase_add_test(t, what_is_alike_already_is_said_so);
    tcase_add_test(t, a_copy_that_was_ended_anywhere_is_gone_on_with);
    tcase_add_test(t, what_changed_meanwhile_is_carried_when_a_copy_goes_on);
    tcase_add_test(t, a_desk_is_not_opened_on_half_a_copy);
    tcase_add_test(t, the_store_that_is_copied_may_be_in_use_and_is_read_in_one_state);
    tcase_add_test(t, stores_must_be_named_and_two);
    return tap_run("desk/copy", t);
}
