#include "desk/options.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/os.h"
#include "base/str.h"
#include "base/text.h"
#include "desk/input.h"

#define ORIGIN "desk/options"
#define OPTION_TEXT_MAX 4096 /* bytes of one string option */
#define SECRET_FILE_MAX 16384
#define ENDPOINTS_FILE_MAX (256u << 10)
#define TOKENS_MOST INT64_C(1000000000000)
#define MONEY_MOST INT64_C(1000000000000000) /* millionths */

enum number_kind {
    NARROW, /* int32_t */
    WIDE,   /* int64_t */
    MONEY   /* int64_t in millionths; in the environment as people write money: 2.50 */
};

/* The numbers among the options: where they stand, what they are called in messages and in the
 * environment, and their limits. 0 (or -1 for the history) means the default. */
struct number {
    const char *name;
    const char *variable;
    size_t at;
    enum number_kind kind;
    int64_t unset, least, most, otherwise;
};

#define FIELD(f) offsetof(esi_options, f)
static const struct number numbers[] = {
    {"embedding_dimensions", "ESI_EMBEDDING_DIMENSIONS", FIELD(embedding_dimensions), NARROW, 0, 1,
     4096, 0},
    {"deadline_ms", "ESI_DEADLINE_MS", FIELD(deadline_ms), WIDE, 0, 100, 600000, 30000},
    {"reserve_ms", "ESI_RESERVE_MS", FIELD(reserve_ms), WIDE, 0, 10, 60000, 2000},
    {"history_messages", "ESI_HISTORY_MESSAGES", FIELD(history_messages), NARROW, -1, 0, 50, 12},
    {"passages", "ESI_PASSAGES", FIELD(passages), NARROW, 0, 1, 12, 5},
    {"index_memory", "ESI_INDEX_MEMORY", FIELD(index_memory), WIDE, 0, 1 << 20, INT64_MAX / 2,
     INT64_C(1) << 30},
    {"refresh_ms", "ESI_REFRESH_MS", FIELD(refresh_ms), WIDE, 0, 20, 60000, 500},
    {"connections", "ESI_PG_CONNECTIONS", FIELD(connections), NARROW, 0, 1, 1000, 8},
    {"hedge_ms", "ESI_HEDGE_MS", FIELD(hedge_ms), WIDE, 0, 0, 600000, 0},
    {"answer_tokens", "ESI_ANSWER_TOKENS", FIELD(answer_tokens), NARROW, 0, 64, 16384, 700},
    {"session_tokens", "ESI_SESSION_TOKENS", FIELD(session_tokens), WIDE, 0, 0, TOKENS_MOST, 0},
    {"day_tokens", "ESI_DAY_TOKENS", FIELD(day_tokens), WIDE, 0, 0, TOKENS_MOST, 0},
    {"session_cost", "ESI_SESSION_COST", FIELD(session_cost), MONEY, 0, 0, MONEY_MOST, 0},
    {"day_cost", "ESI_DAY_COST", FIELD(day_cost), MONEY, 0, 0, MONEY_MOST, 0},
};

static int64_t number_get(const esi_options *o, const struct number *n) {
    const char *at = (const char *)o + n->at;
    int64_t wide;
    int32_t narrow;
    if (n->kind != NARROW) {
        memcpy(&wide, at, sizeof(wide));
        return wide;
    }
    memcpy(&narrow, at, sizeof(narrow));
    return narrow;
}

static void number_set(esi_options *o, const struct number *n, int64_t value) {
    char *at = (char *)o + n->at;
    const int32_t narrow = (int32_t)value;
    if (n->kind != NARROW) {
        memcpy(at, &value, sizeof(value));
    } else {
        memcpy(at, &narrow, sizeof(narrow));
    }
}

static esi_err numbers_check(esi_options *o, esi_error *err) {
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        const struct number *n = &numbers[i];
        const int64_t value = number_get(o, n);
        if (value == n->unset) {
            number_set(o, n, n->otherwise);
        } else if (value < n->least || value > n->most) {
            return esi_fail(err, ESI_EINVAL, ORIGIN,
                            "option %s (%s) is %lld; it may be %lld to %lld", n->name, n->variable,
                            (long long)value, (long long)n->least, (long long)n->most);
        }
    }
    return ESI_OK;
}

