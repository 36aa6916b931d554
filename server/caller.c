#include "caller.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "server.h"
#include "utf8.h"

#define NETS_MAX 64

struct net {
    int family;
    unsigned char address[16];
    int bits;
};

struct gateways {
    size_t count;
    struct net nets[NETS_MAX];
};

static bool parse_net(const char *text, size_t size, struct net *out) {
    char word[64];
    if (size == 0 || size >= sizeof word) {
        return false;
    }
    memcpy(word, text, size);
    word[size] = '\0';
    char *slash = strchr(word, '/');
    if (slash != NULL) {
        *slash = '\0';
    }
    out->family = strchr(word, ':') != NULL ? AF_INET6 : AF_INET;
    if (inet_pton(out->family, word, out->address) != 1) {
        return false;
    }
    const long most = out->family == AF_INET6 ? 128 : 32;
    char *end = NULL;
    const long bits = slash == NULL ? most : strtol(slash + 1, &end, 10);
    if (slash != NULL && (end == slash + 1 || *end != '\0')) {
        return false;
    }
    out->bits = (int)bits;
    return bits >= 0 && bits <= most;
}

esi_err gateways_parse(const char *nets, struct gateways **out, esi_error *err) {
    struct gateways *gateways = calloc(1, sizeof *gateways);
    if (gateways == NULL) {
        return fail(err, ESI_ENOMEM, NULL, "out of memory");
    }
    const char *at = nets == NULL ? "127.0.0.0/8,::1" : nets;
    for (;;) {
        const size_t size = strcspn(at, ",");
        if (gateways->count == NETS_MAX || !parse_net(at, size, &gateways->nets[gateways->count])) {
            gateways_free(gateways);
            return fail(err, ESI_EINVAL, NULL,
                        "--gateway-from is not a list of up to %d addresses or networks, as "
                        "10.0.0.5,10.1.0.0/16",
                        NETS_MAX);
        }
        gateways->count++;
        if (at[size] == '\0') {
            break;
        }
        at += size + 1;
    }
    *out = gateways;
    return ESI_OK;
}

void gateways_free(struct gateways *gateways) {
    free(gateways);
}

static bool in_net(const struct net *net, const struct net *address) {
    if (net->family != address->family) {
        return false;
    }
    const size_t whole = (size_t)net->bits / 8;
    if (memcmp(net->address, address->address, whole) != 0) {
        return false;
    }
    const unsigned rest = (unsigned)net->bits % 8;
    if (rest == 0) {
        return true;
    }
    const unsigned mask = 0xFFu << (8 - rest) & 0xFFu;
    return (net->address[whole] & mask) == (address->address[whole] & mask);
}

bool gateways_contain(const struct gateways *gateways, const char *address) {
    struct net one;
    if (address == NULL || !parse_net(address, strlen(address), &one)) {
        return false;
    }
    for (size_t i = 0; i < gateways->count; i++) {
        if (in_net(&gateways->nets[i], &one)) {
            return true;
        }
    }
    return false;
}

