// host.cpp: the desk in a C++ program: owners for its objects, an exception for its errors, and
// an answer that is shown as it comes.
#include <esihelp/esihelp.h>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>

namespace {

struct Free {
    void operator()(esi_desk *desk) const {
        esi_desk_close(desk);
    }
    void operator()(esi_reply *reply) const {
        esi_reply_free(reply);
    }
};
using Desk = std::unique_ptr<esi_desk, Free>;
using Reply = std::unique_ptr<esi_reply, Free>;

void check(esi_err code, const esi_error &err) {
    if (code != ESI_OK) {
        throw std::runtime_error(std::string(esi_err_name(code)) + ": " + err.message);
    }
}

Desk open(const char *store) {
    esi_options options = ESI_OPTIONS_INIT;
    options.store = store;
    options.provider = "offline";
    esi_error err = {};
    esi_desk *desk = nullptr;
    check(esi_desk_open(&options, &desk, &err), err);
    return Desk(desk);
}

void learn(esi_desk *desk, const char *name, const char *text) {
    esi_kb_source source = ESI_KB_SOURCE_INIT;
    source.name = name;
    source.text = text;
    esi_error err = {};
    esi_kb_report *report = nullptr;
    const esi_err code = esi_kb_ingest(desk, &source, &report, &err);
    esi_kb_report_free(report);
    check(code, err);
}

// Exceptions must not pass through the library: this one throws none.
int show(const esi_event *event, void *) {
    if (event->kind == ESI_EVENT_DELTA) {
        std::cout << event->text << std::flush;
    }
    return std::cout.good() ? 0 : 1;
}

Reply ask(esi_desk *desk, const std::string &message) {
    esi_chat_request request = ESI_CHAT_REQUEST_INIT;
    request.message = message.data();
    request.message_size = message.size();
    request.on_event = show;
    esi_error err = {};
    esi_reply *reply = nullptr;
    check(esi_chat_ask(desk, &request, &reply, &err), err);
    return Reply(reply);
}

} // namespace

int main(int argc, char **argv) try {
    const Desk desk = open(argc > 1 ? argv[1] : ":memory:");
    learn(desk.get(), "dns.md", "# DNS\n\n## Names don't resolve\n\nRestart the resolver.\n");
    const Reply reply = ask(desk.get(), "Names don't resolve in my lab");
    std::cout << "\n" << esi_tier_name(reply->tier) << "\n";
    return 0;
} catch (const std::exception &e) {
    std::cerr << e.what() << "\n";
    return 1;
}
