#include "respond.h"

#include <esihelp/sys/backend.h>
#include <stdio.h>

#include "json_out.h"
#include "server.h"

/* What is left of a refused body is read, up to this much, so that the client gets to see the
 * answer: closing on unread bytes would reset its connection. */
#define DRAIN_MAX_BYTES ((size_t)32 * 1024 * 1024)
#define DRAIN_MAX_NS 3000000000

/* A connection keeps its thread while it is idle; when threads run short it has to go. */
static bool must_close(const struct call *call) {
    const struct server *server = call->server;
    if (call->unread || atomic_load(&server->stopping)) {
        return true;
    }
    const int threads = server->threads;
    const int open = http_open_connections(call->exchange->http);
    return threads >= 10 && threads - open < threads / 10;
}

static void write_head(struct call *call, int status, const char *type, bool close,
                       struct buf *out) {
    call->status = status;
    buf_format(out,
               "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nX-Request-Id: %s\r\n"
               "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: %s\r\n",
               status, http_status_text(status), type, call->request_id,
               close ? "close" : "keep-alive");
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

static void send_document(struct call *call, int status, const char *type, const struct buf *body,
                          const char *headers) {
    struct buf out = BUF_INIT;
    const size_t size = body->size;
    write_head(call, status, type, must_close(call), &out);
    if (headers != NULL) {
        buf_text(&out, headers);
    }
    buf_format(&out, "Content-Length: %zu\r\n\r\n", size);
    if (!call->head) {
        buf_add(&out, body->data == NULL ? "" : body->data, size);
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
    buf_clear(&out);
    if (call->unread) {
        drain(call);
    }
}

void respond_json(struct call *call, int status, const struct buf *json, const char *headers) {
    send_document(call, status, "application/json", json, headers);
}

int respond_status(const esi_error *err) {
    if (err->code == ESI_ECANCELLED) {
        return 503; /* only a stop of the service cancels a call whose client is still there */
    }
    return err->http_status >= 400 && err->http_status <= 599 ? err->http_status : 500;
}

void respond_write_problem(const struct call *call, int status, const esi_error *err,
                           struct buf *out) {
    struct json json = {out, false};
    const char *detail = err->message[0] != '\0' ? err->message : esi_err_text(err->code);
    json_object(&json, NULL);
    json_text(&json, "type", "about:blank");
    json_text(&json, "title", http_status_text(status));
    json_int(&json, "status", status);
    json_text(&json, "detail", detail);
    json_text(&json, "code", esi_err_name(err->code));
    json_text(&json, "requestId", call->request_id);
    if (err->pointer[0] != '\0') {
        json_array(&json, "errors");
        json_object(&json, NULL);
        json_text(&json, "pointer", err->pointer);
        json_text(&json, "detail", detail);
        json_object_end(&json);
        json_array_end(&json);
    }
    json_object_end(&json);
}

void respond_problem(struct call *call, int status, const esi_error *err, const char *headers) {
    struct buf problem = BUF_INIT;
    char lines[160];
    const int32_t wait_ms = err->retry_after_ms > 0 ? err->retry_after_ms : 1000;
    if (status == 429 || status == 503) {
        snprintf(lines, sizeof lines, "Retry-After: %d\r\n%s",
                 (int)(wait_ms / 1000) + (wait_ms % 1000 != 0), headers == NULL ? "" : headers);
        headers = lines;
    }
    respond_write_problem(call, status, err, &problem);
    send_document(call, status, "application/problem+json", &problem, headers);
    buf_clear(&problem);
}

void respond_error(struct call *call, const esi_error *err) {
    respond_problem(call, respond_status(err), err, NULL);
}

bool respond_stream_begin(struct call *call) {
    struct buf out = BUF_INIT;
    /* HTTP/1.0 knows no chunks: there the end of the stream is the end of the connection. */
    const bool close = must_close(call) || !call->exchange->http11;
    write_head(call, 200, "text/event-stream; charset=utf-8", close, &out);
    buf_text(&out, call->exchange->http11 ? "Transfer-Encoding: chunked\r\n\r\n" : "\r\n");
    const bool sent = !out.failed && http_write(call->exchange, out.data, out.size);
    buf_clear(&out);
    return sent;
}

static bool write_chunk(struct call *call, const struct buf *text) {
    if (text->failed) {
        return false;
    }
    if (!call->exchange->http11) {
        return http_write(call->exchange, text->data, text->size);
    }
    struct buf out = BUF_INIT;
    buf_format(&out, "%zx\r\n", text->size);
    buf_add(&out, text->data, text->size);
    buf_text(&out, "\r\n");
    const bool sent = !out.failed && http_write(call->exchange, out.data, out.size);
    buf_clear(&out);
    return sent;
}

bool respond_stream_event(struct call *call, const char *event, const struct buf *json) {
    struct buf text = BUF_INIT;
    buf_format(&text, "event: %s\ndata: ", event);
    buf_add(&text, json->data == NULL ? "" : json->data, json->size);
    buf_text(&text, "\n\n");
    const bool sent = !json->failed && write_chunk(call, &text);
    buf_clear(&text);
    return sent;
}

bool respond_stream_comment(struct call *call) {
    struct buf text = BUF_INIT;
    buf_text(&text, ": still here\n\n");
    const bool sent = write_chunk(call, &text);
    buf_clear(&text);
    return sent;
}

void respond_stream_end(struct call *call) {
    if (call->exchange->http11) {
        (void)http_write(call->exchange, "0\r\n\r\n", 5);
    }
}
