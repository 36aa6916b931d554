/* rest_chat.c: one message, one answer, whole or as it comes. */
#include <esihelp/sys/backend.h>
#include <string.h>
#include <strings.h>

#include "fail.h"
#include "respond.h"
#include "routes.h"
#include "server.h"
#include "wire_objects.h"

/* Proxies and clients give up on a silent stream; the contract says 15 s at most. */
#define QUIET_MAX_NS 5000000000

/* A stream of events, begun with the first of them: a call that fails before is answered with a
 * status, as any other. */
struct stream {
    struct call *call;
    bool begun;
    bool gone; /* the client doesn't take any more */
    int64_t written_ns;
};

static bool begin(struct stream *stream) {
    if (!stream->begun && !stream->gone) {
        stream->begun = true;
        stream->gone = !respond_stream_begin(stream->call);
    }
    return !stream->gone;
}

static void send_event(struct stream *stream, const char *name, const struct outbuf *json) {
    if (begin(stream)) {
        stream->gone = !respond_stream_event(stream->call, name, json);
        stream->written_ns = esi_clock_ns();
    }
}

static void keep_alive(struct stream *stream) {
    if (esi_clock_ns() - stream->written_ns >= QUIET_MAX_NS && begin(stream)) {
        stream->gone = !respond_stream_comment(stream->call);
        stream->written_ns = esi_clock_ns();
    }
}

static int on_event(const esi_event *event, void *context) {
    struct stream *stream = context;
    struct outbuf out = OUTBUF_INIT;
    struct wire wire = {&out, false};
    switch (event->kind) {
    case ESI_EVENT_META:
        wire_object(&wire, NULL);
        wire_text(&wire, "sessionId", event->session_id);
        wire_text(&wire, "requestId", stream->call->request_id);
        wire_object_end(&wire);
        send_event(stream, "meta", &out);
        break;
    case ESI_EVENT_SOURCE:
        wire_reference(&wire, NULL, event->reference);
        send_event(stream, "source", &out);
        break;
    case ESI_EVENT_DELTA:
        wire_object(&wire, NULL);
        wire_text_sized(&wire, "text", event->text, event->text_size);
        wire_object_end(&wire);
        send_event(stream, "delta", &out);
        break;
    case ESI_EVENT_REPLACE:
        wire_object(&wire, NULL);
        wire_object_end(&wire);
        send_event(stream, "replace", &out);
        break;
    case ESI_EVENT_TICK:
        keep_alive(stream);
        break;
    case ESI_EVENT_DONE: /* sent when the call returns, so that it comes once and last */
        break;
    }
    outbuf_clear(&out);
    return stream->gone;
}

static bool wants_stream(const struct call *call) {
    const char *accept = http_header(call->exchange, "Accept");
    static const char type[] = "text/event-stream";
    for (; accept != NULL && *accept != '\0'; accept++) {
        if (strncasecmp(accept, type, sizeof type - 1) == 0) {
            return true;
        }
    }
    return false;
}

static esi_err read_request(struct call *call, esi_chat_request *request, esi_pair *context,
                            esi_error *err) {
    const char *role = NULL;
    const struct {
        const char *name;
        const char **value;
    } fields[] = {
        {"message", &request->message}, {"sessionId", &request->session_id}, {"userRole", &role}};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        const esi_err code = body_text(call->body, fields[i].name, fields[i].value, err);
        if (code != ESI_OK) {
            return code;
        }
    }
    if (request->message == NULL) {
        return fail(err, ESI_EINVAL, "/message", "there is no message");
    }
    esi_err code = caller_take_role(call, role, err);
    if (code == ESI_OK) {
        code = call_idempotency_key(call, &request->request_id, err);
    }
    if (code == ESI_OK) {
        code = body_pairs(call->body, "context", context, ESI_CONTEXT_MAX_PAIRS,
                          &request->context_count, err);
    }
    for (size_t i = 0; code == ESI_OK && i < request->context_count; i++) {
        if (strcmp(context[i].name, "module") == 0) {
            request->module = context[i].value;
        }
    }
    request->context = context;
    request->role = call->role;
    request->user_id = call->user;
    request->cancel = call->server->cancel;
    return code;
}

static void send_failure(struct stream *stream, const esi_error *err) {
    struct call *call = stream->call;
    if (!stream->begun) {
        respond_error(call, err);
        return;
    }
    struct outbuf out = OUTBUF_INIT;
    respond_write_problem(call, respond_status(err), err, &out);
    send_event(stream, "error", &out);
    outbuf_clear(&out);
    respond_stream_end(call);
}

static void send_reply(struct stream *stream, const esi_reply *reply, bool streamed) {
    struct call *call = stream->call;
    struct outbuf out = OUTBUF_INIT;
    struct wire wire = {&out, false};
    wire_reply(&wire, reply, body_is_snake(call->body));
    if (streamed) {
        send_event(stream, "done", &out);
        respond_stream_end(call);
    } else {
        respond_json(call, 200, &out, NULL);
    }
    outbuf_clear(&out);
}

void rest_chat(struct call *call) {
    esi_error err = {0};
    esi_pair context[ESI_CONTEXT_MAX_PAIRS];
    esi_chat_request request = ESI_CHAT_REQUEST_INIT;
    struct stream stream = {.call = call, .written_ns = esi_clock_ns()};
    if (read_request(call, &request, context, &err) != ESI_OK) {
        respond_error(call, &err);
        return;
    }
    const bool streamed = wants_stream(call);
    if (streamed) {
        request.on_event = on_event;
        request.event_context = &stream;
    }
    esi_reply *reply = NULL;
    if (esi_chat_ask(call->desk, &request, &reply, &err) != ESI_OK) {
        send_failure(&stream, &err);
        return;
    }
    send_reply(&stream, reply, streamed);
    esi_reply_free(reply);
}