static esi_err copy_text(const char *name, const char *text, const char *otherwise,
                         esi_arena *memory, const char **out, esi_error *err) {
    const char *from = text && *text ? text : otherwise;
    if (!from) {
        *out = NULL;
        return ESI_OK;
    }
    const struct view v = view_of(from);
    if (v.n > OPTION_TEXT_MAX || !text_valid(v)) {
        return esi_fail(err, ESI_EINVAL, ORIGIN, "option %s is longer than %d bytes or isn't UTF-8",
                        name, OPTION_TEXT_MAX);
    }
    *out = arena_str(memory, v);
    return *out ? ESI_OK : fail_memory(err, ORIGIN);
}

/* An address of PostgreSQL; what stands in it isn't for messages. */
static bool is_database(const char *url) {
    const struct view text = view_of(url);
    return view_starts(text, VIEW("postgres://")) || view_starts(text, VIEW("postgresql://")) ||
           view_starts(text, VIEW("postgresql+"));
}

static esi_err databases_check(const struct settings *s, esi_error *err) {
    const struct {
        const char *name, *variable, *url;
    } more[] = {{"knowledge", "CONNECTION_PG_VECTORDB", s->knowledge},
                {"replica", "ESI_PG_REPLICA", s->replica}};
    for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++) {
        if (more[i].url && !is_database(more[i].url)) {
            return esi_fail(err, ESI_EINVAL, ORIGIN,
                            "option %s (%s) isn't an address that begins with postgres://",
                            more[i].name, more[i].variable);
        }
    }
    if (s->knowledge && !s->store) {
        return esi_fail(err, ESI_EINVAL, ORIGIN,
                        "option knowledge (CONNECTION_PG_VECTORDB) names a database for the "
                        "knowledge base alone: name one for sessions and tickets, too, with store "
                        "(CONNECTION_PG_DB)");
    }
    return ESI_OK;
}

static esi_err models_check(const struct settings *s, esi_error *err) {
    const char *embeds = s->embedding_provider;
    if (embeds && strcmp(embeds, "openai") != 0 && strcmp(embeds, "offline") != 0) {
        return esi_fail(err, ESI_EINVAL, ORIGIN,
                        "option embedding_provider (ESI_EMBEDDING_PROVIDER) may be openai or "
                        "offline");
    }
    if (s->client_key && !s->client_cert) {
        return esi_fail(err, ESI_EINVAL, ORIGIN,
                        "option client_key (ESI_CLIENT_KEY) needs the certificate that it belongs "
                        "to: client_cert (ESI_CLIENT_CERT)");
    }
    return ESI_OK;
}

static esi_err prepare_read(const char *text, int32_t *out, esi_error *err) {
    static const struct {
        struct view word;
        int32_t value;
    } words[] = {{{"auto", 4}, 0}, {{"on", 2}, 1}, {{"off", 3}, -1}};
    if (!text || !*text) {
        *out = 0;
        return ESI_OK;
    }
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (view_eq_nocase(view_of(text), words[i].word)) {
            *out = words[i].value;
            return ESI_OK;
        }
    }
    return esi_fail(err, ESI_EINVAL, ORIGIN,
                    "option prepare (ESI_PG_PREPARE) may be auto, on or off");
}

static esi_err search_read(const char *text, bool *out, esi_error *err) {
    const struct view word = view_of(text);
    const bool far = view_eq_nocase(word, VIEW("database"));
    if (word.n > 0 && !far && !view_eq_nocase(word, VIEW("memory"))) {
        return esi_fail(err, ESI_EINVAL, ORIGIN,
                        "option search (ESI_PG_SEARCH) may be memory or database");
    }
    *out = far;
    return ESI_OK;
}

static bool is_set(const char *text) {
    return text && *text;
}

