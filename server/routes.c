#include "routes.h"

#include <esihelp/sys/backend.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "fail.h"
#include "respond.h"

/* Bodies are read in small slices, so that the deadline is looked at however slowly bytes come. */
#define BODY_SLICE 256
#define BODY_DEADLINE_NS 15000000000

/* A message of 8,000 characters, each of them two escapes of six bytes, and what is around it. */
#define CHAT_BODY_MAX ((size_t)128 * 1024)
/* A text or a description of 64 KiB, each byte of it an escape of six, and the fields around it. */
#define TEXT_BODY_MAX ((size_t)448 * 1024)

/* One thing that the service does. GET also answers HEAD. `{id}` in a path is one segment. */
struct route {
    const char *method;
    const char *path;
    void (*handle)(struct call *call);
    size_t body_max; /* 0: takes no body */
    const char *summary;
};

/* clang-format off */
static const struct route ROUTES[] = {
    {"GET",  "/",                     rest_about,           0, "name and version"},
    {"GET",  "/healthz",              rest_healthz,         0, "the process is alive"},
    {"GET",  "/readyz",               rest_readyz,          0, "the store can be reached"},
    {"POST", "/api/chat",             rest_chat,            CHAT_BODY_MAX, "answer a message"},
    {"POST", "/api/tickets",          rest_ticket_create,   TEXT_BODY_MAX, "open a ticket"},
    {"GET",  "/api/tickets",          rest_ticket_list,     0, "list tickets, newest first"},
    {"GET",  "/api/tickets/{id}",     rest_ticket_get,      0, "one ticket with its conversation"},
    {"POST", "/api/guardrails/check", rest_guardrail_check, TEXT_BODY_MAX, "screen a text"},
    {"GET",  "/api/metrics/summary",  rest_metrics_summary, 0, "what happened, counted"},
};
/* clang-format on */

enum { ROUTE_COUNT = sizeof ROUTES / sizeof ROUTES[0] };

/* Does `path` have the form of `pattern`? The segment in place of {id} goes into `id`. */
static bool path_fits(const char *pattern, const char *path, char *id) {
    const char *mark = strstr(pattern, "{id}");
    if (mark == NULL) {
        return strcmp(pattern, path) == 0;
    }
    const size_t before = (size_t)(mark - pattern);
    if (strncmp(pattern, path, before) != 0) {
        return false;
    }
    const size_t size = strcspn(path + before, "/");
    if (size == 0 || size > CALL_ID_MAX || strcmp(mark + 4, path + before + size) != 0) {
        return false;
    }
    memcpy(id, path + before, size);
    id[size] = '\0';
    return true;
}

/* Finds the route, or answers 404, or 405 with what is allowed there. */
static bool find_route(struct call *call) {
    const char *method = call->head ? "GET" : call->exchange->method;
    char allow[64] = "";
    for (size_t i = 0; i < ROUTE_COUNT; i++) {
        if (!path_fits(ROUTES[i].path, call->exchange->path, call->id)) {
            continue;
        }
        if (strcmp(ROUTES[i].method, method) == 0) {
            call->route = &ROUTES[i];
            return true;
        }
        const size_t used = strlen(allow);
        const bool get = strcmp(ROUTES[i].method, "GET") == 0;
        snprintf(allow + used, sizeof allow - used, "%s%s", used > 0 ? ", " : "",
                 get ? "GET, HEAD" : ROUTES[i].method);
    }
    esi_error err = {0};
    if (allow[0] == '\0') {
        (void)!fail(&err, ESI_ENOTFOUND, NULL, "there is nothing at this path");
        respond_problem(call, 404, &err, NULL);
        return false;
    }
    char header[80];
    snprintf(header, sizeof header, "Allow: %s\r\n", allow);
    (void)!fail(&err, ESI_EINVAL, NULL, "this path takes %s only", allow);
    respond_problem(call, 405, &err, header);
    return false;
}

static bool is_id(const char *text, size_t most) {
    const size_t size = strlen(text);
    return size > 0 && size <= most &&
           strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-") ==
               size;
}

static void take_request_id(struct call *call) {
    const char *given = http_header(call->exchange, "X-Request-Id");
    if (given != NULL && is_id(given, CALL_ID_MAX)) {
        snprintf(call->request_id, sizeof call->request_id, "%s", given);
        return;
    }
    const uint64_t number = atomic_fetch_add(&call->server->calls, 1);
    snprintf(call->request_id, sizeof call->request_id, "%016" PRIx64 "-%06" PRIx64,
             call->server->birth, number);
}

/* Two readings of where a request ends are how a request is smuggled past a proxy. */
static bool framing_is_clear(const struct exchange *exchange) {
    const char *length = http_header(exchange, "Content-Length");
    const int lengths = http_header_count(exchange, "Content-Length");
    const int codings = http_header_count(exchange, "Transfer-Encoding");
    if (lengths + codings > 1) {
        return false;
    }
    return length == NULL || (*length != '\0' && strspn(length, "0123456789") == strlen(length));
}

