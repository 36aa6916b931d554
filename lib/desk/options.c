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

/* The whole numbers among the options: where they stand, what they are called in messages and in
 * the environment, and their limits. 0 (or -1 for the history) means the default. */
struct number {
    const char *name;
    const char *variable;
    size_t at;
    bool wide; /* int64_t, else int32_t */
    int64_t unset, least, most, otherwise;
};

#define FIELD(f) offsetof(esi_options, f)
static const struct number numbers[] = {
    {"embedding_dimensions", "ESI_EMBEDDING_DIMENSIONS", FIELD(embedding_dimensions), false, 0, 1,
     4096, 0},
    {"deadline_ms", "ESI_DEADLINE_MS", FIELD(deadline_ms), true, 0, 100, 600000, 30000},
    {"reserve_ms", "ESI_RESERVE_MS", FIELD(reserve_ms), true, 0, 10, 60000, 2000},
    {"history_messages", "ESI_HISTORY_MESSAGES", FIELD(history_messages), false, -1, 0, 50, 12},
    {"passages", "ESI_PASSAGES", FIELD(passages), false, 0, 1, 12, 5},
    {"index_memory", "ESI_INDEX_MEMORY", FIELD(index_memory), true, 0, 1 << 20, INT64_MAX / 2,
     INT64_C(1) << 30},
    {"refresh_ms", "ESI_REFRESH_MS", FIELD(refresh_ms), true, 0, 20, 60000, 500},
    {"connections", "ESI_PG_CONNECTIONS", FIELD(connections), false, 0, 1, 1000, 8},
};

static int64_t number_get(const esi_options *o, const struct number *n) {
    const char *at = (const char *)o + n->at;
    int64_t wide;
    int32_t narrow;
    if (n->wide) {
        memcpy(&wide, at, sizeof(wide));
        return wide;
    }
    memcpy(&narrow, at, sizeof(narrow));
    return narrow;
}

static void number_set(esi_options *o, const struct number *n, int64_t value) {
    char *at = (char *)o + n->at;
    const int32_t narrow = (int32_t)value;
    if (n->wide) {
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

static esi_err texts_read(const esi_options *o, esi_arena *memory, struct settings *s,
                          esi_error *err) {
    const bool remote = (o->api_key && *o->api_key) || (o->base_url && *o->base_url);
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
    };
    s->provider_named = o->provider && *o->provider;
    esi_err rc = ESI_OK;
    for (size_t i = 0; rc == ESI_OK && i < sizeof(texts) / sizeof(texts[0]); i++) {
        rc = copy_text(texts[i].name, texts[i].text, texts[i].otherwise, memory, texts[i].out, err);
    }
    if (rc == ESI_OK) {
        rc = databases_check(s, err);
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

static esi_err env_numbers(esi_options *o, esi_error *err) {
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        const char *value = getenv(numbers[i].variable);
        int64_t number;
        if (!value || !*value) {
            continue;
        }
        if (!view_int(view_of(value), numbers[i].least, numbers[i].most, &number)) {
            return esi_fail(err, ESI_EINVAL, ORIGIN, "%s must be a whole number from %lld to %lld",
                            numbers[i].variable, (long long)numbers[i].least,
                            (long long)numbers[i].most);
        }
        number_set(o, &numbers[i], number);
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
