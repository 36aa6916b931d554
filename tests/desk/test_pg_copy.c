/* A desk that is carried from a file to PostgreSQL, and back. */
#include "copy_fixture.h"
#include "pg_control.h"
#include "small_stack.h"

/* A folder with files, and databases. */
struct place {
    struct folder files;
    char name[2][64];
    char owner[2][256], serve[2][256];
};

static struct place place_make(void) {
    static unsigned made;
    struct place p = {.files = folder_make()};
    for (int i = 0; i < 2; i++) {
        snprintf(p.name[i], sizeof p.name[i], "copy_%ld_%u", (long)getpid(), ++made);
        pg_control("create %s esi_template", p.name[i]);
        snprintf(p.owner[i], sizeof p.owner[i], "%s", pg_control("url main owner %s", p.name[i]));
        snprintf(p.serve[i], sizeof p.serve[i], "%s", pg_control("url main serve %s", p.name[i]));
    }
    return p;
}

static void place_remove(const struct place *p) {
    folder_remove(&p->files);
    pg_control("drop %s", p->name[0]);
    pg_control("drop %s", p->name[1]);
}

static void copy_equal(const char *from, const char *to) {
    esi_copy_report *report = copy_desk(from, to, NULL);
    for (size_t i = 0; i < report->table_count; i++) {
        ck_assert_msg(report->tables[i]->equal, "%s differs", report->tables[i]->name);
    }
    ck_assert(report->equal);
    esi_copy_report_free(report);
}

START_TEST(a_desk_on_the_copy_answers_alike_and_goes_on_with_the_session) {
    const struct place p = place_make();
    fill_desk(p.files.first);
    copy_equal(p.files.first, p.owner[0]);
    esi_desk *first = open_at(p.files.first), *second = open_at(p.serve[0]);
    static const char *const questions[][2] = {
        {"s-9", "The badge isn't read at the door"},
        {"s-9", "How do I bake bread?"},
        {"s-1", "I still need to know how to bake it"},
        {"s-1", "The printer reports a paper jam"},
    };
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++) {
        esi_reply *a = ask(first, questions[i][0], questions[i][1]);
        esi_reply *b = ask(second, questions[i][0], questions[i][1]);
        ck_assert_str_eq(a->answer, b->answer);
        ck_assert_int_eq(a->ticket_number, b->ticket_number);
        ck_assert_uint_eq(a->reference_count, b->reference_count);
        for (size_t r = 0; r < a->reference_count; r++) {
            ck_assert_str_eq(a->references[r]->id, b->references[r]->id);
            ck_assert(a->references[r]->score == b->references[r]->score);
        }
        esi_reply_free(a);
        esi_reply_free(b);
    }
    esi_desk_close(first);
    esi_desk_close(second);
    place_remove(&p);
}
END_TEST

/* Rows that no call of this release writes. */
static void add_rare_rows(const char *name) {
    static const char *const statements[] = {
        "INSERT INTO users VALUES ('01990000-0000-7000-8000-000000000001', 'Alice', 1, NULL, "
        "false, '2026-01-01', '2026-01-02')",
        "INSERT INTO api_tokens VALUES ('01990000-0000-7000-8000-000000000002', "
        "'01990000-0000-7000-8000-000000000001', 1, 'key', decode(repeat('00', 32), 'hex'), "
        "'2026-01-01', NULL, '2026-01-03')",
        "INSERT INTO feedback SELECT id, 1, 'good', '2026-01-01' FROM chat_messages WHERE "
        "from_desk LIMIT 1",
        "INSERT INTO idempotency (caller, request_id, body_hash, done, until, reply) VALUES ('', "
        "'r-1', decode(repeat('01', 32), 'hex'), true, '2099-01-01', '{}')",
        "INSERT INTO metrics_days VALUES ('2026-01-01', '{\"sessions\": 1}')",
        "INSERT INTO embedding_spaces (collection, model, dimensions) SELECT number, 'other', 2 "
        "FROM collections",
        "INSERT INTO embeddings (section, space, roles, searched, vector) SELECT s.number, "
        "p.number, s.roles, s.searched, '[1,-2.5]' FROM kb_sections s, embedding_spaces p WHERE "
        "p.model = 'other' LIMIT 2",
    };
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++) {
        pg_control("sql main %s %s", name, statements[i]);
    }
}

