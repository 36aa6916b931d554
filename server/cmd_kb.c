/* cmd_kb.c: documents into the knowledge base, and what is found in it. */
#include <string.h>

#include "cmd.h"
#include "fail.h"
#include "wire_objects.h"

static int show_progress(const esi_kb_progress *progress, void *context) {
    const char *what = progress->source[0] != '\0' ? progress->source : "vectors";
    term_progress(context, progress->done, progress->total, what);
    return 0;
}

static void print_note(const struct term *term, const esi_kb_note *note) {
    printf("      %4d  %-8s ", note->line, note->kind);
    if (note->condition != NULL) {
        const bool unless = strncmp(note->condition, "unless ", 7) == 0;
        term_text(term, TERM_DIM, unless ? "" : "if ");
        term_text(term, TERM_DIM, note->condition);
        printf(": ");
    }
    term_text(term, TERM_PLAIN, note->text);
    if (note->action != NULL) {
        term_text(term, TERM_YELLOW, " -> ");
        term_text(term, TERM_YELLOW, note->action);
    }
    if (note->roles != NULL) {
        term_text(term, TERM_DIM, " [");
        term_text(term, TERM_DIM, note->roles);
        term_text(term, TERM_DIM, "]");
    }
    if (note->mended) {
        term_text(term, TERM_GREEN, " (front matter)");
    }
    printf("\n");
}

static void print_section(const struct term *term, const esi_kb_section *section) {
    printf("    ");
    term_text(term, TERM_BOLD, section->heading);
    printf(" (line %d)\n", section->line);
    for (size_t i = 0; i < section->note_count; i++) {
        print_note(term, section->notes[i]);
    }
    for (size_t i = 0; i < section->unread_count; i++) {
        printf("            ");
        term_text(term, TERM_YELLOW, "unread   ");
        term_text(term, TERM_PLAIN, section->unread[i]);
        printf("\n");
    }
}

static void print_document(const struct term *term, const esi_kb_document *document) {
    static const char *const changes[] = {"added", "updated", "unchanged", "removed", "refused"};
    const bool refused = document->change == ESI_KB_REFUSED;
    const char *change = (size_t)document->change < sizeof changes / sizeof changes[0]
                             ? changes[document->change]
                             : "";
    printf("  ");
    term_text(term, refused ? TERM_RED : TERM_PLAIN, change);
    printf("  ");
    term_text(term, TERM_BOLD, document->id != NULL ? document->id : document->source);
    if (document->version != NULL && document->version[0] != '\0') {
        printf(" ");
        term_text(term, TERM_PLAIN, document->version);
    }
    if (document->standing != NULL) {
        printf(" (");
        term_text(term, TERM_PLAIN, document->standing);
        printf(")");
    }
    printf("  ");
    term_text(term, TERM_PLAIN, document->title);
    printf("\n");
    for (size_t i = 0; i < document->problem_count; i++) {
        term_text(term, TERM_YELLOW, "    ! ");
        term_text(term, TERM_PLAIN, document->source);
        printf(": ");
        term_text(term, TERM_PLAIN, document->problems[i]);
        printf("\n");
    }
    for (size_t i = 0; i < document->section_count; i++) {
        print_section(term, document->sections[i]);
    }
}

/* What a model's endpoint was paid for, and what it still has to do. */
static void print_vectors(const esi_kb_report *report) {
    const struct term term = term_of(stdout);
    if (report->embedding_tokens > 0 || report->pending > 0) {
        printf("%lld vectors made (%lld tokens), %lld taken from earlier ones\n",
               (long long)report->embedded, (long long)report->embedding_tokens,
               (long long)report->reused);
    }
    if (report->pending > 0) {
        char text[160];
        snprintf(text, sizeof text,
                 "%lld sections have no vector yet: words find them, and the next ingest, or a "
                 "server, makes the vectors",
                 (long long)report->pending);
        term_text(&term, TERM_YELLOW, text);
        printf("\n");
    }
}

