/* cmd_doctor.c: how the desk is: a check-up, its counts, its version. */
#include <inttypes.h>

#include "cmd.h"
#include "wire_objects.h"

static void print_finding(const struct term *term, const esi_finding *finding) {
    term_text(term, finding->ok ? TERM_GREEN : TERM_RED, finding->ok ? "  ok    " : "  WRONG ");
    term_text(term, TERM_BOLD, finding->what);
    printf(": ");
    term_text(term, TERM_PLAIN, finding->detail);
    printf("\n");
    if (finding->mend != NULL) {
        term_text(term, TERM_YELLOW, "        do: ");
        term_text(term, TERM_PLAIN, finding->mend);
        printf("\n");
    }
}

/* After the check-up, which asked each of them. */
static void print_endpoints(const struct term *term, const esi_health *health) {
    for (size_t i = 0; i < health->endpoint_count; i++) {
        const esi_endpoint_health *e = health->endpoints[i];
        term_text(term, TERM_BOLD,
                  i == 0 ? "  models, in the order in which they are asked\n" : "");
        printf("        ");
        term_text(term, TERM_PLAIN, e->model);
        term_text(term, TERM_PLAIN, e->embeds ? ", for vectors, at " : ", for answers, at ");
        term_text(term, TERM_PLAIN, e->name);
        if (e->resting) {
            char rest[64];
            snprintf(rest, sizeof rest, ", left alone for %" PRId64 " s", e->rest_ms / 1000 + 1);
            term_text(term, TERM_YELLOW, rest);
        }
        if (e->problem != NULL) {
            term_text(term, TERM_YELLOW, ": ");
            term_text(term, TERM_YELLOW, e->problem);
        }
        printf("\n");
    }
}

int cmd_doctor(struct settings *settings) {
    esi_error err = {0};
    esi_desk *desk = NULL;
    esi_doctor_report *report = NULL;
    esi_health *health = NULL;
    esi_err code = open_desk(settings, &desk, &err);
    if (code == ESI_OK) {
        code = esi_desk_doctor(desk, &report, &err);
    }
    if (code == ESI_OK) {
        code = esi_desk_health(desk, &health, &err);
    }
    if (code == ESI_OK && settings->json) {
        struct outbuf out = OUTBUF_INIT;
        struct wire wire = {&out, false};
        wire_doctor(&wire, report, health);
        code = print_json(&out, &err);
        outbuf_clear(&out);
    } else if (code == ESI_OK) {
        const struct term term = term_of(stdout);
        for (size_t i = 0; i < report->finding_count; i++) {
            print_finding(&term, report->findings[i]);
        }
        print_endpoints(&term, health);
        printf("%s\n", report->healthy ? "all is well" : "something is wrong");
    }
    const int outcome = code != ESI_OK ? complain(&err) : report->healthy ? EXIT_DONE : EXIT_FAILED;
    esi_health_free(health);
    esi_doctor_report_free(report);
    esi_desk_close(desk);
    return outcome;
}

static void print_metrics(const esi_metrics *metrics) {
    printf("conversations  %" PRId64 " (%" PRId64 " messages)\n", metrics->conversations,
           metrics->messages);
    printf("deflection     %.0f %% of conversations without a ticket\n",
           metrics->deflection_rate * 100);
    printf("tickets        %" PRId64 " (%" PRId64 " open, %" PRId64 " closed)\n", metrics->tickets,
           metrics->open_tickets, metrics->closed_tickets);
    printf("escalations    %" PRId64 "\n", metrics->escalations);
    printf("refusals       %" PRId64 "\n", metrics->guardrail_activations);
    printf("not covered    %" PRId64 "\n", metrics->not_covered);
    printf("confidence     %.2f on average\n", metrics->avg_confidence);
    printf("models         %" PRId64 " tokens in, %" PRId64 " out, at %.2f\n",
           metrics->input_tokens, metrics->output_tokens, (double)metrics->cost / 1e6);
    printf("fallbacks      %" PRId64 " answers were made without the model\n", metrics->fallbacks);
    const struct term term = term_of(stdout);
    for (size_t i = 0; i < metrics->category_count; i++) {
        printf("%s", i == 0 ? "categories     " : "               ");
        term_text(&term, TERM_PLAIN, metrics->categories[i]->name);
        printf(" %" PRId64 "\n", metrics->categories[i]->count);
    }
}

int cmd_metrics(struct settings *settings) {
    esi_error err = {0};
    esi_desk *desk = NULL;
    esi_metrics *metrics = NULL;
    esi_metrics_query query = ESI_METRICS_QUERY_INIT;
    query.from = settings->from;
    query.to = settings->to;
    esi_err code = open_desk(settings, &desk, &err);
    if (code == ESI_OK) {
        code = esi_metrics_summary(desk, &query, &metrics, &err);
    }
    if (code == ESI_OK && settings->json) {
        struct outbuf out = OUTBUF_INIT;
        struct wire wire = {&out, false};
        wire_metrics(&wire, metrics);
        code = print_json(&out, &err);
        outbuf_clear(&out);
    } else if (code == ESI_OK) {
        print_metrics(metrics);
    }
    const int outcome = code == ESI_OK ? EXIT_DONE : complain(&err);
    esi_metrics_free(metrics);
    esi_desk_close(desk);
    return outcome;
}

int cmd_version(struct settings *settings) {
    esi_error err = {0};
    if (!settings->json) {
        printf("esihelp %s (%s)\n", esi_version(), esi_features());
        return EXIT_DONE;
    }
    struct outbuf out = OUTBUF_INIT;
    struct wire wire = {&out, false};
    wire_object(&wire, NULL);
    wire_text(&wire, "version", esi_version());
    wire_text(&wire, "features", esi_features());
    wire_object_end(&wire);
    const esi_err code = print_json(&out, &err);
    outbuf_clear(&out);
    return code == ESI_OK ? EXIT_DONE : complain(&err);
}
