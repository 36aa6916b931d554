#include "respond.h"

#include <esihelp/sys/backend.h>
#include <stdio.h>

#include "server.h"
#include "wire.h"

/* What is left of a refused body is read, up to this much, so that the client gets to see the
 * answer: closing on unread bytes would reset its connection. */
#define DRAIN_MAX_BYTES ((size_t)32 * 1024 * 1024)
#define DRAIN_MAX_NS 3000000000

/* A connection keeps its thread while it is idle; when threads run short it has to go. */
static bool must_close(const struct call *call) {
    const struct server *server = call->server;
    if (call->unread || call->last || !call->exchange->http11 || atomic_load(&server->stopping)) {
        return true;
    }
    const int threads = server->threads;
    const int open = http_open_connections(call->exchange->http);
    return threads >= 10 && threads - open < threads / 10;
}

static void write_head(struct call *call, int status, const char *type, bool close,
                       struct outbuf *out) {
    call->status = status;
    outbuf_format(
        out,
        "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nX-Request-Id: %s\r\n"
        "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: %s\r\n",
        status, http_status_text(status), type, call->request_id, close ? "close" : "keep-alive");
    if (close) {
        http_close_after(call->exchange);
    }
}

static void drain(struct call *call) {
    char part[1024];
    size_t left = DRAIN_MAX_BYTES;
    const int64_t until = esi_clock_ns() + DRAIN_MAX_NS;
    while (left > 0 && esi_clock_ns() < until) {
        const int size = http_read(call->exchange, part, sizeof part);
        if (size <= 0) {
            break;
        }
        left -= (size_t)size < left ? (size_t)size : left;
    }
    call->unread = false;
}

static void send_document(struct call *call, int status, const char *type,
                          const struct outbuf *body, const char *headers) {
    struct outbuf out = OUTBUF_INIT;
    const size_t size = body->size;
    write_head(call, status, type, must_close(call), &out);
    if (headers != NULL) {
        outbuf_text(&out, headers);
    }
    outbuf_format(&out, "Content-Length: %zu\r\n\r\n", size);
    if (!call->head) {
        outbuf_add(&out, body->data == NULL ? "" : body->data, size);
    }
    if (out.failed || body->failed) {
        static const char sorry[] = "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n"
                                    "Connection: close\r\n\r\n";
        call->status = 500;
        http_close_after(call->exchange);
        (void)http_write(call->exchange, sorry, sizeof sorry - 1);
    } else {
        (void)http_write(call->exchange, out.data, out.size);
    }
    outbuf_clear(&out);
    if (call->unread) {
        drain(call);
    }
}

void respond_json(struct call *call, int status, const struct outbuf *json, const char *headers) {
    send_document(call, status, "application/json", json, headers);
}

int respond_status(const esi_error *err) {
    if (err->code == ESI_ECANCELLED) {
        return 503; /* only a stop of the service cancels a call whose client is still there */
    }
    return err->http_status >= 400 && err->http_status <= 599 ? err->http_status : 500;
}

void respond_write_problem(const struct call *call, int status, const esi_error *err,
                           struct outbuf *out) {
    struct wire wire = {out, false};
    const char *detail = err->message[0] != '\0' ? err->message : esi_err_text(err->code);
    wire_object(&wire, NULL);
    wire_text(&wire, "type", "about:blank");
    wire_text(&wire, "title", http_status_text(status));
    wire_int(&wire, "status", status);
    wire_text(&wire, "detail", detail);
    wire_text(&wire, "code", esi_err_name(err->code));
    wire_text(&wire, "requestId", call->request_id);
    if (err->pointer[0] != '\0') {
        wire_array(&wire, "errors");
        wire_object(&wire, NULL);
        wire_text(&wire, "pointer", err->pointer);
        wire_text(&wire, "detail", detail);
        wire_object_end(&wire);
        wire_array_end(&wire);
    }
    wire_object_end(&wire);
}

void respond_problem(struct call *call, int status, const esi_error *err, const char *headers) {
    struct outbuf problem = OUTBUF_INIT;
    char lines[160];
    const int32_t wait_ms = err->retry_after_ms > 0 ? err->retry_after_ms : 1000;
    if (status == 429 || status == 503) {
        snprintf(lines, sizeof lines, "Retry-After: %d\r\n%s",
                 (int)(wait_ms / 1000) + (wait_ms % 1000 != 0), headers == NULL ? "" : headers);
        headers = lines;
    }
    respond_write_problem(call, status, err, &problem);
    send_document(call, status, "application/problem+json", &problem, headers);
    outbuf_clear(&problem);
}

void respond_error(struct call *call, const esi_error *err) {
    respond_problem(call, respond_status(err), err, NULL);
}

bool respond_stream_begin(struct call *call) {
    struct outbuf out = OUTBUF_INIT;
    /* HTTP/1.0 knows no chunks: there the end of the stream is the end of the connection. */
    write_head(call, 200, "text/event-stream; charset=utf-8", must_close(call), &out);
    outbuf_text(&out, call->exchange->http11 ? "Transfer-Encoding: chunked\r\n\r\n" : "\r\n");
    const bool sent = !out.failed && http_write(call->exchange, out.data, out.size);
    outbuf_clear(&out);
    return sent;
}

static bool write_chunk(struct call *call, const struct outbuf *text) {
    if (text->failed) {
        return false;
    }
    if (!call->exchange->http11) {
        return http_write(call->exchange, text->data, text->size);
    }
    struct outbuf out = OUTBUF_INIT;
    outbuf_format(&out, "%zx\r\n", text->size);
    outbuf_add(&out, text->data, text->size);
    outbuf_text(&out, "\r\n");
    const bool sent = !out.failed && http_write(call->exchange, out.data, out.size);
    outbuf_clear(&out);
    return sent;
}

bool respond_stream_event(struct call *call, const char *event, const struct outbuf *json) {
    struct outbuf text = OUTBUF_INIT;
    outbuf_format(&text, "event: %s\ndata: ", event);
    outbuf_add(&text, json->data == NULL ? "" : json->data, json->size);
    outbuf_text(&text, "\n\n");
    const bool sent = !json->failed && write_chunk(call, &text);
    outbuf_clear(&text);
    return sent;
}

bool respond_stream_comment(struct call *call) {
    struct outbuf text = OUTBUF_INIT;
    outbuf_text(&text, ": still here\n\n");
    const bool sent = write_chunk(call, &text);
    outbuf_clear(&text);
    return sent;
}

void respond_stream_end(struct call *call) {
    if (call->exchange->http11) {
        (void)http_write(call->exchange, "0\r\n\r\n", 5);
    }
}