START_TEST(every_row_of_every_table_goes_there_and_back) {
    const struct place p = place_make();
    fill_desk(p.owner[0]);
    add_rare_rows(p.name[0]);
    copy_equal(p.owner[0], p.files.first);
    esi_copy_report *report = copy_desk(p.files.first, p.owner[1], NULL);
    esi_copy_report *again = copy_desk(p.owner[0], p.owner[1], NULL);
    ck_assert(report->equal);
    ck_assert(again->equal);
    ck_assert_int_eq(again->written, 0);
    for (size_t i = 0; i < report->table_count; i++) {
        ck_assert_msg(report->tables[i]->rows > 0, "%s is empty: its carrying isn't tested",
                      report->tables[i]->name);
        ck_assert_str_eq(report->tables[i]->hash, again->tables[i]->hash);
    }
    esi_copy_report_free(report);
    esi_copy_report_free(again);
    place_remove(&p);
}
END_TEST

START_TEST(new_rows_get_numbers_after_those_that_came) {
    const struct place p = place_make();
    fill_desk(p.files.first);
    copy_equal(p.files.first, p.owner[0]);
    esi_desk *desk = open_at(p.serve[0]);
    put_document(desk, "new.md", "---\nid: doc-new\n---\n# New\n\n## New\n\nIt is new here.\n");
    esi_reply *reply = ask(desk, "s-new", "How do I bake bread?");
    ck_assert_int_gt(reply->ticket_number, 1);
    esi_reply_free(reply);
    esi_desk_close(desk);
    place_remove(&p);
}
END_TEST

START_TEST(the_knowledge_base_may_go_to_a_database_of_its_own) {
    const struct place p = place_make();
    fill_desk(p.files.first);
    esi_error err = {0};
    esi_copy_report *report = NULL;
    const esi_options from = options_of(p.files.first);
    esi_options to = options_of(p.owner[0]);
    to.knowledge = p.owner[1];
    must(esi_copy(&from, &to, NULL, &report, &err), &err);
    ck_assert(report->equal);
    esi_copy_report_free(report);
    ck_assert_str_eq(
        pg_control("sql main %s SELECT to_regclass('kb_documents') IS NULL", p.name[0]), "t");
    ck_assert_str_eq(pg_control("sql main %s SELECT count(*) FROM kb_documents", p.name[1]), "2");
    place_remove(&p);
}
END_TEST

START_TEST(a_database_that_holds_other_data_is_refused_and_left_as_it_is) {
    const struct place p = place_make();
    fill_desk(p.files.first);
    esi_desk *desk = open_at(p.owner[0]);
    esi_reply_free(ask(desk, "mine", "How do I bake bread?"));
    esi_desk_close(desk);
    esi_error err = {0};
    esi_copy_report *report = NULL;
    const esi_options from = options_of(p.files.first), to = options_of(p.owner[0]);
    ck_assert_int_eq(esi_copy(&from, &to, NULL, &report, &err), ESI_ECONFLICT);
    ck_assert_str_eq(pg_control("sql main %s SELECT count(*) FROM chat_sessions", p.name[0]), "1");
    ck_assert_str_eq(pg_control("sql main %s SELECT count(*) FROM kb_documents", p.name[0]), "0");
    place_remove(&p);
}
END_TEST

START_TEST(a_role_that_may_not_finish_does_not_begin) {
    const struct place p = place_make();
    fill_desk(p.files.first);
    esi_error err = {0};
    esi_migrate_report *migrated = NULL;
    const esi_options owner = options_of(p.owner[0]);
    must(esi_desk_migrate(&owner, NULL, &migrated, &err), &err);
    esi_migrate_report_free(migrated);
    pg_control("sql main %s REVOKE UPDATE ON ALL SEQUENCES IN SCHEMA public FROM desk_serve",
               p.name[0]);
    esi_copy_report *report = NULL;
    const esi_options from = options_of(p.files.first), to = options_of(p.serve[0]);
    ck_assert_int_eq(esi_copy(&from, &to, NULL, &report, &err), ESI_EFORBIDDEN);
    ck_assert_str_eq(pg_control("sql main %s SELECT count(*) FROM chat_sessions", p.name[0]), "0");
    copy_equal(p.files.first, p.owner[0]);
    place_remove(&p);
}
END_TEST

