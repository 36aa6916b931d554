/* http.h: HTTP over sockets, and the one owner of CivetWeb. It knows nothing of the desk. */
#ifndef ESIHELP_SERVER_HTTP_H
#define ESIHELP_SERVER_HTTP_H

#include <esihelp/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http;

/* One request and its answer. The strings live until its handler returns. */
struct exchange {
    const struct http *http;
    void *connection; /* CivetWeb's */
    const char *method;
    const char *path;  /* decoded */
    const char *query; /* as it came; NULL: none */
    const char *peer;  /* the client's address */
    int64_t length;    /* Content-Length; -1: none */
    bool chunked;
    bool http11; /* else HTTP/1.0 */
};

struct http_config {
    const char *host; /* an IPv4 address, or an IPv6 one where the build has it */
    int port;         /* 0: a free one */
    int threads;      /* connections at once */
    /* Answers one request; called by many threads at a time, each with a stack of about 100 KB.
     * The result is the status, for the log. */
    int (*handle)(struct exchange *exchange, void *context);
    /* Answers a request that isn't HTTP. Its method and path may be NULL. */
    void (*refuse)(struct exchange *exchange, int status, void *context);
    /* A line about trouble with a connection; NULL: not wanted. */
    void (*log)(const char *line, void *context);
    void *context;
};

/* Starts listening. Errors: ESI_EUNAVAILABLE (the port is in use), ESI_EFORBIDDEN (this user may
 * not listen there), ESI_EINVAL (the address), ESI_ENOMEM (no room for the threads). */
esi_err http_start(const struct http_config *config, struct http **out,
                   esi_error *err) ESI_MUST_CHECK;
/* Closes what is open and waits for the handlers that run. NULL does nothing. */
void http_stop(struct http *http);

int http_port(const struct http *http);
/* Connections that are open; each holds a thread until it closes. */
int http_open_connections(const struct http *http);

/* A header's value, or NULL. */
const char *http_header(const struct exchange *exchange, const char *name);
/* How often a header came. */
int http_header_count(const struct exchange *exchange, const char *name);

/* A parameter of the query, decoded. Answers its bytes, -1 where there is none, -2 where it
 * doesn't fit, or isn't UTF-8. */
int http_query(const struct exchange *exchange, const char *name, char *out, size_t size);

/* Reads up to `size` bytes of the body: 0 at its end, below 0 when the client is gone or silent. */
int http_read(struct exchange *exchange, char *out, size_t size);
/* Writes all of it, or answers false. */
bool http_write(struct exchange *exchange, const char *data, size_t size);
/* Close the connection after this answer. */
void http_close_after(struct exchange *exchange);

/* The words of a status. */
const char *http_status_text(int status);

#endif
