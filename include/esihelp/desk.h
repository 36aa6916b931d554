/* desk.h: open and close a help desk. */
#ifndef ESIHELP_DESK_H
#define ESIHELP_DESK_H

#include <esihelp/log.h>
#include <esihelp/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A help desk: a knowledge base, its rules, a store and a model. One object serves a whole
 *  program; any thread may call it at any time. */
typedef struct esi_desk esi_desk;

struct esi_provider_ops; /* sys/provider.h */

/** How to open a desk. Start from ESI_OPTIONS_INIT or esi_options_from_env; every string is
 *  NUL-terminated, copied by esi_desk_open, and NULL means the default. */
typedef struct esi_options {
    size_t size; /**< sizeof(esi_options), set by ESI_OPTIONS_INIT */

    /** Where everything is kept: the path of a file (made if it doesn't exist), ":memory:", or
     *  "postgres://...". NULL: "esihelp.db" in the user's data folder. */
    const char *store;
    /** Name of the collection of documents that this desk serves. NULL: "esihelp". */
    const char *collection;
    /** Path of a rule file (kb/policy.json shows the format). NULL: the rules compiled in. */
    const char *policy;
    /** Name of the platform as replies call it. NULL: "the platform". */
    const char *platform;

    /** "offline" (no network at all), "openai", or "custom" (provider_ops). NULL: "openai" when an
     *  api_key, a base_url or endpoints are set, else "offline". */
    const char *provider;
    const char *api_key;                         /**< for openai; never logged */
    const char *base_url;                        /**< NULL: "https://api.openai.com/v1" */
    const char *chat_model;                      /**< NULL: "gpt-4o" */
    const char *embedding_model;                 /**< NULL: "text-embedding-3-small" with openai */
    int32_t embedding_dimensions;                /**< 0: what the model gives */
    const struct esi_provider_ops *provider_ops; /**< a host's own model; must outlive the desk */
    void *provider_context;                      /**< handed to provider_ops->open */

    int64_t deadline_ms;      /**< for calls that name none, 100 to 600000; 0: 30000 */
    int64_t reserve_ms;       /**< kept back from the model for the commit; 0: 2000 */
    int32_t history_messages; /**< earlier messages a turn reads, 0 to 50; -1: 12 */
    int32_t passages;         /**< passages an answer may rest on, 1 to 12; 0: 5 */
    int64_t index_memory;     /**< bytes that the search index may take; 0: 1 GiB */
    int64_t refresh_ms;       /**< how often other processes' changes are looked for, 20 to 60000;
                                   0: 500 */
    bool open_degraded;       /**< open even when the store can't be reached: guardrail checks work,
                             other calls answer ESI_EUNAVAILABLE until it is back */
    bool read_only;           /**< never write; esi_chat_ask answers ESI_EREADONLY */

    esi_log_fn log; /**< NULL: nothing is logged */
    void *log_context;

    bool scratch; /**< work on a copy, in memory, of the documents that the store knows: it is read
                       once and never written, and what is asked leaves nothing behind. Not
                       together with read_only or open_degraded */

    /* For a store "postgres://..."; a file has no use for them. */

    /** A database of its own for the knowledge base, "postgres://...". NULL: the store holds it. It
     *  is for the knowledge base alone: with it, the store has to be named, too. */
    const char *knowledge;
    /** A standby of the knowledge base's database, "postgres://...": searches that the database
     *  makes are tried there first. NULL: none. */
    const char *replica;
    int32_t connections; /**< at most, to each database, 1 to 1000; 0: 8 */
    /** Are statements prepared under names? "on", "off" (for a pooler that doesn't keep them), or
     *  "auto": found out when a connection is made. NULL: "auto". */
    const char *prepare;
    /** Who searches: "memory", an index in this process, or "database", which keeps only a
     *  catalogue of the documents here. Both answer alike, but not to the last rank: the database
     *  weighs words otherwise, and what it doesn't offer isn't looked at. A collection whose index
     *  would take more than index_memory is searched by the database in any case. NULL:
     *  "memory". */
    const char *search;

    /* For the provider "openai". */

    /** Path of a file that lists endpoints in the order in which they are tried, each with its
     *  address, key and model, for answers and for vectors (README, "Models"). It takes the place
     *  of base_url and of the rest that names one endpoint. NULL: none. */
    const char *endpoints;
    const char *embedding_base_url; /**< where vectors are made. NULL: base_url */
    const char *embedding_api_key;  /**< NULL: api_key, where the address is the same */
    /** Who makes vectors: "openai", or "offline" beside a model that only writes. NULL: whichever
     *  made those that the collection has; "openai" for an empty one. */
    const char *embedding_provider;
    /** The API version of an endpoint that is addressed as Azure's: the model's name is part of the
     *  address, the key stands in a field of its own. NULL: it isn't. */
    const char *api_version;
    const char *ca_file;     /**< PEM file of certificates to trust. NULL: the system's */
    const char *client_cert; /**< PEM file of a certificate to show. NULL: none */
    const char *client_key;  /**< PEM file of its key. NULL: it stands in client_cert */
    const char *proxy;       /**< "http://...". NULL: what https_proxy and NO_PROXY say */
    /** Ask the next endpoint too, when one has been silent for so long, and take who answers first:
     *  it may cost twice. 0: never two at once. */
    int64_t hedge_ms;

    /* What models may cost. An answer that would go beyond is made offline, and says so. */

    int32_t answer_tokens;  /**< that one answer may have, 64 to 16384; 0: 700 */
    int64_t session_tokens; /**< of all calls for one session; 0: no limit */
    int64_t day_tokens;     /**< of all calls of one UTC day, by all desks on the store; counted
                                 every few seconds, so it may be overrun by as much; 0: no limit */
    int64_t session_cost;   /**< the same in money: millionths of the unit of the price table */
    int64_t day_cost;
    /** Path of a table of prices (lib/data/prices.json shows the format). NULL: the one compiled
     *  in. */
    const char *prices;
} esi_options;

