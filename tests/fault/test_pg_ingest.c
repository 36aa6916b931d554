/* A process that ingests a folder is killed at any moment, again and again, until one comes
 * through: nothing is half at any time, and in the end the rows are those of one that was never
 * killed. The program starts itself again as that process. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../desk/fixture.h"
#include "base/clock.h"
#include "base/os.h"
#include "pg_control.h"
#include "pg_desk.h"

#define DOCUMENTS 24
#define KILLS 6
#define KILLS_LONG 200 /* with ESI_SOAK=1 */

static char program[512];
static char folder[] = "/tmp/esihelp-ingest-XXXXXX";

/* ---- the other process --------------------------------------------------------------------- */

static int ingest(const char *url, const char *path) {
    esi_desk *desk = NULL;
    esi_kb_report *report = NULL;
    esi_kb_source source = ESI_KB_SOURCE_INIT;
    const esi_options options = pg_options(url);
    source.path = path;
    source.prune = true;
    esi_err rc = esi_desk_open(&options, &desk, NULL);
    if (rc == ESI_OK) {
        rc = esi_kb_ingest(desk, &source, &report, NULL);
    }
    esi_kb_report_free(report);
    esi_desk_close(desk);
    return (int)rc;
}

static pid_t start_ingest(const char *url) {
    const pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        execl(program, program, "ingest", url, folder, (char *)NULL);
        _exit(127);
    }
    return pid;
}

static int64_t ingest_whole(const char *url) {
    int status = 0;
    const int64_t began_ns = esi_clock_ns();
    ck_assert_int_ge(waitpid(start_ingest(url), &status, 0), 0);
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %d", status);
    return esi_clock_ns() - began_ns;
}

/* ---- documents ----------------------------------------------------------------------------- */

static void write_document(int number, int edition) {
    char path[64];
    snprintf(path, sizeof path, "%s/shelf-%02d.md", folder, number);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fprintf(file, "---\nid: kb-shelf-%02d\ntitle: Shelf %d\nversion: \"%d\"\n---\n# Shelf %d\n",
            number, number, edition, number);
    for (int i = 0; i < 3 + (number + edition) % 7; i++) {
        fprintf(file,
                "\n## Drawer %d of shelf %d\n\nIt holds the cables of edition %d.\n\n"
                "1. Open drawer %d.\n2. Take cable %d.\n",
                i, number, edition, i, i * number);
    }
    ck_assert_int_eq(fclose(file), 0);
}

/* The second edition has other documents, and some of the first are gone. */
static void write_edition(int edition) {
    for (int i = 0; i < DOCUMENTS; i++) {
        char path[64];
        snprintf(path, sizeof path, "%s/shelf-%02d.md", folder, i);
        if (edition == 2 && i % 5 == 0) {
            unlink(path);
        } else {
            write_document(i, i % 2 == 0 ? edition : 1);
        }
    }
    if (edition == 2) {
        write_document(DOCUMENTS, 2);
    }
}

static void remove_folder(void) {
    for (int i = 0; i <= DOCUMENTS; i++) {
        char path[64];
        snprintf(path, sizeof path, "%s/shelf-%02d.md", folder, i);
        unlink(path);
    }
    rmdir(folder);
}

/* ---- rows ---------------------------------------------------------------------------------- */

/* All that an ingest leaves, but for ids, times and counts of how often something was done. */
static void read_rows(const char *url, char out[64]) {
    PGconn *sql = sql_open(url);
    PGresult *result = PQexec(
        sql, "SELECT md5(string_agg(row, E'\\n' ORDER BY row COLLATE \"C\")) FROM ("
             "SELECT concat_ws('|', d.id, d.source, d.scope, d.title, d.version, d.updated, "
             "d.standing, d.language, d.roles, d.meta, d.hash, d.sections, s.ordinal, s.line, "
             "s.heading, s.text, s.note, s.hash, e.vector, p.model) AS row FROM kb_documents d "
             "LEFT JOIN kb_sections s ON s.document = d.number "
             "LEFT JOIN embeddings e ON e.section = s.number "
             "LEFT JOIN embedding_spaces p ON p.number = e.space) rows");
    ck_assert_msg(PQresultStatus(result) == PGRES_TUPLES_OK, "%s", PQerrorMessage(sql));
    snprintf(out, 64, "%s", PQgetvalue(result, 0, 0));
    PQclear(result);
    PQfinish(sql);
}

static void check_whole(const char *url) {
    PGconn *sql = sql_open(url);
    check_nothing_half(sql);
    ck_assert_int_eq(sql_int(sql, "SELECT count(*) FROM kb_documents d JOIN collections c "
                                  "ON c.number = d.collection WHERE d.changed > c.version"),
                     0);
    PQfinish(sql);
}

/* Kills it `kills` times, at moments from its start to its end, then lets one come through. */
static void ingest_killed(const struct pg_place *place, int kills, int64_t whole_ns) {
    uint32_t seed = 20261122;
    for (int i = 0; i < kills; i++) {
        int status = 0;
        const pid_t pid = start_ingest(place->serve);
        seed = seed * 1664525U + 1013904223U;
        os_sleep(esi_clock_ns() + (int64_t)((double)(seed >> 8) / (1 << 24) * (double)whole_ns));
        kill(pid, SIGKILL);
        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        ck_assert(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
        check_whole(place->super);
    }
    (void)ingest_whole(place->serve);
    check_whole(place->super);
}

START_TEST(
    an_ingest_that_is_killed_at_any_moment_and_repeated_leaves_the_rows_of_one_that_was_not) {
    struct pg_place calm;
    struct pg_place killed;
    char wanted[64];
    char found[64];
    ck_assert_ptr_nonnull(mkdtemp(folder));
    pg_place_make(&calm);
    pg_place_make(&killed);
    for (int edition = 1; edition <= 2; edition++) {
        write_edition(edition);
        const int64_t whole_ns = ingest_whole(calm.serve);
        ingest_killed(&killed, is_soak() ? KILLS_LONG : KILLS, whole_ns);
        read_rows(calm.super, wanted);
        read_rows(killed.super, found);
        ck_assert_str_eq(found, wanted);
    }
    remove_folder();
}
END_TEST

int main(int argc, char **argv) {
    if (argc == 4 && strcmp(argv[1], "ingest") == 0) {
        return ingest(argv[2], argv[3]);
    }
    if (pg_missing() != NULL) {
        return tap_skip(pg_missing());
    }
    snprintf(program, sizeof program, "%s", argv[0]);
    TCase *t = tcase_create("pg_ingest");
    tcase_add_test(
        t, an_ingest_that_is_killed_at_any_moment_and_repeated_leaves_the_rows_of_one_that_was_not);
    return tap_run("fault/pg_ingest", t);
}
