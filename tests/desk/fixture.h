/* fixture.h: a desk over a small knowledge base of its own, for tests through the public API. */
#ifndef ESIHELP_TESTS_DESK_FIXTURE_H
#define ESIHELP_TESTS_DESK_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <esihelp/esihelp.h>

#include "tap.h"

static const char printing_doc[] =
    "---\nid: doc-print\ntitle: Printing in the workshop\nversion: \"1.2\"\nlast_updated: "
    "2026-05-01\n"
    "---\n# Printing in the workshop\n\n## Printer shows a paper jam\n\n"
    "If the printer reports a paper jam:\n\n1. Open the rear flap of the printer.\n"
    "2. Pull the sheet out slowly.\n3. Close the flap and press the green button.\n\n"
    "## Which paper may be used\n\nThe workshop printer takes A4 and A3 sheets up to 160 grams.\n";

static const char badge_doc[] =
    "---\nid: doc-badge\ntitle: Door badges\nversion: \"2.0\"\nlast_updated: 2026-06-01\n---\n"
    "# Door badges\n\n## Badge is not read at the door\n\n"
    "1. Hold the badge flat against the reader for two seconds.\n"
    "2. Wait until the light turns blue.\n\n"
    "Escalate to Tier 2 if the badge is not read after two attempts.\n";

static inline void must(esi_err rc, const esi_error *err) {
    ck_assert_msg(rc == ESI_OK, "%s: %s", esi_err_name(rc), err->message);
}

static inline void put_document(esi_desk *desk, const char *name, const char *text) {
    esi_error err = {0};
    esi_kb_report *report = NULL;
    esi_kb_source source = ESI_KB_SOURCE_INIT;
    source.name = name;
    source.text = text;
    must(esi_kb_ingest(desk, &source, &report, &err), &err);
    esi_kb_report_free(report);
}

/* An empty desk that lives in memory and needs no network. */
static inline esi_desk *open_empty(void) {
    esi_error err = {0};
    esi_desk *desk = NULL;
    esi_options options = ESI_OPTIONS_INIT;
    options.store = ":memory:";
    options.provider = "offline";
    must(esi_desk_open(&options, &desk, &err), &err);
    return desk;
}

static inline esi_desk *open_small(void) {
    esi_desk *desk = open_empty();
    put_document(desk, "print.md", printing_doc);
    put_document(desk, "badge.md", badge_doc);
    return desk;
}

static inline esi_reply *ask(esi_desk *desk, const char *session, const char *message) {
    esi_error err = {0};
    esi_reply *reply = NULL;
    esi_chat_request request = ESI_CHAT_REQUEST_INIT;
    request.session_id = session;
    request.message = message;
    must(esi_chat_ask(desk, &request, &reply, &err), &err);
    return reply;
}

static inline int64_t messages_in(esi_desk *desk) {
    esi_error err = {0};
    esi_metrics *metrics = NULL;
    must(esi_metrics_summary(desk, NULL, &metrics, &err), &err);
    const int64_t count = metrics->messages;
    esi_metrics_free(metrics);
    return count;
}

#endif
