/* cmd_copy.c: carries a desk from one store to another. */
#include <inttypes.h>
#include <string.h>

#include "cmd.h"
#include "fail.h"
#include "wire.h"

static void show_progress(const esi_copy_progress *progress, void *context) {
    char what[64];
    snprintf(what, sizeof what, "%s%s", progress->checking ? "check " : "", progress->table);
    term_progress(context, (size_t)progress->done, (size_t)progress->total, what);
}

static void wire_report(struct wire *wire, const esi_copy_report *report) {
    wire_object(wire, NULL);
    wire_bool(wire, "equal", report->equal);
    wire_bool(wire, "resumed", report->resumed);
    wire_int(wire, "rows", report->rows);
    wire_int(wire, "written", report->written);
    wire_array(wire, "tables");
    for (size_t i = 0; i < report->table_count; i++) {
        const esi_copy_table *table = report->tables[i];
        wire_object(wire, NULL);
        wire_text(wire, "name", table->name);
        wire_int(wire, "rows", table->rows);
        wire_int(wire, "written", table->written);
        wire_bool(wire, "equal", table->equal);
        wire_text(wire, "hash", table->hash);
        wire_object_end(wire);
    }
    wire_array_end(wire);
    wire_object_end(wire);
}

static void print_report(const esi_copy_report *report) {
    const struct term term = term_of(stdout);
    for (size_t i = 0; i < report->table_count; i++) {
        const esi_copy_table *table = report->tables[i];
        term_text(&term, table->equal ? TERM_GREEN : TERM_RED,
                  table->equal ? "  equal  " : "  DIFFERS");
        printf("  %-16s %8" PRId64 " rows  %.16s\n", table->name, table->rows, table->hash);
    }
    printf("%" PRId64 " rows, %" PRId64 " of them written now%s\n", report->rows, report->written,
           report->resumed ? "; a copy that had been begun is whole" : "");
}

/* The knowledge base's own database belongs to the side that is a server, first of all to the one
 * that is written. */
static bool is_server(const char *store) {
    return store != NULL && strncmp(store, "postgres", 8) == 0;
}

static esi_err run_copy(struct settings *settings, esi_copy_report **out, esi_error *err) {
    esi_options from = settings->desk, to = settings->desk;
    use_log(settings, &from);
    use_log(settings, &to);
    from.store = settings->from;
    to.store = settings->to != NULL ? settings->to : settings->desk.store;
    from.knowledge = is_server(to.store) ? NULL : from.knowledge;
    to.knowledge = is_server(to.store) ? to.knowledge : NULL;
    struct term progress = term_of(stderr);
    esi_copy_request request = ESI_COPY_REQUEST_INIT;
    if (progress.tty && !settings->json) {
        request.on_progress = show_progress;
        request.progress_context = &progress;
    }
    const esi_err code = esi_copy(&from, &to, &request, out, err);
    if (request.on_progress != NULL) {
        term_progress_end(&progress);
    }
    if (code == ESI_ECONFLICT) { /* repeating it wouldn't help */
        char why[ESI_ERROR_MESSAGE_MAX];
        memcpy(why, err->message, sizeof why);
        return fail(err, code, NULL, "%s", why);
    }
    return code;
}

int cmd_copy(struct settings *settings) {
    esi_error err = {0};
    esi_copy_report *report = NULL;
    if (settings->from == NULL || (settings->to == NULL && settings->desk.store == NULL)) {
        return misuse("a copy wants --from STORE and --to STORE");
    }
    esi_err code = run_copy(settings, &report, &err);
    if (code == ESI_OK && settings->json) {
        struct outbuf out = OUTBUF_INIT;
        struct wire wire = {&out, false};
        wire_report(&wire, report);
        code = print_json(&out, &err);
        outbuf_clear(&out);
    } else if (code == ESI_OK) {
        print_report(report);
    }
    if (code == ESI_OK && !report->equal) {
        code = fail(&err, ESI_EINTERNAL, NULL,
                    "the copy isn't whole: repeat it when nothing else writes to the new store");
    }
    const int outcome = code == ESI_OK ? EXIT_DONE : complain(&err);
    esi_copy_report_free(report);
    return outcome;
}
