/* custom_provider.c: a desk whose answers a model of the host's own writes (own_model.h), shown
 * while they are written. */
#include <esihelp/esihelp.h>
#include <stdio.h>

#include "own_model.h"

static int on_event(const esi_event *event, void *context) {
    (void)context;
    if (event->kind == ESI_EVENT_SOURCE) {
        printf("[it may rest on %s]\n", event->reference->title);
    } else if (event->kind == ESI_EVENT_DELTA) {
        fwrite(event->text, 1, event->text_size, stdout);
    } else if (event->kind == ESI_EVENT_REPLACE) {
        printf("\n[forget that:]\n");
    }
    return fflush(stdout) != 0; /* nobody reads any more: the turn is cancelled */
}

int main(int argc, char **argv) {
    esi_error err = {0};
    esi_desk *desk = NULL;
    esi_kb_report *report = NULL;
    esi_reply *reply = NULL;
    esi_options options = ESI_OPTIONS_INIT;
    options.store = argc > 1 ? argv[1] : ":memory:";
    options.provider = "custom";
    options.provider_ops = &own_model;
    esi_kb_source source = ESI_KB_SOURCE_INIT;
    source.name = "clock.md";
    source.text = "# Lab clocks\n\n## Clock skew\n\nIf the lab clock is wrong:\n\n"
                  "1. Restart chrony.\n2. Wait for a minute.\n3. Sign in again.\n";
    esi_chat_request request = ESI_CHAT_REQUEST_INIT;
    request.message = "The clock of my lab is wrong";
    request.deadline_ms = 10000; /* the model is told what is left of it in request->wait */
    request.on_event = on_event;
    esi_err code = esi_desk_open(&options, &desk, &err);
    if (code == ESI_OK && (code = esi_kb_ingest(desk, &source, &report, &err)) == ESI_OK &&
        (code = esi_chat_ask(desk, &request, &reply, &err)) == ESI_OK) {
        printf("\n[by %s, from %s]\n", reply->model, reply->references[0]->id);
    } else {
        fprintf(stderr, "%s: %s\n", esi_err_name(code), err.message);
    }
    esi_reply_free(reply);
    esi_kb_report_free(report);
    esi_desk_close(desk);
    return code == ESI_OK ? 0 : 1;
}
