#include "store/sqlite.h"

#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "store_file.h"
#include "tap.h"

/* ---- where it is ------------------------------------------------------------------------- */

static void check_place(const char *url, esi_err code, const char *says) {
    const esi_store_config config = {
        .size = sizeof config, .url = url, .migrate = true, .wait = wait_for_ms(5000, NULL)};
    esi_store *store = NULL;
    esi_error err = {0};
    const esi_err rc = sqlite_ops.open(&config, &store, &err);
    ck_assert_msg(rc == code, "%s: %s", esi_err_name(rc), err.message);
    ck_assert_ptr_null(store);
    ck_assert_msg(strstr(err.message, says) != NULL, "%s", err.message);
}

START_TEST(a_place_that_cannot_be_says_what_to_do) {
    struct fixture f;
    fixture_open(&f, ROW_FILE);
    check_place("/nowhere/at/all/desk.db", ESI_EIO, "make it first");
    check_place(f.folder, ESI_EIO, "is a folder");
    check_place("", ESI_EINVAL, "no file is named");
    check_place(NULL, ESI_EINVAL, "no file is named");
    char below[300];
    snprintf(below, sizeof below, "%s/desk.db", f.url); /* below a file */
    check_place(below, ESI_EIO, "make it first");
    fixture_close(&f);
}
END_TEST

START_TEST(a_file_that_does_not_exist_is_not_made_without_leave) {
    struct fixture f;
    fixture_open(&f, ROW_FILE);
    close_store(&f);
    remove_file(&f);
    ASSERT_ERR(&f, ESI_EIO, open_again(&f, false, false));
    ck_assert_ptr_nonnull(strstr(f.err.message, "doesn't exist"));
    ASSERT_ERR(&f, ESI_EIO, open_again(&f, true, true));
    ck_assert_int_ne(access(f.url, F_OK), 0);
    write_file(f.url, "", 0);
    ASSERT_ERR(&f, ESI_EUNAVAILABLE, open_again(&f, false, false));
    ASSERT_ERR(&f, ESI_EREADONLY, open_again(&f, true, true));
    struct stat info;
    ck_assert_int_eq(stat(f.url, &info), 0);
    ck_assert_int_eq(info.st_size, 0);
    ASSERT_OK(&f, open_again(&f, true, false));
    fixture_close(&f);
}
END_TEST

START_TEST(a_path_that_looks_like_a_url_is_a_path) {
    struct fixture f;
    fixture_open(&f, ROW_FILE);
    close_store(&f);
    remove_file(&f);
    char here[256];
    ck_assert_ptr_nonnull(getcwd(here, sizeof here));
    ck_assert_int_eq(chdir(f.folder), 0);
    const esi_store_config config = {
        .size = sizeof config, .url = "file:desk.db?mode=memory", .migrate = true, .wait = f.wait};
    ASSERT_OK(&f, f.ops->open(&config, &f.store, &f.err));
    ck_assert_int_eq(access("file:desk.db?mode=memory", F_OK), 0);
    close_store(&f);
    unlink("file:desk.db?mode=memory");
    ck_assert_int_eq(chdir(here), 0);
    ASSERT_OK(&f, open_again(&f, true, false));
    fixture_close(&f);
}
END_TEST

/* ---- read only --------------------------------------------------------------------------- */

START_TEST(a_store_opened_for_reading_reads_and_does_not_write) {
    struct fixture f;
    fixture_open(&f, ROW_FILE);
    esi_store_turn turn = a_turn(&f, "s-1", 0);
    commit(&f, &turn);
    close_store(&f);
    ASSERT_OK(&f, open_again(&f, true, true));
    ck_assert_int_eq(load(&f, "s-1", "alice").turns, 1);
    turn = a_turn(&f, "s-1", 1);
    esi_store_turn_result result;
    ASSERT_ERR(&f, ESI_EREADONLY,
               f.ops->turn_commit(f.store, &turn, &f.wait, &f.arena, &result, &f.err));
    esi_session_query query = a_query("s-1", "alice");
    query.claim = a_claim("alice", "r", 1);
    esi_session_view view;
    ASSERT_ERR(&f, ESI_EREADONLY,
               f.ops->session_load(f.store, &query, &f.wait, &f.arena, &view, &f.err));
    fixture_close(&f);
}
END_TEST