static esi_err texts_read(const esi_options *o, esi_arena *memory, struct settings *s,
                          esi_error *err) {
    const bool remote = is_set(o->api_key) || is_set(o->base_url) || is_set(o->endpoints);
    const char *provider = o->provider_ops ? "custom" : remote ? "openai" : "offline";
    const struct {
        const char *name, *text, *otherwise;
        const char **out;
    } texts[] = {
        {"store", o->store, NULL, &s->store},
        {"collection", o->collection, "esihelp", &s->collection},
        {"policy", o->policy, NULL, &s->policy},
        {"platform", o->platform, "the platform", &s->platform},
        {"provider", o->provider, provider, &s->provider},
        {"api_key", o->api_key, NULL, &s->api_key},
        {"base_url", o->base_url, NULL, &s->base_url},
        {"chat_model", o->chat_model, NULL, &s->chat_model},
        {"embedding_model", o->embedding_model, NULL, &s->embedding_model},
        {"knowledge", o->knowledge, NULL, &s->knowledge},
        {"replica", o->replica, NULL, &s->replica},
        {"endpoints", o->endpoints, NULL, &s->endpoints},
        {"embedding_base_url", o->embedding_base_url, NULL, &s->embedding_base_url},
        {"embedding_api_key", o->embedding_api_key, NULL, &s->embedding_api_key},
        {"embedding_provider", o->embedding_provider, NULL, &s->embedding_provider},
        {"api_version", o->api_version, NULL, &s->api_version},
        {"ca_file", o->ca_file, NULL, &s->ca_file},
        {"client_cert", o->client_cert, NULL, &s->client_cert},
        {"client_key", o->client_key, NULL, &s->client_key},
        {"proxy", o->proxy, NULL, &s->proxy},
        {"prices", o->prices, NULL, &s->prices},
    };
    s->provider_named = is_set(o->provider);
    esi_err rc = ESI_OK;
    for (size_t i = 0; rc == ESI_OK && i < sizeof(texts) / sizeof(texts[0]); i++) {
        rc = copy_text(texts[i].name, texts[i].text, texts[i].otherwise, memory, texts[i].out, err);
    }
    if (rc == ESI_OK) {
        rc = databases_check(s, err);
    }
    if (rc == ESI_OK) {
        rc = models_check(s, err);
    }
    if (rc == ESI_OK && !s->store) {
        rc = os_data_file("esihelp.db", memory, &s->store, err);
    }
    if (rc == ESI_OK && strcmp(s->provider, "custom") == 0 && !o->provider_ops) {
        rc = esi_fail(err, ESI_EINVAL, ORIGIN, "provider \"custom\" needs provider_ops");
    }
    return rc;
}

esi_err options_read(const esi_options *options, esi_arena *memory, struct settings *out,
                     esi_error *err) {
    esi_options o = ESI_OPTIONS_INIT;
    esi_err rc = ESI_OK;
    if (options) {
        rc = input_struct(&o, sizeof(o), options, sizeof(size_t), ORIGIN, err);
    }
    if (rc == ESI_OK) {
        rc = numbers_check(&o, err);
    }
    if (rc == ESI_OK && o.scratch && (o.read_only || o.open_degraded)) {
        rc = esi_fail(err, ESI_EINVAL, ORIGIN,
                      "option scratch goes neither with read_only nor with open_degraded");
    }
    struct settings s = {0};
    if (rc == ESI_OK) {
        rc = texts_read(&o, memory, &s, err);
    }
    if (rc == ESI_OK) {
        rc = prepare_read(o.prepare, &s.prepare, err);
    }
    if (rc == ESI_OK) {
        rc = search_read(o.search, &s.search_far, err);
    }
    if (rc != ESI_OK) {
        return rc;
    }
    s.embedding_dimensions = o.embedding_dimensions;
    s.provider_ops = o.provider_ops;
    s.provider_context = o.provider_context;
    s.deadline_ms = o.deadline_ms;
    s.reserve_ms = o.reserve_ms;
    s.history_messages = o.history_messages;
    s.passages = o.passages;
    s.index_memory = o.index_memory;
    s.refresh_ms = o.refresh_ms;
    s.open_degraded = o.open_degraded;
    s.read_only = o.read_only;
    s.scratch = o.scratch;
    s.connections = o.connections;
    s.hedge_ms = o.hedge_ms;
    s.answer_tokens = o.answer_tokens;
    s.session_tokens = o.session_tokens;
    s.day_tokens = o.day_tokens;
    s.session_cost = o.session_cost;
    s.day_cost = o.day_cost;
    s.log = (esi_logger){o.log, o.log_context};
    if (s.knowledge && !is_database(s.store)) {
        log_warn(&s.log, ORIGIN, NULL,
                 "option knowledge (CONNECTION_PG_VECTORDB) is passed over: the store is a file");
    }
    if (s.search_far && !is_database(s.store)) {
        log_warn(&s.log, ORIGIN, NULL,
                 "option search (ESI_PG_SEARCH) is passed over: the store is a file");
    }
    *out = s;
    return ESI_OK;
}

esi_store_config options_store(const struct settings *settings, const esi_wait *wait) {
    return (esi_store_config){.size = sizeof(esi_store_config),
                              .url = settings->store,
                              .read_only = settings->read_only,
                              .migrate = !settings->read_only,
                              .wait = *wait,
                              .log = settings->log,
                              .knowledge_url = settings->knowledge,
                              .replica_url = settings->replica,
                              .connections = settings->connections,
                              .prepare = settings->prepare,
                              .searches = settings->search_far};
}

