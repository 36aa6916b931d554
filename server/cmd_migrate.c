/* cmd_migrate.c: brings a store up to date, by its owner. */
#include "cmd.h"
#include "wire.h"

static void wire_report(struct wire *wire, const esi_migrate_report *report) {
    wire_object(wire, NULL);
    wire_array(wire, "parts");
    for (size_t i = 0; i < report->part_count; i++) {
        const esi_migrate_part *part = report->parts[i];
        wire_object(wire, NULL);
        wire_text(wire, "name", part->name);
        wire_text(wire, "database", part->database);
        wire_int(wire, "from", part->from);
        wire_int(wire, "to", part->to);
        wire_object_end(wire);
    }
    wire_array_end(wire);
    wire_bool(wire, "granted", report->granted);
    wire_array(wire, "grants");
    for (size_t i = 0; i < report->grant_count; i++) {
        wire_object(wire, NULL);
        wire_text(wire, "database", report->grants[i]->database);
        wire_text(wire, "statement", report->grants[i]->statement);
        wire_object_end(wire);
    }
    wire_array_end(wire);
    wire_object_end(wire);
}

static void print_report(const esi_migrate_report *report) {
    const struct term term = term_of(stdout);
    for (size_t i = 0; i < report->part_count; i++) {
        const esi_migrate_part *part = report->parts[i];
        term_text(&term, TERM_BOLD, part->name);
        printf(" in ");
        term_text(&term, TERM_PLAIN, part->database);
        if (part->from == part->to) {
            printf(": up to date, at step %d\n", (int)part->to);
        } else {
            printf(": from step %d to step %d\n", (int)part->from, (int)part->to);
        }
    }
    if (report->grant_count > 0) {
        printf(report->granted ? "\nDone for the role that serves:\n"
                               : "\nA role that only serves needs this (--grant ROLE does it):\n");
    }
    for (size_t i = 0; i < report->grant_count; i++) {
        const esi_migrate_grant *grant = report->grants[i];
        printf("  ");
        term_text(&term, TERM_PLAIN, grant->statement);
        printf(";  -- ");
        term_text(&term, TERM_DIM, grant->database);
        printf("\n");
    }
}

int cmd_migrate(struct settings *settings) {
    esi_error err = {0};
    esi_migrate_report *report = NULL;
    esi_options options = settings->desk;
    use_log(settings, &options);
    esi_err code = esi_desk_migrate(&options, settings->grant, &report, &err);
    if (code == ESI_OK && settings->json) {
        struct outbuf out = OUTBUF_INIT;
        struct wire wire = {&out, false};
        wire_report(&wire, report);
        code = print_json(&out, &err);
        outbuf_clear(&out);
    } else if (code == ESI_OK) {
        print_report(report);
    }
    const int outcome = code == ESI_OK ? EXIT_DONE : complain(&err);
    esi_migrate_report_free(report);
    return outcome;
}
