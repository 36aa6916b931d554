#include "fuzz.h"

#include <string.h>

#include <esihelp/esihelp.h>

/* Structs as a careless host may fill them: any size, any number, any text. The first byte chooses
 * the call, the next ones are laid over the struct's own size and numbers, the rest is its text. */

#define TAIL 32 /* bytes behind the struct, as a newer header would have them */

union room {
    esi_options options;
    esi_chat_request chat;
    esi_kb_query search;
    esi_guardrail_request guardrail;
    esi_ticket_query tickets;
    esi_metrics_query metrics;
    char bytes[sizeof(esi_chat_request) + sizeof(esi_options) + TAIL];
};

struct input {
    const uint8_t *data;
    size_t size;
    char *text; /* NUL-terminated */
};

static uint8_t take(struct input *in) {
    if (in->size == 0) {
        return 0;
    }
    in->size--;
    return *in->data++;
}

static int32_t number(struct input *in) {
    const uint32_t low = take(in);
    const uint32_t high = take(in);
    return (int32_t)(int16_t)(low | high << 8);
}

/* The true size, or one that is off by a little. */
static size_t size_near(struct input *in, size_t size) {
    const int off = (int)(take(in) % 48) - 24;
    return take(in) % 4 ? size : (size_t)((int)size + off);
}

static esi_desk *desk;

static void ask(struct input *in, union room *room) {
    esi_reply *reply = NULL;
    room->chat = (esi_chat_request)ESI_CHAT_REQUEST_INIT;
    room->chat.size = size_near(in, sizeof(esi_chat_request));
    room->chat.role = (esi_role)number(in);
    room->chat.deadline_ms = number(in);
    room->chat.message = in->text;
    room->chat.session_id = take(in) % 2 ? in->text : NULL;
    room->chat.request_id = take(in) % 2 ? in->text : NULL;
    room->chat.module = take(in) % 2 ? in->text : NULL;
    const esi_err rc = esi_chat_ask(desk, &room->chat, &reply, NULL);
    FUZZ_HOLDS((rc == ESI_OK) == (reply != NULL));
    esi_reply_free(reply);
}

static void search(struct input *in, union room *room) {
    esi_kb_hits *hits = NULL;
    room->search = (esi_kb_query)ESI_KB_QUERY_INIT;
    room->search.size = size_near(in, sizeof(esi_kb_query));
    room->search.text = take(in) % 8 ? in->text : NULL;
    room->search.limit = number(in);
    room->search.per_document = number(in);
    const esi_err rc = esi_kb_search(desk, &room->search, &hits, NULL);
    FUZZ_HOLDS((rc == ESI_OK) == (hits != NULL));
    esi_kb_hits_free(hits);
}

static void check(struct input *in, union room *room) {
    esi_verdict *verdict = NULL;
    room->guardrail = (esi_guardrail_request)ESI_GUARDRAIL_REQUEST_INIT;
    room->guardrail.size = size_near(in, sizeof(esi_guardrail_request));
    room->guardrail.text = in->text;
    room->guardrail.role = (esi_role)number(in);
    const esi_err rc = esi_guardrail_check(desk, &room->guardrail, &verdict, NULL);
    FUZZ_HOLDS((rc == ESI_OK) == (verdict != NULL));
    esi_verdict_free(verdict);
}

static void list(struct input *in, union room *room) {
    esi_ticket_list *found = NULL;
    room->tickets = (esi_ticket_query)ESI_TICKET_QUERY_INIT;
    room->tickets.size = size_near(in, sizeof(esi_ticket_query));
    room->tickets.has_status = take(in) % 2;
    room->tickets.status = (esi_ticket_status)number(in);
    room->tickets.limit = number(in);
    room->tickets.cursor = take(in) % 2 ? in->text : NULL;
    room->tickets.text = take(in) % 2 ? in->text : NULL;
    const esi_err rc = esi_ticket_list_get(desk, NULL, &room->tickets, &found, NULL);
    FUZZ_HOLDS((rc == ESI_OK) == (found != NULL));
    esi_ticket_list_free(found);
}

static void count(struct input *in, union room *room) {
    esi_metrics *metrics = NULL;
    room->metrics = (esi_metrics_query)ESI_METRICS_QUERY_INIT;
    room->metrics.size = size_near(in, sizeof(esi_metrics_query));
    room->metrics.from = take(in) % 2 ? in->text : NULL;
    room->metrics.to = take(in) % 2 ? in->text : NULL;
    const esi_err rc = esi_metrics_summary(desk, &room->metrics, &metrics, NULL);
    FUZZ_HOLDS((rc == ESI_OK) == (metrics != NULL));
    esi_metrics_free(metrics);
}

/* What can be opened is closed again; what can't says why. */
static void open_one(struct input *in, union room *room) {
    esi_desk *other = NULL;
    esi_error err = {.code = ESI_OK};
    room->options = (esi_options)ESI_OPTIONS_INIT;
    room->options.size = size_near(in, sizeof(esi_options));
    room->options.store = ":memory:";
    room->options.policy = "/dev/null"; /* so that opening ends soon */
    room->options.provider = take(in) % 2 ? in->text : NULL;
    room->options.deadline_ms = number(in);
    room->options.passages = number(in);
    room->options.history_messages = number(in);
    room->options.refresh_ms = number(in);
    const esi_err rc = esi_desk_open(&room->options, &other, &err);
    FUZZ_HOLDS((rc == ESI_OK) == (other != NULL));
    FUZZ_HOLDS(rc == ESI_OK || err.message[0] != '\0');
    esi_desk_close(other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static void (*const calls[])(struct input *, union room *) = {ask,  search, check,
                                                                  list, count,  open_one};
    static union room room;
    if (!desk) {
        esi_options options = ESI_OPTIONS_INIT;
        options.store = ":memory:";
        FUZZ_HOLDS(esi_desk_open(&options, &desk, NULL) == ESI_OK);
    }
    char *text = calloc(1, size + 1);
    FUZZ_HOLDS(text != NULL);
    const size_t head = size < 24 ? size : 24;
    memcpy(text, data + head, size - head);
    struct input in = {data, head, text};
    memset(&room, 0, sizeof(room));
    calls[take(&in) % (sizeof(calls) / sizeof(calls[0]))](&in, &room);
    free(text);
    return 0;
}
