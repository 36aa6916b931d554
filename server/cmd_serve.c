/* cmd_serve.c: the service, from its options to its orderly end. */
#include <esihelp/sys/backend.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "cmd.h"
#include "fail.h"
#include "routes.h"
#include "server.h"
#include "wire.h"

/* How often a stop looks whether the last answer is out. */
#define STOP_LOOK_NS 20000000
/* A worker belongs to its connection: as many people at once as a training day has. */
#define DEFAULT_THREADS 1024
/* Files beside the connections: the store, its log, the libraries'. */
#define OTHER_FILES 256

static int handle(struct exchange *exchange, void *context) {
    return routes_dispatch(context, exchange);
}

static void refuse(struct exchange *exchange, int status, void *context) {
    routes_refuse(context, exchange, status);
}

static void log_line(const char *line, void *context) {
    (void)context;
    fprintf(stderr, "http: %s\n", line);
}

/* Who may be listened to. Without a gateway the service can't tell people apart, so it stays on
 * its own machine; with one, it must know the gateway from everybody else. */
static const char *refuse_address(const struct settings *settings) {
    if (is_loopback(settings->host)) {
        return NULL;
    }
    if (!settings->trust_gateway) {
        return "without --trust-gateway the service listens on the loopback only, as 127.0.0.1; "
               "put a gateway that checks who calls in front of it";
    }
    if (settings->gateway_from == NULL && settings->gateway_secret == NULL) {
        return "with --trust-gateway on this --host, name the gateway with --gateway-from or set "
               "ESI_GATEWAY_SECRET, or anybody could say who they are";
    }
    return NULL;
}

/* The usual limit of 1024 open files is less than a training day's connections. */
static void raise_file_limit(int threads) {
    struct rlimit limit;
    const rlim_t wanted = (rlim_t)threads + OTHER_FILES;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < wanted) {
        limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static void announce(const struct settings *settings, const struct server *server) {
    const bool ipv6 = strchr(settings->host, ':') != NULL;
    struct outbuf url = OUTBUF_INIT;
    outbuf_format(&url, ipv6 ? "http://[%s]:%d" : "http://%s:%d", settings->host,
                  http_port(server->http));
    if (settings->json && !url.failed) {
        struct outbuf out = OUTBUF_INIT;
        struct wire wire = {&out, false};
        wire_object(&wire, NULL);
        wire_text(&wire, "listening", url.data);
        wire_object_end(&wire);
        esi_error err;
        (void)!print_json(&out, &err);
        outbuf_clear(&out);
    } else if (!url.failed) {
        printf("listening on %s\n", url.data);
    }
    fflush(stdout);
    outbuf_clear(&url);
}

static void wait_for_signal(const sigset_t *signals) {
    int number = 0;
    while (sigwait(signals, &number) != 0) {
    }
}

/* Takes nothing new, and waits for the answers under way; a second signal, or the end of the
 * grace, ends their waits. */
static void drain(const struct settings *settings, struct server *server, const sigset_t *signals) {
    const struct timespec look = {0, STOP_LOOK_NS};
    const int64_t until = esi_clock_ns() + settings->grace_ms * INT64_C(1000000);
    atomic_store(&server->stopping, true);
    while (atomic_load(&server->running) > 0 && esi_clock_ns() < until) {
        if (sigtimedwait(signals, NULL, &look) > 0) {
            break;
        }
    }
    esi_cancel_fire(server->cancel);
}

static esi_err start(const struct settings *settings, struct server *server, esi_error *err) {
    server->threads = settings->threads;
    server->trust_gateway = settings->trust_gateway;
    server->gateway_secret = settings->gateway_secret;
    server->local_only = !settings->trust_gateway;
    server->birth = (uint64_t)time(NULL) << 24 ^ (uint64_t)getpid() ^ (uint64_t)esi_clock_ns();
    esi_err code = gateways_parse(settings->gateway_from, &server->gateways, err);
    if (code == ESI_OK) {
        server->cancel = esi_cancel_create();
        code = server->cancel != NULL ? ESI_OK : fail(err, ESI_ENOMEM, NULL, "out of memory");
    }
    if (code == ESI_OK) {
        code = open_desk(settings, &server->desk, err);
    }
    if (code != ESI_OK) {
        return code;
    }
    const struct http_config config = {
        .host = strcmp(settings->host, "localhost") == 0 ? "127.0.0.1" : settings->host,
        .port = settings->port,
        .threads = settings->threads,
        .handle = handle,
        .refuse = refuse,
        .log = settings->verbose ? log_line : NULL,
        .context = server};
    return http_start(&config, &server->http, err);
}

int cmd_serve(struct settings *settings) {
    esi_error err = {0};
    if (settings_read_service(settings, &err) != ESI_OK) {
        return misuse("%s", err.message);
    }
    const char *refusal = refuse_address(settings);
    if (refusal != NULL) {
        return misuse("%s", refusal);
    }
    if (settings->threads == 0) {
        settings->threads = DEFAULT_THREADS;
    }
    raise_file_limit(settings->threads);
    /* Every thread inherits this, so that a signal comes to wait_for_signal and nowhere else. */
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);

    struct server server = {0};
    int outcome = EXIT_DONE;
    const esi_err code = start(settings, &server, &err);
    if (code == ESI_OK) {
        announce(settings, &server);
        wait_for_signal(&signals);
        drain(settings, &server, &signals);
    } else {
        outcome = code == ESI_EINVAL ? misuse("%s", err.message) : complain(&err);
    }
    http_stop(server.http);
    esi_desk_close(server.desk);
    esi_cancel_free(server.cancel);
    gateways_free(server.gateways);
    return outcome;
}