struct stop {
    int calls, at;
    const char *kill; /* the database whose connections are ended; NULL: the switch is thrown */
    esi_cancel *cancel;
};

static void stop_at(const esi_copy_progress *progress, void *context) {
    struct stop *s = context;
    ck_assert_ptr_nonnull(progress->table);
    if (s->calls++ != s->at) {
        return;
    }
    if (s->kill == NULL) {
        esi_cancel_fire(s->cancel);
    } else {
        pg_control("sql main postgres SELECT count(pg_terminate_backend(pid)) FROM "
                   "pg_stat_activity WHERE datname = '%s'",
                   s->kill);
    }
}

static esi_err copy_until(const struct place *p, int at, const char *kill) {
    esi_error err = {0};
    esi_copy_report *report = NULL;
    const esi_options from = options_of(p->files.first), to = options_of(p->owner[0]);
    struct stop stop = {.at = at, .kill = kill, .cancel = esi_cancel_create()};
    esi_copy_request request = ESI_COPY_REQUEST_INIT;
    request.on_progress = stop_at;
    request.progress_context = &stop;
    request.cancel = stop.cancel;
    const esi_err rc = esi_copy(&from, &to, &request, &report, &err);
    esi_copy_report_free(report);
    esi_cancel_free(stop.cancel);
    return rc;
}

START_TEST(a_copy_that_was_ended_anywhere_is_gone_on_with) {
    const struct place p = place_make();
    fill_desk(p.files.first);
    int at = 3;
    while (copy_until(&p, at, NULL) == ESI_ECANCELLED) { /* each goes on with the one before */
        esi_error err = {0};
        esi_desk *desk = NULL;
        const esi_options o = options_of(p.owner[0]);
        ck_assert_int_eq(esi_desk_open(&o, &desk, &err), ESI_ECONFLICT);
        at += 8;
    }
    ck_assert_int_gt(at, 50);
    copy_equal(p.files.first, p.owner[0]);
    esi_desk_close(open_at(p.serve[0]));
    place_remove(&p);
}
END_TEST

START_TEST(what_changed_meanwhile_is_carried_when_a_copy_goes_on) {
    const struct place p = place_make();
    fill_desk(p.files.first);
    ck_assert_int_eq(copy_until(&p, 70, NULL), ESI_ECANCELLED);
    esi_desk *desk = open_at(p.files.first);
    esi_error err = {0};
    must(esi_kb_remove(desk, "doc-badge", &err), &err);
    put_document(desk, "print.md",
                 "---\nid: doc-print\n---\n# Print\n\n## Print\n\nPress print.\n");
    esi_reply_free(ask(desk, "s-1", "Nothing helps, and it is worse now"));
    esi_desk_close(desk);
    copy_equal(p.files.first, p.owner[0]);
    place_remove(&p);
}
END_TEST

START_TEST(connections_that_are_ended_under_it_do_no_harm) {
    const struct place p = place_make();
    fill_desk(p.files.first);
    for (int at = 5; at < 60; at += 18) {
        const esi_err rc = copy_until(&p, at, p.name[0]);
        ck_assert(rc == ESI_OK || rc == ESI_EUNAVAILABLE);
    }
    copy_equal(p.files.first, p.owner[0]);
    place_remove(&p);
}
END_TEST

START_TEST(migrating_tells_the_steps_and_what_serving_needs) {
    const struct place p = place_make();
    esi_error err = {0};
    esi_migrate_report *report = NULL;
    const esi_options o = options_of(p.owner[0]);
    must(esi_desk_migrate(&o, NULL, &report, &err), &err);
    ck_assert_uint_eq(report->part_count, 2);
    ck_assert_str_eq(report->parts[0]->name, "case");
    ck_assert_int_eq(report->parts[0]->from, 0);
    ck_assert_int_gt(report->parts[0]->to, 0);
    ck_assert(!report->granted);
    ck_assert_uint_eq(report->grant_count, 4);
    ck_assert_ptr_nonnull(strstr(report->grants[0]->statement, "TO SERVING_ROLE"));
    const int32_t last = report->parts[1]->to;
    esi_migrate_report_free(report);
    must(esi_desk_migrate(&o, NULL, &report, &err), &err);
    ck_assert_int_eq(report->parts[1]->from, last);
    ck_assert_int_eq(report->parts[1]->to, last);
    esi_migrate_report_free(report);
    place_remove(&p);
}
END_TEST