/* quiet: documents that nothing is to be said about are left out. */
static void print_report(const esi_kb_report *report, bool quiet) {
    const struct term term = term_of(stdout);
    for (size_t i = 0; i < report->document_count; i++) {
        const esi_kb_document *document = report->documents[i];
        if (!quiet || document->problem_count > 0 || document->change == ESI_KB_REFUSED) {
            print_document(&term, document);
        }
    }
    for (size_t i = 0; i < report->rivalry_count; i++) {
        const esi_kb_rivalry *rivalry = report->rivalries[i];
        term_text(&term, TERM_BOLD, "  on ");
        term_text(&term, TERM_BOLD, rivalry->subject);
        printf(": ");
        term_text(&term, TERM_GREEN, rivalry->winner);
        printf(" holds over ");
        term_text(&term, TERM_PLAIN, rivalry->loser);
        printf(" (");
        term_text(&term, TERM_PLAIN, rivalry->reason);
        printf(")\n");
    }
    printf("%zu added, %zu updated, %zu unchanged, %zu removed, %zu refused\n", report->added,
           report->updated, report->unchanged, report->removed, report->refused);
    print_vectors(report);
}

/* Runs the ingest and prints its report, also that of one that ended early. */
static int ingest(const struct settings *settings, esi_kb_source *source, bool quiet) {
    struct term progress = term_of(stderr);
    esi_desk *desk = NULL;
    esi_kb_report *report = NULL;
    esi_error err = {0};
    int outcome = EXIT_DONE;
    esi_err code = open_desk(settings, &desk, &err);
    if (code == ESI_OK) {
        source->on_progress = show_progress;
        source->progress_context = &progress;
        code = esi_kb_ingest(desk, source, &report, &err);
        term_progress_end(&progress);
    }
    if (report != NULL && settings->json) {
        struct outbuf out = OUTBUF_INIT;
        struct wire wire = {&out, false};
        wire_kb_report(&wire, report);
        esi_error written;
        if (print_json(&out, &written) != ESI_OK) {
            outcome = complain(&written);
        }
        outbuf_clear(&out);
    } else if (report != NULL) {
        print_report(report, quiet);
    }
    if (code != ESI_OK) {
        outcome = complain(&err);
    } else if (report->refused > 0 && outcome == EXIT_DONE) {
        outcome = EXIT_REFUSED;
    }
    esi_kb_report_free(report);
    esi_desk_close(desk);
    return outcome;
}

int cmd_ingest(struct settings *settings) {
    esi_kb_source source = ESI_KB_SOURCE_INIT;
    source.path = settings->args[0];
    source.prune = settings->prune;
    source.dry_run = settings->dry_run;
    source.explain = settings->explain;
    return ingest(settings, &source, !settings->explain);
}

int cmd_kb_check(struct settings *settings) {
    /* The folder is judged by itself, whatever a store holds. */
    settings->desk.store = ":memory:";
    settings->desk.embedding_provider = "offline"; /* and nothing is paid for */
    esi_kb_source source = ESI_KB_SOURCE_INIT;
    source.path = settings->args[0];
    source.dry_run = true;
    source.explain = true;
    return ingest(settings, &source, false);
}

static void print_hits(const esi_kb_hits *hits) {
    const struct term term = term_of(stdout);
    if (hits->count == 0) {
        printf("nothing was found\n");
    }
    for (size_t i = 0; i < hits->count; i++) {
        const esi_kb_hit *hit = hits->items[i];
        printf("%s%.2f  ", i > 0 ? "\n" : "", hit->score);
        term_text(&term, TERM_GREEN, hit->id);
        printf("  ");
        term_text(&term, TERM_BOLD, hit->section);
        printf("\n");
        term_wrapped(&term, hit->text, 6);
    }
}

int cmd_search(struct settings *settings) {
    esi_error err = {0};
    esi_kb_query query = ESI_KB_QUERY_INIT;
    if (read_role(settings, &query.role, &err) != ESI_OK) {
        return misuse("%s", err.message);
    }
    esi_desk *desk = NULL;
    esi_kb_hits *hits = NULL;
    struct outbuf words = OUTBUF_INIT;
    struct outbuf out = OUTBUF_INIT;
    join_words(settings, 0, &words);
    query.text = words.data;
    query.limit = settings->limit;
    esi_err code = words.failed ? fail(&err, ESI_ENOMEM, NULL, "out of memory")
                                : open_desk(settings, &desk, &err);
    if (code == ESI_OK) {
        code = esi_kb_search(desk, &query, &hits, &err);
    }
    if (code == ESI_OK && settings->json) {
        struct wire wire = {&out, false};
        wire_hits(&wire, hits);
        code = print_json(&out, &err);
    } else if (code == ESI_OK) {
        print_hits(hits);
    }
    const int outcome = code == ESI_OK ? EXIT_DONE : complain(&err);
    esi_kb_hits_free(hits);
    outbuf_clear(&words);
    outbuf_clear(&out);
    esi_desk_close(desk);
    return outcome;
}