esi_err options_provider(const struct settings *settings, const esi_wait *wait, esi_arena *memory,
                         esi_provider_config *out, esi_error *err) {
    const struct settings *s = settings;
    esi_provider_config config = {.size = sizeof(config),
                                  .api_key = s->api_key,
                                  .base_url = s->base_url,
                                  .chat_model = s->chat_model,
                                  .embedding_model = s->embedding_model,
                                  .dimensions = s->embedding_dimensions,
                                  .context = s->provider_context,
                                  .log = s->log,
                                  .endpoints_name = s->endpoints,
                                  .embedding_base_url = s->embedding_base_url,
                                  .embedding_api_key = s->embedding_api_key,
                                  .api_version = s->api_version,
                                  .ca_file = s->ca_file,
                                  .client_cert = s->client_cert,
                                  .client_key = s->client_key,
                                  .proxy = s->proxy,
                                  .hedge_ms = s->hedge_ms,
                                  .wait = *wait};
    if (s->endpoints) {
        struct buf text;
        buf_init(&text, ENDPOINTS_FILE_MAX);
        esi_err rc = os_read_file(s->endpoints, ENDPOINTS_FILE_MAX, &text, err);
        if (rc == ESI_OK) {
            config.endpoints = arena_str(memory, text.p ? buf_view(&text) : VIEW(""));
            rc = config.endpoints ? ESI_OK : fail_memory(err, ORIGIN);
        }
        buf_clear(&text);
        if (rc != ESI_OK) {
            return rc;
        }
    }
    *out = config;
    return ESI_OK;
}

/* ---- the environment ------------------------------------------------------------------------- */

struct esi_options_memory {
    esi_arena arena;
};

struct variable {
    const char *name;
    const char *file; /* the variable that names a file with the value; NULL: none */
    size_t at;        /* of the const char * in esi_options */
};

static const struct variable variables[] = {
    {"CONNECTION_PG_DB", "CONNECTION_PG_DB_FILE", FIELD(store)},
    {"ESI_STORE", "ESI_STORE_FILE", FIELD(store)}, /* read after it, it wins */
    {"CONNECTION_PG_VECTORDB", "CONNECTION_PG_VECTORDB_FILE", FIELD(knowledge)},
    {"CONNECTION_NAME", NULL, FIELD(collection)},
    {"ESI_POLICY", NULL, FIELD(policy)},
    {"ESI_PLATFORM", NULL, FIELD(platform)},
    {"ESI_PROVIDER", NULL, FIELD(provider)},
    {"OPENAI_API_KEY", "OPENAI_API_KEY_FILE", FIELD(api_key)},
    {"OPENAI_BASE_URL", NULL, FIELD(base_url)},
    {"ESI_CHAT_MODEL", NULL, FIELD(chat_model)},
    {"ESI_EMBEDDING_MODEL", NULL, FIELD(embedding_model)},
    {"ESI_ENDPOINTS", NULL, FIELD(endpoints)},
    {"ESI_EMBEDDING_BASE_URL", NULL, FIELD(embedding_base_url)},
    {"ESI_EMBEDDING_API_KEY", "ESI_EMBEDDING_API_KEY_FILE", FIELD(embedding_api_key)},
    {"ESI_EMBEDDING_PROVIDER", NULL, FIELD(embedding_provider)},
    {"ESI_API_VERSION", NULL, FIELD(api_version)},
    {"ESI_CA_FILE", NULL, FIELD(ca_file)},
    {"ESI_CLIENT_CERT", NULL, FIELD(client_cert)},
    {"ESI_CLIENT_KEY", NULL, FIELD(client_key)},
    {"ESI_PROXY", NULL, FIELD(proxy)},
    {"ESI_PRICES", NULL, FIELD(prices)},
    {"ESI_PG_REPLICA", "ESI_PG_REPLICA_FILE", FIELD(replica)},
    {"ESI_PG_PREPARE", NULL, FIELD(prepare)},
    {"ESI_PG_SEARCH", NULL, FIELD(search)},
};

static esi_err put_text(esi_options *o, size_t at, struct view text, esi_arena *arena,
                        esi_error *err) {
    const char *copy = arena_str(arena, text);
    if (!copy) {
        return fail_memory(err, ORIGIN);
    }
    memcpy((char *)o + at, &copy, sizeof(copy));
    return ESI_OK;
}

static esi_err put_file(esi_options *o, size_t at, const char *path, esi_arena *arena,
                        esi_error *err) {
    struct buf file;
    buf_init(&file, SECRET_FILE_MAX);
    esi_err rc = os_read_file(path, SECRET_FILE_MAX, &file, err);
    const struct view value = rc == ESI_OK && file.p ? view_trim(buf_view(&file)) : VIEW("");
    if (rc == ESI_OK && value.n == 0) {
        rc = esi_fail(err, ESI_EINVAL, ORIGIN, "%s is named as a secret's file and is empty", path);
    }
    if (rc == ESI_OK) {
        rc = put_text(o, at, value, arena, err);
    }
    buf_clear(&file);
    return rc;
}

