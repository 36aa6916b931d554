/* cmd_retention.c: what is old goes; what is of one person goes. */
#include <inttypes.h>
#include <string.h>

#include "cmd.h"
#include "fail.h"
#include "wire.h"

#define TABLES_MAX 32
#define HOUR_MS INT64_C(3600000)
#define HOURS_MAX (24 * INT64_C(36500)) /* a hundred years */

/* The counts of one report, or of several of the same tables. */
struct tally {
    const char *tables[TABLES_MAX]; /* the last report's */
    int64_t counts[TABLES_MAX];
    size_t count;
    int64_t total;
};

static void tally_add(struct tally *tally, const esi_retention_report *report) {
    tally->count = report->count < TABLES_MAX ? report->count : TABLES_MAX;
    for (size_t i = 0; i < tally->count; i++) {
        tally->tables[i] = report->items[i]->table;
        tally->counts[i] += report->items[i]->count;
        tally->total += report->items[i]->count;
    }
}

static esi_err print_tally(const struct settings *settings, const struct tally *tally,
                           const char *what, esi_error *err) {
    if (settings->json) {
        struct outbuf out = OUTBUF_INIT;
        struct wire wire = {&out, false};
        wire_object(&wire, NULL);
        wire_bool(&wire, "dryRun", settings->dry_run);
        wire_int(&wire, "total", tally->total);
        wire_object(&wire, "tables");
        for (size_t i = 0; i < tally->count; i++) {
            wire_int(&wire, tally->tables[i], tally->counts[i]);
        }
        wire_object_end(&wire);
        wire_object_end(&wire);
        const esi_err code = print_json(&out, err);
        outbuf_clear(&out);
        return code;
    }
    printf("%s%" PRId64 " row%s\n", what, tally->total, tally->total == 1 ? "" : "s");
    for (size_t i = 0; i < tally->count; i++) {
        if (tally->counts[i] > 0) {
            printf("  %-16s %" PRId64 "\n", tally->tables[i], tally->counts[i]);
        }
    }
    return ESI_OK;
}

/* ---- purge ------------------------------------------------------------------------------- */

/* "90d", "36h": whole days or hours. */
static bool parse_age(const char *text, int64_t *out_ms) {
    int64_t n = 0;
    const char *p = text;
    for (; *p >= '0' && *p <= '9' && n <= HOURS_MAX; p++) {
        n = 10 * n + (*p - '0');
    }
    const int64_t hours = *p == 'd' ? 24 : *p == 'h' ? 1 : 0;
    if (p == text || hours == 0 || p[1] != '\0' || n < 1 || n > HOURS_MAX / hours) {
        return false;
    }
    *out_ms = n * hours * HOUR_MS;
    return true;
}

/* A call is done when its time is up; the next one goes on. */
static esi_err purge(esi_desk *desk, const struct settings *settings,
                     const esi_purge_request *request, esi_error *err) {
    struct tally tally = {0};
    bool complete = false;
    esi_err code = ESI_OK;
    while (code == ESI_OK && !complete) {
        esi_retention_report *report = NULL;
        code = esi_retention_purge(desk, request, &report, err);
        if (code == ESI_OK) {
            tally_add(&tally, report);
            complete = report->complete;
        }
        if (complete) {
            code = print_tally(settings, &tally, settings->dry_run ? "would remove " : "removed ",
                               err);
        }
        esi_retention_report_free(report);
    }
    return code;
}

int cmd_purge(struct settings *settings) {
    esi_error err = {0};
    esi_purge_request request = ESI_PURGE_REQUEST_INIT;
    if (settings->older_than == NULL) {
        return misuse("say what is old with --older-than, as 90d or 36h");
    }
    if (!parse_age(settings->older_than, &request.older_than_ms)) {
        return misuse("--older-than is a number of days or hours, as 90d or 36h");
    }
    request.undelivered = settings->undelivered;
    request.dry_run = settings->dry_run;
    esi_desk *desk = NULL;
    esi_err code = open_desk(settings, &desk, &err);
    if (code == ESI_OK) {
        code = purge(desk, settings, &request, &err);
    }
    const int outcome = code == ESI_OK ? EXIT_DONE : complain(&err);
    esi_desk_close(desk);
    return outcome;
}

/* ---- erase ------------------------------------------------------------------------------- */

int cmd_erase(struct settings *settings) {
    esi_error err = {0};
    esi_desk *desk = NULL;
    esi_retention_report *report = NULL;
    esi_err code = open_desk(settings, &desk, &err);
    if (code == ESI_OK) {
        code = esi_retention_erase(desk, settings->args[0], &report, &err);
    }
    if (code == ESI_OK) {
        struct tally tally = {0};
        tally_add(&tally, report);
        code = print_tally(settings, &tally, "erased ", &err);
    }
    const int outcome = code == ESI_OK ? EXIT_DONE : complain(&err);
    esi_retention_report_free(report);
    esi_desk_close(desk);
    return outcome;
}
