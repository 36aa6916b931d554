/* endpoint.h: the endpoints of a provider, in the order in which they are tried, and what is known
 * of each: whether it rests, what it understands, what it was sent. */
#ifndef ESIHELP_PROVIDER_ENDPOINT_H
#define ESIHELP_PROVIDER_ENDPOINT_H

#include <stdatomic.h>

#include <esihelp/sys/provider.h>

#include "base/arena.h"
#include "base/os.h"
#include "provider/http.h"
#include "provider/retry.h"

#define ENDPOINTS_MAX 16
#define ENDPOINTS_FILE_MAX (256u << 10)
#define ENDPOINT_FIELDS_MAX 16

/* What is set by its configuration and then only read, and below it what is learned. */
struct endpoint {
    const char *name;
    const char *model;    /* what the endpoint calls it */
    const char *known_as; /* the model's own name, where that is another (Azure's deployments have
                             names of their own): vectors of one are compared, and prices known, by
                             it; else as model */
    bool embeds;
    struct http_place place;                       /* the whole address of its verb */
    struct http_field fields[ENDPOINT_FIELDS_MAX]; /* the key's among them */
    size_t field_count;
    int32_t dimensions;  /* that are asked for; 0: what the model gives */
    int64_t first_ms;    /* longest wait for a reply's first byte; 0: the call's share */
    int32_t batch_count; /* texts and tokens in one request for vectors */
    int64_t batch_tokens;
    bool one_reply; /* it can't stream */

    atomic_uint dialect; /* dialect.h: what it was found to understand */
    struct os_mutex lock;
    struct breaker breaker;
    char problem[ESI_ERROR_MESSAGE_MAX];
    int64_t requests, failures, repeats, lost, in_flight;
};

struct endpoints {
    struct endpoint *items;
    size_t count;
};

/* Reads the endpoints of a configuration: those of its file, or else the one that its address
 * names. What it keeps is in `memory`. Errors: ESI_EPARSE and ESI_EINVAL, with file and line. */
esi_err endpoints_read(const esi_provider_config *config, esi_arena *memory, struct endpoints *chat,
                       struct endpoints *embeddings, esi_error *err) ESI_MUST_CHECK;
void endpoints_clear(struct endpoints *endpoints);

/* Adds their states to a list; strings from `arena`. */
esi_err endpoints_tell(struct endpoints *endpoints, esi_arena *arena, esi_endpoint_state *out,
                       esi_error *err) ESI_MUST_CHECK;

/* ---- endpoint_config.c, endpoint_url.c ------------------------------------------------------ */

/* Where an endpoint is, as its operator writes it: "https://host:8080/v1?key=value". */
struct endpoint_url {
    struct view scheme, host, port; /* port: empty where none is given */
    struct view path;               /* without "/" at its end; empty: none */
    struct view query;              /* without "?" */
};
/* false: `why` says in a phrase what is wrong, without a part of the text: it may hold a secret. */
bool endpoint_url_read(const char *text, struct endpoint_url *out, const char **why);
/* The same scheme, host and port? A key for one is good for the other. */
bool endpoint_url_same(const struct endpoint_url *a, const struct endpoint_url *b);
bool endpoint_url_is_local(const struct endpoint_url *url); /* loopback */

struct endpoint_verb {
    const char *verb;        /* "chat/completions" */
    const char *deployment;  /* Azure's: part of the path where a version is named */
    const char *api_version; /* NULL: none */
    bool azure;
};
/* The whole address of a verb; NULL: no memory. */
const char *endpoint_url_of(const struct endpoint_url *base, const struct endpoint_verb *verb,
                            esi_arena *memory);

#endif
