/* A disk that fails at every single write of an open, a turn and an ingest: what was answered with
 * success is there, what was answered with an error is not, and the store goes on. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/os.h"
#include "sqlite_shim.h"
#include "store_contract.h"
#include "tap.h"

#define ROW_FILE 0
#define THREADS 4

static void check_sound(struct fixture *f) {
    const esi_store_finding *findings;
    size_t count;
    ASSERT_OK(f, f->ops->check(f->store, &f->wait, &f->arena, &findings, &count, &f->err));
    for (size_t i = 0; i < count; i++) {
        ck_assert_msg(findings[i].ok, "%s: %s", findings[i].what, findings[i].detail);
    }
}

/* Large enough to be written in many pieces. */
static esi_store_document large_document(struct fixture *f, float mark) {
    esi_store_document d = a_document(f, "large", 4, mark);
    esi_store_section *sections = ARENA_ARRAY(&f->arena, 4, esi_store_section);
    char *text = ARENA_ARRAY(&f->arena, 9001, char);
    memset(text, 'x', 9000);
    memcpy(sections, d.sections, 4 * sizeof *sections);
    for (size_t i = 0; i < 4; i++) {
        sections[i].text = text;
    }
    d.sections = sections;
    return d;
}

/* One turn with a ticket and one document while the disk fails after so many changes. Returns
 * whether the fault was reached. */
static bool run_with_fault(long after, int code, esi_err answer) {
    struct fixture f;
    fixture_open(&f, ROW_FILE);
    const esi_store_new_ticket ticket = a_ticket(&f, "s-1", "network");
    const esi_store_document old = large_document(&f, 1), new = large_document(&f, 2);
    const esi_store_turn first = a_turn(&f, "s-1", 0);
    commit(&f, &first);
    put_document(&f, &old);

    esi_store_turn turn = a_turn(&f, "s-1", 1);
    turn.ticket = &ticket;
    esi_store_turn_result result;
    shim_arm(after, code, 1);
    const esi_err said = f.ops->turn_commit(f.store, &turn, &f.wait, &f.arena, &result, &f.err);
    const esi_err put = f.ops->kb_upsert(f.store, COLLECTION, &a_space, &new, NOW, &f.wait, &f.err);
    const bool reached = shim.left == 0 && shim.calls > after;
    shim_disarm();
    ck_assert(said == ESI_OK || said == answer);
    ck_assert(put == ESI_OK || put == answer);

    for (int reopened = 0; reopened < 2; reopened++) {
        ck_assert_int_eq(load(&f, "s-1", "alice").turns, said == ESI_OK ? 2 : 1);
        ck_assert_int_eq(metrics(&f, NOW, NOW + 1).tickets, said == ESI_OK);
        ck_assert_int_eq(kb_version(&f), put == ESI_OK ? 2 : 1);
        check_sound(&f);
        fixture_reopen(&f);
    }
    const esi_store_turn next = a_turn(&f, "s-2", 0);
    commit(&f, &next);
    put_document(&f, &new);
    fixture_close(&f);
    return reached;
}

START_TEST(a_disk_that_is_full_at_any_write_loses_nothing) {
    ck_assert_int_eq(shim_install(), SQLITE_OK);
    long n = 0;
    while (run_with_fault(n, SQLITE_FULL, ESI_ENOSPC)) {
        n++;
    }
    ck_assert_int_ge(n, 20);
}
END_TEST

START_TEST(a_disk_that_fails_at_any_write_loses_nothing) {
    ck_assert_int_eq(shim_install(), SQLITE_OK);
    long n = 0;
    while (run_with_fault(n, SQLITE_IOERR_WRITE, ESI_EIO)) {
        n++;
    }
    ck_assert_int_ge(n, 20);
}
END_TEST

