/* ingest.c: brings a folder into the knowledge base and searches it.
 * usage: ingest [STORE [FOLDER]] */
#include <esihelp/esihelp.h>
#include <stdio.h>

static int on_progress(const esi_kb_progress *progress, void *context) {
    (void)context;
    if (progress->total > 0) {
        printf("%zu of %zu: %s\n", progress->done, progress->total, progress->source);
    }
    return 0; /* anything else would end the ingest */
}

static void print_problems(const esi_kb_report *report) {
    for (size_t i = 0; i < report->document_count; i++) {
        const esi_kb_document *document = report->documents[i];
        for (size_t k = 0; k < document->problem_count; k++) {
            printf("%s: %s\n", document->source, document->problems[k]);
        }
    }
}

static esi_err search(esi_desk *desk, const char *text, esi_error *err) {
    esi_kb_query query = ESI_KB_QUERY_INIT;
    query.text = text;
    query.limit = 3;
    esi_kb_hits *hits = NULL;
    const esi_err code = esi_kb_search(desk, &query, &hits, err);
    for (size_t i = 0; code == ESI_OK && i < hits->count; i++) {
        printf("%.2f %s: %s\n", hits->items[i]->score, hits->items[i]->id, hits->items[i]->section);
    }
    esi_kb_hits_free(hits);
    return code;
}

int main(int argc, char **argv) {
    esi_error err = {0};
    esi_desk *desk = NULL;
    esi_options options = ESI_OPTIONS_INIT;
    options.store = argc > 1 ? argv[1] : ":memory:";
    options.provider = "offline";
    esi_err code = esi_desk_open(&options, &desk, &err);

    esi_kb_source source = ESI_KB_SOURCE_INIT;
    source.path = argc > 2 ? argv[2] : "kb";
    source.prune = true; /* what has left the folder leaves the knowledge base */
    source.on_progress = on_progress;
    esi_kb_report *report = NULL;
    if (code == ESI_OK) {
        code = esi_kb_ingest(desk, &source, &report, &err);
    }
    if (code == ESI_OK) {
        print_problems(report);
        printf("%zu added, %zu updated, %zu unchanged, %zu removed, %zu refused\n", report->added,
               report->updated, report->unchanged, report->removed, report->refused);
        code = search(desk, "my virtual machine does not start", &err);
    }
    if (code != ESI_OK) {
        fprintf(stderr, "%s: %s\n", esi_err_name(code), err.message);
    }
    esi_kb_report_free(report);
    esi_desk_close(desk);
    return code == ESI_OK ? 0 : 1;
}