/* The status of a body that can't be read; 0: it was. */
static int read_body(struct call *call, struct outbuf *out, esi_error *err) {
    struct exchange *exchange = call->exchange;
    const size_t most = call->route->body_max;
    if (exchange->length < 0 && !exchange->chunked) {
        (void)!fail(err, ESI_EINVAL, NULL, "the request has no Content-Length");
        return 411;
    }
    const char *expect = http_header(exchange, "Expect");
    const bool too_long = exchange->length > (int64_t)most;
    if (expect != NULL && exchange->http11 && !too_long) {
        static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
        (void)http_write(exchange, go_on, sizeof go_on - 1);
    }
    const int64_t until = esi_clock_ns() + BODY_DEADLINE_NS;
    char slice[BODY_SLICE];
    while (!too_long && out->size <= most) {
        const bool whole = !exchange->chunked && out->size == (size_t)exchange->length;
        const int size = whole ? 0 : http_read(exchange, slice, sizeof slice);
        if (size > 0) {
            outbuf_add(out, slice, (size_t)size);
        } else if (size == 0 && (whole || exchange->chunked)) {
            call->unread = false;
            return 0;
        }
        if (size <= 0 || esi_clock_ns() > until) {
            (void)!fail(err, ESI_ETIMEOUT, NULL, "the body didn't arrive whole in time");
            return 408;
        }
    }
    (void)!fail(err, ESI_ETOOBIG, NULL, "the body is larger than %zu bytes", most);
    return 413;
}

/* Reads and parses the body of a route that takes one; answers where that fails. */
static bool take_body(struct call *call) {
    if (call->route->body_max == 0) {
        return true;
    }
    struct outbuf text = OUTBUF_INIT;
    esi_error err = {0};
    int status = read_body(call, &text, &err);
    if (status == 0 && text.failed) {
        (void)!fail(&err, ESI_ENOMEM, NULL, "out of memory");
        status = respond_status(&err);
    } else if (status == 0 && body_parse(text.data == NULL ? "" : text.data, text.size, &call->body,
                                         &err) != ESI_OK) {
        status = respond_status(&err);
    }
    outbuf_clear(&text);
    if (status != 0) {
        call->last = status == 408 || status == 411;
        call->unread = call->unread && !call->last;
        respond_problem(call, status, &err, NULL);
    }
    return status == 0;
}

static void answer(struct call *call) {
    esi_error err = {0};
    if (atomic_load(&call->server->stopping)) {
        (void)!fail(&err, ESI_EUNAVAILABLE, NULL, "the service is being stopped");
        respond_problem(call, 503, &err, NULL);
    } else if (!framing_is_clear(call->exchange)) {
        (void)!fail(&err, ESI_EINVAL, NULL, "the request's length isn't clear");
        respond_problem(call, 400, &err, NULL);
    } else if (caller_check_site(call, &err) != ESI_OK) {
        respond_error(call, &err);
    } else if (!find_route(call)) {
        return;
    } else if (caller_identify(call, &err) != ESI_OK) {
        respond_error(call, &err);
    } else if (take_body(call)) {
        call->route->handle(call);
    }
}

int routes_dispatch(struct server *server, struct exchange *exchange) {
    atomic_fetch_add(&server->running, 1);
    struct call call = {.exchange = exchange, .server = server, .desk = server->desk};
    call.head = strcmp(exchange->method, "HEAD") == 0;
    call.unread = exchange->length > 0 || exchange->chunked;
    take_request_id(&call);
    answer(&call);
    body_free(call.body);
    atomic_fetch_sub(&server->running, 1);
    return call.status == 0 ? 500 : call.status;
}

void routes_refuse(struct server *server, struct exchange *exchange, int status) {
    struct call call = {.exchange = exchange, .server = server, .last = true};
    esi_error err = {0};
    call.head = exchange->method != NULL && strcmp(exchange->method, "HEAD") == 0;
    if (exchange->method != NULL) {
        take_request_id(&call);
    } else {
        snprintf(call.request_id, sizeof call.request_id, "%016" PRIx64 "-0", server->birth);
    }
    (void)!fail(&err, ESI_EINVAL, NULL, "the request isn't HTTP as this service reads it");
    respond_problem(&call, status, &err, NULL);
}

esi_err call_idempotency_key(const struct call *call, const char **out, esi_error *err) {
    const char *key = http_header(call->exchange, "Idempotency-Key");
    if (key != NULL && !is_id(key, ESI_ID_MAX)) {
        return fail(err, ESI_EINVAL, NULL, "the Idempotency-Key is not 1 to %d of [A-Za-z0-9._:-]",
                    ESI_ID_MAX);
    }
    *out = key;
    return ESI_OK;
}

esi_err call_query(const struct call *call, const char *name, char *out, size_t size,
                   const char **value, esi_error *err) {
    const int found = http_query(call->exchange, name, out, size);
    if (found == -2) {
        char pointer[64];
        snprintf(pointer, sizeof pointer, "/%s", name);
        return fail(err, ESI_EINVAL, pointer, "%s is longer than %zu bytes, or not UTF-8", name,
                    size - 1);
    }
    *value = found <= 0 ? NULL : out;
    return ESI_OK;
}