bool is_loopback(const char *host) {
    static const unsigned char one[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    struct net net;
    if (strcmp(host, "localhost") == 0) {
        return true;
    }
    if (strchr(host, '/') != NULL || !parse_net(host, strlen(host), &net)) {
        return false;
    }
    return net.family == AF_INET ? net.address[0] == 127
                                 : memcmp(net.address, one, sizeof one) == 0;
}

/* Takes as long for a wrong secret as for the right one. */
static bool same_secret(const char *secret, const char *given) {
    const size_t size = strlen(secret);
    const size_t given_size = strlen(given);
    unsigned differ = size != given_size;
    for (size_t i = 0; i < size; i++) {
        differ |= (unsigned)(unsigned char)secret[i] ^
                  (unsigned)(unsigned char)given[given_size == 0 ? 0 : i % given_size];
    }
    return differ == 0;
}

static bool is_gateway(const struct call *call) {
    const struct server *server = call->server;
    if (!server->trust_gateway || !gateways_contain(server->gateways, call->exchange->peer)) {
        return false;
    }
    if (server->gateway_secret == NULL) {
        return true;
    }
    const char *given = http_header(call->exchange, "X-Gateway-Secret");
    return given != NULL && same_secret(server->gateway_secret, given);
}

esi_err caller_identify(struct call *call, esi_error *err) {
    call->role = ESI_ROLE_TRAINEE;
    call->user = NULL;
    call->trusted = is_gateway(call);
    if (!call->trusted) {
        return ESI_OK;
    }
    const char *role = http_header(call->exchange, "X-Role");
    const char *user = http_header(call->exchange, "X-User");
    if (http_header_count(call->exchange, "X-Role") > 1 ||
        http_header_count(call->exchange, "X-User") > 1) {
        return fail(err, ESI_EINVAL, NULL, "X-Role or X-User came more than once");
    }
    if (role != NULL && *role != '\0') {
        if (esi_role_parse(role, &call->role) != ESI_OK || call->role == ESI_ROLE_NONE) {
            return fail(err, ESI_EINVAL, NULL,
                        "X-Role is not trainee, instructor, operator, support_engineer or admin");
        }
        call->role_given = true;
    }
    if (user != NULL && *user != '\0') {
        if (strlen(user) > ESI_ID_MAX || !utf8_valid(user, strlen(user))) {
            return fail(err, ESI_EINVAL, NULL, "X-User is not UTF-8 of at most %d bytes",
                        ESI_ID_MAX);
        }
        call->user = user;
    }
    return ESI_OK;
}

esi_err caller_take_role(struct call *call, const char *name, esi_error *err) {
    esi_role role = ESI_ROLE_NONE;
    if (name == NULL) {
        return ESI_OK;
    }
    if (esi_role_parse(name, &role) != ESI_OK || role == ESI_ROLE_NONE) {
        return fail(err, ESI_EINVAL, body_is_snake(call->body) ? "/user_role" : "/userRole",
                    "the role is not trainee, instructor, operator, support_engineer or admin");
    }
    if (call->trusted && !call->role_given) {
        call->role = role;
    }
    return ESI_OK;
}

/* The host of "host:port" or "[v6]:port" in `out`. */
static bool take_host(const char *text, size_t size, char *out, size_t out_size) {
    if (size > 0 && text[0] == '[') {
        const char *end = memchr(text, ']', size);
        if (end == NULL) {
            return false;
        }
        size = (size_t)(end - text) - 1;
        text++;
    } else {
        const char *colon = memchr(text, ':', size);
        size = colon == NULL ? size : (size_t)(colon - text);
    }
    if (size == 0 || size >= out_size) {
        return false;
    }
    memcpy(out, text, size);
    out[size] = '\0';
    return true;
}

/* An Origin is "scheme://host:port"; it is ours when what stands behind the scheme is the Host. */
static bool same_origin(const char *origin, const char *host) {
    const char *at = strstr(origin, "://");
    return at != NULL && host != NULL && strcmp(at + 3, host) == 0;
}

esi_err caller_check_site(const struct call *call, esi_error *err) {
    const struct exchange *exchange = call->exchange;
    const char *host = http_header(exchange, "Host");
    if (exchange->http11 && http_header_count(exchange, "Host") != 1) {
        return fail(err, ESI_EINVAL, NULL, "the request names no Host, or more than one");
    }
    if (!call->server->local_only) {
        return ESI_OK;
    }
    char name[80];
    if (host != NULL && (!take_host(host, strlen(host), name, sizeof name) || !is_loopback(name))) {
        return fail(err, ESI_EFORBIDDEN, NULL,
                    "this service answers to localhost only; a gateway needs --trust-gateway");
    }
    const char *origin = http_header(exchange, "Origin");
    if (origin != NULL && !same_origin(origin, host)) {
        return fail(err, ESI_EFORBIDDEN, NULL, "pages of other sites may not call this service");
    }
    return ESI_OK;
}