#define ESI_OPTIONS_INIT                                                                           \
    {                                                                                              \
        sizeof(esi_options), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, 0, 0, 0, false, false,  \
            0, 0, false, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0             \
    }

/** Fills options from the environment, in place of reading it in every program.
 *
 *  Read are ESI_STORE (else CONNECTION_PG_DB), CONNECTION_PG_VECTORDB (knowledge),
 *  CONNECTION_NAME, ESI_POLICY, ESI_PLATFORM, ESI_PROVIDER, OPENAI_API_KEY, OPENAI_BASE_URL,
 *  ESI_CHAT_MODEL, ESI_EMBEDDING_MODEL, ESI_EMBEDDING_DIMENSIONS, ESI_DEADLINE_MS, ESI_RESERVE_MS,
 *  ESI_HISTORY_MESSAGES, ESI_PASSAGES, ESI_INDEX_MEMORY, ESI_REFRESH_MS, ESI_OPEN_DEGRADED,
 *  ESI_PG_REPLICA, ESI_PG_CONNECTIONS, ESI_PG_PREPARE, ESI_PG_SEARCH, ESI_ENDPOINTS,
 *  ESI_EMBEDDING_BASE_URL, ESI_EMBEDDING_API_KEY, ESI_EMBEDDING_PROVIDER, ESI_API_VERSION,
 *  ESI_CA_FILE, ESI_CLIENT_CERT, ESI_CLIENT_KEY, ESI_PROXY, ESI_HEDGE_MS, ESI_ANSWER_TOKENS,
 *  ESI_SESSION_TOKENS, ESI_DAY_TOKENS, ESI_PRICES, and ESI_SESSION_COST and ESI_DAY_COST, which are
 *  amounts of money as people write them, 12 or 0.25. What holds secrets may stand in a file, which
 *  the variable with _FILE at its end names, where the variable itself isn't set:
 *  OPENAI_API_KEY_FILE, ESI_EMBEDDING_API_KEY_FILE, ESI_STORE_FILE, CONNECTION_PG_DB_FILE,
 *  CONNECTION_PG_VECTORDB_FILE, ESI_PG_REPLICA_FILE. What isn't set is left as it is in `out`.
 *
 *  out: initialised by ESI_OPTIONS_INIT; its strings then belong to `*keep`.
 *  keep: receives what esi_options_release frees.
 *  Errors: ESI_EINVAL for a value that isn't a number or is outside its limits, ESI_EIO for a
 *  *_FILE that can't be read, ESI_ENOMEM. Thread: one at a time (it reads the environment).
 *  Since 0.1. */
typedef struct esi_options_memory esi_options_memory;
ESI_API esi_err esi_options_from_env(esi_options *out, esi_options_memory **keep,
                                     esi_error *err) ESI_MUST_CHECK;

/** Frees what esi_options_from_env made; the options' strings go with it. NULL does nothing.
 *  Thread: one at a time. Since 0.1. */
ESI_API void esi_options_release(esi_options_memory *keep);

/** Opens a desk: reads the rules, opens and migrates the store, loads the search index.
 *
 *  options: NULL means ESI_OPTIONS_INIT. out: the new desk, to be given to esi_desk_close.
 *  Errors: ESI_EINVAL (an option), ESI_EPOLICY or ESI_EPARSE (the rule file, with file and line),
 *  ESI_ECORRUPT (the store is something else), ESI_ENEWER, ESI_EREADONLY, ESI_EIO, ESI_ENOSPC,
 *  ESI_EUNAVAILABLE, ESI_EDIM (the embedding model doesn't fit the stored vectors),
 *  ESI_EUNSUPPORTED (a store or provider that this build lacks), ESI_ENOMEM.
 *  Thread: shared. Since 0.1. */
ESI_API esi_err esi_desk_open(const esi_options *options, esi_desk **out,
                              esi_error *err) ESI_MUST_CHECK;

