/* test_two.c: another process ingests and removes while this one answers. The program starts itself
 * again as that other process. */
#include "fixture.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <time.h>

#define EDITIONS 12
#define ASKERS 8

static char program[512];

static esi_err open_file(const char *path, esi_desk **out) {
    esi_options options = ESI_OPTIONS_INIT;
    options.store = path;
    options.provider = "offline";
    options.refresh_ms = 100;
    return esi_desk_open(&options, out, NULL);
}

static esi_err put_text(esi_desk *desk, const char *name, const char *text) {
    esi_kb_report *report = NULL;
    esi_kb_source source = ESI_KB_SOURCE_INIT;
    source.name = name;
    source.text = text;
    const esi_err rc = esi_kb_ingest(desk, &source, &report, NULL);
    esi_kb_report_free(report);
    return rc;
}

static esi_err put_edition(esi_desk *desk, int edition) {
    char text[512];
    snprintf(
        text, sizeof(text),
        "---\nid: doc-kiln\ntitle: The kiln\nversion: \"%d\"\nlast_updated: 2026-05-01\n---\n# The "
        "kiln\n\n## Kiln does not heat\n\n1. Press the orange button of edition%d for five "
        "seconds.\n\n## Kiln door is stuck\n\n1. Turn the handle of edition%d to the left.\n",
        edition, edition, edition);
    return put_text(desk, "kiln.md", text);
}

/* The other process: a new edition of one document again and again, then its removal. It isn't a
 * test to Check and must not call it. */
static int write_editions(const char *path) {
    esi_desk *desk = NULL;
    esi_err rc = open_file(path, &desk);
    for (int i = 2; rc == ESI_OK && i <= EDITIONS; i++) {
        rc = put_edition(desk, i);
        usleep(60000);
    }
    if (rc == ESI_OK) {
        rc = put_text(
            desk, "lathe.md",
            "---\nid: doc-lathe\n---\n# The lathe\n\n## Lathe hums\n\n1. Tighten the belt.\n");
    }
    if (rc == ESI_OK) {
        rc = esi_kb_remove(desk, "doc-kiln", NULL);
    }
    esi_desk_close(desk);
    return (int)rc;
}

struct watch {
    esi_desk *desk;
    atomic_bool stop;
    atomic_int asked;
    atomic_int torn;
    atomic_int failed;
    atomic_int uncovered;
};

/* The edition of a text's "editionN"; 0 where there is none. */
static int edition_in(const char *text) {
    const char *at = strstr(text, "edition");
    return at ? atoi(at + strlen("edition")) : 0;
}

static void *ask_on(void *context) {
    struct watch *watch = context;
    while (!atomic_load(&watch->stop)) {
        esi_reply *r = NULL;
        esi_chat_request request = ESI_CHAT_REQUEST_INIT;
        request.message = "The kiln does not heat";
        if (esi_chat_ask(watch->desk, &request, &r, NULL) != ESI_OK) {
            atomic_fetch_add(&watch->failed, 1);
            continue;
        }
        atomic_fetch_add(&watch->asked, 1);
        atomic_fetch_add(&watch->uncovered, r->reference_count == 0);
        for (size_t i = 0; i < r->reference_count; i++) {
            const int edition = edition_in(r->answer);
            atomic_fetch_add(&watch->torn,
                             edition != 0 && edition != atoi(r->references[i]->version));
        }
        esi_reply_free(r);
    }
    return NULL;
}

static pid_t start_writer(const char *path) {
    const pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        execl(program, program, "write", path, (char *)NULL);
        _exit(127);
    }
    return pid;
}

static bool finds(esi_desk *desk, const char *id) {
    esi_error err = {0};
    esi_kb_hits *hits = NULL;
    esi_kb_query query = ESI_KB_QUERY_INIT;
    bool found = false;
    query.text = "kiln lathe heat hums";
    must(esi_kb_search(desk, &query, &hits, &err), &err);
    for (size_t i = 0; i < hits->count; i++) {
        found = found || strcmp(hits->items[i]->id, id) == 0;
    }
    esi_kb_hits_free(hits);
    return found;
}

START_TEST(what_another_process_ingests_and_removes_is_seen_soon_and_never_half) {
    char folder[] = "/tmp/esihelp-two-XXXXXX";
    char path[64];
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/desk.db", folder);
    struct watch watch = {0};
    ck_assert_int_eq(open_file(path, &watch.desk), ESI_OK);
    ck_assert_int_eq(put_edition(watch.desk, 1), ESI_OK);
    pthread_t threads[ASKERS];
    for (int i = 0; i < ASKERS; i++) {
        ck_assert_int_eq(pthread_create(&threads[i], NULL, ask_on, &watch), 0);
    }
    const pid_t writer = start_writer(path);
    usleep(300000);
    const int uncovered =
        atomic_load(&watch.uncovered); /* while the document is replaced, not gone */
    int status = 0;
    ck_assert_int_eq(waitpid(writer, &status, 0), writer);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    int waited = 0; /* tenths of a second */
    while ((!finds(watch.desk, "doc-lathe") || finds(watch.desk, "doc-kiln")) && waited < 10) {
        usleep(100000);
        waited++;
    }
    atomic_store(&watch.stop, true);
    for (int i = 0; i < ASKERS; i++) {
        pthread_join(threads[i], NULL);
    }
    ck_assert_int_lt(waited, 10);
    ck_assert_int_eq(uncovered, 0);
    ck_assert_int_eq(atomic_load(&watch.failed), 0);
    ck_assert_int_eq(atomic_load(&watch.torn), 0);
    ck_assert_int_gt(atomic_load(&watch.asked), 0);
    esi_desk_close(watch.desk);
    unlink(path);
    rmdir(folder);
}
END_TEST

int main(int argc, char **argv) {
    if (argc == 3 && strcmp(argv[1], "write") == 0) {
        return write_editions(argv[2]);
    }
    snprintf(program, sizeof(program), "%s", argv[0]);
    TCase *t = tcase_create("two");
    tcase_add_test(t, what_another_process_ingests_and_removes_is_seen_soon_and_never_half);
    return tap_run("desk/two", t);
}
