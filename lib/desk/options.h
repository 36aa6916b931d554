/* options.h: what a desk was opened with, checked and with its defaults. */
#ifndef ESIHELP_DESK_OPTIONS_H
#define ESIHELP_DESK_OPTIONS_H

#include <esihelp/desk.h>
#include <esihelp/sys/provider.h>
#include <esihelp/sys/store.h>

#include "base/arena.h"

struct settings {
    const char *store;
    const char *collection;
    const char *policy; /* NULL: the one compiled in */
    const char *platform;
    const char *provider;
    bool provider_named; /* by the caller, not by default */
    const char *api_key;
    const char *base_url;
    const char *chat_model;
    const char *embedding_model;
    int32_t embedding_dimensions;
    const esi_provider_ops *provider_ops;
    void *provider_context;
    int64_t deadline_ms;
    int64_t reserve_ms;
    int32_t history_messages;
    int32_t passages;
    int64_t index_memory;
    int64_t refresh_ms;
    bool open_degraded;
    bool read_only;
    bool scratch;
    const char *knowledge; /* NULL: the store holds it */
    const char *replica;
    int32_t connections;
    bool search_far; /* the database searches */
    int32_t prepare; /* as esi_store_config.prepare */
    /* what the provider is told beside the above; NULL, 0: not set */
    const char *endpoints; /* a path */
    const char *embedding_base_url;
    const char *embedding_api_key;
    const char *embedding_provider; /* "openai", "offline"; NULL: whoever made the vectors */
    const char *api_version;
    const char *ca_file, *client_cert, *client_key;
    const char *proxy;
    int64_t hedge_ms;
    /* budgets; 0: no limit */
    int32_t answer_tokens; /* never 0 */
    int64_t session_tokens, day_tokens;
    int64_t session_cost, day_cost;
    const char *prices; /* a path; NULL: the table compiled in */
    esi_logger log;
};

/* Reads a caller's options (NULL: all defaults) into settings whose strings are in `memory`. */
esi_err options_read(const esi_options *options, esi_arena *memory, struct settings *out,
                     esi_error *err) ESI_MUST_CHECK;

/* How a provider is to be opened: the settings' strings, and the text of the endpoints' file, which
 * is read into `memory` and isn't needed after the opening. What the store knows of the
 * collection's vectors isn't theirs to say. Errors: as os_read_file. */
esi_err options_provider(const struct settings *settings, const esi_wait *wait, esi_arena *memory,
                         esi_provider_config *out, esi_error *err) ESI_MUST_CHECK;

/* How the store is to be opened; the settings' strings. */
esi_store_config options_store(const struct settings *settings, const esi_wait *wait);

#endif
