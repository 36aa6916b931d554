#include "http.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <civetweb.h>

#include "fail.h"
#include "utf8.h"

/* How long a client may be silent within a request, or not take what is sent to it. */
#define SILENCE_MS "10000"
/* How long an idle connection may hold its thread. */
#define IDLE_MS "5000"
#define HEAD_MAX_BYTES "16384"
#define WAKE_PAUSE_NS 20000000
#define WAKE_MAX 200

struct address {
    struct sockaddr_storage bytes;
    socklen_t size;
};

struct http {
    struct http_config config;
    struct mg_context *civet;
    struct address address;
    int port;
    atomic_int open;
    atomic_bool stopped;
};

static struct exchange exchange_of(struct mg_connection *connection) {
    const struct mg_request_info *info = mg_get_request_info(connection);
    struct exchange exchange = {
        .http = mg_get_user_context_data(connection), .connection = connection, .length = -1};
    if (info == NULL) {
        return exchange;
    }
    exchange.method = info->request_method;
    exchange.path = info->local_uri_raw;
    exchange.query = info->query_string;
    exchange.peer = info->remote_addr;
    exchange.length = info->content_length;
    exchange.http11 = info->http_version != NULL && strcmp(info->http_version, "1.1") == 0;
    exchange.chunked = http_header(&exchange, "Transfer-Encoding") != NULL;
    return exchange;
}

static int on_request(struct mg_connection *connection) {
    struct exchange exchange = exchange_of(connection);
    return exchange.http->config.handle(&exchange, exchange.http->config.context);
}

static int on_error(struct mg_connection *connection, int status, const char *message) {
    (void)message;
    struct exchange exchange = exchange_of(connection);
    http_close_after(&exchange);
    exchange.http->config.refuse(&exchange, status, exchange.http->config.context);
    return 0;
}

static int on_open(const struct mg_connection *connection, void **data) {
    (void)data;
    struct http *http = mg_get_user_context_data(connection);
    atomic_fetch_add(&http->open, 1);
    return 0;
}

static void on_closed(const struct mg_connection *connection) {
    struct http *http = mg_get_user_context_data(connection);
    atomic_fetch_sub(&http->open, 1);
}

static int on_log(const struct mg_connection *connection, const char *message) {
    const struct mg_context *civet = mg_get_context(connection);
    const struct http *http = civet == NULL ? NULL : mg_get_user_data(civet);
    if (http != NULL && http->config.log != NULL) {
        http->config.log(message, http->config.context);
    }
    return 1;
}

static esi_err resolve(const struct http_config *config, struct address *out, esi_error *err) {
    struct addrinfo hints = {.ai_family = AF_UNSPEC,
                             .ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE};
    struct addrinfo *found = NULL;
    char port[8];
    snprintf(port, sizeof port, "%d", config->port);
    if (getaddrinfo(config->host, port, &hints, &found) != 0) {
        return fail(err, ESI_EINVAL, NULL, "%.60s is not an IP address to listen on", config->host);
    }
    if (found->ai_family == AF_INET6 && mg_check_feature(MG_FEATURES_IPV6) == 0) {
        freeaddrinfo(found);
        return fail(err, ESI_EINVAL, NULL, "this build listens on IPv4 addresses only");
    }
    memcpy(&out->bytes, found->ai_addr, found->ai_addrlen);
    out->size = found->ai_addrlen;
    freeaddrinfo(found);
    return ESI_OK;
}