/* Runs as a user without rights, whoever we are. */
static void give_up_rights(void) {
    if (geteuid() == 0) {
        ck_assert_int_eq(setgid(65534), 0);
        ck_assert_int_eq(setuid(65534), 0);
    }
}

START_TEST(a_file_that_may_not_be_written_says_so) {
    struct fixture f;
    fixture_open(&f, ROW_FILE);
    close_store(&f);
    ck_assert_int_eq(chmod(f.url, 0444), 0);
    ck_assert_int_eq(chmod(f.folder, 0755), 0);
    const pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        give_up_rights();
        const esi_err rc = open_again(&f, true, false);
        const bool told = strstr(f.err.message, "can't be written") != NULL;
        _exit(rc == ESI_EREADONLY && told ? 0 : 1);
    }
    int status = 0;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    ck_assert_int_eq(chmod(f.url, 0644), 0);
    ASSERT_OK(&f, open_again(&f, true, false));
    fixture_close(&f);
}
END_TEST

START_TEST(a_folder_that_may_not_be_written_says_so) {
    struct fixture f;
    fixture_open(&f, ROW_FILE);
    close_store(&f);
    remove_file(&f);
    ck_assert_int_eq(chmod(f.folder, 0555), 0);
    const pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        give_up_rights();
        const esi_err rc = open_again(&f, true, false);
        _exit(rc == ESI_EREADONLY && f.store == NULL ? 0 : 1);
    }
    int status = 0;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    ck_assert_int_eq(chmod(f.folder, 0755), 0);
    ASSERT_OK(&f, open_again(&f, true, false));
    fixture_close(&f);
}
END_TEST

/* A disk of our own over that folder, which ends with the process; false where we may not. */
static bool mount_disk(const char *folder) {
    return syscall(SYS_unshare, 0x00020000 /* CLONE_NEWNS */) == 0 &&
           mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("tmpfs", folder, "tmpfs", 0, "size=1m") == 0;
}

/* The child's part; 77 says that it couldn't be tried. */
static int use_disks(struct fixture *f) {
    if (!mount_disk(f->folder)) {
        return 77;
    }
    if (open_again(f, true, false) != ESI_OK) {
        return 1;
    }
    const esi_store_turn turn = a_turn(f, "s-1", 0);
    esi_store_turn_result result;
    if (f->ops->turn_commit(f->store, &turn, &f->wait, &f->arena, &result, NULL) != ESI_OK) {
        return 2;
    }
    f->ops->close(f->store);
    if (mount(NULL, f->folder, NULL, MS_REMOUNT | MS_RDONLY, NULL) != 0) {
        return 77;
    }
    if (open_again(f, true, false) != ESI_EREADONLY) {
        return 3;
    }
    const esi_session_query query = a_query("s-1", "alice");
    esi_session_view view;
    if (open_again(f, true, true) != ESI_OK ||
        f->ops->session_load(f->store, &query, &f->wait, &f->arena, &view, NULL) != ESI_OK ||
        view.turns != 1) {
        return 4;
    }
    f->ops->close(f->store);
    return 0;
}

START_TEST(a_disk_that_cannot_be_written_can_be_read) {
    struct fixture f;
    fixture_open(&f, ROW_FILE);
    close_store(&f);
    const pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        _exit(use_disks(&f));
    }
    int status = 0;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77) {
        printf("# a disk that can't be written wasn't tried: this user may not mount one\n");
    } else {
        ck_assert_int_eq(WEXITSTATUS(status), 0);
    }
    ASSERT_OK(&f, open_again(&f, true, false));
    fixture_close(&f);
}
END_TEST

/* ---- other processes --------------------------------------------------------------------- */

