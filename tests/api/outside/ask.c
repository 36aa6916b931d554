/* ask.c: a program outside the tree. It is C99, C11 and C++11, knows the public headers only, and
 * does what a host does: ingests a document, asks, and looks at what came back. */
#include <esihelp/esihelp.h>
#include <stdio.h>
#include <string.h>

static const char DOCUMENT[] = "---\nid: kb-badge\ntitle: Badge printers\nversion: 1.0\n---\n"
                               "# Badge printers\n\n## The badge printer jams\n\n"
                               "When the badge printer jams:\n\n"
                               "1. Open the lid and pull the card out.\n"
                               "2. Press the green button twice.\n";

static int failures = 0;

static void expect(bool good, const char *what) {
    if (!good) {
        fprintf(stderr, "not so: %s\n", what);
        failures++;
    }
}

static void look_at(const esi_reply *reply) {
    expect(strstr(reply->answer, "the green button twice") != NULL, "the answer has the step");
    expect(reply->reference_count == 1, "one source is cited");
    expect(reply->reference_count > 0 && strcmp(reply->references[0]->id, "kb-badge") == 0,
           "it is the document");
    expect(reply->coverage == ESI_COVERAGE_COVERED, "the question is covered");
    expect(!reply->needs_escalation && reply->ticket_id == NULL, "no ticket is opened");
    expect(!reply->guardrail->blocked, "nothing is blocked");
    expect(strcmp(reply->model, "offline") == 0, "no model was asked");
}

static void ask(esi_desk *desk) {
    esi_error err;
    esi_reply *reply = NULL;
    esi_chat_request request = ESI_CHAT_REQUEST_INIT;
    request.message = "The badge printer jams, what can I do?";
    request.role = ESI_ROLE_TRAINEE;
    if (esi_chat_ask(desk, &request, &reply, &err) == ESI_OK) {
        look_at(reply);
        esi_reply_free(reply);
    } else {
        fprintf(stderr, "%s: %s\n", esi_err_name(err.code), err.message);
        failures++;
    }

    request.message = NULL;
    reply = NULL;
    expect(esi_chat_ask(desk, &request, &reply, NULL) == ESI_EINVAL, "no message is refused");
    expect(reply == NULL, "a failure leaves the output untouched");
}

int main(void) {
    esi_error err;
    esi_desk *desk = NULL;
    esi_kb_report *report = NULL;
    esi_options options = ESI_OPTIONS_INIT;
    esi_kb_source source = ESI_KB_SOURCE_INIT;
    options.store = ":memory:";
    options.provider = "offline";
    source.name = "badge.md";
    source.text = DOCUMENT;
    expect(strcmp(esi_version(), ESI_VERSION) == 0, "library and headers are of one release");
    if (esi_desk_open(&options, &desk, &err) != ESI_OK ||
        esi_kb_ingest(desk, &source, &report, &err) != ESI_OK) {
        fprintf(stderr, "%s: %s\n", esi_err_name(err.code), err.message);
        esi_desk_close(desk);
        return 1;
    }
    expect(report->added == 1, "the document was added");
    esi_kb_report_free(report);
    ask(desk);
    esi_desk_close(desk);
    return failures == 0 ? 0 : 1;
}