/* CivetWeb says only that it couldn't start; a trial of our own says why. */
static esi_err try_port(const struct http_config *config, const struct address *address,
                        esi_error *err) {
    const int fd = socket(address->bytes.ss_family, SOCK_STREAM, 0);
    const int on = 1;
    int trouble = fd < 0 ? errno : 0;
    if (trouble == 0) {
        (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        const struct sockaddr *bytes = (const struct sockaddr *)&address->bytes;
        trouble = bind(fd, bytes, address->size) == 0 ? 0 : errno;
    }
    if (fd >= 0) {
        close(fd);
    }
    if (trouble == EADDRINUSE) {
        return fail(err, ESI_EUNAVAILABLE, NULL,
                    "port %d on %.60s is in use; stop what listens there or give another --port",
                    config->port, config->host);
    }
    if (trouble == EACCES) {
        return fail(err, ESI_EFORBIDDEN, NULL,
                    "this user may not listen on port %d; give a --port from 1024 up",
                    config->port);
    }
    if (trouble != 0) {
        return fail(err, ESI_EINVAL, NULL, "%.60s is not an address of this machine", config->host);
    }
    return ESI_OK;
}

static struct mg_context *start_civet(struct http *http) {
    static const struct mg_callbacks callbacks = {.begin_request = on_request,
                                                  .http_error = on_error,
                                                  .init_connection = on_open,
                                                  .connection_closed = on_closed,
                                                  .log_message = on_log};
    const bool ipv6 = strchr(http->config.host, ':') != NULL;
    char listening[80];
    char threads[16];
    snprintf(listening, sizeof listening, ipv6 ? "[%.60s]:%d" : "%.60s:%d", http->config.host,
             http->config.port);
    snprintf(threads, sizeof threads, "%d", http->config.threads);
    /* Without a document root no file can be reached. */
    const char *options[] = {"listening_ports",
                             listening,
                             "num_threads",
                             threads,
                             "enable_keep_alive",
                             "yes",
                             "keep_alive_timeout_ms",
                             IDLE_MS,
                             "request_timeout_ms",
                             SILENCE_MS,
                             "max_request_size",
                             HEAD_MAX_BYTES,
                             "tcp_nodelay",
                             "1",
                             "listen_backlog",
                             "1024",
                             "connection_queue",
                             "128",
                             "enable_directory_listing",
                             "no",
                             NULL};
    return mg_start(&callbacks, http, options);
}

esi_err http_start(const struct http_config *config, struct http **out, esi_error *err) {
    struct http *http = calloc(1, sizeof *http);
    if (http == NULL) {
        return fail(err, ESI_ENOMEM, NULL, "out of memory");
    }
    mg_init_library(0);
    http->config = *config;
    atomic_init(&http->open, 0);
    atomic_init(&http->stopped, false);
    esi_err code = resolve(config, &http->address, err);
    if (code == ESI_OK) {
        code = try_port(config, &http->address, err);
    }
    if (code != ESI_OK) {
        http_stop(http);
        return code;
    }
    http->civet = start_civet(http);
    struct mg_server_port port = {0};
    if (http->civet == NULL || mg_get_server_ports(http->civet, 1, &port) != 1) {
        http_stop(http);
        return fail(err, ESI_ENOMEM, NULL,
                    "%d threads for connections can't be started; give fewer --threads",
                    config->threads);
    }
    http->port = port.port;
    if (http->address.bytes.ss_family == AF_INET6) {
        ((struct sockaddr_in6 *)&http->address.bytes)->sin6_port = htons((uint16_t)port.port);
    } else {
        ((struct sockaddr_in *)&http->address.bytes)->sin_port = htons((uint16_t)port.port);
    }
    *out = http;
    return ESI_OK;
}

/* CivetWeb looks every two seconds whether it is to stop, unless a connection wakes it. */
static void *wake(void *context) {
    struct http *http = context;
    const struct timespec pause = {0, WAKE_PAUSE_NS};
    for (int i = 0; i < WAKE_MAX && !atomic_load(&http->stopped); i++) {
        const int fd = socket(http->address.bytes.ss_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
        if (fd >= 0) {
            (void)connect(fd, (const struct sockaddr *)&http->address.bytes, http->address.size);
            close(fd);
        }
        nanosleep(&pause, NULL);
    }
    return NULL;
}

void http_stop(struct http *http) {
    if (http == NULL) {
        return;
    }
    if (http->civet != NULL) {
        pthread_t thread;
        const bool waking = pthread_create(&thread, NULL, wake, http) == 0;
        mg_stop(http->civet);
        atomic_store(&http->stopped, true);
        if (waking) {
            pthread_join(thread, NULL);
        }
    }
    mg_exit_library();
    free(http);
}

int http_port(const struct http *http) {
    return http->port;
}

int http_open_connections(const struct http *http) {
    return atomic_load(&http->open);
}

const char *http_header(const struct exchange *exchange, const char *name) {
    return mg_get_header(exchange->connection, name);
}

int http_header_count(const struct exchange *exchange, const char *name) {
    const struct mg_request_info *info = mg_get_request_info(exchange->connection);
    int count = 0;
    for (int i = 0; info != NULL && i < info->num_headers; i++) {
        count += mg_strcasecmp(info->http_headers[i].name, name) == 0;
    }
    return count;
}

int http_query(const struct exchange *exchange, const char *name, char *out, size_t size) {
    if (exchange->query == NULL) {
        return -1;
    }
    const int length = mg_get_var(exchange->query, strlen(exchange->query), name, out, size);
    if (length == -1) {
        return -1;
    }
    const bool good =
        length >= 0 && memchr(out, '\0', (size_t)length) == NULL && utf8_valid(out, (size_t)length);
    return good ? length : -2;
}

int http_read(struct exchange *exchange, char *out, size_t size) {
    return mg_read(exchange->connection, out, size);
}

bool http_write(struct exchange *exchange, const char *data, size_t size) {
    return size == 0 || mg_write(exchange->connection, data, size) == (int)size;
}

void http_close_after(struct exchange *exchange) {
    mg_disable_connection_keep_alive(exchange->connection);
}

const char *http_status_text(int status) {
    return mg_get_response_code_text(NULL, status);
}
