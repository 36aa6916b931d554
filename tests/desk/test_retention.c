#include <sqlite3.h>

#include "fixture.h"

#define DAY INT64_C(86400000)

/* A desk in a file, so that its rows can be made older. */
struct place {
    char folder[64];
    char path[96];
};

static struct place place_make(void) {
    struct place p;
    snprintf(p.folder, sizeof p.folder, "/tmp/esihelp-retention-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(p.folder));
    snprintf(p.path, sizeof p.path, "%s/desk.db", p.folder);
    return p;
}

static void place_remove(const struct place *p) {
    static const char *const endings[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < 3; i++) {
        char path[112];
        snprintf(path, sizeof path, "%s%s", p->path, endings[i]);
        unlink(path);
    }
    rmdir(p->folder);
}

static esi_desk *open_at(const struct place *p) {
    esi_error err = {0};
    esi_desk *desk = NULL;
    esi_options options = ESI_OPTIONS_INIT;
    options.store = p->path;
    options.provider = "offline";
    must(esi_desk_open(&options, &desk, &err), &err);
    return desk;
}

static void make_older(const struct place *p, int64_t ms) {
    sqlite3 *db = NULL;
    char sql[256];
    ck_assert_int_eq(sqlite3_open(p->path, &db), SQLITE_OK);
    snprintf(sql, sizeof sql,
             "UPDATE chat_sessions SET created_at_ms = created_at_ms - %lld, "
             "updated_at_ms = updated_at_ms - %lld",
             (long long)ms, (long long)ms);
    ck_assert_int_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static int64_t count_of(const esi_retention_report *report, const char *table) {
    for (size_t i = 0; i < report->count; i++) {
        if (strcmp(report->items[i]->table, table) == 0) {
            return report->items[i]->count;
        }
    }
    return -1;
}

static esi_retention_report *purge(esi_desk *desk, int64_t older_than_ms, bool dry_run) {
    esi_error err = {0};
    esi_retention_report *report = NULL;
    esi_purge_request request = ESI_PURGE_REQUEST_INIT;
    request.older_than_ms = older_than_ms;
    request.dry_run = dry_run;
    must(esi_retention_purge(desk, &request, &report, &err), &err);
    return report;
}

static esi_reply *ask_as(esi_desk *desk, const char *user, const char *session,
                         const char *message) {
    esi_error err = {0};
    esi_reply *reply = NULL;
    esi_chat_request request = ESI_CHAT_REQUEST_INIT;
    request.user_id = user;
    request.session_id = session;
    request.message = message;
    must(esi_chat_ask(desk, &request, &reply, &err), &err);
    return reply;
}

START_TEST(a_purge_takes_as_many_steps_as_are_needed) {
    const struct place p = place_make();
    esi_desk *desk = open_at(&p);
    put_document(desk, "print.md", printing_doc);
    for (int i = 0; i < 120; i++) { /* more than one step removes */
        char session[16];
        snprintf(session, sizeof session, "s-%d", i);
        esi_reply_free(ask(desk, session, "hello"));
    }
    make_older(&p, 2 * DAY);
    esi_reply_free(ask(desk, "young", "hello"));
    esi_retention_report *report = purge(desk, DAY, true);
    ck_assert_int_eq(count_of(report, "chat_sessions"), 120);
    esi_retention_report_free(report);
    ck_assert_int_eq(messages_in(desk), 242);
    report = purge(desk, DAY, false);
    ck_assert(report->complete);
    ck_assert_int_eq(count_of(report, "chat_sessions"), 120);
    ck_assert_int_eq(count_of(report, "chat_messages"), 240);
    ck_assert_int_eq(count_of(report, "tickets"), 0);
    esi_retention_report_free(report);
    ck_assert_int_eq(messages_in(desk), 2);
    esi_desk_close(desk);
    place_remove(&p);
}
END_TEST

START_TEST(what_is_younger_than_an_hour_is_not_purged) {
    esi_desk *desk = open_empty();
    esi_error err = {0};
    esi_retention_report *report = NULL;
    esi_purge_request request = ESI_PURGE_REQUEST_INIT;
    ck_assert_int_eq(esi_retention_purge(desk, &request, &report, &err), ESI_EINVAL);
    request.older_than_ms = ESI_RETENTION_MIN_MS - 1;
    ck_assert_int_eq(esi_retention_purge(desk, &request, &report, &err), ESI_EINVAL);
    ck_assert_str_eq(err.pointer, "/olderThanMs");
    ck_assert_ptr_null(report);
    report = purge(desk, INT64_MAX, false);
    ck_assert(report->complete);
    esi_retention_report_free(report);
    esi_desk_close(desk);
}
END_TEST

START_TEST(a_person_is_erased_with_tickets_and_events) {
    esi_desk *desk = open_small();
    esi_error err = {0};
    esi_retention_report *report = NULL;
    esi_reply *reply = ask_as(desk, "alice", "a-1", "How do I bake bread?");
    ck_assert_ptr_nonnull(reply->ticket_id);
    esi_reply_free(reply);
    esi_reply_free(ask_as(desk, "bob", "b-1", "The printer reports a paper jam"));
    must(esi_retention_erase(desk, "alice", &report, &err), &err);
    ck_assert(report->complete);
    ck_assert_int_eq(count_of(report, "chat_sessions"), 1);
    ck_assert_int_eq(count_of(report, "tickets"), 1);
    ck_assert_int_eq(count_of(report, "outbox"), 1);
    ck_assert_int_eq(count_of(report, "users"), 0);
    esi_retention_report_free(report);
    ck_assert_int_eq(messages_in(desk), 2);
    esi_outbox_batch *batch = NULL;
    must(esi_outbox_take(desk, 10, 1000, &batch, &err), &err);
    ck_assert_uint_eq(batch->count, 0);
    esi_outbox_batch_free(batch);
    reply = ask_as(desk, "alice", "a-1", "How do I bake bread?"); /* as if for the first time */
    esi_reply_free(reply);
    ck_assert_int_eq(messages_in(desk), 4);
    esi_desk_close(desk);
}
END_TEST

START_TEST(nobody_and_names_that_are_none_are_told_apart) {
    esi_desk *desk = open_empty();
    esi_error err = {0};
    esi_retention_report *report = NULL;
    char name[ESI_ID_MAX + 2];
    memset(name, 'a', sizeof name);
    name[sizeof name - 1] = '\0';
    ck_assert_int_eq(esi_retention_erase(desk, "", &report, &err), ESI_EINVAL);
    ck_assert_int_eq(esi_retention_erase(desk, name, &report, &err), ESI_ETOOBIG);
    ck_assert_int_eq(esi_retention_erase(desk, "\xff", &report, &err), ESI_EENCODING);
    ck_assert_int_eq(esi_retention_erase(desk, NULL, &report, &err), ESI_EINVAL);
    ck_assert_ptr_null(report);
    must(esi_retention_erase(desk, "nobody", &report, &err), &err);
    for (size_t i = 0; i < report->count; i++) {
        ck_assert_int_eq(report->items[i]->count, 0);
    }
    esi_retention_report_free(report);
    esi_retention_report_free(NULL);
    esi_desk_close(desk);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("retention");
    tcase_add_test(t, a_purge_takes_as_many_steps_as_are_needed);
    tcase_add_test(t, what_is_younger_than_an_hour_is_not_purged);
    tcase_add_test(t, a_person_is_erased_with_tickets_and_events);
    tcase_add_test(t, nobody_and_names_that_are_none_are_told_apart);
    return tap_run("desk/retention", t);
}