START_TEST(another_process_that_writes_for_long_is_waited_for_until_the_wait_ends) {
    struct fixture f;
    fixture_open(&f, ROW_FILE);
    sqlite3 *other = NULL;
    ck_assert_int_eq(sqlite3_open(f.url, &other), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    const esi_store_turn turn = a_turn(&f, "s-1", 0);
    esi_store_turn_result result;
    const esi_wait brief = wait_for_ms(60, NULL);
    const int64_t begun = esi_clock_ns();
    ASSERT_ERR(&f, ESI_EUNAVAILABLE,
               f.ops->turn_commit(f.store, &turn, &brief, &f.arena, &result, &f.err));
    ck_assert(f.err.retryable);
    ck_assert_int_ge(esi_clock_ns() - begun, 50 * NS_PER_MS);
    ck_assert_int_lt(esi_clock_ns() - begun, 2000 * NS_PER_MS);
    ck_assert(!load(&f, "s-1", "alice").exists); /* readers don't wait */
    ck_assert_int_eq(sqlite3_exec(other, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(other);
    commit(&f, &turn);
    fixture_close(&f);
}
END_TEST

static void child_ingests(struct fixture *f, int start) {
    char byte;
    if (read(start, &byte, 1) != 1 || open_again(f, true, false) != ESI_OK) {
        _exit(1);
    }
    for (int i = 0; i < 40; i++) {
        const size_t sections = (size_t)(1 + i % 9);
        const esi_store_document d = a_document(f, "shared", sections, (float)sections);
        if (f->ops->kb_upsert(f->store, COLLECTION, &a_space, &d, NOW, &f->wait, NULL) != ESI_OK) {
            _exit(2);
        }
    }
    f->ops->close(f->store);
    _exit(0);
}

static esi_err whole(const esi_store_document *d, bool gone, void *context, esi_error *err) {
    (void)err;
    for (size_t i = 0; !gone && i < d->section_count; i++) {
        *(bool *)context &= d->sections[i].vector[0] == (float)d->section_count;
    }
    return ESI_OK;
}

START_TEST(another_process_may_ingest_while_this_one_serves) {
    struct fixture f;
    fixture_open(&f, ROW_FILE);
    close_store(&f);
    f.wait = wait_for_ms(30000, NULL);
    int start[2];
    ck_assert_int_eq(pipe(start), 0);
    const pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        child_ingests(&f, start[0]);
    }
    ASSERT_OK(&f, open_again(&f, true, false));
    ck_assert_int_eq(write(start[1], "x", 1), 1);
    int64_t version = 0, turns = 0;
    bool ok = true;
    while (version < 40) {
        const esi_store_turn turn = a_turn(&f, "s-1", turns++);
        commit(&f, &turn);
        ASSERT_OK(&f,
                  f.ops->kb_changes(f.store, COLLECTION, 0, &f.wait, whole, &ok, &version, &f.err));
        ck_assert(ok);
        ck_assert_int_ge(load(&f, "s-1", "alice").kb_version, version);
        ck_assert_int_le(esi_clock_ns(), f.wait.until_ns);
    }
    int status = 0;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    ck_assert_int_eq(load(&f, "s-1", "alice").turns, turns);
    close(start[0]);
    close(start[1]);
    fixture_close(&f);
}
END_TEST

START_TEST(many_processes_may_open_a_new_file_at_once) {
    struct fixture f;
    fixture_open(&f, ROW_FILE);
    close_store(&f);
    for (int round = 0; round < 5; round++) {
        remove_file(&f);
        int start[2];
        ck_assert_int_eq(pipe(start), 0);
        pid_t children[4];
        for (int i = 0; i < 4; i++) {
            children[i] = fork();
            ck_assert_int_ge(children[i], 0);
            if (children[i] == 0) {
                char byte;
                close(start[1]);
                const bool ended = read(start[0], &byte, 1) == 0; /* all at once */
                const esi_err rc = ended ? open_again(&f, true, false) : ESI_EINTERNAL;
                _exit(rc != ESI_OK || f.ops->probe(f.store, &f.wait, NULL) != ESI_OK);
            }
        }
        close(start[0]);
        close(start[1]);
        for (int i = 0; i < 4; i++) {
            int status = 0;
            ck_assert_int_eq(waitpid(children[i], &status, 0), children[i]);
            ck_assert_int_eq(status, 0);
        }
    }
    ASSERT_OK(&f, open_again(&f, true, false));
    fixture_close(&f);
}
END_TEST

/* ---- what it keeps ----------------------------------------------------------------------- */

START_TEST(requests_are_forgotten_after_two_days) {
    struct fixture f;
    fixture_open(&f, ROW_FILE);
    for (int i = 0; i < 60; i++) {
        esi_session_query query = a_query("s-1", "alice");
        query.claim = a_claim("alice", arena_printf(&f.arena, "r-%d", i), 1);
        query.now_ms = NOW + i * INT64_C(7200000);
        esi_session_view view;
        ASSERT_OK(&f, f.ops->session_load(f.store, &query, &f.wait, &f.arena, &view, &f.err));
        esi_store_turn turn = a_turn(&f, "s-1", i);
        turn.now_ms = query.now_ms;
        turn.claim = query.claim;
        turn.reply = "{}";
        commit(&f, &turn);
    }
    ck_assert_int_eq(count_rows(f.url, "SELECT count(*) FROM idempotency"), 25);
    fixture_close(&f);
}
END_TEST

START_TEST(a_turn_writes_its_classification_references_and_history) {
    struct fixture f;
    fixture_open(&f, ROW_FILE);
    const esi_store_new_ticket ticket = a_ticket(&f, "s-1", "network");
    const esi_store_guardrail_event event = {fixture_id(&f), "exfil", "r-1", "no", "a | b"};
    esi_store_turn turn = a_turn(&f, "s-1", 0);
    turn.ticket = &ticket;
    turn.guardrail = &event;
    turn.escalated = turn.interrupted = true;
    turn.tier = ESI_TIER_2;
    commit(&f, &turn);
    ck_assert_int_eq(count_rows(f.url, "SELECT count(*) FROM chat_messages WHERE from_desk = 1 AND "
                                       "act = 1 AND coverage = 1 AND tier = 2 AND severity = 0 AND "
                                       "escalated = 1 AND blocked = 1 AND interrupted = 1 AND "
                                       "category = 'network' AND model = 'offline' AND "
                                       "confidence = 0.75 AND elapsed_ms = 3 AND "
                                       "rules = '[\"policy:trouble\",\"kb:vpn#dropped\"]'"),
                     1);
    ck_assert_int_eq(count_rows(f.url, "SELECT count(*) FROM kb_references WHERE "
                                       "document_id = 'kb-vpn' AND version = '2.1' AND "
                                       "section = 'VPN > Dropped connections' AND score = 0.71 AND "
                                       "substr(hash, 1, 3) = x'010203'"),
                     1);
    ck_assert_int_eq(count_rows(f.url, "SELECT count(*) FROM guardrails WHERE category = 'exfil' "
                                       "AND rule = 'r-1' AND matches = 'a | b'"),
                     1);
    ck_assert_int_eq(count_rows(f.url, "SELECT count(*) FROM ticket_events WHERE kind = 'opened'"),
                     1);
    fixture_close(&f);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("sqlite");
    tcase_add_test(t, a_place_that_cannot_be_says_what_to_do);
    tcase_add_test(t, a_file_that_does_not_exist_is_not_made_without_leave);
    tcase_add_test(t, a_path_that_looks_like_a_url_is_a_path);
    tcase_add_test(t, a_store_opened_for_reading_reads_and_does_not_write);
    tcase_add_test(t, a_file_that_may_not_be_written_says_so);
    tcase_add_test(t, a_folder_that_may_not_be_written_says_so);
    tcase_add_test(t, a_disk_that_cannot_be_written_can_be_read);
    tcase_add_test(t, another_process_that_writes_for_long_is_waited_for_until_the_wait_ends);
    tcase_add_test(t, another_process_may_ingest_while_this_one_serves);
    tcase_add_test(t, many_processes_may_open_a_new_file_at_once);
    tcase_add_test(t, requests_are_forgotten_after_two_days);
    tcase_add_test(t, a_turn_writes_its_classification_references_and_history);
    return tap_run("store/sqlite", t);
}