static const char *env_value(const char *name) {
    const char *value = name ? getenv(name) : NULL;
    return value && *value ? value : NULL;
}

static esi_err env_texts(esi_options *o, esi_arena *arena, esi_error *err) {
    esi_err rc = ESI_OK;
    for (size_t i = 0; rc == ESI_OK && i < sizeof(variables) / sizeof(variables[0]); i++) {
        const struct variable *v = &variables[i];
        const char *value = env_value(v->name);
        const char *path = env_value(v->file);
        if (value) {
            rc = put_text(o, v->at, view_of(value), arena, err);
        } else if (path) {
            rc = put_file(o, v->at, path, arena, err);
        }
    }
    return rc;
}

/* Money as people write it, "12" or "0.25", in millionths. */
static bool money(struct view text, int64_t most, int64_t *out) {
    const size_t dot = view_find(text, VIEW("."), 0);
    const struct view whole = dot == SIZE_MAX ? text : view_slice(text, 0, dot);
    const struct view part = dot == SIZE_MAX ? VIEW("") : view_slice(text, dot + 1, text.n);
    int64_t units;
    int64_t rest = 0;
    if (!view_int(whole, 0, most / 1000000, &units) || (dot != SIZE_MAX && part.n == 0) ||
        part.n > 6 || (part.n > 0 && !view_int(part, 0, 999999, &rest))) {
        return false;
    }
    for (size_t i = part.n; i < 6; i++) {
        rest *= 10;
    }
    *out = units * 1000000 + (part.n > 0 ? rest : 0);
    return *out <= most;
}

static esi_err env_number(esi_options *o, const struct number *n, struct view value,
                          esi_error *err) {
    int64_t number;
    if (n->kind == MONEY) {
        if (!money(value, n->most, &number)) {
            return esi_fail(err, ESI_EINVAL, ORIGIN,
                            "%s must be an amount of money from 0 to %lld, as 12 or 0.25",
                            n->variable, (long long)(n->most / 1000000));
        }
    } else if (!view_int(value, n->least, n->most, &number)) {
        return esi_fail(err, ESI_EINVAL, ORIGIN, "%s must be a whole number from %lld to %lld",
                        n->variable, (long long)n->least, (long long)n->most);
    }
    number_set(o, n, number);
    return ESI_OK;
}

static esi_err env_numbers(esi_options *o, esi_error *err) {
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        const char *value = env_value(numbers[i].variable);
        const esi_err rc = value ? env_number(o, &numbers[i], view_of(value), err) : ESI_OK;
        if (rc != ESI_OK) {
            return rc;
        }
    }
    const char *degraded = getenv("ESI_OPEN_DEGRADED");
    if (degraded && *degraded) {
        const struct view v = view_of(degraded);
        const bool yes = view_eq(v, VIEW("1")) || view_eq_nocase(v, VIEW("true"));
        if (!yes && !view_eq(v, VIEW("0")) && !view_eq_nocase(v, VIEW("false"))) {
            return esi_fail(err, ESI_EINVAL, ORIGIN, "ESI_OPEN_DEGRADED must be 1 or 0");
        }
        o->open_degraded = yes;
    }
    return ESI_OK;
}

esi_err esi_options_from_env(esi_options *out, esi_options_memory **keep, esi_error *err) {
    if (!out || !keep) {
        return esi_fail(err, ESI_EINVAL, ORIGIN, "out and keep must not be NULL");
    }
    struct esi_options_memory *memory = calloc(1, sizeof(*memory));
    if (!memory) {
        return fail_memory(err, ORIGIN);
    }
    esi_options o = ESI_OPTIONS_INIT;
    esi_err rc = input_struct(&o, sizeof(o), out, sizeof(size_t), ORIGIN, err);
    if (rc == ESI_OK) {
        rc = env_texts(&o, &memory->arena, err);
    }
    if (rc == ESI_OK) {
        rc = env_numbers(&o, err);
    }
    if (rc != ESI_OK) {
        esi_options_release(memory);
        return rc;
    }
    const size_t size =
        out->size < sizeof(o) ? out->size : sizeof(o); /* the caller's may be older */
    o.size = out->size;
    memcpy(out, &o, size);
    *keep = memory;
    return ESI_OK;
}

void esi_options_release(esi_options_memory *keep) {
    if (keep) {
        arena_clear(&keep->arena);
        free(keep);
    }
}
