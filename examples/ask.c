/* ask.c: a knowledge base of one document, one question, one answer with its sources. */
#include <esihelp/esihelp.h>
#include <stdio.h>

static const char DOCUMENT[] = "---\n"
                               "id: kb-vpn\n"
                               "title: Using the VPN\n"
                               "version: 2.1\n"
                               "last_updated: 2026-05-04\n"
                               "---\n"
                               "# Using the VPN\n"
                               "\n"
                               "## The VPN connection drops\n"
                               "\n"
                               "If the VPN drops every few minutes, try this:\n"
                               "\n"
                               "1. Close every other VPN client on your computer.\n"
                               "2. Switch the VPN profile from UDP to TCP.\n"
                               "3. Connect again.\n";

static int complain(const esi_error *err) {
    fprintf(stderr, "%s: %s\n", esi_err_name(err->code), err->message);
    return 1;
}

int main(int argc, char **argv) {
    esi_error err = {0};
    esi_desk *desk = NULL;
    esi_options options = ESI_OPTIONS_INIT;
    options.store = argc > 1 ? argv[1] : ":memory:";
    options.provider = "offline";
    if (esi_desk_open(&options, &desk, &err) != ESI_OK) {
        return complain(&err);
    }

    esi_kb_source source = ESI_KB_SOURCE_INIT;
    source.name = "vpn.md";
    source.text = DOCUMENT;
    esi_kb_report *report = NULL;
    esi_chat_request request = ESI_CHAT_REQUEST_INIT;
    request.user_id = "alice";
    request.role = ESI_ROLE_TRAINEE;
    request.message = "The VPN drops every few minutes";
    esi_reply *reply = NULL;
    int outcome = 0;
    if (esi_kb_ingest(desk, &source, &report, &err) != ESI_OK ||
        esi_chat_ask(desk, &request, &reply, &err) != ESI_OK) {
        outcome = complain(&err);
    } else {
        printf("%s\n", reply->answer);
        for (size_t i = 0; i < reply->reference_count; i++) {
            printf("from %s: %s\n", reply->references[i]->id, reply->references[i]->section);
        }
        printf("%s, %s, %s\n", esi_tier_name(reply->tier), esi_severity_name(reply->severity),
               reply->needs_escalation ? "escalated" : "no ticket");
    }

    esi_reply_free(reply);
    esi_kb_report_free(report);
    esi_desk_close(desk);
    return outcome;
}
