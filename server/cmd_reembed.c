/* cmd_reembed.c: the vectors of a collection are made anew, with another model. */
#include <inttypes.h>
#include <string.h>

#include "cmd.h"
#include "wire.h"

static int show_progress(const esi_reembed_progress *progress, void *context) {
    term_progress(context, (size_t)progress->done, (size_t)progress->total, "sections");
    return 0;
}

static esi_err print_report(const struct settings *settings, const esi_reembed_report *report,
                            esi_error *err) {
    const bool moved = report->former_model != NULL && report->swapped;
    if (settings->json) {
        struct outbuf out = OUTBUF_INIT;
        struct wire wire = {&out, false};
        wire_object(&wire, NULL);
        wire_text(&wire, "model", report->model);
        wire_int(&wire, "dimensions", report->dimensions);
        wire_text(&wire, "formerModel", report->former_model);
        wire_int(&wire, "formerDimensions", report->former_dimensions);
        wire_int(&wire, "made", report->made);
        wire_int(&wire, "missing", report->missing);
        wire_bool(&wire, "swapped", report->swapped);
        wire_int(&wire, "dropped", report->dropped);
        wire_object_end(&wire);
        const esi_err code = print_json(&out, err);
        outbuf_clear(&out);
        return code;
    }
    const struct term term = term_of(stdout);
    printf("%" PRId64 " vectors made; %s ", report->made,
           report->swapped ? "searched from now on:" : "searched as before:");
    term_text(&term, TERM_BOLD, report->model);
    printf(" (%" PRId32 " dimensions)", report->dimensions);
    if (moved && strcmp(report->model, report->former_model) != 0) {
        printf(", before: ");
        term_text(&term, TERM_PLAIN, report->former_model);
    }
    printf("\n");
    if (report->dropped > 0) {
        printf("the vectors of %" PRId64 " other model%s were removed\n", report->dropped,
               report->dropped == 1 ? "" : "s");
    }
    return ESI_OK;
}

int cmd_reembed(struct settings *settings) {
    esi_error err = {0};
    struct term progress = term_of(stderr);
    esi_reembed_request request = ESI_REEMBED_REQUEST_INIT;
    esi_reembed_report *report = NULL;
    request.drop_old = settings->drop_old;
    request.on_progress = show_progress;
    request.progress_context = &progress;
    esi_options options = settings->desk;
    use_log(settings, &options);
    esi_err code = esi_kb_reembed(&options, &request, &report, &err);
    term_progress_end(&progress);
    if (code == ESI_OK) {
        code = print_report(settings, report, &err);
    }
    const int outcome = code == ESI_OK ? EXIT_DONE : complain(&err);
    esi_reembed_report_free(report);
    return outcome;
}