/** Closes a desk after the calls in it have returned; it doesn't end them (esi_cancel does).
 *  Results that it gave stay valid until they are freed. NULL does nothing.
 *  Thread: one at a time, with no call in it. Since 0.1. */
ESI_API void esi_desk_close(esi_desk *desk);

/** How one of a model's endpoints is. Counts begin with the desk's opening. */
typedef struct esi_endpoint_health {
    const char *name;
    const char *model;
    bool embeds;  /**< it makes vectors; else it writes answers */
    bool resting; /**< it failed too often, and is left alone for rest_ms more */
    int64_t rest_ms;
    int64_t requests; /**< sent to it, repeated ones among them */
    int64_t failures; /**< of those, and attempts that found no connection */
    int64_t repeats;  /**< requests that were sent again, here or elsewhere, after a failure */
    int64_t lost;     /**< of the failures: gone with a kept connection before they got there */
    int64_t in_flight;
    const char *problem; /**< its last failure in one line; NULL: none since the last success */
} esi_endpoint_health;

/** How a desk is, for a readiness check. */
typedef struct esi_health {
    bool store_ready;     /**< reads and writes work */
    bool model_ready;     /**< an answering model is there; false is normal for "offline" */
    const char *store;    /**< "sqlite", "postgres" */
    const char *provider; /**< "offline", "openai", or the custom one's name */
    int64_t documents;    /**< documents that the search index holds */
    int64_t sections;
    int64_t index_bytes; /**< memory that the search index takes */
    const char *problem; /**< one line about what is wrong, or NULL */
    /** The model's endpoints, in the order in which they are tried; none for "offline". */
    const esi_endpoint_health *const *endpoints;
    size_t endpoint_count;
    int64_t unembedded; /**< sections whose vector is still to be made; words find them */
} esi_health;

/** Asks the store (one cheap round trip, at most a second) and tells how the desk is.
 *
 *  out: to be given to esi_health_free. Errors: ESI_ENOMEM. Thread: shared. Since 0.1. */
ESI_API esi_err esi_desk_health(esi_desk *desk, esi_health **out, esi_error *err) ESI_MUST_CHECK;
ESI_API void esi_health_free(esi_health *health);

/** One thing that a check-up looked at. */
typedef struct esi_finding {
    bool ok;
    const char *what;   /**< "store", "schema", "knowledge base", "model", ... */
    const char *detail; /**< what was found, in one line */
    const char *mend;   /**< what to do about it; NULL where it is well */
} esi_finding;

typedef struct esi_doctor_report {
    bool healthy; /**< no finding says otherwise */
    const esi_finding *const *findings;
    size_t finding_count;
} esi_doctor_report;

/** Looks the whole desk over: store, schema, knowledge base, rules, model. Changes nothing; may
 *  read all of the store, so it isn't for every minute. What is wrong is a finding, not an error.
 *
 *  out: to be given to esi_doctor_report_free. Errors: ESI_ENOMEM. Thread: shared. Since 0.1. */
ESI_API esi_err esi_desk_doctor(esi_desk *desk, esi_doctor_report **out,
                                esi_error *err) ESI_MUST_CHECK;
ESI_API void esi_doctor_report_free(esi_doctor_report *report);

/** A part of a store's schema. */
typedef struct esi_migrate_part {
    const char *name;     /**< "desk" in a file; "case" and "kb" in PostgreSQL */
    const char *database; /**< a path, or host, port and name; never a password */
    int32_t from;         /**< the last step that it had; 0: it was empty */
    int32_t to;           /**< and has */
} esi_migrate_part;

/** A right that a role needs for serving. */
typedef struct esi_migrate_grant {
    const char *database;
    const char *statement;
} esi_migrate_grant;

/** Frozen; freed by esi_migrate_report_free. */
typedef struct esi_migrate_report {
    const esi_migrate_part *const *parts;
    size_t part_count;
    bool granted; /**< the statements were executed; else they name the role SERVING_ROLE */
    const esi_migrate_grant *const *grants;
    size_t grant_count;
} esi_migrate_report;

/** Brings the store that the options name up to date, whether a desk is open on it or not; only
 *  what is missing is done. In PostgreSQL that takes the role that owns the tables; for serving,
 *  one that may read and write their rows is enough. Where the database does the searching, its
 *  indexes are made, too, which may take long.
 *
 *  options: as for esi_desk_open; those of the store count. grant: a role that gets the rights that
 *  serving takes; NULL: they are told. out: to be given to esi_migrate_report_free.
 *  Errors: those of esi_desk_open; ESI_ENOTFOUND (no such role), ESI_EINVAL also for a role of a
 *  file. Thread: shared.
 *  Since 0.1. */
ESI_API esi_err esi_desk_migrate(const esi_options *options, const char *grant,
                                 esi_migrate_report **out, esi_error *err) ESI_MUST_CHECK;
ESI_API void esi_migrate_report_free(esi_migrate_report *report);

#ifdef __cplusplus
}
#endif
#endif