START_TEST(an_open_that_fails_at_any_write_may_be_repeated) {
    ck_assert_int_eq(shim_install(), SQLITE_OK);
    bool reached = true;
    for (long n = 0; reached; n++) {
        struct fixture f;
        fixture_open(&f, ROW_FILE);
        f.ops->close(f.store);
        f.store = NULL;
        unlink(f.url);
        const esi_store_config config = {
            .size = sizeof config, .url = f.url, .migrate = true, .wait = f.wait};
        shim_arm(n, SQLITE_FULL, 1);
        const esi_err rc = f.ops->open(&config, &f.store, &f.err);
        reached = shim.left == 0 && shim.calls > n;
        ck_assert(rc == ESI_OK || rc == ESI_ENOSPC);
        ck_assert_int_eq(rc == ESI_OK, f.store != NULL);
        shim_disarm();
        if (rc != ESI_OK) {
            ASSERT_OK(&f, f.ops->open(&config, &f.store, &f.err));
        }
        const esi_store_turn turn = a_turn(&f, "s-1", 0);
        commit(&f, &turn);
        check_sound(&f);
        fixture_close(&f);
    }
}
END_TEST

/* ---- one fault among many turns ---------------------------------------------------------- */

struct worker {
    struct fixture *f;
    int number;
    int64_t kept;
    esi_err other;
};

static void commit_many(void *context) {
    struct worker *w = context;
    struct fixture mine = *w->f;
    mine.arena = (esi_arena){0};
    for (int i = 0; i < 12; i++) {
        char ids[2][40], session[16];
        snprintf(session, sizeof session, "s-%d", w->number);
        esi_store_turn turn = a_turn(&mine, session, w->kept);
        snprintf(ids[0], sizeof ids[0], "%d-%d-q", w->number, i);
        snprintf(ids[1], sizeof ids[1], "%d-%d-a", w->number, i);
        turn.user_message_id = ids[0];
        turn.message_id = ids[1];
        esi_store_turn_result result;
        const esi_err rc =
            mine.ops->turn_commit(mine.store, &turn, &mine.wait, &mine.arena, &result, NULL);
        if (rc == ESI_OK) {
            w->kept++;
        } else if (rc != ESI_ENOSPC) {
            w->other = rc;
        }
    }
    arena_clear(&mine.arena);
}

START_TEST(a_fault_that_passes_hurts_no_other_turn) {
    ck_assert_int_eq(shim_install(), SQLITE_OK);
    for (long n = 0; n < 60; n += 3) {
        struct fixture f;
        fixture_open(&f, ROW_FILE);
        f.wait = wait_for_ms(30000, NULL);
        struct worker workers[THREADS];
        struct os_thread threads[THREADS];
        shim_arm(n, SQLITE_FULL, 0);
        for (int i = 0; i < THREADS; i++) {
            workers[i] = (struct worker){.f = &f, .number = i};
            ASSERT_OK(&f, os_thread_start(&threads[i], commit_many, &workers[i], 0, &f.err));
        }
        int64_t kept = 0;
        for (int i = 0; i < THREADS; i++) {
            os_thread_join(&threads[i]);
            ck_assert_int_eq(workers[i].other, ESI_OK);
            kept += workers[i].kept;
        }
        shim_disarm();
        ck_assert_int_ge(kept, THREADS * 12 - 1);
        for (int i = 0; i < THREADS; i++) {
            char session[16];
            snprintf(session, sizeof session, "s-%d", i);
            ck_assert_int_eq(load(&f, session, "alice").turns, workers[i].kept);
        }
        check_sound(&f);
        fixture_close(&f);
    }
}
END_TEST

int main(void) {
    TCase *t = tcase_create("fault");
    tcase_add_test(t, a_disk_that_is_full_at_any_write_loses_nothing);
    tcase_add_test(t, a_disk_that_fails_at_any_write_loses_nothing);
    tcase_add_test(t, an_open_that_fails_at_any_write_may_be_repeated);
    tcase_add_test(t, a_fault_that_passes_hurts_no_other_turn);
    return tap_run("store/fault", t);
}