START_TEST(a_role_that_was_given_the_rights_can_serve) {
    const struct place p = place_make();
    esi_error err = {0};
    esi_migrate_report *report = NULL;
    const char *name = p.name[0];
    pg_control("sql main %s CREATE ROLE \"%s odd\"\" role\" LOGIN", name, name);
    char role[96], url[320];
    snprintf(role, sizeof role, "%s odd\" role", name);
    const esi_options o = options_of(p.owner[0]);
    must(esi_desk_migrate(&o, role, &report, &err), &err);
    ck_assert(report->granted);
    esi_migrate_report_free(report);
    snprintf(url, sizeof url, "postgres://%s%%20odd%%22%%20role%s", name, strchr(p.owner[0], '@'));
    esi_desk *desk = open_at(url);
    put_document(desk, "print.md", printing_doc);
    esi_reply_free(ask(desk, "s-1", "How do I bake bread?"));
    esi_desk_close(desk);
    ck_assert_int_eq(esi_desk_migrate(&o, "no such role", &report, &err), ESI_ENOTFOUND);
    ck_assert_int_eq(esi_desk_migrate(&o, "", &report, &err), ESI_EINVAL);
    pg_control("sql main %s DROP OWNED BY \"%s odd\"\" role\"", name, name);
    pg_control("sql main %s DROP ROLE \"%s odd\"\" role\"", name, name);
    place_remove(&p);
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
    const struct place p = place_make();
    fill_desk(p.owner[0]);
    esi_desk *desk = open_at(p.owner[0]);
    const int64_t before = messages_in(desk);
    esi_copy_request request = ESI_COPY_REQUEST_INIT;
    request.on_progress = ask_meanwhile;
    request.progress_context = desk;
    esi_copy_report *report = copy_desk(p.owner[0], p.files.first, &request);
    ck_assert(report->equal);
    esi_copy_report_free(report);
    ck_assert_int_gt(messages_in(desk), before + 4);
    esi_desk_close(desk);
    desk = open_at(p.files.first);
    ck_assert_int_eq(messages_in(desk), before);
    esi_desk_close(desk);
    place_remove(&p);
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
    const struct place p = place_make();
    fill_desk(p.files.first);
    struct upkeep upkeep = {p.files.first, p.owner[0], ESI_OK};
    const size_t used = small_stack_run(keep_up, &upkeep);
    ck_assert_int_eq(upkeep.worst, ESI_OK);
    ck_assert_uint_gt(used, 0);
    ck_assert_uint_le(used, SMALL_STACK_OURS);
    place_remove(&p);
}
END_TEST

int main(void) {
    if (pg_missing() != NULL) {
        return tap_skip(pg_missing());
    }
#ifndef ESI_WITH_SQLITE
    return tap_skip("this build has no SQLite to copy from");
#endif
    TCase *t = tcase_create("pg_copy");
    tcase_add_test(t, it_all_fits_a_stack_of_96_kilobytes);
    tcase_add_test(t, what_is_written_meanwhile_is_there_whole_or_not_at_all);
    tcase_add_test(t, a_desk_on_the_copy_answers_alike_and_goes_on_with_the_session);
    tcase_add_test(t, every_row_of_every_table_goes_there_and_back);
    tcase_add_test(t, new_rows_get_numbers_after_those_that_came);
    tcase_add_test(t, the_knowledge_base_may_go_to_a_database_of_its_own);
    tcase_add_test(t, a_database_that_holds_other_data_is_refused_and_left_as_it_is);
    tcase_add_test(t, a_role_that_may_not_finish_does_not_begin);
    tcase_add_test(t, a_copy_that_was_ended_anywhere_is_gone_on_with);
    tcase_add_test(t, what_changed_meanwhile_is_carried_when_a_copy_goes_on);
    tcase_add_test(t, connections_that_are_ended_under_it_do_no_harm);
    tcase_add_test(t, migrating_tells_the_steps_and_what_serving_needs);
    tcase_add_test(t, a_role_that_was_given_the_rights_can_serve);
    return tap_run("desk/pg_copy", t);
}
